"""One company's way from answers to a pack on disk, through the command line."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import random
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from lxml import etree
from openpyxl import load_workbook

import cqo_docs
from cqo_docs.answers.questions import questions
from cqo_docs.pack.manifest import EDITED, read_manifest
from cqo_docs.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = sorted((ROOT / "questionnaires").glob("*.yaml"))
# One without and one with a declared bar.
SAMPLE = ROOT / "questionnaires" / "shanxi-food-micro.yaml"
# Letter and authority of a micro firm stand in one file.
LETTER = "02-聘任与履职声明书.docx"
BARRED = ROOT / "questionnaires" / "chongqing-parts-barred.yaml"
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
DAY = "2026-11-08"
FULL_PACK = [
    "01-聘任决定与任职通知.docx",
    "02-聘任书.docx",
    "03-授权书.docx",
    "04-岗位职责说明书.docx",
    "05-考核表.docx",
    "05-考核表.xlsx",
    "06-专项经费预算.docx",
    "06-专项经费预算.xlsx",
    "07-首席质量官管理制度.docx",
    "08-任职资格审查表.docx",
    "09-履职承诺书.docx",
    "10-备案信息表.docx",
    "11-年度质量工作计划.docx",
    "11-年度质量工作计划.ics",
    "12-能力提升计划与记录.docx",
    "13-制度评估与改进报告.docx",
    "14-制度策划书.docx",
    "15-解聘与离任交接.docx",
    "16-待确认事项与提示.docx",
    "17-条款对照表.xlsx",
]
IDS = [
    "decision",
    "appointment",
    "authorization",
    "duties",
    "assessment",
    "assessment",
    "budget",
    "budget",
    "system",
    "eligibility",
    "pledge",
    "filing",
    "year-plan",
    "year-plan",
    "training",
    "review",
    "planning",
    "exit",
    "confirm",
    "matrix",
]

Call = Callable[..., Any]

# ---------------------------------------------------------------- questionnaires and files

# A state-owned machine maker that answers nearly everything, so that every paper is in the pack.
STATE_FIRM: Mapping[str, Any] = {
    "company": {
        "name": "汾河机械有限责任公司",
        "short_name": "汾河机械",
        "credit_code": "91000000MA00000157",
        "province": "山西省",
        "city": "太原市",
        "industry_code": "C34",
        "registration": "119",
        "control": "state",
        "governance": "board",
        "legal_representative": "周正平",
        "general_manager": "吴建国",
        "employees": "600",
        "revenue": "30000",
        "assets": "20000",
        "departments": ["质量管理部"],
    },
    "candidate": {
        "name": "陈思远",
        "current_post": "质量管理部部长",
        "degree": "bachelor",
        "title_rank": "none",
        "title_name": "工程师",
        "years_quality": "9",
        "years_quality_management": "3",
        "technical_backbone": "是",
        "relaxation_reason": "主持检测二十年",
        "training": "passed",
    },
    "appointment": {
        "post_title": "首席质量官",
        "full_time": "否",
        "concurrent_posts": ["副总工程师"],
        "appointer": "general-manager",
        "decision_date": "2026-11-09",
        "party": {"organ": "中共汾河机械委员会", "date": "2026-11-01"},
        "meeting": {
            "name": "第三届董事会第七次会议",
            "number": "汾机董〔2026〕7号",
            "place": "三楼会议室",
            "due": "3",
            "present": "3",
            "votes_for": "3",
            "votes_against": "0",
            "votes_abstained": "0",
            "members": ["赵崇山"],
        },
        "notice_number": "汾机人〔2026〕18号",
        "letter_number": "汾机聘〔2026〕1号",
        "authorization_number": "汾机授〔2026〕1号",
        "addressees": "各车间",
        "copies_to": ["工会委员会"],
    },
    "authority": {"spending_limit": "12345.67", "reserved_matters": ["设备报废"]},
    "assessment": {
        "indicators": [
            {
                "name": "合格率",
                "target": "98%",
                "evidence": "报告",
                "scoring": "计",
                "weight": "60",
            },
            {
                "name": "整改率",
                "target": "95%",
                "evidence": "记录",
                "scoring": "算",
                "weight": "40",
            },
        ],
        "veto_items": ["伪造数据"],
    },
    "fund": {
        "items": [
            {
                "name": "培训",
                "group": "talent",
                "amount": "1000.01",
                "owner": "人事部",
                "basis": "报价",
                "source": "自筹",
            },
            {
                "name": "仪器",
                "group": "tools",
                "amount": "0.10",
                "owner": "计量室",
                "basis": "合同",
                "source": "拨款",
            },
        ],
        "payroll_total": "987654.32",
    },
    "plan": {"as_of": DAY},
}
# Not free text: codes, ids and names of a fixed list.
FIXED = {
    "company.credit_code",
    "company.province",
    "company.industry_code",
    "plan.adopt",
    "output.documents",
}
# Asked for, but no paper of this pack prints them.
UNPRINTED = {"company.short_name", "company.city", "candidate.title_name"}
TEXTS = {q.path for q in questions() if q.kind == "text"} - FIXED


def every_text(
    answers: Any, change: Callable[[str, str], str], path: str = "", pattern: str = ""
) -> Any:
    """The answers with every free text changed; `change` gets its path and the text."""
    if isinstance(answers, Mapping):
        return {
            k: every_text(v, change, f"{path}.{k}".strip("."), f"{pattern}.{k}".strip("."))
            for k, v in answers.items()
        }
    if isinstance(answers, list):
        below = pattern if pattern in TEXTS else f"{pattern}[]"
        return [every_text(v, change, f"{path}[{n}]", below) for n, v in enumerate(answers)]
    return change(path, answers) if pattern in TEXTS else answers


@pytest.fixture
def save(tmp_path: Path) -> Callable[[Mapping[str, Any]], Path]:
    """Write answers as a questionnaire of their own."""

    def saved(answers: Mapping[str, Any]) -> Path:
        path = tmp_path / "answers.json"
        path.write_text(json.dumps(answers, ensure_ascii=False), encoding="utf-8")
        return path

    return saved


def with_name(name: str) -> dict[str, Any]:
    return {**STATE_FIRM, "company": {**STATE_FIRM["company"], "name": name}}


def tree(folder: Path) -> dict[str, str]:
    """Everything below a folder with its digest."""
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        if p.is_file()
        else "folder"
        for p in sorted(folder.rglob("*"))
    }


def the_pack(output: Path) -> Path:
    (folder,) = output.iterdir()
    return folder


def paragraphs(data: bytes) -> list[str]:
    """The text of every paragraph of a Word file: body, tables, headers, footers, notes."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        names = [n for n in package.namelist() if re.match(r"word/[^/]+\.xml$", n)]
        # The body first, wherever it stands in the package.
        names.sort(key=lambda name: name != "word/document.xml")
        parts = [package.read(name) for name in names]
    return [
        "".join(text.text or "" for text in paragraph.iter(f"{WORD}t"))
        for part in parts
        for paragraph in etree.fromstring(part).iter(f"{WORD}p")
    ]


def cells(data: bytes) -> Iterator[Any]:
    """Every filled cell of a workbook."""
    for sheet in load_workbook(io.BytesIO(data)):
        for row in sheet.iter_rows():
            yield from (cell for cell in row if cell.value is not None)


def shown(cell: Any) -> str:
    """What Excel shows of a text: openpyxl leaves its escaped underscores as they are."""
    return str(cell.value).replace("_x005F_", "_")


def words_of(path: Path) -> str:
    """All text of one file, a paragraph or cell a line."""
    data = path.read_bytes()
    if path.suffix == ".docx":
        return "\n".join(paragraphs(data))
    return "\n".join(map(shown, cells(data)))


def papers_of(folder: Path) -> dict[str, str]:
    """The text of every Office file of a pack."""
    return {p.name: words_of(p) for p in sorted(folder.iterdir()) if p.suffix in {".docx", ".xlsx"}}


# ---------------------------------------------------------------- a pack as a person gets it


def test_a_pack_is_written_and_the_verdict_comes_first(cli_invoke: Call, tmp_path: Path) -> None:
    done = cli_invoke("generate", SAMPLE, "-o", "output")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0].startswith("按《")
    assert "任职条件" in lines[0]
    assert "已写出 13 个文件" in lines[2]
    folder = the_pack(tmp_path / "output")
    listed = [line.strip() for line in lines[3:]]
    assert listed == sorted(p.name for p in folder.iterdir() if p.suffix in {".docx", ".xlsx"})
    assert {p.name for p in folder.iterdir()} == {*listed, "answers.yaml", "manifest.json"}


def test_a_large_firms_pack_has_all_papers_in_order(
    cli_invoke: Call, save: Call, tmp_path: Path
) -> None:
    assert cli_invoke("generate", save(STATE_FIRM), "-o", "out/put").code == 0
    manifest = read_manifest(the_pack(tmp_path / "out/put"))
    assert manifest is not None
    assert [f["path"] for f in manifest["files"]] == FULL_PACK
    assert [f["document"] for f in manifest["files"]] == IDS


def test_a_micro_firms_letter_and_authority_are_one_file(cli_invoke: Call, tmp_path: Path) -> None:
    assert cli_invoke("generate", SAMPLE, "-o", "output").code == 0
    manifest = read_manifest(the_pack(tmp_path / "output"))
    assert manifest is not None
    (shared,) = [f for f in manifest["files"] if len(f["documents"]) > 1]
    assert (shared["path"], shared["document"]) == (LETTER, "appointment")
    assert shared["documents"] == ["appointment", "authorization"]
    assert shared["standards"] == ["aqsiq-2012-749", "shanxi-2021-264"]
    assert "appointment-authorization.docx" in manifest["templates"]
    assert not {"appointment.docx", "authorization.docx"} & set(manifest["templates"])


@pytest.mark.parametrize(
    ("paper", "name"),
    [("appointment", "02-聘任书.docx"), ("authorization", "03-任职与履职声明.docx")],
)
def test_one_of_the_two_alone_is_a_paper_of_its_own(
    cli_invoke: Call, tmp_path: Path, paper: str, name: str
) -> None:
    sample = tmp_path / "sample.yaml"
    wanted = f"输出:\n  文书种类: [{paper}]\n"
    sample.write_text(SAMPLE.read_text(encoding="utf-8") + wanted, encoding="utf-8")
    assert cli_invoke("generate", sample, "-o", "output").code == 0
    manifest = read_manifest(the_pack(tmp_path / "output"))
    assert manifest is not None
    assert [(f["path"], f["documents"]) for f in manifest["files"]] == [(name, [paper])]


@pytest.mark.parametrize("paper", ["appointment", "authorization"])
def test_one_of_the_two_is_written_anew_with_the_other(
    cli_invoke: Call, tmp_path: Path, paper: str
) -> None:
    assert cli_invoke("generate", SAMPLE, "-o", "output", "--only", paper).code == 0
    manifest = read_manifest(the_pack(tmp_path / "output"))
    assert manifest is not None
    written = [(f["path"], f["documents"]) for f in manifest["files"]]
    assert written == [(LETTER, ["appointment", "authorization"])]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_every_sample_becomes_a_pack(
    cli_invoke: Call, tmp_path: Path, workspace: Workspace, sample: Path
) -> None:
    done = cli_invoke("generate", sample, "-o", "output", "--json")
    assert (done.code, done.err) == (0, "")
    folder = the_pack(tmp_path / "output")
    manifest = read_manifest(folder)
    assert manifest is not None
    papers = {paper.id for paper in workspace.library.papers}
    standards = {standard.id for standard in workspace.library.standards}
    for entry in manifest["files"]:
        data = (folder / entry["path"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == entry["sha256"]
        assert entry["document"] == entry["documents"][0]
        assert set(entry["documents"]) <= papers
        assert set(entry["standards"]) <= standards
    assert {f["path"] for f in manifest["files"]} | {"answers.yaml", "manifest.json"} == {
        p.name for p in folder.iterdir()
    }


def test_there_are_at_least_nine_samples() -> None:
    assert len(SAMPLES) >= 9


# ---------------------------------------------------------------- the manifest


def test_a_manifest_holds_versions_and_a_hash_but_no_answers(
    cli_invoke: Call, save: Call, tmp_path: Path, workspace: Workspace
) -> None:
    cli_invoke("generate", save(STATE_FIRM), "-o", "output")
    folder = the_pack(tmp_path / "output")
    text = (folder / "manifest.json").read_text(encoding="utf-8")
    manifest = json.loads(text)
    answers = (folder / "answers.yaml").read_bytes()
    digest = hashlib.sha256(answers).hexdigest()
    assert manifest["answers"] == {"sha256": digest, "size": len(answers)}
    assert manifest["version"] == cqo_docs.__version__
    assert manifest["library"] == workspace.library.version
    assert manifest["as_of"] == DAY
    assert manifest["verdict"] in {"pass", "relaxed", "fail", "unknown"}
    templates = {p.name for p in workspace.renderer.folder.iterdir()}
    assert set(manifest["templates"]) <= templates
    for name, digest in manifest["templates"].items():
        assert hashlib.sha256((workspace.renderer.folder / name).read_bytes()).hexdigest() == digest
    # The folder bears the company's name, which is no secret; nobody else is named.
    for private in ("周正平", "吴建国", "陈思远", "987654", "汾机"):
        assert private in answers.decode()
        assert private not in text


def test_a_manifest_names_no_place_of_the_machine(cli_invoke: Call, tmp_path: Path) -> None:
    cli_invoke("generate", SAMPLE, "-o", tmp_path / "output")
    text = (the_pack(tmp_path / "output") / "manifest.json").read_text(encoding="utf-8")
    for place in (tmp_path, ROOT, Path.home(), Path(sys.prefix)):
        assert str(place) not in text
    assert "\\" not in text.replace("\\n", "")


def test_every_file_names_the_standards_it_rests_on(
    cli_invoke: Call, save: Call, tmp_path: Path
) -> None:
    answers = {**STATE_FIRM, "plan": {"as_of": DAY, "adopt": ["db50-t-1696-2024"]}}
    cli_invoke("generate", save(answers), "-o", "output")
    manifest = read_manifest(the_pack(tmp_path / "output"))
    assert manifest is not None
    named = {f["path"]: set(f["standards"]) for f in manifest["files"]}
    in_play = {"shanxi-2021-264", "aqsiq-2012-749", "db50-t-1696-2024"}
    assert named["16-待确认事项与提示.docx"] == named["17-条款对照表.xlsx"] == in_play
    assert named["06-专项经费预算.docx"] == {"db50-t-1696-2024"}
    assert "shanxi-2021-264" in named["04-岗位职责说明书.docx"]
    assert all(names <= in_play for names in named.values())


# ---------------------------------------------------------------- options


def test_only_some_papers(cli_invoke: Call, save: Call, tmp_path: Path) -> None:
    words = ("--only", " budget，聘任书 ", "--only", "appointment,专项经费预算")
    done = cli_invoke("generate", save(STATE_FIRM), "-o", "o", *words)
    assert done.code == 0
    names = {p.name for p in the_pack(tmp_path / "o").iterdir()}
    wanted = {"02-聘任书.docx", "06-专项经费预算.docx", "06-专项经费预算.xlsx"}
    assert names == wanted | {"answers.yaml", "manifest.json"}


@pytest.mark.parametrize("paper", [*dict.fromkeys(IDS)])
def test_each_paper_alone(cli_invoke: Call, save: Call, paper: str) -> None:
    done = cli_invoke("generate", save(STATE_FIRM), "-o", "output", "--only", paper, "--json")
    assert done.code == 0, done.err
    assert {f["document"] for f in done.json["files"]} == {paper}


def test_an_unknown_paper_is_named_and_nothing_is_written(cli_invoke: Call, tmp_path: Path) -> None:
    done = cli_invoke("generate", SAMPLE, "-o", "output", "--only", "budget,letter")
    assert (done.code, done.out) == (1, "")
    assert done.problems == [
        line for line in done.problems if line.startswith("没有“letter”这种文书，可用：")
    ]
    assert not (tmp_path / "output").exists()


def test_json_for_programs(cli_invoke: Call, save: Call, tmp_path: Path) -> None:
    done = cli_invoke("generate", save(STATE_FIRM), "-o", "output", "--json")
    assert set(done.json) >= {"pack", "files", "findings"}
    folder = Path(done.json["pack"])
    assert folder == Path("output") / STATE_FIRM["company"]["name"]
    assert [f["path"] for f in done.json["files"]] == FULL_PACK
    for entry in done.json["files"]:
        assert set(entry) >= {"path", "document", "sha256"}
        data = (tmp_path / folder / entry["path"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == entry["sha256"]
    assert done.json["findings"]
    for finding in done.json["findings"]:
        assert set(finding) >= {"code", "severity", "message", "clauses", "remedy"}
        assert finding["severity"] in {"gap", "conflict", "warning", "note"}
        assert finding["message"]


def test_json_stays_json_when_a_writing_was_interrupted(cli_invoke: Call, tmp_path: Path) -> None:
    (tmp_path / "output" / ".甲.new").mkdir(parents=True)
    done = cli_invoke("generate", SAMPLE, "-o", "output", "--json")
    assert done.code == 0
    assert done.json["files"]


def test_the_date_is_the_one_asked_for(cli_invoke: Call, save: Call, tmp_path: Path) -> None:
    undated = {k: v for k, v in STATE_FIRM.items() if k != "plan"}

    def day_of(answers: Mapping[str, Any], *words: str) -> str:
        done = cli_invoke("generate", save(answers), "-o", "output", *words)
        assert done.code == 0, done.err
        manifest = read_manifest(the_pack(tmp_path / "output"))
        assert manifest is not None
        return str(manifest["as_of"])

    assert day_of(STATE_FIRM) == DAY
    assert day_of(STATE_FIRM, "--date", "2027-03-04") == "2027-03-04"
    before = date.today()
    assert day_of(undated) in {before.isoformat(), date.today().isoformat()}


def test_the_date_is_in_the_papers_and_in_the_files(
    cli_invoke: Call, save: Call, tmp_path: Path
) -> None:
    cli_invoke("generate", save(STATE_FIRM), "-o", "output", "--date", "2031-03-04")
    folder = the_pack(tmp_path / "output")
    assert "2031年3月4日" in words_of(folder / "16-待确认事项与提示.docx")
    calendar = (folder / "11-年度质量工作计划.ics").read_bytes()
    assert set(re.findall(rb"DTSTAMP:(\S+)", calendar)) == {b"20310304T000000Z"}
    for name in (name for name in FULL_PACK if not name.endswith(".ics")):
        with zipfile.ZipFile(folder / name) as package:
            core = package.read("docProps/core.xml").decode()
        assert core.count("2031-03-04T00:00:00Z") == 2, name


def test_today_is_nowhere(cli_invoke: Call, save: Call, tmp_path: Path) -> None:
    undated = {
        **STATE_FIRM,
        "appointment": {"full_time": "是", "meeting": STATE_FIRM["appointment"]["meeting"]},
    }
    cli_invoke("generate", save(undated), "-o", "output", "--date", "2031-03-04")
    folder = the_pack(tmp_path / "output")
    now = date.today()
    stamps = (now.isoformat(), f"{now.year}年{now.month}月{now.day}日", f"{now:%Y%m%d}")
    for path in folder.iterdir():
        members = [(path.name, path.read_bytes())]
        if path.suffix in {".docx", ".xlsx"}:
            with zipfile.ZipFile(path) as package:
                members = [(name, package.read(name)) for name in package.namelist()]
        for name, data in members:
            assert not [s for s in stamps if s.encode() in data], (path.name, name)


@pytest.mark.parametrize("day", ["2026-02-30", "morgen", "8.11.2026", ""])
def test_a_date_that_does_not_exist(cli_invoke: Call, tmp_path: Path, day: str) -> None:
    done = cli_invoke("generate", SAMPLE, "-o", "output", "--date", day)
    assert (done.code, done.out) == (1, "")
    assert done.problems == [f"日期“{day}”不对，请写成 2026-11-08"]
    assert not (tmp_path / "output").exists()


# ---------------------------------------------------------------- a declared bar


def test_a_barred_candidate_gets_papers_and_the_bar_first(cli_invoke: Call, tmp_path: Path) -> None:
    done = cli_invoke("generate", BARRED, "-o", "output")
    assert done.code == 0
    assert done.out.startswith("【不得聘任】古维新")
    assert "第5.1.4条" in done.out.splitlines()[0]
    folder = the_pack(tmp_path / "output")
    confirm = [p for p in paragraphs((folder / "16-待确认事项与提示.docx").read_bytes()) if p]
    verdicts = [p for p in confirm if p.startswith(("【", "按《"))]
    assert verdicts[0].startswith("【不得聘任】古维新")
    # Above it there are only the title, the company, the date and the heading.
    assert confirm.index(verdicts[0]) <= 4
    assert sum(map(len, confirm[: confirm.index(verdicts[0])])) < 80
    manifest = read_manifest(folder)
    assert manifest is not None
    assert (manifest["barred"], manifest["verdict"]) == (True, "fail")


def test_strict_refuses_a_barred_candidate(cli_invoke: Call, tmp_path: Path) -> None:
    done = cli_invoke("generate", BARRED, "-o", "output", "--strict")
    assert (done.code, done.out) == (1, "")
    assert len(done.problems) == 1
    assert "不得聘任" in done.problems[0]
    assert not (tmp_path / "output").exists()


def test_strict_leaves_an_earlier_pack_alone(cli_invoke: Call, tmp_path: Path) -> None:
    cli_invoke("generate", BARRED, "-o", "output")
    before = tree(tmp_path / "output")
    assert cli_invoke("generate", BARRED, "-o", "output", "--strict").code == 1
    assert tree(tmp_path / "output") == before


def test_strict_takes_a_candidate_without_a_bar(cli_invoke: Call) -> None:
    assert cli_invoke("generate", SAMPLE, "-o", "output", "--strict").code == 0


# ---------------------------------------------------------------- values come out as they went in


HOSTILE = {
    "markup": 'R&D 检测（"甲"）<有限>公司',
    "braces": "{{ 7*7 }}",
    "formula": "=1+1",
    "rare-signs": "𠮷䶮🏭👨‍👩‍👧",
    "loop-tags": "{%tr endfor %}{% raw %}",
    "xml": "]]> &amp; <w:t>{#注#}",
    "at": "@SUM(A1)",
    "minus": "-1",
    "plus": "+86 351",
    "quote": "'甲",
    "error": "#REF!",
    "excel-escape": "_x0041_",
    "format": "%(a)s {0} $1 \\1",
    "spaces": "两  个  空格",
    "sixty-signs": "晋中开发区北方重型特种装备与精密零部件智能制造科技发展集团"
    "（控股）股份有限公司第一分公司机加工与热处理质量检验中心",
}
hostile_values = pytest.mark.parametrize("hostile", HOSTILE.values(), ids=list(HOSTILE))


@hostile_values
def test_every_text_answer_comes_out_verbatim(
    cli_invoke: Call, save: Call, tmp_path: Path, hostile: str
) -> None:
    marks: dict[str, str] = {}

    def marked(path: str, _: str) -> str:
        marks[path] = f"{hostile}〔{len(marks)}〕"
        return marks[path]

    done = cli_invoke("generate", save(every_text(STATE_FIRM, marked)), "-o", "output")
    assert (done.code, done.err) == (0, "")
    papers = papers_of(the_pack(tmp_path / "output"))
    everything = "\n".join(papers.values())
    lost = {path for path, mark in marks.items() if mark not in everything}
    assert lost <= UNPRINTED
    assert marks["company.name"] in papers["01-聘任决定与任职通知.docx"]
    for name, text in papers.items():
        assert marks["company.name"] in text, name
        assert "49〔" not in text, name
    for name in ("02-聘任书.docx", "03-授权书.docx", "04-岗位职责说明书.docx", "05-考核表.xlsx"):
        assert marks["candidate.name"] in papers[name], name


@hostile_values
def test_a_text_in_a_sheet_is_text(
    cli_invoke: Call, save: Call, tmp_path: Path, hostile: str
) -> None:
    answers = every_text(STATE_FIRM, lambda path, text: hostile if "[" in path else text)
    cli_invoke("generate", save(answers), "-o", "output", "--only", "budget,assessment")
    folder = the_pack(tmp_path / "output")
    for name, least in (("05-考核表.xlsx", 8), ("06-专项经费预算.xlsx", 8)):
        found = [c for c in cells((folder / name).read_bytes()) if shown(c) == hostile]
        assert len(found) >= least, name
        assert {cell.data_type for cell in found} == {"s"}, name


def test_amounts_come_out_to_the_fen(cli_invoke: Call, save: Call, tmp_path: Path) -> None:
    cli_invoke("generate", save(STATE_FIRM), "-o", "output")
    papers = papers_of(the_pack(tmp_path / "output"))
    assert "12,345.67" in papers["03-授权书.docx"]
    assert "壹万贰仟叁佰肆拾伍元陆角柒分" in papers["03-授权书.docx"]
    for amount in ("1,000.01", "0.10", "1,000.11", "人民币壹仟元零壹角壹分"):
        assert amount in papers["06-专项经费预算.docx"], amount
    assert "987654.32" in papers["06-专项经费预算.xlsx"]


def test_a_pack_named_with_every_sign_stays_inside(
    cli_invoke: Call, save: Call, tmp_path: Path
) -> None:
    answers = with_name('R&D 检测（"甲"）<有限>公司')
    cli_invoke("generate", save(answers), "-o", "output", "--only", "appointment")
    assert the_pack(tmp_path / "output").name == "R&D 检测（_甲_）_有限_公司"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("../../etc", id="climbing"),
        pytest.param("..", id="dots"),
        pytest.param("/etc/passwd", id="absolute"),
        pytest.param("CON", id="device"),
        pytest.param("a/b\\c", id="slashes"),
        pytest.param("甲" * 100, id="hundred-signs"),
        pytest.param("甲" * 200, id="two-hundred-signs"),
        pytest.param("甲\u202e乙", id="turned-round"),
        pytest.param("甲\x07乙", id="bell"),
        pytest.param("甲\n乙", id="two-lines"),
        pytest.param("🏭", id="emoji"),
        pytest.param("   ", id="blank"),
        pytest.param("-o", id="option"),
        pytest.param("$(touch x)", id="shell"),
        pytest.param(".甲.old", id="hidden"),
    ],
)
def test_no_company_writes_outside_the_output_folder(
    cli_invoke: Call, save: Call, tmp_path: Path, name: str
) -> None:
    path = save(with_name(name))
    (tmp_path / "a" / "etc").mkdir(parents=True)
    before = tree(tmp_path)
    done = cli_invoke("generate", path, "-o", "a/b/output", "--only", "appointment")
    after = tree(tmp_path)
    if done.code == 0:
        folder = the_pack(tmp_path / "a/b/output")
        assert name in words_of(folder / "02-聘任书.docx")
        inside = {n for n in after if n.startswith("a/b")}
        assert {n: d for n, d in after.items() if n not in inside} == before
    else:
        assert done.code == 1
        assert len(done.problems) == 1
        assert "企业名称" in done.problems[0]
        assert after == before
    refused = len(name) > 100 or not name.strip() or set(name) & set("\u202e\x07\n")
    assert done.code == (1 if refused else 0)


# ---------------------------------------------------------------- the same bytes


def run_alone(output: Path, answers: Path, place: Path, **settings: str) -> None:
    """Write a pack in a process of its own, in a folder and with settings of its own."""
    place.mkdir()
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "cqo_docs",
            "generate",
            answers,
            "-o",
            output,
            "--date",
            DAY,
        ],
        cwd=place,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "HOME": str(place), **settings},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b""), done.stderr.decode(errors="replace")
    assert not any(place.iterdir()), "something was written beside the output folder"


@pytest.mark.parametrize("sample", [SAMPLE, BARRED], ids=lambda path: path.stem)
def test_two_processes_write_identical_bytes(tmp_path: Path, sample: Path) -> None:
    run_alone(
        tmp_path / "one",
        sample,
        tmp_path / "here",
        PYTHONHASHSEED="1",
        TZ="Pacific/Kiritimati",
        LC_ALL="C",
        LOGNAME="lao-wang-7391",
        USER="lao-wang-7391",
        PYTHONIOENCODING="ascii",
    )
    copy = tmp_path / "另一处" / "问卷.yaml"
    copy.parent.mkdir()
    copy.write_bytes(sample.read_bytes())
    run_alone(
        tmp_path / "two",
        copy,
        tmp_path / "there",
        PYTHONHASHSEED="4242",
        TZ="America/Los_Angeles",
        LC_ALL="zh_CN.UTF-8",
        LANGUAGE="zh_CN",
        LOGNAME="xiao-li-8264",
        USER="xiao-li-8264",
    )
    first = tree(tmp_path / "one")
    assert len(first) > 10
    assert tree(tmp_path / "two") == first


def test_a_second_run_writes_identical_bytes(cli_invoke: Call, tmp_path: Path) -> None:
    cli_invoke("generate", SAMPLE, "-o", "output", "--date", DAY)
    first = tree(tmp_path / "output")
    time.sleep(1.1)  # a second more on the clock must not show
    done = cli_invoke("generate", SAMPLE, "-o", "output", "--date", DAY)
    assert tree(tmp_path / "output") == first
    assert EDITED not in done.out


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_the_answers_in_a_pack_make_the_same_pack(
    cli_invoke: Call, tmp_path: Path, sample: Path
) -> None:
    cli_invoke("generate", sample, "-o", "one", "--date", DAY)
    answers = the_pack(tmp_path / "one") / "answers.yaml"
    done = cli_invoke("generate", answers, "-o", "two", "--date", DAY)
    assert (done.code, done.err) == (0, "")
    assert tree(tmp_path / "two") == tree(tmp_path / "one")


def test_answers_may_lie_in_the_pack_that_is_replaced(cli_invoke: Call, tmp_path: Path) -> None:
    cli_invoke("generate", SAMPLE, "-o", "output", "--date", DAY)
    before = tree(tmp_path / "output")
    answers = the_pack(tmp_path / "output") / "answers.yaml"
    assert cli_invoke("generate", answers, "-o", "output", "--date", DAY).code == 0
    assert tree(tmp_path / "output") == before


def test_json_and_yaml_answers_make_the_same_pack(
    cli_invoke: Call, save: Call, tmp_path: Path
) -> None:
    cli_invoke("generate", save(STATE_FIRM), "-o", "one")
    text = yaml.safe_dump(dict(STATE_FIRM), allow_unicode=True, sort_keys=True)
    (tmp_path / "answers.yaml").write_text(text, encoding="utf-8")
    cli_invoke("generate", "answers.yaml", "-o", "two")
    assert tree(tmp_path / "two") == tree(tmp_path / "one")


# ---------------------------------------------------------------- a user's own work


def test_edited_files_are_kept_and_told(cli_invoke: Call, tmp_path: Path) -> None:
    cli_invoke("generate", SAMPLE, "-o", "output")
    folder = the_pack(tmp_path / "output")
    sheet, letter = folder / "06-专项经费预算.xlsx", folder / LETTER
    book = load_workbook(sheet)
    book["预算表"]["G5"] = 4321
    book.save(sheet)
    edited = sheet.read_bytes()
    letter.write_bytes(letter.read_bytes() + b" ")
    (folder / "签字扫描.pdf").write_bytes(b"%PDF")
    for run in range(2):
        done = cli_invoke("generate", SAMPLE, "-o", "output")
        assert done.code == 0
        told = done.out.splitlines()[-1]
        if run == 0:
            assert EDITED in told
            assert letter.name in told
            assert sheet.name in told
        else:
            assert EDITED not in done.out
        assert sorted(p.name for p in (folder / EDITED).iterdir()) == [letter.name, sheet.name]
        assert (folder / EDITED / sheet.name).read_bytes() == edited
        assert sheet.read_bytes() != edited
        assert (folder / "签字扫描.pdf").read_bytes() == b"%PDF"
    kept = load_workbook(folder / EDITED / sheet.name)
    assert kept["预算表"]["G5"].value == 4321


def test_an_edited_paper_that_is_not_asked_for_stays_until_it_is(
    cli_invoke: Call, tmp_path: Path
) -> None:
    cli_invoke("generate", SAMPLE, "-o", "output")
    folder = the_pack(tmp_path / "output")
    (folder / LETTER).write_bytes(b"mine")
    cli_invoke("generate", SAMPLE, "-o", "output", "--only", "duties")
    assert (folder / LETTER).read_bytes() == b"mine"
    assert not (folder / EDITED).exists()
    cli_invoke("generate", SAMPLE, "-o", "output")
    assert (folder / EDITED / LETTER).read_bytes() == b"mine"
    assert (folder / LETTER).read_bytes() != b"mine"


def test_one_paper_written_anew_leaves_the_pack_as_it_was(cli_invoke: Call, tmp_path: Path) -> None:
    cli_invoke("generate", SAMPLE, "-o", "output", "--date", "2026-11-21")
    before = tree(the_pack(tmp_path / "output"))
    done = cli_invoke(
        "generate", SAMPLE, "-o", "output", "--date", "2026-11-21", "--only", "matrix,duties"
    )
    assert tree(the_pack(tmp_path / "output")) == before
    written = [line.strip() for line in done.out.splitlines() if line.startswith("  ")]
    assert written == ["04-岗位职责说明书.docx", "17-条款对照表.xlsx"]
    assert "过时" not in done.out


def test_what_is_not_written_anew_and_would_differ_is_told_by_name(
    cli_invoke: Call, save: Call, tmp_path: Path
) -> None:
    answers = json.loads(json.dumps(STATE_FIRM))
    cli_invoke("generate", save(answers), "-o", "output")
    folder = the_pack(tmp_path / "output")
    whole = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    before = tree(folder)
    answers["candidate"]["name"] = "陈思近"
    done = cli_invoke("generate", save(answers), "-o", "output", "--only", "duties")
    told = next(line for line in done.out.splitlines() if "已经过时" in line)
    assert "02-聘任书.docx" in told
    assert "04-岗位职责说明书.docx" not in told
    after = tree(folder)
    assert {n for n in before if before[n] != after[n]} == {
        "04-岗位职责说明书.docx", "answers.yaml", "manifest.json",
    }  # fmt: skip
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    stale = {e["path"] for e in manifest["files"] if e.get("stale")}
    assert "02-聘任书.docx" in stale
    assert all(name in told for name in stale)
    assert (manifest["inputs"], whole["inputs"] is None) == (None, False)
    again = cli_invoke("generate", save(answers), "-o", "output")
    assert "过时" not in again.out
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["inputs"]
    assert not any(e.get("stale") for e in manifest["files"])


def test_a_part_of_a_pack_is_planned_as_the_whole(
    cli_invoke: Call, save: Call, tmp_path: Path
) -> None:
    whole = cli_invoke("generate", save(STATE_FIRM), "-o", "one", "--json")
    part = cli_invoke("generate", save(STATE_FIRM), "-o", "two", "--only", "matrix", "--json")
    assert part.json["findings"] == whole.json["findings"]
    name = "17-条款对照表.xlsx"
    files = [(the_pack(tmp_path / out) / name).read_bytes() for out in ("one", "two")]
    assert files[0] == files[1]
    manifest = json.loads(
        (the_pack(tmp_path / "two") / "manifest.json").read_text(encoding="utf-8")
    )
    assert manifest["inputs"] is None


# ---------------------------------------------------------------- what cannot be done is said


def in_the_way(output: Path, how: str) -> None:
    """Something that keeps the sample's pack from being written."""
    target = output / "晋城市沁香源食品有限公司"
    if how == "output is a file":
        output.write_text("mine", encoding="utf-8")
        return
    output.mkdir()
    if how == "target is a file":
        target.write_text("mine", encoding="utf-8")
    elif how == "target is foreign":
        target.mkdir()
        (target / "我的.txt").write_text("mine", encoding="utf-8")
    elif how == "target is a link":
        (output.parent / "elsewhere").mkdir()
        target.symlink_to(output.parent / "elsewhere")
    elif how == "target is another company's":
        target.mkdir()
        other = {"program": "cqo-docs", "company": "别家", "files": []}
        (target / "manifest.json").write_text(json.dumps(other), encoding="utf-8")


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("output is a file", "输出位置不是文件夹"),
        ("target is a file", "不是本程序生成的文书包"),
        ("target is foreign", "不是本程序生成的文书包"),
        ("target is a link", "链接"),
        ("target is another company's", "另一家企业（别家）"),
    ],
)
def test_a_place_that_is_taken(cli_invoke: Call, tmp_path: Path, how: str, told: str) -> None:
    in_the_way(tmp_path / "output", how)
    before = tree(tmp_path)
    done = cli_invoke("generate", SAMPLE, "-o", "output")
    assert (done.code, done.out) == (1, "")
    (sentence,) = done.problems
    assert told in sentence
    assert sentence.startswith("output")
    assert tree(tmp_path) == before


def full_disk(monkeypatch: pytest.MonkeyPatch, _: Path) -> str:
    def refused(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", refused)
    return "不能写入"


def read_only(monkeypatch: pytest.MonkeyPatch, _: Path) -> str:
    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "mkdir", refused)
    return "不能写入"


def open_in_word(monkeypatch: pytest.MonkeyPatch, folder: Path) -> str:
    """As Windows has it: the folder does not move, the file opens for nobody else."""
    held = folder / LETTER
    rename, open_ = Path.rename, Path.open

    def stuck(self: Path, target: Path) -> Path:
        if self.resolve() == folder:
            raise PermissionError(errno.EACCES, "WinError 5")
        return rename(self, target)

    def shut(self: Path, mode: str = "r", *rest: Any, **named: Any) -> Any:
        if self.resolve() == held and "+" in mode:
            raise PermissionError(errno.EACCES, "WinError 32")
        return open_(self, mode, *rest, **named)

    monkeypatch.setattr(Path, "rename", stuck)
    monkeypatch.setattr(Path, "open", shut)
    return f"{LETTER}：文件正被其他程序打开"


@pytest.mark.parametrize("trouble", [full_disk, read_only, open_in_word])
def test_trouble_with_the_disk_is_said_and_the_old_pack_stays(
    cli_invoke: Call,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Callable[[pytest.MonkeyPatch, Path], str],
) -> None:
    cli_invoke("generate", SAMPLE, "-o", "output")
    folder = the_pack(tmp_path / "output")
    (folder / "05-考核表.docx").write_bytes(b"mine")
    before = tree(tmp_path)
    told = trouble(monkeypatch, folder)
    done = cli_invoke("generate", SAMPLE, "-o", "output")
    assert (done.code, done.out) == (1, "")
    (sentence,) = done.problems
    assert told in sentence
    assert "output" in sentence
    assert tree(tmp_path) == before


def test_wrong_answers_write_nothing(cli_invoke: Call, save: Call, tmp_path: Path) -> None:
    path = save({**STATE_FIRM, "company": {**STATE_FIRM["company"], "employees": "-3"}})
    done = cli_invoke("generate", path, "-o", "output")
    assert (done.code, done.out) == (1, "")
    assert len(done.problems) == 1
    assert not (tmp_path / "output").exists()


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, RuntimeError("boom")], ids=repr)
def test_a_run_that_breaks_off_leaves_the_earlier_pack(
    cli_invoke: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Any
) -> None:
    cli_invoke("generate", SAMPLE, "-o", "output")
    before = tree(tmp_path / "output")
    turns = iter(range(100))

    def breaks(*_: object) -> None:
        if next(turns) == 3:
            raise error

    monkeypatch.setattr(os, "fsync", breaks)
    done = cli_invoke("generate", SAMPLE, "-o", "output")
    assert done.code == 1
    assert len(done.err.strip().splitlines()) == 1
    assert "Traceback" not in done.err
    assert tree(tmp_path / "output") == before


def test_what_was_interrupted_is_finished_at_the_next_start(
    cli_invoke: Call, tmp_path: Path
) -> None:
    cli_invoke("generate", SAMPLE, "-o", "output", "--date", DAY)
    before = tree(tmp_path / "output")
    folder = the_pack(tmp_path / "output")
    folder.rename(folder.with_name(f".{folder.name}.old"))
    done = cli_invoke("generate", BARRED, "-o", "output")
    assert f"上次中断的写入已处理：{folder.name}" in done.out
    after = tree(tmp_path / "output")
    assert {n: d for n, d in after.items() if n.startswith(folder.name)} == before
    assert sorted(p.name for p in (tmp_path / "output").iterdir()) == sorted(
        [folder.name, "重庆市綦岚汽车零部件有限公司"]
    )


def test_an_interruption_is_finished_even_if_the_answers_are_wrong(
    cli_invoke: Call, save: Call, tmp_path: Path
) -> None:
    cli_invoke("generate", SAMPLE, "-o", "output")
    before = tree(tmp_path / "output")
    folder = the_pack(tmp_path / "output")
    folder.rename(folder.with_name(f".{folder.name}.old"))
    assert cli_invoke("generate", save({"company": {}}), "-o", "output").code == 1
    assert tree(tmp_path / "output") == before


@pytest.mark.parametrize("encoding", ["ascii", "gbk", "cp1252"])
def test_a_console_of_another_encoding_gets_no_traceback(
    tmp_path: Path, save: Call, encoding: str
) -> None:
    path = save(with_name("𠮷🏭公司"))
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "cqo_docs",
            "generate",
            path,
            "-o",
            "out",
            "--only",
            "budget",
        ],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "PYTHONIOENCODING": encoding,
            "PYTHONUTF8": "0",
        },
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert (tmp_path / "out" / "𠮷🏭公司" / "06-专项经费预算.xlsx").is_file()


@pytest.mark.slow
def test_a_program_killed_at_random_leaves_one_whole_pack(tmp_path: Path) -> None:
    """The real command, killed while it loads, renders or writes."""
    output = tmp_path / "output"
    seed = random.randrange(10**9)
    chance = random.Random(seed)
    command = [sys.executable, "-m", "cqo_docs", "generate", SAMPLE, "-o", output]

    def started() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*command, "--date", DAY],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )

    start = time.monotonic()
    assert started().wait() == 0
    whole = time.monotonic() - start
    wanted = tree(output)
    for turn in range(20):
        process = started()
        time.sleep(chance.uniform(whole * 0.6, whole * 1.05))
        process.kill()
        process.wait()
        assert started().wait() == 0, (seed, turn)
        assert tree(output) == wanted, (seed, turn)

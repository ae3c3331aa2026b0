"""Packs on a disk: what people do to them is found, named and placed; the rest raises no alarm."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import packs
import pytest
from cases import (
    AS_OF,
    ROOT,
    SAMPLES,
    companies,
    file_of,
    flat,
    nested,
    papers_of,
    plan_of,
    workspace,
)
from conftest import Called
from hypothesis import given, settings
from office import resaved
from packs import (
    change_answers,
    change_manifest,
    change_sheet,
    copy_of,
    delete,
    file_in,
    fill_cell,
    repack,
    replace,
)
from seeds import (
    BUDGET,
    BUDGET_X,
    CONFIRM,
    DECISION,
    DUTIES,
    ELECTRONICS,
    FOOD,
    LETTER,
    ORIGINALS,
    POSTED,
    POWERS,
    SCORES,
    SCORES_X,
    SEEDS,
    STEEL,
    SYSTEM,
    Seed,
)

from cqo_docs import generation
from cqo_docs.base.errors import PackError
from cqo_docs.base.yamlfile import read_yaml
from cqo_docs.library.version import CONTENT
from cqo_docs.papers.composer import Document
from cqo_docs.papers.consistency import check_documents, names, pack_findings, picture_of
from cqo_docs.plan.model import Plan
from cqo_docs.verify import Report, packs_in, verify_pack

PACKAGE = CONTENT.parent
WS = workspace()


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packs of all sample companies."""
    output = tmp_path_factory.mktemp("packs")
    for path in SAMPLES:
        generation.generate(generation.read_answers(path, WS), WS, output, AS_OF)
    return output


@pytest.fixture
def pack(written: Path, tmp_path: Path) -> Callable[[str], Path]:
    """A copy of the pack of the company whose name begins so."""

    def one(company: str) -> Path:
        source = next(p for p in written.iterdir() if p.name.startswith(company))
        return copy_of(source, tmp_path)

    return one


def faults(report: Report) -> list[tuple[str, str]]:
    """The inconsistencies of a report: code and file."""
    return [(f.code.removeprefix("verify."), f.file) for f in report.findings
            if f.severity == "fault"]  # fmt: skip


def seen(report: Report) -> str:
    """A report as a failed test shows it."""
    return "\n".join(
        f"{f.severity} {f.code} {f.file} {f.place} {f.message}" for f in report.findings
    )


@pytest.fixture(autouse=True)
def _originals(written: Path) -> None:
    ORIGINALS[:] = [written]


@pytest.mark.parametrize("seed", SEEDS, ids=[s.name for s in SEEDS])
def test_what_was_done_is_found_by_its_kind_in_its_file(
    seed: Seed, pack: Callable[[str], Path]
) -> None:
    folder = pack(seed.company)
    seed.edit(folder)
    report = verify_pack(folder, WS)
    found = [(c, f) for c, f in faults(report) if c == seed.code and f.startswith(seed.file)]
    assert found, seen(report)


# ---------------------------------------------------------------- clean and harmless


def test_the_seeds_are_many_and_of_many_kinds() -> None:
    assert len(SEEDS) >= 60
    assert len({seed.code for seed in SEEDS}) >= 12


def test_no_alarm_on_the_packs_of_all_samples(written: Path) -> None:
    for folder in packs_in(written):
        report = verify_pack(folder, WS)
        assert report.consistent and not report.count("change"), seen(report)
        assert {state for _, state in report.files} == {"same"}


def test_no_alarm_on_the_packs_of_all_scenarios(tmp_path: Path) -> None:
    for path in sorted((Path(__file__).parent / "scenarios").glob("*.yaml")):
        file = file_of(read_yaml(path).data["问卷"])
        _, pack = generation.generate(file, WS, tmp_path, AS_OF)
        report = verify_pack(pack.folder, WS)
        assert not report.findings or {f.code for f in report.findings} == {"verify.open"}, seen(
            report
        )
        shutil.rmtree(pack.folder)


@settings(max_examples=25)
@given(companies())
def test_no_pack_is_stopped_and_no_alarm_is_raised_for_random_companies(
    tmp_path_factory: pytest.TempPathFactory, answers: dict[str, object]
) -> None:
    output = tmp_path_factory.mktemp("random")
    _, pack = generation.generate(file_of(nested(flat(answers))), WS, output, AS_OF)
    saved_again(pack.folder)
    report = verify_pack(pack.folder, WS)
    assert {f.code for f in report.findings} <= {"verify.open", "verify.looks"}, seen(report)
    shutil.rmtree(output)


def saved_again(pack: Path) -> None:
    """Every file packed anew: other bytes, the same words."""
    for path in pack.iterdir():
        if path.suffix in {".docx", ".xlsx"}:
            repack(path, lambda _, data: data)


def test_what_was_only_saved_again_says_the_same(pack: Callable[[str], Path]) -> None:
    folder = pack(STEEL)
    saved_again(folder)
    report = verify_pack(folder, WS)
    assert report.consistent
    assert {f.code for f in report.findings} == {"verify.looks"}


def signed(pack: Path) -> None:
    fill_cell(pack, POWERS, "授权人（盖章）：", "太原市汾朔特种型钢有限责任公司")
    fill_cell(pack, POWERS, "被授权人（签字）：", "阎若谷")
    fill_cell(pack, SCORES, "考核人（签字）：", "贾承烈")
    fill_cell(pack, DUTIES, "编制", "阎若谷")
    fill_cell(pack, DUTIES, "批准", "武延岭")
    fill_cell(pack, SCORES, "主要成绩", "完成型钢表面缺陷攻关三项，内审整改率100%。")
    replace(pack, POWERS, "日期：　　　年　月　日", "日期：2026年10月30日")


def signed_by_the_officer_alone(pack: Path) -> None:
    fill_cell(pack, POWERS, "被授权人（签字）：", "阎若谷")
    fill_cell(pack, SCORES, "被考核人（签字）：", "阎若谷")
    fill_cell(pack, DUTIES, "任职人确认", "阎若谷")
    fill_cell(pack, BUDGET, "首席质量官（签字）：", "阎若谷")


def other_fonts(pack: Path) -> None:
    for path in (p for p in pack.iterdir() if p.suffix == ".docx"):
        document = packs.Document(str(path))
        for paragraph in document.paragraphs:
            for run in paragraph.runs:
                run.font.name, run.font.size = "Arial", 152400
        document.save(str(path))


def logo(pack: Path) -> None:
    path = file_in(pack, DECISION)
    document = packs.Document(str(path))
    header = document.sections[0].header
    header.is_linked_to_previous = False
    header.paragraphs[0].add_run().add_picture(str(ROOT / "docs" / "pages.png"), width=914400)
    header.add_paragraph("汾朔特钢 内部文件")
    document.save(str(path))


def page_breaks(pack: Path) -> None:
    path = file_in(pack, SYSTEM)
    document = packs.Document(str(path))
    packs.paragraph_with(document, "第四章")
    for paragraph in document.paragraphs:
        if "第四章" in paragraph.text or "第六章" in paragraph.text:
            paragraph.insert_paragraph_before().add_run().add_break(packs.WD_BREAK.PAGE)
    document.save(str(path))


def tracked_remark(pack: Path) -> None:
    path = file_in(pack, SYSTEM)
    document = packs.Document(str(path))
    paragraph = packs.paragraph_with(document, "第二十七条")
    new = packs.parse_xml(
        f'<w:p xmlns:w="{packs.W[1:-1]}"><w:ins w:id="9001" w:author="x"><w:r>'
        "<w:t>已阅，同意印发。武延岭 2026年10月30日</w:t></w:r></w:ins></w:p>"
    )
    paragraph.addnext(new)
    document.save(str(path))


def tracked_deletion_of_a_blank(pack: Path) -> None:
    path = file_in(pack, SYSTEM)
    document = packs.Document(str(path))
    paragraph = packs.paragraph_with(document, "第二十七条")
    paragraph.append(
        packs.parse_xml(
            f'<w:del xmlns:w="{packs.W[1:-1]}" w:id="9002" w:author="x"><w:r>'
            "<w:delText>各部门必须每月上报。</w:delText></w:r></w:del>"
        )
    )
    document.save(str(path))


def comment(pack: Path) -> None:
    path = file_in(pack, DUTIES)
    document = packs.Document(str(path))
    run = document.paragraphs[3].runs[0]
    run.text = run.text
    document.save(str(path))


def scores_filled(pack: Path) -> None:
    def fill(page: packs.Worksheet) -> None:
        for row in range(7, 18):
            for column in "IJ":
                page[f"{column}{row}"] = 92.5

    change_sheet(pack, SCORES_X, "考核表", fill)


def spending_filled(pack: Path) -> None:
    change_sheet(pack, BUDGET_X, "执行表", lambda page: page.__setitem__("D5", 14800))
    packs.set_in_row(pack, BUDGET, "预备费", 5, "财务部")


def formulas_as_excel_saves_them(pack: Path) -> None:
    """A formula that is filled down stands once; the other cells refer to it."""

    def share(name: str, data: bytes) -> bytes:
        if not name.startswith("xl/worksheets/sheet1"):
            return data
        first, rest = data.split(b"</f>", 1)
        return (
            first
            + b"</f>"
            + re.sub(rb"<f>SUM\([G-J]\d+:J\d+\)</f>", b'<f t="shared" si="0"/>', rest)
        )

    repack(file_in(pack, BUDGET_X), share)


def remarks_in_a_report(pack: Path) -> None:
    replace(pack, CONFIRM, "任职资格结论", "任职资格结论（已核对）")


def scans_beside(pack: Path) -> None:
    (pack / "签字扫描件.pdf").write_bytes(b"%PDF-1.4")
    (pack / "~$2-聘任书.docx").write_bytes(b"lock")
    (pack / ".DS_Store").write_bytes(b"x")
    (pack / "已修改的旧稿").mkdir()
    (pack / "已修改的旧稿" / "02-聘任书.docx").write_bytes(b"old")


def answers_laid_out_anew(pack: Path) -> None:
    path = pack / "answers.yaml"
    path.write_text("# 已核对\n" + path.read_text(encoding="utf-8"), encoding="utf-8")


HARMLESS = {
    "signed": signed,
    "signed by the officer alone": signed_by_the_officer_alone,
    "other fonts": other_fonts,
    "logo and header": logo,
    "page breaks": page_breaks,
    "a tracked remark": tracked_remark,
    "a tracked deletion of what was never there": tracked_deletion_of_a_blank,
    "runs written anew": comment,
    "scores filled in": scores_filled,
    "spending filled in": spending_filled,
    "formulas as Excel saves them": formulas_as_excel_saves_them,
    "remarks in a report": remarks_in_a_report,
    "scans beside": scans_beside,
    "answers laid out anew": answers_laid_out_anew,
}


@pytest.mark.parametrize("edit", HARMLESS.values(), ids=list(HARMLESS))
def test_what_contradicts_nothing_is_no_inconsistency(
    edit: Callable[[Path], object], pack: Callable[[str], Path]
) -> None:
    folder = pack(STEEL)
    edit(folder)
    report = verify_pack(folder, WS)
    assert report.consistent, seen(report)


def test_several_harmless_edits_at_once(pack: Callable[[str], Path]) -> None:
    folder = pack(STEEL)
    for edit in (signed, other_fonts, logo, page_breaks, tracked_remark, scores_filled):
        edit(folder)
    report = verify_pack(folder, WS)
    assert report.consistent, seen(report)
    assert report.count("change")


@pytest.mark.slow
@pytest.mark.parametrize("company", [STEEL, FOOD, ELECTRONICS])
def test_what_libreoffice_saved_again_is_no_inconsistency(
    company: str, pack: Callable[[str], Path]
) -> None:
    folder = pack(company)
    for kind in ("docx", "xlsx"):
        files = {path.name: path.read_bytes() for path in sorted(folder.glob(f"*.{kind}"))}
        for name, data in resaved(files, kind).items():
            (folder / name).write_bytes(data)
    report = verify_pack(folder, WS)
    assert report.consistent, seen(report)
    states = {path: state for path, state in report.files if not path.endswith(".ics")}
    assert set(states.values()) == {"changed"}
    replace(folder, LETTER, "首席质量官", "首席质量总监")
    assert ("post", file_in(folder, LETTER).name) in faults(verify_pack(folder, WS))


# ---------------------------------------------------------------- filled in by hand


def blanks_of(pack: Path, part: str, label: str, value: str) -> None:
    replace(pack, part, f"＿＿＿＿＿（{label}）", value, all_of_them=True)


def test_a_fill_in_that_is_the_same_everywhere_is_only_told(pack: Callable[[str], Path]) -> None:
    folder = pack(ELECTRONICS)
    blanks_of(folder, DECISION, "通知文号", "朗岬〔2026〕7号")
    report = verify_pack(folder, WS)
    assert report.consistent, seen(report)
    filled = [f for f in report.findings if f.code == "verify.filled"]
    assert ["朗岬〔2026〕7号" in f.message for f in filled] == [True]
    assert report.open == verify_pack(pack_again(folder), WS).open - 1


def pack_again(folder: Path) -> Path:
    return next(p for p in ORIGINALS[0].iterdir() if p.name == folder.name)


@pytest.fixture(scope="session")
def sparse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pack with most answers left open."""
    output = tmp_path_factory.mktemp("sparse")
    answers = flat({"appointment.decision_date": None, "appointment.meeting.number": None,
                    "authority.spending_limit": None, "fund.total": None,
                    "appointment.level": None})  # fmt: skip
    return generation.generate(file_of(nested(answers)), WS, output, AS_OF)[1].folder


def test_a_fill_in_that_differs_between_papers_is_found(sparse: Path, tmp_path: Path) -> None:
    folder = copy_of(sparse, tmp_path)
    blanks_of(folder, DECISION, "岗位层级", "副总经理级")
    blanks_of(folder, DUTIES, "岗位层级", "部门负责人级")
    assert [c for c, _ in faults(verify_pack(folder, WS))] == ["filled-differs"]


def test_days_filled_in_must_follow_one_another(sparse: Path, tmp_path: Path) -> None:
    folder = copy_of(sparse, tmp_path)
    for part in (
        DECISION,
        POWERS,
        LETTER,
        "05-考核表.docx",
        "06-专项经费预算.docx",
        DUTIES,
        SYSTEM,
    ):
        try:
            blanks_of(folder, part, "决定日期", "2026年12月9日")
        except RuntimeError:
            continue
    blanks_of(folder, LETTER, "聘任书日期", "2026年12月1日")
    report = verify_pack(folder, WS)
    assert "date-order" in [c for c, _ in faults(report)], seen(report)


# ---------------------------------------------------------------- without answers


def test_without_answers_no_false_alarm(written: Path, tmp_path: Path) -> None:
    for folder in packs_in(written):
        copy = copy_of(folder, tmp_path)
        (copy / "answers.yaml").unlink()
        saved_again(copy)
        report = verify_pack(copy, WS)
        assert [c for c, _ in faults(report)] == ["answers-missing"], seen(report)


@pytest.mark.parametrize(
    ("part", "old", "new", "code"),
    [
        (LETTER, "太原市汾朔特种型钢有限责任公司", "太原汾朔型钢有限责任公司", "company"),
        (DUTIES, "副总经理级", "部门负责人级", "post"),
        (POWERS, "2029年10月31日止", "2030年10月31日止", "term"),
        (BUDGET, "1,840,000.00", "1,480,000.00", "total"),
        (SYSTEM, "叁拾万元整", "叁佰万元整", "capital"),
    ],
)  # fmt: skip
def test_without_answers_the_papers_are_held_against_each_other(
    part: str, old: str, new: str, code: str, pack: Callable[[str], Path]
) -> None:
    folder = pack(STEEL)
    (folder / "answers.yaml").unlink()
    assert [c for c, _ in faults(verify_pack(folder, WS))] == ["answers-missing"]
    replace(folder, part, old, new)
    report = verify_pack(folder, WS)
    assert any(c == code and f.startswith(part) for c, f in faults(report)), seen(report)


def test_papers_regenerated_from_changed_answers_agree_again(
    pack: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = pack(STEEL)
    change_answers(folder, *POSTED)
    file = generation.read_answers(folder / "answers.yaml", WS)
    _, again = generation.generate(file, WS, tmp_path / "again", AS_OF)
    assert verify_pack(again.folder, WS).consistent


# ---------------------------------------------------------------- other versions


def stale(pack: Path) -> None:
    change_manifest(pack, lambda m: m.update(version="0.0.9", library="0" * 16))


def test_a_pack_of_another_version_raises_no_alarm(pack: Callable[[str], Path]) -> None:
    folder = pack(STEEL)
    stale(folder)
    report = verify_pack(folder, WS)
    assert report.consistent, seen(report)
    assert "verify.stale" in [f.code for f in report.findings if f.severity == "note"]


def test_a_changed_name_is_found_in_a_pack_of_another_version(pack: Callable[[str], Path]) -> None:
    folder = pack(STEEL)
    stale(folder)
    change_manifest(folder, lambda m: m["files"][1].update(sha256="1" * 64))
    replace(folder, LETTER, *POSTED)
    delete(folder, LETTER, "望您恪尽职守")
    # What this version words otherwise cannot be told from what somebody reworded.
    assert [c for c, _ in faults(verify_pack(folder, WS))] == ["person"]


def test_some_papers_alone_are_a_whole_pack(tmp_path: Path) -> None:
    file = generation.read_answers(SAMPLES[0], WS)
    _, pack = generation.generate(file, WS, tmp_path, AS_OF, ("appointment", "duties"))
    report = verify_pack(pack.folder, WS)
    assert report.consistent and len(report.files) == 2, seen(report)


# ---------------------------------------------------------------- hostile


def test_hostile_names_raise_no_alarm(tmp_path: Path) -> None:
    odd = {
        "company.name": "A&B <Labs> {{ x }} None [] 有限公司",
        "candidate.name": "=1+1 {% if %}",
        "company.legal_representative": "../周'\"",
        "candidate.current_post": "宜应不得可",
    }
    _, pack = generation.generate(file_of(nested(flat(odd))), WS, tmp_path, AS_OF)
    assert verify_pack(pack.folder, WS).consistent
    saved_again(pack.folder)
    report = verify_pack(pack.folder, WS)
    assert report.consistent, seen(report)


def with_macro(path: Path) -> None:
    repack(path, lambda _, data: data, {"word/vbaProject.bin": b"x"})


def with_doctype(path: Path) -> None:
    repack(
        path, lambda n, d: b'<!DOCTYPE x [<!ENTITY a "b">]>' + d if n == "word/document.xml" else d
    )


DAMAGES: dict[str, Callable[[Path], object]] = {
    "empty": lambda p: p.write_bytes(b""),
    "text": lambda p: p.write_text("聘任书", encoding="utf-8"),
    "half": lambda p: p.write_bytes(p.read_bytes()[: p.stat().st_size // 2]),
    "no zip at the end": lambda p: p.write_bytes(p.read_bytes()[:-30]),
    "zeros": lambda p: p.write_bytes(bytes(4000)),
    "pdf": lambda p: p.write_bytes(b"%PDF-1.4 x"),
    "picture": lambda p: p.write_bytes(b"\x89PNG\r\n\x1a\n"),
    "encrypted": lambda p: p.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le") + bytes(600)
    ),
    "macro": with_macro,
    "document type": with_doctype,
    "no document": lambda p: repack(p, lambda n, d: None if n == "word/document.xml" else d),
    "broken markup": lambda p: repack(p, lambda n, d: d[:-9] if n == "word/document.xml" else d),
    "deep": lambda p: repack(
        p, lambda n, d: d.replace(b"<w:body>", b"<w:body>" + b"<w:sdt><w:sdtContent>" * 30000)
        if n == "word/document.xml" else d
    ),
    "bomb": lambda p: repack(p, lambda n, d: d, {"word/media/x.bin": bytes(60_000_000)}),
    "folder": lambda p: (p.unlink(), p.mkdir()),
    "pipe": lambda p: (p.unlink(), os.mkfifo(p)),
    "dangling link": lambda p: (p.unlink(), p.symlink_to(p.parent / "nowhere")),
    "sheet": lambda p: shutil.copyfile(file_in(p.parent, BUDGET_X), p),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=list(DAMAGES))
def test_no_damaged_file_stops_the_verification(
    damage: Callable[[Path], object], pack: Callable[[str], Path], cli_invoke: Callable[..., Called]
) -> None:
    folder = pack(STEEL)
    damage(file_in(folder, LETTER))
    called = cli_invoke("verify", folder, "--json")
    assert called.code == 1 and not called.err
    states = {f["path"]: f["state"] for f in called.json["packs"][0]["files"]}
    assert states["02-聘任书.docx"] in {"unreadable", "missing", "other"}
    assert [s for n, s in states.items() if not n.startswith("02-")].count("same") == len(
        states
    ) - 1


MANIFESTS: dict[str, Callable[[dict[str, Any]], object]] = {
    "no files": lambda m: m.update(files=[]),
    "files without path": lambda m: m["files"][0].pop("path"),
    "path outside": lambda m: m["files"][0].update(path="../x.docx"),
    "numbers for texts": lambda m: m.update(as_of=5, company=7, templates=[1], answers={}),
    "no day": lambda m: m.pop("as_of"),
    "documents of no kind": lambda m: m["files"][0].update(documents=[1, {}], document=None),
    "digest of no kind": lambda m: m["files"][0].update(sha256={"a": 1}),
}


@pytest.mark.parametrize("change", MANIFESTS.values(), ids=list(MANIFESTS))
def test_no_manifest_stops_the_verification(
    change: Callable[[dict[str, Any]], object],
    pack: Callable[[str], Path],
    cli_invoke: Callable[..., Called],
) -> None:
    folder = pack(FOOD)
    change_manifest(folder, change)
    called = cli_invoke("verify", folder)
    assert called.code == 1 and "程序出错" not in called.err + called.out


# ---------------------------------------------------------------- the command


def tree(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def test_a_clean_pack_ends_with_0(
    pack: Callable[[str], Path], cli_invoke: Callable[..., Called]
) -> None:
    folder = pack(STEEL)
    before = tree(folder)
    called = cli_invoke("verify", folder)
    assert (called.code, called.err) == (0, "")
    assert "一致" in called.out and "不一致" not in called.out
    assert tree(folder) == before


def test_the_gravest_comes_first_and_names_place_matter_and_cure(
    pack: Callable[[str], Path], cli_invoke: Callable[..., Called]
) -> None:
    folder = pack(STEEL)
    replace(folder, SYSTEM, "本制度在本企业内公示", "本制度在本企业网站公示")
    replace(folder, LETTER, *POSTED)
    called = cli_invoke("verify", folder)
    assert called.code == 1
    assert "不一致 1 处，改动 1 处" in called.out
    squeezed = "".join(called.out.split())
    assert squeezed.index("阎若虚") < squeezed.index("网站")
    findings = cli_invoke("verify", folder, "--json").json["packs"][0]["findings"]
    assert findings[0] == {
        "code": "verify.person",
        "severity": "fault",
        "file": "02-聘任书.docx",
        "place": "“阎若虚同志：”一段",
        "message": "人名“阎若谷”改成了“阎若虚”，与问卷和其他文书不一致",
        "remedy": "恢复原文；确需换人的，改问卷后重新生成",
        "times": 1,
        "old": "阎若谷",
        "new": "阎若虚",
    }


def test_a_folder_of_packs_is_verified_as_a_whole(
    written: Path, tmp_path: Path, cli_invoke: Callable[..., Called]
) -> None:
    output = tmp_path / "output"
    shutil.copytree(written, output)
    steel = next(p for p in output.iterdir() if p.name.startswith(STEEL))
    food = next(p for p in output.iterdir() if p.name.startswith(FOOD))
    replace(steel, LETTER, *POSTED)
    (food / "manifest.json").write_text("{", encoding="utf-8")
    called = cli_invoke("verify", output)
    assert called.code == 1
    assert called.out.splitlines()[0] == "核对 10 个文书包：一致 8 个，不一致 1 个，不能核对 1 个"
    data = cli_invoke("verify", output, "--json").json
    assert data["summary"] == {"packs": 10, "consistent": 8, "inconsistent": 1, "unreadable": 1}
    assert data["consistent"] is False
    assert set(data["packs"][0]) == {
        "pack", "company", "as_of", "consistent", "problems", "counts", "open", "files", "findings",
    }  # fmt: skip


@pytest.mark.parametrize("target", ["nowhere", "file", "empty"])
def test_what_is_no_pack_is_told_in_one_sentence(
    target: str, tmp_path: Path, cli_invoke: Callable[..., Called]
) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    called = cli_invoke("verify", tmp_path / target)
    assert called.code == 1 and len(called.problems) == 1


# ---------------------------------------------------------------- before writing


def test_every_finding_has_its_sentence_and_every_sentence_its_finding() -> None:
    codes = set()
    for path in (PACKAGE / "papers/consistency.py", *(PACKAGE / "verify").glob("*.py")):
        codes |= set(re.findall(r'"(verify\.[a-z-]+)"', path.read_text(encoding="utf-8")))
    codes |= set(WS.wording.verify["values"]) | {n["code"] for n in WS.wording.verify["numbers"]}
    in_messages = {c for c in WS.wording.messages if c.startswith("verify.")}
    assert codes - in_messages == set(WS.wording.verify["findings"])
    severities = {f["severity"] for f in WS.wording.verify["findings"].values()}
    assert severities == set(WS.wording.verify["severity"])


def spoiled(plan: Plan, change: Callable[[Document], Document], name: str) -> list[Document]:
    return [change(d) if d.id == name else d for d in papers_of(plan).values()]


def without_block(document: Document) -> Document:
    return document._replace(blocks=document.blocks[:3] + document.blocks[4:])


def with_block(document: Document) -> Document:
    return document._replace(blocks=(*document.blocks, document.blocks[-1]._replace(id="x/y")))


def with_tag(document: Document) -> Document:
    return document._replace(
        blocks=(document.blocks[0]._replace(text="{{ x }}"), *document.blocks[1:])
    )


def weaker(document: Document) -> Document:
    blocks = [
        b._replace(text=b.text.replace("应", "")) if b.modality == "shall" else b
        for b in document.blocks
    ]
    return document._replace(blocks=tuple(blocks))


def with_rows(name: str, column: str, value: str) -> Callable[[Document], Document]:
    def change(document: Document) -> Document:
        context = dict(document.contexts["docx"])
        rows = [dict(row) for row in context[name]]
        rows[0][column] = value
        return document._replace(contexts={**document.contexts, "docx": context | {name: rows}})

    return change


def other_capital(document: Document) -> Document:
    blocks = [b._replace(text=b.text.replace("叁拾万元整", "叁佰万元整")) for b in document.blocks]
    return document._replace(blocks=tuple(blocks))


SPOILED = {
    "a paragraph lost": ("duties", without_block, "verify.paragraph-missing"),
    "a paragraph too many": ("duties", with_block, "verify.paragraph-unknown"),
    "a tag left": ("letter", with_tag, "verify.tag"),
    "a modal word lost": ("system", weaker, "verify.modality"),
    "a quarter": ("budget", with_rows("items", "q1", "1.00"), "verify.quarters"),
    "a total": ("budget", with_rows("totals", "amount", "1.00"), "verify.total"),
    "a weight": ("assessment", with_rows("indicators", "weight", "1"), "verify.weights"),
    "capitals": ("authorization", other_capital, "verify.capital"),
    "roles": ("assessment", with_rows("info", "value", "阎若谷"), ""),
}


@pytest.mark.parametrize(("paper", "change", "code"), SPOILED.values(), ids=list(SPOILED))
def test_papers_that_contradict_each_other_are_not_written(
    paper: str, change: Callable[[Document], Document], code: str
) -> None:
    paper = "appointment" if paper == "letter" else paper
    plan = plan_of(
        generation.read_answers(ROOT / "questionnaires" / "shanxi-steel-medium.yaml", WS)
    )
    check_documents(plan, list(papers_of(plan).values()), WS.wording)
    documents = spoiled(plan, change, paper)
    codes = {f.code for f in pack_findings(picture_of(plan, documents, WS.wording))}
    if not code:
        assert not codes  # beside 被考核人 the officer stands rightly
        return
    assert code in codes
    with pytest.raises(PackError) as caught:
        check_documents(plan, documents, WS.wording)
    title = next(d.file for d in documents if d.id == paper)
    assert any(
        p.code == "pack.inconsistent" and p.where.startswith(title) for p in caught.value.problems
    )


def test_one_who_empowers_himself_is_found_before_writing() -> None:
    plan = plan_of(
        generation.read_answers(ROOT / "questionnaires" / "shanxi-steel-medium.yaml", WS)
    )
    change = with_rows("parties", "value", "阎若谷")
    with pytest.raises(PackError, match=r"pack\.inconsistent"):
        check_documents(plan, spoiled(plan, change, "authorization"), WS.wording)


def test_a_name_inside_a_longer_word_is_another_name() -> None:
    assert names("陈思（签字）", "陈思")
    assert names("由 陈思 签字", "陈思")
    assert not names("陈思远", "陈思")
    assert not names("陈思粮油店陈思远", "陈思")

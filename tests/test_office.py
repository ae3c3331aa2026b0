"""What Word, Excel and a printer find in the files of all samples."""

from __future__ import annotations

import getpass
import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cases import DB50, IN_SHANXI, IN_ZHEJIANG, OWNER_IS_OFFICER, adopting, make_plan
from lxml import etree
from office import page_texts, resaved, texts_of_pages
from openpyxl import load_workbook
from prints import Pack, Print

from cqo_docs import generation
from cqo_docs.papers.composer import Document
from cqo_docs.wording.amounts import capital_amount
from cqo_docs.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = sorted((ROOT / "questionnaires").glob("*.yaml"))
CHECKER = ROOT.parent / "shared" / "tools" / "ooxml_check.py"
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

# The longest that each paper may become; a micro firm's papers are short.
MOST_PAGES_MICRO = {
    "decision": 1, "appointment": 2, "authorization": 2, "duties": 2, "assessment": 2,
    "budget": 2, "system": 2, "eligibility": 2, "pledge": 2, "filing": 2,
}  # fmt: skip
# The rules in full grow with the standards that the firm follows.
MOST_PAGES = {"appointment": 1, "system": 10, "eligibility": 3, "pledge": 3, "filing": 3}
MOST_PAGES_ELSE = 8


def office_files(packs: Sequence[Pack]) -> list[Path]:
    return [
        path
        for pack in packs
        for path in sorted(pack.folder.iterdir())
        if path.suffix in {".docx", ".xlsx"}
    ]


def parts(path: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as package:
        for name in package.namelist():
            yield name, package.read(name)


def paragraphs(path: Path) -> Iterator[str]:
    """The text of every paragraph of a Word file, wherever it stands."""
    for name, data in parts(path):
        if re.match(r"word/[^/]+\.xml$", name):
            for paragraph in etree.fromstring(data).iter(f"{WORD}p"):
                yield "".join(text.text or "" for text in paragraph.iter(f"{WORD}t"))


def cell_texts(path: Path) -> Iterator[str]:
    """Every text that a workbook holds, formulas left out."""
    for sheet in load_workbook(path):
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "s":
                    yield str(cell.value)


def texts(path: Path) -> Iterator[str]:
    return paragraphs(path) if path.suffix == ".docx" else cell_texts(path)


def tables(path: Path) -> list[list[list[str]]]:
    """Every table of a Word file as rows of cell texts."""
    with zipfile.ZipFile(path) as package:
        body = etree.fromstring(package.read("word/document.xml"))
    return [
        [
            ["".join(t.text or "" for t in cell.iter(f"{WORD}t")) for cell in row.iter(f"{WORD}tc")]
            for row in table.iter(f"{WORD}tr")
        ]
        for table in body.iter(f"{WORD}tbl")
    ]


# ---------------------------------------------------------------- every file


def test_every_file_is_sound(packs: tuple[Pack, ...]) -> None:
    if not CHECKER.is_file():
        pytest.skip(f"no {CHECKER.parent.parent.name} folder beside the repository: not judged")
    folders = [pack.folder for pack in packs]
    done = subprocess.run(
        [sys.executable, CHECKER, "--json", *folders], capture_output=True, text=True, check=False
    )
    judged = json.loads(done.stdout)
    assert len(judged) == len(office_files(packs)) >= 80
    wrong = [
        f"{Path(entry['file']).name}: {found['part']}: {found['message']}"
        for entry in judged
        for found in entry["findings"]
        if found["level"] == "error"
    ]
    assert (done.returncode, wrong) == (0, [])


def test_the_checker_finds_a_broken_file(packs: tuple[Pack, ...], tmp_path: Path) -> None:
    if not CHECKER.is_file():
        pytest.skip(f"no {CHECKER.parent.parent.name} folder beside the repository: not judged")
    whole = packs[0].file("decision", "docx")
    assert whole is not None
    with zipfile.ZipFile(tmp_path / "broken.docx", "w") as package:
        for name, data in parts(whole):
            package.writestr(name, data.replace(b"</w:tc>", b"<w:tbl/></w:tc>", 1))
    done = subprocess.run(
        [sys.executable, CHECKER, tmp_path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1


def test_no_file_tells_who_made_it_or_when(packs: tuple[Pack, ...]) -> None:
    for pack in packs:
        stamp = f"{pack.plan.as_of.isoformat()}T00:00:00Z"
        for path in office_files([pack]):
            with zipfile.ZipFile(path) as package:
                assert {i.date_time for i in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
                core = etree.fromstring(package.read("docProps/core.xml"))
                names = package.namelist()
            told = {etree.QName(e).localname: e.text or "" for e in core}
            assert told["created"] == told["modified"] == stamp, path.name
            assert told.get("creator", "") in {"", "cqo-docs"}, path.name
            assert not told.get("lastModifiedBy"), path.name
            assert not any("comments" in name for name in names), path.name
            for name, data in parts(path):
                if name.startswith("docProps/"):
                    assert getpass.getuser() not in data.decode(), (path.name, name)


def test_no_file_names_a_place_of_this_machine(packs: tuple[Pack, ...]) -> None:
    places = [str(ROOT), str(Path.home()), str(packs[0].folder.parent), sys.prefix]
    for path in office_files(packs):
        for name, data in parts(path):
            for place in places:
                # A home of "/root" or "/" alone would be found in many a harmless part name.
                assert len(place) < 3 or f"{place}/".encode() not in data, (path.name, name)


# Names of methods, of numbered papers, and letters that number clauses.
LATIN = re.compile(
    r"CQO|DB\d\d|GB(?:2312)?|ISO|/T\b|QC|QFD|FMEA|SPC|PDCA|CCC|CNAS|ERP|KPI|PPM|[A-Za-z]\)|[0-9A-Z]{18}"
)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_no_paper_holds_a_tag_or_a_word_of_the_program(
    packs: tuple[Pack, ...], sample: Path
) -> None:
    pack = next(p for p in packs if p.sample == sample.stem)
    given = sample.read_text(encoding="utf-8")
    for path in office_files([pack]):
        for text in texts(path):
            for tag in ("{{", "}}", "{%", "%}", "None", "Decimal", "nan", "\ufffd"):
                assert tag not in text, (path.name, text)
            if path.name.startswith("09-"):
                continue  # the matrix names blocks and topics by their ids
            words = re.findall(r"[A-Za-z]{2,}", LATIN.sub("", text))
            foreign = [word for word in words if word not in given]
            assert not foreign, (path.name, text, foreign)


def test_no_paper_has_an_empty_paragraph_of_text(packs: tuple[Pack, ...]) -> None:
    """A heading or item whose words got lost would be a bare number."""
    for pack in packs:
        for path in office_files([pack]):
            if path.suffix == ".docx":
                bare = [
                    p for p in paragraphs(path) if re.fullmatch(r"\d+\.|[一二三四五]、|（.）", p)
                ]
                assert not bare, path.name


# ---------------------------------------------------------------- figures agree


def money(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


def sum_rows(table: Sequence[Sequence[str]]) -> list[list[str]]:
    return [list(row) for row in table if row[0] == "合计"]


def word_budget(path: Path) -> tuple[list[Decimal], list[Decimal], str]:
    """The rows' amounts, the totals of quarters and year, and the capital amount in Word."""
    table = next(t for t in tables(path) if t[0][0] == "序号" and "第一季度" in t[0])
    year = table[0].index("全年")
    rows = [row for row in table if row[0].isdigit()]
    amounts = [money(row[year]) for row in rows if row[year]]
    (total,) = sum_rows(table)
    figures = [money(text) for text in total if re.fullmatch(r"[\d,]+\.\d\d", text)]
    capital = next(row[1] for row in table if row[0].startswith("合计金额"))
    return amounts, figures, capital


def sheet_budget(path: Path) -> list[list[Decimal]]:
    """The quarters of every line in Excel."""
    sheet = load_workbook(path)["预算表"]
    return [
        [Decimal(str(cell.value or 0)) for cell in row[6:10]]
        for row in sheet.iter_rows(min_row=5)
        if isinstance(row[0].value, int)
    ]


def budgets(packs: Sequence[Pack]) -> list[tuple[Pack, Path, Path]]:
    found = [(p, p.file("budget", "docx"), p.file("budget", "xlsx")) for p in packs]
    return [(p, word, sheet) for p, word, sheet in found if word and sheet]


def has_sums(pack: Pack) -> bool:
    fund = pack.plan.case.answers.fund
    return bool(fund.items) or fund.total is not None


def test_budget_figures_agree_in_word_and_excel(packs: tuple[Pack, ...]) -> None:
    with_sums = 0
    for pack, word, sheet in budgets(packs):
        lines = sheet_budget(sheet)
        if not has_sums(pack):
            assert sum(sum(line) for line in lines) == 0, pack.sample
            continue
        with_sums += 1
        amounts, totals, capital = word_budget(word)
        assert [sum(line) for line in lines] == amounts, pack.sample
        assert [sum(q) for q in zip(*lines, strict=True)] == totals[:4], pack.sample
        assert sum(amounts) == sum(totals[:4]) == totals[4], pack.sample
        assert len(totals) == 5, pack.sample
        assert capital == f"人民币{capital_amount(totals[4])}", pack.sample
        fund = pack.plan.case.answers.fund
        assert totals[4] == (fund.total or sum(i.amount for i in fund.items)), pack.sample
        execution = [t for t in tables(word) if "预算数" in t[0]]
        micro = pack.plan.case.profile.size == "micro"
        assert len(execution) == (0 if micro else 1), pack.sample
        for table in execution:
            planned = [money(row[2]) for row in table[1:] if row[0].isdigit()]
            assert planned == amounts, pack.sample
    assert with_sums >= 5


CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"


def chart_of(path: Path) -> dict[str, dict[str, Decimal]]:
    """The figures of a paper's chart by series and category; empty where it draws none."""
    with zipfile.ZipFile(path) as package:
        if b"<c:chart " not in package.read("word/document.xml"):
            return {}
        root = etree.fromstring(package.read("word/charts/chart1.xml"))
    found = {}
    for series in root.iter(f"{CHART}ser"):
        name, names, figures = (
            [v.text for v in series.find(f"{CHART}{part}").iter(f"{CHART}v")]
            for part in ("tx", "cat", "val")
        )
        found[name[0]] = dict(zip(names, map(Decimal, figures), strict=True))
    return found


def test_the_budget_chart_shows_the_figures_of_the_table(packs: tuple[Pack, ...]) -> None:
    drawn = 0
    for pack, word, _ in budgets(packs):
        chart = chart_of(word)
        micro = pack.plan.case.profile.size == "micro"
        assert bool(chart) is (has_sums(pack) and not micro), pack.sample
        if not chart:
            continue
        drawn += 1
        table = next(t for t in tables(word) if t[0][0] == "序号" and "第一季度" in t[0])
        rows = [row for row in table if row[0].isdigit()]
        column = table[0].index
        for quarter in ("第一季度", "第二季度", "第三季度", "第四季度"):
            for name, figures in chart.items():
                own = [money(r[column(quarter)]) for r in rows if r[column("质量成本类别")] == name]
                assert figures[quarter] == sum(own, Decimal(0)), (pack.sample, name, quarter)
        assert sum(sum(f.values()) for f in chart.values()) == word_budget(word)[1][4], pack.sample
    assert drawn >= 4


def test_the_assessment_chart_shows_the_weights_of_the_groups(packs: tuple[Pack, ...]) -> None:
    drawn = 0
    for pack in packs:
        word = pack.file("assessment", "docx")
        assert word is not None
        chart = chart_of(word)
        own = bool(pack.plan.case.answers.assessment.indicators)
        assert bool(chart) is not (own or pack.plan.case.profile.size == "micro"), pack.sample
        if not chart:
            continue
        drawn += 1
        table = next(t for t in tables(word) if "权重" in t[0])
        sums: dict[str, Decimal] = {}
        group = ""
        for row in table:
            if row[0].isdigit():
                group = row[1] or group
                weight = Decimal(row[table[0].index("权重")])
                sums[group] = sums.get(group, Decimal(0)) + weight
        (figures,) = chart.values()
        assert {name: value for name, value in figures.items() if value} == sums, pack.sample
        assert sum(figures.values()) == 100, pack.sample
    assert drawn >= 6


def word_weights(path: Path) -> tuple[list[Decimal], Decimal]:
    table = next(t for t in tables(path) if "权重" in t[0])
    column = table[0].index("权重")
    (total,) = sum_rows(table)
    return [Decimal(row[column]) for row in table if row[0].isdigit()], Decimal(total[1])


def sheet_weights(path: Path) -> list[Decimal]:
    sheet = load_workbook(path)["考核表"]
    return [
        Decimal(str(row[6].value))
        for row in sheet.iter_rows(min_row=7)
        if isinstance(row[0].value, int)
    ]


def test_weights_agree_in_word_and_excel_and_are_a_hundred(packs: tuple[Pack, ...]) -> None:
    for pack in packs:
        word, sheet = pack.file("assessment", "docx"), pack.file("assessment", "xlsx")
        assert word is not None
        assert sheet is not None
        weights, total = word_weights(word)
        assert len(weights) >= 3, pack.sample
        assert min(weights) > 0, pack.sample
        assert sum(weights) == total == 100, pack.sample
        assert sheet_weights(sheet) == weights, pack.sample


def test_indicators_and_budget_lines_have_the_same_names(packs: tuple[Pack, ...]) -> None:
    for pack in packs:
        for paper, head, title in (("assessment", "指标", "考核表"), ("budget", "项目", "预算表")):
            word, sheet = pack.file(paper, "docx"), pack.file(paper, "xlsx")
            if word is None or sheet is None:
                continue
            table = next(t for t in tables(word) if head in t[0] and t[0][0] == "序号")
            names = [row[table[0].index(head)] for row in table if row[0].isdigit()]
            rows = load_workbook(sheet)[title].iter_rows(min_row=5, values_only=True)
            assert names == [row[2] for row in rows if isinstance(row[0], int)], pack.sample


def test_names_and_dates_are_the_same_in_all_papers(packs: tuple[Pack, ...]) -> None:
    for pack in packs:
        answers = pack.plan.case.answers
        for path in office_files([pack]):
            everything = "\n".join(texts(path))
            assert answers.company.name in everything, path
            if path.name[:2] in {"01", "02", "03", "04", "05"}:
                assert answers.candidate.name in everything, path
        a = answers.appointment
        assert a.decision_date is None or a.start is None or a.decision_date <= a.start


# ---------------------------------------------------------------- with LibreOffice


@dataclass(frozen=True)
class Laid:
    """One Word file laid out: its pages as text, blanks left out."""

    pack: Pack
    document: Document
    pages: tuple[str, ...]


@pytest.fixture(scope="session")
def laid_out(prints: tuple[Print, ...]) -> tuple[Laid, ...]:
    """All Word files of all samples as printed."""
    return tuple(
        Laid(p.pack, p.document, texts_of_pages(p.pdf.read_bytes()))
        for p in prints
        if p.kind == "docx"
    )


@pytest.mark.slow
def test_the_number_of_pages_is_sensible(laid_out: tuple[Laid, ...]) -> None:
    assert len(laid_out) >= 70
    wrong = {}
    for laid in laid_out:
        micro = laid.pack.plan.case.profile.size == "micro"
        limits = MOST_PAGES_MICRO if micro else MOST_PAGES
        most = limits.get(laid.document.id, MOST_PAGES_ELSE)
        if not 1 <= len(laid.pages) <= most:
            wrong[laid.pack.sample, laid.document.id] = len(laid.pages)
    assert not wrong


MICRO = {
    "company.employees": 8,
    "company.revenue": 200,
    "company.governance": "single-director",
    "appointment.notice_number": None,
    "appointment.meeting.name": None,
}
MICRO_FIRMS = {
    "director-shanxi": (IN_SHANXI, MICRO, {"company.regulated_activities": ["food"]}),
    "director-chongqing": (adopting(DB50), MICRO),
    "owner-chongqing": (
        adopting(DB50), MICRO, OWNER_IS_OFFICER, {"company.sole_shareholder": True},
    ),
    "manager-signs": (IN_SHANXI, MICRO, {"appointment.appointer": "general-manager"}),
    "nothing-local": (IN_ZHEJIANG, MICRO),
}  # fmt: skip


@pytest.mark.slow
def test_a_micro_firms_papers_are_short_whatever_it_follows(
    workspace: Workspace,
) -> None:
    files, limits = {}, {}
    for name, changes in MICRO_FIRMS.items():
        plan = make_plan(*changes)
        for file in generation.pack_files(plan, workspace):
            paper = file.documents[0]
            # Whoever adopts a standard of fifty provisions has as many duties to write down.
            long = paper == "duties" and "chongqing" in name
            if file.path.endswith(".docx") and paper in MOST_PAGES_MICRO and not long:
                key = f"{name}--{paper}.docx"
                files[key], limits[key] = file.data, MOST_PAGES_MICRO[paper]
    pages = {key: len(texts) for key, texts in page_texts(files).items()}
    assert len(pages) >= 25
    assert {key: n for key, n in pages.items() if n > limits[key]} == {}


@pytest.mark.slow
def test_no_page_is_empty(laid_out: tuple[Laid, ...]) -> None:
    empty = [
        (laid.pack.sample, laid.document.id, number)
        for laid in laid_out
        for number, page in enumerate(laid.pages, 1)
        if len(page) < 4
    ]
    assert not empty


SIGNED = (
    "act_signers", "signatures", "approvals", "signer_label", "signer", "act_organ", "signers",
    "handover_signs", "warning_receipt", "revoke_receipt", "dismissal_organ",
)  # fmt: skip
BELOW = (
    "act_date", "company_name", "date", "copies_to", "printed_by", "printed_date", "warning_day",
    "dismissal_day", "revoke_day",
)  # fmt: skip
# Fewer signs than this beside a signature block are no text that it could belong to.
LEAST_TEXT = 12


def signature_texts(context: Mapping[str, Any]) -> list[str]:
    """What stands in the signature blocks of a paper, the longest first."""
    found = set()
    # A file that two papers share holds the context of each.
    inner = [value for value in context.values() if isinstance(value, dict) and "title" in value]
    for one in (context, *inner):
        for name in (*SIGNED, *BELOW):
            value = one.get(name, "")
            for row in [{"text": value}] if isinstance(value, str) else value:
                found |= {re.sub(r"\s+", "", text) for text in row.values()}
    return sorted(found - {""}, key=len, reverse=True)


def text_beside_signatures(page: str, context: Mapping[str, Any]) -> str:
    for text in signature_texts(context):
        page = page.replace(text, "")
    return page


@pytest.mark.parametrize(
    ("page", "alone"),
    [
        ("授权人（盖章）：被授权人（签字）：日期：年月日日期：年月日", True),
        ("3.本书一式三份，授权人、被授权人各执一份。授权人（盖章）：被授权人（签字）：", False),
    ],
)
def test_a_page_of_signatures_alone_is_recognized(page: str, alone: bool) -> None:
    rows = [
        {"left": "授权人（盖章）：", "right": "被授权人（签字）："},
        {
            "left": "日期：\u3000\u3000年\u3000月\u3000日",
            "right": "日期：\u3000\u3000年\u3000月\u3000日",
        },
    ]
    rest = text_beside_signatures(page, {"signatures": rows})
    assert (len(rest) < LEAST_TEXT) == alone


@pytest.mark.slow
def test_no_page_holds_only_a_signature_block(laid_out: tuple[Laid, ...]) -> None:
    alone = [
        (laid.pack.sample, laid.document.id, number)
        for laid in laid_out
        for number, page in enumerate(laid.pages, 1)
        if len(text_beside_signatures(page, laid.document.contexts["docx"])) < LEAST_TEXT
    ]
    assert not alone


@pytest.mark.slow
def test_every_paragraph_is_printed(laid_out: tuple[Laid, ...]) -> None:
    """What the papers say is what stands on paper: nothing is cut off or hidden."""
    for laid in laid_out:
        printed = re.sub(r"[—\d\s]", "", "".join(laid.pages))
        for block in laid.document.blocks:
            start = re.sub(r"[—\d\s]", "", block.text)[:8]
            assert start in printed, (laid.pack.sample, laid.document.id, block.text)


@pytest.fixture(scope="session")
def recalculated(packs: tuple[Pack, ...]) -> dict[tuple[str, str], Any]:
    """All workbooks with the values that LibreOffice calculates, by sample and paper."""
    files = {
        f"{pack.sample}--{document.id}.xlsx": pack.path(document, "xlsx").read_bytes()
        for pack in packs
        for document in pack.documents
        if "xlsx" in document.contexts
    }
    return {
        (name.partition("--")[0], Path(name.partition("--")[2]).stem): load_workbook(
            io.BytesIO(data), data_only=True
        )
        for name, data in resaved(files, "xlsx").items()
    }


def named(book: Any, name: str) -> Any:
    sheet, cell = next(iter(book.defined_names[name].destinations))
    return book[sheet][cell.replace("$", "")].value


def plain(value: object) -> str:
    return re.sub(r"\s", "", str(value))


@pytest.mark.slow
def test_recalculated_budgets_equal_the_word_budgets(
    packs: tuple[Pack, ...], recalculated: dict[tuple[str, str], Any]
) -> None:
    for pack, word, _ in budgets(packs):
        book = recalculated[pack.sample, "budget"]
        if not has_sums(pack):
            assert named(book, "预算核对") == "文书未填金额", pack.sample
            continue
        amounts, totals, _ = word_budget(word)
        assert round(Decimal(str(named(book, "预算合计"))), 2) == totals[4], pack.sample
        assert named(book, "预算核对") == "与文书一致", pack.sample
        sheet = book["预算表"]
        lines = [r for r in sheet.iter_rows(min_row=5, values_only=True) if isinstance(r[0], int)]
        assert [round(Decimal(str(r[10])), 2) for r in lines] == amounts, pack.sample
        total, capital = (
            next(r for r in sheet.iter_rows(values_only=True) if plain(r[0]).startswith(label))
            for label in ("合计", "全年合计（大写）")
        )
        assert word_budget(word)[2] in capital, pack.sample
        figures = [round(Decimal(str(v)), 2) for v in total if isinstance(v, int | float)]
        assert figures == totals, pack.sample


@pytest.mark.slow
def test_recalculated_checks_find_nothing_wrong(
    packs: tuple[Pack, ...], recalculated: dict[tuple[str, str], Any]
) -> None:
    for (sample, paper), book in recalculated.items():
        for sheet in book:
            for row in sheet.iter_rows():
                for cell in row:
                    assert cell.data_type != "e", (sample, paper, sheet.title, cell.coordinate)
        if paper == "assessment":
            assert named(book, "指标权重核对") == "合计为100", sample
            assert named(book, "评分权重核对") == "合计为100", sample
        if paper == "matrix":
            assert named(book, "条款核对") == "相符", sample
            plan = next(p.plan for p in packs if p.sample == sample)
            rows = book.worksheets[0].iter_rows(values_only=True)
            assert sum(isinstance(row[0], int) for row in rows) == len(plan.clauses), sample

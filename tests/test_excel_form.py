"""The Excel form: what it asks, that each answer comes back, whatever people do to it."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cases import companies, file_of, flat, nested
from hypothesis import given, settings
from hypothesis import strategies as st
from office import resaved
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.utils import get_column_letter

from cqo_docs import generation
from cqo_docs.answers.file import AnswersFile
from cqo_docs.answers.questions import questions
from cqo_docs.base.errors import CqoError, PackError
from cqo_docs.facts.conditions import facts_named
from cqo_docs.forms.excel.form import excel_form, open_facts
from cqo_docs.forms.excel.places import Listing, Places, Spot, answer_name, find_places
from cqo_docs.questions.asking import applies, known_facts, missing
from cqo_docs.questions.fields import Layout, lay_out
from cqo_docs.workspace import Workspace

CHECKER = Path(__file__).resolve().parent.parent.parent / "shared" / "tools" / "ooxml_check.py"
ASKED = ["企业", "候选人", "聘任", "授权", "考核", "经费", "其他"]
LISTED = ["名单", "考核指标", "预算项目", "自备项目"]
HIDDEN = ["选项", "推算"]
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture(scope="module")
def layout(workspace: Workspace) -> Layout:
    return lay_out(workspace.library, workspace.wording)


@pytest.fixture(scope="module")
def places(layout: Layout) -> Places:
    return find_places(layout)


@pytest.fixture(scope="module")
def empty(layout: Layout) -> bytes:
    return excel_form(layout)


def known_of(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Flat answers as the prefilled form takes them."""
    return file_of(nested(answers)).answers.model_dump(exclude_unset=True)


def read(data: bytes, folder: Path, workspace: Workspace, name: str = "问卷.xlsx") -> AnswersFile:
    path = folder / name
    path.write_bytes(data)
    return generation.read_answers(path, workspace)


def meaning(file: AnswersFile) -> dict[str, Any]:
    """The answers that were given; of choices that are ticked the order means nothing."""
    found = file.answers.model_dump(exclude_unset=True)
    for group, name in (("company", "regulated_activities"), ("plan", "adopt"),
                        ("output", "documents")):  # fmt: skip
        value = found.get(group, {}).get(name)
        if value is not None:
            found[group][name] = sorted(value)
    return {name: group for name, group in found.items() if group}


def saved(book: Workbook) -> bytes:
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def sound(*paths: Path) -> None:
    """Office opens the files without a word."""
    if not CHECKER.is_file():
        pytest.skip(f"no {CHECKER.parent.parent.name} folder beside the repository: not judged")
    done = subprocess.run(
        [sys.executable, CHECKER, "--json", *paths], capture_output=True, text=True, check=False
    )
    wrong = [f for f in json.loads(done.stdout)["findings"] if f["severity"] == "error"] \
        if done.returncode else []  # fmt: skip
    assert done.returncode == 0, wrong[:5] or done.stdout[:500]


# ---------------------------------------------------------------- what the form asks


def test_the_sheets_in_their_order(empty: bytes) -> None:
    book = load_workbook(io.BytesIO(empty))
    assert book.sheetnames == ["填写说明", *ASKED, *LISTED, *HIDDEN]
    assert [s.title for s in book if s.sheet_state == "hidden"] == HIDDEN
    assert all(book[name].protection.sheet for name in ["填写说明", *ASKED])


def test_every_question_has_its_cell_and_none_has_two(
    empty: bytes, places: Places, layout: Layout
) -> None:
    names = load_workbook(io.BytesIO(empty)).defined_names
    held = [t for n in names if n.startswith("ans_") for t in names[n].destinations]
    assert len(held) == len(set(held))
    for question in questions():
        own = [p for p in layout.by_path if p == question.path or
               p.startswith(f"{question.path}[")]  # fmt: skip
        if question.kind == "list":
            continue
        assert own, question.path
        for path in own:
            choices = layout.by_path[path]
            if choices.kind == "ticks":
                assert all(answer_name(path, c.id) in names for c in choices.choices)
            else:
                assert answer_name(path) in names


def test_every_name_is_legal_and_its_own(places: Places, empty: bytes) -> None:
    names = list(load_workbook(io.BytesIO(empty)).defined_names)
    assert len({name.lower() for name in names}) == len(names)
    for name in names:
        assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,254}", name)
        # Not to be taken for a cell: A1, R1C1.
        assert not re.fullmatch(r"[A-Za-z]{1,3}\d+|[Rr]\d*[Cc]\d*", name)


def test_labels_tell_the_questions_apart(places: Places) -> None:
    labels = [line.label for s in places.sheets for line in s.lines if line.kind != "caption"]
    assert len({re.sub(r"\s", "", label) for label in labels}) == len(labels)


def test_required_marks_and_free_cells(empty: bytes, places: Places, layout: Layout) -> None:
    book = load_workbook(io.BytesIO(empty))
    for own in layout.fields:
        spot = places.spots[own.path]
        label = book[spot.sheet].cell(spot.row, 2)
        assert str(label.value).endswith("*") == own.question.always
        assert label.protection.locked
        if own.kind not in {"list", "ticks"}:
            assert not book[spot.sheet].cell(spot.row, 3).protection.locked
            assert book[spot.sheet].cell(spot.row, 3).fill.fgColor.rgb == "FFFFF8DC"


def rules_of(sheet: Any) -> dict[str, Any]:
    return {str(area): rule for rule in sheet.data_validations.dataValidation
            for area in str(rule.sqref).split()}  # fmt: skip


def listed(book: Workbook, name: str) -> list[str]:
    sheet, area = next(iter(book.defined_names[name].destinations))
    return [row[0].value for row in book[sheet][area.replace("$", "")]]


def test_every_choice_is_chosen_from_a_hidden_list(
    empty: bytes, places: Places, layout: Layout
) -> None:
    book = load_workbook(io.BytesIO(empty))
    for own in layout.by_path.values():
        if own.kind != "choice":
            continue
        if "[]" in own.path:
            listing = places.by_list[own.path.partition("[]")[0]]
            column = get_column_letter(listing.first + listing.fields.index(own))
            rule = next(r for a, r in rules_of(book[listing.sheet]).items()
                        if a.startswith(f"{column}5:"))  # fmt: skip
        else:
            spot = places.spots[own.path]
            rule = rules_of(book[spot.sheet])[spot.bare]
        assert rule.type == "list"
        assert listed(book, rule.formula1) == [choice.label for choice in own.choices]
        assert rule.error


def test_the_provinces_and_the_industries(empty: bytes, workspace: Workspace) -> None:
    book = load_workbook(io.BytesIO(empty))
    table = workspace.library.reference.industry_table
    assert len(listed(book, "list_company_province")) == 31
    assert listed(book, "list_industry") == [f"{s.code} {s.name}" for s in table.sections]
    for section in table.sections:
        own = listed(book, f"industry_{section.code}")
        assert [t for t in own if t[2] == " "] == [f"{d.code} {d.name}" for d in section.divisions]
    rule = next(r for r in rules_of(book["企业"]).values() if "INDIRECT" in r.formula1)
    assert "industry_" in rule.formula1


def test_figures_and_days_are_checked_as_they_are_typed(
    empty: bytes, places: Places, layout: Layout
) -> None:
    book = load_workbook(io.BytesIO(empty))
    kinds = {"number": {"whole", "decimal"}, "date": {"date"}, "text": {"textLength", "list"}}
    for own in layout.fields:
        if own.kind in kinds:
            spot = places.spots[own.path]
            rule = rules_of(book[spot.sheet]).get(spot.bare)
            if rule is None:
                assert own.question.limits is None
                continue
            assert rule.type in kinds[own.kind]
            assert 0 < len(rule.error) <= 255


def test_lists_are_tables_with_room(empty: bytes, places: Places) -> None:
    book = load_workbook(io.BytesIO(empty))
    for listing in places.listings:
        table = next(
            t for t in book[listing.sheet].tables.values()
            if t.ref.startswith(f"{get_column_letter(listing.first)}4:")
        )  # fmt: skip
        last = int(re.findall(r"\d+", table.ref)[-1])
        assert last - 4 >= 30
        assert not book[listing.sheet].protection.sheet


def test_pages_fit_and_headings_repeat(empty: bytes) -> None:
    book = load_workbook(io.BytesIO(empty))
    for name in [*ASKED, *LISTED]:
        sheet = book[name]
        assert str(sheet.page_setup.paperSize) == "9"
        assert sheet.page_setup.fitToHeight == 0
        assert sheet.print_title_rows


def test_version_and_locale_are_told(empty: bytes) -> None:
    book = load_workbook(io.BytesIO(empty))
    assert book["推算"]["A1"].value == "cqo-form excel 1 zh-Hans"
    assert book.custom_doc_props["cqo-form"].value == "excel 1 zh-Hans"
    assert "cqo_form_1" in book.defined_names


def test_equal_forms_are_equal_files(layout: Layout) -> None:
    known = known_of(FULL)
    assert excel_form(layout, known) == excel_form(layout, known)


def test_office_finds_no_fault(empty: bytes, layout: Layout, tmp_path: Path) -> None:
    (tmp_path / "空白.xlsx").write_bytes(empty)
    (tmp_path / "已填.xlsx").write_bytes(excel_form(layout, known_of(FULL)))
    sound(*tmp_path.iterdir())


def test_an_answer_that_no_cell_can_show_is_refused(layout: Layout) -> None:
    with pytest.raises(PackError) as error:
        excel_form(layout, {"plan": {"adopt": ("没有的标准",)}})
    assert [p.code for p in error.value.problems] == ["form.cannot-show"]


# ---------------------------------------------------------------- what is missing, what applies


def states(data: bytes, places: Places) -> dict[str, str]:
    """What the form says of each question."""
    book = load_workbook(io.BytesIO(data), data_only=True)
    return {
        path: str(book[spot.sheet].cell(spot.row, 4).value or "")
        for path, spot in places.spots.items()
    }


def test_only_the_way_of_deciding_is_beyond_formulas(layout: Layout) -> None:
    assert open_facts(layout) == {"appointment.act_kind"}


def expected_states(
    layout: Layout, answers: Mapping[str, Any], beyond: frozenset[str]
) -> dict[str, bool]:
    """Which questions need no answer, of those whose condition the form can tell."""
    facts = known_facts(layout.asking, answers).facts
    return {
        one.path: applies(one, facts) is False
        for one in layout.asking.asked
        if "[]." not in one.path and beyond.isdisjoint(facts_named(one.when))
    }


def check_states(data: bytes, layout: Layout, answers: Mapping[str, Any]) -> None:
    found = states(data, find_places(layout))
    idle = expected_states(layout, answers, the_open_facts())
    assert {p: found[p] == "不必填" for p in idle} == idle
    wanted = {p for p, state in found.items() if state == "必填"}
    assert wanted >= set(missing(layout.asking, answers)) - set(find_places(layout).by_list)


@settings(max_examples=25)
@given(answers=companies())
def test_states_say_what_the_questionnaire_says(answers: dict[str, Any]) -> None:
    layout = the_layout()
    known = known_of(flat(answers))
    check_states(excel_form(layout, known), layout, known)


@cache
def the_open_facts() -> frozenset[str]:
    return open_facts(the_layout())


@cache
def the_layout() -> Layout:
    ws = generate_workspace()
    return lay_out(ws.library, ws.wording)


@cache
def generate_workspace() -> Workspace:
    from cases import workspace

    return workspace()


def test_an_empty_form_lists_what_must_be_given(empty: bytes, layout: Layout) -> None:
    book = load_workbook(io.BytesIO(empty), data_only=True)
    guide = book["填写说明"]
    assert guide["A3"].value == "尚缺必填项 6 项"
    told = {row[0].value: (row[1].value, row[2].value) for row in guide.iter_rows()
            if row[0].value in ASKED}  # fmt: skip
    assert told["企业"][0] == 5
    assert told["企业"][1].startswith("企业名称（C5）")
    assert told["候选人"] == (1, "姓名（C4）　")
    assert told["授权"] == (0, None)
    assert len(missing(layout.asking, {})) == 6


def test_what_the_first_answers_make_necessary_is_counted(layout: Layout) -> None:
    known = {"company": {"registration": "119"}, "assessment": {"weights": {"safety": Decimal(1)}}}
    data = excel_form(layout, known)
    found = states(data, find_places(layout))
    assert [found[f"company.{n}"] for n in ("control", "governance")] == ["必填", "必填"]
    assert found["assessment.weights.management"] == "必填"
    assert found["assessment.weights.safety"] == "已填"


def test_a_complete_form_says_so(layout: Layout) -> None:
    book = load_workbook(io.BytesIO(excel_form(layout, known_of(FULL))), data_only=True)
    assert book["填写说明"]["A3"].value == "必填项已填齐"
    assert all(book[name]["A2"].value == "必填项已填齐" for name in ASKED)


# ---------------------------------------------------------------- there and back

TEXTS = st.sampled_from([
    "质量部", "一、二车间；检验科", "=1+1", "=SUM(A1:A9)", "@部门", "+86", "-5", "'引号", "007",
    "2026-11-08", "3/4", "1e5量", "<b>&amp;</b>", "张 三", "“引号”", "㈱株式会社", "_x0041_",
    "A,B，C", "质量部、检验科", "10%", "TRUE", "否", "（1）第一项", "𠮷野家", "无锡分公司",
])  # fmt: skip
FIGURES = st.sampled_from(["0", "0.01", "36000", "999999.99", "12345678901.5", "0.1"])


@st.composite
def filled_in(draw: st.DrawFn) -> dict[str, Any]:
    """Flat valid answers with every type of question among them."""
    answers = flat(draw(companies()))
    drawn: dict[str, Any] = {
        "company.short_name": draw(TEXTS),
        "company.city": draw(TEXTS),
        "company.assets": draw(st.sampled_from(["0.000001", "9999999998.999999", "5230.25"])),
        "company.departments": draw(st.lists(TEXTS, max_size=40)),
        "candidate.title_name": draw(TEXTS),
        "candidate.relaxation_reason": draw(TEXTS),
        "candidate.quality_qualification_year": draw(st.sampled_from([2001, 2024])),
        "appointment.copies_to": draw(st.lists(TEXTS, min_size=1, max_size=3)),
        "appointment.term_years": draw(st.integers(1, 10)),
        "appointment.addressees": draw(TEXTS),
        "authority.reserved_matters": draw(st.lists(TEXTS, max_size=4)),
        "assessment.cycle": draw(st.sampled_from(["annual", "half-year", "quarter"])),
        "assessment.veto_items": draw(st.lists(TEXTS, max_size=3)),
        "output.documents": draw(st.lists(st.sampled_from(["decision", "duties"]), unique=True)),
        "company.industry_code": draw(st.sampled_from(["C34", "34", "C3411", "I65", "591", "A01",
                                                       "E4710"])),
        "plan.as_of": draw(st.sampled_from([date(2026, 11, 21), date(2000, 2, 29)])),
        "output.extra": [{"name": "合同编号", "value": draw(TEXTS)}],
    }  # fmt: skip
    if draw(st.booleans()):
        drawn["assessment.indicators"] = [
            {"name": draw(TEXTS), "target": draw(TEXTS), "weight": "62.5", "scoring": draw(TEXTS)},
            {"name": draw(TEXTS), "target": draw(TEXTS), "weight": "37.5"},
        ]
    else:
        drawn |= {f"assessment.weights.{n}": w for n, w in
                  zip(("safety", "foundation", "competitiveness", "management"),
                      ("40", "20.5", "24.5", "15"), strict=True)}  # fmt: skip
    if answers.get("fund.establish") and draw(st.booleans()):
        count = draw(st.integers(1, 35))
        amount = draw(FIGURES)
        item = {"name": draw(TEXTS), "group": "talent", "amount": amount, "basis": draw(TEXTS),
                "quarters": [amount, "0", "0", "0"], "cost_class": "prevention"}  # fmt: skip
        drawn["fund.items"] = [item, *[{"name": draw(TEXTS), "group": "tools", "amount": "1"}] *
                               (count - 1)]  # fmt: skip
        drawn["fund.total"] = str(Decimal(amount) + count - 1)
    single = sorted(path for path in drawn if not path.startswith("assessment.weights."))
    left_out = draw(st.sets(st.sampled_from(single), max_size=5))
    tied = {"fund.items", "fund.total"}
    if left_out & tied:
        left_out |= tied
    drawn = {p: v for p, v in drawn.items() if p not in left_out}
    return answers | drawn


class Typist:
    """A person who fills in an empty form cell by cell."""

    def __init__(self, empty: bytes, layout: Layout) -> None:
        self.book = load_workbook(io.BytesIO(empty))
        self.layout, self.places = layout, find_places(layout)
        self.wording = layout.wording

    def type(self, known: Mapping[str, Any]) -> bytes:
        for path, own in self.layout.by_path.items():
            if "[]" in path:
                continue
            value: Any = known
            for piece in path.split("."):
                value = value.get(piece) if value is not None else None
            if value is None:
                continue
            if own.kind == "ticks":
                wanted = set(value) or {""}
                for choice in own.choices:
                    if choice.id in wanted or not set(choice.words).isdisjoint(value):
                        self.put(self.places.ticks[path, choice.id], "√")
            elif own.kind == "list":
                for n, text in enumerate(value or ("无",)):
                    self.put(self.places.by_list[path].spot(n, 0), text)
            elif path == "company.industry_code" and value[:1].isalpha():
                sections = self.layout.asking.library.reference.industry_table.sections
                name = next(f"{s.code} {s.name}" for s in sections if s.code == value[0])
                self.put(self.places.sector, name)
                self.put(self.places.spots[path], value[1:])
            else:
                self.put(self.places.spots[path], self.word(own, value))
        for listing in self.places.listings:
            if not listing.in_words:
                self.entries(listing, known)
        return saved(self.book)

    def entries(self, listing: Listing, known: Mapping[str, Any]) -> None:
        group, name = listing.path.split(".")
        for n, entry in enumerate(known.get(group, {}).get(name, ())):
            for number, own in enumerate(listing.fields):
                last = own.path.rpartition(".")[2]
                value = entry.get(last.partition("[")[0])
                if "[" in last and value is not None:
                    value = value[int(last[-2])]
                if value is not None:
                    self.put(listing.spot(n, number), self.word(own, value))

    def word(self, own: Any, value: Any) -> Any:
        if isinstance(value, bool):
            return self.wording.formats["yes" if value else "no"]
        if isinstance(value, Decimal):
            return value if len(value.as_tuple().digits) <= 15 else str(value)
        return value if isinstance(value, date) else self.wording.option(own.question.path, value)

    def put(self, spot: Spot, value: Any) -> None:
        cell = self.book[spot.sheet].cell(spot.row, spot.column)
        if isinstance(value, str):
            # As Excel keeps what is typed into a cell for text.
            cell.value = re.sub("_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", value)
            cell.data_type = "s"
        else:
            cell.value = value


def round_trip(answers: Mapping[str, Any], typed: bool, folder: Path) -> None:
    layout, ws = the_layout(), generate_workspace()
    before = file_of(nested(answers))
    known = before.answers.model_dump(exclude_unset=True)
    data = Typist(excel_form(layout), layout).type(known) if typed else excel_form(layout, known)
    after = read(data, folder, ws)
    assert meaning(after) == meaning(before)


@settings(max_examples=50)
@given(answers=filled_in(), typed=st.booleans())
def test_what_is_filled_in_comes_back(
    tmp_path_factory: pytest.TempPathFactory, answers: dict[str, Any], typed: bool
) -> None:
    round_trip(answers, typed, tmp_path_factory.getbasetemp())


@pytest.mark.slow
@settings(max_examples=500)
@given(answers=filled_in(), typed=st.booleans())
def test_what_five_hundred_fill_in_comes_back(
    tmp_path_factory: pytest.TempPathFactory, answers: dict[str, Any], typed: bool
) -> None:
    round_trip(answers, typed, tmp_path_factory.getbasetemp())


@pytest.mark.slow
def test_forms_that_libreoffice_saved_again(
    layout: Layout, empty: bytes, tmp_path: Path, workspace: Workspace
) -> None:
    found: list[dict[str, Any]] = []

    @settings(max_examples=45)
    @given(answers=filled_in())
    def gather(answers: dict[str, Any]) -> None:
        found.append(answers)

    gather()
    assert len(found) >= 40
    files = {f"{n:03}.xlsx": file_of(nested(answers)) for n, answers in enumerate(found)}
    forms = {}
    for n, (name, file) in enumerate(files.items()):
        known = file.answers.model_dump(exclude_unset=True)
        typed = n % 2 == 0
        forms[name] = Typist(empty, layout).type(known) if typed else excel_form(layout, known)
    for name, data in resaved(forms, "xlsx:Calc MS Excel 2007 XML").items():
        (tmp_path / name).write_bytes(data)
        assert meaning(generation.read_answers(tmp_path / name, workspace)) == meaning(files[name])
        # It worked the formulas out itself: openpyxl keeps no values.
        check_states(data, layout, files[name].answers.model_dump(exclude_unset=True))
    sound(*sorted(tmp_path.glob("*.xlsx"))[1::2])


# ---------------------------------------------------------------- what people do to forms

FULL: Mapping[str, Any] = flat({
    "company.regulated_activities": ["special-equipment-user"],
    "company.departments": ["质量部", "检测中心"],
    "company.short_name": "渝州精工",
    "appointment.full_time": False,
    "appointment.concurrent_posts": ["副总经理"],
    "appointment.meeting.members": ["周正平", "吴建国"],
    "authority.reserved_matters": ["检测设备购置", "对外质量赔偿"],
    "assessment.weights.safety": "40", "assessment.weights.foundation": "20",
    "assessment.weights.competitiveness": "25", "assessment.weights.management": "15",
    "fund.items": [
        {"name": "质量培训", "group": "talent", "amount": "36000",
         "quarters": ["9000", "9000", "9000", "9000"], "owner": "质量部"},
        {"name": "改进奖励", "group": "improvement", "amount": "84000"},
    ],
    "plan.adopt": ["db50-t-1696-2024"],
})  # fmt: skip


class Form:
    """A filled form that something is done to."""

    def __init__(self, data: bytes, places: Places) -> None:
        self.book, self.places = load_workbook(io.BytesIO(data)), places

    def spot(self, path: str) -> Spot:
        match = re.fullmatch(r"(.+)\[(\d+)\]\.(\w+)(\[\d\])?", path)
        if match is None:
            return self.places.spots[path]
        listing = self.places.by_list[match.group(1)]
        name = f"{match.group(1)}[].{match.group(3)}{match.group(4) or ''}"
        number = [own.path for own in listing.fields].index(name)
        return listing.spot(int(match.group(2)), number)

    def cell(self, path: str) -> Any:
        spot = self.spot(path)
        return self.book[spot.sheet].cell(spot.row, spot.column)

    def put(self, path: str, value: Any, form: str = "General") -> None:
        cell = self.cell(path)
        cell.value = value
        cell.number_format = form
        if isinstance(value, str) and not value.startswith("="):
            cell.data_type = "s"

    def tick(self, path: str, choice: str, value: Any) -> None:
        spot = self.places.ticks[path, choice]
        self.book[spot.sheet].cell(spot.row, spot.column).value = value

    def entry(self, path: str, n: int, value: Any) -> None:
        spot = self.places.by_list[path].spot(n, 0)
        self.book[spot.sheet].cell(spot.row, spot.column).value = value

    def forget(self, *prefixes: str) -> None:
        for name in list(self.book.defined_names):
            if name.startswith(prefixes or ("ans_", "aux_", "cqo_")):
                del self.book.defined_names[name]


@dataclass(frozen=True)
class Damage:
    """One thing that people do: what becomes of the answers, or what is said and where."""

    do: Callable[[Form], None]
    changes: Mapping[str, Any] = field(default_factory=dict)
    code: str = ""
    place: str = ""


def put(path: str, value: Any, form: str = "General", **more: Any) -> Damage:
    changes = more.pop("becomes", {})
    return Damage(lambda f: f.put(path, value, form), changes, **more)


def refused(path: str, value: Any, code: str, form: str = "General") -> Damage:
    return Damage(lambda f: f.put(path, value, form), {}, code, path)


def write(f: Form, path: str, column: int, value: Any) -> None:
    """Write into another cell of the row of a question."""
    spot = f.spot(path)
    f.book[spot.sheet].cell(spot.row, column).value = value


def sector(f: Form, value: Any) -> None:
    spot = f.places.sector
    f.book[spot.sheet].cell(spot.row, spot.column).value = value


def unmerge(f: Form, name: str) -> Any:
    """The sheet without merged captions, which openpyxl does not move along."""
    for area in list(f.book[name].merged_cells.ranges):
        f.book[name].unmerge_cells(str(area))
    return f.book[name]


def shift(f: Form, name: str, row: int, count: int = 1) -> None:
    """Put rows in as programs do that tell names nothing of it."""
    unmerge(f, name).insert_rows(row, count)


def _swap_rows(f: Form) -> None:
    sheet = f.book["候选人"]
    for column in (2, 3):
        one, other = sheet.cell(5, column), sheet.cell(6, column)
        one.value, other.value = other.value, one.value


def _drag(f: Form) -> None:
    # Excel takes the name along with the cell that is moved.
    f.put("company.employees", None)
    f.put("company.revenue", 86)
    spot = f.spot("company.revenue")
    f.book.defined_names["ans_company_employees"].attr_text = spot.fixed
    del f.book.defined_names["ans_company_revenue"]


def _swap_columns(f: Form) -> None:
    sheet = f.book["预算项目"]
    for row in range(3, 12):
        one, other = sheet.cell(row, 2), sheet.cell(row, 3)
        one.value, other.value = other.value, one.value


def _copy(f: Form, name: str, path: str = "", value: Any = None) -> None:
    copy = f.book.copy_worksheet(f.book[name])
    copy.title = f"{name} (2)"
    if path:
        spot = f.spot(path)
        copy.cell(spot.row, spot.column).value = value


def _rename(f: Form) -> None:
    for sheet in f.book:
        if sheet.title in ASKED + LISTED:
            sheet.title = f"1-{sheet.title}（已填）"


def _own_sheet(f: Form) -> None:
    sheet = f.book.create_sheet("备注", 0)
    sheet["A1"], sheet["B1"], sheet["A2"] = "项目", "说明", "企业名称"
    sheet["B2"] = "以营业执照为准"


def _merge(f: Form, area: str, name: str = "企业") -> None:
    row = f.spot(EMPLOYEES).row
    f.book[name].merge_cells(area.format(row=row, next=row + 1))


def _unprotect(f: Form) -> None:
    for sheet in f.book:
        sheet.protection.sheet = False
        sheet.sheet_state = "visible"


def _delete_row(f: Form) -> None:
    f.forget("ans_company_short_name")
    unmerge(f, "企业").delete_rows(f.spot("company.short_name").row)


def _typed_list(f: Form, clear: bool) -> None:
    for n in range(2 if clear else 0):
        f.entry("company.departments", n, None)
    f.put("company.departments", "质量部、检测中心")


def _ticks_in_words(f: Form, clear: bool) -> None:
    if clear:
        f.tick("company.regulated_activities", "special-equipment-user", None)
    f.put("company.regulated_activities", "食品生产经营、特种设备使用")


def _rename_heading(f: Form, forget: bool) -> None:
    f.book["预算项目"]["A4"].value = "费用明细"
    if forget:
        f.forget("ans_fund_items_name")


def _version(text: str) -> Callable[[Form], None]:
    def change(f: Form) -> None:
        f.forget("cqo_form_")
        f.book["推算"]["A1"].value = f"cqo-form excel {text}"
        f.book.custom_doc_props["cqo-form"].value = f"excel {text}"

    return change


def _no_marks(f: Form) -> None:
    f.forget()
    for name in HIDDEN:
        del f.book[name]
    del f.book.custom_doc_props["cqo-form"]


def _comment(f: Form) -> None:
    f.put("company.short_name", None)
    f.cell("company.short_name").comment = Comment("就叫渝州精工", "周")


def _move_to_end(f: Form) -> None:
    row = f.spot("candidate.name").row
    f.book["候选人"].move_range(f"A{row}:E{row}", rows=40)


E86 = {"company.employees": 86}
DAY = {"appointment.decision_date": date(2026, 11, 9)}
EMPLOYEES, DECIDED, ITEM = "company.employees", "appointment.decision_date", "fund.items[0]."
DAMAGES: Mapping[str, Damage] = {
    # Figures
    "number as text": put(EMPLOYEES, "86"),
    "full-width digits": put(EMPLOYEES, "８６"),
    "blanks around": put(EMPLOYEES, "　86 "),
    "unit behind": put(EMPLOYEES, "86人"),
    "thousands": put(EMPLOYEES, "1,086", becomes={EMPLOYEES: 1086}),
    "noise of binary fractions": put("company.revenue", 4200.000000000001),
    "unit of the label": put("company.revenue", "4200万元"),
    "currency sign": put("fund.total", "￥120,000.00元"),
    "half of a unit": refused("company.revenue", "4200万", "answers.number"),
    "about": refused(EMPLOYEES, "约86", "answers.number"),
    "a range": refused(EMPLOYEES, "80-90", "answers.number"),
    "half a person": refused(EMPLOYEES, 86.5, "answers.digits"),
    "less than none": refused(EMPLOYEES, -3, "answers.too-small"),
    "a figure that became a day": refused(
        "appointment.letter_number", datetime(2026, 3, 1), "answers.cell-became-date",
        "yyyy-mm-dd"),
    "a formula nobody calculated": refused(EMPLOYEES, "=80+6", "answers.cell-formula"),
    "true for a figure": refused(EMPLOYEES, True, "answers.cell-yes-no"),
    "several lines": refused(EMPLOYEES, "86\n87", "form.several-lines"),
    "percent as text": put("assessment.weights.safety", "40%"),
    "percent as a figure": put("assessment.weights.safety", 0.4, "0%"),
    "percent without its sign": refused("assessment.weights.safety", 0.4, "answers.weights"),
    # Days
    "day in words": put(DECIDED, "2026年11月9日"),
    "day with slashes": put(DECIDED, "2026/11/9"),
    "day with dots": put(DECIDED, "２０２６．１１．０９"),
    "day without signs": put(DECIDED, "20261109"),
    "day as a bare figure": put(DECIDED, 20261109),
    "day in Chinese figures": put(DECIDED, "二〇二六年十一月九日"),
    "day with its weekday": put(DECIDED, "2026年11月9日（星期一）"),
    "day with a time": put(DECIDED, "2026-11-09 00:00:00"),
    "day of the month as 号": put(DECIDED, "2026年11月9号"),
    "serial without a format": put(DECIDED, 46335),
    "day without a year": refused(DECIDED, "11月9日", "answers.date-form"),
    "no such day": refused(DECIDED, "2026-02-30", "answers.no-such-date"),
    "a day to come in words": refused(DECIDED, "下周一", "answers.date-form"),
    # Choices
    "alias": put("company.registration", "民营有限责任公司"),
    "code of a choice": put("company.registration", 112),
    "half a choice": refused("company.registration", "有限公司", "answers.literal_error"),
    "another word for yes": put("company.above_scale", "有"),
    "a logical value": put("company.above_scale", True),
    "perhaps": refused("company.above_scale", "也许", "answers.yes-no"),
    "short province": refused("company.province", "重庆", "answers.unknown-province-guess"),
    "tick in words": Damage(
        lambda f: f.tick("company.regulated_activities", "food", "是"),
        {"company.regulated_activities": ["food", "special-equipment-user"]}),
    "tick by its own name": Damage(
        lambda f: f.tick("company.regulated_activities", "food", "食品生产经营"),
        {"company.regulated_activities": ["food", "special-equipment-user"]}),
    "cross for a tick": Damage(
        lambda f: f.tick("company.regulated_activities", "food", "×"), {},
        "form.tick-unclear", "企业!C"),
    "none and one": Damage(
        lambda f: f.tick("company.regulated_activities", "", "√"), {},
        "form.none-and-others", "企业!C"),
    "a no and nothing else": Damage(
        lambda f: f.tick("company.regulated_activities", "special-equipment-user", "否"), {},
        "form.ticks-partly", "企业!C"),
    "choices written out": Damage(
        lambda f: _ticks_in_words(f, True),
        {"company.regulated_activities": ["food", "special-equipment-user"]}),
    "choices written out and ticked": Damage(
        lambda f: _ticks_in_words(f, False), {},
        "form.ticks-twice", "company.regulated_activities"),
    # Texts and codes
    "unseen marks": put("candidate.name", "\u200b陈思远\ufeff "),
    "name on two lines": refused("candidate.name", "陈思\n远", "form.several-lines"),
    "code as a figure": refused("company.credit_code", 91000000000000157, "answers.cell-shortened"),
    "shortened code as text": refused("company.credit_code", "9.1E+17", "answers.cell-shortened"),
    "code in full width": put("company.credit_code", "９１000000ma00000157"),
    "industry without its section": Damage(
        lambda f: (sector(f, None),
                   f.put("company.industry_code", "C34"))[0]),
    "industry by its name": put("company.industry_code", "通用设备制造业"),
    "industry in four digits": put(
        "company.industry_code", "3411", becomes={"company.industry_code": "C3411"}),
    "industry with another name": refused(
        "company.industry_code", "34 食品制造业", "form.industry-unclear"),
    "industry of another section": refused("company.industry_code", "I65", "form.sector-differs"),
    "section without industry": refused("company.industry_code", None, "form.sector-alone"),
    "industry as a figure": refused("company.industry_code", 34, "answers.cell-zeros-lost"),
    # Rows, columns, sheets, names
    "row put in without telling names": Damage(lambda f: shift(f, "企业", 7)),
    "three rows put in above": Damage(lambda f: shift(f, "聘任", 1, 3)),
    "column put in without telling names": Damage(lambda f: unmerge(f, "候选人").insert_cols(2)),
    "two columns put in in front": Damage(lambda f: unmerge(f, "聘任").insert_cols(1, 2)),
    "answer dragged within its row": Damage(
        lambda f: (write(f, EMPLOYEES, 3, None), write(f, EMPLOYEES, 7, 86))[0], {},
        "form.stray-cell", "企业!G"),
    "column put in before the answers": Damage(lambda f: unmerge(f, "经费").insert_cols(3)),
    "row moved to the end": Damage(_move_to_end),
    "rows changed about": Damage(_swap_rows),
    "answer dragged to another row": Damage(
        _drag, {EMPLOYEES: None, "company.revenue": 86}),
    "sheets renamed": Damage(_rename),
    "all names deleted": Damage(lambda f: f.forget("ans_", "aux_")),
    "all names and marks lost": Damage(_no_marks),
    "label shortened": Damage(lambda f: write(f, EMPLOYEES, 2, "人数")),
    "label and name gone": Damage(
        lambda f: (f.forget("ans_company_employees"),
                   write(f, EMPLOYEES, 2, "人数"))[0],
        {}, "form.no-question", EMPLOYEES),
    "sheet copied": Damage(lambda f: _copy(f, "企业")),
    "sheet copied and changed": Damage(
        lambda f: _copy(f, "企业", EMPLOYEES, 99), {}, "form.cells-differ", EMPLOYEES),
    "sheet copied and emptied": Damage(
        lambda f: _copy(f, "企业", EMPLOYEES, None), {}, "form.cells-differ", EMPLOYEES),
    "sheet of one's own": Damage(_own_sheet),
    "sheets in another order": Damage(lambda f: f.book.move_sheet("其他", -6)),
    "hidden sheets deleted": Damage(
        lambda f: [f.book.__delitem__(name) for name in HIDDEN] and None),
    "guide deleted": Damage(lambda f: f.book.__delitem__("填写说明")),
    "sheet deleted": Damage(
        lambda f: f.book.__delitem__("经费"), {}, "form.sheet-gone", "经费"),
    "sheet of a list deleted": Damage(
        lambda f: f.book.__delitem__("预算项目"), {}, "form.sheet-gone", "预算项目"),
    "headings and names of a list gone": Damage(
        lambda f: (f.forget("ans_assessment_indicators", "ans_fund_items"),
                   f.book["考核指标"].delete_rows(4))[0], {}, "form.sheet-gone", "考核指标"),
    "headings deleted": Damage(lambda f: unmerge(f, "授权").delete_rows(3)),
    "headings deleted, one row of many": Damage(lambda f: unmerge(f, "企业").delete_rows(3)),
    "sheet hidden": Damage(lambda f: setattr(f.book["候选人"], "sheet_state", "hidden")),
    "list hidden": Damage(lambda f: setattr(f.book["名单"], "sheet_state", "hidden")),
    "rows hidden": Damage(
        lambda f: setattr(f.book["企业"].row_dimensions[f.spot(EMPLOYEES).row], "hidden", True)),
    "protection and hiding lifted": Damage(_unprotect),
    "row deleted": Damage(_delete_row, {"company.short_name": None}),
    "answer merged with the next": Damage(
        lambda f: _merge(f, "C{row}:C{next}"), {}, "form.merged", "企业!C"),
    "answer merged into its label": Damage(
        lambda f: _merge(f, "B{row}:C{row}"), {}, "form.merged", "企业!B"),
    "answer merged over the hint": Damage(lambda f: _merge(f, "C{row}:E{row}")),
    # Written elsewhere
    "written beside": Damage(
        lambda f: (f.put("company.short_name", None),
                   write(f, "company.short_name", 5, "渝州精工"))[0],
        {}, "form.stray-cell", "企业!E6"),
    "remark far to the right": Damage(
        lambda f: write(f, "company.short_name", 8, "与印章一致")),
    "answer far to the right": Damage(
        lambda f: (f.put("company.short_name", None),
                   write(f, "company.short_name", 8, "渝州精工"))[0],
        {}, "form.stray-cell", "企业!H6"),
    "written below": Damage(
        lambda f: f.book["候选人"].cell(30, 3).__setattr__("value", "另有一人"),
        {}, "form.no-question", "候选人!C30"),
    "answer in a comment": Damage(_comment, {}, "form.comment", "企业!C6"),
    # Lists
    "blank row in a list": Damage(lambda f: f.book["预算项目"].insert_rows(6, 2)),
    "row above the headings": Damage(lambda f: f.book["预算项目"].insert_rows(2)),
    "entries below the table": Damage(
        lambda f: [f.entry("company.departments", n, f"第{n}车间")
                   for n in range(2, 60)] and None,
        {"company.departments": ["质量部", "检测中心", *(f"第{n}车间" for n in range(2, 60))]}),
    "columns changed about": Damage(_swap_columns),
    "heading renamed": Damage(lambda f: _rename_heading(f, False)),
    "heading renamed, name gone": Damage(
        lambda f: _rename_heading(f, True), {}, "form.unknown-column", "预算项目!A4"),
    "a row of totals": Damage(
        lambda f: (f.entry("fund.items", 4, "合计"), f.put("fund.items[4].amount", 120000))[0],
        {}, "answers.missing", "预算项目!B9"),
    "a column of remarks": Damage(
        lambda f: f.book["预算项目"].cell(5, 13).__setattr__("value", "已批"),
        {}, "form.stray-cell", "预算项目!M5"),
    "list written beside its question": Damage(lambda f: _typed_list(f, True)),
    "list in two places": Damage(
        lambda f: _typed_list(f, False), {}, "form.list-twice", "company.departments"),
    "none in a list": Damage(
        lambda f: (f.entry("company.departments", 0, "无"),
                   f.entry("company.departments", 1, None))[0], {"company.departments": []}),
    "merged in a list": Damage(
        lambda f: _merge(f, "A5:A6", "预算项目"), {}, "form.merged", "预算项目!A5"),
    "list copied and changed": Damage(
        lambda f: _copy(f, "预算项目", f"{ITEM}amount", 1), {}, "form.lists-differ", "预算项目!"),
    "list copied": Damage(lambda f: _copy(f, "名单")),
    "amount with unit": put(f"{ITEM}amount", "36,000元"),
    "amount in words": refused(f"{ITEM}amount", "三万六", "answers.number"),
    "a quarter missing": refused(f"{ITEM}quarters[1]", None, "answers.blank"),
    "a group that is none": refused(f"{ITEM}group", "差旅", "answers.literal_error"),
    "two names in one cell": Damage(
        lambda f: f.entry("company.departments", 0, "质量部\n检测中心"), {},
        "form.several-lines", "名单!A5"),
    # Versions
    "an older form": Damage(_version("0 zh-Hans"), {}, "form.older", ""),
    "a newer form": Damage(_version("2 zh-Hans"), {}, "form.newer", ""),
    "another language": Damage(_version("1 en"), {}, "form.other-locale", ""),
}  # fmt: skip


@pytest.fixture(scope="module")
def full(layout: Layout) -> bytes:
    return excel_form(layout, known_of(FULL))


def test_there_are_enough_damages() -> None:
    assert len(DAMAGES) >= 60


@pytest.mark.parametrize("name", DAMAGES)
def test_damage(
    name: str, full: bytes, places: Places, tmp_path: Path, workspace: Workspace
) -> None:
    damage = DAMAGES[name]
    form = Form(full, places)
    damage.do(form)
    data = saved(form.book)
    if damage.code:
        with pytest.raises(CqoError) as error:
            read(data, tmp_path, workspace)
        found = [(p.code, p.values.get("place", "")) for p in error.value.problems]
        assert len(found) == 1, found
        assert found[0][0] == damage.code
        place = damage.place
        if re.fullmatch(r"[a-z_]+(\.[a-z_]+(\[\d\])?)+", place):
            place = Form(full, places).spot(place).shown
        sentence = workspace.wording.problem(error.value.problems[0])
        assert place in sentence
        assert not re.search(r"发生问题|[?{}]", sentence)
    else:
        changed = {**FULL, **damage.changes}
        wanted = file_of(nested({p: v for p, v in changed.items() if v is not None}))
        assert meaning(read(data, tmp_path, workspace)) == meaning(wanted)


# ---------------------------------------------------------------- as other programs save


def edited(data: bytes, part: str, change: Callable[[str], str]) -> bytes:
    """The file with one part changed."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name == part:
                changed = change(text.decode())
                assert changed != text.decode()
                text = changed.encode()
            new.writestr(name, text, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def with_cell(data: bytes, cell: str, inner: str, kind: str = "n", style: str = "") -> bytes:
    """The file with one cell of the sheet 企业 written as a program may write it."""

    def change(text: str) -> str:
        return re.sub(rf'<c r="{cell}" s="(\d+)"[^>]*?(/>|>.*?</c>)',
                      rf'<c r="{cell}" s="\1" t="{kind}">{inner}</c>', text, count=1)  # fmt: skip

    return edited(data, "xl/worksheets/sheet2.xml", change)


RAW = {
    "formula with its value": ("n", "<f>80+6</f><v>86</v>", 86),
    "formula with a text": ("str", '<f>"8"&amp;"6"</f><v>86</v>', 86),
    "formula that gives nothing": ("str", '<f>""</f><v></v>', None),
    "figure in powers of ten": ("n", "<v>8.6E1</v>", 86),
    "text in pieces": ("inlineStr", "<is><r><t>8</t></r><r><t>6</t></r></is>", 86),
    "formula in error": ("e", "<f>1/0</f><v>#DIV/0!</v>", "answers.cell-error"),
    "formula without a value": ("n", "<f>80+6</f>", "answers.cell-formula"),
}


@pytest.mark.parametrize("name", RAW)
def test_cells_as_programs_write_them(
    name: str, full: bytes, places: Places, tmp_path: Path, workspace: Workspace
) -> None:
    kind, inner, wanted = RAW[name]
    data = with_cell(full, places.spots[EMPLOYEES].bare, inner, kind)
    if isinstance(wanted, str):
        with pytest.raises(CqoError) as error:
            read(data, tmp_path, workspace)
        assert [(p.code, p.values["place"][:6]) for p in error.value.problems] == [
            (wanted, places.spots[EMPLOYEES].shown)
        ]
    else:
        assert read(data, tmp_path, workspace).answers.company.employees == wanted


def test_days_counted_from_1904(
    full: bytes, places: Places, tmp_path: Path, workspace: Workspace
) -> None:
    book = load_workbook(io.BytesIO(full))
    book.epoch = datetime(1904, 1, 1)
    after = read(saved(book), tmp_path, workspace)
    assert after.answers.appointment.decision_date == date(2026, 11, 9)


def test_an_iso_day(full: bytes, places: Places, tmp_path: Path, workspace: Workspace) -> None:
    def change(text: str) -> str:
        cell = places.spots[DECIDED].bare
        day = "2026-11-09T00:00:00"
        return re.sub(rf'<c r="{cell}" s="(\d+)"><v>\d+</v></c>',
                      rf'<c r="{cell}" s="\1" t="d"><v>{day}</v></c>', text)  # fmt: skip

    data = edited(full, "xl/worksheets/sheet4.xml", change)
    assert read(data, tmp_path, workspace).answers.appointment.decision_date == date(2026, 11, 9)


def test_the_strict_form_of_the_standard(full: bytes, tmp_path: Path, workspace: Workspace) -> None:
    data = full
    names = [f"xl/worksheets/sheet{n}.xml" for n in range(1, 14)] + ["xl/workbook.xml"]
    for name in names:
        data = edited(data, name, lambda text: text.replace(
            "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            "http://purl.oclc.org/ooxml/spreadsheetml/main").replace(
            "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            "http://purl.oclc.org/ooxml/officeDocument/relationships"))  # fmt: skip
    assert meaning(read(data, tmp_path, workspace)) == meaning(file_of(nested(FULL)))


def test_elements_under_a_prefix(full: bytes, tmp_path: Path, workspace: Workspace) -> None:
    """As programs write that name the namespace of every element."""
    data = full
    for n in range(1, 14):
        data = edited(
            data, f"xl/worksheets/sheet{n}.xml",
            lambda text: re.sub(r"<(/?)(?=[a-zA-Z])", r"<\1x:", text)
            .replace(" xmlns=", " xmlns:x=", 1),
        )  # fmt: skip
    assert meaning(read(data, tmp_path, workspace)) == meaning(file_of(nested(FULL)))


# ---------------------------------------------------------------- files that are none


def hostile(full: bytes) -> Iterator[tuple[str, str, bytes]]:
    yield "cut.xlsx", "不完整或者已经损坏", full[: len(full) // 2]
    yield "empty.xlsx", "文件是空的", b""
    yield "picture.xlsx", "图片", b"\x89PNG\r\n\x1a\n" + b"0" * 100
    yield "paper.xlsx", "PDF", b"%PDF-1.7\n" + b"0" * 100
    yield "words.xlsx", "不是", "企业名称,甲\n".encode()
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    yield "old.xls", ".xls", old + "Workbook".encode("utf-16-le") + b"\0" * 600
    yield "locked.xlsx", "密码", old + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600
    macro = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    plain = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    yield "macro.xlsm", "宏", edited(full, "[Content_Types].xml",
                                     lambda text: text.replace(plain, macro))  # fmt: skip
    yield (
        "entity.xlsx",
        "损坏",
        edited(
            full,
            "xl/worksheets/sheet2.xml",
            lambda text: text.replace("<worksheet", '<!DOCTYPE a [<!ENTITY b "c">]><worksheet', 1),
        ),
    )
    yield (
        "rows.xlsx",
        "损坏",
        edited(
            full, "xl/worksheets/sheet2.xml", lambda text: text.replace('<row r="4"', '<row r="-4"')
        ),
    )
    bomb = io.BytesIO(full)
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/a.bin", b"\0" * 120_000_000)
    yield "bomb.xlsx", "过大", bomb.getvalue()
    other = Workbook()
    other.active["A1"] = "工资表"
    yield "other.xlsx", "不是本程序的问卷表格", saved(other)


def test_files_that_are_none_are_refused_in_one_sentence(
    full: bytes, tmp_path: Path, cli_invoke: Callable[..., Any]
) -> None:
    for name, said, data in hostile(full):
        (tmp_path / name).write_bytes(data)
        done = cli_invoke("check", tmp_path / name)
        assert (name, done.code, len(done.problems)) == (name, 1, 1), done.err
        assert said in done.err, done.err
        assert name in done.err


def test_a_hundred_megabytes_are_refused(
    full: bytes, tmp_path: Path, cli_invoke: Callable[..., Any]
) -> None:
    path = tmp_path / "huge.xlsx"
    with path.open("wb") as file:
        file.write(full)
        file.truncate(100_000_000)
    done = cli_invoke("check", path)
    assert (done.code, len(done.problems)) == (1, 1)


def test_a_roster_is_no_form(
    tmp_path: Path, workspace: Workspace, cli_invoke: Callable[..., Any]
) -> None:
    from cqo_docs.forms.roster import write_roster_form

    write_roster_form(tmp_path / "名册.xlsx", workspace)
    done = cli_invoke("check", tmp_path / "名册.xlsx")
    assert done.code == 1
    assert "企业名册" in done.err


# ---------------------------------------------------------------- commands


def test_the_command_writes_and_every_command_reads(
    full: bytes, tmp_path: Path, cli_invoke: Callable[..., Any], questionnaire: Callable[..., str]
) -> None:
    done = cli_invoke("form", "-o", "空白.xlsx")
    assert (done.code, done.err) == (0, "")
    Path("答案.yaml").write_text(questionnaire(), encoding="utf-8")
    assert cli_invoke("form", "-o", "已填.xlsx", "--prefill", "答案.yaml").code == 0
    for command in ("check", "plan"):
        by_form = cli_invoke(command, "已填.xlsx")
        by_file = cli_invoke(command, "答案.yaml")
        assert (by_form.code, by_form.out) == (0, by_file.out)
    assert cli_invoke("generate", "已填.xlsx", "-o", "a").code == 0
    assert cli_invoke("generate", "答案.yaml", "-o", "b").code == 0
    packs = [sorted(p.relative_to(Path(n)) for p in Path(n).rglob("*")) for n in "ab"]
    assert packs[0] == packs[1]
    assert cli_invoke("form", "-o", "再填.xlsx", "--prefill", "已填.xlsx").code == 0
    assert Path("再填.xlsx").read_bytes() == Path("已填.xlsx").read_bytes()
    done = cli_invoke("check", "空白.xlsx")
    assert done.code == 1
    assert [line.partition("：")[0].rpartition(" ")[2] for line in done.problems] == [
        "企业!C5“企业名称”", "企业!C8“省份”", "企业!C12“行业代码”", "企业!C13“登记类型”",
        "企业!C18“法定代表人”", "候选人!C4“姓名”",
    ]  # fmt: skip


def test_a_form_is_never_written_over_another(
    tmp_path: Path, cli_invoke: Callable[..., Any]
) -> None:
    Path("填好.xlsx").write_bytes(b"mine")
    done = cli_invoke("form", "-o", "填好.xlsx")
    assert done.code == 1
    assert Path("填好.xlsx").read_bytes() == b"mine"


def test_a_folder_of_forms_is_a_roster(
    full: bytes, places: Places, layout: Layout, tmp_path: Path, workspace: Workspace,
    cli_invoke: Callable[..., Any], questionnaire: Callable[..., str],
) -> None:  # fmt: skip
    from cqo_docs.forms.roster import client_answers, open_roster
    from cqo_docs.forms.word.form import word_form

    folder = tmp_path / "收到"
    folder.mkdir()
    one = {**FULL, "company.name": "甲企业", "company.credit_code": None}
    (folder / "a.xlsx").write_bytes(excel_form(layout, known_of(flat(one))))
    wrong = Form(full, places)
    wrong.put(EMPLOYEES, "约86")
    (folder / "b.xlsx").write_bytes(saved(wrong.book))
    word = {**one, "company.name": "丙企业"}
    (folder / "c.docx").write_bytes(word_form(layout, known_of(flat(word))))
    (folder / "d.yaml").write_text(questionnaire(), encoding="utf-8")
    with open_roster(folder, workspace) as roster:
        clients = list(roster)
        assert [c.name for c in clients] == ["甲企业", FULL["company.name"], "丙企业",
                                             "山西云陉机械有限公司"]  # fmt: skip
        first = client_answers(clients[0], workspace)
        assert meaning(first) == meaning(file_of(nested(flat(one))))
        with pytest.raises(CqoError) as error:
            client_answers(clients[1], workspace)
        assert [p.values["place"] for p in error.value.problems] == [
            f"{places.spots[EMPLOYEES].shown}“从业人数”"
        ]
        assert not roster.has_changed()
        (folder / "a.xlsx").write_bytes(full)
        assert roster.has_changed()
    done = cli_invoke("batch", folder, "-o", "出", "--jobs", "1", "--date", "2026-11-21")
    assert done.code == 1
    # Two of them name the same company now.
    assert "新写出 2，原已完成 0，失败 2" in done.out
    assert {p.name for p in Path("出").iterdir()} >= {"丙企业", "山西云陉机械有限公司"}


def test_one_form_is_no_roster(full: bytes, cli_invoke: Callable[..., Any]) -> None:
    Path("问卷.xlsx").write_bytes(full)
    done = cli_invoke("batch", "问卷.xlsx", "-o", "出")
    assert (done.code, len(done.problems)) == (1, 1)
    assert "一家企业的问卷" in done.err

"""Rosters: what a form asks, that each answer comes through, errors that can be corrected."""

from __future__ import annotations

import json
import pickle
import re
import shutil
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import rosters
from cases import companies, file_of, flat, nested
from hypothesis import given, settings
from hypothesis import strategies as st
from office import resaved
from openpyxl import load_workbook
from rosters import BREAKAGES, KINDS, as_typed, client, cure, make_roster

from cqo_docs.answers.questions import questions
from cqo_docs.base.errors import AnswersError, CqoError, PackError, Problem, problem
from cqo_docs.forms.roster import (
    Client,
    Failure,
    client_answers,
    open_roster,
    write_errors,
    write_roster_form,
)
from cqo_docs.forms.roster.form import Filled, write_roster
from cqo_docs.questions.columns import Sheet, compared, form_sheets, split
from cqo_docs.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
CHECKER = ROOT.parent / "shared" / "tools" / "ooxml_check.py"
ROSTER, ITEMS, INDICATORS = "企业名册", "预算项目", "考核指标"
FIRST_ROW = 4


@pytest.fixture(scope="module")
def sheets(workspace: Workspace) -> tuple[Sheet, ...]:
    return form_sheets(workspace.wording, workspace.library)


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory, workspace: Workspace) -> Path:
    """The empty form; not to be changed."""
    path = tmp_path_factory.mktemp("form") / "名册.xlsx"
    write_roster_form(path, workspace)
    return path


class Filling:
    """A form that a person fills in cell by cell."""

    def __init__(self, form: Path) -> None:
        self.book = load_workbook(form)
        self.used = dict.fromkeys(self.book.sheetnames, FIRST_ROW - 1)

    def column(self, sheet: str, path: str) -> int:
        return next(c.column for c in self.book[sheet][1] if c.value == path)

    def row(self, sheet: str, answers: Mapping[str, Any]) -> int:
        """Fill the next row of a sheet in; its number."""
        self.used[sheet] += 1
        for path, value in answers.items():
            self.put(sheet, self.used[sheet], path, value)
        return self.used[sheet]

    def put(self, sheet: str, row: int, path: str, value: Any) -> None:
        cell = self.book[sheet].cell(row, self.column(sheet, path))
        cell.value = value
        if isinstance(value, str):
            # A person's text is no formula.
            cell.data_type = "s"

    def client(self, answers: Mapping[str, Any]) -> None:
        """Fill one client in, and the rows of its lists."""
        self.row(ROSTER, {p: typed(p, v) for p, v in answers.items() if p not in LISTS})
        for path, sheet in LISTS.items():
            for entry in answers.get(path) or ():
                own = {"company.name": answers["company.name"]}
                for name, value in entry.items():
                    inner = f"{path}[].{name}"
                    if name == "quarters":
                        own |= {f"{inner}[{n}]": typed(inner, v) for n, v in enumerate(value)}
                    else:
                        own[inner] = typed(inner, value)
                self.row(sheet, own)

    def save(self, path: Path) -> Path:
        self.book.save(path)
        return path


LISTS = {"fund.items": ITEMS, "assessment.indicators": INDICATORS}
KIND_OF = {q.path: q.kind for q in questions()}


def typed(path: str, value: Any) -> Any:
    """An answer as a person types it: figures as figures."""
    if KIND_OF[path] == "number" and not isinstance(value, list):
        return Decimal(str(value))
    return as_typed(path, value)


def read(path: Path, workspace: Workspace) -> list[Client]:
    with open_roster(path, workspace) as roster:
        clients = list(roster)
        assert roster.count == len(clients)
    return clients


def refusal(path: Path, workspace: Workspace) -> list[str]:
    """The sentences with which a roster as a whole is refused."""
    with pytest.raises(CqoError) as caught, open_roster(path, workspace):
        pass
    return [workspace.wording.problem(p) for p in caught.value.problems]


def faults(one: Client, workspace: Workspace) -> list[Problem]:
    with pytest.raises(AnswersError) as caught:
        client_answers(one, workspace)
    return list(caught.value.problems)


def failures_of(path: Path, workspace: Workspace) -> tuple[list[str], list[Failure]]:
    """The names of the clients that pass, and the failures, as a batch would find them."""
    passed, failed = [], []
    with open_roster(path, workspace) as roster:
        for one in roster:
            clash = roster.clashes.get(one.number)
            try:
                if clash:
                    raise AnswersError([clash])
                passed.append(client_answers(one, workspace).answers.company.name)
            except AnswersError as error:
                failed.append(Failure(one, error.problems))
    return passed, failed


# ---------------------------------------------------------------- the form


def test_every_question_has_its_column_once(sheets: tuple[Sheet, ...]) -> None:
    """The models are the only list of questions."""
    keys = {"company.name", "company.credit_code"}
    paths = [c.path for s in sheets for c in s.columns if s.of_clients or c.path not in keys]
    wanted = []
    for question in questions():
        if question.entries is not None:
            wanted += [f"{question.path}[{n}]" for n in range(question.entries)]
        elif question.kind != "list":
            wanted.append(question.path)
    assert sorted(paths) == sorted(wanted)
    assert [s.list_path for s in sheets] == ["", *LISTS][:1] + [
        q.path for q in questions() if q.kind == "list"
    ]


def test_no_two_columns_of_a_sheet_are_called_alike(sheets: tuple[Sheet, ...]) -> None:
    for sheet in sheets:
        words = [compared(c.label) for c in sheet.columns]
        assert len(set(words)) == len(words)
        assert len(sheet.by_label) == 2 * len(words)


def test_columns_are_called_as_in_the_questionnaire(
    sheets: tuple[Sheet, ...], workspace: Workspace
) -> None:
    keys = workspace.wording.vocabulary().keys
    for column in (c for s in sheets for c in s.columns if not c.path.endswith("]")):
        group, _, name = column.path.rpartition(".")
        assert keys[group][column.label] == name
        assert column.group


def test_notes_and_examples_are_about_columns(
    sheets: tuple[Sheet, ...], workspace: Workspace
) -> None:
    paths = {c.path for s in sheets for c in s.columns}
    forms = workspace.wording.forms
    assert set(forms["notes"]) <= paths
    assert set(forms["examples"]) <= paths
    assert {q.path: len(w) for q in questions() if (w := forms["entries"].get(q.path))} == {
        q.path: q.entries for q in questions() if q.entries
    }


def test_the_form_has_headings_that_stay_in_sight(form: Path, sheets: tuple[Sheet, ...]) -> None:
    book = load_workbook(form)
    assert book.sheetnames == ["填写说明", ROSTER, INDICATORS, ITEMS, "自备项目", "选项"]
    assert book["选项"].sheet_state == "hidden"
    for sheet in sheets:
        page = book[sheet.name]
        assert page.row_dimensions[1].hidden
        assert [c.value for c in page[1]] == [c.path for c in sheet.columns]
        assert page.freeze_panes == "B4"
        assert page.print_title_rows == "$1:$3"
        assert page.max_row == FIRST_ROW - 1
        starred = {
            path.value
            for path, label in zip(page[1], page[3], strict=True)
            if str(label.value).endswith("*")
        }
        assert starred == {c.path for c in sheet.columns if sheet.needed(c)}
    assert book[ROSTER]["A3"].value == "企业名称*"


def test_only_what_everybody_must_answer_is_starred(sheets: tuple[Sheet, ...]) -> None:
    """A weight is needed by those who give weights, not by everyone."""
    roster = sheets[0]
    assert {c.path for c in roster.columns if roster.needed(c)} == {
        "company.name", "company.province", "company.industry_code", "company.registration",
        "company.legal_representative", "candidate.name",
    }  # fmt: skip
    assert {c.path for s in sheets[1:] for c in s.columns if s.needed(c)} == {
        "company.name", "fund.items[].name", "fund.items[].group", "fund.items[].amount",
        "assessment.indicators[].name", "assessment.indicators[].target",
        "assessment.indicators[].weight", "output.extra[].name", "output.extra[].value",
    }  # fmt: skip


def test_every_choice_is_a_drop_down_with_all_its_words(
    form: Path, sheets: tuple[Sheet, ...]
) -> None:
    book = load_workbook(form)
    for sheet in sheets:
        rules = {
            str(rule.sqref).partition(":")[0]: rule
            for rule in book[sheet.name].data_validations.dataValidation
        }
        for number, column in enumerate(sheet.columns, 1):
            rule = rules.get(f"{book[sheet.name].cell(4, number).coordinate}")
            if column.options and not column.many:
                assert rule is not None
                assert rule.type == "list"
                ((target, area),) = book.defined_names[rule.formula1].destinations
                words = [row[0].value for row in book[target][area]]
                assert words == list(column.options), column.path
                assert rule.formula1.startswith("cqo_")
            elif column.kind in {"number", "date"}:
                assert rule is not None
                assert rule.type in {"whole", "decimal", "date"}
                assert rule.error
            else:
                # What is typed in freely is not a list of the form.
                assert rule is None or rule.type in {None, "none"}


def test_what_excel_calls_damaged_is_not_in_the_form(form: Path) -> None:
    for page in load_workbook(form):
        for rule in page.data_validations.dataValidation:
            assert len(rule.prompt or "") <= 255
            assert len(rule.error or "") <= 255
            assert len(rule.promptTitle or "") <= 32
            assert len(rule.errorTitle or "") <= 32
            assert '"' not in (rule.formula1 or "")


def test_answers_that_excel_might_change_are_cells_of_text(
    form: Path, sheets: tuple[Sheet, ...]
) -> None:
    with zipfile.ZipFile(form) as package:
        styles = package.read("xl/styles.xml").decode()
        page = package.read("xl/worksheets/sheet2.xml").decode()
    forms = re.findall(r'<xf numFmtId="(\d+)"', styles)[1:]
    columns = re.findall(r'<col min="(\d+)"[^>]* style="(\d+)"', page)
    for (number, style), column in zip(columns, sheets[0].columns, strict=True):
        assert int(number) == sheets[0].by_path[column.path] + 1
        assert (forms[int(style)] == "49") == (column.kind not in {"number", "date"}), column.path


def test_the_empty_form_is_no_roster_yet(form: Path, workspace: Workspace) -> None:
    assert refusal(form, workspace) == [f"{form}：没有填写任何企业"]


def test_the_same_form_is_the_same_file(form: Path, tmp_path: Path, workspace: Workspace) -> None:
    write_roster_form(tmp_path / "again.xlsx", workspace)
    assert (tmp_path / "again.xlsx").read_bytes() == form.read_bytes()


def test_the_examples_of_the_form_are_valid_answers(
    form: Path, tmp_path: Path, sheets: tuple[Sheet, ...], workspace: Workspace
) -> None:
    examples = workspace.wording.forms["examples"]
    filling = Filling(form)
    own = {c.path for c in sheets[0].columns}
    filling.row(ROSTER, {p: v for p, v in examples.items() if p in own and p != "fund.total"})
    (one,) = read(filling.save(tmp_path / "r.xlsx"), workspace)
    answers = client_answers(one, workspace).answers
    assert answers.company.name == examples["company.name"]
    assert answers.authority.reserved_matters == ("检测设备购置", "对外质量赔偿")


def sound(*paths: Path) -> None:
    """Judge files as Excel would."""
    if not CHECKER.is_file():
        pytest.skip(f"no {CHECKER.parent.parent.name} folder beside the repository: not judged")
    done = subprocess.run(
        [sys.executable, CHECKER, "--json", *paths], capture_output=True, text=True, check=False
    )
    judged = json.loads(done.stdout)
    assert len(judged) == len(paths)
    wrong = [f for entry in judged for f in entry["findings"] if f["level"] == "error"]
    assert (done.returncode, wrong) == (0, [])


def test_the_workbooks_are_sound(form: Path, tmp_path: Path, workspace: Workspace) -> None:
    made = make_roster(tmp_path / "filled.xlsx", 30, KINDS)
    _, failed = failures_of(made.path, workspace)
    write_errors(tmp_path / "errors.xlsx", failed, workspace)
    sound(form, made.path, tmp_path / "errors.xlsx")


# ---------------------------------------------------------------- every answer comes through


# What Chinese names and sentences are made of, and what has a meaning in workbooks and lists.
WRITTEN = "甲乙丙丁一二三岳沁ＡB&<>\"'=+-@#/.、，；;,：（）0123 _x0041_％%〔〕"
NAMES = (
    st.text(WRITTEN, min_size=1, max_size=12)
    .map(str.strip)
    .filter(lambda text: bool(text) and any(c.isalpha() for c in text))
)
LISTED = st.lists(NAMES.filter(lambda text: text not in {"无", "none"}), min_size=1, max_size=4)
CENTS = st.integers(0, 10**12).map(lambda cents: f"{cents // 100}.{cents % 100:02d}")


@st.composite
def entries(draw: st.DrawFn) -> dict[str, Any]:
    """Lists of models: a budget that adds up, indicators that weigh a hundred."""
    items = []
    for _ in range(draw(st.integers(0, 3))):
        parts = [Decimal(draw(CENTS)) for _ in range(4)]
        item: dict[str, Any] = {
            "name": draw(NAMES),
            "group": draw(st.sampled_from(["talent", "brand", "reserve"])),
            "amount": str(sum(parts)),
        }
        if draw(st.booleans()):
            item["quarters"] = [str(part) for part in parts]
        if draw(st.booleans()):
            item |= {"cost_class": "appraisal", "basis": draw(NAMES), "source": draw(NAMES)}
        items.append(item)
    weights = draw(st.sampled_from([[], ["100"], ["62.5", "37.5"], ["33.33", "33.33", "33.34"]]))
    lines = [{"name": draw(NAMES), "target": draw(NAMES), "weight": w} for w in weights]
    return {"fund.items": items, "assessment.indicators": lines}


@st.composite
def answers_of_every_kind(draw: st.DrawFn) -> dict[str, Any]:
    """Flat answers that use every type of question."""
    found = flat(draw(companies()))
    found |= {
        "company.short_name": draw(NAMES),
        "company.departments": draw(LISTED),
        "authority.reserved_matters": draw(LISTED),
        "appointment.copies_to": draw(LISTED),
        "appointment.addressees": draw(NAMES),
        "appointment.notice_number": draw(NAMES),
        "candidate.relaxation_reason": draw(NAMES),
        "fund.payroll_total": draw(CENTS),
        "assessment.excellent": draw(st.sampled_from(["90", "90.5", "99.99"])),
        "plan.as_of": draw(st.dates(date(2020, 1, 1), date(2060, 1, 1))),
    }
    if found.get("fund.establish"):
        own = draw(entries())
        found |= {path: value for path, value in own.items() if value}
        if own["fund.items"]:
            found["fund.total"] = str(sum(Decimal(i["amount"]) for i in own["fund.items"]))
    return {path: value for path, value in found.items() if value is not None}


def named(answers: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same answers for companies of different names and codes."""
    for number, one in enumerate(answers, 1):
        one["company.name"] = f"渝州第{number}精工机械有限公司"
        one["company.credit_code"] = client(number)["company.credit_code"]
    return list(answers)


def same(clients: Sequence[Client], answers: Sequence[Mapping[str, Any]], ws: Workspace) -> None:
    """Every client's answers are those of the equivalent questionnaire."""
    assert len(clients) == len(answers)
    for one, wanted in zip(clients, answers, strict=True):
        got, file = client_answers(one, ws), file_of(nested(wanted))
        assert got.answers == file.answers
        assert got.given == file.given


@settings(max_examples=25)
@given(st.lists(answers_of_every_kind(), min_size=1, max_size=6))
def test_answers_come_through_a_roster_of_ours(
    tmp_path_factory: pytest.TempPathFactory, workspace: Workspace, answers: list[dict[str, Any]]
) -> None:
    path = tmp_path_factory.mktemp("ours") / "r.xlsx"
    write_roster(path, workspace, (Filled(nested(a)) for a in named(answers)))
    same(read(path, workspace), answers, workspace)


@settings(max_examples=15)
@given(st.lists(answers_of_every_kind(), min_size=1, max_size=6))
def test_answers_come_through_a_form_that_a_person_filled(
    tmp_path_factory: pytest.TempPathFactory,
    workspace: Workspace,
    form: Path,
    answers: list[dict[str, Any]],
) -> None:
    """Figures as figures, days as days, texts as shared strings, lists with their marks."""
    filling = Filling(form)
    for one in named(answers):
        filling.client(one)
    path = filling.save(tmp_path_factory.mktemp("typed") / "r.xlsx")
    same(read(path, workspace), answers, workspace)


def test_every_question_comes_through(
    tmp_path: Path, workspace: Workspace, sheets: tuple[Sheet, ...]
) -> None:
    """One company that answers all there is."""
    everything = {**flat(client(1)), **EVERYTHING}
    write_roster(tmp_path / "r.xlsx", workspace, [Filled(nested(everything))])
    (one,) = read(tmp_path / "r.xlsx", workspace)
    asked = {q.path for q in questions() if "[]" not in q.path}
    assert asked - set(everything) == set()
    assert asked == {p for p in client_answers(one, workspace).given if "[" not in p}
    same([one], [everything], workspace)


EVERYTHING: Mapping[str, Any] = {
    "company.control": "private", "company.rural": False, "company.sole_shareholder": False,
    "company.construction_qualified": False, "company.premium_brand": True,
    "company.governance": "board", "company.regulated_activities": ["food", "drug"],
    "company.departments": ["质量部"], "candidate.title_name": "工程师",
    "candidate.quality_qualification_year": "2012", "candidate.relaxation_reason": "实践经验丰富",
    "appointment.post_title": "首席质量官", "appointment.concurrent_posts": ["副总经理"],
    "appointment.articles_list_officer": True, "appointment.reports_to": "chairman",
    "appointment.appointer": "board", "appointment.authorization_date": date(2026, 3, 5),
    "appointment.end": date(2029, 3, 1), "appointment.ceremony": True,
    "appointment.treatment": True, "appointment.addressees": "各部门",
    "appointment.copies_to": ["工会"], "appointment.letter_number": "一号",
    "appointment.authorization_number": "二号", "appointment.party.organ": "党委",
    "appointment.party.date": date(2026, 1, 2), "appointment.meeting.name": "第一次会议",
    "appointment.meeting.number": "董〔2026〕1号", "appointment.meeting.place": "会议室",
    "appointment.meeting.due": 5, "appointment.meeting.present": 5,
    "appointment.meeting.votes_for": 4, "appointment.meeting.votes_against": 1,
    "appointment.meeting.votes_abstained": 0, "appointment.meeting.members": ["周岭平", "赵沁"],
    "appointment.meeting.articles_allow": False, "authority.spending_limit": "50000.5",
    "authority.reserved_matters": ["检测设备购置"], "assessment.cycle": "quarter",
    "assessment.year": 2027, "assessment.assessor": "superior",
    "assessment.indicators": rosters.indicators(1), "assessment.weights.safety": 40,
    "assessment.weights.foundation": 20, "assessment.weights.competitiveness": 25,
    "assessment.weights.management": 15, "assessment.scorers.self_score": 10,
    "assessment.scorers.superior": 60, "assessment.scorers.board": 30,
    "assessment.excellent": "92.5", "assessment.good": 80, "assessment.pass_mark": 61,
    "assessment.veto_items": ["隐瞒质量事故"], "fund.year": 2027, "fund.items": rosters.items(1),
    "fund.total": "96000.75", "fund.payroll_total": "1071000.12",
    **{f"fund.weights.{name}": 12.5 for name in (
        "talent", "improvement", "metrology", "standards", "system", "brand", "tools", "reserve",
    )},
    "plan.adopt": ["db50-t-1696-2024", "gd-textbook-2015"], "plan.policy": "ask",
    "plan.recommendations": "own-rule", "plan.as_of": date(2026, 11, 21),
    "output.extra": [{"name": "合同编号", "value": "HT-1"}],
    "output.documents": ["decision", "budget"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "length", "parts"),
    [
        ("质量部、检测中心", 100, ["质量部", "检测中心"]),
        ("质量部，检测中心, 体系办；综合部;", 100, ["质量部", "检测中心", "体系办", "综合部"]),
        (" 质量部 、、 ", 100, ["质量部"]),
        ("对外赔偿，含退货、设备购置", 2000, ["对外赔偿，含退货", "设备购置"]),
        ("对外赔偿、退货\n", 2000, ["对外赔偿、退货"]),
        ("甲、乙\r\n丙\n", 100, ["甲、乙", "丙"]),
    ],
)  # fmt: skip
def test_a_cell_with_several_answers(
    text: str, length: int, parts: list[str], sheets: tuple[Sheet, ...]
) -> None:
    path = "company.departments" if length == 100 else "authority.reserved_matters"
    column = sheets[0].columns[sheets[0].by_path[path]]
    assert column.length == length
    assert split(text, column) == parts


def test_a_word_for_none_is_an_empty_list(form: Path, tmp_path: Path, workspace: Workspace) -> None:
    filling = Filling(form)
    filling.client({**flat(client(1)), "company.departments": []})
    (one,) = read(filling.save(tmp_path / "r.xlsx"), workspace)
    file = client_answers(one, workspace)
    assert file.answers.company.departments == ()
    assert "company.departments" in file.given


# ---------------------------------------------------------------- what is wrong, and where


def cell_of(sheets: tuple[Sheet, ...], kind: str, row: int, item_row: int) -> str:
    """The cell where a mistake was put."""
    path = BREAKAGES[kind].field
    if path.startswith("fund.items[0]"):
        return place_in(sheets[2], path.replace("[0]", "[]", 1), item_row)
    return place_in(sheets[0], path, row)


def place_in(sheet: Sheet, path: str, row: int) -> str:
    number = sheet.by_path[path]
    letters = "" if number < 26 else chr(64 + number // 26)
    return f"{sheet.name}!{letters}{chr(65 + number % 26)}{row}"


# A sum or an order is told at one of the cells that make it.
TOLD_AT = {"grade-order": "assessment.pass_mark"}


def test_there_are_many_ways_to_break_a_row() -> None:
    assert len(KINDS) >= 20


@pytest.mark.parametrize("kind", KINDS)
def test_a_broken_row_is_told_with_its_cell_and_stops_no_other(
    kind: str, tmp_path: Path, workspace: Workspace, sheets: tuple[Sheet, ...]
) -> None:
    made = make_roster(tmp_path / "r.xlsx", 3, {2: kind})
    clients = read(made.path, workspace)
    same([clients[0], clients[2]], [made.clients[0], made.clients[2]], workspace)
    found = faults(clients[1], workspace)
    assert len(found) == 1
    path = TOLD_AT.get(kind)
    wanted = (
        place_in(sheets[0], path, FIRST_ROW + 1)
        if path
        else cell_of(sheets, kind, FIRST_ROW + 1, FIRST_ROW)
    )
    assert found[0].where == wanted
    sentence = workspace.wording.problem(found[0])
    assert sentence.startswith(f"{wanted}，")
    assert "第1行" not in sentence
    assert "？" not in sentence.replace("是否为", "") or "是否为" in sentence
    assert found[0].values["field"]


def test_all_mistakes_of_a_row_are_told_at_once_from_left_to_right(
    form: Path, tmp_path: Path, workspace: Workspace
) -> None:
    filling = Filling(form)
    filling.client(client(3))
    row = filling.used[ROSTER]
    for path, value in (
        ("company.province", "河西省"), ("company.employees", "十六人"),
        ("candidate.degree", "秀才"), ("appointment.full_time", "也许"),
        ("appointment.end", "2026-02-30"),
    ):  # fmt: skip
        filling.put(ROSTER, row, path, value)
    filling.put(ITEMS, FIRST_ROW, "fund.items[].amount", "三万")
    (one,) = read(filling.save(tmp_path / "r.xlsx"), workspace)
    found = faults(one, workspace)
    assert [p.values["field"] for p in found] == [
        "company.province", "company.employees", "candidate.degree", "appointment.full_time",
        "appointment.end", "fund.items[0].amount",
    ]  # fmt: skip
    assert len({p.where for p in found}) == len(found)


def test_a_row_with_nothing_but_a_name_tells_all_that_is_needed(
    form: Path, tmp_path: Path, workspace: Workspace, sheets: tuple[Sheet, ...]
) -> None:
    filling = Filling(form)
    filling.row(ROSTER, {"company.name": "云陉机械"})
    (one,) = read(filling.save(tmp_path / "r.xlsx"), workspace)
    missing = [c.path for c in sheets[0].columns if sheets[0].needed(c)][1:]
    found = faults(one, workspace)
    assert [p.values["field"] for p in found] == missing
    assert [p.where for p in found] == [place_in(sheets[0], path, 4) for path in missing]


def test_a_cell_that_cannot_be_read_hides_no_other_mistake(
    form: Path, tmp_path: Path, workspace: Workspace
) -> None:
    filling = Filling(form)
    filling.client(client(1))
    cell = filling.book[ROSTER].cell(4, filling.column(ROSTER, "company.legal_representative"))
    cell.value = "=A1&A2"
    filling.put(ROSTER, 4, "company.employees", "若干")
    (one,) = read(filling.save(tmp_path / "r.xlsx"), workspace)
    assert [(p.code, p.values["field"]) for p in faults(one, workspace)] == [
        ("answers.cell-formula", "company.legal_representative"),
        ("answers.number", "company.employees"),
    ]


def test_some_quarters_without_the_others_name_the_empty_cells(
    form: Path, tmp_path: Path, workspace: Workspace, sheets: tuple[Sheet, ...]
) -> None:
    filling = Filling(form)
    filling.client(client(3))
    filling.put(ITEMS, 5, "fund.items[].quarters[3]", 50000.75)
    (one,) = read(filling.save(tmp_path / "r.xlsx"), workspace)
    assert [p.where for p in faults(one, workspace)] == [
        place_in(sheets[2], f"fund.items[].quarters[{n}]", 5) for n in range(3)
    ]


def test_a_client_can_be_sent_to_a_worker(tmp_path: Path, workspace: Workspace) -> None:
    made = make_roster(tmp_path / "r.xlsx", 12, {12: "item-amount-in-words"})
    clients = read(made.path, workspace)
    sent = pickle.loads(pickle.dumps(tuple(clients)))
    assert sent == tuple(clients)
    assert faults(sent[11], workspace) == faults(clients[11], workspace)
    assert clients[0].cells["company.name"] == "企业名册!A4"
    assert clients[11].cells["fund.items[1].amount"].startswith("预算项目!")
    assert "fund.items[3].amount" not in clients[11].cells
    assert set(clients[11].cells) > {"company.name", "fund.items[2].quarters[3]"}
    # What all rows have in common is sent once.
    assert len(pickle.dumps(tuple(clients))) < 8000 * len(clients)


# ---------------------------------------------------------------- lists


def listed_roster(
    form: Path, path: Path, clients: Sequence[Mapping[str, Any]], keys: Sequence[Mapping[str, Any]]
) -> Path:
    filling = Filling(form)
    for one in clients:
        filling.client({p: v for p, v in one.items() if p not in LISTS})
    for number, key in enumerate(keys, 1):
        filling.row(
            ITEMS,
            {
                **key,
                "fund.items[].name": f"项目{number}",
                "fund.items[].group": "人才与培训",
                "fund.items[].amount": number,
            },
        )
    return filling.save(path)  # fmt: skip


def bare(number: int, **changes: Any) -> dict[str, Any]:
    """A client without a total that its items would have to meet."""
    own = {p: v for p, v in client(number).items() if p not in {*LISTS, "fund.total"}}
    return own | {p.replace("_", ".", 1): v for p, v in changes.items()}


def items_of(one: Client, workspace: Workspace) -> list[str]:
    return [item.name for item in client_answers(one, workspace).answers.fund.items]


def test_entries_find_their_client_by_name_or_code_in_any_order(
    form: Path, tmp_path: Path, workspace: Workspace
) -> None:
    a, b = bare(1), bare(2)
    keys: list[dict[str, Any]] = [
        {"company.name": b["company.name"]},
        {"company.name": f"  {a['company.name']} "},
        {"company.credit_code": b["company.credit_code"]},
        {"company.credit_code": a["company.credit_code"], "company.name": a["company.name"]},
        {"company.credit_code": a["company.credit_code"].lower()},
    ]
    path = listed_roster(form, tmp_path / "r.xlsx", [a, b], keys)
    one, two = read(path, workspace)
    assert items_of(one, workspace) == ["项目2", "项目4", "项目5"]
    assert items_of(two, workspace) == ["项目1", "项目3"]


def test_an_entry_of_an_unknown_client_refuses_the_roster(
    form: Path, tmp_path: Path, workspace: Workspace
) -> None:
    """Its client would get a pack without it."""
    a = bare(1)
    name = a["company.name"]
    keys = [{"company.name": name[1:]}, {"company.name": "毫不相干的公司"}, {},
            {"company.credit_code": client(9)["company.credit_code"]}]  # fmt: skip
    path = listed_roster(form, tmp_path / "r.xlsx", [a], keys)
    assert refusal(path, workspace) == [
        f"预算项目!A4：企业名册中没有“{name[1:]}”，是否为“{name}”？请改正",
        "预算项目!A5：企业名册中没有“毫不相干的公司”，请改正企业名称或者信用代码",
        "预算项目!A6：没有写明是哪家企业，请填写企业名称",
        f"预算项目!B7：企业名册中没有“{client(9)['company.credit_code']}”，"
        "请改正企业名称或者信用代码",
    ]


def test_an_entry_whose_name_and_code_differ_refuses_the_roster(
    form: Path, tmp_path: Path, workspace: Workspace
) -> None:
    a, b = bare(1), bare(2)
    keys = [{"company.name": a["company.name"], "company.credit_code": b["company.credit_code"]}]
    path = listed_roster(form, tmp_path / "r.xlsx", [a, b], keys)
    (sentence,) = refusal(path, workspace)
    assert sentence.startswith("预算项目!A4：")
    assert "不是企业名册中的同一家" in sentence


def test_clients_whose_names_only_look_alike_want_a_code_with_their_entries(
    form: Path, tmp_path: Path, workspace: Workspace
) -> None:
    a = bare(1, company_name="云陉（山西）机械公司")
    b = bare(2, company_name="云陉(山西)机械公司")
    by_name = listed_roster(
        form, tmp_path / "n.xlsx", [a, b], [{"company.name": "云陉(山西)机械公司"}]
    )
    (sentence,) = refusal(by_name, workspace)
    assert "有几家" in sentence
    key = {"company.name": "云陉(山西)机械公司", "company.credit_code": b["company.credit_code"]}
    one, two = read(listed_roster(form, tmp_path / "c.xlsx", [a, b], [key]), workspace)
    assert (items_of(one, workspace), items_of(two, workspace)) == ([], ["项目1"])


def test_entries_of_a_name_that_occurs_twice_stop_only_those_two(
    form: Path, tmp_path: Path, workspace: Workspace
) -> None:
    a, b, c = bare(1), bare(2), bare(3)
    b["company.name"] = a["company.name"]
    path = listed_roster(
        form, tmp_path / "r.xlsx", [a, b, c], [{"company.name": a["company.name"]}]
    )
    passed, failed = failures_of(path, workspace)
    assert passed == [c["company.name"]]
    assert [f.client.number for f in failed] == [1, 2]


# ---------------------------------------------------------------- two clients, one folder


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("云陉机械有限公司", "云陉机械有限公司"),
        ("ABC机械", "abc机械"),
        ("云陉/机械", "云陉:机械"),
        ("云陉机械.", "云陉机械"),
        ("\u8c48机械", "\uf900机械"),  # one character, composed in two ways
        ("云 陉机械", "云  陉机械"),
    ],
)
def test_two_clients_of_one_folder_are_both_refused(
    first: str, second: str, tmp_path: Path, workspace: Workspace
) -> None:
    rows = [
        {**client(n), "company.name": name} for n, name in enumerate((first, "别家公司", second), 1)
    ]
    for row in rows:
        row.pop("fund.items", None)
        row["fund.total"] = "1"
    write_roster(tmp_path / "r.xlsx", workspace, (Filled(nested(r)) for r in rows))
    with open_roster(tmp_path / "r.xlsx", workspace) as roster:
        assert set(roster.clashes) == {1, 3}
        told = {n: workspace.wording.problem(p) for n, p in roster.clashes.items()}
    assert told[1].startswith("企业名册!A4，")
    assert "企业名册!A6" in told[1]
    assert told[3].startswith("企业名册!A6，")
    assert "企业名册!A4" in told[3]


# ---------------------------------------------------------------- folders


def test_a_folder_of_answer_files_and_forms(
    form: Path, tmp_path: Path, workspace: Workspace, questionnaire: Callable[..., str]
) -> None:
    folder = tmp_path / "问卷"
    folder.mkdir()
    for sample in sorted((ROOT / "questionnaires").glob("*.yaml"))[:2]:
        shutil.copy(sample, folder / f"1-{sample.name}")
    (folder / "2.json").write_text(questionnaire({"company.name": "云陉一厂"}), encoding="utf-8")
    (folder / "3.YML").write_text(questionnaire({"company.name": "云陉二厂"}), encoding="utf-8")
    (folder / "4.yaml").write_text("企业: 甲: 乙", encoding="utf-8")
    (folder / "5.yaml").write_bytes(b"\xff\xfe\x00")
    filling = Filling(form)
    filling.client(client(3))
    filling.save(folder / "6.xlsx")
    (folder / "7.xlsx").write_bytes(b"GIF89a")
    shutil.copy(form, folder / "8.xlsx")
    (folder / "~$6.xlsx").write_bytes(b"open elsewhere")
    (folder / ".7.yaml").write_text("x")
    (folder / "说明.txt").write_text("x")
    (folder / "旧").mkdir()
    clients = read(folder, workspace)
    assert [one.path.name if one.path else one.where for one in clients] == [
        "1-chongqing-construction.yaml", "1-chongqing-machine-small.yaml", "2.json", "3.YML",
        "4.yaml", "5.yaml", "6.xlsx 企业名册第4行", "7.xlsx", "8.xlsx",
    ]  # fmt: skip
    assert [one.name for one in clients][2:6] == ["云陉一厂", "云陉二厂", "4", "5"]
    for one in (*clients[:4], clients[6]):
        assert client_answers(one, workspace).answers.company.name == one.name
    told = [
        workspace.wording.problem(p) for n in (4, 5, 7, 8) for p in faults(clients[n], workspace)
    ]
    assert [re.sub(".*/", "", text) for text in told] == [
        "4.yaml：第1行：格式不对（企业: 甲: 乙），请检查冒号、引号和缩进",
        "5.yaml：文件不是 UTF-8 编码的文本，请另存为 UTF-8 后再试",
        "7.xlsx：不是 .xlsx 表格文件，请检查是否选错文件",
        "8.xlsx：没有填写任何企业",
    ]


def test_cells_of_a_form_in_a_folder_tell_their_file(
    form: Path, tmp_path: Path, workspace: Workspace
) -> None:
    filling = Filling(form)
    filling.client({**client(3), "company.province": "河西省"})
    folder = tmp_path / "表"
    folder.mkdir()
    filling.save(folder / "甲.xlsx")
    (one,) = read(folder, workspace)
    assert [p.where for p in faults(one, workspace)] == ["甲.xlsx 企业名册!D4"]


def test_a_form_in_a_folder_is_taken_whole_or_not_at_all(
    form: Path, tmp_path: Path, workspace: Workspace
) -> None:
    """What belongs to nobody would be missing in somebody's pack."""
    folder = tmp_path / "表"
    folder.mkdir()
    listed_roster(form, folder / "a.xlsx", [bare(1)], [{"company.name": "别家"}])
    listed_roster(form, folder / "b.xlsx", [bare(2)], [{"company.name": bare(2)["company.name"]}])
    made = make_roster(folder / "c.xlsx", 400)
    with zipfile.ZipFile(made.path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    parts["xl/worksheets/sheet2.xml"] = parts["xl/worksheets/sheet2.xml"][:-3000]
    with zipfile.ZipFile(made.path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    heading = Filling(form)
    heading.book[ROSTER]["E3"].value = "血型"
    heading.book[ROSTER]["E1"].value = None
    heading.client({p: v for p, v in bare(4).items() if p != "company.city"})
    heading.save(folder / "d.xlsx")
    clients = read(folder, workspace)
    assert [one.number for one in clients] == [1, 2, 3, 4]
    assert items_of(clients[1], workspace) == ["项目1"]
    assert clients[1].where == "b.xlsx 企业名册第4行"
    told = [faults(clients[n], workspace)[0] for n in (0, 2, 3)]
    assert [(p.code, p.where.rpartition("/")[2]) for p in told] == [
        ("roster.no-such-client", "a.xlsx 预算项目!A4"),
        ("file.damaged", "c.xlsx"),
        ("roster.unknown-column", "d.xlsx 企业名册!E3"),
    ]


def test_clients_of_a_folder_may_clash_across_files(
    form: Path, tmp_path: Path, workspace: Workspace, questionnaire: Callable[..., str]
) -> None:
    filling = Filling(form)
    filling.client(client(1))
    filling.save(tmp_path / "b.xlsx")
    name = client(1)["company.name"]
    (tmp_path / "a.json").write_text(questionnaire({"company.name": name}), encoding="utf-8")
    with open_roster(tmp_path, workspace) as roster:
        told = [workspace.wording.problem(p) for p in roster.clashes.values()]
    assert "b.xlsx 企业名册!A4" in told[0]
    assert "a.json" in told[1]


def test_a_folder_without_answers_is_refused(tmp_path: Path, workspace: Workspace) -> None:
    (sentence,) = refusal(tmp_path, workspace)
    assert "文件夹里没有问卷" in sentence


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("企业:\n  企业名称: 甲厂\n", "甲厂"),
        ("company: {city: [x, {name: 乙}], name: ' 甲厂 '}", "甲厂"),
        (
            "候选人: {姓名: 李衡, 企业: {企业名称: 丙}}\n企业: {省份: 山西省, 企业名称: 甲厂}",
            "甲厂",
        ),
        ("? {a: b}\n: c\n企业: {企业名称: 甲厂}", "甲厂"),
        ("企业: 甲厂", None),
        ("企业: {企业名称: [甲厂]}", None),
        ("企业: {企业名称: }", None),
        ("- 企业", None),
        ("", None),
        ("企业: {企业名称", None),
        ("{", None),
        ("企业: &a {企业名称: *a}", None),
    ],
)
def test_the_name_in_an_answers_file(
    text: str, name: str | None, tmp_path: Path, workspace: Workspace
) -> None:
    (tmp_path / "甲.yaml").write_text(text, encoding="utf-8")
    (one,) = read(tmp_path, workspace)
    assert one.name == (name or "甲")


# ---------------------------------------------------------------- a roster that changes


def test_a_roster_that_changes_is_read_as_it_was(tmp_path: Path, workspace: Workspace) -> None:
    made = make_roster(tmp_path / "r.xlsx", 5)
    with open_roster(made.path, workspace) as roster:
        assert not roster.has_changed()
        data = made.path.read_bytes()
        made.path.write_bytes(data)
        # Saved again as it was.
        assert not roster.has_changed()
        make_roster(tmp_path / "r.xlsx", 7)
        assert roster.has_changed()
        assert [one.name for one in roster] == made.names
        made.path.unlink()
        assert roster.has_changed()
        assert len(list(roster)) == roster.count == 5


def test_a_folder_that_changes_is_read_as_it_was(
    tmp_path: Path, workspace: Workspace, questionnaire: Callable[..., str]
) -> None:
    for name in ("甲", "乙"):
        text = questionnaire({"company.name": f"{name}厂"})
        (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")
    with open_roster(tmp_path, workspace) as roster:
        assert not roster.has_changed()
        first = list(roster)
        (tmp_path / "乙.json").write_text(questionnaire({"company.name": "丙厂"}), encoding="utf-8")
        assert roster.has_changed()
        assert list(roster) == first
        names = {client_answers(one, workspace).answers.company.name for one in roster}
        assert names == {"甲厂", "乙厂"}


def test_two_passes_at_once_do_not_disturb_each_other(tmp_path: Path, workspace: Workspace) -> None:
    made = make_roster(tmp_path / "r.xlsx", 40)
    with open_roster(made.path, workspace) as roster:
        pairs = list(zip(roster, roster, strict=True))
    assert all(a == b for a, b in pairs)
    assert [a.name for a, _ in pairs] == made.names


# ---------------------------------------------------------------- errors, corrected and read again


def test_errors_are_a_roster_of_what_failed(tmp_path: Path, workspace: Workspace) -> None:
    made = make_roster(tmp_path / "r.xlsx", 60, KINDS)
    passed, failed = failures_of(made.path, workspace)
    assert len(failed) == len(KINDS)
    assert len(passed) == 60 - len(KINDS)
    errors = tmp_path / "errors.xlsx"
    write_errors(errors, failed, workspace)
    again, still = failures_of(errors, workspace)
    assert again == []
    assert [codes(f) for f in still] == [codes(f) for f in failed]
    names = cure(errors, made, tmp_path / "cured.xlsx")
    clients = read(tmp_path / "cured.xlsx", workspace)
    assert [one.name for one in clients] == names
    same(clients, [made.clients[n - 1] for n in sorted(made.broken)], workspace)


def codes(failure: Failure) -> list[tuple[str, str]]:
    return [(p.code, p.values.get("field", "")) for p in failure.problems]


def test_cells_at_fault_are_marked_and_told_beside_the_row(
    tmp_path: Path, workspace: Workspace
) -> None:
    made = make_roster(
        tmp_path / "r.xlsx", 9, {3: "item-amount-in-words", 6: "grade-order", 9: "name-missing"}
    )
    _, failed = failures_of(made.path, workspace)
    write_errors(tmp_path / "errors.xlsx", failed, workspace)
    book = load_workbook(tmp_path / "errors.xlsx")
    page = book[ROSTER]
    assert page["A3"].value == "问题"
    column = {cell.value: cell.column for cell in page[1]}
    assert page["A4"].value == "经费·预算项目（第1项）·金额（元）：填了“三万”，请填数字"
    assert page["A6"].value == "企业·企业名称：必须填写"
    marked = {
        (row, path)
        for row in (4, 5, 6)
        for path, number in column.items()
        if path and page.cell(row, number).comment
    }
    grades = {"assessment.pass_mark", "assessment.good", "assessment.excellent"}
    assert marked == {(5, path) for path in grades} | {(6, "company.name")}
    for row, path in marked:
        assert page.cell(row, column[path]).fill.fgColor.rgb == "FFFFC7CE"
        assert page.cell(row, column[path]).comment.text in page.cell(row, 1).value
    items = book[ITEMS]
    amount = next(c.column for c in items[1] if c.value == "fund.items[].amount")
    assert items.cell(4, amount).comment.text == page["A4"].value
    assert items.cell(4, amount).value == "三万"
    assert items["A4"].value == page["A4"].value
    # A name that is missing cannot lead to its entries: the code does.
    keys = [(items.cell(n, 2).value, items.cell(n, 3).value) for n in range(4, 13)]
    assert keys[0] == (made.names[2], None)
    assert keys[-1] == (None, made.clients[8]["company.credit_code"])


def test_two_of_one_name_are_corrected_by_renaming_one(
    tmp_path: Path, workspace: Workspace
) -> None:
    rows = [client(3), {**client(6), "company.name": client(3)["company.name"]}]
    write_roster(tmp_path / "r.xlsx", workspace, [
        Filled(nested(r), {"company.name": "同名"}) for r in rows
    ])  # fmt: skip
    passed, failed = failures_of(tmp_path / "r.xlsx", workspace)
    assert passed == []
    write_errors(tmp_path / "errors.xlsx", failed, workspace)
    book = load_workbook(tmp_path / "errors.xlsx")
    assert "同名" in book[ROSTER]["A4"].value
    book[ROSTER]["B5"].value = "云陉另一家公司"
    book.save(tmp_path / "cured.xlsx")
    clients = read(tmp_path / "cured.xlsx", workspace)
    same(clients, [rows[0], {**rows[1], "company.name": "云陉另一家公司"}], workspace)


def test_failing_answer_files_become_rows(
    tmp_path: Path, workspace: Workspace, questionnaire: Callable[..., str]
) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    wrong = {**client(3), "company.employees": "若干", "candidate.degree": "秀才"}
    (folder / "a.json").write_text(json.dumps(nested(wrong)), encoding="utf-8")
    (folder / "b.yaml").write_text(
        "企业: {企业名称: 云陉二厂, 省份: 山西省, 血型: A}", encoding="utf-8"
    )
    (folder / "c.yaml").write_text("企业: 甲: 乙", encoding="utf-8")
    _, failed = failures_of(folder, workspace)
    write_errors(tmp_path / "errors.xlsx", failed, workspace)
    book = load_workbook(tmp_path / "errors.xlsx")
    told = [book[ROSTER].cell(row, 1).value for row in (4, 5, 6)]
    assert told[0].splitlines()[0] == "企业·从业人数：填了“若干”，请填数字"
    assert f"{folder}/b.yaml：第1行：没有“血型”这一项" in told[1]
    assert f"{folder}/c.yaml：第1行：格式不对" in told[2]
    column = {cell.value: cell.column for cell in book[ROSTER][1]}
    book[ROSTER].cell(4, column["company.employees"]).value = 12
    book[ROSTER].cell(4, column["candidate.degree"]).value = "本科"
    book[ROSTER].delete_rows(5, 2)
    book.save(tmp_path / "cured.xlsx")
    right = {**client(3), "company.employees": 12, "candidate.degree": "bachelor"}
    same(read(tmp_path / "cured.xlsx", workspace), [right], workspace)


def test_raw_answers_are_given_back_as_they_were(tmp_path: Path, workspace: Workspace) -> None:
    """Nobody's figures are tidied up while he corrects another cell."""
    strange = {
        "company.employees": "16.5", "company.revenue": "1234.567891",
        "fund.payroll_total": "5.125", "company.assets": "一千万", "company.short_name": "=1+1",
        "company.city": "_x0041_市", "candidate.current_post": "甲\u0007乙",
        "appointment.end": "明年底", "company.credit_code": "007",
        "company.departments": ["质量部", "检验、计量"],
    }  # fmt: skip
    write_roster(tmp_path / "r.xlsx", workspace, [Filled(nested({**client(1), **strange}))])
    (one,) = read(tmp_path / "r.xlsx", workspace)
    failure = Failure(one, tuple(faults(one, workspace)))
    write_errors(tmp_path / "errors.xlsx", [failure], workspace)
    (again,) = read(tmp_path / "errors.xlsx", workspace)
    assert again.answers == one.answers
    assert one.answers is not None
    for path, value in strange.items():
        group, name = path.split(".")
        assert one.answers[group][name] == value


def test_errors_are_written_whole_or_not_at_all(tmp_path: Path, workspace: Workspace) -> None:
    made = make_roster(tmp_path / "r.xlsx", 4, {2: "degree-unknown"})
    _, failed = failures_of(made.path, workspace)
    write_errors(tmp_path / "errors.xlsx", failed, workspace)
    before = (tmp_path / "errors.xlsx").read_bytes()

    def breaks() -> Iterator[Failure]:
        yield failed[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_errors(tmp_path / "errors.xlsx", breaks(), workspace)
    assert (tmp_path / "errors.xlsx").read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["errors.xlsx", "r.xlsx"]
    write_errors(tmp_path / "again.xlsx", iter(failed), workspace)
    assert (tmp_path / "again.xlsx").read_bytes() == before
    with pytest.raises(PackError):
        write_errors(tmp_path / "no" / "errors.xlsx", failed, workspace)


def test_an_answer_that_no_cell_can_hold_is_left_to_be_typed(
    tmp_path: Path, workspace: Workspace
) -> None:
    long = {**client(1), "authority.reserved_matters": ["甲" * 2000] * 20}
    fault = problem("answers.blank", "x", field="authority.reserved_matters")
    one = Client(1, "x", "x", nested(long), {})
    write_errors(tmp_path / "errors.xlsx", [Failure(one, (fault,))], workspace)
    sheet = load_workbook(tmp_path / "errors.xlsx")[ROSTER]
    column = next(c.column for c in sheet[1] if c.value == "authority.reserved_matters")
    assert sheet.cell(4, column).value is None
    assert sheet.cell(4, column).comment is not None


# ---------------------------------------------------------------- size


FEW = [p for p in client(1) if p.startswith(("company.", "candidate.name", "fund."))]


def test_a_large_roster_is_streamed(tmp_path: Path, workspace: Workspace) -> None:
    """Ten times the clients, with their lists, take no more memory."""
    peaks = []
    for count in (200, 2000):
        path = tmp_path / f"{count}.xlsx"
        rows = ({p: v for p, v in client(n).items() if p in FEW} for n in range(count))
        write_roster(path, workspace, (Filled(nested(row)) for row in rows))
        tracemalloc.start()
        try:
            with open_roster(path, workspace) as roster:
                assert sum(len(one.name) > 5 for one in roster) == count
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert peaks[1] < peaks[0] + 500_000


def test_failures_are_written_as_a_stream(tmp_path: Path, workspace: Workspace) -> None:
    made = make_roster(tmp_path / "r.xlsx", 30, {3: "degree-unknown"})
    _, (failure,) = failures_of(made.path, workspace)
    peaks = []
    for count in (30, 300):
        tracemalloc.start()
        try:
            write_errors(tmp_path / "e.xlsx", (failure for _ in range(count)), workspace)
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert peaks[1] < peaks[0] + 500_000


# ---------------------------------------------------------------- the command


def test_the_command_writes_a_roster_once(cli_invoke: Callable[..., Any]) -> None:
    done = cli_invoke("form", "--roster", "-o", "名册.xlsx")
    assert (done.code, done.err) == (0, "")
    assert "cqo-docs batch 名册.xlsx" in done.out
    filled = Path("名册.xlsx").read_bytes()
    again = cli_invoke("form", "--roster", "-o", "名册.xlsx")
    assert again.code == 1
    assert "请换一个文件名" in again.err
    assert Path("名册.xlsx").read_bytes() == filled


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--roster",), 2, "缺少“--output”"),
        (("--roster", "-o", "名册.xls"), 1, "须以 .xlsx 结尾"),
        (("--roster", "-o", "没有/名册.xlsx"), 1, "路径不存在"),
    ],
)
def test_the_command_used_wrongly(
    words: tuple[str, ...], code: int, said: str, cli_invoke: Callable[..., Any]
) -> None:
    done = cli_invoke("form", *words)
    assert done.code == code
    assert said in done.err
    assert not list(Path().iterdir())


# ---------------------------------------------------------------- other programs


@pytest.mark.slow
def test_a_form_that_libreoffice_saved_again(
    form: Path, tmp_path: Path, workspace: Workspace
) -> None:
    answers = [client(n) for n in range(1, 41)]
    filling = Filling(form)
    for one in answers:
        filling.client(one)
    filling.save(tmp_path / "typed.xlsx")
    made = make_roster(tmp_path / "ours.xlsx", 60, KINDS)
    _, failed = failures_of(made.path, workspace)
    write_errors(tmp_path / "errors.xlsx", failed, workspace)
    out = tmp_path / "saved"
    out.mkdir()
    sources = {
        name: (tmp_path / name).read_bytes() for name in ("typed.xlsx", "ours.xlsx", "errors.xlsx")
    }
    for name, data in resaved(sources, "xlsx:Calc MS Excel 2007 XML").items():
        (out / name).write_bytes(data)
    same(read(out / "typed.xlsx", workspace), answers, workspace)
    passed, again = failures_of(out / "ours.xlsx", workspace)
    assert len(passed) == 60 - len(KINDS)
    assert [codes(f) for f in again] == [codes(f) for f in failed]
    names = cure(out / "errors.xlsx", made, tmp_path / "cured.xlsx")
    clients = read(tmp_path / "cured.xlsx", workspace)
    assert [one.name for one in clients] == names
    same(clients, [made.clients[n - 1] for n in sorted(made.broken)], workspace)
    # What openpyxl has saved in between is not ours to answer for.
    sound(out / "ours.xlsx", out / "errors.xlsx")

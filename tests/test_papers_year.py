"""The papers of a year: plan with calendar, training, review, planning."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from cases import (
    AS_OF,
    DB50,
    DRAFT,
    IN_GUANGDONG,
    IN_SHANXI,
    OWNER_IS_OFFICER,
    SAMPLES,
    SHANXI,
    STATE_OWNED,
    TEXTBOOK,
    adopting,
    block_texts,
    companies,
    make_plan,
    papers_of,
    plan_of,
    printed,
    source_of,
    status_of,
    texts_in,
    workspace,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from office import page_texts
from test_office import LEAST_TEXT, text_beside_signatures

from cqo_docs import generation
from cqo_docs.papers.composer import Document
from cqo_docs.papers.tables import year as year_tables
from cqo_docs.plan.model import Plan
from cqo_docs.render.calendar import calendar_file

Answers = Mapping[str, Any]
Row = Mapping[str, str]
WORDS = workspace().wording
YEAR = ("year-plan", "training", "review", "planning")
LARGE: Answers = {"company.employees": 3000, "company.revenue": 900000, "company.assets": 900000}
MICRO: Answers = {"company.employees": 8, "company.revenue": 200}
FOREIGN: Answers = {"company.registration": "310", "company.control": "foreign"}
COOPERATIVE: Answers = {
    "company.registration": "400", "company.governance": "none", "company.industry_code": "A01",
}  # fmt: skip
SERVICES: Answers = {"company.industry_code": "I65"}
NO_FUND: Answers = {"fund.establish": False, "fund.total": None}
OPEN_FUND: Answers = {"fund.total": None}
BEGINS = {"appointment.start": date(2026, 7, 1), "appointment.decision_date": date(2026, 6, 18)}
NEXT_YEAR = {"assessment.year": 2027, "fund.year": 2027}
SEVERAL: Answers = adopting(DB50, SHANXI, TEXTBOOK, DRAFT)
KINDS: Mapping[str, Sequence[Answers]] = {
    "large": (LARGE,),
    "state-owned": (IN_SHANXI, STATE_OWNED),
    "foreign": (IN_GUANGDONG, FOREIGN),
    "cooperative": (IN_SHANXI, COOPERATIVE),
    "services": (SERVICES,),
    "micro": (MICRO,),
    "owner": (MICRO, OWNER_IS_OFFICER),
    "no-fund": (LARGE, NO_FUND),
    "open-fund": (LARGE, OPEN_FUND),
    "several": (LARGE, SEVERAL),
    "several-micro": (MICRO, OWNER_IS_OFFICER, SEVERAL),
    "next-year": (LARGE, NEXT_YEAR),
    "mid-year": (LARGE, BEGINS),
    "renewal": (LARGE, {"appointment.kind": "renewal"}),
    "quarterly": (LARGE, {"assessment.cycle": "quarter"}),
    "barred": (LARGE, adopting(DB50), {"candidate.bar_benefit": True}),
    "nobody": (MICRO, OWNER_IS_OFFICER, {"assessment.assessor": "nobody"}),
    "unassessed": (LARGE, {"assessment.assessor": None}),
}


def asked(*changes: Answers, papers: Sequence[str] = YEAR) -> Plan:
    """The plan of a company that asked for some papers."""
    return make_plan(*changes, {"output.documents": list(papers)})


@pytest.fixture(params=KINDS, scope="module")
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def papers(kind: str) -> Mapping[str, Document]:
    """The four papers of one kind of company, and the budget beside them."""
    return papers_of(asked(*KINDS[kind], papers=(*YEAR, "budget", "assessment")))


def rows(document: Document, name: str) -> list[Row]:
    found: list[Row] = document.contexts["docx"][name]
    return found


def money(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


def grouped(found: Sequence[Row]) -> list[str]:
    """The group of every row: joined cells carry the group above."""
    groups: list[str] = []
    for row in found:
        groups.append(row["group"] or groups[-1])
    return groups


# ---------------------------------------------------------------- who gets them


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ((), False),
        ((MICRO,), False),
        ((FOREIGN,), False),
        ((LARGE,), True),
        ((IN_SHANXI, STATE_OWNED), True),
        ((MICRO, STATE_OWNED), True),
        (({"company.employees": None, "company.revenue": None, "company.assets": None},), False),
    ],
    ids=["small", "micro", "foreign", "large", "state-owned", "micro-state", "size-unknown"],
)
def test_large_and_state_owned_firms_get_them_by_default(
    changes: Sequence[Answers], wanted: bool
) -> None:
    have = {planned.paper.id for planned in make_plan(*changes).papers}
    assert set(YEAR) & have == (set(YEAR) if wanted else set())


def test_anybody_may_ask_for_them() -> None:
    assert set(papers_of(asked(MICRO))) == set(YEAR)


# ---------------------------------------------------------------- every paper of every kind


@pytest.mark.parametrize("paper", YEAR)
def test_a_paper_holds_no_word_of_the_program(
    papers: Mapping[str, Document], kind: str, paper: str
) -> None:
    document = papers[paper]
    assert len(printed(document)) > 300
    for text in texts_in(document.contexts["docx"]):
        for sign in ("{", "}", "None", "Decimal", "[]", "True", "False"):
            assert sign not in text, (kind, text)
    shown = " ".join(
        text
        for name, value in document.contexts["docx"].items()
        if name != "labels"
        for text in texts_in(value)
    )
    latin = set(re.findall(r"[A-Za-z]{2,}", shown)) - {"DB", "QC"}
    assert not latin, (kind, paper)


@pytest.mark.parametrize("paper", YEAR)
def test_tables_name_every_column(papers: Mapping[str, Document], paper: str) -> None:
    """A row's values stand under headings that its labels give."""
    document = papers[paper]
    labels = document.contexts["docx"]["labels"]
    for name, spec in workspace().library.paper(paper).rows.items():
        if isinstance(spec, str) and name in labels and rows(document, name):
            assert set(labels[name]) - {"caption"} <= set(rows(document, name)[0]), name


def test_only_answers_are_listed_as_missing(kind: str) -> None:
    """Days, results and hours to come are written by hand; the questionnaire lacks little."""
    lacking = {
        "open-fund": ["fund.total"],
        "owner": [],
        "barred": [],
    }
    plan = asked(*KINDS[kind], papers=(*YEAR, "confirm"))
    blanks = papers_of(plan)["confirm"].contexts["docx"]["blanks"]
    wanted = [WORDS.label(path) for path in lacking.get(kind, [])]
    assert [row["field"] for row in blanks] == wanted


@pytest.mark.parametrize(
    ("path", "paper"),
    [
        ("candidate.certificate", "首席质量官能力提升计划与记录"),
        ("candidate.training", "首席质量官能力提升计划与记录"),
        ("appointment.decision_date", "首席质量官制度策划书"),
        ("appointment.party.date", "首席质量官制度策划书"),
        ("appointment.level", "首席质量官制度策划书"),
    ],
)
def test_an_answer_that_a_paper_wants_is_listed(path: str, paper: str) -> None:
    plan = asked(IN_SHANXI, STATE_OWNED, {path: None}, papers=(*YEAR, "confirm"))
    blanks = papers_of(plan)["confirm"].contexts["docx"]["blanks"]
    found = {row["field"]: row["papers"] for row in blanks}
    assert paper in found[WORDS.label(path)]


HOSTILE = ["R&D <甲>“乙”'有限'公司", "{{ person }}", "=1+1", "../../a", "{n}{units}%s", "]]>&amp;"]


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values_stand_word_for_word(value: str) -> None:
    indicator = {"name": value, "target": f"{value}1", "evidence": f"{value}2", "weight": 100}
    item = {"name": f"{value}3", "group": "talent", "amount": "12.34", "owner": f"{value}4"}
    changes = {
        "company.name": value,
        "candidate.name": f"{value}5",
        "company.departments": [f"{value}6"],
        "appointment.post_title": f"{value}7",
        "assessment.indicators": [indicator],
        "fund.items": [{**item, "basis": f"{value}8"}],
        "fund.total": None,
    }
    plan = asked(LARGE, changes)
    texts = {name: printed(document) for name, document in papers_of(plan).items()}
    for number, paper in (
        ("", "year-plan"), ("1", "year-plan"), ("2", "year-plan"), ("3", "year-plan"),
        ("4", "year-plan"), ("5", "year-plan"), ("6", "year-plan"), ("7", "year-plan"),
        ("", "training"), ("3", "training"), ("5", "training"), ("8", "training"),
        ("", "review"), ("1", "review"), ("5", "planning"), ("6", "planning"), ("7", "planning"),
    ):  # fmt: skip
        assert f"{value}{number}" in texts[paper], (number, paper)
    for file in generation.pack_files(plan, workspace()):
        assert file.data


# ---------------------------------------------------------------- plan of the year


def test_objectives_are_the_indicators_of_the_assessment(papers: Mapping[str, Document]) -> None:
    def named(paper: str, table: str) -> list[tuple[str, str]]:
        return [(row["name"], row["target"]) for row in rows(papers[paper], table)]

    assert named("year-plan", "objectives") == named("assessment", "indicators")
    assert named("review", "goals") == named("assessment", "indicators")


def test_own_objectives_leave_their_measures_to_the_enterprise() -> None:
    own = [{"name": "返修率", "target": "不高于0.8%", "weight": 100}]
    (row,) = rows(papers_of(asked({"assessment.indicators": own}))["year-plan"], "objectives")
    assert (row["name"], row["target"], row["owner"]) == ("返修率", "不高于0.8%", "首席质量官")
    assert set(row["measure"]) == {"＿"}


def test_every_task_has_its_quarter_and_who_does_it(
    papers: Mapping[str, Document], kind: str
) -> None:
    found = rows(papers["year-plan"], "tasks")
    quarters = WORDS.formats["quarters"]
    first = {"mid-year": 2, "next-year": 0, "renewal": 0}.get(kind, 3)
    assert list(dict.fromkeys(grouped(found))) == quarters[first:]
    assert [row["no"] for row in found] == [str(n) for n in range(1, len(found) + 1)]
    assert all(row["task"] and row["owner"] and row["output"] for row in found)
    assert len({(g, row["task"]) for g, row in zip(grouped(found), found, strict=True)}) == len(
        found
    )


@pytest.mark.parametrize(
    ("changes", "task", "wanted"),
    [
        ((adopting(DB50),), "检查缺陷产品召回制度和预案，组织演练", True),
        ((), "检查缺陷产品召回制度和预案，组织演练", True),
        ((IN_GUANGDONG,), "检查缺陷产品召回制度和预案，组织演练", False),
        ((IN_GUANGDONG,), "编制年度质量培训计划", True),
        ((IN_SHANXI,), "测量顾客满意度，分析并处理反映的问题", True),
        ((IN_GUANGDONG,), "测量顾客满意度，分析并处理反映的问题", False),
    ],
)
def test_tasks_follow_the_duties_in_play(
    changes: Sequence[Answers], task: str, wanted: bool
) -> None:
    found = rows(papers_of(asked(LARGE, *changes))["year-plan"], "tasks")
    assert (task in {row["task"] for row in found}) is wanted


def test_every_task_and_event_of_the_content_can_be_reached() -> None:
    """Some company has each of them; what nobody can have would be dead words."""
    reached: dict[str, set[str]] = {name: set() for name in ("tasks", "events", "courses")}
    for changes in ((LARGE, SEVERAL), (IN_SHANXI, LARGE, SEVERAL)):
        source = source_of(asked(*changes))
        for name, found in reached.items():
            found |= {raw["id"] for raw in year_tables.offered(source, name)}
    for name, found in reached.items():
        assert found == {raw["id"] for raw in workspace().library.year[name]}, name
        assert found == set(WORDS.year[name]), name


@pytest.mark.parametrize(
    ("departments", "task", "owner"),
    [
        (["质量部", "检测中心"], "编制计量器具检定校准计划，按期送检", "检测中心"),
        (["质量部", "检测中心"], "编制年度质量培训计划", "质量部"),
        (["工程部", "产品安全部"], "核查质量安全关键岗位的职责、规程和上岗条件", "产品安全部"),
        (["工程部"], "核查质量安全关键岗位的职责、规程和上岗条件", "工程部"),
        ([], "编制计量器具检定校准计划，按期送检", "质量检验"),
        (["质量部"], "总结年度质量工作，向总经理报告", "首席质量官"),
    ],
)
def test_a_task_goes_to_the_department_whose_name_tells_so(
    departments: list[str], task: str, owner: str
) -> None:
    plan = asked(LARGE, adopting(DB50), {"company.departments": departments})
    found = {row["task"]: row["owner"] for row in rows(papers_of(plan)["year-plan"], "tasks")}
    assert found[task] == owner


def test_in_a_micro_firm_the_officer_does_it_all() -> None:
    found = papers_of(asked(MICRO, OWNER_IS_OFFICER))["year-plan"]
    for table in ("objectives", "tasks", "checks", "calendar"):
        assert {row["owner"] for row in rows(found, table)} == {"首席质量官"}, table
    assert len(rows(found, "tasks")) < 10


# ---------------------------------------------------------------- sums


def test_resources_are_the_budget_to_the_cent(papers: Mapping[str, Document], kind: str) -> None:
    plan = papers["year-plan"]
    resources, totals = rows(plan, "resources"), rows(plan, "totals")
    if kind in {"no-fund", "open-fund"}:
        assert (resources, totals) == ([], [])
        return
    budget = papers["budget"]
    capital = budget.contexts["docx"]["capital"]
    text = "".join(block_texts(plan, "funds-sums") + block_texts(plan, "funds-short"))
    total = rows(budget, "totals")[0]["amount"]
    assert capital in text
    assert f"¥{total}" in text
    if resources:
        keys = ("name", "q1", "q2", "q3", "q4", "amount", "owner")
        assert [[r[k] for k in keys] for r in resources] == [
            [r[k] for k in keys] for r in rows(budget, "items")
        ]
        assert totals == rows(budget, "totals")
        for key in ("q1", "q2", "q3", "q4", "amount"):
            assert sum(money(r[key]) for r in resources) == money(totals[0][key])
    else:
        assert "micro" in kind or kind in {"owner", "nobody"}


def test_training_is_paid_by_the_talent_lines(papers: Mapping[str, Document], kind: str) -> None:
    training = papers["training"]
    funds = rows(training, "funds")
    if kind in {"no-fund", "open-fund"}:
        assert (funds, rows(training, "total")) == ([], [])
        part = "no-fund" if kind == "no-fund" else "open-fund"
        assert len(block_texts(training, part)) == 1
        return
    items = rows(papers["budget"], "items")
    talent = WORDS.option("fund.items[].group", "talent")
    groups = grouped(items)
    wanted = [r["amount"] for g, r in zip(groups, items, strict=True) if g == talent]
    assert [row["amount"] for row in funds] == wanted
    assert sum(map(money, wanted)) == money(rows(training, "total")[0]["amount"])


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_sums_of_every_sample_are_those_of_its_budget(path: Any) -> None:
    file = generation.read_answers(path, workspace())
    plan = generation.make_plan(file, workspace(), AS_OF, (*YEAR, "budget"))
    found = papers_of(plan)
    if not rows(found["year-plan"], "totals"):
        fund = plan.case.answers.fund
        micro = plan.case.profile.size == "micro"
        assert micro or not fund.establish or not (fund.items or fund.total)
        return
    assert rows(found["year-plan"], "totals") == rows(found["budget"], "totals")
    assert len(rows(found["year-plan"], "resources")) == len(rows(found["budget"], "items"))


@pytest.mark.parametrize(("payroll", "told"), [(None, False), (100000, True), (90000000, False)])
def test_training_above_the_cap_is_told(payroll: int | None, told: bool) -> None:
    document = papers_of(asked(LARGE, {"fund.payroll_total": payroll}))["training"]
    assert bool(block_texts(document, "cap")) is told


# ---------------------------------------------------------------- calendar


def calendar_of(plan: Plan) -> tuple[bytes, list[Row]]:
    """The calendar file of a plan, and the table that it has to equal."""
    (file,) = [f for f in generation.pack_files(plan, workspace()) if f.path.endswith(".ics")]
    return file.data, rows(papers_of(plan)["year-plan"], "calendar")


def test_the_calendar_file_holds_what_the_table_holds(kind: str) -> None:
    data, table = calendar_of(asked(*KINDS[kind]))
    events = Calendar.from_ical(data).walk("VEVENT")
    assert len(events) == len(table) >= 3
    for event, row in zip(events, table, strict=True):
        day = event.decoded("dtstart")
        assert (WORDS.date(day), str(event["summary"])) == (row["day"], row["matter"])
        assert event.decoded("dtend") == day + timedelta(days=1)
        assert str(event["description"]).split("\n") == [
            f"周期：{row['cycle']}", f"责任部门：{row['owner']}", f"输出：{row['output']}",
        ]  # fmt: skip


def test_the_calendar_keeps_to_its_format(kind: str) -> None:
    data, _ = calendar_of(asked(*KINDS[kind]))
    calendar = Calendar.from_ical(data)
    assert (str(calendar["version"]), str(calendar["method"])) == ("2.0", "PUBLISH")
    events = calendar.walk("VEVENT")
    assert len({str(event["uid"]) for event in events}) == len(events)
    for event in events:
        assert event["dtstart"].params["VALUE"] == "DATE"
        assert event.decoded("dtstamp") == datetime(2026, 11, 21, tzinfo=UTC)
        assert type(event.decoded("dtstart")) is date
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert b"None" not in data


@pytest.mark.parametrize(
    "value", ["甲,乙;丙\\丁", "BEGIN:VEVENT", "R&D <x> {{ y }}", "质" * 60, "a:b\"c'd"]
)
def test_hostile_values_come_back_from_the_calendar(value: str) -> None:
    plan = asked(LARGE, {"company.short_name": value, "company.departments": [value]})
    data, table = calendar_of(plan)
    calendar = Calendar.from_ical(data)
    owners = [str(event["description"]).split("\n")[1] for event in calendar.walk("VEVENT")]
    assert owners == [f"责任部门：{row['owner']}" for row in table]
    assert f"责任部门：{value}" in owners
    assert data.count(b"\r\nBEGIN:VEVENT") == len(table)
    unfolded = data.replace(b"\r\n ", b"").decode()
    escaped = value.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;")
    assert f"X-WR-CALNAME:{escaped}2026年度质量工作计划\r\n" in unfolded


# What the answers may hold: no control signs.
TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs")) | st.just("\n"), max_size=120)


@given(st.lists(st.tuples(TEXT, TEXT, st.dates(date(1990, 1, 1), date(2099, 12, 31))), max_size=4))
@settings(max_examples=60, deadline=None)
def test_whatever_is_written_is_read_back_from_the_calendar(
    given_events: list[tuple[str, str, date]],
) -> None:
    events = [
        {"uid": f"{n}@x", "day": day, "summary": summary, "description": description}
        for n, (summary, description, day) in enumerate(given_events)
    ]
    data = calendar_file({"as_of": AS_OF, "company_name": "甲", "name": "乙", "events": events})
    assert all(len(line) <= 75 and line for line in data.removesuffix(b"\r\n").split(b"\r\n"))
    assert all(line.decode() is not None for line in data.split(b"\r\n"))  # no sign is broken
    found = [
        (str(e["summary"]), str(e["description"]), e.decoded("dtstart"))
        for e in Calendar.from_ical(data).walk("VEVENT")
    ]
    assert found == given_events


def test_equal_plans_give_equal_calendars_and_a_new_day_keeps_the_ids() -> None:
    one, again, later = (
        calendar_of(asked(LARGE, changes))[0]
        for changes in ({}, {}, {"company.departments": ["质保部"]})
    )
    assert one == again != later

    def ids(data: bytes) -> list[str]:
        return [str(event["uid"]) for event in Calendar.from_ical(data).walk("VEVENT")]

    assert ids(one) == ids(later)
    other = calendar_of(asked(LARGE, {"company.name": "渝州重工有限公司"}))[0]
    assert not set(ids(one)) & set(ids(other))


def test_no_day_of_the_calendar_is_a_weekend_or_before_the_term(kind: str) -> None:
    source = source_of(asked(*KINDS[kind]))
    events, first = year_tables.events(source), year_tables.first_day(source)
    assert [e.day for e in events] == sorted(e.day for e in events)
    for event in events:
        assert event.day.year == year_tables.plan_year(source)
        assert event.day >= first
        if event.day != first:
            assert event.day.weekday() < 5, event


@pytest.mark.parametrize(
    ("day", "moved"),
    [
        (date(2026, 9, 18), date(2026, 9, 18)),
        (date(2026, 9, 19), date(2026, 9, 18)),
        (date(2026, 9, 20), date(2026, 9, 21)),
    ],
)
def test_a_weekend_gives_way_to_the_working_day_beside_it(day: date, moved: date) -> None:
    assert year_tables.workday(day) == moved


@pytest.mark.parametrize(
    ("cycle", "times", "words"),
    [("annual", 1, "每年"), ("half-year", 2, "每半年"), ("quarter", 4, "每季度")],
)
def test_the_officer_is_assessed_as_often_as_the_cycle_says(
    cycle: str, times: int, words: str
) -> None:
    plan = asked(LARGE, NEXT_YEAR, {"assessment.cycle": cycle})
    found = [
        row
        for row in rows(papers_of(plan)["year-plan"], "calendar")
        if row["matter"] == "考核首席质量官履职情况"
    ]
    assert [row["cycle"] for row in found] == [words] * times


@pytest.mark.parametrize(
    ("changes", "matter", "wanted"),
    [
        ((NO_FUND,), "核对专项经费执行情况", False),
        ((), "核对专项经费执行情况", True),
        ((IN_SHANXI,), "核对首席质量官聘任备案信息，有变更的办理变更", True),
        ((), "核对首席质量官聘任备案信息，有变更的办理变更", False),
        ((), "评估首席质量官制度，提出改进措施", True),
    ],
)
def test_the_calendar_follows_what_is_in_play(
    changes: Sequence[Answers], matter: str, wanted: bool
) -> None:
    found = rows(papers_of(asked(LARGE, NEXT_YEAR, *changes))["year-plan"], "calendar")
    assert (matter in {row["matter"] for row in found}) is wanted


@pytest.mark.parametrize(
    ("changes", "first", "note"),
    [
        (BEGINS, date(2026, 7, 1), True),
        ({**BEGINS, "appointment.kind": "renewal"}, date(2026, 1, 1), False),
        ({**BEGINS, "assessment.year": 2027}, date(2027, 1, 1), False),
        ({**BEGINS, "appointment.kind": None}, date(2026, 7, 1), True),
        ({"appointment.start": date(2026, 12, 31)}, date(2026, 12, 31), True),
    ],
)
def test_a_plan_begins_with_the_term_of_a_new_officer(
    changes: Answers, first: date, note: bool
) -> None:
    plan = asked(LARGE, changes)
    source = source_of(plan)
    assert year_tables.first_day(source) == first
    document = papers_of(plan)["year-plan"]
    assert bool(block_texts(document, "begin")) is note
    assert rows(document, "calendar")
    assert len(rows(document, "checks")) == len(year_tables.live_quarters(source))


def test_the_pack_lists_the_calendar_like_any_file(tmp_path: Any) -> None:
    path = next(path for path in SAMPLES if path.stem == "shanxi-steel-medium")
    file = generation.read_answers(path, workspace())
    _, written = generation.generate(file, workspace(), tmp_path, AS_OF)
    name = "11-年度质量工作计划.ics"
    manifest = json.loads((written.folder / "manifest.json").read_text(encoding="utf-8"))
    (entry,) = [f for f in manifest["files"] if f["path"] == name]
    assert entry["document"] == "year-plan"
    assert (written.folder / name).stat().st_size == entry["size"]
    assert not any(name.endswith(".ics") for name in manifest["templates"])
    _, again = generation.generate(file, workspace(), tmp_path, AS_OF)
    assert again.manifest["files"] == manifest["files"]


def test_a_calendar_without_events_is_a_calendar() -> None:
    data = calendar_file({"as_of": AS_OF, "company_name": "甲", "name": "空", "events": []})
    assert Calendar.from_ical(data).walk("VEVENT") == []


# ---------------------------------------------------------------- training


def test_what_a_standard_wants_and_what_the_firm_chooses_stand_apart() -> None:
    document = papers_of(asked(LARGE, IN_SHANXI))["training"]
    (wanted,) = block_texts(document, "required-items")
    assert "质检办质〔2012〕749号" in wanted
    offers = block_texts(document, "offers")
    assert [text.partition("，")[0] for text in offers] == [
        "2.依据晋市监发〔2021〕264号", "3.参照质检办质〔2012〕749号",
    ]  # fmt: skip
    own = [b for b in document.blocks if b.id in {"training/hours", "training/proof"}]
    assert {b.origin for b in own} == {"enterprise"}
    assert "各文件均未规定" in own[0].text


def test_a_bar_of_hours_is_never_invented() -> None:
    for changes in KINDS.values():
        text = printed(papers_of(asked(*changes))["training"])
        assert not re.search(r"\d+\s*学时", text)


@pytest.mark.parametrize(
    ("training", "entry"), [("none", True), (None, True), ("attended", False), ("passed", False)]
)
def test_the_entry_course_is_for_who_has_not_attended_it(training: str | None, entry: bool) -> None:
    document = papers_of(asked(LARGE, {"candidate.training": training}))["training"]
    names = [row["name"] for row in rows(document, "courses")]
    assert ("首席质量官任职培训" in names) is entry
    assert "年度继续教育" in names
    assert [row["no"] for row in rows(document, "courses")] == [
        str(n) for n in range(1, len(names) + 1)
    ]


@pytest.mark.parametrize(("certificate", "numbered"), [(True, True), (None, True), (False, False)])
def test_a_certificate_that_is_not_there_has_no_number(
    certificate: bool | None, numbered: bool
) -> None:
    document = papers_of(asked(LARGE, {"candidate.certificate": certificate}))["training"]
    labels = {row["label2"] for row in rows(document, "state")}
    assert ("证书编号" in labels) is numbered


def test_the_record_has_empty_rows(papers: Mapping[str, Document], kind: str) -> None:
    found = rows(papers["training"], "records")
    short = kind in {"micro", "owner", "several-micro", "nobody"}
    assert len(found) == (4 if short else 6)
    assert all(not row["day"] and not row["result"] for row in found)


# ---------------------------------------------------------------- review


def test_results_are_left_to_be_written(papers: Mapping[str, Document]) -> None:
    document = papers["review"]
    for row in rows(document, "goals"):
        assert (row["result"], row["gap"]) == ("", "")
    assert {row["state"] for row in rows(document, "running_rows")} == {""}
    chances = rows(document, "opportunities")
    assert [row["text"] for row in chances[-3:]] == ["", "", ""]


@pytest.mark.parametrize(
    ("changes", "text", "origin", "priority"),
    [
        (
            (adopting(DB50), NO_FUND),
            "设立专项经费与文件规定不一致", "依据DB50/T 1696—2024 8.1", "高",
        ),
        (
            ({"appointment.level": "department"},),
            "岗位层级与文件规定不一致", "参照质检办质〔2012〕749号", "中",
        ),
        (
            (IN_SHANXI, {"appointment.appointer": "general-manager"}),
            "聘任与授权与文件规定不一致", "参照质检办质〔2012〕749号", "中",
        ),
    ],
)  # fmt: skip
def test_what_the_plan_leaves_open_is_a_chance_to_improve(
    changes: Sequence[Answers], text: str, origin: str, priority: str
) -> None:
    found = {
        row["text"]: row
        for row in rows(papers_of(asked(LARGE, *changes))["review"], "opportunities")
    }
    assert text in found
    assert found[text]["origin"] == origin
    assert found[text]["priority"] == priority


def test_one_paper_reads_as_in_the_whole_pack() -> None:
    whole = papers_of(make_plan(LARGE, IN_SHANXI, STATE_OWNED))
    alone = papers_of(asked(LARGE, IN_SHANXI, STATE_OWNED))
    for paper, table in (
        ("review", "opportunities"), ("planning", "standards"), ("planning", "factors"),
        ("year-plan", "tasks"), ("year-plan", "calendar"), ("training", "courses"),
    ):  # fmt: skip
        assert rows(whole[paper], table) == rows(alone[paper], table), (paper, table)


def test_a_declared_bar_is_no_chance_to_improve() -> None:
    document = papers_of(asked(*KINDS["barred"]))["review"]
    assert not any("谋取" in row["text"] for row in rows(document, "opportunities"))


@pytest.mark.parametrize(
    ("changes", "item", "missing"),
    [
        ((), "履职考核", "履职记录"),
        ((OWNER_IS_OFFICER, {"assessment.assessor": "nobody"}), "履职记录", "履职考核"),
        ((NO_FUND,), "能力提升", "经费执行"),
        ((MICRO,), "事故与退出", "激励措施"),
    ],
)
def test_the_review_looks_at_what_there_is(
    changes: Sequence[Answers], item: str, missing: str
) -> None:
    items = [row["item"] for row in rows(papers_of(asked(*changes))["review"], "running_rows")]
    assert item in items
    assert missing not in items


# ---------------------------------------------------------------- planning


def test_the_figures_of_a_standard_add_up_and_hold_every_clause(kind: str) -> None:
    plan = asked(*KINDS[kind])
    found = rows(papers_of(plan)["planning"], "standards")
    roles = [r for r in plan.standards if r.role != "background"]
    assert [row["role"] for row in found] == [WORDS.formats["role"][r.role] for r in roles]
    for row, role in zip(found, roles, strict=True):
        parts = [int(row[name]) for name in ("own", "optional", "apart", "known")]
        assert sum(parts) == int(row["total"]) == len(role.standard.clauses)
        assert int(row["apart"]) == plan.counts(role.standard.id)["not_applicable"]


def test_only_named_people_stand_in_the_drafting_group(papers: Mapping[str, Document]) -> None:
    given = {"周正平", "吴建国", "陈思远"}
    names = [row["name"] for row in rows(papers["planning"], "group")]
    assert all(name in given or set(name) == {"＿"} for name in names)
    known = [name for name in names if name in given]
    assert len(known) == len(set(known)) >= 1


@pytest.mark.parametrize(
    ("changes", "group"),
    [
        ((), ["周正平", "吴建国", "陈思远", "＿＿＿＿"]),
        (
            ({"company.departments": ["质量部"]},),
            ["周正平", "吴建国", "陈思远", "＿＿＿＿", "＿＿＿＿"],
        ),
        (({"company.general_manager": None},), ["周正平", "陈思远", "＿＿＿＿"]),
        (({"company.general_manager": "周 正平"},), ["周正平", "陈思远", "＿＿＿＿"]),
        ((MICRO, OWNER_IS_OFFICER), ["陈思远", "＿＿＿＿"]),
    ],
)  # fmt: skip
def test_the_drafting_group_has_everybody_once(
    changes: Sequence[Answers], group: list[str]
) -> None:
    found = rows(papers_of(asked(*changes))["planning"], "group")
    assert [row["name"] for row in found] == group


def stages(*changes: Answers) -> list[str]:
    return [row["stage"] for row in rows(papers_of(asked(*changes))["planning"], "schedule")]


def test_the_party_comes_before_the_decision() -> None:
    owned = stages(IN_SHANXI, STATE_OWNED)
    assert owned.index("研究") < owned.index("决定") < owned.index("任职")
    assert "研究" not in stages()


def test_dates_of_the_schedule_are_those_of_the_other_papers() -> None:
    document = papers_of(asked(IN_SHANXI, STATE_OWNED))["planning"]
    times = {row["stage"]: row["time"] for row in rows(document, "schedule")}
    assert times["研究"] == "2026年11月6日"
    assert times["决定"] == "2026年11月9日"


@pytest.mark.parametrize(
    ("changes", "factor", "measure"),
    [
        ((IN_SHANXI, STATE_OWNED), "治理结构", "先经党组织研究讨论，再由董事会决定"),
        ((MICRO, OWNER_IS_OFFICER), "一人兼任", "由股东会决定聘任并组织考核，不向本人授权"),
        (({"company.exporter": True},), "进出口", "跟踪目的地的技术法规和合格评定要求"),
        ((NO_FUND,), "经费", "所需费用列入有关部门预算"),
        ((OPEN_FUND,), "经费", "确定预算总额后列入年度资金使用计划"),
        (KINDS["barred"], "人选", "人选有不得任职的情形，情形属实的另选人员"),
        (({"candidate.training": "none"},), "人选", "人选尚不符合任职条件，补正后聘任或者另选人员"),
    ],
)  # fmt: skip
def test_factors_fit_the_company(changes: Sequence[Answers], factor: str, measure: str) -> None:
    found = rows(papers_of(asked(*changes))["planning"], "factors")
    assert {row["factor"]: row["measure"] for row in found}.get(factor) == measure


def test_stages_name_the_papers_of_the_pack() -> None:
    whole = rows(papers_of(make_plan(LARGE))["planning"], "stages")
    outputs = {row["stage"]: row["output"] for row in whole}
    assert "《首席质量官管理制度》" in outputs["建立"]
    assert "《年度质量工作计划》" in outputs["实施"]
    alone = rows(papers_of(asked(LARGE, papers=["planning"]))["planning"], "stages")
    assert {row["stage"]: row["output"] for row in alone}["建立"] == "制度文件"


# ---------------------------------------------------------------- clauses that they cover


@pytest.mark.parametrize(
    ("ref", "paper"),
    [
        ("建设流程-1", "planning"), ("策划-1", "planning"), ("策划-2", "planning"),
        ("评估与持续改进-1", "review"), ("评估与持续改进-2", "review"),
        ("评估与持续改进-3", "review"), ("评估与持续改进-4", "review"),
        ("评估与持续改进-5", "review"), ("建立与实施-9", "training"),
        ("建立与实施-10", "review"),
    ],
)  # fmt: skip
def test_a_clause_is_covered_by_the_paper_that_says_it(ref: str, paper: str) -> None:
    """Alone, without the rules of the institution, which say much of it too."""
    without = asked(LARGE, IN_GUANGDONG, adopting(DRAFT), papers=["year-plan"])
    assert status_of(without, DRAFT, ref) == "action"
    alone = asked(LARGE, IN_GUANGDONG, adopting(DRAFT), papers=[paper])
    assert status_of(alone, DRAFT, ref) == "covered"


def test_incentives_are_checked_where_a_standard_names_them() -> None:
    document = papers_of(asked(LARGE, IN_SHANXI))["review"]
    topics = {b.topic for b in document.blocks if b.topic.startswith("incentive.")}
    assert topics == {"incentive.competition", "incentive.career", "incentive.honours"}
    assert status_of(asked(LARGE, IN_SHANXI), SHANXI, "五（二）-3") == "covered"


def test_the_yearly_plan_of_the_duties_is_this_paper() -> None:
    plan = asked(LARGE, papers=["year-plan"])
    (decision,) = [d for d in plan.clauses if d.clause.topic == "duty.strategy-plan-measures"]
    assert (decision.status, decision.papers) == ("covered", ("year-plan",))


# ---------------------------------------------------------------- random companies


@settings(max_examples=40)
@given(answers=companies())
def test_random_companies_get_papers_and_a_calendar_that_is_read_back(answers: Answers) -> None:
    plan = asked(answers)
    found = papers_of(plan)
    assert set(found) == set(YEAR)
    for document in found.values():
        for text in texts_in(document.contexts["docx"]):
            assert not re.search(r"None|\{\{|\{%|\[\]", text), text
    data = calendar_file(found["year-plan"].contexts["ics"])
    days = [event.decoded("dtstart") for event in Calendar.from_ical(data).walk("VEVENT")]
    assert [WORDS.date(day) for day in days] == [
        row["day"] for row in rows(found["year-plan"], "calendar")
    ]
    budget = papers_of(asked(answers, papers=["budget"])).get("budget")
    totals = rows(found["year-plan"], "totals")
    assert budget is not None
    assert not totals or totals == rows(budget, "totals")


def test_a_plan_of_an_older_year_has_its_days_in_that_year() -> None:
    file = generation.read_answers(SAMPLES[0], workspace())
    plan = plan_of(file, date(2027, 3, 1))
    assert year_tables.plan_year(source_of(plan)) == 2026


# ---------------------------------------------------------------- as printed


Printed = list[tuple[str, Plan, Document]]


@pytest.fixture(scope="module")
def printed_papers() -> Printed:
    """The four papers of every sample, each with its key."""
    found = []
    for path in SAMPLES:
        file = generation.read_answers(path, workspace())
        plan = generation.make_plan(file, workspace(), AS_OF, YEAR)
        papers = papers_of(plan)
        found += [(f"{path.stem}--{name}", plan, papers[name]) for name in YEAR if name in papers]
    return found


@pytest.fixture(scope="module")
def pages(printed_papers: Printed) -> Mapping[str, tuple[str, ...]]:
    """The papers laid out in one call, as the text of their pages."""
    files = {
        f"{key}.docx": workspace().renderer(document, "docx") for key, _, document in printed_papers
    }
    return {name.removesuffix(".docx"): texts for name, texts in page_texts(files).items()}


def squeezed(text: str) -> str:
    return re.sub(r"[—\s]", "", text)


@pytest.mark.slow
def test_every_row_of_every_table_is_printed(
    pages: Mapping[str, tuple[str, ...]], printed_papers: Printed
) -> None:
    """No table loses rows where it goes on over a page."""
    checked = 0
    for key, _, document in printed_papers:
        shown = squeezed("".join(pages[key]))
        context = document.contexts["docx"]
        for name, labels in context["labels"].items():
            for row in context[name] if set(labels) - {"caption"} else ():
                # The cells beside it stand between the lines of a cell.
                heads = [squeezed(row[c])[:4] for c in labels if squeezed(row.get(c, ""))]
                assert [head for head in heads if head not in shown] == [], (key, name, row)
                checked += 1
    assert checked > 1200


@pytest.mark.slow
def test_every_sum_and_day_is_printed_as_often_as_it_stands(
    pages: Mapping[str, tuple[str, ...]], printed_papers: Printed
) -> None:
    for key, _, document in printed_papers:
        if document.id != "year-plan":
            continue
        shown = squeezed("".join(pages[key]))
        # An amount may be the end of a longer one.
        for column, table in (("amount", "resources"), ("day", "calendar")):
            for text, times in Counter(row[column] for row in rows(document, table)).items():
                assert shown.count(text) >= times, (key, text)


@pytest.mark.slow
def test_pages_are_few_and_none_holds_signatures_alone(
    pages: Mapping[str, tuple[str, ...]], printed_papers: Printed
) -> None:
    most = {"year-plan": 6, "training": 3, "review": 4, "planning": 5}
    micro = {"year-plan": 3, "training": 2, "review": 3, "planning": 3}
    for key, plan, document in printed_papers:
        limits = micro if plan.case.profile.size == "micro" else most
        assert len(pages[key]) <= limits[document.id], key
        for page in pages[key]:
            rest = text_beside_signatures(page, document.contexts["docx"])
            assert len(rest) >= LEAST_TEXT, (key, page)

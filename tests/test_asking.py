"""What is asked and when: conditions, reasons from the library, nothing hidden that matters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from itertools import product
from typing import Any

import cases
import pytest
from cases import COMPANY_FORMS, REGISTRATIONS, companies, file_of, flat, maybe, nested
from conftest import SMALLEST, ContentCopy
from hypothesis import given, settings
from hypothesis import strategies as st

from cqo_docs import generation
from cqo_docs.answers.model import Answers
from cqo_docs.answers.questions import questions
from cqo_docs.answers.raw import RawAnswers
from cqo_docs.answers.reading import answers_from
from cqo_docs.base.errors import AnswersError, ContentError
from cqo_docs.facts.conditions import ALWAYS, parse_condition
from cqo_docs.json_shapes import plan_json
from cqo_docs.library.reading import read_library
from cqo_docs.papers.composer import compose
from cqo_docs.papers.view import make_view
from cqo_docs.plan.model import Plan
from cqo_docs.questions.asking import (
    Asking,
    applies,
    asked,
    asking_problems,
    example_key,
    fact_types,
    given_paths,
    known_facts,
    missing,
    open_asking,
    possible,
    read_sheet,
)
from cqo_docs.wording.files import read_wording
from cqo_docs.workspace import Workspace

MEETING = "appointment.meeting."
VOTES = {
    f"{MEETING}due": 5, f"{MEETING}present": 5, f"{MEETING}votes_for": 5,
    f"{MEETING}votes_against": 0, f"{MEETING}votes_abstained": 0,
}  # fmt: skip
BOARD = {"company.registration": "112", "company.governance": "board"}
ONE_DIRECTOR = {"company.registration": "112", "company.governance": "single-director"}


@cache
def asking() -> Asking:
    ws = cases.workspace()
    return open_asking(ws.library, ws.wording)


def whether(answers: Mapping[str, Any], path: str) -> bool | None:
    """Whether a question is asked, given flat answers."""
    known = known_facts(asking(), nested(answers))
    return applies(asking().by_path[path], known.facts)


# The list


def test_every_question_is_asked_once_and_no_other(workspace: Workspace) -> None:
    paths = [one.path for one in asked(workspace.library, workspace.wording)]
    assert sorted(paths) == sorted(q.path for q in questions())


def test_sections_come_one_after_the_other() -> None:
    sections = [one.section for one in asking().asked]
    assert list(dict.fromkeys(sections)) == list(asking().sections)
    assert sections == sorted(sections, key=asking().sections.index)


def test_the_questions_of_a_group_keep_the_order_of_the_models() -> None:
    order = [q.path for q in questions()]
    for section in asking().sections:
        own = [order.index(one.path) for one in asking().asked if one.section == section]
        assert own == sorted(own)


@pytest.mark.parametrize(
    ("path", "unit"),
    [
        ("assessment.weights.safety", "assessment.weights"),
        ("assessment.scorers.board", "assessment.scorers"),
        ("fund.weights.reserve", "fund.weights"),
        ("appointment.meeting.due", ""),
        ("fund.items[].amount", ""),
        ("authority.spending_limit", ""),
    ],
)
def test_figures_that_must_add_up_are_one_unit(path: str, unit: str) -> None:
    assert asking().by_path[path].unit == unit


WRITTEN = [q for q in questions() if q.kind in {"text", "number", "date"}]


@pytest.mark.parametrize("question", WRITTEN, ids=lambda q: q.path)
def test_examples_are_answers(question: Any, workspace: Workspace) -> None:
    example = workspace.wording.forms["examples"][example_key(question)]
    value: Any = example.split("、") if question.many else example
    value = [example] * question.entries if question.entries else value
    *groups, name = question.path.split(".")
    data: Any = {name: value}
    for group in reversed(groups):
        data = {group[:-2]: [data]} if group.endswith("[]") else {group: data}
    file = RawAnswers(cases.SAMPLES[0], data)
    wrong = []
    try:
        answers_from(file, workspace.wording.vocabulary())
    except AnswersError as error:
        wrong = [p.code for p in error.problems if question.path in _plain(p.values["field"])]
    assert wrong == []


def _plain(path: str) -> str:
    return path.replace("[0]", "[]")


# When


@pytest.mark.parametrize(
    ("answers", "path", "expected"),
    [
        ({"company.registration": "119"}, "company.control", True),
        ({"company.registration": "112"}, "company.control", False),
        ({"company.registration": "131"}, "company.control", False),
        # 合伙企业 counts as state-owned where the firm says so.
        ({"company.registration": "150"}, "company.control", True),
        ({}, "company.control", None),
        ({"company.registration": "112"}, "company.governance", True),
        ({"company.registration": "111"}, "company.governance", False),
        ({"company.registration": "500"}, "company.governance", False),
        ({"company.registration": "400"}, "company.governance", True),
        (ONE_DIRECTOR, "company.sole_shareholder", True),
        (BOARD, "company.sole_shareholder", False),
        ({"company.registration": "132"}, "company.rural", True),
        ({"company.registration": "112"}, "company.rural", False),
        ({"company.industry_code": "C34"}, "company.assets", False),
        ({"company.industry_code": "E47"}, "company.assets", True),
        ({"company.industry_code": "E47"}, "company.construction_qualified", True),
        ({"company.industry_code": "C34"}, "company.construction_qualified", False),
        ({"company.industry_code": "A01"}, "company.employees", False),
        ({"company.industry_code": "C34"}, "company.employees", True),
        ({}, "company.employees", None),
        ({"company.industry_code": "ZZ"}, "company.employees", None),
        ({"company.registration": "111"}, "appointment.party.organ", True),
        ({"company.registration": "112"}, "appointment.party.organ", False),
        ({"company.registration": "119"}, "appointment.party.organ", None),
        ({"fund.establish": False}, "fund.total", False),
        ({}, "fund.total", True),
        ({"fund.items": [{"name": "培训", "group": "talent", "amount": 1}]},
         "fund.weights.talent", False),
        ({"appointment.full_time": True}, "appointment.concurrent_posts", False),
        ({}, "appointment.concurrent_posts", None),
        ({"appointment.level": "deputy"}, "appointment.articles_list_officer", False),
        ({"candidate.title_rank": "none"}, "candidate.title_name", False),
    ],
)  # fmt: skip
def test_a_question_is_asked_where_it_matters(
    answers: dict[str, Any], path: str, expected: bool | None
) -> None:
    assert whether(answers, path) is expected


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({**BOARD, "appointment.level": "deputy"}, True),
        ({**BOARD, "appointment.level": "department"}, False),
        ({**ONE_DIRECTOR, "appointment.level": "deputy"}, False),
        ({"company.registration": "150"}, True),
        ({"company.registration": "140"}, False),
        ({"company.registration": "131", "appointment.level": "deputy"}, False),
        ({"company.registration": "132"}, None),
    ],
)
def test_votes_are_asked_of_bodies_that_vote(
    answers: dict[str, Any], expected: bool | None
) -> None:
    people = {"candidate.name": "李衡", "company.legal_representative": "张岳"}
    for name in ("due", "present", "votes_for", "votes_against", "votes_abstained", "name"):
        assert whether({**people, **answers}, f"{MEETING}{name}") is expected


def test_what_only_some_standards_want_is_asked_where_one_may_be_in_play() -> None:
    shanxi, elsewhere = {"company.province": "山西省"}, {"company.province": "浙江省"}
    adopted = {**elsewhere, "plan.adopt": ["晋市监发〔2021〕264号"]}
    for path in ("company.premium_brand", "candidate.technical_backbone"):
        answers = [whether(given, path) for given in (shanxi, elsewhere, adopted, {})]
        assert answers == [True, False, True, None], path


def test_who_is_not_asked_the_one_is_not_asked_the_other() -> None:
    elsewhere = {"company.province": "浙江省"}
    assert whether(elsewhere, "candidate.technical_backbone") is False
    assert whether(elsewhere, "candidate.relaxation_reason") is False


def test_the_nationwide_notice_is_in_play_everywhere() -> None:
    for province in ("山西省", "浙江省", "重庆市"):
        assert whether({"company.province": province}, "candidate.degree") is True


def test_wrong_answers_count_as_not_given() -> None:
    assert whether({"company.registration": "什么公司"}, "company.control") is None


# What must be answered


def test_an_empty_questionnaire_lacks_what_all_must_answer() -> None:
    lacking = missing(asking(), {})
    assert lacking == [one.path for one in asking().asked if one.question.always]
    assert "company.name" in lacking
    assert "candidate.name" in lacking


@pytest.mark.parametrize("registration", [*REGISTRATIONS, "220", "320", "230", "290", "330", "390"])
def test_what_is_lacking_is_what_check_would_refuse(
    registration: str, workspace: Workspace
) -> None:
    answers = {**SMALLEST, "company.registration": registration, "company.governance": None}
    data = nested({path: value for path, value in answers.items() if value is not None})
    refused: set[str] = set()
    try:
        answers_from(RawAnswers(cases.SAMPLES[0], data), workspace.wording.vocabulary())
    except AnswersError as error:
        refused = {p.values["field"] for p in error.problems}
    assert set(missing(asking(), data)) == refused
    assert ("company.governance" in refused) is (registration in COMPANY_FORMS)


def test_a_complete_questionnaire_lacks_nothing() -> None:
    assert missing(asking(), nested(flat())) == []


# Why


@pytest.mark.parametrize(
    ("path", "decides", "clauses"),
    [
        ("candidate.degree", True, {"db50-t-1696-2024#5.1.2", "shanxi-2021-264#四（二）-1"}),
        ("candidate.technical_backbone", True, {"shanxi-2021-264#四（二）-2"}),
        ("candidate.bar_benefit", True, {"db50-t-1696-2024#5.1.4-2"}),
        ("candidate.certificate", False, {"db50-t-1696-2024#5.1.3"}),
        ("company.employees", False, {"shanxi-2021-264#四（一）-8"}),
        ("company.control", False, {"shanxi-2021-264#四（一）-7"}),
        ("appointment.appointer", False, {"shanxi-2021-264#四（一）-2"}),
        ("company.departments", False, {"shanxi-2021-264#四（一）-4"}),
        ("fund.establish", False, {"db50-t-1696-2024#8.1-1", "db50-t-1696-2024#8.2"}),
    ],
)
def test_the_clauses_behind_a_question_are_found(
    path: str, decides: bool, clauses: set[str]
) -> None:
    one = asking().by_path[path]
    assert clauses <= {use.key for use in one.uses}
    assert one.decides is decides


def test_every_clause_with_a_condition_stands_behind_a_question(workspace: Workspace) -> None:
    behind = {use.key for one in asking().asked for use in one.uses}
    conditional = {
        c.key
        for s in workspace.library.standards
        for c in s.clauses
        if c.requires is not None or c.applies != ALWAYS
    }
    assert conditional <= behind


def test_a_use_says_what_the_clause_says(workspace: Workspace) -> None:
    use = next(u for u in asking().by_path["candidate.degree"].uses if u.ref == "5.1.2")
    clause = workspace.library.clause(use.key)
    assert (use.standard, use.cited, use.modality, use.topic) == (
        clause.standard, clause.cited, clause.modality, clause.topic,
    )  # fmt: skip
    assert use.name == workspace.wording.topics[clause.topic]["name"]
    assert use.how == "requires"


def test_a_new_clause_is_found_without_being_listed(content_copy: ContentCopy) -> None:
    before = '- ref: "四（一）-8"'
    clause = """- ref: "四（一）-9"
  topic: position.small-micro
  modality: may
  actor: enterprise
  summary: "章程另有授权的企业可另行规定。"
  applies: {appointment.meeting.articles_allow: true}
"""
    content_copy.change("standards/shanxi-2021-264.yaml", before, clause + before)
    library = read_library(content_copy.folder)
    wording = read_wording("zh-Hans", content_copy.folder)
    path = "appointment.meeting.articles_allow"
    listed = open_asking(library, wording, read_sheet(content_copy.folder)).by_path[path]
    assert [use.key for use in listed.uses] == ["shanxi-2021-264#四（一）-9"]
    assert listed.when != ALWAYS  # for the sake of one province only
    assert asking().by_path[path].uses == ()


@pytest.mark.parametrize(
    ("path", "paper"),
    [
        ("appointment.party.date", "decision"),
        ("appointment.meeting.members", "decision"),
        ("company.departments", "system"),
        ("assessment.excellent", "assessment"),
        ("assessment.weights.safety", "assessment"),
        ("assessment.scorers.self_score", "assessment"),
        ("assessment.veto_items", "assessment"),
        ("fund.weights.talent", "budget"),
        ("fund.items[].amount", "budget"),
        ("fund.payroll_total", "budget"),
        ("authority.reserved_matters", "authorization"),
        ("company.regulated_activities", "confirm"),
    ],
)
def test_papers_that_print_an_answer_are_found(path: str, paper: str) -> None:
    assert paper in asking().by_path[path].papers


def test_what_nothing_uses_is_known_as_such() -> None:
    idle = {one.path for one in asking().asked if not (one.uses or one.papers or one.findings)}
    # What the planner looks at itself, and what is kept for the record.
    assert idle == {
        "plan.policy", "plan.recommendations", "appointment.meeting.articles_allow",
        "output.extra", "output.extra[].name", "output.extra[].value",
    }  # fmt: skip


# Nothing that matters is hidden


@st.composite
def fuller_companies(draw: st.DrawFn) -> dict[str, Any]:
    """A random company that has answered the questions about papers and figures too."""
    answers = dict(draw(companies()))
    answers |= {
        "candidate.title_name": draw(maybe("工程师")),
        "candidate.quality_qualification_year": draw(maybe(2010)),
        "appointment.articles_list_officer": draw(cases.YES_NO),
        "appointment.post_title": draw(maybe("质量总监")),
        "appointment.term_years": draw(maybe(2)),
        "company.listed": draw(cases.YES_NO),
        "company.city": draw(maybe("江津区")),
        f"{MEETING}name": draw(maybe("第六次会议")),
        f"{MEETING}place": draw(maybe("二楼会议室")),
        f"{MEETING}number": draw(maybe("董〔2026〕5号")),
        f"{MEETING}members": draw(maybe(["周正平"])),
        f"{MEETING}articles_allow": draw(cases.YES_NO),
        "authority.reserved_matters": draw(maybe(["召回"])),
        "assessment.cycle": draw(maybe("quarter")),
        "assessment.year": draw(maybe(2027)),
        "assessment.indicators": draw(maybe([], [{"name": "甲", "target": "乙", "weight": 100}])),
        "assessment.veto_items": draw(maybe(["造假"])),
        "plan.as_of": draw(maybe(date(2026, 5, 5))),
        "fund.payroll_total": draw(maybe(100000, 100000000)),
        "fund.year": draw(maybe(2028)),
    }
    if draw(st.booleans()):
        answers |= VOTES
    groups = {
        "assessment.weights": {"safety": 40, "foundation": 20, "competitiveness": 25,
                               "management": 15},
        "assessment.scorers": {"self_score": 10, "superior": 50, "board": 40},
        "fund.weights": dict.fromkeys(
            ("talent", "improvement", "metrology", "standards", "system", "brand", "tools",
             "reserve"), "12.5"),
    }  # fmt: skip
    for group, figures in groups.items():
        if draw(st.booleans()):
            answers |= {f"{group}.{name}": value for name, value in figures.items()}
    if answers["fund.establish"]:
        amount = answers["fund.total"] or "5000"
        answers["fund.items"] = draw(maybe([{"name": "培训", "group": "talent", "amount": amount}]))
    return answers


def plan_of(answers: Mapping[str, Any]) -> Plan:
    return generation.make_plan(file_of(nested(answers)), cases.workspace(), cases.AS_OF)


def told(plan: Plan, hidden: list[str]) -> tuple[Any, Any]:
    """The plan as programs get it, and all that papers print.

    What is assumed of questions that do not apply is left out, and so is the report that lists it;
    and so is the warning that such an answer was given.
    """
    ws = cases.workspace()
    data = plan_json(plan, ws)
    data["assumptions"] = [a for a in data["assumptions"] if a["field"] not in hidden]
    data["findings"] = [f for f in data["findings"] if f["code"] != "company.governance-idle"]
    papers = {d.id: cases.printed(d) for d in compose(plan, ws.library, ws.wording)}
    return data, {name: text for name, text in papers.items() if name not in cases.REPORTS}


@settings(max_examples=200)
@given(fuller_companies())
def test_answers_to_questions_that_do_not_apply_never_change_a_plan(
    company: dict[str, Any],
) -> None:
    full = flat(company)
    facts = known_facts(asking(), nested(full)).facts
    hidden = [one.path for one in asking().asked if applies(one, facts) is False]
    left = {path: value for path, value in full.items() if path not in hidden}
    assert told(plan_of(full), hidden) == told(plan_of(left), hidden)


LEGAL = {"candidate.name": "张岳", "company.legal_representative": "张岳", "company.name": "甲",
         "company.province": "山西省", "company.industry_code": "C34"}  # fmt: skip
FORMS: tuple[dict[str, list[Any]], ...] = (
    {"company.control": [None, *cases.CONTROLS]},
    {
        "company.governance": [None, "board", "single-director", "none"],
        "appointment.level": [None, "department", "deputy", "chief"],
        "appointment.articles_list_officer": [None, True],
        "company.sole_shareholder": [None, True],
        "company.rural": [None, True, False],
        "company.general_manager": [None, "张岳"],
    },
)


REGISTRATION = next(q for q in questions() if q.path == "company.registration")


@pytest.mark.parametrize("registration", REGISTRATION.options)
def test_for_no_legal_form_does_a_hidden_answer_change_who_decides(registration: str) -> None:
    for form in FORMS:
        for values in product(*form.values()):
            answers = {**LEGAL, "company.registration": registration}
            answers |= {p: v for p, v in zip(form, values, strict=True) if v is not None}
            facts = known_facts(asking(), nested(answers)).facts
            hidden = {p for p in form if applies(asking().by_path[p], facts) is False}
            left = {path: value for path, value in answers.items() if path not in hidden}
            if left == answers:
                continue
            after = known_facts(asking(), nested(left)).facts
            assert {f: v for f, v in facts.items() if f not in hidden} == {
                f: v for f, v in after.items() if f not in hidden
            }, answers


def test_the_hidden_questions_of_random_companies_are_many() -> None:
    """The property above says something: these were hidden and had answers."""
    seen: set[str] = set()

    @settings(max_examples=80)
    @given(fuller_companies())
    def look(company: dict[str, Any]) -> None:
        full = flat(company)
        facts = known_facts(asking(), nested(full)).facts
        seen.update(
            one.path for one in asking().asked if one.path in full and applies(one, facts) is False
        )

    look()
    conditional = {one.path for one in asking().asked if one.when != ALWAYS}
    # Of the rest the notice of 749 wants to know everywhere, or random companies lack an answer.
    assert len(seen & conditional) >= 35
    assert seen <= conditional


# What follows from what


def test_facts_follow_from_no_other_answers_than_the_content_says() -> None:
    """Change one answer at a time: only facts that name it may change."""
    changes: Mapping[str, Any] = {
        "company.province": "山西省", "company.industry_code": "A01", "company.registration": "119",
        "company.control": "state", "company.governance": "single-director",
        "company.sole_shareholder": True, "company.rural": True,
        "company.legal_representative": "陈思远", "company.general_manager": "陈思远",
        "company.employees": 2, "company.revenue": 90000, "company.assets": 90000,
        "company.above_scale": False, "company.construction_qualified": True,
        "company.regulated_activities": ["food"], "candidate.name": "周正平",
        "candidate.current_post": "首席质量官", "candidate.quality_qualification": "senior",
        "appointment.level": "department", "appointment.articles_list_officer": True,
        "appointment.post_title": "质量部部长", "appointment.appointer": "general-manager",
        "authority.spending_limit": 5, "fund.establish": False, "fund.total": None,
        "fund.items": [{"name": "培训", "group": "talent", "amount": 120000}],
        "assessment.indicators": [{"name": "甲", "target": "乙", "weight": 100}],
        "plan.adopt": ["gd-textbook-2015"], "fund.payroll_total": 10,
    }  # fmt: skip
    bases = (
        {"company.industry_code": "E47"},
        cases.STATE_OWNED,
        ONE_DIRECTOR | {"company.legal_representative": "陈思远"},
        {"company.registration": "132", "company.governance": None, "company.rural": False},
        {"appointment.level": "department"},
    )
    influences: dict[str, set[str]] = {}
    for base in ({}, *bases):
        before = known_facts(asking(), nested(flat(base))).facts
        for path, value in changes.items():
            after = known_facts(asking(), nested(flat(base, {path: value}))).facts
            for fact in before:
                if fact != path and before[fact] != after[fact]:
                    influences.setdefault(fact, set()).add(path)
    assert len(influences) > 25
    for fact, paths in influences.items():
        assert paths <= set(asking().sources[fact]), fact


def test_what_papers_print_follows_from_what_the_content_says() -> None:
    """Take away one answer at a time: only values that name it may change."""
    ws = cases.workspace()
    full = flat(
        cases.STATE_OWNED,
        {
            "company.short_name": "渝精", "appointment.post_title": "质量总监",
            "appointment.concurrent_posts": ["总工程师"], "appointment.full_time": False,
            "appointment.letter_date": date(2026, 11, 10), "appointment.start": date(2026, 12, 1),
            "appointment.authorization_date": date(2026, 11, 12), "appointment.term_years": 2,
            "appointment.addressees": "各车间", "appointment.copies_to": ["工会"],
            f"{MEETING}place": "二楼", "assessment.cycle": "quarter", "assessment.year": 2028,
            "assessment.assessor": "external", "authority.spending_limit": 5,
            "company.departments": ["质量部"], "fund.year": 2029,
            "company.regulated_activities": ["food"], "plan.adopt": ["db50-t-1696-2024"],
            "appointment.end": date(2028, 12, 31), "appointment.reports_to": "chairman",
        },
    )  # fmt: skip
    before = dict(make_view(plan_of(full), ws.library, ws.wording).texts)
    influences: dict[str, set[str]] = {}
    for path in full:
        if asking().by_path[path].needed not in (None, ALWAYS) or path == "company.name":
            continue
        if asking().by_path[path].question.always:
            continue
        left = {other: value for other, value in full.items() if other != path}
        after = make_view(plan_of(left), ws.library, ws.wording).texts
        for name, text in before.items():
            if after[name] != text:
                influences.setdefault(name, set()).add(path)
    assert len(influences) > 35
    for name, paths in influences.items():
        if name in asking().sources:  # texts may name it
            assert paths <= set(asking().sources[name]), name


# The content check


def faults(copy: ContentCopy) -> list[str]:
    library = read_library(copy.folder)
    return [
        p.code for p in asking_problems(library, read_wording("zh-Hans", copy.folder), copy.folder)
    ]


def test_the_content_has_no_fault(workspace: Workspace) -> None:
    assert list(asking_problems(workspace.library, workspace.wording)) == []


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("  company.rural:\n", "  company.rurall:\n", "asking.unknown"),
        ("takes: [fund]", "takes: [found]", "asking.unknown"),
        ("takes: [output]", "takes: [fund.year]", "asking.no-section"),
        ("{company.registration: \"132\"}", "{company.kind: \"132\"}", "content.fault"),
        ("{company.registration: \"132\"}", "{appointment.level: deputy}", "asking.later"),
        ("    when: {company.registration: \"132\"}",
         "    when: {all: [{company.registration: \"132\"}, {company.registration: \"112\"}]}",
         "asking.never"),
        ("  company.rural:\n", "  company.name:\n    when: {company.province: 山西省}\n"
         "  company.rural:\n", "asking.hidden"),
        ("    needed: {company.registration: {one_of: [\"119\", \"129\"]}}",
         "    needed: {company.registration: {one_of: [\"112\", \"119\"]}}", "asking.hidden"),
        ("  company.size: [company.industry_code,", "  company.size: [company.micro,",
         "asking.circle"),
        ("  company.micro: [company.size]\n", "", "asking.no-source"),
        ("  company.micro: [company.size]\n",
         "  company.micro: [company.size]\n  company.macro: [company.size]\n", "asking.idle"),
        ("  addressees: [appointment.addressees]\n", "", "asking.no-source"),
        ("    when: {candidate.technical_backbone: true}\n",
         "    whenn: {candidate.technical_backbone: true}\n", "asking.unknown"),
        ("sections:\n", "section:\n", "content.fault"),
    ],
)  # fmt: skip
def test_a_fault_in_the_content_is_named(
    content_copy: ContentCopy, old: str, new: str, code: str
) -> None:
    content_copy.change("questions.yaml", old, new)
    assert code in faults(content_copy)


def test_a_missing_example_is_named(content_copy: ContentCopy) -> None:
    content_copy.change(
        "wording/zh-Hans/forms.yaml", "  appointment.meeting.place: ", "  nowhere: "
    )
    assert faults(content_copy) == ["content.no-words"]


def test_wrong_content_is_not_asked(content_copy: ContentCopy, workspace: Workspace) -> None:
    content_copy.change("questions.yaml", "  company.rural:\n", "  company.rurall:\n")
    with pytest.raises(ContentError):
        open_asking(workspace.library, workspace.wording, read_sheet(content_copy.folder))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({}, True),
        ({"company.registration": "112"}, True),
        ({"not": {"any": [{"company.state_owned": "true"}, {"company.state_owned": "false"}]}},
         False),
        ({"all": [{"candidate.years_quality": {"at_least": "5"}},
                  {"candidate.years_quality": {"at_most": "4"}}]}, False),
        ({"all": [{"candidate.years_quality": {"at_least": "5"}},
                  {"candidate.years_quality": {"at_most": "5"}}]}, True),
        ({"all": [{"candidate.degree": {"at_least": "master"}}, {"candidate.degree": "below"}]},
         False),
        ({"not": {"company.province": "山西省"}}, True),
        ({"company.size": "out-of-scope"}, True),
    ],
)  # fmt: skip
def test_a_condition_that_cannot_hold_is_told(
    condition: dict[str, Any], expected: bool, workspace: Workspace
) -> None:
    types = fact_types(workspace.library)
    assert possible(parse_condition(condition, types), types) is expected


def test_given_paths_are_those_of_answers() -> None:
    data = {"company": {"name": "甲", "city": None}, "fund": {"items": [], "total": "1"}}
    assert list(given_paths(data)) == ["company.name", "fund.items", "fund.total"]
    assert Answers.model_fields.keys() >= {"company", "fund"}

"""What follows from the answers: defaults with their reasons, the profile, the flat facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cqo_docs.answers.questions import questions
from cqo_docs.facts.case import FACT_TYPES, Case
from cqo_docs.generation import make_case
from cqo_docs.workspace import Workspace

CaseOf = Callable[..., Case]
AS_OF = date(2026, 11, 8)


@pytest.fixture(scope="session")
def case_of(answers_with: Callable[..., Any], workspace: Workspace) -> CaseOf:
    """The case of the smallest questionnaire with changes by dotted path."""

    def case(changes: Mapping[str, Any] | None = None, as_of: date = AS_OF) -> Case:
        return make_case(answers_with(changes), workspace, as_of)

    return case


def derived(case: Case) -> dict[str, tuple[Any, str]]:
    """The values that were filled in from other answers, each with its reason."""
    return {a.field: (a.value, a.reason) for a in case.assumptions if a.reason != "default"}


# Derived defaults


def test_what_follows_from_other_answers_is_filled_in_and_listed(case_of: CaseOf) -> None:
    case = case_of({"appointment.decision_date": "2026-11-09"})
    day = date(2026, 11, 9)
    assert derived(case) == {
        "company.short_name": ("山西云陉机械有限公司", "full-name"),
        "appointment.post_title": ("首席质量官", "term"),
        "appointment.addressees": ("各部门、各单位", "term"),
        "appointment.appointer": ("legal-representative", "usual-signer"),
        "appointment.letter_date": (day, "same-day"),
        "appointment.authorization_date": (day, "same-day"),
        "appointment.start": (day, "same-day"),
        "appointment.end": (date(2029, 11, 8), "term-length"),
        "assessment.assessor": ("superior", "usual-assessor"),
        "assessment.year": (2026, "start-year"),
        "fund.year": (2026, "start-year"),
    }
    answers: Any = case.answers
    assert answers.company.short_name == answers.company.name
    assert (answers.appointment.start, answers.appointment.end) == (day, date(2029, 11, 8))
    assert (answers.assessment.year, answers.fund.year) == (2026, 2026)


def test_what_was_answered_is_never_filled_in(case_of: CaseOf) -> None:
    given_answers = {
        "company.short_name": "云陉机械",
        "appointment.post_title": "质量总监",
        "appointment.addressees": "各车间",
        "appointment.appointer": "board",
        "appointment.decision_date": "2026-11-01",
        "appointment.letter_date": "2026-11-02",
        "appointment.authorization_date": "2026-11-03",
        "appointment.start": "2026-12-01",
        "appointment.end": "2027-12-31",
        "assessment.assessor": "external",
        "assessment.year": "2027",
        "fund.year": "2028",
    }
    case = case_of(given_answers)
    assert derived(case) == {}
    assert case.answers.appointment.end == date(2027, 12, 31)
    assert case.answers.company.short_name == "云陉机械"


def test_dates_follow_the_step_before_them(case_of: CaseOf) -> None:
    case = case_of(
        {"appointment.decision_date": "2026-11-01", "appointment.letter_date": "2026-11-05"}
    )
    a = case.answers.appointment
    assert (a.authorization_date, a.start) == (date(2026, 11, 5), date(2026, 11, 5))
    assert "appointment.letter_date" not in derived(case)


def test_without_any_date_nothing_is_made_up(case_of: CaseOf) -> None:
    case = case_of()
    a = case.answers.appointment
    assert (a.decision_date, a.letter_date, a.authorization_date, a.start, a.end) == (None,) * 5
    assert not {"appointment.start", "appointment.end"} & set(derived(case))
    assert derived(case)["assessment.year"] == (AS_OF.year, "start-year")


def test_the_year_is_that_of_the_term_not_of_today(case_of: CaseOf) -> None:
    case = case_of({"appointment.start": "2027-01-01"}, date(2026, 12, 31))
    assert (case.answers.assessment.year, case.answers.fund.year) == (2027, 2027)


@pytest.mark.parametrize(
    ("start", "years", "end"),
    [
        ("2026-11-08", 1, date(2027, 11, 7)),
        ("2026-11-08", 3, date(2029, 11, 7)),
        ("2026-01-01", 3, date(2028, 12, 31)),
        ("2026-03-01", 2, date(2028, 2, 29)),
        ("2026-03-01", 3, date(2029, 2, 28)),
        ("2028-02-29", 4, date(2032, 2, 28)),
        ("2027-02-28", 1, date(2028, 2, 27)),
    ],
)
def test_a_term_ends_the_day_before_its_start_comes_round(
    case_of: CaseOf, start: str, years: int, end: date
) -> None:
    case = case_of({"appointment.start": start, "appointment.term_years": years})
    assert case.answers.appointment.end == end


@pytest.mark.parametrize("years", [1, 2, 3])
def test_a_term_from_29_february_holds_whole_years(case_of: CaseOf, years: int) -> None:
    """民法典 202: where the day does not come round, the last day of the month is the last."""
    case = case_of({"appointment.start": "2028-02-29", "appointment.term_years": years})
    assert case.answers.appointment.end == date(2028 + years, 2, 28)


@given(st.dates(date(2000, 1, 1), date(2080, 12, 31)), st.integers(1, 10))
def test_a_later_start_never_ends_sooner(case_of: CaseOf, start: date, years: int) -> None:
    ends = [
        case_of(
            {"appointment.start": day.isoformat(), "appointment.term_years": years}
        ).answers.appointment.end
        for day in (start, date.fromordinal(start.toordinal() + 1))
    ]
    assert None not in ends
    assert ends[0] <= ends[1]  # type: ignore[operator]


# One person or several


@pytest.mark.parametrize(
    ("candidate", "manager", "legal", "expected"),
    [
        ("郭守诚", "郭守诚", "郭守诚", (True, True, True)),
        ("郭守诚", "郭守诚", "张岳", (True, False, False)),
        ("郭守诚", "张岳", "郭守诚", (False, True, False)),
        ("郭守诚", None, "郭守诚", (None, True, None)),
        ("郭守诚", None, "张岳", (None, False, False)),
        ("郭 诚", "郭诚", "郭　诚", (True, True, True)),
        ("郭诚", "郭  诚", "郭\u00a0诚", (True, True, True)),
        ("郭诚", "郭成", "郭城", (False, False, False)),
    ],
)
def test_the_same_person_is_seen_in_spite_of_spaces(
    case_of: CaseOf,
    candidate: str,
    manager: str | None,
    legal: str,
    expected: tuple[bool | None, bool | None, bool | None],
) -> None:
    case = case_of(
        {
            "candidate.name": candidate,
            "company.general_manager": manager,
            "company.legal_representative": legal,
        }
    )
    names = ("same_as_general_manager", "same_as_legal_representative", "sole")
    assert tuple(getattr(case.profile, name) for name in names) == expected
    assert tuple(case.facts[f"appointment.{name}"] for name in names) == expected


def test_nobody_is_assumed_to_assess_himself(case_of: CaseOf) -> None:
    alone = {
        "candidate.name": "郭 诚",
        "company.general_manager": "郭诚",
        "company.legal_representative": "郭诚",
    }
    assert case_of(alone).answers.assessment.assessor is None
    assert case_of({**alone, "assessment.assessor": "external"}).answers.assessment.assessor
    assert case_of().answers.assessment.assessor == "superior"


def test_a_single_director_does_not_decide_on_himself(case_of: CaseOf) -> None:
    director = {"company.governance": "single-director", "appointment.level": "deputy"}
    other = case_of(director).profile.organ
    himself = case_of({**director, "candidate.name": "张 岳"}).profile.organ
    assert other is not None
    assert himself is not None
    assert other.id == "single-director"
    assert himself.id != "single-director"


# Size and scale

INDUSTRY = {"company.employees": 300, "company.revenue": 2000}


def test_the_size_follows_from_the_figures(case_of: CaseOf) -> None:
    assert case_of(INDUSTRY).profile.size == "medium"
    assert case_of({**INDUSTRY, "company.employees": 299}).profile.size == "small"
    assert case_of({**INDUSTRY, "company.revenue": "299.99"}).profile.size == "micro"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"company.employees": 300},
        {"company.revenue": 2000},
        # Construction goes by revenue and assets; people do not help.
        {"company.industry_code": "E47", "company.revenue": 6000, "company.employees": 500},
        {"company.industry_code": "E47", "company.assets": 6000, "company.employees": 500},
    ],
)
def test_the_size_is_unknown_while_a_figure_is_missing(
    case_of: CaseOf, changes: dict[str, Any]
) -> None:
    case = case_of(changes)
    assert case.profile.size is None
    assert case.facts["company.size"] is None


def test_a_single_figure_may_settle_the_lowest_size(case_of: CaseOf) -> None:
    assert case_of({"company.employees": 5}).profile.size == "micro"


def test_an_industry_out_of_scope_has_no_size(case_of: CaseOf) -> None:
    assert case_of({"company.industry_code": "J66"}).facts["company.size"] == "out-of-scope"


@pytest.mark.parametrize(
    ("asked", "revenue", "computed", "differs"),
    [
        (None, None, None, None),
        ("是", None, None, None),
        ("否", None, None, None),
        (None, 2000, True, None),
        (None, "1999.99", False, None),
        ("是", 2000, True, False),
        ("否", 2000, True, True),
        ("是", 1000, False, True),
        ("否", 1000, False, False),
    ],
)
def test_above_scale_is_asked_and_computed_and_neither_fills_in_the_other(
    case_of: CaseOf,
    asked: str | None,
    revenue: Any,
    computed: bool | None,
    differs: bool | None,
) -> None:
    case = case_of({"company.above_scale": asked, "company.revenue": revenue})
    said = {"是": True, "否": False}.get(asked or "")
    assert (case.profile.above_scale, case.profile.above_scale_computed) == (said, computed)
    assert case.facts["company.above_scale"] is said
    assert case.facts["company.above_scale_computed"] is computed
    assert case.facts["above_scale.differs"] is differs


# Other facts


@pytest.mark.parametrize(
    ("changes", "fact", "expected"),
    [
        ({}, "company.regulated", None),
        ({"company.regulated_activities": []}, "company.regulated", False),
        ({"company.regulated_activities": ["food"]}, "company.regulated", True),
        ({}, "candidate.old_qualification", None),
        ({"candidate.quality_qualification": "none"}, "candidate.old_qualification", False),
        ({"candidate.quality_qualification": "junior"}, "candidate.old_qualification", True),
        ({}, "appointment.board_business", None),
        ({"appointment.level": "deputy"}, "appointment.board_business", True),
        ({"appointment.level": "department"}, "appointment.board_business", None),
        (
            {"appointment.level": "department", "appointment.articles_list_officer": "否"},
            "appointment.board_business",
            False,
        ),
        (
            {"appointment.level": "department", "appointment.articles_list_officer": "是"},
            "appointment.board_business",
            True,
        ),
        ({}, "fund.itemized", False),
        ({"fund.total": 0}, "fund.itemized", True),
        ({}, "authority.limited", False),
        ({"authority.spending_limit": 1}, "authority.limited", True),
        ({"company.registration": "111"}, "company.state_owned", True),
        ({"company.registration": "112"}, "company.state_owned", False),
        (
            {"company.registration": "119", "company.control": "state"},
            "company.ownership_group",
            "soe-controlled",
        ),
        ({}, "company.industry", "manufacturing"),
        ({"company.industry_code": "A01"}, "company.industry", "agriculture"),
        ({}, "candidate.degree", None),
        ({"candidate.years_quality": "2.5"}, "candidate.years_quality", Decimal("2.5")),
        ({}, "appointment.level", None),
    ],
)
def test_facts(case_of: CaseOf, changes: dict[str, Any], fact: str, expected: Any) -> None:
    assert case_of(changes).facts[fact] == expected


def test_every_fact_of_a_company_has_a_type_and_a_value_of_it(case_of: CaseOf) -> None:
    kinds = {"yes-no": bool, "number": (Decimal, int), "choice": str, "text": (str, date)}
    full = {
        **INDUSTRY,
        "appointment.start": "2026-11-08",
        "appointment.level": "deputy",
        "candidate.degree": "bachelor",
        "company.above_scale": "是",
    }
    for changes in ({}, full):
        facts = case_of(changes).facts
        assert set(facts) <= set(FACT_TYPES)
        for name, value in facts.items():
            kind = FACT_TYPES[name]
            assert value is None or isinstance(value, kinds[kind.kind]), name
            assert value is None or not kind.options or value in kind.options + kind.apart, name


def test_every_single_answer_is_a_fact(case_of: CaseOf) -> None:
    single = {q.path for q in questions() if not q.many and "[]" not in q.path}
    assert single <= set(FACT_TYPES)
    # An optional group that was left out has no facts inside.
    open_groups = ("assessment.weights.", "fund.weights.")
    assert {p for p in single if not p.startswith(open_groups)} <= set(case_of().facts)


def test_the_same_answers_on_the_same_day_give_the_same_case(case_of: CaseOf) -> None:
    assert case_of(INDUSTRY) == case_of(INDUSTRY)


def test_the_training_cap_follows_from_the_payroll(case_of: CaseOf) -> None:
    assert case_of().training_cap is None
    assert case_of({"fund.payroll_total": 1000000}).training_cap == Decimal(80000)

"""Every sample company reads cleanly and gets the plan that the sources and tables demand."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from cqo_docs.answers.file import AnswersFile
from cqo_docs.generation import make_plan, read_answers
from cqo_docs.plan.model import STATUSES, Plan
from cqo_docs.workspace import Workspace, open_workspace

FOLDER = Path(__file__).parent.parent / "questionnaires"
AS_OF = date(2026, 11, 21)
NOTICE = "aqsiq-2012-749"
GUIDE = "db50-t-1696-2024"
NORM = "gd-norm-2024"
TEXTBOOK = "gd-textbook-2015"
OPINION = "shanxi-2021-264"
STANDARDS = (NOTICE, GUIDE, NORM, TEXTBOOK, OPINION)
CHINESE = re.compile(r"[㐀-鿿]")


@dataclass(frozen=True)
class Expected:
    """What the plan of one sample has to say; standards not named are background."""

    size: str
    ownership: str
    organ: str
    basis: str = ""
    references: tuple[str, ...] = (NOTICE,)
    verdicts: Mapping[str, str] = field(default_factory=dict)
    # The clauses behind a verdict other than pass: failed, unanswered, or relaxed.
    because: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    barred: bool = False


# Sizes by 国统字〔2017〕213号: every figure of the group has to reach the lower bound of the class.
EXPECTED = {
    # Industry: 16 people < 20. The owner is the one director: his decision falls to the
    # shareholder. 8 years of quality management and 中级; 本科, 12 years, trained.
    "shanxi-food-micro": Expected(
        size="micro",
        ownership="private-company",
        organ="sole-shareholder",
        basis=OPINION,
        verdicts={OPINION: "pass", NOTICE: "pass"},
    ),
    # Industry: 126 people >= 20 but < 300. Adopted /T of the region is basis.
    "chongqing-machine-small": Expected(
        size="small",
        ownership="private-company",
        organ="single-director",
        basis=GUIDE,
        verdicts={GUIDE: "pass", NOTICE: "pass"},
    ),
    # Industry: 860 people >= 300 but < 1000, revenue 86400 >= 40000.
    "shanxi-steel-medium": Expected(
        size="medium",
        ownership="soe-controlled",
        organ="board",
        basis=OPINION,
        verdicts={OPINION: "pass", NOTICE: "pass"},
    ),
    # Industry: 6800 people and 1260000 of revenue. The draft sets no condition of its own.
    "guangdong-appliance-large": Expected(
        size="large",
        ownership="private-company",
        organ="board",
        references=(NOTICE, TEXTBOOK, NORM),
        verdicts={NOTICE: "pass", TEXTBOOK: "pass"},
    ),
    # Industry: 420 people, revenue 38500. 本科 and 7 years fill one half, training is unanswered.
    "guangdong-electronics-foreign": Expected(
        size="medium",
        ownership="foreign",
        organ="board",
        references=(NOTICE, TEXTBOOK),
        verdicts={NOTICE: "unknown", TEXTBOOK: "unknown"},
        because={NOTICE: ("任职条件-4",), TEXTBOOK: ("五（二）4",)},
    ),
    # Construction: revenue 12600 >= 6000 and assets 9800 >= 5000, neither >= 80000.
    # The old certificate serves the notice's first route and is no 中级职称 for the guide.
    "chongqing-construction": Expected(
        size="medium",
        ownership="other-company",
        organ="board",
        basis=GUIDE,
        verdicts={GUIDE: "fail", NOTICE: "pass"},
        because={GUIDE: ("5.1.2",)},
    ),
    # Software: 86 people >= 10 but < 100. A head of department is appointed by the manager.
    # Another region's guide is never basis. Not trained fails the notice.
    "zhejiang-software-service": Expected(
        size="small",
        ownership="private-company",
        organ="manager",
        references=(NOTICE, GUIDE),
        verdicts={GUIDE: "pass", NOTICE: "fail"},
        because={NOTICE: ("任职条件-4",)},
    ),
    # Agriculture: revenue 420 >= 50 but < 500. 3 of 5 years of management, an experienced backbone.
    "shanxi-farm-cooperative": Expected(
        size="small",
        ownership="cooperative",
        organ="members-meeting",
        basis=OPINION,
        verdicts={OPINION: "relaxed", NOTICE: "pass"},
        because={OPINION: ("四（二）-1", "四（二）-2")},
    ),
    # Wholesale: 12 people >= 5 but < 20, revenue 3600 >= 1000 but < 5000.
    "shandong-trading": Expected(
        size="small",
        ownership="sole-proprietorship",
        organ="investor",
        verdicts={NOTICE: "pass"},
    ),
    # Industry: 45 people, revenue 1850 >= 300 but < 2000. A /T not adopted is only reference,
    # yet a bar that the candidate declares is a bar.
    "chongqing-parts-barred": Expected(
        size="small",
        ownership="private-company",
        organ="single-director",
        references=(NOTICE, GUIDE),
        verdicts={NOTICE: "pass", GUIDE: "fail"},
        because={GUIDE: ("5.1.4-2",)},
        barred=True,
    ),
}
NAMES = tuple(EXPECTED)
FULL = ("chongqing-machine-small", "shanxi-steel-medium", "guangdong-appliance-large")
MINIMAL = ("shandong-trading", "chongqing-parts-barred")


@pytest.fixture(scope="session")
def workspace() -> Workspace:
    return open_workspace()


@pytest.fixture(scope="session")
def files(workspace: Workspace) -> dict[str, AnswersFile]:
    return {name: read_answers(FOLDER / f"{name}.yaml", workspace) for name in NAMES}


@pytest.fixture(scope="session")
def plans(workspace: Workspace, files: dict[str, AnswersFile]) -> dict[str, Plan]:
    return {name: make_plan(file, workspace, AS_OF) for name, file in files.items()}


def text_of(name: str) -> str:
    return (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")


def test_every_sample_is_expected_here_and_the_other_way_round() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_opens_with_one_or_two_lines_on_what_it_shows(name: str) -> None:
    lines = text_of(name).splitlines()
    head = next(i for i, line in enumerate(lines) if not line.startswith("#"))
    assert head in {1, 2}
    assert "虚构" in "".join(lines[:head]) or "invented" in "".join(lines[:head])


@pytest.mark.parametrize("name", NAMES)
def test_the_company_gets_its_size_ownership_and_deciding_organ(
    name: str, plans: dict[str, Plan]
) -> None:
    profile, wanted = plans[name].case.profile, EXPECTED[name]
    assert (profile.size, profile.ownership) == (wanted.size, wanted.ownership)
    assert profile.organ is not None
    assert profile.organ.id == wanted.organ


@pytest.mark.parametrize("name", NAMES)
def test_every_standard_gets_its_role(name: str, plans: dict[str, Plan]) -> None:
    wanted = dict.fromkeys(STANDARDS, "background")
    wanted |= dict.fromkeys(EXPECTED[name].references, "reference")
    if EXPECTED[name].basis:
        wanted[EXPECTED[name].basis] = "basis"
    assert {r.standard.id: r.role for r in plans[name].standards} == wanted


@pytest.mark.parametrize("name", NAMES)
def test_every_standard_in_play_gives_its_verdict_for_its_reasons(
    name: str, plans: dict[str, Plan]
) -> None:
    plan, wanted = plans[name], EXPECTED[name]
    assert {v.standard.id: v.verdict for v in plan.eligibility} == wanted.verdicts
    because = {}
    for verdict in plan.eligibility:
        refs = [clause.ref for clause, _ in (*verdict.failed, *verdict.missing)]
        if verdict.relaxed_by:
            refs.append(verdict.relaxed_by.ref)
        if refs:
            because[verdict.standard.id] = tuple(refs)
    assert because == wanted.because
    assert plan.barred is wanted.barred


@pytest.mark.parametrize("name", NAMES)
def test_every_clause_in_play_has_exactly_one_status(
    name: str, plans: dict[str, Plan], workspace: Workspace
) -> None:
    plan, wanted = plans[name], EXPECTED[name]
    for standard in workspace.library.standards:
        in_play = standard.id in {wanted.basis, *wanted.references}
        decided = Counter(d.clause.ref for d in plan.clauses if d.clause.standard == standard.id)
        assert decided == Counter([c.ref for c in standard.clauses] if in_play else [])
        assert sum(plan.counts(standard.id).values()) == decided.total()
    assert {d.status for d in plan.clauses} <= set(STATUSES)
    assert sum(plan.counts().values()) == len(plan.clauses)


def shape(plan: Plan) -> tuple[Any, ...]:
    """What a plan decides, without names, dates and figures."""
    return (
        tuple((r.standard.id, r.role) for r in plan.standards),
        tuple((d.clause.key, d.status, d.papers) for d in plan.clauses),
        tuple((v.standard.id, v.verdict) for v in plan.eligibility),
    )


@pytest.mark.parametrize("pair", list(combinations(NAMES, 2)), ids="/".join)
def test_no_two_samples_have_the_same_plan(pair: tuple[str, str], plans: dict[str, Plan]) -> None:
    one, other = (plans[name] for name in pair)
    assert shape(one) != shape(other)


def test_the_samples_reach_every_verdict_level_and_kind_of_organ(plans: dict[str, Plan]) -> None:
    assert {v.verdict for p in plans.values() for v in p.eligibility} == {
        "pass", "relaxed", "fail", "unknown",
    }  # fmt: skip
    levels = {p.case.answers.appointment.level for p in plans.values()}
    assert levels == {"department", "deputy", "chief"}
    organs = {p.case.profile.organ.id for p in plans.values() if p.case.profile.organ}
    assert {"board", "single-director", "investor", "members-meeting"} <= organs
    assert {p.case.profile.industry for p in plans.values()} == {
        "manufacturing", "construction", "services", "agriculture", "trade",
    }  # fmt: skip


def test_the_owner_who_is_the_officer_is_one_person_and_assessed_by_another(
    plans: dict[str, Plan],
) -> None:
    alone = [name for name, plan in plans.items() if plan.case.profile.sole]
    assert alone == ["shanxi-food-micro"]
    plan = plans["shanxi-food-micro"]
    assert plan.case.answers.assessment.assessor == "shareholders"
    status = {d.clause.key: d.status for d in plan.clauses}
    assert status[f"{OPINION}#四（一）-3"] == "not_applicable"


def test_the_state_owned_firm_records_the_party_discussion_first(plans: dict[str, Plan]) -> None:
    owned = [name for name, plan in plans.items() if plan.case.profile.state_owned]
    assert owned == ["shanxi-steel-medium"]
    appointment = plans["shanxi-steel-medium"].case.answers.appointment
    assert appointment.party.date is not None
    assert appointment.decision_date is not None
    assert appointment.party.date < appointment.decision_date


@pytest.mark.parametrize("name", NAMES)
def test_the_decision_is_of_2026_and_made_by_the_planning_day(
    name: str, plans: dict[str, Plan]
) -> None:
    decided = plans[name].case.answers.appointment.decision_date
    # Nothing has been decided yet about the barred candidate.
    assert (decided is None) is EXPECTED[name].barred
    assert decided is None or date(2026, 1, 1) <= decided <= AS_OF


@pytest.mark.parametrize("name", FULL)
def test_the_full_samples_leave_no_number_or_sum_open(
    name: str, files: dict[str, AnswersFile]
) -> None:
    answers = files[name].answers
    appointment = answers.appointment
    numbers = (
        appointment.meeting.number,
        appointment.notice_number,
        appointment.letter_number,
        appointment.authorization_number,
    )
    for number in numbers:
        assert number is not None
        assert "〔2026〕" in number
    assert answers.company.departments
    assert appointment.copies_to
    assert answers.fund.payroll_total
    assert answers.fund.total


@pytest.mark.parametrize("name", MINIMAL)
def test_the_minimal_samples_answer_little_and_assume_the_rest(
    name: str, files: dict[str, AnswersFile], plans: dict[str, Plan]
) -> None:
    assert len(files[name].given) < 20
    assert len(plans[name].assumptions) > 10


def test_one_sample_is_written_with_english_keys_and_ids_only() -> None:
    def words(name: str) -> list[str]:
        return re.findall(r"([^\s{},\[\]\"]+):(?:\s|$)", text_of(name))

    foreign = [name for name in NAMES if not any(CHINESE.search(w) for w in words(name))]
    assert foreign == ["guangdong-electronics-foreign"]


def test_credit_codes_differ_and_belong_to_no_registry(files: dict[str, AnswersFile]) -> None:
    codes = [f.answers.company.credit_code for f in files.values() if f.answers.company.credit_code]
    assert len(codes) == len(set(codes)) == 7
    assert {code[2:8] for code in codes} == {"000000"}

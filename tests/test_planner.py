"""The plan: roles, verdicts, bars, one status a clause, and what company law makes of a case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from itertools import product
from random import Random
from typing import Any

import pytest
from cases import (
    AS_OF,
    DB50,
    DRAFT,
    IN_GUANGDONG,
    IN_SHANXI,
    IN_ZHEJIANG,
    OWNER_IS_OFFICER,
    PILOT,
    SHANXI,
    STANDARDS,
    STATE_OWNED,
    TEXTBOOK,
    adopting,
    clauses_in_play,
    codes,
    companies,
    decision_of,
    file_of,
    finding_of,
    flat,
    make_plan,
    message_of,
    nested,
    papers_of,
    plan_of,
    printed,
    role_of,
    status_of,
    verdict_of,
    workspace,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from cqo_docs.facts.conditions import facts_named
from cqo_docs.json_shapes import plan_json
from cqo_docs.library.records import Library, Standard
from cqo_docs.plan.model import STATUSES, Plan

Answers = Mapping[str, Any]


def library() -> Library:
    return workspace().library


def with_standard(standard: Standard) -> Library:
    """The library in which one standard takes the place of its namesake, or joins the others."""
    others = [s for s in library().standards if s.id != standard.id]
    ordered = sorted([*others, standard], key=lambda s: s.id)
    return replace(library(), standards=tuple(ordered))


# ---------------------------------------------------------------- roles

ROLES = [
    # a recommended local standard is basis only where the enterprise adopts it
    ("重庆市", (), "2026-11-21", {DB50: "reference"}),
    ("重庆市", (DB50,), "2026-11-21", {DB50: "basis"}),
    ("重庆市", (DB50,), "2024-11-08", {DB50: "basis"}),
    ("重庆市", (), "2024-11-08", {DB50: "reference"}),
    # issued on 2024-10-08 is not yet in force
    ("重庆市", (DB50,), "2024-11-07", {DB50: "background"}),
    ("重庆市", (), "2024-11-07", {DB50: "background"}),
    # an opinion of the region guides without being adopted
    ("山西省", (), "2021-11-25", {SHANXI: "basis"}),
    ("山西省", (SHANXI,), "2026-11-21", {SHANXI: "basis"}),
    ("山西省", (), "2021-11-24", {SHANXI: "background"}),
    ("山西省", (SHANXI,), "2021-11-24", {SHANXI: "background"}),
    # the notice is known at second hand: reference everywhere, whatever is adopted
    ("重庆市", (), "2026-11-21", {PILOT: "reference"}),
    ("山西省", (PILOT,), "2026-11-21", {PILOT: "reference"}),
    ("广东省", (PILOT,), "2012-07-27", {PILOT: "reference"}),
    ("浙江省", (), "2012-07-26", {PILOT: "background"}),
    # textbook and draft are listed only; adopted they are reference, never basis
    ("广东省", (), "2026-11-21", {TEXTBOOK: "background", DRAFT: "background"}),
    ("广东省", (TEXTBOOK, DRAFT), "2026-11-21", {TEXTBOOK: "reference", DRAFT: "reference"}),
    ("山西省", (TEXTBOOK,), "2026-11-21", {TEXTBOOK: "reference", DRAFT: "background"}),
    ("重庆市", (DRAFT,), "2026-11-21", {TEXTBOOK: "background", DRAFT: "reference"}),
    ("广东省", (TEXTBOOK,), "2015-02-28", {TEXTBOOK: "background"}),
    # another region's instrument can be adopted, as reference
    ("山西省", (), "2026-11-21", {DB50: "background"}),
    ("山西省", (DB50,), "2026-11-21", {DB50: "reference", SHANXI: "basis"}),
    ("重庆市", (SHANXI,), "2026-11-21", {SHANXI: "reference", DB50: "reference"}),
    ("浙江省", (DB50, SHANXI), "2026-11-21", {DB50: "reference", SHANXI: "reference"}),
    ("浙江省", (DB50,), "2024-11-07", {DB50: "background"}),
]  # fmt: skip


@pytest.mark.parametrize(("province", "adopted", "day", "expected"), ROLES)
def test_role_follows_region_force_adoption_and_date(
    province: str, adopted: tuple[str, ...], day: str, expected: dict[str, str]
) -> None:
    answers = {"company.province": province, **adopting(*adopted)}
    plan = make_plan(answers, as_of=date.fromisoformat(day))
    assert {name: role_of(plan, name) for name in expected} == expected


@pytest.mark.parametrize(
    "name",
    ["db50-t-1696-2024", "DB50/T 1696—2024", "DB50/T 1696-2024", "企业首席质量官工作指南",
     "《企业首席质量官工作指南》"],
)  # fmt: skip
def test_a_standard_is_adopted_by_id_number_or_title(name: str) -> None:
    assert role_of(make_plan(adopting(name)), DB50) == "basis"


@pytest.mark.parametrize("confidence", ["described", "structure", "news"])
@pytest.mark.parametrize("standard", [DB50, SHANXI])
def test_what_was_not_read_is_never_basis(standard: str, confidence: str) -> None:
    known = replace(library().standard(standard), confidence=confidence)
    answers = {"company.province": known.region, **adopting(standard)}
    plan = make_plan(answers, library=with_standard(known))
    assert role_of(plan, standard) == "reference"


@pytest.mark.parametrize(("standard", "wrong"), [(SHANXI, "作依据"), (DB50, "未声明采用")])
def test_the_reason_for_a_role_is_true_of_a_second_hand_source(standard: str, wrong: str) -> None:
    known = replace(library().standard(standard), confidence="news")
    answers = {"company.province": known.region, **adopting(standard)}
    plan = make_plan(answers, library=with_standard(known))
    role = next(r for r in plan.standards if r.standard.id == standard)
    assert wrong not in workspace().wording.reason(role.reason)


def test_partly_read_is_enough_for_basis() -> None:
    known = replace(library().standard(SHANXI), confidence="partial")
    assert role_of(make_plan(IN_SHANXI, library=with_standard(known)), SHANXI) == "basis"


def test_every_standard_has_one_role_and_a_reason_in_words() -> None:
    plan = make_plan(adopting(TEXTBOOK))
    assert sorted(r.standard.id for r in plan.standards) == sorted(STANDARDS)
    for role in plan.standards:
        assert len(workspace().wording.reason(role.reason)) > 5


def test_background_brings_no_clause_and_no_verdict() -> None:
    plan = make_plan(IN_GUANGDONG)
    assert {d.clause.standard for d in plan.clauses} == {PILOT}
    assert {v.standard.id for v in plan.eligibility} == {PILOT}


def test_standards_stand_basis_first_then_reference_then_background() -> None:
    order = ["basis", "reference", "background"]
    roles = [r.role for r in make_plan(IN_SHANXI, adopting(DB50)).standards]
    assert roles == sorted(roles, key=order.index)


# ---------------------------------------------------------------- eligibility

TRUTH = {"fail": 0, "unknown": 1, "pass": 2}
NAMES = {value: name for name, value in TRUTH.items()}


def both(*values: int) -> int:
    """Three-valued and."""
    return min(values)


def either(*values: int) -> int:
    """Three-valued or."""
    return max(values)


def person(**values: Any) -> dict[str, Any]:
    """Answers about the candidate; None takes one away."""
    return {f"candidate.{name}": value for name, value in values.items()}


def years(quality: Any, management: Any, enterprise: Any) -> dict[str, Any]:
    return person(
        years_quality=quality,
        years_quality_management=management,
        years_enterprise_quality_management=enterprise,
    )


def verdict(standard: str, *changes: Answers) -> str:
    region = {SHANXI: "山西省"}.get(standard, "重庆市")
    answers = {"company.province": region, **adopting(standard)}
    return verdict_of(make_plan(answers, *changes), standard).verdict


# 重庆：大专 AND 中级 AND 3 years of quality management in enterprises
CHONGQING = [
    ("junior-college", "intermediate", 3, "pass"),
    ("doctor", "senior", 30, "pass"),
    ("bachelor", "associate-senior", "3.0", "pass"),
    ("below", "intermediate", 3, "fail"),
    ("junior-college", "junior", 3, "fail"),
    ("junior-college", "none", 3, "fail"),
    ("junior-college", "intermediate", "2.9", "fail"),
    ("junior-college", "intermediate", 0, "fail"),
    (None, "intermediate", 3, "unknown"),
    ("junior-college", None, 3, "unknown"),
    ("junior-college", "intermediate", None, "unknown"),
    (None, None, None, "unknown"),
    # one miss is enough, whatever else is open
    ("below", None, None, "fail"),
    (None, "junior", None, "fail"),
    (None, None, "2.9", "fail"),
]


@pytest.mark.parametrize(("degree", "title", "done", "expected"), CHONGQING)
def test_chongqing_wants_degree_and_title_and_years(
    degree: str | None, title: str | None, done: Any, expected: str
) -> None:
    candidate = person(degree=degree, title_rank=title) | years(40, 40, done)
    assert verdict(DB50, candidate) == expected


def test_only_years_inside_enterprises_count_in_chongqing() -> None:
    assert verdict(DB50, years(20, 20, 2)) == "fail"


def test_the_quality_qualification_is_no_title_in_chongqing() -> None:
    candidate = person(quality_qualification="senior", title_rank="none")
    assert verdict(DB50, candidate) == "fail"


@pytest.mark.parametrize("certificate", [True, False, None])
def test_the_certificate_is_a_wish_and_decides_nothing(certificate: bool | None) -> None:
    assert verdict(DB50, person(certificate=certificate)) == "pass"


# 山西：5 years of quality management AND (中级 OR 本科)
SHANXI_TABLE = [
    (5, "intermediate", "junior-college", "pass"),
    (5, "junior", "bachelor", "pass"),
    (5, "none", "doctor", "pass"),
    (5, "senior", "below", "pass"),
    (5, "junior", "junior-college", "fail"),
    ("4.9", "intermediate", "bachelor", "fail"),
    (0, "senior", "doctor", "fail"),
    (None, "intermediate", "bachelor", "unknown"),
    (5, None, "junior-college", "unknown"),
    (5, "junior", None, "unknown"),
    (5, None, None, "unknown"),
    # one half of the alternative is enough, the other may stay open
    (5, "intermediate", None, "pass"),
    (5, None, "bachelor", "pass"),
    ("4.9", None, None, "fail"),
    (None, "junior", "junior-college", "fail"),
]


@pytest.mark.parametrize(("done", "title", "degree", "expected"), SHANXI_TABLE)
def test_shanxi_wants_years_and_title_or_degree(
    done: Any, title: str | None, degree: str | None, expected: str
) -> None:
    candidate = person(degree=degree, title_rank=title) | years(20, done, None)
    assert verdict(SHANXI, candidate) == expected


def test_any_quality_management_counts_in_shanxi_but_plain_quality_work_does_not() -> None:
    assert verdict(SHANXI, years(5, 5, 0)) == "pass"
    assert verdict(SHANXI, years(20, 4, 4)) == "fail"


SHORT = years(20, 3, 3)
UNANSWERED = years(None, None, None)
BACKBONE = person(technical_backbone=True, relaxation_reason="二十年工艺经验，主持过三项攻关")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ((SHORT, BACKBONE), "relaxed"),
        ((SHORT, BACKBONE, person(relaxation_reason=None)), "relaxed"),
        ((SHORT, BACKBONE, person(technical_backbone=False)), "fail"),
        ((SHORT, BACKBONE, person(technical_backbone=None)), "fail"),
        # nothing to relax
        ((BACKBONE,), "pass"),
        # what is unanswered is to be answered, not relaxed
        ((UNANSWERED, BACKBONE), "unknown"),
    ],
)
def test_shanxi_is_relaxed_for_a_backbone_who_misses_the_base(
    changes: tuple[Answers, ...], expected: str
) -> None:
    assert verdict(SHANXI, *changes) == expected


def test_a_relaxation_is_recorded_with_its_reason() -> None:
    plan = make_plan(IN_SHANXI, SHORT, BACKBONE)
    finding = finding_of(plan, "eligibility.relaxed")
    assert "二十年工艺经验，主持过三项攻关" in message_of(plan, finding)
    assert {c.ref for c in finding.clauses} == {"四（二）-1", "四（二）-2"}
    assert status_of(plan, SHANXI, "四（二）-2") == "met"
    assert status_of(plan, SHANXI, "四（二）-1") == "met"
    assert "eligibility.fail" not in codes(plan)


def test_a_relaxation_without_reason_is_a_warning() -> None:
    plan = make_plan(IN_SHANXI, SHORT, person(technical_backbone=True))
    assert finding_of(plan, "eligibility.relaxed-no-reason").severity == "warning"
    assert "eligibility.relaxed" not in codes(plan)


def test_a_relaxation_that_is_not_needed_stays_optional() -> None:
    plan = make_plan(IN_SHANXI, BACKBONE)
    assert status_of(plan, SHANXI, "四（二）-2") == "optional"
    assert not [c for c in codes(plan) if c.startswith("eligibility.relaxed")]


# 749: (qualification >= 中级 OR (本科 AND 5 years of quality work)) AND training
PILOT_TABLE = [
    ("intermediate", "below", 0, "attended", "pass"),
    ("senior", None, None, "attended", "pass"),
    ("none", "bachelor", 5, "attended", "pass"),
    ("junior", "doctor", "5.5", "passed", "pass"),
    ("none", "bachelor", "4.9", "attended", "fail"),
    ("none", "junior-college", 30, "attended", "fail"),
    ("junior", "junior-college", None, "attended", "fail"),
    (None, "bachelor", 5, "attended", "pass"),
    (None, "bachelor", "4.9", "attended", "unknown"),
    ("none", None, 5, "attended", "unknown"),
    ("none", "bachelor", None, "attended", "unknown"),
    (None, None, None, "attended", "unknown"),
    ("intermediate", "below", 0, "none", "fail"),
    ("none", "bachelor", 5, "none", "fail"),
    ("none", "bachelor", 5, None, "unknown"),
    (None, None, None, "none", "fail"),
    ("none", "below", 0, None, "fail"),
]


@pytest.mark.parametrize(("held", "degree", "done", "training", "expected"), PILOT_TABLE)
def test_the_notice_wants_qualification_or_degree_with_years_and_training(
    held: str | None, degree: str | None, done: Any, training: str | None, expected: str
) -> None:
    candidate = person(quality_qualification=held, degree=degree, training=training)
    assert verdict(PILOT, candidate | years(done, None, None)) == expected


def test_an_intermediate_title_is_not_the_quality_qualification() -> None:
    candidate = person(quality_qualification="none", title_rank="senior", degree="junior-college")
    assert verdict(PILOT, candidate) == "fail"


def test_an_old_qualification_is_accepted_and_named() -> None:
    plan = make_plan(person(quality_qualification="intermediate", degree="below"))
    assert verdict_of(plan, PILOT).verdict == "pass"
    assert "candidate.old-qualification" in codes(plan)
    assert "candidate.old-qualification" not in codes(make_plan())


FIRST, RENEWAL, KIND_OPEN = ({"appointment.kind": kind} for kind in ("first", "renewal", None))


@pytest.mark.parametrize(
    ("standard", "kind", "training", "continuing", "expected", "status"),
    [
        # a first appointment cannot have had a year of continuing education yet: an action
        (PILOT, FIRST, "attended", False, "pass", "action"),
        (PILOT, FIRST, "attended", None, "pass", "action"),
        (PILOT, FIRST, "attended", True, "pass", "action"),
        (PILOT, FIRST, "none", True, "fail", "not_met"),
        (PILOT, FIRST, None, True, "unknown", "action"),
        (PILOT, RENEWAL, "attended", True, "pass", "met"),
        (PILOT, RENEWAL, "attended", False, "fail", "not_met"),
        (PILOT, RENEWAL, "attended", None, "unknown", "action"),
        (PILOT, RENEWAL, "none", None, "fail", "not_met"),
        (PILOT, KIND_OPEN, "attended", True, "pass", "met"),
        (PILOT, KIND_OPEN, "attended", False, "unknown", "action"),
        (PILOT, KIND_OPEN, "attended", None, "unknown", "action"),
        (PILOT, KIND_OPEN, "none", True, "fail", "not_met"),
        # the textbook asks for the examination too
        (TEXTBOOK, FIRST, "attended", True, "fail", "not_met"),
        (TEXTBOOK, FIRST, "passed", False, "pass", "action"),
        (TEXTBOOK, FIRST, "none", True, "fail", "not_met"),
        (TEXTBOOK, FIRST, None, True, "unknown", "action"),
        (TEXTBOOK, RENEWAL, "passed", True, "pass", "met"),
        (TEXTBOOK, RENEWAL, "passed", False, "fail", "not_met"),
    ],
)
def test_training_and_continuing_education(
    standard: str,
    kind: Answers,
    training: str | None,
    continuing: bool | None,
    expected: str,
    status: str,
) -> None:
    candidate = person(training=training, continuing_education=continuing)
    plan = make_plan(adopting(standard), kind, candidate)
    ref = {PILOT: "任职条件-4", TEXTBOOK: "五（二）4"}[standard]
    assert verdict_of(plan, standard).verdict == expected
    assert status_of(plan, standard, ref) == status


def test_who_lacks_only_the_training_is_told_that_training_cures_it() -> None:
    plan = make_plan(person(training="none"))
    finding = finding_of(plan, "eligibility.fail-training")
    assert "任职培训" in message_of(plan, finding)
    assert "eligibility.fail" not in codes(plan)


@pytest.mark.parametrize(("adopted", "severity"), [((), "warning"), ((PILOT,), "gap")])
def test_a_fail_is_a_gap_where_the_standard_is_basis_or_adopted(
    adopted: tuple[str, ...], severity: str
) -> None:
    plan = make_plan(adopting(*adopted), person(training="none"))
    assert finding_of(plan, "eligibility.fail-training").severity == severity


def test_training_does_not_cure_a_missing_qualification() -> None:
    plan = make_plan(person(training="none", degree="junior-college"))
    assert "eligibility.fail-training" not in codes(plan)
    assert "eligibility.fail" in codes(plan)


def test_a_renewal_without_continuing_education_is_not_sent_to_the_induction_course() -> None:
    plan = make_plan(RENEWAL, person(training="attended", continuing_education=False))
    finding = next(f for f in plan.findings if f.code.startswith("eligibility.fail"))
    remedy = workspace().wording.finding(finding, {PILOT: "749"})[1]
    assert "继续教育" in remedy


DEGREE_VALUES = ("below", None, "bachelor")
TITLE_VALUES = ("junior", None, "intermediate")
YEAR_VALUES = (1, None, 6)
LOW_OPEN_HIGH = (0, 1, 2)


def test_verdicts_are_three_valued_over_every_combination() -> None:
    """Each standard's own tree against a plain calculation, 81 people."""
    known = zip(LOW_OPEN_HIGH, DEGREE_VALUES, strict=True)
    for (d, degree), t, y, q in product(known, LOW_OPEN_HIGH, LOW_OPEN_HIGH, LOW_OPEN_HIGH):
        done = YEAR_VALUES[y]
        candidate = person(
            degree=degree, title_rank=TITLE_VALUES[t], quality_qualification=TITLE_VALUES[q]
        ) | years(done, done, done)
        plan = make_plan(IN_SHANXI, adopting(DB50, TEXTBOOK), candidate, person(training="passed"))
        expected = {
            DB50: both(d, t, y),
            SHANXI: both(y, either(t, d)),
            PILOT: either(q, both(d, y)),
            TEXTBOOK: either(q, both(d, y)),
        }
        have = {v.standard.id: v.verdict for v in plan.eligibility}
        assert have == {name: NAMES[value] for name, value in expected.items()}, candidate


def test_the_same_person_passes_one_standard_and_fails_another() -> None:
    answers = person(degree="junior-college", title_rank="intermediate") | years(12, 4, 4)
    plan = make_plan(IN_SHANXI, adopting(DB50), answers)
    verdicts = {v.standard.id: v.verdict for v in plan.eligibility}
    assert verdicts == {DB50: "pass", SHANXI: "fail", PILOT: "fail"}
    failed = {v.standard.id: [c.ref for c, _ in v.failed] for v in plan.eligibility}
    assert failed == {DB50: [], SHANXI: ["四（二）-1"], PILOT: ["任职条件-3"]}
    finding = next(
        f for f in plan.findings if f.code == "eligibility.fail" and f.values["standard"] == SHANXI
    )
    told = message_of(plan, finding)
    assert "质量管理工作年限" in told
    assert "学历" not in told, "中级 fills the alternative: the degree did not decide"


def test_a_verdict_names_what_is_missing() -> None:
    plan = make_plan(person(degree=None, title_rank=None))
    missing = verdict_of(plan, DB50).missing
    facts = [leaf.condition.fact for _, outcome in missing for leaf in outcome.deciding()]
    assert facts == ["candidate.degree", "candidate.title_rank"]


def test_a_statement_that_fails_says_that_it_is_a_statement() -> None:
    plan = make_plan(person(title_rank="junior"))
    reason = workspace().wording.reason(decision_of(plan, DB50, "5.1.2").reason)
    assert "陈述" in reason


def test_soft_conditions_never_decide() -> None:
    """热爱质量工作, 职业道德 and their like carry no test."""
    decisive = {c.ref for v in make_plan(adopting(TEXTBOOK)).eligibility for c, _ in v.tests}
    assert not decisive & {"5.1.1", "任职条件-1", "任职条件-2", "五（二）1", "五（二）2"}


# ---------------------------------------------------------------- bars

BARS = {"bar_violation": "5.1.4-1", "bar_benefit": "5.1.4-2", "bar_disclosure": "5.1.4-3"}


@pytest.mark.parametrize("adopted", [(), (DB50,)])
@pytest.mark.parametrize("bar", BARS)
def test_a_declared_bar_forbids_and_comes_first(bar: str, adopted: tuple[str, ...]) -> None:
    plan = make_plan(adopting(*adopted), person(**{bar: True}))
    first = plan.findings[0]
    assert first.code == "appointment.barred"
    assert [c.ref for c in first.clauses] == [BARS[bar]]
    assert "不得聘任" in message_of(plan, first)
    assert "5.1.4" in message_of(plan, first)
    assert verdict_of(plan, DB50).verdict == "fail"
    assert status_of(plan, DB50, BARS[bar]) == "not_met"
    assert plan.barred
    assert plan.verdict == "fail"


@pytest.mark.parametrize("bar", BARS)
def test_an_undeclared_bar_leaves_the_verdict_open(bar: str) -> None:
    plan = make_plan(person(**{bar: None}))
    assert verdict_of(plan, DB50).verdict == "unknown"
    assert [c.ref for c, _ in verdict_of(plan, DB50).missing] == [BARS[bar]]
    assert not plan.barred
    assert "appointment.barred" not in codes(plan)


def test_all_three_bars_are_named_one_by_one() -> None:
    plan = make_plan(person(**dict.fromkeys(BARS, True)))
    assert codes(plan)[:3] == ["appointment.barred"] * 3
    assert codes(plan).count("appointment.barred") == 3


def test_a_relaxation_never_lifts_a_bar() -> None:
    plan = make_plan(IN_SHANXI, adopting(DB50), SHORT, BACKBONE, person(bar_benefit=True))
    assert verdict_of(plan, SHANXI).verdict == "relaxed"
    assert plan.findings[0].code == "appointment.barred"


def test_the_papers_of_a_barred_person_are_still_planned() -> None:
    barred, clean = make_plan(person(bar_benefit=True)), make_plan()
    assert [p.paper.id for p in barred.papers] == [p.paper.id for p in clean.papers]


# ---------------------------------------------------------------- every clause, one status

FEW = settings(max_examples=60)


@FEW
@given(answers=companies())
def test_every_clause_in_play_has_exactly_one_status(answers: Answers) -> None:
    plan = make_plan(answers)
    assert Counter(d.clause.key for d in plan.clauses) == Counter(
        c.key for c in clauses_in_play(plan)
    )
    assert {d.status for d in plan.clauses} <= set(STATUSES)
    assert sum(plan.counts().values()) == len(plan.clauses)
    for role in plan.standards:
        known = 0 if role.role == "background" else len(role.standard.clauses)
        assert sum(plan.counts(role.standard.id).values()) == known


@FEW
@given(answers=companies())
def test_every_decision_tells_why_in_words(answers: Answers) -> None:
    plan, words = make_plan(answers), workspace().wording
    for decision in plan.clauses:
        reason = words.reason(decision.reason)
        assert len(reason) >= 4, decision.clause.key
        assert not {"{", "}", "None"} & set(reason.split()), reason
    for finding in plan.findings:
        message, remedy = words.finding(finding, {name: name for name in STANDARDS})
        assert message and remedy, finding.code
        assert "{" not in message + remedy


@FEW
@given(answers=companies())
def test_what_does_not_apply_names_the_answer_that_made_it_so(answers: Answers) -> None:
    plan, words = make_plan(answers), workspace().wording
    for decision in plan.clauses:
        if decision.status != "not_applicable":
            continue
        named = {o.condition.fact for o in decision.reason.outcomes}
        assert named
        assert named <= set(facts_named(decision.clause.applies))
        for fact in named:
            assert words.short_label(fact) in words.reason(decision.reason)
        assert decision.blocks == ()


@FEW
@given(answers=companies())
def test_covered_means_written_and_written_means_named(answers: Answers) -> None:
    """Both ways: clause to paragraph, and paragraph back to clause."""
    plan = make_plan(answers)
    papers = papers_of(plan)
    written = {
        (b.id, key) for d in papers.values() for b in d.blocks for key in b.clauses
    }  # fmt: skip
    claimed = {(block, d.clause.key) for d in plan.clauses for block in d.blocks}
    assert claimed == written
    for decision in plan.clauses:
        assert bool(decision.blocks) == bool(decision.papers)
        assert set(decision.papers) == {block.partition("/")[0] for block in decision.blocks}
        if decision.status == "covered":
            assert decision.blocks
    assert {key for _, key in written} <= {d.clause.key for d in plan.clauses}


@FEW
@given(answers=companies())
def test_no_power_duty_or_rule_of_conduct_is_lost(answers: Answers) -> None:
    """Whatever is unknown of the firm: the whole pack shows every one that concerns it."""
    plan = make_plan(answers)
    lost = [
        d.clause.key
        for d in plan.clauses
        if d.clause.kind in {"power", "duty", "conduct", "liability"}
        and d.clause.actor == "officer"
        and d.status != "covered"
        and d.reason.code not in {"clause.not-applicable", "clause.applies-unknown"}
    ]
    assert lost == []


@settings(max_examples=30)
@given(answers=companies())
def test_a_paragraph_has_an_address_of_its_own(answers: Answers) -> None:
    """Otherwise the matrix could not say which of two paragraphs a clause stands in."""
    for paper in papers_of(make_plan(answers)).values():
        repeated = [n for n, k in Counter(b.id for b in paper.blocks).items() if k > 1]
        assert repeated == []


@settings(max_examples=30)
@given(answers=companies())
def test_the_plan_is_a_pure_function(answers: Answers) -> None:
    file = file_of(nested(flat(answers)))
    before = file.answers.model_dump_json()
    one, two = plan_of(file), plan_of(file)
    assert one == two
    assert plan_json(one, workspace()) == plan_json(two, workspace())
    assert file.answers.model_dump_json() == before


# ---------------------------------------------------------------- order of files


def as_data(plan: Plan) -> dict[str, Any]:
    return plan_json(plan, workspace())


@settings(max_examples=25)
@given(answers=companies(), seed=st.integers(0, 2**16))
def test_the_order_of_standards_changes_nothing(answers: Answers, seed: int) -> None:
    standards = list(library().standards)
    Random(seed).shuffle(standards)
    shuffled = replace(library(), standards=tuple(standards))
    assert as_data(make_plan(answers, library=shuffled)) == as_data(make_plan(answers))


@settings(max_examples=25)
@given(answers=companies(), seed=st.integers(0, 2**16))
def test_the_order_of_papers_changes_nothing(answers: Answers, seed: int) -> None:
    papers = list(library().papers)
    Random(seed).shuffle(papers)
    shuffled = replace(library(), papers=tuple(papers))
    plain, other = make_plan(answers), make_plan(answers, library=shuffled)
    assert sorted_data(as_data(other)) == sorted_data(as_data(plain))


@settings(max_examples=25)
@given(answers=companies(), seed=st.integers(0, 2**16))
def test_the_order_of_clauses_decides_nothing(answers: Answers, seed: int) -> None:
    """Only the place of a clause in lists follows its standard's own order."""
    random = Random(seed)
    standards = []
    for standard in library().standards:
        clauses = list(standard.clauses)
        random.shuffle(clauses)
        standards.append(replace(standard, clauses=tuple(clauses)))
    shuffled = replace(library(), standards=tuple(standards))
    plain, other = make_plan(answers), make_plan(answers, library=shuffled)
    assert statuses(other) == statuses(plain)
    assert verdicts(other) == verdicts(plain)
    assert [(r.parameter.id, r.value, r.conflict) for r in other.reconciled] == [
        (r.parameter.id, r.value, r.conflict) for r in plain.reconciled
    ]
    assert Counter(codes(other)) == Counter(codes(plain))


def statuses(plan: Plan) -> dict[str, str]:
    return {d.clause.key: d.status for d in plan.clauses}


def verdicts(plan: Plan) -> dict[str, str]:
    return {v.standard.id: v.verdict for v in plan.eligibility}


def sorted_data(data: dict[str, Any]) -> dict[str, Any]:
    """The plan with every list that follows the order of papers put in one order."""
    clauses = [
        {**c, "documents": sorted(c["documents"]), "blocks": sorted(c["blocks"])}
        for c in data["clauses"]
    ]
    return {
        **data,
        "clauses": clauses,
        "documents": sorted(data["documents"], key=lambda d: str(d["id"])),
        "findings": sorted(data["findings"], key=repr),
    }


# ---------------------------------------------------------------- adding answers

DECIDING = (
    "degree", "title_rank", "quality_qualification", "years_quality", "years_quality_management",
    "years_enterprise_quality_management", "training", "continuing_education", "bar_violation",
    "bar_benefit", "bar_disclosure",
)  # fmt: skip


@settings(max_examples=80)
@given(answers=companies(), dropped=st.sets(st.sampled_from(DECIDING), min_size=1))
def test_a_further_answer_only_settles_what_was_open(answers: Answers, dropped: set[str]) -> None:
    """What was decided without an answer stays decided with it."""
    before = verdicts(make_plan(answers, person(**dict.fromkeys(dropped))))
    after = verdicts(make_plan(answers))
    for standard, verdict_before in before.items():
        if verdict_before == "fail":
            assert after[standard] in {"fail"}
        elif verdict_before in {"pass", "relaxed"}:
            assert after[standard] == verdict_before


UNRELATED: tuple[Answers, ...] = (
    {"company.listed": True},
    {"company.exporter": True},
    {"company.large_group": True},
    {"company.quality_award": "holds"},
    {"company.regulated_activities": ["food"]},
    {"company.departments": ["质量部"]},
    {"candidate.certificate": True},
    {"authority.spending_limit": 3000},
    {"fund.total": "1.00"},
    {"appointment.copies_to": ["监事会"]},
)


@settings(max_examples=40)
@given(answers=companies(), more=st.sampled_from(UNRELATED))
def test_an_unrelated_answer_never_touches_a_verdict(answers: Answers, more: Answers) -> None:
    base = {**answers, "fund.establish": True}
    assert verdicts(make_plan(base, more)) == verdicts(make_plan(base))


# ---------------------------------------------------------------- single provisions


@pytest.mark.parametrize(
    ("standard", "ref", "changes", "status"),
    [
        # 决策层: who is full-time must rank there too
        (DB50, "4.1", {"appointment.full_time": True, "appointment.level": "department"},
         "not_met"),
        (DB50, "4.1", {"appointment.full_time": True, "appointment.level": "deputy"}, "met"),
        (DB50, "4.1", {"appointment.full_time": False, "appointment.level": "deputy"}, "met"),
        (DB50, "4.1", {"appointment.full_time": False, "appointment.level": "chief"}, "met"),
        (DB50, "4.1", {"appointment.full_time": False, "appointment.level": "department"},
         "not_met"),
        (DB50, "4.1", {"appointment.level": None}, "action"),
        # 5.1.3: our own signed authorization meets it
        (DB50, "5.1.3", {"candidate.certificate": False}, "met"),
        (DB50, "5.1.3", {"candidate.certificate": True, "output.documents": ["duties"]}, "met"),
        (DB50, "5.1.3", {"output.documents": ["duties"]}, "not_met"),
        (DB50, "5.1.3", OWNER_IS_OFFICER, "not_met"),
        # 7.2.3.5: two duties for two kinds of firm
        (DB50, "7.2.3.5-1", {"company.benchmark": True}, "covered"),
        (DB50, "7.2.3.5-2", {"company.benchmark": True}, "not_applicable"),
        (DB50, "7.2.3.5-1", {"company.benchmark": False}, "not_applicable"),
        (DB50, "7.2.3.5-2", {"company.benchmark": False}, "covered"),
        (DB50, "7.2.3.5-1", {"company.benchmark": None}, "action"),
        (DB50, "7.2.3.5-2", {"company.benchmark": None}, "action"),
        # 4.2: the written rules are the paper system
        (DB50, "4.2", {}, "covered"),
        (DB50, "4.2", {"output.documents": ["duties"]}, "action"),
        # 8.1: a wish, and the fund is the enterprise's choice
        (DB50, "8.1-1", {}, "met"),
        (DB50, "8.1-1", {"fund.establish": None}, "action"),
        (DB50, "8.1-1", {"fund.establish": False, "fund.total": None}, "not_met"),
        (DB50, "8.1-3", {"authority.spending_limit": 50000}, "covered"),
    ],
)  # fmt: skip
def test_status_of_single_provisions_in_chongqing(
    standard: str, ref: str, changes: Answers, status: str
) -> None:
    assert status_of(make_plan(adopting(DB50), changes), standard, ref) == status


@pytest.mark.parametrize(
    ("ref", "changes", "status"),
    [
        # the level is asked of firms above scale only
        ("四（一）-5", {"company.above_scale": True}, "met"),
        ("四（一）-5", {"appointment.level": "department"}, "not_met"),
        ("四（一）-5", {"company.above_scale": False, "appointment.level": "department"},
         "not_applicable"),
        ("四（一）-5", {"company.above_scale": None}, "action"),
        # state-owned firms and large groups may let a deputy hold the post
        ("四（一）-7", {"company.large_group": True, "appointment.full_time": False}, "met"),
        ("四（一）-7", {"company.large_group": True}, "optional"),
        ("四（一）-7", {**STATE_OWNED, "appointment.full_time": False}, "met"),
        ("四（一）-7", {"company.large_group": False}, "not_applicable"),
        # small and micro firms set the post up as fits
        ("四（一）-8", {"company.employees": 8, "company.revenue": 100}, "optional"),
        ("四（一）-8", {"company.employees": 60, "company.revenue": 900}, "optional"),
        ("四（一）-8", {"company.employees": 600, "company.revenue": 9000}, "not_applicable"),
        ("四（一）-8", {"company.employees": None}, "action"),
        # a ceremony and pay are encouraged
        ("四（一）-6", {"appointment.ceremony": True, "appointment.treatment": True}, "met"),
        ("四（一）-6", {"appointment.ceremony": True, "appointment.treatment": False}, "optional"),
        ("四（一）-6", {"appointment.ceremony": None}, "optional"),
        # nobody reports to himself
        ("四（一）-3", {"company.general_manager": "陈思远"}, "not_applicable"),
        ("四（一）-3", {"company.general_manager": "陈 思远"}, "not_applicable"),
        ("四（一）-3", {}, "covered"),
        ("四（一）-3", {"company.general_manager": None}, "action"),
        ("三-1", {"company.quality_award": "none"}, "not_applicable"),
        ("三-1", {"company.quality_award": "applies"}, "information"),
    ],
)  # fmt: skip
def test_status_of_single_provisions_in_shanxi(ref: str, changes: Answers, status: str) -> None:
    assert status_of(make_plan(IN_SHANXI, changes), SHANXI, ref) == status


@pytest.mark.parametrize(
    ("day", "code"), [("2025-12-31", "clause.regulator"), ("2026-01-01", "clause.history")]
)
def test_only_the_dated_target_of_shanxi_becomes_history(day: str, code: str) -> None:
    plan = make_plan(IN_SHANXI, {"company.quality_award": "holds"}, as_of=date.fromisoformat(day))
    assert decision_of(plan, SHANXI, "三-3").status == "information"
    assert decision_of(plan, SHANXI, "三-3").reason.code == code
    assert decision_of(plan, SHANXI, "三-1").reason.code == "clause.regulator"


@pytest.mark.parametrize("award", ["holds", "nominated", "applies"])
def test_an_award_brings_the_coverage_finding_in_shanxi_only(award: str) -> None:
    answers = {"company.quality_award": award}
    assert "coverage.award" in codes(make_plan(IN_SHANXI, answers))
    assert "coverage.award" not in codes(make_plan(answers))


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"company.premium_brand": True}, "coverage.premium-brand"),
        ({"company.premium_brand": None}, "coverage.premium-brand-unasked"),
        ({"company.quality_award": None}, "coverage.award-unasked"),
    ],
)
def test_shanxi_asks_for_award_and_brand(answers: Answers, code: str) -> None:
    assert code in codes(make_plan(IN_SHANXI, answers))
    assert code not in codes(make_plan(IN_SHANXI))


def test_the_regulators_tasks_are_information_and_stand_in_no_paper() -> None:
    plan = make_plan(IN_SHANXI, adopting(*STANDARDS), {"company.quality_award": "holds"})
    tasks = [d for d in plan.clauses if d.clause.actor == "regulator"]
    assert len(tasks) > 15
    for decision in tasks:
        assert decision.status in {"information", "not_applicable"}, decision.clause.key
        assert decision.blocks == ()


def test_a_clause_whose_paper_is_left_out_is_never_covered() -> None:
    plan = make_plan(adopting(DB50), {"output.documents": ["decision", "confirm"]})
    for decision in plan.clauses:
        assert set(decision.papers) <= {"decision", "confirm"}
        if decision.status == "covered":
            assert decision.blocks


def test_a_limit_on_spending_is_shown_as_a_departure() -> None:
    plan = make_plan(adopting(DB50), {"authority.spending_limit": 50000})
    assert [c.ref for c in finding_of(plan, "authority.limit-departure").clauses] == ["8.1-3"]
    assert "authority.limit-departure" not in codes(make_plan(adopting(DB50)))
    # Shanxi knows no fund: nothing to depart from
    assert "authority.limit-departure" not in codes(
        make_plan(IN_SHANXI, {"authority.spending_limit": 50000})
    )


# ---------------------------------------------------------------- order of findings


def test_what_concerns_a_basis_comes_before_what_concerns_a_mere_reference() -> None:
    """Fail or unknown against a basis or adopted standard is the first entry."""
    plan = make_plan(
        adopting(DB50),
        person(bar_violation=None, degree="junior-college", quality_qualification="none"),
    )
    assert verdicts(plan) == {DB50: "unknown", PILOT: "fail"}
    assert plan.findings[0].values["standard"] == DB50
    lines = [b.text for b in papers_of(plan)["confirm"].blocks if "verdict-lines" in b.id]
    assert "DB50/T 1696—2024" in lines[0]


@FEW
@given(answers=companies())
def test_findings_stand_from_grave_to_light(answers: Answers) -> None:
    plan = make_plan(answers)
    grave = ["appointment.barred", "eligibility.fail", "eligibility.unknown"]
    firsts = [f.code for f in plan.findings if f.code in grave and f.severity == "gap"]
    assert firsts == sorted(firsts, key=grave.index)
    assert codes(plan)[: len(firsts)] == firsts
    rest = [f.severity for f in plan.findings[len(firsts) :]]
    assert rest == sorted(rest, key=["gap", "conflict", "warning", "note"].index)


# ---------------------------------------------------------------- company law


def organ_of(*changes: Answers) -> str | None:
    organ = make_plan(*changes).case.profile.organ
    return organ.id if organ else None


@pytest.mark.parametrize(
    ("changes", "organ"),
    [
        ({}, "board"),
        ({"company.governance": "single-director"}, "single-director"),
        ({"appointment.level": "chief"}, "board"),
        ({"appointment.level": "department"}, "manager"),
        ({"appointment.level": "department", "company.governance": "single-director"}, "manager"),
        # the articles name the post: a senior officer whatever its level
        ({"appointment.level": "department", "appointment.articles_list_officer": True}, "board"),
        ({"appointment.level": "department", "appointment.articles_list_officer": False},
         "manager"),
        ({"appointment.level": None}, "board"),
        (STATE_OWNED, "board"),
        ({"company.registration": "111"}, "board"),
        ({"company.registration": "131", "company.governance": None}, "state-investor-organ"),
        ({"company.registration": "140", "company.governance": None}, "investor"),
        ({"company.registration": "150", "company.governance": None}, "partners"),
        ({"company.registration": "400", "company.governance": "board"}, "council"),
        ({"company.registration": "400", "company.governance": "none"}, "members-meeting"),
        (OWNER_IS_OFFICER, "shareholders"),
        ({**OWNER_IS_OFFICER, "company.sole_shareholder": True}, "sole-shareholder"),
        # a board decides even where its chairman is the officer
        ({**OWNER_IS_OFFICER, "company.governance": "board"}, "board"),
    ],
)  # fmt: skip
def test_who_decides(changes: Answers, organ: str) -> None:
    assert organ_of(changes) == organ


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"company.governance": "single-director"}, True),
        ({"appointment.level": "chief"}, True),
        ({"appointment.level": "department", "appointment.articles_list_officer": True}, True),
        ({"appointment.level": "department", "appointment.articles_list_officer": False}, False),
        ({"appointment.level": "department"}, False),
        ({"company.registration": "140", "company.governance": None}, False),
    ],
)
def test_the_board_decides_before_letter_and_authorization(
    changes: Answers, expected: bool
) -> None:
    assert ("appointment.board-first" in codes(make_plan(changes))) is expected


def test_silent_articles_are_a_question_at_department_level() -> None:
    level = {"appointment.level": "department"}
    assert "appointment.articles-silent" in codes(make_plan(level))
    told = {**level, "appointment.articles_list_officer": False}
    assert "appointment.articles-silent" not in codes(make_plan(told))


def test_a_state_owned_firm_discusses_in_the_party_first() -> None:
    plan = make_plan(STATE_OWNED)
    assert "appointment.party-review" in codes(plan)
    assert "appointment.party-unrecorded" not in codes(plan)
    silent = make_plan(STATE_OWNED, {"appointment.party.date": None})
    assert "appointment.party-unrecorded" in codes(silent)


@pytest.mark.parametrize("control", ["private", "foreign", "collective"])
def test_a_firm_that_is_not_state_owned_hears_nothing_of_the_party(control: str) -> None:
    plan = make_plan(STATE_OWNED, {"company.control": control})
    assert not [c for c in codes(plan) if c.startswith("appointment.party")]


def test_unknown_organ_is_said() -> None:
    plan = make_plan({"company.registration": "132", "company.governance": None})
    assert plan.case.profile.organ is None
    assert "appointment.organ-unknown" in codes(plan)


def test_owner_and_officer_in_one_person() -> None:
    plan = make_plan(OWNER_IS_OFFICER)
    assert plan.case.profile.sole is True
    assert "appointment.self-grant" in codes(plan)
    assert "appointment.reports-to-self" in codes(plan)
    assert "appointment.board-first" not in codes(plan)
    assert papers_of(plan)["authorization"].title == "首席质量官任职与履职声明"


@pytest.mark.parametrize(
    ("assessor", "code"),
    [
        (None, "assessment.sole"),
        ("superior", "assessment.self-assessed"),
        ("nobody", "assessment.nobody"),
        ("shareholders", ""),
        ("supervisor", ""),
        ("external", ""),
    ],
)
def test_nobody_assesses_himself(assessor: str | None, code: str) -> None:
    plan = make_plan(OWNER_IS_OFFICER, {"assessment.assessor": assessor})
    found = {"assessment.sole", "assessment.self-assessed", "assessment.nobody"} & set(codes(plan))
    assert found == ({code} if code else set())
    assert plan.case.answers.assessment.assessor == assessor, "none is assumed"


def test_an_assessor_is_assumed_only_where_a_superior_is_known() -> None:
    assert make_plan().case.answers.assessment.assessor == "superior"
    open_case = {**OWNER_IS_OFFICER, "assessment.assessor": None, "company.general_manager": None}
    plan = make_plan(open_case)
    assert plan.case.profile.sole is None
    assert plan.case.answers.assessment.assessor is None


def test_what_was_assumed_is_listed_and_what_was_given_is_not() -> None:
    plan = make_plan()
    fields = {a.field for a in plan.assumptions}
    assert {"appointment.letter_date", "appointment.start", "company.short_name"} <= fields
    assert not fields & {"appointment.level", "appointment.decision_date", "fund.total"}


@FEW
@given(answers=companies())
def test_no_assumption_is_made_about_an_answer_that_was_given(answers: Answers) -> None:
    plan = make_plan(answers)
    assert not {a.field for a in plan.assumptions} & plan.case.given
    assert len({a.field for a in plan.assumptions}) == len(plan.assumptions)


def test_the_date_of_the_plan_is_the_only_clock() -> None:
    assert make_plan().as_of == AS_OF
    early = make_plan({"appointment.decision_date": None}, as_of=date(2027, 3, 1))
    assert early.case.answers.assessment.year == 2027
    assert "2027" in printed(papers_of(early)["confirm"])


def test_regions_without_an_instrument_still_get_a_plan() -> None:
    plan = make_plan(IN_ZHEJIANG)
    assert "standards.no-basis" in codes(plan)
    assert role_of(plan, PILOT) == "reference"
    assert {v.standard.id for v in plan.eligibility} == {PILOT}


@pytest.mark.parametrize("registration", ["140", "150", "230", "330", "500"])
def test_governance_of_a_form_that_has_none_is_told(registration: str) -> None:
    plan = make_plan({"company.registration": registration, "company.governance": "board"})
    told = message_of(plan, finding_of(plan, "company.governance-idle"))
    assert "治理机构为董事会（理事会）" in told
    without = make_plan({"company.registration": registration, "company.governance": None})
    assert "company.governance-idle" not in codes(without)


def test_a_bar_is_told_once() -> None:
    plan = make_plan(adopting(DB50), {"candidate.bar_benefit": True})
    assert codes(plan).count("appointment.barred") == 1
    assert "candidate.bar-declared" not in codes(plan)


def test_a_declared_fact_that_bars_under_no_standard_is_still_told() -> None:
    assert "candidate.bar-declared" in codes(make_plan(IN_SHANXI, {"candidate.bar_benefit": True}))

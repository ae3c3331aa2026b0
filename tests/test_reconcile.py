"""Several instruments at once: figures settled by their rule, and no difference left unsaid.

The five real sources hold few ordered pairs, so most instruments here are invented.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from cases import (
    AS_OF,
    DB50,
    IN_SHANXI,
    IN_ZHEJIANG,
    PILOT,
    SHANXI,
    TEXTBOOK,
    adopting,
    codes,
    decision_of,
    file_of,
    flat,
    make_plan,
    message_of,
    nested,
    papers_of,
    printed,
    status_of,
    verdict_of,
    workspace,
)
from hypothesis import given
from hypothesis import strategies as st

from cqo_docs.facts.case import FACT_TYPES
from cqo_docs.facts.conditions import ALWAYS, parse_condition
from cqo_docs.generation import make_plan as plan_with
from cqo_docs.json_shapes import plan_json
from cqo_docs.library.reading import read_library
from cqo_docs.library.records import Clause, Library, Parameter, Standard
from cqo_docs.papers.composer import compose
from cqo_docs.plan.model import Finding, Plan, Reconciled
from cqo_docs.wording.files import read_wording
from cqo_docs.workspace import Workspace

LEVEL, VETO, DEPARTMENTS = "post-level", "veto-scope", "departments"
APPOINTER, REPORTING = "appointer", "reporting-line"
TOPICS = {
    LEVEL: "position.level",
    VETO: "power.quality-veto",
    DEPARTMENTS: "position.departments",
    APPOINTER: "appointment.appointer",
    REPORTING: "appointment.reporting",
}
CYCLE = Parameter("review-cycle", "lowest", ("month", "quarter", "year"))


# ---------------------------------------------------------------- invented instruments


def clause(ref: str, topic: str = "principle.goal", **values: Any) -> Clause:
    """A plain statement to the enterprise, unless said otherwise."""
    pattern = workspace().library.clause(f"{DB50}#3.1")
    plain: dict[str, Any] = {
        "ref": ref,
        "topic": topic,
        "modality": "statement",
        "actor": "enterprise",
        "summary": f"第{ref}条的内容。",
        "params": {},
        "applies": ALWAYS,
        "requires": None,
        "remains": None,
        "relaxes": "",
        "also": (),
        "cited": ref,
        "applies_raw": None,
    }
    return replace(pattern, **{**plain, **values})


def setting(parameter: str, value: Any, ref: str = "1", **values: Any) -> Clause:
    """A clause that sets one figure."""
    topic = TOPICS.get(parameter, "principle.goal")
    return clause(ref, topic, params={parameter: value}, **values)


def instrument(name: str, *clauses: Clause, role: str = "basis") -> Standard:
    """A national instrument: an opinion that is basis, or a pilot notice that is reference."""
    return Standard(
        id=name,
        number=f"{name.upper()} 1",
        title=f"{name}规定",
        issuer="某局",
        region="全国",
        force={"basis": "opinion", "reference": "pilot"}[role],
        published="2020-01-01",
        effective="",
        confidence="full",
        locators="number",
        interpretations=(),
        notes=(),
        clauses=tuple(replace(c, standard=name) for c in clauses),
    )


def library_of(*standards: Standard) -> Library:
    """The real library with invented instruments in place of the real ones."""
    real = workspace().library
    return replace(
        real,
        standards=tuple(sorted(standards, key=lambda s: s.id)),
        parameters={**real.parameters, CYCLE.id: CYCLE},
    )


def plan_under(*standards: Standard, **answers: Any) -> Plan:
    changes = {path.replace("__", "."): value for path, value in answers.items()}
    return make_plan(IN_ZHEJIANG, changes, library=library_of(*standards))


def settled(plan: Plan, parameter: str) -> Reconciled:
    return next(r for r in plan.reconciled if r.parameter.id == parameter)


def winner(plan: Plan, parameter: str) -> str | None:
    found = settled(plan, parameter).winner
    return found.clause.key if found else None


def losers(plan: Plan, parameter: str) -> list[str]:
    return [c.clause.key for c in settled(plan, parameter).losers]


def conflicts(plan: Plan, parameter: str) -> list[Finding]:
    return [
        f
        for f in plan.findings
        if f.code.startswith("conflict.") and f.values.get("parameter") == parameter
    ]


# ---------------------------------------------------------------- highest, lowest, narrowest


def test_highest_takes_the_strictest_and_names_both() -> None:
    plan = plan_under(
        instrument("alpha", setting(LEVEL, "department", "3.1")),
        instrument("beta", setting(LEVEL, "chief", "七（二）")),
    )
    assert settled(plan, LEVEL).value == "chief"
    assert winner(plan, LEVEL) == "beta#七（二）"
    assert losers(plan, LEVEL) == ["alpha#3.1"]
    (finding,) = conflicts(plan, LEVEL)
    assert (finding.code, finding.severity) == ("conflict.strictest", "conflict")
    assert [c.key for c in finding.clauses] == ["beta#七（二）", "alpha#3.1"]


def test_lowest_takes_the_shortest_period() -> None:
    plan = plan_under(
        instrument("alpha", setting(CYCLE.id, "year")),
        instrument("beta", setting(CYCLE.id, "quarter")),
        instrument("gamma", setting(CYCLE.id, "year", "2")),
    )
    assert settled(plan, CYCLE.id).value == "quarter"
    assert winner(plan, CYCLE.id) == "beta#1"
    assert losers(plan, CYCLE.id) == ["alpha#1", "gamma#2"]
    assert [f.code for f in conflicts(plan, CYCLE.id)] == ["conflict.strictest"]


@pytest.mark.parametrize(("wide", "narrow"), [("basis", "reference"), ("reference", "basis")])
def test_narrowest_wins_whatever_the_roles(wide: str, narrow: str) -> None:
    plan = plan_under(
        instrument("alpha", setting(VETO, "internal", "6 i)"), role=wide),
        instrument("beta", setting(VETO, "within-assessment", "4"), role=narrow),
    )
    assert settled(plan, VETO).value == "within-assessment"
    assert winner(plan, VETO) == "beta#4"
    assert losers(plan, VETO) == ["alpha#6 i)"]


def test_three_standards_give_one_winner_and_two_losers() -> None:
    plan = plan_under(
        instrument("alpha", setting(LEVEL, "deputy")),
        instrument("beta", setting(LEVEL, "chief")),
        instrument("gamma", setting(LEVEL, "department")),
    )
    assert winner(plan, LEVEL) == "beta#1"
    assert losers(plan, LEVEL) == ["alpha#1", "gamma#1"]
    (finding,) = conflicts(plan, LEVEL)
    told = message_with(plan, finding)
    for word in ("ALPHA 1 1：副总经理级", "GAMMA 1 1：部门负责人级", "BETA 1 1：总经理级"):
        assert word in told


def message_with(plan: Plan, finding: Finding) -> str:
    names = {r.standard.id: r.standard.number for r in plan.standards}
    return " ".join(workspace().wording.finding(finding, names))


def test_a_tie_goes_to_the_weightier_role_and_is_no_loser() -> None:
    plan = plan_under(
        instrument("alpha", setting(LEVEL, "deputy"), role="reference"),
        instrument("beta", setting(LEVEL, "deputy"), role="basis"),
        instrument("gamma", setting(LEVEL, "department"), role="basis"),
    )
    assert winner(plan, LEVEL) == "beta#1"
    assert losers(plan, LEVEL) == ["gamma#1"]


def test_a_reference_that_is_stricter_beats_a_basis_and_is_named() -> None:
    plan = plan_under(
        instrument("alpha", setting(LEVEL, "deputy"), role="basis"),
        instrument("beta", setting(LEVEL, "chief"), role="reference"),
    )
    assert winner(plan, LEVEL) == "beta#1"
    assert conflicts(plan, LEVEL)


def test_agreement_is_no_conflict() -> None:
    plan = plan_under(
        instrument("alpha", setting(LEVEL, "deputy")),
        instrument("beta", setting(LEVEL, "deputy")),
    )
    assert not settled(plan, LEVEL).conflict
    assert losers(plan, LEVEL) == []
    assert conflicts(plan, LEVEL) == []


def test_one_standard_against_itself_is_a_conflict_too() -> None:
    plan = plan_under(
        instrument("alpha", setting(LEVEL, "deputy", "1"), setting(LEVEL, "chief", "2"))
    )
    assert (winner(plan, LEVEL), losers(plan, LEVEL)) == ("alpha#2", ["alpha#1"])
    assert len(conflicts(plan, LEVEL)) == 1


# ---------------------------------------------------------------- policy ask


@pytest.mark.parametrize(
    ("parameter", "one", "other"),
    [(LEVEL, "deputy", "chief"), (CYCLE.id, "year", "month"), (VETO, "internal",
     "within-assessment")],
)  # fmt: skip
def test_policy_ask_leaves_an_ordered_difference_open(parameter: str, one: str, other: str) -> None:
    standards = (
        instrument("alpha", setting(parameter, one)),
        instrument("beta", setting(parameter, other)),
    )
    plan = plan_under(*standards, plan__policy="ask")
    found = settled(plan, parameter)
    assert (found.winner, found.value, found.conflict) == (None, None, True)
    assert losers(plan, parameter) == ["alpha#1", "beta#1"]
    assert [f.code for f in conflicts(plan, parameter)] == ["conflict.open"]
    assert winner(plan_under(*standards), parameter), "by default the strictest is taken"


def test_policy_ask_does_not_open_what_agrees() -> None:
    plan = plan_under(
        instrument("alpha", setting(LEVEL, "deputy")),
        instrument("beta", setting(LEVEL, "deputy")),
        plan__policy="ask",
    )
    assert winner(plan, LEVEL) == "alpha#1"
    assert conflicts(plan, LEVEL) == []


# ---------------------------------------------------------------- union


def test_departments_are_united_in_their_own_order_and_nobody_loses() -> None:
    plan = plan_under(
        instrument("alpha", setting(DEPARTMENTS, ["brand", "inspection"])),
        instrument("beta", setting(DEPARTMENTS, ["quality-risk", "inspection"])),
    )
    found = settled(plan, DEPARTMENTS)
    assert found.value == ("inspection", "quality-risk", "brand")
    assert not found.conflict
    assert conflicts(plan, DEPARTMENTS) == []
    assumed = next(a for a in plan.assumptions if a.field == "company.departments")
    assert assumed.value == found.value


def test_departments_the_firm_named_itself_are_not_assumed() -> None:
    plan = plan_under(
        instrument("alpha", setting(DEPARTMENTS, ["brand"])), company__departments=["质量部"]
    )
    assert "company.departments" not in {a.field for a in plan.assumptions}


# ---------------------------------------------------------------- what has no order

LEGAL_OR_HEAD, MANAGER, BOARD = "legal-representative-or-principal", "general-manager", "board"


def three_appointers(**answers: Any) -> Plan:
    return plan_under(
        instrument("alpha", setting(APPOINTER, LEGAL_OR_HEAD, actor="appointer")),
        instrument("beta", setting(APPOINTER, MANAGER, actor="appointer")),
        instrument("gamma", setting(APPOINTER, BOARD, actor="appointer")),
        **answers,
    )


def test_a_difference_without_order_is_a_question() -> None:
    plan = three_appointers(appointment__appointer=None)
    found = settled(plan, APPOINTER)
    assert (found.winner, found.conflict, found.chosen) == (None, True, False)
    assert losers(plan, APPOINTER) == ["alpha#1", "beta#1", "gamma#1"]
    (finding,) = conflicts(plan, APPOINTER)
    assert (finding.code, finding.severity) == ("conflict.question", "conflict")


@pytest.mark.parametrize(
    ("answer", "won"),
    [
        ("legal-representative", "alpha#1"),
        ("principal", "alpha#1"),
        ("general-manager", "beta#1"),
        ("board", "gamma#1"),
    ],
)
def test_the_enterprise_settles_who_appoints_and_a_board_may(answer: str, won: str) -> None:
    plan = three_appointers(appointment__appointer=answer)
    assert winner(plan, APPOINTER) == won
    assert sorted([won, *losers(plan, APPOINTER)]) == ["alpha#1", "beta#1", "gamma#1"]
    (finding,) = conflicts(plan, APPOINTER)
    assert finding.code == "conflict.chosen"
    assert finding.clauses[0].key == won


def test_an_answer_that_no_standard_says_wins_against_all_and_is_shown() -> None:
    plan = plan_under(
        instrument("alpha", setting(APPOINTER, LEGAL_OR_HEAD, actor="appointer")),
        instrument("beta", setting(APPOINTER, MANAGER, actor="appointer")),
        appointment__appointer="board",
    )
    found = settled(plan, APPOINTER)
    assert (found.value, found.winner) == ("board", None)
    assert losers(plan, APPOINTER) == ["alpha#1", "beta#1"]
    assert [f.code for f in conflicts(plan, APPOINTER)] == ["conflict.chosen"]


def test_a_choice_against_the_only_standard_is_shown() -> None:
    plan = plan_under(
        instrument("alpha", setting(APPOINTER, BOARD, actor="appointer")),
        appointment__appointer="general-manager",
    )
    assert [f.code for f in conflicts(plan, APPOINTER)] == ["conflict.chosen"]
    assert losers(plan, APPOINTER) == ["alpha#1"]


def test_a_default_settles_nothing_in_silence() -> None:
    """报告对象 has a default; a board as the only wish of a standard stays a question."""
    standard = instrument("alpha", setting(REPORTING, BOARD, actor="officer"))
    silent = plan_under(standard, appointment__reports_to=None)
    assert [f.code for f in conflicts(silent, REPORTING)] == ["conflict.question"]
    chosen = plan_under(standard, appointment__reports_to="board")
    assert conflicts(chosen, REPORTING) == []
    assert winner(chosen, REPORTING) == "alpha#1"


@pytest.mark.parametrize("answer", ["board", "chairman"])
def test_the_chairman_hears_for_the_board(answer: str) -> None:
    plan = plan_under(
        instrument("alpha", setting(REPORTING, BOARD, actor="officer")),
        appointment__reports_to=answer,
    )
    assert winner(plan, REPORTING) == "alpha#1"


def test_one_head_in_both_offices_makes_the_appointer_indifferent() -> None:
    both = {"company__legal_representative": "吴建国", "company__general_manager": "吴建国"}
    plan = three_appointers(appointment__appointer=None, **both)
    assert [f.severity for f in conflicts(plan, APPOINTER)] == ["note"]


def test_the_clause_that_was_not_chosen_is_not_met() -> None:
    plan = three_appointers(appointment__appointer="board")
    assert status_of(plan, "alpha", "1") == "not_met"
    assert status_of(plan, "beta", "1") == "not_met"
    assert status_of(plan, "gamma", "1") != "not_met"


# ---------------------------------------------------------------- who has a say


def test_a_clause_that_does_not_apply_has_no_say() -> None:
    small = parse_condition({"company.size": {"one_of": ["small", "micro"]}}, FACT_TYPES)
    standards = (
        instrument("alpha", setting(LEVEL, "department")),
        instrument("beta", setting(LEVEL, "chief", applies=small)),
    )
    assert winner(plan_under(*standards), LEVEL) == "beta#1"
    large = {"company__employees": 3000, "company__revenue": 90000}
    plan = plan_under(*standards, **large)
    assert winner(plan, LEVEL) == "alpha#1"
    assert conflicts(plan, LEVEL) == []


def test_the_regulators_figures_do_not_bind_the_enterprise() -> None:
    plan = plan_under(
        instrument("alpha", setting(LEVEL, "deputy")),
        instrument("beta", setting(LEVEL, "chief", actor="regulator")),
    )
    assert winner(plan, LEVEL) == "alpha#1"
    assert conflicts(plan, LEVEL) == []


def test_the_regulators_tasks_are_not_written_into_the_papers() -> None:
    task = clause("9", "duty.qms", actor="regulator")
    own = clause("8", "duty.qms", actor="officer")
    alone = plan_under(instrument("alpha", task))
    assert decision_of(alone, "alpha", "9").status == "information"
    assert decision_of(alone, "alpha", "9").blocks == ()
    beside = plan_under(instrument("alpha", task, own))
    assert decision_of(beside, "alpha", "9").blocks == ()
    assert decision_of(beside, "alpha", "8").status == "covered"


def test_background_has_no_say() -> None:
    textbook = replace(instrument("beta", setting(LEVEL, "chief")), force="textbook")
    plan = plan_under(instrument("alpha", setting(LEVEL, "deputy")), textbook)
    assert winner(plan, LEVEL) == "alpha#1"
    assert conflicts(plan, LEVEL) == []


# ---------------------------------------------------------------- never silent


def numbered(values: Sequence[tuple[str, Any]], parameter: str, actor: str) -> list[Standard]:
    return [
        instrument(f"s{n}", setting(parameter, value, actor=actor), role=role)
        for n, (role, value) in enumerate(values)
    ]


ROLE = st.sampled_from(["basis", "reference"])


@given(data=st.data(), policy=st.sampled_from(["strictest", "ask"]))
def test_an_ordered_difference_is_settled_by_its_rule_and_always_said(
    data: st.DataObject, policy: str
) -> None:
    real = workspace().library.parameters
    parameter = data.draw(st.sampled_from([real[LEVEL], real[VETO], CYCLE]))
    said = data.draw(st.lists(st.tuples(ROLE, st.sampled_from(parameter.order)), min_size=1,
                              max_size=5))  # fmt: skip
    plan = plan_under(*numbered(said, parameter.id, "enterprise"), plan__policy=policy)
    found = settled(plan, parameter.id)
    values = {value for _, value in said}
    assert found.conflict is (len(values) > 1)
    assert len(conflicts(plan, parameter.id)) == (1 if found.conflict else 0)
    if found.conflict and policy == "ask":
        assert (found.winner, found.value) == (None, None)
        assert len(found.losers) == len(said)
        return
    pick = max if parameter.rule == "highest" else min
    assert found.value == pick(values, key=parameter.order.index)
    assert found.winner is not None
    assert found.winner.value == found.value
    assert [c.value for c in found.losers if c.value == found.value] == []
    assert len(found.losers) == sum(value != found.value for _, value in said)
    weightiest = min((r for r, v in said if v == found.value), key=["basis", "reference"].index)
    roles = {r.standard.id: r.role for r in plan.standards}
    assert roles[found.winner.clause.standard] == weightiest


@given(
    said=st.lists(
        st.tuples(ROLE, st.sampled_from([LEGAL_OR_HEAD, MANAGER, BOARD])), min_size=1, max_size=5
    ),
    answer=st.sampled_from(
        [None, "legal-representative", "principal", "general-manager", "board"]
    ),
)  # fmt: skip
def test_an_unordered_difference_is_always_said(
    said: list[tuple[str, str]], answer: str | None
) -> None:
    plan = plan_under(*numbered(said, APPOINTER, "appointer"), appointment__appointer=answer)
    found = settled(plan, APPOINTER)
    accepted = found.parameter.accepts or {}
    effective = answer or "legal-representative"
    agreeing = [value for _, value in said if effective in accepted[value]]
    values = {value for _, value in said}
    silent = len(values) == 1 and bool(agreeing)
    assert found.conflict is not silent
    findings = conflicts(plan, APPOINTER)
    assert len(findings) == (0 if silent else 1)
    if silent:
        return
    assert findings[0].code == ("conflict.chosen" if answer else "conflict.question")
    named = {c.key for c in findings[0].clauses}
    assert {f"s{n}#1" for n, (_, value) in enumerate(said) if value not in agreeing} <= named
    if answer is None:
        assert found.winner is None


# ---------------------------------------------------------------- eligibility tied to size


def test_each_standard_gives_its_own_verdict_and_conditions_are_never_merged() -> None:
    wants = {
        "alpha": {"candidate.degree": {"at_least": "doctor"}},
        "beta": {"candidate.title_rank": {"at_least": "junior"}},
    }
    standards = [
        instrument(name, eligibility(parse_condition(raw, FACT_TYPES)))
        for name, raw in wants.items()
    ]
    plan = plan_under(*standards)
    assert {v.standard.id: v.verdict for v in plan.eligibility} == {"alpha": "fail", "beta": "pass"}
    assert plan.reconciled == ()


def eligibility(requires: Any, ref: str = "5", applies: Any = ALWAYS) -> Clause:
    return clause(
        ref, "eligibility.qualification", modality="shall", requires=requires, applies=applies
    )


SIZES = {
    "micro": {"company__employees": 5, "company__revenue": 100},
    "small": {"company__employees": 60, "company__revenue": 900},
    "medium": {"company__employees": 500, "company__revenue": 9000},
    "large": {"company__employees": 3000, "company__revenue": 90000},
    None: {"company__employees": None},
}
# 大中型：副高级; 小微型: 中级
BY_SIZE = {
    "any": [
        {
            "company.size": {"one_of": ["large", "medium"]},
            "candidate.title_rank": {"at_least": "associate-senior"},
        },
        {
            "company.size": {"one_of": ["small", "micro"]},
            "candidate.title_rank": {"at_least": "intermediate"},
        },
    ]
}


@pytest.mark.parametrize(
    ("size", "title", "expected"),
    [
        ("large", "associate-senior", "pass"),
        ("large", "intermediate", "fail"),
        ("medium", "intermediate", "fail"),
        ("small", "intermediate", "pass"),
        ("micro", "junior", "fail"),
        ("micro", "intermediate", "pass"),
        ("large", None, "unknown"),
        (None, "junior", "fail"),
        (None, "intermediate", "unknown"),
        (None, "senior", "unknown"),
    ],
)
def test_a_bar_may_rise_with_the_size_of_the_enterprise(
    size: str | None, title: str | None, expected: str
) -> None:
    standard = instrument("alpha", eligibility(parse_condition(BY_SIZE, FACT_TYPES)))
    plan = plan_under(standard, candidate__title_rank=title, **SIZES[size])
    assert plan.case.profile.size == size
    assert verdict_of(plan, "alpha").verdict == expected


@pytest.mark.parametrize(
    ("size", "title", "expected"),
    [
        ("large", "intermediate", "fail"),
        ("large", "senior", "pass"),
        ("small", "none", "none"),
        # whether it applies is not known, and neither is whether that matters
        (None, "intermediate", "unknown"),
    ],
)
def test_a_bar_may_concern_large_enterprises_only(
    size: str | None, title: str, expected: str
) -> None:
    large = parse_condition({"company.size": "large"}, FACT_TYPES)
    wants = parse_condition({"candidate.title_rank": {"at_least": "senior"}}, FACT_TYPES)
    standard = instrument("alpha", eligibility(wants, applies=large))
    plan = plan_under(standard, candidate__title_rank=title, **SIZES[size])
    assert plan.verdict == expected


def test_what_is_met_needs_no_answer_about_whom_it_concerns() -> None:
    large = parse_condition({"company.size": "large"}, FACT_TYPES)
    wants = parse_condition({"candidate.title_rank": {"at_least": "senior"}}, FACT_TYPES)
    standard = instrument("alpha", eligibility(wants, applies=large))
    plan = plan_under(standard, candidate__title_rank="senior", **SIZES[None])
    assert plan.verdict == "pass"


# ---------------------------------------------------------------- 依据 and 参照


def test_the_budget_rests_on_the_basis_alone() -> None:
    fund = clause("8", "fund.establish", modality="should")
    library = library_of(
        instrument("alpha", fund, role="basis"), instrument("beta", fund, role="reference")
    )
    plan = make_plan(IN_ZHEJIANG, library=library)
    text = printed(papers_of(plan, library)["budget"])
    assert "依据《alpha规定》" in text
    for said in re.findall(r"依据([^，。；]*)", text):
        assert "beta" not in said


# ---------------------------------------------------------------- the real sources together


def test_veto_of_chongqing_and_the_notice() -> None:
    plan = make_plan(adopting(DB50))
    assert winner(plan, VETO) == f"{PILOT}#工作权责-4"
    assert losers(plan, VETO) == [f"{DB50}#6 i)"]
    told = message_of(plan, conflicts(plan, VETO)[0])
    assert "6 i)" in told
    assert "工作权责" not in told, "a locator is no clause number"


def test_departments_of_all_sources_are_united() -> None:
    plan = make_plan(IN_SHANXI, adopting(DB50, TEXTBOOK))
    order = workspace().library.parameters[DEPARTMENTS].order
    assert settled(plan, DEPARTMENTS).value == order


@pytest.mark.parametrize(
    ("answer", "code"),
    [(None, "conflict.question"), ("general-manager", "conflict.chosen"),
     ("legal-representative", "conflict.chosen")],
)  # fmt: skip
def test_shanxi_and_the_notice_name_different_appointers(answer: str | None, code: str) -> None:
    plan = make_plan(IN_SHANXI, {"appointment.appointer": answer})
    assert [f.code for f in conflicts(plan, APPOINTER)] == [code]


def test_shanxi_asks_the_officer_to_report_to_the_manager() -> None:
    assert conflicts(make_plan(IN_SHANXI), REPORTING) == []
    plan = make_plan(IN_SHANXI, {"appointment.reports_to": "chairman"})
    assert [f.code for f in conflicts(plan, REPORTING)] == ["conflict.chosen"]
    assert status_of(plan, SHANXI, "四（一）-3") == "not_met"


def test_who_is_manager_himself_has_no_reporting_line_to_settle() -> None:
    plan = make_plan(IN_SHANXI, {"company.general_manager": "陈思远"})
    assert [r.parameter.id for r in plan.reconciled if r.parameter.id == REPORTING] == []
    reason = decision_of(plan, SHANXI, "四（一）-3").reason
    assert "候选人是否即总经理" in workspace().wording.reason(reason)


def test_every_conflict_stands_in_the_confirm_paper_with_winner_and_losers() -> None:
    plan = make_plan(IN_SHANXI, adopting(DB50), {"appointment.appointer": "general-manager"})
    rows = papers_of(plan)["confirm"].contexts["docx"]["conflicts"]
    assert {row["parameter"] for row in rows} == {"聘任方", "“一票否决”范围"}
    appointer = next(row for row in rows if row["parameter"] == "聘任方")
    assert "四（一）" in appointer["winner"]
    assert "DB50/T 1696—2024" in appointer["losers"]
    assert "总经理（总裁）" in appointer["winner"]


def test_the_json_of_a_plan_names_winner_and_losers_by_standard_and_ref() -> None:
    data = plan_json(make_plan(adopting(DB50)), workspace())
    veto = next(r for r in data["reconciled"] if r["parameter"] == VETO)
    assert veto["winner"] == {"standard": PILOT, "ref": "工作权责-4", "value": "within-assessment"}
    assert veto["losers"] == [{"standard": DB50, "ref": "6 i)", "value": "internal"}]


# ---------------------------------------------------------------- a standard added as a file

NEW_STANDARD = """\
id: zhejiang-2025
number: 浙质〔2025〕9号
title: 企业首席质量官管理办法
issuer: 浙江省市场监督管理局
region: 浙江省
force: opinion
published: "2025-03-01"
effective: "2025-05-01"
confidence: full
locators: number
clauses:
- ref: "第四条"
  topic: position.level
  modality: shall
  actor: enterprise
  summary: "首席质量官应由总经理级人员担任。"
  params: {post-level: chief}
- ref: "第五条"
  topic: appointment.appointer
  modality: shall
  actor: appointer
  summary: "首席质量官应由董事会聘任。"
  params: {appointer: board}
- ref: "第六条"
  topic: improvement.evaluation
  modality: shall
  actor: enterprise
  summary: "企业应每季度评估制度成效。"
  params: {review-cycle: quarter}
- ref: "第七条"
  topic: improvement.evaluation
  modality: should
  actor: enterprise
  summary: "企业宜每年评估制度成效。"
  params: {review-cycle: year}
"""
NEW_PARAMETER = """\
  review-cycle:
    rule: lowest
    order: [month, quarter, year]
"""
NEW_WORDS = """\
  review-cycle:
    name: "评估周期"
    values: {month: "每月", quarter: "每季度", year: "每年"}
  veto-scope:
    name:"""


def test_a_new_standard_needs_no_code(content_copy: Any) -> None:
    content_copy.add("standards/zhejiang-2025.yaml", NEW_STANDARD)
    content_copy.add("parameters.yaml", NEW_PARAMETER)
    old = "  veto-scope:\n    name:"
    content_copy.change("wording/zh-Hans/formats.yaml", old, NEW_WORDS)
    library = read_library(content_copy.folder)
    wording = read_wording("zh-Hans", content_copy.folder)
    changes: Mapping[str, Any] = {"appointment.appointer": "board", "appointment.level": "chief"}
    ws = Workspace(library, wording, workspace().renderer)
    plan = plan_with(file_of(nested(flat(IN_ZHEJIANG, changes))), ws, AS_OF)
    assert {r.standard.id: r.role for r in plan.standards}["zhejiang-2025"] == "basis"
    assert winner(plan, LEVEL) == "zhejiang-2025#第四条"
    assert losers(plan, LEVEL) == [f"{PILOT}#岗位设置-1"]
    assert winner(plan, APPOINTER) == "zhejiang-2025#第五条"
    assert winner(plan, CYCLE.id) == "zhejiang-2025#第六条"
    assert codes(plan).count("conflict.strictest") == 2
    papers = {d.id: d for d in compose(plan, library, wording)}
    rows = {r["parameter"]: r for r in papers["confirm"].contexts["docx"]["conflicts"]}
    assert "第六条：每季度" in rows["评估周期"]["winner"]
    assert "第七条：每年" in rows["评估周期"]["losers"]
    assert "依据《企业首席质量官管理办法》（浙质〔2025〕9号）" in printed(papers["decision"])

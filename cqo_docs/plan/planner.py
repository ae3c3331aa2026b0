"""Facts and library in, plan out: every clause decided, with reasons, findings and questions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from cqo_docs.answers.model import Answers
from cqo_docs.facts.case import Case
from cqo_docs.facts.conditions import evaluate, holds
from cqo_docs.library.records import Library, Paper
from cqo_docs.plan.eligibility import verdict_on
from cqo_docs.plan.figures import reconcile, united_departments
from cqo_docs.plan.findings import plan_findings
from cqo_docs.plan.model import ROLE_ORDER, Plan, Reason, Shared
from cqo_docs.plan.outline import open_stage, planned_paper
from cqo_docs.plan.roles import standard_facts, standard_role
from cqo_docs.plan.statuses import Judged, decide, shown_in


def unknown_papers(answers: Answers, library: Library) -> Iterator[tuple[int, str]]:
    """The positions and names in `output.documents` that mean no paper."""
    known = {p.id for p in library.papers}
    for i, name in enumerate(answers.output.documents):
        if name not in known:
            yield i, name


def plan_case(case: Case, library: Library, as_of: date, also: Sequence[str] = ()) -> Plan:
    """The plan for one company, with papers that are wanted besides those of its pack.

    The order of files and of clauses never changes it.
    """
    roles = tuple(standard_role(s, case, library, as_of) for s in library.standards)
    ordered = tuple(sorted(roles, key=lambda r: (ROLE_ORDER[r.role], r.standard.id)))
    ranked = [r for r in ordered if r.role != "background"]
    clauses = [c for r in ranked for c in r.standard.clauses]
    chosen = _chosen_papers(case, library, also)
    facts = {**case.facts, **_pack_facts(case, library, chosen)}
    applies = {c.key: evaluate(c.applies, facts) for c in clauses}
    live = [c for c in clauses if applies[c.key].verdict is not False]
    facts |= standard_facts(ranked, live, case, library)
    requires = {c.key: evaluate(c.requires, facts) for c in clauses if c.requires is not None}
    reconciled = tuple(reconcile(p, live, case) for p in library.parameters.values())
    settled = tuple(r for r in reconciled if r is not None)
    # A paper does not state of the post what is not so; such a clause is not met.
    shown = [
        c
        for c in live
        if applies[c.key].verdict
        and not (c.kind == "position" and c.key in requires and requires[c.key].verdict is False)
    ]
    stage = open_stage(shown, settled, ranked, case, library)
    shared = _shared_files(chosen, facts)
    papers = tuple(
        [
            planned_paper(paper, reason, stage, facts, shared.get(paper.id))
            for paper, reason in chosen
        ]
    )
    places = shown_in(papers, library).places
    verdicts = tuple(verdict_on(r.standard, applies, requires) for r in ranked)
    eligibility = tuple(v for v in verdicts if v is not None)
    relaxed = {v.standard.id: v.relaxed_by for v in eligibility if v.verdict == "relaxed"}
    judged = Judged(facts, applies, requires, places, relaxed, as_of, settled)
    plan = Plan(
        as_of=as_of,
        case=case,
        standards=ordered,
        clauses=tuple(decide(c, judged) for c in clauses),
        eligibility=eligibility,
        reconciled=settled,
        papers=papers,
        findings=(),
        assumptions=(*case.assumptions, *united_departments(case, settled)),
        facts=facts,
    )
    return plan._replace(findings=plan_findings(plan, library, facts))


def _chosen_papers(
    case: Case, library: Library, also: Sequence[str]
) -> tuple[tuple[Paper, Reason], ...]:
    """The papers of the pack with the reason for each."""
    wanted = case.answers.output.documents
    result = []
    for paper in library.papers:
        if wanted:
            if paper.id in wanted or paper.id in also:
                result.append((paper, Reason("paper.wanted")))
        elif holds(paper.when, case.facts):
            deciding = tuple(evaluate(paper.when, case.facts).deciding())
            result.append((paper, Reason("paper.default", {}, deciding)))
        elif paper.id in also:
            result.append((paper, Reason("paper.wanted")))
    return tuple(result)


def _pack_facts(
    case: Case, library: Library, chosen: Sequence[tuple[Paper, Reason]]
) -> dict[str, Any]:
    """Which papers the pack holds; a paper in which one empowers himself is no authorization."""
    have = {paper.id for paper, _ in chosen}
    facts: dict[str, Any] = {f"pack.{p.id}": p.id in have for p in library.papers}
    if case.facts["appointment.same_as_legal_representative"]:
        facts["pack.authorization"] = False
    for paper in library.papers:
        join = paper.joins
        facts[f"joined.{paper.id}"] = (
            join is not None and {paper.id, join.paper} <= have and holds(join.when, case.facts)
        )
    return facts


def _shared_files(
    chosen: Sequence[tuple[Paper, Reason]], facts: Mapping[str, Any]
) -> dict[str, Shared]:
    """The files that hold more than one paper, by the ids of their papers."""
    found: dict[str, Shared] = {}
    for paper, _ in chosen:
        if paper.joins is not None and facts[f"joined.{paper.id}"]:
            shared = Shared((paper.joins.paper, paper.id), paper.joins.template)
            found |= dict.fromkeys(shared.papers, shared)
    return found

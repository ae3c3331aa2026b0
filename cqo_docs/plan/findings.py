"""Gaps, conflicts, warnings and notes of a plan, each told once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from cqo_docs.facts.conditions import evaluate, holds
from cqo_docs.library.records import Library
from cqo_docs.plan.model import CURES, Finding, Plan
from cqo_docs.plan.statuses import shown_in


def plan_findings(plan: Plan, library: Library, facts: Mapping[str, Any]) -> tuple[Finding, ...]:
    """All findings, the gravest first; each source is one function below."""
    sources: tuple[Callable[[Plan, Library, Mapping[str, Any]], Iterator[Finding]], ...] = (
        _bar_findings,
        _eligibility_findings,
        _clause_findings,
        _conflict_findings,
        _modality_findings,
        _rule_findings,
        _role_findings,
    )
    found = list(_told_once([f for source in sources for f in source(plan, library, facts)]))
    order = {"gap": 0, "conflict": 1, "warning": 2, "note": 3}
    first = {"appointment.barred": 0, "eligibility.fail": 1, "eligibility.unknown": 2}
    return tuple(
        sorted(
            found,
            key=lambda f: (first.get(f.code, 9) if f.severity == "gap" else 9, order[f.severity]),
        )
    )


def _told_once(findings: Sequence[Finding]) -> Iterator[Finding]:
    """The findings without the warning of a declared fact that already bars the appointment."""

    def declared(finding: Finding) -> set[str]:
        return {getattr(leaf.condition, "fact", "") for leaf in finding.outcomes}

    barred = set[str]().union(*[declared(f) for f in findings if f.code == "appointment.barred"])
    for finding in findings:
        if finding.code != "candidate.bar-declared" or not declared(finding) <= barred:
            yield finding


def _bar_findings(plan: Plan, _: Library, facts: Mapping[str, Any]) -> Iterator[Finding]:
    """A declared bar forbids the appointment under every standard that names it."""
    for decision in plan.clauses:
        if decision.clause.kind == "disqualification" and decision.status == "not_met":
            yield Finding(
                "appointment.barred", "gap",
                {"standard": decision.clause.standard, "ref": decision.clause.cited},
                (decision.clause,), decision.reason.outcomes,
            )  # fmt: skip


def _eligibility_findings(plan: Plan, _: Library, facts: Mapping[str, Any]) -> Iterator[Finding]:
    roles = {r.standard.id: r for r in plan.standards}
    for verdict in plan.eligibility:
        values = {"standard": verdict.standard.id, "role": roles[verdict.standard.id].role}
        severity = "gap" if roles[verdict.standard.id].decisive else "warning"
        if verdict.verdict == "fail":
            # A bar has a finding of its own, with another remedy.
            failed = [(c, o) for c, o in verdict.failed if c.kind != "disqualification"]
            clauses = tuple(c for c, _ in failed)
            outcomes = tuple(leaf for _, o in failed for leaf in o.deciding())
            lacking = {getattr(leaf.condition, "fact", "") for leaf in outcomes}
            lacking -= {"appointment.kind"}  # no lack of the candidate's
            code = CURES.get(next(iter(lacking)) if len(lacking) == 1 else "", "eligibility.fail")
            if failed:
                yield Finding(code, severity, values, clauses, outcomes)
        elif verdict.verdict == "unknown":
            clauses = tuple(c for c, _ in verdict.missing)
            outcomes = tuple(leaf for _, o in verdict.missing for leaf in o.deciding())
            yield Finding("eligibility.unknown", severity, values, clauses, outcomes)
        elif verdict.verdict == "relaxed" and verdict.relaxed_by:
            reason = plan.case.answers.candidate.relaxation_reason
            code = "eligibility.relaxed" if reason else "eligibility.relaxed-no-reason"
            clauses = (*(c for c, _ in verdict.failed), verdict.relaxed_by)
            told = "note" if reason else "warning"
            yield Finding(code, told, {**values, "reason": reason or ""}, clauses)


def _clause_findings(plan: Plan, _: Library, facts: Mapping[str, Any]) -> Iterator[Finding]:
    """Clauses that are not met or cannot be judged, other than the officer's eligibility."""
    decisive = {c.key for v in plan.eligibility for c, _ in v.tests}
    for decision in plan.clauses:
        clause = decision.clause
        if clause.key in decisive:
            continue
        values = {"standard": clause.standard, "ref": clause.cited, "topic": clause.topic}
        outcomes = decision.reason.outcomes
        if decision.reason.code in {"clause.chosen-otherwise", "clause.choose"}:
            continue  # the conflict is a finding of its own
        if decision.status == "not_met":
            severity = "gap" if clause.modality in {"shall", "shall_not"} else "warning"
            yield Finding("clause.not-met", severity, values, (clause,), outcomes)
        elif decision.reason.code in {"clause.applies-unknown", "clause.unanswered"}:
            yield Finding("clause.unanswered", "warning", values, (clause,), outcomes)


def _conflict_findings(plan: Plan, _: Library, facts: Mapping[str, Any]) -> Iterator[Finding]:
    """Standards that disagree on one figure: settled and named, or left as a question."""
    for settled in plan.reconciled:
        if not settled.conflict:
            continue
        parts = (settled.winner, *settled.losers) if settled.winner else settled.losers
        clauses = tuple(c.clause for c in parts)
        values = {"parameter": settled.parameter.id, "settled": settled}
        if settled.parameter.rule == "unordered":
            if facts.get("company.one_head") and settled.parameter.id == "appointer":
                code, severity = "conflict.one-person", "note"
            elif settled.chosen:
                code, severity = "conflict.chosen", "conflict"
            else:
                code, severity = "conflict.question", "conflict"
        else:
            code = "conflict.strictest" if settled.winner else "conflict.open"
            severity = "conflict"
        yield Finding(code, severity, values, clauses)


def _modality_findings(plan: Plan, library: Library, _: Mapping[str, Any]) -> Iterator[Finding]:
    """Topics on which the standards speak with different strength: the strictest is printed."""
    for topic, clauses in shown_in(plan.papers, library).differing.items():
        lead, unique = clauses[0], {c.key: c for c in clauses[1:]}.values()
        weaker = tuple(c for c in unique if c.modality != lead.modality)
        values = {"topic": topic, "modality": lead.modality, "said": (lead, weaker)}
        yield Finding("conflict.modality", "conflict", values, (lead, *weaker))


def _rule_findings(plan: Plan, library: Library, facts: Mapping[str, Any]) -> Iterator[Finding]:
    """Findings that content describes: facts that hold, topics that are in play."""
    for rule in library.findings:
        if not holds(rule.when, facts):
            continue
        clauses = tuple(
            d.clause
            for d in plan.clauses
            if d.clause.topic in rule.topics and d.status != "not_applicable"
        )
        if clauses or not rule.topics:
            deciding = tuple(evaluate(rule.when, facts).deciding())
            yield Finding(rule.code, rule.severity, {}, clauses, deciding)


def _role_findings(plan: Plan, _: Library, facts: Mapping[str, Any]) -> Iterator[Finding]:
    """What must be known of the standards themselves."""
    if not any(r.role == "basis" for r in plan.standards):
        yield Finding("standards.no-basis", "note", {})
    for role in plan.standards:
        if role.role != "background" and role.standard.confidence not in {"full", "partial"}:
            yield Finding("standards.second-hand", "note", {"standard": role.standard.id})
        start = role.standard.effective or role.standard.published
        decided = plan.case.answers.appointment.decision_date
        if role.role != "background" and start and decided and decided < date.fromisoformat(start):
            values = {"standard": role.standard.id}
            yield Finding("standards.later-than-decision", "warning", values)

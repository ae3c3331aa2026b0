"""Plans, findings and standards in the stable shapes for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cqo_docs.base.errors import CqoError, problem
from cqo_docs.facts.case import Assumption
from cqo_docs.library.records import Library
from cqo_docs.papers.composer import compose
from cqo_docs.papers.tables import verdict_sentences
from cqo_docs.plan.model import Plan
from cqo_docs.wording.sentences import Wording
from cqo_docs.workspace import Workspace


def plan_json(plan: Plan, workspace: Workspace) -> dict[str, Any]:
    """The plan in the stable shape for programs."""
    w, names = workspace.wording, {s.id: s.number or s.title for s in workspace.library.standards}
    profile = plan.case.profile
    return {
        "as_of": plan.as_of.isoformat(),
        "company": plan.case.answers.company.name,
        "verdict": plan.verdict,
        "barred": plan.barred,
        "profile": {
            "size": profile.size,
            "above_scale": profile.above_scale,
            "above_scale_computed": profile.above_scale_computed,
            "ownership": profile.ownership,
            "state_owned": profile.state_owned,
            "industry": profile.industry,
            "industry_name": profile.industry_name,
            "appointing_organ": profile.organ.id if profile.organ else None,
            "same_person": profile.sole,
        },
        "standards": [
            {"id": r.standard.id, "role": r.role, "reason": w.reason(r.reason)}
            for r in plan.standards
        ],
        "clauses": [
            {
                "standard": d.clause.standard,
                "ref": d.clause.ref,
                "topic": d.clause.topic,
                "modality": d.clause.modality,
                "status": d.status,
                "reason": w.reason(d.reason),
                "documents": list(d.papers),
                "blocks": list(d.blocks),
            }
            for d in plan.clauses
        ],
        "counts": plan.counts(),
        "eligibility": [
            {
                "standard": v.standard.id,
                "verdict": v.verdict,
                "failed": [_test_json(c, o, w) for c, o in v.failed],
                "missing": [_test_json(c, o, w) for c, o in v.missing],
                "relaxed_by": v.relaxed_by.ref if v.relaxed_by else None,
            }
            for v in plan.eligibility
        ],
        "reconciled": [
            {
                "parameter": r.parameter.id,
                "rule": r.parameter.rule,
                "value": list(r.value) if isinstance(r.value, tuple) else r.value,
                "winner": _contribution_json(r.winner),
                "losers": [_contribution_json(c) for c in r.losers],
                "conflict": r.conflict,
            }
            for r in plan.reconciled
        ],
        "documents": [
            {"id": p.paper.id, "title": w.paper_name(p.paper.id), "reason": w.reason(p.reason)}
            for p in plan.papers
        ],
        "findings": findings_json(plan, w, names),
        "assumptions": [
            {
                "field": a.field,
                "value": _plain(a.value),
                "reason": str(w.formats["assumed"][a.reason]),
            }
            for a in plan.assumptions
        ],
    }


def findings_json(plan: Plan, w: Wording, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The findings in the stable shape for programs."""
    result = []
    for finding in plan.findings:
        message, remedy = w.finding(finding, names)
        result.append(
            {
                "code": finding.code,
                "severity": finding.severity,
                "message": message,
                "clauses": [c.key for c in finding.clauses],
                "remedy": remedy,
            }
        )
    return result


def _test_json(clause: Any, outcome: Any, w: Wording) -> dict[str, Any]:
    leaves = list(outcome.deciding())
    return {
        "ref": clause.ref,
        "modality": clause.modality,
        "fields": list(dict.fromkeys(leaf.condition.fact for leaf in leaves)),
        "reason": w.outcomes(leaves),
    }


def _contribution_json(contribution: Any) -> dict[str, Any] | None:
    if contribution is None:
        return None
    clause = contribution.clause
    return {"standard": clause.standard, "ref": clause.ref, "value": contribution.value}


def _plain(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return [_plain(v) for v in value]
    return value if isinstance(value, (bool, int, str)) or value is None else str(value)


def standards_json(library: Library) -> list[dict[str, Any]]:
    """All standards with their clauses in the stable shape for programs."""
    return [
        {
            "id": s.id,
            "number": s.number,
            "title": s.title,
            "issuer": s.issuer,
            "region": s.region,
            "force": s.force,
            "published": s.published,
            "effective": s.effective,
            "confidence": s.confidence,
            "clauses": [
                {
                    "ref": c.ref,
                    "topic": c.topic,
                    "modality": c.modality,
                    "actor": c.actor,
                    "summary": c.summary,
                    "params": dict(c.params),
                    "applies": c.applies_raw or {},
                }
                for c in s.clauses
            ],
        }
        for s in library.standards
    ]


def plan_assumptions(assumptions: Sequence[Assumption], w: Wording) -> list[dict[str, str]]:
    """The values nobody chose, in words."""
    return [
        {
            "field": w.label(a.field),
            "value": w.assumed_value(a),
            "reason": str(w.formats["assumed"][a.reason]),
        }
        for a in assumptions
    ]


def verdict_lines(plan: Plan, workspace: Workspace) -> list[str]:
    """What each standard says of the candidate, the gravest first."""
    return verdict_sentences(plan, workspace.library, workspace.wording)


def explain(plan: Plan, workspace: Workspace, address: str) -> dict[str, Any]:
    """The story of one clause in this plan: what it says, its status, why, and where it stands.

    `address` is STANDARD#REF. Raises CqoError for a clause that does not exist.
    """
    w, library = workspace.wording, workspace.library
    name, _, ref = address.partition("#")
    standard = library.find_standard(name)
    clauses = [c for c in standard.clauses if c.ref == ref] if standard else []
    if standard is None or not clauses:
        raise CqoError([problem("cli.unknown-clause", have=address)])
    clause = clauses[0]
    told: dict[str, Any] = {
        "standard": standard.id,
        "title": f"《{standard.title}》{standard.number}",
        "ref": ref,
        "topic": clause.topic,
        "modality": clause.modality,
        "modality_name": w.formats["modality"][clause.modality],
        "summary": clause.summary,
        "places": [],
    }
    decision = next((d for d in plan.clauses if d.clause.key == clause.key), None)
    if decision is None:
        role = next(r for r in plan.standards if r.standard is standard)
        told |= {
            "status": "background",
            "status_name": w.formats["role"][role.role],
            "reason": w.reason(role.reason),
        }
        return told
    documents = compose(plan, library, w)
    told |= {
        "status": decision.status,
        "status_name": w.formats["status"][decision.status],
        "reason": w.reason(decision.reason),
        "places": [
            {"document": d.id, "title": d.title, "block": b.id, "text": b.text}
            for d in documents
            for b in d.blocks
            if clause.key in b.clauses
        ],
    }
    return told

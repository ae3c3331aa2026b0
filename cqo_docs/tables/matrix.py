"""Every clause in play with its status, the paragraphs the other way round, coverage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cqo_docs.tables.source import Source, found_text


def matrix_sheet(source: Source) -> dict[str, Any]:
    """Every clause in play with its status, the paragraphs the other way round, coverage."""
    plan, w = source.plan, source.wording
    roles = {r.standard.id: r.role for r in plan.standards}
    in_play = [r.standard for r in plan.standards if r.role != "background"]
    refs = _refs(source)
    short = {s.id: s.number or s.title for s in source.library.standards}
    topics = w.topics
    return {
        "title": w.paper_name("matrix"),
        "company_name": source.view["company.name"],
        "statuses": {name: w.formats["status"][name] for name in plan.counts()},
        "clauses": _matrix_rows(source, refs),
        "paragraphs": [
            {
                "no": n,
                "paper": p.paper,
                "block": p.place,
                "text": p.text,
                "topic": topics[p.topic]["name"] if p.topic else p.origin,
                "clauses": w.join([f"{short[k.partition('#')[0]]} {refs[k]}" for k in p.clauses])
                if p.clauses
                else "",
            }
            for n, p in enumerate(source.paragraphs, 1)
        ],
        "coverage": [
            {
                "standard": source.names[s.id],
                "role": w.formats["role"][roles[s.id]],
                "total": sum(counts.values()),
                **counts,
            }
            for s in in_play
            for counts in [plan.counts(s.id)]
        ],
        "verdicts": [
            {
                "standard": source.names[v.standard.id],
                "verdict": w.formats["verdict"][v.verdict],
                "failed": found_text(w, v, "failed"),
                "missing": found_text(w, v, "missing"),
            }
            for v in plan.eligibility
        ],
    }


def _refs(source: Source) -> dict[str, str]:
    """Each clause as both lists name it; in brackets where the source has no such number."""
    locator = str(source.wording.formats["locator"])
    in_play = {r.standard.id for r in source.plan.standards if r.role != "background"}
    return {
        c.key: shown if s.locators == "number" else locator.format(ref=shown)
        for s in source.library.standards
        if s.id in in_play
        for c in s.clauses
        for shown in [c.shown or c.ref]
    }


def _matrix_rows(source: Source, refs: Mapping[str, str]) -> list[dict[str, Any]]:
    """One row a clause: what it says, its status and why, where it stands."""
    paragraphs = {p.block: p for p in source.paragraphs}
    form = str(source.wording.formats["place-in-paper"])

    def told(block: str) -> str:
        paragraph = paragraphs[block]
        return form.format(paper=paragraph.paper, place=paragraph.place)

    w, names, titles, topics = source.wording, source.names, source.titles, source.wording.topics
    modality, actor, status = (w.formats[name] for name in ("modality", "actor", "status"))
    return [
        {
            "no": number,
            "standard": names[clause.standard],
            "ref": refs[clause.key],
            "topic": topics[clause.topic]["name"],
            "modality": modality[clause.modality],
            "actor": actor[clause.actor],
            "summary": clause.summary,
            "status": status[decision.status],
            "reason": w.reason(decision.reason),
            "papers": w.join([titles[p] for p in decision.papers]) if decision.papers else "",
            "blocks": "\n".join(map(told, decision.blocks)),
        }
        for number, decision in enumerate(source.plan.clauses, 1)
        for clause in [decision.clause]
    ]

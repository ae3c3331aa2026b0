"""Every clause in play with its status, the paragraphs the other way round, coverage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cqo_docs.base.memo import SameMemo
from cqo_docs.papers.block import Block
from cqo_docs.papers.tables.source import Row, Source, found_text
from cqo_docs.wording.placeholders import fill

# Whatever the company, a library has the same clauses.
CITED: SameMemo[Mapping[str, str]] = SameMemo(8)
CLAUSE_ROWS: SameMemo[Mapping[str, Mapping[str, str]]] = SameMemo(8)


def matrix_sheet(source: Source) -> dict[str, Any]:
    """Every clause in play with its status, the paragraphs the other way round, coverage."""
    plan, w = source.plan, source.wording
    roles = {r.standard.id: r.role for r in plan.standards}
    in_play = [r.standard for r in plan.standards if r.role != "background"]
    return {
        "title": w.paper_name("matrix"),
        "company_name": source.view["company.name"],
        "statuses": {name: w.formats["status"][name] for name in plan.counts()},
        "clauses": _matrix_rows(source),
        "paragraphs": list(source.paragraphs.values()),
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


def paragraph_rows(
    paper: str, blocks: Sequence[Block], places: Sequence[str], source: Source
) -> dict[str, Row]:
    """The paragraphs of one paper by their ids, counted on from those of the papers before it."""
    w, topics, cited = source.wording, source.wording.topics, _cited(source)
    origins = w.formats["paragraph-origin"]
    said = {
        origin: fill(str(origins[origin]), source.view) for origin in {b.origin for b in blocks}
    }
    return {
        block.id: {
            "no": n,
            "paper": paper,
            "block": place,
            "text": block.text,
            "topic": topics[block.topic]["name"] if block.topic else said[block.origin],
            "clauses": w.join([cited[key] for key in block.clauses]) if block.clauses else "",
        }
        for n, (block, place) in enumerate(
            zip(blocks, places, strict=True), len(source.paragraphs) + 1
        )
    }


def _cited(source: Source) -> Mapping[str, str]:
    """Each clause with its standard, as the paragraphs name it."""
    library = source.library

    def make() -> Mapping[str, str]:
        standards = {s.id: s.number or s.title for s in library.standards}
        return {
            key: f"{standards[key.partition('#')[0]]} {row['ref']}"
            for key, row in _clause_rows(source).items()
        }

    return CITED.get(source.wording, (library,), make)


def _clause_rows(source: Source) -> Mapping[str, Mapping[str, str]]:
    """What a row says of each clause whichever the company: it is the same in every matrix."""
    w, library, names = source.wording, source.library, source.names

    def make() -> Mapping[str, Mapping[str, str]]:
        locator = str(w.formats["locator"])
        modality, actor = w.formats["modality"], w.formats["actor"]
        return {
            c.key: {
                "standard": names[s.id],
                # In brackets where the source has no such number.
                "ref": shown if s.locators == "number" else locator.format(ref=shown),
                "topic": w.topics[c.topic]["name"],
                "modality": modality[c.modality],
                "actor": actor[c.actor],
                "summary": c.summary,
            }
            for s in library.standards
            for c in s.clauses
            for shown in [c.shown or c.ref]
        }

    return CLAUSE_ROWS.get(w, (library,), make)


def _matrix_rows(source: Source) -> list[dict[str, Any]]:
    """One row a clause: what it says, its status and why, where it stands."""
    w, titles, rows = source.wording, source.titles, _clause_rows(source)
    form, status = str(w.formats["place-in-paper"]), w.formats["status"]

    def told(block: str) -> str:
        row = source.paragraphs[block]
        return form.format(paper=row["paper"], place=row["block"])

    return [
        {
            "no": number,
            **rows[decision.clause.key],
            "status": status[decision.status],
            "reason": w.reason(decision.reason),
            "papers": w.join([titles[p] for p in decision.papers]) if decision.papers else "",
            "blocks": "\n".join(map(told, decision.blocks)),
        }
        for number, decision in enumerate(source.plan.clauses, 1)
    ]

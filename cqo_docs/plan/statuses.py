"""The one status of every clause, and the reason for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from itertools import chain
from typing import Any, NamedTuple

from cqo_docs.base.memo import SameMemo
from cqo_docs.facts.conditions import Outcome, holds
from cqo_docs.library.records import Clause, Library
from cqo_docs.plan.model import (
    FREE_MODALITIES,
    INFORMING_KINDS,
    NOWHERE,
    ClauseDecision,
    Places,
    PlannedBlock,
    PlannedPaper,
    Reason,
    Reconciled,
)


class _Shown(NamedTuple):
    """What the paragraphs of a pack show of the clauses."""

    places: Mapping[str, Places]
    """For each clause that is shown: the papers and the paragraphs that show it."""
    differing: Mapping[str, Sequence[Clause]]
    """For each topic that is said with different strength: the leading clause, then all."""


# What a whole pack shows of the clauses is large, and few packs are alike in it.
SHOWN: SameMemo[_Shown] = SameMemo(32)


def shown_in(papers: Sequence[PlannedPaper], library: Library) -> _Shown:
    """What the papers show, worked out once for the companies that share their paragraphs."""
    blocks = tuple([planned.blocks for planned in papers])
    return SHOWN.get(library, blocks, lambda: _new_shown(blocks))


def _new_shown(papers: tuple[tuple[PlannedBlock, ...], ...]) -> _Shown:
    found: dict[str, dict[str, str]] = {}
    differing: dict[str, Sequence[Clause]] = {}
    for block in chain.from_iterable(papers):
        for clause in block.clauses:
            found.setdefault(clause.key, {})[block.id] = block.paper
        if block.lead:
            # A statement has no strength to compare.
            same = [
                c for c in block.clauses if c.topic == block.topic and c.modality != "statement"
            ]
            if len({c.modality for c in same}) > 1:
                differing.setdefault(block.topic, [block.lead, *same])
    places = {k: (tuple(dict.fromkeys(v.values())), tuple(v)) for k, v in found.items()}
    return _Shown(places, differing)


class Judged(NamedTuple):
    """What decides the status of the clauses of one plan, by the key of a clause."""

    facts: Mapping[str, Any]
    applies: Mapping[str, Outcome]
    requires: Mapping[str, Outcome]
    places: Mapping[str, Places]
    relaxed: Mapping[str, Clause | None]
    as_of: date
    settled: Sequence[Reconciled]


@cache
def _plain_reason(code: str) -> Reason:
    """A reason of which there is no more to tell."""
    return Reason(f"clause.{code}")


def decide(clause: Clause, judged: Judged) -> ClauseDecision:
    """The one status of a clause, with its reason."""
    applies = judged.applies[clause.key]
    papers, blocks = judged.places.get(clause.key, NOWHERE)

    def result(status: str, code: str, *outcomes: Outcome, **values: Any) -> ClauseDecision:
        told = outcomes or values
        reason = Reason(f"clause.{code}", values, outcomes) if told else _plain_reason(code)
        return ClauseDecision(clause, status, reason, papers, blocks)

    if applies.verdict is False:
        return result("not_applicable", "not-applicable", *applies.deciding())
    if applies.verdict is None and clause.actor != "regulator":
        return result("action", "applies-unknown", *applies.deciding())
    year = clause.params.get("year")
    if year and judged.as_of.year > int(year):
        return result("information", "history", year=year)
    if clause.actor == "regulator":
        return result("information", "regulator")
    other = _settled_otherwise(clause, judged.settled, judged.facts)
    if other is not None:
        chosen = {"chosen": other.value, "parameter": other.parameter.id}
        if other.chosen:
            return result("not_met", "chosen-otherwise", **chosen)
        return result("action", "choose", **chosen)
    free = clause.modality in FREE_MODALITIES
    if clause.requires is not None:
        outcome = judged.requires[clause.key]
        deciding = tuple(outcome.deciding())
        if clause.relaxes:
            used = judged.relaxed.get(clause.standard) is clause
            return (
                result("met", "relief-used", *deciding)
                if used
                else (result("optional", "relief-unused"))
            )
        if outcome.verdict is True:
            if clause.remains is not None and holds(clause.remains, judged.facts):
                return result("action", "remains", *deciding)
            return result("met", "met", *deciding)
        if outcome.verdict is False:
            relief = judged.relaxed.get(clause.standard)
            if relief is not None and relief.relaxes == clause.ref:
                return result("met", "met-by-relief", *deciding, ref=relief.cited)
            return (
                result("optional", "free-unused", *deciding)
                if free
                else (result("not_met", "not-met", *deciding, modality=clause.modality))
            )
        return (
            result("optional", "free-unanswered", *deciding)
            if free
            else (result("action", "unanswered", *deciding))
        )
    if blocks:
        return result("covered", "covered")
    if free:
        return result("optional", "free")
    if clause.kind in INFORMING_KINDS:
        return result("information", "informing")
    return result("action", "to-do", topic=clause.topic)


def _settled_otherwise(
    clause: Clause, settled: Sequence[Reconciled], facts: Mapping[str, Any]
) -> Reconciled | None:
    """The unordered figure that this clause sets and the enterprise's answer does not keep."""
    for item in settled:
        parameter = item.parameter
        if parameter.rule != "unordered" or parameter.id not in clause.params:
            continue
        # One person who is both signs or hears in either capacity.
        if facts.get("company.one_head") and parameter.id != "departments":
            continue
        accepted = (parameter.accepts or {}).get(clause.params[parameter.id], ())
        answer = facts.get(parameter.answer)
        if answer is not None and answer not in accepted:
            return item._replace(value=answer)
    return None

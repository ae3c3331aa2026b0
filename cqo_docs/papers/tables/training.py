"""Courses, records and money of the officer's training."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from cqo_docs.papers.tables.budget import BudgetLine, budget_lines
from cqo_docs.papers.tables.source import Row, Source
from cqo_docs.papers.tables.year import live_quarters, offered
from cqo_docs.wording.placeholders import fill

FUND_GROUP = "talent"


def training_offers(source: Source) -> list[str]:
    """What the enterprise does about the trainings of the authorities, one line a standard."""
    w = source.wording
    roles = {r.standard.id: r.role for r in source.plan.standards}
    found: dict[str, dict[str, str]] = {}
    for decision in source.plan.clauses:
        clause = decision.clause
        action = w.topics[clause.topic].get("action", "")
        theirs = clause.kind == "training" and clause.actor == "regulator"
        if theirs and action and decision.status != "not_applicable":
            found.setdefault(clause.standard, {})[clause.topic] = action
    mark = str(w.formats["sentence-mark"])
    return [
        str(w.year["training-offers"]).format(
            role=w.formats["role"][roles[standard]],
            name=source.library.standard(standard).number or source.names[standard],
            items=str(w.formats["clause-mark"]).join(a.removesuffix(mark) for a in items.values()),
        )
        for standard, items in found.items()
    ]


def training_courses(source: Source) -> list[Row]:
    """One row a course of the year; hours and organizer are agreed upon and written by hand."""
    words, live = source.wording.year["courses"], live_quarters(source)
    names = source.wording.formats["quarters"]
    trained = source.plan.case.answers.candidate.training in {"attended", "passed"}
    found: list[tuple[int, Mapping[str, Any]]] = []
    for raw in offered(source, "courses"):
        if raw.get("entry") == "true" and trained:
            continue
        quarter = int(raw["quarter"])
        found.append((quarter if quarter in live else live[0], raw))
    return [
        {
            "no": str(n),
            "name": fill(words[raw["id"]]["course"], source.view),
            "way": fill(words[raw["id"]]["way"], source.view),
            "quarter": names[quarter - 1],
            "hours": "",
            "organizer": "",
        }
        for n, (quarter, raw) in enumerate(sorted(found, key=lambda pair: pair[0]), 1)
    ]


def training_lines(source: Source) -> tuple[BudgetLine, ...]:
    """The lines of the budget that pay for training; none without sums."""
    if not source.plan.case.facts["fund.itemized"]:
        return ()
    return tuple(line for line in budget_lines(source) if line.group == FUND_GROUP)


def training_funds(source: Source) -> list[Row]:
    """The training lines of the budget with the same sums."""
    money = source.wording.money
    return [
        {
            "no": str(n),
            "name": line.name,
            "basis": line.basis,
            "amount": "" if line.amount is None else money(line.amount),
        }
        for n, line in enumerate(training_lines(source), 1)
    ]


def training_total(source: Source) -> list[Row]:
    """The sum of the training lines; none where there are none."""
    lines = training_lines(source)
    if not lines:
        return []
    total = sum((line.amount for line in lines if line.amount is not None), Decimal(0))
    label = source.wording.formats["totals"]["sum"]
    return [{"label": label, "amount": source.wording.money(total)}]


def training_records(source: Source) -> list[Row]:
    """Empty rows for what was attended."""
    short = source.plan.case.profile.size == "micro"
    count = int(source.wording.year["record-rows-micro" if short else "record-rows"])
    empty = ("day", "name", "organizer", "hours", "result", "certificate")
    return [{"no": str(n), **dict.fromkeys(empty, "")} for n in range(1, count + 1)]

"""Results against goals, and where the institution can be bettered."""

from __future__ import annotations

from cqo_docs.papers.tables.assessment import indicators
from cqo_docs.papers.tables.source import Row, Source
from cqo_docs.papers.view import fund_total
from cqo_docs.plan.model import ClauseDecision
from cqo_docs.wording.placeholders import fill

EMPTY_ROWS = 3
# A clause that no paper of this pack shows.
TO_DO = "clause.to-do"
FIRM = frozenset({"shall", "shall_not"})


def open_clauses(source: Source) -> list[ClauseDecision]:
    """The clauses that are not met or not settled, whichever papers were asked for."""
    return [
        d
        for d in source.plan.clauses
        if d.status in {"not_met", "action"} and d.reason.code != TO_DO
    ]


def review_goals(source: Source) -> list[Row]:
    """One row an indicator with its target; results are written by hand."""
    return [
        {
            "no": str(n),
            "name": indicator.name,
            "target": indicator.target,
            "result": "",
            "gap": "",
        }
        for n, (_, indicator) in enumerate(indicators(source), 1)
    ]


def review_running(source: Source) -> list[Row]:
    """What is looked at when the year is over; what was found is written by hand."""
    answers, words = source.plan.case.answers, source.wording.year["running"]
    micro = source.plan.case.profile.size == "micro"
    assessed = "recorded" if answers.assessment.assessor == "nobody" else "assessed"
    names = [assessed, "duties", "authority"]
    if answers.fund.establish:
        names.append("fund" if fund_total(source.plan) is not None else "fund-open")
    names += (
        ["training", "accidents"] if micro else ["training", "filing", "incentives", "accidents"]
    )
    return [
        {
            "item": words[name]["item"],
            "view": fill(words[name]["view"], source.view),
            "state": "",
        }
        for name in names
    ]


def review_opportunities(source: Source) -> list[Row]:
    """What the plan leaves to be done or bettered, the weightiest first, then empty rows."""
    words, w = source.wording.year, source.wording
    found: dict[tuple[str, str], tuple[int, str, str]] = {}
    roles = {r.standard.id: r.role for r in source.plan.standards}
    for decision in open_clauses(source):
        clause = decision.clause
        if clause.kind == "disqualification":
            continue
        rank = _rank(decision, roles[clause.standard])
        text = str(words["opportunities"][decision.status]).format(
            topic=w.topics[clause.topic]["name"]
        )
        origin = str(words["opportunities"]["source"]).format(
            role=w.formats["role"][roles[clause.standard]],
            ref=source.library.cited[clause.key],
        )
        found.setdefault((clause.topic, decision.status), (rank, text, origin))
    priorities = list(words["priorities"].values())
    rows: list[Row] = [
        {"text": text, "origin": origin, "priority": priorities[rank], "measure": ""}
        for rank, text, origin in sorted(found.values(), key=lambda entry: entry[0])
    ]
    rows += [dict.fromkeys(("text", "origin", "priority", "measure"), "")] * EMPTY_ROWS
    return [{"no": str(n), **row, "owner": "", "due": ""} for n, row in enumerate(rows, 1)]


def _rank(decision: ClauseDecision, role: str) -> int:
    """How weighty a gap is: what a basis demands and is not met comes first."""
    if decision.status == "not_met":
        return 0 if role == "basis" or decision.clause.modality in FIRM else 1
    return 1 if role == "basis" else 2

"""Objectives, tasks, resources, checks and calendar of the year's plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from cqo_docs.papers.tables.assessment import named_indicators
from cqo_docs.papers.tables.budget import budget_items, budget_totals
from cqo_docs.papers.tables.source import Row, Source, first_of_run
from cqo_docs.papers.tables.system import org_units
from cqo_docs.wording.placeholders import fill

# Of the ids that we give to events.
NAMESPACE = UUID("5b0e1c1e-6a0f-5c55-9a53-0d6c6f0b7a11")
SATURDAY, SUNDAY = 5, 6
QUARTERS = (1, 2, 3, 4)


class Event(NamedTuple):
    """One day of the calendar; `uid` stays the same when the day or the words change."""

    uid: UUID
    day: date
    matter: str
    cycle: str
    owner: str
    output: str


def plan_year(source: Source) -> int:
    """The year of the plan: that of the assessment, whose targets it pursues."""
    return int(source.plan.case.answers.assessment.year or source.plan.as_of.year)


def first_day(source: Source) -> date:
    """The first day of the plan: that of the term where a new officer begins in its year."""
    a, year = source.plan.case.answers.appointment, plan_year(source)
    begins = a.kind != "renewal" and a.start is not None and a.start.year == year
    return a.start if begins and a.start else date(year, 1, 1)


def live_quarters(source: Source) -> tuple[int, ...]:
    """The quarters that are not over when the plan begins."""
    return tuple(q for q in QUARTERS if 3 * q >= first_day(source).month)


def offered(source: Source, kind: str) -> tuple[Mapping[str, Any], ...]:
    """The entries of one kind that concern this company: by size, by fund, by topics in play."""
    return source.once(f"year {kind}", lambda s: tuple(_offered(s, kind)))


def _offered(source: Source, kind: str) -> Iterator[Mapping[str, Any]]:
    case = source.plan.case
    micro = case.profile.size == "micro"
    topics = {d.clause.topic for d in source.plan.clauses if d.status != "not_applicable"}
    for raw in source.library.year[kind]:
        if (micro and raw.get("micro") != "true") or (
            raw.get("fund") == "true" and not case.answers.fund.establish
        ):
            continue
        wanted = source.library.matching(tuple(raw["topics"]))
        if not raw["topics"] or any(topic in topics for topic in wanted):
            yield raw


def unit_for(source: Source, kind: str) -> str:
    """Who is responsible: the officer, or the department whose name tells that it is its work."""
    if kind == "post" or source.plan.case.profile.size == "micro":
        return source.view["post"]
    named = source.plan.case.answers.company.departments
    united = any(r.parameter.id == "departments" for r in source.plan.reconciled)
    words = source.wording.year
    if not named and not united:
        return str(words["no-unit"])
    units = [str(row["text"]) for row in org_units(source)]
    for word in (*words["units"][kind], *words["units"]["quality"]):
        for unit in units:
            if word in unit:
                return unit
    return units[0]


def year_notes(source: Source) -> list[str]:
    """From when the plan counts, where the officer begins within its year."""
    first = first_day(source)
    if (first.month, first.day) == (1, 1):
        return []
    return [str(source.wording.year["begins"]).format(day=source.wording.date(first))]


def year_objectives(source: Source) -> list[Row]:
    """One row an indicator of the assessment, with what is done to reach its target."""
    words = source.wording.year
    units = {raw["id"]: raw["unit"] for raw in source.library.year["objectives"]}
    rows: list[Row] = []
    for name, group, indicator in named_indicators(source):
        measure = words["measures"][name] if name else words["own-measure"]
        rows.append(
            {
                "no": str(len(rows) + 1),
                "group": group,
                "name": indicator.name,
                "target": indicator.target,
                "measure": fill(measure, source.view),
                "evidence": indicator.evidence or "",
                "owner": unit_for(source, units.get(name, "post")),
            }
        )
    return first_of_run(rows)


def year_tasks(source: Source) -> list[Row]:
    """The tasks quarter by quarter; what was due before the plan begins comes first of all."""
    words, view, live = source.wording.year["tasks"], source.view, live_quarters(source)
    names = source.wording.formats["quarters"]
    found: dict[int, list[Mapping[str, Any]]] = {q: [] for q in live}
    for raw in offered(source, "tasks"):
        quarters = [int(q) for q in raw["quarters"]]
        for quarter in [q for q in quarters if q in found] or [live[0]]:
            found[quarter].append(raw)
    rows: list[Row] = []
    for quarter, raws in found.items():
        for raw in raws:
            rows.append(
                {
                    "no": str(len(rows) + 1),
                    "group": names[quarter - 1],
                    "task": fill(words[raw["id"]]["task"], view),
                    "owner": unit_for(source, raw["unit"]),
                    "output": fill(words[raw["id"]]["output"], view),
                    "done": "",
                }
            )
    return first_of_run(rows)


def year_resources(source: Source) -> list[Row]:
    """The lines of the budget with their sums; none where no sum was given, or in a short form."""
    return budget_items(source) if _resources_shown(source) else []


def year_resource_totals(source: Source) -> list[Row]:
    """The totals of the budget, where its lines are shown."""
    return budget_totals(source) if _resources_shown(source) else []


def _resources_shown(source: Source) -> bool:
    case = source.plan.case
    return bool(case.facts["fund.itemized"]) and case.profile.size != "micro"


def year_checks(source: Source) -> list[Row]:
    """One row a quarter: what is checked and how; day and result are written by hand."""
    words, names = source.wording.year["checks"], source.wording.formats["quarters"]
    return [
        {
            "group": names[quarter - 1],
            "work": fill(words[quarter - 1]["work"], source.view),
            "method": fill(words[quarter - 1]["method"], source.view),
            "owner": source.view["post"],
            "day": "",
            "result": "",
        }
        for quarter in live_quarters(source)
    ]


def workday(day: date) -> date:
    """The day, or the working day beside it where it falls on a weekend."""
    if day.weekday() == SATURDAY:
        return day - timedelta(days=1)
    return day + timedelta(days=1) if day.weekday() == SUNDAY else day


def events(source: Source) -> tuple[Event, ...]:
    """The periodic duties of the year by day, those before the plan begins left out."""
    return source.once("events", lambda s: tuple(sorted(_events(s), key=lambda e: e.day)))


def _events(source: Source) -> Iterator[Event]:
    words, year, first = source.wording.year, plan_year(source), first_day(source)
    a = source.plan.case.answers.assessment
    for raw in offered(source, "events"):
        days: Sequence[str] = raw["days"]
        cycle = words["cycles"].get(raw["cycle"], "")
        if raw["cycle"] == "assessment":
            days, cycle = source.library.year["assessed"][a.cycle], words["assessed"][a.cycle]
        dated = [workday(date.fromisoformat(f"{year}-{day}")) for day in days]
        ahead = [day for day in dated if day >= first]
        if not ahead and raw.get("opening") == "true":
            ahead = [first]
        for day in ahead:
            number = dated.index(day) + 1 if day in dated else 1
            yield Event(
                uid=_uid(source.plan.case.answers.company.name, year, raw["id"], number),
                day=day,
                matter=fill(words["events"][raw["id"]]["matter"], source.view),
                cycle=cycle,
                owner=unit_for(source, raw["unit"]),
                output=fill(words["events"][raw["id"]]["output"], source.view),
            )


def _uid(company: str, year: int, name: str, number: int) -> UUID:
    """One id for one matter of one company: a new plan moves its day, and doubles nothing."""
    return uuid5(NAMESPACE, "\0".join((company, str(year), name, str(number))))


def year_calendar(source: Source) -> list[Row]:
    """One row an event."""
    return [
        {
            "no": str(n),
            "day": source.wording.date(event.day),
            "matter": event.matter,
            "cycle": event.cycle,
            "owner": event.owner,
            "output": event.output,
        }
        for n, event in enumerate(events(source), 1)
    ]


def year_file(source: Source) -> dict[str, Any]:
    """What the calendar file holds: the events of the table."""
    form, view = source.wording.year["calendar"], source.view
    title = fill(source.wording.papers["year-plan"]["title"], view)
    return {
        "company_name": view["company.name"],
        "name": str(form["name"]).format(company=view["company.short_name"], title=title),
        "events": [
            {
                "uid": event.uid,
                "day": event.day,
                "summary": event.matter,
                "description": str(form["description"]).format(
                    cycle=event.cycle, owner=event.owner, output=event.output
                ),
            }
            for event in events(source)
        ],
    }

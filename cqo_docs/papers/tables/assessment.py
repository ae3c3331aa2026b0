"""Indicators, weights, grades and veto items of the assessment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from cqo_docs.answers.model import Indicator
from cqo_docs.papers.tables.source import Row, Source, T, first_of_run
from cqo_docs.wording.amounts import split_exactly
from cqo_docs.wording.placeholders import fill

INDICATORS, VETO_ITEMS = "assessment.indicators", "assessment.veto_items"
# The grades that a mark is set for, and where it is answered, from best to worst.
MARKS = {"excellent": "excellent", "good": "good", "pass": "pass_mark"}
SCORERS = {"self": "self_score", "superior": "superior", "board": "board"}


def indicators(source: Source) -> tuple[tuple[str, Indicator], ...]:
    """The indicators with their groups; the weights add up to 100 exactly."""
    return tuple((group, indicator) for _, group, indicator in named_indicators(source))


def named_indicators(source: Source) -> tuple[tuple[str, str, Indicator], ...]:
    """The indicators with their ids, "" for one of the enterprise's own, and their groups."""
    return source.once("indicators", _indicators)


def _indicators(source: Source) -> tuple[tuple[str, str, Indicator], ...]:
    chosen = source.plan.case.answers.assessment
    words = source.wording
    if chosen.indicators:
        own = str(words.formats["indicator-group"]["own"])
        return tuple(("", own, indicator) for indicator in chosen.indicators)
    # The duties in play, whichever papers were asked for: one paper reads as in the whole pack.
    topics = {
        d.clause.topic
        for d in source.plan.clauses
        if d.clause.actor != "regulator" and d.status != "not_applicable"
    }
    micro = source.plan.case.profile.size == "micro"
    offered = [raw for raw in source.library.indicators if not micro or raw.get("micro") == "true"]
    used = [
        raw
        for raw in offered
        if not raw["topics"]
        or any(t in topics for t in source.library.matching(tuple(raw["topics"])))
    ]
    weights = _indicator_weights(used, chosen.weights)
    result = []
    for raw, weight in zip(used, weights, strict=True):
        texts = {k: fill(v, source.view) for k, v in words.indicators[raw["id"]].items()}
        if weight:
            group = str(words.formats["indicator-group"][raw["group"]])
            # Our own words and weights: nothing in them to check.
            result.append(
                (raw["id"], group, Indicator.model_construct(None, weight=weight, **texts))
            )
    return tuple(result)


def _indicator_weights(used: Sequence[Mapping[str, Any]], groups: Any) -> tuple[Decimal, ...]:
    """Whole points: shared by relative weight, inside each group where its sum was given."""
    weights = [Decimal(raw["weight"]) for raw in used]
    have = {raw["group"] for raw in used}
    wanted = {k: v for k, v in dict(groups or {}).items() if k in have}
    if not sum(wanted.values()):
        return _points(Decimal(100), tuple(weights))
    result = [Decimal(0)] * len(used)
    sums = _points(Decimal(100), tuple(wanted.values()))
    for name, points in zip(wanted, sums, strict=True):
        places = [i for i, raw in enumerate(used) if raw["group"] == name]
        own = tuple([weights[i] for i in places])
        for i, share in zip(places, _points(points, own), strict=True):
            result[i] = share
    return tuple(result)


@lru_cache(maxsize=256)
def _points(total: Decimal, weights: tuple[Decimal, ...]) -> tuple[Decimal, ...]:
    """A split into whole points where the total is whole, else into hundredths."""
    if total == 0:
        return tuple(Decimal(0) for _ in weights)
    scale = Decimal(100) if total == total.to_integral_value() else Decimal(1)
    return tuple(part * scale for part in split_exactly(total / scale, weights))


def assessment_indicators(source: Source) -> list[Row]:
    """One row an indicator; score columns stay empty for hand-written figures."""
    number = source.wording.number
    rows: list[Row] = [
        {
            "no": str(n),
            "group": group,
            **_indicator_texts(source, n, i),
            "weight": _weight(source, n, number(i.weight)),
            "self": "",
            "superior": "",
            "board": "",
        }
        for n, (group, i) in enumerate(indicators(source), 1)
    ]
    return first_of_run(rows)


def _indicator_texts(source: Source, number: int, indicator: Indicator) -> dict[str, str]:
    """What an indicator says in words, each text in the place of its answer."""
    answered = source.wording.answered
    return {
        name: answered(f"{INDICATORS}[{number - 1}].{name}", getattr(indicator, name) or "")
        for name in ("name", "target", "evidence", "scoring")
    }


def _weight(source: Source, number: int, value: T) -> T:
    return source.wording.answered(f"{INDICATORS}[{number - 1}].weight", value)


def assessment_totals(source: Source) -> list[Row]:
    """The sum of the weights and the lines for the result."""
    total = sum((i.weight for _, i in indicators(source)), Decimal(0))
    words = source.wording.formats["totals"]
    empty = {"self": "", "superior": "", "board": ""}
    return [
        {"label": words["sum"], "weight": source.wording.number(total), **empty},
        {"label": words["final"], "weight": "", **empty},
    ]


# The groups of our own indicators, in the order of the chart.
GROUPS = ("safety", "foundation", "competitiveness", "management")


def assessment_chart(source: Source) -> list[Row]:
    """The weight of each group; nothing for a micro firm or where the firm set the indicators."""
    chosen = source.plan.case.answers.assessment
    if source.plan.case.profile.size == "micro" or chosen.indicators:
        return []
    words, number = source.wording.formats["indicator-group"], source.wording.number
    rows = []
    for name in GROUPS:
        own = [i.weight for group, i in indicators(source) if group == str(words[name])]
        rows.append({"name": words[name], "weight": number(sum(own, Decimal(0)))})
    return rows


def grades(source: Source) -> list[tuple[str, Decimal, Decimal | None]]:
    """The grades from best to worst: id, least score, score that it must stay below."""
    a = source.plan.case.answers.assessment
    return [
        ("excellent", a.excellent, None),
        ("good", a.good, a.excellent),
        ("pass", a.pass_mark, a.good),
        ("fail", Decimal(0), a.pass_mark),
    ]


def assessment_grades(source: Source) -> list[Row]:
    """The bands of the grades in words."""
    formats, view = source.wording.formats, source.view
    rows = []
    above = ""
    for name, mark in (*MARKS.items(), ("fail", "")):
        form = "between" if above and mark else "at-least" if mark else "below"
        low = view[f"grade.{mark}"] if mark else ""
        text = str(formats["grade-range"][form]).format(low=low, high=above)
        above = low
        rows.append(
            {
                "grade": formats["grade"][name],
                "range": text,
                "result": formats["grade-use"][name],
            }
        )
    return rows


def veto_items(source: Source) -> list[str]:
    """What makes the result a failure whatever the score."""
    own = source.plan.case.answers.assessment.veto_items
    items = own or tuple(source.wording.formats["veto-default"])
    mark = source.wording.formats["sentence-mark"]
    place = source.wording.answered
    return [
        f"{place(f'{VETO_ITEMS}[{n}]', item.removesuffix(mark))}{mark}"
        for n, item in enumerate(items)
    ]


def assessment_sheet(source: Source) -> dict[str, Any]:
    """What the assessment workbook holds; scores are entered by hand and summed live."""
    view, formats, answered = source.view, source.wording.formats, source.wording.answered
    a = source.plan.case.answers.assessment
    year = answered("assessment.year", int(a.year or source.plan.as_of.year))
    return {
        "title": source.wording.paper_name("assessment"),
        "company_name": view["company.name"],
        "person": view["person"],
        "post": view["post"],
        "year": year,
        "cycle": view["cycle"],
        "period": str(formats["period"]).format(year=year),
        **{
            f"weight_{name}": answered(f"assessment.scorers.{path}", getattr(a.scorers, path))
            for name, path in SCORERS.items()
        },
        "indicators": [
            {
                "no": n,
                "group": group,
                **_indicator_texts(source, n, i),
                "weight": _weight(source, n, i.weight),
            }
            for n, (group, i) in enumerate(indicators(source), 1)
        ],
        "groups": [{"name": name} for name in dict.fromkeys(g for g, _ in indicators(source))],
        "grades": [
            {
                "grade": formats["grade"][name],
                "minimum": answered(f"assessment.{MARKS[name]}", low) if name in MARKS else low,
                "result": formats["grade-use"][name],
            }
            for name, low, _ in grades(source)
        ],
        "veto": [{"no": n, "name": text} for n, text in enumerate(veto_items(source), 1)],
    }

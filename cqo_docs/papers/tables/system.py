"""The organization chart and the list of papers of the management system."""

from __future__ import annotations

from cqo_docs.papers.tables.source import Row, Source
from cqo_docs.papers.view import MANAGERS

# The rules do not list themselves.
RULES = "system"


def related_papers(source: Source) -> list[str]:
    """The titles of the other papers of the pack, for the annex that lists them."""
    form, titles = str(source.wording.formats["paper-title"]), []
    for planned in source.plan.papers:
        name = planned.paper.id
        if name != RULES and not planned.paper.report:
            words = source.wording.papers[name]
            own = (words[t] for v in planned.variants if (t := f"title@{v}") in words)
            titles.append(form.format(title=next(own, source.wording.paper_name(name))))
    return titles


def org_chart(source: Source) -> list[Row]:
    """The boxes of the organization chart from the deciding organ down to the officer."""
    formats = source.wording.formats
    profile = source.plan.case.profile
    if profile.size == "micro":
        return []  # the short rules have no chart: there is nothing to draw
    # A manager who decides is the box below anyway.
    organ = profile.organ
    managed = organ is not None and organ.id in MANAGERS
    boxes = [] if managed else [str(source.view["organ.name"])]
    if profile.same_as_general_manager:
        boxes.append(
            str(formats["chart-same"]).format(
                manager=source.view["manager"], post=source.view["post"]
            )
        )
    else:
        boxes += [source.view["reports_to"], source.view["post"]]
    return [{"text": box} for box in dict.fromkeys(boxes)]


def org_units(source: Source) -> list[Row]:
    """The departments under the officer, side by side."""
    w = source.wording
    if source.plan.case.profile.size == "micro":
        return []
    names = source.plan.case.answers.company.departments
    if not names:
        united = next((r for r in source.plan.reconciled if r.parameter.id == "departments"), None)
        values = w.formats["parameter"]["departments"]["values"]
        names = tuple(values[v] for v in united.value) if united else (source.view["departments"],)
    return [{"text": name} for name in names]

"""The organization chart of the management system."""

from __future__ import annotations

from cqo_docs.tables.source import Row, Source


def org_chart(source: Source) -> list[Row]:
    """The boxes of the organization chart from the deciding organ down to the officer."""
    formats = source.wording.formats
    profile = source.plan.case.profile
    # A manager who decides is the box below anyway.
    organ = profile.organ
    managed = organ is not None and organ.id in {"manager", "factory-director"}
    boxes = [] if managed else [str(source.view["organ.name"])]
    if profile.same_as_general_manager:
        boxes.append(str(formats["chart-same"]).format(post=source.view["post"]))
    else:
        boxes += [source.view["reports_to"], source.view["post"]]
    return [{"text": box} for box in dict.fromkeys(boxes)]


def org_units(source: Source) -> list[Row]:
    """The departments under the officer, side by side."""
    w = source.wording
    names = source.plan.case.answers.company.departments
    if not names:
        united = next((r for r in source.plan.reconciled if r.parameter.id == "departments"), None)
        values = w.formats["parameter"]["departments"]["values"]
        names = tuple(values[v] for v in united.value) if united else (source.view["departments"],)
    return [{"text": name} for name in names]

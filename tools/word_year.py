"""The templates of the papers about a year of the institution: plan, training, review, planning."""

from __future__ import annotations

from collections.abc import Callable

from word_parts import (
    FORM,
    MONEY,
    OFFICIAL,
    RUNNING_TEXT,
    WIDE,
    Cell,
    Element,
    blocks,
    caption,
    each,
    form_head,
    form_text,
    kept_blocks,
    label,
    label_table,
    list_table,
    of,
    p,
    package,
    pairs_table,
    row,
    section,
    signatures,
    when,
)

HAND = 540  # the height of a row that is filled by hand
# Each grid adds up to the width of its page.
OBJECTIVES = {
    "no": 600, "group": 1240, "name": 2400, "target": 2600, "measure": 3324, "evidence": 1900,
    "owner": 1600,
}  # fmt: skip
TASKS = {"no": 600, "group": 1200, "task": 5264, "owner": 2000, "output": 2500, "done": 2100}
RESOURCES = {
    "no": 560, "group": 1420, "name": 3084, "owner": 1400, "q1": 1400, "q2": 1400, "q3": 1400,
    "q4": 1400, "amount": 1600,
}  # fmt: skip
CHECKS = {
    "group": 1200, "work": 3900, "method": 3464, "owner": 1500, "day": 1400, "result": 2200,
}  # fmt: skip
CALENDAR = {
    "no": 600, "day": 2000, "matter": 4864, "cycle": 1200, "owner": 2200, "output": 2800,
}  # fmt: skip
COURSES = {"no": 560, "name": 3085, "way": 2000, "quarter": 1100, "hours": 800, "organizer": 1300}
FUNDS = {"no": 560, "name": 3785, "basis": 2700, "amount": 1800}
RECORDS = {
    "no": 560, "day": 1200, "name": 2385, "organizer": 1400, "hours": 700, "result": 1100,
    "certificate": 1500,
}  # fmt: skip
GOALS = {"no": 700, "name": 2000, "target": 2245, "result": 1600, "gap": 2300}
OPPORTUNITIES = {
    "no": 600, "text": 1900, "origin": 1845, "priority": 800, "measure": 1700, "owner": 1000,
    "due": 1000,
}  # fmt: skip
FACTORS = {"group": 745, "factor": 1400, "state": 3400, "measure": 3300}
STANDARDS = {
    "name": 2445, "role": 800, "total": 800, "own": 900, "optional": 800, "apart": 900,
    "known": 800, "result": 1400,
}  # fmt: skip
GROUP = {"part": 1300, "name": 1500, "role": 2745, "work": 3300}
RUNNING = {"item": 1400, "view": 3445, "state": 4000}
SCHEDULE = {"stage": 845, "work": 2550, "output": 1850, "owner": 1450, "time": 2150}
STAGES = {"stage": 1345, "input": 3000, "output": 4500}


def table_of(rows: str, grid: dict[str, int], merged: str = "", height: int = 340) -> list[Element]:
    """A table in running text: the paragraph above introduces it, a line below sets it off."""
    content = list_table(rows, grid, merged=merged, captioned=False, height=height)
    return when(rows, *content, p("Plain"))


def year_plan() -> bytes:
    """The year's plan, on landscape pages like the budget that pays for it."""
    before = list(RESOURCES).index(MONEY[0])
    sums = [Cell(of(f"r.{key}"), "CellRight") for key in MONEY]
    total = each("totals", row(label("r.label", before), *sums, height=400, keep=True))
    body = [
        *form_head(),
        *pairs_table("info", WIDE, 440),
        p("Gap"),
        *blocks("intro"),
        *list_table("objectives", OBJECTIVES, merged="group"),
        *list_table("tasks", TASKS, merged="group"),
        *kept_blocks("funds"),
        *list_table("resources", RESOURCES, total, merged="group", captioned=False),
        *list_table("checks", CHECKS, height=HAND),
        *list_table("calendar", CALENDAR),
        *blocks("rules", keep=True),
        *signatures(WIDE, 500),
        p("Gap"),
        section(WIDE),
    ]
    return package(body, form_text(WIDE))


def training() -> bytes:
    """The plan and record of the officer's training."""
    total = row(label("r.label", 3), Cell(of("r.amount"), "CellRight"), height=400, keep=True)
    opinions = label_table("opinions", FORM, 900, 2, keep=True)
    body = [
        *form_head(),
        *pairs_table("info", FORM, 440),
        *when("state", caption("state")),
        *pairs_table("state", FORM, 440),
        p("Gap"),
        *blocks("demands"),
        *list_table("courses", COURSES),
        *list_table("funds", FUNDS, each("total", total), kept=True),
        *list_table("records", RECORDS, height=HAND),
        *when("opinions", caption("opinions"), opinions),
        *signatures(FORM, 560),
        p("Gap"),
        section(FORM),
    ]
    return package(body, form_text(FORM))


def review() -> bytes:
    """The report on the institution: running text with the tables that are filled by hand."""
    body = [
        p("Title", of("title")),
        *kept_blocks("opening"),
        *table_of("goals", GOALS, height=HAND),
        *kept_blocks("running"),
        *table_of("running_rows", RUNNING, height=850),
        *kept_blocks("chances"),
        *table_of("opportunities", OPPORTUNITIES, height=HAND),
        *kept_blocks("next"),
        *signatures(OFFICIAL, 640),
        p("Gap"),
        section(OFFICIAL),
    ]
    return package(body, RUNNING_TEXT)


def planning() -> bytes:
    """The plan of the institution: running text with tables of what it rests on."""
    body = [
        p("Title", of("title")),
        *kept_blocks("opening"),
        *table_of("factors", FACTORS, merged="group"),
        *kept_blocks("check"),
        *table_of("standards", STANDARDS),
        *kept_blocks("fitness"),
        *table_of("group", GROUP),
        *kept_blocks("plan"),
        *table_of("schedule", SCHEDULE),
        *kept_blocks("inputs"),
        *table_of("stages", STAGES),
        *kept_blocks("closing"),
        *signatures(OFFICIAL, 640),
        p("Gap"),
        section(OFFICIAL),
    ]
    return package(body, RUNNING_TEXT)


PAPERS: dict[str, Callable[[], bytes]] = {
    "year-plan": year_plan,
    "training": training,
    "review": review,
    "planning": planning,
}

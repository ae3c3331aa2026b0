"""Results as tables and lines, or as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from cqo_docs.cli.problems import message_wording
from cqo_docs.cli.texts import say, texts

if TYPE_CHECKING:
    from cqo_docs.batch import Report
    from cqo_docs.workspace import Workspace


def show_report(report: Report) -> None:
    """Print how a whole roster went."""
    from cqo_docs.pack.manifest import EDITED

    tally = report.tally
    counts = {"written": tally.written, "current": tally.current, "failed": tally.failed}
    click.echo(say("batch-done", clients=tally.clients, day=report.day, **counts))
    if tally.drafts:
        click.echo(say("batch-drafts", count=tally.drafts, folder=EDITED))
    click.echo(say("batch-summary", paths=message_wording().join([str(p) for p in report.summary])))
    if report.errors:
        click.echo(say("batch-errors", path=report.errors))
    if report.roster_changed:
        click.echo(say("batch-changed"))


def console() -> Any:
    """A console that draws no frame of lines where the encoding lacks them."""
    from rich.console import Console

    return Console(highlight=False, legacy_windows=None)


def show_table(
    title: str,
    columns: tuple[str, ...],
    rows: Sequence[Mapping[str, Any]],
    colours: Mapping[str, str] | None = None,
) -> None:
    """Print rows as a table with headings; `colours` maps cell texts to styles."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    out = console()
    plain = not (out.encoding or "").lower().startswith("utf")
    style = box.ASCII if plain or out.legacy_windows else box.SIMPLE_HEAD
    names = texts()["columns"]
    table = Table(box=style, expand=False)
    for column in columns:
        table.add_column(names[column], overflow="fold")
    for row in rows:
        cells = [str(row[c]) for c in columns]
        table.add_row(*(Text(c, style=(colours or {}).get(c, "")) for c in cells))
    out.print(Text(title, style="bold"))
    out.print(table)


# Colours by id; a terminal without colour loses nothing, every status has its word.
COLOURS = {
    "status": {"covered": "green", "met": "green", "not_met": "bold red", "action": "yellow"},
    "verdict": {"pass": "green", "relaxed": "green", "fail": "bold red", "unknown": "yellow"},
    "severity": {"gap": "bold red", "conflict": "yellow", "warning": "yellow"},
    "role": {"basis": "bold"},
    "verify": {"fault": "bold red", "change": "yellow"},
}


def colours(ws: Workspace, kind: str) -> dict[str, str]:
    """The styles of the words of one kind."""
    return {ws.wording.formats[kind][name]: style for name, style in COLOURS[kind].items()}


def show_explained(told: Mapping[str, Any]) -> None:
    """Print one clause's story."""
    for line in explained_lines(told):
        click.echo(line)


def explained_lines(told: Mapping[str, Any]) -> Iterator[str]:
    """One clause's story, line by line: what it says, what was decided, why, and where."""
    yield f"{told['title']} {told['ref']}（{told['modality_name']}）"
    yield f"  {told['summary']}"
    yield f"{say('explain-status')}：{told['status_name']}"
    yield f"{say('explain-reason')}：{told['reason']}"
    for place in told["places"]:
        yield f"{say('explain-place')}：{place['title']} — {place['text']}"


def show_plan(data: Mapping[str, Any], ws: Workspace) -> None:
    """Print a plan for a person."""
    w = ws.wording
    names = {s.id: f"{s.title} {s.number}".strip() for s in ws.library.standards}
    formats = w.formats
    profile = data["profile"]
    shown = {
        "company.size": profile["size"],
        "company.above_scale": profile["above_scale"],
        "company.ownership_group": profile["ownership"],
        "company.industry": profile["industry"],
        "appointment.organ": profile["appointing_organ"],
    }
    show_table(
        f"{say('profile')}：{data['company']}（{data['as_of']}）",
        ("field", "value"),
        [{"field": w.label(k), "value": w.value(k, v)} for k, v in shown.items()],
    )
    show_table(
        say("standards-head"),
        ("standard", "role", "reason"),
        [
            {"standard": names[r["id"]], "role": formats["role"][r["role"]], "reason": r["reason"]}
            for r in data["standards"]
        ],
        colours(ws, "role"),
    )
    show_table(
        say("verdict"),
        ("standard", "verdict", "reason"),
        [
            {
                "standard": names[v["standard"]],
                "verdict": formats["verdict"][v["verdict"]],
                "reason": formats["clause-mark"].join(
                    t["reason"] for t in (*v["failed"], *v["missing"])
                ),
            }
            for v in data["eligibility"]
        ],
        colours(ws, "verdict"),
    )
    for role in data["standards"]:
        own = [c for c in data["clauses"] if c["standard"] == role["id"]]
        if own:
            show_table(
                f"{say('clauses')}：{names[role['id']]}",
                ("ref", "modality", "status", "reason", "papers"),
                [
                    {
                        "ref": c["ref"],
                        "modality": formats["modality"][c["modality"]],
                        "status": formats["status"][c["status"]],
                        "reason": c["reason"],
                        "papers": w.join([w.paper_name(d) for d in c["documents"]]),
                    }
                    for c in own
                ],
                colours(ws, "status"),
            )
    show_table(
        say("counts"),
        ("status", "count"),
        [{"status": formats["status"][k], "count": v} for k, v in data["counts"].items()]
        + [
            {
                "status": texts()["columns"]["total"],
                "count": len(data["clauses"]),
            }
        ],
    )
    show_table(
        say("findings"),
        ("severity", "message", "remedy"),
        [
            {
                "severity": formats["severity"][f["severity"]],
                "message": f["message"],
                "remedy": f["remedy"],
            }
            for f in data["findings"]
        ],
        colours(ws, "severity"),
    )
    show_table(
        say("papers"),
        ("papers", "reason"),
        [{"papers": d["title"], "reason": d["reason"]} for d in data["documents"]],
    )

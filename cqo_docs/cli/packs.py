"""The commands that write packs and look at them again: generate, batch, verify."""

from __future__ import annotations

import gc
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cqo_docs.base.errors import CqoError, problem
from cqo_docs.cli.arguments import (
    chosen_papers,
    in_folders,
    parse_cluster,
    parse_day,
    parse_jobs,
    workspace,
)
from cqo_docs.cli.problems import fail, put_json
from cqo_docs.cli.progress import Progress
from cqo_docs.cli.showing import COLOURS, show_report, show_table
from cqo_docs.cli.texts import say

if TYPE_CHECKING:
    from cqo_docs.batch import Wanted


def generate_command(path: Path, output: Path, **given: Any) -> None:
    """`generate`: write the pack of one company."""
    from cqo_docs import generation as g
    from cqo_docs.answers.file import planning_date
    from cqo_docs.json_shapes import plan_json, verdict_lines
    from cqo_docs.pack.locking import recover
    from cqo_docs.pack.manifest import EDITED

    day, as_json = parse_day(given["day"]), given["as_json"]
    if output == Path():
        raise CqoError([problem("cli.no-output")])
    recovered = recover(output)
    ws = workspace(given["locale"], given["house"])
    wanted = chosen_papers(given["only"], ws)
    file = g.read_answers(path, ws)
    as_of = planning_date(file, day, date.today())
    copies = tuple(kind for kind in ("review", "pdf", "png") if given[kind])
    plan, written = g.generate(file, ws, output, as_of, wanted, given["strict"], copies)
    if as_json:
        findings = plan_json(plan, ws)["findings"]
        keys = ("path", "document", "sha256", "source")
        files = [{k: f[k] for k in keys if k in f} for f in written.files]
        told = {"pack": str(written.folder), "files": files, "findings": findings}
        put_json({**told, "stale": list(written.stale)} if written.stale else told)
        return
    if recovered:
        click.echo(say("recovered", names=ws.wording.join(recovered)))
    for line in verdict_lines(plan, ws):
        click.secho(line, fg="red" if line.startswith("【") else None)
    new = [entry for entry in written.files if not wanted or {*wanted} & {*entry["documents"]}]
    click.echo(say("written", count=len(new), path=written.folder))
    for name in in_folders([entry["path"] for entry in new]):
        click.echo(f"  {name}")
    if written.stale:
        click.echo(say("stale", files=ws.wording.join(written.stale)))
    if written.removed:
        click.echo(say("removed", files=ws.wording.join(in_folders(written.removed))))
    if written.kept:
        click.echo(say("kept", folder=EDITED, files=ws.wording.join(written.kept)))


def batch_wanted(
    source: Path,
    output: Path,
    jobs: str | None,
    day: str | None,
    today: bool,
    strict: bool,
    **reach: Any,
) -> Wanted:
    """What a run of `batch` is asked for."""
    from cqo_docs.batch import Wanted

    if output == Path():
        raise CqoError([problem("cli.no-output")])
    if day is not None and today:
        raise CqoError([problem("batch.two-days")])
    return Wanted(
        source, output, parse_jobs(jobs), parse_day(day), today, strict, parse_cluster(**reach)
    )


def batch_command(wanted: Wanted, locale: str, house: Path | None, as_json: bool) -> int:
    """`batch`: write the packs of a whole roster."""
    from cqo_docs.batch import run_batch

    # A long run; nothing of it may grow with the clients.
    gc.enable()
    ws = workspace(locale, house)
    with Progress(sys.stderr if as_json else sys.stdout) as progress:
        report = run_batch(wanted, ws, progress, date.today())
    tally, stopped = report.tally, report.interrupted or bool(report.stopped)
    if as_json:
        put_json(
            {
                "output": str(wanted.output),
                "as_of": report.day.isoformat(),
                "clients": tally.clients,
                "written": tally.written,
                "current": tally.current,
                "failed": tally.failed,
                "errors": str(report.errors) if report.errors else None,
                "summary": [str(path) for path in report.summary],
                "interrupted": report.interrupted,
                "stopped": [ws.wording.problem(p) for p in report.stopped],
                "roster_changed": report.roster_changed,
            }
        )
    elif stopped:
        click.echo(say("batch-stopped", done=tally.done, clients=tally.clients))
    else:
        show_report(report)
    if report.stopped:
        return fail(report.stopped)
    return 1 if stopped or tally.failed or report.roster_changed else 0


def verify_command(path: Path, as_json: bool) -> int:
    """`verify`: what does not agree in a pack, or in all packs of a folder; the exit code."""
    from cqo_docs.verify import packs_in
    from cqo_docs.verify.reporting import (
        report_json,
        report_lines,
        report_rows,
        summary_line,
        verify_all,
    )

    ws = workspace()
    reports = verify_all(packs_in(path), ws)
    if as_json:
        put_json(report_json(path, reports, ws))
    else:
        if len(reports) > 1:
            click.echo(summary_line(reports, ws))
        for report in reports:
            for line in report_lines(report, ws):
                click.echo(line)
            rows = report_rows(report, ws)
            if rows:
                columns = ("severity", "place", "message", "remedy")
                styles = {ws.wording.verify["severity"][s]: c for s, c in COLOURS["verify"].items()}
                show_table(report.company, columns, rows, styles)
    return 0 if all(report.consistent for report in reports) else 1

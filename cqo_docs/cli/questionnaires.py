"""The commands that ask for answers and judge them: new, merge, form, blank, check, plan."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cqo_docs.base.errors import CqoError, problem
from cqo_docs.cli.arguments import parse_day, workspace
from cqo_docs.cli.problems import fail, message_wording, put_json
from cqo_docs.cli.showing import show_explained, show_plan, show_table
from cqo_docs.cli.texts import say

if TYPE_CHECKING:
    pass


def new_command(path: Path | None, resume: Path | None) -> int:
    """`new`: fill in a questionnaire in the terminal; 0 when nothing is left to answer."""
    from cqo_docs.interview import as_text, check_target, hold_interview
    from cqo_docs.interview.terminal import Terminal, has_terminal, wants_resume

    words = message_wording().interview
    if not has_terminal():
        raise CqoError([problem("new.no-terminal")])
    target = path or (resume and as_text(resume)) or Path(words["default-name"])
    check_target(target)
    with Terminal(words["keys"]) as screen:
        if target.exists() and (resume is None or not target.samefile(resume)):
            if resume is not None or not wants_resume(screen, target, words):
                raise CqoError([problem("new.exists", str(target))])
            resume = target
        return 0 if hold_interview(target, resume, workspace(), screen, date.today()) else 1


def merge_command(paths: tuple[Path, Path], output: Path, prefer: str | None) -> None:
    """`merge`: two questionnaires into one."""
    from cqo_docs.interview.merge import SIDES, merge_files
    from cqo_docs.interview.terminal import Terminal, has_terminal, show_lines
    from cqo_docs.questions.steps import open_kit

    side = (prefer or "").upper()
    if prefer is not None and side not in SIDES:
        raise CqoError([problem("merge.side")])
    ws = workspace()
    kit = open_kit(ws.library, ws.wording)
    if side or not has_terminal():
        show_lines(merge_files(kit, paths, output, side, None))
        return
    with Terminal("") as screen:
        show_lines(merge_files(kit, paths, output, side, screen))


def check_command(path: Path, as_json: bool) -> None:
    """`check`: validate, and list what was assumed."""
    from cqo_docs.answers.file import planning_date
    from cqo_docs.generation import make_case, read_answers
    from cqo_docs.json_shapes import plan_assumptions

    ws = workspace()
    file = read_answers(path, ws)
    case = make_case(file, ws, planning_date(file, None, date.today()))
    rows = plan_assumptions(case.assumptions, ws.wording)
    if as_json:
        put_json({"company": file.answers.company.name, "assumptions": rows})
        return
    click.echo(say("checked", name=file.answers.company.name))
    if not rows:
        click.echo(say("nothing-assumed"))
        return
    show_table(say("assumed-head"), ("field", "value", "reason"), rows)


def plan_command(path: Path, as_json: bool, day: str | None, explain: str | None) -> None:
    """`plan`: everything decided for one company."""
    from cqo_docs import generation as g
    from cqo_docs import json_shapes as shapes
    from cqo_docs.answers.file import planning_date

    given = parse_day(day)
    ws = workspace()
    file = g.read_answers(path, ws)
    plan = g.make_plan(file, ws, planning_date(file, given, date.today()))
    if explain is not None:
        told = shapes.explain(plan, ws, explain)
        put_json(told) if as_json else show_explained(told)
    elif as_json:
        put_json(shapes.plan_json(plan, ws))
    else:
        show_plan(shapes.plan_json(plan, ws), ws)


def form_command(roster: bool, output: Path, prefill: Path | None) -> int:
    """`form`: write an empty form, or one with what is known filled in; the exit code."""
    from cqo_docs import generation as g
    from cqo_docs.forms import WRITERS, write_form
    from cqo_docs.forms.roster import write_roster_form

    suffix = output.suffix.lower()
    if roster and prefill is not None:
        return fail([problem("cli.form-prefill")], 2)
    if roster and suffix != ".xlsx":
        raise CqoError([problem("cli.not-xlsx", str(output))])
    if not roster and suffix not in WRITERS:
        raise CqoError([problem("cli.not-a-form", str(output))])
    if os.path.lexists(output):
        # It may have been filled in since.
        raise CqoError([problem("cli.form-exists", str(output))])
    ws = workspace()
    if roster:
        write_roster_form(output, ws)
        click.echo(say("form-written", path=output))
        return 0
    known = g.known_answers(prefill, ws) if prefill is not None else None
    write_form(output, ws.library, ws.wording, known)
    click.echo(say("form-written-one", path=output))
    return 0


def blank_command(output: Path, standard: str | None) -> None:
    """`blank`: write the blank papers."""
    from cqo_docs.forms.blank.files import write_blanks

    if output == Path():
        raise CqoError([problem("cli.no-output")])
    ws = workspace()
    paths = write_blanks(output, ws.library, ws.wording, ws.renderer, standard)
    click.echo(say("blank-written", count=len(paths), path=output))
    for path in paths:
        click.echo(f"  {path.name}")

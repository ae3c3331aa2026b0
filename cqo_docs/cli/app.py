"""The command line: turn words typed in a terminal into one call, and results into words."""

from __future__ import annotations

import contextlib
import gc
import json
import marshal
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TextIO, TypeVar

import click

import cqo_docs
from cqo_docs.base import cache as store
from cqo_docs.base.errors import CqoError, Problem, problem

if TYPE_CHECKING:
    from cqo_docs.batch import Cluster, Report, Tally, Wanted
    from cqo_docs.wording.sentences import Wording
    from cqo_docs.workspace import Workspace

F = TypeVar("F", bound=Callable[..., Any])
# How click names what is too much; it tells so in its message only.
EXTRA = re.compile(r"unexpected extra arguments? \((.*)\)")
# More than this nobody reads at once.
MOST_SENTENCES = 50
MOST_NAMES = 10
# More processes than this no machine of today can feed.
MOST_JOBS = 1024
SECONDS_BETWEEN_LINES = 5.0
# What a shell reports of a program that SIGPIPE ended.
PIPE_CLOSED = 141
LOCALE = "zh-Hans"
CLI_TEXTS = Path(__file__).parents[1] / "content" / "wording" / LOCALE / "cli.yaml"


@cache
def texts() -> Mapping[str, Any]:
    """What the command line says; the small file alone, and kept, so that help is instant."""
    key = f"cli-{sys.implementation.cache_tag}-{sha256(CLI_TEXTS.read_bytes()).hexdigest()}"
    kept = store.read(key)
    data: dict[str, Any]
    if kept is not None:
        data = marshal.loads(kept)
        return data
    from cqo_docs.base.yamlfile import read_yaml

    data = read_yaml(CLI_TEXTS).data
    store.write(key, marshal.dumps(data))
    return data


def say(text: str, /, **values: object) -> str:
    """One text of the command line."""
    return str(texts()[text]).format(**values)


class Help(click.HelpFormatter):
    """Click's formatter with our words."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """The usage line under our own word for usage."""
        super().write_usage(prog, args, prefix or say("usage"))


class Option(click.Option):
    """An option whose own words say that it must be given."""

    def get_help_extra(self, ctx: click.Context) -> Any:
        """Click's notes on an option, less its English word for required."""
        return {k: v for k, v in super().get_help_extra(ctx).items() if k != "required"}


class Command(click.Command):
    """A command whose headings and help option speak our language."""

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Click's help option with our words."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = say("help")
        return option

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options under our heading, then the commands of a group."""
        options = [p for p in self.get_params(ctx) if isinstance(p, click.Option)]
        rows = [r for p in options if (r := p.get_help_record(ctx)) is not None]
        if rows:
            with formatter.section(say("options")):
                formatter.write_dl(rows)
        if isinstance(self, click.Group):
            self.format_commands(ctx, formatter)


class Group(Command, click.Group):
    """A group of such commands."""

    command_class = Command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands in the order in which one uses them."""
        rows = [
            (name, command.get_short_help_str(60))
            for name, command in self.commands.items()
            if not command.hidden
        ]
        with formatter.section(say("commands")):
            formatter.write_dl(rows)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands as they were added."""
        return list(self.commands)


Group.group_class = Group
click.Context.formatter_class = Help


def main() -> None:
    """Run the command line; every failure becomes plain sentences and an exit code."""
    # One short run makes no garbage worth a search for it.
    gc.disable()
    # To look for plugins of pydantic is to read what every installed package says of itself.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    for stream in (sys.stdout, sys.stderr):
        # A console of another encoding shows a question mark rather than a traceback.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    code = run(sys.argv[1:])
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stdout.flush()
        sys.stderr.flush()
    if code == PIPE_CLOSED:
        sys.exit(code)  # a batch may have been in the midst of its work
    # Everything is written and closed: taking every module apart would cost a sixth of the run.
    os._exit(code)


def run(words: list[str]) -> int:
    """The exit code of one call: 0 done, 1 something to fix, 2 wrong use of the command."""
    try:
        app = build()
        result = app.main(args=words, prog_name="cqo-docs", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except CqoError as error:
        return fail(error.problems)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else "", err=True)
        return 2
    except click.UsageError as error:
        return fail([usage_problem(error)], 2)
    except (click.Abort, KeyboardInterrupt):
        with contextlib.suppress(Exception):  # what the words are read with may be half imported
            return fail([problem("cli.interrupted")])
        return 1
    except (BrokenPipeError, SystemExit):
        # Whoever read our words has left, which click turns into an exit.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except MemoryError:
        return fail([problem("cli.unexpected", reason="MemoryError")])
    except Exception as error:  # the last resort: a user never sees a traceback
        return fail([problem("cli.unexpected", reason=f"{type(error).__name__}: {error}"[:200])])


def fail(problems: list[Problem] | tuple[Problem, ...], code: int = 1) -> int:
    """Print each problem as one sentence; the given exit code."""
    wording = message_wording()
    sentences = list(dict.fromkeys(wording.problem(p) for p in problems))
    for sentence in sentences[:MOST_SENTENCES]:
        click.echo(sentence, err=True)
    if len(sentences) > MOST_SENTENCES:
        rest = len(sentences) - MOST_SENTENCES
        click.echo(wording.problem(problem("cli.more", count=rest)), err=True)
    return code


def message_wording() -> Wording:
    """The words for messages."""
    from cqo_docs.wording.sentences import read_wording

    return read_wording(LOCALE)


def usage_problem(error: click.UsageError) -> Problem:
    """Click's complaint as one of ours."""
    if isinstance(error, click.NoSuchOption):
        return problem(
            "cli.no-such-option", have=error.option_name, guess=_guess(error.possibilities)
        )
    if isinstance(error, click.MissingParameter):
        name = error.param.make_metavar(error.ctx) if error.param and error.ctx else "?"
        if error.param and error.param.param_type_name == "option":
            name = error.param.opts[-1]
        return problem("cli.missing", have=name)
    if error.ctx and isinstance(error.ctx.command, click.Group):
        word = next((w for w in sys.argv[1:] if w in error.message), "")
        close = get_close_matches(word, list(error.ctx.command.commands), n=1)
        if word:
            return problem("cli.no-such-command", have=word, guess=_guess(close))
    return _argument_problem(error)


def _argument_problem(error: click.UsageError) -> Problem:
    """What is wrong with an argument, by its name."""
    if isinstance(error, click.BadOptionUsage):
        alone = "does not take" in error.message
        return problem("cli.option-alone" if alone else "cli.option-value", have=error.option_name)
    if isinstance(error, click.BadParameter) and error.param is not None:
        return problem("cli.argument", have=error.param.opts[-1])
    extra = EXTRA.search(error.message)
    if extra:
        return problem("cli.extra", have=extra[1])
    return problem("cli.usage", have=error.message)


def _guess(names: Any) -> str:
    text = message_wording().messages["cli.guess"]
    return str(text).format(have=next(iter(names))) if names else ""


def build() -> click.Group:
    """The commands with their help."""
    t = texts()

    @click.group(
        cls=Group, name="cqo-docs", help=t["app"], context_settings={"max_content_width": 100}
    )
    @click.version_option(cqo_docs.__version__, help=t["version"], message="cqo-docs %(version)s")
    def app() -> None:
        pass

    answers = click.argument("answers", type=click.Path(path_type=Path))
    as_json = click.option("--json", "as_json", is_flag=True, help=t["json"])
    folder = click.Path(path_type=Path)
    house = click.option("--house", metavar="DIR", type=folder, help=t["house"])
    day = click.option("--date", "day", metavar="YYYY-MM-DD", help=t["date"])
    locale = click.option("--locale", metavar="LOCALE", default=LOCALE, help=t["locale"])

    def output_option(text: str) -> Callable[[F], F]:
        kind = click.Path(path_type=Path)
        return click.option("-o", "--output", cls=Option, type=kind, required=True, help=t[text])

    @app.command("new", help=t["new"])
    @click.argument("answers", type=click.Path(path_type=Path), required=False)
    @click.option("-o", "--output", type=click.Path(path_type=Path), help=t["new.output"])
    @click.option("--resume", type=click.Path(path_type=Path), help=t["new.resume"])
    def new(answers: Path | None, output: Path | None, resume: Path | None) -> int:
        return run_new(output or answers, resume)

    @app.command("check", help=t["check"])
    @answers
    @as_json
    def check(answers: Path, as_json: bool) -> None:
        run_check(answers, as_json)

    @app.command("merge", help=t["merge"])
    @click.argument("one", metavar="A", type=click.Path(path_type=Path))
    @click.argument("other", metavar="B", type=click.Path(path_type=Path))
    @output_option("merge.output")
    @click.option("--prefer", metavar="A|B", help=t["merge.prefer"])
    def merge(one: Path, other: Path, output: Path, prefer: str | None) -> None:
        run_merge((one, other), output, prefer)

    @app.command("plan", help=t["plan"])
    @answers
    @as_json
    @day
    @click.option("--explain", metavar="STANDARD#REF", help=t["plan.explain"])
    def plan(answers: Path, as_json: bool, day: str | None, explain: str | None) -> None:
        run_plan(answers, as_json, day, explain)

    @app.command("generate", help=t["generate"])
    @answers
    @output_option("generate.output")
    @click.option("--only", metavar="DOC,…", multiple=True, help=t["generate.only"])
    @click.option("--review", is_flag=True, help=t["generate.review"])
    @day
    @locale
    @click.option("--strict", is_flag=True, help=t["generate.strict"])
    @click.option("--pdf", is_flag=True, help=t["generate.pdf"])
    @click.option("--png", is_flag=True, help=t["generate.png"])
    @house
    @as_json
    def generate(answers: Path, output: Path, **given: Any) -> None:
        run_generate(answers, output, **given)

    @app.command("form", help=t["form"])
    @click.option("--roster", is_flag=True, help=t["form.roster"])
    @output_option("form.output")
    @click.option("--prefill", type=click.Path(path_type=Path), help=t["form.prefill"])
    def form(roster: bool, output: Path, prefill: Path | None) -> int:
        return run_form(roster, output, prefill)

    @app.command("blank", help=t["blank"])
    @output_option("blank.output")
    @click.option("--standard", metavar="ID", help=t["blank.standard"])
    def blank(output: Path, standard: str | None) -> None:
        run_blank(output, standard)

    @app.command("batch", help=t["batch"])
    @click.argument("source", metavar="ROSTER.xlsx|FOLDER", type=click.Path(path_type=Path))
    @output_option("batch.output")
    @click.option("--jobs", metavar="N", help=t["batch.jobs"])
    @click.option("--date", "day", metavar="YYYY-MM-DD", help=t["batch.date"])
    @click.option("--today", is_flag=True, help=t["batch.today"])
    @locale
    @click.option("--strict", is_flag=True, help=t["batch.strict"])
    @house
    @click.option("--cluster", metavar="URL", help=t["batch.cluster"])
    @click.option("--tls-ca", type=click.Path(path_type=Path), help=t["batch.tls-ca"])
    @click.option("--tls-cert", type=click.Path(path_type=Path), help=t["batch.tls-cert"])
    @click.option("--tls-key", type=click.Path(path_type=Path), help=t["batch.tls-key"])
    @as_json
    def batch(locale: str, house: Path | None, as_json: bool, **given: Any) -> int:
        return run_batch(batch_wanted(**given), locale, house, as_json)

    @app.command("verify", help=t["verify"])
    @click.argument("pack", metavar="PACK", type=click.Path(path_type=Path))
    @as_json
    def verify(pack: Path, as_json: bool) -> int:
        return run_verify(pack, as_json)

    @app.command("web", help=t["web"])
    @click.option("--workspace", "place", metavar="DIR", type=folder, help=t["web.workspace"])
    @click.option("--port", metavar="N", help=t["web.port"])
    @click.option("--no-browser", is_flag=True, help=t["web.no-browser"])
    @click.option("--lang", metavar="LANG", help=t["web.lang"])
    def web(place: Path | None, port: str | None, no_browser: bool, lang: str | None) -> None:
        run_web(place, port, no_browser, lang)

    @app.group("standards", help=t["standards"], invoke_without_command=True)
    @as_json
    @click.pass_context
    def standards(ctx: click.Context, as_json: bool) -> None:
        if ctx.invoked_subcommand is None:
            run_standards(as_json)

    @standards.command("list", help=t["standards.list"])
    @as_json
    def standards_list(as_json: bool) -> None:
        run_standards(as_json)

    @standards.command("show", help=t["standards.show"])
    @click.argument("standard")
    @as_json
    def standards_show(standard: str, as_json: bool) -> None:
        run_standard(standard, as_json)

    @standards.command("check", help=t["standards.check"])
    @as_json
    def standards_check(as_json: bool) -> None:
        run_content_check(as_json)

    @app.group("templates", help=t["templates"])
    def templates() -> None:
        pass

    @templates.command("list", help=t["templates.list"])
    @click.argument("folder", metavar="[DIR]", type=folder, required=False)
    def templates_list(folder: Path | None) -> None:
        run_templates_list(folder)

    @templates.command("copy", help=t["templates.copy"])
    @click.argument("folder", metavar="DIR", type=folder)
    def templates_copy(folder: Path) -> None:
        run_templates_copy(folder)

    @templates.command("check", help=t["templates.check"])
    @click.argument("folder", metavar="DIR", type=folder)
    @click.option("-o", "--output", type=folder, help=t["templates.output"])
    @as_json
    def templates_check(folder: Path, output: Path | None, as_json: bool) -> int:
        return run_templates_check(folder, output, as_json)

    return app


def workspace(locale: str = LOCALE, house: Path | None = None) -> Workspace:
    """The content that every command works on, and the language of the papers."""
    from cqo_docs.workspace import open_workspace

    return open_workspace(locale, house=house)


def parse_day(text: str | None) -> date | None:
    """The day given with --date."""
    if text is None:
        return None
    from cqo_docs.answers.model import parse_date

    try:
        return parse_date(text)
    except ValueError:
        raise CqoError([problem("cli.bad-date", have=text)]) from None


def put_json(data: Any) -> None:
    """Print data for a program."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))


def run_new(path: Path | None, resume: Path | None) -> int:
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


def run_merge(paths: tuple[Path, Path], output: Path, prefer: str | None) -> None:
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


def run_check(path: Path, as_json: bool) -> None:
    """`check`: validate, and list what was assumed."""
    from cqo_docs.answers.model import planning_date
    from cqo_docs.generate import make_case, plan_assumptions, read_answers

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


def run_plan(path: Path, as_json: bool, day: str | None, explain: str | None) -> None:
    """`plan`: everything decided for one company."""
    from cqo_docs import generate as g
    from cqo_docs.answers.model import planning_date

    given = parse_day(day)
    ws = workspace()
    file = g.read_answers(path, ws)
    plan = g.make_plan(file, ws, planning_date(file, given, date.today()))
    if explain is not None:
        told = g.explain(plan, ws, explain)
        put_json(told) if as_json else show_explained(told)
    elif as_json:
        put_json(g.plan_json(plan, ws))
    else:
        show_plan(g.plan_json(plan, ws), ws)


def run_generate(path: Path, output: Path, **given: Any) -> None:
    """`generate`: write the pack of one company."""
    from cqo_docs import generate as g
    from cqo_docs.answers.model import planning_date
    from cqo_docs.pack.writing import EDITED, recover

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
        findings = g.plan_json(plan, ws)["findings"]
        keys = ("path", "document", "sha256", "source")
        files = [{k: f[k] for k in keys if k in f} for f in written.files]
        told = {"pack": str(written.folder), "files": files, "findings": findings}
        put_json({**told, "stale": list(written.stale)} if written.stale else told)
        return
    if recovered:
        click.echo(say("recovered", names=ws.wording.join(recovered)))
    for line in g.verdict_lines(plan, ws):
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


def chosen_papers(only: Sequence[str], ws: Workspace) -> tuple[str, ...]:
    """The papers named with --only: by id, by name or as their files are called.

    Raises CqoError for what is none.
    """
    given = [w.strip() for w in ",".join(only).replace("，", ",").split(",") if w.strip()]
    known = [p.id for p in ws.library.papers]
    names = {ws.wording.paper_name(paper): paper for paper in known}
    names |= {str(ws.wording.papers[paper]["file"]): paper for paper in known}
    wanted = tuple(dict.fromkeys(names.get(w, w) for w in given))
    unknown = [w for w in wanted if w not in known] or ([""] if only and not wanted else [])
    if unknown:
        known_text = ws.wording.join(known)
        raise CqoError([problem("cli.unknown-paper", have=w, known=known_text) for w in unknown])
    return wanted


def in_folders(names: Sequence[str]) -> list[str]:
    """The names of files as they are shown: those of one folder as that folder."""
    return list(dict.fromkeys(f"{n.partition('/')[0]}/" if "/" in n else n for n in names))


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


def run_batch(wanted: Wanted, locale: str, house: Path | None, as_json: bool) -> int:
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


def run_verify(path: Path, as_json: bool) -> int:
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


def show_report(report: Report) -> None:
    """Print how a whole roster went."""
    from cqo_docs.pack.writing import EDITED

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


def parse_jobs(text: str | None) -> int | None:
    """The number given with --jobs."""
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MOST_JOBS:
        raise CqoError([problem("batch.jobs", have=text)])
    return int(text)


def parse_cluster(
    cluster: str | None, tls_ca: Path | None, tls_cert: Path | None, tls_key: Path | None
) -> Cluster | None:
    """The cluster given with --cluster and the files of a secured connection."""
    from cqo_docs.batch import Cluster

    if cluster is not None:
        return Cluster(cluster, tls_ca, tls_cert, tls_key)
    if tls_ca or tls_cert or tls_key:
        raise CqoError([problem("cluster.alone")])
    return None


class Progress:
    """How far a batch has come: one live line in a terminal, a line now and then elsewhere."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.start = self.told = time.monotonic()
        self.bar: Any = None

    def __enter__(self) -> Self:
        """Begin the live line where there is a terminal."""
        if self.stream.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, TextColumn
            from rich.progress import Progress as Bar

            text = TextColumn("{task.description}", markup=False)
            self.bar = Bar(BarColumn(20), text, console=Console(file=self.stream))
            self.bar.add_task("", total=None)
            self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End the live line."""
        if self.bar is not None:
            self.bar.stop()

    def waiting(self) -> None:
        """Workers of a run that was killed are still at it."""
        self._say(say("batch-waiting"))

    def recovered(self, names: Sequence[str]) -> None:
        """Packs that a killed run had left half-way were finished or rolled back."""
        shown = message_wording().join(list(names[:MOST_NAMES]))
        self._say(say("recovered", names=shown if len(names) <= MOST_NAMES else f"{shown}……"))

    def progress(self, tally: Tally) -> None:
        """Some more clients are done."""
        now = time.monotonic()
        if self.bar is not None:
            self.bar.update(0, description=self._line(tally, now), total=tally.clients,
                            completed=tally.done)  # fmt: skip
        elif tally.done == 0:
            self._say(say("batch-start", clients=tally.clients))
        elif now - self.told >= SECONDS_BETWEEN_LINES:
            self.told = now
            self._say(self._line(tally, now))

    def _say(self, line: str) -> None:
        if self.bar is not None:
            self.bar.console.print(line, markup=False, highlight=False)
        else:
            click.echo(line, file=self.stream)

    def _line(self, tally: Tally, now: float) -> str:
        rate = tally.done / max(now - self.start, 0.001)
        left = int((tally.clients - tally.done) / rate) if rate else 0
        return say(
            "batch-line",
            done=tally.done,
            clients=tally.clients,
            failed=tally.failed,
            rate=f"{rate:.1f}",
            left=f"{left // 3600}:{left // 60 % 60:02d}:{left % 60:02d}",
        )


def run_form(roster: bool, output: Path, prefill: Path | None) -> int:
    """`form`: write an empty form, or one with what is known filled in; the exit code."""
    from cqo_docs import generate as g
    from cqo_docs.forms import WRITERS, write_form
    from cqo_docs.forms.roster import write_form as write_roster_form

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


def run_templates_list(folder: Path | None) -> None:
    """`templates list`: every template, and every name that templates may use."""
    from cqo_docs.house import known_names, name_rows

    ws = workspace(house=folder)
    files = [
        {
            "file": name,
            "origin": say(
                "templates-ours" if path.parent == ws.renderer.folder else "templates-own"
            ),
        }
        for name in sorted(ws.renderer.data)
        for path in [ws.renderer.path(name)]
    ]
    names = [
        {"name": n, "label": label} for n, label in name_rows(known_names(ws.library, ws.wording))
    ]
    show_table(say("templates-head"), ("file", "origin"), files)
    show_table(say("names-head"), ("name", "label"), names)


def run_templates_copy(folder: Path) -> None:
    """`templates copy`: a house folder to begin with."""
    from cqo_docs.house import copy_house

    ws = workspace()
    click.echo(
        say("templates-copied", count=copy_house(folder, ws.library, ws.wording), path=folder)
    )


def run_templates_check(folder: Path, output: Path | None, as_json: bool) -> int:
    """`templates check`: every fault of a house folder; 1 if there is any."""
    from cqo_docs.house.annotated import write_annotated
    from cqo_docs.house.checking import check_house

    ws = workspace()
    report = check_house(folder, ws.library, ws.wording)
    sentences = [ws.wording.problem(fault.problem) for fault in report.faults]
    marked = write_annotated(report, output or folder / say("templates.notes"), ws.wording)
    if as_json:
        put_json([{"file": f.file, "place": f.near, "code": f.problem.code, "message": text}
                  for f, text in zip(report.faults, sentences, strict=True)])  # fmt: skip
    else:
        for text in sentences:
            click.echo(text)
        for path in marked:
            click.echo(say("templates-marked", path=path))
        if not sentences:
            click.echo(say("templates-clean", templates=report.templates, words=report.words))
    return 1 if sentences else 0


def run_blank(output: Path, standard: str | None) -> None:
    """`blank`: write the blank papers."""
    from cqo_docs.forms.blank.files import write_blanks

    if output == Path():
        raise CqoError([problem("cli.no-output")])
    ws = workspace()
    paths = write_blanks(output, ws.library, ws.wording, ws.renderer, standard)
    click.echo(say("blank-written", count=len(paths), path=output))
    for path in paths:
        click.echo(f"  {path.name}")


def run_web(place: Path | None, port: str | None, no_browser: bool, lang: str | None) -> None:
    """`web`: open the page in the browser, until stopped."""
    from cqo_docs.web.saying import LANGUAGES
    from cqo_docs.web.serve import serve

    if lang is not None and lang not in LANGUAGES:
        known = "、".join(LANGUAGES)
        raise CqoError([problem("web.bad-language", have=lang, known=known)])
    number = port or "0"
    if port is not None and not (number.isdecimal() and 0 < int(number) < 65536):
        raise CqoError([problem("web.bad-port", have=number)])
    # This one runs for hours.
    gc.enable()
    given = place if place is not None else Path(say("web.folder"))

    def announce(address: str) -> None:
        click.echo(say("web.open", path=given.absolute()))
        click.echo(f"  {address}")
        click.echo(say("web.stop"))

    serve(given, int(number), lang or LOCALE, announce, not no_browser)
    click.echo(say("web.stopped"))


def run_standards(as_json: bool) -> None:
    """`standards list`: all standards with their clauses."""
    from cqo_docs.generate import standards_json

    ws = workspace()
    data = standards_json(ws.library)
    if as_json:
        put_json(data)
        return
    rows = [
        {
            "id": s["id"],
            "standard": f"{s['title']} {s['number']}".strip(),
            "region": s["region"],
            "force": ws.wording.formats["force"][s["force"]],
            "confidence": ws.wording.formats["confidence"][s["confidence"]],
            "clauses": str(len(s["clauses"])),
        }
        for s in data
    ]
    show_table(
        say("standards-head"), ("id", "standard", "region", "force", "confidence", "clauses"), rows
    )


def run_standard(name: str, as_json: bool) -> None:
    """`standards show`: one standard with all its clauses."""
    from cqo_docs.generate import standards_json

    ws = workspace()
    found = ws.library.find_standard(name)
    if found is None:
        known = ws.wording.join([s.id for s in ws.library.standards])
        raise CqoError([problem("cli.unknown-standard", have=name, known=known)])
    data = next(s for s in standards_json(ws.library) if s["id"] == found.id)
    if as_json:
        put_json(data)
        return
    rows = [
        {
            "ref": c["ref"],
            "modality": ws.wording.formats["modality"][c["modality"]],
            "actor": ws.wording.formats["actor"][c["actor"]],
            "topic": ws.wording.topics[c["topic"]]["name"],
            "summary": c["summary"],
        }
        for c in data["clauses"]
    ]
    show_table(
        f"{data['title']} {data['number']}".strip(),
        ("ref", "modality", "actor", "topic", "summary"),
        rows,
    )


def run_content_check(as_json: bool) -> None:
    """`standards check`: prove that content is consistent; CqoError names what is not."""
    from cqo_docs.checks.content import content_problems
    from cqo_docs.checks.locales import locale_problems

    ws = workspace()
    found = [*content_problems(ws.library, ws.wording), *locale_problems(ws.library)]
    if found:
        raise CqoError(found)
    counts = {
        "standards": len(ws.library.standards),
        "clauses": sum(len(s.clauses) for s in ws.library.standards),
        "topics": len(ws.library.topics),
        "papers": len(ws.library.papers),
    }
    put_json(counts) if as_json else click.echo(say("check-ok", **counts))


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

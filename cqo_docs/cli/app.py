"""The command line: turn words typed in a terminal into one call, and results into words."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

import cqo_docs
from cqo_docs.base.errors import CqoError, problem
from cqo_docs.cli.chinese_click import Group, Help, Option
from cqo_docs.cli.content import (
    content_check_command,
    standard_command,
    standards_command,
    templates_check_command,
    templates_copy_command,
    templates_list_command,
)
from cqo_docs.cli.packs import batch_command, batch_wanted, generate_command, verify_command
from cqo_docs.cli.page import web_command
from cqo_docs.cli.problems import fail
from cqo_docs.cli.questionnaires import (
    blank_command,
    check_command,
    form_command,
    merge_command,
    new_command,
    plan_command,
)
from cqo_docs.cli.texts import LOCALE, texts
from cqo_docs.cli.usage import usage_problem

if TYPE_CHECKING:
    pass

F = TypeVar("F", bound=Callable[..., Any])
# What a shell reports of a program that SIGPIPE ended.
PIPE_CLOSED = 141
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
    as_json = "--json" in words
    try:
        app = build()
        result = app.main(args=words, prog_name="cqo-docs", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except CqoError as error:
        return fail(error.problems, as_json=as_json)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else "", err=True)
        return 2
    except click.UsageError as error:
        return fail([usage_problem(error)], 2, as_json)
    except (click.Abort, KeyboardInterrupt):
        with contextlib.suppress(Exception):  # what the words are read with may be half imported
            return fail([problem("cli.interrupted")], as_json=as_json)
        return 1
    except (BrokenPipeError, SystemExit):
        # Whoever read our words has left, which click turns into an exit.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except MemoryError:
        return fail([problem("cli.unexpected", reason="MemoryError")], as_json=as_json)
    except Exception as error:  # the last resort: a user never sees a traceback
        told = f"{type(error).__name__}: {error}"[:200]
        return fail([problem("cli.unexpected", reason=told)], as_json=as_json)


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
        return new_command(output or answers, resume)

    @app.command("check", help=t["check"])
    @answers
    @as_json
    def check(answers: Path, as_json: bool) -> None:
        check_command(answers, as_json)

    @app.command("merge", help=t["merge"])
    @click.argument("one", metavar="A", type=click.Path(path_type=Path))
    @click.argument("other", metavar="B", type=click.Path(path_type=Path))
    @output_option("merge.output")
    @click.option("--prefer", metavar="A|B", help=t["merge.prefer"])
    def merge(one: Path, other: Path, output: Path, prefer: str | None) -> None:
        merge_command((one, other), output, prefer)

    @app.command("plan", help=t["plan"])
    @answers
    @as_json
    @day
    @click.option("--explain", metavar="STANDARD#REF", help=t["plan.explain"])
    def plan(answers: Path, as_json: bool, day: str | None, explain: str | None) -> None:
        plan_command(answers, as_json, day, explain)

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
        generate_command(answers, output, **given)

    @app.command("form", help=t["form"])
    @click.option("--roster", is_flag=True, help=t["form.roster"])
    @output_option("form.output")
    @click.option("--prefill", type=click.Path(path_type=Path), help=t["form.prefill"])
    def form(roster: bool, output: Path, prefill: Path | None) -> int:
        return form_command(roster, output, prefill)

    @app.command("blank", help=t["blank"])
    @output_option("blank.output")
    @click.option("--standard", metavar="ID", help=t["blank.standard"])
    def blank(output: Path, standard: str | None) -> None:
        blank_command(output, standard)

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
        return batch_command(batch_wanted(**given), locale, house, as_json)

    @app.command("verify", help=t["verify"])
    @click.argument("pack", metavar="PACK", type=click.Path(path_type=Path))
    @as_json
    def verify(pack: Path, as_json: bool) -> int:
        return verify_command(pack, as_json)

    @app.command("web", help=t["web"])
    @click.option("--workspace", "place", metavar="DIR", type=folder, help=t["web.workspace"])
    @click.option("--port", metavar="N", help=t["web.port"])
    @click.option("--no-browser", is_flag=True, help=t["web.no-browser"])
    @click.option("--lang", metavar="LANG", help=t["web.lang"])
    def web(place: Path | None, port: str | None, no_browser: bool, lang: str | None) -> None:
        web_command(place, port, no_browser, lang)

    @app.group("standards", help=t["standards"], invoke_without_command=True)
    @as_json
    @click.pass_context
    def standards(ctx: click.Context, as_json: bool) -> None:
        if ctx.invoked_subcommand is None:
            standards_command(as_json)

    @standards.command("list", help=t["standards.list"])
    @as_json
    def standards_list(as_json: bool) -> None:
        standards_command(as_json)

    @standards.command("show", help=t["standards.show"])
    @click.argument("standard")
    @as_json
    def standards_show(standard: str, as_json: bool) -> None:
        standard_command(standard, as_json)

    @standards.command("check", help=t["standards.check"])
    @as_json
    def standards_check(as_json: bool) -> None:
        content_check_command(as_json)

    @app.group("templates", help=t["templates"])
    def templates() -> None:
        pass

    @templates.command("list", help=t["templates.list"])
    @click.argument("folder", metavar="[DIR]", type=folder, required=False)
    def templates_list(folder: Path | None) -> None:
        templates_list_command(folder)

    @templates.command("copy", help=t["templates.copy"])
    @click.argument("folder", metavar="DIR", type=folder)
    def templates_copy(folder: Path) -> None:
        templates_copy_command(folder)

    @templates.command("check", help=t["templates.check"])
    @click.argument("folder", metavar="DIR", type=folder)
    @click.option("-o", "--output", type=folder, help=t["templates.output"])
    @as_json
    def templates_check(folder: Path, output: Path | None, as_json: bool) -> int:
        return templates_check_command(folder, output, as_json)

    return app

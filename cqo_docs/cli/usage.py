"""What is wrong with the words of a command, said in our own sentences."""

from __future__ import annotations

import re
import sys
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import click

from cqo_docs.base.errors import Problem, problem
from cqo_docs.cli.problems import message_wording

if TYPE_CHECKING:
    pass

# How click names what is too much; it tells so in its message only.
EXTRA = re.compile(r"unexpected extra arguments? \((.*)\)")


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

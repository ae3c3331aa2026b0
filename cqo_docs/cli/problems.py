"""Problems as a person reads them at the end of a command."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from cqo_docs.base.errors import Problem, problem
from cqo_docs.cli.texts import LOCALE

if TYPE_CHECKING:
    from cqo_docs.wording.sentences import Wording

# More than this nobody reads at once.
MOST_SENTENCES = 50


def fail(
    problems: list[Problem] | tuple[Problem, ...], code: int = 1, as_json: bool = False
) -> int:
    """Print each problem as one sentence on stderr, for programs as JSON too; the exit code."""
    wording = message_wording()
    if as_json:
        put_json({"problems": [problem_json(p, wording) for p in problems]})
    sentences = list(dict.fromkeys(wording.problem(p) for p in problems))
    for sentence in sentences[:MOST_SENTENCES]:
        click.echo(sentence, err=True)
    if len(sentences) > MOST_SENTENCES:
        rest = len(sentences) - MOST_SENTENCES
        click.echo(wording.problem(problem("cli.more", count=rest)), err=True)
    return code


def problem_json(fault: Problem, wording: Wording) -> dict[str, str]:
    """A problem in the stable shape for programs."""
    return {"code": fault.code, "where": fault.where, "message": wording.problem(fault)}


def put_json(data: Any) -> None:
    """Print data for programs."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))


def message_wording() -> Wording:
    """The words for messages."""
    from cqo_docs.wording.files import read_wording

    return read_wording(LOCALE)

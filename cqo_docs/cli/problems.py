"""Problems as a person reads them at the end of a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cqo_docs.base.errors import Problem, problem
from cqo_docs.cli.texts import LOCALE

if TYPE_CHECKING:
    from cqo_docs.wording.sentences import Wording

# More than this nobody reads at once.
MOST_SENTENCES = 50


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
    from cqo_docs.wording.files import read_wording

    return read_wording(LOCALE)

"""The terminal under the interview: lines in colour where there is colour, replies with help."""

from __future__ import annotations

import io
import os
import shutil
import signal
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.output import ColorDepth

from cqo_docs.interview.course import StoppedError
from cqo_docs.interview.pages import Line, width
from cqo_docs.questions.replies import LISTED, compared

STYLES = {
    "head": {"bold": True},
    "soft": {"dim": True},
    "fault": {"fg": "red"},
}
WIDEST = 100
# Lines below the prompt for the words that fit.
MENU = 6
# What goes into a file is not broken.
ENDLESS = 1_000_000


def has_terminal() -> bool:
    """Whether a person can see and answer."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def wants_resume(screen: Terminal, path: Path, words: Mapping[str, Any]) -> bool:
    """Whether a person wants to go on with the questionnaire that stands at a path."""
    screen.show([Line(words["answer-exists"].format(path=path))])
    try:
        reply = screen.read(words["prompt"], ())
    except StoppedError:
        return False
    return compared(reply) not in {"n", "no", compared(words["answer-no"])}


class Terminal:
    """A screen for the interview; `keys` stands at the foot while one answers."""

    def __init__(self, keys: str) -> None:
        self.interrupted = self.waiting = False
        if isinstance(sys.stdin, io.TextIOWrapper):
            # What is no text in the terminal's encoding is refused like any other nonsense.
            sys.stdin.reconfigure(errors="surrogateescape")
        self.session: PromptSession[str] | None = None
        if os.environ.get("TERM") != "dumb":
            self.session = PromptSession(
                bottom_toolbar=keys or None,
                color_depth=None if has_colour() else ColorDepth.DEPTH_1_BIT,
                complete_while_typing=True,
            )
            # A terminal that cannot tell where its cursor is needs no English sentence about it.
            self.session.app.renderer.cpr_not_supported_callback = None

    def __enter__(self) -> Terminal:
        # Between two prompts Ctrl-C is a signal: it waits until what is being done is done.
        self.before = signal.signal(signal.SIGINT, self._interrupt)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self.before)

    def _interrupt(self, *_: object) -> None:
        self.interrupted = True
        if self.waiting:
            raise StoppedError

    def _stop_where_interrupted(self) -> None:
        if self.interrupted:
            raise StoppedError

    @property
    def columns(self) -> int:
        """How many columns wide it is."""
        return columns()

    def show(self, lines: Iterable[Line]) -> None:
        """Show lines one below the other."""
        show_lines(lines)

    def read(self, prompt: str, words: Sequence[str]) -> str:
        """What is typed. Raises StoppedError on Ctrl-C and at the end of the input."""
        try:
            if self.session is None:
                return self._read_plainly(prompt)
            return self.session.prompt(
                prompt,
                completer=_Words(words),
                reserve_space_for_menu=MENU if words else 0,
                pre_run=self._stop_where_interrupted,
            )
        except (KeyboardInterrupt, EOFError):
            raise StoppedError from None

    def _read_plainly(self, prompt: str) -> str:
        """What is typed in a terminal that can do nothing but print."""
        self.waiting = True
        try:
            self._stop_where_interrupted()
            return input(prompt)
        finally:
            self.waiting = False


def has_colour() -> bool:
    """Whether the terminal is to be given colours."""
    return "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def columns() -> int:
    """How many columns of the terminal are used."""
    return min(shutil.get_terminal_size().columns, WIDEST) if sys.stdout.isatty() else ENDLESS


def show_lines(lines: Iterable[Line]) -> None:
    """Print lines, those that are too long broken under themselves."""
    for line in lines:
        style = STYLES.get(line.style, {}) if has_colour() else {}
        for part in broken(line.text, columns()):
            click.secho(part, **style)  # type: ignore[arg-type]


class _Words(Completer):
    """Offers the words that hold what was typed, in a list of several the last of them."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = words

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterator[Completion]:
        """The words that fit."""
        typed = LISTED.split(document.text_before_cursor)[-1].lstrip()
        wanted = compared(typed)
        # A number is a choice already.
        if wanted and not wanted.isdecimal():
            for word in self.words:
                if wanted in compared(word):
                    yield Completion(word, start_position=-len(typed))


def broken(text: str, columns: int) -> Iterator[str]:
    """A text in lines that fit, those after the first set in as far as it is."""
    margin = " " * (len(text) - len(text.lstrip()))
    line = ""
    for char in text:
        if width(line + char) > columns and line.strip():
            yield line
            line = margin + char.lstrip()
        else:
            line += char
    yield line

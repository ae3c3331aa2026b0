"""How far a batch is, in one line that is written again."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self, TextIO

import click

from cqo_docs.cli.arguments import MOST_NAMES
from cqo_docs.cli.problems import message_wording
from cqo_docs.cli.texts import say

if TYPE_CHECKING:
    from cqo_docs.batch import Tally

SECONDS_BETWEEN_LINES = 5.0


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

"""The run of a batch in a process of its own: it ends when told to, and with the server."""

from __future__ import annotations

import atexit
import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from multiprocessing.connection import Connection
from typing import Any

from cqo_docs.base.errors import CqoError, Problem
from cqo_docs.batch import Report, Tally, Wanted, run_batch
from cqo_docs.workspace import open_workspace

# The page comes before the batch that is made beside it.
NICENESS = 5
SECONDS_TO_STOP = 10.0


@dataclass
class Run:
    """A run while it goes on, and how it ended."""

    ident: str
    begun: float = field(default_factory=time.monotonic)
    tally: Tally | None = None
    stopping: bool = False
    over: bool = False
    turn: int = 0
    """Counts what has changed."""

    @property
    def rate(self) -> float:
        """Clients a second."""
        done = self.tally.done if self.tally else 0
        return done / max(time.monotonic() - self.begun, 0.001)


class Runner:
    """Runs one batch at a time."""

    def __init__(self) -> None:
        self.news = threading.Condition()
        self.run: Run | None = None
        self._process: Any = None
        self._line: Connection | None = None

    def running(self, ident: str | None = None) -> Run | None:
        """The run that goes on, of one batch or of any."""
        run = self.run
        return run if run and not run.over and ident in {None, run.ident} else None

    def start(
        self,
        ident: str,
        wanted: Wanted,
        locale: str,
        today: date,
        over: Callable[[Report | tuple[Problem, ...] | None], None],
    ) -> bool:
        """Whether a run was begun; not while another goes on. `over` is told how it ended."""
        context = multiprocessing.get_context("spawn")
        with self.news:
            if self.running():
                return False
            self.run = run = Run(ident)
        try:
            self._line, far = context.Pipe()
            self._process = context.Process(target=work, args=(far, wanted, locale, today))
            self._process.start()
        except BaseException:
            self._told(run, "over")
            raise
        far.close()
        atexit.register(self.close)
        args = (run, self._line, self._process, over)
        threading.Thread(target=self._follow, args=args, daemon=True).start()
        return True

    def stop(self, ident: str) -> None:
        """Have a run end; nothing half-written is left."""
        run = self.running(ident)
        if run is not None and self._line is not None:
            with contextlib.suppress(OSError):
                self._line.send(None)
            self._told(run, "stopping")

    def close(self) -> None:
        """End the run that goes on, as the server ends."""
        run, process = self.running(), self._process
        if run is not None and process is not None:
            self.stop(run.ident)
            process.join(SECONDS_TO_STOP)
            if process.is_alive():
                process.kill()

    def wait(self, run: Run, turn: int, seconds: float) -> int:
        """The turn of a run, as soon as it is another one, or after some seconds."""
        with self.news:
            self.news.wait_for(lambda: run.turn != turn, seconds)
            return run.turn

    def _follow(
        self,
        run: Run,
        line: Connection,
        process: Any,
        over: Callable[[Report | tuple[Problem, ...] | None], None],
    ) -> None:
        """Hear what the process tells until it is gone."""
        end = None
        try:
            with contextlib.suppress(EOFError, OSError):
                while True:
                    said = line.recv()
                    if isinstance(said, Tally):
                        self._told(run, "tally", said)
                    else:
                        end = said
            process.join()
            atexit.unregister(self.close)
            over(end)
        finally:
            line.close()
            self._told(run, "over")

    def _told(self, run: Run, what: str, value: Any = True) -> None:
        with self.news:
            setattr(run, what, value)
            run.turn += 1
            self.news.notify_all()


# ---------------------------------------------------------------- in the process of the run


class _Watching:
    """Tells the server how far the run is."""

    def __init__(self, line: Connection) -> None:
        self.line = line

    def waiting(self) -> None:
        """Workers of a run that was killed are still at it."""

    def recovered(self, names: Sequence[str]) -> None:
        """Packs that a killed run had left half-way were finished or rolled back."""

    def progress(self, tally: Tally) -> None:
        """Some more clients are done."""
        # A server that is gone wants nothing any more, and this run ends by itself.
        with contextlib.suppress(OSError):
            self.line.send(tally)


def work(line: Connection, wanted: Wanted, locale: str, today: date) -> None:
    """Run a batch; what the server says, and that it is gone, is an order to end."""
    try:
        end: Report | tuple[Problem, ...] | None = None
        signal.signal(signal.SIGINT, signal.default_int_handler)
        threading.Thread(target=_heed, args=(line,), daemon=True).start()
        if hasattr(os, "nice"):
            os.nice(NICENESS)
        try:
            end = run_batch(wanted, open_workspace(locale), _Watching(line), today)
        except CqoError as error:
            end = error.problems
        with contextlib.suppress(OSError):
            line.send(end)
    except KeyboardInterrupt:
        return


def _heed(line: Connection) -> None:
    with contextlib.suppress(EOFError, OSError):
        line.recv()
    if hasattr(signal, "pthread_kill"):
        # To the thread that works, which may be waiting and would not notice otherwise.
        signal.pthread_kill(int(threading.main_thread().ident or 0), signal.SIGINT)
    else:
        signal.raise_signal(signal.SIGINT)

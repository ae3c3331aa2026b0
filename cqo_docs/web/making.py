"""What takes its time: one task a company, in a thread; who asks is told how far it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cqo_docs.base.errors import CqoError, Problem, problem

WAITING, WORKING, DONE, FAILED = STATES = ("waiting", "working", "done", "failed")


@dataclass
class Task:
    """One task of one company: what it makes, how it stands, and what came of it."""

    kind: str
    count: int
    """How many papers it is about."""
    began: float
    about: Any = None
    """What was asked for, so that the same is told from something else."""
    state: str = WAITING
    result: Any = None
    faults: tuple[Problem, ...] = ()

    @property
    def over(self) -> bool:
        """Whether it has come to its end."""
        return self.state in {DONE, FAILED}

    @property
    def seconds(self) -> int:
        """How long ago it began."""
        return int(time.monotonic() - self.began)


@dataclass
class Maker:
    """The tasks of all companies; one after the other they get their turn."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    # One folder of packs has one writer, and LibreOffice wants the whole machine.
    turn: threading.Lock = field(default_factory=threading.Lock)
    tasks: dict[str, Task] = field(default_factory=dict)

    def start(
        self, ident: str, kind: str, count: int, work: Callable[[], Any], about: Any = None
    ) -> Task:
        """The task of a company: a new one, or the one that is not over yet."""
        with self.lock:
            task = self.tasks.get(ident)
            if task is not None and not task.over:
                return task
            task = self.tasks[ident] = Task(kind, count, time.monotonic(), about)
        threading.Thread(target=self._run, args=(task, work), daemon=True).start()
        return task

    def find(self, ident: str) -> Task | None:
        """The last task of a company."""
        return self.tasks.get(ident)

    def _run(self, task: Task, work: Callable[[], Any]) -> None:
        with self.turn:
            task.state = WORKING
            try:
                task.result = work()
            except CqoError as error:
                task.faults = error.problems
            except Exception as error:  # whoever waits must hear of it
                reason = f"{type(error).__name__}: {error}"[:200]
                task.faults = (problem("cli.unexpected", reason=reason),)
            task.state = FAILED if task.faults else DONE

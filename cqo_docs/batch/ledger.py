"""What became of each client: counted in memory, written down on the disk."""

from __future__ import annotations

import json
import os
import pickle
import tempfile
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self

from cqo_docs.base.errors import CqoError, Problem, problem, reason_of
from cqo_docs.batch.work import Result
from cqo_docs.forms.roster import Client, Failure
from cqo_docs.pack.names import safe_name
from cqo_docs.workspace import Workspace

# So many clients failing for one and the same reason of ours, and none done: all would.
ENOUGH = 20
# Faults of one client's answers, or of its own place in the output.
CLIENTS_OWN = ("answers.", "yaml.", "file.", "roster.", "strict.", "pack.", "batch.")


@dataclass(slots=True)
class Tally:
    """How far a run has come."""

    clients: int
    written: int = 0
    current: int = 0
    failed: int = 0
    drafts: int = 0
    """Packs in which edited files were moved aside."""

    @property
    def done(self) -> int:
        """Clients that need no more work."""
        return self.written + self.current + self.failed

    def add(self, result: Result) -> None:
        """Count one client."""
        self.written += result.status == "written"
        self.current += result.status == "current"
        self.failed += result.status == "failed"
        self.drafts += result.kept > 0


@dataclass
class Spool:
    """Short records in their places, on the disk rather than in memory."""

    places: int
    at: array[int] = field(init=False)
    file: Any = field(init=False)

    def __post_init__(self) -> None:
        self.at = array("q", [-1]) * self.places
        # Without a name, so that nothing is left of it whatever happens.
        self.file = tempfile.TemporaryFile()  # noqa: SIM115

    def put(self, place: int, data: bytes) -> None:
        """Keep one record. Raises CqoError where the folder for temporary files is full."""
        try:
            self.at[place] = self.file.seek(0, os.SEEK_END)
            self.file.write(len(data).to_bytes(4, "big") + data)
            self.file.flush()
        except OSError as error:
            reason = reason_of(error)
            where = tempfile.gettempdir()
            raise CqoError([problem("batch.no-temporary", where, reason=reason)]) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def __iter__(self) -> Iterator[bytes]:
        """All records in the order of their places."""
        for at in self.at:
            if at >= 0:
                self.file.seek(at)
                yield self.file.read(int.from_bytes(self.file.read(4), "big"))


@dataclass
class Ledger:
    """What became of each client: counts, a line for the summaries, failures with the client."""

    tally: Tally
    lines: Spool
    failures: Spool
    ws: Workspace
    folders: set[str] = field(default_factory=set)
    same_fault: tuple[Problem, ...] | None = None

    def add(self, place: int, client: Client, result: Result) -> None:
        """Note how one client ended. Raises CqoError where all would fail like this one."""
        self.tally.add(result)
        if result.status == "failed":
            self._fail(place, client, result.problems)
            return
        self.folders.add(safe_name(client.name))
        self.lines.put(place, result.record)

    def _fail(self, place: int, client: Client, problems: tuple[Problem, ...]) -> None:
        told = [{"code": p.code, "message": self.ws.wording.problem(p)} for p in problems]
        record = {
            "number": client.number, "name": client.name, "status": "failed", "problems": told,
        }  # fmt: skip
        self.lines.put(place, json.dumps(record, ensure_ascii=False).encode())
        self.failures.put(place, pickle.dumps((client, problems)))
        self._stop_if_all_alike(problems)

    def _stop_if_all_alike(self, problems: tuple[Problem, ...]) -> None:
        """A broken template or program is told once, not twenty thousand times."""
        bare = tuple(Problem(p.code, "", p.values) for p in problems)
        if self.tally.failed == 1:
            self.same_fault = bare
        if bare != self.same_fault or bare[0].code.startswith(CLIENTS_OWN):
            self.same_fault = None
        if self.same_fault and self.tally.failed == self.tally.done == ENOUGH:
            raise CqoError(problems)

    def all_failures(self) -> Iterator[Failure]:
        """The failures in the order of the roster."""
        for data in self.failures:
            client, problems = pickle.loads(data)
            yield Failure(client, problems)

"""The output folder of a batch: held by one run, its day, what runs left, its own three files."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from cqo_docs.base.errors import PackError, problem
from cqo_docs.pack.locking import lock, locked, os_problem, settle_all
from cqo_docs.pack.manifest import PROGRAM, RUN, TOKEN
from cqo_docs.pack.names import NAME_BYTES
from cqo_docs.pack.writing import prepare

STATE = f".{PROGRAM}-batch.json"
ERRORS, SUMMARY, SUMMARY_DATA = "errors.xlsx", "summary.xlsx", "summary.json"
TOKEN_BYTES = 64
# What the name of a pack may need, so that a path that is too long is told once and at once.
LONGEST_NAME = "x" * NAME_BYTES
# So long may workers of a run that was killed take over the client they are at.
PATIENCE = 30.0
# After so long a person wants to know what is waited for.
SILENCE = 0.5
LEAVING = 0.5


@dataclass
class Held:
    """An output folder while one run holds it; what the run keeps there lies in `run`."""

    output: Path
    token: str
    state: dict[str, Any] = field(default_factory=dict)
    recovered: list[str] = field(default_factory=list)

    @property
    def run(self) -> Path:
        """The hidden folder of this run; nothing in it outlives the next one."""
        return self.output / RUN

    def choose_day(self, given: date | None, renew: bool, today: date) -> date:
        """The day for answers that name none: the given, the one of the first run, or today.

        The folder remembers it, so that a restart makes the same packs.
        """
        day = given or (None if renew else _day_in(self.state)) or today
        with _told(self.output):
            self._write_state(as_of=day.isoformat())
        return day

    def publish(self, made: Mapping[str, Path], source: Path) -> dict[str, Path]:
        """Where each finished file now stands; ours of earlier runs are replaced or removed.

        What somebody changed, and the roster itself, is never touched: the next free name is
        taken instead (errors-2.xlsx). Raises PackError where that cannot be done.
        """
        with _told(self.output):
            return self._publish(made, source)

    def _publish(self, made: Mapping[str, Path], source: Path) -> dict[str, Path]:
        known: dict[str, list[str]] = self.state.get("files", {})

        def replaceable(path: Path, digest: str = "") -> bool:
            if _same_file(path, source):
                return False
            if not os.path.lexists(path):
                return True
            there = _digest(path)
            return there != "" and there in {digest, *known.get(path.name, ())}

        digests = {name: _digest(path) for name, path in made.items()}
        places: dict[str, Path] = {}
        for name in made:
            places[name] = next(
                p for p in _names(self.output / name) if replaceable(p, digests[name])
            )
        now = {path.name: [digests[name]] for name, path in places.items()}
        both = {n: sorted({*known.get(n, ()), *now.get(n, ())}) for n in sorted({*known, *now})}
        # Told before it happens: killed in between, the next run knows either file for ours.
        self._write_state(files=both)
        for name, path in places.items():
            made[name].replace(path)
        for name in known.keys() - now.keys():
            path = self.output / name
            if os.path.lexists(path) and replaceable(path):
                path.unlink()
            elif _same_file(path, source):
                now[name] = known[name]
        self._write_state(files={name: now[name] for name in sorted(now)})
        return places

    def _write_state(self, **facts: Any) -> None:
        state = {"program": PROGRAM, **self.state, **facts}
        if state != self.state:
            part = self.run / STATE
            part.write_text(json.dumps(state, ensure_ascii=False, indent=2) + "\n", "utf-8")
            part.replace(self.output / STATE)
            self.state = state

    def dismiss(self) -> None:
        """Let every worker of this run stop before its next client."""
        with contextlib.suppress(OSError):
            os.truncate(self.run / TOKEN, 0)

    def leave(self) -> bool:
        """Whether all workers were out in time, so that nothing half-written is left."""
        try:
            _end_run(self.output, LEAVING, lambda: None)
        except PackError:
            return False  # the next run will wait for them
        return True


@contextlib.contextmanager
def hold(output: Path, waiting: Callable[[], None]) -> Iterator[Held]:
    """Hold an output folder for one run, after workers of one that was killed are gone.

    `waiting` is called once if that takes a while. Raises PackError where the folder cannot be
    held or written.
    """
    with contextlib.ExitStack() as stack:
        with _told(output):
            prepare(output, output / LONGEST_NAME)
            stack.enter_context(locked(output))
            recovered = _end_run(output, PATIENCE, waiting)
            held = Held(output, os.urandom(16).hex(), _read_state(output), recovered)
            held.run.mkdir()
            (held.run / TOKEN).write_text(held.token, "ascii")
        try:
            yield held
        finally:
            with contextlib.suppress(OSError):
                held.leave()


@contextlib.contextmanager
def _told(output: Path) -> Iterator[None]:
    """What the system refuses here is told as a problem of the output folder."""
    try:
        yield
    except OSError as error:
        raise PackError([os_problem(error, output)]) from None


def _end_run(output: Path, patience: float, waiting: Callable[[], None]) -> list[str]:
    """The packs that were still being written; each is finished or rolled back.

    Raises PackError if workers are still at it when the patience is over.
    """
    run = output / RUN
    if run.is_symlink() or (os.path.lexists(run) and not run.is_dir()):
        raise PackError([problem("pack.not-ours", str(run))])
    handle = None
    try:
        with contextlib.suppress(FileNotFoundError):
            handle = os.open(run / TOKEN, os.O_RDWR)
            os.ftruncate(handle, 0)
            _wait_for_lock(handle, output, patience, waiting)
        recovered = settle_all(output)
    finally:
        if handle is not None:
            # A worker that gets its lock only now finds the token empty.
            os.close(handle)
    if run.is_dir():
        _clear(run)
    return recovered


def _wait_for_lock(handle: int, output: Path, patience: float, waiting: Callable[[], None]) -> None:
    start, told = time.monotonic(), False
    while not lock(handle):
        waited = time.monotonic() - start
        if waited > patience:
            raise PackError([problem("batch.workers-left", str(output))])
        if waited > SILENCE and not told:
            waiting()
            told = True
        time.sleep(0.02)


def _clear(run: Path) -> None:
    """Remove the folder of a run with what may lie in it; the token goes last."""
    ours = {STATE, ERRORS, SUMMARY, SUMMARY_DATA}
    for path in run.iterdir():
        if path.name in ours or path.name.endswith(".part"):
            path.unlink()
    if {path.name for path in run.iterdir()} - {TOKEN}:
        raise PackError([problem("pack.not-ours", str(run))])
    (run / TOKEN).unlink(missing_ok=True)
    run.rmdir()


@contextlib.contextmanager
def on_duty(output: Path, token: str) -> Iterator[Callable[[], bool] | None]:
    """A test whether the run still wants its packs; None where its folder is not seen from here.

    While it lasts no later run begins to write.
    """
    path = output / RUN / TOKEN
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        yield None
        return

    def wanted() -> bool:
        os.lseek(handle, 0, os.SEEK_SET)
        return os.read(handle, TOKEN_BYTES) == token.encode("ascii")

    try:
        lock(handle, shared=True, wait=True)
        try:
            # A later run puts a token of its own in this place before it lets go of the lock.
            same = os.path.samestat(path.stat(), os.fstat(handle))
        except OSError:
            same = False
        yield wanted if same else lambda: False
    finally:
        os.close(handle)


def _read_state(output: Path) -> dict[str, Any]:
    try:
        state = json.loads((output / STATE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError, RecursionError):
        return {}
    if not isinstance(state, dict) or state.get("program") != PROGRAM:
        return {}
    files = state.get("files", {})
    sound = isinstance(files, dict) and all(
        isinstance(digests, list) and all(isinstance(d, str) for d in digests)
        for digests in files.values()
    )
    if not sound:
        state.pop("files")
    return state


def _day_in(state: Mapping[str, Any]) -> date | None:
    try:
        return date.fromisoformat(str(state.get("as_of")))
    except ValueError:
        return None


def _names(path: Path) -> Iterator[Path]:
    """A file name, and the same with a number, as often as wanted."""
    yield path
    number = 2
    while True:
        yield path.with_name(f"{path.stem}-{number}{path.suffix}")
        number += 1


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _digest(path: Path) -> str:
    """The digest of a plain file; nothing for what is none."""
    try:
        if path.is_symlink() or not path.is_file():
            return ""
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""

"""A roster in, a pack for each client out: made by many workers, restartable at any point."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

import cqo_docs
from cqo_docs.base.errors import CqoError, PackError, Problem, problem, reason_of
from cqo_docs.batch.cluster import Cluster, cluster_crew, reach
from cqo_docs.batch.crew import Crew, all_cores, drive, local_crew
from cqo_docs.batch.folder import ERRORS, SUMMARY, SUMMARY_DATA, Held, hold
from cqo_docs.batch.ledger import Ledger, Spool, Tally
from cqo_docs.batch.summary import write_data, write_workbook
from cqo_docs.batch.work import Order, Result, marks, place, record_of, stands
from cqo_docs.forms.roster import Client, Roster, open_roster, write_errors
from cqo_docs.pack.manifest import PROGRAM, current_pack, read_manifest
from cqo_docs.pack.names import safe_name
from cqo_docs.workspace import Origin, Workspace

ENDINGS = (signal.SIGINT, signal.SIGTERM)
# So long may the workers take to leave after Ctrl-C, each at its next client.
PATIENCE = 0.5
# So many workers start while the roster is read; the others when there is work for them.
EARLY = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one run is asked for."""

    source: Path
    output: Path
    jobs: int | None = None
    day: date | None = None
    renew_day: bool = False
    strict: bool = False
    cluster: Cluster | None = None


class Watch(Protocol):
    """Who is told of the run while it goes on."""

    def waiting(self) -> None:
        """Workers of a run that was killed are still at it."""

    def recovered(self, names: Sequence[str]) -> None:
        """Packs that a killed run had left half-way were finished or rolled back."""

    def progress(self, tally: Tally) -> None:
        """Some more clients are done."""


@dataclass(frozen=True, slots=True)
class Report:
    """How a run ended. Without files where it was interrupted or stopped."""

    tally: Tally
    day: date
    errors: Path | None = None
    summary: tuple[Path, ...] = ()
    interrupted: bool = False
    stopped: tuple[Problem, ...] = ()
    roster_changed: bool = False


def run_batch(wanted: Wanted, ws: Workspace, watch: Watch, today: date) -> Report:
    """How a whole roster went: every pack that is missing or stale is made.

    Raises CqoError where nothing could begin: roster, output folder or cluster at fault.
    """
    if wanted.output.resolve() == wanted.source.resolve():
        raise CqoError([problem("batch.same-folder", str(wanted.output))])
    output = wanted.output.absolute()
    with (
        _interruptible(),
        _early_crew(wanted, ws.origin) as early,
        open_roster(wanted.source, ws) as roster,
        reach(wanted.cluster) if wanted.cluster else contextlib.nullcontext() as client,
        hold(output, watch.waiting) as held,
    ):
        if held.recovered:
            watch.recovered(held.recovered)
        day = held.choose_day(wanted.day, wanted.renew_day, today)
        order = _order(wanted, ws, held, day)
        if wanted.cluster is not None:
            crew = cluster_crew(client, wanted.cluster.address, order)
        else:
            assert early is not None
            crew = early
        return _run(roster, held, order, crew, ws, watch)


@contextlib.contextmanager
def _early_crew(wanted: Wanted, origin: Origin) -> Iterator[Crew | None]:
    """Processes of this machine that already load their content; None where a cluster works."""
    if wanted.cluster is not None:
        yield None
        return
    crew = local_crew(wanted.jobs or all_cores(), origin)
    try:
        if wanted.source.exists():
            crew.begin(EARLY)
        yield crew
    finally:
        crew.close(0)


def _order(wanted: Wanted, ws: Workspace, held: Held, day: date) -> Order:
    return Order(
        held.output,
        held.token,
        day,
        wanted.day is not None,
        wanted.strict,
        ws.origin,
        marks(ws),
        local=wanted.cluster is None,
    )


def _run(
    roster: Roster, held: Held, order: Order, crew: Crew, ws: Workspace, watch: Watch
) -> Report:
    day, tally = order.day, Tally(roster.count)
    with contextlib.ExitStack() as stack:
        lines, failures = (stack.enter_context(Spool(roster.count)) for _ in range(2))
        ledger = Ledger(tally, lines, failures, ws)
        try:
            _make_all(roster, order, crew, ledger, watch)
            crew.close()
            made = _write_files(ledger, held, day, ws)
            places = held.publish(made, roster.source)
        except KeyboardInterrupt:
            _abort(held, crew, tally)
            return Report(tally, day, interrupted=True)
        except CqoError as error:
            _abort(held, crew, tally)
            return Report(tally, day, stopped=error.problems)
    _flush()
    return Report(
        tally,
        day,
        places.get(ERRORS),
        (places[SUMMARY], places[SUMMARY_DATA]),
        roster_changed=roster.has_changed(),
    )


def _make_all(roster: Roster, order: Order, crew: Crew, ledger: Ledger, watch: Watch) -> None:
    """Have every client done. Raises CqoError where one fault hits them all."""
    place_of: dict[int, int] = {}

    def clients() -> Iterator[Client]:
        for number, client in enumerate(roster):
            clash = roster.clashes.get(client.number)
            if clash is None:
                place_of[client.number] = number
                yield client
            else:
                ledger.add(number, client, Result(client.number, "failed", problems=(clash,)))

    def standing(client: Client) -> str | None:
        folder = order.output / safe_name(client.name)
        inputs = str((read_manifest(folder) or {}).get("inputs"))
        return inputs if current_pack(folder, client.name, inputs) else None

    watch.progress(ledger.tally)
    for some, outcome in drive(crew, order, clients(), roster.count, standing):
        by_number = {client.number: client for client in some}
        for result in outcome.results:
            client = by_number[result.number]
            ledger.add(place_of.pop(client.number), client, _finished(result, client, order))
        if outcome.stopped:
            raise CqoError(outcome.stopped)
        if len(outcome.results) < len(some):
            raise PackError([problem("batch.dismissed", str(order.output))])
        watch.progress(ledger.tally)


def _finished(result: Result, client: Client, order: Order) -> Result:
    """The result, after what a worker that does not see the folder left to be done."""
    folder = safe_name(client.name)
    if result.made is not None:
        inputs = str(result.made.head["inputs"])
        manifest = current_pack(order.output / folder, result.made.company, inputs)
        if manifest is not None:
            return stands(client, order, folder, manifest)
        result = place(result, order)
    elif result.status == "stands":
        manifest = read_manifest(order.output / folder)
        if manifest is not None:
            return stands(client, order, folder, manifest)
        fault = problem("batch.changed", client.where)
        return Result(result.number, "failed", problems=(fault,))
    if result.status == "stopped":
        raise CqoError(result.problems)
    return result


def _abort(held: Held, crew: Crew, tally: Tally) -> None:
    """Let everybody stop, and count what was done; a second Ctrl-C does not cut that short."""
    if threading.current_thread() is threading.main_thread():
        for number in ENDINGS:
            signal.signal(number, signal.SIG_IGN)
    held.dismiss()
    crew.close(PATIENCE)
    for future in crew.under_way:
        if future.done() and not future.cancelled() and future.exception() is None:
            for result in future.result().results:
                tally.add(result)


def _write_files(ledger: Ledger, held: Held, day: date, ws: Workspace) -> dict[str, Path]:
    """The finished files of this run by name, still in its hidden folder."""
    run, tally = held.run, ledger.tally
    others = _other_folders(held.output, ledger.folders)
    with Spool(len(others)) as earlier:
        count = _note_earlier(earlier, held.output, others, tally.clients)
        counts = {
            "clients": tally.clients,
            "done": tally.written + tally.current,
            "failed": tally.failed,
            "earlier": count,
        }
        head = {
            "program": PROGRAM,
            "version": cqo_docs.__version__,
            "as_of": day.isoformat(),
            "counts": counts,
        }

        def lines() -> Iterator[bytes]:
            yield from ledger.lines
            yield from earlier

        try:
            write_data(run / SUMMARY_DATA, head, lines)
            write_workbook(run / SUMMARY, lines, ws)
            made = {SUMMARY: run / SUMMARY, SUMMARY_DATA: run / SUMMARY_DATA}
            if tally.failed:
                write_errors(run / ERRORS, ledger.all_failures(), ws)
                made[ERRORS] = run / ERRORS
        except OSError as error:
            fault = problem("batch.no-summary", str(held.output), reason=reason_of(error))
            raise PackError([fault]) from None
    return made


def _other_folders(output: Path, folders: set[str]) -> list[str]:
    """The folders in the output folder that this roster did not ask for, by name."""
    with os.scandir(output) as entries:
        return sorted(
            entry.name
            for entry in entries
            if entry.name not in folders
            and not entry.name.startswith(".")
            and entry.is_dir(follow_symlinks=False)
        )


def _note_earlier(spool: Spool, output: Path, names: Sequence[str], count: int) -> int:
    """How many of some folders are packs; a line for each is put down, numbered on."""
    found = 0
    for where, name in enumerate(names):
        manifest = read_manifest(output / name)
        with contextlib.suppress(TypeError, ValueError, KeyError, AttributeError):
            if manifest is not None:
                spool.put(where, record_of(count + found + 1, "earlier", name, manifest))
                found += 1
    return found


def _flush() -> None:
    """Have the disk take what was written, all at once."""
    if hasattr(os, "sync"):
        os.sync()


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """An order to end (SIGTERM) is taken like Ctrl-C; what was in force returns after it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = [signal.getsignal(number) for number in ENDINGS]
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in zip(ENDINGS, before, strict=True):
            signal.signal(number, handler)


__all__ = ["Cluster", "Report", "Tally", "Wanted", "Watch", "all_cores", "run_batch"]

"""Who does the work: processes of this machine, or the workers of a dask cluster."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing import get_context

from cqo_docs.base.errors import CqoError, problem
from cqo_docs.batch.work import Order, Outcome, Result, ready, start_worker, work
from cqo_docs.forms.roster import Client
from cqo_docs.workspace import Origin

# Windows waits for no more handles at once.
MOST_ON_WINDOWS = 61
# Clients that travel together, and are made together: enough that the way there costs nothing,
# few enough to stop soon.
CHUNK = 16
# Chunks under way for each worker: one at work, one on its way there, one on its way back.
AHEAD = 3
# So often may workers die without one client done before it is their fault and not a client's.
MOST_DEATHS = 3

Standing = Callable[[Client], str | None]


@dataclass
class Crew:
    """An executor of some workers, how to get a new one after they died, and what is under way."""

    size: int
    make: Callable[[], Executor]
    sees_output: bool = True
    """Whether the workers write the packs themselves."""
    check: Callable[[], None] = lambda: None
    """Raises CqoError where there is nobody left to wait for."""
    executor: Executor | None = None
    under_way: dict[Future[Outcome], tuple[Client, ...]] = field(default_factory=dict)

    def begin(self, count: int) -> None:
        """Have some workers load their content already."""
        if self.executor is None:
            self.executor = self.make()
        with contextlib.suppress(BrokenProcessPool), _ctrl_c_held():
            for _ in range(min(count, self.size)):
                self.executor.submit(ready)

    def submit(
        self, order: Order, clients: tuple[Client, ...], standing: Mapping[int, str]
    ) -> Future[Outcome]:
        """The outcome to come of some clients."""
        if self.executor is None:
            self.executor = self.make()
        with _ctrl_c_held():
            # A worker that starts now must not be ended by the Ctrl-C that is meant for us.
            future = self.executor.submit(work, order, clients, standing)
            self.under_way[future] = clients
        return future

    def settled(self) -> set[Future[Outcome]]:
        """Some of what is under way that has an end; none, after a while, if there is none yet.

        Raises CqoError where there is nobody left to wait for.
        """
        # With a timeout, so that Ctrl-C is heard on every system.
        done = wait(self.under_way, 0.5, FIRST_COMPLETED).done
        if not done:
            self.check()
        return done

    def close(self, patience: float | None = None) -> None:
        """Let the workers go after what they are at; with patience, end those that take longer."""
        executor, self.executor = self.executor, None
        if executor is None:
            return
        if patience is None:
            executor.shutdown(wait=True)
            return
        # Python has no word for this before 3.14 (kill_workers).
        processes = list((getattr(executor, "_processes", None) or {}).values())
        waiter = threading.Thread(target=executor.shutdown, daemon=True)
        waiter.start()
        waiter.join(patience)
        for process in processes if waiter.is_alive() else ():
            process.kill()
        waiter.join(patience)


def local_crew(jobs: int, origin: Origin) -> Crew:
    """Processes of this machine, each with the content loaded once."""
    size = min(jobs, MOST_ON_WINDOWS) if sys.platform == "win32" else jobs

    def make() -> Executor:
        context = get_context("spawn")
        return ProcessPoolExecutor(size, context, start_worker, (origin,))

    return Crew(size, make)


def all_cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextlib.contextmanager
def _ctrl_c_held() -> Iterator[None]:
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def drive(
    crew: Crew, order: Order, clients: Iterator[Client], count: int, standing: Standing
) -> Iterator[tuple[Sequence[Client], Outcome]]:
    """The outcomes of all clients, as they come; never more clients under way than is needed.

    A client whose worker dies twice, the second time on its own, fails alone. Raises CqoError
    where workers die whatever they do.
    """
    under_way, left = crew.under_way, count
    suspects: list[Client] = []

    def send(some: tuple[Client, ...]) -> bool:
        known = {} if crew.sees_output else {c.number: s for c in some if (s := standing(c))}
        try:
            crew.submit(order, some, known)
        except BrokenProcessPool:
            suspects.extend(some)
            return False
        return True

    def collect() -> Iterator[tuple[Sequence[Client], Outcome]]:
        for future in crew.settled():
            some = under_way.pop(future)
            outcome = _outcome_of(future)
            if isinstance(outcome, Outcome):
                yield some, outcome
            else:
                suspects.extend(some)

    while some := tuple(islice(clients, max(1, min(CHUNK, left // (crew.size * AHEAD))))):
        left -= len(some)
        while len(under_way) >= crew.size * AHEAD:
            yield from collect()
        alive = send(some)
        if suspects or not alive:
            while under_way:
                yield from collect()
            yield from _one_by_one(crew, order, suspects, standing)
            suspects.clear()
    while under_way:
        yield from collect()
    yield from _one_by_one(crew, order, suspects, standing)


def _outcome_of(future: Future[Outcome]) -> Outcome | str:
    """The outcome of some clients, or what ended their worker."""
    try:
        return future.result()
    except (Exception, CancelledError) as error:
        # A pool breaks for all that is under way; a cluster tells of the one task.
        return type(error).__name__


def _one_by_one(
    crew: Crew, order: Order, suspects: Sequence[Client], standing: Standing
) -> Iterator[tuple[Sequence[Client], Outcome]]:
    """The outcomes of clients one of which ended its worker; nobody else is under way now."""
    deaths = 0
    if suspects:
        crew.close()
    for client in suspects:
        known = {} if crew.sees_output or (s := standing(client)) is None else {client.number: s}
        try:
            future = crew.submit(order, (client,), known)
            while not crew.settled():
                pass
            outcome = _outcome_of(future)
            del crew.under_way[future]
        except BrokenProcessPool as error:
            outcome = type(error).__name__
        if isinstance(outcome, Outcome):
            deaths = 0
            yield (client,), outcome
            continue
        deaths += 1
        if deaths == MOST_DEATHS:
            raise CqoError([problem("batch.workers-die", reason=outcome)])
        crew.close()
        fault = problem("batch.worker-died", client.where)
        yield (client,), Outcome((Result(client.number, "failed", problems=(fault,)),))

"""The workers of a dask cluster: reached, found to be like this machine, put to work."""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from cqo_docs.base.errors import CqoError, problem
from cqo_docs.batch.crew import Crew
from cqo_docs.batch.folder import on_duty
from cqo_docs.batch.work import Order, marks, workspace

# So long may the scheduler, and then its first worker, take to answer.
PATIENCE = 15
# So long may the scheduler take to say who works for it.
ANSWER = 5
DIFFERENCES = {
    "program": "cluster.other-program",
    "library": "cluster.other-content",
    "templates": "cluster.other-templates",
    "deflate": "cluster.other-deflate",
    "packing": "cluster.other-packing",
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where the scheduler is, and the files of a secured connection."""

    address: str
    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None


def reach(cluster: Cluster) -> Any:
    """A connected client of the scheduler. Raises CqoError where there is none to be had."""
    try:
        distributed = import_module("distributed")
    except ImportError:
        raise CqoError([problem("cluster.not-installed")]) from None
    # What it logs is for those who run the cluster; a user gets one sentence.
    for name in [n for n in logging.root.manager.loggerDict if n.startswith("distributed")]:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    files = (cluster.ca, cluster.cert, cluster.key)
    if any(files) and not all(files):
        raise CqoError([problem("cluster.tls-files")])
    try:
        security = None
        if all(files):
            security = distributed.Security(
                tls_ca_file=str(cluster.ca),
                tls_client_cert=str(cluster.cert),
                tls_client_key=str(cluster.key),
                require_encryption=True,
            )
        with warnings.catch_warnings():
            # Its own complaint about versions; ours follows.
            warnings.simplefilter("ignore")
            client = distributed.Client(cluster.address, security=security, timeout=PATIENCE)
            try:
                client.wait_for_workers(1, timeout=PATIENCE)
            except TimeoutError:
                client.close()
                raise CqoError([problem("cluster.no-workers", cluster.address)]) from None
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        reason = type(error).__name__
        raise CqoError([problem("cluster.unreachable", cluster.address, reason=reason)]) from None
    return client


def cluster_crew(client: Any, address: str, order: Order) -> Crew:
    """The workers of a cluster, each of them checked. Raises CqoError for one that differs."""
    own = workspace(order.origin)
    wanted = {**order.marks, "packing": own.renderer.mark()}
    answers: Mapping[str, Any] = client.run(report, order, on_error="return")
    seen = True
    for worker, answer in sorted(answers.items()):
        if not isinstance(answer, tuple):
            # An older program lacks this check, another machine the program.
            raise CqoError([problem("cluster.no-program", worker)])
        have, sees_output = answer
        for what, value in wanted.items():
            if have.get(what) != value:
                code = DIFFERENCES[what]
                raise CqoError([problem(code, worker, have=have.get(what), want=value)])
        seen = seen and sees_output
    size = sum(client.nthreads().values())
    return Crew(size, partial(client.get_executor, pure=False), seen, _Lookout(client, address))


@dataclass
class _Lookout:
    """Notices that a cluster has had no worker for a while."""

    client: Any
    address: str
    since: float | None = None

    def __call__(self) -> None:
        """Raise CqoError where it is time to give up."""
        if self._workers():
            self.since = None
            return
        now = time.monotonic()
        self.since = now if self.since is None else self.since
        if now - self.since > PATIENCE:
            raise CqoError([problem("cluster.lost", self.address)])

    def _workers(self) -> int:
        try:
            return len(self.client.sync(self.client.scheduler.ncores, callback_timeout=ANSWER))
        except Exception:  # many kinds, where the scheduler is gone
            return 0


def report(order: Order) -> tuple[dict[str, str], bool]:
    """What a worker has: versions and fingerprints, and whether it sees the output folder."""
    ws = workspace(order.origin)
    with on_duty(order.output, order.token) as wanted:
        sees_output = wanted is not None and wanted()
    return {**marks(ws), "packing": ws.renderer.mark()}, sees_output

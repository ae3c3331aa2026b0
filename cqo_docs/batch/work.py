"""What a worker does: some clients in, packs on the disk, one short result for each."""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import re
import signal
import socket
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import cqo_docs
from cqo_docs.answers.file import AnswersFile
from cqo_docs.base.errors import CqoError, PackError, Problem, problem, reason_of
from cqo_docs.batch.folder import ERRORS, SUMMARY, SUMMARY_DATA, on_duty
from cqo_docs.forms.roster import Client, client_answers
from cqo_docs.generation import (
    answers_text,
    inputs_key,
    make_plan,
    manifest_head,
    unprinted_files,
)
from cqo_docs.pack.manifest import PackFile, current_pack
from cqo_docs.pack.names import safe_name
from cqo_docs.pack.writing import place_pack
from cqo_docs.plan.model import Plan
from cqo_docs.workspace import Origin, Workspace, open_workspace

T = TypeVar("T")

# Names in the output folder that are the batch's own; no company can have one of them.
OWN_NAME = re.compile(
    "|".join(
        rf"{re.escape(Path(name).stem)}(-\d+)?{re.escape(Path(name).suffix)}"
        for name in (ERRORS, SUMMARY, SUMMARY_DATA)
    ),
    re.IGNORECASE,
)
GARBAGE = 20_000


@dataclass(frozen=True, slots=True)
class Order:
    """What all clients of one run share; it travels with every few of them."""

    output: Path
    token: str
    day: date
    day_given: bool
    strict: bool
    origin: Origin
    marks: Mapping[str, str]
    local: bool = True
    """Whether the workers are processes of this machine, which see the output folder."""


class Task(NamedTuple):
    """One client whose pack is to be made."""

    client: Client
    file: AnswersFile
    as_of: date
    answers: str
    inputs: str


class Made(NamedTuple):
    """A pack that was rendered where the output folder is not seen."""

    company: str
    head: Mapping[str, Any]
    files: tuple[PackFile, ...]
    answers: str


class Result(NamedTuple):
    """How one client ended: written, current or failed.

    Where the output folder is not seen: made or stands, and the parent does the rest. Where no
    other client would fare better: stopped.
    """

    number: int
    status: str
    record: bytes = b""
    problems: tuple[Problem, ...] = ()
    kept: int = 0
    made: Made | None = None


class Outcome(NamedTuple):
    """The results of some clients, and what stops the whole run if anything does."""

    results: tuple[Result, ...]
    stopped: tuple[Problem, ...] = ()


def start_worker(origin: Origin) -> None:
    """Make a process ready: content loaded, deaf to Ctrl-C, gone when its parent is."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    try:
        workspace(origin)
    except CqoError:
        return  # the first client tells it
    # What was loaded now stays: no search for garbage need look at it. Nor is there much to find:
    # a pack is some thousands of objects that go as they came.
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE)


def ready() -> None:
    """Nothing: a worker that was asked for it has begun."""


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)


@cache
def workspace(origin: Origin) -> Workspace:
    """The content and templates, opened once a process."""
    return open_workspace(*origin)


def marks(ws: Workspace) -> dict[str, str]:
    """What must be the same wherever packs of one run are made."""
    return {
        "program": cqo_docs.__version__,
        "library": ws.library.version,
        "templates": json.dumps(sorted(ws.renderer.fingerprints.items())),
        "deflate": ws.renderer.deflate,
    }


def work(
    order: Order, clients: Sequence[Client], standing: Mapping[int, str] | None = None
) -> Outcome:
    """The results of some clients, each written at once if the output folder is seen from here.

    `standing` tells, where it is not, which inputs the packs that are whole were made from.
    """
    try:
        ws = workspace(order.origin)
    except CqoError as error:
        return Outcome((), error.problems)
    if marks(ws) != order.marks:
        where = f"{socket.gethostname()} {os.getpid()}"
        return Outcome((), (problem("batch.content-differs", where),))
    results: list[Result] = []
    with on_duty(order.output, order.token) as wanted_still:

        def over() -> bool:
            return order.local if wanted_still is None else not wanted_still()

        if over():
            return Outcome(())
        known = standing or {}
        found = [_tried(c, _task, c, order, ws, known.get(c.number)) for c in clients]
        made = iter(make_packs([t for t in found if isinstance(t, Task)], order.strict, ws))
        for one in found:
            if over():
                break
            result = next(made) if isinstance(one, Task) else one
            if result.status == "made" and wanted_still is not None:
                result = place(result, order)
            if result.status == "stopped":
                return Outcome(tuple(results), result.problems)
            results.append(result)
    return Outcome(tuple(results))


def _task(client: Client, order: Order, ws: Workspace, standing: str | None) -> Task | Result:
    """What is to be made for a client, or the result where that is nothing."""
    file = client_answers(client, ws)
    company = file.answers.company.name
    folder = safe_name(company)
    if folder != safe_name(client.name):
        # Names were told apart when the roster was read; this one nobody has seen.
        raise PackError([problem("batch.changed", client.where)])
    if OWN_NAME.fullmatch(folder):
        raise PackError([problem("batch.own-name", client.where, name=company)])
    answers = answers_text(file)
    own_day = None if order.day_given else file.answers.plan.as_of
    as_of = own_day or order.day
    inputs = inputs_key(answers, ws, as_of)
    if standing == inputs:
        return Result(client.number, "stands")
    manifest = current_pack(order.output / folder, company, inputs)
    if manifest is not None:
        return stands(client, order, folder, manifest)
    return Task(client, file, as_of, answers, inputs)


def make_packs(tasks: Sequence[Task], strict: bool, ws: Workspace) -> list[Result]:
    """The packs of some clients, each made or failed, in their order.

    A step is taken for all of them before the next, and a template filled for all of them: what
    it needs is then still near the processor, which saves a sixth of the time.
    """
    plans = [_tried(task.client, _plan, task, strict, ws) for task in tasks]
    packs = [
        plan if isinstance(plan, Result) else _tried(task.client, unprinted_files, plan, ws)
        for task, plan in zip(tasks, plans, strict=True)
    ]
    queue = [
        (n, at, file)
        for n, pack in enumerate(packs)
        if not isinstance(pack, Result)
        for at, file in enumerate(pack)
    ]
    printed: list[dict[int, PackFile | Result]] = [{} for _ in tasks]
    for n, at, file in sorted(queue, key=lambda entry: entry[2].template):
        printed[n][at] = _tried(tasks[n].client, file.printed)
    results = []
    for task, plan, pack, made in zip(tasks, plans, packs, printed, strict=True):
        files = [made[at] for at in sorted(made)]
        failed = [one for one in (plan, pack, *files) if isinstance(one, Result)]
        results.append(failed[0] if failed else _tried(task.client, _whole, task, plan, files, ws))
    return results


def _whole(task: Task, plan: Plan, files: Sequence[PackFile], ws: Workspace) -> Result:
    head = manifest_head(plan, ws) | {"inputs": task.inputs}
    made = Made(task.file.answers.company.name, head, tuple(files), task.answers)
    return Result(task.client.number, "made", made=made)


def _plan(task: Task, strict: bool, ws: Workspace) -> Plan:
    plan = make_plan(task.file, ws, task.as_of)
    if strict and plan.barred:
        raise PackError([problem("strict.barred", task.client.where)])
    return plan


def _tried(client: Client, step: Callable[..., T], *given: Any) -> T | Result:
    """What a step gives for a client, or how it failed: it never stops the others."""
    try:
        return step(*given)
    except CqoError as error:
        return Result(client.number, "failed", problems=error.problems)
    except Exception as error:
        return Result(client.number, "failed", problems=(_fault(error, client.where),))


def _fault(error: BaseException, where: str) -> Problem:
    if isinstance(error, OSError):
        return problem("file.unreadable", where, reason=reason_of(error))
    return problem("cli.unexpected", where, reason=f"{type(error).__name__}: {error}"[:200])


def stands(client: Client, order: Order, folder: str, manifest: Mapping[str, Any]) -> Result:
    """The result for a pack that need not be made again."""
    number = client.number
    if order.strict and manifest.get("barred"):
        return Result(number, "failed", problems=(problem("strict.barred", client.where),))
    return Result(number, "current", record_of(number, "done", folder, manifest))


def place(result: Result, order: Order) -> Result:
    """The result after the pack that was made is written."""
    assert result.made is not None
    try:
        written = place_pack(order.output, *result.made)
    except PackError as error:
        if any(p.code == "pack.output" for p in error.problems):
            return Result(result.number, "stopped", problems=error.problems)
        problems = tuple(_from_output(p, order.output) for p in error.problems)
        return Result(result.number, "failed", problems=problems)
    record = record_of(result.number, "done", written.folder.name, written.manifest)
    return Result(result.number, "written", record, kept=len(written.kept))


def _from_output(fault: Problem, output: Path) -> Problem:
    """The problem with its place told from the output folder: the same wherever that is."""
    where = Path(fault.where)
    if not where.is_relative_to(output):
        return fault
    return Problem(fault.code, where.relative_to(output).as_posix(), fault.values)


def record_of(number: int, status: str, folder: str, manifest: Mapping[str, Any]) -> bytes:
    """One line of the summary, from the manifest of a pack.

    Raises TypeError, ValueError, KeyError or AttributeError for a manifest that somebody changed.
    """
    findings = manifest.get("findings") or {}
    counts = Counter[str]()
    for finding, count in findings.items():
        counts[finding.partition(":")[0]] += int(count)
    record = {
        "number": number,
        "name": str(manifest["company"]),
        "status": status,
        "folder": folder,
        **{key: str(manifest.get(key) or "") for key in ("as_of", "size", "verdict")},
        "barred": bool(manifest.get("barred")),
        "standards": {str(k): str(v) for k, v in (manifest.get("standards") or {}).items()},
        "findings": counts,
        "codes": list(dict.fromkeys(finding.partition(":")[2] for finding in findings)),
        "files": [str(entry["path"]) for entry in manifest["files"]],
    }
    return json.dumps(record, ensure_ascii=False).encode()

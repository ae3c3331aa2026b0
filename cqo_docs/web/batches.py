"""The batches of a consultant: a roster in, progress while it runs, errors and packs out."""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from cqo_docs.answers.types import parse_date
from cqo_docs.base.errors import CqoError, Problem, problem
from cqo_docs.batch import Report, Wanted
from cqo_docs.forms.roster import write_roster_form
from cqo_docs.pack.names import safe_name
from cqo_docs.web.app import held, say, sentences, words
from cqo_docs.web.batch_run import Run, Runner
from cqo_docs.web.batch_store import (
    DONE,
    FAILED,
    MOST_FAILURES,
    READY,
    RUNNING,
    STOPPED,
    SUFFIXES,
    Batch,
    Batches,
    ended,
    sent_name,
)
from cqo_docs.web.guard import UPLOADS
from cqo_docs.web.saying import Saying
from cqo_docs.web.sending import download
from cqo_docs.web.zip_stream import zipped
from cqo_docs.wording.locales import OFFERED

page = Blueprint("batches", __name__, url_prefix="/batches")
UPLOADS.update({"batches.add", "batches.renew"})
LOOKS = {READY: "info", RUNNING: "info", STOPPED: "warn", DONE: "ok", FAILED: "bad"}
# A browser that listens holds a thread of the server; it comes again when its time is over.
MOST_LISTENING = 3
SECONDS_LISTENING = 60.0
SECONDS_A_BEAT = 1.0
MOST_NAMES = 5
# A reader who hears the page is told after so many parts of the whole.
TOLD_PARTS = 10


@dataclass(frozen=True)
class Desk:
    """What the batches of one application share."""

    batches: Batches
    runner: Runner = field(default_factory=Runner)
    ears: threading.BoundedSemaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(MOST_LISTENING)
    )


def desk() -> Desk:
    """The desk of this application."""
    own = held()
    made = Desk(Batches(own.store.batches, own.workspace))
    found: Desk = current_app.extensions.setdefault("cqo.batches", made)
    return found


# ---------------------------------------------------------------- all batches


@page.get("")
def show() -> ResponseReturnValue:
    """The list of batches, and a form for a new one."""
    return list_page()


def list_page(faults: Iterable[str] = (), code: int = 200) -> ResponseReturnValue:
    """The list; with what is wrong with files that were sent."""
    rows = [(batch, state_of(batch)) for batch in desk().batches.all()]
    html = render_template("batches.html", rows=rows, looks=LOOKS, faults=list(faults))
    return html, code


@page.get("/roster.xlsx")
def form() -> ResponseReturnValue:
    """The empty roster."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "roster.xlsx"
        write_roster_form(path, held().workspace)
        data = path.read_bytes()
    name = f"{say('batch.roster-name')}.xlsx"
    return download(data, name)


@page.post("")
def add() -> ResponseReturnValue:
    """A new batch of the files that were sent; on to its page."""
    try:
        batch = desk().batches.add(sent())
    except CqoError as error:
        return list_page(refusals(error), 400)
    return redirect(url_for("batches.one", ident=batch.ident))


def sent() -> list[FileStorage]:
    """The files of a form that can be answers; others are named. Raises CqoError for none."""
    named = [(sent_name(f), f) for f in request.files.getlist("files")]
    # What systems and office programs leave in a folder is nobody's answer.
    files = [(name, f) for name, f in named if name and not name.startswith((".", "~$"))]
    if not files:
        raise CqoError([problem("web.no-file")])
    usable = [f for name, f in files if Path(name).suffix.lower() in SUFFIXES]
    others = [name for name, f in files if f not in usable]
    if not usable:
        raise CqoError([problem("web.batch-files")])
    if others:
        names = say("common.between").join(others[:MOST_NAMES])
        flash(say("batch.left-out", count=len(others), names=names), "warn")
    return usable


def refusals(error: CqoError) -> list[str]:
    """What is wrong with files that were sent, without the place where they lay."""
    return sentences(CqoError(_bare(fault, held().store.batches) for fault in error.problems))


def _bare(fault: Problem, folder: Path) -> Problem:
    """A problem that names files without the folders above them."""
    start = f"{folder}/"
    _, found, rest = fault.where.partition(start)
    # The folder of the batch, and the files as they were stored, are names of ours.
    return replace(fault, where=rest.partition("/")[2]) if found else fault


# ---------------------------------------------------------------- one batch


def state_of(batch: Batch) -> str:
    """How it stands with a batch; one whose server was ended was stopped."""
    if desk().runner.running(batch.ident):
        return RUNNING
    return STOPPED if batch.state == RUNNING else batch.state


@page.get("/<ident>")
def one(ident: str) -> ResponseReturnValue:
    """What was sent, how far it is, what came of it."""
    return batch_page(desk().batches.find(ident))


def batch_page(
    batch: Batch, faults: Iterable[str] = (), code: int = 200, day: str | None = None
) -> ResponseReturnValue:
    """The page of one batch; with what is wrong with what was asked for."""
    run = desk().runner.running(batch.ident)
    other = desk().runner.running()
    state = state_of(batch)
    failures = batch.failures() if state == DONE and batch.counts.get("failed") else []
    told = [_bare(fault, held().store.batches) for fault in batch.problems]
    return render_template(
        "batch.html",
        batch=batch,
        state=state,
        looks=LOOKS,
        news=news_of(run, words()) if run else None,
        busy=other is not None and run is None,
        failures=failures,
        most=MOST_FAILURES,
        packs=not run and any(batch.packs()),
        problems=sentences(CqoError(told)) if told and not run else [],
        locales=OFFERED,
        day=batch.day if day is None else day,
        faults=list(faults),
    ), code


@page.post("/<ident>/start")
def start(ident: str) -> ResponseReturnValue:
    """Begin, or go on where it was stopped; on to the page of the batch."""
    batch = desk().batches.find(ident)
    locale, given = request.form.get("locale", ""), request.form.get("day", "").strip()
    if locale not in OFFERED:
        abort(400)
    try:
        day = parse_date(given) if given else None
    except ValueError:
        return batch_page(batch, [say("batch.bad-day")], 400, given)
    if desk().runner.running() is not None:
        return batch_page(batch, [say("batch.busy")], 409)
    store, log = desk().batches, current_app.logger
    batch = store.note(
        replace(batch, locale=locale, day=day.isoformat() if day else "", state=RUNNING)
    )

    def over(end: Report | tuple[Problem, ...] | None) -> None:
        try:
            if isinstance(end, Report):
                store.note(ended(batch, end))
            elif end is None:
                store.note(replace(batch, state=STOPPED))
            else:
                store.note(replace(batch, state=FAILED, problems=end))
        except CqoError as error:
            log.error("%s", error)

    wanted = Wanted(batch.roster, batch.output, day=day)
    if not desk().runner.start(batch.ident, wanted, locale, held().today(), over):
        return batch_page(batch, [say("batch.busy")], 409)
    return redirect(url_for("batches.one", ident=ident))


@page.post("/<ident>/stop")
def stop(ident: str) -> ResponseReturnValue:
    """Have the run of a batch end; on to its page."""
    batch = desk().batches.find(ident)
    desk().runner.stop(batch.ident)
    return redirect(url_for("batches.one", ident=ident))


@page.post("/<ident>/roster")
def renew(ident: str) -> ResponseReturnValue:
    """Corrected files in the place of what was sent; the packs that there are stay."""
    batch = desk().batches.find(ident)
    if desk().runner.running(ident):
        return batch_page(batch, [say("batch.busy")], 409)
    try:
        desk().batches.renew(batch, sent())
    except CqoError as error:
        return batch_page(batch, refusals(error), 400)
    flash(say("batch.renewed"), "ok")
    return redirect(url_for("batches.one", ident=ident))


@page.get("/<ident>/delete")
def ask_delete(ident: str) -> ResponseReturnValue:
    """Whether the batch is really to go."""
    batch = desk().batches.find(ident)
    count = batch.count_packs()
    return render_template("batch_delete.html", batch=batch, count=count)


@page.post("/<ident>/delete")
def delete(ident: str) -> ResponseReturnValue:
    """The batch and its packs removed; on to the list."""
    batch = desk().batches.find(ident)
    if desk().runner.running(ident):
        return batch_page(batch, [say("batch.busy")], 409)
    desk().batches.delete(batch)
    flash(say("batch.deleted", name=batch.name or batch.created), "ok")
    return redirect(url_for("batches.show"))


# ---------------------------------------------------------------- progress


def news_of(run: Run, words: Saying) -> dict[str, Any]:
    """How far a run is, in words."""
    tally = run.tally
    if tally is None:
        said = words("batch.beginning")
        return {"done": 0, "clients": 0, "said": said, "stopping": run.stopping, "part": "",
                "lines": {}}  # fmt: skip
    left = (tally.clients - tally.done) / run.rate if run.rate else 0.0
    part = tally.done * TOLD_PARTS // max(tally.clients, 1) * TOLD_PARTS
    return {
        "done": tally.done,
        "clients": tally.clients,
        "stopping": run.stopping,
        "said": words("batch.stopping" if run.stopping else "batch.running"),
        "part": words("batch.part", part=part) if part else "",
        "lines": {
            "done": words("batch.of", done=tally.done, clients=tally.clients),
            "failed": str(tally.failed),
            "rate": words("batch.a-second", rate=f"{run.rate:.1f}"),
            "left": _time(left, words) if tally.done else words("batch.unknown"),
        },
    }


def _time(seconds: float, words: Saying) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return words("batch.minutes", minutes=minutes) if minutes else words("batch.seconds", n=rest)


@page.get("/<ident>/events")
def events(ident: str) -> ResponseReturnValue:
    """News of a run as it comes (server-sent events)."""
    batch = desk().batches.find(ident)
    runner, ears, said = desk().runner, desk().ears, words()
    run = runner.running(batch.ident)
    if not ears.acquire(blocking=False):
        abort(503)
    stream = Listening(runner, run, said, ears)
    return Response(stream, mimetype="text/event-stream")


@dataclass
class Listening:
    """What one browser hears: news when there are any, and that it is over."""

    runner: Runner
    run: Run | None
    said: Saying
    ears: threading.BoundedSemaphore
    turn: int = -1
    over: bool = False
    closed: bool = False
    end: float = field(default_factory=lambda: time.monotonic() + SECONDS_LISTENING)

    def __iter__(self) -> Listening:
        return self

    def __next__(self) -> str:
        """The next piece of the answer, after a beat at most."""
        if self.over or time.monotonic() > self.end:
            raise StopIteration
        run, before = self.run, self.turn
        if run is None:
            self.over = True
        elif self.turn < 0:
            self.turn = run.turn
        else:
            self.turn = self.runner.wait(run, self.turn, SECONDS_A_BEAT)
        if run is None or run.over:
            self.over = True
            return "event: over\ndata: {}\n\n"
        if self.turn == before and run.tally is None:
            return ":\n\n"  # a sign of life, which finds out whether anybody still listens
        return f"data: {json.dumps(news_of(run, self.said), ensure_ascii=False)}\n\n"

    def close(self) -> None:
        """Give the place back; called whether the answer was begun or not."""
        if not self.closed:
            self.closed = True
            self.ears.release()


# ---------------------------------------------------------------- what came of it


@page.get("/<ident>/errors.xlsx")
def errors(ident: str) -> ResponseReturnValue:
    """The roster of those who failed, to be corrected and sent again."""
    batch = desk().batches.find(ident)
    name = _named(batch, say("batch.errors-name"))
    return download(batch.file(batch.errors).read_bytes(), f"{name}.xlsx")


@page.get("/<ident>/summary.xlsx")
def summary(ident: str) -> ResponseReturnValue:
    """The summary of all clients."""
    batch = desk().batches.find(ident)
    name = _named(batch, say("batch.summary-name"))
    return download(batch.file(batch.summary).read_bytes(), f"{name}.xlsx")


@page.get("/<ident>/packs.zip")
def packs(ident: str) -> ResponseReturnValue:
    """All packs in one file, piece by piece."""
    batch = desk().batches.find(ident)
    if desk().runner.running(ident):
        return batch_page(batch, [say("batch.busy")], 409)
    name = f"{_named(batch, say('batch.packs-name'))}.zip"
    return download(zipped(files_of(batch)), name)


def files_of(batch: Batch) -> Iterator[tuple[str, Path]]:
    """Every file of the packs and the workbooks of the run, by its name in the zip."""
    for name in (batch.summary, batch.errors):
        if name and (batch.output / name).is_file():
            yield name, batch.output / name
    for folder in batch.packs():
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(batch.output).as_posix(), path


def _named(batch: Batch, what: str) -> str:
    return safe_name(f"{batch.name or batch.created[:10]}-{what}")

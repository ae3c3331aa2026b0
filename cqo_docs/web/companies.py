"""The first page: the companies of the workspace, new ones, copies, uploads, the trash."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from flask import (
    Blueprint,
    abort,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from cqo_docs.base.errors import CqoError, Problem, problem
from cqo_docs.forms import OFFICE_SUFFIXES, WRITERS
from cqo_docs.forms.drafts import SUFFIXES, open_draft
from cqo_docs.pack.names import safe_name
from cqo_docs.questions.draft import Draft, draft_text
from cqo_docs.questions.steps import problems_in
from cqo_docs.web.app import held, language, say, sentences, wording
from cqo_docs.web.guard import UPLOADS
from cqo_docs.web.renewal import renewed
from cqo_docs.web.sending import download
from cqo_docs.web.store import EDITED, STALE, Company

page = Blueprint("companies", __name__)
UPLOADS.add("companies.upload")
# How each state looks.
LOOKS = {
    "incomplete": "warn", "findings": "warn", "ready": "info",
    "current": "ok", "stale": "warn", "edited": "info",
}  # fmt: skip
UNDO = "undo"
MOST_DELETED = 20


@page.get("/")
def show() -> ResponseReturnValue:
    """The list of companies."""
    return list_page()


def list_page(name: str = "", faults: Iterable[str] = (), code: int = 200) -> ResponseReturnValue:
    """The list; with a name that was typed and what is wrong with it."""
    store = held().store
    companies = store.companies()
    names = Counter(company.name for company in companies)
    rows = [
        {
            "company": company,
            "standing": (standing := store.standing(company)),
            "look": LOOKS[standing.state],
            "file": company.path.name if names[company.name] > 1 else "",
            "faults": [wording().problem(replace(p, where="")) for p in standing.faults],
            "made": standing.state in {"current", STALE, EDITED},
        }
        for company in companies
    ]
    deleted = store.deleted()[:MOST_DELETED]
    undo = next((one for one in deleted if one.ident == session.pop(UNDO, "")), None)
    return render_template(
        "companies.html", rows=rows, deleted=deleted, undo=undo, name=name, faults=list(faults)
    ), code


@page.post("/companies")
def add() -> ResponseReturnValue:
    """A new company; on to its first question."""
    name = request.form.get("name", "").strip()
    if not name:
        return list_page(name, [wording().problem(problem("web.no-name"))], 400)
    draft = Draft().with_answer("company.name", name)
    faults = problems_in(held().kit_in(language()), draft)
    if faults:
        return list_page(name, [wording().problem(_bare(p)) for p in faults], 400)
    company = held().store.add(name, draft)
    return redirect(_first_page(company))


def _bare(fault: Problem) -> Problem:
    """A problem told beside the field that it is about, which need not be named."""
    return Problem(fault.code, "", {**fault.values, "place": ""})


def _first_page(company: Company) -> str:
    return url_for("questions.show", ident=company.ident)


@page.post("/companies/upload")
def upload() -> ResponseReturnValue:
    """A company from a filled form or a questionnaire; on to its questions."""
    given = request.files.get("file")
    if given is None or not given.filename:
        return list_page(code=400, faults=[wording().problem(problem("web.no-file"))])
    shown = safe_name(given.filename)
    try:
        draft = _read_upload(given, held().store.folder)
    except CqoError as error:
        told = CqoError(replace(fault, where=shown) for fault in error.problems)
        flash(say("companies.not-read", file=shown), "bad")
        return list_page(code=400, faults=sentences(told))
    said = draft.answers.get("company.name")
    company = held().store.add(said if isinstance(said, str) else Path(shown).stem, draft)
    wrong = problems_in(held().kit_in(language()), draft)
    count = sum(value is not None for value in draft.answers.values())
    flash(say("companies.uploaded", file=shown, count=count), "ok")
    if wrong:
        flash(say("companies.uploaded-wrong", count=len(wrong)), "warn")
    return redirect(_first_page(company))


def _read_upload(given: FileStorage, folder: Path) -> Draft:
    """The answers in a file that was sent, which lies for a moment under a name of ours."""
    known = {*SUFFIXES, *OFFICE_SUFFIXES}
    suffix = next((s for s in known if str(given.filename).lower().endswith(s)), "")
    handle, name = tempfile.mkstemp(suffix, ".upload-", folder)
    try:
        with os.fdopen(handle, "wb") as file:
            given.save(file)
        workspace = held().workspace
        return open_draft(Path(name), workspace.library, workspace.wording)
    finally:
        Path(name).unlink(missing_ok=True)


@page.post("/companies/<ident>/copy")
def copy(ident: str) -> ResponseReturnValue:
    """The same company for next year; on to its questions."""
    store = held().store
    company = store.find(ident)
    made = renewed(store.draft(company), held().today())
    new = store.add(f"{company.name}-{made.year}", made.draft)
    flash(say("companies.copied", year=made.year), "ok")
    for key, paths in (("cleared", made.cleared), ("moved", made.moved), ("check", made.to_check)):
        if paths:
            names = wording().join([wording().label(path) for path in paths])
            flash(say(f"companies.{key}", names=names, year=made.year), "info")
    return redirect(_first_page(new))


@page.post("/companies/<ident>/delete")
def delete(ident: str) -> ResponseReturnValue:
    """A company into the trash; it can be taken back."""
    store = held().store
    session[UNDO] = store.delete(store.find(ident)).ident
    return redirect(url_for("companies.show"))


@page.post("/companies/restore")
def restore() -> ResponseReturnValue:
    """A company back from the trash."""
    company = held().store.restore(request.form.get("ident", ""))
    flash(say("companies.restored", name=company.name), "ok")
    return redirect(url_for("companies.show"))


@page.get("/companies/<ident>/answers.yaml")
def answers(ident: str) -> ResponseReturnValue:
    """The answers as a questionnaire that every command takes."""
    store = held().store
    company = store.find(ident)
    text = draft_text(store.draft(company), held().workspace.wording)
    return download(text.encode(), f"{safe_name(company.name)}.yaml")


@page.get("/form<suffix>")
def form(suffix: str) -> ResponseReturnValue:
    """The blank form to be filled in elsewhere, in Excel or in Word."""
    if suffix not in WRITERS:
        abort(404)
    data = WRITERS[suffix](held().workspace.library, held().workspace.wording, None)
    return download(data, f"{say('companies.form-name')}{suffix}")

"""The plan of one company: what applies and why, what is missing, what is to be confirmed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cqo_docs.answers.file import AnswersFile, planning_date
from cqo_docs.base.errors import CqoError
from cqo_docs.generation import make_plan
from cqo_docs.json_shapes import explain
from cqo_docs.plan.model import Plan
from cqo_docs.questions.explaining import plan_so_far
from cqo_docs.questions.steps import known_in
from cqo_docs.web.app import held, language, say, wording, words
from cqo_docs.web.opening import spoken_in
from cqo_docs.web.plan_page import (
    GROUPS,
    NO_PAPER,
    Chosen,
    Missing,
    PlanPage,
    chosen_from,
    clauses_by,
    confirmed,
    link_to,
    missing_in,
    plan_page,
)
from cqo_docs.web.store import Company, ConflictError
from cqo_docs.workspace import Workspace

page = Blueprint("planning", __name__, url_prefix="/companies/<ident>/plan")

# Every value that nobody chose.
ALL = "*"
# So many pages are kept: those of the companies that one works on.
MOST_KEPT = 16


@dataclass(frozen=True)
class Planned:
    """The plan of one company as far as its answers go."""

    plan: Plan | None
    """None where not even the province is known."""
    file: AnswersFile | None
    """The answers; None where some are wrong or missing."""
    missing: tuple[Missing, ...]


class Kept:
    """The last pages that were made, by what they were made from."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.pages: OrderedDict[tuple[Path, str, date, str], tuple[Planned, PlanPage | None]] = (
            OrderedDict()
        )


KEPT = Kept()


def reader_workspace() -> Workspace:
    """The content in the language of the reader."""
    return spoken_in(language(), held().workspace)


def planned(company: Company, ws: Workspace, today: date) -> Planned:
    """The plan of a company in the words of a workspace, whole or as far as is known."""
    kit, draft = held().kit_in(language()), held().store.draft(company)
    try:
        file = held().store.answers(company)
    except CqoError:
        missing = missing_in(kit, draft, wording())
        if "company.province" in known_in(kit, draft).open:
            return Planned(None, None, missing)
        return Planned(plan_so_far(ws.library, ws.wording, draft, today), None, missing)
    return Planned(make_plan(file, ws, planning_date(file, None, today)), file, ())


def shown(company: Company) -> tuple[Planned, PlanPage | None]:
    """The plan of a company and its page; both are kept until the answers change."""
    today, lang = held().today(), language()
    key = (company.path, company.version, today, lang)
    with KEPT.lock:
        kept = KEPT.pages.get(key)
        if kept is not None:
            KEPT.pages.move_to_end(key)
            return kept
    ws = reader_workspace()
    found = planned(company, ws, today)
    told = None
    if found.plan is not None:
        given = held().store.draft(company).nested()
        states = words().under("plan.state")
        told = plan_page(found.plan, ws, held().kit_in(language()).asking, given, states)
    with KEPT.lock:
        KEPT.pages[key] = (found, told)
        while len(KEPT.pages) > MOST_KEPT:
            KEPT.pages.popitem(last=False)
    return found, told


@page.get("")
def show(ident: str) -> str:
    """The plan of one company."""
    company = held().store.find(ident)
    found, told = shown(company)
    chosen = Chosen()
    if told is not None:
        chosen = chosen_from(lambda name: request.args.get(name, ""), told)
    groups = clauses_by(told, chosen) if told is not None else {}
    return render_template(
        "plan.html",
        company=company,
        found=found,
        plan=told,
        chosen=chosen,
        groups=groups,
        counted=len({row.link for rows in groups.values() for row in rows}),
        ways=GROUPS,
        no_paper=NO_PAPER,
        every=ALL,
    )


@page.get("/clause")
def clause(ident: str) -> ResponseReturnValue:
    """The story of one clause: what it says, its status, why, and where it is printed."""
    company = held().store.find(ident)
    found, told = shown(company)
    if found.plan is None or told is None:
        return redirect(url_for("planning.show", ident=ident))
    ws, kit = reader_workspace(), held().kit_in(language())
    standard, ref = request.args.get("standard", ""), request.args.get("ref", "")
    # An address may not mean a standard by its title here: what is shown is looked up by ids.
    if standard not in {s.id for s in ws.library.standards}:
        abort(404)
    address = f"{standard}#{ref}"
    try:
        story = explain(found.plan, ws, address)
    except CqoError:
        abort(404)
    clause = ws.library.clause(address)
    asked = [one for one in kit.asking.asked if any(use.key == address for use in one.uses)]
    links = dict.fromkeys(link_to(one.path, kit.asking, ws.wording) for one in asked)
    return render_template(
        "clause.html",
        company=company,
        found=found,
        story=story,
        clause=clause,
        row=next((row for row in told.clauses if row.link[:2] == (standard, ref)), None),
        standard=next(row for row in told.standards if row.id == standard),
        actor=ws.wording.formats["actor"][clause.actor],
        topic=ws.wording.topics[clause.topic]["name"],
        findings=[row for row in told.findings if (standard, ref) in {c[:2] for c in row.clauses}],
        links=[link for link in links if link is not None],
    )


@page.post("/confirm")
def confirm(ident: str) -> ResponseReturnValue:
    """Make an assumed value, or all of them, answers that were given."""
    store = held().store
    company = store.find(ident)
    # Answers stay in the words of the program's own locale, whatever the reader's language.
    ws = held().workspace
    found = planned(company, ws, held().today())
    wanted = request.form.get("field", "")
    assumed = found.plan.assumptions if found.plan is not None else ()
    chosen = [a for a in assumed if wanted in {a.field, ALL}]
    back = url_for("planning.show", ident=ident, _anchor="assumptions")
    try:
        if company.version != request.form.get("version", ""):
            raise ConflictError(company)
        if not chosen:
            abort(400)
        draft = confirmed(store.draft(company), chosen, ws.wording)
        store.save(company, draft, company.version)
    except ConflictError:
        flash(say("plan.conflict"), "warn")
        return redirect(back)
    names = reader_workspace().wording
    flash(say("plan.confirmed", names=names.join([names.label(a.field) for a in chosen])), "ok")
    return redirect(back)

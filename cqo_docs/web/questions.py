"""The questionnaire: its sections as steps, saved as one goes, two windows told apart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import (
    Blueprint,
    abort,
    flash,
    get_template_attribute,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from cqo_docs.answers.questions import questions as all_questions
from cqo_docs.questions.draft import Draft, Value, plain_path
from cqo_docs.questions.explaining import names_of, value_text
from cqo_docs.questions.steps import Kit
from cqo_docs.web.app import held, language, say, words
from cqo_docs.web.filling import (
    answers_at,
    changed_stops,
    put,
    read_form,
    section_at,
    sections_of,
    settled,
    state_of,
    stop_at,
    stops_in,
)
from cqo_docs.web.outlook import outlook
from cqo_docs.web.store import Company, ConflictError

page = Blueprint("questions", __name__)
# Where the buttons below a section lead.
ONWARD = {"next": 1, "back": -1}


@page.get("/companies/<ident>/questions")
def show(ident: str) -> ResponseReturnValue:
    """On to the first section where something is wanting."""
    company = held().store.find(ident)
    state = state_of(_kit(), held().store.draft(company))
    sections = sections_of(state)
    first = next((s for s in sections if s.wrong or s.wanting), None)
    first = first or next((s for s in sections if s.done < s.total), sections[0])
    return redirect(url_for(".step", ident=ident, section=first.id))


@page.get("/companies/<ident>/at/<path>")
def at(ident: str, path: str) -> ResponseReturnValue:
    """On to the question about one answer."""
    section = section_at(_kit(), path)
    if not section:
        abort(404)
    anchor = f"stop-{stop_at(_kit(), path)}"
    return redirect(url_for(".step", ident=ident, section=section, _anchor=anchor))


@page.get("/companies/<ident>/questions/<section>")
def step(ident: str, section: str) -> ResponseReturnValue:
    """One section as a form."""
    company = held().store.find(ident)
    _check(section)
    return _step_page(company, held().store.draft(company), section)


def _kit() -> Kit:
    return held().kit_in(language())


def _check(section: str) -> None:
    if section not in _kit().asking.sections:
        abort(404)


def _step_page(company: Company, draft: Draft, section: str) -> str:
    state = state_of(_kit(), draft)
    stops = stops_in(state, section, request.args.get("more", ""))
    order = _kit().asking.sections
    place = order.index(section)
    return render_template(
        "questions.html",
        company=company,
        section=section,
        sections=sections_of(state),
        core=[stop for stop in stops if stop.core],
        further=[stop for stop in stops if not stop.core],
        outlook=outlook(state, held().today()),
        before=order[place - 1] if place else "",
        after=order[place + 1] if place + 1 < len(order) else "",
        number=place + 1,
    )


@page.post("/companies/<ident>/questions/<section>")
def save(ident: str, section: str) -> ResponseReturnValue:
    """What was filled in, saved; then the page, or for a script what has changed on it."""
    store, kit = held().store, _kit()
    company = store.find(ident)
    _check(section)
    draft, version = store.draft(company), request.form.get("version", "")
    if version != company.version:
        return _told_apart(company, draft, section, version)
    filled = read_form(kit, draft, section, request.form)
    remove = request.form.get("remove", "")
    filled = _without_row(kit, filled, section, remove) if remove else filled
    try:
        company, draft, dropped = _keep(company, draft, filled, version)
    except ConflictError as conflict:
        return _told_apart(conflict.company, store.draft(conflict.company), section, version)
    if request.headers.get("X-Requested-With") == "fetch":
        return _as_changes(company, draft, section, dropped)
    if dropped:
        flash(say("questions.dropped", names=dropped), "info")
    return redirect(_where_to(company, draft, section))


def _without_row(kit: Kit, draft: Draft, section: str, entry: str) -> Draft:
    """The draft without one entry of a list of this section."""
    path, _, number = entry.removesuffix("]").rpartition("[")
    one = kit.by_stop.get(path)
    if one is None or one.section != section or not number.isdecimal():
        abort(400)
    if int(number) >= draft.count(path):
        return draft
    draft = draft.without_entry(path, int(number))
    return draft if draft.count(path) else draft.with_answer(path, None)


def _keep(
    company: Company, draft: Draft, filled: Draft, version: str
) -> tuple[Company, Draft, str]:
    """The company and its answers after they were saved, and the names of what was taken out."""
    own = held()
    if filled == draft:
        return company, draft, ""
    result = settled(_kit(), draft, filled, own.aside.get((company.ident, version), {}))
    company = own.store.save(company, result.draft, version)
    # A file that was put there by somebody else has nothing to come back.
    own.aside.pop((company.ident, version), None)
    own.aside[company.ident, company.version] = result.aside
    return company, result.draft, names_of(_kit(), result.dropped)


def _where_to(company: Company, draft: Draft, section: str) -> str:
    """The address after a section was saved: it stays where something is wrong."""
    go, order = request.form.get("go", ""), _kit().asking.sections
    more = request.form.get("add", "")
    if more in _kit().by_stop:
        return url_for(
            ".step", ident=company.ident, section=section, more=more, _anchor=f"stop-{more}"
        )
    if go in order:
        return url_for(".step", ident=company.ident, section=go)
    if go == "next":
        state = state_of(_kit(), draft)
        wrong = next((p for p in state.faults if section_at(_kit(), p) == section), "")
        if wrong:
            flash(say("questions.wrong-here"), "warn")
            return url_for(".at", ident=company.ident, path=wrong)
    place = order.index(section) + ONWARD.get(go, 0)
    if go not in ONWARD:
        flash(say("questions.saved"), "ok")
    if place >= len(order):
        return url_for(".done", ident=company.ident)
    return url_for(".step", ident=company.ident, section=order[max(place, 0)])


@page.get("/companies/<ident>/done")
def done(ident: str) -> ResponseReturnValue:
    """After the last section: what is still wanting or wrong, and where to go on."""
    company = held().store.find(ident)
    state = state_of(_kit(), held().store.draft(company))
    sections = sections_of(state)
    if not any(s.wrong or s.wanting for s in sections):
        flash(say("questions.complete"), "ok")
        return redirect(url_for("planning.show", ident=ident))
    flash(say("questions.not-complete"), "warn")
    return redirect(url_for(".show", ident=ident))


def _as_changes(company: Company, draft: Draft, section: str, dropped: str) -> ResponseReturnValue:
    """What a script puts on the page after it saved: nothing that is being typed is touched."""
    state = state_of(_kit(), draft)
    stops = stops_in(state, section)
    faults: dict[str, list[str]] = {}
    for stop in stops:
        faults[stop.path] = list(stop.faults)
        for control in (*stop.controls, *(c for row in stop.rows for c in row)):
            faults[control.path] = list(control.faults)
    return jsonify(
        version=company.version,
        applies={stop.path: stop.applies for stop in stops},
        needed={stop.path: stop.needed for stop in stops},
        faults=faults,
        said=say("questions.dropped", names=dropped) if dropped else say("questions.saved"),
        aside=_part("outlook_part", outlook(state, held().today()), company),
        progress=_part("progress_part", sections_of(state), company, section),
        rows={stop.path: len(stop.rows) for stop in stops if stop.kind == "list"},
    )


def _part(name: str, *values: object) -> str:
    """A part of the page by itself."""
    macro = get_template_attribute("questions_parts.html", name)
    return str(macro(words(), *values))


# Two windows


def _told_apart(company: Company, draft: Draft, section: str, version: str) -> ResponseReturnValue:
    """The page on which one decides between what was saved elsewhere and what was filled in here.

    Where both say the same there is nothing to decide.
    """
    kit, store = _kit(), held().store
    base = store.earlier(version)
    mine = read_form(kit, base if base is not None else draft, section, request.form)
    stops = [stop for stop, one in kit.by_stop.items() if one.section == section]
    differing = list(changed_stops(kit, draft, mine, stops))
    if base is not None:
        # What was not touched here gives way to what was saved elsewhere.
        differing = [stop for stop in differing if stop in changed_stops(kit, base, mine, stops)]
    if request.headers.get("X-Requested-With") == "fetch":
        return jsonify(conflict=bool(differing), reload=not differing), 409
    if not differing:
        flash(say("questions.reloaded"), "info")
        return redirect(url_for(".step", ident=company.ident, section=section))
    theirs_changed = changed_stops(kit, base, draft, differing) if base is not None else differing
    rows = [
        {
            "stop": stop,
            "label": names_of(kit, [stop]),
            "saved": _in_words(kit, draft, stop),
            "mine": _in_words(kit, mine, stop),
            "take_mine": stop not in theirs_changed,
        }
        for stop in differing
    ]
    given = json.dumps({stop: answers_at(mine, stop) for stop in differing}, ensure_ascii=False)
    return render_template(
        "conflict.html", company=company, section=section, rows=rows, given=given
    ), 409


def _in_words(kit: Kit, draft: Draft, stop: str) -> list[str]:
    """What was answered at a stop, one line for each entry of a list."""
    one = kit.by_stop[stop]
    if one.question.kind != "list":
        return [value_text(kit, draft, stop) or say("questions.nothing")]
    lines = []
    for number in range(draft.count(stop)):
        paths = [f.path.replace("[]", f"[{number}]", 1) for f in kit.fields(stop)]
        lines.append(" · ".join(text for p in paths if (text := value_text(kit, draft, p))))
    return lines or [say("questions.nothing")]


@page.post("/companies/<ident>/questions/<section>/settle")
def settle(ident: str, section: str) -> ResponseReturnValue:
    """What was decided between two windows, saved."""
    store, kit = held().store, _kit()
    company = store.find(ident)
    _check(section)
    draft, version = store.draft(company), request.form.get("version", "")
    given = _given(kit, section, request.form.get("given", ""))
    filled = draft
    for stop, values in given.items():
        if request.form.get(f"take:{stop}") == "mine":
            for path in answers_at(filled, stop):
                filled = filled.with_answer(path, None)
            for path, value in values.items():
                filled = put(filled, path, value)
    try:
        _keep(company, draft, filled, version)
    except ConflictError:
        flash(say("questions.changed-again"), "bad")
    else:
        flash(say("questions.saved"), "ok")
    return redirect(url_for(".step", ident=ident, section=section))


def _given(kit: Kit, section: str, text: str) -> Mapping[str, Mapping[str, Value]]:
    """The answers that a page carried along; aborts for what is none of its questions'."""
    paths = {q.path for q in all_questions()}
    try:
        data: Any = json.loads(text)
        found: dict[str, dict[str, Value]] = {}
        for stop, values in data.items():
            one = kit.by_stop[stop]
            if one.section != section:
                raise ValueError(stop)
            own = found.setdefault(stop, {})
            for path, value in values.items():
                if plain_path(path) not in paths or not path.startswith(stop):
                    raise ValueError(path)
                own[path] = tuple(map(str, value)) if isinstance(value, list) else str(value)
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
        abort(400)
    return found

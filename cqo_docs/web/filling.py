"""A section of the questionnaire as a form: what it shows, and what a filled one means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from cqo_docs.answers.types import NAME_LENGTH
from cqo_docs.base.errors import Problem
from cqo_docs.facts.conditions import holds
from cqo_docs.facts.reference import find_industry
from cqo_docs.questions.asking import Asked, Known, applies
from cqo_docs.questions.draft import Draft, Value, plain_path
from cqo_docs.questions.explaining import MORE_THAN_ANY, assumed_text, grounds, how_text, name_at
from cqo_docs.questions.replies import INDUSTRY, NOTHING, PROVINCE, compared, options, read_reply
from cqo_docs.questions.steps import (
    Ask,
    Kit,
    answered,
    known_in,
    needed_now,
    places_of,
    problems_in,
    stop_of,
    without,
)
from cqo_docs.web.saying import saying

# Up to so many choices stand side by side; more are in a list that opens.
SIDE_BY_SIDE = 6
# Nobody fills in longer lists by hand.
MOST_ROWS = 500
NONE_OF_THEM = "-"
LAST_NUMBER = re.compile(r"\[\d+\]$")
# Between the names of a list on one line.
BETWEEN = re.compile("[、，,；;]")


class Form(Protocol):
    """A posted form: texts by name."""

    def getlist(self, key: str, /) -> list[str]:
        """All texts of one name."""

    def __iter__(self) -> Iterator[str]:
        """The names."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the answers to choose from."""

    id: str
    label: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Control:
    """One field of the form: what it is called, what stands in it, what is wrong with that."""

    path: str
    kind: str
    """text, long, lines, pick, radios, select, boxes or figures."""
    label: str
    texts: tuple[str, ...]
    choices: tuple[Choice, ...] = ()
    hint: str = ""
    note: str = ""
    """What a code stands for."""
    mode: str = "text"
    faults: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    """The names of the figures."""

    @property
    def text(self) -> str:
        """What stands in a field that holds one text."""
        return self.texts[0] if self.texts else ""


@dataclass(frozen=True, slots=True)
class Stop:
    """One question of a section, or a group of figures, or a list with its rows."""

    path: str
    kind: str
    """one, group or list."""
    label: str
    applies: bool
    needed: bool
    core: bool
    answered: bool
    purpose: str
    """What it is for, or into which papers it goes."""
    why: tuple[str, ...]
    """The clauses behind it."""
    assumed: str
    """What stands where it is left open, and why."""
    computed: str
    controls: tuple[Control, ...]
    rows: tuple[tuple[Control, ...], ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """How far a section has come: of how many questions, how many are wrong or wanting."""

    id: str
    name: str
    done: int
    total: int
    wrong: int
    wanting: int


@dataclass(frozen=True)
class State:
    """A draft with what follows from it."""

    kit: Kit
    draft: Draft
    known: Known
    wanting: tuple[str, ...]
    faults: Mapping[str, tuple[str, ...]]
    """By the path of a field or a stop."""

    def applies(self, one: Asked) -> bool:
        """Whether a question is to be shown."""
        return applies(one, self.known.facts) is not False


def state_of(kit: Kit, draft: Draft) -> State:
    """A draft with what follows from it."""
    known = known_in(kit, draft)
    faults = _faults_by_place(kit, problems_in(kit, draft))
    return State(kit, draft, known, needed_now(kit, draft), faults)


def _faults_by_place(kit: Kit, problems: Iterable[Problem]) -> dict[str, tuple[str, ...]]:
    """The sentences beside each field or stop."""
    found: dict[str, dict[str, None]] = {}
    for fault in problems:
        told = Problem(fault.code, "", {**fault.values, "place": ""})
        sentence = kit.wording.problem(told)
        field = _field_of(kit, fault.values.get("field", ""))
        places = places_of(kit, fault)
        fields = (field,) if field and len(places) < 2 else places
        for place in fields:
            found.setdefault(place, {})[sentence] = None
    return {place: tuple(told) for place, told in found.items()}


def _field_of(kit: Kit, path: str) -> str:
    """The field for an answer, or for one of several in it; empty where there is none."""
    for name in (path, LAST_NUMBER.sub("", path)):
        one = kit.asking.by_path.get(plain_path(name))
        if one is not None and one.question.kind != "list":
            return name
    return ""


# Showing


def sections_of(state: State) -> tuple[Section, ...]:
    """All sections, and how far each has come."""
    kit, names = state.kit, state.kit.wording.interview["sections"]
    found = []
    for name in kit.asking.sections:
        stops = [one for one in kit.stops if one.section == name and state.applies(one)]
        counted = [one for one in stops if one.core]
        paths = {stop_of(one) for one in stops}
        found.append(
            Section(
                id=name,
                name=str(names[name]),
                done=sum(answered(kit, state.draft, stop_of(one)) for one in counted),
                total=len(counted),
                wrong=sum(stop_at(kit, place) in paths for place in state.faults),
                wanting=sum(stop_at(kit, place) in paths for place in state.wanting),
            )
        )
    return tuple(found)


def section_at(kit: Kit, path: str) -> str:
    """The section that asks for an answer; empty for what is no question."""
    one = kit.asking.by_path.get(plain_path(path)) or kit.by_stop.get(path)
    return one.section if one else ""


def stop_at(kit: Kit, path: str) -> str:
    """The stop at which an answer is given."""
    head = path.partition("[")[0]
    one = kit.asking.by_path.get(head)
    return stop_of(one) if one else head


def stops_in(state: State, section: str, more: str = "") -> tuple[Stop, ...]:
    """All questions of a section, those too that do not apply; `more` is a list with a new row."""
    return tuple(_stop(state, one, more) for one in state.kit.stops if one.section == section)


def _stop(state: State, one: Asked, more: str) -> Stop:
    kit, draft, path = state.kit, state.draft, stop_of(one)
    kind, rows = "one", tuple[tuple[Control, ...], ...]()
    controls: tuple[Control, ...]
    if one.question.kind == "list":
        kind, controls = "list", row_of(state, one, -1)
        count = draft.count(path) + (more == path)
        rows = tuple(row_of(state, one, number) for number in range(count))
    elif one.unit == path:
        kind = "group"
        controls = tuple(control(state, member, member.path) for member in kit.members(path))
    else:
        controls = (control(state, one, path),)
    assumed = assumed_text(kit, path, state.known)
    computed = state.known.facts.get(f"{path}_computed")
    purpose, why = _grounds(state, one)
    return Stop(
        path=path,
        kind=kind,
        label=name_at(kit, path),
        applies=state.applies(one),
        needed=_is_needed(state, one, path),
        core=one.core,
        answered=answered(kit, draft, path),
        purpose=purpose,
        why=why,
        assumed="" if assumed is None else str(assumed[0]),
        computed="" if computed is None else kit.wording.value(path, computed),
        controls=controls,
        rows=rows,
        faults=state.faults.get(path, ()) if kind != "one" else (),
    )


def _grounds(state: State, one: Asked) -> tuple[str, tuple[str, ...]]:
    """What a question is for, in a sentence, and the clauses behind it."""
    words = state.kit.wording
    head = str(words.interview["ground"])
    told = list(grounds(state.kit, one, state.known, MORE_THAN_ANY))
    clauses = [text.removeprefix(head) for text in told if text.startswith(head)]
    purpose = next((text for text in told if not text.startswith(head)), "")
    mark = str(words.formats["clause-mark"])
    return purpose, tuple(line for text in clauses for line in text.split(mark))


def _is_needed(state: State, one: Asked, path: str) -> bool:
    if one.needed is None:
        return False
    wanted = holds(one.needed, state.known.facts) is True
    return one.question.always or path in state.wanting or wanted


def row_of(state: State, one: Asked, number: int) -> tuple[Control, ...]:
    """The fields of one entry of a list; those of -1 are a pattern for new ones."""
    fields = state.kit.fields(one.path)
    place = "__n__" if number < 0 else str(number)
    return tuple(control(state, f, f.path.replace("[]", f"[{place}]", 1)) for f in fields)


def control(state: State, one: Asked, path: str) -> Control:
    """The field for one answer."""
    kit, question = state.kit, one.question
    value = state.draft.answers.get(path)
    texts = value if isinstance(value, tuple) else (value,) if value is not None else ()
    choices = tuple(Choice(o.id, o.label, o.note) for o in options(kit, one))
    label = str(kit.wording.questions["fields"][one.path])
    if question.required and "[]." in one.path:
        label = str(kit.wording.interview["required"]).format(label=label)
    made = Control(path, "text", label, texts, choices, faults=state.faults.get(path, ()))
    if question.entries:
        names = tuple(str(name) for name in kit.wording.forms["entries"][one.path])
        padded = (*texts, *("",) * question.entries)[: question.entries]
        return replace(made, kind="figures", mode="decimal", texts=padded, labels=names)
    if question.many:
        if choices:
            none = value == ()
            return replace(made, kind="boxes", texts=(NONE_OF_THEM,) if none else texts)
        return replace(made, kind="lines", texts=(_as_lines(kit, value),), hint=_hint(kit, one))
    if one.path == PROVINCE:
        return replace(made, kind="pick")
    if one.path == INDUSTRY:
        return _industry(kit, made)
    if choices:
        few = len(choices) <= SIDE_BY_SIDE
        return replace(made, kind="radios" if few else "select")
    long = question.limits is not None and question.limits.length > NAME_LENGTH
    mode = {"number": "decimal", "date": "numeric"}.get(question.kind, "text")
    return replace(made, kind="long" if long else "text", mode=mode, hint=_hint(kit, one))


def _industry(kit: Kit, made: Control) -> Control:
    """The field for the industry: a code, or a part of a name by which one is found."""
    reference = kit.library.reference
    rows = tuple(
        Choice(f"{section.code}{division.code} {division.name}", "")
        for section in reference.industry_table.sections
        for division in section.divisions
    )
    found = find_industry(reference, made.text) if made.text else None
    note = found.name if found else ""
    if made.faults:
        reply = read_reply(kit, Ask(made.path, kit.asking.by_path[made.path]), made.text)
        rows = tuple(Choice(f"{o.id} {o.label}", "") for o in reply.several) or rows
    return replace(made, kind="pick", choices=rows, note=note)


def _as_lines(kit: Kit, value: Value) -> str:
    """The texts of a list, one a line; one that holds commas keeps its line to itself."""
    if value is None:
        return ""
    if value == ():
        return str(kit.wording.formats["none"])
    texts = value if isinstance(value, tuple) else (value,)
    alone = len(texts) == 1 and BETWEEN.search(texts[0])
    return "\n".join(texts) + ("\n" if alone else "")


def _hint(kit: Kit, one: Asked) -> str:
    """How a field is filled in, with an example."""
    words, wording = kit.wording.interview, kit.wording
    note = str(wording.forms["notes"].get(one.path, ""))
    lines = saying(wording.locale)("questions.lines")
    how = lines if one.question.many else how_text(kit, one)
    parts = [text for text in (how, note if "{" not in note else "") if text]
    if one.example:
        parts.append(str(words["example"]).format(example=one.example))
    return str(wording.formats["clause-mark"]).join(parts)


# Reading


def read_form(kit: Kit, before: Draft, section: str, form: Form) -> Draft:
    """The draft with what was filled in at the questions of one section that the form asked.

    What is not understood is kept as it was typed: it can be put right later.
    """
    asked = set(form.getlist("asked"))
    stops = [one for one in kit.stops if one.section == section and stop_of(one) in asked]
    was = known_in(kit, before).facts
    whole = before
    for one in stops:
        whole = _with_stop(kit, whole, one, form)
    now = known_in(kit, whole).facts
    draft = before
    for one in stops:
        # What is hidden and stays so is left as it is.
        if applies(one, was) is not False or applies(one, now) is not False:
            draft = _with_stop(kit, draft, one, form)
    return draft


def _with_stop(kit: Kit, draft: Draft, one: Asked, form: Form) -> Draft:
    if one.question.kind == "list":
        return _with_rows(kit, draft, one, form)
    for member in kit.members(stop_of(one)):
        draft = put(draft, member.path, value_of(kit, member, member.path, form))
    return draft


def _with_rows(kit: Kit, draft: Draft, one: Asked, form: Form) -> Draft:
    """The draft with the entries of a list as the form has them; empty rows are no entries."""
    pattern = re.compile(rf"{re.escape(one.path)}\[(\d{{1,4}})\]\.")
    numbers = {int(m[1]) for name in form if (m := pattern.match(name))}
    numbers = {number for number in numbers if number < MOST_ROWS}
    before, had = draft, draft.count(one.path)
    filled = set()
    for number in sorted(numbers):
        for inner in kit.fields(one.path):
            path = inner.path.replace("[]", f"[{number}]", 1)
            value = value_of(kit, inner, path, form)
            draft = put(draft, path, value)
            if value is not None:
                filled.add(number)
    for number in range(max((had, *(n + 1 for n in numbers))) - 1, -1, -1):
        if number not in filled:
            draft = draft.without_entry(one.path, number)
    if draft.count(one.path):
        return draft
    # A list that was never begun stays as it was.
    return put(draft, one.path, None if had else before.answers.get(one.path))


def put(draft: Draft, path: str, value: Value) -> Draft:
    """The draft with an answer; the same draft where it has it already."""
    return draft if draft.answers.get(path) == value else draft.with_answer(path, value)


def value_of(kit: Kit, one: Asked, path: str, form: Form) -> Value:
    """What a form says at one field; None where it says nothing."""
    question = one.question
    if question.entries:
        figures = [_first(form, f"{path}[{n}]") for n in range(question.entries)]
        return tuple(figures) if any(figures) else None
    if question.many and options(kit, one):
        given = [text for text in form.getlist(path) if text]
        return () if NONE_OF_THEM in given else tuple(dict.fromkeys(given)) or None
    if question.many:
        return _lines(_first(form, path, joined=False))
    text = _first(form, path)
    if not text:
        return None
    if one.path == INDUSTRY and text[0].isascii():
        # A code that was picked brings its name along.
        text = text.partition(" ")[0]
    reply = read_reply(kit, Ask(path, one), text)
    return reply.values[0][1] if reply.values else text


def _first(form: Form, name: str, joined: bool = True) -> str:
    text = next(iter(form.getlist(name)), "").replace("\r\n", "\n").replace("\r", "\n")
    return text.replace("\n", " ").strip() if joined else text


def _lines(text: str) -> Value:
    """The texts of a list: one a line, or on one line between commas."""
    if not text.strip():
        return None
    if compared(text) in NOTHING:
        return ()
    parts = text.split("\n") if "\n" in text.lstrip("\n") else BETWEEN.split(text)
    return tuple(part.strip() for part in parts if part.strip())


# Settling


@dataclass(frozen=True, slots=True)
class Settled:
    """A draft after what applies no longer was taken out, and what was put aside, by stop."""

    draft: Draft
    dropped: tuple[str, ...]
    aside: Mapping[str, Mapping[str, Value]]


def settled(
    kit: Kit, before: Draft, draft: Draft, aside: Mapping[str, Mapping[str, Value]]
) -> Settled:
    """What changed answers do to others: what no longer applies is put aside, or comes back."""
    was, kept = known_in(kit, before).facts, dict(aside)
    dropped: dict[str, None] = {}
    # What is taken out may make more apply no longer; each round takes out or puts back one.
    for _ in kit.stops:
        now = known_in(kit, draft).facts
        for one in kit.stops:
            stop, here = stop_of(one), applies(one, now)
            if here is False and applies(one, was) is not False and answered(kit, draft, stop):
                kept[stop] = answers_at(draft, stop)
                draft, dropped[stop] = without(kit, draft, stop), None
                if one.question.kind == "list":
                    draft = draft.with_answer(stop, None)
                break
            if here is not False and stop in kept:
                values = kept.pop(stop)
                if not answered(kit, draft, stop):
                    for path, value in values.items():
                        draft = put(draft, path, value)
                    break
        else:
            break
    return Settled(draft, tuple(dropped), kept)


def answers_at(draft: Draft, stop: str) -> dict[str, Value]:
    """Everything that was answered at a stop, by path."""
    return {
        path: value
        for path, value in draft.answers.items()
        if (path == stop or path.startswith((f"{stop}.", f"{stop}["))) and value is not None
    }


def changed_stops(kit: Kit, one: Draft, other: Draft, stops: Iterable[str]) -> Sequence[str]:
    """The stops at which two drafts differ."""
    return [stop for stop in stops if answers_at(one, stop) != answers_at(other, stop)]

"""What the interview asks next, and what an answer does to the rest; no word is printed here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from cqo_docs.answers.raw import RawAnswers
from cqo_docs.answers.reading import answers_from
from cqo_docs.base.errors import AnswersError, Problem
from cqo_docs.facts.conditions import facts_named
from cqo_docs.library.records import Library
from cqo_docs.plan.answers_check import library_problems
from cqo_docs.questions.asking import (
    IN_PLAY,
    Asked,
    Asking,
    Known,
    applies,
    known_facts,
    missing,
    open_asking,
)
from cqo_docs.questions.draft import Draft, Value, plain_path
from cqo_docs.wording.sentences import Wording

# What is merely still to come is no complaint.
TO_COME = frozenset({"answers.missing", "answers.governance-needed", "answers.control-needed"})
# What a problem weighs up beside the answer that it names.
MEETING = "appointment.meeting."
PARTIES: Mapping[str, tuple[str, ...]] = {
    "answers.present-over-due": (f"{MEETING}due",),
    "answers.no-quorum": (f"{MEETING}due",),
    "answers.not-carried": (f"{MEETING}due",),
    "answers.voted-down": (f"{MEETING}votes_against",),
    "answers.votes-sum": (
        f"{MEETING}present", f"{MEETING}votes_against", f"{MEETING}votes_abstained",
    ),
    "answers.items-sum": ("fund.items",),
    "answers.no-board": ("company.governance",),
    "answers.one-director": ("company.governance",),
    "answers.fund-not-established": ("fund.total", "fund.items"),
    "answers.term-too-long": ("appointment.start",),
}  # fmt: skip
ENTRY = re.compile(r"(.*)\[(\d+)\]\.([^.\[\]]+)$")


@dataclass(frozen=True)
class Kit:
    """What the interview works with."""

    asking: Asking
    library: Library
    wording: Wording

    @cached_property
    def stops(self) -> tuple[Asked, ...]:
        """Where the interview stops: at each question; once for a group of figures or a list."""
        seen: dict[str, Asked] = {}
        for one in self.asking.asked:
            if "[]." not in one.path:
                seen.setdefault(one.unit or one.path, one)
        return tuple(seen.values())

    @cached_property
    def by_stop(self) -> Mapping[str, Asked]:
        """The questions by the paths of their stops."""
        return {stop_of(one): one for one in self.stops}

    def members(self, stop: str) -> tuple[Asked, ...]:
        """The questions that are answered at one stop."""
        return tuple(one for one in self.asking.asked if stop_of(one) == stop)

    def fields(self, list_path: str) -> tuple[Asked, ...]:
        """The questions of one entry of a list of groups."""
        head = f"{list_path}[]."
        return tuple(one for one in self.asking.asked if one.path.startswith(head))


def open_kit(library: Library, wording: Wording) -> Kit:
    """What the interview works with, in the words of one language."""
    return Kit(open_asking(library, wording), library, wording)


def stop_of(one: Asked) -> str:
    """The path at which the interview stops for a question."""
    return one.unit or one.path


@dataclass(frozen=True, slots=True)
class Ask:
    """One question is to be put: at `path`, which has the number of its entry in a list."""

    path: str
    one: Asked


@dataclass(frozen=True, slots=True)
class Offer:
    """The further questions of a section are offered: all of them can be left open."""

    section: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entries:
    """The entries of a list are shown, to be added to, changed, taken out."""

    path: str
    one: Asked


@dataclass(frozen=True, slots=True)
class Review:
    """All answers are shown; any can be changed. `wanting` must still be given."""

    wanting: tuple[str, ...]
    final: bool


Step = Ask | Offer | Entries | Review


@dataclass(frozen=True)
class Progress:
    """Where an interview stands."""

    draft: Draft
    passed: frozenset[str] = frozenset()
    """What was left open on purpose."""
    opened: frozenset[str] = frozenset()
    closed: frozenset[str] = frozenset()
    """Sections whose further questions are wanted, or are not."""
    again: tuple[str, ...] = ()
    """What is asked before anything else, in this order."""
    aside: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    """Answers that apply no longer, kept in case they do again."""
    history: tuple[str, ...] = ()
    """The stops so far."""
    entry: tuple[str, int, int] | None = None
    """The entry that is being filled in: list, number, field."""
    reviewing: bool = False
    """Whether the review was opened on the way."""
    focus: str = ""
    """What was picked in it to be changed now."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an answer: refused with complaints, or taken, with what it set off."""

    progress: Progress
    complaints: tuple[Problem, ...] = ()
    dropped: tuple[str, ...] = ()
    """What applies no longer."""
    again: tuple[str, ...] = ()
    """What is to be confirmed or corrected now."""
    reasons: tuple[Problem, ...] = ()
    """Why something must be corrected now."""


# Looking at a draft


def problems_in(kit: Kit, draft: Draft) -> tuple[Problem, ...]:
    """What is wrong with the answers so far; what is still to come is not."""
    library = kit.library
    file = RawAnswers(Path(), draft.nested())
    try:
        answers_from(file, kit.wording.vocabulary(), lambda a: library_problems(a, library))
    except AnswersError as error:
        found = (
            p
            for p in error.problems
            if p.code not in TO_COME or draft.given(p.values.get("field", ""))
        )
        return tuple(
            Problem(p.code, "", {k: v for k, v in p.values.items() if k != "line"}) for p in found
        )
    return ()


def known_in(kit: Kit, draft: Draft) -> Known:
    """What follows from the answers so far."""
    return known_facts(kit.asking, draft.nested())


def answered(kit: Kit, draft: Draft, stop: str) -> bool:
    """Whether something was answered at a stop."""
    return any(draft.given(one.path) for one in kit.members(stop))


def needed_now(kit: Kit, draft: Draft) -> tuple[str, ...]:
    """What must still be answered: questions, and what entries of lists lack."""
    return (*missing(kit.asking, draft.nested()), *_unfinished(kit, draft))


def must_answer(kit: Kit, draft: Draft, path: str) -> bool:
    """Whether a question cannot be left open as things stand."""
    if ENTRY.match(path):
        return kit.asking.by_path[plain_path(path)].question.required
    one = kit.asking.by_path.get(path)
    if one is None or one.needed is None:
        return False
    return one.question.always or path in missing(
        kit.asking, draft.with_answer(path, None).nested()
    )


def _unfinished(kit: Kit, draft: Draft) -> Iterator[str]:
    """The required answers that entries of lists lack."""
    for one in kit.stops:
        if one.question.kind == "list":
            for number in range(draft.count(one.path)):
                for inner in kit.fields(one.path):
                    path = inner.path.replace("[]", f"[{number}]")
                    if inner.question.required and not draft.given(path):
                        yield path


def place_of(kit: Kit, problem: Problem) -> str:
    """The stop at which a problem can be put right; empty where there is none."""
    path = problem.values.get("field", "")
    if path in kit.by_stop or (ENTRY.match(path) and plain_path(path) in kit.asking.by_path):
        return path
    for stop in kit.by_stop:
        if path.startswith((f"{stop}.", f"{stop}[")):
            return stop
    one = kit.asking.by_path.get(plain_path(path))
    return stop_of(one) if one else ""


def places_of(kit: Kit, problem: Problem) -> tuple[str, ...]:
    """The stops that a problem is about, in their order: one, or all of those that must agree."""
    names = {n for n in problem.values.get("among", "").split(",") if n in kit.by_stop}
    names |= {place_of(kit, problem)}
    ordered = tuple(stop for stop in kit.by_stop if stop in names)
    return ordered or tuple(name for name in names if name)


def _touches(stop: str, problem: Problem) -> bool:
    path = problem.values.get("field", "")
    return path == stop or path.startswith((f"{stop}.", f"{stop}["))


# Going on


def start(kit: Kit, draft: Draft) -> Progress:
    """The beginning, or where a draft was left: what is wrong or lacking in it comes first.

    What can be left open and stands before the last answer was passed over then.
    """
    places = [i for i, one in enumerate(kit.stops) if answered(kit, draft, stop_of(one))]
    before = kit.stops[: places[-1]] if places else ()
    open_ = (one for one in before if not one.core and not answered(kit, draft, stop_of(one)))
    wrong = (place for p in problems_in(kit, draft) for place in places_of(kit, p))
    again = tuple(dict.fromkeys((*wrong, *_unfinished(kit, draft))))
    return Progress(draft, passed=frozenset(map(stop_of, open_)), again=again)


def next_step(kit: Kit, progress: Progress) -> Step:
    """What comes next."""
    draft = progress.draft
    facts = known_in(kit, draft).facts
    if progress.entry is not None:
        list_path, number, place = progress.entry
        one = kit.fields(list_path)[place]
        return Ask(one.path.replace("[]", f"[{number}]"), one)
    queue = (progress.focus,) if progress.reviewing else progress.again
    for path in queue:
        step = _step_at(kit, path)
        if isinstance(step, Ask | Entries) and applies(step.one, facts) is not False:
            return step
    if not progress.reviewing:
        for section in kit.asking.sections:
            found = _step_in(kit, progress, section, facts)
            if found is not None:
                return found
    return Review(needed_now(kit, draft), final=not progress.reviewing)


def _step_at(kit: Kit, path: str) -> Step | None:
    one = kit.asking.by_path.get(plain_path(path)) if ENTRY.match(path) else kit.by_stop.get(path)
    if one is None:
        return None
    return Entries(path, one) if one.question.kind == "list" else Ask(path, one)


def _step_in(
    kit: Kit, progress: Progress, section: str, facts: Mapping[str, object]
) -> Step | None:
    """The next open question of a section; those that can be left open are offered first."""
    left = [
        one
        for one in kit.stops
        if one.section == section
        and stop_of(one) not in progress.passed
        and not answered(kit, progress.draft, stop_of(one))
        and applies(one, facts) is not False
    ]
    core = [one for one in left if one.core]
    further = tuple(stop_of(one) for one in left if not one.core)
    if core:
        return _step_at(kit, stop_of(core[0]))
    if not further or section in progress.closed:
        return None
    if section not in progress.opened:
        return Offer(section, further)
    return _step_at(kit, further[0])


def give(kit: Kit, progress: Progress, step: Ask, values: Mapping[str, Value]) -> Outcome:
    """What becomes of an answer: the values by path, several where one stop asks for several.

    None leaves a question open.
    """
    draft = progress.draft
    for path, value in values.items():
        if value is None and must_answer(kit, draft, path):
            return Outcome(progress, (Problem("answers.missing", "", {"field": path}),))
    for path, value in values.items():
        if draft.answers.get(path) != value:
            draft = draft.with_answer(path, value)
    stop = step.path
    wrong = problems_in(kit, draft)
    own = [p for p in wrong if _touches(stop, p)]
    if not own and progress.entry is None and not answered(kit, progress.draft, stop):
        # A first answer that does not fit earlier ones is the likelier mistake.
        before = problems_in(kit, progress.draft)
        own = [
            p
            for p in wrong
            if p not in before and all(answered(kit, draft, place) for place in places_of(kit, p))
        ]
    if own:
        return _insisted(kit, progress, stop, draft, own)
    left_open = all(value is None for value in values.values())
    passed = progress.passed | {stop} if left_open else progress.passed - {stop}
    taken = replace(
        progress,
        draft=draft,
        passed=passed,
        again=tuple(path for path in progress.again if path != stop),
        history=(*(p for p in progress.history if p != stop), stop),
        focus="",
    )
    if progress.entry is not None:
        return Outcome(_next_field(kit, taken))
    return _settled(kit, progress, taken, wrong)


def _insisted(
    kit: Kit, progress: Progress, stop: str, draft: Draft, own: Sequence[Problem]
) -> Outcome:
    """What becomes of an answer that does not fit: refused; but who insists is asked the others."""
    insists = draft is progress.draft or not answered(kit, draft, stop)
    others = tuple(
        place
        for place in dict.fromkeys(place for p in own for place in _parties(kit, p))
        if place != stop and (answered(kit, draft, place) or place in progress.passed)
    )
    if not insists or not others or progress.entry is not None:
        return Outcome(progress, tuple(own))
    queue = tuple(dict.fromkeys((*others, stop, *progress.again)))
    passed = progress.passed - set(others)
    asked = replace(progress, draft=draft, again=queue, passed=passed, reviewing=False, focus="")
    return Outcome(asked, again=others, reasons=tuple(own))


def _parties(kit: Kit, problem: Problem) -> tuple[str, ...]:
    """All stops whose answers a problem sets against each other."""
    named = PARTIES.get(problem.code, ())
    other = problem.values.get("field2", "")
    return (*places_of(kit, problem), *named, *((other,) if other in kit.by_stop else ()))


def _next_field(kit: Kit, progress: Progress) -> Progress:
    """On to the next field of an entry; after the last, back to the list."""
    assert progress.entry is not None
    list_path, number, place = progress.entry
    if place + 1 < len(kit.fields(list_path)):
        return replace(progress, entry=(list_path, number, place + 1))
    again = (list_path, *(p for p in progress.again if p != list_path))
    focus = list_path if progress.reviewing else ""
    return replace(progress, entry=None, again=again, focus=focus)


def _settled(kit: Kit, before: Progress, taken: Progress, wrong: Iterable[Problem]) -> Outcome:
    """What an answer sets off: what applies no longer, what must be confirmed or corrected."""
    old, new = known_in(kit, before.draft).facts, known_in(kit, taken.draft).facts
    draft, aside = taken.draft, dict(taken.aside)
    dropped, again = [], []
    for one in kit.stops:
        stop = stop_of(one)
        was, now = applies(one, old), applies(one, new)
        if now is False and was is not False and answered(kit, draft, stop):
            aside[stop] = {p: v for p, v in draft.answers.items() if _at(p, stop)}
            draft = without(kit, draft, stop)
            dropped.append(stop)
        elif now is not False and was is False and stop in aside:
            for path, value in aside.pop(stop).items():
                draft = draft.with_answer(path, value)
            again.append(stop)
        elif now is not False and answered(kit, draft, stop) and _shifted(kit, one, old, new):
            again.append(stop)
    known_before = problems_in(kit, before.draft)
    fresh = tuple(p for p in wrong if p not in known_before)
    again += [place for p in fresh for place in places_of(kit, p)]
    here = taken.history[-1]
    again = [stop for stop in dict.fromkeys(again) if stop not in dropped and stop != here]
    queue = tuple(dict.fromkeys((*again, *taken.again)))
    progress = replace(taken, draft=draft, aside=aside, again=queue)
    reasons = tuple(p for p in fresh if place_of(kit, p) not in (*dropped, here))
    return Outcome(progress, (), tuple(dropped), tuple(again), reasons)


def _at(path: str, stop: str) -> bool:
    return path == stop or path.startswith((f"{stop}.", f"{stop}["))


def _shifted(kit: Kit, one: Asked, old: Mapping[str, object], new: Mapping[str, object]) -> bool:
    """Whether a derived fact that a condition looks at has changed, or one right behind it.

    Another body may vote just as the one before, but it is another body.
    """
    facts = {f for f in facts_named(one.when) if not f.startswith(IN_PLAY)}
    facts |= {behind for fact in facts for behind in kit.asking.follows.get(fact, ())}
    return any(old[f] != new[f] for f in facts - kit.asking.by_path.keys())


def without(kit: Kit, draft: Draft, stop: str) -> Draft:
    """The draft with nothing answered at a stop."""
    for one in kit.members(stop):
        draft = draft.with_answer(one.path, None)
    return draft


def offer_answered(progress: Progress, section: str, wanted: bool) -> Progress:
    """The further questions of a section are wanted, or are not."""
    history = (*progress.history, f"?{section}")
    if wanted:
        return replace(progress, opened=progress.opened | {section}, history=history)
    return replace(progress, closed=progress.closed | {section}, history=history)


def back(kit: Kit, progress: Progress) -> Progress | None:
    """The progress with the last stop to be put again; None at the very first."""
    if progress.entry is not None:
        list_path, number, place = progress.entry
        if place > 0:
            return replace(progress, entry=(list_path, number, place - 1))
        return leave_entry(kit, progress)
    if progress.focus:
        return replace(progress, focus="")
    current = next_step(kit, progress)
    here = {getattr(current, "path", ""), f"?{getattr(current, 'section', '')}"}
    history = progress.history
    facts = known_in(kit, progress.draft).facts
    while history and (history[-1] in here or _is_gone(kit, history[-1], facts)):
        history = history[:-1]
    if not history:
        return None
    stop, history = history[-1], history[:-1]
    if stop.startswith("?"):
        section = {stop[1:]}
        return replace(
            progress,
            history=history,
            opened=progress.opened - section,
            closed=progress.closed - section,
            reviewing=False,
        )
    again = (stop, *(p for p in progress.again if p != stop))
    passed = progress.passed - {stop}
    return replace(progress, history=history, again=again, passed=passed, reviewing=False)


def _is_gone(kit: Kit, stop: str, facts: Mapping[str, object]) -> bool:
    """Whether a stop of the history is none any more: a field of an entry, or it applies not."""
    one = kit.by_stop.get(stop)
    return not stop.startswith("?") and (one is None or applies(one, facts) is False)


# Lists


def add_entry(progress: Progress, path: str) -> Progress:
    """On to the first field of a new entry."""
    return replace(progress, entry=(path, progress.draft.count(path), 0))


def change_entry(progress: Progress, path: str, number: int) -> Progress:
    """On to the first field of an entry, to be confirmed or changed field by field."""
    return replace(progress, entry=(path, number, 0))


def remove_entry(progress: Progress, path: str, number: int) -> Progress:
    """The progress without one entry of a list."""
    draft = progress.draft.without_entry(path, number)
    return replace(progress, draft=draft, again=_but(progress.again, path))


def _but(queue: Sequence[str], path: str) -> tuple[str, ...]:
    """A queue without the fields of the entries of a list, whose numbers have changed."""
    return tuple(stop for stop in queue if not stop.startswith(f"{path}["))


def leave_entry(kit: Kit, progress: Progress) -> Progress:
    """Back to the list; an entry that lacks what it must have is taken out."""
    assert progress.entry is not None
    list_path, number, _ = progress.entry
    draft = progress.draft
    lacking = any(path.startswith(f"{list_path}[{number}].") for path in _unfinished(kit, draft))
    if lacking:
        draft = draft.without_entry(list_path, number)
        if draft.count(list_path) == 0:
            draft = draft.with_answer(list_path, None)
    queue = _but(progress.again, list_path) if lacking else progress.again
    again = (list_path, *(p for p in queue if p != list_path))
    focus = list_path if progress.reviewing else ""
    return replace(progress, draft=draft, entry=None, again=again, focus=focus)


def review(progress: Progress) -> Progress:
    """On to the review; an entry that is being filled in is gone on with after it."""
    if progress.entry is None:
        return replace(progress, reviewing=True, focus="")
    list_path = progress.entry[0]
    again = (list_path, *(p for p in progress.again if p != list_path))
    return replace(progress, reviewing=True, focus="", entry=None, again=again)


def list_done(kit: Kit, progress: Progress, path: str) -> Outcome:
    """The list is as it is to be; what no longer fits it is asked again."""
    lacking = tuple(p for p in _unfinished(kit, progress.draft) if p.startswith(f"{path}["))
    if lacking:
        queue = (*lacking, *(p for p in progress.again if p not in lacking))
        return Outcome(replace(progress, again=queue, reviewing=False, focus=""), again=lacking)
    wrong = problems_in(kit, progress.draft)
    own = tuple(p for p in wrong if _touches(path, p))
    if own:
        return Outcome(progress, own)
    done = replace(
        progress,
        passed=progress.passed | {path},
        again=tuple(p for p in progress.again if p != path),
        history=(*(p for p in progress.history if p != path), path),
        focus="",
    )
    empty = replace(progress, draft=without(kit, progress.draft, path))
    return _settled(kit, empty, done, wrong)


# Reviewing


def listed(kit: Kit, draft: Draft) -> tuple[Asked, ...]:
    """The questions that apply, in their order: what a review shows."""
    facts = known_in(kit, draft).facts
    return tuple(one for one in kit.stops if applies(one, facts) is not False)


def change(progress: Progress, stop: str) -> Progress:
    """The progress with one question to be put now."""
    if progress.reviewing:
        return replace(progress, focus=stop)
    return replace(progress, again=(stop, *(p for p in progress.again if p != stop)))


def last_check(kit: Kit, progress: Progress) -> Outcome:
    """Whether all is well at the end; what is not is asked again."""
    draft = progress.draft
    wrong = problems_in(kit, draft)
    places = [place for p in wrong for place in places_of(kit, p)]
    wanting = [stop_of(kit.asking.by_path[p]) if p in kit.asking.by_path else p
               for p in needed_now(kit, draft)]  # fmt: skip
    again = tuple(dict.fromkeys((*wanting, *places)))
    passed = progress.passed - set(again)
    return Outcome(replace(progress, again=again, passed=passed), reasons=wrong, again=again)

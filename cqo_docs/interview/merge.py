"""Two partly filled questionnaires into one: what differs is decided, nothing is dropped."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cqo_docs.answers.questions import Question, questions
from cqo_docs.base.errors import CqoError, Problem, problem
from cqo_docs.forms.drafts import open_draft
from cqo_docs.interview import check_target
from cqo_docs.interview.course import Screen, StoppedError
from cqo_docs.interview.pages import Line, sentence
from cqo_docs.questions.asking import unit_of
from cqo_docs.questions.draft import Draft, Note, Value, canonical, plain_path, save_draft
from cqo_docs.questions.explaining import name_at, names_of, texts, value_text
from cqo_docs.questions.replies import ADOPT
from cqo_docs.questions.steps import Kit, needed_now, problems_in

# The two files, as the person calls them.
SIDES = ("A", "B")
Values = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Conflict:
    """One question, group of figures or list on which two questionnaires differ."""

    stop: str
    one: Values
    other: Values


@dataclass(frozen=True)
class Comparison:
    """Two drafts side by side: where they agree, what only one has, where they differ."""

    drafts: tuple[Draft, Draft]
    same: tuple[str, ...]
    only: tuple[tuple[str, ...], tuple[str, ...]]
    conflicts: tuple[Conflict, ...]


# Whether a side is taken for a conflict: 0 for A, 1 for B.
Decide = Callable[[Conflict], int]


def compare(kit: Kit, one: Draft, other: Draft) -> Comparison:
    """Two drafts side by side, each question, group of figures and list as a whole."""
    same, conflicts = list[str](), list[Conflict]()
    only = (list[str](), list[str]())
    for stop in _stops():
        first, second = values_at(one, stop), values_at(other, stop)
        if first and second:
            if _meaning(kit, first) == _meaning(kit, second):
                same.append(stop)
            else:
                conflicts.append(Conflict(stop, first, second))
        elif first or second:
            only[0 if first else 1].append(stop)
    drafts = (one, other)
    return Comparison(drafts, tuple(same), (tuple(only[0]), tuple(only[1])), tuple(conflicts))


def _stops() -> Iterator[str]:
    """What is compared as a whole, in the order of the questionnaire."""
    yield from dict.fromkeys(unit_of(q) or q.path for q in questions() if "[]." not in q.path)


def values_at(draft: Draft, stop: str) -> Values:
    """The answers that a draft has for one question, group of figures or list."""
    heads = (f"{stop}.", f"{stop}[")
    return {
        path: value
        for path, value in draft.answers.items()
        if value is not None and (path == stop or path.startswith(heads))
    }


def _meaning(kit: Kit, values: Values) -> dict[str, object]:
    """What answers say, whichever way they are written."""
    by_path = {q.path: q for q in questions()}

    def meant(path: str, text: str) -> str:
        question = by_path[plain_path(path)]
        if question.path == ADOPT:
            standard = kit.library.find_standard(text)
            return standard.id if standard else text
        if _is_code(question):
            return "".join(unicodedata.normalize("NFKC", text).split()).upper()
        return canonical(question, text.strip())

    return {
        path: tuple(meant(path, text) for text in value)
        if isinstance(value, tuple)
        else meant(path, value or "")
        for path, value in values.items()
    }


def _is_code(question: Question) -> bool:
    """Whether a text has a form of its own in which width and case do not count."""
    return question.kind == "text" and question.limits is None


def merged(comparison: Comparison, decide: Decide) -> Draft:
    """One draft of two: the first, with what only the second has and what is decided for it.

    Comments of both are kept, except those of a value that was not taken.
    """
    one, other = comparison.drafts
    taken = list(comparison.only[1])
    lost = list[str]()
    for conflict in comparison.conflicts:
        (taken if decide(conflict) else lost).append(conflict.stop)
    draft = one
    for stop in taken:
        draft = _replaced(draft, stop, values_at(other, stop))
    blank = {p: None for p, v in other.answers.items() if v is None and p not in draft.answers}
    notes = _notes(draft.notes, other.notes, lost)
    head = (*one.head, *(line for line in other.head if line not in one.head))
    tail = (*one.tail, *(line for line in other.tail if line not in one.tail))
    answers = {**draft.answers, **blank}
    return replace(draft, answers=answers, notes=notes, head=head, tail=tail)


def _replaced(draft: Draft, stop: str, values: Values) -> Draft:
    """The draft with other answers for one question, group of figures or list."""
    gone = values_at(draft, stop)
    kept = {
        name: {p: v for p, v in getattr(draft, name).items() if p not in gone}
        for name in ("answers", "said")
    }
    notes = {p: n for p, n in draft.notes.items() if p not in gone and not p.startswith(f"{stop}[")}
    answers = {**kept["answers"], **values}
    return replace(draft, answers=answers, said=kept["said"], notes=notes)


def _notes(
    own: Mapping[str, Note], more: Mapping[str, Note], lost: Iterable[str]
) -> dict[str, Note]:
    """The comments of both, each line once."""
    notes = dict(own)
    for path, note in more.items():
        if any(path == stop or path.startswith((f"{stop}.", f"{stop}[")) for stop in lost):
            continue
        known = notes.get(path, Note())
        before = (*known.before, *(line for line in note.before if line not in known.before))
        after = known.after
        if note.after not in after:
            after = f"{after} {note.after}".strip()
        notes[path] = Note(before, after)
    return notes


# The command


def merge_files(
    kit: Kit, paths: tuple[Path, Path], output: Path, prefer: str, screen: Screen | None
) -> list[Line]:
    """What a merge of two files into a third comes to, after it was written.

    `prefer` is A, B or empty: then a person decides on the screen. Raises CqoError where nothing
    was written: files cannot be used, or nobody is there to decide.
    """
    check_target(output)
    if output.exists():
        raise CqoError([problem("merge.exists", str(output))])
    one, other = (open_draft(path, kit.library, kit.wording) for path in paths)
    comparison = compare(kit, one, other)
    lines: list[Line] = []
    if prefer:
        side = SIDES.index(prefer)
        decisions = dict.fromkeys((c.stop for c in comparison.conflicts), side)
        for conflict in comparison.conflicts:
            lines += conflict_lines(kit, comparison, paths, conflict)
    elif comparison.conflicts and screen is None:
        raise CqoError(
            [
                *(_told(kit, comparison, paths, conflict) for conflict in comparison.conflicts),
                problem("merge.undecided", count=len(comparison.conflicts)),
            ]
        )
    else:
        try:
            decisions = _asked(kit, comparison, paths, screen)
        except StoppedError:
            raise CqoError([problem("merge.stopped")]) from None
    draft = merged(comparison, lambda conflict: decisions[conflict.stop])
    save_draft(output, draft, kit.wording)
    return [*lines, *_summary(kit, comparison, decisions, output, draft)]


def _asked(
    kit: Kit, comparison: Comparison, paths: tuple[Path, Path], screen: Screen | None
) -> dict[str, int]:
    """What a person decides, conflict by conflict."""
    t, decisions = texts(kit), dict[str, int]()
    for conflict in comparison.conflicts:
        assert screen is not None
        screen.show([Line(""), *conflict_lines(kit, comparison, paths, conflict)])
        while conflict.stop not in decisions:
            reply = unicodedata.normalize("NFKC", screen.read(t["merge-ask"], ())).strip().upper()
            if reply in SIDES:
                decisions[conflict.stop] = SIDES.index(reply)
    return decisions


def conflict_lines(
    kit: Kit, comparison: Comparison, paths: tuple[Path, Path], conflict: Conflict
) -> list[Line]:
    """One conflict: both values with their places, and for lists what only one has."""
    t = texts(kit)
    lines = [Line(name_at(kit, conflict.stop), "head")]
    for side, draft, path in zip(SIDES, comparison.drafts, paths, strict=True):
        value = value_text(kit, draft, conflict.stop)
        place = _place(kit, draft, path, conflict.stop)
        lines.append(Line(t["merge-side"].format(side=side, value=value, place=place)))
    lines += [Line(f"  {text}") for text in _differences(kit, comparison, conflict)]
    return lines


def _differences(kit: Kit, comparison: Comparison, conflict: Conflict) -> Iterator[str]:
    """The entries of lists that only one side has; none for what is no list."""
    first, second = (_items(kit, draft, conflict.stop) for draft in comparison.drafts)
    for side, own, theirs in ((SIDES[0], first, second), (SIDES[1], second, first)):
        for item in own:
            if item not in theirs:
                yield texts(kit)["merge-only"].format(side=side, item=item)


def _place(kit: Kit, draft: Draft, path: Path, stop: str) -> str:
    """Where the answers to one question stand: the file and the line or cell."""
    places = [p for p in values_at(draft, stop) if p in draft.cells or p in draft.lines]
    first = (
        stop
        if stop in draft.lines
        else min(places, key=lambda p: draft.lines.get(p, 0), default="")
    )
    where = draft.cells.get(first) or texts(kit)["merge-line"].format(
        line=draft.lines.get(first, 1)
    )
    return str(texts(kit)["merge-place"].format(path=path, where=where))


def _items(kit: Kit, draft: Draft, stop: str) -> list[str]:
    """The entries of a list in words; none for what is no list."""
    value = draft.answers.get(stop)
    if isinstance(value, tuple):
        single = replace(draft, answers={})
        return [value_text(kit, single.with_answer(stop, (item,)), stop) for item in value]
    return [
        texts(kit)["field-mark"].join(
            text
            for field in kit.fields(stop)
            if (text := value_text(kit, draft, field.path.replace("[]", f"[{number}]")))
        )
        for number in range(draft.count(stop))
    ]


def _told(
    kit: Kit, comparison: Comparison, paths: tuple[Path, Path], conflict: Conflict
) -> Problem:
    """One conflict as a sentence."""
    values = [value_text(kit, draft, conflict.stop) for draft in comparison.drafts]
    places = [
        _place(kit, draft, path, conflict.stop)
        for draft, path in zip(comparison.drafts, paths, strict=True)
    ]
    return problem(
        "merge.conflict", name=name_at(kit, conflict.stop),
        one=values[0], place1=places[0], other=values[1], place2=places[1],
        more="".join(f"；{text}" for text in _differences(kit, comparison, conflict)),
    )  # fmt: skip


def _summary(
    kit: Kit, comparison: Comparison, decisions: Mapping[str, int], output: Path, draft: Draft
) -> Iterator[Line]:
    """What was written, and what is still lacking or wrong in it."""
    t = texts(kit)
    from_b = sum(decisions.values())
    yield Line(
        t["merged"].format(
            path=output, same=len(comparison.same), one=len(comparison.only[0]),
            other=len(comparison.only[1]), taken=len(decisions) - from_b, given=from_b,
        )
    )  # fmt: skip
    wanting = needed_now(kit, draft)
    if wanting:
        names = names_of(kit, wanting)
        yield Line(t["wanting"].format(count=len(wanting), names=names))
    wrong = problems_in(kit, draft)
    if wrong:
        yield Line(t["faults-left"])
        yield from (sentence(kit, fault) for fault in wrong)

"""What the interview shows: questions with their reasons, lists, the plan so far, the review."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from cqo_docs.base.errors import Problem
from cqo_docs.questions.asking import Asked, Known, applies
from cqo_docs.questions.draft import Draft
from cqo_docs.questions.explaining import (
    CLAUSES_SHOWN,
    NAMES_SHOWN,
    SUMMED,
    assumed_text,
    grounds,
    how_text,
    in_sentences,
    in_words,
    name_at,
    names_of,
    plan_so_far,
    sum_of_amounts,
    texts,
    value_text,
)
from cqo_docs.questions.replies import INDUSTRY, Option, options, sections
from cqo_docs.questions.steps import (
    ENTRY,
    Ask,
    Entries,
    Kit,
    Offer,
    Progress,
    answered,
    known_in,
    listed,
    must_answer,
    needed_now,
    stop_of,
)

# From so many choices on they stand side by side.
ONE_COLUMN = 9
GAP = 3


class Line(NamedTuple):
    """One line to be shown, and how: head, plain, soft or fault."""

    text: str
    style: str = "plain"


def width(text: str) -> int:
    """The columns that a text takes in a terminal."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def sentence(kit: Kit, fault: Problem) -> Line:
    """What is wrong, in the sentence that every command uses."""
    said = kit.wording.problem(fault)
    return Line(str(texts(kit)["fault"]).format(text=said), "fault")


# Questions
def question_page(kit: Kit, progress: Progress, step: Ask, columns: int) -> Iterator[Line]:
    """One question: its name, why it is asked, how it is answered, what Enter stands for."""
    known = known_in(kit, progress.draft)
    t = texts(kit)
    name = name_at(kit, step.path)
    if must_answer(kit, progress.draft, step.path):
        name = t["required"].format(label=name)
    yield Line("")
    yield Line(name, "head")
    if not ENTRY.match(step.path):  # the list itself has said why
        for text in grounds(kit, step.one, known, CLAUSES_SHOWN):
            yield Line(f"  {text}", "soft")
    yield from _how_lines(kit, step)
    computed = known.facts.get(f"{step.path}_computed")
    if computed is not None:
        value = kit.wording.value(step.path, computed)
        yield Line(f"  {t['computed'].format(value=value)}", "soft")
    yield from choice_lines(kit, step.one, columns)
    enter = _enter_text(kit, progress, step, known)
    if enter:
        yield Line(f"  {enter}", "soft")


def _how_lines(kit: Kit, step: Ask) -> Iterator[Line]:
    """How a question is answered, and an example where one answers in one's own words."""
    one, example = step.one, step.one.example
    chosen = bool(options(kit, one))
    members = kit.members(step.path) if one.unit == step.path else ()
    if members:
        example = " ".join(member.example for member in members)
    elif one.question.entries:
        example = " ".join([example] * one.question.entries)
    elif in_sentences(one):
        example = example.replace("、", "；")
    how = how_text(kit, one, members)
    note = str(kit.wording.forms["notes"].get(one.path, ""))
    if not chosen and not members and "{" not in note:
        mark = kit.wording.formats["clause-mark"]
        how = mark.join(text for text in (how, note) if text)
    t = texts(kit)
    if how:
        yield Line(f"  {t['how'].format(how=how)}", "soft")
    if example and not chosen:
        yield Line(f"  {t['example'].format(example=example)}", "soft")


def choice_lines(kit: Kit, one: Asked, columns: int) -> Iterator[Line]:
    """The numbered choices of a question, side by side where they are many."""
    if one.path == INDUSTRY:
        yield Line(f"  {texts(kit)['sections-head']}")
        rows = [f"{o.id} {o.label}" for o in sections(kit.library.reference)]
        yield from in_columns(rows, columns)
        return
    choices = options(kit, one)
    digits = len(str(len(choices)))
    rows = [f"{n:>{digits}} {choice.label}" + (f"（{choice.note}）" if choice.note else "")
            for n, choice in enumerate(choices, 1)]  # fmt: skip
    if one.question.kind == "yes-no":
        yield Line("  " + (" " * GAP).join(rows))
    else:
        yield from in_columns(rows, columns)


def in_columns(rows: Sequence[str], columns: int) -> Iterator[Line]:
    """Rows side by side as far as the terminal is wide, read downwards."""
    cell = max((width(row) for row in rows), default=0) + GAP
    across = 1 if len(rows) <= ONE_COLUMN else max(1, (columns - 4) // cell)
    down = -(-len(rows) // across)
    for number in range(down):
        parts = rows[number::down]
        padded = [part + " " * (cell - width(part)) for part in parts[:-1]]
        yield Line(f"    {''.join(padded)}{parts[-1]}")


def several_lines(kit: Kit, have: str, found: Sequence[Option], columns: int) -> Iterator[Line]:
    """The options that a reply may mean."""
    yield Line(f"  {texts(kit)['unclear'].format(have=have)}")
    rows = [f"{option.id} {option.label}" if option.id[:1].isupper() else option.label
            for option in found]  # fmt: skip
    yield from in_columns(rows, columns)


def _enter_text(kit: Kit, progress: Progress, step: Ask, known: Known) -> str:
    """What the bare Enter key stands for; empty where it is no answer."""
    t = texts(kit)
    value = value_text(kit, progress.draft, step.path)
    if value:
        return str(t["enter-keep"]).format(value=value)
    if must_answer(kit, progress.draft, step.path):
        return ""
    assumed = assumed_text(kit, step.path, known)
    if assumed:
        value, reason = assumed
        return str(t["enter-default"]).format(value=value, reason=reason)
    return str(t["enter-open"])


# Sections and lists
def section_line(kit: Kit, section: str) -> Line:
    """The heading of a section with its place among them."""
    order = kit.asking.sections
    text = texts(kit)["section"].format(
        number=order.index(section) + 1, total=len(order), name=texts(kit)["sections"][section]
    )
    return Line(text, "head")


def offer_page(kit: Kit, step: Offer) -> Iterator[Line]:
    """The further questions of a section, by name."""
    t, w = texts(kit), kit.wording
    names = [name_at(kit, path) for path in step.paths]
    shown = w.join(names[:NAMES_SHOWN]) + (t["offer-more"] if len(names) > NAMES_SHOWN else "")
    yield Line("")
    yield Line(t["offer"].format(count=len(names), names=shown))
    yield Line(f"  {t['offer-ask']}", "soft")


def entries_page(kit: Kit, progress: Progress, step: Entries) -> Iterator[Line]:
    """The entries of a list, one a line, and what can be done with them."""
    t, draft = texts(kit), progress.draft
    count = draft.count(step.path)
    head = t["entries"].format(label=name_at(kit, step.path), count=count)
    fields = kit.fields(step.path)
    amounts = [draft.answers.get(f"{step.path}[{n}].amount") for n in range(count)]
    yield Line("")
    if amounts and SUMMED in {f.path for f in fields}:
        head += t["entries-sum"].format(sum=sum_of_amounts(amounts))
    yield Line(head, "head")
    for text in grounds(kit, step.one, known_in(kit, draft), CLAUSES_SHOWN):
        yield Line(f"  {text}", "soft")
    for number in range(count):
        values = (
            in_words(kit, path, draft.answers.get(path))
            for field in fields
            if (path := field.path.replace("[]", f"[{number}]"))
        )
        yield Line(f"    {number + 1} {t['field-mark'].join(v for v in values if v)}")
    yield Line(f"  {t['entries-ask']}", "soft")


# The plan as it forms
def outlook_page(kit: Kit, draft: Draft, today: date) -> Iterator[Line]:
    """Standards in play, the verdict on the candidate, the count of findings, as far as known."""
    known = known_in(kit, draft)
    if "company.province" in known.open:
        return
    plan = plan_so_far(kit.library, kit.wording, draft, today)
    t, w, library = texts(kit), kit.wording, kit.library
    names = {s.id: s.number or s.title for s in library.standards}
    yield Line("")
    yield Line(t["outlook"], "head")
    for role in ("basis", "reference"):
        own = [names[r.standard.id] for r in plan.standards if r.role == role]
        if own:
            said = w.formats["role"][role]
            yield Line(f"  {t['outlook-role'].format(role=said, names=w.join(own))}")
    if all(r.role == "background" for r in plan.standards):
        yield Line(f"  {t['outlook-none']}")
    if "candidate.name" not in known.open:
        verdicts = w.formats["verdict"]
        parts = [t["outlook-of"].format(standard=names[v.standard.id], verdict=verdicts[v.verdict])
                 for v in plan.eligibility]  # fmt: skip
        if parts:
            verdict = w.formats["clause-mark"].join(parts)
            yield Line(f"  {t['outlook-verdict'].format(verdict=verdict)}")
        if plan.barred:
            yield Line(f"  {t['outlook-barred']}", "fault")
    counts = Counter(f.severity for f in plan.findings)
    said = w.join(
        [
            t["outlook-count"].format(name=name, count=counts[severity])
            for severity, name in w.formats["severity"].items()
            if counts[severity]
        ]
    )
    open_ = any(
        one.core and not answered(kit, draft, stop_of(one)) and applies(one, known.facts)
        for one in kit.stops
    )
    yield Line(f"  {t['outlook-counts-open' if open_ else 'outlook-counts'].format(counts=said)}")


# The review
def review_page(kit: Kit, progress: Progress) -> tuple[list[Line], tuple[str, ...]]:
    """All answers with their numbers, what is left open by name; and the stops by number."""
    t, draft = texts(kit), progress.draft
    known = known_in(kit, draft)
    wanting = needed_now(kit, draft)
    lines, stops, open_ = [Line(""), Line(t["review"], "head")], list[str](), list[str]()
    rows = listed(kit, draft)
    for place, one in enumerate(rows):
        stop = stop_of(one)
        if place == 0 or rows[place - 1].section != one.section:
            lines.append(Line(f"  {t['sections'][one.section]}", "head"))
        row = _row(kit, progress, stop, known, wanting)
        if row is None:
            open_.append(stop)
        else:
            stops.append(stop)
            label = name_at(kit, stop)
            text = t["row"].format(number=f"{len(stops):>5}", label=label, value=row.text)
            lines.append(Line(text, row.style))
        if open_ and (place + 1 == len(rows) or rows[place + 1].section != one.section):
            lines.append(Line(f"      {t['row-open'].format(names=names_of(kit, open_))}", "soft"))
            open_ = []
    return lines, tuple(stops)


def _row(
    kit: Kit, progress: Progress, stop: str, known: Known, wanting: Sequence[str]
) -> Line | None:
    """What stands at a stop: the answer, that it is wanting, or the default; None for nothing."""
    t = texts(kit)
    value = value_text(kit, progress.draft, stop)
    if value:
        return Line(value)
    if stop in wanting:
        return Line(t["row-wanting"], "fault")
    assumed = assumed_text(kit, stop, known)
    if assumed is None:
        return None
    return Line(t["row-default"].format(value=assumed[0], reason=assumed[1]), "soft")

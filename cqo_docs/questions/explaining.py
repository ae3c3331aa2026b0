"""What is said about a question: its name, its clauses, its hint, its value in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from cqo_docs.answers.file import AnswersFile, planning_date
from cqo_docs.answers.reading import usable_answers
from cqo_docs.answers.types import parse_number
from cqo_docs.facts.case import Assumption, case_from
from cqo_docs.facts.reference import find_industry
from cqo_docs.library.records import Library
from cqo_docs.plan.model import Plan
from cqo_docs.plan.planner import plan_case
from cqo_docs.questions.asking import MANNERS, Asked, Known, Use, given_paths
from cqo_docs.questions.draft import Draft, Value, plain_number, plain_path, word_of
from cqo_docs.questions.replies import INDUSTRY, NAME_LENGTH, options
from cqo_docs.questions.steps import (
    ENTRY,
    Kit,
)
from cqo_docs.wording.sentences import Wording

# More clauses than this nobody reads before answering.
CLAUSES_SHOWN, NAMES_SHOWN, MORE_THAN_ANY = 3, 6, 1000
SUMMED = "fund.items[].amount"


def texts(kit: Kit) -> Mapping[str, Any]:
    """What the interview says."""
    return kit.wording.interview


def name_at(kit: Kit, path: str) -> str:
    """The name of a question as its file has it; in a list with the number of the entry."""
    fields = kit.wording.questions["fields"]
    match = ENTRY.match(path)
    name = str(fields[plain_path(path)])
    if match is None:
        return name
    list_path, number, _ = match.groups()
    return str(texts(kit)["entry"]).format(
        list=fields[list_path], number=int(number) + 1, label=name
    )


def grounds(kit: Kit, one: Asked, known: Known, most: int) -> Iterator[str]:
    """Why a question is asked: what it is for, the clauses in play, else the papers."""
    t, w = texts(kit), kit.wording
    purpose = t["purposes"].get(one.path)
    if purpose:
        yield t["purpose"].format(text=purpose)
    uses = [use for use in one.uses if known.facts.get(f"in-play.{use.standard}") is not False]
    firm = [use for use in uses if use.how != MANNERS[-1] and use.actor != "regulator"]
    if most < MORE_THAN_ANY:
        # What merely prints the answer, or is the regulator's affair, is told to whoever asks.
        uses = [] if purpose and not firm else firm or uses
    if uses:
        shown = [clause_text(kit, use) for use in uses[:most]]
        text = t["ground"] + w.formats["clause-mark"].join(shown)
        more = t["more-clauses"].format(count=len(uses)) if len(uses) > most else ""
        yield text + more
    elif one.papers and not purpose:
        names = [w.paper_name(p) for p in one.papers]
        more = t["more-papers"].format(count=len(names)) if len(names) > most else ""
        yield t["papers"].format(papers=w.join(names[:most]) + more)
    elif one.findings and not purpose:
        yield t["for-findings"]
    elif not purpose:
        yield t["no-ground"]


def clause_text(kit: Kit, use: Use) -> str:
    """One clause as a person reads it: standard, number, topic, modal word."""
    standard = kit.library.standard(use.standard)
    text = str(texts(kit)["clause"]).format(
        standard=standard.number or f"《{standard.title}》",
        ref=use.cited,
        name=use.name,
        modality=kit.wording.formats["modality"][use.modality],
    )
    return text.replace("  ", " ")


def in_sentences(one: Asked) -> bool:
    """Whether a list is one of sentences, which may hold commas."""
    limits = one.question.limits
    return one.question.many and limits is not None and limits.length > NAME_LENGTH


def how_text(kit: Kit, one: Asked, members: Sequence[Asked] = ()) -> str:
    """How a question, or a group of figures, is answered; empty where that goes without saying."""
    t, w, question = texts(kit), kit.wording, one.question
    hows, limits = w.forms["hows"], question.limits
    if members or question.entries:
        names = [name_at(kit, m.path) for m in members] or w.forms["entries"][one.path]
        return str(t["figures"]).format(count=len(names), names=w.join(names))
    if question.many and options(kit, one):
        return str(t["several"])
    if in_sentences(one):
        return str(t["sentences"])
    if question.many:
        return str(hows["many"]).format(length=limits.length if limits else "")
    if question.kind == "date":
        return str(hows["date"])
    if question.kind == "number" and limits is not None:
        form = hows["number" if limits.digits else "whole"]
        return str(form).format(least=limits.least, most=limits.most, digits=limits.digits)
    return ""


def assumed_text(kit: Kit, stop: str, known: Known) -> tuple[str, str] | None:
    """The value that stands where a question is left open, and why; None where there is none."""
    w = kit.wording
    members = [one.path for one in kit.members(stop)] or [stop]
    found: list[Assumption] = [a for p in members if (a := known.assumptions.get(p)) is not None]
    if not found or len(found) != len(members):
        return None
    value = " ".join(w.assumed_value(a) for a in found)
    return value, str(w.formats["assumed"][found[0].reason])


def value_text(kit: Kit, draft: Draft, stop: str) -> str:
    """What was answered at a stop, in words; empty where nothing was."""
    one = kit.by_stop.get(stop)
    if one is not None and one.unit == stop:
        values = [draft.answers.get(member.path) for member in kit.members(stop)]
        return " ".join(str(v) for v in values if v is not None)
    if one is not None and one.question.kind == "list":
        count = draft.count(stop)
        text = kit.wording.interview["items"].format(count=count)
        return text if draft.given(stop) else ""
    return in_words(kit, stop, draft.answers.get(stop))


def in_words(kit: Kit, path: str, value: Value) -> str:
    """A value as a person reads it: labels for options, the industry with its code."""
    w, plain = kit.wording, plain_path(path)
    if value is None:
        return ""
    if isinstance(value, tuple):
        if kit.asking.by_path[plain].question.entries:
            return " ".join(value)
        chosen = {option.id: option.label for option in options(kit, kit.asking.by_path[plain])}
        return w.join([chosen.get(text, text) for text in value]) or str(w.formats["none"])
    if plain == INDUSTRY:
        found = find_industry(kit.library.reference, value)
        return f"{value} {found.name}" if found else value
    return word_of(plain, value, w)


def sum_of_amounts(amounts: Sequence[Value]) -> str:
    """The sum of the amounts that are numbers, as it is written in a questionnaire."""
    total = Decimal(0)
    for amount in amounts:
        try:
            total += parse_number(amount)
        except ValueError:
            continue
    return plain_number(total)


def plan_so_far(library: Library, wording: Wording, draft: Draft, today: date) -> Plan:
    """The plan that the answers so far give; what is wrong in them counts as not given."""
    data = draft.nested()
    answers, _ = usable_answers(data)
    file = AnswersFile(Path(), answers, frozenset(given_paths(data)), {})
    as_of = planning_date(file, None, today)
    return plan_case(case_from(file, library.reference, as_of, wording.terms()), library, as_of)


def names_of(kit: Kit, stops: Sequence[str]) -> str:
    """Several questions by name."""
    return kit.wording.join([name_at(kit, stop) for stop in stops])

"""What was typed, as an answer: numbers of choices, parts of names, figures, days, lists."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from cqo_docs.answers.questions import Question
from cqo_docs.answers.types import parse_number
from cqo_docs.facts.reference import Reference, find_industry
from cqo_docs.questions.asking import Asked
from cqo_docs.questions.draft import Value, canonical, plain_number, word_of
from cqo_docs.questions.steps import Ask, Kit

PROVINCE, INDUSTRY = "company.province", "company.industry_code"
ADOPT, DOCUMENTS = "plan.adopt", "output.documents"
NAMES, FIGURES = re.compile(r"[、，,；;\s]+"), re.compile(r"[\s、，；;/]+")
COMMAS = re.compile(r"[,，]")
LISTED, SENTENCES = re.compile(r"[、，,；;]"), re.compile(r"[；;]")
# Longer answers are sentences, which may hold commas.
NAME_LENGTH = 200
NOTHING = frozenset({"无", "none"})


@dataclass(frozen=True, slots=True)
class Option:
    """One of the answers to choose from: what is kept, what is shown, what else means it."""

    id: str
    label: str
    words: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What typed text comes to: values by path; or several options that it may mean; or neither."""

    values: tuple[tuple[str, Value], ...] = ()
    several: tuple[Option, ...] = ()
    code: str = ""
    """The sentence that says why it is no answer."""
    have: str = ""
    most: int = 0


def options(kit: Kit, one: Asked) -> tuple[Option, ...]:
    """The answers to choose from at a question; none where one answers in one's own words."""
    wording, library = kit.wording, kit.library
    path, question = one.path, one.question
    if question.kind == "yes-no":
        words = {"true": ("y", "yes", "有"), "false": ("n", "no", "无")}
        return tuple(Option(v, word_of(path, v, wording), words[v]) for v in ("true", "false"))
    if path == PROVINCE:
        regions = library.reference.regions.regions
        return tuple(Option(region.name, region.name) for region in regions)
    if path == ADOPT:
        return tuple(
            Option(
                s.id,
                f"《{s.title}》{s.number}",
                (s.number, s.title),
                wording.join([s.region, wording.formats["force"][s.force]]),
            )
            for s in library.standards
        )
    if path == DOCUMENTS:
        return tuple(Option(p.id, wording.paper_name(p.id)) for p in library.papers)
    aliases = wording.questions.get("aliases", {}).get(path, {})
    return tuple(
        Option(name, wording.option(path, name), tuple(aliases.get(name, ())))
        for name in question.options
    )


def compared(text: str) -> str:
    """Text as it is compared: one width, one case, no spaces."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def meant(text: str, choices: Sequence[Option]) -> tuple[Option, ...]:
    """The options that a text means: by number, by name, or by a part of the name."""
    wanted = compared(text)
    if wanted.isdecimal() and 1 <= int(wanted) <= len(choices):
        return (choices[int(wanted) - 1],)
    exact = tuple(o for o in choices if wanted in {compared(n) for n in (o.id, *_names(o))})
    if exact:
        return exact
    for fits in (str.startswith, str.__contains__):
        found = tuple(o for o in choices if any(fits(compared(n), wanted) for n in _names(o)))
        if found:
            return found
    return ()


def _names(option: Option) -> tuple[str, ...]:
    """What a person calls an option; its id is for files."""
    return (option.label, *option.words)


def industries(reference: Reference, text: str) -> tuple[Option, ...]:
    """The divisions and classes that a section letter or a part of a name means."""
    wanted = compared(text)
    rows: list[Option] = []
    for section in reference.industry_table.sections:
        whole = wanted in {section.code.casefold(), compared(section.name)}
        for division in section.divisions:
            named = [(division.code, division.name), *((c.code, c.name) for c in division.classes)]
            rows += [
                Option(f"{section.code}{code}", name)
                for code, name in named
                if whole or wanted in compared(name)
            ]
    return tuple(rows)


def sections(reference: Reference) -> tuple[Option, ...]:
    """The sections of the classification of industries."""
    return tuple(Option(s.code, s.name) for s in reference.industry_table.sections)


def read_reply(kit: Kit, step: Ask, text: str) -> Reply:
    """What typed text comes to at a question."""
    one, question = step.one, step.one.question
    if one.unit and step.path == one.unit:
        paths = [member.path for member in kit.members(step.path)]
        return _figures(paths, text)
    if question.entries:
        reply = _figures([step.path] * question.entries, text)
        return reply if reply.code else _single(step.path, tuple(str(v) for _, v in reply.values))
    choices = options(kit, one)
    if question.many:
        return _several(step.path, question, choices, text)
    if one.path == INDUSTRY:
        return _industry(kit, step.path, text)
    if choices:
        found = meant(text, choices)
        if len(found) == 1:
            return _single(step.path, found[0].id)
        if found:
            return Reply(several=found)
        return _single(step.path, text)
    return _single(step.path, canonical(question, text))


def _single(path: str, value: Value) -> Reply:
    return Reply(values=((path, value),))


def _figures(paths: Sequence[str], text: str) -> Reply:
    """As many figures as there are paths."""
    parts = [part for part in FIGURES.split(text) if part]
    if len(parts) == 1 and len(paths) == len(COMMAS.split(text)):
        parts = COMMAS.split(text)
    if len(parts) != len(paths):
        return Reply(code="interview.figures", have=str(len(parts)), most=len(paths))
    values = [_number_or_text(part) for part in parts]
    return Reply(values=tuple(zip(paths, values, strict=True)))


def _number_or_text(text: str) -> str:
    try:
        return plain_number(parse_number(text))
    except ValueError:
        return text


def _several(path: str, question: Question, choices: Sequence[Option], text: str) -> Reply:
    """A list: choices by number or name, words, or sentences."""
    if compared(text) in NOTHING:
        return _single(path, ())
    long = question.limits is not None and question.limits.length > NAME_LENGTH
    mark = NAMES if choices and text.replace(" ", "").isascii() else SENTENCES if long else LISTED
    parts = [part.strip() for part in mark.split(text) if part.strip()]
    if not choices:
        return _single(path, tuple(parts))
    chosen = []
    for part in parts:
        found = meant(part, choices)
        if len(found) != 1:
            code = "" if found else "interview.no-choice"
            return Reply(several=found, code=code, have=part)
        chosen.append(found[0].id)
    return _single(path, tuple(dict.fromkeys(chosen)))


def _industry(kit: Kit, path: str, text: str) -> Reply:
    reference = kit.library.reference
    known = find_industry(reference, text)
    if known is not None:
        code = "".join(unicodedata.normalize("NFKC", text).split()).upper()
        letter = "" if code[0].isalpha() else known.section
        return _single(path, f"{letter}{code}")
    found = industries(reference, text)
    if len(found) == 1:
        return _single(path, found[0].id)
    return Reply(several=found) if found else _single(path, text)

"""Blank papers: every paper without answers, and a sign in the place of each of them."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

from cqo_docs.answers.file import AnswersFile
from cqo_docs.answers.model import Answers
from cqo_docs.answers.questions import questions
from cqo_docs.answers.reading import STAND_INS
from cqo_docs.answers.types import parse_number
from cqo_docs.facts.case import case_from
from cqo_docs.library.records import NATIONWIDE, Library, Standard
from cqo_docs.papers.composer import Document, compose
from cqo_docs.papers.view import CAPITALS, cite
from cqo_docs.plan.planner import plan_case
from cqo_docs.questions.fields import ADOPT, PROVINCE, Choice, Field, Layout
from cqo_docs.wording.sentences import Wording

T = TypeVar("T")
WAYS = (CAPITALS,)

# What a blank of one version asks for is where a reader of that version looks for it.
VERSION = 1
# Custom properties: which blank it is; fingerprints of what it says itself.
PROPERTY = "cqo-blank"
TEXTS_PROPERTY, HEADS_PROPERTY = f"{PROPERTY}-texts", f"{PROPERTY}-heads"
NEUTRAL = "-"
# What fingerprints are of, besides texts and values: places that the blank fills itself.
FILLED = "filled"
# Signs for private use stand for places while a template is filled.
FIRST_SIGN, LAST_SIGN = 0xE000, 0xF8FF
SIGNS = re.compile(f"[{chr(FIRST_SIGN)}-{chr(LAST_SIGN)}]")
UNDERLINE = "＿"
# Stand-ins for what must be answered; none of them decides anything.
# An industry that there is not: nothing of a blank paper may follow from one.
BLANKS: Mapping[str, Mapping[str, str]] = {
    **STAND_INS,
    "company": {**STAND_INS["company"], "industry_code": "00"},
}
# Those that are texts: their signs stand in for them, all different, printed or not.
NAMES = (
    "company.name", "company.province", "company.industry_code", "company.registration",
    "company.legal_representative", "candidate.name",
)  # fmt: skip
QUESTIONS = frozenset(question.path for question in questions())
# What is derived from answers that nobody gave is no default.
UNFOUNDED = frozenset({"full-name", "same-day", "term-length", "start-year"})


class Place(NamedTuple):
    """The place of one answer on a paper: what it shows, None where it shows a prompt."""

    path: str
    way: str
    value: Any


@dataclass
class Marks:
    """The signs that stand for places, in the order in which they were handed out."""

    prompted: frozenset[str]
    """What is not shown though there is a value: it has a stand-in, or was chosen by nobody."""
    fixed: frozenset[str]
    """What is printed as it is."""
    signs: dict[Place, str] = field(default_factory=dict)

    def sign(self, path: str, value: Any, way: str) -> str:
        """The sign for a place; a sign stays what it is."""
        if isinstance(value, str) and value in self.signs.values():
            return value
        empty = value is None or (isinstance(value, str) and not value.strip(UNDERLINE))
        place = Place(path, way, None if empty or path in self.prompted else value)
        if place not in self.signs:
            self.signs[place] = chr(FIRST_SIGN + len(self.signs))
        return self.signs[place]

    def places(self) -> dict[str, Place]:
        """The place of every sign."""
        return {sign: place for place, sign in self.signs.items()}


@dataclass(frozen=True, eq=False)
class _Marking(Wording):
    """The wording of blank papers: signs in the places of answers."""

    marks: Marks = field(default_factory=lambda: Marks(frozenset(), frozenset()))

    def blank(self, path: str, way: str = "") -> str:
        """The sign for an answer that was not given."""
        return self.marks.sign(path, None, way)

    def value(self, path: str, value: Any) -> str:
        """The sign for an answer that nobody gave, else its words."""
        if path in self.marks.prompted or (value is None and path in QUESTIONS):
            return self.marks.sign(path, None, "")
        return super().value(path, value)

    def answered(self, path: str, value: T, way: str = "") -> T:
        """The sign for an answer in play; it stands where the value would."""
        if path in self.marks.fixed:
            return value
        return cast(T, self.marks.sign(path, value, way))


class Blanks(NamedTuple):
    """All blank papers of one kind, composed: what their templates are filled with."""

    documents: tuple[Document, ...]
    places: Mapping[str, Place]
    standard: Standard | None
    as_of: date


def compose_blanks(library: Library, wording: Wording, standard: Standard | None) -> Blanks:
    """Every paper but those that report on a plan, without answers; cited is one standard or none.

    Without a standard the topics are those of what holds nationwide, and which standards are
    named is an answer like others.
    """
    data: dict[str, Any] = {group: dict(own) for group, own in BLANKS.items()}
    data["output"] = {"documents": [p.id for p in library.papers if not p.report]}
    prompted = {f"{group}.{name}" for group, own in BLANKS.items() for name in own}
    fixed: set[str] = set()
    if standard is None:
        prompted.add(ADOPT)
    else:
        fixed.add(ADOPT)
        data["plan"] = {"adopt": [standard.id]}
        if standard.region != NATIONWIDE:
            data["company"]["province"] = standard.region
            prompted.remove(PROVINCE)
    # No clock: the papers are those of the day on which the newest standard took effect.
    as_of = max(date.fromisoformat(d) for s in library.standards
                if (d := s.effective or s.published))  # fmt: skip
    marks = Marks(frozenset(prompted), frozenset(fixed))
    answers = _signed(Answers.model_validate(data), marks)
    file = AnswersFile(Path(), answers, frozenset(), {})
    terms = {name: str(wording.formats[name]) for name in ("post", "addressees")}
    case = case_from(file, library.reference, as_of, terms)
    marks.prompted |= {a.field for a in case.assumptions if a.reason in UNFOUNDED}
    known = {own.name: getattr(wording, own.name) for own in fields(wording)}
    marking = _Marking(**known, marks=marks)
    documents = compose(plan_case(case, library, as_of), library, marking)
    return Blanks(documents, marks.places(), standard, as_of)


def _signed(answers: Answers, marks: Marks) -> Answers:
    """The answers with signs for stand-ins that papers might print by themselves."""
    for path in NAMES:
        if path in marks.prompted:
            group, _, name = path.partition(".")
            own = getattr(answers, group).model_copy(update={name: marks.sign(path, None, "")})
            answers = answers.model_copy(update={group: own})
    return answers


# What is asked in a place

INDEXED = re.compile(r"\[\d+\]")
# No list on a paper is longer; a name of a place leads back to its path.
MOST_ROWS = 64
NAME_HEAD, NAME_DIGITS = "cqo_", 10
FREE = "free"
WAY_MARK = "#"


class BlankName(NamedTuple):
    """Which blank a file is."""

    kind: str
    version: int
    locale: str
    paper: str
    standard: str

    @property
    def text(self) -> str:
        """The property that says so."""
        return f"{self.kind} {self.version} {self.locale} {self.paper} {self.standard or NEUTRAL}"


def blank_name(properties: Mapping[str, str]) -> BlankName | None:
    """Which blank a file says that it is; None for one that says nothing of the kind."""
    form = r"(word|excel) ([0-9]{1,4}) (\S+) (\S+) (\S+)"
    match = re.fullmatch(form, properties.get(PROPERTY, ""))
    if match is None:
        return None
    kind, version, locale, paper, standard = match.groups()
    return BlankName(kind, int(version), locale, paper, standard.removeprefix(NEUTRAL))


class Slot(NamedTuple):
    """A place as it is filled in: which answer, in which way; None where it is no answer."""

    path: str
    way: str
    field: Field | None
    label: str

    @property
    def tag(self) -> str:
        """What its controls are tagged with."""
        if self.field is None:
            return FREE
        return f"{self.path}{WAY_MARK}{self.way}" if self.way else self.path

    @property
    def in_list(self) -> bool:
        """Whether it stands in a row of a list."""
        return "[" in self.path


def name_of_place(tag: str, number: int) -> str:
    """The name of the nth place of a file: it keeps what a program drops that drops tags."""
    digest = FREE if tag == FREE else hashlib.sha256(tag.encode()).hexdigest()[:NAME_DIGITS]
    return f"{NAME_HEAD}{digest}_{number}"


@dataclass(frozen=True)
class Slots:
    """What is asked in every place that a blank paper can have."""

    layout: Layout
    library: Library
    kept: dict[tuple[str, str], Slot] = field(default_factory=dict)

    @property
    def words(self) -> Mapping[str, Any]:
        """What blank papers say of themselves."""
        words: Mapping[str, Any] = self.layout.wording.forms["blank"]
        return words

    @property
    def prompt_words(self) -> Mapping[str, str]:
        """The prompts that differ from the visible fill-in, by path, kind and look."""
        prompts: Mapping[str, str] = self.words["prompts"]
        return prompts

    def at(self, path: str, way: str = "") -> Slot:
        """The slot of an answer."""
        if (path, way) not in self.kept:
            label = self.layout.wording.short_label(INDEXED.sub("[]", path))
            label = str(self.words["ways" if way else "labels"].get(way or path, label))
            self.kept[path, way] = Slot(path, way, self._field(path), label)
        return self.kept[path, way]

    def tagged(self, tag: str) -> Slot | None:
        """The slot that a tag names; None for one that is not ours."""
        path, _, way = tag.partition(WAY_MARK)
        if tag == FREE:
            return Slot("", "", None, "")
        slot = self.at(path, way) if path in self.paths and way in {"", *WAYS} else None
        return slot if slot is None or slot.field is not None else None

    def named(self, name: str) -> Slot | None:
        """The slot that the name of a place means; None for one that is not ours."""
        digest = name.removeprefix(NAME_HEAD).partition("_")[0] if name else ""
        tag = self.by_name.get(digest, "") if name.startswith(NAME_HEAD) else ""
        return self.tagged(tag) if tag else None

    @cached_property
    def paths(self) -> frozenset[str]:
        """Every path that a place can have."""
        found = set[str]()
        for path, own in self.layout.by_path.items():
            if "[]" in path:
                found |= {path.replace("[]", f"[{n}]", 1) for n in range(MOST_ROWS)}
            else:
                found.add(path)
                if own.kind == "list":
                    found |= {f"{path}[{n}]" for n in range(MOST_ROWS)}
        return frozenset(found)

    @cached_property
    def by_name(self) -> Mapping[str, str]:
        """The tags of all places, by what their names keep of them."""
        tags = [*self.paths, *(f"{path}{WAY_MARK}{way}" for path in self.paths for way in WAYS)]
        return {name_of_place(tag, 0).split("_")[1]: tag for tag in (*tags, FREE)}

    def _field(self, path: str) -> Field | None:
        by_path = self.layout.by_path
        own = by_path.get(INDEXED.sub("[]", path, count=1)) or by_path.get(path)
        if own is None:
            whole = by_path.get(INDEXED.sub("", path))
            if whole is None:
                return None
            # One text of a list of texts.
            question = replace(whole.question, many=False)
            return replace(whole, path=path, asked=replace(whole.asked, question=question))
        if path == ADOPT:
            names = [Choice(s.id, cite(s, self.layout.wording), (s.number, s.title))
                     for s in self.library.standards]  # fmt: skip
            return replace(own, choices=tuple(names))
        words = self.words["choices"].get(path)
        if words:
            return replace(own, choices=tuple(c._replace(label=str(words[c.id]), words=(
                c.label, *c.words)) for c in own.choices))  # fmt: skip
        return own

    def prompt(self, slot: Slot, around: str = "", look: str = "") -> str:
        """What a place shows that nobody has filled in.

        `around` is the text about it; `look` is cell for a place alone in a cell beside its label,
        line for one in a heading or signature, which has no room for more than its name.
        """
        prompts = self.prompt_words
        if slot.in_list or not slot.label:
            return prompts["gap"]
        own = slot.field
        if own is not None and (own.path in prompts or own.kind in prompts):
            return prompts.get(own.path) or prompts[own.kind]
        if look == "cell" and own is not None:
            clicks: Mapping[str, str] = self.layout.words["prompts"]
            return clicks["choice" if own.choices else "text"]
        if slot.label in around:
            return prompts["line"]
        form = prompts["name"] if look == "line" else str(self.layout.wording.formats["blank"])
        return form.format(label=slot.label)

    def prompts(self, slot: Slot) -> tuple[str, ...]:
        """Every prompt that a place can show."""
        looks = (("", ""), ("", "cell"), ("", "line"), (slot.label, ""))
        return tuple(dict.fromkeys(self.prompt(slot, *look) for look in looks))


def default_of(slot: Slot, value: Any) -> tuple[str, str]:
    """A value that a blank shows itself, as what its fingerprint is made of: role and text.

    `value` is as it is understood, so that it is known again in whichever form it comes back.
    """
    text = "\n".join(value) if isinstance(value, list) else str(value)
    if slot.field is not None and slot.field.question.kind == "number":
        with contextlib.suppress(ValueError):
            text = f"{parse_number(text).normalize():f}"
    return f"default {slot.tag}", text

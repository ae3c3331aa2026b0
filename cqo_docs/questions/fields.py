"""The fields of a form: every question in its place, with its words, choices and hints."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from cqo_docs.answers.questions import Question
from cqo_docs.answers.types import PERCENT, parse_date
from cqo_docs.facts.conditions import facts_named
from cqo_docs.library.records import Library
from cqo_docs.questions.asking import IN_PLAY, Asked, Asking, open_asking
from cqo_docs.wording.sentences import Wording

NAME, PROVINCE = "company.name", "company.province"
ADOPT, DOCUMENTS = "plan.adopt", "output.documents"
# What may stand about a label or a choice without changing what it says.
BLANKS = re.compile(r"[\s*＊]+")
# The choice that means none of the others.
NONE = ""


class Choice(NamedTuple):
    """One of the answers to choose from: its id, what is shown, what else means it."""

    id: str
    label: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One field: the answer it holds, and what a person is told about it.

    `path` is that of the question, with an index where each of a fixed number of entries has a
    field of its own: fund.items[].quarters[0].
    """

    path: str
    asked: Asked
    label: str
    place: str
    """Where it stands, in words; of a field of a list the place has a gap for the row."""
    required: bool = False
    choices: tuple[Choice, ...] = ()
    units: tuple[str, ...] = ()
    """What people write behind a figure."""
    hints: tuple[str, ...] = ()

    @property
    def question(self) -> Question:
        """The question that it asks."""
        return self.asked.question

    @property
    def kind(self) -> str:
        """Of the kinds text, number, date, choice, list (in one's own words), ticks."""
        if self.question.many and self.question.entries is None:
            return "ticks" if self.choices else "list"
        return "choice" if self.choices else self.question.kind

    @property
    def length(self) -> int:
        """The most characters of a text; 0 where there is no such limit."""
        return self.question.limits.length if self.question.limits else 0


@dataclass(frozen=True, slots=True)
class Table:
    """One list of the questionnaire as a table: an entry a row, a field a column."""

    path: str
    number: int
    title: str
    fields: tuple[Field, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One numbered line of a section: a field, or what leads to the table of a list."""

    number: int
    label: str
    field: Field | None
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that belong together; those of the section itself have no caption."""

    caption: str
    note: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a form."""

    number: int
    title: str
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Layout:
    """All fields of a form in their order, the lists in tables after them."""

    sections: tuple[Section, ...]
    tables: tuple[Table, ...]
    asking: Asking
    wording: Wording

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The fields of the sections."""
        lines = (line for s in self.sections for g in s.groups for line in g.lines)
        return tuple(line.field for line in lines if line.field is not None)

    @cached_property
    def by_path(self) -> Mapping[str, Field]:
        """Every field by its path, those of lists with empty brackets."""
        own = (field for table in self.tables for field in table.fields)
        return {field.path: field for field in (*self.fields, *own)}

    @cached_property
    def by_label(self) -> Mapping[str, Field]:
        """The fields of the sections by their labels as compared."""
        return {compared(field.label): field for field in self.fields}

    @property
    def words(self) -> Mapping[str, Any]:
        """What the Word form says."""
        words: Mapping[str, Any] = self.wording.forms["word"]
        return words


def compared(words: str) -> str:
    """A label or choice as it is compared: one width, no blanks, no mark for required."""
    return BLANKS.sub("", unicodedata.normalize("NFKC", words)).casefold()


def lay_out(library: Library, wording: Wording) -> Layout:
    """The fields of the forms of one company, as asked()."""
    # A folder may hold thousands of forms: the layout of the content in use is made once.
    for kept in LATEST:
        if kept.asking.library is library and kept.wording is wording:
            return kept
    LATEST[:] = [_Maker(library, wording).layout()]
    return LATEST[0]


LATEST: list[Layout] = []


class _Maker:
    def __init__(self, library: Library, wording: Wording) -> None:
        self.library, self.wording = library, wording
        self.asking = open_asking(library, wording)
        self.words: Mapping[str, Any] = wording.forms["word"]
        self.names: Mapping[str, str] = wording.questions["fields"]
        self.purposes: Mapping[str, str] = wording.interview["purposes"]

    def layout(self) -> Layout:
        lists = [one for one in self.asking.asked if one.question.kind == "list"]
        tables = {one.path: self._table(one, n) for n, one in enumerate(lists, 1)}
        sections = tuple(
            self._section(name, number, tables)
            for number, name in enumerate(self.asking.sections, 1)
        )
        return Layout(sections, tuple(tables.values()), self.asking, self.wording)

    # Sections

    def _section(self, name: str, number: int, tables: Mapping[str, Table]) -> Section:
        title = str(self.wording.interview["sections"][name])
        grouped: dict[str, list[Asked]] = {"": []}
        for one in self.asking.asked:
            if one.section == name and "[]." not in one.path:
                group = one.path.rpartition(".")[0]
                grouped.setdefault(group if "." in group else "", []).append(one)
        # What is asked for itself comes first, the tables at its end.
        grouped[""].sort(key=lambda one: one.path in tables)
        row, groups = 0, []
        for path, members in grouped.items():
            lines = []
            for one in members:
                row += 1
                where = str(self.words["place"]).format(
                    section=number, title=title, row=row, label=self.names[one.path]
                )
                table = tables.get(one.path)
                own = None if table else self._field(one, one.path, where)
                lines.append(Line(row, str(self.names[one.path]), own, table))
            if lines:
                caption = str(self.names[path]) if path else ""
                groups.append(Group(caption, str(self.words["only"].get(path, "")), tuple(lines)))
        return Section(number, title, tuple(groups))

    def _field(self, one: Asked, path: str, where: str) -> Field:
        choices = self._choices(one)
        label = str(self.names[one.path])
        return Field(
            path, one, label, where, one.question.always, choices, self._units(one, label),
            tuple(dict.fromkeys(self._hints(one, path, bool(choices)))),
        )  # fmt: skip

    # Lists

    def _table(self, one: Asked, number: int) -> Table:
        title = str(self.names[one.path])
        fields: list[Field] = []
        for member in self.asking.asked:
            if member.path.startswith(f"{one.path}[]."):
                fields += self._columns(member, title, number)
        notes = [str(self.words["only"].get(one.path, ""))]
        notes += [self._note(field.path) for field in fields]
        return Table(one.path, number, title, tuple(fields), tuple(n for n in notes if n))

    def _columns(self, one: Asked, title: str, number: int) -> Iterator[Field]:
        labels = [str(self.names[one.path])]
        paths = [one.path]
        if one.question.entries is not None:
            labels = [str(name) for name in self.wording.forms["entries"][one.path]]
            paths = [f"{one.path}[{n}]" for n in range(one.question.entries)]
        for path, label in zip(paths, labels, strict=True):
            # The number of the row is put in where it is known.
            where = str(self.words["list-place"]).format(
                number=number, title=title, row="{row}", label=label
            )
            yield Field(path, one, label, where, one.question.required, self._choices(one),
                        self._units(one, label), (one.example,))  # fmt: skip

    # Words

    def _choices(self, one: Asked) -> tuple[Choice, ...]:
        """The answers to choose from; none where one answers in one's own words."""
        path, question, formats = one.path, one.question, self.wording.formats
        if question.kind == "yes-no":
            yes, no = str(formats["yes"]), str(formats["no"])
            return (Choice("true", yes, ("yes", "有", "true")), Choice("false", no, ("no", "无")))
        if path == PROVINCE:
            regions = self.library.reference.regions.regions
            return tuple(Choice(region.name, region.name) for region in regions)
        if path == ADOPT:
            found = [
                Choice(s.id, f"《{s.title}》{s.number}", (s.number, s.title))
                for s in self.library.standards
            ]
        elif path == DOCUMENTS:
            found = [Choice(p.id, self.wording.paper_name(p.id)) for p in self.library.papers]
        else:
            aliases = self.wording.questions.get("aliases", {}).get(path, {})
            found = [
                Choice(name, self.wording.option(path, name), tuple(aliases.get(name, ())))
                for name in question.options
            ]
        if question.many and found:
            found.append(Choice(NONE, str(self.words["none-of"][path]), (str(formats["none"]),)))
        return tuple(found)

    def _units(self, one: Asked, label: str) -> tuple[str, ...]:
        """The units in which a figure may be given."""
        own = [str(self.words["units"].get(one.path, ""))]
        if label.endswith("）"):
            own.append(label[label.rindex("（") + 1 : -1])
        if one.question.limits == PERCENT:
            own.append("%")
        return tuple(unit for unit in own if unit)

    def _hints(self, one: Asked, path: str, chosen: bool) -> Iterator[str]:
        """What is said beside a field: who fills it in, how, an example."""
        yield from (text for text in (self._who(one, path), self._note(path)) if text)
        if one.question.many and not chosen:
            yield str(self.words["many"])
        if chosen and one.path in self.purposes:
            yield str(self.purposes[one.path])
        default = ""
        if one.has_default:
            default = self.wording.value(one.path, one.question.default)
            yield str(self.words["default"]).format(default=default)
        if one.example not in {"", default} and not chosen:
            yield str(self.words["example"]).format(example=self._example(one))

    def _example(self, one: Asked) -> str:
        is_day = one.question.kind == "date"
        return self.wording.date(parse_date(one.example)) if is_day else one.example

    def _note(self, path: str) -> str:
        own = self.words["notes"].get(path)
        return str(self.wording.forms["notes"].get(path, "") if own is None else own)

    def _who(self, one: Asked, path: str) -> str:
        """Who fills a field in, where not everybody does and its group does not say so."""
        only = str(self.words["only"].get(path, ""))
        named = [name.removeprefix(IN_PLAY) for name in facts_named(one.when)
                 if name.startswith(IN_PLAY)]  # fmt: skip
        if only or not named:
            return only
        standards = {s.id: s.number or s.title for s in self.library.standards}
        shown = self.wording.join([standards[name] for name in dict.fromkeys(named)])
        return str(self.words["only-standards"]).format(standards=shown)


__all__ = ["Choice", "Field", "Layout", "Section", "Table", "compared", "lay_out"]

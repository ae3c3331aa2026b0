"""Where everything of an Excel form stands: its sheets, the row of each question, its names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from cqo_docs.office.xlsx_writing import letters, quoted
from cqo_docs.questions.fields import Choice, Field, Layout, Table

# What a form of one version asks for is where a reader of that version looks for it.
VERSION = 1
INDUSTRY = "company.industry_code"
# The columns of a sheet of questions, and its first row of them.
NUMBER, LABEL, VALUE, STATE, HINT = range(1, 6)
HEAD_ROW, FIRST_ROW = 3, 4
# The rows of a sheet of lists: headings, then entries, of which so many are ready to be filled in.
LIST_HEAD, LIST_ROW, SPARE, LONGEST = 4, 5, 30, 1000
ANSWER, SECTOR = "ans_", "aux_industry_section"
NOT_LEGAL = re.compile(r"\W+", re.ASCII)
LONGEST_NAME = 255


class Spot(NamedTuple):
    """A cell: its sheet, row and column."""

    sheet: str
    row: int
    column: int

    @property
    def bare(self) -> str:
        """The cell as it is named within its sheet: C7."""
        return f"{letters(self.column)}{self.row}"

    @property
    def fixed(self) -> str:
        """The cell as formulas of any sheet name it."""
        return f"{quoted(self.sheet)}!${letters(self.column)}${self.row}"

    @property
    def shown(self) -> str:
        """The cell as a person names it."""
        return f"{self.sheet}!{self.bare}"


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a sheet of questions.

    Of the kinds caption, sector, field, list (kept in another sheet), ticks, tick.
    """

    kind: str
    row: int
    label: str
    number: int = 0
    field: Field | None = None
    choice: Choice | None = None
    table: Table | None = None

    @property
    def path(self) -> str:
        """The question of the row; empty for a caption."""
        if self.field is not None:
            return self.field.path
        return self.table.path if self.table is not None else ""


@dataclass(frozen=True, slots=True)
class Questions:
    """One sheet of questions."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """One list with entries below one another: its path, its sheet, its columns from the first."""

    path: str
    sheet: str
    title: str
    first: int
    fields: tuple[Field, ...]
    notes: tuple[str, ...] = ()

    @property
    def last(self) -> int:
        """Its last column."""
        return self.first + len(self.fields) - 1

    @property
    def in_words(self) -> bool:
        """Whether an entry is one text and no group of answers."""
        return len(self.fields) == 1 and self.fields[0].kind == "list"

    def column(self, number: int) -> str:
        """The entries in one column, as formulas name them."""
        name = letters(self.first + number)
        return f"{quoted(self.sheet)}!${name}${LIST_ROW}:${name}${LIST_ROW + LONGEST - 1}"

    def spot(self, entry: int, number: int) -> Spot:
        """The cell of one answer of one entry."""
        return Spot(self.sheet, LIST_ROW + entry, self.first + number)


@dataclass(frozen=True)
class Places:
    """All places of a form."""

    layout: Layout
    words: Mapping[str, Any]
    sheets: tuple[Questions, ...]
    listings: tuple[Listing, ...]

    @cached_property
    def spots(self) -> Mapping[str, Spot]:
        """The cell of every question of its own, by path; of a list that which leads to it."""
        return {
            line.path: Spot(sheet.title, line.row, VALUE)
            for sheet in self.sheets
            for line in sheet.lines
            if line.kind in {"field", "list", "ticks"}
        }

    @cached_property
    def ticks(self) -> Mapping[tuple[str, str], Spot]:
        """The cell of every choice that is ticked, by question and choice."""
        return {
            (line.path, line.choice.id): Spot(sheet.title, line.row, VALUE)
            for sheet in self.sheets
            for line in sheet.lines
            if line.choice is not None
        }

    @cached_property
    def sector(self) -> Spot:
        """The cell of the section of the industry, which is a part of its code."""
        return next(
            Spot(sheet.title, line.row, VALUE)
            for sheet in self.sheets
            for line in sheet.lines
            if line.kind == "sector"
        )

    @cached_property
    def by_list(self) -> Mapping[str, Listing]:
        """The listings by the paths of their questions."""
        return {listing.path: listing for listing in self.listings}

    def names(self) -> dict[str, str]:
        """Every name of an answer, and the cell or column it stands for."""
        found = {SECTOR: self.sector.fixed}
        for path, spot in self.spots.items():
            if path not in self.by_list and (path, "") not in self.ticks:
                found[answer_name(path)] = spot.fixed
        for (path, choice), spot in self.ticks.items():
            found[answer_name(path, choice)] = spot.fixed
        for listing in self.listings:
            for number, own in enumerate(listing.fields):
                name = letters(listing.first + number)
                area = f"${name}${LIST_ROW}:${name}${LIST_ROW + SPARE - 1}"
                found[answer_name(own.path)] = f"{quoted(listing.sheet)}!{area}"
        return found


def answer_name(path: str, choice: str | None = None) -> str:
    """The name of the cell of an answer, or of one choice of it; a legal one."""
    tail = "" if choice is None else f"__{choice or 'none_of_these'}"
    return f"{ANSWER}{NOT_LEGAL.sub('_', path.replace('[]', '') + tail).strip('_')}"


def find_places(layout: Layout) -> Places:
    """Where everything stands in the form of this version."""
    words: Mapping[str, Any] = layout.wording.forms["excel"]
    sections = dict(zip(layout.asking.sections, layout.sections, strict=True))
    sheets = []
    for spec in words["sections"]:
        several = len(spec["takes"]) > 1
        rows = _Rows(layout, words)
        for name in spec["takes"]:
            rows.section(sections[name].title if several else "", sections[name].groups)
        sheets.append(Questions(str(spec["title"]), tuple(rows.lines)))
    return Places(layout, words, tuple(sheets), tuple(_listings(layout, words)))


class _Rows:
    """Gives rows to the questions of one sheet."""

    def __init__(self, layout: Layout, words: Mapping[str, Any]) -> None:
        self.layout, self.words = layout, words
        self.lines: list[Line] = []
        self.count = 0

    def section(self, caption: str, groups: Sequence[Any]) -> None:
        """The rows of one section, under a caption where it shares the sheet."""
        for group in groups:
            text = group.caption or caption
            if group.note:
                text = str(self.words["caption"]).format(caption=text, note=group.note)
            if text:
                self._add("caption", text)
            for line in group.lines:
                self._line(line)

    def _line(self, line: Any) -> None:
        own: Field | None = line.field
        if own is not None and own.path == INDUSTRY:
            self._add("sector", str(self.words["sector"]), 0, own)
        self.count += 1
        if own is None or own.kind == "list":
            self._add("list", line.label, self.count, own, None, line.table)
        elif own.kind == "ticks":
            self._add("ticks", line.label, self.count, own)
            for choice in own.choices:
                self._add("tick", choice.label, 0, own, choice)
        else:
            self._add("field", line.label, self.count, own)

    def _add(self, kind: str, label: str, *more: Any) -> None:
        self.lines.append(Line(kind, FIRST_ROW + len(self.lines), label, *more))


def _listings(layout: Layout, words: Mapping[str, Any]) -> Iterator[Listing]:
    """The lists: those in one's own words side by side, each other one in a sheet of its own."""
    column = 1
    for own in layout.fields:
        if own.kind == "list":
            yield Listing(own.path, str(words["lists"]), own.label, column, (own,))
            column += 1
    for table in layout.tables:
        yield Listing(table.path, table.title, table.title, 1, table.fields, table.notes)


def known_at(known: Mapping[str, Any], path: str) -> Any:
    """The answer at a path of nested answers; None where it was not given."""
    data: Any = known
    for piece in path.replace("[", ".[").split("."):
        if piece.startswith("["):
            number = int(piece[1:-1])
            data = data[number] if data is not None and number < len(data) else None
        else:
            data = data.get(piece) if isinstance(data, Mapping) else None
    return data

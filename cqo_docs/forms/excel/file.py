"""A workbook as the reader of a form sees it: visible sheets as grids, the names of their cells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, NamedTuple

from cqo_docs.office.untrusted import UnfitError
from cqo_docs.office.xlsx_container import (
    LARGEST_SMALL_PART,
    MAIN,
    UNREADABLE,
    main_part,
    parsed,
    refusal,
    relationships,
    target,
    watched,
)
from cqo_docs.office.xlsx_reading import Cell, Workbook, column_number, open_workbook

# A form has a few hundred cells; what has far more is none.
MOST_CELLS = 200_000
AREA = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?")
TARGET = re.compile(rf"(?:'((?:[^']|'')+)'|([^'!]+))!({AREA.pattern})")


class Area(NamedTuple):
    """A rectangle of cells."""

    top: int
    left: int
    bottom: int
    right: int

    def holds(self, row: int, column: int) -> bool:
        """Whether a cell lies in it."""
        return self.top <= row <= self.bottom and self.left <= column <= self.right


class Target(NamedTuple):
    """What a name stands for."""

    sheet: str
    area: Area


@dataclass
class Grid:
    """One sheet: its cells that hold anything, by row and column."""

    name: str
    hidden: bool
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    merged: list[tuple[str, Area]] = field(default_factory=list)
    notes: dict[tuple[int, int], str] = field(default_factory=dict)
    """What is pinned to cells."""

    def text(self, row: int, column: int) -> str:
        """The text of a cell; empty for a blank one, a formula nobody has calculated."""
        cell = self.cells.get((row, column))
        return cell.text if cell is not None and cell.kind == "text" else ""

    def rows(self) -> dict[int, dict[int, Cell]]:
        """The cells row by row."""
        found: dict[int, dict[int, Cell]] = {}
        for (row, column), cell in sorted(self.cells.items()):
            found.setdefault(row, {})[column] = cell
        return found


@dataclass(frozen=True)
class FormFile:
    """All of a workbook that a form can hold."""

    grids: Mapping[str, Grid]
    names: Mapping[str, Target]
    """The names of the workbook; those of single sheets, and those that lead nowhere, are not."""
    every_name: frozenset[str]
    properties: Mapping[str, str]
    from_1904: bool


def read_form_file(file: IO[bytes], where: str) -> FormFile:
    """The workbook in a file. Raises CqoError in one plain sentence where it cannot be read."""
    with open_workbook(file, where) as book:
        try:
            states, names = _workbook_part(book)
            grids = {}
            room = MOST_CELLS
            for part in book.sheets:
                grid = Grid(part.name, states.get(part.name, "") in {"hidden", "veryHidden"})
                for row in book.rows(part):
                    room -= len(row.cells)
                    if room < 0:
                        raise UnfitError("file.book-too-large")
                    for cell in row.cells:
                        grid.cells[row.number, cell.column] = cell
                grid.merged = list(_merged(book, part.name))
                grid.notes = _notes(book, part.part)
                grids[part.name] = grid
            properties = _properties(book)
        except UNREADABLE as error:
            raise refusal(error, where) from None
        return FormFile(grids, names, book.names, properties, book.from_1904)


def _workbook_part(book: Workbook) -> tuple[dict[str, str], dict[str, Target]]:
    """Which sheets are hidden, and what the names of the workbook stand for."""
    names: dict[str, Target] = {}
    states: dict[str, str] = {}
    inside: list[str] = []
    text: list[str] = []

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        space, _, name = tag.rpartition(" ")
        if space not in MAIN:
            return
        if name == "sheet":
            states[attributes.get("name", "")] = attributes.get("state", "")
        elif name == "definedName" and "localSheetId" not in attributes:
            inside[:] = [attributes.get("name", "")]
            text.clear()

    def data(piece: str) -> None:
        if inside:
            text.append(piece)

    def end(tag: str) -> None:
        if inside and tag.endswith(" definedName"):
            found = target_of("".join(text))
            if found is not None:
                names[inside[0].lower()] = found
            inside.clear()

    root = main_part(book.archive, set(book.archive.namelist()))
    for _ in parsed(book.archive, root, LARGEST_SMALL_PART, *watched(start, end), data):
        pass
    return states, names


def target_of(text: str) -> Target | None:
    """The cell or area that a name stands for; None where it leads nowhere any more."""
    match = TARGET.fullmatch(text.strip().removeprefix("="))
    if match is None:
        return None
    sheet = match.group(1).replace("''", "'") if match.group(1) else match.group(2)
    return Target(sheet, area_of(match.group(3)))


def area_of(text: str) -> Area:
    """The area that a reference names. Raises UnfitError for what is none."""
    match = AREA.fullmatch(text)
    if match is None:
        raise UnfitError("file.damaged")
    left, top, right, bottom = match.groups()
    first = column_number(left)
    return Area(int(top), first, int(bottom or top), column_number(right) if right else first)


def _merged(book: Workbook, sheet: str) -> Iterator[tuple[str, Area]]:
    for text in book.merged.get(sheet, ()):
        if AREA.fullmatch(text):
            yield text, area_of(text)


def _notes(book: Workbook, part: str) -> dict[tuple[int, int], str]:
    """The notes and remarks pinned to the cells of a sheet."""
    found: dict[tuple[int, int], str] = {}
    names = set(book.archive.namelist())
    for related in relationships(book.archive, part) if _has_relations(part, names) else ():
        own = target(part, related.target)
        if related.kind == "comments" and own in names:
            found |= _comments(book, own)
    return found


def _has_relations(part: str, names: set[str]) -> bool:
    folder, _, name = part.rpartition("/")
    return f"{folder}/_rels/{name}.rels" in names


def _comments(book: Workbook, part: str) -> dict[tuple[int, int], str]:
    found: dict[tuple[int, int], list[str]] = {}
    at: list[tuple[int, int]] = []
    into: list[bool] = []

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        name = tag.rpartition(" ")[2]
        if name == "comment" and AREA.fullmatch(attributes.get("ref", "")):
            area = area_of(attributes["ref"])
            at[:] = [(area.top, area.left)]
        elif name == "t":
            into.append(True)

    def data(piece: str) -> None:
        if into and at:
            found.setdefault(at[0], []).append(piece)

    def end(tag: str) -> None:
        name = tag.rpartition(" ")[2]
        if name == "comment":
            at.clear()
        elif name == "t" and into:
            into.pop()

    for _ in parsed(book.archive, part, LARGEST_SMALL_PART, *watched(start, end), data):
        pass
    return {place: "".join(texts).strip() for place, texts in found.items()}


def _properties(book: Workbook) -> dict[str, str]:
    """The custom properties that are texts."""
    found: dict[str, str] = {}
    names = set(book.archive.namelist())
    name: list[str] = []

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        if tag.endswith(" property"):
            name[:] = [attributes.get("name", "")]

    def data(piece: str) -> None:
        if name:
            found[name[0]] = found.get(name[0], "") + piece

    def end(tag: str) -> None:
        if tag.endswith(" property"):
            name.clear()

    for related in relationships(book.archive, ""):
        part = target("", related.target)
        if related.kind == "custom-properties" and part in names:
            for _ in parsed(book.archive, part, LARGEST_SMALL_PART, *watched(start, end), data):
                pass
    return found


__all__ = ["Area", "FormFile", "Grid", "Target", "read_form_file", "target_of"]

"""What an Excel template holds: its cells, its loops, and the rows that its rows become."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from cqo_docs.base.errors import ContentError, Problem, problem
from cqo_docs.render.calc.formulas import UNKNOWN, Error
from cqo_docs.render.excel_book import Path, Place, Recipe

NAME = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"
TAG = re.compile(rf"\{{\{{\s*({NAME})\s*\}}\}}")
FOR = re.compile(rf"\{{%tr\s+for\s+([^\W\d]\w*)\s+in\s+({NAME})\s*%\}}")
END = re.compile(r"\{%tr\s+endfor\s*%\}")
BRACES = re.compile(r"\{\{|\}\}|\{%|%\}")
# A1, $A$1, A1:B2 and 3:4, with or without the name of one sheet of this workbook.
REFERENCE = re.compile(
    r"(?P<sheet>'(?:[^'\[]|'')+'!|[^\W\d][\w.]*!)?"
    r"(?P<left>\$?[A-Za-z]{1,3})?(?P<pin1>\$?)(?P<row1>\d+)"
    r"(?::(?P<right>\$?[A-Za-z]{1,3})?(?P<pin2>\$?)(?P<row2>\d+))?"
)
CELL = re.compile(r"([A-Z]+)(\d+)")
LAST_ROW = 1_048_576
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
REL_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
PREFIXED = re.compile(
    rb"(?:\xef\xbb\xbf|\s|<\?.*?\?>|<!--.*?-->)*"
    rb"<(\w+):(?:worksheet|chartsheet|workbook|styleSheet|sst|comments|table)\b",
    re.DOTALL,
)
# What would not follow its rows; a result that had it wrong would not be the template's.
UNSUPPORTED = (
    *("x14:dataValidations", "x14:conditionalFormattings", "x14:sparklineGroups"),
    *("x14:slicerList", "legacyDrawingHF", "controls", "oleObjects"),
)
UNSUPPORTED_PARTS = ("pivotTables", "threadedComments")


# ---------------------------------------------------------------- parts


def parse(data: bytes) -> Any:
    """The tree of a part, its own namespace without a prefix."""
    from lxml import etree

    if prefixed := PREFIXED.match(data):
        for old, new in ((b"<%s:", b"<"), (b"</%s:", b"</"), (b"xmlns:%s=", b"xmlns=")):
            data = data.replace(old % prefixed[1], new)
    parser = etree.XMLParser(
        remove_comments=True, remove_pis=True, resolve_entities=False, no_network=True
    )
    return etree.fromstring(data, parser)


def local(element: Any) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def shown_text(element: Any) -> str:
    """The text of a string, whatever its formats, without the phonetic signs above it."""
    runs = element.iterfind(f"{MAIN}r/{MAIN}t")
    return "".join(t.text or "" for t in (*element.iterfind(f"{MAIN}t"), *runs))


# ---------------------------------------------------------------- formulas


class Reference(NamedTuple):
    """One reference of a formula, taken apart; its second row is 0 if it is a single cell."""

    prefix: str
    sheet: str
    left: str
    pin1: str
    row1: int
    right: str
    pin2: str
    row2: int


def letters(column: int) -> str:
    """The name of a column."""
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(column))


def number_of(column: str) -> int:
    """The number of a column by its name, pinned or not."""
    from openpyxl.utils import column_index_from_string

    return int(column_index_from_string(column.replace("$", "")))


@lru_cache(maxsize=4096)
def parse_formula(formula: str) -> tuple[Any, ...]:
    """The tokens of a formula without its equals sign. Raises ValueError where it is none."""
    from openpyxl.formula import Tokenizer
    from openpyxl.formula.tokenizer import TokenizerError

    try:
        return tuple(Tokenizer(f"={formula}").items)
    except TokenizerError:
        raise ValueError(formula) from None


def parse_reference(text: str) -> Reference | None:
    """A reference to cells of a workbook, its upper row first; None for anything else."""
    match = REFERENCE.fullmatch(text)
    if match is None:
        return None
    prefix, left, pin1, row1, right, pin2, row2 = (part or "" for part in match.groups())
    sheet = prefix[:-1]
    if sheet.startswith("'"):
        sheet = sheet[1:-1].replace("''", "'")
    first, second = int(row1), int(row2 or 0)
    if second and second < first:
        first, second, pin1, pin2 = second, first, pin2, pin1
    return Reference(prefix, sheet, left, pin1, first, right, pin2, second)


# ---------------------------------------------------------------- the template


class Cell(NamedTuple):
    """One template cell: fixed, marker, value, text, formula, or array (a formula left alone)."""

    sheet: str
    row: int
    column: int
    element: Any
    kind: str
    content: Any

    @property
    def where(self) -> str:
        """The cell as a problem names it."""
        return f"{self.sheet}!{letters(self.column)}{self.row}"

    @property
    def recipe(self) -> Recipe:
        """How its value is made."""
        if self.kind == "value":
            return "value", (path_of(self.content),)
        return self.kind, pieces_of(self.content)


def path_of(name: str) -> Path:
    """A dotted name taken apart."""
    return tuple(name.split("."))


def pieces_of(text: str) -> tuple[str | Path, ...]:
    """A text with its tags taken apart."""
    mixed = (path_of(piece) if n % 2 else piece for n, piece in enumerate(TAG.split(text)))
    return tuple(piece for piece in mixed if piece)


def place_in(known: list[Any], entry: Any) -> int:
    """The place of an entry in a list that grows as needed."""
    if entry not in known:
        known.append(entry)
    return known.index(entry)


@dataclass(eq=False, slots=True)
class Printed:
    """What a source prints, once or in each turn of a loop.

    Columns of values: keys of a loop's items (k), and values made by recipes (w). Printed are row
    numbers (n) as loop and offset, heights of rows (h), cells (c), formulas (e and f).
    """

    keys: list[str] = field(default_factory=list)
    recipes: list[Recipe] = field(default_factory=list)
    numbers: list[Place] = field(default_factory=list)
    heights: list[tuple[float, tuple[tuple[str, Any], ...]]] = field(default_factory=list)
    cells: list[tuple[str, tuple[str, str, str]]] = field(default_factory=list)
    formulas: list[tuple[Cell, str]] = field(default_factory=list)

    def names(self) -> str:
        """The names of what is printed in one turn."""
        plain = (("n", self.numbers), ("h", self.heights), ("c", self.cells))
        names = [f"{name}{n}" for name, made in plain for n in range(len(made))]
        return ", ".join([*names, *(f"e{n}, f{n}" for n in range(len(self.formulas)))])

    def plain(self) -> dict[str, Any]:
        """The same as data that can be kept; columns of values by their place."""
        return {
            **{name: tuple(getattr(self, name)) for name in ("keys", "recipes", "numbers")},
            "heights": tuple(
                (least, tuple((self.place(name), room) for name, room in wraps))
                for least, wraps in self.heights
            ),
            "cells": tuple((self.place(name), looks) for name, looks in self.cells),
            "looks": tuple(look for _, look in self.formulas),
        }

    def column(self, recipe: Recipe, variable: str = "") -> str:
        """The name of the column with the values of a recipe."""
        kind, pieces = recipe
        if kind == "value" and len(pieces[0]) == 2 and pieces[0][0] == variable:
            return f"k{place_in(self.keys, pieces[0][1])}"
        return f"w{place_in(self.recipes, recipe)}"

    def place(self, name: str) -> int:
        """The place of a column of values among all of them."""
        return int(name[1:]) + (len(self.keys) if name[0] == "w" else 0)


@dataclass(eq=False, slots=True)
class Loop:
    """The sample rows that one list repeats."""

    index: int
    variable: str
    source: str
    where: str
    top: int
    size: int = 0
    start: Place = (0, 1)
    printed: Printed = field(default_factory=Printed)


@dataclass(eq=False, slots=True)
class Sheet:
    """One worksheet; `starts` and `ends` tell the first and the last row that a row becomes."""

    name: str = ""
    part: str = ""
    root: Any = None
    rows: dict[int, Any] = field(default_factory=dict)
    cells: dict[int, dict[int, Cell]] = field(default_factory=dict)
    loops: dict[int, Loop] = field(default_factory=dict)
    markers: set[int] = field(default_factory=set)
    starts: list[Place] = field(default_factory=lambda: [(0, 1)])
    ends: list[Place] = field(default_factory=lambda: [(0, 0)])

    def place(self, row: int, end: bool = False) -> Place:
        """The first row made from a row, or from the next below it; or the last."""
        if row < len(self.ends):
            return self.ends[row] if end else self.starts[row]
        base, offset = self.ends[-1]
        return (0, row) if row >= LAST_ROW else (base, offset + row - len(self.ends) + 1)


class Spot(NamedTuple):
    """Where a formula stands: in a sheet, and in the turns of a loop, whose numbers it collects.

    In a loop without such a list it stands in the first turn.
    """

    sheet: Sheet
    loop: Loop | None = None
    numbers: list[Place] | None = None

    def same_turn(self, loop: Loop | None, pin: str) -> bool:
        """Whether a row of a loop means, from here, the row of the same item."""
        return bool(loop and self.loop and not pin and loop.source == self.loop.source)


@dataclass(slots=True)
class Book:
    """A template that was read."""

    where: str
    parts: dict[str, bytes]
    part: str = ""
    sheets: dict[str, Sheet] = field(default_factory=dict)
    titles: list[str] = field(default_factory=list)
    loops: list[Loop] = field(default_factory=list)
    # The formula behind each defined name, by sheet ("" for the workbook) and lower-case name.
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def fault(self, code: str, cell: str = "", **values: object) -> None:
        """Remember one problem of the template."""
        self.problems.append(problem(code, f"{self.where} {cell}".rstrip(), **values))

    def stop_if_faulty(self) -> None:
        """Raise all problems found so far, each once."""
        if self.problems:
            raise ContentError({repr(found): found for found in self.problems}.values())

    def sheet_of(self, ref: Reference, spot: Spot) -> Sheet | None:
        """The sheet that a reference means; None if there is none, or it is another file's."""
        return self.sheets.get(ref.sheet or spot.sheet.name)

    def targets(self, part: str) -> dict[str, tuple[str, str]]:
        """The parts that a part relates to: id to the last word of the type, and name."""
        folder, base = posixpath.split(part)
        data = self.parts.get(posixpath.join(folder, "_rels", f"{base}.rels"))
        found = {}
        for rel in parse(data) if data else ():
            target = posixpath.normpath(posixpath.join("/", folder, rel.get("Target", "")))
            if rel.get("TargetMode") != "External" and target[1:] in self.parts:
                found[rel.get("Id")] = rel.get("Type").rpartition("/")[2], target[1:]
        return found

    def related(self, part: str, *kinds: str) -> list[str]:
        """The names of the parts of some kinds that a part relates to."""
        return [name for kind, name in self.targets(part).values() if kind in kinds]


# ---------------------------------------------------------------- reading


def read_book(parts: dict[str, bytes], where: str) -> Book:
    """The template. Raises ContentError if it holds what cannot be filled."""
    book = Book(where, parts)
    for name, data in parts.items():
        found = [kind for kind in UNSUPPORTED_PARTS if name.startswith(f"xl/{kind}/")]
        if name.startswith("xl/worksheets/") and name.endswith(".xml"):
            found += [mark for mark in UNSUPPORTED if f"<{mark}".encode() in data]
        for feature in found:
            book.fault("template.unsupported", name, feature=feature)
    (book.part,) = book.related("", "officeDocument")
    root, files = parse(parts[book.part]), book.targets(book.part)
    settings = root.find(f"{MAIN}workbookPr")
    if settings is not None and settings.get("date1904") in ("1", "true"):
        book.fault("template.unsupported", book.part, feature="date1904")
    book.stop_if_faulty()
    tables = [parse(parts[part]) for part in book.related(book.part, "sharedStrings")]
    strings = [shown_text(entry) for table in tables for entry in table]
    for entry in root.iter(f"{MAIN}sheet"):
        title = entry.get("name")
        book.titles.append(title)
        kind, part = files[entry.get(REL_ID)]
        if kind == "worksheet":
            sheet = book.sheets[title] = Sheet(title, part, parse(parts[part]))
            read_cells(sheet, strings, book)
            lay_out(sheet, find_loops(sheet, book))
    if not book.titles:
        raise ValueError(book.part)
    for entry in root.iter(f"{MAIN}definedName"):
        number = entry.get("localSheetId")
        scope = book.titles[int(number)] if number else ""
        book.names[scope, entry.get("name").lower()] = entry.text or ""
    book.stop_if_faulty()
    return book


def read_cells(sheet: Sheet, strings: Sequence[str], book: Book) -> None:
    """Read the rows and cells of a sheet; notes tags and formulas at fault."""
    shared: dict[str, tuple[str, str]] = {}
    row = 0
    for line in sheet.root.iterfind(f"{MAIN}sheetData/{MAIN}row"):
        row = int(line.get("r", row + 1))
        sheet.rows[row], sheet.cells[row] = line, {}
        column = 0
        for element in line.iterfind(f"{MAIN}c"):
            match = CELL.fullmatch(element.get("r", ""))
            column = number_of(match[1]) if match else column + 1
            cell = Cell(sheet.name, row, column, element, *read_content(element, strings))
            if cell.kind == "formula":
                cell = cell._replace(content=unshared(cell, shared))
            sheet.cells[row][column] = cell
            check_cell(cell, book)


def read_content(element: Any, strings: Sequence[str]) -> tuple[str, Any]:
    """The kind of a template cell, and what it holds."""
    kind, value = element.get("t", "n"), element.findtext(f"{MAIN}v")
    formula = element.find(f"{MAIN}f")
    if formula is not None:
        alone = formula.get("t") in ("array", "dataTable")
        return "array" if alone else "formula", formula.text or ""
    if kind in ("s", "inlineStr", "str"):
        inline = element.find(f"{MAIN}is")
        text = value or "" if inline is None else shown_text(inline)
        text = strings[int(value)] if kind == "s" and value else text
        if "{%" in text:
            return "marker", text.strip()
        if not BRACES.search(text):
            return "fixed", text or None
        tag = TAG.fullmatch(text.strip())
        return ("value", tag[1]) if tag else ("text", text)
    if not value:
        return "fixed", None
    if kind in ("b", "e"):
        return "fixed", value == "1" if kind == "b" else Error(value)
    return "fixed", Decimal(value) if kind == "n" else UNKNOWN


def unshared(cell: Cell, shared: dict[str, tuple[str, str]]) -> str:
    """The formula of a cell; most cells of a shared formula only name it."""
    from openpyxl.formula.translate import Translator

    formula, here = cell.element.find(f"{MAIN}f"), f"{letters(cell.column)}{cell.row}"
    if formula.get("t") != "shared":
        return str(cell.content)
    if cell.content:
        shared[formula.get("si")] = cell.content, here
    text, origin = shared[formula.get("si")]
    return str(Translator(f"={text}", origin).translate_formula(here))[1:]


def check_cell(cell: Cell, book: Book) -> None:
    """Note what is wrong with the tags or the formula of a cell."""
    if cell.kind == "text" and BRACES.search(TAG.sub("", cell.content)):
        book.fault("template.bad-tag", cell.where, text=cell.content)
    if cell.kind not in ("formula", "array"):
        return
    if TAG.search(cell.content):
        book.fault("template.bad-tag", cell.where, text=f"={cell.content}")
    if cell.element.find(f"{MAIN}f").get("t") == "dataTable":
        book.fault("template.unsupported", cell.where, feature="dataTable")
    try:
        parse_formula(cell.content)
    except ValueError:
        book.fault("template.bad-formula", cell.where, text=f"={cell.content}")


def find_loops(sheet: Sheet, book: Book) -> dict[int, Loop]:
    """The loops of a sheet by the rows of their opening markers; notes markers at fault."""
    found: dict[int, Loop] = {}
    opened: tuple[Cell, Loop] | None = None
    for cell in (cell for line in sheet.cells.values() for cell in line.values()):
        if cell.kind != "marker":
            continue
        start = FOR.fullmatch(cell.content)
        if start and not opened:
            loop = Loop(len(book.loops), start[1], start[2], cell.where, cell.row + 1)
            opened = cell, loop
        elif opened and END.fullmatch(cell.content) and cell.row > opened[1].top:
            opened[1].size = cell.row - opened[1].top
            found[opened[0].row] = opened[1]
            book.loops.append(opened[1])
            opened = None
        else:
            book.fault("template.bad-loop", cell.where, text=cell.content)
    if opened:
        book.fault("template.bad-loop", opened[0].where, text=opened[0].content)
    return found


def lay_out(sheet: Sheet, loops: Mapping[int, Loop]) -> None:
    """Tell where each row of a sheet goes; marker rows go nowhere."""
    base, above, row = 0, 0, 0
    while row < max(sheet.rows, default=0):
        row += 1
        loop = loops.get(row)
        if loop is None:
            above += 1
            sheet.starts.append((base, above))
            sheet.ends.append((base, above))
            continue
        first, end = above + 1, loop.index + 1
        loop.start = base, first
        # A marker stands for the next row below it, or for the last above.
        sheet.starts.append((base, first))
        sheet.ends.append(sheet.ends[-1])
        for sample in range(loop.size):
            sheet.starts.append((base, first + sample))
            sheet.ends.append((end, first + sample - loop.size))
            sheet.loops[loop.top + sample] = loop
        sheet.starts.append((end, first))
        sheet.ends.append(sheet.ends[-1])
        sheet.markers |= {row, row + loop.size + 1}
        base, row = end, row + loop.size + 1

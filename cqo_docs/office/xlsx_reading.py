"""Read the cells of an .xlsx file as a stream, whoever saved it; refuse what is not one."""

from __future__ import annotations

import re
import tempfile
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import IO, NamedTuple
from zipfile import ZipFile

from cqo_docs.office.untrusted import UnfitError
from cqo_docs.office.xlsx_container import (
    DEEPEST,
    LARGEST_PART,
    MAIN,
    REL,
    UNREADABLE,
    main_part,
    open_container,
    parsed,
    read_small,
    refusal,
    relationships,
    target,
    watched,
)

# The limits of Excel itself, with room for what it calls one character.
LONGEST_TEXT, LAST_COLUMN, LAST_ROW = 66_000, 16_384, 1_048_576
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


class Cell(NamedTuple):
    """One filled cell: its column from 1; text, number, yes-no, day, error or formula; its text.

    A formula is one that nobody has calculated yet. `form` is how a number is shown: general,
    date, percent, text, or as many zeros as it has digits at least (0000).
    """

    column: int
    kind: str
    text: str
    form: str = "general"


class Row(NamedTuple):
    """One row that is not empty, by its number in the sheet."""

    number: int
    cells: list[Cell]


class SheetPart(NamedTuple):
    """One sheet of a workbook and where it is stored."""

    name: str
    part: str


@dataclass
class Workbook:
    """An open workbook: its sheets, the names of its ranges, and the rows of a sheet."""

    archive: ZipFile
    where: str
    sheets: tuple[SheetPart, ...] = ()
    names: frozenset[str] = frozenset()
    from_1904: bool = False
    """Whether its days are counted from 1904, as on old Macintoshes."""
    merged: dict[str, list[str]] = field(default_factory=dict)
    """The areas of merged cells by sheet, once its rows were read to the end."""
    forms: tuple[str, ...] = ()
    strings: _Strings | None = None
    formulas: dict[str, dict[str, str]] = field(default_factory=dict)
    """The formulas of a sheet by their cells, once its rows were read to the end."""

    def __enter__(self) -> Workbook:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the package and the temporary file back; the file given stays open."""
        if self.strings is not None:
            self.strings.close()
        self.archive.close()

    def rows(self, sheet: SheetPart) -> Iterator[Row]:
        """The rows of a sheet that hold anything, one by one. Raises CqoError where damaged."""
        merged = self.merged[sheet.name] = []
        formulas = self.formulas[sheet.name] = {}
        try:
            reader = _SheetReader(self.strings, self.forms, merged, formulas)
            for _ in parsed(self.archive, sheet.part, LARGEST_PART, reader.start, reader.end,
                             reader.data):  # fmt: skip
                yield from reader.taken()
        except UNREADABLE as error:
            raise refusal(error, self.where) from None


def open_workbook(file: IO[bytes], where: str) -> Workbook:
    """The workbook in a file. Raises CqoError with one plain problem where it cannot be read."""
    try:
        book = Workbook(open_container(file), where)
    except UNREADABLE as error:
        raise refusal(error, where) from None
    try:
        _read_parts(book)
    except UNREADABLE as error:
        book.close()
        raise refusal(error, where) from None
    return book


def _read_parts(book: Workbook) -> None:
    """Learn what sheets there are, how numbers are shown, which strings are shared."""
    archive = book.archive
    names = {info.filename for info in archive.infolist()}
    root = main_part(archive, names)
    sheets, ranges = _read_workbook(archive, root, book)
    parts = relationships(archive, root)
    targets = {r.id: target(root, r.target) for r in parts}
    book.sheets = tuple(
        SheetPart(name, targets[rid]) for name, rid in sheets if targets.get(rid) in names
    )
    book.names = frozenset(ranges)
    kinds = {r.kind: target(root, r.target) for r in parts}
    if kinds.get("styles") in names:
        book.forms = _read_forms(archive, kinds["styles"])
    if kinds.get("sharedStrings") in names:
        book.strings = _Strings()
        _read_strings(archive, kinds["sharedStrings"], book.strings)


def _read_workbook(
    archive: ZipFile, part: str, book: Workbook
) -> tuple[list[tuple[str, str]], list[str]]:
    sheets: list[tuple[str, str]] = []
    ranges: list[str] = []
    ids = [f"{space} id" for space in REL]

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        space, _, name = tag.rpartition(" ")
        if space not in MAIN:
            return
        if name == "sheet":
            rid = next((attributes[i] for i in ids if i in attributes), "")
            sheets.append((attributes.get("name", ""), rid))
        elif name == "definedName":
            ranges.append(attributes.get("name", ""))
        elif name == "workbookPr":
            book.from_1904 = attributes.get("date1904") in {"1", "true", "on"}

    read_small(archive, part, start)
    if not sheets:
        raise UnfitError("file.not-a-workbook")
    return sheets, ranges


# How numbers are shown

PERCENTS = {9, 10}
DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
TEXT_FORM = 49
# Texts, escaped signs, fillers and colours in a number format.
NO_PART = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?![hmsHMS]+\])[^\]]*\]')


def form_of(code: str) -> str:
    """What a number format makes of a number: general, date, percent, text, or zeros (0000)."""
    plain = NO_PART.sub("", code.partition(";")[0])
    if plain == "@":
        return "text"
    if "general" in plain.lower():
        return "general"
    if re.search(r"[ymdhsYMDHS年月日]", plain):
        return "date"
    if "%" in plain:
        return "percent"
    return plain if re.fullmatch(r"00+", plain) else "general"


def _read_forms(archive: ZipFile, part: str) -> tuple[str, ...]:
    codes: dict[int, str] = {}
    forms: list[str] = []
    inside: list[bool] = []

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        name = tag.rpartition(" ")[2]
        if name == "numFmt":
            codes[int(attributes.get("numFmtId", 0))] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            inside.append(True)
        elif name == "xf" and inside:
            forms.append(form(int(attributes.get("numFmtId", 0))))

    def form(number: int) -> str:
        if number in codes:
            return form_of(codes[number])
        if number in DATES:
            return "date"
        return "percent" if number in PERCENTS else "text" if number == TEXT_FORM else "general"

    def end(tag: str) -> None:
        if tag.endswith(" cellXfs"):
            inside.clear()

    read_small(archive, part, start, end)
    return tuple(forms)


# Shared strings

BLOCK = 64
BLOCKS_IN_MEMORY = 256


class _Strings:
    """The shared strings of a workbook, in a file; a few blocks of them are at hand."""

    def __init__(self) -> None:
        # The file has no name, so nothing is left of it however the program ends.
        self.file = tempfile.TemporaryFile()  # noqa: SIM115
        self.offsets = array("Q")
        self.pending: list[str] = []
        self.size = 0
        self.block = lru_cache(maxsize=BLOCKS_IN_MEMORY)(self._block)

    def close(self) -> None:
        """Give the file back."""
        self.file.close()

    def add(self, text: str) -> None:
        """Keep one more string."""
        self.pending.append(text)
        if len(self.pending) == BLOCK:
            self.finish()

    def finish(self) -> None:
        """Write what is pending; afterwards strings can be read."""
        # No XML can hold the sign between them.
        data = "\0".join(self.pending).encode("utf-8", "surrogatepass")
        self.offsets.append(self.size)
        self.file.write(data)
        self.size += len(data)
        self.pending.clear()

    def _block(self, number: int) -> list[str]:
        start = self.offsets[number]
        last = number + 1 == len(self.offsets)
        end = self.size if last else self.offsets[number + 1]
        self.file.seek(start)
        return self.file.read(end - start).decode("utf-8", "surrogatepass").split("\0")

    def __getitem__(self, number: int) -> str:
        if number < 0:
            raise IndexError(number)
        return self.block(number // BLOCK)[number % BLOCK]


def _read_strings(archive: ZipFile, part: str, strings: _Strings) -> None:
    parts: list[str] = []
    state = {"text": False, "reading": 0, "length": 0}

    def start(tag: str, _: Mapping[str, str]) -> None:
        name = tag.rpartition(" ")[2]
        if name == "t" and not state["reading"]:
            state["text"] = True
        elif name == "si":
            parts.clear()
            state["length"] = 0
        elif name == "rPh":
            # How a word is pronounced is no part of it.
            state["reading"] += 1

    def data(text: str) -> None:
        if state["text"]:
            state["length"] += len(text)
            if state["length"] > LONGEST_TEXT:
                raise UnfitError("file.damaged")
            parts.append(text)

    def end(tag: str) -> None:
        name = tag.rpartition(" ")[2]
        if name == "t":
            state["text"] = False
        elif name == "si":
            strings.add(unescaped("".join(parts)))
        elif name == "rPh":
            state["reading"] -= 1

    for _ in parsed(archive, part, LARGEST_PART, *watched(start, end), data):
        pass
    strings.finish()


def unescaped(text: str) -> str:
    """The text with the escapes of Excel (_x000D_) turned into the characters they stand for."""
    if "_x" not in text:
        return text
    return ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), text)


# Sheets

# More formulas than this no sheet of ours has.
MOST_FORMULAS = 100_000
KINDS = {"s": "text", "str": "text", "inlineStr": "text", "b": "yes-no", "e": "error", "d": "day"}


class _SheetReader:
    """What the parser of one sheet calls: it gathers cells into rows.

    A large roster has millions of cells: what is called for each of them does as little as it can.
    """

    def __init__(
        self,
        strings: _Strings | None,
        forms: tuple[str, ...],
        merged: list[str],
        formulas: dict[str, str],
    ) -> None:
        self.strings, self.forms, self.merged, self.formulas = strings, forms, merged, formulas
        self.rows: list[Row] = []
        self.cells: list[Cell] = []
        self.row = self.column = 0
        self.columns: dict[str, int] = {}
        self.names: dict[str, str] = {}
        self.cell: Mapping[str, str] | None = None
        self.text: list[str] | None = None
        self.formula: list[str] | None = None
        self.into: list[str] | None = None
        self.depth = self.pronounced = self.length = 0

    def taken(self) -> list[Row]:
        """The rows that are complete, once."""
        rows, self.rows = self.rows, []
        return rows

    def _name(self, tag: str) -> str:
        """The name of an element of a sheet; empty for other elements."""
        space, _, name = tag.rpartition(" ")
        self.names[tag] = result = name if space in MAIN else ""
        return result

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """The parser met the beginning of an element."""
        name = self.names.get(tag)
        if name == "c":
            if self.cell is not None:
                raise UnfitError("file.damaged")
            self.cell = attributes
            self.text = self.formula = None
        elif name == "v" or name == "t":  # noqa: PLR1714 - a million times as fast a test
            if self.into is not None:
                raise UnfitError("file.damaged")
            if self.text is None and not self.pronounced:
                self.text = []
                self.length = 0
            # How a word is pronounced is no part of it.
            self.into = [] if self.pronounced else self.text
        elif name is None:
            self._name(tag)
            self.start(tag, attributes)
        else:
            self.depth += 1
            if self.depth > DEEPEST:
                raise UnfitError("file.damaged")
            if name == "row":
                number = attributes.get("r")
                self.row = int(number) if number else self.row + 1
                self.column = 0
                if not 0 < self.row <= LAST_ROW:
                    raise UnfitError("file.damaged")
            elif name == "f":
                self.into = self.formula = []
                self.length = 0
            elif name == "rPh":
                self.pronounced += 1
            elif name == "mergeCell" and len(self.merged) < LAST_ROW:
                self.merged.append(attributes.get("ref", ""))

    def data(self, text: str) -> None:
        """The parser met text."""
        if self.into is not None:
            self.length += len(text)
            if self.length > LONGEST_TEXT:
                raise UnfitError("file.damaged")
            self.into.append(text)

    def end(self, tag: str) -> None:
        """The parser met the end of an element."""
        name = self.names[tag]
        if name == "c":
            self._take_cell()
            self.cell = self.into = None
        elif name == "v" or name == "t":  # noqa: PLR1714
            self.into = None
        else:
            self.depth -= 1
            if name == "row":
                if self.cells:
                    self.rows.append(Row(self.row, self.cells))
                    self.cells = []
            elif name == "f":
                self.into = None
                if self.cell is not None and len(self.formulas) < MOST_FORMULAS:
                    self.formulas[self.cell.get("r", "")] = "".join(self.formula or ())
            elif name == "rPh":
                self.pronounced -= 1

    def _take_cell(self) -> None:
        get = (self.cell or {}).get
        reference = get("r")
        if reference:
            name = reference.rstrip("0123456789")
            self.column = self.columns.get(name) or self._column(name)
        else:
            self.column += 1
        text = "".join(self.text or ())
        kind = get("t", "n")
        if not text and (self.text is None or kind == "n"):
            # A formula whose result is an empty text says so by its kind.
            if self.formula is not None:
                self._add("formula", "=" + "".join(self.formula))
        elif kind == "n":
            style = int(get("s", 0))
            form = self.forms[style] if style < len(self.forms) else "general"
            self._add("number", text.strip(), form)
        elif kind == "s":
            if self.strings is None:
                raise UnfitError("file.damaged")
            self._add("text", self.strings[int(text)])
        else:
            self._add(KINDS[kind], unescaped(text))

    def _column(self, name: str) -> int:
        self.columns[name] = number = column_number(name)
        return number

    def _add(self, kind: str, text: str, form: str = "general") -> None:
        if len(self.cells) >= LAST_COLUMN:
            raise UnfitError("file.damaged")
        if text:
            self.cells.append(Cell(self.column, kind, text, form))


def column_number(name: str) -> int:
    """The number of a column from its letters, counted from 1. Raises UnfitError for no column."""
    number = 0
    for letter in name.upper():
        if not "A" <= letter <= "Z" or number > LAST_COLUMN:
            raise UnfitError("file.damaged")
        number = number * 26 + ord(letter) - 64
    if not 0 < number <= LAST_COLUMN:
        raise UnfitError("file.damaged")
    return number

"""Read the files of a pack, whoever saved them: paragraphs, rows, cells, headers, formulas."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from cqo_docs.base.errors import CqoError, problem
from cqo_docs.forms import kind_of
from cqo_docs.office.word_package import USUAL_LINKS, open_word
from cqo_docs.office.word_reading import Content, Table, blocks, margin_blocks
from cqo_docs.office.xlsx_reading import open_workbook

LONGEST = 20_000
MOST_UNITS = 20_000
LETTERS = 26
# A formula that stands in another cell.
SHARED = "*"
# No more characters than this: a figure, and no code that a figure would shorten.
EXACT = 20
# What a table or a sheet shows of a number that a binary fraction carries along.
NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]+)?([eE][-+]?[0-9]{1,2})?")
ROW = re.compile(r"\$?\d+")
# How the first bytes of a file tell what it is.
KINDS = {".docx": "word", ".xlsx": "excel", ".ics": "text", ".txt": "text"}
OFFICE = frozenset({".docx", ".xlsx"})


class Unit(NamedTuple):
    """One paragraph, or one row of a table or a sheet."""

    cells: tuple[str, ...]
    table: str = ""
    """Of a row: the sheet, or the number of the table; empty for a paragraph."""
    sheet: bool = False
    row: int = 0
    columns: tuple[int, ...] = ()
    formulas: Mapping[int, str] = {}
    """Of a row of a sheet: what its cells compute, by column."""

    @property
    def text(self) -> str:
        """The words of the unit in one line."""
        return " ".join(cell for cell in self.cells if cell.strip())


class PaperFile(NamedTuple):
    """What stands in one file."""

    units: tuple[Unit, ...]
    margins: tuple[str, ...] = ()
    """What headers and footers say."""
    asides: tuple[str, ...] = ()
    """Footnotes and text boxes."""


def read_paper(path: Path, data: bytes | None = None) -> PaperFile:
    """The words of a Word or Excel file; `data` where its bytes are at hand.

    Raises CqoError with one plain problem where they cannot be read.
    """
    kind = KINDS.get(path.suffix.lower(), "")
    if data is None:
        found = kind_of(path)
        if found != kind:
            code = found if found.startswith("file.") else "verify.other-kind"
            if not path.stat().st_size:
                code = "verify.empty"
            if kind == "excel" and code == "file.damaged-word":
                code = "file.damaged"
            raise CqoError([problem(code, str(path))])
        data = path.read_bytes()
    if kind == "text":
        return _read_text(path, data)
    try:
        return _read_word(path, data) if kind == "word" else _read_excel(path, data)
    except RecursionError:
        code = "file.damaged-word" if kind == "word" else "file.damaged"
        raise CqoError([problem(code, str(path))]) from None


def _read_text(path: Path, data: bytes) -> PaperFile:
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise CqoError([problem("file.not-utf8", str(path))]) from None
    return PaperFile(tuple(Unit((line[:LONGEST],)) for line in lines if line.strip()))


def _read_word(path: Path, data: bytes) -> PaperFile:
    file = open_word(path, io.BytesIO(data), USUAL_LINKS)
    units: list[Unit] = []
    asides: list[str] = []
    tables = 0
    for block in blocks(file):
        if len(units) > MOST_UNITS:
            raise CqoError([problem("file.word-too-large", str(path))])
        if isinstance(block, Content):
            units += _paragraphs(block, asides)
        else:
            tables += 1
            units += _rows(block, str(tables), asides)
    margins = [line for block in margin_blocks(file) for line in _lines(block)]
    return PaperFile(tuple(units), tuple(margins), tuple(asides))


def _paragraphs(content: Content, asides: list[str]) -> Iterator[Unit]:
    _note_asides(content, asides)
    for line in content.text.split("\n"):
        if line.strip():
            yield Unit((line[:LONGEST],))


def _rows(table: Table, name: str, asides: list[str]) -> Iterator[Unit]:
    for number, row in enumerate(table.rows, 1):
        if len(row) == 1:
            # A frame around running text, not a row of a form.
            yield from _paragraphs(row[0].content, asides)
            continue
        columns, column = [], 1
        for cell in row:
            _note_asides(cell.content, asides)
            columns.append(column)
            column += cell.span
        texts = tuple(cell.content.text[:LONGEST] for cell in row)
        if any(text.strip() for text in texts):
            yield Unit(texts, name, False, number, tuple(columns))


def _note_asides(content: Content, asides: list[str]) -> None:
    # A comment is no part of the paper.
    asides += [o.text for o in content.odd if o.kind in SAID_ASIDE and o.text.strip()]


SAID_ASIDE = frozenset({"footnote", "endnote", "box", "table-inside"})


def _lines(block: Content | Table) -> Iterator[str]:
    if isinstance(block, Content):
        yield from (line for line in block.text.split("\n") if line.strip())
    else:
        yield from (c.content.text for row in block.rows for c in row if c.content.text.strip())


def _read_excel(path: Path, data: bytes) -> PaperFile:
    units: list[Unit] = []
    with open_workbook(io.BytesIO(data), str(path)) as book:
        for sheet in book.sheets:
            start = len(units)
            for row in book.rows(sheet):
                cells = [c for c in row.cells if c.text.strip()]
                if len(units) > MOST_UNITS:
                    raise CqoError([problem("file.book-too-large", str(path))])
                if cells:
                    texts = tuple("" if c.kind == "formula" else c.text[:LONGEST] for c in cells)
                    units.append(
                        Unit(texts, sheet.name, True, row.number, tuple(c.column for c in cells))
                    )
            # The formulas of a sheet are known once it is read to its end.
            formulas: dict[int, dict[int, str]] = {}
            for place, formula in book.formulas[sheet.name].items():
                column, number = cell_place(place)
                formulas.setdefault(number, {})[column] = plain_formula(formula)
            units[start:] = [
                unit._replace(formulas=formulas.get(unit.row, {})) for unit in units[start:]
            ]
    return PaperFile(tuple(units))


def cell_place(name: str) -> tuple[int, int]:
    """Column and row of a cell by its name: G5 is (7, 5)."""
    letters = name.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * LETTERS + ord(letter) - 64
    return column, int(name[len(letters) :] or 0)


def cell_name(column: int, row: int) -> str:
    """The name of a cell: (7, 5) is G5."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, LETTERS)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def plain_formula(formula: str) -> str:
    """A formula as formulas are compared: without what each program writes in its own way.

    Excel writes a formula that is filled down once, and refers to it in the other cells.
    """
    if not formula:
        return SHARED
    text = re.sub(r"""_xlfn\.|_xlws\.|[\s'=]""", "", formula).upper()
    return ROW.sub("#", text)


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """A text as texts are compared: without spaces, full-width forms like the usual ones."""
    if len(text) <= EXACT and NUMBER.fullmatch(text):
        return f"{float(text):.12g}"
    return "".join(unicodedata.normalize("NFKC", text).split())


def plain_unit(unit: Unit) -> tuple[Any, ...]:
    """A unit as units are compared; a cell that computes is what it computes."""
    if not unit.columns:
        return (plain(unit.cells[0]),)
    return tuple(
        (column, unit.formulas.get(column) or plain(cell))
        for column, cell in zip(unit.columns, unit.cells, strict=True)
    )

"""Fill an Excel template: typed values, rows that repeat, references that follow the rows.

A cell that holds exactly `{{ name }}` takes the value with its type. A row that starts with
`{%tr for r in items %}`, sample rows and a row with `{%tr endfor %}` repeat per item; an empty
list leaves one blank sample row, so that every range stays valid.
"""

from __future__ import annotations

import datetime
import difflib
import io
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import escape
from zipfile import BadZipFile

from cqo_docs.errors import ContentError, Problem, problem
from cqo_docs.render.excel_parts import (
    Area,
    bare_copy,
    carried_drawings,
    lost_features,
    read_merges,
    read_parts,
    workbook_bytes,
)
from cqo_docs.render.excel_rows import (
    PLAIN,
    Layout,
    Loop,
    Row,
    Spot,
    lay_out,
    move_formula,
    move_text,
)

NAME = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"
TAG = re.compile(rf"\{{\{{\s*({NAME})\s*\}}\}}")
FOR = re.compile(rf"\{{%tr\s+for\s+([^\W\d]\w*)\s+in\s+({NAME})\s*%\}}")
END = re.compile(r"\{%tr\s+endfor\s*%\}")
BRACES = re.compile(r"\{\{|\}\}|\{%|%\}")
# XML cannot carry these characters.
UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Excel reads _x0041_ in a text as the letter A.
HEX_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
LONG_WORD = re.compile("[!-~]{6}")
WORD = re.compile("[!-~]+|.", re.DOTALL)
LONGEST_TEXT = 32_767
LONGEST_HEADER = 255
HEADERS = ("oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter")
TALLEST_ROW = 409.0


def render_excel(template: Path, context: Mapping[str, object]) -> bytes:
    """The filled workbook; equal input gives equal bytes.

    `context["as_of"]`, a date, becomes the date of the file. Raises ContentError that names
    every cell at fault.
    """
    from openpyxl import load_workbook

    filling = Filling(str(template), context)
    try:
        parts = read_parts(template.read_bytes())
        for part, feature in lost_features(parts):
            filling.fault("template.unsupported", part, feature=feature)
        filling.stop_if_faulty()
        merges = read_merges(parts)
        book: Any = load_workbook(io.BytesIO(bare_copy(parts)), rich_text=True)
    except (BadZipFile, KeyError, StopIteration, SyntaxError, TypeError, ValueError):
        raise ContentError([problem("template.unreadable", str(template))]) from None
    as_of, title = context.get("as_of"), context.get("title")
    if not isinstance(as_of, datetime.date):
        filling.fault("template.unknown-field", name="as_of", near="")
    for sheet in book.worksheets:
        height = max([sheet.max_row, *sheet.row_dimensions])
        filling.layouts[sheet.title] = lay_out(height, find_blocks(sheet, filling))
    filling.stop_if_faulty()
    for sheet in book.worksheets:
        fill_sheet(sheet, merges[sheet.title], filling)
        fill_headers(sheet, filling)
        move_marks(sheet, filling)
    move_names(book, filling)
    drawings = carried_drawings(
        parts, filling.layouts, lambda xml, part: filling.text(xml, part, dress=escape)
    )
    filling.stop_if_faulty()
    assert isinstance(as_of, datetime.date)
    name = UNFIT.sub("", title) if isinstance(title, str) else None
    return workbook_bytes(book, as_of, name, drawings)


@dataclass(slots=True)
class Filling:
    """One rendering: what is looked up, where the rows went, what was wrong."""

    file: str
    context: Mapping[str, object]
    layouts: dict[str, Layout] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def fault(self, code: str, cell: str = "", **values: object) -> None:
        """Remember one problem of the template or of a value."""
        self.problems.append(problem(code, f"{self.file} {cell}".rstrip(), **values))

    def stop_if_faulty(self) -> None:
        """Raise all problems found so far, each once."""
        if self.problems:
            raise ContentError({repr(found): found for found in self.problems}.values())

    def text(
        self, text: str, where: str, row: Row = PLAIN, dress: Callable[[str], str] = str
    ) -> str:
        """A text with its tags filled; what a value holds is never read as a tag."""

        def filled(tag: re.Match[str]) -> str:
            return dress(UNFIT.sub("", shown(self.value(tag[1], row, where))))

        return TAG.sub(filled, text)

    def value(self, name: str, row: Row, cell: str) -> object:
        """What a dotted name stands for; an unknown one is remembered and gives None."""
        scope: object = self.context
        if row.loop and name.split(".", 1)[0] == row.loop.variable:
            scope = {row.loop.variable: row.loop.items[row.turn]}
        for key in name.split("."):
            if not isinstance(scope, Mapping) or key not in scope:
                known = [str(k) for k in scope] if isinstance(scope, Mapping) else []
                near = "".join(difflib.get_close_matches(key, known, 1))
                self.fault("template.unknown-field", cell, name=name, near=near)
                return None
            scope = scope[key]
        return scope


def find_blocks(sheet: Any, filling: Filling) -> dict[int, tuple[int, Loop]]:
    """The loops of a sheet: the row of the opening marker to that of the closing one, and loop."""
    blocks: dict[int, tuple[int, Loop]] = {}
    opened: tuple[int, str, str] | None = None
    for row, cell, marker in _markers(sheet):
        start = FOR.fullmatch(marker)
        if start and not opened:
            opened = row, cell, marker
            loop = make_loop(start[1], start[2], filling, cell)
        elif opened and END.fullmatch(marker) and row > opened[0] + 1:
            blocks[opened[0]] = row, loop
            opened = None
        else:
            filling.fault("template.bad-loop", cell, text=marker)
    if opened:
        filling.fault("template.bad-loop", opened[1], text=opened[2])
    return blocks


def _markers(sheet: Any) -> Iterator[tuple[int, str, str]]:
    for (row, _), cell in sorted(sheet._cells.items()):
        if isinstance(cell.value, str | list) and "{%" in str(cell.value):
            yield row, f"{sheet.title}!{cell.coordinate}", str(cell.value).strip()


def make_loop(variable: str, source: str, filling: Filling, cell: str) -> Loop:
    """The loop over a list of rows that the context holds."""
    faults = len(filling.problems)
    items = filling.value(source, PLAIN, cell)
    if not isinstance(items, list | tuple) or not all(isinstance(i, Mapping) for i in items):
        if len(filling.problems) == faults:
            filling.fault("template.not-rows", cell, name=source)
        items = ()
    return Loop(variable, source, items)


class Recipe(NamedTuple):
    """How one template cell becomes a cell of the result."""

    kind: str  # fixed, value, text, formula or array
    pieces: tuple[Any, ...] = ()


class Sample(NamedTuple):
    """One template cell, its recipe, and its room for text that wraps (in half-width signs)."""

    column: int
    cell: Any
    where: str
    recipe: Recipe
    room: float
    line: float


def fill_sheet(sheet: Any, merges: Sequence[Area], filling: Filling) -> None:
    """Put the rows of the result in the place of the template's rows."""
    from openpyxl.cell.cell import Cell

    samples = read_samples(sheet, merges, filling)
    move_merges(sheet, merges, filling.layouts[sheet.title])
    heights = dict(sheet.row_dimensions)
    sheet.row_dimensions.clear()
    sheet._cells = {}
    for place, row in enumerate(filling.layouts[sheet.title].rows, 1):
        spot = Spot(sheet.title, row)
        height = 0.0
        for sample in samples.get(row.source, ()):
            cell: Any = sample.cell
            if row.loop:
                cell = Cell(sheet, place, sample.column)
                cell.data_type = sample.cell.data_type
            cell.row = place
            cell._style = sample.cell._style
            _copy_links(sample.cell, cell, spot, filling)
            sheet._cells[place, sample.column] = cell
            fill_cell(cell, sample, spot, filling)
            if sample.room and cell.data_type == "s" and cell._value:
                height = max(height, text_height(str(cell._value), sample.room, sample.line))
        if row.source in heights:
            sheet.row_dimensions[place] = _row_dimension(heights[row.source], place, height, row)


def read_samples(sheet: Any, merges: Sequence[Area], filling: Filling) -> dict[int, list[Sample]]:
    """The cells of the template by row."""
    widths = column_widths(sheet)
    spans = {(area.top, area.left): area.right for area in merges if area.top == area.bottom}
    book = sheet.parent
    samples: dict[int, list[Sample]] = {}
    for (row, column), cell in sheet._cells.items():
        where = f"{sheet.title}!{cell.coordinate}"
        recipe = read_recipe(cell, where, filling)
        room = line = 0.0
        if recipe.kind in ("value", "text") and cell._style is not None:
            size = float(book._fonts[cell._style.fontId].sz or 11)
            line = size * 1.4
            if book._alignments[cell._style.alignmentId].wrap_text:
                last = spans.get((row, column), column)
                width = sum(widths.get(c, 8.5) for c in range(column, last + 1))
                # A column's width counts digits of an 11 point font; a line may lose one sign.
                room = max(2.0, width * 12 / size - 2)
        samples.setdefault(row, []).append(Sample(column, cell, where, recipe, room, line))
    return samples


def column_widths(sheet: Any) -> dict[int, float]:
    """The width of each column that has its own, in signs of the default font."""
    from openpyxl.utils import column_index_from_string

    widths = {}
    for letter, dim in sheet.column_dimensions.items():
        start = dim.min or column_index_from_string(letter)
        # A template may style all columns up to the last; no cell lies that far out.
        for column in range(start, min(dim.max or start, start + 200) + 1):
            widths[column] = float(dim.width)
    return widths


def read_recipe(cell: Any, where: str, filling: Filling) -> Recipe:
    """What to do with one template cell."""
    value = cell._value
    if getattr(value, "t", "") == "array":
        return Recipe("array", (value.ref, value.text))
    if cell.data_type == "f" and isinstance(value, str):
        if TAG.search(value):
            filling.fault("template.bad-tag", where, text=value)
        return Recipe("formula", (value,))
    if not isinstance(value, str | list) or not BRACES.search(text := str(value)):
        return Recipe("fixed", (value,))
    if FOR.fullmatch(text.strip()) or END.fullmatch(text.strip()):
        return Recipe("fixed")
    if BRACES.search(TAG.sub("", text)):
        filling.fault("template.bad-tag", where, text=text)
    alone = TAG.fullmatch(text.strip())
    return Recipe("value", (alone[1],)) if alone else Recipe("text", (text,))


def fill_cell(cell: Any, sample: Sample, spot: Spot, filling: Filling) -> None:
    """Give one cell of the result its value or formula."""
    kind, pieces = sample.recipe
    row, where = spot.row, sample.where
    if row.is_blank:
        if kind != "fixed" or pieces[0] is not None:
            put_value(cell, None, where, filling)
    elif kind == "fixed":
        if row.loop and pieces[0] is not None:
            cell._value = pieces[0]
    elif kind == "formula":
        cell._value = move_formula(pieces[0], spot, filling.layouts)
    elif kind == "array":
        moved = copy(sample.cell._value)
        moved.ref = move_text(pieces[0], spot, filling.layouts)
        moved.text = move_formula(pieces[1], spot, filling.layouts)
        cell._value = moved
    elif kind == "value":
        put_value(cell, filling.value(pieces[0], row, where), where, filling)
    else:
        put_value(cell, filling.text(pieces[0], where, row), where, filling)


def fill_headers(sheet: Any, filling: Filling) -> None:
    """Fill the tags of page headers and footers, where `&` starts a command."""
    for kind in HEADERS:
        where = f"{sheet.title} {kind}"
        page = getattr(sheet.HeaderFooter, kind)
        parts = [part for part in (page.left, page.center, page.right) if part.text]
        for part in parts:
            part.text = filling.text(part.text, where, dress=lambda text: text.replace("&", "&&"))
        length = sum(len(f"&L{part}") for part in parts)
        if length > LONGEST_HEADER:
            filling.fault("template.text-too-long", where, length=length, limit=LONGEST_HEADER)


def shown(value: object) -> str:
    """A value as part of a longer text."""
    if value is None:
        return ""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def put_value(cell: Any, value: object, where: str, filling: Filling) -> None:
    """Store a typed value; text never becomes a formula, an error or a number."""
    if value is None or value == "":
        cell._value, cell.data_type = None, "n"
    elif isinstance(value, str):
        put_text(cell, value, where, filling)
    elif isinstance(value, bool | int | float | Decimal) and math.isfinite(value):
        cell._value, cell.data_type = value, "b" if isinstance(value, bool) else "n"
    elif isinstance(value, datetime.date):
        # A first date gives the cell a format of its own; the style of the others stays.
        cell._style = copy(cell._style)
        cell.value = value
    else:
        filling.fault("template.value-type", where, type=type(value).__name__, value=value)


def put_text(cell: Any, text: str, where: str, filling: Filling) -> None:
    """Store a text exactly as it is, whatever it starts with."""
    text = UNFIT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    if "_x" in text:
        text = HEX_ESCAPE.sub("_x005F_", text)
    if len(text) > LONGEST_TEXT:
        filling.fault("template.text-too-long", where, length=len(text), limit=LONGEST_TEXT)
        return
    cell._value, cell.data_type = text, "s"
    if text.startswith(("=", "+", "-", "@")):
        cell._style = copy(cell._style)
        cell.quotePrefix = True


def text_height(text: str, room: float, line: float) -> float:
    """The height that a wrapped text needs; a Chinese sign is as wide as two others."""
    return sum(count_lines(piece, room) for piece in text.split("\n")) * line + 5


def count_lines(text: str, room: float) -> int:
    """The lines that one paragraph takes, where words of other scripts stay whole."""
    width = 2 * len(text) - len(text.encode("ascii", "ignore"))
    if width <= room:
        return 1
    if not LONG_WORD.search(text):
        return math.ceil(width / room)
    lines, used = 1, 0.0
    for word in WORD.findall(text):
        width = len(word) if word.isascii() else 2
        if used and used + width > room:
            lines, used = lines + 1, 0.0
        used += width
        while used > room:
            lines, used = lines + 1, used - room
    return lines


def _copy_links(old: Any, new: Any, spot: Spot, filling: Filling) -> None:
    if old.comment is not None and new is not old:
        new.comment = copy(old.comment)
    if old.hyperlink is not None:
        link = new._hyperlink = copy(old.hyperlink)
        link.ref = new.coordinate
        if link.location:
            link.location = move_text(link.location, spot, filling.layouts)


def _row_dimension(old: Any, place: int, height: float, row: Row) -> Any:
    from openpyxl.worksheet.dimensions import RowDimension

    return RowDimension(
        old.parent,
        index=place,
        # The template's height is the least; a row without one is left to the application.
        ht=None if old.ht is None else min(TALLEST_ROW, max(old.ht, height)),
        s=old._style,
        hidden=old.hidden,
        outlineLevel=old.outlineLevel,
        collapsed=old.collapsed,
        thickBot=old.thickBot,
        thickTop=old.thickTop,
    )


# ---------------------------------------------------------------- what else knows its rows


def move_marks(sheet: Any, filling: Filling) -> None:
    """Move validations, conditional formats, filters, tables, breaks, views and print areas."""
    layout = filling.layouts[sheet.title]
    spot = Spot(sheet.title, PLAIN)
    move_validations(sheet, filling, layout)
    move_conditions(sheet, filling, layout)
    filters = [sheet.auto_filter]
    for table in sheet.tables.values():
        table.ref = move_text(table.ref, spot, filling.layouts)
        filters.append(table.autoFilter)
    for found in filters:
        if found is not None and found.ref:
            found.ref = move_text(found.ref, spot, filling.layouts)
    for stop in sheet.row_breaks.brk:
        stop.id = layout.last(stop.id)
    for view in sheet.views.sheetView:
        view.topLeftCell = None
        if view.pane is not None and view.pane.topLeftCell:
            view.pane.topLeftCell = _first_cell(view.pane.topLeftCell, layout)
        for selection in view.selection:
            selection.activeCell = _first_cell(selection.activeCell or "A1", layout)
            selection.sqref = selection.activeCell
    if sheet.print_area:
        areas = [area.split("!")[-1] for area in str(sheet.print_area).split(",")]
        sheet.print_area = ",".join(move_text(area, spot, filling.layouts) for area in areas)
    if sheet.print_title_rows:
        sheet.print_title_rows = move_text(sheet.print_title_rows, spot, filling.layouts)


def _first_cell(cell: str, layout: Layout) -> str:
    column = cell.rstrip("0123456789")
    return f"{column}{layout.first(int(cell[len(column) :]))}"


def move_merges(sheet: Any, merges: Sequence[Area], layout: Layout) -> None:
    """Repeat the merges of sample rows; let those that reach over a loop grow."""
    from openpyxl.worksheet.cell_range import CellRange, MultiCellRange

    moved = []
    for area in merges:
        loop = layout.loops.get(area.top)
        if loop is not None and layout.loops.get(area.bottom) is loop:
            tops, bottoms = layout.places[area.top], layout.places[area.bottom]
        else:
            tops, bottoms = [layout.first(area.top)], [layout.last(area.bottom)]
        moved += [
            CellRange(None, area.left, top, area.right, bottom)
            for top, bottom in zip(tops, bottoms, strict=True)
        ]
    sheet.merged_cells = MultiCellRange()
    # Its own `add` compares every range with every other.
    sheet.merged_cells.ranges.update(moved)


def move_validations(sheet: Any, filling: Filling, layout: Layout) -> None:
    """Let input rules cover the rows that came from their cells."""
    from openpyxl.worksheet.cell_range import MultiCellRange

    for rule in sheet.data_validations.dataValidation:
        spot = _home(sheet, rule.sqref, layout)
        rule.formula1, rule.formula2 = (
            move_text(text, spot, filling.layouts) if text else text
            for text in (rule.formula1, rule.formula2)
        )
        rule.sqref = MultiCellRange(_areas(rule.sqref, layout))


def move_conditions(sheet: Any, filling: Filling, layout: Layout) -> None:
    """Let conditional formats cover the rows that came from their cells."""
    from openpyxl.formatting.formatting import ConditionalFormattingList

    moved = ConditionalFormattingList()
    for area in sheet.conditional_formatting:
        spot = _home(sheet, area.sqref, layout)
        for rule in area.rules:
            rule.formula = [move_text(text, spot, filling.layouts) for text in rule.formula]
            moved.add(_areas(area.sqref, layout), rule)
    sheet.conditional_formatting = moved


def _areas(sqref: Any, layout: Layout) -> str:
    from openpyxl.utils import get_column_letter as letter

    return " ".join(
        f"{letter(area.min_col)}{top}:{letter(area.max_col)}{bottom}"
        for area in sorted(sqref.ranges, key=lambda a: (a.min_row, a.min_col))
        for top, bottom in layout.runs(area.min_row, area.max_row)
    )


def _home(sheet: Any, sqref: Any, layout: Layout) -> Spot:
    return Spot(sheet.title, layout.row_at(min(area.min_row for area in sqref.ranges)))


def move_names(book: Any, filling: Filling) -> None:
    """Let defined names follow their cells."""
    for sheet in (book, *book.worksheets):
        spot = Spot(getattr(sheet, "title", ""), PLAIN)
        for name in sheet.defined_names.values():
            if name.attr_text:
                name.attr_text = move_text(name.attr_text, spot, filling.layouts)

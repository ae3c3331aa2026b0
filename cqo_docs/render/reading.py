"""A filled Word or Excel file out as a page to read: its paragraphs and tables in their order."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from cqo_docs.office.word_package import USUAL_LINKS, WordFile, open_word
from cqo_docs.office.word_reading import Content, Paragraph, Table, blocks
from cqo_docs.office.word_styles import Style, Styles
from cqo_docs.papers.composer import Document
from cqo_docs.render import Renderer, template_name
from cqo_docs.render.comments import MARK, marked_context

# How Word names the kinds of paragraphs that lead a text, in whatever language it runs.
LEADING = {"title": "title", "heading 1": "heading1", "heading 2": "heading2"}
# What stands on the page beside the text of a paragraph.
PRINTED_BESIDE = frozenset({"box", "formula"})
DAY = re.compile(r'"([^"]*)"|(yyyy|m+|d+)')


class Line(NamedTuple):
    """One paragraph: what kind it is, how it is set, its words, and which paragraph it prints."""

    kind: str
    """title, heading1, heading2, or text."""
    align: str
    indent: bool
    text: str
    block: str = ""
    """The id of the composed paragraph; empty for the words of the template and its fields."""


class Cell(NamedTuple):
    """One cell of a table with what stands in it."""

    content: tuple[Line | Grid, ...]
    columns: int = 1
    rows: int = 1
    head: bool = False
    figure: bool = False


class Grid(NamedTuple):
    """A table by its rows."""

    rows: tuple[tuple[Cell, ...], ...]
    widths: tuple[int, ...] = ()
    """The share of each column in hundredths; empty where it is not known."""


class Sheet(NamedTuple):
    """One sheet of a workbook."""

    name: str
    grid: Grid


Page = tuple[Line | Grid, ...]


def word_page(papers: Sequence[Document], renderer: Renderer) -> Page:
    """The Word file of one or more papers that share it, as it would be printed."""
    template = template_name(papers[0].template, "docx")
    data = renderer.template(template)(marked_context(papers))
    file = open_word(renderer.path(template), io.BytesIO(data), USUAL_LINKS)
    return page_of(file, [block.id for paper in papers for block in paper.blocks])


def page_of(file: WordFile, ids: Sequence[str] = ()) -> Page:
    """A Word file as a page; `ids` are those of the paragraphs that it has marks of."""
    title_size = next((s.size for s in Styles(file.styles) if _leading(s) == "title"), 0)
    # A tab sets words apart on a page.
    found = (_part(block, ids, title_size) for block in blocks(file, tab="\t"))
    return tuple(item for items in found for item in items)


def _part(part: Content | Table, ids: Sequence[str], title_size: int) -> Iterator[Line | Grid]:
    """The lines and tables of one part of a file; what says nothing is left out."""
    if isinstance(part, Table):
        yield _grid(part, ids, title_size)
        return
    for one in part.parts:
        if isinstance(one, Table):
            yield _grid(one, ids, title_size)
        elif (text := part.words(one)).strip():
            yield _line(one, text, ids, title_size)
    for odd in part.odd:
        if odd.kind in PRINTED_BESIDE and odd.text.strip():
            yield Line("text", "", False, odd.text)


def _line(paragraph: Paragraph, text: str, ids: Sequence[str], title_size: int) -> Line:
    kind, align = _leading(paragraph.style), paragraph.align
    if kind == "text" and align == "center" and 0 < title_size <= paragraph.style.size:
        # Above a number, a title has a style of its own.
        kind = "title"
    mark = MARK.search(text)
    block = ids[int(mark[1])] if mark else ""
    return Line(kind, align, paragraph.indent, MARK.sub("", text), block)


def _leading(style: Style) -> str:
    return next((LEADING[name] for name in style.names if name in LEADING), "text")


def _grid(table: Table, ids: Sequence[str], title_size: int) -> Grid:
    rows: list[list[Cell]] = []
    # By column: where the cell that reaches down into the row began.
    above: dict[int, tuple[int, int]] = {}
    for number, seen in enumerate(table.rows):
        cells: list[Cell] = []
        column = 0
        for cell in seen:
            if cell.below and column in above:
                at, place = above[column]
                first = rows[at][place]
                rows[at][place] = first._replace(rows=first.rows + 1)
            elif not cell.below:
                above[column] = (len(rows), len(cells))
                content = tuple(_part(cell.content, ids, title_size))
                cells.append(Cell(content, cell.span, 1, number < table.heads))
            column += cell.span
        rows.append(cells)
    return Grid(tuple(tuple(row) for row in rows), _shares(table.widths))


def sheets(document: Document, renderer: Renderer) -> tuple[Sheet, ...]:
    """The sheets of the workbook of a paper, with the figures as they are shown."""
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(renderer(document, "xlsx")), data_only=True)
    found = tuple(
        Sheet(sheet.title, _sheet_grid(sheet))
        for sheet in book.worksheets
        if sheet.sheet_state == "visible"
    )
    book.close()
    return found


def _sheet_grid(sheet: Any) -> Grid:
    merged = {(r.min_row, r.min_col): r for r in sheet.merged_cells.ranges}
    covered = {
        (row, column)
        for r in merged.values()
        for row in range(r.min_row, r.max_row + 1)
        for column in range(r.min_col, r.max_col + 1)
    } - merged.keys()
    heads = _head_rows(sheet)
    rows = []
    for row in sheet.iter_rows():
        cells = []
        for cell in row:
            if (cell.row, cell.column) in covered:
                continue
            span = merged.get((cell.row, cell.column))
            text = shown(cell.value, cell.number_format)
            line = (Line("text", "", False, text),) if text else ()
            cells.append(
                Cell(
                    line,
                    span.max_col - span.min_col + 1 if span else 1,
                    span.max_row - span.min_row + 1 if span else 1,
                    cell.row in heads,
                    isinstance(cell.value, (int, float)),
                )
            )
        rows.append(tuple(cells))
    columns = [sheet.column_dimensions[c].width for c in _letters(sheet)]
    return Grid(tuple(rows), _shares(columns))


def _letters(sheet: Any) -> list[str]:
    from openpyxl.utils import get_column_letter

    return [get_column_letter(n) for n in range(sheet.min_column, sheet.max_column + 1)]


def _shares(widths: Sequence[float]) -> tuple[int, ...]:
    whole = sum(widths)
    return tuple(round(width / whole * 100) for width in widths) if whole and min(widths) else ()


def _head_rows(sheet: Any) -> range:
    """The rows that every printed page repeats: those are the headings of the columns."""
    numbers = re.findall(r"\d+", str(sheet.print_title_rows or ""))
    return range(int(numbers[0]), int(numbers[-1]) + 1) if numbers else range(0)


def shown(value: Any, form: str) -> str:
    """The value of a cell as its format shows it: figures, shares, days, words."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, date):
        if '"' not in form:
            return value.strftime("%Y-%m-%d")
        parts = {"y": value.year, "m": value.month, "d": value.day}
        return "".join(w or str(parts[token[0]]) for w, token in DAY.findall(form))
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    if not value and '[=0]""' in form:
        return ""
    if not value and '"—"' in form:
        return "—"
    decimals = len(m[1]) if (m := re.search(r"\.(0+)", form)) else 0
    if "%" in form:
        return f"{value:.{decimals}%}"
    if "#,##0" in form:
        return f"{value:,.{decimals}f}"
    return f"{value:.{decimals}f}" if decimals else f"{value:.12g}"

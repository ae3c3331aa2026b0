"""A filled Word or Excel file out as a page to read: its paragraphs and tables in their order."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from cqo_docs.office.package import read_package
from cqo_docs.papers.composer import Document
from cqo_docs.render import Renderer, template_name
from cqo_docs.render.comments import MARK, STYLES, marked_context, related
from cqo_docs.render.word import MAIN, W

# How Word names the kinds of paragraphs that lead a text, in whatever language it runs.
LEADING = {"title": "title", "heading 1": "heading1", "heading 2": "heading2"}
# Styles that rest on each other in a ring are somebody's mistake.
DEEPEST = 12
# What Word writes of a merged cell below the first.
BELOW = "continue"
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
    members = read_package(renderer.template(template)(marked_context(papers)))
    name = related(members, "", MAIN)
    styles = related(members, name, f"/{STYLES}")
    looks = _looks(members[styles]) if styles in members else {}
    blocks = [block.id for paper in papers for block in paper.blocks]
    body = _tree(members[name]).find(f"{W}body")
    return tuple(_Reader(looks, blocks).content(body)) if body is not None else ()


class _Look(NamedTuple):
    """What of a style matters here."""

    name: str = ""
    align: str = ""
    indent: bool = False
    size: int = 0
    base: str = ""


def _looks(part: bytes) -> dict[str, _Look]:
    """The styles of paragraphs by their ids, each with what it takes from those it rests on."""
    own = {}
    for style in _tree(part).iter(f"{W}style"):
        look = style.find(f"{W}pPr")
        base = style.find(f"{W}basedOn")
        own[str(style.get(f"{W}styleId"))] = _Look(
            str(_value(style, "name")).lower(),
            _align(look),
            _indent(look),
            int(_value(style.find(f"{W}rPr"), "sz") or 0),
            str(base.get(f"{W}val")) if base is not None else "",
        )
    return {name: _inherited(name, own) for name in own}


def _inherited(name: str, own: Mapping[str, _Look]) -> _Look:
    found = _Look()
    for _ in range(DEEPEST):
        look = own.get(name)
        if look is None:
            break
        leading = found.name if found.name in LEADING else look.name
        found = _Look(
            leading, found.align or look.align, found.indent or look.indent, found.size or look.size
        )
        name = look.base
    return found


def _align(look: Any) -> str:
    value = _value(look, "jc")
    return {"center": "center", "right": "right", "end": "right", "distribute": "center"}.get(
        value, "left" if value else ""
    )


def _indent(look: Any) -> bool:
    found = look.find(f"{W}ind") if look is not None else None
    if found is None:
        return False
    return any(int(found.get(f"{W}{n}") or 0) > 0 for n in ("firstLine", "firstLineChars"))


def _value(element: Any, name: str) -> str:
    found = element.find(f"{W}{name}") if element is not None else None
    return "" if found is None else found.get(f"{W}val") or ""


@dataclass
class _Reader:
    """Walks the body of one file."""

    looks: Mapping[str, _Look]
    blocks: Sequence[str]

    @cached_property
    def title_size(self) -> int:
        """The size of titles in this file; 0 where there is no style for them."""
        return next((look.size for look in self.looks.values() if look.name == "title"), 0)

    def content(self, parent: Any) -> Iterator[Line | Grid]:
        for element in parent:
            if element.tag == f"{W}p":
                line = self._line(element)
                if line.text.strip():
                    yield line
            elif element.tag == f"{W}tbl":
                yield self._grid(element)
            elif element.tag == f"{W}sdt":
                inner = element.find(f"{W}sdtContent")
                yield from self.content(inner if inner is not None else ())

    def _line(self, paragraph: Any) -> Line:
        look = paragraph.find(f"{W}pPr")
        style = self.looks.get(_value(look, "pStyle"), _Look())
        text = "".join(_words(paragraph))
        mark = MARK.search(text)
        align = _align(look) or style.align
        kind = LEADING.get(style.name, "text")
        if kind == "text" and align == "center" and 0 < self.title_size <= style.size:
            # Above a number, a title has a style of its own.
            kind = "title"
        return Line(
            kind,
            align,
            _indent(look) or style.indent,
            MARK.sub("", text),
            self.blocks[int(mark[1])] if mark else "",
        )

    def _grid(self, table: Any) -> Grid:
        rows: list[list[Cell]] = []
        # By column: where the cell that reaches down into the row began.
        above: dict[int, tuple[int, int]] = {}
        for row in table.findall(f"{W}tr"):
            cells: list[Cell] = []
            column = 0
            look = row.find(f"{W}trPr")
            head = look is not None and look.find(f"{W}tblHeader") is not None
            for cell in row.iterchildren(f"{W}tc"):
                form = cell.find(f"{W}tcPr")
                span = int(_value(form, "gridSpan") or 1)
                merged = form.find(f"{W}vMerge") if form is not None else None
                if merged is not None and merged.get(f"{W}val", BELOW) == BELOW:
                    if column in above:
                        at, place = above[column]
                        first = rows[at][place]
                        rows[at][place] = first._replace(rows=first.rows + 1)
                else:
                    above.pop(column, None)
                    if merged is not None:
                        above[column] = (len(rows), len(cells))
                    cells.append(Cell(tuple(self.content(cell)), span, 1, head))
                column += span
            rows.append(cells)
        columns = [float(c.get(f"{W}w") or 0) for c in table.iterfind(f"{W}tblGrid/{W}gridCol")]
        return Grid(tuple(tuple(row) for row in rows), _shares(columns))


def _words(paragraph: Any) -> Iterator[str]:
    """The words of a paragraph; its line breaks and tabs stand between them."""
    for element in paragraph.iter():
        if element.tag == f"{W}t":
            yield element.text or ""
        elif element.tag in {f"{W}br", f"{W}cr"}:
            yield "\n"
        elif element.tag == f"{W}tab" and element.getparent().tag == f"{W}r":
            yield "\t"


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


def _tree(part: bytes) -> Any:
    from lxml import etree

    return etree.fromstring(part, etree.XMLParser(resolve_entities=False, no_network=True))

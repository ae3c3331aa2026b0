"""An Excel template as Jinja sources: typed values, rows that repeat, references that follow.

A cell that holds exactly `{{ name }}` takes the value with its type. A row that starts with
`{%tr for r in items %}`, sample rows and a row with `{%tr endfor %}` repeat per item; an empty
list leaves one blank sample row, so that every range stays valid.

A reference to sample rows from elsewhere means all rows of the loop, and so does a pinned one
(`K$8`) within it. Within the loop, and within other loops over the same list, an unpinned
reference means the row of the same item.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, NamedTuple
from xml.sax.saxutils import escape
from zipfile import BadZipFile

from cqo_docs.base.errors import ContentError, problem
from cqo_docs.office.package import CONTENT_TYPES, read_package
from cqo_docs.render.calc.formula_code import calculation
from cqo_docs.render.excel_book import Place, Recipe
from cqo_docs.render.excel_template import (
    BRACES,
    CELL,
    MAIN,
    TAG,
    Book,
    Cell,
    Printed,
    Reference,
    Sheet,
    Spot,
    letters,
    local,
    number_of,
    parse,
    parse_formula,
    parse_reference,
    path_of,
    pieces_of,
    place_in,
    read_book,
    shown_text,
)

XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
NOTE = "{urn:schemas-microsoft-com:office:excel}"
# What stands in a tree for a snippet of a source: in the place of an element, or in a text.
NUMBERED = re.compile(r"&#x([0-9A-F]{3,6});")
MARK = re.compile("<!--(\\d+)-->|\ufdd0(\\d+)\ufdd1")
SHEET_KINDS = ("worksheet", "chartsheet")
# For each cell whose text wraps, by row and column: the signs a line holds, and its height.
Rooms = Mapping[tuple[int, int], tuple[float, float]]
# The place of the names of what all sheets print once.
ONCE = "<once>"
# What stands once for each turn of a loop; where a rule of cells has its formulas.
REPEATED = ("mergeCell", "hyperlink", "comment")
RULES = ("formula", "formula1", "formula2")
CHART_CACHES = ("numCache", "strCache", "multiLvlStrCache")
ANCHORS = ("oneCellAnchor", "twoCellAnchor")
CORE = (
    '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/'
    'core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/'
    'dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    "{% if title %}<dc:title>{{ title }}</dc:title>{% endif %}<dc:creator>cqo-docs</dc:creator>"
    '<dcterms:created xsi:type="dcterms:W3CDTF">{{ day }}T00:00:00Z</dcterms:created>'
    '<dcterms:modified xsi:type="dcterms:W3CDTF">{{ day }}T00:00:00Z</dcterms:modified>'
    "</cp:coreProperties>"
)


class ExcelTemplate(NamedTuple):
    """A template taken apart: sources to be filled, parts that stay, and what `open_book` takes."""

    sources: Mapping[str, str]
    static: Mapping[str, bytes]
    book: Mapping[str, Any]


def compile_excel(data: bytes, where: str) -> ExcelTemplate:
    """An Excel template as sources. Raises ContentError that names every cell at fault."""
    from lxml.etree import XMLSyntaxError

    try:
        return Writer(read_book(read_package(data), where)).template()
    except (
        *(BadZipFile, XMLSyntaxError, LookupError, StopIteration, TypeError, ValueError),
        *(NotImplementedError, RuntimeError),
    ):
        raise ContentError([problem("template.unreadable", where)]) from None


# ---------------------------------------------------------------- pieces of a source


class Name(str):
    """A name of the Jinja source that stands between pieces of text."""

    __slots__ = ()


def source_of(piece: str) -> str:
    """A piece as markup of a Jinja source, in which no brace of its own opens a tag."""
    if isinstance(piece, Name):
        return f"{{{{ {piece} }}}}"
    return re.sub(r"\{(?=[{%#])", "{{ '{' }}", piece)


def joined(pieces: Sequence[str]) -> list[str]:
    """The same pieces, neighbouring texts as one."""
    found: list[str] = []
    for piece in pieces:
        if found and not isinstance(piece, Name) and not isinstance(found[-1], Name):
            found[-1] += piece
        else:
            found.append(piece)
    return found


def quoted(piece: str) -> str:
    """A piece inside an expression of a source."""
    if isinstance(piece, Name):
        return piece
    escaped = piece.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"


def as_markup(element: Any, outside: Any = None) -> str:
    """An element as it stands inside another, by default its parent, that declares prefixes."""
    from lxml import etree

    text = str(etree.tostring(element, encoding="unicode", with_tail=False))
    # Older libxml2 writes signs beyond ASCII in attributes as numbers.
    text = NUMBERED.sub(lambda sign: chr(int(sign[1], 16)), text)
    for prefix, space in (element.getparent() if outside is None else outside).nsmap.items():
        text = text.replace(f' xmlns{f":{prefix}" if prefix else ""}="{space}"', "", 1)
    return text


def note_row(shape: Any) -> int:
    """The row of the cell that a frame of a note belongs to; 0 for anything else."""
    row = shape.findtext(f"{NOTE}ClientData[@ObjectType='Note']/{NOTE}Row")
    return int(row) + 1 if row else 0


class Writer:
    """The sources of a template, and the plain data of what they name."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.sources: dict[str, str] = {}
        self.static = dict(book.parts)
        self.styles = Styles(book)
        self.snippets: list[str] = []
        # Each cell with a value, for what is said of a value at fault: loop (-1 for none), recipe.
        self.cells: list[tuple[str, int, Recipe]] = []
        self.once = Printed()
        # Row numbers (p), ends of ranges that grow (q), ranges in turns (r), numbers in turns (u).
        self.places: list[Place] = []
        self.grown: list[tuple[int, str, Place]] = []
        self.runs: list[tuple[Place, Place, str, str]] = []
        self.repeats: list[tuple[Place, ...]] = []

    def template(self) -> ExcelTemplate:
        """The template taken apart."""
        book = self.book
        for part in book.related(book.part, *SHEET_KINDS):
            sheet = next((s for s in book.sheets.values() if s.part == part), Sheet())
            root = parse(book.parts[part]) if sheet.root is None else sheet.root
            self.write_sheet(sheet, root)
            self.keep(part, root)
            for name in book.related(part, "drawing"):
                self.write_drawing(name, sheet)
            for name in book.related(part, "comments", "table", "vmlDrawing"):
                tree = parse(book.parts[name])
                for element in list(tree.iter()):
                    self.follow(element, sheet)
                self.keep(name, tree)
        self.write_workbook()
        for part in book.related(book.part, "sharedStrings"):
            table = parse(book.parts[part])
            for entry in table:
                if BRACES.search(shown_text(entry)):
                    entry[:] = [entry.makeelement(f"{MAIN}t")]
            self.keep(part, table)
        for part in book.related(book.part, "styles"):
            self.keep(part, self.styles.root)
        for part in book.related("", "core-properties"):
            self.sources[part] = XML + CORE
        names = self.once.names().upper() or "nothing"
        sources = {
            name: self.sources[name].replace(ONCE, names)
            for name in book.parts
            if name in self.sources
        }
        static = {name: data for name, data in self.static.items() if name not in sources}
        return ExcelTemplate(sources, static, self.plain())

    def plain(self) -> dict[str, Any]:
        """What `open_book` takes: only data that can be kept between runs."""
        facts = ("variable", "where", "start", "size")
        return {
            "loops": tuple(
                {
                    **{name: getattr(loop, name) for name in facts},
                    "source": path_of(loop.source),
                    **loop.printed.plain(),
                }
                for loop in self.book.loops
            ),
            "once": self.once.plain(),
            "code": calculation(
                self.book, self.once.recipes, [cell for cell, _ in self.once.formulas]
            ),
            "cells": tuple(self.cells),
            **{name: tuple(getattr(self, name)) for name in ("places", "grown", "runs", "repeats")},
        }

    # ------------------------------------------------ what stands in a tree for a snippet

    def mark(self, *pieces: str) -> str:
        """Pieces as the text of an element or of an attribute."""
        found = ""
        for piece in pieces:
            if isinstance(piece, Name):
                self.snippets.append(source_of(piece))
                found += f"\ufdd0{len(self.snippets) - 1}\ufdd1"
            else:
                found += piece
        return found

    def put(self, element: Any, snippet: str) -> None:
        """Let a snippet stand in the place of an element."""
        from lxml import etree

        self.snippets.append(snippet)
        element.getparent().replace(element, etree.Comment(str(len(self.snippets) - 1)))

    def resolved(self, markup: str) -> str:
        """Markup with the snippets that its marks stand for."""
        return MARK.sub(lambda mark: self.resolved(self.snippets[int(mark[1] or mark[2])]), markup)

    def keep(self, part: str, root: Any) -> None:
        """Take a tree as the content of a part."""
        from lxml import etree

        text = etree.tostring(root, encoding="unicode")
        if MARK.search(text):
            self.sources[part] = XML + self.resolved(source_of(text))
        else:
            self.static[part] = (XML + text).encode()

    def text(self, kind: str, text: str, where: str) -> str:
        """A text of a tree with its tags."""
        recipe = kind, pieces_of(text)
        self.cells.append((where, -1, recipe))
        return self.mark(Name(self.once.column(recipe).upper()))

    # ------------------------------------------------ rows and references

    def row(self, spot: Spot, sheet: Sheet, row: int, end: bool = False, pin: str = "") -> str:
        """The number of the row that a row became, as seen from a spot: a text or a name."""
        loop = sheet.loops.get(row)
        if loop is None or not spot.same_turn(loop, pin):
            return self.number(sheet.place(row, end))
        if spot.numbers is None:
            return self.number(sheet.place(row))
        return Name(f"n{place_in(spot.numbers, (loop.index, row - loop.top))}")

    def number(self, place: Place, shift: int = 0) -> str:
        """The number of a row of the result: a text or a name."""
        base, offset = place
        if not base:
            return str(offset + shift)
        return Name(f"p{place_in(self.places, (base, offset + shift))}")

    def moved(self, formula: str, spot: Spot) -> list[str]:
        """A formula, as texts and names, with every reference where its rows go."""
        pieces: list[str] = []
        for token in parse_formula(formula):
            is_range = token.type == "OPERAND" and token.subtype == "RANGE"
            reference = parse_reference(token.value) if is_range else None
            sheet = self.book.sheet_of(reference, spot) if reference else None
            if reference and sheet:
                pieces += self.moved_reference(reference, sheet, spot)
            else:
                pieces.append(token.value)
        return pieces

    def moved_reference(self, ref: Reference, sheet: Sheet, spot: Spot) -> list[str]:
        """One reference where its rows go; a single sample cell grows as a range does."""
        top = self.row(spot, sheet, ref.row1, False, ref.pin1)
        start = [f"{ref.prefix}{ref.left}{ref.pin1}", top]
        if ref.row2:
            bottom = self.row(spot, sheet, ref.row2, True, ref.pin2)
            if sheet.markers.issuperset(range(ref.row1, ref.row2 + 1)):
                bottom = top
            return [*start, f":{ref.right}{ref.pin2}", bottom]
        loop = sheet.loops.get(ref.row1)
        if loop is None or spot.same_turn(loop, ref.pin1):
            return start
        grown = loop.index, f":{ref.left}{ref.pin1}", sheet.place(ref.row1, True)
        return [*start, Name(f"q{place_in(self.grown, grown)}")]

    def moved_text(self, text: str | None, spot: Spot) -> str:
        """A formula of a tree, moved."""
        return self.mark(*self.moved(text, spot)) if text else ""

    def areas(self, sqref: str, sheet: Sheet) -> str:
        """A list of ranges as it covers the rows that came from their cells."""
        found = []
        for area in sqref.split():
            ref = parse_reference(area)
            loop = sheet.loops.get(ref.row1) if ref else None
            last = (ref.row2 or ref.row1) if ref else 0
            if ref and loop and sheet.loops.get(last) is loop and last - ref.row1 + 1 < loop.size:
                rows = [(loop.index, row - loop.top) for row in (ref.row1, last)]
                run = rows[0], rows[1], ref.left, ref.right or ref.left
                found.append(self.mark(Name(f"r{place_in(self.runs, run)}")))
            else:
                found.append(self.moved_text(area, Spot(sheet)))
        return " ".join(found)

    # ------------------------------------------------ sheets

    def write_sheet(self, sheet: Sheet, root: Any) -> None:
        """Let the tree of a sheet follow its rows."""
        for element in root.findall(f"{MAIN}extLst"):
            root.remove(element)
        for element in root.iterfind(f"{MAIN}headerFooter/*"):
            if TAG.search(element.text or ""):
                where = f"{sheet.name} {local(element)}"
                element.text = self.text("header", element.text, where)
        data = root.find(f"{MAIN}sheetData")
        if data is None:
            return
        rooms = self.styles.rooms(sheet, root)
        for element in [e for child in root if child is not data for e in child.iter()]:
            self.write_mark(element, sheet)
        lines = ""
        for row in sorted(sheet.rows.keys() - sheet.markers):
            loop = sheet.loops.get(row)
            samples = sorted(r for r in sheet.rows if loop and sheet.loops.get(r) is loop)
            if loop is None:
                lines += self.line(sheet, row, Spot(sheet), rooms)
            elif row == samples[0]:
                spot = Spot(sheet, loop, loop.printed.numbers)
                body = "".join(self.line(sheet, sample, spot, rooms) for sample in samples)
                blank = "".join(self.line(sheet, r, Spot(sheet, loop), None) for r in samples)
                lines += f"{{% for {loop.printed.names()} in t{loop.index} %}}{body}"
                lines += f"{{% else %}}{blank}{{% endfor %}}"
        data[:] = [data.makeelement(f"{MAIN}row")]
        data.text = None
        # Names known only when all sheets are written; a loop of one turn takes them all at once.
        self.put(data[0], f"{{% for {ONCE} in once %}}{lines}{{% endfor %}}")

    def line(self, sheet: Sheet, row: int, spot: Spot, rooms: Rooms | None) -> str:
        """The source of one row; without rooms, of a blank one."""
        element, here = sheet.rows[row], self.row(spot, sheet, row)
        pieces: list[str] = []
        wraps: list[tuple[str, tuple[float, float]]] = []
        for column, cell in sorted(sheet.cells[row].items()):
            style = cell.element.attrib.get("s")
            look = f'" s="{style}"' if style else '"'
            pieces += [f'<c r="{letters(column)}', here]
            if rooms is None:
                pieces.append(f"{look}/>")
            elif cell.kind in ("value", "text"):
                value = self.value(cell, spot)
                looks = (look, *(self.styles.variant(style, kind) for kind in ("quoted", "dated")))
                pieces.append(self.printed(spot, "c", (value, looks)))
                if (row, column) in rooms:
                    wraps.append((value, rooms[row, column]))
            elif cell.kind == "formula":
                made = self.printed(spot, "e", (cell, look)), self.printed(spot, "f", (cell, look))
                pieces += [made[0], "><f>", *self.formula(cell, spot), made[1]]
            elif cell.kind == "array":
                area = self.moved(cell.element.find(f"{MAIN}f").get("ref"), spot)
                pieces += [look, '><f t="array" ref="', *area, '">', *self.formula(cell, spot)]
                pieces.append("</f></c>")
            else:
                for name in ("r", *(("t",) if cell.element.get("t") == "n" else ())):
                    cell.element.attrib.pop(name, None)
                pieces.append(f'"{as_markup(cell.element)[2:]}')
        fixed, tall = deepcopy(element), float(element.get("ht", "0"))
        fixed[:] = []
        fixed.text = None
        for name in ("r", *(("ht", "customHeight") if tall else ())):
            fixed.attrib.pop(name, None)
        start = ['<row r="', here, '"', as_markup(fixed, element)[4:-2]]
        if tall:
            grown = self.printed(spot, "h", (tall, tuple(wraps))) if wraps else f"{tall:g}"
            start += [' ht="', grown, '" customHeight="1"']
        pieces = joined([*start, ">", *pieces, "</row>"])
        if len(pieces) == 1:
            return source_of(pieces[0])
        return source_of(Name(f"({', '.join(map(quoted, pieces))})|row"))

    def printed(self, spot: Spot, name: str, entry: Any) -> Name:
        """The name of what is printed once (in capitals), or in each turn of a loop."""
        made = spot.loop.printed if spot.loop else self.once
        lists: dict[str, list[Any]] = {"h": made.heights, "c": made.cells}
        known = lists.get(name, made.formulas)
        found = f"{name}{place_in(known, entry)}"
        return Name(found if spot.loop else found.upper())

    def value(self, cell: Cell, spot: Spot) -> str:
        """The name of the column of a cell's values."""
        self.cells.append((cell.where, spot.loop.index if spot.loop else -1, cell.recipe))
        if spot.loop:
            return spot.loop.printed.column(cell.recipe, spot.loop.variable)
        return self.once.column(cell.recipe)

    def formula(self, cell: Cell, spot: Spot) -> list[str]:
        """The formula of a cell, moved, as markup."""
        moved = self.moved(cell.content, spot)
        return [piece if isinstance(piece, Name) else escape(piece) for piece in moved]

    def write_mark(self, element: Any, sheet: Sheet) -> None:
        """Let what names rows, outside the cells, follow them."""
        kind, spot = local(element), Spot(sheet)
        if kind == "brk" and local(element.getparent()) == "rowBreaks":
            element.set("id", self.mark(self.row(spot, sheet, int(element.get("id")), True)))
        elif kind == "sheetView":
            element.attrib.pop("topLeftCell", None)
        elif kind in ("pane", "selection"):
            name = "topLeftCell" if kind == "pane" else "activeCell"
            if match := CELL.fullmatch(element.get(name, "A1" if kind == "selection" else "")):
                element.set(name, self.mark(match[1], self.row(spot, sheet, int(match[2]))))
            if kind == "selection":
                element.set("sqref", element.get(name))
        elif kind == "mergeCells":
            element.attrib.pop("count", None)
        elif sqref := element.get("sqref"):
            first = min(int(row) for row in re.findall("[0-9]+", sqref) or "0")
            home = Spot(sheet, sheet.loops.get(first))
            element.set("sqref", self.areas(sqref, sheet))
            for formula in element.iter(*(f"{MAIN}{name}" for name in RULES)):
                formula.text = self.moved_text(formula.text, home)
        else:
            self.follow(element, sheet)

    def follow(self, element: Any, sheet: Sheet) -> None:
        """Let an element that belongs to cells stand with them, once for each turn they have."""
        ref, row = parse_reference(element.get("ref", "")), note_row(element)
        top = ref.row1 if ref else row
        loop = sheet.loops.get(top)
        inside = loop is not None and sheet.loops.get((ref.row2 if ref else 0) or top) is loop
        repeats = inside and (row or local(element) in REPEATED)
        spot = Spot(sheet, loop, []) if repeats else Spot(sheet)
        if row:
            self.move_note(element, row, spot)
        for name in ("ref", "location") if ref else ():
            if text := element.get(name):
                element.set(name, self.moved_text(text, spot))
        if repeats:
            numbers = tuple(spot.numbers or ())
            names = ", ".join(f"n{number}" for number in range(len(numbers)))
            table, body = place_in(self.repeats, numbers), source_of(as_markup(element))
            self.put(element, f"{{% for {names} in u{table} %}}{body}{{% endfor %}}")

    def move_note(self, shape: Any, row: int, spot: Spot) -> None:
        """Move the frame of a note, which counts rows from 0."""
        loop, numbers = spot.loop, spot.numbers

        def moved(text: str) -> str:
            if loop is None or numbers is None:
                return self.mark(self.number(spot.sheet.place(row), int(text) - row))
            return self.mark(Name(f"n{place_in(numbers, (loop.index, int(text) - loop.top))}"))

        for element in shape.iter(f"{NOTE}Row", f"{NOTE}Anchor"):
            columns = element.text.split(",")
            for place in (2, 6) if len(columns) > 1 else (0,):
                columns[place] = moved(columns[place])
            element.text = ",".join(columns)
        if loop is not None:
            # Every frame needs a name of its own: the row of the turn goes before its number.
            name = shape.get("id", "").rstrip("0123456789")
            number = shape.get("id", "")[len(name) :]
            shape.set("id", f"{name}{moved(str(loop.top))}{number}")

    # ------------------------------------------------ drawings, and what holds for the workbook

    def write_drawing(self, part: str, sheet: Sheet) -> None:
        """Let the drawings of a sheet, and the charts in them, follow its rows."""
        root = parse(self.book.parts[part])
        for anchor in [element for element in root.iter() if local(element) in ANCHORS]:
            rows = [element for element in anchor.iter() if local(element) == "row"]
            top = int(rows[0].text) if rows else 0
            for row in rows if sheet.part else ():
                row.text = self.mark(self.number(sheet.place(top + 1), int(row.text) - top - 1))
        self.fill_texts(part, root)
        for name in self.book.related(part, "chart"):
            chart = parse(self.book.parts[name])
            for element in list(chart.iter()):
                if local(element) == "f":
                    element.text = self.moved_text(element.text, Spot(sheet))
                elif local(element) in CHART_CACHES:
                    # Readers show cached figures until they calculate; these would be wrong.
                    element.getparent().remove(element)
            self.fill_texts(name, chart)

    def fill_texts(self, part: str, root: Any) -> None:
        """Fill the tags in a drawing or a chart."""
        for element in root.iter():
            if TAG.search(element.text or ""):
                element.text = self.text("text", element.text, part)
            for name, value in element.attrib.items():
                if TAG.search(value):
                    element.set(name, self.text("text", value, part))
        self.keep(part, root)

    def write_workbook(self) -> None:
        """Let defined names follow their cells; readers that calculate begin by doing so."""
        book = self.book
        root = parse(book.parts[book.part])
        for entry in root.iter(f"{MAIN}definedName"):
            number = entry.get("localSheetId")
            sheet = book.sheets.get(book.titles[int(number)]) if number else None
            entry.text = self.moved_text(entry.text, Spot(sheet or Sheet()))
        settings = root.find(f"{MAIN}calcPr")
        if settings is None:
            before = ("sheets", "externalReferences", "definedNames")
            settings = root.makeelement(f"{MAIN}calcPr")
            [entry for entry in root if local(entry) in before][-1].addnext(settings)
        settings.set("fullCalcOnLoad", "1")
        self.keep(book.part, root)
        folder, base = posixpath.split(book.part)
        for chain in book.related(book.part, "calcChain"):
            del self.static[chain]
            for part in (CONTENT_TYPES, f"{folder}/_rels/{base}.rels"):
                entries = parse(book.parts[part])
                for entry in list(entries):
                    kind = entry.get("Type", "").rpartition("/")[2]
                    if entry.get("PartName") == f"/{chain}" or kind == "calcChain":
                        entries.remove(entry)
                self.keep(part, entries)


class Styles:
    """The cell formats of a template, and those added for values that need others."""

    def __init__(self, book: Book) -> None:
        (part,) = book.related(book.part, "styles") or ("",)
        self.root: Any = parse(book.parts[part]) if part else None
        self.formats: Any = [] if self.root is None else self.root.find(f"{MAIN}cellXfs")
        self.made: dict[tuple[str, str], str] = {}

    def variant(self, style: str | None, kind: str) -> str:
        """The mark-up of a cell's format, for a text that needs quoting or for a date."""
        from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format

        number = style or "0"
        if int(number) >= len(self.formats):
            return f'" s="{style}"' if style else '"'
        if (number, kind) not in self.made:
            made = deepcopy(self.formats[int(number)])
            self.made[number, kind] = str(len(self.formats))
            if kind == "quoted":
                made.set("quotePrefix", "1")
            else:
                code = made.get("numFmtId", "0")
                own = self.root.find(f"{MAIN}numFmts/{MAIN}numFmt[@numFmtId='{code}']")
                known = BUILTIN_FORMATS.get(int(code)) if own is None else own.get("formatCode")
                if is_date_format(known):
                    self.made[number, kind] = number
                    return self.variant(style, kind)
                # The short date of the reader's own language.
                made.set("numFmtId", "14")
                made.set("applyNumberFormat", "1")
            self.formats.append(made)
            self.formats.set("count", str(len(self.formats)))
        return f'" s="{self.made[number, kind]}"'

    def rooms(self, sheet: Sheet, root: Any) -> Rooms:
        """For each cell whose text wraps: the signs that a line holds, and its height."""
        widths: dict[int, float] = {}
        for column in root.iterfind(f"{MAIN}cols/{MAIN}col"):
            start = int(column.get("min"))
            # A template may style all columns up to the last; no cell lies that far out.
            for number in range(start, min(int(column.get("max")), start + 200) + 1):
                widths[number] = float(column.get("width", 13))
        last = {}
        for merge in root.iter(f"{MAIN}mergeCell"):
            ref = parse_reference(merge.get("ref", ""))
            if ref and ref.row1 == ref.row2:
                last[ref.row1, number_of(ref.left)] = number_of(ref.right)
        rooms = {}
        for row, line in sheet.cells.items():
            for column, cell in line.items():
                size = self.wrapping(int(cell.element.get("s", "0")))
                if cell.kind in ("value", "text") and size:
                    span = range(column, last.get((row, column), column) + 1)
                    width = sum(widths.get(number, 8.5) for number in span)
                    # A column's width counts digits of an 11 point font; a line may lose a sign.
                    room = max(2.0, width * 12 / size - 2)
                    rooms[row, column] = room, size * 1.4
        return rooms

    def wrapping(self, number: int) -> float:
        """The size of a format's font if text wraps in it, or 0."""
        if number >= len(self.formats):
            return 0.0
        made = self.formats[number]
        wraps = made.find(f"{MAIN}alignment[@wrapText]")
        if wraps is None or wraps.get("wrapText") not in ("1", "true"):
            return 0.0
        font = self.root.findall(f"{MAIN}fonts/{MAIN}font")[int(made.get("fontId", "0"))]
        size = font.find(f"{MAIN}sz")
        return float(11 if size is None else size.get("val"))

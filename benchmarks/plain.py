"""The script one would write with docxtpl and openpyxl: the yardstick, and a second opinion.

    python benchmarks/plain.py ANSWERS.yaml CONTEXTS.json TEMPLATES OUTPUT

It fills the templates of cqo-docs from contexts that are ready: no standard is read, nothing is
planned, composed or checked. It leaves out what the program adds: row heights that fit the text,
computed values beside the formulas, repeatable bytes, whole packs or none.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from copy import copy
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

FOR = re.compile(r"\{%tr for (\w+) in ([\w.]+) %\}")
TAG = re.compile(r"\{\{ ([\w.]+) \}\}")
# A quoted text of a formula, or a reference: A1, $A$1, A1:B2, 'Sheet'!A1.
REFERENCE = re.compile(
    r'"[^"]*"|(?<![\w.$])(?P<sheet>(?:\'[^\']+\'|[^\W\d]\w*)!)?'
    r"(?P<left>\$?[A-Z]{1,3})(?P<pin1>\$?)(?P<row1>\d+)"
    r"(?P<range>:(?P<right>\$?[A-Z]{1,3})(?P<pin2>\$?)(?P<row2>\d+))?(?![\w(.%])"
)


def plain_docx(template: Path, context: Mapping[str, Any]) -> Any:
    """The filled document, as docxtpl's documentation shows it; it has a `save`."""
    from docxtpl import DocxTemplate

    document = DocxTemplate(template)
    document.render(dict(context), autoescape=True)
    return document


class Loop(NamedTuple):
    """Sample rows between two marker rows, and the items that repeat them."""

    top: int
    end: int
    variable: str
    source: str
    items: Sequence[Mapping[str, Any]]

    @property
    def size(self) -> int:
        """The number of sample rows."""
        return self.end - self.top - 1

    @property
    def turns(self) -> int:
        """How often they stand in the result: once, blank, for an empty list."""
        return max(1, len(self.items))


class Spot(NamedTuple):
    """Where a formula stands."""

    sheet: str
    loop: Loop | None = None
    turn: int = 0


Loops = Mapping[str, Sequence[Loop]]


def plain_xlsx(template: Path, context: Mapping[str, Any]) -> Any:
    """The filled workbook: loops expanded, references moved; it has a `save`."""
    from openpyxl import load_workbook

    book: Any = load_workbook(template)
    loops = {sheet.title: find_loops(sheet, context) for sheet in book.worksheets}
    for sheet in book.worksheets:
        heights = {n: d.height for n, d in sheet.row_dimensions.items() if d.height}
        texts = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
        for loop in reversed(loops[sheet.title]):
            texts = [cell for cell in texts if not loop.top <= cell.row <= loop.end]
            expand(sheet, loop, context, loops)
        for cell in texts:
            put(cell, cell.value, context, Spot(sheet.title), loops)
        move_heights(sheet, heights, loops[sheet.title])
        move_ranges(sheet, loops)
        for part in (sheet.oddHeader, sheet.oddFooter):
            for side in (part.left, part.center, part.right):
                if side.text:
                    side.text = with_values(side.text, context, "&&")
    for name in book.defined_names.values():
        name.attr_text = moved(name.attr_text, Spot(""), loops)
    return book


def find_loops(sheet: Any, context: Mapping[str, Any]) -> list[Loop]:
    """The loops of a sheet from top to bottom."""
    found: list[Loop] = []
    for row in sheet.iter_rows(max_col=1):
        text = str(row[0].value).strip()
        if start := FOR.fullmatch(text):
            top, opened = row[0].row, start
        elif text.startswith("{%tr endfor"):
            items = look_up(opened[2], context)
            found.append(Loop(top, row[0].row, opened[1], opened[2], items))
    return found


def expand(sheet: Any, loop: Loop, context: Mapping[str, Any], loops: Loops) -> None:
    """Put the rows of the items in the place of the sample rows and their markers."""
    samples = [
        [(cell.column, cell.value, cell._style) for cell in row]
        for row in sheet.iter_rows(loop.top + 1, loop.end - 1)
    ]
    sheet.delete_rows(loop.end)
    sheet.delete_rows(loop.top)
    if loop.turns > 1:
        sheet.insert_rows(loop.top + loop.size, loop.size * (loop.turns - 1))
    # Written from the bottom up: what stands above is still where the template has it.
    for turn in range(loop.turns):
        scope = {**context, loop.variable: loop.items[turn]} if loop.items else {}
        spot = Spot(sheet.title, loop, turn)
        for offset, sample in enumerate(samples):
            for column, value, style in sample:
                cell = sheet.cell(loop.top + turn * loop.size + offset, column)
                if turn:
                    cell._style = copy(style)
                if value is not None:
                    put(cell, value if loop.items else None, scope, spot, loops)


def put(cell: Any, text: Any, context: Mapping[str, Any], spot: Spot, loops: Loops) -> None:
    """Fill one cell: a formula moved, a value with its type, or a text with its tags replaced."""
    if not isinstance(text, str):
        cell.value = text
    elif text.startswith("="):
        cell.value = moved(text, spot, loops)
    else:
        alone = TAG.fullmatch(text)
        value = look_up(alone[1], context) if alone else with_values(text, context)
        cell.value = None if value == "" else value
        if isinstance(value, str) and value:
            cell.data_type = "s"  # whatever it starts with


def with_values(text: str, context: Mapping[str, Any], ampersand: str = "&") -> str:
    """A text with its tags replaced."""

    def shown(tag: re.Match[str]) -> str:
        value = look_up(tag[1], context)
        if value is None:
            return ""
        value = f"{value:f}" if isinstance(value, Decimal) else str(value)
        return value.replace("&", ampersand)

    return TAG.sub(shown, text)


def look_up(name: str, context: Mapping[str, Any]) -> Any:
    """What a dotted name stands for. Raises KeyError for an unknown one."""
    value: Any = context
    for key in name.split("."):
        value = value[key]
    return value


def moved(text: str, spot: Spot, loops: Loops) -> str:
    """A formula or range with its references where their rows went."""

    def one(found: re.Match[str]) -> str:
        sheet = (found["sheet"] or spot.sheet).removesuffix("!").strip("'")
        if not found["row1"] or sheet not in loops:
            return found[0]
        pin2, row2 = (
            (found["pin2"], found["row2"]) if found["row2"] else found.group("pin1", "row1")
        )
        inside = spot._replace(loop=None)
        top = place(int(found["row1"]), False, inside if found["pin1"] else spot, loops[sheet])
        bottom = place(int(row2), True, inside if pin2 else spot, loops[sheet])
        start = f"{found['sheet'] or ''}{found['left']}{found['pin1']}{top}"
        if found["row2"]:
            return f"{start}:{found['right']}{pin2}{max(top, bottom)}"
        return start if top >= bottom else f"{start}:{found['left']}{pin2}{bottom}"

    return REFERENCE.sub(one, text)


def place(row: int, last: bool, spot: Spot, loops: Sequence[Loop]) -> int:
    """The row of the result made from a template row: of the same item, else the first or last."""
    shift = 0
    for loop in loops:
        if row > loop.end:
            shift += loop.size * loop.turns - loop.size - 2
        elif row > loop.top:
            turn = loop.turns - 1 if last else 0
            if spot.loop and spot.loop.source == loop.source:
                turn = spot.turn
            # The closing marker has no row of its own: a range ends with the last above it.
            return min(row, loop.end - 1) - 1 + shift + turn * loop.size
    return row + shift


def move_heights(sheet: Any, heights: Mapping[int, float], loops: Sequence[Loop]) -> None:
    """Give every row the height of the template row it came from."""
    sheet.row_dimensions.clear()
    for row, height in heights.items():
        loop = next((p for p in loops if p.top <= row <= p.end), None)
        if loop and row in (loop.top, loop.end):
            continue
        first, step = place(row, False, Spot(""), loops), loop.size if loop else 1
        for turn in range(loop.turns if loop else 1):
            sheet.row_dimensions[first + turn * step].height = height


def move_ranges(sheet: Any, loops: Loops) -> None:
    """Let merges, input rules, conditional formats, filter, print area and charts follow."""
    from openpyxl.formatting.formatting import ConditionalFormattingList
    from openpyxl.worksheet.cell_range import CellRange, MultiCellRange

    spot = Spot(sheet.title)
    merges = []
    for area in sheet.merged_cells.ranges:
        inside = [p for p in loops[sheet.title] if p.top < area.min_row < p.end]
        spots = [Spot(sheet.title, p, turn) for p in inside for turn in range(p.turns)]
        merges += [CellRange(moved(area.coord, s, loops)) for s in spots or [spot]]
    sheet.merged_cells = MultiCellRange(merges)
    for rule in sheet.data_validations.dataValidation:
        home = first_spot(sheet.title, rule.sqref, loops)
        rule.sqref = MultiCellRange(moved(str(rule.sqref), spot, loops))
        rule.formula1, rule.formula2 = (
            text and moved(text, home, loops) for text in (rule.formula1, rule.formula2)
        )
    formats = ConditionalFormattingList()
    for area in sheet.conditional_formatting:
        home = first_spot(sheet.title, area.sqref, loops)
        for rule in area.rules:
            rule.formula = [moved(text, home, loops) for text in rule.formula]
            formats.add(moved(str(area.sqref), spot, loops), rule)
    sheet.conditional_formatting = formats
    if sheet.auto_filter.ref:
        sheet.auto_filter.ref = moved(sheet.auto_filter.ref, spot, loops)
    if sheet.print_area:
        sheet.print_area = moved(str(sheet.print_area).split("!")[-1], spot, loops)
    for chart in sheet._charts:
        for series in chart.series:
            for source in (series.cat, series.val, series.tx):
                for kind in ("numRef", "strRef"):
                    if (found := getattr(source, kind, None)) is not None:
                        found.f = moved(found.f, spot, loops)


def first_spot(title: str, area: Any, loops: Loops) -> Spot:
    """Where the first cell of an area stands: its rules are written as that cell sees them."""
    top = min(part.min_row for part in area.ranges)
    return Spot(title, next((p for p in loops[title] if p.top < top < p.end), None))


def write_pack(templates: Path, files: Sequence[Sequence[Any]], folder: Path) -> None:
    """Every file of a pack: its name, its template, its context."""
    for name, template, context in files:
        fill = plain_docx if name.endswith(".docx") else plain_xlsx
        fill(templates / template, context).save(folder / name)


def read_company(text: str) -> Any:
    """A company's answers."""
    import yaml

    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def write_records(company: Any, folder: Path) -> None:
    """What else a pack holds: the answers, and a list of its files with their fingerprints."""
    import yaml

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text = yaml.dump(company, Dumper=dumper, allow_unicode=True, sort_keys=False)
    (folder / "answers.yaml").write_text(text, encoding="utf-8")
    files = [
        {"path": path.name, "size": len(data), "sha256": sha256(data).hexdigest()}
        for path in sorted(folder.glob("*.*x"))
        for data in [path.read_bytes()]
    ]
    text = json.dumps({"files": files}, ensure_ascii=False, indent=2)
    (folder / "manifest.json").write_text(text, encoding="utf-8")


def main() -> None:
    """Read one company's answers and its contexts, write its pack."""
    answers, contexts, templates, output = map(Path, sys.argv[1:])
    company = read_company(answers.read_text(encoding="utf-8"))
    files = json.loads(contexts.read_text(encoding="utf-8"), object_hook=as_date)
    output.mkdir(parents=True)
    write_pack(templates, files, output)
    write_records(company, output)


def as_date(data: dict[str, Any]) -> Any:
    """A JSON object; one that stands for a date as the date."""
    return date.fromisoformat(data["date"]) if data.keys() == {"date"} else data


if __name__ == "__main__":
    main()

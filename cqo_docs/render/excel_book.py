"""A compiled workbook at work: its rows numbered, its formulas calculated, its cells printed."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from itertools import repeat
from operator import itemgetter
from types import FunctionType
from typing import Any

from cqo_docs.base.errors import ContentError, Problem, problem
from cqo_docs.render.calc import formulas
from cqo_docs.render.calc.formulas import UNKNOWN, Error
from cqo_docs.render.engine import Kept, Ready

# All but what XML cannot carry, and returns, which it takes for line feeds.
FIT = re.compile("[\t\n -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
# Excel reads _x0041_ in a text as the letter A.
HEX_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
LONG = 6
LONG_WORD = re.compile(f"[!-~]{{{LONG}}}")
WORD = re.compile("[!-~]+|.", re.DOTALL)
# Excel would take a text that starts so for a formula once it is edited.
FORMULA_SIGNS = ("=", "+", "-", "@")
LONGEST_TEXT = 32_767
LONGEST_HEADER = 255
TALLEST_ROW = 409.0
# As keys 1, 1.0 and True would be one: only columns of one of these kinds are looked up.
ALIKE = ({str}, {int})
# The numbers of rows as they are printed, as far as they were needed.
NUMBERS: list[Ready] = []

Context = Mapping[str, Any]
# A name taken apart at its dots.
Path = tuple[str, ...]
# What a cell or a text is made of: its kind (value, text, header), and its pieces.
Recipe = tuple[str, tuple[str | Path, ...]]
# A row: so many after the end of a loop (0 stands for the top), or the first row of its turns.
Place = tuple[int, int]
Table = list[Sequence[Any]]


class UnfitError(Exception):
    """A value that no cell can hold: a code and what its sentence tells."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code, self.values = code, values


# ---------------------------------------------------------------- cells


def cell(looks: tuple[str, str, str], value: Any) -> bytes:
    """A cell behind its row number; text never becomes a formula, an error or a number."""
    kind, (look, quoted, dated) = value.__class__, looks
    if kind is str and value:
        text = value
        if not text.isprintable() or "_x" in text:
            text = _clean(text)
        if len(text) > LONGEST_TEXT:
            raise UnfitError("template.text-too-long", length=len(text), limit=LONGEST_TEXT)
        space = ' xml:space="preserve"' if "\n" in text or text != text.strip() else ""
        look = quoted if text.startswith(FORMULA_SIGNS) else look
        return f'{look} t="inlineStr"><is><t{space}>{_escaped(text)}</t></is></c>'.encode()
    if kind is int or (kind is Decimal and value.is_finite()):
        return f"{look}><v>{value!s}</v></c>".encode()
    if value is None or value == "":
        return f"{look}/>".encode()
    if kind is bool:
        return f'{look} t="b"><v>{value:d}</v></c>'.encode()
    if isinstance(value, datetime.date):
        return f"{dated}><v>{formulas.serial(value)}</v></c>".encode()
    if isinstance(value, int | float) and math.isfinite(value):
        return f"{look}><v>{value!r}</v></c>".encode()
    if isinstance(value, str):
        return cell(looks, str(value))
    raise UnfitError("template.value-type", type=kind.__name__, value=value)


def _clean(text: str) -> str:
    if FIT.fullmatch(text) is None:
        text = "".join(FIT.findall(text.replace("\r\n", "\n").replace("\r", "\n")))
    return HEX_ESCAPE.sub("_x005F_", text) if "_x" in text else text


def _escaped(text: str) -> str:
    if "&" in text or "<" in text or ">" in text:
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text


# What is printed once, where that is nothing.
NOTHING = (b"",)
TYPES = {Error: b' t="e"', str: b' t="str"', bool: b' t="b"'}


def kind(value: Any, look: bytes) -> bytes:
    """The format of a cell with a formula, and the type of its value."""
    typed = TYPES.get(value.__class__)
    return look if typed is None or value is UNKNOWN else look + typed


def shown(value: Any) -> bytes:
    """The end of a cell with a formula: the value that readers show until they calculate."""
    if value.__class__ is Decimal or value.__class__ is int:
        text = str(value) if value else "0"
        if len(text) > 17 or "E" in text:
            # A reader holds no more digits, and no larger number, than a binary one.
            text = repr(float(text))
            if text.endswith("inf"):
                return b"</f></c>"
        return f"</f><v>{text}</v></c>".encode()
    if value is UNKNOWN:
        return b"</f></c>"
    text = f"{value:d}" if value.__class__ is bool else _escaped(_clean(value))
    return f"</f><v>{text}</v></c>".encode()


def text_height(room: float, line: float, text: Any) -> float:
    """The height that a wrapped text needs; a Chinese sign is as wide as two others."""
    if text.__class__ is not str or not text:
        return 0.0
    return sum(count_lines(piece, room) for piece in text.split("\n")) * line + 5


def count_lines(text: str, room: float) -> int:
    """The lines that one paragraph takes, where words of other scripts stay whole."""
    if 2 * len(text) <= room:
        return 1
    narrow = len(text.encode("ascii", "ignore"))
    width = 2 * len(text) - narrow
    if width <= room:
        return 1
    # A mark that may not begin or end a line takes a sign with it.
    room = max(room - 2, room * 0.8)
    if narrow < LONG or not LONG_WORD.search(text):
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


# ---------------------------------------------------------------- what the sources may name


def open_book(book: Mapping[str, Any], where: str) -> Callable[[Context], dict[str, Any]]:
    """The function that gives what the sources of a workbook name, for a context.

    It raises ContentError that names every cell at fault.
    """
    once, loops = book["once"], book["loops"]
    kept: dict[Any, Kept] = {}
    printers = [_printer(printed, kept) for printed in (once, *loops)]
    pickers = [_picker(loop) for loop in loops]
    calculate = FunctionType(book["code"], dict(formulas.NAMES))

    def fill(context: Context) -> dict[str, Any]:
        names = _properties(context)
        values = [_made(recipe, context) for recipe in once["recipes"]]
        items = [_items(loop, context) for loop in loops]
        tables = [pick(found, context) for pick, found in zip(pickers, items, strict=True)]
        counts = [len(found) for found in items]
        results, figures = calculate(values, tables, counts, {})
        rows = _add_places(names, book, counts)
        names.update((f"W{n}", value) for n, value in enumerate(values))
        columns = printers[0]([(value,) for value in values], [(value,) for value in results])
        names["once"] = _together(columns) if columns else NOTHING
        for n, loop in enumerate(loops):
            names[f"t{n}"] = ()
            if counts[n]:
                columns = printers[n + 1](tables[n], figures[n])
                names[f"t{n}"] = _together([*map(rows, loop["numbers"]), *columns])
        return names

    def checked(context: Context) -> dict[str, Any]:
        try:
            return fill(context)
        except (LookupError, TypeError, ValueError, AttributeError, UnfitError):
            problems = explain(book, context, where)
            if not problems:
                raise
            raise ContentError(problems) from None

    return checked


def _properties(context: Context) -> dict[str, Any]:
    day, title = context["as_of"], context.get("title")
    return {"day": day.isoformat()[:10], "title": title if isinstance(title, str) else ""}


def _items(loop: Mapping[str, Any], context: Context) -> Sequence[Any]:
    items = _look_up(loop["source"], context)
    if not isinstance(items, list | tuple):
        raise TypeError
    return items


def _picker(loop: Mapping[str, Any]) -> Callable[[Sequence[Any], Context], Table]:
    """The function that gives the columns of values of a loop: of keys, then of recipes."""
    keys, recipes, variable = loop["keys"], loop["recipes"], loop["variable"]
    get = itemgetter(*keys) if len(keys) > 1 else lambda item: [item[key] for key in keys]

    def pick(items: Sequence[Any], context: Context) -> Table:
        columns: Table = list(zip(*map(get, items), strict=True)) or [()] * len(keys)
        if recipes:
            scopes = [{**context, variable: item} for item in items]
            columns += [[_made(recipe, scope) for scope in scopes] for recipe in recipes]
        return columns

    return pick


def _printer(
    printed: Mapping[str, Any], kept: dict[Any, Kept]
) -> Callable[[Table, Table], list[Iterable[bytes]]]:
    """The function that prints columns: heights of rows, cells, and formulas in two parts."""
    points = kept.setdefault(
        "points", Kept(lambda tall: f"{min(TALLEST_ROW, tall):g}".encode(), float)
    )
    heights = [
        (least, [(at, kept.setdefault(r, Kept(partial(text_height, *r), int))) for at, r in rooms])
        for least, rooms in printed["heights"]
    ]
    cells = [
        (at, kept.setdefault(looks, Kept(partial(cell, looks), int)))
        for at, looks in printed["cells"]
    ]

    looks = [look.encode() for look in printed["looks"]]

    def print_columns(table: Table, figures: Table) -> list[Iterable[bytes]]:
        columns: list[Iterable[bytes]] = []
        for least, rooms in heights:
            needed = (map(room.__getitem__, table[at]) for at, room in rooms)
            columns.append(map(points.__getitem__, map(max, repeat(least), *needed)))
        for at, tail in cells:
            alike = set(map(type, table[at])) in ALIKE
            columns.append(map(tail.__getitem__ if alike else tail.make, table[at]))
        for look, column in zip(looks, figures, strict=True):
            columns.append([look if v.__class__ is Decimal else kind(v, look) for v in column])
            columns.append([shown(value) for value in column])
        return columns

    return print_columns


def _add_places(
    names: dict[str, Any], book: Mapping[str, Any], counts: Sequence[int]
) -> Callable[[Place], list[Ready]]:
    """Add the numbers of rows; the function that gives a row's numbers in the turns of a loop."""
    loops = book["loops"]
    starts, ends = [], [0]
    for loop, count in zip(loops, counts, strict=True):
        base, first = loop["start"]
        starts.append(ends[base] + first)
        ends.append(ends[base] + loop["size"] * max(1, count))

    def rows(place: Place) -> list[Ready]:
        loop, offset = place
        size, start = loops[loop]["size"], starts[loop] + offset
        end = start + size * max(1, counts[loop])
        if end > len(NUMBERS):
            NUMBERS.extend(Ready(b"%d" % n) for n in range(len(NUMBERS), end))
        return NUMBERS[start:end:size]

    for n, (base, offset) in enumerate(book["places"]):
        names[f"p{n}"] = Ready(b"%d" % (ends[base] + offset))
    for n, (loop, lead, (base, offset)) in enumerate(book["grown"]):
        end = f"{lead}{ends[base] + offset}" if counts[loop] > 1 else ""
        names[f"q{n}"] = Ready(end.encode())
    for n, (top, bottom, left, right) in enumerate(book["runs"]):
        pairs = zip(rows(top), rows(bottom), strict=True)
        names[f"r{n}"] = " ".join(f"{left}{a.decode()}:{right}{b.decode()}" for a, b in pairs)
    for n, places in enumerate(book["repeats"]):
        names[f"u{n}"] = _together(list(map(rows, places)))
    return rows


def _together(columns: Sequence[Iterable[Any]]) -> Sequence[Any]:
    """The rows of some columns; of a single column, its values."""
    return list(columns[0]) if len(columns) == 1 else list(zip(*columns, strict=True))


def _look_up(path: Path, scope: Any) -> Any:
    for key in path:
        scope = scope[key]
    return scope


def _made(recipe: Recipe, scope: Context) -> Any:
    """A value, or a text with its names replaced."""
    kind, pieces = recipe
    if kind == "value":
        return _look_up(pieces[0], scope)  # type: ignore[arg-type]
    values = [p if isinstance(p, str) else _shown(_look_up(p, scope)) for p in pieces]
    if kind == "text":
        return "".join(values)
    # In a page header `&` starts a command.
    doubled = (
        value if isinstance(piece, str) else value.replace("&", "&&")
        for piece, value in zip(pieces, values, strict=True)
    )
    text = "".join(doubled)
    if len(text) > LONGEST_HEADER:
        raise UnfitError("template.text-too-long", length=len(text), limit=LONGEST_HEADER)
    return text


def _shown(value: object) -> str:
    """A value as part of a longer text."""
    if value is None:
        return ""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


# ---------------------------------------------------------------- what was wrong


def explain(book: Mapping[str, Any], context: Context, where: str) -> list[Problem]:
    """Every cell that a context cannot fill, and why; looked for only after a failure."""
    found: dict[str, Problem] = {}

    def note(code: str, cell: str, **values: object) -> None:
        fault = problem(code, f"{where} {cell}".rstrip(), **values)
        found.setdefault(repr(fault), fault)

    if not isinstance(context.get("as_of"), datetime.date):
        note("template.unknown-field", "", name="as_of")
    for loop in book["loops"]:
        if fault := _unknown(loop["source"], context):
            note(fault[0], loop["where"], **fault[1])
        elif not _rows(_look_up(loop["source"], context)):
            note("template.not-rows", loop["where"], name=".".join(loop["source"]))
    if found:
        return list(found.values())
    for cell_name, number, recipe in book["cells"]:
        for scope in _scopes(book["loops"][number] if number >= 0 else None, context):
            for code, values in _faults(recipe, scope):
                note(code, cell_name, **values)
    return list(found.values())


def _rows(items: Any) -> bool:
    return isinstance(items, list | tuple) and all(isinstance(item, Mapping) for item in items)


def _scopes(loop: Mapping[str, Any] | None, context: Context) -> Iterator[Context]:
    if loop is None:
        yield context
    else:
        for item in _look_up(loop["source"], context):
            yield {**context, loop["variable"]: item}


def _faults(recipe: Recipe, scope: Context) -> Iterator[tuple[str, Mapping[str, object]]]:
    unknown = [_unknown(piece, scope) for piece in recipe[1] if not isinstance(piece, str)]
    if any(unknown):
        yield from filter(None, unknown)
        return
    try:
        cell(("", "", ""), _made(recipe, scope))
    except UnfitError as fault:
        yield fault.code, fault.values


def _unknown(path: Path, scope: Any) -> tuple[str, Mapping[str, object]] | None:
    """The fault of a name that stands for nothing, with the nearest that does."""
    import difflib

    for key in path:
        if not isinstance(scope, Mapping) or key not in scope:
            known = [str(k) for k in scope] if isinstance(scope, Mapping) else []
            near = "".join(difflib.get_close_matches(key, known, 1))
            name = ".".join(path)
            if near:
                return "template.unknown-field-guess", {"name": name, "near": near}
            return "template.unknown-field", {"name": name}
        scope = scope[key]
    return None

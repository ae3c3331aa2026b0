"""Where the rows of a spreadsheet template went, and what that makes of a reference.

A reference to sample rows from elsewhere means all rows of the loop, and so does a pinned one
(`K$8`) within it. Within the loop, and within other loops over the same list, an unpinned
reference means the row of the same item.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from cqo_docs.errors import ContentError, problem

# A1, $A$1, A1:B2 and 3:4, with or without the name of one sheet of this workbook.
REFERENCE = re.compile(
    r"(?P<sheet>'(?:[^'\[]|'')+'!|[^\W\d][\w.]*!)?"
    r"(?P<left>\$?[A-Za-z]{1,3})?(?P<pin1>\$?)(?P<row1>\d+)"
    r"(?::(?P<right>\$?[A-Za-z]{1,3})?(?P<pin2>\$?)(?P<row2>\d+))?"
)
LAST_ROW = 1_048_576


class Loop(NamedTuple):
    """The sample rows that one list repeats."""

    variable: str
    source: str
    items: Sequence[Mapping[str, object]]


class Row(NamedTuple):
    """One row of the result: the template row behind it, and its turn in a loop."""

    source: int
    loop: Loop | None = None
    turn: int = 0

    @property
    def is_blank(self) -> bool:
        """Whether an empty list left this sample row without values."""
        return self.loop is not None and not self.loop.items


PLAIN = Row(0)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the rows of one template sheet went; marker rows went nowhere."""

    rows: tuple[Row, ...]
    places: Mapping[int, Sequence[int]]
    loops: Mapping[int, Loop]
    starts: Sequence[int]
    ends: Sequence[int]

    def first(self, row: int) -> int:
        """The first row of the result made from a template row, or from the next below it."""
        return self.starts[row] if row < len(self.starts) else self._below(row)

    def last(self, row: int) -> int:
        """The last row of the result made from a template row, or from the next above it."""
        return self.ends[row] if row < len(self.ends) else self._below(row)

    def _below(self, row: int) -> int:
        return min(LAST_ROW, row - len(self.starts) + 1 + len(self.rows))

    def row_at(self, template_row: int) -> Row:
        """The first row of the result made from a template row."""
        place = self.first(template_row)
        return self.rows[place - 1] if place <= len(self.rows) else Row(template_row)

    def runs(self, top: int, bottom: int) -> Iterator[tuple[int, int]]:
        """The unbroken stretches of the result made from some template rows."""
        places = sorted(p for row in range(top, bottom + 1) for p in self.places.get(row, ()))
        if not places or bottom >= len(self.starts):
            yield self.first(top), max(self.first(top), self.last(bottom))
            return
        breaks = [i for i in range(1, len(places)) if places[i] != places[i - 1] + 1]
        for start, end in zip([0, *breaks], [*breaks, len(places)], strict=True):
            yield places[start], places[end - 1]


Layouts = Mapping[str, Layout]


def lay_out(height: int, blocks: Mapping[int, tuple[int, Loop]]) -> Layout:
    """The layout of a sheet; `blocks` gives for each opening marker its closing one and loop."""
    rows: list[Row] = []
    number = 1
    while number <= height:
        if number in blocks:
            closing, loop = blocks[number]
            turns = range(max(1, len(loop.items)))
            rows += [Row(sample, loop, t) for t in turns for sample in range(number + 1, closing)]
            number = closing
        else:
            rows.append(Row(number))
        number += 1
    places: dict[int, list[int]] = {}
    for place, row in enumerate(rows, 1):
        places.setdefault(row.source, []).append(place)
    loops = {row.source: row.loop for row in rows if row.loop}
    return Layout(tuple(rows), places, loops, *_edges(places, height, len(rows)))


def _edges(places: Mapping[int, list[int]], height: int, count: int) -> tuple[list[int], list[int]]:
    starts = [count + 1] * (height + 2)
    ends = [1] * (height + 1)
    for row in range(height, 0, -1):
        starts[row] = places[row][0] if row in places else starts[row + 1]
    for row in range(1, height + 1):
        ends[row] = places[row][-1] if row in places else ends[row - 1]
    return starts[: height + 1], ends


class Reference(NamedTuple):
    """One reference of a formula, taken apart."""

    prefix: str
    sheet: str
    left: str
    pin1: str
    row1: int
    right: str
    pin2: str
    row2: int


class Spot(NamedTuple):
    """Where a formula stands in the result."""

    sheet: str
    row: Row


@lru_cache(maxsize=4096)
def parse_formula(formula: str) -> tuple[str | Reference, ...]:
    """The references of a formula that starts with `=`, and the text between them."""
    from openpyxl.formula import Tokenizer
    from openpyxl.formula.tokenizer import TokenizerError

    try:
        tokens = Tokenizer(formula).items
    except TokenizerError:
        raise ContentError([problem("template.bad-formula", text=formula)]) from None
    parts: list[str | Reference] = ["="]
    for token in tokens:
        is_range = token.type == "OPERAND" and token.subtype == "RANGE"
        match = REFERENCE.fullmatch(token.value) if is_range else None
        parts.append(_reference(match) if match else token.value)
    return tuple(parts)


def _reference(match: re.Match[str]) -> Reference:
    prefix = match["sheet"] or ""
    sheet = prefix[:-1]
    if sheet.startswith("'"):
        sheet = sheet[1:-1].replace("''", "'")
    return Reference(
        prefix,
        sheet,
        match["left"] or "",
        match["pin1"],
        int(match["row1"]),
        match["right"] or "",
        match["pin2"] or "",
        int(match["row2"] or 0),
    )


def move_formula(formula: str, spot: Spot, layouts: Layouts) -> str:
    """A formula with every reference where its rows went."""
    return "".join(
        part if isinstance(part, str) else move_reference(part, spot, layouts)
        for part in parse_formula(formula)
    )


def move_text(text: str, spot: Spot, layouts: Layouts) -> str:
    """A formula or range written without its equals sign, moved."""
    return move_formula(f"={text}", spot, layouts)[1:]


def move_reference(ref: Reference, spot: Spot, layouts: Layouts) -> str:
    """One reference where its rows went; a single sample cell grows as a range does."""
    layout = layouts.get(ref.sheet or spot.sheet)
    row2 = ref.row2 or ref.row1
    if layout is None:
        top, bottom = ref.row1, row2
    else:
        top = _place(ref.row1, ref.pin1, layout, spot.row, layout.first)
        bottom = _place(row2, ref.pin2 if ref.row2 else ref.pin1, layout, spot.row, layout.last)
        bottom = max(top, bottom)
    start = f"{ref.prefix}{ref.left}{ref.pin1}{top}"
    if ref.row2:
        return f"{start}:{ref.right}{ref.pin2}{bottom}"
    return start if top == bottom else f"{start}:{ref.left}{ref.pin1}{bottom}"


def _place(row: int, pin: str, layout: Layout, spot: Row, outside: Callable[[int], int]) -> int:
    loop = layout.loops.get(row)
    if loop and spot.loop and not pin and loop.source == spot.loop.source:
        return layout.places[row][spot.turn]
    return outside(row)

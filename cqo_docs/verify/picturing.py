"""One file of a pack, as it lies on a disk, in the picture that the checks look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from cqo_docs.papers.consistency import Entry, Grid, PaperText, Text, figure_in, make_grid
from cqo_docs.verify.comparing import head_of
from cqo_docs.verify.reading import PaperFile, Unit, plain


def figure_columns(units: Sequence[Unit], heads: Mapping[str, str]) -> dict[int, dict[int, str]]:
    """Which figures stand in which columns of each row, told by the headings above it."""
    found: dict[int, dict[int, str]] = {}
    table = ""
    columns: dict[int, str] = {}
    for number, unit in enumerate(units):
        if unit.table != table:
            table, columns = unit.table, {}
        named = {
            c: heads[plain(cell)]
            for c, cell in zip(unit.columns, unit.cells, strict=bool(unit.columns))
            if plain(cell) in heads
        }
        if named:
            columns = {**columns, **named}
        elif columns:
            found[number] = columns
    return found


def text_of(
    name: str, documents: tuple[str, ...], paper: PaperFile, words: Mapping[str, Any]
) -> PaperText:
    """One file as the checks of a pack see it."""
    texts = [Text(head_of(unit.text), cell) for unit in paper.units for cell in unit.cells]
    grids = list(_grids(paper, words))
    return PaperText(name, documents, texts, grids, list(entries_in(paper)))


def entries_in(paper: PaperFile) -> Iterator[Entry]:
    """What stands behind the labels of a form: after the colon, or else in the next cell."""
    for unit in paper.units:
        for cell, following in zip_longest(unit.cells, unit.cells[1:], fillvalue=""):
            label, colon, value = cell.replace(":", "：").partition("：")
            if not colon and "：" not in following:
                value = following
            if value.strip():
                yield Entry(head_of(cell), "".join(label.split()), value)


def _grids(paper: PaperFile, words: Mapping[str, Any]) -> Iterator[Grid]:
    """The tables of figures in a file, told by their headings."""
    columns = figure_columns(paper.units, words["heads"])
    heads = {plain(t) for t in words["total-rows"]}
    capitals = {plain(t) for t in words["capital-rows"]}
    tables: dict[str, list[tuple[Unit, dict[int, str]]]] = {}
    for number, names in columns.items():
        tables.setdefault(paper.units[number].table, []).append((paper.units[number], names))
    for rows in tables.values():
        items: list[dict[str, Decimal | None]] = []
        totals: dict[str, Decimal] = {}
        capital = ""
        for unit, names in rows:
            first = plain(unit.cells[0])
            cells = dict(zip(unit.columns, unit.cells, strict=True))
            figures = {name: figure_in(cells.get(c, "").strip()) for c, name in names.items()}
            if first in heads:
                totals |= {n: f for n, f in figures.items() if f is not None}
            elif first in capitals:
                capital = plain(unit.cells[-1])
            elif first.isdigit():
                items.append(figures)
        if items:
            yield make_grid("", items, totals, capital)

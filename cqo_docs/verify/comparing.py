"""Lay what a file says beside what was planned: which paragraph, row or cell became which."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import NamedTuple

from cqo_docs.verify.reading import SHARED, PaperFile, Unit, cell_name, plain, plain_unit

# Less alike than this, one text is not the other one changed.
ALIKE = 0.5
# More pairs than this are not weighed one by one.
MOST_PAIRS = 6_000
MOST_WEIGHED = 1_500
# A place to be filled in by hand: a line of five with its label, a line to sign on, or room
# before 年, 月, 日.
BLANK = re.compile(
    r"(?<!＿)＿{5}（[^（）]*(?:（[^（）]*）[^（）]*)*）|[＿_]{2,}"
    r"|[\u3000 ]{2,}|\u3000+(?=[年月日])|(?<=[年月日])\u3000+"
)
LABELLED = re.compile(r"[＿_]{2,}（(.*)）", re.DOTALL)
ROOM = "\ue000"
COLON = (":", "：")
ANYTHING = "(.*?)"


class Change(NamedTuple):
    """One paragraph or cell that says something else than was planned."""

    place: str
    old: str
    new: str
    number: int
    """Which planned unit it belongs to."""
    label: str = ""
    """Of a cell: the words of the first cell of its row."""
    cell: str = ""
    """Of a cell of a sheet: its name."""
    column: int = 0
    computed: bool = False
    """Whether a formula was to stand there."""


class Filled(NamedTuple):
    """What a person wrote into a place that was left for it."""

    place: str
    label: str
    value: str
    number: int


class Comparison(NamedTuple):
    """What became of the planned units of one file."""

    same: int
    planned: int
    changes: tuple[Change, ...]
    results: tuple[Change, ...]
    """What formulas give now where they gave something else; nothing is said of why."""
    filled: tuple[Filled, ...]
    missing: tuple[tuple[int, Unit], ...]
    added: tuple[tuple[int, Unit], ...]
    """New units, each with the number of the planned unit before which it stands."""
    moved: tuple[Unit, ...]
    found: frozenset[int]
    """The planned units that are there, as they were or changed."""


def compare(planned: PaperFile, have: PaperFile) -> Comparison:
    """What became of each planned unit of a file, and what is new in it."""
    old, new = planned.units, have.units
    changes: list[Change] = []
    results: list[Change] = []
    filled: list[Filled] = []
    missing: list[tuple[int, Unit]] = []
    added: list[tuple[int, Unit]] = []
    found: set[int] = set()
    same = 0
    for number, place, unit in _pairs(old, new):
        if unit is None:
            missing.append((place, old[place]))
        elif number is None:
            added.append((place, unit))
        else:
            found.add(number)
            told = len(changes) + len(filled)
            _compare_units(number, old[number], unit, changes, filled)
            results += _other_results(number, old[number], unit)
            same += told == len(changes) + len(filled)
    gone = [plain_unit(unit) for _, unit in missing]
    moved = []
    for place, unit in list(added):
        key = plain_unit(unit)
        if key in gone:
            number = gone.index(key)
            found.add(missing[number][0])
            del gone[number], missing[number]
            added.remove((place, unit))
            moved.append(unit)
    return Comparison(
        same,
        len(old),
        tuple(changes),
        tuple(results),
        tuple(filled),
        tuple(missing),
        tuple(added),
        tuple(moved),
        frozenset(found),
    )


class Pair(NamedTuple):
    """A planned unit and what it became; None stands for the lack of one of them."""

    old: int | None
    place: int
    """The number of the planned unit, or of the one before which the new unit stands."""
    new: Unit | None


def _pairs(old: Sequence[Unit], new: Sequence[Unit]) -> Iterator[Pair]:
    """Planned and present units that belong together, in order."""
    keys = [plain_unit(u) for u in old], [plain_unit(u) for u in new]
    matcher = SequenceMatcher(None, *keys, autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal":
            for i, j in zip(range(i1, i2), range(j1, j2), strict=True):
                yield Pair(i, i, new[j])
            continue
        links = dict(_linked(old, new, range(i1, i2), range(j1, j2)))
        taken = {j: i for i, j in links.items()}
        at = i1
        for i in range(i1, i2):
            if i not in links:
                yield Pair(i, i, None)
        for j in range(j1, j2):
            at = taken.get(j, at)
            yield Pair(taken.get(j), at, new[j])


def _linked(
    old: Sequence[Unit], new: Sequence[Unit], olds: range, news: range
) -> Iterator[tuple[int, int]]:
    """Which of some planned units became which of some present ones, in order."""
    if len(olds) * len(news) > MOST_PAIRS:
        # Somebody put another paper here; what is alike at all is alike in its place.
        for i, j in zip(olds, news, strict=False):
            if likeness(old[i], new[j]) >= ALIKE:
                yield i, j
        return
    scores = {
        (i, j): score for i in olds for j in news if (score := likeness(old[i], new[j])) >= ALIKE
    }
    best: dict[tuple[int, int], float] = {}
    for i in reversed(olds):
        for j in reversed(news):
            skip = max(best.get((i + 1, j), 0.0), best.get((i, j + 1), 0.0))
            take = scores[i, j] + best.get((i + 1, j + 1), 0.0) if (i, j) in scores else 0.0
            best[i, j] = max(skip, take)
    i, j = olds.start, news.start
    while i < olds.stop and j < news.stop:
        here = best[i, j]
        if (i, j) in scores and here == scores[i, j] + best.get((i + 1, j + 1), 0.0):
            yield i, j
            i, j = i + 1, j + 1
        elif here == best.get((i + 1, j), 0.0):
            i += 1
        else:
            j += 1


def likeness(old: Unit, new: Unit) -> float:
    """How much one unit looks like another one changed, from 0 to 1."""
    if bool(old.columns) != bool(new.columns):
        return 0.0
    if not old.columns:
        return text_likeness(old.cells[0], new.cells[0])
    pairs = list(_cells(old, new))
    # What a cell computes follows from others.
    weights = [0 if c in old.formulas else len(plain(before)) for before, _, c in pairs]
    whole = sum(weights)
    if not whole:
        return 1.0 if old.row == new.row else 0.0
    kept = sum(
        weight * text_likeness(before, after)
        for weight, (before, after, _) in zip(weights, pairs, strict=True)
    )
    return kept / whole


def text_likeness(old: str, new: str) -> float:
    """How much one text looks like another one changed, from 0 to 1."""
    first, second = plain(old), plain(new)
    if first == second:
        return 1.0
    if not first:
        return 1.0
    if not second:
        return 0.0
    if (ROOM in _roomy(old) or first.endswith(COLON)) and filling(old, new) is not None:
        return 1.0
    first, second = first[:MOST_WEIGHED], second[:MOST_WEIGHED]
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    if matcher.real_quick_ratio() < ALIKE and len(first) > len(second):
        return 0.0
    kept = sum(block.size for block in matcher.get_matching_blocks())
    # Words added at one end do not make it another paragraph.
    return max(matcher.ratio(), kept / len(first) if second.startswith(first) else 0.0)


def _cells(old: Unit, new: Unit) -> Iterator[tuple[str, str, int]]:
    """The cells of two rows that stand in the same column."""
    if not old.sheet and len(old.cells) == len(new.cells):
        # Programs reckon the columns of joined cells each in its own way; the order is the same.
        yield from zip(old.cells, new.cells, old.columns, strict=True)
        return
    have = dict(zip(new.columns, new.cells, strict=True))
    for column, cell in zip(old.columns, old.cells, strict=True):
        yield cell, have.get(column, ""), column
    known = set(old.columns)
    for column, cell in have.items():
        if column not in known:
            yield "", cell, column


def _compare_units(
    number: int, old: Unit, new: Unit, changes: list[Change], filled: list[Filled]
) -> None:
    if not old.columns:
        _compare_texts(
            Change(head_of(new.cells[0] or old.cells[0]), old.cells[0], new.cells[0], number),
            filled,
            changes,
        )
        return
    label = next((cell for cell in old.cells if cell.strip() and not figure_like(cell)), "")
    beside = label
    for before, after, column in _cells(old, new):
        if len(old.cells) <= FORM_CELLS and before.strip():
            # In a form each value has its label on its left.
            beside = before
        if column in old.formulas:
            formula = new.formulas.get(column)
            if formula not in {old.formulas[column], SHARED}:
                place = cell_name(column, new.row)
                shown = after or "＝…"
                changes.append(
                    Change(new.table, before, shown, number, label, place, column, computed=True)
                )
            continue
        place = new.table if old.sheet else head_of(before if _labelled(before) else label)
        cell = cell_name(column, new.row) if old.sheet else ""
        change = Change(place, before, after, number, beside, cell, column)
        _compare_texts(change, filled, changes)


def _labelled(cell: str) -> bool:
    """Whether a cell is its own label: what is filled in follows its colon."""
    return plain(cell).endswith(COLON)


def _other_results(number: int, old: Unit, new: Unit) -> Iterator[Change]:
    """What formulas of a row give now that they did not give before."""
    for before, after, column in _cells(old, new) if old.formulas else ():
        kept = new.formulas.get(column) in {old.formulas.get(column, ""), SHARED}
        if kept and before and after and plain(before) != plain(after):
            yield Change(new.table, before, after, number, "", cell_name(column, new.row), column)


def _compare_texts(change: Change, filled: list[Filled], changes: list[Change]) -> None:
    if plain(change.old) == plain(change.new):
        return
    values = filling(change.old, change.new)
    if values is None:
        changes.append(change)
        return
    for label, value in values:
        filled.append(Filled(change.place, label or change.label, value, change.number))


def filling(old: str, new: str) -> tuple[tuple[str, str], ...] | None:
    """What was filled into the places left in a text, with their labels; None for other changes."""
    if not plain(old):
        return (("", new.strip()),)
    form, labels, rooms = _form(old)
    if rooms:
        whole = _squeezed(new)
        match = form.fullmatch(whole) if len(whole) <= LONGEST_FILLED else None
        if match is None:
            return None
        found = []
        for label, value, room in zip(labels, match.groups(), rooms, strict=True):
            said = value.removesuffix(_squeezed(f"（{label}）")) if label else value
            if said.strip("＿_") and said != room:
                found.append((label, said))
        return tuple(found)
    first, second = plain(old), plain(new)
    if first.endswith(COLON) and second.startswith(first) and len(old) <= LONGEST_LABEL:
        return ((old.strip().rstrip("：:"), second[len(first) :]),)
    return None


# What ends in a colon and is longer is a sentence that leads to others.
LONGEST_LABEL = 16
# In longer texts a search for what fills several places might not come to an end.
LONGEST_FILLED = 300


@lru_cache(maxsize=4096)
def _form(old: str) -> tuple[re.Pattern[str], tuple[str, ...], tuple[str, ...]]:
    """A text with places to fill in as a pattern, the labels of the places, and what fills them."""
    pieces: list[str] = []
    labels: list[str] = []
    rooms: list[str] = []
    end = 0
    for blank in BLANK.finditer(old):
        pieces += [re.escape(_squeezed(old[end : blank.start()])), ANYTHING]
        label = LABELLED.fullmatch(blank[0])
        labels.append(label[1] if label else "")
        rooms.append(_squeezed(blank[0]))
        end = blank.end()
    pieces.append(re.escape(_squeezed(old[end:])))
    return re.compile("".join(pieces), re.DOTALL), tuple(labels), tuple(rooms)


@lru_cache(maxsize=4096)
def _roomy(text: str) -> str:
    return BLANK.sub(ROOM, text)


def without_rooms(text: str) -> str:
    """A text without the places that are left to be filled in."""
    return BLANK.sub("", text)


def open_rooms(text: str) -> int:
    """How many labelled places of a text are still to be filled in."""
    return sum(1 for blank in BLANK.finditer(text) if LABELLED.fullmatch(blank[0]))


def _squeezed(text: str) -> str:
    return "".join(text.split())


def figure_like(text: str) -> bool:
    """Whether a cell holds a figure."""
    return not text.strip().strip("0123456789.,-%")


def head_of(text: str) -> str:
    """The first words of a text, so that it can be found."""
    line = "".join(text.split("\n", maxsplit=1)[0].split())
    return line if len(line) <= HEAD else f"{line[:HEAD]}…"


HEAD = 16
# No row with more cells than this is one of labels and values.
FORM_CELLS = 4

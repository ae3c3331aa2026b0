"""Read a filled Excel form: by the names of its cells, else by the labels beside them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, Any, NamedTuple

from cqo_docs.answers.raw import RawAnswers
from cqo_docs.base.errors import CqoError, problem
from cqo_docs.base.invisible import trimmed
from cqo_docs.forms.excel.file import FormFile, Grid, Target, read_form_file
from cqo_docs.forms.excel.form import PROPERTY
from cqo_docs.forms.excel.places import (
    INDUSTRY,
    LABEL,
    SECTOR,
    VALUE,
    VERSION,
    Line,
    Listing,
    Places,
    Spot,
    answer_name,
    find_places,
)
from cqo_docs.forms.frame import FEWEST_LABELS, Gathered, check_version, put_part, says_none
from cqo_docs.office.xlsx_reading import Cell
from cqo_docs.questions.columns import FORM_MARK
from cqo_docs.questions.columns import MARK as ROSTER_MARK
from cqo_docs.questions.fields import NONE, Field, Layout, compared
from cqo_docs.questions.form_cells import answer_of, industry_of, tick_of
from cqo_docs.questions.written import Fault, Value, items_in, understood

# Above the headings may stand a title; not a whole page.
LAST_HEAD_ROW = 60


class Item(NamedTuple):
    """One cell that is filled in: that of a question, of a choice to tick, of a list's count."""

    path: str
    choice: str | None = None


SECTOR_ITEM = Item("", "")


def read_excel_form(path: Path, file: IO[bytes], layout: Layout) -> RawAnswers:
    """The raw answers in a filled form, with their places and what could not be understood.

    Raises CqoError for a file that is no form of ours, or of another version.
    """
    return read_form_book(path, read_form_file(file, str(path)), layout)


def read_form_book(path: Path, file: FormFile, layout: Layout) -> RawAnswers:
    """The same of a workbook that was opened."""
    return _Reading(path, file, find_places(layout)).answers()


@dataclass(frozen=True)
class _Asked:
    """A sheet of questions as it was found: where its labels and answers stand."""

    grid: Grid
    head: int
    label: int
    value: int
    rows: Mapping[int, Item]
    """What the label of a row asks for."""


@dataclass
class _Reading:
    path: Path
    file: FormFile
    places: Places
    claimed: set[tuple[str, int, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.layout: Layout = self.places.layout
        self.words = self.places.words
        self.found = Gathered(self.path, self.layout)

    # The whole

    def answers(self) -> RawAnswers:
        """What the form says."""
        self._check_version()
        sheets = self.sheets
        listed = {listing.path: self._columns(listing) for listing in self.places.listings}
        if not self._is_marked() and self._known(sheets) < FEWEST_LABELS:
            raise CqoError([problem(self._other_kind(), str(self.path))])
        for own in self.layout.fields:
            if own.kind == "ticks":
                self._read_ticks(own)
            elif own.kind != "list":
                self._read_field(own)
        for listing in self.places.listings:
            self._read_list(listing, listed[listing.path])
        self._missing_sheets(listed)
        for asked in sheets:
            self._strays(asked)
            self._merges(asked)
        self._stray_columns(listed)
        return self.found.answers()

    def _known(self, sheets: Sequence[_Asked]) -> int:
        return len({item for asked in sheets for item in asked.rows.values()})

    def _is_marked(self) -> bool:
        return bool(self._versions())

    def _versions(self) -> dict[str, str]:
        """The versions and locales that the form says it has."""
        found = {}
        said = self.file.properties.get(PROPERTY, "")
        texts = [said, *(g.text(1, 1).removeprefix(PROPERTY) for g in self.file.grids.values()
                         if g.hidden and g.text(1, 1).startswith(PROPERTY))]  # fmt: skip
        for text in texts:
            match = re.fullmatch(r"\s*excel (\d{1,4}) (\S+)", text)
            if match:
                found[match.group(1)] = match.group(2)
        for name in self.file.every_name:
            match = re.fullmatch(rf"{FORM_MARK}(\d{{1,4}})", name.lower())
            if match:
                found.setdefault(match.group(1), self.layout.wording.locale)
        return found

    def _check_version(self) -> None:
        for version, locale in self._versions().items():
            own = (VERSION, self.layout.wording.locale)
            check_version(self.path, "form", (int(version), locale), own)

    def _other_kind(self) -> str:
        """What a workbook is that is no form of ours."""
        is_roster = any(name.lower().startswith(ROSTER_MARK) for name in self.file.every_name)
        return "form.is-roster" if is_roster else "form.not-a-form"

    # Finding cells

    @cached_property
    def items(self) -> Mapping[str, Item]:
        """What is filled in beside every label, as compared."""
        found: dict[str, Item] = {}
        for sheet in self.places.sheets:
            for line in sheet.lines:
                item = _item_of(line)
                if item is not None:
                    found[compared(line.label)] = item
        return found

    @cached_property
    def labels(self) -> Mapping[Item, str]:
        """The labels as people see them."""
        return {
            item: line.label
            for sheet in self.places.sheets
            for line in sheet.lines
            if (item := _item_of(line)) is not None
        }

    @cached_property
    def sheets(self) -> tuple[_Asked, ...]:
        """The sheets of questions, by their headings or by the names that lead to them."""
        found = (self._asked(g) for g in self.file.grids.values() if not g.hidden)
        return tuple(asked for asked in found if asked is not None)

    def _asked(self, grid: Grid) -> _Asked | None:
        columns = self.words["columns"]
        wanted = {compared(columns["label"]): "label", compared(columns["value"]): "value"}
        rows = grid.rows()
        for row in sorted(rows):
            if row > LAST_HEAD_ROW:
                break
            at = {wanted[word]: n for n, cell in rows[row].items()
                  if (word := compared(cell.text)) in wanted}  # fmt: skip
            if len(at) == len(wanted):
                return self._with_rows(grid, row, at["label"], at["value"])
        named = [t.area for n, t in self.file.names.items()
                 if t.sheet == grid.name and n in self.items_by_name]  # fmt: skip
        if not named:
            return None
        value = Counter(area.left for area in named).most_common(1)[0][0]
        label = self._label_column(grid, {area.top for area in named}) or value - VALUE + LABEL
        return self._with_rows(grid, 0, label, value)

    def _label_column(self, grid: Grid, rows: set[int]) -> int:
        """The column in which most of our labels stand; 0 where none do."""
        found = Counter(column for (row, column), cell in grid.cells.items()
                        if row in rows and compared(cell.text) in self.items)  # fmt: skip
        return found.most_common(1)[0][0] if found else 0

    def _with_rows(self, grid: Grid, head: int, label: int, value: int) -> _Asked | None:
        rows = {
            row: self.items[word]
            for (row, column), cell in grid.cells.items()
            if column == label and row > head and (word := compared(cell.text)) in self.items
        }
        named = any(t.sheet == grid.name and n in self.items_by_name
                    for n, t in self.file.names.items())  # fmt: skip
        return _Asked(grid, head, label, value, rows) if rows or named else None

    @cached_property
    def items_by_name(self) -> Mapping[str, Item]:
        """Which cell every name stands for."""
        found = {SECTOR.lower(): SECTOR_ITEM}
        for item in self.labels:
            if item.path and item.path not in self.places.by_list:
                found[answer_name(item.path, item.choice).lower()] = item
        return found

    @cached_property
    def by_item(self) -> Mapping[Item, Target]:
        """The named cell of each item whose name still leads somewhere."""
        return {
            item: found
            for name, item in self.items_by_name.items()
            if (found := self.file.names.get(name)) is not None and found.sheet in self.file.grids
        }

    @cached_property
    def by_label(self) -> Mapping[Item, tuple[Spot, ...]]:
        """The cells beside the label of each item."""
        found: dict[Item, list[Spot]] = {}
        for asked in self.sheets:
            for row, item in asked.rows.items():
                found.setdefault(item, []).append(Spot(asked.grid.name, row, asked.value))
        return {item: tuple(spots) for item, spots in found.items()}

    def spots(self, item: Item) -> tuple[Spot, ...]:
        """The cells that may hold an answer: the named one first, unless its row asks another.

        What stands beside a label is what a person sees as its answer.
        """
        beside = self.by_label.get(item, ())
        named = self.by_item.get(item)
        if named is None:
            return beside
        spot = Spot(named.sheet, named.area.top, named.area.left)
        asked = next((a for a in self.sheets if a.grid.name == spot.sheet), None)
        if asked is None:
            # A sheet that holds none of our labels any more.
            return (spot, *beside)
        if spot.row <= asked.head or asked.rows.get(spot.row, item) != item:
            return beside
        # Under the heading, wherever the name leads in the row.
        spot = Spot(spot.sheet, spot.row, asked.value)
        cell = self.cell(spot)
        says_nothing = cell is None or self._is_blank(spot) or self._is_ours(cell)
        if beside and spot not in beside and says_nothing:
            return beside
        return tuple(dict.fromkeys((spot, *beside)))

    def _is_blank(self, spot: Spot) -> bool:
        cell = self.cell(spot)
        return cell is None or (cell.kind == "text" and not trimmed(cell.text))

    def cell(self, spot: Spot) -> Cell | None:
        """What stands in a cell; None for a blank one."""
        return self.file.grids[spot.sheet].cells.get((spot.row, spot.column))

    # Reading

    def _say(self, code: str, path: str, spot: Spot | None, **values: object) -> None:
        place = self._place(spot, path) if spot is not None else self.found.places.get(path, "")
        self.found.say(code, place, path, **values)

    def _place(self, spot: Spot, path: str, label: str = "") -> str:
        label = label or self.layout.wording.short_label(re.sub(r"\[\d+\]", "[]", path))
        return str(self.words["place"]).format(cell=spot.shown, label=label)

    def _read_cells(self, item: Item, path: str) -> tuple[Spot | None, Any]:
        """The one cell and answer of an item; no answer where its cells contradict each other."""
        spots = self.spots(item)
        if not spots:
            return None, None
        own = self.layout.by_path.get(path)
        found: list[Any] = []
        for spot in spots:
            self.claimed.add(spot)
            cell = self.cell(spot)
            if cell is None:
                found.append(None)
            elif item.choice is not None:
                found.append(tick_of(self.labels[item], cell) if item.path
                             else _text_of(cell))  # fmt: skip
            else:
                assert own is not None
                found.append(answer_of(own, cell, self.file.from_1904))
        spot = spots[0]
        if path:
            self.found.places.setdefault(path, self._place(spot, path))
        if any(value != found[0] for value in found):
            others = "、".join(s.shown for s in spots[1:])
            self._say("form.cells-differ", path or INDUSTRY, spot, others=others)
            return spot, None
        return spot, found[0]

    def _read_field(self, own: Field) -> None:
        if own.path == INDUSTRY:
            self._read_industry(own)
            return
        spot, value = self._read_cells(Item(own.path), own.path)
        self._take(own.path, value, spot)
        if value is None and spot is not None:
            self._note(own.path, spot)

    def _take(self, path: str, value: Any, spot: Spot | None) -> None:
        if isinstance(value, Fault):
            self._say(value.code, path, spot, **value.values)
        elif value is not None:
            self.found.put(path, value)

    def _note(self, path: str, spot: Spot) -> None:
        """A remark pinned to a blank cell is probably its answer."""
        text = self.file.grids[spot.sheet].notes.get((spot.row, spot.column), "")
        if text:
            self._say("form.comment", path, spot, have=text)

    def _read_industry(self, own: Field) -> None:
        before = len(self.found.faults)
        sector_spot, sector = self._read_cells(SECTOR_ITEM, "")
        spots = self.spots(Item(own.path))
        spot, value = self._read_cells(Item(own.path), own.path)
        if isinstance(sector, Fault):
            self._say(sector.code, own.path, sector_spot, **sector.values)
            return
        if isinstance(value, str) and len(self.found.faults) == before:
            table = self.layout.asking.library.reference
            sections = [(row.code, row.name) for row in table.industry_table.sections]
            names = {code: row.name for code, row in table.industries.items()}
            value = industry_of(value, sector or "", sections, names)
        elif value is None and sector and spots:
            self._say("form.sector-alone", own.path, spot, have=sector)
            return
        self._take(own.path, value, spot)

    def _read_ticks(self, own: Field) -> None:
        head_spot, said = self._head_of_ticks(own)
        marks: dict[str, Any] = {}
        for choice in own.choices:
            spot, value = self._read_cells(Item(own.path, choice.id), "")
            if spot is not None:
                self.found.places.setdefault(own.path, self._place(spot, own.path))
            if isinstance(value, Fault):
                self._say(value.code, own.path, spot, **value.values)
            marks[choice.id] = value
        if any(isinstance(value, Fault) for value in marks.values()):
            return
        on = [name for name, value in marks.items() if value]
        others = [value for name, value in marks.items() if name != NONE]
        if said is not None:
            if any(value is not None for value in marks.values()):
                self._say("form.ticks-twice", own.path, head_spot)
            else:
                self._take(own.path, said, head_spot)
        elif NONE in on and len(on) > 1:
            self._say("form.none-and-others", own.path, None)
        elif on:
            self.found.put(own.path, [name for name in on if name != NONE])
        elif others and all(value is False for value in others):
            self.found.put(own.path, [])
        elif any(value is False for value in marks.values()):
            self._say("form.ticks-partly", own.path, None)

    def _head_of_ticks(self, own: Field) -> tuple[Spot | None, Value | Fault | None]:
        """What somebody wrote beside the question itself, instead of ticking its choices."""
        for spot in self.by_label.get(Item(own.path), ()):
            self.claimed.add(spot)
            cell = self.cell(spot)
            if cell is not None and not self._is_ours(cell):
                text = _text_of(cell)
                return spot, understood(own, text) if text else None
        return None, None

    def _is_ours(self, cell: Cell) -> bool:
        """Whether the form itself says what stands in a cell."""
        return cell.kind == "formula" or bool(self.own_texts.fullmatch(compared(cell.text)))

    @cached_property
    def own_texts(self) -> re.Pattern[str]:
        """What the form writes into cells that are not to be filled in, as compared."""
        wild = "\0"
        texts = {str(self.words["ticks"]), *map(str, self.words["columns"].values())}
        for listing in self.places.listings:
            texts.add(str(self.words["see-list"]).format(sheet=listing.sheet))
            before, after = (str(t).format(sheet=listing.sheet) for t in self.words["entries"])
            texts.add(f"{before}{wild}{after}")
        forms = [re.escape(compared(text)).replace(re.escape(wild), r"\d+") for text in texts]
        return re.compile("|".join(forms))

    # Lists

    def _columns(self, listing: Listing) -> list[dict[int, Spot]]:
        """Each sheet that holds a list: the headings or first cells of its columns, by number."""
        found: list[dict[int, Spot]] = []
        asked = {a.grid.name for a in self.sheets}
        for grid in self.file.grids.values():
            if grid.hidden or grid.name in asked:
                continue
            columns = self._headings(grid, listing)
            if columns:
                found.append(columns)
        named = {n: t for n, own in enumerate(listing.fields)
                 if (t := self.file.names.get(answer_name(own.path).lower())) is not None
                 and t.sheet in self.file.grids and t.sheet not in asked}  # fmt: skip
        for number, target in named.items():
            spot = Spot(target.sheet, target.area.top - 1, target.area.left)
            same = next((c for c in found if _sheet_of(c) == target.sheet), None)
            if same is None:
                found.append({number: spot})
            elif number not in same and spot.column not in {s.column for s in same.values()}:
                # The headings of the others tell where entries begin.
                row = min(s.row for s in same.values())
                same[number] = Spot(spot.sheet, row, spot.column)
        return found

    def _headings(self, grid: Grid, listing: Listing) -> dict[int, Spot]:
        wanted = {compared(own.label): n for n, own in enumerate(listing.fields)}
        best: dict[int, Spot] = {}
        for row, cells in grid.rows().items():
            if row > LAST_HEAD_ROW:
                break
            found: dict[int, Spot] = {}
            for column, cell in cells.items():
                number = wanted.get(compared(cell.text))
                if number is not None:
                    if number in found:
                        self._say("form.column-twice", listing.path,
                                  Spot(grid.name, row, column))  # fmt: skip
                    found.setdefault(number, Spot(grid.name, row, column))
            # A sheet of somebody's own may have one of our words; a list has most of its own.
            if len(found) > max(len(best), len(listing.fields) // 2 - 1):
                best = found
        return best

    def _read_list(self, listing: Listing, tables: list[dict[int, Spot]]) -> None:
        self.found.places.setdefault(listing.path, self._list_place(listing, tables))
        typed = self._typed_beside(listing)
        found = [(table, self._entries(listing, table)) for table in tables]
        given = [one for one in found if one[1]]
        differ = any(_values(rows) != _values(given[0][1]) for _, rows in given)
        if differ or 0 < len(given) < len(found):
            others = "、".join(dict.fromkeys(_sheet_of(table) for table in tables))
            self._say("form.lists-differ", listing.path, None, others=others)
            return
        if typed is not None:
            spot, value = typed
            if given:
                self._say("form.list-twice", listing.path, spot)
            elif listing.in_words:
                self._take(listing.path, value, spot)
            else:
                self._say("form.list-beside", listing.path, spot, sheet=listing.sheet)
            return
        if given:
            self._take_entries(listing, *given[0])

    def _list_place(self, listing: Listing, tables: list[dict[int, Spot]]) -> str:
        spots = self.by_label.get(Item(listing.path), ())
        if tables:
            first = min(tables[0].items())[1]
            return self._place(Spot(first.sheet, first.row + 1, first.column), listing.path)
        return self._place(spots[0], listing.path) if spots else ""

    def _typed_beside(self, listing: Listing) -> tuple[Spot, Value | Fault | None] | None:
        """What somebody wrote into the cell that leads to a list."""
        for spot in self.by_label.get(Item(listing.path), ()):
            self.claimed.add(spot)
            cell = self.cell(spot)
            if cell is None or self._is_ours(cell):
                continue
            text = _text_of(cell)
            if not text or compared(text) == compared(self.none):
                continue
            value: Value | Fault = text
            if listing.in_words:
                value = items_in(text, listing.fields[0])
            return spot, value
        return None

    @property
    def none(self) -> str:
        return str(self.layout.wording.formats["none"])

    def _entries(
        self, listing: Listing, table: Mapping[int, Spot]
    ) -> list[tuple[int, dict[int, Any]]]:
        """The rows of a list that hold anything: their answers by column, faults among them."""
        grid = self.file.grids[_sheet_of(table)]
        head = max(spot.row for spot in table.values())
        columns = {spot.column: number for number, spot in table.items()}
        found = []
        for row, cells in grid.rows().items():
            if row <= head:
                continue
            values = {}
            for column, cell in cells.items():
                number = columns.get(column)
                if number is None:
                    continue
                value = answer_of(listing.fields[number], cell, self.file.from_1904)
                if value is not None:
                    values[number] = value
            if values:
                found.append((row, values))
        self._merged_entries(listing, grid, head, columns, found)
        return found

    def _merged_entries(
        self, listing: Listing, grid: Grid, head: int, columns: Mapping[int, int],
        found: Sequence[tuple[int, Any]],
    ) -> None:  # fmt: skip
        """Merged cells among the entries: only the first of them holds anything."""
        last = max((row for row, _ in found), default=head)
        for _, area in grid.merged:
            within = [c for c in columns if area.left <= c <= area.right]
            if within and area.bottom > head and area.top <= last:
                spot = Spot(grid.name, area.top, area.left)
                self._say("form.merged", listing.path, spot)

    def _take_entries(
        self,
        listing: Listing,
        table: Mapping[int, Spot],
        rows: list[tuple[int, dict[int, Any]]],
    ) -> None:
        first = listing.fields[0].path.rpartition(".")[2]
        if says_none([values for _, values in rows], 0):
            self.found.put(listing.path, [])
            return
        entries: list[Any] = []
        for n, (row, values) in enumerate(rows):
            entry: dict[str, Any] = {}
            for number, own in enumerate(listing.fields):
                path = f"{listing.path}[{n}]"
                if not listing.in_words:
                    path = own.path.replace("[]", f"[{n}]", 1)
                spot = table.get(number)
                if spot is not None:
                    at = Spot(spot.sheet, row, spot.column)
                    self.found.places[path] = self._place(at, own.path, own.label)
                value = values.get(number)
                if isinstance(value, Fault):
                    self._say(value.code, path, None, **value.values)
                elif value is not None:
                    put_part(entry, own.path.rpartition(".")[2] if not listing.in_words else first,
                             value, own.question.entries)  # fmt: skip
            entries.append(entry[first] if listing.in_words and entry else entry)
        if listing.in_words:
            entries = [entry for entry in entries if entry]
        self.found.put(listing.path, entries)

    # What would be lost

    def _missing_sheets(self, listed: Mapping[str, list[dict[int, Spot]]]) -> None:
        """A whole sheet that is gone takes its answers along."""
        gone = []
        for sheet in self.places.sheets:
            items = [item for line in sheet.lines if (item := _item_of(line)) is not None]
            if not any(self.spots(item) for item in items):
                gone.append(sheet.title)
        held = {listing.sheet: False for listing in self.places.listings}
        for listing in self.places.listings:
            held[listing.sheet] |= bool(listed[listing.path])
        gone += [name for name, found in held.items() if not found]
        for name in gone:
            self.found.say("form.sheet-gone", "", sheet=name)

    def _strays(self, asked: _Asked) -> None:
        """What was written beside the cells that are filled in, where no answer was given."""
        grid = asked.grid
        for row, cells in grid.rows().items():
            if row <= asked.head:
                continue
            item = asked.rows.get(row)
            own = (grid.name, row, asked.value)
            cell = cells.get(asked.value)
            if cell is not None and own not in self.claimed and not self._is_ours(cell):
                spot = Spot(grid.name, row, asked.value)
                self._loose("form.no-question", spot, cell)
            if item is None or (cell is not None and not self._is_ours(cell)):
                continue
            for column, other in cells.items():
                if column in {asked.label, asked.value} or (grid.name, row, column) in self.claimed:
                    continue
                numbering = column < asked.label and other.kind == "number"
                if not (numbering or self._is_furniture(other)):
                    self._loose("form.stray-cell", Spot(grid.name, row, column), other)

    def _loose(self, code: str, spot: Spot, cell: Cell) -> None:
        self.found.say(code, spot.shown, have=cell.text)

    def _is_furniture(self, cell: Cell) -> bool:
        """Whether a cell holds a state or a hint of the form itself."""
        return cell.kind == "formula" or compared(cell.text) in self.furniture

    @cached_property
    def furniture(self) -> frozenset[str]:
        """The texts of the form that stand beside its answers, as compared."""
        texts = {str(word) for word in self.words["states"].values()}
        texts |= {str(self.words["sector-hint"])}
        for own in self.layout.fields:
            hints = [t for t in dict.fromkeys(own.hints) if t != str(self.layout.words["many"])]
            texts.add("\n".join(hints))
            texts.add("\n".join([str(self.words["industry-hint"]), *hints]))
        return frozenset(compared(text) for text in texts)

    def _merges(self, asked: _Asked) -> None:
        """Merged cells that swallow the cell of an answer."""
        for text, area in asked.grid.merged:
            rows = [r for r in asked.rows if area.top <= r <= area.bottom]
            if not rows or not area.left <= asked.value <= area.right:
                continue
            if len(rows) > 1 or (area.top, area.left) != (rows[0], asked.value):
                spot = Spot(asked.grid.name, area.top, area.left)
                place = str(self.words["place-bare"]).format(cell=f"{spot.sheet}!{text}")
                self.found.say("form.merged", place)

    def _stray_columns(self, listed: Mapping[str, list[dict[int, Spot]]]) -> None:
        """Columns of a sheet of lists that nobody knows, and that hold something."""
        known: dict[str, set[int]] = {}
        heads: dict[str, int] = {}
        held: dict[str, list[str]] = {}
        for path, tables in listed.items():
            for table in tables:
                name = _sheet_of(table)
                held.setdefault(name, []).append(path)
                known.setdefault(name, set()).update(s.column for s in table.values())
                heads[name] = max(s.row for s in table.values())
        for name, columns in known.items():
            grid = self.file.grids[name]
            for column in sorted({c for r, c in grid.cells if r > heads[name]} - columns):
                heading = grid.text(heads[name], column)
                row = min(r for r, c in grid.cells if c == column and r > heads[name])
                cell = grid.cells[row, column]
                if cell.kind == "formula":
                    continue
                code = "form.unknown-column" if heading else "form.stray-cell"
                # What else the list lacks may be for want of this column.
                path = held[name][0] if len(held[name]) == 1 else ""
                place = Spot(name, heads[name] if heading else row, column).shown
                self.found.say(code, place, path, have=heading or cell.text)


def _item_of(line: Line) -> Item | None:
    """What is filled in beside a line; None for a caption."""
    if line.kind == "caption":
        return None
    if line.kind == "sector":
        return SECTOR_ITEM
    return Item(line.path, line.choice.id if line.choice is not None else None)


def _text_of(cell: Cell) -> str:
    return trimmed(cell.text)


def _sheet_of(table: Mapping[int, Spot]) -> str:
    return next(iter(table.values())).sheet


def _values(entries: Sequence[tuple[int, Mapping[int, Any]]]) -> list[Mapping[int, Any]]:
    return [values for _, values in entries]

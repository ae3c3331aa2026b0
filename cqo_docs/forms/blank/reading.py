"""Read filled blank papers back: by the tags or bookmarks of their places, by names of cells."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from cqo_docs.answers.raw import RawAnswers
from cqo_docs.answers.types import parse_date, parse_number
from cqo_docs.base.errors import CqoError, problem
from cqo_docs.base.invisible import trimmed
from cqo_docs.forms.blank.excel import HEAD_MARK, letters_of
from cqo_docs.forms.blank.slots import (
    FILLED,
    FREE,
    HEADS_PROPERTY,
    INDEXED,
    MOST_ROWS,
    TEXTS_PROPERTY,
    VERSION,
    BlankName,
    Slot,
    Slots,
    default_of,
)
from cqo_docs.forms.excel.file import FormFile
from cqo_docs.forms.frame import Gathered, check_version, own_marks, put_part
from cqo_docs.forms.word.form import fingerprint
from cqo_docs.forms.word.reading import day_of
from cqo_docs.office.word_package import WordFile
from cqo_docs.office.word_reading import Content, Piece, Table, blocks, margin_blocks
from cqo_docs.office.xlsx_reading import Cell
from cqo_docs.questions.fields import ADOPT
from cqo_docs.questions.form_cells import answer_of
from cqo_docs.questions.written import Fault, Value, understood
from cqo_docs.wording.amounts import capital_amount

# So much of a paragraph tells which one it is.
HEAD = 12
UNDERLINES = re.compile("＿＿|＿[年月日]")
# What people write about an amount in capitals.
CAPITAL_NOTES = re.compile(r"^人民币|[\s:：]")


class _Given(NamedTuple):
    """What one place says: None where nothing; whether the blank says so itself."""

    slot: Slot
    value: Value | None
    text: str
    place: str
    own: bool


@dataclass
class _Reading:
    """One blank on its way to answers."""

    path: Path
    name: BlankName
    slots: Slots
    properties: Mapping[str, str]
    given: list[_Given] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.wording = self.slots.layout.wording
        self.found = Gathered(self.path, self.slots.layout)
        self.fixed = own_marks(self.properties, TEXTS_PROPERTY)
        self._check_name()

    def _check_name(self) -> None:
        name, where = self.name, str(self.path)
        have, want = (name.version, name.locale), (VERSION, self.wording.locale)
        check_version(self.path, "blank", have, want)
        if name.standard and name.standard not in {s.id for s in self.slots.library.standards}:
            raise CqoError([problem("blank.unknown-standard", where, have=name.standard)])
        if not self.fixed:
            raise CqoError([problem("blank.unmarked", where)])

    def take(self, slot: Slot, text: str, place: str, found: Value | Fault | None) -> None:
        """Note what one place says."""
        value = self.found.sound(found, place, slot.path)
        if isinstance(found, Fault):
            return
        own = value is not None and fingerprint(*default_of(slot, value)) in self.fixed
        self.given.append(_Given(slot, value, text, place, own))

    def is_left(self, slot: Slot, text: str) -> bool:
        """Whether a part of a prompt stands in a text."""
        clicks: Mapping[str, str] = self.slots.layout.words["prompts"]
        label = slot.label
        return (
            bool(UNDERLINES.search(text))
            or f"（{label}" in text or f"{label}）" in text
            or any(text.startswith(p[:3]) or text.endswith(p[-3:]) for p in clicks.values())
        )  # fmt: skip

    # From places to answers

    def answers(self, sums: bool) -> RawAnswers:
        """The answers; with `sums` the workbook itself counts a blank quarter as nothing."""
        places = self.found.places
        by_path: dict[str, list[_Given]] = {}
        capitals: dict[str, list[_Given]] = {}
        for one in self.given:
            kept = capitals if one.slot.way else by_path
            kept.setdefault(one.slot.path, []).append(one)
        values = {path: self._agreed(path, given) for path, given in by_path.items()}
        for path, (first, _) in values.items():
            if "[" not in path:
                places[path] = first.place
                if first.value is not None and not first.own:
                    self.found.put(path, first.value)
        for path, given in capitals.items():
            self._capitals(path, given, values)
        lists = dict.fromkeys(INDEXED.split(path)[0] for path in by_path if "[" in path)
        for path in lists:
            rows = {p: one for p, one in values.items() if p.startswith(f"{path}[")}
            entries = self._entries(path, rows, sums)
            if entries:
                self.found.put(path, entries)
                places.setdefault(path, places[f"{path}[0]"])
        # What this paper does not ask for is told to be missing as such.
        absent = str(self.slots.words["absent"])
        for own in self.slots.layout.fields:
            places.setdefault(own.path, absent.format(label=own.label))
        if self.name.standard:
            self.found.put(ADOPT, [self.name.standard])
        return self.found.answers()

    def _agreed(self, path: str, given: Sequence[_Given]) -> tuple[_Given, bool]:
        """What all places of one answer say, and whether one was emptied."""
        filled = [one for one in given if one.value is not None]
        emptied = not filled and fingerprint(FILLED, given[0].slot.tag) in self.fixed
        for one in filled[1:]:
            if _canonical(one) != _canonical(filled[0]):
                self.found.say("blank.differs", filled[0].place, path, have=filled[0].text,
                         other=one.place, have2=one.text)  # fmt: skip
                break
        return (filled or given)[0], emptied

    def _capitals(
        self, path: str, given: Sequence[_Given], values: Mapping[str, tuple[_Given, bool]]
    ) -> None:
        """An amount in capitals only says again what the figures say."""
        for one in given:
            if one.value is None:
                continue
            figure = values[path][0].value if path in values else None
            if figure is None:
                self.found.say("blank.capitals-alone", one.place, path, have=one.text)
                continue
            with contextlib.suppress(ValueError):
                wanted = capital_amount(parse_number(figure))
                if _plain_capitals(one.text) != _plain_capitals(wanted):
                    self.found.say("blank.capitals", one.place, path, have=one.text, want=wanted)

    # Lists

    def _entries(
        self,
        path: str,
        rows: Mapping[str, tuple[_Given, bool]],
        sums: bool,
    ) -> list[Any]:
        """The entries of a list; none where nobody touched what the blank has in it."""
        if not self._is_touched(path, rows):
            return []
        entries: list[Any] = []
        for number in range(MOST_ROWS):
            head = f"{path}[{number}]"
            own = {p.removeprefix(head).removeprefix("."): one for p, (one, _) in rows.items()
                   if p == head or p.startswith(f"{head}.")}  # fmt: skip
            given = {name: one for name, one in own.items() if one.value is not None}
            if not given:
                continue
            entry = self._entry(path, given, sums)
            if entry is None:
                continue
            new = f"{path}[{len(entries)}]"
            self.found.places[new] = next(iter(given.values())).place
            for name, one in own.items():
                if name:
                    self.found.places[f"{new}.{name}"] = one.place
            entries.append(entry)
        return entries

    def _entry(self, path: str, given: Mapping[str, _Given], sums: bool) -> Any:
        """One entry; None for a line of the blank's own that nobody made anything of."""
        if "" in given:
            return given[""].value
        entry: dict[str, Any] = {}
        quarters: dict[str, list[Any]] = {}
        for name, one in given.items():
            size = self.slots.layout.by_path[f"{path}[].{name}"].question.entries
            put_part(entry if size is None else quarters, name, one.value, size)
        for name, given_parts in quarters.items():
            parts = ["0" if sums and part is None else part for part in given_parts]
            entry[name] = parts
            if AMOUNT not in entry and None not in parts:
                with contextlib.suppress(ValueError):
                    entry[AMOUNT] = f"{sum((parse_number(p) for p in parts), Decimal(0)):f}"
        needed = {own.path.rpartition(".")[2] for own in self.slots.layout.by_path.values()
                  if own.path.startswith(f"{path}[].") and own.required}  # fmt: skip
        touched = any(not one.own for one in given.values())
        return entry if touched or needed <= entry.keys() else None

    def _is_touched(self, path: str, rows: Mapping[str, tuple[_Given, bool]]) -> bool:
        """Whether anything in a list was filled in, changed, emptied or taken out."""
        if any(emptied or (one.value is not None and not one.own)
               for one, emptied in rows.values()):  # fmt: skip
            return True
        names = {p.partition("]")[2] for p in rows}
        return any(
            fingerprint(FILLED, tag) in self.fixed
            for number in range(MOST_ROWS)
            for name in names
            if (tag := f"{path}[{number}]{name}") not in rows
        )


AMOUNT = "amount"


def _canonical(one: _Given) -> str:
    """What a place says, whichever way it is written."""
    text = default_of(one.slot, one.value)[1]
    if one.slot.field is not None and one.slot.field.kind == "date":
        with contextlib.suppress(ValueError):
            return parse_date(text).isoformat()
    return text


def _plain_capitals(text: str) -> str:
    return CAPITAL_NOTES.sub("", text).replace("圆", "元").replace("正", "整").removesuffix("整")


# Word


def read_word_blank(path: Path, document: WordFile, name: BlankName, slots: Slots) -> RawAnswers:
    """The answers in a filled blank paper in Word.

    Raises CqoError for one of another version or locale, or under a standard nobody knows.
    """
    reading = _Reading(path, name, slots, document.properties)
    walker = _Word(reading)
    for block in blocks(document):
        walker.block(block, strict=True)
    for block in margin_blocks(document):
        walker.block(block, strict=False)
    return reading.answers(sums=False)


class _Group(NamedTuple):
    """Pieces side by side in one place: its slot, its bookmark, the control with its tag."""

    slot: Slot | None
    bookmark: str
    control: int


@dataclass
class _Word:
    """Walks over paragraphs and cells; `reading` takes what their places say."""

    reading: _Reading

    def block(self, block: Content | Table, strict: bool) -> None:
        """One paragraph or table; where it is strict, nothing else may stand there."""
        if isinstance(block, Content):
            self._content(block, block.text, strict)
            return
        for cells in block.rows:
            row = " ".join(text for cell in cells if (text := cell.content.text))
            for cell in cells:
                self._content(cell.content, row, strict)

    def _content(self, content: Content, around: str, strict: bool) -> None:
        spot = " ".join(around.split())[:HEAD]
        groups: dict[_Group, list[Piece]] = {}
        for number, piece in enumerate(content.pieces):
            groups.setdefault(self._group(content, number, piece), []).append(piece)
        if strict:
            self._outside(content, groups, spot)
        controlled = {group.bookmark for group in groups if group.control >= 0}
        for group, pieces in groups.items():
            text = trimmed("".join(piece.text for piece in pieces))
            if group.slot is None or group.slot.tag == FREE:
                continue
            place = self._place(group.slot, spot)
            if group.control < 0 and group.bookmark in controlled:
                if text:
                    self.reading.found.say("blank.beside", place, group.slot.path, have=text)
                continue
            self._place_says(content, group, pieces, place)
        self._empty(content, groups, spot)

    def _group(self, content: Content, number: int, piece: Piece) -> _Group:
        slots = self.reading.slots
        inside = [b for b in content.bookmarks if b.start <= number < b.end
                  and slots.named(b.name) is not None]  # fmt: skip
        bookmark = max(inside, key=lambda b: b.start).name if inside else ""
        named = slots.named(bookmark)
        for control in content.around(piece.control):
            tagged = slots.tagged(content.controls[control].tag)
            if tagged is not None:
                # A tag and a bookmark that contradict each other: neither is to be trusted.
                agree = named is None or named.tag == tagged.tag
                return _Group(tagged if agree else None, bookmark, control)
        return _Group(named, bookmark, -1)

    def _outside(
        self, content: Content, groups: Mapping[_Group, Sequence[Piece]], spot: str
    ) -> None:
        """Refuse what stands outside the places and is not the blank's own."""
        reading = self.reading
        reading.found.say_odd(content.odd, self._spot(spot), passed=("picture", "sign"))
        lost = [g for g in groups if g.slot is None and (g.control >= 0 or g.bookmark)]
        for group in lost:
            self._lost(groups[group], spot)
        pieces = [p for g, own in groups.items() if g.slot is None and g not in lost for p in own]
        for piece in pieces:
            if piece.control >= 0 and trimmed(piece.text):
                self._lost([piece], spot)
        text = "".join(piece.text for piece in pieces if piece.control < 0)
        for line in text.split("\n"):
            if line.strip() and fingerprint("text", line) not in reading.fixed:
                reading.found.say("blank.beside", self._spot(spot), have=line)

    def _lost(self, pieces: Sequence[Piece], spot: str) -> None:
        text = trimmed("".join(piece.text for piece in pieces))
        if text:
            self.reading.found.say("blank.unknown-place", self._spot(spot), have=text)

    def _place_says(
        self, content: Content, group: _Group, pieces: Sequence[Piece], place: str
    ) -> None:
        slot, reading = group.slot, self.reading
        assert slot is not None and slot.field is not None
        text = trimmed("".join(piece.text for piece in pieces))
        controls = [c for p in pieces for c in content.around(p.control)]
        if not text or text in {trimmed(p) for p in reading.slots.prompts(slot)} or (
            text in reading.slots.layout.words["untouched"]
        ):  # fmt: skip
            reading.take(slot, "", place, None)
            return
        prompts = any(content.controls[c].prompts for c in controls)
        if reading.is_left(slot, text) or (
            prompts and all(piece.prompt for piece in pieces if piece.text.strip())
        ):
            reading.found.say("form.prompt-left", place, slot.path, have=text)
            return
        found: Value | Fault | None
        if slot.way:
            found = text
        elif slot.field.kind == "date":
            own = group.control if group.control >= 0 else next(iter(controls), -1)
            day = content.controls[own].day if own >= 0 else ""
            found = day_of(slot.field, text, {day} if day else set())
        else:
            found = understood(slot.field, text)
        reading.take(slot, text, place, found)

    def _empty(self, content: Content, groups: Iterable[_Group], spot: str) -> None:
        """Places in which nothing is left at all."""
        slots = self.reading.slots
        seen = {group.slot.tag for group in groups if group.slot is not None}
        for tag in [c.tag for c in content.controls]:
            slot = slots.tagged(tag)
            if slot is not None and slot.tag not in seen | {FREE}:
                self.reading.take(slot, "", self._place(slot, spot), None)
        for bookmark in content.bookmarks:
            slot = slots.named(bookmark.name)
            if slot is not None and slot.tag not in seen | {FREE}:
                self.reading.take(slot, "", self._place(slot, spot), None)

    def _place(self, slot: Slot, spot: str) -> str:
        label = self.reading.wording.label(slot.path) if slot.in_list else slot.label
        return str(self.reading.slots.words["place"]).format(head=spot, label=label)

    def _spot(self, spot: str) -> str:
        return str(self.reading.slots.words["spot"]).format(head=spot)


# Excel


def read_excel_blank(path: Path, file: FormFile, name: BlankName, slots: Slots) -> RawAnswers:
    """The answers in a filled blank paper in Excel; raises as read_word_blank()."""
    reading = _Reading(path, name, slots, file.properties)
    heads = [head for head in file.properties.get(HEADS_PROPERTY, "").split(HEAD_MARK) if head]
    for cell_name, target in file.names.items():
        slot = slots.named(cell_name)
        if slot is None or slot.field is None or target.sheet not in file.grids:
            continue
        at = (target.area.top, target.area.left)
        cell = file.grids[target.sheet].cells.get(at)
        form = str(slots.layout.wording.forms["excel"]["place"])
        label = reading.wording.label(slot.path) if slot.in_list else slot.label
        shown = f"{target.sheet}{letters_of(at[1])}{at[0]}"
        _cell_says(reading, slot, cell, form.format(cell=shown, label=label), heads, file)
    return reading.answers(sums=True)


def _cell_says(
    reading: _Reading,
    slot: Slot,
    cell: Cell | None,
    place: str,
    heads: Sequence[str],
    file: FormFile,
) -> None:
    assert slot.field is not None
    text = trimmed(cell.text) if cell is not None else ""
    if cell is not None and cell.kind == "text":
        # The label is part of how the cell is shown; who empties it may write it again.
        text = next((text.removeprefix(h) for h in heads if text.startswith(h)), text)
        cell = cell._replace(text=text)
    if cell is None or not text or text in reading.slots.prompts(slot):
        reading.take(slot, "", place, None)
    elif cell.kind == "text" and reading.is_left(slot, text):
        reading.found.say("form.prompt-left", place, slot.path, have=text)
    elif slot.way:
        reading.take(slot, text, place, text)
    else:
        reading.take(slot, text, place, answer_of(slot.field, cell, file.from_1904))


__all__ = ["read_excel_blank", "read_word_blank"]

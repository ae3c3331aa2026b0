"""Read a filled Word form back: by the tags of its controls, or by the labels beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import IO, Any, NamedTuple

from cqo_docs.answers.raw import RawAnswers
from cqo_docs.answers.types import parse_date
from cqo_docs.base.errors import CqoError, problem
from cqo_docs.forms.frame import (
    FEWEST_LABELS,
    Gathered,
    check_version,
    own_marks,
    put_part,
    says_none,
)
from cqo_docs.forms.word.form import (
    PROMPT_MARK,
    PROMPTS_PROPERTY,
    PROPERTY,
    TEXTS_PROPERTY,
    VERSION,
    fingerprint,
    fixed_texts,
)
from cqo_docs.office.word_package import WordFile, open_word
from cqo_docs.office.word_reading import Cell, Content, Tick, blocks
from cqo_docs.office.word_reading import Table as Grid
from cqo_docs.questions.fields import NONE, Field, Layout, Table, compared
from cqo_docs.questions.written import Fault, Value, chosen, understood

COLUMNS, LABEL_COLUMN, VALUE_COLUMN = 4, 1, 2
INDEX = re.compile(r"\[\d+\]")
ROW_NUMBER = re.compile(r"\d{0,3}[.、]?")
# A tag of ours, in some version; other programs have controls of their own.
TAG = re.compile(r"[a-z]+(\.[a-z_]+(\[\d+\])?)+(=[\w\-]*)?")
# What LibreOffice makes of a control around whole paragraphs, once the controls are lost.
REPEATED = re.compile(r"(.{2,}?)\1{2,}", re.DOTALL)
# So much of a prompt is left over by accident.
LEFT = 3
# Longer texts are no labels, and no answers that a program repeated.
MOST_COMPARED = 500


def read_word_form(path: Path, file: IO[bytes], layout: Layout) -> RawAnswers:
    """The raw answers in a filled form, with their places and what could not be understood.

    Raises CqoError for a file that is no form of ours, or of another version.
    """
    return read_form_document(path, open_word(path, file), layout)


def read_form_document(path: Path, document: WordFile, layout: Layout) -> RawAnswers:
    """The same of a document that was opened."""
    try:
        return _Reading(path, document, layout).answers()
    except RecursionError:
        raise CqoError([problem("file.damaged-word", str(path))]) from None


class _Columns(NamedTuple):
    """The table of a list whose rows are being read, and what its columns hold."""

    table: Table
    width: int
    fields: Mapping[int, Field]


class _Said(NamedTuple):
    """What one row says, and whether its label says so too."""

    value: Value
    labelled: bool


@dataclass
class _Reading:
    path: Path
    file: WordFile
    layout: Layout
    spot: str = ""
    """The section or table where the reading has come to, in words."""
    labels: int = 0
    named: bool = False
    """Whether the file says that it is a form."""
    values: dict[str, list[_Said]] = field(default_factory=dict)
    entries: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    """How many rows of each list went by."""

    def __post_init__(self) -> None:
        self.found = Gathered(self.path, self.layout)
        words = self.layout.words
        self.wording = self.layout.wording
        self.places = self.found.places
        self.places.update((own.path, own.place) for own in self.layout.fields)
        own_prompts = self.file.properties.get(PROMPTS_PROPERTY, "").split(PROMPT_MARK)
        now = [str(prompt) for prompt in words["prompts"].values()]
        self.prompts = tuple(dict.fromkeys(p for p in (*now, *own_prompts) if p))
        self.untouched = (*self.prompts, *(str(text) for text in words["untouched"]))
        self.fixed = {fingerprint(role, text) for role, text in fixed_texts(self.layout)}
        self.fixed |= own_marks(self.file.properties, TEXTS_PROPERTY)
        self.spots = {
            compared(words["section"].format(number=s.number, title=s.title)):
            str(words["section-spot"]).format(number=s.number, title=s.title)
            for s in self.layout.sections
        } | {
            compared(words["list"].format(number=t.number, title=t.title)): self.list_spot(t)
            for t in self.layout.tables
        }  # fmt: skip

    def list_spot(self, table: Table) -> str:
        form = str(self.layout.words["list-spot"])
        return form.format(number=table.number, title=table.title)

    # The whole

    def answers(self) -> RawAnswers:
        """What the form says."""
        self._check_version()
        for block in blocks(self.file):
            if isinstance(block, Content):
                self._loose(block)
            else:
                self._grid(block)
        if not self.named and self.labels < FEWEST_LABELS:
            raise CqoError([problem("form.not-a-form", str(self.path))])
        self._take_values()
        self._take_lists()
        for table in self.layout.tables:
            self.places[table.path] = self.list_spot(table)
        return self.found.answers()

    def _check_version(self) -> None:
        said = re.fullmatch(r"word (\d{1,4}) (\S+)", self.file.properties.get(PROPERTY, ""))
        if said is None:
            said = self._printed_version()
        self.named = said is not None
        if said is None:
            return
        have, want = (int(said[1]), said[2]), (VERSION, self.wording.locale)
        check_version(self.path, "form", have, want)

    def _printed_version(self) -> re.Match[str] | None:
        """The version as it is printed under the title, where the property was lost."""
        text = str(self.layout.words["version"]).format(version="<v>", locale="<l>")
        form = re.escape(compared(text)).replace("<v>", r"(\d{1,4})").replace("<l>", "(.{2,20})")
        texts = (compared(b.text) for b in blocks(self.file) if isinstance(b, Content))
        return next((m for text in texts if (m := re.fullmatch(form, text))), None)

    def _take_values(self) -> None:
        for path, found in self.values.items():
            # Of two rows with one tag, the one without a label may be another question's.
            if len({str(one.value) for one in found}) > 1 or (
                len(found) > 1 and not all(one.labelled for one in found)
            ):
                self.found.say("form.twice", self.places[path], path)
            else:
                self.found.put(path, found[0].value)

    def _take_lists(self) -> None:
        for table in self.layout.tables:
            entries = self.entries.get(table.path)
            if entries is not None:
                first = table.fields[0].path.rpartition(".")[2]
                self.found.put(table.path, [] if says_none(entries, first) else entries)

    # Outside the tables

    def _loose(self, content: Content) -> None:
        """A paragraph outside the tables: ours, or somebody's words that would be lost."""
        text = content.text
        spot = self.spots.get(compared(text))
        if spot is not None:
            self.spot = spot
        # A seal or a mark of the firm is no answer; words in a frame may be.
        self.found.say_odd(content.odd, self.spot, passed=("picture", "sign"))
        rest = self._strange(text, "text")
        if rest:
            self.found.say("form.loose-text", self.spot, have=rest)

    def _is_ours(self, text: str, *roles: str) -> bool:
        """Whether a text is one that forms say themselves in such a place."""
        return not text or any(fingerprint(role, text) in self.fixed for role in roles)

    def _strange(self, text: str, *roles: str) -> str:
        """The lines of a text that no form says itself in such a place, in one line."""
        if self._is_ours(text, *roles):
            return ""
        for prompt in self.untouched:
            text = text.replace(prompt, "")
        return " ".join(
            line for line in text.split("\n") if line.strip() and not self._is_ours(line, *roles)
        )

    # Tables

    def _grid(self, grid: Grid) -> None:
        columns: _Columns | None = None
        for number, cells in enumerate(grid.rows, 1):
            head = self._head(cells)
            if head is not None:
                columns = head
                continue
            table = self._list_of(cells, columns)
            if table is not None:
                if columns is None or columns.table is not table:
                    columns = _Columns(table, 0, {})
                self._entry(cells, columns)
            else:
                self._pair(cells, number)

    def _row(self, spot: str, row: str) -> str:
        return str(self.layout.words["row"]).format(spot=spot, row=row).strip()

    def _head(self, cells: Sequence[Cell]) -> _Columns | None:
        """What the columns hold, where the row is the heading of a list."""
        for table in self.layout.tables:
            known = {compared(own.label): own for own in table.fields}
            words = {n: compared(cell.content.text) for n, cell in enumerate(cells)}
            fields = {n: known[word] for n, word in words.items() if word in known}
            if len(fields) < 2 or len(fields) * 2 < len(table.fields):
                continue
            for number, cell in enumerate(cells):
                if number in fields:
                    continue
                text = cell.content.text
                left = [own.label for own in table.fields if own not in fields.values()]
                # The numbers of the rows have a heading of their own.
                if text and (number or self._strange(text, "head")):
                    self._say_unknown("form.unknown-column", self.list_spot(table), text, left)
            if len({own.path for own in fields.values()}) < len(fields):
                self.found.say("form.column-twice", self.list_spot(table))
            self.labels += len(fields)
            return _Columns(table, len(cells), fields)
        return None

    def _list_of(self, cells: Sequence[Cell], columns: _Columns | None) -> Table | None:
        """The list of which a row is an entry; None where it is none."""
        for table in self.layout.tables:
            if any(tag.startswith(f"{table.path}[") for c in cells for tag in c.content.tags):
                return table
        if columns is None:
            return None
        of_section = self._by_tag(cells) or self._label_at(cells) is not None
        return None if of_section and len(cells) != columns.width else columns.table

    def _entry(self, cells: Sequence[Cell], columns: _Columns) -> None:
        """One row of a list."""
        table = columns.table
        if compared(cells[0].content.text if cells else "") == compared(
            str(self.layout.words["example-row"])
        ) and not any(self._strange(cell.content.text, "example") for cell in cells):
            return
        self.rows[table.path] = row = self.rows.get(table.path, 0) + 1
        printed = cells[0].content.text if cells else ""
        shown = printed if printed.isascii() and printed.isdigit() else str(row)
        index = len(self.entries.get(table.path, []))
        entry: dict[str, Any] = {}
        for number, cell in enumerate(cells):
            own = columns.fields.get(number) if len(cells) == columns.width else None
            own = own or self._column_of(cell, table)
            if own is None:
                text = self._strange(cell.content.text)
                if text and (number or not ROW_NUMBER.fullmatch(text)):
                    spot = self._row(self.list_spot(table), shown)
                    self.found.say("form.stray-cell", spot, have=text)
                continue
            place = own.place.replace("{row}", shown)
            path = own.path.replace("[]", f"[{index}]", 1)
            self.places[path] = place
            if cell.merged:
                self.found.say("form.merged", place, path)
                continue
            value = self._value(own, cell.content, place, path)
            if value is not None:
                name = own.path.removeprefix(f"{table.path}[].")
                put_part(entry, name, value, own.question.entries)
        if entry:
            self.entries.setdefault(table.path, []).append(entry)

    def _column_of(self, cell: Cell, table: Table) -> Field | None:
        for tag in cell.content.tags:
            plain = INDEX.sub("[]", tag, count=1)
            if tag.startswith(f"{table.path}[") and plain in self.layout.by_path:
                return self.layout.by_path[plain]
        return None

    # Label and value

    def _label_at(self, cells: Sequence[Cell]) -> int | None:
        """The cell that is a label of ours, with nothing but a number before it."""
        for number, cell in enumerate(cells):
            text = cell.content.text
            if cell.content.controls:
                return None
            if compared(text) in self.layout.by_label:
                return number
            if text and not ROW_NUMBER.fullmatch(text):
                return None
        return None

    def _by_tag(self, cells: Sequence[Cell]) -> dict[int, list[str]]:
        """The fields of the sections that the tags in each cell name."""
        found: dict[int, list[str]] = {}
        known = {own.path for own in self.layout.fields}
        for number, cell in enumerate(cells):
            paths = dict.fromkeys(tag.partition("=")[0] for tag in cell.content.tags)
            own = [path for path in paths if path in known]
            if own:
                found[number] = own
        return found

    def _pair(self, cells: Sequence[Cell], number: int) -> None:
        """A row of label and value; or a heading, a number, a row of somebody else's."""
        row = self._row(self.spot, str(number))
        tagged, label_at = self._by_tag(cells), self._label_at(cells)
        if label_at is None and not tagged:
            self._unknown_row(cells, row)
            return
        self.labels += 1
        paths = [path for own in tagged.values() for path in own]
        if label_at is not None:
            own = self.layout.by_label[compared(cells[label_at].content.text)]
        elif len(set(paths)) == 1:
            own = next(f for f in self.layout.fields if f.path == paths[0])
        else:
            self.found.say("form.merged", row)
            return
        place, path = own.place, own.path
        at = self._value_at(cells, label_at, tagged, own)
        if at is None or cells[at].merged or len(set(paths)) > 1:
            self.found.say("form.merged", place, path)
            return
        if label_at is None and not self._label_fits(cells, at, own):
            return
        label = at - 1 if label_at is None else label_at
        for other, cell in enumerate(cells):
            if other != at:
                self._beside(cell, other - label, place, path)
        content = cells[at].content
        short = len(cells) < COLUMNS or cells[at].span > 1
        value = self._value(own, content, place, path, merged=short)
        if value is not None:
            labelled = _Said(value, bool(cells[label].content.text) if label >= 0 else False)
            self.values.setdefault(path, []).append(labelled)

    @staticmethod
    def _value_at(
        cells: Sequence[Cell], label_at: int | None, tagged: Mapping[int, list[str]], own: Field
    ) -> int | None:
        """The cell that is filled in; None where that cannot be told."""
        mine = [n for n, paths in tagged.items() if own.path in paths] or list(tagged)
        held = [
            n for n, cell in enumerate(cells)
            if cell.content.controls and (label_at is None or n > label_at)
        ]  # fmt: skip
        for candidates in (mine, held):
            if len(candidates) == 1:
                return candidates[0]
            if candidates:
                return None
        # Programs that know no controls leave the cells where they were.
        return VALUE_COLUMN if len(cells) == COLUMNS and label_at == LABEL_COLUMN else None

    def _label_fits(self, cells: Sequence[Cell], at: int, own: Field) -> bool:
        """Whether the label of a tagged field may be trusted; says so where it was changed."""
        label = cells[at - 1].content.text if at else ""
        inside = [line for line in cells[at].content.text.split("\n")
                  if compared(line) == compared(own.label)]  # fmt: skip
        if inside or ROW_NUMBER.fullmatch(label) or self._is_ours(label, "label"):
            return True
        self.found.say("form.label-changed", own.place, own.path, have=label, name=own.label)
        return False

    def _beside(self, cell: Cell, after: int, place: str, path: str) -> None:
        """What stands in another cell of a row than that of the value.

        `after` counts from the cell of the label: numbers come before it, hints behind it.
        """
        self.found.say_odd(cell.content.odd, place, path, passed=("picture",))
        text = cell.content.text
        if after == 0 or (after < 0 and ROW_NUMBER.fullmatch(text)):
            return
        rest = self._strange(text, "hint")
        if rest:
            self.found.say("form.stray-cell", place, path, have=rest)

    def _unknown_row(self, cells: Sequence[Cell], row: str) -> None:
        """A row that is no question of ours; one that says nothing is passed over."""
        for cell in cells:
            self.found.say_odd(cell.content.odd, row)
        texts = [cell.content.text for cell in cells]
        filled = any(cell.content.spoken(self.untouched) for cell in cells if cell.content.controls)
        ours = any(all(self._is_ours(t, role) for t in texts) for role in ("head", "example"))
        if not filled and (ours or self._idle(texts)):
            return
        named = next((t for t in texts if t and not ROW_NUMBER.fullmatch(t)), "")
        if not named:
            return
        old = any(TAG.fullmatch(tag) for cell in cells for tag in cell.content.tags)
        labels = [own.label for own in self.layout.fields]
        self._say_unknown("form.old-row" if old else "form.unknown-row", row, named, labels)

    def _idle(self, texts: Sequence[str]) -> bool:
        """Whether a row only leads to a list, or is a question of old that was not answered."""
        if len(texts) != COLUMNS or not ROW_NUMBER.fullmatch(texts[0]):
            return False
        label, value, hint = texts[1:]
        return (
            self._is_ours(label, "label")
            and (not self._strange(value) or self._is_ours(value, "pointer"))
            and not self._strange(hint, "hint")
        )

    # Values

    def _value(
        self, own: Field, content: Content, place: str, path: str, merged: bool = False
    ) -> Value | None:
        """The answer in a cell; None where there is none, or a fault was told."""
        if content.odd:
            self.found.say_odd(content.odd, place, path)
            return None
        ticks = own.kind == "ticks"
        found = self._ticked(own, content) if ticks else self._said(own, content, merged)
        return self.found.sound(found, place, path)

    def _said(self, own: Field, content: Content, merged: bool) -> Value | Fault | None:
        text = content.spoken(self.untouched)
        if merged:
            # The label or the hint came into the cell with the cells that held them.
            words = (own.label, *own.hints, str(self.layout.words["not-needed"]))
            known = {compared(word) for word in words}
            text = "\n".join(line for line in text.split("\n") if compared(line) not in known)
        repeated = REPEATED.fullmatch(text) if len(text) < MOST_COMPARED else None
        if (text and content.crowded) or (repeated and not repeated.group(1).isdigit()):
            return Fault("form.controls", {"have": text})
        if any(_left_over(prompt, text) for prompt in self.prompts):
            return Fault("form.prompt-left", {"have": text})
        if own.kind == "date":
            days = {control.day for control in content.controls if control.day}
            return day_of(own, text, days)
        return understood(own, text)

    def _ticked(self, own: Field, content: Content) -> Value | Fault | None:
        before, ticks = content.ticks()
        if not ticks:
            return understood(own, content.spoken(self.untouched))
        if before:
            return Fault("form.ticks-unclear", {"have": before})
        on: list[str] = []
        for tick in _joined(ticks):
            name = self._ticked_choice(own, tick)
            if name is None:
                return Fault("form.ticks-unclear", {"have": tick.label.strip() or TICK_ALONE})
            if tick.on and name not in on:
                on.append(name)
        if NONE in on:
            return [] if len(on) == 1 else Fault("form.none-and-others")
        return on or None

    def _ticked_choice(self, own: Field, tick: Tick) -> str | None:
        """The choice beside a box; None where the words beside it are not those of the form."""
        label = tick.label.strip()
        choice = chosen(own.choices, label)
        if choice is not None:
            return choice.id
        known = {c.id for c in own.choices}
        path, mark, name = tick.tag.partition("=")
        if mark and path == own.path and name in known and label and self._is_ours(label, "option"):
            return name
        return None

    # Messages

    def _say_unknown(self, code: str, place: str, text: str, labels: Sequence[str]) -> None:
        """Something that is not in the form, with what was probably meant."""
        names = {compared(label): label for label in labels}
        close = get_close_matches(compared(text[:MOST_COMPARED]), list(names), n=1, cutoff=0.5)
        guess = names[close[0]] if close else ""
        self.found.say(f"{code}-guess" if guess else code, place, have=text, guess=guess)


TICK_ALONE = "☑"


def _joined(ticks: Sequence[Tick]) -> Iterator[Tick]:
    """The boxes; one with a sign typed right behind it counts as ticked."""
    waiting: Tick | None = None
    for found in ticks:
        tick = found if waiting is None else Tick(found.on, waiting.tag or found.tag, found.label)
        waiting = tick if not tick.on and not tick.label.strip() else None
        if waiting is None:
            yield tick
    if waiting is not None:
        yield waiting


def _left_over(prompt: str, text: str) -> bool:
    """Whether a part of a prompt stands in a text: its beginning, or its end at an end."""
    head, tail = prompt[:LEFT], prompt[-LEFT:]
    return head in text or text.startswith(tail) or text.endswith(tail)


def day_of(own: Field, text: str, days: set[str]) -> Value | Fault | None:
    """The day that is to be seen; that of the control where it is shown in another form."""
    found = understood(own, text)
    if not isinstance(found, str) or len(days) != 1:
        return found
    try:
        parse_date(found)
    except ValueError:
        day = next(iter(days))
        figures = {int(figure) for figure in re.findall(r"\d+", found)}
        if figures and figures <= {int(part) for part in day.split("-")}:
            return day
    return found

"""Find out which column of a filled sheet holds which answer, however it was rearranged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from cqo_docs.base.errors import Problem, problem
from cqo_docs.office.xlsx_reading import Cell, Row, SheetPart
from cqo_docs.office.xlsx_writing import letters
from cqo_docs.questions.cells import Fault, Value
from cqo_docs.questions.columns import CODE, NAME, Column, Sheet, compared

# Above the headings may stand a title, a date, a remark; not a whole page.
LAST_HEAD_ROW = 50
ROWS_BELOW_PATHS = 5
KEYS = frozenset({NAME, CODE})


@dataclass(frozen=True)
class Heading:
    """The headings of one filled sheet: which form it is, and what its columns hold."""

    sheet: Sheet
    part: SheetPart
    row: int
    """The last row of the headings."""
    columns: Mapping[int, Column]
    problems: tuple[Problem, ...] = ()
    known: dict[Cell, Value | Fault | None] = field(default_factory=dict)
    """What cells that were met before hold."""

    def reference(self, column: int, row: int) -> str:
        """A cell as a person names it."""
        return f"{self.part.name}!{letters(column)}{row}"


def find_heading(
    rows: Iterator[Row], part: SheetPart, sheets: Sequence[Sheet], ignored: str
) -> Heading | None:
    """The headings of a sheet, with what is wrong with them; None for a sheet of another kind.

    The row of paths tells first, so that a renamed column is still known; the words tell where
    there is none. A column without a heading, or headed by `ignored`, holds no answers.
    """
    above = _first_rows(rows)
    for place, row in enumerate(above):
        paths = {cell.column: cell.text.strip() for cell in row.cells}
        sheet = _best(sheets, set(paths.values()))
        if sheet is not None:
            below = above[place + 1 : place + 1 + ROWS_BELOW_PATHS]
            labels = next((r for r in below if _is_label_row(r, sheet)), None)
            return _heading(sheet, part, row, paths, labels, ignored)
    for row in above:
        for sheet in sheets:
            found = {sheet.by_label.get(compared(cell.text), "") for cell in row.cells}
            if _best((sheet,), found) is not None:
                other = _best(sheets, _paths_in(row, sheets)) or sheet
                return _heading(other, part, row, {}, row, ignored)
    return None


def _first_rows(rows: Iterator[Row]) -> list[Row]:
    found: list[Row] = []
    for row in rows:
        if row.number > LAST_HEAD_ROW:
            break
        found.append(row)
    return found


def _paths_in(row: Row, sheets: Sequence[Sheet]) -> set[str]:
    words = [compared(cell.text) for cell in row.cells]
    return {s.by_label[word] for s in sheets for word in words if word in s.by_label}


def _best(sheets: Sequence[Sheet], paths: set[str]) -> Sheet | None:
    """The form that has the most of these answers besides the client's own keys."""
    if not paths & KEYS:
        return None
    scores = [(len((paths - KEYS) & s.by_path.keys()), s) for s in sheets]
    score, sheet = max(scores, key=lambda pair: pair[0])
    return sheet if score else None


def _is_label_row(row: Row, sheet: Sheet) -> bool:
    found = {path for cell in row.cells if (path := sheet.by_label.get(compared(cell.text)))}
    return len(found) > min(2, len(sheet.columns) // 2)


def _heading(
    sheet: Sheet, part: SheetPart, row: Row, paths: Mapping[int, str], labels: Row | None,
    ignored: str,
) -> Heading:  # fmt: skip
    last = max(row.number, labels.number if labels else 0)
    words = {c.column: c.text.strip() for c in labels.cells} if labels else {}
    columns: dict[int, Column] = {}
    first: dict[str, int] = {}
    found: list[Problem] = []

    def place(number: int) -> str:
        return f"{part.name}!{letters(number)}{last}"

    for number in sorted({*paths, *words}):
        path, word = paths.get(number, ""), words.get(number, "")
        meant = sheet.by_label.get(compared(word), "")
        if not path and word in {"", ignored}:
            continue
        known = path if path in sheet.by_path else meant
        if not known:
            found.append(_unknown(word or path, sheet, place(number)))
        elif meant and meant != known:
            own = sheet.columns[sheet.by_path[known]].label
            found.append(problem("roster.heading-differs", place(number), have=word, name=own))
        elif known in first:
            where = f"{letters(first[known])}{last}"
            found.append(problem("roster.column-twice", place(number), have=word, first=where))
        else:
            first[known] = number
            columns[number] = sheet.columns[sheet.by_path[known]]
    held = {column.path for column in columns.values()}
    missing = [c for c in sheet.columns if sheet.needed(c) and c.path not in held]
    if not sheet.of_clients and held & KEYS:
        missing = [c for c in missing if c.path not in KEYS]
    for column in missing:
        found.append(problem("roster.column-missing", part.name, name=column.label))
    return Heading(sheet, part, last, columns, tuple(found))


def _unknown(word: str, sheet: Sheet, where: str) -> Problem:
    labels = {compared(column.label): column.label for column in sheet.columns}
    close = get_close_matches(compared(word), list(labels), n=1, cutoff=0.5)
    code = "roster.unknown-column-guess" if close else "roster.unknown-column"
    return problem(code, where, have=word[:40], guess=labels[close[0]] if close else "")

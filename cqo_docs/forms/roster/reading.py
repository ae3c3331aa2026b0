"""Read a roster: each client's raw answers, where each stands, and what cannot be read."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO, Any

from cqo_docs.base.errors import CqoError, Problem, problem, reason_of
from cqo_docs.base.yamlfile import read_text
from cqo_docs.forms import read_answers_data
from cqo_docs.forms.roster.clients import Cells, Client, Rows
from cqo_docs.forms.roster.form import VERSION
from cqo_docs.forms.roster.heading import KEYS, Heading, find_heading
from cqo_docs.forms.roster.source import (
    TEXT_FILES,
    WORD_FILES,
    Fingerprint,
    name_in,
    nearest_name,
    roster_files,
)
from cqo_docs.forms.roster.spool import Found, Spool
from cqo_docs.office.xlsx_reading import Row, SheetPart, Workbook, column_number, open_workbook
from cqo_docs.office.xlsx_writing import letters
from cqo_docs.questions.cells import Fault, Value, answer_in
from cqo_docs.questions.columns import CODE, FORM_MARK, MARK, NAME, compared, form_sheets
from cqo_docs.wording.sentences import Wording
from cqo_docs.workspace import Workspace

MOST_PROBLEMS = 200
# What is said of a workbook that may still be the form of one company.
NO_ROSTER = frozenset({"roster.is-form", "roster.not-a-roster"})
# Choices, figures and places come again and again; each is understood once.
MOST_KNOWN = 5_000
# Guessing compares with every name of a roster.
MOST_GUESSES = 5
AREA = re.compile(r"\$?([A-Z]{1,3})\$?(\d+):\$?([A-Z]{1,3})\$?(\d+)")


class Roster:
    """An open roster: its clients as often as wanted, as they were when it was read."""

    def __init__(self, source: Path, reading: _Reading, fingerprint: Fingerprint) -> None:
        self.source = source
        self._reading, self._fingerprint = reading, fingerprint
        self.count = reading.spool.count
        self.clashes: Mapping[int, Problem] = dict(reading.clashes())

    def __enter__(self) -> Roster:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the temporary file back."""
        self._reading.spool.close()

    def __iter__(self) -> Iterator[Client]:
        """The clients in their order; a stream."""
        return self._reading.clients()

    def has_changed(self) -> bool:
        """Whether the source is another now than when it was read."""
        return self._fingerprint.has_changed()


def open_roster(source: Path, workspace: Workspace) -> Roster:
    """The roster in a workbook, or the answer files and filled forms of a folder.

    Everything is read once. Raises CqoError in plain sentences where that cannot be done, where a
    column is not understood, or where an entry of a list belongs to nobody.
    """
    reading = _Reading(workspace)
    try:
        if source.is_dir():
            fingerprint = reading.read_folder(source)
        else:
            fingerprint = Fingerprint(source)
            with fingerprint.copied(source) as file:
                reading.read_book(file, str(source), "")
            if not reading.spool.count:
                raise CqoError([problem("roster.empty", str(source))])
        reading.spool.finish()
    except (OSError, sqlite3.Error) as error:
        reading.spool.close()
        raise CqoError(
            [problem("roster.cannot-read", str(source), reason=reason_of(error))]
        ) from None
    except BaseException:
        reading.spool.close()
        raise
    return Roster(source, reading, fingerprint)


@dataclass(frozen=True)
class _Book:
    """What is known of one workbook after it was read, for all its clients."""

    path: str
    sheets: tuple[tuple[str, str, Mapping[str, int]], ...]
    """List path, name and columns of every sheet that holds answers."""


@dataclass
class _Reading:
    """The reading of one source: what it keeps, and what was found."""

    workspace: Workspace
    spool: Spool = field(default_factory=Spool)
    books: list[_Book] = field(default_factory=list)
    columns: dict[tuple[tuple[str, int], ...], Mapping[str, int]] = field(default_factory=dict)
    guesses: int = 0

    def __post_init__(self) -> None:
        self.wording: Wording = self.workspace.wording
        self.forms = form_sheets(self.wording, self.workspace.library)
        self.needed = tuple(c.path for c in self.forms[0].columns if c.question.always)

    # A folder

    def read_folder(self, folder: Path) -> Fingerprint:
        """Keep every client of a folder; one file's trouble is that client's own."""
        fingerprint = Fingerprint(folder)
        self.books.append(_Book(str(folder), ()))
        for path in roster_files(folder):
            if path.suffix.lower() in TEXT_FILES:
                self._read_answers(path, fingerprint)
            elif path.suffix.lower() in WORD_FILES:
                self._read_form(path, fingerprint)
            else:
                self._read_book_of_folder(path, fingerprint)
        if not self.spool.count:
            raise CqoError([problem("roster.empty-folder", str(folder))])
        return fingerprint

    def _read_answers(self, path: Path, fingerprint: Fingerprint) -> None:
        try:
            text = read_text(path)
        except CqoError:
            # The client's own trouble, told when its turn comes.
            self.spool.add(None, None, 0, ("file", path.name, None, path.stem))
            return
        fingerprint.add(path, text.encode())
        name = name_in(text, self.wording)
        self.spool.add(name, None, 0, ("file", path.name, text, name or path.stem))

    def _read_book_of_folder(self, path: Path, fingerprint: Fingerprint) -> None:
        clients, books = self.spool.count, len(self.books)
        try:
            with fingerprint.copied(path) as file:
                self.read_book(file, str(path), f"{path.name} ")
            faults = [] if self.spool.count > clients else [problem("roster.empty", str(path))]
        except CqoError as error:
            # Nobody of a form that is refused gets a pack from half of it.
            self.spool.forget_after(clients)
            del self.books[books:]
            if {p.code for p in error.problems} <= NO_ROSTER:
                self._read_form(path, fingerprint, error)
                return
            faults = list(error.problems[:MOST_PROBLEMS])
        if faults:
            self._refuse(path, faults)

    def _refuse(self, path: Path, faults: Sequence[Problem]) -> None:
        """Keep that a file could not be used; this is told when the client's turn comes."""
        told = [(p.code, p.where or str(path), dict(p.values)) for p in faults]
        self.spool.add(None, None, 0, ("refused", path.name, told, path.stem))

    def _read_form(
        self, path: Path, fingerprint: Fingerprint, before: CqoError | None = None
    ) -> None:
        """Keep the answers of a filled form of one company; `before` says why it is no roster."""
        try:
            if before is None:
                fingerprint.take(path)
            data = read_answers_data(path, self.workspace.library, self.wording)
        except CqoError as error:
            unknown = {p.code for p in error.problems} == {"form.not-a-form"}
            self._refuse(path, (before if unknown and before else error).problems)
            return
        told = [(p.code, p.where, dict(p.values)) for p in data.faults]
        answers = data.data
        name = _text_in(answers.get("company", {}), "name")
        kept = (answers, dict(data.places), told)
        self.spool.add(name, None, 0, ("form", path.name, kept, name or path.stem))

    # A workbook

    def read_book(self, file: IO[bytes], where: str, prefix: str) -> None:
        """Keep every client of a workbook. Raises CqoError with what is wrong with all of it."""
        with open_workbook(file, where) as book:
            self._check_version(book, where)
            clients, lists = self._headings(book, where, prefix)
            number = len(self.books)
            self.books.append(self._book_of(where, (clients, *lists)))
            found = list(self._read_clients(book, clients, number))
            self.spool.index_clients()
            for place, heading in enumerate(lists, 1):
                found += self._read_entries(book, heading, number, place)
        if found:
            raise CqoError(found)

    def _check_version(self, book: Workbook, where: str) -> None:
        versions = {name for name in book.names if name.lower().startswith(MARK)}
        if versions and f"{MARK}{VERSION}" not in versions:
            raise CqoError([problem("roster.old-form", where)])

    def _headings(
        self, book: Workbook, where: str, prefix: str
    ) -> tuple[Heading, tuple[Heading, ...]]:
        ignored = str(self.wording.forms["problem"])
        headings = [
            heading
            for part in (SheetPart(f"{prefix}{s.name}", s.part) for s in book.sheets)
            if (heading := find_heading(book.rows(part), part, self.forms, ignored)) is not None
        ]
        by_form: dict[str, list[Heading]] = {}
        for heading in headings:
            by_form.setdefault(heading.sheet.list_path, []).append(heading)
        if "" not in by_form:
            is_form = any(name.lower().startswith(FORM_MARK) for name in book.names)
            code = "roster.is-form" if is_form else "roster.not-a-roster"
            raise CqoError([problem(code, where)])
        found = [
            problem(
                "roster.sheets-twice", where, have=self.wording.join([h.part.name for h in same])
            )
            for same in by_form.values()
            if len(same) > 1
        ]
        found += [fault for heading in headings for fault in heading.problems]
        if found:
            raise CqoError(found)
        lists = tuple(h for h in headings if h.sheet.list_path)
        return by_form[""][0], lists

    def _book_of(self, where: str, headings: Sequence[Heading]) -> _Book:
        sheets = []
        for heading in headings:
            columns = tuple((c.path, number) for number, c in heading.columns.items())
            # A folder may hold thousands of forms of one and the same make.
            shared = self.columns.setdefault(columns, dict(columns))
            sheets.append((heading.sheet.list_path, heading.part.name, shared))
        return _Book(where, tuple(sheets))

    def _read_clients(self, book: Workbook, heading: Heading, number: int) -> Iterator[Problem]:
        last = heading.row
        for row, answers, faults in _filled_rows(book, heading):
            last = row.number
            name, code = _text_in(answers, NAME), _text_in(answers, CODE)
            self.spool.add(name, code, number, ("row", row.number, answers, faults))
        yield from _merged(book, heading, last)

    def _read_entries(
        self, book: Workbook, heading: Heading, number: int, place: int
    ) -> list[Problem]:
        found: list[Problem] = []
        last = heading.row
        before: tuple[str | None, str | None] | None = None
        owner = Found(None)
        for row, answers, faults in _filled_rows(book, heading):
            last = row.number
            name, code = _text_in(answers, NAME), _text_in(answers, CODE)
            if before != (name, code):
                before, owner = (name, code), self.spool.find(number, name, code)
            if owner.number is None:
                if len(found) < MOST_PROBLEMS:
                    found.append(self._stray(heading, row.number, name, code, owner))
                continue
            own = {path: value for path, value in answers.items() if path not in KEYS}
            if own or faults:
                self.spool.add_entry(owner.number, place, row.number, (own, faults))
        return [*found, *_merged(book, heading, last)]

    def _stray(
        self, heading: Heading, row: int, name: str | None, code: str | None, owner: Found
    ) -> Problem:  # fmt: skip
        """Why an entry belongs to no client."""
        path = NAME if name or not code else CODE
        column = next((n for n, c in heading.columns.items() if c.path == path), 1)
        where = heading.reference(column, row)
        have = name or code or ""
        if not have:
            return problem("roster.entry-alone", where)
        if owner.fault == "twice":
            return problem("roster.client-twice", where, have=have)
        if owner.fault == "differs":
            return problem("roster.client-differs", where, have=have, credit=code or "")
        guess = self._guess(name) if name else ""
        code = "roster.no-such-client-guess" if guess else "roster.no-such-client"
        return problem(code, where, have=have, guess=guess)

    def _guess(self, name: str) -> str:
        """The name in the roster that was probably meant."""
        self.guesses += 1
        if self.guesses > MOST_GUESSES:
            return ""
        number = nearest_name(compared(name), self.spool.names(len(self.books) - 1))
        if number is None:
            return ""
        _, (_, _, answers, _) = self.spool.data_of(number)
        return str(answers[NAME])

    # What was kept

    def clients(self) -> Iterator[Client]:
        """Every client in its order."""
        for kept in self.spool.clients():
            kind, *rest = kept.data
            if kind == "row":
                yield self._client_of_row(kept.number, kept.book, rest, kept.entries)
            else:
                yield self._client_of_file(kept.number, kind, rest)

    def _client_of_file(self, number: int, kind: str, rest: Sequence[Any]) -> Client:
        file_name, content, name = rest
        path = Path(self.books[0].path) / file_name
        if kind == "form":
            answers, places, told = content
            faults = tuple(Problem(code, where, values) for code, where, values in told)
            return Client(number, str(path), name, answers, places, path, None, faults)
        if kind == "refused":
            faults = tuple(Problem(code, where, values) for code, where, values in content)
            return Client(number, str(path), name, None, {}, path, None, faults)
        return Client(number, str(path), name, None, {}, path, content)

    def _client_of_row(
        self, number: int, book: int, rest: Sequence[Any], entries: Sequence[tuple[int, int, Any]]
    ) -> Client:
        row, answers, faults = rest
        sheets = self.books[book].sheets
        rows = [Rows(*sheets[0], (row,))]
        nested = nested_answers(answers, self.needed)
        found = list(faults)
        for place in sorted({entry[0] for entry in entries}):
            own = [(at, data) for sheet, at, data in entries if sheet == place]
            rows.append(Rows(*sheets[place], tuple(at for at, _ in own)))
            list_path = sheets[place][0]
            _put(nested, list_path, [entry_answers(list_path, data[0]) for _, data in own])
            for n, (_, (_, wrong)) in enumerate(own):
                found += [(p.replace("[]", f"[{n}]", 1), code, v) for p, code, v in wrong]
        cells = Cells(tuple(rows))
        where = self._row_name(sheets[0][1], row)
        name = _text_in(answers, NAME) or where
        problems = tuple(_fault(fault, cells, where) for fault in found)
        return Client(number, where, name, nested, cells, faults=problems)

    def _row_name(self, sheet: str, row: int) -> str:
        return str(self.wording.forms["row"]).format(sheet=sheet, row=row)

    def clashes(self) -> Iterator[tuple[int, Problem]]:
        """Every client whose pack would go into another's folder."""
        for number, others in self.spool.clashes():
            where, name = self._place_of(number)
            told = self.wording.join([self._place_of(other)[0] for other in others])
            fault = problem("roster.clash", where, field=NAME, have=name, others=told)
            yield number, fault

    def _place_of(self, number: int) -> tuple[str, str]:
        """The cell or file of a client's name, and the name."""
        book, (kind, where, content, last) = self.spool.data_of(number)
        if kind != "row":
            return str(Path(self.books[0].path) / where), str(last)
        _, sheet, columns = self.books[book].sheets[0]
        return f"{sheet}!{letters(columns[NAME])}{where}", str(content[NAME])


Faults = list[tuple[str, str, dict[str, str]]]


def _filled_rows(
    book: Workbook, heading: Heading
) -> Iterator[tuple[Row, dict[str, Value], Faults]]:
    """The rows below a heading that say something, with their answers and faults."""
    for row in book.rows(heading.part):
        if row.number > heading.row:
            answers, faults = row_answers(row, heading, book.from_1904)
            if answers or faults:
                yield row, answers, faults


def row_answers(row: Row, heading: Heading, from_1904: bool) -> tuple[dict[str, Value], Faults]:
    """The answers of one row by the path of their column, and the faults of its cells."""
    answers: dict[str, Value] = {}
    faults = []
    columns, known = heading.columns, heading.known
    for cell in row.cells:
        column = columns.get(cell[0])
        if column is None:
            continue
        if cell in known:
            value = known[cell]
        else:
            if len(known) > MOST_KNOWN:
                known.clear()
            value = known[cell] = answer_in(cell, column, from_1904)
        if isinstance(value, Fault):
            faults.append((column.path, value.code, dict(value.values)))
            # What was there is shown again beside the problem; a formula is no answer.
            if cell.kind == "number":
                answers[column.path] = value.values["have"]
        elif value is not None:
            answers[column.path] = value
    return answers, faults


def _fault(fault: tuple[str, str, Mapping[str, str]], cells: Cells, where: str) -> Problem:
    path, code, values = fault
    place = cells.nearest(path)
    return problem(code, cells.reference(place) if place else where, field=path, **values)


def _text_in(answers: Mapping[str, Value], path: str) -> str | None:
    value = answers.get(path)
    return value if isinstance(value, str) else None


def _merged(book: Workbook, heading: Heading, last: int) -> Iterator[Problem]:
    """Merged cells among the answers: only the first of them holds anything."""
    found = 0
    for area in book.merged.get(heading.part.name, ()):
        match = AREA.fullmatch(area)
        if match is None or found == MOST_PROBLEMS:
            continue
        left, top, right, bottom = match.groups()
        columns = range(column_number(left), column_number(right) + 1)
        rows = range(int(top), int(bottom) + 1)
        within = any(n in heading.columns for n in columns)
        if within and rows.stop > heading.row + 1 and rows.start <= last:
            found += 1
            yield problem("roster.merged", f"{heading.part.name}!{area}")


def nested_answers(answers: Mapping[str, Value], needed: Sequence[str]) -> dict[str, Any]:
    """Answers by path as a questionnaire; the groups that every one needs are always there."""
    result: dict[str, Any] = {}
    for path in needed:
        _group(result, _pieces(path))
    for path, value in answers.items():
        _put(result, path, value)
    return result


def _put(data: dict[str, Any], path: str, value: Any) -> None:
    pieces = _pieces(path)
    _group(data, pieces)[pieces[-1]] = value


def _group(data: dict[str, Any], pieces: Sequence[str]) -> dict[str, Any]:
    for piece in pieces[:-1]:
        data = data.setdefault(piece, {})
    return data


@cache
def _pieces(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


def entry_answers(list_path: str, answers: Mapping[str, Value]) -> dict[str, Any]:
    """One entry of a list as a questionnaire has it."""
    result: dict[str, Any] = {}
    for path, value in answers.items():
        name = path.removeprefix(f"{list_path}[].")
        own, _, place = name.partition("[")
        if not place:
            _put(result, name, value)
            continue
        number = int(place[:-1])
        parts = result.setdefault(own, [])
        parts += [None] * (number + 1 - len(parts))
        parts[number] = value
    return result

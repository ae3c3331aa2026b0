"""One client of a roster: its raw answers, the cell of each, and the check of them all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from cqo_docs.answers.file import LAST_PIECE, AnswersFile, Vocabulary
from cqo_docs.answers.raw import RawAnswers
from cqo_docs.answers.reading import answers_from
from cqo_docs.base.errors import AnswersError, CqoError, Problem
from cqo_docs.base.yamlfile import YamlFile, parse_yaml, read_yaml
from cqo_docs.forms import checked_answers
from cqo_docs.office.xlsx_writing import letters
from cqo_docs.plan.answers_check import library_problems
from cqo_docs.wording.sentences import Wording
from cqo_docs.workspace import Workspace

ENTRY = re.compile(r"\[(\d+)\]")


class Place(NamedTuple):
    """A cell: which of the client's sheets, its row and column."""

    sheet: int
    row: int
    column: int


class Rows(NamedTuple):
    """The rows of one client in one sheet; `list_path` is empty for its own row."""

    list_path: str
    sheet: str
    columns: Mapping[str, int]
    """The column of each path; shared by all clients of a roster."""
    rows: Sequence[int]


@dataclass(frozen=True)
class Cells(Mapping[str, str]):
    """Where each answer of a client stands or would stand: its path -> 企业名册!B17."""

    sheets: tuple[Rows, ...] = ()

    def __getitem__(self, path: str) -> str:
        place = self._place(path)
        if place is None:
            raise KeyError(path)
        return self.reference(place)

    def __iter__(self) -> Iterator[str]:
        for rows in self.sheets:
            head = f"{rows.list_path}[]."
            for number in range(len(rows.rows)):
                for path in rows.columns:
                    if not rows.list_path:
                        yield path
                    elif path.startswith(head):
                        yield path.replace("[]", f"[{number}]", 1)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def reference(self, place: Place) -> str:
        """A cell as a person names it."""
        return f"{self.sheets[place.sheet].sheet}!{letters(place.column)}{place.row}"

    def nearest(self, path: str) -> Place | None:
        """The cell of an answer; of a group or list the first one; else that of what holds it."""
        while path:
            place = self._place(path) or self._first_below(path)
            if place is not None:
                return place
            path = LAST_PIECE.sub("", path)
        return None

    def _place(self, path: str) -> Place | None:
        for number, rows in enumerate(self.sheets):
            if not rows.list_path:
                if path in rows.columns:
                    return Place(number, rows.rows[0], rows.columns[path])
            elif path.startswith(f"{rows.list_path}["):
                match = ENTRY.match(path, len(rows.list_path))
                own = f"{rows.list_path}[]{path[match.end() :]}" if match else ""
                entry = int(match.group(1)) if match else 0
                if own in rows.columns and entry < len(rows.rows):
                    return Place(number, rows.rows[entry], rows.columns[own])
        return None

    def _first_below(self, path: str) -> Place | None:
        heads = (f"{path}.", f"{path}[")
        for number, rows in enumerate(self.sheets):
            entry = 0
            match = ENTRY.search(path)
            if rows.list_path and match:
                entry = int(match.group(1))
            for own, column in rows.columns.items():
                shown = own.replace("[]", f"[{entry}]", 1)
                if shown.startswith(heads) and entry < len(rows.rows):
                    return Place(number, rows.rows[entry], column)
        return None


@dataclass(frozen=True, slots=True)
class Client:
    """One client, small enough to be sent to a worker.

    Either the raw answers of a roster's row (nested, texts, keys are ids), or those of a filled
    form with its path, or the text of an answers file as it was when the roster was read.
    """

    number: int
    where: str
    name: str
    answers: Mapping[str, Any] | None
    cells: Mapping[str, str]
    path: Path | None = None
    text: str | None = None
    faults: tuple[Problem, ...] = ()
    """What could not even be read."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A client that gets no pack, and why."""

    client: Client
    problems: tuple[Problem, ...]


def client_answers(client: Client, workspace: Workspace) -> AnswersFile:
    """The checked answers of a client.

    Raises AnswersError with every problem at once, each at its cell, or at its line of the file.
    """
    if client.answers is None:
        return _file_answers(client, workspace)
    if client.path is not None:
        return _form_answers(client, client.path, client.answers, workspace)
    file = RawAnswers(Path(client.where), dict(client.answers))
    found: list[Problem] = []
    try:
        answers = _checked(file, workspace)
        if not client.faults:
            return answers
    except AnswersError as error:
        found = [_at_cell(fault, client) for fault in error.problems]
    wrong = [fault.values.get("field", "") for fault in client.faults]
    found = [p for p in found if not any(_about(p, path) for path in wrong)]
    raise AnswersError(in_cell_order([*client.faults, *found], client))


def _file_answers(client: Client, workspace: Workspace) -> AnswersFile:
    if client.faults or client.path is None:
        raise AnswersError(client.faults)
    try:
        # A file that could not be read then tells its reason now.
        text, path = client.text, client.path
        file = read_yaml(path) if text is None else parse_yaml(text, path)
        return _checked(file, workspace)
    except CqoError as error:
        raise AnswersError(error.problems) from None


def _form_answers(
    client: Client, path: Path, answers: Mapping[str, Any], workspace: Workspace
) -> AnswersFile:
    data = RawAnswers(path, dict(answers), places=client.cells, faults=client.faults)

    def fits_library(file: AnswersFile) -> Iterator[Problem]:
        return library_problems(file, workspace.library)

    return checked_answers(data, _vocabulary(workspace.wording), fits_library)


def _checked(file: RawAnswers | YamlFile, workspace: Workspace) -> AnswersFile:
    def fits_library(answers: AnswersFile) -> Iterator[Problem]:
        return library_problems(answers, workspace.library)

    return answers_from(file, _vocabulary(workspace.wording), fits_library)


@cache
def _vocabulary(wording: Wording) -> Vocabulary:
    return wording.vocabulary()


def _at_cell(fault: Problem, client: Client) -> Problem:
    """The same problem with its cell for a place, and no line."""
    place, cells = place_of(fault, client), client.cells
    where = cells.reference(place) if place and isinstance(cells, Cells) else client.where
    values = {name: value for name, value in fault.values.items() if name != "line"}
    return Problem(fault.code, where, values)


def place_of(fault: Problem, client: Client) -> Place | None:
    """The cell that a problem is about."""
    if not isinstance(client.cells, Cells):
        return None
    return client.cells.nearest(fault.values.get("field", ""))


def in_cell_order(found: Sequence[Problem], client: Client) -> list[Problem]:
    """The problems as one meets their cells."""
    nowhere = Place(-1, 0, 0)
    return sorted(found, key=lambda fault: place_of(fault, client) or nowhere)


def _about(fault: Problem, path: str) -> bool:
    """Whether a problem may come of one wrong answer only."""
    named = {fault.values.get("field", ""), fault.values.get("field2", "")}
    named |= set(fault.values.get("among", "").split(","))
    return any(
        f"{name}.".startswith(f"{path}.") or f"{path}.".startswith((f"{name}.", f"{name}["))
        for name in named
        if name and path
    )

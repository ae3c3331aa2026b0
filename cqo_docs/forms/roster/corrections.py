"""Write the roster of the clients that failed, with the cells at fault marked, to be corrected."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cqo_docs.answers.file import Vocabulary
from cqo_docs.base.errors import CqoError, Problem
from cqo_docs.base.yamlfile import parse_yaml
from cqo_docs.forms.roster.clients import Cells, Client, Failure, Rows
from cqo_docs.forms.roster.form import Filled, write_roster
from cqo_docs.office.xlsx_writing import CELL_LENGTH
from cqo_docs.questions.columns import NAME, Sheet, form_sheets
from cqo_docs.wording.sentences import Wording
from cqo_docs.workspace import Workspace


def write_errors(path: Path, failures: Iterable[Failure], workspace: Workspace) -> None:
    """A roster of failing clients as they were, what is wrong beside each, whole or not at all.

    Corrected, it is read as any roster. Raises PackError where it cannot be written.
    """
    wording = workspace.wording
    sheets = form_sheets(wording, workspace.library)
    vocabulary = wording.vocabulary()
    rows = (_filled(failure, sheets, vocabulary, wording) for failure in failures)
    write_roster(path, workspace, rows, with_problems=True)


def _filled(
    failure: Failure, sheets: Sequence[Sheet], vocabulary: Vocabulary, wording: Wording
) -> Filled:
    answers = _answers_of(failure.client, vocabulary)
    cells = _form_cells(answers, sheets)
    notes: dict[str, str] = {}
    sentences = []
    for fault in failure.problems:
        fields = [fault.values.get("field", ""), *fault.values.get("among", "").split(",")]
        sentence = _sentence(fault, wording)
        sentences.append(sentence)
        for path in dict.fromkeys(p for f in fields if f and (p := _cell_path(f, cells, sheets))):
            notes[path] = f"{notes[path]}\n{sentence}" if path in notes else sentence
    said = "\n".join(dict.fromkeys(sentences))
    return Filled(answers, notes, said[:CELL_LENGTH])


def _sentence(fault: Problem, wording: Wording) -> str:
    """What is wrong, without the place it had in another file."""
    if "field" not in fault.values:
        return wording.problem(fault)
    values = {name: value for name, value in fault.values.items() if name != "line"}
    return wording.problem(Problem(fault.code, "", values))


def _form_cells(answers: Mapping[str, Any], sheets: Sequence[Sheet]) -> Cells:
    """The cells of one client in a form, to find the one that a problem is about."""
    found = [Rows("", "", sheets[0].by_path, (0,))]
    for sheet in sheets[1:]:
        entries: Any = answers
        for piece in sheet.list_path.split("."):
            entries = entries.get(piece) if isinstance(entries, Mapping) else None
        if isinstance(entries, list):
            found.append(Rows(sheet.list_path, "", sheet.by_path, range(len(entries))))
    return Cells(tuple(found))


def _cell_path(field: str, cells: Cells, sheets: Sequence[Sheet]) -> str:
    """The path of the cell at fault; empty where the form has none."""
    place = cells.nearest(field)
    if place is None:
        return ""
    list_path = cells.sheets[place.sheet].list_path
    sheet = next(s for s in sheets if s.list_path == list_path)
    return sheet.columns[place.column].path.replace("[]", f"[{place.row}]", 1)


def _answers_of(client: Client, vocabulary: Vocabulary) -> Mapping[str, Any]:
    """The raw answers with ids for keys, as far as they can be read."""
    if client.answers is not None:
        return client.answers
    if client.text is not None and client.path is not None:
        try:
            data = with_ids(parse_yaml(client.text, client.path).data, vocabulary)
        except CqoError:
            data = None
        if isinstance(data, dict):
            return data
    group, name = NAME.split(".")
    return {group: {name: client.name}}


def with_ids(value: Any, vocabulary: Vocabulary, path: str = "") -> Any:
    """An answers file's data with ids for keys; what is no question of ours is left out."""
    pattern = re.sub(r"\[\d+\]", "[]", path)
    if isinstance(value, list):
        return [with_ids(item, vocabulary, f"{path}[]") for item in value]
    names = vocabulary.keys.get(pattern)
    if not isinstance(value, dict) or names is None:
        return value
    return {
        names[word]: with_ids(inner, vocabulary, f"{path}.{names[word]}" if path else names[word])
        for word, inner in value.items()
        if word in names and inner is not None
    }

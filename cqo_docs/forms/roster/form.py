"""Write rosters: the empty one that people fill in, and the one that shows what is wrong."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import IO, Any

from cqo_docs.answers.types import parse_date, parse_number
from cqo_docs.base.errors import PackError, problem, reason_of
from cqo_docs.office.xlsx_writing import (
    CELL_LENGTH,
    Book,
    Cell,
    Page,
    Row,
    Validation,
    Width,
    letters,
    lines_of,
    quoted,
    row_height,
    write_book,
)
from cqo_docs.questions.columns import CODE, MARK, NAME, Column, Sheet, form_sheets, shown
from cqo_docs.workspace import Workspace

# The layout of our rosters; a name in the workbook carries it.
VERSION = 1
HEAD_ROWS = 3
FIRST_DAY, LAST_DAY = date(1949, 1, 1), date(2100, 12, 31)
# Day 0 of Excel's calendar, such as it is from March 1900 on.
EPOCH = date(1899, 12, 30)
WIDTHS: Mapping[str, float] = {
    "text": 16, "code": 16, "choice": 16, "yes-no": 13, "number": 13, "date": 13,
}  # fmt: skip
NAME_WIDTH, CODE_WIDTH, SENTENCE_WIDTH, PROBLEM_WIDTH = 30, 22, 24, 44


@dataclass(frozen=True, slots=True)
class Filled:
    """One client's row as it is to be written: nested answers, and what is wrong with them."""

    answers: Mapping[str, Any]
    notes: Mapping[str, str] = field(default_factory=dict)
    """What is said of single answers, by path."""
    said: str = ""
    """What is said of the whole row."""


def write_roster_form(path: Path, workspace: Workspace) -> None:
    """The empty roster with its explanations. Raises PackError where it cannot be written."""
    write_roster(path, workspace, ())


def write_roster(
    path: Path, workspace: Workspace, rows: Iterable[Filled], with_problems: bool = False
) -> None:
    """A roster with rows filled in; `with_problems` has a column that says what is wrong."""
    wording = workspace.wording
    sheets = form_sheets(wording, workspace.library)
    lists = _Lists(sheets[1:], with_problems)
    try:
        with lists:
            clients = _client_rows(rows, sheets[0], lists, workspace, with_problems)
            pages = [_data_page(sheets[0], clients, workspace, with_problems)]
            pages += [
                _data_page(s, lists.rows(s, workspace), workspace, with_problems)
                for s in sheets[1:]
            ]
            options = _Options(str(wording.forms["sheets"]["options"]), sheets)
            guide = _guide_page(sheets, workspace)
            names = {**options.names, f"{MARK}{VERSION}": f"{quoted(sheets[0].name)}!$A$1"}
            title = str(wording.forms["title"])
            book = Book([guide, *pages, options.page], names, int(bool(rows)), title)
            write_book(path, book)
    except OSError as error:
        code = "pack.file-open" if isinstance(error, PermissionError) else "pack.cannot-write"
        raise PackError([problem(code, str(path), reason=reason_of(error))]) from None


def option_name(path: str) -> str:
    """The name of the range that holds the choices of a question."""
    return "cqo_" + re.sub(r"\W+", "_", path.replace("[]", ""))


class _Options:
    """The hidden sheet that holds the words of every drop-down, one column a question."""

    def __init__(self, sheet: str, sheets: Sequence[Sheet]) -> None:
        choices: dict[str, tuple[str, ...]] = {}
        for column in (c for s in sheets for c in s.columns):
            if column.options and not column.many and column.kind != "yes-no":
                choices[column.question.path] = column.options
            elif column.kind == "yes-no":
                choices["yes-no"] = column.options
        self.names = {
            option_name(path): f"{quoted(sheet)}!${letters(n)}$1:${letters(n)}${len(words)}"
            for n, (path, words) in enumerate(choices.items(), 1)
        }
        longest = max(len(words) for words in choices.values())
        rows = [
            Row([Cell(n, "text", w[i]) for n, w in enumerate(choices.values(), 1) if i < len(w)])
            for i in range(longest)
        ]
        self.page = Page(sheet, rows, [Width(20, "text")] * len(choices), hidden=True)


# Sheets of data


def _data_page(sheet: Sheet, rows: Iterator[Row], ws: Workspace, problems: bool) -> Page:
    shift = int(problems)
    head = _head_rows(sheet, ws, shift)
    validations = [
        rule
        for number, column in enumerate(sheet.columns, 1 + shift)
        if (rule := _validation(number, column, ws)) is not None
    ]
    return Page(
        sheet.name,
        chain(head, rows),
        page_widths(sheet, shift),
        # Whose row it is stays in sight.
        frozen=(1 + shift, HEAD_ROWS),
        validations=validations,
        titles=True,
        notes=problems,
    )


def page_widths(sheet: Sheet, shift: int) -> list[Width]:
    """The columns of a sheet, after one for problems where there is one."""
    own = [Width(_width(column), cell_style(column)) for column in sheet.columns]
    return [Width(PROBLEM_WIDTH, "problem")] * shift + own


def _width(column: Column) -> float:
    if column.path in {NAME, CODE}:
        return NAME_WIDTH if column.path == NAME else CODE_WIDTH
    return SENTENCE_WIDTH if column.many or column.length > 100 else WIDTHS[column.kind]


def _head_rows(sheet: Sheet, ws: Workspace, shift: int) -> Iterator[Row]:
    """The hidden row of paths, the row of groups, the row of labels."""
    forms = ws.wording.forms
    first = range(1, 1 + shift)
    numbered = list(enumerate(sheet.columns, 1 + shift))
    paths = [Cell(number, "path", column.path) for number, column in numbered]
    yield Row([*(Cell(n, "path") for n in first), *paths], hidden=True)
    # In every cell: a name in the middle of thirty columns is out of sight.
    groups = [Cell(number, "group", column.group) for number, column in numbered]
    widths = page_widths(sheet, shift)
    yield Row([*(Cell(n, "problem-head") for n in first), *groups], row_height(groups, widths))
    labels = [Cell(n, "problem-head", str(forms["problem"])) for n in first]
    for number, column in numbered:
        needed = sheet.needed(column)
        label = forms["required"].format(label=column.label) if needed else column.label
        labels.append(Cell(number, "required" if needed else "label", label))
    yield Row(labels, row_height(labels, widths))


def cell_style(column: Column) -> str:
    """How the answers of a column look: as text, so that Excel changes none, or as figures."""
    if column.kind == "date":
        return "date"
    limits = column.question.limits
    if column.kind != "number" or limits is None:
        return "text"
    if limits.digits == 0:
        return "whole"
    return "money" if limits.digits == 2 and not column.percent else "general"


def _validation(number: int, column: Column, ws: Workspace) -> Validation | None:
    """What a column takes, and the note that appears beside its cells."""
    said = ws.wording.forms["errors"]
    prompt = explained(column, ws) if column.many else note_on(column, ws)
    title = column.label
    if column.options and not column.many:
        name = option_name("yes-no" if column.kind == "yes-no" else column.question.path)
        return Validation(number, "list", (name,), said["choice"], prompt, title)
    limits = column.question.limits
    if column.kind == "number" and limits is not None:
        kind = "decimal" if limits.digits else "whole"
        error = said[kind].format(least=limits.least, most=limits.most)
        return Validation(number, kind, (limits.least, limits.most), error, prompt, title)
    if column.kind == "date":
        days = (str((FIRST_DAY - EPOCH).days), str((LAST_DAY - EPOCH).days))
        return Validation(number, "date", days, said["date"], prompt, title, strict=False)
    return Validation(number, prompt=prompt, title=title) if prompt else None


def note_on(column: Column, ws: Workspace) -> str:
    """What is to be known about a column beyond its kind; empty for most."""
    text = str(ws.wording.forms["notes"].get(column.path, ""))
    return text.format(
        standards=ws.wording.join([s.id for s in ws.library.standards]),
        papers=ws.wording.join([p.id for p in ws.library.papers]),
    )


def how(column: Column, ws: Workspace) -> str:
    """How a column is filled in, in one phrase."""
    hows, limits = ws.wording.forms["hows"], column.question.limits
    kind = column.kind
    if column.many:
        kind = "many-choice" if column.options else "many"
    elif column.options and kind != "yes-no":
        kind = "choice"
    elif kind == "number" and limits is not None and not limits.digits:
        kind = "whole"
    return str(hows[kind]).format(
        options=ws.wording.join(list(column.options)),
        **(asdict(limits) if limits else {"length": ""}),
    )


def explained(column: Column, ws: Workspace) -> str:
    """How a column is filled in, and what else is to be known about it."""
    mark = str(ws.wording.formats["clause-mark"])
    return mark.join(text for text in (how(column, ws), note_on(column, ws)) if text)


# Rows of data


def _client_rows(
    rows: Iterable[Filled], sheet: Sheet, lists: _Lists, ws: Workspace, problems: bool
) -> Iterator[Row]:
    for filled in rows:
        flat = flattened(filled.answers)
        lists.add(flat, filled.notes)
        yield _data_row(sheet, filled.said if problems else None, flat, filled.notes, ws)


def _data_row(
    sheet: Sheet, said: str | None, flat: Mapping[str, Any], notes: Mapping[str, str], ws: Workspace
) -> Row:
    """One row, after a cell with what is wrong where that is wanted; high enough for it."""
    if said is None:
        return Row(list(row_cells(sheet.columns, flat, notes, ws, 1)))
    cells = [Cell(1, "problem", said), *row_cells(sheet.columns, flat, notes, ws, 2)]
    return Row(cells, row_height(cells, page_widths(sheet, 1)))


def row_cells(
    columns: Sequence[Column], flat: Mapping[str, Any], notes: Mapping[str, str], ws: Workspace,
    first: int,
) -> Iterator[Cell]:  # fmt: skip
    """The cells of one row; those with a note are marked, empty ones without are left out."""
    for number, column in enumerate(columns, first):
        path = column.path
        value, note = flat.get(path), notes.get(path, "")
        if value is None and not note:
            continue
        style, content = cell_content(column, value, ws)
        yield Cell(number, f"{style}-fault" if note else style, content, note)


def cell_content(column: Column, value: Any, ws: Workspace) -> tuple[str, str | Decimal | None]:
    """Style and content of the cell of one answer; what is no figure or day stays as it is."""
    style = cell_style(column)
    if value is None:
        return style, None
    if not isinstance(value, (list, tuple, dict)):
        try:
            if column.kind == "number":
                return _figure(style, parse_number(str(value)))
            if column.kind == "date":
                return style, Decimal((parse_date(str(value)) - EPOCH).days)
        except ValueError:
            return "text", str(value)
    text = shown(column, value, ws.wording)
    return "text", text if len(text) <= CELL_LENGTH else None


def _figure(style: str, number: Decimal) -> tuple[str, Decimal]:
    """A number in a style that hides none of its decimals."""
    places = {"whole": 0, "money": 2}.get(style)
    whole = places is None or round(number, places) == number
    return style if whole else "general", number


def flattened(answers: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested answers by dotted path; lists stay what they are."""
    found: dict[str, Any] = {}
    for name, value in answers.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping):
            found |= flattened(value, f"{path}.")
        else:
            found[path] = value
    return found


class _Lists:
    """The rows of the further sheets, kept in files until their sheet is written."""

    def __init__(self, sheets: Sequence[Sheet], with_problems: bool) -> None:
        self.sheets, self.with_problems = sheets, with_problems
        self.files: dict[str, IO[str]] = {}

    def __enter__(self) -> _Lists:
        for sheet in self.sheets:
            file = tempfile.TemporaryFile("w+", encoding="utf-8", errors="surrogatepass")
            self.files[sheet.list_path] = file
        return self

    def __exit__(self, *_: object) -> None:
        for file in self.files.values():
            file.close()

    def add(self, flat: Mapping[str, Any], notes: Mapping[str, str]) -> None:
        """Keep the entries of one client, each with its notes under the paths of the columns."""
        for list_path, file in self.files.items():
            entries = flat.get(list_path)
            if not isinstance(entries, (list, tuple)):
                continue
            # A name that is going to be corrected would no longer lead to its entries.
            by_code = flat.get(CODE) is not None and (flat.get(NAME) is None or NAME in notes)
            key = CODE if by_code else NAME
            keys = {key: flat[key]} if flat.get(key) is not None else {}
            for number, entry in enumerate(entries):
                if isinstance(entry, Mapping):
                    own = f"{list_path}[{number}]."
                    said = {
                        f"{list_path}[].{path.removeprefix(own)}": text
                        for path, text in notes.items()
                        if path.startswith(own)
                    }
                    json.dump([keys | entry_cells(list_path, entry), said], file)
                    file.write("\n")

    def rows(self, sheet: Sheet, ws: Workspace) -> Iterator[Row]:
        """The rows of one sheet, after all clients were added."""
        file = self.files[sheet.list_path]
        file.seek(0)
        for line in file:
            flat, notes = json.loads(line)
            said = "\n".join(notes.values()) if self.with_problems else None
            yield _data_row(sheet, said, flat, notes, ws)


def entry_cells(list_path: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    """One entry of a list by the paths of columns."""
    found: dict[str, Any] = {}
    for path, value in flattened(entry, f"{list_path}[].").items():
        if isinstance(value, (list, tuple)):
            found |= {f"{path}[{n}]": item for n, item in enumerate(value)}
        found[path] = list(value) if isinstance(value, tuple) else value
    return found


# The explanations


def _guide_page(sheets: Sequence[Sheet], ws: Workspace) -> Page:
    forms = ws.wording.forms
    widths = [Width(w) for w in (11, 20, 32, 13, 52, 14, 28)]
    across = sum(w.width for w in widths)
    rows = [Row([Cell(1, "title", str(forms["title"]))], 30)]
    for n, text in enumerate(forms["guide"], 1):
        rows.append(Row([Cell(1, "body", f"{n}. {text}")], 18 * lines_of(text, across)))
    merges = [f"A{n}:{letters(len(widths))}{n}" for n in range(1, len(rows) + 1)]
    head = [Cell(n, "table-head", text) for n, text in enumerate(forms["guide-columns"], 1)]
    rows += [Row([]), Row(head, 22)]
    for sheet in sheets:
        for column in sheet.columns:
            if sheet.of_clients or column.path not in {NAME, CODE}:
                told = enumerate(_guide_row(sheet, column, ws), 1)
                cells = [Cell(n, "table", text) for n, text in told]
                rows.append(Row(cells, row_height(cells, widths)))
    return Page(str(forms["sheets"]["guide"]), rows, widths, merges=merges, fit=True)


def _guide_row(sheet: Sheet, column: Column, ws: Workspace) -> tuple[str, ...]:
    forms, question = ws.wording.forms, column.question
    needed = ""
    if sheet.needed(column):
        needed = forms["needed"]
    elif question.required:
        needed = forms["needed-in-group"]
    default = question.default
    if default is None or default == ():
        default_text = ""
    else:
        default_text = ws.wording.value(question.path, default)
    example = str(forms["examples"].get(column.path, ""))
    return (
        sheet.name, column.group, column.label, needed,
        explained(column, ws), default_text, example,
    )  # fmt: skip

"""The two summaries of a batch, of every client: a workbook for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cqo_docs.office.xlsx_writing import CELL_LENGTH, Book, Cell, Page, Row, Width, write_book
from cqo_docs.workspace import Workspace

# Column -> its width; the headings stand in the wording.
COLUMNS: Mapping[str, float] = {
    "number": 7,
    "name": 34,
    "status": 10,
    "problems": 50,
    "folder": 34,
    "as_of": 12,
    "size": 8,
    "standards": 46,
    "verdict": 12,
    "findings": 22,
    "codes": 34,
    "count": 8,
    "files": 60,
}
NUMBERS = frozenset({"number", "count"})

# Each time it is called, the records of all clients from the first.
Lines = Callable[[], Iterator[bytes]]


def write_data(path: Path, head: Mapping[str, Any], lines: Lines) -> None:
    """Write the summary for programs, one line a client. Raises OSError as the system gives it."""
    with path.open("wb") as file:
        file.write(b"{\n")
        for key, value in head.items():
            file.write(f'  "{key}": {json.dumps(value, ensure_ascii=False)},\n'.encode())
        file.write(b'  "clients": [')
        for number, line in enumerate(lines()):
            file.write((b",\n    " if number else b"\n    ") + line)
        file.write(b"\n  ]\n}\n")


def write_workbook(path: Path, lines: Lines, ws: Workspace) -> None:
    """Write the summary for people. Raises OSError as the system gives it."""
    words = ws.wording.formats["summary"]
    heads = [Cell(n, "table-head", words["columns"][c]) for n, c in enumerate(COLUMNS, 1)]
    rows = _rows(heads, lines(), ws)
    widths = [Width(w) for w in COLUMNS.values()]
    page = Page(words["title"], rows, widths, frozen=(2, 1), titles=True)
    write_book(path, Book([page], title=words["title"]))


def _rows(heads: list[Cell], lines: Iterable[bytes], ws: Workspace) -> Iterator[Row]:
    yield Row(heads)
    standards = {s.id: s.number or s.title for s in ws.library.standards}
    for line in lines:
        texts = _texts(json.loads(line), standards, ws)
        cells = [
            Cell(n, "whole" if column in NUMBERS else "table", _fitting(texts.get(column)))
            for n, column in enumerate(COLUMNS, 1)
        ]
        yield Row(cells)


def _fitting(value: str | int | None) -> str | int | None:
    return value[:CELL_LENGTH] if isinstance(value, str) else value


def _texts(
    record: Mapping[str, Any], standards: Mapping[str, str], ws: Workspace
) -> dict[str, str | int]:
    """What each column says of one client."""
    w, formats = ws.wording, ws.wording.formats
    texts: dict[str, str | int] = {
        "number": record["number"],
        "name": record["name"],
        "status": formats["summary"]["status"][record["status"]],
    }
    if record["status"] == "failed":
        return texts | {"problems": "\n".join(p["message"] for p in record["problems"])}
    verdict = formats["verdict"].get(record["verdict"], "")
    return texts | {
        "folder": record["folder"],
        "as_of": record["as_of"],
        "size": w.value("company.size", record["size"]) if record["size"] else "",
        "standards": w.join(
            [
                formats["summary"]["standard"].format(
                    name=standards.get(name, name), role=formats["role"].get(role, role)
                )
                for name, role in record["standards"].items()
            ]
        ),
        "verdict": formats["summary"]["barred"] if record["barred"] else verdict,
        "findings": w.join(
            [f"{formats['severity'].get(s, s)} {n}" for s, n in record["findings"].items()]
        ),
        "codes": "\n".join(record["codes"]),
        "count": len(record["files"]),
        "files": "\n".join(record["files"]),
    }

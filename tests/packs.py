"""Edit written packs as people do: words in paragraphs and cells, whole lines, whole files."""

from __future__ import annotations

import copy
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.text import WD_BREAK
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

__all__ = ["WD_BREAK", "Document", "Worksheet", "parse_xml"]
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def file_in(pack: Path, part: str) -> Path:
    """The one file of a pack whose name holds a text."""
    found = [p for p in sorted(pack.iterdir()) if part in p.name]
    if len(found) != 1:
        raise RuntimeError(f"{part}: {[p.name for p in found]}")
    return found[0]


def paragraphs(document: WordDocument) -> Iterator[Any]:
    """Every paragraph element of the body, those in tables too."""
    yield from document.element.body.iter(f"{W}p")


def text_of(paragraph: Any) -> str:
    """The words of a paragraph element."""
    return "".join(t.text or "" for t in paragraph.iter(f"{W}t"))


def set_text(paragraph: Any, text: str) -> None:
    """Put words into a paragraph, in the looks of its first run."""
    runs = list(paragraph.iter(f"{W}t"))
    runs[0].text = text
    runs[0].set(qn("xml:space"), "preserve")
    for run in runs[1:]:
        run.text = ""


def paragraph_with(document: WordDocument, words: str) -> Any:
    """The first paragraph that holds some words."""
    for paragraph in paragraphs(document):
        if words in text_of(paragraph):
            return paragraph
    raise RuntimeError(words)


def replace(pack: Path, part: str, old: str, new: str, *, all_of_them: bool = False) -> None:
    """Replace words in a Word file: in the first paragraph that holds them, or in all."""
    path = file_in(pack, part)
    document = Document(str(path))
    done = 0
    for paragraph in paragraphs(document):
        if old in text_of(paragraph):
            set_text(paragraph, text_of(paragraph).replace(old, new))
            done += 1
            if not all_of_them:
                break
    if not done:
        raise RuntimeError(f"{part}: {old}")
    document.save(str(path))


def delete(pack: Path, part: str, words: str) -> None:
    """Delete the first paragraph that holds some words."""
    path = file_in(pack, part)
    document = Document(str(path))
    paragraph = paragraph_with(document, words)
    paragraph.getparent().remove(paragraph)
    document.save(str(path))


def delete_row(pack: Path, part: str, words: str) -> None:
    """Delete the table row that holds some words."""
    path = file_in(pack, part)
    document = Document(str(path))
    row = next(r for r in document.element.body.iter(f"{W}tr")
               if any(words in text_of(p) for p in r.iter(f"{W}p")))  # fmt: skip
    row.getparent().remove(row)
    document.save(str(path))


def set_in_row(pack: Path, part: str, words: str, column: int, text: str) -> None:
    """Put words into one cell of the table row that holds some words."""
    path = file_in(pack, part)
    document = Document(str(path))
    row = next(r for r in document.element.body.iter(f"{W}tr")
               if any(words in text_of(p) for p in r.iter(f"{W}p")))  # fmt: skip
    set_text(next(list(row.iter(f"{W}tc"))[column].iter(f"{W}p")), text)
    document.save(str(path))


def copy_row(pack: Path, part: str, words: str, changes: dict[int, str]) -> None:
    """Copy a table row behind itself, with other words in some of its cells."""
    path = file_in(pack, part)
    document = Document(str(path))
    row = next(r for r in document.element.body.iter(f"{W}tr")
               if any(words in text_of(p) for p in r.iter(f"{W}p")))  # fmt: skip
    new = copy.deepcopy(row)
    cells = list(new.iter(f"{W}tc"))
    for column, text in changes.items():
        set_text(next(cells[column].iter(f"{W}p")), text)
    row.addnext(new)
    document.save(str(path))


def paste(pack: Path, part: str, after: str, text: str) -> None:
    """Put a new paragraph behind the first one that holds some words."""
    path = file_in(pack, part)
    document = Document(str(path))
    paragraph = paragraph_with(document, after)
    new = copy.deepcopy(paragraph)
    set_text(new, text)
    paragraph.addnext(new)
    document.save(str(path))


def fill_cell(pack: Path, part: str, label: str, text: str) -> None:
    """Write behind a label in a cell, or into the empty cell beside it."""
    path = file_in(pack, part)
    document = Document(str(path))
    for row in document.element.body.iter(f"{W}tr"):
        cells = list(row.iter(f"{W}tc"))
        for n, cell in enumerate(cells):
            words = "".join(text_of(p) for p in cell.iter(f"{W}p"))
            if words.strip() != label:
                continue
            target = (
                next(cell.iter(f"{W}p"))
                if label.endswith("：")
                else next(cells[n + 1].iter(f"{W}p"))
            )
            kept = label if label.endswith("：") else ""
            if not list(target.iter(f"{W}t")):
                run, mark = OxmlElement("w:r"), OxmlElement("w:t")
                run.append(mark)
                target.append(run)
            set_text(target, kept + text)
            document.save(str(path))
            return
    raise RuntimeError(label)


def set_cell(pack: Path, part: str, sheet: str, cell: str, value: Any) -> None:
    """Write into a cell of an Excel file."""
    change_sheet(pack, part, sheet, lambda page: page.__setitem__(cell, value))


def change_sheet(pack: Path, part: str, sheet: str, change: Callable[[Worksheet], Any]) -> None:
    """Change a sheet of an Excel file."""
    path = file_in(pack, part)
    book = load_workbook(path)
    change(book[sheet])
    book.save(path)


def find_cell(pack: Path, part: str, sheet: str, text: str) -> str:
    """The name of the first cell that holds a text."""
    for row in load_workbook(file_in(pack, part))[sheet].iter_rows():
        for cell in row:
            if cell.value == text:
                return str(cell.coordinate)
    raise RuntimeError(text)


def change_manifest(pack: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change the manifest of a pack."""
    path = pack / "manifest.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")


def change_answers(pack: Path, old: str, new: str) -> None:
    """Replace words in the answers of a pack."""
    path = pack / "answers.yaml"
    text = path.read_text(encoding="utf-8")
    if old not in text:
        raise RuntimeError(old)
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def repack(
    path: Path, change: Callable[[str, bytes], bytes | None], add: dict[str, bytes] | None = None
) -> None:
    """Write a package again with changed members; None leaves one out."""
    with zipfile.ZipFile(path) as archive:
        members = [(n, change(n, archive.read(n))) for n in archive.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (*members, *(add or {}).items()):
            if data is not None:
                archive.writestr(name, data)


def copy_of(pack: Path, folder: Path) -> Path:
    """A copy of a pack that a test may change."""
    target = folder / pack.name
    shutil.copytree(pack, target)
    return target

"""The files of a pack as plain text, for people who read what changed: outlines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from difflib import unified_diff
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from lxml import etree
from prints import Pack

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
MOST_LINES = 60  # of one paper's difference; the whole is in git after --update-golden
PICTURE = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"


def outlines(pack: Pack) -> dict[str, str]:
    """The text of every paper of a pack: its Word file, its Excel file or both."""
    texts: dict[str, str] = defaultdict(str)
    for document, path in pack.files:
        if path.suffix in READERS:
            texts[document.id] += "\n".join([f"# {path.name}", *file_lines(path), ""])
    return texts


def file_lines(path: Path) -> Iterator[str]:
    """The lines of one file: its text in order, then what its charts say.

    A tab is written →, a new line ↵, and where a cell holds several paragraphs ¶ parts them.
    """
    with ZipFile(path) as archive:
        for line in READERS[path.suffix](archive):
            yield line.replace("\t", "→").replace("\n", "↵").rstrip()
        for name in sorted(archive.namelist()):
            if "/charts/chart" in name:
                words = [t.strip() for t in _part(archive, name).itertext() if t.strip()]
                yield " | ".join([Path(name).stem, *words])


def save(folder: Path, made: Mapping[str, str]) -> None:
    """Write the outlines of a pack into its folder; what else lies there is removed."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.name.removesuffix(".txt") not in made:
            path.unlink()
    for paper, text in made.items():
        (folder / f"{paper}.txt").write_text(text, encoding="utf-8", newline="\n")


def differences(folder: Path, made: Mapping[str, str]) -> Iterator[str]:
    """How the outlines of a pack differ from those in its folder, paper by paper."""
    saved = {path.name: path for path in folder.glob("*")}
    for paper, text in made.items():
        name = f"{folder.name}/{paper}.txt"
        path = saved.pop(f"{paper}.txt", None)
        if path is None:
            yield f"{name}: no such golden file"
            continue
        sides = path.read_text(encoding="utf-8").splitlines(), text.splitlines()
        lines = [*unified_diff(*sides, name, f"{name} as made now", n=1, lineterm="")]
        yield from lines[:MOST_LINES]
        if len(lines) > MOST_LINES:
            yield f"{name}: {len(lines) - MOST_LINES} more lines"
    for name in saved:
        yield f"{folder.name}/{name}: no such paper"


def _word(archive: ZipFile) -> Iterator[str]:
    """`style | text` of each paragraph and table row; at the end of a section its page's edges."""
    styles = {
        style.get(f"{W}styleId"): style.find(f"{W}name").get(f"{W}val")
        for style in _part(archive, "word/styles.xml").iter(f"{W}style")
    }
    targets = _targets(archive, "word/_rels/document.xml.rels")

    def paragraph_line(paragraph: Any) -> str:
        style = paragraph.find(f"{W}pPr/{W}pStyle")
        return f"{styles['Normal' if style is None else style.get(f'{W}val')]} | {_text(paragraph)}"

    for block in _part(archive, "word/document.xml").find(f"{W}body"):
        if block.tag == f"{W}p":
            yield paragraph_line(block)
        for row in block.iterchildren(f"{W}tr"):
            cells = [" ¶ ".join(map(_text, cell.iter(f"{W}p"))) for cell in row.iter(f"{W}tc")]
            yield " | ".join([styles[block.find(f"{W}tblPr/{W}tblStyle").get(f"{W}val")], *cells])
        for section in block.iter(f"{W}sectPr"):
            for edge in section.iterchildren(f"{W}headerReference", f"{W}footerReference"):
                part = _part(archive, f"word/{targets[edge.get(f'{R}id')]}")
                yield from map(paragraph_line, part.iter(f"{W}p"))


def _text(paragraph: Any) -> str:
    """The words of a paragraph; {PAGE} stands for the number of the page, [...] for a picture."""
    words = []
    for node in paragraph.iter(f"{W}r", f"{W}fldSimple", PICTURE):
        if node.tag == PICTURE:
            words.append(f"[{node.get('descr')}]")
        elif node.tag == f"{W}fldSimple":
            words.append(f"{{{node.get(f'{W}instr').strip()}}}")
        elif node.getparent().tag != f"{W}fldSimple":
            signs = {f"{W}tab": "\t", f"{W}br": "\n"}
            words += [signs.get(child.tag, child.text or "") for child in node]
    return "".join(words)


def _excel(archive: ZipFile) -> Iterator[str]:
    """`first cell | values` of each row of each sheet, and the words that its cells ask with."""
    book = _part(archive, "xl/workbook.xml")
    targets = _targets(archive, "xl/_rels/workbook.xml.rels")
    for sheet in book.iter(f"{S}sheet"):
        yield f"## {sheet.get('name')}"
        part = _part(archive, f"xl/{targets[sheet.get(f'{R}id')].removeprefix('/xl/')}")
        for row in part.iter(f"{S}row"):
            yield from _row(row)
        for rule in part.iter(f"{S}dataValidation"):
            words = [rule.findtext(f"{S}formula1"), rule.get("prompt"), rule.get("error")]
            yield " | ".join([rule.get("sqref"), *filter(None, words)])
        for edge in part.iterfind(f"{S}headerFooter/*"):
            if edge.text:
                yield f"{etree.QName(edge).localname} | {edge.text}"
    for name in book.iter(f"{S}definedName"):
        yield f"{name.get('name')} | ={name.text}"


def _row(row: Any) -> Iterator[str]:
    """The line of a row, from its first cell with a value to its last."""
    values = [(cell.get("r"), _value(cell)) for cell in row.iter(f"{S}c")]
    while values and not values[-1][1]:
        values.pop()
    while values and not values[0][1]:
        values.pop(0)
    if values:
        yield " | ".join([values[0][0], *(value for _, value in values)])


def _value(cell: Any) -> str:
    """What stands in a cell: its words, its number, or its formula and what that gives."""
    words = "".join(cell.itertext(f"{S}t")) or cell.findtext(f"{S}v") or ""
    formula = cell.findtext(f"{S}f")
    return words if formula is None else f"={formula} ⇒ {words}"


def _part(archive: ZipFile, name: str) -> Any:
    return etree.fromstring(archive.read(name))


def _targets(archive: ZipFile, name: str) -> dict[str, str]:
    """The files of a part's relations, by their ids."""
    return {link.get("Id"): link.get("Target") for link in _part(archive, name)}


READERS: Mapping[str, Callable[[ZipFile], Iterator[str]]] = {".docx": _word, ".xlsx": _excel}

"""What a reader finds in a Word or Excel file: its fields, for comparing two files.

Left out are what docxtpl and openpyxl do otherwise on purpose or by mistake: the title among the
properties (escaped twice, not filled), row heights, values beside formulas, column widths in Word.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZipFile

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
Fields = dict[str, Any]


def fields_of(path: Path) -> Fields:
    """Every field of a file under a name that tells where it stands."""
    from lxml import etree

    with ZipFile(path) as archive:
        names = (name for name in archive.namelist() if name.endswith((".xml", ".rels")))
        parts = {name: etree.fromstring(archive.read(name)) for name in names}
    return dict(_word(parts) if path.suffix == ".docx" else _excel(parts))


def difference(have: Fields, want: Fields) -> str:
    """The first field that differs, in words; empty where there is none."""
    for field in [*want, *(field for field in have if field not in want)]:
        if have.get(field) != want.get(field):
            return f"{field}: {have.get(field)!r} instead of {want.get(field)!r}"[:500]
    return ""


def content_of(path: Path) -> bytes:
    """The digest of what a package holds, however it is packed; every checksum is tested."""
    digest = sha256()
    with ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            data = archive.read(name)
            digest.update(f"{name} {len(data)} ".encode() + data)
    return digest.digest()


def lines_of(path: Path) -> Fields:
    """The lines of a Word file that hold something, wherever a paragraph ends or breaks."""
    texts = (text for field, text in fields_of(path).items() if "paragraph" in field)
    return {"lines": [line for text in texts for line in text.split("\n") if line.strip()]}


def values_of(path: Path) -> Fields:
    """The values and formulas of an Excel file, without what they look like."""
    cells = {field: value[:2] for field, value in fields_of(path).items() if "!" in field}
    return {field: value for field, value in cells.items() if value[0] != "empty"}


def _word(parts: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The text of each paragraph of body, headers and footers, then their markup."""
    from lxml import etree

    for part in sorted(parts):
        root = parts[part]
        if root.tag in (f"{W}document", f"{W}hdr", f"{W}ftr"):
            for n, paragraph in enumerate(root.iter(f"{W}p"), 1):
                yield f"{part} paragraph {n}", _text(paragraph)
            for width in root.iter(f"{W}gridCol", f"{W}tcW"):
                width.attrib.pop(f"{W}w", None)
            yield f"{part} markup", etree.tostring(root, method="c14n").decode()


def _text(paragraph: Any) -> str:
    signs = {f"{W}br": "\n", f"{W}cr": "\n", f"{W}tab": "\t"}
    texts = []
    for element in paragraph.iter(f"{W}t", *signs):
        if element.getparent().tag == f"{W}r":  # w:tabs of the style holds w:tab too
            texts.append(signs.get(element.tag) or element.text or "")
    return "".join(texts)


def _excel(parts: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Cells with type, value or formula, and look; merges, rules, names, print areas, charts."""
    book = parts["xl/workbook.xml"]
    for name in book.iter(f"{S}definedName"):
        yield f"name {name.get('name')} {name.get('localSheetId')}", name.text
    strings = parts.get("xl/sharedStrings.xml")
    shared = [] if strings is None else [_string(item) for item in strings.iter(f"{S}si")]
    looks = _looks(parts["xl/styles.xml"])
    links = _targets(parts, "xl/workbook.xml")
    for sheet in book.iter(f"{S}sheet"):
        title, part = sheet.get("name"), links[sheet.get(f"{R}id")]
        for cell in parts[part].iter(f"{S}c"):
            yield f"{title}!{cell.get('r')}", _cell(cell, shared, looks)
        for kind in ("mergeCells", "dataValidations", "conditionalFormatting"):
            marks = [_plain(mark) for mark in parts[part].iter(f"{S}{kind}")]
            yield f"{title} {kind}", sorted(map(repr, marks))
        for kind in ("cols", "autoFilter", "pageSetup", "headerFooter"):
            yield f"{title} {kind}", [_plain(mark) for mark in parts[part].iter(f"{S}{kind}")]
        charts = (
            link
            for drawing in _targets(parts, part).values()
            for link in _targets(parts, drawing).values()
        )
        formulas = (
            f.text for chart in charts if chart in parts for f in parts[chart].iter(f"{C}f")
        )
        yield f"{title} charts", sorted(formulas)


def _targets(parts: Mapping[str, Any], part: str) -> dict[str, str]:
    """The parts that a part refers to, by relationship id."""
    folder, base = posixpath.split(part)
    links = parts.get(f"{folder}/_rels/{base}.rels")
    return {
        link.get("Id"): posixpath.normpath(posixpath.join("/", folder, link.get("Target")))[1:]
        for link in (() if links is None else links)
    }


def _cell(cell: Any, shared: list[str], looks: list[Any]) -> Any:
    formula, value, kind = cell.find(f"{S}f"), cell.find(f"{S}v"), cell.get("t", "n")
    look = looks[int(cell.get("s", "0"))]
    if formula is not None:
        # The value beside a formula is ours alone; its own tests compare it.
        return "formula", formula.text, look
    if kind == "s":
        return "text", shared[int(value.text)], look
    if kind == "inlineStr":
        return "text", _string(cell.find(f"{S}is")), look
    if value is None:
        return "empty", None, look
    return kind, float(value.text) if kind == "n" else value.text, look


def _string(item: Any) -> str:
    return "".join(text.text or "" for text in item.iter(f"{S}t"))


def _looks(styles: Any) -> list[Any]:
    """What each cell style looks like: format, font, fill, borders, alignment, protection."""
    codes = {n.get("numFmtId"): n.get("formatCode") for n in styles.iter(f"{S}numFmt")}
    fonts, fills, borders = (list(styles.find(f"{S}{k}")) for k in ("fonts", "fills", "borders"))
    return [
        (
            codes.get(style.get("numFmtId"), style.get("numFmtId")),
            _plain(fonts[int(style.get("fontId"))]),
            _plain(fills[int(style.get("fillId"))]),
            _plain(borders[int(style.get("borderId"))]),
            [_plain(child) for child in style],
        )
        for style in styles.find(f"{S}cellXfs")
    ]


def _plain(element: Any) -> Any:
    """An element as plain data, where neither order nor an empty child matters."""
    children = [_plain(child) for child in element if len(child) or child.attrib or child.text]
    return (
        element.tag.rpartition("}")[2],
        sorted((k, v) for k, v in element.attrib.items() if k != "count"),
        (element.text or "").strip(),
        sorted(children, key=repr),
    )

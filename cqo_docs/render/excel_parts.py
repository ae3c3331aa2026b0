"""The parts of an Excel file: read, carried over, moved, and zipped so that bytes repeat.

openpyxl keeps of drawings only the charts it understands, and of those not all. So it never
sees them: the template's drawings travel as they are, with their references moved.
"""

from __future__ import annotations

import datetime
import io
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, cast
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr, unescape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from cqo_docs.render.excel_rows import PLAIN, Layout, Layouts, Spot, move_text

CREATOR = "cqo-docs"
CONTENT_TYPES = "[Content_Types].xml"
# The oldest date a zip can hold: a file must not tell when it was made.
ZIP_DATE = (1980, 1, 1, 0, 0, 0)
# What openpyxl would drop from a sheet without a word.
LOST_FEATURES = {
    b"<x14:dataValidations": "x14:dataValidations",
    b"<x14:conditionalFormattings": "x14:conditionalFormattings",
    b"<x14:sparklineGroups": "x14:sparklineGroups",
    b"<x14:slicerList": "x14:slicerList",
    b"<legacyDrawingHF": "legacyDrawingHF",
    b"<controls": "controls",
    b"<oleObjects": "oleObjects",
}
DRAWING = "/relationships/drawing"
REL_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
MERGES = re.compile(rb"<(?:\w+:)?mergeCells\b.*?</(?:\w+:)?mergeCells>", re.DOTALL)
MERGE = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=\"([A-Z0-9:]+)\"")
DRAWING_LINK = re.compile(rb"<Relationship\s[^>]*relationships/drawing\"[^>]*/>|<drawing\s[^>]*/>")
EXTENSIONS = re.compile(rb"<extLst>.*?</extLst>", re.DOTALL)
ANCHOR = re.compile(r"<((?:\w+:)?)(oneCellAnchor|twoCellAnchor)\b.*?</\1\2>", re.DOTALL)
ANCHOR_ROW = re.compile(r"(<(?:\w+:)?row>)(\d+)(</)")
CHART_FORMULA = re.compile(r"(<(?:\w+:)?f>)([^<]*)(</)")
CHART_CACHE = re.compile(r"<((?:\w+:)?(?:num|str|multiLvlStr)Cache)>.*?</\1>", re.DOTALL)

Parts = dict[str, bytes]
Fill = Callable[[str, str], str]


class Area(NamedTuple):
    """A block of cells."""

    left: int
    top: int
    right: int
    bottom: int


class Drawings(NamedTuple):
    """What the sheets of a template show on top of their cells."""

    by_sheet: Mapping[str, str]
    parts: Parts
    types: Mapping[str, str]


def read_parts(data: bytes) -> Parts:
    """The parts of an Office file by name."""
    with ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def bare_copy(parts: Parts) -> bytes:
    """The template without what openpyxl reads slowly, alters, or drops with a warning."""
    stream = io.BytesIO()
    with ZipFile(stream, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, _bare(data) if name.startswith("xl/worksheets/") else data)
    return stream.getvalue()


def _bare(sheet: bytes) -> bytes:
    for unwanted in (MERGES, DRAWING_LINK, EXTENSIONS):
        sheet = unwanted.sub(b"", sheet)
    return sheet


def read_merges(parts: Parts) -> dict[str, list[Area]]:
    """The merged areas of each sheet."""
    from openpyxl.utils import range_boundaries

    return {
        sheet: [
            Area(*range_boundaries(match[1].decode()))
            for match in MERGE.finditer(parts.get(part, b""))
        ]
        for sheet, part in _sheet_parts(parts)
    }


def lost_features(parts: Parts) -> Iterator[tuple[str, str]]:
    """What the template holds and the result could not: the part, and the feature's name."""
    for name, data in parts.items():
        if name.startswith("xl/worksheets/") and name.endswith(".xml"):
            for mark, feature in LOST_FEATURES.items():
                if mark in data:
                    yield name, feature


def carried_drawings(parts: Parts, layouts: Layouts, fill: Fill) -> Drawings:
    """The template's drawings with anchors, chart ranges and texts of the result."""
    by_sheet: dict[str, str] = {}
    carried: Parts = {}
    for sheet, part in _sheet_parts(parts):
        for drawing in (target for kind, target in _related(parts, part) if kind.endswith(DRAWING)):
            by_sheet[sheet] = drawing
            for name in _reach(parts, drawing):
                carried[name] = parts[name]
                if name.startswith(("xl/charts/chart", "xl/drawings/drawing")):
                    text = _move_chart(parts[name].decode(), Spot(sheet, PLAIN), layouts)
                    if name == drawing and sheet in layouts:
                        text = _move_anchors(text, layouts[sheet])
                    carried[name] = fill(text, name).encode()
    return Drawings(by_sheet, carried, _content_types(parts))


def _sheet_parts(parts: Parts) -> Iterator[tuple[str, str]]:
    book = next(p for kind, p in _related(parts, "") if kind.endswith("/officeDocument"))
    targets = _targets(parts, book)
    for sheet in ElementTree.fromstring(parts[book]).iter(f"{MAIN}sheet"):
        yield sheet.attrib["name"], targets[sheet.attrib[REL_ID]][1]


def _rels_name(part: str) -> str:
    folder, base = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{base}.rels")


def _targets(parts: Parts, part: str) -> dict[str, tuple[str, str]]:
    """The internal relationships of a part: id to type and target part."""
    data = parts.get(_rels_name(part))
    found = {}
    for rel in ElementTree.fromstring(data) if data else ():
        if rel.get("TargetMode") != "External":
            target = posixpath.join("/", posixpath.dirname(part), rel.attrib["Target"])
            found[rel.attrib["Id"]] = rel.attrib["Type"], posixpath.normpath(target).lstrip("/")
    return found


def _related(parts: Parts, part: str) -> Iterator[tuple[str, str]]:
    for kind, target in _targets(parts, part).values():
        if target in parts:
            yield kind, target


def _reach(parts: Parts, part: str) -> Iterator[str]:
    seen = {part}
    waiting = [part]
    while waiting:
        name = waiting.pop()
        yield name
        if _rels_name(name) in parts:
            yield _rels_name(name)
        new = [target for _, target in _related(parts, name) if target not in seen]
        seen.update(new)
        waiting += new


def _move_chart(text: str, spot: Spot, layouts: Layouts) -> str:
    def moved(match: re.Match[str]) -> str:
        return match[1] + escape(move_text(unescape(match[2]), spot, layouts)) + match[3]

    # Readers show cached figures until they calculate; the template's would be wrong ones.
    return CHART_FORMULA.sub(moved, CHART_CACHE.sub("", text))


def _move_anchors(text: str, layout: Layout) -> str:
    def moved(match: re.Match[str]) -> str:
        first = ANCHOR_ROW.search(match[0])
        shift = layout.first(int(first[2]) + 1) - int(first[2]) - 1 if first else 0
        return ANCHOR_ROW.sub(lambda m: f"{m[1]}{int(m[2]) + shift}{m[3]}", match[0])

    return ANCHOR.sub(moved, text)


def _content_types(parts: Parts) -> dict[str, str]:
    """The content types of a package, by `/part` and by extension."""
    types = {}
    for entry in ElementTree.fromstring(parts[CONTENT_TYPES]):
        types[entry.get("PartName") or entry.attrib["Extension"].lower()] = entry.attrib[
            "ContentType"
        ]
    return types


@dataclass(slots=True)
class Archive:
    """The parts that openpyxl writes, kept in memory instead of a zip with the clock in it."""

    parts: Parts = field(default_factory=dict)

    def writestr(self, name: str, data: bytes | str) -> None:
        """Keep one part."""
        self.parts[name] = data.encode() if isinstance(data, str) else data

    def write(self, path: str, name: str) -> None:
        """Keep the content of a file as one part."""
        self.parts[name] = Path(path).read_bytes()

    def namelist(self) -> list[str]:
        """The names of the parts so far."""
        return list(self.parts)

    def close(self) -> None:
        """Nothing to do."""


def workbook_bytes(
    book: Any, as_of: datetime.date, title: str | None = None, drawings: Drawings | None = None
) -> bytes:
    """The workbook as a file; the same workbook and date give the same bytes."""
    from openpyxl.packaging.core import DocumentProperties
    from openpyxl.writer.excel import ExcelWriter

    moment = datetime.datetime(as_of.year, as_of.month, as_of.day)
    book.properties = DocumentProperties(
        creator=CREATOR, created=moment, modified=moment, title=title
    )
    book.calculation.fullCalcOnLoad = True
    archive = Archive()
    writer: Any = ExcelWriter(book, cast(ZipFile, archive))
    if drawings is not None:
        _hand_over(book, writer, archive, drawings)
    writer.save()
    if drawings is not None:
        _add_carried(archive.parts, drawings)
    return zip_bytes(archive.parts)


def _hand_over(book: Any, writer: Any, archive: Archive, drawings: Drawings) -> None:
    """Make the writer put the carried drawings where it would put its own."""
    for sheet in book.worksheets:
        sheet._images = [drawings.by_sheet[t] for t in (sheet.title,) if t in drawings.by_sheet]
    for sheet in book.chartsheets:
        if sheet._drawing:
            sheet._drawing.charts, sheet._drawing.images = [], [drawings.by_sheet[sheet.title]]

    def write_drawing(drawing: Any) -> None:
        part = drawing.images[0]
        writer._drawings.append(drawing)
        drawing._id = len(writer._drawings)
        archive.parts[drawing.path[1:]] = drawings.parts[part]
        if _rels_name(part) in drawings.parts:
            archive.parts[_rels_name(drawing.path[1:])] = drawings.parts[_rels_name(part)]
        writer.manifest.append(drawing)

    writer._write_drawing = write_drawing


def _add_carried(parts: Parts, drawings: Drawings) -> None:
    own = {name for part in drawings.by_sheet.values() for name in (part, _rels_name(part))}
    new = {name: data for name, data in drawings.parts.items() if name not in own}
    have = _content_types(parts)
    entries = ""
    for name in new:
        if kind := drawings.types.get(f"/{name}"):
            entries += f"<Override PartName={quoteattr('/' + name)} ContentType={quoteattr(kind)}/>"
        extension = name.rsplit(".", 1)[-1].lower()
        if extension not in have and (kind := drawings.types.get(extension)):
            have[extension] = kind
            entries += f"<Default Extension={quoteattr(extension)} ContentType={quoteattr(kind)}/>"
    parts[CONTENT_TYPES] = parts[CONTENT_TYPES].replace(b"</Types>", entries.encode() + b"</Types>")
    parts.update(new)


def zip_bytes(parts: Parts) -> bytes:
    """A zip with fixed dates, the content types first."""
    stream = io.BytesIO()
    with ZipFile(stream, "w") as archive:
        for name in sorted(parts, key=lambda name: name != CONTENT_TYPES):
            info = ZipInfo(name, ZIP_DATE)
            info.compress_type = ZIP_DEFLATED
            # Both differ between systems unless set.
            info.create_system, info.external_attr = 3, 0o644 << 16
            archive.writestr(info, parts[name])
    return stream.getvalue()

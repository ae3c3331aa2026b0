"""Open a .docx that somebody sent: refuse by content what is none, or none to be trusted."""

from __future__ import annotations

import posixpath
import re
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, NamedTuple
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile, ZipInfo

from lxml import etree

from cqo_docs.base.errors import CqoError, problem, reason_of
from cqo_docs.office.untrusted import Bounds, UnfitError, check_directory, check_members

# A filled form is 30 kB; with pictures pasted into it, some megabytes.
LARGEST_PART = 20_000_000
BOUNDS = Bounds(
    file=50_000_000,
    whole=300_000_000,
    suspicious=5_000_000,
    too_large="file.word-too-large",
    damaged="file.damaged-word",
    macro="file.macro-word",
)
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
DOCUMENT = re.compile(
    r"application/vnd\.openxmlformats-officedocument\.wordprocessingml\.(document|template)\.main\+xml"
)
# As Word saves, and as it saves where somebody chose the strict form of the standard.
WORD = (
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
)
PREFIXES = dict.fromkeys(WORD, "") | {
    "http://schemas.microsoft.com/office/word/2010/wordml": "w14:",
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc:",
    "http://schemas.openxmlformats.org/officeDocument/2006/math": "m:",
    "http://purl.oclc.org/ooxml/officeDocument/math": "m:",
}
# A link that one has to click takes nothing in; everything else outside the file may.
HARMLESS = frozenset({"hyperlink"})
# Links that a program writes by itself; nothing of them is ever opened.
USUAL_LINKS = HARMLESS | {"attachedTemplate", "image", "linked", "frame"}

Element = etree._Element


UNREADABLE = (
    UnfitError, BadZipFile, zlib.error, etree.XMLSyntaxError, expat.ExpatError, EOFError, OSError,
    ValueError, KeyError, NotImplementedError, RuntimeError, struct.error, OverflowError,
    LookupError,
)  # fmt: skip


class Related(NamedTuple):
    """What a part refers to: under which id, what for, and where it is."""

    kind: str
    target: str


@dataclass(frozen=True)
class WordFile:
    """The parts of a document that hold words, parsed."""

    document: Element
    notes: Mapping[str, Element]
    """Comments, footnotes and endnotes, by the kind of the part."""
    styles: tuple[Element, ...]
    properties: Mapping[str, str]
    """The custom properties that are texts."""
    margins: tuple[Element, ...] = ()
    """The headers and footers."""


def open_word(path: Path, file: IO[bytes], links: frozenset[str] = HARMLESS) -> WordFile:
    """The document in a file. Raises CqoError with one plain sentence where it cannot be read.

    `links` are the kinds of links to places outside that it may have; none is ever followed.
    """
    try:
        return _read(file, links)
    except UnfitError as error:
        raise CqoError([problem(error.code, str(path))]) from None
    except UNREADABLE as error:
        if isinstance(error, OSError) and error.errno:
            fault = problem("file.unreadable", str(path), reason=reason_of(error))
        else:
            fault = problem("file.damaged-word", str(path))
        raise CqoError([fault]) from None


def _read(file: IO[bytes], links: frozenset[str]) -> WordFile:
    check_directory(file, BOUNDS)
    with ZipFile(file) as archive:
        infos = {info.filename: info for info in archive.infolist()}
        check_members(archive.infolist(), BOUNDS)
        _check_targets(archive, infos, links)
        kinds = _content_types(_parsed(archive, infos, "[Content_Types].xml"))
        main = next((t.target for t in _related(archive, infos, "") if t.kind == "officeDocument"),
                    "")  # fmt: skip
        kind = kinds.get(main.casefold(), "")
        if "macroEnabled" in kind:
            raise UnfitError("file.macro-word")
        if main not in infos or (kind and not DOCUMENT.fullmatch(kind)):
            raise UnfitError("file.not-word")
        related = _related(archive, infos, main)
        document = _parsed(archive, infos, main)
        if etree.QName(document).localname != "document":
            raise UnfitError("file.not-word")
        notes = {
            one.kind: _parsed(archive, infos, one.target)
            for one in related
            if one.kind in {"comments", "footnotes", "endnotes"} and one.target in infos
        }
        styles = [_parsed(archive, infos, one.target) for one in related
                  if one.kind == "styles" and one.target in infos]  # fmt: skip
        margins = [_parsed(archive, infos, one.target) for one in related
                   if one.kind in {"header", "footer"} and one.target in infos]  # fmt: skip
        properties = _properties(archive, infos)
        return WordFile(document, notes, tuple(styles), properties, tuple(margins))


def _check_targets(archive: ZipFile, infos: Mapping[str, ZipInfo], links: frozenset[str]) -> None:
    """Refuse what takes something in from outside, whichever part it belongs to."""
    for name in infos:
        if name.endswith(".rels"):
            for one in _parsed(archive, infos, name).iterfind(f"{{{RELATIONS}}}Relationship"):
                outside = one.get("TargetMode") == "External"
                if outside and one.get("Type", "").rpartition("/")[2] not in links:
                    raise UnfitError("file.external-word")


def _content_types(root: Element) -> dict[str, str]:
    return {
        one.get("PartName", "").lstrip("/").casefold(): one.get("ContentType", "")
        for one in root.iterfind(f"{{{TYPES}}}Override")
    }


def _related(archive: ZipFile, infos: Mapping[str, ZipInfo], part: str) -> list[Related]:
    """What a part refers to inside the package."""
    folder, name = posixpath.split(part)
    rels = posixpath.join(folder, "_rels", f"{name}.rels")
    if rels not in infos:
        return []
    found = []
    for one in _parsed(archive, infos, rels).iterfind(f"{{{RELATIONS}}}Relationship"):
        kind, target = one.get("Type", "").rpartition("/")[2], one.get("Target", "")
        if one.get("TargetMode") == "External":
            continue
        inside = posixpath.normpath(posixpath.join(folder, target))
        found.append(Related(kind, target.lstrip("/") if target.startswith("/") else inside))
    return found


def name_of(element: Element) -> str:
    """The name of an element of a Word document; with a prefix where it is of another kind."""
    return _name_of(str(element.tag))


@lru_cache(maxsize=1024)
def _name_of(tag: str) -> str:
    namespace, _, name = tag.lstrip("{").partition("}")
    return f"{PREFIXES[namespace]}{name}" if namespace in PREFIXES else f"?{name}"


def value(element: Element, attribute: str) -> str:
    """One of Word's own attributes of an element; empty where it has none."""
    for namespace in WORD:
        found = element.get(f"{{{namespace}}}{attribute}")
        if found is not None:
            return str(found)
    return ""


def _properties(archive: ZipFile, infos: Mapping[str, ZipInfo]) -> dict[str, str]:
    part = next((t.target for t in _related(archive, infos, "") if t.kind == "custom-properties"),
                "")  # fmt: skip
    if part not in infos:
        return {}
    return {
        one.get("name", ""): "".join(str(text) for text in one.itertext()).strip()
        for one in _parsed(archive, infos, part)
        if isinstance(one.tag, str)
    }


def _parsed(archive: ZipFile, infos: Mapping[str, ZipInfo], part: str) -> Element:
    """The XML of a part. Raises UnfitError for a document type, which no program writes."""
    info = infos[part]
    if info.file_size > LARGEST_PART:
        raise UnfitError("file.word-too-large")
    with archive.open(info) as stream:
        data = stream.read(LARGEST_PART + 1)

    def refuse(*_: object) -> None:
        raise UnfitError("file.damaged-word")

    # Before anything is built from it: entities can be told from the document type alone.
    scanner = expat.ParserCreate()
    scanner.StartDoctypeDeclHandler = refuse
    scanner.Parse(data, True)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True,
                             remove_pis=True)  # fmt: skip
    return etree.fromstring(data, parser)

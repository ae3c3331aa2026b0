"""Open the package of an .xlsx file with care, and parse its parts piece by piece."""

from __future__ import annotations

import errno
import posixpath
import re
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import IO, NamedTuple
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile

from cqo_docs.base.errors import CqoError, problem
from cqo_docs.office.untrusted import Bounds, UnfitError, check_directory, check_members

# A roster of 20,000 clients is 7 MB packed and 120 MB unpacked.
LARGEST_PART = 1_000_000_000
BOUNDS = Bounds(
    file=200_000_000,
    whole=LARGEST_PART,
    suspicious=20_000_000,
    too_large="file.book-too-large",
    damaged="file.damaged",
    macro="file.macro",
)
LARGEST_SMALL_PART = 30_000_000
DEEPEST = 100
# No single mark of a sound sheet is so long that the parser must hold it.
LONGEST_MARK = 4_000_000
CHUNK = 1 << 16
OLE_NAMES = 1 << 20
ZIP, OLE = b"PK\3\4", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

MAIN = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
REL = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)
PLAIN_WORKBOOK = re.compile(r"application/vnd\.openxmlformats.*\.(sheet|template)\.main\+xml")


# What damaged packages and damaged XML raise.
UNREADABLE = (
    UnfitError, BadZipFile, zlib.error, expat.ExpatError, EOFError, OSError, ValueError, KeyError,
    NotImplementedError, RuntimeError, struct.error, OverflowError, LookupError,
)  # fmt: skip


def refusal(error: BaseException, where: str) -> CqoError:
    """The plain problem of a file that cannot be read; a system's own failure is raised again."""
    if isinstance(error, CqoError):
        return error
    # A damaged package names places before its own beginning.
    if isinstance(error, OSError) and error.errno not in {None, errno.EINVAL}:
        raise error
    code = error.code if isinstance(error, UnfitError) else "file.damaged"
    return CqoError([problem(code, where)])


def open_container(file: IO[bytes]) -> ZipFile:
    """The package in a file. Raises one of UNREADABLE for what is none, or none to be trusted."""
    _check_kind(file)
    archive = ZipFile(file)
    check_members(archive.infolist(), BOUNDS)
    if any(name.lower().startswith("xl/externallinks/") for name in archive.namelist()):
        raise UnfitError("file.external")
    return archive


def _check_kind(file: IO[bytes]) -> None:
    """Refuse by the first and last bytes what is no zip, or a zip of absurd many members."""
    head = file.read(8)
    if not head:
        raise UnfitError("file.empty")
    if head == OLE:
        raise UnfitError(_kind_of_old_container(file))
    if not head.startswith(ZIP):
        raise UnfitError("file.not-a-workbook")
    check_directory(file, BOUNDS)


def _kind_of_old_container(file: IO[bytes]) -> str:
    """What a container of Office 97 holds, by the names of its streams."""
    size = file.seek(0, 2)
    file.seek(0)
    names = file.read(OLE_NAMES)
    file.seek(max(0, size - OLE_NAMES))
    names += file.read()
    if "EncryptedPackage".encode("utf-16-le") in names:
        return "file.encrypted"
    return "file.xls" if "Workbook".encode("utf-16-le") in names else "file.not-a-workbook"


class Relationship(NamedTuple):
    """What a part refers to: under which id, what for, and where it is."""

    id: str
    kind: str
    target: str


def relationships(archive: ZipFile, part: str) -> list[Relationship]:
    """What a part refers to inside the package; `part` is empty for the package itself."""
    folder, name = posixpath.split(part)
    found: list[Relationship] = []

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        if tag.endswith(" Relationship") and attributes.get("TargetMode") != "External":
            kind = attributes.get("Type", "").rpartition("/")[2]
            found.append(Relationship(attributes["Id"], kind, attributes["Target"]))

    read_small(archive, posixpath.join(folder, "_rels", f"{name}.rels"), start)
    return found


def target(source: str, target: str) -> str:
    """The name of the part that a part refers to."""
    if target.startswith("/"):
        return target.lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(source), target))


def main_part(archive: ZipFile, names: set[str]) -> str:
    """The workbook part. Raises UnfitError for other documents, with macros, or in binary form."""
    kinds: dict[str, str] = {}

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        if tag.endswith(" Override"):
            kinds[attributes["PartName"].lstrip("/")] = attributes["ContentType"]

    if "[Content_Types].xml" not in names or "_rels/.rels" not in names:
        raise UnfitError("file.not-a-workbook")
    read_small(archive, "[Content_Types].xml", start)
    roots = [target("", r.target) for r in relationships(archive, "")
             if r.kind == "officeDocument"]  # fmt: skip
    kind = kinds.get(roots[0], "") if roots else ""
    if "macroEnabled" in kind:
        raise UnfitError("file.binary" if "binary" in kind else "file.macro")
    # Some programs name the type by the extension alone; the root element tells then.
    if not roots or roots[0] not in names or (kind and not PLAIN_WORKBOOK.fullmatch(kind)):
        raise UnfitError("file.not-a-workbook")
    return roots[0]


# The parser

Start = Callable[[str, Mapping[str, str]], None]
End = Callable[[str], None]


def read_small(archive: ZipFile, part: str, start: Start, end: End | None = None) -> None:
    """Parse a part that says how the others hang together."""
    for _ in parsed(archive, part, LARGEST_SMALL_PART, *watched(start, end or (lambda _: None))):
        pass


def watched(start: Start, end: End) -> tuple[Start, End]:
    """The same two functions, which refuse a depth without bottom."""
    depth = 0

    def started(tag: str, attributes: Mapping[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise UnfitError("file.damaged")
        start(tag, attributes)

    def ended(tag: str) -> None:
        nonlocal depth
        depth -= 1
        end(tag)

    return started, ended


def parsed(
    archive: ZipFile, part: str, largest: int, start: Start, end: End,
    data: Callable[[str], None] | None = None,
) -> Iterator[None]:  # fmt: skip
    """Parse a part piece by piece; the caller is asked to take what there is after each piece.

    Raises UnfitError for what no program writes into a workbook: a document type, endless marks.
    """
    info = archive.getinfo(part)
    if info.file_size > largest:
        raise UnfitError("file.book-too-large")

    def refuse(*_: object) -> None:
        raise UnfitError("file.damaged")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = refuse
    if data is not None:
        parser.CharacterDataHandler = data
    fed = 0
    with archive.open(info) as stream:
        while piece := stream.read(CHUNK):
            parser.Parse(piece)
            fed += len(piece)
            if fed - parser.CurrentByteIndex > LONGEST_MARK:
                raise UnfitError("file.damaged")
            yield
    parser.Parse(b"", True)
    yield

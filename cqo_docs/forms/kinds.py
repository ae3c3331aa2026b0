"""What a file that somebody sent is, told by its content."""

from __future__ import annotations

from pathlib import Path
from zipfile import BadZipFile, ZipFile

from cqo_docs.base.errors import CqoError, problem, reason_of

OFFICE_SUFFIXES = frozenset({".docx", ".docm", ".doc", ".dotx", ".wps", ".xlsx", ".xlsm", ".xls"})
ZIP, OLE = b"PK\3\4", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# What people send instead of a form, by its first bytes.
OTHERS = {
    b"%PDF": "file.pdf", b"\x89PNG": "file.picture", b"\xff\xd8\xff": "file.picture",
    b"GIF8": "file.picture", b"BM": "file.picture", b"{\\rtf": "file.rtf",
}  # fmt: skip
# The directory of an old container tells what it holds; it may stand anywhere in it.
LARGEST_OLE = 20_000_000
LARGEST_FILE = 60_000_000


def kind_of(path: Path) -> str:
    """What a file is by its content: text, word, excel; or the code of what is wrong with it."""
    try:
        if path.is_dir() or not path.is_file():
            return "text"  # whose reader says what is wrong
        with path.open("rb") as file:
            head = file.read(8)
            if head.startswith(ZIP):
                return _kind_of_zip(path)
            if head == OLE:
                return _kind_of_old_container(file.read(LARGEST_OLE), path)
    except OSError as error:
        raise CqoError([problem("file.unreadable", str(path), reason=reason_of(error))]) from None
    for start, code in OTHERS.items():
        if head.startswith(start):
            return code
    if head and path.suffix.lower() in OFFICE_SUFFIXES:
        return "file.not-a-form"
    return "text"


def _kind_of_zip(path: Path) -> str:
    """What a package holds, by the names of its parts; its readers look closer."""
    if path.stat().st_size > LARGEST_FILE:
        return "file.word-too-large"
    try:
        with ZipFile(path) as archive:
            names = {name.partition("/")[0].casefold() for name in archive.namelist()}
    except (BadZipFile, ValueError, NotImplementedError, OverflowError):
        return "file.damaged-word"
    if "word" in names:
        return "word"
    if "xl" in names:
        return "excel"
    return "file.open-document" if "content.xml" in names else "file.not-a-form"


def _kind_of_old_container(rest: bytes, path: Path) -> str:
    """What a container of Office 97 holds, by the names of its streams."""
    names = {
        "EncryptedPackage": "file.encrypted",
        "WordDocument": "file.doc",
        "Workbook": "file.xls",
    }
    for name, code in names.items():
        if name.encode("utf-16-le") in rest:
            return code
    return "file.doc" if path.suffix.lower() in {".doc", ".wps"} else "file.not-a-form"

"""A zip package that somebody sent: judged by its directory, before anything is unpacked."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import IO, NamedTuple
from zipfile import ZipInfo

# Pictures hardly shrink, and markup repeats itself, but not a thousandfold.
HIGHEST_RATIO = 250
MOST_MEMBERS, LARGEST_DIRECTORY = 5_000, 2_000_000
END = struct.Struct("<4sHHHHIIH")


class UnfitError(Exception):
    """The file is none that can be read; the code of the sentence that says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class Bounds(NamedTuple):
    """What a package may be at most, in bytes, and the codes of what is wrong with it."""

    file: int
    whole: int
    suspicious: int
    """A member below this may shrink as much as it likes."""
    too_large: str
    damaged: str
    macro: str


def check_directory(file: IO[bytes], bounds: Bounds) -> None:
    """Refuse what has no directory, or one of absurd many members, before it is read.

    Raises UnfitError; the file is at its beginning afterwards.
    """
    size = file.seek(0, 2)
    if size > bounds.file:
        raise UnfitError(bounds.too_large)
    file.seek(max(0, size - END.size - 0xFFFF - 20))
    tail = file.read()
    place = tail.rfind(b"PK\5\6")
    if place < 0:
        raise UnfitError(bounds.damaged)
    _, _, _, _, members, directory, _, _ = END.unpack_from(tail, place)
    long = tail[max(0, place - 20) : place].startswith(b"PK\6\7")
    if long or members > MOST_MEMBERS or directory > LARGEST_DIRECTORY:
        raise UnfitError(bounds.too_large)
    file.seek(0)


def check_members(infos: Sequence[ZipInfo], bounds: Bounds) -> None:
    """Refuse members that are encrypted, there twice, too large, or programs. Raises UnfitError."""
    names = [info.filename.casefold() for info in infos]
    if any(info.flag_bits & 1 for info in infos):
        raise UnfitError("file.encrypted")
    if len(set(names)) != len(names):
        raise UnfitError(bounds.damaged)
    if sum(info.file_size for info in infos) > bounds.whole:
        raise UnfitError(bounds.too_large)
    for info in infos:
        if info.file_size > max(bounds.suspicious, info.compress_size * HIGHEST_RATIO):
            raise UnfitError(bounds.too_large)
    if any(name.endswith("vbaproject.bin") for name in names):
        raise UnfitError(bounds.macro)

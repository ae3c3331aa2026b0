"""Office packages: read with care, and written in one go around members that never change."""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple
from zipfile import BadZipFile, ZipFile

CONTENT_TYPES = "[Content_Types].xml"
# A template unpacks to a few hundred kilobytes; far more is an attack or an accident.
LARGEST = 100_000_000
LOCAL = struct.Struct("<4sHHHHHIIIHH")
CENTRAL = struct.Struct("<4sBBHHHHHIIIHHHHHII")
END = struct.Struct("<4sHHHHIIH")
STORED, DEFLATED = 0, 8
UTF8 = 0x800
# 1980-01-01, the oldest date a zip can hold: a file must not tell when it was made.
DAY = 1 << 5 | 1
MODE = 0o644 << 16
# Below this, finding the best codes takes longer than writing the part with the usual ones.
SMALL = 32768


def _chosen_deflate() -> tuple[str, Callable[[bytes], bytes], Callable[[bytes], int]]:
    """The deflate in use: name, function, checksum; CQO_DOCS_DEFLATE=zlib does without isal."""
    if os.environ.get("CQO_DOCS_DEFLATE") != "zlib":
        try:
            from isal import isal_zlib
        except ImportError:
            pass
        else:

            def packed(data: bytes) -> bytes:
                return isal_zlib.compress(data, 0 if len(data) < SMALL else 1, -15)

            return "isal-1", packed, isal_zlib.crc32
    return "zlib-1", lambda data: zlib.compress(data, 1, -15), zlib.crc32


DEFLATE, deflate, crc32 = _chosen_deflate()


class Shell(NamedTuple):
    """The members of a package that are the same in every file, ready to be written."""

    blob: bytes
    directory: bytes
    members: int


def read_package(data: bytes) -> dict[str, bytes]:
    """The members of a package by name. Raises BadZipFile for what is none or far too large."""
    with ZipFile(io.BytesIO(data)) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        if sum(info.file_size for info in infos) > LARGEST:
            raise BadZipFile("too large")
        if {info.compress_type for info in infos} - {STORED, DEFLATED}:
            raise BadZipFile("packed in a way that Office does not know")
        try:
            return {info.filename: archive.read(info) for info in infos}
        except (EOFError, zlib.error, NotImplementedError, RuntimeError):
            raise BadZipFile("damaged or encrypted") from None


def make_shell(members: Mapping[str, bytes]) -> Shell:
    """The unchanging members, the content types first, packed as tightly as zlib can."""
    names = sorted(members, key=lambda name: (name != CONTENT_TYPES, name))
    entries = [(name, members[name], zlib.compress(members[name], 9, -15)) for name in names]
    return Shell(*_packed(entries, 0), len(entries))


def assemble(shell: Shell, parts: Iterable[tuple[str, bytes]]) -> bytes:
    """The whole file: the shell, then the parts; the same input gives the same bytes."""
    entries = [(name, data, deflate(data)) for name, data in parts]
    blob, directory = _packed(entries, len(shell.blob))
    count, size = shell.members + len(entries), len(shell.directory) + len(directory)
    offset = len(shell.blob) + len(blob)
    end = END.pack(b"PK\5\6", 0, 0, count, count, size, offset, 0)
    return b"".join((shell.blob, blob, shell.directory, directory, end))


def _packed(entries: Iterable[tuple[str, bytes, bytes]], offset: int) -> tuple[bytes, bytes]:
    """The members as they stand in a zip from an offset on, and their directory."""
    blobs, directory = [], []
    for name, data, packed in entries:
        path = name.encode()
        flags = 0 if name.isascii() else UTF8
        facts = (20, flags, DEFLATED, 0, DAY, crc32(data), len(packed), len(data), len(path))
        local = LOCAL.pack(b"PK\3\4", *facts, 0)
        blobs += [local, path, packed]
        directory.append(CENTRAL.pack(b"PK\1\2", 20, 0, *facts, 0, 0, 0, 0, MODE, offset))
        directory.append(path)
        offset += len(local) + len(path) + len(packed)
    return b"".join(blobs), b"".join(directory)

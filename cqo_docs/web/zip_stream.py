"""A zip that goes out piece by piece, however large it is."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

PIECE = 256 * 1024
# As in packs: equal files make equal zips.
MOMENT = (2020, 1, 1, 0, 0, 0)


class _Outlet(io.RawIOBase):
    """Keeps what is written until it is taken."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self.pieces.append(piece)
        return len(piece)

    def take(self) -> Iterator[bytes]:
        """What was written since the last time."""
        yield from self.pieces
        self.pieces.clear()


def zipped(files: Iterable[tuple[str, Path]]) -> Iterator[bytes]:
    """The pieces of a zip of some files under their names in it.

    A file that is gone in the meantime is left out.
    """
    outlet = _Outlet()
    # Office files are compressed already, but not every program reads stored files of a stream.
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, path in files:
            try:
                file = path.open("rb")
            except OSError:
                continue
            with file:
                yield from _put(archive, name, file, outlet)
    yield from outlet.take()


def _put(archive: zipfile.ZipFile, name: str, file: IO[bytes], outlet: _Outlet) -> Iterator[bytes]:
    entry = zipfile.ZipInfo(name, MOMENT)
    entry.external_attr = 0o644 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    with archive.open(entry, "w") as into:
        while piece := file.read(PIECE):
            into.write(piece)
            yield from outlet.take()

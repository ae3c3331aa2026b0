"""A folder of the user's own for what takes longer to make than to read again."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
import time
from pathlib import Path

SWITCH = "CQO_DOCS_CACHE"
OFF = frozenset({"off", "no", "0", "false"})
KEY = re.compile(r"[a-z0-9][a-z0-9._-]{0,150}")
DIGEST_SIZE = 32
# No link is followed to what somebody else prepared, no pipe is waited for, no byte is changed.
PLAIN_FILES = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))
# A set of compiled templates and content is some fifteen files of two megabytes in all.
MOST_FILES = 200
MOST_BYTES = 64_000_000
# How long a half-written file may belong to somebody who is still writing it.
WRITING_SECONDS = 3600
# An entry in use is marked as young this often, so that the oldest one is the least wanted.
DAY_SECONDS = 86_400


def source_digest(*folders: Path) -> bytes:
    """The SHA-256 of the Python sources in folders, not below them: of all that makes a result."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.glob("*.py")):
            digest.update(f"{folder.name}/{path.name}\0".encode() + path.read_bytes())
    return digest.digest()


def read(key: str) -> bytes | None:
    """What is kept under a key; None if there is nothing, or nothing that can be trusted."""
    folder = _folder()
    if folder is None:
        return None
    path = folder / _checked(key)
    try:
        number = os.open(path, os.O_RDONLY | PLAIN_FILES)
        with os.fdopen(number, "rb") as file:
            state = os.fstat(number)
            if not (stat.S_ISREG(state.st_mode) and _is_ours_alone(state)):
                return None
            digest, data = file.read(DIGEST_SIZE), file.read()
    except OSError:
        return None
    if hashlib.sha256(data).digest() != digest:
        return None
    if time.time() - state.st_mtime > DAY_SECONDS:
        with contextlib.suppress(OSError):
            os.utime(path)
    return data


def write(key: str, data: bytes) -> None:
    """Keep data under a key, whole or not at all; where that cannot be done, nothing happens."""
    folder = _folder(make=True)
    if folder is None:
        return
    path = folder / _checked(key)
    unfinished = folder / f".{key}.{os.urandom(8).hex()}"
    try:
        number = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | PLAIN_FILES, 0o600)
        try:
            with os.fdopen(number, "wb") as file:
                file.write(hashlib.sha256(data).digest())
                file.write(data)
            unfinished.replace(path)
        except OSError:
            unfinished.unlink()
            return
        _prune(folder, path)
    except OSError:
        return


def _checked(key: str) -> str:
    if not KEY.fullmatch(key):
        raise ValueError(f"not a key: {key!r}")
    return key


def _folder(make: bool = False) -> Path | None:
    """Our folder in the user's cache; None where it is switched off, missing or not safe."""
    if os.environ.get(SWITCH, "").strip().lower() in OFF:
        return None
    try:
        folder = _above() / "cqo-docs"
        if make:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Not followed, like the files: a link is no folder of ours.
        state = folder.lstat()
    except (OSError, RuntimeError):
        return None
    return folder if stat.S_ISDIR(state.st_mode) and _is_ours_alone(state) else None


def _above() -> Path:
    """The cache folder of the user. Raises RuntimeError where there is no home."""
    given = Path(os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME", ""))
    # The XDG specification wants a relative path to be ignored.
    return given if given.is_absolute() else Path.home() / ".cache"


def _is_ours_alone(state: os.stat_result) -> bool:
    """Whether nobody but the user could have put this here; Windows guards the profile itself."""
    if not hasattr(os, "geteuid"):
        return True
    return state.st_uid == os.geteuid() and not state.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _prune(folder: Path, newest: Path) -> None:
    """Drop the entries that were wanted longest ago, and what was never written to its end."""
    now, kept = time.time(), []
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            state = path.lstat()
            if not stat.S_ISREG(state.st_mode):
                continue
            if not path.name.startswith("."):
                kept.append((path != newest, -state.st_mtime, path, state.st_size))
            elif now - state.st_mtime > WRITING_SECONDS:
                path.unlink()
    room = MOST_BYTES
    for count, (_, _, path, size) in enumerate(sorted(kept)):
        room -= size
        if path != newest and (count >= MOST_FILES or room < 0):
            with contextlib.suppress(OSError):
                path.unlink()

"""What a version of the content is, and where the cache keeps what was made of it."""

from __future__ import annotations

import hashlib
import sys
from functools import lru_cache
from pathlib import Path

import cqo_docs
from cqo_docs.base import cache

PACKAGE = Path(cqo_docs.__file__).parent
CONTENT = PACKAGE / "content"
# The folders of all code that turns content into records.
MAKERS = ("base", "answers", "facts", "facts/reference", "library", "wording")


def content_version(folder: Path = CONTENT) -> str:
    """A short hash of everything below the content folder."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.yaml")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def content_key(kind: str, version: str) -> str:
    """Where the cache keeps what this program made of one version of the content."""
    return f"{kind}-{hashlib.sha256(_program() + version.encode()).hexdigest()}"


@lru_cache(maxsize=1)
def _program() -> bytes:
    """A fingerprint of all that turns content into records: our code and the interpreter."""
    parts = [cqo_docs.__version__, str(sys.implementation.cache_tag)]
    sources = cache.source_digest(*(PACKAGE / name for name in MAKERS))
    return hashlib.sha256("\0".join(parts).encode() + sources).digest()

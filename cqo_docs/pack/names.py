"""Names that every file system takes."""

from __future__ import annotations

import errno
import re
import unicodedata

from cqo_docs.pack.manifest import sha256

FORBIDDEN = dict.fromkeys(map(ord, '<>:"/\\|?*'), "_")
RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)\s*(\..*)?")
# ext4 and its like hold 255 bytes a name; ".", ".old" and a suffix want their share.
NAME_BYTES = 200
PATH_BYTES = 4000
# What ails the whole place and not one pack: the next one would fare no better.
EVERYWHERE = frozenset(
    getattr(errno, name)
    for name in ("ENOSPC", "EDQUOT", "EROFS", "EIO", "ESTALE", "ENODEV", "EMFILE", "ENFILE")
    if hasattr(errno, name)
)


def safe_name(name: str) -> str:
    """A file name that every system can hold and that stays inside its folder."""
    text = unicodedata.normalize("NFC", name)
    text = "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    # Signs that were dropped may have kept others from joining.
    text = unicodedata.normalize("NFC", text)
    text = re.sub(r"\s+", " ", text.translate(FORBIDDEN)).strip(" .")
    while len(text.encode()) > NAME_BYTES:
        text = text[:-1]
    text = text.strip(" .")
    if not text.strip("_"):
        digest = sha256(name.encode("utf-8", "surrogatepass"))[:8]
        return f"_{digest}"
    return f"_{text}" if RESERVED.fullmatch(text) else text

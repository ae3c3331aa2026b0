"""Marks that take no room and come along when text is copied."""

from __future__ import annotations

INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060"


def trimmed(text: str) -> str:
    """The text without blank lines, blanks at the ends of lines, and marks that nobody sees."""
    lines = (line.strip().strip(INVISIBLE).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)

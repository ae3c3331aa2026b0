"""Texts with places for values: found, and filled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from cqo_docs.base.errors import ContentError, problem

PLACEHOLDER = re.compile(r"\{\{\s*([\w.\-]+)\s*\}\}")
INDEX = re.compile(r"\[(\d+)\]")


def fill(text: str, view: Mapping[str, str], **more: str) -> str:
    """The text with its placeholders replaced once; a value that looks like one stays text."""
    form, names = _compiled(text)
    if not names:
        return text
    try:
        if not more:
            return form % tuple(map(view.__getitem__, names))
        return form % tuple([more[name] if name in more else view[name] for name in names])
    except KeyError as error:
        name = error.args[0]
        found = problem("content.unknown-placeholder", name=name, text=text[:60])
    raise ContentError([found])


@lru_cache(maxsize=4096)
def _compiled(text: str) -> tuple[str, tuple[str, ...]]:
    """A text as a %-form and the names that it wants, in their order."""
    pieces = PLACEHOLDER.split(text)
    return "%s".join(piece.replace("%", "%%") for piece in pieces[::2]), tuple(pieces[1::2])


def placeholders(text: str) -> list[str]:
    """The names that a text wants to have filled in."""
    return list(_compiled(text)[1])

"""One paper in two languages: each paragraph with its second, each cell with both lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cqo_docs.composer import STYLES, Document

# Below each other in one cell; a paragraph of a flow has a paragraph of its own instead.
BREAK = "\n"


def paired(first: Document, second: Document) -> Document:
    """The Word paper of the first language with the text of the second beside it.

    Both were composed from one plan, so their paragraphs and rows are the same in number and kind.
    """
    context = _both(first.contexts["docx"], second.contexts["docx"])
    return first._replace(contexts={"docx": context})


def _both(one: Any, other: Any) -> Any:
    """Two texts, lists or mappings put together, piece by piece."""
    if isinstance(one, str):
        return one if one == other or not other else f"{one}{BREAK}{other}"
    if isinstance(one, Mapping):
        if one.keys() == set(STYLES):
            return {**one, "second": _text(other)}
        return {key: _both(value, other[key]) for key, value in one.items()}
    if isinstance(one, Sequence):
        return [_both(a, b) for a, b in zip(one, other, strict=True)]
    return one


def _text(block: Mapping[str, str]) -> str:
    """The text of a paragraph, whichever its style."""
    return next((text for text in block.values() if text), "")

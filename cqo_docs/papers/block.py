"""One paragraph of a paper with its final text, and the styles that it may have."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

# Styles that papers name, and the style of the template that shows them.
TEMPLATE_STYLES = {
    "chapter": "center",
    "article": "body",
    "clause-item": "item",
    "caption": "heading1",
}
STYLES = ("heading1", "heading2", "body", "item", "plain", "note", "center", "cell")
NO_STYLE = dict.fromkeys(STYLES, "")
NO_CELLS: Mapping[str, str] = MappingProxyType({})


class Block(NamedTuple):
    """One paragraph with its final text, its topic and the clauses it rests on."""

    id: str
    flow: str
    style: str
    text: str
    topic: str = ""
    clauses: tuple[str, ...] = ()
    modality: str = ""
    origin: str = "paper"
    number: str = ""  # with which its text begins
    cells: Mapping[str, str] = NO_CELLS
    """What stands beside it where its paragraphs are the rows of a table."""
    place: str = ""
    """Where a reader finds it, as long as nothing else begins so; empty where it is not known."""
    row: Mapping[str, str] = NO_STYLE
    """What the template prints: one key a style, its own filled."""

"""One paper in two languages: each paragraph with its second, each cell with both lines."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from cqo_docs.papers.composer import STYLES, Document

# Below each other in one cell; a paragraph of a flow has a paragraph of its own instead.
BREAK = "\n"
# Beside each other on a line that holds more: a label and the line to sign on.
BESIDE = " / "
# At the right margin below each other: the date of a form stands behind a tab.
BEHIND_TAB = "\n\t"
# What tells nothing of its own: blanks, marks, and lines to write on, which any language has.
UNSAID = re.compile(r"[\W_]+")
# Titles, and captions of tables, have a paragraph of their own in the second language.
TITLE = "title"  # and all whose names end so


def paired(first: Document, second: Document) -> Document:
    """The Word paper of the first language with the text of the second beside it.

    Both were composed from one plan, so their paragraphs and rows are the same in number and kind.
    """
    own, other = first.contexts["docx"], second.contexts["docx"]
    titles = {name: text for name, text in own.items() if name.endswith(TITLE)}
    below = {name: _news(text, other[name]) for name, text in titles.items()}
    context = {**_both(own, other), **titles, "second": below}
    return first._replace(contexts={"docx": context})


def _both(one: Any, other: Any, mark: str = BREAK) -> Any:
    """Two texts, lists or mappings put together, piece by piece."""
    if isinstance(one, str):
        more = _news(one, other)
        return f"{one}{mark}{more}" if more else one
    if isinstance(one, Mapping):
        if one.keys() == set(STYLES):
            return {**one, "second": _text(other)}
        marks = dict.fromkeys(one, BESIDE) if "line" in one else {}
        if TITLE in one and "addressee" not in one:
            # A paper that is addressed has its date where it is signed.
            marks["date"] = BEHIND_TAB
        made = {key: _both(value, other[key], marks.get(key, BREAK)) for key, value in one.items()}
        if "caption" in one:
            made |= {"caption": one["caption"], "second": _news(one["caption"], other["caption"])}
        return made
    if isinstance(one, Sequence):
        return [_both(a, b, mark) for a, b in zip(one, other, strict=True)]
    return one


def _news(one: str, other: str) -> str:
    """The lines of the second text that the first does not have: a name stands once."""
    said = UNSAID.sub("", one)
    return BREAK.join(line for line in other.split(BREAK) if UNSAID.sub("", line) not in said)


def _text(block: Mapping[str, str]) -> str:
    """The text of a paragraph, whichever its style."""
    return next((text for text in block.values() if text), "")

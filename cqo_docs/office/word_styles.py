"""The styles of a Word document: how what names them is set, and what nobody is to read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from cqo_docs.office.word_package import Element, name_of, value

FALSE = frozenset({"0", "false", "off"})
# Text that is hidden, or that somebody struck through by hand: it counts as not there.
UNREAD = frozenset({"vanish", "strike", "dstrike"})
# Styles that rest on each other in a ring are somebody's mistake.
DEEPEST = 12
FIRST_LINE = ("firstLine", "firstLineChars")
ALIGNED = {"center": "center", "distribute": "center", "right": "right", "end": "right"}


class Style(NamedTuple):
    """What matters here of a style, with what it takes from those it rests on."""

    names: tuple[str, ...] = ()
    """Its name as Word has it in every language, and the names of those it rests on."""
    align: str = ""
    """left, center, right; empty where it is not said."""
    indent: bool | None = None
    """Whether the first line is set in; None where it is not said."""
    size: int = 0
    """In half points; 0 where it is not said."""
    marks: Mapping[str, bool] = {}
    """Which of UNREAD it says, and whether it turns them on or off."""


NO_STYLE = Style()


class Styles:
    """The styles of a document; each is looked at when something names it."""

    def __init__(self, roots: Iterable[Element]) -> None:
        self._elements = {
            value(one, "styleId"): one for root in roots for one in root if name_of(one) == "style"
        }
        self._known: dict[str, Style] = {}
        usual = next((id_ for id_, one in self._elements.items() if _is_usual(one)), "")
        self.usual = self[usual]
        """That of paragraphs that name none."""

    def __getitem__(self, id_: str) -> Style:
        """The style of an id; one that says nothing where there is none."""
        if id_ not in self._known:
            self._known[id_] = self._with_bases(id_)
        return self._known[id_]

    def __iter__(self) -> Iterator[Style]:
        return (self[id_] for id_ in self._elements)

    def _with_bases(self, id_: str) -> Style:
        found = NO_STYLE
        for _ in range(DEEPEST):
            element = self._elements.get(id_)
            if element is None:
                break
            style = _own(element)
            found = Style(
                found.names + style.names,
                found.align or style.align,
                style.indent if found.indent is None else found.indent,
                found.size or style.size,
                {**style.marks, **found.marks},
            )
            id_ = _said(element, "basedOn")
        return found


def part_of(element: Element, name: str) -> Element | None:
    """The first child of a name."""
    for child in element:
        if name_of(child) == name:
            return child
    return None


def number_in(text: str) -> int:
    """A whole number that is written in an attribute; 0 where it is none."""
    return int(text) if text.isascii() and text.isdigit() else 0


def is_on(element: Element) -> bool:
    """Whether a property that is there is turned on."""
    return value(element, "val") not in FALSE


def align_in(look: Element | None) -> str:
    """How the properties of a paragraph align it; empty where they do not say so."""
    said = _said(look, "jc") if look is not None else ""
    return ALIGNED.get(said, "left" if said else "")


def indent_in(look: Element | None) -> bool | None:
    """Whether the properties of a paragraph set its first line in; None where they do not say."""
    found = part_of(look, "ind") if look is not None else None
    said = [v for name in FIRST_LINE if (v := value(found, name))] if found is not None else []
    return any(number_in(v) for v in said) if said else None


def is_unread(
    own: Mapping[str, bool], paragraph: Mapping[str, bool], character: Mapping[str, bool]
) -> bool:
    """Whether a run counts as not there; where both its styles say so, they cancel each other."""
    if not (own or paragraph or character):
        return False
    return any(
        own.get(mark, paragraph.get(mark, False) != character.get(mark, False)) for mark in UNREAD
    )


def _own(style: Element) -> Style:
    look, run = part_of(style, "pPr"), part_of(style, "rPr")
    return Style(
        (_said(style, "name").lower(),),
        align_in(look),
        indent_in(look),
        number_in(_said(run, "sz")) if run is not None else 0,
        {n: is_on(c) for c in run if (n := name_of(c)) in UNREAD} if run is not None else {},
    )


def _said(element: Element, name: str) -> str:
    child = part_of(element, name)
    return "" if child is None else value(child, "val")


def _is_usual(style: Element) -> bool:
    return value(style, "type") == "paragraph" and value(style, "default") not in {"", *FALSE}

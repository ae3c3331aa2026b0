"""A Word document as a person sees it: paragraphs and tables, with what stands in them.

The one reading of Word files. Forms, the comparison of packs and pages to read take from it what
they need. Revisions are accepted; what is hidden or struck through counts as not there; of a field
its result is there; notes, pictures, text boxes and formulas stand aside as what is no text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from cqo_docs.base.invisible import trimmed
from cqo_docs.office.word_package import Element, WordFile, name_of, value
from cqo_docs.office.word_styles import (
    FALSE,
    NO_STYLE,
    UNREAD,
    Style,
    Styles,
    align_in,
    indent_in,
    is_on,
    is_unread,
    number_in,
    part_of,
)

# What wraps content without changing it.
WRAPPERS = frozenset(
    {"ins", "moveTo", "customXml", "smartTag", "hyperlink", "fldSimple", "bdo", "dir", "rubyBase"}
)
BLANKS = frozenset({"tab", "ptab"})
PROMPT_STYLE = "placeholder text"
TICKED, UNTICKED = "☑☒■√✓✔✅", "☐□"
# No cell of a form holds so many; they would only have to be gone through.
MOST_CONTROLS = 200
# Signs that programs insert by the place they have in a font of signs.
SIGNS = {
    ("wingdings", 0xFE): "☑", ("wingdings", 0xFD): "☒", ("wingdings", 0xFC): "√",
    ("wingdings", 0xA8): "☐", ("wingdings", 0x6F): "☐",
    ("wingdings 2", 0x52): "☑", ("wingdings 2", 0x53): "☒", ("wingdings 2", 0x50): "√",
    ("wingdings 2", 0xA3): "☐", ("wingdings 2", 0x2A): "☐",
}  # fmt: skip


# Where such a font has its signs, as programs that know only characters save them.
IN_FONT_OF_SIGNS = re.compile("[\uf000-\uf0ff]")


@dataclass(frozen=True, slots=True)
class Control:
    """A content control: its tag, what it is, and the control that holds it."""

    tag: str
    prompts: bool
    """Whether it says that it shows its prompt."""
    day: str
    checked: bool | None
    parent: int


class Piece(NamedTuple):
    """Some text in a row, the innermost control around it, whether it looks like a prompt."""

    text: str
    control: int
    prompt: bool


class Odd(NamedTuple):
    """What is no text of a paragraph, and what it says."""

    kind: str
    """comment, footnote, endnote, box, picture, sign, formula, or table-inside."""
    text: str = ""


class Paragraph(NamedTuple):
    """How a paragraph is set, and between which pieces its words lie."""

    style: Style
    look: Element | None
    start: int
    end: int

    # Pages alone ask for these, and forms are read by the thousand.

    @property
    def align(self) -> str:
        """left, center, right; empty where it is not said."""
        return align_in(self.look) or self.style.align

    @property
    def indent(self) -> bool:
        """Whether its first line is set in."""
        own = indent_in(self.look)
        return bool(self.style.indent if own is None else own)


@dataclass(slots=True)
class Bookmark:
    """A bookmark: between which pieces it lies; `end` is before `start` where it is elsewhere."""

    name: str
    id: str
    start: int
    end: int = -1


@dataclass(slots=True)
class Tick:
    """A box and the words after it."""

    on: bool
    tag: str
    label: str = ""


@dataclass(slots=True)
class Content:
    """What stands in a cell, or in a paragraph outside of tables."""

    pieces: list[Piece] = field(default_factory=list)
    parts: list[Paragraph | Table] = field(default_factory=list)
    """Its paragraphs and the tables between them."""
    controls: list[Control] = field(default_factory=list)
    odd: list[Odd] = field(default_factory=list)
    crowded: bool = False
    """Whether two controls stand side by side."""
    bookmarks: list[Bookmark] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All that is to be seen, prompts included."""
        return trimmed("".join(piece.text for piece in self.pieces))

    def words(self, paragraph: Paragraph) -> str:
        """What is to be seen of one paragraph, just as it stands there."""
        return "".join(piece.text for piece in self.pieces[paragraph.start : paragraph.end])

    @property
    def tags(self) -> list[str]:
        """The tags of the controls in their order."""
        return [control.tag for control in self.controls if control.tag]

    def around(self, control: int) -> Iterator[int]:
        """A control and those that hold it."""
        while control >= 0:
            yield control
            control = self.controls[control].parent

    def spoken(self, prompts: Iterable[str]) -> str:
        """What was filled in: prompts that nobody touched are left out."""
        known = sorted(prompts, key=len, reverse=True)
        if len(self.controls) > MOST_CONTROLS:
            return self.text
        silent = {
            number
            for number, control in enumerate(self.controls)
            if control.prompts and self._is_prompt(number, known)
        }
        text = "".join(
            piece.text for piece in self.pieces if silent.isdisjoint(self.around(piece.control))
        )
        for prompt in known:
            text = text.replace(prompt, "")
        return trimmed(text)

    def _is_prompt(self, control: int, known: Iterable[str]) -> bool:
        """Whether a control that says so shows a prompt, and not what was typed over it."""
        own = [piece for piece in self.pieces if control in self.around(piece.control)]
        text = "".join(piece.text for piece in own).strip()
        return text in {"", *known} or all(piece.prompt for piece in own if piece.text.strip())

    def ticks(self) -> tuple[str, list[Tick]]:
        """What stands before the first box, and every box with the words after it."""
        before, found = "", list[Tick]()
        begun = -1
        for piece in self.pieces:
            boxes = (n for n in self.around(piece.control) if self.controls[n].checked is not None)
            box = next(boxes, -1)
            if box >= 0:
                if box != begun:
                    sign, control = piece.text.strip(), self.controls[box]
                    on = sign in TICKED if sign and sign in TICKED + UNTICKED else control.checked
                    found.append(Tick(bool(on), control.tag))
                begun = box
                continue
            for char in piece.text:
                if char in TICKED + UNTICKED:
                    found.append(Tick(char in TICKED, ""))
                elif found:
                    found[-1].label += char
                else:
                    before += char
        return before.strip(), found


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: what stands in it, and how many columns it takes."""

    content: Content
    span: int = 1
    merged: bool = False
    """Whether it is merged with a cell of another row, or by an old program with one beside it."""
    below: bool = False
    """Whether it goes on with the cell above it."""


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a table, those that a revision deletes left out."""

    rows: tuple[tuple[Cell, ...], ...]
    heads: int = 0
    """How many rows at the top every printed page repeats."""
    widths: tuple[int, ...] = ()
    """Those of the columns, in twentieths of a point."""


def blocks(file: WordFile, tab: str = " ") -> Iterator[Content | Table]:
    """Paragraphs and tables in the order of the document; `tab` is what a tab is read as."""
    walker = _Walker(file, tab)
    for body in file.document:
        if name_of(body) == "body":
            yield from walker.blocks(body)


def margin_blocks(file: WordFile) -> Iterator[Content | Table]:
    """The same of the headers and footers."""
    walker = _Walker(file)
    for root in file.margins:
        yield from walker.blocks(root)


class _Walker:
    """Walks the markup of one document."""

    def __init__(self, file: WordFile, tab: str = " ") -> None:
        self.tab = tab
        self.styles = Styles(file.styles)
        self.paragraph_marks = self.styles.usual.marks
        self.joined = False
        """Whether a revision joins the last paragraph to the next one."""
        self.begun: Content | None = None
        """What such a paragraph outside of tables holds so far."""
        self.fields: list[bool] = []
        """Of every open field whether its instruction has not yet come to its end."""
        self.bookmarks: dict[str, str] = {}
        self.notes = {
            (kind.removesuffix("s"), value(note, "id")): _words(note)
            for kind, root in file.notes.items()
            for note in root
        }

    def blocks(self, parent: Element) -> Iterator[Content | Table]:
        yield from self._blocks(parent)
        yield from self._end_joined()

    def _blocks(self, parent: Element) -> Iterator[Content | Table]:
        for child in parent:
            name = name_of(child)
            if name == "tbl":
                yield from self._end_joined()
                yield self._table(child)
                self.joined = False
            elif name == "sdt":
                yield from self._blocks(_content_of(child))
            elif name in WRAPPERS:
                yield from self._blocks(child)
            elif name not in {"sectPr", "sdtPr", "del", "moveFrom"}:
                content = self.begun or Content()
                self._walk(child, content, -1)
                self.begun = content if self.joined else None
                if not self.joined:
                    yield content

    def _end_joined(self) -> Iterator[Content]:
        """The paragraph that a revision joins to one that does not come."""
        if self.begun is not None:
            yield self.begun
        self.begun, self.joined = None, False

    # Tables

    def _table(self, table: Element) -> Table:
        rows = tuple(self._rows(table))
        heads = next((n for n, (_, is_head) in enumerate(rows) if not is_head), len(rows))
        grid = part_of(table, "tblGrid")
        columns = [c for c in grid if name_of(c) == "gridCol"] if grid is not None else []
        widths = tuple(number_in(value(column, "w")) for column in columns)
        return Table(tuple(cells for cells, _ in rows), heads, widths)

    def _rows(self, table: Element) -> Iterator[tuple[tuple[Cell, ...], bool]]:
        """The cells of every row, and whether it is a heading that every page repeats."""
        for child in table:
            name = name_of(child)
            if name == "tr":
                if not _has(child, "trPr", "del"):
                    look = part_of(child, "trPr")
                    head = part_of(look, "tblHeader") if look is not None else None
                    cells = tuple(self._cells(child, Content(), -1))
                    yield cells, head is not None and is_on(head)
            elif name == "sdt":
                yield from self._rows(_content_of(child))
            elif name in WRAPPERS:
                yield from self._rows(child)

    def _cells(self, row: Element, held: Content, control: int) -> Iterator[Cell]:
        """The cells of a row; `held` carries the control around them, where there is one."""
        for child in row:
            name = name_of(child)
            if name == "tc":
                if not _has(child, "tcPr", "cellDel"):
                    content = Content(controls=list(held.controls))
                    self._children(child, content, control)
                    yield _cell(child, content)
            elif name == "sdt":
                inner = Content(controls=list(held.controls))
                inner.controls.append(_control(child, control))
                yield from self._cells(_content_of(child), inner, len(inner.controls) - 1)
            elif name in WRAPPERS:
                yield from self._cells(child, held, control)

    # Content

    def _children(self, parent: Element, content: Content, control: int) -> None:
        names = [name_of(child) for child in parent]
        content.crowded = content.crowded or names.count("sdt") > 1
        for child in parent:
            self._walk(child, content, control)

    def _walk(self, element: Element, content: Content, control: int) -> None:
        """Add what an element holds to the content."""
        name = name_of(element)
        if name == "p":
            self._paragraph(element, content, control)
        elif name == "r":
            self._run(element, content, control)
        elif name == "sdt":
            content.controls.append(_control(element, control))
            self._children(_content_of(element), content, len(content.controls) - 1)
        elif name in WRAPPERS:
            self._children(element, content, control)
        elif name == "mc:AlternateContent":
            if len(element):
                self._children(element[0], content, control)
        elif name == "bookmarkStart":
            place = len(content.pieces)
            bookmark = Bookmark(value(element, "name"), value(element, "id"), place)
            content.bookmarks.append(bookmark)
            self.bookmarks[bookmark.id] = bookmark.name
        elif name == "bookmarkEnd":
            self._end_bookmark(value(element, "id"), content)
        elif name in {"tbl", "altChunk", "subDoc"}:
            content.odd.append(Odd("table-inside", _words(element)))
            if name == "tbl":
                content.parts.append(self._table(element))
                self.joined = False
        elif name in {"m:oMath", "m:oMathPara"}:
            content.odd.append(Odd("formula", _words(element)))

    def _end_bookmark(self, number: str, content: Content) -> None:
        place = len(content.pieces)
        own = [b for b in content.bookmarks if b.id == number and b.end < 0]
        for bookmark in own:
            bookmark.end = place
        # LibreOffice 7.4 moves the start of one that opens a section to an earlier place; then all
        # that stands before its end is that of a control.
        if not own and all(piece.control >= 0 for piece in content.pieces):
            content.bookmarks.append(Bookmark(self.bookmarks.get(number, ""), number, 0, place))

    def _paragraph(self, element: Element, content: Content, control: int) -> None:
        """A paragraph on a line of its own, unless a revision joins it to the one before."""
        end = Piece("\n", control, True)
        if content.pieces and content.pieces[-1].text != "\n" and not self.joined:
            content.pieces.append(end)
        look = part_of(element, "pPr")
        named = part_of(look, "pStyle") if look is not None else None
        style = self.styles[value(named, "val")] if named is not None else self.styles.usual
        start = len(content.pieces)
        before = content.parts[-1] if content.parts else None
        if self.joined and isinstance(before, Paragraph):
            # What two paragraphs become is set as the second was.
            start = before.start
            content.parts.pop()
        self.paragraph_marks = style.marks
        self.fields = []
        self._children(element, content, control)
        content.parts.append(Paragraph(style, look, start, len(content.pieces)))
        self.joined = look is not None and _has(look, "rPr", "del")
        if not self.joined:
            content.pieces.append(end)

    def _run(self, run: Element, content: Content, control: int) -> None:
        style, font, own = NO_STYLE, "", dict[str, bool]()
        look = part_of(run, "rPr")
        for child in look if look is not None else ():
            name = name_of(child)
            if name == "rStyle":
                style = self.styles[value(child, "val")]
            elif name == "rFonts":
                font = value(child, "ascii")
            elif name in UNREAD:
                own[name] = is_on(child)
        if is_unread(own, self.paragraph_marks, style.marks):
            return
        prompt = style.names[:1] == (PROMPT_STYLE,)
        for child in run:
            if any(self.fields[:-1]) and name_of(child) != "fldChar":
                # What a field within the instruction of another has for a result.
                continue
            text = self._text(child, content, control)
            if IN_FONT_OF_SIGNS.search(text):
                text = "".join(
                    _sign(font, ord(char), content) if IN_FONT_OF_SIGNS.match(char) else char
                    for char in text
                )
            if text:
                content.pieces.append(Piece(text, control, prompt))

    def _field(self, mark: str) -> None:
        """Note where the instruction of a field begins and ends."""
        if mark == "begin":
            self.fields.append(True)
        elif self.fields and mark == "separate":
            self.fields[-1] = False
        elif self.fields:
            self.fields.pop()

    def _text(self, element: Element, content: Content, control: int) -> str:
        """The text of one mark of a run; what is no text is kept as odd."""
        name = name_of(element)
        if name == "t":
            return element.text or ""
        if name in BLANKS:
            return self.tab
        if name in {"br", "cr"}:
            return "\n"
        if name == "fldChar":
            self._field(value(element, "fldCharType"))
        if name == "noBreakHyphen":
            return "-"
        if name == "sym":
            code = value(element, "char")
            number = int(code, 16) if re.fullmatch("[0-9A-Fa-f]{2,4}", code) else 0
            return _sign(value(element, "font"), number, content)
        if name in {"commentReference", "footnoteReference", "endnoteReference"}:
            kind = name.removesuffix("Reference")
            said = self.notes.get((kind, value(element, "id")), "")
            if said:
                content.odd.append(Odd(kind, said))
        elif name in {"drawing", "pict", "object"}:
            boxes = [box for box in element.iter() if name_of(box) == "txbxContent"]
            said = " ".join(_words(box) for box in boxes)
            content.odd.append(Odd("box", said) if said.strip() else Odd("picture"))
        elif name == "ruby":
            for base in element:
                if name_of(base) == "rubyBase":
                    self._children(base, content, control)
        elif name == "mc:AlternateContent":
            inner = element[0] if len(element) else ()
            return "".join(self._text(child, content, control) for child in inner)
        return ""


def _sign(font: str, code: int, content: Content) -> str:
    """The sign that a font of signs has in a place; odd where it is none that can be read."""
    sign = SIGNS.get((font.casefold(), code & 0xFF))
    if sign is None:
        content.odd.append(Odd("sign"))
    return sign or ""


def _content_of(control: Element) -> Element:
    """What a content control holds; one that holds nothing is its own content."""
    return next((c for c in control if name_of(c) == "sdtContent"), control)


def _control(element: Element, parent: int) -> Control:
    tag, prompts, day, checked = "", False, "", None
    for part in (child for child in element if name_of(child) == "sdtPr"):
        for child in part:
            name = name_of(child)
            if name == "tag":
                tag = value(child, "val")
            elif name == "showingPlcHdr":
                prompts = is_on(child)
            elif name == "date":
                day = value(child, "fullDate")[:10]
            elif name == "w14:checkbox":
                states = [c for c in child if name_of(c) == "w14:checked"]
                checked = any(v not in FALSE for state in states for v in state.attrib.values())
    return Control(tag, prompts, day, checked, parent)


def _cell(element: Element, content: Content) -> Cell:
    look = part_of(element, "tcPr")
    if look is None:
        return Cell(content)
    span, down = part_of(look, "gridSpan"), part_of(look, "vMerge")
    return Cell(
        content,
        (number_in(value(span, "val")) or 1) if span is not None else 1,
        down is not None or part_of(look, "hMerge") is not None,
        down is not None and value(down, "val") != "restart",
    )


def _has(element: Element, properties: str, mark: str) -> bool:
    part = part_of(element, properties)
    return part is not None and part_of(part, mark) is not None


def _words(element: Element) -> str:
    """All words below an element, for a message."""
    texts = (one.text or "" for one in element.iter() if name_of(one) in {"t", "m:t"})
    return "".join(texts).strip()

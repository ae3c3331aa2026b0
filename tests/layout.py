"""Pages measured: where every sign, line and rule of a PDF stands, in points from the top left."""

from __future__ import annotations

import ctypes
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium
from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MM = 72 / 25.4
# GB/T 9704: 22 lines of 28 characters fill 156 mm by 225 mm.
LEFT, RIGHT, TOP, BOTTOM = 28 * MM, 184 * MM, 37 * MM, 262 * MM
PITCH, SIZE, ADVANCE = 28.95, 16.0, 15.75
LINES, CHARACTERS = 22, 28
# A character stands in the middle of its line, its baseline at 0.88 of its height.
ABOVE = (PITCH - SIZE) / 2 + 0.88 * SIZE
CLOSING = frozenset("，。、；：？！）》〉”’】〕％…—")
OPENING = frozenset("（《〈“‘【〔")
# LibreOffice takes these from the Latin font, Word from the Chinese one.
NARROW = frozenset("“”‘’—…")
PAGE_NUMBER = re.compile(r"—(\d+)—")


class Sign(NamedTuple):
    """One character: its pen position, its end, its ink, its size and colour."""

    text: str
    left: float
    right: float
    baseline: float
    top: float
    bottom: float
    size: float
    colour: tuple[int, int, int]
    upright: bool = True

    @property
    def chinese(self) -> bool:
        """Whether it is as wide as it is high."""
        return "\u4e00" <= self.text <= "\u9fff" or self.text in (CLOSING | OPENING) - NARROW


@dataclass(frozen=True)
class Line:
    """The characters on one baseline, from left to right."""

    signs: tuple[Sign, ...]

    @cached_property
    def text(self) -> str:
        return "".join(sign.text for sign in self.signs)

    @property
    def left(self) -> float:
        return self.signs[0].left

    @property
    def right(self) -> float:
        return max(sign.right for sign in self.signs)

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2

    @property
    def baseline(self) -> float:
        return self.signs[0].baseline

    @property
    def top(self) -> float:
        return min(sign.top for sign in self.signs)

    @property
    def bottom(self) -> float:
        return max(sign.bottom for sign in self.signs)

    @property
    def size(self) -> float:
        return max(sign.size for sign in self.signs)

    @property
    def colour(self) -> tuple[int, int, int]:
        return self.signs[0].colour

    @property
    def indent(self) -> int:
        """How many characters of 3号 stand empty before it in running text."""
        return round((self.left - LEFT) / ADVANCE)

    @property
    def is_body(self) -> bool:
        """Whether it is a line of 3号 that begins where running text begins."""
        return abs(self.size - SIZE) < 0.1 and self.indent in {0, 2}

    @property
    def is_full(self) -> bool:
        """Whether it is a line of running text, and reaches the right margin."""
        return self.is_body and abs(self.right - RIGHT) < 2


class Rule(NamedTuple):
    """A drawn line or box."""

    left: float
    top: float
    right: float
    bottom: float
    colour: tuple[int, int, int]


@dataclass(frozen=True)
class Page:
    """One page with its page number taken out of its lines."""

    width: float
    height: float
    lines: tuple[Line, ...]
    rules: tuple[Rule, ...]
    text: str  # in the order of writing, without blanks and page number
    number_line: Line | None

    @property
    def number(self) -> int | None:
        """The page number as printed."""
        found = self.number_line and PAGE_NUMBER.fullmatch(self.number_line.text)
        return int(found[1]) if found else None

    @cached_property
    def rows(self) -> int:
        """The row of the last line where all stand on the grid of running text; else 0."""
        rows = [(line.baseline - ABOVE - TOP) / PITCH for line in self.lines]
        if not rows or self.rules or any(abs(row - round(row)) > 0.05 for row in rows):
            return 0
        return round(rows[-1]) + 1


def read_pages(pdf: Path) -> tuple[Page, ...]:
    """The pages of a PDF."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return tuple(_page(page) for page in document)
    finally:
        document.close()


def _page(page: Any) -> Page:
    width, height = page.get_size()
    signs = tuple(_signs(page, height))
    # Slanted names below a chart stand on no line.
    lines = _lines([sign for sign in signs if sign.upright])
    number = next((line for line in lines if PAGE_NUMBER.fullmatch(line.text)), None)
    written = "".join(s.text for s in signs if number is None or s not in number.signs)
    rest = tuple(line for line in lines if line is not number)
    return Page(width, height, rest, tuple(_rules(page, height)), written, number)


def _signs(page: Any, height: float) -> Iterator[Sign]:
    text = page.get_textpage()
    x, y = ctypes.c_double(), ctypes.c_double()
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    box = pdfium.FS_RECTF()
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    for i in range(text.count_chars()):
        # A hyphen that ends a line is told as a sign of its own.
        hyphen = pdfium.FPDFText_IsHyphen(text, i) == 1
        sign = "-" if hyphen else chr(pdfium.FPDFText_GetUnicode(text, i))
        if pdfium.FPDFText_IsGenerated(text, i) or not sign.strip():
            continue
        pdfium.FPDFText_GetCharOrigin(text, i, x, y)
        pdfium.FPDFText_GetCharBox(text, i, left, right, bottom, top)
        pdfium.FPDFText_GetLooseCharBox(text, i, box)
        pdfium.FPDFText_GetFillColor(text, i, red, green, blue, alpha)
        yield Sign(
            sign, x.value, max(box.right, right.value), height - y.value, height - top.value,
            height - bottom.value, pdfium.FPDFText_GetFontSize(text, i),
            (red.value, green.value, blue.value),
            abs(pdfium.FPDFText_GetCharAngle(text, i)) < 0.01,
        )  # fmt: skip


def _lines(signs: Sequence[Sign]) -> tuple[Line, ...]:
    rows: list[list[Sign]] = []
    for sign in sorted(signs, key=lambda s: s.baseline):
        if rows and sign.baseline - rows[-1][0].baseline < 1:
            rows[-1].append(sign)
        else:
            rows.append([sign])
    return tuple(Line(tuple(sorted(row, key=lambda s: s.left))) for row in rows)


def _rules(page: Any, height: float) -> Iterator[Rule]:
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH]):
        left, bottom, right, top = item.get_bounds()
        pdfium.FPDFPath_GetDrawMode(item, fill, stroke)
        read = (
            pdfium.FPDFPageObj_GetStrokeColor if stroke.value else pdfium.FPDFPageObj_GetFillColor
        )
        read(item, red, green, blue, alpha)
        if min(right - left, top - bottom) > 6:
            continue  # the shade of a cell
        if max(right - left, top - bottom) > 6:
            colour = (red.value, green.value, blue.value)
            yield Rule(left, height - top, right, height - bottom, colour)


# ---------------------------------------------------------------- what a Word file asks for


class Frame(NamedTuple):
    """The text block of a section on its paper."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float


def word_part(docx: Path, name: str = "word/document.xml") -> Any:
    """One part of a Word file."""
    with zipfile.ZipFile(docx) as archive:
        return etree.fromstring(archive.read(name))


def points(element: Any, name: str) -> float:
    """A measure of an element, from twips."""
    return int(element.get(W + name)) / 20


def frames(docx: Path) -> tuple[Frame, ...]:
    """The text blocks that the sections of a Word file ask for."""
    found = []
    for section in word_part(docx).iter(f"{W}sectPr"):
        size, margins = section.find(f"{W}pgSz"), section.find(f"{W}pgMar")
        width, height = points(size, "w"), points(size, "h")
        left, top = points(margins, "left"), points(margins, "top")
        right, bottom = width - points(margins, "right"), height - points(margins, "bottom")
        found.append(Frame(width, height, left, right, top, bottom))
    return tuple(found)


def frame_of(page: Page, known: Sequence[Frame]) -> Frame:
    """The text block that a page should have, by its paper."""
    return min(known, key=lambda f: abs(f.width - page.width) + abs(f.height - page.height))


# ---------------------------------------------------------------- what running text comes to


class FullLine(NamedTuple):
    """A full line of nothing but Chinese: how many characters fit, and what begins the next."""

    count: int
    next: str
    text: str

    @property
    def is_short_for_a_reason(self) -> bool:
        """Whether a rule of setting moved its last characters to the next line."""
        missing = CHARACTERS - self.count
        if missing <= 0:
            return False
        # A mark that may not begin a line, or end one, takes its neighbours along; so does a word.
        moved, first = self.next[:missing], self.next[missing : missing + 1]
        return first in CLOSING or any(sign in OPENING or sign.isascii() for sign in moved)


def full_lines(pages: Sequence[Page]) -> Iterator[FullLine]:
    """The full lines of pure Chinese on the pages, each with the beginning of the next."""
    lines = [line for page in pages for line in page.lines if line.is_body]
    for i, line in enumerate(lines):
        if line.is_full and all(sign.chinese for sign in line.signs):
            after = lines[i + 1].text if i + 1 < len(lines) else ""
            # A wide blank leaves no sign but takes its room.
            gaps = [b.left - a.left for a, b in zip(line.signs, line.signs[1:], strict=False)]
            count = line.indent + 1 + sum(round(gap / ADVANCE) for gap in gaps)
            yield FullLine(count, after, line.text)


def pitches(pages: Sequence[Page]) -> Iterator[float]:
    """From line to line of one paragraph."""
    for page in pages:
        for line, following in zip(page.lines, page.lines[1:], strict=False):
            if line.is_full and following.is_body and following.indent == 0:
                yield following.baseline - line.baseline


def advances(pages: Sequence[Page]) -> Iterator[float]:
    """From character to character where no line is stretched."""
    for page in pages:
        for line in page.lines:
            if line.is_body and line.right < RIGHT - 2 * SIZE:
                for sign, following in zip(line.signs, line.signs[1:], strict=False):
                    if sign.chinese and following.chinese:
                        yield following.left - sign.left


def first_rows(pages: Sequence[Page]) -> Iterator[float]:
    """Where the text block begins on pages that begin with running text."""
    for page in pages:
        if page.lines and page.lines[0].is_full:
            yield page.lines[0].baseline - ABOVE


def overlaps(page: Page) -> list[str]:
    """Lines that run into each other."""
    found = []
    for line, following in zip(page.lines, page.lines[1:], strict=False):
        if following.baseline - line.baseline >= 0.8 * min(line.size, following.size):
            continue
        found += [
            f"{line.text} / {following.text}"
            for sign in line.signs
            if any(o.left < sign.right - 1 and sign.left < o.right - 1 for o in following.signs)
        ][:1]
    for line in page.lines:
        for sign, following in zip(line.signs, line.signs[1:], strict=False):
            if sign.chinese and following.left - sign.left < 0.45 * sign.size:
                found.append(f"{line.text}: {sign.text}{following.text}")
    return found

"""Every page of every sample measured against GB/T 9704—2012; as a script, the measures as a table.

    python tests/test_layout.py [locale]

All locales keep to the paper, the text block and the page numbers; lines and characters are counted
in Chinese papers only, simplified and traditional. Which papers are running text stands in their
document files: a new paper is measured unasked.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import cases
import pytest
from conftest import ContentCopy
from layout import (
    ADVANCE,
    BOTTOM,
    CHARACTERS,
    LEFT,
    LINES,
    MM,
    PITCH,
    RIGHT,
    SIZE,
    TOP,
    Line,
    Page,
    W,
    advances,
    first_rows,
    frame_of,
    frames,
    full_lines,
    overlaps,
    pitches,
    read_pages,
    word_part,
)
from openpyxl import load_workbook
from prints import Pack, Print, make_packs, print_packs

from cqo_docs.checks.templates import template_problems
from cqo_docs.library.reading import read_library
from cqo_docs.wording.locales import SOURCE
from cqo_docs.workspace import Workspace, open_workspace

TEMPLATES = sorted((cases.ROOT / "templates").glob("*.docx"))
SLOTS = ("ascii", "hAnsi", "eastAsia", "cs")
BLACK, RED = (0, 0, 0), (255, 0, 0)
SIZE_4 = 14.0  # of page numbers and of the colophon
SMALLER = {"en": 11.0}  # of page numbers where all letters are smaller
EDGE = 5 * MM  # nearer to the edge of the paper no printer prints


@dataclass(frozen=True)
class Measured:
    """One printed file with its pages."""

    print: Print
    layout: str
    pages: tuple[Page, ...]
    locale: str = SOURCE

    @property
    def name(self) -> str:
        return f"{self.locale} {self.print.name}"

    @cached_property
    def text(self) -> str:
        """All that is printed, without blanks and page numbers."""
        return "".join(page.text for page in self.pages)

    @property
    def body(self) -> Any:
        """The document part of a Word file."""
        return word_part(self.print.source)

    def lines(self, text: str) -> list[tuple[int, int, Line]]:
        """Where a text stands alone on a line: page, line, and the line itself."""
        wanted = bare(text)
        return [
            (i, j, line)
            for i, page in enumerate(self.pages)
            for j, line in enumerate(page.lines)
            if line.text == wanted
        ]


def bare(text: str) -> str:
    """A text without blanks."""
    return re.sub(r"\s+", "", text)


def measure(prints: Sequence[Print], layouts: Mapping[str, str]) -> tuple[Measured, ...]:
    """Every printed file measured."""
    return tuple(
        Measured(p, layouts[p.document.id] if p.kind == "docx" else "sheet", read_pages(p.pdf))
        for p in prints
    )


def layouts_of(workspace: Workspace) -> dict[str, str]:
    return {paper.id: paper.layout for paper in workspace.library.papers}


LOCALES = (SOURCE, "zh-Hant", "en", "zh-Hans,en")
of_chinese = pytest.mark.parametrize("measured", LOCALES[:2], indirect=True)


@pytest.fixture(scope="session", params=LOCALES)
def measured(
    request: pytest.FixtureRequest,
    printed: Callable[[str], tuple[Print, ...]],
    workspace: Workspace,
) -> tuple[Measured, ...]:
    """Every file of every sample, measured; one that two papers share is running text."""
    own = {paper.id: paper.template for paper in workspace.library.papers}
    return tuple(
        replace(
            m,
            locale=request.param,
            layout=m.layout
            if m.print.document.template == own[m.print.document.id]
            else "running-text",
        )
        for m in measure(printed(request.param), layouts_of(workspace))
    )


@pytest.fixture(scope="session")
def running(measured: tuple[Measured, ...]) -> tuple[Measured, ...]:
    """The papers of running text; forms for an exit are filled in by hand."""
    found = tuple(
        m for m in measured if m.layout == "running-text" and m.print.document.id != "exit"
    )
    assert len({m.print.document.id for m in found}) >= 4
    assert len({m.print.pack.sample for m in found}) == len(cases.SAMPLES)
    return found


@pytest.fixture(scope="session")
def words(measured: tuple[Measured, ...]) -> tuple[Measured, ...]:
    """All Word files."""
    return tuple(m for m in measured if m.print.kind == "docx")


# ---------------------------------------------------------------- what the files say


def word_files(packs: Sequence[Pack]) -> list[Path]:
    return [path for pack in packs for path in sorted(pack.folder.glob("*.docx"))]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_all_four_slots_hold_a_font_and_none_comes_from_a_theme(path: Path) -> None:
    styles = word_part(path, "word/styles.xml")
    for style in (*styles.iter(f"{W}style"), *styles.iter(f"{W}rPrDefault")):
        fonts = style.find(f".//{W}rFonts")
        assert fonts is not None, style.get(f"{W}styleId")
        assert all(fonts.get(W + slot) for slot in SLOTS), style.get(f"{W}styleId")
    parts = [word_part(path), styles]
    if path.stem != "appointment":
        parts += [word_part(path, f"word/footer{n}.xml") for n in (1, 2)]
    for part in parts:
        for fonts in part.iter(f"{W}rFonts"):
            assert not any("Theme" in name for name in fonts.attrib), path.name
            named = [slot for slot in SLOTS if fonts.get(W + slot)]
            assert len(named) in {0, len(SLOTS)}, path.name  # a run names all, or leaves it


def test_tables_have_fixed_grids_whole_rows_and_heads_that_repeat(packs: tuple[Pack, ...]) -> None:
    tables = heads = 0
    for path in word_files(packs):
        body = word_part(path)
        assert not list(body.iter("{*}txbxContent")), path.name  # a text box is nowhere safe
        for table in body.iter(f"{W}tbl"):
            tables += 1
            grid = [int(column.get(f"{W}w")) for column in table.find(f"{W}tblGrid")]
            look = table.find(f"{W}tblPr")
            assert look.find(f"{W}tblLayout").get(f"{W}type") == "fixed", path.name
            assert sum(grid) == int(look.find(f"{W}tblW").get(f"{W}w")), path.name
            rows = table.findall(f"{W}tr")
            for row in rows:
                assert row.find(f"{W}trPr/{W}cantSplit") is not None, path.name
            styles = {style.get(f"{W}val") for style in rows[0].iter(f"{W}pStyle")}
            if styles == {"CellHead"}:
                heads += 1
                assert rows[0].find(f"{W}trPr/{W}tblHeader") is not None, path.name
    assert tables > 200
    assert heads > 50


def test_confirm_names_the_fonts_of_the_papers_and_their_stand_ins(packs: tuple[Pack, ...]) -> None:
    used = {}
    for path in TEMPLATES:
        for font in word_part(path, "word/fontTable.xml").iter(f"{W}font"):
            used[font.get(f"{W}name")] = font.find(f"{W}altName").get(f"{W}val")
    stand_ins = [other for other in used.values() if not other.isascii()]
    assert len(used) >= 5 and len(stand_ins) >= 3
    notes = set()
    for pack in packs:
        path = pack.file("confirm", "docx")
        assert path is not None
        paragraphs = ["".join(p.itertext(f"{W}t")) for p in word_part(path).iter(f"{W}p")]
        notes.add(tuple(re.sub(r"^\d+\.", "", p) for p in paragraphs if "仿宋_GB2312" in p))
    assert len(notes) == 1  # on every machine and for every company the same
    note = "".join(notes.pop())
    for name in (*used, *stand_ins):
        assert name in note


@pytest.mark.parametrize(
    ("paper", "old", "new", "want"),
    [
        ("duties", "layout: running-text", "layout: form", "running-text"),
        ("appointment", "layout: letter\n", "", "letter"),
        ("budget", "layout: form", "layout: running-text", "form"),
    ],
)
def test_a_paper_that_is_not_set_as_it_says_is_named(
    paper: str, old: str, new: str, want: str, content_copy: ContentCopy, workspace: Workspace
) -> None:
    content_copy.change(f"documents/{paper}.yaml", old, new)
    library = read_library(content_copy.folder)
    found = [p for p in template_problems(library, workspace.wording) if p.code == "content.layout"]
    assert [(p.where, p.values["want"]) for p in found] == [(f"documents/{paper}.yaml", want)]


# ---------------------------------------------------------------- running text


@pytest.mark.slow
@of_chinese
def test_twenty_two_lines_a_page(running: tuple[Measured, ...]) -> None:
    for m in running:
        for pitch in pitches(m.pages):
            assert abs(pitch - PITCH) < 0.15, m.name
        for page in m.pages:
            assert page.rows <= LINES, m.name
    rows = [page.rows for m in running for page in m.pages]
    assert max(rows) == LINES
    assert rows.count(LINES) >= 20


@pytest.mark.slow
@of_chinese
def test_twenty_eight_characters_a_line(running: tuple[Measured, ...]) -> None:
    counts = []
    for m in running:
        for advance in advances(m.pages):
            wide = round(advance / ADVANCE)  # more than one where a wide blank stands between
            assert wide > 1 or abs(advance - ADVANCE) < 0.2, m.name
        for line in full_lines(m.pages):
            counts.append(line.count)
            assert line.count == CHARACTERS or line.is_short_for_a_reason, (m.name, line)
    assert len(counts) > 400
    assert counts.count(CHARACTERS) > 0.75 * len(counts)


@pytest.mark.slow
@of_chinese
def test_margins_of_running_text(running: tuple[Measured, ...]) -> None:
    tops = 0
    for m in running:
        for top in first_rows(m.pages):
            tops += 1
            assert abs(top - TOP) < MM, m.name
        for page in m.pages:
            for line in page.lines:
                if line.is_body and line.indent == 0 and line.is_full:
                    assert abs(line.left - LEFT) < MM, (m.name, line.text)
                    assert abs(line.right - RIGHT) < MM, (m.name, line.text)
            if page.rows == LINES:
                foot = page.lines[-1].baseline - page.lines[0].baseline + PITCH + TOP
                assert abs(foot - BOTTOM) < MM, m.name
    assert tops > 30


@pytest.mark.slow
def test_page_numbers_stand_where_they_should(words: tuple[Measured, ...]) -> None:
    """7 mm below the text, one character from the margin: right on odd pages, left on even."""
    for m in words:
        numbers = [page.number for page in m.pages]
        if m.layout == "letter":
            assert set(numbers) == {None}, m.name
            continue
        starts = [i for i, number in enumerate(numbers) if number == 1]
        assert starts[:1] == [0], m.name
        for i, number in enumerate(numbers):
            assert number == i + 1 - max(s for s in starts if s <= i), m.name
        known = frames(m.print.source)
        for page in m.pages:
            line, frame = page.number_line, frame_of(page, known)
            assert line is not None and page.number is not None
            assert abs(line.size - SMALLER.get(m.locale, SIZE_4)) < 0.1, m.name
            if page.number % 2:
                assert abs(frame.right - line.right - SIZE_4) < MM, m.name
            else:
                assert abs(line.left - frame.left - SIZE_4) < MM, m.name
            dash = line.signs[0]
            assert dash.text == "—"
            if m.layout == "running-text":
                assert abs(dash.top - frame.bottom - 7 * MM) < MM, m.name
            else:
                assert frame.bottom < dash.top < dash.bottom < page.height - EDGE, m.name


# ---------------------------------------------------------------- all papers


@pytest.mark.slow
def test_nothing_stands_outside_the_text_block(measured: tuple[Measured, ...]) -> None:
    for m in measured:
        known = frames(m.print.source) if m.print.kind == "docx" and m.layout != "letter" else ()
        for page in m.pages:
            left, right, top, bottom = EDGE, page.width - EDGE, EDGE, page.height - EDGE
            if known:
                frame = frame_of(page, known)
                assert abs(page.width - frame.width) < 1, m.name
                assert abs(page.height - frame.height) < 1, m.name
                left, right = frame.left - MM, frame.right + MM
                top, bottom = frame.top - MM, frame.bottom + MM
            for thing in (*page.lines, *(r for r in page.rules if m.layout != "letter")):
                assert thing.left > left and thing.right < right, (m.name, thing)
                assert thing.top > top and thing.bottom < bottom, (m.name, thing)


@pytest.mark.slow
def test_every_page_holds_text(measured: tuple[Measured, ...]) -> None:
    for m in measured:
        assert m.pages, m.name
        for number, page in enumerate(m.pages, 1):
            assert len(page.text) >= 4, (m.name, number)


@pytest.mark.slow
def test_nothing_is_printed_over_something_else(measured: tuple[Measured, ...]) -> None:
    for m in measured:
        for page in m.pages:
            assert overlaps(page) == [], m.name


def texts_of(m: Measured) -> Iterator[str]:
    if m.print.kind == "docx":
        for paragraph in m.body.iter(f"{W}p"):
            yield "".join(paragraph.itertext(f"{W}t"))
        return
    for sheet in load_workbook(m.print.source):
        if sheet.sheet_state == "visible" and sheet.print_area:
            for row in sheet[sheet.print_area.rpartition("!")[2]]:
                yield from (str(c.value) for c in row if c.data_type == "s")


@pytest.mark.slow
def test_no_sign_is_lost_in_print(measured: tuple[Measured, ...]) -> None:
    for m in measured:
        assert "###" not in m.text, m.name  # a number wider than its column
        for text in texts_of(m):
            # Lines of cells that stand beside one another are told in turn; boxes and lines to
            # fill in may stand beside one another in a cell.
            pieces = text.split() if m.layout == "sheet" else [bare(text)]
            assert all(piece in m.text for piece in pieces) or "☐" in text, (m.name, text)


@pytest.mark.slow
def test_no_heading_ends_a_page(words: tuple[Measured, ...]) -> None:
    seen = 0
    for m in words:
        headings = {
            bare("".join(p.itertext(f"{W}t")))
            for p in m.body.iter(f"{W}p")
            for style in p.iter(f"{W}pStyle")
            if style.get(f"{W}val")
            in {"Title", "TitleOver", "RedTitle", "Heading1", "Heading2", "Center"}
        } - {""}
        seen += len(headings)
        for number, page in enumerate(m.pages, 1):
            assert page.lines[-1].text not in headings, (m.name, number)
    assert seen > 200


SIGNED = {"Sign", "SignLong", "Signer", "Blank", "Copies", "Printer", "PrintDate"}
SIGNING = re.compile(
    "签字|签名|签收|盖章|日期|批准|簽字|簽名|簽收|蓋章|Sign|Seal|Date|Approv|Received",
    re.IGNORECASE,
)
# Fewer signs than this beside a signature are no text that it could belong to.
LEAST_TEXT = 12


def signature_texts(body: Any) -> list[str]:
    """What stands in the places for signatures and seals, the longest first."""
    found = {
        bare("".join(p.itertext(f"{W}t")))
        for p in body.iter(f"{W}p")
        for style in p.iter(f"{W}pStyle")
        if style.get(f"{W}val") in SIGNED
    }
    for row in body.iter(f"{W}tr"):
        cells = [bare("".join(p.itertext(f"{W}t"))) for p in row.iter(f"{W}p")]
        if any(SIGNING.search(cell) for cell in cells):
            found.update(cells)
    return sorted(found - {""}, key=len, reverse=True)


@pytest.mark.slow
def test_no_signature_has_a_page_to_itself(words: tuple[Measured, ...]) -> None:
    for m in words:
        signatures = signature_texts(m.body)
        for number, page in enumerate(m.pages, 1):
            rest = page.text
            for text in signatures:
                rest = rest.replace(text, "")
            assert len(rest) >= LEAST_TEXT, (m.name, number, page.text)


@pytest.mark.slow
def test_the_letter_is_one_page_in_a_frame(measured: tuple[Measured, ...]) -> None:
    letters = [m for m in measured if m.layout == "letter"]
    # A micro firm's letter and authorization are one paper of running text.
    assert len(letters) >= len(cases.SAMPLES) - 2
    for m in letters:
        (page,) = m.pages
        assert len(page.rules) >= 4, m.name
        for line in page.lines:
            assert min(r.left for r in page.rules) < line.left, m.name
            assert line.right < max(r.right for r in page.rules), m.name


# ---------------------------------------------------------------- seals and the red head


def signed(m: Measured) -> Iterator[tuple[Line | None, Line, float]]:
    """Name and date of each place for a seal, with the room between the first and what precedes.

    Where people sign on lines of their own, as the owners of a firm do, the date has no name.
    """
    signs: list[tuple[str, str]] = []
    before = ""
    for p in m.body.iter(f"{W}p"):
        style, text = p.find(f"{W}pPr/{W}pStyle"), "".join(p.itertext(f"{W}t"))
        named = style.get(f"{W}val") if style is not None else ""
        if named in {"Sign", "SignLong"} and text.endswith("日"):
            signs.append((before, text))
        before = text if named in {"Sign", "SignLong"} else ""
    for name, day in signs:
        found = [
            (above if name else None, below,
             above.baseline - page.lines[j - 2].baseline if name and j > 1
             else below.baseline - above.baseline)
            for page in m.pages
            for j, (above, below) in enumerate(pairwise(page.lines), 1)
            if below.text == bare(day) and (not name or above.text == bare(name))
        ]  # fmt: skip
        # A blank date has blanks of its own; it is still there, right below the name.
        assert found, (m.name, name, day)
        yield from found


@pytest.mark.slow
@of_chinese
def test_name_and_date_are_where_the_seal_goes(running: tuple[Measured, ...]) -> None:
    """The date four characters from the margin, the name centred over it, a page of text above."""
    places = 0
    for m in running:
        for name, day, room in signed(m):
            places += 1
            if "＿" not in day.text:
                assert abs(RIGHT - day.right - 4 * ADVANCE) < ADVANCE, (m.name, day.text)
            assert room < 3.2 * PITCH, (m.name, day.text)
            if name is None:
                continue
            assert abs(day.baseline - name.baseline - PITCH) < 0.3, m.name
            if len(name.text) <= 15:
                assert abs(name.middle - day.middle) < MM, (m.name, name.text)
            else:
                assert abs(RIGHT - name.right - SIZE) < MM, (m.name, name.text)
    # A micro firm has one decision, which its owner signs.
    assert places > 2 * (len(cases.SAMPLES) - 2)


def paragraph_of(m: Measured, *styles: str) -> str:
    """The text of the first paragraph in one of some styles."""
    for p in m.body.iter(f"{W}p"):
        style = p.find(f"{W}pPr/{W}pStyle")
        if style is not None and style.get(f"{W}val") in styles:
            return "".join(p.itertext(f"{W}t"))
    return ""


@pytest.mark.slow
@of_chinese
def test_the_red_head(running: tuple[Measured, ...]) -> None:
    """Mark 35 mm below the top of the text, number, rule 4 mm below it, title two lines on."""
    heads = 0
    for m in running:
        mark = bare(paragraph_of(m, "Mark", "MarkLong"))
        if not mark:
            continue
        heads += 1
        (page,) = (p for p in m.pages if p.lines and p.lines[0].colour == RED)
        red = [line for line in page.lines if line.colour == RED]
        assert "".join(line.text for line in red) == mark, m.name
        assert page.number == 1, m.name
        assert abs(red[0].top - TOP - 35 * MM) < 2 * MM, (m.name, (red[0].top - TOP) / MM)
        for line in red:
            assert abs(line.middle - (LEFT + RIGHT) / 2) < MM, m.name
        number, title = page.lines[len(red)], page.lines[len(red) + 1]
        assert number.text == bare(paragraph_of(m, "RedNumber")), m.name
        assert abs(number.middle - (LEFT + RIGHT) / 2) < MM, m.name
        (rule,) = {r for r in page.rules if r.colour == RED}
        assert abs(rule.left - LEFT) < MM and abs(rule.right - RIGHT) < MM, m.name
        assert abs(rule.top - number.bottom - 4 * MM) < MM, (m.name, rule.top - number.bottom)
        assert 2 * PITCH - SIZE < title.top - rule.bottom < 3 * PITCH, m.name
        # The first page holds some of the text itself.
        assert len([line for line in page.lines if line.is_body]) >= 3, m.name
    # A micro firm announces the decision in the act itself.
    assert heads >= len(cases.SAMPLES) - 2


@pytest.mark.slow
@of_chinese
def test_the_colophon_closes_the_last_page(running: tuple[Measured, ...]) -> None:
    """Its last rule on the lower edge of the text, thick lines outside, one character of room."""
    found = 0
    for m in running:
        printed = bare(paragraph_of(m, "PrintDate"))
        if not printed:
            continue
        found += 1
        page = m.pages[-1]
        last = page.lines[-1]
        rules = sorted({r for r in page.rules if r.colour == BLACK}, key=lambda r: r.top)
        assert len(rules) in {2, 3}, (m.name, rules)
        for rule in rules:
            assert abs(rule.left - LEFT) < MM and abs(rule.right - RIGHT) < MM, m.name
        assert abs(rules[-1].bottom - BOTTOM) < MM, (m.name, rules[-1].bottom / MM)
        assert abs(last.size - SIZE_4) < 0.1, m.name
        own = [line for line in page.lines if line.baseline > rules[0].top]
        assert abs(min(line.left for line in own) - LEFT - SIZE_4) < MM, m.name
        if "＿" not in printed:  # a fill-in may take two lines, as a long name does
            day = [line for line in own if line.text.endswith(printed)]
            assert day, (m.name, printed, [line.text for line in own])
            assert abs(RIGHT - day[0].right - SIZE_4) < MM, m.name
    assert found >= len(cases.SAMPLES) - 2


# ---------------------------------------------------------------- the measures as a table


def span(values: Sequence[float], unit: float = 1.0) -> str:
    """The least and the most of some measures."""
    if not values:
        return "—"
    low, high = min(values) / unit, max(values) / unit
    return f"{low:.2f}" if high - low < 0.005 else f"{low:.2f}–{high:.2f}"


HEAD = ("paper", "files", "pages", "line pt", "lines/full page", "sign pt", "signs/full line",
        "left mm", "right mm", "top mm", "number mm below")  # fmt: skip


def table(measured: Sequence[Measured]) -> Iterator[tuple[str, ...]]:
    """One row a paper: what its pages measure over all samples."""
    for paper in dict.fromkeys((m.print.document.id, m.print.kind) for m in measured):
        own = [m for m in measured if (m.print.document.id, m.print.kind) == paper]
        pages = [page for m in own for page in m.pages]
        name = f"{'.'.join(paper)} ({own[0].layout})"
        size = span([len(m.pages) for m in own]).replace(".00", "")
        if own[0].layout != "running-text":
            left = [min(t.left for t in (*p.lines, *p.rules)) for p in pages]
            right = [p.width - max(t.right for t in (*p.lines, *p.rules)) for p in pages]
            edges = (span(left, MM), span(right, MM))
            yield (name, str(len(own)), size, "", "", "", "", *edges, "", "")
            continue
        full = [p.rows for p in pages if p.rows > LINES - 3]
        counts = [line.count for line in full_lines(pages)]
        exact = counts.count(CHARACTERS)
        steps = [a for a in advances(pages) if a < 1.5 * ADVANCE]
        lines = [line for p in pages for line in p.lines if line.is_full and line.indent == 0]
        dashes = [p.number_line.signs[0].top - BOTTOM for p in pages if p.number_line]
        yield (
            name,
            str(len(own)),
            size,
            span(list(pitches(pages))),
            f"{max(full)} ({full.count(LINES)} of {len(full)})" if full else "—",
            span(steps),
            f"{max(counts, default=0)} ({exact} of {len(counts)})",
            span([line.left for line in lines], MM),
            span([210 * MM - line.right for line in lines], MM),
            span(list(first_rows(pages)), MM),
            span(dashes, MM),
        )


def main() -> None:
    """Print the measures of all samples, in the locale that is named."""
    workspace = open_workspace(*sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        packs = make_packs(Path(folder) / "packs", workspace)
        prints = print_packs(packs, Path(folder) / "prints")
        rows = [HEAD, *table(measure(prints, layouts_of(workspace)))]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
    for row in rows:
        line = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        sys.stdout.write(" | ".join(line).rstrip() + "\n")


if __name__ == "__main__":
    main()

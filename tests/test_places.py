"""Every place that the matrix names is found in the printed file, and only there."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from functools import cache

import pytest
from cases import AS_OF, ROOT, SAMPLES, make_plan, papers_of, workspace
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from openpyxl import load_workbook

from cqo_docs import generation
from cqo_docs.generation import pack_files, read_answers
from cqo_docs.papers.composer import Block, Document, places

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
NAMES = tuple(path.stem for path in SAMPLES)
# The numbers over and before a paragraph as they are printed, or the heading in quotes.
STEP = re.compile(
    r"第[一二三四五六七八九十]+[章条]|[一二三四五六七八九十]+、|（[一二三四五六七八九十]+）|\d+\."
)
WORDS = workspace().wording
CELLS = "\0cells"  # what stands in tables follows


def paragraphs(data: bytes) -> list[str]:
    """The text of every paragraph of a Word file that has any; cells of a table come last."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        body = etree.fromstring(package.read("word/document.xml"))
    lines: dict[bool, list[str]] = {False: [], True: []}
    for p in body.iter(f"{WORD}p"):
        if text := "".join(t.text or "" for t in p.iter(f"{WORD}t")):
            lines[next(p.iterancestors(f"{WORD}tbl"), None) is not None].append(text)
    return [*lines[False], CELLS, *lines[True]]


def steps(place: str) -> tuple[list[str], str, bool]:
    """A place taken apart: numbers and headings on the way, first words, whether they are cut."""
    way: list[str] = []
    place = re.sub(r"（第\d+处）$", "", place)
    while found := STEP.match(place):
        way.append(found[0])
        place = place[found.end() :]
    heading = re.match(r"“([^“”]*)”(?=\d+\.|“)", place)
    if heading:
        way.append(heading[1])
        more, head, cut = steps(place[heading.end() :])
        return [*way, *more], head, cut
    assert place[0] == "“" and place[-1] == "”", place
    head = place[1:-1]
    return way, head.removesuffix("…"), head.endswith("…")


def kind(step: str) -> str:
    """What sort of number a step is, so that the nearest of the same sort can be looked for."""
    found = STEP.fullmatch(step)
    return re.sub(r"[一二三四五六七八九十]+|\d+", "#", step) if found else "heading"


def found_at(place: str, lines: list[str]) -> list[int]:
    """The lines that a reader would take for the place; first those that are in no table."""
    way, head, cut = steps(place)
    found = beginning("", head, cut, way, lines)
    if way and STEP.fullmatch(way[-1]):
        found += beginning(way[-1], head, cut, way[:-1], lines)
    return [n for n in found if n < lines.index(CELLS)] or found


def beginning(own: str, head: str, cut: bool, way: list[str], lines: list[str]) -> list[int]:
    """The lines with a number of their own, or none, and some first words, below some numbers."""
    return [
        n
        for n, line in enumerate(lines)
        if line.startswith(own)
        and (rest := line.removeprefix(own).lstrip("　")).startswith(head)
        and (cut or rest == head)
        and (own or not STEP.match(line))
        and all(leads(step, lines, n) for step in way)
    ]


def leads(step: str, lines: list[str], line: int) -> bool:
    """Whether the nearest number of its sort above a line is this one."""
    if kind(step) == "heading":
        return step in lines[:line]
    for above in reversed(lines[:line]):
        found = STEP.match(above)
        if found and kind(found[0]) == kind(step):
            return found[0] == step
    return False


@cache
def files_of(name: str) -> tuple[Mapping[str, Document], Mapping[str, bytes]]:
    """One sample: its papers, and its files by paper and format."""
    file = read_answers(ROOT / "questionnaires" / f"{name}.yaml", workspace())
    plan = generation.make_plan(file, workspace(), AS_OF)
    files = pack_files(plan, workspace())
    return papers_of(plan), {
        f"{paper}.{f.path.rpartition('.')[2]}": f.data for f in files for paper in f.documents
    }


@pytest.mark.parametrize("name", NAMES)
def test_every_place_of_the_matrix_is_found_once_in_the_file_it_names(name: str) -> None:
    papers, files = files_of(name)
    by_title = {d.title: d.id for d in papers.values()}
    lines = {k.partition(".")[0]: paragraphs(v) for k, v in files.items() if k.endswith(".docx")}
    book = load_workbook(io.BytesIO(files["matrix.xlsx"]))
    count = 0
    for row in book["段落对照"].iter_rows(min_row=4, values_only=True):
        if not isinstance(row[0], int):
            continue
        paper, place, text = by_title[str(row[1])], str(row[2]), str(row[3])
        found = found_at(place, lines[paper])
        # Where the same words stand twice, in rows or as lines to fill in, either is the place.
        assert len({lines[paper][n] for n in found}) == 1, (paper, place)
        at = found[0]
        assert lines[paper][at] == text.replace("\n", ""), place
        count += 1
    clauses = 0
    for row in book["条款对照"].iter_rows(min_row=4, values_only=True):
        for told in str(row[10] or "").splitlines() if isinstance(row[0], int) else ():
            title, place = re.fullmatch(r"《(.+?)》(.+)", told).groups()  # type: ignore[union-attr]
            own = lines[by_title[title]]
            assert len({own[n] for n in found_at(place, own)}) == 1, told
            clauses += 1
    assert count > 60
    assert clauses > 15


@pytest.mark.parametrize("name", NAMES)
def test_both_lists_name_the_same_clauses(name: str) -> None:
    book = load_workbook(io.BytesIO(files_of(name)[1]["matrix.xlsx"]))
    standards = {s.number or s.title: WORDS for s in workspace().library.standards}
    listed = {
        str(row[2])
        for row in book["条款对照"].iter_rows(min_row=4, values_only=True)
        if isinstance(row[0], int)
    }
    for row in book["段落对照"].iter_rows(min_row=4, values_only=True):
        # A locator in brackets may hold the mark that stands between clauses.
        split = re.split(r"、(?![^〔]*〕)", str(row[5] or ""))
        for told in split if isinstance(row[0], int) else ():
            number = max((n for n in standards if told.startswith(n)), key=len, default="")
            assert not told or told.removeprefix(number).strip() in listed, told


def block(style: str, text: str, number: str = "", flow: str = "blocks") -> Block:
    return Block("a", flow, style, f"{number}{text}", number=number)


@pytest.mark.parametrize(
    ("blocks", "wanted"),
    [
        ([block("body", "经审议，决定如下：")], ["“经审议，决定如下：”"]),
        (
            [block("heading1", "职责", "一、"), block("heading2", "安全", "（一）"),
             block("item", "甲", "1."), block("heading2", "基础", "（二）"), block("item", "乙")],
            ["一、“职责”", "一、（一）“安全”", "一、（一）1.“甲”", "一、（二）“基础”",
             "一、（二）“乙”"],
        ),
        (
            [block("chapter", "总则", "第一章　"), block("article", "下列情形：", "第一条　"),
             block("clause-item", "甲", "（一）"), block("chapter", "职责", "第二章　")],
            ["第一章“总则”", "第一条“下列情形：”", "第一条（一）“甲”", "第二章“职责”"],
        ),
        ([block("caption", "否决项"), block("item", "甲", "1.")], ["“否决项”", "“否决项”1.“甲”"]),
        (
            [block("heading1", "甲", "一、"), block("body", "乙", flow="other")],
            ["一、“甲”", "“乙”"],
        ),
        (
            [block("body", "首席质量官向总经理报告甲"), block("body", "首席质量官向总经理报告乙")],
            ["“首席质量官向总经理报告甲”", "“首席质量官向总经理报告乙”"],
        ),
        ([block("body", "同文")] * 3, ["“同文”", "“同文”（第2处）", "“同文”（第3处）"]),
    ],
)  # fmt: skip
def test_a_place_is_told_by_printed_numbers_and_first_words(
    blocks: list[Block], wanted: list[str]
) -> None:
    assert places(blocks, WORDS) == wanted


@settings(max_examples=100)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["heading1", "item", "body", "caption", "article"]),
            st.text("甲乙丙\n", min_size=1, max_size=200),
            st.sampled_from(["", "一、", "1."]),
        ),
        max_size=12,
    )
)
def test_no_two_paragraphs_have_one_place(drawn: list[tuple[str, str, str]]) -> None:
    told = places([block(*each) for each in drawn], WORDS)
    assert len(set(told)) == len(told)


def test_a_block_tells_the_number_it_begins_with() -> None:
    for document in papers_of(make_plan()).values():
        assert all(b.text.startswith(b.number) for b in document.blocks)

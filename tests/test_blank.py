"""Blank papers: clean, locked but for their places, and read back without a wrong answer."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from cases import REPORTS, nested, workspace
from conftest import Called
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from office import resaved

from cqo_docs import generation
from cqo_docs.answers.questions import questions
from cqo_docs.answers.raw import RawAnswers
from cqo_docs.answers.types import parse_number
from cqo_docs.base.errors import CqoError, Problem
from cqo_docs.forms import read_answers_data
from cqo_docs.forms.blank.files import blank_files, write_blanks
from cqo_docs.forms.blank.slots import (
    FREE,
    MOST_ROWS,
    PROPERTY,
    SIGNS,
    TEXTS_PROPERTY,
    Blanks,
    Slot,
    Slots,
    compose_blanks,
    default_of,
    name_of_place,
)
from cqo_docs.forms.word.form import LONGEST_NAME
from cqo_docs.papers.view import CAPITALS, cite
from cqo_docs.questions.fields import ADOPT, lay_out
from cqo_docs.questions.written import understood

ROOT = Path(__file__).resolve().parent.parent
CHECKER = ROOT.parent / "shared" / "tools" / "ooxml_check.py"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
W14 = "http://schemas.microsoft.com/office/word/2010/wordml"
DOCUMENT, CUSTOM, SETTINGS = "word/document.xml", "docProps/custom.xml", "word/settings.xml"
NEUTRAL = ""
KINDS = (NEUTRAL, *(s.id for s in workspace().library.standards))

Element = etree._Element


# ---------------------------------------------------------------- all blanks, made once


@cache
def slots() -> Slots:
    ws = workspace()
    return Slots(lay_out(ws.library, ws.wording), ws.library)


@cache
def blanks(kind: str) -> Mapping[str, bytes]:
    """The bytes of every blank paper of one kind, by file name."""
    ws = workspace()
    standard = ws.library.find_standard(kind) if kind else None
    return dict(blank_files(ws.library, ws.wording, ws.renderer, standard))


@cache
def composed(kind: str) -> Blanks:
    ws = workspace()
    return compose_blanks(ws.library, ws.wording, ws.library.find_standard(kind) if kind else None)


def blank(head: str, kind: str = NEUTRAL) -> bytes:
    """The blank whose file name begins so, the Word one unless the end is named too."""
    start, _, end = head.partition("*")
    names = [n for n in blanks(kind) if n.startswith(start) and n.endswith(end or ".docx")]
    return blanks(kind)[names[0]]


def every(suffix: str) -> Iterator[tuple[str, str, bytes]]:
    for kind in KINDS:
        for name, data in blanks(kind).items():
            if name.endswith(suffix):
                yield kind, name, data


def w(tag: str) -> str:
    return f"{{{W}}}{tag}"


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return stream.getvalue()


def words(element: Element) -> str:
    return "".join(t.text or "" for t in element.iter(w("t")))


class Doc:
    """A blank on somebody's desk."""

    def __init__(self, data: bytes) -> None:
        self.parts = parts_of(data)
        self.root = etree.fromstring(self.parts[DOCUMENT])

    def saved(self) -> bytes:
        tree = etree.tostring(self.root, xml_declaration=True, encoding="UTF-8", standalone=True)
        return packed({**self.parts, DOCUMENT: tree})

    @property
    def all(self) -> list[Element]:
        return list(self.root.iter(w("sdt")))

    def tag(self, control: Element) -> str:
        found = control.find(f"{w('sdtPr')}/{w('tag')}")
        return str(found.get(w("val"))) if found is not None else ""

    def controls(self, tag: str) -> list[Element]:
        return [control for control in self.all if self.tag(control) == tag]

    def paragraph(self, control: Element) -> Element:
        return next(control.iterancestors(w("p")))

    def fill(self, tag: str, text: str) -> None:
        """Put a text into every control of an answer: the prompt and its look go."""
        for control in self.controls(tag):
            self.put(control, text)

    def put(self, control: Element, text: str) -> None:
        for mark in control.findall(f"{w('sdtPr')}/{w('showingPlcHdr')}"):
            mark.getparent().remove(mark)
        content = control.find(w("sdtContent"))
        looks = content.find(f"{w('r')}/{w('rPr')}")
        for child in list(content):
            content.remove(child)
        run = etree.SubElement(content, w("r"))
        if looks is not None:
            for style in looks.findall(w("rStyle")):
                looks.remove(style)
            run.append(looks)
        for number, line in enumerate(text.split("\n")):
            if number:
                etree.SubElement(run, w("br"))
            piece = etree.SubElement(run, w("t"))
            piece.text = line
            piece.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


def read(data: bytes, name: str = "文书.docx") -> RawAnswers:
    """What a blank says, read as every command reads it."""
    folder = Path(read_folder())
    path = folder / name
    path.write_bytes(data)
    ws = workspace()
    return read_answers_data(path, ws.library, ws.wording)


@cache
def read_folder() -> str:
    import atexit
    import tempfile

    folder = tempfile.mkdtemp(prefix="blank-tests-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def flat(data: Any, path: str = "") -> dict[str, Any]:
    """Nested answers by path; empty groups are nothing."""
    if isinstance(data, dict):
        return {
            p: v
            for name, inner in data.items()
            for p, v in flat(inner, f"{path}.{name}" if path else name).items()
        }
    if isinstance(data, list) and data and isinstance(data[0], dict):
        return {
            p: v for n, inner in enumerate(data) for p, v in flat(inner, f"{path}[{n}]").items()
        }
    return {path: data}


def answers(data: RawAnswers) -> dict[str, Any]:
    return {p: v for p, v in flat(data.data).items() if p}


def codes(data: RawAnswers) -> set[str]:
    return {fault.code for fault in data.faults}


def sentences(found: Sequence[Problem]) -> str:
    return "\n".join(workspace().wording.problem(fault) for fault in found)


# ---------------------------------------------------------------- what is written


def test_every_paper_but_the_reports_has_a_blank() -> None:
    ws = workspace()
    wanted = {
        (p.number, kind)
        for p in ws.library.papers
        if p.id not in REPORTS
        for kind in p.formats
        if kind != "ics"  # a calendar is nothing to fill in
    }
    for kind in KINDS:
        assert {(int(n[:2]), n.rpartition(".")[2]) for n in blanks(kind)} == wanted


def test_equal_blanks_are_equal_files() -> None:
    ws = workspace()
    again = dict(blank_files(ws.library, ws.wording, ws.renderer, None))
    assert again == blanks(NEUTRAL)


@pytest.mark.parametrize("kind", KINDS)
def test_the_blanks_are_clean(kind: str, tmp_path: Path) -> None:
    if not CHECKER.exists():
        pytest.skip("needs the checker of Office files")
    for name, data in blanks(kind).items():
        (tmp_path / name).write_bytes(data)
    found = subprocess.run(
        [sys.executable, CHECKER, tmp_path], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout
    assert "warning" not in found.stdout


def test_no_sign_no_tag_no_english_id_is_left_in_any_part() -> None:
    ids = {q.path for q in questions()} | {s.id for s in workspace().library.standards}
    ids |= {option for q in questions() for option in q.options if not option.isdigit()}
    for kind, name, data in every(""):
        for part, text in parts_of(data).items():
            plain = text.decode("utf-8", "replace")
            assert not SIGNS.search(plain), (kind, name, part)
            assert "{{" not in plain
            assert "{%" not in plain
        if name.endswith(".docx"):
            root = etree.fromstring(parts_of(data)[DOCUMENT])
            seen = {t.text for t in root.iter(w("t"))}
            seen |= {a.get(w("val")) for a in root.iter(w("alias"))}
            seen |= {i.get(w("displayText")) for i in root.iter(w("listItem"))}
            assert not seen & ids, (kind, name)


def test_only_the_places_can_be_filled_in() -> None:
    for _, _, data in every(".docx"):
        root = etree.fromstring(parts_of(data)[SETTINGS])
        (lock,) = root.iter(w("documentProtection"))
        assert (lock.get(w("edit")), lock.get(w("enforcement"))) == ("forms", "1")
        assert not {a for a in lock.attrib if "hash" in a.lower() or "salt" in a.lower()}
    for _, _, data in every(".xlsx"):
        book = openpyxl.load_workbook(io.BytesIO(data))
        assert all(sheet.protection.sheet for sheet in book.worksheets)
        assert not any(sheet.protection.password for sheet in book.worksheets)


def test_controls_stand_inside_paragraphs_each_in_its_bookmark() -> None:
    for kind, name, data in every(".docx"):
        doc = Doc(data)
        ids, names = [], []
        for control in doc.all:
            assert control.getparent().tag == w("p")
            before, after = control.getprevious(), control.getnext()
            assert before.tag == w("bookmarkStart")
            assert after.tag == w("bookmarkEnd")
            assert before.get(w("id")) == after.get(w("id"))
            tag = doc.tag(control)
            assert len(tag) <= LONGEST_NAME
            assert slots().tagged(tag) is not None, (kind, name, tag)
            assert slots().named(before.get(w("name"))).tag == tag
            ids.append(control.find(f"{w('sdtPr')}/{w('id')}").get(w("val")))
            names.append(before.get(w("name")))
            # LibreOffice 7.4 repeats the text of plain ones.
            assert control.find(f"{w('sdtPr')}/{w('text')}") is None
        assert ids, name
        assert len(set(ids)) == len(ids)
        assert len(set(names)) == len(names)
        assert max(map(len, names)) <= 40


def test_a_prompt_looks_like_one_and_a_value_does_not() -> None:
    for _, _, data in every(".docx"):
        doc = Doc(data)
        for control in doc.all:
            prompts = control.find(f"{w('sdtPr')}/{w('showingPlcHdr')}") is not None
            styles = {s.get(w("val")) for s in control.iter(w("rStyle"))}
            assert prompts == ("PlaceholderText" in styles)
            assert words(control)
        styles = etree.fromstring(doc.parts["word/styles.xml"])
        assert [s for s in styles if s.get(w("styleId")) == "PlaceholderText"]


def test_choices_and_days_have_controls_of_their_kind() -> None:
    for _, _, data in every(".docx"):
        doc = Doc(data)
        for control in doc.all:
            own = slots().tagged(doc.tag(control)).field
            look = control.find(w("sdtPr"))
            listed = [i.get(w("displayText")) for i in look.iter(w("listItem"))]
            if own is None:
                assert not listed
                box = look.find(f"{{{W14}}}checkbox")
                assert (box is not None) == (words(control) in {"□", "☐"})
                continue
            assert listed == [choice.label for choice in own.choices]
            assert len(set(listed)) == len(listed)
            assert (look.find(w("date")) is not None) == (own.kind == "date")


def without_places(context: Any) -> Any:
    """What a template is filled with, the places left out."""
    if isinstance(context, Mapping):
        return {name: without_places(value) for name, value in context.items()}
    if isinstance(context, (list, tuple)):
        return [without_places(value) for value in context]
    # A place keeps its paragraph where nothing else stands in it.
    return SIGNS.sub("\u2060", context) if isinstance(context, str) else context


@pytest.mark.parametrize("kind", KINDS)
def test_what_stands_outside_the_places_is_the_clean_paper(kind: str) -> None:
    ws = workspace()

    def plain(data: bytes) -> str:
        root = etree.fromstring(parts_of(data)[DOCUMENT])
        for control in list(root.iter(w("sdt"))):
            control.getparent().remove(control)
        return re.sub("[\\s\u2060□☐＿]|年月日", "", re.sub(r"\s", "", words(root)))

    for document in composed(kind).documents:
        if "docx" not in document.contexts:
            continue
        clean = document._replace(contexts={"docx": without_places(document.contexts["docx"])})
        name = f"{document.number:02d}-{document.file}.docx"
        assert plain(ws.renderer(clean, "docx")) == plain(blanks(kind)[name]), name


def test_a_neutral_blank_names_no_standard_where_one_chooses() -> None:
    cited = [cite(s, workspace().wording) for s in workspace().library.standards]
    for name, data in blanks(NEUTRAL).items():
        if name.endswith(".docx"):
            doc = Doc(data)
            chosen = doc.controls(ADOPT)
            for control in doc.all:
                control.getparent().remove(control)
            # The paper on the planning lists what is in force nationwide, one row each.
            listed = name.startswith("14-")
            assert listed or not chosen or not [c for c in cited if c in words(doc.root)], name


def test_a_blank_under_a_standard_cites_it_and_asks_for_none() -> None:
    for standard in workspace().library.standards:
        texts = ""
        for name, data in blanks(standard.id).items():
            if name.endswith(".docx"):
                doc = Doc(data)
                assert not doc.controls(ADOPT), name
                texts += words(doc.root)
        assert cite(standard, workspace().wording) in texts


def test_names_of_places_tell_all_paths_apart() -> None:
    own = slots()
    tags = {f"{path}#{CAPITALS}" for path in own.paths} | own.paths | {FREE}
    assert {own.by_name[name_of_place(tag, 7).split("_")[1]] for tag in tags} == tags


def test_no_list_on_a_blank_is_longer_than_what_is_read() -> None:
    for kind in KINDS:
        numbers = [int(n) for p in composed(kind).places.values()
                   for n in re.findall(r"\[(\d+)\]", p.path)]  # fmt: skip
        assert max(numbers) < MOST_ROWS
        rows = {p.path for p in composed(kind).places.values()}
        assert {"fund.items[7].name", "assessment.indicators[7].name"} <= rows


# ---------------------------------------------------------------- Excel


def named(book: Any) -> dict[str, tuple[Slot, Any]]:
    """The cells of answers by tag, with what is asked in them."""
    found = {}
    for name, own in book.defined_names.items():
        slot = slots().named(name)
        if slot is not None:
            sheet, ref = next(iter(own.destinations))
            found[slot.tag] = (slot, book[sheet][ref.replace("$", "")])
    return found


def test_cells_of_answers_are_open_and_all_others_locked_that_were() -> None:
    ws = workspace()
    for kind in KINDS:
        for document in composed(kind).documents:
            if "xlsx" not in document.contexts:
                continue
            data = blanks(kind)[f"{document.number:02d}-{document.file}.xlsx"]
            book = openpyxl.load_workbook(io.BytesIO(data))
            answers_at = {(cell.parent.title, cell.coordinate) for _, cell in named(book).values()}
            assert answers_at
            template = openpyxl.load_workbook(ws.renderer.folder / f"{document.id}.xlsx")
            inputs = {look for look in template.named_styles if look.startswith("录入")}
            for sheet in book.worksheets:
                for row in sheet.iter_rows():
                    for cell in row:
                        at = (sheet.title, cell.coordinate)
                        if at in answers_at:
                            assert not cell.protection.locked, at
                            assert cell.data_type != "f", at
                        elif not cell.protection.locked and at not in merged_into(sheet, at[1]):
                            assert cell.style in inputs or is_free(cell), at


def merged_into(sheet: Any, ref: str) -> set[tuple[str, str]]:
    """The cells of merged areas but their first ones."""
    return {
        (sheet.title, f"{openpyxl.utils.get_column_letter(c)}{r}")
        for area in sheet.merged_cells.ranges
        for r, c in area.cells
        if (r, c) != (area.min_row, area.min_col)
    }


def is_free(cell: Any) -> bool:
    return cell.data_type != "f"


def test_formulas_are_alive_and_their_values_those_of_what_is_shown() -> None:
    book = openpyxl.load_workbook(io.BytesIO(blank("05*.xlsx")))
    values = openpyxl.load_workbook(io.BytesIO(blank("05*.xlsx")), data_only=True)
    live = [c for s in book.worksheets for row in s.iter_rows() for c in row if c.data_type == "f"]
    assert len(live) > 20
    form, shown = book["考核结果"], values["考核结果"]
    assert str(form["A2"].value).startswith('="单位："&')
    assert "企业名称" in shown["A2"].value
    sheet, ref = next(iter(values.defined_names["指标权重核对"].destinations))
    assert values[sheet][ref.replace("$", "")].value == "合计为100"
    assert not any("#" in str(values[c.parent.title][c.coordinate].value or "") for c in live)


def test_an_answer_given_once_is_followed_by_every_sheet() -> None:
    book = openpyxl.load_workbook(io.BytesIO(blank("06*.xlsx")))
    cells = named(book)
    tags = [slots().named(name).tag for name in book.defined_names if slots().named(name)]
    assert len(set(tags)) == len(tags)
    place = cells["fund.items[0].name"][1]
    assert book["执行表"]["B5"].value == f"='{place.parent.title}'!$C${place.row}&\"\""
    year = cells["fund.year"][1]
    assert f"'{year.parent.title}'!$F$2" in book["预算表"]["A1"].value


def test_choices_of_cells_can_be_chosen() -> None:
    book = openpyxl.load_workbook(io.BytesIO(blank("05*.xlsx")))
    cell = named(book)["assessment.cycle"][1]
    rules = cell.parent.data_validations.dataValidation
    assert [r.formula1 for r in rules if cell.coordinate in r.sqref] == ['"年度,半年度,季度"']


def test_charts_and_names_of_the_paper_are_kept() -> None:
    parts = parts_of(blank("06*.xlsx"))
    assert len([name for name in parts if name.startswith("xl/charts/chart")]) == 2
    book = openpyxl.load_workbook(io.BytesIO(blank("06*.xlsx")))
    assert "预算合计" in book.defined_names


# ---------------------------------------------------------------- filling in and reading back

NAMES = st.one_of(
    st.sampled_from(["A & B <有限>公司", "=1+1", "“质量”部", "{{ x }}", "../甲", "㈱工厂", "无"]),
    st.text("质量部检测中心山西AZ012（）().一二", min_size=1, max_size=12).map(
        lambda text: text.strip() or "甲"
    ),
)
FIGURES = st.sampled_from(["1", "7", "25", "120000.5", "0.01", "2,345.60", "２０"])
DAYS = st.sampled_from(["2026-11-08", "2026年11月8日", "2026/11/8", "二〇二六年十一月八日"])


def value_for(draw: st.DrawFn, slot: Slot) -> str:
    """A text that a person may write into a place."""
    own = slot.field
    assert own is not None
    if own.choices:
        return draw(st.sampled_from([choice.label for choice in own.choices]))
    if own.kind == "list":
        return "；".join(draw(st.lists(NAMES, min_size=2, max_size=4, unique=True)))
    return draw({"date": DAYS, "number": FIGURES}.get(own.kind, NAMES))


def expected(own_values: Mapping[str, Any], given: Mapping[str, str], kind: str) -> dict[str, Any]:
    """What should be read: `own_values` is what the blank shows itself, `given` what is filled."""
    found: dict[str, Any] = {ADOPT: [kind]} if kind else {}
    for tag, text in given.items():
        slot = slots().tagged(tag)
        assert slot is not None
        value = understood(slot.field, text)
        if slot.way or (not slot.in_list and same(slot, value, own_values.get(tag))):
            continue
        found[tag] = value
    return found


def same(slot: Slot, one: Any, other: Any) -> bool:
    return other is not None and default_of(slot, one) == default_of(slot, other)


def gathered(found: Mapping[str, Any]) -> dict[str, Any]:
    """Lists of texts and quarters as one value each, as they are read."""
    result: dict[str, Any] = {}
    for path, value in found.items():
        head, _, number = path.rpartition("[")
        if path.endswith("]"):
            result.setdefault(head, []).append((int(number[:-1]), value))
        else:
            result[path] = value
    return {
        p: [x for _, x in sorted(v)] if isinstance(v, list) and v and isinstance(v[0], tuple) else v
        for p, v in result.items()
    }


WORD_BLANKS = [(kind, name) for kind, name, _ in every(".docx")]
BOOK_BLANKS = [(kind, name) for kind, name, _ in every(".xlsx")]


@st.composite
def filled_word(draw: st.DrawFn) -> tuple[bytes, dict[str, Any]]:
    """A blank with every place filled in, and what should be read from it."""
    kind, name = draw(st.sampled_from(WORD_BLANKS))
    doc = Doc(blanks(kind)[name])
    tags = dict.fromkeys(tag for c in doc.all if (tag := doc.tag(c)) != FREE)
    own, filled = {}, {}
    for tag in tags:
        slot = slots().tagged(tag)
        assert slot is not None
        assert slot.field is not None
        if slot.way:
            continue
        first = doc.controls(tag)[0]
        if first.find(f"{w('sdtPr')}/{w('showingPlcHdr')}") is None:
            own[tag] = understood(slot.field, words(first))
        filled[tag] = value_for(draw, slot)
        doc.fill(tag, filled[tag])
    return doc.saved(), gathered(expected(own, filled, kind))


def check_filled(case: tuple[bytes, dict[str, Any]]) -> None:
    data, wanted = case
    found = read(data)
    assert not found.faults, sentences(found.faults)
    assert answers(found) == wanted


@given(filled_word())
@settings(max_examples=50)
def test_what_is_filled_into_word_comes_back(case: tuple[bytes, dict[str, Any]]) -> None:
    check_filled(case)


@pytest.mark.slow
@given(filled_word())
@settings(max_examples=300)
def test_what_is_filled_into_word_comes_back_many(case: tuple[bytes, dict[str, Any]]) -> None:
    check_filled(case)


@st.composite
def filled_book(draw: st.DrawFn) -> tuple[bytes, dict[str, Any]]:
    kind, name = draw(st.sampled_from(BOOK_BLANKS))
    book = openpyxl.load_workbook(io.BytesIO(blanks(kind)[name]))
    own, filled = {}, {}
    for tag, (slot, cell) in named(book).items():
        assert slot.field is not None
        if slot.way:
            continue
        shown = str(cell.value) if cell.value is not None else ""
        if shown and shown not in slots().prompts(slot):
            own[tag] = understood(slot.field, shown)
        filled[tag] = value_for(draw, slot)
        cell.value = filled[tag]
        if slot.field.kind == "number" and draw(st.booleans()):
            cell.value = Decimal(parse_number(filled[tag]))
        elif isinstance(cell.value, str):
            cell.data_type = "s"
    stream = io.BytesIO()
    book.save(stream)
    wanted = gathered(expected(own, filled, kind))
    for number in range(MOST_ROWS):
        # The workbook sums the quarters itself.
        parts = wanted.get(f"fund.items[{number}].quarters")
        if parts is not None:
            total = sum((parse_number(p) for p in parts), Decimal(0))
            wanted[f"fund.items[{number}].amount"] = f"{total:f}"
    return stream.getvalue(), wanted


def check_book(case: tuple[bytes, dict[str, Any]]) -> None:
    data, wanted = case
    found = read(data, "文书.xlsx")
    assert not found.faults, sentences(found.faults)
    assert plain_figures(answers(found)) == plain_figures(wanted)


def plain_figures(found: Mapping[str, Any]) -> dict[str, Any]:
    """Figures of a cell have no thousands separators any more."""

    def plain(value: Any) -> Any:
        if isinstance(value, list):
            return [plain(item) for item in value]
        try:
            return parse_number(value).normalize()
        except ValueError:
            return value

    return {path: plain(value) for path, value in found.items()}


@given(filled_book())
@settings(max_examples=50)
def test_what_is_filled_into_excel_comes_back(case: tuple[bytes, dict[str, Any]]) -> None:
    check_book(case)


@pytest.mark.slow
@given(filled_book())
@settings(max_examples=300)
def test_what_is_filled_into_excel_comes_back_many(case: tuple[bytes, dict[str, Any]]) -> None:
    check_book(case)


def test_an_untouched_blank_answers_nothing() -> None:
    for kind, name, data in every(""):
        found = read(data, f"文书.{name.rpartition('.')[2]}")
        assert not found.faults, (kind, name, sentences(found.faults))
        assert answers(found) == ({ADOPT: [kind]} if kind else {}), (kind, name)


# ---------------------------------------------------------------- what lists and places mean


def test_a_list_whose_lines_nobody_touched_is_not_answered_but_one_change_takes_it_whole() -> None:
    doc = Doc(blank("05"))
    doc.fill("assessment.indicators[2].weight", "9")
    found = answers(read(doc.saved()))
    rows = {path.partition("]")[0] for path in found if path.startswith("assessment.indicators[")}
    printed = [c for c in doc.all if doc.tag(c).endswith("].name")]
    assert len(rows) == len(printed)
    assert found["assessment.indicators[2].weight"] == "9"
    assert found["assessment.indicators[0].name"] == words(printed[0])


def test_lines_of_the_budget_that_nobody_gave_a_sum_are_no_items() -> None:
    doc = Doc(blank("06"))
    for line, amount in ((0, "36,000.00"), (4, "1200")):
        doc.fill(f"fund.items[{line}].amount", amount)
    found = answers(read(doc.saved()))
    assert found["fund.items[0].amount"] == "36,000.00"
    assert found["fund.items[1].amount"] == "1200"
    assert found["fund.items[1].group"] == "improvement"
    assert not [path for path in found if path.startswith("fund.items[2]")]


def test_an_emptied_line_is_taken_out_of_its_list() -> None:
    doc = Doc(blank("05"))
    kept = words(doc.controls("assessment.indicators[0].name")[0])
    for name in ("name", "target", "evidence", "scoring", "weight"):
        doc.fill(f"assessment.indicators[1].{name}", "")
    found = answers(read(doc.saved()))
    assert found["assessment.indicators[0].name"] == kept
    names = [v for p, v in found.items() if p.endswith("].name")]
    assert len(names) == len([c for c in doc.all if doc.tag(c).endswith("].name")]) - 1


def test_a_line_cut_out_of_a_table_is_taken_out_of_its_list() -> None:
    doc = Doc(blank("05"))
    row = next(doc.controls("assessment.indicators[8].name")[0].iterancestors(w("tr")))
    row.getparent().remove(row)
    found = answers(read(doc.saved()))
    assert len([p for p in found if p.endswith("].name")]) == 8


def test_four_quarters_make_a_sum() -> None:
    doc = Doc(blank("06"))
    for quarter, amount in enumerate(("100.5", "200", "300", "0.25")):
        doc.fill(f"fund.items[0].quarters[{quarter}]", amount)
    found = answers(read(doc.saved()))
    assert found["fund.items[0].quarters"] == ["100.5", "200", "300", "0.25"]
    assert found["fund.items[0].amount"] == "600.75"


def test_a_quarter_left_out_of_the_workbook_is_nothing_as_the_workbook_counts_it() -> None:
    book = openpyxl.load_workbook(io.BytesIO(blank("06*.xlsx")))
    named(book)["fund.items[3].quarters[1]"][1].value = 9000
    found = answers(read(book_bytes(book), "文书.xlsx"))
    assert found["fund.items[0].quarters"] == ["0", "9000", "0", "0"]
    assert found["fund.items[0].amount"] == "9000"


def book_bytes(book: Any) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_capitals_say_what_the_figures_say_or_are_refused() -> None:
    total, words_of = "fund.total", f"fund.total#{CAPITALS}"
    doc = Doc(blank("06"))
    doc.fill(total, "120000.50")
    doc.fill(words_of, "人民币壹拾贰万元伍角")
    assert answers(read(doc.saved())) == {"fund.total": "120000.50"}
    doc.fill(words_of, "人民币壹拾贰万元整")
    assert codes(read(doc.saved())) == {"blank.capitals"}
    doc = Doc(blank("06"))
    doc.fill(words_of, "人民币壹拾贰万元整")
    assert codes(read(doc.saved())) == {"blank.capitals-alone"}


def test_several_standards_may_be_written_where_one_can_be_chosen() -> None:
    first, second = (cite(s, workspace().wording) for s in workspace().library.standards[:2])
    doc = Doc(blank("03"))
    doc.fill(ADOPT, f"{first}、{second}")
    wanted = [s.id for s in workspace().library.standards[:2]]
    assert answers(read(doc.saved())) == {ADOPT: wanted}


def test_a_place_filled_once_answers_for_those_left_open() -> None:
    doc = Doc(blank("03"))
    doc.put(doc.controls("candidate.name")[1], "陈思远")
    assert answers(read(doc.saved())) == {"candidate.name": "陈思远"}


def test_what_is_written_by_hand_on_screen_is_no_answer() -> None:
    doc = Doc(blank("05"))
    for control in doc.controls(FREE):
        doc.put(control, "谈话记录：甲\n乙")
    found = read(doc.saved())
    assert not found.faults
    assert answers(found) == {}


# ---------------------------------------------------------------- hostile values

HOSTILE = (
    "A & B <有限>公司", "<w:p/>", "{{ company.name }}", "{% if x %}", "=1+1", "../../etc",
    "甲\u202e乙", "\ue000\ue001", "]]>", "&amp;", "'; DROP TABLE", "甲" * 3000, "＜＞", "a_x0041_b",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_value_comes_back_as_it_is(text: str) -> None:
    doc = Doc(blank("03"))
    doc.fill("company.name", text)
    assert answers(read(doc.saved())) == {"company.name": text}


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_value_comes_back_from_a_cell(text: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(blank("05*.xlsx")))
    cell = named(book)["candidate.name"][1]
    cell.value = text
    cell.data_type = "s"
    found = answers(read(book_bytes(book), "文书.xlsx"))
    assert found in ({"candidate.name": text}, {"candidate.name": text.replace("_x0041_", "A")})


# ---------------------------------------------------------------- what may happen to a blank

FILLED: Mapping[str, str] = {
    "company.name": "渝州精工机械有限公司",
    "company.credit_code": "91000000MA00000157",
    "company.legal_representative": "周正平",
    "candidate.name": "陈思远",
    "appointment.decision_date": "2026年11月9日",
    "appointment.start": "2026年11月16日",
    "appointment.end": "2029年11月15日",
    "appointment.authorization_number": "渝精授〔2026〕3号",
    "appointment.reports_to": "董事长",
}
WANTED: Mapping[str, str] = {
    **{
        path: text
        for path, text in FILLED.items()
        if not re.match(r".*(_date|start|end|to)$", path)
    },
    "appointment.decision_date": "2026年11月9日",
    "appointment.start": "2026年11月16日",
    "appointment.end": "2029年11月15日",
    "appointment.reports_to": "chairman",
}
NAME, DAY = "candidate.name", "appointment.decision_date"


def filled_doc() -> Doc:
    doc = Doc(blank("03"))
    for tag, text in FILLED.items():
        assert doc.controls(tag), tag
        doc.fill(tag, text)
    return doc


def first(doc: Doc, tag: str = NAME) -> Element:
    return doc.controls(tag)[0]


def take_out(element: Element) -> None:
    element.getparent().remove(element)


def bookmarks(control: Element) -> tuple[Element, Element]:
    return control.getprevious(), control.getnext()


def typed(text: str) -> Element:
    run = etree.Element(w("r"))
    piece = etree.SubElement(run, w("t"))
    piece.text = text
    return run


def unwrap(control: Element) -> None:
    for child in list(control.find(w("sdtContent"))):
        control.addprevious(child)
    take_out(control)


def drop_tags(doc: Doc) -> None:
    for mark in list(doc.root.iter(w("tag"), w("alias"), w("id"), w("lock"))):
        if mark.getparent().tag == w("sdtPr"):
            take_out(mark)


def drop_bookmarks(doc: Doc) -> None:
    for mark in list(doc.root.iter(w("bookmarkStart"), w("bookmarkEnd"))):
        take_out(mark)


def drop_tags_and_bookmarks(doc: Doc) -> None:
    drop_tags(doc)
    drop_bookmarks(doc)


def drop_controls(doc: Doc) -> None:
    for control in doc.all:
        unwrap(control)


def nest(doc: Doc) -> None:
    """What LibreOffice 7.4 makes of two controls side by side."""
    drop_tags(doc)
    control = next(c for c in doc.all if c.getnext().getnext() is not None
                   and c.getnext().getnext().tag == w("bookmarkStart"))  # fmt: skip
    end, start, other, last = (c := control.getnext()), c.getnext(), None, None
    other = start.getnext()
    last = other.getnext()
    inside = control.find(w("sdtContent"))
    inside.append(start)
    inside.append(end)
    unwrap_into = list(other.find(w("sdtContent")))
    inside.extend(unwrap_into)
    inside.append(last)
    take_out(other)


def set_day(doc: Doc, text: str) -> None:
    doc.fill(DAY, text)


def full_date(doc: Doc) -> None:
    doc.fill(DAY, "9/11/2026")
    for control in doc.controls(DAY):
        control.find(f"{w('sdtPr')}/{w('date')}").set(w("fullDate"), "2026-11-09T00:00:00Z")


def half_prompt(doc: Doc) -> None:
    doc.fill(NAME, "＿＿陈思远＿（姓名）")


def prompt_behind(doc: Doc) -> None:
    doc.fill("company.credit_code", "91000000MA00000157点此填写")


def beside(doc: Doc) -> None:
    first(doc).getnext().addnext(typed("先生"))


def beside_inside(doc: Doc) -> None:
    """Between a control and the end of its bookmark."""
    first(doc).addnext(typed("先生"))


def two_values(doc: Doc) -> None:
    doc.put(doc.controls(NAME)[1], "陈思源")


def wrong_tag(doc: Doc) -> None:
    first(doc).find(f"{w('sdtPr')}/{w('tag')}").set(w("val"), "company.name")


def strange_tag(doc: Doc) -> None:
    for control in doc.controls(NAME):
        control.find(f"{w('sdtPr')}/{w('tag')}").set(w("val"), "Text1")


def strange_both(doc: Doc) -> None:
    for control in doc.controls(NAME):
        bookmarks(control)[0].set(w("name"), "Text1")
        control.find(f"{w('sdtPr')}/{w('tag')}").set(w("val"), "Text1")


def swap(doc: Doc) -> None:
    """The whole place of one answer moved into the place of another."""
    one, other = first(doc, "company.name"), first(doc, "company.legal_representative")
    marks = [bookmarks(one), bookmarks(other)]
    a, b = doc.paragraph(one), doc.paragraph(other)
    for element in (marks[0][0], one, marks[0][1]):
        b.append(element)
    for element in (marks[1][0], other, marks[1][1]):
        a.append(element)


def deleted_control(doc: Doc) -> None:
    for control in doc.controls("appointment.end"):
        for mark in bookmarks(control):
            take_out(mark)
        take_out(control)


def deleted_paragraph(doc: Doc) -> None:
    take_out(doc.paragraph(doc.controls("appointment.end")[0]))


def own_words(doc: Doc) -> None:
    paragraph = next(p for p in doc.root.iter(w("p")) if "授权同时终止" in words(p))
    list(paragraph.iter(w("t")))[-1].text = "止；解聘的，授权即行终止。"


def copied_control(doc: Doc) -> None:
    """Copying keeps the tag; the program renames the bookmark."""
    import copy

    again = copy.deepcopy(first(doc))
    doc.controls("company.legal_representative")[0].getprevious().addprevious(again)


def vanished_text(doc: Doc) -> None:
    for run in first(doc).iter(w("r")):
        looks = run.find(w("rPr"))
        if looks is None:
            looks = etree.Element(w("rPr"))
            run.insert(0, looks)
        etree.SubElement(looks, w("vanish"))


def tracked(doc: Doc) -> None:
    """A revision that was not accepted yet."""
    content = first(doc).find(w("sdtContent"))
    run = content.find(w("r"))
    gone = etree.SubElement(content, w("del"))
    old = etree.SubElement(etree.SubElement(gone, w("r")), w("delText"))
    old.text = "李衡"
    new = etree.SubElement(content, w("ins"))
    new.append(run)


def split_runs(doc: Doc) -> None:
    content = first(doc).find(w("sdtContent"))
    for child in list(content):
        content.remove(child)
    for piece in ("陈", "思", "远"):
        content.append(typed(piece))


def prompt_style(doc: Doc) -> None:
    """Typed over a prompt in a program that keeps its look, and says nothing of it."""
    for control in doc.controls(NAME):
        for run in control.iter(w("r")):
            looks = run.find(w("rPr"))
            if looks is None:
                looks = etree.Element(w("rPr"))
                run.insert(0, looks)
            looks.insert(0, etree.Element(w("rStyle"), {w("val"): "PlaceholderText"}))


def prompt_kept(doc: Doc) -> None:
    prompt_style(doc)
    for control in doc.controls(NAME):
        etree.SubElement(control.find(w("sdtPr")), w("showingPlcHdr"))


def words_prompt(doc: Doc) -> None:
    """Emptied in Word, which then shows a prompt of its own."""
    for control in doc.controls("appointment.end"):
        doc.put(control, "单击或点击此处输入文字。")
        etree.SubElement(control.find(w("sdtPr")), w("showingPlcHdr"))


def line_break(doc: Doc) -> None:
    doc.fill(NAME, "陈思远\n（高级工程师）")


def comment(doc: Doc) -> None:
    mark = etree.Element(w("bookmarkStart"))
    mark.set(w("id"), "9999")
    mark.set(w("name"), "_GoBack")
    doc.paragraph(first(doc)).append(mark)


def properties_gone(doc: Doc) -> None:
    doc.parts[CUSTOM] = re.sub(rb"<property .*</property>", b"", doc.parts[CUSTOM])


def fingerprints_gone(doc: Doc) -> None:
    pattern = rf'<property [^>]*name="{TEXTS_PROPERTY}[^>]*>.*?</property>'.encode()
    doc.parts[CUSTOM] = re.sub(pattern, b"", doc.parts[CUSTOM])


def said_to_be(text: str) -> Callable[[Doc], None]:
    def change(doc: Doc) -> None:
        part = doc.parts[CUSTOM].decode()
        doc.parts[CUSTOM] = re.sub(
            rf'(name="{PROPERTY}"><vt:lpwstr>)[^<]*', rf"\g<1>{text}", part
        ).encode()

    return change


def macros(doc: Doc) -> None:
    doc.parts["word/vbaProject.bin"] = b"x"


RECOVERED, REFUSED = "recovered", "refused"
Damage = tuple[Callable[[Doc], None], str, str]
DAMAGES: Mapping[str, Damage] = {
    "nothing": (lambda doc: None, RECOVERED, ""),
    "tags dropped": (drop_tags, RECOVERED, ""),
    "bookmarks dropped": (drop_bookmarks, RECOVERED, ""),
    "controls dropped, their text kept": (drop_controls, RECOVERED, ""),
    "two controls nested": (nest, RECOVERED, ""),
    "tags and bookmarks dropped": (
        drop_tags_and_bookmarks, REFUSED, "blank.unknown-place",
    ),
    "one tag became that of another": (wrong_tag, REFUSED, "blank.unknown-place"),
    "a tag of another program": (strange_tag, RECOVERED, ""),
    "a tag and a bookmark of another program": (strange_both, REFUSED, "blank.unknown-place"),
    "two different values": (two_values, REFUSED, "blank.differs"),
    "text typed beside a control": (beside, REFUSED, "blank.beside"),
    "text typed between a control and its mark": (beside_inside, REFUSED, "blank.beside"),
    "prompt half deleted": (half_prompt, REFUSED, "form.prompt-left"),
    "prompt left behind the value": (prompt_behind, REFUSED, "form.prompt-left"),
    "a place moved to another": (swap, RECOVERED, ""),
    "a control copied": (copied_control, RECOVERED, ""),
    "a control deleted": (deleted_control, RECOVERED, ""),
    "a paragraph deleted": (deleted_paragraph, RECOVERED, ""),
    "a protected text changed": (own_words, REFUSED, "blank.beside"),
    "date 2026/11/9": (lambda doc: set_day(doc, "2026/11/9"), RECOVERED, ""),
    "full-width date": (lambda doc: set_day(doc, "２０２６年１１月９日"), RECOVERED, ""),
    "date in Chinese words": (lambda doc: set_day(doc, "二〇二六年十一月九日"), RECOVERED, ""),
    "date as eight digits": (lambda doc: set_day(doc, "20261109"), RECOVERED, ""),
    "date chosen, shown in another form": (full_date, RECOVERED, ""),
    "no such date": (lambda doc: set_day(doc, "2026年2月30日"), REFUSED, "answers.no-such-date"),
    "a date half filled": (lambda doc: set_day(doc, "2026年11月＿日"), REFUSED, "form.prompt-left"),
    "a value not among the choices": (
        lambda doc: doc.fill("appointment.reports_to", "厂长"), REFUSED, "answers.literal_error",
    ),
    "a choice by another blank": (
        lambda doc: doc.fill("appointment.reports_to", " 董事长\u3000"), RECOVERED, "",
    ),
    "a hidden value": (vanished_text, RECOVERED, ""),
    "a revision": (tracked, RECOVERED, ""),
    "a value in three runs": (split_runs, RECOVERED, ""),
    "the look of a prompt": (prompt_style, RECOVERED, ""),
    "the look and the mark of a prompt": (prompt_kept, REFUSED, "form.prompt-left"),
    "a prompt of Word's own": (words_prompt, RECOVERED, ""),
    "a value of two lines": (line_break, REFUSED, "form.several-lines"),
    "a bookmark of another program": (comment, RECOVERED, ""),
    "properties gone": (properties_gone, REFUSED, "form.not-a-form"),
    "fingerprints gone": (fingerprints_gone, REFUSED, "blank.unmarked"),
    "an older version": (said_to_be("word 0 zh-Hans authorization -"), REFUSED, "blank.older"),
    "a newer version": (said_to_be("word 2 zh-Hans authorization -"), REFUSED, "blank.newer"),
    "another language": (said_to_be("word 1 en authorization -"), REFUSED, "blank.other-locale"),
    "a standard nobody knows": (
        said_to_be("word 1 zh-Hans authorization gb-1"), REFUSED, "blank.unknown-standard",
    ),
    "macros": (macros, REFUSED, "file.macro-word"),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_recovered_or_refused(name: str) -> None:
    change, outcome, code = DAMAGES[name]
    doc = filled_doc()
    change(doc)
    found, told = outcome_of(doc.saved())
    # Whatever happens: no answer that nobody gave.
    for path, value in found.items():
        if path in WANTED and outcome == RECOVERED:
            assert meaning(path, value) == meaning(path, WANTED[path]), path
    assert set(found) <= set(WANTED)
    assert (outcome == REFUSED) == bool(told), told
    if outcome == REFUSED:
        assert code in told
    elif name not in {"a control deleted", "a paragraph deleted", "a prompt of Word's own"}:
        assert set(found) == set(WANTED)
    else:
        assert set(WANTED) - set(found) <= {"appointment.end", "appointment.start"}


def meaning(path: str, value: Any) -> Any:
    slot = slots().at(path)
    assert slot.field is not None
    if slot.field.kind == "date":
        from cqo_docs.answers.types import parse_date

        return parse_date(understood(slot.field, value))
    return value


def outcome_of(data: bytes, name: str = "文书.docx") -> tuple[dict[str, Any], set[str]]:
    """The raw answers of a file, and the codes of what every command says of it but of gaps."""
    try:
        found = read(data, name)
    except CqoError as error:
        return {}, {fault.code for fault in error.problems}
    told = codes(found)
    try:
        generation.known_answers(Path(read_folder()) / name, workspace())
    except CqoError as error:
        told |= {fault.code for fault in error.problems}
    return answers(found), told


def test_files_that_are_no_blank_any_more_are_refused_in_a_sentence(tmp_path: Path) -> None:
    data = blank("03")
    cases = {
        "截短.docx": data[: len(data) // 2], "空.docx": b"", "图.docx": b"\x89PNG" + data,
        "改名.xlsx": data,
    }  # fmt: skip
    for name, content in cases.items():
        found, told = outcome_of(content, name)
        assert not found
        # What a file is called does not matter.
        assert bool(told) == (name != "改名.xlsx"), name


# ---------------------------------------------------------------- damages to workbooks


def filled_sheet() -> Any:
    book = openpyxl.load_workbook(io.BytesIO(blank("05*.xlsx")))
    cells = named(book)
    cells["company.name"][1].value = "渝州精工机械有限公司"
    cells["candidate.name"][1].value = "陈思远"
    cells["assessment.year"][1].value = 2027
    cells["assessment.cycle"][1].value = "半年度"
    return book


SHEET_WANTED = {
    "company.name": "渝州精工机械有限公司",
    "candidate.name": "陈思远",
    "assessment.year": "2027",
    "assessment.cycle": "half-year",
}


def rename_sheets(book: Any) -> None:
    for number, sheet in enumerate(book.worksheets):
        old, sheet.title = sheet.title, f"表{number}"
        for own in book.defined_names.values():
            own.attr_text = own.attr_text.replace(f"'{old}'!", f"'表{number}'!")


def own_label(book: Any) -> None:
    """Emptied and filled in again with its label, which went when it was empty."""
    named(book)["company.name"][1].value = "单位：渝州精工机械有限公司"


def full_width(book: Any) -> None:
    named(book)["assessment.year"][1].value = " ２０２７ "


def names_gone(book: Any) -> None:
    for name in [n for n in book.defined_names if slots().named(n)]:
        del book.defined_names[name]


def name_lost(book: Any) -> None:
    next(own for n, own in book.defined_names.items()
         if slots().named(n) and slots().named(n).tag == NAME).attr_text = "#REF!"  # fmt: skip


def half_prompt_in_cell(book: Any) -> None:
    named(book)[NAME][1].value = "＿＿陈思远＿＿（姓名）"


def formula(book: Any) -> None:
    named(book)[NAME][1].value = "=A1&A2"


def wrong_choice(book: Any) -> None:
    named(book)["assessment.cycle"][1].value = "每月"


def wrong_year(book: Any) -> None:
    named(book)["assessment.year"][1].value = "明年"


SHEET_DAMAGES: Mapping[str, tuple[Callable[[Any], None], str]] = {
    "nothing": (lambda book: None, ""),
    "sheets renamed": (rename_sheets, ""),
    "label written again": (own_label, ""),
    "full-width digits and blanks": (full_width, ""),
    "a sheet added": (lambda book: book.create_sheet("备忘", 0), ""),
    "a name that leads nowhere": (name_lost, ""),
    "all names gone": (names_gone, ""),
    "prompt half deleted": (half_prompt_in_cell, "form.prompt-left"),
    "a formula nobody calculated": (formula, "answers.cell-formula"),
    "a value not among the choices": (wrong_choice, "answers.literal_error"),
    "a year in words": (wrong_year, "answers.number"),
}


@pytest.mark.parametrize("name", SHEET_DAMAGES)
def test_damage_to_a_workbook_is_recovered_or_refused(name: str) -> None:
    change, code = SHEET_DAMAGES[name]
    book = filled_sheet()
    change(book)
    found, told = outcome_of(book_bytes(book), "文书.xlsx")
    assert ({code} if code else set()) == told
    missing = {"a name that leads nowhere": {NAME}, "all names gone": set(SHEET_WANTED)}
    if not code:
        left = {p: v for p, v in SHEET_WANTED.items() if p not in missing.get(name, ())}
        assert found == left


# ---------------------------------------------------------------- the command


def test_the_command_writes_every_blank_and_says_so(cli_invoke: Callable[..., Called]) -> None:
    called = cli_invoke("blank", "-o", "空白")
    assert called.code == 0, called.err
    assert sorted(p.name for p in Path("空白").iterdir()) == sorted(blanks(NEUTRAL))
    assert all(name in called.out for name in blanks(NEUTRAL))
    # What is there already, untouched, is left where it is.
    assert cli_invoke("blank", "-o", "空白").code == 0


def test_a_filled_blank_is_never_written_over(cli_invoke: Callable[..., Called]) -> None:
    cli_invoke("blank", "-o", "空白")
    mine = Path("空白") / "03-授权书.docx"
    mine.write_bytes(filled_doc().saved())
    before = mine.read_bytes()
    called = cli_invoke("blank", "-o", "空白", "--standard", "db50-t-1696-2024")
    assert called.code == 1
    assert "03-授权书.docx" in called.err
    assert mine.read_bytes() == before
    again = cli_invoke("blank", "-o", "空白")
    assert again.code == 1
    assert again.problems == [called.problems[2]]
    assert not list(Path("空白").glob(".*"))


def test_under_a_standard_named_in_any_way(cli_invoke: Callable[..., Called]) -> None:
    assert cli_invoke("blank", "-o", "甲", "--standard", "DB50/T 1696—2024").code == 0
    written = {p.name: p.read_bytes() for p in Path("甲").iterdir()}
    assert written == blanks("db50-t-1696-2024")


@pytest.mark.parametrize(
    ("name", "guess"),
    [("db50", "db50-t-1696-2024"), ("shanxi-2021-246", "shanxi-2021-264"), ("教程", "gd-textbook"),
     ("@@@@", ""), ("", "")],
)  # fmt: skip
def test_an_unknown_standard_is_told_with_the_near_one(
    name: str, guess: str, cli_invoke: Callable[..., Called]
) -> None:
    called = cli_invoke("blank", "-o", "空白", "--standard", name)
    assert called.code == 1
    assert len(called.problems) == 1
    assert (f"是否为“{guess}" in called.err) if guess else ("是否为" not in called.err)
    assert not Path("空白").exists()


def test_an_output_that_is_a_file_is_refused(cli_invoke: Callable[..., Called]) -> None:
    Path("空白").write_text("甲", encoding="utf-8")
    called = cli_invoke("blank", "-o", "空白")
    assert called.code == 1
    assert "不是文件夹" in called.err
    assert Path("空白").read_text(encoding="utf-8") == "甲"


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    ws = workspace()
    folder = tmp_path / "空白"
    folder.mkdir()
    # Even for one who may write everywhere: a name of ours that is a folder.
    (folder / "03-授权书.docx").mkdir()
    with pytest.raises(CqoError) as refused:
        write_blanks(folder, ws.library, ws.wording, ws.renderer)
    assert [fault.code for fault in refused.value.problems] == ["blank.exists"]
    assert [path.name for path in folder.iterdir()] == ["03-授权书.docx"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a user without all rights")
def test_a_folder_without_rights_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    with pytest.raises(CqoError):
        write_blanks(tmp_path / "空白", *_workspace())


def _workspace() -> tuple[Any, Any, Any]:
    ws = workspace()
    return ws.library, ws.wording, ws.renderer


@pytest.mark.parametrize("failing", [1, 5, 12])
def test_a_disk_that_fills_up_leaves_nothing(
    failing: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0
    replace = Path.replace

    def full(self: Path, target: Path) -> Path:
        nonlocal calls
        calls += 1
        if calls == failing:
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", full)
    if failing > len(blanks(NEUTRAL)):
        write_blanks(tmp_path, *_workspace())
        assert len(list(tmp_path.iterdir())) == len(blanks(NEUTRAL))
        return
    with pytest.raises(CqoError) as refused:
        write_blanks(tmp_path, *_workspace())
    assert "磁盘空间不足" in sentences(refused.value.problems)
    assert not list(tmp_path.iterdir())


# ---------------------------------------------------------------- beside other commands


def put_filled(folder: Path) -> list[Path]:
    """Three blanks of one company, filled in, in Word and Excel."""
    doc = Doc(blank("01", "db50-t-1696-2024"))
    for tag, text in {**FILLED, "appointment.notice_number": "渝精发〔2026〕18号",
                      "appointment.level": "副总经理级"}.items():  # fmt: skip
        doc.fill(tag, text)
    book = openpyxl.load_workbook(io.BytesIO(blank("06*.xlsx", "db50-t-1696-2024")))
    cells = named(book)
    cells["company.name"][1].value = FILLED["company.name"]
    for line in (0, 7):
        for quarter in range(4):
            cells[f"fund.items[{line}].quarters[{quarter}]"][1].value = 2500 * (line + 1)
    paths = [folder / "01.docx", folder / "06.xlsx", folder / "03.docx"]
    contents = [doc.saved(), book_bytes(book), filled_doc().saved()]
    for path, data in zip(paths, contents, strict=True):
        path.write_bytes(data)
    return paths


def test_filled_blanks_and_a_form_merge_into_a_questionnaire_that_makes_a_pack(
    cli_invoke: Callable[..., Called], questionnaire: Callable[..., str], tmp_path: Path
) -> None:
    decision, budget, authorization = put_filled(tmp_path)
    called = cli_invoke("merge", decision, budget, "-o", "一.yaml")
    assert called.code == 0, called.err
    called = cli_invoke("merge", "一.yaml", authorization, "-o", "二.yaml")
    assert called.code == 0, called.err
    rest = {"company.province": "重庆市", "company.industry_code": "C34",
            "company.registration": "112", "company.governance": "board"}  # fmt: skip
    Path("rest.json").write_text(
        json.dumps(nested(dict(rest)), ensure_ascii=False), encoding="utf-8"
    )
    called = cli_invoke("merge", "二.yaml", "rest.json", "-o", "全.yaml")
    assert called.code == 0, called.err
    called = cli_invoke("check", "全.yaml")
    assert called.code == 0, called.err
    file = generation.read_answers(Path("全.yaml"), workspace())
    assert file.answers.fund.items[1].amount == 4 * 20000
    assert file.answers.plan.adopt == ("db50-t-1696-2024",)
    assert file.answers.appointment.level == "deputy"
    assert cli_invoke("generate", "全.yaml", "-o", "output", "--date", "2026-11-21").code == 0


def test_check_of_one_blank_says_what_is_missing_on_it_and_beside_it(
    cli_invoke: Callable[..., Called], tmp_path: Path
) -> None:
    path = tmp_path / "聘任书.docx"
    path.write_bytes(blank("02"))
    called = cli_invoke("check", path)
    assert called.code == 1
    assert "处的“姓名”：必须填写" in called.err
    assert "本份文书未列的“省份”：必须填写" in called.err


def test_two_values_are_told_with_both_places(
    cli_invoke: Callable[..., Called], tmp_path: Path
) -> None:
    doc = filled_doc()
    two_values(doc)
    path = tmp_path / "授权书.docx"
    path.write_bytes(doc.saved())
    called = cli_invoke("plan", path)
    assert called.code == 1
    told = next(line for line in called.problems if "陈思源" in line)
    assert "“被授权人 陈思远（首席质…”处的“姓名”" in told
    assert "填了“陈思源”，请改成一致" in told


def test_a_form_takes_what_a_blank_says(cli_invoke: Callable[..., Called], tmp_path: Path) -> None:
    path = tmp_path / "授权书.docx"
    path.write_bytes(filled_doc().saved())
    assert cli_invoke("form", "-o", "问卷.xlsx", "--prefill", path).code == 0
    found = answers(read_answers_data(Path("问卷.xlsx"), workspace().library, workspace().wording))
    assert found["candidate.name"] == "陈思远"


# ---------------------------------------------------------------- LibreOffice


@pytest.mark.slow
def test_what_libreoffice_saved_is_recovered_or_refused(tmp_path: Path) -> None:
    cases: dict[str, tuple[bytes, dict[str, Any]]] = {}

    @given(filled_word())
    @settings(max_examples=60)
    def collect(case: tuple[bytes, dict[str, Any]]) -> None:
        cases[f"{len(cases):03}.docx"] = case

    collect()
    untouched = {f"空{n:03}.docx": data for n, (_, _, data) in enumerate(every(".docx"))}
    saved = resaved(
        {name: data for name, (data, _) in cases.items()} | untouched, "docx:MS Word 2007 XML"
    )
    refused = 0
    for name, (_, wanted) in cases.items():
        found = read(saved[name], name)
        got, excused = answers(found), {f.values.get("field", "") for f in found.faults}
        refused += bool(found.faults)
        for path, value in got.items():
            assert value == wanted.get(path), (name, path)
        assert not found.faults or excused
        if not found.faults:
            assert got == wanted, name
    assert refused <= len(cases) // 4
    for name in untouched:
        found = read(saved[name], name)
        assert set(answers(found)) <= {ADOPT}, name
        assert not found.faults, sentences(found.faults)
    if CHECKER.exists():
        for name, data in saved.items():
            (tmp_path / name).write_bytes(data)
        told = subprocess.run(
            [sys.executable, CHECKER, tmp_path],
            capture_output=True, text=True, check=False,
        ).stdout  # fmt: skip
        # LibreOffice 7.4 itself puts the first out of its place, and writes the second of any
        # chart; the last is a value of ours.
        its_own = ("documentProtection", "word/charts/", "'{{ x }}'")
        ours = [line for line in told.splitlines()
                if ": error " in line and not any(mark in line for mark in its_own)]  # fmt: skip
        assert not ours, ours


@pytest.mark.slow
def test_workbooks_that_libreoffice_saved_come_back(tmp_path: Path) -> None:
    cases: dict[str, tuple[bytes, dict[str, Any]]] = {}

    @given(filled_book())
    @settings(max_examples=40)
    def collect(case: tuple[bytes, dict[str, Any]]) -> None:
        cases[f"{len(cases):03}.xlsx"] = case

    collect()
    untouched = {f"空{n:03}.xlsx": data for n, (_, _, data) in enumerate(every(".xlsx"))}
    saved = resaved({name: data for name, (data, _) in cases.items()} | untouched, "xlsx")
    for name, (_, wanted) in cases.items():
        found = read(saved[name], name)
        assert not found.faults, sentences(found.faults)
        assert plain_figures(answers(found)) == plain_figures(wanted), name
    for name in untouched:
        found = read(saved[name], name)
        assert not found.faults, sentences(found.faults)
        assert set(answers(found)) <= {ADOPT}, name
    if CHECKER.exists():
        for name, data in saved.items():
            (tmp_path / name).write_bytes(data)
        told = subprocess.run(
            [sys.executable, CHECKER, tmp_path],
            capture_output=True, text=True, check=False,
        ).stdout  # fmt: skip
        # LibreOffice 7.4 itself writes these, of any workbook and any chart.
        its_own = ("dateCompatibility", "xl/charts/")
        wrong = [line for line in told.splitlines()
                 if ": error " in line and not any(mark in line for mark in its_own)]  # fmt: skip
        assert not wrong, wrong

"""The Word form: what is filled in comes back, or is refused where it stands."""

from __future__ import annotations

import copy
import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cases import SAMPLES, adopting, companies, file_of, flat, nested, plan_of, workspace
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from lxml import etree
from office import resaved

from cqo_docs import generation
from cqo_docs.answers.file import AnswersFile, planning_date
from cqo_docs.base.errors import AnswersError, CqoError, PackError
from cqo_docs.facts.conditions import ALWAYS
from cqo_docs.forms import checked_answers
from cqo_docs.forms.word.form import (
    LONGEST_NAME,
    PROPERTY,
    ROWS,
    TEXTS_PROPERTY,
    fingerprint,
    fixed_texts,
    word_form,
)
from cqo_docs.forms.word.reading import read_word_form
from cqo_docs.plan.answers_check import library_problems
from cqo_docs.questions.fields import NONE, Field, Layout, compared, lay_out
from cqo_docs.questions.written import shown, understood

ROOT = Path(__file__).resolve().parent.parent
CHECKER = ROOT.parent / "shared" / "tools" / "ooxml_check.py"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
W14 = "http://schemas.microsoft.com/office/word/2010/wordml"
MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
DOCUMENT, CUSTOM, STYLES = "word/document.xml", "docProps/custom.xml", "word/styles.xml"
WHERE = Path("问卷.docx")

Element = etree._Element


@cache
def layout() -> Layout:
    ws = workspace()
    return lay_out(ws.library, ws.wording)


def read(data: bytes) -> AnswersFile:
    """The checked answers in a form, as every command reads them."""
    ws = workspace()
    found = read_word_form(WHERE, io.BytesIO(data), layout())
    return checked_answers(
        found, ws.wording.vocabulary(), lambda file: library_problems(file, ws.library)
    )


def said(error: CqoError) -> str:
    """All sentences of an error."""
    return "\n".join(workspace().wording.problem(fault) for fault in error.problems)


def given_in(file: AnswersFile) -> dict[str, Any]:
    """The answers that were given; those that are ticked in the order of the boxes."""
    data = file.answers.model_dump(exclude_unset=True)
    for own in layout().fields:
        if own.kind == "ticks":
            group, _, name = own.path.partition(".")
            if name in data.get(group, {}):
                data[group][name] = set(data[group][name])
    return data


# ---------------------------------------------------------------- answers of every kind

TRICKY = (
    "甲、乙", "甲，乙", "甲；乙", "（1）甲", "1.5吨叉车", "无", "一、二车间", "A & B <有限>公司",
    "“质量”部", "各部门", "总经理", "点检班", "3号楼 2层", "甲 （2）乙", "=1+1", "㈱工厂\u3000二部",
)  # fmt: skip
NAMES = st.one_of(
    st.sampled_from(TRICKY),
    st.text("质量部检测中心山西AZ012、，（）().一二 ", min_size=1, max_size=12),
).map(lambda text: text.strip(" ；;") or "甲")
SENTENCES = st.one_of(NAMES, st.just("发生重大质量、安全事故，造成人员伤亡；隐瞒不报"))
FIGURES = st.sampled_from(["0", "1", "25000", "120000.5", "0.01", "999999999999.99"])
# What one answer is when another depends on it: 100 in all.
HUNDREDS = (("100",), ("40", "60"), ("12.5", "12.5", "75"), ("10", "20", "30", "40"))
MEETING = {"due": "9", "present": "9", "votes_for": "7", "votes_against": "1",
           "votes_abstained": "1"}  # fmt: skip


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), strategy)


@st.composite
def filled(draw: st.DrawFn) -> AnswersFile:
    """A company with everything that a form can hold, each answer given or left open."""
    answers = flat(draw(companies()))
    lists = ("company.departments", "appointment.concurrent_posts", "appointment.copies_to")
    if draw(st.booleans()):
        lists += ("authority.reserved_matters", "assessment.veto_items", "output.documents")
    for path in lists:
        items = SENTENCES if path.endswith(("matters", "veto_items")) else NAMES
        if path == "output.documents":
            items = st.sampled_from([p.id for p in workspace().library.papers])
        answers[path] = draw(maybe(st.lists(items, max_size=4, unique=True)))
    for path in ("company.short_name", "company.city", "candidate.title_name",
                 "appointment.addressees", "appointment.meeting.place",
                 "candidate.relaxation_reason"):  # fmt: skip
        answers[path] = draw(maybe(SENTENCES if path.endswith("reason") else NAMES))
    answers["appointment.end"] = draw(maybe(st.just(date(2029, 3, 31))))
    answers["plan.as_of"] = draw(maybe(st.dates(date(1949, 1, 1), date(2100, 12, 31))))
    answers["fund.payroll_total"] = draw(maybe(FIGURES))
    answers["fund.year"] = draw(maybe(st.integers(2000, 2100)))
    if draw(st.booleans()):
        answers |= {f"appointment.meeting.{name}": value for name, value in MEETING.items()}
        if answers.get("company.governance") != "single-director":
            answers["appointment.meeting.members"] = draw(st.lists(NAMES, max_size=9))
    answers["output.extra"] = [
        {"name": name, "value": draw(SENTENCES)}
        for name in draw(st.lists(NAMES, max_size=2, unique=True))
    ]
    answers |= draw(assessments())
    if answers["fund.establish"]:
        answers |= draw(funds())
    return file_of(nested({path: value for path, value in answers.items() if value is not None}))


@st.composite
def assessments(draw: st.DrawFn) -> dict[str, Any]:
    cycles = st.sampled_from(["annual", "quarter"])
    found: dict[str, Any] = {"assessment.cycle": draw(maybe(cycles))}
    if draw(st.booleans()):
        found["assessment.indicators"] = [
            {
                "name": draw(NAMES), "target": draw(SENTENCES), "weight": weight,
                **_given(evidence=draw(maybe(NAMES)), scoring=draw(maybe(SENTENCES))),
            }
            for weight in draw(st.sampled_from(HUNDREDS))
        ]  # fmt: skip
    if draw(st.booleans()):
        names = ("safety", "foundation", "competitiveness", "management")
        found["assessment.weights"] = dict(zip(names, HUNDREDS[3], strict=True))
    if draw(st.booleans()):
        found["assessment.scorers"] = {"self_score": "10", "superior": "30.5", "board": "59.5"}
    return found


@st.composite
def funds(draw: st.DrawFn) -> dict[str, Any]:
    items = []
    for _ in range(draw(st.integers(0, ROWS + 1))):
        quarter = Decimal(draw(st.sampled_from(["0", "2500", "0.25", "120000.5"])))
        items.append({
            "name": draw(NAMES), "amount": str(quarter * 4),
            "group": draw(st.sampled_from(["talent", "brand", "reserve"])),
            **_given(
                quarters=draw(maybe(st.just([str(quarter)] * 4))),
                cost_class=draw(maybe(st.sampled_from(["prevention", "assurance"]))),
                owner=draw(maybe(NAMES)), basis=draw(maybe(SENTENCES)), source=draw(maybe(NAMES)),
            ),
        })  # fmt: skip
    if not items:
        # No item at all is an answer too.
        return draw(st.sampled_from([{}, {"fund.items": []}]))
    total = sum(Decimal(item["amount"]) for item in items)
    return {"fund.items": items, "fund.total": draw(maybe(st.just(f"{total:f}")))}


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


# ---------------------------------------------------------------- filling in as Word does


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


class Doc:
    """A form on somebody's desk: its parts, its document as a tree."""

    def __init__(self, data: bytes) -> None:
        self.parts = parts_of(data)
        self.root = etree.fromstring(self.parts[DOCUMENT])
        self.body = self.root[0]
        self.known: dict[str, Element] = {}

    def index(self) -> None:
        """Note every control by its tag, as long as none comes or goes."""
        for mark in self.body.iter(w("tag")):
            self.known[mark.get(w("val"))] = mark.getparent().getparent()

    def saved(self) -> bytes:
        tree = etree.tostring(self.root, xml_declaration=True, encoding="UTF-8", standalone=True)
        return packed({**self.parts, DOCUMENT: tree})

    # Finding

    def control(self, tag: str) -> Element:
        if tag in self.known:
            return self.known[tag]
        found = self.body.xpath(f"//w:sdt[w:sdtPr/w:tag/@w:val='{tag}']", namespaces={"w": W})
        return found[0]

    def cell(self, tag: str) -> Element:
        return next(self.control(tag).iterancestors(w("tc")))

    def row(self, tag: str) -> Element:
        return next(self.control(tag).iterancestors(w("tr")))

    def table(self, tag: str) -> Element:
        return next(self.control(tag).iterancestors(w("tbl")))

    def cells(self, tag: str) -> list[Element]:
        return list(self.row(tag).iterchildren(w("tc")))

    def row_of(self, label: str) -> Element:
        """The row whose label is the one given."""
        return next(
            row for row in self.body.iter(w("tr"))
            if any(compared(words(cell)) == label for cell in row.iter(w("tc")))
        )  # fmt: skip

    def paragraph(self, text: str) -> Element:
        return next(p for p in self.body.iter(w("p")) if text in words(p))

    # Filling in

    def fill(self, tag: str, text: str) -> None:
        """Put a text into a control: the prompt and its look go."""
        control = self.control(tag)
        for mark in control.findall(f"{w('sdtPr')}/{w('showingPlcHdr')}"):
            mark.getparent().remove(mark)
        content = control.find(w("sdtContent"))
        line = content.find(w("p"))
        content = content if line is None else line
        for child in list(content):
            content.remove(child)
        content.append(run(text))

    def pick_day(self, tag: str, day: date, text: str = "") -> None:
        """Choose a day from the calendar of a control."""
        self.fill(tag, text or f"{day.year}年{day.month}月{day.day}日")
        self.control(tag).find(f"{w('sdtPr')}/{w('date')}").set(w("fullDate"), f"{day}T00:00:00Z")

    def tick(self, tag: str, on: bool = True) -> None:
        self.fill(tag, "☑" if on else "☐")
        checked = self.control(tag).find(f"{w('sdtPr')}/{{{W14}}}checkbox/{{{W14}}}checked")
        checked.set(f"{{{W14}}}val", str(int(on)))


def words(element: Element) -> str:
    return "".join(t.text or "" for t in element.iter(w("t")))


def run(text: str, **looks: str) -> Element:
    """A run; line ends as Word has them."""
    element = etree.Element(w("r"))
    if looks:
        look = etree.SubElement(element, w("rPr"))
        for name, value in looks.items():
            etree.SubElement(look, w(name)).set(w("val"), value)
    for number, line in enumerate(text.split("\n")):
        if number:
            etree.SubElement(element, w("br"))
        piece = etree.SubElement(element, w("t"))
        piece.text = line
        piece.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return element


def paragraph(*content: Element) -> Element:
    element = etree.Element(w("p"))
    element.extend(content)
    return element


def wrapped(element: Element, tag: str, **attributes: str) -> Element:
    """An element put around another where it stands."""
    around = etree.Element(w(tag))
    for name, value in attributes.items():
        around.set(w(name), value)
    element.getparent().replace(element, around)
    around.append(element)
    return around


@cache
def empty() -> bytes:
    return word_form(layout())


def filled_in(file: AnswersFile) -> bytes:
    """The empty form, every control filled in as a person does it in Word."""
    doc = Doc(empty())
    doc.index()
    data = file.answers.model_dump(exclude_unset=True)
    for own in layout().fields:
        group, value = own.path.split("."), data
        for name in group:
            value = value.get(name) if isinstance(value, dict) else None
        if value is not None:
            fill_field(doc, own, own.path, value)
    for table in layout().tables:
        group, _, name = table.path.partition(".")
        entries = data.get(group, {}).get(name)
        for number, entry in enumerate(entries or ()):
            for own in table.fields:
                piece, bracket, index = own.path.partition("[].")[2].partition("[")
                value = entry.get(piece)
                if value is not None and bracket:
                    value = value[int(index[:-1])]
                if value is not None:
                    fill_field(doc, own, own.path.replace("[]", f"[{number}]", 1), value)
        if entries == ():
            doc.fill(table.fields[0].path.replace("[]", "[0]", 1), "无")
    return doc.saved()


def fill_field(doc: Doc, own: Field, path: str, value: Any) -> None:
    if own.kind == "ticks":
        for name in value or (NONE,):
            doc.tick(f"{path}={name}")
    elif isinstance(value, date):
        doc.pick_day(path, value)
    else:
        text = shown(own, value, workspace().wording)
        assert text is not None
        doc.fill(path, text)


FULL: Mapping[str, Any] = {
    "company.city": "重庆市璧山区", "company.short_name": "渝州精工",
    "company.sole_shareholder": False, "company.rural": False, "company.control": "private",
    "company.construction_qualified": False, "company.regulated_activities": ["food", "device"],
    "company.departments": ["质量部", "检测中心"],
    "candidate.title_name": "机械工程师", "candidate.quality_qualification_year": 2012,
    "candidate.relaxation_reason": "主持出厂检验六年",
    "appointment.post_title": "首席质量官", "appointment.concurrent_posts": ["副总经理"],
    "appointment.articles_list_officer": True, "appointment.letter_date": date(2026, 11, 10),
    "appointment.authorization_date": date(2026, 11, 10), "appointment.start": date(2026, 11, 16),
    "appointment.term_years": 3, "appointment.end": date(2029, 11, 15),
    "appointment.meeting.place": "公司二楼会议室", "appointment.meeting.articles_allow": False,
    "appointment.meeting.members": ["周正平", "吴建国"],
    "appointment.party.organ": "党委", "appointment.party.date": date(2026, 11, 2),
    "appointment.addressees": "各部门", "appointment.copies_to": ["股东会", "工会"],
    "authority.spending_limit": 50000, "authority.reserved_matters": ["检测设备购置", "对外赔偿"],
    "assessment.cycle": "annual", "assessment.year": 2027, "assessment.assessor": "superior",
    "assessment.weights": {"safety": "40", "foundation": "20", "competitiveness": "25",
                           "management": "15"},
    "assessment.scorers": {"self_score": "0", "superior": "70", "board": "30"},
    "assessment.excellent": 90, "assessment.good": 75, "assessment.pass_mark": 60,
    "assessment.veto_items": ["发生重大质量安全事故"],
    "assessment.indicators": [
        {"name": "出厂检验一次合格率", "target": "不低于99.2%", "evidence": "检验记录",
         "scoring": "每低0.1个百分点扣5分", "weight": "60"},
        {"name": "质量损失率", "target": "不高于1%", "weight": "40"},
    ],
    "fund.year": 2027, "fund.total": "120000.01", "fund.payroll_total": "10710000",
    "fund.weights": {"talent": "15", "improvement": "20", "metrology": "20", "standards": "15",
                     "system": "10", "brand": "5", "tools": "10", "reserve": "5"},
    "fund.items": [
        {"name": "质量培训", "group": "talent", "amount": "36000",
         "quarters": ["9000", "9000", "9000", "9000"], "cost_class": "prevention",
         "owner": "质量部", "basis": "60人次，每人次600元", "source": "自有资金"},
        {"name": "计量器具检定", "group": "metrology", "amount": "84000.01"},
    ],
    "plan.policy": "strictest", "plan.recommendations": "keep", "plan.as_of": date(2026, 11, 21),
    "output.documents": ["decision", "budget"],
    "output.extra": [{"name": "合同编号", "value": "HT-2026-008"}],
    **adopting("db50-t-1696-2024", "gd-textbook-2015"),
}  # fmt: skip


@cache
def full() -> AnswersFile:
    """The machine maker with an answer to every question."""
    return file_of(nested(flat(FULL)))


@cache
def full_form() -> bytes:
    return filled_in(full())


# ---------------------------------------------------------------- the form


def test_every_question_has_one_field_and_the_full_example_answers_all_of_them() -> None:
    asked = {one.path for one in layout().asking.asked if one.question.kind != "list"}
    # The quarters of a year are four fields of one question.
    assert {re.sub(r"\[\d\]$", "", path) for path in layout().by_path} == asked
    assert len(layout().by_label) == len(layout().fields)
    given = {re.sub(r"\[\d+\]", "[]", path).removesuffix("[]") for path in full().given}
    assert given >= asked


def test_tags_are_answer_paths_that_word_can_hold() -> None:
    doc = Doc(empty())
    tags = [tag.get(w("val")) for tag in doc.body.iter(w("tag"))]
    ids = [one.get(w("val")) for one in doc.body.iter(w("id"))]
    names = [one.get(w("val")) for one in doc.body.iter(w("alias"))]
    assert len(set(tags)) == len(tags)
    assert len(set(ids)) == len(ids)
    assert max(map(len, tags + names)) <= LONGEST_NAME
    for tag in tags:
        path = tag.partition("=")[0]
        assert re.sub(r"\[\d+\]", "[]", path, count=1) in layout().by_path, tag
    # Plain-text controls come out of LibreOffice 7.4 with their text several times over.
    assert not list(doc.body.iter(w("text")))


def test_every_value_cell_holds_its_control_and_nothing_else() -> None:
    doc = Doc(empty())
    for own in layout().fields:
        if own.kind != "ticks":
            cell = doc.cell(own.path)
            assert len(list(cell.iter(w("sdt")))) == 1
            prompts = layout().words["prompts"]
            assert words(cell) == prompts.get(own.kind, prompts["text"])
            assert doc.control(own.path).find(f"{w('sdtPr')}/{w('showingPlcHdr')}") is not None


def test_lists_have_eight_rows_and_say_so() -> None:
    doc = Doc(empty())
    for table in layout().tables:
        first = table.fields[0].path
        tags = [tag.get(w("val")) for tag in doc.body.iter(w("tag"))]
        rows = [tag for tag in tags if re.sub(r"\[\d\]", "[]", tag) == first]
        assert len(rows) == ROWS
    said_so = [text for _, text in fixed_texts(layout()) if f"留有{ROWS}行" in text]
    assert len(said_so) == len(layout().tables)


def test_heading_rows_repeat_and_no_row_breaks() -> None:
    doc = Doc(empty())
    for table in doc.body.iter(w("tbl")):
        rows = list(table.iter(w("tr")))
        assert rows[0].find(f"{w('trPr')}/{w('tblHeader')}") is not None
        assert all(row.find(f"{w('trPr')}/{w('cantSplit')}") is not None for row in rows)


def test_only_controls_can_be_filled_in_and_there_is_no_password() -> None:
    settings_part = etree.fromstring(Doc(empty()).parts["word/settings.xml"])
    protection = settings_part.find(w("documentProtection"))
    assert dict(protection.attrib) == {w("edit"): "forms", w("enforcement"): "1"}


def test_no_text_boxes_and_all_four_font_slots() -> None:
    doc = Doc(empty())
    assert b"txbx" not in doc.parts[DOCUMENT]
    for style in etree.fromstring(doc.parts[STYLES]).iter(w("rFonts")):
        assert {w(slot) for slot in ("ascii", "hAnsi", "eastAsia", "cs")} <= set(style.attrib)


def test_the_version_is_in_a_property_and_under_the_title() -> None:
    doc = Doc(empty())
    assert f'name="{PROPERTY}"'.encode() in doc.parts[CUSTOM]
    assert b"word 1 zh-Hans" in doc.parts[CUSTOM]
    assert doc.paragraph("Word 问卷第1版（zh-Hans）") is not None
    values = etree.fromstring(doc.parts[CUSTOM]).itertext()
    assert max(len(value) for value in values) <= 255


def test_who_need_not_answer_a_question_is_told() -> None:
    for section in layout().sections:
        for group in section.groups:
            for line in group.lines:
                if line.field is not None and line.field.asked.when != ALWAYS:
                    assert group.note or line.field.hints, line.label


def test_equal_forms_are_equal_files() -> None:
    assert word_form(layout()) == empty()
    known = full().answers.model_dump(exclude_unset=True)
    assert word_form(layout(), known) == word_form(layout(), known)


def test_the_forms_are_valid_for_word(tmp_path: Path) -> None:
    (tmp_path / "empty.docx").write_bytes(empty())
    known = full().answers.model_dump(exclude_unset=True)
    (tmp_path / "known.docx").write_bytes(word_form(layout(), known))
    (tmp_path / "filled.docx").write_bytes(full_form())
    if not CHECKER.exists():
        pytest.skip("the checker lies beside the repository")
    words_said = subprocess.run(
        [sys.executable, CHECKER, tmp_path], capture_output=True, text=True, check=False
    ).stdout
    assert "3 passed, 0 failed" in words_said, words_said


# ---------------------------------------------------------------- there and back


def test_the_empty_form_asks_for_what_every_company_must_answer() -> None:
    with pytest.raises(AnswersError) as error:
        read(empty())
    required = [own for own in layout().fields if own.required]
    assert said(error.value).splitlines() == [f"{WHERE} {own.place}：必须填写" for own in required]


def test_every_kind_of_answer_is_filled_in_and_read_back() -> None:
    assert given_in(read(full_form())) == given_in(full())


@pytest.mark.parametrize("sample", SAMPLES, ids=[path.stem for path in SAMPLES])
def test_samples_are_written_in_and_read_back(sample: Path) -> None:
    ws = workspace()
    file = generation.read_answers(sample, ws)
    again = read(word_form(layout(), file.answers.model_dump(exclude_unset=True)))

    # A standard may have been named in other words than those of its box.
    def found(one: AnswersFile) -> dict[str, Any]:
        data = given_in(one)
        names = data.get("plan", {}).get("adopt", set())
        standards = [ws.library.find_standard(name) for name in names]
        return data | {"plan": data.get("plan", {}) | {"adopt": {s.id for s in standards if s}}}

    assert found(again) == found(file)
    as_of = planning_date(file, None, date(2026, 11, 21))
    one, other = plan_of(file, as_of), plan_of(again, as_of)
    assert [(c.clause.key, c.status) for c in one.clauses] == [
        (c.clause.key, c.status) for c in other.clauses
    ]
    assert [p.paper.id for p in one.papers] == [p.paper.id for p in other.papers]


def round_trip(file: AnswersFile) -> None:
    """Written in beforehand, and filled in by hand: both are read as what was meant."""
    known = word_form(layout(), file.answers.model_dump(exclude_unset=True))
    assert given_in(read(known)) == given_in(file)
    if len(file.answers.fund.items) <= ROWS:
        assert given_in(read(filled_in(file))) == given_in(file)


QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@given(filled())
@settings(max_examples=50, suppress_health_check=QUIET)
def test_random_answers_come_back(file: AnswersFile) -> None:
    round_trip(file)


@pytest.mark.slow
@given(filled())
@settings(max_examples=500, suppress_health_check=QUIET)
def test_many_random_answers_come_back(file: AnswersFile) -> None:
    round_trip(file)


def test_more_entries_than_rows_are_all_written_in() -> None:
    items = [{"name": f"项目{n}", "group": "talent", "amount": str(n)} for n in range(1, 15)]
    file = file_of(nested(flat({"fund.items": items, "fund.total": None})))
    again = read(word_form(layout(), file.answers.model_dump(exclude_unset=True)))
    assert given_in(again) == given_in(file)
    assert len(again.answers.fund.items) == 14


def test_a_list_that_no_way_of_writing_keeps_apart_is_refused() -> None:
    own = layout().by_path["company.departments"]
    assert shown(own, ("甲", "乙、丙"), workspace().wording) == "甲；乙、丙"
    assert shown(own, ("无",), workspace().wording) == "无；"
    assert shown(own, ("甲；乙",), workspace().wording) == "（1）甲；乙"
    with pytest.raises(PackError) as error:
        word_form(layout(), {"company": {"departments": ("甲；（2）乙",)}})
    assert said(error.value).startswith("企业·归口领导的部门：列表中的内容不能写入表格")


def test_what_is_known_shows_which_questions_need_no_answer() -> None:
    private = word_form(layout(), {"company": {"registration": "112", "province": "重庆市"}})
    hint = layout().words["not-needed"]
    doc = Doc(private)
    assert hint in words(doc.row("appointment.party.organ"))
    assert hint not in words(doc.row("company.governance"))
    assert hint not in words(Doc(empty()).body)
    doc.fill("company.name", "渝州精工机械有限公司")
    doc.fill("company.industry_code", "C34")
    doc.fill("company.governance", "董事会")
    doc.fill("company.legal_representative", "周正平")
    doc.fill("candidate.name", "陈思远")
    assert read(doc.saved()).answers.company.registration == "112"


# ---------------------------------------------------------------- what people and programs do


@dataclass(frozen=True)
class Damage:
    """Something that happens to a filled form, and what comes of it.

    `says` is what a refusal must say, place first; without it everything is recovered. `changes`
    are the answers that the person gave by doing so, by path (None: taken back).
    """

    name: str
    do: Callable[[Doc], None]
    says: str = ""
    changes: Mapping[str, Any] | None = None


DAMAGES: list[Damage] = []


def damage(says: str = "", **changes: Any) -> Callable[[Callable[[Doc], None]], None]:
    """Note a damage under the name of its function."""

    def note(do: Callable[[Doc], None]) -> None:
        paths = {name.replace("__", "."): value for name, value in changes.items()}
        DAMAGES.append(Damage(do.__name__, do, says, paths))

    return note


def drop_tags(doc: Doc) -> None:
    """What LibreOffice 7.4 does: controls stay, their names go."""
    for mark in list(doc.body.iter(w("tag"), w("alias"))):
        mark.getparent().remove(mark)


def drop_controls(doc: Doc) -> None:
    """What programs do that know no controls: only their text stays."""
    for control in list(doc.body.iter(w("sdt"))):
        parent = control.getparent()
        place = parent.index(control)
        for child in reversed(list(control.find(w("sdtContent")))):
            parent.insert(place, child)
        parent.remove(control)


def drop_properties(doc: Doc) -> None:
    rels = etree.fromstring(doc.parts["_rels/.rels"])
    for one in list(rels):
        if one.get("Target") == CUSTOM:
            rels.remove(one)
    doc.parts["_rels/.rels"] = etree.tostring(rels)


def edit_text(element: Element, old: str, new: str) -> None:
    piece = next(t for t in element.iter(w("t")) if old in (t.text or ""))
    piece.text = piece.text.replace(old, new)


# Programs


@damage()
def tags_are_dropped(doc: Doc) -> None:
    drop_tags(doc)


@damage()
def controls_are_dropped(doc: Doc) -> None:
    drop_controls(doc)


@damage()
def controls_and_properties_are_dropped(doc: Doc) -> None:
    drop_controls(doc)
    drop_properties(doc)


@damage()
def controls_are_wrapped_once_more(doc: Doc) -> None:
    for control in list(doc.body.iter(w("sdt"))):
        around = etree.Element(w("sdt"))
        control.getparent().replace(control, around)
        etree.SubElement(around, w("sdtPr"))
        etree.SubElement(around, w("sdtContent")).append(control)


@damage()
def controls_hold_whole_paragraphs(doc: Doc) -> None:
    """What Word makes of a control in which somebody began a paragraph and took it back."""
    for control in list(doc.body.iter(w("sdt"))):
        line = control.getparent()
        if len(line.findall(w("sdt"))) == 1 and len(line) == 2:
            line.getparent().replace(line, control)
            content = control.find(w("sdtContent"))
            line.extend(list(content))
            content.append(line)


@damage()
def controls_hold_whole_cells(doc: Doc) -> None:
    for control in list(doc.body.iter(w("sdt"))):
        cell = next(control.iterancestors(w("tc")))
        if len(list(cell.iter(w("sdt")))) == 1:
            content = control.find(w("sdtContent"))
            line = control.getparent()
            line.remove(control)
            line.extend(list(content))
            cell.getparent().replace(cell, control)
            content.append(cell)


@damage()
def controls_hold_whole_rows(doc: Doc) -> None:
    for row in list(doc.table("fund.items[0].name").iterchildren(w("tr"))):
        around = wrapped(row, "sdtContent")
        wrapped(around, "sdt").insert(0, etree.Element(w("sdtPr")))


@damage()
def text_was_moved_with_revisions_on(doc: Doc) -> None:
    content = doc.control("candidate.name").find(w("sdtContent"))
    content.append(copy.deepcopy(content[0]))
    wrapped(content[0], "moveFrom", id="1", author="甲")
    wrapped(content[1], "moveTo", id="2", author="甲")


@damage()
def everything_is_in_the_strict_form_of_the_standard(doc: Doc) -> None:
    text = etree.tostring(doc.root).replace(W.encode(), STRICT.encode())
    doc.root = etree.fromstring(text)
    doc.body = doc.root[0]


@damage()
def runs_are_cut_up_and_marked_for_spelling(doc: Doc) -> None:
    for one in list(doc.body.iter(w("r"))):
        piece = one.find(w("t"))
        if piece is not None and len(piece.text or "") > 1 and len(one.findall(w("t"))) == 1:
            rest = copy.deepcopy(one)
            piece.text, rest.find(w("t")).text = piece.text[:1], piece.text[1:]
            one.addnext(rest)
            one.addnext(etree.Element(w("proofErr"), {w("type"): "spellStart"}))


@damage()
def a_prompt_of_the_program_stands_in_an_emptied_control(doc: Doc) -> None:
    for tag in ("company.sole_shareholder", "appointment.party.organ"):
        doc.fill(tag, "选择一项。" if "sole" in tag else "单击或点击此处输入文字。")
        mark = etree.Element(w("showingPlcHdr"))
        doc.control(tag).find(f"{w('sdtPr')}/{w('id')}").addnext(mark)


DAMAGES[-1] = Damage(
    DAMAGES[-1].name, DAMAGES[-1].do, "",
    {"company.sole_shareholder": None, "appointment.party.organ": None},
)  # fmt: skip


@damage()
def the_mark_of_the_prompt_stays_when_something_was_typed(doc: Doc) -> None:
    for control in doc.body.iter(w("sdt")):
        if control.find(f"{w('sdtPr')}/{{{W14}}}checkbox") is None:
            control.find(f"{w('sdtPr')}/{w('id')}").addnext(etree.Element(w("showingPlcHdr")))


@damage()
def the_style_of_prompts_has_another_name(doc: Doc) -> None:
    doc.parts[STYLES] = doc.parts[STYLES].replace(b'"PlaceholderText"', b'"a3"')
    for mark in doc.body.iter(w("rStyle")):
        mark.set(w("val"), "a3")


@damage(
    "第5节“聘任”第1行“岗位名称”：这一格里的内容重复（首席质量官首席质量官首席质量官首席质量官）"
)
def libreoffice_repeats_a_control_of_whole_paragraphs(doc: Doc) -> None:
    control = doc.control("appointment.post_title")
    drop_tags(doc)
    for _ in range(3):
        control.addnext(copy.deepcopy(control))


# Typing


@damage(candidate__name="陈 思远")
def text_is_typed_beside_the_prompt(doc: Doc) -> None:
    doc.fill("candidate.name", "点此填写")
    doc.control("candidate.name").find(f"{w('sdtPr')}/{w('id')}").addnext(
        etree.Element(w("showingPlcHdr"))
    )
    doc.control("candidate.name").addnext(run("陈 思远"))


@damage(candidate__current_post="质量部部长（兼）")
def text_is_typed_behind_the_control(doc: Doc) -> None:
    doc.control("candidate.current_post").addnext(run("（兼）"))


@damage(candidate__name="陈慕舟")
def the_control_is_deleted_and_text_typed_into_the_cell(doc: Doc) -> None:
    control = doc.control("candidate.name")
    control.getparent().replace(control, run("陈慕舟"))


@damage(candidate__name="陈慕舟")
def text_is_typed_into_the_words_of_the_prompt(doc: Doc) -> None:
    drop_tags(doc)
    edit_text(doc.row_of("姓名"), "陈思远", "点此填写陈慕舟")


@damage("第4节“候选人”第1行“姓名”：留有提示文字（点此填陈慕舟）")
def half_of_the_prompt_is_left(doc: Doc) -> None:
    drop_controls(doc)
    edit_text(doc.row_of("姓名"), "陈思远", "点此填陈慕舟")


@damage(company__employees=86, company__revenue=4200, authority__spending_limit=50000)
def figures_have_full_width_digits_units_and_commas(doc: Doc) -> None:
    doc.fill("company.employees", "８６ 人")
    doc.fill("company.revenue", "４，２００．０万元")
    doc.fill("authority.spending_limit", "￥50,000.00元")


@damage(appointment__term_years=3, appointment__meeting__due=5)
def figures_are_written_in_words(doc: Doc) -> None:
    doc.fill("appointment.term_years", "三年")
    doc.fill("appointment.meeting.due", "五人")


@damage("第6节“授权”第1行“单笔质量支出限额（元）”：填了“5万”，请填数字")
def an_amount_is_given_in_another_unit(doc: Doc) -> None:
    doc.fill("authority.spending_limit", "5万元")


@damage()
def percent_signs_stand_behind_weights(doc: Doc) -> None:
    doc.fill("assessment.weights.safety", "40%")
    doc.fill("assessment.indicators[0].weight", "60 ％")
    doc.fill("assessment.good", "75分")


@damage(appointment__decision_date=date(2026, 11, 9), appointment__start=date(2026, 11, 16))
def days_are_typed_in_the_usual_forms(doc: Doc) -> None:
    doc.fill("appointment.decision_date", "二〇二六年十一月九日")
    doc.fill("appointment.letter_date", "2026.11.10")
    doc.fill("appointment.authorization_date", "２０２６／１１／１０")
    doc.fill("appointment.start", "2026年11月16日（星期一）")
    doc.fill("appointment.end", "20291115")
    doc.fill("appointment.party.date", "2026 年 11 月 2 号")


@damage(appointment__decision_date=date(2026, 11, 8))
def the_day_of_the_control_is_older_than_the_text(doc: Doc) -> None:
    doc.fill("appointment.decision_date", "2026年11月8日")


@damage(appointment__decision_date=date(2026, 11, 9))
def a_day_is_shown_as_another_language_has_it(doc: Doc) -> None:
    doc.pick_day("appointment.decision_date", date(2026, 11, 9), "9 November 2026")


@damage("第5节“聘任”第9行“决定日期”：填了“下周一”，请按“2026-11-08”或者“2026年11月8日”填写")
def a_day_is_given_in_words(doc: Doc) -> None:
    doc.fill("appointment.decision_date", "下周一")


@damage("第5节“聘任”第9行“决定日期”：填了“2026年11月31日”，没有这一天")
def a_day_does_not_exist(doc: Doc) -> None:
    doc.fill("appointment.decision_date", "2026年11月31日")


@damage()
def choices_are_typed_by_other_words_ids_and_with_blanks(doc: Doc) -> None:
    doc.fill("candidate.degree", "大学本科")
    doc.fill("company.governance", "董 事 会")
    doc.fill("appointment.kind", "first")
    doc.fill("company.above_scale", "有")
    doc.fill("company.registration", "私营 有限责任公司")


@damage("第4节“候选人”第3行“学历”：填了“秀才”，可填：大专以下、大专、本科")
def a_choice_is_typed_that_is_none(doc: Doc) -> None:
    doc.fill("candidate.degree", "秀才")


@damage("第5节“聘任”第3行“是否专职”：填了“是√”，请填“是”或者“否”")
def a_sign_is_put_behind_yes(doc: Doc) -> None:
    doc.fill("appointment.full_time", "是√")


@damage("第3节“企业情况”第7行“法定代表人”：内容分成了几行（周正平 吴建国），请写成一行")
def one_answer_is_typed_in_two_paragraphs(doc: Doc) -> None:
    doc.cell("company.legal_representative").append(paragraph(run("吴建国")))


@damage()
def empty_paragraphs_stand_behind_an_answer(doc: Doc) -> None:
    for tag in ("company.name", "appointment.meeting.members", "company.regulated_activities=food"):
        doc.cell(tag).append(paragraph(run("  ")))


@damage(appointment__meeting__members=["周正平", "吴建国", "郑怀瑾"])
def names_are_typed_one_a_line(doc: Doc) -> None:
    doc.fill("appointment.meeting.members", "周正平\n吴建国")
    doc.cell("appointment.meeting.members").append(paragraph(run("郑怀瑾")))


@damage(appointment__copies_to=["股东会", "工会"], company__departments=["质量部", "检测中心"],
        assessment__veto_items=["重大质量、安全事故", "隐瞒不报"])  # fmt: skip
def lists_are_numbered_by_hand(doc: Doc) -> None:
    doc.fill("appointment.copies_to", "1. 股东会\n2. 工会")
    doc.fill("company.departments", "①质量部②检测中心".replace("②", " ②"))
    doc.fill("assessment.veto_items", "（一）重大质量、安全事故；（二）隐瞒不报")


@damage("第5节“聘任”第30行“签字人员”：分不清各项（周正平、吴建国 郑怀瑾），请在各项之间用“；”分开")
def names_are_set_apart_in_two_ways(doc: Doc) -> None:
    doc.fill("appointment.meeting.members", "周正平、吴建国\n郑怀瑾")


# Ticks


@damage(company__regulated_activities=["drug"])
def boxes_are_ticked_by_other_signs(doc: Doc) -> None:
    doc.fill("company.regulated_activities=drug", "☒")
    doc.fill("company.regulated_activities=food", "☐")
    doc.fill("company.regulated_activities=device", "□")


@damage(company__regulated_activities=["drug"])
def boxes_are_signs_of_a_font_of_signs(doc: Doc) -> None:
    cell = doc.cell("company.regulated_activities=food")
    for control in list(cell.iter(w("sdt"))):
        holder = etree.Element(w("r"))
        tag = control.find(f"{w('sdtPr')}/{w('tag')}").get(w("val"))
        sign = "F0FE" if tag.endswith("=drug") else "F0A8"
        etree.SubElement(holder, w("sym"), {w("font"): "Wingdings", w("char"): sign})
        control.getparent().replace(control, holder)


@damage(company__regulated_activities=["food", "drug", "device"])
def a_tick_is_typed_behind_a_box(doc: Doc) -> None:
    doc.control("company.regulated_activities=drug").addnext(run("√"))


@damage(company__regulated_activities=["special-equipment-user", "cosmetics"])
def boxes_are_deleted_and_the_choices_written_out(doc: Doc) -> None:
    cell = doc.cell("company.regulated_activities=food")
    for line in list(cell.iterchildren(w("p"))):
        cell.remove(line)
    cell.append(paragraph(run("特种设备使用、化妆品生产")))


@damage("第3节“企业情况”第20行“受监管活动”：既选了“都没有”，又选了其他项，请改正其一")
def none_is_ticked_and_another(doc: Doc) -> None:
    doc.tick("company.regulated_activities=")


@damage("第3节“企业情况”第20行“受监管活动”：看不懂方框旁的“农药生产”")
def the_words_beside_a_box_are_changed(doc: Doc) -> None:
    edit_text(doc.cell("company.regulated_activities=food"), "化妆品生产", "农药生产")
    doc.tick("company.regulated_activities=cosmetics")


@damage(company__regulated_activities=["food"])
def lines_of_boxes_are_deleted(doc: Doc) -> None:
    for name in ("device", "cosmetics", ""):
        line = doc.control(f"company.regulated_activities={name}").getparent()
        line.getparent().remove(line)


# Revisions and notes


@damage(candidate__name="陈慕舟", company__city=None)
def revisions_are_not_accepted_yet(doc: Doc) -> None:
    content = doc.control("candidate.name").find(w("sdtContent"))
    wrapped(content[0], "del", id="1", author="甲")
    for piece in list(content.iter(w("t"))):
        piece.tag = w("delText")
    content.append(run("陈慕舟"))
    wrapped(content[-1], "ins", id="2", author="甲")
    row = doc.row("company.city")
    etree.SubElement(row.find(w("trPr")), w("del"), {w("id"): "3", w("author"): "甲"})
    for number, one in enumerate(list(row.iter(w("r"))), 4):
        for piece in list(one.iter(w("t"))):
            piece.tag = w("delText")
        wrapped(one, "del", id=str(number), author="甲")


@damage()
def hidden_text_stands_in_a_cell(doc: Doc) -> None:
    hidden = run("旧名")
    hidden.insert(0, etree.Element(w("rPr")))
    etree.SubElement(hidden[0], w("vanish"))
    doc.control("candidate.name").addnext(hidden)


@damage()
def an_address_became_a_link_and_a_name_has_its_sound(doc: Doc) -> None:
    content = doc.control("company.city").find(w("sdtContent"))
    wrapped(content[0], "hyperlink", anchor="x")
    name = doc.control("candidate.name").find(w("sdtContent"))
    outer = etree.Element(w("r"))
    ruby = etree.SubElement(outer, w("ruby"))
    etree.SubElement(ruby, w("rt")).append(run("chén"))
    base = etree.SubElement(ruby, w("rubyBase"))
    base.extend(list(name))
    name.append(outer)


@damage("第4节“候选人”第1行“姓名”：有批注“应为陈慕舟”，请把内容写入填写栏，并删去批注")
def an_answer_stands_in_a_comment(doc: Doc) -> None:
    add_notes(doc, "comments", "comment", "应为陈慕舟")
    mark = etree.Element(w("r"))
    etree.SubElement(mark, w("commentReference"), {w("id"): "7"})
    doc.control("candidate.name").addnext(mark)


@damage("第3节“企业情况”第8行“总经理”：有脚注“代”")
def an_answer_stands_in_a_footnote(doc: Doc) -> None:
    add_notes(doc, "footnotes", "footnote", "代")
    mark = etree.Element(w("r"))
    etree.SubElement(mark, w("footnoteReference"), {w("id"): "7"})
    doc.control("company.general_manager").addnext(mark)


def add_notes(doc: Doc, part: str, kind: str, text: str) -> None:
    root = etree.Element(w(part))
    note = etree.SubElement(root, w(kind), {w("id"): "7", w("author"): "甲"})
    note.append(paragraph(run(text)))
    doc.parts[f"word/{part}.xml"] = etree.tostring(root)
    name = "word/_rels/document.xml.rels"
    rels = etree.fromstring(doc.parts[name])
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    etree.SubElement(rels, f"{{{RELS}}}Relationship", Id="rId90", Type=f"{kinds}/{part}",
                     Target=f"{part}.xml")  # fmt: skip
    doc.parts[name] = etree.tostring(rels)


# Rows and tables


@damage()
def a_row_is_copied_with_its_answer(doc: Doc) -> None:
    row = doc.row("company.general_manager")
    row.addnext(copy.deepcopy(row))


@damage("第3节“企业情况”第8行“总经理”：填了几处，请核对后只保留一处")
def a_row_is_copied_and_filled_in_otherwise(doc: Doc) -> None:
    row = doc.row("company.general_manager")
    twin = copy.deepcopy(row)
    row.addnext(twin)
    edit_text(twin, "吴建国", "郑怀瑾")


@damage(company__exporter=None, appointment__treatment=None)
def rows_that_nobody_needs_are_deleted(doc: Doc) -> None:
    for tag in ("company.exporter", "appointment.treatment"):
        row = doc.row(tag)
        row.getparent().remove(row)


@damage("第4节“候选人”第1行“姓名”：必须填写")
def a_row_that_is_needed_is_deleted(doc: Doc) -> None:
    row = doc.row("candidate.name")
    row.getparent().remove(row)


@damage()
def rows_are_put_in_another_order(doc: Doc) -> None:
    table = doc.table("candidate.name")
    rows = list(table.iterchildren(w("tr")))
    for row in rows[1:]:
        table.remove(row)
    table.extend(reversed(rows[1:]))


@damage()
def a_row_is_moved_to_another_table_without_its_tag(doc: Doc) -> None:
    row = doc.row("candidate.current_post")
    doc.table("company.name").append(row)
    drop_tags(doc)


@damage()
def tables_and_headings_change_places(doc: Doc) -> None:
    blocks = [b for b in doc.body if b.tag in {w("p"), w("tbl")}][8:]
    tables = [b for b in blocks if b.tag == w("tbl")]
    first, last = tables[0], tables[3]
    place = last.getparent().index(last)
    first.getparent().replace(first, etree.Element(w("p")))
    doc.body.insert(place, first)


@damage()
def a_table_is_cut_in_two(doc: Doc) -> None:
    table = doc.table("appointment.kind")
    twin = etree.Element(w("tbl"))
    twin.append(copy.deepcopy(table.find(w("tblPr"))))
    twin.append(copy.deepcopy(table.find(w("tblGrid"))))
    twin.extend(list(table.iterchildren(w("tr")))[12:])
    gap = paragraph()
    table.addnext(gap)
    gap.addnext(twin)


@damage()
def empty_rows_and_headings_are_added(doc: Doc) -> None:
    table = doc.table("candidate.name")
    head = table.find(w("tr"))
    table.append(copy.deepcopy(head))
    blank = copy.deepcopy(head)
    for piece in list(blank.iter(w("r"))):
        piece.getparent().remove(piece)
    table.append(blank)


@damage("第4节“候选人”表格第20行：没有“政治面貌”这一项，请删去这一行")
def a_row_of_ones_own_is_added(doc: Doc) -> None:
    row = copy.deepcopy(doc.row("candidate.current_post"))
    doc.table("candidate.name").append(row)
    for control in list(row.iter(w("sdt"))):
        control.getparent().replace(control, run("群众"))
    edit_text(row, "现任职务", "政治面貌")


@damage()
def the_column_of_numbers_is_deleted(doc: Doc) -> None:
    for row in doc.table("candidate.name").iterchildren(w("tr")):
        row.remove(row.find(w("tc")))


@damage("表格第2行：", candidate__name=None)
def a_column_is_put_in_and_the_tags_are_gone(doc: Doc) -> None:
    for row in doc.table("candidate.name").iterchildren(w("tr")):
        row.findall(w("tc"))[1].addnext(copy.deepcopy(row.findall(w("tc"))[0]))
    drop_controls(doc)


DAMAGES[-1] = Damage(
    DAMAGES[-1].name, DAMAGES[-1].do,
    "第4节“候选人”第1行“姓名”：这里有合并或者拆分的单元格，请恢复原来的表格格式，逐格填写",
)  # fmt: skip


@damage()
def value_and_hint_are_merged(doc: Doc) -> None:
    for tag in ("company.credit_code", "appointment.start"):
        merge(doc.cells(tag)[2], doc.cells(tag)[3])


@damage()
def label_and_value_are_merged(doc: Doc) -> None:
    merge(doc.cells("candidate.name")[1], doc.cells("candidate.name")[2])


@damage("第4节“候选人”表格第2行：没有“姓名* 陈思远”这一项，是否为“姓名”？请恢复项目名称")
def label_and_value_are_merged_and_the_tags_gone(doc: Doc) -> None:
    merge(doc.cells("candidate.name")[1], doc.cells("candidate.name")[2])
    drop_controls(doc)


def merge(left: Element, right: Element) -> None:
    look = left.find(w("tcPr"))
    look.insert(1, etree.Element(w("gridSpan"), {w("val"): "2"}))
    left.extend(list(right.iterchildren(w("p"), w("sdt"))))
    right.getparent().remove(right)


@damage("第4节“候选人”第1行“姓名”：这里有合并或者拆分的单元格")
def two_values_are_merged_into_one_cell(doc: Doc) -> None:
    first, second = doc.cells("candidate.name")[2], doc.cells("candidate.current_post")[2]
    first.extend(list(second.iterchildren(w("p"))))
    second.append(paragraph())
    for cell, value in ((first, "restart"), (second, "continue")):
        cell.find(w("tcPr")).insert(1, etree.Element(w("vMerge"), {w("val"): value}))


# Labels


@damage()
def labels_are_spaced_out_and_lose_their_stars(doc: Doc) -> None:
    drop_tags(doc)
    edit_text(doc.row_of("姓名"), "姓名", "姓　　名")
    edit_text(doc.row_of("企业名称"), "企业名称*", "企业名称：".rstrip("："))


@damage("第3节“企业情况”第7行“法定代表人”：项目名称改成了“实际控制人”，请恢复为“法定代表人”")
def a_label_is_changed(doc: Doc) -> None:
    edit_text(doc.row("company.legal_representative"), "法定代表人", "实际控制人")


@damage("第3节“企业情况”表格第8行：没有“公司法定代表人”这一项，是否为“法定代表人”？请恢复项目名称")
def a_label_is_changed_and_the_tags_are_gone(doc: Doc) -> None:
    edit_text(doc.row("company.legal_representative"), "法定代表人", "公司法定代表人")
    drop_tags(doc)


@damage()
def a_label_is_deleted(doc: Doc) -> None:
    cell = doc.cells("company.general_manager")[1]
    for one in list(cell.iter(w("r"))):
        one.getparent().remove(one)


@damage(company__general_manager="周正平")
def a_control_is_copied_into_the_next_row(doc: Doc) -> None:
    own, twin = doc.cell("company.general_manager"), doc.cell("company.legal_representative")
    line = own.find(w("p"))
    own.replace(line, copy.deepcopy(twin.find(w("p"))))


# Beside the cells


@damage("第4节“候选人”第2行“现任职务”：“代理质量部部长”写在了填写栏以外，请移入填写栏")
def an_answer_is_typed_into_the_column_of_hints(doc: Doc) -> None:
    doc.cells("candidate.current_post")[3].append(paragraph(run("代理质量部部长")))


@damage("第4节“候选人”：“另有一名候选人”写在了表格以外，请移入相应的填写栏，或者删去")
def something_is_typed_below_a_table(doc: Doc) -> None:
    doc.table("candidate.name").addnext(paragraph(run("另有一名候选人")))


@damage("第4节“候选人”：“见附件”写在了文本框里，请移入相应的填写栏，或者删去")
def something_stands_in_a_text_box(doc: Doc) -> None:
    picture = etree.Element(w("pict"))
    box = etree.SubElement(picture, "{urn:schemas-microsoft-com:vml}textbox")
    etree.SubElement(box, w("txbxContent")).append(paragraph(run("见附件")))
    holder = etree.Element(w("r"))
    holder.append(picture)
    doc.table("candidate.name").addnext(paragraph(holder))


@damage()
def a_seal_stands_below_a_table(doc: Doc) -> None:
    holder = etree.Element(w("r"))
    etree.SubElement(holder, w("drawing"))
    doc.table("output.documents=decision").addnext(paragraph(holder))


@damage("第4节“候选人”第1行“姓名”：这一格里有图片，不能读取，请改填文字")
def a_picture_stands_for_an_answer(doc: Doc) -> None:
    holder = etree.Element(w("r"))
    etree.SubElement(holder, w("drawing"))
    doc.control("candidate.name").addnext(holder)


@damage("第4节“候选人”第1行“姓名”：这一格里有不能识别的符号，请改填文字")
def a_sign_stands_for_an_answer(doc: Doc) -> None:
    holder = etree.Element(w("r"))
    etree.SubElement(holder, w("sym"), {w("font"): "Wingdings", w("char"): "F04A"})
    doc.control("candidate.name").addnext(holder)


@damage("第4节“候选人”第12行“放宽理由”：这一格里有公式“99.2%”，请改填普通文字")
def a_formula_stands_in_an_answer(doc: Doc) -> None:
    space = "http://schemas.openxmlformats.org/officeDocument/2006/math"
    formula = etree.Element(f"{{{space}}}oMath")
    etree.SubElement(etree.SubElement(formula, f"{{{space}}}r"), f"{{{space}}}t").text = "99.2%"
    doc.control("candidate.relaxation_reason").addnext(formula)


@damage("第6节“授权”第2行“保留事项”：这里插入了表格或者其他文档（检测设备购置）")
def a_table_is_put_into_a_cell(doc: Doc) -> None:
    inner = copy.deepcopy(doc.table("company.name"))
    for row in list(inner.iterchildren(w("tr")))[1:]:
        inner.remove(row)
    cells = list(inner.iter(w("tc")))
    for cell in cells[1:]:
        cell.getparent().remove(cell)
    for piece in inner.iter(w("t")):
        piece.text = "检测设备购置"
    doc.cell("authority.reserved_matters").insert(1, inner)


@damage("第4节“候选人”第2行“现任职务”：“总经理”写在了填写栏以外，请移入填写栏")
def a_word_of_the_form_is_typed_into_the_column_of_hints(doc: Doc) -> None:
    doc.cells("candidate.current_post")[3].append(paragraph(run("总经理")))


@damage("第5节“聘任”第25行“应到人数”：“7”写在了填写栏以外，请移入填写栏")
def a_figure_is_typed_into_the_column_of_hints(doc: Doc) -> None:
    doc.cells("appointment.meeting.due")[3].append(paragraph(run("7")))


@damage(candidate__current_post="总经理", candidate__title_name="10")
def answers_are_words_and_numbers_of_the_form_and_the_controls_are_gone(doc: Doc) -> None:
    doc.fill("candidate.current_post", "总经理")
    doc.fill("candidate.title_name", "10")
    drop_controls(doc)


# Lists


@damage()
def entries_have_gaps_between_them(doc: Doc) -> None:
    doc.row("fund.items[0].name").addnext(doc.row("fund.items[5].name"))


@damage()
def rows_are_added_below_the_eighth(doc: Doc) -> None:
    table = doc.table("fund.items[7].name")
    for number in range(4):
        row = copy.deepcopy(doc.row("fund.items[7].name"))
        table.append(row)
        texts = [f"加项{number}", "预备费", "1000"]
        for control, text in zip(list(row.iter(w("sdt"))), texts, strict=False):
            control.getparent().replace(control, run(text))
        for control in list(row.iter(w("sdt"))):
            control.getparent().remove(control)
        edit_text(row, "8", str(9 + number))
    doc.fill("fund.total", "124000.01")


DAMAGES[-1] = Damage(
    DAMAGES[-1].name, DAMAGES[-1].do, "",
    {
        "fund.total": "124000.01",
        "fund.items": [
            *FULL["fund.items"],
            *({"name": f"加项{n}", "group": "reserve", "amount": "1000"} for n in range(4)),
        ],
    },
)  # fmt: skip


@damage()
def columns_of_a_list_change_places(doc: Doc) -> None:
    for row in doc.table("fund.items[0].name").iterchildren(w("tr")):
        cells = row.findall(w("tc"))
        row.insert(row.index(cells[1]), cells[9])


@damage()
def columns_of_a_list_change_places_and_the_tags_are_gone(doc: Doc) -> None:
    columns_of = doc.table("fund.items[0].name")
    drop_controls(doc)
    for row in columns_of.iterchildren(w("tr")):
        cells = row.findall(w("tc"))
        row.insert(row.index(cells[1]), cells[9])


@damage()
def the_headings_of_a_list_are_deleted(doc: Doc) -> None:
    table = doc.table("fund.items[0].name")
    table.remove(table.find(w("tr")))


@damage("附表2“预算项目”：表头“牵头部门”看不懂，是否为“责任部门”？请恢复表头")
def a_heading_of_a_list_is_changed(doc: Doc) -> None:
    table = doc.table("fund.items[0].name")
    drop_controls(doc)
    edit_text(table.find(w("tr")), "责任部门", "牵头部门")


@damage("附表2“预算项目”第1行“三季度（元）”：不能为空白，请填写")
def one_quarter_is_left_out(doc: Doc) -> None:
    cell = doc.cell("fund.items[0].quarters[2]")
    for child in list(cell.iterchildren(w("p"))):
        cell.remove(child)
    cell.append(paragraph())


@damage("附表2“预算项目”第2行“类别”：这里有合并或者拆分的单元格")
def one_kind_is_merged_over_two_entries(doc: Doc) -> None:
    first, second = doc.cell("fund.items[0].group"), doc.cell("fund.items[1].group")
    for child in list(second.iterchildren(w("p"))):
        second.remove(child)
    second.append(paragraph())
    for cell, value in ((first, "restart"), (second, "continue")):
        cell.find(w("tcPr")).insert(1, etree.Element(w("vMerge"), {w("val"): value}))


@damage("附表1“考核指标”第3行“目标值”：必须填写")
def an_entry_is_begun_and_not_finished(doc: Doc) -> None:
    doc.fill("assessment.indicators[2].name", "供方评价及时率")


@damage("附表2“预算项目”表格第2行：“2 计量”写在了填写栏以外，请移入填写栏")
def something_is_typed_into_the_column_of_numbers(doc: Doc) -> None:
    doc.cells("fund.items[1].name")[0].append(paragraph(run("计量")))


# Versions


@damage("这份表格是第2版，本程序只能读取第1版，请升级程序")
def the_form_is_of_a_later_version(doc: Doc) -> None:
    doc.parts[CUSTOM] = doc.parts[CUSTOM].replace(b"word 1 ", b"word 2 ")


@damage("这份表格是第0版，本程序读取第1版，请用 cqo-docs form 重新生成表格")
def the_form_is_of_an_older_version_and_only_the_print_says_so(doc: Doc) -> None:
    drop_properties(doc)
    edit_text(doc.body, "第1版", "第0版")


@damage("这份表格的语言（en）与本程序不符")
def the_form_is_in_another_language(doc: Doc) -> None:
    doc.parts[CUSTOM] = doc.parts[CUSTOM].replace(b"word 1 zh-Hans", b"word 1 en")


@damage()
def the_words_of_the_form_were_others_when_it_was_made(doc: Doc) -> None:
    """A form from before somebody improved its words: its fingerprints tell what it says itself."""
    changes = {"请只在“填写”栏内填写": "请在“填写”栏内填写", "示例：李衡": "如：李衡",
               "企业声明采用的打勾": "声明采用的，请打勾"}  # fmt: skip
    marks = []
    for old, new in changes.items():
        line = doc.paragraph(old)
        edit_text(line, old, new)
        marks += [fingerprint(role, words(line)) for role in ("text", "hint")]
    added = f'name="{TEXTS_PROPERTY}-1"><vt:lpwstr>{" ".join(marks)} '
    doc.parts[CUSTOM] = doc.parts[CUSTOM].replace(
        f'name="{TEXTS_PROPERTY}-1"><vt:lpwstr>'.encode(), added.encode()
    )


@damage("第4节“候选人”表格第20行：“兴趣爱好”这一项已经取消，请删去这一行")
def a_question_is_no_longer_asked(doc: Doc) -> None:
    row = copy.deepcopy(doc.row("candidate.current_post"))
    doc.table("candidate.name").append(row)
    edit_text(row, "现任职务", "兴趣爱好")
    next(row.iter(w("tag"))).set(w("val"), "candidate.hobby")


def outcome(form: bytes) -> AnswersFile | str:
    """The answers, or all that is said instead."""
    try:
        return read(form)
    except CqoError as error:
        return said(error)


@pytest.mark.parametrize("damage", DAMAGES, ids=[damage.name for damage in DAMAGES])
def test_what_people_and_programs_do_is_recovered_or_refused_where_it_stands(
    damage: Damage,
) -> None:
    doc = Doc(full_form())
    damage.do(doc)
    found = outcome(doc.saved())
    if damage.says:
        assert isinstance(found, str), "read as if nothing were wrong"
        assert f"{WHERE} {damage.says}" in found or f"{WHERE}：{damage.says}" in found, found
        return
    assert isinstance(found, AnswersFile), found
    changed = flat(FULL) | dict(damage.changes or {})
    wanted = file_of(nested({p: value for p, value in changed.items() if value is not None}))
    assert given_in(found) == given_in(wanted)


def test_there_are_many_damages() -> None:
    assert len({damage.name for damage in DAMAGES}) == len(DAMAGES) >= 25


def changed_by(*damages: Damage) -> AnswersFile:
    """The full answers after what people did to them."""
    answers = flat(FULL)
    for one in damages:
        answers |= one.changes or {}
    return file_of(nested({path: value for path, value in answers.items() if value is not None}))


RECOVERED = [damage for damage in DAMAGES if not damage.says]
# What has no controls any more says less: these then cannot be told from something wrong.
NEEDS_CONTROLS = {
    "a_day_is_shown_as_another_language_has_it", "the_column_of_numbers_is_deleted",
    "value_and_hint_are_merged", "label_and_value_are_merged", "a_label_is_deleted",
    "the_headings_of_a_list_are_deleted", "boxes_are_ticked_by_other_signs",
}  # fmt: skip


@pytest.mark.parametrize("drop", [drop_tags, drop_controls])
@pytest.mark.parametrize("damage", DAMAGES, ids=[damage.name for damage in DAMAGES])
def test_nothing_is_silently_wrong_where_names_or_controls_are_lost_too(
    damage: Damage, drop: Callable[[Doc], None]
) -> None:
    doc = Doc(full_form())
    damage.do(doc)
    drop(doc)
    found = outcome(doc.saved())
    if isinstance(found, AnswersFile):
        assert not damage.says, "read as if nothing were wrong"
        assert given_in(found) == given_in(changed_by(damage))
    elif not damage.says:
        assert damage.name in NEEDS_CONTROLS, found


@pytest.mark.slow
@given(st.lists(st.sampled_from(RECOVERED), min_size=2, max_size=3, unique_by=lambda d: d.name))
@settings(max_examples=400, suppress_health_check=QUIET)
def test_several_things_at_once_are_recovered_or_refused(several: Sequence[Damage]) -> None:
    changed = [path for one in several for path in one.changes or {}]
    assume(len(set(changed)) == len(changed))
    doc = Doc(full_form())
    done = []
    for one in several:
        before = copy.deepcopy(doc.root), dict(doc.parts)
        try:
            one.do(doc)
            done.append(one)
        except (LookupError, StopIteration, AttributeError, TypeError, ValueError):
            # What it would happen to is gone already.
            doc.root, doc.parts = before
            doc.body = doc.root[0]
    found = outcome(doc.saved())
    if isinstance(found, AnswersFile):
        assert given_in(found) == given_in(changed_by(*done))
    else:
        assert all(line.startswith(str(WHERE)) for line in found.splitlines())


# ---------------------------------------------------------------- single answers


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ("company.departments", "质量部、检测中心", ["质量部", "检测中心"]),
        ("company.departments", "质量部，检测中心", ["质量部", "检测中心"]),
        ("company.departments", "质量部；研发、试制部", ["质量部", "研发、试制部"]),
        ("company.departments", "质量部\n检测中心\n", ["质量部", "检测中心"]),
        ("company.departments", "（1）质量部\n（2）检测中心", ["质量部", "检测中心"]),
        ("company.departments", "1、质量部 2、检测中心", ["质量部", "检测中心"]),
        ("company.departments", "①质量部；②检测中心", ["质量部", "检测中心"]),
        ("company.departments", "1.5吨车间、2吨车间", ["1.5吨车间", "2吨车间"]),
        ("company.departments", "无", "无"),
        ("company.departments", "", None),
        ("assessment.veto_items", "隐瞒，有后果、伪造数据", ["隐瞒，有后果", "伪造数据"]),
        ("appointment.start", "2026年11月16日星期一", "2026年11月16日"),
        ("appointment.start", "二○二六年十二月三十一日", "2026-12-31"),
        ("appointment.start", "20261116", "2026-11-16"),
        ("appointment.start", "2026-11-16 00:00:00", "2026-11-16"),
        ("company.employees", "１２６人", "126"),
        ("company.employees", "约126", "约126"),
        ("company.employees", "1 26", "1 26"),
        ("company.revenue", "4860元", "4860元"),
        ("authority.spending_limit", "人民币50,000.00元", "50,000.00"),
        ("appointment.term_years", "十年", "10"),
        ("appointment.full_time", "有", "true"),
        ("company.province", "重庆 市", "重庆市"),
        ("company.name", "\u200b渝州\u3000机械\ufeff", "渝州\u3000机械"),
    ],
)
def test_texts_are_understood(path: str, text: str, value: Any) -> None:
    assert understood(layout().by_path[path], text) == value


@pytest.mark.parametrize("text", ["1、质量部", "一、二车间", "质量部、检测\n中心", "1. 甲\n3. 丙"])
def test_lists_that_can_be_meant_in_two_ways_are_refused(text: str) -> None:
    found = understood(layout().by_path["company.departments"], text)
    assert found is not None and not isinstance(found, (str, list))
    assert found.code == "form.list-unclear"


# ---------------------------------------------------------------- LibreOffice


def through_office(forms: Sequence[bytes]) -> list[bytes]:
    """Forms that LibreOffice opened and saved, all in one call."""
    files = {f"{n:03}.docx": data for n, data in enumerate(forms)}
    return list(resaved(files, "docx:MS Word 2007 XML").values())


@pytest.mark.slow
def test_what_libreoffice_saved_is_read_by_its_labels(tmp_path: Path) -> None:
    files: list[AnswersFile] = [full()]

    @given(filled())
    @settings(max_examples=45, suppress_health_check=QUIET)
    def collect(file: AnswersFile) -> None:
        files.append(file)

    collect()
    forms = [
        word_form(layout(), file.answers.model_dump(exclude_unset=True))
        if number % 2 or len(file.answers.fund.items) > ROWS
        else filled_in(file)
        for number, file in enumerate(files)
    ]
    saved = through_office(forms)
    assert len(saved) >= 40
    for file, data in zip(files, saved, strict=True):
        assert given_in(read(data)) == given_in(file)
    assert not list(Doc(saved[0]).body.iter(w("tag")))
    if CHECKER.exists():
        (tmp_path / "saved.docx").write_bytes(saved[0])
        found = subprocess.run(
            [sys.executable, CHECKER, tmp_path], capture_output=True, text=True, check=False
        ).stdout
        # LibreOffice 7.4 itself puts this one out of its place.
        wrong = [line for line in found.splitlines() if ": error " in line]
        assert all("documentProtection" in line for line in wrong), wrong


@pytest.mark.slow
def test_what_libreoffice_saved_twice_is_read_too() -> None:
    (twice,) = through_office(through_office([full_form()]))
    assert given_in(read(twice)) == given_in(full())
    with pytest.raises(AnswersError) as error:
        read(through_office(through_office([empty()]))[0])
    assert len(error.value.problems) == sum(own.required for own in layout().fields)


@pytest.mark.slow
def test_damaged_forms_are_recovered_or_refused_after_libreoffice_too() -> None:
    forms = []
    for one in DAMAGES:
        doc = Doc(full_form())
        one.do(doc)
        forms.append(doc.saved())
    for one, data in zip(DAMAGES, through_office(forms), strict=True):
        found = outcome(data)
        if isinstance(found, AnswersFile) and not one.says:
            assert given_in(found) == given_in(changed_by(one)), one.name
        elif isinstance(found, AnswersFile):
            # LibreOffice may have dropped what was wrong; then nothing else may be.
            assert given_in(found) == given_in(full()), one.name


# ---------------------------------------------------------------- files that are none


def replaced(name: str, change: Callable[[bytes], bytes]) -> bytes:
    parts = parts_of(full_form())
    return packed({**parts, name: change(parts[name])})


def with_part(name: str, data: bytes) -> bytes:
    return packed({**parts_of(full_form()), name: data})


def with_link(kind: str, target: str, part: str = "word/_rels/document.xml.rels") -> bytes:
    rels = (
        f'<Relationships xmlns="{RELS}"><Relationship Id="rId1" Type="http://x/{kind}"'
        f' Target="{target}" TargetMode="External"/></Relationships>'
    ).encode()
    if part.endswith("document.xml.rels"):
        return replaced(part, lambda old: old.replace(
            b"</Relationships>", rels[rels.index(b"<Relationship ") :]
        ))  # fmt: skip
    return with_part(part, rels)


def old_container(stream: str) -> bytes:
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    return head + bytes(1000) + stream.encode("utf-16-le") + bytes(1000)


def with_doctype(inner: str) -> bytes:
    kind = f"<!DOCTYPE w:document [{inner}]>".encode()
    return replaced(DOCUMENT, lambda data: data.replace(b"<w:document", kind + b"<w:document", 1))


def bomb() -> bytes:
    return with_part("word/media/image1.bin", bytes(100_000_000))


def big_document() -> bytes:
    space = b" " * 30_000_000
    return replaced(DOCUMENT, lambda data: data.replace(b"</w:body>", space + b"</w:body>"))


def encrypted_zip() -> bytes:
    data = bytearray(full_form())
    place = 0
    while (place := data.find(b"PK\1\2", place)) >= 0:
        data[place + 8] |= 1
        place += 4
    return bytes(data)


def deep() -> bytes:
    inner = b"<w:sdt><w:sdtContent>" * 400 + b"</w:sdtContent></w:sdt>" * 400
    return replaced(DOCUMENT, lambda data: data.replace(b"</w:body>", inner + b"</w:body>"))


def workbook() -> bytes:
    from openpyxl import Workbook

    stream = io.BytesIO()
    Workbook().save(stream)
    return stream.getvalue()


TEXT_TYPE = b"wordprocessingml.document.main+xml"
HOSTILE: Mapping[str, tuple[str, Callable[[], bytes], str]] = {
    "old-word": ("表.doc", lambda: old_container("WordDocument"), "旧版 Word 文件"),
    "old-word-renamed": ("表.docx", lambda: old_container("WordDocument"), "旧版 Word 文件"),
    "old-word-of-wps": ("表.wps", lambda: old_container("x"), "旧版 Word 文件"),
    "encrypted": ("表.docx", lambda: old_container("EncryptedPackage"), "有打开密码"),
    "encrypted-zip": ("表.docx", encrypted_zip, "有打开密码"),
    "macros-by-type": (
        "表.docm",
        lambda: replaced("[Content_Types].xml", lambda data: data.replace(
            f"application/vnd.openxmlformats-officedocument.{TEXT_TYPE.decode()}".encode(),
            b"application/vnd.ms-word.document.macroEnabled.main+xml")),
        "含有宏",
    ),
    "macros": ("表.docx", lambda: with_part("word/vbaProject.bin", b"x"), "含有宏"),
    "truncated": ("表.docx", lambda: full_form()[:9000], "不完整或者已经损坏"),
    "one-byte-wrong": (
        "表.docx", lambda: full_form()[:2000] + b"\0\0\0" + full_form()[2003:], "损坏"
    ),
    "bomb": ("表.docx", bomb, "异常庞大"),
    "part-of-30-megabytes": ("表.docx", big_document, "异常庞大"),
    "large": ("表.docx", lambda: b"PK\3\4" + bytes(61_000_000), "异常庞大"),
    "picture": ("表.docx", lambda: b"\x89PNG\r\n\x1a\n" + bytes(99), "这是图片"),
    "photo": ("表.docx", lambda: b"\xff\xd8\xff\xe0" + bytes(99), "这是图片"),
    "pdf": ("表.docx", lambda: b"%PDF-1.7\n", "这是 PDF 文件"),
    "rich-text": ("表.doc", lambda: b"{\\rtf1 }", "这是 RTF 文件"),
    "workbook": ("表.docx", workbook, ""),
    "open-document": (
        "表.odt", lambda: packed({"mimetype": b"x", "content.xml": b"<a/>"}), "这是 ODF 文件"
    ),
    "another-zip": ("表.docx", lambda: packed({"a.txt": b"x"}), "不是问卷，也不是填好的表格"),
    "empty-zip": ("表.docx", lambda: b"PK\5\6" + bytes(18), "不是问卷，也不是填好的表格"),
    "no-document": (
        "表.docx", lambda: packed({"word/a.xml": b"<a/>", "[Content_Types].xml": b"<a/>"}),
        "不是 Word 文档",
    ),
    "text": ("表.docx", lambda: b"abc", "不是问卷，也不是填好的表格"),
    "nothing": ("表.docx", lambda: b"", "文件是空的"),
    "entities": (
        "表.docx",
        lambda: with_doctype('<!ENTITY a "x"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">'),
        "损坏",
    ),
    "entity-of-a-file": (
        "表.docx", lambda: with_doctype('<!ENTITY a SYSTEM "file:///etc/hostname">'), "损坏"
    ),
    "document-type-elsewhere": (
        "表.docx", lambda: with_doctype('<!ENTITY % a SYSTEM "http://127.0.0.1:1/a"> %a;'), "损坏"
    ),
    "broken-xml": ("表.docx", lambda: replaced(DOCUMENT, lambda data: data[:-30]), "损坏"),
    "deep": ("表.docx", deep, "损坏"),
    "template-elsewhere": (
        "表.docx",
        lambda: with_link("attachedTemplate", "http://x/y.dotm", "word/_rels/settings.xml.rels"),
        "引用了外部的模板",
    ),
    "picture-elsewhere": ("表.docx", lambda: with_link("image", "http://x/y.png"), "引用了外部"),
    "object-elsewhere": ("表.docx", lambda: with_link("oleObject", "file:///y"), "引用了外部"),
    "another-document": (
        "表.docx", (ROOT / "templates" / "budget.docx").read_bytes, "不是本程序的问卷表格"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_files_that_are_no_form_are_refused_in_one_sentence(
    name: str, cli_invoke: Callable[..., Any], tmp_path: Path
) -> None:
    file_name, make, told = HOSTILE[name]
    (tmp_path / file_name).write_bytes(make())
    called = cli_invoke("check", file_name)
    assert called.code == 1
    assert len(called.problems) == 1, called.err
    assert called.problems[0].startswith(f"{file_name}：")
    assert told in called.err
    assert "Error" not in called.err


def test_absurd_many_controls_and_rows_are_gone_through_once() -> None:
    doc = Doc(full_form())
    cell = doc.cell("candidate.name").find(w("p"))
    for _ in range(3_000):
        control = etree.SubElement(cell, w("sdt"))
        etree.SubElement(etree.SubElement(control, w("sdtPr")), w("showingPlcHdr"))
        etree.SubElement(control, w("sdtContent")).append(run("甲"))
    table = doc.table("fund.items[0].name")
    for number in range(500):
        row = etree.SubElement(table, w("tr"))
        for _ in range(12):
            etree.SubElement(row, w("tc")).append(paragraph(run(f"{number}"), run("乙" * 99)))
    found = outcome(doc.saved())
    assert isinstance(found, str)
    assert "第4节“候选人”第1行“姓名”：这一格里的内容重复" in found


def test_a_link_that_one_has_to_click_is_harmless() -> None:
    assert given_in(read(with_link("hyperlink", "mailto:a@b.cn"))) == given_in(full())


def test_names_that_occur_twice_are_refused(tmp_path: Path) -> None:
    data = io.BytesIO(full_form())
    with pytest.warns(UserWarning), zipfile.ZipFile(data, "a") as archive:
        archive.writestr(DOCUMENT, b"<x/>")
    assert "损坏" in str(outcome(data.getvalue()))


# ---------------------------------------------------------------- the command line


def test_a_form_is_written_filled_in_and_taken_by_every_command(
    cli_invoke: Callable[..., Any], tmp_path: Path
) -> None:
    assert cli_invoke("form", "-o", "问卷.docx").code == 0
    assert (tmp_path / "问卷.docx").read_bytes() == empty()
    (tmp_path / "填好.docx").write_bytes(full_form())
    assert cli_invoke("check", "填好.docx", "--json").json["company"] == "渝州精工机械有限公司"
    assert cli_invoke("plan", "填好.docx", "--json").code == 0
    assert cli_invoke("generate", "填好.docx", "-o", "out", "--only", "decision").code == 0
    assert (tmp_path / "out" / "渝州精工机械有限公司").is_dir()
    assert cli_invoke("form", "-o", "再填.docx", "--prefill", "填好.docx").code == 0
    assert given_in(read((tmp_path / "再填.docx").read_bytes())) == given_in(full())


def test_a_form_with_another_ending_is_known_by_its_content(
    cli_invoke: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "问卷.yaml").write_bytes(full_form())
    assert cli_invoke("check", "问卷.yaml", "--json").json["company"] == "渝州精工机械有限公司"


def test_part_of_the_answers_is_written_in(cli_invoke: Callable[..., Any], tmp_path: Path) -> None:
    text = "企业: {企业名称: 渝州精工机械有限公司, 省份: 重庆市, 是否上市: 否}\n"
    (tmp_path / "已知.yaml").write_text(text, encoding="utf-8")
    assert cli_invoke("form", "-o", "问卷.docx", "--prefill", "已知.yaml").code == 0
    doc = Doc((tmp_path / "问卷.docx").read_bytes())
    assert words(doc.control("company.name")) == "渝州精工机械有限公司"
    assert words(doc.control("company.listed")) == "否"
    assert words(doc.control("candidate.name")) == "点此填写"
    again = cli_invoke("check", "问卷.docx")
    assert "第3节“企业情况”第1行“行业代码”：必须填写" in again.err
    assert "企业名称”：" not in again.err


def test_wrong_answers_are_not_written_in(cli_invoke: Callable[..., Any], tmp_path: Path) -> None:
    text = "企业: {企业名称: 渝州精工机械有限公司, 省份: 河西省, 从业人数: 许多}\n"
    (tmp_path / "已知.yaml").write_text(text, encoding="utf-8")
    called = cli_invoke("form", "-o", "问卷.docx", "--prefill", "已知.yaml")
    assert called.code == 1
    assert "填了“许多”，请填数字" in called.err
    assert not (tmp_path / "问卷.docx").exists()


def test_a_form_is_never_written_over_and_needs_its_ending(
    cli_invoke: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "问卷.docx").write_bytes(b"mine")
    assert cli_invoke("form", "-o", "问卷.docx").code == 1
    assert (tmp_path / "问卷.docx").read_bytes() == b"mine"
    assert cli_invoke("form", "-o", "问卷.pdf").code == 1
    assert cli_invoke("form", "--roster", "-o", "名册.docx").code == 1
    assert cli_invoke("form", "--roster", "-o", "名册.xlsx", "--prefill", "a.yaml").code == 2
    assert cli_invoke("form", "-o", "没有/问卷.docx").code == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["问卷.docx"]


# ---------------------------------------------------------------- anything at all


def shuffled(draw: st.DrawFn, doc: Doc) -> None:
    """Take out, copy, move or empty some element of the document."""
    elements = [e for e in doc.body.iter() if e is not doc.body]
    one = elements[draw(st.integers(0, len(elements) - 1))]
    other = elements[draw(st.integers(0, len(elements) - 1))]
    kind = draw(st.sampled_from(["take out", "copy", "move", "empty", "text"]))
    if kind == "take out":
        one.getparent().remove(one)
    elif kind == "copy":
        other.append(copy.deepcopy(one))
    elif kind == "move" and other not in one.iter() and one is not other:
        other.append(one)
    elif kind == "empty":
        for child in list(one):
            one.remove(child)
    else:
        one.text = "甲"


@st.composite
def broken_forms(draw: st.DrawFn) -> bytes:
    doc = Doc(full_form())
    for _ in range(draw(st.integers(1, 6))):
        shuffled(draw, doc)
    return doc.saved()


def read_or_refused(data: bytes) -> None:
    found = outcome(data)
    assert isinstance(found, AnswersFile) or found.startswith(str(WHERE))


@given(broken_forms())
@settings(max_examples=40, suppress_health_check=QUIET)
def test_whatever_is_broken_is_read_or_refused_in_words(data: bytes) -> None:
    read_or_refused(data)


@pytest.mark.slow
@given(broken_forms())
@settings(max_examples=600, suppress_health_check=QUIET)
def test_much_that_is_broken_is_read_or_refused_in_words(data: bytes) -> None:
    read_or_refused(data)


@given(st.binary(min_size=1, max_size=40), st.integers(0, 1_000_000))
@settings(max_examples=60)
def test_bytes_that_are_wrong_are_refused_in_words(wrong: bytes, place: int) -> None:
    data = full_form()
    at = place % len(data)
    read_or_refused(data[:at] + wrong + data[at + len(wrong) :])

"""The papers' final text: honest values verbatim, no hole, modality kept, one truth throughout."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
from cases import (
    AS_OF,
    DB50,
    DRAFT,
    IN_GUANGDONG,
    IN_SHANXI,
    IN_ZHEJIANG,
    OWNER_IS_OFFICER,
    PILOT,
    REPORTS,
    SAMPLES,
    STANDARDS,
    STATE_OWNED,
    TEXTBOOK,
    adopting,
    block_texts,
    companies,
    file_of,
    flat,
    make_papers,
    make_plan,
    nested,
    papers_of,
    plan_of,
    printed,
    role_of,
    source_of,
    texts_in,
    workspace,
)
from hypothesis import given, settings

from cqo_docs import generation
from cqo_docs.answers.file import AnswersFile
from cqo_docs.answers.questions import questions
from cqo_docs.base.memo import memos_off
from cqo_docs.base.yamlfile import read_yaml
from cqo_docs.checks.content import LED_BY_BAR
from cqo_docs.library.reading import read_library
from cqo_docs.library.records import Library
from cqo_docs.papers import composer
from cqo_docs.papers.block import Block
from cqo_docs.papers.composer import Document, compose
from cqo_docs.papers.tables.source import clause_ref
from cqo_docs.papers.view import cite
from cqo_docs.plan.model import Plan
from cqo_docs.wording.files import read_wording
from cqo_docs.wording.modality import modalities_in, modality_fits
from cqo_docs.wording.sentences import Wording

Papers = Mapping[str, Document]
WORDS = workspace().wording
SOME = settings(max_examples=40)
NUMBER = re.compile(r"^(第[一二三四五六七八九十]+[章条]　|（[一二三四五六七八九十]+）|\d+\.|"
                    r"[一二三四五六七八九十]+、)")  # fmt: skip


@pytest.fixture(scope="module", params=SAMPLES, ids=lambda path: path.stem)
def sample(request: pytest.FixtureRequest) -> tuple[Plan, Papers]:
    """Plan and papers of one sample company."""
    plan = plan_of(generation.read_answers(request.param, workspace()))
    return plan, papers_of(plan)


def test_what_companies_share_is_what_each_would_get_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Outlines and plans are kept for companies that are alike; nobody gets those of another."""
    held = workspace()

    def papers(file: AnswersFile, library: Library, wording: Wording) -> tuple[Document, ...]:
        ws = replace(held, library=library, wording=wording)
        return compose(generation.make_plan(file, ws, AS_OF), library, wording)

    whole = [p.id for p in held.library.papers]
    changes: list[Mapping[str, Any]] = [
        {}, IN_ZHEJIANG, STATE_OWNED,
        {"company.governance": "single-director", "appointment.meeting.name": None},
        {"plan.recommendations": "own-rule"},
        {"candidate.years_enterprise_quality_management": "1"},
        {"candidate.name": "欧阳静"}, {"plan.adopt": [DB50]},
        # These share every outline and differ in the words that paragraphs are kept by.
        {"appointment.post_title": "质量总监"}, {"appointment.post_title": "{{ own }}"},
        {"company.registration": "500"}, {"appointment.reports_to": "board"},
        {"appointment.level": None}, {"company.industry_code": "4710"}, {},
    ]  # fmt: skip
    files = [file_of(nested(flat({"output.documents": whole}, change))) for change in changes]
    files += [generation.read_answers(path, held) for path in SAMPLES]
    everyone = [papers(file, read_library(), read_wording("zh-Hans")) for file in files]
    for most in (composer.PARAGRAPHS.most, 40):
        monkeypatch.setattr(composer.PARAGRAPHS, "most", most)
        monkeypatch.setattr(composer.PARAGRAPH_KEYS, "most", most)
        # The second time even what is still to be filled in comes from what is kept.
        for file, alone in [pair for pair in zip(files, everyone, strict=True) for _ in range(2)]:
            assert papers(file, held.library, held.wording) == alone
    library, words = read_library(), read_wording("zh-Hans")
    with memos_off():
        for file, alone in zip(files, everyone, strict=True):
            assert papers(file, library, words) == alone
    assert "memos" not in library.__dict__ and "memos" not in words.__dict__


def test_a_paragraph_that_is_kept_still_asks_for_its_answer() -> None:
    words = read_wording("zh-Hans")
    pledge = words.papers["pledge"]
    parts = {**pledge["parts"], "own-report": "岗位层级为{{ level }}。"}
    words.__dict__["papers"] = {**words.papers, "pledge": {**pledge, "parts": parts}}
    plan = plan_of(file_of(nested(flat({"appointment.level": None}))))
    for _ in range(3):
        papers = {d.id: d for d in compose(plan, workspace().library, words)}
        (row,) = [
            row for row in papers["confirm"].contexts["docx"]["blanks"] if "层级" in row["field"]
        ]
        assert papers["pledge"].title in row["papers"]


def blocks_of(papers: Papers) -> list[Block]:
    return [b for d in papers.values() for b in d.blocks]


def bare(text: str) -> str:
    """A paragraph without its number."""
    return NUMBER.sub("", text, count=1)


def everything(papers: Papers, *without: str) -> str:
    return "\n".join(printed(d) for name, d in papers.items() if name not in without)


# ---------------------------------------------------------------- hostile but honest values

LONG = (
    "晋中开发区北方重型特种装备与精密零部件智能制造科技发展集团（控股）"
    "股份有限公司第一分公司机加工与热处理质量检验中心总部分厂"
)
HOSTILE = [
    'R&D 检测（"甲"）<有限>公司',
    "=1+1",
    "{{ 7*7 }}",
    "{{ person }}{% if x %}",
    "{name}{0}%s",
    "𠮷野与䶮记",
    "品质🏭公司",
    "]]>&amp;<w:p/>",
    "'quoted'、`x`、\\1",
    "None",
    LONG,
]


def test_the_long_name_is_long() -> None:
    assert len(LONG) >= 60


# Where each answer must stand, word for word.
PLACES: Mapping[str, tuple[str, ...]] = {
    "company.name": ("decision", "appointment", "authorization", "duties", "assessment", "budget",
                     "system", "confirm", "matrix"),
    "company.legal_representative": ("authorization",),
    "company.general_manager": ("decision",),
    "candidate.name": ("decision", "appointment", "authorization", "duties", "assessment",
                       "confirm"),
    "candidate.current_post": ("decision", "confirm"),
    "appointment.post_title": ("decision", "appointment", "authorization", "duties", "assessment",
                               "budget", "system"),
    "appointment.notice_number": ("decision",),
    "appointment.letter_number": ("appointment",),
    "appointment.authorization_number": ("authorization",),
    "appointment.addressees": ("decision",),
    "appointment.meeting.name": ("decision",),
    "appointment.meeting.number": ("decision", "appointment", "authorization"),
    "appointment.meeting.place": ("decision",),
}  # fmt: skip
LISTS: Mapping[str, tuple[str, ...]] = {
    "company.departments": ("decision", "duties", "system"),
    "appointment.copies_to": ("decision",),
    "appointment.meeting.members": ("decision",),
    "appointment.concurrent_posts": ("decision", "duties"),
    "authority.reserved_matters": ("authorization",),
    "assessment.veto_items": ("assessment",),
}


@pytest.mark.parametrize("value", HOSTILE)
def test_honest_values_come_out_verbatim(value: str) -> None:
    answers: dict[str, Any] = dict.fromkeys(PLACES, value)
    answers |= {path: [f"{value}·{n}" for n in (1, 2)] for path in LISTS}
    answers["appointment.full_time"] = False
    answers["fund.total"] = None
    answers["fund.items"] = [
        {"name": value, "group": "talent", "amount": "100.00", "owner": value, "basis": value,
         "source": value}
    ]  # fmt: skip
    answers["assessment.indicators"] = [
        {"name": value, "target": value, "evidence": value, "scoring": value, "weight": 100}
    ]
    papers = make_papers(answers, {"company.short_name": None})
    for path, names in PLACES.items():
        for name in names:
            assert value in printed(papers[name]), (path, name)
    for path, names in LISTS.items():
        for name in names:
            assert f"{value}·1" in printed(papers[name]), (path, name)
            assert f"{value}·2" in printed(papers[name]), (path, name)
    item = papers["budget"].contexts["docx"]["items"][0]
    assert (item["name"], item["owner"], item["basis"], item["source"]) == (value,) * 4
    line = papers["assessment"].contexts["docx"]["indicators"][0]
    assert (line["name"], line["target"], line["evidence"], line["scoring"]) == (value,) * 4
    sheet = papers["assessment"].contexts["xlsx"]["indicators"][0]
    assert (sheet["name"], sheet["target"]) == (value, value)


def test_a_template_looking_name_is_never_worked_out() -> None:
    papers = make_papers({"company.name": "{{ 7*7 }}公司", "candidate.name": "{{ post }}"})
    assert "49" not in "\n".join(papers["decision"].contexts["docx"]["notice_title"])
    assert "聘任{{ post }}为首席质量官" in printed(papers["decision"])


def test_a_reason_given_by_the_firm_is_told_verbatim() -> None:
    reason = "从业二十年 （见附件一） ：主持攻关三项"
    papers = make_papers(
        IN_SHANXI,
        {"candidate.title_rank": "junior", "candidate.degree": "junior-college",
         "candidate.technical_backbone": True, "candidate.relaxation_reason": reason},
    )  # fmt: skip
    rows = papers["confirm"].contexts["docx"]["findings"]
    assert any(reason in row["message"] for row in rows)
    assert any(reason in text for text in block_texts(papers["confirm"], "verdict-lines"))


def test_the_owner_of_the_name_stands_once_a_place() -> None:
    """The value is put in once: a name that holds another placeholder brings no second round."""
    papers = make_papers({"candidate.name": "{{ company.name }}"})
    assert "{{ company.name }}" in printed(papers["appointment"])
    assert papers["appointment"].contexts["docx"]["addressee"] == "{{ company.name }}："


# ---------------------------------------------------------------- no hole, no code, no id

LATIN = re.compile(r"[A-Za-z][A-Za-z0-9_.\-]*")
# Names that Chinese papers write in Latin letters.
METHODS = {"FMEA", "QFD", "QC", "CQO", "GB", "GB2312", "T", "DB50", "ISO", "ISBN", "CCC", "X"}


def given_texts(path: Path) -> str:
    """All that the sample's own file says: names in Latin letters come from there."""
    return " ".join(texts_in(read_yaml(path).data))


# 6 i) is a clause number.
LETTERED = re.compile(r"\d+ [a-z]\)")
HOLES = re.compile(r"None|\[\]|\(\)|\{\{|\}\}|\{%|True|False|Decimal|。。|[，、；：][，、；。]")


def strange_words(texts: Iterable[str], known: str) -> set[str]:
    """Words in Latin letters that are neither a method's name nor the company's own."""
    return {
        word
        for text in texts
        for word in LATIN.findall(LETTERED.sub("", text))
        if word not in METHODS and word not in known
    }


# A grounds clause that lost its standard.
GROUNDLESS = re.compile(r"(?<![的和作])依据[，。；]|(?<!作)参照[，。；]|《》")


def holes(texts: Iterable[str]) -> list[str]:
    """Texts with a trace of code or a gap."""
    return [text for text in texts if HOLES.search(text) or GROUNDLESS.search(text)]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_no_sample_prints_an_id_or_a_hole(path: Path) -> None:
    papers = papers_of(plan_of(generation.read_answers(path, workspace())))
    known = given_texts(path)
    for paper in papers.values():
        texts = list(texts_in(paper.contexts))
        assert strange_words(texts, known) == set(), paper.id
        assert holes(texts) == [], paper.id


@settings(max_examples=60)
@given(answers=companies())
def test_no_random_company_prints_an_id_or_a_hole(answers: Mapping[str, Any]) -> None:
    known = " ".join([*texts_in(flat()), answers["company.industry_code"]])
    for paper in make_papers(answers).values():
        texts = list(texts_in(paper.contexts))
        assert strange_words(texts, known) == set(), paper.id
        assert holes(texts) == [], paper.id


def test_a_finding_about_a_choice_says_what_is_not_met() -> None:
    answers = {**IN_SHANXI, "appointment.appointer": "legal-representative"}
    rows = make_papers(answers)["confirm"].contexts["docx"]["findings"]
    assert [row["message"] for row in rows if "：。" in row["message"]] == []


def test_no_remedy_asks_a_reader_for_code() -> None:
    rows = make_papers({"company.regulated_activities": None})["confirm"].contexts["docx"]
    assert [row["remedy"] for row in rows["findings"] if "[]" in row["remedy"]] == []


@SOME
@given(answers=companies())
def test_no_paragraph_is_empty_and_every_body_ends_in_a_mark(answers: Mapping[str, Any]) -> None:
    for block in blocks_of(make_papers(answers)):
        assert bare(block.text).strip(), block.id
        if block.style in {"body", "item", "article", "clause-item"}:
            assert block.text[-1] in "。：；", block.text


def test_no_paper_writes_of_fines() -> None:
    """6 d) speaks of 处罚权 by procedure and rules only."""
    assert "罚款" not in everything(make_papers(adopting(*STANDARDS)))


# ---------------------------------------------------------------- missing answers

FILL_INS = {WORDS.blank(q.path): q.path for q in questions() if "[]" not in q.path}
OPTIONAL = [
    path
    for path in flat()
    if path.split(".")[0] in {"company", "candidate", "appointment", "fund"}
    and path not in {"company.name", "company.province", "company.industry_code",
                     "company.registration", "company.governance",
                     "company.legal_representative", "candidate.name"}
]  # fmt: skip


def fill_ins(papers: Papers) -> set[tuple[str, str]]:
    """The fill-ins of the papers that are to be signed: label with the title of its paper."""
    return {
        (WORDS.label(path), paper.title)
        for paper in papers.values()
        if paper.id not in REPORTS
        for blank, path in FILL_INS.items()
        if any(blank in text for text in texts_in(paper.contexts))
    }


def listed(papers: Papers) -> set[tuple[str, str]]:
    """What the confirm paper says is left to fill in."""
    rows = papers["confirm"].contexts["docx"]["blanks"]
    return {(row["field"], paper) for row in rows for paper in row["papers"].split("、")}


@settings(max_examples=60)
@given(answers=companies())
def test_every_fill_in_stands_in_the_confirm_paper_and_the_other_way_round(
    answers: Mapping[str, Any],
) -> None:
    papers = make_papers(answers, {"company.credit_code": None})
    by_label = {WORDS.label(path) for path in FILL_INS.values()}
    assert {row for row in fill_ins(papers) if row[0] in by_label} == listed(papers)


PRINTED_WHEN_GIVEN = [
    "company.credit_code", "appointment.decision_date", "appointment.notice_number",
    "appointment.letter_number", "appointment.authorization_number", "appointment.level",
    "appointment.meeting.due", "appointment.meeting.votes_for", "fund.total",
    "appointment.full_time",
]  # fmt: skip


@pytest.mark.parametrize("path", PRINTED_WHEN_GIVEN)
def test_an_answer_that_is_missing_shows_as_a_fill_in_and_is_listed(path: str) -> None:
    assert (WORDS.label(path)) not in {label for label, _ in listed(make_papers())}
    papers = make_papers({path: None})
    assert WORDS.blank(path) in everything(papers, *REPORTS)
    assert WORDS.label(path) in {label for label, _ in listed(papers)}


# Where a value fell out without a trace.
SILENT = re.compile(r"自起|起至止|于召开|应到人，|实到人。|由签发|向报告|None")


@pytest.mark.parametrize("path", OPTIONAL)
def test_leaving_out_any_single_answer_leaves_no_silent_hole(path: str) -> None:
    papers = make_papers({path: None})
    for paper in papers.values():
        for text in texts_in(paper.contexts):
            assert not re.search(
                r"自起|起至止|于召开|应到人，|实到人。|由签发|向报告|None", text
            ), text


def test_a_concurrent_post_that_is_not_named_is_a_fill_in() -> None:
    papers = make_papers({"appointment.full_time": False})
    blank = WORDS.blank("appointment.concurrent_posts")
    assert block_texts(papers["decision"], "mode-concurrent") == [
        f"本岗位为兼任，所兼职务为{blank}。"
    ]
    assert ("聘任·兼任职务", papers["decision"].title) in listed(papers)


def test_a_signing_manager_without_a_name_is_a_fill_in() -> None:
    answers = {"appointment.appointer": "general-manager", "company.general_manager": None}
    papers = make_papers(IN_SHANXI, answers)
    blank = WORDS.blank("company.general_manager")
    assert papers["appointment"].contexts["docx"]["signer"] == blank
    assert ("企业·总经理", "聘任书") in listed(papers)


def test_nothing_is_left_to_fill_in_where_everything_was_answered() -> None:
    papers = make_papers()
    assert listed(papers) == set()
    assert papers["confirm"].contexts["docx"]["blanks"] == []


# ---------------------------------------------------------------- modality


def changed_modality(papers: Papers) -> list[str]:
    """Paragraphs with other modal words than their leading clause has.

    Bars have one lead-in for all, and a choice left open repeats no clause.
    """
    return [
        block.text
        for block in blocks_of(papers)
        if block.modality
        and block.topic.partition(".")[0] != LED_BY_BAR
        and "尚待企业选定" not in block.text
        and not modality_fits(bare(block.text), block.modality)
    ]


@settings(max_examples=60)
@given(answers=companies())
def test_no_paragraph_is_weaker_or_harder_than_its_clause(answers: Mapping[str, Any]) -> None:
    assert changed_modality(make_papers(answers)) == []


def test_what_every_clause_states_is_printed_without_shall() -> None:
    """DB50/T 1696: powers and duties are statements."""
    papers = make_papers(adopting(DB50))
    for part in ("decide-items", "approve-items", "supervise-items", "advise-items"):
        texts = block_texts(papers["authorization"], part)
        assert texts
        for text in texts:
            assert modalities_in(bare(text)) == set(), text


def recommendations(papers: Papers) -> dict[str, Block]:
    """The paragraphs that follow a recommendation, by their address."""
    return {b.id: b for b in blocks_of(papers) if b.topic and b.modality == "should"}


@pytest.mark.parametrize("base", [adopting(DB50), {**IN_SHANXI, **adopting(DB50, TEXTBOOK)}])
def test_a_recommendation_stays_one_unless_the_firm_makes_it_its_rule(
    base: Mapping[str, Any],
) -> None:
    kept = make_papers(base, {"plan.recommendations": "keep"})
    own = make_papers(base, {"plan.recommendations": "own-rule"})
    soft = recommendations(kept)
    assert len(soft) >= 5
    hardened = 0
    for one, other in zip(blocks_of(kept), blocks_of(own), strict=True):
        assert one.id == other.id
        if one.text == other.text:
            continue
        hardened += 1
        assert one.id in soft, "only a recommendation may be hardened"
        assert "宜" in one.text
        assert "应" in other.text
        assert "宜" not in other.text
        assert "本企业规定" in other.text, "it reads as the enterprise's own rule"
        assert other.origin == "enterprise"
    assert hardened >= 4
    by_default = make_papers(base)
    for name in set(kept) - REPORTS:
        assert kept[name] == by_default[name], "to keep it is the default"


def test_wishes_and_permissions_are_never_hardened() -> None:
    answers = {**IN_SHANXI, "company.large_group": True, "appointment.full_time": False}
    papers = make_papers(answers, {"plan.recommendations": "own-rule"})
    (relaxed,) = [b for b in papers["duties"].blocks if b.topic == "eligibility.relaxation"]
    assert relaxed.modality == "may"
    assert "可适当放宽" in relaxed.text


# ---------------------------------------------------------------- what papers may cite


@SOME
@given(answers=companies())
def test_only_a_basis_is_called_one(answers: Mapping[str, Any]) -> None:
    plan = make_plan(answers)
    papers = papers_of(plan)
    names = {r.standard.id: cite(r.standard, WORDS) for r in plan.standards}
    texts = [t for n, d in papers.items() if n not in REPORTS for t in texts_in(d.contexts)]
    for role in plan.standards:
        title = f"《{role.standard.title}》"
        for text in texts:
            if title not in text:
                continue
            assert role.role != "background"
            for said in re.findall(r"依据([^，。；]*)", text):
                assert role.role == "basis" or title not in said, text
            for said in re.findall(r"参照([^，。；]*)", text):
                assert role.role == "reference" or title not in said, text
            assert names[role.standard.id] in text or "）" in text


def test_textbook_and_draft_are_always_called_so() -> None:
    papers = make_papers(IN_GUANGDONG, adopting(TEXTBOOK, DRAFT))
    texts = [text for paper in papers.values() for text in texts_in(paper.contexts)]
    named = [text for text in texts if "首席质量官教程" in text or "制度建设规范" in text]
    assert len(named) > 5
    for text in named:
        if text.endswith("…”"):
            continue  # the first words of a paragraph, where it is listed
        assert text.count("《首席质量官教程》") == text.count("《首席质量官教程》（教材）"), text
        assert text.count("制度建设规范") == text.count("制度建设规范（报批稿）"), text


@SOME
@given(answers=companies())
def test_a_locator_is_never_printed_as_a_clause_number(answers: Mapping[str, Any]) -> None:
    plan = make_plan(answers)
    papers = papers_of(plan)
    text = everything(papers, "matrix")
    for role in plan.standards:
        if role.standard.locators == "heading":
            for clause in role.standard.clauses:
                assert clause.ref not in text, clause.key


def test_our_own_count_is_no_part_of_a_cited_number() -> None:
    text = everything(make_papers(adopting(DB50), {"candidate.bar_benefit": True}), "matrix")
    assert "5.1.4" in text
    assert "5.1.4-2" not in text


# ---------------------------------------------------------------- industry words

INDUSTRY = {
    "C14": ("产品", "原料进厂、生产过程、出厂检验"),
    "E47": ("工程", "材料进场、施工过程、竣工验收"),
    "I65": ("服务", "服务设计、提供过程、结果评价"),
    "A01": ("农产品", "投入品、种养过程、产地准出"),
    "F51": ("商品", "进货查验、储运过程、售后"),
}


@pytest.mark.parametrize("code", INDUSTRY)
def test_the_words_fit_the_industry(code: str) -> None:
    papers = make_papers(adopting(DB50), {"company.industry_code": code})
    product, stages = INDUSTRY[code]
    assert f"保障{product}质量安全" in block_texts(papers["duties"], "purpose-basis")[0]
    (gate,) = [b.text for b in papers["authorization"].blocks if b.topic == "power.process-gate"]
    assert f"部署{stages}各环节" in gate
    rows = papers["assessment"].contexts["docx"]["indicators"]
    assert any(row["name"].startswith(f"{product}质量") for row in rows)
    signed = everything(papers, *REPORTS)
    for other_code, (_, other_stages) in INDUSTRY.items():
        if other_code != code:
            assert other_stages not in signed


@pytest.mark.parametrize("code", ["E47", "I65", "A01", "F51"])
def test_no_factory_words_outside_the_factory(code: str) -> None:
    signed = everything(make_papers(adopting(DB50), {"company.industry_code": code}), *REPORTS)
    assert "原料进厂" not in signed
    assert "出厂" not in signed
    assert "生产过程" not in signed


# ---------------------------------------------------------------- dates and terms

DAY = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")
ORDER = ("party.date", "decision_date", "letter_date", "authorization_date", "start", "end")


@settings(max_examples=60)
@given(answers=companies())
def test_dates_are_in_order(answers: Mapping[str, Any]) -> None:
    a = make_plan(answers).case.answers.appointment
    days = [a.party.date, a.decision_date, a.letter_date, a.authorization_date, a.start, a.end]
    known = [day for day in days if day is not None]
    assert known == sorted(known)
    if a.start and a.end:
        assert a.start < a.end


def printed_day(text: str) -> date:
    match = DAY.search(text)
    assert match, text
    return date(*(int(part) for part in match.groups()))


def test_the_papers_print_the_dates_in_order() -> None:
    answers = {
        **STATE_OWNED,
        "appointment.letter_date": date(2026, 11, 11),
        "appointment.authorization_date": date(2026, 11, 12),
        "appointment.start": date(2026, 11, 16),
    }
    papers = make_papers(answers)
    days = [
        printed_day(block_texts(papers["decision"], "party")[0]),
        printed_day(papers["decision"].contexts["docx"]["act_date"]),
        printed_day(papers["appointment"].contexts["docx"]["date"]),
        printed_day(papers["authorization"].contexts["docx"]["date"]),
        printed_day(block_texts(papers["authorization"], "from-to")[0]),
    ]
    assert days == [date(2026, 11, day) for day in (6, 9, 11, 12, 16)]


@pytest.mark.parametrize(
    ("start", "years", "end"),
    [
        (date(2026, 11, 9), None, date(2029, 11, 8)),
        (date(2026, 1, 1), 1, date(2026, 12, 31)),
        # no 29 February to come back to: the month's last day ends the term
        (date(2028, 2, 29), 1, date(2029, 2, 28)),
        (date(2028, 2, 29), 4, date(2032, 2, 28)),
        (date(2027, 3, 1), 1, date(2028, 2, 29)),
    ],
)
def test_a_term_ends_the_day_before_its_anniversary(
    start: date, years: int | None, end: date
) -> None:
    plan = make_plan(
        {
            "appointment.decision_date": date(2026, 1, 1),
            "appointment.start": start,
            "appointment.term_years": years,
        }
    )
    assert plan.case.answers.appointment.end == end


def test_a_term_printed_in_years_agrees_with_its_dates() -> None:
    """The end was given, the number of years was not."""
    papers = make_papers(
        {"appointment.start": date(2026, 12, 1), "appointment.end": date(2027, 11, 30)}
    )
    for text in block_texts(papers["decision"], "term"):
        assert "2027年11月30日" in text
        assert "3年" not in text


def test_names_posts_and_dates_are_the_same_in_all_papers() -> None:
    papers = make_papers({"appointment.start": date(2026, 12, 1)})
    term = "2026年12月1日"
    for name in ("decision", "appointment", "authorization", "duties", "system"):
        assert term in printed(papers[name]), name
        assert "2029年11月30日" in printed(papers[name]) or name == "system"
    for name in ("decision", "appointment", "authorization", "duties", "assessment"):
        assert "陈思远" in printed(papers[name])


# ---------------------------------------------------------------- one person, many hats


def test_nobody_grants_himself_powers() -> None:
    papers = make_papers(OWNER_IS_OFFICER)
    text = printed(papers["authorization"])
    assert papers["authorization"].title == "首席质量官任职与履职声明"
    assert "现授权" not in text
    assert "被授权人" not in text
    assert "任职与履职声明" in "".join(block_texts(papers["decision"], "papers-self"))
    assert block_texts(papers["decision"], "papers") == []


def test_where_officer_and_head_differ_the_head_grants() -> None:
    text = printed(make_papers()["authorization"])
    assert "现授权陈思远" in text
    assert "周正平" in text


@pytest.mark.parametrize("sole", [True, False])
def test_nobody_reports_to_himself(sole: bool) -> None:
    answers: Mapping[str, Any] = (
        OWNER_IS_OFFICER
        if sole
        else {"company.general_manager": "陈思远", "appointment.level": "chief"}
    )
    papers = make_papers(answers)
    assert block_texts(papers["decision"], "report") == []
    organ = "股东会" if sole else "董事会"
    assert f"履职情况向{organ}报告" in block_texts(papers["decision"], "report-self")[0]
    signed = everything(papers, *REPORTS)
    assert "向总经理报告" not in signed
    assert "对总经理：" not in signed
    rows = papers["duties"].contexts["docx"]["post_info"]
    (shown,) = [row["value"] for row in rows if row["label"] == "报告对象"]
    assert shown == organ


def test_a_legal_representative_does_not_report_to_himself() -> None:
    answers = {
        "company.legal_representative": "陈思远",
        "appointment.reports_to": "legal-representative",
    }
    signed = everything(make_papers(answers), *REPORTS)
    assert "向法定代表人报告" not in signed
    assert "对法定代表人：" not in signed


@pytest.mark.parametrize("appointer", [None, "legal-representative", "general-manager"])
def test_nobody_signs_his_own_letter(appointer: str | None) -> None:
    papers = make_papers(OWNER_IS_OFFICER, {"appointment.appointer": appointer})
    assert papers["appointment"].contexts["docx"]["signer"] != "陈思远"


def test_the_rules_do_not_let_the_officer_empower_himself() -> None:
    text = printed(make_papers(OWNER_IS_OFFICER)["system"])
    assert "由法定代表人签发聘任书并授权" not in text


def test_who_deputizes_reports_to_the_manager() -> None:
    papers = make_papers()
    assert "首席质量官向总经理报告工作。" in block_texts(papers["decision"], "report")[0]
    assert "对总经理：" in block_texts(papers["duties"], "interface-decision")[0]


@pytest.mark.parametrize(
    ("assessor", "part"),
    [
        ("superior", "rule-superior"),
        ("shareholders", "rule-shareholders"),
        ("supervisor", "rule-supervisor"),
        ("external", "rule-external"),
        ("nobody", "rule-nobody"),
        (None, "rule-open"),
    ],
)
def test_the_form_says_who_assesses(assessor: str | None, part: str) -> None:
    papers = make_papers(OWNER_IS_OFFICER, {"assessment.assessor": assessor})
    rules = [b.id for b in papers["assessment"].blocks if "/rule-" in b.id]
    assert rules == [f"assessment/{part}", "assessment/rule-self"]
    assert "被考核人不参与本人考核结果的审定" in block_texts(papers["assessment"], "rule-self")[0]


def test_a_self_score_weighs_nothing_unless_the_firm_says_so() -> None:
    assert make_papers()["assessment"].contexts["xlsx"]["weight_self"] == 0
    answers = {
        "assessment.scorers.self_score": 10,
        "assessment.scorers.superior": 60,
        "assessment.scorers.board": 30,
    }
    assert make_papers(answers)["assessment"].contexts["xlsx"]["weight_self"] == 10


# ---------------------------------------------------------------- form of enterprise


@pytest.mark.parametrize(
    ("changes", "title", "part"),
    [
        ({}, "董事会决议", "meeting"),
        ({"company.governance": "single-director"}, "董事决定", "signature"),
        ({"appointment.level": "department", "appointment.articles_list_officer": False},
         "任命决定", "signature"),
        (OWNER_IS_OFFICER, "股东会决议", "meeting"),
        ({**OWNER_IS_OFFICER, "company.sole_shareholder": True}, "股东决定", "signature"),
        ({"company.registration": "140", "company.governance": None}, "投资人决定", "signature"),
        ({"company.registration": "400", "company.governance": "none"}, "成员大会决定", "meeting"),
        ({"company.registration": "131", "company.governance": None}, "任免决定", "document"),
    ],
)  # fmt: skip
def test_the_deciding_act_fits_the_form_of_enterprise(
    changes: Mapping[str, Any], title: str, part: str
) -> None:
    decision = make_papers(changes)["decision"]
    assert decision.contexts["docx"]["act_title"].endswith(title)
    shown = {b.id for b in decision.blocks} & {
        f"decision/{p}" for p in ("meeting", "signature", "document")
    }
    assert shown == {f"decision/{part}"}
    votes = block_texts(decision, "votes")
    assert bool(votes) is (part == "meeting")


def test_a_state_owned_firm_writes_of_the_party_and_calls_the_person_comrade() -> None:
    papers = make_papers(STATE_OWNED)
    assert "前置研究讨论" in block_texts(papers["decision"], "party")[0]
    assert papers["decision"].contexts["docx"]["notice_title"] == "关于陈思远任职的通知"
    assert papers["appointment"].contexts["docx"]["addressee"] == "陈思远同志："
    assert block_texts(papers["confirm"], "step-party")
    private = make_papers()
    assert "同志" not in everything(private, *REPORTS)
    assert "前置研究" not in everything(private)
    assert private["decision"].contexts["docx"]["notice_title"] == (
        "关于聘任陈思远为首席质量官的通知"
    )


def test_the_manager_nominates_a_deputy_but_not_himself() -> None:
    assert "总经理吴建国提名" in "".join(block_texts(make_papers()["decision"], "nominated"))
    own = make_papers({"company.general_manager": "陈思远"})
    assert block_texts(own["decision"], "nominated") == []


def test_the_notice_cites_the_act() -> None:
    papers = make_papers()
    cited = "本企业董事会2026年11月9日决议（渝精董〔2026〕6号）"
    for name in ("decision", "appointment", "authorization"):
        assert cited in printed(papers[name]), name


@pytest.mark.parametrize(
    ("activities", "posts"),
    [
        (["food"], "食品安全总监、食品安全员"),
        (["special-equipment-user"], "安全总监、安全员"),
        (["industrial-goods-maker", "industrial-goods-seller"], "质量安全总监、质量安全员"),
    ],
)
def test_other_compulsory_posts_are_named_and_kept_apart(activities: list[str], posts: str) -> None:
    papers = make_papers({"company.regulated_activities": activities})
    assert posts in "".join(block_texts(papers["system"], "keep-apart"))
    assert len(block_texts(papers["confirm"], "step-posts")) == len(activities)
    assert "总监" not in everything(make_papers(), *REPORTS)


def test_what_the_fund_rests_on() -> None:
    assert block_texts(make_papers(adopting(DB50))["budget"], "ground-basis")
    assert block_texts(make_papers()["budget"], "ground-reference")
    own = make_papers(IN_SHANXI)["budget"]
    assert "DB50" not in printed(own)
    assert "山西" not in printed(own)
    assert block_texts(own, "ground-own")


def test_a_fund_that_a_basis_asks_for_is_not_said_to_rest_on_a_reference_too() -> None:
    library = workspace().library
    fund = next(c for c in library.standard(DB50).clauses if c.topic == "fund.establish")
    pilot = library.standard(PILOT)
    both = replace(pilot, clauses=(*pilot.clauses, replace(fund, standard=PILOT)))
    library = replace(
        library, standards=tuple(both if s is pilot else s for s in library.standards)
    )
    adopted = papers_of(make_plan(adopting(DB50), library=library), library)["budget"]
    (ground,) = block_texts(adopted, "ground-basis")
    assert "DB50" in ground
    assert "质检办质" not in ground
    (ground,) = block_texts(
        papers_of(make_plan(library=library), library)["budget"], "ground-reference"
    )
    assert "DB50" in ground
    assert "质检办质" in ground


def test_no_fund_no_budget() -> None:
    papers = make_papers({"fund.establish": False, "fund.total": None})
    assert "budget" not in papers
    assert block_texts(papers["decision"], "fund") == []
    assert "专项经费" not in everything(papers, *REPORTS)


def test_a_spending_limit_is_the_enterprises_own_rule() -> None:
    papers = make_papers(adopting(DB50), {"authority.spending_limit": "50000"})
    for name, part in (("authorization", "limit"), ("system", "disposal-limited"),
                       ("budget", "disposal-limited")):  # fmt: skip
        (text,) = block_texts(papers[name], part)
        assert "伍万元整" in text
        assert "¥50,000.00" in text
        assert "本企业规定" in text
    assert "统一支配使用。" not in everything(papers, *REPORTS)


# ---------------------------------------------------------------- veto scope, sources kept apart


@pytest.mark.parametrize(
    "answers",
    [
        {},
        adopting(DB50),
        {**IN_SHANXI, **adopting(DB50)},
        {**IN_ZHEJIANG, **adopting(DB50)},
        IN_SHANXI,
    ],
)
def test_the_narrower_veto_is_printed(answers: Mapping[str, Any]) -> None:
    """重庆 gives it inside the enterprise, the others inside the assessment only."""
    papers = make_papers(answers)
    (text,) = [b.text for b in papers["authorization"].blocks if b.topic == "power.quality-veto"]
    assert "在考核中行使质量安全“一票否决”权" in text


def test_the_wide_veto_is_left_open_under_policy_ask() -> None:
    papers = make_papers(adopting(DB50), {"plan.policy": "ask"})
    (text,) = [b.text for b in papers["authorization"].blocks if b.topic == "power.quality-veto"]
    assert "限于内部质量考核" in text
    assert "企业内部质量安全事项" in text
    assert "＿＿＿" in text


def test_shanxi_says_enterprise_culture_and_a_recall_system() -> None:
    text = printed(make_papers(IN_SHANXI)["duties"])
    assert "负责企业文化的创建和推进" in text
    assert "建立缺陷产品召回制度" in text
    assert "领导并组织开展缺陷产品召回" not in text


def test_the_notice_is_not_cited_for_what_only_the_textbook_says() -> None:
    plan = make_plan(IN_ZHEJIANG)
    assert role_of(plan, PILOT) == "reference"
    text = everything(papers_of(plan), "matrix")
    for only_textbook in ("调配人力资源", "售后服务纳入把关", "评估质量风险", "质量第一责任人",
                          "直接责任", "考核合格，且每年"):  # fmt: skip
        assert only_textbook not in text
    with_textbook = everything(make_papers(IN_ZHEJIANG, adopting(TEXTBOOK)), "matrix")
    assert "调配人力资源" in with_textbook
    assert "管理责任" in with_textbook


def test_two_kinds_of_firm_get_two_duties() -> None:
    leading = printed(make_papers(adopting(DB50), {"company.benchmark": True})["duties"])
    learning = printed(make_papers(adopting(DB50), {"company.benchmark": False})["duties"])
    unasked = printed(make_papers(adopting(DB50), {"company.benchmark": None})["duties"])
    assert "传帮带" in leading
    assert "传帮带" not in learning
    assert "标杆经验的学习" in learning
    assert "标杆经验的学习" not in leading
    assert "标杆" not in unasked


def test_a_micro_firm_gets_shorter_papers() -> None:
    micro = make_papers(IN_SHANXI, {"company.employees": 8, "company.revenue": 200})
    small = make_papers(IN_SHANXI)
    assert set(micro) == set(small)
    for name in ("duties", "system"):
        assert len(micro[name].blocks) < len(small[name].blocks), name


@pytest.mark.parametrize("province", ["重庆市", "山西省"])
def test_an_unknown_size_loses_no_power_and_no_duty(province: str) -> None:
    """Not known to be micro: the full forms are written."""
    known = make_papers({"company.province": province})
    unknown = make_papers({"company.province": province, "company.employees": None})
    for name in ("authorization", "duties", "system"):
        topics = {b.topic for b in known[name].blocks}
        assert {b.topic for b in unknown[name].blocks} == topics, name


def test_a_declared_bar_opens_the_confirm_paper() -> None:
    papers = make_papers(adopting(DB50), {"candidate.bar_benefit": True})
    first = block_texts(papers["confirm"], "verdict-lines")[0]
    assert first.startswith("【不得聘任】陈思远")
    assert "5.1.4" in first
    assert papers["confirm"].contexts["docx"]["findings"][0]["severity"] == "缺口"
    assert set(papers) == set(make_papers(adopting(DB50)))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["符合任职条件"]),
        ({"candidate.title_rank": "junior"}, ["不符合任职条件"]),
        ({"candidate.title_rank": None}, ["尚不能作出结论"]),
    ],
)
def test_the_verdict_comes_first_with_its_mark(
    changes: Mapping[str, Any], expected: list[str]
) -> None:
    papers = make_papers(adopting(DB50), changes)
    first = block_texts(papers["confirm"], "verdict-lines")[0]
    assert expected[0] in first
    assert ("【待补正】" in first) is bool(changes)


# ---------------------------------------------------------------- numbers before paragraphs


@SOME
@given(answers=companies())
def test_numbers_run_without_a_gap(answers: Mapping[str, Any]) -> None:
    for paper in make_papers(answers).values():
        articles = [b.text for b in paper.blocks if b.style == "article"]
        for n, text in enumerate(articles, 1):
            assert text.startswith(f"第{WORDS.numeral(n)}条　"), text
        chapters = [b.text for b in paper.blocks if b.style == "chapter"]
        for n, text in enumerate(chapters, 1):
            assert text.startswith(f"第{WORDS.numeral(n)}章　"), text
        heads = [b.text for b in paper.blocks if b.style == "heading1"]
        for n, text in enumerate(heads, 1):
            assert text.startswith(f"{WORDS.numeral(n)}、"), text
        previous = 0
        for block in paper.blocks:
            match = re.match(r"(\d+)\.", block.text) if block.style == "item" else None
            if match:
                assert int(match[1]) in {1, previous + 1}, block.text
                previous = int(match[1])
            elif block.style != "item":
                previous = 0 if block.style in {"heading1", "heading2", "caption"} else previous


@SOME
@given(answers=companies())
def test_no_lead_in_leads_into_nothing(answers: Mapping[str, Any]) -> None:
    for paper in make_papers(answers).values():
        for block, following in zip_longest(paper.blocks, paper.blocks[1:]):
            if block.text.endswith("：") and block.flow != "notice":
                assert following is not None, block.id
                assert following.style in {"item", "clause-item"}, (block.id, following.id)
            if block.style in {"heading1", "heading2", "chapter"}:
                assert following is not None, block.id
                assert following.style not in {"heading1", "chapter"}, block.id


# ---------------------------------------------------------------- the sheet tells the same


def test_the_matrix_leads_from_a_clause_to_its_own_paragraph() -> None:
    """Each 对应段落 is the place of a paragraph that names the clause."""
    plan = make_plan(adopting(DB50))
    sheet = papers_of(plan)["matrix"].contexts["xlsx"]
    resting_on: dict[str, list[str]] = {}
    for row in sheet["paragraphs"]:
        resting_on.setdefault(f"《{row['paper']}》{row['block']}", []).append(row["clauses"])
    for decision, row in zip(plan.clauses, sheet["clauses"], strict=True):
        wanted = clause_ref(source_of(plan), decision.clause.key)
        for place in filter(None, row["blocks"].split("\n")):
            assert any(wanted in clauses for clauses in resting_on[place]), (wanted, place)


def test_qualification_of_each_standard_is_placed_at_its_own_paragraph() -> None:
    plan = make_plan(adopting(DB50))
    papers = papers_of(plan)
    rows = papers["matrix"].contexts["xlsx"]["clauses"]
    by_key = {d.clause.key: row for d, row in zip(plan.clauses, rows, strict=True)}
    chongqing = by_key[f"{DB50}#5.1.2"]["blocks"]
    notice = by_key[f"{PILOT}#任职条件-3"]["blocks"]
    assert chongqing
    assert chongqing != notice


def test_sample_papers_agree_with_their_plan(sample: tuple[Plan, Papers]) -> None:
    plan, papers = sample
    assert set(papers) == {p.paper.id for p in plan.papers}
    name = plan.case.answers.company.name
    for paper in papers.values():
        for context in paper.contexts.values():
            assert context["as_of"] == AS_OF
            assert context["company_name"] == name


def test_sample_paragraphs_keep_their_modality(sample: tuple[Plan, Papers]) -> None:
    assert changed_modality(sample[1]) == []


def test_sample_fill_ins_are_listed(sample: tuple[Plan, Papers]) -> None:
    assert fill_ins(sample[1]) == listed(sample[1])


def test_composing_twice_gives_the_same() -> None:
    plan = make_plan(adopting(*STANDARDS))
    assert papers_of(plan) == papers_of(plan)


@pytest.mark.parametrize("name", ["appointment", "authorization", "assessment"])
def test_a_single_paper_reads_as_it_does_in_the_whole_pack(name: str) -> None:
    """Made alone with --only it must not say anything else."""
    whole = make_papers(adopting(DB50))
    alone = make_papers(adopting(DB50), {"output.documents": [name]})
    assert set(alone) == {name}
    assert printed(alone[name]) == printed(whole[name])


def test_money_in_words_stands_beside_the_figure() -> None:
    papers = make_papers({"fund.total": "120000.05"})
    context = papers["budget"].contexts["docx"]
    assert context["totals"][-1]["amount"] == "120,000.05"
    assert "壹拾贰万元零伍分" in context["capital"]
    assert papers["budget"].contexts["xlsx"]["total"] == Decimal("120000.05")

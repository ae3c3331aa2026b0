"""The company's rules: chapters and articles that fit its size, form, standards and people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from cases import (
    DB50,
    DRAFT,
    IN_SHANXI,
    OWNER_IS_OFFICER,
    STANDARDS,
    STATE_OWNED,
    adopting,
    block_texts,
    companies,
    make_papers,
    make_plan,
    papers_of,
    printed,
    status_of,
    workspace,
)
from hypothesis import given, settings

from cqo_docs.papers.composer import Block, Document

Answers = Mapping[str, Any]
WORDS = workspace().wording
MICRO: Answers = {"company.employees": 8, "company.revenue": 200}
LARGE: Answers = {
    "company.employees": 3000, "company.revenue": 90000, "company.large_group": True,
}  # fmt: skip
COOPERATIVE: Answers = {
    "company.registration": "400", "company.governance": "none", "company.industry_code": "A01",
}  # fmt: skip
NO_FUND: Answers = {"fund.establish": False, "fund.total": None}
NUMBER = re.compile(r"^第([一二三四五六七八九十]+)条　")
NAMED = re.compile(r"第([一二三四五六七八九十]+)条(?:至第([一二三四五六七八九十]+)条)?")
NUMERALS = {WORDS.numeral(n): n for n in range(1, 100)}


def rules(*changes: Answers) -> Document:
    return make_papers(*changes)["system"]


def chapters(paper: Document) -> list[str]:
    return [b.text.partition("　")[2] for b in paper.blocks if b.style == "chapter"]


def articles(paper: Document) -> dict[int, Block]:
    """The articles by their numbers."""
    found = {}
    for block in paper.blocks:
        match = NUMBER.match(block.text)
        if block.style == "article" and match:
            found[NUMERALS[match[1]]] = block
    return found


def named(paper: Document) -> set[int]:
    """The numbers of the articles that the paper calls the enterprise's own."""
    (text,) = [b.text for b in paper.blocks if b.id.endswith("own-articles")]
    found: set[int] = set()
    for first, last in NAMED.findall(NUMBER.sub("", text)):
        found |= set(range(NUMERALS[first], NUMERALS[last or first] + 1))
    return found


# ---------------------------------------------------------------- chapters

ALL = ["总则", "制度策划", "岗位与聘任", "职责与权限", "行为规范与责任", "考核", "授权管理",
       "备案与档案", "能力提升", "激励", "退出", "经费保障", "评估与改进", "附则"]  # fmt: skip


@pytest.mark.parametrize("size", [{}, LARGE, {"company.employees": None}])
@pytest.mark.parametrize("standards", [{}, adopting(DB50), adopting(*STANDARDS), IN_SHANXI])
def test_the_rules_in_full_have_every_chapter(size: Answers, standards: Answers) -> None:
    assert chapters(rules(size, standards)) == ALL


def test_without_a_fund_there_is_no_chapter_on_money() -> None:
    assert chapters(rules(NO_FUND)) == [name for name in ALL if name != "经费保障"]


def test_an_owner_who_is_the_officer_declares_and_is_not_empowered() -> None:
    paper = rules(OWNER_IS_OFFICER)
    assert chapters(paper) == [n.replace("授权管理", "履职声明") for n in ALL]
    text = printed(paper)
    assert "不向本人授权" in text
    assert "授权书" not in text.replace("另行签署授权书", "")


def test_a_micro_firm_has_short_rules_without_chapters_chart_and_list() -> None:
    paper = rules(MICRO)
    assert chapters(paper) == []
    assert 10 <= len(articles(paper)) <= 20
    context = paper.contexts["docx"]
    assert (context["chart"], context["units"]) == ([], [])
    assert [b.text for b in paper.blocks if b.style == "caption"] == ["附件：签收回执"]


@pytest.mark.parametrize(
    ("changes", "words", "absent"),
    [
        (STATE_OWNED, ["先由党组织前置研究讨论"], ["成员"]),
        ({}, ["听取工会的意见", "职工代表大会"], ["党组织", "所属企业"]),
        (LARGE, ["所属企业设立首席质量官的", "会同人力资源、财务、法务等部门起草"], ["党组织"]),
        (COOPERATIVE, ["听取成员和职工的意见", "本社规定", "农产品"], ["本企业", "工会"]),
        ({"company.industry_code": "E47"}, ["工程质量状况"], ["产品质量状况"]),
        ({"company.industry_code": "I65"}, ["服务质量状况"], ["产品质量状况"]),
        ({"appointment.full_time": False, "appointment.concurrent_posts": ["副总经理"]},
         ["任职方式为兼任（副总经理）"], ["任职方式为专职"]),
        ({"company.regulated_activities": ["food"]}, ["食品安全总监、食品安全员"], []),
        ({"assessment.assessor": "nobody", **OWNER_IS_OFFICER},
         ["按年度考核"], ["不评定等次"]),
        ({**OWNER_IS_OFFICER, "assessment.assessor": "nobody"},
         ["不评定等次"], ["按年度考核", "连续两个考核周期不合格"]),
        ({"authority.spending_limit": "50000"}, ["伍万元整", "该限额为本企业规定"], []),
        ({"appointment.ceremony": True, "appointment.treatment": True},
         ["举行聘任仪式", "高层副职及以上领导岗位待遇"], []),
    ],
)  # fmt: skip
def test_the_text_fits_the_company(changes: Answers, words: list[str], absent: list[str]) -> None:
    text = printed(rules(changes))
    for word in words:
        assert word in text, word
    for word in absent:
        assert word not in text, word


def test_each_standard_says_its_own_on_liability() -> None:
    texts = block_texts(rules(adopting(*STANDARDS)), "liability-items")
    assert len(texts) == 3
    assert "质检办质〔2012〕749号" in texts[0]
    assert "教材" in texts[1]
    assert len(block_texts(rules(), "liability-items")) == 1


def test_the_steps_around_the_rules_are_there() -> None:
    for changes in ({}, MICRO, COOPERATIVE, OWNER_IS_OFFICER):
        text = printed(rules(changes))
        for word in ("听取", "公示", "签收", "签收人：", "施行"):
            assert word in text, (changes, word)


def test_the_annex_lists_the_other_papers_of_the_pack() -> None:
    listed = block_texts(rules(), "paper-list")
    assert "《首席质量官授权书》。" in listed[2]
    assert not [text for text in listed if "管理制度" in text or "对照表" in text]
    assert len(block_texts(rules(NO_FUND), "paper-list")) == len(listed) - 1


def test_the_clauses_of_a_draft_on_rules_are_all_covered() -> None:
    plan = make_plan(adopting(DRAFT))
    refs = [c.clause.ref for c in plan.clauses if c.clause.standard == DRAFT]
    assert len(refs) >= 19
    ours = [r for r in refs if r.startswith(("策划", "建立与实施", "评估"))]
    # What the draft asks of the officer's conditions is covered by the description of the post.
    assert {status_of(plan, DRAFT, ref) for ref in ours} == {"covered"}


# ---------------------------------------------------------------- what is the enterprise's own


@settings(max_examples=40)
@given(answers=companies())
def test_the_paper_names_exactly_its_own_articles(answers: Answers) -> None:
    paper = rules(answers)
    found = articles(paper)
    own = {n for n, block in found.items() if block.origin == "enterprise" and not block.topic}
    assert named(paper) == own
    assert own
    for number in own:
        # An article that covers clauses and is ours besides says itself what is ours.
        clauses = found[number].clauses
        assert not clauses or re.search(r"本\S+规定|岗位职责|仪式|待遇", found[number].text), number


def test_what_no_source_says_is_the_enterprises_own() -> None:
    """Only Shanxi says to whom the officer reports."""
    (here,) = [n for n, b in articles(rules()).items() if b.id == "system/reporting"]
    assert here in named(rules())
    shanxi = rules(IN_SHANXI)
    (there,) = [n for n, b in articles(shanxi).items() if b.id == "system/reporting"]
    assert there not in named(shanxi)


@pytest.mark.parametrize(
    ("own", "text"),
    [
        ("一", "第一条"),
        ("一二", "第一条、第二条"),
        ("一二三", "第一条至第三条"),
        ("一三四五七八", "第一条、第三条至第五条、第七条、第八条"),
    ],
)
def test_several_articles_in_a_row_are_named_as_one(own: str, text: str) -> None:
    from cqo_docs.papers.composer import own_articles
    from cqo_docs.plan.model import PlannedBlock

    blocks = [
        PlannedBlock("", "", "", "", style, origin="enterprise" if numeral in own else "law")
        for numeral in "一二三四五六七八"
        # Items between the articles do not count.
        for style in ("article", "clause-item")
    ]
    assert own_articles(blocks, WORDS) == text


# ---------------------------------------------------------------- the firm and its manager

OWN = {"112": "本企业", "131": "本企业", "140": "本企业", "400": "本社", "500": "本单位",
       "900": "本单位"}  # fmt: skip


@pytest.mark.parametrize(("registration", "own"), OWN.items())
def test_every_paper_speaks_of_the_firm_with_one_word(registration: str, own: str) -> None:
    governance = "board" if registration == "112" else None
    answers = {"company.registration": registration, "company.governance": governance}
    for paper in make_papers(IN_SHANXI, adopting(*STANDARDS), answers).values():
        if paper.id == "matrix":
            continue  # it quotes the standards
        text = printed(paper)
        for other in set(OWN.values()) - {own}:
            assert other not in text, (paper.id, other)
        if paper.id == "system":
            assert f"{own}规定" in text


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({}, "总经理"),
        ({"candidate.current_post": "副总裁兼总工程师"}, "总裁"),
        ({"candidate.current_post": "质量部经理"}, "总经理"),
        ({"appointment.concurrent_posts": ["经理"], "appointment.full_time": False}, "经理"),
        ({"company.general_manager": None, "appointment.reports_to": None}, "经理"),
        ({"company.general_manager": None}, "总经理"),
        ({**COOPERATIVE, "appointment.level": "department"}, "经理"),
        ({**COOPERATIVE, "candidate.current_post": "副总经理"}, "总经理"),
        ({"company.registration": "131", "company.governance": None,
          "company.name": "国营渝州机械厂"}, "厂长"),
    ],
)  # fmt: skip
def test_the_manager_has_one_title_in_all_papers(changes: Answers, title: str) -> None:
    papers = make_papers(IN_SHANXI, {"appointment.level": "department"}, changes)
    others = {"总裁", "总经理", "厂长"} - {title}
    for paper in papers.values():
        if paper.id in {"confirm", "matrix"}:
            continue  # they quote the questionnaire and the standards
        # A fill-in names the question.
        text = re.sub(r"＿+（[^）]*）", "", printed(paper))
        given = [str(v) for v in changes.values()]
        for word in ["副总裁", "副总经理", "（总裁）", *given]:
            text = text.replace(word, "")
        for other in others:
            assert other not in text, (paper.id, other, title)
        if paper.id == "decision":
            assert title in text


# ---------------------------------------------------------------- short papers


@pytest.mark.parametrize("base", [IN_SHANXI, adopting(DB50), adopting(*STANDARDS)])
def test_letter_and_authority_of_a_micro_firm_are_one_paper(base: Answers) -> None:
    papers = make_papers(base, MICRO)
    letter, authority = papers["appointment"], papers["authorization"]
    assert letter.title == authority.title == "首席质量官聘任与授权书"
    assert (letter.number, letter.file, letter.template) == (
        authority.number, authority.file, authority.template,
    ) == (2, "聘任与授权书", "appointment-authorization.docx")  # fmt: skip
    assert letter.contexts == authority.contexts
    plan = make_plan(base, MICRO)
    assert [p.paper.id for p in plan.papers] == list(make_papers(base))
    for decision in plan.clauses:
        assert "appointment-authorization" not in decision.papers


def test_a_fill_in_of_the_shared_paper_is_listed_once() -> None:
    papers = make_papers(MICRO, {"appointment.decision_date": None})
    rows = papers["confirm"].contexts["docx"]["blanks"]
    told = [row["papers"] for row in rows if "决定日期" in row["field"]]
    assert len(told) == 1
    assert told[0].split("、").count("首席质量官聘任与授权书") == 1


@pytest.mark.parametrize("names", [["appointment"], ["authorization"], ["authorization", "duties"]])
def test_one_of_the_two_alone_stands_in_its_own_file(names: list[str]) -> None:
    papers = make_papers(MICRO, {"output.documents": names})
    assert set(papers) == set(names)
    for name in names:
        assert papers[name].template == f"{name}.docx"
        assert "聘任与授权书" not in papers[name].title


def test_the_officer_who_owns_a_micro_firm_declares_in_the_shared_paper() -> None:
    papers = make_papers(MICRO, OWNER_IS_OFFICER)
    assert papers["appointment"].title == "首席质量官聘任与履职声明书"
    text = printed(papers["authorization"])
    assert "现授权" not in text
    assert "兹聘任您" not in text
    assert "不另作授权" in text
    assert "声明人（签字）：" in text


@pytest.mark.parametrize("number", [None, "渝精发〔2026〕18号"])
def test_a_micro_firm_announces_in_the_decision_unless_it_numbers_a_notice(
    number: str | None,
) -> None:
    decision = make_papers(MICRO, {"appointment.notice_number": number})["decision"]
    notice = decision.contexts["docx"]["notice"]
    assert bool(notice) is (number is not None)
    assert decision.title == ("聘任决定与任职通知" if number else "聘任决定")
    if number:
        assert decision.contexts["docx"]["notice_number"] == number
    else:
        assert "本决定予以公布" in printed(decision)
        assert decision.contexts["docx"]["notice_number"] == ""


def test_a_paper_of_a_plan_without_micro_shares_nothing() -> None:
    assert all(p.shared is None for p in make_plan().papers)
    assert "joined" not in "".join(papers_of(make_plan()))

"""The papers about the officer: review of eligibility, pledge, filing, leaving the post."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from cases import (
    DB50,
    DRAFT,
    IN_GUANGDONG,
    IN_SHANXI,
    IN_ZHEJIANG,
    OWNER_IS_OFFICER,
    PILOT,
    SHANXI,
    STATE_OWNED,
    TEXTBOOK,
    adopting,
    block_texts,
    clauses_in_play,
    make_papers,
    make_plan,
    papers_of,
    printed,
    texts_in,
    workspace,
)

from cqo_docs.papers.composer import Block, Document
from cqo_docs.plan.model import Plan
from cqo_docs.wording.placeholders import fill

PEOPLE = ("eligibility", "pledge", "filing", "exit")
ALL_FOUR: Mapping[str, Any] = {"output.documents": [*PEOPLE, "authorization", "confirm"]}
MICRO: Mapping[str, Any] = {
    "company.employees": 8,
    "company.revenue": 150,
    "company.assets": 120,
    "company.above_scale": False,
}
FOREIGN: Mapping[str, Any] = {"company.registration": "310", "company.control": "foreign"}
COOPERATIVE: Mapping[str, Any] = {
    "company.registration": "400",
    "company.governance": "none",
    "company.industry_code": "A01",
}
BARRED: Mapping[str, Any] = {"candidate.bar_benefit": True}
UNKNOWN: Mapping[str, Any] = dict.fromkeys(
    [
        "candidate.degree", "candidate.title_rank", "candidate.title_name", "candidate.training",
        "candidate.years_quality", "candidate.years_quality_management",
        "candidate.years_enterprise_quality_management", "candidate.continuing_education",
        "candidate.certificate", "candidate.bar_violation", "candidate.bar_benefit",
        "candidate.bar_disclosure", "candidate.quality_qualification", "candidate.current_post",
        "company.city", "company.listed", "appointment.kind", "company.regulated_activities",
    ]
)  # fmt: skip
RELAXED: Mapping[str, Any] = {
    **IN_SHANXI,
    "candidate.title_rank": "junior",
    "candidate.title_name": "助理工程师",
    "candidate.degree": "junior-college",
    "candidate.technical_backbone": True,
    "candidate.relaxation_reason": "从业二十年，主持攻关三项",
}
SEVERAL: Mapping[str, Any] = {**IN_GUANGDONG, **adopting(DB50, SHANXI, TEXTBOOK, DRAFT)}
CASES: dict[str, tuple[Mapping[str, Any], ...]] = {
    "small private firm": (adopting(DB50),),
    "micro": (IN_SHANXI, MICRO),
    "owner is officer": (IN_SHANXI, MICRO, OWNER_IS_OFFICER),
    "state-owned": (IN_SHANXI, STATE_OWNED),
    "foreign": (IN_GUANGDONG, FOREIGN, adopting(TEXTBOOK)),
    "cooperative": (IN_SHANXI, COOPERATIVE),
    "barred": (BARRED,),
    "unknown": (adopting(DB50), UNKNOWN),
    "several standards": (SEVERAL,),
    "several standards, recommendations made rules": (
        SEVERAL,
        {"plan.recommendations": "own-rule"},
    ),
    "relaxed": (RELAXED,),
    "relaxed without a reason": (RELAXED, {"candidate.relaxation_reason": None}),
    "renewal": (IN_GUANGDONG, {"appointment.kind": "renewal"}),
    "no instrument of its own": (IN_ZHEJIANG,),
    "trade": (IN_ZHEJIANG, {"company.industry_code": "F51"}),
}
every_case = pytest.mark.parametrize("name", CASES)


def plan_for(name: str) -> Plan:
    return make_plan(*CASES[name], ALL_FOUR)


def rows_of(paper: Document, flow: str) -> list[dict[str, str]]:
    rows = paper.contexts["docx"][flow]
    assert isinstance(rows, list)
    return rows


def shown(paper: Document, part: str) -> list[Block]:
    return [b for b in paper.blocks if b.id.startswith(f"{paper.id}/{part}/")]


# ---------------------------------------------------------------- in every case


@every_case
def test_every_condition_of_every_standard_in_play_stands_in_one_row(name: str) -> None:
    plan = plan_for(name)
    paper = papers_of(plan)["eligibility"]
    wanted = [c.key for c in clauses_in_play(plan) if c.kind == "eligibility" and not c.relaxes]
    assert [key for b in shown(paper, "condition") for key in b.clauses] == wanted
    assert len(rows_of(paper, "conditions")) == len(wanted)
    assert wanted


@every_case
def test_every_bar_of_every_standard_in_play_stands_in_one_row_and_no_other(name: str) -> None:
    plan = plan_for(name)
    papers = papers_of(plan)
    wanted = [c.key for c in clauses_in_play(plan) if c.kind == "disqualification"]
    assert [key for b in shown(papers["eligibility"], "bar") for key in b.clauses] == wanted
    assert Counter(k for b in shown(papers["pledge"], "bars-items") for k in b.clauses) == Counter(
        wanted
    )
    assert len(rows_of(papers["eligibility"], "bars")) == len(wanted)


@every_case
def test_nothing_of_a_standard_out_of_play_is_said(name: str) -> None:
    plan = plan_for(name)
    papers = papers_of(plan)
    out = [r.standard for r in plan.standards if r.role == "background"]
    in_play = {c.key for c in clauses_in_play(plan)}
    for paper in PEOPLE:
        assert {k for b in papers[paper].blocks for k in b.clauses} <= in_play
        for standard in out:
            for mark in filter(None, (standard.number, standard.title)):
                assert mark not in printed(papers[paper]), (paper, mark)


@every_case
def test_every_rule_of_conduct_in_play_is_pledged(name: str) -> None:
    plan = plan_for(name)
    said = {k for b in papers_of(plan)["pledge"].blocks for k in b.clauses}
    wanted = {c.key for c in clauses_in_play(plan) if c.kind in {"conduct", "liability"}}
    assert wanted <= said


TAGS = re.compile(r"None|True|False|\{\{|\}\}|\{%|\bclause\b|\bstandards?\b|[a-z]+_[a-z]+")


@every_case
def test_no_text_holds_an_id_or_a_hole(name: str) -> None:
    papers = papers_of(plan_for(name))
    for paper in PEOPLE:
        for text in texts_in(papers[paper].contexts):
            assert not TAGS.search(text), (paper, text)


@every_case
def test_the_modality_of_a_condition_is_kept(name: str) -> None:
    plan = plan_for(name)
    library, words = workspace().library, workspace().wording
    for block in shown(papers_of(plan)["eligibility"], "condition"):
        clause = library.clause(block.clauses[0])
        word = words.modal(block.modality)
        assert block.text.startswith(word)
        if block.modality != clause.modality:
            assert block.origin == "enterprise"
            assert block.text.endswith(fill(str(words.formats["own-rule"]), {"own": "本企业"}))


def test_the_default_pack_holds_review_pledge_and_filing() -> None:
    assert {"eligibility", "pledge", "filing"} <= set(make_papers())
    assert "exit" not in make_papers()


@pytest.mark.parametrize(
    "change",
    [
        STATE_OWNED,
        {"company.employees": 1200, "company.revenue": 60000, "company.assets": 50000},
    ],
    ids=["state-owned", "large"],
)
def test_large_and_state_owned_firms_get_the_exit_papers_too(change: Mapping[str, Any]) -> None:
    assert "exit" in make_papers(change)


# ---------------------------------------------------------------- the review


def results(*changes: Mapping[str, Any]) -> dict[str, str]:
    """The verdict of each condition by its clause."""
    paper = make_papers(*changes)["eligibility"]
    rows = rows_of(paper, "conditions")
    blocks = shown(paper, "condition")
    return {b.clauses[0]: r["verdict"] for b, r in zip(blocks, rows, strict=True)}


BOXES = "☐符合\n☐不符合"


@pytest.mark.parametrize(
    ("changes", "clause", "verdict"),
    [
        ((adopting(DB50),), f"{DB50}#5.1.2", "符合"),
        ((adopting(DB50),), f"{DB50}#5.1.1", BOXES),
        ((adopting(DB50),), f"{DB50}#5.1.3", "符合"),
        ((), f"{PILOT}#任职条件-4", "符合"),
        (({"candidate.training": "none"},), f"{PILOT}#任职条件-4", "不符合"),
        (({"candidate.training": None},), f"{PILOT}#任职条件-4", "待核实"),
        ((RELAXED,), f"{SHANXI}#四（二）-1", "按放宽条件符合"),
        ((RELAXED, {"candidate.technical_backbone": False}), f"{SHANXI}#四（二）-1", "不符合"),
        ((SEVERAL,), f"{DRAFT}#建立与实施-2", BOXES),
        ((adopting(DB50), OWNER_IS_OFFICER), f"{DB50}#5.1.3", "不符合"),
    ],
)
def test_each_condition_has_its_verdict(
    changes: tuple[Mapping[str, Any], ...], clause: str, verdict: str
) -> None:
    assert results(*changes)[clause] == verdict


def test_the_evidence_is_the_answers_in_words() -> None:
    rows = rows_of(make_papers(adopting(DB50))["eligibility"], "conditions")
    (row,) = [r for r in rows if r["source"] == "依据DB50/T 1696—2024 5.1.2"]
    assert row["evidence"] == "学历为本科；职称等级为中级；企业质量管理工作年限为6年"


def test_the_letter_of_authority_is_evidence() -> None:
    rows = rows_of(make_papers(adopting(DB50))["eligibility"], "conditions")
    (row,) = [r for r in rows if r["source"].endswith("5.1.3")]
    assert row["evidence"] == "有《首席质量官授权书》"


def test_a_clause_number_is_cited_only_where_it_may_be() -> None:
    plan = make_plan(SEVERAL, ALL_FOUR)
    paper = papers_of(plan)["eligibility"]
    for block, row in zip(shown(paper, "condition"), rows_of(paper, "conditions"), strict=True):
        clause = workspace().library.clause(block.clauses[0])
        assert row["source"].startswith("参照")
        if clause.cited:
            assert row["source"].endswith(f" {clause.cited}")
        else:
            assert "任职条件-" not in row["source"]
            assert "建立与实施" not in row["source"]


def test_a_declared_bar_is_told_and_forbids() -> None:
    papers = make_papers(BARRED, ALL_FOUR)
    declared = [row["declared"] for row in rows_of(papers["eligibility"], "bars")]
    assert declared == ["无此情形", "有此情形", "无此情形"]
    assert "不得聘任" in block_texts(papers["eligibility"], "conclusion-lines")[0]
    # Nobody is made to sign what is not so.
    assert "没有下列情形" not in printed(papers["pledge"])
    assert "如实申报" in printed(papers["pledge"])


def test_an_unanswered_bar_is_left_to_be_ticked() -> None:
    rows = rows_of(make_papers(adopting(DB50), UNKNOWN)["eligibility"], "bars")
    assert {row["declared"] for row in rows} == {"☐有此情形\n☐无此情形"}


def test_where_no_standard_names_a_bar_none_is_invented() -> None:
    papers = make_papers(IN_SHANXI, COOPERATIVE, ALL_FOUR)
    assert rows_of(papers["eligibility"], "bars") == []
    assert "任职声明" not in printed(papers["pledge"])


def test_the_law_on_senior_officers_is_told_where_it_applies() -> None:
    for paper in ("eligibility", "pledge"):
        assert "第一百七十八条" in printed(make_papers()[paper])
        below = make_papers({"appointment.level": "department",
                             "appointment.articles_list_officer": False})[paper]  # fmt: skip
        assert "第一百七十八条" not in printed(below)


def test_a_relaxation_is_told_with_its_reason() -> None:
    text = "\n".join(block_texts(make_papers(RELAXED)["eligibility"], "relaxation-lines"))
    assert text == "本次适用放宽规定。放宽理由：从业二十年，主持攻关三项。"


def test_a_relaxation_without_a_reason_is_a_fill_in_that_is_listed() -> None:
    papers = make_papers(RELAXED, {"candidate.relaxation_reason": None})
    blank = workspace().wording.blank("candidate.relaxation_reason")
    assert blank in block_texts(papers["eligibility"], "relaxation-lines")[0]
    fields = [row["field"] for row in papers["confirm"].contexts["docx"]["blanks"]]
    assert "候选人·放宽理由" in fields


def test_a_relaxation_that_nobody_asked_for_is_said_not_to_apply() -> None:
    assert block_texts(make_papers(IN_SHANXI)["eligibility"], "relaxation-lines") == [
        "本次未适用放宽规定。"
    ]
    assert block_texts(make_papers()["eligibility"], "relaxation") == []


@pytest.mark.parametrize(
    ("changes", "labels"),
    [
        ((), ["材料核验", "人力资源部门\n意见", "董事会意见"]),
        ((STATE_OWNED,), ["材料核验", "人力资源部门\n意见", "党组织意见", "董事会意见"]),
        ((MICRO,), ["材料核验", "董事会意见"]),
        ((COOPERATIVE,), ["材料核验", "人力资源部门\n意见", "成员大会意见"]),
    ],
)
def test_the_opinions_are_those_of_the_firm(
    changes: tuple[Mapping[str, Any], ...], labels: list[str]
) -> None:
    rows = rows_of(make_papers(*changes)["eligibility"], "opinions")
    assert [row["label"] for row in rows] == labels


def test_nobody_reviews_himself() -> None:
    assert block_texts(make_papers()["eligibility"], "apart") == [
        "2.陈思远不参与本表的核验、审查和决定。"
    ]
    (own,) = block_texts(make_papers(OWNER_IS_OFFICER)["eligibility"], "apart")
    assert own.startswith("2.陈思远不参与本表的核验和审查")
    assert "见证人" in own


# ---------------------------------------------------------------- the pledge


def test_what_no_standard_says_is_the_firms_own_rule() -> None:
    own = make_papers()["pledge"]
    blocks = [b for b in own.blocks if b.id.startswith("pledge/own-")]
    assert [b.id for b in blocks] == [
        "pledge/own-report", "pledge/own-recusal", "pledge/own-secrets",
    ]  # fmt: skip
    assert {b.origin for b in blocks} == {"enterprise"}
    assert "下列事项为本企业规定，本人一并承诺：" in block_texts(own, "work-lead")


def test_what_a_standard_says_is_not_said_again_as_an_own_rule() -> None:
    pledge = make_papers(IN_SHANXI)["pledge"]
    assert not [b for b in pledge.blocks if b.id.startswith("pledge/own-")]
    assert len(shown(pledge, "conduct-items")) == 5


def test_an_owner_pledges_as_what_he_is() -> None:
    pledge = make_papers(IN_SHANXI, OWNER_IS_OFFICER)["pledge"]
    assert "本人陈思远，现为渝州精工机械有限公司法定代表人" in printed(pledge)
    assert "任职与履职声明" in printed(pledge)
    assert "在授权范围内" not in printed(pledge)


# ---------------------------------------------------------------- the filing table


def value_of(paper: Document, label: str) -> str:
    for name in ("kind", "company", "officer", "appointment", "change"):
        for row in rows_of(paper, name):
            for key in ("label", "label2"):
                if row[key] == label:
                    return row[key.replace("label", "value")]
    raise AssertionError(label)


@pytest.mark.parametrize(
    ("kind", "boxes"),
    [
        ("first", "☑首次　☐变更（含续聘）　☐终止"),
        ("renewal", "☐首次　☑变更（含续聘）　☐终止"),
        (None, "☐首次　☐变更（含续聘）　☐终止"),
    ],
)
def test_the_kind_of_filing_is_ticked(kind: str | None, boxes: str) -> None:
    filing = make_papers({"appointment.kind": kind})["filing"]
    assert value_of(filing, "备案类别") == boxes


def test_a_renewal_is_filed_as_the_change_that_it_is() -> None:
    filing = make_papers({"appointment.kind": "renewal"})["filing"]
    assert value_of(filing, "变更或者\n终止事项") == "续聘"
    assert value_of(filing, "生效日期") == value_of(filing, "任期").partition("至")[0]
    assert value_of(make_papers()["filing"], "变更或者\n终止事项").strip() == ""


@pytest.mark.parametrize(
    ("change", "boxes"),
    [
        ({}, "☐大型　☐中型　☑小型　☐微型"),
        (MICRO, "☐大型　☐中型　☐小型　☑微型"),
        ({"company.employees": None}, "☐大型　☐中型　☐小型　☐微型"),
    ],
)
def test_the_size_is_ticked_where_it_is_known(change: Mapping[str, Any], boxes: str) -> None:
    assert value_of(make_papers(change)["filing"], "企业规模") == boxes


@pytest.mark.parametrize(
    ("path", "value", "label", "text"),
    [
        ("company.short_name", "渝精", "企业简称", "渝精"),
        ("company.city", "重庆市永川区", "城市", "重庆市永川区"),
        ("company.listed", True, "是否上市", "是"),
        ("company.regulated_activities", [], "受监管活动", "无"),
        ("candidate.title_name", "高级工程师", "职称名称", "高级工程师"),
        ("candidate.years_quality", "10.5", "质量工作年限", "10.5年"),
    ],
)
def test_answers_stand_in_the_table(path: str, value: Any, label: str, text: str) -> None:
    assert value_of(make_papers({path: value})["filing"], label) == text


def test_a_qualification_has_its_year() -> None:
    have = {"candidate.quality_qualification": "intermediate",
            "candidate.quality_qualification_year": "2008"}  # fmt: skip
    filing = make_papers(have)["filing"]
    assert value_of(filing, "质量专业\n职业资格") == "中级"
    assert value_of(filing, "取得年份") == "2008"


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("company.city", "城市"),
        ("company.listed", "是否上市"),
        ("candidate.title_name", "职称名称"),
        ("candidate.degree", "学历"),
        ("company.regulated_activities", "受监管活动"),
    ],
)
def test_what_is_missing_is_a_fill_in_that_is_listed(path: str, label: str) -> None:
    papers = make_papers({path: None})
    assert value_of(papers["filing"], label) == workspace().wording.blank(path)
    fields = [row["field"] for row in papers["confirm"].contexts["docx"]["blanks"]]
    assert workspace().wording.label(path) in fields


def test_who_has_no_title_is_asked_for_none() -> None:
    filing = make_papers({"candidate.title_rank": "none", "candidate.title_name": None})["filing"]
    assert value_of(filing, "职称名称") == "无"


def test_the_papers_of_the_pack_are_listed_as_what_may_be_handed_in() -> None:
    papers = make_papers(STATE_OWNED)
    rows = rows_of(papers["filing"], "papers")
    titles = [row[key] for row in rows for key in ("title", "title2") if row[key]]
    apart = {"filing", "exit", "confirm", "matrix"}
    assert titles == [p.title for p in papers.values() if p.id not in apart]


def test_a_local_form_goes_first_and_no_id_number_is_asked_for() -> None:
    text = printed(make_papers()["filing"])
    assert "所在地监管部门有规定表格的，以其表格为准" in text
    assert "身份证" not in text


def test_the_bureau_that_guides_the_filing_is_named_where_a_standard_names_it() -> None:
    (line,) = block_texts(make_papers(IN_SHANXI)["filing"], "ground")
    assert line.startswith("依据《关于深化企业首席质量官制度的意见》")
    assert block_texts(make_papers()["filing"], "ground") == []


# ---------------------------------------------------------------- leaving the post


def exit_of(*changes: Mapping[str, Any]) -> Document:
    return make_papers(*changes, ALL_FOUR)["exit"]


def test_names_are_filled_in_and_days_and_reasons_are_left_to_the_hand() -> None:
    papers = make_papers(STATE_OWNED, ALL_FOUR)
    assert "解聘陈思远的首席质量官职务，自　　　年　月　日起生效" in printed(papers["exit"])
    assert not papers["confirm"].contexts["docx"]["blanks"]


def test_the_organ_that_appointed_dismisses() -> None:
    assert "由作出聘任决定的董事会决定" in printed(exit_of())
    one = exit_of({"company.governance": "single-director"})
    assert "渝州精工机械有限公司董事于" in printed(one)
    assert "召开会议" not in printed(one)
    assert "表决结果" not in printed(one)
    assert len(rows_of(one, "signers")) == 1
    assert "成员大会" in printed(exit_of(COOPERATIVE))
    assert len(rows_of(exit_of(COOPERATIVE), "signers")) == 1
    assert len(rows_of(exit_of(), "signers")) == 3


def test_a_state_owned_firm_asks_the_party_first() -> None:
    assert block_texts(exit_of(STATE_OWNED), "step-party")
    assert not block_texts(exit_of(), "step-party")


def test_a_declaration_ends_where_nothing_was_granted() -> None:
    text = printed(exit_of(IN_SHANXI, OWNER_IS_OFFICER))
    assert "任职与履职声明终止通知书" in text
    assert "授权收回通知书" not in text
    assert "劳动合同" not in text


def test_the_duty_to_warn_and_to_part_is_that_of_its_standard() -> None:
    (item,) = shown(exit_of(IN_SHANXI), "occasions-items")[:1]
    assert item.clauses == (f"{SHANXI}#五（三）-3",)
    assert "应予以警示和退出处置" in item.text
    other = [b.topic for b in shown(exit_of(), "occasions-items")]
    assert "exit.serious-accident" not in other


def test_the_goods_of_the_trade_are_handed_over() -> None:
    items = [row["item"] for row in rows_of(exit_of({"company.industry_code": "F51"}), "handover")]
    assert "商品质量" in items
    assert "产品质量" not in items


# ---------------------------------------------------------------- hostile values

HOSTILE = ["R&D <Labs> Oy", "{{ post }}", "=1+1", "../..", "甲“乙”丙", "None", "长" * 60]


@pytest.mark.parametrize("value", HOSTILE)
def test_values_come_out_verbatim(value: str) -> None:
    answers = dict.fromkeys(
        [
            "company.name", "company.short_name", "company.city", "candidate.name",
            "candidate.title_name", "appointment.post_title", "candidate.relaxation_reason",
            "appointment.authorization_number", "appointment.letter_number",
        ],
        value,
    )  # fmt: skip
    papers = make_papers(RELAXED, answers, ALL_FOUR)
    for paper in PEOPLE:
        assert value in printed(papers[paper])
    filing = papers["filing"]
    for label in ("企业名称", "企业简称", "城市", "姓名", "职称名称", "岗位名称", "聘任书编号"):
        assert value_of(filing, label) == value
    assert value in block_texts(papers["eligibility"], "relaxation-lines")[0]
    renderer = workspace().renderer
    for paper in PEOPLE:
        assert renderer(papers[paper], "docx")


def test_papers_that_share_a_file_are_one_to_hand_in() -> None:
    rows = make_papers(IN_SHANXI, MICRO)["filing"].contexts["docx"]["papers"]
    titles = [row[key] for row in rows for key in ("title", "title2") if row[key]]
    assert titles.count("首席质量官聘任与授权书") == 1
    assert len(set(titles)) == len(titles)

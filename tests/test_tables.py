"""Rows of the papers: weights, sums, grades, signers, charts, and what confirm and matrix list."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from cases import (
    AS_OF,
    DB50,
    DRAFT,
    IN_SHANXI,
    IN_ZHEJIANG,
    OWNER_IS_OFFICER,
    PILOT,
    SAMPLES,
    SHANXI,
    STANDARDS,
    TEXTBOOK,
    adopting,
    companies,
    make_papers,
    make_plan,
    papers_of,
    plan_of,
    source_of,
    workspace,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from cqo_docs import generation
from cqo_docs.papers.tables import assessment, budget, confirm, decision, system
from cqo_docs.plan.model import STATUSES, Plan
from cqo_docs.wording.amounts import capital_amount

Answers = Mapping[str, Any]
WORDS = workspace().wording
GROUPS = ("safety", "foundation", "competitiveness", "management")
FUND_GROUPS = ("talent", "improvement", "metrology", "standards", "system", "brand", "tools",
               "reserve")  # fmt: skip
MICRO = {"company.employees": 8, "company.revenue": 200}
MANY = settings(max_examples=60)


def money(text: str) -> Decimal:
    """The amount behind 1,234.50."""
    return Decimal(text.replace(",", ""))


@st.composite
def hundred(draw: st.DrawFn, names: tuple[str, ...], unit: int = 1) -> dict[str, str]:
    """Weights that are not negative and add up to 100, in steps of 1/unit."""
    cuts = sorted(draw(st.lists(st.integers(0, 100 * unit), min_size=len(names) - 1,
                                max_size=len(names) - 1)))  # fmt: skip
    ends = [0, *cuts, 100 * unit]
    parts = [Decimal(b - a) / unit for a, b in pairwise(ends)]
    return dict(zip(names, map(str, parts), strict=True))


# ---------------------------------------------------------------- signers


def signers(*changes: Answers) -> list[dict[str, Any]]:
    return decision.act_signers(source_of(make_plan(*changes)))


def test_named_members_sign_by_name() -> None:
    rows = signers({"appointment.meeting.members": ["甲", "乙"]})
    assert [row["label"] for row in rows] == ["董事", "董事"]
    assert ["甲" in rows[0]["line"], "乙" in rows[1]["line"]] == [True, True]


@pytest.mark.parametrize(
    ("due", "present", "lines"),
    [(7, 5, 5), (7, None, 7), (None, None, 3), (40, 40, 20), (1, 1, 1)],
)
def test_blank_lines_for_as_many_as_were_present(
    due: int | None, present: int | None, lines: int
) -> None:
    meeting = {
        "appointment.meeting.due": due,
        "appointment.meeting.present": present,
        "appointment.meeting.votes_for": None,
        "appointment.meeting.votes_against": None,
        "appointment.meeting.votes_abstained": None,
    }
    assert len(signers(meeting)) == lines


@pytest.mark.parametrize(
    ("changes", "label"),
    [
        ({"company.governance": "single-director"}, "董事"),
        ({"company.registration": "140", "company.governance": None}, "投资人"),
        ({"appointment.level": "department"}, "总经理"),
        (
            {
                "appointment.level": "department",
                "company.general_manager": None,
                "appointment.reports_to": "legal-representative",
            },
            "经理",
        ),
        ({**OWNER_IS_OFFICER, "company.sole_shareholder": True}, "股东"),
    ],
)
def test_one_signature_where_one_decides(changes: Answers, label: str) -> None:
    rows = signers(changes)
    assert [row["label"] for row in rows] == [label]


# ---------------------------------------------------------------- assessment


def weights_of(plan: Plan) -> list[Decimal]:
    return [indicator.weight for _, indicator in assessment.indicators(source_of(plan))]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_weights_of_every_sample_are_100(path: Any) -> None:
    plan = plan_of(generation.read_answers(path, workspace()))
    contexts = papers_of(plan)["assessment"].contexts
    printed = [Decimal(row["weight"]) for row in contexts["docx"]["indicators"]]
    assert sum(printed) == 100
    assert contexts["docx"]["totals"][0]["weight"] == "100"
    assert [row["weight"] for row in contexts["xlsx"]["indicators"]] == printed
    assert all(weight > 0 for weight in printed)


@MANY
@given(answers=companies())
def test_default_weights_are_whole_points_that_make_100(answers: Answers) -> None:
    weights = weights_of(make_plan(answers))
    assert sum(weights) == 100
    assert all(weight > 0 and weight == weight.to_integral_value() for weight in weights)


@MANY
@given(chosen=hundred(GROUPS), micro=st.booleans())
def test_group_weights_are_kept_to_the_point(chosen: dict[str, str], micro: bool) -> None:
    answers = {f"assessment.weights.{name}": weight for name, weight in chosen.items()}
    plan = make_plan(adopting(DB50), answers, MICRO if micro else {})
    rows = assessment.indicators(source_of(plan))
    sums: Counter[str] = Counter()
    for group, indicator in rows:
        sums[group] += indicator.weight  # type: ignore[assignment]
    names = WORDS.formats["indicator-group"]
    assert {names[g]: Decimal(w) for g, w in chosen.items() if Decimal(w)} == dict(sums)
    assert sum(sums.values()) == 100


@MANY
@given(chosen=hundred(GROUPS, 100), province=st.sampled_from(["重庆市", "山西省", "浙江省"]))
def test_broken_group_weights_still_make_100(chosen: dict[str, str], province: str) -> None:
    answers = {f"assessment.weights.{name}": weight for name, weight in chosen.items()}
    assert sum(weights_of(make_plan({"company.province": province}, answers))) == 100


def test_all_weight_on_a_group_without_indicators_is_not_a_crash() -> None:
    answers = {f"assessment.weights.{g}": "100" if g == "foundation" else "0" for g in GROUPS}
    plan = make_plan(answers, {"output.documents": ["assessment"]})
    assert sum(weights_of(plan)) == 100


def test_own_indicators_replace_ours() -> None:
    own = [{"name": "客诉", "target": "不多于3件", "weight": "62.5"},
           {"name": "抽检", "target": "合格", "weight": "37.5"}]  # fmt: skip
    rows = make_papers({"assessment.indicators": own})["assessment"].contexts["docx"]["indicators"]
    assert [(row["name"], row["weight"]) for row in rows] == [("客诉", "62.5"), ("抽检", "37.5")]
    assert [row["group"] for row in rows] == ["企业自定", ""]


def test_indicators_follow_the_duties() -> None:
    """A recall is measured where a standard in play gives the officer that duty."""
    assert "缺陷处置与召回准备" in indicator_names(adopting(DB50))
    assert "缺陷处置与召回准备" not in indicator_names(IN_ZHEJIANG)
    assert "质量安全事故" in indicator_names(IN_ZHEJIANG)


def indicator_names(*changes: Answers) -> list[str]:
    return [i.name for _, i in assessment.indicators(source_of(make_plan(*changes)))]


@MANY
@given(
    marks=st.lists(st.integers(1, 10000), min_size=3, max_size=3, unique=True).map(sorted),
    score=st.integers(0, 10000),
)
def test_grades_leave_no_gap_and_no_overlap(marks: list[int], score: int) -> None:
    low, middle, high = (Decimal(mark) / 100 for mark in marks)
    plan = make_plan(
        {"assessment.pass_mark": low, "assessment.good": middle, "assessment.excellent": high}
    )
    bands = assessment.grades(source_of(plan))
    assert [name for name, _, _ in bands] == ["excellent", "good", "pass", "fail"]
    have = Decimal(score) / 100
    fitting = [n for n, low, top in bands if have >= low and (top is None or have < top)]
    expected = "excellent" if have >= high else "good" if have >= middle else ""
    assert fitting == [expected or ("pass" if have >= low else "fail")]


def test_grades_in_words() -> None:
    rows = assessment.assessment_grades(source_of(make_plan({"assessment.good": "77.5"})))
    assert [(row["grade"], row["range"]) for row in rows] == [
        ("优秀", "90分及以上"),
        ("良好", "77.5分及以上、不足90分"),
        ("合格", "60分及以上、不足77.5分"),
        ("不合格", "不足60分"),
    ]
    assert all(row["result"] for row in rows)


def test_grades_are_the_same_in_form_and_sheet() -> None:
    marks = {"excellent": 95, "good": 80, "pass_mark": 70}
    plan = make_plan({f"assessment.{name}": mark for name, mark in marks.items()})
    contexts = papers_of(plan)["assessment"].contexts
    sheet = [(row["grade"], row["minimum"]) for row in contexts["xlsx"]["grades"]]
    assert sheet == [("优秀", 95), ("良好", 80), ("合格", 70), ("不合格", 0)]
    assert [row["grade"] for row in contexts["docx"]["grades"]] == [name for name, _ in sheet]


def test_veto_items_are_the_firms_own_or_the_usual_ones() -> None:
    own = source_of(make_plan({"assessment.veto_items": ["甲", "乙。"]}))
    assert assessment.veto_items(own) == [
        "甲。",
        "乙。",
    ]
    usual = assessment.veto_items(source_of(make_plan()))
    assert len(usual) >= 3
    assert any("重大质量安全事故" in item for item in usual)
    assert all(item.endswith("。") for item in usual)


# ---------------------------------------------------------------- budget

AMOUNT = st.integers(0, 10**11).map(lambda cents: Decimal(cents) / 100)


def check_budget(plan: Plan, total: Decimal) -> None:
    """Rows, quarters, totals, words and sheet all tell the same sum."""
    contexts = papers_of(plan)["budget"].contexts
    docx, xlsx = contexts["docx"], contexts["xlsx"]
    quarters = ("q1", "q2", "q3", "q4")
    (totals,) = docx["totals"]
    for row in docx["items"]:
        assert sum(money(row[q]) for q in quarters) == money(row["amount"]), row["name"]
    for column in (*quarters, "amount"):
        assert sum(money(row[column]) for row in docx["items"]) == money(totals[column])
    assert money(totals["amount"]) == total
    assert docx["capital"] == f"人民币{capital_amount(total)}"
    assert xlsx["capital"] == docx["capital"]
    assert xlsx["total"] == total
    assert [row["name"] for row in xlsx["items"]] == [row["name"] for row in docx["items"]]
    for paper, sheet in zip(docx["items"], xlsx["items"], strict=True):
        assert [money(paper[q]) for q in quarters] == [sheet[q] for q in quarters]
    planned = [money(row["planned"]) for row in docx["execution"]]
    # A micro firm keeps the execution in the workbook alone.
    micro = plan.case.profile.size == "micro"
    assert planned == ([] if micro else [money(row["amount"]) for row in docx["items"]])


@MANY
@given(total=AMOUNT, micro=st.booleans())
def test_a_total_is_split_to_the_last_fen(total: Decimal, micro: bool) -> None:
    check_budget(make_plan({"fund.total": total}, MICRO if micro else {}), total)


@MANY
@given(total=AMOUNT, chosen=hundred(FUND_GROUPS, 100), micro=st.booleans())
def test_a_total_is_split_by_the_firms_own_weights(
    total: Decimal, chosen: dict[str, str], micro: bool
) -> None:
    answers = {f"fund.weights.{name}": weight for name, weight in chosen.items()}
    plan = make_plan({"fund.total": total, **answers}, MICRO if micro else {})
    check_budget(plan, total)
    lines = budget.budget_lines(source_of(plan))
    for name, weight in chosen.items():
        have = sum((line.amount or Decimal(0) for line in lines if line.group == name), Decimal(0))
        # largest remainder: no line is off by a whole 分
        assert abs(have - total * Decimal(weight) / 100) < Decimal("0.01") * 19
        if not Decimal(weight):
            assert have == 0


@MANY
@given(
    amounts=st.lists(st.integers(0, 10**10), min_size=1, max_size=12),
    groups=st.lists(st.sampled_from(FUND_GROUPS), min_size=12, max_size=12),
)
def test_items_of_the_firms_own_add_up(amounts: list[int], groups: list[str]) -> None:
    items = [
        {"name": f"项目{n}", "group": group, "amount": str(Decimal(cents) / 100)}
        for n, (cents, group) in enumerate(zip(amounts, groups, strict=False))
    ]
    total = Decimal(sum(amounts)) / 100
    check_budget(make_plan({"fund.total": None, "fund.items": items}), total)


def test_quarters_of_the_firms_own_are_kept() -> None:
    item = {"name": "培训", "group": "talent", "amount": "100.00",
            "quarters": ["70.01", "0", "0", "29.99"]}  # fmt: skip
    rows = make_papers({"fund.total": None, "fund.items": [item]})["budget"].contexts["docx"]
    (row,) = rows["items"]
    assert [row[q] for q in ("q1", "q2", "q3", "q4")] == ["70.01", "0.00", "0.00", "29.99"]


def test_equal_quarters_give_the_odd_fen_to_the_first() -> None:
    item = {"name": "培训", "group": "talent", "amount": "100.03"}
    (row,) = make_papers({"fund.total": None, "fund.items": [item]})["budget"].contexts["docx"][
        "items"
    ]
    assert [row[q] for q in ("q1", "q2", "q3", "q4")] == ["25.01", "25.01", "25.01", "25.00"]


def test_without_a_sum_the_lines_stay_open_and_the_total_is_a_fill_in() -> None:
    docx = make_papers({"fund.total": None})["budget"].contexts["docx"]
    assert len(docx["items"]) == 19
    assert docx["capital"] == WORDS.blank("fund.total")
    assert {row["amount"] for row in docx["items"]} == {docx["totals"][0]["amount"]}
    assert not re.search(r"\d", docx["totals"][0]["amount"])


def test_a_micro_firm_plans_one_line_a_group() -> None:
    rows = make_papers(MICRO)["budget"].contexts["docx"]["items"]
    assert len(rows) == 8
    assert all(row["name"] and row["cost_class"] for row in rows)


def test_no_line_of_the_budget_lacks_its_owner_in_silence() -> None:
    """A value the user did not give prints as a visible fill-in, never as nothing."""
    rows = make_papers()["budget"].contexts["docx"]["items"]
    assert [row["name"] for row in rows if not row["owner"].strip()] == []


def test_losses_are_no_item_of_the_fund() -> None:
    rows = make_papers()["budget"].contexts["docx"]["items"]
    assert {row["cost_class"] for row in rows} <= set(WORDS.formats["cost-class"].values())
    assert not [row for row in rows if "损失" in row["name"]]


@pytest.mark.parametrize(
    ("payroll", "warned"),
    [("300000", False), ("300000.01", False), ("299999.99", True), (None, False)],
)
def test_training_is_measured_against_eight_percent_of_the_payroll(
    payroll: str | None, warned: bool
) -> None:
    """20 % of 120000 is 24000, which is 8 % of 300000."""
    plan = make_plan({"fund.payroll_total": payroll})
    assert ("fund.training-cap" in {f.code for f in plan.findings}) is warned


# ---------------------------------------------------------------- organization chart


def chart(*changes: Answers) -> list[str]:
    return [row["text"] for row in system.org_chart(source_of(make_plan(*changes)))]


def test_the_chart_goes_from_the_organ_over_the_manager_to_the_officer() -> None:
    assert chart() == ["董事会", "总经理", "首席质量官"]


def test_the_manager_who_is_the_officer_stands_once() -> None:
    assert chart(OWNER_IS_OFFICER) == ["股东会", "总经理（兼任首席质量官）"]


def test_the_manager_who_decides_stands_once() -> None:
    boxes = chart({"appointment.level": "department"})
    assert boxes[-1] == "首席质量官"
    assert len([box for box in boxes if "经理" in box]) == 1


@pytest.mark.parametrize(
    ("line", "above"),
    [
        ("general-manager", "总经理"),
        ("board", "董事会"),
        ("legal-representative", "法定代表人"),
        ("chairman", "董事长"),
    ],
)
def test_the_box_above_the_officer_is_whom_he_reports_to(line: str, above: str) -> None:
    assert chart({"appointment.reports_to": line})[-2] == above


def test_units_are_the_firms_departments_or_those_of_the_standards() -> None:
    rows = system.org_units(source_of(make_plan({"company.departments": ["质量部", "检验科"]})))
    assert [row["text"] for row in rows] == ["质量部", "检验科"]
    rows = system.org_units(source_of(make_plan()))
    assert sorted(row["text"] for row in rows) == ["质量安全", "质量提升", "质量检验", "质量管理"]


def test_units_without_any_source_are_a_fill_in() -> None:
    plan = make_plan(IN_ZHEJIANG, as_of=AS_OF.replace(year=2012, month=1))
    rows = system.org_units(source_of(plan))
    assert [row["text"] for row in rows] == [WORDS.blank("company.departments")]


# ---------------------------------------------------------------- authorization


def test_reserved_matters_are_the_firms_own_or_what_law_reserves() -> None:
    plan = make_plan({"authority.reserved_matters": ["甲", "乙"]})
    (own,) = decision.reserved_matters(source_of(plan))
    assert own.startswith("保留事项：甲、乙")
    assert own.endswith("。")
    (usual,) = decision.reserved_matters(source_of(make_plan()))
    assert "本企业章程" in usual
    partners = {"company.registration": "150", "company.governance": None}
    assert "合伙协议" in decision.reserved_matters(source_of(make_plan(partners)))[0]


# ---------------------------------------------------------------- confirm


@MANY
@given(answers=companies())
def test_confirm_lists_every_finding_conflict_and_assumption(answers: Answers) -> None:
    plan = make_plan(answers)
    context = papers_of(plan)["confirm"].contexts["docx"]
    assert len(context["findings"]) == len(plan.findings)
    assert [row["no"] for row in context["findings"]] == [
        str(n) for n in range(1, len(plan.findings) + 1)
    ]
    assert len(context["conflicts"]) == sum(r.conflict for r in plan.reconciled)
    assert len(context["assumptions"]) == len(plan.assumptions)
    assert len(context["sources"]) == len(STANDARDS)
    for row in (*context["findings"], *context["conflicts"]):
        assert all(text.strip() for key, text in row.items() if key != "clauses"), row


def test_a_conflict_names_who_won_and_who_lost() -> None:
    (row,) = confirm.confirm_conflicts(source_of(make_plan(adopting(DB50))))
    assert row["parameter"] == "“一票否决”范围"
    assert "限于内部质量考核" in row["winner"]
    assert "749" in row["winner"]
    assert "DB50/T 1696—2024" in row["losers"]
    assert "6 i)" in row["losers"]


def test_sources_tell_role_confidence_and_interpretations() -> None:
    plan = make_plan(IN_SHANXI)
    rows = {row["name"]: row for row in confirm.confirm_sources(source_of(plan))}
    opinion = next(row for name, row in rows.items() if "264号" in name)
    assert (opinion["role"], opinion["confidence"]) == ("依据", "全文")
    assert "本科" in opinion["note"], "大学 is read as 本科, and said to be"
    notice = next(row for name, row in rows.items() if "749号" in name)
    assert (notice["role"], notice["confidence"]) == ("参照", "转述")
    listed = next(row for name, row in rows.items() if "教程" in name)
    assert listed["role"] == "备查"


def test_verdicts_are_told_gravest_first_bars_before_all() -> None:
    plan = make_plan(
        adopting(DB50, TEXTBOOK),
        {"candidate.bar_disclosure": True, "candidate.training": None},
    )
    lines = confirm.verdict_lines(source_of(plan))
    assert lines[0].startswith("【不得聘任】")
    assert "不符合" in lines[1]
    assert all("尚不能作出结论" in line for line in lines[2:])
    assert len(lines) == 4


def test_without_conditions_the_appointer_judges() -> None:
    plan = make_plan(IN_ZHEJIANG, as_of=AS_OF.replace(year=2012, month=1))
    assert confirm.verdict_lines(source_of(plan)) == [WORDS.formats["verdict-line"]["none"]]


def test_a_relaxed_verdict_tells_the_reason_or_leaves_room_for_it() -> None:
    short = {
        "candidate.title_rank": "junior",
        "candidate.degree": "junior-college",
        "candidate.technical_backbone": True,
    }
    told = {**short, "candidate.relaxation_reason": "攻关带头人"}
    lines = confirm.verdict_lines(source_of(make_plan(IN_SHANXI, told)))
    assert any("放宽理由：攻关带头人" in line for line in lines)
    lines = confirm.verdict_lines(source_of(make_plan(IN_SHANXI, short)))
    assert any(WORDS.blank("candidate.relaxation_reason") in line for line in lines)


def test_other_posts_are_listed_by_activity() -> None:
    activities = {"company.regulated_activities": ["food", "drug"]}
    lines = confirm.other_post_lines(source_of(make_plan(activities)))
    assert len(lines) == 2
    assert "食品安全总监" in "".join(lines)
    assert "质量受权人" in "".join(lines)
    assert confirm.other_post_lines(source_of(make_plan())) == []


def test_posts_from_memory_are_marked_for_checking() -> None:
    (line,) = confirm.other_post_lines(
        source_of(make_plan({"company.regulated_activities": ["food"]}))
    )
    assert "须核对原文" in line


# ---------------------------------------------------------------- matrix


@MANY
@given(answers=companies())
def test_the_matrix_drops_nothing_and_its_figures_add_up(answers: Answers) -> None:
    plan = make_plan(answers)
    sheet = papers_of(plan)["matrix"].contexts["xlsx"]
    assert len(sheet["clauses"]) == len(plan.clauses)
    assert set(sheet["statuses"]) == set(STATUSES)
    counted = Counter(row["status"] for row in sheet["clauses"])
    for status, word in sheet["statuses"].items():
        assert counted[word] == sum(row[status] for row in sheet["coverage"])
    for row in sheet["coverage"]:
        assert sum(row[status] for status in STATUSES) == row["total"]
        assert counted_for(sheet, row["standard"]) == row["total"]
    assert sum(row["total"] for row in sheet["coverage"]) == len(plan.clauses)
    assert len(sheet["verdicts"]) == len(plan.eligibility)


def counted_for(sheet: Mapping[str, Any], standard: str) -> int:
    return sum(row["standard"] == standard for row in sheet["clauses"])


@settings(max_examples=30)
@given(answers=companies())
def test_the_matrix_lists_every_paragraph_of_the_other_papers(answers: Answers) -> None:
    papers = papers_of(make_plan(answers))
    sheet = papers["matrix"].contexts["xlsx"]
    texts = Counter(row["text"] for row in sheet["paragraphs"])
    written = Counter(
        b.text for name, d in papers.items() if name not in {"confirm", "matrix"} for b in d.blocks
    )
    assert not written - texts
    numbers = [row["no"] for row in sheet["paragraphs"]]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize(
    ("standard", "ref", "shown"),
    [(DB50, "5.1.2", "5.1.2"), (SHANXI, "四（二）-1", "四（二）-1"),
     (PILOT, "任职条件-3", "〔任职条件-3〕"), (DRAFT, "策划-1", "〔策划-1〕")],
)  # fmt: skip
def test_the_matrix_brackets_locators(standard: str, ref: str, shown: str) -> None:
    plan = make_plan(IN_SHANXI, adopting(DB50, DRAFT))
    sheet = papers_of(plan)["matrix"].contexts["xlsx"]
    by_key = {d.clause.key: row for d, row in zip(plan.clauses, sheet["clauses"], strict=True)}
    assert by_key[f"{standard}#{ref}"]["ref"] == shown


def test_the_matrix_tells_what_each_verdict_lacks() -> None:
    plan = make_plan(adopting(DB50), {"candidate.title_rank": "junior", "candidate.training": None})
    rows = papers_of(plan)["matrix"].contexts["xlsx"]["verdicts"]
    failed = next(row for row in rows if "DB50" in row["standard"])
    assert failed["verdict"] == "不符合"
    assert "5.1.2" in failed["failed"]
    assert "职称等级" in failed["failed"]
    missing = next(row for row in rows if "749" in row["standard"])
    assert missing["verdict"] == "待确认"
    assert "任职培训" in missing["missing"]
    assert "任职条件-" not in missing["missing"]

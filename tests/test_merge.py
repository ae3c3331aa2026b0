"""Two questionnaires become one: agreements, additions, conflicts, comments, refusals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import cases
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cqo_docs.base.errors import CqoError
from cqo_docs.generation import read_answers
from cqo_docs.interview.course import StoppedError
from cqo_docs.interview.merge import compare, conflict_lines, merge_files, merged, values_at
from cqo_docs.interview.pages import Line
from cqo_docs.questions.draft import Draft, draft_text, parse_draft, read_draft
from cqo_docs.questions.steps import Kit, open_kit
from cqo_docs.workspace import Workspace

ONE = """# 甲稿
企业:
  企业名称: 晋城沁香源食品有限公司
  省份: 山西省
  行业代码: c14
  # 按年报
  从业人数: 16  # 2025年报
  归口领导的部门: [质量部, 检测中心]
聘任:
  决定日期: 2026年11月9日
  任期年数: 3.0
经费:
  预算项目:
    - {项目名称: 培训, 类别: 人才与培训, 金额（元）: 5000}
方案:
  采用的标准: [首席质量官教程]
# 甲完
"""
OTHER = """# 乙稿
企业:
  企业名称: 晋城沁香源食品有限公司
  行业代码: C14
  登记类型: 私营有限责任公司  # 执照
  从业人数: 18  # 现在
  归口领导的部门: [质量部, 品牌部]
聘任:
  # 会上定的
  决定日期: 2026-11-09
  任期年数: 3
经费:
  预算项目:
    # 先做
    - {项目名称: 培训, 类别: 人才与培训, 金额（元）: 5000}
    - {项目名称: 奖励, 类别: 改进与奖励, 金额（元）: 3000}
方案:
  采用的标准: [gd-textbook-2015]
# 乙完
"""


@cache
def kit() -> Kit:
    return open_kit(cases.workspace().library, cases.workspace().wording)


def draft_of(text: str) -> Draft:
    return parse_draft(text, Path("问卷.yaml"), cases.workspace().wording.vocabulary())


def merged_text(one: str, other: str, side: int = 0) -> str:
    comparison = compare(kit(), draft_of(one), draft_of(other))
    return draft_text(merged(comparison, lambda _: side), cases.workspace().wording)


class Replies:
    """A screen that shows nothing to anybody and answers from a list."""

    columns = 90

    def __init__(self, *replies: str) -> None:
        self.replies, self.shown = list(replies), list[str]()

    def show(self, lines: Iterable[Line]) -> None:
        self.shown += [line.text for line in lines]

    def read(self, prompt: str, words: Sequence[str]) -> str:
        self.shown.append(prompt)
        if not self.replies:
            raise StoppedError
        return self.replies.pop(0)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    paths = tmp_path / "甲.yaml", tmp_path / "乙.yaml"
    for path, text in zip(paths, (ONE, OTHER), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


# Comparing


def test_two_questionnaires_side_by_side() -> None:
    found = compare(kit(), draft_of(ONE), draft_of(OTHER))
    # The same day, figure, code and standard, whichever way they are written.
    assert found.same == (
        "company.name", "company.industry_code", "appointment.decision_date",
        "appointment.term_years", "plan.adopt",
    )  # fmt: skip
    assert found.only == (("company.province",), ("company.registration",))
    assert [c.stop for c in found.conflicts] == [
        "company.employees", "company.departments", "fund.items",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "one", "other", "same"),
    [
        ("企业.总经理", "王汾", "王汾 ", True),
        ("企业.总经理", "王汾", "王 汾", False),
        ("企业.从业人数", "1,200", "１２００", True),
        ("企业.是否上市", "无", "否", True),
        ("企业.统一社会信用代码", "91000000ma00000157", "91000000MA00000157", True),
        ("企业.治理机构", "董事会", "board", True),
        ("企业.归口领导的部门", "[甲, 乙]", "[乙, 甲]", False),
        ("企业.归口领导的部门", "[甲]", "[ 甲 ]", True),
    ],
)
def test_what_counts_as_the_same(path: str, one: str, other: str, same: bool) -> None:
    group, name = path.split(".")
    drafts = [draft_of(f"{group}:\n  {name}: {value}\n") for value in (one, other)]
    found = compare(kit(), *drafts)
    assert bool(found.same) is same
    assert bool(found.conflicts) is not same


def test_figures_that_belong_together_differ_together() -> None:
    weights = "考核:\n  评分人权重: {{自评: 0, 上级评分: {a}, 决定机构评分: {b}}}\n"
    found = compare(
        kit(), draft_of(weights.format(a=70, b=30)), draft_of(weights.format(a=60, b=40))
    )
    assert [c.stop for c in found.conflicts] == ["assessment.scorers"]
    text = draft_text(merged(found, lambda _: 1), cases.workspace().wording)
    assert "上级评分: 60" in text
    assert "决定机构评分: 40" in text


# Merging


def test_the_first_is_taken_with_what_the_other_adds() -> None:
    assert merged_text(ONE, OTHER) == (
        "# 甲稿\n# 乙稿\n企业:\n  企业名称: 晋城沁香源食品有限公司\n  省份: 山西省\n"
        "  行业代码: c14\n"
        "  登记类型: 私营有限责任公司  # 执照\n  # 按年报\n  从业人数: 16  # 2025年报\n"
        "  归口领导的部门: [质量部, 检测中心]\n聘任:\n  # 会上定的\n  决定日期: 2026年11月9日\n"
        "  任期年数: 3.0\n经费:\n  预算项目:\n    - 项目名称: 培训\n      类别: 人才与培训\n"
        "      金额（元）: 5000\n方案:\n  采用的标准: [首席质量官教程]\n# 甲完\n# 乙完\n"
    )


def test_the_other_is_taken_where_that_is_decided() -> None:
    text = merged_text(ONE, OTHER, side=1)
    assert "  从业人数: 18  # 现在\n" in text
    assert "2025年报" not in text  # the comment of a value that was not taken
    assert "[质量部, 品牌部]" in text
    assert "    # 先做\n    - 项目名称: 培训\n" in text
    assert "项目名称: 奖励" in text


def test_a_shorter_list_leaves_nothing_of_the_longer() -> None:
    text = merged_text(OTHER, ONE, side=1)
    assert "奖励" not in text
    assert "先做" not in text


@pytest.mark.parametrize("sample", cases.SAMPLES, ids=lambda path: path.stem)
def test_a_questionnaire_merged_with_itself_stays(
    sample: Path, tmp_path: Path, workspace: Workspace
) -> None:
    draft = read_draft(sample, workspace.wording.vocabulary())
    found = compare(kit(), draft, draft)
    assert (found.only, found.conflicts) == (((), ()), ())
    path = tmp_path / "合.yaml"
    path.write_text(draft_text(merged(found, lambda _: 0), workspace.wording), encoding="utf-8")
    assert read_answers(path, workspace).answers == read_answers(sample, workspace).answers


@settings(max_examples=60)
@given(cases.companies(), st.data())
def test_the_halves_of_a_questionnaire_make_the_whole(
    company: dict[str, Any], data: st.DataObject
) -> None:
    answers = {
        path: tuple(value) if isinstance(value, list) else str(value)
        for path, value in cases.flat(company).items()
    }
    sides = {path: data.draw(st.sampled_from(("one", "other", "both"))) for path in answers}
    one = Draft(answers={p: v for p, v in answers.items() if sides[p] != "other"})
    other = Draft(answers={p: v for p, v in answers.items() if sides[p] != "one"})
    found = compare(kit(), one, other)
    assert found.conflicts == ()
    assert merged(found, lambda _: 0).answers == answers


# The command


def test_a_person_decides_conflict_by_conflict(files: tuple[Path, Path], tmp_path: Path) -> None:
    screen, output = Replies("b", "c", "Ａ", "B"), tmp_path / "合.yaml"
    lines = merge_files(kit(), files, output, "", screen)
    text = output.read_text("utf-8")
    assert "从业人数: 18" in text
    assert "检测中心" in text
    assert "奖励" in text
    shown = "\n".join(screen.shown)
    assert f"  A  16　（{files[0]} 第7行）" in shown
    assert f"  B  18　（{files[1]} 第6行）" in shown
    assert "只在 A：检测中心" in shown
    assert "只在 B：品牌部" in shown
    assert "只在 B：奖励 | 改进与奖励 | 3000" in shown
    assert lines[0].text.endswith(
        "两份相同5项，只在 A 1项，只在 B 1项；不同的，取 A 1项，取 B 2项。"
    )
    assert "还有3项必须填写" in lines[1].text


def test_a_person_who_stops_leaves_nothing_behind(files: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(CqoError) as caught:
        merge_files(kit(), files, tmp_path / "合.yaml", "", Replies("A"))
    assert [p.code for p in caught.value.problems] == ["merge.stopped"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["乙.yaml", "甲.yaml"]


def test_the_place_of_a_form_is_its_cell(files: tuple[Path, Path]) -> None:
    one, other = draft_of("企业:\n  从业人数: 16\n"), draft_of("企业:\n  从业人数: 18\n")
    form = replace(other, lines={}, cells={"company.employees": "企业!C12"})
    found = compare(kit(), one, form)
    lines = [line.text for line in conflict_lines(kit(), found, files, found.conflicts[0])]
    assert lines == [
        "从业人数", f"  A  16　（{files[0]} 第2行）", f"  B  18　（{files[1]} 企业!C12）",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("side", "people", "taken"),
    [("A", "16", "取 A 3项，取 B 0项"), ("b", "18", "取 A 0项，取 B 3项")],
)
def test_the_command_takes_the_preferred_side(
    cli_invoke: Callable[..., Any], files: tuple[Path, Path], side: str, people: str, taken: str
) -> None:
    called = cli_invoke("merge", *files, "-o", "合.yaml", "--prefer", side)
    assert (called.code, called.err) == (0, "")
    assert taken in called.out
    assert f"从业人数: {people}" in Path("合.yaml").read_text("utf-8")


def test_the_command_writes_nothing_where_nobody_decides(
    cli_invoke: Callable[..., Any], files: tuple[Path, Path]
) -> None:
    called = cli_invoke("merge", *files, "-o", "合.yaml")
    assert called.code == 1
    assert called.problems[0] == (
        f"从业人数：A 为“16”（{files[0]} 第7行），B 为“18”（{files[1]} 第6行）"
    )
    assert "只在 A：检测中心；只在 B：品牌部" in called.problems[1]
    assert "有3处不同，没有写出文件" in called.problems[-1]
    assert "--prefer" in called.problems[-1]
    assert not Path("合.yaml").exists()


def test_without_conflicts_nobody_has_to_decide(
    cli_invoke: Callable[..., Any], tmp_path: Path
) -> None:
    Path("甲.yaml").write_text("企业:\n  企业名称: 甲\n", encoding="utf-8")
    Path("乙.yaml").write_text("企业:\n  从业人数: 很多\n", encoding="utf-8")
    called = cli_invoke("merge", "甲.yaml", "乙.yaml", "-o", "合.yaml")
    assert called.code == 0
    assert "下列答案须改正" in called.out
    assert "填了“很多”，请填数字" in called.out
    assert Path("合.yaml").read_text("utf-8") == "企业:\n  企业名称: 甲\n  从业人数: 很多\n"


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("甲.yaml", "无.yaml", "-o", "合.yaml"), 1, "找不到这个文件"),
        (("甲.yaml", "乙.yaml", "-o", "乙.yaml"), 1, "已有同名文件"),
        (("甲.yaml", "乙.yaml", "-o", "合.docx"), 1, "请以 .yaml 结尾"),
        (("甲.yaml", "乙.yaml", "-o", "没有/合.yaml"), 1, "路径不存在"),
        (("甲.yaml", "乙.yaml", "-o", "合.yaml", "--prefer", "C"), 1, "只能填 A 或者 B"),
        (("甲.yaml", "坏.yaml", "-o", "合.yaml"), 1, "没有“法人”这一项"),
        (("甲.yaml", "-o", "合.yaml"), 2, "缺少"),
        (("甲.yaml", "乙.yaml"), 2, "缺少“--output”"),
    ],
)
def test_the_command_says_what_is_wrong(
    cli_invoke: Callable[..., Any],
    files: tuple[Path, Path],
    words: tuple[str, ...],
    code: int,
    sentence: str,
) -> None:
    Path("坏.yaml").write_text("企业:\n  法人: 甲\n", encoding="utf-8")
    before = {path.name: path.read_bytes() for path in Path().iterdir()}
    called = cli_invoke("merge", *words)
    assert called.code == code
    assert sentence in called.err
    assert called.err.count("\n") == 1
    assert {path.name: path.read_bytes() for path in Path().iterdir()} == before


def test_a_filled_form_and_an_earlier_questionnaire_become_one(
    cli_invoke: Callable[..., Any], workspace: Workspace
) -> None:
    sample = next(path for path in cases.SAMPLES if path.stem == "shanxi-food-micro")
    assert cli_invoke("form", "-o", "表.docx", "--prefill", sample).code == 0
    earlier = sample.read_text("utf-8").replace("从业人数: 16", "从业人数: 18  # 去年")
    Path("旧.yaml").write_text(earlier, encoding="utf-8")
    called = cli_invoke("merge", "表.docx", "旧.yaml", "-o", "合.yaml")
    assert called.code == 1
    assert called.problems[0].startswith("从业人数：A 为“16”（表.docx ")
    assert "B 为“18”（旧.yaml 第15行）" in called.problems[0]
    assert cli_invoke("merge", "表.docx", "旧.yaml", "-o", "合.yaml", "--prefer", "A").code == 0
    answers = read_answers(Path("合.yaml"), workspace).answers
    assert answers == read_answers(sample, workspace).answers


def test_values_of_a_list_are_those_of_its_entries() -> None:
    draft = draft_of(OTHER)
    assert len(values_at(draft, "fund.items")) == 6
    assert values_at(draft, "company.city") == {}

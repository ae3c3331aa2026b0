"""Questionnaires are read and written back with nothing lost: answers, words, comments."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import cases
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cqo_docs.answers.questions import Question, questions
from cqo_docs.base.errors import CqoError, PackError
from cqo_docs.generation import read_answers
from cqo_docs.questions import draft as questionnaire
from cqo_docs.questions.draft import (
    Draft,
    Note,
    canonical,
    draft_text,
    parse_draft,
    pieces,
    plain_path,
    read_draft,
    save_draft,
    word_of,
)
from cqo_docs.workspace import Workspace


def draft_of(text: str) -> Draft:
    return parse_draft(text, Path("问卷.yaml"), cases.workspace().wording.vocabulary())


def written(draft: Draft) -> str:
    return draft_text(draft, cases.workspace().wording)


# There and back


@pytest.mark.parametrize("sample", cases.SAMPLES, ids=lambda path: path.stem)
def test_a_sample_says_the_same_when_it_is_written_back(
    sample: Path, tmp_path: Path, workspace: Workspace
) -> None:
    draft = read_draft(sample, workspace.wording.vocabulary())
    path = tmp_path / sample.name
    save_draft(path, draft, workspace.wording)
    before, after = read_answers(sample, workspace), read_answers(path, workspace)
    assert (after.answers, after.given) == (before.answers, before.given)
    comments = [line for line in sample.read_text("utf-8").splitlines() if line.startswith("#")]
    assert [x for x in path.read_text("utf-8").splitlines() if x.startswith("#")] == comments
    assert written(read_draft(path, workspace.wording.vocabulary())) == path.read_text("utf-8")


@pytest.mark.parametrize(
    "text",
    [
        "企业:\n  企业名称: 甲\n  省份: 山西省\n",
        "# 头\n企业:  # 谁\n  企业名称: 甲  # 名\n  # 在哪里\n  省份: 山西省\n# 尾\n",
        "company:\n  name: 甲\n  registration: 112\n  above_scale: yes\n",
        "企业:\n  归口领导的部门:\n    # 第一\n    - 质量部  # 一\n    - 检测\n"
        "    # 其余待定\n    - 乙\n",
        "企业:\n  城市:  # 待查\n",
        "经费:\n  # 明细\n  预算项目:\n    # 一项\n    - 项目名称: 培训  # 名\n"
        "      # 类\n      类别: 人才与培训\n      分季安排（元）: [1, 2, 3, 4]\n"
        "    - 项目名称: 乙\n",
        "企业:\n  受监管活动: []\n",
        "企业:\n  登记类型: 民营有限责任公司\n  治理机构: 董事会\n"
        "聘任:\n  决定日期: 2026年11月8日\n",
        "企业:\n  企业名称: \"张 # 三\"\n  城市: \"null\"\n  行业代码: 007\n",
    ],
)  # fmt: skip
def test_a_tidy_file_comes_back_as_it_was(text: str) -> None:
    assert written(draft_of(text)) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Groups and answers in the order of the questionnaire; a comment goes with its answer.
        ("候选人:\n  姓名: 乙\n# 这家企业\n企业:\n  省份: 山西省  # 晋\n  企业名称: 甲\n",
         "# 这家企业\n企业:\n  企业名称: 甲\n  省份: 山西省  # 晋\n候选人:\n  姓名: 乙\n"),
        # A comment at the head of the file stays there.
        ("# 头\n\n候选人:\n  姓名: 乙\n企业:\n  企业名称: 甲\n",
         "# 头\n企业:\n  企业名称: 甲\n候选人:\n  姓名: 乙\n"),
        # What only looks like a comment is none.
        ("候选人:\n  放宽理由: |\n    # 不是注\n    第二行\n  # 是注\n  任职培训: 已参加\n",
         '候选人:\n  放宽理由: "# 不是注\\n第二行\\n"\n  # 是注\n  任职培训: 已参加\n'),
        ("企业:\n  企业名称: '甲\n    # 乙'  # 名\n  城市: 晋\n",
         '企业:\n  企业名称: "甲 # 乙"  # 名\n  城市: 晋\n'),
        # Comments inside a list that stands on several lines are kept with the list.
        ("企业:\n  受监管活动: [食品生产经营,  # 食\n     药品生产或上市许可持有]  # 药\n",
         "企业:\n  受监管活动:  # 食\n    - 食品生产经营\n    - 药品生产或上市许可持有  # 药\n"),
        ("经费:\n  预算项目:\n  - {项目名称: 甲, 类别: 预备费, 金额（元）: 6}  # 花\n",
         "经费:\n  预算项目:\n    - 项目名称: 甲  # 花\n      类别: 预备费\n      金额（元）: 6\n"),
        # Only the comments are left where nothing was answered.
        ("# 一\n企业:  # 二\n  # 三\n  城市:\n# 四\n",
         "# 一\n企业:  # 二\n  # 三\n  城市:\n# 四\n"),
    ],
)  # fmt: skip
def test_a_file_becomes_tidy_and_loses_no_comment(text: str, expected: str) -> None:
    assert written(draft_of(text)) == expected
    assert draft_of(expected).answers == draft_of(text).answers


UNFIT = "\u2028\u2029\ufeff\ufffe\uffff"
CHARACTERS = st.characters(exclude_categories=("Cc", "Cs"), exclude_characters=UNFIT)
WORDS = st.text(CHARACTERS).map(str.strip).filter(bool)


@given(WORDS, st.lists(WORDS, max_size=4), WORDS, WORDS)
@example("#", ["- 甲", "a: b", "[", "'", '"', "null", "~", "甲, 乙"], "x", "y")
@example(
    "是", ["true", "2026-11-08", "0x1f", "1e3", "=1", "&a", "*a", "!!x", "%", "@", "`"], "x", "y"
)
@example("甲 #乙", ["}", "甲]", "? x", "|", ">", "- ", ": "], "x", "y")
@example("a\u0085b", ["a\xa0b", "\u200b甲"], "x", "y")
def test_any_text_and_any_comment_comes_back(
    name: str, entries: list[str], before: str, after: str
) -> None:
    line, behind = before.replace("\x85", " "), after.replace("\x85", " ")
    draft = Draft(
        answers={"company.name": name, "company.departments": tuple(entries),
                 "fund.items[0].name": name, "fund.items[0].amount": "1",
                 "authority.reserved_matters": (name, *entries)},
        notes={"company.name": Note((f"# {line}",), f"# {behind}"),
               "fund.items[0]": Note((f"# {line}",), f"# {behind}")},
        tail=(f"# {line}",),
    )  # fmt: skip
    back = draft_of(written(draft))
    assert back.answers == draft.answers
    assert written(back) == written(draft)
    assert line.split() == " ".join(back.tail).removeprefix("#").split()


@pytest.mark.parametrize("char", [*UNFIT, "\0", "\a", "\t", "\x1b", "\x7f", "\x85", "\U0010ffff"])
def test_a_character_that_no_file_may_hold_bare_comes_back(char: str) -> None:
    answers = {
        "company.name": f"甲{char}乙",
        "company.departments": (char, f"{char}甲"),
        "fund.items[0].name": char,
    }
    assert draft_of(written(Draft(answers=answers))).answers == answers


# Looking and changing


def test_answers_are_ids_and_words_are_kept() -> None:
    draft = draft_of("企业:\n  治理机构: 董事会\n  受监管活动: [食品生产经营]\n  是否上市: 否\n")
    assert draft.answers == {
        "company.governance": "board", "company.regulated_activities": ("food",),
        "company.listed": "false",
    }  # fmt: skip
    assert draft.said["company.governance"] == "董事会"
    assert draft.nested() == {
        "company": {"governance": "board", "regulated_activities": ["food"], "listed": "false"}
    }
    assert draft.lines["company.governance"] == 2


def test_a_changed_answer_is_written_in_our_words() -> None:
    draft = draft_of("企业:\n  治理机构: 董事会\n").with_answer("company.governance", "none")
    draft = draft.with_answer("company.listed", "true")
    assert written(draft) == "企业:\n  治理机构: 均不设\n  是否上市: 是\n"


def test_a_file_in_ids_goes_on_in_ids() -> None:
    draft = draft_of("company:\n  governance: board\n")
    draft = draft.with_answer("company.listed", "true").with_answer("candidate.degree", "master")
    assert written(draft) == (
        "company:\n  governance: board\n  listed: true\ncandidate:\n  degree: master\n"
    )


def test_the_comment_of_an_answer_that_is_taken_away_stays() -> None:
    draft = draft_of("企业:\n  企业名称: 甲\n  城市: 晋城市  # 待查\n  省份: 山西省\n")
    for path in ("company.city", "company.province"):
        draft = draft.with_answer(path, None)
    assert written(draft) == "企业:\n  企业名称: 甲\n  城市:  # 待查\n"
    assert not draft.given("company.city")


ITEMS = """经费:
  预算项目:
    - 项目名称: 甲
      金额（元）: 1
    # 第二项
    - 项目名称: 乙  # 二
      金额（元）: 2
    - 项目名称: 丙
      金额（元）: 3
"""


def test_an_entry_is_taken_out_and_the_later_ones_move_up() -> None:
    draft = draft_of(ITEMS)
    assert draft.count("fund.items") == 3
    draft = draft.without_entry("fund.items", 0)
    assert written(draft) == (
        "经费:\n  预算项目:\n    # 第二项\n    - 项目名称: 乙  # 二\n      金额（元）: 2\n"
        "    - 项目名称: 丙\n      金额（元）: 3\n"
    )
    draft = draft.without_entry("fund.items", 1).without_entry("fund.items", 0)
    assert written(draft) == "经费:\n  预算项目: []\n"
    assert draft.count("fund.items") == 0
    assert draft.given("fund.items")


def test_a_first_entry_takes_the_place_of_an_empty_list() -> None:
    draft = draft_of("经费:\n  预算项目: []\n").with_answer("fund.items[0].name", "甲")
    assert written(draft) == "经费:\n  预算项目:\n    - 项目名称: 甲\n"
    assert written(draft.with_answer("fund.items", ())) == "经费:\n  预算项目: []\n"


@pytest.mark.parametrize(
    ("path", "parts", "plain"),
    [
        ("company.name", ("company", "name"), "company.name"),
        ("fund.items[12].name", ("fund", "items", 12, "name"), "fund.items[].name"),
    ],
)
def test_paths_have_parts(path: str, parts: tuple[Any, ...], plain: str) -> None:
    assert (pieces(path), plain_path(path)) == (parts, plain)


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("appointment.start", "2026年1月8日", "2026-01-08"),
        ("appointment.start", "２０２６．１．８", "2026-01-08"),
        ("appointment.start", "明天", "明天"),
        ("company.employees", "1,200", "1200"),
        ("company.revenue", "１２.50", "12.5"),
        ("company.employees", "很多", "很多"),
        ("company.listed", "有", "true"),
        ("company.listed", "也许", "也许"),
        ("company.name", "2026年1月8日", "2026年1月8日"),
    ],
)
def test_answers_have_a_usual_form(path: str, text: str, expected: str) -> None:
    question = next(q for q in questions() if q.path == path)
    assert isinstance(question, Question)
    assert canonical(question, text) == expected


def test_answers_have_words(workspace: Workspace) -> None:
    assert word_of("company.listed", "true", workspace.wording) == "是"
    assert word_of("company.name", "true", workspace.wording) == "true"
    assert word_of("candidate.degree", "master", workspace.wording) == "硕士研究生"


# Files


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("企业:\n  法人代表: 张\n", "answers.unknown-field-guess"),
        ("企业:\n  企业名称: 甲\n  name: 乙\n", "yaml.duplicate"),
        ("企业: 甲\n", "answers.model_type"),
        ("- 甲\n", "answers.not-a-questionnaire"),
        ("候选人:\n  姓名: {姓: 张}\n", "answers.single-value"),
        ("经费:\n  预算项目: 无\n", "answers.tuple_type"),
        ("经费:\n  预算项目: [甲]\n", "answers.model_type"),
        ("企业:\n\t企业名称: 甲\n", "yaml.tab"),
        ("", "file.empty"),
    ],
)
def test_what_is_no_questionnaire_is_refused(text: str, code: str) -> None:
    with pytest.raises(CqoError) as caught:
        draft_of(text)
    assert [p.code for p in caught.value.problems] == [code]


def test_wrong_answers_are_read_to_be_asked_again() -> None:
    draft = draft_of("企业:\n  从业人数: 很多\n  省份: 晋\n")
    assert draft.answers == {"company.employees": "很多", "company.province": "晋"}


def test_json_stays_json(tmp_path: Path, workspace: Workspace) -> None:
    path = tmp_path / "问卷.json"
    path.write_text(
        '{"企业": {"企业名称": "甲", "受监管活动": ["食品生产经营"]}}', encoding="utf-8"
    )
    draft = read_draft(path, workspace.wording.vocabulary())
    save_draft(path, draft.with_answer("company.listed", "true"), workspace.wording)
    assert json.loads(path.read_text("utf-8")) == {
        "company": {"name": "甲", "regulated_activities": ["food"], "listed": "true"}
    }


def test_a_file_is_written_whole_or_not_at_all(
    tmp_path: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "问卷.yaml"
    path.write_text("企业:\n  企业名称: 甲\n", encoding="utf-8")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(questionnaire.os, "fsync", full)
    with pytest.raises(PackError) as caught:
        save_draft(path, Draft(answers={"company.name": "乙"}), workspace.wording)
    assert caught.value.problems[0].values["reason"] == "ENOSPC"
    assert path.read_text("utf-8") == "企业:\n  企业名称: 甲\n"
    assert [p.name for p in tmp_path.iterdir()] == ["问卷.yaml"]


@pytest.mark.skipif(os.name == "nt", reason="links and modes are those of POSIX")
def test_links_and_modes_stay(tmp_path: Path, workspace: Workspace) -> None:
    real, link = tmp_path / "真.yaml", tmp_path / "链.yaml"
    real.write_text("企业:\n  企业名称: 甲\n", encoding="utf-8")
    real.chmod(0o640)
    link.symlink_to(real)
    save_draft(link, Draft(answers={"company.name": "乙"}), workspace.wording)
    assert link.is_symlink()
    assert real.read_text("utf-8") == "企业:\n  企业名称: 乙\n"
    assert real.stat().st_mode & 0o777 == 0o640

"""The interview: what it asks next, what it says, how it is left and resumed, in a terminal too."""

from __future__ import annotations

import codecs
import locale
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import cases
import pytest

from cqo_docs.answers.questions import questions
from cqo_docs.base.errors import CqoError, PackError
from cqo_docs.generation import read_answers
from cqo_docs.interview import Keeper, as_text, check_target, hold_interview
from cqo_docs.interview.course import Interview, StoppedError
from cqo_docs.interview.pages import (
    Line,
    in_columns,
    outlook_page,
    question_page,
    section_line,
    width,
)
from cqo_docs.interview.terminal import broken
from cqo_docs.questions.asking import applies
from cqo_docs.questions.draft import Draft, Value, read_draft
from cqo_docs.questions.explaining import grounds, name_at, value_text
from cqo_docs.questions.replies import Option, meant, read_reply
from cqo_docs.questions.steps import (
    Ask,
    Entries,
    Kit,
    Offer,
    Progress,
    Review,
    add_entry,
    answered,
    back,
    change,
    give,
    known_in,
    list_done,
    must_answer,
    next_step,
    offer_answered,
    open_kit,
    problems_in,
    remove_entry,
    review,
    start,
    stop_of,
)
from cqo_docs.workspace import Workspace

TODAY = date(2026, 11, 21)
# What a small firm in 山西 answers; all else is left at the Enter key.
FIRM: Mapping[str, str] = {
    "企业名称": "晋城市沁香源食品有限公司", "省份": "山西", "行业代码": "C14", "登记类型": "2",
    "治理机构": "一名", "是否一人公司": "是", "法定代表人": "郭守诚", "总经理": "郭守诚",
    "从业人数": "16", "营业收入（万元）": "268", "是否规模以上": "否", "政府质量奖": "无",
    "是否申报区域公用品牌": "y", "受监管活动": "食品", "姓名": "郭守诚", "学历": "本科",
    "职称等级": "中级", "质量专业职业资格": "1", "质量工作年限": "12", "质量管理工作年限": "8",
    "任职培训": "2", "岗位层级": "总经理级", "聘任类别": "首次", "决定日期": "2026年11月9日",
    "考核主体": "股东", "预算总额（元）": "36,000",
}  # fmt: skip


@cache
def kit() -> Kit:
    return open_kit(cases.workspace().library, cases.workspace().wording)


class Person:
    """Answers by the name of the question, each time the next reply; Enter where there is none."""

    columns = 96

    def __init__(
        self, replies: Mapping[str, str | Sequence[str]], more: str = "", stop_after: int = 10_000
    ) -> None:
        self.replies = {k: [v] if isinstance(v, str) else list(v) for k, v in replies.items()}
        self.more, self.left = more, stop_after
        self.shown: list[str] = []
        self.heads: list[str] = []
        self.asked: list[str] = []

    def show(self, lines: Iterable[Line]) -> None:
        for line in lines:
            self.shown.append(line.text)
            if line.style == "head" and not line.text.startswith(" "):
                self.heads.append(line.text)
            if line.text.startswith("本节另有"):
                self.heads.append("本节另有")

    def read(self, prompt: str, words: Sequence[str]) -> str:
        if self.left == 0:
            raise StoppedError
        self.left -= 1
        name = re.sub(r"（(必填|\d+项.*)）.*$", "", self.heads[-1])
        self.asked.append(name)
        assert self.asked[-12:] != [name] * 12, f"asked over and over: {name}"
        waiting = self.replies.get(name, [])
        reply = waiting.pop(0) if waiting else self.more if name == "本节另有" else ""
        self.shown.append(f"> {reply}")
        return reply


def hold(person: Person, path: Path, source: Path | None = None) -> bool:
    return hold_interview(path, source, cases.workspace(), person, TODAY)


def draft_at(path: Path) -> Draft:
    return read_draft(path, cases.workspace().wording.vocabulary())


# From the first question to the last


def test_a_small_firm_answers_what_matters(tmp_path: Path, workspace: Workspace) -> None:
    person, path = Person(FIRM), tmp_path / "问卷.yaml"
    assert hold(person, path) is True
    file = read_answers(path, workspace)
    assert file.answers.company.name == FIRM["企业名称"]
    assert file.answers.company.regulated_activities == ("food",)
    assert file.answers.appointment.decision_date == date(2026, 11, 9)
    assert file.answers.candidate.title_rank == "intermediate"
    questions_asked = [name for name in person.asked if name not in {"本节另有", "全部答案"}]
    assert len(questions_asked) <= 40
    # Nobody votes, no Party organization, one director.
    for name in ("控股情况", "党组织名称", "应到人数", "资产总额（万元）", "是否有建筑业资质"):
        assert name not in person.asked
    assert person.heads[-1] == f"问卷已填完，存入“{path}”。"
    assert [text.split()[:2] for text in person.shown[-3:]] == [
        ["cqo-docs", "check"], ["cqo-docs", "plan"], ["cqo-docs", "generate"],
    ]  # fmt: skip


def test_all_sections_come_in_their_order(tmp_path: Path) -> None:
    person = Person(FIRM)
    hold(person, tmp_path / "问卷.yaml")
    headings = [text for text in person.heads if text.startswith("【")]
    assert headings == [section_line(kit(), section).text for section in kit().asking.sections]


def test_everything_can_be_answered(tmp_path: Path, workspace: Workspace) -> None:
    """A state-owned company that opens all further questions."""
    replies: dict[str, str | Sequence[str]] = {
        "企业名称": "太原汾朔特种型钢有限责任公司", "企业简称": "汾朔型钢", "省份": "山西省",
        "统一社会信用代码": ["91000000100000008Q", "91000000100000008P"], "城市": "太原市",
        "采用的标准": "首席质量官教程", "冲突处理": "从严", "编制基准日": "2026.11.21",
        "行业代码": ["C", "钢", "C31"], "登记类型": "其他有限", "控股情况": "国有",
        "治理机构": "董事会", "法定代表人": "武延岭", "总经理": "贾承烈",
        "从业人数": ["很多", "860"],
        "营业收入（万元）": "86400", "是否规模以上": "1", "政府质量奖": "提名",
        "是否申报区域公用品牌": "2", "受监管活动": "3、生产许可或强制性认证等目录内工业产品的生产",
        "归口领导的部门": "质量管理部、检测中心", "姓名": "阎若谷", "学历": "硕士",
        "职称等级": "副高", "质量专业职业资格": "无", "质量工作年限": "18",
        "质量管理工作年限": ["19", "14"], "是否实践经验丰富的技术骨干": "是", "任职培训": "考核",
        "放宽理由": "主持攻关", "岗位层级": "副总", "聘任类别": "1", "决定日期": "2026-10-26",
        "党组织名称": "中共汾朔委员会", "研究日期": ["2026-10-27", "2026/10/19"],
        "是否专职": "否", "兼任职务": "副总经理", "应到人数": "7", "实到人数": ["8", "6"],
        "同意票数": "6", "反对票数": "0", "弃权票数": ["1", "0"], "签字人员": "武延岭、贾承烈",
        "保留事项": "机构的设置、调整；对外赔偿", "单笔质量支出限额（元）": "300000",
        "考核指标": ["+", "+", ""], "考核指标第1项 · 指标名称": "合格率",
        "考核指标第1项 · 目标值": "不低于99%", "考核指标第1项 · 权重": ["101", "60"],
        "考核指标第2项 · 指标名称": "投诉", "考核指标第2项 · 目标值": "0起",
        "考核指标第2项 · 权重": "40", "评分人权重": ["0 60", "0 60 50", "0，60，40"],
        "优秀分数线": "70", "良好分数线": "65", "合格分数线": "60",
        "预算总额（元）": ["60000", "-"], "预算项目": ["+", "9", ""],
        "预算项目第1项 · 项目名称": "培训", "预算项目第1项 · 类别": "人才",
        "预算项目第1项 · 金额（元）": "50000", "预算项目第1项 · 分季安排（元）":
        ["10000 10000 10000 10000", "12500 12500 12500 12500"], "文书种类": "1 2",
    }  # fmt: skip
    person, path = Person(replies, more="是"), tmp_path / "问卷.yaml"
    assert hold(person, path) is True
    left = {name: rest for name, rest in person.replies.items() if rest}
    assert left == {}
    answers = read_answers(path, workspace).answers
    assert answers.assessment.scorers.board == 40
    assert [i.weight for i in answers.assessment.indicators] == [60, 40]
    assert answers.authority.reserved_matters == ("机构的设置、调整", "对外赔偿")
    assert answers.fund.total is None
    assert answers.fund.items[0].quarters == (12500, 12500, 12500, 12500)
    assert answers.plan.adopt == ("gd-textbook-2015",)
    assert answers.output.documents == ("decision", "appointment")
    assert answers.company.regulated_activities == (
        "special-equipment-user", "industrial-goods-maker",
    )  # fmt: skip
    said = "\n".join(person.shown)
    assert "质量管理工作年限：填了19年，不能多于候选人·质量工作年限的18年" in said
    assert "校验码应为P" in said
    assert "考核·评分人权重：权重合计为110，应为100" in said
    assert "填了2个数，应为3个，请用空格分开" in said
    assert "四季合计40000元，应等于该项金额50000元" in said
    assert "没有这一项，请填编号" in said
    # The total no longer fits the items: said at once, and asked again.
    assert "请重新确认：预算总额（元）" in said


@pytest.mark.parametrize("one", kit().stops, ids=stop_of)
@pytest.mark.parametrize("province", ["山西省", "重庆市", "浙江省"])
def test_every_question_says_why_it_is_asked(one: Any, province: str) -> None:
    known = known_in(kit(), Draft(answers={"company.province": province}))
    said = list(grounds(kit(), one, known, 3))
    if applies(one, known.facts) is not False:
        assert said
        assert said != ["没有条款和文书用到这一题，答案只存档"]


def test_only_clauses_that_may_be_in_play_are_named() -> None:
    one = kit().by_stop["candidate.title_rank"]
    said = [
        " ".join(grounds(kit(), one, known_in(kit(), Draft(answers={"company.province": p})), 9))
        for p in ("山西省", "重庆市")
    ]
    assert "晋市监发〔2021〕264号 四（二）" in said[0]
    assert "DB50/T 1696" not in said[0]
    assert "DB50/T 1696—2024 5.1.2 学历职称与经历（陈述）" in said[1]


def test_all_clauses_are_told_to_whoever_asks(tmp_path: Path) -> None:
    person = Person({"企业名称": "甲", "省份": "山西", "行业代码": ["?", "停"]})
    hold(person, tmp_path / "问卷.yaml")
    after = person.shown[person.shown.index("> ?") :]
    assert any("过程检查把关" in text for text in after)


@pytest.mark.parametrize("stop", sorted(kit().by_stop))
def test_every_page_can_be_shown_on_a_gbk_console(stop: str) -> None:
    draft = Draft(answers={"company.province": "山西省"})
    step = Ask(stop, kit().by_stop[stop])
    for line in question_page(kit(), Progress(draft), step, 96):
        line.text.encode("gbk")


def test_all_words_can_be_shown_on_a_gbk_console(workspace: Workspace) -> None:
    def texts(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, Mapping):
            for inner in value.values():
                yield from texts(inner)
        elif isinstance(value, Sequence):
            for inner in value:
                yield from texts(inner)

    for text in texts(workspace.wording.interview):
        text.encode("gbk")


# The next step


def progress_with(**changes: Any) -> Progress:
    """A progress with answers by path, dots written as double underscores."""
    answers = {path.replace("__", "."): value for path, value in changes.items()}
    return start(kit(), Draft(answers=answers))


def path_of(progress: Progress) -> str:
    step = next_step(kit(), progress)
    return step.path if isinstance(step, Ask | Entries) else type(step).__name__


def answer(progress: Progress, value: Value) -> Progress:
    """The progress after an answer to the question that is asked."""
    step = next_step(kit(), progress)
    assert isinstance(step, Ask)
    outcome = give(kit(), progress, step, {step.path: value})
    assert outcome.complaints == ()
    return outcome.progress


def test_it_begins_with_what_everybody_must_answer() -> None:
    progress = start(kit(), Draft())
    assert path_of(progress) == "company.name"
    progress = answer(progress, "甲")
    assert path_of(progress) == "company.province"
    progress = answer(progress, "山西省")
    step = next_step(kit(), progress)
    assert isinstance(step, Offer)
    assert step.paths == ("company.short_name", "company.credit_code", "company.city")


def test_what_must_be_answered_cannot_be_left_open() -> None:
    progress = start(kit(), Draft())
    step = next_step(kit(), progress)
    assert isinstance(step, Ask)
    outcome = give(kit(), progress, step, {step.path: None})
    assert [p.code for p in outcome.complaints] == ["answers.missing"]
    assert outcome.progress is progress


@pytest.mark.parametrize(
    ("answers", "path", "expected"),
    [
        ({}, "company.name", True),
        ({"company.registration": "112"}, "company.governance", True),
        (
            {"company.registration": "112", "company.governance": "board"},
            "company.governance",
            True,
        ),
        ({"company.registration": "140"}, "company.governance", False),
        ({"company.registration": "119"}, "company.control", True),
        ({"company.registration": "150"}, "company.control", False),
        ({}, "candidate.degree", False),
        ({}, "fund.items[0].amount", True),
        ({}, "fund.items[0].owner", False),
        ({}, "assessment.weights", False),
    ],
)
def test_what_must_be_answered_depends(
    answers: dict[str, Value], path: str, expected: bool
) -> None:
    assert must_answer(kit(), Draft(answers=answers), path) is expected


def test_the_further_questions_are_asked_where_they_are_wanted() -> None:
    progress = progress_with(company__name="甲", company__province="山西省", plan__policy="ask")
    progress = replace(progress, passed=frozenset())
    assert isinstance(next_step(kit(), progress), Offer)
    wanted = offer_answered(progress, "identity", wanted=True)
    assert path_of(wanted) == "company.short_name"
    assert path_of(answer(wanted, None)) == "company.credit_code"
    unwanted = offer_answered(progress, "identity", wanted=False)
    assert path_of(unwanted) == "plan.adopt"


def test_an_answer_that_does_not_fit_is_refused_with_the_sentence_of_check() -> None:
    progress = change(progress_with(**{"company__employees": "5"}), "company.employees")
    step = next_step(kit(), progress)
    assert isinstance(step, Ask)
    outcome = give(kit(), progress, step, {step.path: "-5"})
    assert [kit().wording.problem(p) for p in outcome.complaints] == [
        "企业·从业人数：填了“-5”，不能小于0"
    ]


SOE: Mapping[str, Value] = {
    "company.name": "甲", "company.province": "山西省", "company.industry_code": "C34",
    "company.registration": "119", "company.control": "state", "company.governance": "board",
    "company.legal_representative": "张", "company.general_manager": "王", "candidate.name": "李",
    "appointment.level": "deputy", "appointment.party.organ": "党委",
    "appointment.party.date": "2026-10-01", "appointment.decision_date": "2026-10-20",
    "appointment.meeting.due": "5", "appointment.meeting.present": "5",
    "appointment.reports_to": "board",
}  # fmt: skip


def test_what_no_longer_applies_is_taken_down_and_comes_back() -> None:
    progress = change(start(kit(), Draft(answers=SOE)), "company.registration")
    step = next_step(kit(), progress)
    assert isinstance(step, Ask)
    outcome = give(kit(), progress, step, {step.path: "112"})
    assert set(outcome.dropped) == {
        "company.control", "appointment.party.organ", "appointment.party.date",
    }  # fmt: skip
    assert "appointment.party.organ" not in outcome.progress.draft.answers
    # The same board decides: its meeting is not asked about again.
    assert outcome.again == ()
    again = change(outcome.progress, "company.registration")
    outcome = give(kit(), again, step, {step.path: "119"})
    assert outcome.progress.draft.answers == dict(SOE)
    # What comes back is confirmed.
    assert set(outcome.again) == {
        "company.control", "appointment.party.organ", "appointment.party.date",
    }  # fmt: skip
    assert path_of(outcome.progress) == "company.control"


def test_what_depended_on_an_answer_is_asked_again() -> None:
    progress = change(start(kit(), Draft(answers=SOE)), "company.registration")
    step = next_step(kit(), progress)
    assert isinstance(step, Ask)
    # Partners meet too, but they are another body than the board.
    outcome = give(kit(), progress, step, {step.path: "150"})
    assert outcome.again == ("appointment.meeting.due", "appointment.meeting.present")
    assert path_of(outcome.progress) == "appointment.meeting.due"


def test_another_answer_that_became_wrong_is_asked_again_with_the_reason() -> None:
    progress = change(start(kit(), Draft(answers=SOE)), "company.governance")
    step = next_step(kit(), progress)
    assert isinstance(step, Ask)
    outcome = give(kit(), progress, step, {step.path: "single-director"})
    assert [p.code for p in outcome.reasons] == ["answers.no-board"]
    assert "appointment.reports_to" in outcome.again
    assert path_of(outcome.progress) == "appointment.reports_to"


def test_a_first_answer_that_does_not_fit_an_earlier_one_is_refused() -> None:
    progress = start(kit(), Draft(answers={**SOE, "appointment.party.date": None}))
    progress = change(progress, "appointment.party.date")
    step = next_step(kit(), progress)
    assert isinstance(step, Ask)
    late = give(kit(), progress, step, {step.path: "2026-10-25"})
    assert [p.code for p in late.complaints] == ["answers.date-order"]
    # Changed later on, it is the other that is asked again.
    progress = change(start(kit(), Draft(answers=SOE)), "appointment.party.date")
    changed = give(kit(), progress, step, {step.path: "2026-10-25"})
    assert changed.complaints == ()
    assert changed.again == ("appointment.decision_date",)


def test_back_goes_stop_by_stop_and_on_again() -> None:
    progress = start(kit(), Draft())
    assert back(kit(), progress) is None
    progress = answer(answer(progress, "甲"), "山西省")
    progress = offer_answered(progress, "identity", wanted=False)
    assert path_of(progress) == "plan.adopt"
    once = back(kit(), progress)
    assert once is not None
    assert isinstance(next_step(kit(), once), Offer)
    twice = back(kit(), once)
    assert twice is not None
    assert path_of(twice) == "company.province"
    thrice = back(kit(), twice)
    assert thrice is not None
    assert path_of(thrice) == "company.name"
    assert back(kit(), thrice) is None
    # Nothing was lost on the way, and the way on is the same.
    assert thrice.draft.answers == {"company.name": "甲", "company.province": "山西省"}
    onward = answer(thrice, "乙")
    assert path_of(onward) == "company.province"
    assert isinstance(next_step(kit(), answer(onward, "山西省")), Offer)


def test_commands_are_never_taken_for_answers(tmp_path: Path) -> None:
    replies = {
        "企业名称": ["<", "+", "-", "?", "甲"], "省份": "山西", "本节另有": ["?", "-", "y"],
        "企业简称": "停止",
    }  # fmt: skip
    person, path = Person(replies), tmp_path / "问卷.yaml"
    hold(person, path)
    assert draft_at(path).answers == {"company.name": "甲", "company.province": "山西省"}


def test_back_passes_over_what_is_no_longer_asked() -> None:
    progress = start(kit(), Draft(answers=dict(SOE)))
    progress = replace(progress, history=("company.registration", "company.control"))
    fallen = progress.draft.with_answer("company.registration", "112")
    before = back(kit(), replace(progress, draft=fallen))
    assert before is not None
    assert path_of(before) == "company.registration"


def test_who_insists_on_an_answer_is_asked_the_others() -> None:
    votes: dict[str, Value] = {
        **SOE, "appointment.meeting.votes_for": "4", "appointment.meeting.votes_against": "1",
        "appointment.meeting.votes_abstained": "1",
    }  # fmt: skip
    progress = start(kit(), Draft(answers=votes))
    assert path_of(progress) == "appointment.meeting.votes_for"
    step = next_step(kit(), progress)
    assert isinstance(step, Ask)
    outcome = give(kit(), progress, step, {step.path: "4"})
    assert [p.code for p in outcome.reasons] == ["answers.votes-sum"]
    assert path_of(outcome.progress) == "appointment.meeting.present"
    insisting = answer(outcome.progress, "5")
    assert path_of(insisting) == "appointment.meeting.votes_against"
    mended = answer(insisting, "0")
    assert problems_in(kit(), mended.draft) == ()
    # The others are confirmed on the way.
    assert path_of(mended) == "appointment.meeting.votes_abstained"


def test_grades_that_must_rise_are_asked_again_together() -> None:
    progress = change(start(kit(), Draft(answers=SOE)), "assessment.excellent")
    step = next_step(kit(), progress)
    assert isinstance(step, Ask)
    outcome = give(kit(), progress, step, {step.path: "70"})
    assert outcome.again == ("assessment.good", "assessment.pass_mark")
    progress = answer(outcome.progress, "65")
    assert path_of(progress) == "assessment.pass_mark"
    assert problems_in(kit(), answer(progress, "60").draft) == ()


# Lists


def entered(person: Person, tmp_path: Path) -> Draft:
    path = tmp_path / "问卷.yaml"
    hold(person, path)
    return draft_at(path)


ITEM: Mapping[str, str | Sequence[str]] = {
    "预算项目第1项 · 项目名称": "培训", "预算项目第1项 · 类别": "人才",
    "预算项目第1项 · 金额（元）": "100", "预算项目第2项 · 项目名称": "奖励",
    "预算项目第2项 · 类别": "2", "预算项目第2项 · 金额（元）": "200",
}  # fmt: skip


def test_entries_are_added_changed_and_taken_out(tmp_path: Path) -> None:
    changes = {**FIRM, **ITEM, "预算总额（元）": "", "预算项目": ["+", "+", "1", "-2", ""],
               "预算项目第1项 · 金额（元）": ["100", "150"]}  # fmt: skip
    person = Person(changes, more="是")
    draft = entered(person, tmp_path)
    assert draft.count("fund.items") == 1
    assert draft.answers["fund.items[0].amount"] == "150"
    assert draft.answers["fund.items[0].name"] == "培训"
    assert "已删除第2项。" in person.shown
    assert "预算项目（2项），合计300元" in person.heads
    assert "    2 奖励 | 改进与奖励 | 200" in person.shown


def test_an_entry_that_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    changes = {**FIRM, **ITEM, "预算总额（元）": "", "预算项目": ["+", ""],
               "预算项目第1项 · 类别": ["<"],
               "预算项目第1项 · 项目名称": ["培训", "<"]}  # fmt: skip
    draft = entered(Person(changes, more="是"), tmp_path)
    assert draft.count("fund.items") == 0
    assert not draft.given("fund.items")


def test_an_unfinished_entry_of_a_file_is_finished_first() -> None:
    answers: dict[str, Value] = {**SOE, "fund.items[0].name": "培训"}
    progress = start(kit(), Draft(answers=answers))
    assert path_of(progress) == "fund.items[0].group"
    progress = answer(progress, "talent")
    assert path_of(progress) == "fund.items[0].amount"
    assert "fund.items" not in path_of(answer(progress, "5"))


# Leaving and resuming


def test_an_interview_can_be_left_anywhere_and_resumed(tmp_path: Path) -> None:
    whole = tmp_path / "一次.yaml"
    person = Person(FIRM)
    hold(person, whole)
    for stop_after in range(1, len(person.asked), 5):
        path = tmp_path / f"{stop_after}.yaml"
        hold(Person(FIRM, stop_after=stop_after), path)
        if not path.exists():
            continue
        hold(Person(FIRM), path, path)
        assert draft_at(path).answers == draft_at(whole).answers, stop_after


def test_stopping_says_how_to_go_on_and_what_is_lacking(tmp_path: Path) -> None:
    path = tmp_path / "一家 企业.yaml"
    person = Person({**FIRM, "登记类型": "停"})
    assert hold(person, path) is False
    assert f"已存入“{path}”。" in person.shown
    assert f'接着填：cqo-docs new --resume "{path}"' in person.shown
    assert "还有3项必须填写：登记类型、法定代表人、姓名" in person.shown
    again = Person({}, stop_after=1)
    hold(again, path, path)
    assert any(text.startswith("接着填") and "已答3项" in text for text in again.shown)
    assert again.asked == ["采用的标准"]


def test_stopping_at_once_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "问卷.yaml"
    assert hold(Person({}, stop_after=0), path) is False
    assert not path.exists()


def test_every_answer_is_written_down_at_once(tmp_path: Path) -> None:
    path, seen = tmp_path / "问卷.yaml", list[int]()

    class Watcher(Person):
        def read(self, prompt: str, words: Sequence[str]) -> str:
            seen.append(len(draft_at(path).answers) if path.exists() else 0)
            return super().read(prompt, words)

    hold(Watcher(FIRM), path)
    assert seen[:3] == [0, 1, 2]
    assert all(later - sooner in {0, 1} for sooner, later in pairwise(seen))


def test_the_file_keeps_its_comments_and_its_words(tmp_path: Path) -> None:
    path = tmp_path / "问卷.yaml"
    path.write_text(
        "# 甲公司的\n企业:\n  企业名称: 甲\n"
        "  治理机构: 执行董事  # 章程第九条\n  省份: 晋  # 待改\n",
        encoding="utf-8",
    )
    person = Person({**FIRM, "企业名称": ""})
    hold(person, path, path)
    assert person.asked[0] == "省份"  # what is wrong comes first
    text = path.read_text("utf-8")
    assert text.startswith("# 甲公司的\n企业:\n  企业名称: 甲\n  省份: 山西省  # 待改\n")
    assert "  治理机构: 执行董事  # 章程第九条\n" in text


@pytest.mark.parametrize("sample", cases.SAMPLES, ids=lambda path: path.stem)
def test_a_finished_questionnaire_comes_to_its_review(
    sample: Path, tmp_path: Path, workspace: Workspace
) -> None:
    path = tmp_path / sample.name
    shutil.copyfile(sample, path)
    person = Person({})
    assert hold(person, path, path) is True
    assert "全部答案" in person.heads
    assert read_answers(path, workspace).answers == read_answers(sample, workspace).answers


def test_a_filled_form_can_be_gone_on_with(
    tmp_path: Path, cli_invoke: Callable[..., Any], workspace: Workspace
) -> None:
    sample = next(path for path in cases.SAMPLES if path.stem == "chongqing-parts-barred")
    assert cli_invoke("form", "-o", "表.docx", "--prefill", sample).code == 0
    form = Path("表.docx")
    assert as_text(form) == Path("表.yaml")
    before = form.read_bytes()
    person = Person({"总经理": ["晏长河", "停"], "是否规模以上": "停"})
    assert hold(person, as_text(form), form) is True
    assert form.read_bytes() == before
    answers = read_answers(Path("表.yaml"), workspace).answers
    given = read_answers(sample, workspace).answers
    assert answers.company.general_manager == "晏长河"
    assert answers.candidate == given.candidate


def test_what_another_program_wrote_is_not_overwritten(
    tmp_path: Path, workspace: Workspace
) -> None:
    path = tmp_path / "问卷.yaml"
    keeper = Keeper(path, workspace, None)
    keeper.keep(Draft(answers={"company.name": "甲"}))
    path.write_text("企业:\n  企业名称: 别人改的\n", encoding="utf-8")
    with pytest.raises(CqoError) as caught:
        keeper.keep(Draft(answers={"company.name": "乙"}))
    assert [p.code for p in caught.value.problems] == ["new.changed"]
    assert "别人改的" in path.read_text("utf-8")
    assert "企业名称: 乙" in (tmp_path / "问卷-2.yaml").read_text("utf-8")
    path.unlink()
    with pytest.raises(CqoError):
        keeper.keep(Draft(answers={"company.name": "丙"}))
    assert "丙" in (tmp_path / "问卷-3.yaml").read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "code"),
    [("问卷.docx", "new.suffix"), ("夹.yaml", "file.is-folder"),
     ("没有/问卷.yaml", "pack.cannot-write")],
)  # fmt: skip
def test_where_nothing_can_be_written_is_told_beforehand(
    tmp_path: Path, name: str, code: str
) -> None:
    (tmp_path / "夹.yaml").mkdir()
    with pytest.raises(CqoError) as caught:
        check_target(tmp_path / name)
    assert [p.code for p in caught.value.problems] == [code]
    check_target(tmp_path / "问卷.yml")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_closed_is_told_beforehand(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(PackError):
        check_target(tmp_path / "问卷.yaml")


# The review


def test_any_answer_can_be_changed_in_the_review(tmp_path: Path, workspace: Workspace) -> None:
    replies = {**FIRM, "全部答案": ["企业名称", "9999", "人数", "城市", ""],
               "企业名称": [FIRM["企业名称"], "沁香源"], "从业人数": ["16", "18"],
               "城市": "晋城市"}  # fmt: skip
    person, path = Person(replies), tmp_path / "问卷.yaml"
    assert hold(person, path) is True
    company = read_answers(path, workspace).answers.company
    assert (company.name, company.employees, company.city) == ("沁香源", 18, "晋城市")
    assert "没有这一题，请填编号或者名称" in person.shown


def test_the_review_can_be_opened_on_the_way(tmp_path: Path) -> None:
    replies = {**FIRM, "登记类型": ["=", "2"], "全部答案": ["企业名称", "", ""],
               "企业名称": ["甲", "乙"]}  # fmt: skip
    person, path = Person(replies), tmp_path / "问卷.yaml"
    assert hold(person, path) is True
    assert draft_at(path).answers["company.name"] == "乙"
    at = person.asked.index("全部答案")
    assert person.asked[at : at + 4] == ["全部答案", "企业名称", "全部答案", "登记类型"]


def test_the_review_can_be_opened_where_something_is_asked_again() -> None:
    progress = start(kit(), Draft(answers={**SOE, "company.employees": "很多"}))
    assert path_of(progress) == "company.employees"
    opened = review(progress)
    assert isinstance(next_step(kit(), opened), Review)
    changed = answer(change(opened, "company.name"), "乙")
    assert isinstance(next_step(kit(), changed), Review)
    assert path_of(replace(changed, reviewing=False)) == "company.employees"
    picked = change(opened, "company.name")
    given_up = back(kit(), picked)
    assert given_up is not None
    assert isinstance(next_step(kit(), given_up), Review)


def test_an_entry_is_gone_on_with_after_the_review() -> None:
    progress = start(kit(), Draft(answers=SOE))
    progress = answer(add_entry(progress, "fund.items"), "培训")
    assert path_of(progress) == "fund.items[0].group"
    opened = review(progress)
    assert isinstance(next_step(kit(), opened), Review)
    onward = replace(opened, reviewing=False)
    assert path_of(onward) == "fund.items"
    # What the entry lacks is asked before the list is left.
    outcome = list_done(kit(), onward, "fund.items")
    assert outcome.again == ("fund.items[0].group", "fund.items[0].amount")
    assert path_of(outcome.progress) == "fund.items[0].group"


def test_what_an_entry_lacked_goes_with_the_entry() -> None:
    items: dict[str, Value] = {**SOE, "fund.items[0].name": "甲", "fund.items[1].name": "乙"}
    progress = start(kit(), Draft(answers=items))
    assert path_of(progress) == "fund.items[0].group"
    fewer = remove_entry(progress, "fund.items", 0)
    assert [p for p in fewer.again if p.startswith("fund.items[")] == []
    outcome = list_done(kit(), fewer, "fund.items")
    assert outcome.again == ("fund.items[0].group", "fund.items[0].amount")


def test_the_review_ends_only_when_nothing_is_lacking() -> None:
    draft = Draft(answers={p: v for p, v in SOE.items() if p != "candidate.name"})
    every = frozenset(stop_of(one) for one in kit().stops)
    progress = replace(start(kit(), draft), passed=every)
    step = next_step(kit(), progress)
    assert step == Review(("candidate.name",), final=True)
    screen = Person({"姓名": "停"})
    interview = Interview(kit(), progress, screen, lambda _: None, TODAY)
    with pytest.raises(StoppedError):
        interview.run()
    assert screen.asked == ["全部答案", "姓名"]
    assert any("还有1项必须填写：姓名" in text for text in screen.shown)


def test_the_plan_is_shown_as_it_forms(tmp_path: Path) -> None:
    person = Person(FIRM)
    hold(person, tmp_path / "问卷.yaml")
    said = "\n".join(person.shown)
    assert "  依据：晋市监发〔2021〕264号\n  参照：质检办质〔2012〕749号" in said
    assert "任职资格：晋市监发〔2021〕264号 符合；质检办质〔2012〕749号 符合" in said
    assert person.heads.count("至此的方案") >= 4


def test_nothing_is_planned_before_the_province_is_known() -> None:
    assert list(outlook_page(kit(), Draft(answers={"company.name": "甲"}), TODAY)) == []


def test_a_declared_bar_is_shown_at_once() -> None:
    answers: dict[str, Value] = {
        **SOE,
        "company.province": "重庆市",
        "candidate.bar_benefit": "true",
    }
    lines = list(outlook_page(kit(), Draft(answers=answers), TODAY))
    assert Line("  【不得聘任】已申报不得聘任的情形", "fault") in lines


# Replies


def replied(path: str, text: str, **answers: Value) -> dict[str, Value]:
    reply = read_reply(kit(), Ask(path, kit().by_stop[path]), text)
    assert not reply.several
    assert not reply.code
    return dict(reply.values)


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ("company.province", "4", "山西省"),
        ("company.province", "重庆", "重庆市"),
        ("company.province", "火星", "火星"),
        ("company.registration", "私营有限", "112"),
        ("company.registration", "112", "112"),
        ("company.registration", "民营有限责任公司", "112"),
        ("company.registration", "２", "112"),
        ("company.listed", "是", "true"),
        ("company.listed", "N", "false"),
        ("company.listed", "2", "false"),
        ("company.industry_code", "c34", "C34"),
        ("company.industry_code", "14", "C14"),
        ("company.industry_code", "3412", "C3412"),
        ("company.industry_code", "软件", "I65"),
        ("company.industry_code", "不详", "不详"),
        ("candidate.degree", "大学", "bachelor"),
        ("candidate.degree", "below", "below"),
        ("assessment.assessor", "n", "n"),  # the ids of files are not guessed at
        ("company.employees", "1,200", "1200"),
        ("appointment.start", "2026年1月8日", "2026-01-08"),
        ("company.departments", "质量部、检测中心，品牌部", ("质量部", "检测中心", "品牌部")),
        ("company.departments", "无", ()),
        ("company.regulated_activities", "1 3", ("food", "special-equipment-user")),
        ("company.regulated_activities", "食品、特种设备使用", ("food", "special-equipment-user")),
        ("authority.reserved_matters", "甲、乙；丙", ("甲、乙", "丙")),
        ("plan.adopt", "2、教程", ("db50-t-1696-2024", "gd-textbook-2015")),
        ("output.documents", "聘任书", ("appointment",)),
    ],
)
def test_what_is_typed_becomes_an_answer(path: str, text: str, value: Value) -> None:
    assert replied(path, text) == {path: value}


def test_figures_that_belong_together_are_typed_together() -> None:
    weights = {f"assessment.scorers.{n}": v
               for n, v in (("self_score", "0"), ("superior", "60"), ("board", "40"))}  # fmt: skip
    for text in ("0 60 40", "0、60、40", "0,60,40", "０　６０　40.0"):
        assert replied("assessment.scorers", text) == weights


@pytest.mark.parametrize(
    ("path", "text", "labels"),
    [
        ("company.province", "山", ["山西省", "山东省"]),
        ("company.registration", "投资合伙", ["港澳台投资合伙企业", "外商投资合伙企业"]),
        ("company.industry_code", "机械", ["电气机械和器材制造业", "金属制品、机械和设备修理业"]),
    ],
)
def test_a_part_of_several_names_is_a_question(path: str, text: str, labels: list[str]) -> None:
    reply = read_reply(kit(), Ask(path, kit().by_stop[path]), text)
    assert [option.label for option in reply.several] == labels


def test_a_section_letter_lists_its_divisions() -> None:
    step = Ask("company.industry_code", kit().by_stop["company.industry_code"])
    found = read_reply(kit(), step, "c").several
    assert len(found) == 31
    assert {option.id[0] for option in found} == {"C"}


def test_an_exact_name_wins_over_longer_ones() -> None:
    choices = [Option("a", "董事会"), Option("b", "董事会秘书"), Option("c", "董事")]
    assert [o.id for o in meant("董事会", choices)] == ["a"]
    assert [o.id for o in meant("董事", choices)] == ["c"]
    assert [o.id for o in meant("秘书", choices)] == ["b"]
    assert [o.id for o in meant("董", choices)] == ["a", "b", "c"]
    assert meant("9", choices) == ()


def test_a_choice_of_several_that_is_none_is_named() -> None:
    path = "company.regulated_activities"
    reply = read_reply(kit(), Ask(path, kit().by_stop[path]), "食品、烟草")
    assert (reply.code, reply.have) == ("interview.no-choice", "烟草")


# Pages


def test_choices_stand_side_by_side_as_far_as_there_is_room() -> None:
    rows = [f"{n} 省份名称" for n in range(1, 32)]
    for columns in (40, 80, 120):
        lines = [line.text for line in in_columns(rows, columns)]
        assert max(map(width, lines)) <= columns
        assert sum(text.count("省份名称") for text in lines) == 31
    assert len(list(in_columns(rows[:5], 120))) == 5


@pytest.mark.parametrize("columns", [20, 40, 96])
def test_long_lines_are_broken_under_themselves(columns: int) -> None:
    text = (
        "  依据：晋市监发〔2021〕264号 四（一） 岗位层级（陈述）；质检办质〔2012〕749号 岗位（宜）"
    )
    lines = list(broken(text, columns))
    assert all(width(line) <= columns for line in lines)
    assert all(line.startswith("  ") for line in lines)
    assert "".join(line.strip() for line in lines).replace(" ", "") == text.replace(" ", "")


def test_answers_are_shown_in_words() -> None:
    draft = Draft(
        answers={"company.industry_code": "C14", "company.listed": "true",
                 "company.regulated_activities": (), "assessment.scorers.self_score": "0",
                 "assessment.scorers.superior": "60", "assessment.scorers.board": "40"}
    )  # fmt: skip
    shown = {stop: value_text(kit(), draft, stop) for stop in (
        "company.industry_code", "company.listed", "company.regulated_activities",
        "assessment.scorers", "company.name")}  # fmt: skip
    assert list(shown.values()) == ["C14 食品制造业", "是", "无", "0 60 40", ""]
    assert name_at(kit(), "fund.items[1].amount") == "预算项目第2项 · 金额（元）"


# Any person at all


def _reply(rng: random.Random, step: Any, draft: Draft) -> str:
    """Something that a person may type: an answer, a command, nonsense, nothing."""
    if rng.random() < 0.25:
        return rng.choice(["", "", "<", "?", "-", "=", "1", "2", "是", "不知道", "无", "+", "-1"])
    if not isinstance(step, Ask):
        return rng.choice(["", "", "是", "+", "1", "-1", "3"])
    question = step.one.question
    by_kind = {
        "number": ["0", "1", "5", "100", "25 25 25 25", "12.5 12.5 12.5 12.5 12.5 12.5 12.5 12.5",
                   "2027", "0 50 50", "1e9"],
        "date": ["2026-10-01", "2026-10-20", "2026年11月1日", "2026-13-01"],
        "yes-no": ["是", "否"],
        "choice": ["1", "2", "3", "4"],
    }  # fmt: skip
    texts = [step.one.example or "甲", "甲、乙", "李衡", "1", "C34", "E47", "4", "22"]
    return rng.choice(by_kind.get(question.kind, texts))


class Anybody:
    """Types at random for a while, then answers only what must be answered."""

    columns = 80

    def __init__(self, seed: int, patience: int) -> None:
        self.rng, self.left = random.Random(seed), patience
        self.interview: Interview | None = None

    def show(self, lines: Iterable[Line]) -> None:
        for line in lines:
            assert "{" not in line.text, line
            line.text.encode("gbk", "strict" if self.left > 0 else "replace")

    def read(self, prompt: str, words: Sequence[str]) -> str:
        assert self.interview is not None
        self.left -= 1
        assert self.left > -400, "no end"
        progress = self.interview.progress
        step = next_step(kit(), progress)
        if self.left > 0:
            return _reply(self.rng, step, progress.draft)
        return self._sane(progress, step)

    def _sane(self, progress: Progress, step: Any) -> str:
        """What gets a person to the end: answers that fit, and taking away what does not."""
        draft = progress.draft
        wrong = {p.values.get("field", "") for p in problems_in(kit(), draft)}
        if isinstance(step, Entries):
            return "-1" if any(p.startswith(step.path) for p in wrong) else ""
        if not isinstance(step, Ask):
            return ""
        path = step.path
        if not must_answer(kit(), draft, path):
            return "-" if wrong else ""
        given = answered(kit(), draft, path) or draft.given(path)
        if given and not any(p == path for p in wrong):
            return ""
        return {"company.governance": "1", "company.control": "3"}.get(path) or (
            "1" if step.one.question.kind == "choice" else step.one.example
        )


@pytest.mark.parametrize("seed", range(25))
def test_whatever_is_typed_ends_in_a_questionnaire_that_passes(
    seed: int, tmp_path: Path, workspace: Workspace
) -> None:
    path = tmp_path / "问卷.yaml"
    anybody = Anybody(seed, patience=150)
    keeper = Keeper(path, workspace, None)
    interview = Interview(kit(), start(kit(), Draft()), anybody, keeper.keep, TODAY)
    anybody.interview = interview
    interview.run()
    # What was written is what was answered, and `check` takes it.
    assert draft_at(path).nested() == interview.progress.draft.nested()
    read_answers(path, workspace)
    # No answer is left to a question that became void on the way.
    facts = known_in(kit(), interview.progress.draft).facts
    assert all(
        applies(one, facts) is not False
        for one in kit().stops
        if answered(kit(), interview.progress.draft, stop_of(one))
    )


# The command


def test_without_a_terminal_it_names_the_other_ways(cli_invoke: Callable[..., Any]) -> None:
    called = cli_invoke("new", "问卷.yaml")
    assert (called.code, called.out) == (1, "")
    assert called.problems == [
        "逐题填写须在终端中进行；没有终端的，请用 form 取得空白问卷，填好后交 generate"
    ]
    assert list(Path().iterdir()) == []


def test_other_commands_do_not_load_the_terminal() -> None:
    code = (
        "import sys, cqo_docs.cli.app as c; c.run(['check', sys.argv[1]]);"
        "print([m for m in sys.modules if m.startswith(('prompt_toolkit', 'cqo_docs.interview'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(cases.SAMPLES[0])],
        capture_output=True, text=True, encoding="utf-8", check=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "[]"


# A real terminal


class Session:
    """`cqo-docs` in a terminal of its own, read and written in one encoding."""

    def __init__(self, folder: Path, *words: str, encoding: str = "utf-8", **env: str) -> None:
        pexpect = pytest.importorskip("pexpect", reason="pexpect drives the terminal")
        if not hasattr(pexpect, "spawn"):
            pytest.skip("this system has no pseudo-terminals")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG", "NO_C"))}
        self.encoding = encoding
        self.decoder = codecs.getincrementaldecoder(encoding)("replace")
        self.timeout, self.end = pexpect.TIMEOUT, pexpect.EOF
        program = [sys.executable, "-m", "cqo_docs", *words]
        self.child = pexpect.spawn(
            program[0], program[1:], cwd=str(folder), dimensions=(40, 100), timeout=300,
            env={**kept, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1", **env},
        )  # fmt: skip
        self.text = ""

    def until(self, wanted: str) -> str:
        """All that was shown up to a text; fails when it does not come."""
        deadline = time.monotonic() + 300
        while wanted not in self.text and time.monotonic() < deadline:
            try:
                self.text += self.decoder.decode(self.child.read_nonblocking(65536, 1))
            except self.timeout:
                continue
            except self.end:
                break
        assert wanted in self.text, self.text[-2000:]
        seen, self.text = self.text.split(wanted, 1)
        return seen + wanted

    def type(self, reply: str) -> None:
        self.child.send(reply.encode(self.encoding) + b"\r")

    def finish(self) -> int:
        self.child.expect(self.end)
        self.text += self.decoder.decode(self.child.before)
        self.child.close()
        return int(self.child.exitstatus)


def _has_locale(name: str) -> bool:
    try:
        before = locale.setlocale(locale.LC_CTYPE)
        locale.setlocale(locale.LC_CTYPE, name)
        locale.setlocale(locale.LC_CTYPE, before)
    except locale.Error:
        return False
    return True


TERMINALS = {
    "utf-8": ("utf-8", {"LANG": "C.UTF-8"}),
    "C without colour": ("utf-8", {"LC_ALL": "C", "NO_COLOR": "1"}),
    "dumb": ("utf-8", {"LANG": "C.UTF-8", "TERM": "dumb"}),
    "gbk": ("gbk", {"LC_ALL": "zh_CN.GBK"}),
}


@pytest.mark.parametrize("kind", TERMINALS)
def test_a_person_at_a_terminal_stops_and_resumes(kind: str, tmp_path: Path) -> None:
    encoding, env = TERMINALS[kind]
    if kind == "gbk" and not _has_locale("zh_CN.GBK"):
        pytest.skip("the locale zh_CN.GBK is not installed")
    path = tmp_path / "answers.yaml"
    session = Session(tmp_path, "new", "-o", path.name, encoding=encoding, **env)
    session.until("企业名称（必填）")
    session.until("答：")
    session.child.send(b"\xff\x81\r")  # no text in any of the encodings
    session.until("× ")
    session.type("山西云陉机械有限公司")
    session.until("31 新疆维吾尔自治区")
    session.type("山")
    session.until("“山”可以是：")
    session.type("山西")
    session.until("本节另有3项可以不答")
    session.type("<")
    session.until("直接回车：山西省（现有答案）")
    session.child.sendintr()
    session.until("已存入“answers.yaml”。")
    assert session.finish() == 1
    assert "还有4项必须填写：行业代码、登记类型、法定代表人、姓名" in session.text
    assert "Traceback" not in session.text
    assert draft_at(path).answers == {
        "company.name": "山西云陉机械有限公司", "company.province": "山西省",
    }  # fmt: skip
    session = Session(tmp_path, "new", "--resume", path.name, encoding=encoding, **env)
    shown = session.until("已答2项") + session.until("本节另有")
    if "NO_COLOR" in env or env.get("TERM") == "dumb":
        assert not re.search(r"\x1b\[(\d+;)*3[0-7]m", shown)
    session.type("停")
    session.until("接着填：cqo-docs new --resume answers.yaml")
    assert session.finish() == 1


def test_a_person_at_a_terminal_finishes(tmp_path: Path, workspace: Workspace) -> None:
    path = tmp_path / "answers.yaml"
    shutil.copyfile(cases.SAMPLES[0], path)
    session = Session(tmp_path, "new", path.name, LANG="C.UTF-8")
    session.until("已有问卷，接着填写吗？")
    session.type("")
    for _ in range(60):
        seen = session.until("答：")
        session.type("")
        if "全部答案" in seen and "补答" in seen:
            break
    session.until("cqo-docs generate answers.yaml -o 文书包")
    assert session.finish() == 0
    assert (
        read_answers(path, workspace).answers == read_answers(cases.SAMPLES[0], workspace).answers
    )


def test_an_existing_file_is_left_alone_when_nobody_wants_to_go_on(tmp_path: Path) -> None:
    path = tmp_path / "answers.yaml"
    path.write_text("企业:\n  企业名称: 甲\n", encoding="utf-8")
    session = Session(tmp_path, "new", "-o", path.name, LANG="C.UTF-8")
    session.until("已有问卷，接着填写吗？")
    session.type("否")
    session.until("已有同名文件")
    assert session.finish() == 1
    assert path.read_text("utf-8") == "企业:\n  企业名称: 甲\n"


def test_a_merge_is_decided_at_a_terminal(tmp_path: Path) -> None:
    for name, people in (("a.yaml", 16), ("b.yaml", 18)):
        (tmp_path / name).write_text(f"企业:\n  从业人数: {people}\n", encoding="utf-8")
    session = Session(tmp_path, "merge", "a.yaml", "b.yaml", "-o", "c.yaml", LANG="C.UTF-8")
    session.until("取 A 还是 B：")
    session.type("b")
    session.until("已合并写入“c.yaml”")
    assert session.finish() == 0
    assert (tmp_path / "c.yaml").read_text("utf-8") == "企业:\n  从业人数: 18\n"


def test_there_are_as_many_questions_as_the_models_have() -> None:
    stops = {path for one in kit().stops for path in [one.path]}
    whole = {one.path for stop in kit().by_stop for one in kit().members(stop)}
    fields = {one.path for stop in kit().by_stop for one in kit().fields(stop)}
    assert whole | fields == {q.path for q in questions()}
    assert stops <= whole

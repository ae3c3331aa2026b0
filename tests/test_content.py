"""The real content fits together, every seeded fault is found, every provision is there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from conftest import ContentCopy

from cqo_docs.base.errors import Problem
from cqo_docs.checks.content import content_problems
from cqo_docs.facts.conditions import facts_named
from cqo_docs.library.reading import read_library
from cqo_docs.library.records import (
    ACTORS,
    CONFIDENCES,
    FORCES,
    KINDS,
    MODALITIES,
    Clause,
    all_parts,
    matching_topics,
)
from cqo_docs.wording.files import read_wording
from cqo_docs.wording.modality import modalities_in, modality_fits
from cqo_docs.workspace import Workspace

WORDS = "wording/zh-Hans"
CHONGQING = "db50-t-1696-2024"
SHANXI = "shanxi-2021-264"
NOTICE = "aqsiq-2012-749"
TEXTBOOK = "gd-textbook-2015"
DRAFT = "gd-norm-2024"


def clauses_of(workspace: Workspace, standard: str) -> tuple[Clause, ...]:
    return workspace.library.standard(standard).clauses


# The content as it is


def test_the_content_fits_together(workspace: Workspace) -> None:
    assert list(content_problems(workspace.library, workspace.wording)) == []


def test_the_command_line_says_so(cli_invoke: Callable[..., Any]) -> None:
    called = cli_invoke("standards", "check")
    assert (called.code, called.err) == (0, "")
    counts = cli_invoke("standards", "check", "--json").json
    assert counts["standards"] == 5
    assert all(str(number) in called.out for number in counts.values())


def test_every_standard_has_its_data(workspace: Workspace) -> None:
    table = {s.id: (s.number, s.region, s.force, s.published, s.effective, s.confidence)
             for s in workspace.library.standards}  # fmt: skip
    assert table == {
        NOTICE: ("质检办质〔2012〕749号", "全国", "pilot", "2012-07-27", "", "described"),
        CHONGQING: (
            "DB50/T 1696—2024", "重庆市", "recommended", "2024-10-08", "2024-11-08", "full",
        ),
        DRAFT: ("", "广东省", "draft", "", "", "structure"),
        TEXTBOOK: ("", "广东省", "textbook", "2015-03-01", "", "partial"),
        SHANXI: ("晋市监发〔2021〕264号", "山西省", "opinion", "2021-11-25", "", "full"),
    }  # fmt: skip


# Every provision

NUMBERED = [
    "3.1",
    "4.1", "4.2",
    "5.1.1", "5.1.2", "5.1.3", "5.1.4",
    "5.2.1", "5.2.2", "5.2.3",
    "5.3.1", "5.3.2", "5.3.3", "5.3.4", "5.3.5",
    "6 a)", "6 b)", "6 c)", "6 d)", "6 e)", "6 f)", "6 g)", "6 h)", "6 i)",
    "7.1.1", "7.1.2", "7.1.3", "7.1.4", "7.1.5", "7.1.6", "7.1.7", "7.1.8",
    "7.2.1.1", "7.2.1.2", "7.2.1.3", "7.2.1.4",
    "7.2.2.1", "7.2.2.2", "7.2.2.3", "7.2.2.4", "7.2.2.5",
    "7.2.3.1", "7.2.3.2", "7.2.3.3", "7.2.3.4", "7.2.3.5", "7.2.3.6", "7.2.3.7",
    "7.2.4.1", "7.2.4.2",
    "8.1", "8.2",
]  # fmt: skip
SPLIT = {"5.1.4": 3, "7.2.3.5": 2, "8.1": 3}
# The only modal words of DB50/T 1696; all else is a statement.
CHONGQING_MODALS = {
    "4.1": "should",
    "4.2": "shall",
    "5.1.3": "should",
    "5.1.4": "shall_not",
    "5.2.3": "should",
    "7.2.3.5": "shall",
    "8.1": "should",
    "8.2": "should",
}


def number_of(ref: str) -> str:
    return re.sub(r"-\d+$", "", ref)


def test_chongqing_has_all_its_numbered_provisions(workspace: Workspace) -> None:
    refs = [clause.ref for clause in clauses_of(workspace, CHONGQING)]
    assert len(NUMBERED) == 52
    assert list(dict.fromkeys(number_of(ref) for ref in refs)) == NUMBERED
    assert {n: c for n, c in Counter(map(number_of, refs)).items() if c > 1} == SPLIT
    assert [ref for ref in refs if number_of(ref) == "5.1.4"] == ["5.1.4-1", "5.1.4-2", "5.1.4-3"]


def test_chongqing_has_its_modal_words_and_no_others(workspace: Workspace) -> None:
    modalities = {number_of(c.ref): c.modality for c in clauses_of(workspace, CHONGQING)}
    assert {n: m for n, m in modalities.items() if m != "statement"} == CHONGQING_MODALS


@pytest.mark.parametrize(
    ("standard", "least"), [(SHANXI, 45), (TEXTBOOK, 29), (NOTICE, 20), (DRAFT, 19)]
)
def test_the_other_standards_are_there_in_full(
    workspace: Workspace, standard: str, least: int
) -> None:
    assert len(clauses_of(workspace, standard)) >= least


@pytest.mark.parametrize(("part", "count"), [("四（三）", 9), ("四（四）", 6), ("四（五）", 5)])
def test_the_lists_of_shanxi_are_split(workspace: Workspace, part: str, count: int) -> None:
    refs = [c.ref for c in clauses_of(workspace, SHANXI) if number_of(c.ref) == part]
    assert refs == [f"{part}-{n}" for n in range(1, count + 1)]


def test_tasks_of_the_regulator_are_clauses_too(workspace: Workspace) -> None:
    kinds = {
        c.kind for s in workspace.library.standards for c in s.clauses if c.actor == "regulator"
    }
    assert {"training", "filing", "incentive", "coverage"} <= kinds


def test_every_topic_is_of_a_known_kind_and_spoken_of(workspace: Workspace) -> None:
    used = {c.topic for s in workspace.library.standards for c in s.clauses}
    assert set(workspace.library.topics) == used
    assert {topic.partition(".")[0] for topic in used} <= set(KINDS)


# Traps of the sources


def facts_wanted(clause: Clause) -> set[str]:
    return set(facts_named(clause.requires)) if clause.requires else set()


def test_a_fund_of_the_enterprise_is_in_chongqing_alone(workspace: Workspace) -> None:
    own = {
        c.standard
        for s in workspace.library.standards
        for c in s.clauses
        if c.kind == "fund" and c.actor != "regulator"
    }
    assert own == {CHONGQING}


def test_what_only_the_textbook_says_is_not_cited_from_the_notice(workspace: Workspace) -> None:
    def topics(standard: str) -> set[str]:
        return {c.topic for c in clauses_of(workspace, standard)}

    only_there = {
        "liability.first-and-direct", "power.process-gate-after-sales", "power.resources",
        "duty.risk-control",
    }  # fmt: skip
    assert only_there <= topics(TEXTBOOK)
    assert not only_there & topics(NOTICE)


def test_only_the_textbook_wants_the_training_passed(workspace: Workspace) -> None:
    wanted = {
        c.standard: re.search("passed|attended", str(c.requires))
        for s in workspace.library.standards
        for c in s.clauses
        if c.topic == "eligibility.training"
    }
    assert {s: found and found[0] for s, found in wanted.items()} == {
        NOTICE: "attended",
        TEXTBOOK: "passed",
    }


def test_shanxi_says_enterprise_culture_and_a_recall_system(workspace: Workspace) -> None:
    clause = workspace.library.clause
    assert clause(f"{SHANXI}#四（三）-7").topic == "duty.enterprise-culture"
    assert clause(f"{SHANXI}#四（三）-8").topic == "duty.recall-system"
    assert "召回制度" in clause(f"{SHANXI}#四（三）-8").summary


def test_the_power_to_punish_names_procedure_and_never_fines(workspace: Workspace) -> None:
    clause = workspace.library.clause(f"{CHONGQING}#6 d)")
    for text in (clause.summary, workspace.wording.clause_text(clause.topic, clause)):
        assert "程序" in text
        assert "制度" in text
        assert "罚款" not in text


def test_no_source_decides_what_only_the_enterprise_can(workspace: Workspace) -> None:
    """Cycle, weights, pass mark, term and fund ratio stand in no source."""
    chosen = ("assessment.", "fund.weights", "fund.total", "appointment.term_years")
    wanted = {f for s in workspace.library.standards for c in s.clauses for f in facts_wanted(c)}
    assert not {fact for fact in wanted if fact.startswith(chosen)}


# Modality


@pytest.mark.parametrize(
    ("text", "modality"),
    [
        ("负责组织制定质量计划。", "statement"),
        ("应明确工作职责。", "shall"),
        ("必须明确工作职责。", "shall"),
        ("须经批准。", "shall"),
        ("宜取得证书。", "should"),
        ("一般设在决策层。", "should"),
        ("岗位一般由副总经理担任。", "should"),
        ("可适当放宽。", "may"),
        ("可以兼任。", "may"),
        ("酌情放宽。", "may"),
        ("鼓励企业设立。", "encourage"),
        ("不得担任。", "shall_not"),
        ("禁止转授。", "shall_not"),
        ("严禁转授。", "shall_not"),
        # Words that only hold the character.
        ("掌握供应商的相应情况，反应迅速，适应变化，做好应急预案。", "statement"),
        ("推广应用先进方法，制定应对措施，形成对应关系。", "statement"),
        ("获得认可证书和许可证，尽可能可靠、可追溯、可持续。", "statement"),
        ("选择适宜的事宜，便宜行事；无须批准。", "statement"),
        # What stands in quotes or is a title is not said by the text.
        ("遵守“应报尽报”的要求。", "statement"),
        ("执行《产品质量应知应会》。", "statement"),
        # The placeholder brings the modal word.
        ("本企业{{ modal }}设立经费。", "shall"),
        ("本企业{{ modal }}设立经费。", "should"),
        ("本企业{{ modal }}设立经费。", "statement"),
        ("本企业{{modal}}设立经费，可分期使用。", "may"),
    ],
)
def test_a_text_that_is_as_strong_as_its_clause_fits(text: str, modality: str) -> None:
    assert modality_fits(text, modality)


@pytest.mark.parametrize(
    ("text", "modality"),
    [
        ("应负责组织制定质量计划。", "statement"),
        ("必须负责组织制定质量计划。", "statement"),
        ("须负责组织制定质量计划。", "statement"),
        ("宜负责组织制定质量计划。", "statement"),
        ("可负责组织制定质量计划。", "statement"),
        ("不得负责组织制定质量计划。", "statement"),
        ("应设立经费。", "should"),
        ("必须设立经费。", "should"),
        ("设立经费。", "should"),
        ("宜明确职责。", "shall"),
        ("可明确职责。", "shall"),
        ("明确职责。", "shall"),
        ("应放宽。", "may"),
        ("鼓励设立。", "may"),
        ("应设立。", "encourage"),
        ("不宜担任。", "shall_not"),
        ("不担任。", "shall_not"),
        ("{{ modal }}设立经费，必须足额。", "should"),
        ("{{ modal }}设立经费，应足额。", "statement"),
    ],
)
def test_a_weaker_or_harder_text_does_not_fit(text: str, modality: str) -> None:
    assert not modality_fits(text, modality)


def test_a_prohibition_may_say_not_shall() -> None:
    assert modality_fits("不应由本人考核。", "shall_not")


def test_may_not_is_no_permission() -> None:
    assert not modality_fits("不可担任首席质量官。", "may")


def test_be_sure_to_is_harder_than_a_statement() -> None:
    assert not modality_fits("务必组织制定质量计划。", "statement")


@pytest.mark.parametrize(
    "text", ["过程可控。", "指标可测量、可比较。", "材料可回收。", "来源可溯源。"]
)
def test_usual_words_are_no_permission(text: str) -> None:
    assert modality_fits(text, "statement")


def test_a_paper_asks_nothing_of_its_own_without_saying_so(workspace: Workspace) -> None:
    """Fixed text with a modal word is marked as our own rule or law; only the bars lead in."""
    library, wording = workspace.library, workspace.wording
    unmarked = {
        f"{paper.id}/{name}"
        for paper in library.papers
        for part in all_parts(paper)
        for name, text in wording.papers[paper.id]["parts"].items()
        if name.partition("@")[0] == part.id and part.origin == "paper" and modalities_in(text)
    }
    assert unmarked <= {"duties/bars", "duties/bars-lead", "system/bars-lead",
                        "system/short-bars-lead"}  # fmt: skip


def test_an_enterprise_rule_covers_no_clause(workspace: Workspace) -> None:
    for paper in workspace.library.papers:
        for part in all_parts(paper):
            assert part.origin == "paper" or not part.topics, f"{paper.id}/{part.id}"


# Seeded faults. What is added goes to the end of the file, what replaces stands there once.

Change = tuple[str, str, str]


def own_words(standard: str, ref: str, text: str) -> Change:
    return (f"{WORDS}/standards/{standard}.yaml", "", f'"{ref}": "{text}"\n')


def clause_about(topic: str) -> Change:
    return (
        f"standards/{CHONGQING}.yaml",
        "",
        f'- ref: "9"\n  topic: {topic}\n  modality: statement\n'
        '  actor: officer\n  summary: "负责。"\n',
    )


PAPER = "documents/appointment.yaml"
PAPER_WORDS = f"{WORDS}/documents/appointment.yaml"
CLOSING = '  closing: "特颁此书。"\n'
IDLE: Change = ("topics.yaml", "", "  duty.idle: {}\n")
IDLE_WORDS: Change = (f"{WORDS}/topics.yaml", "", 'duty.idle:\n  name: "闲"\n  text: "负责。"\n')
STANDARD = f"standards/{CHONGQING}.yaml"
SEEDED: dict[str, tuple[list[Change], str, str]] = {
    "hardened 宜": (
        [own_words(CHONGQING, "8.2", "本企业应足额安排经费。")], "content.modality", "8.2",
    ),
    "宜 said without its word": (
        [own_words(CHONGQING, "8.2", "本企业足额安排经费。")], "content.modality", "8.2",
    ),
    "weakened 应": (
        [own_words(CHONGQING, "4.2", "本企业宜明确职责。")], "content.modality", "4.2",
    ),
    "必须 in a statement": (
        [own_words(CHONGQING, "6 a)", "必须提出质量战略。")], "content.modality", "6 a)",
    ),
    "placeholder beside a harder word": (
        [own_words(CHONGQING, "8.2", "本企业{{ modal }}安排经费，必须足额。")],
        "content.modality", "8.2",
    ),
    "hardened summary": (
        [(STANDARD, "宜了解战略管理", "应了解战略管理")], "content.modality", "5.2.3",
    ),
    "weakened summary": ([(STANDARD, "企业应明确", "企业宜明确")], "content.modality", "4.2"),
    "bar without its word": (
        [(STANDARD, "谋取不正当利益的，不得担任", "谋取不正当利益的，不宜担任")],
        "content.modality", "5.1.4-2",
    ),
    "modality changed beside its words": (
        [(STANDARD, '- ref: "4.2"\n  topic: system.written-rules\n  modality: shall\n',
          '- ref: "4.2"\n  topic: system.written-rules\n  modality: should\n')],
        "content.modality", "4.2",
    ),
    "topic without a name": (
        [(f"{WORDS}/topics.yaml", '  name: "首席质量官定义"\n', "")],
        "content.no-words", "definition.cqo.name",
    ),
    "topic without words": ([IDLE], "content.no-words", "duty.idle.text"),
    "words of no topic": ([IDLE_WORDS], "content.orphan-words", "duty.idle"),
    "words of no clause": (
        [own_words(CHONGQING, "9.9", "负责。")], "content.orphan-words", f"{CHONGQING}#9.9",
    ),
    "topic of no clause": ([IDLE, IDLE_WORDS], "content.idle-topic", "duty.idle"),
    "topic in no paper": (
        [IDLE, IDLE_WORDS, clause_about("duty.idle")], "content.unshown-topic", "duty.idle",
    ),
    "part without words": ([(PAPER_WORDS, CLOSING, "")], "content.no-words", "closing"),
    "words of no part": (
        [(PAPER_WORDS, CLOSING, f'{CLOSING}  opening: "您好。"\n')],
        "content.orphan-words", "opening",
    ),
    "words of no variant": (
        [(PAPER_WORDS, CLOSING, f'{CLOSING}  closing@winter: "特颁此书。"\n')],
        "content.orphan-words", "closing@winter",
    ),
    "field without words": (
        [(PAPER, "fields: [number,", "fields: [number, seal,")], "content.no-words", "fields.seal",
    ),
    "rows without words": (
        [("documents/duties.yaml", "\nrows:\n", "\nrows:\n  stamps: [label]\n")],
        "content.no-words", "rows.stamps",
    ),
    "unknown placeholder in a paper": (
        [(PAPER_WORDS, "特颁此书", "特颁此书{{ persn }}")],
        "content.unknown-placeholder", "persn",
    ),
    "unknown placeholder in a clause": (
        [own_words(CHONGQING, "6 a)", "提出{{ industry.prodct }}战略。")],
        "content.unknown-placeholder", "industry.prodct",
    ),
    "unknown placeholder of an indicator": (
        [(f"{WORDS}/indicators.yaml", "{{ industry.product }}质量检控", "{{ product }}质量检控")],
        "content.unknown-placeholder", "product",
    ),
    "logic in words": (
        [(PAPER_WORDS, "特颁此书", "特颁此书{% if a %}")], "content.unknown-placeholder", "?",
    ),
    "placeholder left open": (
        [(PAPER_WORDS, "特颁此书", "特颁此书{{ person")], "content.unknown-placeholder", "?",
    ),
    "rows from no function": (
        [("documents/budget.yaml", "items: budget_items", "items: budget_item")],
        "content.unknown-function", "budget_item",
    ),
    "lines from no function": (
        [("documents/assessment.yaml", "lines: veto_items", "lines: veto_item")],
        "content.unknown-function", "veto_item",
    ),
    "cells from no function": (
        [("documents/eligibility.yaml", "cells: bar_cells", "cells: bar_cell")],
        "content.unknown-function", "bar_cell",
    ),
    "sheet from no function": (
        [(PAPER, "formats: [docx]", "formats: [docx, xlsx]")], "content.unknown-function", "xlsx",
    ),
    "question without a label": (
        [(f"{WORDS}/questions.yaml", "  candidate.degree: 学历\n", "")],
        "content.no-words", "candidate.degree",
    ),
    "option without a label": (
        [(f"{WORDS}/questions.yaml", "    bachelor: 本科\n", "")],
        "content.no-words", "candidate.degree=bachelor",
    ),
    "fact without a name": (
        [(f"{WORDS}/questions.yaml", "  authority.limited: ", "  authority.unlimited: ")],
        "content.no-words", "authority.limited",
    ),
    "indicator without words": (
        [(f"{WORDS}/indicators.yaml", "\nrecall: {", "\nrecalls: {")], "content.no-words", "recall",
    ),
    "task without words": (
        [(f"{WORDS}/year.yaml", "\n  quality-month: {task", "\n  month: {task")],
        "content.no-words", "tasks.quality-month",
    ),
    "date without words": (
        [(f"{WORDS}/year.yaml", "\n  check: {matter", "\n  checks: {matter")],
        "content.no-words", "events.check",
    ),
    "objective without a measure": (
        [(f"{WORDS}/year.yaml", "\n  reporting: 按季", "\n  reports: 按季")],
        "content.no-words", "measures.reporting",
    ),
    "indicator without a unit": (
        [("year.yaml", "  - {id: talent, unit: quality}\n", "")],
        "content.no-words", "objectives.talent",
    ),
    "unit without words": (
        [("year.yaml", "{id: talent, unit: quality}", "{id: talent, unit: people}")],
        "content.no-words", "units.people",
    ),
    "unknown placeholder of a task": (
        [(f"{WORDS}/year.yaml", "情况，向{{ reports_to }}报告\", output: 检查",
          "情况，向{{ boss }}报告\", output: 检查")],
        "content.unknown-placeholder", "boss",
    ),
    "finding without words": (
        [(f"{WORDS}/findings.yaml", "company.size-unknown:", "company.size-open:")],
        "content.no-words", "company.size-unknown",
    ),
}  # fmt: skip
# Faults in the words that belong to no single clause.
ELSEWHERE: dict[str, tuple[list[Change], str]] = {
    "finding of the planner without words": (
        [(f"{WORDS}/findings.yaml", "conflict.strictest:", "conflict.stricter:")],
        "conflict.strictest",
    ),
    "reason without words": (
        [(f"{WORDS}/reasons.yaml", "clause.met: ", "clause.meet: ")], "clause.met",
    ),
    "status without a name": (
        [(f"{WORDS}/formats.yaml", '  not_met: "未满足"\n', "")], "not_met",
    ),
    "value of a parameter without a name": (
        [(f"{WORDS}/formats.yaml", '      internal: "企业内部质量安全事项"\n', "")], "internal",
    ),
    "field of no paper": (
        [(PAPER_WORDS, "  addressee: ", '  seal: "（印章）"\n  addressee: ')], "fields.seal",
    ),
    "field of no variant": (
        [(PAPER_WORDS, "  addressee@state: ", "  addressee@stat: ")], "addressee@stat",
    ),
    "words of no indicator": (
        [(f"{WORDS}/indicators.yaml", "",
          "luck: {name: 运气, target: 好, evidence: 无, scoring: 无}\n")],
        "luck",
    ),
    "words of no task": (
        [(f"{WORDS}/year.yaml", "\ntasks:\n", "\ntasks:\n  luck: {task: 碰运气, output: 无}\n")],
        "tasks.luck",
    ),
    "words of no finding": (
        [(f"{WORDS}/findings.yaml", "", "company.luck:\n  message: 好\n  remedy: 无\n")],
        "company.luck",
    ),
    "placeholder that a sentence does not get": (
        [(f"{WORDS}/findings.yaml", '"补填岗位层级。"', '"补填岗位层级{levle}。"')], "levle",
    ),
}  # fmt: skip


def found_in(copy: ContentCopy, changes: list[Change]) -> list[Problem]:
    for name, old, new in changes:
        if old:
            copy.change(name, old, new)
        else:
            copy.add(name, new)
    return list(content_problems(read_library(copy.folder), read_wording("zh-Hans", copy.folder)))


@pytest.mark.parametrize("name", SEEDED)
def test_a_seeded_fault_is_found_and_told_with_its_place(
    content_copy: ContentCopy, workspace: Workspace, name: str
) -> None:
    changes, code, token = SEEDED[name]
    found = found_in(content_copy, changes)
    assert any(p.code == code and token in {*p.values.values(), p.where} for p in found), found
    for problem in found:
        assert problem.where
        assert workspace.wording.problem(problem).startswith(problem.where)


def test_seeded_faults_are_of_many_kinds() -> None:
    assert len(SEEDED) >= 12
    assert len({code for _, code, _ in SEEDED.values()}) == 7


def test_all_seeded_faults_are_found_at_once(content_copy: ContentCopy) -> None:
    names = ("hardened 宜", "topic without words", "words of no clause", "finding without words")
    changes = [change for name in names for change in SEEDED[name][0]]
    codes = [problem.code for problem in found_in(content_copy, changes)]
    assert {SEEDED[name][1] for name in names} <= set(codes)


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_fault_elsewhere_in_the_words_is_found(content_copy: ContentCopy, name: str) -> None:
    changes, token = ELSEWHERE[name]
    found = found_in(content_copy, changes)
    assert any(token in value for problem in found for value in problem.values.values())


def test_rows_of_a_paper_without_words_for_any_are_found(content_copy: ContentCopy) -> None:
    found = found_in(content_copy, [(PAPER, "rows: {}", "rows: {stamps: [label]}")])
    assert "rows.stamps" in [problem.values.get("what") for problem in found]


# The shape for programs


def test_standards_json_has_its_stable_shape(cli_invoke: Callable[..., Any]) -> None:
    called = cli_invoke("standards", "--json")
    assert called.code == 0
    data = called.json
    assert [s["id"] for s in data] == sorted([NOTICE, CHONGQING, DRAFT, TEXTBOOK, SHANXI])
    for standard in data:
        assert {
            "id", "number", "title", "issuer", "region", "force", "published", "effective",
            "confidence", "clauses",
        } <= set(standard)  # fmt: skip
        texts = {key: value for key, value in standard.items() if key != "clauses"}
        assert all(isinstance(value, str) for value in texts.values())
        assert standard["title"]
        assert standard["issuer"]
        assert standard["force"] in FORCES
        assert standard["confidence"] in CONFIDENCES
        for day in (standard["published"], standard["effective"]):
            assert day == "" or date.fromisoformat(day)
        refs = [clause["ref"] for clause in standard["clauses"]]
        assert len(set(refs)) == len(refs)
        for clause in standard["clauses"]:
            assert {
                "ref", "topic", "modality", "actor", "summary", "params", "applies",
            } <= set(clause)  # fmt: skip
            assert clause["modality"] in MODALITIES
            assert clause["actor"] in ACTORS
            assert clause["summary"].endswith("。")
            assert isinstance(clause["params"], dict)
            assert isinstance(clause["applies"], dict)


def test_the_words_of_the_shape_are_those_of_the_contract() -> None:
    assert set(FORCES) == {"opinion", "recommended", "pilot", "textbook", "draft"}
    assert set(CONFIDENCES) == {"full", "partial", "described", "structure", "news"}
    assert set(MODALITIES) == {"shall", "shall_not", "should", "may", "encourage", "statement"}


@pytest.mark.parametrize("words", [["standards", "list", "--json"], ["standards", "--json"]])
def test_list_is_what_standards_alone_says(
    cli_invoke: Callable[..., Any], words: list[str]
) -> None:
    assert cli_invoke(*words).json == cli_invoke("standards", "--json").json


def test_one_standard_has_the_same_shape(cli_invoke: Callable[..., Any]) -> None:
    every = {s["id"]: s for s in cli_invoke("standards", "--json").json}
    for name, standard in every.items():
        assert cli_invoke("standards", "show", name, "--json").json == standard


def test_standards_and_papers_never_name_each_other(workspace: Workspace) -> None:
    """Both name topics; a condition may name a paper as something to hold, `pack.…`."""
    content = Path(read_library.__code__.co_filename).parent / "content"
    ids = [s.id for s in workspace.library.standards]
    for path in (content / "documents").glob("*.yaml"):
        assert not [name for name in ids if name in path.read_text(encoding="utf-8")]
    for standard in workspace.library.standards:
        for clause in standard.clauses:
            assert matching_topics(workspace.library.topics, clause.topic)

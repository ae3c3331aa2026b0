"""Scenarios that quality people write: a questionnaire in, and what must come out of it.

Each file in `scenarios/` holds 情景, 基准日, 问卷 and 预期; the checks below are what 预期 knows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cases import codes, file_of, papers_of, plan_of, printed, workspace

from cqo_docs.base.yamlfile import read_yaml
from cqo_docs.library.records import Standard
from cqo_docs.papers.composer import Document
from cqo_docs.plan.model import Plan

FILES = sorted((Path(__file__).parent / "scenarios").glob("*.yaml"))
WORDS = workspace().wording
SECTIONS = {"情景", "基准日", "问卷", "预期"}


@dataclass(frozen=True)
class Outcome:
    """What one scenario gave."""

    plan: Plan
    papers: Mapping[str, Document]


@cache
def data_of(path: Path) -> Mapping[str, Any]:
    data = read_yaml(path).data
    assert set(data) == SECTIONS, f"{path.name}: {set(data) ^ SECTIONS}"
    return dict(data)


@cache
def outcome_of(path: Path) -> Outcome:
    data = data_of(path)
    plan = plan_of(file_of(data["问卷"]), date.fromisoformat(data["基准日"]))
    return Outcome(plan, papers_of(plan))


# ---------------------------------------------------------------- names to ids


def standard_named(name: str) -> Standard:
    found = workspace().library.find_standard(name)
    assert found is not None, f"没有标准“{name}”"
    return found


def paper_named(name: str) -> str:
    """The id of a paper by its title or its file name."""
    for paper_id, words in WORDS.papers.items():
        if name in {words["title"], words["file"], words.get("name"), WORDS.paper_name(paper_id)}:
            return paper_id
    raise AssertionError(f"没有文书“{name}”")


def listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or [])


def both_sides(expected: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """What must be there and what must not."""
    assert set(expected) <= {"应有", "不应有"}, set(expected)
    return listed(expected.get("应有")), listed(expected.get("不应有"))


# ---------------------------------------------------------------- checks


def check_profile(outcome: Outcome, expected: Mapping[str, str]) -> None:
    """画像：由答案推出的事实。"""
    profile = outcome.plan.case.profile
    have = {
        "企业规模": WORDS.value("company.size", profile.size),
        "所有制类别": WORDS.value("company.ownership_group", profile.ownership),
        "行业类别": WORDS.value("company.industry", profile.industry),
        "决定机构": profile.organ.name if profile.organ else "待确认",
        "是否规模以上": WORDS.value("company.above_scale", profile.above_scale),
    }
    assert {name: have[name] for name in expected} == dict(expected)


def check_roles(outcome: Outcome, expected: Mapping[str, str]) -> None:
    """文件地位：依据、参照、备查。"""
    roles = {r.standard.id: WORDS.formats["role"][r.role] for r in outcome.plan.standards}
    assert {name: roles[standard_named(name).id] for name in expected} == dict(expected)


def check_verdicts(outcome: Outcome, expected: Mapping[str, str]) -> None:
    """任职结论：所列即全部，没有列出的标准不得有结论。"""
    names = WORDS.formats["verdict"]
    have = {v.standard.id: names[v.verdict] for v in outcome.plan.eligibility}
    assert have == {standard_named(name).id: verdict for name, verdict in expected.items()}


def check_clauses(outcome: Outcome, expected: Mapping[str, Mapping[str, str]]) -> None:
    """条款：每一条的处理结果。"""
    names = WORDS.formats["status"]
    have = {d.clause.key: names[d.status] for d in outcome.plan.clauses}
    for standard, wanted in expected.items():
        keys = {ref: f"{standard_named(standard).id}#{ref}" for ref in wanted}
        assert {ref: have[key] for ref, key in keys.items()} == dict(wanted), standard


def check_findings(outcome: Outcome, expected: Mapping[str, Any]) -> None:
    """提示：应有和不应有的提示代码。"""
    wanted, unwanted = both_sides(expected)
    for code in (*wanted, *unwanted):
        assert code in WORDS.findings, f"没有提示“{code}”"
    have = set(codes(outcome.plan))
    assert set(wanted) <= have, set(wanted) - have
    assert not set(unwanted) & have


def check_first_finding(outcome: Outcome, expected: str) -> None:
    """首条提示。"""
    assert codes(outcome.plan)[0] == expected


def check_papers(outcome: Outcome, expected: list[str]) -> None:
    """文书：文书包的全部文书，不多不少。"""
    assert set(outcome.papers) == {paper_named(name) for name in expected}


def check_texts(outcome: Outcome, expected: Mapping[str, Mapping[str, Any]]) -> None:
    """原文：各文书里应有和不应有的文字；“全部文书”指每一份。"""
    for name, sides in expected.items():
        if name == "全部文书":
            text = "\n".join(map(printed, outcome.papers.values()))
        else:
            text = printed(outcome.papers[paper_named(name)])
        wanted, unwanted = both_sides(sides)
        for piece in wanted:
            assert piece in text, f"{name}应有“{piece}”"
        for piece in unwanted:
            assert piece not in text, f"{name}不应有“{piece}”"


CHECKS: Mapping[str, Callable[[Outcome, Any], None]] = {
    "画像": check_profile,
    "文件地位": check_roles,
    "任职结论": check_verdicts,
    "条款": check_clauses,
    "首条提示": check_first_finding,
    "提示": check_findings,
    "文书": check_papers,
    "原文": check_texts,
}
CASES = [(path, name) for path in FILES for name in data_of(path)["预期"]]


def test_there_are_enough_scenarios() -> None:
    assert len(FILES) >= 12


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_scenario_expects_only_what_can_be_checked(path: Path) -> None:
    data = data_of(path)
    assert set(data["预期"]) <= set(CHECKS), set(data["预期"]) - set(CHECKS)
    assert {"任职结论", "提示", "原文"} <= set(data["预期"])
    assert len(data["情景"]) > 10


@pytest.mark.parametrize(("path", "name"), CASES, ids=lambda value: getattr(value, "stem", value))
def test_scenario(path: Path, name: str) -> None:
    expected = data_of(path)["预期"][name]
    assert expected, f"{path.name}：{name}为空"
    CHECKS[name](outcome_of(path), expected)

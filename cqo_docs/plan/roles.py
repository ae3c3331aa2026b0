"""What each standard is for a company: basis, reference or background, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from cqo_docs.answers.model import Answers
from cqo_docs.facts.case import Case
from cqo_docs.library.records import NATIONWIDE, Clause, Library, Standard
from cqo_docs.plan.eligibility import over_training_cap
from cqo_docs.plan.model import Reason, StandardRole


def adoption_problems(answers: Answers, library: Library) -> Iterator[tuple[int, str]]:
    """The positions and names in `plan.adopt` that mean no standard."""
    for i, name in enumerate(answers.plan.adopt):
        if library.find_standard(name) is None:
            yield i, name


def standard_role(standard: Standard, case: Case, library: Library, as_of: date) -> StandardRole:
    """Basis, reference or background, as force, region, dates and adoption say."""
    adopted = any(library.find_standard(n) is standard for n in case.answers.plan.adopt)
    region = standard.region in {NATIONWIDE, case.answers.company.province}
    start = standard.effective or standard.published
    readable = standard.confidence in {"full", "partial"}

    def result(role: str, code: str) -> StandardRole:
        return StandardRole(standard, role, Reason(f"role.{code}", {"start": start}), adopted)

    if start and as_of < date.fromisoformat(start):
        return result("background", "not-yet")
    if standard.force in {"textbook", "draft"}:
        return (
            result("reference", f"adopted-{standard.force}")
            if adopted
            else (result("background", f"listed-{standard.force}"))
        )
    if not region:
        return (
            result("reference", "adopted-elsewhere")
            if adopted
            else (result("background", "elsewhere"))
        )
    if not readable:
        return result("reference", "region-pilot" if standard.force == "pilot" else "second-hand")
    if standard.force == "opinion":
        return result("basis", "region-opinion")
    if standard.force == "recommended" and adopted:
        return result("basis", "adopted-recommended")
    return result("reference", f"region-{standard.force}")


def standard_facts(
    ranked: Sequence[StandardRole], live: Sequence[Clause], case: Case, library: Library
) -> dict[str, Any]:
    """What the standards in play let a paper say: 依据, 参照, and whether they know a fund."""
    roles = {r.standard.id: r.role for r in ranked}
    fund = {roles[c.standard] for c in live if c.topic == "fund.establish"}
    return {
        "standards.basis": "basis" in roles.values(),
        "standards.reference": "reference" in roles.values(),
        "standards.fund-basis": "basis" in fund,
        "standards.fund-reference": "reference" in fund,
        "fund.over_training_cap": over_training_cap(case, library),
    }

"""What each standard says of the candidate."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from cqo_docs.facts.case import Case
from cqo_docs.facts.conditions import Outcome
from cqo_docs.library.records import Library, Standard
from cqo_docs.plan.model import ELIGIBILITY_KINDS, UNDEMANDING, EligibilityVerdict


def over_training_cap(case: Case, library: Library) -> bool | None:
    """Whether the training lines exceed what may be deducted; None where a sum is unknown."""
    fund = case.answers.fund
    if case.training_cap is None:
        return None
    if fund.items:
        planned = sum((i.amount for i in fund.items if i.group == "talent"), Decimal(0))
        return planned > case.training_cap
    if fund.total is None:
        return None
    groups = library.reference.quality_cost.fund_groups
    usual = next(g.weight for g in groups if g.id == "talent")
    share = fund.weights.talent if fund.weights else usual
    return fund.total * share / 100 > case.training_cap


def verdict_on(
    standard: Standard, applies: Mapping[str, Outcome], requires: Mapping[str, Outcome]
) -> EligibilityVerdict | None:
    """What one standard says of the candidate; None where it sets no condition."""
    tests = [
        (c, requires[c.key])
        for c in standard.clauses
        if c.kind in ELIGIBILITY_KINDS
        and c.key in requires
        and not c.relaxes
        and c.modality not in UNDEMANDING
        and applies[c.key].verdict is not False
    ]
    if not tests:
        return None
    reliefs = {
        c.relaxes: c
        for c in standard.clauses
        if c.relaxes and c.key in requires and requires[c.key].verdict
    }
    # A condition that may not concern this company does not fail before that is known.
    sure = {c.key for c, _ in tests if applies[c.key].verdict is True}
    failed = tuple((c, o) for c, o in tests if o.verdict is False and c.key in sure)
    missing = tuple(
        (c, o if o.verdict is None else applies[c.key])
        for c, o in tests
        if o.verdict is None or (o.verdict is False and c.key not in sure)
    )
    hard = [c for c, _ in failed if c.ref not in reliefs]
    # A relief cures a failed condition; what is merely unanswered is still to be answered.
    if hard:
        verdict = "fail"
    elif missing:
        verdict = "unknown"
    else:
        verdict = "relaxed" if failed else "pass"
    relief = reliefs[failed[0][0].ref] if verdict == "relaxed" else None
    return EligibilityVerdict(standard, verdict, failed, missing, relief, tuple(tests))

"""What follows from the reference tables: industry, size, ownership and the deciding organ."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from typing import TypeVar

from cqo_docs.facts.reference.tables import (
    BY_CONTROL,
    OUT_OF_SCOPE,
    CostCategory,
    DecidingRule,
    Industry,
    Named,
    Organ,
    PostSituation,
    Reference,
    Registration,
    ScaleRule,
    ScaleVerdict,
    SizeTable,
)

T = TypeVar("T")


def find_industry(reference: Reference, code: str) -> Industry | None:
    """The division or class of a code such as 14, C14, 591 or C1411; None if there is none."""
    text = "".join(unicodedata.normalize("NFKC", code).split()).upper()
    match = re.fullmatch(r"([A-T]?)([0-9]{2,4})", text)
    if match is None:
        return None
    letter, digits = match.groups()
    division = reference.industries.get(digits[:2])
    if division is None or letter not in ("", division.section):
        return None
    # Where the table lists the classes of a division it lists all of them.
    if len(digits) > 2 and division.classes:
        return reference.industries.get(digits[:3])
    return division


def size_class(
    reference: Reference,
    industry: Industry,
    employees: int | None,
    revenue: Decimal | None,
    assets: Decimal | None,
) -> str | None:
    """The band id or 'out-of-scope'; None while the figures leave more than one (unit 万元)."""
    people = None if employees is None else Decimal(employees)
    figures = {"employees": people, "revenue": revenue, "assets": assets}
    return _only(
        band
        for group in industry.size_groups
        for band in _possible_bands(reference.size, group, figures)
    )


def size_indicators(reference: Reference, industry: Industry) -> tuple[str, ...]:
    """The ids of the figures that the size of an industry depends on."""
    groups = [group for group in reference.size.groups if group.id in industry.size_groups]
    return tuple(dict.fromkeys(bound.indicator for group in groups for bound in group.bounds))


def _possible_bands(
    table: SizeTable, group_id: str, figures: dict[str, Decimal | None]
) -> tuple[str, ...]:
    if group_id == OUT_OF_SCOPE:
        return (OUT_OF_SCOPE,)
    bands = tuple(band.id for band in table.bands)
    group = next(group for group in table.groups if group.id == group_id)
    lowest, complete = 0, True
    for bound in group.bounds:
        figure = figures[bound.indicator]
        if figure is None:
            complete = False
            continue
        missed = [figure < limit for limit in (bound.large, bound.medium, bound.small)]
        lowest = max(lowest, sum(missed))
    return bands[lowest : lowest + 1] if complete else bands[lowest:]


def above_scale(
    reference: Reference,
    industry: Industry,
    revenue: Decimal | None,
    qualified: bool | None,
) -> ScaleVerdict:
    """Whether an enterprise is above scale; `qualified` counts in construction only (unit 万元)."""
    rules = {rule.id: rule for rule in reference.above_scale.rules}
    verdict = _only(
        _scale_verdict(rules.get(rule_id), revenue, qualified) for rule_id in industry.above_scales
    )
    return verdict or "unknown"


def _scale_verdict(
    rule: ScaleRule | None, revenue: Decimal | None, qualified: bool | None
) -> ScaleVerdict:
    if rule is None:
        return "no-notion"
    if rule.test == "always":
        return "yes"
    if rule.test == "qualification":
        holds = qualified
    else:
        holds = None if revenue is None or rule.minimum is None else revenue >= rule.minimum
    return "unknown" if holds is None else "yes" if holds else "no"


def find_registration(reference: Reference, registration: str) -> Registration | None:
    """The registration type with this code or this name."""
    rows = reference.ownership.registrations
    return next((row for row in rows if registration in (row.code, row.name)), None)


def control_option(reference: Reference, control: str | None) -> Named | None:
    """The kind of control with this id or this name."""
    options = reference.ownership.control_options
    return next((option for option in options if control in (option.id, option.name)), None)


def ownership_group(reference: Reference, registration: str, control: str | None) -> str | None:
    """The ownership group id; None where the kind of control or a closer type is still needed."""
    row = find_registration(reference, registration)
    if row is None or not row.group:
        return None
    if row.group != BY_CONTROL:
        return row.group
    option = control_option(reference, control)
    groups = {rule.control: rule.group for rule in reference.ownership.ownership_by_control}
    return groups.get(option.id) if option else None


def state_owned(reference: Reference, registration: str, control: str | None) -> bool | None:
    """Whether the Party discussion comes first; None where the kind of control is still needed."""
    row = find_registration(reference, registration)
    if row is None:
        return None
    if row.state_owned in ("always", "never"):
        return row.state_owned == "always"
    option = control_option(reference, control)
    if option is None:
        return False if row.state_owned == "if-declared" else None
    return option.id == "state"


def deciding_organ(
    reference: Reference,
    registration: str,
    governance: str | None,
    situation: PostSituation | None = None,
) -> Organ | None:
    """The organ that decides the appointment; None where an answer is missing or no rule fits."""
    row = find_registration(reference, registration)
    facts = situation or PostSituation()
    for rule in reference.organs.deciding:
        if row is None or row.code not in rule.registrations:
            continue
        fits = _rule_fits(rule, governance, facts)
        if fits is not False:
            return _organ(reference, row.code, rule) if fits else None
    return None


def _rule_fits(rule: DecidingRule, governance: str | None, situation: PostSituation) -> bool | None:
    """Whether a rule holds; None where the governance or the kind of collective is not known."""
    level = situation.level or "deputy"
    if level == "department" and situation.senior_by_charter:
        level = "deputy"
    tests = [
        not rule.levels or level in rule.levels,
        rule.decides_himself in (None, situation.decides_himself),
        rule.sole_shareholder in (None, situation.sole_shareholder),
        _known_to_hold(rule.governance, governance),
        rule.rural is None or (None if situation.rural is None else rule.rural == situation.rural),
    ]
    if False in tests:
        return False
    return None if None in tests else True


def _known_to_hold(wanted: tuple[str, ...], value: str | None) -> bool | None:
    if not wanted:
        return True
    return None if value is None else value in wanted


def _organ(reference: Reference, code: str, rule: DecidingRule) -> Organ:
    table = reference.organs
    more = [article for row in table.also if code in row.registrations for article in row.articles]
    return Organ(
        id=rule.organ,
        name=next(organ.name for organ in table.organs if organ.id == rule.organ),
        act=next(act for act in table.acts if act.id == rule.act),
        articles=(*rule.articles, *more),
        voting_articles=rule.voting_articles,
        nomination=rule.nomination,
        by_charter=rule.by_charter,
        certainty=rule.certainty,
    )


def category_of(reference: Reference, account: str) -> CostCategory | None:
    """The quality-cost category that holds an account."""
    for category in reference.quality_cost.categories:
        if any(account == known.code for known in category.accounts):
            return category
    return None


def education_cap(reference: Reference, payroll: Decimal) -> Decimal:
    """What may be deducted for staff education, in the unit of the payroll."""
    return payroll * reference.quality_cost.education.cap_rate


def _only(values: Iterable[T]) -> T | None:
    """The value that all agree on, if they do."""
    different = set(values)
    return different.pop() if len(different) == 1 else None

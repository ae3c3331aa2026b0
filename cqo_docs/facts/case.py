"""What follows from one company's answers: derived defaults, the profile, the flat facts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple

from pydantic import BaseModel

from cqo_docs.answers.file import AnswersFile
from cqo_docs.answers.model import Answers
from cqo_docs.answers.questions import Question, questions
from cqo_docs.facts.conditions import FactType
from cqo_docs.facts.reference import (
    Industry,
    Organ,
    PostSituation,
    Reference,
    above_scale,
    deciding_organ,
    education_cap,
    find_industry,
    ownership_group,
    size_class,
    state_owned,
)

SIZES = ("micro", "small", "medium", "large")
OWNERSHIP_GROUPS = (
    "soe-wholly", "soe-controlled", "soe-noncompany", "collective", "stock-cooperative",
    "joint-operation", "private-company", "other-company", "sole-proprietorship", "partnership",
    "hmt", "foreign", "cooperative", "individual", "other",
)  # fmt: skip
ORGANS = (
    "board", "single-director", "shareholders", "sole-shareholder", "manager", "factory-director",
    "investor", "partners", "council", "members-meeting", "state-investor-organ",
    "employees-congress", "employee-shareholders", "owner", "proprietor", "unknown",
)  # fmt: skip
INDUSTRY_WORDS = ("manufacturing", "construction", "services", "agriculture", "trade")
# The same person under one name: compared without the spaces that two-character names get.
SPACES = re.compile(r"\s+")


def _fact_types() -> dict[str, FactType]:
    kinds = {"yes-no": "yes-no", "number": "number", "choice": "choice"}
    types = {
        q.path: FactType(kinds.get(q.kind, "text"), q.options)  # type: ignore[arg-type]
        for q in questions()
        if not q.many and "[]" not in q.path
    }
    yes_no = FactType("yes-no")
    return types | {
        "company.size": FactType("choice", SIZES, ("out-of-scope",)),
        "company.ownership_group": FactType("choice", OWNERSHIP_GROUPS),
        "company.industry": FactType("choice", INDUSTRY_WORDS),
        "company.state_owned": yes_no,
        "company.micro": yes_no,
        "company.above_scale_computed": yes_no,
        "company.regulated": yes_no,
        "appointment.same_as_general_manager": yes_no,
        "appointment.same_as_legal_representative": yes_no,
        "appointment.sole": yes_no,
        "appointment.organ": FactType("choice", ORGANS),
        "appointment.act_kind": FactType("choice", ("meeting", "signature", "document")),
        "appointment.has_articles": yes_no,
        "appointment.nominated": yes_no,
        "appointment.organ_certain": yes_no,
        "standards.basis": yes_no,
        "standards.reference": yes_no,
        "standards.fund-basis": yes_no,
        "standards.fund-reference": yes_no,
        "fund.over_training_cap": yes_no,
        "appointment.board_business": yes_no,
        "candidate.old_qualification": yes_no,
        "candidate.changes_post": yes_no,
        "appointment.one_signer": yes_no,
        "company.one_head": yes_no,
        "fund.itemized": yes_no,
        "fund.declared": yes_no,
        "fund.refused": yes_no,
        "authority.limited": yes_no,
        "above_scale.differs": yes_no,
    }  # fmt: skip


FACT_TYPES: Mapping[str, FactType] = _fact_types()


class Assumption(NamedTuple):
    """A value the user did not choose: `reason` is `default` or the name of a derivation."""

    field: str
    value: Any
    reason: str


class Profile(NamedTuple):
    """The derived picture of a company; None is unknown."""

    size: str | None
    above_scale: bool | None
    above_scale_computed: bool | None
    ownership: str | None
    state_owned: bool | None
    industry: str | None
    industry_name: str
    organ: Organ | None
    same_as_general_manager: bool | None
    same_as_legal_representative: bool | None
    sole: bool | None


class Case(NamedTuple):
    """One company ready for planning: completed answers, profile, facts, assumptions."""

    answers: Answers
    profile: Profile
    facts: Mapping[str, Any]
    assumptions: tuple[Assumption, ...]
    given: frozenset[str]
    training_cap: Decimal | None = None
    file: AnswersFile | None = None  # what it was made from, to be told in other words


def case_from(
    file: AnswersFile, reference: Reference, as_of: date, terms: Mapping[str, str]
) -> Case:
    """Everything planning needs of one company, derived from its answers on a given day.

    `terms` are the words for answers that have a usual one: `post` and `addressees`.
    """
    answers, derived = _completed(file.answers, as_of, terms)
    profile = profile_from(answers, reference)
    defaults = _default_assumptions(file)
    facts = _facts(answers, profile, file.given)
    payroll = answers.fund.payroll_total
    cap = None if payroll is None else education_cap(reference, payroll)
    return Case(answers, profile, facts, (*defaults, *derived), file.given, cap, file)


def years_later(day: date, years: int) -> date:
    """The last day of a term of so many years that begins on a day."""
    try:
        later = day.replace(year=day.year + years)
    except ValueError:  # from 29 February to 28 February
        return day.replace(year=day.year + years, day=28)
    return later - timedelta(days=1)


def _completed(
    answers: Answers, as_of: date, terms: Mapping[str, str]
) -> tuple[Answers, tuple[Assumption, ...]]:
    """The answers with what follows from other answers filled in, and a note of each."""
    found: list[Assumption] = []

    def filled(path: str, given: Any, value: Any, reason: str) -> Any:
        if given is not None or value is None:
            return given
        found.append(Assumption(path, value, reason))
        return value

    company, a = answers.company, answers.appointment
    short = filled("company.short_name", company.short_name, company.name, "full-name")
    post = filled("appointment.post_title", a.post_title, terms["post"], "term")
    readers = filled("appointment.addressees", a.addressees, terms["addressees"], "term")
    appointer = filled("appointment.appointer", a.appointer, "legal-representative", "usual-signer")
    letter = filled("appointment.letter_date", a.letter_date, a.decision_date, "same-day")
    granted = filled("appointment.authorization_date", a.authorization_date, letter, "same-day")
    start = filled("appointment.start", a.start, granted, "same-day")
    end = years_later(start, int(a.term_years)) if start else None
    last = filled("appointment.end", a.end, end, "term-length")
    alone = _both(
        _same(answers.candidate.name, company.general_manager),
        _same(answers.candidate.name, company.legal_representative),
    )
    # Nobody assesses himself: who is his own superior has to name an assessor.
    usual = "superior" if alone is False else None
    assessor = filled("assessment.assessor", answers.assessment.assessor, usual, "usual-assessor")
    year = (start or as_of).year
    assessed = filled("assessment.year", answers.assessment.year, year, "start-year")
    fund_year = filled("fund.year", answers.fund.year, year, "start-year")
    completed = answers.model_copy(
        update={
            "company": company.model_copy(update={"short_name": short}),
            "appointment": a.model_copy(
                update={
                    "post_title": post,
                    "addressees": readers,
                    "appointer": appointer,
                    "letter_date": letter,
                    "authorization_date": granted,
                    "start": start,
                    "end": last,
                }
            ),
            "assessment": answers.assessment.model_copy(
                update={"year": assessed, "assessor": assessor}
            ),
            "fund": answers.fund.model_copy(update={"year": fund_year}),
        }
    )
    return completed, tuple(found)


def _default_assumptions(file: AnswersFile) -> tuple[Assumption, ...]:
    """The plain defaults that nobody chose."""
    return tuple([a for a in _chosen_defaults() if a.field not in file.given])


@cache
def _chosen_defaults() -> tuple[Assumption, ...]:
    return tuple(
        Assumption(q.path, q.default, "default") for q in questions() if _is_chosen_default(q)
    )


def _is_chosen_default(question: Question) -> bool:
    if question.default in (None, ()) or isinstance(question.default, BaseModel):
        return False
    return not question.many and "[]" not in question.path


def profile_from(answers: Answers, reference: Reference) -> Profile:
    """The picture of a company that its answers and the reference tables give."""
    company, a = answers.company, answers.appointment
    industry: Industry | None = find_industry(reference, company.industry_code)
    size = computed = None
    if industry:
        people = None if company.employees is None else int(company.employees)
        size = size_class(reference, industry, people, company.revenue, company.assets)
        computed = above_scale(reference, industry, company.revenue, company.construction_qualified)
    group = ownership_group(reference, company.registration, company.control)
    manager = _same(answers.candidate.name, company.general_manager)
    legal = _same(answers.candidate.name, company.legal_representative)
    sole = _both(manager, legal)
    return Profile(
        size=size,
        above_scale=company.above_scale,
        above_scale_computed={"yes": True, "no": False}.get(computed or ""),
        ownership=group,
        state_owned=state_owned(reference, company.registration, company.control),
        industry=industry.words if industry else None,
        industry_name=industry.name if industry else "",
        organ=deciding_organ(
            reference,
            company.registration,
            company.governance,
            PostSituation(
                level=a.level,
                senior_by_charter=bool(a.articles_list_officer),
                # The legal representative of a firm without a board is taken to be its director.
                decides_himself=bool(legal) and company.governance == "single-director",
                sole_shareholder=bool(company.sole_shareholder),
                rural=company.rural,
            ),
        ),
        same_as_general_manager=manager,
        same_as_legal_representative=legal,
        sole=sole,
    )


def _same(one: str, other: str | None) -> bool | None:
    return None if other is None else SPACES.sub("", one) == SPACES.sub("", other)


def _both(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def _facts(answers: Answers, profile: Profile, given: frozenset[str]) -> dict[str, Any]:
    facts = _flat(answers)
    company, person, a = answers.company, answers.candidate, answers.appointment
    differs = None
    if company.above_scale is not None and profile.above_scale_computed is not None:
        differs = company.above_scale is not profile.above_scale_computed
    activities = company.regulated_activities
    old = None
    if person.quality_qualification is not None:
        old = person.quality_qualification != "none"
    # 公司法 265: 副经理 and whoever the articles name are senior officers, whom the board appoints.
    board = None
    if a.level is not None:
        board = True if a.level != "department" else a.articles_list_officer
    return facts | {
        "company.size": profile.size,
        "company.ownership_group": profile.ownership,
        "company.industry": profile.industry,
        "company.state_owned": profile.state_owned,
        # Short forms are for firms known to be micro: an unknown size gets the full papers.
        "company.micro": profile.size == "micro",
        "company.above_scale_computed": profile.above_scale_computed,
        "company.regulated": None if activities is None else bool(activities),
        "appointment.same_as_general_manager": profile.same_as_general_manager,
        "appointment.same_as_legal_representative": profile.same_as_legal_representative,
        "appointment.sole": profile.sole,
        "appointment.organ": profile.organ.id if profile.organ else "unknown",
        "appointment.act_kind": profile.organ.act.kind if profile.organ else "document",
        "appointment.has_articles": bool(profile.organ and profile.organ.articles),
        "appointment.nominated": bool(
            profile.organ and profile.organ.nomination and profile.same_as_general_manager is False
        ),
        "appointment.organ_certain": bool(profile.organ and profile.organ.certainty != "memory"),
        "appointment.board_business": board,
        "candidate.old_qualification": old,
        "candidate.changes_post": None
        if person.current_post is None
        else person.current_post != a.post_title,
        "appointment.one_signer": a.appointer == "legal-representative"
        and profile.same_as_legal_representative is not True,
        "company.one_head": _same(company.legal_representative, company.general_manager),
        # The default sets up a fund; only an answer says that the firm has decided so.
        "fund.declared": answers.fund.establish if "fund.establish" in given else None,
        "fund.refused": not answers.fund.establish,
        "fund.itemized": bool(answers.fund.items or answers.fund.total is not None),
        "authority.limited": answers.authority.spending_limit is not None,
        "above_scale.differs": differs,
    }


def _flat(model: BaseModel, prefix: str = "") -> dict[str, Any]:
    """The answers that are facts, by path; those of a group that was left out are missing."""
    paths, values, groups = _shape(type(model), prefix)
    flat = dict(zip(paths, values(model), strict=True))
    for name in groups:
        group = getattr(model, name)
        if group is not None:
            flat |= _flat(group, f"{prefix}{name}.")
    return flat


@cache
def _shape(
    model: type[BaseModel], prefix: str
) -> tuple[tuple[str, ...], Callable[[BaseModel], tuple[Any, ...]], tuple[str, ...]]:
    """Of one group: the paths of its facts, what fetches their values at once, its own groups."""
    facts = tuple(n for n in model.model_fields if f"{prefix}{n}" in FACT_TYPES)
    groups = tuple(n for n in model.model_fields if _has_facts(f"{prefix}{n}."))
    if len(facts) == 1:  # one name fetches a bare value
        only = attrgetter(facts[0])
        return (f"{prefix}{facts[0]}",), lambda one: (only(one),), groups
    values = attrgetter(*facts) if facts else (lambda _: ())
    return tuple(f"{prefix}{n}" for n in facts), values, groups


def _has_facts(prefix: str) -> bool:
    return any(path.startswith(prefix) for path in FACT_TYPES)

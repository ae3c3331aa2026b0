"""The questionnaire of one company: its typed models, its reader, its cross-checks."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

from cqo_docs.answers.types import (
    Activity,
    Appointer,
    AppointmentKind,
    Assessor,
    Award,
    Bool,
    Control,
    CostClass,
    Count,
    CreditCode,
    Cycle,
    Day,
    Degree,
    FundGroup,
    Governance,
    IndustryCode,
    Level,
    Name,
    Names,
    Percent,
    Policy,
    Qualification,
    Recommendations,
    Registration,
    ReportsTo,
    TenThousandYuan,
    Term,
    Text,
    Texts,
    TitleRank,
    Training,
    Year,
    Years,
    Yuan,
    as_list,
)


class Model(BaseModel):
    """The common ground of all question groups: frozen, nothing unknown."""

    # Built when first used: once for the whole questionnaire, not for every group. Defaults that
    # are groups are therefore put together without a check.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Company(Model):
    """Who the company is."""

    name: Name
    short_name: Name | None = None
    credit_code: CreditCode | None = None
    province: Name
    city: Name | None = None
    industry_code: IndustryCode
    registration: Registration
    control: Control | None = None
    governance: Governance | None = None
    sole_shareholder: Bool | None = None
    rural: Bool | None = None
    legal_representative: Name
    general_manager: Name | None = None
    employees: Count | None = None
    revenue: TenThousandYuan | None = None
    assets: TenThousandYuan | None = None
    above_scale: Bool | None = None
    construction_qualified: Bool | None = None
    listed: Bool | None = None
    large_group: Bool | None = None
    benchmark: Bool | None = None
    exporter: Bool | None = None
    quality_award: Award | None = None
    premium_brand: Bool | None = None
    regulated_activities: Annotated[tuple[Activity, ...], BeforeValidator(as_list)] | None = None
    departments: Names = ()


class Candidate(Model):
    """Who is to hold the post."""

    name: Name
    current_post: Name | None = None
    degree: Degree | None = None
    title_rank: TitleRank | None = None
    title_name: Name | None = None
    quality_qualification: Qualification | None = None
    quality_qualification_year: Year | None = None
    years_quality: Years | None = None
    years_quality_management: Years | None = None
    years_enterprise_quality_management: Years | None = None
    technical_backbone: Bool | None = None
    relaxation_reason: Text | None = None
    training: Training | None = None
    continuing_education: Bool | None = None
    certificate: Bool | None = None
    bar_violation: Bool | None = None
    bar_benefit: Bool | None = None
    bar_disclosure: Bool | None = None


class Meeting(Model):
    """The meeting or written act that decides."""

    name: Name | None = None
    number: Name | None = None
    place: Name | None = None
    due: Count | None = None
    present: Count | None = None
    votes_for: Count | None = None
    votes_against: Count | None = None
    votes_abstained: Count | None = None
    members: Names = ()
    articles_allow: Bool | None = None


class Party(Model):
    """The prior discussion by the Party organization of a state-owned firm."""

    organ: Name | None = None
    date: Day | None = None


class Appointment(Model):
    """How the officer is appointed."""

    post_title: Name | None = None
    level: Level | None = None
    full_time: Bool | None = None
    concurrent_posts: Names = ()
    kind: AppointmentKind | None = None
    articles_list_officer: Bool | None = None
    reports_to: ReportsTo = "general-manager"
    appointer: Appointer | None = None
    decision_date: Day | None = None
    letter_date: Day | None = None
    authorization_date: Day | None = None
    start: Day | None = None
    term_years: Term = Decimal(3)
    end: Day | None = None
    meeting: Meeting = Meeting.model_construct()
    party: Party = Party.model_construct()
    notice_number: Name | None = None
    letter_number: Name | None = None
    authorization_number: Name | None = None
    addressees: Name | None = None
    copies_to: Names = ()
    ceremony: Bool | None = None
    treatment: Bool | None = None


class Authority(Model):
    """What the officer may do, and up to where."""

    spending_limit: Yuan | None = None
    reserved_matters: Texts = ()


class Indicator(Model):
    """One line of the assessment form."""

    name: Name
    target: Text
    evidence: Text | None = None
    scoring: Text | None = None
    weight: Percent


class GroupWeights(Model):
    """How the hundred points are shared among the groups of indicators."""

    safety: Percent
    foundation: Percent
    competitiveness: Percent
    management: Percent


class ScorerWeights(Model):
    """How much each scorer counts, in percent."""

    self_score: Percent = Decimal(0)
    superior: Percent = Decimal(70)
    board: Percent = Decimal(30)


class Assessment(Model):
    """How the officer is assessed; every figure is the enterprise's own choice."""

    cycle: Cycle = "annual"
    year: Year | None = None
    assessor: Assessor | None = None
    indicators: tuple[Indicator, ...] = ()
    weights: GroupWeights | None = None
    scorers: ScorerWeights = ScorerWeights.model_construct()
    excellent: Percent = Decimal(90)
    good: Percent = Decimal(75)
    pass_mark: Percent = Decimal(60)
    veto_items: Texts = ()


class BudgetItem(Model):
    """One line of the budget."""

    name: Name
    group: FundGroup
    amount: Yuan
    quarters: tuple[Yuan, Yuan, Yuan, Yuan] | None = None
    cost_class: CostClass | None = None
    owner: Name | None = None
    basis: Text | None = None
    source: Name | None = None


class FundWeights(Model):
    """How a total is shared among the groups of the budget, in percent."""

    talent: Percent
    improvement: Percent
    metrology: Percent
    standards: Percent
    system: Percent
    brand: Percent
    tools: Percent
    reserve: Percent


class Fund(Model):
    """The special fund for quality work."""

    establish: Bool = True
    year: Year | None = None
    total: Yuan | None = None
    items: tuple[BudgetItem, ...] = ()
    weights: FundWeights | None = None
    payroll_total: Yuan | None = None


class PlanChoice(Model):
    """Which standards the enterprise adopts, and how differences are settled."""

    adopt: Names = ()
    policy: Policy = "strictest"
    recommendations: Recommendations = "keep"
    as_of: Day | None = None


class Extra(Model):
    """One item of the user's own, for the templates of a house folder."""

    name: Name
    value: Text


class Output(Model):
    """Which papers are wanted, and what own templates want besides."""

    documents: Names = ()
    extra: tuple[Extra, ...] = ()


class Answers(Model):
    """The validated questionnaire of one company."""

    company: Company
    candidate: Candidate
    appointment: Appointment = Appointment.model_construct()
    authority: Authority = Authority.model_construct()
    assessment: Assessment = Assessment.model_construct()
    fund: Fund = Fund.model_construct()
    plan: PlanChoice = PlanChoice.model_construct()
    output: Output = Output.model_construct()

"""The shape of every reference table: frozen data, exactly as the files in content hold it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal, NamedTuple

Certainty = Literal["verified", "one-source", "derived", "memory", "own"]
Indicator = Literal["employees", "revenue", "assets"]
ScaleVerdict = Literal["yes", "no", "unknown", "no-notion"]
StateOwned = Literal["always", "never", "by-control", "if-declared"]
Governance = Literal["board", "single-director", "none"]
Level = Literal["department", "deputy", "chief"]

OUT_OF_SCOPE = "out-of-scope"
NO_NOTION = "no-notion"
BY_CONTROL = "by-control"


class Source(NamedTuple):
    """Where figures come from, and how sure they are."""

    certainty: Certainty
    title: str = ""
    number: str = ""
    issuer: str = ""
    issued: str = ""
    effective: str = ""
    replaces: str = ""
    address: str = ""
    note: str = ""
    articles: tuple[str, ...] = ()


class Named(NamedTuple):
    """An id with its name, and its official code where it has one."""

    id: str
    name: str
    code: str = ""


class Coded(NamedTuple):
    """An official code with its name."""

    code: str
    name: str


# enterprise-size.yaml


class SizeIndicator(NamedTuple):
    """A figure that decides the size, with its unit."""

    id: Indicator
    name: str
    unit: str
    meaning: str


class SizeBound(NamedTuple):
    """The lowest figure of each band above micro, itself included."""

    indicator: Indicator
    large: Decimal
    medium: Decimal
    small: Decimal


class SizeGroup(NamedTuple):
    """One industry group of the size rules."""

    id: str
    name: str
    bounds: tuple[SizeBound, ...]
    note: str = ""


class Uncovered(NamedTuple):
    """A part of the classification that a rule leaves out, and why."""

    code: str
    name: str
    certainty: Certainty
    basis: str = ""


class SizeTable(NamedTuple):
    """The size rules: bands from high to low, and their bounds by group."""

    source: Source
    bands: tuple[Named, ...]
    indicators: tuple[SizeIndicator, ...]
    groups: tuple[SizeGroup, ...]
    out_of_scope: tuple[Uncovered, ...]


# above-scale.yaml


class ScaleRule(NamedTuple):
    """What makes an enterprise of one sector above scale."""

    id: str
    name: str
    test: Literal["revenue", "qualification", "always"]
    indicator: str
    minimum: Decimal | None = None
    since: str = ""


class ScaleTable(NamedTuple):
    """The above-scale rules, and the sections that know no such notion."""

    source: Source
    rules: tuple[ScaleRule, ...]
    no_notion: tuple[Uncovered, ...]


# industries.yaml


class ClassRow(NamedTuple):
    """A class of three digits; empty links are those of the division."""

    code: str
    name: str
    size_group: str = ""
    above_scale: str = ""


class DivisionRow(NamedTuple):
    """A division of two digits; empty links are those of the section."""

    code: str
    name: str
    size_group: str = ""
    above_scale: str = ""
    classes: tuple[ClassRow, ...] = ()


class SectionRow(NamedTuple):
    """A section of one letter, with what holds for all of it."""

    code: str
    name: str
    words: Literal["manufacturing", "construction", "services", "agriculture", "trade"]
    divisions: tuple[DivisionRow, ...]
    size_group: str = ""
    above_scale: str = ""


class IndustryTable(NamedTuple):
    """The industry classification as far as the rules need it."""

    source: Source
    sections: tuple[SectionRow, ...]


class Industry(NamedTuple):
    """One division or class. Several groups or rules mean that the class must be known."""

    code: str
    name: str
    section: str
    section_name: str
    division: str
    division_name: str
    words: str
    size_groups: tuple[str, ...]
    above_scales: tuple[str, ...]
    classes: tuple[str, ...] = ()

    @property
    def needs_class(self) -> bool:
        """True where two digits leave the size group or the above-scale rule open."""
        return len(self.size_groups) > 1 or len(self.above_scales) > 1


# regions.yaml


class RegionTable(NamedTuple):
    """The provinces, with the first two digits of their codes."""

    source: Source
    regions: tuple[Coded, ...]


# ownership.yaml


class Registration(NamedTuple):
    """One registration type; one without a group is only the parent of others."""

    code: str
    name: str
    form: Literal[
        "limited-company",
        "joint-stock-company",
        "non-company",
        "sole-proprietorship",
        "partnership",
        "cooperative",
        "individual",
        "other",
    ]
    state_owned: StateOwned
    parent: str = ""
    group: str = ""


class StateControlRule(NamedTuple):
    """When a company counts as state-controlled."""

    id: str
    rule: str


class GroupByControl(NamedTuple):
    """The ownership group that a kind of control leads to."""

    control: str
    group: str


class OwnershipTable(NamedTuple):
    """Registration types, kinds of control and the ownership groups they lead to."""

    source: Source
    control_source: Source
    categories: tuple[Coded, ...]
    registrations: tuple[Registration, ...]
    control_options: tuple[Named, ...]
    state_control: tuple[StateControlRule, ...]
    ownership_by_control: tuple[GroupByControl, ...]
    groups: tuple[Named, ...]


# organs.yaml


class Law(NamedTuple):
    """A law by the short title used in article references."""

    short: str
    title: str
    certainty: Certainty
    revised: str = ""
    effective: str = ""


class Act(NamedTuple):
    """The paper by which an organ decides, and how it comes about."""

    id: str
    name: str
    kind: Literal["meeting", "signature", "document"]
    signers: str
    quorum: Literal["", "more-than-half"] = ""
    adoption: Literal["", "more-than-half-of-all", "all"] = ""
    rule: str = ""


class DecidingRule(NamedTuple):
    """Who decides for some registration types; an empty condition holds for all."""

    registrations: tuple[str, ...]
    organ: str
    act: str
    certainty: Certainty
    governance: tuple[Governance, ...] = ()
    levels: tuple[Level, ...] = ()
    decides_himself: bool | None = None
    sole_shareholder: bool | None = None
    rural: bool | None = None
    articles: tuple[str, ...] = ()
    voting_articles: tuple[str, ...] = ()
    nomination: bool = False
    by_charter: bool = False


class AlsoArticles(NamedTuple):
    """Articles that some registration types cite besides."""

    registrations: tuple[str, ...]
    articles: tuple[str, ...]


class Step(NamedTuple):
    """One step of a procedure, in words."""

    id: str
    text: str


class PartyReview(NamedTuple):
    """The Party discussion before a state-owned enterprise decides."""

    articles: tuple[str, ...]
    basis: tuple[Source, ...]
    steps: tuple[Step, ...]


class StatusRule(NamedTuple):
    """What company law attaches to the officer's position."""

    id: str
    text: str
    articles: tuple[str, ...]


class OrganTable(NamedTuple):
    """Who decides the appointment, by which paper, resting on which articles."""

    laws: tuple[Law, ...]
    organs: tuple[Named, ...]
    acts: tuple[Act, ...]
    deciding: tuple[DecidingRule, ...]
    also: tuple[AlsoArticles, ...]
    party: PartyReview
    status_rules: tuple[StatusRule, ...]


class PostSituation(NamedTuple):
    """What decides the organ besides form and governance; an unknown level counts as deputy."""

    level: str | None = None
    senior_by_charter: bool = False
    decides_himself: bool = False
    sole_shareholder: bool = False
    rural: bool | None = None


class Organ(NamedTuple):
    """The organ that decides one appointment, its act and the articles behind it."""

    id: str
    name: str
    act: Act
    articles: tuple[str, ...]
    voting_articles: tuple[str, ...]
    nomination: bool
    by_charter: bool
    certainty: Certainty


# other-posts.yaml


class OtherPost(NamedTuple):
    """Compulsory posts of one regulated activity, never the same as ours."""

    id: str
    activity: str
    posts: tuple[str, ...]
    basis: str
    certainty: Certainty
    effective: str = ""


class OtherPostTable(NamedTuple):
    """The compulsory posts of regulated activities."""

    posts: tuple[OtherPost, ...]


# quality-cost.yaml


class Account(NamedTuple):
    """One quality-cost account; its code begins with the id of its category."""

    code: str
    name: str
    covers: str


class CostCategory(NamedTuple):
    """One class of quality cost; losses are never fund items."""

    id: str
    name: str
    meaning: str
    budgetable: bool
    accounts: tuple[Account, ...]


class CostIndicator(NamedTuple):
    """One usual indicator of quality cost."""

    id: str
    name: str
    formula: str


class FundItem(NamedTuple):
    """One default line of the fund; its weight is an enterprise choice."""

    id: str
    name: str
    weight: Decimal
    basis: str
    account: str = ""
    education: bool = False
    capital: bool = False

    @property
    def cost_class(self) -> str:
        """The quality-cost category of the line, empty where use decides."""
        return self.account[:1]


class FundGroup(NamedTuple):
    """One group of fund lines with its main quality-cost category."""

    id: str
    name: str
    items: tuple[FundItem, ...]
    cost_class: str = ""

    @property
    def weight(self) -> Decimal:
        """The weight of all its lines together."""
        return sum((item.weight for item in self.items), Decimal(0))


class Rate(NamedTuple):
    """A share of the payroll, for whom, and by which text."""

    rate: Decimal
    who: str
    source: str
    certainty: Certainty


class EducationFund(NamedTuple):
    """What may be deducted for staff education, and what it may be spent on."""

    cap_rate: Decimal
    base: str
    excess: str
    source: Source
    accrual: tuple[Rate, ...]
    former_rate: Rate
    base_note: str
    allowed: tuple[str, ...]
    not_allowed: tuple[str, ...]
    not_allowed_certainty: Certainty


class QualityCostTable(NamedTuple):
    """Quality-cost accounts, default fund lines and the education cap."""

    source: Source
    also: tuple[Source, ...]
    categories: tuple[CostCategory, ...]
    indicators: tuple[CostIndicator, ...]
    fund_groups: tuple[FundGroup, ...]
    education: EducationFund


class Reference(NamedTuple):
    """All reference tables; `industries` holds divisions and classes by their digits."""

    size: SizeTable
    above_scale: ScaleTable
    industry_table: IndustryTable
    industries: Mapping[str, Industry]
    regions: RegionTable
    ownership: OwnershipTable
    organs: OrganTable
    other_posts: OtherPostTable
    quality_cost: QualityCostTable


TABLES: Mapping[str, tuple[str, type[Any]]] = {
    "size": ("enterprise-size.yaml", SizeTable),
    "above_scale": ("above-scale.yaml", ScaleTable),
    "industry_table": ("industries.yaml", IndustryTable),
    "regions": ("regions.yaml", RegionTable),
    "ownership": ("ownership.yaml", OwnershipTable),
    "organs": ("organs.yaml", OrganTable),
    "other_posts": ("other-posts.yaml", OtherPostTable),
    "quality_cost": ("quality-cost.yaml", QualityCostTable),
}

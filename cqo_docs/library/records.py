"""Standards, topics, parameters, papers and findings as frozen records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from cqo_docs.base.memo import Memos
from cqo_docs.facts.conditions import (
    ALWAYS,
    Condition,
    facts_named,
)
from cqo_docs.facts.reference import Reference

NATIONWIDE = "全国"  # the region of what holds everywhere
FORCES = ("opinion", "recommended", "pilot", "textbook", "draft")
CONFIDENCES = ("full", "partial", "described", "structure", "news")
MODALITIES = ("shall", "shall_not", "should", "may", "encourage", "statement")
ACTORS = ("enterprise", "appointer", "officer", "regulator")
KINDS = (
    "definition", "position", "appointment", "eligibility", "disqualification", "knowledge",
    "ability", "power", "duty", "liability", "conduct", "training", "filing", "incentive", "exit",
    "fund", "system", "planning", "assessment", "improvement", "coverage", "principle",
)  # fmt: skip
# How a Word file is set: on the official grid, freely in tables, or as one ceremonial page.
LAYOUTS = ("form", "running-text", "letter")
RULES = ("highest", "lowest", "union", "narrowest", "unordered")
SEVERITIES = ("gap", "conflict", "warning", "note")


@dataclass(frozen=True)
class Clause:
    """One addressable provision of a standard."""

    standard: str
    ref: str
    topic: str
    modality: str
    actor: str
    summary: str
    params: Mapping[str, Any]
    applies: Condition
    requires: Condition | None
    remains: Condition | None
    relaxes: str
    also: tuple[str, ...] = ()  # further topics that its own words say
    cited: str = ""  # the number a paper may print; empty where the source has or shows none
    applies_raw: Any = None
    shown: str = ""  # the place as tables print it, where that is not `ref` itself

    @cached_property
    def key(self) -> str:
        """The address that names this clause anywhere: STANDARD#REF."""
        return f"{self.standard}#{self.ref}"

    @cached_property
    def kind(self) -> str:
        """The first word of the topic."""
        return self.topic.partition(".")[0]


@dataclass(frozen=True)
class Standard:
    """One instrument with its clauses, in the order of its own text."""

    id: str
    number: str
    title: str
    issuer: str
    region: str
    force: str
    published: str
    effective: str
    confidence: str
    locators: str
    interpretations: tuple[str, ...]
    notes: tuple[str, ...]
    clauses: tuple[Clause, ...]
    native: str = ""  # the title in its own language, where `title` is a translation
    aliases: tuple[str, ...] = ()  # what else it may be called


class Topic(NamedTuple):
    """What clauses are about and papers show."""

    id: str
    order: int
    within: tuple[str, ...] = ()
    parameter: str = ""
    each_standard: bool = False


class Parameter(NamedTuple):
    """A figure that several standards may set."""

    id: str
    rule: str
    order: tuple[str, ...]
    answer: str = ""
    accepts: Mapping[str, tuple[str, ...]] | None = None


@dataclass(frozen=True)
class Part:
    """One place of a paper: fixed text, or the topics it shows, or a section with parts.

    A section without a style has no heading: it only holds parts under one condition.
    """

    id: str
    style: str
    when: Condition
    topics: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()
    origin: str = "paper"
    place: str = ""  # lead: introduces what follows; tail: explains what precedes
    lines: str = ""
    each: str = ""  # clause: one paragraph for every clause, never merged
    cells: str = ""  # the function that gives the cells beside each of its paragraphs
    absent: tuple[str, ...] = ()  # it stands in where no clause in play speaks of these
    parts: tuple[Part, ...] = ()

    @cached_property
    def leads(self) -> frozenset[str]:
        """The ids of its parts that introduce what follows them."""
        return frozenset(p.id for p in self.parts if p.place == "lead")

    @cached_property
    def asides(self) -> frozenset[str]:
        """The ids of its parts that are nothing alone: they introduce or explain others."""
        return frozenset(p.id for p in self.parts if p.place)

    @cached_property
    def headings(self) -> frozenset[str]:
        """The ids of its parts that have parts of their own."""
        return frozenset(p.id for p in self.parts if p.parts)

    @cached_property
    def paragraphs(self) -> frozenset[str]:
        """The ids of its parts that are paragraphs."""
        return frozenset(p.id for p in self.parts if not p.parts)


class Join(NamedTuple):
    """When a paper stands in one file with another one, and the template of that file."""

    paper: str
    when: Condition
    template: str


@dataclass(frozen=True)
class Paper:
    """One kind of paper: when it is made, from which template, with which parts and rows."""

    id: str
    number: int
    template: str
    formats: tuple[str, ...]
    when: Condition
    flows: Mapping[str, tuple[Part, ...]]
    rows: Mapping[str, str | tuple[str, ...]]
    fields: tuple[str, ...]
    variants: Mapping[str, Condition]
    layout: str
    joins: Join | None = None
    report: bool = False
    """Whether it reports on the pack: composed last, never signed, filed or listed."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What a template of a house folder names besides, and the value that it means."""

    @cached_property
    def parts(self) -> Mapping[str, Part]:
        """Its parts by their ids, sections and what they hold alike."""
        return {part.id: part for part in all_parts(self)}

    @cached_property
    def lined(self) -> Mapping[str, str]:
        """Its parts whose paragraphs a function writes, and the name of the function."""
        return {name: part.lines for name, part in self.parts.items() if part.lines}

    @cached_property
    def conditional(self) -> tuple[Part, ...]:
        """Its parts that not every company has."""
        return tuple(part for part in all_parts(self) if part.when is not ALWAYS)

    @cached_property
    def asked(self) -> tuple[str, ...]:
        """The facts that decide which of its parts apply, and in which variant."""
        conditions = [*(part.when for part in self.conditional), *self.variants.values()]
        return tuple(dict.fromkeys(fact for when in conditions for fact in facts_named(when)))


class FindingRule(NamedTuple):
    """A finding that follows from facts alone."""

    code: str
    severity: str
    when: Condition
    topics: tuple[str, ...]


# Equal only to itself, so that what follows from it may be kept.
@dataclass(frozen=True, eq=False)
class Library:
    """Everything the planner knows, frozen and consistent."""

    standards: tuple[Standard, ...]
    topics: Mapping[str, Topic]
    parameters: Mapping[str, Parameter]
    papers: tuple[Paper, ...]
    findings: tuple[FindingRule, ...]
    indicators: tuple[Mapping[str, Any], ...]
    year: Mapping[str, Any]
    reference: Reference
    version: str
    own_fields: Mapping[str, str] = field(default_factory=dict)
    """The names that a house folder adds, with the value that is the same for every company."""

    def standard(self, standard_id: str) -> Standard:
        """The standard with this id."""
        return self._standards[standard_id]

    def clause(self, key: str) -> Clause:
        """The clause at STANDARD#REF."""
        return self._clauses[key]

    def paper(self, paper_id: str) -> Paper:
        """The paper with this id."""
        return self._papers[paper_id]

    def find_standard(self, name: str) -> Standard | None:
        """The standard that an id, number or title means; None if there is none."""
        return self._standards_by_name.get(_plain(name.strip().strip("《》")))

    def matching(self, patterns: tuple[str, ...]) -> tuple[str, ...]:
        """The topics that some patterns mean, each once, in the order of the patterns."""
        known = self._matching.get(patterns)
        return topics_matching(self.topics, patterns) if known is None else known

    @cached_property
    def _standards(self) -> Mapping[str, Standard]:
        return {s.id: s for s in self.standards}

    @cached_property
    def _standards_by_name(self) -> Mapping[str, Standard]:
        named: dict[str, Standard] = {}
        for standard in self.standards:
            for name in (standard.id, standard.number, standard.title, *standard.aliases):
                if name:
                    named.setdefault(_plain(name), standard)
        return named

    @cached_property
    def _clauses(self) -> Mapping[str, Clause]:
        return {c.key: c for s in self.standards for c in s.clauses}

    @cached_property
    def cited(self) -> Mapping[str, str]:
        """Each clause as a paper may cite it: a number only where the source has one to read."""
        return {
            c.key: f"{s.number or s.title} {c.cited}".strip()
            for s in self.standards
            for c in s.clauses
        }

    @cached_property
    def memos(self) -> Memos:
        """What was worked out from it and comes again."""
        return {}

    @cached_property
    def reports(self) -> frozenset[str]:
        """The papers that report on a pack and are no part of what is signed."""
        return frozenset(p.id for p in self.papers if p.report)

    @cached_property
    def _papers(self) -> Mapping[str, Paper]:
        return {p.id: p for p in self.papers}

    @cached_property
    def _matching(self) -> Mapping[tuple[str, ...], tuple[str, ...]]:
        parts = [part for paper in self.papers for part in all_parts(paper)]
        wanted = {topics for p in parts for topics in (p.topics, p.covers, p.absent)}
        wanted |= {tuple(raw["topics"]) for raw in self.indicators}
        return {patterns: topics_matching(self.topics, patterns) for patterns in wanted}


def _plain(name: str) -> str:
    """A name as names are compared: without what different typists type differently."""
    return name.replace("-", "—").replace(" ", "").lower()


def all_parts(paper: Paper) -> Iterator[Part]:
    """Every part of a paper, sections and what they hold alike."""

    def walk(parts: tuple[Part, ...]) -> Iterator[Part]:
        for part in parts:
            yield part
            yield from walk(part.parts)

    for parts in paper.flows.values():
        yield from walk(parts)


def topics_matching(topics: Mapping[str, Topic], patterns: tuple[str, ...]) -> tuple[str, ...]:
    """The topics that any of the patterns means, each once."""
    return tuple(dict.fromkeys(n for p in patterns for n in matching_topics(topics, p)))


def matching_topics(topics: Mapping[str, Topic], pattern: str) -> list[str]:
    """The topics that a name or `kind.*` means, in their order."""
    if pattern.endswith(".*"):
        return [name for name in topics if name.startswith(pattern[:-1])]
    return [pattern] if pattern in topics else []

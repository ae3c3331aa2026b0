"""Standards, topics, parameters, papers and findings, read from `content/` into one Library."""

from __future__ import annotations

import hashlib
import pickle
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import cqo_docs
from cqo_docs.base import cache
from cqo_docs.base.errors import ContentError, Problem, problem
from cqo_docs.base.yamlfile import YamlFile, read_yaml
from cqo_docs.facts.case import FACT_TYPES
from cqo_docs.facts.conditions import (
    ALWAYS,
    Condition,
    ConditionError,
    FactType,
    Group,
    facts_named,
    parse_condition,
)
from cqo_docs.facts.reference import Reference, read_reference

T = TypeVar("T")
NATIONWIDE = "全国"  # the region of what holds everywhere
PACKAGE = Path(cqo_docs.__file__).parent
CONTENT = PACKAGE / "content"
# The folders of all code that turns content into records.
MAKERS = ("base", "answers", "facts", "facts/reference", "library", "wording")
FORCES = ("opinion", "recommended", "pilot", "textbook", "draft")
CONFIDENCES = ("full", "partial", "described", "structure", "news")
MODALITIES = ("shall", "shall_not", "should", "may", "encourage", "statement")
ACTORS = ("enterprise", "appointer", "officer", "regulator")
KINDS = (
    "definition", "position", "appointment", "eligibility", "disqualification", "knowledge",
    "ability", "power", "duty", "liability", "conduct", "training", "filing", "incentive", "exit",
    "fund", "system", "planning", "assessment", "improvement", "coverage", "principle",
)  # fmt: skip
STANDARD_KEYS = {
    "id", "number", "title", "issuer", "region", "force", "published", "effective", "confidence",
    "locators", "interpretations", "notes", "clauses",
}  # fmt: skip
PAPER_KEYS = {
    "id", "number", "template", "formats", "when", "flows", "rows", "fields", "variants", "joins",
    "layout",
}  # fmt: skip
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
        return _matching(self.topics, patterns) if known is None else known

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
    def kept(self) -> dict[str, dict[Any, Any]]:
        """What others worked out from it alone, for companies that are alike in this."""
        return defaultdict(dict)

    @cached_property
    def _papers(self) -> Mapping[str, Paper]:
        return {p.id: p for p in self.papers}

    @cached_property
    def _matching(self) -> Mapping[tuple[str, ...], tuple[str, ...]]:
        parts = [part for paper in self.papers for part in all_parts(paper)]
        wanted = {topics for p in parts for topics in (p.topics, p.covers, p.absent)}
        wanted |= {tuple(raw["topics"]) for raw in self.indicators}
        return {patterns: _matching(self.topics, patterns) for patterns in wanted}


def _plain(name: str) -> str:
    """A name as names are compared: without what different typists type differently."""
    return name.replace("-", "—").replace(" ", "").lower()


def content_version(folder: Path = CONTENT) -> str:
    """A short hash of everything below the content folder."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.yaml")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def content_key(kind: str, version: str) -> str:
    """Where the cache keeps what this program made of one version of the content."""
    return f"{kind}-{hashlib.sha256(_program() + version.encode()).hexdigest()}"


@lru_cache(maxsize=1)
def _program() -> bytes:
    """A fingerprint of all that turns content into records: our code and the interpreter."""
    parts = [cqo_docs.__version__, str(sys.implementation.cache_tag)]
    sources = cache.source_digest(*(PACKAGE / name for name in MAKERS))
    return hashlib.sha256("\0".join(parts).encode() + sources).digest()


def read_library(folder: Path = CONTENT) -> Library:
    """The library in a content folder; from the user's cache if the same content was read before.

    Raises ContentError with every inconsistency at once.
    """
    version = content_version(folder)
    key = content_key("library", version)
    kept = cache.read(key)
    if kept is not None:
        known: Library = pickle.loads(kept)
        return known
    library = _read_library(folder, version)
    # Only what did not change under our eyes is what its key says.
    if content_version(folder) == version:
        cache.write(key, pickle.dumps(library, pickle.HIGHEST_PROTOCOL))
    return library


def _read_library(folder: Path, version: str) -> Library:
    reader = _Reader(folder)
    paper_files = [read_yaml(path) for path in sorted((folder / "documents").glob("*.yaml"))]
    kinds = [f"{kind}.{f.data.get('id')}" for f in paper_files for kind in ("pack", "joined")]
    reader.papers = frozenset(str(f.data.get("id")) for f in paper_files)
    reader.types = {**FACT_TYPES, **dict.fromkeys(kinds, FactType("yes-no"))}
    topics = reader.each("topics", folder / "topics.yaml", reader.topic)
    parameters = reader.each("parameters", folder / "parameters.yaml", reader.parameter)
    standards = reader.all_of(
        reader.standard, [read_yaml(path) for path in sorted((folder / "standards").glob("*.yaml"))]
    )
    papers = reader.all_of(reader.paper, paper_files)
    findings = reader.finding_rules(read_yaml(folder / "findings.yaml"))
    indicators = tuple(read_yaml(folder / "indicators.yaml").data["indicators"])
    library = Library(
        standards=tuple(sorted(standards, key=lambda s: s.id)),
        topics=topics,
        parameters=parameters,
        papers=tuple(sorted(papers, key=lambda p: (p.number, p.id))),
        findings=findings,
        indicators=indicators,
        year=reader.year(read_yaml(folder / "year.yaml"), topics),
        reference=read_reference(folder / "reference"),
        version=version,
    )
    found = [*reader.found, *_reference_problems(library, reader.lines)]
    if found:
        raise ContentError(found)
    return library


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


class _Reader:
    """Turns files into frozen records and gathers what is wrong with them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.found: list[Problem] = []
        self.lines: dict[tuple[str, str], int] = {}
        self.types: Mapping[str, FactType] = {}
        self.papers: frozenset[str] = frozenset()

    def fault(self, file: YamlFile, key: tuple[str | int, ...], what: str) -> None:
        where = file.path.relative_to(self.folder).as_posix()
        self.found.append(problem("content.fault", where, line=file.line(key), what=what))

    def condition(self, file: YamlFile, key: tuple[str | int, ...], raw: Any) -> Condition:
        try:
            return parse_condition(raw, self.types)
        except ConditionError as error:
            self.fault(file, key, str(error))
            return ALWAYS

    def choice(
        self, file: YamlFile, key: tuple[str | int, ...], value: Any, known: tuple[str, ...]
    ) -> str:
        if value not in known:
            self.fault(file, key, f"'{value}' is none of {', '.join(known)}")
        return str(value)

    def all_of(self, read: Callable[[YamlFile], T], files: Sequence[YamlFile]) -> list[T]:
        """What each file holds; one of the wrong shape is named and left out."""
        result = []
        for file in files:
            try:
                result.append(read(file))
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                self.fault(file, (), f"wrong shape: {type(error).__name__} {error}")
        return result

    def each(
        self, name: str, path: Path, read: Callable[[YamlFile, int, str, Any], T]
    ) -> dict[str, T]:
        """The entries of a file that is one mapping under one name."""
        file = read_yaml(path)
        result = {}
        for order, (key, raw) in enumerate(file.data[name].items()):
            self.lines[path.name, key] = file.line((name, key))
            try:
                result[key] = read(file, order, key, raw or {})
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                self.fault(file, (name, key), f"wrong shape: {type(error).__name__} {error}")
        return result

    def once(self, file: YamlFile, name: str) -> None:
        """Note an id; one that two files of a folder share is a fault."""
        place = (str(file.path.parent), f"id {name}")
        if place in self.lines:
            self.fault(file, ("id",), f"the id '{name}' stands in another file too")
        self.lines[place] = 1

    def known_keys(
        self, file: YamlFile, key: tuple[str | int, ...], raw: Mapping[str, Any], known: set[str]
    ) -> None:
        for name in set(raw) - known:
            self.fault(file, (*key, name), f"unknown key '{name}'")

    def topic(self, file: YamlFile, order: int, name: str, raw: Mapping[str, Any]) -> Topic:
        self.choice(file, ("topics", name), name.partition(".")[0], KINDS)
        within = tuple(raw.get("within", ()))
        if name in within:
            self.fault(file, ("topics", name), f"'{name}' stands within itself")
        parameter = str(raw.get("parameter", ""))
        return Topic(name, order, within, parameter, raw.get("each") == "standard")

    def parameter(self, file: YamlFile, _: int, name: str, raw: Mapping[str, Any]) -> Parameter:
        self.choice(file, ("parameters", name), raw["rule"], RULES)
        accepts = {k: tuple(v) for k, v in (raw.get("accepts") or {}).items()}
        return Parameter(name, raw["rule"], tuple(raw["order"]), raw.get("answer", ""), accepts)

    def standard(self, file: YamlFile) -> Standard:
        raw = file.data
        self.known_keys(file, (), raw, STANDARD_KEYS)
        self.once(file, raw["id"])
        for name in ("published", "effective"):
            if raw.get(name) and not _is_date(raw[name]):
                self.fault(file, (name,), f"no such date: {raw[name]}")
        self.choice(file, ("force",), raw.get("force"), FORCES)
        self.choice(file, ("confidence",), raw.get("confidence"), CONFIDENCES)
        citable = raw.get("locators") == "number" and raw.get("confidence") in {"full", "partial"}
        clauses = tuple(
            self.clause(file, ("clauses", i), raw["id"], item, citable)
            for i, item in enumerate(raw["clauses"])
        )
        seen: set[str] = set()
        for i, clause in enumerate(clauses):
            if clause.ref in seen:
                self.fault(file, ("clauses", i), f"clause {clause.ref} stands twice")
            seen.add(clause.ref)
        for i, clause in enumerate(clauses):
            if clause.relaxes and clause.relaxes not in seen:
                self.fault(file, ("clauses", i), f"relaxes an unknown clause {clause.relaxes}")
        plain: dict[str, Any] = {
            key: str(raw.get(key) or "")
            for key in (
                "id", "number", "title", "issuer", "region", "force", "published", "effective",
                "confidence", "locators",
            )
        }  # fmt: skip
        return Standard(
            **plain,
            interpretations=tuple(raw.get("interpretations") or ()),
            notes=tuple(raw.get("notes") or ()),
            clauses=clauses,
        )

    def clause(
        self,
        file: YamlFile,
        key: tuple[str | int, ...],
        standard: str,
        raw: Mapping[str, Any],
        citable: bool,
    ) -> Clause:
        known = {
            "ref", "topic", "modality", "actor", "summary", "params", "applies", "requires",
            "relaxes", "remains", "also",
        }  # fmt: skip
        self.known_keys(file, key, raw, known)
        self.lines[f"standards/{standard}.yaml", str(raw.get("ref"))] = file.line(key)
        for name in ("ref", "topic", "summary"):
            if not raw.get(name):
                self.fault(file, key, f"no {name}")
        requires, remains = raw.get("requires"), raw.get("remains")
        return Clause(
            standard=standard,
            ref=str(raw.get("ref")),
            topic=str(raw.get("topic")),
            modality=self.choice(file, (*key, "modality"), raw.get("modality"), MODALITIES),
            actor=self.choice(file, (*key, "actor"), raw.get("actor"), ACTORS),
            summary=str(raw.get("summary")),
            params=raw.get("params") or {},
            applies=self.condition(file, (*key, "applies"), raw.get("applies")),
            requires=self.condition(file, (*key, "requires"), requires) if requires else None,
            remains=self.condition(file, (*key, "remains"), remains) if remains else None,
            relaxes=str(raw.get("relaxes") or ""),
            also=tuple(raw.get("also") or ()),
            # Our own count of the provisions under one number is no part of that number.
            cited=re.sub(r"-\d+$", "", str(raw.get("ref"))) if citable else "",
            applies_raw=raw.get("applies"),
        )

    def paper(self, file: YamlFile) -> Paper:
        raw = file.data
        self.known_keys(file, (), raw, PAPER_KEYS)
        self.once(file, raw["id"])
        flows = {
            name: tuple(self.part(file, ("flows", name, i), p) for i, p in enumerate(parts))
            for name, parts in (raw.get("flows") or {}).items()
        }
        return Paper(
            id=raw["id"],
            number=int(raw["number"]),
            template=raw["template"],
            formats=tuple(raw["formats"]),
            when=self.condition(file, ("when",), raw.get("when")),
            flows=flows,
            rows={
                name: spec if isinstance(spec, str) else tuple(spec)
                for name, spec in (raw.get("rows") or {}).items()
            },
            fields=tuple(raw.get("fields") or ()),
            variants={
                name: self.condition(file, ("variants", name), when)
                for name, when in (raw.get("variants") or {}).items()
            },
            layout=self.choice(file, ("layout",), raw.get("layout", "form"), LAYOUTS),
            joins=self.join(file, raw["joins"]) if raw.get("joins") else None,
        )

    def join(self, file: YamlFile, raw: Mapping[str, Any]) -> Join:
        self.known_keys(file, ("joins",), raw, {"paper", "when", "template"})
        if raw["paper"] not in self.papers:
            self.fault(file, ("joins", "paper"), f"joins an unknown paper '{raw['paper']}'")
        when = self.condition(file, ("joins", "when"), raw.get("when"))
        return Join(str(raw["paper"]), when, str(raw["template"]))

    def part(self, file: YamlFile, key: tuple[str | int, ...], raw: Mapping[str, Any]) -> Part:
        known = {
            "id", "style", "when", "topics", "covers", "origin", "place", "lines", "parts", "each",
            "cells", "absent",
        }  # fmt: skip
        self.known_keys(file, key, raw, known)
        self.lines[f"documents/{file.path.name}", str(raw.get("id"))] = file.line(key)
        return Part(
            id=str(raw.get("id")),
            style=str(raw.get("style") or ""),
            when=self.condition(file, (*key, "when"), raw.get("when")),
            topics=tuple(raw.get("topics") or ()),
            covers=tuple(raw.get("covers") or ()),
            origin=self.choice(
                file, (*key, "origin"), raw.get("origin", "paper"), ("paper", "enterprise", "law")
            ),
            place=self.choice(file, (*key, "place"), raw.get("place", ""), ("", "lead", "tail")),
            lines=str(raw.get("lines") or ""),
            each=self.choice(file, (*key, "each"), raw.get("each", ""), ("", "clause")),
            cells=str(raw.get("cells") or ""),
            absent=tuple(raw.get("absent") or ()),
            parts=tuple(
                self.part(file, (*key, "parts", i), p) for i, p in enumerate(raw.get("parts") or ())
            ),
        )

    def year(self, file: YamlFile, topics: Mapping[str, Topic]) -> Mapping[str, Any]:
        """What a year of work holds: lists of entries, each about some topics."""
        for kind, entries in file.data.items():
            for i, raw in enumerate(entries):
                for pattern in raw.get("topics", ()) if isinstance(raw, dict) else ():
                    if not matching_topics(topics, pattern):
                        self.fault(file, (kind, i), f"no topic '{pattern}'")
        return dict(file.data)

    def finding_rules(self, file: YamlFile) -> tuple[FindingRule, ...]:
        for i, raw in enumerate(file.data["findings"]):
            if not raw.get("code"):
                self.fault(file, ("findings", i), "no code")
        return tuple(
            FindingRule(
                code=str(raw.get("code")),
                severity=self.choice(file, ("findings", i), raw["severity"], SEVERITIES),
                when=self.condition(file, ("findings", i, "when"), raw.get("when")),
                topics=tuple(raw.get("topics") or ()),
            )
            for i, raw in enumerate(file.data["findings"])
        )


def all_parts(paper: Paper) -> Iterator[Part]:
    """Every part of a paper, sections and what they hold alike."""

    def walk(parts: tuple[Part, ...]) -> Iterator[Part]:
        for part in parts:
            yield part
            yield from walk(part.parts)

    for parts in paper.flows.values():
        yield from walk(parts)


def _reference_problems(
    library: Library, lines: Mapping[tuple[str, str], int]
) -> Iterator[Problem]:
    """What points nowhere: topics, parameters and their values, regions, absorbing topics."""

    def told(code: str, where: str, ref: str, **values: object) -> Problem:
        return problem(code, where, ref=ref, line=lines.get((where, ref), 1), **values)

    regions = {r.name for r in library.reference.regions.regions}
    for standard in library.standards:
        where = f"standards/{standard.id}.yaml"
        if standard.region not in regions | {NATIONWIDE}:
            yield told("content.unknown-region", where, "", region=standard.region)
        for clause in standard.clauses:
            for name in _provinces(clause):
                if name not in regions:
                    yield told("content.unknown-region", where, clause.ref, region=name)
            if clause.topic not in library.topics:
                yield told("content.unknown-topic", where, clause.ref, topic=clause.topic)
            for name in clause.also:
                if name not in library.topics:
                    yield told("content.unknown-topic", where, clause.ref, topic=name)
            for name, value in clause.params.items():
                parameter = library.parameters.get(name)
                values = value if isinstance(value, list) else [value]
                if parameter and not set(values) <= set(parameter.order):
                    yield told("content.unknown-value", where, clause.ref, name=name, value=value)
    for topic in library.topics.values():
        for name in topic.within:
            if name not in library.topics:
                yield told("content.unknown-topic", "topics.yaml", topic.id, topic=name)
        if topic.parameter and topic.parameter not in library.parameters:
            yield told("content.unknown-topic", "topics.yaml", topic.id, topic=topic.parameter)
    for paper in library.papers:
        seen: set[str] = set()
        for part in all_parts(paper):
            where = f"documents/{paper.id}.yaml"
            if part.id in seen:
                yield told("content.part-twice", where, part.id, part=part.id)
            seen.add(part.id)
            for pattern in (*part.topics, *part.covers, *part.absent):
                if not matching_topics(library.topics, pattern):
                    yield told("content.unknown-topic", where, part.id, topic=pattern)


def _provinces(clause: Clause) -> Iterator[str]:
    """The provinces that the conditions of a clause name."""

    def walk(condition: Condition) -> Iterator[str]:
        if isinstance(condition, Group):
            for part in condition.parts:
                yield from walk(part)
        elif condition.fact == "company.province" and condition.operator != "known":
            wanted = condition.wanted
            yield from wanted if isinstance(wanted, tuple) else (wanted,)

    for condition in (clause.applies, clause.requires, clause.remains):
        if condition is not None:
            yield from walk(condition)


def _matching(topics: Mapping[str, Topic], patterns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(n for p in patterns for n in matching_topics(topics, p)))


def matching_topics(topics: Mapping[str, Topic], pattern: str) -> list[str]:
    """The topics that a name or `kind.*` means, in their order."""
    if pattern.endswith(".*"):
        return [name for name in topics if name.startswith(pattern[:-1])]
    return [pattern] if pattern in topics else []

"""Standards, topics, parameters, papers and findings, read from `content/` into one Library."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

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
    parse_condition,
)
from cqo_docs.facts.reference import read_reference
from cqo_docs.library.records import (
    ACTORS,
    CONFIDENCES,
    FORCES,
    KINDS,
    LAYOUTS,
    MODALITIES,
    NATIONWIDE,
    RULES,
    SEVERITIES,
    Clause,
    FindingRule,
    Join,
    Library,
    Paper,
    Parameter,
    Part,
    Standard,
    Topic,
    all_parts,
    matching_topics,
)
from cqo_docs.library.version import CONTENT, content_key, content_version

T = TypeVar("T")
STANDARD_KEYS = {
    "id", "number", "title", "issuer", "region", "force", "published", "effective", "confidence",
    "locators", "interpretations", "notes", "clauses",
}  # fmt: skip
PAPER_KEYS = {
    "id", "number", "template", "formats", "when", "flows", "rows", "fields", "variants", "joins",
    "layout", "report",
}  # fmt: skip


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


YES_NO = ("false", "true")


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
        elif file.path.stem != name:
            self.fault(file, ("id",), f"the id is '{name}', the file is called '{file.path.name}'")
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
            report=self.choice(file, ("report",), raw.get("report", "false"), YES_NO) == "true",
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

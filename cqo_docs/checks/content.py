"""Checks over the content itself: nothing dangling, nothing without words, no changed modality."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from string import Formatter
from typing import Any

from cqo_docs.answers.file import AnswersFile
from cqo_docs.answers.model import Answers
from cqo_docs.answers.questions import questions
from cqo_docs.base.errors import Problem, problem
from cqo_docs.facts.case import FACT_TYPES, case_from
from cqo_docs.library.records import (
    ACTORS,
    CONFIDENCES,
    FORCES,
    MODALITIES,
    SEVERITIES,
    Clause,
    Library,
    Part,
    all_parts,
    matching_topics,
)
from cqo_docs.papers.tables import CELLS, DATA, LINES, ROWS
from cqo_docs.papers.view import make_view
from cqo_docs.plan.model import (
    FINDING_CODES,
    FREE_MODALITIES,
    INFORMING_KINDS,
    REASON_CODES,
    ROLE_ORDER,
    STATUSES,
)
from cqo_docs.plan.planner import plan_case
from cqo_docs.questions.asking import asking_problems
from cqo_docs.wording.modality import modalities_in, modality_fits
from cqo_docs.wording.placeholders import placeholders
from cqo_docs.wording.sentences import COMPOSED, Wording

FINDING_VALUES = frozenset(
    {
        "tests", "standard", "ref", "topic", "role", "reason", "name", "value", "winner",
        "losers", "parameter", "modality", "lead", "others",
    }
)  # fmt: skip
NAMED: Mapping[str, tuple[str, ...]] = {
    "status": STATUSES,
    "role": tuple(ROLE_ORDER),
    "verdict": ("pass", "relaxed", "fail", "unknown"),
    "severity": SEVERITIES,
    "modality": MODALITIES,
    "actor": ACTORS,
    "force": FORCES,
    "confidence": CONFIDENCES,
}
# What a year of work holds, each with words of its own; who does it where no department does.
YEAR_KINDS = ("tasks", "events", "courses", "stages")
OFFICER = "post"
# Their lead-in sentence says 不得担任 for all of them.
LED_BY_BAR = "disqualification"


def content_problems(library: Library, wording: Wording) -> Iterator[Problem]:
    """Everything in content and wording that does not fit together."""
    checks: tuple[Callable[[Library, Wording], Iterator[Problem]], ...] = (
        _topic_words,
        _clause_words,
        _modalities,
        _paper_words,
        _placeholders,
        _orphans,
        _functions,
        _labels,
        _finding_words,
        _names,
        _idle_words,
        _year,
        _asking,
    )
    for check in checks:
        yield from check(library, wording)


def _topic_words(library: Library, wording: Wording) -> Iterator[Problem]:
    where = "topics.yaml"
    for name in library.topics:
        words = wording.topics.get(name, {})
        for key in ("name", "text"):
            if not words.get(key):
                yield problem("content.no-words", where, what=f"{name}.{key}")
    for name in wording.topics:
        if name not in library.topics:
            yield problem("content.orphan-words", where, what=name)


def _clause_words(library: Library, wording: Wording) -> Iterator[Problem]:
    known = {c.key for s in library.standards for c in s.clauses}
    for key in wording.clause_words:
        if key not in known:
            yield problem("content.orphan-words", "wording/standards", what=key)


def _modalities(library: Library, wording: Wording) -> Iterator[Problem]:
    for standard in library.standards:
        where = f"standards/{standard.id}.yaml"
        for clause in standard.clauses:
            if not modality_fits(clause.summary, clause.modality) and not _compound(clause):
                yield _modality_problem(where, clause, clause.summary)
            if clause.kind == LED_BY_BAR or clause.actor == "regulator":
                continue
            text = wording.clause_text(clause.topic, clause)
            if not modality_fits(text, clause.modality):
                yield _modality_problem(where, clause, text)


def _compound(clause: Clause) -> bool:
    """Whether a summary rightly holds a second modal word: 不得 beside 应 in one provision."""
    return clause.modality in modalities_in(clause.summary) and clause.actor == "regulator"


def _modality_problem(where: str, clause: Clause, text: str) -> Problem:
    return problem(
        "content.modality", where, ref=clause.ref, modality=clause.modality, text=text[:40]
    )


def _texts_of(words: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "title", str(words["title"])
    yield "file", str(words["file"])
    for group in ("fields", "parts"):
        for name, text in (words.get(group) or {}).items():
            yield f"{group}.{name}", str(text)
    for name, rows in (words.get("rows") or {}).items():
        for row in rows:
            for text in row:
                yield f"rows.{name}", str(text)


def _paper_words(library: Library, wording: Wording) -> Iterator[Problem]:
    for paper in library.papers:
        where = f"documents/{paper.id}.yaml"
        words = wording.papers.get(paper.id)
        if words is None:
            yield problem("content.no-words", where, what=paper.id)
            continue
        parts = {p.id: p for p in all_parts(paper)}
        for part in parts.values():
            if _wants_text(part) and part.id not in (words.get("parts") or {}):
                yield problem("content.no-words", where, what=part.id)
        for name in words.get("parts") or {}:
            base, _, variant = name.partition("@")
            used = base in parts and _wants_text(parts[base])
            if not used or (variant and variant not in paper.variants):
                yield problem("content.orphan-words", where, what=name)
        for name in paper.fields:
            if name not in (words.get("fields") or {}):
                yield problem("content.no-words", where, what=f"fields.{name}")
        for name, spec in paper.rows.items():
            if not isinstance(spec, str) and name not in (words.get("rows") or {}):
                yield problem("content.no-words", where, what=f"rows.{name}")


def _wants_text(part: Part) -> bool:
    return not part.topics and not part.lines and bool(part.style)


def _placeholders(library: Library, wording: Wording) -> Iterator[Problem]:
    known = {*_view_names(library, wording), *COMPOSED}
    texts = [
        *((f"documents/{p}.{n}", t) for p, w in wording.papers.items() for n, t in _texts_of(w)),
        *((f"topics.yaml {n}", w["text"]) for n, w in wording.topics.items()),
        *((f"standards {k}", t) for k, t in wording.clause_words.items()),
        *((f"indicators {k}", t) for k, w in wording.indicators.items() for t in w.values()),
        *(("year.yaml", t) for t in _texts_below(wording.year)),
    ]
    for where, text in texts:
        for name in placeholders(text):
            if name not in known:
                yield problem("content.unknown-placeholder", where, name=name, text=text[:30])
        if "{%" in text or text.count("{{") != len(placeholders(text)):
            yield problem("content.unknown-placeholder", where, name="?", text=text[:30])


def _view_names(library: Library, wording: Wording) -> set[str]:
    """The names that a view has, seen on the smallest questionnaire."""
    answers = Answers.model_validate(
        {
            "company": {
                "name": "x",
                "province": library.reference.regions.regions[0].name,
                "industry_code": "14",
                "registration": "112",
                "legal_representative": "x",
            },
            "candidate": {"name": "y"},
        }
    )
    file = AnswersFile(Path("x"), answers, frozenset(), {})
    day = date(2026, 1, 1)
    case = case_from(file, library.reference, day, {"post": "x", "addressees": "x"})
    return set(make_view(plan_case(case, library, day), library, wording))


def _orphans(library: Library, wording: Wording) -> Iterator[Problem]:
    """Topics nobody speaks of, and topics that would leave the enterprise without a word."""
    used = {c.topic for s in library.standards for c in s.clauses}
    shown = {
        name
        for paper in library.papers
        for part in all_parts(paper)
        for pattern in (*part.topics, *part.covers)
        for name in matching_topics(library.topics, pattern)
    }
    asked = {
        c.topic
        for s in library.standards
        for c in s.clauses
        if c.actor != "regulator" and c.modality not in FREE_MODALITIES
    }
    for name in library.topics:
        if name not in used:
            yield problem("content.idle-topic", "topics.yaml", topic=name)
            continue
        informing = name.partition(".")[0] in INFORMING_KINDS
        told = informing or name in shown or wording.topics[name].get("action")
        if name in asked and not told:
            yield problem("content.unshown-topic", "topics.yaml", topic=name)


def _functions(library: Library, wording: Wording) -> Iterator[Problem]:
    for paper in library.papers:
        where = f"documents/{paper.id}.yaml"
        for name, spec in paper.rows.items():
            if isinstance(spec, str) and spec not in ROWS:
                yield problem("content.unknown-function", where, part=name, name=spec)
        for part in all_parts(paper):
            if part.lines and part.lines not in LINES:
                yield problem("content.unknown-function", where, part=part.id, name=part.lines)
            if part.cells and part.cells not in CELLS:
                yield problem("content.unknown-function", where, part=part.id, name=part.cells)
        for kind in paper.formats:
            if kind in DATA and paper.id not in DATA[kind]:
                yield problem("content.unknown-function", where, part=kind, name=paper.id)


def _labels(library: Library, wording: Wording) -> Iterator[Problem]:
    labels, choices = wording.questions["fields"], wording.questions["choices"]
    for question in questions():
        if question.path.removesuffix("[]") not in labels:
            yield problem("content.no-words", "questions.yaml", what=question.path)
        for option in question.options:
            if option not in choices.get(question.path, {}):
                yield problem(
                    "content.no-words", "questions.yaml", what=f"{question.path}={option}"
                )
    for name, kind in FACT_TYPES.items():
        if name not in wording.questions["facts"] and name not in labels:
            yield problem("content.no-words", "questions.yaml", what=name)
        for option in (*kind.options, *kind.apart):
            if name in choices and option not in choices[name]:
                yield problem("content.no-words", "questions.yaml", what=f"{name}={option}")
    for raw in library.indicators:
        if raw["id"] not in wording.indicators:
            yield problem("content.no-words", "indicators.yaml", what=raw["id"])


def _finding_words(library: Library, wording: Wording) -> Iterator[Problem]:
    where = "findings.yaml"
    wanted = {*FINDING_CODES, *(rule.code for rule in library.findings)}
    for code in wanted - set(wording.findings):
        yield problem("content.no-words", where, what=code)
    for code, words in wording.findings.items():
        if code not in wanted:
            yield problem("content.orphan-words", where, what=code)
        for text in words.values():
            for _, name, _, _ in Formatter().parse(text):
                if name is not None and name not in FINDING_VALUES:
                    yield problem("content.unknown-placeholder", where, name=name, text=text[:30])
    for code in set(REASON_CODES) - set(wording.reasons):
        yield problem("content.no-words", "reasons.yaml", what=code)


def _names(library: Library, wording: Wording) -> Iterator[Problem]:
    """Names of everything that a plan calls by id."""
    where = "formats.yaml"
    for kind, ids in NAMED.items():
        for name in ids:
            if name not in wording.formats[kind]:
                yield problem("content.no-words", where, what=f"{kind}.{name}")
    for parameter in library.parameters.values():
        words = wording.formats["parameter"].get(parameter.id) or {"values": {}}
        for value in parameter.order:
            if value not in words["values"]:
                yield problem("content.no-words", where, what=f"{parameter.id}.{value}")
    known = {raw["id"] for raw in library.indicators}
    for name in wording.indicators:
        if name not in known:
            yield problem("content.orphan-words", "indicators.yaml", what=name)


def _idle_words(library: Library, wording: Wording) -> Iterator[Problem]:
    """Fields, rows and variants of the words that no paper asks for."""
    for paper in library.papers:
        where = f"wording/documents/{paper.id}.yaml"
        words = wording.papers.get(paper.id) or {}
        written = {name for name, spec in paper.rows.items() if not isinstance(spec, str)}
        for group, asked in (("fields", set(paper.fields)), ("rows", written)):
            for name in words.get(group) or {}:
                base, _, variant = name.partition("@")
                if base not in asked or (variant and variant not in paper.variants):
                    yield problem("content.orphan-words", where, what=f"{group}.{name}")


def _year(library: Library, wording: Wording) -> Iterator[Problem]:
    """What a year of work holds, and the words of it."""
    where, words = "year.yaml", wording.year
    indicators = [raw["id"] for raw in library.indicators]
    named = {kind: [raw["id"] for raw in library.year[kind]] for kind in YEAR_KINDS}
    for kind, ids in {**named, "measures": indicators}.items():
        for name in set(ids) ^ set(words[kind]):
            code = "content.no-words" if name in ids else "content.orphan-words"
            yield problem(code, where, what=f"{kind}.{name}")
    for name in set(indicators) - {raw["id"] for raw in library.year["objectives"]}:
        yield problem("content.no-words", where, what=f"objectives.{name}")
    for kind in ("objectives", *YEAR_KINDS):
        for raw in library.year[kind]:
            unit = raw.get("unit", OFFICER)
            if unit != OFFICER and unit not in words["units"]:
                yield problem("content.no-words", where, what=f"units.{unit}")


def _texts_below(words: Any) -> Iterator[str]:
    """Every text of a nest of words."""
    if isinstance(words, str):
        yield words
    elif isinstance(words, Mapping):
        for inner in words.values():
            yield from _texts_below(inner)
    elif isinstance(words, list):
        for inner in words:
            yield from _texts_below(inner)


def _asking(library: Library, wording: Wording) -> Iterator[Problem]:
    """What is asked, and when."""
    yield from asking_problems(library, wording, wording.folder.parents[1])

"""What is asked, in which order, when, and for the sake of which clauses and papers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

from cqo_docs.answers.file import AnswersFile
from cqo_docs.answers.questions import Question, questions
from cqo_docs.answers.reading import usable_answers
from cqo_docs.base.errors import ContentError, Problem, problem
from cqo_docs.base.yamlfile import YamlFile, read_yaml
from cqo_docs.facts.case import FACT_TYPES, Assumption, Case, case_from
from cqo_docs.facts.conditions import (
    ALWAYS,
    Condition,
    ConditionError,
    FactType,
    Group,
    Test,
    facts_named,
    holds,
    parse_condition,
)
from cqo_docs.facts.reference import find_industry, size_indicators
from cqo_docs.library.records import Clause, FindingRule, Library, Paper, all_parts
from cqo_docs.library.version import CONTENT
from cqo_docs.plan.model import ELIGIBILITY_KINDS, FREE_MODALITIES, UNDEMANDING
from cqo_docs.plan.roles import standard_role
from cqo_docs.wording.placeholders import placeholders
from cqo_docs.wording.sentences import COMPOSED, Wording

QUESTIONS = "questions.yaml"
YES_NO = FactType("yes-no")
IN_PLAY = "in-play."
# Facts that only the asking needs: which figures an industry is judged by, what a list holds.
OWN_FACTS: Mapping[str, FactType] = {
    "company.sized_by_employees": YES_NO,
    "company.sized_by_revenue": YES_NO,
    "company.sized_by_assets": YES_NO,
    "company.scaled_by_revenue": YES_NO,
    "company.scaled_by_qualification": YES_NO,
    "assessment.own_indicators": YES_NO,
    "fund.own_items": YES_NO,
}
# What a plan takes an open organ for is a stopgap of its papers, not knowledge.
OF_ORGAN = (
    "appointment.organ", "appointment.act_kind", "appointment.has_articles",
    "appointment.nominated", "appointment.organ_certain",
)  # fmt: skip
# Stand-ins have a size and an owner; who answered nothing has none.
OF_NOBODY = {"company.size": None, "company.ownership_group": None}
# The days on which defaults rest do not matter to what is asked.
ANY_DAY = date(2026, 1, 1)
# Bare words for the condition of a finding that is a warning where an answer is missing.
GRAVE = frozenset({"gap", "conflict", "warning"})
# How a clause uses an answer, the weightiest first.
MANNERS = ("requires", "relieves", "applies", "figure", "text")
ASKED_KEYS = frozenset({"when", "needed", "core"})


@dataclass(frozen=True, slots=True)
class Use:
    """One clause on account of which a question is asked."""

    standard: str
    ref: str
    cited: str
    """The number that may be printed; empty where the source has none."""
    modality: str
    actor: str
    topic: str
    name: str
    """The name of the topic in words."""
    how: str
    """One of MANNERS: a condition it sets, relaxes or depends on, a figure, its printed words."""

    @property
    def key(self) -> str:
        """The address of the clause: STANDARD#REF."""
        return f"{self.standard}#{self.ref}"


@dataclass(frozen=True, slots=True)
class Asked:
    """One question with its place in the order, its condition, its weight and its reasons."""

    question: Question
    section: str
    when: Condition
    """When it is asked; where that is unknown, it is."""
    needed: Condition | None
    """When it must be answered; None where that is never so."""
    decides: bool
    """Whether a verdict on the candidate depends on it."""
    core: bool
    """Whether a verdict, a clause or a warning depends on it, or it must be answered."""
    uses: tuple[Use, ...]
    papers: tuple[str, ...]
    """The papers whose texts or conditions use it."""
    findings: tuple[str, ...]
    """The codes of the findings that look at its answer."""
    unit: str
    """The group that is answered as a whole or not at all; empty for most."""
    example: str
    needs: tuple[str, ...]
    """The earlier questions on which its condition depends."""

    @property
    def path(self) -> str:
        """The path of the question."""
        return self.question.path

    @property
    def group(self) -> str:
        """The group of the questionnaire that holds it."""
        return self.path.partition(".")[0]

    @property
    def has_default(self) -> bool:
        """Whether a plain default stands where it is left open."""
        return self.question.default not in (None, ())


@dataclass(frozen=True, slots=True)
class Known:
    """What follows from answers that may be incomplete: facts, and what would be assumed."""

    facts: Mapping[str, Any]
    assumptions: Mapping[str, Assumption]
    open: frozenset[str]
    """The answers that every questionnaire needs and this one lacks."""


@dataclass(frozen=True)
class Asking:
    """All questions in their order, with what is needed to tell which of them apply."""

    asked: tuple[Asked, ...]
    sections: tuple[str, ...]
    sources: Mapping[str, tuple[str, ...]]
    """For every fact, placeholder and function the questions from which it follows."""
    library: Library
    terms: Mapping[str, str]
    follows: Mapping[str, tuple[str, ...]]
    """For every fact what it follows from directly: questions, and other facts."""

    @cached_property
    def by_path(self) -> Mapping[str, Asked]:
        """The questions by their paths."""
        return {one.path: one for one in self.asked}


# Reading


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The content file as it stands: sections by prefix, entries by path or prefix."""

    file: YamlFile
    sections: tuple[tuple[str, tuple[str, ...]], ...]
    entries: Mapping[str, Mapping[str, Any]]
    follows: Mapping[str, tuple[str, ...]]


def read_sheet(content: Path = CONTENT) -> _Sheet:
    """The content file. Raises ContentError where it has another shape."""
    file = read_yaml(content / QUESTIONS)
    try:
        sections = tuple((s["id"], tuple(s["takes"])) for s in file.data["sections"])
        entries = {path: dict(raw) for path, raw in file.data["asked"].items()}
        follows = {name: tuple(sources) for name, sources in file.data["follows"].items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        what = f"wrong shape: {type(error).__name__} {error}"
        raise ContentError([problem("content.fault", QUESTIONS, line=1, what=what)]) from None
    return _Sheet(file, sections, entries, follows)


def fact_types(library: Library) -> dict[str, FactType]:
    """Every fact that a condition of a question may name."""
    in_play = {f"{IN_PLAY}{s.id}": YES_NO for s in library.standards}
    return {**FACT_TYPES, **OWN_FACTS, **in_play}


def open_asking(library: Library, wording: Wording, sheet: _Sheet | None = None) -> Asking:
    """All that is needed to ask. Raises ContentError for wrong content."""
    sheet = sheet or read_sheet()
    found = list(_shape_problems(sheet, library))
    if found:
        raise ContentError(found)
    builder = _Builder(sheet, library, wording)
    formats = wording.formats
    return Asking(
        asked=tuple(builder.asked(question) for question in _in_order(sheet)),
        sections=tuple(name for name, _ in sheet.sections),
        sources=builder.sources,
        library=library,
        terms={"post": str(formats["post"]), "addressees": str(formats["addressees"])},
        follows=sheet.follows,
    )


def asked(library: Library, wording: Wording) -> tuple[Asked, ...]:
    """Every question in the order in which it is asked."""
    return open_asking(library, wording).asked


def _in_order(sheet: _Sheet) -> list[Question]:
    """The questions section by section, in each in the order of the models."""
    ranks = {name: i for i, (name, _) in enumerate(sheet.sections)}
    return sorted(questions(), key=lambda q: ranks.get(_section(sheet, q.path), len(ranks)))


def _section(sheet: _Sheet, path: str) -> str:
    """The section whose longest prefix fits; empty where none does."""
    fitting = [
        (len(prefix), name)
        for name, takes in sheet.sections
        for prefix in takes
        if _below(path, prefix)
    ]
    return max(fitting)[1] if fitting else ""


def _below(path: str, prefix: str) -> bool:
    """Whether a question is the one named, or in the group or list named."""
    return path == prefix or path.startswith((f"{prefix}.", f"{prefix}[]."))


class _Builder:
    """Makes the records: conditions from the content, uses from library and wording."""

    def __init__(self, sheet: _Sheet, library: Library, wording: Wording) -> None:
        self.sheet, self.library, self.wording = sheet, library, wording
        self.types = fact_types(library)
        self.sources = sources(sheet, library)
        self.uses = self._uses()
        self.papers = self._papers()
        nobody = _nobody(library)
        self.everywhere = _in_play(library, nobody)
        self.codes: dict[str, list[str]] = {}
        self.told, self.warned = self._findings({**nobody.facts, **OF_NOBODY})
        self.conditions: dict[str, Condition] = {}

    def asked(self, question: Question) -> Asked:
        path = question.path
        entries = [raw for name, raw in self.sheet.entries.items() if _below(path, name)]
        uses = tuple(self.uses.get(path, ()))
        needed = self._needed(question, entries)
        decides = any(self._decides(use) for use in uses)
        core = needed is not None or decides or path in self.warned
        core = core or any(self._judged(use) for use in uses)
        said = [raw["core"] for raw in entries if "core" in raw]
        core = said[-1] == "true" if said else core
        when = self.when(path)
        return Asked(
            question=question,
            section=_section(self.sheet, path),
            when=when,
            needed=needed,
            decides=decides,
            core=core,
            uses=uses,
            papers=tuple(self.papers.get(path, ())),
            findings=tuple(self.codes.get(path, ())),
            unit=unit_of(question),
            example=str(self.wording.forms["examples"].get(example_key(question), "")),
            needs=self._needs(when),
        )

    def _needed(self, question: Question, entries: Sequence[Mapping[str, Any]]) -> Condition | None:
        if question.always:
            return ALWAYS
        own = [parse_condition(raw["needed"], self.types) for raw in entries if raw.get("needed")]
        return own[0] if own else None

    def when(self, path: str) -> Condition:
        """The condition of a question, with those of the questions that it depends on."""
        if path not in self.conditions:
            parts = [
                parse_condition(raw["when"], self.types)
                for name, raw in self.sheet.entries.items()
                if _below(path, name) and raw.get("when")
            ]
            for part in tuple(parts):
                for fact in facts_named(part):
                    # Whoever was not asked the one is not asked the other.
                    if fact in self.known_paths and fact != path:
                        parts.append(self.when(fact))
            parts += self._standards_condition(path)
            own = tuple(dict.fromkeys(p for p in parts if p != ALWAYS))
            self.conditions[path] = own[0] if len(own) == 1 else Group("all", own)
        return self.conditions[path]

    @property
    def known_paths(self) -> frozenset[str]:
        return frozenset(q.path for q in questions())

    def _standards_condition(self, path: str) -> list[Condition]:
        """What only some standards want to know is asked where one of them may be in play."""
        told = self.told.get(path, set())
        uses = self.uses.get(path, ())
        if self.papers.get(path) or "" in told or not (uses or told):
            return []
        wanting = sorted({use.standard for use in uses} | told)
        if not self.everywhere.isdisjoint(wanting):
            return []
        tests = tuple(Test(f"{IN_PLAY}{name}", "is", True) for name in wanting)
        return [tests[0] if len(tests) == 1 else Group("any", tests)]

    def _needs(self, when: Condition) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for fact in facts_named(when):
            names = ("company.province", "plan.adopt") if fact.startswith(IN_PLAY) else (fact,)
            for name in names:
                found.update(dict.fromkeys(self.sources[name]))
        return tuple(q.path for q in questions() if q.path in found and "[]." not in q.path)

    # Who uses what

    def _paths(self, names: Iterable[str]) -> dict[str, None]:
        """The questions behind facts, placeholders and functions."""
        found: dict[str, None] = {}
        for name in names:
            found.update(dict.fromkeys(self.sources.get(name, ())))
        return found

    def _uses(self) -> dict[str, list[Use]]:
        found: dict[str, dict[str, Use]] = {}
        for standard in self.library.standards:
            for clause in standard.clauses:
                for how, names in self._names_of(clause):
                    for path in self._paths(names):
                        own = found.setdefault(path, {})
                        known = own.get(clause.key)
                        if known is None or MANNERS.index(how) < MANNERS.index(known.how):
                            own[clause.key] = self._use(clause, how)
        return {path: sorted(own.values(), key=self._weight) for path, own in found.items()}

    def _weight(self, use: Use) -> tuple[bool, bool, int]:
        """What comes first: what a verdict rests on, then what binds others than the regulator."""
        return not self._decides(use), use.actor == "regulator", MANNERS.index(use.how)

    def _names_of(self, clause: Clause) -> Iterator[tuple[str, list[str]]]:
        """What a clause looks at: its conditions, the answers to its figures, its words."""
        for condition in (clause.requires, clause.remains):
            if condition is not None:
                how = "relieves" if clause.relaxes else "requires"
                yield how, list(facts_named(condition))
        yield "applies", list(facts_named(clause.applies))
        figures = [self.library.parameters[name].answer for name in clause.params
                   if name in self.library.parameters]  # fmt: skip
        yield "figure", [name for name in figures if name]
        yield "text", placeholders(_clause_text(self.wording, clause))

    def _use(self, clause: Clause, how: str) -> Use:
        name = self.wording.topics.get(clause.topic, {}).get("name", "")
        return Use(
            clause.standard, clause.ref, clause.cited, clause.modality, clause.actor,
            clause.topic, name, how,
        )  # fmt: skip

    def _decides(self, use: Use) -> bool:
        """Whether a verdict rests on the use: a condition that counts, or the relief from one."""
        if use.how == "relieves":
            return True
        clause = self.library.clause(use.key)
        firm = clause.kind in ELIGIBILITY_KINDS and clause.modality not in UNDEMANDING
        return firm and use.how in {"requires", "applies"} and clause.requires is not None

    def _judged(self, use: Use) -> bool:
        """Whether the status of a clause that binds the enterprise rests on the use."""
        clause = self.library.clause(use.key)
        binds = clause.actor != "regulator" and clause.modality not in FREE_MODALITIES
        return binds and use.how != "text"

    def _papers(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for paper in self.library.papers:
            names = set(_paper_names(paper, self.wording.papers.get(paper.id, {})))
            for path in self._paths(names):
                found.setdefault(path, []).append(paper.id)
        return found

    def _findings(self, nothing: Mapping[str, Any]) -> tuple[dict[str, set[str]], set[str]]:
        """By question the standards whose findings use it ("" for any), and what lacks warn of."""
        told: dict[str, set[str]] = {}
        warned: set[str] = set()
        for rule in self.library.findings:
            about = _standards_about(rule, self.library)
            for path in self._paths(facts_named(rule.when)):
                told.setdefault(path, set()).update(about)
                self.codes.setdefault(path, []).append(rule.code)
            if rule.severity in GRAVE:
                for test in _tests(rule.when):
                    if holds(test, nothing):
                        warned.update(self._paths([test.fact]))
        return told, warned


def unit_of(question: Question) -> str:
    """The optional group all of whose answers belong together; empty for most questions."""
    group = question.path.rpartition(".")[0]
    numbers = [q for q in questions() if q.path.rpartition(".")[0] == group]
    whole = all(q.kind == "number" and q.limits is not None for q in numbers)
    return group if "." in group and "[]" not in group and whole else ""


def example_key(question: Question) -> str:
    """Under which key the example of a question stands."""
    return f"{question.path}[0]" if question.entries else question.path


def _nobody(library: Library) -> Case:
    """The case of a company that answered nothing."""
    answers, _ = usable_answers({})
    file = AnswersFile(Path(), answers, frozenset(), {})
    return case_from(file, library.reference, ANY_DAY, {"post": "", "addressees": ""})


def _in_play(library: Library, case: Case) -> frozenset[str]:
    """The standards that are more than background for a company, on some day to come."""
    roles = (standard_role(s, case, library, date.max) for s in library.standards)
    return frozenset(r.standard.id for r in roles if r.role != "background")


def _tests(condition: Condition) -> Iterator[Test]:
    if isinstance(condition, Test):
        yield condition
    elif condition.mode != "not":
        for part in condition.parts:
            yield from _tests(part)


def _standards_about(rule: FindingRule, library: Library) -> set[str]:
    """The standards whose clauses let a rule speak; "" where it speaks anyway."""
    if not rule.topics:
        return {""}
    return {c.standard for s in library.standards for c in s.clauses if c.topic in rule.topics}


def _paper_names(paper: Paper, words: Mapping[str, Any]) -> Iterator[str]:
    """Every fact, placeholder and function that a paper names."""
    yield from facts_named(paper.when)
    for condition in paper.variants.values():
        yield from facts_named(condition)
    for part in all_parts(paper):
        yield from facts_named(part.when)
        if part.lines:
            yield part.lines
        if part.cells:
            yield part.cells
    yield from (spec for spec in paper.rows.values() if isinstance(spec, str))
    if "xlsx" in paper.formats:
        yield f"sheet.{paper.id}"
    if "ics" in paper.formats:
        yield f"calendar.{paper.id}"
    yield from _placeholders_in(words)


def _clause_text(wording: Wording, clause: Clause) -> str:
    """What a paper prints of a clause; empty where it has no words, which another check tells."""
    own = wording.clause_words.get(clause.key)
    return own or str(wording.topics.get(clause.topic, {}).get("text", ""))


def _placeholders_in(words: Any) -> Iterator[str]:
    if isinstance(words, str):
        yield from placeholders(words)
    elif isinstance(words, Mapping):
        for inner in words.values():
            yield from _placeholders_in(inner)
    elif isinstance(words, Sequence):
        for inner in words:
            yield from _placeholders_in(inner)


def sources(sheet: _Sheet, library: Library) -> dict[str, tuple[str, ...]]:
    """For every question, fact, placeholder and function the questions from which it follows."""
    paths = [q.path for q in questions()]
    follows: dict[str, tuple[str, ...]] = {}
    follows |= {f"pack.{p.id}": ("output.documents",) for p in library.papers}
    for paper in library.papers:
        when = facts_named(paper.joins.when) if paper.joins else ()
        follows[f"joined.{paper.id}"] = ("output.documents", *when)
    follows |= {f"{IN_PLAY}{s.id}": ("company.province", "plan.adopt") for s in library.standards}
    follows |= sheet.follows

    def behind(name: str) -> tuple[str, ...]:
        seen, waiting = set(), [name]
        while waiting:
            source = waiting.pop()
            if source not in seen:
                seen.add(source)
                waiting += follows.get(source, ())
        return tuple(path for path in paths if any(_below(path, source) for source in seen))

    return {name: behind(name) for name in (*paths, *FACT_TYPES, *follows)}


# What answers make of it


def known_facts(asking: Asking, answers: Mapping[str, Any]) -> Known:
    """What follows from nested answers by id, which may be incomplete and partly wrong."""
    usable, unanswered = usable_answers(answers)
    file = AnswersFile(Path(), usable, frozenset(given_paths(answers)), {})
    case = case_from(file, asking.library.reference, ANY_DAY, asking.terms)
    facts = dict(case.facts)
    for name in facts:
        if not unanswered.isdisjoint(asking.sources.get(name, ())):
            facts[name] = None
    facts |= _own_facts(case, asking.library, unanswered)
    if facts["appointment.organ"] in {None, "unknown"}:
        facts |= dict.fromkeys(OF_ORGAN)
    return Known(facts, {a.field: a for a in case.assumptions}, unanswered)


def given_paths(answers: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """The paths of all answers in a nested questionnaire; a list is one of them."""
    for name, value in answers.items():
        if isinstance(value, Mapping):
            yield from given_paths(value, f"{prefix}{name}.")
        elif value is not None:
            yield f"{prefix}{name}"


def _own_facts(case: Case, library: Library, unanswered: frozenset[str]) -> dict[str, Any]:
    """The facts that only the asking needs."""
    facts: dict[str, Any] = dict.fromkeys(OWN_FACTS)
    industry = find_industry(library.reference, case.answers.company.industry_code)
    if industry is not None and "company.industry_code" not in unanswered:
        figures = size_indicators(library.reference, industry)
        for name in ("employees", "revenue", "assets"):
            facts[f"company.sized_by_{name}"] = name in figures
        rules = {r.id: r.test for r in library.reference.above_scale.rules}
        ways = {rules.get(name) for name in industry.above_scales}
        for name in ("revenue", "qualification"):
            facts[f"company.scaled_by_{name}"] = name in ways
    lists = {
        "assessment.own_indicators": ("assessment.indicators", case.answers.assessment.indicators),
        "fund.own_items": ("fund.items", case.answers.fund.items),
    }
    for name, (path, entries) in lists.items():
        facts[name] = bool(entries) if entries or path in case.given else None
    in_play = _in_play(library, case)
    for standard in library.standards:
        # Where the company is decides, unless it is in play anyway.
        sure = standard.id in in_play or "company.province" not in unanswered
        facts[f"{IN_PLAY}{standard.id}"] = standard.id in in_play if sure else None
    return facts


def applies(question: Asked, facts: Mapping[str, Any]) -> bool | None:
    """Whether a question is to be asked; None where that is not known yet, and it is asked."""
    return holds(question.when, facts)


def missing(asking: Asking, answers: Mapping[str, Any]) -> list[str]:
    """The questions that must still be answered before the questionnaire can be used."""
    known = known_facts(asking, answers)
    return [
        one.path
        for one in asking.asked
        if one.needed is not None
        and applies(one, known.facts) is not False
        and (one.path in known.open or (not one.question.always and _lacks(one, known.facts)))
    ]


def _lacks(one: Asked, facts: Mapping[str, Any]) -> bool:
    assert one.needed is not None
    return facts.get(one.path) is None and holds(one.needed, facts) is True


# Checks


def asking_problems(
    library: Library, wording: Wording, content: Path = CONTENT
) -> Iterator[Problem]:
    """Everything in the content file that points nowhere, comes too late or can never be."""
    try:
        sheet = read_sheet(content)
    except ContentError as error:
        yield from error.problems
        return
    found = list(_shape_problems(sheet, library))
    yield from found
    if found:
        return
    yield from _source_problems(sheet, library, wording)
    yield from _order_problems(sheet, library, wording)
    yield from _example_problems(wording)


def _told(sheet: _Sheet, key: tuple[str, ...], code: str, **values: object) -> Problem:
    return problem(code, QUESTIONS, line=sheet.file.line(key), **values)


def _shape_problems(sheet: _Sheet, library: Library) -> Iterator[Problem]:
    """Paths that are no question, conditions that cannot be read, questions without a section."""
    paths = [q.path for q in questions()]
    types = fact_types(library)
    for name, takes in sheet.sections:
        for prefix in takes:
            if not any(_below(path, prefix) for path in paths):
                yield _told(sheet, ("sections",), "asking.unknown", name=prefix)
        if not takes:
            yield _told(sheet, ("sections",), "asking.unknown", name=name)
    for path in paths:
        if not _section(sheet, path):
            yield _told(sheet, ("sections",), "asking.no-section", name=path)
    for name, raw in sheet.entries.items():
        if not any(_below(path, name) for path in paths):
            yield _told(sheet, ("asked", name), "asking.unknown", name=name)
        for key in set(raw) - ASKED_KEYS:
            yield _told(sheet, ("asked", name), "asking.unknown", name=f"{name}: {key}")
        for key in ("when", "needed"):
            try:
                parse_condition(raw.get(key), types)
            except ConditionError as error:
                yield _told(sheet, ("asked", name), "content.fault", what=f"{name}: {error}")


def _source_problems(sheet: _Sheet, library: Library, wording: Wording) -> Iterator[Problem]:
    """Names that follow from nothing or go round in circles, and names nobody asks about."""
    paths = {q.path for q in questions()}
    held = {f"{kind}.{p.id}" for p in library.papers for kind in ("pack", "joined")}
    known = {*paths, *sheet.follows, *held}
    groups = {path[:i] for path in paths for i, c in enumerate(path) if c in ".["}
    for name, follows in sheet.follows.items():
        for source in follows:
            if source not in known | groups:
                yield _told(sheet, ("follows", name), "asking.unknown", name=source)
            if name in _behind(sheet, source) and source != name:
                yield _told(sheet, ("follows", name), "asking.circle", name=name)
    wanted = {*FACT_TYPES, *OWN_FACTS}
    for paper in library.papers:
        wanted |= set(_paper_names(paper, wording.papers.get(paper.id, {})))
    for standard in library.standards:
        for clause in standard.clauses:
            wanted |= set(placeholders(_clause_text(wording, clause)))
    for name in sorted(wanted - known - COMPOSED):
        yield _told(sheet, ("follows",), "asking.no-source", name=name)
    for name in sheet.follows:
        if name not in wanted | held:
            yield _told(sheet, ("follows", name), "asking.idle", name=name)


def _behind(sheet: _Sheet, name: str) -> set[str]:
    """A name and everything that it follows from."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        source = waiting.pop()
        if source not in seen:
            seen.add(source)
            waiting += sheet.follows.get(source, ())
    return seen


def _order_problems(sheet: _Sheet, library: Library, wording: Wording) -> Iterator[Problem]:
    """Conditions over later questions, conditions that cannot hold, required ones that hide."""
    types = fact_types(library)
    places: dict[str, int] = {}
    for one in open_asking(library, wording, sheet).asked:
        for name in one.needs:
            if name not in places:
                yield _told(sheet, ("asked", one.path), "asking.later", name=one.path, source=name)
        places[one.path] = len(places)
        if not possible(one.when, types):
            yield _told(sheet, ("asked", one.path), "asking.never", name=one.path)
        if one.question.always and one.when != ALWAYS:
            yield _told(sheet, ("asked", one.path), "asking.hidden", name=one.path)
        if one.needed is not None:
            lost = Group("all", (one.needed, Group("not", (one.when,))))
            if possible(lost, types):
                yield _told(sheet, ("asked", one.path), "asking.hidden", name=one.path)


def possible(condition: Condition, types: Mapping[str, FactType]) -> bool:
    """Whether a condition can hold at all, each fact taken by itself."""
    facts = dict.fromkeys(facts_named(condition))
    tests: dict[str, list[Any]] = {name: [None] for name in facts}
    for name in facts:
        kind = types[name]
        if kind.kind == "yes-no":
            tests[name] += [True, False]
        elif kind.kind == "choice":
            tests[name] += [*kind.options, *kind.apart]
        else:
            tests[name] += _around(condition, name)
    return any(
        holds(condition, dict(zip(facts, values, strict=True)))
        for values in product(*tests.values())
    )


def _around(condition: Condition, name: str) -> list[Any]:
    """The figures and words that decide the tests of one fact: those named, and beside them."""
    if isinstance(condition, Group):
        return [value for part in condition.parts for value in _around(part, name)]
    if condition.fact != name or condition.operator == "known":
        return []
    wanted = condition.wanted
    named = list(wanted) if isinstance(wanted, tuple) else [wanted]
    beside = [v + step for v in named if not isinstance(v, str) for step in (-1, 1)]
    return [*named, *beside, *([""] if isinstance(named[0], str) else [])]


def _example_problems(wording: Wording) -> Iterator[Problem]:
    """Questions that are answered in one's own words, and no example shows how."""
    examples = wording.forms["examples"]
    for question in questions():
        if question.kind in {"text", "number", "date"} and not examples.get(example_key(question)):
            what = f"examples.{example_key(question)}"
            yield problem("content.no-words", "forms.yaml", what=what)

"""Facts and library in, plan out: every clause decided, with reasons, findings and questions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from cqo_docs.answers import Answers
from cqo_docs.conditions import Outcome, evaluate
from cqo_docs.facts import Assumption, Case
from cqo_docs.library import (
    NATIONWIDE,
    Clause,
    Library,
    Paper,
    Parameter,
    Part,
    Standard,
    matching_topics,
)

# Every code that a plan may carry, so that a check can ask for its words.
FINDING_CODES = (
    "appointment.barred", "eligibility.fail", "eligibility.fail-training",
    "eligibility.fail-continuing", "eligibility.unknown", "eligibility.relaxed",
    "eligibility.relaxed-no-reason", "clause.not-met", "clause.unanswered", "conflict.strictest",
    "conflict.open", "conflict.question", "conflict.chosen", "conflict.one-person",
    "conflict.modality", "standards.no-basis", "standards.second-hand",
    "standards.later-than-decision",
)  # fmt: skip
REASON_CODES = (
    "role.not-yet", "role.adopted-textbook", "role.adopted-draft", "role.listed-textbook",
    "role.listed-draft", "role.adopted-elsewhere", "role.elsewhere", "role.second-hand",
    "role.region-opinion", "role.adopted-recommended", "role.region-recommended",
    "role.region-pilot", "paper.default", "paper.wanted", "clause.not-applicable",
    "clause.applies-unknown", "clause.history", "clause.regulator", "clause.relief-used",
    "clause.relief-unused", "clause.remains", "clause.met", "clause.met-by-relief",
    "clause.not-met", "clause.free-unused", "clause.free-unanswered", "clause.unanswered",
    "clause.covered", "clause.free", "clause.informing", "clause.to-do",
    "clause.chosen-otherwise", "clause.choose",
)  # fmt: skip
STATUSES = (
    "covered", "met", "not_met", "optional", "not_applicable", "action", "information",
)  # fmt: skip
# What such clauses say is to be known, not to be written into a paper.
INFORMING_KINDS = frozenset({"definition", "principle", "coverage"})
ELIGIBILITY_KINDS = frozenset({"eligibility", "disqualification"})
# A wish or a permission that stays unused is no shortfall.
FREE_MODALITIES = frozenset({"may", "encourage"})
# What alone keeps a candidate out has a cure of its own.
CURES = {
    "candidate.training": "eligibility.fail-training",
    "candidate.continuing_education": "eligibility.fail-continuing",
}
STRENGTH = {
    m: i for i, m in enumerate(("shall_not", "shall", "should", "statement", "may", "encourage"))
}
ROLE_ORDER = {"basis": 0, "reference": 1, "background": 2}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was decided: a code, its values, and the tests that decided it."""

    code: str
    values: Mapping[str, Any] = ()  # type: ignore[assignment]
    outcomes: tuple[Outcome, ...] = ()


@dataclass(frozen=True, slots=True)
class StandardRole:
    """What one standard is for this company."""

    standard: Standard
    role: str
    reason: Reason
    adopted: bool = False

    @property
    def decisive(self) -> bool:
        """Whether its verdict counts: a basis, or what the enterprise chose to follow."""
        return self.role == "basis" or (self.adopted and self.role == "reference")


@dataclass(frozen=True, slots=True)
class PlannedBlock:
    """One paragraph of a paper before it has words."""

    paper: str
    flow: str
    part: str
    style: str
    topic: str = ""
    clauses: tuple[Clause, ...] = ()
    lead: Clause | None = None
    modality: str = ""
    origin: str = "paper"
    standard: str = ""  # where every standard has a paragraph of its own

    @property
    def id(self) -> str:
        """The address of the paragraph: paper/part[/topic][@standard]."""
        tail = f"/{self.topic}" if self.topic else ""
        whose = f"@{self.standard}" if self.standard else ""
        return f"{self.paper}/{self.part}{tail}{whose}"


@dataclass(frozen=True, slots=True)
class PlannedPaper:
    """One paper of the pack with its paragraphs in order."""

    paper: Paper
    reason: Reason
    blocks: tuple[PlannedBlock, ...]


@dataclass(frozen=True, slots=True)
class ClauseDecision:
    """One clause with its one status."""

    clause: Clause
    status: str
    reason: Reason
    papers: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EligibilityVerdict:
    """What one standard says of the candidate; the tests of each clause give the reasons."""

    standard: Standard
    verdict: str
    failed: tuple[tuple[Clause, Outcome], ...]
    missing: tuple[tuple[Clause, Outcome], ...]
    relaxed_by: Clause | None
    tests: tuple[tuple[Clause, Outcome], ...]


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one clause says of one parameter."""

    clause: Clause
    value: Any


@dataclass(frozen=True, slots=True)
class Reconciled:
    """One parameter settled: winner None means that the enterprise decides or has to."""

    parameter: Parameter
    value: Any
    winner: Contribution | None
    losers: tuple[Contribution, ...]
    conflict: bool
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A gap, conflict, warning or note with the clauses it rests on."""

    code: str
    severity: str
    values: Mapping[str, Any]
    clauses: tuple[Clause, ...] = ()
    outcomes: tuple[Outcome, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything decided for one company; a pure function of case, library and date."""

    as_of: date
    case: Case
    standards: tuple[StandardRole, ...]
    clauses: tuple[ClauseDecision, ...]
    eligibility: tuple[EligibilityVerdict, ...]
    reconciled: tuple[Reconciled, ...]
    papers: tuple[PlannedPaper, ...]
    findings: tuple[Finding, ...]
    assumptions: tuple[Assumption, ...]

    @property
    def barred(self) -> bool:
        """Whether a declared bar forbids the appointment."""
        return any(f.code == "appointment.barred" for f in self.findings)

    @property
    def verdict(self) -> str:
        """The worst verdict of the decisive standards, or of all in play where none decides."""
        decisive = {r.standard.id for r in self.standards if r.decisive}
        have = {v.verdict for v in self.eligibility if v.standard.id in decisive}
        have = have or {v.verdict for v in self.eligibility}
        return next((v for v in ("fail", "unknown", "relaxed", "pass") if v in have), "none")

    def counts(self, standard_id: str = "") -> dict[str, int]:
        """How many clauses have each status, for one standard or for all in play."""
        chosen = [d for d in self.clauses if standard_id in {"", d.clause.standard}]
        return {status: sum(d.status == status for d in chosen) for status in STATUSES}


def adoption_problems(answers: Answers, library: Library) -> Iterator[tuple[int, str]]:
    """The positions and names in `plan.adopt` that mean no standard."""
    for i, name in enumerate(answers.plan.adopt):
        if library.find_standard(name) is None:
            yield i, name


def unknown_papers(answers: Answers, library: Library) -> Iterator[tuple[int, str]]:
    """The positions and names in `output.documents` that mean no paper."""
    known = {p.id for p in library.papers}
    for i, name in enumerate(answers.output.documents):
        if name not in known:
            yield i, name


def make_plan(case: Case, library: Library, as_of: date) -> Plan:
    """The plan for one company. The order of files and of clauses never changes it."""
    roles = tuple(_role(s, case, library, as_of) for s in library.standards)
    in_play = [r for r in roles if r.role != "background"]
    ranked = sorted(in_play, key=lambda r: (ROLE_ORDER[r.role], r.standard.id))
    clauses = [c for r in ranked for c in r.standard.clauses]
    chosen = _chosen_papers(case, library)
    facts = {**case.facts, **_pack_facts(case, library, chosen)}
    applies = {c.key: evaluate(c.applies, facts) for c in clauses}
    live = [c for c in clauses if applies[c.key].verdict is not False]
    facts |= _standard_facts(ranked, live, case, library)
    reconciled = tuple(_reconcile(p, live, case) for p in library.parameters.values())
    settled = tuple(r for r in reconciled if r is not None)
    # What is put together has no winner: there the strictest modality leads.
    leads = {
        r.parameter.id: r.winner.clause for r in settled if r.winner and r.parameter.rule != "union"
    }
    shown = [c for c in live if applies[c.key].verdict and not _contradicted(c, facts)]
    own_rule = case.answers.plan.recommendations == "own-rule"
    role_of = {r.standard.id: r.role for r in ranked}
    papers = tuple(
        PlannedPaper(paper, reason, _blocks(paper, facts, shown, library, leads, role_of, own_rule))
        for paper, reason in chosen
    )
    places = _places(papers)
    verdicts = tuple(_verdict(r.standard, facts, applies) for r in ranked)
    eligibility = tuple(v for v in verdicts if v is not None)
    relaxed = {v.standard.id: v.relaxed_by for v in eligibility if v.verdict == "relaxed"}
    decisions = tuple(
        _decide(c, facts, applies[c.key], places.get(c.key, ()), relaxed, as_of, settled)
        for c in clauses
    )
    plan = Plan(
        as_of=as_of,
        case=case,
        standards=tuple(sorted(roles, key=lambda r: (ROLE_ORDER[r.role], r.standard.id))),
        clauses=decisions,
        eligibility=eligibility,
        reconciled=settled,
        papers=papers,
        findings=(),
        assumptions=(*case.assumptions, *_united_departments(case, settled)),
    )
    return replace(plan, findings=_findings(plan, library, facts))


def _contradicted(clause: Clause, facts: Mapping[str, Any]) -> bool:
    """Whether a paper would state of the post what is not so; the clause is not met then."""
    if clause.kind != "position" or clause.requires is None:
        return False
    return evaluate(clause.requires, facts).verdict is False


def _role(standard: Standard, case: Case, library: Library, as_of: date) -> StandardRole:
    """Basis, reference or background, as force, region, dates and adoption say."""
    adopted = any(library.find_standard(n) is standard for n in case.answers.plan.adopt)
    region = standard.region in {NATIONWIDE, case.answers.company.province}
    start = standard.effective or standard.published
    readable = standard.confidence in {"full", "partial"}

    def result(role: str, code: str) -> StandardRole:
        return StandardRole(standard, role, Reason(f"role.{code}", {"start": start}), adopted)

    if start and as_of < date.fromisoformat(start):
        return result("background", "not-yet")
    if standard.force in {"textbook", "draft"}:
        return (
            result("reference", f"adopted-{standard.force}")
            if adopted
            else (result("background", f"listed-{standard.force}"))
        )
    if not region:
        return (
            result("reference", "adopted-elsewhere")
            if adopted
            else (result("background", "elsewhere"))
        )
    if not readable:
        return result("reference", "region-pilot" if standard.force == "pilot" else "second-hand")
    if standard.force == "opinion":
        return result("basis", "region-opinion")
    if standard.force == "recommended" and adopted:
        return result("basis", "adopted-recommended")
    return result("reference", f"region-{standard.force}")


def _chosen_papers(case: Case, library: Library) -> tuple[tuple[Paper, Reason], ...]:
    """The papers of the pack with the reason for each."""
    wanted = case.answers.output.documents
    if wanted:
        reason = Reason("paper.wanted")
        return tuple((p, reason) for p in library.papers if p.id in wanted)
    result = []
    for paper in library.papers:
        outcome = evaluate(paper.when, case.facts)
        if outcome.verdict:
            result.append((paper, Reason("paper.default", {}, tuple(outcome.deciding()))))
    return tuple(result)


def _pack_facts(
    case: Case, library: Library, chosen: Sequence[tuple[Paper, Reason]]
) -> dict[str, Any]:
    """Which papers the pack holds; a paper in which one empowers himself is no authorization."""
    have = {paper.id for paper, _ in chosen}
    facts: dict[str, Any] = {f"pack.{p.id}": p.id in have for p in library.papers}
    if case.facts["appointment.same_as_legal_representative"]:
        facts["pack.authorization"] = False
    return facts


def _standard_facts(
    ranked: Sequence[StandardRole], live: Sequence[Clause], case: Case, library: Library
) -> dict[str, Any]:
    """What the standards in play let a paper say: 依据, 参照, and whether they know a fund."""
    roles = {r.standard.id: r.role for r in ranked}
    fund = {roles[c.standard] for c in live if c.topic == "fund.establish"}
    return {
        "standards.basis": "basis" in roles.values(),
        "standards.reference": "reference" in roles.values(),
        "standards.fund-basis": "basis" in fund,
        "standards.fund-reference": "reference" in fund,
        "fund.over_training_cap": over_training_cap(case, library),
    }


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


def _contributions(parameter: Parameter, clauses: Iterable[Clause]) -> tuple[Contribution, ...]:
    return tuple(
        Contribution(c, c.params[parameter.id])
        for c in clauses
        if parameter.id in c.params and c.actor != "regulator"
    )


def _reconcile(parameter: Parameter, clauses: Sequence[Clause], case: Case) -> Reconciled | None:
    """One parameter over all clauses that set it, None where none does."""
    found = _contributions(parameter, clauses)
    if not found:
        return None
    if parameter.rule == "union":
        united = tuple(v for v in parameter.order if any(v in c.value for c in found))
        return Reconciled(parameter, united, found[0], found[1:], conflict=False)
    differ = len({c.value for c in found}) > 1
    if parameter.rule == "unordered":
        return _unordered(parameter, found, differ, case)
    if differ and case.answers.plan.policy == "ask":
        return Reconciled(parameter, None, None, found, conflict=True)
    rank = parameter.order.index
    best = (max if parameter.rule == "highest" else min)(rank(c.value) for c in found)
    winner = next(c for c in found if rank(c.value) == best)
    losers = tuple(c for c in found if c.value != winner.value)
    return Reconciled(parameter, winner.value, winner, losers, conflict=differ)


def _united_departments(case: Case, settled: Sequence[Reconciled]) -> Iterator[Assumption]:
    """The departments that the standards put under the officer, where the firm named none."""
    for item in settled:
        if item.parameter.id == "departments" and not case.answers.company.departments:
            yield Assumption("company.departments", item.value, "from-standards")


def _unordered(
    parameter: Parameter, found: tuple[Contribution, ...], differ: bool, case: Case
) -> Reconciled:
    """A figure without an order: agreement wins, a difference is the enterprise's to settle."""
    answer = case.facts.get(parameter.answer)
    accepts = parameter.accepts or {}
    chosen = parameter.answer in case.given
    agreeing = tuple(c for c in found if answer in accepts.get(c.value, ()))
    if not differ and agreeing:
        return Reconciled(parameter, found[0].value, found[0], (), conflict=False, chosen=chosen)
    if not chosen:
        return Reconciled(parameter, answer, None, found, conflict=True)
    losers = tuple(c for c in found if c not in agreeing)
    winner = agreeing[0] if agreeing else None
    return Reconciled(parameter, answer, winner, losers or found, conflict=True, chosen=True)


def _blocks(
    paper: Paper,
    facts: Mapping[str, Any],
    clauses: Sequence[Clause],
    library: Library,
    leads: Mapping[str, Clause],
    roles: Mapping[str, str],
    own_rule: bool,
) -> tuple[PlannedBlock, ...]:
    """The paragraphs of a paper: its parts that apply, its topics that have a clause in play."""
    by_topic: dict[str, list[Clause]] = {}
    for clause in clauses:
        if clause.actor != "regulator":
            by_topic.setdefault(clause.topic, []).append(clause)
    said_by: dict[str, list[Clause]] = {}
    for clause in clauses:
        for name in clause.also:
            # What the leading words of another paragraph say too is not printed twice.
            winner = leads.get(library.topics[clause.topic].parameter)
            if name in by_topic and _lead(by_topic[clause.topic], winner, roles) is clause:
                said_by.setdefault(clause.topic, []).extend(by_topic.pop(name))

    def block(flow: str, part: Part, **values: Any) -> PlannedBlock:
        return PlannedBlock(paper.id, flow, part.id, part.style, origin=part.origin, **values)

    def covering(part: Part) -> tuple[Clause, ...]:
        names = [n for p in part.covers for n in matching_topics(library.topics, p)]
        return tuple(c for n in names for c in by_topic.get(n, ()))

    def topic_blocks(flow: str, part: Part) -> Iterator[PlannedBlock]:
        names = [n for p in part.topics for n in matching_topics(library.topics, p)]
        names = [n for n in dict.fromkeys(names) if n in by_topic]
        hosts = {n: _host(n, names, library) for n in names}
        for name in names:
            if hosts[name] != name:
                continue
            guests = [n for n in names if hosts[n] == name and n != name]
            topic = library.topics[name]
            own = by_topic[name]
            groups = _per_standard(own) if topic.each_standard else [own]
            for group in groups:
                lead = _lead(group, leads.get(topic.parameter), roles)
                extra = [c for n in guests for c in by_topic[n]] + said_by.get(name, [])
                extra = extra if group is groups[0] else []
                hardened = own_rule and lead.modality == "should"
                yield block(
                    flow, part, topic=name, clauses=(*group, *extra), lead=lead,
                    modality="shall" if hardened else lead.modality,
                    standard=lead.standard if topic.each_standard else "",
                )  # fmt: skip

    def walk(flow: str, parts: Sequence[Part]) -> Iterator[PlannedBlock]:
        for part in parts:
            if not evaluate(part.when, facts).verdict:
                continue
            if part.parts:
                inner = list(walk(flow, part.parts))
                leads_only = {p.id for p in part.parts if p.place}
                if any(b.part not in leads_only for b in inner):
                    yield block(flow, part)
                    yield from _without_idle_leads(_without_lone_heading(inner, part), part.parts)
            elif part.topics:
                yield from topic_blocks(flow, part)
            else:
                yield block(flow, part, clauses=covering(part))

    return tuple(b for flow, parts in paper.flows.items() for b in walk(flow, parts))


def _lead(group: Sequence[Clause], winner: Clause | None, roles: Mapping[str, str]) -> Clause:
    """The clause whose words and modality a paragraph takes.

    That is the winner of its parameter, or else the strictest clause of the weightiest role: a
    mere reference does not harden what a basis says. `group` is in the order of roles.
    """
    if winner is not None and winner in group:
        return winner
    first = [c for c in group if roles[c.standard] == roles[group[0].standard]]
    return min(first, key=lambda c: STRENGTH[c.modality])


def _without_lone_heading(blocks: list[PlannedBlock], section: Part) -> list[PlannedBlock]:
    """The blocks of a section without the heading of its only subsection: （一） wants a （二）."""
    headings = [p.id for p in section.parts if p.parts]
    used = [b for b in blocks if b.part in headings]
    others = [p.id for p in section.parts if not p.parts]
    if len(used) == 1 and not any(b.part in others for b in blocks):
        return [b for b in blocks if b is not used[0]]
    return blocks


def _without_idle_leads(
    blocks: Sequence[PlannedBlock], parts: Sequence[Part]
) -> Iterator[PlannedBlock]:
    """The blocks without lead-in sentences that would lead into nothing."""
    leads = {p.id for p in parts if p.place == "lead"}
    for block, following in zip(blocks, (*blocks[1:], None), strict=True):
        if block.part in leads and (following is None or following.part in leads):
            continue
        yield block


def _host(name: str, names: Sequence[str], library: Library) -> str:
    """The topic in whose paragraph this one is said: itself, or one that contains it."""
    for host in library.topics[name].within:
        if host in names:
            return _host(host, names, library)
    return name


def _per_standard(clauses: Sequence[Clause]) -> list[list[Clause]]:
    groups: dict[str, list[Clause]] = {}
    for clause in clauses:
        groups.setdefault(clause.standard, []).append(clause)
    return list(groups.values())


def _places(papers: Iterable[PlannedPaper]) -> dict[str, tuple[tuple[str, str], ...]]:
    """For each clause the papers and paragraphs that show it."""
    found: dict[str, list[tuple[str, str]]] = {}
    for planned in papers:
        for block in planned.blocks:
            for clause in block.clauses:
                found.setdefault(clause.key, []).append((planned.paper.id, block.id))
    return {key: tuple(dict.fromkeys(value)) for key, value in found.items()}


def _verdict(
    standard: Standard, facts: Mapping[str, Any], applies: Mapping[str, Outcome]
) -> EligibilityVerdict | None:
    """What one standard says of the candidate; None where it sets no condition."""
    tests = [
        (c, evaluate(c.requires, facts))
        for c in standard.clauses
        if c.kind in ELIGIBILITY_KINDS
        and c.requires is not None
        and not c.relaxes
        and c.modality not in FREE_MODALITIES | {"should"}
        and applies[c.key].verdict is not False
    ]
    if not tests:
        return None
    reliefs = {
        c.relaxes: c
        for c in standard.clauses
        if c.relaxes and c.requires and evaluate(c.requires, facts).verdict
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


def _decide(
    clause: Clause,
    facts: Mapping[str, Any],
    applies: Outcome,
    places: Sequence[tuple[str, str]],
    relaxed: Mapping[str, Clause | None],
    as_of: date,
    settled: Sequence[Reconciled],
) -> ClauseDecision:
    """The one status of a clause, with its reason."""
    papers = tuple(dict.fromkeys(paper for paper, _ in places))
    blocks = tuple(block for _, block in places)

    def result(status: str, code: str, *outcomes: Outcome, **values: Any) -> ClauseDecision:
        reason = Reason(f"clause.{code}", values, outcomes)
        return ClauseDecision(clause, status, reason, papers, blocks)

    if applies.verdict is False:
        return result("not_applicable", "not-applicable", *applies.deciding())
    if applies.verdict is None and clause.actor != "regulator":
        return result("action", "applies-unknown", *applies.deciding())
    year = clause.params.get("year")
    if year and as_of.year > int(year):
        return result("information", "history", year=year)
    if clause.actor == "regulator":
        return result("information", "regulator")
    other = _settled_otherwise(clause, settled, facts)
    if other is not None:
        chosen = {"chosen": other.value, "parameter": other.parameter.id}
        if other.chosen:
            return result("not_met", "chosen-otherwise", **chosen)
        return result("action", "choose", **chosen)
    free = clause.modality in FREE_MODALITIES
    if clause.requires is not None:
        outcome = evaluate(clause.requires, facts)
        deciding = tuple(outcome.deciding())
        if clause.relaxes:
            used = relaxed.get(clause.standard) is clause
            return (
                result("met", "relief-used", *deciding)
                if used
                else (result("optional", "relief-unused"))
            )
        if outcome.verdict is True:
            if clause.remains is not None and evaluate(clause.remains, facts).verdict:
                return result("action", "remains", *deciding)
            return result("met", "met", *deciding)
        if outcome.verdict is False:
            relief = relaxed.get(clause.standard)
            if relief is not None and relief.relaxes == clause.ref:
                return result("met", "met-by-relief", *deciding, ref=relief.cited)
            return (
                result("optional", "free-unused", *deciding)
                if free
                else (result("not_met", "not-met", *deciding, modality=clause.modality))
            )
        return (
            result("optional", "free-unanswered", *deciding)
            if free
            else (result("action", "unanswered", *deciding))
        )
    if blocks:
        return result("covered", "covered")
    if free:
        return result("optional", "free")
    if clause.kind in INFORMING_KINDS:
        return result("information", "informing")
    return result("action", "to-do", topic=clause.topic)


def _settled_otherwise(
    clause: Clause, settled: Sequence[Reconciled], facts: Mapping[str, Any]
) -> Reconciled | None:
    """The unordered figure that this clause sets and the enterprise's answer does not keep."""
    for item in settled:
        parameter = item.parameter
        if parameter.rule != "unordered" or parameter.id not in clause.params:
            continue
        # One person who is both signs or hears in either capacity.
        if facts.get("company.one_head") and parameter.id != "departments":
            continue
        accepted = (parameter.accepts or {}).get(clause.params[parameter.id], ())
        answer = facts.get(parameter.answer)
        if answer is not None and answer not in accepted:
            return replace(item, value=answer)
    return None


def _findings(plan: Plan, library: Library, facts: Mapping[str, Any]) -> tuple[Finding, ...]:
    """All findings, the gravest first; each source is one function below."""
    sources: tuple[Callable[[Plan, Library, Mapping[str, Any]], Iterator[Finding]], ...] = (
        _bar_findings,
        _eligibility_findings,
        _clause_findings,
        _conflict_findings,
        _modality_findings,
        _rule_findings,
        _role_findings,
    )
    found = [f for source in sources for f in source(plan, library, facts)]
    order = {"gap": 0, "conflict": 1, "warning": 2, "note": 3}
    first = {"appointment.barred": 0, "eligibility.fail": 1, "eligibility.unknown": 2}
    return tuple(
        sorted(
            found,
            key=lambda f: (first.get(f.code, 9) if f.severity == "gap" else 9, order[f.severity]),
        )
    )


def _bar_findings(plan: Plan, _: Library, facts: Mapping[str, Any]) -> Iterator[Finding]:
    """A declared bar forbids the appointment under every standard that names it."""
    for decision in plan.clauses:
        if decision.clause.kind == "disqualification" and decision.status == "not_met":
            yield Finding(
                "appointment.barred", "gap",
                {"standard": decision.clause.standard, "ref": decision.clause.cited},
                (decision.clause,), decision.reason.outcomes,
            )  # fmt: skip


def _eligibility_findings(plan: Plan, _: Library, facts: Mapping[str, Any]) -> Iterator[Finding]:
    roles = {r.standard.id: r for r in plan.standards}
    for verdict in plan.eligibility:
        values = {"standard": verdict.standard.id, "role": roles[verdict.standard.id].role}
        severity = "gap" if roles[verdict.standard.id].decisive else "warning"
        if verdict.verdict == "fail":
            # A bar has a finding of its own, with another remedy.
            failed = [(c, o) for c, o in verdict.failed if c.kind != "disqualification"]
            clauses = tuple(c for c, _ in failed)
            outcomes = tuple(leaf for _, o in failed for leaf in o.deciding())
            lacking = {getattr(leaf.condition, "fact", "") for leaf in outcomes}
            lacking -= {"appointment.kind"}  # no lack of the candidate's
            code = CURES.get(next(iter(lacking)) if len(lacking) == 1 else "", "eligibility.fail")
            if failed:
                yield Finding(code, severity, values, clauses, outcomes)
        elif verdict.verdict == "unknown":
            clauses = tuple(c for c, _ in verdict.missing)
            outcomes = tuple(leaf for _, o in verdict.missing for leaf in o.deciding())
            yield Finding("eligibility.unknown", severity, values, clauses, outcomes)
        elif verdict.verdict == "relaxed" and verdict.relaxed_by:
            reason = plan.case.answers.candidate.relaxation_reason
            code = "eligibility.relaxed" if reason else "eligibility.relaxed-no-reason"
            clauses = (*(c for c, _ in verdict.failed), verdict.relaxed_by)
            told = "note" if reason else "warning"
            yield Finding(code, told, {**values, "reason": reason or ""}, clauses)


def _clause_findings(plan: Plan, _: Library, facts: Mapping[str, Any]) -> Iterator[Finding]:
    """Clauses that are not met or cannot be judged, other than the officer's eligibility."""
    decisive = {c.key for v in plan.eligibility for c, _ in v.tests}
    for decision in plan.clauses:
        clause = decision.clause
        if clause.key in decisive:
            continue
        values = {"standard": clause.standard, "ref": clause.cited, "topic": clause.topic}
        outcomes = decision.reason.outcomes
        if decision.reason.code in {"clause.chosen-otherwise", "clause.choose"}:
            continue  # the conflict is a finding of its own
        if decision.status == "not_met":
            severity = "gap" if clause.modality in {"shall", "shall_not"} else "warning"
            yield Finding("clause.not-met", severity, values, (clause,), outcomes)
        elif decision.reason.code in {"clause.applies-unknown", "clause.unanswered"}:
            yield Finding("clause.unanswered", "warning", values, (clause,), outcomes)


def _conflict_findings(plan: Plan, _: Library, facts: Mapping[str, Any]) -> Iterator[Finding]:
    """Standards that disagree on one figure: settled and named, or left as a question."""
    for settled in plan.reconciled:
        if not settled.conflict:
            continue
        parts = (settled.winner, *settled.losers) if settled.winner else settled.losers
        clauses = tuple(c.clause for c in parts)
        values = {"parameter": settled.parameter.id, "settled": settled}
        if settled.parameter.rule == "unordered":
            if facts.get("company.one_head") and settled.parameter.id == "appointer":
                code, severity = "conflict.one-person", "note"
            elif settled.chosen:
                code, severity = "conflict.chosen", "conflict"
            else:
                code, severity = "conflict.question", "conflict"
        else:
            code = "conflict.strictest" if settled.winner else "conflict.open"
            severity = "conflict"
        yield Finding(code, severity, values, clauses)


def _modality_findings(plan: Plan, _: Library, facts: Mapping[str, Any]) -> Iterator[Finding]:
    """Topics on which the standards speak with different strength: the strictest is printed."""
    groups: dict[str, list[Clause]] = {}
    for planned in plan.papers:
        for block in planned.blocks:
            if block.lead:
                # A statement has no strength to compare.
                same = [
                    c for c in block.clauses if c.topic == block.topic and c.modality != "statement"
                ]
                if len({c.modality for c in same}) > 1:
                    groups.setdefault(block.topic, [block.lead, *same])
    for topic, clauses in groups.items():
        lead, unique = clauses[0], {c.key: c for c in clauses[1:]}.values()
        weaker = tuple(c for c in unique if c.modality != lead.modality)
        values = {"topic": topic, "modality": lead.modality, "said": (lead, weaker)}
        yield Finding("conflict.modality", "conflict", values, (lead, *weaker))


def _rule_findings(plan: Plan, library: Library, facts: Mapping[str, Any]) -> Iterator[Finding]:
    """Findings that content describes: facts that hold, topics that are in play."""
    for rule in library.findings:
        outcome = evaluate(rule.when, facts)
        clauses = tuple(
            d.clause
            for d in plan.clauses
            if d.clause.topic in rule.topics and d.status != "not_applicable"
        )
        if outcome.verdict and (clauses or not rule.topics):
            yield Finding(rule.code, rule.severity, {}, clauses, tuple(outcome.deciding()))


def _role_findings(plan: Plan, _: Library, facts: Mapping[str, Any]) -> Iterator[Finding]:
    """What must be known of the standards themselves."""
    if not any(r.role == "basis" for r in plan.standards):
        yield Finding("standards.no-basis", "note", {})
    for role in plan.standards:
        if role.role != "background" and role.standard.confidence not in {"full", "partial"}:
            yield Finding("standards.second-hand", "note", {"standard": role.standard.id})
        start = role.standard.effective or role.standard.published
        decided = plan.case.answers.appointment.decision_date
        if role.role != "background" and start and decided and decided < date.fromisoformat(start):
            values = {"standard": role.standard.id}
            yield Finding("standards.later-than-decision", "warning", values)

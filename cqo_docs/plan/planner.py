"""Facts and library in, plan out: every clause decided, with reasons, findings and questions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from itertools import chain, zip_longest
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from cqo_docs.answers.model import Answers
from cqo_docs.facts.case import Assumption, Case
from cqo_docs.facts.conditions import ALWAYS, Outcome, evaluate, holds
from cqo_docs.library.reading import NATIONWIDE, Clause, Library, Paper, Parameter, Part, Standard

T = TypeVar("T")

# So many kinds of companies are remembered: what follows from the clauses in play and the
# conditions of a paper is worked out once for all that are alike in them.
MOST_KEPT = 256
# What a whole pack shows of the clauses is large, and few packs are alike in it.
MOST_SHOWN = 32
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
UNDEMANDING = FREE_MODALITIES | {"should"}
# What alone keeps a candidate out has a cure of its own.
CURES = {
    "candidate.training": "eligibility.fail-training",
    "candidate.continuing_education": "eligibility.fail-continuing",
}
STRENGTH = {
    m: i for i, m in enumerate(("shall_not", "shall", "should", "statement", "may", "encourage"))
}
ROLE_ORDER = {"basis": 0, "reference": 1, "background": 2}
# The ids of the papers and of the paragraphs that show a clause.
Places = tuple[tuple[str, ...], tuple[str, ...]]
NOWHERE: Places = ((), ())


# Named tuples: a frozen dataclass takes ten times as long to declare and thrice to make, and a
# plan has hundreds.
class Reason(NamedTuple):
    """Why something was decided: a code, its values, and the tests that decided it."""

    code: str
    values: Mapping[str, Any] = MappingProxyType({})
    outcomes: tuple[Outcome, ...] = ()


class StandardRole(NamedTuple):
    """What one standard is for this company."""

    standard: Standard
    role: str
    reason: Reason
    adopted: bool = False

    @property
    def decisive(self) -> bool:
        """Whether its verdict counts: a basis, or what the enterprise chose to follow."""
        return self.role == "basis" or (self.adopted and self.role == "reference")


class PlannedBlock(NamedTuple):
    """A paragraph before it has words; its id is paper/part[/topic[@standard[#ref]]]."""

    id: str
    paper: str
    flow: str
    part: str
    style: str
    topic: str = ""
    clauses: tuple[Clause, ...] = ()
    lead: Clause | None = None
    modality: str = ""
    origin: str = "paper"


class Shared(NamedTuple):
    """The file that several papers share: their ids in its order, and its template."""

    papers: tuple[str, ...]
    template: str


class PlannedPaper(NamedTuple):
    """One paper of the pack with its paragraphs in order, and the variants of its words."""

    paper: Paper
    reason: Reason
    blocks: tuple[PlannedBlock, ...]
    variants: tuple[str, ...] = ()
    shared: Shared | None = None

    @property
    def template(self) -> str:
        """The template of its file."""
        return self.shared.template if self.shared else self.paper.template


class ClauseDecision(NamedTuple):
    """One clause with its one status."""

    clause: Clause
    status: str
    reason: Reason
    papers: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()


class EligibilityVerdict(NamedTuple):
    """What one standard says of the candidate; the tests of each clause give the reasons."""

    standard: Standard
    verdict: str
    failed: tuple[tuple[Clause, Outcome], ...]
    missing: tuple[tuple[Clause, Outcome], ...]
    relaxed_by: Clause | None
    tests: tuple[tuple[Clause, Outcome], ...]


class Contribution(NamedTuple):
    """What one clause says of one parameter."""

    clause: Clause
    value: Any


class Reconciled(NamedTuple):
    """One parameter settled: winner None means that the enterprise decides or has to."""

    parameter: Parameter
    value: Any
    winner: Contribution | None
    losers: tuple[Contribution, ...]
    conflict: bool
    chosen: bool = False


class Finding(NamedTuple):
    """A gap, conflict, warning or note with the clauses it rests on."""

    code: str
    severity: str
    values: Mapping[str, Any]
    clauses: tuple[Clause, ...] = ()
    outcomes: tuple[Outcome, ...] = ()


class Plan(NamedTuple):
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
    # The facts of the case, with those that the pack and the standards in play add.
    facts: Mapping[str, Any]

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
        found = Counter(
            d.status for d in self.clauses if not standard_id or d.clause.standard == standard_id
        )
        return {status: found[status] for status in STATUSES}


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


def make_plan(case: Case, library: Library, as_of: date, also: Sequence[str] = ()) -> Plan:
    """The plan for one company, with papers that are wanted besides those of its pack.

    The order of files and of clauses never changes it.
    """
    roles = tuple(standard_role(s, case, library, as_of) for s in library.standards)
    ordered = tuple(sorted(roles, key=lambda r: (ROLE_ORDER[r.role], r.standard.id)))
    ranked = [r for r in ordered if r.role != "background"]
    clauses = [c for r in ranked for c in r.standard.clauses]
    chosen = _chosen_papers(case, library, also)
    facts = {**case.facts, **_pack_facts(case, library, chosen)}
    applies = {c.key: evaluate(c.applies, facts) for c in clauses}
    live = [c for c in clauses if applies[c.key].verdict is not False]
    facts |= _standard_facts(ranked, live, case, library)
    requires = {c.key: evaluate(c.requires, facts) for c in clauses if c.requires is not None}
    reconciled = tuple(_reconcile(p, live, case) for p in library.parameters.values())
    settled = tuple(r for r in reconciled if r is not None)
    # A paper does not state of the post what is not so; such a clause is not met.
    shown = [
        c
        for c in live
        if applies[c.key].verdict
        and not (c.kind == "position" and c.key in requires and requires[c.key].verdict is False)
    ]
    stage = _stage(shown, settled, ranked, case, library)
    shared = _shared_files(chosen, facts)
    papers = tuple(
        [_planned(paper, reason, stage, facts, shared.get(paper.id)) for paper, reason in chosen]
    )
    places = _shown(papers, library).places
    verdicts = tuple(_verdict(r.standard, applies, requires) for r in ranked)
    eligibility = tuple(v for v in verdicts if v is not None)
    relaxed = {v.standard.id: v.relaxed_by for v in eligibility if v.verdict == "relaxed"}
    judged = _Judged(facts, applies, requires, places, relaxed, as_of, settled)
    plan = Plan(
        as_of=as_of,
        case=case,
        standards=ordered,
        clauses=tuple(_decide(c, judged) for c in clauses),
        eligibility=eligibility,
        reconciled=settled,
        papers=papers,
        findings=(),
        assumptions=(*case.assumptions, *_united_departments(case, settled)),
        facts=facts,
    )
    return plan._replace(findings=_findings(plan, library, facts))


def standard_role(standard: Standard, case: Case, library: Library, as_of: date) -> StandardRole:
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


def _chosen_papers(
    case: Case, library: Library, also: Sequence[str]
) -> tuple[tuple[Paper, Reason], ...]:
    """The papers of the pack with the reason for each."""
    wanted = case.answers.output.documents
    result = []
    for paper in library.papers:
        if wanted:
            if paper.id in wanted or paper.id in also:
                result.append((paper, Reason("paper.wanted")))
        elif holds(paper.when, case.facts):
            deciding = tuple(evaluate(paper.when, case.facts).deciding())
            result.append((paper, Reason("paper.default", {}, deciding)))
        elif paper.id in also:
            result.append((paper, Reason("paper.wanted")))
    return tuple(result)


def _pack_facts(
    case: Case, library: Library, chosen: Sequence[tuple[Paper, Reason]]
) -> dict[str, Any]:
    """Which papers the pack holds; a paper in which one empowers himself is no authorization."""
    have = {paper.id for paper, _ in chosen}
    facts: dict[str, Any] = {f"pack.{p.id}": p.id in have for p in library.papers}
    if case.facts["appointment.same_as_legal_representative"]:
        facts["pack.authorization"] = False
    for paper in library.papers:
        join = paper.joins
        facts[f"joined.{paper.id}"] = (
            join is not None and {paper.id, join.paper} <= have and holds(join.when, case.facts)
        )
    return facts


def _shared_files(
    chosen: Sequence[tuple[Paper, Reason]], facts: Mapping[str, Any]
) -> dict[str, Shared]:
    """The files that hold more than one paper, by the ids of their papers."""
    found: dict[str, Shared] = {}
    for paper, _ in chosen:
        if paper.joins is not None and facts[f"joined.{paper.id}"]:
            shared = Shared((paper.joins.paper, paper.id), paper.joins.template)
            found |= dict.fromkeys(shared.papers, shared)
    return found


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


@dataclass(frozen=True, eq=False)
class _Stage:
    """What the papers of one plan may show: the clauses in play by topic, and who leads.

    It is the same for all companies with the same clauses in play.
    """

    library: Library
    by_topic: Mapping[str, Sequence[Clause]]
    # What the leading words of another paragraph say too is not printed twice.
    said_by: Mapping[str, Sequence[Clause]]
    leads: Mapping[str, Clause]
    roles: Mapping[str, str]
    own_rule: bool
    kept: dict[tuple[str, frozenset[str]], tuple[PlannedBlock, ...]] = field(default_factory=dict)


def _stage(
    clauses: Sequence[Clause],
    settled: Sequence[Reconciled],
    ranked: Sequence[StandardRole],
    case: Case,
    library: Library,
) -> _Stage:
    """The clauses that papers may show, the same for every paper of a plan."""
    # What is put together has no winner: there the strictest modality leads.
    leads = {
        r.parameter.id: r.winner.clause for r in settled if r.winner and r.parameter.rule != "union"
    }
    roles = {r.standard.id: r.role for r in ranked}
    own_rule = case.answers.plan.recommendations == "own-rule"
    key = (
        tuple([c.key for c in clauses]),
        tuple([(name, c.key) for name, c in leads.items()]),
        tuple(roles.items()),
        own_rule,
    )
    kept: dict[Any, _Stage] = library.kept["stages"]
    return _kept(kept, key, lambda: _new_stage(library, clauses, leads, roles, own_rule))


def _kept(kept: dict[Any, T], key: Any, make: Callable[[], T], most: int = MOST_KEPT) -> T:
    """What is kept under a key, made when it is first wanted."""
    found = kept.get(key)
    if found is None:
        if len(kept) >= most:
            kept.clear()
        kept[key] = found = make()
    return found


def _new_stage(
    library: Library,
    clauses: Sequence[Clause],
    leads: Mapping[str, Clause],
    roles: Mapping[str, str],
    own_rule: bool,
) -> _Stage:
    by_topic: dict[str, list[Clause]] = {}
    for clause in clauses:
        if clause.actor != "regulator":
            by_topic.setdefault(clause.topic, []).append(clause)
    said_by: dict[str, list[Clause]] = {}
    for clause in clauses:
        for name in clause.also:
            winner = leads.get(library.topics[clause.topic].parameter)
            if name in by_topic and _lead(by_topic[clause.topic], winner, roles) is clause:
                said_by.setdefault(clause.topic, []).extend(by_topic.pop(name))
    return _Stage(library, by_topic, said_by, leads, roles, own_rule)


@lru_cache(maxsize=4096)
def _fixed_block(paper: str, flow: str, part: str, style: str, origin: str) -> PlannedBlock:
    """A paragraph without topic and clauses: the same object in the plans of all companies."""
    return PlannedBlock(f"{paper}/{part}", paper, flow, part, style, origin=origin)


def _planned(
    paper: Paper, reason: Reason, stage: _Stage, facts: Mapping[str, Any], shared: Shared | None
) -> PlannedPaper:
    """One paper; what applies in it is worked out once for the companies alike in its facts."""

    def decide() -> tuple[frozenset[str], tuple[str, ...]]:
        applying = frozenset([part.id for part in paper.conditional if holds(part.when, facts)])
        return applying, tuple([n for n, when in paper.variants.items() if holds(when, facts)])

    alike = (paper.id, *map(facts.get, paper.asked))
    applying, variants = _kept(stage.library.kept["applying"], alike, decide)
    return PlannedPaper(paper, reason, _blocks(paper, stage, applying), variants, shared)


def _blocks(paper: Paper, stage: _Stage, applying: frozenset[str]) -> tuple[PlannedBlock, ...]:
    """The paragraphs of a paper: its parts that apply, its topics that have a clause in play."""

    def make() -> tuple[PlannedBlock, ...]:
        return tuple(
            [
                block
                for flow, parts in paper.flows.items()
                for part in parts
                for block in _part_blocks(part, paper.id, flow, stage, applying)
            ]
        )

    return _kept(stage.kept, (paper.id, applying), make)


def _part_blocks(
    part: Part, paper: str, flow: str, stage: _Stage, applying: Set[str]
) -> list[PlannedBlock]:
    """The paragraphs of one part, and of the parts in it."""
    if part.when is not ALWAYS and part.id not in applying:
        return []
    if part.absent and any(n in stage.by_topic for n in stage.library.matching(part.absent)):
        return []
    if part.topics and not part.parts:
        shown = _clause_blocks if part.each == "clause" else _topic_blocks
        return shown(part, paper, flow, stage)
    block = _fixed_block(paper, flow, part.id, part.style, part.origin)
    if part.parts:
        inner = [b for p in part.parts for b in _part_blocks(p, paper, flow, stage, applying)]
        if all(b.part in part.asides for b in inner):
            return []
        inner = _without_idle_leads(_without_lone_heading(inner, part), part)
        return [block, *inner] if part.style else inner
    if part.covers:
        covered = stage.library.matching(part.covers)
        clauses = [c for n in covered for c in stage.by_topic.get(n, ())]
        if clauses:
            return [block._replace(clauses=tuple(clauses))]
        # What no source in play says, the enterprise says itself.
        return [block._replace(origin="enterprise") if block.origin == "paper" else block]
    return [block]


def _topic_blocks(part: Part, paper: str, flow: str, stage: _Stage) -> list[PlannedBlock]:
    """The paragraphs of the topics that one part shows: one each, or one each standard."""
    library, by_topic = stage.library, stage.by_topic
    names = [n for n in library.matching(part.topics) if n in by_topic]
    hosts = {n: _host(n, names, library) for n in names}
    blocks = []
    for name in names:
        if hosts[name] != name:
            continue
        guests = [n for n in names if hosts[n] == name and n != name]
        topic = library.topics[name]
        extra = [c for n in guests for c in by_topic[n]]
        extra += stage.said_by.get(name, ())
        own = by_topic[name]
        for group in _per_standard(own) if topic.each_standard else [own]:
            lead = _lead(group, stage.leads.get(topic.parameter), stage.roles)
            whose = f"@{lead.standard}" if topic.each_standard else ""
            blocks.append(
                PlannedBlock(
                    f"{paper}/{part.id}/{name}{whose}",
                    paper,
                    flow,
                    part.id,
                    part.style,
                    name,
                    (*group, *extra),
                    lead,
                    _modality(lead, stage),
                    part.origin,
                )
            )
            extra = []  # with the first standard only
    return blocks


def _clause_blocks(part: Part, paper: str, flow: str, stage: _Stage) -> list[PlannedBlock]:
    """One paragraph for every clause of the topics that one part shows, standard by standard."""
    names = stage.library.matching(part.topics)
    shown = {c.key for n in names for c in stage.by_topic.get(n, ())}
    clauses = [c for s in stage.roles for c in stage.library.standard(s).clauses if c.key in shown]
    return [
        PlannedBlock(
            f"{paper}/{part.id}/{c.topic}@{c.key}",
            paper,
            flow,
            part.id,
            part.style,
            c.topic,
            (c,),
            c,
            _modality(c, stage),
            part.origin,
        )
        for c in clauses
    ]


def _modality(lead: Clause, stage: _Stage) -> str:
    """The modality that a paragraph prints: the enterprise may make a recommendation its rule."""
    return "shall" if stage.own_rule and lead.modality == "should" else lead.modality


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
    if not section.headings:
        return blocks
    used = [b for b in blocks if b.part in section.headings]
    if len(used) == 1 and not any(b.part in section.paragraphs for b in blocks):
        return [b for b in blocks if b is not used[0]]
    return blocks


def _without_idle_leads(blocks: list[PlannedBlock], section: Part) -> list[PlannedBlock]:
    """The blocks without lead-in sentences that would lead into nothing."""
    leads = section.leads
    if not leads:
        return blocks
    return [
        block
        for block, following in zip_longest(blocks, blocks[1:])
        if block.part not in leads or (following is not None and following.part not in leads)
    ]


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


class _Shown(NamedTuple):
    """What the paragraphs of a pack show of the clauses; it keeps the paragraphs too."""

    blocks: tuple[tuple[PlannedBlock, ...], ...]
    places: Mapping[str, Places]
    """For each clause that is shown: the papers and the paragraphs that show it."""
    differing: Mapping[str, Sequence[Clause]]
    """For each topic that is said with different strength: the leading clause, then all."""


def _shown(papers: Sequence[PlannedPaper], library: Library) -> _Shown:
    """What the papers show, worked out once for the companies that share their paragraphs."""
    blocks = tuple([planned.blocks for planned in papers])
    # These are kept with what is found, so that no other object can have their ids.
    kept: dict[Any, _Shown] = library.kept["shown"]
    return _kept(kept, tuple(map(id, blocks)), lambda: _new_shown(blocks), MOST_SHOWN)


def _new_shown(papers: tuple[tuple[PlannedBlock, ...], ...]) -> _Shown:
    found: dict[str, dict[str, str]] = {}
    differing: dict[str, Sequence[Clause]] = {}
    for block in chain.from_iterable(papers):
        for clause in block.clauses:
            found.setdefault(clause.key, {})[block.id] = block.paper
        if block.lead:
            # A statement has no strength to compare.
            same = [
                c for c in block.clauses if c.topic == block.topic and c.modality != "statement"
            ]
            if len({c.modality for c in same}) > 1:
                differing.setdefault(block.topic, [block.lead, *same])
    places = {k: (tuple(dict.fromkeys(v.values())), tuple(v)) for k, v in found.items()}
    return _Shown(papers, places, differing)


def _verdict(
    standard: Standard, applies: Mapping[str, Outcome], requires: Mapping[str, Outcome]
) -> EligibilityVerdict | None:
    """What one standard says of the candidate; None where it sets no condition."""
    tests = [
        (c, requires[c.key])
        for c in standard.clauses
        if c.kind in ELIGIBILITY_KINDS
        and c.key in requires
        and not c.relaxes
        and c.modality not in UNDEMANDING
        and applies[c.key].verdict is not False
    ]
    if not tests:
        return None
    reliefs = {
        c.relaxes: c
        for c in standard.clauses
        if c.relaxes and c.key in requires and requires[c.key].verdict
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


class _Judged(NamedTuple):
    """What decides the status of the clauses of one plan, by the key of a clause."""

    facts: Mapping[str, Any]
    applies: Mapping[str, Outcome]
    requires: Mapping[str, Outcome]
    places: Mapping[str, Places]
    relaxed: Mapping[str, Clause | None]
    as_of: date
    settled: Sequence[Reconciled]


@cache
def _plain_reason(code: str) -> Reason:
    """A reason of which there is no more to tell."""
    return Reason(f"clause.{code}")


def _decide(clause: Clause, judged: _Judged) -> ClauseDecision:
    """The one status of a clause, with its reason."""
    applies = judged.applies[clause.key]
    papers, blocks = judged.places.get(clause.key, NOWHERE)

    def result(status: str, code: str, *outcomes: Outcome, **values: Any) -> ClauseDecision:
        told = outcomes or values
        reason = Reason(f"clause.{code}", values, outcomes) if told else _plain_reason(code)
        return ClauseDecision(clause, status, reason, papers, blocks)

    if applies.verdict is False:
        return result("not_applicable", "not-applicable", *applies.deciding())
    if applies.verdict is None and clause.actor != "regulator":
        return result("action", "applies-unknown", *applies.deciding())
    year = clause.params.get("year")
    if year and judged.as_of.year > int(year):
        return result("information", "history", year=year)
    if clause.actor == "regulator":
        return result("information", "regulator")
    other = _settled_otherwise(clause, judged.settled, judged.facts)
    if other is not None:
        chosen = {"chosen": other.value, "parameter": other.parameter.id}
        if other.chosen:
            return result("not_met", "chosen-otherwise", **chosen)
        return result("action", "choose", **chosen)
    free = clause.modality in FREE_MODALITIES
    if clause.requires is not None:
        outcome = judged.requires[clause.key]
        deciding = tuple(outcome.deciding())
        if clause.relaxes:
            used = judged.relaxed.get(clause.standard) is clause
            return (
                result("met", "relief-used", *deciding)
                if used
                else (result("optional", "relief-unused"))
            )
        if outcome.verdict is True:
            if clause.remains is not None and holds(clause.remains, judged.facts):
                return result("action", "remains", *deciding)
            return result("met", "met", *deciding)
        if outcome.verdict is False:
            relief = judged.relaxed.get(clause.standard)
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
            return item._replace(value=answer)
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
    found = list(_told_once([f for source in sources for f in source(plan, library, facts)]))
    order = {"gap": 0, "conflict": 1, "warning": 2, "note": 3}
    first = {"appointment.barred": 0, "eligibility.fail": 1, "eligibility.unknown": 2}
    return tuple(
        sorted(
            found,
            key=lambda f: (first.get(f.code, 9) if f.severity == "gap" else 9, order[f.severity]),
        )
    )


def _told_once(findings: Sequence[Finding]) -> Iterator[Finding]:
    """The findings without the warning of a declared fact that already bars the appointment."""

    def declared(finding: Finding) -> set[str]:
        return {getattr(leaf.condition, "fact", "") for leaf in finding.outcomes}

    barred = set[str]().union(*[declared(f) for f in findings if f.code == "appointment.barred"])
    for finding in findings:
        if finding.code != "candidate.bar-declared" or not declared(finding) <= barred:
            yield finding


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


def _modality_findings(plan: Plan, library: Library, _: Mapping[str, Any]) -> Iterator[Finding]:
    """Topics on which the standards speak with different strength: the strictest is printed."""
    for topic, clauses in _shown(plan.papers, library).differing.items():
        lead, unique = clauses[0], {c.key: c for c in clauses[1:]}.values()
        weaker = tuple(c for c in unique if c.modality != lead.modality)
        values = {"topic": topic, "modality": lead.modality, "said": (lead, weaker)}
        yield Finding("conflict.modality", "conflict", values, (lead, *weaker))


def _rule_findings(plan: Plan, library: Library, facts: Mapping[str, Any]) -> Iterator[Finding]:
    """Findings that content describes: facts that hold, topics that are in play."""
    for rule in library.findings:
        if not holds(rule.when, facts):
            continue
        clauses = tuple(
            d.clause
            for d in plan.clauses
            if d.clause.topic in rule.topics and d.status != "not_applicable"
        )
        if clauses or not rule.topics:
            deciding = tuple(evaluate(rule.when, facts).deciding())
            yield Finding(rule.code, rule.severity, {}, clauses, deciding)


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

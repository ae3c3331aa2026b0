"""Which blocks each paper shows, from the clauses in play and the facts that hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import zip_longest
from typing import Any

from cqo_docs.base.memo import Memo, Memos
from cqo_docs.facts.case import Case
from cqo_docs.facts.conditions import ALWAYS, holds
from cqo_docs.library.records import Clause, Library, Paper, Part
from cqo_docs.plan.model import (
    STRENGTH,
    PlannedBlock,
    PlannedPaper,
    Reason,
    Reconciled,
    Shared,
    StandardRole,
)

# So many kinds of companies are remembered: what follows from the clauses in play and the
# conditions of a paper is worked out once for all that are alike in them.
MOST_ALIKE = 256

APPLYING: Memo[tuple[Any, ...], tuple[frozenset[str], tuple[str, ...]]] = Memo(MOST_ALIKE)
BLOCKS: Memo[tuple[str, frozenset[str]], tuple[PlannedBlock, ...]] = Memo(MOST_ALIKE)


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
    memos: Memos = field(default_factory=dict)


STAGES: Memo[tuple[Any, ...], _Stage] = Memo(MOST_ALIKE)


def open_stage(
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
    return STAGES.get(library, key, lambda: _new_stage(library, clauses, leads, roles, own_rule))


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


def planned_paper(
    paper: Paper, reason: Reason, stage: _Stage, facts: Mapping[str, Any], shared: Shared | None
) -> PlannedPaper:
    """One paper; what applies in it is worked out once for the companies alike in its facts."""

    def decide() -> tuple[frozenset[str], tuple[str, ...]]:
        applying = frozenset([part.id for part in paper.conditional if holds(part.when, facts)])
        return applying, tuple([n for n, when in paper.variants.items() if holds(when, facts)])

    alike = (paper.id, *map(facts.get, paper.asked))
    applying, variants = APPLYING.get(stage.library, alike, decide)
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

    return BLOCKS.get(stage, (paper.id, applying), make)


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

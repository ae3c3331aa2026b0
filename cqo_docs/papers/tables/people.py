"""Who the officer is: conditions and bars with their findings, filing, and leaving the post."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import zip_longest

from cqo_docs.papers.tables.decision import SIGNERS_SHOWN
from cqo_docs.papers.tables.source import Row, Source
from cqo_docs.plan.model import ClauseDecision, PlannedBlock, StandardRole

# The table itself, and what is for the end of the term; reports stay in the house.
NOT_FILED = frozenset({"filing", "exit"})

# Organs whose members all sign; for the others one person does.
ALL_SIGN = frozenset({"board", "shareholders", "partners", "council"})


def condition_cells(source: Source, block: PlannedBlock) -> Mapping[str, str]:
    """Beside one condition: where it stands, the answers behind it, what they come to."""
    words = source.wording.formats["review"]
    decision = _decision_of(source, block)
    code = decision.reason.code.removeprefix("clause.")
    judged = code in words["result"]
    return {
        "source": _cited(source, block),
        "evidence": source.wording.reason(decision.reason) if judged else str(words["attest"]),
        # Whom the appointer has to know is judged by hand.
        "verdict": str(words["result"][code]) if judged else _open_boxes(source, "choice"),
    }


def bar_cells(source: Source, block: PlannedBlock) -> Mapping[str, str]:
    """Beside one bar: where it stands, and what the candidate declares."""
    decision = _decision_of(source, block)
    declared = {"met": "no", "not_met": "yes"}.get(decision.status)
    words = source.wording.formats["review"]["bar"]
    return {
        "source": _cited(source, block),
        "declared": str(words[declared]) if declared else _open_boxes(source, "bar"),
    }


def _open_boxes(source: Source, name: str) -> str:
    words = source.wording
    return words.boxes(words.formats["review"][name]).replace(words.formats["box"]["gap"], "\n")


def _decision_of(source: Source, block: PlannedBlock) -> ClauseDecision:
    decisions = source.once("decisions", lambda s: {d.clause.key: d for d in s.plan.clauses})
    return decisions[block.clauses[0].key]


def _cited(source: Source, block: PlannedBlock) -> str:
    """Role, standard and number of the clause of one row."""
    (clause,) = block.clauses
    words, standard = source.wording.formats, source.library.standard(clause.standard)
    return str(words["review"]["source"]).format(
        role=words["role"][_roles(source)[clause.standard].role],
        name=standard.number or source.names[standard.id],
        ref=f" {clause.cited}" if clause.cited else "",
    )


def _roles(source: Source) -> Mapping[str, StandardRole]:
    return source.once("roles", lambda s: {r.standard.id: r for r in s.plan.standards})


def review_lines(source: Source) -> list[str]:
    """What each standard comes to, bars first; one line where none sets a condition."""
    lines = [*_conclusions(source)]
    return lines or [str(source.wording.formats["review"]["conclusion"]["none"])]


def _conclusions(source: Source) -> Iterator[str]:
    plan, words, roles = source.plan, source.wording.formats, _roles(source)

    def told(name: str, standard: str) -> str:
        role = words["role"][roles[standard].role]
        form = str(words["review"]["conclusion"][name])
        return form.format(standard=source.names[standard], role=role)

    bars = [c for f in plan.findings if f.code == "appointment.barred" for c in f.clauses]
    barred = dict.fromkeys(c.standard for c in bars)
    yield from (told("barred", standard) for standard in barred)
    for verdict in plan.eligibility:
        only_barred = all(c in bars for c, _ in verdict.failed)
        if verdict.standard.id not in barred or not only_barred:
            yield told(verdict.verdict, verdict.standard.id)


def relaxation_lines(source: Source) -> list[str]:
    """Whether each standard that may relax its conditions does so here, and why."""
    words = source.wording.formats["review"]["relief"]
    return [
        str(words["used"]).format(reason=source.view["candidate.relaxation_reason"])
        if verdict.relaxed_by
        else str(words["unused"])
        for verdict in source.plan.eligibility
        if any(c.relaxes for c in verdict.standard.clauses)
    ]


def filing_ground(source: Source) -> list[str]:
    """Under whose guidance the appointment is filed, as far as a standard says so."""
    form = str(source.wording.formats["filing-ground"])
    roles, words = _roles(source), source.wording.formats["role"]
    clauses = [d.clause for d in source.plan.clauses if d.clause.topic == "filing.appointment"]
    return [
        form.format(role=words[roles[s].role], standard=source.names[s])
        for s in dict.fromkeys(c.standard for c in clauses)
    ]


def filing_papers(source: Source) -> list[Row]:
    """The papers of the pack that may be handed in with the table, two in a row."""
    box = source.wording.formats["box"]["open"]
    # Papers that share a file have one title, and are one to hand in.
    kept = NOT_FILED | source.library.reports
    titles = dict.fromkeys(t for paper, t in source.titles.items() if paper not in kept)
    papers = [{"no": str(n), "title": t, "box": box} for n, t in enumerate(titles, 1)]
    right = [{f"{key}2": text for key, text in paper.items()} for paper in papers[1::2]]
    nothing = {"no2": "", "title2": "", "box2": ""}
    return [one | other for one, other in zip_longest(papers[::2], right, fillvalue=nothing)]


def exit_signers(source: Source) -> list[Row]:
    """Blank lines for whoever will decide on the dismissal: nobody knows the members then."""
    words, organ = source.wording.formats, source.plan.case.profile.organ
    name = organ.id if organ else ""
    roles, line = words["signer-role"], words["sign-line"]
    signers = SIGNERS_SHOWN if name in ALL_SIGN else 1
    return [{"label": roles.get(name, roles["other"]), "line": line} for _ in range(signers)]

"""What the plan page shows: frozen rows made from a plan, in the words of one language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from cqo_docs.facts.case import Assumption
from cqo_docs.facts.conditions import Outcome
from cqo_docs.library.records import Clause
from cqo_docs.papers.view import standard_names
from cqo_docs.plan.model import STATUSES, ClauseDecision, EligibilityVerdict, Finding, Plan
from cqo_docs.questions.asking import Asking, applies, known_facts
from cqo_docs.questions.draft import Draft, Value, plain_number, plain_path
from cqo_docs.questions.steps import Kit, needed_now, place_of, problems_in, stop_of
from cqo_docs.wording.sentences import Wording
from cqo_docs.workspace import Workspace

# What cures a finding that no answer decided by itself.
CURES: Mapping[str, tuple[str, ...]] = {
    "eligibility.relaxed": ("candidate.relaxation_reason",),
    "eligibility.relaxed-no-reason": ("candidate.relaxation_reason",),
    "conflict.strictest": ("plan.policy",),
    "conflict.open": ("plan.policy",),
    "conflict.modality": ("plan.recommendations",),
    "standards.no-basis": ("plan.adopt",),
    "standards.second-hand": ("plan.adopt",),
    "standards.later-than-decision": ("appointment.decision_date", "plan.as_of"),
    "assessment.own-choice": ("assessment.indicators",),
}
# More links than these are a heap in which nothing is found.
MOST_CURES = 6
GROUPS = ("standard", "paper", "status")
PROFILE = (
    "company.size",
    "company.above_scale",
    "company.ownership_group",
    "company.industry",
    "appointment.organ",
)
# How a status looks: as good, bad, open, or as a mere remark.
LOOKS: Mapping[str, str] = {
    "covered": "ok", "met": "ok", "not_met": "bad", "action": "warn", "optional": "info",
    "not_applicable": "none", "information": "none",
    "pass": "ok", "relaxed": "ok", "fail": "bad", "unknown": "warn",
    "gap": "bad", "conflict": "warn", "warning": "warn", "note": "info",
    "basis": "info", "reference": "none", "background": "none",
    "passed": "ok", "failed": "bad", "missing": "warn",
}  # fmt: skip


class Mark(NamedTuple):
    """A value of a short list with its name and its look."""

    id: str
    name: str
    look: str


class Link(NamedTuple):
    """Where an answer is given: the path at which one stops for it, its name, its section."""

    path: str
    label: str
    section: str


class Missing(NamedTuple):
    """What keeps the answers from being complete: one sentence, or the name of a question."""

    text: str
    link: Link | None


class ClauseLink(NamedTuple):
    """A clause that is named: its standard, its place in it, and how it is cited."""

    standard: str
    ref: str
    name: str


class StandardRow(NamedTuple):
    """One standard, and what it is for this company."""

    id: str
    name: str
    role: Mark
    reason: str
    confidence: str
    force: str
    clauses: int


class TestRow(NamedTuple):
    """One condition for the post, and what the answers say of it."""

    clause: ClauseLink
    summary: str
    modality: str
    state: Mark
    reason: str
    cures: tuple[Link, ...]


class VerdictRow(NamedTuple):
    """What one standard says of the candidate."""

    name: str
    role: Mark
    verdict: Mark
    decisive: bool
    tests: tuple[TestRow, ...]


class FindingRow(NamedTuple):
    """One finding in words, with its clauses and the answers that cure it."""

    severity: Mark
    message: str
    remedy: str
    clauses: tuple[ClauseLink, ...]
    cures: tuple[Link, ...]


class SettledRow(NamedTuple):
    """One figure that several standards set: what holds, by which clause, and what gives way."""

    name: str
    value: str
    rule: str
    winner: ClauseLink | None
    winner_value: str
    losers: tuple[tuple[ClauseLink, str], ...]
    conflict: bool
    note: str
    cures: tuple[Link, ...]


class ClauseRow(NamedTuple):
    """One clause with its one status."""

    link: ClauseLink
    standard: str
    place: str
    topic: str
    summary: str
    modality: str
    status: Mark
    reason: str
    papers: tuple[tuple[str, str], ...]


class PaperRow(NamedTuple):
    """One paper, whether the pack holds it, and why."""

    id: str
    name: str
    planned: bool
    reason: str
    formats: tuple[str, ...]
    clauses: int


class AssumptionRow(NamedTuple):
    """A value that nobody chose."""

    path: str
    label: str
    value: str
    reason: str
    link: Link | None


@dataclass(frozen=True)
class PlanPage:
    """All that the plan page tells of one company."""

    as_of: date
    verdict: Mark | None
    barred: bool
    profile: tuple[tuple[str, str], ...]
    standards: tuple[StandardRow, ...]
    verdicts: tuple[VerdictRow, ...]
    findings: tuple[FindingRow, ...]
    settled: tuple[SettledRow, ...]
    clauses: tuple[ClauseRow, ...]
    counts: tuple[tuple[Mark, int], ...]
    papers: tuple[PaperRow, ...]
    assumptions: tuple[AssumptionRow, ...]

    @property
    def conflicts(self) -> tuple[SettledRow, ...]:
        """The figures on which standards disagree."""
        return tuple(row for row in self.settled if row.conflict)


class _Teller:
    """Puts one plan into the words of one language."""

    def __init__(self, plan: Plan, ws: Workspace, asking: Asking, given: Mapping[str, Any]) -> None:
        self.plan, self.w, self.library = plan, ws.wording, ws.library
        self.asking = asking
        self.names = standard_names(ws.library, ws.wording)
        self.short = {s.id: s.number or s.title for s in ws.library.standards}
        self.facts = known_facts(asking, given).facts

    def mark(self, kind: str, name: str) -> Mark:
        return Mark(name, str(self.w.formats[kind][name]), LOOKS.get(name, "none"))

    def link(self, path: str) -> Link | None:
        return link_to(path, self.asking, self.w)

    def cures(self, facts: Iterable[str], code: str = "") -> tuple[Link, ...]:
        """The questions behind some facts that are asked of this company."""
        paths: dict[str, None] = {}
        for name in (*facts, *CURES.get(code, ())):
            paths.update(dict.fromkeys(self.asking.sources.get(name, ())))
        asked = (self.asking.by_path[p] for p in paths if p in self.asking.by_path)
        wanted = [one.path for one in asked if applies(one, self.facts) is not False]
        links = dict.fromkeys(link for path in wanted if (link := self.link(path)) is not None)
        return tuple(links)[:MOST_CURES]

    def clause_link(self, clause: Clause) -> ClauseLink:
        return ClauseLink(clause.standard, clause.ref, self.cited(clause))

    def cited(self, clause: Clause) -> str:
        """A clause by its standard and its place, which every reader can find in our list."""
        standard = self.library.standard(clause.standard)
        return f"{standard.number or standard.title} {clause.shown or clause.ref}"

    def standards(self) -> tuple[StandardRow, ...]:
        return tuple(
            StandardRow(
                r.standard.id,
                self.names[r.standard.id],
                self.mark("role", r.role),
                self.w.reason(r.reason),
                str(self.w.formats["confidence"][r.standard.confidence]),
                str(self.w.formats["force"][r.standard.force]),
                len(r.standard.clauses) if r.role != "background" else 0,
            )
            for r in self.plan.standards
        )

    def verdicts(self, states: Mapping[str, str]) -> tuple[VerdictRow, ...]:
        roles = {r.standard.id: r for r in self.plan.standards}
        return tuple(
            VerdictRow(
                self.names[v.standard.id],
                self.mark("role", roles[v.standard.id].role),
                self.mark("verdict", v.verdict),
                roles[v.standard.id].decisive,
                tuple(self._test(v, clause, outcome, states) for clause, outcome in v.tests),
            )
            for v in self.plan.eligibility
        )

    def _test(
        self,
        verdict: EligibilityVerdict,
        clause: Clause,
        outcome: Outcome,
        states: Mapping[str, str],
    ) -> TestRow:
        failed, missing = ({c.key for c, _ in p} for p in (verdict.failed, verdict.missing))
        state = "failed" if clause.key in failed else "missing" if clause.key in missing else ""
        if state == "failed" and verdict.verdict == "relaxed":
            state = "relaxed"
        told = next((o for c, o in verdict.missing if c.key == clause.key), outcome)
        leaves = list(told.deciding())
        return TestRow(
            self.clause_link(clause),
            clause.summary,
            str(self.w.formats["modality"][clause.modality]),
            Mark(state or "passed", states[state or "passed"], LOOKS[state or "passed"]),
            self.w.outcomes(leaves),
            self.cures(_facts(leaves)) if state else (),
        )

    def findings(self) -> tuple[FindingRow, ...]:
        return tuple(self._finding(finding) for finding in self.plan.findings)

    def _finding(self, finding: Finding) -> FindingRow:
        message, remedy = self.w.finding(finding, self.short)
        facts = _facts(finding.outcomes)
        settled = finding.values.get("settled")
        if settled is not None and settled.parameter.answer:
            facts.append(settled.parameter.answer)
        links = dict.fromkeys(self.clause_link(c) for c in finding.clauses)
        return FindingRow(
            self.mark("severity", finding.severity),
            message,
            remedy,
            tuple(links),
            self.cures(facts, finding.code),
        )

    def settled(self) -> tuple[SettledRow, ...]:
        """The figures that several standards set, those on which they disagree first."""
        rows = []
        for item in sorted(self.plan.reconciled, key=lambda r: not r.conflict):
            parameter = item.parameter.id
            about = (f for f in self.plan.findings if f.values.get("settled") is item)
            finding = next(about, None)
            told = self._finding(finding) if finding is not None else None

            def value(of: Any, parameter: str = parameter) -> str:
                return self.w.parameter_value(parameter, of)

            rows.append(
                SettledRow(
                    str(self.w.formats["parameter"][parameter]["name"]),
                    value(item.value),
                    item.parameter.rule,
                    self.clause_link(item.winner.clause) if item.winner else None,
                    value(item.winner.value) if item.winner else "",
                    tuple((self.clause_link(c.clause), value(c.value)) for c in item.losers),
                    item.conflict,
                    told.remedy if told else "",
                    told.cures if told else (),
                )
            )
        return tuple(rows)

    def clauses(self) -> tuple[ClauseRow, ...]:
        return tuple(self._clause(decision) for decision in self.plan.clauses)

    def _clause(self, decision: ClauseDecision) -> ClauseRow:
        clause = decision.clause
        return ClauseRow(
            self.clause_link(clause),
            self.names[clause.standard],
            clause.shown or clause.ref,
            self.w.topics[clause.topic]["name"],
            clause.summary,
            str(self.w.formats["modality"][clause.modality]),
            self.mark("status", decision.status),
            self.w.reason(decision.reason),
            tuple((p, self.w.paper_name(p)) for p in decision.papers),
        )

    def papers(self) -> tuple[PaperRow, ...]:
        """Every paper there is, those of the pack with the reason why."""
        planned = {p.paper.id: p for p in self.plan.papers}
        shown = dict.fromkeys(planned, 0)
        for decision in self.plan.clauses:
            for paper in decision.papers:
                shown[paper] += 1
        return tuple(
            PaperRow(
                paper.id,
                self.w.paper_name(paper.id),
                paper.id in planned,
                self.w.reason(planned[paper.id].reason) if paper.id in planned else "",
                tuple(paper.formats),
                shown.get(paper.id, 0),
            )
            for paper in self.library.papers
        )

    def assumptions(self) -> tuple[AssumptionRow, ...]:
        return tuple(
            AssumptionRow(
                a.field,
                self.w.label(a.field),
                self.w.assumed_value(a),
                str(self.w.formats["assumed"][a.reason]),
                self.link(a.field),
            )
            for a in self.plan.assumptions
        )


def _facts(outcomes: Iterable[Outcome]) -> list[str]:
    return [str(fact) for o in outcomes if (fact := getattr(o.condition, "fact", ""))]


def link_to(path: str, asking: Asking, w: Wording) -> Link | None:
    """Where an answer is given; None where it is never asked."""
    plain = plain_path(path)
    one = asking.by_path.get(plain) or asking.by_path.get(plain.partition("[]")[0])
    if one is None:
        return None
    # A list is one question, whichever of its columns is meant.
    return Link(stop_of(one).partition("[")[0], w.label(path.partition("[")[0]), one.section)


def plan_page(
    plan: Plan,
    ws: Workspace,
    asking: Asking,
    given: Mapping[str, Any],
    states: Mapping[str, str],
) -> PlanPage:
    """The page of one plan in the words of a workspace.

    `given` are the nested answers; `states` the names of the states of a condition for the post.
    """
    teller = _Teller(plan, ws, asking, given)
    w, facts = ws.wording, plan.case.facts
    counts = plan.counts()
    return PlanPage(
        as_of=plan.as_of,
        verdict=None if plan.verdict == "none" else teller.mark("verdict", plan.verdict),
        barred=plan.barred,
        profile=tuple((w.short_label(path), w.value(path, facts.get(path))) for path in PROFILE),
        standards=teller.standards(),
        verdicts=teller.verdicts(states),
        findings=teller.findings(),
        settled=teller.settled(),
        clauses=teller.clauses(),
        counts=tuple((teller.mark("status", status), counts[status]) for status in STATUSES),
        papers=teller.papers(),
        assumptions=teller.assumptions(),
    )


class Chosen(NamedTuple):
    """Which clauses are to be shown, and by what they are grouped."""

    standard: str = ""
    paper: str = ""
    status: str = ""
    text: str = ""
    by: str = GROUPS[0]

    @property
    def narrowed(self) -> bool:
        """Whether some clauses are left out."""
        return bool(self.standard or self.paper or self.status or self.text)


def chosen_from(given: Callable[[str], str], page: PlanPage) -> Chosen:
    """The filters that a request names; what the page does not know counts as not named."""
    known = {
        "standard": {row.id for row in page.standards},
        "paper": {row.id for row in page.papers} | {NO_PAPER},
        "status": {mark.id for mark, _ in page.counts},
        "by": set(GROUPS),
    }
    named = {name: given(name) for name, values in known.items() if given(name) in values}
    return Chosen(text=given("text").strip()[:100], **named)


# Clauses that no paper shows.
NO_PAPER = "none"


def clauses_by(page: PlanPage, chosen: Chosen) -> dict[str, list[ClauseRow]]:
    """The clauses that were chosen, by the name of their standard, status or paper."""
    groups: dict[str, list[ClauseRow]] = {}
    for row in page.clauses:
        if not _fits(row, chosen):
            continue
        names = [row.standard]
        if chosen.by == "status":
            names = [row.status.name]
        elif chosen.by == "paper":
            names = [name for _, name in row.papers] or [""]
        for name in names:
            groups.setdefault(name, []).append(row)
    if chosen.by == "standard":
        return groups
    order = [m.name for m, _ in page.counts] if chosen.by == "status" else _paper_names(page)
    return {name: groups[name] for name in order if name in groups}


def _paper_names(page: PlanPage) -> list[str]:
    return [*(row.name for row in page.papers), ""]


def _fits(row: ClauseRow, chosen: Chosen) -> bool:
    papers = {paper for paper, _ in row.papers} or {NO_PAPER}
    text = f"{row.standard} {row.link.name} {row.topic} {row.summary} {row.reason}".lower()
    return (
        chosen.standard in {"", row.link.standard}
        and (not chosen.paper or chosen.paper in papers)
        and chosen.status in {"", row.status.id}
        and chosen.text.lower() in text
    )


def missing_in(kit: Kit, draft: Draft, w: Wording) -> tuple[Missing, ...]:
    """What is wrong with the answers, then what is still to come, each with its place."""
    wrong = [
        Missing(w.problem(p), link_to(place_of(kit, p), kit.asking, w))
        for p in problems_in(kit, draft)
    ]
    links = (link_to(path, kit.asking, w) for path in needed_now(kit, draft))
    open_ = [Missing(link.label, link) for link in dict.fromkeys(links) if link is not None]
    return (*wrong, *open_)


def confirmed(draft: Draft, assumptions: Sequence[Assumption], w: Wording) -> Draft:
    """The draft with assumed values as answers that were given."""
    for assumption in assumptions:
        draft = draft.with_answer(assumption.field, _answer(assumption, w))
    return draft


def _answer(assumption: Assumption, w: Wording) -> Value:
    value = assumption.value
    if isinstance(value, tuple):
        # Departments that standards name stand in answers by the names that they have there.
        return tuple(w.parameter_value("departments", item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return plain_number(value)
    return value.isoformat() if isinstance(value, date) else str(value)

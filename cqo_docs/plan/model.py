"""The plan as frozen records: roles, papers and their blocks, decisions, verdicts, findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

from cqo_docs.facts.case import Assumption, Case
from cqo_docs.facts.conditions import Outcome
from cqo_docs.library.records import Clause, Paper, Parameter, Standard

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

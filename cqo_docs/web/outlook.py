"""The plan as it forms: standards in play, their verdicts on the candidate, what is wanting."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from cqo_docs.facts.conditions import facts_named
from cqo_docs.questions.explaining import name_at, plan_so_far
from cqo_docs.web.filling import State, section_at

LOOKS = {"pass": "ok", "relaxed": "ok", "fail": "bad", "unknown": "warn"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one standard says of the candidate so far, and why."""

    standard: str
    role: str
    look: str
    text: str
    failed: tuple[str, ...]
    open: tuple[tuple[str, str, str], ...]
    """The questions still to be answered for it: path, section, name."""


@dataclass(frozen=True, slots=True)
class Wanting:
    """One answer that must still be given: where, and what it is called."""

    path: str
    section: str
    name: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """The plan that the answers so far give."""

    placed: bool
    """Whether it is known where the company is."""
    named: bool
    """Whether it is known who the candidate is."""
    standards: tuple[tuple[str, str], ...]
    """Those in play: role and name."""
    verdicts: tuple[Verdict, ...]
    barred: bool
    counts: tuple[tuple[str, int], ...]
    wanting: tuple[Wanting, ...]


def outlook(state: State, today: date) -> Outlook:
    """The plan that the answers so far give."""
    kit, words = state.kit, state.kit.wording
    wanting = tuple(
        Wanting(path, section_at(kit, path), words.label(path)) for path in state.wanting
    )
    if "company.province" in state.known.open:
        return Outlook(False, False, (), (), False, (), wanting)
    plan = plan_so_far(kit.library, kit.wording, state.draft, today)
    names = {s.id: s.number or f"《{s.title}》" for s in kit.library.standards}
    roles = {r.standard.id: r.role for r in plan.standards}
    standards = tuple(
        (str(words.formats["role"][role]), names[name])
        for role in ("basis", "reference")
        for name, own in roles.items()
        if own == role
    )
    verdicts = tuple(
        Verdict(
            standard=names[v.standard.id],
            role=str(words.formats["role"][roles[v.standard.id]]),
            look=LOOKS[v.verdict],
            text=str(words.formats["verdict"][v.verdict]),
            failed=tuple(words.outcomes(o.deciding()) for _, o in v.failed),
            open=tuple(
                (path, section_at(kit, path), name_at(kit, path))
                for path in dict.fromkeys(
                    fact
                    for _, o in v.missing
                    for leaf in o.deciding()
                    for fact in facts_named(leaf.condition)
                )
                if path in kit.asking.by_path
            ),
        )
        for v in plan.eligibility
    )
    counted = Counter(f.severity for f in plan.findings)
    counts = tuple(
        (str(name), counted[severity])
        for severity, name in words.formats["severity"].items()
        if counted[severity]
    )
    named = "candidate.name" not in state.known.open
    return Outlook(True, named, standards, verdicts, plan.barred, counts, wanting)

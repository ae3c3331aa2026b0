"""The answers of one year as the beginning of those for the next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from cqo_docs.answers.questions import questions
from cqo_docs.answers.types import parse_number
from cqo_docs.questions.draft import Draft, plain_number

# What belongs to one year and is decided anew in the next, questions or groups of them.
CLEARED = (
    "plan.as_of", "appointment.decision_date", "appointment.letter_date",
    "appointment.authorization_date", "appointment.start", "appointment.end",
    "appointment.meeting", "appointment.party.date", "appointment.notice_number",
    "appointment.letter_number", "appointment.authorization_number",
)  # fmt: skip
MOVED = ("assessment.year", "fund.year")
# What may well have changed, and nobody but the enterprise can tell.
TO_CHECK = (
    "company.employees", "company.revenue", "company.assets", "candidate.current_post",
    "candidate.years_quality", "candidate.years_quality_management",
    "candidate.years_enterprise_quality_management", "appointment.kind", "fund.total",
    "fund.items",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Renewed:
    """The answers for another year, and what was taken out, moved, and must be looked at."""

    draft: Draft
    year: int
    cleared: tuple[str, ...]
    moved: tuple[str, ...]
    to_check: tuple[str, ...]


def renewed(draft: Draft, today: date) -> Renewed:
    """The answers for the year after that of a draft."""
    year = _year_of(draft, today) + 1
    cleared = tuple(path for path in _below(CLEARED) if draft.given(path))
    moved = tuple(path for path in MOVED if draft.given(path))
    to_check = tuple(path for path in TO_CHECK if draft.given(path))
    for path in cleared:
        draft = draft.with_answer(path, None)
    for path in moved:
        draft = draft.with_answer(path, str(year))
    return Renewed(draft, year, cleared, moved, to_check)


def _year_of(draft: Draft, today: date) -> int:
    """The year that a draft is about; this one where it does not say."""
    for path in MOVED:
        said = draft.answers.get(path)
        if isinstance(said, str):
            try:
                return int(plain_number(parse_number(said)))
            except ValueError:
                continue
    return today.year


def _below(names: Iterable[str]) -> list[str]:
    """The questions that are named or in a group that is."""
    named = tuple(names)
    return [
        q.path
        for q in questions()
        if any(q.path == name or q.path.startswith(f"{name}.") for name in named)
    ]

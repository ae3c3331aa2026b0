"""Answers that contradict each other, each told with both places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from cqo_docs.answers.file import AnswersFile
from cqo_docs.answers.types import LONGEST_TERM
from cqo_docs.base.errors import Problem


def cross_checks(file: AnswersFile) -> Iterator[Problem]:
    """What single answers cannot show: orders, sums, answers that need each other."""
    yield from _years_checks(file)
    yield from _date_checks(file)
    yield from _company_checks(file)
    yield from _meeting_checks(file)
    yield from _assessment_checks(file)
    yield from _fund_checks(file)
    yield from _extra_checks(file)


def _years_checks(file: AnswersFile) -> Iterator[Problem]:
    person = file.answers.candidate
    steps = (
        ("candidate.years_quality", person.years_quality),
        ("candidate.years_quality_management", person.years_quality_management),
        (
            "candidate.years_enterprise_quality_management",
            person.years_enterprise_quality_management,
        ),
    )
    known = [(path, years) for path, years in steps if years is not None]
    for (wide, most), (narrow, years) in pairwise(known):
        if years > most:
            yield file.problem("answers.years-order", narrow, have=years, most=most, field2=wide)


def _date_checks(file: AnswersFile) -> Iterator[Problem]:
    a = file.answers.appointment
    steps = (
        ("appointment.party.date", a.party.date),
        ("appointment.decision_date", a.decision_date),
        ("appointment.letter_date", a.letter_date),
        ("appointment.authorization_date", a.authorization_date),
        ("appointment.start", a.start),
        ("appointment.end", a.end),
    )
    known = [(path, day) for path, day in steps if day is not None]
    for (first, earlier), (second, later) in pairwise(known):
        if later < earlier:
            yield file.problem(
                "answers.date-order", second, have=later, least=earlier, field2=first
            )
    if a.end is not None and a.start is not None and a.end.year - a.start.year > LONGEST_TERM:
        yield file.problem("answers.term-too-long", "appointment.end", most=LONGEST_TERM)
    if a.end is not None and a.start is not None and a.end == a.start:
        yield file.problem(
            "answers.date-order", "appointment.end", have=a.end, least=a.start,
            field2="appointment.start",
        )  # fmt: skip


COMPANY_FORMS = frozenset({"112", "119", "121", "129", "210", "220", "310", "320"})


def _company_checks(file: AnswersFile) -> Iterator[Problem]:
    company = file.answers.company
    if company.registration in COMPANY_FORMS and company.governance in {None, "none"}:
        yield file.problem("answers.governance-needed", "company.governance")
    if company.registration in {"119", "129"} and company.control is None:
        yield file.problem("answers.control-needed", "company.control")
    if company.governance == "single-director":
        a = file.answers.appointment
        if "appointment.reports_to" in file.given and a.reports_to in {"board", "chairman"}:
            yield file.problem("answers.no-board", "appointment.reports_to")
        if a.appointer == "board":
            yield file.problem("answers.no-board", "appointment.appointer")
        if len(a.meeting.members) > 1:
            yield file.problem("answers.one-director", "appointment.meeting.members")


def _meeting_checks(file: AnswersFile) -> Iterator[Problem]:
    meeting = file.answers.appointment.meeting
    path = "appointment.meeting"
    if meeting.present is not None and meeting.due is not None and meeting.present > meeting.due:
        yield file.problem(
            "answers.present-over-due", f"{path}.present", have=meeting.present, most=meeting.due
        )
    votes = (meeting.votes_for, meeting.votes_against, meeting.votes_abstained)
    cast = [v for v in votes if v is not None]
    total, room = sum(cast), meeting.present if meeting.present is not None else meeting.due
    all_told = meeting.present is not None and len(cast) == len(votes)
    if room is not None and (total > room or (all_told and total != room)):
        yield file.problem("answers.votes-sum", f"{path}.votes_for", have=total, most=room)
    against = meeting.votes_against or Decimal(0)
    if meeting.votes_for is not None and meeting.votes_for <= against:
        # Whatever the rules of a body, no more votes for than against carry nothing.
        yield file.problem(
            "answers.voted-down", f"{path}.votes_for", have=meeting.votes_for, most=against
        )
        return
    # 公司法 73 and 124 bind boards; other bodies vote by their articles.
    if file.answers.company.governance != "board" or meeting.due is None:
        return
    if meeting.present is not None and meeting.present * 2 <= meeting.due:
        yield file.problem(
            "answers.no-quorum", f"{path}.present", have=meeting.present, most=meeting.due
        )
    elif meeting.votes_for is not None and meeting.votes_for * 2 <= meeting.due:
        yield file.problem(
            "answers.not-carried", f"{path}.votes_for", have=meeting.votes_for, most=meeting.due
        )


def _sum_problem(file: AnswersFile, path: str, weights: Sequence[Decimal]) -> Iterator[Problem]:
    if sum(weights) != 100:
        yield file.problem("answers.weights", path, have=f"{sum(weights):f}")


def _assessment_checks(file: AnswersFile) -> Iterator[Problem]:
    a = file.answers.assessment
    if a.indicators:
        yield from _sum_problem(file, "assessment.indicators", [i.weight for i in a.indicators])
    if a.weights is not None:
        yield from _sum_problem(file, "assessment.weights", list(dict(a.weights).values()))
    yield from _sum_problem(file, "assessment.scorers", list(dict(a.scorers).values()))
    if not a.pass_mark < a.good < a.excellent:
        names = ",".join(f"assessment.{n}" for n in ("pass_mark", "good", "excellent"))
        yield file.problem("answers.grade-order", "assessment.pass_mark", among=names)


def _fund_checks(file: AnswersFile) -> Iterator[Problem]:
    fund = file.answers.fund
    if file.answers.authority.spending_limit == 0:
        yield file.problem("answers.limit-zero", "authority.spending_limit")
    if fund.weights is not None:
        yield from _sum_problem(file, "fund.weights", list(dict(fund.weights).values()))
    for i, item in enumerate(fund.items):
        if item.quarters is not None and sum(item.quarters) != item.amount:
            yield file.problem(
                "answers.quarters-sum", f"fund.items[{i}].quarters",
                have=f"{sum(item.quarters):f}", most=f"{item.amount:f}",
            )  # fmt: skip
    total = sum((item.amount for item in fund.items), Decimal(0))
    if fund.items and fund.total is not None and total != fund.total:
        yield file.problem(
            "answers.items-sum", "fund.total", have=f"{fund.total:f}", most=f"{total:f}"
        )
    if total > Decimal("999999999999.99"):
        yield file.problem(
            "answers.too-large", "fund.items", have=f"{total:f}", most="999999999999.99"
        )
    if not fund.establish and (fund.items or fund.total):
        yield file.problem("answers.fund-not-established", "fund.establish")


def _extra_checks(file: AnswersFile) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for i, item in enumerate(file.answers.output.extra):
        if first.setdefault(item.name, i) != i:
            yield file.problem("answers.extra-twice", f"output.extra[{i}].name", have=item.name)

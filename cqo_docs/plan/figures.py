"""Ordered parameters settled between standards: the winner, the losers, what stays open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cqo_docs.facts.case import Assumption, Case
from cqo_docs.library.records import Clause, Parameter
from cqo_docs.plan.model import Contribution, Reconciled


def _contributions(parameter: Parameter, clauses: Iterable[Clause]) -> tuple[Contribution, ...]:
    return tuple(
        Contribution(c, c.params[parameter.id])
        for c in clauses
        if parameter.id in c.params and c.actor != "regulator"
    )


def reconcile(parameter: Parameter, clauses: Sequence[Clause], case: Case) -> Reconciled | None:
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


def united_departments(case: Case, settled: Sequence[Reconciled]) -> Iterator[Assumption]:
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

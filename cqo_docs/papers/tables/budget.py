"""Lines, sums and execution of the budget."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from cqo_docs.answers.model import BudgetItem
from cqo_docs.papers.tables.source import Row, Source, first_of_run
from cqo_docs.papers.view import fund_total
from cqo_docs.wording.amounts import split_exactly, split_quarters
from cqo_docs.wording.placeholders import fill

ITEMS = "fund.items"
COST_CLASSES = {"P": "prevention", "A": "appraisal", "X": "assurance", "": "reserve"}


class BudgetLine(NamedTuple):
    """One line of the budget with its quarters; figures are None where no sum was given."""

    group: str
    item: BudgetItem | None
    name: str
    cost_class: str
    basis: str
    amount: Decimal | None
    quarters: tuple[Decimal, ...] | None


def budget_lines(source: Source) -> tuple[BudgetLine, ...]:
    """The budget: its items, or the total split exactly by weights, or lines without figures."""
    return source.once("budget", _budget_lines)


def _budget_lines(source: Source) -> tuple[BudgetLine, ...]:
    fund = source.plan.case.answers.fund
    if fund.items:
        return tuple(
            BudgetLine(
                group=item.group,
                item=item,
                name=item.name,
                cost_class=item.cost_class or _usual_class(source, item.group),
                basis=item.basis or "",
                amount=item.amount,
                quarters=item.quarters or split_quarters(item.amount),
            )
            for item in fund.items
        )
    groups = source.library.reference.quality_cost.fund_groups
    shares = [
        Decimal(getattr(fund.weights, g.id)) * i.weight / g.weight if fund.weights else i.weight
        for g in groups
        for i in g.items
    ]
    amounts: Sequence[Decimal | None] = [None] * len(shares)
    if fund.total is not None:
        amounts = split_exactly(fund.total, shares)
    rows = [(g, i) for g in groups for i in g.items]
    if source.plan.case.profile.size == "micro":
        return _group_lines(source, amounts)
    return tuple(
        BudgetLine(
            group=g.id,
            item=None,
            name=i.name,
            cost_class=COST_CLASSES[i.cost_class],
            basis=i.basis,
            amount=amount,
            quarters=None if amount is None else split_quarters(amount),
        )
        for (g, i), amount in zip(rows, amounts, strict=True)
        if amount is None or amount
    )


def _group_lines(source: Source, amounts: Sequence[Decimal | None]) -> tuple[BudgetLine, ...]:
    """One line a group: a micro firm does not plan nineteen lines."""
    lines, rest = [], list(amounts)
    for group in source.library.reference.quality_cost.fund_groups:
        own, rest = rest[: len(group.items)], rest[len(group.items) :]
        amount = None if None in own else sum((a for a in own if a is not None), Decimal(0))
        if amount is None or amount:
            lines.append(
                BudgetLine(
                    group=group.id,
                    item=None,
                    name=group.name,
                    cost_class=COST_CLASSES[group.cost_class],
                    basis=group.items[0].basis,
                    amount=amount,
                    quarters=None if amount is None else split_quarters(amount),
                )
            )
    return tuple(lines)


def _usual_class(source: Source, group: str) -> str:
    groups = source.library.reference.quality_cost.fund_groups
    return next((COST_CLASSES[g.cost_class] for g in groups if g.id == group), "reserve")


def _budget_row(source: Source, number: int, line: BudgetLine) -> dict[str, Any]:
    w, item = source.wording, line.item
    texts = {
        "group": w.option(f"{ITEMS}[].group", line.group),
        "name": line.name,
        "cost_class": w.formats["cost-class"][line.cost_class],
        "basis": line.basis,
        "owner": (item.owner if item else None) or w.formats["fund-owner"],
        "source": (item.source if item else None) or w.formats["fund-source"],
    }
    own = {name: w.answered(_path(number, name), text) for name, text in texts.items()}
    return {"no": str(number), **own}


def _path(number: int, name: str) -> str:
    return f"{ITEMS}[{number - 1}].{name}"


def budget_items(source: Source) -> list[Row]:
    """One row a budget line, figures as text; empty cells where no sum was given."""
    money, answered = source.wording.money, source.wording.answered
    rows = []
    for n, line in enumerate(budget_lines(source), 1):
        quarters = line.quarters or ()
        texts = [money(q) for q in quarters] or [""] * 4
        row = _budget_row(source, n, line)
        for i, text in enumerate(texts):
            row[f"q{i + 1}"] = answered(_path(n, f"quarters[{i}]"), text)
        row["amount"] = answered(_path(n, "amount"), _sum(source, line))
        rows.append(row)
    return first_of_run(rows)


def _sum(source: Source, line: BudgetLine) -> str:
    return "" if line.amount is None else source.wording.money(line.amount)


def quarter_sums(source: Source) -> tuple[Decimal, ...] | None:
    """The sum of each quarter over all lines, None where no sums were given."""
    lines = budget_lines(source)
    if any(line.quarters is None for line in lines):
        return None
    return tuple(
        sum((line.quarters[i] for line in lines if line.quarters), Decimal(0)) for i in range(4)
    )


def budget_totals(source: Source) -> list[Row]:
    """The totals of quarters and year; they equal the sums of the rows to the 分."""
    sums, money = quarter_sums(source), source.wording.money
    row = {"label": source.wording.formats["totals"]["sum"]}
    row |= {f"q{i}": money(s) for i, s in enumerate(sums or (), 1)}
    for i in range(1, 5):
        row.setdefault(f"q{i}", "")
    total = "" if sums is None else money(sum(sums, Decimal(0)))
    row["amount"] = source.wording.answered("fund.total", total)
    return [row]


def budget_chart(source: Source) -> list[Row]:
    """The sums of each cost class by quarter; nothing where there are none, or for a micro firm."""
    lines = budget_lines(source)
    if source.plan.case.profile.size == "micro" or any(line.quarters is None for line in lines):
        return []
    rows = []
    for name in COST_CLASSES.values():
        own = [line.quarters for line in lines if line.quarters and line.cost_class == name]
        sums = [sum((quarters[i] for quarters in own), Decimal(0)) for i in range(4)]
        row: Row = {"name": source.wording.formats["cost-class"][name]}
        rows.append(row | {f"q{i}": f"{figure:f}" for i, figure in enumerate(sums, 1)})
    return rows


def budget_execution(source: Source) -> list[Row]:
    """The lines again, for planned and used sums; a micro firm keeps them in the workbook only."""
    if source.plan.case.profile.size == "micro":
        return []
    answered = source.wording.answered
    return [
        {
            "no": str(n),
            "name": answered(_path(n, "name"), line.name),
            "planned": answered(_path(n, "amount"), _sum(source, line)),
            "used": "",
            "rest": "",
            "percent": "",
        }
        for n, line in enumerate(budget_lines(source), 1)
    ]


def budget_sheet(source: Source) -> dict[str, Any]:
    """What the budget workbook holds; amounts are live sums of the quarters."""
    view = source.view
    w, lines = source.wording, budget_lines(source)
    fund = source.plan.case.answers.fund
    items = []
    for n, line in enumerate(lines, 1):
        row = {**_budget_row(source, n, line), "no": n}
        for i, quarter in enumerate(line.quarters or (None,) * 4):
            row[f"q{i + 1}"] = w.answered(_path(n, f"quarters[{i}]"), quarter)
        items.append(row)
    groups = dict.fromkeys(w.option(f"{ITEMS}[].group", line.group) for line in lines)
    return {
        "title": fill(w.papers["budget"]["title"], view),
        "company_name": view["company.name"],
        "year": w.answered("fund.year", int(fund.year or source.plan.as_of.year)),
        "items": items,
        "execution": [{"no": row["no"], "name": row["name"]} for row in items],
        "groups": [{"name": name} for name in groups],
        "capital": view["fund.capital"],
        "total": w.answered("fund.total", fund_total(source.plan)),
        "payroll_total": w.answered("fund.payroll_total", fund.payroll_total),
        "currency": w.formats["yuan"],
        "cost_classes": dict(w.formats["cost-class"]),
        "training_group": w.option(f"{ITEMS}[].group", "talent"),
    }

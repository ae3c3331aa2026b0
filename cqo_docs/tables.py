"""Plain functions that compute the rows, lines and sheets of papers; papers name them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from cqo_docs.amounts import split_exactly, split_quarters
from cqo_docs.answers import BudgetItem, Indicator
from cqo_docs.library import Library
from cqo_docs.planner import EligibilityVerdict, Plan
from cqo_docs.view import View, fund_total, standard_names
from cqo_docs.wording import Wording, fill

Row = dict[str, Any]
COST_CLASSES = {"P": "prevention", "A": "appraisal", "X": "assurance", "": "reserve"}
# Blank signature lines where nobody was named: enough for the usual board, and no page of them.
SIGNERS_SHOWN = 3
MOST_SIGNERS = 20


class Paragraph(NamedTuple):
    """One paragraph as the matrix lists it."""

    paper: str
    block: str
    place: str
    text: str
    topic: str
    clauses: tuple[str, ...]
    origin: str


@dataclass(frozen=True)
class Source:
    """What rows are computed from; the last three are known once other papers are composed."""

    plan: Plan
    library: Library
    wording: Wording
    view: View
    blanks: Mapping[str, tuple[str, ...]]
    paragraphs: tuple[Paragraph, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def names(self) -> Mapping[str, str]:
        """How each standard is cited."""
        return standard_names(self.library, self.wording)

    @cached_property
    def indicators(self) -> tuple[tuple[str, Indicator], ...]:
        """The indicators with their groups; the weights add up to 100 exactly."""
        return _indicators(self)

    @cached_property
    def budget_lines(self) -> tuple[BudgetLine, ...]:
        """The lines of the budget with their figures."""
        return _budget_lines(self)


# decision


def act_signers(source: Source) -> list[Row]:
    """Who signs the deciding act: the named members, or blank lines for as many as are due."""
    m = source.plan.case.answers.appointment.meeting
    organ = source.plan.case.profile.organ
    roles = source.wording.formats["signer-role"]
    label = roles.get(organ.id if organ else "", roles["other"])
    line = source.wording.formats["sign-line"]
    if m.members:
        return [{"label": label, "line": f"{line}（{name}）"} for name in m.members]
    meeting = organ is not None and organ.act.kind == "meeting"
    due = min(int(m.present or m.due or SIGNERS_SHOWN), MOST_SIGNERS) if meeting else 1
    return [{"label": label, "line": line} for _ in range(due)]


def reserved_matters(source: Source) -> list[str]:
    """What stays with others: the company's own list, or what law and articles reserve."""
    own = source.plan.case.answers.authority.reserved_matters
    formats = source.wording.formats
    if own:
        return [str(formats["reserved-lead"]).format(items=source.wording.join(own))]
    return [fill(text, source.view) for text in formats["reserved-default"]]


# assessment


def indicators(source: Source) -> tuple[tuple[str, Indicator], ...]:
    """The indicators with their groups; the weights add up to 100 exactly."""
    return source.indicators


def _indicators(source: Source) -> tuple[tuple[str, Indicator], ...]:
    chosen = source.plan.case.answers.assessment
    words = source.wording
    if chosen.indicators:
        own = str(words.formats["indicator-group"]["own"])
        return tuple((own, indicator) for indicator in chosen.indicators)
    # The duties in play, whichever papers were asked for: one paper reads as in the whole pack.
    topics = {
        d.clause.topic
        for d in source.plan.clauses
        if d.clause.actor != "regulator" and d.status != "not_applicable"
    }
    micro = source.plan.case.profile.size == "micro"
    offered = [raw for raw in source.library.indicators if not micro or raw.get("micro") == "true"]
    used = [
        raw
        for raw in offered
        if not raw["topics"]
        or any(t in topics for t in source.library.matching(tuple(raw["topics"])))
    ]
    weights = _indicator_weights(used, chosen.weights)
    result = []
    for raw, weight in zip(used, weights, strict=True):
        texts = {k: fill(v, source.view) for k, v in words.indicators[raw["id"]].items()}
        if weight:
            group = str(words.formats["indicator-group"][raw["group"]])
            # Our own words and weights: nothing in them to check.
            result.append((group, Indicator.model_construct(None, weight=weight, **texts)))
    return tuple(result)


def _indicator_weights(used: Sequence[Mapping[str, Any]], groups: Any) -> tuple[Decimal, ...]:
    """Whole points: shared by relative weight, inside each group where its sum was given."""
    weights = [Decimal(raw["weight"]) for raw in used]
    have = {raw["group"] for raw in used}
    wanted = {k: v for k, v in dict(groups or {}).items() if k in have}
    if not sum(wanted.values()):
        return _points(Decimal(100), weights)
    result = [Decimal(0)] * len(used)
    sums = _points(Decimal(100), list(wanted.values()))
    for name, points in zip(wanted, sums, strict=True):
        places = [i for i, raw in enumerate(used) if raw["group"] == name]
        for i, share in zip(places, _points(points, [weights[i] for i in places]), strict=True):
            result[i] = share
    return tuple(result)


def _points(total: Decimal, weights: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """A split into whole points where the total is whole, else into hundredths."""
    if total == 0:
        return tuple(Decimal(0) for _ in weights)
    scale = Decimal(100) if total == total.to_integral_value() else Decimal(1)
    return tuple(part * scale for part in split_exactly(total / scale, weights))


def _first_of_run(rows: list[Row]) -> list[Row]:
    """The rows with their group named once a run: the template joins the cells below it."""
    shown = ""
    for row in rows:
        shown, row["group"] = row["group"], "" if row["group"] == shown else row["group"]
    return rows


def assessment_indicators(source: Source) -> list[Row]:
    """One row an indicator; score columns stay empty for hand-written figures."""
    number = source.wording.number
    rows: list[Row] = [
        {
            "no": str(n),
            "group": group,
            "name": i.name,
            "target": i.target,
            "evidence": i.evidence or "",
            "scoring": i.scoring or "",
            "weight": number(i.weight),
            "self": "",
            "superior": "",
            "board": "",
        }
        for n, (group, i) in enumerate(indicators(source), 1)
    ]
    return _first_of_run(rows)


def assessment_totals(source: Source) -> list[Row]:
    """The sum of the weights and the lines for the result."""
    total = sum((i.weight for _, i in indicators(source)), Decimal(0))
    words = source.wording.formats["totals"]
    empty = {"self": "", "superior": "", "board": ""}
    return [
        {"label": words["sum"], "weight": source.wording.number(total), **empty},
        {"label": words["final"], "weight": "", **empty},
    ]


def grades(source: Source) -> list[tuple[str, Decimal, Decimal | None]]:
    """The grades from best to worst: id, least score, score that it must stay below."""
    a = source.plan.case.answers.assessment
    return [
        ("excellent", a.excellent, None),
        ("good", a.good, a.excellent),
        ("pass", a.pass_mark, a.good),
        ("fail", Decimal(0), a.pass_mark),
    ]


def assessment_grades(source: Source) -> list[Row]:
    """The bands of the grades in words."""
    formats, number = source.wording.formats, source.wording.number
    rows = []
    for name, low, high in grades(source):
        form = "at-least" if high is None else "below" if low == 0 else "between"
        text = str(formats["grade-range"][form]).format(
            low=number(low), high=number(high) if high is not None else ""
        )
        rows.append(
            {
                "grade": formats["grade"][name],
                "range": text,
                "result": formats["grade-use"][name],
            }
        )
    return rows


def veto_items(source: Source) -> list[str]:
    """What makes the result a failure whatever the score."""
    own = source.plan.case.answers.assessment.veto_items
    items = own or tuple(source.wording.formats["veto-default"])
    mark = source.wording.formats["sentence-mark"]
    return [item if item.endswith(mark) else f"{item}{mark}" for item in items]


# budget


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
    return source.budget_lines


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
    return {
        "no": str(number),
        "group": w.option("fund.items[].group", line.group),
        "name": line.name,
        "cost_class": w.formats["cost-class"][line.cost_class],
        "basis": line.basis,
        "owner": (item.owner if item else None) or w.formats["fund-owner"],
        "source": (item.source if item else None) or w.formats["fund-source"],
    }


def budget_items(source: Source) -> list[Row]:
    """One row a budget line, figures as text; empty cells where no sum was given."""
    money = source.wording.money
    rows = []
    for n, line in enumerate(budget_lines(source), 1):
        quarters = line.quarters or ()
        texts = [money(q) for q in quarters] or [""] * 4
        row = _budget_row(source, n, line)
        row |= {f"q{i}": text for i, text in enumerate(texts, 1)}
        row["amount"] = "" if line.amount is None else money(line.amount)
        rows.append(row)
    return _first_of_run(rows)


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
    row["amount"] = "" if sums is None else money(sum(sums, Decimal(0)))
    return [row]


def budget_execution(source: Source) -> list[Row]:
    """The lines again, for planned and used sums."""
    money = source.wording.money
    return [
        {
            "no": str(n),
            "name": line.name,
            "planned": "" if line.amount is None else money(line.amount),
            "used": "",
            "rest": "",
            "percent": "",
        }
        for n, line in enumerate(budget_lines(source), 1)
    ]


# system


def org_chart(source: Source) -> list[Row]:
    """The boxes of the organization chart from the deciding organ down to the officer."""
    formats = source.wording.formats
    profile = source.plan.case.profile
    # A manager who decides is the box below anyway.
    organ = profile.organ
    managed = organ is not None and organ.id in {"manager", "factory-director"}
    boxes = [] if managed else [str(source.view["organ.name"])]
    if profile.same_as_general_manager:
        boxes.append(str(formats["chart-same"]).format(post=source.view["post"]))
    else:
        boxes += [source.view["reports_to"], source.view["post"]]
    return [{"text": box} for box in dict.fromkeys(boxes)]


def org_units(source: Source) -> list[Row]:
    """The departments under the officer, side by side."""
    w = source.wording
    names = source.plan.case.answers.company.departments
    if not names:
        united = next((r for r in source.plan.reconciled if r.parameter.id == "departments"), None)
        values = w.formats["parameter"]["departments"]["values"]
        names = tuple(values[v] for v in united.value) if united else (source.view["departments"],)
    return [{"text": name} for name in names]


# confirm


def verdict_lines(source: Source) -> list[str]:
    """The verdict first: bars, then what each standard says of the candidate."""
    return verdict_sentences(source.plan, source.library, source.wording)


def verdict_sentences(plan: Plan, library: Library, w: Wording) -> list[str]:
    """Bars, then one sentence a standard, the gravest first."""
    forms = w.formats["verdict-line"]
    candidate = plan.case.answers.candidate
    names, roles = standard_names(library, w), {r.standard.id: r for r in plan.standards}
    lines = [
        str(forms["barred"]).format(
            person=candidate.name,
            standard=names[c.standard],
            ref=c.cited,
            summary=c.summary,
        )
        for f in plan.findings
        if f.code == "appointment.barred"
        for c in f.clauses
    ]
    order = ("fail", "unknown", "relaxed", "pass")
    ranked = sorted(
        plan.eligibility,
        key=lambda v: (not roles[v.standard.id].decisive, order.index(v.verdict)),
    )
    for verdict in ranked:
        role = roles[verdict.standard.id]
        open_end = verdict.verdict in {"fail", "unknown"} and role.decisive
        lines.append(
            (str(forms["pending"]) if open_end else "")
            + str(forms[verdict.verdict]).format(
                standard=names[verdict.standard.id],
                role=w.formats["role"][role.role],
                person=candidate.name,
                failed=_test_text(w, verdict, "failed"),
                missing=_test_text(w, verdict, "missing"),
                tests=_test_text(w, verdict, "tests"),
                reason=candidate.relaxation_reason or w.blank("candidate.relaxation_reason"),
            )
        )
    return lines or [str(forms["none"])]


def _test_text(w: Wording, verdict: EligibilityVerdict, which: str) -> str:
    parts = []
    for clause, outcome in getattr(verdict, which):
        text = w.outcomes(outcome.deciding())
        if which != "tests":
            form = "cited-test" if clause.cited else "plain-test"
            modality = w.formats["modality"][clause.modality]
            text = str(w.formats[form]).format(ref=clause.cited, modality=modality, text=text)
        parts.append(text)
    joined = str(w.formats["clause-mark"]).join(dict.fromkeys(parts))
    return f"{joined}{w.formats['sentence-mark']}" if which == "tests" and joined else joined


def confirm_findings(source: Source) -> list[Row]:
    """All findings but the agreed-on conflicts, the gravest first."""
    w, names = source.wording, source.names
    rows: list[Row] = []
    for finding in source.plan.findings:
        message, remedy = w.finding(finding, names)
        refs = [clause_ref(source, c.key) for c in finding.clauses]
        rows.append(
            {
                "no": str(len(rows) + 1),
                "severity": w.formats["severity"][finding.severity],
                "message": message,
                "clauses": w.join(list(dict.fromkeys(refs))),
                "remedy": remedy,
            }
        )
    return rows


def clause_ref(source: Source, key: str) -> str:
    """A clause as a paper may cite it: a number only where the source was read and has one."""
    return source.library.cited[key]


def confirm_conflicts(source: Source) -> list[Row]:
    """Each parameter on which standards disagree, with winner and losers."""
    w = source.wording
    rows: list[Row] = []
    for settled in source.plan.reconciled:
        if not settled.conflict:
            continue
        texts = w.settled(settled, source.names)
        finding = next(f for f in source.plan.findings if f.values.get("settled") is settled)
        rows.append(
            {
                "parameter": texts["name"],
                "winner": texts["winner"],
                "losers": texts["losers"],
                "note": w.finding(finding, source.names)[1],
            }
        )
    return rows


def confirm_assumptions(source: Source) -> list[Row]:
    """The values that nobody chose."""
    w = source.wording
    return [
        {
            "no": str(n),
            "field": w.label(a.field),
            "value": w.assumed_value(a),
            "reason": w.formats["assumed"][a.reason],
        }
        for n, a in enumerate(source.plan.assumptions, 1)
    ]


def confirm_blanks(source: Source) -> list[Row]:
    """The fill-ins of the papers: which answer is missing, and where it is wanted."""
    w = source.wording
    return [
        {"no": str(n), "field": w.label(path), "papers": w.join(list(papers))}
        for n, (path, papers) in enumerate(source.blanks.items(), 1)
    ]


def confirm_sources(source: Source) -> list[Row]:
    """Every standard with its role, how well its text is known, and what to keep in mind."""
    w = source.wording
    rows = []
    for role in source.plan.standards:
        notes = role.standard.interpretations if role.role != "background" else ()
        rows.append(
            {
                "name": source.names[role.standard.id],
                "role": w.formats["role"][role.role],
                "confidence": w.formats["confidence"][role.standard.confidence],
                "note": "".join((w.reason(role.reason), w.formats["sentence-mark"], *notes)),
            }
        )
    return rows


def other_post_lines(source: Source) -> list[str]:
    """The other compulsory posts that the regulated activities bring."""
    activities = source.plan.case.answers.company.regulated_activities or ()
    form = str(source.wording.formats["other-post"])
    return [
        form.format(
            activity=source.wording.option("company.regulated_activities", post.id),
            posts=source.wording.join(post.posts),
            basis=post.basis,
            doubt=source.wording.formats["unverified"] if post.certainty == "memory" else "",
        )
        for post in source.library.reference.other_posts.posts
        if post.id in activities
    ]


# workbooks


def assessment_sheet(source: Source) -> dict[str, Any]:
    """What the assessment workbook holds; scores are entered by hand and summed live."""
    view, formats = source.view, source.wording.formats
    a = source.plan.case.answers.assessment
    return {
        "title": source.wording.paper_name("assessment"),
        "company_name": view["company.name"],
        "person": view["person"],
        "post": view["post"],
        "year": int(a.year or source.plan.as_of.year),
        "cycle": view["cycle"],
        "period": str(formats["period"]).format(year=a.year or source.plan.as_of.year),
        "weight_self": a.scorers.self_score,
        "weight_superior": a.scorers.superior,
        "weight_board": a.scorers.board,
        "indicators": [
            {
                "no": n,
                "group": group,
                "name": i.name,
                "target": i.target,
                "evidence": i.evidence or "",
                "scoring": i.scoring or "",
                "weight": i.weight,
            }
            for n, (group, i) in enumerate(indicators(source), 1)
        ],
        "grades": [
            {
                "grade": formats["grade"][name],
                "minimum": low,
                "result": formats["grade-use"][name],
            }
            for name, low, _ in grades(source)
        ],
        "veto": [{"no": n, "name": text} for n, text in enumerate(veto_items(source), 1)],
    }


def budget_sheet(source: Source) -> dict[str, Any]:
    """What the budget workbook holds; amounts are live sums of the quarters."""
    view = source.view
    lines = budget_lines(source)
    fund = source.plan.case.answers.fund
    items = []
    for n, line in enumerate(lines, 1):
        row = {**_budget_row(source, n, line), "no": n}
        quarters = line.quarters or (None,) * 4
        items.append(row | {f"q{i}": q for i, q in enumerate(quarters, 1)})
    groups = dict.fromkeys(row["group"] for row in items)
    return {
        "title": fill(source.wording.papers["budget"]["title"], view),
        "company_name": view["company.name"],
        "year": int(fund.year or source.plan.as_of.year),
        "items": items,
        "execution": [{"no": row["no"], "name": row["name"]} for row in items],
        "groups": [{"name": name} for name in groups],
        "capital": view["fund.capital"],
        "total": fund_total(source.plan),
        "payroll_total": fund.payroll_total,
        "currency": source.wording.formats["yuan"],
        "cost_classes": dict(source.wording.formats["cost-class"]),
        "training_group": source.wording.option("fund.items[].group", "talent"),
    }


def matrix_sheet(source: Source) -> dict[str, Any]:
    """Every clause in play with its status, the paragraphs the other way round, coverage."""
    plan, w = source.plan, source.wording
    roles = {r.standard.id: r.role for r in plan.standards}
    in_play = [r.standard for r in plan.standards if r.role != "background"]
    form = str(w.formats["place-in-paper"])
    places = {p.block: form.format(paper=p.paper, place=p.place) for p in source.paragraphs}
    topics, cited = w.topics, source.library.cited
    return {
        "title": w.paper_name("matrix"),
        "company_name": source.view["company.name"],
        "statuses": {name: w.formats["status"][name] for name in plan.counts()},
        "clauses": _matrix_rows(source, places),
        "paragraphs": [
            {
                "no": n,
                "paper": p.paper,
                "block": p.place,
                "text": p.text,
                "topic": topics[p.topic]["name"] if p.topic else p.origin,
                "clauses": w.join([cited[key] for key in p.clauses]) if p.clauses else "",
            }
            for n, p in enumerate(source.paragraphs, 1)
        ],
        "coverage": [
            {
                "standard": source.names[s.id],
                "role": w.formats["role"][roles[s.id]],
                "total": sum(counts.values()),
                **counts,
            }
            for s in in_play
            for counts in [plan.counts(s.id)]
        ],
        "verdicts": [
            {
                "standard": source.names[v.standard.id],
                "verdict": w.formats["verdict"][v.verdict],
                "failed": _test_text(w, v, "failed"),
                "missing": _test_text(w, v, "missing"),
            }
            for v in plan.eligibility
        ],
    }


def _matrix_rows(source: Source, places: Mapping[str, str]) -> list[dict[str, Any]]:
    """One row a clause: what it says, its status and why, where it stands."""
    w, names, titles, topics = source.wording, source.names, source.titles, source.wording.topics
    modality, actor, status = (w.formats[name] for name in ("modality", "actor", "status"))
    plain = {s.id for s in source.library.standards if s.locators == "number"}
    return [
        {
            "no": number,
            "standard": names[clause.standard],
            "ref": clause.ref if clause.standard in plain else f"〔{clause.ref}〕",
            "topic": topics[clause.topic]["name"],
            "modality": modality[clause.modality],
            "actor": actor[clause.actor],
            "summary": clause.summary,
            "status": status[decision.status],
            "reason": w.reason(decision.reason),
            "papers": w.join([titles[p] for p in decision.papers]) if decision.papers else "",
            "blocks": "\n".join([places[b] for b in decision.blocks]),
        }
        for number, decision in enumerate(source.plan.clauses, 1)
        for clause in [decision.clause]
    ]


ROWS: Mapping[str, Callable[[Source], list[Row]]] = {
    "act_signers": act_signers,
    "assessment_indicators": assessment_indicators,
    "assessment_totals": assessment_totals,
    "assessment_grades": assessment_grades,
    "budget_items": budget_items,
    "budget_totals": budget_totals,
    "budget_execution": budget_execution,
    "org_chart": org_chart,
    "org_units": org_units,
    "confirm_findings": confirm_findings,
    "confirm_conflicts": confirm_conflicts,
    "confirm_assumptions": confirm_assumptions,
    "confirm_blanks": confirm_blanks,
    "confirm_sources": confirm_sources,
}
LINES: Mapping[str, Callable[[Source], list[str]]] = {
    "reserved_matters": reserved_matters,
    "veto_items": veto_items,
    "verdict_lines": verdict_lines,
    "other_post_lines": other_post_lines,
}
SHEETS: Mapping[str, Callable[[Source], dict[str, Any]]] = {
    "assessment": assessment_sheet,
    "budget": budget_sheet,
    "matrix": matrix_sheet,
}

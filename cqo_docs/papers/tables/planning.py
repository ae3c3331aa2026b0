"""What the institution is planned from: factors, standards, people, stages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from cqo_docs.papers.tables.review import open_clauses
from cqo_docs.papers.tables.source import Row, Source, first_of_run
from cqo_docs.papers.view import fund_total
from cqo_docs.plan.model import FREE_MODALITIES, INFORMING_KINDS, ClauseDecision
from cqo_docs.wording.placeholders import fill

COLUMNS = ("own", "optional", "apart", "known")


def planning_factors(source: Source) -> list[Row]:
    """What outside and inside the company the institution has to fit, and what follows."""
    words = source.wording.year["factors"]
    rows: list[Row] = [
        {"group": words[group], "factor": factor, "state": state, "measure": measure}
        for group, found in (("outer", _outer(source)), ("inner", _inner(source)))
        for factor, state, measure in found
    ]
    return first_of_run(rows)


Factor = tuple[str, str, str]


def _told(source: Source, words: Any, **values: str) -> Factor:
    """Factor, state and measure in words; values of the company are put in last."""
    state = fill(words["state"], source.view)
    for name, value in values.items():
        state = state.replace(f"{{{name}}}", value, 1)
    return words["factor"], state, fill(words["measure"], source.view)


def _outer(source: Source) -> Iterator[Factor]:
    w, company = source.wording, source.plan.case.answers.company
    words = w.year["factors"]
    standards = words["standards"]
    cited = [
        str(standards["state"]).format(role=w.formats["role"][role], names=w.join(names))
        for role in ("basis", "reference")
        if (names := [source.names[r.standard.id] for r in source.plan.standards if r.role == role])
    ]
    state = str(w.formats["clause-mark"]).join(cited) or standards["none"]
    yield standards["factor"], state, standards["measure"]
    if company.regulated_activities:
        names = [w.option("company.regulated_activities", a) for a in company.regulated_activities]
        yield _told(source, words["activities"], items=w.join(names))
    yield _told(source, words["customers"])
    if company.quality_award not in {None, "none"}:
        award = w.option("company.quality_award", str(company.quality_award))
        yield _told(source, words["award"], award=award)
    if company.exporter:
        yield _told(source, words["exporter"])


def _inner(source: Source) -> Iterator[Factor]:
    w, case = source.wording, source.plan.case
    words, profile, fund = w.year["factors"], case.profile, case.answers.fund
    sizes = words["scale-measure"]
    measure = sizes.get(profile.size or "", sizes["other"])
    size = w.option("company.size", profile.size) if profile.size else str(w.formats["open"])
    yield _told(source, {**words["scale"], "measure": measure}, size=size)
    yield _told(source, words["governance-state" if profile.state_owned else "governance"])
    if profile.sole:
        yield _told(source, words["sole"])
    yield _told(source, words["departments-micro" if profile.size == "micro" else "departments"])
    judged = words["person-measure"]["barred" if source.plan.barred else source.plan.verdict]
    yield _told(source, {**words["person"], "measure": judged})
    total = fund_total(source.plan)
    if not fund.establish:
        yield _told(source, words["fund-none"])
    elif total is None:
        yield _told(source, words["fund-open"])
    else:
        yield _told(source, words["fund"], total=w.money(total))


def planning_standards(source: Source) -> list[Row]:
    """Each standard in play with how its clauses fare; the figures of a row add up."""
    w, words = source.wording, source.wording.year["standard-result"]
    rows = []
    for role in source.plan.standards:
        if role.role == "background":
            continue
        decided = [d for d in source.plan.clauses if d.clause.standard == role.standard.id]
        counts = Counter(_column(d) for d in decided)
        gaps = [d for d in open_clauses(source) if d.clause.standard == role.standard.id]
        off = sum(d.status == "not_met" for d in gaps)
        told = [
            str(words[name]).format(n=number)
            for name, number in (("not_met", off), ("action", len(gaps) - off))
            if number
        ]
        rows.append(
            {
                "name": source.names[role.standard.id],
                "role": w.formats["role"][role.role],
                "total": str(len(decided)),
                **{name: str(counts[name]) for name in COLUMNS},
                "result": w.formats["clause-mark"].join(told) or words["fine"],
            }
        )
    return rows


def _column(decision: ClauseDecision) -> str:
    """Whose business a clause is, whichever papers were asked for."""
    clause = decision.clause
    if decision.status == "not_applicable":
        return "apart"
    if clause.actor == "regulator" or clause.kind in INFORMING_KINDS:
        return "known"
    return "optional" if clause.modality in FREE_MODALITIES else "own"


def planning_group(source: Source) -> list[Row]:
    """The drafting group: who is named in the answers by name, everybody else by hand."""
    words, case, view = source.wording.year["group"], source.plan.case, source.view
    company, profile = case.answers.company, case.profile
    rows = [_member(words, "head", company.legal_representative, view["head"], "head-work")]
    manager = company.general_manager
    others = profile.same_as_general_manager or _same(manager, company.legal_representative)
    if manager and not others:
        title = source.view["manager"]
        rows.append(_member(words, "member", manager, title, "manager-work"))
    if not profile.same_as_legal_representative:
        renewed = case.answers.appointment.kind == "renewal"
        officer = fill(words["renewed-role" if renewed else "officer-role"], view)
        rows.append(_member(words, "lead", view["person"], officer, "lead-work"))
    if profile.size != "micro" and company.departments:
        role = str(words["member-role"]).replace("{units}", view["departments"])
        rows.append(_member(words, "member", words["person"], role, "member-work"))
    rows.append(_member(words, "staff", words["person"], words["staff"], "staff-work"))
    return rows


def _member(words: Any, part: str, name: str, role: str, work: str) -> Row:
    return {"part": words[part], "name": name, "role": role, "work": words[work]}


def _same(one: str | None, other: str) -> bool:
    return one is not None and "".join(one.split()) == "".join(other.split())


def planning_stages(source: Source) -> list[Row]:
    """What goes into each stage and which papers of the pack come out; not for a short form."""
    if source.plan.case.profile.size == "micro":
        return []
    w = source.wording
    words, others, mark = w.year["stages"], w.year["stage-output"], str(w.year["title-mark"])
    rows = []
    for raw in source.library.year["stages"]:
        papers = [p for p in raw["papers"] if p in source.titles]
        titles = [mark.replace("{title}", w.paper_name(p)) for p in papers]
        rows.append(
            {
                "stage": words[raw["id"]]["stage"],
                "input": words[raw["id"]]["input"],
                "output": w.join(titles) or others[raw["id"]],
            }
        )
    return rows

"""What a person still has to confirm: verdicts, findings, assumptions, fill-ins, sources."""

from __future__ import annotations

from cqo_docs.library.records import Library
from cqo_docs.papers.tables.source import Row, Source, clause_ref, found_text
from cqo_docs.papers.view import standard_names
from cqo_docs.plan.model import Plan
from cqo_docs.wording.sentences import Wording


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
                failed=found_text(w, verdict, "failed"),
                missing=found_text(w, verdict, "missing"),
                tests=found_text(w, verdict, "tests"),
                reason=candidate.relaxation_reason or w.blank("candidate.relaxation_reason"),
            )
        )
    return lines or [str(forms["none"])]


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
    w, rows = source.wording, []
    gap = str(w.formats["sentence-gap"])
    for role in source.plan.standards:
        notes = role.standard.interpretations if role.role != "background" else ()
        rows.append(
            {
                "name": source.names[role.standard.id],
                "role": w.formats["role"][role.role],
                "confidence": w.formats["confidence"][role.standard.confidence],
                "note": gap.join((f"{w.reason(role.reason)}{w.formats['sentence-mark']}", *notes)),
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

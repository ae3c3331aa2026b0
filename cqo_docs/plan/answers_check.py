"""What of the answers only the library can judge: provinces, industries, standards, papers."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from cqo_docs.answers.file import AnswersFile
from cqo_docs.base.errors import Problem
from cqo_docs.facts.reference import find_industry
from cqo_docs.library.records import Library
from cqo_docs.plan.planner import unknown_papers
from cqo_docs.plan.roles import adoption_problems


def library_problems(file: AnswersFile, library: Library) -> Iterator[Problem]:
    """What only the library can tell: unknown provinces, industries, standards, papers."""
    company = file.answers.company
    regions = [r.name for r in library.reference.regions.regions]
    if company.province not in regions:
        close = [r for r in regions if r.startswith(company.province[:2])]
        close = close or get_close_matches(company.province, regions, n=1, cutoff=0.6)
        code = "answers.unknown-province-guess" if close else "answers.unknown-province"
        guess = close[0] if close else ""
        yield file.problem(code, "company.province", have=company.province, guess=guess)
    if find_industry(library.reference, company.industry_code) is None:
        yield file.problem(
            "answers.unknown-industry", "company.industry_code", have=company.industry_code
        )
    known = "、".join(s.id for s in library.standards)
    for i, name in adoption_problems(file.answers, library):
        yield file.problem("answers.unknown-standard", f"plan.adopt[{i}]", have=name, known=known)
    papers = "、".join(p.id for p in library.papers)
    for i, name in unknown_papers(file.answers, library):
        yield file.problem(
            "answers.unknown-paper", f"output.documents[{i}]", have=name, known=papers
        )

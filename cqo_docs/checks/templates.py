"""Whether every template fits its paper: there, set as the paper says, naming what it is given."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from cqo_docs.answers.file import AnswersFile
from cqo_docs.answers.reading import usable_answers
from cqo_docs.base.errors import ContentError, Problem, problem
from cqo_docs.facts.case import case_from
from cqo_docs.library.records import Library, Paper
from cqo_docs.papers.composer import Document, compose
from cqo_docs.plan.planner import plan_case
from cqo_docs.render import WRITTEN, open_renderer, template_folder, template_name
from cqo_docs.render.naming import names_in
from cqo_docs.wording.sentences import Wording

ANY_DAY = date(2026, 1, 1)
# What every paper is given; few templates want all of it.
COMMON = frozenset({"as_of", "title", "company_name", "labels"})


def template_problems(
    library: Library, wording: Wording, folder: Path | None = None
) -> Iterator[Problem]:
    """What is wrong between the papers and the templates in a folder, by default our own."""
    folder = template_folder() if folder is None else folder
    renderer = open_renderer(folder)
    documents = _every_paper(library, wording)
    for paper in library.papers:
        for kind in paper.formats:
            if kind in WRITTEN:
                continue
            name = template_name(paper.template, kind)
            if not (folder / name).is_file():
                yield problem("template.missing", name)
                continue
            given = documents[paper.id].contexts[kind]
            yield from _name_problems(folder / name, given, _own_names(paper, kind), paper.id)
            try:
                renderer(documents[paper.id], kind)
            except ContentError as error:
                yield from error.problems
        yield from _layout_problems(paper, folder)
        if paper.joins is not None:
            yield from _shared_problems(paper, documents, folder)


def _every_paper(library: Library, wording: Wording) -> Mapping[str, Document]:
    """Every paper of a company that answered nothing, by its id."""
    answers, _ = usable_answers({})
    file = AnswersFile(Path(), answers, frozenset(), {})
    case = case_from(file, library.reference, ANY_DAY, wording.terms())
    plan = plan_case(case, library, ANY_DAY, [paper.id for paper in library.papers])
    return {document.id: document for document in compose(plan, library, wording)}


def _own_names(paper: Paper, kind: str) -> frozenset[str]:
    """The rows and paragraphs that a paper brings to its Word file; each has to be printed."""
    return frozenset({*paper.rows, *paper.flows}) if kind == "docx" else frozenset()


def _name_problems(
    path: Path, given: Mapping[str, Any], own: frozenset[str], paper: str
) -> Iterator[Problem]:
    used = names_in(path)
    for name in sorted(used - given.keys() - COMMON):
        yield problem("content.template-wants", path.name, name=name, paper=paper)
    for name in sorted(own - used):
        yield problem("content.template-leaves-out", path.name, name=name, paper=paper)


def _shared_problems(
    paper: Paper, documents: Mapping[str, Document], folder: Path
) -> Iterator[Problem]:
    """The same for the template of two papers in one file, each under its own id there."""
    assert paper.joins is not None
    path = folder / paper.joins.template
    if not path.is_file():
        yield problem("template.missing", path.name)
        return
    together = (paper.joins.paper, paper.id)
    given = {name: None for one in together for name in documents[one].contexts["docx"]}
    yield from _name_problems(path, given | dict.fromkeys(together), frozenset(together), paper.id)


def _layout_problems(paper: Paper, folder: Path) -> Iterator[Problem]:
    """A paper that is not set as it says: it decides how its pages are measured."""
    path = (folder / paper.template).with_suffix(".docx")
    if "docx" in paper.formats and path.is_file():
        set_as = _layout_of(path)
        if paper.layout != set_as:
            where = f"documents/{paper.id}.yaml"
            yield problem("content.layout", where, have=paper.layout, want=set_as)


def _layout_of(template: Path) -> str:
    """How a Word template is set: running text has a line grid, a letter no page number."""
    with zipfile.ZipFile(template) as archive:
        body = archive.read("word/document.xml")
    if b"w:linePitch=" in body:
        return "running-text"
    return "form" if b"<w:footerReference" in body else "letter"

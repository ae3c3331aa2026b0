"""The whole journey for one company: answers file in, checked plan and written pack out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import cqo_docs
from cqo_docs.answers.file import AnswersFile, Check
from cqo_docs.base.errors import PackError, problem
from cqo_docs.base.yamlfile import yaml_text
from cqo_docs.facts.case import Case, case_from
from cqo_docs.forms import checked_answers, known_in_file, read_answers_data
from cqo_docs.library.records import Library
from cqo_docs.pack.manifest import PackFile, Rest, Written, sha256
from cqo_docs.pack.writing import write_pack
from cqo_docs.papers.bilingual import paired
from cqo_docs.papers.composer import Document, compose
from cqo_docs.papers.consistency import check_documents
from cqo_docs.plan.answers_check import library_problems
from cqo_docs.plan.model import Plan
from cqo_docs.plan.planner import plan_case
from cqo_docs.render import KINDS, WRITTEN, Renderer, template_name
from cqo_docs.workspace import Edition, Workspace

REVIEW = "review"


class Composed(NamedTuple):
    """The papers of a plan in the words of one edition, with the plan told in these words."""

    edition: Edition
    plan: Plan
    documents: tuple[Document, ...]


class Print(NamedTuple):
    """Papers with what writes them, and the kinds of files that it writes of them."""

    composed: Composed
    renderer: Renderer
    kinds: tuple[str, ...]


def read_answers(path: Path, workspace: Workspace) -> AnswersFile:
    """One company's answers from a questionnaire or a filled form, checked.

    Raises AnswersError with every problem of the file at once.
    """
    data = read_answers_data(path, workspace.library, workspace.wording)
    return checked_answers(data, workspace.wording.vocabulary(), _fitting(workspace.library))


def known_answers(path: Path, workspace: Workspace) -> dict[str, Any]:
    """The answers in a file that may be incomplete, nested and by id; raises as read_answers()."""
    data = read_answers_data(path, workspace.library, workspace.wording)
    return known_in_file(data, workspace.wording.vocabulary(), _fitting(workspace.library))


def _fitting(library: Library) -> Check:
    """The check against the library."""
    return lambda file: library_problems(file, library)


def make_case(file: AnswersFile, workspace: Workspace, as_of: date) -> Case:
    """The answers with everything that follows from them on a day."""
    return case_from(file, workspace.library.reference, as_of, workspace.wording.terms())


def make_plan(
    file: AnswersFile, workspace: Workspace, as_of: date, only: Sequence[str] = ()
) -> Plan:
    """The plan for one company; its pack holds the papers named in `only` in any case."""
    return plan_case(make_case(file, workspace, as_of), workspace.library, as_of, only)


def pack_files(plan: Plan, workspace: Workspace, review: bool = False) -> tuple[PackFile, ...]:
    """Every file of a pack, rendered; with `review` the review copies of the Word files too.

    Raises PackError for papers that contradict each other.
    """
    prints = _checked_prints(plan, workspace)
    files = [file.printed() for one in prints for file in _unprinted(one, plan)]
    # The remarks are in the first language: they explain to who edits, and are not filed.
    copies = review_files(prints[0].composed, prints[0].renderer) if review else ()
    return (*files, *copies)


class Unprinted(NamedTuple):
    """One file of a pack before it is rendered."""

    path: str
    kind: str
    papers: tuple[Document, ...]
    """The papers in it; all have the same template and context."""
    renderer: Renderer
    standards: tuple[str, ...]

    @property
    def template(self) -> str:
        """The name of the template that will be filled."""
        return template_name(self.papers[0].template, self.kind)

    def printed(self) -> PackFile:
        """The rendered file. Raises ContentError for a template at fault."""
        data = self.renderer(self.papers[0], self.kind)
        return PackFile(self.path, data, tuple(p.id for p in self.papers), self.standards)


def unprinted_files(plan: Plan, workspace: Workspace) -> tuple[Unprinted, ...]:
    """Every file of a pack before it is rendered: what was composed agrees with itself.

    Raises PackError for papers that contradict each other.
    """
    prints = _checked_prints(plan, workspace)
    return tuple(file for one in prints for file in _unprinted(one, plan))


def _checked_prints(plan: Plan, workspace: Workspace) -> tuple[Print, ...]:
    # What is planned is the same in all languages; so are its contradictions.
    documents = compose(plan, workspace.library, workspace.wording)
    check_documents(plan, documents, workspace.wording)
    return prints_of(plan, workspace, documents)


def prints_of(
    plan: Plan, workspace: Workspace, documents: tuple[Document, ...] | None = None
) -> tuple[Print, ...]:
    """The papers of a plan as they are printed, the Word files first.

    `documents` are those in the words of the workspace, where they have been composed already.
    """
    kinds = (*KINDS, *WRITTEN)
    if not workspace.editions:
        plain = Edition(workspace.library, workspace.wording, workspace.renderer)
        if documents is None:
            documents = compose(plan, workspace.library, workspace.wording)
        return (Print(Composed(plain, plan, documents), workspace.renderer, kinds),)
    made = [_composed(plan, edition) for edition in workspace.editions]
    first = made[0]
    if workspace.both is None:
        return (Print(first, first.edition.renderer, kinds),)
    words = tuple(
        paired(a, b)
        for a, b in zip(*(one.documents for one in made), strict=True)
        if "docx" in a.contexts
    )
    # A workbook counts by itself, so each language has one, and so it is with a calendar.
    return (
        Print(first._replace(documents=words), workspace.both, ("docx",)),
        *(Print(one, one.edition.renderer, ("xlsx", *WRITTEN)) for one in made),
    )


def _composed(plan: Plan, edition: Edition) -> Composed:
    """The papers of a plan in the words of an edition; what is planned is the same in all."""
    file, library = plan.case.file, edition.library
    assert file is not None
    case = case_from(file, library.reference, plan.as_of, edition.wording.terms())
    own = plan_case(case, library, plan.as_of, [p.paper.id for p in plan.papers])
    return Composed(edition, own, compose(own, library, edition.wording))


def _unprinted(one: Print, plan: Plan) -> Iterator[Unprinted]:
    for (path, kind), papers in by_file(one.composed.documents, one.kinds).items():
        standards = {s for paper in papers for s in _standards_of(paper, plan)}
        yield Unprinted(path, kind, tuple(papers), one.renderer, tuple(sorted(standards)))


def by_file(
    documents: Iterable[Document], kinds: Sequence[str]
) -> dict[tuple[str, str], list[Document]]:
    """The documents of each file, by its name and kind; papers that share one are together."""
    held: dict[tuple[str, str], list[Document]] = {}
    for document in documents:
        for kind in document.contexts:
            if kind in kinds:
                held.setdefault((file_path(document, kind), kind), []).append(document)
    return held


def review_files(composed: Composed, renderer: Renderer) -> Iterator[PackFile]:
    """The review copy of each Word file: the same text, with comments that tell why."""
    from cqo_docs.papers.review import make_review
    from cqo_docs.render.comments import review_copy

    edition, plan, documents = composed
    for papers in by_file(documents, ("docx",)).values():
        review = make_review(papers, plan, edition.library, edition.wording)
        yield PackFile(
            path=f"{review.path}.docx",
            data=review_copy(papers, review, renderer),
            documents=tuple(paper.id for paper in papers),
            standards=tuple(sorted({s for paper in papers for s in _standards_of(paper, plan)})),
            review=True,
        )


def file_path(document: Document, kind: str) -> str:
    """The name of one file of a document; papers that share a file share the name."""
    return f"{document.number:02d}-{document.file}.{kind}"


def _standards_of(document: Document, plan: Plan) -> set[str]:
    if document.report:
        return {r.standard.id for r in plan.standards if r.role != "background"}
    return {key.partition("#")[0] for block in document.blocks for key in block.clauses}


def manifest_head(plan: Plan, workspace: Workspace) -> dict[str, Any]:
    """What a manifest says besides its files: versions, fingerprints, the date, the verdict."""
    kinds = {(p.template, k) for p in plan.papers for k in p.paper.formats if k not in WRITTEN}
    names = sorted(template_name(template, kind) for template, kind in kinds)
    return {
        "version": cqo_docs.__version__,
        "as_of": plan.as_of.isoformat(),
        "library": workspace.library.version,
        "templates": {name: workspace.renderer.fingerprints[name] for name in names},
        "deflate": workspace.renderer.deflate,
        "locale": workspace.locale,
        "size": plan.case.profile.size,
        "standards": {role.standard.id: role.role for role in plan.standards},
        "verdict": plan.verdict,
        "barred": plan.barred,
        "findings": dict(Counter(f"{f.severity}:{f.code}" for f in plan.findings)),
    }


def inputs_key(answers: str, workspace: Workspace, as_of: date, review: bool = False) -> str:
    """The fingerprint of everything a pack is made from: where it is the same, so is the pack."""
    parts = (
        answers,
        as_of.isoformat(),
        cqo_docs.__version__,
        workspace.library.version,
        workspace.locale,
        repr(sorted(workspace.renderer.fingerprints.items())),
        workspace.renderer.deflate,
        *(["review"] if review else ()),
    )
    return sha256("\0".join(parts).encode())


def answers_text(file: AnswersFile) -> str:
    """The answers that were given, as a questionnaire with ids for keys."""
    data = file.answers.model_dump(mode="json", exclude_unset=True)
    return yaml_text(data)


def generate(
    file: AnswersFile,
    workspace: Workspace,
    output: Path,
    as_of: date,
    only: Sequence[str] = (),
    strict: bool = False,
    copies: Sequence[str] = (),
) -> tuple[Plan, Written]:
    """The plan and the written pack of one company below `output`.

    `copies` may be of the kinds review, pdf and png.

    With `only`, files of other papers that stand there are left as they are.
    Raises PackError if nothing could be written, or if `strict` and a bar was declared.
    """
    plan, review = make_plan(file, workspace, as_of, only), REVIEW in copies
    if strict and plan.barred:
        raise PackError([problem("strict.barred", str(file.path))])
    # What is left as it is gets compared with what would be written now.
    files = pack_files(plan, workspace, review or bool(only))
    others = [f for f in files if only and not set(only).intersection(f.documents)]
    written = [f for f in files if f not in others and (review or not f.review)]
    if printed := tuple(kind for kind in copies if kind != REVIEW):
        # What starts another program is read only where one is started.
        from cqo_docs.office.pdf import copies_of

        written += copies_of([f for f in written if not f.review], printed)
    answers = answers_text(file)
    inputs = inputs_key(answers, workspace, as_of, review)
    head = manifest_head(plan, workspace) | {"inputs": inputs}
    rest = Rest(others, frozenset(only)) if only else None
    return plan, write_pack(output, file.answers.company.name, head, written, answers, rest)

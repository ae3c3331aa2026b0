"""The packs of all samples and how they look in print: made once, for every test that looks."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cases import SAMPLES

from cqo_docs import generation
from cqo_docs.answers.file import planning_date
from cqo_docs.office import pdf
from cqo_docs.pack.locking import lock
from cqo_docs.papers.composer import Document, compose
from cqo_docs.plan.model import Plan
from cqo_docs.workspace import Workspace

AS_OF = date(2026, 11, 8)


@dataclass(frozen=True)
class Pack:
    """One sample's pack, with the plan and the documents that it was made of.

    The documents are those of the source language; `files` names the file of each, by its kind.
    """

    sample: str
    folder: Path
    plan: Plan
    documents: tuple[Document, ...]
    files: tuple[tuple[Document, Path], ...]

    def path(self, document: Document, kind: str) -> Path:
        return self.folder / generation.file_path(document, kind)

    def file(self, paper: str, kind: str) -> Path | None:
        """The file of one paper; None where the pack has no such paper."""
        found = [d for d in self.documents if d.id == paper and kind in d.contexts]
        return self.path(found[0], kind) if found else None


@dataclass(frozen=True)
class Print:
    """One file of a pack as it is printed."""

    pack: Pack
    document: Document
    source: Path
    """The Word or Excel file."""
    pdf: Path

    @property
    def kind(self) -> str:
        """Which of the two it is."""
        return self.source.suffix[1:]

    @property
    def name(self) -> str:
        """What a failed test calls it."""
        return f"{self.pack.sample} {self.document.id} {self.source.name}"


def make_packs(
    output: Path, workspace: Workspace, samples: Sequence[Path] = SAMPLES
) -> tuple[Pack, ...]:
    """The packs of the samples, written: every paper, whether its firm gets it unasked or not.

    In two languages those that it gets: LibreOffice 7.4 parts a pair of headings, and loses rows
    of a table, where these just fill a page.
    """
    whole = [] if workspace.both else [paper.id for paper in workspace.library.papers]
    made = []
    for sample in samples:
        file = generation.read_answers(sample, workspace)
        as_of = planning_date(file, None, AS_OF)
        plan, written = generation.generate(file, workspace, output, as_of, whole)
        documents = compose(plan, workspace.library, workspace.wording)
        known = {document.id: document for document in documents}
        files = tuple(
            (known[paper], written.folder / entry["path"])
            for entry in written.files
            for paper in entry["documents"]
        )
        made.append(Pack(sample.stem, written.folder, plan, documents, files))
    return tuple(made)


def print_packs(packs: Sequence[Pack], folder: Path) -> tuple[Print, ...]:
    """Every file of the packs as PDF, all in one call; whoever comes later finds them there."""
    wanted = [
        Print(pack, document, path, folder / f"{pack.sample}--{path.name}.pdf")
        for pack in packs
        for document, path in pack.files
        if path.suffix in {".docx", ".xlsx"}
    ]
    folder.mkdir(parents=True, exist_ok=True)
    with _held(folder / "lock"):
        if not (folder / "done").exists():
            made = pdf.to_pdf({str(p.source): p.source.read_bytes() for p in wanted})
            for item in wanted:
                item.pdf.write_bytes(made[str(item.source)])
            (folder / "done").touch()
    return tuple(wanted)


@contextlib.contextmanager
def _held(path: Path) -> Iterator[None]:
    """Hold a file against the other workers of the same run."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        lock(handle, wait=True)
        yield
    finally:
        os.close(handle)

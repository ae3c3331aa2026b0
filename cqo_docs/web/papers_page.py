"""What the pages on papers show: the files of a pack, and papers to read with their reasons."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile

from cqo_docs.answers.file import AnswersFile
from cqo_docs.base.errors import CqoError
from cqo_docs.generation import (
    REVIEW,
    Composed,
    answers_text,
    by_file,
    inputs_key,
    make_plan,
    prints_of,
)
from cqo_docs.office.pdf import find_office
from cqo_docs.pack.manifest import ANSWERS, EDITED, MANIFEST, read_manifest, sha256
from cqo_docs.pack.names import safe_name
from cqo_docs.papers.composer import Document
from cqo_docs.papers.review import Line, make_review
from cqo_docs.plan.model import Plan
from cqo_docs.render import WRITTEN
from cqo_docs.render.reading import Page, Sheet, sheets, word_page
from cqo_docs.wording.locales import OFFERED
from cqo_docs.workspace import Workspace

PRINTED, PICTURES = "pdf", "png"
LOOKS: Mapping[str, str] = {"current": "ok", "stale": "warn", "edited": "warn", "missing": "bad"}
KEY_LENGTH = 16
EVENTS = "ics"


class FileRow(NamedTuple):
    """One file of a pack, and how it stands with it."""

    key: str
    """What names it in an address."""
    path: str
    size: int
    state: str
    look: str
    review: bool = False

    @property
    def folder(self) -> str:
        """The folder of the pack that holds it; empty for the pack itself."""
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        """Its name without the folder."""
        return self.path.rpartition("/")[2]

    @property
    def kind(self) -> str:
        """Its suffix: docx."""
        return PurePosixPath(self.path).suffix.lstrip(".")


@dataclass(frozen=True)
class PackPage:
    """The pack of one company as it lies on the disk."""

    folder: Path
    as_of: str
    locale: str
    current: bool
    """Whether it would be made of the same again."""
    files: tuple[FileRow, ...]
    drafts: tuple[str, ...]
    """The files that were moved aside because somebody had edited them."""

    @property
    def edited(self) -> tuple[str, ...]:
        """The files that are not as they were written."""
        return tuple(row.path for row in self.files if row.state == "edited")

    @property
    def missing(self) -> tuple[str, ...]:
        """The files that are gone."""
        return tuple(row.path for row in self.files if row.state == "missing")

    @property
    def kinds(self) -> frozenset[str]:
        """Which copies it has: review, pdf, png."""
        found = {row.kind for row in self.files} & {PRINTED, PICTURES}
        return frozenset(found | ({REVIEW} if any(row.review for row in self.files) else set()))


def pack_page(
    folder: Path, company: str, file: AnswersFile | None, ws: Workspace | None
) -> PackPage | None:
    """The pack in a folder; None where there is none of this company.

    `file` and `ws`, in the locale of the pack, tell whether it still is what it would be.
    """
    manifest = _manifest(folder, company)
    if manifest is None:
        return None
    current = file is not None and ws is not None and is_current(manifest, file, ws)
    rows = tuple(_rows(folder, manifest, current))
    drafts = sorted(
        path.relative_to(folder).as_posix()
        for path in (folder / EDITED).rglob("*")
        if path.is_file() and not path.is_symlink()
    )
    return PackPage(
        folder,
        str(manifest.get("as_of", "")),
        str(manifest.get("locale", "")),
        current,
        rows,
        tuple(drafts),
    )


def _manifest(folder: Path, company: str) -> dict[str, Any] | None:
    manifest = read_manifest(folder) if not folder.is_symlink() else None
    return manifest if manifest is not None and manifest.get("company") == company else None


def pack_locale(folder: Path, company: str) -> str:
    """The locale in which a pack was written; empty where there is none, or none of ours."""
    locale = str((_manifest(folder, company) or {}).get("locale"))
    return locale if locale in OFFERED else ""


def is_current(manifest: Mapping[str, Any], file: AnswersFile, ws: Workspace) -> bool:
    """Whether a pack was made from these answers with what the program is now."""
    try:
        day = date.fromisoformat(str(manifest.get("as_of")))
    except ValueError:
        return False
    review = any(entry.get("review") for entry in manifest["files"])
    wanted = inputs_key(answers_text(file), ws, day, review)
    return bool(wanted == manifest.get("inputs"))


def _rows(folder: Path, manifest: Mapping[str, Any], current: bool) -> Iterator[FileRow]:
    for entry in manifest["files"]:
        path = str(entry.get("path"))
        data = content_of(folder, path)
        if data is None:
            state = "missing"
        elif sha256(data) != entry.get("sha256"):
            state = "edited"
        else:
            state = "current" if current and not entry.get("stale") else "stale"
        yield FileRow(
            key_of(path),
            path,
            len(data or b""),
            state,
            LOOKS[state],
            bool(entry.get("review")),
        )


def content_of(folder: Path, path: str) -> bytes | None:
    """The bytes of a file that a manifest names; None where there is none that may be read.

    It may have gone between two looks: a pack is replaced as a whole.
    """
    place = place_of(folder, path)
    try:
        return place.read_bytes() if place is not None else None
    except OSError:
        return None


def key_of(path: str) -> str:
    """What names a file of a pack in an address: nothing is ever made a path from there."""
    return hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:KEY_LENGTH]


def place_of(folder: Path, path: str) -> Path | None:
    """A file that a manifest names; None where it is not a plain file inside the folder.

    Whoever could write the manifest could have put any path there.
    """
    parts = PurePosixPath(path).parts
    if not parts or ".." in parts or path.startswith("/") or "\\" in path or "\0" in path:
        return None
    place = folder
    try:
        for part in parts:
            place = place / part
            if place.is_symlink():
                return None
        return place if stat.S_ISREG(os.lstat(place).st_mode) else None
    except (OSError, ValueError):
        return None


def file_at(folder: Path, company: str, key: str) -> tuple[str, bytes] | None:
    """The file of a pack with a key: its name in the pack and its bytes."""
    manifest = _manifest(folder, company)
    for entry in manifest["files"] if manifest is not None else ():
        path = str(entry.get("path"))
        data = content_of(folder, path) if key_of(path) == key else None
        if data is not None:
            return path, data
    return None


def archive(folder: Path, company: str) -> bytes | None:
    """The files of a pack in one zip below the name of the company; None where there is none."""
    manifest = _manifest(folder, company)
    if manifest is None:
        return None
    own, held = safe_name(company), io.BytesIO()
    names = [str(entry.get("path")) for entry in manifest["files"]]
    with ZipFile(held, "w", ZIP_DEFLATED) as bundle:
        for name in dict.fromkeys([*names, ANSWERS, MANIFEST]):
            data = content_of(folder, name)
            if data is not None:
                bundle.writestr(f"{own}/{name}", data)
    return held.getvalue()


def can_print() -> bool:
    """Whether PDF copies can be made here."""
    try:
        find_office()
    except CqoError:
        return False
    return True


def can_paint() -> bool:
    """Whether pictures of pages can be made here."""
    return find_spec("pypdfium2") is not None and can_print()


# Reading


class Event(NamedTuple):
    """One day of a calendar."""

    day: str
    summary: str
    description: str


@dataclass(frozen=True)
class Read:
    """One file to read: its papers, its text, what is told of each of its paragraphs."""

    documents: tuple[Document, ...]
    title: str
    page: Page
    sheets: tuple[Sheet, ...]
    events: tuple[Event, ...]
    remarks: Mapping[str, tuple[Line, ...]]
    whole: tuple[Line, ...]


def read_papers(
    file: AnswersFile, ws: Workspace, reader: Workspace, as_of: date, paper: str
) -> Read | None:
    """A paper to read with all that shares its file, written in `ws` and explained in `reader`.

    None for a paper that there is none of. Papers that the pack lacks are read as if it had them.
    """
    if paper not in {p.id for p in ws.library.papers}:
        return None
    wanted = (paper,)
    plan = make_plan(file, ws, as_of, wanted)
    prints = prints_of(plan, ws)
    first = prints[0].composed
    own = [d for d in first.documents if d.id == paper]
    page: Page = ()
    if own and "docx" in own[0].contexts:
        files = by_file(first.documents, ("docx",)).values()
        own = next(papers for papers in files if paper in {p.id for p in papers})
        page = word_page(own, prints[0].renderer)
    shown: list[Sheet] = []
    events: list[Event] = []
    for one in prints:
        for document in one.composed.documents:
            if document.id != paper:
                continue
            if "xlsx" in one.kinds and "xlsx" in document.contexts:
                shown += sheets(document, one.renderer)
            if EVENTS in one.kinds and EVENTS in document.contexts:
                events += _events(document.contexts[EVENTS])
            own = own or [document]
    explained = _explained(file, reader, as_of, wanted, first, plan if ws is reader else None)
    remarks: Mapping[str, tuple[Line, ...]] = {}
    whole: tuple[Line, ...] = ()
    if page:
        ids = {document.id for document in own}
        edition, told, documents = explained
        papers = [document for document in documents if document.id in ids]
        review = make_review(papers, told, edition.library, edition.wording)
        remarks, whole = review.blocks, review.whole
    return Read(tuple(own), own[0].title, page, tuple(shown), tuple(events), remarks, whole)


def _events(context: Mapping[str, Any]) -> Iterator[Event]:
    for one in context["events"]:
        yield Event(one["day"].isoformat(), str(one["summary"]), str(one["description"]))


def _explained(
    file: AnswersFile,
    reader: Workspace,
    as_of: date,
    wanted: Sequence[str],
    first: Composed,
    plan: Plan | None,
) -> Composed:
    """The papers in the words of the reader, in which the remarks are told."""
    if plan is not None:
        return first
    return prints_of(make_plan(file, reader, as_of, wanted), reader)[0].composed


assert EVENTS in WRITTEN

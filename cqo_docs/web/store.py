"""The workspace folder: one answers file a company, with versions, packs and a trash."""

from __future__ import annotations

import os
import stat
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import cqo_docs
from cqo_docs.answers.file import AnswersFile, planning_date
from cqo_docs.base.errors import AnswersError, CqoError, PackError, Problem, problem, reason_of
from cqo_docs.base.yamlfile import read_text
from cqo_docs.generation import answers_text, make_plan, read_answers
from cqo_docs.pack.locking import lock
from cqo_docs.pack.manifest import ANSWERS, read_manifest, sha256
from cqo_docs.pack.names import safe_name
from cqo_docs.questions.draft import Draft, draft_text, parse_draft, write_whole
from cqo_docs.workspace import Workspace

SUFFIX = ".yaml"
PACKS, TRASH, BATCHES = "文书包", ".回收站", "批次"
# Whoever serves the folder holds a lock on this file.
HELD = ".cqo-docs-web"
INCOMPLETE, FINDINGS, CURRENT, STALE, EDITED, READY = STATES = (
    "incomplete", "findings", "current", "stale", "edited", "ready",
)  # fmt: skip
GRAVE = frozenset({"gap", "conflict", "warning"})
# Earlier versions that are kept, so that two windows can be told apart.
MOST_VERSIONS = 200
STAMP = "%Y%m%d-%H%M%S"


class NotFoundError(LookupError):
    """There is no such company in the folder."""


class ConflictError(Exception):
    """The file was changed by somebody else; `company` is as it stands now."""

    def __init__(self, company: Company) -> None:
        self.company = company
        super().__init__(company.name)


@dataclass(frozen=True, slots=True)
class Company:
    """One answers file: its address on the page, the name of the company, the state of the file."""

    ident: str
    name: str
    path: Path
    version: str
    """The fingerprint of the file."""


@dataclass(frozen=True, slots=True)
class Deleted:
    """An answers file in the trash: its address, the name of the company, when it went there."""

    ident: str
    name: str
    day: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with a company: one of STATES, how many grave findings, what is wrong."""

    state: str
    findings: int = 0
    barred: bool = False
    faults: tuple[Problem, ...] = ()


@dataclass
class Store:
    """The companies of one folder. Every file is replaced as a whole, by one writer at a time."""

    folder: Path
    workspace: Workspace
    today: Callable[[], date] = date.today
    lock: threading.RLock = field(default_factory=threading.RLock)
    _read: dict[str, tuple[str, Draft | CqoError]] = field(default_factory=dict)
    """What a file held when it was read last, by its name: its fingerprint, and the draft."""
    _earlier: OrderedDict[str, Draft] = field(default_factory=OrderedDict)
    _planned: dict[str, tuple[Any, Standing, AnswersFile | None]] = field(default_factory=dict)
    _whole: dict[str, tuple[Any, bool]] = field(default_factory=dict)

    @property
    def output(self) -> Path:
        """The folder of the packs."""
        return self.folder / PACKS

    @property
    def batches(self) -> Path:
        """The folder of the batches."""
        return self.folder / BATCHES

    @property
    def trash(self) -> Path:
        """The folder of what was deleted."""
        return self.folder / TRASH

    def output_of(self, company: Company) -> Path:
        """The output folder for the pack of one company.

        Two files may bear the name of one company; their packs never take each other's place.
        """
        own = safe_name(company.ident)
        # Not the bare name of the file: a pack from before the company was renamed may have it.
        return self.output if own == safe_name(company.name) else self.output / f"{own}{SUFFIX}"

    def pack(self, company: Company) -> Path:
        """The folder of the pack of a company, whether it is there or not."""
        return self.output_of(company) / safe_name(company.name)

    # Reading

    def companies(self) -> tuple[Company, ...]:
        """The companies, by the names of their files."""
        return tuple(c for path in self._files() if (c := self._company(path)) is not None)

    def find(self, ident: str) -> Company:
        """The company at an address. Raises NotFoundError.

        The address is only ever compared with what is in the folder: no path is made from it.
        """
        for path in self._files():
            if path.stem == ident and (company := self._company(path)) is not None:
                return company
        raise NotFoundError(ident)

    def draft(self, company: Company) -> Draft:
        """The answers so far. Raises CqoError for a file that is no questionnaire."""
        _, found = self._load(company.path)
        if isinstance(found, CqoError):
            raise found
        return found

    def earlier(self, version: str) -> Draft | None:
        """The answers of an earlier version, where they are still known."""
        return self._earlier.get(version)

    def answers(self, company: Company) -> AnswersFile:
        """The checked answers. Raises AnswersError where some are wrong or missing."""
        return read_answers(company.path, self.workspace)

    def state(self, company: Company) -> str:
        """One of STATES."""
        return self.standing(company).state

    def standing(self, company: Company) -> Standing:
        """How it stands with a company: its answers, its findings, its pack."""
        found, file = self._plan(company)
        manifest = read_manifest(self.pack(company))
        if file is None or manifest is None or manifest.get("company") != company.name:
            return found
        if not self._is_whole(self.pack(company), manifest):
            state = EDITED
        else:
            state = CURRENT if self._is_current(manifest, file) else STALE
        return Standing(state, found.findings, found.barred)

    def _files(self) -> Iterator[Path]:
        return (p for p in _plain(self.folder) if not p.name.startswith("."))

    def _company(self, path: Path) -> Company | None:
        """The company in a file; None where the file is gone or cannot be read."""
        try:
            version, found = self._load(path)
        except OSError:
            return None
        name = found.answers.get("company.name") if isinstance(found, Draft) else None
        return Company(path.stem, name if isinstance(name, str) else path.stem, path, version)

    def _load(self, path: Path) -> tuple[str, Draft | CqoError]:
        """The fingerprint of a file and its draft, or why it is none."""
        version = sha256(path.read_bytes())
        kept = self._read.get(path.name)
        if kept is not None and kept[0] == version:
            return kept
        found: Draft | CqoError
        try:
            text = read_text(path)
            found = self._parsed(text, path)
        except CqoError as error:
            found = error
        self._remember(path, version, found)
        return version, found

    def _parsed(self, text: str, path: Path) -> Draft:
        lines = [line.strip() for line in text.splitlines()]
        if all(not line or line.startswith("#") for line in lines):
            # All answers were taken out again.
            return Draft(head=tuple(line for line in lines if line))
        return parse_draft(text, path, self.workspace.wording.vocabulary())

    def _remember(self, path: Path, version: str, found: Draft | CqoError) -> None:
        self._read[path.name] = (version, found)
        if isinstance(found, Draft):
            self._earlier[version] = found
            self._earlier.move_to_end(version)
            while len(self._earlier) > MOST_VERSIONS:
                self._earlier.popitem(last=False)

    def _plan(self, company: Company) -> tuple[Standing, AnswersFile | None]:
        """How it stands with the answers of a company, and the answers where they can be used."""
        key = (company.version, self.today())
        kept = self._planned.get(company.ident)
        if kept is not None and kept[0] == key:
            return kept[1], kept[2]
        file: AnswersFile | None = None
        try:
            file = self.answers(company)
            day = planning_date(file, None, self.today())
            plan = make_plan(file, self.workspace, day)
            count = sum(f.severity in GRAVE for f in plan.findings)
            found = Standing(FINDINGS if count else READY, count, plan.barred)
        except CqoError as error:
            faults = error.problems if not isinstance(error, AnswersError) else ()
            found = Standing(INCOMPLETE, faults=faults)
        self._planned[company.ident] = (key, found, file)
        return found, file

    def _is_current(self, manifest: Mapping[str, Any], file: AnswersFile) -> bool:
        """Whether a pack would be made of the same again, on its own day and in its languages."""
        renderer, answers = self.workspace.renderer, manifest.get("answers") or {}
        templates = manifest.get("templates") or {}
        return (
            bool(manifest.get("inputs"))
            and answers.get("sha256") == sha256(answers_text(file).encode())
            and manifest.get("version") == cqo_docs.__version__
            and manifest.get("library") == self.workspace.library.version
            and all(renderer.fingerprints.get(name) == own for name, own in templates.items())
        )

    def _is_whole(self, folder: Path, manifest: Mapping[str, Any]) -> bool:
        """Whether every file of a pack is as it was written; those not touched are not read."""
        entries = [*manifest["files"], {**(manifest.get("answers") or {}), "path": ANSWERS}]
        try:
            states = [os.lstat(f"{folder}/{entry['path']}") for entry in entries]
            marks = [(s.st_mtime_ns, s.st_size, s.st_ino) for s in states]
            key = (marks, [entry.get("sha256") for entry in entries])
            kept = self._whole.get(str(folder))
            if kept is not None and kept[0] == key:
                return kept[1]
            whole = all(
                stat.S_ISREG(state.st_mode)
                and state.st_size == entry["size"]
                and sha256((folder / entry["path"]).read_bytes()) == entry["sha256"]
                for state, entry in zip(states, entries, strict=True)
            )
        except (OSError, KeyError, TypeError, ValueError):
            return False
        self._whole[str(folder)] = (key, whole)
        return whole

    # Writing

    def save(self, company: Company, draft: Draft, version: str) -> Company:
        """The company with new answers. Raises ConflictError where the file is at no such version.

        Raises PackError where it cannot be written.
        """
        with self.lock:
            now = self.find(company.ident)
            if now.version != version:
                raise ConflictError(now)
            self._write(company.path, draft)
            return self.find(company.ident)

    def add(self, name: str, draft: Draft) -> Company:
        """A new company; its file bears a safe form of a name. Raises PackError."""
        with self.lock, told(self.folder):
            path = self._free(safe_name(name))
            self._write(path, draft)
            return self.find(path.stem)

    def delete(self, company: Company) -> Deleted:
        """The company in the trash, from where it can be taken back. Raises PackError."""
        with self.lock, told(company.path):
            self.trash.mkdir(exist_ok=True)
            number, stamp = 1, datetime.now().strftime(STAMP)
            while os.path.lexists(place := self.trash / f"{stamp}-{number}-{company.path.name}"):
                number += 1
            company.path.rename(place)
            return Deleted(place.stem, company.name, datetime.now())

    def deleted(self) -> tuple[Deleted, ...]:
        """What is in the trash, the latest first."""
        found = []
        for path in reversed(_plain(self.trash)):
            stamp, _, rest = path.stem.partition("-")
            clock, _, rest = rest.partition("-")
            try:
                day = datetime.strptime(f"{stamp}-{clock}", STAMP)
            except ValueError:
                continue
            company = self._company(path)
            if company is not None:
                name = rest.partition("-")[2] if company.name == path.stem else company.name
                found.append(Deleted(path.stem, name, day))
        return tuple(found)

    def restore(self, ident: str) -> Company:
        """The company taken back from the trash. Raises NotFoundError or PackError."""
        with self.lock:
            for path in _plain(self.trash):
                if path.stem == ident:
                    with told(path):
                        own = path.stem.split("-", 3)[-1]
                        place = self._free(own)
                        path.rename(place)
                        return self.find(place.stem)
        raise NotFoundError(ident)

    def _free(self, stem: str) -> Path:
        """The path of a file that is not there yet."""
        taken = {path.name.casefold() for path in self.folder.iterdir()}
        number, name = 1, f"{stem}{SUFFIX}"
        while name.casefold() in taken:
            number += 1
            name = f"{stem}-{number}{SUFFIX}"
        return self.folder / name

    def _write(self, path: Path, draft: Draft) -> None:
        text = draft_text(draft, self.workspace.wording)
        write_whole(path, text)
        self._remember(path, sha256(text.encode()), draft)


def _plain(folder: Path) -> list[Path]:
    """The answers files in a folder by name: plain files, whose names can be shown and linked to.

    A pipe would be waited for, a device read without end, and a link leads elsewhere.
    """
    found = [p for p in folder.glob(f"*{SUFFIX}") if p.is_file() and not p.is_symlink()]
    return sorted(p for p in found if _is_text(p.name))


def _is_text(name: str) -> bool:
    try:
        return bool(name.encode())
    except UnicodeEncodeError:
        return False


@contextmanager
def told(path: Path) -> Iterator[None]:
    """What the system refuses becomes a PackError at a path."""
    try:
        yield
    except OSError as error:
        where = problem("pack.cannot-write", str(path), reason=reason_of(error))
        raise PackError([where]) from None


def open_store(folder: Path, workspace: Workspace, today: Callable[[], date] = date.today) -> Store:
    """The store of a folder, which is made where there is none. Raises CqoError."""
    if os.path.lexists(folder) and not folder.is_dir():
        raise PackError([problem("pack.no-output", str(folder))])
    with told(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return Store(folder, workspace, today)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Serve a folder as long as nobody else does. Raises PackError where somebody does."""
    with told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / HELD, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not lock(handle):
            raise PackError([problem("web.busy", str(folder))])
        yield
    finally:
        os.close(handle)

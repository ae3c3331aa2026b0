"""The workspace folder: one answers file a company, with versions, packs and a trash."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

from cqo_docs.answers import AnswersFile
from cqo_docs.errors import CqoError, problem, reason_of
from cqo_docs.generate import Workspace, read_answers
from cqo_docs.pack import sha256
from cqo_docs.questionnaire import Draft, draft_text, parse_draft, write_whole

SUFFIX = ".yaml"
PACKS, TRASH, BATCHES = "文书包", ".回收站", "批次"


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


@dataclass
class Store:
    """The companies of one folder. Every file is replaced as a whole, by one writer at a time."""

    folder: Path
    workspace: Workspace
    lock: threading.RLock = field(default_factory=threading.RLock)
    _read: dict[str, tuple[str, Draft | CqoError]] = field(default_factory=dict)
    """What a file held when it was read last, by its name: its fingerprint, and the draft."""

    @property
    def output(self) -> Path:
        """The folder of the packs."""
        return self.folder / PACKS

    @property
    def batches(self) -> Path:
        """The folder of the batches."""
        return self.folder / BATCHES

    def companies(self) -> tuple[Company, ...]:
        """The companies, by the names of their files."""
        files = sorted(p for p in self.folder.glob(f"*{SUFFIX}") if not p.name.startswith("."))
        return tuple(c for path in files if (c := self._company(path)) is not None)

    def find(self, ident: str) -> Company:
        """The company at an address. Raises NotFoundError.

        The address is only ever compared with what is in the folder: no path is made from it.
        """
        for path in self.folder.glob(f"*{SUFFIX}"):
            if path.stem == ident and not path.name.startswith("."):
                company = self._company(path)
                if company is not None:
                    return company
        raise NotFoundError(ident)

    def draft(self, company: Company) -> Draft:
        """The answers so far. Raises CqoError for a file that is no questionnaire."""
        _, found = self._load(company.path)
        if isinstance(found, CqoError):
            raise found
        return found

    def save(self, company: Company, draft: Draft, version: str) -> Company:
        """The company with new answers. Raises ConflictError where the file is at no such version.

        Raises PackError where it cannot be written.
        """
        with self.lock:
            now = self.find(company.ident)
            if now.version != version:
                raise ConflictError(now)
            text = draft_text(draft, self.workspace.wording)
            write_whole(company.path, text)
            self._read[company.path.name] = (sha256(text.encode()), draft)
            return self.find(company.ident)

    def answers(self, company: Company) -> AnswersFile:
        """The checked answers. Raises AnswersError where some are wrong or missing."""
        return read_answers(company.path, self.workspace)

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
        data = path.read_bytes()
        version = sha256(data)
        kept = self._read.get(path.name)
        if kept is not None and kept[0] == version:
            return kept
        found: Draft | CqoError
        try:
            text = data.decode("utf-8-sig")
            found = parse_draft(text, path, self.workspace.wording.vocabulary())
        except CqoError as error:
            found = error
        except UnicodeDecodeError as error:
            found = CqoError([problem("file.unreadable", str(path), reason=reason_of(error))])
        self._read[path.name] = (version, found)
        return version, found


def open_store(folder: Path, workspace: Workspace) -> Store:
    """The store of a folder, which is made where there is none. Raises CqoError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        code = "file.unreadable" if folder.is_dir() else "pack.cannot-write"
        raise CqoError([problem(code, str(folder), reason=reason_of(error))]) from None
    return Store(folder, workspace)

"""The batches of the workspace folder: what was sent, how far each came, where its packs lie."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from pathlib import Path

from werkzeug.datastructures import FileStorage

from cqo_docs.base.errors import CqoError, Problem, problem
from cqo_docs.batch import Report
from cqo_docs.batch.folder import SUMMARY_DATA
from cqo_docs.forms.roster import open_roster
from cqo_docs.pack.manifest import MANIFEST, PROGRAM, read_manifest
from cqo_docs.pack.names import safe_name
from cqo_docs.questions.draft import write_whole
from cqo_docs.web.store import STAMP, NotFoundError, told
from cqo_docs.workspace import Workspace

RECORD = "batch.json"
ROSTER, ANSWERS, PACKS = "名册", "问卷", "文书包"
BOOK = ".xlsx"
SUFFIXES = frozenset({BOOK, ".docx", ".yaml", ".yml", ".json"})
READY, RUNNING, STOPPED, DONE, FAILED = STATES = ("ready", "running", "stopped", "done", "failed")
# A name of ours: a number, then what is left of the name that the file was sent under.
LONGEST_STEM = 60
MOST_FAILURES = 100
FAILED_LINE = b'"status": "failed"'


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch: its address, its folder, what was sent, and how the last run went."""

    ident: str
    folder: Path
    name: str
    created: str
    source: str
    """The roster, or the folder of answers, by its name in the folder."""
    clients: int = 0
    locale: str = "zh-Hans"
    day: str = ""
    """The day that was asked for; empty for that of the first run."""
    state: str = READY
    counts: Mapping[str, int] = field(default_factory=dict)
    as_of: str = ""
    errors: str = ""
    summary: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def roster(self) -> Path:
        """What the run reads."""
        return self.folder / self.source

    @property
    def output(self) -> Path:
        """Where the packs go."""
        return self.folder / PACKS

    @property
    def done(self) -> int:
        """How many clients need no more work."""
        return sum(self.counts.get(kind, 0) for kind in ("written", "current", "failed"))

    def file(self, name: str) -> Path:
        """A file of the run by its name. Raises NotFoundError."""
        with_names = {
            p.name: p for p in self.output.glob("*.*") if p.is_file() and not p.is_symlink()
        }
        if not name or name not in with_names:
            raise NotFoundError(name)
        return with_names[name]

    def failures(self) -> list[tuple[str, str, list[str]]]:
        """Of the first clients that failed: number, name, and what is wrong."""
        found: list[tuple[str, str, list[str]]] = []
        # A summary that somebody changed or took away tells nothing here.
        faults = (OSError, ValueError, LookupError, TypeError, AttributeError)
        with suppress(*faults), (self.output / SUMMARY_DATA).open("rb") as file:
            # One client a line, so that thousands that went well are not even parsed.
            for line in islice((x for x in file if FAILED_LINE in x), MOST_FAILURES):
                data = json.loads(line.strip().rstrip(b","))
                # Where the files lie is no news to whoever sent them.
                own = f"{self.roster}{os.sep}"
                wrong = [str(one["message"]).replace(own, "") for one in data["problems"]]
                found.append((str(data["number"]), str(data["name"] or ""), wrong))
        return found

    def packs(self) -> Iterator[Path]:
        """The folders of packs that there are."""
        for path in _folders(self.output):
            if read_manifest(path) is not None:
                yield path

    def count_packs(self) -> int:
        """How many packs there are, without a look into them."""
        return sum((path / MANIFEST).is_file() for path in _folders(self.output))


@dataclass(frozen=True, slots=True)
class Batches:
    """The folder of the batches."""

    folder: Path
    workspace: Workspace

    def all(self) -> tuple[Batch, ...]:
        """Every batch, the latest first."""
        found = (self._read(path) for path in reversed(_folders(self.folder)))
        return tuple(batch for batch in found if batch is not None)

    def find(self, ident: str) -> Batch:
        """The batch at an address, which is only ever compared. Raises NotFoundError."""
        for path in _folders(self.folder):
            if path.name == ident and (batch := self._read(path)) is not None:
                return batch
        raise NotFoundError(ident)

    def _read(self, folder: Path) -> Batch | None:
        try:
            data = json.loads((folder / RECORD).read_text("utf-8"))
            if data.pop("program") != PROGRAM:
                return None
            faults = tuple(Problem(*one) for one in data.pop("problems"))
            batch = Batch(folder.name, folder, **data, problems=faults)
            batch.done  # noqa: B018 a count that is none is found here
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None
        # A name from the file is a name in the folder, and nothing else.
        plain = all(safe_name(n) == n for n in (batch.source, batch.errors, batch.summary) if n)
        return batch if plain and batch.source and batch.state in STATES else None

    # Writing

    def add(self, files: Sequence[FileStorage]) -> Batch:
        """A new batch of the files that were sent. Raises CqoError where nothing can be read."""
        with told(self.folder):
            self.folder.mkdir(exist_ok=True)
            stamp, number = datetime.now().strftime(STAMP), 1
            while os.path.lexists(folder := self.folder / f"{stamp}-{number}"):
                number += 1
            folder.mkdir()
        try:
            name = safe_name(Path(sent_name(files[0])).stem) if len(files) == 1 else ""
            created = datetime.now().isoformat(" ", "minutes")
            batch = self._with_source(Batch(folder.name, folder, name, created, ""), files)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return batch

    def renew(self, batch: Batch, files: Sequence[FileStorage]) -> Batch:
        """The batch with other files in the place of what was sent; its packs stay."""
        return self._with_source(replace(batch, state=READY, counts={}, problems=()), files)

    def _with_source(self, batch: Batch, files: Sequence[FileStorage]) -> Batch:
        """The batch with files stored under names of ours, read once, and noted."""
        suffixes = [Path(sent_name(file)).suffix.lower() for file in files]
        if not files or not SUFFIXES.issuperset(suffixes):
            raise CqoError([problem("web.batch-files")])
        alone = suffixes == [BOOK]
        with told(batch.folder):
            number = 1
            kind, suffix = (ROSTER, BOOK) if alone else (ANSWERS, "")
            while os.path.lexists(place := batch.folder / f"{kind}-{number}{suffix}"):
                number += 1
            if alone:
                files[0].save(place)
            else:
                place.mkdir()
                for n, (file, own) in enumerate(zip(files, suffixes, strict=True), 1):
                    stem = safe_name(Path(sent_name(file)).stem)[:LONGEST_STEM].rstrip()
                    file.save(place / f"{n:03d}-{stem}{own}")
        try:
            with open_roster(place, self.workspace) as roster:
                count = roster.count
        except BaseException:
            _remove(place)
            raise
        return self.note(replace(batch, source=place.name, clients=count))

    def note(self, batch: Batch) -> Batch:
        """The batch, after its record was written."""
        data = {
            "program": PROGRAM,
            **{name: getattr(batch, name) for name in Batch.__slots__[2:]},
            "counts": dict(batch.counts),
            "problems": [
                (p.code, p.where, {k: str(v) for k, v in p.values.items()}) for p in batch.problems
            ],
        }
        text = json.dumps(data, ensure_ascii=False, indent=2) + "\n"
        write_whole(batch.folder / RECORD, text)
        return batch

    def delete(self, batch: Batch) -> None:
        """Remove a batch with all its packs. Raises PackError."""
        with told(batch.folder):
            # Gone from the list at once, even if the system stops us half-way.
            gone = batch.folder.with_name(f".{batch.ident}")
            batch.folder.rename(gone)
            shutil.rmtree(gone)


def sent_name(file: FileStorage) -> str:
    """The name that a file was sent under, without the folders of whatever system."""
    return str(file.filename).replace("\\", "/").rpartition("/")[2]


def _folders(folder: Path) -> list[Path]:
    """The folders in a folder by name, without hidden ones and links."""
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if not path.name.startswith(".") and not path.is_symlink() and path.is_dir()
    )


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def ended(batch: Batch, report: Report) -> Batch:
    """The batch as a run left it."""
    tally = report.tally
    state = STOPPED if report.interrupted else FAILED if report.stopped else DONE
    return replace(
        batch,
        state=state,
        clients=tally.clients,
        counts={n: getattr(tally, n) for n in ("written", "current", "failed", "drafts")},
        as_of=report.day.isoformat(),
        errors=report.errors.name if report.errors else "",
        summary=report.summary[0].name if report.summary else "",
        problems=report.stopped,
    )

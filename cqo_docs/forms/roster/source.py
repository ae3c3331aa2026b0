"""What a roster is read from: a private copy of it, whether it has changed, whose it is."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Collection, Iterator
from difflib import SequenceMatcher
from pathlib import Path
from typing import IO

import yaml

from cqo_docs.base.errors import CqoError, problem, reason_of
from cqo_docs.base.yamlfile import Loader, read_text
from cqo_docs.office.xlsx_container import BOUNDS
from cqo_docs.questions.columns import NAME
from cqo_docs.wording.sentences import Wording

TEXT_FILES = frozenset({".yaml", ".yml", ".json"})
# Those that are no rosters are refused by what is in them, not passed over.
WORD_FILES = frozenset({".docx"})
BOOK_FILES = frozenset({".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".et", ".csv"})
PIECE = 1 << 20


class Fingerprint:
    """What a file or folder was like when it was read."""

    def __init__(self, source: Path) -> None:
        self.source = source
        self.state = self._state()
        self.content = hashlib.sha256()

    def _state(self) -> bytes:
        """Names, sizes and times of everything that is read."""
        files = roster_files(self.source) if self.source.is_dir() else iter([self.source])
        digest = hashlib.sha256()
        for path in files:
            try:
                state = path.stat()
                facts = f"{path.name}\0{state.st_size}\0{state.st_mtime_ns}\0{state.st_ino}\n"
            except OSError as error:
                facts = f"{path.name}\0{reason_of(error)}\n"
            digest.update(facts.encode("utf-8", "surrogatepass"))
        return digest.digest()

    def add(self, path: Path, data: bytes) -> None:
        """Take the content of one file in."""
        self.content.update(path.name.encode("utf-8", "surrogatepass") + b"\0")
        self.content.update(hashlib.sha256(data).digest())

    def copied(self, path: Path) -> IO[bytes]:
        """A private copy of a file, so that what is read cannot change. Raises CqoError."""
        where = str(path)
        if not path.exists():
            raise CqoError([problem("file.missing", where)])
        if not path.is_file():
            raise CqoError([problem("file.unreadable", where, reason="ESPIPE")])
        copy = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
        try:
            digest = hashlib.sha256()
            with path.open("rb") as file:
                while piece := file.read(PIECE):
                    digest.update(piece)
                    if copy.tell() + len(piece) > BOUNDS.file:
                        raise CqoError([problem("file.book-too-large", where)])
                    copy.write(piece)
            self.add(path, digest.digest())
            copy.seek(0)
        except BaseException:
            copy.close()
            raise
        return copy

    def has_changed(self) -> bool:
        """Whether anything is different now; a file that was only touched is not."""
        try:
            if self._state() == self.state:
                return False
            now = Fingerprint(self.source)
            for path in roster_files(self.source) if self.source.is_dir() else [self.source]:
                now.take(path)
        except (OSError, CqoError):
            return True
        return now.content.digest() != self.content.digest()

    def take(self, path: Path) -> None:
        """Take a file in as reading it does."""
        if path.suffix.lower() in TEXT_FILES:
            self.add(path, read_text(path).encode())
        else:
            self.copied(path).close()


def roster_files(folder: Path) -> Iterator[Path]:
    """The files of a folder that are clients' answers, by name."""
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries)
    for name in names:
        # What office programs leave beside an open file is no answer.
        if not name.startswith((".", "~$")):
            path = folder / name
            if path.suffix.lower() in TEXT_FILES | BOOK_FILES | WORD_FILES and not path.is_dir():
                yield path


def nearest_name(wanted: str, names: Iterator[tuple[int, str]]) -> int | None:
    """The client whose name is most like the wanted one, if any is; the names are a stream."""
    matcher = SequenceMatcher(b=wanted, autojunk=False)
    best, found = 0.6, None
    for number, name in names:
        matcher.set_seq1(name)
        if matcher.real_quick_ratio() > best and matcher.quick_ratio() > best:
            ratio = matcher.ratio()
            if ratio > best:
                best, found = ratio, number
    return found


def name_in(text: str, wording: Wording) -> str | None:
    """The company's name in an answers file, read no further than that; None where it is not.

    Only the folder of the pack depends on it here: what is wrong with the file is told when the
    client's turn comes.
    """
    fields = wording.questions["fields"]
    events = yaml.parse(text, Loader=Loader)
    try:
        next(events), next(events)  # the stream and the document begin
        group = _value_under({"company", str(fields["company"])}, next(events), events)
        name = _value_under({"name", str(fields[NAME])}, group, events)
    except (yaml.YAMLError, StopIteration):
        return None
    return name.value.strip() or None if isinstance(name, yaml.ScalarEvent) else None


def _value_under(
    names: Collection[str], group: yaml.Event | None, events: Iterator[yaml.Event]
) -> yaml.Event | None:
    """The event that begins the value under one of the names, in a group that has just begun."""
    if not isinstance(group, yaml.MappingStartEvent):
        return None
    while not isinstance(key := next(events), yaml.MappingEndEvent):
        _pass_over(key, events)
        value = next(events)
        if isinstance(key, yaml.ScalarEvent) and key.value in names:
            return value
        _pass_over(value, events)
    return None


def _pass_over(event: yaml.Event, events: Iterator[yaml.Event]) -> None:
    """Go on to the end of a value that has begun."""
    depth = int(isinstance(event, yaml.CollectionStartEvent))
    while depth:
        event = next(events)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)

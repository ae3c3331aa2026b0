"""Forms of one company: written to be filled in by people, and read back into answers.

This is the door through which every file of answers comes in: questionnaires and filled forms.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from cqo_docs.answers.file import LAST_PIECE, AnswersFile, Check, Vocabulary
from cqo_docs.answers.reading import answers_by_id, answers_from, usable_answers
from cqo_docs.base.errors import AnswersError, CqoError, PackError, Problem, problem, reason_of
from cqo_docs.base.yamlfile import YamlFile, read_yaml
from cqo_docs.library.records import Library
from cqo_docs.wording.sentences import Wording

OFFICE_SUFFIXES = frozenset({".docx", ".docm", ".doc", ".dotx", ".wps", ".xlsx", ".xlsm", ".xls"})
ZIP, OLE = b"PK\3\4", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# What people send instead of a form, by its first bytes.
OTHERS = {
    b"%PDF": "file.pdf", b"\x89PNG": "file.picture", b"\xff\xd8\xff": "file.picture",
    b"GIF8": "file.picture", b"BM": "file.picture", b"{\\rtf": "file.rtf",
}  # fmt: skip
# The directory of an old container tells what it holds; it may stand anywhere in it.
LARGEST_OLE = 20_000_000
LARGEST_FILE = 60_000_000
# What a questionnaire lacks that is filled in only in part.
MISSING = frozenset({"answers.missing", "answers.governance-needed", "answers.control-needed"})


@dataclass(frozen=True)
class AnswersData:
    """The raw answers of a file: nested texts, where each stands, what could not be understood."""

    file: YamlFile
    places: Mapping[str, str] = field(default_factory=dict)
    """The place of each answer in words; empty where lines tell it."""
    faults: tuple[Problem, ...] = ()


def read_answers_data(path: Path, library: Library, wording: Wording) -> AnswersData:
    """The raw answers in a questionnaire (YAML, JSON) or a filled form, told apart by content.

    Raises CqoError in one plain sentence for a file that is neither.
    """
    kind = kind_of(path)
    if kind == "text":
        return AnswersData(read_yaml(path))
    if kind not in READERS:
        code = kind if kind.startswith("file.") else "file.not-a-form"
        raise CqoError([problem(code, str(path))])
    return READERS[kind](path, library, wording)


def checked_answers(data: AnswersData, vocabulary: Vocabulary, *checks: Check) -> AnswersFile:
    """The answers, checked. Raises AnswersError with every problem at once, each at its place."""
    found: list[Problem] = []
    try:
        answers = answers_from(data.file, vocabulary, *checks)
        if not data.faults:
            return answers
    except AnswersError as error:
        found = [at_place(fault, data.places) for fault in error.problems]
    # What could not be read is missing for that reason only.
    unread = [path for fault in data.faults if (path := fault.values.get("field", ""))]
    found = [fault for fault in found if not any(_about(fault, path) for path in unread)]
    raise AnswersError(_in_order([*data.faults, *found], data.places))


def known_in_file(data: AnswersData, vocabulary: Vocabulary, *checks: Check) -> dict[str, Any]:
    """The answers that were given, nested, by id and checked; others may be missing.

    Raises AnswersError for answers that are wrong.
    """
    try:
        return checked_answers(data, vocabulary, *checks).answers.model_dump(exclude_unset=True)
    except AnswersError as error:
        wrong = [fault for fault in error.problems if fault.code not in MISSING]
        if wrong:
            raise AnswersError(wrong) from None
    answers, stood_in = usable_answers(answers_by_id(data.file, vocabulary))
    known = answers.model_dump(exclude_unset=True)
    for path in stood_in:
        group, _, name = path.partition(".")
        known[group].pop(name, None)
    return known


def at_place(fault: Problem, places: Mapping[str, str]) -> Problem:
    """The same problem with the place of its answer in words, where places are known."""
    place = _nearest(fault.values.get("field", ""), places)
    if not place:
        return fault
    values = {name: value for name, value in fault.values.items() if name != "line"}
    return Problem(fault.code, fault.where, {**values, "place": place})


def _nearest(path: str, places: Mapping[str, str]) -> str:
    """The place of an answer; of a group the first one in it; else that of what holds it."""
    while path:
        if path in places:
            return places[path]
        below = next((own for own in places if own.startswith((f"{path}.", f"{path}["))), None)
        if below is not None:
            return places[below]
        path = LAST_PIECE.sub("", path)
    return ""


def _about(fault: Problem, path: str) -> bool:
    """Whether a problem may come of one unread answer only."""
    named = {fault.values.get("field", ""), fault.values.get("field2", "")}
    named |= set(fault.values.get("among", "").split(","))
    return any(
        f"{name}.".startswith((f"{path}.", f"{path}[")) or path.startswith((f"{name}.", f"{name}["))
        for name in named
        if name
    )


def _in_order(found: list[Problem], places: Mapping[str, str]) -> list[Problem]:
    """The problems as one meets their places in the form; those of none come first."""
    ranks = {place: rank for rank, place in enumerate(dict.fromkeys(places.values()))}
    return sorted(found, key=lambda fault: ranks.get(fault.values.get("place", ""), -1))


# Writing


def write_form(
    path: Path, library: Library, wording: Wording, known: Mapping[str, Any] | None = None
) -> None:
    """Write the form that a file name asks for, with the known answers filled in.

    Raises PackError where it cannot be written or an answer cannot be shown; nothing is left then.
    """
    data = WRITERS[path.suffix.lower()](library, wording, known)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with unfinished.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        code = "pack.file-open" if isinstance(error, PermissionError) else "pack.cannot-write"
        raise PackError([problem(code, str(path), reason=reason_of(error))]) from None


def _word_form(library: Library, wording: Wording, known: Mapping[str, Any] | None) -> bytes:
    from cqo_docs.forms.word.form import word_form
    from cqo_docs.questions.fields import lay_out

    return word_form(lay_out(library, wording), known)


def _excel_form(library: Library, wording: Wording, known: Mapping[str, Any] | None) -> bytes:
    from cqo_docs.forms.excel.form import excel_form
    from cqo_docs.questions.fields import lay_out

    return excel_form(lay_out(library, wording), known)


Writer = Callable[[Library, Wording, Mapping[str, Any] | None], bytes]
WRITERS: Mapping[str, Writer] = {".docx": _word_form, ".xlsx": _excel_form}


# What a file is


def kind_of(path: Path) -> str:
    """What a file is by its content: text, word, excel; or the code of what is wrong with it."""
    try:
        if path.is_dir() or not path.is_file():
            return "text"  # whose reader says what is wrong
        with path.open("rb") as file:
            head = file.read(8)
            if head.startswith(ZIP):
                return _kind_of_zip(path)
            if head == OLE:
                return _kind_of_old_container(file.read(LARGEST_OLE), path)
    except OSError as error:
        raise CqoError([problem("file.unreadable", str(path), reason=reason_of(error))]) from None
    for start, code in OTHERS.items():
        if head.startswith(start):
            return code
    if head and path.suffix.lower() in OFFICE_SUFFIXES:
        return "file.not-a-form"
    return "text"


def _kind_of_zip(path: Path) -> str:
    """What a package holds, by the names of its parts; its readers look closer."""
    if path.stat().st_size > LARGEST_FILE:
        return "file.word-too-large"
    try:
        with ZipFile(path) as archive:
            names = {name.partition("/")[0].casefold() for name in archive.namelist()}
    except (BadZipFile, ValueError, NotImplementedError, OverflowError):
        return "file.damaged-word"
    if "word" in names:
        return "word"
    if "xl" in names:
        return "excel"
    return "file.open-document" if "content.xml" in names else "file.not-a-form"


def _kind_of_old_container(rest: bytes, path: Path) -> str:
    """What a container of Office 97 holds, by the names of its streams."""
    names = {
        "EncryptedPackage": "file.encrypted",
        "WordDocument": "file.doc",
        "Workbook": "file.xls",
    }
    for name, code in names.items():
        if name.encode("utf-16-le") in rest:
            return code
    return "file.doc" if path.suffix.lower() in {".doc", ".wps"} else "file.not-a-form"


def _word_answers(path: Path, library: Library, wording: Wording) -> AnswersData:
    from cqo_docs.forms.blank.reading import read_word_blank
    from cqo_docs.forms.blank.slots import Slots, blank_name
    from cqo_docs.forms.word.reading import read_form_document
    from cqo_docs.office.word_package import open_word
    from cqo_docs.questions.fields import lay_out

    document = open_word(path, io.BytesIO(_read(path)))
    name, layout = blank_name(document.properties), lay_out(library, wording)
    if name is not None:
        blank = read_word_blank(path, document, name, Slots(layout, library))
        return AnswersData(YamlFile(path, blank.data, {}), blank.places, blank.faults)
    found = read_form_document(path, document, layout)
    return AnswersData(YamlFile(path, found.data, {}), found.places, found.faults)


def _excel_answers(path: Path, library: Library, wording: Wording) -> AnswersData:
    from cqo_docs.forms.blank.reading import read_excel_blank
    from cqo_docs.forms.blank.slots import Slots, blank_name
    from cqo_docs.forms.excel.file import read_form_file
    from cqo_docs.forms.excel.reading import read_form_book
    from cqo_docs.questions.fields import lay_out

    file = read_form_file(io.BytesIO(_read(path)), str(path))
    name, layout = blank_name(file.properties), lay_out(library, wording)
    if name is not None:
        blank = read_excel_blank(path, file, name, Slots(layout, library))
        return AnswersData(YamlFile(path, blank.data, {}), blank.places, blank.faults)
    found = read_form_book(path, file, layout)
    return AnswersData(YamlFile(path, found.data, {}), found.places, found.faults)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CqoError([problem("file.unreadable", str(path), reason=reason_of(error))]) from None


READERS: Mapping[str, Callable[[Path, Library, Wording], AnswersData]] = {
    "word": _word_answers,
    "excel": _excel_answers,
}

__all__ = [
    "READERS",
    "WRITERS",
    "AnswersData",
    "at_place",
    "checked_answers",
    "kind_of",
    "known_in_file",
    "read_answers_data",
    "write_form",
]

"""Read the answers in a file: questionnaires and filled forms come in through this door."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cqo_docs.answers.file import LAST_PIECE, AnswersFile, Check, Vocabulary
from cqo_docs.answers.raw import RawAnswers, raw_answers
from cqo_docs.answers.reading import answers_by_id, answers_from, usable_answers
from cqo_docs.base.errors import AnswersError, CqoError, Problem, problem, reason_of
from cqo_docs.base.yamlfile import read_yaml
from cqo_docs.forms.kinds import kind_of
from cqo_docs.library.records import Library
from cqo_docs.wording.sentences import Wording

# What a questionnaire lacks that is filled in only in part.
MISSING = frozenset({"answers.missing", "answers.governance-needed", "answers.control-needed"})


def read_answers_data(path: Path, library: Library, wording: Wording) -> RawAnswers:
    """The raw answers in a questionnaire (YAML, JSON) or a filled form, told apart by content.

    Raises CqoError in one plain sentence for a file that is neither.
    """
    kind = kind_of(path)
    if kind == "text":
        return raw_answers(read_yaml(path))
    if kind not in READERS:
        code = kind if kind.startswith("file.") else "file.not-a-form"
        raise CqoError([problem(code, str(path))])
    return READERS[kind](path, library, wording)


def checked_answers(data: RawAnswers, vocabulary: Vocabulary, *checks: Check) -> AnswersFile:
    """The answers, checked. Raises AnswersError with every problem at once, each at its place."""
    found: list[Problem] = []
    try:
        answers = answers_from(data, vocabulary, *checks)
        if not data.faults:
            return answers
    except AnswersError as error:
        found = [at_place(fault, data.places) for fault in error.problems]
    # What could not be read is missing for that reason only.
    unread = [path for fault in data.faults if (path := fault.values.get("field", ""))]
    found = [fault for fault in found if not any(_about(fault, path) for path in unread)]
    raise AnswersError(_in_order([*data.faults, *found], data.places))


def known_in_file(data: RawAnswers, vocabulary: Vocabulary, *checks: Check) -> dict[str, Any]:
    """The answers that were given, nested, by id and checked; others may be missing.

    Raises AnswersError for answers that are wrong.
    """
    try:
        return checked_answers(data, vocabulary, *checks).answers.model_dump(exclude_unset=True)
    except AnswersError as error:
        wrong = [fault for fault in error.problems if fault.code not in MISSING]
        if wrong:
            raise AnswersError(wrong) from None
    answers, stood_in = usable_answers(answers_by_id(data, vocabulary))
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


def _word_answers(path: Path, library: Library, wording: Wording) -> RawAnswers:
    from cqo_docs.forms.blank.reading import read_word_blank
    from cqo_docs.forms.blank.slots import Slots, blank_name
    from cqo_docs.forms.word.reading import read_form_document
    from cqo_docs.office.word_package import open_word
    from cqo_docs.questions.fields import lay_out

    document = open_word(path, io.BytesIO(_read(path)))
    name, layout = blank_name(document.properties), lay_out(library, wording)
    if name is not None:
        return read_word_blank(path, document, name, Slots(layout, library))
    return read_form_document(path, document, layout)


def _excel_answers(path: Path, library: Library, wording: Wording) -> RawAnswers:
    from cqo_docs.forms.blank.reading import read_excel_blank
    from cqo_docs.forms.blank.slots import Slots, blank_name
    from cqo_docs.forms.excel.file import read_form_file
    from cqo_docs.forms.excel.reading import read_form_book
    from cqo_docs.questions.fields import lay_out

    file = read_form_file(io.BytesIO(_read(path)), str(path))
    name, layout = blank_name(file.properties), lay_out(library, wording)
    if name is not None:
        return read_excel_blank(path, file, name, Slots(layout, library))
    return read_form_book(path, file, layout)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CqoError([problem("file.unreadable", str(path), reason=reason_of(error))]) from None


READERS: Mapping[str, Callable[[Path, Library, Wording], RawAnswers]] = {
    "word": _word_answers,
    "excel": _excel_answers,
}

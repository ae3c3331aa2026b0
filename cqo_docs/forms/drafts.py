"""A questionnaire to go on with, from a questionnaire file or any filled form."""

from __future__ import annotations

from pathlib import Path

from cqo_docs.answers.reading import answers_by_id
from cqo_docs.base.errors import AnswersError
from cqo_docs.forms import kind_of, read_answers_data
from cqo_docs.library.records import Library
from cqo_docs.questions.draft import Draft, draft_from, read_draft
from cqo_docs.wording.sentences import Wording

SUFFIXES = frozenset({".yaml", ".yml", ".json"})


def open_draft(path: Path, library: Library, wording: Wording) -> Draft:
    """The draft in a questionnaire or a filled form. Raises CqoError where it is neither."""
    vocabulary = wording.vocabulary()
    if kind_of(path) == "text":
        return read_draft(path, vocabulary)
    data = read_answers_data(path, library, wording)
    if data.faults:
        raise AnswersError(data.faults)
    return draft_from(answers_by_id(data, vocabulary), data.places)

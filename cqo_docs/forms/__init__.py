"""Forms of one company: written to be filled in by people, and read back into answers."""

from cqo_docs.forms.kinds import OFFICE_SUFFIXES, kind_of
from cqo_docs.forms.reading import (
    READERS,
    at_place,
    checked_answers,
    known_in_file,
    read_answers_data,
)
from cqo_docs.forms.writing import WRITERS, write_form

__all__ = [
    "OFFICE_SUFFIXES",
    "READERS",
    "WRITERS",
    "at_place",
    "checked_answers",
    "kind_of",
    "known_in_file",
    "read_answers_data",
    "write_form",
]

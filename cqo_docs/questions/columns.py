"""The columns of a form: every question of the questionnaire with its words, once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

from cqo_docs.answers.questions import Question, questions
from cqo_docs.answers.types import PERCENT
from cqo_docs.library.records import Library
from cqo_docs.wording.sentences import Wording

NAME, CODE = "company.name", "company.credit_code"
# How the names begin that tell rosters and forms of ours, and their layout.
MARK, FORM_MARK = "cqo_roster_", "cqo_form_"
PROVINCE = "company.province"
# What may stand about a heading without changing what it says.
BLANKS = re.compile(r"[\s*＊]+")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the answer it holds, and what a person is told about it.

    `path` is that of the question, with an index where each of a fixed number of entries has a
    column of its own: fund.items[].quarters[0].
    """

    path: str
    question: Question
    label: str
    group: str
    options: tuple[str, ...] = ()
    """The words to choose from, where there is a choice."""

    @property
    def kind(self) -> str:
        """The kind of the question; `code` for a text that has a form of its own."""
        own_form = self.question.kind == "text" and self.question.limits is None
        return "code" if own_form else self.question.kind

    @property
    def many(self) -> bool:
        """Whether one cell holds a list."""
        return self.question.many and self.question.entries is None

    @property
    def percent(self) -> bool:
        """Whether a cell that shows 90% means 90."""
        return self.question.limits == PERCENT

    @property
    def length(self) -> int:
        """The most characters of a text; 0 where there is no such limit."""
        return self.question.limits.length if self.question.limits else 0

    def needed(self, in_list: bool) -> bool:
        """Whether every row must have it."""
        return self.question.required if in_list else self.question.always


@dataclass(frozen=True)
class Sheet:
    """One sheet: the clients themselves, or the entries of one list of all clients."""

    list_path: str
    name: str
    columns: tuple[Column, ...]

    @property
    def of_clients(self) -> bool:
        """Whether a row is a client."""
        return not self.list_path

    @cached_property
    def by_path(self) -> Mapping[str, int]:
        """The place of every column in the form, counted from 0."""
        return {column.path: number for number, column in enumerate(self.columns)}

    @cached_property
    def by_label(self) -> Mapping[str, str]:
        """The path of every column under its words, short and with its group, as compared."""
        found: dict[str, str] = {}
        for column in self.columns:
            for words in (column.label, f"{column.group}·{column.label}"):
                found[compared(words)] = column.path
        return found

    def needed(self, column: Column) -> bool:
        """Whether every row of this sheet must have an answer in this column."""
        if column.path == NAME:
            return True
        return column.needed(not self.of_clients) and column.path != CODE


def compared(words: str) -> str:
    """A heading or choice as it is compared: one width, no blanks, no mark for required."""
    return BLANKS.sub("", unicodedata.normalize("NFKC", words)).casefold()


def form_sheets(wording: Wording, library: Library) -> tuple[Sheet, ...]:
    """The sheet of the clients, then one for every list, as the models have them."""
    asked = tuple(questions())
    columns = tuple(chain.from_iterable(_columns(q, wording, library) for q in asked))
    keys = tuple(c for c in columns if c.path in {NAME, CODE})
    single = tuple(c for c in columns if "[]." not in c.path)
    lists = tuple(
        Sheet(
            q.path,
            _words(q.path, wording)[1],
            (*keys, *(c for c in columns if c.path.startswith(f"{q.path}[]."))),
        )
        for q in asked
        if q.kind == "list"
    )
    return (Sheet("", str(wording.forms["sheets"]["clients"]), single), *lists)


def _columns(question: Question, wording: Wording, library: Library) -> Iterator[Column]:
    """The columns of one question: none for a list with a sheet, several for a fixed number."""
    if question.kind == "list":
        return
    group, label = _words(question.path, wording)
    options = _options(question, wording, library)
    if question.entries is None:
        yield Column(question.path, question, label, group, options)
        return
    words = wording.forms["entries"][question.path]
    for number in range(question.entries):
        yield Column(f"{question.path}[{number}]", question, words[number], group, options)


def _words(path: str, wording: Wording) -> tuple[str, str]:
    """The words for the group of a question and for itself, as the questionnaire has them."""
    names, groups, prefix = wording.questions["fields"], list[str](), ""
    for piece in path.split("."):
        prefix = f"{prefix}.{piece}" if prefix else piece
        groups.append(str(names.get(prefix.removesuffix("[]"), piece)))
    label = groups.pop()
    return "·".join(groups), label


def _options(question: Question, wording: Wording, library: Library) -> tuple[str, ...]:
    if question.path == PROVINCE:
        return tuple(region.name for region in library.reference.regions.regions)
    if question.kind == "yes-no":
        return (str(wording.formats["yes"]), str(wording.formats["no"]))
    return tuple(wording.option(question.path, option) for option in question.options)


def shown(column: Column, value: Any, wording: Wording) -> str:
    """An answer of the questionnaire as a person writes it into a cell."""
    if isinstance(value, (list, tuple)):
        return joined([shown(column, item, wording) for item in value], wording)
    if column.kind == "yes-no" and str(value).lower() in {"true", "false"}:
        return column.options[str(value).lower() == "false"]
    return wording.option(column.question.path, str(value))


def joined(items: list[str], wording: Wording) -> str:
    """Several answers in one cell: side by side, or one a line where one holds the list mark."""
    if not items:
        return str(wording.formats["none"])
    if any(SEPARATORS.search(item) for item in items):
        # The line end tells even a single one from a list.
        return "\n".join(items) + "\n"
    return str(wording.formats["list-mark"]).join(items)


# Names are short and hold no comma; a sentence may.
SEPARATORS = re.compile(r"[、，,；;]")
SENTENCE_LENGTH = 200


def split(text: str, column: Column) -> list[str]:
    """The single answers in one cell."""
    if "\n" in text:
        parts = text.splitlines()
    elif column.length > SENTENCE_LENGTH:
        parts = text.split("、")
    else:
        parts = SEPARATORS.split(text)
    return [part.strip() for part in parts if part.strip()]

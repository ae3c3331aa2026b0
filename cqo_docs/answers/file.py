"""A questionnaire that was read: its answers, which were given, and on which lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from cqo_docs.answers.model import Answers
from cqo_docs.base.errors import Problem, problem

LAST_PIECE = re.compile(r"(\.?[^.\[\]]+|\[\d+\])$")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words a questionnaire may use for its keys and choices, mapped to their ids."""

    keys: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AnswersFile:
    """One company's answers, which of them were given, and where each stands in its file."""

    path: Path
    answers: Answers
    given: frozenset[str]
    lines: Mapping[str, int]

    def problem(self, code: str, where: str, **values: object) -> Problem:
        """A problem at one answer of this file."""
        line = nearest_line(self.lines, where)
        return problem(code, str(self.path), field=where, line=line, **values)


def nearest_line(lines: Mapping[str, int], path: str) -> int:
    """The line of an answer, or of the nearest group above it; 1 for the file itself."""
    while path not in lines and path:
        path = LAST_PIECE.sub("", path)
    return lines.get(path, 1)


Check = Callable[["AnswersFile"], Iterator[Problem]]


def planning_date(file: AnswersFile, given: date | None, today: date) -> date:
    """The day to plan for: the one asked for, or that of the answers, or today."""
    return given or file.answers.plan.as_of or today

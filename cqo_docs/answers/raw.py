"""The answers of a file as they were read, whatever kind of file it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cqo_docs.base.errors import Problem
from cqo_docs.base.yamlfile import Key, YamlFile, line_of


@dataclass(frozen=True)
class RawAnswers:
    """Nested texts, where each of them stands, and what could not be understood.

    A text file tells places by its lines, a form in words.
    """

    path: Path
    data: Any
    lines: Mapping[Key, tuple[int, int]] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[Problem, ...] = ()

    def line(self, key: Key) -> int:
        """The line of an answer, or of what holds it; 1 where no lines are known."""
        return line_of(key, self.lines)


def raw_answers(file: YamlFile) -> RawAnswers:
    """The answers in a questionnaire."""
    return RawAnswers(file.path, file.data, file.places)

"""What can be wrong, said once: a code, a place and the values of one plain sentence."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing a person must fix; its sentence stands in `wording/<locale>/messages.yaml`."""

    code: str
    where: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


class CqoError(Exception):
    """The root of everything a user can cause; carries all problems found, never just the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{p.where} {p.code} {dict(p.values)}" for p in self.problems))


class AnswersError(CqoError):
    """The questionnaire cannot be used as it is."""


class ContentError(CqoError):
    """The standards, topics, wording or templates contradict each other."""


class PackError(CqoError):
    """The pack cannot be written, and nothing was."""


def reason_of(error: BaseException) -> str:
    """The system's short name for what failed (ENOSPC), or else the kind of error."""
    number = getattr(error, "errno", None)
    return errno.errorcode.get(number, type(error).__name__) if number else type(error).__name__


def problem(code: str, where: str = "", **values: object) -> Problem:
    """A problem whose values are all text."""
    return Problem(code, where, {key: str(value) for key, value in values.items()})

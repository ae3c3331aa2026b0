"""What the readers of all forms share: answers and faults are gathered, versions are refused."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cqo_docs.answers.raw import RawAnswers
from cqo_docs.base.errors import CqoError, Problem, problem
from cqo_docs.office.word_reading import Odd
from cqo_docs.questions.fields import Layout
from cqo_docs.questions.written import NOTHING, Fault, Value

# This many of our labels make a file a form that lost its name.
FEWEST_LABELS = 5
MOST_FAULTS = 200
MOST_SHOWN = 40
# Several places, named one after the other, are shown whole.
WHOLE = frozenset({"others"})


@dataclass
class Gathered:
    """What a form says, as far as it has been read."""

    path: Path
    layout: Layout
    data: dict[str, Any] = field(default_factory=dict)
    """The answers, nested."""
    places: dict[str, str] = field(default_factory=dict)
    """Where each answer stands or would stand, in words."""
    faults: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        # A group in which something must be answered is there, so that all of it is asked for.
        for own in self.layout.fields:
            if own.required:
                self.data.setdefault(own.path.partition(".")[0], {})

    def say(self, code: str, place: str, path: str = "", **values: object) -> None:
        """Note what cannot be understood, once; `path` is that of the answer it is about."""
        about = {"field": path} if path else {}
        shown = {n: str(v) if n in WHOLE else shortened(str(v)) for n, v in values.items()}
        fault = problem(code, str(self.path), place=place, **about, **shown)
        if len(self.faults) < MOST_FAULTS and fault not in self.faults:
            self.faults.append(fault)

    def say_odd(
        self, found: Iterable[Odd], place: str, path: str = "", passed: Collection[str] = ()
    ) -> None:
        """Note what is no text; kinds that are `passed` do no harm there."""
        for odd in found:
            if odd.kind not in passed:
                self.say(f"form.{odd.kind}", place, path, have=odd.text)

    def sound(self, found: Value | Fault | None, place: str, path: str) -> Value | None:
        """The answer in a place; None where there is none, or where it is refused, and said so."""
        if isinstance(found, Fault):
            self.say(found.code, place, path, **found.values)
            return None
        return found

    def put(self, path: str, value: Any) -> None:
        """Put an answer into its place among nested ones."""
        data = self.data
        *groups, name = path.split(".")
        for group in groups:
            data = data.setdefault(group, {})
        data[name] = value

    def answers(self) -> RawAnswers:
        """All of it."""
        return RawAnswers(self.path, self.data, places=self.places, faults=tuple(self.faults))


def shortened(text: str) -> str:
    """The beginning of what a form says, in one line, for a message."""
    return " ".join(text.strip(" *＊").split())[:MOST_SHOWN]


def check_version(path: Path, form: str, have: tuple[int, str], want: tuple[int, str]) -> None:
    """Nothing where the version and the locale of a form are ours.

    `form` begins the codes of what is said. Raises CqoError.
    """
    (version, locale), (newest, own) = have, want
    code = ""
    if locale.casefold() != own.casefold():
        code = "other-locale"
    elif version != newest:
        code = "newer" if version > newest else "older"
    if code:
        about = {"have": version, "want": newest, "locale": locale}
        raise CqoError([problem(f"{form}.{code}", str(path), **about)])


def own_marks(properties: Mapping[str, str], prefix: str) -> set[str]:
    """The fingerprints of what a form itself says, as its properties keep them."""
    return {
        mark for name, text in properties.items() if name.startswith(prefix)
        for mark in text.split()
    }  # fmt: skip


def put_part(entry: dict[str, Any], name: str, value: Any, size: int | None) -> None:
    """Put an answer into an entry of a list: one of a fixed number of figures among the others."""
    if size is None:
        entry[name] = value
    else:
        own, _, number = name.partition("[")
        entry.setdefault(own, [None] * size)[int(number[:-1])] = value


def says_none(entries: Sequence[Mapping[Any, Any]], first: str | int) -> bool:
    """Whether a list says that it has no entries: one word for it in its first column."""
    if len(entries) != 1 or set(entries[0]) != {first}:
        return False
    return str(entries[0][first]).strip().lower() in NOTHING

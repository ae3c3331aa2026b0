"""What the rows, lines and sheets of a paper are computed from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from cqo_docs.library.records import Library
from cqo_docs.papers.view import View, standard_names
from cqo_docs.plan.model import EligibilityVerdict, Plan
from cqo_docs.wording.sentences import Wording

T = TypeVar("T")

Row = dict[str, Any]


@dataclass(frozen=True)
class Source:
    """What rows are computed from."""

    plan: Plan
    library: Library
    wording: Wording
    view: View
    blanks: Mapping[str, tuple[str, ...]]
    paragraphs: Mapping[str, Row] = field(default_factory=dict)
    """The paragraphs of the papers composed so far by their ids, as the matrix lists them."""
    titles: Mapping[str, str] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def names(self) -> Mapping[str, str]:
        """How each standard is cited."""
        return standard_names(self.library, self.wording)

    def once(self, name: str, make: Callable[[Source], T]) -> T:
        """What a function gives for this source, made when it is first wanted."""
        if name not in self.kept:
            self.kept[name] = make(self)
        made: T = self.kept[name]
        return made


def first_of_run(rows: list[Row]) -> list[Row]:
    """The rows with their group named once a run: the template joins the cells below it."""
    shown = ""
    for row in rows:
        shown, row["group"] = row["group"], "" if row["group"] == shown else row["group"]
    return rows


def clause_ref(source: Source, key: str) -> str:
    """A clause as a paper may cite it: a number only where the source was read and has one."""
    return source.library.cited[key]


def found_text(w: Wording, verdict: EligibilityVerdict, which: str) -> str:
    """The tests of a verdict in one line: those that `failed`, are `missing`, or all `tests`."""
    parts = []
    for clause, outcome in getattr(verdict, which):
        text = w.outcomes(outcome.deciding())
        if which != "tests":
            form = "cited-test" if clause.cited else "plain-test"
            modality = w.formats["modality"][clause.modality]
            text = str(w.formats[form]).format(ref=clause.cited, modality=modality, text=text)
        parts.append(text)
    joined = str(w.formats["clause-mark"]).join(dict.fromkeys(parts))
    return f"{joined}{w.formats['sentence-mark']}" if which == "tests" and joined else joined

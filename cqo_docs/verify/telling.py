"""Findings in words: the same one once, the gravest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from cqo_docs.base.errors import Problem
from cqo_docs.pack.manifest import ANSWERS, MANIFEST
from cqo_docs.papers.consistency import PackFinding, told
from cqo_docs.workspace import Workspace

SEVERITIES = ("fault", "change", "note")


class Told(NamedTuple):
    """One finding in words, with how grave it is and how often it was met."""

    code: str
    severity: str
    file: str
    place: str
    message: str
    remedy: str
    times: int
    old: str
    new: str


@dataclass(frozen=True)
class Report:
    """What was found in one pack."""

    folder: Path
    company: str
    as_of: str
    findings: tuple[Told, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    """Each file of the pack with its state: same, changed, missing, unreadable, unknown."""
    open: int = 0
    problems: tuple[Problem, ...] = ()
    """Why the pack could not be verified at all."""

    def count(self, severity: str) -> int:
        """How many findings are so grave."""
        return sum(f.times for f in self.findings if f.severity == severity)

    @property
    def consistent(self) -> bool:
        """Whether the pack could be verified and nothing in it disagrees."""
        return not self.problems and not self.count("fault")


def united(found: Sequence[PackFinding]) -> list[PackFinding]:
    """The findings, the same change met in many places of a file told once."""
    united: dict[tuple[str, ...], PackFinding] = {}
    for finding in found:
        key = (finding.code, finding.file, *map(str, sorted(finding.values.items())))
        known = united.get(key)
        united[key] = finding if known is None else known._replace(times=known.times + 1)
    return list(united.values())


def in_order(found: Sequence[PackFinding], files: Sequence[str], ws: Workspace) -> Iterator[Told]:
    """The findings in words, the gravest first, then by file."""
    words = ws.wording.verify
    rank = {name: n for n, name in enumerate((MANIFEST, ANSWERS, *files))}
    places = [(f, str(words["findings"][f.code]["severity"])) for f in found]
    ordered = sorted(
        places, key=lambda pair: (SEVERITIES.index(pair[1]), rank.get(pair[0].file, len(rank)))
    )
    for finding, grave in ordered:
        message, remedy = told(finding, ws.wording)
        yield Told(
            finding.code,
            grave,
            finding.file,
            finding.place,
            message,
            remedy,
            finding.times,
            finding.values.get("old", ""),
            finding.values.get("new", ""),
        )

"""Verify packs that lie on a disk, edited or not: what does not agree, and what has changed."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from cqo_docs.answers import parse_date, questions
from cqo_docs.composer import REPORTS, Block
from cqo_docs.consistency import (
    Cited,
    Entry,
    Grid,
    PackFinding,
    PaperText,
    Picture,
    Text,
    figure_in,
    given_texts,
    known_days,
    make_grid,
    pack_findings,
    restates,
)
from cqo_docs.errors import CqoError, Problem, problem, reason_of
from cqo_docs.generate import Workspace
from cqo_docs.pack import ANSWERS, EDITED, MANIFEST, MARK, read_manifest
from cqo_docs.verify.changes import (
    CHANGE_CHECKS,
    POWER,
    VALUE_CHECKS,
    Seen,
    Values,
    change_findings,
    says_something,
    severity,
    shown,
    told,
    values_from,
)
from cqo_docs.verify.comparing import (
    Comparison,
    Filled,
    compare,
    figure_like,
    head_of,
    open_rooms,
)
from cqo_docs.verify.expecting import Expected, Origin, blocks_of_units, documents_of, origin_of
from cqo_docs.verify.reading import KINDS, PaperFile, Unit, plain, read_paper
from cqo_docs.verify.sayings import saying_findings

SEVERITIES = ("fault", "change", "note")
# Of so many units of a paper fewer are left than one in so many: it is another paper.
FEWEST_KEPT, PAPER_UNITS = 4, 4
# A power stands so near that what was added reads as one too.
NEAR = 2
PAGE_NUMBER = "0123456789-—–第页共/ "
# What programs lay beside a file that they have open, and what systems lay into folders.
LITTER = ("~$", ".~lock.", "._", ".")
LITTER_NAMES = frozenset({"thumbs.db", "desktop.ini"})


class Told(NamedTuple):
    """One finding in words, with how grave it is and how often it was met."""

    code: str
    severity: str
    file: str
    place: str
    message: str
    remedy: str
    count: int
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
        return sum(f.count for f in self.findings if f.severity == severity)

    @property
    def consistent(self) -> bool:
        """Whether the pack could be verified and nothing in it disagrees."""
        return not self.problems and not self.count("fault")


def packs_in(folder: Path) -> list[Path]:
    """The packs that a path means: itself, or those below it. Raises CqoError where there is none.

    A folder that was a pack and lost its manifest is told as such by `verify_pack`.
    """
    try:
        if not folder.exists():
            raise CqoError([problem("file.missing", str(folder))])
        if not folder.is_dir():
            raise CqoError([problem("verify.not-a-folder", str(folder))])
        if (folder / MANIFEST).exists() or (folder / ANSWERS).exists():
            return [folder]
        below = sorted(p for p in folder.iterdir() if not p.name.startswith("."))
        packs = [p for p in below if p.is_dir() and _was_pack(p)]
    except OSError as error:
        raise CqoError([problem("file.unreadable", str(folder), reason=reason_of(error))]) from None
    if not packs:
        raise CqoError([problem("verify.not-a-pack", str(folder))])
    return packs


def _was_pack(folder: Path) -> bool:
    return (folder / MANIFEST).exists() or (folder / ANSWERS).exists()


def verify_pack(folder: Path, workspace: Workspace) -> Report:
    """What does not agree in one pack, and what changed in it; nothing is written."""
    manifest = read_manifest(folder)
    if manifest is None:
        fault = problem("verify.not-a-pack", str(folder))
        return Report(folder, folder.name, "", problems=(fault,))
    try:
        return _Examination(folder, manifest, workspace).report()
    except CqoError as error:
        company = str(manifest.get("company"))
        return Report(folder, company, "", problems=error.problems)
    except OSError as error:
        fault = problem("file.unreadable", str(folder), reason=reason_of(error))
        return Report(folder, str(manifest.get("company")), "", problems=(fault,))


@dataclass
class _Examination:
    """One pack under examination."""

    folder: Path
    manifest: Mapping[str, Any]
    ws: Workspace
    found: list[PackFinding] = field(default_factory=list)
    states: dict[str, str] = field(default_factory=dict)
    papers: dict[str, PaperText] = field(default_factory=dict)
    read: dict[str, PaperFile] = field(default_factory=dict)
    filled: list[tuple[str, Filled]] = field(default_factory=list)
    open: int = 0
    exact: set[str] = field(default_factory=set)
    """The files that the installed program would write as they were written."""

    def __post_init__(self) -> None:
        self.words = self.ws.wording.verify
        self.origin: Origin = origin_of(self.folder, self.manifest, self.ws)
        self.expected: Expected | None = self.origin.expected
        self.found += self.origin.findings
        self.entries = self._entries()
        self.values = Values({})
        if self.expected is not None:
            view = self.expected.view
            self.values = values_from(view.texts, view.blanks, self.words)

    def report(self) -> Report:
        """Everything that was found."""
        self._look_at_files()
        for name in list(self.states):
            if self.states[name] in {"changed", "same"}:
                self._look_into(name)
        self._check_picture()
        self._check_filled()
        if self.expected is None:
            self.found += saying_findings(self.read, self.documents_of, self.ws.wording)
        if self.open:
            self.found.append(PackFinding("verify.open", "", "", {"count": str(self.open)}))
        findings = _in_order(_united(self.found), list(self.states), self.ws)
        return Report(
            self.folder,
            str(self.manifest.get("company")),
            str(self.manifest.get("as_of")),
            tuple(findings),
            tuple(self.states.items()),
            self.open,
        )

    # The files

    def _entries(self) -> dict[str, Mapping[str, Any]]:
        """The files that the manifest lists, and those it should list, by name."""
        entries: dict[str, Mapping[str, Any]] = {}
        for entry in self.manifest["files"]:
            name = entry.get("path")
            if isinstance(name, str) and name and Path(name).name == name:
                entries[name] = entry
            else:
                self._note_manifest(str(name))
        return entries

    def _note_manifest(self, name: str) -> None:
        told = {"name": str(self.words["manifest-names"]["files"]), "old": "…", "new": shown(name)}
        self.found.append(PackFinding("verify.manifest", MANIFEST, "", told))

    def documents_of(self, name: str) -> tuple[str, ...]:
        """The papers that a file holds."""
        if self.expected is not None and name in self.expected.files:
            return self.expected.files[name].documents
        return documents_of(self.entries[name]) if name in self.entries else ()

    def _planned(self) -> dict[str, str]:
        """The digests that the files have if the installed program made them."""
        if self.expected is None:
            return {}
        return {
            name: hashlib.sha256(file.data).hexdigest()
            for name, file in self.expected.files.items()
        }

    def _look_at_files(self) -> None:
        """What became of each file, told from names and digests."""
        planned = self._planned()
        self.exact = {
            name
            for name, digest in planned.items()
            if not self.origin.stale or self.entries.get(name, {}).get("sha256") == digest
        }
        if self.origin.stale:
            planned = {name: planned[name] for name in planned if name in self.exact}
        lying = {p.name: p for p in sorted(self.folder.iterdir())}
        digests = {name: _digest(path) for name, path in lying.items() if path.is_file()}
        by_digest = {d: n for n, d in digests.items() if n not in self.entries}
        wanted = dict.fromkeys(
            (*self.entries, *(planned if not self.origin.answers_changed else ()))
        )
        renamed = set()
        for name in wanted:
            listed = str(self.entries.get(name, {}).get("sha256"))
            if name not in lying:
                known = by_digest.get(listed) or by_digest.get(planned.get(name, ""))
                if known:
                    renamed.add(known)
                    self.found.append(PackFinding("verify.file-renamed", known, "", {"old": name}))
                else:
                    self.found.append(PackFinding("verify.file-missing", name))
                self.states[name] = "missing"
                continue
            if name not in self.entries:
                self.found.append(PackFinding("verify.not-listed", name))
            self.states[name] = self._state(name, digests.get(name, ""), listed, planned)
        for name, path in lying.items():
            if name not in wanted and name not in renamed:
                self._note_unknown(name, path)

    def _state(self, name: str, have: str, listed: str, planned: Mapping[str, str]) -> str:
        if not have:
            reason = str(self.ws.wording.messages["errno.ESPIPE"])
            self.found.append(PackFinding("verify.file-unreadable", name, "", {"reason": reason}))
            return "unreadable"
        other = next(
            (n for n, e in self.entries.items() if n != name and e.get("sha256") == have), None
        )
        if have != listed and other is not None:
            self._note_other(name, other)
            return "other"
        if name in planned and not self.origin.answers_changed:
            if have == planned[name]:
                if name in self.entries and have != listed:
                    self._note_manifest(listed)
                return "same"
            return "changed"
        return "same" if have == listed else "changed"

    def _note_other(self, name: str, other: str) -> None:
        form = self.words["other-paper"]["paper" if other else "unknown"]
        values = {"other": str(form).format(name=other)}
        self.found.append(PackFinding("verify.file-other", name, "", values))

    def _note_unknown(self, name: str, path: Path) -> None:
        if name in {MANIFEST, ANSWERS, EDITED, MARK}:
            return
        if path.suffix.lower() in KINDS and path.is_file() and not name.startswith(LITTER):
            self.states[name] = "unknown"
            self.found.append(PackFinding("verify.file-unknown", name))
        elif not name.startswith(LITTER[-1]) and name.lower() not in LITTER_NAMES:
            self.found.append(PackFinding("verify.aside", "", "", {"name": name}))

    # The words of one file

    def _look_into(self, name: str) -> None:
        state, expected = self.states[name], self.expected
        known = expected is not None and name in expected.files
        behind = self.origin.answers_changed and state == "same"
        if state == "same" and known and not behind and expected is not None:
            self.open += _open_in(expected, name)
            return
        try:
            have = read_paper(self.folder / name)
        except (CqoError, OSError) as error:
            self._note_unreadable(name, error)
            return
        self.read[name] = have
        self.open += sum(open_rooms(cell) for unit in have.units for cell in unit.cells)
        if not known or expected is None:
            self.papers[name] = _paper_text(name, self.documents_of(name), have, self.words)
            return
        planned = read_paper(Path(name), expected.files[name].data)
        blocks = blocks_of_units(planned, expected.blocks(name))
        result = compare(planned, have)
        if behind:
            self._note_behind(name, result, planned)
            return
        if len(result.found) * FEWEST_KEPT < result.planned and result.planned > PAPER_UNITS:
            self._note_other(name, "")
            self.states[name] = "other"
            return
        self._compared(name, planned, have, blocks, result)

    def _note_unreadable(self, name: str, error: CqoError | OSError) -> None:
        if isinstance(error, CqoError):
            reason = self.ws.wording.problem(
                Problem(error.problems[0].code, "", error.problems[0].values)
            )
        else:
            fault = problem("file.unreadable", reason=reason_of(error))
            reason = self.ws.wording.problem(fault)
        self.states[name] = "unreadable"
        self.found.append(PackFinding("verify.file-unreadable", name, "", {"reason": reason}))

    def _note_behind(self, name: str, result: Comparison, planned: PaperFile) -> None:
        count = len(result.changes) + len(result.missing) + len(result.added)
        if count:
            first = [c.new for c in result.changes] + [u.text for _, u in result.added]
            first += [u.text for _, u in result.missing]
            values = {"count": str(count), "old": shown(first[0])}
            self.found.append(PackFinding("verify.behind", name, "", values))

    def _compared(
        self,
        name: str,
        planned: PaperFile,
        have: PaperFile,
        blocks: Mapping[int, Block],
        result: Comparison,
    ) -> None:
        """The findings on a file that was changed since it was written."""
        documents = self.documents_of(name)
        exact = name in self.exact
        checks = CHANGE_CHECKS if exact else VALUE_CHECKS
        columns = _columns(planned.units, self.words["heads"])
        before = len(self.found)
        for change in result.changes:
            column = columns.get(change.number, {}).get(change.column, "")
            place = self._place(change.place, change.cell, bool(change.column))
            block = blocks.get(change.number)
            seen = Seen(name, documents, change, block, place, self.values, self.words, column)
            self.found += change_findings(seen, checks)
        for one in result.filled:
            self.filled.append((name, one))
        missing, unknown = [], []
        if exact:
            missing, unknown = self._orphans(name, documents, blocks, result)
        for unit in result.moved:
            values = {"old": shown(unit.text)}
            self.found.append(PackFinding("verify.moved", name, "", values))
        self._margins(name, planned, have)
        cited = [
            Cited(self._place(head_of(unit.text), "", False), have_text, block.modality)
            for number, block in blocks.items()
            if exact and restates(block)
            for unit in [planned.units[number]]
            for have_text in [c.new for c in result.changes if c.number == number]
        ]
        text = _paper_text(name, documents, have, self.words)
        # What was planned so is no finding: an owner who is the officer signs for the firm.
        meant = {(e.label, plain(e.value)) for e in _entries_in(planned)}
        entries = [e for e in text.entries if (e.label, plain(e.value)) not in meant]
        entries += [Entry(f.place, f.label, f.value) for n, f in self.filled if n == name]
        said = {plain(cell) for unit in planned.units for cell in unit.cells}
        texts = [t for t in text.texts if plain(t.text) not in said]
        self.papers[name] = PaperText(
            name, documents, texts, text.grids, entries, cited, missing, unknown
        )
        if len(self.found) == before and not missing and not unknown and not result.filled:
            self.found.append(PackFinding("verify.looks", name))

    def _place(self, head: str, cell: str, row: bool) -> str:
        places = self.words["places"]
        if cell:
            return str(places["cell"]).format(sheet=head, cell=cell)
        return str(places["row" if row else "paragraph"]).format(head=head)

    def _orphans(
        self,
        name: str,
        documents: tuple[str, ...],
        blocks: Mapping[int, Block],
        result: Comparison,
    ) -> tuple[list[Text], list[Text]]:
        """Planned paragraphs that are gone, and paragraphs that nobody planned."""
        missing, unknown = [], []
        for number, unit in result.missing:
            text = shown(unit.text)
            if number in blocks:
                missing.append(Text("", text))
            elif unit.columns and any(plain(c) and not _for_hand(c) for c in unit.cells):
                self.found.append(PackFinding("verify.row-missing", name, "", {"old": text}))
            else:
                yield_values = self._lost_values(name, unit)
                self.found += yield_values or [
                    PackFinding("verify.removed", name, "", {"old": text})
                ]
        said = {plain(cell) for b in blocks.values() for cell in (b.text,)}
        for before, unit in result.added:
            text = shown(unit.text)
            rule = any(says_something(c, self.words) for c in unit.cells) or any(
                plain(c) in said for c in unit.cells
            )
            figures = (
                unit.columns and sum(1 for c in unit.cells if figure_like(c) and c.strip()) > 1
            )
            if rule and _among_powers(before, blocks):
                values = {"new": text}
                self.found.append(PackFinding("verify.authority-unknown", name, "", values))
            elif unit.columns and (rule or figures):
                self.found.append(PackFinding("verify.row-unknown", name, "", {"new": text}))
            elif rule:
                unknown.append(Text("", text))
            else:
                self.found.append(PackFinding("verify.added", name, "", {"new": text}))
        return missing, unknown

    def _lost_values(self, name: str, unit: Unit) -> list[PackFinding]:
        """What a paper no longer says because a line of it is gone."""
        masked = self.values.masked(plain(unit.text))
        return [
            PackFinding(self.values.codes[v], name, "", {"old": v, "new": ""})
            for v, sign in self.values.signs.items()
            if sign in masked
        ]

    def _margins(self, name: str, planned: PaperFile, have: PaperFile) -> None:
        places = self.words["places"]
        known = Counter(plain(t) for t in (*planned.margins, *planned.asides))
        for place, texts in (("margin", have.margins), ("aside", have.asides)):
            for text in texts:
                if not plain(text).strip(PAGE_NUMBER):
                    continue  # a program reckons it anew
                if known[plain(text)] > 0:
                    known[plain(text)] -= 1
                    continue
                code = "verify.added"
                if place == "aside" and says_something(text, self.words):
                    code = "verify.paragraph-unknown"
                values = {"new": shown(text)}
                self.found.append(PackFinding(code, name, str(places[place]), values))

    # The whole pack

    def _check_picture(self) -> None:
        """The checks over the pack as a whole, as they are made before it is written."""
        own = dict(self.papers)
        self.papers.clear()
        for name in own:
            self._read_relatives(name, own)
        # What was changed is told, not what it is compared with.
        self.papers |= own
        plan = self.expected.plan if self.expected is not None else None
        days = known_days(plan, self._filled_days()) if plan is not None else ()
        owner = plan is not None and bool(plan.case.profile.same_as_legal_representative)
        judges = frozenset(self.words["assessors" if owner else "judges"])
        picture = Picture(
            tuple(self.papers.values()),
            days,
            lambda: given_texts(plan) if plan is not None else (),
            plan.case.answers.candidate.name if plan is not None else "",
            judges,
        )
        self.found += pack_findings(picture)

    def _read_relatives(self, name: str, known: Mapping[str, PaperText]) -> None:
        """Read the other files of a paper too, where one of them was changed."""
        own = set(self.documents_of(name))
        for other, state in list(self.states.items()):
            if state != "same" or other in known or not own & set(self.documents_of(other)):
                continue
            try:
                have = self.read.get(other) or read_paper(self.folder / other)
            except (CqoError, OSError):
                continue  # told elsewhere
            text = _paper_text(other, self.documents_of(other), have, self.words)
            self.papers[other] = PaperText(other, text.documents, grids=text.grids)

    def _filled_days(self) -> dict[str, date]:
        """The days that were filled in by hand, by the path of their question."""
        days = {}
        for path, _, value in self._answers_filled():
            try:
                days[path] = parse_date(value)
            except ValueError:
                continue
        return days

    def _answers_filled(self) -> Iterator[tuple[str, str, str]]:
        """The answers that were filled in by hand: the question, the file, the value."""
        wording = self.ws.wording
        paths = {wording.short_label(q.path): q.path for q in questions()}
        for name, one in self.filled:
            if one.label in paths:
                yield paths[one.label], name, one.value

    def _check_filled(self) -> None:
        """What was filled in by hand is the same wherever it stands."""
        first: dict[str, tuple[str, str]] = {}
        for path, name, value in self._answers_filled():
            file, known = first.setdefault(path, (name, value))
            if _comparable(known) != _comparable(value):
                label = self.ws.wording.short_label(path)
                values = {"label": label, "old": known, "new": value, "other": file}
                self.found.append(PackFinding("verify.filled-differs", name, "", values))
        for name, one in self.filled:
            values = {"label": one.label or one.place, "new": shown(one.value)}
            self.found.append(PackFinding("verify.filled", name, one.place, values))


def _among_powers(place: int, blocks: Mapping[int, Block]) -> bool:
    """Whether what was added at a place stands among the powers of a paper."""
    near = [blocks[n] for n in range(place - NEAR, place + 1) if n in blocks]
    return any(block.topic.startswith(POWER) for block in near)


def _comparable(value: str) -> str:
    try:
        return parse_date(value).isoformat()
    except ValueError:
        return plain(value).rstrip("。")


def _for_hand(text: str) -> bool:
    """Whether a cell is there to be signed or filled in."""
    return plain(text).endswith(":") or not plain(text).strip("_＿年月日:日期")


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _open_in(expected: Expected, name: str) -> int:
    """How many places of a planned file are left to be filled in."""
    if set(expected.files[name].documents) <= set(REPORTS):
        return 0
    context = [
        expected.documents[d].contexts.get(name.rpartition(".")[2]) or {}
        for d in expected.files[name].documents
    ]
    return sum(open_rooms(text) for text in _texts_in(context) if "＿" in text)


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts_in(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _texts_in(inner)


def _columns(units: Sequence[Unit], heads: Mapping[str, str]) -> dict[int, dict[int, str]]:
    """Which figures stand in which columns of each row, told by the headings above it."""
    found: dict[int, dict[int, str]] = {}
    table, columns = "", dict[int, str]()
    for number, unit in enumerate(units):
        if unit.table != table:
            table, columns = unit.table, {}
        named = {
            c: heads[plain(cell)]
            for c, cell in zip(unit.columns, unit.cells, strict=bool(unit.columns))
            if plain(cell) in heads
        }
        if named:
            columns = {**columns, **named}
        elif columns:
            found[number] = columns
    return found


def _paper_text(
    name: str, documents: tuple[str, ...], paper: PaperFile, words: Mapping[str, Any]
) -> PaperText:
    """One file as the checks of a pack see it."""
    texts = [Text(head_of(unit.text), cell) for unit in paper.units for cell in unit.cells]
    grids = list(_grids_in(paper, words))
    return PaperText(name, documents, texts, grids, list(_entries_in(paper)))


def _entries_in(paper: PaperFile) -> Iterator[Entry]:
    """What stands beside the labels of a form."""
    for unit in paper.units:
        for label, value in zip(unit.cells, unit.cells[1:], strict=False):
            yield Entry(head_of(label), "".join(label.split()).rstrip("：:"), value)


def _grids_in(paper: PaperFile, words: Mapping[str, Any]) -> Iterator[Grid]:
    """The tables of figures in a file, told by their headings."""
    columns = _columns(paper.units, words["heads"])
    heads = {plain(t) for t in words["total-rows"]}
    capitals = {plain(t) for t in words["capital-rows"]}
    tables: dict[str, list[tuple[Unit, Mapping[int, str]]]] = {}
    for number, names in columns.items():
        tables.setdefault(paper.units[number].table, []).append((paper.units[number], names))
    for rows in tables.values():
        items: list[dict[str, Decimal | None]] = []
        totals: dict[str, Decimal] = {}
        capital = ""
        for unit, names in rows:
            first = plain(unit.cells[0])
            cells = dict(zip(unit.columns, unit.cells, strict=True))
            figures = {name: figure_in(cells.get(c, "")) for c, name in names.items()}
            if first in heads:
                totals |= {n: f for n, f in figures.items() if f is not None}
            elif first in capitals:
                capital = plain(unit.cells[-1])
            elif first.isdigit():
                items.append(figures)
        if items:
            yield make_grid("", items, totals, capital)


# Findings in their order


def _united(found: Sequence[PackFinding]) -> list[PackFinding]:
    """The findings, the same change met in many places of a file told once."""
    united: dict[tuple[str, ...], PackFinding] = {}
    for finding in found:
        key = (finding.code, finding.file, *map(str, sorted(finding.values.items())))
        known = united.get(key)
        united[key] = finding if known is None else known._replace(count=known.count + 1)
    return list(united.values())


def _in_order(found: Sequence[PackFinding], files: Sequence[str], ws: Workspace) -> Iterator[Told]:
    """The findings in words, the gravest first, then by file."""
    words = ws.wording.verify
    rank = {name: n for n, name in enumerate((MANIFEST, ANSWERS, *files))}
    places = [(f, severity(f.code, words)) for f in found]
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
            finding.count,
            finding.values.get("old", ""),
            finding.values.get("new", ""),
        )


__all__ = ["Report", "Told", "packs_in", "verify_pack"]

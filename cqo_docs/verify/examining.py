"""Examine one pack: its files, what became of their words, and whether it all agrees."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from cqo_docs.answers.questions import questions
from cqo_docs.answers.types import parse_date
from cqo_docs.base.errors import CqoError, Problem, problem, reason_of
from cqo_docs.pack.manifest import ANSWERS, EDITED, MANIFEST, MARK
from cqo_docs.papers.composer import Block, texts_in
from cqo_docs.papers.consistency import (
    Entry,
    PackFinding,
    PaperText,
    Picture,
    Text,
    given_texts,
    judging_labels,
    known_days,
    pack_findings,
)
from cqo_docs.verify.changes import (
    CHANGE_CHECKS,
    POWER,
    VALUE_CHECKS,
    Seen,
    Values,
    became,
    change_findings,
    says_something,
    shown,
    values_from,
)
from cqo_docs.verify.comparing import (
    Comparison,
    Filled,
    compare,
    figure_like,
    open_rooms,
)
from cqo_docs.verify.expecting import (
    Expected,
    Origin,
    blocks_of_units,
    documents_of,
    origin_of,
    shown_value,
)
from cqo_docs.verify.picturing import entries_in, figure_columns, text_of
from cqo_docs.verify.reading import KINDS, OFFICE, PaperFile, Unit, plain, read_paper
from cqo_docs.verify.sayings import saying_findings
from cqo_docs.verify.telling import Report, in_order, united
from cqo_docs.workspace import Workspace

# Of so many units of a paper fewer are left than one in so many: it is another paper.
FEWEST_KEPT, PAPER_UNITS = 4, 4
# A power stands so near that what was added reads as one too.
NEAR = 2
# Where so many units are other ones, and the company too, the paper is another company's.
MOST_OTHER = 0.5
FOR_HAND = frozenset("_＿年月日期:")
PAGE_NUMBER = "0123456789-—–第页共/ "
# What programs lay beside a file that they have open, and what systems lay into folders.
LITTER = ("~$", ".~lock.", "._", ".")
LITTER_NAMES = frozenset({"thumbs.db", "desktop.ini"})


@dataclass
class Examination:
    """One pack under examination."""

    folder: Path
    manifest: Mapping[str, Any]
    ws: Workspace
    found: list[PackFinding] = field(default_factory=list)
    states: dict[str, str] = field(default_factory=dict)
    papers: dict[str, PaperText] = field(default_factory=dict)
    read: dict[str, PaperFile] = field(default_factory=dict)
    filled: list[tuple[str, Filled]] = field(default_factory=list)
    cells: dict[str, dict[str, str]] = field(default_factory=dict)
    """Of each file the whole planned text of the cells that were changed, by what is told of it."""
    open: int = 0
    digests: dict[str, str] = field(default_factory=dict)
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
            answers = self.expected.plan.case.answers
            self.values = values_from(
                view.texts,
                view.blanks,
                given_texts(self.expected.plan),
                answers.appointment.meeting.members,
                self.words,
            )

    def report(self) -> Report:
        """Everything that was found."""
        self._look_at_files()
        for name in list(self.states):
            if self.states[name] in {"changed", "same"}:
                self._look_into(name)
        self._check_picture()
        self._check_relatives()
        self._check_filled()
        if self.expected is None:
            company = str(self.manifest.get("company"))
            trusted = {name for name, state in self.states.items() if state == "same"}
            self.found += saying_findings(
                self.read, self.documents_of, company, trusted, self.ws.wording
            )
        if self.open:
            self.found.append(PackFinding("verify.open", "", "", {"count": str(self.open)}))
        findings = in_order(united(self.found), list(self.states), self.ws)
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
            if isinstance(name, str) and _is_inside(name):
                entries[name] = entry
            else:
                self._note_manifest(str(name))
        return entries

    def _note_manifest(self, name: str, right: str = "…") -> None:
        names = self.words["manifest-names"]
        told = {"name": str(names["files"]), "old": shown_value(right), "new": shown_value(name)}
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

    def _lying(self) -> Iterator[tuple[str, Path]]:
        """What lies in the folder, and in those that the manifest or the plan knows, by path."""
        named = [*self.entries, *(self.expected.files if self.expected is not None else ())]
        within = {name.rpartition("/")[0] for name in named if "/" in name}
        for path in sorted(self.folder.iterdir()):
            if path.name not in within or path.is_symlink() or not path.is_dir():
                yield path.name, path
                continue
            for inner in sorted(path.iterdir()):
                yield f"{path.name}/{inner.name}", inner

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
        lying = dict(self._lying())
        digests = {name: _digest(path) for name, path in lying.items() if path.is_file()}
        self.digests = digests
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
            elif name in self.exact and documents_of(self.entries[name]) != self.documents_of(name):
                said = " ".join(documents_of(self.entries[name]))
                self._note_manifest(said, " ".join(self.documents_of(name)))
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
                    self._note_manifest(listed, have)
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
        if path.suffix.lower() in OFFICE and path.is_file() and not name.startswith(LITTER):
            self.states[name] = "unknown"
            self.found.append(PackFinding("verify.file-unknown", name))
        elif not name.startswith(LITTER[-1]) and name.lower() not in LITTER_NAMES:
            self.found.append(PackFinding("verify.aside", "", "", {"name": name}))

    # The words of one file

    def _look_into(self, name: str) -> None:
        state, expected = self.states[name], self.expected
        known = expected is not None and name in expected.files
        if known and expected is not None and expected.files[name].review:
            # For those who look the papers over: nobody signs it.
            if state == "changed":
                self.found.append(PackFinding("verify.file-changed", name))
            return
        behind = self.origin.answers_changed and state == "same"
        if state == "same" and known and not behind and expected is not None:
            self.open += _open_in(expected, name)
            return
        if Path(name).suffix.lower() not in KINDS:
            if state == "changed":
                self.found.append(PackFinding("verify.file-changed", name))
            return
        try:
            have = read_paper(self.folder / name)
        except (CqoError, OSError) as error:
            self._note_unreadable(name, error)
            return
        self.read[name] = have
        self.open += sum(open_rooms(cell) for unit in have.units for cell in unit.cells)
        if not known or expected is None:
            self.papers[name] = text_of(name, self.documents_of(name), have, self.words)
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
        company = self._other_company(planned, have, result)
        if company:
            form = str(self.words["other-paper"]["company"])
            values = {"other": form.format(name=company)}
            self.found.append(PackFinding("verify.file-other", name, "", values))
            self.states[name] = "other"
            return
        self._compared(name, planned, have, blocks, result)

    def _other_company(self, planned: PaperFile, have: PaperFile, result: Comparison) -> str:
        """What stands where the company's name should, if that is true of the whole paper."""
        if self.expected is None:
            return ""
        answers = self.expected.plan.case.answers
        name = plain(answers.company.name)
        wanted = [n for n, unit in enumerate(planned.units) if name in plain(unit.text)]
        said = "".join(plain(unit.text) for unit in have.units)
        if not wanted or name in said:
            return ""
        told = "".join(plain(unit.text) for unit in planned.units)
        person = plain(answers.candidate.name)
        other = len(result.changes) + len(result.missing) + len(result.added)
        if not (person in told and person not in said) and other < result.planned * MOST_OTHER:
            return ""
        changed = next((c for c in result.changes if name in plain(c.old)), None)
        return shown(became(plain(changed.old), plain(changed.new), name)) if changed else "…"

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
        columns = figure_columns(planned.units, self.words["heads"])
        before = len(self.found)
        for change in result.changes:
            column = columns.get(change.number, {}).get(change.column, "")
            place = self._place(change.place, change.cell, bool(change.column))
            block = blocks.get(change.number)
            report = set(documents) <= self.ws.library.reports
            seen = Seen(
                name,
                documents,
                change,
                block,
                place,
                self.values,
                self.words,
                column,
                report=report,
            )
            found = list(change_findings(seen, checks))
            self.found += found
            if change.column and len(plain(change.old)) > 1:
                cells = self.cells.setdefault(name, {})
                cells |= {f.values.get("old", ""): plain(change.old) for f in found}
        if not (result.changes or result.filled or result.missing or result.added):
            for change in result.results:
                place = self._place(change.place, change.cell, True)
                values = {"old": shown(change.old), "new": shown(change.new)}
                self.found.append(PackFinding("verify.result", name, place, values))
        for one in result.filled:
            self.filled.append((name, one))
        missing: list[Text] = []
        unknown: list[Text] = []
        if exact:
            missing, unknown = self._orphans(name, documents, blocks, result)
        for unit in result.moved:
            values = {"old": shown(unit.text)}
            self.found.append(PackFinding("verify.moved", name, "", values))
        self._margins(name, planned, have)
        text = text_of(name, documents, have, self.words)
        # What was planned so is no finding: an owner who is the officer signs for the firm.
        meant = {(e.label, plain(e.value)) for e in entries_in(planned)}
        entries = [e for e in text.entries if (e.label, plain(e.value)) not in meant]
        told = {(e.label, plain(e.value)) for e in entries}
        entries += [
            Entry(f.place, f.label, f.value)
            for n, f in self.filled
            if n == name and (f.label, plain(f.value)) not in told
        ]
        said = {plain(cell) for unit in planned.units for cell in unit.cells}
        texts = [t for t in text.texts if plain(t[1]) not in said]
        self.papers[name] = PaperText(
            name, documents, texts, text.grids, entries, (), missing, unknown
        )
        quiet = len(self.found) == before and not missing and not unknown and not result.filled
        if quiet and self.digests.get(name) == str(self.entries.get(name, {}).get("sha256")):
            # Written with other options or by another processor: the words are the same.
            self.states[name] = "same"
        elif quiet:
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
        missing: list[Text] = []
        unknown: list[Text] = []
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
        judges = judging_labels(plan, self.ws.wording) if plan is not None else frozenset[str]()
        picture = Picture(
            tuple(self.papers.values()),
            days,
            lambda: given_texts(plan) if plan is not None else (),
            plan.case.answers.candidate.name if plan is not None else "",
            judges,
            self.ws.wording.modal_words,
        )
        self.found += pack_findings(picture)

    def _check_relatives(self) -> None:
        """What was changed in a form was changed in the other file of the same paper too."""
        for n, finding in enumerate(self.found):
            old, own = finding.values.get("old", ""), set(self.documents_of(finding.file))
            if finding.code != "verify.changed" or finding.file not in self.cells:
                continue
            whole = self.cells[finding.file].get(old, "")
            for other, paper in self.read.items():
                if other == finding.file or not own & set(self.documents_of(other)) or not whole:
                    continue
                if any(whole == plain(cell) for unit in paper.units for cell in unit.cells):
                    values = {**finding.values, "other": other}
                    self.found[n] = finding._replace(code="verify.elsewhere", values=values)

    def _read_relatives(self, name: str, known: Mapping[str, PaperText]) -> None:
        """Read the other files of a paper too, where one of them was changed."""
        own = set(self.documents_of(name))
        for other, state in list(self.states.items()):
            if state != "same" or other in known or not own & set(self.documents_of(other)):
                continue
            try:
                have = self.read.setdefault(other, read_paper(self.folder / other))
            except (CqoError, OSError):
                continue  # told elsewhere
            text = text_of(other, self.documents_of(other), have, self.words)
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
    return plain(text).endswith(":") or not set(plain(text)) - FOR_HAND


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _is_inside(name: str) -> bool:
    """Whether a name in a manifest means a file of the pack, or of a folder in it."""
    folder, _, file = name.rpartition("/")
    return all(part == Path(part).name and part not in {"", ".."} for part in (folder or "-", file))


def _open_in(expected: Expected, name: str) -> int:
    """How many places of a planned file are left to be filled in."""
    if all(expected.documents[d].report for d in expected.files[name].documents):
        return 0
    context = [
        expected.documents[d].contexts.get(name.rpartition(".")[2]) or {}
        for d in expected.files[name].documents
    ]
    return sum(open_rooms(text) for text in texts_in(context) if "＿" in text)

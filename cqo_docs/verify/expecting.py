"""What a pack should say: regenerated from its own answers and date with the installed program."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import cqo_docs
from cqo_docs.base.errors import CqoError
from cqo_docs.generation import (
    answers_text,
    inputs_key,
    make_plan,
    manifest_head,
    pack_files,
    read_answers,
)
from cqo_docs.pack.manifest import ANSWERS, MANIFEST, PackFile, sha256
from cqo_docs.papers.composer import Block, Document, compose
from cqo_docs.papers.consistency import PackFinding
from cqo_docs.papers.view import View, make_view
from cqo_docs.plan.model import Plan
from cqo_docs.verify.reading import PaperFile, plain
from cqo_docs.workspace import Workspace

# What a manifest says of the plan, and nobody may change.
DECIDED = ("size", "standards", "verdict", "barred", "findings")
MOST_NAMED = 200
DIGEST, DIGITS = re.compile("[0-9a-f]{64}"), 12


@dataclass(frozen=True)
class Expected:
    """The papers of a pack as the installed program makes them from the pack's answers."""

    plan: Plan
    view: View
    documents: Mapping[str, Document]
    files: Mapping[str, PackFile]

    def blocks(self, file: str) -> Iterator[Block]:
        """The planned paragraphs of one file."""
        for name in self.files[file].documents:
            yield from self.documents[name].blocks


@dataclass(frozen=True)
class Origin:
    """Where a pack came from: what it should say, and how sure that is."""

    expected: Expected | None
    findings: tuple[PackFinding, ...]
    stale: bool = False
    answers_changed: bool = False


def origin_of(folder: Path, manifest: Mapping[str, Any], workspace: Workspace) -> Origin:
    """What the pack in a folder should say, and what was found on the way to know it."""
    findings: list[PackFinding] = []
    stale = tuple(_stale(manifest, workspace))
    if stale:
        names = workspace.wording.verify["stale-names"]
        told = workspace.wording.join([str(names[name]) for name in stale])
        findings.append(PackFinding("verify.stale", MANIFEST, "", {"name": told}))
    if workspace.editions:
        findings.append(PackFinding("verify.other-locale", MANIFEST))
    path = folder / ANSWERS
    if not path.is_file():
        findings.append(PackFinding("verify.answers-missing", ANSWERS))
        return Origin(None, tuple(findings), bool(stale))
    try:
        file = read_answers(path, workspace)
        known = (manifest.get("answers") or {}).get("sha256")
        given = answers_text(file)
        # Another layout or a comment says the same.
        changed = known not in {sha256(path.read_bytes()), sha256(given.encode())}
    except (CqoError, OSError) as error:
        reason = workspace.wording.problem(error.problems[0]) if isinstance(error, CqoError) else ""
        reason = reason.removeprefix(f"{path}：")
        findings.append(PackFinding("verify.answers-unreadable", ANSWERS, "", {"reason": reason}))
        return Origin(None, tuple(findings), bool(stale))
    if changed:
        findings.append(PackFinding("verify.answers-changed", ANSWERS))
    try:
        day = date.fromisoformat(str(manifest.get("as_of")))
    except ValueError:
        values = {"name": "as_of", "old": "YYYY-MM-DD", "new": str(manifest.get("as_of"))}
        findings.append(PackFinding("verify.manifest", MANIFEST, "", values))
        return Origin(None, tuple(findings), bool(stale), changed)
    usual = make_plan(file, workspace, day)
    # Of a pack written in part, the other papers are not missing.
    part = "inputs" in manifest and manifest["inputs"] is None
    listed = _listed(manifest, usual, workspace, part)
    wanted = {p.paper.id for p in usual.papers}
    more = tuple(p.id for p in workspace.library.papers if p.id in listed - wanted)
    plan = make_plan(file, workspace, day, more) if more else usual
    made = pack_files(plan, workspace, any(entry.get("review") for entry in manifest["files"]))
    expected = Expected(
        plan,
        make_view(plan, workspace.library, workspace.wording),
        {d.id: d for d in compose(plan, workspace.library, workspace.wording)},
        {f.path: f for f in made if not part or listed & set(f.documents)},
    )
    if not stale and not changed:
        findings += _manifest_findings(manifest, expected, workspace, given, day)
    return Origin(expected, tuple(findings), bool(stale), changed)


def _stale(manifest: Mapping[str, Any], workspace: Workspace) -> Iterator[str]:
    """In what the program that made a pack differs from this one."""
    if manifest.get("version") != cqo_docs.__version__:
        yield "version"
    if manifest.get("library") != workspace.library.version:
        yield "library"
    templates = manifest.get("templates")
    known = workspace.renderer.fingerprints
    if not isinstance(templates, dict) or any(known.get(n) != d for n, d in templates.items()):
        yield "templates"
    if manifest.get("locale") != workspace.locale:
        yield "locale"


def _listed(manifest: Mapping[str, Any], usual: Plan, workspace: Workspace, part: bool) -> set[str]:
    """The papers that a pack was made of: those its manifest lists, and those it forgot.

    A pack that was written in part has forgotten none.
    """
    known = {p.id: p for p in workspace.library.papers}
    listed = {name for entry in manifest["files"] for name in documents_of(entry)} & set(known)
    templates = manifest.get("templates")
    used = set(templates) if isinstance(templates, dict) and not part else set()
    for planned in usual.papers:
        paper = planned.paper
        stems = {Path(known[name].template).stem for name in listed}
        own = Path(paper.template).stem
        if paper.id not in listed and own not in stems and own in {Path(t).stem for t in used}:
            listed.add(paper.id)
    return listed


def documents_of(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """The papers that one file of a manifest holds."""
    names = entry.get("documents")
    if isinstance(names, list) and names:
        return tuple(str(name) for name in names)
    return (str(entry.get("document")),)


def _manifest_findings(
    manifest: Mapping[str, Any],
    expected: Expected,
    workspace: Workspace,
    answers: str,
    day: date,
) -> Iterator[PackFinding]:
    """What a manifest says otherwise than the plan does."""
    names = workspace.wording.verify["manifest-names"]
    head = manifest_head(expected.plan, workspace)
    right = {name: head[name] for name in DECIDED if name in head}
    right["company"] = expected.plan.case.answers.company.name
    if manifest.get("deflate") == head["deflate"] and manifest.get("inputs") is not None:
        review = any(file.review for file in expected.files.values())
        right["inputs"] = inputs_key(answers, workspace, day, review)
    for name, value in right.items():
        if manifest.get(name) != value:
            told = {
                "name": str(names[name]),
                "old": shown_value(value),
                "new": shown_value(manifest.get(name)),
            }
            yield PackFinding("verify.manifest", MANIFEST, "", told)


def shown_value(value: Any) -> str:
    """A value of a manifest as it is told; of a digest no more than tells it from another."""
    text = str(value)
    return f"{text[:DIGITS]}…" if DIGEST.fullmatch(text) else text[:MOST_NAMED]


def blocks_of_units(paper: PaperFile, blocks: Iterator[Block]) -> dict[int, Block]:
    """The planned paragraph that each unit of a planned file shows."""
    places: dict[str, list[int]] = {}
    for number, unit in enumerate(paper.units):
        for cell in unit.cells:
            places.setdefault(plain(cell), []).append(number)
    found: dict[int, Block] = {}
    for block in blocks:
        # A paragraph with a line break inside is several units; the first one stands for it.
        texts = [plain(line) for line in block.text.split("\n") if line.strip()]
        for text in texts:
            for number in [n for n in places.get(text, ()) if n not in found][:1]:
                found[number] = block
    return found

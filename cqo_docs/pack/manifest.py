"""What a pack says of itself: its files, and what they were made from."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRAM = "cqo-docs"
MANIFEST = "manifest.json"
ANSWERS = "answers.yaml"
AS_JSON = json.JSONEncoder(ensure_ascii=False)
MARK = f".{PROGRAM}"  # a folder being written holds it until it is whole
RUN = f".{PROGRAM}-run"  # what a batch keeps in its output folder for as long as it runs
TOKEN = "token"  # inside: the name of the run; whoever writes for it holds a lock on this file
EDITED = "已修改的旧稿"  # the folder that keeps a user's own changes through a regeneration


@dataclass(frozen=True, slots=True)
class PackFile:
    """One file of a pack: its name, its bytes, the papers and standards it rests on.

    A copy of another file names that one as its source.
    """

    path: str
    data: bytes
    documents: tuple[str, ...]
    standards: tuple[str, ...]
    review: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class Rest:
    """What a pack holds besides the papers that are written, where only some are."""

    files: Sequence[PackFile]
    papers: frozenset[str]
    """The papers that are written."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written where, and which changed files of the earlier pack were kept."""

    folder: Path
    manifest: Mapping[str, Any]
    kept: tuple[str, ...]
    removed: tuple[str, ...] = ()

    @property
    def stale(self) -> tuple[str, ...]:
        """The files left as they were that would be written otherwise now."""
        return tuple(f["path"] for f in self.files if f.get("stale"))

    @property
    def files(self) -> tuple[Mapping[str, Any], ...]:
        """One entry of the manifest for each paper."""
        return tuple(self.manifest["files"])


def sha256(data: bytes) -> str:
    """The hexadecimal digest of some bytes."""
    return hashlib.sha256(data).hexdigest()


def make_manifest(
    head: Mapping[str, Any], company: str, files: Sequence[PackFile], answers: bytes
) -> dict[str, Any]:
    """The manifest of a pack: the head, whose pack it is, and one entry a file."""
    digests = {f.path: sha256(f.data) for f in files}
    entries = [
        {
            "path": f.path,
            "document": f.documents[0],
            "documents": list(f.documents),
            "sha256": digests[f.path],
            "size": len(f.data),
            "standards": list(f.standards),
            **({"review": True} if f.review else {}),
            **({"source": {"path": f.source, "sha256": digests[f.source]}} if f.source else {}),
        }
        for f in files
    ]
    own = {"company": company, "answers": {"sha256": sha256(answers), "size": len(answers)}}
    return {"program": PROGRAM, **head, **own, "files": entries}


def manifest_text(manifest: Mapping[str, Any]) -> str:
    """A manifest as JSON, one line a fact and one line a file."""
    line = AS_JSON.encode
    facts = [f"  {line(k)}: {line(v)}" for k, v in manifest.items() if k != "files"]
    files = ",\n".join(f"    {line(entry)}" for entry in manifest["files"])
    return "{\n" + ",\n".join([*facts, f'  "files": [\n{files}\n  ]']) + "\n}\n"


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of a folder that is a pack of ours; None for any other folder."""
    try:
        data = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or data.get("program") != PROGRAM:
        return None
    files, answers = data.get("files"), data.get("answers")
    if not isinstance(files, list) or not all(isinstance(f, dict) for f in files):
        return None
    return data if answers is None or isinstance(answers, dict) else None


def current_pack(folder: Path, company: str, inputs: str) -> dict[str, Any] | None:
    """The manifest of a pack of a company that was made from the same inputs and is whole.

    Whole is a pack whose every file is there with its size. None for what must be made (again).
    """
    manifest = read_manifest(folder)
    if manifest is None or manifest.get("inputs") != inputs or manifest.get("company") != company:
        return None
    try:
        if not stat.S_ISDIR(folder.lstat().st_mode):
            return None
        for entry in (*manifest["files"], {**manifest["answers"], "path": ANSWERS}):
            state = os.lstat(f"{folder}/{entry['path']}")
            if not stat.S_ISREG(state.st_mode) or state.st_size != entry["size"]:
                return None
    except (OSError, KeyError, TypeError, ValueError):
        return None
    return manifest


def is_current(folder: Path, company: str, inputs: str) -> bool:
    """Whether a folder holds the whole pack of a company, made from the same inputs."""
    return current_pack(folder, company, inputs) is not None


def held_file(folder: Path) -> Path | None:
    """The first file that cannot be opened for writing: on Windows, what a program has open."""
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink()):
        try:
            with path.open("r+b"):
                pass
        except PermissionError:
            return path
    return None

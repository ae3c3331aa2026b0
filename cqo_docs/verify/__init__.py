"""Verify packs that lie on a disk, edited or not: what does not agree, and what has changed."""

from __future__ import annotations

from pathlib import Path

from cqo_docs.base.errors import CqoError, problem, reason_of
from cqo_docs.pack.manifest import ANSWERS, MANIFEST, read_manifest
from cqo_docs.verify.examining import Examination
from cqo_docs.verify.telling import SEVERITIES, Report, Told
from cqo_docs.workspace import Workspace


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
        return Examination(folder, manifest, workspace).report()
    except CqoError as error:
        company = str(manifest.get("company"))
        return Report(folder, company, "", problems=error.problems)
    except OSError as error:
        fault = problem("file.unreadable", str(folder), reason=reason_of(error))
        return Report(folder, str(manifest.get("company")), "", problems=(fault,))


__all__ = ["SEVERITIES", "Report", "Told", "packs_in", "verify_pack"]

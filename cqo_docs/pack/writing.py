"""Safe names, the manifest, and all-or-nothing writing of a company's folder."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from cqo_docs.base.errors import PackError, problem, reason_of
from cqo_docs.pack.locking import (
    alone,
    new_folder,
    old_folder,
    os_problem,
    remove_folder,
    settle,
    settle_all,
)
from cqo_docs.pack.manifest import (
    ANSWERS,
    EDITED,
    MANIFEST,
    MARK,
    PackFile,
    Rest,
    Written,
    held_file,
    make_manifest,
    manifest_text,
    read_manifest,
    sha256,
)
from cqo_docs.pack.names import EVERYWHERE, PATH_BYTES, safe_name

WRITE_ONCE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def write_pack(
    output: Path,
    company: str,
    head: Mapping[str, Any],
    files: Sequence[PackFile],
    answers: str,
    rest: Rest | None = None,
) -> Written:
    """The pack of one company below `output`, whole or not at all.

    Changed files of an earlier pack move into the folder for edited drafts, files of others
    stay where they are, and with `rest` so do those of papers that are not written now.
    Raises PackError, and then what was there is still there.
    """
    target = output / safe_name(company)
    try:
        prepare(output, target)
        with alone(output):
            settle_all(output)
            return _write(target, company, head, files, answers, rest)
    except OSError as error:
        raise PackError([os_problem(error, target)]) from None


def place_pack(
    output: Path, company: str, head: Mapping[str, Any], files: Sequence[PackFile], answers: str
) -> Written:
    """What `write_pack` does, for one of many writers below a folder that is held for them all.

    The holder has settled what earlier runs left, and sees to it that the disk has it all in
    the end. Raises PackError: with the code pack.output where no other pack could be written.
    """
    target = output / safe_name(company)
    try:
        if os.path.lexists(new_folder(target)) or os.path.lexists(old_folder(target)):
            # A worker that had this company before was killed.
            settle(target)
        return _write(target, company, head, files, answers, durable=False)
    except OSError as error:
        shut = error.filename == str(new_folder(target)) and error.errno != errno.ENAMETOOLONG
        if shut or error.errno in EVERYWHERE:
            reason = reason_of(error)
            raise PackError([problem("pack.output", str(output), reason=reason)]) from None
        raise PackError([os_problem(error, target)]) from None


def prepare(output: Path, target: Path) -> None:
    """Make the output folder. Raises PackError or OSError where it cannot be one."""
    if os.path.lexists(output) and not output.is_dir():
        raise PackError([problem("pack.no-output", str(output))])
    if len(os.fsencode(target.absolute())) > PATH_BYTES:
        raise PackError([problem("pack.path-too-long", str(output))])
    output.mkdir(parents=True, exist_ok=True)


def _earlier_manifest(target: Path, company: str) -> dict[str, Any]:
    """The manifest of the pack that stands there; empty where there is none.

    Raises PackError for what is not a pack of the same company: it is never written over.
    """
    if target.is_symlink():
        raise PackError([problem("pack.symlink", str(target))])
    if not os.path.lexists(target):
        return {}
    manifest = read_manifest(target) if target.is_dir() else None
    if manifest is None:
        raise PackError([problem("pack.not-ours", str(target))])
    if manifest.get("company") != company:
        raise PackError(
            [problem("pack.other-company", str(target), company=manifest.get("company"))]
        )
    for leftover in (new_folder(target), old_folder(target)):
        if os.path.lexists(leftover):
            raise PackError([problem("pack.not-ours", str(leftover))])
    return manifest


def _write(
    target: Path,
    company: str,
    head: Mapping[str, Any],
    files: Sequence[PackFile],
    answers: str,
    rest: Rest | None = None,
    *,
    durable: bool = True,
) -> Written:
    earlier = _earlier_manifest(target, company)
    left = list(_left(target, earlier, files, rest)) if rest else []
    new = new_folder(target)
    if os.path.lexists(new):
        raise PackError([problem("pack.not-ours", str(new))])
    given = answers.encode()
    manifest = make_manifest(head, company, files, given)
    if rest:
        manifest = _with_left(manifest, left, rest)
    text = manifest_text(manifest).encode()
    new.mkdir()
    try:
        _write_file(f"{new}/{MARK}", b"", durable=False)
        for folder in sorted({f.path.rpartition("/")[0] for f in files} - {""}):
            (new / folder).mkdir(parents=True)
        for file in files:
            _write_file(f"{new}/{file.path}", file.data, durable)
        _write_file(f"{new}/{ANSWERS}", given, durable)
        # What is left as it is goes with the files that were never ours.
        passing = [f for f in earlier.get("files", ()) if f not in left]
        kept = _keep_own_files(target, new, {**earlier, "files": passing}) if earlier else ()
        _drop_idle_folders(new, earlier)
        _write_file(f"{new}/{MANIFEST}", text, durable)
        os.unlink(f"{new}/{MARK}")  # noqa: PTH108 - of twenty thousand packs, like the others
        _swap(target, new, durable)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    now = {f.path for f in files}
    earlier_names = [str(f.get("path")) for f in passing]
    removed = tuple(n for n in earlier_names if n not in now and n not in kept)
    return Written(target, manifest, kept, removed)


def _left(
    target: Path, earlier: Mapping[str, Any], files: Sequence[PackFile], rest: Rest
) -> Iterator[Mapping[str, Any]]:
    """The entries of an earlier pack whose files stand there and are not written now."""
    now = {f.path for f in files}
    for entry in earlier.get("files", ()):
        path, papers = entry.get("path"), entry.get("documents")
        if not isinstance(path, str) or not isinstance(papers, list) or path in now:
            continue
        if rest.papers.intersection(map(str, papers)) or ".." in PurePosixPath(path).parts:
            continue
        if (target / path).is_file() and not (target / path).is_symlink():
            yield entry


def _with_left(
    manifest: dict[str, Any], left: Sequence[Mapping[str, Any]], rest: Rest
) -> dict[str, Any]:
    """A manifest that also tells of what was left, and whether it still is what it would be.

    Only a pack that is what a whole run would have written names the inputs of one.
    """
    wanted = {f.path: sha256(f.data) for f in rest.files}
    entries = list(manifest["files"])
    review = any(entry.get("review") for entry in entries)
    for entry in left:
        told = {key: value for key, value in entry.items() if key != "stale"}
        current = wanted.get(entry["path"]) == entry.get("sha256")
        entries.append(told if current else told | {"stale": True})
    expected = {f.path for f in rest.files if review or not f.review}
    whole = not any(entry.get("stale") for entry in entries)
    whole = whole and {entry["path"] for entry in left} == expected
    entries.sort(key=lambda entry: (bool(entry.get("review")), entry["path"]))
    return {**manifest, "files": entries} | ({} if whole else {"inputs": None})


def _write_file(path: str, data: bytes, durable: bool) -> None:
    """A new file with some bytes; without the layers of `open`, which cost as much again."""
    handle = os.open(path, WRITE_ONCE, 0o666)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(handle, rest) :]
        if durable:
            os.fsync(handle)
    finally:
        os.close(handle)


def _keep_own_files(target: Path, new: Path, earlier: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of edited files, copied into the folder for them; foreign files are copied too."""
    known = {str(f.get("path")): f.get("sha256") for f in earlier["files"]}
    known[ANSWERS] = (earlier.get("answers") or {}).get("sha256")
    ours = {folder.as_posix() for name in known for folder in PurePosixPath(name).parents}
    kept = []
    for path in sorted(target.rglob("*"), key=_drafts_first):
        name = path.relative_to(target).as_posix()
        linked_drafts = path.is_symlink() and name == EDITED
        if linked_drafts or not (path.is_symlink() or path.is_file() or path.is_dir()):
            # A link would lead what is kept out of the folder; a pipe or socket has no content.
            raise PackError([problem("pack.strange-file", str(path))])
        if path.is_dir() and not path.is_symlink():
            if (new / name).is_file():
                raise PackError([problem("pack.strange-file", str(path))])
            if name not in ours:
                (new / name).mkdir(parents=True, exist_ok=True)
            continue
        if name in {MANIFEST, MARK}:
            continue
        if name in known and not path.is_symlink() and sha256(path.read_bytes()) == known[name]:
            continue
        edited = name in known or os.path.lexists(new / name)
        draft = name if name in known else path.name
        place = _free_place(new / EDITED / draft if edited else new / name)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, place, follow_symlinks=False)
        if edited:
            kept.append(name)
    return tuple(kept)


def _drop_idle_folders(new: Path, earlier: Mapping[str, Any]) -> None:
    """Leave out the folders of an earlier pack's files that hold nothing any more."""
    folders = {str(f.get("path")).rpartition("/")[0] for f in earlier.get("files", ())}
    for folder in folders - {""}:
        with contextlib.suppress(OSError):
            (new / folder).rmdir()


def _drafts_first(path: Path) -> tuple[bool, Path]:
    """Earlier drafts come first, so that each keeps the name under which it was kept."""
    return EDITED not in path.parts, path


def _free_place(path: Path) -> Path:
    place, number = path, 2
    while os.path.lexists(place):
        place = path.with_name(f"{path.stem}-{number}{path.suffix}")
        number += 1
    return place


def _swap(target: Path, new: Path, durable: bool) -> None:
    """Put the new folder in the place of the old: old aside, new in, old removed."""
    if not os.path.lexists(target):
        new.rename(target)
        if durable:
            _sync_folder(target.parent)
        return
    old = old_folder(target)
    try:
        target.rename(old)
    except PermissionError:
        raise PackError([problem("pack.file-open", str(held_file(target) or target))]) from None
    try:
        new.rename(target)
    except BaseException:
        old.rename(target)
        raise
    if durable:
        _sync_folder(target.parent)
    # The new pack stands; a rest of the old one is removed at the next start.
    with contextlib.suppress(OSError):
        remove_folder(old)


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

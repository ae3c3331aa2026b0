"""Safe names, the manifest, and all-or-nothing writing of one company's folder."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import shutil
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cqo_docs.errors import PackError, problem, reason_of

PROGRAM = "cqo-docs"
MANIFEST = "manifest.json"
ANSWERS = "answers.yaml"
MARK = f".{PROGRAM}"  # a folder being written holds it until it is whole
EDITED = "已修改的旧稿"  # the folder that keeps a user's own changes through a regeneration
FORBIDDEN = dict.fromkeys(map(ord, '<>:"/\\|?*'), "_")
RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)\s*(\..*)?")
# ext4 and its like hold 255 bytes a name; ".", ".old" and a suffix want their share.
NAME_BYTES = 200
PATH_BYTES = 4000


@dataclass(frozen=True, slots=True)
class PackFile:
    """One file of a pack: its name, its bytes, the papers and standards it rests on."""

    path: str
    data: bytes
    documents: tuple[str, ...]
    standards: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """What was written where, and which changed files of the earlier pack were kept."""

    folder: Path
    files: tuple[Mapping[str, Any], ...]
    kept: tuple[str, ...]
    removed: tuple[str, ...] = ()


def sha256(data: bytes) -> str:
    """The hexadecimal digest of some bytes."""
    return hashlib.sha256(data).hexdigest()


def safe_name(name: str) -> str:
    """A file name that every system can hold and that stays inside its folder."""
    text = unicodedata.normalize("NFC", name)
    text = "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    # Signs that were dropped may have kept others from joining.
    text = unicodedata.normalize("NFC", text)
    text = re.sub(r"\s+", " ", text.translate(FORBIDDEN)).strip(" .")
    while len(text.encode()) > NAME_BYTES:
        text = text[:-1]
    text = text.strip(" .")
    if not text.strip("_"):
        digest = sha256(name.encode("utf-8", "surrogatepass"))[:8]
        return f"_{digest}"
    return f"_{text}" if RESERVED.fullmatch(text) else text


def manifest_text(head: Mapping[str, Any], files: Sequence[PackFile]) -> str:
    """The manifest as JSON: the head and one entry a file."""
    entries = [
        {
            "path": f.path,
            "document": f.documents[0],
            "documents": list(f.documents),
            "sha256": sha256(f.data),
            "standards": list(f.standards),
        }
        for f in files
    ]
    content = {"program": PROGRAM, **head, "files": entries}
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


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


def recover(output: Path) -> list[str]:
    """The names of packs whose writing was interrupted; each is finished or rolled back."""
    try:
        if not output.is_dir():
            return []
        with _locked(output):
            return _recover(output)
    except OSError as error:
        raise PackError([_os_problem(error, output)]) from None


def _recover(output: Path) -> list[str]:
    done = set()
    for old in sorted(output.glob(".*.old")):
        target = output / old.name[1:-4]
        if not _is_ours(old):
            continue
        if not os.path.lexists(target) and any(old.iterdir()):
            # The old pack had left its place, so the new one, if it is there, was whole.
            new = _new_folder(target)
            (new if _is_pack(new) else old).rename(target)
        if _is_pack(target) and old.exists():
            _remove(old)
        done.add(target.name)
    for new in sorted(output.glob(".*.new")):
        if _is_ours(new):
            _remove(new)
            done.add(new.name[1:-4])
    return sorted(done)


def _is_pack(folder: Path) -> bool:
    return folder.is_dir() and not folder.is_symlink() and read_manifest(folder) is not None


def _is_ours(folder: Path) -> bool:
    """Whether we made a hidden folder: it holds our mark or manifest, or nothing any more."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    return (folder / MARK).exists() or _is_pack(folder) or not any(folder.iterdir())


def _remove(folder: Path) -> None:
    """Remove a folder of ours; what tells that it is ours goes last."""
    for path in folder.iterdir():
        if path.name in {MARK, MANIFEST}:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    for name in (MANIFEST, MARK):
        (folder / name).unlink(missing_ok=True)
    folder.rmdir()


def _new_folder(target: Path) -> Path:
    return target.with_name(f".{target.name}.new")


def _old_folder(target: Path) -> Path:
    return target.with_name(f".{target.name}.old")


@contextlib.contextmanager
def _locked(output: Path) -> Iterator[None]:
    """Hold the output folder for one writer; where locks cannot be had, go on without."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    handle = os.open(output, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PackError([problem("pack.busy", str(output))]) from None
        except OSError:
            pass  # a network file system without locks
        yield
    finally:
        os.close(handle)


def write_pack(
    output: Path, company: str, head: Mapping[str, Any], files: Sequence[PackFile], answers: str
) -> Written:
    """The pack of one company below `output`, whole or not at all.

    Changed files of an earlier pack move into the folder for edited drafts, files of others
    stay where they are. Raises PackError, and then what was there is still there.
    """
    name = safe_name(company)
    target = output / name
    try:
        if os.path.lexists(output) and not output.is_dir():
            raise PackError([problem("pack.no-output", str(output))])
        if len(os.fsencode(target.absolute())) > PATH_BYTES:
            raise PackError([problem("pack.path-too-long", str(output))])
        output.mkdir(parents=True, exist_ok=True)
        with _locked(output):
            _recover(output)
            earlier = _earlier_manifest(target, company)
            own = {"company": company, "answers": {"sha256": sha256(answers.encode())}}
            return _write(target, {**head, **own}, files, answers, earlier)
    except OSError as error:
        raise PackError([_os_problem(error, target)]) from None


def _os_problem(error: OSError, target: Path) -> Any:
    if error.errno == errno.ENAMETOOLONG:
        return problem("pack.path-too-long", str(target))
    return problem("pack.cannot-write", str(target), reason=reason_of(error))


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
    for leftover in (_new_folder(target), _old_folder(target)):
        if os.path.lexists(leftover):
            raise PackError([problem("pack.not-ours", str(leftover))])
    return manifest


def _write(
    target: Path,
    head: Mapping[str, Any],
    files: Sequence[PackFile],
    answers: str,
    earlier: Mapping[str, Any],
) -> Written:
    new = _new_folder(target)
    if os.path.lexists(new):
        raise PackError([problem("pack.not-ours", str(new))])
    new.mkdir()
    try:
        (new / MARK).touch()
        for file in files:
            _write_file(new / file.path, file.data)
        _write_file(new / ANSWERS, answers.encode())
        kept = _keep_own_files(target, new, earlier) if earlier else ()
        text = manifest_text(head, files)
        _write_file(new / MANIFEST, text.encode())
        (new / MARK).unlink()
        _swap(target, new)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    now = {f.path for f in files}
    earlier_names = [str(f.get("path")) for f in earlier.get("files", ())]
    removed = tuple(n for n in earlier_names if n not in now and n not in kept)
    return Written(target, tuple(json.loads(text)["files"]), kept, removed)


def _write_file(path: Path, data: bytes) -> None:
    with path.open("wb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())


def _keep_own_files(target: Path, new: Path, earlier: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of edited files, copied into the folder for them; foreign files are copied too."""
    known = {str(f.get("path")): f.get("sha256") for f in earlier["files"]}
    known[ANSWERS] = (earlier.get("answers") or {}).get("sha256")
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
            (new / name).mkdir(parents=True, exist_ok=True)
            continue
        if name in {MANIFEST, MARK}:
            continue
        if name in known and not path.is_symlink() and sha256(path.read_bytes()) == known[name]:
            continue
        edited = name in known or os.path.lexists(new / name)
        place = _free_place(new / EDITED / path.name if edited else new / name)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, place, follow_symlinks=False)
        if edited:
            kept.append(name)
    return tuple(kept)


def _drafts_first(path: Path) -> tuple[bool, Path]:
    """Earlier drafts come first, so that each keeps the name under which it was kept."""
    return EDITED not in path.parts, path


def _free_place(path: Path) -> Path:
    place, number = path, 2
    while os.path.lexists(place):
        place = path.with_name(f"{path.stem}-{number}{path.suffix}")
        number += 1
    return place


def _swap(target: Path, new: Path) -> None:
    """Put the new folder in the place of the old: old aside, new in, old removed."""
    if not os.path.lexists(target):
        new.rename(target)
        _sync_folder(target.parent)
        return
    old = _old_folder(target)
    try:
        target.rename(old)
    except PermissionError:
        raise PackError([problem("pack.file-open", str(held_file(target) or target))]) from None
    try:
        new.rename(target)
    except BaseException:
        old.rename(target)
        raise
    _sync_folder(target.parent)
    # The new pack stands; a rest of the old one is removed at the next start.
    with contextlib.suppress(OSError):
        _remove(old)


def held_file(folder: Path) -> Path | None:
    """The first file that cannot be opened for writing: on Windows, what a program has open."""
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink()):
        try:
            with path.open("r+b"):
                pass
        except PermissionError:
            return path
    return None


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

"""Safe names, the manifest, and all-or-nothing writing of a company's folder."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import shutil
import stat
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from cqo_docs.base.errors import PackError, Problem, problem, reason_of

PROGRAM = "cqo-docs"
MANIFEST = "manifest.json"
ANSWERS = "answers.yaml"
AS_JSON = json.JSONEncoder(ensure_ascii=False)
MARK = f".{PROGRAM}"  # a folder being written holds it until it is whole
RUN = f".{PROGRAM}-run"  # what a batch keeps in its output folder for as long as it runs
TOKEN = "token"  # inside: the name of the run; whoever writes for it holds a lock on this file
EDITED = "已修改的旧稿"  # the folder that keeps a user's own changes through a regeneration
FORBIDDEN = dict.fromkeys(map(ord, '<>:"/\\|?*'), "_")
RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)\s*(\..*)?")
# ext4 and its like hold 255 bytes a name; ".", ".old" and a suffix want their share.
NAME_BYTES = 200
PATH_BYTES = 4000
# What ails the whole place and not one pack: the next one would fare no better.
EVERYWHERE = frozenset(
    getattr(errno, name)
    for name in ("ENOSPC", "EDQUOT", "EROFS", "EIO", "ESTALE", "ENODEV", "EMFILE", "ENFILE")
    if hasattr(errno, name)
)
WRITE_ONCE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


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


def recover(output: Path) -> list[str]:
    """The names of packs whose writing was interrupted; each is finished or rolled back."""
    try:
        if not output.is_dir():
            return []
        with _alone(output):
            return settle_all(output)
    except OSError as error:
        raise PackError([os_problem(error, output)]) from None


def settle_all(output: Path) -> list[str]:
    """What `recover` does, for one who holds the folder already."""
    hidden = [*sorted(output.glob(".*.old")), *sorted(output.glob(".*.new"))]
    names = dict.fromkeys(path.name[1:-4] for path in hidden)
    return sorted(name for name in names if _settle(output / name))


def _settle(target: Path) -> bool:
    """Whether the writing of one pack had been interrupted; it is finished or rolled back."""
    old, new = _old_folder(target), _new_folder(target)
    done = False
    if _is_ours(old):
        if not os.path.lexists(target) and any(old.iterdir()):
            # The old pack had left its place, so the new one, if it is there, was whole.
            (new if _is_pack(new) else old).rename(target)
        if _is_pack(target) and old.exists():
            _remove(old)
        done = True
    if _is_ours(new):
        _remove(new)
        done = True
    return done


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
def locked(output: Path) -> Iterator[None]:
    """Hold the output folder for one writer; where locks cannot be had, go on without.

    Raises PackError where another program holds it.
    """
    handle = os.open(output, os.O_RDONLY) if os.name != "nt" else None
    try:
        if handle is not None and not lock(handle):
            raise PackError([problem("pack.busy", str(output))])
        yield
    finally:
        if handle is not None:
            os.close(handle)


def lock(handle: int, shared: bool = False, wait: bool = False) -> bool:
    """Whether an open file or folder could be locked, or its system has no locks."""
    try:
        import fcntl
    except ImportError:
        return True
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(handle, kind if wait else kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass  # a network file system without locks
    return True


@contextlib.contextmanager
def _alone(output: Path) -> Iterator[None]:
    """Hold the output folder where no worker of a batch that was killed still writes."""
    with locked(output):
        try:
            handle = os.open(output / RUN / TOKEN, os.O_RDWR)
        except OSError:
            yield
            return
        try:
            if not lock(handle):
                raise PackError([problem("pack.busy", str(output))])
            yield
        finally:
            os.close(handle)


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
        with _alone(output):
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
        if os.path.lexists(_new_folder(target)) or os.path.lexists(_old_folder(target)):
            # A worker that had this company before was killed.
            _settle(target)
        return _write(target, company, head, files, answers, durable=False)
    except OSError as error:
        shut = error.filename == str(_new_folder(target)) and error.errno != errno.ENAMETOOLONG
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


def os_problem(error: OSError, target: Path) -> Problem:
    """What the system refused, as a problem."""
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
    new = _new_folder(target)
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
    if durable:
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

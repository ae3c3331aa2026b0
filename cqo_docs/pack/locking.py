"""Who writes in an output folder, and what an interrupted run left there."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from cqo_docs.base.errors import PackError, Problem, problem, reason_of
from cqo_docs.pack.manifest import MANIFEST, MARK, RUN, TOKEN, read_manifest


def recover(output: Path) -> list[str]:
    """The names of packs whose writing was interrupted; each is finished or rolled back."""
    try:
        if not output.is_dir():
            return []
        with alone(output):
            return settle_all(output)
    except OSError as error:
        raise PackError([os_problem(error, output)]) from None


def settle_all(output: Path) -> list[str]:
    """What `recover` does, for one who holds the folder already."""
    hidden = [*sorted(output.glob(".*.old")), *sorted(output.glob(".*.new"))]
    names = dict.fromkeys(path.name[1:-4] for path in hidden)
    return sorted(name for name in names if settle(output / name))


def settle(target: Path) -> bool:
    """Whether the writing of one pack had been interrupted; it is finished or rolled back."""
    old, new = old_folder(target), new_folder(target)
    done = False
    if _is_ours(old):
        if not os.path.lexists(target) and any(old.iterdir()):
            # The old pack had left its place, so the new one, if it is there, was whole.
            (new if _is_pack(new) else old).rename(target)
        if _is_pack(target) and old.exists():
            remove_folder(old)
        done = True
    if _is_ours(new):
        remove_folder(new)
        done = True
    return done


def _is_pack(folder: Path) -> bool:
    return folder.is_dir() and not folder.is_symlink() and read_manifest(folder) is not None


def _is_ours(folder: Path) -> bool:
    """Whether we made a hidden folder: it holds our mark or manifest, or nothing any more."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    return (folder / MARK).exists() or _is_pack(folder) or not any(folder.iterdir())


def remove_folder(folder: Path) -> None:
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


def new_folder(target: Path) -> Path:
    """Where the pack of a company is written until it is whole."""
    return target.with_name(f".{target.name}.new")


def old_folder(target: Path) -> Path:
    """Where the earlier pack waits while the new one takes its place."""
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
def alone(output: Path) -> Iterator[None]:
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


def os_problem(error: OSError, target: Path) -> Problem:
    """What the system refused, as a problem."""
    if error.errno == errno.ENAMETOOLONG:
        return problem("pack.path-too-long", str(target))
    return problem("pack.cannot-write", str(target), reason=reason_of(error))

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cqo_docs.base import cache

KEY = "content-0123abcd"
POSIX = pytest.mark.skipif(os.name == "nt", reason="modes and owners are those of POSIX")
NOT_ROOT = pytest.mark.skipif(
    hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write anywhere"
)


@pytest.fixture
def above(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The user's cache folder, which does not exist yet."""
    folder = tmp_path / "home" / "cache"
    monkeypatch.setenv("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME", str(folder))
    monkeypatch.delenv(cache.SWITCH, raising=False)
    yield folder
    folder.chmod(0o700) if folder.exists() else None


@pytest.fixture
def kept(above: Path) -> Path:
    """The file of an entry that was kept."""
    cache.write(KEY, b"compiled")
    return above / "cqo-docs" / KEY


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("data", [b"", b"compiled", bytes(range(256)) * 5000])
def test_what_was_kept_is_read_again(above: Path, data: bytes) -> None:
    cache.write(KEY, data)
    assert cache.read(KEY) == data
    assert [p.name for p in (above / "cqo-docs").iterdir()] == [KEY]


def test_what_was_never_kept_is_none_and_makes_no_folder(above: Path) -> None:
    assert cache.read(KEY) is None
    assert not above.exists()


def test_the_last_data_of_a_key_count(kept: Path) -> None:
    cache.write(KEY, b"newer")
    assert cache.read(KEY) == b"newer"


@pytest.mark.parametrize("key", ["", "../out", "a/b", ".hidden", "A", "a\0b", "a" * 200, "键"])
def test_a_key_that_is_no_plain_file_name_is_a_mistake_of_ours(above: Path, key: str) -> None:
    with pytest.raises(ValueError, match="not a key"):
        cache.write(key, b"x")
    cache.write(KEY, b"compiled")
    with pytest.raises(ValueError, match="not a key"):
        cache.read(key)


@POSIX
def test_folder_and_files_are_for_the_user_alone(kept: Path) -> None:
    assert mode(kept.parent) == 0o700
    assert mode(kept) == 0o600


def damaged(kept: Path) -> Iterator[bytes]:
    whole = kept.read_bytes()
    yield b""
    yield whole[:10]
    yield whole[:-1]
    yield whole + b"x"
    yield bytes([whole[0] ^ 1]) + whole[1:]
    yield whole[:-1] + bytes([whole[-1] ^ 1])


def test_a_damaged_entry_is_none_and_can_be_written_anew(kept: Path) -> None:
    for data in damaged(kept):
        kept.write_bytes(data)
        assert cache.read(KEY) is None
    cache.write(KEY, b"compiled")
    assert cache.read(KEY) == b"compiled"


@POSIX
@pytest.mark.parametrize("bits", [0o720, 0o702, 0o777])
def test_a_folder_that_others_can_write_to_is_not_used(kept: Path, bits: int) -> None:
    kept.parent.chmod(bits)
    assert cache.read(KEY) is None
    cache.write("other-1", b"x")
    assert [p.name for p in kept.parent.iterdir()] == [KEY]


@POSIX
@pytest.mark.parametrize("bits", [0o620, 0o602])
def test_an_entry_that_others_can_write_to_is_not_read(kept: Path, bits: int) -> None:
    kept.chmod(bits)
    assert cache.read(KEY) is None


@POSIX
@pytest.mark.parametrize("call", ["lstat", "fstat"])
def test_what_belongs_to_somebody_else_is_not_used(
    kept: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def foreign(state: os.stat_result) -> os.stat_result:
        fields = list(state)
        fields[stat.ST_UID] += 1
        return os.stat_result(fields)

    if call == "lstat":  # the folder
        real = Path.lstat
        monkeypatch.setattr(Path, "lstat", lambda path: foreign(real(path)))
    else:  # the file
        of_file = os.fstat
        monkeypatch.setattr(os, "fstat", lambda number: foreign(of_file(number)))
    assert cache.read(KEY) is None
    monkeypatch.undo()


@POSIX
def test_a_link_in_place_of_the_folder_is_not_followed(above: Path, tmp_path: Path) -> None:
    prepared = tmp_path / "prepared"
    prepared.mkdir(mode=0o700)
    above.mkdir(parents=True)
    (above / "cqo-docs").symlink_to(prepared)
    cache.write(KEY, b"x")
    assert cache.read(KEY) is None
    assert list(prepared.iterdir()) == []


@POSIX
def test_a_link_in_place_of_an_entry_is_not_followed_but_replaced(
    kept: Path, tmp_path: Path
) -> None:
    prepared = tmp_path / "prepared"
    kept.rename(prepared)
    kept.symlink_to(prepared)
    assert cache.read(KEY) is None
    cache.write(KEY, b"newer")
    assert cache.read(KEY) == b"newer"
    assert prepared.read_bytes().endswith(b"compiled")


@POSIX
def test_a_pipe_or_a_folder_in_place_of_an_entry_stops_nothing(kept: Path) -> None:
    kept.unlink()
    os.mkfifo(kept, 0o600)
    assert cache.read(KEY) is None
    kept.unlink()
    kept.mkdir()
    assert cache.read(KEY) is None
    cache.write(KEY, b"x")
    assert [p.name for p in kept.parent.iterdir()] == [KEY]


def test_a_file_in_place_of_the_folder_stops_nothing(above: Path) -> None:
    above.mkdir(parents=True)
    (above / "cqo-docs").write_text("not a folder")
    cache.write(KEY, b"x")
    assert cache.read(KEY) is None


@POSIX
@NOT_ROOT
def test_a_home_that_cannot_be_written_to_stops_nothing(above: Path) -> None:
    above.mkdir(parents=True)
    above.chmod(0o500)
    cache.write(KEY, b"x")
    assert cache.read(KEY) is None
    assert list(above.iterdir()) == []


def test_a_home_that_is_no_folder_stops_nothing(above: Path) -> None:
    above.parent.mkdir()
    above.write_text("not a folder")
    cache.write(KEY, b"x")
    assert cache.read(KEY) is None


@POSIX
@NOT_ROOT
def test_a_folder_that_became_read_only_is_still_read(kept: Path) -> None:
    kept.parent.chmod(0o500)
    cache.write("other-1", b"x")
    assert cache.read(KEY) == b"compiled"
    assert cache.read("other-1") is None
    kept.parent.chmod(0o700)


def test_a_full_disk_leaves_the_entry_as_it_was(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    cache.write(KEY, b"newer")
    assert cache.read(KEY) == b"compiled"
    assert [p.name for p in kept.parent.iterdir()] == [KEY]


@POSIX
def test_nobody_without_a_home_is_troubled(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv(cache.SWITCH, raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    cache.write(KEY, b"x")
    assert cache.read(KEY) is None


@POSIX
@pytest.mark.parametrize("given", [None, "", "relative/cache"])
def test_without_an_absolute_cache_folder_it_is_the_one_at_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv(cache.SWITCH, raising=False)
    if given is None:
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    else:
        monkeypatch.setenv("XDG_CACHE_HOME", given)
    cache.write(KEY, b"x")
    assert [p.name for p in (tmp_path / "home" / ".cache" / "cqo-docs").iterdir()] == [KEY]
    assert [p.name for p in tmp_path.iterdir()] == ["home"]


@pytest.mark.parametrize("word", ["off", "OFF", " no ", "0", "false"])
def test_switched_off_it_neither_reads_nor_writes(
    kept: Path, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    monkeypatch.setenv(cache.SWITCH, word)
    assert cache.read(KEY) is None
    cache.write(KEY, b"newer")
    cache.write("other-1", b"x")
    monkeypatch.delenv(cache.SWITCH)
    assert cache.read(KEY) == b"compiled"
    assert [p.name for p in kept.parent.iterdir()] == [KEY]


def test_many_writers_and_readers_at_once_never_see_half_an_entry(above: Path) -> None:
    wanted = {bytes([65 + i]) * 400_000 for i in range(4)}
    seen: list[bytes | None] = []

    def work(data: bytes) -> None:
        for _ in range(25):
            cache.write(KEY, data)
            seen.append(cache.read(KEY))

    threads = [threading.Thread(target=work, args=(data,)) for data in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 100
    assert set(seen) <= wanted
    assert [p.name for p in (above / "cqo-docs").iterdir()] == [KEY]


# ---------------------------------------------------------------- pruning


def aged(path: Path, seconds: float) -> None:
    moment = time.time() - seconds
    os.utime(path, (moment, moment))


def names(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir()}


def test_too_many_entries_lose_the_one_wanted_longest_ago(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "MOST_FILES", 3)
    for i in range(3):
        cache.write(f"more-{i}", b"x")
        aged(kept.parent / f"more-{i}", 100 - i)
    aged(kept, 50)
    cache.write("newest-1", b"x")
    assert names(kept.parent) == {KEY, "more-2", "newest-1"}


def test_too_many_bytes_lose_the_one_wanted_longest_ago(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "MOST_BYTES", 2500)
    for i in range(3):
        cache.write(f"more-{i}", b"x" * 1000)
        aged(kept.parent / f"more-{i}", 100 - i)
    aged(kept, 200)
    cache.write("newest-1", b"x" * 1000)
    assert names(kept.parent) == {"more-2", "newest-1"}


def test_the_entry_just_written_stays_however_large(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "MOST_BYTES", 10)
    cache.write("newest-1", b"x" * 1000)
    assert names(kept.parent) == {"newest-1"}


def test_what_nobody_finished_writing_goes_after_an_hour(kept: Path) -> None:
    old, young = kept.parent / f".{KEY}.aa", kept.parent / f".{KEY}.bb"
    old.write_bytes(b"half")
    young.write_bytes(b"half")
    aged(old, cache.WRITING_SECONDS + 10)
    cache.write("other-1", b"x")
    assert names(kept.parent) == {KEY, "other-1", young.name}


def test_an_entry_in_use_is_young_again(kept: Path) -> None:
    aged(kept, cache.DAY_SECONDS * 30)
    cache.read(KEY)
    assert time.time() - kept.stat().st_mtime < cache.DAY_SECONDS

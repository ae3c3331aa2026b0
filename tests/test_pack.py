"""Names that stay inside, packs that are whole or not there, and a user's own work kept."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cqo_docs.base.errors import PackError
from cqo_docs.pack import writing as pack
from cqo_docs.pack.locking import recover
from cqo_docs.pack.manifest import (
    EDITED,
    MARK,
    PackFile,
    Written,
    current_pack,
    is_current,
    read_manifest,
)
from cqo_docs.pack.names import safe_name
from cqo_docs.pack.writing import place_pack, write_pack
from cqo_docs.wording.files import read_wording

COMPANY = "沁香源"
PAPERS = ("01-聘任决定.docx", "02-聘任书.docx", "05-考核表.xlsx")
HEAD = {"version": "0", "verdict": "pass"}
REFUSED_SIGNS = set('<>:"/\\|?*')
HOSTILE_NAMES = (
    "../../etc",
    "..",
    ".",
    "/etc/passwd",
    "~root",
    "CON",
    "nul.txt",
    "a/b\\c",
    "C:\\Windows\\x",
    "甲" * 200,
    "x" * 200,
    "甲\u202e乙",
    "\u202e",
    "🏭🧪",
    "   ",
    "\t\n",
    "甲\x00乙",
    "-rf",
    "$(touch x)",
    ".沁香源.old",
    ".git",
    "manifest.json",
    "𠮷䶮",
    "\ud800",
)

# ---------------------------------------------------------------- small packs


def papers(text: str, names: Sequence[str] = PAPERS) -> tuple[PackFile, ...]:
    return tuple(
        PackFile(name, f"{text} {name}".encode(), (name[3:5],), ("db50-t-1696-2024",))
        for name in names
    )


def put(
    output: Path, text: str = "一", company: str = COMPANY, names: Sequence[str] = PAPERS
) -> Written:
    return write_pack(output, company, HEAD, papers(text, names), f"answers: {text}\n")


def tree(folder: Path) -> dict[str, str]:
    """Everything below a folder: links with their target, files with their digest."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = f"link {path.readlink()}"
        elif path.is_file():
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            found[name] = "folder"
    return found


def is_whole(folder: Path) -> bool:
    """Whether every file that the manifest of a pack names is there with its bytes."""
    manifest = read_manifest(folder)
    return manifest is not None and all(
        hashlib.sha256((folder / entry["path"]).read_bytes()).hexdigest() == entry["sha256"]
        for entry in manifest["files"]
    )


def sentence(error: pytest.ExceptionInfo[PackError]) -> str:
    """The one sentence a user reads; checked to be a plain one."""
    (found,) = error.value.problems
    text = read_wording().problem(found)
    assert "发生问题" not in text
    assert "Traceback" not in text
    assert "?" not in text
    assert "\n" not in text
    return text


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "output"


# ---------------------------------------------------------------- names

SIGNS = st.one_of(
    st.characters(),
    st.characters(categories=["Cs", "Cf", "Cc", "Co", "Cn", "Zs", "Mn"]),
    st.sampled_from(' ./\\:*?"<>|_~-COMNULPRXAT13企业甲\u202e\u200d\u0301👨é'),
)
NAMES = st.one_of(st.text(), st.text(SIGNS, max_size=300), st.sampled_from(HOSTILE_NAMES))


def is_reserved(name: str) -> bool:
    """Whether Windows takes the name for a device, by the rule of Python's own ntpath."""
    base = name.partition(".")[0].rstrip(" ").upper()
    devices = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"}
    return base in devices | {f"{kind}{n}" for kind in ("COM", "LPT") for n in "0123456789¹²³"}


@settings(max_examples=600, deadline=None)
@given(NAMES)
@example("")
@example("_")
@example("甲" * 66 + " 乙")
@example("x" * 199 + ".x")
def test_a_safe_name_is_one_plain_path_component(name: str) -> None:
    safe = safe_name(name)
    assert safe not in {"", ".", ".."}
    assert Path(safe).name == safe
    assert not REFUSED_SIGNS & set(safe)
    assert not any(unicodedata.category(sign) in {"Cc", "Cf", "Cs"} for sign in safe)
    assert safe == safe.strip(" ")
    assert not safe.startswith(".")
    assert not safe.endswith(".")
    assert len(safe.encode()) <= 200
    assert safe_name(name) == safe


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["con", "PRN", "Aux", "nul", "com1", "COM¹", "lpt9", "CONIN$", "conout$"]),
    st.sampled_from(["", ".", ".txt", "..", ".甲", " ", "/", "\u200b", "\u202e.x"]),
)
def test_a_safe_name_is_never_a_device(device: str, tail: str) -> None:
    assert not is_reserved(safe_name(device + tail))
    assert not is_reserved(safe_name(f" {device}{tail}"))


@pytest.mark.parametrize("name", ["CON .txt", "nul .甲"])
def test_a_device_with_a_space_before_its_dot_is_a_device(name: str) -> None:
    assert not is_reserved(safe_name(name))


def test_a_safe_name_is_normalized() -> None:
    assert safe_name("Caf\u0065\u200d\u0301") == safe_name("Café")


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("晋城市沁香源食品有限公司", "晋城市沁香源食品有限公司"),
        ('R&D 检测（"甲"）<有限>公司', "R&D 检测（_甲_）_有限_公司"),
        ("../../etc", "_.._etc"),
        ("CON", "_CON"),
        ("a/b\\c", "a_b_c"),
        ("甲\u202e乙", "甲乙"),
        ("𠮷䶮🏭", "𠮷䶮🏭"),
        ("  甲　 乙. ", "甲 乙"),
        ("甲" * 200, "甲" * 66),
        ("Café", "Café"),
    ],
)
def test_safe_names_stay_as_they_were(name: str, safe: str) -> None:
    """A pack of last year is found under the same name this year."""
    assert safe_name(name) == safe


def test_names_without_any_letter_still_differ() -> None:
    names = {safe_name(name) for name in ("", ".", "..", "///", "\u202e", "   ")}
    assert len(names) == 6


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=lambda name: ascii(name)[1:20])
def test_no_name_leads_out_of_the_output_folder(tmp_path: Path, name: str) -> None:
    output = tmp_path / "a" / "b" / "output"
    (tmp_path / "a" / "etc").mkdir(parents=True)
    (tmp_path / "etc").write_text("untouched", encoding="utf-8")
    before = tree(tmp_path)
    if "\ud800" in name:
        # No manifest can hold half a character; the questionnaire refuses it before.
        with pytest.raises((PackError, UnicodeEncodeError)):
            put(output, company=name)
        assert list(output.iterdir()) == []
    else:
        folder = put(output, company=name).folder
        assert folder.parent == output
        assert [p.name for p in output.iterdir()] == [folder.name]
        assert is_whole(folder)
    after = {n: d for n, d in tree(tmp_path).items() if not n.startswith("a/b")}
    assert after == before


def test_a_hundred_characters_in_every_script_fit_the_file_system(output: Path) -> None:
    for sign in ("甲", "𠮷", "x", "é", "👨"):
        assert is_whole(put(output, company=sign * 100).folder)


# ---------------------------------------------------------------- what is written


def test_a_first_pack_is_one_rename(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    renames = watch_renames(monkeypatch)
    written = put(output)
    assert [(a.name, b.name) for a, b in renames] == [(f".{COMPANY}.new", COMPANY)]
    assert sorted(tree(output)) == sorted(
        [COMPANY, *(f"{COMPANY}/{n}" for n in (*PAPERS, "answers.yaml", "manifest.json"))]
    )
    assert is_whole(written.folder)
    assert written.kept == ()


def test_a_replacement_moves_old_aside_and_new_in(
    output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(output, "一")
    renames = watch_renames(monkeypatch)
    put(output, "二")
    assert [(a.name, b.name) for a, b in renames] == [
        (COMPANY, f".{COMPANY}.old"),
        (f".{COMPANY}.new", COMPANY),
    ]
    assert [p.name for p in output.iterdir()] == [COMPANY]
    assert (output / COMPANY / PAPERS[0]).read_text(encoding="utf-8") == f"二 {PAPERS[0]}"


def watch_renames(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, Path]]:
    seen: list[tuple[Path, Path]] = []
    rename = Path.rename

    def watched(self: Path, target: Path) -> Path:
        seen.append((self, Path(target)))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", watched)
    return seen


def test_a_manifest_tells_what_a_file_is_and_nothing_of_the_machine(output: Path) -> None:
    folder = put(output).folder
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert [f["path"] for f in manifest["files"]] == list(PAPERS)
    answers = (folder / "answers.yaml").read_bytes()
    assert manifest["answers"] == {
        "sha256": hashlib.sha256(answers).hexdigest(),
        "size": len(answers),
    }
    assert manifest["company"] == COMPANY
    assert manifest["verdict"] == "pass"
    for entry in manifest["files"]:
        assert set(entry) == {"path", "document", "documents", "sha256", "size", "standards"}
        data = (folder / entry["path"]).read_bytes()
        assert entry["sha256"] == hashlib.sha256(data).hexdigest()
        assert entry["size"] == len(data)
    assert str(output) not in (folder / "manifest.json").read_text(encoding="utf-8")


def test_a_manifest_has_one_line_for_each_fact_and_file(output: Path) -> None:
    lines = (put(output).folder / "manifest.json").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2 + len(("program", *HEAD, "company", "answers")) + 2 + len(PAPERS)
    empty = write_pack(output, "空", HEAD, (), "").folder
    assert read_manifest(empty) is not None


# ---------------------------------------------------------------- one of many packs

INPUTS = {**HEAD, "inputs": "abc"}


def place(output: Path, text: str = "一", company: str = COMPANY) -> Written:
    return place_pack(output, company, INPUTS, papers(text), f"answers: {text}\n")


def test_one_of_many_packs_is_the_pack_it_would_be_alone(tmp_path: Path, output: Path) -> None:
    output.mkdir()
    alone = write_pack(tmp_path / "alone", COMPANY, INPUTS, papers("一"), "answers: 一\n")
    assert place(output).manifest == alone.manifest
    assert tree(output) == tree(tmp_path / "alone")
    edit(output / COMPANY / PAPERS[1], "我改的")
    assert place(output, "二").kept == (PAPERS[1],)
    assert drafts(output) == ["我改的"]
    assert [p.name for p in output.iterdir()] == [COMPANY]


@pytest.mark.parametrize("old", [True, False], ids=["replacement", "first"])
def test_what_a_worker_left_of_this_pack_is_settled(output: Path, old: bool) -> None:
    output.mkdir()
    if old:
        place(output).folder.rename(output / f".{COMPANY}.old")
    half = output / f".{COMPANY}.new"
    half.mkdir()
    (half / MARK).touch()
    (half / PAPERS[0]).write_bytes(b"half")
    assert is_whole(place(output, "二").folder)
    assert [p.name for p in output.iterdir()] == [COMPANY]


@pytest.mark.parametrize("call", range(6))
@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "pack.output"),
        (errno.EROFS, "pack.output"),
        (errno.EACCES, "pack.cannot-write"),
        (errno.ENAMETOOLONG, "pack.path-too-long"),
    ],
)
def test_what_ails_the_whole_output_is_told_from_what_ails_one_pack(
    output: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: str, call: int
) -> None:
    output.mkdir()
    place(output)
    before, calls, write = tree(output), iter(range(99)), os.write

    def refused(handle: int, data: Any) -> int:
        if next(calls) >= call:
            raise OSError(number, os.strerror(number))
        return write(handle, data)

    monkeypatch.setattr(os, "write", refused)
    if call == 5:
        place(output, "二")  # three papers, the answers and the manifest
        return
    with pytest.raises(PackError) as error:
        place(output, "二")
    assert error.value.problems[0].code == code
    assert sentence(error)
    assert tree(output) == before


@pytest.mark.parametrize("number", [errno.EACCES, errno.ENOENT, errno.ENOTDIR])
def test_an_output_where_no_folder_can_be_made_ails_every_pack(
    output: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    output.mkdir()

    def refused(self: Path, *_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number), str(self))

    monkeypatch.setattr(Path, "mkdir", refused)
    with pytest.raises(PackError) as error:
        place(output)
    assert error.value.problems[0].code == "pack.output"
    assert error.value.problems[0].where == str(output)


def test_a_write_that_takes_a_part_only_is_gone_on_with(
    output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output.mkdir()
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: write(handle, data[:7]))
    assert is_whole(place(output).folder)


def test_a_pack_is_current_where_it_is_whole_and_from_the_same_inputs(output: Path) -> None:
    output.mkdir()
    folder = place(output).folder
    assert is_current(folder, COMPANY, "abc")
    assert current_pack(folder, COMPANY, "abc") == read_manifest(folder)
    assert not is_current(folder, COMPANY, "abd")
    assert not is_current(folder, "别家", "abc")
    assert not is_current(output / "nowhere", COMPANY, "abc")
    (output / "link").symlink_to(folder)
    assert not is_current(output / "link", COMPANY, "abc")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def turned_into_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("harm", [Path.unlink, cut, turned_into_a_folder])
@pytest.mark.parametrize("name", [*PAPERS, "answers.yaml", "manifest.json"])
def test_a_pack_that_lacks_something_is_not_current(
    output: Path, harm: Callable[[Path], None], name: str
) -> None:
    output.mkdir()
    folder = place(output).folder
    harm(folder / name)
    # A cut manifest lacks its last line end only.
    whole = harm is cut and name == "manifest.json"
    assert is_current(folder, COMPANY, "abc") is whole


@pytest.mark.parametrize(
    "entry", [{}, {"path": 7, "size": 1}, {"path": "a\0b", "size": 1}, {"path": "x"}], ids=str
)
def test_a_manifest_with_a_strange_entry_is_not_current(
    output: Path, entry: dict[str, Any]
) -> None:
    output.mkdir()
    folder = place(output).folder
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"].append(entry)
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert not is_current(folder, COMPANY, "abc")
    del manifest["answers"], manifest["files"][-1]
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert not is_current(folder, COMPANY, "abc")


def test_the_same_pack_again_has_the_same_bytes(output: Path) -> None:
    put(output)
    first = tree(output)
    put(output)
    assert tree(output) == first


def test_papers_that_are_no_longer_wanted_go(output: Path) -> None:
    put(output)
    put(output, names=PAPERS[:1])
    assert sorted(p.name for p in (output / COMPANY).iterdir()) == sorted(
        [PAPERS[0], "answers.yaml", "manifest.json"]
    )


def test_two_companies_stand_side_by_side(output: Path) -> None:
    put(output, company="甲")
    put(output, company="乙")
    put(output, "二", company="甲")
    assert sorted(p.name for p in output.iterdir()) == ["乙", "甲"]
    assert all(is_whole(p) for p in output.iterdir())


# ---------------------------------------------------------------- a user's own work


def edit(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def drafts(output: Path) -> list[str]:
    """The texts of all kept drafts."""
    folder = output / COMPANY / EDITED
    return sorted(p.read_text(encoding="utf-8") for p in folder.iterdir())


def test_an_edited_file_is_kept_beside_the_new_one(output: Path) -> None:
    folder = put(output, "一").folder
    for name in (PAPERS[0], PAPERS[2]):
        edit(folder / name, f"我改的 {name}")
    written = put(output, "二")
    assert written.kept == (PAPERS[0], PAPERS[2])
    assert is_whole(folder)
    assert sorted(p.name for p in (folder / EDITED).iterdir()) == [PAPERS[0], PAPERS[2]]
    assert drafts(output) == [f"我改的 {PAPERS[0]}", f"我改的 {PAPERS[2]}"]


def test_drafts_of_many_runs_are_all_kept(output: Path) -> None:
    folder = put(output).folder
    texts = [f"第{n}稿" for n in range(1, 6)]
    for n, text in enumerate(texts, 1):
        edit(folder / PAPERS[0], text)
        assert put(output, str(n)).kept == (PAPERS[0],)
        assert drafts(output) == sorted(texts[:n])
    names = sorted(p.name for p in (folder / EDITED).iterdir())
    assert names == sorted(["01-聘任决定.docx", *(f"01-聘任决定-{n}.docx" for n in range(2, 6))])
    put(output, "不改")
    assert drafts(output) == sorted(texts)


def test_a_draft_keeps_the_name_under_which_it_was_kept(output: Path) -> None:
    folder = put(output).folder
    places = [folder / EDITED / f"01-聘任决定{end}.docx" for end in ("", "-2", "-3")]
    for turn in range(3):
        edit(folder / PAPERS[0], f"第{turn}稿")
        put(output, str(turn))
        kept = [place.read_text(encoding="utf-8") for place in places[: turn + 1]]
        assert kept == [f"第{n}稿" for n in range(turn + 1)]


def test_an_edited_paper_that_is_no_longer_wanted_is_kept(output: Path) -> None:
    folder = put(output).folder
    edit(folder / PAPERS[2], "我改的")
    assert put(output, names=PAPERS[:1]).kept == (PAPERS[2],)
    assert drafts(output) == ["我改的"]


def test_a_deleted_file_is_written_anew_and_is_no_draft(output: Path) -> None:
    folder = put(output, "一").folder
    (folder / PAPERS[0]).unlink()
    assert put(output, "二").kept == ()
    assert is_whole(folder)
    assert not (folder / EDITED).exists()


def test_files_a_user_added_stay_in_place(output: Path) -> None:
    folder = put(output).folder
    own = {
        "签字扫描.pdf": "扫描",
        "01-聘任决定 终稿.docx": "终稿",
        "附件/一/合同.txt": "合同",
        "~$01-聘任决定.docx": "锁",
        ".备注": "备注",
        "附件/manifest.json": "{}",
        "附件/answers.yaml": "附件里的",
    }
    for name, text in own.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        edit(folder / name, text)
    (folder / "链接").symlink_to("签字扫描.pdf")
    (folder / "断链").symlink_to("/nowhere/at/all")
    for text in ("二", "三"):
        assert put(output, text).kept == ()
        for name, mine in own.items():
            assert (folder / name).read_text(encoding="utf-8") == mine, name
        assert str((folder / "链接").readlink()) == "签字扫描.pdf"
        assert str((folder / "断链").readlink()) == "/nowhere/at/all"
    assert not (folder / EDITED).exists()


def test_a_users_file_that_has_the_name_of_a_new_paper_is_kept(output: Path) -> None:
    folder = put(output, names=PAPERS[:1]).folder
    edit(folder / PAPERS[1], "我自己写的聘任书")
    put(output, names=PAPERS)
    assert is_whole(folder)
    assert drafts(output) == ["我自己写的聘任书"]


def test_a_users_file_that_was_moved_is_told(output: Path) -> None:
    folder = put(output, names=PAPERS[:1]).folder
    edit(folder / PAPERS[1], "我自己写的聘任书")
    assert put(output, names=PAPERS).kept == (PAPERS[1],)


def test_a_paper_replaced_by_a_link_is_kept_as_a_link(tmp_path: Path, output: Path) -> None:
    elsewhere = tmp_path / "elsewhere.docx"
    edit(elsewhere, "别处")
    folder = put(output).folder
    (folder / PAPERS[0]).unlink()
    (folder / PAPERS[0]).symlink_to(elsewhere)
    put(output, "二")
    assert is_whole(folder)
    assert (folder / EDITED / PAPERS[0]).readlink() == elsewhere
    assert elsewhere.read_text(encoding="utf-8") == "别处"


def test_a_linked_folder_is_not_walked_and_not_emptied(tmp_path: Path, output: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    edit(elsewhere / "file.txt", "别处")
    folder = put(output).folder
    (folder / "共享").symlink_to(elsewhere)
    put(output, "二")
    assert (folder / "共享").readlink() == elsewhere
    assert tree(elsewhere).keys() == {"file.txt"}


def test_the_date_and_mode_of_a_draft_stay(output: Path) -> None:
    folder = put(output).folder
    edit(folder / PAPERS[0], "我改的")
    os.utime(folder / PAPERS[0], (1_700_000_000, 1_700_000_000))
    put(output, "二")
    assert (folder / EDITED / PAPERS[0]).stat().st_mtime == 1_700_000_000


def test_edited_answers_are_kept_too(output: Path) -> None:
    folder = put(output).folder
    edit(folder / "answers.yaml", "company: 我在这里改了答案\n")
    assert put(output, "二").kept == ("answers.yaml",)
    assert drafts(output) == ["company: 我在这里改了答案\n"]
    assert (folder / "answers.yaml").read_text(encoding="utf-8") == "answers: 二\n"


def test_an_empty_folder_of_a_user_stays(output: Path) -> None:
    folder = put(output).folder
    (folder / "签字件").mkdir()
    put(output, "二")
    assert (folder / "签字件").is_dir()


# ---------------------------------------------------------------- places that are refused


def test_an_output_that_is_a_file_is_refused(output: Path) -> None:
    output.write_text("mine", encoding="utf-8")
    with pytest.raises(PackError) as error:
        put(output)
    assert sentence(error) == f"{output}：输出位置不是文件夹，请另选位置"
    assert output.read_text(encoding="utf-8") == "mine"


def test_an_output_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(PackError) as error:
        put(tmp_path / "file" / "output")
    assert "file" in sentence(error)


def test_a_target_that_is_a_link_is_refused(tmp_path: Path, output: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    put(elsewhere)
    output.mkdir()
    (output / COMPANY).symlink_to(elsewhere / COMPANY)
    before = tree(tmp_path)
    with pytest.raises(PackError) as error:
        put(output, "二")
    assert "链接" in sentence(error)
    assert tree(tmp_path) == before


def foreign_folder(target: Path) -> None:
    target.mkdir(parents=True)
    edit(target / "我的合同.txt", "mine")


def foreign_manifest(target: Path) -> None:
    foreign_folder(target)
    edit(target / "manifest.json", '{"program": "other", "files": []}')


def broken_manifest(target: Path) -> None:
    put(target.parent)
    edit(target / "manifest.json", '{"program": "cqo-')


def deep_manifest(target: Path) -> None:
    foreign_folder(target)
    edit(target / "manifest.json", "[" * 100_000)


def plain_file(target: Path) -> None:
    target.parent.mkdir(parents=True)
    edit(target, "mine")


def empty_folder(target: Path) -> None:
    target.mkdir(parents=True)


@pytest.mark.parametrize(
    "make",
    [
        foreign_folder,
        foreign_manifest,
        broken_manifest,
        deep_manifest,
        plain_file,
        empty_folder,
    ],
)
def test_a_target_that_is_no_pack_of_ours_is_refused(
    output: Path, make: Callable[[Path], None]
) -> None:
    make(output / COMPANY)
    before = tree(output)
    with pytest.raises(PackError) as error:
        put(output, "二")
    assert str(output / COMPANY) in sentence(error)
    assert tree(output) == before


@pytest.mark.parametrize(
    ("one", "other"), [("甲/乙", "甲_乙"), ("甲", "甲."), ("甲" * 67, "甲" * 68)]
)
def test_two_companies_never_share_a_folder(output: Path, one: str, other: str) -> None:
    put(output, company=one)
    before = tree(output)
    with pytest.raises(PackError) as error:
        put(output, "二", company=other)
    assert one in sentence(error)
    assert tree(output) == before


def test_an_output_path_that_is_too_long_is_refused(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["x" * 200] * 21)
    with pytest.raises(PackError) as error:
        put(deep)
    assert "路径过长" in sentence(error)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("writer", [put, recover], ids=["write", "recover"])
def test_a_folder_that_another_program_writes_is_left_alone(
    output: Path, writer: Callable[[Path], object]
) -> None:
    fcntl = pytest.importorskip("fcntl")
    put(output)
    before = tree(output)
    handle = os.open(output, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with pytest.raises(PackError) as error:
            writer(output)
        assert "另一个程序" in sentence(error)
        assert tree(output) == before
    finally:
        os.close(handle)
    writer(output)


# ---------------------------------------------------------------- failures of the machine


def no_space(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("file", range(5))
@pytest.mark.parametrize("first", [True, False], ids=["first", "replacement"])
def test_a_full_disk_leaves_what_was_there(
    output: Path, monkeypatch: pytest.MonkeyPatch, first: bool, file: int
) -> None:
    if first:
        output.mkdir()
    else:
        edit(put(output, "一").folder / PAPERS[1], "我改的")
    before = tree(output)
    calls = iter(range(100))
    monkeypatch.setattr(os, "fsync", lambda _: no_space() if next(calls) >= file else None)
    with pytest.raises(PackError) as error:
        put(output, "二")
    assert "不能写入" in sentence(error)
    assert tree(output) == before
    monkeypatch.undo()
    assert is_whole(put(output, "二").folder)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
def test_a_file_that_cannot_grow_leaves_what_was_there(output: Path) -> None:
    """The kernel itself refuses the bytes, in a process of its own."""
    put(output, "一")
    before = tree(output)
    script = (
        "import resource, signal\n"
        "from cqo_docs.pack.writing import PackFile, write_pack\n"
        "from cqo_docs.base.errors import PackError\n"
        "from pathlib import Path\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "try:\n"
        f"    write_pack(Path({str(output)!r}), {COMPANY!r}, {{}},"
        " [PackFile('a', b'x' * 9999, ('a',), ())], '')\n"
        "except PackError as error:\n"
        "    print(error.problems[0].code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("pack.cannot-write", "")
    assert tree(output) == before


def test_an_output_that_may_not_be_written_is_said(
    output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(output, "一")
    before = tree(output)

    def refused(self: Path, *_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self))

    monkeypatch.setattr(Path, "mkdir", refused)
    with pytest.raises(PackError) as error:
        put(output, "二")
    assert "不能写入" in sentence(error)
    assert tree(output) == before


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A folder that every user of the machine may enter, unlike those of pytest."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@contextlib.contextmanager
def as_plain_user(*shut: Path, mode: int) -> Iterator[None]:
    """File modes count, for root as well, and some folders have this one."""
    if sys.platform == "win32":
        pytest.skip("folders have no such mode there")
    root = os.geteuid() == 0
    if root and sys.platform != "linux":
        pytest.skip("root may write everywhere")
    for folder in shut:
        folder.chmod(mode)
    if root:
        ctypes.CDLL(None).setfsuid(65534)
    try:
        yield
    finally:
        if root:
            ctypes.CDLL(None).setfsuid(0)
        for folder in shut:
            folder.chmod(0o755)


@pytest.mark.parametrize("company", [COMPANY, "别家"], ids=["replacement", "first"])
def test_a_read_only_folder_leaves_what_was_there(open_place: Path, company: str) -> None:
    output = open_place / "output"
    put(output, "一", company=company)
    before = tree(open_place)
    with as_plain_user(output, mode=0o555):
        with pytest.raises(PackError) as error:
            put(output, "二")
        assert recover(output) == []
    assert str(output) in sentence(error)
    assert "不能写入" in sentence(error)
    assert tree(open_place) == before


def test_an_output_below_a_shut_folder_is_said(open_place: Path) -> None:
    put(open_place / "shut" / "output")
    with as_plain_user(open_place / "shut", mode=0o000), pytest.raises(PackError) as error:
        put(open_place / "shut" / "output", "二")
    assert "不能写入" in sentence(error)


def test_a_recovery_below_a_shut_folder_is_said(open_place: Path) -> None:
    put(open_place / "shut" / "output")
    with as_plain_user(open_place / "shut", mode=0o000), pytest.raises(PackError) as error:
        recover(open_place / "shut" / "output")
    assert "shut" in sentence(error)


@pytest.mark.parametrize("held", [PAPERS[1], None], ids=["file", "folder"])
def test_a_file_held_open_moves_nothing_and_is_named(
    output: Path, monkeypatch: pytest.MonkeyPatch, held: str | None
) -> None:
    """What Windows does: a folder with an open file does not move, the file opens for nobody."""
    folder = put(output, "一").folder
    edit(folder / PAPERS[0], "我改的")
    before = tree(output)
    rename, open_ = Path.rename, Path.open

    def stuck(self: Path, target: Path) -> Path:
        if self == folder:
            raise PermissionError(errno.EACCES, "WinError 5", str(self))
        return rename(self, target)

    def shut(self: Path, mode: str = "r", *rest: Any, **named: Any) -> Any:
        if held is not None and self == folder / held and ("+" in mode or "w" in mode):
            raise PermissionError(errno.EACCES, "WinError 32", str(self))
        return open_(self, mode, *rest, **named)

    monkeypatch.setattr(Path, "rename", stuck)
    monkeypatch.setattr(Path, "open", shut)
    with pytest.raises(PackError) as error:
        put(output, "二")
    place = folder / held if held else folder
    assert sentence(error) == f"{place}：文件正被其他程序打开，请先关闭再试，原有文件未动"
    assert tree(output) == before
    monkeypatch.undo()
    put(output, "二")
    assert drafts(output) == ["我改的"]


@pytest.mark.parametrize("error", [OSError(errno.EIO, "x"), KeyboardInterrupt()], ids=repr)
def test_the_old_pack_returns_where_the_new_one_does_not_come_in(
    output: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    put(output, "一")
    before = tree(output)
    rename = Path.rename

    def stuck(self: Path, target: Path) -> Path:
        if self.name.endswith(".new"):
            raise error
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", stuck)
    with pytest.raises((PackError, KeyboardInterrupt)):
        put(output, "二")
    assert tree(output) == before


def test_an_old_pack_that_will_not_go_goes_at_the_next_start(
    output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(output, "一")
    unlink = Path.unlink

    def stuck(self: Path, missing_ok: bool = False) -> None:
        if self.parent.name.endswith(".old"):
            raise PermissionError(errno.EACCES, "WinError 32", str(self))
        unlink(self, missing_ok)

    monkeypatch.setattr(Path, "unlink", stuck)
    written = put(output, "二")
    assert (output / f".{COMPANY}.old").is_dir()
    assert is_whole(written.folder)
    monkeypatch.undo()
    assert recover(output) == [COMPANY]
    assert [p.name for p in output.iterdir()] == [COMPANY]
    assert "二" in (written.folder / PAPERS[0]).read_text(encoding="utf-8")


# ---------------------------------------------------------------- a user's own hidden folders


def hidden_folder(place: Path) -> None:
    foreign_folder(place)


def hidden_backup(place: Path) -> None:
    foreign_manifest(place)


def hidden_file(place: Path) -> None:
    plain_file(place)


def hidden_link(place: Path) -> None:
    put(place.parent.parent / "elsewhere")
    place.parent.mkdir(parents=True)
    place.symlink_to(place.parent.parent / "elsewhere" / COMPANY)


@pytest.mark.parametrize("make", [hidden_folder, hidden_backup, hidden_file, hidden_link])
@pytest.mark.parametrize(
    "name", [f".{COMPANY}.old", f".{COMPANY}.new", ".x.old", ".x.new", "..old"]
)
def test_what_we_did_not_make_is_never_touched(
    tmp_path: Path, output: Path, make: Callable[[Path], None], name: str
) -> None:
    make(output / name)
    before = tree(tmp_path)
    assert recover(output) == []
    assert tree(tmp_path) == before
    try:
        put(output)
    except PackError:
        assert tree(tmp_path) == before
    else:
        own = {n for n in tree(tmp_path) if n.startswith(f"output/{COMPANY}")}
        assert {n: d for n, d in tree(tmp_path).items() if n not in own} == before


@pytest.mark.parametrize("make", [hidden_folder, hidden_file, hidden_link])
@pytest.mark.parametrize("kind", ["old", "new"])
def test_a_pack_whose_hidden_names_are_taken_stays_as_it_is(
    tmp_path: Path, output: Path, make: Callable[[Path], None], kind: str
) -> None:
    make(output / f".{COMPANY}.{kind}")
    put(tmp_path / "other", "一")
    (tmp_path / "other" / COMPANY).rename(output / COMPANY)
    before = tree(tmp_path)
    with pytest.raises(PackError) as error:
        put(output, "二")
    assert f".{COMPANY}.{kind}" in sentence(error)
    assert tree(tmp_path) == before


# ---------------------------------------------------------------- interruptions, step by step

# Runs an action once for every step it takes and dies, or fails, just before that step. Python's
# audit events are the steps; a file just written loses its second half, as an unsaved one may.
STEPS = """
import errno, json, os, shutil, signal, stat, sys
from pathlib import Path
from cqo_docs.base.errors import PackError
from cqo_docs.pack.locking import recover
from cqo_docs.pack.manifest import PackFile
from cqo_docs.pack.writing import write_pack

order = json.load(sys.stdin)
EVENTS = {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.utime", "os.chmod",
          "os.symlink", "shutil.copyfile", "shutil.rmtree"}

class Clock:
    armed, left, fired, mode = False, 0, False, ""

clock = Clock()

def tick(fd=None):
    if not clock.armed:
        return
    clock.left -= 1
    if clock.left >= 0 or (clock.mode == "once" and clock.fired):
        return
    clock.fired = True
    if clock.mode == "kill":
        if fd is not None and stat.S_ISREG(os.fstat(fd).st_mode):
            os.ftruncate(fd, os.fstat(fd).st_size // 2)
        os.kill(os.getpid(), signal.SIGKILL)
    raise OSError(errno.EIO, os.strerror(errno.EIO))

def files():
    return [PackFile(n, f"{order['text']} {n}".encode(), (n[3:5],), ("db50-t-1696-2024",))
            for n in order["names"]]

def act(output):
    if order["action"] == "recover":
        recover(output)
    else:
        write_pack(output, order["company"], order["head"], files(), order["answers"])

def child(output, step, mode):
    sys.addaudithook(lambda event, _: tick() if event in EVENTS else None)
    os.fsync = tick
    clock.left, clock.mode, clock.armed = step, mode, True
    code = 0
    try:
        act(output)
    except PackError:
        code = 2
    except BaseException as error:
        clock.armed = False
        print(repr(error), file=sys.stderr)
        code = 3
    clock.armed = False
    sys.stderr.flush()
    os._exit(code if clock.fired else 9)

results = []
warm = Path(order["work"]) / "warm"
shutil.copytree(order["bases"][0], warm, symlinks=True)
act(warm)
for b, base in enumerate(order["bases"]):
    for step in range(1000):
        output = Path(order["work"]) / f"{b}-{step}"
        shutil.copytree(base, output, symlinks=True)
        child_id = os.fork()
        if child_id == 0:
            child(output, step, order["mode"])
        status = os.waitstatus_to_exitcode(os.waitpid(child_id, 0)[1])
        if status == 9:
            break
        results.append([str(output), status])
print(json.dumps(results))
"""
FORKS = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")


def stepwise(
    work: Path, bases: Sequence[Path], mode: str, action: str, text: str = "二"
) -> list[tuple[Path, int]]:
    """The folders after an action was cut off before each of its steps, with how it ended."""
    work.mkdir()
    order = {
        "work": str(work),
        "bases": [str(b) for b in bases],
        "mode": mode,
        "action": action,
        "text": text,
        "answers": f"answers: {text}\n",
        "company": COMPANY,
        "head": HEAD,
        "names": PAPERS,
    }
    done = subprocess.run(
        [sys.executable, "-c", STEPS],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [(Path(folder), status) for folder, status in json.loads(done.stdout)]


@pytest.fixture
def wholes(tmp_path: Path) -> dict[str, dict[str, str]]:
    """The whole trees that may be there in the end, by name."""
    start, first, second = tmp_path / "start", tmp_path / "first", tmp_path / "second"
    start.mkdir()
    folder = put(first, "一").folder
    edit(folder / PAPERS[1], "我改的")
    edit(folder / "签字扫描.pdf", "扫描")
    shutil.copytree(first, second)
    put(second, "二")
    return {path.name: tree(path) for path in (start, first, second)}


def outcome(folder: Path, wholes: dict[str, dict[str, str]]) -> str:
    """Which whole tree a folder now is; any other is a failure."""
    now = tree(folder)
    same = [name for name, whole in wholes.items() if whole == now]
    assert len(same) == 1, f"{folder.name}: {sorted(now)}"
    return same[0]


@FORKS
def test_a_first_pack_killed_at_any_step_is_whole_or_not_there(
    tmp_path: Path, wholes: dict[str, dict[str, str]]
) -> None:
    ends = stepwise(tmp_path / "work", [tmp_path / "start"], "kill", "write", "一")
    assert len(ends) > 12
    plain = {"start": wholes["start"], "whole": tree(tmp_path / "work" / "warm")}
    seen = set()
    for folder, status in ends:
        assert status == -signal.SIGKILL
        recover(folder)
        seen.add(outcome(folder, plain))
        assert is_whole(put(folder, "二").folder)
    assert seen == {"start", "whole"}


@FORKS
def test_a_replacement_killed_at_any_step_is_the_old_or_the_new_pack(
    tmp_path: Path, wholes: dict[str, dict[str, str]]
) -> None:
    ends = stepwise(tmp_path / "work", [tmp_path / "first"], "kill", "write")
    assert len(ends) > 20
    seen, moved = [], 0
    for folder, status in ends:
        assert status == -signal.SIGKILL
        moved += not (folder / COMPANY).exists()
        recover(folder)
        seen.append(outcome(folder, wholes))
        assert recover(folder) == []
    assert moved, "no step fell between the two renames"
    assert seen == sorted(seen), "an earlier step left a later state"
    assert set(seen) == {"first", "second"}


@FORKS
def test_the_next_pack_after_any_interruption_is_whole(
    tmp_path: Path, wholes: dict[str, dict[str, str]]
) -> None:
    """Without a look by `recover` before: writing looks itself."""
    for folder, _ in stepwise(tmp_path / "work", [tmp_path / "first"], "kill", "write"):
        put(folder, "三")
        assert [p.name for p in folder.iterdir()] == [COMPANY]
        assert is_whole(folder / COMPANY)
        assert (folder / COMPANY / "签字扫描.pdf").read_text(encoding="utf-8") == "扫描"
        assert drafts(folder) == ["我改的"]


@FORKS
def test_a_recovery_killed_at_any_step_is_finished_by_the_next(
    tmp_path: Path, wholes: dict[str, dict[str, str]]
) -> None:
    ends = stepwise(tmp_path / "work", [tmp_path / "first"], "kill", "write")
    # Many steps leave the same files behind; one folder of each kind will do.
    bases = list({json.dumps(tree(folder)): folder for folder, _ in ends}.values())
    assert len(bases) > 10
    wanted = []
    for base in bases:
        copy = tmp_path / "copies" / base.name
        shutil.copytree(base, copy)
        recover(copy)
        wanted.append(outcome(copy, wholes))
    again = stepwise(tmp_path / "again", bases, "kill", "recover")
    assert len(again) > len(bases)
    for folder, _ in again:
        recover(folder)
        assert outcome(folder, wholes) == wanted[int(folder.name.partition("-")[0])]


@FORKS
@pytest.mark.parametrize("mode", ["once", "dead"])
def test_a_replacement_that_fails_at_any_step_says_so_and_loses_nothing(
    tmp_path: Path, wholes: dict[str, dict[str, str]], mode: str
) -> None:
    """One call of the system fails, or from then on every call does."""
    ends = stepwise(tmp_path / "work", [tmp_path / "first"], mode, "write")
    assert len(ends) > 20
    seen = set()
    for folder, status in ends:
        assert status in {0, 2}, f"{folder.name}: not a problem of ours"
        if mode == "once":
            visible = {n: d for n, d in tree(folder).items() if not n.startswith(".")}
            assert visible in wholes.values(), "not whole before the next start"
        recover(folder)
        seen.add(outcome(folder, wholes))
    assert seen == {"first", "second"}


@pytest.mark.parametrize("kind", ["new", "old"])
def test_an_empty_leftover_is_cleared(output: Path, kind: str) -> None:
    put(output, "一")
    before = tree(output)
    (output / f".{COMPANY}.{kind}").mkdir()
    assert recover(output) == [COMPANY]
    assert tree(output) == before


def test_an_empty_new_folder_alone_is_cleared(output: Path) -> None:
    (output / f".{COMPANY}.new").mkdir(parents=True)
    assert recover(output) == [COMPANY]
    assert list(output.iterdir()) == []


def test_nothing_to_recover(tmp_path: Path, output: Path) -> None:
    assert recover(output) == []
    edit(tmp_path / "file", "x")
    assert recover(tmp_path / "file") == []
    put(output)
    before = tree(output)
    assert recover(output) == []
    assert tree(output) == before


# ---------------------------------------------------------------- interruptions, at random

WRITER = """
import sys
from pathlib import Path
from cqo_docs.pack.manifest import PackFile
from cqo_docs.pack.writing import write_pack
output, company = Path(sys.argv[1]), sys.argv[2]
print("ready", flush=True)
for turn in range(100_000):
    letter = "甲乙"[turn % 2]
    files = [PackFile(f"{n:02d}.docx", letter.encode() * 9_000, ("x",), ()) for n in range(12)]
    write_pack(output, company, {}, files, letter)
"""


def writer(output: Path) -> list[str]:
    """The command of a program that writes one pack after the other."""
    return [sys.executable, "-c", WRITER, str(output), COMPANY]


def letters(folder: Path) -> set[str]:
    """The first letter of every paper."""
    return {path.read_text(encoding="utf-8")[0] for path in folder.glob("*.docx")}


def kill_at_random(output: Path, rounds: int) -> None:
    seed = random.randrange(10**9)
    chance = random.Random(seed)
    put(output, "甲", names=[f"{n:02d}.docx" for n in range(12)])
    for turn in range(rounds):
        process = subprocess.Popen(writer(output), stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        time.sleep(chance.uniform(0.0, 0.12))
        process.kill()
        process.communicate()
        recover(output)
        assert [p.name for p in output.iterdir()] == [COMPANY], (seed, turn)
        assert is_whole(output / COMPANY), (seed, turn)
        assert len(list((output / COMPANY).iterdir())) == 14, (seed, turn)
        assert len(letters(output / COMPANY)) == 1, (seed, turn)


def test_a_writer_killed_at_random_leaves_one_whole_pack(output: Path) -> None:
    kill_at_random(output, 10)


@pytest.mark.slow
def test_a_writer_killed_forty_times_leaves_one_whole_pack(output: Path) -> None:
    kill_at_random(output, 40)


def test_two_writers_at_once_make_one_whole_pack(output: Path) -> None:
    put(output, "甲", names=["00.docx"])
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(writer(output), **pipes) for _ in range(2)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    time.sleep(0.3)
    for process in processes:
        process.kill()
    errors = [process.communicate()[1] for process in processes]
    for error in errors:
        assert not error or re.search(r"PackError.*pack\.busy", error), error
    recover(output)
    assert [p.name for p in output.iterdir()] == [COMPANY]
    assert is_whole(output / COMPANY)
    assert len(letters(output / COMPANY)) == 1


@pytest.fixture(autouse=True)
def no_unused_audit(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Packs of a test need not survive a power cut."""
    monkeypatch.setattr(pack.os, "fsync", lambda _: None)
    yield


@pytest.mark.parametrize("kind", ["linked drafts", "pipe"])
def test_what_cannot_be_kept_is_named_and_nothing_moves(
    tmp_path: Path, output: Path, kind: str
) -> None:
    folder = put(output, "一").folder
    if kind == "pipe":
        os.mkfifo(folder / "管道")
    else:
        (tmp_path / "elsewhere").mkdir()
        (folder / EDITED).symlink_to(tmp_path / "elsewhere")
        edit(folder / PAPERS[0], "我改的")
    with pytest.raises(PackError) as error:
        put(output, "二")
    assert str(folder) in sentence(error)
    assert [p.name for p in output.iterdir()] == [COMPANY]
    assert kind == "pipe" or not list((tmp_path / "elsewhere").iterdir())

"""What the papers of the samples say, word for word: a change shows as the lines that differ.

A golden file is the outline of one paper. Whoever means a change runs this file with
--update-golden and reads the difference in git.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cases import ROOT, SAMPLES
from outlines import differences, outlines, save
from prints import Pack, make_packs

from cqo_docs.workspace import open_workspace

GOLDEN = ROOT / "tests" / "golden"
TRANSLATED = (
    "guangdong-electronics-foreign.en",
    "shanxi-steel-medium.en",
    "guangdong-electronics-foreign.zh-Hant-HK",
    "chongqing-parts-barred.zh-Hant-TW",
    "shanxi-food-micro.zh-Hans,en",
)
FOLDERS = (*(sample.stem for sample in SAMPLES), *TRANSLATED)


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are written rather than compared."""
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(params=FOLDERS)
def folder(request: pytest.FixtureRequest) -> Path:
    """The golden files of one sample in one locale."""
    return GOLDEN / str(request.param)


@pytest.fixture
def pack(request: pytest.FixtureRequest, folder: Path, tmp_path: Path) -> Pack:
    """The same sample's pack as it is made now."""
    sample, _, locale = folder.name.partition(".")
    path = ROOT / "questionnaires" / f"{sample}.yaml"
    if locale:
        return make_packs(tmp_path, open_workspace(locale), [path])[0]
    packs: tuple[Pack, ...] = request.getfixturevalue("packs")
    return packs[SAMPLES.index(path)]


def test_papers_say_what_they_said(folder: Path, pack: Pack, update: bool) -> None:
    made = outlines(pack)
    if update:
        save(folder, made)
    found = "\n".join(differences(folder, made))
    if found:
        pytest.fail(found, pytrace=False)


def test_every_folder_belongs_to_a_sample(update: bool) -> None:
    strays = [path for path in GOLDEN.iterdir() if path.name not in FOLDERS]
    if update:
        for stray in strays:
            shutil.rmtree(stray)
        strays = []
    assert strays == []


def test_papers_changed_new_and_gone_are_told_until_they_are_saved(tmp_path: Path) -> None:
    folder = tmp_path / "sample"
    save(folder, {"same": "甲\n", "changed": "标题 | 乙\n条目 | 丙\n", "gone": "丁\n"})
    made = {"same": "甲\n", "changed": "标题 | 乙\n条目 | 1.丙\n", "new": "戊\n"}
    assert [*differences(folder, made)] == [
        "--- sample/changed.txt",
        "+++ sample/changed.txt as made now",
        "@@ -1,2 +1,2 @@",
        " 标题 | 乙",
        "-条目 | 丙",
        "+条目 | 1.丙",
        "sample/new.txt: no such golden file",
        "sample/gone.txt: no such paper",
    ]
    save(folder, made)
    assert [*differences(folder, made)] == []

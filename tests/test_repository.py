"""The repository holds what was written for it: no fetched code, no archive, no output."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import PurePosixPath

import pytest
from cases import ROOT

# Office files are the templates; pictures are those of the README.
KINDS = {
    *(".py", ".yaml", ".toml", ".md", ".sh", ".conf", ".lock"),
    *(".html", ".css", ".js", ".svg"),
}
BINARY = {".docx": "templates", ".xlsx": "templates", ".png": "docs"}
NAMES = {".gitignore", "output/.gitkeep", ".ci/run"}


def test_git_knows_nothing_but_our_own_files() -> None:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("no git, or no checkout of it")
    words = ["git", "ls-files", "-z", "--cached"]
    names = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    strange = [
        name
        for name in names.strip("\0").split("\0")
        if name not in NAMES
        and (ending := PurePosixPath(name).suffix) not in KINDS
        and BINARY.get(ending) != name.partition("/")[0]
    ]
    assert strange == []

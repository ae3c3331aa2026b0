"""The repository holds what was written for it: no fetched code, no archive, no output."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import PurePosixPath

import pytest
from cases import ROOT

from cqo_docs.base.yamlfile import read_yaml

# Office files are the templates, pictures those of the documentation. Texts are the outlines of
# papers and the list of what has been translated.
KINDS = {
    *(".py", ".yaml", ".yml", ".toml", ".md", ".sh", ".conf", ".lock", ".typed"),
    *(".html", ".css", ".js", ".svg", ".json"),
}
FOLDERS = {
    ".docx": ["templates/"],
    ".xlsx": ["templates/"],
    ".png": ["docs/"],
    ".txt": ["tests/golden/", "cqo_docs/content/translated/"],
}
NAMES = {".gitattributes", ".gitignore", "LICENSE", "output/.gitkeep", ".ci/run"}


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
        and not name.startswith(tuple(FOLDERS.get(ending, ())))
    ]
    assert strange == []


def test_the_hooks_before_a_commit_are_the_quick_checks_of_the_test_command() -> None:
    hooks = read_yaml(ROOT / ".pre-commit-config.yaml").data["repos"][0]["hooks"]
    lines = (ROOT / "test.sh").read_text(encoding="utf-8").replace("$bin/", ".venv/bin/")
    checks = [line for line in lines.splitlines() if line.startswith(".venv/bin/")]
    assert [hook["entry"] for hook in hooks] == [c for c in checks if "python" not in c]


def test_the_licence_of_every_package_that_we_depend_on_is_known() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = project["optional-dependencies"]
    wanted = [*project["dependencies"], *optional["cluster"], *optional["preview"]]
    names = {re.split(r"[>;\[ ]", line, maxsplit=1)[0].lower() for line in wanted}
    table = (ROOT / "docs/decisions/0001-licence.md").read_text(encoding="utf-8")
    assert names - set(re.findall(r"[\w-]+", table)) == set()

"""The documentation: its examples run, its links lead somewhere, the site needs no network."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from cases import ROOT

from cqo_docs.cli.app import build

DOCS = ROOT / "docs"
PAGES = [*sorted(DOCS.rglob("*.md")), *sorted(ROOT.glob("*.md"))]
EXAMPLES = re.findall(r"^```python\n(.*?)^```", (DOCS / "api.md").read_text("utf-8"), re.M | re.S)


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_link_of_a_page_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    inside = [link for link in links if not link.startswith("https://")]
    assert [link for link in inside if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("code", EXAMPLES, ids=["a pack", "errors"])
def test_an_example_of_the_api_prints_what_it_says(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "questionnaires").symlink_to(ROOT / "questionnaires")
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "api.md", "exec"), {})
    said = [line[2:] for line in code.splitlines() if line.startswith("# ")]
    assert capsys.readouterr().out.splitlines() == said


def test_every_command_is_told_of_in_the_readme_and_on_its_page() -> None:
    app = build()
    assert isinstance(app, click.Group)
    for page in (ROOT / "README.md", DOCS / "commands.md"):
        text = page.read_text("utf-8")
        assert [name for name in app.commands if f"./run.sh {name}" not in text] == []


def test_every_decision_stands_in_the_index_under_its_title_and_number() -> None:
    index = (DOCS / "decisions" / "index.md").read_text("utf-8")
    rows = [line for line in index.splitlines() if re.match(r"\| \d", line)]
    pages = sorted((DOCS / "decisions").glob("0*.md"))
    expected = []
    for number, page in enumerate(pages, 1):
        assert page.name.startswith(f"{number:04d}-")
        title = page.read_text("utf-8").splitlines()[0].removeprefix(f"# {number}. ")
        expected.append(f"| {number} | [{title}]({page.name}) |")
    assert rows == expected


@pytest.mark.slow
def test_the_site_builds_without_a_warning_and_fetches_nothing(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(tmp_path / "site")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_MKDOCS_2_WARNING": "1"}
    built = subprocess.run(
        words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    fetched = re.compile(r'<(?:script|img|iframe)[^>]*?src="https?:|<link[^>]*?href="https?:')
    pages = sorted((tmp_path / "site").rglob("*.html"))
    assert len(pages) > len(PAGES) - 5
    assert [page.name for page in pages if fetched.search(page.read_text("utf-8"))] == []

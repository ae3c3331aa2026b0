"""Templates against their papers: names not given, paragraphs left out, files not there."""

from __future__ import annotations

import shutil
from pathlib import Path

import docx
import openpyxl
import pytest

from cqo_docs.base.errors import Problem
from cqo_docs.checks.templates import template_problems
from cqo_docs.render import template_folder
from cqo_docs.workspace import Workspace


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of our templates to spoil."""
    return Path(shutil.copytree(template_folder(), tmp_path / "templates"))


def found(folder: Path, workspace: Workspace) -> list[tuple[str, str, str]]:
    def told(one: Problem) -> tuple[str, str, str]:
        return one.code, one.where, str(one.values.get("name", ""))

    return [told(p) for p in template_problems(workspace.library, workspace.wording, folder)]


def replace_text(path: Path, old: str, new: str) -> None:
    """Change the text of every paragraph of a Word template that holds it."""
    document = docx.Document(str(path))
    hits = [
        p for p in document.element.body.iter() if p.tag.endswith("}t") and old in (p.text or "")
    ]
    assert hits
    for text in hits:
        text.text = text.text.replace(old, new)
    document.save(str(path))


def test_our_own_templates_fit_their_papers(folder: Path, workspace: Workspace) -> None:
    assert found(folder, workspace) == []


def test_a_name_that_the_paper_does_not_give(folder: Path, workspace: Workspace) -> None:
    replace_text(folder / "pledge.docx", "{{ title }}", "{{ titel }}")
    codes = found(folder, workspace)
    assert ("content.template-wants", "pledge.docx", "titel") in codes


def test_paragraphs_that_the_template_leaves_out(folder: Path, workspace: Workspace) -> None:
    replace_text(folder / "review.docx", "opportunities", "chances")
    assert ("content.template-leaves-out", "review.docx", "opportunities") in found(
        folder, workspace
    )


def test_a_key_that_the_rows_do_not_have(folder: Path, workspace: Workspace) -> None:
    replace_text(folder / "filing.docx", "['officer'].caption", "['officer'].captoin")
    (told,) = found(folder, workspace)
    assert "filing.docx" in told[1]


def test_a_workbook_that_wants_another_name(folder: Path, workspace: Workspace) -> None:
    path = folder / "budget.xlsx"
    book = openpyxl.load_workbook(path)
    cell = next(
        c
        for sheet in book
        for row in sheet.iter_rows()
        for c in row
        if isinstance(c.value, str) and c.value.startswith("{{ title")
    )
    cell.value = "{{ titel }}"
    book.save(path)
    assert any(
        (code, name) == ("content.template-wants", "titel")
        for code, _, name in found(folder, workspace)
    )


@pytest.mark.parametrize("name", ["duties.docx", "matrix.xlsx", "appointment-authorization.docx"])
def test_a_template_that_is_not_there(folder: Path, workspace: Workspace, name: str) -> None:
    (folder / name).unlink()
    assert ("template.missing", name, "") in found(folder, workspace)

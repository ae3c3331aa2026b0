"""Documents in, bytes out: one renderer a file format."""

from __future__ import annotations

from pathlib import Path

from cqo_docs.composer import Document
from cqo_docs.errors import ContentError, problem
from cqo_docs.render.excel import render_excel
from cqo_docs.render.word import render_word

RENDERERS = {"docx": render_word, "xlsx": render_excel}


def template_folder() -> Path:
    """Where the templates lie: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "templates"
    return inside if inside.is_dir() else package.parent / "templates"


def template_path(document: Document, kind: str, folder: Path) -> Path:
    """The template of one file of a document."""
    path = (folder / document.template).with_suffix(f".{kind}")
    if not path.is_file():
        raise ContentError([problem("template.missing", str(path))])
    return path


def render(document: Document, kind: str, folder: Path) -> bytes:
    """The bytes of one file of a document."""
    return RENDERERS[kind](template_path(document, kind, folder), document.contexts[kind])

"""Documents in, bytes out: one door to the templates that are compiled once and kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from cqo_docs.base.errors import ContentError, problem
from cqo_docs.office.package import DEFLATE, deflate
from cqo_docs.papers.composer import Document
from cqo_docs.render.calendar import calendar_file
from cqo_docs.render.look import Look, dressed, look_of, text_of
from cqo_docs.render.templates import Render, kept_template, open_template

# The kinds of templates, and what makes the files that have none.
KINDS = ("docx", "xlsx")
WRITTEN: Mapping[str, Callable[[Mapping[str, Any]], bytes]] = {"ics": calendar_file}


@dataclass(frozen=True, slots=True)
class Renderer:
    """The templates of one folder as they were when it was opened: `renderer(document, kind)`."""

    folder: Path
    data: Mapping[str, bytes]
    fingerprints: Mapping[str, str]
    opened: dict[str, Render] = field(default_factory=dict)
    deflate: str = DEFLATE
    look: Look | None = None
    house: Path | None = None
    """The folder whose templates go before those of the same name."""

    def __call__(self, document: Document, kind: str) -> bytes:
        """The bytes of one file of a document. Raises ContentError for a template at fault."""
        context = document.contexts[kind]
        if kind in WRITTEN:
            return WRITTEN[kind](context)
        return self.template(template_name(document.template, kind))(context)

    def template(self, name: str) -> Render:
        """The function that fills one template; it is made on first use."""
        if name not in self.opened:
            path = self.path(name)
            if name not in self.data:
                raise ContentError([problem("template.missing", str(path))])
            data, kind = self.data[name], path.suffix[1:]
            if self.look is not None:
                data = dressed(data, kind, self.look)
            self.opened[name] = open_template(data, kind, str(path))
        return self.opened[name]

    def path(self, name: str) -> Path:
        """Where a template lies, or would lie."""
        own = self.house / name if self.house is not None else None
        return own if own is not None and own.exists() else self.folder / name

    def mark(self) -> str:
        """A fingerprint of what decides the bytes of a file besides its context."""
        digest = sha256()
        for name, data in sorted(self.data.items()):
            digest.update(kept_template(data, name.rpartition(".")[2], name).shell.blob)
            # The same deflate may pack otherwise on another processor.
            digest.update(deflate(data))
        return digest.hexdigest()


def template_folder() -> Path:
    """Where the templates lie: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "templates"
    return inside if inside.is_dir() else package.parent / "templates"


@cache
def template_name(template: str, kind: str) -> str:
    """The file name of a template in one format."""
    return Path(template).with_suffix(f".{kind}").as_posix()


def open_renderer(
    folder: Path | None = None, house: Path | None = None, look: Look | None = None
) -> Renderer:
    """The renderer over the templates of a folder, by default the program's own.

    Templates in the folder `house` go before those of the same name. They are used as they are,
    or in the look that another locale wants. Raises ContentError for a template that cannot be
    read.
    """
    folder = folder or template_folder()
    paths = template_files(folder) | (template_files(house) if house else {})
    data = {name: _read_file(path) for name, path in paths.items()}
    fingerprints = {name: sha256(d).hexdigest() for name, d in data.items()}
    return Renderer(folder, data, fingerprints, look=look, house=house)


def template_files(folder: Path) -> dict[str, Path]:
    """The templates in a folder by name; what Office leaves beside an open file is none."""
    return {
        path.name: path
        for path in sorted(folder.iterdir() if folder.is_dir() else ())
        if path.suffix[1:] in KINDS and path.is_file() and not path.name.startswith(("~", "."))
    }


def render_file(template: Path, context: Mapping[str, Any]) -> bytes:
    """One template file filled once. Raises ContentError that names what is at fault."""
    data = _read_file(template)
    return open_template(data, template.suffix[1:], str(template))(context)


def _read_file(template: Path) -> bytes:
    try:
        return template.read_bytes()
    except OSError:
        raise ContentError([problem("template.unreadable", str(template))]) from None


__all__ = [
    "KINDS",
    "WRITTEN",
    "Look",
    "Renderer",
    "dressed",
    "look_of",
    "open_renderer",
    "render_file",
    "template_files",
    "template_folder",
    "template_name",
    "text_of",
]

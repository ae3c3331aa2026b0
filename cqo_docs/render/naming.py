"""Which names a template uses: those that its context has to hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cqo_docs.base.errors import ContentError


def names_in(path: Path) -> frozenset[str]:
    """The names that a template uses and does not set itself; none for one that is unreadable.

    What is wrong with a template is told when it is compiled.
    """
    data, where = path.read_bytes(), str(path)
    try:
        if path.suffix == ".docx":
            return frozenset(_word_names(data, where))
        return frozenset(_excel_names(data, where))
    except ContentError:
        return frozenset()


def _word_names(data: bytes, where: str) -> Iterator[str]:
    from jinja2 import TemplateSyntaxError
    from jinja2.meta import find_undeclared_variables

    from cqo_docs.render.engine import environment
    from cqo_docs.render.word import word_sources

    env = environment("docx")
    for source in word_sources(data, where)[0].values():
        try:
            yield from find_undeclared_variables(env.parse(source))
        except TemplateSyntaxError:
            continue


def _excel_names(data: bytes, where: str) -> Iterator[str]:
    from cqo_docs.render.excel import compile_excel

    book = compile_excel(data, where).book
    loops = book["loops"]
    yield from (loop["source"][0] for loop in loops)
    for _, number, (_, pieces) in book["cells"]:
        own = loops[number]["variable"] if number >= 0 else ""
        for piece in pieces:
            if not isinstance(piece, str) and piece[0] != own:
                yield piece[0]

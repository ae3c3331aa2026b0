"""Templates compiled once: read, proved, kept in the user's cache, opened as plain functions."""

from __future__ import annotations

import marshal
import re
import sys
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import cache as once
from hashlib import sha256
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any, NamedTuple

import cqo_docs
from cqo_docs.base import cache
from cqo_docs.base.errors import ContentError, Problem, problem
from cqo_docs.office.package import Shell, assemble, make_shell

if TYPE_CHECKING:
    from jinja2 import TemplateError

Render = Callable[[Mapping[str, Any]], bytes]
# Jinja names what is missing at the end or at the start of its sentence.
UNKNOWN = re.compile("no (?:attribute|element) (.+)|^(.+) is undefined")
# The folders of all code that decides how a template compiles.
MAKERS = ("office", "render", "render/calc")
# What Python says to a tag that adds up texts, divides by nothing, calls what cannot be called.
REFUSALS = (
    *(TypeError, ValueError, ArithmeticError, LookupError, AttributeError),
    *(RuntimeError, MemoryError),
)


class Compiled(NamedTuple):
    """A template ready to be kept: its shell, the code of each part, what else filling needs.

    `extra` holds the parts of a Word file that want a finishing touch, or an Excel file's book.
    """

    kind: str
    shell: Shell
    parts: tuple[tuple[str, CodeType], ...]
    extra: Any


def open_template(data: bytes, kind: str, where: str) -> Render:
    """The function that fills a template: a context goes in, the bytes of a file come out.

    `context["as_of"]`, a date, becomes the date of the file; equal input gives equal bytes.
    Raises ContentError, here for what cannot be compiled, there for what lacks in a context.
    """
    compiled = kept_template(data, kind, where)
    return {"docx": _open_word, "xlsx": _open_excel}[kind](compiled, where)


def _open_word(compiled: Compiled, where: str) -> Render:
    from jinja2 import TemplateError

    from cqo_docs.render.engine import NoValueError, make_render
    from cqo_docs.render.word import finish

    parts = [(name, make_render(code, "docx")) for name, code in compiled.parts]
    shell, unfinished = compiled.shell, compiled.extra

    def render(context: Mapping[str, Any]) -> bytes:
        try:
            filled = [(name, part(context)) for name, part in parts]
        except TemplateError as error:
            raise ContentError([_fault(error, where, context)]) from None
        except NoValueError:
            raise
        except REFUSALS as error:
            raise ContentError([problem("template.broken", where, reason=error)]) from None
        return assemble(shell, [(n, finish(p) if n in unfinished else p) for n, p in filled])

    return render


def _open_excel(compiled: Compiled, where: str) -> Render:
    from cqo_docs.render.engine import make_render
    from cqo_docs.render.excel_book import open_book

    parts = [(name, make_render(code, "xlsx")) for name, code in compiled.parts]
    shell, fill = compiled.shell, open_book(compiled.extra, where)

    def render(context: Mapping[str, Any]) -> bytes:
        values = fill(context)
        return assemble(shell, [(name, part(values)) for name, part in parts])

    return render


def kept_template(data: bytes, kind: str, where: str) -> Compiled:
    """The compiled template, from the user's cache where it is there."""
    key = f"template-{sha256(_engine() + kind.encode() + data).hexdigest()}"
    kept = cache.read(key)
    if kept is not None:
        shell, parts, extra = marshal.loads(kept)
        return Compiled(kind, Shell(*shell), parts, extra)
    compiled = compile_template(data, kind, where)
    kept = marshal.dumps((tuple(compiled.shell), compiled.parts, compiled.extra))
    cache.write(key, kept)
    return compiled


@once
def _engine() -> bytes:
    """What else decides how a template compiles: this program, its libraries, the interpreter."""
    from importlib.metadata import version

    parts = [cqo_docs.__version__, *map(version, ("docxtpl", "jinja2", "openpyxl"))]
    parts += [str(sys.implementation.cache_tag), str(marshal.version)]
    digest = sha256("\0".join(parts).encode())
    digest.update(cache.source_digest(*(Path(__file__).parents[1] / name for name in MAKERS)))
    return digest.digest()


def compile_template(data: bytes, kind: str, where: str) -> Compiled:
    """A template read, proved and compiled. Raises ContentError with the place of each fault."""
    from jinja2 import TemplateSyntaxError

    from cqo_docs.render.engine import compile_source
    from cqo_docs.render.proof import UnprovedError

    sources, static, extra, unmark = {"docx": _word_parts, "xlsx": _excel_parts}[kind](data, where)
    parts, found = [], []
    for name, source in sources.items():
        try:
            parts.append((name, compile_source(source, kind, unmark)))
        except TemplateSyntaxError as error:
            found.append(problem("template.broken", where, reason=error.message))
        except (RecursionError, SyntaxError, MemoryError):
            found.append(problem("template.too-deep", f"{where} {name}"))
        except UnprovedError as fault:
            # A line break stands before each paragraph.
            at = {"number": max(fault.line - 1, 1), "near": fault.near}
            found.append(problem(f"template.{fault.code}", f"{where} {name}", **at))
    if found:
        raise ContentError(found)
    return Compiled(kind, make_shell(static), tuple(parts), extra)


Parts = tuple[Mapping[str, str], Mapping[str, bytes], Any, Callable[[str], str]]


def _word_parts(data: bytes, where: str) -> Parts:
    from cqo_docs.render.word import needs_finish, unmark, word_sources

    sources, static = word_sources(data, where)
    return sources, static, tuple(n for n in sources if needs_finish(sources[n])), unmark


def _excel_parts(data: bytes, where: str) -> Parts:
    from cqo_docs.render.excel import compile_excel

    workbook = compile_excel(data, where)
    return workbook.sources, workbook.static, workbook.book, str


def _fault(error: TemplateError, where: str, context: Mapping[str, Any]) -> Problem:
    """What a template did that it must not, as a problem."""
    from jinja2.exceptions import SecurityError, UndefinedError

    from cqo_docs.render.engine import UnprintableError

    message = error.message or ""
    if isinstance(error, UnprintableError):
        return problem("template.value-type", where, type=message, value=error.value)
    if isinstance(error, SecurityError):
        return problem("template.unsafe", where, reason=message)
    if isinstance(error, UndefinedError):
        found = UNKNOWN.search(message)
        name = (found[1] or found[2]).strip("'\"") if found else message
        near = "".join(get_close_matches(name, context, 1))
        if near:
            return problem("template.unknown-field-guess", where, name=name, near=near)
        return problem("template.unknown-field", where, name=name)
    return problem("template.broken", where, reason=message)

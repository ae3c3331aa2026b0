"""Fill a Word template: one context goes in, the bytes of one document come out."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from datetime import date, datetime, time
from difflib import get_close_matches
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cqo_docs.errors import ContentError, Problem, problem

if TYPE_CHECKING:
    from jinja2 import Environment, Template, TemplateError

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
CONTENT_TYPES = "[Content_Types].xml"
# The oldest date a zip can hold: a file must not tell when it was made.
ZIP_DATE = (1980, 1, 1, 0, 0, 0)
NOTES = ("footnotes+xml", "endnotes+xml")
TAGGED_PROPERTIES = ("title", "subject", "keywords", "comments", "category")
# python-docx refuses longer properties; the full title stands in the body.
PROPERTY_LIMIT = 255
QUOTED = re.compile("'([^']*)'")


def render_word(template: Path, context: Mapping[str, object]) -> bytes:
    """The filled-in document; equal input gives equal bytes.

    `context["as_of"]`, a date, becomes the date of the file. Raises ContentError if the template
    is no Word file, names something the context lacks, or does what the sandbox forbids.
    """
    from jinja2 import TemplateError
    from lxml.etree import XMLSyntaxError

    paper = _opened(template)
    try:
        _fill_texts(paper, context)
        _fill_properties(paper.docx.core_properties, context)
    except TemplateError as error:
        raise ContentError([_fault(error, str(template), context)]) from None
    except XMLSyntaxError as error:
        raise ContentError([problem("template.broken", str(template), reason=error.msg)]) from None
    stream = io.BytesIO()
    paper.docx.save(stream)
    return _repeatable(stream)


def _opened(template: Path) -> Any:
    """A fresh docxtpl object: it keeps the text of whatever it has rendered."""
    from docx.opc.exceptions import PackageNotFoundError
    from docxtpl import DocxTemplate
    from lxml.etree import XMLSyntaxError

    paper = DocxTemplate(template)
    try:
        paper.render_init()
    except (
        OSError,
        zipfile.BadZipFile,
        PackageNotFoundError,
        XMLSyntaxError,
        KeyError,
        ValueError,
    ):
        raise ContentError([problem("template.unreadable", str(template))]) from None
    return paper


def _fault(error: TemplateError, where: str, context: Mapping[str, object]) -> Problem:
    """What is wrong with a template's tags, as a problem."""
    from jinja2.exceptions import SecurityError, UndefinedError

    message = error.message or ""
    if isinstance(error, SecurityError):
        return problem("template.unsafe", where, reason=message)
    if isinstance(error, UndefinedError):
        name = (QUOTED.findall(message) or [message])[-1]
        near = "".join(get_close_matches(name, context, 1))
        return problem("template.unknown-field", where, name=name, near=near)
    return problem("template.broken", where, reason=message)


def _fill_texts(paper: Any, context: Mapping[str, object]) -> None:
    """Fill body, headers, footers and notes.

    Not through docxtpl's own `render`: it rewrites braces in values, drops text where the markup
    is broken, and fills notes once per section, so that filled text would be read as tags.
    """
    from lxml import etree

    def filled(xml: str) -> str:
        return _compiled(xml).render(context)

    body = etree.fromstring(filled(paper.get_xml()))
    _fit_columns(body)
    paper.fix_docpr_ids(body)
    paper.map_tree(body)
    for uri in (paper.HEADER_URI, paper.FOOTER_URI):
        for relation, part in list(paper.get_headers_footers(uri)):
            paper.map_headers_footers_xml(relation, filled(paper.get_part_xml(part)).encode())
    for part in paper.docx.part.package.parts:
        if part.content_type.endswith(NOTES):
            part._blob = filled(paper.get_part_xml(part)).encode()


@lru_cache(maxsize=64)
def _compiled(xml: str) -> Template:
    """A part as a Jinja template; compiling is most of the work and no value enters it."""
    from docxtpl import DocxTemplate

    return _environment().from_string(DocxTemplate("").patch_xml(xml))


@cache
def _environment() -> Environment:
    """The only way a template sees values: sandboxed, strict, escaped."""
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, autoescape=True, finalize=_run_text
    )


def _run_text(value: object) -> object:
    """A value as it stands inside w:t: escaped, its line breaks and tabs as elements."""
    from jinja2 import Undefined
    from markupsafe import Markup, escape

    if isinstance(value, Undefined):
        return value
    if value is None:
        raise TypeError("a value for a template is None: the composer owes a text or a fill-in")
    text = str(escape(value))
    if "\n" in text or "\t" in text:
        again = '<w:t xml:space="preserve">'
        text = text.replace("\n", f"</w:t><w:br/>{again}").replace("\t", f"</w:t><w:tab/>{again}")
    return Markup(text)


def _fit_columns(body: Any) -> None:
    """Where a `{%tc for %}` loop changed a table's columns, share its width and tell the cells."""
    for table in body.iter(f"{W}tbl"):
        grid = table.find(f"{W}tblGrid")
        rows = [_cells(row) for row in table.iter(f"{W}tr") if _owner(row, "tbl") is table]
        count = max((sum(span for _, span in cells) for cells in rows), default=0)
        widths = [int(column.get(f"{W}w")) for column in grid]
        if count not in (0, len(widths)):
            edges = [sum(widths) * i // count for i in range(count + 1)]
            widths = [after - before for before, after in pairwise(edges)]
            grid[:] = [grid.makeelement(f"{W}gridCol", {f"{W}w": str(wide)}) for wide in widths]
        for cells in rows:
            start = 0
            for cell, span in cells:
                width = cell.find(f"{W}tcPr/{W}tcW")
                if width is not None and width.get(f"{W}type") == "dxa":
                    width.set(f"{W}w", str(sum(widths[start : start + span])))
                start += span


def _cells(row: Any) -> list[tuple[Any, int]]:
    """The cells of a row and the columns left out at its ends, each with its span."""
    cells = [cell for cell in row.iter(f"{W}tc") if _owner(cell, "tr") is row]
    ends = [row.find(f"{W}trPr/{W}grid{end}") for end in ("Before", "After")]
    before, after = ([(end, int(end.get(f"{W}val")))] if end is not None else [] for end in ends)
    spans = [cell.find(f"{W}tcPr/{W}gridSpan") for cell in cells]
    counts = [1 if span is None else int(span.get(f"{W}val")) for span in spans]
    return [*before, *zip(cells, counts, strict=True), *after]


def _owner(element: Any, kind: str) -> Any:
    return next(element.iterancestors(W + kind))


def _fill_properties(properties: Any, context: Mapping[str, object]) -> None:
    """Fill the title; forget the people and the clock of whoever saved the template."""
    # No autoescape here: python-docx escapes what it is given, and twice is once too often.
    environment = _environment().overlay(autoescape=False, finalize=None)
    for name in TAGGED_PROPERTIES:
        text = getattr(properties, name)
        if "{" in text:
            text = environment.from_string(text).render(context).replace("\n", "")
            setattr(properties, name, text[:PROPERTY_LIMIT])
    as_of = context["as_of"]
    if not isinstance(as_of, date):
        raise TypeError("as_of must be a date")
    properties.author = properties.last_modified_by = ""
    properties.created = properties.modified = datetime.combine(as_of, time())
    properties.revision = 1


def _repeatable(package: io.BytesIO) -> bytes:
    """The same members without clock and machine: fixed dates and attributes, types first."""
    stream = io.BytesIO()
    with zipfile.ZipFile(package) as source, zipfile.ZipFile(stream, "w") as target:
        for name in sorted(source.namelist(), key=lambda name: (name != CONTENT_TYPES, name)):
            member = zipfile.ZipInfo(name, ZIP_DATE)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 0
            member.external_attr = 0o644 << 16
            target.writestr(member, source.read(name))
    return stream.getvalue()

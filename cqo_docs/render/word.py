"""A Word template as Jinja sources: tags brought into shape by docxtpl's own patching, once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any
from zipfile import BadZipFile

from cqo_docs.base.errors import ContentError, Problem, problem
from cqo_docs.office.package import CONTENT_TYPES, read_package

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MAIN_TYPE = b"wordprocessingml.document.main+xml"
RELATIONSHIPS = "_rels/.rels"
# The ends of the relationship types of the main part and of the properties.
MAIN, CORE = "/officeDocument", "/metadata/core-properties"
DC = "{http://purl.org/dc/elements/1.1/}"
DCTERMS = "{http://purl.org/dc/terms/}"
CP = "{http://schemas.openxmlformats.org/package/2006/metadata/core-properties}"
MARKUP = re.compile(r"<[^>]*>")
TAG = re.compile(r"\{[{%#]")
WHOLE_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
NEAR = 20  # so many signs help to find a place
# Formatting may tear a tag apart, but an attribute holds it whole; `{%1` is a list's number.
TAG_IN_ATTRIBUTE = re.compile(r"\{\{|\{%-?[^0-9-]")
# What stands for a line break of the template while line breaks count its paragraphs.
BREAK = "\ufffe"
PARAGRAPH = "<!--paragraph-->"
# The tags that take the whole row or cell around them away.
SWALLOWED = {f"{W}tr": re.compile(r"\{[{%#]tr "), f"{W}tc": re.compile(r"\{[{%#]tc ")}
# Around a table whose columns a loop makes; no value can look like it.
COLUMNS = b"<!--columns-->"
GRID = re.compile(rb"<w:tblGrid>.*?</w:tblGrid>", re.DOTALL)
GRID_WIDTH = re.compile(rb"<w:gridCol\b[^>]*?\bw:w=\"(\d+)\"[^>]*/>")
ROW = re.compile(rb"<w:tr[ >].*?</w:tr>", re.DOTALL)
CELL = re.compile(rb"<w:tc[ >].*?</w:tc>", re.DOTALL)
SPAN = re.compile(rb"<w:gridSpan w:val=\"(\d+)\"/>")
OUTSIDE = re.compile(rb"<w:grid(?:Before|After) w:val=\"(\d+)\"/>")
BEFORE = re.compile(rb"<w:gridBefore w:val=\"(\d+)\"/>")
CELL_WIDTH = re.compile(rb"(<w:tcW (?=[^>]*w:type=\"dxa\")[^>]*?w:w=\")\d+")
# docxtpl numbers the drawings of the body only, those of headers keep their own numbers.
BODY = b"<w:document"
DRAWING = b"<wp:docPr"
DRAWING_ID = re.compile(rb"([^>]*?\bid=\")\d+")
FIRST_DRAWING = 1001
LOOP = re.compile(r"\{%-?\s*for\b")
LOOP_END = re.compile(r"\{%-?\s*endfor\b")


def word_sources(data: bytes, where: str) -> tuple[dict[str, str], dict[str, bytes]]:
    """The Jinja source of each part that holds tags, and the other members as they are.

    Raises ContentError for what is no Word file.
    """
    from lxml.etree import XMLSyntaxError

    try:
        members = read_package(data)
        trees = {
            name: _tree(part)
            for name, part in members.items()
            if name.endswith((".xml", ".rels", ".psmdcp"))
        }
        main, core = (_target(trees[RELATIONSHIPS], kind) for kind in (MAIN, CORE))
        if MAIN_TYPE not in members[CONTENT_TYPES] or main not in trees:
            raise KeyError(main)
    except (BadZipFile, XMLSyntaxError, KeyError, ValueError):
        raise ContentError([problem("template.unreadable", where)]) from None
    if core in trees:
        _forget(trees[core])
    if found := [fault for name, tree in trees.items() for fault in _open_tags(tree, name, where)]:
        raise ContentError(found)
    sources = {
        n: _numbered_once(_source(tree))
        for n, tree in trees.items()
        if n == core or _has_tags(tree)
    }
    return sources, {name: data for name, data in members.items() if name not in sources}


def _tree(part: bytes) -> Any:
    """A part as a tree, read as python-docx reads it, so that docxtpl would see the same."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_blank_text=True)
    root = etree.fromstring(part, parser)
    if root.getroottree().docinfo.internalDTD is not None:
        raise ValueError("no part of an Office file declares a document type")
    return root


def _target(links: Any, kind: str) -> str:
    """The name of the part that the package itself points to for a purpose."""
    found = (link.get("Target", "") for link in links if link.get("Type", "").endswith(kind))
    return next(found, "").lstrip("/")


def _has_tags(root: Any) -> bool:
    from lxml import etree

    text = etree.tostring(root, encoding="unicode")
    return bool(TAG.search(MARKUP.sub("", text)) or TAG_IN_ATTRIBUTE.search(text))


def _open_tags(root: Any, name: str, where: str) -> Iterator[Problem]:
    """The paragraphs with a tag that ends in no paragraph: docxtpl would swallow what follows."""
    for number, paragraph in enumerate(root.iter(f"{W}p"), 1):
        rest = WHOLE_TAG.sub("", "".join(paragraph.itertext()))
        if opened := TAG.search(rest):
            near = rest[opened.start() :][:NEAR]
            yield problem("template.open-tag", f"{where} {name}", number=number, near=near)


def _source(root: Any) -> str:
    from docxtpl import DocxTemplate
    from lxml import etree

    for table in list(root.iter(f"{W}tbl")):
        if (
            "{%tc" in "".join(table.itertext())
            and next(table.iterdescendants(f"{W}tbl"), None) is None
        ):
            table.addprevious(etree.Comment("columns"))
            table.addnext(etree.Comment("columns"))
    for paragraph in list(root.iter(f"{W}p")):
        _place(paragraph).addprevious(etree.Comment("paragraph"))
    text = etree.tostring(root, encoding="unicode").replace("\n", BREAK)
    text = DocxTemplate("").patch_xml(text.replace(PARAGRAPH, "\n"))
    text = re.sub(r"\{[{%#][^}]*\}", lambda tag: tag[0].replace(BREAK, " "), text)
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>{text}'


def _place(paragraph: Any) -> Any:
    """Where a paragraph begins that may go together with its row or cell."""
    place = paragraph
    for around in paragraph.iterancestors(*SWALLOWED):
        if SWALLOWED[around.tag].search("".join(around.itertext())):
            place = around
    return place


def unmark(literal: str) -> str:
    """Literal markup without the line breaks that only counted paragraphs."""
    return literal.replace("\n", "").replace(BREAK, "\n")


def _forget(root: Any) -> None:
    """Take the people and the clock of whoever saved the template out of its properties."""
    fixed = {
        f"{DC}creator": "",
        f"{CP}lastModifiedBy": "",
        f"{DCTERMS}created": "{{ as_of }}T00:00:00Z",
        f"{DCTERMS}modified": "{{ as_of }}T00:00:00Z",
        f"{CP}revision": "1",
    }
    for tag, text in fixed.items():
        for element in root.iter(tag):
            element.text = text


def _numbered_once(source: str) -> str:
    """The source with its drawing numbered, where it is the only one in the body."""
    if not _lone_drawing(source):
        return source
    before, after = source.split(DRAWING.decode())
    return f"{before}{DRAWING.decode()}{_numbered(after.encode(), FIRST_DRAWING).decode()}"


def _lone_drawing(source: str) -> bool:
    """Whether the body has one drawing that no loop repeats."""
    before, *after = source.split(DRAWING.decode())
    outside = len(LOOP.findall(before)) == len(LOOP_END.findall(before))
    return BODY.decode() in before and len(after) == 1 and outside


def needs_finish(source: str) -> bool:
    """Whether a part holds columns made by loops, or is the body and holds drawings."""
    part = source.encode()
    drawings = BODY in part and DRAWING in part and not _lone_drawing(source)
    return COLUMNS in part or drawings


def finish(part: bytes) -> bytes:
    """A filled part with its drawings numbered and the columns made by loops fitted."""
    if COLUMNS in part:
        pieces = part.split(COLUMNS)
        pieces[1::2] = map(_fitted, pieces[1::2])
        part = b"".join(pieces)
    if BODY in part and DRAWING in part:
        first, *others = part.split(DRAWING)
        numbered = [_numbered(other, n) for n, other in enumerate(others, FIRST_DRAWING)]
        part = DRAWING.join([first, *numbered])
    return part


def _numbered(rest: bytes, number: int) -> bytes:
    """What follows the name of a drawing's element, with another number."""
    found = DRAWING_ID.match(rest)
    return b"%s%d%s" % (found[1], number, rest[found.end() :]) if found else rest


def _fitted(table: bytes) -> bytes:
    """The table with its width shared by the columns that its rows really have."""
    rows = [_spans(row) for row in ROW.findall(table)]
    count = max((before + sum(spans) + after for before, spans, after in rows), default=0)
    widths = column_widths(table)
    if widths and count not in (0, len(widths)):
        edges = [sum(widths) * i // count for i in range(count + 1)]
        widths = [after - before for before, after in pairwise(edges)]
    return with_columns(table, widths) if widths else table


def column_widths(table: bytes) -> list[int]:
    """The widths in a table's grid."""
    grid = GRID.search(table)
    return [int(width) for width in GRID_WIDTH.findall(grid[0])] if grid else []


def with_columns(table: bytes, widths: Sequence[int]) -> bytes:
    """The table with columns of these widths, its cells as wide as those they span."""
    columns = b"".join(b'<w:gridCol w:w="%d"/>' % width for width in widths)
    if list(widths) != column_widths(table):
        table = GRID.sub(lambda _: b"<w:tblGrid>%s</w:tblGrid>" % columns, table, count=1)
    shares = iter([_spans(row) for row in ROW.findall(table)])

    def fit_row(row: re.Match[bytes]) -> bytes:
        start, spans, _ = next(shares)
        ends = iter(spans)

        def fit_cell(cell: re.Match[bytes]) -> bytes:
            nonlocal start
            first, start = start, start + next(ends)
            width = sum(widths[first:start])
            return CELL_WIDTH.sub(lambda match: b"%s%d" % (match[1], width), cell[0], count=1)

        return CELL.sub(fit_cell, row[0])

    return ROW.sub(fit_row, table)


def _spans(row: bytes) -> tuple[int, list[int], int]:
    """The columns left out before the cells of a row, the span of each cell, those left out."""
    before = sum(map(int, BEFORE.findall(row)))
    outside = sum(map(int, OUTSIDE.findall(row)))
    found = [SPAN.search(cell) for cell in CELL.findall(row)]
    return before, [int(span[1]) if span else 1 for span in found], outside - before

"""What the compiled Word engine promises: docxtpl's output, whole markup, no way out of it."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import docx
import pytest
from cases import ROOT, SAMPLES, file_of, papers_of, plan_of, workspace
from docx.oxml import parse_xml
from docx.shared import Mm
from docxtpl import DocxTemplate
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import StrictUndefined, Template, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml import etree
from markupsafe import escape

import cqo_docs
from cqo_docs import generation
from cqo_docs.base.errors import ContentError
from cqo_docs.base.yamlfile import read_yaml
from cqo_docs.office import package
from cqo_docs.office.package import assemble, make_shell, read_package
from cqo_docs.papers.composer import Document
from cqo_docs.render import engine, open_renderer, render_file, templates
from cqo_docs.render.engine import NoValueError, compile_source, make_render
from cqo_docs.render.proof import UnprovedError
from cqo_docs.render.templates import open_template

WML = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
W = f"{{{WML}}}"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
TYPES, CORE, BODY = "[Content_Types].xml", "docProps/core.xml", "word/document.xml"
BODY_LINKS = "word/_rels/document.xml.rels"
TEMPLATES = ROOT / "templates"
SCENARIOS = sorted((ROOT / "tests/scenarios").glob("*.yaml"))
BASE = {"as_of": date(2026, 1, 2), "title": "甲 & 乙", "company_name": "丙"}
WORDS = workspace().wording

# A paragraph, a paragraph of runs in turn plain and bold, or the rows of a table.
Line = str | tuple[str, ...] | list[list[str]]


# ---------------------------------------------------------------- small templates, two renderers


def built(*lines: Line, edit: Callable[[Any], None] | None = None) -> bytes:
    """A Word template of these lines, in the looks of one of ours."""
    paper = docx.Document(str(TEMPLATES / "appointment.docx"))
    for element in list(paper.element.body)[:-1]:
        element.getparent().remove(element)
    for line in lines:
        if isinstance(line, list):
            table = paper.add_table(len(line), max(map(len, line)))
            for row, texts in zip(table.rows, line, strict=True):
                for cell, text in zip(row.cells, texts, strict=False):
                    cell.text = text
        else:
            paragraph = paper.add_paragraph()
            for number, text in enumerate((line,) if isinstance(line, str) else line):
                run = paragraph.add_run(text)
                if number % 2:
                    run.bold = True
    if edit:
        edit(paper)
    stream = io.BytesIO()
    paper.save(stream)
    return stream.getvalue()


def members_of(data: bytes) -> dict[str, bytes]:
    """The members of a package by name, as zipfile reads them."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def repacked(data: bytes, changes: Mapping[str, Any], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A package with members added, changed (a text or a pair to replace) or, by None, left out."""
    members: dict[str, Any] = dict(members_of(data))
    for name, change in changes.items():
        if isinstance(change, tuple):
            old, new = (text.encode() for text in change)
            assert members[name].count(old) == 1
            change = members[name].replace(old, new)  # noqa: PLW2901
        members[name] = change
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members.items():
            if content is not None:
                archive.writestr(name, content)
    return stream.getvalue()


def with_part(data: bytes, kind: str, content: str) -> bytes:
    """A Word file with one part more: its footnotes, endnotes or comments."""
    root = f'<w:{kind} xmlns:w="{WML}">{content}</w:{kind}>'
    override = f'<Override PartName="/word/{kind}.xml" ContentType="{WORD_TYPE}.{kind}+xml"/>'
    link = f'<Relationship Id="rId99" Type="{LINKS}/{kind}" Target="{kind}.xml"/>'
    return repacked(
        data,
        {
            f"word/{kind}.xml": root,
            TYPES: ("</Types>", f"{override}</Types>"),
            BODY_LINKS: ("</Relationships>", f"{link}</Relationships>"),
        },
    )


def rendered(data: bytes, context: dict[str, Any]) -> bytes:
    """A template filled by the compiled engine."""
    return open_template(data, "docx", "模板.docx")(BASE | context)


class Reference(DocxTemplate):
    """docxtpl as its documentation uses it; what depends on the template only is kept."""

    @staticmethod
    @cache
    def kept_patch(xml: str) -> str:
        return str(DocxTemplate("").patch_xml(xml))

    def patch_xml(self, src_xml: str) -> str:
        return self.kept_patch(src_xml)


class StrictEnvironment(ImmutableSandboxedEnvironment):
    @cache  # noqa: B019
    def from_string(self, source: str) -> Template:
        return super().from_string(source)


REFERENCE = StrictEnvironment(undefined=StrictUndefined, autoescape=True)


def rendered_by_docxtpl(data: bytes, context: dict[str, Any]) -> bytes:
    paper = Reference(io.BytesIO(data))
    paper.render(BASE | context, REFERENCE, autoescape=True)
    stream = io.BytesIO()
    paper.save(stream)
    return with_charts(stream.getvalue(), context)


def with_charts(data: bytes, context: dict[str, Any]) -> bytes:
    """A file whose charts are filled as docxtpl fills the body: it forgets them itself."""
    members = members_of(data)
    charts = [name for name in members if name.startswith("word/charts/")]
    if not charts:
        return data
    for name in charts:
        source = Reference.kept_patch(members[name].decode())
        members[name] = REFERENCE.from_string(source).render(BASE | context).encode()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, member in members.items():
            archive.writestr(name, member)
    return stream.getvalue()


def canonical(name: str, data: bytes) -> Any:
    """A member in the one form that its equals share."""
    if name == TYPES or name.endswith(".rels"):
        return sorted(sorted(item.attrib.items()) for item in etree.fromstring(data))
    if name == CORE:
        return etree.fromstring(data).findtext("{http://purl.org/dc/elements/1.1/}title")
    return etree.tostring(etree.fromstring(data), method="c14n") if name.endswith(".xml") else data


def assert_same(ours: bytes, theirs: bytes, change: Callable[[bytes], bytes] | None) -> None:
    """Every part equal in canonical XML, but for what docxtpl does to the properties."""
    found, wanted = members_of(ours), members_of(theirs)
    assert set(found) == set(wanted)
    for name in wanted:
        one, other = found[name], wanted[name]
        if change and name == BODY:
            one, other = change(one), change(other)
        have, want = canonical(name, one), canonical(name, other)
        if name == CORE:
            # docxtpl escapes properties twice.
            have = str(escape(have or ""))
            want = want or ""
        assert have == want, name


def assert_like_docxtpl(
    data: bytes, context: dict[str, Any], change: Callable[[bytes], bytes] | None = None
) -> None:
    assert_same(rendered(data, context), rendered_by_docxtpl(data, context), change)


def paragraphs(data: bytes, name: str = BODY) -> list[str]:
    """The text of every paragraph, line breaks and tabs included."""
    marks = {f"{W}br": "\n", f"{W}tab": "\t"}
    return [
        "".join(marks.get(item.tag) or item.text or "" for item in p.iter(f"{W}t", *marks))
        for p in etree.fromstring(members_of(data)[name]).iter(f"{W}p")
    ]


# ---------------------------------------------------------------- identity: every sample


def without_widths(data: bytes) -> bytes:
    """A body without the widths of its last table, which docxtpl spreads in another way."""
    root = etree.fromstring(data)
    for table in list(root.iter(f"{W}tbl"))[-1:]:
        for item in list(table.iter(f"{W}tblGrid", f"{W}tcW")):
            item.getparent().remove(item)
    return etree.tostring(root)


@cache
def papers_from(path: Path) -> tuple[Document, ...]:
    """The composed papers of a questionnaire or a scenario."""
    if path in SAMPLES:
        return tuple(papers_of(plan_of(generation.read_answers(path, workspace()))).values())
    data = read_yaml(path).data
    return tuple(
        papers_of(plan_of(file_of(data["问卷"]), date.fromisoformat(data["基准日"]))).values()
    )


@pytest.mark.parametrize("path", [*SAMPLES, *SCENARIOS], ids=lambda path: path.stem)
def test_every_part_of_every_sample_equals_docxtpls(path: Path) -> None:
    papers = [paper for paper in papers_from(path) if "docx" in paper.contexts]
    assert len(papers) > 5
    renderer = workspace().renderer
    for paper in papers:
        theirs = rendered_by_docxtpl(renderer.data[paper.template], paper.contexts["docx"])
        change = without_widths if paper.template == "system.docx" else None
        assert_same(renderer(paper, "docx"), theirs, change)


def test_the_samples_use_every_word_template() -> None:
    used = {paper.template for path in SAMPLES for paper in papers_from(path)}
    assert {path.name for path in TEMPLATES.glob("*.docx")} <= used


# ---------------------------------------------------------------- identity: docxtpl's features

CONTEXT: dict[str, Any] = {
    "x": "甲&<乙>\"'",
    "n": 2,
    "ratio": Decimal("1.50"),
    "day": date(2026, 11, 23),
    "yes": True,
    "no": False,
    "nobody": [],
    "rows": [{"n": "1", "cells": ["a", "b"]}, {"n": "2", "cells": ["c", "d"]}],
}
EACH_ROW = ("{%p for r in rows %}", "{%p endfor %}")
FEATURES: dict[str, Sequence[Line]] = {
    "value": ["{{ x }}", "甲{{ x }}乙{{x}}", "{{n}} {{ ratio }} {{ day }} {{ yes }}"],
    "tag torn apart by formatting": [("{", "{ x", " }", "}"), ("{{ x.", "lower", "() }}")],
    "statement torn apart": [("{% i", "f yes %}A{", "% endif", " %}")],
    "curly quotes": ["{{ rows[0][“n”] }}{{ ‘a’ }}"],
    "comparison": ["{% if n < 3 and n > 1 %}A{% endif %}"],
    "paragraph loop": [EACH_ROW[0], "{{ r.n }}", EACH_ROW[1], "end"],
    "paragraph loop in a loop": [
        *(EACH_ROW[0], "{%p for c in r.cells %}", "{{ loop.index }}{{ c }}", "{%p endfor %}"),
        *("{{ r.n }}", EACH_ROW[1]),
    ],
    "paragraph condition": [
        *("{%p if no %}", "A", "{%p elif n == 2 %}", "B", "{%p else %}", "C", "{%p endif %}"),
    ],
    "inline condition": ["a{% if no %}A{% elif yes %}B{% else %}C{% endif %}d"],
    "inline loop": ["{% for r in rows %}{{ r.n }}{% if not loop.last %}、{% endif %}{% endfor %}"],
    "loop else": ["{% for r in nobody %}A{% else %}B{% endfor %}"],
    "filtered loop": ["{% for r in rows if r.n == '2' %}{{ loop.length }}{{ r.n }}{% endfor %}"],
    "loop over pairs": ["{% for key, value in rows[0].items() %}{{ key }}{% endfor %}"],
    "row loop": [
        [["no", "x"], ["{%tr for r in rows %}", ""], ["{{ r.n }}", "{{ x }}"], ["{%tr endfor %}"]]
    ],
    "row condition": [[["{%tr if no %}"], ["A"], ["{%tr else %}"], ["B"], ["{%tr endif %}"]]],
    "row loop, cell loop": [
        [
            ["{%tr for r in rows %}", "", ""],
            ["{{ r.n }}", "{% for c in r.cells %}{{ c }}{% endfor %}", "{{ loop.index0 }}"],
            ["{%tr endfor %}"],
        ]
    ],
    "run condition": [("{%r if yes %}", "bold {{ x }}", "{%r endif %}", "tail")],
    "run loop": [("{%r for r in rows %}", "{{ r.n }}", "{%r endfor %}")],
    "joined paragraphs": ["a", "{%- if yes %}", "b", "{% endif -%}", "c"],
    "trimmed": ["a {%- if yes -%} b {%- endif -%} c", "a {{- x -}} b"],
    "comment": ["a{# not shown #}b", "{#p nor this #}", "c", [["{#tr nor this #}"], ["d"]]],
    "vertical merge": [
        [["{%tr for r in rows %}", ""], ["{% vm %}same", "{{ r.n }}"], ["{%tr endfor %}"]]
    ],
    "span": [[["{% colspan n %}{{ x }}"], ["a", "b"]]],
    "background": [[["{% cellbg 'FF0000' %}{{ x }}", "{% cellbg x %}b"]]],
    "literal braces": ["{_{ x }_} {_% if %_} {{ x }}", "{% raw %}{{ x }}{% endraw %}"],
    "percent signs": ["100% %s %d %% {{ x }} %(x)s", "{% if yes %}100% %s %%{% endif %}"],
    "set": ["{% set y = x %}{{ y }}"],
    "expression": ["{{ 'a' if yes else 'b' }}{{ n * 3 }}{{ x ~ n }}{{ 'b' if no }}"],
    "filters": ["{{ x|upper|length }}{{ rows|map(attribute='n')|join('、') }}{{ y|default('z') }}"],
    "tests": ["{% if y is defined %}A{% elif n is even %}B{% endif %}"],
    "spaces": ["  {{ x }}  ", " {{ x }}{{ x }} "],
    "entities": ["&amp; & < > \" ' {{ x }}"],
    "nothing but text": ["no tag at all"],
    "no text": [],
}


@pytest.mark.parametrize("lines", FEATURES.values(), ids=FEATURES.keys())
def test_a_feature_of_docxtpl_gives_the_same_parts(lines: Sequence[Line]) -> None:
    assert_like_docxtpl(built(*lines), CONTEXT)


def in_header(*lines: str) -> Callable[[Any], None]:
    def edit(paper: Any) -> None:
        section = paper.sections[0]
        section.header.paragraphs[0].text = lines[0]
        for line in lines[1:]:
            section.header.add_paragraph(line)
        picture(section.header)
        picture(paper)
        section.footer.paragraphs[0].text = "{{ company_name }}"

    return edit


def with_element(xml: str) -> Callable[[Any], None]:
    """An edit that adds an element of its own to the first paragraph."""
    names = f'xmlns:w="{WML}" xmlns:r="{LINKS}"'

    def edit(paper: Any) -> None:
        paper.paragraphs[0]._p.append(parse_xml(xml.replace(" ", f" {names} ", 1)))

    return edit


def link_to(target: str) -> Callable[[Any], None]:
    def edit(paper: Any) -> None:
        number = paper.part.relate_to(target, f"{LINKS}/hyperlink", is_external=True)
        with_element(
            f'<w:hyperlink r:id="{number}"><w:r><w:t>{{{{ x }}}}</w:t></w:r></w:hyperlink>'
        )(paper)

    return edit


def picture(paper: Any) -> None:
    """An edit that puts a picture into each paragraph that asks for one."""
    for paragraph in paper.paragraphs:
        if paragraph.text == "picture":
            paragraph.add_run().add_picture(io.BytesIO(DOT), width=Mm(2))


def chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


# A picture of one white point.
DOT = b"\x89PNG\r\n\x1a\n" + b"".join(
    (
        chunk(b"IHDR", b"\0\0\0\1\0\0\0\1\x08\0\0\0\0"),
        chunk(b"IDAT", zlib.compress(b"\0\xff")),
        chunk(b"IEND", b""),
    )
)
PLACES: dict[str, tuple[Sequence[Line], Callable[[Any], None]]] = {
    "header and footer": (["{{ x }}"], in_header("{{ x }}")),
    "loop in a header": ([], in_header(EACH_ROW[0], "{{ r.n }}", EACH_ROW[1])),
    "field code": (
        ["a"],
        with_element('<w:r ><w:instrText>REF \n "{{ x }}"</w:instrText></w:r>'),
    ),
    "attribute": ([""], with_element('<w:bookmarkStart w:id="1" w:name="{{ x }}"/>')),
    "content control": (
        ["a"],
        with_element("<w:sdt ><w:sdtContent><w:r><w:t>{{ x }}</w:t></w:r></w:sdtContent></w:sdt>"),
    ),
    "hyperlink": (["a"], link_to("https://example.com/?a=1&b=2")),
    "picture": (["{{ x }}", "picture", "picture"], picture),
    "picture in a header": (["{{ x }}", "picture"], in_header("{{ x }}", "picture")),
    "one picture": (["{{ x }}", "picture"], picture),
    "one picture in a condition": (["{%p if yes %}", "picture", "{%p endif %}"], picture),
    "one picture in a loop": ([EACH_ROW[0], "picture", EACH_ROW[1]], picture),
    "picture in a loop": ([EACH_ROW[0], "picture", EACH_ROW[1], "picture"], picture),
}


@pytest.mark.parametrize(("lines", "edit"), PLACES.values(), ids=PLACES.keys())
def test_a_place_for_tags_gives_the_same_parts(
    lines: Sequence[Line], edit: Callable[[Any], None]
) -> None:
    assert_like_docxtpl(built(*lines, edit=edit), CONTEXT)


def test_footnotes_equal_docxtpls() -> None:
    note = '<w:footnote w:id="1"><w:p><w:r><w:t>{{ x }}</w:t></w:r></w:p></w:footnote>'
    assert_like_docxtpl(with_part(built("a"), "footnotes", note), CONTEXT)


@pytest.mark.parametrize(("kind", "item"), [("endnotes", "endnote"), ("comments", "comment")])
def test_parts_that_docxtpl_forgets_are_filled(kind: str, item: str) -> None:
    note = f'<w:{item} w:id="1"><w:p><w:r><w:t>{{{{ x }}}}</w:t></w:r></w:p></w:{item}>'
    made = rendered(with_part(built("a"), kind, note), CONTEXT)
    assert paragraphs(made, f"word/{kind}.xml") == [CONTEXT["x"]]


def test_a_tag_in_the_target_of_a_link_is_filled() -> None:
    made = rendered(built("a", edit=link_to("https://example.com/{{ x }}")), CONTEXT)
    links = etree.fromstring(members_of(made)[BODY_LINKS])
    assert f"https://example.com/{CONTEXT['x']}" in {link.get("Target") for link in links}


def test_a_tag_that_stands_in_attributes_only_is_filled() -> None:
    edit = with_element('<w:bookmarkStart w:id="1" w:name="{{ n }}"/>')
    assert b'w:name="2"' in members_of(rendered(built("a", edit=edit), CONTEXT))[BODY]


def test_a_number_in_braces_is_no_tag() -> None:
    numbering = f'<w:numbering xmlns:w="{WML}"><w:lvlText w:val="{{%1}}"/></w:numbering>'
    made = rendered(repacked(built("{{ x }}"), {"word/numbering.xml": numbering}), CONTEXT)
    assert members_of(made)["word/numbering.xml"] == numbering.encode()


def test_drawings_of_a_header_keep_their_numbers() -> None:
    def edit(paper: Any) -> None:
        header = paper.sections[0].header
        header.paragraphs[0].add_run("{{ x }}").add_picture(io.BytesIO(DOT), width=Mm(2))
        for cell, text in zip(header.add_table(1, 4, Mm(9)).row_cells(0), CELL_LOOP, strict=True):
            cell.text = text
        picture(paper)

    made = members_of(rendered(built("{{ x }}", "picture", edit=edit), CONTEXT))
    numbers = {name: re.findall(rb'<wp:docPr id="(\d+)"', made[name]) for name in made}
    assert numbers[BODY] == [b"1001"]
    assert [found for name, found in numbers.items() if found and name != BODY] == [[b"1"]]


def test_a_template_written_over_many_lines_gives_the_same_parts() -> None:
    xml = members_of(built("{{ x }}", [["{{ n }}", "a"]]))[BODY]
    data = repacked(built("{{ x }}"), {BODY: xml.replace(b"><", b">\n  <")})
    assert_like_docxtpl(data, CONTEXT)


# What docxtpl spreads over the columns of a loop, ours fits to the page; test_word.py says how.
CELL_LOOP = ["h", "{%tc for c in rows[0].cells %}", "{{ c }}", "{%tc endfor %}"]
COLUMNS: dict[str, list[list[str]]] = {
    "cell loop": [CELL_LOOP, CELL_LOOP],
    "merged heading": [
        ["{%tc for r in rows %}", "{% hm %}same", "{%tc endfor %}"],
        ["{%tc for r in rows %}", "{{ r.n }}", "{%tc endfor %}"],
    ],
    "cell condition": [["{%tc if no %}", "A", "{%tc endif %}", "B"], ["a", "b", "c", "d"]],
}


@pytest.mark.parametrize("rows", COLUMNS.values(), ids=COLUMNS.keys())
def test_columns_made_by_loops_equal_docxtpls_but_for_their_widths(rows: list[list[str]]) -> None:
    data = built("{{ x }}", rows)
    assert_like_docxtpl(data, CONTEXT, without_widths)
    (table,) = etree.fromstring(members_of(rendered(data, CONTEXT))[BODY]).iter(f"{W}tbl")
    cells = [
        len(row.findall(f"{W}tc"))
        + sum(int(span.get(f"{W}val", "")) - 1 for span in row.iter(f"{W}gridSpan"))
        for row in table.iter(f"{W}tr")
    ]
    assert len(list(table.iter(f"{W}gridCol"))) == max(cells)


def test_a_table_without_a_grid_keeps_the_widths_of_its_cells() -> None:
    def edit(paper: Any) -> None:
        for column in paper.tables[0]._tbl.tblGrid.gridCol_lst:
            column.getparent().remove(column)

    data = built(COLUMNS["cell loop"], edit=edit)
    widths = re.findall(rb'<w:tcW[^>]*w:w="(\d+)"', members_of(rendered(data, CONTEXT))[BODY])
    assert len(widths) == 6 and b"0" not in widths


# ---------------------------------------------------------------- identity: hostile values

ALPHABET = st.one_of(
    st.sampled_from("&<>\"'{}%#_;=/\\-+@ \u3000\xa0\u200d\u2028]\x85"),
    st.sampled_from(
        ["{{", "}}", "{%", "%}", "{#", "]]>", "<w:t>", "&amp;", "</w:t>", "<!--", "%s"]
    ),
    st.sampled_from("质量首席官𠮷野䶮𪚥🏅👷🏽‍♀️"),
    st.characters(
        codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"
    ),
)
# docxtpl reads these in a value as its own; line breaks and tabs have tests of their own.
VALUES = st.lists(ALPHABET, max_size=12).map("".join).filter(lambda v: not re.search(r"\{_|_\}", v))
LONG = VALUES.map(lambda value: value * 500)
HOSTILE = built(
    "{{ a }}甲{{ b }}",
    [["{%tr for r in rows %}", ""], ["{{ r }}", "{{ a }}"], ["{%tr endfor %}"]],
    ("{% if a %}", "{{ a }}", "{% else %}", "{{ b }}", "{% endif %}"),
    "{{ b|upper }}{{ rows|join(a) }}",
    edit=in_header("{{ a }}{{ b }}"),
)


@settings(max_examples=60)
@given(a=VALUES | LONG, b=VALUES, rows=st.lists(VALUES, min_size=1, max_size=3))
def test_hostile_values_give_the_same_parts(a: str, b: str, rows: list[str]) -> None:
    assert_like_docxtpl(HOSTILE, {"a": a, "b": b, "rows": rows})


def one_child_a_run(data: bytes) -> bytes:
    """A body whose runs hold one text, break or tab each: docxtpl puts tabs into runs of theirs."""
    root = etree.fromstring(data)
    for run in list(root.iter(f"{W}r")):
        look = run.find(f"{W}rPr")
        for item in [item for item in run if item is not look]:
            if item.tag != f"{W}t" or item.text:
                single = etree.SubElement(run.getparent(), f"{W}r")
                run.addprevious(single)
                single.extend([] if look is None else [etree.fromstring(etree.tostring(look))])
                single.append(item)
        run.getparent().remove(run)
    return etree.tostring(root)


@settings(max_examples=30)
@given(pieces=st.lists(VALUES | st.sampled_from(["\n", "\t", "\n\n", "\t\t"]), max_size=8))
def test_line_breaks_and_tabs_give_the_same_runs(pieces: list[str]) -> None:
    data = built(("a{{ v }}b", "{{ v }}"), [["{{ v }}"]])
    assert_like_docxtpl(data, {"v": "".join(pieces)}, one_child_a_run)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("{_{ x }_}{_% %_}", "{_{ x }_}{_% %_}"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("a\x07b\x0cc\x0b\x1fd\ud800e\ufffef\uffffg\x00", "abcdefg"),
        ("a\x85b\u2028c\x7f", "a\x85b\u2028c\x7f"),
        ("\ud83d\ude00", ""),
        ("<!--columns-->", "<!--columns-->"),
        ("<wp:docPr id=\"7\"", "<wp:docPr id=\"7\""),
        ("", ""),
    ],
)  # fmt: skip
def test_values_that_docxtpl_changes_or_refuses_stand_as_they_are(value: str, shown: str) -> None:
    made = rendered(built("{{ v }}", COLUMNS["cell loop"]), CONTEXT | {"v": value})
    assert paragraphs(made)[0] == shown


# ---------------------------------------------------------------- proof: what is refused, and where

A, B = '<r xmlns:w="u"><w:p><w:r><w:t>', "</w:t></w:r></w:p></r>"
OK, UNBALANCED, MISPLACED, CONSTRUCT = None, "unbalanced", "misplaced", "construct"
SOURCES: list[tuple[str, str | None]] = [
    # Whole, whatever is printed.
    ("<r/>", OK),
    ("<r>{{ v }}</r>", OK),
    ("<?xml version='1.0'?>\n<!-- a --><r>{{ v }}</r><?b c?>\n", OK),
    ("<r a='{{ v }}' b=\"{{ v }}-{{ v }}\">{{ v }}</r>", OK),
    ("<r a='{% if v %}b{% else %}{{ v }}{% endif %}'/>", OK),
    (f"{A}{{{{ v }}}}{B}", OK),
    ("<r>{% for i in vs %}<a>{{ i }}</a>{% endfor %}</r>", OK),
    ("<r>{% for i in vs %}<a>{% for j in vs %}<b>{{ j }}</b>{% endfor %}</a>{% endfor %}</r>", OK),
    ("<r>{% for i in vs %}<a/>{% else %}<b/>{% endfor %}</r>", OK),
    ("<r>{% if v %}<a/>{% elif vs %}<b></b>{% else %}{{ v }}{% endif %}</r>", OK),
    ("<r>{% for i in vs %}</a><a>{% endfor %}</r>", UNBALANCED),
    ("<r><a>{% for i in vs %}</a><a>{% endfor %}</a></r>", OK),
    ("<r><a>{% for i in vs %}</a><b>{% endfor %}</b></r>", UNBALANCED),
    ("<r><a>{% for i in vs %}</a><b>{% endfor %}</a></r>", UNBALANCED),
    ("<r>{% set x = v %}{{ x }}{# {{ no }} #}</r>", OK),
    ("<r>{% raw %}{{ v }}{% endraw %}</r>", OK),
    ("<r><!-- < & > --><?a < & ?><![CDATA[<a>]]></r>".replace("&", ""), OK),
    ("<r>&amp;&lt;&#10;&#x9f99;{{ v }}&gt;</r>", OK),
    ("<r>]]{{ v }}]] ></r>", OK),
    ("<项目 年·份='{{ v }}'>{{ v }}</项目>", OK),
    ("<r xmlns:a='u'><a:b a:c='{{ v }}'/></r>", OK),
    # Elements left open, closed twice, closed by another.
    ("", UNBALANCED),
    ("<r>", UNBALANCED),
    ("</r>", UNBALANCED),
    ("<r></r></r>", UNBALANCED),
    ("<r><a></r></a>", UNBALANCED),
    ("<r></R>", UNBALANCED),
    ("<r", UNBALANCED),
    ("<r a='", UNBALANCED),
    ("<r/><r/>", UNBALANCED),
    ("<r/>text", UNBALANCED),
    ("\u3000<r/>", UNBALANCED),
    ("{% for i in vs %}<r/>{% endfor %}", UNBALANCED),
    ("<r/>{% if v %}<r/>{% endif %}", UNBALANCED),
    ("{{ v }}<r/>", MISPLACED),
    ("<r/>{{ v }}", MISPLACED),
    # Loops and branches that leave the markup in another state.
    ("<r>{% for i in vs %}<a>{% endfor %}</r>", UNBALANCED),
    ("<r>{% for i in vs %}<a>{% endfor %}{% for i in vs %}</a>{% endfor %}</r>", UNBALANCED),
    ("<r>{% if v %}<a>{% endif %}{% if v %}</a>{% endif %}</r>", UNBALANCED),
    ("<r>{% if v %}<a>{% else %}<b>{% endif %}</a></r>", UNBALANCED),
    ("<r>{% if v %}{% elif vs %}<a>{% else %}{% endif %}</r>", UNBALANCED),
    ("<r>{% if v %}{% else %}<a>{% endif %}</r>", UNBALANCED),
    ("<r>{% for i in vs %}{% else %}<a>{% endfor %}</r>", UNBALANCED),
    ("<r><a>{% for i in vs %}{% if i %}</a><a>{% else %}</a>{% endif %}{% endfor %}</a></r>",
     UNBALANCED),
    ("<r {% if v %}a='1'{% endif %}/>", UNBALANCED),
    ("<r {% for i in vs %}a='1'{% endfor %}/>", UNBALANCED),
    ("<r a='{% if v %}'{% else %}'{% endif %}/>", UNBALANCED),
    ("<r a='{% for i in vs %}' b='{% endfor %}'/>", UNBALANCED),
    ("<r{% if v %}>{% else %} >{% endif %}</r>", UNBALANCED),
    # Values where no text may stand.
    ("<{{ v }}/>", UNBALANCED),
    ("<r></{{ v }}></r>", UNBALANCED),
    ("<r {{ v }}='1'/>", UNBALANCED),
    ("<r {{ v }}/>", UNBALANCED),
    ("<r a={{ v }}/>", UNBALANCED),
    ("<r a='1' {{ v }}/>", UNBALANCED),
    ("<r a='1'{{ v }}/>", MISPLACED),
    ("<r><!-- {{ v }} --></r>", UNBALANCED),
    ("<r><?a {{ v }}?></r>", UNBALANCED),
    ("<r><![CDATA[{{ v }}]]></r>", UNBALANCED),
    ("<r>&{{ v }};</r>", UNBALANCED),
    ("<r>&#{{ v }};</r>", UNBALANCED),
    ("<r>{{ v }}]]></r>", UNBALANCED),
    ("<r>]{{ v }}]></r>", UNBALANCED),
    ("<r>]]{{ v }}></r>", UNBALANCED),
    ("<r>{% for i in vs %}]{% endfor %}]>{{ v }}</r>", UNBALANCED),
    ("<r xmlns:a='{{ v }}'/>", MISPLACED),
    ("<r xmlns='{{ v }}'/>", MISPLACED),
    ("<r xml:id='{{ v }}'/>", MISPLACED),
    ('<r xmlns:w="u"><w:p>{{ v }}</w:p></r>', MISPLACED),
    ('<r xmlns:w="u"><w:p><w:r>{{ v }}</w:r></w:p></r>', MISPLACED),
    ('<r xmlns:w="u"><w:tr>{% if v %}{{ v }}{% endif %}</w:tr></r>', MISPLACED),
    # What is no XML, or not with these names.
    ("<r a='1' a='2'/>", UNBALANCED),
    ("<r a='1'b='2'/>", UNBALANCED),
    ("<r a/>", UNBALANCED),
    ("<r a='<'/>", UNBALANCED),
    ("<r>&nbsp;</r>", UNBALANCED),
    ("<r>a & b</r>", UNBALANCED),
    ("<r>&#0;</r>", UNBALANCED),
    ("<r>&#xD800;</r>", UNBALANCED),
    ("<r>&#x110000;</r>", UNBALANCED),
    ("<r><a:b/></r>", UNBALANCED),
    ("<r a:b='1'/>", UNBALANCED),
    ("<r><a xmlns:b='u'/><b:c/></r>", UNBALANCED),
    ("<1/>", UNBALANCED),
    ("<a²/>", UNBALANCED),
    ("<r\u3000a='1'/>", UNBALANCED),
    ("<r><!-- a -- b --></r>", UNBALANCED),
    ("<r><!-- a ---></r>", UNBALANCED),
    ("<r><?xml version='1.0'?></r>", UNBALANCED),
    ("<r><?XML a?></r>", UNBALANCED),
    ("<r><?a:b c?></r>", UNBALANCED),
    ("<r/><?xml version='1.0'?>", UNBALANCED),
    ("<r/><![CDATA[a]]>", UNBALANCED),
    ("<!DOCTYPE r><r/>", UNBALANCED),
    # What Jinja could do, and papers never need.
    ("<r>{% macro m() %}<a/>{% endmacro %}</r>", CONSTRUCT),
    ("<r>{% call v() %}<a/>{% endcall %}</r>", CONSTRUCT),
    ("<r>{% filter upper %}a{% endfilter %}</r>", CONSTRUCT),
    ("<r>{% set x %}a{% endset %}</r>", CONSTRUCT),
    ("<r>{% with x = v %}a{% endwith %}</r>", CONSTRUCT),
    ("<r>{% block b %}{% endblock %}</r>", CONSTRUCT),
    ("<r>{% include 'a' %}</r>", CONSTRUCT),
    ("<r>{% import 'a' as b %}</r>", CONSTRUCT),
    ("<r>{% from 'a' import b %}</r>", CONSTRUCT),
    ("{% extends 'a' %}<r/>", CONSTRUCT),
    ("<r>{% autoescape false %}{{ v }}{% endautoescape %}</r>", CONSTRUCT),
    ("<r>{% for i in vs recursive %}{{ loop(i) }}{% endfor %}</r>", CONSTRUCT),
]  # fmt: skip


@pytest.mark.parametrize(("source", "code"), SOURCES)
def test_a_source_is_proved_or_refused(source: str, code: str | None) -> None:
    if code is None:
        text = filled(source, {"v": "<&\"'>", "vs": ["]]>", ""]})
        etree.fromstring(text.encode())
    else:
        with pytest.raises(UnprovedError) as caught:
            compile_source(source, "docx")
        assert caught.value.code == code


MARKUP = "<r>{{ v }}<a b='{{ v }}'/></r>"


@given(st.lists(st.text(st.sampled_from("甲&<>\"'\n\tx1"), max_size=3), max_size=30))
@settings(max_examples=60, deadline=None)
def test_a_text_that_comes_again_is_printed_as_at_first(values: list[str]) -> None:
    part, expected = filling(MARKUP), [filled(MARKUP, {"v": value}) for value in values]
    for _ in range(3):
        assert [part({"v": value}).decode() for value in values] == expected
    # What only equals a text, or looks like it, is no text that was met.
    assert part({"v": 1}) == part({"v": "1"})
    assert b"True" in part({"v": True}) and b"1.0" in part({"v": 1.0})


def test_texts_beyond_number_are_printed_and_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "MOST_KEPT", 5)
    monkeypatch.setattr(engine, "MOST_MET", 5)
    kept = engine.Kept(engine.as_run)
    for turn in range(3):
        for n in range(40):
            assert kept[f"甲{n % 7}<"] == f"甲{n % 7}&lt;".encode(), turn
            assert len(kept) <= 5 and len(kept.met) <= 5
    long = "长" * (engine.LONGEST_KEPT + 1)
    assert all(kept[long] == long.encode() for _ in range(3))
    assert long not in kept


def filling(source: str) -> Callable[[Mapping[str, Any]], bytes]:
    """The function that prints a part, with a memory of its own."""
    engine.environment.cache_clear()
    return make_render(compile_source(source, "docx"), "docx")


def filled(source: str, context: Mapping[str, Any]) -> str:
    return make_render(compile_source(source, "docx"), "docx")(context).decode()


FAULTS: dict[str, tuple[Sequence[Line], str, int, str]] = {
    "value instead of a paragraph": (["a", "b", "{{p x }}", "c"], MISPLACED, 3, "a b"),
    "value instead of a run": (["a", ("b", "{{r x }}")], MISPLACED, 2, "a b"),
    "first paragraph": (["{{p x }}"], MISPLACED, 1, ""),
    "block": (["a", "b", "{% set y %}", "{% endset %}"], CONSTRUCT, 3, "a b"),
    "loop over half a table": (
        ["a", [["{%tr for r in rows %}"], ["b"]], "{%p endfor %}"],
        *(UNBALANCED, 2, "b"),
    ),
    "condition over half a cell": (
        ["a", [["b", "{% if yes %}c"], ["d{%tr endif %}", "e"]]],
        *(UNBALANCED, 3, "c"),
    ),
    "after rows that go": (
        ["a", [["{%tr for r in rows %}", ""], ["b", "c"], ["{%tr endfor %}", ""]], "d{{p x }}"],
        *(MISPLACED, 8, "b c"),
    ),
    "after cells that go": (["a", COLUMNS["cell loop"], "d", "{{p x }}"], MISPLACED, 11, "d"),
    "branches unlike": (
        ["a", "{%p if yes %}", "b", "{%p else %}", [["{%tr endif %}"]]],
        *(UNBALANCED, 2, "b"),
    ),
}


@pytest.mark.parametrize(("lines", "code", "number", "near"), FAULTS.values(), ids=FAULTS.keys())
def test_a_refusal_names_paragraph_and_words(
    lines: Sequence[Line], code: str, number: int, near: str
) -> None:
    with pytest.raises(ContentError) as caught:
        rendered(built(*lines), CONTEXT)
    (found,) = caught.value.problems
    assert (found.code, found.where) == (f"template.{code}", f"模板.docx {BODY}")
    assert found.values == {"number": str(number), "near": near}
    assert "?" not in WORDS.problem(found)


def test_all_parts_at_fault_are_named_at_once() -> None:
    with pytest.raises(ContentError) as caught:
        rendered(built("{{p x }}", edit=in_header("{{ x|none }}")), CONTEXT)
    codes = [problem.code for problem in caught.value.problems]
    assert sorted(codes) == ["template.broken", "template.misplaced"]


# Pieces of markup and tags; most heaps of them are no XML at all.
PIECES = [
    *("<a>", "</a>", "<a/>", "<a b='{{ v }}'>", "<a b=\"{{ w }}\" c='1'/>", "{{ v }}", "{{ w }}"),
    *("<w:t>", "</w:t>", "<w:t>{{ v }}</w:t>", "<w:p>", "</w:p>", "]", "]]", "&gt;", ">", "&", "'"),
    *("{% if v %}", "{% if w %}", "{% else %}", "{% endif %}", "{% for v in vs %}", "{% endfor %}"),
    *("<a b='", "'>", "'/>", "<!--", "-->", "<![CDATA[", "]]>", "<?p ", "?>", " ", "text", "x='1'"),
]
WHOLE = st.recursive(
    st.sampled_from(["{{ v }}", "{{ w }}", "", "]]", "text", "<a b='{{ v }}-{{ w }}'/>"]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        inner.map("<a>{}</a>".format),
        inner.map("<a b='{{{{ v }}}}'>{}</a>".format),
        inner.map("{{% for v in vs %}}{}{{% endfor %}}".format),
        inner.map("{{% for x in vs %}}{}{{% else %}}{{{{ w }}}}{{% endfor %}}".format),
        st.tuples(inner, inner).map(
            lambda two: "{{% if v %}}{}{{% else %}}{}{{% endif %}}".format(*two)
        ),
        st.sampled_from(["<w:t>{{ v }}</w:t>", "<w:t a='{{ v }}'>{{ w }}{{ v }}</w:t>"]),
    ),
    max_leaves=8,
)
HEAPS = st.lists(st.sampled_from(PIECES) | WHOLE, max_size=10).map("".join)
PRINTED = VALUES | st.sampled_from(["", "\n", "\t", "\r\n", "]]>", "\x07"])
# A value begins with this and a digit of its own, so that each printed one can be found again.
MARK = "☞"


def all_text(xml: str) -> str:
    """Every text and attribute of a part that a strict parser accepts."""
    marks = {"{u}br": "\n", "{u}tab": "\t"}
    found = []
    for item in etree.fromstring(xml.encode()).iter():
        found += [*item.values(), marks.get(item.tag, ""), item.text or "", item.tail or ""]
    return "".join(found)


def pruned(text: str) -> str:
    """A value as a part can hold it."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f]", "", text.replace("\r\n", "\n"))


def assert_proved(body: str, values: list[str]) -> bool:
    """Whether the source was accepted; if so, it must be whole and hold every value as it is."""
    v, w, *vs = (f"{MARK}{number}{value}" for number, value in enumerate(values))
    try:
        text = filled(f'<r xmlns:w="u">{body}</r>', {"v": v, "w": w, "vs": vs})
    except (UnprovedError, TemplateSyntaxError):
        return False
    whole = "|".join(re.escape(pruned(value)) for value in (v, w, *vs))
    shown = all_text(text)
    assert len(re.findall(whole, shown)) == shown.count(MARK) == text.count(MARK)
    return True


FOUR = st.lists(PRINTED, min_size=2, max_size=4)


@settings(max_examples=300)
@given(HEAPS, FOUR)
def test_what_is_accepted_cannot_be_broken(body: str, values: list[str]) -> None:
    assert_proved(body, values)


@settings(max_examples=150)
@given(WHOLE, FOUR)
def test_what_is_whole_is_accepted(body: str, values: list[str]) -> None:
    assert assert_proved(body, values)


# ---------------------------------------------------------------- sandbox: no way out

UNSAFE, UNKNOWN, BROKEN, TYPE = "unsafe", "unknown-field", "broken", "value-type"
OPEN = "open-tag"
ATTACKS: list[tuple[str, str]] = [
    # Attributes of Python.
    ("{{ x.__class__ }}", UNSAFE),
    ("{{ x.__class__.__mro__[1].__subclasses__() }}", UNSAFE),
    ("{{ x['__class__'] }}", UNSAFE),
    ("{{ x|attr('__class__') }}", UNSAFE),
    ("{{ rows[0].__init__ }}", UNSAFE),
    ("{{ rows[0].items.__self__ }}", UNSAFE),
    ("{{ x.upper.__func__ }}", UNKNOWN),
    ("{{ (x ~ x).__class__ }}", UNSAFE),
    ("{{ x.upper().__class__ }}", UNSAFE),
    ("{% set y = x.__class__ %}{{ y }}", UNSAFE),
    ("{% for y in x.__class__ %}{% endfor %}", UNSAFE),
    ("{% if x.__class__ %}a{% endif %}", UNSAFE),
    ("{{ rows|map(attribute='__class__')|list }}", TYPE),
    ("{{ rows|map(attribute='__class__')|join }}", UNSAFE),
    ("{{ rows|groupby('__class__') }}", UNSAFE),
    ("{{ rows|sort(attribute='__class__') }}", UNSAFE),
    ("{{ loop }}", UNKNOWN),
    ("{% for r in rows %}{{ loop._iterable }}{% endfor %}", UNSAFE),
    ("{{ self.__dict__ }}", UNSAFE),
    ("{{ self._TemplateReference__context }}", UNSAFE),
    ("{{ context }}", UNKNOWN),
    ("{{ environment }}", UNKNOWN),
    ("{{ resolve }}", UNKNOWN),
    ("{{ run(x) }}", UNKNOWN),
    # Formatting that reads attributes.
    ("{{ '{0.__class__}'.format(x) }}", UNSAFE),
    ("{{ '{a.__class__}'.format(a=x) }}", UNSAFE),
    ("{{ '{x.__class__}'.format_map({'x': x}) }}", UNSAFE),
    ("{{ x.format.__self__ }}", UNKNOWN),
    ("{% set f = '{0.__class__}'.format %}{{ f(x) }}", UNSAFE),
    ("{{ ['{0.__class__}']|map('format', x)|join }}", BROKEN),
    # What Jinja would bring along.
    ("{% for i in range(99999999) %}a{% endfor %}", UNKNOWN),
    ("{{ lipsum() }}", UNKNOWN),
    ("{{ cycler('a') }}", UNKNOWN),
    ("{{ joiner() }}", UNKNOWN),
    ("{{ namespace(a=1).a }}", UNKNOWN),
    ("{{ dict(a=1) }}", UNKNOWN),
    ("{% set x.y = 1 %}", BROKEN),
    ("{{ open('/etc/passwd') }}", UNKNOWN),
    ("{{ __import__('os') }}", UNKNOWN),
    # Filters whose results would stand as they are, or be another each time.
    ("{{ x|safe }}", BROKEN),
    ("{{ x|tojson }}", BROKEN),
    ("{{ rows[0]|xmlattr }}", BROKEN),
    ("{{ x|urlize }}", BROKEN),
    ("{{ rows|random }}", BROKEN),
    ("{{ rows|map('safe')|list }}", BROKEN),
    ("{{ x|nothing }}", BROKEN),
    ("{{ x is nothing }}", BROKEN),
    # Values that a template must not change.
    ("{{ rows.append(1) }}", UNSAFE),
    ("{{ rows.clear() }}", UNSAFE),
    ("{{ rows[0].update({'n': 1}) }}", UNSAFE),
    ("{{ rows[0].pop('n') }}", UNSAFE),
    ("{{ rows[0].setdefault('m', 1) }}", UNSAFE),
    # What is no text.
    ("{{ rows }}", TYPE),
    ("{{ rows[0] }}", TYPE),
    ("{{ rows[0].keys }}", TYPE),
    ("{{ x.upper }}", TYPE),
    ("{{ self }}", TYPE),
    ("{% for r in rows %}{{ loop }}{% endfor %}", TYPE),
    ("{{ rows|map('upper') }}", TYPE),
    ("{{ x.encode() }}", TYPE),
    # Slips that Python itself refuses.
    ("{{ x + 1 }}", BROKEN),
    ("{{ n / 0 }}", BROKEN),
    ("{{ rows() }}", BROKEN),
    ("{{ x|round }}", BROKEN),
    ("{{ x.center('a') }}", BROKEN),
    ("{% for a in n %}{% endfor %}", BROKEN),
    ("{% for a, b in [n] %}{% endfor %}", BROKEN),
    ("{{ '{1}'.format(x) }}", BROKEN),
    ("{{ x.index('none') }}", BROKEN),
    ("{{ rows|sum }}", BROKEN),
    ("{{ x.rjust(99999999999999) }}", BROKEN),
    # Names that nobody knows.
    ("{{ y }}", UNKNOWN),
    ("{{ y.z }}", UNKNOWN),
    ("{{ rows[0].m }}", UNKNOWN),
    ("{{ rows[7] }}", UNKNOWN),
    ("{{ x.y.z }}", UNKNOWN),
    ("{% if y %}{% endif %}", UNKNOWN),
    ("{% for a in y %}{% endfor %}", UNKNOWN),
    ("{{ y ~ 'a' }}", UNKNOWN),
    ("{{ y|upper }}", UNKNOWN),
    # What is no tag at all.
    ("{{ x", OPEN),
    ("{{ }}", BROKEN),
    ("{% if x %}", BROKEN),
    ("{% endif %}", BROKEN),
    ("{% do x %}", BROKEN),
    ("{# x", OPEN),
    ("{{ x x }}", BROKEN),
    ("{% for x %}{% endfor %}", BROKEN),
    ("{{ " + "(" * 5000 + "x" + ")" * 5000 + " }}", "too-deep"),
]
NESTED = {
    "loops": ["{%p for r in rows %}"] * 30 + ["{%p endfor %}"] * 30,
    "conditions": ["{%p if x %}"] * 150 + ["{%p endif %}"] * 150,
}


def fault_of(lines: Sequence[Line], context: dict[str, Any]) -> str | None:
    """The kind of the one problem that a template has; its sentence is plain."""
    try:
        rendered(built(*lines), context)
    except ContentError as error:
        (found,) = error.problems
        sentence = WORDS.problem(found)
        assert found.code in WORDS.messages and "?" not in sentence
        assert sentence.startswith("模板.docx") and "0x" not in sentence and "\n" not in sentence
        return found.code.removeprefix("template.")
    return None


@pytest.mark.parametrize(("tag", "code"), ATTACKS, ids=[tag[:40] for tag, _ in ATTACKS])
def test_a_template_gets_nowhere(tag: str, code: str | None) -> None:
    before = repr(CONTEXT)
    assert fault_of([tag], CONTEXT) == code
    assert repr(CONTEXT) == before


@pytest.mark.parametrize("lines", NESTED.values(), ids=NESTED.keys())
def test_a_template_nested_too_deep_is_refused(lines: Sequence[Line]) -> None:
    assert fault_of(lines, CONTEXT) == "too-deep"


@pytest.mark.parametrize(
    ("tag", "name", "near"),
    [
        ("{{ dayy }}", "dayy", "day"),
        ("{{ rows[0].m }}", "m", ""),
        ("{{ rows[7] }}", "7", ""),
        ('{{ rows[0]["it\'s"] }}', "it's", ""),
        ("{{ 未知.a }}", "未知", ""),
    ],
)
def test_an_unknown_name_is_told(tag: str, name: str, near: str) -> None:
    with pytest.raises(ContentError) as caught:
        rendered(built(tag), CONTEXT)
    found = caught.value.problems[0]
    assert found.values == ({"name": name, "near": near} if near else {"name": name})
    assert found.code == f"template.unknown-field{'-guess' if near else ''}"


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("{{ rows[0].items }}", "dishes"),
        ("{{ rows[0]['items'] }}", "dishes"),
        ("{% set r = rows[0] %}{{ r.items }}{{ r.values|length }}", "dishes2"),
        ("{{ x|e }}{{ x|escape|lower }}{{ x|forceescape }}", "&<&<&<"),
        ("{{ n }}{{ ratio }}{{ day }}{{ 1.50 }}", "21.502026-11-231.5"),
    ],
)
def test_a_key_comes_before_a_method_and_nothing_is_escaped_twice(tag: str, text: str) -> None:
    context = CONTEXT | {"rows": [{"items": "dishes", "values": "ab"}], "x": "&<"}
    assert paragraphs(rendered(built(tag), context)) == [text]


def test_none_is_our_own_fault() -> None:
    with pytest.raises(NoValueError):
        rendered(built("{{ x }}"), CONTEXT | {"x": None})


def test_a_property_is_one_line() -> None:
    long = "上\r\n下\r左\x85右\t&" + "长" * 300
    title = canonical(CORE, members_of(rendered(built("a"), {"title": long}))[CORE])
    assert title == "上下左右\t&" + "长" * 249


# ---------------------------------------------------------------- the zip around the parts

STATIC = {
    "1.xml": b"<a/>",
    TYPES: b"<Types/>",
    "word/b.xml": b"<b/>" * 5000,
    "word/\u9879\u76ee.xml": "甲".encode(),
}
PARTS = [
    ("word/a.xml", "质量".encode() * 9000),
    ("word/\u7a7a.xml", b""),
    ("c.bin", bytes(range(9))),
]
ZIPS: dict[str, tuple[dict[str, bytes], list[tuple[str, bytes]]]] = {
    "both": (STATIC, PARTS),
    "nothing filled": (STATIC, []),
    "everything filled": ({}, PARTS),
    "empty parts": ({TYPES: b""}, [("a", b"")]),
    "nothing": ({}, []),
    "many": ({TYPES: b"<a/>"}, [(f"word/{i}.xml", b"a" * i) for i in range(300)]),
}


@pytest.mark.parametrize(("static", "parts"), ZIPS.values(), ids=ZIPS.keys())
def test_a_package_is_a_whole_zip_without_a_clock(
    static: dict[str, bytes], parts: list[tuple[str, bytes]]
) -> None:
    data = assemble(make_shell(static), parts)
    assert data == assemble(make_shell(dict(reversed(static.items()))), list(parts))
    assert members_of(data) == static | dict(parts) == read_package(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
    order = sorted(static, key=lambda name: (name != TYPES, name))
    assert [member.filename for member in members] == [*order, *dict(parts)]
    for member in members:
        content = (static | dict(parts))[member.filename]
        assert member.date_time == (1980, 1, 1, 0, 0, 0)
        assert (member.file_size, member.CRC) == (len(content), zlib.crc32(content))
        assert (member.extra, member.comment, member.create_system) == (b"", b"", 0)
        assert member.flag_bits == (0 if member.filename.isascii() else 0x800)
        # The header before the content says the same as the directory at the end.
        head = data[member.header_offset :][:30]
        packed = int.from_bytes(head[18:22], "little")
        assert head[:4] == b"PK\3\4" and packed == member.compress_size
        assert int.from_bytes(head[14:18], "little") == member.CRC
        assert int.from_bytes(head[22:26], "little") == member.file_size
        start = member.header_offset + 30 + len(member.filename.encode())
        assert zlib.decompress(data[start : start + packed], -15) == content


def test_unzip_finds_no_fault(tmp_path: Path) -> None:
    unzip = shutil.which("unzip")
    if unzip is None:
        pytest.skip("unzip is not installed")
    (tmp_path / "a.zip").write_bytes(assemble(make_shell(STATIC), PARTS))
    done = subprocess.run([unzip, "-tqq", tmp_path / "a.zip"], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_a_filled_template_opens_in_python_docx() -> None:
    paper = docx.Document(io.BytesIO(rendered(built("{{ x }}", edit=picture), CONTEXT)))
    assert [paragraph.text for paragraph in paper.paragraphs] == [CONTEXT["x"]]


def run_python(code: str, **environ: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-P", "-W", "error", "-c", code],
        env=os.environ | {"CQO_DOCS_CACHE": "", **environ},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


FILL = """
import sys, zipfile, io, hashlib
from datetime import date
from cqo_docs.office import package
from cqo_docs.render.templates import open_template
data = open(sys.argv[1] if len(sys.argv) > 1 else {path!r}, "rb").read()
filled = open_template(data, "docx", "x")({{"as_of": date(2026, 1, 2), "title": "t", "x": "甲&"}})
archive = zipfile.ZipFile(io.BytesIO(filled))
parts = b"".join(n.encode() + archive.read(n) for n in archive.namelist())
print(package.DEFLATE, hashlib.sha256(parts).hexdigest(), len(filled))
print(*sorted(set(sys.modules) & {{"docxtpl", "lxml", "docx", "openpyxl", "isal"}}))
"""


def test_isal_and_zlib_pack_the_same_parts(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(built("{{ x }}" * 500))
    fill = FILL.format(path=str(path))
    found = [
        run_python(fill).split(),
        run_python(fill, CQO_DOCS_DEFLATE="isal").split(),
        run_python(fill, CQO_DOCS_DEFLATE="zlib").split(),
        run_python(f"import sys; sys.modules['isal'] = None\n{fill}").split(),
    ]
    assert [names[0] for names in found] == ["isal-1", "isal-1", "zlib-1", "zlib-1"]
    assert len({names[1] for names in found}) == 1
    assert found[2][2] == found[3][2] != found[0][2] == found[1][2]


# ---------------------------------------------------------------- the cache of compiled templates


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[Path]]:
    """An empty cache of one's own; the entries in it."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME", str(folder))
    monkeypatch.delenv("CQO_DOCS_CACHE", raising=False)
    return lambda: sorted(folder.glob("cqo-docs/*"))


def forbid_compiling(monkeypatch: pytest.MonkeyPatch) -> None:
    def compiling(*_: object) -> None:
        raise AssertionError("compiled again")

    monkeypatch.setattr(templates, "compile_template", compiling)


def test_a_template_is_compiled_once(
    kept: Callable[[], list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = built("{{ x }}", COLUMNS["cell loop"], "picture", edit=picture)
    first = rendered(data, CONTEXT)
    assert len(kept()) == 1
    forbid_compiling(monkeypatch)
    assert rendered(data, CONTEXT) == first
    assert len(kept()) == 1


def test_a_refused_template_is_not_kept(kept: Callable[[], list[Path]]) -> None:
    for _ in range(2):
        assert fault_of(["{{p x }}"], CONTEXT) == MISPLACED
    assert kept() == []


def test_a_changed_template_is_another(kept: Callable[[], list[Path]]) -> None:
    one, other = built("a{{ x }}"), built("b{{ x }}")
    assert paragraphs(rendered(one, CONTEXT)) != paragraphs(rendered(other, CONTEXT))
    assert len(kept()) == 2


@pytest.mark.parametrize("damage", ["", "short", "turned", "foreign", "link", "folder"])
def test_a_damaged_entry_is_made_anew(
    kept: Callable[[], list[Path]], damage: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    data = built("{{ x }}")
    whole = rendered(data, CONTEXT)
    (entry,) = kept()
    content = entry.read_bytes()
    harmful = {"": b"", "short": content[:-1], "foreign": b"x" * 40 + content[40:]}
    entry.unlink()
    if damage == "link":
        (tmp_path / "x").write_bytes(content)
        entry.symlink_to(tmp_path / "x")
    elif damage == "folder":
        entry.mkdir()
    else:
        entry.write_bytes(harmful.get(damage, content[:-1] + bytes([content[-1] ^ 1])))
    assert rendered(data, CONTEXT) == whole
    if damage != "folder":
        forbid_compiling(monkeypatch)
        assert rendered(data, CONTEXT) == whole


def test_without_a_cache_nothing_is_kept(
    kept: Callable[[], list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CQO_DOCS_CACHE", "off")
    assert paragraphs(rendered(built("{{ x }}"), CONTEXT)) == [CONTEXT["x"]]
    assert kept() == []


def test_a_second_run_needs_no_authoring_tool_and_another_program_starts_afresh(
    kept: Callable[[], list[Path]], tmp_path: Path
) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(built("{{ x }}"))
    program = tmp_path / "program"
    unused = shutil.ignore_patterns("__pycache__", "templates")
    shutil.copytree(Path(cqo_docs.__file__).parent, program / "cqo_docs", ignore=unused)

    def run() -> tuple[str, str]:
        environ = {"PYTHONPATH": str(program), "PYTHONDONTWRITEBYTECODE": "1"}
        first, modules = run_python(FILL.format(path=str(path)), **environ).splitlines()
        return first, modules

    first, modules = run()
    assert modules == "docx docxtpl isal lxml"
    assert run() == (first, "isal") and len(kept()) == 1
    for count, name in enumerate(("render/proof.py", "__init__.py"), 2):
        source = program / "cqo_docs" / name
        text = source.read_text(encoding="utf-8")
        changed = text.replace(cqo_docs.__version__, "99.0") if name == "__init__.py" else text
        source.write_text(f"{changed}# another\n" if changed == text else changed, encoding="utf-8")
        assert run() == (first, modules) and len(kept()) == count


def test_processes_that_compile_at_once_do_not_meet(
    kept: Callable[[], list[Path]], tmp_path: Path
) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(built(*["{{ x }}"] * 50))
    command = [sys.executable, "-P", "-c", FILL.format(path=str(path))]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") for _ in range(3)
    ]
    printed = {process.communicate(timeout=600)[0].splitlines()[0] for process in running}
    assert len(printed) == 1 and {process.returncode for process in running} == {0}
    (entry,) = kept()
    assert entry.name.startswith("template-")
    assert run_python(FILL.format(path=str(path))).split()[3:] == ["isal"]


# ---------------------------------------------------------------- a folder of templates


def paper(template: str, **values: Any) -> Document:
    """A document without words of its own."""
    return Document("a", 1, "t", "f", template, (), {"docx": BASE | CONTEXT | values})


def test_the_templates_are_those_of_the_opening(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(built("old {{ x }}"))
    (tmp_path / "b.docx").write_bytes(built("gone {{ x }}"))
    renderer = open_renderer(tmp_path)
    (tmp_path / "a.docx").write_bytes(built("new {{ x }}"))
    (tmp_path / "b.docx").unlink()
    (tmp_path / "c.docx").write_bytes(built("late"))
    assert paragraphs(renderer(paper("a.docx", x="1"), "docx")) == ["old 1"]
    assert paragraphs(renderer(paper("b.docx", x="2"), "docx")) == ["gone 2"]
    assert missing(renderer, "c.docx") == "template.missing"
    assert paragraphs(open_renderer(tmp_path)(paper("a.docx", x="3"), "docx")) == ["new 3"]


def missing(renderer: Any, name: str) -> str:
    """The code of the problem with a template that is named in it."""
    with pytest.raises(ContentError) as caught:
        renderer(paper(name), "docx")
    (found,) = caught.value.problems
    assert Path(found.where).name == Path(name).name
    assert "?" not in WORDS.problem(found)
    return found.code


def test_only_templates_are_read_and_nothing_is_written(tmp_path: Path) -> None:
    whole = built("{{ x }}")
    for name in ("a.docx", "~$a.docx", ".b.docx", "c.dotx", "d.docm", "e.txt", "f.docx.bak"):
        (tmp_path / name).write_bytes(whole if name == "a.docx" else b"no template")
    (tmp_path / "folder.docx").mkdir()
    (tmp_path / "link.docx").symlink_to(tmp_path / "a.docx")
    (tmp_path / "nowhere.docx").symlink_to(tmp_path / "nothing")
    (tmp_path / "circle.docx").symlink_to(tmp_path / "circle.docx")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.docx")
    before = {path.name: path.lstat().st_mtime_ns for path in tmp_path.iterdir()}
    renderer = open_renderer(tmp_path)
    digest = hashlib.sha256(whole).hexdigest()
    assert renderer.fingerprints == {"a.docx": digest, "link.docx": digest}
    assert renderer(paper("link.docx"), "docx") == renderer(paper("a.docx"), "docx")
    for name in ("folder", "nowhere", "circle", "pipe", "none", "../a"):
        assert missing(renderer, f"{name}.docx") == "template.missing"
    assert {path.name: path.lstat().st_mtime_ns for path in tmp_path.iterdir()} == before


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that fails to read")
def test_a_template_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.docx").symlink_to("/proc/self/mem")
    with pytest.raises(ContentError) as caught:
        open_renderer(tmp_path)
    assert [problem.code for problem in caught.value.problems] == ["template.unreadable"]
    assert caught.value.problems[0].where == str(tmp_path / "a.docx")


@pytest.mark.parametrize("name", ["none", "a.docx"])
def test_a_folder_that_is_none_holds_no_template(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.docx").write_bytes(built("a"))
    assert missing(open_renderer(tmp_path / name), "a.docx") == "template.missing"


def flagged(data: bytes) -> bytes:
    """A zip whose members call themselves encrypted."""
    changed = bytearray(data)
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        for found in re.finditer(re.escape(mark), data):
            changed[found.start() + at] |= 1
    return bytes(changed)


def damaged(data: bytes) -> bytes:
    """A zip whose body does not unpack."""
    at = data.index(BODY.encode()) + len(BODY)
    return data[:at] + b"\xff" * 40 + data[at + 40 :]


def shrunk(data: bytes) -> bytes:
    """A zip that says its body is far smaller than it is."""
    at = data.rindex(BODY.encode()) - 46 + 24
    return data[:at] + (10).to_bytes(4, "little") + data[at + 4 :]


TEMPLATE = built("{{ x }}")
MAIN = f"{WORD_TYPE}.document.main+xml"
MACROS = "application/vnd.ms-word.document.macroEnabled.main+xml"
NO_WORD_FILE: dict[str, bytes] = {
    "nothing": b"",
    "text": b"no zip",
    "cut off": TEMPLATE[:2000],
    "cut off at the end": TEMPLATE[:-9],
    "password": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4000),
    "encrypted members": flagged(TEMPLATE),
    "damaged member": damaged(TEMPLATE),
    "sizes that lie": shrunk(TEMPLATE),
    "bzip2": repacked(TEMPLATE, {}, zipfile.ZIP_BZIP2),
    "damaged lzma": damaged(repacked(TEMPLATE, {}, zipfile.ZIP_LZMA)),
    "another zip": repacked(TEMPLATE, dict.fromkeys(members_of(TEMPLATE)) | {"a": "b"}),
    "workbook": (TEMPLATES / "budget.xlsx").read_bytes(),
    "broken body without tags": repacked(built("a"), {BODY: ("</w:body>", "")}),
}
NO_WORD_PARTS: dict[str, dict[str, Any]] = {
    "macros": {TYPES: (MAIN, MACROS)},
    "dotx": {TYPES: (MAIN, f"{WORD_TYPE}.template.main+xml")},
    "no types": {TYPES: None},
    "no links": {"_rels/.rels": None},
    "no body": {BODY: None},
    "broken body": {BODY: ("</w:body>", "")},
    "broken styles": {"word/styles.xml": "<a>"},
    "document type": {"word/settings.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'},
}
NO_WORD_FILE |= {name: repacked(TEMPLATE, change) for name, change in NO_WORD_PARTS.items()}


@pytest.mark.parametrize("data", NO_WORD_FILE.values(), ids=NO_WORD_FILE.keys())
def test_what_is_no_word_file_is_refused(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(data)
    assert missing(open_renderer(tmp_path), "a.docx") == "template.unreadable"
    with pytest.raises(ContentError, match="unreadable"):
        render_file(path, BASE)


def test_far_too_large_a_template_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    size = sum(map(len, members_of(TEMPLATE).values()))
    monkeypatch.setattr(package, "LARGEST", size)
    assert read_package(TEMPLATE)
    monkeypatch.setattr(package, "LARGEST", size - 1)
    with pytest.raises(zipfile.BadZipFile):
        read_package(TEMPLATE)


def in_utf16(data: bytes) -> bytes:
    """An XML part in the other encoding that every reader of XML knows."""
    return etree.tostring(etree.fromstring(data), encoding="utf-16", xml_declaration=True)


WIDE = in_utf16(members_of(TEMPLATE)[BODY])
READABLE: dict[str, dict[str, Any]] = {
    "folders": {"word/media/": ""},
    "byte order mark": {BODY: b"\xef\xbb\xbf" + members_of(TEMPLATE)[BODY]},
    "utf-16": {BODY: WIDE},
    "utf-16 beside": {"customXml/item1.xml": in_utf16(b"<a/>")},
    "gb18030 beside": {"a.xml": b"<?xml version='1.0' encoding='gb18030'?><a>\xbc\xd7</a>"},
    "a part that is named only": {TYPES: ("</Types>", '<Default Extension="a" ContentType="b"/>'
                                          '<Override PartName="/b" ContentType="b"/></Types>')},
    "no properties": {CORE: None},
    "members of any name": {"customXml/\u9879\u76ee.xml": "<\u9879 a='{{ n }}'>{{ n }}</\u9879>"},
}  # fmt: skip


@pytest.mark.parametrize("changes", READABLE.values(), ids=READABLE.keys())
@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_what_office_programs_write_is_read(changes: dict[str, Any], method: int) -> None:
    data = repacked(TEMPLATE, changes, method)
    made = rendered(data, CONTEXT)
    assert paragraphs(made) == [CONTEXT["x"]]
    before, after = members_of(data), members_of(made)
    assert set(after) == {name for name in before if not name.endswith("/")}
    tagged = {name for name in after if name in (BODY, CORE) or b"{{" in before[name]}
    assert all(after[name] == before[name] for name in set(after) - tagged)


PROPERTIES = """<{p}coreProperties xmlns{colon}="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:creator>张三</dc:creator><{p}lastModifiedBy>李四</{p}lastModifiedBy>{more}</{p}coreProperties>"""  # noqa: E501
MODIFIED = '<dcterms:modified xsi:type="dcterms:W3CDTF">2011-11-11T11:11:11Z</dcterms:modified>'


@pytest.mark.parametrize("name", [CORE, "package/services/metadata/core-properties/0a.psmdcp"])
@pytest.mark.parametrize("prefix", ["cp", ""])
@pytest.mark.parametrize("more", ["", f"<dc:title>{{{{ x }}}}</dc:title>{MODIFIED}"])
def test_people_and_clock_are_forgotten_wherever_they_stand(
    name: str, prefix: str, more: str
) -> None:
    marks = {"p": f"{prefix}:" if prefix else "", "colon": f":{prefix}" if prefix else ""}
    data = repacked(
        repacked(TEMPLATE, {CORE: None, "_rels/.rels": (CORE, name)}),
        {name: PROPERTIES.format(**marks, more=more)},
    )
    found = members_of(rendered(data, CONTEXT | {"x": "上\n下"}))[name].decode()
    assert "张三" not in found and "李四" not in found and "2011" not in found
    assert ("<dc:title>上下</dc:title>" in found) == ("2026-01-02T00:00:00Z" in found) == bool(more)

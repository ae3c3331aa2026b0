"""A Word document as a person sees it: the same for forms, packs and pages."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from cqo_docs.office.word_package import WordFile, open_word
from cqo_docs.office.word_reading import Content, Paragraph, Table, blocks, margin_blocks
from cqo_docs.render.reading import Grid, Line, page_of
from cqo_docs.verify.reading import read_paper

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SPACES = (
    f'xmlns:w="{W}" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
)
STYLES = """
<w:style w:type="paragraph" w:default="1" w:styleId="a"><w:name w:val="Normal"/>
  <w:pPr><w:jc w:val="both"/><w:ind w:firstLine="480"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="b"><w:name w:val="heading 1"/><w:basedOn w:val="a"/>
  <w:pPr><w:jc w:val="center"/><w:ind w:firstLine="0"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="c"><w:name w:val="Ours"/><w:basedOn w:val="b"/></w:style>
<w:style w:type="paragraph" w:styleId="d"><w:name w:val="Notes"/>
  <w:rPr><w:vanish/></w:rPr></w:style>
<w:style w:type="character" w:styleId="e"><w:name w:val="Gone"/><w:rPr><w:vanish/></w:rPr></w:style>
<w:style w:type="character" w:styleId="f"><w:name w:val="Ring"/><w:basedOn w:val="f"/></w:style>
"""


def packed(body: str, header: str = "") -> bytes:
    """A Word file with a body, in the fewest parts that make one."""
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
        "_rels/.rels": links("officeDocument", "word/document.xml"),
        "word/_rels/document.xml.rels": links("styles", "styles.xml", "header", "header1.xml"),
        "word/document.xml": f"<w:document {SPACES}><w:body>{body}</w:body></w:document>",
        "word/styles.xml": f"<w:styles {SPACES}>{STYLES}</w:styles>",
        "word/header1.xml": f"<w:hdr {SPACES}>{header}</w:hdr>",
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return file.getvalue()


def links(*pairs: str) -> str:
    inside = "".join(
        f'<Relationship Id="r{n}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(zip(pairs[::2], pairs[1::2], strict=True))
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{inside}</Relationships>'


def opened(body: str, header: str = "") -> WordFile:
    return open_word(Path("a.docx"), io.BytesIO(packed(body, header)))


def run(text: str, look: str = "") -> str:
    return f'<w:r><w:rPr>{look}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*inside: str, look: str = "") -> str:
    return f"<w:p><w:pPr>{look}</w:pPr>{''.join(inside)}</w:p>"


def cell(*inside: str, look: str = "") -> str:
    return f"<w:tc><w:tcPr>{look}</w:tcPr>{''.join(inside)}</w:tc>"


def row(*cells: str, look: str = "") -> str:
    return f"<w:tr><w:trPr>{look}</w:trPr>{''.join(cells)}</w:tr>"


def table(*rows: str) -> str:
    return f"<w:tbl>{''.join(rows)}</w:tbl>"


def mark(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


CODE = "<w:r><w:instrText>IF </w:instrText></w:r>"
JOINED = "<w:rPr><w:del/></w:rPr>"
LAST = run("后")
SEEN = {
    "text that a revision puts in": (paragraph(run("前"), f"<w:ins>{LAST}</w:ins>"), ["前后"]),
    "text that a revision takes out": (
        paragraph(run("前"), "<w:del><w:r><w:delText>旧</w:delText></w:r></w:del>", LAST),
        ["前后"],
    ),
    "text that was moved away": (
        paragraph(run("前"), f"<w:moveFrom>{run('旧')}</w:moveFrom>", LAST),
        ["前后"],
    ),
    "two paragraphs that a revision joins": (
        paragraph(run("前"), look=JOINED) + paragraph(LAST) + paragraph(run("末")),
        ["前后", "末"],
    ),
    "a paragraph that a revision joins to a table": (
        paragraph(run("前"), look=JOINED) + table(row(cell(paragraph(LAST)))),
        ["前", "后"],
    ),
    "a row that a revision takes out": (
        table(row(cell(paragraph(run("旧"))), look="<w:del/>"), row(cell(paragraph(LAST)))),
        ["后"],
    ),
    "hidden text": (paragraph(run("旧", "<w:vanish/>"), LAST), ["后"]),
    "text that is not hidden after all": (
        paragraph(run("前", '<w:vanish w:val="0"/>'), LAST),
        ["前后"],
    ),
    "text hidden by its style": (paragraph(run("旧", '<w:rStyle w:val="e"/>'), LAST), ["后"]),
    "a paragraph hidden by its style": (
        paragraph(run("旧"), look='<w:pStyle w:val="d"/>') + paragraph(LAST),
        ["后"],
    ),
    "a style that rests on itself": (paragraph(run("后", '<w:rStyle w:val="f"/>')), ["后"]),
    "text struck through": (paragraph(run("旧", "<w:strike/>"), LAST), ["后"]),
    "text struck through twice": (paragraph(run("旧", "<w:dstrike/>"), LAST), ["后"]),
    "the result of a field": (
        paragraph(mark("begin"), CODE, mark("separate"), run("前"), mark("end"), LAST),
        ["前后"],
    ),
    "a field within the instruction of another": (
        paragraph(
            mark("begin"), CODE, mark("begin"), CODE, mark("separate"), run("旧"), mark("end"),
            mark("separate"), run("前"), mark("end"), LAST,
        ),
        ["前后"],
    ),
    "a field that nobody closed": (paragraph(mark("begin"), CODE, run("前"), LAST), ["前后"]),
    "a hyphen that keeps words together": (
        paragraph("<w:r><w:t>前</w:t><w:noBreakHyphen/><w:t>后</w:t></w:r>"),
        ["前-后"],
    ),
    "a sign from a font of signs": (
        paragraph('<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>', LAST),
        ["☑后"],
    ),
    "a tab": (paragraph("<w:r><w:t>前</w:t><w:tab/><w:t>后</w:t></w:r>"), ["前 后"]),
    "a line break": (paragraph(run("前"), "<w:r><w:br/></w:r>", LAST), ["前", "后"]),
    "a page break": (
        paragraph(run("前"), '<w:r><w:br w:type="page"/></w:r>', LAST),
        ["前", "后"],
    ),
    "words above words": (
        paragraph(
            f"<w:r><w:ruby><w:rt>{run('音')}</w:rt><w:rubyBase>{LAST}</w:rubyBase></w:ruby></w:r>"
        ),
        ["后"],
    ),
    "a link": (paragraph(f"<w:hyperlink>{LAST}</w:hyperlink>"), ["后"]),
    "a control around a paragraph": (
        f"<w:sdt><w:sdtContent>{paragraph(LAST)}</w:sdtContent></w:sdt>",
        ["后"],
    ),
    "a control around a row": (
        table(f"<w:sdt><w:sdtContent>{row(cell(paragraph(LAST)))}</w:sdtContent></w:sdt>"),
        ["后"],
    ),
    "what a newer program shows in its own way": (
        "<mc:AlternateContent><mc:Choice>" + paragraph(LAST) + "</mc:Choice><mc:Fallback>"
        + paragraph(run("旧")) + "</mc:Fallback></mc:AlternateContent>",
        ["后"],
    ),
}  # fmt: skip


def lines(parts: Iterator[Content | Table]) -> list[str]:
    """What is to be seen, line by line."""
    found = []
    for part in parts:
        contents = (
            [part] if isinstance(part, Content) else [c.content for row in part.rows for c in row]
        )
        for content in contents:
            found += [line for line in content.text.split("\n") if line]
    return found


@pytest.mark.parametrize(("body", "seen"), SEEN.values(), ids=SEEN)
def test_a_document_is_read_as_a_person_sees_it(body: str, seen: list[str]) -> None:
    assert lines(blocks(opened(body))) == seen
    assert lines(margin_blocks(opened("", body))) == seen
    assert [unit.text for unit in read_paper(Path("a.docx"), packed(body)).units] == seen
    assert list(page_lines(page_of(opened(body)))) == seen


def page_lines(page: Iterable[Line | Grid]) -> Iterator[str]:
    for item in page:
        if isinstance(item, Line):
            yield from item.text.replace("\t", " ").split("\n")
        else:
            for cells in item.rows:
                for one in cells:
                    yield from page_lines(one.content)


BOX = "<w:r><w:pict><w:txbxContent>" + paragraph(LAST) + "</w:txbxContent></w:pict></w:r>"


@pytest.mark.parametrize(
    ("inside", "kind", "text"),
    [
        (BOX, "box", "后"),
        (f"<mc:AlternateContent><mc:Choice>{BOX}</mc:Choice></mc:AlternateContent>", "box", "后"),
        ("<w:r><w:drawing/></w:r>", "picture", ""),
        ("<m:oMath><m:r><m:t>x</m:t></m:r></m:oMath>", "formula", "x"),
        ('<w:r><w:sym w:font="Wingdings" w:char="F001"/></w:r>', "sign", ""),
    ],
)
def test_what_is_no_text_stands_aside(inside: str, kind: str, text: str) -> None:
    (content,) = blocks(opened(paragraph(run("前"), inside)))
    assert isinstance(content, Content)
    assert content.text == "前"
    assert [(odd.kind, odd.text) for odd in content.odd] == [(kind, text)]


@pytest.mark.parametrize(
    ("look", "name", "align", "indent"),
    [
        ("", "normal", "left", True),
        ('<w:pStyle w:val="b"/>', "heading 1", "center", False),
        ('<w:pStyle w:val="c"/>', "ours", "center", False),
        ('<w:pStyle w:val="b"/><w:jc w:val="end"/>', "heading 1", "right", False),
        ('<w:ind w:firstLine="0"/>', "normal", "left", False),
        ('<w:ind w:left="480"/>', "normal", "left", True),
        ('<w:ind w:firstLine="x"/>', "normal", "left", False),
    ],
)
def test_a_paragraph_is_set_as_it_and_its_styles_say(
    look: str, name: str, align: str, indent: bool
) -> None:
    (content,) = blocks(opened(paragraph(LAST, look=look)))
    assert isinstance(content, Content)
    (one,) = content.parts
    assert isinstance(one, Paragraph)
    assert (one.style.names[0], one.align, one.indent) == (name, align, indent)


def test_joined_paragraphs_are_set_as_the_last_of_them() -> None:
    body = paragraph(run("前"), look=f'<w:pStyle w:val="b"/>{JOINED}') + paragraph(LAST)
    (content,) = blocks(opened(body))
    assert isinstance(content, Content)
    assert [(one.style.names[0], content.words(one)) for one in content.parts
            if isinstance(one, Paragraph)] == [("normal", "前后")]  # fmt: skip


def test_a_table_has_its_headings_spans_and_the_table_within() -> None:
    inner = table(row(cell(paragraph(run("内")))))
    head = row(cell(paragraph(run("头")), look='<w:gridSpan w:val="2"/>'), look="<w:tblHeader/>")
    first = row(cell(paragraph(run("甲")), look='<w:vMerge w:val="restart"/>'),
                cell(paragraph(run("乙")), inner, paragraph(run("丙"))))  # fmt: skip
    below = row(cell(paragraph(), look="<w:vMerge/>"), cell(paragraph(run("丁"))))
    (found,) = blocks(opened(table(head, first, below, head)))
    assert isinstance(found, Table)
    assert found.heads == 1
    assert [[(c.span, c.merged, c.below) for c in cells] for cells in found.rows[:3]] == [
        [(2, False, False)],
        [(1, True, False), (1, False, False)],
        [(1, True, True), (1, False, False)],
    ]
    content = found.rows[1][1].content
    assert [type(part).__name__ for part in content.parts] == ["Paragraph", "Table", "Paragraph"]
    assert content.text == "乙\n丙"
    assert [(odd.kind, odd.text) for odd in content.odd] == [("table-inside", "内")]


def test_a_page_has_the_table_within_a_cell_and_what_stands_beside_the_text() -> None:
    body = table(row(cell(paragraph(run("前")), table(row(cell(paragraph(BOX)))))))
    (grid,) = page_of(opened(body))
    assert isinstance(grid, Grid)
    outer, inner = grid.rows[0][0].content
    assert isinstance(outer, Line)
    assert isinstance(inner, Grid)
    assert outer.text == "前"
    assert list(page_lines([inner])) == ["后"]


def test_a_tab_is_read_as_whoever_reads_wants_it() -> None:
    body = paragraph("<w:r><w:t>前</w:t><w:tab/><w:t>后</w:t></w:r>")
    (content,) = blocks(opened(body), tab="\t")
    assert isinstance(content, Content)
    assert content.text == "前\t后"

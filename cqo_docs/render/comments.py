"""A filled Word file out again with comments beside its paragraphs, its text unchanged."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cqo_docs.base.errors import ContentError, problem
from cqo_docs.office.package import CONTENT_TYPES, assemble, make_shell, read_package
from cqo_docs.papers.composer import STYLES as BLOCK_STYLES
from cqo_docs.papers.composer import Document
from cqo_docs.papers.review import Line, Review
from cqo_docs.render import Renderer, template_name
from cqo_docs.render.word import MAIN, RELATIONSHIPS, W

WORD = W.strip("{}")
TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
RELATED = "{http://schemas.openxmlformats.org/package/2006/relationships}"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
COMMENTS, STYLES = "comments", "styles"
COMMENTS_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.comments+xml"
# Before the text of a paragraph: signs that no answer can hold, around the number of its block.
MARK = re.compile("\ufdd0(\\d+)\ufdd1")
XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
LATIN, SONG, SIZE = "Times New Roman", "宋体", "18"
# The styles of comments by the names that Word gives them, and how they look: small, one-spaced,
# without what the running text of the paper sets.
LOOKS: Mapping[str, tuple[str, str, str]] = {
    "annotation text": (
        "CommentText",
        "paragraph",
        '<w:pPr><w:spacing w:before="0" w:after="0" w:line="240" w:lineRule="auto"/>'
        '<w:ind w:left="0" w:right="0" w:firstLine="0"/><w:jc w:val="left"/></w:pPr>'
        '<w:rPr><w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="宋体" '
        'w:cs="Times New Roman"/><w:color w:val="auto"/><w:spacing w:val="0"/>'
        '<w:sz w:val="18"/><w:szCs w:val="18"/></w:rPr>',
    ),
    "annotation subject": (
        "CommentSubject",
        "paragraph",
        "<w:rPr><w:b/><w:bCs/></w:rPr>",
    ),
    "annotation reference": (
        "CommentReference",
        "character",
        '<w:rPr><w:sz w:val="18"/><w:szCs w:val="18"/></w:rPr>',
    ),
}


def review_copy(papers: Sequence[Document], review: Review, renderer: Renderer) -> bytes:
    """The Word file of one or more papers with the remarks of a review as comments.

    Raises ContentError where the template does not print each paragraph just once.
    """
    template = template_name(papers[0].template, "docx")
    where, render = str(renderer.path(template)), renderer.template(template)
    blocks = [block for paper in papers for block in paper.blocks]
    numbers = {block.id: n for n, block in enumerate(blocks)}
    clean = read_package(render(papers[0].contexts["docx"]))
    name = related(clean, "", MAIN)
    marked = read_package(render(marked_context(papers)))[name]
    if MARK.sub("", marked.decode()).encode() != clean[name]:
        raise ContentError([problem("template.weighs-blocks", where)])
    printed = Counter(map(int, MARK.findall(marked.decode())))
    wrong = [b for b in blocks if printed[numbers[b.id]] != 1]
    if wrong:
        raise ContentError(
            problem("template.block-places", where, text=b.text[:30], count=printed[numbers[b.id]])
            for b in wrong
        )
    remarks = {numbers[block]: lines for block, lines in review.blocks.items()}
    song = renderer.look.fonts.get(SONG, SONG) if renderer.look else SONG
    return _Copy(clean, name, review, song).written(marked, remarks)


def marked_context(papers: Sequence[Document]) -> dict[str, Any]:
    """The context of the Word file of one or more papers, each paragraph with a mark before it.

    The mark holds the number that the paragraph has among all paragraphs of these papers.
    """
    context = papers[0].contexts["docx"]
    blocks = [block for paper in papers for block in paper.blocks]
    numbers = {block.id: n for n, block in enumerate(blocks)}
    if len(papers) == 1:
        return _marked(context, papers[0], numbers)
    # Papers that share a file stand in its context under their own names.
    return {**context, **{p.id: _marked(context[p.id], p, numbers) for p in papers}}


def _marked(
    context: Mapping[str, Any], document: Document, numbers: Mapping[str, int]
) -> dict[str, Any]:
    """The context with the number of its block before the text of each paragraph."""
    flows: dict[str, list[int]] = {}
    for block in document.blocks:
        flows.setdefault(block.flow, []).append(numbers[block.id])
    marked = {}
    for flow, own in flows.items():
        rows = zip(context[flow], own, strict=True)
        marked[flow] = [
            {
                key: f"\ufdd0{number}\ufdd1{text}" if text and key in BLOCK_STYLES else text
                for key, text in row.items()
            }
            for row, number in rows
        ]
    return {**context, **marked}


def _rels(part: str) -> str:
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def related(members: Mapping[str, bytes], part: str, kind: str) -> str:
    """The name of the part to which another (or the package) points for a purpose; or empty."""
    rels = _rels(part) if part else RELATIONSHIPS
    for link in _tree(members[rels]) if rels in members else ():
        if link.get("Type", "").endswith(kind):
            target = posixpath.join("/", posixpath.dirname(part), link.get("Target", ""))
            return posixpath.normpath(target).lstrip("/")
    return ""


class _Copy:
    """A package that takes up comments."""

    def __init__(self, members: Mapping[str, bytes], main: str, review: Review, font: str) -> None:
        self.members, self.main, self.review, self.font = dict(members), main, review, font
        self.styles = self._style_ids()
        self.part, self.comments = self._comments_part()
        own = [int(c.get(f"{W}id", "-1")) for c in self.comments]
        self.next = max(own, default=-1) + 1

    def written(self, marked: bytes, remarks: Mapping[int, Sequence[Line]]) -> bytes:
        """The bytes of the copy: comments on the whole, then on the paragraphs by their marks."""
        root = _tree(marked)
        first = next((p for p in root.iter(f"{W}p") if "".join(p.itertext()).strip()), None)
        if first is not None:
            # A mere point: LibreOffice draws a range at the very start out of the first table.
            self._attach(first, self.review.whole, over=False)
        for text in list(root.iter(f"{W}t")):
            mark = MARK.search(text.text or "")
            if mark is None:
                continue
            text.text = MARK.sub("", text.text)
            lines = remarks.get(int(mark[1]))
            if lines:
                self._attach(next(text.iterancestors(f"{W}p")), lines)
        self.members[self.main] = _xml(root)
        self.members[self.part] = _xml(self.comments)
        return assemble(make_shell(self.members), ())

    def _attach(self, paragraph: Any, lines: Iterable[Line], over: bool = True) -> None:
        """A comment over a whole paragraph, or only at its end."""
        number = str(self.next)
        self.next += 1
        if over:
            look = paragraph.find(f"{W}pPr")
            paragraph.insert(0 if look is None else 1, _w("commentRangeStart", id=number))
            paragraph.append(_w("commentRangeEnd", id=number))
        paragraph.append(self._run(_w("commentReference", id=number)))
        self.comments.append(self._comment(number, lines))

    def _comment(self, number: str, lines: Iterable[Line]) -> Any:
        comment = _w(
            "comment",
            id=number,
            author=self.review.author,
            date=f"{self.review.day.isoformat()}T00:00:00Z",
            initials=self.review.initials,
        )
        for line in lines:
            paragraph = _w("p")
            style = self.styles.get("annotation text")
            if style:
                paragraph.append(_w("pPr", _w("pStyle", val=style)))
            if not len(comment):
                paragraph.append(self._run(_w("annotationRef")))
            paragraph.append(_text(line.label, self.font, bold=True))
            paragraph.append(_text(line.text, self.font))
            comment.append(paragraph)
        return comment

    def _run(self, *content: Any) -> Any:
        style = self.styles.get("annotation reference")
        return _w("r", *([_w("rPr", _w("rStyle", val=style))] if style else ()), *content)

    def _style_ids(self) -> dict[str, str]:
        """The ids of the styles of comments by name; those that are missing are added."""
        part = related(self.members, self.main, f"/{STYLES}")
        if part not in self.members:
            return {}
        root = _tree(self.members[part])
        known = {
            str(name.get(f"{W}val")).lower(): str(style.get(f"{W}styleId"))
            for style in root.iter(f"{W}style")
            if (name := style.find(f"{W}name")) is not None
        }
        taken = set(known.values())
        for name, (wanted, kind, look) in LOOKS.items():
            if name in known:
                continue
            known[name] = next(i for n in ("", *range(2, 99)) if (i := f"{wanted}{n}") not in taken)
            base = {"annotation text": "normal", "annotation subject": "annotation text"}.get(name)
            based = known.get(base or "")
            root.append(
                _tree(
                    f'<w:style xmlns:w="{WORD}" w:type="{kind}" w:styleId="{known[name]}">'
                    f'<w:name w:val="{name}"/>'
                    + (f'<w:basedOn w:val="{based}"/>' if based else "")
                    + '<w:uiPriority w:val="99"/><w:unhideWhenUsed/>'
                    + f"{look.replace(SONG, self.font)}</w:style>"
                )
            )
        self.members[part] = _xml(root)
        return known

    def _comments_part(self) -> tuple[str, Any]:
        """The part that holds the comments: the template's own, or a new one."""
        part = related(self.members, self.main, f"/{COMMENTS}")
        if part in self.members:
            return part, _tree(self.members[part])
        part = posixpath.join(posixpath.dirname(self.main), "comments.xml")
        types = _tree(self.members[CONTENT_TYPES])
        types.append(_element(f"{TYPES}Override", PartName=f"/{part}", ContentType=COMMENTS_TYPE))
        self.members[CONTENT_TYPES] = _xml(types)
        rels = _rels(self.main)
        links = _tree(self.members[rels])
        taken = {link.get("Id") for link in links}
        free = next(i for n in range(1, 9999) if (i := f"rId{n}") not in taken)
        link = {"Id": free, "Type": f"{OFFICE}/{COMMENTS}", "Target": "comments.xml"}
        links.append(_element(f"{RELATED}Relationship", **link))
        self.members[rels] = _xml(links)
        return part, _tree(f'<w:comments xmlns:w="{WORD}"/>'.encode())


def _tree(part: bytes | str) -> Any:
    from lxml import etree

    return etree.fromstring(part, etree.XMLParser(resolve_entities=False, no_network=True))


def _element(tag: str, /, **attributes: str) -> Any:
    from lxml import etree

    return etree.Element(tag, attributes)


def _w(tag: str, /, *children: Any, **attributes: str) -> Any:
    element = _element(f"{W}{tag}", **{f"{W}{name}": v for name, v in attributes.items()})
    element.extend(children)
    return element


def _text(words: str, font: str, bold: bool = False) -> Any:
    """A run of text in a Chinese font; its line breaks and tabs stand beside it."""
    # LibreOffice heeds no style of a comment: the looks stand on the run as well.
    fonts = _w("rFonts", hint="eastAsia", ascii=LATIN, hAnsi=LATIN, eastAsia=font, cs=LATIN)
    weight = (_w("b"), _w("bCs")) if bold else ()
    look = _w("rPr", fonts, *weight, _w("sz", val=SIZE), _w("szCs", val=SIZE))
    run = _w("r", look)
    for piece in re.split("(\n|\t)", words):
        if piece in {"\n", "\t"}:
            run.append(_w("br" if piece == "\n" else "tab"))
        elif piece:
            text = _w("t")
            text.text = piece
            text.set(XML_SPACE, "preserve")
            run.append(text)
    return run


def _xml(root: Any) -> bytes:
    from lxml import etree

    xml: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return xml

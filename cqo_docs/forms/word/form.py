"""Write the Word form of one company: labels and content controls, protected for filling in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple
from xml.sax.saxutils import escape, quoteattr

from cqo_docs.base.errors import PackError, problem
from cqo_docs.forms.word.looks import (
    FIELD,
    HEAD,
    MC,
    PROMPT,
    ROW_NUMBER,
    SHADE,
    UPRIGHT,
    W14,
    WIDE,
    Page,
    R,
    W,
    font_part,
    settings_part,
    styles_part,
)
from cqo_docs.office.package import assemble, make_shell
from cqo_docs.office.properties import custom_part, numbered
from cqo_docs.questions.asking import applies, known_facts
from cqo_docs.questions.fields import NONE, Field, Group, Layout, Section, Table, compared
from cqo_docs.questions.written import chosen, shown

# What a form of one version asks for is where a reader of that version looks for it.
VERSION = 1
ROWS = 8
# Tables of more columns than this lie on their side.
MOST_UPRIGHT = 6
WIDTHS = {"text": 16, "sentence": 20, "number": 11, "choice": 14, "date": 14}
FIELD_HEIGHT, ROW_HEIGHT, HEAD_HEIGHT = 440, 540, 380
CHECKED, UNCHECKED, CHECK_FONT = "2611", "2610", "Segoe UI Symbol"
# Word calls a longer tag or alias corrupt.
LONGEST_NAME = 64

# Custom properties: which form it is, its prompts, fingerprints of all that it says itself.
PROPERTY = "cqo-form"
PROMPTS_PROPERTY, TEXTS_PROPERTY = f"{PROPERTY}-prompts", f"{PROPERTY}-texts"
PROMPT_MARK = "|"
FINGERPRINT = 6

OFFICE = "application/vnd.openxmlformats-officedocument"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DOC_PROPS = f"{PACKAGE}/relationships/metadata/core-properties"


def word_form(layout: Layout, known: Mapping[str, Any] | None = None) -> bytes:
    """The form as a docx, with the answers already known (nested, by id) filled in.

    Raises PackError for an answer that the form cannot show.
    """
    writer = _Writer(layout, known or {})
    body = "".join(writer.body())
    document = (
        f'{HEAD}<w:document xmlns:w="{W}" xmlns:r="{R}" xmlns:w14="{W14}" xmlns:mc="{MC}"'
        f' mc:Ignorable="w14"><w:body>{body}</w:body></w:document>'
    )
    parts = {
        "word/document.xml": (document, "document.main"),
        "word/styles.xml": (styles_part(), "styles"),
        "word/settings.xml": (settings_part(), "settings"),
        "word/fontTable.xml": (font_part(), "fontTable"),
        "word/footer1.xml": (_footer(layout), "footer"),
    }
    kinds = {name: f"{OFFICE}.wordprocessingml.{kind}+xml" for name, (_, kind) in parts.items()}
    kinds["docProps/core.xml"] = "application/vnd.openxmlformats-package.core-properties+xml"
    kinds["docProps/custom.xml"] = f"{OFFICE}.custom-properties+xml"
    members = {name: text for name, (text, _) in parts.items()} | {
        "[Content_Types].xml": _content_types(kinds),
        "_rels/.rels": _relationships(
            (f"{R}/officeDocument", "word/document.xml"),
            (DOC_PROPS, "docProps/core.xml"),
            (f"{R}/custom-properties", "docProps/custom.xml"),
        ),
        "word/_rels/document.xml.rels": _relationships(
            *((f"{R}/{name}", f"{name}.xml") for name in ("styles", "settings", "fontTable")),
            (f"{R}/footer", "footer1.xml"),
        ),
        "docProps/core.xml": _core(layout),
        "docProps/custom.xml": _custom(layout, writer.fixed),
    }
    return assemble(make_shell({name: text.encode() for name, text in members.items()}), ())


def fixed_texts(layout: Layout) -> tuple[tuple[str, str], ...]:
    """Every paragraph that an empty form says itself, under what it is."""
    writer = _Writer(layout, {})
    for _ in writer.body():
        pass
    return tuple(writer.fixed)


def fingerprint(role: str, text: str) -> str:
    """What tells a text of a form from what people write, whatever was done to its blanks."""
    marked = f"{role}:{compared(text)}".encode("utf-8", "replace")
    return hashlib.sha256(marked).hexdigest()[:FINGERPRINT]


# What a text of the form is, by its style. Numbers are not told from answers by their text.
ROLES = {
    "Title": "text", "Version": "text", "Guide": "text", "Heading1": "text", "Note": "text",
    "CellHead": "head", "SmallHead": "head", "CellGroup": "head", "CellLabel": "label",
    "CellHint": "hint", "SmallHint": "example", "Cell": "pointer", "Tick": "option",
}  # fmt: skip

# The body


class _Cell(NamedTuple):
    """One cell: its paragraphs, how many columns it takes, whether it is shaded."""

    content: str
    span: int = 1
    shaded: bool = False


class _Row(NamedTuple):
    """One row, which never breaks over two pages."""

    cells: Sequence[_Cell]
    height: int
    header: bool = False


@dataclass
class _Writer:
    """Writes paragraphs and tables; keeps what the form says itself."""

    layout: Layout
    known: Mapping[str, Any]
    fixed: list[tuple[str, str]] = field(default_factory=list)
    controls: int = 0

    def __post_init__(self) -> None:
        self.words = self.layout.words
        self.prompts: Mapping[str, str] = self.words["prompts"]
        self.idle = self._idle()
        # Said in some forms only, and no answer in any.
        self.fixed.append(("hint", str(self.words["not-needed"])))

    def _idle(self) -> frozenset[str]:
        """The questions that need no answer, as far as the known answers tell."""
        if not self.known:
            return frozenset()
        facts = known_facts(self.layout.asking, self.known).facts
        return frozenset(a.path for a in self.layout.asking.asked if applies(a, facts) is False)

    def body(self) -> Iterator[str]:
        """The whole body, each stretch of one page size with its section properties."""
        stretches = [(page, list(texts)) for page, texts in
                     groupby(self._content(), key=lambda pair: pair[0])]  # fmt: skip
        for number, (page, texts) in enumerate(stretches, 1):
            yield from (text for _, text in texts)
            section = _section(page)
            last = number == len(stretches)
            yield section if last else _paragraph("Gap", "", section)

    def _content(self) -> Iterator[tuple[Page, str]]:
        yield UPRIGHT, self.said("Title", str(self.words["title"]))
        version = str(self.words["version"])
        locale = self.layout.wording.locale
        yield UPRIGHT, self.said("Version", version.format(version=VERSION, locale=locale))
        for number, text in enumerate(self.words["guide"], 1):
            yield UPRIGHT, self.said("Guide", f"{number}.\t{text}")
        for section in self.layout.sections:
            yield UPRIGHT, "".join(self._section(section))
        for table in self.layout.tables:
            page = WIDE if len(table.fields) > MOST_UPRIGHT else UPRIGHT
            yield page, "".join(self._table(table, page))

    def said(self, style: str, text: str) -> str:
        """A paragraph of the form's own."""
        if style in ROLES:
            self.fixed.append((ROLES[style], text))
        return _paragraph(style, _run(text))

    # Sections

    def _section(self, section: Section) -> Iterator[str]:
        heading = str(self.words["section"]).format(number=section.number, title=section.title)
        yield self.said("Heading1", heading)
        heads = [self.said("CellHead", self.words["columns"][name]) for name in FIELD]
        widths = list(FIELD.values())
        rows = [_Row([_Cell(text, shaded=True) for text in heads], HEAD_HEIGHT, header=True)]
        for group in section.groups:
            rows += self._group(group)
        yield _table(widths, rows)
        yield _paragraph("Gap", "")

    def _group(self, group: Group) -> Iterator[_Row]:
        if group.caption:
            text = group.caption
            if group.note:
                text = str(self.words["caption"]).format(caption=text, note=group.note)
            yield _Row([_Cell(self.said("CellGroup", text), len(FIELD), True)], HEAD_HEIGHT)
        for line in group.lines:
            label, hints = line.label, line.field.hints if line.field else ()
            if line.field is not None and line.field.required:
                label = str(self.words["required"]).format(label=label)
            if line.table is not None:
                text = str(self.words["see-list"]).format(number=line.table.number)
                value = self.said("Cell", text)
            elif line.field is not None:
                value = self.value(line.field, line.field.path, _at(self.known, line.field.path))
                if line.field.path in self.idle and _at(self.known, line.field.path) is None:
                    hints = (str(self.words["not-needed"]), *hints)
            said = "".join(self.said("CellHint", text) for text in hints)
            yield _Row([
                _Cell(self.said("CellCenter", str(line.number))),
                _Cell(self.said("CellLabel", label), shaded=True),
                _Cell(value),
                _Cell(said or _paragraph("CellHint", "")),
            ], FIELD_HEIGHT)  # fmt: skip

    # Lists

    def _table(self, table: Table, page: Page) -> Iterator[str]:
        heading = str(self.words["list"]).format(number=table.number, title=table.title)
        yield self.said("Heading1", heading)
        yield self.said("Note", str(self.words["rows"]).format(rows=ROWS))
        for note in table.notes:
            yield self.said("Note", note)
        widths = _list_widths(table, page)
        heads = [self.said("SmallHead", str(self.words["columns"]["number"]))]
        for own in table.fields:
            form = str(self.words["required"]) if own.required else "{label}"
            heads.append(self.said("SmallHead", form.format(label=own.label)))
        rows = [_Row([_Cell(text, shaded=True) for text in heads], HEAD_HEIGHT, header=True)]
        rows.append(self._example(table))
        entries = _at(self.known, table.path) or ()
        for number in range(max(ROWS, len(entries))):
            entry = entries[number] if number < len(entries) else {}
            if not entries and _at(self.known, table.path) is not None and not number:
                # Said to be empty, which is more than not said.
                entry = {table.fields[0].path.rpartition(".")[2]: self._none()}
            rows.append(self._entry(table, number, entry))
        yield _table(widths, rows)
        yield _paragraph("Gap", "")

    def _none(self) -> str:
        return str(self.layout.wording.formats["none"])

    def _example(self, table: Table) -> _Row:
        cells = [_Cell(self.said("SmallHint", str(self.words["example-row"])))]
        cells += [
            _Cell(self.said("SmallHint", "".join(own.hints)) if any(own.hints) else EMPTY_HINT)
            for own in table.fields
        ]
        return _Row(cells, HEAD_HEIGHT)

    def _entry(self, table: Table, number: int, entry: Mapping[str, Any]) -> _Row:
        cells = [_Cell(self.said("SmallCenter", str(number + 1)))]
        for own in table.fields:
            path = own.path.replace("[]", f"[{number}]", 1)
            value = _at(entry, own.path.removeprefix(f"{table.path}[]."))
            cells.append(_Cell(self.value(own, path, value, "Small")))
        return _Row(cells, ROW_HEIGHT)

    # Values

    def value(self, own: Field, path: str, value: Any, style: str = "Cell") -> str:
        """The paragraphs of a cell that is filled in."""
        if own.kind == "ticks":
            return "".join(self._ticks(own, path, value))
        text = None
        if value is not None:
            text = shown(own, value, self.layout.wording)
            if text is None:
                raise PackError([problem("form.cannot-show", field=path)])
        kind, look = _control_kind(own, value)
        prompt = self.prompts[kind if kind in self.prompts else "text"]
        content = _run(prompt, PROMPT) if text is None else _run(text)
        return _paragraph(style, self.control(path, own.label, look, content, text is None))

    def _ticks(self, own: Field, path: str, value: Any) -> Iterator[str]:
        """A box for every choice, each on a line."""
        ids = set()
        if value is not None:
            found = [chosen(own.choices, str(item)) for item in value]
            ids = {choice.id for choice in found if choice is not None} or {NONE}
        for choice in own.choices:
            on = choice.id in ids
            state = f'w14:font="{CHECK_FONT}"/>'
            look = (
                f'<w14:checkbox><w14:checked w14:val="{int(on)}"/>'
                f'<w14:checkedState w14:val="{CHECKED}" {state}'
                f'<w14:uncheckedState w14:val="{UNCHECKED}" {state}</w14:checkbox>'
            )
            sign = _run(chr(int(CHECKED if on else UNCHECKED, 16)), fonts=CHECK_FONT)
            # A name on a box LibreOffice 7.4 would put where the standard has none.
            box = self.control(f"{path}={choice.id}", "", look, sign, False)
            self.fixed.append(("option", choice.label))
            yield _paragraph("Tick", f"{box}{_run(f' {choice.label}')}")

    def control(self, tag: str, alias: str, look: str, content: str, prompts: bool) -> str:
        """A content control inside a paragraph; rich text where `look` says nothing else.

        LibreOffice 7.4 repeats the text of plain ones, and of those around whole paragraphs.
        """
        self.controls += 1
        showing = "<w:showingPlcHdr/>" if prompts else ""
        name = f"<w:alias w:val={quoteattr(alias[:LONGEST_NAME])}/>" if alias else ""
        return (
            f"<w:sdt><w:sdtPr>{name}<w:tag w:val={quoteattr(tag)}/>"
            f'<w:id w:val="{self.controls}"/><w:lock w:val="sdtLocked"/>{showing}{look}'
            f"</w:sdtPr><w:sdtContent>{content}</w:sdtContent></w:sdt>"
        )


def _at(data: Any, path: str) -> Any:
    """The answer at a path of nested answers; None where it was not given."""
    for piece in path.replace("[", ".[").split("."):
        if data is None:
            return None
        if piece.startswith("["):
            number = int(piece[1:-1])
            data = data[number] if number < len(data) else None
        else:
            data = data.get(piece) if isinstance(data, Mapping) else None
    return data


def _control_kind(own: Field, value: Any) -> tuple[str, str]:
    """Which prompt a field has, and the properties of its control."""
    if own.choices:
        items = "".join(
            f"<w:listItem w:displayText={quoteattr(c.label)} w:value={quoteattr(c.id)}/>"
            for c in own.choices
        )
        return "choice", f"<w:dropDownList>{items}</w:dropDownList>"
    if own.kind == "date":
        full = f' w:fullDate="{value.isoformat()}T00:00:00Z"' if isinstance(value, date) else ""
        return "date", (
            f'<w:date{full}><w:dateFormat w:val="yyyy年M月d日"/><w:lid w:val="zh-CN"/>'
            '<w:storeMappedDataAs w:val="dateTime"/><w:calendar w:val="gregorian"/></w:date>'
        )
    return "text", ""


def _list_widths(table: Table, page: Page) -> list[int]:
    """The columns of a list, in proportion to what they hold."""
    shares = [
        WIDTHS["sentence" if own.kind == "text" and own.length > 100 else own.kind]
        for own in table.fields
    ]
    room = page.text_width - ROW_NUMBER
    widths = [room * share // sum(shares) for share in shares]
    return [ROW_NUMBER, *widths[:-1], room - sum(widths[:-1])]


# WordprocessingML


def _run(text: str, style: str = "", fonts: str = "") -> str:
    """Text whose quotes take the Chinese font; line ends and tabs as Word has them."""
    look = f'<w:rStyle w:val="{style}"/>' if style else ""
    slots = "".join(f' w:{slot}="{fonts}"' for slot in ("ascii", "hAnsi", "eastAsia", "cs"))
    look += f'<w:rFonts w:hint="eastAsia"{slots if fonts else ""}/>'
    inner = escape(text)
    for char, mark in (("\n", "br"), ("\t", "tab")):
        inner = inner.replace(char, f"{OVER}<w:{mark}/>{AGAIN}")
    return f"<w:r><w:rPr>{look}</w:rPr>{AGAIN}{inner}{OVER}</w:r>"


AGAIN, OVER = '<w:t xml:space="preserve">', "</w:t>"


def _paragraph(style: str, content: str, before: str = "") -> str:
    """A paragraph; `before` are further properties of it."""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{before}</w:pPr>{content}</w:p>'


EMPTY_HINT = _paragraph("SmallHint", "")


def _table(widths: Sequence[int], rows: Sequence[_Row]) -> str:
    """A table of fixed widths, which WPS reads first."""
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="Grid"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        f'<w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>'
        f"{''.join(_row(widths, row) for row in rows)}</w:tbl>"
    )


def _row(widths: Sequence[int], row: _Row) -> str:
    cells, start = [], 0
    for cell in row.cells:
        cells.append(_cell(cell, sum(widths[start : start + cell.span])))
        start += cell.span
    head = "<w:tblHeader/>" if row.header else ""
    return (
        f'<w:tr><w:trPr><w:cantSplit/><w:trHeight w:val="{row.height}" w:hRule="atLeast"/>{head}'
        f"</w:trPr>{''.join(cells)}</w:tr>"
    )


def _cell(cell: _Cell, width: int) -> str:
    span = f'<w:gridSpan w:val="{cell.span}"/>' if cell.span > 1 else ""
    shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{SHADE}"/>' if cell.shaded else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{span}{shade}'
        f'<w:vAlign w:val="center"/></w:tcPr>{cell.content}</w:tc>'
    )


def _section(page: Page) -> str:
    wide = ' w:orient="landscape"' if page.width > page.height else ""
    return (
        '<w:sectPr><w:footerReference w:type="default" r:id="rId4"/>'
        f'<w:pgSz w:w="{page.width}" w:h="{page.height}"{wide}/>'
        f'<w:pgMar w:top="{page.top}" w:right="{page.right}" w:bottom="{page.bottom}"'
        f' w:left="{page.left}" w:header="567" w:footer="{page.footer}" w:gutter="0"/></w:sectPr>'
    )


# Other parts


def _footer(layout: Layout) -> str:
    """Page n of m."""
    first, middle, last = (_run(text) for text in layout.words["page"])
    number, count = (
        f'<w:fldSimple w:instr=" {name} ">{_run("1")}</w:fldSimple>'
        for name in ("PAGE", "NUMPAGES")
    )
    text = _paragraph("Footer", f"{first}{number}{middle}{count}{last}")
    return f'{HEAD}<w:ftr xmlns:w="{W}">{text}</w:ftr>'


def _core(layout: Layout) -> str:
    """The properties without a clock or a name: equal forms are equal files."""
    return (
        f'{HEAD}<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{escape(str(layout.words['title']))}</dc:title><dc:creator>cqo-docs</dc:creator>"
        "</cp:coreProperties>"
    )


def _custom(layout: Layout, fixed: Sequence[tuple[str, str]]) -> str:
    """Which form it is, and what in it is the form's own."""
    marks = {fingerprint(role, text) for role, text in fixed}
    values = {
        PROPERTY: f"word {VERSION} {layout.wording.locale}",
        PROMPTS_PROPERTY: PROMPT_MARK.join(layout.words["prompts"].values()),
    }
    values |= numbered(TEXTS_PROPERTY, marks)
    return custom_part(values)


def _content_types(kinds: Mapping[str, str]) -> str:
    rels = "application/vnd.openxmlformats-package.relationships+xml"
    inner = "".join(
        f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in kinds.items()
    )
    return (
        f'{HEAD}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels"'
        f' ContentType="{rels}"/><Default Extension="xml" ContentType="application/xml"/>'
        f"{inner}</Types>"
    )


def _relationships(*rows: tuple[str, str]) -> str:
    inner = "".join(
        f'<Relationship Id="rId{n}" Type="{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(rows, 1)
    )
    return f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{inner}</Relationships>'

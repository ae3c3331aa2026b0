"""The parts that Word templates are built of: pages, styles, paragraphs, tables, packages."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from lxml import etree

# ---------------------------------------------------------------- layout: twips unless said

SONG, FANG, KAI, HEI = "宋体", "仿宋_GB2312", "楷体_GB2312", "黑体"
XIAO_BIAO_SONG = "方正小标宋简体"
LATIN = "Times New Roman"
# What Word takes where a machine lacks the font named first.
STAND_INS = {FANG: "仿宋", KAI: "楷体", XIAO_BIAO_SONG: "华文中宋", HEI: "SimHei", SONG: "SimSun"}
RED, SEAL_RED, GOLD, GREY, SHADE = "FF0000", "C00000", "C9A14A", "595959", "F2F2F2"

# The Chinese sizes in half-points.
HAO_XIAO_CHU, HAO_1, HAO_2, HAO_XIAO_2, HAO_3, HAO_4 = 72, 52, 44, 36, 32, 28
HAO_XIAO_4, HAO_5 = 24, 21
TWIPS_OF_3, TWIPS_OF_4 = 320, 280  # the width of one character


@dataclass(frozen=True)
class Page:
    """The paper of a section and the room that its text has; A4 after GB/T 9704 by default."""

    width: int = 11906
    height: int = 16838
    top: int = 2098
    right: int = 1474
    bottom: int = 1984
    left: int = 1587
    header: int = 851
    footer: int = 1417
    pitch: int = 0  # of the line grid

    @property
    def text_width(self) -> int:
        """The width between the margins."""
        return self.width - self.left - self.right


LINE = 579  # 22 of them fill the 225 mm of the text block; 580 would leave 21
OFFICIAL = Page(pitch=LINE)
FORM = Page()
WIDE = Page(16838, 11906, top=1474, right=1587, bottom=1304, left=1587, footer=737)
CEREMONY = Page(top=1134, right=1134, bottom=1134, left=1134, header=567, footer=567)

# A sealed paper's date stands four characters from the right margin and its name is centred over
# it: both stand in the middle of this width, which holds a name of 15 characters.
SIGNATURE_WIDTH = 4740
SIGNATURE_CHARACTERS = 15
MARK_CHARACTERS = 12  # of an issuer mark on one line at full width
NARROW_CHARACTERS = 18  # at two thirds of it; beyond, the characters are smaller too


@dataclass(frozen=True)
class Style:
    """One paragraph style."""

    id: str
    name: str
    font: str = FANG
    size: int = HAO_3
    line: int = LINE  # exact; 0 is single spacing
    before: int = 0
    after: int = 0
    first: int = 0  # indent of the first line, in characters
    left: int = 0
    right: int = 0
    hanging: int = 0
    align: str = "both"
    level: int = -1  # in the outline
    keep: bool = False  # with the next paragraph
    color: str = ""
    tighten: int = 0  # between characters
    scale: int = 100  # width of the characters, per cent
    line_below: str = ""  # colour of a rule as wide as the text
    tab: int = 0  # right-aligned stop


BLOCKS = {
    "heading1": "Heading1",
    "heading2": "Heading2",
    "body": "Body",
    "item": "Item",
    "plain": "Plain",
    "note": "Note",
    "center": "Center",
}


def flow_styles(size: int, line: int, note: int, tighten: int = 0) -> tuple[Style, ...]:
    """The styles of a flow's blocks, and the default paragraph."""
    text = partial(Style, size=size, line=line, tighten=tighten)
    return (
        text("Normal", "Normal"),
        text("Heading1", "heading 1", HEI, first=2, level=0, keep=True),
        text("Heading2", "heading 2", KAI, first=2, level=1, keep=True),
        text("Body", "正文文字", first=2),
        text("Item", "条目", first=2),
        text("Plain", "顶格"),
        text("Note", "说明", size=note, first=2, color=GREY, tighten=0),
        text("Center", "居中标题", HEI, align="center", keep=True),
    )


def cell_styles(size: int) -> tuple[Style, ...]:
    """The styles of table cells: single spacing."""
    text = partial(Style, size=size, line=0)
    return (
        text("Cell", "表格正文", align="left"),
        text("CellCenter", "表格居中", align="center"),
        text("CellRight", "表格数字", align="right"),
        text("CellLabel", "表格标签", HEI, align="center"),
        text("CellHead", "表头", HEI, align="center", keep=True),
    )


title = partial(
    Style,
    "Title",
    "Title",
    font=XIAO_BIAO_SONG,
    size=HAO_2,
    line=700,
    align="center",
    keep=True,
)
RUNNING_TEXT = (
    *flow_styles(HAO_3, LINE, HAO_4, tighten=-5),  # -5: 28 characters fit a line of 156 mm
    *cell_styles(HAO_XIAO_4),
    title(after=LINE),
    replace(title(), id="TitleOver", name="文号上的标题"),
    Style("Number", "文号", after=LINE, align="center", keep=True),
    Style("Sign", "署名", left=OFFICIAL.text_width - SIGNATURE_WIDTH, align="center", tighten=-5),
    Style("SignLong", "长署名", right=TWIPS_OF_3, align="right", tighten=-5),
    Style("Box", "组织框", size=HAO_4, line=0, before=60, after=60, align="center"),
    # The hanging indent is the stop of the tab between label and line.
    Style("Signer", "签字人", line=640, left=3200, hanging=3200, align="left", tighten=-5),
    Style("Blank", "签字栏", align="left", tighten=-5),
)
mark = partial(
    Style, font=XIAO_BIAO_SONG, size=HAO_XIAO_CHU, line=960, before=1800, align="center", color=RED
)
colophon = partial(Style, size=HAO_4, line=0, before=40, after=40, align="left")
RED_HEAD = (
    mark("Mark", "发文机关标志"),
    mark("MarkLong", "长发文机关标志", scale=66),
    mark("MarkLongest", "特长发文机关标志", size=HAO_1, scale=66),
    Style("RedNumber", "红头文号", before=2 * LINE, align="center", line_below=RED),
    replace(title(before=2 * LINE, after=LINE), id="RedTitle", name="红头标题"),
    colophon("Copies", "抄送机关", left=4 * TWIPS_OF_4, hanging=3 * TWIPS_OF_4, right=TWIPS_OF_4),
    colophon("Printer", "印发机关", left=TWIPS_OF_4),
    colophon("PrintDate", "印发日期", right=TWIPS_OF_4, align="right"),
)
FORM_TEXT = (
    *(
        replace(style, first=0, before=120, after=60) if style.id == "Heading1" else style
        for style in flow_styles(HAO_XIAO_4, 400, HAO_5)
    ),
    *cell_styles(HAO_5),
    title(after=240),
    Style("Unit", "单位与日期", size=HAO_XIAO_4, line=400, after=60, align="left", keep=True),
    Style("Blank", "签字栏", size=HAO_XIAO_4, line=400, align="left"),
)
LETTER = (
    *flow_styles(HAO_XIAO_2, 600, HAO_4),
    Style("Number", "编号", size=HAO_4, line=480, align="right"),
    title(size=128, line=1600, before=420, color=SEAL_RED),
    Style("Sign", "署名", line=560, left=2600, align="center"),
    Style("SignLong", "长署名", line=560, align="right"),
)
PAGE_NUMBERS = (
    Style("PageOdd", "单页页码", SONG, HAO_4, line=0, right=TWIPS_OF_4, align="right"),
    Style("PageEven", "双页页码", SONG, HAO_4, line=0, left=TWIPS_OF_4, align="left"),
)
# The paragraph that Word demands after a table, as thin as can be.
GAP = Style("Gap", "表后", size=2, line=20)

SIDES = ("top", "left", "bottom", "right")
THIN = {"val": "single", "sz": 4, "space": 0, "color": "000000"}
TABLE_STYLES = (("Grid", "公文表格", True, 57), ("Open", "无线表格", False, 0))  # lines, margin
LETTER_PANELS = (3300, 7700, 3400)  # head, text, signatures
LETTER_FRAME = {"val": "double", "sz": 24, "space": 26, "color": SEAL_RED}
LETTER_INNER_FRAME = {"val": "double", "sz": 12, "space": 0, "color": GOLD}
LETTER_MARGINS = dict(zip(SIDES, (200, 720, 200, 720), strict=True))
BOX_WIDTH = 3800

# The columns of the tables: each grid adds up to the width of its page.
INDICATORS = {
    "no": 540, "group": 620, "name": 1170, "target": 1280, "evidence": 1064, "scoring": 1741,
    "weight": 560, "self": 560, "superior": 560, "board": 750,
}  # fmt: skip
GRADES = {"grade": 1268, "range": 2700, "result": 4877}
ITEMS = {
    "no": 540, "group": 760, "name": 1650, "cost_class": 960, "basis": 1404, "owner": 1180,
    "q1": 1220, "q2": 1220, "q3": 1220, "q4": 1220, "amount": 1330, "source": 960,
}  # fmt: skip
EXECUTION = {
    "no": 700, "name": 5164, "planned": 2100, "used": 2100, "rest": 2100, "percent": 1500,
}  # fmt: skip
CONFIRM_TABLES = {
    "findings": {"no": 560, "severity": 680, "message": 3400, "clauses": 1767, "remedy": 2438},
    "conflicts": {"parameter": 1300, "winner": 2600, "losers": 2600, "note": 2345},
    "assumptions": {"no": 560, "field": 2608, "value": 2608, "reason": 3069},
    "blanks": {"no": 560, "field": 3000, "papers": 5285},
    "sources": {"name": 2300, "role": 680, "confidence": 960, "note": 4905},
}
CONDITIONS = {"no": 560, "source": 1640, "cell": 2995, "evidence": 2450, "verdict": 1200}
BARS = {"no": 560, "source": 1640, "cell": 5245, "declared": 1400}
FILED = {"no": 560, "title": 3163, "box": 700, "no2": 560, "title2": 3162, "box2": 700}
HANDOVER = {"no": 660, "item": 1960, "scope": 3825, "state": 2400}
SCORES = ("weight", "self", "superior", "board")
MONEY = ("q1", "q2", "q3", "q4", "amount")
CENTRED = {
    "no", "group", "cost_class", "grade", "range", "severity", "role", "confidence", "verdict",
    "declared", "box", "no2", "box2", "quarter", "hours", "cycle", "day", "priority", "stage",
    "part", "total", "own", "optional", "apart", "known", *SCORES,
}  # fmt: skip
RIGHT = {*MONEY, "planned", "used", "rest", "percent"}

# ---------------------------------------------------------------- WordprocessingML

W_NS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R_NS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
CHART_RELATION = "rId6"  # behind styles, settings, fonts and two footers
NAMESPACES = {"w": W_NS, "r": R_NS}
XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"

Element = etree._Element


def w(tag: str, *children: Element | None, **attributes: object) -> Element:
    """A w: element; attributes are w: too, and children that are None are left out."""
    element = etree.Element(f"{{{W_NS}}}{tag}", nsmap=NAMESPACES)
    for name, value in attributes.items():
        element.set(f"{{{W_NS}}}{name}", str(value))
    element.extend([child for child in children if child is not None])
    return element


def given(condition: object, element: Element) -> Element | None:
    """The element if the condition holds."""
    return element if condition else None


def of(name: str) -> str:
    """The tag that prints a value."""
    return f"{{{{ {name} }}}}"


def run(text: str) -> Element:
    """Text whose quotes and dashes take the Chinese font; a tab character becomes a tab."""
    element = w("r", w("rPr", w("rFonts", hint="eastAsia")))
    for i, piece in enumerate(text.split("\t")):
        if i:
            element.append(w("tab"))
        words = w("t")
        words.text = piece
        words.set(XML_SPACE, "preserve")
        element.append(words)
    return element


def p(style: str, text: str = "", keep: bool = False, section: Element | None = None) -> Element:
    """A paragraph, kept with the next one or closing a section if told so."""
    look = w("pPr", w("pStyle", val=style), given(keep, w("keepNext")), section)
    return w("p", look, given(text, run(text)))


def space(lines: int = 1) -> list[Element]:
    """Empty lines that stay with what follows."""
    return [p("Plain", keep=True) for _ in range(lines)]


def tag(text: str) -> Element:
    """A paragraph that holds a docxtpl tag and vanishes."""
    return w("p", run(f"{{%p {text} %}}"))


def when(name: str, *content: Element) -> list[Element]:
    """The content, printed if the value is present."""
    return [tag(f"if {name}"), *content, tag("endif")]


def longer(name: str, limit: int, long: Element, short: Element) -> list[Element]:
    """One of two paragraphs, by the presence of characters beyond the limit."""
    return [tag(f"if {name}[{limit}:]"), long, tag("else"), short, tag("endif")]


def numbered_title(title: str, number: str) -> list[Element]:
    """A title, with its number right below it where it has one."""
    over, alone = p("TitleOver", of(title)), p("Title", of(title))
    return [tag(f"if {number}"), over, p("Number", of(number)), tag("else"), alone, tag("endif")]


def blocks(flow: str, keep: bool = False) -> list[Element]:
    """The loop over a flow: one paragraph per block, in the style of the key that is present."""
    body = [tag(f"for b in {flow}")]
    for i, (key, style) in enumerate(BLOCKS.items()):
        body += [tag(f"{'elif' if i else 'if'} b.{key}"), p(style, of(f"b.{key}"), keep)]
    return [*body, tag("endif"), tag("endfor")]


def kept_blocks(flow: str) -> list[Element]:
    """The same, its last block on one page with what follows: no signature stands alone."""
    return [*blocks(f"{flow}[:-1]"), *blocks(f"{flow}[-1:]", keep=True)]


# ---------------------------------------------------------------- tables


@dataclass(frozen=True)
class Cell:
    """One cell; `lines` are the sides that it draws itself, `merge` is a vMerge value."""

    text: str
    style: str = "Cell"
    span: int = 1
    shade: str = ""
    lines: tuple[str, ...] = ()
    merge: str = ""


Row = Callable[[Sequence[int]], Element]  # given the grid, a w:tr


def label(name: str, span: int = 1) -> Cell:
    """A shaded cell that names the value beside it."""
    return Cell(of(name), "CellLabel", span, SHADE)


def cell_xml(cell: Cell, width: int, keep: bool) -> Element:
    """A w:tc of the given width."""
    merge = {} if cell.merge == "continue" else {"val": cell.merge}
    look = w(
        "tcPr",
        w("tcW", w=width, type="dxa"),
        given(cell.span > 1, w("gridSpan", val=cell.span)),
        given(cell.merge, w("vMerge", **merge)),
        given(cell.lines, w("tcBorders", *[w(side, **THIN) for side in cell.lines])),
        given(cell.shade, w("shd", val="clear", color="auto", fill=cell.shade)),
        w("vAlign", val="center"),
    )
    return w("tc", look, p(cell.style, cell.text, keep))


def row(*cells: Cell, height: int = 0, keep: bool = False, header: bool = False) -> Row:
    """A row that never breaks over two pages."""

    def build(grid: Sequence[int]) -> Element:
        look = w(
            "trPr",
            w("cantSplit"),
            given(height, w("trHeight", val=height, hRule="atLeast")),
            given(header, w("tblHeader")),
        )
        built, start = [], 0
        for cell in cells:
            width = sum(grid[start : start + cell.span])
            built.append(cell_xml(cell, width, keep))
            start += cell.span
        if start != len(grid):
            raise ValueError(f"a row of {start} columns in a grid of {len(grid)}")
        return w("tr", look, *built)

    return build


def panel(height: int, content: Sequence[Element]) -> Row:
    """A row of one cell that holds whole paragraphs in its middle."""
    return lambda grid: w(
        "tr",
        w("trPr", w("cantSplit"), w("trHeight", val=height, hRule="atLeast")),
        w("tc", w("tcPr", w("tcW", w=sum(grid), type="dxa"), w("vAlign", val="center")), *content),
    )


def row_tag(text: str) -> Row:
    """A row that holds a docxtpl tag and vanishes."""
    return lambda grid: row(Cell(f"{{%tr {text} %}}", span=len(grid)))(grid)


def each(rows: str, *content: Row) -> list[Row]:
    """The content once per row of the context."""
    return [row_tag(f"for r in {rows}"), *content, row_tag("endfor")]


def either(name: str, present: Row, absent: Row) -> list[Row]:
    """One of two rows, by the presence of a value."""
    return [row_tag(f"if {name}"), present, row_tag("else"), absent, row_tag("endif")]


def table(
    grid: Iterable[int],
    rows: Iterable[Row],
    style: str = "Grid",
    *,
    place: Element | None = None,
    borders: Element | None = None,
    margins: Element | None = None,
) -> Element:
    """A table of fixed widths, which WPS reads first."""
    widths = tuple(grid)
    look = w(
        "tblPr",
        w("tblStyle", val=style),
        place,
        w("tblW", w=sum(widths), type="dxa"),
        borders,
        w("tblLayout", type="fixed"),
        margins,
    )
    columns = w("tblGrid", *[w("gridCol", w=width) for width in widths])
    return w("tbl", look, columns, *[build(widths) for build in rows])


def shares(total: int, *parts: int) -> tuple[int, ...]:
    """The total split in proportion; the last part takes the remainder."""
    widths = [total * part // sum(parts) for part in parts[:-1]]
    return (*widths, total - sum(widths))


def pairs_table(rows: str, page: Page, height: int) -> list[Element]:
    """Two labels and values side by side; without a second label the value spans the row."""
    two = row(
        label("r.label"), Cell(of("r.value")), label("r.label2"), Cell(of("r.value2")),
        height=height, keep=True,
    )  # fmt: skip
    one = row(label("r.label"), Cell(of("r.value"), span=3), height=height, keep=True)
    grid = shares(page.text_width, 17, 33, 17, 33)
    return when(rows, table(grid, each(rows, *either("r.label2", two, one))))


def label_table(rows: str, page: Page, height: int, share: int, keep: bool) -> Element:
    """A label and a value per row; the label takes `share` of ten parts."""
    line = row(label("r.label"), Cell(of("r.value")), height=height, keep=keep)
    return table(shares(page.text_width, share, 10 - share), each(rows, line))


def list_table(
    rows: str,
    grid: dict[str, int],
    totals: Iterable[Row] = (),
    merged: str = "",
    kept: bool = False,
    captioned: bool = True,
    height: int = 340,
) -> list[Element]:
    """A table, mostly captioned, with a heading row that repeats and one column per key.

    An empty `merged` value joins the cell above; `kept` holds the last row with what follows.
    """

    def line(keep: bool, merge: str = "") -> Row:
        cells = [
            Cell(of(f"r.{key}"), cell_style(key), merge=merge if key == merged else "")
            for key in grid
        ]
        return row(*cells, height=height, keep=keep)

    def lines(some: str, keep: bool) -> list[Row]:
        if merged:
            variants = either(f"r.{merged}", line(keep, "restart"), line(keep, "continue"))
            return each(some, *variants)
        return each(some, line(keep))

    totals = tuple(totals)
    names = [Cell(of(f"labels['{rows}'].{key}"), "CellHead", shade=SHADE) for key in grid]
    body = [*lines(f"{rows}[:-1]", False), *lines(f"{rows}[-1:]", True)]
    head = row(*names, height=400, header=True)
    content = table(grid.values(), [head, *(body if kept else lines(rows, False)), *totals])
    above = [caption(rows)] if captioned else []
    # Totals close the table: they stay with its last row, and what follows may begin a page.
    return when(rows, *above, content, p("Gap", keep=kept and not totals))


def cell_style(key: str) -> str:
    """The style of a column."""
    return "CellCenter" if key in CENTRED else "CellRight" if key in RIGHT else "Cell"


def caption(rows: str) -> Element:
    """The heading of a table."""
    return p("Heading1", of(f"labels['{rows}'].caption"))


def signatures(page: Page, height: int, rows: str = "signatures") -> list[Element]:
    """Both sides' signing lines, never split from each other nor from the text above."""
    line = row(Cell(of("r.left"), "Blank"), Cell(of("r.right"), "Blank"), height=height, keep=True)
    grid = shares(page.text_width, 1, 1)
    return [*space(), *when(rows, table(grid, each(rows, line), "Open"))]


def signed(
    name: str, day: str, keep: bool = False, section: Element | None = None
) -> list[Element]:
    """Name and date for the seal."""
    return [*signed_name(name), p("Sign", of(day), keep, section)]


def signed_name(name: str) -> list[Element]:
    """The name for the seal: centred over the date, or to the right where it is too long."""
    long, short = p("SignLong", of(name), keep=True), p("Sign", of(name), keep=True)
    return longer(name, SIGNATURE_CHARACTERS, long, short)


# ---------------------------------------------------------------- parts


def section(page: Page, numbered: bool = True, frame: Element | None = None, kind: str = "",
            first_number: int = 0) -> Element:  # fmt: skip
    """The page set-up of a section; its footers are the document's fourth and fifth relation."""
    footers = [w("footerReference", type=side) for side in ("default", "even") if numbered]
    for number, reference in enumerate(footers, 4):
        reference.set(f"{{{R_NS}}}id", f"rId{number}")
    wide = {"orient": "landscape"} if page.width > page.height else {}
    margins = {side: getattr(page, side) for side in (*SIDES, "header", "footer")}
    return w(
        "sectPr",
        *footers,
        given(kind, w("type", val=kind)),
        w("pgSz", w=page.width, h=page.height, **wide),
        w("pgMar", **margins, gutter=0),
        frame,
        given(first_number, w("pgNumType", start=first_number)),
        given(page.pitch, w("docGrid", type="lines", linePitch=page.pitch)),
    )


def fonts(name: str) -> Element:
    """All four font slots, and no theme."""
    latin = SONG if name == SONG else LATIN
    return w("rFonts", hint="eastAsia", ascii=latin, hAnsi=latin, eastAsia=name, cs=latin)


def language() -> Element:
    """Simplified Chinese."""
    return w("lang", val="en-US", eastAsia="zh-CN", bidi="ar-SA")


def style_xml(style: Style) -> Element:
    """A paragraph style."""
    normal = style.id == "Normal"
    indents: dict[str, int] = {"left": style.left, "right": style.right}
    if style.hanging:
        indents["hanging"] = style.hanging
    else:
        indents["firstLineChars"] = 100 * style.first
        indents["firstLine"] = 10 * style.first * style.size
    # 4 mm below the characters, which end 6.6 points above the end of their line.
    rule = w("bottom", val="single", sz=10, space=5, color=style.line_below)
    spacing = {"before": style.before, "after": style.after, "line": style.line or 240}
    paragraph = w(
        "pPr",
        given(style.keep, w("keepNext")),
        w("widowControl"),
        given(style.line_below, w("pBdr", rule)),
        given(style.tab, w("tabs", w("tab", val="right", pos=style.tab))),
        # Word's own habit, said aloud: LibreOffice 7.4 takes 0 and silence for "let marks hang
        # over the margin", and then loses a comma that hangs at the end of a justified line.
        w("overflowPunct", val=1),
        w("autoSpaceDE", val=0),
        w("autoSpaceDN", val=0),
        given(style.line != LINE, w("snapToGrid", val=0)),
        w("spacing", **spacing, lineRule="exact" if style.line else "auto"),
        w("ind", **indents),
        w("jc", val=style.align),
        given(style.level >= 0, w("outlineLvl", val=style.level)),
    )
    letters = w(
        "rPr",
        fonts(style.font),
        given(style.color, w("color", val=style.color)),
        w("spacing", val=style.tighten),
        given(style.scale != 100, w("w", val=style.scale)),
        w("sz", val=style.size),
        w("szCs", val=style.size),
        given(normal, language()),
    )
    based = given(not normal, w("basedOn", val="Normal"))
    default = {"default": 1} if normal else {}
    return w(
        "style", w("name", val=style.name), based, w("qFormat"), paragraph, letters,
        type="paragraph", styleId=style.id, **default,
    )  # fmt: skip


def table_style_xml(id_: str, name: str, lined: bool, margin: int) -> Element:
    """A table style: its lines and the room inside its cells."""
    lines = [w(side, **THIN) for side in (*SIDES, "insideH", "insideV")]
    upright = margin * 2 // 3
    room = dict(zip(SIDES, (upright, margin, upright, margin), strict=True))
    look = w(
        "tblPr",
        w("tblInd", w=0, type="dxa"),
        given(lined, w("tblBorders", *lines)),
        cell_margins(room),
    )
    return w(
        "style", w("name", val=name), w("qFormat"), w("rPr", fonts(FANG)), look,
        type="table", styleId=id_,
    )  # fmt: skip


def cell_margins(room: dict[str, int]) -> Element:
    """The room inside the cells of a table."""
    return w("tblCellMar", *[w(side, w=width, type="dxa") for side, width in room.items()])


def styles_part(styles: Sequence[Style]) -> Element:
    """The style sheet: nothing that no paragraph uses."""
    normal = styles[0]
    sizes = (w("sz", val=normal.size), w("szCs", val=normal.size))
    letters = w("rPrDefault", w("rPr", fonts(normal.font), *sizes, language()))
    return w(
        "styles",
        w("docDefaults", letters, w("pPrDefault")),
        *[style_xml(style) for style in styles],
        *[table_style_xml(*look) for look in TABLE_STYLES],
    )


def settings_part(numbered: bool) -> Element:
    """Document settings: what decides how lines are set."""
    mode = w("compatSetting", name="compatibilityMode", val=15)
    mode.set(f"{{{W_NS}}}uri", "http://schemas.microsoft.com/office/word")
    habits = (
        "spaceForUL", "balanceSingleByteDoubleByteWidth", "doNotLeaveBackslashAlone",
        "ulTrailSpace", "doNotExpandShiftReturn", "useFELayout",
    )  # fmt: skip
    return w(
        "settings",
        w("zoom", percent=100),
        w("bordersDoNotSurroundHeader"),
        w("bordersDoNotSurroundFooter"),
        w("defaultTabStop", val=420),
        given(numbered, w("evenAndOddHeaders")),
        w("characterSpacingControl", val="compressPunctuation"),
        w("compat", *[w(habit) for habit in habits], mode),
        w("themeFontLang", val="en-US", eastAsia="zh-CN"),
        w("decimalSymbol", val="."),
        w("listSeparator", val=","),
    )


def font_part() -> Element:
    """The fonts by name, each with the one to take in its place."""

    def font(name: str, other: str) -> Element:
        kind = (w("charset", val=86), w("family", val="auto"), w("pitch", val="variable"))
        return w("font", w("altName", val=other), *kind, name=name)

    return w("fonts", *[font(name, other) for name, other in STAND_INS.items()])


def footer_part(style: str) -> Element:
    """A page number between dashes."""
    number = w("fldSimple", run("1"), instr=" PAGE ")
    return w("ftr", w("p", w("pPr", w("pStyle", val=style)), run("— "), number, run(" —")))


# The renderer sets title and dates and leaves no name behind.
CORE = etree.fromstring(
    '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/'
    'core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:dcterms="http://purl.org/dc/terms/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>{{ title }}</dc:title>'
    "<dc:creator/><cp:lastModifiedBy/><cp:revision>1</cp:revision>"
    '<dcterms:created xsi:type="dcterms:W3CDTF">2026-01-01T00:00:00Z</dcterms:created>'
    '<dcterms:modified xsi:type="dcterms:W3CDTF">2026-01-01T00:00:00Z</dcterms:modified>'
    "</cp:coreProperties>"
)


def content_types(kinds: dict[str, str]) -> Element:
    """[Content_Types].xml for the parts given."""
    namespace = f"{PACKAGE}/content-types"
    root = etree.fromstring(f'<Types xmlns="{namespace}"/>')
    package_type = "application/vnd.openxmlformats-package"
    defaults = {"rels": f"{package_type}.relationships+xml", "xml": "application/xml"}
    for extension, kind in defaults.items():
        etree.SubElement(root, f"{{{namespace}}}Default", Extension=extension, ContentType=kind)
    kinds = {"docProps/core.xml": f"{package_type}.core-properties+xml", **kinds}
    for part, kind in kinds.items():
        etree.SubElement(root, f"{{{namespace}}}Override", PartName=f"/{part}", ContentType=kind)
    return root


def relationships(targets: Iterable[tuple[str, str]]) -> Element:
    """A relationships part: (type, target) numbered from rId1."""
    namespace = f"{PACKAGE}/relationships"
    root = etree.fromstring(f'<Relationships xmlns="{namespace}"/>')
    for i, (kind, target) in enumerate(targets, 1):
        etree.SubElement(
            root, f"{{{namespace}}}Relationship", Id=f"rId{i}", Type=kind, Target=target
        )
    return root


def package(
    body: Sequence[Element],
    styles: Sequence[Style],
    numbered: bool = True,
    chart: Element | None = None,
) -> bytes:
    """A docx of these paragraphs, tables and chart; equal source gives equal bytes."""
    document = w("document", w("body", *body))
    related: list[tuple[str, Element]] = [
        ("styles", styles_part((*styles, *(PAGE_NUMBERS if numbered else ()), GAP))),
        ("settings", settings_part(numbered)),
        ("fontTable", font_part()),
    ]
    names = ["styles", "settings", "fontTable"]
    if numbered:
        related += [("footer", footer_part("PageOdd")), ("footer", footer_part("PageEven"))]
        names += ["footer1", "footer2"]
    kinds = {
        f"word/{name}.xml": f"{OFFICE}.{kind}+xml"
        for name, (kind, _) in zip(names, related, strict=True)
    }
    roots = [root for _, root in related]
    if chart is not None:
        # Behind the footers, whose relations have fixed numbers.
        related.append(("chart", chart))
        names.append("charts/chart1")
        kinds["word/charts/chart1.xml"] = CHART_TYPE
        roots.append(chart)
    core = (f"{PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml")
    links = [
        (f"{R_NS}/{kind}", f"{name}.xml") for name, (kind, _) in zip(names, related, strict=True)
    ]
    parts = {
        "[Content_Types].xml": content_types(
            {"word/document.xml": f"{OFFICE}.document.main+xml", **kinds}
        ),
        "_rels/.rels": relationships([(f"{R_NS}/officeDocument", "word/document.xml"), core]),
        "docProps/core.xml": CORE,
        "word/document.xml": document,
        "word/_rels/document.xml.rels": relationships(links),
        **dict(zip(kinds, roots, strict=True)),
    }
    return zipped(parts)


def zipped(parts: dict[str, Element]) -> bytes:
    """The parts as a zip that does not tell when it was made."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, root in parts.items():
            member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 0
            member.external_attr = 0o644 << 16
            text = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
            archive.writestr(member, text)
    return stream.getvalue()


# ---------------------------------------------------------------- what forms have in common


def form_text(page: Page) -> tuple[Style, ...]:
    """The styles of a form: its date stands at the right margin."""
    return tuple(
        replace(style, tab=page.text_width) if style.id == "Unit" else style for style in FORM_TEXT
    )


def form_head() -> list[Element]:
    """Title, company and date of a form."""
    return [p("Title", of("title")), p("Unit", f"{of('company_name')}\t{of('date')}")]

"""Write a small workbook: cells, formulas with values, lists to choose from, tables, protection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from cqo_docs.forms.excel.looks import HEAD, LAYER_IDS, MAIN, STYLE_IDS, styles_part
from cqo_docs.office.package import assemble, make_shell
from cqo_docs.office.xlsx_writing import letters, quoted, text_xml

R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument"
CUSTOM = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
VALUE_TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
FORMAT_ID = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
# Excel calls a file with a longer prompt or title damaged.
PROMPT_LENGTH, TITLE_LENGTH = 255, 32
A4 = 9

Value = str | bool | Decimal | int | None


class Cell(NamedTuple):
    """One cell: its column from 1, its style, its value, the formula that gives it."""

    column: int
    style: str
    value: Value = None
    formula: str = ""


class Row(NamedTuple):
    """One row by its number, its cells in the order of their columns."""

    number: int
    cells: Sequence[Cell]
    height: float | None = None


class Rule(NamedTuple):
    """What may be typed into an area, and what is said of anything else."""

    area: str
    kind: str
    formulas: tuple[str, ...] = ()
    error: str = ""
    title: str = ""
    strict: bool = True


class Layer(NamedTuple):
    """How the cells of an area look where a formula holds."""

    area: str
    formula: str
    style: str


class Listed(NamedTuple):
    """A table of Excel: its name, its area with the headings, its headings."""

    name: str
    area: str
    headings: tuple[str, ...]


class Link(NamedTuple):
    """A cell that leads to another place of the workbook."""

    cell: str
    target: str


@dataclass
class Sheet:
    """One sheet as it is written."""

    name: str
    widths: Sequence[tuple[float, str]]
    """Width and style of each column."""
    rows: list[Row] = field(default_factory=list)
    frozen: int = 0
    """How many rows stay in sight and are printed again on every page."""
    repeated: tuple[int, int] | None = None
    rules: list[Rule] = field(default_factory=list)
    layers: list[Layer] = field(default_factory=list)
    tables: list[Listed] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    merges: list[str] = field(default_factory=list)
    protected: bool = True
    hidden: bool = False
    landscape: bool = False
    tab: str = ""
    start: str = "A1"
    """The cell that is marked when the sheet is opened."""


@dataclass(frozen=True)
class Book:
    """A workbook: its sheets, the names of cells and areas, its properties."""

    sheets: Sequence[Sheet]
    names: Mapping[str, str]
    title: str
    properties: Mapping[str, str]


def book_bytes(book: Book) -> bytes:
    """The workbook as a file; equal workbooks give equal bytes."""
    parts = {
        "_rels/.rels": _relationships(
            [(f"{R}/officeDocument", "xl/workbook.xml"),
             (f"{PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
             (f"{R}/custom-properties", "docProps/custom.xml")]
        ),
        "docProps/core.xml": _core(book.title),
        "docProps/custom.xml": _custom(book.properties),
        "xl/workbook.xml": _workbook(book),
        "xl/_rels/workbook.xml.rels": _relationships(
            [*((f"{R}/worksheet", f"worksheets/sheet{n}.xml")
               for n in range(1, len(book.sheets) + 1)), (f"{R}/styles", "styles.xml")]
        ),
        "xl/styles.xml": styles_part(),
    }  # fmt: skip
    kinds = {
        "xl/workbook.xml": f"{TYPE}.spreadsheetml.sheet.main+xml",
        "xl/styles.xml": f"{TYPE}.spreadsheetml.styles+xml",
        "docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
        "docProps/custom.xml": f"{TYPE}.custom-properties+xml",
    }
    count = 0
    for number, sheet in enumerate(book.sheets, 1):
        name = f"xl/worksheets/sheet{number}.xml"
        ids = range(count + 1, count + 1 + len(sheet.tables))
        count += len(sheet.tables)
        parts[name] = _sheet(sheet, number == 1)
        kinds[name] = f"{TYPE}.spreadsheetml.worksheet+xml"
        for number_of_table, table in zip(ids, sheet.tables, strict=True):
            part = f"xl/tables/table{number_of_table}.xml"
            parts[part] = _table(table, number_of_table)
            kinds[part] = f"{TYPE}.spreadsheetml.table+xml"
        if sheet.tables:
            links = [(f"{R}/table", f"../tables/table{n}.xml") for n in ids]
            parts[f"xl/worksheets/_rels/sheet{number}.xml.rels"] = _relationships(links)
    parts["[Content_Types].xml"] = _content_types(kinds)
    return assemble(make_shell({name: text.encode() for name, text in parts.items()}), ())


def _workbook(book: Book) -> str:
    sheets = "".join(
        f'<sheet name={quoteattr(sheet.name)} sheetId="{n}"'
        f'{" state=" + chr(34) + "hidden" + chr(34) if sheet.hidden else ""} r:id="rId{n}"/>'
        for n, sheet in enumerate(book.sheets, 1)
    )
    titles = "".join(
        f'<definedName name="_xlnm.Print_Titles" localSheetId="{n}">'
        f"{escape(quoted(sheet.name))}!${sheet.repeated[0]}:${sheet.repeated[1]}</definedName>"
        for n, sheet in enumerate(book.sheets)
        if sheet.repeated
    )
    names = "".join(
        f'<definedName name="{name}">{escape(target)}</definedName>'
        for name, target in sorted(book.names.items(), key=lambda pair: pair[0].lower())
    )
    return (
        f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{R}"><bookViews><workbookView/></bookViews>'
        f"<sheets>{sheets}</sheets><definedNames>{titles}{names}</definedNames>"
        '<calcPr calcId="191029" fullCalcOnLoad="1"/></workbook>'
    )


# Sheets


def _sheet(sheet: Sheet, first: bool) -> str:
    tab = f'<tabColor rgb="{sheet.tab}"/>' if sheet.tab else ""
    columns = "".join(
        f'<col min="{n}" max="{n}" width="{width:g}" style="{STYLE_IDS[style]}" customWidth="1"/>'
        for n, (width, style) in enumerate(sheet.widths, 1)
    )
    selected = ' tabSelected="1"' if first else ""
    text = [
        f'{HEAD}<worksheet xmlns="{MAIN}" xmlns:r="{R}"><sheetPr>{tab}'
        '<pageSetUpPr fitToPage="1"/></sheetPr>'
        f'<sheetViews><sheetView showGridLines="0"{selected} workbookViewId="0">'
        f"{_pane(sheet)}</sheetView></sheetViews>"
        f'<sheetFormatPr defaultRowHeight="15"/><cols>{columns}</cols><sheetData>'
    ]
    text += [_row(row) for row in sheet.rows]
    text.append("</sheetData>")
    if sheet.protected:
        # Columns and rows may be made wider and higher; everything else waits for no password.
        text.append(
            '<sheetProtection sheet="1" objects="1" scenarios="1" formatColumns="0"'
            ' formatRows="0"/>'
        )
    if sheet.merges:
        inner = "".join(f'<mergeCell ref="{area}"/>' for area in sheet.merges)
        text.append(f'<mergeCells count="{len(sheet.merges)}">{inner}</mergeCells>')
    for number, layer in enumerate(sheet.layers, 1):
        text.append(
            f'<conditionalFormatting sqref="{layer.area}"><cfRule type="expression"'
            f' dxfId="{LAYER_IDS[layer.style]}" priority="{number}"><formula>'
            f"{escape(layer.formula)}</formula></cfRule></conditionalFormatting>"
        )
    if sheet.rules:
        inner = "".join(_rule(rule) for rule in sheet.rules)
        text.append(f'<dataValidations count="{len(sheet.rules)}">{inner}</dataValidations>')
    if sheet.links:
        inner = "".join(
            f'<hyperlink ref="{link.cell}" location={quoteattr(link.target)}/>'
            for link in sheet.links
        )
        text.append(f"<hyperlinks>{inner}</hyperlinks>")
    layout = "landscape" if sheet.landscape else "portrait"
    text.append(
        '<pageMargins left="0.5" right="0.5" top="0.6" bottom="0.7" header="0.3" footer="0.35"/>'
        f'<pageSetup paperSize="{A4}" orientation="{layout}" fitToHeight="0"/>'
        "<headerFooter><oddFooter>&amp;L&amp;A&amp;R&amp;P / &amp;N</oddFooter></headerFooter>"
    )
    if sheet.tables:
        inner = "".join(f'<tablePart r:id="rId{n}"/>' for n in range(1, len(sheet.tables) + 1))
        text.append(f'<tableParts count="{len(sheet.tables)}">{inner}</tableParts>')
    text.append("</worksheet>")
    return "".join(text)


def _pane(sheet: Sheet) -> str:
    mark = f'activeCell="{sheet.start}" sqref="{sheet.start}"'
    if not sheet.frozen:
        return f"<selection {mark}/>"
    return (
        f'<pane ySplit="{sheet.frozen}" topLeftCell="A{sheet.frozen + 1}" activePane="bottomLeft"'
        f' state="frozen"/><selection pane="bottomLeft" {mark}/>'
    )


def _row(row: Row) -> str:
    height = f' ht="{row.height:g}" customHeight="1"' if row.height else ""
    cells = "".join(_cell(cell, row.number) for cell in row.cells)
    return f'<row r="{row.number}"{height}>{cells}</row>'


def _cell(cell: Cell, row: int) -> str:
    head = f'<c r="{letters(cell.column)}{row}" s="{STYLE_IDS[cell.style]}"'
    value = cell.value
    if cell.formula:
        formula = f"<f>{escape(cell.formula)}</f>"
        if isinstance(value, bool):
            return f'{head} t="b">{formula}<v>{int(value)}</v></c>'
        if isinstance(value, (int, Decimal)):
            return f"{head}>{formula}<v>{value}</v></c>"
        return f'{head} t="str">{formula}<v>{text_xml(value or "")}</v></c>'
    if value is None or value == "":
        return f"{head}/>"
    if isinstance(value, str):
        space = ' xml:space="preserve"' if value != value.strip() or "\n" in value else ""
        return f'{head} t="inlineStr"><is><t{space}>{text_xml(value)}</t></is></c>'
    return f"{head}><v>{Decimal(value):f}</v></c>"


def _rule(rule: Rule) -> str:
    style = "" if rule.strict else ' errorStyle="warning"'
    between = ' operator="between"' if rule.kind in {"whole", "decimal", "date"} else ""
    if rule.kind == "textLength":
        between = ' operator="lessThanOrEqual"'
    formulas = "".join(
        f"<formula{n}>{escape(text)}</formula{n}>" for n, text in enumerate(rule.formulas, 1)
    )
    return (
        f'<dataValidation type="{rule.kind}"{style}{between} allowBlank="1" showErrorMessage="1"'
        f" errorTitle={quoteattr(rule.title[:TITLE_LENGTH])}"
        f' error={quoteattr(rule.error[:PROMPT_LENGTH])} sqref="{rule.area}">'
        f"{formulas}</dataValidation>"
    )


def _table(table: Listed, number: int) -> str:
    columns = "".join(
        f'<tableColumn id="{n}" name={quoteattr(name)}/>'
        for n, name in enumerate(table.headings, 1)
    )
    return (
        f'{HEAD}<table xmlns="{MAIN}" id="{number}" name="{table.name}"'
        f' displayName="{table.name}" ref="{table.area}" totalsRowShown="0">'
        f'<tableColumns count="{len(table.headings)}">{columns}</tableColumns>'
        '<tableStyleInfo name="TableStyleLight1" showFirstColumn="0" showLastColumn="0"'
        ' showRowStripes="0" showColumnStripes="0"/></table>'
    )


# Other parts


def _core(title: str) -> str:
    """The properties without a clock or a name: equal forms are equal files."""
    return (
        f'{HEAD}<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{text_xml(title)}</dc:title><dc:creator>cqo-docs</dc:creator>"
        "</cp:coreProperties>"
    )


def _custom(properties: Mapping[str, str]) -> str:
    inner = "".join(
        f'<property fmtid="{FORMAT_ID}" pid="{pid}" name="{name}">'
        f"<vt:lpwstr>{text_xml(value)}</vt:lpwstr></property>"
        for pid, (name, value) in enumerate(properties.items(), 2)
    )
    return f'{HEAD}<Properties xmlns="{CUSTOM}" xmlns:vt="{VALUE_TYPES}">{inner}</Properties>'


def _relationships(rows: Sequence[tuple[str, str]]) -> str:
    inner = "".join(
        f'<Relationship Id="rId{n}" Type="{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(rows, 1)
    )
    return f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{inner}</Relationships>'


def _content_types(kinds: Mapping[str, str]) -> str:
    rels = "application/vnd.openxmlformats-package.relationships+xml"
    overrides = "".join(
        f'<Override PartName="/{name}" ContentType="{kind}"/>'
        for name, kind in sorted(kinds.items())
    )
    return (
        f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="{rels}"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )

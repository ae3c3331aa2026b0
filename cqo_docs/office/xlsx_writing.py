"""Write a plain workbook in one go: rows stream into the zip, equal rows give equal bytes."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import IO, NamedTuple
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from cqo_docs.office.xlsx_styles import HEAD, MAIN, STYLE_IDS, styles_part

LAST_ROW = 1_048_576
# More characters than this no cell of Excel can hold.
CELL_LENGTH = 32_767
# Excel calls a file with a longer prompt or title damaged.
PROMPT_LENGTH, TITLE_LENGTH = 255, 32
# What XML cannot hold, and what Excel would take for such an escape.
UNFIT = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
# Latin letters and figures are half as wide as the others.
MOST_NARROW = 0x2000
LINE, HIGHEST = 16.0, 409.0
NOTE_AUTHOR = "cqo-docs"

REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"

Value = str | Decimal | int | None


class Cell(NamedTuple):
    """One cell: its column counted from 1, its style, its value, a note pinned to it."""

    column: int
    style: str
    value: Value = None
    note: str = ""


class Row(NamedTuple):
    """One row of cells in the order of their columns."""

    cells: Sequence[Cell]
    height: float | None = None
    hidden: bool = False


class Width(NamedTuple):
    """How wide a column is, and the style of its cells that nobody has filled in."""

    width: float
    style: str = "plain"
    hidden: bool = False


class Validation(NamedTuple):
    """What may be typed into a column, and what is said of anything else."""

    column: int
    kind: str = "none"
    formulas: tuple[str, ...] = ()
    error: str = ""
    prompt: str = ""
    title: str = ""
    strict: bool = True


@dataclass(frozen=True, slots=True)
class Page:
    """One sheet: its rows are taken once, when it is written."""

    name: str
    rows: Iterable[Row]
    widths: Sequence[Width]
    frozen: tuple[int, int] = (0, 0)
    validations: Sequence[Validation] = ()
    merges: Sequence[str] = ()
    hidden: bool = False
    landscape: bool = True
    titles: bool = False
    """Whether the frozen rows and columns are printed again on every page."""
    fit: bool = False
    """Whether it is printed as wide as the paper."""
    notes: bool = False
    """Whether cells of this sheet may carry notes."""


@dataclass(frozen=True, slots=True)
class Book:
    """All sheets, and the names of ranges (without the sign of equality)."""

    pages: Sequence[Page]
    names: Mapping[str, str] = field(default_factory=dict)
    active: int = 0
    title: str = ""


def letters(column: int) -> str:
    """The letters of a column counted from 1: A, Z, AA."""
    text = ""
    while column:
        column, digit = divmod(column - 1, 26)
        text = chr(65 + digit) + text
    return text


def lines_of(text: str, width: float) -> int:
    """How many lines a text takes in a column; a Chinese character is two figures wide."""
    room = max(1, int(width) - 1)
    return sum(
        max(1, -(-sum(2 if ord(char) > MOST_NARROW else 1 for char in line) // room))
        for line in text.split("\n")
    )


def row_height(cells: Sequence[Cell], widths: Sequence[Width]) -> float | None:
    """The height that shows all texts of a row; None where one line is enough."""
    lines = max(
        (lines_of(c.value, widths[c.column - 1].width) for c in cells if isinstance(c.value, str)),
        default=1,
    )
    return min(HIGHEST, LINE * lines) if lines > 1 else None


def quoted(sheet: str) -> str:
    """The name of a sheet as a reference wants it."""
    return "'" + sheet.replace("'", "''") + "'"


def text_xml(text: str) -> str:
    """The text as it stands in XML; what XML cannot hold in Excel's own escapes."""
    if UNFIT.search(text):
        text = UNFIT.sub(lambda m: f"_x{ord(m.group()):04X}_", text)
    return escape(text)


def _cell(reference: str, style: int, value: Value) -> str:
    if value is None or value == "":
        return f'<c r="{reference}" s="{style}"/>'
    if isinstance(value, str):
        # Said only where it matters: 2.2 million cells are a large roster.
        space = ' xml:space="preserve"' if value != value.strip() or "\n" in value else ""
        text = text_xml(value)
        return f'<c r="{reference}" s="{style}" t="inlineStr"><is><t{space}>{text}</t></is></c>'
    return f'<c r="{reference}" s="{style}"><v>{Decimal(value):f}</v></c>'


def write_book(path: Path, book: Book) -> None:
    """Write the workbook, whole or not at all; a file that was there is replaced.

    Raises OSError as the system gives it.
    """
    handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=6) as archive:
                _write_parts(archive, book)
            file.flush()
            os.fsync(file.fileno())
        # As private as mkstemp makes it no colleague could open it.
        unfinished.chmod(0o666 & ~_umask())
        unfinished.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _write_parts(archive: ZipFile, book: Book) -> None:
    _put(archive, "[Content_Types].xml", _content_types(book))
    _put(archive, "_rels/.rels", _package_rels())
    _put(archive, "docProps/core.xml", _core(book.title))
    _put(archive, "xl/workbook.xml", _workbook(book))
    _put(archive, "xl/_rels/workbook.xml.rels", _workbook_rels(book))
    _put(archive, "xl/styles.xml", styles_part())
    for number, page in enumerate(book.pages, 1):
        _write_page(archive, page, number, number - 1 == book.active)


def _member(archive: ZipFile, name: str) -> IO[bytes]:
    info = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.compress_type = ZIP_DEFLATED
    info.create_system = 3
    info.external_attr = 0o644 << 16
    return archive.open(info, "w")


def _put(archive: ZipFile, name: str, text: str) -> None:
    with _member(archive, name) as part:
        part.write(text.encode())


def _content_types(book: Book) -> str:
    parts = {"/xl/workbook.xml": f"{TYPE}.sheet.main+xml", "/xl/styles.xml": f"{TYPE}.styles+xml"}
    for number, page in enumerate(book.pages, 1):
        parts[f"/xl/worksheets/sheet{number}.xml"] = f"{TYPE}.worksheet+xml"
        if page.notes:
            parts[f"/xl/comments{number}.xml"] = f"{TYPE}.comments+xml"
    core = "application/vnd.openxmlformats-package.core-properties+xml"
    rels = "application/vnd.openxmlformats-package.relationships+xml"
    vml = "application/vnd.openxmlformats-officedocument.vmlDrawing"
    overrides = "".join(
        f'<Override PartName="{name}" ContentType="{kind}"/>'
        for name, kind in (parts | {"/docProps/core.xml": core}).items()
    )
    return (
        f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="{rels}"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Default Extension="vml" ContentType="{vml}"/>{overrides}</Types>'
    )


def _relationships(rows: Iterable[tuple[str, str]]) -> str:
    inner = "".join(
        f'<Relationship Id="rId{n}" Type="{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(rows, 1)
    )
    return f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{inner}</Relationships>'


def _package_rels() -> str:
    core = f"{PACKAGE}/relationships/metadata/core-properties"
    rows = [(f"{REL}/officeDocument", "xl/workbook.xml"), (core, "docProps/core.xml")]
    return _relationships(rows)


def _core(title: str) -> str:
    """The properties without a clock: equal rosters are equal files."""
    return (
        f'{HEAD}<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{text_xml(title)}</dc:title><dc:creator>cqo-docs</dc:creator>"
        "</cp:coreProperties>"
    )


def _workbook(book: Book) -> str:
    sheets, names = "", dict(book.names)
    for number, page in enumerate(book.pages, 1):
        state = ' state="hidden"' if page.hidden else ""
        name = escape(page.name, {'"': "&quot;"})
        sheets += f'<sheet name="{name}" sheetId="{number}"{state} r:id="rId{number}"/>'
    inner = "".join(
        f'<definedName name="{name}">{escape(target)}</definedName>'
        for name, target in sorted(names.items())
    )
    titles = "".join(
        f'<definedName name="_xlnm.Print_Titles" localSheetId="{number}">'
        f"{escape(_titles(page))}</definedName>"
        for number, page in enumerate(book.pages)
        if page.titles
    )
    return (
        f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{REL}">'
        f'<bookViews><workbookView activeTab="{book.active}"/></bookViews>'
        f"<sheets>{sheets}</sheets>"
        f"<definedNames>{titles}{inner}</definedNames>"
        "</workbook>"
    )


def _titles(page: Page) -> str:
    columns, rows = page.frozen
    name, last = quoted(page.name), letters(columns)
    return f"{name}!$A:${last},{name}!$1:${rows}"


def _workbook_rels(book: Book) -> str:
    sheets = [
        (f"{REL}/worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(book.pages) + 1)
    ]
    return _relationships([*sheets, (f"{REL}/styles", "styles.xml")])


def _write_page(archive: ZipFile, page: Page, number: int, active: bool) -> None:
    with tempfile.TemporaryFile() as notes, tempfile.TemporaryFile() as shapes:
        with _member(archive, f"xl/worksheets/sheet{number}.xml") as part:
            part.write(_page_head(page, active).encode())
            for text in _rows(page.rows, notes, shapes):
                part.write(text.encode())
            part.write(_page_foot(page).encode())
        if not page.notes:
            return
        rows = [
            (f"{REL}/vmlDrawing", f"../drawings/notes{number}.vml"),
            (f"{REL}/comments", f"../comments{number}.xml"),
        ]
        _put(archive, f"xl/worksheets/_rels/sheet{number}.xml.rels", _relationships(rows))
        _copy(archive, f"xl/comments{number}.xml", NOTES, notes)
        _copy(archive, f"xl/drawings/notes{number}.vml", SHAPES, shapes)


NOTES = (
    f'{HEAD}<comments xmlns="{MAIN}"><authors><author>{NOTE_AUTHOR}</author></authors>'
    "<commentList>",
    "</commentList></comments>",
)
SHAPES = (
    '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    ' xmlns:x="urn:schemas-microsoft-com:office:excel"><v:shapetype id="_x0000_t202"'
    ' coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>',
    "</xml>",
)


def _copy(archive: ZipFile, name: str, frame: tuple[str, str], inner: IO[bytes]) -> None:
    inner.seek(0)
    with _member(archive, name) as part:
        part.write(frame[0].encode())
        shutil.copyfileobj(inner, part)
        part.write(frame[1].encode())


def _rows(rows: Iterable[Row], notes: IO[bytes], shapes: IO[bytes]) -> Iterator[str]:
    count = 0
    for number, row in enumerate(rows, 1):
        size = f' ht="{row.height:g}" customHeight="1"' if row.height else ""
        hidden = ' hidden="1"' if row.hidden else ""
        cells = []
        for column, style, value, note in row.cells:
            reference = f"{letters(column)}{number}"
            cells.append(_cell(reference, STYLE_IDS[style], value))
            if note:
                count += 1
                notes.write(_note(reference, note).encode())
                shapes.write(_shape(count, column - 1, number - 1).encode())
        yield f'<row r="{number}"{size}{hidden}>{"".join(cells)}</row>'


def _note(reference: str, text: str) -> str:
    return f'<comment ref="{reference}" authorId="0"><text><t>{text_xml(text)}</t></text></comment>'


def _shape(count: int, column: int, row: int) -> str:
    return (
        f'<v:shape id="_x0000_s{1024 + count}" type="#_x0000_t202"'
        ' style="position:absolute;width:200pt;height:60pt;z-index:1;visibility:hidden"'
        ' fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/>'
        '<v:shadow on="t" color="black" obscured="t"/>'
        '<v:path o:connecttype="none"/><v:textbox/>'
        '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
        f"<x:Anchor>{column + 1}, 15, {row}, 2, {column + 4}, 31, {row + 4}, 1</x:Anchor>"
        f"<x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column>"
        "</x:ClientData></v:shape>"
    )


FITTED = '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'


def _page_head(page: Page, active: bool) -> str:
    view = f"<sheetView{' tabSelected=' + chr(34) + '1' + chr(34) if active else ''}"
    view += f' workbookViewId="0">{_pane(*page.frozen)}</sheetView>'
    columns = "".join(
        f'<col min="{n}" max="{n}" width="{w.width:g}" style="{STYLE_IDS[w.style]}"'
        f'{" hidden=" + chr(34) + "1" + chr(34) if w.hidden else ""} customWidth="1"/>'
        for n, w in enumerate(page.widths, 1)
    )
    return (
        f'{HEAD}<worksheet xmlns="{MAIN}" xmlns:r="{REL}">'
        f"{FITTED if page.fit else ''}<sheetViews>{view}</sheetViews>"
        f'<sheetFormatPr defaultRowHeight="15"/><cols>{columns}</cols><sheetData>'
    )


def _pane(columns: int, rows: int) -> str:
    if not columns and not rows:
        return ""
    corner = f"{letters(columns + 1)}{rows + 1}"
    splits = (f' xSplit="{columns}"' if columns else "") + (f' ySplit="{rows}"' if rows else "")
    pane = "bottomRight" if columns and rows else "topRight" if columns else "bottomLeft"
    return (
        f'<pane{splits} topLeftCell="{corner}" activePane="{pane}" state="frozen"/>'
        f'<selection pane="{pane}" activeCell="{corner}" sqref="{corner}"/>'
    )


def _page_foot(page: Page) -> str:
    text = "</sheetData>"
    if page.merges:
        inner = "".join(f'<mergeCell ref="{area}"/>' for area in page.merges)
        text += f'<mergeCells count="{len(page.merges)}">{inner}</mergeCells>'
    if page.validations:
        inner = "".join(_validation(rule, page.frozen[1] + 1) for rule in page.validations)
        text += f'<dataValidations count="{len(page.validations)}">{inner}</dataValidations>'
    height = ' fitToHeight="0"' if page.fit else ""
    layout = "landscape" if page.landscape else "portrait"
    text += '<pageMargins left="0.4" right="0.4" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>'
    text += f'<pageSetup paperSize="{9 if page.fit else 8}" orientation="{layout}"{height}/>'
    text += "<headerFooter><oddFooter>&amp;C&amp;P / &amp;N</oddFooter></headerFooter>"
    if page.notes:
        text += '<legacyDrawing r:id="rId1"/>'
    return text + "</worksheet>"


def _validation(rule: Validation, first: int) -> str:
    def said(name: str, text: str, longest: int) -> str:
        return f' {name}="{escape(text[:longest], {chr(34): "&quot;"})}"' if text else ""

    style = "" if rule.strict else ' errorStyle="warning"'
    between = ' operator="between"' if rule.kind in {"whole", "decimal", "date"} else ""
    formulas = "".join(
        f"<formula{n}>{escape(text)}</formula{n}>" for n, text in enumerate(rule.formulas, 1)
    )
    column = letters(rule.column)
    return (
        f'<dataValidation type="{rule.kind}"{style}{between} allowBlank="1" showInputMessage="1"'
        f' showErrorMessage="1"{said("errorTitle", rule.title, TITLE_LENGTH)}'
        f"{said('error', rule.error, PROMPT_LENGTH)}"
        f"{said('promptTitle', rule.title if rule.prompt else '', TITLE_LENGTH)}"
        f"{said('prompt', rule.prompt, PROMPT_LENGTH)}"
        f' sqref="{column}{first}:{column}{LAST_ROW}">{formulas}</dataValidation>'
    )

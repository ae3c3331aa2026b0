"""Excel templates: values arrive as they are, rows repeat, references follow, figures agree."""

from __future__ import annotations

import datetime
import io
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from office import resaved
from openpyxl import Workbook, load_workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.table import Table

from cqo_docs.base.errors import ContentError
from cqo_docs.office.package import assemble, make_shell, read_package
from cqo_docs.render import render_file
from cqo_docs.render.templates import open_template

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "templates"
AS_OF = datetime.date(2026, 11, 8)
LONG_NAME = (
    "晋中开发区北方重型特种装备与精密零部件智能制造科技发展集团（控股）"
    "股份有限公司第一分公司机加工与热处理质量检验中心"
)
HOSTILE = (
    "=1+1",
    '=HYPERLINK("http://example.com")',
    "+86 351",
    "-1",
    "@SUM(A1)",
    "'quoted",
    "Smith & Sons <Labs> Oy",
    "]]> &amp; {{ title }} {%tr endfor %}",
    "𠮷野家🏭",
    "#REF!",
    "TRUE",
    "007",
    "2026-11-08",
    "  两端有空格  ",
    "第一行\n第二行",
    LONG_NAME,
)


# ---------------------------------------------------------------- small templates


def packed(parts: Mapping[str, bytes]) -> bytes:
    return assemble(make_shell(parts), ())


def save_template(folder: Path, book: Any) -> Path:
    path = folder / "small.xlsx"
    book.save(path)
    return path


def one_sheet(rows: list[list[Any]], title: str = "表") -> Any:
    book: Any = Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    return book


def filled(folder: Path, book: Any, **context: object) -> Any:
    return opened(render_file(save_template(folder, book), {"as_of": AS_OF, **context}))


def opened(data: bytes) -> Any:
    return load_workbook(io.BytesIO(data))


def items(count: int) -> list[dict[str, object]]:
    return [{"name": f"第{n}项", "amount": Decimal(n)} for n in range(1, count + 1)]


LIST = [
    ["名称", "金额", "占比"],
    ["{%tr for r in items %}"],
    ["{{ r.name }}", "{{ r.amount }}", "=B3/SUM(B$3:B$3)"],
    ["{%tr endfor %}"],
    ["合计", "=SUM(B3:B3)", "=B5*C$1"],
]


def faults(folder: Path, book: Any, **context: object) -> list[tuple[str, str]]:
    with pytest.raises(ContentError) as caught:
        filled(folder, book, **context)
    return [(found.code, found.where.split(" ", 1)[-1]) for found in caught.value.problems]


# ---------------------------------------------------------------- values


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_arrives_as_it_is(tmp_path: Path, text: str) -> None:
    book = one_sheet([["{{ name }}", "企业：{{ name }}。"]])
    sheet = filled(tmp_path, book, name=text).active
    assert sheet["A1"].value == text
    assert sheet["B1"].value == f"企业：{text}。"
    assert sheet["A1"].data_type == "s"
    assert sheet["A1"].quotePrefix == text.startswith(("=", "+", "-", "@"))


def test_excel_escapes_and_control_characters_do_not_pass(tmp_path: Path) -> None:
    sheet = filled(
        tmp_path, one_sheet([["{{ name }}"]]), name="甲_x0041_\x07乙\ud800丙\r\n丁"
    ).active
    assert sheet["A1"].value == "甲_x005F_x0041_乙丙\n丁"


@pytest.mark.parametrize(
    ("value", "shown", "kind"),
    [
        (2027, 2027, "n"),
        (Decimal("0.10"), 0.1, "n"),
        (Decimal("1234567890.12"), 1234567890.12, "n"),
        (True, True, "b"),
        (None, None, "n"),
        ("", None, "n"),
        (datetime.date(2026, 11, 8), datetime.datetime(2026, 11, 8), "d"),
    ],
)
def test_a_lone_tag_keeps_its_type(tmp_path: Path, value: object, shown: object, kind: str) -> None:
    cell = filled(tmp_path, one_sheet([[" {{ x }} "]]), x=value).active["A1"]
    assert (cell.value, cell.data_type) == (shown, kind)


def test_tags_in_a_text_give_text(tmp_path: Path) -> None:
    book = one_sheet([["{{ year }}年 {{company.name}} {{ none }}{{ amount }}元"]])
    sheet = filled(
        tmp_path, book, year=2027, company={"name": "甲"}, none=None, amount=Decimal("1E+3")
    ).active
    assert sheet["A1"].value == "2027年 甲 1000元"


def test_headers_and_footers_take_values_and_keep_ampersands(tmp_path: Path) -> None:
    book = one_sheet([["x"]])
    book.active.oddHeader.left.text = "{{ name }}"
    book.active.oddFooter.center.text = "第 &P 页"
    sheet = filled(tmp_path, book, name="R&D").active
    assert sheet.oddHeader.left.text == "R&&D"
    assert sheet.oddFooter.center.text == "第 &P 页"


# ---------------------------------------------------------------- rows and references


@pytest.mark.parametrize(
    ("count", "total", "share"),
    [
        (0, "=SUM(B2:B2)", None),
        (1, "=SUM(B2:B2)", "=B2/SUM(B$2:B$2)"),
        (3, "=SUM(B2:B4)", "=B2/SUM(B$2:B$4)"),
        (40, "=SUM(B2:B41)", "=B2/SUM(B$2:B$41)"),
    ],
)
def test_ranges_over_the_sample_row_grow(
    tmp_path: Path, count: int, total: str, share: str | None
) -> None:
    sheet = filled(tmp_path, one_sheet(LIST), items=items(count)).active
    last = max(count, 1) + 2
    assert sheet.max_row == last
    assert sheet["C2"].value == share
    assert [cell.value for cell in sheet[last]] == ["合计", total, f"=B{last}*C$1"]
    names: list[str | None] = [f"第{n}项" for n in range(1, count + 1)]
    assert [row[0].value for row in sheet.iter_rows(2, last - 1)] == (names or [None])


def test_a_running_sum_starts_pinned_and_ends_in_its_own_row(tmp_path: Path) -> None:
    book = one_sheet([*LIST[:2], ["{{ r.name }}", "{{ r.amount }}", "=SUM(B$3:B3)"], LIST[3]])
    sheet = filled(tmp_path, book, items=items(3)).active
    assert [cell.value for cell in sheet["C"][1:]] == [f"=SUM(B$2:B{row})" for row in (2, 3, 4)]


def test_a_single_cell_of_the_sample_row_means_all_rows(tmp_path: Path) -> None:
    book = one_sheet([*LIST, ["", "=MAX(B3)+COUNT($B$3)"]])
    assert (
        filled(tmp_path, book, items=items(3)).active["B6"].value == "=MAX(B2:B4)+COUNT($B$2:$B$4)"
    )
    assert filled(tmp_path, book, items=items(1)).active["B4"].value == "=MAX(B2)+COUNT($B$2)"


def test_loops_over_one_list_meet_row_by_row_across_sheets(tmp_path: Path) -> None:
    book = one_sheet(LIST, "一 表")
    other = book.create_sheet("二'表")
    for row in (
        ["{%tr for x in items %}"],
        ["='一 表'!B3", "=SUM('一 表'!B$3:B$3)", "='一 表'!B5", "=[1]外部!B3+无!B3"],
        ["{%tr endfor %}"],
        ["='一 表'!B3:C3", "=SUM('二''表'!A2:A2,A2)"],
    ):
        other.append(row)
    sheet = filled(tmp_path, book, items=items(2))["二'表"]
    assert [cell.value for cell in sheet[1]] == [
        "='一 表'!B2",
        "=SUM('一 表'!B$2:B$3)",
        "='一 表'!B4",
        "=[1]外部!B3+无!B3",
    ]
    assert sheet["A2"].value == "='一 表'!B3"
    assert [cell.value for cell in sheet[3]][:2] == ["='一 表'!B2:C3", "=SUM('二''表'!A1:A2,A1:A2)"]


def test_several_loops_and_several_sample_rows(tmp_path: Path) -> None:
    book = one_sheet(
        [
            ["{%tr for a in first %}"],
            ["{{ a.name }}", "=B3*2"],
            ["", "{{ a.amount }}"],
            ["{%tr endfor %}"],
            ["中间", "=SUM(B2:B3)"],
            ["{%tr for b in second %}"],
            ["{{ b.name }}", "=B$5+B5"],
            ["{%tr endfor %}"],
            ["末行", "=SUM(B7:B7)+B5"],
        ]
    )
    book.active.merge_cells("A2:A3")
    book.active.merge_cells("C5:C9")
    sheet = filled(tmp_path, book, first=items(2), second=items(3)).active
    assert [cell.value for cell in sheet["B"]] == [
        *("=B2*2", 1, "=B4*2", 2),
        "=SUM(B1:B4)",
        *["=B$5+B5"] * 3,
        "=SUM(B6:B8)+B5",
    ]
    assert {str(area) for area in sheet.merged_cells.ranges} == {"A1:A2", "A3:A4", "C5:C9"}


def marked_book() -> Any:
    book = one_sheet(LIST, "明细")
    sheet = book.active
    rule = DataValidation(type="decimal", operator="between", formula1="0", formula2="$B$5")
    rule.add("B3")
    sheet.add_data_validation(rule)
    condition: Any = FormulaRule
    sheet.conditional_formatting.add("A3:C3", condition(formula=["$B3>$B$5"]))
    sheet.auto_filter.ref = "A1:C3"
    sheet.print_area = "A1:C5"
    sheet.print_title_rows = "1:1"
    sheet.freeze_panes = "A3"
    sheet.row_breaks.append(Break(id=5))
    sheet.row_dimensions[3].height = 30
    sheet.row_dimensions[5].height = 40
    sheet["B3"].comment = Comment("按合同", "审核")
    sheet["C5"].hyperlink = Hyperlink(ref="C5", location="明细!A5")
    sheet.add_table(Table(displayName="明细表", ref="A1:C3"))
    book.defined_names["金额"] = DefinedName("金额", attr_text="明细!$B$3")
    book.defined_names["合计"] = DefinedName("合计", attr_text="明细!$B$5")
    chart: Any = BarChart()
    chart.add_data(Reference(sheet, min_col=2, min_row=3, max_row=3))
    chart.set_categories(Reference(sheet, min_col=1, min_row=3, max_row=3))
    sheet.add_chart(chart, "E7")
    return book


@pytest.mark.parametrize("count", [0, 1, 3, 40])
def test_everything_that_knows_its_rows_moves(tmp_path: Path, count: int) -> None:
    context = {"as_of": AS_OF, "items": items(count)}
    data = render_file(save_template(tmp_path, marked_book()), context)
    book = opened(data)
    last = max(count, 1) + 1
    sheet = book.active
    rule = sheet.data_validations.dataValidation[0]
    assert str(rule.sqref) in (f"B2:B{last}", "B2")
    assert rule.formula2 == f"$B${last + 1}"
    area, rules = next(iter(sheet.conditional_formatting._cf_rules.items()))
    assert str(area.sqref) == f"A2:C{last}"
    assert rules[0].formula == [f"$B2>$B${last + 1}"]
    assert sheet.auto_filter.ref == f"A1:C{last}"
    assert sheet.print_area == f"'明细'!$A$1:$C${last + 1}"
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.freeze_panes == "A2"
    assert sheet.row_breaks.brk[0].id == last + 1
    assert [sheet.row_dimensions[row].height for row in (1, 2, last, last + 1)] == [
        *(None, 30, 30),
        40,
    ]
    assert sheet[f"B{last}"].comment.text == "按合同"
    assert sheet[f"C{last + 1}"].hyperlink.location == f"明细!A{last + 1}"
    assert sheet.tables["明细表"].ref == f"A1:C{last}"
    end = "" if count < 2 else f":$B${last}"
    assert book.defined_names["金额"].attr_text == f"明细!$B$2{end}"
    assert book.defined_names["合计"].attr_text == f"明细!$B${last + 1}"
    parts = read_package(data)
    chart = parts["xl/charts/chart1.xml"].decode()
    assert set(re.findall(r"<f>(.*?)</f>", chart)) == {
        f"'明细'!${column}$2{end.replace('B', column)}" for column in "AB"
    }
    # The anchor is counted from 0 and stood two rows below the last row of the template.
    assert f"<row>{last + 2}</row>" in parts["xl/drawings/drawing1.xml"].decode()


def test_a_row_with_a_height_grows_with_its_text_and_others_are_left_alone(tmp_path: Path) -> None:
    book = one_sheet([["{{ name }}"], ["{{ name }}"], ["{{ name }}"]])
    sheet = book.active
    sheet.column_dimensions["A"].width = 20
    for row in (1, 2):
        sheet[f"A{row}"].alignment = Alignment(wrap_text=row == 1)
        sheet.row_dimensions[row].height = 18
    result = filled(tmp_path, book, name="质" * 60).active
    assert result.row_dimensions[1].height > 18 * 4
    assert result.row_dimensions[2].height == 18
    assert result.row_dimensions[3].height is None


# ---------------------------------------------------------------- what else a template may hold

PICTURE = b"\x89PNG\r\n\x1a\n"
SHAPE = (
    "<xdr:oneCellAnchor><xdr:from><xdr:col>0</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>4"
    '</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:from><xdr:ext cx="1" cy="1"/>'
    "<xdr:sp><a:t>{{ name }}</a:t></xdr:sp></xdr:oneCellAnchor>"
)


def test_pictures_and_text_boxes_stay(tmp_path: Path) -> None:
    book = one_sheet(LIST)
    book.active.add_chart(BarChart(), "A5")
    path = save_template(tmp_path, book)
    parts = read_package(path.read_bytes())
    drawing, rels = "xl/drawings/drawing1.xml", "xl/drawings/_rels/drawing1.xml.rels"
    spaces = (
        'xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" '
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    )
    parts[drawing] = f"<xdr:wsDr {spaces}>{SHAPE}</xdr:wsDr>".encode()
    parts[rels] = parts[rels].replace(
        b"</Relationships>",
        b'<Relationship Id="rId9" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        b'relationships/image" Target="../media/logo.png"/></Relationships>',
    )
    parts["xl/media/logo.png"] = PICTURE
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
        b"</Types>", b'<Default Extension="png" ContentType="image/png"/></Types>'
    )
    path.write_bytes(packed(parts))
    result = read_package(render_file(path, {"as_of": AS_OF, "items": items(5), "name": "甲&乙"}))
    assert result["xl/media/logo.png"] == PICTURE
    assert b'Extension="png"' in result["[Content_Types].xml"]
    assert "甲&amp;乙" in result[drawing].decode()
    assert b"<xdr:row>6</xdr:row>" in result[drawing]


def changed(folder: Path, book: Any, part: str, old: str, new: str) -> Path:
    """A template with a piece of one part replaced."""
    path = save_template(folder, book)
    parts = read_package(path.read_bytes())
    assert old in parts[part].decode(), part
    parts[part] = parts[part].decode().replace(old, new).encode()
    path.write_bytes(packed(parts))
    return path


SHEET = "xl/worksheets/sheet1.xml"


def test_shared_strings_keep_their_formats_and_lose_their_tags(tmp_path: Path) -> None:
    path = save_template(tmp_path, one_sheet([["甲乙", "{{ name }}", "乙"]]))
    parts = read_package(path.read_bytes())
    for number, text in enumerate(("甲乙", "{{ name }}")):
        inline = f't="inlineStr"><is><t>{text}</t></is>'
        escaped = inline.encode("ascii", "xmlcharrefreplace")
        assert escaped in parts[SHEET]
        parts[SHEET] = parts[SHEET].replace(escaped, f't="s"><v>{number}</v>'.encode())
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rich = "<si><r><rPr><b/></rPr><t>甲</t></r><r><t>乙</t></r></si>"
    parts["xl/sharedStrings.xml"] = (
        f'<sst xmlns="{main}">{rich}<si><t>{{{{ name }}}}</t></si></sst>'.encode()
    )
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    parts["xl/_rels/workbook.xml.rels"] = parts["xl/_rels/workbook.xml.rels"].replace(
        b"</Relationships>",
        f'<Relationship Id="s" Type="{kind}" Target="sharedStrings.xml"/></Relationships>'.encode(),
    )
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    override = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
    types = parts["[Content_Types].xml"]
    parts["[Content_Types].xml"] = types.replace(b"</Types>", override.encode())
    path.write_bytes(packed(parts))
    data = render_file(path, {"as_of": AS_OF, "name": "=丙"})
    sheet = opened(data).active
    assert [cell.value for cell in sheet[1]] == ["甲乙", "=丙", "乙"]
    strings = read_package(data)["xl/sharedStrings.xml"].decode()
    assert rich in strings
    assert "{{" not in strings


def test_a_namespace_prefix_makes_no_difference(tmp_path: Path) -> None:
    path = save_template(tmp_path, marked_book())
    context = {"as_of": AS_OF, "items": items(3)}
    plain = read_package(render_file(path, context))
    parts = read_package(path.read_bytes())
    for part in (SHEET, "xl/workbook.xml", "xl/styles.xml"):
        text = re.sub(r"<(/?)([A-Za-z])", r"<\1x:\2", parts[part].decode())
        parts[part] = text.replace(" xmlns=", " xmlns:x=", 1).encode()
    path.write_bytes(packed(parts))
    assert read_package(render_file(path, context)) == plain


def test_figures_kept_in_charts_are_forgotten_and_their_texts_filled(tmp_path: Path) -> None:
    kept = '</f><numCache><ptCount val="1"/><pt idx="0"><v>7</v></pt></numCache>'
    path = changed(tmp_path, marked_book(), "xl/charts/chart1.xml", "</f>", kept)
    parts = read_package(path.read_bytes())
    title = "<c:title xmlns:c='urn:c'><c:t>{{ name }}</c:t></c:title></chartSpace>"
    chart = parts["xl/charts/chart1.xml"].replace(b"</chartSpace>", title.encode())
    parts["xl/charts/chart1.xml"] = chart
    path.write_bytes(packed(parts))
    context = {"as_of": AS_OF, "items": items(2), "name": "甲&<乙>"}
    result = read_package(render_file(path, context))["xl/charts/chart1.xml"].decode()
    assert "numCache" not in result
    assert "甲&amp;&lt;乙&gt;" in result


def test_an_order_of_calculation_is_forgotten(tmp_path: Path) -> None:
    path = save_template(tmp_path, one_sheet(LIST))
    parts = read_package(path.read_bytes())
    parts["xl/calcChain.xml"] = b"<calcChain><c r='B5' i='1'/></calcChain>"
    for part, end, entry in (
        ("[Content_Types].xml", b"</Types>", b"<Override PartName='/xl/calcChain.xml' %s/>"),
        ("xl/_rels/workbook.xml.rels", b"</Relationships>", b"<Relationship Id='c' %s/>"),
    ):
        kind = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/calcChain"
        facts = (
            b"ContentType='x'" if end == b"</Types>" else b"Type='%s' Target='calcChain.xml'" % kind
        )
        parts[part] = parts[part].replace(end, entry % facts + end)
    path.write_bytes(packed(parts))
    result = read_package(render_file(path, {"as_of": AS_OF, "items": items(2)}))
    assert "xl/calcChain.xml" not in result
    assert b"calcChain" not in b"".join(result.values())


@pytest.mark.parametrize("count", [0, 1, 12])
def test_notes_of_sample_rows_repeat_with_frames_of_their_own(tmp_path: Path, count: int) -> None:
    book = one_sheet(LIST)
    for place, text in (("A3", "每行一条"), ("B3", "同上"), ("C5", "只有一条")):
        book.active[place].comment = Comment(text, "审核")
    path = save_template(tmp_path, book)
    data = render_file(path, {"as_of": AS_OF, "items": items(count)})
    sheet, times = opened(data).active, max(count, 1)
    notes = {c.coordinate: c.comment.text for row in sheet for c in row if c.comment}
    expected = {
        f"{column}{row}": text
        for row in range(2, times + 2)
        for column, text in (("A", "每行一条"), ("B", "同上"))
    }
    assert notes == {**expected, f"C{times + 2}": "只有一条"}
    frames = read_package(data)["xl/drawings/commentsDrawing1.vml"].decode()
    rows = [int(row) for row in re.findall(r"Row>(\d+)</", frames)]
    assert sorted(rows) == sorted([*range(1, times + 1), *range(1, times + 1), times + 1])
    names = re.findall(r'id="(_x0000_s[^"]+)"', frames)
    assert len(names) == len(set(names)) == 2 * times + 1


def test_rules_of_one_of_several_sample_rows_stay_with_it(tmp_path: Path) -> None:
    book = one_sheet(
        [["{%tr for r in items %}"], ["{{ r.name }}"], ["{{ r.amount }}"], ["{%tr endfor %}"]]
    )
    rule = DataValidation(type="whole", operator="equal", formula1="1")
    rule.add("A3")
    book.active.add_data_validation(rule)
    condition: Any = FormulaRule
    book.active.conditional_formatting.add("A2:B3", condition(formula=["$A3>0"]))
    sheet = filled(tmp_path, book, items=items(3)).active
    assert str(sheet.data_validations.dataValidation[0].sqref).split() == ["A2", "A4", "A6"]
    assert [str(area.sqref) for area in sheet.conditional_formatting] == ["A1:B6"]
    assert [r.formula for a in sheet.conditional_formatting for r in a.rules] == [["$A2>0"]]


def test_links_of_sample_rows_repeat(tmp_path: Path) -> None:
    book = one_sheet(LIST, "明细")
    book.active["A3"].hyperlink = Hyperlink(ref="A3", location="明细!B3")
    book.active["B3"].hyperlink = "https://example.com/"
    sheet = filled(tmp_path, book, items=items(2)).active
    assert [sheet[f"A{row}"].hyperlink.location for row in (2, 3)] == ["明细!B2", "明细!B3"]
    assert {sheet[f"B{row}"].hyperlink.target for row in (2, 3)} == {"https://example.com/"}


def test_braces_that_are_no_tags_stay(tmp_path: Path) -> None:
    book = one_sheet(
        [
            ["{# 甲 #}", "{ {乙} }", '=SUM({1,2})&"{"'],
            ["{%tr for r in items %}"],
            ["{#", "{{ r.name }}", '=A3&"{#"'],
            ["{%tr endfor %}"],
        ]
    )
    sheet = filled(tmp_path, book, items=items(1)).active
    assert [cell.value for cell in sheet[1]] == ["{# 甲 #}", "{ {乙} }", '=SUM({1,2})&"{"']
    assert [cell.value for cell in sheet[2]] == ["{#", "第1项", '=A2&"{#"']


def test_figures_are_written_digit_by_digit(tmp_path: Path) -> None:
    path = save_template(tmp_path, one_sheet([["{{ a }}", "{{ b }}", "=A1"]]))
    context = {"as_of": AS_OF, "a": Decimal("0.10"), "b": Decimal("12345678901234567.89")}
    sheet = read_package(render_file(path, context))[SHEET].decode()
    assert re.findall("<v>(.*?)</v>", sheet) == ["0.10", "12345678901234567.89", "0.10"]


def test_what_was_printed_before_changes_nothing(tmp_path: Path) -> None:
    path = save_template(
        tmp_path, one_sheet([["{%tr for r in items %}"], ["{{ r.x }}"], ["{%tr endfor %}"]])
    )
    values = ["甲", 1, True, 1.0, Decimal("1.0"), Decimal(1), "1", None, ""]

    def column(*order: object) -> list[str]:
        data = render({"as_of": AS_OF, "items": [{"x": value} for value in order]})
        sheet = read_package(data)[SHEET].decode()
        return [re.sub(' r="A\\d+"', "", cell) for cell in re.findall("<c .*?(?:/>|</c>)", sheet)]

    render = open_template(path.read_bytes(), "xlsx", "表")
    assert column(*values[::-1]) == column(*values)[::-1]
    assert len(set(column(*values))) == 6


@pytest.mark.parametrize(
    ("part", "old", "new", "feature"),
    [
        ("xl/workbook.xml", "<workbookPr/>", '<workbookPr date1904="1"/>', "date1904"),
        (SHEET, "<f>SUM", '<f t="dataTable" ref="B2:B2" r1="A1">SUM', "dataTable"),
    ],
)
def test_what_cannot_follow_is_refused(
    tmp_path: Path, part: str, old: str, new: str, feature: str
) -> None:
    path = changed(tmp_path, one_sheet([["x", "=SUM(A1:A1)"]]), part, old, new)
    with pytest.raises(ContentError) as caught:
        render_file(path, {"as_of": AS_OF})
    assert [(p.code, p.values["feature"]) for p in caught.value.problems] == [
        ("template.unsupported", feature)
    ]


@pytest.mark.parametrize("feature", ["<x14:sparklineGroups/>", '<legacyDrawingHF r:id="x"/>'])
def test_what_would_be_lost_is_refused(tmp_path: Path, feature: str) -> None:
    end = "</worksheet>"
    path = changed(tmp_path, one_sheet([["x"]]), SHEET, end, feature + end)
    with pytest.raises(ContentError) as caught:
        render_file(path, {"as_of": AS_OF})
    assert [found.code for found in caught.value.problems] == ["template.unsupported"]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([["{{ nmae }}"]], [("template.unknown-field-guess", "表!A1")]),
        ([["{{ company.nam }}"]], [("template.unknown-field-guess", "表!A1")]),
        ([["{{ name.__class__ }}"]], [("template.unknown-field", "表!A1")]),
        ([["{{ name | upper }}"]], [("template.bad-tag", "表!A1")]),
        ([["{{ 1 + 1 }}"]], [("template.bad-tag", "表!A1")]),
        ([["{% if name %}"]], [("template.bad-loop", "表!A1")]),
        ([['="{{ name }}"']], [("template.bad-tag", "表!A1")]),
        ([["{{ items }}"]], [("template.value-type", "表!A1")]),
        ([["{%tr for r in items %}"], ["x"]], [("template.bad-loop", "表!A1")]),
        ([["x"], ["{%tr endfor %}"]], [("template.bad-loop", "表!A2")]),
        (
            [["{%tr for r in items %}"], ["{%tr endfor %}"]],
            [("template.bad-loop", f"表!A{n}") for n in (2, 1)],
        ),
        ([["{%tr for r in name %}"], ["x"], ["{%tr endfor %}"]], [("template.not-rows", "表!A1")]),
        (
            [["{%tr for r in items %}"], ["{{ r.nmae }}", "{{ r.x }}"], ["{%tr endfor %}"]],
            [("template.unknown-field-guess", "表!A2"), ("template.unknown-field", "表!B2")],
        ),
    ],
)
def test_a_faulty_template_names_its_cells(
    tmp_path: Path, rows: list[list[Any]], expected: list[tuple[str, str]]
) -> None:
    context = {"name": "甲", "company": {"name": "甲"}, "items": items(2)}
    found = faults(tmp_path, one_sheet(rows), **context)
    assert list(dict.fromkeys(found)) == list(dict.fromkeys(expected))


def test_an_unknown_name_comes_with_the_nearest_known_one(tmp_path: Path) -> None:
    with pytest.raises(ContentError) as caught:
        filled(tmp_path, one_sheet([["{{ company_nmae }}"]]), company_name="甲")
    assert caught.value.problems[0].values == {"name": "company_nmae", "near": "company_name"}


def test_a_file_that_is_no_workbook_is_named(tmp_path: Path) -> None:
    path = tmp_path / "small.xlsx"
    path.write_bytes(b"not a zip")
    with pytest.raises(ContentError) as caught:
        render_file(path, {"as_of": AS_OF})
    assert [found.code for found in caught.value.problems] == ["template.unreadable"]


def test_a_text_too_long_for_a_cell_is_refused(tmp_path: Path) -> None:
    assert faults(tmp_path, one_sheet([["{{ x }}"]]), x="质" * 32_768) == [
        ("template.text-too-long", "表!A1")
    ]


# ---------------------------------------------------------------- our templates


def budget(count: int, **changes: object) -> dict[str, Any]:
    groups, classes = ("人才与培训", "计量与检测", "机动"), ("预防成本", "鉴定成本", "预备费")
    rows = [
        {
            "no": n + 1,
            "group": groups[n % 3],
            "name": f"项目{n + 1}",
            "cost_class": classes[n % 3],
            "basis": "按合同价测算",
            "owner": "质量管理部",
            "q1": Decimal(n * 1000) / 8,
            "q2": Decimal("0.10"),
            "q3": None if n % 2 else Decimal("333.33"),
            "q4": Decimal("1000000.01"),
            "source": "专项经费",
        }
        for n in range(count)
    ]
    return {
        "as_of": AS_OF,
        "title": "2027年度首席质量官专项经费预算",
        "company_name": LONG_NAME,
        "year": 2027,
        "currency": "元",
        "items": rows,
        "groups": [{"name": name} for name in groups[: max(0, min(3, count))]],
        "cost_classes": {
            "prevention": "预防成本",
            "appraisal": "鉴定成本",
            "assurance": "外部质量保证成本",
            "reserve": "预备费",
        },
        "training_group": groups[0],
        "total": sum((amount(row) for row in rows), Decimal(0)),
        "capital": "人民币壹元整",
        "payroll_total": None,
        **changes,
    }


def amount(row: dict[str, Any]) -> Decimal:
    return sum((row[f"q{n}"] or Decimal(0) for n in range(1, 5)), Decimal(0))


GRADES = [
    {"grade": "优秀", "minimum": Decimal(90), "result": "奖励"},
    {"grade": "良好", "minimum": Decimal(80), "result": "兑现绩效"},
    {"grade": "合格", "minimum": Decimal(60), "result": "改进"},
    {"grade": "不合格", "minimum": Decimal(0), "result": "约谈"},
]


def assessment(weights: tuple[str, ...] = ("60", "40"), **changes: object) -> dict[str, Any]:
    return {
        "as_of": AS_OF,
        "title": "2027年度首席质量官考核表",
        "company_name": "甲公司",
        "person": "欧阳振华",
        "post": "首席质量官",
        "year": 2027,
        "cycle": "每年度一次",
        "period": "2027年1月1日至2027年12月31日",
        "indicators": [
            {
                "no": n,
                "group": "质量管理",
                "name": f"指标{n}",
                "target": "不低于98%",
                "evidence": "统计台账",
                "scoring": "每低1个百分点扣5分",
                "weight": Decimal(weight),
            }
            for n, weight in enumerate(weights, 1)
        ],
        "weight_self": Decimal(0),
        "weight_superior": Decimal(60),
        "weight_board": Decimal(40),
        "groups": [{"name": "质量管理"}],
        "grades": GRADES,
        "veto": [{"no": 1, "name": "重大质量安全事故"}, {"no": 2, "name": "伪造检验数据"}],
        **changes,
    }


STATUSES = {
    "covered": "已落文书",
    "met": "已满足",
    "not_met": "未满足",
    "optional": "可选",
    "not_applicable": "不适用",
    "action": "待办",
    "information": "知悉",
}


def matrix(count: int, **changes: object) -> dict[str, Any]:
    standards, names = ("DB50/T 1696—2024", "晋市监发〔2021〕264号"), list(STATUSES.values())
    clauses = [
        {
            "no": n + 1,
            "standard": standards[n % 2],
            "ref": f"5.{n}",
            "topic": "任职资格",
            "modality": "应",
            "actor": "企业",
            "summary": "负责制定质量方针和质量目标。",
            "status": names[n % 7],
            "reason": "职责说明书写明",
            "papers": "岗位职责说明书",
            "blocks": f"duties-{n}",
        }
        for n in range(count)
    ]
    return {
        "as_of": AS_OF,
        "title": "条款对照表",
        "company_name": "甲公司",
        "clauses": clauses,
        "paragraphs": [
            {
                "no": 1,
                "paper": "决定",
                "block": "a",
                "text": "文",
                "topic": "聘任",
                "clauses": "5.1",
            }
        ],
        "coverage": [
            {
                "standard": name,
                "role": "依据",
                "total": sum(clause["standard"] == name for clause in clauses),
            }
            for name in standards
        ],
        "statuses": STATUSES,
        "verdicts": [{"standard": standards[0], "verdict": "符合", "failed": "", "missing": ""}],
        **changes,
    }


CONTEXTS: dict[str, Callable[[int], dict[str, Any]]] = {
    "budget": budget,
    "assessment": lambda n: assessment(("100",) * n),
    "matrix": matrix,
}


@pytest.mark.parametrize("name", CONTEXTS)
@pytest.mark.parametrize("count", [0, 1, 3, 40])
def test_our_templates_fill_and_no_tag_stays(name: str, count: int) -> None:
    data = render_file(TEMPLATES / f"{name}.xlsx", CONTEXTS[name](count))
    for part, content in read_package(data).items():
        assert b"{{" not in content, part
        assert b"{%" not in content, part
        assert b"#REF!" not in content, part


@pytest.mark.parametrize("name", CONTEXTS)
@pytest.mark.parametrize("count", [0, 1, 3, 40])
def test_every_formula_of_our_templates_has_a_value(name: str, count: int) -> None:
    data = render_file(TEMPLATES / f"{name}.xlsx", CONTEXTS[name](count))
    sheets = [p for part, p in read_package(data).items() if part.startswith("xl/worksheets/sheet")]
    cells = re.findall(r"<f>.*?</c>", b"".join(sheets).decode())
    assert cells
    assert [cell for cell in cells if "<v>" not in cell] == []


def test_the_chart_covers_all_groups() -> None:
    data = render_file(TEMPLATES / "budget.xlsx", budget(9))
    charts = "".join(read_package(data)[f"xl/charts/chart{n}.xml"].decode() for n in (1, 2))
    found = set(re.findall(r"<f>(.*?)</f>", charts))
    assert {f"'分类汇总'!${column}$4:${column}$6" for column in "ABCDEF"} < found
    assert "'分类汇总'!$B$10:$B$13" in found


def test_the_chart_of_the_assessment_covers_all_groups() -> None:
    groups = [{"name": name} for name in ("质量安全", "质量基础", "履职管理")]
    data = render_file(TEMPLATES / "assessment.xlsx", assessment(groups=groups))
    found = re.findall(r"<f>(.*?)</f>", read_package(data)["xl/charts/chart1.xml"].decode())
    assert {f"'分类汇总'!${column}$4:${column}$6" for column in "ABC"} <= set(found)


def test_equal_input_gives_equal_bytes_without_clock_or_names() -> None:
    for name, context in CONTEXTS.items():
        data = render_file(TEMPLATES / f"{name}.xlsx", context(3))
        assert data == render_file(TEMPLATES / f"{name}.xlsx", context(3))
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            assert archive.namelist()[0] == "[Content_Types].xml"
            core = archive.read("docProps/core.xml").decode()
        assert core.count("2026-11-08T00:00:00Z") == 2
        assert re.search("<dc:creator[^>]*>cqo-docs<", core)
        assert b'fullCalcOnLoad="1"' in read_package(data)["xl/workbook.xml"]


def test_bytes_do_not_depend_on_the_process(tmp_path: Path) -> None:
    code = (
        "import datetime, hashlib, pathlib, sys; from cqo_docs.render import render_file;"
        f"sys.path.insert(0, {str(ROOT / 'tests')!r}); import test_excel as t;"
        "print([hashlib.sha256(render_file(t.TEMPLATES / f'{n}.xlsx', c(5))).hexdigest()"
        " for n, c in t.CONTEXTS.items()])"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "PATH": ""},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_the_committed_templates_are_what_the_script_builds(tmp_path: Path) -> None:
    def check(folder: Path) -> int:
        script = [sys.executable, "tools/build_excel_templates.py", "--check"]
        command = [*script, "--folder", str(folder)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode

    assert check(TEMPLATES) == 0
    for name in CONTEXTS:
        shutil.copy(TEMPLATES / f"{name}.xlsx", tmp_path)
    parts = read_package((tmp_path / "matrix.xlsx").read_bytes())
    parts["xl/styles.xml"] = parts["xl/styles.xml"].replace("宋体".encode(), "楷体".encode(), 1)
    (tmp_path / "matrix.xlsx").write_bytes(packed(parts))
    assert check(tmp_path) == 1


# ---------------------------------------------------------------- figures


def recalculated(books: Mapping[str, bytes]) -> dict[str, Any]:
    """The workbooks with the values that LibreOffice calculates, by their names."""
    saved = resaved({f"{name}.xlsx": data for name, data in books.items()}, "xlsx")
    return {
        name: load_workbook(io.BytesIO(saved[f"{name}.xlsx"]), data_only=True) for name in books
    }


def named(book: Any, name: str) -> object:
    sheet, cell = next(iter(book.defined_names[name].destinations))
    return book[sheet][cell.replace("$", "")].value


def scored(data: bytes, scores: list[tuple[object, ...]], veto: tuple[str, ...] = ()) -> bytes:
    """The assessment with scores and veto answers typed in."""
    book: Any = load_workbook(io.BytesIO(data))
    for row, line in enumerate(scores, 7):
        for column, score in zip("HIJ", line, strict=True):
            book["考核表"][f"{column}{row}"] = score
    for row, answer in enumerate(veto, 6):
        book["考核结果"][f"E{row}"] = answer
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


BUDGETS: dict[str, tuple[dict[str, Any], str, str]] = {
    "empty": (budget(0), "与文书一致", "未填工资总额"),
    "one": (budget(1, payroll_total=Decimal(1_000_000)), "与文书一致", "超出，提示"),
    "three": (budget(3, payroll_total=Decimal(99_000_000)), "与文书一致", "未超"),
    "forty": (budget(40, payroll_total=Decimal(0)), "与文书一致", "未填工资总额"),
    "off": (budget(7, total=Decimal("1.00")), "与文书不符", "未填工资总额"),
    "unsaid": (budget(2, total=None), "文书未填金额", "未填工资总额"),
    "edge": (
        budget(1, payroll_total=Decimal("12504172.5"), total=Decimal("1000333.44")),
        "与文书一致",
        "未超",
    ),
}


def read_back(data: bytes) -> Any:
    """A workbook as a reader without a formula engine sees it."""
    return load_workbook(io.BytesIO(data), data_only=True)


def check_budget(book: Any, name: str) -> None:
    context, agreement, training = BUDGETS[name]
    rows = context["items"]
    total = sum((amount(row) for row in rows), Decimal(0))
    assert named(book, "预算合计") == pytest.approx(float(total)), name
    assert named(book, "预算核对") == agreement, name
    assert named(book, "培训费核对") == training, name
    summary, last = book["分类汇总"], 4 + max(len(context["groups"]), 1)
    for row, group in enumerate(context["groups"], 4):
        mine = sum((amount(r) for r in rows if r["group"] == group["name"]), Decimal(0))
        assert summary[f"G{row}"].value == pytest.approx(float(mine)), name
        assert summary[f"F{row}"].value == 0, name
    assert summary[f"G{last}"].value == pytest.approx(float(total)), name
    for row, quarter in enumerate(("q1", "q2", "q3", "q4"), last + 3):
        mine = sum((r[quarter] or Decimal(0) for r in rows), Decimal(0))
        assert summary[f"B{row}"].value == pytest.approx(float(mine)), name
    planned = [r[0].value for r in book["执行表"].iter_rows(5, 4 + len(rows), 3, 3)]
    assert planned == pytest.approx([float(amount(row)) for row in rows]), name
    assert [book["核对"][f"E{row}"].value for row in (5, 6)] == ["一致", "一致"], name


@pytest.mark.parametrize("name", BUDGETS)
def test_budget_figures_are_there_before_anything_calculates(name: str) -> None:
    check_budget(read_back(render_file(TEMPLATES / "budget.xlsx", BUDGETS[name][0])), name)


@pytest.mark.slow
def test_budget_figures_agree_with_python() -> None:
    template = TEMPLATES / "budget.xlsx"
    data = {name: render_file(template, case[0]) for name, case in BUDGETS.items()}
    for name, book in recalculated(data).items():
        check_budget(book, name)


def two(*lines: tuple[object, ...]) -> list[tuple[object, ...]]:
    return list(lines)


ASSESSMENTS: dict[str, tuple[dict[str, Any], list[tuple[object, ...]], tuple[str, ...], str]] = {
    "excellent": (assessment(), two((None, 95, 90), (None, 90, 95)), ("否", "否"), "优秀"),
    "threshold": (assessment(), two((70, 90, 90), (0, 90, 90)), ("否", "否"), "优秀"),
    "below": (assessment(), two((100, 89.98, 90), (100, 90, 90)), ("否", "否"), "良好"),
    "failed": (assessment(), two((None, 0, 59), (None, 0, 59)), ("否", "否"), "不合格"),
    "veto": (assessment(), two((None, 95, 90), (None, 90, 95)), ("否", "是"), "不合格"),
    "unscored": (assessment(), two((100, 95, 90), (100, None, 95)), ("否", "否"), "评分未齐"),
    "weights": (assessment(("60", "30")), two((1, 95, 9), (1, 90, 9)), ("否", "否"), "权重不为100"),
    "scorers": (
        assessment(weight_self=Decimal(10)),
        two((1, 95, 90), (1, 90, 95)),
        ("否", "否"),
        "权重不为100",
    ),
    "fractions": (
        assessment(("33.3", "33.3", "33.4")),
        two((None, 80, 80), (None, 70, 70), (None, 90, 90)),
        ("否", "否"),
        "良好",
    ),
    "nothing": (assessment(()), [], (), "权重不为100"),
    "no grades": (assessment(grades=[]), two((1, 95, 90), (1, 90, 95)), ("否", "否"), "未设等次"),
}


def test_an_assessment_form_starts_with_what_is_missing() -> None:
    book = read_back(render_file(TEMPLATES / "assessment.xlsx", assessment()))
    assert named(book, "考核得分") == 0
    assert named(book, "考核等次") == "评分未齐"
    assert named(book, "评分填写核对") == "还差4项"
    assert named(book, "否决填写核对") == "还差2项"
    assert [book["等次"][f"C{row}"].value for row in (4, 5, 7)] == [
        *("90分及以上", "80分及以上、不足90分", "不足60分")
    ]


@pytest.mark.slow
def test_assessment_scores_and_grades_agree_with_python() -> None:
    template = TEMPLATES / "assessment.xlsx"
    data = {
        name: scored(render_file(template, context), scores, veto)
        for name, (context, scores, veto, _) in ASSESSMENTS.items()
    }
    for name, book in recalculated(data).items():
        context, scores, _, grade = ASSESSMENTS[name]
        columns = [context[f"weight_{who}"] for who in ("self", "superior", "board")]
        weights = [row["weight"] for row in context["indicators"]]
        total = sum(
            Decimal(str(score or 0)) * weight * column / 10000
            for line, weight in zip(scores, weights, strict=True)
            for score, column in zip(line, columns, strict=True)
        )
        missing = sum(
            score is None and column > 0
            for line in scores
            for score, column in zip(line, columns, strict=True)
        )
        assert named(book, "考核得分") == pytest.approx(float(total), abs=0.0051), name
        assert named(book, "考核等次") == grade, name
        sums = {row[0]: row for row in book["分类汇总"].iter_rows(min_row=4, values_only=True)}
        assert sums["合　计"][1] == pytest.approx(float(sum(weights))), name
        assert sums["合　计"][2] == pytest.approx(float(total), abs=0.0051), name
        sound = "合计为100" if sum(weights) == 100 else "不为100"
        assert named(book, "指标权重核对") == sound, name
        assert named(book, "评分权重核对") == ("合计为100" if sum(columns) == 100 else "不为100"), (
            name
        )
        assert named(book, "评分填写核对") == (f"还差{missing}项" if missing else "已填齐"), name


MATRICES = {
    **{f"m{n}": matrix(n) for n in (0, 1, 40)},
    "short": matrix(9, coverage=[{"standard": "DB50/T 1696—2024", "role": "", "total": 9}]),
}


def check_matrix(book: Any, name: str) -> None:
    clauses: Any = MATRICES[name]["clauses"]
    sheet = book["覆盖情况"]
    for row, entry in enumerate(MATRICES[name]["coverage"], 4):
        counts = [
            sum((c["standard"], c["status"]) == (entry["standard"], s) for c in clauses)
            for s in STATUSES.values()
        ]
        assert [cell.value for cell in sheet[row][3:10]] == counts, name
        assert sheet[f"L{row}"].value == ("相符" if name != "short" else "不符"), name
        covered, met, not_met, _, _, action, _ = counts
        wanting = covered + met + not_met + action
        share = sheet[f"M{row}"].value
        assert share == ("—" if not wanting else pytest.approx((covered + met) / wanting)), name
    assert named(book, "条款核对") == ("不符" if name == "short" else "相符"), name


@pytest.mark.parametrize("name", MATRICES)
def test_coverage_counts_are_there_before_anything_calculates(name: str) -> None:
    check_matrix(read_back(render_file(TEMPLATES / "matrix.xlsx", MATRICES[name])), name)


@pytest.mark.slow
def test_coverage_counts_agree_with_python() -> None:
    template = TEMPLATES / "matrix.xlsx"
    data = {name: render_file(template, case) for name, case in MATRICES.items()}
    for name, book in recalculated(data).items():
        check_matrix(book, name)


@pytest.mark.slow
def test_a_template_saved_by_another_program_still_fills(tmp_path: Path) -> None:
    copies = {f"{name}.xlsx": (TEMPLATES / f"{name}.xlsx").read_bytes() for name in CONTEXTS}
    template = tmp_path / "budget.xlsx"
    template.write_bytes(resaved(copies, "xlsx")["budget.xlsx"])
    context = budget(12)
    book = recalculated({"budget": render_file(template, context)})["budget"]
    assert named(book, "预算合计") == pytest.approx(float(context["total"]))
    assert named(book, "预算核对") == "与文书一致"

"""Build the three Excel templates; looks live here until a designer restyles them in Excel.

python tools/build_excel_templates.py            write templates/*.xlsx
python tools/build_excel_templates.py --check    exit 1 if a committed template differs
"""

from __future__ import annotations

import argparse
import datetime
import io
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference, Series
from openpyxl.chart.data_source import AxDataSource, StrRef
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.series import SeriesLabel
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor
from openpyxl.formatting.rule import FormulaRule
from openpyxl.packaging.core import DocumentProperties
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter as letter
from openpyxl.utils.indexed_list import IndexedList
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.cell_range import MultiCellRange
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.writer.excel import ExcelWriter

from cqo_docs.office.package import assemble, make_shell, read_package

FOLDER = Path(__file__).resolve().parent.parent / "templates"
BUILT = datetime.datetime(2026, 1, 1)

SONG, HEI = "宋体", "黑体"
INK, MUTED = "FF1F1F1F", "FF595959"
HEAD_FILL, SUM_FILL, INPUT_FILL = "FFDCE6F1", "FFF2F2F2", "FFFFFBE6"
GOOD, BAD = "FF1E6B33", "FFC00000"
AMOUNT = '#,##0.00_ ;-#,##0.00_ ;"—"_ '
YUAN = '"¥"#,##0.00_ ;"-¥"#,##0.00_ '
LABELS = "#,##0;;"
RATE = "0.0%_ "
SCORE = "0.##"
POINTS = '0.##"%"'

# The charts' own fonts; openpyxl has no field for them.
CHART_FONT = (
    '<txPr><a:bodyPr xmlns:a="{a}"/><a:p xmlns:a="{a}"><a:pPr><a:defRPr sz="900">'
    '<a:latin typeface="宋体"/><a:ea typeface="宋体"/></a:defRPr></a:pPr>'
    '<a:endParaRPr lang="zh-CN"/></a:p></txPr>'
).format(a="http://schemas.openxmlformats.org/drawingml/2006/main")


# ---------------------------------------------------------------- looks


def fill(colour: str) -> PatternFill:
    """A plain background."""
    return PatternFill("solid", start_color=colour, end_color=colour)


def style(
    name: str,
    font: str = SONG,
    size: float = 10,
    *,
    at: str = "center",
    wrap: bool = True,
    box: bool = True,
    back: str = "",
    colour: str = INK,
    form: str = "General",
    bold: bool = False,
    open_cell: bool = False,
) -> NamedStyle:
    """One named cell style, to be found and changed in Excel's gallery of styles."""
    line = Side(style="thin", color="FF7F7F7F")
    made = NamedStyle(name=name)
    made.font = Font(name=font, size=size, bold=bold, color=colour, charset=134)
    made.alignment = Alignment(horizontal=at, vertical="center", wrap_text=wrap)
    made.border = Border(left=line, right=line, top=line, bottom=line) if box else Border()
    if back:
        made.fill = fill(back)
    made.number_format = form
    made.protection = Protection(locked=not open_cell)
    return made


def styles() -> Iterable[NamedStyle]:
    """The house styles."""
    yield style("文件标题", HEI, 18, box=False)
    yield style("表外信息", size=10.5, at="left", box=False)
    yield style("表外信息右", size=10.5, at="right", box=False)
    yield style("截止日期", size=10.5, at="right", box=False, form='"截至"yyyy"年"m"月"d"日"')
    yield style("说明", size=9, at="left", box=False, colour=MUTED)
    yield style("小节", HEI, 11, at="left", box=False, wrap=False)
    yield style("表头", HEI, 10, back=HEAD_FILL)
    yield style("正文", at="left")
    yield style("居中")
    yield style("金额", at="right", wrap=False, form=AMOUNT)
    yield style("比率", at="right", wrap=False, form=RATE)
    yield style("分数", form=SCORE)
    yield style("权重", form=POINTS)
    yield style("计数", form="0")
    yield style("合计", HEI, back=SUM_FILL)
    yield style("合计左", HEI, at="left", back=SUM_FILL)
    yield style("合计金额", at="right", wrap=False, back=SUM_FILL, form=YUAN, bold=True)
    yield style("合计比率", at="right", wrap=False, back=SUM_FILL, form=RATE, bold=True)
    # A blank form shows no zero score.
    yield style("合计分数", back=SUM_FILL, form='[=0]"";0.00', bold=True)
    yield style("合计权重", back=SUM_FILL, form=POINTS, bold=True)
    yield style("合计计数", back=SUM_FILL, form="0", bold=True)
    yield style("结论", HEI)
    yield style("录入金额", at="right", wrap=False, back=INPUT_FILL, form=AMOUNT, open_cell=True)
    yield style("录入分数", back=INPUT_FILL, form=SCORE, open_cell=True)
    yield style("录入权重", back=INPUT_FILL, form=POINTS, open_cell=True)
    yield style("录入比率", at="right", back=INPUT_FILL, form=RATE, open_cell=True)
    yield style("录入文字", at="left", back=INPUT_FILL, open_cell=True)
    yield style("录入选项", back=INPUT_FILL, open_cell=True)


def new_book() -> Any:
    """An empty workbook with the house styles and 宋体 as its default font."""
    book: Any = Workbook()
    book.remove(book.active)
    base = Font(name=SONG, size=11, family=3, charset=134)
    book._fonts = IndexedList([base])
    book._named_styles["Normal"].font = base
    for made in styles():
        book.add_named_style(made)
    return book


def new_sheet(book: Any, title: str, widths: Iterable[float], landscape: bool = True) -> Any:
    """A sheet for A4, fitted to the page's width, with page numbers."""
    sheet = book.create_sheet(title)
    for column, width in enumerate(widths, 1):
        sheet.column_dimensions[letter(column)].width = width
    sheet.sheet_view.showGridLines = False
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.orientation = "landscape" if landscape else "portrait"
    sheet.page_setup.paperSize = 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.print_options.horizontalCentered = True
    margins = sheet.page_margins
    margins.left = margins.right = 0.5
    margins.top, margins.bottom = 0.6, 0.65
    margins.header = margins.footer = 0.3
    put_footer(sheet.oddFooter.center, "第 &P 页，共 &N 页")
    return sheet


def put_footer(part: Any, text: str) -> None:
    """A page footer in the house font."""
    part.text, part.font, part.size = text, "宋体,常规", 9


def put_signers(sheet: Any, *roles: str) -> None:
    """Places to sign in the page footer: there they never stand on a page alone."""
    put_footer(sheet.oddFooter.left, "　　　　　　　　".join(roles))
    put_footer(sheet.oddFooter.right, sheet.oddFooter.center.text)
    sheet.oddFooter.center.text = None


def put(sheet: Any, area: str, value: object, look: str) -> None:
    """One cell, or a merged area, with a value and a named style."""
    first = area.split(":", 1)[0]
    for row in sheet[area] if ":" in area else ((sheet[area],),):
        for cell in row:
            cell.style = look
    sheet[first].value = value
    if ":" in area:
        sheet.merge_cells(area)


def put_row(sheet: Any, row: int, looks: Iterable[str], values: Iterable[object]) -> None:
    """Neighbouring cells from column A on."""
    for column, (look, value) in enumerate(zip(looks, values, strict=True), 1):
        put(sheet, f"{letter(column)}{row}", value, look)


def put_row_at(
    sheet: Any, row: int, columns: str, looks: Iterable[str], values: Iterable[object]
) -> None:
    """Cells of the columns named."""
    for column, look, value in zip(columns, looks, values, strict=True):
        put(sheet, f"{column}{row}", value, look)


def put_title(sheet: Any, last: str, title: str, left: str, right: str = "") -> None:
    """The sheet's title and the line below it."""
    put(sheet, f"A1:{last}1", title, "文件标题")
    half = letter(max(1, sheet[f"{last}1"].column // 2))
    after = letter(sheet[f"{half}1"].column + 1)
    put(sheet, f"A2:{half}2", left, "表外信息")
    look = "截止日期" if right == "{{ as_of }}" else "表外信息右"
    put(sheet, f"{after}2:{last}2" if after != last else f"{last}2", right, look)
    heights(sheet, {1: 34, 2: 21})


def put_loop(sheet: Any, row: int, loop: str, looks: Iterable[str], values: Iterable[Any]) -> None:
    """A sample row between its two markers; `row` is that of the opening marker."""
    sheet[f"A{row}"].value = f"{{%tr for {loop} %}}"
    put_row(sheet, row + 1, looks, values)
    sheet[f"A{row + 2}"].value = "{%tr endfor %}"
    heights(sheet, {row + 1: 24})


def heights(sheet: Any, by_row: Mapping[int, float]) -> None:
    """Set row heights."""
    for row, height in by_row.items():
        sheet.row_dimensions[row].height = height


def name(book: Any, text: str, target: str) -> None:
    """One defined name."""
    book.defined_names[text] = DefinedName(text, attr_text=target)


def colour(sheet: Any, area: str, formula: str, shade: str) -> None:
    """Colour the text of cells for which a formula holds."""
    rule: Any = FormulaRule
    font = Font(color=shade, bold=shade == BAD)
    sheet.conditional_formatting.add(area, rule(formula=[formula], font=font))


def paint(sheet: Any, area: str, good: str, bad: str) -> None:
    """Colour a conclusion by the formula that makes it good or bad."""
    colour(sheet, area, good, GOOD)
    colour(sheet, area, bad, BAD)


def allow_number(
    sheet: Any, area: str, top: str = "", what: str = "金额", zero_up: str = "大于或等于0的数字"
) -> None:
    """Take numbers from 0 up, to `top` if given."""
    rule = DataValidation(
        type="decimal",
        operator="between" if top else "greaterThanOrEqual",
        formula1="0",
        formula2=top or None,
        allow_blank=True,
        showErrorMessage=True,
        showInputMessage=True,
    )
    rule.errorTitle, rule.error = f"{what}有误", f"请输入{zero_up}。"
    rule.promptTitle, rule.prompt = what, f"请输入{zero_up}。"
    rule.sqref = MultiCellRange(area)
    sheet.add_data_validation(rule)


def allow_choice(sheet: Any, area: str, source: str, what: str, strict: bool = True) -> None:
    """Take one of a list."""
    rule = DataValidation(type="list", formula1=source, allow_blank=True, showErrorMessage=True)
    rule.errorStyle = "stop" if strict else "warning"
    rule.errorTitle, rule.error = f"{what}有误", f"请从下拉列表中选择{what}。"
    rule.sqref = MultiCellRange(area)
    sheet.add_data_validation(rule)


# ---------------------------------------------------------------- budget


COST_CLASSES = ("prevention", "appraisal", "assurance", "reserve")
QUARTERS = ("一季度", "二季度", "三季度", "四季度")


def budget() -> Any:
    """预算表, 执行表, 分类汇总, 图表 and 核对."""
    book = new_book()
    budget_plan(book)
    budget_execution(book)
    budget_summary(book)
    budget_charts(book)
    budget_checks(book)
    name(book, "预算合计", "'预算表'!$K$8")
    name(book, "预算核对", "'核对'!$E$4")
    name(book, "培训费核对", "'核对'!$B$14")
    name(book, "累计已用", "'执行表'!$H$8")
    name(book, "成本类别", "'分类汇总'!$B$3:$E$3")
    name(book, "经费类别", "'分类汇总'!$A$5:$A$5")
    return book


def budget_plan(book: Any) -> None:
    """The plan by item and quarter."""
    sheet = new_sheet(book, "预算表", (5, 13, 22, 10, 28, 12, 13, 13, 13, 13, 15, 12))
    put(sheet, "A1:L1", "{{ title }}", "文件标题")
    put(sheet, "A2:E2", "编制单位：{{ company_name }}", "表外信息")
    put(sheet, "F2:H2", "预算年度：{{ year }}年", "表外信息")
    put(sheet, "I2:L2", "金额单位：{{ currency }}", "表外信息右")
    for column, text in zip(
        "ABCDEF", ("序号", "类别", "项目名称", "成本类别", "测算依据", "责任部门"), strict=True
    ):
        put(sheet, f"{column}3:{column}4", text, "表头")
    put(sheet, "G3:J3", "分季度计划", "表头")
    for column, text in zip("GHIJ", QUARTERS, strict=True):
        put(sheet, f"{column}4", text, "表头")
    put(sheet, "K3:K4", "全年金额", "表头")
    put(sheet, "L3:L4", "资金来源", "表头")
    put_loop(
        sheet,
        5,
        "i in items",
        ("居中", "居中", "正文", "录入选项", "正文", "居中", *["录入金额"] * 4, "金额", "居中"),
        (
            *(f"{{{{ i.{key} }}}}" for key in ("no", "group", "name", "cost_class")),
            *(f"{{{{ i.{key} }}}}" for key in ("basis", "owner", "q1", "q2", "q3", "q4")),
            "=SUM(G6:J6)",
            "{{ i.source }}",
        ),
    )
    put(sheet, "A8:F8", "合　计", "合计")
    for column in "GHIJK":
        put(sheet, f"{column}8", f"=SUM({column}6:{column}6)", "合计金额")
    put(sheet, "L8", None, "合计")
    put(sheet, "A9:B9", "全年合计（大写）", "合计")
    put(sheet, "C9:I9", "{{ capital }}", "合计左")
    put(sheet, "J9:L9", "='核对'!E4", "结论")
    paint(sheet, "J9:L9", 'J9="与文书一致"', 'J9<>"与文书一致"')
    put(
        sheet,
        "A11:L11",
        "说明：浅黄色单元格可以修改，全年金额与合计自动计算；金额改动后，大写金额须随之更正。",
        "说明",
    )
    heights(sheet, {1: 34, 2: 21, 3: 20, 4: 20, 8: 24, 9: 24, 10: 8, 11: 18})
    put_signers(sheet, "编制：", "审核：", "批准：")
    allow_number(sheet, "G6:J6")
    allow_choice(sheet, "B6", "经费类别", "类别", strict=False)
    allow_choice(sheet, "D6", "成本类别", "成本类别", strict=False)
    sheet.freeze_panes = "D5"
    sheet.print_title_rows = "3:4"
    # The note is for the screen.
    sheet.print_area = "A1:L9"


def budget_execution(book: Any) -> None:
    """What was used, entered by hand."""
    sheet = new_sheet(book, "执行表", (5, 26, 15, 14, 14, 14, 14, 15, 15, 10, 20))
    put(sheet, "A1:K1", "{{ title }}（执行表）", "文件标题")
    put(sheet, "A2:E2", "编制单位：{{ company_name }}", "表外信息")
    put(sheet, "F2:H2", "预算年度：{{ year }}年", "表外信息")
    put(sheet, "I2:K2", "金额单位：{{ currency }}", "表外信息右")
    for column, text in (("A", "序号"), ("B", "项目名称"), ("C", "年度预算")):
        put(sheet, f"{column}3:{column}4", text, "表头")
    put(sheet, "D3:G3", "已用金额", "表头")
    for column, text in zip("DEFG", QUARTERS, strict=True):
        put(sheet, f"{column}4", text, "表头")
    for column, text in (("H", "累计已用"), ("I", "结余"), ("J", "执行率"), ("K", "备注")):
        put(sheet, f"{column}3:{column}4", text, "表头")
    put_loop(
        sheet,
        5,
        "i in items",
        ("居中", "正文", "金额", *["录入金额"] * 4, "金额", "金额", "比率", "录入文字"),
        (
            "{{ i.no }}",
            "{{ i.name }}",
            "='预算表'!K6",
            *[None] * 4,
            "=SUM(D6:G6)",
            "=ROUND(C6-H6,2)",
            '=IF(C6=0,"",H6/C6)',
            None,
        ),
    )
    put(sheet, "A8:B8", "合　计", "合计")
    for column in "CDEFGHI":
        put(sheet, f"{column}8", f"=SUM({column}6:{column}6)", "合计金额")
    put(sheet, "J8", '=IF(C8=0,"",H8/C8)', "合计比率")
    put(
        sheet,
        "K8",
        '=IF(COUNTIF(I6:I6,"<0")=0,"无超支项目","超支"&COUNTIF(I6:I6,"<0")&"项")',
        "结论",
    )
    paint(sheet, "K8", 'K8="无超支项目"', 'K8<>"无超支项目"')
    colour(sheet, "H6:J6", "$I6<0", BAD)
    put(
        sheet,
        "A10:K10",
        "说明：各季度末在浅黄色单元格内登记实际支出；年度预算取自预算表，结余为负时以红色提示。",
        "说明",
    )
    heights(sheet, {1: 34, 2: 21, 3: 20, 4: 20, 8: 24, 9: 8, 10: 18})
    put_signers(sheet, "登记：", "复核：")
    allow_number(sheet, "D6:G6", what="已用金额")
    sheet.freeze_panes = "C5"
    sheet.print_title_rows = "3:4"
    sheet.print_area = "A1:K8"


def budget_summary(book: Any) -> None:
    """Sums by group, cost class and quarter."""
    sheet = new_sheet(book, "分类汇总", (20, 16, 16, 16, 16, 16, 17, 10))
    put_title(
        sheet,
        "H",
        "{{ title }}（分类汇总）",
        "编制单位：{{ company_name }}",
        "金额单位：{{ currency }}",
    )
    classes = [f"{{{{ cost_classes.{kind} }}}}" for kind in COST_CLASSES]
    put_row(sheet, 3, ["表头"] * 8, ("类别", *classes, "其他", "小计", "占比"))
    by_class = "=SUMIFS('预算表'!$K$6:$K$6,'预算表'!$B$6:$B$6,$A5,'预算表'!$D$6:$D$6,{column}$3)"
    put_loop(
        sheet,
        4,
        "g in groups",
        ("正文", *["金额"] * 6, "比率"),
        (
            "{{ g.name }}",
            *(by_class.format(column=column) for column in "BCDE"),
            "=ROUND(G5-SUM(B5:E5),2)",
            "=SUMIF('预算表'!$B$6:$B$6,$A5,'预算表'!$K$6:$K$6)",
            "=IF(G$7=0,0,G5/G$7)",
        ),
    )
    put(sheet, "A7", "合　计", "合计")
    for column in "BCDEFG":
        put(sheet, f"{column}7", f"=SUM({column}5:{column}5)", "合计金额")
    put(sheet, "H7", "=SUM(H5:H5)", "合计比率")
    put_row(sheet, 9, ["表头"] * 5, ("季度", "预算", "已用", "结余", "执行率"))
    for row, (quarter, plan, used) in enumerate(zip(QUARTERS, "GHIJ", "DEFG", strict=True), 10):
        put_row(
            sheet,
            row,
            ("居中", "金额", "金额", "金额", "比率"),
            (
                quarter,
                f"='预算表'!{plan}8",
                f"='执行表'!{used}8",
                f"=ROUND(B{row}-C{row},2)",
                f'=IF(B{row}=0,"",C{row}/B{row})',
            ),
        )
    put_row(
        sheet,
        14,
        ("合计", "合计金额", "合计金额", "合计金额", "合计比率"),
        ("合　计", "=SUM(B10:B13)", "=SUM(C10:C13)", "=SUM(D10:D13)", '=IF(B14=0,"",C14/B14)'),
    )
    heights(sheet, {3: 30, 7: 24, 8: 14, 9: 24, **dict.fromkeys(range(10, 14), 22), 14: 24})
    sheet.freeze_panes = "A4"
    sheet.print_title_rows = "1:3"
    sheet.print_area = "A1:H14"


def budget_charts(book: Any) -> None:
    """Columns by quarter and by group."""
    sheet = new_sheet(book, "图表", [10] * 11)
    sheet.page_setup.fitToHeight = 1
    put(sheet, "A1:K1", "{{ title }}（图表）", "文件标题")
    heights(sheet, {1: 34})
    area = "'分类汇总'!${0}${1}:${0}${2}".format
    head = "'分类汇总'!${0}${1}".format
    quarters = column_chart(
        "分季度预算与执行（元）",
        area("A", 10, 13),
        [(head(column, 9), area(column, 10, 13)) for column in "BC"],
        ("2F5D8A", "C98A2B"),
    )
    quarters.dataLabels = DataLabelList(showVal=True, numFmt=LABELS)
    for part in ("showSerName", "showCatName", "showLegendKey", "showPercent"):
        setattr(quarters.dataLabels, part, False)
    place(sheet, quarters, 2, 19)
    groups = column_chart(
        "各类别预算构成（元）",
        area("A", 5, 5),
        [(head(column, 3), area(column, 5, 5)) for column in "BCDEF"],
        ("2F5D8A", "6A9C78", "7A6AA8", "C98A2B", "8C8C8C"),
        stacked=True,
    )
    place(sheet, groups, 20, 37)
    sheet.print_area = "A1:K38"


def place(sheet: Any, chart: Any, top: int, bottom: int) -> None:
    """Put a chart across the sheet's eleven columns, whatever their width in the reader."""
    chart.anchor = TwoCellAnchor(
        editAs="oneCell",
        _from=AnchorMarker(col=0, row=top),
        to=AnchorMarker(col=11, row=bottom),
    )
    sheet.add_chart(chart)


def column_chart(
    title: str,
    categories: str,
    series: Iterable[tuple[str, str]],
    colours: Iterable[str],
    stacked: bool = False,
) -> Any:
    """A column chart whose names, categories and values all come from cells."""
    chart: Any = BarChart()
    chart.title, chart.type, chart.gapWidth = title, "col", 80
    chart.grouping, chart.overlap = ("stacked", 100) if stacked else ("clustered", 0)
    chart.roundedCorners = False
    for (label, values), colour in zip(series, colours, strict=True):
        one: Any = Series(values=Reference(range_string=values))
        one.tx = SeriesLabel(strRef=StrRef(f=label))
        one.cat = AxDataSource(strRef=StrRef(f=categories))
        one.graphicalProperties = GraphicalProperties(solidFill=colour)
        one.invertIfNegative = False
        chart.series.append(one)
    chart.legend.position = "b"
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.y_axis.number_format = "#,##0"
    chart.y_axis.majorGridlines.spPr = GraphicalProperties(ln=LineProperties(solidFill="D9D9D9"))
    return chart


def budget_checks(book: Any) -> None:
    """Does the workbook agree with itself, with the paper, and with the training cap?"""
    sheet = new_sheet(book, "核对", (34, 18, 18, 16, 18, 34))
    put_title(
        sheet,
        "F",
        "{{ title }}（核对）",
        "编制单位：{{ company_name }}",
        "金额单位：{{ currency }}",
    )
    put_row(sheet, 3, ["表头"] * 6, ("核对事项", "本表数", "对照数", "差额", "结论", "说明"))
    looks = ("正文", "金额", "金额", "金额", "结论", "正文")
    checks = (
        ("全年合计与预算文书", "='预算表'!K8", "{{ total }}", "与文书", "对照数为预算文书所载合计"),
        (
            "各类别小计与全年合计",
            "='分类汇总'!G7",
            "='预算表'!K8",
            "",
            "类别名称不在汇总表内时不符",
        ),
        ("分季度合计与全年合计", "='分类汇总'!B14", "='预算表'!K8", "", "四个季度相加"),
    )
    for row, (what, ours, theirs, prefix, note) in enumerate(checks, 4):
        good, bad = (f"{prefix}一致", f"{prefix}不符") if prefix else ("一致", "不符")
        result = f'IF(ROUND(D{row},2)=0,"{good}","{bad}")'
        result = f'=IF(COUNT(C{row})=0,"文书未填金额",{result})'
        put_row(sheet, row, looks, (what, ours, theirs, f"=ROUND(B{row}-C{row},2)", result, note))
        paint(sheet, f"E{row}", f'E{row}="{good}"', f'E{row}="{bad}"')
    put(sheet, "A8:F8", "职工教育经费税前扣除限额提示", "小节")
    put_row(sheet, 9, ["表头"] * 2, ("项目", "数值"))
    put(sheet, "C9:F9", "说明", "表头")
    training = (
        ("培训类别", "居中", "{{ training_group }}"),
        ("培训类别预算合计", "金额", "=SUMIF('预算表'!$B$6:$B$6,B10,'预算表'!$K$6:$K$6)"),
        ("全年工资薪金总额", "录入金额", "{{ payroll_total }}"),
        ("扣除限额（工资薪金总额×8%）", "金额", "=ROUND(N(B12)*8%,2)"),
        (
            "提示",
            "结论",
            '=IF(N(B12)<=0,"未填工资总额",IF(ROUND(B11-B13,2)<=0,"未超","超出，提示"))',
        ),
    )
    for row, (what, look, value) in enumerate(training, 10):
        put_row(sheet, row, ("正文", look), (what, value))
    paint(sheet, "B14", 'B14="未超"', 'B14="超出，提示"')
    put(
        sheet,
        "C10:F14",
        "扣除比例见财税〔2018〕51号，超过部分结转以后纳税年度扣除。"
        "这里只核对培训类别的预算，企业其他职工教育支出由财务部门合并计算。本项仅作提示，不影响预算审批。",
        "正文",
    )
    heights(
        sheet, {3: 24, **dict.fromkeys(range(4, 7), 24), 7: 12, **dict.fromkeys(range(8, 15), 24)}
    )
    allow_number(sheet, "B12", what="工资总额")
    sheet.print_area = "A1:F14"


# ---------------------------------------------------------------- assessment


def assessment() -> Any:
    """考核表, 考核结果, 等次, 分类汇总 and 图表."""
    book = new_book()
    assessment_form(book)
    assessment_result(book)
    assessment_grades(book)
    assessment_summary(book)
    assessment_chart(book)
    name(book, "考核得分", "'考核表'!$K$10")
    name(book, "考核等次", "'考核结果'!$E$12")
    name(book, "指标权重核对", "'考核结果'!$D$16")
    name(book, "评分权重核对", "'考核结果'!$D$17")
    name(book, "评分填写核对", "'考核结果'!$D$18")
    name(book, "否决填写核对", "'考核结果'!$D$19")
    return book


def put_person(sheet: Any, left: str, middle: str, right: str) -> None:
    """Who is assessed, and for what time; the arguments are columns such as `A:D`."""
    lines = (
        ("单位：{{ company_name }}", "被考核人：{{ person }}", "职务：{{ post }}"),
        ("考核年度：{{ year }}年", "考核周期：{{ cycle }}", "考核期间：{{ period }}"),
    )
    for row, texts in enumerate(lines, 2):
        for columns, text in zip((left, middle, right), texts, strict=True):
            start, end = columns.split(":")
            put(sheet, f"{start}{row}:{end}{row}", text, "表外信息")
    heights(sheet, {1: 34, 2: 21, 3: 21})


def assessment_form(book: Any) -> None:
    """Indicators and scores."""
    sheet = new_sheet(book, "考核表", (5, 11, 22, 20, 18, 30, 9, 9, 9, 9, 10))
    put(sheet, "A1:K1", "{{ title }}", "文件标题")
    put_person(sheet, "A:D", "E:F", "G:K")
    heads = ("序号", "类别", "考核指标", "目标值", "证明材料", "评分办法", "权重")
    for column, text in zip("ABCDEFG", heads, strict=True):
        put(sheet, f"{column}4:{column}5", text, "表头")
    put(sheet, "H4:J4", "评分（百分制）", "表头")
    for column, text in zip("HIJ", ("自评", "上级", "决定机构"), strict=True):
        put(sheet, f"{column}5", text, "表头")
    put(sheet, "K4:K5", "加权得分", "表头")
    put(sheet, "A6:G6", "评分权重", "合计")
    for column, who in zip("HIJ", ("self", "superior", "board"), strict=True):
        put(sheet, f"{column}6", f"{{{{ weight_{who} }}}}", "录入权重")
    put(sheet, "K6", "=SUM(H6:J6)", "合计权重")
    put_loop(
        sheet,
        7,
        "i in indicators",
        ("居中", "居中", *["正文"] * 4, "录入权重", *["录入分数"] * 3, "分数"),
        (
            *(f"{{{{ i.{key} }}}}" for key in ("no", "group", "name", "target", "evidence")),
            *(f"{{{{ i.{key} }}}}" for key in ("scoring", "weight")),
            *[None] * 3,
            '=IF(COUNT(H8:J8)=0,"",G8*(H8*H$6+I8*I$6+J8*J$6)/10000)',
        ),
    )
    put(sheet, "A10:F10", "合　计", "合计")
    put(sheet, "G10", "=SUM(G8:G8)", "合计权重")
    for column in "HIJ":
        put(
            sheet,
            f"{column}10",
            f'=IF(COUNT({column}8:{column}8)=0,"",SUMPRODUCT($G8:$G8,{column}8:{column}8)/100)',
            "合计分数",
        )
    put(sheet, "K10", "=ROUND(SUM(K8:K8),2)", "合计分数")
    put(sheet, "A11:F11", "考核等次（依据见考核结果表）", "合计")
    put(sheet, "G11:K11", "='考核结果'!E12", "结论")
    heights(sheet, {4: 19, 5: 28, 6: 20, 8: 24, 10: 22, 11: 22})
    allow_number(sheet, "H8:J8", "100", "评分", "0至100之间的分数")
    allow_number(sheet, "G8 H6:J6", "100", "权重", "0至100之间的百分数")
    sheet.freeze_panes = "D7"
    sheet.print_title_rows = "4:6"
    sheet.print_area = "A1:K11"


NAMES, LIMITS, RESULTS = "'等次'!$A$5:$A$5", "'等次'!$B$5:$B$5", "'等次'!$D$5:$D$5"
FORM = "'考核表'!"
TOTAL = f"{FORM}$K$10"
# Thresholds fall from row to row: those above the score come first.
PLACE = f'MIN(COUNTIF({LIMITS},">"&{TOTAL})+1,COUNT({LIMITS}))'
FIRED = 'COUNTIF(E7:E7,"是")'
UNSOUND = "OR(ROUND(C16-100,4)<>0,ROUND(C17-100,4)<>0)"
GRADE = (
    f'=IF(COUNT({LIMITS})=0,"未设等次",IF({FIRED}>0,INDEX({NAMES},COUNTA({NAMES})),'
    f'IF({UNSOUND},"权重不为100",IF(C18>0,"评分未齐",INDEX({NAMES},{PLACE})))))'
)
RESULT = (
    f'=IF(COUNT({LIMITS})=0,"",IF({FIRED}>0,INDEX({RESULTS},COUNTA({NAMES})),'
    f'IF(OR({UNSOUND},C18>0),"",INDEX({RESULTS},{PLACE}))))&""'
)
ITEMS = f"COUNTA({FORM}$C$8:$C$8)"
MISSING = "=" + "+".join(
    f"IF(N({FORM}${column}$6)>0,{ITEMS}-COUNT({FORM}${column}$8:${column}$8),0)" for column in "HIJ"
)
FORM_CHECKS = (
    ("指标权重合计", "权重", f"={FORM}G10", "合计为100", '"不为100"', "各项指标权重之和应为100%。"),
    (
        "评分权重合计",
        "权重",
        f"={FORM}K6",
        "合计为100",
        '"不为100"',
        "自评、上级、决定机构三栏权重之和应为100%。",
    ),
    (
        "待填评分",
        "计数",
        MISSING,
        "已填齐",
        '"还差"&C{row}&"项"',
        "权重大于零的评分栏须逐项填写；权重为零的评分栏只作记录。",
    ),
    (
        "待填否决事项",
        "计数",
        "=COUNTA(B7:B7)-COUNTA(E7:E7)",
        "已填齐",
        '"还差"&C{row}&"项"',
        "逐项选择“是”或者“否”；有一项选择“是”的，直接定为最低等次。",
    ),
)


def assessment_result(book: Any) -> None:
    """Veto items, grade and checks."""
    sheet = new_sheet(book, "考核结果", (6, 30, 22, 20, 18, 16, 40))
    put(sheet, "A1:G1", "{{ title }}（考核结果）", "文件标题")
    put_person(sheet, "A:C", "D:E", "F:G")
    put(sheet, "A4:G4", "一、否决项", "小节")
    put(sheet, "A5", "序号", "表头")
    put(sheet, "B5:D5", "事项", "表头")
    put(sheet, "E5", "是否发生", "表头")
    put(sheet, "F5:G5", "事实说明", "表头")
    sheet["A6"].value = "{%tr for v in veto %}"
    put(sheet, "A7", "{{ v.no }}", "居中")
    put(sheet, "B7:D7", "{{ v.name }}", "正文")
    put(sheet, "E7", None, "录入选项")
    put(sheet, "F7:G7", None, "录入文字")
    sheet["A8"].value = "{%tr endfor %}"
    put(sheet, "A10:G10", "二、考核等次", "小节")
    for area, text in (("A11:B11", "综合得分"), ("C11:D11", "否决事项"), ("E11:F11", "考核等次")):
        put(sheet, area, text, "表头")
    put(sheet, "G11", "结果运用", "表头")
    put(sheet, "A12:B12", f"={TOTAL}", "合计分数")
    put(
        sheet,
        "C12:D12",
        f'=IF({FIRED}>0,"触发"&{FIRED}&"项",IF(C19>0,"待填写","未触发"))',
        "结论",
    )
    put(sheet, "E12:F12", GRADE, "结论")
    put(sheet, "G12", RESULT, "正文")
    put(sheet, "A14:G14", "三、填写核对", "小节")
    put(sheet, "A15:B15", "核对事项", "表头")
    put_row_at(sheet, 15, "CD", ["表头"] * 2, ("当前值", "结论"))
    put(sheet, "E15:G15", "说明", "表头")
    for row, (what, look, value, good, bad, note) in enumerate(FORM_CHECKS, 16):
        put(sheet, f"A{row}:B{row}", what, "正文")
        test = f"ROUND(C{row}-100,4)=0" if look == "权重" else f"C{row}=0"
        result = f'=IF({test},"{good}",{bad.format(row=row)})'
        put_row_at(sheet, row, "CD", (look, "结论"), (value, result))
        put(sheet, f"E{row}:G{row}", note, "正文")
        paint(sheet, f"D{row}", f'D{row}="{good}"', f'D{row}<>"{good}"')
    paint(sheet, "C12:D12", '$C$12="未触发"', '$C$12<>"未触发"')
    heights(sheet, {4: 26, 5: 24, 7: 26, 9: 8, 10: 24, 11: 24, 12: 30, 13: 8, 14: 24, 15: 24})
    put(sheet, "A21:B21", "被考核人：", "表外信息")
    put(sheet, "C21:D21", "考核人：", "表外信息")
    put(sheet, "E21:F21", "批准：", "表外信息")
    put(sheet, "G21", "日期：　　　　年　　月　　日", "表外信息右")
    heights(sheet, {**dict.fromkeys(range(16, 20), 24), 20: 14, 21: 26})
    allow_choice(sheet, "E7", '"是,否"', "是否发生")
    sheet.print_area = "A1:G21"


def assessment_grades(book: Any) -> None:
    """Grades by falling threshold."""
    sheet = new_sheet(book, "等次", (16, 14, 26, 46), landscape=False)
    put_title(sheet, "D", "考核等次", "{{ company_name }}", "分值：百分制")
    put_row(sheet, 3, ["表头"] * 4, ("等次", "最低分", "分数范围", "结果运用"))
    above = 'SMALL(B$5:B$5,COUNTIF(B$5:B$5,"<="&B5)+1)&"分"'
    put_loop(
        sheet,
        4,
        "g in grades",
        ("居中", "录入分数", "居中", "正文"),
        (
            "{{ g.grade }}",
            "{{ g.minimum }}",
            f'=IF(COUNTIF(B$5:B$5,">"&B5)=0,B5&"分及以上",IF(B5=0,"不足"&{above},'
            f'B5&"分及以上、不足"&{above}))',
            "{{ g.result }}",
        ),
    )
    put(
        sheet,
        "A7:D7",
        "说明：等次按最低分由高到低排列，综合得分不低于最低分的，取最前一级；出现否决项的，取最后一级。",
        "说明",
    )
    heights(sheet, {3: 24, 7: 30})
    allow_number(sheet, "B5", "100", "最低分", "0至100之间的分数")
    sheet.freeze_panes = "A4"
    sheet.print_title_rows = "1:3"
    sheet.print_area = "A1:D7"


def assessment_summary(book: Any) -> None:
    """Weights and scores by group."""
    sheet = new_sheet(book, "分类汇总", (24, 16, 16, 16), landscape=False)
    put_title(sheet, "D", "{{ title }}（分类汇总）", "{{ company_name }}", "分值：百分制")
    put_row(sheet, 3, ["表头"] * 4, ("类别", "权重", "加权得分", "得分率"))
    of_group = f"=SUMIF({FORM}$B$8:$B$8,$A5,{FORM}${{column}}$8:${{column}}$8)"
    put_loop(
        sheet,
        4,
        "g in groups",
        ("正文", "分数", "分数", "比率"),
        (
            "{{ g.name }}",
            of_group.format(column="G"),
            of_group.format(column="K"),
            "=IF(B5=0,0,C5/B5)",
        ),
    )
    put(sheet, "A7", "合　计", "合计")
    for column in "BC":
        put(sheet, f"{column}7", f"=SUM({column}5:{column}5)", "合计分数")
    put(sheet, "D7", "=IF(B7=0,0,C7/B7)", "合计比率")
    heights(sheet, {3: 24, 7: 24})
    sheet.freeze_panes = "A4"
    sheet.print_title_rows = "1:3"
    sheet.print_area = "A1:D7"


def assessment_chart(book: Any) -> None:
    """Columns of weight and score by group."""
    sheet = new_sheet(book, "图表", [10] * 11)
    sheet.page_setup.fitToHeight = 1
    put(sheet, "A1:K1", "{{ title }}（图表）", "文件标题")
    heights(sheet, {1: 34})
    area = "'分类汇总'!${0}$5:${0}$5".format
    chart = column_chart(
        "各类指标权重与加权得分",
        area("A"),
        [(f"'分类汇总'!${column}$3", area(column)) for column in "BC"],
        ("2F5D8A", "C98A2B"),
    )
    chart.y_axis.number_format = "0"
    chart.dataLabels = DataLabelList(showVal=True, numFmt="0.##;;")
    for part in ("showSerName", "showCatName", "showLegendKey", "showPercent"):
        setattr(chart.dataLabels, part, False)
    place(sheet, chart, 2, 22)
    sheet.print_area = "A1:K23"


# ---------------------------------------------------------------- matrix


STATUSES = ("covered", "met", "not_met", "optional", "not_applicable", "action", "information")


def matrix() -> Any:
    """条款对照, 段落对照, 覆盖情况 and 资格结论."""
    book = new_book()
    matrix_list(
        book,
        "条款对照",
        "c in clauses",
        (
            ("序号", 5, "居中", "no"),
            ("依据文件", 19, "正文", "standard"),
            ("条款", 9, "居中", "ref"),
            ("主题", 13, "正文", "topic"),
            ("约束程度", 8, "居中", "modality"),
            ("责任主体", 8, "居中", "actor"),
            ("条款要义", 36, "正文", "summary"),
            ("处理结果", 9, "居中", "status"),
            ("理由", 24, "正文", "reason"),
            ("对应文书", 16, "正文", "papers"),
            ("对应段落", 42, "正文", "blocks"),
        ),
        "D4",
    )
    matrix_list(
        book,
        "段落对照",
        "p in paragraphs",
        (
            ("序号", 6, "居中", "no"),
            ("文书", 18, "正文", "paper"),
            ("段落", 38, "正文", "block"),
            ("段落文字", 54, "正文", "text"),
            ("主题", 14, "正文", "topic"),
            ("所据条款", 34, "正文", "clauses"),
        ),
        "D4",
    )
    matrix_coverage(book)
    matrix_list(
        book,
        "资格结论",
        "v in verdicts",
        (
            ("依据文件", 34, "正文", "standard"),
            ("结论", 14, "结论", "verdict"),
            ("未满足的条件", 46, "正文", "failed"),
            ("尚缺的信息", 40, "正文", "missing"),
        ),
        "B4",
    )
    clauses = book["条款对照"]
    name(book, "未满足", "'覆盖情况'!$F$3")
    colour(clauses, "H5:H5", "$H5=未满足", BAD)
    return book


def matrix_list(
    book: Any,
    title: str,
    loop: str,
    columns: tuple[tuple[str, float, str, str], ...],
    freeze: str,
) -> None:
    """A sheet that is one filtered list."""
    sheet = new_sheet(book, title, [width for _, width, _, _ in columns])
    last = letter(len(columns))
    heading = "{{ title }}" if title == "条款对照" else f"{{{{ title }}}}（{title}）"
    put_title(
        sheet,
        last,
        heading,
        "企业：{{ company_name }}",
        "{{ as_of }}",
    )
    put_row(sheet, 3, ["表头"] * len(columns), [head for head, _, _, _ in columns])
    variable = loop.split(" ", 1)[0]
    put_loop(
        sheet,
        4,
        loop,
        [look for _, _, look, _ in columns],
        [f"{{{{ {variable}.{key} }}}}" for _, _, _, key in columns],
    )
    heights(sheet, {3: 26, 5: 20})
    sheet.auto_filter.ref = f"A3:{last}5"
    sheet.freeze_panes = freeze
    sheet.print_title_rows = "3:3"
    sheet.print_area = f"A1:{last}6"


def matrix_coverage(book: Any) -> None:
    """Counts by standard and status, live, with a check against the plan's totals."""
    sheet = new_sheet(book, "覆盖情况", (36, 8, 9, *[9] * 7, 9, 9, 10))
    put_title(
        sheet,
        "M",
        "{{ title }}（覆盖情况）",
        "企业：{{ company_name }}",
        "{{ as_of }}",
    )
    names = [f"{{{{ statuses.{status} }}}}" for status in STATUSES]
    put_row(
        sheet,
        3,
        ["表头"] * 13,
        ("依据文件", "作用", "条款数", *names, "合计", "核对", "落实率"),
    )
    count = "=COUNTIFS('条款对照'!$B$5:$B$5,$A5,'条款对照'!$H$5:$H$5,{column}$3)"
    columns = "DEFGHIJ"
    # Of the clauses that want something of the enterprise, those that have it.
    share = '=IF(D{row}+E{row}+F{row}+I{row}=0,"—",(D{row}+E{row})/(D{row}+E{row}+F{row}+I{row}))'
    put_loop(
        sheet,
        4,
        "c in coverage",
        ("正文", "居中", *["计数"] * 9, "结论", "比率"),
        (
            "{{ c.standard }}",
            "{{ c.role }}",
            "{{ c.total }}",
            *(count.format(column=column) for column in columns),
            "=SUM(D5:J5)",
            '=IF(AND(K5=C5,COUNTIF(\'条款对照\'!$B$5:$B$5,$A5)=C5),"相符","不符")',
            share.format(row=5),
        ),
    )
    put(sheet, "A7:B7", "合　计", "合计")
    for column in "CDEFGHIJK":
        put(sheet, f"{column}7", f"=SUM({column}5:{column}5)", "合计计数")
    put(sheet, "L7", '=IF(AND(K7=C7,COUNTA(\'条款对照\'!$B$5:$B$5)=C7),"相符","不符")', "结论")
    put(sheet, "M7", share.format(row=7), "合计比率")
    put(
        sheet,
        "A8:M8",
        "落实率＝（{{ statuses.covered }}＋{{ statuses.met }}）÷（{{ statuses.covered }}＋"
        "{{ statuses.met }}＋{{ statuses.not_met }}＋{{ statuses.action }}），其余各类不计入。",
        "说明",
    )
    paint(sheet, "L5 L7", 'L5="相符"', 'L5="不符"')
    heights(sheet, {3: 30, 7: 24, 8: 20})
    name(book, "条款核对", "'覆盖情况'!$L$7")
    sheet.freeze_panes = "B4"
    sheet.print_title_rows = "3:3"
    sheet.print_area = "A1:M8"


# ---------------------------------------------------------------- files


TEMPLATES: Mapping[str, Callable[[], Any]] = {
    "assessment.xlsx": assessment,
    "budget.xlsx": budget,
    "matrix.xlsx": matrix,
}


def build(make: Callable[[], Any]) -> bytes:
    """One template as a file."""
    book, stream = make(), io.BytesIO()
    book.properties = DocumentProperties(creator="cqo-docs", created=BUILT, modified=BUILT)
    book.calculation.fullCalcOnLoad = True
    # A workbook's own `save` would write the time of day into it.
    ExcelWriter(book, ZipFile(stream, "w")).save()
    parts = read_package(stream.getvalue())
    for part in parts:
        if part.startswith("xl/charts/chart"):
            text = parts[part].decode().replace("</chartSpace>", f"{CHART_FONT}</chartSpace>")
            # Without it the labels take the cells' format; openpyxl has no field for it either.
            text = text.replace(f'"{LABELS}"', f'"{LABELS}" sourceLinked="0"')
            parts[part] = text.encode()
    return assemble(make_shell(parts), ())


def differing_parts(old: bytes, new: bytes) -> list[str]:
    """The names of the parts that two files do not share."""
    ours, theirs = read_package(old), read_package(new)
    return sorted(part for part in ours | theirs if ours.get(part) != theirs.get(part))


def main() -> int:
    """Write the templates, or compare them with what the repository holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    options = parser.parse_args()
    faults = 0
    for file, make in TEMPLATES.items():
        path, data = options.folder / file, build(make)
        if not options.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            continue
        parts = differing_parts(path.read_bytes(), data) if path.exists() else ["missing"]
        faults += bool(parts)
        for part in parts:
            print(f"{path}: {part}")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())

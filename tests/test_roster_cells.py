"""What people and programs make of a roster: every value is recovered, or refused at its cell."""

from __future__ import annotations

import io
import random
import re
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import cases
import pytest
from cases import file_of, nested
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook as Book
from openpyxl import load_workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from rosters import as_typed, client, make_roster

from cqo_docs.answers.file import AnswersFile
from cqo_docs.base.errors import AnswersError, CqoError
from cqo_docs.forms.roster import client_answers, open_roster, write_roster_form
from cqo_docs.office.xlsx_reading import Cell, Row, form_of, open_workbook
from cqo_docs.questions.cells import Fault, answer_in, exact
from cqo_docs.questions.columns import Column, form_sheets
from cqo_docs.workspace import Workspace

ROSTER, ITEMS, INDICATORS = "企业名册", "预算项目", "考核指标"
ALL_COLUMNS = [
    column
    for sheet in form_sheets(cases.workspace().wording, cases.workspace().library)
    for column in sheet.columns
]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory, workspace: Workspace) -> Path:
    path = tmp_path_factory.mktemp("form") / "名册.xlsx"
    write_roster_form(path, workspace)
    return path


BASE = {p: v for p, v in client(1).items() if p not in {"fund.items", "assessment.indicators"}}


class Sheet:
    """A filled form that a test changes: one client in row 4."""

    def __init__(self, form: Path) -> None:
        self.book = load_workbook(form)
        self.page = self.book[ROSTER]
        for path, value in BASE.items():
            self.cell(path).value = as_typed(path, value)
            if isinstance(self.cell(path).value, str):
                self.cell(path).data_type = "s"

    def cell(self, path: str, row: int = 4) -> Any:
        column = next(c.column for c in self.page[1] if c.value == path)
        return self.page.cell(row, column)


class Outcome:
    """What a roster of one client gave: its answers, or what was said of it."""

    def __init__(self, path: Path, workspace: Workspace) -> None:
        self.said: list[str] = []
        self.files: list[AnswersFile] = []
        try:
            with open_roster(path, workspace) as roster:
                for one in roster:
                    try:
                        self.files.append(client_answers(one, workspace))
                    except AnswersError as error:
                        self.said += [workspace.wording.problem(p) for p in error.problems]
        except CqoError as error:
            self.said += [workspace.wording.problem(p) for p in error.problems]

    def answer(self, path: str) -> Any:
        assert self.said == []
        value: Any = self.files[0].answers
        for name in path.split("."):
            value = getattr(value, name)
        return value


@pytest.fixture
def outcome(form: Path, tmp_path: Path, workspace: Workspace) -> Callable[..., Outcome]:
    """Change a filled form and read it."""

    def change(work: Callable[[Sheet], None]) -> Outcome:
        sheet = Sheet(form)
        work(sheet)
        sheet.book.save(tmp_path / "r.xlsx")
        return Outcome(tmp_path / "r.xlsx", workspace)

    return change


# ---------------------------------------------------------------- values that are recovered


DAY = date(2026, 11, 8)
RECOVERED: Mapping[str, tuple[str, Any, str, Any]] = {
    # name: (question, what stands in the cell, number format, what is meant)
    "number as text": ("company.employees", "126", "@", Decimal(126)),
    "number with spaces": ("company.employees", " 126　", "@", Decimal(126)),
    "full-width digits": ("company.employees", "１２６", "@", Decimal(126)),
    "thousands separators": ("fund.payroll_total", "1,071,000.50", "@", Decimal("1071000.5")),
    "binary noise": ("company.revenue", 12.1 + 0.2, "General", Decimal("12.3")),
    "small fraction": ("company.revenue", 0.00001, "General", Decimal("0.00001")),
    "large sum": ("fund.payroll_total", 123456789012.34, "#,##0.00", Decimal("123456789012.34")),
    "large sum in scientific form": ("fund.payroll_total", 1e11, "0.00E+00", Decimal(10**11)),
    "percent of a mark": ("assessment.excellent", 0.925, "0.0%", Decimal("92.5")),
    "percent with noise": ("assessment.excellent", 0.57 + 0.35, "0%", Decimal(92)),
    "percent as text": ("assessment.excellent", "92.5％", "@", Decimal("92.5")),
    "day": ("appointment.end", DAY, "yyyy-mm-dd", DAY),
    "day and time": ("appointment.end", datetime(2026, 11, 8, 17, 30), "yyyy/m/d h:mm", DAY),
    "day in Chinese form": ("appointment.end", DAY, 'yyyy"年"m"月"d"日"', DAY),
    "day in the system's form": ("appointment.end", DAY, "[$-F800]dddd, mmmm dd, yyyy", DAY),
    "day as bare number": ("appointment.end", 46334, "General", DAY),
    "day without signs": ("appointment.end", 20261108, "General", DAY),
    "day without signs as text": ("appointment.end", "20261108", "@", DAY),
    "day as text": ("appointment.end", "2026-11-08", "@", DAY),
    "day with slashes": ("appointment.end", "2026/11/8", "@", DAY),
    "day with dots": ("appointment.end", "2026.11.8", "@", DAY),
    "day in Chinese text": ("appointment.end", "2026年11月8日", "@", DAY),
    "day in full-width text": ("appointment.end", "２０２６－１１－０８", "@", DAY),
    "day and time as text": ("appointment.end", "2026-11-08 00:00:00", "@", DAY),
    "day and time of a program": ("appointment.end", "2026-11-08T00:00:00.000Z", "@", DAY),
    "yes as boolean": ("company.exporter", True, "General", True),
    "no as boolean": ("company.exporter", False, "General", False),
    "yes in English": ("company.exporter", "Yes", "@", True),
    "choice with spaces": ("candidate.degree", " 本 科 ", "@", "bachelor"),
    "choice in other brackets": ("company.governance", "董事会(理事会)", "@", "board"),
    "choice by an old word": ("candidate.degree", "大学本科", "@", "bachelor"),
    "choice by its id": ("candidate.degree", "bachelor", "@", "bachelor"),
    "choice that is a number": ("company.registration", 112, "General", "112"),
    "text with outer spaces": ("company.legal_representative", "　张岳 \t", "@", "张岳"),
    "text with invisible marks": ("company.legal_representative", "\ufeff张岳\u200b", "@", "张岳"),
    "text that is a number": ("appointment.notice_number", 12, "General", "12"),
    "text that shows zeros": ("appointment.notice_number", 12, "0000", "0012"),
    "text that shows percent": ("appointment.notice_number", 0.5, "0%", "50%"),
    "code with a zero shown": ("company.industry_code", 14, "000", "014"),
    "code as text": ("company.industry_code", "014", "@", "014"),
    "code of four digits": ("company.industry_code", 3411, "General", "3411"),
    "code in full width": ("company.industry_code", "Ｃ３４", "@", "C34"),
    "province with spaces": ("company.province", " 山西省 ", "@", "山西省"),
    "looks like a formula": ("company.legal_representative", "'=1+1", "@", "'=1+1"),
}  # fmt: skip


@pytest.mark.parametrize("name", RECOVERED)
def test_a_value_is_recovered(name: str, outcome: Callable[..., Outcome]) -> None:
    path, value, form, meant = RECOVERED[name]

    def change(sheet: Sheet) -> None:
        cell = sheet.cell(path)
        cell.value = value
        cell.number_format = form

    found = outcome(change).answer(path)
    assert (type(found), found) == (type(meant), meant)


# ---------------------------------------------------------------- values that are refused


REFUSED: Mapping[str, tuple[str, Any, str, str]] = {
    # name: (question, what stands in the cell, number format, what is said)
    "code shortened": ("company.credit_code", 910000000000000015, "General", "已被表格软件改短"),
    "code shortened, as text": ("company.credit_code", "9.1E+17", "@", "已被表格软件改短"),
    "number shortened": ("appointment.notice_number", 12345678901234567, "0", "已被表格软件改短"),
    "code may have lost its zero": ("company.industry_code", 111, "General", "0可能已经丢失"),
    "code of two digits may, too": ("company.industry_code", 14, "General", "0可能已经丢失"),
    "number became a day": ("appointment.notice_number", DAY, "m月d日", "当作日期（2026-11-08）"),
    "headcount became a day": ("company.employees", DAY, "yyyy-mm", "当作日期（2026-11-08）"),
    "name became a boolean": ("company.legal_representative", True, "General", "逻辑值"),
    "error of a formula": ("company.revenue", "#REF!", "General", "公式出错（#REF!）"),
    "formula never calculated": ("company.revenue", "=A1+B1", "General", "还没有算出结果"),
    "percent of people": ("company.employees", 0.5, "0%", "填了“50%”，请填数字"),
    "mark over a hundred percent": ("assessment.excellent", 1.2, "0%", "填了“120”，不能大于100"),
    "year for a day": ("appointment.end", 2026, "General", "填了“2026”"),
    "month for a day": ("appointment.end", 2026.11, "General", "填了“2026.11”"),
    "day of another century": ("appointment.end", date(1905, 1, 1), "yyyy-mm-dd", "没有这一天"),
    "day before all days": ("appointment.end", 0, "yyyy-mm-dd", "填了“0”"),
    "short day": ("appointment.end", "26-11-8", "@", "填了“26-11-8”"),
    "no such day without signs": ("appointment.end", 20261332, "General", "没有这一天"),
    "one for yes": ("company.exporter", 1, "General", "填了“1”，请填“是”或者“否”"),
    "tick for yes": ("company.exporter", "√", "@", "填了“√”"),
    "unit": ("company.revenue", "4860万元", "@", "请填数字"),
    "half a person": ("company.employees", 16.5, "0", "填了“16.5”"),
    "line break in a name": ("company.legal_representative", "张\n岳", "@", "U+000A"),
    "nothing visible": ("company.legal_representative", "\u3164", "@", "不能为空白，请填写"),
    "only spaces": ("company.legal_representative", " 　", "@", "必须填写"),
    "choice between two": ("candidate.degree", "本科、硕士研究生", "@", "可填：大专以下"),
    "infinite": ("company.revenue", "1E999", "General", "请填数字"),
    "unknown choice of several": ("company.regulated_activities", "食品生产经营、卖菜", "@",
                                  "（第2项）：填了“卖菜”"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_value_is_refused_at_its_cell(name: str, outcome: Callable[..., Outcome]) -> None:
    path, value, form, said = REFUSED[name]
    places = []

    def change(sheet: Sheet) -> None:
        cell = sheet.cell(path)
        cell.value = value
        cell.number_format = form
        if isinstance(value, str) and value[0] not in "#=":
            cell.data_type = "s"
        places.append(cell.coordinate)

    (sentence,) = outcome(change).said
    assert sentence.startswith(f"企业名册!{places[0]}，")
    assert said in sentence


def test_every_reason_has_its_sentence(workspace: Workspace) -> None:
    words = workspace.wording.messages
    source = Path(Fault.__module__.replace(".", "/")).with_suffix(".py")
    text = (Path(__file__).parent.parent / source).read_text(encoding="utf-8")
    found = set(re.findall(r'Fault\("([a-z.\-]+)"', text))
    assert len(found) == 6
    for code in found:
        assert set(re.findall(r"{(\w+)}", words[code])) <= {"field", "have"}


@pytest.mark.parametrize("path", ["company.name", "candidate.name", "fund.total", "plan.as_of"])
def test_a_formula_with_its_result_is_the_result(
    path: str, form: Path, tmp_path: Path, workspace: Workspace
) -> None:
    sheet = Sheet(form)
    sheet.cell(path).value = "=1+1"
    sheet.book.save(tmp_path / "r.xlsx")
    results = {"company.name": ("str", "甲厂"), "candidate.name": ("str", "李&amp;衡"),
               "fund.total": ("n", "1200.10"), "plan.as_of": ("n", "46334")}  # fmt: skip
    kind, value = results[path]
    place = sheet.cell(path).coordinate
    edit_part(
        tmp_path / "r.xlsx",
        "xl/worksheets/sheet2.xml",
        rf'(<c r="{place}"[^>]*?)><f>1\+1</f><v(?: ?/>|></v>)',
        rf'\1 t="{kind}"><f>1+1</f><v>{value}</v>',
    )
    meant = {"company.name": "甲厂", "candidate.name": "李&衡", "fund.total": Decimal("1200.1"),
             "plan.as_of": DAY}  # fmt: skip
    assert Outcome(tmp_path / "r.xlsx", workspace).answer(path) == meant[path]


def test_a_formula_whose_result_is_nothing_is_no_answer(
    form: Path, tmp_path: Path, workspace: Workspace
) -> None:
    sheet = Sheet(form)
    sheet.cell("company.city").value = '=""'
    sheet.book.save(tmp_path / "r.xlsx")
    place = sheet.cell("company.city").coordinate
    edit_part(
        tmp_path / "r.xlsx", "xl/worksheets/sheet2.xml",
        rf'(<c r="{place}"[^>]*?)><f>""</f><v(?: ?/>|></v>)', r'\1 t="str"><f>""</f><v></v>',
    )  # fmt: skip
    assert Outcome(tmp_path / "r.xlsx", workspace).answer("company.city") is None


def edit_part(path: Path, part: str, pattern: str, new: str) -> None:
    """Change a part of a package as another program would have written it."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    text, count = re.subn(pattern, new, parts[part].decode())
    assert count
    parts[part] = text.encode()
    pack(path, parts)


def pack(path: Path, parts: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)


@given(st.decimals(-(10**12), 10**12, places=2))
def test_a_sum_survives_binary_fractions(amount: Decimal) -> None:
    """What Excel stores for a figure with two decimals is that figure."""
    assert Decimal(exact(repr(float(amount)))) == amount
    assert Decimal(exact(f"{float(amount):.17g}")) == amount
    assert "E" not in exact(f"{float(amount):.16E}")


@given(st.text())
def test_any_text_in_a_number_gives_text(text: str) -> None:
    assert isinstance(exact(text), str)


@pytest.mark.parametrize(
    ("code", "form"),
    [
        ("General", "general"), ("@", "text"), ("0.00", "general"), ("0", "general"),
        ("#,##0.00_);[Red](#,##0.00)", "general"), ('"¥"#,##0.00', "general"),
        ("0.00E+00", "general"), ("0%", "percent"), ("0.0%;[Red]-0.0%", "percent"),
        ("yyyy-mm-dd", "date"), ('yyyy"年"m"月"d"日";@', "date"), ("[$-804]aaaa;@", "general"),
        ("h:mm:ss", "date"), ("[h]:mm", "date"), ("yyyy\\-mm", "date"), ("m/d", "date"),
        ('0"个月"', "general"), ('0"d"', "general"), ("00", "00"), ("000000", "000000"),
        ("_ * #,##0.00_ ;_ * -#,##0.00_ ", "general"), ("[DBNum1]yyyy年m月d日", "date"),
    ],
)  # fmt: skip
def test_how_a_number_is_shown(code: str, form: str) -> None:
    assert form_of(code) == form


@given(
    st.sampled_from(["text", "number", "yes-no", "error", "formula", "day"]),
    st.text(max_size=20) | st.decimals(allow_nan=False, allow_infinity=False).map(str),
    st.sampled_from(["general", "date", "percent", "text", "0000"]),
    st.booleans(),
    st.sampled_from(ALL_COLUMNS),
)
def test_any_cell_in_any_column_is_an_answer_or_a_fault(
    kind: str, text: str, form: str, mac: bool, column: Column
) -> None:
    found = answer_in(Cell(1, kind, text, form), column, mac)
    assert isinstance(found, (str, list, Fault)) or found is None
    if isinstance(found, list):
        assert all(isinstance(item, str) and item for item in found)


# ---------------------------------------------------------------- forms that were rearranged


def expected(**changes: Any) -> Any:
    answers = BASE | {p.replace("__", "."): v for p, v in changes.items()}
    return file_of(nested(answers)).answers


def unharmed(found: Outcome) -> None:
    assert found.said == []
    assert [file.answers for file in found.files] == [expected()]


def shape_move_columns(sheet: Sheet) -> None:
    sheet.page.move_range("A1:A4", cols=200)
    sheet.page.move_range("D1:D4", cols=200)


def shape_insert_columns(sheet: Sheet) -> None:
    sheet.page.insert_cols(3, 2)
    sheet.page["C4"] = "自己记的"
    sheet.page["D9"] = "备注"


def shape_insert_rows(sheet: Sheet) -> None:
    sheet.page.insert_rows(4, 3)


def shape_title_above(sheet: Sheet) -> None:
    sheet.page.insert_rows(1, 2)
    sheet.page["A1"] = "晋中市2026年首席质量官名册"
    sheet.page.merge_cells("A1:K1")


def shape_rename_sheets(sheet: Sheet) -> None:
    sheet.page.title = "Sheet1"
    sheet.book["填写说明"].title = "说明 (2)"


def shape_add_sheets(sheet: Sheet) -> None:
    extra = sheet.book.create_sheet("统计", 0)
    extra.append(["省份", "企业数"])
    extra.append(["山西省", 12])
    sheet.book.create_sheet("空表")
    del sheet.book["填写说明"]
    del sheet.book[INDICATORS]


def shape_rename_headings(sheet: Sheet) -> None:
    for number in range(1, sheet.page.max_column - 5):
        sheet.page.cell(3, number).value = f"第{number}列"


def shape_no_paths(sheet: Sheet) -> None:
    sheet.page.delete_rows(1)


def shape_no_labels(sheet: Sheet) -> None:
    sheet.page.delete_rows(2, 2)


def shape_labels_written_otherwise(sheet: Sheet) -> None:
    sheet.page.delete_rows(1, 1)
    for cell in sheet.page[2]:
        words = str(cell.value).replace("（", "(").replace("）", ")").rstrip("*")
        cell.value = f" {words[:2]}\n{words[2:]} ＊"


def shape_labels_with_groups(sheet: Sheet) -> None:
    sheet.page.delete_rows(1, 1)
    for group, cell in zip(sheet.page[1], sheet.page[2], strict=True):
        cell.value = f"{group.value}·{cell.value}"
    sheet.page.delete_rows(1, 1)


def shape_only_what_is_filled(sheet: Sheet) -> None:
    for number in range(sheet.page.max_column, 0, -1):
        if sheet.page.cell(4, number).value is None:
            sheet.page.delete_cols(number)


def shape_problem_column(sheet: Sheet) -> None:
    sheet.page.insert_cols(1)
    sheet.page["A3"], sheet.page["A4"], sheet.page["A7"] = "问题", "旧的问题", "旧的问题"


def shape_blank_rows(sheet: Sheet) -> None:
    sheet.cell("company.name", 6).value = "   "
    sheet.cell("company.city", 9).value = ""


def shape_hidden_row(sheet: Sheet) -> None:
    sheet.page.row_dimensions[4].hidden = True


def shape_merged_elsewhere(sheet: Sheet) -> None:
    sheet.page.merge_cells("A2:C2")
    sheet.page.merge_cells("A9:F9")


def shape_days_from_1904(sheet: Sheet) -> None:
    sheet.book.epoch = CALENDAR_MAC_1904


def shape_values_as_text(sheet: Sheet) -> None:
    for cell in sheet.page[4]:
        if cell.value is not None:
            cell.value = f"{cell.value:%Y-%m-%d}" if cell.is_date else str(cell.value)
            cell.data_type = "s"


def shape_hidden_sheet(sheet: Sheet) -> None:
    sheet.page.sheet_state = "hidden"


SHAPES = {n.removeprefix("shape_"): f for n, f in globals().items() if n.startswith("shape_")}


@pytest.mark.parametrize("name", SHAPES)
def test_a_rearranged_form_is_still_understood(name: str, outcome: Callable[..., Outcome]) -> None:
    unharmed(outcome(SHAPES[name]))


def fault_unknown_heading(sheet: Sheet) -> None:
    sheet.page.cell(3, 200).value = "统一信用代码"


def fault_unknown_heading_like_none(sheet: Sheet) -> None:
    sheet.page.cell(3, 200).value = "血型"


def fault_heading_twice(sheet: Sheet) -> None:
    sheet.page.cell(3, 200).value = "城市"


def fault_headings_swapped(sheet: Sheet) -> None:
    sheet.page["D3"].value, sheet.page["E3"].value = "城市", "省份*"


def fault_headings_shifted(sheet: Sheet) -> None:
    """Cells of the visible rows were moved, those of the hidden one were not."""
    sheet.page.move_range("E3:Z4", cols=1)


def fault_no_province(sheet: Sheet) -> None:
    sheet.page.delete_cols(4)


def fault_no_names(sheet: Sheet) -> None:
    sheet.page.delete_cols(1)


def fault_no_headings(sheet: Sheet) -> None:
    sheet.page.delete_rows(1, 3)


def fault_copy_of_the_sheet(sheet: Sheet) -> None:
    sheet.book.copy_worksheet(sheet.page).title = "企业名册 (2)"


def fault_merged_answers(sheet: Sheet) -> None:
    sheet.page.merge_cells("E4:F4")


def fault_merged_over_rows(sheet: Sheet) -> None:
    for number in range(1, 60):
        sheet.page.cell(5, number).value = sheet.page.cell(4, number).value
    sheet.page["A5"].value = "另一家"
    sheet.page.merge_cells("M4:M5")


def fault_another_version(sheet: Sheet) -> None:
    name = sheet.book.defined_names.pop("cqo_roster_1")
    name.name = "cqo_roster_0"
    sheet.book.defined_names["cqo_roster_0"] = name


def fault_empty(sheet: Sheet) -> None:
    sheet.page.delete_rows(4)


FAULTS = {  # what is said, by the name of the function that does the damage
    "unknown_heading": "企业名册!GR3：没有“统一信用代码”这一项，是"
        "否为“统一社会信用代码”？请改正表头",
    "unknown_heading_like_none": "企业名册!GR3：没有“血型”这一项，请删去这一"
        "列，或者对照名册改正表头",
    "heading_twice": "企业名册!GR3：“城市”重复（首次在E3），请只保留一列",
    "headings_swapped": "企业名册!D3：表头“城市”与这一列原来的“省份"
        "”不符，请恢复表头，或者用新名册重新填写",
    "headings_shifted": "企业名册!F3：表头“城市”与这一列原来的“行业"
        "代码”不符，请恢复表头，或者用新名册重新填写",
    "no_province": "企业名册：缺少“省份”这一列，请补上",
    "no_names": "企业名册：缺少“企业名称”这一列，请补上",
    "no_headings": "r.xlsx：没有找到企业名册（表头须有“企业名"
        "称”），请用 cqo-docs form --roster 生成名册后填写",
    "copy_of_the_sheet": "r.xlsx：有几张内容相同的工作表（企业名册、企业名册 (2)），请只保留一张",
    "merged_answers": "企业名册!E4:F4：这里有合并的单元格，请取消合并，逐格填写",
    "merged_over_rows": "企业名册!M4:M5：这里有合并的单元格，请取消合并，逐格填写",
    "another_version": "r.xlsx：这份名册的版式与本程序不符，"
        "请用 cqo-docs form --roster 重新生成名册，把内容粘贴过去",
    "empty": "r.xlsx：没有填写任何企业",
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_damaged_form_is_refused_in_plain_words(
    name: str, outcome: Callable[..., Outcome]
) -> None:
    found = outcome(globals()[f"fault_{name}"])
    assert found.files == []
    assert re.sub(r"^/.*/", "", found.said[0]) == FAULTS[name]


def test_a_roster_of_another_program_is_read_by_its_headings(
    tmp_path: Path, workspace: Workspace
) -> None:
    """No paths, no groups, one sheet; a list beside it under its own words."""
    book = Book()
    page = book.active
    page.append(["企业名称", "省份", "行业代码", "登记类型", "治理机构", "法定代表人", "姓名"])
    page.append(["云陉机械", "山西省", "C34", "私营有限责任公司", "董事会", "张岳", "李衡"])
    items = book.create_sheet()
    items.append(
        [
            "企业名称",
            "项目名称",
            "类别",
            "金额（元）",
            "一季度（元）",
            "二季度（元）",
            "三季度（元）",
            "四季度（元）",
        ]
    )
    items.append(["云陉机械", "培训", "人才与培训", 100.1, 25, 25, 25, 25.1])  # fmt: skip
    book.save(tmp_path / "r.xlsx")
    found = Outcome(tmp_path / "r.xlsx", workspace)
    assert found.answer("candidate.name") == "李衡"
    (item,) = found.answer("fund.items")
    assert item.quarters == (25, 25, 25, Decimal("25.1"))


# ---------------------------------------------------------------- files of other writers


def rewritten(form: Path, tmp_path: Path, work: Callable[[dict[str, bytes]], None]) -> Path:
    """A filled roster of ours with its parts written as other programs write them."""
    made = make_roster(tmp_path / "r.xlsx", 3)
    with zipfile.ZipFile(made.path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    work(parts)
    pack(made.path, parts)
    return made.path


def writer_prefixed(parts: dict[str, bytes]) -> None:
    """The Open XML SDK writes <x:row>."""
    for name in list(parts):
        if "worksheets/sheet" in name or name in {"xl/workbook.xml", "xl/styles.xml"}:
            text = parts[name].decode()
            text = re.sub(r"<(/?)([a-zA-Z])", r"<\1x:\2", text.replace("<?xml", "<?@xml"))
            text = text.replace("xmlns=", "xmlns:x=").replace("<?@xml", "<?xml")
            parts[name] = text.encode()


def writer_strict(parts: dict[str, bytes]) -> None:
    """ISO 29500 Strict."""
    for name in list(parts):
        text = parts[name].decode()
        text = text.replace(MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main")
        text = text.replace(
            "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            "http://purl.oclc.org/ooxml/officeDocument/relationships",
        )
        parts[name] = text.encode()


def writer_without_references(parts: dict[str, bytes]) -> None:
    """Cells in their order without their places; empty ones are written."""
    name = "xl/worksheets/sheet2.xml"
    text = parts[name].decode()

    def complete(row: re.Match[str]) -> str:
        cells = dict(re.findall(r'<c r="([A-Z]+)\d+"([^>]*/>|[^>]*>.*?</c>)', row.group(1), re.S))
        return "<row>" + "".join(f"<c{cells.get(c, '/>')}" for c in COLUMNS) + "</row>"

    parts[name] = re.sub(r"<row [^>]*>(.*?)</row>", complete, text, flags=re.S).encode()


COLUMNS = [(chr(64 + n // 26) if n // 26 else "") + chr(65 + n % 26) for n in range(120)]


def writer_utf16(parts: dict[str, bytes]) -> None:
    name = "xl/worksheets/sheet2.xml"
    text = parts[name].decode().replace('encoding="UTF-8"', 'encoding="UTF-16"')
    parts[name] = text.encode("utf-16")


def writer_absolute_targets(parts: dict[str, bytes]) -> None:
    name = "xl/_rels/workbook.xml.rels"
    parts[name] = parts[name].replace(b'Target="', b'Target="/xl/')


def writer_default_types(parts: dict[str, bytes]) -> None:
    """A package that names no part in its content types."""
    name = "[Content_Types].xml"
    parts[name] = re.sub(rb"<Override [^>]*/>", b"", parts[name])


def writer_rich_text(parts: dict[str, bytes]) -> None:
    name = "xl/worksheets/sheet2.xml"
    parts[name] = re.sub(
        r"<is><t>(.)(.*?)</t></is>",
        r"<is><r><rPr><b/></rPr><t>\1</t></r><r><t>\2</t></r>"
        r'<rPh sb="0" eb="1"><t>PIN</t></rPh></is>',
        parts[name].decode(),
    ).encode()


def writer_no_styles(parts: dict[str, bytes]) -> None:
    for name in list(parts):
        if name.endswith("styles.xml"):
            del parts[name]
        elif name.endswith(("rels", "[Content_Types].xml")):
            parts[name] = re.sub(rb"<(Relationship|Override) [^>]*styles[^>]*/>", b"", parts[name])


WRITERS = {n.removeprefix("writer_"): f for n, f in globals().items() if n.startswith("writer_")}


@pytest.mark.parametrize("name", WRITERS)
def test_files_of_other_writers_are_read(
    name: str, form: Path, tmp_path: Path, workspace: Workspace
) -> None:
    found = Outcome(rewritten(form, tmp_path, WRITERS[name]), workspace)
    assert found.said == []
    assert [f.answers for f in found.files] == [
        file_of(nested(client(n))).answers for n in (1, 2, 3)
    ]


def test_shared_strings_of_every_shape(tmp_path: Path) -> None:
    """More of them than are at hand at once, rich ones, pronounced ones, escaped ones."""
    texts = [f"第{n}" for n in range(40_000)]
    shared = "".join(f"<si><t>{text}</t></si>" for text in texts)
    shared += "<si><r><t>甲</t></r><r><t xml:space='preserve'> 乙</t></r><rPh><t>x</t></rPh></si>"
    shared += "<si><t>_x000A__x005F_x0041_</t></si><si/>"
    order = [*range(0, 40_000, 7), 39_999, 40_000, 40_001, 40_002, 3]
    cells = "".join(f'<row><c t="s"><v>{n}</v></c></row>' for n in order)
    with open_workbook(workbook_of(cells, shared), "x") as book:
        found = [row.cells[0].text for row in book.rows(book.sheets[0])]
    texts += ["甲 乙", "\n_x0041_"]
    assert found == [texts[n] for n in order if n < 40_002]


def workbook_of(rows: str, shared: str = "", extra: Mapping[str, bytes] | None = None) -> Any:
    """The smallest workbook with these rows."""
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    rels = "http://schemas.openxmlformats.org/package/2006/relationships"
    parts = {
        "[Content_Types].xml": "<Types xmlns='http://schemas.openxmlformats.org/package/2006/"
        "content-types'><Default Extension='xml' ContentType='application/xml'/></Types>",
        "_rels/.rels": f"<Relationships xmlns='{rels}'><Relationship Id='a' Target='xl/w.xml' "
        f"Type='{rel}/officeDocument'/></Relationships>",
        "xl/w.xml": f"<workbook xmlns='{MAIN}' xmlns:r='{rel}'><sheets>"
        "<sheet name='s' sheetId='1' r:id='b'/></sheets></workbook>",
        "xl/_rels/w.xml.rels": f"<Relationships xmlns='{rels}'>"
        f"<Relationship Id='b' Target='s.xml' Type='{rel}/worksheet'/>"
        f"<Relationship Id='c' Target='t.xml' Type='{rel}/sharedStrings'/></Relationships>",
        "xl/s.xml": f"<worksheet xmlns='{MAIN}'><sheetData>{rows}</sheetData></worksheet>",
        "xl/t.xml": f"<sst xmlns='{MAIN}'>{shared}</sst>",
    }
    data = {name: text.encode() for name, text in parts.items()} | dict(extra or {})
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in data.items():
            package.writestr(name, content)
    file.seek(0)
    return file


def test_rows_and_cells_without_a_place_follow_each_other() -> None:
    rows = (
        "<row><c><v>1</v></c><c r='D1'><v>2</v></c><c><v>3</v></c></row>"
        "<row r='7'><c t='str'><f>A1</f><v>甲</v></c></row><row/><row><c><v>4</v></c></row>"
    )
    with open_workbook(workbook_of(rows), "x") as book:
        assert list(book.rows(book.sheets[0])) == [
            Row(1, [Cell(1, "number", "1"), Cell(4, "number", "2"), Cell(5, "number", "3")]),
            Row(7, [Cell(1, "text", "甲")]),
            Row(9, [Cell(1, "number", "4")]),
        ]


# ---------------------------------------------------------------- files that are none


def said_of(data: bytes, tmp_path: Path, workspace: Workspace, name: str = "r.xlsx") -> str:
    (tmp_path / name).write_bytes(data)
    tracemalloc.start()
    try:
        found = Outcome(tmp_path / name, workspace)
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()
    assert found.files == []
    (sentence,) = found.said
    return sentence.rpartition("/")[2]


def roster_bytes(tmp_path: Path, count: int = 3) -> bytes:
    return make_roster(tmp_path / "whole.xlsx", count).path.read_bytes()


def changed(data: bytes, work: Callable[[dict[str, bytes]], None]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    work(parts)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return file.getvalue()


def put(name: str, old: bytes, new: bytes) -> Callable[[dict[str, bytes]], None]:
    def work(parts: dict[str, bytes]) -> None:
        assert old in parts[name]
        parts[name] = parts[name].replace(old, new, 1)

    return work


def add(name: str, data: bytes) -> Callable[[dict[str, bytes]], None]:
    return lambda parts: parts.update({name: data})


PAGE, TYPES = "xl/worksheets/sheet2.xml", "[Content_Types].xml"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
DOCTYPE = (
    b'<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c SYSTEM "file:///etc/passwd">]><worksheet '
)
MACRO = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
BINARY = b"application/vnd.ms-excel.sheet.binary.macroEnabled.main"
PLAIN = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
WORD = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
DAMAGED = "r.xlsx：文件不完整或者已经损坏，请用 Excel 或者 WPS 打开后另存再试"
TOO_LARGE = "r.xlsx：文件过大，或者解压后异常庞大，请检查是否选错文件"
NO_BOOK = "r.xlsx：不是 .xlsx 表格文件，请检查是否选错文件"
XLS = "r.xlsx：这是旧版 Excel 文件（.xls），请用 Excel 或者 WPS 另存为 .xlsx 后再试"
LOCKED = "r.xlsx：文件有打开密码，请去掉密码后再试"
MACROS = "r.xlsx：文件含有宏，请另存为不含宏的 .xlsx 后再试"

WHOLE: Mapping[str, tuple[bytes, str]] = {
    "empty": (b"", "r.xlsx：文件是空的，请填写问卷后再试"),
    "image": (b"\x89PNG\r\n\x1a\n" + bytes(100), NO_BOOK),
    "text": ("企业名称,省份\n甲,山西省\n".encode("gbk"), NO_BOOK),
    "page": (b"<html><table><tr><td>1</td></tr></table></html>", NO_BOOK),
    "xls": (OLE + "Workbook".encode("utf-16-le") + bytes(500), XLS),
    "doc": (OLE + "WordDocument".encode("utf-16-le") + bytes(500), NO_BOOK),
    "encrypted": (OLE + "EncryptedPackage".encode("utf-16-le") + bytes(500), LOCKED),
    "zip of nothing": (b"PK\5\6" + bytes(18), NO_BOOK),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_of_another_kind_is_refused(name: str, tmp_path: Path, workspace: Workspace) -> None:
    data, said = WHOLE[name]
    assert said_of(data, tmp_path, workspace) == said


PARTS: Mapping[str, tuple[Callable[[dict[str, bytes]], None], str]] = {
    "macros by type": (put(TYPES, PLAIN, MACRO), MACROS),
    "macros inside": (add("xl/vbaProject.bin", b"x"), MACROS),
    "binary": (put(TYPES, PLAIN, BINARY),
               "r.xlsx：这是二进制 Excel 文件（.xlsb），请另存为 .xlsx 后再试"),
    "word": (put(TYPES, PLAIN, WORD), NO_BOOK),
    "links to other workbooks": (
        add("xl/externalLinks/externalLink1.xml", b"<x/>"),
        "r.xlsx：文件引用了其他工作簿的内容，请在“数据”中断开链接后另存再试",
    ),
    "entities": (put(PAGE, b"<worksheet ", DOCTYPE), DAMAGED),
    "entities in the workbook": (
        put("xl/workbook.xml", b"<workbook ", DOCTYPE.replace(b"worksheet", b"workbook")), DAMAGED,
    ),
    "sheet cut short": (lambda p: p.update({PAGE: p[PAGE][:3000]}), DAMAGED),
    "sheet without text": (add(PAGE, b""), DAMAGED),
    "sheet of bytes": (add(PAGE, bytes(range(256)) * 9), DAMAGED),
    "no sheet": (lambda p: p.pop(PAGE) and None,
                 "r.xlsx：没有找到企业名册（表头须有“企业名称”），请用 cqo-docs form --roster "
                 "生成名册后填写"),
    "no workbook": (lambda p: p.pop("xl/workbook.xml") and None, NO_BOOK),
    "no types": (lambda p: p.pop(TYPES) and None, NO_BOOK),
    "no sheets": (put("xl/workbook.xml", b"<sheets>", b"<sheets/><x>"), DAMAGED),
    "string that is not there": (put(PAGE, b't="inlineStr"><is><t>company.name</t></is>',
                                     b't="s"><v>7</v>'), DAMAGED),
    "cell of no kind": (put(PAGE, b't="inlineStr"', b't="magic"'), DAMAGED),
    "cell of no column": (put(PAGE, b'r="A1"', b'r="ZZZZZ1"'), DAMAGED),
    "row of no number": (put(PAGE, b'<row r="1"', b'<row r="99999999"'), DAMAGED),
    "cell in a cell": (put(PAGE, b"<is><t>company.name</t></is>", b"<c><c/></c>"), DAMAGED),
    "text in a text": (put(PAGE, b"<t>company.name</t>", b"<t><t><t>x</t></t></t>"), DAMAGED),
    "style of no format": (put("xl/styles.xml", b'numFmtId="49"', b'numFmtId="text"'), DAMAGED),
    "bomb": (add("xl/media/x.bin", bytes(60_000_000)), TOO_LARGE),
    "bomb for a sheet": (
        put(PAGE, b"<sheetData>", b"<sheetData>" + b" " * 60_000_000), TOO_LARGE,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PARTS)
def test_a_package_that_cannot_be_trusted_is_refused(
    name: str, tmp_path: Path, workspace: Workspace
) -> None:
    work, said = PARTS[name]
    assert said_of(changed(roster_bytes(tmp_path), work), tmp_path, workspace) == said


def noise(size: int) -> bytes:
    """Text that does not shrink far."""
    return random.Random(7).randbytes(size // 2).hex().encode()


ROWS_OF_NOISE = {
    "one long text": b"<row r='1'><c r='A1' t='inlineStr'><is><t>%s</t></is></c></row>",
    "one long mark": b"<row r='1' x='%s'/>",
    "one long remark": b"<!-- %s -->",
    "one long formula": b"<row r='1'><c r='A1'><f>%s</f></c></row>",
}


@pytest.mark.parametrize("name", ROWS_OF_NOISE)
def test_a_part_that_never_ends_takes_no_memory(
    name: str, tmp_path: Path, workspace: Workspace
) -> None:
    long = b"<sheetData>" + ROWS_OF_NOISE[name] % noise(12_000_000)
    data = changed(roster_bytes(tmp_path), put(PAGE, b"<sheetData>", long))
    assert said_of(data, tmp_path, workspace) == DAMAGED


@pytest.mark.parametrize("tag", [b"c", b"v", b"t", b"row", b"is", b"x", b"f"])
def test_a_depth_without_bottom_is_refused(
    tag: bytes, tmp_path: Path, workspace: Workspace
) -> None:
    marks = b"".join(b"<%s a='%d'>" % (tag, n) for n in range(100_000))
    data = changed(roster_bytes(tmp_path), put(PAGE, b"<sheetData>", b"<sheetData>" + marks))
    assert said_of(data, tmp_path, workspace) == DAMAGED


def test_a_hundred_megabytes_of_shared_text_are_refused(
    tmp_path: Path, workspace: Workspace
) -> None:
    shared = "<si><t>" + "甲乙丙丁" * 9_000_000 + "</t></si>"
    extra = {"xl/t.xml": f"<sst xmlns='{MAIN}'>{shared}</sst>".encode()}
    data = workbook_of("<row/>", extra=extra).getvalue()
    assert said_of(data, tmp_path, workspace) == TOO_LARGE


def test_a_directory_of_endless_members_is_refused(tmp_path: Path, workspace: Workspace) -> None:
    data = changed(
        roster_bytes(tmp_path), lambda parts: parts.update({f"x/{n}": b"" for n in range(6000)})
    )
    assert said_of(data, tmp_path, workspace) == TOO_LARGE


def test_a_member_that_is_there_twice_is_refused(tmp_path: Path, workspace: Workspace) -> None:
    path = tmp_path / "twice.xlsx"
    path.write_bytes(roster_bytes(tmp_path))
    with (
        zipfile.ZipFile(path, "a") as package,
        pytest.warns(UserWarning, match="Duplicate name"),
    ):
        package.writestr(PAGE, b"<worksheet/>")
    assert said_of(path.read_bytes(), tmp_path, workspace) == DAMAGED


def test_a_member_with_a_password_is_refused(tmp_path: Path, workspace: Workspace) -> None:
    data = bytearray(roster_bytes(tmp_path))
    place = data.find(b"PK\1\2")
    flags = struct.unpack_from("<H", data, place + 8)[0]
    struct.pack_into("<H", data, place + 8, flags | 1)
    assert said_of(bytes(data), tmp_path, workspace) == LOCKED


def test_a_member_that_lies_about_its_size_is_refused(tmp_path: Path, workspace: Workspace) -> None:
    data = roster_bytes(tmp_path)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        size = package.getinfo(PAGE).file_size
    lying = data.replace(struct.pack("<I", size), struct.pack("<I", 500))
    assert lying != data
    assert said_of(lying, tmp_path, workspace) == DAMAGED


def test_a_file_cut_anywhere_is_refused(tmp_path: Path, workspace: Workspace) -> None:
    data = roster_bytes(tmp_path)
    for part in range(1, 20):
        sentence = said_of(data[: len(data) * part // 20], tmp_path, workspace)
        assert sentence == DAMAGED


@pytest.mark.parametrize("seed", range(60))
def test_bytes_that_were_changed_are_noticed_or_do_not_matter(
    seed: int, tmp_path: Path, workspace: Workspace, whole: bytes
) -> None:
    chance = random.Random(seed)
    data = bytearray(whole)
    for _ in range(chance.choice([1, 1, 3, 40])):
        data[chance.randrange(len(data))] = chance.randrange(256)
    (tmp_path / "r.xlsx").write_bytes(bytes(data))
    found = Outcome(tmp_path / "r.xlsx", workspace)
    if found.said:
        assert found.files == []
        assert all(re.search("[一-鿿]", sentence) for sentence in found.said)
    else:
        assert [f.answers for f in found.files] == [
            file_of(nested(client(n))).answers for n in (1, 2, 3)
        ]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return roster_bytes(tmp_path_factory.mktemp("whole"))


@pytest.mark.parametrize("seed", range(40))
def test_xml_that_was_changed_never_ends_in_a_traceback(
    seed: int, tmp_path: Path, workspace: Workspace, whole: bytes
) -> None:
    """Parts are damaged, packed again with right checksums: what is read may differ, not break."""
    chance = random.Random(seed)

    def work(parts: dict[str, bytes]) -> None:
        name = chance.choice([n for n in parts if n.endswith((".xml", ".rels"))])
        text = bytearray(parts[name])
        for _ in range(chance.choice([1, 2, 8])):
            place = chance.randrange(len(text))
            piece = text[place : place + chance.randrange(60)]
            action = chance.randrange(3)
            if action == 0:
                del text[place : place + chance.randrange(1, 40)]
            elif action == 1:
                text[place:place] = piece * chance.randrange(1, 4)
            else:
                text[place] = chance.choice(b"<>&\"'/=0 9Ax\x00\xff")
        parts[name] = bytes(text)

    (tmp_path / "r.xlsx").write_bytes(changed(whole, work))
    found = Outcome(tmp_path / "r.xlsx", workspace)
    assert found.said or found.files
    assert all(re.search("[一-鿿]", sentence) for sentence in found.said)


@pytest.mark.parametrize("name", ["没有.xlsx", "."])
def test_a_roster_that_is_not_there(name: str, tmp_path: Path, workspace: Workspace) -> None:
    (sentence,) = Outcome(tmp_path / name, workspace).said
    assert "找不到这个文件" in sentence or "文件夹里没有问卷" in sentence


def test_nothing_is_left_behind(tmp_path: Path, workspace: Workspace, monkeypatch: Any) -> None:
    """Neither by a roster that was read nor by one that was refused."""
    made = make_roster(tmp_path / "r.xlsx", 3)
    place = tmp_path / "tmp"
    place.mkdir()
    for name in ("TMPDIR", "SQLITE_TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, str(place))
    monkeypatch.setattr("tempfile.tempdir", str(place))
    with open_roster(made.path, workspace) as roster:
        assert len(list(roster)) == 3
        assert list(place.iterdir()) == []
    assert list(place.iterdir()) == []


def test_zlib_that_is_broken_inside(tmp_path: Path, workspace: Workspace) -> None:
    data = bytearray(roster_bytes(tmp_path))
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as package:
        info = package.getinfo(PAGE)
    start = info.header_offset + 30 + len(PAGE)
    data[start : start + 200] = zlib.compress(bytes(1000))[:20] * 10
    assert said_of(bytes(data), tmp_path, workspace) == DAMAGED

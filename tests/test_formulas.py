"""The values stored with formulas: what a reader without a formula engine sees."""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from openpyxl import Workbook
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.formula import ArrayFormula
from test_excel import (
    ASSESSMENTS,
    BUDGETS,
    MATRICES,
    TEMPLATES,
    opened,
    packed,
    read_back,
    recalculated,
)

from cqo_docs.generation import make_plan, read_answers
from cqo_docs.office.package import read_package
from cqo_docs.papers.composer import compose
from cqo_docs.render import render_file
from cqo_docs.render.templates import open_template
from cqo_docs.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = sorted((ROOT / "questionnaires").glob("*.yaml"))
AS_OF = datetime.date(2026, 11, 8)
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
# A formula whose value is left to programs that calculate.
NOTHING = object()


def saved(book: Any) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def cached(data: bytes, sheet: int = 1) -> dict[str, object]:
    """The values stored with the formulas of one sheet."""
    root = etree.fromstring(read_package(data)[f"xl/worksheets/sheet{sheet}.xml"])
    found: dict[str, object] = {}
    for cell in root.iter(f"{MAIN}c"):
        if cell.find(f"{MAIN}f") is None:
            continue
        value, kind = cell.findtext(f"{MAIN}v"), cell.get("t", "n")
        if value is None:
            found[cell.get("r", "")] = NOTHING
        elif kind == "n":
            found[cell.get("r", "")] = Decimal(value)
        else:
            found[cell.get("r", "")] = value == "1" if kind == "b" else value
    return found


# ---------------------------------------------------------------- one function after the other

# What the formulas below read: a column each of numbers, texts, and a bit of everything.
CELLS: Mapping[str, object] = {
    "A1": Decimal("1"),
    "A2": Decimal("2.5"),
    "A3": Decimal("-4"),
    "A4": Decimal("2.5"),
    "B1": "甲",
    "B2": "Smith",
    "B3": "SMITH",
    "B4": "a*b",
    # B5 is blank, B6 an empty text.
    "B6": '=""',
    "C1": Decimal("3"),
    "C2": "3",
    "C3": True,
    "C4": "=1/0",
    # C5 is blank.
    "C6": "12%",
    "D1": Decimal("0.1"),
    "D2": Decimal("0.2"),
    "D3": datetime.date(2026, 11, 8),
    "D4": "TRUE",
    "D5": "5.10",
    "D6": Decimal("5.1"),
}

CASES: Sequence[tuple[str, object]] = (
    # Sums take numbers from cells, and also what can be read as one from arguments.
    ("SUM(A1:A4)", 2),
    ("SUM(A1:A4,10)", 12),
    ("SUM(C1:C3)", 3),
    ("SUM(C2)", 0),
    ('SUM("3",TRUE)', 4),
    ('SUM("x")', "#VALUE!"),
    ("SUM(B5)", 0),
    ("SUM(C1:C4)", "#DIV/0!"),
    ("SUM(D1:D2)", Decimal("0.3")),
    ("0.1+0.2", Decimal("0.3")),
    ("0.1+0.2-0.3", 0),
    ("1-1/3-1/3-1/3", 0),
    ('"1e999"+1', NOTHING),
    ("1/3*3=1", True),
    # Operators.
    ("2+3*4", 14),
    ("-2^2", 4),
    ("2^-1", Decimal("0.5")),
    ("2^3^2", 64),
    ("0^0", "#NUM!"),
    ("(0-8)^0.5", "#NUM!"),
    ("0^-1", "#DIV/0!"),
    ("50%", Decimal("0.5")),
    ("A2%*200", 5),
    ("+A1-+A2", Decimal("-1.5")),
    ("1/0", "#DIV/0!"),
    ("B5/B5", "#DIV/0!"),
    ("C4+1", "#DIV/0!"),
    ("#REF!+1", "#REF!"),
    # Kinds give way where they can.
    ("C2+1", 4),
    ("C6*100", 12),
    ('"1,234.5"+0', Decimal("1234.5")),
    ('" 12 "+0', 12),
    ("B1+1", "#VALUE!"),
    ("B6+1", "#VALUE!"),
    ("B5+1", 1),
    ("TRUE+1", 2),
    ("C3*3", 3),
    ("D3-1", 46333),
    ('"2026-11-08"+1', NOTHING),
    # Texts.
    ('A1&"项"', "1项"),
    ('B5&""', ""),
    ('B6&"x"', "x"),
    ('A2&"|"&A3', "2.5|-4"),
    ('TRUE&""', "TRUE"),
    ('1/3&""', "0.333333333333333"),
    ('200/3&""', "66.6666666666667"),
    ('90.50&"分"', "90.5分"),
    ('0.1*3&""', "0.3"),
    ('10^20&""', "100000000000000000000"),
    ('10^21&""', "1E+21"),
    ('1/30000&""', "3.33333333333333E-05"),
    ('1/8000&""', "0.000125"),
    ('C4&"x"', "#DIV/0!"),
    ('"他说""是"""', '他说"是"'),
    ('"a<b & c>d"', "a<b & c>d"),
    ("B1", "甲"),
    ("B5", 0),
    # Comparisons: capitals do not count, a number never equals a text, blank equals nothing much.
    ("B2=B3", True),
    ("B2<>B1", True),
    ('C1="3"', False),
    ("C2=3", False),
    ("B5=0", True),
    ('B5=""', True),
    ("B5=FALSE", True),
    ("B6=0", False),
    ("A1<A2", True),
    ("A2<=A4", True),
    ("A1>=A2", False),
    ('A1<"a"', True),
    ('"a">99', True),
    ('TRUE>"z"', True),
    ('"abc"<"abd"', True),
    ('"乙">"甲"', NOTHING),
    ("C4=C4", "#DIV/0!"),
    # Conditions.
    ('IF(A1=1,"是","否")', "是"),
    ('IF(B5,"是","否")', "否"),
    ('IF("x",1,2)', "#VALUE!"),
    ("IF(FALSE,1)", False),
    ("IF(TRUE,,1)", 0),
    ("IF(A1,C4,1)", "#DIV/0!"),
    ("IF(A1,1,C4)", 1),
    ("IF(C4,1,2)", "#DIV/0!"),
    ('IF(A1>1,"大",IF(A1=1,"等","小"))', "等"),
    ('IFERROR(1/0,"无")', "无"),
    ('IFERROR(C4,"无")', "无"),
    ("IFERROR(A1,2)", 1),
    ('IFERROR(TODAY(),"无")', NOTHING),
    ("AND(A1=1,A2>2)", True),
    ("AND(A1:A4)", True),
    ("AND(TRUE,B5)", True),
    ("AND(B1:B2)", "#VALUE!"),
    ("OR(FALSE,C3)", True),
    ("OR(A1>1,A3>1)", False),
    ("OR(TRUE,C4)", "#DIV/0!"),
    ("NOT(A1)", False),
    # Counts.
    ("COUNT(A1:D6)", 9),
    ("COUNT(C1:C6)", 1),
    ('COUNT("3",TRUE,"x")', 2),
    ("COUNT(B5)", 0),
    ("COUNTA(B1:B6)", 5),
    ("COUNTA(C1:C6)", 5),
    ("COUNTA(B5)", 0),
    # Criteria.
    ('COUNTIF(A1:A4,">1")', 2),
    ('COUNTIF(A1:A4,"<=2.5")', 4),
    ("COUNTIF(A1:A4,2.5)", 2),
    ('COUNTIF(A1:A4,"2.50")', 2),
    ('COUNTIF(A1:A4,"="&A4)', 2),
    ('COUNTIF(A1:A4,"<>2.5")', 2),
    ('COUNTIF(A1:A4,">"&A1)', 2),
    ('COUNTIF(B1:B4,"smith")', 2),
    ('COUNTIF(B1:B4,"=smith")', 2),
    ('COUNTIF(B1:B6,"<>smith")', 4),
    ('COUNTIF(B1:B4,"S*")', 2),
    ('COUNTIF(B1:B4,"?mi*")', 2),
    ('COUNTIF(B1:B4,"<>*i*")', 2),
    ('COUNTIF(B1:B4,"a~*b")', 1),
    ('COUNTIF(B1:B4,"*")', 4),
    ('COUNTIF(B1:B6,"")', 2),
    ('COUNTIF(B1:B6,"=")', 1),
    ('COUNTIF(B1:B6,"<>")', 5),
    ("COUNTIF(B1:B4,B5)", 0),
    ("COUNTIF(C1:C3,3)", 2),
    ("COUNTIF(C1:C3,TRUE)", 1),
    ('COUNTIF(C1:C4,"#DIV/0!")', 1),
    ('COUNTIF(C1:C3,">2")', 1),
    ("COUNTIF(D5:D6,D6)", 2),
    ('COUNTIF(B1:B4,">乙")', NOTHING),
    ('COUNTIFS(B1:B4,"smith",A1:A4,">0")', 1),
    ('COUNTIFS(B1:B4,"smith",A1:A4,-4)', 1),
    ('COUNTIFS(A1:A4,1,B1:B3,"甲")', "#VALUE!"),
    ('SUMIF(B1:B4,"smith",A1:A4)', Decimal("-1.5")),
    ('SUMIF(A1:A4,">1")', 5),
    ('SUMIFS(A1:A4,B1:B4,"smith",A1:A4,">0")', Decimal("2.5")),
    ('SUMIFS(A1:A4,B1:B4,"丙")', 0),
    ("SUMIFS(C1:C4,A1:A4,1)", 3),
    ("SUMIFS(C1:C4,A1:A4,2.5)", "#DIV/0!"),
    # Places.
    ("INDEX(A1:A4,2)", Decimal("2.5")),
    ("INDEX(A1:D4,2,2)", "Smith"),
    ("INDEX(A1:D1,2)", "甲"),
    ("INDEX(A1:A4,5)", "#REF!"),
    ("INDEX(A1:D4,1,5)", "#REF!"),
    ('INDEX(B1:B6,5)&"x"', "x"),
    ("INDEX(C1:C4,4)", "#DIV/0!"),
    ("SMALL(A1:A4,1)", -4),
    ("SMALL(A1:A4,4)", Decimal("2.5")),
    ("SMALL(A1:A4,5)", "#NUM!"),
    ("SMALL(B1:B4,1)", "#NUM!"),
    ("MIN(A1:A4)", -4),
    ("MAX(A1:A4,3)", 3),
    ("MAX(B1:B4)", 0),
    ("MIN(C2,7)", 7),
    ("MAX(C4,1)", "#DIV/0!"),
    # Rounding goes away from nought, on the figure as it is written.
    ("ROUND(2.5,0)", 3),
    ("ROUND(-2.5,0)", -3),
    ("ROUND(0.5,0)", 1),
    ("ROUND(1.005,2)", Decimal("1.01")),
    ("ROUND(2.675,2)", Decimal("2.68")),
    ("ROUND(0.285,2)", Decimal("0.29")),
    ("ROUND(1/3*1.5,0)", 1),
    ("ROUND(1250,-2)", 1300),
    ("ROUND(C2,0)", 3),
    ("ROUND(12345678901234.5,2)", Decimal("12345678901234.5")),
    ("ROUND(B1,0)", "#VALUE!"),
    ("ABS(A3)", 4),
    ("N(A2)", Decimal("2.5")),
    ("N(C2)", 0),
    ("N(C3)", 1),
    ("N(B5)", 0),
    ("N(C4)", "#DIV/0!"),
    ("SUMPRODUCT(A1:A4,A1:A4)", Decimal("29.5")),
    ("SUMPRODUCT(A1:A4,B1:B4)", 0),
    ("SUMPRODUCT(A1:A3)", Decimal("-0.5")),
    ("SUMPRODUCT(A1:A4,A1:A3)", "#VALUE!"),
    # Names, and other ways to point at cells.
    ("SUM(金额)", 2),
    ("金额合计*2", 4),
    ("$A$1+A$2", Decimal("3.5")),
    ("SUM(A4:A1)", 2),
    ("SUM(A1,A2:A3)", Decimal("-0.5")),
    ("SUM(Z1:Z9)", 0),
    ("值!A1+1", 2),
    ("10^400", NOTHING),
    ("10^25", Decimal("1E+25")),
    # What only a spreadsheet can know.
    ("TODAY()", NOTHING),
    ("VLOOKUP(1,A1:B4,2)", NOTHING),
    ("A1:A2*2", NOTHING),
    ("SUM((A1:A4=2.5)*1)", NOTHING),
    ("SUM({1,2})", NOTHING),
    ("无此名", NOTHING),
    ("[1]表!A1", NOTHING),
    ("SUM(TODAY(),1)", NOTHING),
)


def function_book() -> Any:
    """A template with the cells above and a column of the formulas."""
    book: Any = Workbook()
    book.active.title = "值"
    for place, value in CELLS.items():
        # The figures come from values, so that no binary number lies between.
        tag = value if isinstance(value, str) else f"{{{{ {place} }}}}"
        book.active[place] = tag
        book.active[place].data_type = "f" if str(tag).startswith("=") else "s"
    for row, (formula, _) in enumerate(CASES, 1):
        book.active[f"F{row}"] = f"={formula}"
    book.defined_names["金额"] = DefinedName("金额", attr_text="值!$A$1:$A$4")
    book.defined_names["金额合计"] = DefinedName("金额合计", attr_text="SUM(金额)")
    return book


@cache
def function_file() -> bytes:
    return open_template(saved(function_book()), "xlsx", "值")({"as_of": AS_OF, **CELLS})


@pytest.mark.parametrize(("row", "formula", "expected"), [(n, *c) for n, c in enumerate(CASES, 1)])
def test_a_formula_shows_what_excel_shows(row: int, formula: str, expected: object) -> None:
    found = cached(function_file())[f"F{row}"]
    assert found == expected, formula
    assert isinstance(found, bool) == isinstance(expected, bool), formula


# ---------------------------------------------------------------- against another engine


def differing(files: Mapping[str, bytes]) -> list[str]:
    """The formula cells whose stored value is not the calculated one; at least one must be."""
    found, compared = [], 0
    for name, theirs in recalculated(files).items():
        formulas, ours = opened(files[name]), read_back(files[name])
        for sheet in formulas.worksheets:
            for cell in (cell for row in sheet.iter_rows() for cell in row):
                if cell.data_type == "f":
                    compared += 1
                    mine = ours[sheet.title][cell.coordinate].value
                    other = theirs[sheet.title][cell.coordinate].value
                    if not same(mine, other):
                        place = f"{name} {sheet.title}!{cell.coordinate}"
                        found.append(f"{place} {cell.value}: {mine!r}, not {other!r}")
    assert compared
    return found


def same(mine: object, other: object) -> bool:
    """Whether two values read back are one, but for the last digits of a binary number."""
    if isinstance(mine, int | float) and isinstance(other, int | float):
        return mine == pytest.approx(other, rel=1e-12, abs=1e-12)
    return (mine or None) == (other or None)


# What LibreOffice sees otherwise than Excel: names of errors, 0^0, and the order of TRUE.
OTHERWISE = (
    *("0^0", "0^-1", 'TRUE>"z"', "INDEX(A1:A4,5)", "INDEX(A1:D4,1,5)"),
    *("SMALL(A1:A4,5)", "SMALL(B1:B4,1)"),
)


@pytest.mark.slow
def test_libreoffice_calculates_the_same() -> None:
    found = differing({"functions": function_file()})
    ours = {f"!F{row} " for row, case in enumerate(CASES, 1) if case[1] is NOTHING}
    ours |= {f"!F{row} " for row, case in enumerate(CASES, 1) if case[0] in OTHERWISE}
    assert [line for line in found if not any(place in line for place in ours)] == []


@pytest.mark.slow
def test_libreoffice_calculates_the_same_in_the_packs_of_all_samples(
    workspace: Workspace,
) -> None:
    files = {}
    for sample in SAMPLES:
        plan = make_plan(read_answers(sample, workspace), workspace, AS_OF)
        for document in compose(plan, workspace.library, workspace.wording):
            if "xlsx" in document.contexts:
                template = (TEMPLATES / document.template).with_suffix(".xlsx")
                name = f"{sample.stem}-{document.id}"
                files[name] = render_file(template, document.contexts["xlsx"])
    assert differing(files) == []


@pytest.mark.slow
def test_libreoffice_calculates_the_same_for_lists_of_any_length() -> None:
    contexts = {
        "budget": {name: case[0] for name, case in BUDGETS.items()},
        "assessment": {name: case[0] for name, case in ASSESSMENTS.items()},
        "matrix": MATRICES,
    }
    files = {
        f"{template}-{name}": render_file(TEMPLATES / f"{template}.xlsx", context)
        for template, cases in contexts.items()
        for name, context in cases.items()
    }
    assert differing(files) == []


# ---------------------------------------------------------------- lists


def filled(rows: Sequence[Sequence[object]], **context: object) -> dict[str, object]:
    """The values stored with the formulas of a template of one sheet."""
    book: Any = Workbook()
    for row in rows:
        book.active.append(row)
    data = open_template(saved(book), "xlsx", "表")({"as_of": AS_OF, **context})
    return cached(data)


LIST = (
    ("名称", "金额", "占比", "累计", "合计"),
    ("{%tr for r in items %}",),
    ("{{ r.name }}", "{{ r.amount }}", "=B3/SUM(B$3:B$3)", "=SUM(B$3:B3)", "=IF(B3>1,D3,A3)"),
    ("{%tr endfor %}",),
    ("", "=SUM(B3:B3)", "=ROUND(SUM(C3:C3),10)", "=COUNT(B3)", "=MAX(B3)+SUM(B1:B5)-B5"),
)


def items(*amounts: object) -> list[dict[str, object]]:
    return [{"name": f"第{n}项", "amount": amount} for n, amount in enumerate(amounts, 1)]


def test_each_row_has_its_own_values_and_the_whole_list_its_sums() -> None:
    found = filled(LIST, items=items(Decimal(1), Decimal(3), Decimal(4)))
    assert [found[f"C{row}"] for row in (2, 3, 4)] == [Decimal(n) / 8 for n in (1, 3, 4)]
    assert [found[f"D{row}"] for row in (2, 3, 4)] == [1, 4, 8]
    assert [found[f"E{row}"] for row in (2, 3, 4)] == ["第1项", 4, 8]
    assert [found[f"{column}5"] for column in "BCDE"] == [8, 1, 3, 12]


def test_an_empty_list_leaves_sums_of_nothing_and_no_values_in_its_row() -> None:
    found = filled([*LIST[:4], ("", "=SUM(B3:B3)", "=COUNTA(A3:A3)", '=A3&""')], items=[])
    assert found == {"B3": 0, "C3": 0, "D3": ""}


def test_texts_and_gaps_among_the_amounts_are_no_numbers() -> None:
    found = filled(LIST, items=items(Decimal(1), None, "3", "", True))
    assert [found[f"{column}7"] for column in "BD"] == [1, 1]
    assert [found[f"C{row}"] for row in range(2, 7)] == [1, 0, 3, 0, 1]


def test_several_sample_rows_stand_one_below_the_other() -> None:
    found = filled(
        [
            ("{%tr for r in items %}",),
            ("{{ r.name }}", "{{ r.amount }}", "=B2+B3"),
            ("", "=B2*10", "=SUM(B$2:B3)"),
            ("{%tr endfor %}",),
            ("", "=SUM(B2:B3)", "=COUNT(B3:B3)", "=SUM(B2:B2)", '=COUNTIF(A2:A3,"第*")'),
        ],
        items=items(Decimal(1), Decimal(2)),
    )
    assert [found[f"C{row}"] for row in (1, 2, 3, 4)] == [11, 11, 22, 33]
    assert [found[f"{column}5"] for column in "BCDE"] == [33, 3, 13, 2]


def test_loops_over_one_list_share_their_values_across_sheets() -> None:
    book: Any = Workbook()
    book.active.title = "甲"
    for line in LIST:
        book.active.append(line)
    other = book.create_sheet("乙 表")
    for row in (
        ("{%tr for x in items %}",),
        ("=甲!B3*2", "=SUM(甲!B$3:B$3)", "=甲!$B$3"),
        ("{%tr endfor %}",),
        ("=SUM(A2:A2)", "=甲!B3", "=INDEX(甲!A3:A3,2)"),
    ):
        other.append(row)
    render = open_template(saved(book), "xlsx", "两表")
    found = cached(render({"as_of": AS_OF, "items": items(Decimal(1), Decimal(3))}), 2)
    assert [found[place] for place in ("A1", "A2", "A3")] == [2, 6, 8]
    assert [found[place] for place in ("B1", "B2", "B3")] == [4, 4, NOTHING]
    assert [found[place] for place in ("C1", "C2", "C3")] == [NOTHING, NOTHING, "第2项"]
    found = cached(render({"as_of": AS_OF, "items": items(Decimal(5))}), 2)
    assert [found[place] for place in ("B2", "C1", "C2")] == [5, 5, "#REF!"]


def test_circles_have_no_value_and_neither_has_what_reads_them() -> None:
    found = filled([("=B1+1", "=A1+1", "=B1", "=IF(TRUE,1,D1)", "=1+1", '=IFERROR(C1,"无")')])
    assert [found[f"{column}1"] for column in "ABCDF"] == [NOTHING] * 5
    assert found["E1"] == 2


def test_long_chains_of_cells_are_followed_as_far_as_is_sure() -> None:
    down = filled([("=1",), *((f"=A{row}+1",) for row in range(1, 400))])
    assert [down[f"A{row}"] for row in (1, 400)] == [1, 400]
    up = filled([*((f"=A{row + 1}+1",) for row in range(1, 400)), ("=1",)])
    assert [up[f"A{row}"] for row in (1, 395, 400)] == [NOTHING, 6, 1]


def test_shared_and_array_formulas() -> None:
    book: Any = Workbook()
    for row in range(1, 4):
        book.active[f"A{row}"] = row
    book.active["D1"] = ArrayFormula("D1:D1", "=SUM(A1:A3*2)")
    data = saved(book)
    parts = read_package(data)
    name = "xl/worksheets/sheet1.xml"
    shared = '<c r="B1"><f t="shared" ref="B1:B3" si="0">A1*$A$1</f><v>7</v></c>'
    for row in (1, 2, 3):
        cell = shared if row == 1 else f'<c r="B{row}"><f t="shared" si="0"/><v>7</v></c>'
        end = f'<c r="A{row}" t="n"><v>{row}</v></c>'
        assert end in parts[name].decode()
        parts[name] = parts[name].replace(end.encode(), (end + cell).encode())
    result = open_template(packed(parts), "xlsx", "公式")({"as_of": AS_OF})
    assert cached(result) == {"B1": 1, "B2": 2, "B3": 3, "D1": NOTHING}
    sheet = opened(result).active
    assert [sheet[f"B{row}"].value for row in (1, 2, 3)] == ["=A1*$A$1", "=A2*$A$1", "=A3*$A$1"]
    assert (sheet["D1"].value.ref, sheet["D1"].value.text) == ("D1:D1", "=SUM(A1:A3*2)")


# ---------------------------------------------------------------- figures of any kind

MONEY = st.decimals(-(10**10), 10**10, places=2)


@cache
def sums() -> Any:
    """A template that adds up, counts, rounds and picks."""
    book: Any = Workbook()
    for row in (
        ("{%tr for r in items %}",),
        ("{{ r.group }}", "{{ r.amount }}", "=ROUND(B2,1)", "=SUMIFS(B$2:B$2,A$2:A$2,A2)", "=A2"),
        ("{%tr endfor %}",),
        ("=COUNTA(A2:A2)", "=SUM(B2:B2)", "=SUM(C2:C2)", "=SUM(B2:B2)=B4", "=MAX(B2:B2)"),
    ):
        book.active.append(row)
    return open_template(saved(book), "xlsx", "和")


@given(st.lists(MONEY, min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_sums_of_decimals_are_exact(amounts: list[Decimal]) -> None:
    rows = [{"group": "甲", "amount": amount} for amount in amounts]
    found = cached(sums()({"as_of": AS_OF, "items": rows}))
    last = len(amounts) + 1
    assert found[f"B{last}"] == sum(amounts)
    assert found[f"E{last}"] == max(amounts)
    assert found["D1"] == sum(amounts)
    rounded = [amount.quantize(Decimal("0.1"), ROUND_HALF_UP) for amount in amounts]
    assert [found[f"C{row}"] for row in range(1, last)] == rounded
    assert found[f"C{last}"] == sum(rounded)
    assert found[f"D{last}"] is True


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=12)


@given(st.lists(st.tuples(WORDS, MONEY), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_texts_of_any_kind_arrive_and_add_up_by_group(pairs: list[tuple[str, Decimal]]) -> None:
    rows = [{"group": group, "amount": amount} for group, amount in pairs]
    data = sums()({"as_of": AS_OF, "items": rows})
    found, sheet = cached(data), opened(data).active
    for row, (group, _) in enumerate(pairs, 1):
        escaped = re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", group)
        clean = re.sub("[\ufffe\uffff]", "", escaped)
        assert (sheet[f"A{row}"].value or "") == clean
        assert found[f"E{row}"] == (clean or 0)
    # What begins like a number or an order to compare is more than a word to SUMIFS.
    plain = [group for group, _ in pairs if re.fullmatch("[\u4e00-\u9fff]+", group)]
    for row, (group, _) in enumerate(pairs, 1):
        if group in plain:
            assert found[f"D{row}"] == sum(amount for other, amount in pairs if other == group)

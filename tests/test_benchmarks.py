"""The benchmarks: each engine is run and read back, and a wrong file has no speed."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cases import ROOT


@pytest.fixture(scope="module")
def bench() -> Iterator[Any]:
    """The modules of the benchmarks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT))
        from benchmarks import cases, common, measure, plain, processes, readback, run

        yield SimpleNamespace(
            cases=cases,
            common=common,
            measure=measure,
            plain=plain,
            processes=processes,
            readback=readback,
            run=run,
        )
        for name in [name for name in sys.modules if name.partition(".")[0] == "benchmarks"]:
            del sys.modules[name]


@pytest.fixture(scope="module")
def packs(bench: Any) -> Any:
    """One group of one pack with a line break in its files."""
    sample = ROOT / "questionnaires" / "chongqing-machine-small.yaml"
    return bench.cases.with_breaks(bench.cases.pack_groups(1, [sample]))


@pytest.fixture(scope="module")
def written(
    bench: Any, packs: Any, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[Path, Any]]:
    """The files of the pack by template, as the plain script writes them, and their contexts."""
    folder = tmp_path_factory.mktemp("plain")
    bench.plain.write_pack(bench.cases.TEMPLATES, packs[0][0].files, folder)
    return {t: (folder / name, context) for name, t, context in packs[0][0].files}


def rewritten(path: Path, part: str, old: str, new: str, target: Path) -> Path:
    """A copy of a package with a text of one part replaced."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as copy:
        for name in source.namelist():
            data = source.read(name)
            if name == part:
                assert old in data.decode()
                data = data.decode().replace(old, new).encode()
            copy.writestr(name, data)
    return target


def test_every_engine_writes_what_the_plain_script_writes(
    bench: Any, packs: Any, tmp_path: Path
) -> None:
    engine, templates = bench.measure.Engine, bench.cases.TEMPLATES
    engines = [
        engine("plain", bench.run.python("plain"), templates),
        *bench.run.ours(templates),
        *bench.run.ours(templates, "whole")[:1],
    ]
    whole = bench.cases.pack_groups(1, [ROOT / "questionnaires" / "shanxi-food-micro.yaml"])
    for groups, chosen in ((packs, engines[:-1]), (whole, [engines[0], engines[-1]])):
        found = bench.measure.measure(groups, chosen, bench.measure.Rounds(1, 1), tmp_path)
        count = len(groups[0][0].files)
        assert [(one.fault, one.read) for one in found] == [("", count)] * len(chosen)
        assert all(one.seconds()[0] > 0 for one in found)


def test_each_company_gets_a_line_break_into_each_of_its_files_once(bench: Any) -> None:
    (group,) = bench.cases.pack_groups(1)

    def breaks(files: Any) -> list[int]:
        return [repr(context).count("\\n") for _, _, context in files]

    for n, unit in enumerate(group):
        groups = bench.cases.with_breaks([group] * (n + 1))
        plain = breaks(unit.files)
        # Papers that share a file get one each.
        more = [2 if "authorization" in context else 1 for _, _, context in unit.files]
        assert breaks(groups[n][n].files) == [a + b for a, b in zip(plain, more, strict=True)]
        assert all(groups[n][m] is group[m] for m in range(len(group)) if m != n)


def test_a_file_that_is_not_as_expected_has_no_speed(
    bench: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for syntax in bench.common.SYNTAXES:
        bench.common.write_common(tmp_path / syntax, syntax)
    groups = bench.common.common_groups(1, 4)
    lines = [bench.common.common_lines(unit.files[0][2]) for unit in groups[0]]
    folder = tmp_path / "jinja"
    engines = [
        bench.measure.Engine("docxtpl", bench.run.python("plain"), folder),
        *bench.run.ours(folder),
        bench.measure.Engine("broken", bench.run.python("plain"), tmp_path / "nothing"),
    ]
    engines = [one._replace(read=bench.readback.lines_of) for one in engines]
    rounds = bench.measure.Rounds(1, 1)

    def expected(number: int) -> dict[str, Any]:
        return {"lines": lines[number]}

    found = bench.measure.measure(groups, engines, rounds, tmp_path, expected)
    assert [(bool(one.fault), one.read) for one in found[:-1]] == [(False, 4)] * (len(found) - 1)
    assert found[-1].fault

    lines[2] = [*lines[2][:9], lines[2][9] + "。", *lines[2][10:]]
    found = bench.measure.measure(groups, engines[1:2], rounds, tmp_path, expected)
    assert found[0].fault.startswith("unit 2, common.docx, lines:")
    setting = bench.run.Setting(rounds, True, False, None, tmp_path)
    bench.run.show(setting, "title", "file", found, {found[0].engine.deflate: 1})
    assert "exact" not in capsys.readouterr().out
    assert "unit 2" in setting.summary[0][2]


SHEET = "xl/worksheets/sheet1.xml"


# Template, part, what stands there, what is put in its place, the field that tells it.
PLANTED = (
    ("duties.docx", "word/document.xml", "质量", "质", "word/document.xml paragraph"),
    ("duties.docx", "word/document.xml", '<w:pStyle w:val="Title"/>', "", "markup"),
    ("duties.docx", "word/footer1.xml", "—", "–", "word/footer1.xml paragraph"),
    ("budget.xlsx", SHEET, "R&amp;D", "R", "预算表!A2"),
    ("budget.xlsx", SHEET, "<f>SUM(G5:J5)</f>", "<f>SUM(G5:I5)</f>", "预算表!K5"),
    ("budget.xlsx", SHEET, "<v>1</v>", "<v>2</v>", "预算表!A"),
    ("budget.xlsx", SHEET, '<mergeCell ref="A1:L1"/>', "", "预算表 mergeCells"),
    ("budget.xlsx", SHEET, 'sqref="B5:B', 'sqref="B6:B', "预算表 dataValidations"),
    ("budget.xlsx", "xl/workbook.xml", "$L$", "$K$", "name _xlnm.Print_Area"),
    ("budget.xlsx", "xl/charts/chart1.xml", "$", "", "图表 charts"),
    ("budget.xlsx", "xl/styles.xml", '<b val="1"/>', "", "预算表!"),
)


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: f"{plant[0]} {plant[-1]}")
def test_a_planted_difference_is_found(
    bench: Any, written: dict[str, tuple[Path, Any]], tmp_path: Path, plant: tuple[str, ...]
) -> None:
    template, part, old, new, field = plant
    path, _ = written[template]
    changed = rewritten(path, part, old, new, tmp_path / path.name)
    same = rewritten(path, part, old, old, tmp_path / f"same{path.suffix}")
    right = bench.readback.fields_of(path)
    assert bench.readback.difference(bench.readback.fields_of(same), right) == ""
    assert field in bench.readback.difference(bench.readback.fields_of(changed), right)
    assert bench.readback.content_of(same) == bench.readback.content_of(path)
    assert bench.readback.content_of(changed) != bench.readback.content_of(path)


def test_an_empty_list_leaves_one_blank_row_in_the_plain_workbook(
    bench: Any, written: dict[str, tuple[Path, Any]]
) -> None:
    context = written["budget.xlsx"][1]
    template = bench.cases.TEMPLATES / "budget.xlsx"
    sheet = bench.plain.plain_xlsx(template, {**context, "items": []})["预算表"]
    assert [cell.value for cell in sheet[5]] == [None] * 12
    assert sheet["K6"].value == "=SUM(K5:K5)"


def test_the_cold_start_is_timed_and_compared(bench: Any, tmp_path: Path) -> None:
    rows, have = bench.processes.cold(1, tmp_path)
    assert [row[0] for row in rows] == ["the plain script", "cqo-docs generate"]
    assert float(have.split()[0]) > 0


def test_a_batch_is_timed_and_its_memory_added_up(
    bench: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench.processes, "COUNT", [sys.executable, "-c", ""])
    rows, _ = bench.processes.scaling(2, 1, tmp_path)
    assert [len(row) for row in rows] == [3, 3, 3, 3]
    rows, growth = bench.processes.memory([2], tmp_path)
    assert growth == "1.00"
    assert int(rows[0][5]) > 10

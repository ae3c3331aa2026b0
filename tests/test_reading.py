"""Papers as pages to read: every composed paragraph in its place, every table, every figure."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

import docx
import pytest
from cases import AS_OF, ROOT, SAMPLES, workspace

from cqo_docs.generation import by_file, make_plan, pack_files, prints_of, read_answers
from cqo_docs.plan.model import Plan
from cqo_docs.render.reading import Grid, Line, sheets, shown, word_page
from cqo_docs.workspace import Workspace, open_workspace

LOCALES = ("zh-Hans", "en", "zh-Hans,en")
NAMES = tuple(path.stem for path in SAMPLES)


@pytest.fixture(scope="module", params=LOCALES)
def opened(request: pytest.FixtureRequest) -> Workspace:
    return open_workspace(request.param)


def sample_plan(name: str, ws: Workspace) -> Plan:
    file = read_answers(ROOT / "questionnaires" / f"{name}.yaml", ws)
    return make_plan(file, ws, AS_OF)


def lines(items: Iterable[Line | Grid]) -> Iterator[Line]:
    for item in items:
        if isinstance(item, Line):
            yield item
        else:
            for row in item.rows:
                for cell in row:
                    yield from lines(cell.content)


@pytest.mark.parametrize("name", NAMES)
def test_every_paragraph_of_every_paper_is_read_as_it_was_composed(
    opened: Workspace, name: str
) -> None:
    first = prints_of(sample_plan(name, opened), opened)[0]
    for papers in by_file(first.composed.documents, ("docx",)).values():
        composed = {b.id: b.text for p in papers for b in p.blocks}
        read = [(line.block, line.text) for line in lines(word_page(papers, first.renderer))]
        shown_blocks = [pair for pair in read if pair[0]]
        if opened.both:
            # In a cell the second language stands below the first.
            assert all(text.startswith(composed[block]) for block, text in shown_blocks)
            shown_blocks = [(block, composed[block]) for block, _ in shown_blocks]
        assert sorted(shown_blocks) == sorted(composed.items())
        for paper in papers:
            for flow in {block.flow for block in paper.blocks}:
                own = [b.id for b in paper.blocks if b.flow == flow]
                assert [block for block, _ in shown_blocks if block in own] == own


def words(text: str) -> str:
    return "".join(text.split())


def file_words(element: Any) -> Iterator[str]:
    """The paragraphs of a file as python-docx has them, those of tables in their places."""
    for paragraph in element.iter(f"{{{element.nsmap['w']}}}p"):
        text = words("".join(t.text or "" for t in paragraph.iter(f"{{{element.nsmap['w']}}}t")))
        if text:
            yield text


@pytest.mark.parametrize("name", ["guangdong-appliance-large", "shanxi-food-micro"])
def test_a_page_holds_all_that_the_file_holds_in_its_order(opened: Workspace, name: str) -> None:
    plan = sample_plan(name, opened)
    first = prints_of(plan, opened)[0]
    files = {file.path: file.data for file in pack_files(plan, opened)}
    for (path, _), papers in by_file(first.composed.documents, ("docx",)).items():
        page = word_page(papers, first.renderer)
        body = docx.Document(io.BytesIO(files[path])).element.body
        assert [words(line.text) for line in lines(page)] == list(file_words(body))
        assert any(line.kind == "title" for line in lines(page)), path


def test_merged_cells_keep_their_size() -> None:
    plan = sample_plan("guangdong-appliance-large", workspace())
    first = prints_of(plan, workspace())[0]
    for papers in by_file(first.composed.documents, ("docx",)).values():
        for item in word_page(papers, first.renderer):
            if isinstance(item, Grid):
                widths = row_widths(item)
                assert len(set(widths)) == 1, (papers[0].id, widths)


def row_widths(grid: Grid) -> list[int]:
    """The width of each row in columns, with what reaches down into it."""
    down: dict[int, int] = {}
    for at, row in enumerate(grid.rows):
        for cell in row:
            for below in range(at, at + cell.rows):
                down[below] = down.get(below, 0) + cell.columns
    return [down[at] for at in range(len(grid.rows))]


def test_workbooks_are_read_with_their_figures() -> None:
    first = prints_of(sample_plan("guangdong-appliance-large", workspace()), workspace())[0]
    budget = next(d for d in first.composed.documents if d.id == "budget")
    pages = sheets(budget, first.renderer)
    assert [page.name for page in pages][:2] == ["预算表", "执行表"]
    texts = [line.text for line in lines([pages[0].grid])]
    assert "28,600,000.00" in texts
    assert all(len(set(row_widths(page.grid))) == 1 for page in pages)
    assert any(cell.head for row in pages[0].grid.rows for cell in row)


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (None, "General", ""),
        ("字", "General", "字"),
        (3, "General", "3"),
        (92.0, "0.##", "92"),
        (0.5, "0.0%_ ", "50.0%"),
        (0, '#,##0.00_ ;-#,##0.00_ ;"—"_ ', "—"),
        (1234.5, '#,##0.00_ ;-#,##0.00_ ;"—"_ ', "1,234.50"),
        (0, '[=0]"";0.00', ""),
        (1.25, '[=0]"";0.00', "1.25"),
        (True, "General", "True"),
        (date(2026, 3, 1), "yyyy-mm-dd", "2026-03-01"),
        (datetime(2026, 3, 1), '"截至"yyyy"年"m"月"d"日"', "截至2026年3月1日"),
    ],
)
def test_values_are_shown_in_their_formats(value: Any, form: str, text: str) -> None:
    assert shown(value, form) == text

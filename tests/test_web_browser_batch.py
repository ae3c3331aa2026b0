"""The journey of a consultant in a real browser: a roster of fifty, three bad rows, one zip."""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
import rosters
from openpyxl import load_workbook
from web import SAMPLES, Live, axe_faults, browsing, follow

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = pytest.mark.slow

BROKEN = {7: "name-missing", 21: "representative-missing", 40: "present-over-due"}
BEGUN = re.compile("^[1-9]")


@pytest.fixture(scope="module")
def roster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fifty clients, three of them with a mistake."""
    path = tmp_path_factory.mktemp("rosters") / "客户名册.xlsx"
    rosters.make_roster(path, 50, BROKEN)
    return path


def upload(page: Any, roster: Path) -> None:
    follow(page, page.get_by_role("link", name="成批编制"))
    page.get_by_label("名册，或者多份问卷").set_input_files(roster)
    follow(page, page.get_by_role("button", name="上传"))


def begin(page: Any) -> None:
    follow(page, page.get_by_role("button", name="开始", exact=True))


def save(page: Any, name: str, folder: Path) -> Path:
    with page.expect_download() as held:
        page.get_by_role("link", name=name).click()
    path = folder / str(held.value.suggested_filename)
    held.value.save_as(path)
    return path


def check_results(page: Any, folder: Path) -> None:
    """Three rows come back with what is wrong, forty-seven packs are in the zip."""
    expect(page.locator("tbody tr")).to_have_count(len(BROKEN))
    book = load_workbook(save(page, "下载待改正名册", folder))
    rows = book["企业名册"].iter_rows(min_row=4, values_only=True)
    assert len([row for row in rows if any(row)]) == len(BROKEN)
    archive = zipfile.ZipFile(save(page, "下载全部文书包", folder))
    assert archive.testzip() is None
    packs = {name.partition("/")[0] for name in archive.namelist() if "/" in name}
    assert len(packs) == 50 - len(BROKEN)
    for pack in packs:
        assert f"{pack}/manifest.json" in archive.namelist()


def test_fifty_clients_three_of_them_bad(
    chromium: Any, live: Live, roster: Path, tmp_path: Path
) -> None:
    with browsing(chromium, live) as opened:
        page = opened.page
        upload(page, roster)
        expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^客户名册"))
        begin(page)
        # The bar moves without the page being loaded again.
        page.evaluate("window.stayed = true")
        page.locator("#line-done", has_text=BEGUN).wait_for()
        assert page.evaluate("window.stayed") is True
        expect(page.locator("#line-rate")).not_to_have_text("—")
        page.get_by_text("未能编制3家").wait_for()
        check_results(page, tmp_path)
        assert opened.messages == []


def test_stopped_and_resumed(chromium: Any, live: Live, roster: Path, tmp_path: Path) -> None:
    with browsing(chromium, live) as opened:
        page = opened.page
        upload(page, roster)
        begin(page)
        page.locator("#line-done", has_text=BEGUN).wait_for()
        page.get_by_role("button", name="停止").click()
        page.get_by_text("编制已停止").wait_for()
        page.get_by_role("button", name="继续").click()
        page.get_by_text("未能编制3家").wait_for()
        check_results(page, tmp_path)


def test_without_scripts_the_page_refreshes_itself(
    chromium: Any, live: Live, roster: Path, tmp_path: Path
) -> None:
    with browsing(chromium, live, java_script_enabled=False) as opened:
        page = opened.page
        upload(page, roster)
        begin(page)
        page.get_by_text("未能编制3家").wait_for()
        check_results(page, tmp_path)
        # Deleting asks first; the way back keeps everything.
        follow(page, page.get_by_role("link", name="删除这一批次"))
        follow(page, page.get_by_role("link", name="保留"))
        follow(page, page.get_by_role("link", name="删除这一批次"))
        follow(page, page.get_by_role("button", name="确认删除"))
        expect(page.get_by_text("还没有批次")).to_be_visible()


def test_a_folder_of_questionnaires(chromium: Any, live: Live, tmp_path: Path) -> None:
    folder = tmp_path / "客户"
    (folder / "山东").mkdir(parents=True)
    shutil.copy(SAMPLES / "shandong-trading.yaml", folder / "山东" / "a.yaml")
    shutil.copy(SAMPLES / "shanxi-food-micro.yaml", folder / "a.yaml")
    with browsing(chromium, live) as opened:
        page = opened.page
        follow(page, page.get_by_role("link", name="成批编制"))
        page.get_by_label("或者一个文件夹").set_input_files(folder)
        follow(page, page.get_by_role("button", name="上传"))
        begin(page)
        page.get_by_text("新编制2家").wait_for()
        assert opened.messages == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_of_batches_is_accessible(
    chromium: Any, live: Live, tmp_path: Path, scheme: str
) -> None:
    small, long = tmp_path / "小.xlsx", tmp_path / "长.xlsx"
    rosters.make_roster(small, 2, {1: "representative-missing"})
    rosters.make_roster(long, 200)
    with browsing(chromium, live, color_scheme=scheme, bypass_csp=True) as opened:
        page, faults = opened.page, []
        page.goto(f"{live.address}/batches")
        faults += axe_faults(page)
        upload(page, small)
        faults += axe_faults(page)
        begin(page)
        page.get_by_text("未能编制1家").wait_for()
        faults += axe_faults(page)
        follow(page, page.get_by_role("link", name="删除这一批次"))
        faults += axe_faults(page)
        upload(page, long)
        begin(page)
        page.locator("#line-done", has_text=BEGUN).wait_for()
        faults += axe_faults(page)
        page.get_by_role("button", name="停止").click()
        page.get_by_text("编制已停止").wait_for()
        faults += axe_faults(page)
        page.goto(f"{live.address}/batches")
        faults += axe_faults(page)
        assert faults == []
        assert opened.messages == []

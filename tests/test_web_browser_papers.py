"""Plan and papers in a real browser: whole journeys, with and without JavaScript, for everybody."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from web import SAMPLES, Live, axe_faults, browsing, follow, serving

from cqo_docs.pack.manifest import EDITED

pytestmark = pytest.mark.slow
expect = pytest.importorskip("playwright.sync_api").expect

BUILDER, MICRO = "chongqing-construction", "shanxi-food-micro"


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    folder = tmp_path / "workspace"
    folder.mkdir()
    for name in (BUILDER, MICRO):
        shutil.copy(SAMPLES / f"{name}.yaml", folder)
    with serving(folder) as found:
        yield found


def downloaded(page: Any, selector: str) -> tuple[str, bytes]:
    """The name and the bytes of what a link downloads."""
    with page.expect_download() as waiting:
        page.click(selector)
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def go_on(page: Any) -> None:
    """Leave a section of the questionnaire by its button."""
    follow(page, page.locator("#answers button.primary").last)


def write_papers(page: Any, address: str) -> None:
    """Press the button and wait until the pack is there."""
    page.goto(address)
    page.get_by_role("button", name="编制文书").click()
    page.wait_for_url("**made=1*")


def check_zip(name: str, data: bytes, company: str) -> None:
    """Open every file of a downloaded pack and look into it."""
    assert name == f"{company}.zip"
    with zipfile.ZipFile(io.BytesIO(data)) as bundle:
        assert bundle.testzip() is None
        files = {n: bundle.read(n) for n in bundle.namelist()}
    assert all(n.startswith(f"{company}/") for n in files)
    assert f"{company}/manifest.json" in files
    words = {n: d for n, d in files.items() if n.endswith(".docx")}
    books = {n: d for n, d in files.items() if n.endswith(".xlsx")}
    assert len(words) >= 8
    assert len(books) >= 2
    for one in words.values():
        document = docx.Document(io.BytesIO(one))
        text = "".join(t.text or "" for t in document.element.body.iter() if t.tag.endswith("}t"))
        assert company in text or "本企业" in text
        assert "{{" not in text
    for one in books.values():
        book = openpyxl.load_workbook(io.BytesIO(one))
        assert any(cell.value for row in book.worksheets[0].iter_rows() for cell in row)


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
def test_a_micro_firm_makes_its_pack_from_nothing(chromium: Any, live: Live, script: bool) -> None:
    """From an empty list to the files of a pack, by the buttons that a person would press."""
    company = "晋中市云岫食品坊"
    with browsing(chromium, live, java_script_enabled=script) as opened:
        page = opened.page

        def answer(path: str, value: str) -> None:
            control = page.locator(f'[name="{path}"]')
            if control.count() > 1:
                page.locator(f'input[name="{path}"][value="{value}"]').check()
            elif control.evaluate("e => e.tagName") == "SELECT":
                control.select_option(value)
            else:
                control.fill(value)

        page.goto(live.address)
        page.get_by_label("企业名称").fill(company)
        follow(page, page.get_by_role("button", name="开始填写"))
        sections: list[dict[str, str]] = [
            {"company.province": "山西省"},
            {},
            {
                "company.industry_code": "C14 食品制造业", "company.registration": "112",
                "company.legal_representative": "卢振川", "company.employees": "8",
                "company.revenue": "200", "company.governance": "single-director",
            },
            {"candidate.name": "卢振川", "candidate.degree": "bachelor"},
        ]  # fmt: skip
        for answers in sections:
            for path, value in answers.items():
                answer(path, value)
            go_on(page)
        follow(page, page.locator("nav >> text=方案 >> nth=0"))
        assert page.locator("#missing").count() == 0
        assert "微型" in page.inner_text("aside")
        follow(page, page.locator("nav >> text=文书 >> nth=0"))
        page.get_by_role("button", name="编制文书").click()
        page.wait_for_url("**made=1*")
        check_zip(*downloaded(page, "text=下载全部（.zip）"), company)
        follow(page, page.locator("nav >> text=企业 >> nth=0"))
        assert "卢振川" not in page.inner_text("main")
        assert company in page.inner_text("main")
        assert opened.messages == []


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
def test_a_micro_firm_answers_what_is_missing_and_downloads_its_pack(
    chromium: Any, live: Live, script: bool
) -> None:
    path = live.folder / f"{MICRO}.yaml"
    text = path.read_text(encoding="utf-8")
    company = re.search(r"企业名称: (.+)", text)[1]  # type: ignore[index]
    path.write_text(re.sub(r"  法定代表人: .*\n", "", text), encoding="utf-8")
    with browsing(chromium, live, java_script_enabled=script) as opened:
        page = opened.page
        page.goto(f"{live.address}/companies/{MICRO}/papers")
        assert "没有答完" in page.inner_text("main")
        follow(page, page.locator("main >> text=查看待答的题目"))
        assert "尚须回答或者改正1项" in page.inner_text("#missing")
        follow(page, page.locator("#missing a"))
        assert "stop-company.legal_representative" in page.url
        page.fill("[id='company.legal_representative']", "卢振川")
        go_on(page)
        page.goto(f"{live.address}/companies/{MICRO}/plan")
        assert page.locator("#missing").count() == 0
        follow(page, page.get_by_role("button", name="确认 考核·考核周期"))
        assert "已写入问卷：考核·考核周期" in page.inner_text("main")
        follow(page, page.locator("main >> text=编制文书").first)
        page.get_by_role("button", name="编制文书").click()
        page.wait_for_url("**made=1*")
        assert "文书包现有" in page.inner_text("main")
        check_zip(*downloaded(page, "text=下载全部（.zip）"), company)
        name, data = downloaded(page, ".files a >> nth=0")
        assert name.startswith("01-")
        assert docx.Document(io.BytesIO(data)).paragraphs or data
        follow(page, page.locator("text=核对文书包").first)
        assert "与方案一致" in page.inner_text("main")
        assert opened.messages == []


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
def test_a_failing_candidate_is_cured_by_another_answer(
    chromium: Any, live: Live, script: bool
) -> None:
    with browsing(chromium, live, java_script_enabled=script) as opened:
        page = opened.page
        page.goto(f"{live.address}/companies/{BUILDER}/plan")
        assert "不符合" in page.inner_text("#verdicts-head")
        follow(page, page.locator("#findings .finding.bad .answer").first)
        assert "stop-candidate.title_rank" in page.url
        control = page.locator("[id='stop-candidate.title_rank']")
        if control.locator("select").count():
            control.locator("select").select_option("intermediate")
        else:
            control.locator("input[value=intermediate]").check()
        go_on(page)
        page.goto(f"{live.address}/companies/{BUILDER}/plan")
        assert "不符合" not in page.inner_text("#verdicts-head")
        assert page.locator("#findings .finding.bad").count() == 0
        assert opened.messages == []


def test_clauses_are_filtered_while_one_types(chromium: Any, live: Live) -> None:
    with browsing(chromium, live) as opened:
        page = opened.page
        page.goto(f"{live.address}/companies/{BUILDER}/plan")
        page.select_option("#status", "not_met")
        expect(page.locator(".clauses tbody tr")).to_have_count(2)
        expect(page).to_have_url(re.compile("status=not_met"))
        page.select_option("#status", "")
        expect(page.locator(".clauses tbody tr")).to_have_count(97)
        page.fill("#text", "职称")
        expect(page.locator(".clauses tbody tr")).not_to_have_count(97)
        expect(page).to_have_url(re.compile("text="))
        expect(page.locator("#text")).to_be_focused()
        page.reload()
        assert page.input_value("#text") == "职称"
        assert page.locator(".clauses tbody tr").count() < 10


def test_clauses_are_filtered_without_script(chromium: Any, live: Live) -> None:
    with browsing(chromium, live, java_script_enabled=False) as opened:
        page = opened.page
        page.goto(f"{live.address}/companies/{BUILDER}/plan")
        page.select_option("#status", "not_met")
        follow(page, page.get_by_role("button", name="筛选"))
        assert page.locator(".clauses tbody tr").count() == 2
        follow(page, page.locator(".clauses tbody tr >> nth=0 >> .ref"))
        assert "未满足" in page.inner_text("main")


def test_a_paragraph_tells_its_clauses_by_mouse_and_by_keyboard(chromium: Any, live: Live) -> None:
    with browsing(chromium, live) as opened:
        page = opened.page
        page.goto(
            f"{live.address}/companies/{BUILDER}/plan/clause?standard=db50-t-1696-2024&ref=5.1.2"
        )
        follow(page, page.locator(".place a >> nth=0"))
        first = page.locator("details.line[open]")
        expect(first).to_have_count(1)
        expect(first).to_contain_text("DB50/T 1696—2024 5.1.2")
        # One explanation at a time; Enter opens the next.
        page.locator("details.line:not([open]) > summary").first.focus()
        page.keyboard.press("Enter")
        expect(page.locator("details.line[open]")).to_have_count(1)
        assert opened.messages == []


def test_an_edited_file_is_told_and_kept(chromium: Any, live: Live) -> None:
    with browsing(chromium, live) as opened:
        page = opened.page
        address = f"{live.address}/companies/{MICRO}/papers"
        write_papers(page, address)
        own = next((live.folder / "文书包").rglob("04-*.docx"))
        document = docx.Document(str(own))
        document.add_paragraph("本企业另行规定。")
        document.save(str(own))
        page.goto(address)
        assert "手工改过" in page.inner_text("form.card")
        write_papers(page, address)
        assert EDITED in page.inner_text(".notice.ok")
        assert (own.parent / EDITED / own.name).exists()


def test_pages_are_shown_as_pictures(chromium: Any, live: Live, office: str) -> None:
    pytest.importorskip("pypdfium2")
    with browsing(chromium, live) as opened:
        page = opened.page
        page.goto(f"{live.address}/companies/{MICRO}/papers/read/pledge")
        page.get_by_role("button", name="查看版面").click()
        page.wait_for_url("**/pages/pledge*")
        shown = page.locator(".pictures img")
        shown.first.wait_for()
        assert shown.first.evaluate("async i => (await i.decode(), i.naturalWidth)") > 500
        assert axe_faults_of(chromium, live, opened) == []


def test_copies_for_printing_are_written_and_downloaded(
    chromium: Any, live: Live, office: str
) -> None:
    pytest.importorskip("pypdfium2")
    with browsing(chromium, live) as opened:
        page = opened.page
        page.goto(f"{live.address}/companies/{MICRO}/papers")
        for box in page.locator("input[name=papers]").all():
            box.set_checked(box.get_attribute("value") in {"pledge", "budget"})
        page.check("input[value=pdf]")
        page.check("input[value=png]")
        page.get_by_role("button", name="编制文书").click()
        expect(page.locator("#said")).to_contain_text("正在写2种文书")
        page.wait_for_url("**made=1*")
        name, data = downloaded(page, ".files a[href]:text-matches('pdf$') >> nth=0")
        assert name.endswith(".pdf")
        assert data.startswith(b"%PDF-")
        name, data = downloaded(page, ".files a[href]:text-matches('png$') >> nth=0")
        assert data.startswith(b"\x89PNG")
        assert page.is_checked("input[value=pdf]")


def axe_faults_of(chromium: Any, live: Live, opened: Any) -> list[str]:
    """What axe finds on the page at hand, whose own policy lets no script in: in another page."""
    state = opened.page.context.storage_state()
    context = chromium.new_context(bypass_csp=True, storage_state=state)
    try:
        page = context.new_page()
        page.goto(opened.page.url)
        return axe_faults(page)
    finally:
        context.close()


@pytest.mark.parametrize("lang", ["zh-Hans", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible_in_both_schemes_and_languages(
    chromium: Any, tmp_path: Path, scheme: str, lang: str
) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    for name in (BUILDER, MICRO):
        shutil.copy(SAMPLES / f"{name}.yaml", folder)
    text = (folder / f"{MICRO}.yaml").read_text(encoding="utf-8")
    open_ = re.sub(r"  法定代表人: .*\n", "", text)
    (folder / "open.yaml").write_text(open_, encoding="utf-8")
    start = f"/companies/{BUILDER}"
    with (
        serving(folder, lang) as live,
        browsing(chromium, live, color_scheme=scheme, bypass_csp=True) as opened,
    ):
        page = opened.page
        page.goto(f"{live.address}{start}/papers")
        page.click("form.card .primary")
        page.wait_for_url("**made=1*")
        assert axe_faults(page) == []
        edited = next((folder / "文书包").rglob("04-*.docx"))
        edited.write_bytes(edited.read_bytes() + b" ")
        for width in (360, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            for address in (
                f"{start}/plan",
                f"{start}/plan?by=paper&status=covered",
                f"{start}/plan/clause?standard=db50-t-1696-2024&ref=5.1.2",
                f"{start}/papers",
                f"{start}/papers/check",
                f"{start}/papers/read/decision",
                f"{start}/papers/read/eligibility",
                f"{start}/papers/read/assessment",
                f"{start}/papers/read/matrix",
                f"{start}/papers/read/year-plan?locale=zh-Hans,en",
                "/companies/open/plan",
                "/companies/open/papers",
            ):
                page.goto(f"{live.address}{address}")
                page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
                if width > 360 and "matrix" not in address:
                    assert axe_faults(page) == [], address
                wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
                assert not page.evaluate(wide), (address, width)
        assert opened.messages == []

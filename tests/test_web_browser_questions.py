"""The page in a real browser: journeys through the list of companies and the questionnaire."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from web import PATIENCE, SAMPLES, Live, axe_faults, browsing, follow

from cqo_docs.forms import write_form
from cqo_docs.generation import known_answers, read_answers

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = pytest.mark.slow

NAME = "山西云陉机械有限公司"


def begin(page: Any, live: Live) -> None:
    """A new company in the browser."""
    page.goto(live.address)
    page.get_by_label("企业名称").fill(NAME)
    page.get_by_role("button", name="开始填写").click()
    page.wait_for_url(re.compile("/questions/identity"))


def settled(page: Any) -> None:
    """Wait until what was filled in is saved."""
    expect(page.locator("#saved")).to_have_text("已保存")


def radio(page: Any, path: str, value: str) -> None:
    page.locator(f'input[name="{path}"][value="{value}"]').check()


def field(page: Any, path: str) -> Any:
    return page.locator(f'[name="{path}"]')


def unfold(page: Any) -> None:
    """Show the questions that may be left open."""
    if page.locator("details.further:not([open])").count():
        page.locator("details.further > summary").click()


def the_draft(live: Live) -> Any:
    store = live.app.extensions["cqo"].store
    [company] = store.companies()
    return store.draft(company).answers


def test_the_journey_without_a_script(chromium: Any, live: Live) -> None:
    with browsing(chromium, live, java_script_enabled=False) as opened:
        page = opened.page
        begin(page, live)
        field(page, "company.province").fill("山西省")
        follow(page, page.get_by_role("button", name="保存，下一节"))
        follow(page, page.get_by_role("button", name="保存，下一节"))
        field(page, "company.industry_code").fill("C34 通用设备制造业")
        field(page, "company.registration").select_option("112")
        field(page, "company.legal_representative").fill("张岳")
        field(page, "company.employees").fill("很多")
        follow(page, page.get_by_role("button", name="保存，下一节"))
        assert "填了“很多”，请填数字" in page.content()
        field(page, "company.employees").fill("126")
        radio(page, "company.governance", "board")
        follow(page, page.get_by_role("button", name="保存，下一节"))
        field(page, "candidate.name").fill("李衡")
        radio(page, "candidate.degree", "bachelor")
        follow(page, page.get_by_role("button", name="保存，下一节"))
        page.goto(page.url.replace("/appointment", "/fund"))
        unfold(page)
        follow(page, page.get_by_role("button", name="添加一项"))
        field(page, "fund.items[0].name").fill("检验员培训")
        field(page, "fund.items[0].group").select_option("talent")
        field(page, "fund.items[0].amount").fill("36000")
        follow(page, page.get_by_role("button", name="保存，下一节"))
        store = live.app.extensions["cqo"].store
        [company] = store.companies()
        answers = read_answers(company.path, store.workspace).answers
        assert answers.company.industry_code == "C34"
        assert answers.fund.items[0].name == "检验员培训"
        page.goto(live.address)
        follow(page, page.get_by_role("button", name="删除"))
        follow(page, page.get_by_role("button", name="撤销删除"))
        assert NAME in page.content()


def test_nothing_is_lost_when_the_page_is_loaded_again_or_closed(chromium: Any, live: Live) -> None:
    with browsing(chromium, live) as opened:
        page = opened.page
        begin(page, live)
        field(page, "company.city").fill("晋中市")
        field(page, "company.credit_code").fill("123")
        field(page, "company.credit_code").blur()
        expect(page.locator("main")).to_contain_text("应为18位")
        page.reload()
        assert field(page, "company.city").input_value() == "晋中市"
        assert field(page, "company.credit_code").input_value() == "123"
        # Nothing was left, and no time is given.
        field(page, "company.city").fill("大同市")
        page.goto("about:blank")
        for _ in range(PATIENCE // 50):
            if the_draft(live)["company.city"] == "大同市":
                break
            page.wait_for_timeout(50)
        page.goto(f"{live.address}/companies/{NAME}/questions/identity")
        assert field(page, "company.city").input_value() == "大同市"
        field(page, "company.city").fill("朔州市")
        page.locator("#progress").get_by_role("link", name="候选人").click()
        page.wait_for_url(re.compile("/candidate"))
        field(page, "candidate.name").fill("李衡")
        page.get_by_role("button", name="保存，下一节").click()
        page.wait_for_url(re.compile("/appointment"))
        page.go_back()
        # A page that the browser kept loads itself again.
        expect(field(page, "candidate.name")).to_have_value("李衡")
        assert the_draft(live)["company.city"] == "朔州市"
        assert opened.messages == []


def test_questions_come_and_go_with_the_answers(chromium: Any, live: Live) -> None:
    with browsing(chromium, live) as opened:
        page = opened.page
        begin(page, live)
        page.goto(page.url.replace("/identity", "/appointment"))
        unfold(page)
        posts = field(page, "appointment.concurrent_posts")
        radio(page, "appointment.full_time", "true")
        posts.wait_for(state="hidden")
        radio(page, "appointment.full_time", "false")
        posts.wait_for(state="visible")
        posts.fill("副总经理")
        radio(page, "appointment.full_time", "true")
        posts.wait_for(state="hidden")
        radio(page, "appointment.full_time", "false")
        posts.wait_for(state="visible")
        settled(page)
        assert the_draft(live)["appointment.concurrent_posts"] == ("副总经理",)


def test_the_verdict_follows_while_one_fills_in(chromium: Any, live: Live) -> None:
    source = SAMPLES / "shanxi-food-micro.yaml"
    (live.folder / source.name).write_bytes(source.read_bytes())
    with browsing(chromium, live) as opened:
        page = opened.page
        page.goto(f"{live.address}/companies/shanxi-food-micro/questions/candidate")
        aside = page.locator("#outlook")
        assert "不符合" not in aside.text_content()
        radio(page, "candidate.degree", "below")
        radio(page, "candidate.title_rank", "none")
        field(page, "candidate.years_quality_management").fill("0")
        expect(page.locator("#outlook")).to_contain_text("不符合")


def test_rows_are_added_and_removed(chromium: Any, live: Live) -> None:
    with browsing(chromium, live) as opened:
        page = opened.page
        begin(page, live)
        page.goto(page.url.replace("/identity", "/fund"))
        unfold(page)
        for number, name in enumerate(("培训", "校准", "认证")):
            page.get_by_role("button", name="添加一项 预算项目").click()
            first = field(page, f"fund.items[{number}].name")
            assert first.evaluate("node => node === document.activeElement")
            page.keyboard.type(name)
        page.get_by_role("button", name="删除这一项 预算项目 2").click()
        expect(field(page, "fund.items[2].name")).to_have_count(0)
        settled(page)
        found = the_draft(live)
        assert [found[f"fund.items[{n}].name"] for n in range(2)] == ["培训", "认证"]
        assert opened.messages == []


def test_two_windows_on_one_company(chromium: Any, live: Live) -> None:
    with browsing(chromium, live) as opened:
        page = opened.page
        begin(page, live)
        other = page.context.new_page()
        other.goto(page.url)
        field(page, "company.city").fill("晋中市")
        field(page, "company.city").blur()
        settled(page)
        field(other, "company.city").fill("大同市")
        field(other, "company.city").blur()
        follow(other, other.get_by_role("button", name="对照并决定"))
        assert "晋中市" in other.content()
        assert "大同市" in other.content()
        assert the_draft(live)["company.city"] == "晋中市"
        other.locator('input[value="mine"]').check()
        follow(other, other.get_by_role("button", name="按所选保存"))
        other.wait_for_url(re.compile("/identity"))
        assert field(other, "company.city").input_value() == "大同市"
        assert the_draft(live)["company.city"] == "大同市"


def test_a_server_that_is_gone_is_told_and_nothing_typed_is_lost(chromium: Any, live: Live) -> None:
    with browsing(chromium, live) as opened:
        page = opened.page
        begin(page, live)
        page.context.set_offline(True)
        field(page, "company.city").fill("晋中市")
        field(page, "company.city").blur()
        expect(page.locator("#saved")).to_contain_text("未能保存")
        page.context.set_offline(False)
        settled(page)
        assert the_draft(live)["company.city"] == "晋中市"


def test_a_window_from_before_a_restart_is_told_so(chromium: Any, live: Live) -> None:
    with browsing(chromium, live) as opened:
        page = opened.page
        begin(page, live)
        page.wait_for_load_state("networkidle")  # every answer renews the cookie
        page.context.clear_cookies()  # as the new program takes it for that of a stranger
        field(page, "company.city").fill("晋中市")
        field(page, "company.city").blur()
        expect(page.locator("#saved")).to_contain_text("程序已重新启动")
        assert field(page, "company.city").input_value() == "晋中市"


@pytest.mark.parametrize("suffix", [".xlsx", ".docx"])
def test_a_filled_form_is_uploaded(chromium: Any, live: Live, tmp_path: Path, suffix: str) -> None:
    ws = live.app.extensions["cqo"].workspace
    form, source = tmp_path / f"form{suffix}", SAMPLES / "shanxi-food-micro.yaml"
    write_form(form, ws.library, ws.wording, known_answers(source, ws))
    with browsing(chromium, live) as opened:
        page = opened.page
        page.get_by_label("选择文件").set_input_files(form)
        page.get_by_role("button", name="上传").click()
        page.wait_for_url(re.compile("/questions/"))
        assert "已读取" in page.content()
        page.goto(live.address)
        assert "可以编制" in page.content()


def test_a_file_that_is_too_large_is_not_even_sent(
    chromium: Any, live: Live, tmp_path: Path
) -> None:
    large = tmp_path / "large.xlsx"
    with large.open("wb") as file:
        file.truncate(26 * 1024 * 1024)
    with browsing(chromium, live) as opened:
        opened.page.get_by_label("选择文件").set_input_files(large)
        expect(opened.page.locator("#file-fault")).to_contain_text("25 MB")


def test_the_language_is_switched_where_one_is(chromium: Any, live: Live) -> None:
    with browsing(chromium, live) as opened:
        page = opened.page
        begin(page, live)
        follow(page, page.get_by_role("button", name="English"))
        assert page.url.endswith("/questions/identity")
        assert page.locator("h1").text_content().startswith("Name and place")
        assert page.get_by_label("Province").count() == 1
        field(page, "company.credit_code").fill("123")
        field(page, "company.credit_code").blur()
        expect(page.locator("main")).to_contain_text("must have 18 characters")
        follow(page, page.get_by_role("button", name="简体中文"))
        expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
        assert "应为18位" in page.content()


def test_a_script_in_a_name_never_runs(chromium: Any, live: Live) -> None:
    name = "<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>"
    with browsing(chromium, live) as opened:
        page = opened.page
        page.get_by_label("企业名称").fill(name)
        page.get_by_role("button", name="开始填写").click()
        page.wait_for_url(re.compile("/questions/"))
        field(page, "company.city").fill(name)
        field(page, "company.city").blur()
        settled(page)
        page.goto(live.address)
        assert "hacked" not in page.title()
        assert name in page.locator("main").text_content()
        assert opened.messages == []


def test_all_can_be_done_with_the_keyboard(chromium: Any, live: Live) -> None:
    with browsing(chromium, live) as opened:
        page = opened.page
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("#content$"))
        page.keyboard.press("Tab")
        page.keyboard.type(NAME)
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/questions/identity"))
        field(page, "company.city").focus()
        page.keyboard.type("晋中市")
        page.keyboard.press("Enter")
        expect(page.locator(".notice.ok")).to_be_visible()
        assert the_draft(live)["company.city"] == "晋中市"


@pytest.mark.parametrize("width", [360, 1024, 1600])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible_and_fits(
    chromium: Any, live: Live, scheme: str, width: int
) -> None:
    for sample in ("guangdong-appliance-large", "chongqing-parts-barred"):
        source = SAMPLES / f"{sample}.yaml"
        (live.folder / source.name).write_bytes(source.read_bytes())
    (live.folder / "new.yaml").write_text("企业: {企业名称: 新厂, 省份: 火星, 从业人数: 很多}\n")
    (live.folder / "broken.yaml").write_text("企业: [")
    sections = live.app.extensions["cqo"].kit_in("zh-Hans").asking.sections
    steps = [
        f"/companies/{ident}/questions/{section}"
        for ident in ("guangdong-appliance-large", "new")
        for section in sections
    ]
    size = {"width": width, "height": 900}
    with browsing(chromium, live, color_scheme=scheme, viewport=size, bypass_csp=True) as opened:
        page = opened.page
        for path in ("/", "/nowhere", "/companies/broken/questions", *steps):
            page.goto(live.address + path)
            assert axe_faults(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_on_which_one_decides_is_accessible(
    chromium: Any, live: Live, scheme: str
) -> None:
    with browsing(chromium, live, color_scheme=scheme, bypass_csp=True) as opened:
        page = opened.page
        begin(page, live)
        other = page.context.new_page()
        other.goto(page.url)
        field(page, "company.city").fill("晋中市")
        field(page, "company.city").blur()
        settled(page)
        field(other, "company.city").fill("大同市")
        field(other, "company.city").blur()
        compare = other.get_by_role("button", name="对照并决定")
        expect(compare).to_be_visible()
        assert axe_faults(other) == []
        compare.click()
        expect(other.locator("h1")).to_have_text("两处改动，请决定")
        assert axe_faults(other) == []
        page.goto(live.address)
        page.get_by_role("button", name="删除").click()
        expect(page.get_by_role("button", name="撤销删除")).to_be_visible()
        assert axe_faults(page) == []
        page.get_by_role("button", name="English").click()
        expect(page.locator("html")).to_have_attribute("lang", "en")
        page.locator("summary").click()
        assert axe_faults(page) == []


def test_the_page_is_not_open_to_a_browser_that_was_not_let_in(chromium: Any, live: Live) -> None:
    with browsing(chromium, live, enter=False) as opened:
        page = opened.page
        page.goto(live.address)
        assert "未获准打开" in page.content()
        page.goto(live.entrance)
        assert "未获准打开" not in page.content()
        assert "token" not in page.url
        other = page.context.browser.new_context()
        try:
            second = other.new_page()
            second.goto(live.entrance)
            assert "未获准打开" in second.content()
        finally:
            other.close()


def test_another_site_cannot_use_the_page(chromium: Any, live: Live) -> None:
    with browsing(chromium, live) as opened:
        page = opened.page
        begin(page, live)
        port = live.address.rpartition(":")[2]
        # Another name of the same machine is another site to the browser.
        other = page.context.new_page()
        other.route("http://evil.test/", lambda route: route.fulfill(
            content_type="text/html",
            body=f"""<form method=post action="http://127.0.0.1:{port}/companies">
                     <input name=name value=hacked><button>go</button></form>"""))  # fmt: skip
        other.goto("http://evil.test/")
        opened.requests.clear()
        other.get_by_role("button", name="go").click()
        expect(other.locator("h1")).to_have_text("未获准打开")
        store = live.app.extensions["cqo"].store
        assert [company.name for company in store.companies()] == [NAME]

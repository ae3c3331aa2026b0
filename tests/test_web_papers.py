"""Papers in the browser: written in a thread, read with their reasons, checked, downloaded."""

from __future__ import annotations

import html
import io
import json
import re
import threading
import time
import zipfile
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import docx
import openpyxl
import pytest
from web import SAMPLES, Web, wait_for

from cqo_docs.answers.file import planning_date
from cqo_docs.generation import by_file, make_plan, prints_of, read_answers
from cqo_docs.pack.manifest import EDITED, MANIFEST
from cqo_docs.web import papers
from cqo_docs.web.making import DONE, FAILED, Maker
from cqo_docs.web.papers_page import key_of, place_of, read_papers
from cqo_docs.wording.locales import OFFERED

LARGE, BUILDER, MICRO = "guangdong-appliance-large", "chongqing-construction", "shanxi-food-micro"
DAY = "2026-11-21"
HOSTILE = (
    "../../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%00", "<script>alert(1)</script>", "'\"><b>",
    "a" * 3000, "{{7*7}}", "\\..\\..", "企业\u202e", "/etc/passwd", "manifest.json",
)  # fmt: skip


def plain(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def planned(web: Web, ident: str) -> list[str]:
    """The papers that the form has ticked."""
    text = web.get(f"/companies/{ident}/papers").text
    return re.findall(r'name="papers" value="([\w-]+)" checked', text)


def write(web: Web, ident: str, **given: Any) -> str:
    """Write papers as the form does, wait, and give the page that follows."""
    data = {"papers": planned(web, ident), "locale": "zh-Hans", "day": DAY} | given
    there = web.post(f"/companies/{ident}/papers/generate", data)
    assert there.status_code == 302, plain(there.text)
    assert there.location.endswith("/progress")
    return web.get(place_after(web, there.location)).text


def place_after(web: Web, progress: str) -> str:
    """Wait until a task is over; the page that follows."""
    told: dict[str, Any] = {}

    def over() -> bool:
        told.update(web.get(f"{progress}.json").json or {})
        assert told["over"] or told["said"]
        return bool(told["over"])

    wait_for(over)
    return str(told["there"])


def pack_of(web: Web, ident: str) -> Path:
    return web.held.store.pack(web.held.store.find(ident))


def files_of(web: Web, ident: str) -> dict[str, str]:
    """The addresses of the files on the page, by their names."""
    text = web.get(f"/companies/{ident}/papers").text
    found = re.findall(r'href="([^"]+/papers/file/\w+)" download>([^<]+)<', text)
    return {html.unescape(name): address for address, name in found}


def test_the_form_ticks_what_the_plan_holds(web: Web) -> None:
    ident = web.put_sample(MICRO)
    ws = web.held.workspace
    file = read_answers(web.folder / f"{ident}.yaml", ws)
    plan = make_plan(file, ws, date(2026, 11, 21))
    assert set(planned(web, ident)) == {p.paper.id for p in plan.papers}
    assert "还没有编制过文书" in web.get(f"/companies/{ident}/papers").text


def test_a_pack_is_written_listed_and_downloaded(web: Web) -> None:
    ident = web.put_sample(MICRO)
    text = write(web, ident)
    folder = pack_of(web, ident)
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    names = [entry["path"] for entry in manifest["files"]]
    assert f"文书包现有{len(names)}个文件" in text
    files = files_of(web, ident)
    assert set(files) == set(names)
    for name, address in files.items():
        there = web.get(address)
        assert there.status_code == 200
        assert there.data == (folder / name).read_bytes()
        disposition = there.headers["Content-Disposition"]
        assert disposition.startswith("attachment;")
        assert unquote(disposition.partition("UTF-8''")[2]) == name
        if name.endswith(".docx"):
            assert docx.Document(io.BytesIO(there.data)).element.body is not None
        elif name.endswith(".xlsx"):
            assert openpyxl.load_workbook(io.BytesIO(there.data)).worksheets
    assert "最新" in text


def test_the_zip_holds_the_whole_pack_under_its_names(web: Web) -> None:
    ident = web.put_sample(MICRO)
    write(web, ident)
    folder = pack_of(web, ident)
    there = web.get(f"/companies/{ident}/papers/archive")
    disposition = there.headers["Content-Disposition"]
    assert unquote(disposition.partition("UTF-8''")[2]) == f"{folder.name}.zip"
    with zipfile.ZipFile(io.BytesIO(there.data)) as bundle:
        assert bundle.testzip() is None
        found = {name.removeprefix(f"{folder.name}/"): bundle.read(name)
                 for name in bundle.namelist()}  # fmt: skip
    assert all(info.flag_bits & 0x800 for info in bundle.infolist())
    there_now = {p.relative_to(folder).as_posix(): p.read_bytes()
                 for p in folder.rglob("*") if p.is_file()}  # fmt: skip
    assert found == there_now


def test_only_some_papers_leave_the_others_as_they_are(web: Web) -> None:
    ident = web.put_sample(MICRO)
    write(web, ident)
    folder = pack_of(web, ident)
    before = {p.name: p.stat().st_mtime_ns for p in folder.glob("*.docx")}
    text = write(web, ident, papers=["duties"])
    assert {p.name for p in folder.glob("*.docx")} == set(before)
    assert "最新" in text
    text = write(web, ident, papers=["duties", "year-plan"])
    assert any("年度质量工作计划" in p.name for p in folder.glob("*.docx"))


def test_nothing_ticked_or_no_day_is_told_beside_the_form(web: Web) -> None:
    ident = web.put_sample(MICRO)
    address = f"/companies/{ident}/papers/generate"
    there = web.post(address, {"locale": "zh-Hans", "day": DAY})
    assert there.status_code == 400
    assert "至少勾选一种文书" in there.text
    there = web.post(address, {"papers": ["duties"], "locale": "zh-Hans", "day": "明天"})
    assert there.status_code == 400
    assert "编制基准日须是日期" in there.text
    assert not pack_of(web, ident).exists()


@pytest.mark.parametrize(
    "given",
    [
        {"papers": ["../x"]},
        {"papers": ["duties", "<script>"]},
        {"locale": "fr"},
        {"locale": "../zh-Hans"},
        {"copies": ["exe"]},
    ],
)
def test_what_no_form_sends_is_refused(web: Web, given: dict[str, Any]) -> None:
    ident = web.put_sample(MICRO)
    data = {"papers": ["duties"], "locale": "zh-Hans", "day": DAY} | given
    assert web.post(f"/companies/{ident}/papers/generate", data).status_code == 400
    assert not pack_of(web, ident).exists()


def test_incomplete_answers_lead_to_what_is_missing(web: Web) -> None:
    ident = web.put({"company.name": "测试有限公司", "company.province": "山西省"})
    text = web.get(f"/companies/{ident}/papers").text
    assert "没有答完" in text
    assert '<button class="primary"' not in text
    data = {"papers": ["duties"], "locale": "zh-Hans", "day": DAY}
    there = web.post(f"/companies/{ident}/papers/generate", data)
    assert there.location.endswith("/plan#missing")
    there = web.get(f"/companies/{ident}/papers/read/duties")
    assert there.location.endswith("/plan#missing")


def test_an_edited_file_is_told_before_and_kept_after(web: Web) -> None:
    ident = web.put_sample(MICRO)
    write(web, ident)
    folder = pack_of(web, ident)
    own = next(folder.glob("04-*.docx"))
    paper = docx.Document(str(own))
    paper.add_paragraph("本企业另行规定。")
    paper.save(str(own))
    edited = own.read_bytes()
    before = plain(web.get(f"/companies/{ident}/papers").text)
    assert f"有1个文件手工改过：{own.name}" in before
    checked = plain(web.get(f"/companies/{ident}/papers/check").text)
    assert "本企业另行规定" in checked
    after = plain(write(web, ident))
    assert f"手工改过的文件已移入“{EDITED}”：{own.name}" in after
    assert (folder / EDITED / own.name).read_bytes() == edited
    assert f"“{EDITED}”中有1个文件" in after


def test_a_pack_of_other_answers_is_out_of_date(web: Web) -> None:
    ident = web.put_sample(MICRO)
    write(web, ident)
    path = web.folder / f"{ident}.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"从业人数: \d+", "从业人数: 9", text), encoding="utf-8")
    page = plain(web.get(f"/companies/{ident}/papers").text)
    assert "已过时" in page
    assert "编制以后，问卷、语种或者程序内容有变" in page
    assert "最新" in plain(write(web, ident))


def test_a_whole_pack_is_checked_without_a_fault(web: Web) -> None:
    ident = web.put_sample(MICRO)
    write(web, ident)
    assert "与方案一致，没有改动" in web.get(f"/companies/{ident}/papers/check").text


def test_checks_speak_the_language_of_the_reader(tmp_path: Path) -> None:
    web = Web(tmp_path, "en")
    ident = web.put_sample(MICRO)
    write(web, ident, locale="zh-Hans,en")
    folder = pack_of(web, ident)
    same = plain(web.get(f"/companies/{ident}/papers/check").text)
    assert "agree with the plan" in same
    own = next(folder.glob("04-*.docx"))
    paper = docx.Document(str(own))
    paper.add_paragraph("本企业另行规定。")
    paper.save(str(own))
    (folder / "05-考核表.xlsx").write_bytes(b"no book")
    text = plain(web.get(f"/companies/{ident}/papers/check").text)
    assert "“本企业另行规定。” was added" in text or "plan does not have: 本企业另行规定" in text
    assert "05-考核表.xlsx" in text
    rest = re.sub("“[^”]*”|[^ ]*\\.(docx|xlsx)|本企业另行规定", "", text[text.index("Kind") :])
    assert not re.search("[\u4e00-\u9fff]{6,}", rest), rest


@pytest.mark.parametrize("locale", OFFERED)
def test_papers_are_written_in_every_locale(web: Web, locale: str) -> None:
    ident = web.put_sample(MICRO)
    text = write(web, ident, locale=locale, papers=["duties"])
    assert re.search(rf'value="{locale}" selected', text)
    assert "与方案" in web.get(f"/companies/{ident}/papers/check").text or locale != "zh-Hans"


def test_review_copies_are_written_when_asked_for(web: Web) -> None:
    ident = web.put_sample(MICRO)
    text = write(web, ident, copies=["review"])
    assert re.search(r'value="review" checked', text)
    assert any("/" in e["path"] and e.get("review") for e in json.loads(
        (pack_of(web, ident) / MANIFEST).read_text(encoding="utf-8"))["files"])  # fmt: skip


def test_without_an_office_its_boxes_are_shut(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    ident = web.put_sample(MICRO)
    monkeypatch.setattr(papers, "can_print", lambda: False)
    monkeypatch.setattr(papers, "can_paint", lambda: False)
    text = web.get(f"/companies/{ident}/papers").text
    assert "没有安装 LibreOffice" in text
    assert 'value="pdf" disabled' in text
    assert "查看版面" not in web.get(f"/companies/{ident}/papers/read/duties").text


def test_what_fails_is_told_in_words(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    from cqo_docs.base.errors import PackError, problem

    ident = web.put_sample(MICRO)

    def fail(*_: Any) -> None:
        raise PackError([problem("pdf.no-office")])

    monkeypatch.setattr(papers, "generate", fail)
    assert "LibreOffice" in plain(write(web, ident))

    def break_down(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(papers, "generate", break_down)
    text = plain(write(web, ident))
    assert "ZeroDivisionError" in text
    assert "Traceback" not in text


def test_a_second_click_joins_the_task_that_runs(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    ident = web.put_sample(MICRO)
    go, calls = threading.Event(), []

    def slow(*_: Any) -> Any:
        calls.append(1)
        go.wait(60)
        return None, None

    monkeypatch.setattr(papers, "generate", slow)
    data = {"papers": ["duties"], "locale": "zh-Hans", "day": DAY}
    for _ in range(2):
        web.post(f"/companies/{ident}/papers/generate", data)
    assert "正在写1种文书" in web.get(f"/companies/{ident}/papers/progress").text
    assert "正在编制" in web.get(f"/companies/{ident}/papers").text
    # Something else is not taken for the same.
    other = web.post(f"/companies/{ident}/papers/generate", {**data, "papers": ["budget"]})
    assert "这次没有开始" in web.get(other.location).text
    go.set()
    place_after(web, f"/companies/{ident}/papers/progress")
    assert calls == [1]


def test_tasks_of_companies_wait_for_their_turn() -> None:
    maker, go, order = Maker(), threading.Event(), []

    def first() -> str:
        go.wait(60)
        order.append("first")
        return "one"

    def second() -> None:
        order.append("second")
        raise ValueError("no")

    one, two = maker.start("a", "pack", 1, first), maker.start("b", "pack", 1, second)
    assert maker.start("a", "pack", 1, second) is one
    time.sleep(0.05)
    assert not one.over
    go.set()
    wait_for(lambda: one.over and two.over)
    assert sorted(order) == ["first", "second"]
    assert (one.state, one.result) == (DONE, "one")
    assert two.state == FAILED
    assert two.faults[0].code == "cli.unexpected"


# Reading


@pytest.mark.parametrize("sample", sorted(path.stem for path in SAMPLES.glob("*.yaml")))
def test_pages_to_read_hold_each_composed_paragraph(web: Web, sample: str) -> None:
    ident = web.put_sample(sample)
    ws = web.held.workspace
    file = read_answers(web.folder / f"{ident}.yaml", ws)
    plan = make_plan(file, ws, planning_date(file, None, date.today()))
    first = prints_of(plan, ws)[0].composed
    for held in by_file(first.documents, ("docx",)).values():
        read = paragraphs(web.get(f"/companies/{ident}/papers/read/{held[0].id}").text)
        for block in (block for paper in held for block in paper.blocks):
            assert read[block.id.replace(" ", "_")] == block.text


def paragraphs(text: str) -> dict[str, str]:
    """The paragraphs of a page by their anchors."""
    form = (
        r'<(details|p|h\d) class="line[^"]*" id="([^"]+)">(?:<summary>)?(.*?)</(?:summary|p|h\d)>'
    )
    return {
        html.unescape(anchor): html.unescape(re.sub(r"<[^>]+>", "", words))
        for _, anchor, words in re.findall(form, text, re.DOTALL)
    }


def test_each_normative_paragraph_tells_its_clauses_and_reason(web: Web) -> None:
    ident = web.put_sample(BUILDER)
    text = web.get(f"/companies/{ident}/papers/read/duties").text
    remarks = re.findall(r'<dl class="remark"[^>]*>(.*?)</dl>', text, re.DOTALL)
    assert len(remarks) > 20
    assert any("DB50/T 1696—2024 5.1.2" in plain(remark) for remark in remarks)


def test_explanations_lead_to_the_story_of_each_clause(web: Web) -> None:
    ident = web.put_sample(BUILDER)
    text = web.get(f"/companies/{ident}/papers/read/duties").text
    links = set(re.findall(r'class="ref" href="([^"]+)"', text))
    assert len(links) > 20
    for link in sorted(links)[::5]:
        assert web.get(html.unescape(link)).status_code == 200


def test_remarks_are_in_the_language_of_the_reader_and_papers_in_their_own(
    tmp_path: Path,
) -> None:
    web = Web(tmp_path, "en")
    ident = web.put_sample(BUILDER)
    text = web.get(f"/companies/{ident}/papers/read/duties?locale=zh-Hans").text
    assert '<article class="paper" lang="zh-Hans">' in text
    remarks = plain(" ".join(re.findall(r'<dl class="remark"[^>]*>(.*?)</dl>', text, re.DOTALL)))
    assert "clause" in remarks.lower()
    own = web.get(f"/companies/{ident}/papers/read/duties?locale=en").text
    assert "Chief Quality Officer" in own[own.index("<article") :]


def test_workbooks_and_calendars_are_read_too(web: Web) -> None:
    ident = web.put_sample(LARGE)
    text = plain(web.get(f"/companies/{ident}/papers/read/budget").text)
    assert "28,600,000.00" in text
    text = plain(web.get(f"/companies/{ident}/papers/read/matrix").text)
    assert "段落对照" in text
    assert "日历" in plain(web.get(f"/companies/{ident}/papers/read/year-plan").text)


def test_a_paper_outside_the_plan_can_be_read(web: Web) -> None:
    ident = web.put_sample(MICRO)
    assert "planning" not in planned(web, ident)
    there = web.get(f"/companies/{ident}/papers/read/planning")
    assert there.status_code == 200
    assert "策划" in there.text


def test_pictures_are_kept_and_served_by_number(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    ident = web.put_sample(MICRO)
    png = b"\x89PNG\r\n\x1a\n" + b"0" * 20
    monkeypatch.setattr(papers, "can_paint", lambda: True)
    monkeypatch.setattr(papers, "to_pdf", lambda files: dict.fromkeys(files, b"%PDF"))
    monkeypatch.setattr(papers, "page_pictures", lambda _: [png, png])
    there = web.post(f"/companies/{ident}/papers/pages/duties", {"locale": "zh-Hans"})
    page = web.get(place_after(web, there.location)).text
    sources = [html.unescape(s) for s in re.findall(r'<img src="([^"]+)"', page)]
    assert len(sources) == 2
    assert web.get(sources[0]).data == png
    assert web.get(sources[0].replace("/1.png", "/3.png")).status_code == 404
    assert web.get(sources[0].replace("/1.png", "/0.png")).status_code == 404
    # Other answers make other pages.
    path = web.folder / f"{ident}.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "\n# 改\n", encoding="utf-8")
    assert web.get(sources[0]).status_code == 404


# Attacks


def test_a_file_that_is_no_questionnaire_is_told_in_words(web: Web) -> None:
    (web.folder / "strange.yaml").write_text("- 1\n- 2\n", encoding="utf-8")
    for address in ("plan", "papers", "papers/check", "papers/read/duties", "papers/progress"):
        there = web.get(f"/companies/strange/{address}")
        assert there.status_code in {302, 400}, address
        assert "Traceback" not in there.text


def test_hostile_names_are_refused_everywhere(web: Web) -> None:
    ident = web.put_sample(MICRO)
    write(web, ident, papers=["duties"])
    for text in HOSTILE:
        refused_everywhere(web, ident, text)


def refused_everywhere(web: Web, ident: str, text: str) -> None:
    start, sent = f"/companies/{ident}/papers", quote(text, safe="")
    for address in (
        f"{start}/file/{sent}",
        f"{start}/read/{sent}",
        f"{start}/read/duties?locale={sent}",
        f"{start}/pages/{sent}",
        f"{start}/pages/duties?locale={sent}",
        f"{start}/pages/duties/1.png?locale=zh-Hans&day={sent}",
        f"{start}/pages/{sent}/1.png",
        f"{start}/pages/duties/{sent}.png",
        f"/companies/{sent}/papers",
        f"/companies/{sent}/papers/archive",
        f"/companies/{sent}/papers/check",
    ):
        there = web.get(address)
        assert there.status_code in {308, 404}, address
        assert "root:" not in there.text
        assert "<script>alert" not in there.text
    for address in (f"{start}/pages/{sent}", f"{start}/pages/duties"):
        assert web.post(address, {"locale": text}).status_code == 404


def test_a_manifest_that_names_strange_paths_opens_nothing(web: Web) -> None:
    strange = ("../secret.txt", "/etc/passwd", "..\\secret.txt", "a/../../secret.txt", "", "\0")
    ident = web.put_sample(MICRO)
    write(web, ident, papers=["duties"])
    folder = pack_of(web, ident)
    (folder.parent / "secret.txt").write_text("secret", encoding="utf-8")
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    first = manifest["files"][0]
    manifest["files"] += [{**first, "path": path} for path in strange]
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    for path in strange:
        assert web.get(f"/companies/{ident}/papers/file/{key_of(path)}").status_code == 404
    assert web.get(f"/companies/{ident}/papers").status_code == 200
    data = web.get(f"/companies/{ident}/papers/archive").data
    assert b"secret" not in data
    with zipfile.ZipFile(io.BytesIO(data)) as bundle:
        assert all(name.startswith(f"{folder.name}/") for name in bundle.namelist())
        assert not any(".." in name for name in bundle.namelist())


def test_links_in_a_pack_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file.docx").write_bytes(b"secret")
    folder = tmp_path / "pack"
    folder.mkdir()
    (folder / "a.docx").symlink_to(outside / "file.docx")
    (folder / "b").symlink_to(outside)
    assert place_of(folder, "a.docx") is None
    assert place_of(folder, "b/file.docx") is None
    assert place_of(folder, "b") is None


def test_forms_without_their_sign_are_refused(web: Web) -> None:
    ident = web.put_sample(MICRO)
    for address in ("papers/generate", "papers/pages/duties", "plan/confirm"):
        there = web.client.post(
            f"/companies/{ident}/{address}", data={"papers": "duties"}, base_url="http://127.0.0.1"
        )
        assert there.status_code == 400
    assert not pack_of(web, ident).exists()


def test_a_pack_of_somebody_else_is_not_shown(web: Web) -> None:
    ident = web.put_sample(MICRO)
    write(web, ident, papers=["duties"])
    folder = pack_of(web, ident)
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    (folder / MANIFEST).write_text(json.dumps(manifest | {"company": "别家"}), encoding="utf-8")
    assert "还没有编制过文书" in web.get(f"/companies/{ident}/papers").text
    assert web.get(f"/companies/{ident}/papers/archive").status_code == 404


def test_reading_an_unknown_paper_gives_nothing(web: Web) -> None:
    ws = web.held.workspace
    web.put_sample(MICRO)
    file = read_answers(web.folder / f"{MICRO}.yaml", ws)
    assert read_papers(file, ws, ws, date(2026, 11, 21), "nothing") is None

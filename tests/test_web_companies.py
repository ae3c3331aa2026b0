"""The first page: new companies, copies, uploads, the trash."""

from __future__ import annotations

import io
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from conftest import SMALLEST
from web import SAMPLES, Web
from werkzeug.test import TestResponse

from cqo_docs.forms import write_form
from cqo_docs.generation import known_answers
from cqo_docs.questions.draft import read_draft

NAME = "山西云陉机械有限公司"
SCRIPT = "<script>alert(1)</script>\"'&{{7*7}}公司"


def told(response: TestResponse) -> str:
    """The words of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


def upload(web: Web, data: bytes, name: str) -> TestResponse:
    return web.post(
        "/companies/upload", {"file": (io.BytesIO(data), name)}, content_type="multipart/form-data"
    )


def test_an_empty_folder_says_what_to_do(web: Web) -> None:
    assert "还没有企业" in told(web.get("/"))


def test_a_new_company_begins_with_its_name(web: Web) -> None:
    response = web.post("/companies", {"name": f"  {NAME}  "})
    assert response.status_code == 302
    assert web.get(response.location).location.endswith("/questions/identity")
    [company] = web.held.store.companies()
    assert (company.ident, company.name) == (NAME, NAME)
    assert web.held.store.state(company) == "incomplete"
    assert company.path.read_text() == f"企业:\n  企业名称: {NAME}\n"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "请填写企业名称"),
        ("  ", "请填写企业名称"),
        ("企" * 101, "最多100个字"),
        ("a\0b", "不能打印"),
    ],
)
def test_a_name_that_no_paper_can_bear_is_told(web: Web, name: str, sentence: str) -> None:
    response = web.post("/companies", {"name": name})
    assert response.status_code == 400
    assert sentence in told(response)
    assert web.held.store.companies() == ()


def test_a_script_in_a_name_is_a_name(web: Web) -> None:
    location = web.post("/companies", {"name": SCRIPT}).location
    for path in ("/", web.get(location).location):
        page = web.get(path).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page
        assert "49公司" not in page
    [company] = web.held.store.companies()
    assert web.held.store.draft(company).answers["company.name"] == SCRIPT


def test_the_list_shows_the_state_and_the_findings(web: Web) -> None:
    web.put_sample("chongqing-parts-barred")
    web.put_sample("shanxi-food-micro")
    (web.folder / "坏.yaml").write_text("企业: [")
    page = told(web.get("/"))
    for text in ("有提示，未编制", "不得聘任", "可以编制", "未填完", "格式不对"):
        assert text in page


def test_files_of_one_name_are_told_apart(web: Web) -> None:
    web.put(dict(SMALLEST), "one")
    web.put(dict(SMALLEST), "two")
    page = told(web.get("/"))
    assert "one.yaml" in page
    assert "two.yaml" in page


# Uploads


@pytest.mark.parametrize("suffix", [".xlsx", ".docx"])
def test_a_filled_form_becomes_a_company(web: Web, tmp_path: Path, suffix: str) -> None:
    ws, path = web.held.workspace, tmp_path / f"form{suffix}"
    source = SAMPLES / "shanxi-food-micro.yaml"
    write_form(path, ws.library, ws.wording, known_answers(source, ws))
    response = upload(web, path.read_bytes(), f"问卷{suffix}")
    assert response.status_code == 302
    [company] = web.held.store.companies()
    assert company.name == "晋城市沁香源食品有限公司"
    assert web.held.store.state(company) == "ready"
    assert known_answers(company.path, ws) == known_answers(source, ws)
    assert "已读取" in told(web.get(web.get(response.location).location))


def test_a_questionnaire_keeps_its_words_and_comments(web: Web) -> None:
    source = SAMPLES / "shanxi-steel-medium.yaml"
    assert upload(web, source.read_bytes(), source.name).status_code == 302
    [company] = web.held.store.companies()
    vocabulary = web.held.workspace.wording.vocabulary()
    assert company.path.read_text().splitlines()[0] == source.read_text().splitlines()[0]
    assert read_draft(company.path, vocabulary).answers == read_draft(source, vocabulary).answers


def test_wrong_answers_of_an_upload_are_kept_to_be_put_right(web: Web) -> None:
    text = "企业:\n  企业名称: 山西云陉\n  从业人数: 很多\n"
    response = upload(web, text.encode(), "x.yaml")
    page = told(web.get(web.get(response.location).location))
    assert "有1项需要改正" in page
    assert "很多" in web.get("/companies/山西云陉/questions/company").text


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"", "x.yaml", "文件是空的"),
        (b"%PDF-1.7", "x.pdf", "这是 PDF 文件"),
        (b"\x89PNG\r\n", "x.png", "这是图片"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 600, "x.doc", "旧版 Word"),
        (b"PK\x03\x04 broken", "x.xlsx", "已经损坏"),
        (b"a: &a [*a]", "x.yaml", "引用符号"),
        (b"[1, 2]", "x.json", "内容不是问卷"),
        ("企业: [".encode(), "x.yaml", "格式不对"),
        (b"\xff\xfe\x00", "x.yaml", "不是 UTF-8"),
        ("企业:\n  甲乙: 1\n".encode(), "x.yaml", "没有“甲乙”这一项"),
        (("[" * 100_000).encode(), "x.yaml", "层级过深"),
        (b"GIF89a", "a/../../x.gif", "这是图片"),
    ],
)
def test_what_is_no_questionnaire_is_told_in_a_sentence(
    web: Web, data: bytes, name: str, sentence: str
) -> None:
    response = upload(web, data, name)
    assert response.status_code == 400
    assert sentence in told(response)
    assert str(web.folder) not in response.text
    assert list(web.folder.iterdir()) == []


def test_an_upload_without_a_file_is_told(web: Web) -> None:
    assert "请选择要上传的文件" in told(web.post("/companies/upload"))
    assert "请选择要上传的文件" in told(upload(web, b"x", ""))


@pytest.mark.parametrize(
    "name", ["../../etc/x.yaml", "C:\\x.yaml", "<img src=x>.yaml", "x\0.yaml", "企" * 300, ".yaml"]
)
def test_the_name_of_an_upload_names_nothing(web: Web, tmp_path: Path, name: str) -> None:
    before = set(tmp_path.rglob("*"))
    data = "候选人:\n  姓名: 李衡\n".encode()
    response = upload(web, data, name)
    assert response.status_code == 302
    new = set(tmp_path.rglob("*")) - before
    assert [path.parent for path in new] == [web.folder]
    page = web.get(web.get(response.location).location).text
    assert "<img" not in page


# Copies, deletions


def test_a_copy_says_what_was_taken_out(web: Web) -> None:
    ident = web.put_sample("guangdong-appliance-large")
    before = web.held.store.find(ident).path.read_bytes()
    response = web.post(f"/companies/{ident}/copy")
    page = told(web.get(web.get(response.location).location))
    assert "已复制为2027年度的问卷" in page
    assert "已清空：" in page
    assert "会议名称" in page
    assert "请核对是否有变化" in page
    assert web.held.store.find(ident).path.read_bytes() == before
    assert len(web.held.store.companies()) == 2


def test_what_was_deleted_can_be_taken_back_at_once(web: Web) -> None:
    ident = web.put_sample("shanxi-food-micro")
    page = web.get(web.post(f"/companies/{ident}/delete").location)
    assert "已删除“晋城市沁香源食品有限公司”" in told(page)
    assert "撤销删除" in told(page)
    [deleted] = web.held.store.deleted()
    assert "撤销删除" not in told(web.get("/"))
    assert deleted.name in told(web.get("/"))
    assert web.post("/companies/restore", {"ident": deleted.ident}).status_code == 302
    assert web.held.store.find(ident).name == deleted.name


def test_a_get_changes_nothing(web: Web) -> None:
    ident = web.put(dict(SMALLEST))
    for path in ("delete", "copy", "questions/company/settle"):
        assert web.get(f"/companies/{ident}/{path}").status_code in {404, 405}
    assert len(web.held.store.companies()) == 1


# Downloads


@pytest.mark.parametrize("suffix", [".xlsx", ".docx"])
def test_the_blank_form_can_be_taken_along(web: Web, suffix: str, tmp_path: Path) -> None:
    response = web.get(f"/form{suffix}")
    assert "attachment" in response.headers["Content-Disposition"]
    path = tmp_path / f"x{suffix}"
    path.write_bytes(response.data)
    assert known_answers(path, web.held.workspace) == {"company": {}, "candidate": {}}


def test_the_answers_can_be_taken_along(web: Web, tmp_path: Path) -> None:
    ident = web.put_sample("shanxi-food-micro")
    response = web.get(f"/companies/{ident}/answers.yaml")
    path = tmp_path / "x.yaml"
    path.write_bytes(response.data)
    ws: Any = web.held.workspace
    assert known_answers(path, ws) == known_answers(SAMPLES / f"{ident}.yaml", ws)
    assert "filename*=UTF-8''" in response.headers["Content-Disposition"]


# Language


def test_the_page_speaks_the_chosen_language(web: Web) -> None:
    web.put_sample("shanxi-food-micro")
    assert '<html lang="zh-Hans">' in web.get("/").text
    response = web.post("/language", {"lang": "en", "back": "/"})
    assert "HttpOnly" in response.headers["Set-Cookie"]
    page = web.get("/")
    assert '<html lang="en">' in page.text
    assert "Ready" in told(page)
    web.post("/language", {"lang": "xx", "back": "/"})
    assert '<html lang="en">' in web.get("/").text


@pytest.mark.parametrize("name", ["甲#乙", "100%质量", "a%41b", "a+b&c"])
def test_the_language_leaves_one_at_the_company(web: Web, name: str) -> None:
    there = web.get(web.post("/companies", {"name": name}).location).location
    found = re.search(r'name="back" value="([^"]*)"', web.get(there).text)
    assert found is not None
    back = web.post("/language", {"lang": "en", "back": unescape(found[1])}).location
    text = unescape(web.get(back).text)
    assert '<html lang="en">' in text
    assert f'class="company-name">{name}<' in text


def test_what_is_wrong_with_an_upload_is_told_in_the_chosen_language(web: Web) -> None:
    web.post("/language", {"lang": "en"})
    assert "x.pdf: a PDF cannot be read" in told(upload(web, b"%PDF-1.7", "x.pdf"))


# Failures


def test_a_fault_of_ours_shows_no_traceback(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret words")

    monkeypatch.setattr(type(web.held.store), "companies", broken)
    response = web.get("/")
    assert response.status_code == 500
    assert "程序出错" in told(response)
    assert "secret" not in response.text


def test_where_not_even_the_words_can_be_read_there_is_still_an_answer(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret words")

    monkeypatch.setattr("cqo_docs.web.app.saying", broken)
    response = web.get("/")
    assert (response.status_code, response.text) == (500, "500")


def test_a_disk_that_is_full_is_told(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno
    import os

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fsync", full)
    response = web.post("/companies", {"name": NAME})
    assert response.status_code == 400
    assert "磁盘空间不足" in told(response)
    assert list(web.folder.iterdir()) == []

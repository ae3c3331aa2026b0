"""The page answers nobody but the browser that was let in, and nothing brings it down."""

from __future__ import annotations

import io
import re
import socket
import time
import webbrowser
import zipfile
from collections.abc import Callable
from pathlib import Path
from string import Formatter
from urllib.parse import quote

import pytest
from conftest import SMALLEST, Called
from web import TOKEN, Live, Web

from cqo_docs.answers.questions import questions
from cqo_docs.base.errors import PackError
from cqo_docs.base.yamlfile import read_yaml
from cqo_docs.library.version import CONTENT
from cqo_docs.questions.explaining import MORE_THAN_ANY
from cqo_docs.web import serve
from cqo_docs.web.app import ON_PAGE
from cqo_docs.web.guard import HEADERS, LARGEST_FORM, LARGEST_UPLOAD
from cqo_docs.web.saying import saying
from cqo_docs.web.serve import free_socket
from cqo_docs.web.store import alone
from cqo_docs.wording.locales import PAGE_LANGUAGES

HOME = "http://127.0.0.1"
# How cells of a roster are filled in.
ROSTERS_ONLY = {"code", "choice", "many-choice", "yes-no"}
HOSTILE = (
    "..", "../..", "../company", "..\\company", "/etc/passwd", "%2e%2e", ".回收站", "company.yaml",
    "company/../company", "company\0", "", " ", "~", "C:\\company", "<script>", "企" * 300,
)  # fmt: skip


def test_the_address_works_once_and_is_gone_from_the_address_bar(web: Web) -> None:
    assert web.get("/").status_code == 200
    stranger = web.app.test_client()
    assert stranger.get(f"/?token={TOKEN}", base_url=HOME).status_code == 403


def test_the_token_is_exchanged_for_a_cookie_that_scripts_and_other_sites_never_see(
    tmp_path: Path,
) -> None:
    web = Web(tmp_path, enter=False)
    response = web.enter()
    assert (response.status_code, response.location) == (302, "/")
    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert TOKEN not in cookie


@pytest.mark.parametrize("path", ["/", "/companies/company/questions", "/?token=", "/?token=x"])
def test_nobody_comes_in_without_the_token(web: Web, path: str) -> None:
    stranger = web.app.test_client()
    response = stranger.get(path, base_url=HOME)
    assert response.status_code == 403
    assert "请用启动程序时显示的地址" in response.text


def test_a_token_of_other_characters_is_refused_and_not_an_error(tmp_path: Path) -> None:
    web = Web(tmp_path, enter=False)
    assert web.get("/?token=企业").status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "192.168.0.9", "[::1]"])
def test_a_foreign_host_is_refused(web: Web, host: str) -> None:
    assert web.client.get("/", base_url=HOME, headers={"Host": host}).status_code == 400


def test_another_port_is_another_page(tmp_path: Path) -> None:
    web = Web(tmp_path, port=4711, enter=False)
    assert web.client.get(f"/?token={TOKEN}", base_url=f"{HOME}:4712").status_code == 400
    assert web.client.get(f"/?token={TOKEN}", base_url=f"{HOME}:4711").status_code == 302


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9"},
        {"Origin": "https://127.0.0.1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_what_another_site_sends_is_refused(web: Web, headers: dict[str, str]) -> None:
    response = web.post("/companies", {"name": "山西云陉机械有限公司"}, headers=headers)
    assert response.status_code == 403
    assert web.held.store.companies() == ()


@pytest.mark.parametrize("token", [None, "", "x", "企业", "x" * 5000])
def test_a_form_without_the_sign_of_our_page_is_refused(web: Web, token: str | None) -> None:
    data = {"name": "山西云陉机械有限公司"} | ({"csrf_token": token} if token is not None else {})
    response = web.client.post("/companies", data=data, base_url=HOME)
    assert response.status_code == 400
    assert "刷新后再试" in response.text
    assert web.held.store.companies() == ()


def test_every_form_carries_the_sign(web: Web) -> None:
    ident = web.put(dict(SMALLEST))
    for path in ("/", f"/companies/{ident}/questions/company"):
        page = web.get(path).text
        forms = re.findall(r'<form[^>]*method="post".*?</form>', page, re.S)
        assert forms
        assert all('name="csrf_token"' in form for form in forms)


def test_a_script_may_send_the_sign_in_a_header(web: Web) -> None:
    headers = {"X-CSRFToken": web.csrf(), "Origin": HOME}
    data = {"name": "山西云陉机械有限公司"}
    response = web.client.post("/companies", data=data, base_url=HOME, headers=headers)
    assert response.status_code == 302


@pytest.mark.parametrize("path", ["/", "/nowhere", "/static/app.css", "/companies/x/questions"])
def test_every_answer_bears_the_headers(web: Web, path: str) -> None:
    headers = web.get(path).headers
    assert {name: headers.get(name) for name in HEADERS} == HEADERS
    assert "'unsafe" not in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] in {"no-store", "no-cache"}


def test_no_page_has_scripts_or_styles_in_it(web: Web) -> None:
    ident = web.put(dict(SMALLEST))
    for path in ("/", f"/companies/{ident}/questions/fund", "/nowhere"):
        page = web.get(path).text
        assert not re.search(r"<style|style=|<script(?![^>]*\ssrc=)|\son\w+=|javascript:", page)


@pytest.mark.parametrize("ident", HOSTILE)
def test_no_path_is_made_from_an_address(web: Web, tmp_path: Path, ident: str) -> None:
    secret = tmp_path / "company.yaml"
    secret.write_text("企业: {企业名称: 外面的企业}\n", encoding="utf-8")
    web.put(dict(SMALLEST), "inside")
    for path in (
        "/companies/{}/questions",
        "/companies/{}/questions/company",
        "/companies/inside/questions/{}",
        "/companies/inside/at/{}",
        "/companies/{}/answers.yaml",
        "/companies/{}/done",
        "/form{}",
        "/static/{}",
    ):
        response = web.get(path.format(quote(ident, safe="")), follow_redirects=True)
        assert response.status_code in {404, 405} or "inside" in response.request.path
        assert "外面的企业" not in response.text
        assert "Traceback" not in response.text


@pytest.mark.parametrize("ident", HOSTILE)
def test_nothing_outside_is_changed(web: Web, tmp_path: Path, ident: str) -> None:
    secret = tmp_path / "company.yaml"
    secret.write_text("企业: {企业名称: 外面的企业}\n", encoding="utf-8")
    place = quote(ident, safe="")
    for path in (f"/companies/{place}/delete", f"/companies/{place}/copy"):
        assert web.post(path).status_code in {404, 405}
    for path in ("questions/company", "questions/company/settle"):
        data = {"version": "", "asked": ident, "given": ident}
        assert web.post(f"/companies/{place}/{path}", data).status_code in {404, 405}
    assert web.post("/companies/restore", {"ident": ident}).status_code == 404
    assert secret.is_file()
    assert [path.name for path in web.folder.iterdir()] == []


@pytest.mark.parametrize(
    "back",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:1", "/\r\nX: y"],
)
def test_the_language_leads_nowhere_else(web: Web, back: str) -> None:
    response = web.post("/language", {"lang": "en", "back": back})
    assert (response.status_code, response.location) == (302, "/")
    assert "X" not in response.headers


def test_a_form_that_is_too_large_is_refused(web: Web) -> None:
    ident = web.put(dict(SMALLEST))
    for path in (f"/companies/{ident}/questions/company", "/companies", "/language"):
        response = web.post(path, {"name": "x" * (LARGEST_FORM + 1)})
        assert response.status_code == 413
        assert "内容太大" in response.text
    assert web.get("/").status_code == 200


def test_a_file_that_is_too_large_is_refused(web: Web) -> None:
    body = io.BytesIO(b"x" * (LARGEST_UPLOAD + 1))
    response = web.client.post(
        "/companies/upload",
        base_url=HOME,
        input_stream=body,
        content_length=LARGEST_UPLOAD + 1,
        content_type="multipart/form-data; boundary=x",
    )
    assert body.tell() == 0
    assert response.status_code == 413
    assert "25 MB" in response.text


def test_fields_that_nobody_asked_for_change_nothing(web: Web) -> None:
    ident = web.put(dict(SMALLEST))
    before = web.held.store.find(ident)
    many = {f"f{n}": "" for n in range(80_000)}
    hidden = {"company.name": "x", "fund.items[0].name": "x", "appointment.kind": "renewal"}
    data = {**many, **hidden, "version": before.version, "asked": ["appointment.kind", "x"]}
    assert web.post(f"/companies/{ident}/questions/company", data).status_code == 302
    assert web.held.store.find(ident) == before


def test_a_zip_bomb_is_refused_in_a_sentence(web: Web) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        for name in ("xl/workbook.xml", "xl/worksheets/sheet1.xml"):
            with archive.open(name, "w") as part:
                for _ in range(120):
                    part.write(b" " * 1024 * 1024)
    packed.seek(0)
    response = web.post(
        "/companies/upload", {"file": (packed, "炸弹.xlsx")}, content_type="multipart/form-data"
    )
    assert response.status_code == 400
    assert "炸弹.xlsx" in response.text
    assert list(web.folder.iterdir()) == []


def test_two_servers_never_share_a_folder(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(PackError) as caught, alone(tmp_path):
        pass
    assert caught.value.problems[0].code == "web.busy"
    with alone(tmp_path):
        pass


# The server itself


def _answer(live: Live, sent: bytes, until: bytes = b"\r\n\r\n", seconds: float = 15) -> bytes:
    host, port = live.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=seconds) as connection:
        connection.sendall(sent)
        connection.settimeout(seconds)
        found = b""
        while until not in found and (piece := connection.recv(4096)):
            found += piece
    return found


def _goes_on(live: Live) -> bool:
    host = live.address.removeprefix("http://").encode()
    return b" 403 " in _answer(live, b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (
            b"POST /companies/upload HTTP/1.1\r\nHost: x\r\nContent-Length: 209715200\r\n\r\nabc",
            b"413",
        ),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 400_000 + b"\r\n\r\n", b"431"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", b"400"),
        (b"\x16\x03\x01 not http\r\n\r\n", b"400"),
    ],
)
def test_what_is_no_proper_request_is_refused_and_the_server_goes_on(
    live: Live, sent: bytes, code: bytes
) -> None:
    assert _answer(live, sent).split(b" ")[1] == code
    assert _goes_on(live)


def test_two_hundred_megabytes_are_refused_before_they_are_sent(live: Live) -> None:
    head = b"POST /companies/upload HTTP/1.1\r\nHost: x\r\nContent-Length: 209715200\r\n\r\n"
    answer = _answer(live, head, until=b"most")
    assert "上传的文件不得超过25 MB".encode() in answer
    assert b"Content-Security-Policy" in answer
    assert _goes_on(live)


def test_a_slow_client_holds_up_nobody(live: Live) -> None:
    host, port = live.address.removeprefix("http://").split(":")
    slow = [socket.create_connection((host, int(port))) for _ in range(30)]
    try:
        for connection in slow:
            connection.sendall(
                b"POST /companies HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900\r\n"
            )
        assert _goes_on(live)
    finally:
        for connection in slow:
            connection.close()


def test_the_server_listens_on_this_machine_alone(live: Live) -> None:
    assert live.address.startswith("http://127.0.0.1:")


# The command


def test_the_port_of_a_program_that_was_stopped_can_be_had_at_once() -> None:
    with free_socket(0) as bound:
        port = bound.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)), bound.accept()[0] as near:
            # Who hangs up first keeps the port waiting.
            near.shutdown(socket.SHUT_WR)
    with free_socket(port) as again:
        assert again.getsockname()[1] == port


def test_the_command_says_what_is_wrong(cli_invoke: Callable[..., Called], tmp_path: Path) -> None:
    for word in ("0", "x", "65536", "-1", "1.5"):
        called = cli_invoke("web", f"--port={word}")
        assert (called.code, called.problems) == (
            1,
            [f"端口“{word}”不对，请填1至65535之间的整数"],
        )
    assert cli_invoke("web", "--lang", "fr").problems == ["没有“fr”这种界面语言，可填：zh-Hans、en"]
    (tmp_path / "file").write_text("")
    assert cli_invoke("web", "--workspace", "file").code == 1
    with alone(tmp_path / "busy"):
        called = cli_invoke("web", "--workspace", "busy", "--no-browser")
        assert called.code == 1
        assert "已由另一个窗口打开" in called.err
    taken = free_socket(0)
    try:
        called = cli_invoke("web", "--port", str(taken.getsockname()[1]), "--no-browser")
        assert called.code == 1
        assert "不能使用" in called.err
    finally:
        taken.close()


def test_the_command_shows_the_address_and_opens_the_browser(
    cli_invoke: Callable[..., Called], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened: list[str] = []

    class Window:
        def open(self, address: str) -> None:
            opened.append(address)

    class Server:
        def run(self) -> None:
            while not opened:
                time.sleep(0.01)

        def close(self) -> None:
            pass

    monkeypatch.setattr(webbrowser, "get", Window)
    monkeypatch.setattr(serve, "make_server", lambda *_: Server())
    called = cli_invoke("web")
    assert called.code == 0
    [address] = opened
    assert address in called.out
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{40,}", address)
    assert (tmp_path / "首席质量官文书").is_dir()


# Words


def test_both_languages_say_the_same_things() -> None:
    first, *others = (saying(lang).texts for lang in PAGE_LANGUAGES)
    for other in others:
        assert other.keys() == first.keys()
        for key, text in first.items():
            assert _places(other[key]) == _places(text), key


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_no_text_is_idle() -> None:
    folder = Path(__file__).parent.parent / "cqo_docs" / "web"
    said = "".join(p.read_text() for p in folder.rglob("*") if p.suffix in {".py", ".html"})
    # Some keys are put together from what they are about.
    together = re.compile(
        r"(companies\.(states|cleared|moved|check)|errors\.|plan\.|papers\.|batch)"
    )
    idle = [
        key
        for key in saying("zh-Hans").texts
        if f'"{key}"' not in said and f"'{key}'" not in said and not together.match(key)
    ]
    assert idle == []


@pytest.mark.parametrize("name", ["messages", "interview", "forms"])
def test_the_english_words_of_questions_fit_the_chinese(name: str) -> None:
    own = read_yaml(CONTENT / "wording" / "en" / f"{name}.yaml").data
    chinese = read_yaml(CONTENT / "wording" / "zh-Hans" / f"{name}.yaml").data
    for group in ("purposes", "sections", "hows", "entries"):
        if group in own:
            assert own[group].keys() >= chinese[group].keys() - {
                "code",
                "choice",
                "many-choice",
                "yes-no",
            }
    for key, text in own.items():
        assert key in chinese, key
        if isinstance(text, str):
            assert _places(text) == _places(str(chinese[key])), key


def test_every_sentence_about_an_answer_is_there_in_english() -> None:
    own = read_yaml(CONTENT / "wording" / "en" / "messages.yaml").data
    chinese = read_yaml(CONTENT / "wording" / "zh-Hans" / "messages.yaml").data
    kinds = ("answers.", "file.", "form.", "yaml.", "pack.", "pdf.", "errno.", "web.")
    wanted = {key for key in chinese if key.startswith(kinds) and not key.endswith(ON_PAGE)}
    assert wanted - own.keys() == set()


def test_no_sentence_of_the_page_names_a_command(web: Web) -> None:
    kinds = ("answers.", "file.", "form.", "blank.", "yaml.", "pack.", "pdf.", "png.", "strict.")
    for lang in PAGE_LANGUAGES:
        for code, text in web.held.kit_in(lang).wording.messages.items():
            if code.startswith(kinds) and code not in {"blank.exists"}:
                assert not re.search(r"cqo-docs|--\w", text), code


def test_english_gives_reasons_for_every_question(web: Web) -> None:
    kit = web.held.kit_in("en")
    assert {one.path for one in kit.asking.asked} == {q.path for q in questions()}
    from cqo_docs.questions.draft import Draft
    from cqo_docs.questions.explaining import grounds
    from cqo_docs.questions.steps import known_in

    known = known_in(kit, Draft())
    for one in kit.asking.asked:
        for text in grounds(kit, one, known, MORE_THAN_ANY):
            assert not re.search("[\u4e00-\u9fff]", re.sub(r"《.*?》|\S*〔\S*", "", text)), text

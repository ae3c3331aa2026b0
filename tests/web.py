"""What the tests of the page share: a client, a server in a thread, a browser, axe."""

from __future__ import annotations

import atexit
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cases
from cases import nested
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from werkzeug.test import TestResponse

from cqo_docs.base.yamlfile import yaml_text
from cqo_docs.questions.steps import Kit
from cqo_docs.web.app import Held, Settings, create_app
from cqo_docs.web.serve import free_socket, make_server

TOKEN = "the-token-of-the-tests"
SAMPLES = Path(__file__).parent.parent / "questionnaires"
# No address but our own is ever looked up.
CHROMIUM_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-default-apps",
)  # fmt: skip
# What the questionnaire works with.
KITS: dict[str, Kit] = {}
# So long waits a browser at most, in milliseconds: a busy machine is no fault of the page.
PATIENCE = 180_000
CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


@cache
def compiled() -> FileSystemBytecodeCache:
    """The templates of the pages, compiled once for all tests."""
    folder = tempfile.mkdtemp(prefix="cqo-docs-pages-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return FileSystemBytecodeCache(folder)


def made_app(settings: Settings) -> Flask:
    """An application that shares what takes long to open."""
    app = create_app(settings, cases.workspace())
    app.jinja_env.bytecode_cache = compiled()
    held = app.extensions["cqo"]
    held.kits.update(KITS)
    KITS["zh-Hans"] = held.kit_in("zh-Hans")
    return app


class Web:
    """One application over a folder, and a client that has come in by the address."""

    def __init__(
        self, folder: Path, lang: str = "zh-Hans", port: int = 0, *, enter: bool = True
    ) -> None:
        self.folder = folder
        self.app: Flask = made_app(Settings(folder, TOKEN, lang, port))
        self.client: FlaskClient = self.app.test_client()
        if enter:
            self.enter()

    @property
    def held(self) -> Held:
        found: Held = self.app.extensions["cqo"]
        return found

    def enter(self) -> TestResponse:
        """Come in by the address that works once."""
        return self.client.get(f"/?token={TOKEN}", base_url="http://127.0.0.1")

    def get(self, path: str, **more: Any) -> TestResponse:
        # A file that is sent is closed when it was read.
        return self.client.get(path, base_url="http://127.0.0.1", buffered=True, **more)

    def csrf(self, path: str = "/nowhere") -> str:
        """The sign that the forms of a page carry; every page has one for the language."""
        found = CSRF.search(self.get(path).text)
        assert found is not None
        return found[1]

    def post(self, path: str, data: Any = None, **more: Any) -> TestResponse:
        """What a form of our page would send; `csrf_token` is put in."""
        given = {"csrf_token": self.csrf(), **(data or {})}
        headers = {"Origin": "http://127.0.0.1", **more.pop("headers", {})}
        return self.client.post(
            path, data=given, base_url="http://127.0.0.1", headers=headers, **more
        )

    def put(self, answers: dict[str, Any], name: str = "company") -> str:
        """A company with answers by path; its address on the page."""
        text = yaml_text(nested(answers))
        (self.folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        return name

    def put_sample(self, sample: str) -> str:
        """One of the sample companies; its address on the page."""
        shutil.copy(SAMPLES / f"{sample}.yaml", self.folder)
        return sample


@dataclass(frozen=True)
class Live:
    """A server of the page that answers on this machine."""

    address: str
    folder: Path
    app: Flask

    @property
    def entrance(self) -> str:
        """The address that works once."""
        return f"{self.address}/?token={TOKEN}"


def wait_for(done: Callable[[], Any]) -> None:
    """Wait until something is so, as long as a browser would."""
    end = time.monotonic() + PATIENCE / 1000
    while not done():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.02)


@contextmanager
def serving(folder: Path, lang: str = "zh-Hans") -> Iterator[Live]:
    """A server in a thread over a folder, stopped at the end."""
    bound = free_socket(0)
    port = bound.getsockname()[1]
    app = made_app(Settings(folder, TOKEN, lang, port))
    server = make_server(app, bound)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield Live(f"http://127.0.0.1:{port}", folder, app)
    finally:
        # Its own thread closes what it watches; another would pull it from under its feet.
        server.trigger.pull_trigger(lambda: [c.close() for c in list(server._map.values())])
        thread.join(5)
        server.task_dispatcher.shutdown()


@contextmanager
def chromium_at(program: str) -> Iterator[Any]:
    """A browser, driven by Playwright."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=program, args=list(CHROMIUM_FLAGS), timeout=PATIENCE
        )
        yield browser
        browser.close()


@dataclass
class Opened:
    """A page in the browser, and every address that it asked for."""

    page: Any
    requests: list[str]
    messages: list[str]


@contextmanager
def browsing(chromium: Any, live: Live, *, enter: bool = True, **context: Any) -> Iterator[Opened]:
    """A page that has come in, in a context of its own; at the end no request left the machine."""
    with_defaults = {"locale": "zh-CN", "viewport": {"width": 1280, "height": 900}} | context
    held = chromium.new_context(**with_defaults)
    held.set_default_timeout(PATIENCE)
    page = held.new_page()
    opened = Opened(page, [], [])
    held.on("request", lambda request: opened.requests.append(request.url))
    page.on("console", lambda m: opened.messages.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: opened.messages.append(str(error)))
    try:
        if enter:
            page.goto(live.entrance)
        yield opened
        strangers = [
            u for u in opened.requests if not u.startswith((live.address, "data:", "blob:"))
        ]
        assert strangers == []
    finally:
        held.close()


def follow(page: Any, control: Any) -> None:
    """Press what leads to another page, and wait until that is there: nothing old is read."""
    with page.expect_navigation():
        control.click()


def axe_faults(page: Any) -> list[str]:
    """What axe finds wrong on a page; its context needs bypass_csp."""
    import axe_playwright_python

    folder = Path(axe_playwright_python.__file__).parent
    script = next(folder.rglob("axe.min.js"))
    page.add_script_tag(path=str(script))
    found = page.evaluate("() => axe.run()")
    return [
        f"{violation['id']}: {node['html']} {node.get('failureSummary', '')}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]

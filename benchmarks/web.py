"""Time the page: the server answers on this machine over HTTP, and the median of each counts.

    python benchmarks/web.py [ROUNDS]

The medians are printed beside the bars they should stay under; the exit code is 0 whatever they
are, because a busy machine is no fault of the program.
"""

from __future__ import annotations

import http.client
import re
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from cqo_docs.web.app import Settings, create_app
from cqo_docs.web.serve import HOST, free_socket, make_server

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "questionnaires"
LARGEST = "guangdong-appliance-large"
TOKEN = "token"
ROUNDS = 31
MOST_COMPANIES = 200


@dataclass
class Browser:
    """One window: a connection that is kept, and the cookie."""

    port: int
    cookie: str = ""

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection(HOST, self.port)

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str]:
        """The status and the text of an answer."""
        given = {"Cookie": self.cookie, **headers}
        if body:
            given["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, body.encode(), given)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        if said := answer.headers["Set-Cookie"]:
            self.cookie = said.partition(";")[0]
        return answer.status, text


@contextmanager
def serving(folder: Path) -> Iterator[Browser]:
    """A window on the page of a folder."""
    bound = free_socket(0)
    port = bound.getsockname()[1]
    server = make_server(create_app(Settings(folder, TOKEN, port=port)), bound)
    threading.Thread(target=server.run, daemon=True).start()
    browser = Browser(port)
    browser.ask("GET", f"/?token={TOKEN}")
    yield browser


def milliseconds(work: Callable[[], object], rounds: int) -> float:
    """The median time of some work, after it was done once."""
    work()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def saver(browser: Browser, path: str) -> Callable[[], object]:
    """Saving a section with another answer each time, as the script of the page does it."""
    _, page = browser.ask("GET", path)
    token = found(r'name="csrf_token" value="([^"]+)"', page)
    state = {"version": found(r'name="version" value="([^"]+)"', page), "number": "100"}

    def save() -> None:
        state["number"] = str(int(state["number"]) + 1)
        fields = {
            "csrf_token": token,
            "version": state["version"],
            "asked": "company.employees",
            "company.employees": state["number"],
        }
        headers = {"X-Requested-With": "fetch", "Origin": f"http://{HOST}:{browser.port}"}
        code, answer = browser.ask("POST", path, urlencode(fields), **headers)
        if code != 200:
            raise RuntimeError(f"{path}: {code}")
        state["version"] = found(r'"version":"([^"]+)"', answer)

    return save


def replanner(browser: Browser, path: Path, home: str) -> Callable[[], object]:
    """The plan of answers that are others each time: nothing of it can have been kept."""
    text, count = path.read_text(encoding="utf-8"), iter(range(1_000_000))

    def replan() -> None:
        path.write_text(f"{text}\n# {next(count)}\n", encoding="utf-8")
        browser.ask("GET", f"{home}/plan")

    return replan


def found(pattern: str, text: str) -> str:
    """What a pattern finds."""
    match = re.search(pattern, text)
    if match is None:
        raise RuntimeError(pattern)
    return match[1]


def main(rounds: int = ROUNDS) -> None:
    """Print the medians and the bars."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for sample in SAMPLES.glob("*.yaml"):
            shutil.copy(sample, folder)
        with serving(folder) as browser:
            home = f"/companies/{LARGEST}"
            pages = {
                "first page, ten companies": ("/", 300),
                "questionnaire, a section": (f"{home}/questions/company", 300),
                "questionnaire, the longest section": (f"{home}/questions/appointment", 300),
                "plan, the largest sample": (f"{home}/plan", 300),
                "plan, clauses by paper": (f"{home}/plan?by=paper&status=covered", 300),
                "papers, the largest sample": (f"{home}/papers", 300),
                "a paper to read, the longest": (f"{home}/papers/read/system", 300),
            }
            for title, (path, bar) in pages.items():
                if browser.ask("GET", path)[0] == 200:
                    told(title, milliseconds(lambda p=path: browser.ask("GET", p), rounds), bar)
            told(
                "plan, answers changed each time",
                milliseconds(replanner(browser, folder / f"{LARGEST}.yaml", home), rounds),
                300,
            )
            told(
                "saving a step",
                milliseconds(saver(browser, f"{home}/questions/company"), rounds),
                100,
            )
            for number in range(MOST_COMPANIES):
                shutil.copy(SAMPLES / f"{LARGEST}.yaml", folder / f"{LARGEST}-{number}.yaml")
            title = f"first page, {MOST_COMPANIES} companies more"
            told(title, milliseconds(lambda: browser.ask("GET", "/"), max(3, rounds // 5)), 300)


def told(title: str, taken: float, bar: int) -> None:
    """Print one figure beside its bar."""
    print(f"{title:<40} {taken:8.1f} ms   (bar {bar} ms)")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))

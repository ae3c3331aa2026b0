"""The page in a real browser: it asks nobody but this machine, and can be used by everybody."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from web import Live, axe_faults, browsing

# A process that was started in the background may not hear of Ctrl+C.
START = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from cqo_docs.cli.app import main; main()"
)
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_first_page_is_accessible(chromium: Any, live: Live, scheme: str) -> None:
    with browsing(chromium, live, color_scheme=scheme, bypass_csp=True) as opened:
        assert axe_faults(opened.page) == []
        assert opened.messages == []
        assert "token" not in opened.page.url


@pytest.mark.skipif(os.name == "nt", reason="Ctrl+C is sent otherwise there")
def test_the_command_runs_until_it_is_stopped(tmp_path: Path) -> None:
    words = [sys.executable, "-c", START, "web", "--no-browser", "--workspace", str(tmp_path)]
    pipe = subprocess.PIPE
    program = subprocess.Popen(words, stdout=pipe, stderr=pipe, text=True)
    assert program.stdout is not None
    address = [program.stdout.readline() for _ in range(3)][1].strip()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with browser.open(address) as answer:
        assert answer.status == 200
        assert "token" not in answer.url
    program.send_signal(signal.SIGINT)
    out, err = program.communicate(timeout=300)
    assert (program.returncode, out, err) == (0, "已停止。\n", "")

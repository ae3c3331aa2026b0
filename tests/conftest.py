"""What several test files share: the command line, the real content, small questionnaires."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cases
import pytest
from cases import nested
from office import find_office
from prints import Pack, Print, make_packs, print_packs

from cqo_docs.answers.file import AnswersFile
from cqo_docs.answers.reading import answers_from
from cqo_docs.base.yamlfile import parse_yaml
from cqo_docs.cli.app import run
from cqo_docs.library.version import CONTENT
from cqo_docs.wording.locales import SOURCE
from cqo_docs.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from web import Live, Web

# Content is read while tests are collected: what is kept of it never goes to the user's own cache.
CACHE = tempfile.mkdtemp(prefix="cqo-docs-tests-")
atexit.register(shutil.rmtree, CACHE, ignore_errors=True)
os.environ["LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME"] = CACHE
# Pages are measured in the fonts that the program names, not in those of whoever runs the tests.
os.environ.pop("FONTCONFIG_FILE", None)

# The fewest answers that make a valid questionnaire.
SMALLEST: Mapping[str, Any] = {
    "company.name": "山西云陉机械有限公司",
    "company.province": "山西省",
    "company.industry_code": "C34",
    "company.registration": "112",
    "company.governance": "board",
    "company.legal_representative": "张岳",
    "candidate.name": "李衡",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """What these tests add to pytest's own options."""
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write tests/golden as the papers are now, and remove what belongs to none",
    )


def pytest_configure() -> None:
    """A shell starts what runs in its background deaf to Ctrl-C, and so would be the programs."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@dataclass(frozen=True)
class Called:
    """What one call of the command line gave."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def problems(self) -> list[str]:
        """The sentences about what is wrong, one a line."""
        return self.err.splitlines()


@pytest.fixture
def cli_invoke(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Called]:
    """Run the command line in a temporary folder."""
    monkeypatch.chdir(tmp_path)

    def invoke(*words: str | Path) -> Called:
        argv = [str(word) for word in words]
        monkeypatch.setattr(sys, "argv", ["cqo-docs", *argv])
        code = run(argv)
        captured = capsys.readouterr()
        return Called(code, captured.out, captured.err)

    return invoke


@pytest.fixture(scope="session")
def workspace() -> Workspace:
    """The real content."""
    return cases.workspace()


@pytest.fixture
def web(tmp_path: Path) -> Web:
    """The page over an empty folder, and a client that has come in."""
    from web import Web

    folder = tmp_path / "workspace"
    folder.mkdir()
    return Web(folder)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    """The page over an empty folder, served on this machine."""
    from web import serving

    folder = tmp_path / "workspace"
    folder.mkdir()
    with serving(folder) as found:
        yield found


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Debian's browser, driven by Playwright."""
    from web import chromium_at

    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed")
    with chromium_at(program) as browser:
        yield browser


@pytest.fixture(scope="session")
def questionnaire() -> Callable[..., str]:
    """Write the smallest questionnaire with changes by dotted path; None leaves an answer out."""

    def text(changes: Mapping[str, Any] | None = None) -> str:
        answers = {**SMALLEST, **(changes or {})}
        given = {path: value for path, value in answers.items() if value is not None}
        return json.dumps(nested(given), ensure_ascii=False, indent=1)

    return text


@pytest.fixture(scope="session")
def answers_with(
    workspace: Workspace, questionnaire: Callable[..., str]
) -> Callable[..., AnswersFile]:
    """Read the smallest questionnaire with changes by dotted path."""

    def read(changes: Mapping[str, Any] | None = None) -> AnswersFile:
        file = parse_yaml(questionnaire(changes), Path("问卷.yaml"))
        return answers_from(file, workspace.wording.vocabulary())

    return read


@pytest.fixture(scope="session")
def packs(tmp_path_factory: pytest.TempPathFactory, workspace: Workspace) -> tuple[Pack, ...]:
    """The packs of all samples."""
    return make_packs(tmp_path_factory.mktemp("packs"), workspace)


@pytest.fixture(scope="session")
def office() -> str:
    """Where LibreOffice is."""
    return find_office()


@pytest.fixture(scope="session")
def printed(
    tmp_path_factory: pytest.TempPathFactory, packs: tuple[Pack, ...], office: str
) -> Callable[[str], tuple[Print, ...]]:
    """Every file of all samples as printed, in the locale that is asked for.

    Parallel workers share one call of LibreOffice a locale.
    """
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent

    @cache
    def printed_in(locale: str) -> tuple[Print, ...]:
        own = packs
        if locale != SOURCE:
            own = make_packs(tmp_path_factory.mktemp("packs"), open_workspace(locale))
        return print_packs(own, folder / "prints" / locale)

    return printed_in


@pytest.fixture(scope="session")
def prints(printed: Callable[[str], tuple[Print, ...]]) -> tuple[Print, ...]:
    """Every file of all samples as printed, in simplified Chinese."""
    return printed(SOURCE)


class ContentCopy:
    """A copy of the content folder in which a test breaks something."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def change(self, name: str, old: str, new: str) -> int:
        """Replace a text that stands exactly once in a file; the line where it stood."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        if text.count(old) != 1:
            # Not an assertion: a test that is expected to fail must not fail for this.
            raise RuntimeError(f"{name} holds {text.count(old)} times {old!r}")
        path.write_text(text.replace(old, new), encoding="utf-8")
        return text[: text.index(old)].count("\n") + 1

    def add(self, name: str, text: str) -> None:
        """Put a text at the end of a file, which may be a new one."""
        path = self.folder / name
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        path.write_text(before + text, encoding="utf-8")


@pytest.fixture
def content_copy(tmp_path: Path) -> ContentCopy:
    """A copy of the content that may be broken."""
    folder = tmp_path / "content"
    shutil.copytree(CONTENT, folder)
    return ContentCopy(folder)

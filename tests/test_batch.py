"""A whole roster at once: restarts, other people's files, machines that fail, many workers."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import hashlib
import io
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from cases import MACHINE_MAKER, SAMPLES
from rosters import KINDS, cure, filled, make_roster

import cqo_docs
from cqo_docs import batch
from cqo_docs.answers.reading import answers_from
from cqo_docs.base.errors import CqoError, PackError, Problem, problem
from cqo_docs.base.yamlfile import parse_yaml
from cqo_docs.batch import Cluster, Report, Tally, Wanted, crew, folder, ledger, run_batch, work
from cqo_docs.batch.folder import ERRORS, STATE, SUMMARY, SUMMARY_DATA, hold, on_duty
from cqo_docs.cli import progress
from cqo_docs.cli.progress import Progress
from cqo_docs.forms.roster import Client
from cqo_docs.forms.roster.form import write_roster
from cqo_docs.generation import (
    Unprinted,
    generate,
    make_plan,
    manifest_head,
    pack_files,
    read_answers,
)
from cqo_docs.pack import writing as pack
from cqo_docs.pack.manifest import EDITED, MARK, RUN, TOKEN, PackFile, is_current, read_manifest
from cqo_docs.wording.files import read_wording
from cqo_docs.workspace import Workspace

Call = Callable[..., Any]
DAY = date(2026, 11, 21)
CRASHING = "崩溃有限公司"
pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs locks of the system")


# ---------------------------------------------------------------- packs made together


def tasks_of(workspace: Workspace) -> list[work.Task]:
    """The samples as clients, each twice under another name."""
    tasks = []
    for n, path in enumerate([*SAMPLES, *SAMPLES]):
        text = path.read_text(encoding="utf-8")
        name = read_answers(path, workspace).answers.company.name
        place = parse_yaml(text.replace(name, f"{name}（{n}）&<"), path)
        file = answers_from(place, workspace.wording.vocabulary())
        client = Client(n, f"第{n}行", file.answers.company.name, None, {})
        tasks.append(work.Task(client, file, DAY, f"answers {n}", f"inputs {n}"))
    return tasks


def test_packs_made_together_are_those_made_alone(workspace: Workspace) -> None:
    tasks = tasks_of(workspace)
    for task, result in zip(tasks, work.make_packs(tasks, False, workspace), strict=True):
        assert (result.number, result.status) == (task.client.number, "made")
        assert result.made is not None
        company, head, files, answers = result.made
        plan = make_plan(task.file, workspace, DAY)
        assert files == pack_files(plan, workspace)
        assert head == manifest_head(plan, workspace) | {"inputs": task.inputs}
        assert (company, answers) == (task.file.answers.company.name, task.answers)


def test_clients_that_fail_at_any_step_leave_the_others_alone(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = tasks_of(workspace)
    alone = work.make_packs(tasks, False, workspace)
    barred = {r.number for r in work.make_packs(tasks, True, workspace) if r.status == "failed"}
    assert barred
    assert barred == {r.number for r in alone if r.made and r.made.head["barred"]}
    names = [task.client.name for task in tasks]
    plan, files, printed = work.make_plan, work.unprinted_files, Unprinted.printed

    def failing(step: Callable[..., Any], name: str, code: str) -> Callable[..., Any]:
        def tried(subject: Any, *rest: Any) -> Any:
            if name in repr(subject):
                raise CqoError([problem(code, name)])
            return step(subject, *rest)

        return tried

    monkeypatch.setattr(work, "make_plan", failing(plan, names[1], "strict.barred"))
    monkeypatch.setattr(work, "unprinted_files", failing(files, names[2], "batch.changed"))

    def broken(file: Unprinted) -> PackFile:
        # Two of its files fail: the first by name is told, whichever was tried first.
        if names[3] in repr(file.papers) and file.path[:2] in ("02", "05"):
            raise RuntimeError(file.path)
        return printed(file)

    monkeypatch.setattr(Unprinted, "printed", broken)
    made = work.make_packs(tasks, False, workspace)
    assert [r.number for r in made if r.status == "failed"] == [1, 2, 3]
    assert [r.problems[0].code for r in made[1:4]] == [
        "strict.barred", "batch.changed", "cli.unexpected",
    ]  # fmt: skip
    assert "RuntimeError: 02-" in made[3].problems[0].values["reason"]
    assert [r for r in made if r.status == "made"] == [alone[0], *alone[4:]]


# ---------------------------------------------------------------- small batches


def tree(place: Path) -> dict[str, str]:
    """Everything below a folder with its digest, hidden things too."""
    return {
        path.relative_to(place).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file()
        else "folder"
        for path in sorted(place.rglob("*"))
    }


def packs(output: Path) -> list[str]:
    return sorted(p.name for p in output.iterdir() if p.is_dir() and not p.name.startswith("."))


def assert_whole(output: Path) -> None:
    """Every pack that can be seen is there with all that its manifest names."""
    for name in packs(output):
        manifest = read_manifest(output / name)
        assert manifest is not None, name
        assert is_current(output / name, manifest["company"], manifest["inputs"]), name


def sentences(problems: Sequence[Problem]) -> list[str]:
    told = [read_wording().problem(p) for p in problems]
    assert not [t for t in told if "发生问题" in t or "?" in t or "Traceback" in t]
    return told


@pytest.fixture
def source(tmp_path: Path) -> Path:
    place = tmp_path / "answers"
    place.mkdir()
    return place


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "output"


@pytest.fixture
def put(source: Path, questionnaire: Call) -> Callable[..., Path]:
    """Write the answers of one client; changes by dotted path."""

    def write(number: int, name: str = "", **changes: Any) -> Path:
        path = source / f"{number:02d}.json"
        name = name or f"第{number:02d}机械有限公司"
        own = {key.replace("__", "."): value for key, value in changes.items()}
        text = questionnaire({**MACHINE_MAKER, "company.name": name, **own})
        path.write_text(text, encoding="utf-8")
        return path

    return write


class Inline(Executor):
    """An executor that does the work at once, here."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class Told:
    """A watch that keeps what it was told."""

    def __init__(self) -> None:
        self.waited = 0
        self.names: list[str] = []
        self.steps: list[int] = []

    def waiting(self) -> None:
        self.waited += 1

    def recovered(self, names: Sequence[str]) -> None:
        self.names += names

    def progress(self, tally: Tally) -> None:
        self.steps.append(tally.done)


@pytest.fixture
def inline(monkeypatch: pytest.MonkeyPatch) -> None:
    """No processes: the work is done here, where a test can reach into it."""
    monkeypatch.setattr(crew, "ProcessPoolExecutor", lambda *_: Inline())


@pytest.fixture
def run(source: Path, output: Path, workspace: Workspace, inline: None) -> Callable[..., Report]:
    """Run the batch of the answers folder here."""

    def go(watch: Told | None = None, today: date = DAY, **wanted: Any) -> Report:
        asked = Wanted(**{"source": source, "output": output, "jobs": 2, **wanted})
        return run_batch(asked, workspace, watch or Told(), today)

    return go


def summary(output: Path, name: str = SUMMARY_DATA) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((output / name).read_text(encoding="utf-8"))
    return data


# ---------------------------------------------------------------- what comes out


def test_a_batch_writes_what_generate_writes(
    put: Call, run: Call, output: Path, tmp_path: Path, workspace: Workspace
) -> None:
    paths = [put(n) for n in range(1, 4)]
    report = run()
    assert (report.tally.written, report.tally.current, report.tally.failed) == (3, 0, 0)
    for path in paths:
        generate(read_answers(path, workspace), workspace, tmp_path / "single", DAY)
    own = {STATE, SUMMARY, SUMMARY_DATA}
    assert {n: d for n, d in tree(output).items() if n not in own} == tree(tmp_path / "single")
    assert own <= set(tree(output))


def test_the_summary_tells_of_every_client(put: Call, run: Call, output: Path) -> None:
    put(1, "=1+1 有限公司")
    put(2, "乙<&>有限公司", company__employees=90)
    put(3, candidate__name=None)
    run()
    data = summary(output)
    assert data["counts"] == {"clients": 3, "done": 2, "failed": 1, "earlier": 0}
    first, second, third = data["clients"]
    assert [c["number"] for c in data["clients"]] == [1, 2, 3]
    assert (first["name"], first["status"]) == ("=1+1 有限公司", "done")
    manifest = read_manifest(output / first["folder"])
    assert manifest is not None
    assert first["files"] == [f["path"] for f in manifest["files"]]
    assert first["size"] == "small"
    assert first["standards"]["db50-t-1696-2024"] == "reference"
    assert first["verdict"] == manifest["verdict"]
    assert sum(first["findings"].values()) >= len(first["codes"]) > 0
    assert second["folder"] == "乙_&_有限公司"
    assert third["status"] == "failed"
    assert third["problems"][0]["code"] == "answers.missing"
    assert "必须填写" in third["problems"][0]["message"]


def test_the_summary_is_a_workbook_without_formulas(put: Call, run: Call, output: Path) -> None:
    put(1, "=1+1 有限公司")
    put(2, candidate__name=None)
    run()
    sheet = openpyxl.load_workbook(output / SUMMARY).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][:3] == ("序号", "企业名称", "状态")
    assert [row[:3] for row in rows[1:]] == [
        (1, "=1+1 有限公司", "已完成"),
        (2, "第02机械有限公司", "失败"),
    ]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"n", "s", "inlineStr"}
    assert "DB50/T 1696—2024（参照）" in str(rows[1])
    assert "必须填写" in str(rows[2])


def test_packs_of_an_earlier_roster_stay_in_the_summary(
    put: Call, run: Call, source: Path, output: Path
) -> None:
    put(1)
    put(2)
    run()
    (source / "01.json").unlink()
    put(3)
    run()
    told = [(c["number"], c["name"], c["status"]) for c in summary(output)["clients"]]
    assert told == [
        (1, "第02机械有限公司", "done"),
        (2, "第03机械有限公司", "done"),
        (3, "第01机械有限公司", "earlier"),
    ]
    assert summary(output)["counts"] == {"clients": 2, "done": 2, "failed": 0, "earlier": 1}


def test_folders_of_others_are_left_out_of_the_summary(put: Call, run: Call, output: Path) -> None:
    put(1)
    for n, facts in enumerate(
        (
            '"files": [{}]',
            '"company": "甲", "files": [{}]',
            '"company": "甲", "files": [], "findings": ["x"]',
            '"company": "甲", "files": [], "findings": {"gap:x": "many"}',
            '"company": "甲", "files": [], "standards": ["x"]',
        )
    ):
        (output / f"合同{n}").mkdir(parents=True)
        (output / f"合同{n}" / "manifest.json").write_text(f'{{"program": "cqo-docs", {facts}}}')
    run()
    assert len(summary(output)["clients"]) == 1
    assert len(list(output.glob("合同*/manifest.json"))) == 5


def test_nothing_but_packs_and_the_batchs_own_files_is_left(
    put: Call, run: Call, output: Path
) -> None:
    put(1)
    run()
    names = {p.name for p in output.iterdir()}
    assert names == {"第01机械有限公司", STATE, SUMMARY, SUMMARY_DATA}


# ---------------------------------------------------------------- many workers


def command(source: Path, output: Path, *words: str) -> list[str]:
    return [
        sys.executable, "-m", "cqo_docs", "batch", str(source), "-o", str(output),
        "--date", DAY.isoformat(), *words,
    ]  # fmt: skip


def test_one_worker_and_four_write_the_same_bytes(
    put: Call, run: Call, source: Path, output: Path, tmp_path: Path
) -> None:
    for n in range(1, 8):
        put(n)
    put(8, candidate__name=None)
    for jobs in ("1", "4"):
        done = subprocess.run(
            command(source, tmp_path / jobs, "--jobs", jobs),
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (1, "")
    run(day=DAY)
    assert tree(tmp_path / "1") == tree(tmp_path / "4") == tree(output)
    assert len(packs(output)) == 7


Launch = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def launch() -> Iterator[Launch]:
    """Start a program that is ended with the test in any case."""
    started: list[subprocess.Popen[str]] = []

    def start(words: list[str], **how: Any) -> subprocess.Popen[str]:
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        started.append(subprocess.Popen(words, text=True, **pipes, **how))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        for pipe in (process.stdout, process.stderr):
            assert pipe
            pipe.close()
        process.wait()


def wait_for(
    condition: Callable[[], bool],
    process: subprocess.Popen[str] | None = None,
    seconds: float = 300,
) -> None:
    """Wait until something holds; a program that ends before is a failure at once."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        if process is not None and process.poll() is not None:
            assert condition(), process.communicate()
        time.sleep(0.005)


class Counting(Executor):
    """An executor that does nothing until it is asked, and counts what it was given."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Future[Any], tuple[Any, ...]]] = []
        self.most = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.waiting.append((future, args))
        self.most = max(self.most, len(self.waiting))
        if len(self.waiting) == 6 or args[1][-1] == 19_999:
            self.finish()
        return future

    def finish(self) -> None:
        random.Random(len(self.waiting)).shuffle(self.waiting)
        for future, (_, clients, _) in self.waiting:
            results = tuple(work.Result(c, "current") for c in clients)
            future.set_result(work.Outcome(results))
        self.waiting.clear()


def test_no_more_clients_are_under_way_than_keep_the_workers_busy() -> None:
    executor, read = Counting(), 0

    def clients() -> Iterator[int]:
        nonlocal read
        for number in range(20_000):
            read = number
            yield number

    seen = 0
    two = crew.Crew(2, lambda: executor)
    order: Any = None
    for some, outcome in crew.drive(two, order, clients(), 20_000, lambda _: None):  # type: ignore[arg-type]
        seen += len(outcome.results)
        assert read <= seen + 6 * crew.CHUNK
        assert [r.number for r in outcome.results] == list(some)
    assert seen == 20_000
    assert executor.most == 6


class Fragile(Inline):
    """An executor that breaks, as a pool does, when a certain client comes."""

    broken = False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        if self.broken:
            raise BrokenProcessPool("broken")
        if any(client.name == CRASHING for some in args[1:2] for client in some):
            self.broken = True
            future: Future[Any] = Future()
            future.set_exception(BrokenProcessPool("broken"))
            return future
        return super().submit(fn, *args, **kwargs)


def test_a_client_that_ends_its_worker_fails_alone(
    put: Call, run: Call, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(1, 9):
        put(n, CRASHING if n == 4 else "")
    monkeypatch.setattr(crew, "ProcessPoolExecutor", lambda *_: Fragile())
    report = run()
    assert (report.tally.written, report.tally.failed) == (7, 1)
    (failed,) = (c for c in summary(output)["clients"] if c["status"] == "failed")
    assert failed["name"] == CRASHING
    assert failed["problems"][0]["code"] == "batch.worker-died"


def test_workers_that_die_whatever_they_do_stop_the_run(
    put: Call, run: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(1, 9):
        put(n, CRASHING + str(n))

    class Dead(Inline):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:
            future: Future[Any] = Future()
            future.set_exception(BrokenProcessPool("broken"))
            return future

    monkeypatch.setattr(crew, "ProcessPoolExecutor", lambda *_: Dead())
    (told,) = sentences(run().stopped)
    assert "工作进程接连中止" in told


CRASH = f"""
import os
from cqo_docs.batch import work
real = work.client_answers
def crash(client, ws):
    if client.name == {CRASHING!r}:
        os._exit(9)
    return real(client, ws)
work.client_answers = crash
"""


@pytest.fixture
def with_change(tmp_path: Path) -> Callable[[str], dict[str, str]]:
    """The environment of processes that run some lines before anything else."""

    def environment(lines: str) -> dict[str, str]:
        (tmp_path / "site").mkdir()
        (tmp_path / "site" / "sitecustomize.py").write_text(lines, encoding="utf-8")
        places = [str(tmp_path / "site"), str(Path(cqo_docs.__file__).parent.parent)]
        return {**os.environ, "PYTHONPATH": os.pathsep.join(places)}

    return environment


def test_a_worker_that_dies_takes_no_other_client_with_it(
    put: Call, source: Path, output: Path, with_change: Callable[[str], dict[str, str]]
) -> None:
    """With real processes, one of which ends in the middle of its work."""
    for n in range(1, 7):
        put(n, CRASHING if n == 3 else "")
    done = subprocess.run(
        command(source, output, "--jobs", "2", "--json"),
        capture_output=True,
        text=True,
        check=False,
        env=with_change(CRASH),
    )
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    assert (told["written"], told["failed"], told["stopped"]) == (5, 1, [])
    assert_whole(output)


# ---------------------------------------------------------------- restart


def test_a_second_run_makes_nothing(put: Call, run: Call, output: Path) -> None:
    for n in range(1, 4):
        put(n)
    run()
    before = tree(output)
    stamps = {p: p.stat().st_mtime_ns for p in output.rglob("*.docx")}
    report = run()
    assert (report.tally.written, report.tally.current) == (0, 3)
    assert tree(output) == before
    assert {p: p.stat().st_mtime_ns for p in output.rglob("*.docx")} == stamps


def test_a_pack_that_generate_wrote_is_not_made_again(
    put: Call, run: Call, output: Path, workspace: Workspace
) -> None:
    put(1)
    path = put(2)
    generate(read_answers(path, workspace), workspace, output, DAY)
    assert (run().tally.written, run().tally.current) == (1, 2)


def test_a_pack_of_some_papers_only_is_made_again(
    put: Call, run: Call, output: Path, workspace: Workspace
) -> None:
    path = put(1)
    generate(read_answers(path, workspace), workspace, output, DAY, ("appointment",))
    tally = run().tally
    assert tally.current < tally.clients
    assert all(len(list(place.glob("*.docx"))) > 1 for place in map(output.joinpath, packs(output)))


def one_file_gone(place: Path) -> None:
    sorted(place.glob("*.docx"))[1].unlink()


def one_file_cut(place: Path) -> None:
    path = sorted(place.glob("*.xlsx"))[0]
    path.write_bytes(path.read_bytes()[:-1])


def answers_gone(place: Path) -> None:
    (place / "answers.yaml").unlink()


def answers_cut(place: Path) -> None:
    (place / "answers.yaml").write_text("", encoding="utf-8")


def pack_gone(place: Path) -> None:
    shutil.rmtree(place)


def a_link_in_place_of_a_file(place: Path) -> None:
    path = sorted(place.glob("*.docx"))[0]
    other = path.rename(place.parent.parent / path.name)
    path.symlink_to(other)


@pytest.mark.parametrize(
    "harm",
    [one_file_gone, one_file_cut, answers_gone, answers_cut, pack_gone, a_link_in_place_of_a_file],
)
def test_what_is_not_whole_is_made_again(
    put: Call, run: Call, output: Path, harm: Callable[[Path], None]
) -> None:
    for n in range(1, 4):
        put(n)
    run()
    before = tree(output)
    harm(output / "第02机械有限公司")
    report = run()
    assert (report.tally.written, report.tally.current) == (1, 2)
    assert {n: d for n, d in tree(output).items() if EDITED not in n} == before


def test_changed_answers_make_one_pack_stale(put: Call, run: Call, output: Path) -> None:
    for n in range(1, 4):
        put(n)
    run()
    put(2, company__employees=90)
    report = run()
    assert (report.tally.written, report.tally.current) == (1, 2)
    assert "employees: '90'" in (output / "第02机械有限公司" / "answers.yaml").read_text("utf-8")


def other_library(ws: Workspace) -> Workspace:
    return dataclasses.replace(ws, library=dataclasses.replace(ws.library, version="another"))


def other_template(ws: Workspace) -> Workspace:
    prints = {**ws.renderer.fingerprints, "duties.docx": "another"}
    return dataclasses.replace(ws, renderer=dataclasses.replace(ws.renderer, fingerprints=prints))


def other_deflate(ws: Workspace) -> Workspace:
    return dataclasses.replace(ws, renderer=dataclasses.replace(ws.renderer, deflate="another"))


@pytest.mark.parametrize("change", [other_library, other_template, other_deflate])
def test_another_content_or_program_makes_every_pack_stale(
    put: Call, run: Call, source: Path, output: Path, workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch, change: Callable[[Workspace], Workspace],
) -> None:  # fmt: skip
    put(1)
    put(2)
    run()
    changed = change(workspace)
    monkeypatch.setattr(work, "workspace", lambda *_: changed)
    report = run_batch(Wanted(source, output, 1), changed, Told(), DAY)
    assert (report.tally.written, report.tally.current) == (2, 0)


def test_another_version_of_the_program_makes_every_pack_stale(
    put: Call, run: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(1)
    run()
    monkeypatch.setattr(cqo_docs, "__version__", "99")
    assert run().tally.written == 1


def test_another_day_makes_every_pack_stale(put: Call, run: Call) -> None:
    put(1)
    run(day=DAY)
    assert run(day=date(2026, 11, 22)).tally.written == 1


def test_the_day_of_the_first_run_stays(put: Call, run: Call, output: Path) -> None:
    put(1)
    put(2, plan__as_of="2026-05-01")
    assert run(today=DAY).day == DAY
    days = [c["as_of"] for c in summary(output)["clients"]]
    assert days == ["2026-11-21", "2026-05-01"]
    later = run(today=date(2027, 1, 4))
    assert (later.day, later.tally.written) == (DAY, 0)
    renewed = run(today=date(2027, 1, 4), renew_day=True)
    assert (renewed.day, renewed.tally.written, renewed.tally.current) == (date(2027, 1, 4), 1, 1)
    assert run(today=date(2027, 2, 1)).day == date(2027, 1, 4)


def test_a_given_day_is_for_all_and_stays(put: Call, run: Call, output: Path) -> None:
    put(1)
    put(2, plan__as_of="2026-05-01")
    run(day=DAY, today=date(2027, 1, 4))
    assert {c["as_of"] for c in summary(output)["clients"]} == {"2026-11-21"}
    assert run(today=date(2027, 1, 4)).day == DAY


@pytest.mark.parametrize("text", ["", "[]", '{"program": "other"}', '{"program": "cqo-docs", '
    '"as_of": "soon", "files": {"errors.xlsx": 7}}'])  # fmt: skip
def test_a_state_that_cannot_be_read_is_made_anew(
    put: Call, run: Call, output: Path, text: str
) -> None:
    put(1)
    output.mkdir()
    (output / STATE).write_text(text, encoding="utf-8")
    assert run().day == DAY
    assert json.loads((output / STATE).read_text(encoding="utf-8"))["as_of"] == "2026-11-21"


def test_edited_files_are_kept_and_told(put: Call, run: Call, output: Path) -> None:
    put(1)
    put(2)
    run()
    paper = sorted((output / "第01机械有限公司").glob("*.docx"))[0]
    paper.write_bytes(b"my own words")
    report = run()
    assert (report.tally.written, report.tally.drafts) == (1, 1)
    assert (paper.parent / EDITED / paper.name).read_bytes() == b"my own words"
    assert_whole(output)


def test_what_a_killed_run_left_is_cleared_and_told(put: Call, run: Call, output: Path) -> None:
    put(1)
    put(2)
    run()
    wanted = tree(output)
    half = output / ".第01机械有限公司.new"
    half.mkdir()
    (half / MARK).touch()
    (half / "01.docx").write_bytes(b"ha")
    (output / "第02机械有限公司").rename(output / ".第02机械有限公司.old")
    (output / RUN).mkdir()
    (output / RUN / TOKEN).write_text("of the killed run", encoding="ascii")
    (output / RUN / SUMMARY).write_bytes(b"half")
    (output / RUN / ".x.part").write_bytes(b"half")
    watch = Told()
    report = run(watch)
    assert watch.names == ["第01机械有限公司", "第02机械有限公司"]
    assert report.tally.current == 2
    assert tree(output) == wanted


# ---------------------------------------------------------------- one client's trouble


def test_one_clients_trouble_never_stops_the_others(
    put: Call, run: Call, source: Path, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(1, 8):
        put(n)
    put(2, candidate__name=None)
    (source / "03.json").write_text("{", encoding="utf-8")
    put(4, "走投无路有限公司")
    make_plan = work.make_plan

    def stuck(file: Any, *rest: Any) -> Any:
        if file.answers.company.name == "走投无路有限公司":
            raise ZeroDivisionError("what nobody thought of")
        return make_plan(file, *rest)

    monkeypatch.setattr(work, "make_plan", stuck)
    report = run()
    assert (report.tally.written, report.tally.failed) == (4, 3)
    assert report.errors == output / ERRORS
    codes = {c["number"]: c["problems"][0]["code"] for c in summary(output)["clients"][1:4]}
    assert codes[2] == "answers.missing"
    assert codes[4] == "cli.unexpected"
    assert codes[3].startswith("yaml.")
    assert_whole(output)


def test_one_fault_of_ours_in_every_client_is_told_once(
    put: Call, run: Call, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(1, 61):
        put(n)

    def broken(*_: object) -> None:
        raise ZeroDivisionError("every time")

    monkeypatch.setattr(work, "make_plan", broken)
    report = run(jobs=1)
    (told,) = sentences(report.stopped)
    assert "ZeroDivisionError" in told
    assert report.tally.failed < 60
    assert not (output / ERRORS).exists()


def test_two_clients_of_one_name_are_refused_before_anything_is_written(
    put: Call, run: Call, output: Path
) -> None:
    put(1)
    put(2, "同名有限公司")
    put(3, "同名有限公司 ")
    report = run()
    assert (report.tally.written, report.tally.failed) == (1, 2)
    assert packs(output) == ["第01机械有限公司"]


@pytest.mark.parametrize("name", ["errors.xlsx", "Summary.JSON", "errors-2.xlsx"])
def test_no_company_takes_the_name_of_a_result(
    put: Call, run: Call, output: Path, name: str
) -> None:
    put(1, name)
    put(2)
    assert (run().tally.written, run().tally.failed) == (1, 1)
    assert summary(output)["clients"][0]["problems"][0]["code"] == "batch.own-name"


def test_barred_candidates_are_failures_if_strict(put: Call, run: Call, output: Path) -> None:
    put(1)
    put(2, candidate__bar_violation=True)
    report = run(strict=True)
    assert (report.tally.written, report.tally.failed) == (1, 1)
    assert packs(output) == ["第01机械有限公司"]
    lenient = run()
    assert (lenient.tally.written, lenient.tally.current, lenient.tally.failed) == (1, 1, 0)
    again = run(strict=True)
    assert (again.tally.current, again.tally.failed) == (1, 1)
    assert "不得聘任" in [c.value for c in openpyxl.load_workbook(output / SUMMARY).active["I"]]
    rows = [(c["status"], c.get("barred")) for c in summary(output)["clients"]]
    assert rows == [("done", False), ("failed", None), ("earlier", True)]


def test_a_place_that_is_taken_fails_its_client_only(put: Call, run: Call, output: Path) -> None:
    put(1)
    put(2)
    (output / "第01机械有限公司").mkdir(parents=True)
    (output / "第01机械有限公司" / "mine.txt").write_text("mine", encoding="utf-8")
    report = run()
    assert (report.tally.written, report.tally.failed) == (1, 1)
    (told,) = summary(output)["clients"][0]["problems"]
    assert told["message"].startswith("第01机械有限公司：")
    assert tree(output / "第01机械有限公司").keys() == {"mine.txt"}


def test_a_file_open_elsewhere_fails_its_client_only(
    put: Call, run: Call, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(1)
    put(2)
    run()
    before = tree(output / "第01机械有限公司")
    rename = Path.rename

    def stuck(self: Path, target: Path) -> Path:
        if self.name == "第01机械有限公司":
            raise PermissionError(errno.EACCES, "WinError 5", str(self))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", stuck)
    report = run(day=date(2026, 12, 1))
    assert (report.tally.written, report.tally.failed) == (1, 1)
    (told,) = summary(output)["clients"][0]["problems"]
    assert "文件正被其他程序打开" in told["message"]
    assert tree(output / "第01机械有限公司") == before
    assert_whole(output)


def test_answers_that_changed_after_the_roster_was_read_never_take_another_name(
    put: Call, run: Call, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(1)
    put(2)
    client_answers = work.client_answers

    def other(client: Any, ws: Workspace) -> Any:
        if client.number == 2:
            client = dataclasses.replace(client, text=client.text.replace("第02", "第01"))
        return client_answers(client, ws)

    monkeypatch.setattr(work, "client_answers", other)
    report = run()
    assert (report.tally.written, report.tally.failed) == (1, 1)
    assert summary(output)["clients"][1]["problems"][0]["code"] == "batch.changed"


def test_a_roster_that_changes_under_the_run_is_told(
    put: Call, source: Path, output: Path, workspace: Workspace, inline: None
) -> None:
    put(1)
    put(2)

    class Busy(Told):
        def progress(self, tally: Tally) -> None:
            put(2, company__employees=90)

    report = run_batch(Wanted(source, output, 1), workspace, Busy(), DAY)
    assert report.roster_changed
    text = (output / "第02机械有限公司" / "answers.yaml").read_text(encoding="utf-8")
    assert "employees: '86'" in text
    report = run_batch(Wanted(source, output, 1), workspace, Told(), DAY)
    assert (report.tally.written, report.roster_changed) == (1, False)


# ---------------------------------------------------------------- the errors, corrected


def test_the_errors_go_when_all_is_well(put: Call, run: Call, output: Path) -> None:
    put(1)
    put(2, candidate__name=None)
    assert run().errors == output / ERRORS
    put(2)
    assert run().errors is None
    assert not (output / ERRORS).exists()
    assert json.loads((output / STATE).read_text("utf-8"))["files"].keys() == {
        SUMMARY, SUMMARY_DATA,
    }  # fmt: skip


def test_errors_that_somebody_works_on_are_not_touched(put: Call, run: Call, output: Path) -> None:
    put(1)
    put(2, candidate__name=None)
    run()
    (output / ERRORS).write_bytes(b"half corrected")
    assert run().errors == output / "errors-2.xlsx"
    assert run().errors == output / "errors-2.xlsx"
    put(2)
    assert run().errors is None
    assert (output / ERRORS).read_bytes() == b"half corrected"
    assert not (output / "errors-2.xlsx").exists()


@pytest.mark.parametrize("name", [ERRORS, SUMMARY, SUMMARY_DATA])
def test_a_file_of_somebody_else_is_never_replaced(
    put: Call, run: Call, output: Path, name: str
) -> None:
    put(1)
    put(2, candidate__name=None)
    output.mkdir()
    (output / name).write_bytes(b"somebody else's")
    report = run()
    assert (output / name).read_bytes() == b"somebody else's"
    written = {report.errors, *report.summary}
    assert output / f"{Path(name).stem}-2{Path(name).suffix}" in written


def correct(errors: Path, wanted: str, value: str, place: Path) -> None:
    """Put an answer into every cell of the clients' sheet whose note has some words."""
    book = openpyxl.load_workbook(errors)
    cells = [cell for row in book["企业名册"].iter_rows() for cell in row if cell.comment]
    hit = [cell for cell in cells if wanted in cell.comment.text]
    assert hit
    for cell in hit:
        cell.value = value
    book.save(place)


def test_corrected_errors_bring_the_packs_that_were_missing(
    put: Call, run: Call, output: Path, tmp_path: Path
) -> None:
    """First in the very file that was written, which stays while it is read; then in a copy."""
    put(1)
    put(2, candidate__name=None)
    put(3, company__province="山西")
    put(4)
    run()
    correct(output / ERRORS, "必须填写", "李衡", output / ERRORS)
    report = run(source=output / ERRORS)
    assert (report.tally.written, report.tally.failed) == (1, 1)
    assert report.errors == output / "errors-2.xlsx"
    assert (output / ERRORS).exists()
    told = [(c["name"], c["status"]) for c in summary(output)["clients"]]
    assert told == [
        ("第02机械有限公司", "done"),
        ("第03机械有限公司", "failed"),
        ("第01机械有限公司", "earlier"),
        ("第04机械有限公司", "earlier"),
    ]
    correct(report.errors, "省级行政区全称", "山西省", tmp_path / "corrected.xlsx")
    report = run(source=tmp_path / "corrected.xlsx")
    assert (report.tally.written, report.errors) == (1, None)
    assert packs(output) == [f"第{n:02d}机械有限公司" for n in range(1, 5)]
    assert not (output / "errors-2.xlsx").exists()
    assert summary(output)["counts"] == {"clients": 1, "done": 1, "failed": 0, "earlier": 3}


@pytest.mark.slow
def test_of_five_hundred_clients_sixty_are_broken_and_cured(
    run: Call, output: Path, tmp_path: Path, workspace: Workspace
) -> None:
    kinds = [KINDS[n % len(KINDS)] for n in range(60)]
    assert len(set(kinds)) >= 20
    made = make_roster(tmp_path / "名册.xlsx", 500, kinds)
    report = run(source=made.path)
    assert (report.tally.written, report.tally.failed) == (440, 60)
    assert len(packs(output)) == 440
    cure(report.errors, made, tmp_path / "改正.xlsx")
    report = run(source=tmp_path / "改正.xlsx")
    assert (report.tally.written, report.tally.failed, report.errors) == (60, 0, None)
    assert not (output / ERRORS).exists()
    assert len(summary(output)["clients"]) == 500
    write_roster(tmp_path / "无误.xlsx", workspace, filled(made.clients, {}))
    run(source=tmp_path / "无误.xlsx", output=tmp_path / "right")
    own = {STATE, SUMMARY, SUMMARY_DATA}
    now, wanted = tree(output), tree(tmp_path / "right")
    assert {n: d for n, d in now.items() if n not in own} == {
        n: d for n, d in wanted.items() if n not in own
    }


# ---------------------------------------------------------------- machines that fail


def refuse(number: int) -> Callable[..., None]:
    def refused(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return refused


@pytest.mark.parametrize("file", [0, 5, 12])
def test_a_full_disk_stops_the_run_with_one_sentence(
    put: Call, run: Call, output: Path, monkeypatch: pytest.MonkeyPatch, file: int
) -> None:
    """The disk is full at some file of the third pack: two are there, nothing is half-written."""
    for n in range(1, 5):
        put(n)
    real, calls = pack._write_file, iter(range(10_000))
    per_pack = len(list_of_files(put, run, output)) + 1

    def full(*args: Any, **kwargs: Any) -> None:
        if next(calls) >= 2 * per_pack + file:
            refuse(errno.ENOSPC)()
        real(*args, **kwargs)

    monkeypatch.setattr(pack, "_write_file", full)
    report = run(output=output.with_name("full"))
    (told,) = sentences(report.stopped)
    assert "磁盘空间不足" in told
    assert (report.tally.written, report.tally.failed) == (2, 0)
    assert len(packs(output.with_name("full"))) == 2
    assert {p.name for p in output.with_name("full").iterdir() if p.name[0] == "."} == {STATE}
    assert_whole(output.with_name("full"))
    monkeypatch.undo()


def list_of_files(put: Call, run: Call, output: Path) -> list[str]:
    """The names of the files of one pack of this kind."""
    run(output=output)
    return [p.name for p in (output / "第01机械有限公司").iterdir()]


def test_after_a_full_disk_the_run_goes_on(
    put: Call, run: Call, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(1, 5):
        put(n)
    run()
    wanted = tree(output)
    shutil.rmtree(output)
    real, calls = pack._write_file, iter(range(10_000))

    def full(*args: Any, **kwargs: Any) -> None:
        if next(calls) >= 30:
            refuse(errno.ENOSPC)()
        real(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(pack, "_write_file", full)
        first = run()
    assert first.stopped
    second = run()
    assert second.tally.current == first.tally.written > 0
    assert tree(output) == wanted


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
def test_an_output_that_may_not_be_written_any_more_stops_the_run(
    put: Call, run: Call, output: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    for n in range(1, 5):
        put(n)
    mkdir = Path.mkdir

    def shut(self: Path, *rest: Any, **named: Any) -> None:
        if self.name.endswith(".new"):
            raise OSError(number, os.strerror(number), str(self))
        mkdir(self, *rest, **named)

    monkeypatch.setattr(Path, "mkdir", shut)
    report = run()
    (told,) = sentences(report.stopped)
    assert told.startswith(f"{output}：输出位置不能写入")
    assert report.tally.done == 0


def test_an_output_that_cannot_be_written_is_told_at_once(
    put: Call, run: Call, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(1)
    output.mkdir()

    def shut(self: Path, *_: Any, **__: Any) -> None:
        raise PermissionError(errno.EACCES, "x", str(self))

    monkeypatch.setattr(Path, "mkdir", shut)
    with pytest.raises(PackError) as error:
        run()
    assert "不能写入" in sentences(error.value.problems)[0]
    monkeypatch.undo()
    assert list(output.iterdir()) == []


def test_an_output_that_is_a_file_or_too_deep_is_told_at_once(
    put: Call, run: Call, tmp_path: Path
) -> None:
    put(1)
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    for place, words in (
        (tmp_path / "file", "不是文件夹"),
        (tmp_path.joinpath(*["x" * 200] * 21), "路径过长"),
    ):
        with pytest.raises(PackError) as error:
            run(output=place)
        assert words in sentences(error.value.problems)[0]


def test_a_summary_that_cannot_be_written_is_told(
    put: Call, run: Call, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(1)
    monkeypatch.setattr(batch, "write_workbook", refuse(errno.ENOSPC))
    report = run()
    (told,) = sentences(report.stopped)
    assert "汇总不能写入（磁盘空间不足）" in told
    assert packs(output) == ["第01机械有限公司"]
    assert {p.name for p in output.iterdir()} == {"第01机械有限公司", STATE}
    monkeypatch.undo()


def test_a_full_folder_for_temporary_files_is_told(
    put: Call, run: Call, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(1)

    class Full(io.BytesIO):
        def write(self, _: Any) -> int:
            raise OSError(errno.ENOSPC, "x")

    monkeypatch.setattr(ledger.tempfile, "TemporaryFile", Full)
    report = run()
    assert "临时文件夹不能写入" in sentences(report.stopped)[0]
    assert_whole(output)


def test_the_answers_folder_is_no_place_for_packs(put: Call, run: Call, source: Path) -> None:
    put(1)
    with pytest.raises(CqoError) as error:
        run(output=source)
    assert "名册文件夹" in sentences(error.value.problems)[0]


# ---------------------------------------------------------------- one run at a time


def test_an_output_that_another_program_writes_is_left_alone(
    put: Call, run: Call, output: Path
) -> None:
    fcntl = pytest.importorskip("fcntl")
    put(1)
    output.mkdir()
    handle = os.open(output, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        with pytest.raises(PackError) as error:
            run()
    finally:
        os.close(handle)
    assert "另一个程序正在写" in sentences(error.value.problems)[0]
    assert list(output.iterdir()) == []


@pytest.fixture
def orphan(output: Path) -> Iterator[Callable[[], None]]:
    """A worker of a killed run, and how to end it."""
    fcntl = pytest.importorskip("fcntl")
    (output / RUN).mkdir(parents=True)
    token = output / RUN / TOKEN
    token.write_text("of the killed run", encoding="ascii")
    handle = os.open(token, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_SH)
    with contextlib.ExitStack() as alive:
        alive.callback(os.close, handle)
        yield alive.close


def test_a_new_run_waits_for_the_workers_of_a_killed_one(
    put: Call, run: Call, output: Path, orphan: Callable[[], None]
) -> None:
    class Ending(Told):
        """A watch that ends the worker once the run waits for it."""

        def waiting(self) -> None:
            assert packs(output) == []
            super().waiting()
            orphan()

    put(1)
    watch = Ending()
    report = run(watch)
    assert (watch.waited, report.tally.written) == (1, 1)


def test_workers_that_never_end_are_told(
    put: Call, run: Call, output: Path, orphan: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    put(1)
    monkeypatch.setattr(folder, "PATIENCE", 0.1)
    with pytest.raises(PackError) as error:
        run()
    assert "工作进程还没有结束" in sentences(error.value.problems)[0]
    assert packs(output) == []
    # They stop at their next client: their run is called off.
    assert (output / RUN / TOKEN).read_bytes() == b""


def test_generate_waits_for_no_worker_either(
    put: Call, output: Path, orphan: Callable[[], None], workspace: Workspace
) -> None:
    file = read_answers(put(1), workspace)
    with pytest.raises(PackError) as error:
        generate(file, workspace, output, DAY)
    assert "另一个程序正在写" in sentences(error.value.problems)[0]


def test_a_worker_writes_only_for_the_run_that_lives(output: Path) -> None:
    with hold(output, lambda: None) as first, on_duty(output, first.token) as wanted:
        assert wanted is not None
        assert wanted()
        with on_duty(output, "another") as other:
            assert other is not None
            assert not other()
        first.dismiss()
        assert not wanted()
    assert list(output.iterdir()) == []
    with on_duty(output, first.token) as wanted:
        assert wanted is None
    with hold(output, lambda: None) as second:
        assert second.token != first.token
        with on_duty(output, first.token) as wanted:
            assert wanted is not None
            assert not wanted()


def test_a_worker_that_came_late_to_the_lock_knows_it(
    output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between its opening of the file and its lock a later run took the place."""
    with hold(output, lambda: None) as first:
        real = folder.lock

        def late(handle: int, **how: bool) -> bool:
            token = output / RUN / TOKEN
            token.unlink()
            token.write_text("of a later run", encoding="ascii")
            return real(handle, **how)

        monkeypatch.setattr(folder, "lock", late)
        with on_duty(output, first.token) as wanted:
            assert wanted is not None
            assert not wanted()
        monkeypatch.undo()


@pytest.mark.parametrize("kind", ["file", "link", "folder"])
def test_what_only_has_the_name_of_a_runs_folder_is_left_alone(
    put: Call, run: Call, output: Path, tmp_path: Path, kind: str
) -> None:
    put(1)
    output.mkdir()
    place = output / RUN
    if kind == "file":
        place.write_text("mine", encoding="utf-8")
    elif kind == "link":
        (tmp_path / "elsewhere").mkdir()
        place.symlink_to(tmp_path / "elsewhere")
    else:
        place.mkdir()
        (place / "mine.txt").write_text("mine", encoding="utf-8")
    before = tree(output)
    with pytest.raises(PackError) as error:
        run()
    assert "不是本程序生成的" in sentences(error.value.problems)[0]
    assert tree(output) == before


def test_a_run_that_lost_its_mark_stops(
    put: Call, run: Call, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(1, 5):
        put(n)

    class Clumsy(Told):
        def progress(self, tally: Tally) -> None:
            shutil.rmtree(output / RUN)

    report = run(Clumsy())
    assert "本次运行的标记不见了" in sentences(report.stopped)[0]
    assert_whole(output)


# ---------------------------------------------------------------- workers elsewhere


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch, inline: None) -> None:
    """A cluster whose workers do not see the output folder."""

    @contextlib.contextmanager
    def blind(*_: object) -> Iterator[None]:
        yield None

    monkeypatch.setattr(work, "on_duty", blind)
    monkeypatch.setattr(batch, "reach", lambda _: contextlib.nullcontext())
    monkeypatch.setattr(batch, "cluster_crew", lambda *_: crew.Crew(2, Inline, False))


def test_packs_come_back_from_workers_that_do_not_see_the_folder(
    put: Call, run: Call, output: Path, far: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(1, 5):
        put(n)
    put(5, candidate__bar_violation=True)
    report = run(cluster=Cluster("tcp://nowhere"))
    assert report.tally.written == 5
    came = tree(output)
    made: list[str] = []
    files = work.unprinted_files
    monkeypatch.setattr(
        work,
        "unprinted_files",
        lambda plan, ws: made.append(plan.case.answers.company.name) or files(plan, ws),
    )
    put(2, company__employees=90)
    report = run(cluster=Cluster("tcp://nowhere"))
    assert (report.tally.written, report.tally.current, made) == (1, 4, ["第02机械有限公司"])
    strict = run(cluster=Cluster("tcp://nowhere"), strict=True)
    assert (strict.tally.current, strict.tally.failed) == (4, 1)
    put(2)
    assert run(cluster=Cluster("tcp://nowhere")).tally.written == 1
    monkeypatch.undo()
    assert tree(output) == came


def test_a_full_disk_stops_packs_that_come_back_too(
    put: Call, run: Call, output: Path, far: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(1, 5):
        put(n)
    monkeypatch.setattr(pack, "_write_file", refuse(errno.ENOSPC))
    report = run(cluster=Cluster("tcp://nowhere"))
    assert "磁盘空间不足" in sentences(report.stopped)[0]


def test_other_content_in_a_worker_stops_the_run(
    put: Call, run: Call, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(1)
    monkeypatch.setattr(work, "workspace", lambda *_: other_library(workspace))
    report = run()
    assert "与开始时不同" in sentences(report.stopped)[0]


def test_the_cluster_is_an_extra(put: Call, run: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    put(1)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(CqoError) as error:
        run(cluster=Cluster("tcp://127.0.0.1:1"))
    assert "pip install" in sentences(error.value.problems)[0]


# ---------------------------------------------------------------- the command line


@pytest.mark.usefixtures("inline")
def test_the_command_says_what_was_done(
    cli_invoke: Call, put: Call, source: Path, output: Path
) -> None:
    put(1)
    put(2)
    called = cli_invoke("batch", source, "-o", output, "--jobs", "1", "--date", "2026-11-21")
    assert (called.code, called.err) == (0, "")
    assert called.out.splitlines() == [
        "共 2 家。",
        "共 2 家：新写出 2，原已完成 0，失败 0。基准日 2026-11-21。",
        f"汇总：{output / SUMMARY}、{output / SUMMARY_DATA}",
    ]
    put(3, candidate__name=None)
    called = cli_invoke("batch", source, "-o", output)
    assert called.code == 1
    assert called.out.splitlines()[-1].startswith(f"失败各家列在 {output / ERRORS}")
    assert "新写出 0，原已完成 2，失败 1" in called.out


@pytest.mark.usefixtures("inline")
def test_the_command_gives_totals_for_programs(
    cli_invoke: Call, put: Call, source: Path, output: Path
) -> None:
    put(1)
    put(2, candidate__name=None)
    called = cli_invoke("batch", source, "-o", output, "--date", "2026-11-21", "--json")
    assert called.code == 1
    assert called.json == {
        "output": str(output),
        "as_of": "2026-11-21",
        "clients": 2,
        "written": 1,
        "current": 0,
        "failed": 1,
        "errors": str(output / ERRORS),
        "summary": [str(output / SUMMARY), str(output / SUMMARY_DATA)],
        "interrupted": False,
        "stopped": [],
        "roster_changed": False,
    }
    assert called.problems == ["共 2 家。"]


@pytest.mark.usefixtures("inline")
def test_the_command_says_what_stopped_it(
    cli_invoke: Call, put: Call, source: Path, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(1)
    monkeypatch.setattr(pack, "_write_file", refuse(errno.ENOSPC))
    called = cli_invoke("batch", source, "-o", output)
    assert called.code == 1
    assert called.out.splitlines()[-1].startswith("已停止：完成 0/1 家")
    assert called.problems == [
        f"{output}：输出位置不能写入（磁盘空间不足），已停止；"
        "已写出的文书包都是完整的，排除故障后再运行一次即可"
    ]
    called = cli_invoke("batch", source, "-o", output, "--json")
    assert "磁盘空间不足" in called.json["stopped"][0]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--jobs", "0"], "进程数“0”不对"),
        (["--jobs", "多"], "进程数“多”不对"),
        (["--jobs", "100000"], "进程数“100000”不对"),
        (["--date", "2026-02-30"], "2026-02-30"),
        (["--date", "2026-11-21", "--today"], "只能用一个"),
        (["--tls-ca", "ca.pem"], "与 --cluster 一起使用"),
        (["--cluster", "tls://127.0.0.1:1", "--tls-ca", "ca.pem"], "三项须一并给出"),
        (["--cluster", "tcp://127.0.0.1:x"], "连接不上集群"),
        (["--cluster", "nonsense://"], "连接不上集群"),
    ],
)
def test_wrong_use_is_one_sentence(
    cli_invoke: Call, put: Call, source: Path, output: Path, words: list[str], told: str
) -> None:
    if "--cluster" in words:
        pytest.importorskip("distributed")
    put(1)
    called = cli_invoke("batch", source, "-o", output, *words)
    assert called.code == 1
    assert len(called.problems) == 1
    assert told in called.problems[0]
    assert not output.exists() or packs(output) == []


def test_a_roster_that_is_not_there_is_told(cli_invoke: Call, output: Path) -> None:
    called = cli_invoke("batch", "nowhere.xlsx", "-o", output)
    assert called.code == 1
    assert "nowhere.xlsx" in called.problems[0]
    assert not output.exists()


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_a_live_line() -> None:
    screen = Screen()
    with Progress(screen) as progress:
        progress.waiting()
        progress.recovered([f"{n}号" for n in range(20)])
        progress.progress(Tally(300))
        progress.progress(Tally(300, written=40, current=3, failed=7))
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.getvalue())
    assert "正在等待" in text
    assert "9号……" in text
    assert "10号" not in text
    assert "已完成 50/300，失败 7，每秒" in text


def test_elsewhere_a_line_comes_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    now = iter(range(0, 3000, 2))
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(now))
    with Progress(stream) as shown:
        for done in range(0, 301, 30):
            shown.progress(Tally(300, written=done))
    lines = stream.getvalue().splitlines()
    assert lines[0] == "共 300 家。"
    assert 2 < len(lines) < 8
    assert re.fullmatch(r"已完成 \d+/300，失败 0，每秒 \d+\.\d 家，约剩 0:00:\d\d", lines[1])


# ---------------------------------------------------------------- Ctrl-C


@pytest.mark.parametrize("whole_group", [True, False], ids=["terminal", "parent only"])
def test_ctrl_c_ends_cleanly_and_a_rerun_goes_on(
    put: Call,
    run: Call,
    source: Path,
    output: Path,
    tmp_path: Path,
    whole_group: bool,
    launch: Launch,
) -> None:
    for n in range(1, 41):
        put(n)
    place = tmp_path / "interrupted"
    process = launch(command(source, place, "--jobs", "2"), start_new_session=True)
    wait_for(lambda: place.is_dir() and len(packs(place)) >= 3, process)
    if whole_group:
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=300)
    assert (process.returncode, err) == (1, "")
    done = re.search(r"已停止：完成 (\d+)/40 家", out)
    assert done
    assert int(done.group(1)) == len(packs(place)) >= 3
    assert {p.name for p in place.iterdir() if p.name.startswith(".")} == {STATE}
    assert_whole(place)
    report = run(output=place, day=DAY)
    assert report.tally.current == int(done.group(1))
    run(day=DAY)
    assert tree(place) == tree(output)


STUCK = f"""
import time
from cqo_docs.batch import work
real = work.client_answers
def stuck(client, ws):
    if client.name == {CRASHING!r}:
        time.sleep(600)
    return real(client, ws)
work.client_answers = stuck
"""


def test_ctrl_c_waits_for_no_worker_that_is_stuck(
    put: Call,
    source: Path,
    output: Path,
    with_change: Callable[[str], dict[str, str]],
    launch: Launch,
) -> None:
    for n in range(1, 9):
        put(n, CRASHING if n == 5 else "")
    process = launch(command(source, output, "--jobs", "2"), env=with_change(STUCK))
    wait_for(lambda: output.is_dir() and len(packs(output)) == 7, process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=300)  # half of the time that the worker is stuck
    assert (process.returncode, err) == (1, "")
    assert "已停止：完成 7/8 家" in out
    assert {p.name for p in output.iterdir() if p.name.startswith(".")} == {STATE}


def test_a_reader_that_goes_away_gets_no_complaint(put: Call, source: Path, output: Path) -> None:
    put(1)
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        command(source, output, "--jobs", "1"), stdout=write, stderr=subprocess.PIPE, check=False
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


def test_an_order_to_end_is_taken_like_ctrl_c(
    put: Call, source: Path, output: Path, launch: Launch
) -> None:
    for n in range(1, 41):
        put(n)
    process = launch(command(source, output, "--jobs", "1", "--json"))
    wait_for(lambda: output.is_dir() and len(packs(output)) >= 2, process)
    process.terminate()
    out, err = process.communicate(timeout=300)
    assert process.returncode == 1
    assert err.startswith("共 40 家。\n")
    assert "Traceback" not in err
    assert json.loads(out)["interrupted"] is True
    assert_whole(output)


# ---------------------------------------------------------------- killed


def orphans(mark: str) -> list[str]:
    """The processes that still run with a word in their environment."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            dead = (place / "stat").read_text().rpartition(")")[2].split()[0] in "ZX"
            if not dead and mark.encode() in (place / "environ").read_bytes():
                found.append(place.name)
    return found


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes there")
def test_workers_end_with_a_parent_that_is_killed(
    put: Call, source: Path, output: Path, launch: Launch
) -> None:
    for n in range(1, 41):
        put(n)
    mark = f"BATCH_TEST={os.getpid()}-{time.monotonic_ns()}"
    environment = {**os.environ, "BATCH_TEST": mark.partition("=")[2]}
    process = launch(command(source, output, "--jobs", "2"), env=environment)
    wait_for(lambda: output.is_dir() and len(packs(output)) >= 2, process)
    assert len(orphans(mark)) >= 3
    process.kill()
    process.wait()
    wait_for(lambda: not orphans(mark))


@pytest.mark.slow
def test_killed_at_any_moment_a_rerun_gives_the_tree_of_an_undisturbed_run(
    put: Call, source: Path, tmp_path: Path
) -> None:
    """Twenty-five kills and more over sixty clients, on a fresh folder and on an older one."""
    for n in range(1, 61):
        put(n, "同名有限公司" if n % 20 == 7 else "", **odd(n))
    seed = random.randrange(10**9)
    chance = random.Random(seed)
    earlier = tmp_path / "earlier"
    call(source, earlier, "--jobs", "2", "--date", "2026-01-05")
    work_on(earlier)
    (tmp_path / "fresh").mkdir()
    wanted, span = {}, {}
    for base in (tmp_path / "fresh", earlier):
        place = tmp_path / f"{base.name}-undisturbed"
        shutil.copytree(base, place)
        start = time.monotonic()
        call(source, place, "--jobs", "2")
        span[base], wanted[base] = time.monotonic() - start, tree(place)
    kills = 0
    for turn in range(10_000):
        if kills >= 25:
            break
        base = chance.choice([tmp_path / "fresh", earlier])
        place = tmp_path / f"turn{turn}"
        shutil.copytree(base, place)
        for _ in range(chance.randint(1, 4)):
            kills += kill_at_random(
                command(source, place, "--jobs", "2"), place, span[base], chance
            )
            assert_whole_or_older(place)
        call(source, place, "--jobs", "2")
        now = tree(place)
        assert now == wanted[base], (seed, turn, set(now.items()) ^ set(wanted[base].items()))
        shutil.rmtree(place)


def odd(n: int) -> dict[str, Any]:
    """What makes some clients different: a missing answer, many more papers, none."""
    kinds: Mapping[int, dict[str, Any]] = {
        3: {"candidate__name": None},
        5: {"company__employees": 2000, "fund__establish": True},
        9: {"candidate__bar_violation": True},
    }
    return kinds.get(n % 20, {})


def call(source: Path, place: Path, *words: str) -> None:
    done = subprocess.run(
        command(source, place, *words), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, ""), done.stderr


def work_on(place: Path) -> None:
    """What a person may have done with the packs in the meantime."""
    names = packs(place)
    for name in names[::7]:
        paper = sorted((place / name).glob("*.docx"))[0]
        paper.write_bytes(paper.read_bytes() + b"changed")
    (place / names[1] / "附注.txt").write_text("我的", encoding="utf-8")
    shutil.rmtree(place / names[2])


def assert_whole_or_older(place: Path) -> None:
    """What this run made is whole; what it has not come to is as it was."""
    for name in packs(place):
        manifest = read_manifest(place / name)
        assert manifest is not None, name
        if manifest["as_of"] == DAY.isoformat():
            assert is_current(place / name, manifest["company"], manifest["inputs"]), name


def kill_at_random(words: list[str], place: Path, span: float, chance: random.Random) -> bool:
    """Whether the run could be killed before its end; sometimes just while a pack is written."""
    process = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    killed = False
    try:
        process.wait(chance.uniform(0.2, span))
    except subprocess.TimeoutExpired:
        end = time.monotonic() + chance.choice([0, 0.5])
        while time.monotonic() < end and not [*place.glob(".*.new"), *place.glob(".*.old")]:
            pass
        if chance.random() < 0.5:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        killed = True
    process.communicate()
    return killed


# ---------------------------------------------------------------- a real cluster


class Loopback:
    """A scheduler on the loopback with workers, each a process of its own."""

    def __init__(self, place: Path, *security: str) -> None:
        self.place, self.security = place, security
        self.processes: list[subprocess.Popen[bytes]] = []
        address = place / "scheduler.json"
        protocol = ["--protocol", "tls"] if security else []
        self.scheduler = self._start(
            "scheduler", "--port", "0", "--host", "127.0.0.1", *protocol,
            "--scheduler-file", str(address),
        )  # fmt: skip
        wait_for(lambda: address.exists() and address.stat().st_size > 0)
        time.sleep(0.2)
        self.url = str(json.loads(address.read_text(encoding="utf-8"))["address"])

    def worker(self, *words: str) -> subprocess.Popen[bytes]:
        host = "tls://127.0.0.1" if self.security else "127.0.0.1"
        return self._start(
            "worker", self.url, "--nthreads", "1", "--no-nanny", "--host", host, *words
        )

    def _start(self, kind: str, *words: str) -> subprocess.Popen[bytes]:
        with (self.place / f"{kind}-{len(self.processes)}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--no-dashboard",
                 *words, *self.security],
                stdout=log, stderr=log, cwd=self.place,
                env={**os.environ, "PYTHONPATH": str(Path(cqo_docs.__file__).parent.parent)},
            )  # fmt: skip
        self.processes.append(process)
        return process

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Loopback]:
    pytest.importorskip("distributed")
    (tmp_path / "cluster").mkdir()
    loopback = Loopback(tmp_path / "cluster")
    yield loopback
    loopback.close()


@pytest.mark.slow
def test_a_cluster_writes_the_same_bytes_and_loses_nobody_with_a_worker(
    put: Call,
    run: Call,
    source: Path,
    output: Path,
    tmp_path: Path,
    cluster: Loopback,
    launch: Launch,
) -> None:
    for n in range(1, 41):
        put(n, **odd(n))
    url, doomed = cluster.url, cluster.worker()
    cluster.worker()
    place = tmp_path / "by cluster"
    process = launch(command(source, place, "--cluster", url, "--json"))
    wait_for(lambda: place.is_dir() and len(packs(place)) >= 6, process)
    doomed.kill()
    out, err = process.communicate(timeout=600)
    told = json.loads(out)
    assert process.returncode == 1
    assert err.startswith("共 40 家。\n")
    assert (told["written"] + told["current"], told["failed"]) == (38, 2)
    run(day=DAY)
    assert tree(place) == tree(output)
    again = subprocess.run(
        command(source, place, "--cluster", url, "--json"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert json.loads(again.stdout)["current"] == 38
    assert tree(place) == tree(output)


@pytest.mark.slow
@pytest.mark.parametrize("lost", ["workers", "scheduler"])
def test_a_cluster_that_is_lost_is_not_waited_for_for_ever(
    put: Call, source: Path, output: Path, cluster: Loopback, lost: str,
    with_change: Callable[[str], dict[str, str]], launch: Launch) -> None:  # fmt: skip
    for n in range(1, 61):
        put(n)
    cluster.worker()
    impatient = "from cqo_docs.batch import cluster\ncluster.PATIENCE = 2\n"
    process = launch(command(source, output, "--cluster", cluster.url), env=with_change(impatient))
    wait_for(lambda: output.is_dir() and len(packs(output)) >= 2, process)
    for doomed in cluster.processes if lost == "scheduler" else cluster.processes[1:]:
        doomed.kill()
    out, err = process.communicate(timeout=600)
    assert process.returncode == 1
    assert re.fullmatch(r"tcp://127\.0\.0\.1:\d+：集群没有回应.*\n", err)
    assert "已停止" in out
    assert_whole(output)


BLIND = """
import contextlib
from cqo_docs.batch import cluster, work
@contextlib.contextmanager
def blind(*_):
    yield None
cluster.on_duty = work.on_duty = blind
"""
OTHER = """
import cqo_docs
cqo_docs.__version__ = "0.0.1"
"""
OLD = """
from cqo_docs.batch import cluster
vars(cluster).pop("report", None)
"""
WITHOUT = """
import sys
sys.modules["cqo_docs.batch.cluster"] = None
"""


@pytest.mark.slow
def test_a_cluster_without_the_folder_sends_the_packs_back(
    put: Call, run: Call, source: Path, output: Path, tmp_path: Path, cluster: Loopback
) -> None:
    for n in range(1, 9):
        put(n, **odd(n))
    (tmp_path / "blind.py").write_text(BLIND, encoding="utf-8")
    for _ in range(2):
        cluster.worker("--preload", str(tmp_path / "blind.py"))
    url = cluster.url
    place = tmp_path / "by cluster"
    for written, current in ((7, 0), (0, 7)):
        done = subprocess.run(
            command(source, place, "--cluster", url, "--json"),
            capture_output=True,
            text=True,
            check=False,
        )
        told = json.loads(done.stdout)
        assert (told["written"], told["current"], told["failed"]) == (written, current, 1)
    run(day=DAY)
    assert tree(place) == tree(output)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("preload", "words"),
    [
        (OTHER, "程序版本是0.0.1，本机是"),
        (OLD, "没有安装本程序的同一版本"),
        (WITHOUT, "没有安装本程序的同一版本"),
    ],
    ids=["version", "older", "without"],
)
def test_a_worker_that_differs_is_refused_by_name(
    put: Call,
    source: Path,
    output: Path,
    tmp_path: Path,
    cluster: Loopback,
    preload: str,
    words: str,
) -> None:
    put(1)
    (tmp_path / "other.py").write_text(preload, encoding="utf-8")
    cluster.worker()
    cluster.worker("--preload", str(tmp_path / "other.py"))
    # Both must have reported before the check can find the one.
    import distributed

    with distributed.Client(cluster.url) as client:
        client.wait_for_workers(2, timeout=300)
    done = subprocess.run(
        command(source, output, "--cluster", cluster.url),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    (told,) = done.stderr.splitlines()
    assert re.match(r"tcp://127\.0\.0\.1:\d+：", told)
    assert words in told
    assert packs(output) == []


@pytest.mark.slow
def test_a_secured_cluster_wants_its_certificates(
    put: Call, source: Path, output: Path, tmp_path: Path
) -> None:
    distributed = pytest.importorskip("distributed")
    pytest.importorskip("cryptography")
    security = distributed.Security.temporary()
    files = []
    for name in ("tls_ca_file", "tls_client_cert", "tls_client_key"):
        files.append(tmp_path / f"{name}.pem")
        files[-1].write_text(getattr(security, name), encoding="ascii")
    ca, cert, key = map(str, files)
    put(1)
    loopback = Loopback(tmp_path, "--tls-ca-file", ca, "--tls-cert", cert, "--tls-key", key)
    try:
        assert loopback.url.startswith("tls://")
        loopback.worker()
        words = command(source, output, "--cluster", loopback.url)
        own = ["--tls-ca", ca, "--tls-cert", cert, "--tls-key", key]
        done = subprocess.run([*words, *own], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert packs(output) == ["第01机械有限公司"]
        bare = subprocess.run(words, capture_output=True, text=True, check=False)
        assert bare.returncode == 1
        assert re.fullmatch("tls://.*：连接不上集群.*\n", bare.stderr)
    finally:
        loopback.close()


def test_every_way_to_end_has_its_words() -> None:
    """The codes that are looked up in a table rather than written at `problem`."""
    words = read_wording()
    for code in batch.cluster.DIFFERENCES.values():
        told = words.problem(problem(code, "tcp://1", have="甲", want="乙"))
        assert told.startswith("tcp://1：")
        assert "发生问题" not in told

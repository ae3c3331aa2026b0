"""Batches on the page: files in under names of ours, a run that ends when told, packs out."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cases
import pytest
import rosters
from openpyxl import load_workbook
from web import SAMPLES, Web, wait_for
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from cqo_docs.base.errors import CqoError
from cqo_docs.forms.roster.form import write_roster
from cqo_docs.web import batches as page
from cqo_docs.web.batch_run import Runner
from cqo_docs.web.batch_store import Batches
from cqo_docs.web.store import NotFoundError
from cqo_docs.web.zip_stream import zipped

Send = Callable[..., TestResponse]
LOCALE = {"locale": "zh-Hans", "day": ""}
HOSTILE = (
    "..", "../..", "%2e%2e", "..%2f..%2fetc%2fpasswd", "....//", "a\\..\\b", "C:\\", "%00",
    ".hidden", "~", "-", "x" * 300, "名册-1.xlsx", "文书包", "<script>",
)  # fmt: skip


def roster_of(folder: Path, count: int, broken: Any = ()) -> Path:
    path = folder / f"roster-{count}-{len(broken)}.xlsx"
    if not path.exists():
        rosters.make_roster(path, count, broken)
    return path


@pytest.fixture(scope="module")
def drawer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the rosters of these tests lie."""
    return tmp_path_factory.mktemp("rosters")


def upload(web: Web, *files: Path, path: str = "/batches", names: Any = None) -> TestResponse:
    """What the form sends with some files."""
    given = [
        FileStorage(io.BytesIO(file.read_bytes()), filename=name)
        for file, name in zip(files, names or [f.name for f in files], strict=True)
    ]
    return web.post(path, {"files": given}, content_type="multipart/form-data")


def made(web: Web, *files: Path, **more: Any) -> str:
    """The address of a new batch."""
    sent = upload(web, *files, **more)
    assert sent.status_code == 302, sent.text
    return sent.location.rpartition("/")[2]


def runner(web: Web) -> Runner:
    found: Runner = web.app.extensions["cqo.batches"].runner
    return found


def run(web: Web, ident: str, **options: str) -> TestResponse:
    """The page of a batch after a run."""
    begun = web.post(f"/batches/{ident}/start", {**LOCALE, **options})
    assert begun.status_code == 302, begun.text
    wait_for(lambda: runner(web).running() is None)
    return web.get(f"/batches/{ident}")


def folder_of(web: Web, ident: str) -> Path:
    return web.folder / "批次" / ident


def got(web: Web, path: str) -> bytes:
    """What an address gives; the answer is closed as a server does."""
    with web.get(path) as answer:
        assert answer.status_code == 200
        # Names of files are Chinese; what goes over the line is not.
        assert all(value.isascii() for value in answer.headers.values())
        return answer.data


def zip_of(web: Web, ident: str) -> zipfile.ZipFile:
    archive = zipfile.ZipFile(io.BytesIO(got(web, f"/batches/{ident}/packs.zip")))
    assert archive.testzip() is None
    return archive


# ---------------------------------------------------------------- files in


def test_the_first_page_offers_an_empty_roster_that_is_one(web: Web, tmp_path: Path) -> None:
    assert web.get("/batches").status_code == 200
    path = tmp_path / "roster.xlsx"
    path.write_bytes(got(web, "/batches/roster.xlsx"))
    assert "企业名册" in load_workbook(path).sheetnames
    # Without a company it is no batch, and the sentence says so.
    sent = upload(web, path)
    assert sent.status_code == 400
    assert "notice bad" in sent.text
    assert list((web.folder / "批次").iterdir()) == []


def test_a_roster_is_stored_under_a_name_of_ours(web: Web, drawer: Path) -> None:
    ident = made(web, roster_of(drawer, 3), names=["../../../客户<script>名单.xlsx"])
    folder = folder_of(web, ident)
    assert {p.name for p in folder.iterdir()} == {"名册-1.xlsx", "batch.json"}
    text = web.get(f"/batches/{ident}").text
    assert "<dd>3</dd>" in text
    assert "<script>名单" not in text
    assert "名单" in web.get("/batches").text


def test_several_answer_files_become_one_batch(web: Web) -> None:
    files = [SAMPLES / "shandong-trading.yaml", SAMPLES / "shanxi-food-micro.yaml"]
    ident = made(web, *files, names=["../a.yaml", "C:\\a\\a.yaml"])
    (folder,) = (p for p in folder_of(web, ident).iterdir() if p.is_dir())
    assert sorted(p.name[:4] for p in folder.iterdir()) == ["001-", "002-"]
    assert run(web, ident).status_code == 200
    names = {name.partition("/")[0] for name in zip_of(web, ident).namelist() if "/" in name}
    assert len(names) == 2


def test_a_folder_may_hold_other_things_too(web: Web, tmp_path: Path) -> None:
    other = tmp_path / "note.pdf"
    other.write_bytes(b"%PDF")
    files = [SAMPLES / "shandong-trading.yaml", other, SAMPLES / "shanxi-food-micro.yaml", other]
    names = ["clients/one/a.yaml", "clients/note<b>.pdf", "clients/two/a.yaml", "clients/.DS_Store"]
    ident = made(web, *files, names=names)
    (folder,) = (p for p in folder_of(web, ident).iterdir() if p.is_dir())
    assert sorted(p.name for p in folder.iterdir()) == ["001-a.yaml", "002-a.yaml"]
    text = web.get(f"/batches/{ident}").text
    assert "另有1个文件" in text
    assert "note&lt;b&gt;.pdf" in text


def test_a_script_in_a_name_is_only_text(web: Web, tmp_path: Path) -> None:
    name = "<script>alert(1)</script>"
    answers = {**rosters.client(1), "company.name": name, "company.legal_representative": ""}
    path = tmp_path / "<img src=x onerror=alert(2)>.xlsx"
    write_roster(path, cases.workspace(), rosters.filled([answers], {}))
    ident = made(web, path)
    text = run(web, ident).text
    assert "未能编制1家" in text
    assert "<script>alert" not in text
    assert "<img" not in text


def test_what_is_too_large_is_refused(web: Web) -> None:
    web.app.config["MAX_CONTENT_LENGTH"] = 1000
    given = {"files": [FileStorage(io.BytesIO(bytes(2000)), filename="r.xlsx")]}
    sent = web.post("/batches", given, content_type="multipart/form-data")
    assert sent.status_code == 413
    assert not web.held.store.batches.exists()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("roster.xlsx", b"no workbook"),
        ("roster.xlsx", b""),
        ("program.exe", b"MZ"),
        ("roster", b"x"),
        ("answers.yaml.exe", b"x"),
    ],
)
def test_what_is_no_roster_is_refused_and_leaves_nothing(web: Web, name: str, data: bytes) -> None:
    given = {"files": [FileStorage(io.BytesIO(data), filename=name)]}
    sent = web.post("/batches", given, content_type="multipart/form-data")
    assert sent.status_code == 400
    assert "notice bad" in sent.text
    assert str(web.folder) not in sent.text
    assert web.held.store.batches.is_dir() is False or not any(web.held.store.batches.iterdir())


def test_no_file_at_all_is_told(web: Web) -> None:
    assert web.post("/batches", {}, content_type="multipart/form-data").status_code == 400


def test_a_zip_bomb_is_refused(web: Web) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", b"0" * 300_000_000)
    given = {"files": [FileStorage(io.BytesIO(stream.getvalue()), filename="r.xlsx")]}
    sent = web.post("/batches", given, content_type="multipart/form-data")
    assert sent.status_code == 400


# ---------------------------------------------------------------- a run


def test_a_run_makes_packs_and_gives_the_failures_back(web: Web, drawer: Path) -> None:
    kinds = {2: "name-missing", 4: "representative-missing"}
    roster = roster_of(drawer, 5, kinds)
    ident = made(web, roster)
    text = run(web, ident, day="2026-11-08").text
    assert "未能编制2家" in text
    assert "新编制3家" in text
    archive = zip_of(web, ident)
    packs = {name.partition("/")[0] for name in archive.namelist() if "/" in name}
    assert len(packs) == 3
    assert {name for name in archive.namelist() if "/" not in name} == {
        "summary.xlsx", "errors.xlsx",
    }  # fmt: skip
    manifest = json.loads(archive.read(f"{min(packs)}/manifest.json"))
    assert manifest["as_of"] == "2026-11-08"
    errors = load_workbook(io.BytesIO(got(web, f"/batches/{ident}/errors.xlsx")))
    assert errors["企业名册"].max_row >= 5  # heads in three rows, two clients
    assert got(web, f"/batches/{ident}/summary.xlsx")[:2] == b"PK"
    rows = re.findall(r'data-label="序号">(\d+)<', text)
    assert rows == ["2", "4"]
    told = folder_of(web, ident) / "文书包" / "summary.json"
    for changed in ('{"status": "failed"}', '"status": "failed"', "[]", ""):
        told.write_text(changed, encoding="utf-8")
        assert web.get(f"/batches/{ident}").status_code == 200
    told.unlink()
    assert web.get(f"/batches/{ident}").status_code == 200


def test_a_failure_names_files_without_where_they_lie(web: Web) -> None:
    ident = made(web, *(SAMPLES / "shandong-trading.yaml" for _ in range(2)))
    text = run(web, ident).text
    assert "同名" in text
    assert str(web.folder) not in text


@pytest.mark.slow
def test_a_corrected_error_workbook_joins_the_batch(web: Web, drawer: Path, tmp_path: Path) -> None:
    path = drawer / "cured.xlsx"
    made_roster = rosters.make_roster(path, 3, {2: "representative-missing"})
    ident = made(web, path)
    run(web, ident)
    errors, corrected = tmp_path / "errors.xlsx", tmp_path / "corrected.xlsx"
    errors.write_bytes(got(web, f"/batches/{ident}/errors.xlsx"))
    assert len(rosters.cure(errors, made_roster, corrected)) == 1
    assert upload(web, corrected, path=f"/batches/{ident}/roster").status_code == 302
    assert "新编制1家" in run(web, ident).text
    packs = {n.partition("/")[0] for n in zip_of(web, ident).namelist() if "/" in n}
    assert len(packs) == 3
    assert web.get(f"/batches/{ident}/errors.xlsx").status_code == 404


@pytest.mark.slow
def test_another_language_is_written_where_it_is_asked_for(web: Web, drawer: Path) -> None:
    ident = made(web, roster_of(drawer, 1))
    run(web, ident, locale="en")
    assert any(
        name.endswith("02-Letter-of-Appointment.docx") for name in zip_of(web, ident).namelist()
    )


def test_it_stops_at_once_and_goes_on_where_it_was(web: Web, drawer: Path) -> None:
    ident = made(web, roster_of(drawer, 120))
    begun = web.post(f"/batches/{ident}/start", LOCALE)
    assert begun.status_code == 302
    run_now = runner(web).running(ident)
    assert run_now is not None
    wait_for(lambda: run_now.tally is not None and run_now.tally.done >= 2)
    # No second batch beside it, nothing deleted, replaced or packed under it.
    other = made(web, roster_of(drawer, 1))
    assert web.post(f"/batches/{other}/start", LOCALE).status_code == 409
    assert web.post(f"/batches/{ident}/delete", {}).status_code == 409
    assert upload(web, roster_of(drawer, 1), path=f"/batches/{ident}/roster").status_code == 409
    assert web.get(f"/batches/{ident}/packs.zip").status_code == 409
    told = web.get(f"/batches/{ident}")
    assert 'http-equiv="refresh"' in told.text

    web.post(f"/batches/{ident}/stop", {})
    wait_for(lambda: runner(web).running() is None)
    output = folder_of(web, ident) / "文书包"
    first = [p for p in output.iterdir() if p.is_dir()]
    assert 0 < len(first) < 120
    assert all((p / "manifest.json").is_file() for p in first if not p.name.startswith("."))
    assert not [p for p in output.rglob("*") if p.name.endswith((".part", ".tmp"))]
    text = web.get(f"/batches/{ident}").text
    assert "继续编制" in text

    text = run(web, ident).text
    found = re.search(r"共120家：新编制(\d+)家，已是最新(\d+)家，未能编制0家", text)
    assert found is not None
    assert int(found[2]) >= 2
    assert int(found[1]) + int(found[2]) == 120


def test_events_tell_how_far_it_is_and_that_it_is_over(web: Web, drawer: Path) -> None:
    ident = made(web, roster_of(drawer, 6))
    web.post(f"/batches/{ident}/start", LOCALE)
    with web.get(f"/batches/{ident}/events") as answer:
        assert answer.mimetype == "text/event-stream"
        pieces = answer.text.split("\n\n")
    news = [json.loads(p.removeprefix("data: ")) for p in pieces if p.startswith("data: ")]
    assert pieces[-2].startswith("event: over")
    assert [one["done"] for one in news] == sorted(one["done"] for one in news)
    assert news[-1]["clients"] == 6
    # A batch that does not run is over at once.
    assert got(web, f"/batches/{ident}/events").startswith(b"event: over")


def test_who_listens_never_takes_all_threads(web: Web, drawer: Path) -> None:
    ident = made(web, roster_of(drawer, 1))
    web.get("/batches")
    ears = web.app.extensions["cqo.batches"].ears
    for _ in range(page.MOST_LISTENING):
        assert ears.acquire(blocking=False)
    assert web.get(f"/batches/{ident}/events").status_code in {500, 503}
    for _ in range(page.MOST_LISTENING):
        ears.release()
    for _ in range(2 * page.MOST_LISTENING):
        got(web, f"/batches/{ident}/events")


def test_a_fault_of_the_whole_roster_is_told(web: Web, drawer: Path) -> None:
    ident = made(web, roster_of(drawer, 1))
    (folder_of(web, ident) / "名册-1.xlsx").unlink()
    text = run(web, ident).text
    assert "未能完成" in text
    assert "notice bad" in text
    assert str(web.folder) not in text


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="a process is ended in another way there")
def test_the_run_ends_with_the_server(tmp_path: Path, drawer: Path) -> None:
    """A server that is killed leaves no process behind, and the run can go on later."""
    roster_of(drawer, 120)
    code = f"""
import sys, time
sys.path.insert(0, {str(Path(__file__).parent)!r})
from pathlib import Path
from web import Web
from test_web_batch import LOCALE, made, runner
if __name__ == "__main__":
    web = Web(Path({str(tmp_path)!r}))
    ident = made(web, Path({str(drawer / "roster-120-0.xlsx")!r}))
    web.post(f"/batches/{{ident}}/start", LOCALE)
    run = runner(web).running()
    while run.tally is None or run.tally.done < 2:
        time.sleep(0.02)
    print(ident, runner(web)._process.pid, flush=True)
    time.sleep(60)
"""
    script = tmp_path / "server.py"
    script.write_text(code, encoding="utf-8")
    server = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    ident, pid = server.stdout.readline().split()
    server.kill()
    server.wait()
    server.stdout.close()
    wait_for(lambda: not alive(int(pid)))
    web = Web(tmp_path)
    assert len(list((folder_of(web, ident) / "文书包").glob("[!.]*/manifest.json"))) < 120
    assert "已停止" in web.get(f"/batches/{ident}").text
    assert "未能编制0家" in run(web, ident).text


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


# ---------------------------------------------------------------- deleting, addresses, records


def test_deleting_asks_first_and_then_nothing_is_left(web: Web, drawer: Path) -> None:
    ident = made(web, roster_of(drawer, 1))
    run(web, ident)
    asked = web.get(f"/batches/{ident}/delete")
    assert "1家企业" in asked.text
    assert folder_of(web, ident).is_dir()
    assert web.post(f"/batches/{ident}/delete", {}).status_code == 302
    assert list((web.folder / "批次").iterdir()) == []
    assert web.get(f"/batches/{ident}").status_code == 404


@pytest.mark.parametrize("path", HOSTILE)
def test_no_address_leads_out_of_the_folder(web: Web, drawer: Path, path: str) -> None:
    made(web, roster_of(drawer, 1))
    (web.folder / "secret.txt").write_text("secret", encoding="utf-8")
    for rest in ("", "/events", "/errors.xlsx", "/summary.xlsx", "/packs.zip", "/delete"):
        answer = web.get(f"/batches/{path}{rest}")
        assert answer.status_code in {302, 308, 404, 405}, rest
        assert "secret" not in answer.text
    for rest in ("/start", "/stop", "/delete", "/roster"):
        assert web.post(f"/batches/{path}{rest}", LOCALE).status_code in {302, 308, 404, 405}
    with pytest.raises(NotFoundError):
        Batches(web.folder / "批次", web.held.workspace).find(path)


@pytest.mark.parametrize(
    "change",
    [
        {"source": "../../secret.xlsx"},
        {"errors": "../../../secret.xlsx"},
        {"summary": "/etc/passwd"},
        {"state": "odd"},
        {"program": "another"},
        {"counts": 3},
        {"extra": 1},
        {"source": ""},
    ],
)
def test_a_record_that_was_tampered_with_is_no_batch(
    web: Web, drawer: Path, change: dict[str, Any]
) -> None:
    ident = made(web, roster_of(drawer, 1))
    record = folder_of(web, ident) / "batch.json"
    data = json.loads(record.read_text("utf-8")) | change
    record.write_text(json.dumps(data), encoding="utf-8")
    assert web.get(f"/batches/{ident}").status_code == 404
    assert web.get("/batches").status_code == 200


def test_links_in_the_folder_are_not_followed(web: Web, drawer: Path, tmp_path: Path) -> None:
    ident = made(web, roster_of(drawer, 1))
    run(web, ident)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.docx").write_bytes(b"secret")
    output = folder_of(web, ident) / "文书包"
    (pack,) = (p for p in output.iterdir() if p.is_dir() and not p.name.startswith("."))
    (pack / "linked.docx").symlink_to(outside / "secret.docx")
    (output / "another").symlink_to(outside, target_is_directory=True)
    (web.folder / "批次" / "linked").symlink_to(folder_of(web, ident), target_is_directory=True)
    assert not [name for name in zip_of(web, ident).namelist() if "linked" in name]
    assert web.get("/batches/linked").status_code == 404


@pytest.mark.parametrize(
    ("field", "value"), [("locale", "fr"), ("locale", "../en"), ("locale", "")]
)
def test_an_option_that_no_form_sends_is_refused(
    web: Web, drawer: Path, field: str, value: str
) -> None:
    ident = made(web, roster_of(drawer, 1))
    assert web.post(f"/batches/{ident}/start", {**LOCALE, field: value}).status_code == 400


def test_a_day_that_is_none_is_told_beside_what_was_typed(web: Web, drawer: Path) -> None:
    ident = made(web, roster_of(drawer, 1))
    told = web.post(f"/batches/{ident}/start", {**LOCALE, "day": "2026-13-45"})
    assert told.status_code == 400
    assert 'value="2026-13-45"' in told.text


@pytest.mark.slow
def test_the_page_speaks_english_too(web: Web, drawer: Path) -> None:
    ident = made(web, roster_of(drawer, 2, {1: "representative-missing"}))
    run(web, ident)
    web.post("/language", {"lang": "en", "back": "/batches"})
    assert "Failed" in web.get("/batches").text
    text = web.get(f"/batches/{ident}").text
    assert "1 made, 0 up to date, 1 failed" in text


# ---------------------------------------------------------------- zip


def test_a_zip_goes_out_in_pieces_and_holds_what_is_there(tmp_path: Path) -> None:
    large, small = tmp_path / "large", tmp_path / "small"
    large.write_bytes(os.urandom(3_000_000))
    small.write_text("x", encoding="utf-8")
    files = [("甲/large.docx", large), ("gone", tmp_path / "gone"), ("small", small)]
    pieces = list(zipped(files))
    assert max(map(len, pieces)) < 1_000_000
    archive = zipfile.ZipFile(io.BytesIO(b"".join(pieces)))
    assert archive.testzip() is None
    assert archive.namelist() == ["甲/large.docx", "small"]
    assert archive.read("甲/large.docx") == large.read_bytes()
    assert b"".join(pieces) == b"".join(zipped(files))


def test_a_folder_of_batches_that_cannot_be_made_is_told(web: Web) -> None:
    (web.folder / "批次").write_text("in the way", encoding="utf-8")
    store = Batches(web.folder / "批次", web.held.workspace)
    assert store.all() == ()
    with pytest.raises(CqoError):
        store.add([FileStorage(io.BytesIO(b"x"), filename="a.xlsx")])

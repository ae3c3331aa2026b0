"""PDF copies and page pictures: LibreOffice as it is, and as it should never be."""

from __future__ import annotations

import http.server
import io
import os
import re
import shutil
import subprocess
import sys
import textwrap
import threading
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cases import SAMPLES
from conftest import Called
from lxml import etree
from openpyxl import Workbook

from cqo_docs.base.errors import PackError
from cqo_docs.office import pdf
from cqo_docs.office.pdf import (
    copy_names,
    count_pages,
    is_whole,
    page_pictures,
    to_pdf,
    without_clock,
)
from cqo_docs.pack.locking import lock
from cqo_docs.pack.manifest import EDITED, read_manifest

Cli = Callable[..., Called]
SAMPLE = next(path for path in SAMPLES if path.stem == "shanxi-food-micro")
posix = pytest.mark.skipif(os.name == "nt", reason="a script stands in for LibreOffice")

# The second file of the pack.
LETTER = "02-聘任与履职声明书"


def small_pdf(pages: int = 1, stamp: str = "20261121180758") -> bytes:
    """A PDF as LibreOffice ends it."""
    kids = " ".join(f"{n} 0 R" for n in range(3, 3 + pages))
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {pages}>>",
        *["<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 36]>>"] * pages,
        f"<</Producer(x)/CreationDate(D:{stamp}Z')>>",
    ]
    text, places = "%PDF-1.6\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(text))
        text += f"{number} 0 obj\n{content}\nendobj\n"
    start = len(text)
    text += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n"
    text += "".join(f"{place:010d} 00000 n \n" for place in places)
    mark = f"{int(stamp):032X}"
    text += f"trailer\n<</Size {len(objects) + 1}/Root 1 0 R\n/Info {len(objects)} 0 R\n"
    text += f"/ID [ <{mark}>\n<{mark}> ]\n/DocChecksum /{mark}\n>>\nstartxref\n{start}\n%%EOF\n"
    return text.encode()


FAKE = f"""\
#!{sys.executable}
import fcntl, json, os, subprocess, sys, time
from pathlib import Path
words = sys.argv[1:]
out = Path(words[words.index("--outdir") + 1])
given = [Path(word) for word in words[words.index("--outdir") + 2:]]
here = Path(__file__).parent
call = {{"words": words, "files": [p.name for p in given], "cwd": os.getcwd(),
        "fonts": os.environ.get("FONTCONFIG_FILE")}}
(here / "calls").open("a").write(json.dumps(call) + "\\n")
pdf = (here / "small.pdf").read_bytes()
def write(path, data=pdf):
    out.mkdir(exist_ok=True)
    (out / (path.stem + ".pdf")).write_bytes(data)
"""
GOOD = "for path in given: write(path)"


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Put a program in the place of LibreOffice; the folder where it keeps its notes."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "small.pdf").write_bytes(small_pdf())
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    monkeypatch.setattr(pdf, "PLACES", ())
    monkeypatch.delenv("FONTCONFIG_FILE", raising=False)

    def install(what: str) -> Path:
        program = folder / "soffice"
        program.write_text(FAKE + textwrap.dedent(what))
        program.chmod(0o755)
        return folder

    return install


def calls(folder: Path) -> list[Any]:
    import json

    return [json.loads(line) for line in (folder / "calls").read_text().splitlines()]


def generate(cli_invoke: Cli, *words: str | Path) -> Called:
    return cli_invoke("generate", SAMPLE, "-o", "输出 & 文书", "--date", "2026-11-08", *words)


def pack_folder(tmp_path: Path) -> Path:
    return next(path for path in (tmp_path / "输出 & 文书").iterdir() if path.is_dir())


# ---------------------------------------------------------------- in a pack


@posix
def test_every_paper_has_its_copy(cli_invoke: Cli, tmp_path: Path, fake: Any) -> None:
    fake(GOOD)
    called = generate(cli_invoke, "--pdf", "--json")
    assert called.code == 0, called.err
    folder = pack_folder(tmp_path)
    papers = [p for p in folder.iterdir() if p.suffix in {".docx", ".xlsx"}]
    copies = sorted(p.name for p in (folder / "PDF").iterdir())
    assert len(copies) == len(papers) >= 10
    assert {f"{LETTER}.pdf", "05-考核表.pdf", "05-考核表-xlsx.pdf"} <= set(copies)
    manifest = read_manifest(folder)
    assert manifest is not None
    digests = {entry["path"]: entry["sha256"] for entry in manifest["files"]}
    listed = [entry for entry in manifest["files"] if "source" in entry]
    assert sorted(entry["path"] for entry in listed) == [f"PDF/{name}" for name in copies]
    for entry in listed:
        assert entry["source"]["sha256"] == digests[entry["source"]["path"]]
        assert entry["sha256"] == pdf.sha256((folder / entry["path"]).read_bytes())
    assert [f for f in called.json["files"] if "source" in f] == [
        {k: entry[k] for k in ("path", "document", "sha256", "source")} for entry in listed
    ]


@posix
def test_pictures_come_with_or_without_the_copies(
    cli_invoke: Cli, tmp_path: Path, fake: Any
) -> None:
    folder = fake(GOOD)
    (folder / "small.pdf").write_bytes(small_pdf(2))
    called = generate(cli_invoke, "--png", "--only", "appointment")
    assert called.code == 0, called.err
    assert called.out.splitlines()[-2:] == [f"  {LETTER}.docx", "  PNG/"]
    names = sorted(p.name for p in (pack_folder(tmp_path) / "PNG").iterdir())
    assert names == [f"{LETTER}-01.png", f"{LETTER}-02.png"]
    assert not (pack_folder(tmp_path) / "PDF").exists()
    assert generate(cli_invoke, "--png", "--pdf", "--only", "appointment").code == 0
    assert (pack_folder(tmp_path) / "PDF" / f"{LETTER}.pdf").exists()


@posix
def test_a_run_without_copies_removes_them(cli_invoke: Cli, tmp_path: Path, fake: Any) -> None:
    fake(GOOD)
    generate(cli_invoke, "--pdf")
    called = generate(cli_invoke)
    assert called.code == 0
    assert not (pack_folder(tmp_path) / "PDF").exists()
    assert "PDF/" in called.out and "PDF/02" not in called.out
    fake("raise SystemExit(9)")
    assert generate(cli_invoke).code == 0  # nothing is called where no copy is wanted


@posix
def test_changed_and_foreign_files_among_the_copies_stay(
    cli_invoke: Cli, tmp_path: Path, fake: Any
) -> None:
    fake(GOOD)
    generate(cli_invoke, "--pdf")
    folder = pack_folder(tmp_path)
    (folder / "PDF" / f"{LETTER}.pdf").write_bytes(b"signed")
    (folder / "PDF" / "scan.pdf").write_bytes(b"own")
    called = generate(cli_invoke, "--pdf")
    assert called.code == 0
    assert (folder / EDITED / "PDF" / f"{LETTER}.pdf").read_bytes() == b"signed"
    assert (folder / "PDF" / f"{LETTER}.pdf").read_bytes() == without_clock(small_pdf())
    assert generate(cli_invoke).code == 0
    assert [p.name for p in (folder / "PDF").iterdir()] == ["scan.pdf"]


@posix
def test_equal_runs_give_equal_files(cli_invoke: Cli, tmp_path: Path, fake: Any) -> None:
    folder = fake(GOOD)
    generate(cli_invoke, "--pdf")
    first = {p.name: p.read_bytes() for p in (pack_folder(tmp_path) / "PDF").iterdir()}
    manifest = (pack_folder(tmp_path) / "manifest.json").read_bytes()
    (folder / "small.pdf").write_bytes(small_pdf(stamp="20300102030405"))
    generate(cli_invoke, "--pdf")
    assert first == {p.name: p.read_bytes() for p in (pack_folder(tmp_path) / "PDF").iterdir()}
    assert manifest == (pack_folder(tmp_path) / "manifest.json").read_bytes()


@posix
def test_one_call_with_a_profile_of_its_own(cli_invoke: Cli, tmp_path: Path, fake: Any) -> None:
    folder = fake(GOOD)
    generate(cli_invoke, "--pdf")
    (call,) = calls(folder)
    assert len(call["files"]) >= 10
    assert all(re.fullmatch(r"\d{4}\.(docx|xlsx)", name) for name in call["files"])
    profile = call["words"][0].removeprefix("-env:UserInstallation=file://")
    assert profile.startswith(str(tmp_path / "temporary"))
    assert "--headless" in call["words"]
    assert Path(call["fonts"]).read_text(encoding="utf-8").count("仿宋_GB2312") >= 1
    assert not list((tmp_path / "temporary").iterdir())


@posix
def test_fonts_that_the_user_chose_stay_chosen(fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = fake(GOOD)
    monkeypatch.setenv("FONTCONFIG_FILE", "/own/fonts.conf")
    to_pdf({"a.docx": b""})
    assert calls(folder)[0]["fonts"] == "/own/fonts.conf"


def test_the_profile_trusts_no_file(tmp_path: Path) -> None:
    pdf.write_profile(tmp_path)
    tree = etree.parse(tmp_path / "user" / "registrymodifications.xcu")
    oor = "{http://openoffice.org/2001/registry}"
    said = {
        (item.get(f"{oor}path"), item[0].get(f"{oor}name")): item.findtext("prop/value")
        for item in tree.getroot()
    }
    assert len(said) == len(pdf.SETTINGS)
    scripting = "/org.openoffice.Office.Common/Security/Scripting"
    assert said[scripting, "DisableMacrosExecution"] == "true"
    assert said[scripting, "BlockUntrustedRefererLinks"] == "true"
    assert said["/org.openoffice.Office.Writer/Content/Update", "Link"] == "2"


# ---------------------------------------------------------------- LibreOffice at its worst


def refused(called: Called, tmp_path: Path) -> str:
    """The one sentence of a run that wrote nothing and left nothing behind."""
    assert called.code == 1
    (sentence,) = filter(None, called.problems)
    assert not list((tmp_path / "输出 & 文书").glob("*"))
    assert not list((tmp_path / "temporary").iterdir())
    return sentence


@posix
def test_without_libreoffice(cli_invoke: Cli, tmp_path: Path, fake: Any) -> None:
    sentence = refused(generate(cli_invoke, "--pdf"), tmp_path)
    assert "libreoffice-writer" in sentence and "--pdf" in sentence


@posix
@pytest.mark.parametrize("name", ["libreoffice", "a place"])
def test_libreoffice_under_its_other_names(
    name: str, fake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = fake(GOOD)
    (folder / "soffice").rename(folder / name)
    monkeypatch.setattr(pdf, "PLACES", (str(folder / "a place"),))
    assert pdf.find_office() == str(folder / name)


def test_without_the_painter(
    cli_invoke: Cli, tmp_path: Path, fake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake(GOOD)
    monkeypatch.setitem(sys.modules, "pypdfium2", None)
    assert "pypdfium2" in refused(generate(cli_invoke, "--png"), tmp_path)


@posix
@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("raise SystemExit(3)", "退出码 3"),
        ("pass", "退出码 0"),
        ("for path in given[1:]: write(path)", "01-聘任决定.docx"),
        ("for path in given: write(path, pdf if path is given[0] else b'')", f"{LETTER}.docx"),
        ("for path in given: write(path, pdf if path is given[0] else pdf[:200])", LETTER),
        ("for p in given: write(p, pdf if p is given[0] else b'%PDF-1.6\\n%%EOF')", LETTER),
        ("os.kill(os.getpid(), 11)", "没有转换出任何文书"),
        ("write(given[0]); out.chmod(0)", "LibreOffice"),
    ],
    ids=["fails", "writes nothing", "leaves one out", "empty", "cut off", "no page", "crashes",
         "shut away"],
)  # fmt: skip
def test_a_call_that_goes_wrong(
    program: str, words: str, cli_invoke: Cli, tmp_path: Path, fake: Any
) -> None:
    fake(program)
    assert words in refused(generate(cli_invoke, "--pdf"), tmp_path)


@posix
def test_a_crash_after_the_work_is_no_loss(fake: Any) -> None:
    fake(f"{GOOD}\nraise SystemExit(139)")
    assert to_pdf({"一 & 二.docx": b""}) == {"一 & 二.docx": without_clock(small_pdf())}


@posix
def test_a_program_that_cannot_run(cli_invoke: Cli, tmp_path: Path, fake: Any) -> None:
    (fake(GOOD) / "soffice").write_text("#!/nowhere\n")
    assert "路径不存在" in refused(generate(cli_invoke, "--pdf"), tmp_path)


HANG = """
keep = open(here / "held", "w")
fcntl.flock(keep, fcntl.LOCK_EX)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], pass_fds=[keep.fileno()])
time.sleep(600)
"""


def freed(path: Path) -> bool:
    """Whether nobody holds a file any more; what was killed may take a moment to die."""
    with path.open("r+b") as file:
        for _ in range(2000):
            if lock(file.fileno()):
                return True
            time.sleep(0.05)
    return False


@posix
def test_a_call_that_hangs_is_ended_with_all_it_started(
    cli_invoke: Cli, tmp_path: Path, fake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = fake(HANG)
    wait = subprocess.Popen.wait

    def waited(self: Any, timeout: float | None = None) -> int:
        monkeypatch.setattr(subprocess.Popen, "wait", wait)
        while not (folder / "held").exists():
            time.sleep(0.01)
        return wait(self, timeout)

    monkeypatch.setattr(subprocess.Popen, "wait", waited)
    monkeypatch.setattr(pdf, "SECONDS_TO_START", 1)
    monkeypatch.setattr(pdf, "SECONDS_A_FILE", 0)
    assert "超过1秒" in refused(generate(cli_invoke, "--pdf"), tmp_path)
    assert freed(folder / "held")


@posix
def test_an_interrupted_call_leaves_nothing_running(
    cli_invoke: Cli, tmp_path: Path, fake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = fake(HANG)
    wait = subprocess.Popen.wait

    def interrupted(self: Any, timeout: float | None = None) -> int:
        monkeypatch.setattr(subprocess.Popen, "wait", wait)
        while not (folder / "held").exists():
            time.sleep(0.01)
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess.Popen, "wait", interrupted)
    assert "已中断" in refused(generate(cli_invoke, "--pdf"), tmp_path)
    assert freed(folder / "held")


# ---------------------------------------------------------------- small parts


def test_names_of_copies() -> None:
    assert copy_names(["一.docx", "二.docx", "二.xlsx", "三.xlsx", "四.ics"]) == {
        "一.docx": "一",
        "二.docx": "二",
        "二.xlsx": "二-xlsx",
        "三.xlsx": "三",
    }


def test_pages_are_counted_in_open_and_in_packed_objects() -> None:
    assert count_pages(small_pdf(3)) == 3
    packed = zlib.compress(b"<</Type/Pages/Count 2>> <</Type/Page/A 1>> <</Type /Page>>")
    stream = b"5 0 obj <</Type/ObjStm/N 3/Length 9>>\nstream\n" + packed + b"\nendstream"
    assert count_pages(b"%PDF-1.7\n" + stream) == 2


@pytest.mark.parametrize("data", [b"", b"%PDF-1.6", small_pdf()[:-7], small_pdf(0), b"x%%EOF"])
def test_a_broken_pdf_is_told(data: bytes) -> None:
    assert is_whole(small_pdf())
    assert not is_whole(data)


def test_a_pdf_forgets_its_hour_and_nothing_else() -> None:
    one, other = small_pdf(), small_pdf(stamp="20300102030405")
    assert without_clock(one) == without_clock(other)
    assert len(without_clock(one)) == len(one)
    assert without_clock(small_pdf(2)) != without_clock(one)
    stream = b"1 0 obj\nstream\n/CreationDate(D:20201010101010)\nendstream\n"
    assert without_clock(stream + one).startswith(stream)


def test_a_picture_shows_what_it_is_given() -> None:
    rows = [b"\xff\x00\x00" * 2, b"\x00\x00\xff" * 2]
    data = pdf.png(2, rows)
    pixels = data[data.index(b"IDAT") + 4 : data.index(b"IEND") - 8]
    assert zlib.decompress(pixels) == b"\0" + rows[0] + b"\0" + rows[1]
    pictures = list(page_pictures(small_pdf(2)))
    assert len(pictures) == 2
    assert all(p.startswith(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x64\0\0\0\x32") for p in pictures)


FAMILIES = ("仿宋_GB2312", "楷体_GB2312", "方正小标宋简体", "黑体", "宋体")
# Such rules come with fonts that somebody installs.
OTHERS = "".join(
    f"<alias><family>{family}</family><{order}><family>DejaVu Sans</family></{order}></alias>"
    for family in FAMILIES
    for order in ("prefer", "accept", "default")
)


def stand_in(wanted: str, folder: Path, machine: str = "") -> str:
    """The font that stands in for another by our file alone, after the rules of a machine."""
    match = shutil.which("fc-match")
    if (
        match is None
        or "WenKai"
        not in subprocess.run(["fc-list"], capture_output=True, text=True, check=True).stdout
    ):
        pytest.skip("fontconfig and the free Chinese fonts are not installed")
    text = re.sub(r"<include.*\n", "", pdf.FONTS.read_text(encoding="utf-8"))
    folders = "<dir>/usr/share/fonts</dir><dir>/usr/local/share/fonts</dir>"
    own = folder / "fonts.conf"
    own.write_text(
        text.replace("<fontconfig>", f"<fontconfig>{folders}{machine}"), encoding="utf-8"
    )
    return subprocess.run(
        [match, wanted, "-f", "%{family[0]}:%{style[0]}"],
        env={"FONTCONFIG_FILE": str(own), "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@pytest.mark.parametrize("machine", ["", OTHERS], ids=["no-rules", "other-rules"])
def test_stand_ins_are_told_apart_whatever_rules_a_machine_has(
    tmp_path: Path, machine: str
) -> None:
    """Each font finds another stand-in, 小标宋 a bold one."""
    found = [stand_in(family, tmp_path, machine) for family in FAMILIES]
    assert len(set(found)) == len(FAMILIES), found
    assert not any("DejaVu" in name for name in found)
    assert "Bold" in found[2] or "宋" in found[2]


@pytest.mark.parametrize("sign", "☐☑")
@pytest.mark.parametrize("family", [*FAMILIES, "Times New Roman", "DejaVu Sans Mono"])
def test_the_boxes_to_tick_are_those_of_one_font(tmp_path: Path, family: str, sign: str) -> None:
    assert stand_in(f"{family}:charset={ord(sign):x}", tmp_path).startswith("DejaVu Sans:")


# ---------------------------------------------------------------- LibreOffice itself


@pytest.mark.slow
def test_a_real_pack_with_copies_and_pictures(cli_invoke: Cli, tmp_path: Path, office: str) -> None:
    words = ("--pdf", "--png", "--only", "appointment,assessment")
    called = generate(cli_invoke, *words)
    assert called.code == 0, called.err
    folder = pack_folder(tmp_path)
    files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.p*")}
    assert {
        f"PDF/{LETTER}.pdf",
        "PDF/05-考核表.pdf",
        f"PNG/{LETTER}-01.png",
    } <= set(files)
    for name, data in files.items():
        if name.endswith(".pdf"):
            assert is_whole(data)
            pictures = [n for n in files if n.startswith(f"PNG/{Path(name).stem}-0")]
            assert len(pictures) == count_pages(data)
            assert b"20260101000000" in data
            assert str(tmp_path).encode() not in data
    assert generate(cli_invoke, *words).code == 0
    again = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.p*")}
    assert again == files


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """A web server on this machine, and what was asked of it."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        do_HEAD = do_OPTIONS = do_PROPFIND = do_GET  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


OFFICE = "http://schemas.openxmlformats.org"
RELATED = f"{OFFICE}/officeDocument/2006/relationships"
SPACES = (
    f'xmlns:w="{OFFICE}/wordprocessingml/2006/main" xmlns:r="{RELATED}" '
    f'xmlns:wp="{OFFICE}/drawingml/2006/wordprocessingDrawing" '
    f'xmlns:a="{OFFICE}/drawingml/2006/main" xmlns:pic="{OFFICE}/drawingml/2006/picture"'
)


def linked_picture(number: int) -> str:
    return (
        '<w:p><w:r><w:drawing><wp:inline><wp:extent cx="900000" cy="900000"/>'
        f'<wp:docPr id="{number}" name="p"/><a:graphic><a:graphicData '
        f'uri="{OFFICE}/drawingml/2006/picture"><pic:pic><pic:nvPicPr>'
        f'<pic:cNvPr id="{number}" name="p"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill>'
        f'<a:blip r:link="rId{number}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
        '<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="900000" cy="900000"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData>'
        "</a:graphic></wp:inline></w:drawing></w:r></w:p>"
    )


def field(code: str) -> str:
    marks = [f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "end")]
    return f"<w:p>{marks[0]}<w:r><w:instrText>{code}</w:instrText></w:r>{marks[1]}</w:p>"


def relations(*targets: tuple[str, str, str]) -> str:
    rows = "".join(
        f'<Relationship Id="rId{n}" Type="{RELATED}/{kind}" Target="{target}" {mode}/>'
        for n, (kind, target, mode) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{OFFICE}/package/2006/relationships">{rows}</Relationships>'


def reaching_docx(url: str, picture: str) -> bytes:
    """A Word file that wants its pictures, fields and template from elsewhere."""
    away = 'TargetMode="External"'
    kinds = {"rels": "package.relationships", "xml": "officedocument.wordprocessingml"}
    fields = [
        f'INCLUDEPICTURE "{url}/field.png" \\d',
        f'INCLUDETEXT "{url}/text.docx"',
        f'LINK Excel.Sheet.8 "{url}/link.xls" "A1" \\a',
    ]
    body = linked_picture(1) + linked_picture(2) + "".join(map(field, fields))
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{OFFICE}/package/2006/content-types">'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-'
        f'{kinds["rels"]}+xml"/>'
        + "".join(
            f'<Override PartName="/word/{name}.xml" ContentType="application/vnd.openxmlformats-'
            f'{kinds["xml"]}.{kind}+xml"/>'
            for name, kind in (("document", "document.main"), ("settings", "settings"))
        )
        + "</Types>",
        "_rels/.rels": relations(("officeDocument", "word/document.xml", "")),
        "word/document.xml": f"<w:document {SPACES}><w:body><w:p><w:r><w:t>text</w:t></w:r></w:p>"
        f"{body}</w:body></w:document>",
        "word/_rels/document.xml.rels": relations(
            ("image", f"{url}/image.png", away),
            ("image", picture, away),
            ("settings", "settings.xml", ""),
        ),
        "word/settings.xml": f'<w:settings {SPACES}><w:attachedTemplate r:id="rId1"/></w:settings>',
        "word/_rels/settings.xml.rels": relations(("attachedTemplate", f"{url}/t.dotm", away)),
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return stream.getvalue()


def reaching_xlsx(url: str) -> bytes:
    """A workbook that wants its values from elsewhere."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["text", f'=_xlfn.WEBSERVICE("{url}/web")', f"='{url}/[o.xlsx]Sheet1'!A1"])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "as it comes"])
def test_no_file_makes_libreoffice_reach_out(
    guarded: bool,
    listener: tuple[str, list[str]],
    office: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With a profile as LibreOffice comes the same files ask the server, and show the picture."""
    url, asked = listener
    secret = tmp_path / "secret.png"
    secret.write_bytes(pdf.png(8, [b"\xff\0\0" * 8] * 8))
    if not guarded:
        monkeypatch.setattr(pdf, "SETTINGS", ())
    files = {"a.docx": reaching_docx(url, secret.as_uri()), "b.xlsx": reaching_xlsx(url)}
    made = to_pdf(files)
    shown = b"/Subtype/Image" in made["a.docx"]
    assert (bool(asked), shown) == (not guarded, not guarded)


@pytest.mark.slow
def test_a_file_that_is_none_is_named(office: str) -> None:
    with pytest.raises(PackError) as error:
        to_pdf({"坏.docx": b"PK\3\4 nothing"})
    assert error.value.problems[0].code in {"pdf.failed", "pdf.missing"}

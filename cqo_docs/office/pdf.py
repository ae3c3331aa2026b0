"""PDF copies of papers and pictures of their pages, laid out in one call of LibreOffice."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from xml.sax.saxutils import escape, quoteattr

from cqo_docs.base.errors import PackError, problem, reason_of
from cqo_docs.pack.manifest import PackFile, sha256

FONTS = Path(__file__).parents[1] / "content" / "fonts.conf"
# A cold start on a slow disk, and the largest workbook on a slow processor.
SECONDS_TO_START = 90
SECONDS_A_FILE = 20
DOTS_PER_INCH = 100
PLACES = (
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    r"C:\Program Files\LibreOffice\program\soffice.exe",
    r"C:\Program Files (x86)\LibreOffice\program\soffice.exe",
)
SWITCHES = (
    "--headless", "--invisible", "--nologo", "--nodefault", "--norestore", "--nolockcheck",
    "--nofirststartwizard",
)  # fmt: skip
# What the profile of a call says: path, name and value of each setting. No file may make the
# program run anything, load anything from elsewhere, or ask anything of anybody.
SETTINGS: Sequence[tuple[str, str, str]] = (
    ("Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("Office.Common/Security/Scripting", "DisableActiveContent", "true"),
    ("Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Office.Writer/Content/Update", "Link", "2"),  # never
    ("Office.Calc/Content/Update", "Link", "2"),
    ("Office.Jobs/Jobs/org.openoffice.Office.Jobs:Job['UpdateCheck']/Arguments",
     "AutoCheckEnabled", "false"),
    ("Office.Recovery/RecoveryInfo", "Enabled", "false"),
    ("Office.Recovery/AutoSave", "Enabled", "false"),
    ("Office.Common/Misc", "FirstRun", "false"),
    ("Office.Common/Misc", "CrashReport", "false"),
    ("Office.Common/Misc", "CollectUsageInformation", "false"),
    # Whatever asks the network all the same finds a proxy where nobody listens.
    ("Inet/Settings", "ooInetProxyType", "2"),
    *(
        setting
        for scheme in ("HTTP", "HTTPS", "FTP")
        for setting in (
            ("Inet/Settings", f"ooInet{scheme}ProxyName", "127.0.0.1"),
            ("Inet/Settings", f"ooInet{scheme}ProxyPort", "9"),
        )
    ),
    ("Inet/Settings", "ooInetNoProxy", ""),
    # Dates and sums look alike on every machine.
    ("Setup/L10N", "ooSetupSystemLocale", "zh-CN"),
    ("Office.Linguistic/General", "DefaultLocale_CJK", "zh-CN"),
)  # fmt: skip
# What tells the time of a call, and what follows from that: all of fixed length.
CLOCK = re.compile(rb"(/(?:CreationDate|ModDate)\s*\(D:)\d{14}")
PRINTS = re.compile(rb"(/ID\s*\[\s*<|>\s*<|/DocChecksum\s*/)([0-9A-Fa-f]{32})(?=\s*[<>/]|\s+\w)")
PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
OBJECTS = re.compile(rb"/Type\s*/ObjStm.*?stream\r?\n(.*?)endstream", re.DOTALL)


def copies_of(files: Sequence[PackFile], kinds: Sequence[str]) -> tuple[PackFile, ...]:
    """The copies of Word and Excel files; `kinds` are pdf, png (pictures of the pages), or both.

    The same files give the same copies wherever LibreOffice and the fonts are the same.
    Raises PackError where a program is missing, fails, or takes too long.
    """
    if "png" in kinds:
        _need_painter()
    names = copy_names([file.path for file in files])
    printed = to_pdf({file.path: file.data for file in files if file.path in names})
    made: list[PackFile] = []
    for file in files:
        if file.path not in names:
            continue
        data, name = printed[file.path], names[file.path]
        copies = {f"PDF/{name}.pdf": data} if "pdf" in kinds else {}
        if "png" in kinds:
            for number, picture in enumerate(page_pictures(data), 1):
                copies[f"PNG/{name}-{number:02d}.png"] = picture
        made += [
            PackFile(path, copy, file.documents, file.standards, source=file.path)
            for path, copy in copies.items()
        ]
    return tuple(made)


def copy_names(paths: Sequence[str]) -> dict[str, str]:
    """The names of copies without their suffix; a workbook beside its Word file has its own."""
    words = {PurePosixPath(p).stem for p in paths if p.endswith(".docx")}
    names = {}
    for path in map(PurePosixPath, paths):
        if path.suffix == ".docx":
            names[str(path)] = path.stem
        elif path.suffix == ".xlsx":
            names[str(path)] = f"{path.stem}-xlsx" if path.stem in words else path.stem
    return names


def to_pdf(files: Mapping[str, bytes], office: str | None = None) -> dict[str, bytes]:
    """Each file of Word or Excel as PDF, by its name; all in one call.

    Raises PackError: with the names of the files that did not become a PDF with pages.
    """
    if not files:
        return {}
    office = office or find_office()
    try:
        with tempfile.TemporaryDirectory(prefix="cqo-docs-", ignore_cleanup_errors=True) as place:
            folder = Path(place)
            # Plain names: what a system makes of others depends on its language.
            given = {
                name: folder / "in" / f"{number:04d}{PurePosixPath(name).suffix}"
                for number, name in enumerate(files, 1)
            }
            (folder / "in").mkdir()
            for name, path in given.items():
                path.write_bytes(files[name])
            write_profile(folder / "profile")
            code = _call(office, folder, list(given.values()))
            return _gathered(folder / "out", given, code)
    except OSError as error:
        raise PackError([problem("pdf.system", reason=reason_of(error))]) from None


def find_office() -> str:
    """Where LibreOffice is. Raises PackError where it is not."""
    for name in ("soffice", "libreoffice"):
        found = shutil.which(name)
        if found is not None:
            return found
    for place in PLACES:
        if Path(place).is_file():
            return place
    raise PackError([problem("pdf.no-office")])


def write_profile(folder: Path) -> None:
    """A fresh profile of LibreOffice that trusts no file."""
    items = "".join(
        f"<item oor:path={quoteattr(f'/org.openoffice.{path}')}>"
        f'<prop oor:name={quoteattr(name)} oor:op="fuse"><value>{escape(value)}</value></prop>'
        "</item>\n"
        for path, name, value in SETTINGS
    )
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<oor:items xmlns:oor="http://openoffice.org/2001/registry" '
        'xmlns:xs="http://www.w3.org/2001/XMLSchema" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n{items}</oor:items>\n'
    )
    (folder / "user").mkdir(parents=True)
    (folder / "user" / "registrymodifications.xcu").write_text(text, encoding="utf-8")


def _call(office: str, folder: Path, paths: Sequence[Path]) -> int:
    """The exit code of one call for all files, killed with all that it started if it takes long."""
    limit = SECONDS_TO_START + SECONDS_A_FILE * len(paths)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    out = ["--convert-to", "pdf", "--outdir", str(folder / "out")]
    # Whoever chose fonts for all programs meant this one too.
    fonts = {"FONTCONFIG_FILE": os.environ.get("FONTCONFIG_FILE") or str(FONTS)}
    with subprocess.Popen(
        [office, profile, *SWITCHES, *out, *map(str, paths)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env={**os.environ, **fonts},
        start_new_session=True,
    ) as process:
        try:
            return process.wait(limit)
        except subprocess.TimeoutExpired:
            _kill(process)
            raise PackError([problem("pdf.time", seconds=limit)]) from None
        except BaseException:
            _kill(process)
            raise


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a process with all that it started."""
    if sys.platform == "win32":
        command = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
        subprocess.run(command, capture_output=True, check=False)
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def _gathered(out: Path, given: Mapping[str, Path], code: int) -> dict[str, bytes]:
    """The PDFs that a call made, by the names of their sources."""
    found: dict[str, bytes] = {}
    for name, path in given.items():
        with contextlib.suppress(FileNotFoundError):
            data = (out / f"{path.stem}.pdf").read_bytes()
            if is_whole(data):
                found[name] = without_clock(data)
    missing = [name for name in given if name not in found]
    if missing:
        which = "pdf.failed" if len(missing) == len(given) else "pdf.missing"
        raise PackError([problem(which, exit=code, files="、".join(missing))])
    return found


def is_whole(data: bytes) -> bool:
    """Whether some bytes are a PDF from its first to its last line, with a page at least."""
    return data.startswith(b"%PDF-") and b"%%EOF" in data[-1024:] and count_pages(data) > 0


def count_pages(data: bytes) -> int:
    """How many pages a PDF has, whether its objects stand openly or packed together."""
    return sum(len(PAGE.findall(part)) for part in (data, *_packed_objects(data)))


def _packed_objects(data: bytes) -> Iterator[bytes]:
    for match in OBJECTS.finditer(data):
        with contextlib.suppress(zlib.error):
            yield zlib.decompressobj().decompress(match[1])


def without_clock(data: bytes) -> bytes:
    """A PDF that does not tell when it was made; its identity is that of its content."""
    # After the last object: no stream is touched.
    tail = max(data.rfind(b"endstream"), 0)
    head, rest = data[:tail], CLOCK.sub(rb"\g<1>20260101000000", data[tail:])
    blank = PRINTS.sub(rb"\g<1>" + b"0" * 32, rest)
    mark = sha256(head + blank)[:32].upper().encode()
    return head + PRINTS.sub(rb"\g<1>" + mark, rest)


def _need_painter() -> None:
    try:
        import pypdfium2  # noqa: F401
    except ImportError:
        raise PackError([problem("png.no-painter")]) from None


def page_pictures(pdf: bytes) -> Iterator[bytes]:
    """A picture of each page of a PDF, as PNG."""
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    try:
        for page in document:
            bitmap = page.render(scale=DOTS_PER_INCH / 72, rev_byteorder=True)
            pixels, room = bytes(bitmap.buffer), bitmap.width * bitmap.n_channels
            rows = [pixels[i * bitmap.stride :][:room] for i in range(bitmap.height)]
            yield png(bitmap.width, rows)
    finally:
        document.close()


def png(width: int, rows: Sequence[bytes]) -> bytes:
    """A picture of rows of red, green and blue."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, len(rows), 8, 2, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")

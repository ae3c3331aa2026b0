"""LibreOffice as the tests use it: files laid out on pages, and files as it saves them again."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import pytest

from cqo_docs.base.errors import PackError
from cqo_docs.office import pdf

# So long takes no call that ends at all, however busy the machine is.
SECONDS = 1800


def find_office() -> str:
    """Where LibreOffice is; the test is skipped where it is not."""
    try:
        return pdf.find_office()
    except PackError:
        pytest.skip("LibreOffice is not installed: nothing is laid out or recalculated")


def page_texts(files: Mapping[str, bytes]) -> dict[str, tuple[str, ...]]:
    """What stands on each page of some files, by their name, without blanks and page numbers.

    They are laid out as the program lays out its copies, in the fonts that it names: what is
    measured does not depend on what else a machine has.
    """
    find_office()
    return {name: texts_of_pages(data) for name, data in pdf.to_pdf(files).items()}


def texts_of_pages(data: bytes) -> tuple[str, ...]:
    """What stands on each page of a PDF, without blanks and page numbers."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed: pages cannot be read")
    done = subprocess.run(
        ["pdftotext", "-layout", "-enc", "UTF-8", "-", "-"],
        input=data, capture_output=True, check=True,
    )  # fmt: skip
    pages = done.stdout.decode().split("\f")[:-1]
    return tuple(re.sub(r"\s+", "", re.sub(r"—\s*\d+\s*—", "", page)) for page in pages)


def resaved(files: Mapping[str, bytes], kind: str) -> dict[str, bytes]:
    """What LibreOffice saves of files that it opened, by their name, all in one call.

    `kind` is the ending of a file, or that with the filter that writes it: `docx:MS Word 2007 XML`.
    """
    office = find_office()
    with tempfile.TemporaryDirectory(prefix="cqo-docs-", ignore_cleanup_errors=True) as place:
        folder = Path(place)
        (folder / "in").mkdir()
        # Plain names: what a system makes of others depends on its language.
        given = {
            name: folder / "in" / f"{number:04d}{PurePosixPath(name).suffix}"
            for number, name in enumerate(files)
        }
        for name, path in given.items():
            path.write_bytes(files[name])
        pdf.write_profile(folder / "profile")
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        out = ["--convert-to", kind, "--outdir", str(folder / "out")]
        done = subprocess.run(
            [office, profile, *pdf.SWITCHES, *out, *map(str, given.values())],
            env={**os.environ, "FONTCONFIG_FILE": str(pdf.FONTS)},
            capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
        saved = {
            name: folder / "out" / f"{path.stem}.{kind.partition(':')[0]}"
            for name, path in given.items()
        }
        missing = [name for name, path in saved.items() if not path.is_file()]
        assert not missing, f"not opened: {missing}\n{done.stderr[-500:]}"
        return {name: path.read_bytes() for name, path in saved.items()}

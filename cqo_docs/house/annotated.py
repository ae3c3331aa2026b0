"""Copies of templates with a Word comment at each fault."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path

from cqo_docs.base.errors import PackError, problem, reason_of
from cqo_docs.house import TEMPLATES
from cqo_docs.house.checking import BODY, Fault, Report
from cqo_docs.wording.sentences import Wording


def write_annotated(report: Report, folder: Path, wording: Wording) -> list[Path]:
    """Write a copy of every Word template that has faults; where the copies are.

    A file that is no Word file is left out; a file that is there already stays, and the copy gets
    a number. Raises PackError where nothing can be written.
    """
    by_file: dict[str, list[Fault]] = {}
    for fault in report.faults:
        if fault.file.startswith(f"{TEMPLATES}/") and fault.file.endswith(".docx"):
            by_file.setdefault(fault.file, []).append(fault)
    made = []
    for file, faults in by_file.items():
        data = _annotated(report.folder / file, faults, wording)
        if data is None:
            continue
        target = folder / Path(file).name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            target = _placed(data, target)
        except OSError as error:
            refused = problem("pack.cannot-write", str(target), reason=reason_of(error))
            raise PackError([refused]) from None
        made.append(target)
    return made


def _placed(data: bytes, wanted: Path) -> Path:
    """Where the bytes were put: under a name that was free, and whole or not at all."""
    target, number = wanted, 1
    while os.path.lexists(target):
        number += 1
        target = wanted.with_stem(f"{wanted.stem}-{number}")
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        unfinished.write_bytes(data)
        unfinished.rename(target)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
    return target


def _annotated(path: Path, faults: Sequence[Fault], wording: Wording) -> bytes | None:
    from docx import Document
    from docx.opc.exceptions import PackageNotFoundError
    from docx.oxml.ns import qn
    from docx.text.paragraph import Paragraph

    try:
        document = Document(str(path))
    except (PackageNotFoundError, KeyError, ValueError, OSError, SyntaxError):
        return None
    paragraphs = list(document.element.body.iter(qn("w:p")))
    author = str(wording.messages["house.author"])
    for fault in faults:
        # Headers and footers take no comments: what is said of them stands at the beginning.
        number = fault.number if fault.part == BODY and 0 <= fault.number < len(paragraphs) else 0
        paragraph = Paragraph(paragraphs[number], document.element.body)
        runs = paragraph.runs or [paragraph.add_run("")]
        text = wording.problem(fault.problem)
        document.add_comment(runs, text=text, author=author, initials=author[:2])
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()

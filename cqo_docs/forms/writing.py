"""Write the form of one company, in Word or Excel, to be filled in."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cqo_docs.base.errors import PackError, problem, reason_of
from cqo_docs.library.records import Library
from cqo_docs.wording.sentences import Wording


def write_form(
    path: Path, library: Library, wording: Wording, known: Mapping[str, Any] | None = None
) -> None:
    """Write the form that a file name asks for, with the known answers filled in.

    Raises PackError where it cannot be written or an answer cannot be shown; nothing is left then.
    """
    data = WRITERS[path.suffix.lower()](library, wording, known)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with unfinished.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        code = "pack.file-open" if isinstance(error, PermissionError) else "pack.cannot-write"
        raise PackError([problem(code, str(path), reason=reason_of(error))]) from None


def _word_form(library: Library, wording: Wording, known: Mapping[str, Any] | None) -> bytes:
    from cqo_docs.forms.word.form import word_form
    from cqo_docs.questions.fields import lay_out

    return word_form(lay_out(library, wording), known)


def _excel_form(library: Library, wording: Wording, known: Mapping[str, Any] | None) -> bytes:
    from cqo_docs.forms.excel.form import excel_form
    from cqo_docs.questions.fields import lay_out

    return excel_form(lay_out(library, wording), known)


Writer = Callable[[Library, Wording, Mapping[str, Any] | None], bytes]
WRITERS: Mapping[str, Writer] = {".docx": _word_form, ".xlsx": _excel_form}

"""Write the blank papers into a folder: all of them or none, and never over what is there."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from cqo_docs.base.errors import CqoError, PackError, Problem, problem
from cqo_docs.forms.blank.excel import excel_blank, without_signs
from cqo_docs.forms.blank.slots import PROPERTY, VERSION, BlankName, Slots, compose_blanks
from cqo_docs.forms.blank.word import word_blank
from cqo_docs.library.records import Library, Standard
from cqo_docs.pack.locking import locked, os_problem
from cqo_docs.pack.writing import prepare
from cqo_docs.questions.fields import lay_out
from cqo_docs.render import Renderer, template_name
from cqo_docs.wording.sentences import Wording

KINDS = {"docx": "word", "xlsx": "excel"}


def blank_files(
    library: Library, wording: Wording, renderer: Renderer, standard: Standard | None = None
) -> Iterator[tuple[str, bytes]]:
    """The name and the bytes of every blank paper, neutral or under one standard."""
    blanks = compose_blanks(library, wording, standard)
    slots = Slots(lay_out(library, wording), library)
    for document in blanks.documents:
        # A calendar is nothing to fill in.
        for kind in (k for k in KINDS if k in document.contexts):
            own = BlankName(KINDS[kind], VERSION, wording.locale, document.id,
                            standard.id if standard else "")  # fmt: skip
            properties = {PROPERTY: own.text}
            context = document.contexts[kind]
            render = renderer.template(template_name(document.template, kind))
            marked = render(context)
            if kind == "docx":
                data = word_blank(marked, blanks.places, slots, properties)
            else:
                clean = render(without_signs(context, blanks.places, slots))
                data = excel_blank(marked, clean, blanks.places, slots, properties)
            yield f"{document.number:02d}-{document.file}.{kind}", data


def write_blanks(
    output: Path,
    library: Library,
    wording: Wording,
    renderer: Renderer,
    standard: str | None = None,
) -> list[Path]:
    """The blank papers as they were written into a folder, whole or not at all.

    Raises CqoError for a standard that does not exist, PackError where nothing could be written.
    """
    chosen = None
    if standard is not None:
        chosen = library.find_standard(standard)
        if chosen is None:
            raise CqoError([_unknown(standard, library)])
    files = {output / name: data for name, data in
             blank_files(library, wording, renderer, chosen)}  # fmt: skip
    try:
        prepare(output, output / max((path.name for path in files), key=len, default=""))
        with locked(output):
            _write(files)
    except OSError as error:
        raise PackError([os_problem(error, output)]) from None
    return list(files)


def _unknown(name: str, library: Library) -> Problem:
    """What is said of a standard that does not exist, with the one that was probably meant."""
    known = [s.id for s in library.standards]
    named = {word: s.id for s in library.standards for word in (s.id, s.number, s.title) if word}
    close = [word for word in named if name.strip() and name.strip().casefold() in word.casefold()]
    close = close or get_close_matches(name, list(named), n=1, cutoff=0.5)
    code = "cli.unknown-standard-guess" if close else "cli.unknown-standard"
    guess = named[close[0]] if close else ""
    return problem(code, have=name, guess=guess, known="、".join(known))


def _write(files: Mapping[Path, bytes]) -> None:
    """Put files where there are none; those that are there already, byte for byte, stay."""
    there = [path for path in files if os.path.lexists(path)]
    others = [path for path in there if not _holds(path, files[path])]
    if others:
        raise PackError([problem("blank.exists", str(path)) for path in others])
    new = {path: path.with_name(f".{path.name}.{os.getpid()}.part")
           for path in files if path not in there}  # fmt: skip
    placed: list[Path] = []
    try:
        for path, part in new.items():
            with part.open("xb") as file:
                file.write(files[path])
                file.flush()
                os.fsync(file.fileno())
        for path, part in new.items():
            part.replace(path)
            placed.append(path)
    except BaseException:
        for path in (*new.values(), *placed):
            with contextlib.suppress(OSError):
                path.unlink()
        raise


def _holds(path: Path, data: bytes) -> bool:
    """Whether a file is one of ours that nobody has touched."""
    return path.is_file() and not path.is_symlink() and path.read_bytes() == data


__all__ = ["blank_files", "write_blanks"]

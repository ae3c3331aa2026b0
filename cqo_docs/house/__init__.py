"""A house folder: a consultant's own templates, words, papers and fields, laid over ours."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from cqo_docs.answers.file import AnswersFile
from cqo_docs.answers.reading import usable_answers
from cqo_docs.base.errors import CqoError, PackError, Problem, problem, reason_of
from cqo_docs.base.yamlfile import read_yaml
from cqo_docs.facts.case import case_from
from cqo_docs.facts.conditions import ALWAYS
from cqo_docs.library.records import Library, Paper
from cqo_docs.papers.view import OWN, make_view
from cqo_docs.plan.planner import plan_case
from cqo_docs.render import Renderer, open_renderer, template_files, template_folder, template_name
from cqo_docs.wording.files import with_own_words
from cqo_docs.wording.sentences import Wording

TEMPLATES, WORDS, SETTINGS = "templates", "wording", "house.yaml"
KEYS = ("fields", "values")
# Own papers stand behind all of ours.
FIRST_NUMBER = 50
# The words that papers print; what the program says on the screen is not a house's to change.
OWN_WORDS = ("documents/*.yaml", "standards/*.yaml", "formats.yaml", "indicators.yaml",
             "topics.yaml")  # fmt: skip
ANY_DAY = date(2026, 1, 1)


class Names(NamedTuple):
    """What templates may name: by the name, the value of the view behind it."""

    values: Mapping[str, str]
    labels: Mapping[str, str]
    """The same by the labels of the questions."""

    def meaning(self, name: str) -> str | None:
        """The value of the view that a name means; None if there is none."""
        return self.values.get(name) or self.labels.get(name)


class House(NamedTuple):
    """A house folder that was opened: the content with what it changes."""

    library: Library
    wording: Wording
    renderer: Renderer


def open_house(folder: Path, library: Library, wording: Wording) -> House:
    """The content and templates with those of a house folder laid over them.

    Raises CqoError with all that keeps the folder from being used.
    """
    folder = checked_folder(folder)
    settings = read_settings(folder)
    own_files = template_files(folder / TEMPLATES)
    papers = own_papers(library, own_files)
    own_words = _with_papers(wording, folder, papers)
    changed = replace(
        library,
        papers=(*library.papers, *papers),
        own_fields=settings,
        version=_version(library, folder, settings),
    )
    names = known_names(changed, own_words)
    changed = replace(
        changed,
        papers=tuple(
            replace(paper, names=_used(paper, own_files, names, str(folder / TEMPLATES)))
            for paper in changed.papers
        ),
    )
    return House(changed, own_words, open_renderer(house=folder / TEMPLATES))


def house_words(folder: Path, library: Library, wording: Wording) -> Wording:
    """The words of another locale with those of a house folder, whose papers the library holds.

    A house speaks Chinese. Raises CqoError where its words cannot be made into those of the locale.
    """
    own = [paper for paper in library.papers if paper.number >= FIRST_NUMBER]
    if wording.convert is None and (own or any((folder / WORDS).rglob("*.yaml"))):
        raise CqoError([problem("house.other-locale", str(folder), have=wording.locale)])
    return _with_papers(wording, folder, own)


def _with_papers(wording: Wording, folder: Path, papers: Sequence[Paper]) -> Wording:
    """Words with those of a folder, and names for the papers of its own."""
    words = {f"documents/{p.id}": {**dict.fromkeys(("name", "title", "file"), p.id), "parts": {}}
             for p in papers}  # fmt: skip
    return with_own_words(wording, folder / WORDS, words)


def checked_folder(folder: Path) -> Path:
    """The folder, where it is one that holds templates or words. Raises CqoError else."""
    if not folder.is_dir():
        raise CqoError([problem("house.missing", str(folder))])
    if not any((folder / name).exists() for name in (TEMPLATES, WORDS, SETTINGS)):
        raise CqoError([problem("house.empty", str(folder))])
    return folder


def read_settings(folder: Path) -> Mapping[str, str]:
    """The fields that a house folder adds, with their fixed values. Raises CqoError."""
    path = folder / SETTINGS
    if not path.exists():
        return {}
    data = read_yaml(path).data
    found = list(_setting_problems(path, data))
    if found:
        raise CqoError(found)
    fields = {str(name): "" for name in (data or {}).get("fields") or ()}
    return fields | {str(k): str(v) for k, v in ((data or {}).get("values") or {}).items()}


def _setting_problems(path: Path, data: Any) -> Iterator[Problem]:
    if data is None:
        return
    if not isinstance(data, dict):
        yield problem("house.settings", str(path))
        return
    for key in data.keys() - set(KEYS):
        yield problem("house.unknown-setting", str(path), key=key, known="、".join(KEYS))
    fields, values = data.get("fields") or [], data.get("values") or {}
    if not isinstance(fields, list) or not isinstance(values, dict):
        yield problem("house.settings", str(path))
        return
    for name in (*fields, *values):
        if not str(name).isidentifier():
            yield problem("house.bad-field", str(path), name=name)
    for name, value in values.items():
        if not isinstance(value, str):
            yield problem("house.bad-value", str(path), name=name)


def own_papers(library: Library, files: Mapping[str, Path]) -> list[Paper]:
    """The papers of a house's own: templates whose names are none of ours."""
    ours = {Path(name).stem for p in library.papers for name in templates_of(p)}
    kinds: dict[str, list[str]] = {}
    for name in files:
        stem, _, kind = name.rpartition(".")
        if stem not in ours:
            kinds.setdefault(stem, []).append(kind)
    return [
        Paper(
            stem,
            FIRST_NUMBER + n,
            f"{stem}.docx",
            tuple(sorted(found)),
            ALWAYS,
            {},
            {},
            (),
            {},
            "form",
        )
        for n, (stem, found) in enumerate(sorted(kinds.items()))
    ]


def templates_of(paper: Paper) -> tuple[str, ...]:
    """The templates of a paper: its own, and the one that it may share."""
    return (paper.template, *((paper.joins.template,) if paper.joins else ()))


def known_names(library: Library, wording: Wording) -> Names:
    """Every name that a template of any paper may use."""
    answers, _ = usable_answers({})
    file = AnswersFile(Path(), answers, frozenset(), {})
    terms = {"post": "", "addressees": ""}
    plan = plan_case(case_from(file, library.reference, ANY_DAY, terms), library, ANY_DAY)
    view = make_view(plan, library, wording)
    values = {f.rpartition(".")[2] if f.startswith(f"{OWN}.") else plain_name(f): f for f in view}
    labels: dict[str, str] = {}
    twice = set()
    for name, path in view.paths.items():
        label = wording.short_label(path).partition("（")[0]
        if label in labels and view.paths[labels[label]] != path:
            twice.add(label)
        elif label.isidentifier():
            labels.setdefault(label, name)
    return Names(values, {label: name for label, name in labels.items() if label not in twice})


def plain_name(name: str) -> str:
    """The name of a value as a template writes it: company.name is company_name."""
    return name.replace(".", "_").replace("-", "_")


def _used(paper: Paper, files: Mapping[str, Path], names: Names, where: str) -> Mapping[str, str]:
    """What the own templates of a paper name besides the context that it has."""
    from cqo_docs.render.naming import names_in

    found: dict[str, str] = {}
    wanted = [template_name(t, kind) for kind in paper.formats for t in templates_of(paper)]
    for path in filter(None, map(files.get, wanted)):
        for name in names_in(path):
            meaning = names.meaning(name)
            if meaning is not None:
                found[name] = meaning
    return found


def _version(library: Library, folder: Path, settings: Mapping[str, str]) -> str:
    """The version of the content with the words of the house."""
    digest = sha256(f"{library.version}{sorted(settings.items())}".encode())
    for path in sorted((folder / WORDS).rglob("*.yaml")):
        digest.update(f"\0{path.relative_to(folder).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()


# A folder to begin with


def copy_house(folder: Path, library: Library, wording: Wording) -> int:
    """Write a house folder with all our templates and words to change; how many files it holds.

    Raises PackError where the folder is not empty or cannot be written; nothing is left then.
    """
    if os.path.lexists(folder) and (not folder.is_dir() or any(folder.iterdir())):
        raise PackError([problem("house.not-empty", str(folder))])
    unfinished = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        _fill(unfinished, library, wording)
        with contextlib.suppress(FileNotFoundError):
            folder.rmdir()
        unfinished.rename(folder)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        fault = problem("pack.cannot-write", str(folder), reason=reason_of(error))
        raise PackError([fault]) from None
    return sum(path.is_file() for path in folder.rglob("*"))


def _fill(folder: Path, library: Library, wording: Wording) -> None:
    (folder / TEMPLATES).mkdir(parents=True)
    for name, path in template_files(template_folder()).items():
        (folder / TEMPLATES / name).write_bytes(path.read_bytes())
    for pattern in OWN_WORDS:
        for path in sorted(wording.folder.glob(pattern)):
            target = folder / WORDS / path.relative_to(wording.folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    words = wording.cli
    (folder / SETTINGS).write_text(str(words["house.settings-text"]), encoding="utf-8")
    names = known_names(library, wording)
    lines = [f"{name}\t{label}" for name, label in name_rows(names)]
    guide = str(words["house.guide"]).format(names="\n".join(lines))
    (folder / str(words["house.guide-file"])).write_text(guide, encoding="utf-8")


def name_rows(names: Names) -> list[tuple[str, str]]:
    """Every name with its Chinese one, where it has one."""
    chinese = {value: label for label, value in names.labels.items()}
    return [(name, chinese.get(value, "")) for name, value in sorted(names.values.items())]


__all__ = [
    "House", "Names", "checked_folder", "copy_house", "house_words", "known_names", "name_rows",
    "open_house", "own_papers", "read_settings",
]  # fmt: skip

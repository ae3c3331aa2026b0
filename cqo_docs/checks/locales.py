"""Checks that every locale says all that the Chinese says, with the same values and as strongly."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from string import Formatter
from typing import Any, NamedTuple

from cqo_docs.base.errors import Problem, problem
from cqo_docs.checks.content import LED_BY_BAR
from cqo_docs.library.records import Library
from cqo_docs.library.version import CONTENT
from cqo_docs.render import dressed, look_of, template_folder, text_of
from cqo_docs.wording.files import read_wording
from cqo_docs.wording.locales import LOCALES, SOURCE, locale_folder, unknown_folders
from cqo_docs.wording.modality import (
    ModalPatterns,
    modal_patterns,
    modalities_in,
    modality_fits,
)
from cqo_docs.wording.placeholders import placeholders
from cqo_docs.wording.sentences import Wording
from cqo_docs.wording.translation import content_texts, unknown_places

HAN = re.compile("[\u4e00-\u9fff]")
QUOTED = re.compile(r"《[^《》]*》")


class Differences(NamedTuple):
    """Where a locale rightly differs from the Chinese, as its own file says."""

    without: frozenset[str]
    names: frozenset[str]
    strength: frozenset[str]
    modal_words: ModalPatterns


def written_locales() -> list[str]:
    """The locales with words of their own, besides that which they are held against."""
    return [name for name in LOCALES if name != SOURCE and locale_folder(name) == name]


def locale_problems(library: Library, content: Path = CONTENT) -> Iterator[Problem]:
    """Everything that a locale lacks, has beyond the Chinese, or says otherwise."""
    source = read_wording(SOURCE, content)
    for name in unknown_folders(content):
        known = ", ".join(LOCALES)
        yield problem("content.unknown-locale", f"wording/{name}", have=name, known=known)
    for name in written_locales():
        yield from wording_problems(library, source, read_wording(name, content))


def wording_problems(library: Library, source: Wording, wording: Wording) -> Iterator[Problem]:
    """The same for one locale."""
    raw = wording.differences
    differences = Differences(
        frozenset(raw.get("without") or ()),
        frozenset(raw.get("names") or ()),
        frozenset(raw.get("strength") or ()),
        modal_patterns(wording.locale),
    )
    own = {**wording.paper_words, "web": wording.page, "content": dict(wording.content)}
    places = own["content"].pop("refs", {})
    own["content"].pop("place", None)
    wanted = {**source.paper_words, "web": source.page, "content": content_texts(library)}
    where = f"wording/{wording.locale}"
    said = translated_from(wording.locale, wording.folder.parents[1])
    for path, text, other in _compared(wanted, own, differences, where):
        if isinstance(text, Problem):
            yield text
            continue
        yield from _text_problems(path, text, other, differences, where)
        if said.get(path) != source_mark(text):
            yield problem("content.stale-translation", where, what=path, text=text[:40])
    for key in unknown_places(library, places):
        yield problem("content.no-words", f"{where}/content.yaml", what=f"refs {key}")
    yield from _modality_problems(library, wording, differences, where)
    yield from _template_problems(wording, where)


def source_marks(library: Library, source: Wording, wording: Wording) -> dict[str, str]:
    """For each text that a locale translates, by its path: the mark of the text as it is now."""
    differences = Differences(
        frozenset(wording.differences.get("without") or ()), frozenset(), frozenset(), {}
    )
    own = {**wording.paper_words, "web": wording.page, "content": dict(wording.content)}
    wanted = {**source.paper_words, "web": source.page, "content": content_texts(library)}
    return {
        path: source_mark(text)
        for path, text, _ in _compared(wanted, own, differences, "")
        if isinstance(text, str)
    }


def source_mark(text: str) -> str:
    """A short hash of a source text: it differs where a translation may be out of date."""
    return sha256(text.encode()).hexdigest()[:8]


def translated_from(locale: str, content: Path = CONTENT) -> Mapping[str, str]:
    """The marks of the texts that a locale's translations were made from, by path."""
    # No YAML: what was noted of a translation does not make a pack stale.
    path = content / "translated" / f"{locale}.txt"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return dict(line.rsplit(" ", 1) for line in lines)


def _compared(
    wanted: Any, own: Any, differences: Differences, where: str, path: str = ""
) -> Iterator[tuple[str, str | Problem, str]]:
    """Each text with its like, by its path; or the problem where one of the two is not there."""
    if path in differences.without:
        return
    if isinstance(wanted, Mapping):
        other: Mapping[str, Any] = own if isinstance(own, Mapping) else {}
        for key, value in wanted.items():
            inner = f"{path}.{key}" if path else str(key)
            yield from _compared(value, other.get(key), differences, where, inner)
        for key in set(other) - set(wanted):
            what = f"{path}.{key}".removeprefix(".")
            yield what, problem("content.orphan-words", where, what=what), ""
    elif isinstance(wanted, list):
        others = own if isinstance(own, list) else []
        for n, value in enumerate(wanted):
            like = others[n] if n < len(others) else None
            yield from _compared(value, like, differences, where, f"{path}[{n}]")
        for n in range(len(wanted), len(others)):
            yield path, problem("content.orphan-words", where, what=f"{path}[{n}]"), ""
    elif own is None or (str(wanted).strip() and not str(own).strip()):
        yield path, problem("content.no-words", where, what=path), ""
    else:
        yield path, str(wanted), str(own)


def _text_problems(
    path: str, text: str, other: str, differences: Differences, where: str
) -> Iterator[Problem]:
    names, others = names_in(text), names_in(other)
    if names != others and path not in differences.names:
        told = ", ".join(sorted(names ^ others))
        yield problem("content.other-placeholders", where, what=path, names=told)
    if HAN.search(QUOTED.sub("", other)):
        yield problem("content.foreign-words", where, what=path, text=other[:40])
    if path.startswith("documents/") and ".parts." in path and path not in differences.strength:
        strong = modalities_in(QUOTED.sub("", text))
        if strong != modalities_in(other, differences.modal_words):
            told = ", ".join(sorted(strong)) or "statement"
            yield problem("content.modality", where, ref=path, modality=told, text=other[:60])


def names_in(text: str) -> set[str]:
    """The names that a text wants to have filled in, in double braces or in single ones."""
    plain = re.sub(r"\{\{.*?\}\}", "", text)
    try:
        formatted = {name for _, name, _, _ in Formatter().parse(plain) if name is not None}
    except ValueError:
        formatted = {"?"}
    return {*placeholders(text), *formatted}


def _modality_problems(
    library: Library, wording: Wording, differences: Differences, where: str
) -> Iterator[Problem]:
    """Clauses whose words are weaker or harder than the clause."""
    summaries = wording.content.get("standards") or {}
    for standard in library.standards:
        told = (summaries.get(standard.id) or {}).get("clauses") or {}
        for clause in standard.clauses:
            summary = str(told.get(clause.ref) or "")
            texts = [summary] if summary else []
            free = clause.kind == LED_BY_BAR or clause.actor == "regulator"
            if not free and "text" in wording.topics.get(clause.topic, {}):
                texts.append(wording.clause_text(clause.topic, clause))
            for text in texts:
                if not modality_fits(text, clause.modality, differences.modal_words):
                    yield problem(
                        "content.modality",
                        where,
                        ref=clause.key,
                        modality=clause.modality,
                        text=text[:60],
                    )


def _template_problems(wording: Wording, where: str) -> Iterator[Problem]:
    """Words of the templates that the locale has no words for."""
    look = look_of(wording.look, "", None)
    for path in sorted(template_folder().glob("*.*x")):
        for text in text_of(dressed(path.read_bytes(), path.suffix[1:], look)):
            if HAN.search(text):
                yield problem(
                    "content.foreign-words", f"{where}/look.yaml", what=path.name, text=text[:60]
                )

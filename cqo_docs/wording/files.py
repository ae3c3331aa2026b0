"""The words of one locale, read from their files."""

from __future__ import annotations

import marshal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cqo_docs.base import cache
from cqo_docs.base.errors import CqoError
from cqo_docs.base.yamlfile import read_yaml
from cqo_docs.library.version import CONTENT, content_key, content_version
from cqo_docs.wording.formats import DayForm, ListForm, babel_version, day_form, list_form
from cqo_docs.wording.locales import ALIASES, LOCALES, SOURCE, TRADITIONAL
from cqo_docs.wording.sentences import Wording
from cqo_docs.wording.traditional import converted
from cqo_docs.wording.words import Words, converter_for

OWN_FILES = ("exceptions", "look")
# Words by which the program knows what an enterprise wrote; they are its own in any locale.
MATCHED = ("formats.manager.deputy", "formats.manager.factory.ending", "year.units")


def read_wording(
    locale: str = "zh-Hans", content: Path = CONTENT, version: str | None = None
) -> Wording:
    """The words of one locale; all at once where the version of the content is known.

    A file that cannot be read raises CqoError when its words are wanted.
    """
    locale = ALIASES.get(locale, locale)
    made = bool(LOCALES[locale].opencc)
    folder = content / "wording" / (TRADITIONAL if made else locale)
    if version is None:
        words = _read_words(locale, folder) if made else None
        return Wording(locale, folder, words)
    key = content_key("wording", f"{locale} {version} {babel_version()}")
    kept = cache.read(key)
    if kept is not None:
        files, days, lists = marshal.loads(kept)
        return Wording(locale, folder, Words(files, DayForm(*days), ListForm(*lists)))
    try:
        words = _read_words(locale, folder)
    except CqoError:
        if made:
            raise
        return Wording(locale, folder)
    if content_version(content) == version:
        form, months, days = words.day_form
        kept = marshal.dumps((words.files, (form, months, days), tuple(words.list_form)))
        cache.write(key, kept)
    return Wording(locale, folder, words)


def with_own_words(wording: Wording, folder: Path, more: Mapping[str, Any]) -> Wording:
    """The words of a locale with those of a folder over them, key by key, and some more files.

    Raises CqoError for a file that cannot be read.
    """
    words = wording.words or _read_words(wording.locale, wording.folder)
    files = {**words.files, **more}
    for path in sorted(folder.rglob("*.yaml")):
        name = path.relative_to(folder).with_suffix("").as_posix()
        own = read_yaml(path).data
        own = converted(own, wording.convert) if wording.convert else own
        files[name] = _laid_over(files.get(name), own)
    return Wording(wording.locale, wording.folder, words._replace(files=files))


def _laid_over(ours: Any, own: Any) -> Any:
    """What holds where both say something: groups are joined, anything else is replaced."""
    if not isinstance(ours, dict) or not isinstance(own, dict):
        return ours if own is None else own
    return {**ours, **{key: _laid_over(ours.get(key), value) for key, value in own.items()}}


def _read_words(locale: str, folder: Path) -> Words:
    made = bool(LOCALES[locale].opencc)
    files = _files_of(folder.parent / SOURCE if made else folder)
    if made:
        matched = {path: _at(files, path) for path in MATCHED}
        files = converted(files, converter_for(locale, folder.parent))
        for path, words in matched.items():
            above, _, name = path.rpartition(".")
            made_too = _at(files, path)
            # What the enterprise left open is filled with words of the locale.
            both = [*words, *made_too] if isinstance(words, list) else words
            if isinstance(words, dict):
                both = {kind: [*words[kind], *made_too[kind]] for kind in words}
            _at(files, above)[name] = both
        files |= {name: read_yaml(folder / f"{name}.yaml").data for name in OWN_FILES}
    return Words(files, day_form(locale), list_form(locale))


def _at(files: Mapping[str, Any], path: str) -> Any:
    """The words under a dotted path."""
    for name in path.split("."):
        files = files[name]
    return files


def _files_of(folder: Path) -> dict[str, Any]:
    return {
        path.relative_to(folder).with_suffix("").as_posix(): read_yaml(path).data
        for path in sorted(folder.rglob("*.yaml"))
    }

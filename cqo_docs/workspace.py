"""What every journey needs, opened once: the library, the words, the compiled templates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from cqo_docs.base.errors import CqoError, problem
from cqo_docs.library.reading import read_library
from cqo_docs.library.records import Library
from cqo_docs.render import Look, Renderer, look_of, open_renderer
from cqo_docs.wording.files import read_wording
from cqo_docs.wording.locales import ALIASES, LOCALES, SOURCE, locale_ready
from cqo_docs.wording.sentences import Wording
from cqo_docs.wording.translation import localized

MOST_LOCALES = 2


class Origin(NamedTuple):
    """Where a workspace comes from, so that another process can open the same."""

    locale: str = SOURCE
    """The locale of the papers, or two of them."""
    templates: Path | None = None
    """A folder of templates in the place of ours."""
    house: Path | None = None
    """A house folder to be laid over all of it."""


HERE = Origin()


@dataclass(frozen=True, slots=True)
class Edition:
    """What papers in one language are written from."""

    library: Library
    wording: Wording
    renderer: Renderer


@dataclass(frozen=True, slots=True)
class Workspace:
    """What every journey needs: the library, the words, the compiled templates.

    `wording` reads the answers and speaks to the user. Papers are written in it too, unless there
    are `editions`: of two, the second language stands below the first, in templates of `both`.
    """

    library: Library
    wording: Wording
    renderer: Renderer
    origin: Origin = HERE
    editions: tuple[Edition, ...] = ()
    both: Renderer | None = None

    @property
    def locale(self) -> str:
        """The locale of the papers, or both."""
        return ",".join([e.wording.locale for e in self.editions]) or self.wording.locale


def parse_locale(text: str) -> tuple[str, ...]:
    """The locales of papers, one or two. Raises CqoError for any that we do not have."""
    names = [ALIASES.get(name.strip(), name.strip()) for name in text.split(",")]
    ready = [name for name in (*LOCALES, *ALIASES) if locale_ready(name)]
    known = "、".join(sorted(ready))
    for name in names:
        if name not in ready:
            raise CqoError([problem("cli.unknown-locale", have=name, known=known)])
    if len(names) > MOST_LOCALES or len(set(names)) < len(names):
        raise CqoError([problem("cli.too-many-locales", have=text)])
    return tuple(names)


def open_workspace(
    locale: str = SOURCE, templates: Path | None = None, house: Path | None = None
) -> Workspace:
    """The content of the program, with its own templates or those of a folder.

    Papers are written in one locale, or in two: `zh-Hans,en`. A house folder is laid over it.
    Raises CqoError where one of these cannot be used.
    """
    names = (SOURCE,) if locale == SOURCE else parse_locale(locale)
    origin = Origin(",".join(names), templates, house and house.absolute())
    library = read_library()
    wording = read_wording(SOURCE, version=library.version)
    version = library.version
    if house is not None:
        from cqo_docs.house import open_house

        library, wording, renderer = open_house(house, library, wording)
    else:
        renderer = open_renderer(templates)
    plain = Edition(library, wording, renderer)
    if names == (SOURCE,):
        return Workspace(library, wording, renderer, origin)
    editions = tuple(_edition(name, plain, version, house) for name in names)
    both = None
    if len(editions) > 1:
        both = _dressed(renderer, _look(editions[0].wording, editions[1].wording))
    return Workspace(library, wording, renderer, origin, editions, both)


def _edition(name: str, plain: Edition, version: str, house: Path | None) -> Edition:
    """The content in the words of another locale, with those of a house folder over them."""
    if name == SOURCE:
        return plain
    words = read_wording(name, version=version)
    if house is not None:
        from cqo_docs.house import house_words

        words = house_words(house, plain.library, words)
    renderer = _dressed(plain.renderer, _look(words))
    return Edition(localized(plain.library, words), words, renderer)


def _dressed(renderer: Renderer, look: Look) -> Renderer:
    return replace(renderer, look=look, opened={})


def _look(words: Wording, second: Wording | None = None) -> Look:
    raw = {} if words.locale == SOURCE else words.look
    look = look_of(raw, LOCALES[words.locale].office, words.convert)
    if second is None:
        return look
    # A column and a page hold the words of both languages.
    below = second.look["second"]
    return look._replace(second=below, columns=second.look["columns"], **below["first"])

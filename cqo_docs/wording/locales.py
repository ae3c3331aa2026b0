"""The locales of papers, in one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from cqo_docs.library.version import CONTENT
from cqo_docs.wording.amounts import amount_in_words, capital_amount

SOURCE = "zh-Hans"  # the locale that all others are made from or held against
# Traditional words are made from the simplified ones; these files of their own folder steer that.
TRADITIONAL = "zh-Hant"


class Locale(NamedTuple):
    """One locale in which papers can be written."""

    id: str
    babel: str
    """What Babel calls it: dates, lists and numbers follow CLDR."""
    amount_words: Callable[[Decimal], str]
    """An amount of money in words; traditional capitals are converted from the simplified ones."""
    opencc: str = ""
    """The dictionaries that make it from the simplified words; empty where it has its own."""
    office: str = ""
    """What Office files call the language; empty where the templates say it already."""
    page: bool = False
    """Whether the page speaks it too."""
    alias: str = ""
    """What it may also be called."""


_TABLE = (
    Locale(SOURCE, "zh_CN", capital_amount, page=True),
    # Neither turns words of the mainland into others: 審核 stays, which s2t and s2twp would change.
    Locale(
        "zh-Hant-HK", "zh_Hant_HK", capital_amount, opencc="s2hk", office="zh-HK", alias=TRADITIONAL
    ),
    Locale("zh-Hant-TW", "zh_Hant_TW", capital_amount, opencc="s2tw", office="zh-TW"),
    Locale("en", "en_GB", amount_in_words, page=True),
)
LOCALES: Mapping[str, Locale] = {locale.id: locale for locale in _TABLE}
ALIASES: Mapping[str, str] = {locale.alias: locale.id for locale in _TABLE if locale.alias}
# The second language of papers in two stands below the first.
SECOND = "en"
OFFERED = (*LOCALES, *(f"{name},{SECOND}" for name in LOCALES if name != SECOND))
PAGE_LANGUAGES = tuple(locale.id for locale in _TABLE if locale.page)


def locale_folder(name: str) -> str:
    """The folder of the words that a locale is written from."""
    return SOURCE if LOCALES[name].opencc else name


def locale_ready(name: str, content: Path = CONTENT) -> bool:
    """Whether papers can be written in a locale: its words are there."""
    name = ALIASES.get(name, name)
    if name not in LOCALES:
        return False
    return (content / "wording" / locale_folder(name) / "formats.yaml").is_file()


def unknown_folders(content: Path = CONTENT) -> list[str]:
    """The folders of words that no locale of the table is written from."""
    known = {*map(locale_folder, LOCALES), TRADITIONAL}
    folders = [path.name for path in sorted((content / "wording").iterdir()) if path.is_dir()]
    return [name for name in folders if name not in known]

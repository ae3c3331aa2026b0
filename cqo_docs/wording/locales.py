"""The locales of papers, in one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path

from cqo_docs.library.version import CONTENT
from cqo_docs.wording.amounts import amount_in_words, capital_amount
from cqo_docs.wording.traditional import CONFIGURATIONS

SOURCE = "zh-Hans"  # the locale that all others are made from or held against
BABEL_LOCALES = {
    SOURCE: "zh_CN",
    "zh-Hant-HK": "zh_Hant_HK",
    "zh-Hant-TW": "zh_Hant_TW",
    "en": "en_GB",
}
# What a locale may also be called.
LOCALE_NAMES = {"zh-Hant": "zh-Hant-HK"}
# Traditional words are made from the simplified ones; these files of their own folder steer that.
TRADITIONAL = "zh-Hant"
# Traditional capitals are converted from the simplified ones.
AMOUNT_WORDS: Mapping[str, Callable[[Decimal], str]] = {
    SOURCE: capital_amount,
    "en": amount_in_words,
}


def locale_ready(locale: str, content: Path = CONTENT) -> bool:
    """Whether papers can be written in a locale: its words are there."""
    name = LOCALE_NAMES.get(locale, locale)
    folder = SOURCE if name in CONFIGURATIONS else name
    return name in BABEL_LOCALES and (content / "wording" / folder / "formats.yaml").is_file()

"""Simplified words in traditional characters: the dictionaries of OpenCC and our exceptions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cqo_docs.wording.locales import LOCALES

Convert = Callable[[str], str]
# The titles of laws and standards and the numbers of official papers are quoted as they are.
TITLE = r"《[^《》]*》"
NUMBER = r"[\u4e00-\u9fff]+〔\d{4}〕\d+号|[\u4e00-\u9fff]+令第\d+号"
# A place for what is kept; no text of ours holds such a character, and no dictionary knows it.
HOLDER = "\ue000"


def converter(
    locale: str, exceptions: Mapping[str, Any], own_titles: Iterable[str] = ()
) -> Convert:
    """The function that turns simplified words into the traditional ones of a locale.

    `own_titles` are the titles of our own papers, which are words like others.
    """
    from opencc import OpenCC

    dictionaries = OpenCC(LOCALES[locale].opencc)
    phrases: dict[str, str] = dict(exceptions.get("phrases") or {})
    if locale == "zh-Hant-TW":
        phrases |= exceptions.get("phrases-tw") or {}
    ours = {f"《{title}》" for title in own_titles}
    kept = [*map(re.escape, exceptions.get("keep") or ()), TITLE, NUMBER]
    words = map(re.escape, sorted(phrases, key=len, reverse=True))
    apart = re.compile("|".join([*kept, *words]))

    def convert(text: str) -> str:
        held: list[str] = []

        def hold(match: re.Match[str]) -> str:
            found = match[0]
            if found in ours:
                return f"《{convert(found[1:-1])}》"
            held.append(phrases.get(found, found))
            return HOLDER

        converted = str(dictionaries.convert(apart.sub(hold, text)))
        for found in held:
            converted = converted.replace(HOLDER, found, 1)
        return converted

    return convert


def converted(data: Any, convert: Convert) -> Any:
    """The texts of nested data converted; keys, which are names for programs, stay."""
    if isinstance(data, dict):
        return {key: converted(value, convert) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return type(data)([converted(value, convert) for value in data])
    return convert(data) if isinstance(data, str) else data

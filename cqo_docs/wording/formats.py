"""How a locale writes dates, lists and numerals."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from cqo_docs.wording.locales import LOCALES

# Stands where a clause has no number that may be printed; the space before it goes too.
NO_NUMBER = "\0"
ROMAN = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))


class DayForm(NamedTuple):
    """How a locale writes a day: a %-form, and what stands in it for months and days."""

    form: str
    months: dict[str, list[str]]
    days: dict[str, list[str]]


class ListForm(NamedTuple):
    """How a locale puts words in a row: patterns of two places, `{0}` and `{1}`."""

    pair: str
    start: str
    middle: str
    end: str


def roman(number: int) -> str:
    """A small number in Roman numerals."""
    text = ""
    for value, sign in ROMAN:
        times, number = divmod(number, value)
        text += sign * times
    return text


def babel_version() -> str:
    """Which Babel there is, told without importing it: its first file names its version."""
    found = find_spec("babel")
    where = Path(found.origin) if found is not None and found.origin else None
    return sha256(where.read_bytes()).hexdigest() if where and where.is_file() else ""


def day_form(locale: str) -> DayForm:
    """The long form of a day in CLDR, as Babel has it."""
    from babel.dates import DateTimeFormat, get_date_format

    name = LOCALES[locale].babel
    form = str(get_date_format("long", name).format)

    def words(letter: str, days: Sequence[date]) -> dict[str, list[str]]:
        parts = re.findall(rf"%\(({letter}+)\)s", form)
        return {part: [DateTimeFormat(day, name)[part] for day in days] for part in parts}

    months = [date(2000, n, 1) for n in range(1, 13)]
    return DayForm(form, words("M", months), words("d", [date(2000, 1, n) for n in range(1, 32)]))


def list_form(locale: str) -> ListForm:
    """The patterns of a plain list in CLDR, as Babel has them."""
    from babel import Locale

    forms = Locale.parse(LOCALES[locale].babel).list_patterns["standard"]
    return ListForm(forms["2"], forms["start"], forms["middle"], forms["end"])

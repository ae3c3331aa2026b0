"""What a cell says, as the questionnaire wants it: exact text, or the reason why it is refused."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Context, Decimal, InvalidOperation

from cqo_docs.base.invisible import INVISIBLE
from cqo_docs.office.xlsx_reading import Cell
from cqo_docs.questions.columns import CODE, Column, compared, split

Value = str | list[str]
# Excel keeps fifteen digits; what a file shows beyond them is noise of binary fractions.
DIGITS = 15
SHOWN = Context(prec=DIGITS)
# A code that a spreadsheet took for a number.
SHORTENED = re.compile(r"-?\d(\.\d+)?[eE]\+?\d+")
INDUSTRY = "company.industry_code"
# A code of fewer digits than this may have begun with a zero.
CODE_DIGITS: Mapping[str, int] = {INDUSTRY: 4, CODE: 18}
MOST_PLACES = 40
EPOCH_1900, EPOCH_1904 = date(1899, 12, 30), date(1904, 1, 1)
# The 29th of February 1900, which Excel believes in; days before it are counted otherwise.
FIRST_DAY = 61
# A bare number is taken for a day only where it can hardly be anything else.
LIKELY_DAYS = range(1990, 2061)
COMPACT_DAY = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)")
TIME = re.compile(r"[T\s]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?Z?$")
NOTHING = {"无", "none"}


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a cell is refused: the code of the sentence, and what it shows."""

    code: str
    values: Mapping[str, str] = field(default_factory=dict)


def answer_in(cell: Cell, column: Column, from_1904: bool = False) -> Value | Fault | None:
    """The answer in a cell, None where it is blank, or why it cannot be taken.

    What is merely wrong is taken as it stands: the questionnaire's own checks tell it.
    """
    kind = cell.kind
    if kind == "text":
        text = cell.text.strip().strip(INVISIBLE).strip()
        return _from_text(cell.text if column.many else text, column) if text else None
    if kind == "number":
        return _from_number(cell, column, from_1904)
    if kind == "yes-no":
        if column.kind != "yes-no":
            return Fault("answers.cell-yes-no")
        return column.options[0 if cell.text in {"1", "true"} else 1]
    if kind == "day":
        return cell.text[:10]
    if kind == "error":
        return Fault("answers.cell-error", {"have": cell.text})
    return Fault("answers.cell-formula", {"have": cell.text[:40]})


def _from_text(text: str, column: Column) -> Value | Fault:
    if column.many:
        return _several(text, column)
    kind = column.kind
    if kind in {"choice", "yes-no"} or column.options:
        return _chosen(text, column)
    if kind == "date":
        return _day_in(text)
    if kind == "number":
        return _percent_in(text) if column.percent else text
    if SHORTENED.fullmatch(text):
        return Fault("answers.cell-shortened", {"have": text})
    return text


def _several(text: str, column: Column) -> Value:
    if text.strip().lower() in NOTHING and "\n" not in text:
        return text.strip()
    parts = [part.strip(INVISIBLE).strip() for part in split(text, column)]
    return [_chosen(part, column) if column.options else part for part in parts if part]


def _chosen(text: str, column: Column) -> str:
    """The choice that the text names, in its own spelling; else the text."""
    if text in column.options:
        return text
    wanted = compared(text)
    return next((option for option in column.options if compared(option) == wanted), text)


def _percent_in(text: str) -> str:
    """The figure before a sign of percent; else the text."""
    plain = unicodedata.normalize("NFKC", text)
    return plain[:-1].strip() if plain.endswith("%") else text


def _day_in(text: str) -> str:
    plain = TIME.sub("", unicodedata.normalize("NFKC", text))
    match = COMPACT_DAY.fullmatch(plain)
    return "-".join(match.groups()) if match else plain


def _from_number(cell: Cell, column: Column, from_1904: bool) -> Value | Fault | None:
    text = exact(cell.text)
    kind, form = column.kind, cell.form
    if kind == "date":
        return _day_of(text, form == "date", from_1904)
    if form == "date":
        return Fault("answers.cell-became-date", {"have": _day_of(text, True, from_1904)})
    if form == "percent":
        number = _plain(text)
        text = text if number is None else exact(str(number * 100))
        return text if column.percent else f"{text}%"
    if kind in {"number", "yes-no"}:
        return text
    if len(text.lstrip("-").replace(".", "")) > DIGITS or SHORTENED.fullmatch(text):
        return Fault("answers.cell-shortened", {"have": cell.text})
    if set(form) == {"0"}:
        text = text.zfill(len(form))
    longest = CODE_DIGITS.get(column.path)
    if longest is not None and len(text) < longest and set(form) != {"0"}:
        return Fault("answers.cell-zeros-lost", {"have": text})
    return [text] if column.many else text


def exact(text: str) -> str:
    """The number as it is shown, in plain digits: 12.1 for 12.100000000000001 and 1.21E1."""
    if len(text) <= DIGITS and text.isascii() and text.replace(".", "", 1).isdigit():
        return text.rstrip("0").rstrip(".") if "." in text else text
    number = _plain(text)
    if number is None:
        return text
    plain = f"{number:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _plain(text: str) -> Decimal | None:
    """The number in a text as it is shown; None for what is none, or beyond all measure."""
    try:
        number = SHOWN.create_decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) <= MOST_PLACES else None


def _day_of(text: str, shown_as_day: bool, from_1904: bool) -> str:
    """The day that a number stands for (ISO), or the number where it stands for none."""
    compact = COMPACT_DAY.fullmatch(text)
    if compact:
        return "-".join(compact.groups())
    try:
        days = int(Decimal(text))
        day = (EPOCH_1904 if from_1904 else EPOCH_1900) + timedelta(days=days)
    except (InvalidOperation, ValueError, OverflowError):
        return text
    if days < FIRST_DAY or not (shown_as_day or day.year in LIKELY_DAYS):
        return text
    return day.isoformat()

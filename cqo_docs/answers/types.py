"""The types of answers: how the text of one becomes a value, with its limits."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from cqo_docs.answers import credit_code

NAME_LENGTH = 100
LONGEST_TERM = 10
# Characters that take room and show nothing.
FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
TEXT_LENGTH = 2000
# Direction marks turn a printed name round; they are never part of one.
DIRECTION_MARKS = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
TRUE_WORDS = {"true", "yes", "是", "有"}
FALSE_WORDS = {"false", "no", "否", "无"}
DATE_FORM = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
NUMBER_FORM = re.compile(r"-?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]+)?")
# Full-width digits and signs are ordinary in Chinese typing; digits of other scripts are not.
HALF_WIDTH = {0xFF10 + i: ord("0") + i for i in range(10)} | str.maketrans("，．－", ",.-")


@dataclass(frozen=True, slots=True)
class Limits:
    """What an answer may be: a figure between two with so many decimals, or so long a text."""

    least: str = ""
    most: str = ""
    digits: int = 0
    length: int = 0


PERCENT = Limits("0", "100", 2)
# What each validator allows; forms ask the same questions and tell it beforehand.
LIMITS: dict[Callable[[object], Any], Limits] = {}


def clean_text(value: object) -> str:
    """The text without outer spaces. Refuses what no paper can print."""
    if not isinstance(value, str):
        raise PydanticCustomError("text", "text")
    text = value.strip()
    if not text:
        raise PydanticCustomError("blank", "blank")
    if not any(_is_visible(char) for char in text):
        raise PydanticCustomError("blank", "blank")
    # What is printable holds none of these; most texts are, and are done with here.
    for char in "" if text.isprintable() else text:
        category = unicodedata.category(char)
        noncharacter = ord(char) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(char) <= 0xFDEF
        if category in {"Cc", "Cs", "Zl", "Zp"} or char in DIRECTION_MARKS or noncharacter:
            raise PydanticCustomError(
                "control-character", "control", {"char": f"U+{ord(char):04X}"}
            )
    return text


def _is_visible(char: str) -> bool:
    return unicodedata.category(char)[0] in "LNPS" and char not in FILLERS


def _limited(length: int) -> Callable[[object], str]:
    def limited(value: object) -> str:
        text = clean_text(value)
        if len(text) > length:
            raise PydanticCustomError("too-long", "long", {"most": length, "have": len(text)})
        return text

    LIMITS[limited] = Limits(length=length)
    return limited


def parse_bool(value: object) -> bool:
    """Yes or no in the usual Chinese and English words."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise PydanticCustomError("yes-no", "yes or no", {"have": str(value)[:40]})


def parse_number(value: object) -> Decimal:
    """The exact decimal of a number written with ordinary or full-width digits."""
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return Decimal(value)
    text = str(value).strip().translate(HALF_WIDTH)
    if not isinstance(value, str) or not NUMBER_FORM.fullmatch(text):
        raise PydanticCustomError("number", "number", {"have": str(value)[:40]})
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation:
        raise PydanticCustomError("number", "number", {"have": text[:40]}) from None


def _number(least: str, most: str, digits: int) -> Callable[[object], Decimal]:
    low, high = Decimal(least), Decimal(most)

    def number(value: object) -> Decimal:
        amount = parse_number(value)
        fraction = f"{amount:f}".partition(".")[2].rstrip("0")
        if len(fraction) > digits:
            raise PydanticCustomError("digits", "digits", {"most": digits, "have": str(amount)})
        if amount < low:
            raise PydanticCustomError("too-small", "small", {"least": least, "have": str(amount)})
        if amount > high:
            raise PydanticCustomError("too-large", "large", {"most": most, "have": str(amount)})
        return amount

    LIMITS[number] = Limits(least, most, digits)
    return number


def parse_date(value: object) -> date:
    """The day written as 2026-11-08, 2026/11/8, 2026.11.8 or 2026年11月8日."""
    if isinstance(value, date):
        return value
    match = DATE_FORM.fullmatch(unicodedata.normalize("NFKC", str(value)).strip())
    if not match:
        raise PydanticCustomError("date-form", "date", {"have": str(value)[:40]})
    try:
        day = date(*(int(part) for part in match.groups()))
    except ValueError:
        raise PydanticCustomError("no-such-date", "date", {"have": str(value)[:40]}) from None
    if not 1949 <= day.year <= 2100:
        raise PydanticCustomError("no-such-date", "date", {"have": str(value)[:40]})
    return day


def as_list(value: object) -> object:
    """One value where a list is wanted is a list of one; a word for none is an empty list."""
    if isinstance(value, str):
        return [] if value.strip().lower() in {"无", "none"} else [value]
    return value


def _credit_code(value: object) -> str:
    code = credit_code.normalized(clean_text(value))
    fault = credit_code.fault(code)
    if fault:
        right = credit_code.check_character(code) if fault == "check-character" else ""
        raise PydanticCustomError(f"credit-code.{fault}", "code", {"have": code, "right": right})
    return code


def _industry(value: object) -> str:
    code = unicodedata.normalize("NFKC", clean_text(value)).upper()
    if not re.fullmatch(r"[A-T]?\d{2,4}", code):
        raise PydanticCustomError("industry", "industry", {"have": code[:40]})
    return code


Name = Annotated[str, BeforeValidator(_limited(NAME_LENGTH))]
Text = Annotated[str, BeforeValidator(_limited(TEXT_LENGTH))]
CreditCode = Annotated[str, BeforeValidator(_credit_code)]
IndustryCode = Annotated[str, BeforeValidator(_industry)]
Bool = Annotated[bool, BeforeValidator(parse_bool)]
Day = Annotated[date, BeforeValidator(parse_date)]
Count = Annotated[Decimal, BeforeValidator(_number("0", "10000000", 0))]
Years = Annotated[Decimal, BeforeValidator(_number("0", "70", 1))]
Term = Annotated[Decimal, BeforeValidator(_number("1", str(LONGEST_TERM), 0))]
Year = Annotated[Decimal, BeforeValidator(_number("2000", "2100", 0))]
Percent = Annotated[Decimal, BeforeValidator(_number("0", "100", 2))]
TenThousandYuan = Annotated[Decimal, BeforeValidator(_number("0", "9999999999", 6))]
Yuan = Annotated[Decimal, BeforeValidator(_number("0", "999999999999.99", 2))]
Names = Annotated[tuple[Name, ...], BeforeValidator(as_list)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(as_list)]
Registration = Literal[
    "111", "112", "119", "121", "129", "131", "132", "133", "134", "140", "150", "190",
    "210", "220", "230", "290", "310", "320", "330", "390", "400", "500", "900",
]  # fmt: skip
Control = Literal["state", "collective", "private", "hmt", "foreign", "other"]
Governance = Literal["board", "single-director", "none"]
Award = Literal["none", "holds", "nominated", "applies"]
Activity = Literal[
    "food", "special-equipment-maker", "special-equipment-user", "industrial-goods-maker",
    "industrial-goods-seller", "drug", "device", "cosmetics",
]  # fmt: skip
Degree = Literal["below", "junior-college", "bachelor", "master", "doctor"]
TitleRank = Literal["none", "junior", "intermediate", "associate-senior", "senior"]
Qualification = Literal["none", "junior", "intermediate", "senior"]
Training = Literal["none", "attended", "passed"]
Level = Literal["department", "deputy", "chief"]
ReportsTo = Literal["general-manager", "legal-representative", "chairman", "board"]
Appointer = Literal["legal-representative", "principal", "general-manager", "board"]
AppointmentKind = Literal["first", "renewal"]
Cycle = Literal["annual", "half-year", "quarter"]
Assessor = Literal["superior", "shareholders", "supervisor", "external", "nobody"]
CostClass = Literal["prevention", "appraisal", "assurance", "reserve"]
FundGroup = Literal[
    "talent", "improvement", "metrology", "standards", "system", "brand", "tools", "reserve"
]
Policy = Literal["strictest", "ask"]
Recommendations = Literal["keep", "own-rule"]

"""Check unified social credit codes of 18 characters (GB 32100—2015)."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

Fault = Literal["length", "alphabet", "region-digits", "check-character"]

LENGTH = 18
# The place of a character is its value; I, O, S, V and Z are not used.
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = tuple(3**place % 31 for place in range(LENGTH - 1))
# Copied codes bring spaces of every width, invisible marks and dashes of every length.
FILLING = {"Zs", "Cc", "Cf", "Pd"}


def normalized(code: str) -> str:
    """The code in half-width capitals, without spaces and hyphens."""
    text = unicodedata.normalize("NFKC", code).replace("\N{MINUS SIGN}", "-").upper()
    return "".join(c for c in text if unicodedata.category(c) not in FILLING)


def fault(code: str) -> Fault | None:
    """What is wrong with a code once normalized; None for a right one."""
    text = normalized(code)
    if len(text) != LENGTH:
        return "length"
    if strange_characters(text):
        return "alphabet"
    if not re.fullmatch(r"[0-9]{6}", text[2:8]):
        return "region-digits"
    return None if text[-1] == check_character(text) else "check-character"


def strange_characters(code: str) -> str:
    """The characters of a code that the alphabet does not hold, each once."""
    return "".join(dict.fromkeys(c for c in normalized(code) if c not in ALPHABET))


def check_character(code: str) -> str:
    """The right last character for the first 17. Raises ValueError where these cannot be read."""
    body = normalized(code)[: LENGTH - 1]
    if len(body) != LENGTH - 1 or strange_characters(body):
        raise ValueError("a code needs 17 characters of the alphabet")
    total = sum(ALPHABET.index(c) * weight for c, weight in zip(body, WEIGHTS, strict=True))
    return ALPHABET[-total % 31]

"""Money in exact decimals: capital amounts, and splits that add up to the 分."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from math import lcm

DIGITS = "零壹贰叁肆伍陆柒捌玖"
ZERO = DIGITS[0]
PLACES = ("", "拾", "佰", "仟")
SECTIONS = ("", "万", "亿")
YUAN, JIAO, FEN, WHOLE = "元", "角", "分", "整"

SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)  # fmt: skip
TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
SCALES = ((10**9, "billion"), (10**6, "million"), (10**3, "thousand"))

LIMIT = Decimal(10) ** 12
CENT = Decimal("0.01")
# Wide enough for every amount below the limit, whatever the caller's context is.
EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


def rounded(amount: Decimal) -> Decimal:
    """The amount with two decimals, half a 分 rounded away from zero."""
    if not amount.is_finite():
        raise ValueError("amount is not a finite number")
    if amount.copy_abs() >= LIMIT:
        raise ValueError("amount is not below 10^12")
    return amount.quantize(CENT, context=EXACT)


def capital_amount(amount: Decimal) -> str:
    """The amount in capital numerals, without 人民币. Raises ValueError outside 0 to 10^12."""
    cents = _payable(amount)
    yuan, small = divmod(cents, 100)
    jiao, fen = divmod(small, 10)
    if not cents:
        return ZERO + YUAN + WHOLE
    text = _whole_number(yuan) + YUAN if yuan else ""
    # The house writes the optional 零 after a 元 digit of zero; before 分 it is compulsory.
    if text and small and (not jiao or yuan % 10 == 0):
        text += ZERO
    text += DIGITS[jiao] + JIAO if jiao else ""
    return text + (DIGITS[fen] + FEN if fen else WHOLE)


def amount_in_words(amount: Decimal) -> str:
    """The amount in English words, without the currency's name. Raises as capital_amount()."""
    yuan, fen = divmod(_payable(amount), 100)
    text = f"{_english(yuan)} yuan"
    return f"{text} and {_english(fen)} fen" if fen else text


def _payable(amount: Decimal) -> int:
    """The amount in 分, if words can be written for it."""
    cents = _cents(rounded(amount))
    if cents < 0 or amount < 0:
        raise ValueError("amount is negative")
    if cents >= LIMIT * 100:
        raise ValueError("amount is not below 10^12")
    return cents


def _english(number: int) -> str:
    """A whole number below 10^12 in words, as written in Britain: two hundred and five."""
    if number < len(SMALL):
        return SMALL[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return f"{TENS[tens]}-{SMALL[ones]}" if ones else TENS[tens]
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        head = f"{SMALL[hundreds]} hundred"
        return f"{head} and {_english(rest)}" if rest else head
    scale, name = next((s, n) for s, n in SCALES if number >= s)
    count, rest = divmod(number, scale)
    head = f"{_english(count)} {name}"
    if not rest:
        return head
    return f"{head}{' and ' if rest < 100 else ', '}{_english(rest)}"


def _whole_number(number: int) -> str:
    text = ""
    skipped = False
    for level in reversed(range(len(SECTIONS))):
        section = number // 10_000**level % 10_000
        if not section:
            skipped = bool(text)
            continue
        gap = text and (skipped or section < 1000)
        text += (ZERO if gap else "") + _section(section) + SECTIONS[level]
        skipped = False
    return text


def _section(number: int) -> str:
    """The numerals of 1 to 9999, one 零 for each gap inside."""
    text = ""
    gap = False
    for place in reversed(range(4)):
        digit = number // 10**place % 10
        if not digit:
            gap = bool(text)
            continue
        text += (ZERO if gap else "") + DIGITS[digit] + PLACES[place]
        gap = False
    return text


def split_exactly(total: Decimal, weights: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """Parts in 分 that add up to the total, by largest remainder; ties go to the earlier part."""
    if not total.is_finite() or total < 0:
        raise ValueError("total is not an amount")
    if not weights or not all(weight.is_finite() and weight >= 0 for weight in weights):
        raise ValueError("weights are missing, negative or not finite")
    ratios = [weight.as_integer_ratio() for weight in weights]
    common = lcm(*(denominator for _, denominator in ratios))
    shares = [numerator * (common // denominator) for numerator, denominator in ratios]
    whole = sum(shares)
    if not whole:
        raise ValueError("all weights are zero")
    cents = _cents(total)
    exact = [divmod(cents * share, whole) for share in shares]
    parts = [part for part, _ in exact]
    by_remainder = sorted(range(len(parts)), key=lambda i: -exact[i][1])
    for i in by_remainder[: cents - sum(parts)]:
        parts[i] += 1
    return tuple(_amount(part) for part in parts)


def split_quarters(amount: Decimal) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """Four equal parts in 分; what does not divide goes to the first quarters."""
    cents = _cents(amount)
    if cents < 0:
        raise ValueError("amount is below zero")
    first, second, third, fourth = (_amount((cents + left) // 4) for left in (3, 2, 1, 0))
    return first, second, third, fourth


def _cents(amount: Decimal) -> int:
    numerator, denominator = amount.as_integer_ratio()
    cents, rest = divmod(numerator * 100, denominator)
    if rest:
        raise ValueError("amount has more than two decimals")
    return cents


def _amount(cents: int) -> Decimal:
    return Decimal(f"{cents // 100}.{cents % 100:02d}")

"""Capital amounts as the regulation writes them, and splits that lose nothing."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from pathlib import Path
from typing import Any

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cqo_docs.base.yamlfile import read_yaml
from cqo_docs.wording.amounts import capital_amount, rounded, split_exactly, split_quarters

CASES: dict[str, Any] = read_yaml(Path(__file__).parent / "data/capital_amounts.yaml").data
CENTS = st.integers(0, 10**14 - 1)
# Most faults of other programs sit at zeros, so half of the amounts are full of them.
ZERO_HEAVY = st.text("000001359", min_size=1, max_size=14).map(int)


def decimals(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["amount"])
def test_it_writes_the_house_form(case: dict[str, Any]) -> None:
    text = capital_amount(Decimal(case["amount"]))
    assert text == case["capital"]
    assert text not in case.get("also", [])


@pytest.mark.parametrize("case", CASES["wrong"], ids=lambda case: case["wrong"])
def test_it_never_writes_a_wrong_form(case: dict[str, Any]) -> None:
    assert capital_amount(Decimal(case["amount"])) != case["wrong"]


@pytest.mark.parametrize("amount", CASES["refuse"])
def test_it_refuses_what_has_no_capital_form(amount: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        capital_amount(Decimal(amount))


def independent_capital(amount: Decimal) -> str:
    """What cn2an writes, with the 零 that its version 0.5.24 forgets after 亿."""
    text: str = cn2an.an2cn(str(amount.quantize(Decimal("0.01"), ROUND_HALF_UP)), "rmb")
    return re.sub(r"亿(?=[壹贰叁肆伍陆柒捌玖]仟[^万]*$)", "亿零", text)


def without_options(text: str) -> str:
    """The form without the 零 and the 整 that the regulation leaves to the writer."""
    return re.sub(r"元零(?=.角)", "元", text).replace("角整", "角")


@given(CENTS | ZERO_HEAVY)
def test_it_agrees_with_another_program_but_for_optional_characters(cents: int) -> None:
    amount = decimals(cents)
    assert without_options(capital_amount(amount)) == independent_capital(amount)


def read_back(text: str) -> Decimal:
    """The amount that a capital form says, whatever its zeros are."""
    total = section = digit = cents = 0
    for char in text:
        if char in "零壹贰叁肆伍陆柒捌玖":
            digit = "零壹贰叁肆伍陆柒捌玖".index(char)
        elif char in "拾佰仟":
            section += digit * 10 ** (1 + "拾佰仟".index(char))
            digit = 0
        elif char in "万亿元":
            total += (section + digit) * {"万": 10**4, "亿": 10**8, "元": 1}[char]
            section = digit = 0
        elif char in "角分":
            cents += digit * {"角": 10, "分": 1}[char]
            digit = 0
    return decimals(total * 100 + cents)


@given(CENTS | ZERO_HEAVY)
def test_it_can_be_read_back(cents: int) -> None:
    text = capital_amount(decimals(cents))
    assert read_back(text) == decimals(cents)
    assert "零零" not in text
    assert text.endswith("整") == (cents % 10 == 0)


def test_it_rounds_halves_up_whatever_the_callers_context() -> None:
    with localcontext() as context:
        context.prec = 3
        assert rounded(Decimal("123456789.125")) == Decimal("123456789.13")
        assert capital_amount(Decimal("10000000.005")) == "壹仟万元零壹分"


WEIGHTS = st.lists(
    st.decimals(0, 10**6, places=3, allow_nan=False, allow_infinity=False), min_size=1, max_size=20
).filter(any)


@given(CENTS, WEIGHTS)
def test_a_split_adds_up_and_stays_within_one_cent_of_the_share(
    cents: int, weights: list[Decimal]
) -> None:
    total = decimals(cents)
    parts = split_exactly(total, weights)
    whole = sum(map(Fraction, weights))
    assert sum(map(Fraction, parts)) == Fraction(total)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(Fraction(part) - Fraction(total) * Fraction(weight) / whole) < Fraction("0.01")
        assert weight or not part
        assert part.as_tuple().exponent == -2


@given(CENTS, WEIGHTS)
def test_equal_weights_never_favour_the_later_part(cents: int, weights: list[Decimal]) -> None:
    pairs = list(zip(weights, split_exactly(decimals(cents), weights), strict=True))
    for place, (weight, part) in enumerate(pairs):
        assert all(part >= later for same, later in pairs[place + 1 :] if same == weight)


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        ("100", "1 1 1", "33.34 33.33 33.33"),
        ("0.02", "1 1 1", "0.01 0.01 0.00"),
        ("0.01", "0 1 1", "0.00 0.01 0.00"),
        ("0.01", "1 2 2", "0.00 0.01 0.00"),
        ("0", "1 2", "0.00 0.00"),
        ("10.00", "20 25 20 10 10 5 5 5", "2.00 2.50 2.00 1.00 1.00 0.50 0.50 0.50"),
        ("1E+3", "1 3", "250.00 750.00"),
        ("99999999999999999999999999999999.99", "1", "99999999999999999999999999999999.99"),
    ],
)
def test_it_splits_by_largest_remainder(total: str, weights: str, parts: str) -> None:
    wanted = [Decimal(weight) for weight in weights.split()]
    assert " ".join(map(str, split_exactly(Decimal(total), wanted))) == parts


@pytest.mark.parametrize(
    ("total", "weights"),
    [("-1", "1"), ("NaN", "1"), ("Infinity", "1"), ("1.005", "1")]
    + [("1", weights) for weights in ("", "0 0", "1 -1", "NaN", "Infinity")],
)
def test_it_refuses_to_split(total: str, weights: str) -> None:
    with pytest.raises(ValueError, match=r"total|weights|decimals"):
        split_exactly(Decimal(total), [Decimal(weight) for weight in weights.split()])


def test_quarters_differ_by_one_cent_at_most() -> None:
    assert [str(part) for part in split_quarters(Decimal("100.03"))] == [
        "25.01",
        "25.01",
        "25.01",
        "25.00",
    ]

"""Credit codes: right ones pass, wrong ones name their fault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cqo_docs.answers.credit_code import (
    ALPHABET,
    WEIGHTS,
    check_character,
    fault,
    normalized,
    strange_characters,
)
from cqo_docs.base.yamlfile import read_yaml

CASES: dict[str, Any] = read_yaml(Path(__file__).parent / "data/credit_codes.yaml").data
STANDARD_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def test_alphabet_and_weights_are_those_of_the_standard() -> None:
    assert len(ALPHABET) == 31
    assert not set("IOSVZ") & set(ALPHABET)
    assert WEIGHTS == STANDARD_WEIGHTS


@pytest.mark.parametrize("case", CASES["worked"], ids=lambda case: case["code"])
def test_worked_examples_pass(case: dict[str, str]) -> None:
    assert fault(case["code"]) is None
    assert check_character(case["code"]) == check_character(case["code"][:17]) == case["check"]


@pytest.mark.parametrize("code", CASES["synthetic"])
def test_synthetic_codes_pass(code: str) -> None:
    assert fault(code) is None


@pytest.mark.parametrize("code", CASES["written_otherwise"])
def test_a_right_code_may_be_written_otherwise(code: str) -> None:
    assert normalized(code) == "91350100M000100Y43"
    assert fault(code) is None


@pytest.mark.parametrize("case", CASES["wrong"], ids=lambda case: case["code"] or "empty")
def test_a_wrong_code_names_its_fault(case: dict[str, str]) -> None:
    assert fault(case["code"]) == case["fault"]


def test_it_names_the_characters_that_cannot_stand_in_a_code() -> None:
    assert strange_characters("91350100MZ0O100YO3") == "ZO"
    assert strange_characters("91350100m000100y43") == ""


def test_it_tells_the_right_check_character() -> None:
    assert check_character("91350100M000100Y44") == "3"
    for unreadable in ("", "9135", "91350100M00O100Y43"):
        with pytest.raises(ValueError, match="17 characters"):
            check_character(unreadable)


BODIES = st.builds(
    "{}{:06d}{}".format,
    st.text(ALPHABET, min_size=2, max_size=2),
    st.integers(0, 999_999),
    st.text(ALPHABET, min_size=9, max_size=9),
)


@given(BODIES, st.integers(0, 16), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_found(body: str, place: int, other: str) -> None:
    code = body + check_character(body)
    assert fault(code) is None
    changed = code[:place] + other + code[place + 1 :]
    assert (fault(changed) is None) == (changed == code)


@given(st.text())
def test_any_text_gets_an_answer(text: str) -> None:
    assert fault(text) in (None, "length", "alphabet", "region-digits", "check-character")


@given(st.text(ALPHABET + ALPHABET.lower() + " -\t－　ＡＢＣ１２３"))
def test_normalizing_twice_changes_nothing_more(text: str) -> None:
    assert normalized(normalized(text)) == normalized(text)
    assert strange_characters(text) == ""

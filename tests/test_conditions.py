"""Conditions: three-valued verdicts, reasons that really decide, faults that name the cure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cqo_docs.facts.conditions import (
    ALWAYS,
    Condition,
    ConditionError,
    FactType,
    Group,
    Outcome,
    evaluate,
    facts_named,
    holds,
    parse_condition,
)
from cqo_docs.facts.conditions import Test as Leaf

T, F, U = True, False, None
YES_NO = FactType("yes-no")
SIZES = ("micro", "small", "medium", "large")
TYPES: Mapping[str, FactType] = {
    **dict.fromkeys("abcd", YES_NO),
    "years": FactType("number"),
    "size": FactType("choice", SIZES, ("out-of-scope",)),
    "province": FactType("text"),
}
VALUES: Mapping[str, tuple[Any, ...]] = {
    **dict.fromkeys("abcd", (True, False)),
    "years": (Decimal(0), Decimal(3), Decimal("4.5"), Decimal(5)),
    "size": (*SIZES, "out-of-scope"),
    "province": ("山西省", "重庆市"),
}


def verdict(raw: Any, **facts: Any) -> bool | None:
    return evaluate(parse_condition(raw, TYPES), facts).verdict


# Truth tables


@pytest.mark.parametrize(
    ("a", "b", "both", "either"),
    [
        (T, T, T, T),
        (T, F, F, T),
        (T, U, U, T),
        (F, T, F, T),
        (F, F, F, F),
        (F, U, F, U),
        (U, T, U, T),
        (U, F, F, U),
        (U, U, U, U),
    ],
)
def test_all_and_any(
    a: bool | None, b: bool | None, both: bool | None, either: bool | None
) -> None:
    tests = [{"a": "true"}, {"b": "true"}]
    assert verdict({"all": tests}, a=a, b=b) is both
    assert verdict({"a": "true", "b": "true"}, a=a, b=b) is both
    assert verdict({"any": tests}, a=a, b=b) is either


@pytest.mark.parametrize(("a", "negated"), [(T, F), (F, T), (U, U)])
def test_not(a: bool | None, negated: bool | None) -> None:
    assert verdict({"not": {"a": "true"}}, a=a) is negated
    assert verdict({"a": "false"}, a=a) is negated


def test_nothing_wanted_always_holds() -> None:
    assert parse_condition(None, TYPES) == parse_condition({}, TYPES) == ALWAYS
    assert verdict(None) is T


@pytest.mark.parametrize(
    ("raw", "facts", "expected"),
    [
        ({"years": "3"}, {"years": Decimal("3.0")}, T),
        ({"years": {"is": "3"}}, {"years": Decimal(4)}, F),
        ({"years": {"at_least": "3"}}, {"years": Decimal(3)}, T),
        ({"years": {"at_least": "3"}}, {"years": Decimal("2.9")}, F),
        ({"years": {"at_least": "3"}}, {}, U),
        ({"years": {"at_most": "4.5"}}, {"years": Decimal("4.5")}, T),
        ({"years": {"at_most": "4.5"}}, {"years": Decimal("4.6")}, F),
        ({"size": "small"}, {"size": "small"}, T),
        ({"size": {"at_least": "medium"}}, {"size": "large"}, T),
        ({"size": {"at_least": "medium"}}, {"size": "small"}, F),
        ({"size": {"at_most": "small"}}, {"size": "micro"}, T),
        ({"size": {"at_most": "small"}}, {"size": "medium"}, F),
        ({"size": {"at_most": "small"}}, {"size": None}, U),
        # What stands outside the order is neither at least nor at most anything.
        ({"size": {"at_least": "micro"}}, {"size": "out-of-scope"}, F),
        ({"size": {"at_most": "large"}}, {"size": "out-of-scope"}, F),
        ({"size": "out-of-scope"}, {"size": "out-of-scope"}, T),
        ({"size": {"one_of": ["small", "micro"]}}, {"size": "micro"}, T),
        ({"size": {"one_of": ["small", "micro"]}}, {"size": "large"}, F),
        ({"size": {"one_of": ["small", "micro"]}}, {"size": None}, U),
        ({"years": {"one_of": ["1", "2"]}}, {"years": Decimal("2.00")}, T),
        ({"province": "山西省"}, {"province": "山西省"}, T),
        ({"province": {"one_of": ["山西省"]}}, {"province": "重庆市"}, F),
        ({"a": {"known": "true"}}, {"a": False}, T),
        ({"a": {"known": "true"}}, {"a": None}, F),
        ({"a": {"known": "false"}}, {}, T),
        ({"a": {"known": "false"}}, {"a": True}, F),
    ],
)
def test_one_test(raw: Any, facts: dict[str, Any], expected: bool | None) -> None:
    assert verdict(raw, **facts) is expected


def test_groups_nest() -> None:
    """The Chongqing tree with its relief: degree and title and years, or a known backbone."""
    raw = {
        "any": [
            {"all": [{"a": "true"}, {"b": "true"}, {"years": {"at_least": "3"}}]},
            {"all": [{"c": "true"}, {"not": {"d": "true"}}]},
        ]
    }
    three = {"years": Decimal(3)}
    assert verdict(raw, a=T, b=T, **three) is T
    assert verdict(raw, a=T, b=F, **three) is U
    assert verdict(raw, a=T, b=F, c=F, **three) is F
    assert verdict(raw, a=F, c=T, d=T) is F
    assert verdict(raw, a=F, c=T, d=F) is T
    assert verdict(raw) is U


def test_lines_side_by_side_may_stand_beside_a_group() -> None:
    raw = {"province": "山西省", "any": [{"a": "true"}, {"b": "true"}]}
    assert verdict(raw, province="山西省", b=T) is T
    assert verdict(raw, province="重庆市", b=T) is F


# Laws over any condition and any facts

LEAVES = st.one_of(
    st.builds(Leaf, st.sampled_from("abcd"), st.just("is"), st.booleans()),
    st.builds(
        Leaf,
        st.just("years"),
        st.sampled_from(["is", "at_least", "at_most"]),
        st.sampled_from(VALUES["years"]),
    ),
    st.builds(
        Leaf,
        st.just("size"),
        st.sampled_from(["is", "at_least", "at_most"]),
        st.sampled_from(SIZES),
        st.just(SIZES),
    ),
    st.builds(
        Leaf,
        st.just("province"),
        st.just("one_of"),
        st.sets(st.sampled_from(VALUES["province"])).map(tuple),
    ),
)


def groups(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    parts = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Group, st.sampled_from(["all", "any"]), parts),
        st.builds(Group, st.just("not"), inner.map(lambda part: (part,))),
    )


CONDITIONS: st.SearchStrategy[Condition] = st.recursive(LEAVES, groups, max_leaves=12)
FACTS = st.fixed_dictionaries(
    {name: st.one_of(st.none(), st.sampled_from(values)) for name, values in VALUES.items()}
)
COMPLETE = st.fixed_dictionaries({name: st.sampled_from(v) for name, v in VALUES.items()})


def negation(condition: Condition) -> Condition:
    return Group("not", (condition,))


@given(st.lists(CONDITIONS, min_size=1, max_size=3).map(tuple), FACTS)
def test_de_morgan(parts: tuple[Condition, ...], facts: dict[str, Any]) -> None:
    nots = tuple(negation(part) for part in parts)
    for mode, other in (("all", "any"), ("any", "all")):
        one = evaluate(negation(Group(mode, parts)), facts).verdict  # type: ignore[arg-type]
        same = evaluate(Group(other, nots), facts).verdict  # type: ignore[arg-type]
        assert one is same


@given(CONDITIONS, FACTS)
def test_not_not_changes_nothing(condition: Condition, facts: dict[str, Any]) -> None:
    once = evaluate(condition, facts).verdict
    assert evaluate(negation(negation(condition)), facts).verdict is once


@given(CONDITIONS | st.just(ALWAYS), FACTS)
def test_the_verdict_alone_is_that_of_the_outcome(
    condition: Condition, facts: dict[str, Any]
) -> None:
    assert holds(condition, facts) is evaluate(condition, facts).verdict


@given(CONDITIONS, COMPLETE)
def test_known_facts_always_give_a_verdict(condition: Condition, facts: dict[str, Any]) -> None:
    assert evaluate(condition, facts).verdict is not None


@given(CONDITIONS, FACTS, COMPLETE)
def test_answering_what_is_unknown_never_turns_a_verdict(
    condition: Condition, facts: dict[str, Any], answers: dict[str, Any]
) -> None:
    before = evaluate(condition, facts).verdict
    known = {name: value for name, value in facts.items() if value is not None}
    if before is not None:
        assert evaluate(condition, {**answers, **known}).verdict is before


@given(CONDITIONS, FACTS)
def test_a_missing_fact_is_an_unknown_one(condition: Condition, facts: dict[str, Any]) -> None:
    known = {name: value for name, value in facts.items() if value is not None}
    assert evaluate(condition, facts) == evaluate(condition, known)


@given(CONDITIONS, FACTS)
def test_the_deciding_leaves_alone_decide(condition: Condition, facts: dict[str, Any]) -> None:
    outcome = evaluate(condition, facts)
    leaves = list(outcome.deciding())
    assert leaves
    if outcome.verdict is not None:
        named = {name for leaf in leaves for name in facts_named(leaf.condition)}
        alone = {name: value for name, value in facts.items() if name in named}
        assert evaluate(condition, alone).verdict is outcome.verdict


@given(CONDITIONS, FACTS, COMPLETE)
def test_answering_what_an_unknown_verdict_asks_for_decides_it(
    condition: Condition, facts: dict[str, Any], answers: dict[str, Any]
) -> None:
    outcome = evaluate(condition, facts)
    if outcome.verdict is None:
        leaves = list(outcome.deciding())
        assert {leaf.verdict for leaf in leaves} == {None}
        asked = {name for leaf in leaves for name in facts_named(leaf.condition)}
        assert all(facts[name] is None for name in asked)
        answered = {**facts, **{name: answers[name] for name in asked}}
        assert evaluate(condition, answered).verdict is not None


def leaves_of(outcome: Outcome) -> Iterator[Outcome]:
    if not outcome.parts:
        yield outcome
    for part in outcome.parts:
        yield from leaves_of(part)


@given(CONDITIONS, FACTS)
def test_an_outcome_has_every_test_with_what_was_found(
    condition: Condition, facts: dict[str, Any]
) -> None:
    leaves = list(leaves_of(evaluate(condition, facts)))
    assert [leaf.condition.fact for leaf in leaves if isinstance(leaf.condition, Leaf)] == list(
        facts_named(condition)
    )
    assert all(leaf.have == facts[leaf.condition.fact] for leaf in leaves)  # type: ignore[union-attr]


def test_deciding_names_only_what_mattered() -> None:
    raw = {"all": [{"a": "true"}, {"any": [{"b": "true"}, {"c": "true"}]}, {"not": {"d": "true"}}]}
    condition = parse_condition(raw, TYPES)

    def deciding(**facts: Any) -> list[str]:
        leaves = evaluate(condition, facts).deciding()
        return [leaf.condition.fact for leaf in leaves if isinstance(leaf.condition, Leaf)]

    assert deciding(a=F, b=F, c=F, d=F) == ["a", "b", "c"]
    assert deciding(a=T, b=F, c=T, d=T) == ["d"]
    assert deciding(a=T, b=F, c=T, d=F) == ["a", "c", "d"]
    assert deciding(a=T, b=F, d=F) == ["c"]


# Faults


def message(raw: Any) -> str:
    with pytest.raises(ConditionError) as caught:
        parse_condition(raw, TYPES)
    return str(caught.value)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("a", "not a mapping"),
        (["a"], "not a mapping"),
        ({"all": {"a": "true"}}, "'all' wants a list"),
        ({"any": []}, "'any' wants a list"),
        ({"all": ["a"]}, "not a mapping"),
        ({"not": [{"a": "true"}]}, "not a mapping"),
        ({"provinse": "山西省"}, "no fact 'provinse'; did you mean 'province'?"),
        ({"all": [{"any": [{"yeers": "3"}]}]}, "no fact 'yeers'; did you mean 'years'?"),
        ({"血型": "true"}, "no fact '血型'"),
        ({"a": {}}, "'a' wants exactly one comparison"),
        ({"years": {"at_least": "1", "at_most": "3"}}, "'years' wants exactly one comparison"),
        ({"years": {"more_than": "3"}}, "'years': no comparison 'more_than'"),
        ({"size": {"one_of": "small"}}, "'size': one_of wants a list"),
        ({"size": {"one_of": ["small", "tiny"]}}, "'size' is one of micro, small, medium, large"),
        ({"size": "tiny"}, "'size' is one of micro, small, medium, large, out-of-scope"),
        ({"a": "yes"}, "'a' is true or false, not 'yes'"),
        ({"a": {"known": "maybe"}}, "true or false, not 'maybe'"),
        ({"years": {"at_least": "three"}}, "'years' is a number, not 'three'"),
        ({"a": {"at_least": "true"}}, "'a' has no order"),
        ({"province": {"at_most": "山西省"}}, "'province' has no order"),
    ],
)
def test_a_wrong_condition_is_told(raw: Any, words: str) -> None:
    assert words in message(raw)


def test_no_guess_without_a_near_name() -> None:
    assert "did you mean" not in message({"完全不同的名称": "true"})


def test_a_value_outside_the_order_is_no_bound() -> None:
    assert "out-of-scope" in message({"size": {"at_least": "out-of-scope"}})


@pytest.mark.parametrize("wanted", [["山西省", "重庆市"], None, {"is": ["山西省"]}])
def test_a_text_fact_wants_a_text(wanted: Any) -> None:
    assert "province" in message({"province": wanted})


def test_a_number_fact_wants_a_number_that_compares() -> None:
    assert "years" in message({"years": {"at_least": "NaN"}})

"""A small tree of tests over facts, with a three-valued verdict and its reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Any, Literal, NamedTuple

Operator = Literal["is", "at_least", "at_most", "one_of", "known"]
OPERATORS: tuple[Operator, ...] = ("is", "at_least", "at_most", "one_of", "known")
Facts = Mapping[str, Any]


class FactType(NamedTuple):
    """How the values of one fact compare: `choice` options are ordered from low to high."""

    kind: Literal["yes-no", "number", "choice", "text"]
    options: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()  # values outside the order, such as "out-of-scope"


class Test(NamedTuple):
    """One leaf: what is wanted of one fact."""

    fact: str
    operator: Operator
    wanted: Any
    options: tuple[str, ...] = ()


class Group(NamedTuple):
    """Several conditions under `all`, `any` or `not`."""

    mode: Literal["all", "any", "not"]
    parts: tuple[Condition, ...]

    def __reduce__(self) -> str | tuple[Any, ...]:
        """The condition that always holds stays the one object that it is, in the cache too."""
        return "ALWAYS" if self is ALWAYS else (Group, tuple(self))


Condition = Test | Group
ALWAYS = Group("all", ())


class Outcome(NamedTuple):
    """A condition with its verdict (None is unknown) and those of its parts."""

    condition: Condition
    verdict: bool | None
    have: Any = None
    parts: tuple[Outcome, ...] = ()

    def deciding(self) -> Iterator[Outcome]:
        """The leaves that made the verdict what it is."""
        if not self.parts:
            yield self
            return
        inside_not = isinstance(self.condition, Group) and self.condition.mode == "not"
        for part in self.parts:
            if inside_not or part.verdict is self.verdict:
                yield from part.deciding()


ALWAYS_HOLDS = Outcome(ALWAYS, True)


class ConditionError(ValueError):
    """A condition that cannot be read; the message is for whoever wrote the content."""


def parse_condition(raw: Any, types: Mapping[str, FactType]) -> Condition:
    """The tree of a condition as it stands in content files. Raises ConditionError."""
    if raw is None or raw == {}:
        return ALWAYS
    if not isinstance(raw, dict):
        raise ConditionError(f"not a mapping: {raw!r}")
    parts = tuple(_parse_entry(name, value, types) for name, value in raw.items())
    return parts[0] if len(parts) == 1 else Group("all", parts)


def _parse_entry(name: str, value: Any, types: Mapping[str, FactType]) -> Condition:
    if name in {"all", "any"}:
        if not isinstance(value, list) or not value:
            raise ConditionError(f"'{name}' wants a list")
        mode: Literal["all", "any"] = "all" if name == "all" else "any"
        return Group(mode, tuple(parse_condition(item, types) for item in value))
    if name == "not":
        return Group("not", (parse_condition(value, types),))
    fact_type = types.get(name)
    if fact_type is None:
        close = get_close_matches(name, list(types), n=1)
        hint = f"; did you mean '{close[0]}'?" if close else ""
        raise ConditionError(f"no fact '{name}'{hint}")
    if not isinstance(value, dict):
        return Test(name, "is", _typed(name, value, fact_type), fact_type.options)
    if len(value) != 1:
        raise ConditionError(f"'{name}' wants exactly one comparison")
    operator, wanted = next(iter(value.items()))
    if operator not in OPERATORS:
        raise ConditionError(f"'{name}': no comparison '{operator}'")
    if operator == "one_of":
        if not isinstance(wanted, list):
            raise ConditionError(f"'{name}': one_of wants a list")
        typed: Any = tuple(_typed(name, item, fact_type) for item in wanted)
    elif operator == "known":
        typed = _typed(name, wanted, FactType("yes-no"))
    else:
        if operator in {"at_least", "at_most"} and fact_type.kind in {"yes-no", "text"}:
            raise ConditionError(f"'{name}' has no order")
        if operator != "is" and wanted in fact_type.apart:
            raise ConditionError(f"'{name}': '{wanted}' stands outside the order")
        typed = _typed(name, wanted, fact_type)
    return Test(name, operator, typed, fact_type.options)


def _typed(name: str, value: Any, fact_type: FactType) -> Any:
    if value is None or isinstance(value, (list, dict)):
        raise ConditionError(f"'{name}' wants one value, not {value!r}")
    text = str(value)
    if fact_type.kind == "yes-no":
        if text not in {"true", "false"}:
            raise ConditionError(f"'{name}' is true or false, not '{text}'")
        return text == "true"
    if fact_type.kind == "number":
        try:
            number = Decimal(text)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite():
            raise ConditionError(f"'{name}' is a number, not '{text}'")
        return number
    known = fact_type.options + fact_type.apart
    if fact_type.kind == "choice" and text not in known:
        raise ConditionError(f"'{name}' is one of {', '.join(known)}, not '{text}'")
    return text


def evaluate(condition: Condition, facts: Facts) -> Outcome:
    """The verdict of a condition over facts; a fact that is None makes its test unknown."""
    if isinstance(condition, Test):
        have = facts.get(condition.fact)
        return Outcome(condition, _holds(condition, have), have)
    if not condition.parts and condition.mode == "all":
        return ALWAYS_HOLDS
    parts = tuple([evaluate(part, facts) for part in condition.parts])
    return Outcome(condition, _combined(condition.mode, [p.verdict for p in parts]), None, parts)


def holds(condition: Condition, facts: Facts) -> bool | None:
    """The verdict of a condition where nobody asks for the reasons."""
    if isinstance(condition, Test):
        return _holds(condition, facts.get(condition.fact))
    if not condition.parts:
        return condition.mode == "all"
    return _combined(condition.mode, [holds(part, facts) for part in condition.parts])


def _combined(mode: str, verdicts: Sequence[bool | None]) -> bool | None:
    if mode == "not":
        return None if verdicts[0] is None else not verdicts[0]
    decisive = mode == "any"
    if decisive in verdicts:
        return decisive
    return None if None in verdicts else not decisive


def _holds(test: Test, have: Any) -> bool | None:
    if test.operator == "known":
        return (have is not None) is test.wanted
    if have is None:
        return None
    if test.operator == "is":
        return bool(have == test.wanted)
    if test.operator == "one_of":
        return have in test.wanted
    if test.options and have not in test.options:
        return False
    rank = test.options.index if test.options else (lambda value: value)
    wanted, got = rank(test.wanted), rank(have)
    return bool(got >= wanted) if test.operator == "at_least" else bool(got <= wanted)


def facts_named(condition: Condition) -> Iterator[str]:
    """Every fact that a condition looks at."""
    if isinstance(condition, Test):
        yield condition.fact
    else:
        for part in condition.parts:
            yield from facts_named(part)

"""Excel's rules of calculation, for formulas that were translated to Python.

Figures are decimals, so sums carry no binary noise; what agrees in fifteen digits is equal, as in
Excel. What Excel alone can know (its order of Chinese words, its way to read dates) stays unknown:
then a formula has no value until a program with a formula engine opens the file.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, NamedTuple


class Error(str):
    """What a cell shows in place of a value; the empty one stands for a value unknown here."""

    __slots__ = ()


class FormulaError(Exception):
    """A formula that gives an error, carried as the only argument."""


UNKNOWN, DIVISION, VALUE, NUMBER, REFERENCE = map(
    Error, ("", "#DIV/0!", "#VALUE!", "#NUM!", "#REF!")
)
# What a column holds where an empty list left one blank sample row.
BLANK = [None]
EPOCH = datetime.date(1899, 12, 30).toordinal()
SHOWN = Context(prec=15, rounding=ROUND_HALF_UP)
# Beyond what a binary number holds: digits that only an endless division left.
HELD = Context(prec=17, rounding=ROUND_HALF_UP)
# By how much, of themselves, numbers may differ that Excel takes as equal.
NOISE = Decimal("1e-15")
HUNDREDTH = Decimal("0.01")
# A number with more digits before or behind its point is none to Excel.
MOST_DIGITS = 307
NUMERIC = re.compile(
    r"\s*([+-]?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)?(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)\s*(%?)\s*"
)
CRITERION = re.compile(r"(<=|>=|<>|[<>=])?(.*)", re.DOTALL)
WILDCARD = re.compile(r"~([*?~])|([*?])")

Values = Sequence[Any]
Memo = dict[tuple[int, ...], tuple[Sequence[Values], dict[Any, list[int]]]]


# ---------------------------------------------------------------- values


def plain(value: Any) -> Any:
    """A value of the program as a cell holds it. Raises TypeError for what no cell can hold."""
    kind = value.__class__
    if kind is Decimal or kind is int or kind is bool or value is None:
        return value
    if isinstance(value, str):
        return str(value) or None
    if isinstance(value, datetime.date):
        return serial(value)
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, int | Decimal):
        return Decimal(value)
    raise TypeError(kind.__name__)


def plains(values: Iterable[Any]) -> list[Any]:
    """A column of values of the program as its cells hold them."""
    return [
        value if value.__class__ is Decimal or (value.__class__ is str and value) else plain(value)
        for value in values
    ]


def each(formula: Callable[..., Any], *columns: Iterable[Any]) -> list[Any]:
    """The values of a formula in the turns of a loop, where one of them is an error."""
    found = []
    for values in zip(*columns, strict=True):
        try:
            found.append(formula(*values))
        except FormulaError as fault:
            found.append(fault.args[0])
        except ArithmeticError:
            found.append(NUMBER)
    return found


def serial(day: datetime.date) -> int | Decimal:
    """The number that stands for a date, or for a moment."""
    days = day.toordinal() - EPOCH
    if not isinstance(day, datetime.datetime):
        return days
    seconds = day.hour * 3600 + day.minute * 60 + day.second
    return HELD.plus(days + Decimal(seconds) / 86400)


def number(value: Any) -> Any:
    """One value as a number."""
    kind = value.__class__
    if kind is Decimal or kind is int:
        return value
    if value is None:
        return 0
    if kind is bool:
        return int(value)
    if kind is Error:
        raise FormulaError(value)
    found = numeric(value)
    if found is None:
        # Excel may read a date, a fraction or a currency here.
        raise FormulaError(UNKNOWN if re.search("[0-9]", value) else VALUE)
    return found


def numeric(text: str) -> Decimal | None:
    """The number that a text shows."""
    match = NUMERIC.fullmatch(text)
    if match is None or not match[1].strip("+-."):
        return None
    try:
        figure = Decimal(match[1].replace(",", ""))
    except InvalidOperation:
        return None
    if abs(figure.adjusted()) > MOST_DIGITS:
        return None
    return figure * HUNDREDTH if match[2] else figure


def text(value: Any) -> str:
    """One value as text."""
    kind = value.__class__
    if kind is str:
        return str(value)
    if value is None:
        return ""
    if kind is Error:
        raise FormulaError(value)
    return ("FALSE", "TRUE")[value] if kind is bool else general(value)


def general(value: Decimal | int) -> str:
    """A number as text in Excel's general format."""
    shown = SHOWN.plus(Decimal(value)).normalize()
    if not shown:
        return "0"
    fixed = f"{shown:f}"
    if shown.adjusted() <= 20 and ("." not in fixed or len(fixed.lstrip("-")) <= 20):
        return fixed
    digits, exponent = f"{shown:E}".split("E")
    return f"{digits}E{int(exponent):+03d}"


def truth(value: Any) -> bool:
    """One value as the answer to a test."""
    if value.__class__ is str:
        if value.lower() in ("true", "false"):
            return bool(value.lower() == "true")
        raise FormulaError(VALUE)
    return bool(number(value))


def result(value: Any) -> Any:
    """What a formula shows of a value."""
    return 0 if value is None else value


def only(values: Values) -> Any:
    """The one value of a range that stands for a single cell."""
    if len(values) != 1:
        raise FormulaError(UNKNOWN)
    return values[0]


# ---------------------------------------------------------------- operators


def add(a: Any, b: Any) -> Any:
    """The sum; what an endless division left of nothing is nothing."""
    a = a if a.__class__ is Decimal else number(a)
    total = a + (b if b.__class__ is Decimal else number(b))
    return 0 if total and abs(total) < abs(a) * NOISE else total


def subtract(a: Any, b: Any) -> Any:
    """The difference."""
    return add(a, -(b if b.__class__ is Decimal else number(b)))


def multiply(a: Any, b: Any) -> Any:
    """The product."""
    return number(a) * number(b)


def divide(a: Any, b: Any) -> Any:
    """The quotient."""
    a, b = number(a), number(b)
    if not b:
        raise FormulaError(DIVISION)
    return Decimal(a) / b


def power(a: Any, b: Any) -> Any:
    """The power."""
    a, b = number(a), number(b)
    if not a and b <= 0:
        raise FormulaError(DIVISION if b else NUMBER)
    if a < 0 and b != int(b):
        raise FormulaError(NUMBER)
    return Decimal(a) ** b


def _pair(a: Any, b: Any) -> tuple[Any, Any, int, int]:
    """Two values to compare and their ranks; a blank cell takes the other's kind."""
    if a is None or b is None:
        known = b if a is None else a
        blank: Any = "" if known.__class__ is str else False if known.__class__ is bool else 0
        a, b = (blank if a is None else a), (blank if b is None else b)
    ranks = []
    for value in (a, b):
        kind = value.__class__
        if kind is Error:
            raise FormulaError(value)
        ranks.append(1 if kind is str else 2 if kind is bool else 0)
    return a, b, ranks[0], ranks[1]


def equal(a: Any, b: Any) -> bool:
    """Whether Excel takes two values as equal."""
    if a.__class__ is not Decimal or (b.__class__ is not int and b.__class__ is not Decimal):
        a, b, rank, other = _pair(a, b)
        if rank != other:
            return False
        if rank == 1:
            return bool(a.lower() == b.lower())
    return bool(a == b or abs(a - b) < abs(a) * NOISE)


def below(a: Any, b: Any) -> bool:
    """Whether one value comes before another: numbers, then texts, then logical values."""
    a, b, rank, other = _pair(a, b)
    if rank != other:
        return rank < other
    if equal(a, b):
        return False
    if rank == 1:
        a, b = a.lower(), b.lower()
        if not (a + b).isalnum() or not (a + b).isascii():
            raise FormulaError(UNKNOWN)
    return bool(a < b)


# ---------------------------------------------------------------- functions


def _numbers(*arguments: Any) -> list[Any]:
    """The numbers among arguments; in cells, only what is a number by its own kind."""
    found: list[Any] = []
    for argument in arguments:
        if argument.__class__ is list or argument.__class__ is tuple:
            for value in argument:
                kind = value.__class__
                if kind is Decimal or kind is int:
                    found.append(value)
                elif kind is Error:
                    raise FormulaError(value)
        else:
            found.append(number(argument))
    return found


def _tests(arguments: Iterable[Any]) -> list[bool]:
    found = []
    for argument in arguments:
        if argument.__class__ is list or argument.__class__ is tuple:
            cells = [v for v in argument if v is not None and v.__class__ is not str]
            found += [truth(value) for value in cells]
        else:
            found.append(truth(argument))
    if not found:
        raise FormulaError(VALUE)
    return found


def _sum(*arguments: Any) -> Any:
    if len(arguments) > 1 or arguments[0].__class__ not in (list, tuple):
        return sum(_numbers(*arguments))
    total: Any = 0
    for value in arguments[0]:
        kind = value.__class__
        if kind is Decimal or kind is int:
            total += value
        elif kind is Error:
            raise FormulaError(value)
    return total


def _count(*arguments: Any) -> int:
    count = 0
    for argument in arguments:
        if argument.__class__ is list or argument.__class__ is tuple:
            for value in argument:
                kind = value.__class__
                if kind is Decimal or kind is int:
                    count += 1
                elif value is UNKNOWN:
                    raise FormulaError(value)
        elif argument is UNKNOWN:
            raise FormulaError(argument)
        elif argument.__class__ is str:
            count += numeric(argument) is not None
        else:
            count += argument.__class__ is not Error
    return count


def _counta(*arguments: Any) -> int:
    count = 0
    for argument in arguments:
        is_area = argument.__class__ is list or argument.__class__ is tuple
        for value in argument if is_area else (argument,):
            if value is not None:
                count += 1
                if value is UNKNOWN:
                    raise FormulaError(value)
    return count


def _sumproduct(*areas: Values) -> Any:
    if len({len(area) for area in areas}) > 1:
        raise FormulaError(VALUE)
    total: Any = 0
    for row in zip(*areas, strict=True):
        product: Any = 1
        for value in row:
            kind = value.__class__
            if kind is Error:
                raise FormulaError(value)
            product *= value if kind is Decimal or kind is int else 0
        total += product
    return total


def _small(area: Values, place: Any) -> Any:
    found = sorted(_numbers(area))
    if not 1 <= place <= len(found):
        raise FormulaError(NUMBER)
    return found[math.ceil(place) - 1]


@lru_cache(maxsize=64)
def _unit(digits: Any) -> Decimal:
    return Decimal(1).scaleb(-int(digits))


def _round(value: Any, digits: Any) -> Decimal:
    kept = HELD.plus(value)
    try:
        return kept.quantize(_unit(digits), ROUND_HALF_UP)
    except InvalidOperation:
        # More decimal places than the number has digits for.
        return kept


def _index(area: Values, width: int, row: Any, column: Any = None) -> Any:
    row, column = int(row), None if column is None else int(column)
    if column is None:
        row, column = (1, row) if 1 < width == len(area) else (row, 1)
    if row < 0 or column < 0:
        raise FormulaError(VALUE)
    if not row or not column:
        raise FormulaError(UNKNOWN)
    if column > width or row * width > len(area):
        raise FormulaError(REFERENCE)
    return area[(row - 1) * width + column - 1]


def _n(value: Any) -> Any:
    return 0 if value.__class__ is str else number(value)


def _iferror(attempt: Callable[[], Any], other: Callable[[], Any]) -> Any:
    try:
        value = attempt()
    except FormulaError as fault:
        value = fault.args[0]
    except ArithmeticError:
        value = NUMBER
    if value is UNKNOWN:
        raise FormulaError(value)
    return other() if value.__class__ is Error else value


# ---------------------------------------------------------------- criteria


def _key(value: Any) -> Any:
    """What a value counts as where criteria ask for equality: 5, "5" and "5.0" are one."""
    kind = value.__class__
    if kind is str:
        return _text_key(value)
    if kind is Decimal or kind is int:
        return SHOWN.plus(Decimal(value))
    if kind is bool:
        return (str(value).lower(),)
    if value is UNKNOWN:
        raise FormulaError(value)
    return value.lower() if kind is Error else None


@lru_cache(maxsize=2048)
def _text_key(text: str) -> Any:
    figure = numeric(text)
    folded = text.lower()
    if figure is not None:
        return SHOWN.plus(figure)
    return (folded,) if folded in ("true", "false") else folded


def _wanted(criterion: Any) -> tuple[Any, Callable[[Any], bool] | None]:
    """What a criterion asks for: the key of equal values, or else a test."""
    if criterion.__class__ is str:
        return _parsed(criterion)
    return _key(0 if criterion is None else criterion), None


@lru_cache(maxsize=512)
def _parsed(criterion: str) -> tuple[Any, Callable[[Any], bool] | None]:
    sign, operand = CRITERION.fullmatch(criterion).groups()  # type: ignore[union-attr]
    if sign in (None, "=", "<>"):
        same: Callable[[Any], bool]
        if not operand:
            same = (lambda v: v is None) if sign else (lambda v: v is None or v == "")
        elif WILDCARD.search(operand):
            pattern = re.compile(_pattern(operand.lower()), re.DOTALL)
            same = lambda v: v.__class__ is str and pattern.fullmatch(v.lower()) is not None  # noqa: E731
        else:
            key = _key(operand)
            if sign != "<>":
                return key, None
            same = lambda v: _key(v) == key  # noqa: E731
        return None, (lambda v: not same(v)) if sign == "<>" else same
    bound: Any = numeric(operand)
    if bound is None:
        # A text, or a date, whose order only Excel knows.
        raise FormulaError(UNKNOWN)

    def within(value: Any) -> bool:
        if value.__class__ is not Decimal and value.__class__ is not int:
            return False
        if equal(value, bound):
            return len(sign) == 2
        return bool(value < bound) is (sign[0] == "<")

    return None, within


def _pattern(operand: str) -> str:
    found, at = "", 0
    for sign in WILDCARD.finditer(operand):
        found += re.escape(operand[at : sign.start()])
        found += re.escape(sign[1]) if sign[1] else {"*": ".*", "?": "."}[sign[2]]
        at = sign.end()
    return found + re.escape(operand[at:])


def _matching(memo: Memo, pairs: Sequence[Any]) -> Sequence[int]:
    """The places at which every range meets its criterion; equal ones by an index kept in memo."""
    keys = []
    for criterion in pairs[1::2]:
        key, test = _parsed(criterion) if criterion.__class__ is str else _wanted(criterion)
        if test is not None:
            return _tested(pairs)
        keys.append(key)
    areas = pairs[::2]
    places = tuple(map(id, areas))
    known = memo.get(places)
    if known is None:
        # The areas are kept with their index, so that no other can take their ids.
        known = memo[places] = areas, _index_of(areas)
    return known[1].get(tuple(keys), ())


def _index_of(areas: Sequence[Values]) -> dict[Any, list[int]]:
    if len(set(map(len, areas))) > 1:
        raise FormulaError(VALUE)
    index: dict[Any, list[int]] = {}
    columns = ([_text_key(v) if v.__class__ is str else _key(v) for v in area] for area in areas)
    for place, keys in enumerate(zip(*columns, strict=True)):
        index.setdefault(keys, []).append(place)
    return index


def _tested(pairs: Sequence[Any]) -> Sequence[int]:
    rows: Sequence[int] = range(len(pairs[0]))
    for area, criterion in zip(pairs[::2], pairs[1::2], strict=True):
        if len(area) != len(pairs[0]):
            raise FormulaError(VALUE)
        wanted, test = _wanted(criterion)
        if any(value is UNKNOWN for value in area):
            raise FormulaError(UNKNOWN)
        rows = [row for row in rows if (test(area[row]) if test else _key(area[row]) == wanted)]
    return rows


def _countifs(memo: Memo, *pairs: Any) -> int:
    return len(_matching(memo, pairs))


def _sumifs(memo: Memo, area: Values, *pairs: Any) -> Any:
    if len(area) != len(pairs[0]):
        raise FormulaError(VALUE)
    return _sum([area[row] for row in _matching(memo, pairs)])


def _sumif(memo: Memo, area: Values, criterion: Any, figures: Values | None = None) -> Any:
    figures = area if figures is None else figures
    if len(figures) != len(area):
        raise FormulaError(UNKNOWN)
    return _sumifs(memo, figures, area, criterion)


class Function(NamedTuple):
    """One function: its Python, its arguments, and the kind of its value.

    Arguments: n number, v value, r range, a either; those of `more` come any number of times.
    """

    run: Callable[..., Any]
    least: int
    fixed: str
    more: str = ""
    kind: str = "number"


FUNCTIONS: Mapping[str, Function] = {
    "SUM": Function(_sum, 1, "", "a"),
    "SUMPRODUCT": Function(_sumproduct, 1, "", "r"),
    "SUMIF": Function(_sumif, 2, "rvr"),
    "SUMIFS": Function(_sumifs, 3, "r", "rv"),
    "COUNT": Function(_count, 1, "", "a"),
    "COUNTA": Function(_counta, 1, "", "a"),
    "COUNTIF": Function(_countifs, 2, "rv"),
    "COUNTIFS": Function(_countifs, 2, "", "rv"),
    "INDEX": Function(_index, 2, "rnn", kind="value"),
    "SMALL": Function(_small, 2, "rn"),
    "ROUND": Function(_round, 2, "nn"),
    "ABS": Function(abs, 1, "n"),
    "N": Function(_n, 1, "v"),
    "MIN": Function(lambda *found: min(_numbers(*found), default=0), 1, "", "a"),
    "MAX": Function(lambda *found: max(_numbers(*found), default=0), 1, "", "a"),
    "AND": Function(lambda *found: all(_tests(found)), 1, "", "a", "truth"),
    "OR": Function(lambda *found: any(_tests(found)), 1, "", "a", "truth"),
    "NOT": Function(lambda value: not truth(value), 1, "v", kind="truth"),
}
WITH_MEMO = ("SUMIF", "SUMIFS", "COUNTIF", "COUNTIFS")
# What a translated expression may name.
NAMES: Mapping[str, Any] = {
    **{name: function.run for name, function in FUNCTIONS.items()},
    "IFERROR": _iferror,
    **{f.__name__: f for f in (plain, plains, each, number, text, truth, result, only)},
    **{f.__name__: f for f in (add, subtract, multiply, divide, power)},
    **{f.__name__: f for f in (equal, below)},
    "FAULTS": (FormulaError, ArithmeticError),
    "Decimal": Decimal,
    "Error": Error,
    "FormulaError": FormulaError,
    "BLANK": BLANK,
    "NUMBER": NUMBER,
    "UNKNOWN": UNKNOWN,
    "HUNDREDTH": HUNDREDTH,
}

"""The formulas of a workbook as one Python function: translated once, cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from types import CodeType
from typing import Any, NamedTuple

from cqo_docs.render.calc.formulas import FUNCTIONS, WITH_MEMO, Error
from cqo_docs.render.excel_book import Recipe
from cqo_docs.render.excel_template import (
    Book,
    Cell,
    Loop,
    Reference,
    Sheet,
    Spot,
    number_of,
    parse_formula,
    parse_reference,
)

# A range of more columns is taken for whole rows.
WIDEST = 200
# How many cells, each read by the one before and not yet known, are followed.
DEEPEST = 24


class UnsupportedError(Exception):
    """A formula whose value is left to programs with a formula engine."""


class Term(NamedTuple):
    """A piece of Python and what it gives: number, text, truth, value, cell, or cells (a range)."""

    code: str
    kind: str
    width: int = 1

    def scalar(self) -> str:
        """The code of one value."""
        return f"only({self.code})" if self.kind == "cells" else self.code

    def result(self) -> str:
        """The code of what a formula shows; a blank cell counts as nought."""
        known = self.kind in ("number", "text", "truth")
        return self.code if known else f"result({self.scalar()})"

    def number(self) -> str:
        """The code of a number."""
        return self.code if self.kind == "number" else f"number({self.scalar()})"

    def text(self) -> str:
        """The code of a text."""
        return self.code if self.kind == "text" else f"text({self.scalar()})"

    def argument(self, mode: str) -> str:
        """The code as one argument of a function."""
        if mode == "n":
            return self.number()
        if mode != "v" and self.kind == "cells":
            return self.code
        if mode != "v" and self.kind == "cell":
            return f"({self.code},)"
        if mode == "r":
            raise UnsupportedError
        return self.scalar()


PRECEDENCE = {"^": 5, "*": 4, "/": 4, "+": 3, "-": 3, "&": 2}
OPERATORS = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "^": "power"}
COMPARED = {
    "=": "equal({0}, {1})",
    "<>": "not equal({0}, {1})",
    "<": "below({0}, {1})",
    ">": "below({1}, {0})",
    "<=": "not below({1}, {0})",
    ">=": "not below({0}, {1})",
}


def translate(tokens: Iterable[Any], read: Callable[[str], Term]) -> Term:
    """A formula's tokens as Python; `read` gives the code of a reference or a name.

    Raises UnsupportedError for what has no translation.
    """
    parser = _Parser([token for token in tokens if token.type != "WHITE-SPACE"], read)
    term = parser.expression(0)
    if parser.tokens:
        raise UnsupportedError
    return term


class _Parser:
    def __init__(self, tokens: list[Any], read: Callable[[str], Term]) -> None:
        self.tokens = tokens[::-1]
        self.read = read

    def next_is(self, *kinds: str) -> bool:
        return bool(self.tokens) and self.tokens[-1].type in kinds

    def expression(self, level: int) -> Term:
        left = self.operand()
        while self.next_is("OPERATOR-INFIX"):
            sign = self.tokens[-1].value
            own = PRECEDENCE.get(sign, 1 if sign in COMPARED else -1)
            if own < 0:
                raise UnsupportedError
            if own < level:
                break
            self.tokens.pop()
            left = self.combined(left, sign, self.expression(own + 1))
        return left

    def combined(self, left: Term, sign: str, right: Term) -> Term:
        if sign in COMPARED:
            return Term(f"({COMPARED[sign].format(left.scalar(), right.scalar())})", "truth")
        if sign == "&":
            return Term(f"({left.text()} + {right.text()})", "text")
        return Term(f"{OPERATORS[sign]}({left.scalar()}, {right.scalar()})", "number")

    def operand(self) -> Term:
        if not self.tokens:
            raise UnsupportedError
        token = self.tokens.pop()
        if token.type == "OPERATOR-PREFIX":
            term = self.operand()
            term = Term(f"-{term.number()}" if token.value == "-" else term.number(), "number")
        elif token.type == "PAREN" and token.subtype == "OPEN":
            term = self.expression(0)
            self.close("PAREN")
        elif token.type == "FUNC" and token.subtype == "OPEN":
            term = self.call(token.value[:-1].upper())
        elif token.type == "OPERAND":
            term = self.literal(token)
        else:
            raise UnsupportedError
        while self.next_is("OPERATOR-POSTFIX"):
            self.tokens.pop()
            term = Term(f"({term.number()} * HUNDREDTH)", "number")
        return term

    def close(self, kind: str) -> None:
        if not self.next_is(kind) or self.tokens.pop().subtype != "CLOSE":
            raise UnsupportedError

    def literal(self, token: Any) -> Term:
        value = token.value
        if token.subtype == "NUMBER":
            figure = Decimal(value)
            whole = figure == figure.to_integral_value() and abs(figure) < 10**15
            return Term(f"{int(figure)}" if whole else f"Decimal({value!r})", "number")
        if token.subtype == "TEXT":
            return Term(repr(value[1:-1].replace('""', '"')), "text")
        if token.subtype == "LOGICAL":
            return Term(value.capitalize(), "truth")
        if token.subtype == "ERROR":
            return Term(f"Error({value!r})", "value")
        return self.read(value)

    def call(self, name: str) -> Term:
        terms: list[Term | None] = []
        if not self.next_is("FUNC") or self.tokens[-1].subtype == "OPEN":
            terms.append(self.optional())
            while self.next_is("SEP") and self.tokens[-1].subtype == "ARG":
                self.tokens.pop()
                terms.append(self.optional())
        self.close("FUNC")
        return self.called(name, terms)

    def called(self, name: str, terms: Sequence[Term | None]) -> Term:
        """A function and its arguments as Python."""
        if name == "IF" and 2 <= len(terms) <= 3:
            return _if(terms)
        if name == "IFERROR" and len(terms) == 2:
            attempt, other = (f"lambda: {_given(term).scalar()}" for term in terms)
            return Term(f"IFERROR({attempt}, {other})", "value")
        if name in ("TRUE", "FALSE") and not terms:
            return Term(name.capitalize(), "truth")
        function = FUNCTIONS.get(name)
        if function is None:
            raise UnsupportedError
        modes = (function.fixed + function.more * len(terms))[: len(terms)]
        rest = max(0, len(terms) - len(function.fixed)) % (len(function.more) or 1)
        if rest or not function.least <= len(terms) == len(modes):
            raise UnsupportedError
        code = [_given(term).argument(mode) for term, mode in zip(terms, modes, strict=True)]
        if name in WITH_MEMO:
            code.insert(0, "memo")
        if name == "INDEX":
            code.insert(1, str(_given(terms[0]).width))
        return Term(f"{name}({', '.join(code)})", function.kind)

    def optional(self) -> Term | None:
        """An argument; None where nothing stands between two separators."""
        return None if self.next_is("SEP") or self._closes() else self.expression(0)

    def _closes(self) -> bool:
        return self.next_is("FUNC") and self.tokens[-1].subtype == "CLOSE"


def _given(term: Term | None) -> Term:
    return Term("None", "value") if term is None else term


def _if(given: Sequence[Term | None]) -> Term:
    test, yes, no = map(_given, [*given, Term("False", "truth")][:3])
    asked = test.code if test.kind == "truth" else f"truth({test.scalar()})"
    kind = yes.kind if yes.kind == no.kind and yes.kind in ("number", "text", "truth") else "value"
    return Term(f"({yes.scalar()} if {asked} else {no.scalar()})", kind)


# ---------------------------------------------------------------- a whole workbook


def calculation(book: Book, recipes: Sequence[Recipe], once: Sequence[Cell]) -> CodeType:
    """The code of a function that gives the values of all formulas.

    It takes the values made by `recipes`, the columns of each loop, the number of its items, and
    an empty dict. It gives the values of the formulas `once`, and the columns of each loop's.
    """
    made = _Calculation(book, recipes)
    results = "".join(f"{made.cell(cell)}, " for cell in once)
    loops = [[made.cell(cell) for cell, _ in loop.printed.formulas] for loop in book.loops]
    columns = "".join(f"({''.join(f'{name}, ' for name in names)}), " for names in loops)
    lines = [*made.lines, f"return ({results}), ({columns})"]
    body = "".join(f" {line}\n" for line in lines)
    module = compile(f"def calculate(s, c, n, memo):\n{body}", "<formulas>", "exec")
    return next(code for code in module.co_consts if isinstance(code, CodeType))


class _Calculation:
    """The lines of the function: its variables are cells, or what a cell is in all turns."""

    def __init__(self, book: Book, recipes: Sequence[Recipe]) -> None:
        self.book = book
        self.recipes = recipes
        self.lines: list[str] = []
        self.known: dict[Any, str] = {}
        self.doing: set[Any] = set()

    def variable(self, key: Any, code: str) -> str:
        """The name of a variable with the value of some code."""
        if key not in self.known:
            self.known[key] = f"x{len(self.known)}"
            self.lines.append(f"{self.known[key]} = {code}")
        return self.known[key]

    def cell(self, cell: Cell) -> str:
        """The variable that stands for a cell, made after what it depends on."""
        key = cell.sheet, cell.row, cell.column
        if key in self.known:
            return self.known[key]
        sheet = self.book.sheets[cell.sheet]
        loop = sheet.loops.get(cell.row)
        if cell.kind == "formula":
            return self.formula(cell, Spot(sheet, loop))
        if cell.kind not in ("value", "text"):
            value = repr(cell.content) if cell.kind == "fixed" else "UNKNOWN"
            if isinstance(cell.content, Error):
                value = f"Error({str(cell.content)!r})" if cell.content else "UNKNOWN"
            return self.variable(key, f"[{value}] * n[{loop.index}] or BLANK" if loop else value)
        if loop is None:
            return self.variable(key, f"plain(s[{self.recipes.index(cell.recipe)}])")
        column = loop.printed.place(loop.printed.column(cell.recipe, loop.variable))
        return self.variable(key, f"plains(c[{loop.index}][{column}]) or BLANK")

    def formula(self, cell: Cell, spot: Spot) -> str:
        """The variable with the value of a formula, or with its values in the turns of a loop."""
        key = cell.sheet, cell.row, cell.column
        if key in self.doing or len(self.doing) > DEEPEST:
            raise UnsupportedError
        self.doing.add(key)
        # What a turn of the loop reads: its number, and cells of its rows, by their columns.
        turn = {"t": f"range(n[{spot.loop.index}])"} if spot.loop else {}
        try:
            term = translate(parse_formula(cell.content), lambda text: self.read(text, spot, turn))
            code = term.result()
        except UnsupportedError:
            code = "UNKNOWN"
        self.doing.remove(key)
        name = self.known[key] = f"x{len(self.known)}"
        if spot.loop is None:
            self.lines += [
                f"try: {name} = {code}",
                f"except FormulaError as fault: {name} = fault.args[0]",
                f"except ArithmeticError: {name} = NUMBER",
            ]
            return name
        values, columns = ", ".join(turn), ", ".join(turn.values())
        self.lines += [
            f"try: {name} = [{code} for {values}, in zip({columns})] or BLANK",
            f"except FAULTS: {name} = each(lambda {values}: {code}, {columns})",
        ]
        return name

    def read(self, text: str, spot: Spot, turn: dict[str, str]) -> Term:
        """The code of a reference, or of a defined name; notes what it reads of the same turn."""
        ref = parse_reference(text)
        if ref is None:
            return self.defined(text, spot)
        sheet = self.book.sheet_of(ref, spot)
        if sheet is None or not ref.left or bool(ref.row2) != bool(ref.right):
            raise UnsupportedError
        loop = sheet.loops.get(ref.row1)
        if not ref.row2 and ref.row1 not in sheet.markers:
            code = self.at(sheet, ref.row1, number_of(ref.left))
            if loop is None:
                return Term(code, "cell")
            if spot.same_turn(loop, ref.pin1):
                turn[f"{code}t"] = code
                return Term(f"{code}t", "cell")
            return Term(code, "cells")
        return self.read_area(ref, sheet, spot, turn)

    def defined(self, text: str, spot: Spot) -> Term:
        """The code of what a defined name stands for."""
        names = self.book.names
        formula = names.get((spot.sheet.name, text.lower()), names.get(("", text.lower())))
        if formula is None or text in self.doing:
            raise UnsupportedError
        self.doing.add(text)
        try:
            return translate(parse_formula(formula), lambda t: self.read(t, Spot(spot.sheet), {}))
        finally:
            self.doing.remove(text)

    def at(self, sheet: Sheet, row: int, column: int) -> str:
        """The variable that stands for a cell by its place."""
        cell = sheet.cells.get(row, {}).get(column)
        return self.cell(cell or Cell(sheet.name, row, column, None, "fixed", None))

    def read_area(self, ref: Reference, sheet: Sheet, spot: Spot, turn: dict[str, str]) -> Term:
        """The code of a range: the values of its cells, row by row."""
        columns = range(number_of(ref.left), number_of(ref.right or ref.left) + 1)
        end, parts, row = min(ref.row2 or ref.row1, len(sheet.ends) - 1), [], ref.row1
        if len(columns) > WIDEST:
            raise UnsupportedError
        first = sheet.loops.get(ref.row1)
        if first and first is sheet.loops.get(end) and spot.same_turn(first, ref.pin1 or ref.pin2):
            cells = [self.at(sheet, r, column) for r in range(row, end + 1) for column in columns]
            turn |= {f"{cell}t": cell for cell in cells}
            return Term(f"({''.join(f'{cell}t, ' for cell in cells)})", "cells", len(columns))
        while row <= end:
            loop = sheet.loops.get(row)
            if loop is None:
                if row not in sheet.markers:
                    parts += [self.at(sheet, row, column) for column in columns]
                row += 1
                continue
            last = min(end, loop.top + loop.size - 1)
            start, stop = f"{(row - loop.top) * len(columns) or ''}", ""
            if spot.same_turn(loop, ref.pin1) and row == ref.row1:
                start = f"t * {loop.size * len(columns)} + {start or 0}"
            rest = (loop.top + loop.size - 1 - last) * len(columns)
            if spot.same_turn(loop, ref.pin2) and last == ref.row2:
                stop = f"(t + 1) * {loop.size * len(columns)} - {rest}"
            elif rest:
                stop = f"-{rest}"
            area = self.turns(sheet, loop, columns)
            parts.append(f"*{area}[{start}:{stop}]" if start or stop else f"*{area}")
            row = last + 1
        alone = len(parts) == 1 and parts[0].startswith("*")
        code = parts[0][1:] if alone else f"({''.join(f'{part}, ' for part in parts)})"
        return Term(code, "cells", len(columns))

    def turns(self, sheet: Sheet, loop: Loop, columns: Sequence[int]) -> str:
        """The variable with all values of some columns of a loop, row by row."""
        rows = range(loop.top, loop.top + loop.size)
        cells = [self.at(sheet, row, column) for row in rows for column in columns]
        if len(cells) == 1:
            return cells[0]
        code = f"[v for line in zip({', '.join(cells)}) for v in line]"
        return self.variable((sheet.name, loop.top, columns), code)

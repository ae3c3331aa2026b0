"""Conditions of questions as formulas over the answer cells, each with what it comes to now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, NamedTuple

from cqo_docs.facts.conditions import Condition, Test, facts_named
from cqo_docs.office.xlsx_writing import letters
from cqo_docs.questions.asking import IN_PLAY, Asking, known_facts
from cqo_docs.questions.fields import ADOPT, PROVINCE, Field, Layout

INDUSTRY = "company.industry_code"
# More combinations of answers than this make no table.
MOST_COMBINATIONS = 1_000
# What a table says of an answer that is blank, or of none of its choices.
BLANK = "-"
UNKNOWN = ""
# The hidden sheet: names and values of facts, then the tables side by side.
FIRST_ROW, FACT_COLUMN, FIRST_TABLE = 2, 2, 4
LISTS = {
    "assessment.own_indicators": "assessment.indicators",
    "fund.own_items": "fund.items",
}


class Expr(NamedTuple):
    """A formula without its sign of equality, and what it comes to with the cells as they are."""

    text: str
    value: Any


class Lookup(NamedTuple):
    """A table of the hidden sheet: keys in its first column, what follows in the others."""

    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Cells:
    """Where the answers of a form stand, as formulas name them, and what stands there now."""

    value: Callable[[str], Expr]
    """The cell of a question, as text without outer blanks."""
    tick: Callable[[str, str], Expr]
    """Whether one choice of a question is ticked."""
    count: Callable[[str], Expr]
    """How many entries the table of a list has."""
    none: Callable[[str], Expr]
    """Whether the table of a list says that there is none."""


@dataclass
class Logic:
    """The facts that the conditions of a form rest on, as cells of a hidden sheet."""

    layout: Layout
    cells: Cells
    sheet: str
    """The hidden sheet, as formulas name it."""
    facts: dict[str, Expr] = field(default_factory=dict)
    """What is computed in the hidden sheet, by fact."""
    tables: list[Lookup] = field(default_factory=list)
    open: set[str] = field(default_factory=set)
    """Facts that no formula over the cells can tell."""
    _made: dict[tuple[str, ...], int] = field(default_factory=dict)

    @property
    def asking(self) -> Asking:
        """The questions behind the form."""
        return self.layout.asking

    # Conditions

    def never(self, condition: Condition) -> Expr:
        """Whether a condition is known not to hold."""
        return self._verdict(condition, False)

    def surely(self, condition: Condition) -> Expr:
        """Whether a condition is known to hold."""
        return self._verdict(condition, True)

    def _verdict(self, condition: Condition, wanted: bool) -> Expr:
        if isinstance(condition, Test):
            return self._test(condition, wanted)
        if condition.mode == "not":
            return self._verdict(condition.parts[0], not wanted)
        parts = [self._verdict(part, wanted) for part in condition.parts]
        # All hold where each does; one that does not is enough for the contrary.
        together = (condition.mode == "all") is wanted
        return combined(parts, together)

    def _test(self, test: Test, wanted: bool) -> Expr:
        words = _accepted(test)
        have = self.fact(test.fact) if words is not None else None
        if have is None or words is None:
            self.open.add(test.fact)
            return Expr("FALSE", False)
        hits = combined([Expr(f"{have.text}={quoted(w)}", have.value == w) for w in words], False)
        if wanted:
            return hits
        known = Expr(f'{have.text}<>""', have.value != UNKNOWN)
        return combined([known, Expr(f"NOT({hits.text})", not hits.value)], True)

    # Facts

    def fact(self, name: str) -> Expr | None:
        """The cell that holds a fact, as a word; None where no formula can tell it."""
        if name in self.open:
            return None
        if name not in self.facts:
            made = self._compute(name)
            if made is None:
                self.open.add(name)
                return None
            self.facts[name] = made
        row = FIRST_ROW + list(self.facts).index(name)
        return Expr(f"{self.sheet}!${letters(FACT_COLUMN)}${row}", self.facts[name].value)

    def area(self, table: int, width: int) -> str:
        """The area of a table, as wide as it is looked at."""
        first, rows = self.first_column(table), len(self.tables[table].rows)
        last = letters(first + width - 1)
        return f"{self.sheet}!${letters(first)}${FIRST_ROW}:${last}${FIRST_ROW + rows - 1}"

    def first_column(self, table: int) -> int:
        """Where a table begins in the hidden sheet."""
        return FIRST_TABLE + sum(len(before.rows[0]) for before in self.tables[:table])

    def _compute(self, name: str) -> Expr | None:
        own = self.layout.by_path.get(name)
        if own is not None:
            return self._of_choice(own) if own.kind == "choice" else None
        if name in LISTS:
            return self._of_list(LISTS[name])
        if name.startswith(IN_PLAY):
            return self._of_standard(name)
        sources = self.asking.sources.get(name, ())
        if sources == (INDUSTRY,):
            return self._of_industry(name)
        return self._of_combination(name, sources)

    def _of_choice(self, own: Field) -> Expr:
        """The id of the choice in a cell; its default where it is blank."""
        cell = self.cells.value(own.path)
        default = own.question.default
        ids = {choice.label: choice.id for choice in own.choices}
        blank = word(default) if default is not None else UNKNOWN
        value = ids.get(cell.value, UNKNOWN)
        table = self._table((own.path,), list(ids.items()))
        text = f"IFERROR(VLOOKUP({cell.text},{self.area(table, 2)},2,FALSE),{quoted(UNKNOWN)})"
        if blank:
            text = f"IF({cell.text}={quoted('')},{quoted(blank)},{text})"
            value = value or (blank if not cell.value else UNKNOWN)
        return Expr(text, value)

    def _of_list(self, path: str) -> Expr:
        count, none = self.cells.count(path), self.cells.none(path)
        text = f'IF({count.text}=0,"",IF({none.text},"false","true"))'
        value = UNKNOWN if not count.value else "false" if none.value else "true"
        return Expr(text, value)

    def _of_standard(self, name: str) -> Expr:
        """Whether a standard is in play, by the province and by whether it is adopted."""
        standard = name.removeprefix(IN_PLAY)
        wanted = list(_in_play_facts(self.asking))
        provinces = (UNKNOWN, *(c.id for c in self.layout.by_path[PROVINCE].choices))
        if (PROVINCE,) not in self._made:
            rows = []
            for province in provinces:
                known = [self._facts_with(province, adopt) for adopt in (False, True)]
                told = (word(facts.get(fact)) for facts in known for fact in wanted)
                rows.append((province or BLANK, *told))
            self._table((PROVINCE,), rows)
        table = self._made[PROVINCE,]
        cell, tick = self.cells.value(PROVINCE), self.cells.tick(ADOPT, standard)
        at = 2 + wanted.index(name)
        key = f"IF({cell.text}={quoted('')},{quoted(BLANK)},{cell.text})"
        column = f"IF({tick.text},{at + len(wanted)},{at})"
        width = 1 + 2 * len(wanted)
        text = f"IFERROR(VLOOKUP({key},{self.area(table, width)},{column},FALSE),{quoted('')})"
        row = next((r for r in self.tables[table].rows if r[0] == (cell.value or BLANK)), None)
        place = at - 1 + (len(wanted) if tick.value else 0)
        return Expr(text, row[place] if row else UNKNOWN)

    def _facts_with(self, province: str, adopt: bool) -> Mapping[str, Any]:
        standards = [s.id for s in self.asking.library.standards]
        answers: dict[str, Any] = {"plan": {"adopt": standards if adopt else []}}
        if province:
            answers["company"] = {"province": province}
        return known_facts(self.asking, answers).facts

    def _of_industry(self, name: str) -> Expr:
        """A fact that follows from the first two or three digits of the code."""
        facts = tuple(f for f in _needed_facts(self.asking)
                      if self.asking.sources.get(f) == (INDUSTRY,))  # fmt: skip
        if (INDUSTRY,) not in self._made:
            rows = []
            for code in industry_codes(self.layout):
                known = known_facts(self.asking, {"company": {"industry_code": code}}).facts
                rows.append((code, *(word(known[fact]) for fact in facts)))
            self._table((INDUSTRY,), rows)
        table = self._made[INDUSTRY,]
        cell = self.cells.value(INDUSTRY)
        area, at = self.area(table, 1 + len(facts)), 2 + facts.index(name)
        digits = f"IF(ISNUMBER(-LEFT({cell.text},1)),{cell.text},MID({cell.text},2,9))"
        looked = [f"VLOOKUP(LEFT({digits},{n}),{area},{at},FALSE)" for n in (3, 2)]
        text = f"IFERROR({looked[0]},IFERROR({looked[1]},{quoted('')}))"
        found = {row[0]: row[at - 1] for row in self.tables[table].rows}
        shown = str(cell.value)
        bare = shown if shown[:1].isdigit() else shown[1:]
        return Expr(text, found.get(bare[:3], found.get(bare[:2], UNKNOWN)))

    def _of_combination(self, name: str, sources: Sequence[str]) -> Expr | None:
        """A fact that follows from a few choices: every combination, looked up."""
        own = [self.layout.by_path.get(path) for path in sources]
        fields = [f for f in own if f is not None and f.kind == "choice"]
        if not sources or len(fields) != len(own):
            return None
        choices = [(None, *f.choices) for f in fields]
        count = 1
        for options in choices:
            count *= len(options)
        if count > MOST_COMBINATIONS:
            return None
        if (name, *sources) not in self._made:
            rows = []
            for picked in product(*choices):
                answers: dict[str, Any] = {}
                for one, choice in zip(fields, picked, strict=True):
                    if choice is not None:
                        group, _, last = one.path.rpartition(".")
                        answers.setdefault(group, {})[last] = choice.id
                key = "|".join(c.label if c else BLANK for c in picked)
                rows.append((key, word(known_facts(self.asking, answers).facts.get(name))))
            self._table((name, *sources), rows)
        table = self._made[name, *sources]
        cells = [self.cells.value(path) for path in sources]
        keys = [f"IF({c.text}={quoted('')},{quoted(BLANK)},{c.text})" for c in cells]
        key = f"&{quoted('|')}&".join(keys)
        text = f"IFERROR(VLOOKUP({key},{self.area(table, 2)},2,FALSE),{quoted('')})"
        wanted = "|".join(c.value or BLANK for c in cells)
        found = {row[0]: row[1] for row in self.tables[table].rows}
        return Expr(text, found.get(wanted, UNKNOWN))

    def _table(self, key: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> int:
        self._made[key] = len(self.tables)
        self.tables.append(Lookup(tuple(rows)))
        return self._made[key]


def _needed_facts(asking: Asking) -> tuple[str, ...]:
    """Every fact that the conditions of questions rest on."""
    found: dict[str, None] = {}
    for one in asking.asked:
        for condition in (one.when, one.needed):
            if condition is not None:
                found.update(dict.fromkeys(facts_named(condition)))
    return tuple(found)


def _in_play_facts(asking: Asking) -> Iterator[str]:
    return (name for name in _needed_facts(asking) if name.startswith(IN_PLAY))


def _accepted(test: Test) -> tuple[str, ...] | None:
    """The words of a fact that a test accepts; None where it has no such list."""
    if test.operator == "is":
        return (word(test.wanted),)
    if test.operator == "one_of":
        return tuple(word(item) for item in test.wanted)
    if test.operator in {"at_least", "at_most"} and test.options:
        place = test.options.index(test.wanted)
        high = test.operator == "at_least"
        return test.options[place:] if high else test.options[: place + 1]
    return None


def word(value: Any) -> str:
    """A fact as the hidden sheet has it: true, false, an id; empty where it is not known."""
    if value is None:
        return UNKNOWN
    return str(value).lower() if isinstance(value, bool) else str(value)


def combined(parts: Sequence[Expr], together: bool) -> Expr:
    """All of the parts, or any of them."""
    name, empty, pick = ("AND", "TRUE", all) if together else ("OR", "FALSE", any)
    if not parts:
        return Expr(empty, together)
    # What is settled without looking at a cell is no part of a formula.
    left = [p for p in parts if p.text != empty]
    if any(p.text == ("FALSE" if together else "TRUE") for p in left):
        return Expr("FALSE" if together else "TRUE", not together)
    if not left:
        return Expr(empty, together)
    if len(left) == 1:
        return left[0]
    return Expr(f"{name}({','.join(p.text for p in left)})", pick(p.value for p in left))


def quoted(text: str) -> str:
    """A text as a formula writes it."""
    return '"' + text.replace('"', '""') + '"'


def industry_codes(layout: Layout) -> Iterator[str]:
    """The codes of all divisions, and of the classes that are told apart."""
    for section in layout.asking.library.reference.industry_table.sections:
        for division in section.divisions:
            yield division.code
            yield from (row.code for row in division.classes)

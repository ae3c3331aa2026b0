"""Write the Excel form of one company: questions in rows, lists to choose from, what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from cqo_docs.base.errors import PackError, problem
from cqo_docs.facts.conditions import ALWAYS
from cqo_docs.forms.excel.book import (
    Book,
    Cell,
    Layer,
    Link,
    Listed,
    Row,
    Rule,
    Sheet,
    book_bytes,
)
from cqo_docs.forms.excel.logic import (
    FACT_COLUMN,
    Cells,
    Expr,
    Logic,
    combined,
    industry_codes,
    quoted,
)
from cqo_docs.forms.excel.logic import FIRST_ROW as FIRST_FACT
from cqo_docs.forms.excel.places import (
    FIRST_ROW,
    HEAD_ROW,
    HINT,
    INDUSTRY,
    LABEL,
    LIST_HEAD,
    LIST_ROW,
    LONGEST,
    LONGEST_NAME,
    NOT_LEGAL,
    NUMBER,
    SPARE,
    STATE,
    VALUE,
    VERSION,
    Line,
    Listing,
    Places,
    Questions,
    Spot,
    find_places,
    known_at,
)
from cqo_docs.office.xlsx_writing import Cell as PlainCell
from cqo_docs.office.xlsx_writing import Width, letters, lines_of, row_height
from cqo_docs.office.xlsx_writing import quoted as sheet_name
from cqo_docs.questions.columns import FORM_MARK
from cqo_docs.questions.fields import NONE, Field, Layout
from cqo_docs.questions.written import chosen, shown

PROPERTY = "cqo-form"
WIDTHS = ((5.5, "free"), (29, "free"), (33, "free"), (9, "free"), (39, "free"))
LIST_WIDTHS = {"text": 20, "sentence": 38, "number": 13, "choice": 15, "date": 13, "list": 19}
GUIDE_WIDTHS = ((16, "plain"), (14, "plain"), (76, "plain"))
SENTENCE = 100
# Excel keeps fifteen digits of a figure; one with more is written as text.
DIGITS = 15
EPOCH = date(1899, 12, 30)
FIRST_DAY, LAST_DAY = date(1949, 1, 1), date(2100, 12, 31)
TAB_GUIDE, TAB_LISTS = "FF4472C4", "FF70AD47"
LINE, LOWEST = 17.0, 21.0
# A cell holds this much less than its width says.
INDENT = 1


def excel_form(layout: Layout, known: Mapping[str, Any] | None = None) -> bytes:
    """The form as an xlsx, with the answers already known (nested, by id) filled in.

    Raises PackError for an answer that the form cannot show.
    """
    return book_bytes(_Writer(find_places(layout), known or {}).book())


def open_facts(layout: Layout) -> frozenset[str]:
    """The facts that no formula can tell: the questions that depend on them are never greyed."""
    writer = _Writer(find_places(layout), {})
    writer.book()
    return frozenset(writer.logic.open)


@dataclass(frozen=True, slots=True)
class _Wanting:
    """One thing that may still be missing: its sheet, what it says, how many are."""

    sheet: str
    said: Expr
    count: Expr


@dataclass
class _Writer:
    places: Places
    known: Mapping[str, Any]
    wanting: list[_Wanting] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.layout: Layout = self.places.layout
        self.words = self.places.words
        self.wording = self.layout.wording
        self.states: Mapping[str, str] = self.words["states"]
        self.tick = str(self.words["tick"])
        self.none = str(self.wording.formats["none"])
        cells = Cells(self._cell_expr, self._tick_expr, self._count_expr, self._none_expr)
        self.logic = Logic(self.layout, cells, sheet_name(str(self.words["facts-sheet"])))

    def book(self) -> Book:
        """The whole workbook."""
        asked = [self._questions(sheet) for sheet in self.places.sheets]
        by_sheet: dict[str, list[Listing]] = {}
        for listing in self.places.listings:
            by_sheet.setdefault(listing.sheet, []).append(listing)
        listed = [self._lists(name, own) for name, own in by_sheet.items()]
        guide = self._guide([*(s.name for s in asked), *(s.name for s in listed)])
        options, facts = self._options(), self._facts()
        mark = f"{sheet_name(facts.name)}!$A$1"
        names = {**self.places.names(), **self.names, f"{FORM_MARK}{VERSION}": mark}
        assert all(len(name) <= LONGEST_NAME for name in names)
        title = str(self.words["title"])
        properties = {PROPERTY: f"excel {VERSION} {self.wording.locale}"}
        return Book([guide, *asked, *listed, options, facts], names, title, properties)

    # What the cells hold

    def content(self, own: Field, path: str) -> str | Decimal | None:
        """What stands in the cell of an answer. Raises PackError where it cannot be shown."""
        value = known_at(self.known, path)
        if value is None:
            return None
        if own.path == INDUSTRY:
            return self._industry(str(value))[1]
        if isinstance(value, date):
            return Decimal((value - EPOCH).days)
        if isinstance(value, Decimal):
            digits = len(value.normalize().as_tuple().digits)
            return value if digits <= DIGITS else f"{value:f}"
        return shown(own, value, self.wording)

    def _industry(self, code: str) -> tuple[str | None, str]:
        """The section and the rest of a code, as the two lists to choose from have them."""
        section, digits = (code[:1], code[1:]) if code[:1].isalpha() else ("", code)
        named = {row.code: f"{row.code} {row.name}" for row in self._sections}
        items = dict(self._industry_items)
        return named.get(section.upper()), items.get(digits, digits)

    def ticked(self, own: Field) -> frozenset[str]:
        """The choices of a question that are ticked."""
        value = known_at(self.known, own.path)
        if value is None:
            return frozenset()
        found = [chosen(own.choices, str(item)) for item in value]
        if any(choice is None for choice in found):
            raise PackError([problem("form.cannot-show", field=own.path)])
        return frozenset({choice.id for choice in found if choice is not None} or {NONE})

    def entries(self, listing: Listing) -> list[list[str | Decimal | None]]:
        """What stands in the rows of a list."""
        values = known_at(self.known, listing.path)
        if values is None:
            return []
        if not values:
            return [[self.none, *[None] * (len(listing.fields) - 1)]]
        if listing.in_words:
            if list(values) == [self.none]:
                # Alone it says that there is none.
                raise PackError([problem("form.cannot-show", field=listing.path)])
            return [[str(value)] for value in values]
        return [
            [self.content(own, own.path.replace("[]", f"[{n}]", 1)) for own in listing.fields]
            for n in range(len(values))
        ]

    def _cell_expr(self, path: str) -> Expr:
        own, spot = self.layout.by_path[path], self.places.spots[path]
        return Expr(f"TRIM({spot.fixed})", str(self.content(own, path) or ""))

    def _tick_expr(self, path: str, choice: str) -> Expr:
        spot = self.places.ticks[path, choice]
        ticked = choice in self.ticked(self.layout.by_path[path])
        return Expr(f"{spot.fixed}={quoted(self.tick)}", ticked)

    def _count_expr(self, path: str) -> Expr:
        listing = self.places.by_list[path]
        filled = "+".join(f'({listing.column(n)}<>"")' for n in range(len(listing.fields)))
        text = f"SUMPRODUCT(--(({filled})>0))"
        if listing.in_words:
            text = f"COUNTA({listing.column(0)})"
        return Expr(text, len(self.entries(listing)))

    def _none_expr(self, path: str) -> Expr:
        listing = self.places.by_list[path]
        first = listing.spot(0, 0).fixed
        entries = self.entries(listing)
        says = len(entries) == 1 and entries[0][0] == self.none
        return Expr(f"AND({self._count_expr(path).text}=1,TRIM({first})={quoted(self.none)})", says)

    # Sheets of questions

    def _questions(self, questions: Questions) -> Sheet:
        sheet = Sheet(questions.title, WIDTHS, frozen=HEAD_ROW, repeated=(HEAD_ROW, HEAD_ROW))
        columns = enumerate(self.words["columns"].values(), 1)
        heads = [Cell(n, "head", str(text)) for n, text in columns]
        body = [self._line(line, sheet) for line in questions.lines]
        count = self._counted(sheet.name)
        told, complete = self._told(count, "missing"), str(self.words["complete"])
        sheet.rows = [
            Row(1, [Cell(1, "title", sheet.name)], 30),
            Row(2, [Cell(1, "wanting", told.value, told.text)], 20),
            Row(HEAD_ROW, heads, 22),
            *body,
        ]
        sheet.merges += ["A1:E1", "A2:E2"]
        last = FIRST_ROW + len(questions.lines) - 1
        area = f"A{FIRST_ROW}:{letters(HINT)}{last}"
        state = f"${letters(STATE)}{FIRST_ROW}"
        sheet.layers += [
            Layer(area, f"{state}={quoted(self.states['idle'])}", "idle"),
            Layer(f"{letters(STATE)}{FIRST_ROW}:{letters(STATE)}{last}",
                  f"{state}={quoted(self.states['needed'])}", "wanted"),
            Layer("A2:E2", f"$A$2={quoted(complete)}", "done"),
        ]  # fmt: skip
        first = next(line for line in questions.lines if line.kind in {"field", "sector"})
        sheet.start = f"{letters(VALUE)}{first.row}"
        return sheet

    def _told(self, count: Expr, words: str) -> Expr:
        """How many answers are still wanted, in words; that none is."""
        before, after = (str(text) for text in self.words[words])
        complete = str(self.words["complete"])
        said = f"{quoted(before)}&{count.text}&{quoted(after)}"
        text = f"IF({count.text}=0,{quoted(complete)},{said})"
        return Expr(text, f"{before}{count.value}{after}" if count.value else complete)

    def _line(self, line: Line, sheet: Sheet) -> Row:
        if line.kind == "caption":
            cells = [Cell(n, "caption", line.label if n == 1 else None) for n in range(1, HINT + 1)]
            sheet.merges.append(f"A{line.row}:{letters(HINT)}{line.row}")
            return Row(line.row, cells, 20)
        spot = Spot(sheet.name, line.row, VALUE)
        label, style, hints = line.label, "label", list[str]()
        if line.kind == "sector":
            assert line.field is not None
            section = self._industry(str(known_at(self.known, INDUSTRY) or ""))[0]
            value = Cell(VALUE, "answer-text", section)
            state, hints = Expr("", ""), [str(self.words["sector-hint"])]
            sheet.rules.append(self._choice_rule(spot.bare, "industry", label))
        elif line.kind == "tick":
            assert line.field is not None and line.choice is not None
            on = line.choice.id in self.ticked(line.field)
            value, state = Cell(VALUE, "answer-tick", self.tick if on else None), Expr("", "")
            style, label = "choice-label", f"　{label}"
            error = self.words["errors"]["tick"]
            sheet.rules.append(Rule(spot.bare, "list", ("list_tick",), error, line.label[:32]))
        elif line.kind == "list":
            value, state = self._list_cell(line, spot, sheet)
            hints = list(self._hints(line.field)) if line.field else []
        else:
            assert line.field is not None
            value, state = self._answer(line, spot, sheet)
            hints = list(self._hints(line.field))
            if line.field.required:
                label, style = str(self.words["required"]).format(label=label), "label-required"
        cells = [
            Cell(NUMBER, "number", Decimal(line.number) if line.number else None),
            Cell(LABEL, style, label),
            value,
            Cell(STATE, "state", state.value, state.text),
            Cell(HINT, "hint", "\n".join(hints)),
        ]
        return Row(line.row, cells, _height(cells, WIDTHS) or LOWEST)

    def _hints(self, own: Field) -> Iterator[str]:
        """What is said beside a field; how to fill in several is another matter here."""
        if own.path == INDUSTRY:
            yield str(self.words["industry-hint"])
        for text in dict.fromkeys(own.hints):
            if text != str(self.layout.words["many"]):
                yield text

    def _answer(self, line: Line, spot: Spot, sheet: Sheet) -> tuple[Cell, Expr]:
        """The cell that one fills in, and the state of its question."""
        own = line.field
        assert own is not None
        if line.kind == "ticks":
            cells = [self.places.ticks[own.path, c.id] for c in own.choices]
            area = f"{cells[0].bare}:{cells[-1].bare}"
            filled = Expr(f"COUNTA({area})>0", bool(self.ticked(own)))
            value = Cell(VALUE, "hint", str(self.words["ticks"]))
        else:
            content = self.content(own, own.path)
            filled = Expr(f'TRIM({spot.bare})<>""', content not in (None, ""))
            value = Cell(VALUE, self._style(own, content, "answer"), content)
            sheet.rules += self._rules(own, spot.bare)
        state, needed = self._state(own, filled)
        if needed.text != "FALSE":
            self._want(sheet.name, own.label, spot, needed)
        return value, state

    def _style(self, own: Field, content: Any, kind: str) -> str:
        """The style of an answer's cell: text stays what it is, figures show all their decimals."""
        if own.kind == "date":
            return f"{kind}-date"
        if own.kind != "number":
            return f"{kind}-text"
        limits = own.question.limits
        money = limits is not None and limits.digits == 2 and limits.most != "100"
        return f"{kind}-money" if money else f"{kind}-general"

    def _state(self, own: Field, filled: Expr) -> tuple[Expr, Expr]:
        """What the state of a question says, and whether it is still wanted."""
        never, needed = self.logic.never(own.asked.when), self._needed(own)
        parts = [] if never.text == "FALSE" else [negated(never)]
        wanted = combined([*parts, negated(filled), needed], True)
        lacking = Expr('""', "")
        if needed.text != "FALSE":
            word = self.states["needed"]
            lacking = Expr(f'IF({needed.text},{quoted(word)},"")', word if needed.value else "")
        return self._state_of(never, filled, lacking), wanted

    def _state_of(self, never: Expr, filled: Expr, otherwise: Expr) -> Expr:
        """What the state of a question says."""
        word = self.states["filled"]
        text = f"IF({filled.text},{quoted(word)},{otherwise.text})"
        value = word if filled.value else otherwise.value
        if never.text == "FALSE":
            return Expr(text, value)
        idle = self.states["idle"]
        return Expr(f"IF({never.text},{quoted(idle)},{text})", idle if never.value else value)

    def _needed(self, own: Field) -> Expr:
        """Whether an answer must be given: always, on a condition, or with others of its group."""
        one = own.asked
        if one.needed == ALWAYS:
            return Expr("TRUE", True)
        if one.needed is not None:
            return self.logic.surely(one.needed)
        if not (one.unit and own.question.required):
            return Expr("FALSE", False)
        others = [self._cell_expr(o.path) for o in self.layout.fields
                  if o.asked.unit == one.unit and o.path != own.path]  # fmt: skip
        return combined([Expr(f'{o.text}<>""', o.value != "") for o in others], False)

    def _want(self, sheet: str, label: str, spot: Spot, needed: Expr) -> None:
        before, after = self.words["missing-item"]
        address = f"ADDRESS(ROW({spot.fixed}),COLUMN({spot.fixed}),4)"
        state = f"{sheet_name(sheet)}!${letters(STATE)}${spot.row}"
        test = f"{state}={quoted(self.states['needed'])}"
        text = f'IF({test},{quoted(label + before)}&{address}&{quoted(after)},"")'
        said = f"{label}{before}{spot.bare}{after}" if needed.value else ""
        count = Expr(f"({test})", int(bool(needed.value)))
        self.wanting.append(_Wanting(sheet, Expr(text, said), count))

    def _counted(self, sheet: str) -> Expr:
        """How many answers of a sheet are still wanted."""
        own = [w for w in self.wanting if w.sheet == sheet]
        if not own:
            return Expr("0", 0)
        return Expr(f"({'+'.join(w.count.text for w in own)})", sum(w.count.value for w in own))

    # What may be typed in

    def _rules(self, own: Field, area: str) -> Iterator[Rule]:
        errors, title = self.words["errors"], own.label
        limits = own.question.limits
        if own.path == INDUSTRY:
            sector = self.places.sector
            sector_cell = f"${letters(sector.column)}${sector.row}"
            inner = f'INDIRECT("industry_"&IF({sector_cell}="","all",LEFT({sector_cell},1)))'
            yield Rule(area, "list", (inner,), errors["industry"], title, strict=False)
        elif own.choices:
            yield self._choice_rule(area, list_name(own), title, own)
        elif own.kind == "date":
            days = (str((FIRST_DAY - EPOCH).days), str((LAST_DAY - EPOCH).days))
            yield Rule(area, "date", days, errors["date"], title, strict=False)
        elif own.kind == "number" and limits is not None:
            kind = "decimal" if limits.digits else "whole"
            text = errors[kind].format(least=limits.least, most=limits.most, digits=limits.digits)
            yield Rule(area, kind, (limits.least, limits.most), text, title)
        elif own.length:
            text = errors["length"].format(length=own.length)
            yield Rule(area, "textLength", (str(own.length),), text, title)

    def _choice_rule(self, area: str, name: str, title: str, own: Field | None = None) -> Rule:
        if own is not None:
            self.lists[name] = tuple(choice.label for choice in own.choices)
        return Rule(area, "list", (f"list_{name}",), self.words["errors"]["choice"], title)

    # Lists

    def _list_cell(self, line: Line, spot: Spot, sheet: Sheet) -> tuple[Cell, Expr]:
        """The cell that leads to a list and counts its entries, and the state of the list."""
        listing = self.places.by_list[line.path]
        count, none = self._count_expr(line.path), self._none_expr(line.path)
        before, after = (str(text).format(sheet=listing.sheet) for text in self.words["entries"])
        empty = str(self.words["see-list"]).format(sheet=listing.sheet)
        text = f"IF({none.text},{quoted(self.none)},{quoted(before)}&{count.text}&{quoted(after)})"
        text = f"IF({count.text}=0,{quoted(empty)},{text})"
        value = f"{before}{count.value}{after}" if count.value else empty
        sheet.links.append(Link(spot.bare, listing.spot(0, 0).fixed.replace("$", "")))
        asked = next(o for o in self.layout.asking.asked if o.path == line.path)
        never = self.logic.never(asked.when)
        filled = Expr(f"{count.text}>0", count.value > 0)
        state = self._state_of(never, filled, Expr('""', ""))
        return Cell(VALUE, "link", self.none if none.value else value, text), state

    def _lists(self, name: str, listings: list[Listing]) -> Sheet:
        """A sheet of lists: it is not protected, for on a protected one no table grows."""
        fields = [(listing, n, own) for listing in listings for n, own in enumerate(listing.fields)]
        widths = [(_list_width(own), self._style(own, None, "row")) for _, _, own in fields]
        sheet = Sheet(
            name, widths, frozen=LIST_HEAD, repeated=(LIST_HEAD, LIST_HEAD),
            protected=False, landscape=True, tab=TAB_LISTS, start=f"A{LIST_ROW}",
        )  # fmt: skip
        entries = [self.entries(listing) for listing in listings]
        last = LIST_ROW + max(SPARE, *(len(rows) + 10 for rows in entries)) - 1
        body = []
        for row in range(LIST_ROW, last + 1):
            cells = []
            for listing, rows in zip(listings, entries, strict=True):
                values = rows[row - LIST_ROW] if row - LIST_ROW < len(rows) else []
                for n, own in enumerate(listing.fields):
                    value = values[n] if n < len(values) else None
                    style = self._style(own, value, "answer")
                    if isinstance(value, str) and own.kind in {"number", "date"}:
                        style = "answer-text"
                    cells.append(Cell(listing.first + n, style, value))
            body.append(Row(row, cells, _height(cells, widths)))
        heads, examples = [], []
        for listing, n, own in fields:
            text = self._heading(own)
            heads.append(Cell(listing.first + n, "head-free", text))
            examples.append(Cell(listing.first + n, "hint-free", self._example(own)))
            sheet.rules += self._rules(own, _column(listing.first + n))
        for listing in listings:
            area = f"{letters(listing.first)}{LIST_HEAD}:{letters(listing.last)}{last}"
            headings = tuple(self._heading(own) for own in listing.fields)
            table = NOT_LEGAL.sub("_", f"list.{listing.path}")
            sheet.tables.append(Listed(table, area, headings))
            self._wanted_in_rows(listing, sheet)
        form = self.words["list-note" if listings[0].in_words else "list-notes"]
        note = str(form).format(row=LIST_ROW, notes="".join(listings[0].notes))
        width = letters(fields[-1][0].last)
        across = sum(w for w, _ in widths)
        sheet.rows = [
            Row(1, [Cell(1, "title", name), *_bare(len(fields))], 30),
            Row(2, [Cell(1, "note", note), *_bare(len(fields))], LINE * lines_of(note, across)),
            Row(3, examples, max(LINE * max(lines_of(str(c.value or ""), widths[i][0])
                                            for i, c in enumerate(examples)), LINE)),
            Row(LIST_HEAD, heads, LINE * max(lines_of(str(c.value), widths[i][0])
                                             for i, c in enumerate(heads)) + 6),
            *body,
        ]  # fmt: skip
        sheet.merges += [f"A1:{width}1", f"A2:{width}2"]
        return sheet

    def _heading(self, own: Field) -> str:
        required = own.required and "[]" in own.path
        return str(self.words["required"]).format(label=own.label) if required else own.label

    def _example(self, own: Field) -> str:
        example = own.asked.example if own.kind == "list" else (own.hints or ("",))[0]
        first = example.partition("、")[0] if own.kind == "list" else example
        return f"{self.words['row-note']}{first}" if first else ""

    def _wanted_in_rows(self, listing: Listing, sheet: Sheet) -> None:
        """What rows that were begun still want, and how cells look that need nothing."""
        area = (f"{letters(listing.first)}{LIST_ROW}:"
                f"{letters(listing.last)}{LIST_ROW + LONGEST - 1}")  # fmt: skip
        state = self.places.spots[listing.path]
        # Conditions may look at another sheet by a name only.
        name = NOT_LEGAL.sub("_", f"state.{listing.path}")
        self.names[name] = state._replace(column=STATE).fixed
        sheet.layers.append(Layer(area, f"{name}={quoted(self.states['idle'])}", "idle"))
        if listing.in_words:
            return
        filled = "+".join(f'({listing.column(n)}<>"")' for n in range(len(listing.fields)))
        entries = self.entries(listing)
        told_none = bool(self._none_expr(listing.path).value)
        row = f"${letters(listing.first)}{LIST_ROW}:${letters(listing.last)}{LIST_ROW}"
        for n, own in enumerate(listing.fields):
            if not own.required:
                continue
            name = letters(listing.first + n)
            none = f"({listing.column(0)}<>{quoted(self.none)})"
            text = f'SUMPRODUCT((({filled})>0)*({listing.column(n)}="")*{none})'
            lacking = 0 if told_none else sum(values[n] in (None, "") for values in entries)
            before, after = self.words["missing-column"]
            said = f"{own.label}{before}{lacking}{after}" if lacking else ""
            told = f'IF({text}>0,{quoted(own.label + before)}&{text}&{quoted(after)},"")'
            self.wanting.append(_Wanting(sheet.name, Expr(told, said), Expr(text, lacking)))
            gap = (f'AND(${name}{LIST_ROW}="",COUNTA({row})>0,'
                   f"${letters(listing.first)}{LIST_ROW}<>{quoted(self.none)})")  # fmt: skip
            sheet.layers.append(Layer(_column(listing.first + n), gap, "gap"))

    # The first sheet and the hidden ones

    def _guide(self, sheets: list[str]) -> Sheet:
        guide = Sheet(str(self.words["guide-sheet"]), GUIDE_WIDTHS, tab=TAB_GUIDE)
        total = combined_sum([self._counted(name) for name in sheets])
        told, complete = self._told(total, "missing-total"), str(self.words["complete"])
        version = str(self.words["version"]).format(version=VERSION, locale=self.wording.locale)
        across = sum(width for width, _ in GUIDE_WIDTHS)
        rows = [
            Row(1, [Cell(1, "title", str(self.words["title"]))], 32),
            Row(2, [Cell(1, "note", version)], 18),
            Row(3, [Cell(1, "wanting", told.value, told.text)], 26),
        ]
        for n, line in enumerate(self.words["guide"], 1):
            full = f"{n}. {line}"
            rows.append(Row(len(rows) + 1, [Cell(1, "body", full)], LINE * lines_of(full, across)))
        guide.merges = [f"A{row.number}:C{row.number}" for row in rows]
        heads = enumerate(self.words["guide-columns"], 1)
        rows.append(Row(len(rows) + 2, [Cell(n, "head", str(text)) for n, text in heads], 22))
        for name in sheets:
            number = rows[-1].number + 1
            count, own = self._counted(name), [w for w in self.wanting if w.sheet == name]
            names = "&".join(w.said.text for w in own) or '""'
            value = "".join(w.said.value for w in own)
            cells = [
                Cell(1, "link", name),
                Cell(2, "number", Decimal(count.value), count.text),
                Cell(3, "cell", value, names),
            ]
            guide.links.append(Link(f"A{number}", f"{sheet_name(name)}!A1"))
            rows.append(Row(number, cells, _height(cells, GUIDE_WIDTHS) or LOWEST))
        guide.rows = rows
        guide.layers = [
            Layer("A3:C3", f"$A$3={quoted(complete)}", "done"),
            Layer(f"B{rows[-len(sheets)].number}:B{rows[-1].number}",
                  f"$B{rows[-len(sheets)].number}>0", "wanted"),
        ]  # fmt: skip
        guide.start = f"A{rows[-len(sheets)].number}"
        return guide

    @cached_property
    def _sections(self) -> tuple[Any, ...]:
        return self.layout.asking.library.reference.industry_table.sections

    @cached_property
    def _industry_items(self) -> tuple[tuple[str, str], ...]:
        """Every division and class with its name, as the list to choose from has it."""
        found = self.layout.asking.library.reference.industries
        return tuple((code, f"{code} {found[code].name}") for code in industry_codes(self.layout))

    def _options(self) -> Sheet:
        """The hidden sheet that holds what is chosen from."""
        items = dict(self._industry_items)
        found = self.layout.asking.library.reference.industries
        columns: dict[str, tuple[str, ...]] = {
            "list_tick": (self.tick,),
            **{f"list_{name}": labels for name, labels in self.lists.items()},
            "list_industry": tuple(f"{row.code} {row.name}" for row in self._sections),
            **{f"industry_{row.code}": tuple(text for code, text in items.items()
                                             if found[code].section == row.code)
               for row in self._sections},
            "industry_all": tuple(items.values()),
        }  # fmt: skip
        name = str(self.words["options-sheet"])
        for n, (own, labels) in enumerate(columns.items(), 1):
            area = f"${letters(n)}$1:${letters(n)}${len(labels)}"
            self.names[own] = f"{sheet_name(name)}!{area}"
        longest = max(len(labels) for labels in columns.values())
        rows = [
            Row(i + 1, [Cell(n, "plain", labels[i]) for n, labels in enumerate(columns.values(), 1)
                        if i < len(labels)])
            for i in range(longest)
        ]  # fmt: skip
        return Sheet(name, [(18, "plain")] * len(columns), rows, hidden=True)

    def _facts(self) -> Sheet:
        """The hidden sheet that works out which questions apply."""
        cells: dict[int, list[Cell]] = {1: [Cell(1, "plain", self._mark())]}
        for n, (name, expr) in enumerate(self.logic.facts.items(), FIRST_FACT):
            cells[n] = [Cell(1, "plain", name), Cell(FACT_COLUMN, "plain", expr.value, expr.text)]
        for number, table in enumerate(self.logic.tables):
            first = self.logic.first_column(number)
            for n, row in enumerate(table.rows, FIRST_FACT):
                own = cells.setdefault(n, [])
                own += [Cell(first + i, "plain", text) for i, text in enumerate(row) if text]
        width = max(cell.column for own in cells.values() for cell in own)
        rows = [Row(n, cells[n]) for n in sorted(cells)]
        widths = [(18.0, "plain")] * width
        return Sheet(str(self.words["facts-sheet"]), widths, rows, hidden=True)

    def _mark(self) -> str:
        return f"{PROPERTY} excel {VERSION} {self.wording.locale}"


def negated(expr: Expr) -> Expr:
    """The contrary."""
    return Expr(f"NOT({expr.text})", not expr.value)


def combined_sum(parts: list[Expr]) -> Expr:
    """The sum of counts."""
    own = [p for p in parts if p.text != "0"]
    return Expr(f"({'+'.join(p.text for p in own) or '0'})", sum(p.value for p in own))


def _height(cells: Sequence[Cell], widths: Sequence[tuple[float, str]]) -> float | None:
    """The height that shows all texts of a row; None where one line is enough."""
    texts = [PlainCell(c.column, "", c.value) for c in cells if isinstance(c.value, str)]
    height = row_height(texts, [Width(width - INDENT) for width, _ in widths])
    return None if height is None else max(LOWEST, height * LINE / 16.0 + 4)


def _column(number: int) -> str:
    """The entries in a column of a sheet of lists, as they may become."""
    name = letters(number)
    return f"{name}{LIST_ROW}:{name}{LIST_ROW + LONGEST - 1}"


def _bare(last: int) -> list[Cell]:
    """Blank cells without a frame beside the first one of a row."""
    return [Cell(n, "free") for n in range(2, last + 1)]


def list_name(own: Field) -> str:
    """The name of the list that a question chooses from; all yes-no questions share one."""
    if own.question.kind == "yes-no":
        return "yes_no"
    return NOT_LEGAL.sub("_", own.question.path.replace("[]", ""))


def _list_width(own: Field) -> float:
    if own.kind in {"text", "list"} and own.length > SENTENCE:
        return LIST_WIDTHS["sentence"]
    return LIST_WIDTHS[own.kind]

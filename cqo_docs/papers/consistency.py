"""What the papers of one pack must agree on: one function a check, over one picture of the pack.

The picture is made from composed papers before they are written, or from files that lie on a disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any, NamedTuple

from cqo_docs.base.errors import PackError, problem
from cqo_docs.papers.composer import Document, texts_in
from cqo_docs.plan.model import Plan, PlannedPaper
from cqo_docs.wording.amounts import LIMIT, capital_amount
from cqo_docs.wording.sentences import Wording

# What a row of figures may hold: a sum for each quarter, their sum, and a share of hundred.
QUARTERS = ("q1", "q2", "q3", "q4")
YEAR, WEIGHT = "amount", "weight"
FIGURES = (*QUARTERS, YEAR, WEIGHT)
HUNDRED = Decimal(100)
NOTHING = Decimal(0)
# What only a template or a program can have left in a paper.
LEFT_BEHIND = ("{{", "}}", "{%", "%}", "None", "[]")
# How a sum in capitals and the same sum in figures stand beside each other: 壹元整（¥1.00）.
SIGN, BEFORE_SIGN, AFTER_SIGN = "¥", "（", "）"
CAPITALS = frozenset("零壹贰叁肆伍陆柒捌玖拾佰仟万亿元角分整")
# A sentence before them says 不得担任 for all of them.
LED_BY_BAR = "disqualification."
# So much of a paragraph helps to find it.
MOST_SHOWN = 16
# The steps of an appointment as they follow one another.
STEPS = (
    "appointment.party.date",
    "appointment.decision_date",
    "appointment.letter_date",
    "appointment.authorization_date",
    "appointment.start",
    "appointment.end",
)


class PackFinding(NamedTuple):
    """What does not agree in a pack, or what changed: a code, the file, the place, the values."""

    code: str
    file: str
    place: str = ""
    values: Mapping[str, str] = {}
    times: int = 1


class Text(NamedTuple):
    """One text of a paper and where it stands."""

    place: str
    text: str


class Grid(NamedTuple):
    """The figures of one table: a row for each item, and the sums that the table itself states."""

    place: str
    rows: Sequence[Mapping[str, Decimal | None]]
    totals: Mapping[str, Decimal]
    capital: str
    sums: Mapping[str, Decimal]
    """What the rows of a column add up to; not for a column that is not filled in yet."""


class Entry(NamedTuple):
    """What a form says beside a label."""

    place: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class PaperText:
    """One file of a pack as the checks see it."""

    file: str
    documents: tuple[str, ...]
    texts: Sequence[tuple[str, str]] = ()
    """Every text, and where it stands."""
    grids: Sequence[Grid] = ()
    entries: Sequence[Entry] = ()
    cited: Sequence[tuple[str, str, str]] = ()
    """Every paragraph that restates a clause with a modal word: place, text, modality."""
    missing: Sequence[Text] = ()
    """Planned paragraphs that are not there."""
    unknown: Sequence[Text] = ()
    """Paragraphs that no plan knows."""


@dataclass(frozen=True, slots=True)
class Picture:
    """All files of a pack, and what the whole pack is to agree on."""

    papers: tuple[PaperText, ...]
    days: tuple[tuple[str, date], ...] = ()
    """The steps of the appointment in their order, by the path of their question."""
    given: Callable[[], Sequence[str]] = tuple
    """What the company itself answered; it may look like anything."""
    officer: str = ""
    judges: frozenset[str] = field(default_factory=frozenset)
    """The labels beside which the officer's own name must not stand."""
    modal_words: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What a paragraph of each modality says in one of these words; a statement has none."""


Check = Callable[[Picture], Iterator[PackFinding]]


def days_in_order(picture: Picture) -> Iterator[PackFinding]:
    """No step of the appointment is dated before the step that it follows."""
    for (first, earlier), (second, later) in pairwise(picture.days):
        if later < earlier:
            values = {"first": first, "second": second, "old": str(earlier), "new": str(later)}
            yield PackFinding("verify.date-order", "", "", values)


def sums_agree(picture: Picture) -> Iterator[PackFinding]:
    """Quarters add up to the year, rows to the totals, weights to 100."""
    for paper in picture.papers:
        for grid in paper.grids:
            for code, values in _grid_faults(grid):
                yield PackFinding(code, paper.file, grid.place, values)


def _grid_faults(grid: Grid) -> Iterator[tuple[str, Mapping[str, str]]]:
    for n, row in enumerate(grid.rows, 1):
        year = row.get(YEAR)
        parts = [row.get(q) for q in QUARTERS]
        if year is not None and None not in parts:
            have = sum((p for p in parts if p is not None), NOTHING)
            if have != year:
                told = {"row": str(n), "have": f"{have:,}", "want": f"{year:,}"}
                yield "verify.quarters", told
    wrong = [n for n, s in grid.sums.items() if grid.totals.get(n, s) != s]
    # An item too few or too many tells in every column; the year says it for all.
    for name in [YEAR] if YEAR in wrong else wrong:
        told = {"name": name, "have": f"{grid.sums[name]:,}", "want": f"{grid.totals[name]:,}"}
        yield "verify.total", told
    for name, column in grid.sums.items():
        if name == WEIGHT and column != HUNDRED:
            yield "verify.weights", {"have": f"{column:f}"}
        stated = grid.capital if name == YEAR and column < LIMIT else ""
        if stated and not stated.endswith(capital_amount(column)):
            yield "verify.capital", {"old": stated, "new": f"{column:,}"}


def files_agree(picture: Picture) -> Iterator[PackFinding]:
    """The Word and the Excel file of one paper have the same sums."""
    seen: dict[tuple[str, str], tuple[str, Decimal]] = {}
    for paper in picture.papers:
        differing = []
        for name, have in [item for grid in paper.grids for item in grid.sums.items()]:
            other, want = seen.setdefault((paper.documents[0], name), (paper.file, have))
            if have != want:
                told = {"name": name, "have": f"{have:,}", "want": f"{want:,}", "other": other}
                differing.append(told)
        for told in [t for t in differing if t["name"] == YEAR] or differing:
            yield PackFinding("verify.files-differ", paper.file, "", told)


def capitals_agree(picture: Picture) -> Iterator[PackFinding]:
    """A sum in capitals is the sum in figures beside it."""
    for paper in picture.papers:
        for place, text in paper.texts:
            if SIGN not in text:
                continue
            for capital, figures in _sums_said_twice(text):
                amount = figure_in(figures)
                if amount is None or not 0 <= amount < LIMIT or capital_amount(amount) != capital:
                    values = {"old": capital, "new": figures}
                    yield PackFinding("verify.capital", paper.file, place, values)


def _sums_said_twice(text: str) -> Iterator[tuple[str, str]]:
    before, *others = text.split(BEFORE_SIGN + SIGN)
    for part in others:
        capital = before[len(before.rstrip("".join(CAPITALS))) :]
        figures, mark, _ = part.partition(AFTER_SIGN)
        if capital and mark:
            yield capital, figures
        before = part


def nothing_left_behind(picture: Picture) -> Iterator[PackFinding]:
    """No paper shows a tag of a template or an empty value of a program."""
    for paper in picture.papers:
        whole = "\n".join([text for _, text in paper.texts])
        if "{" not in whole and "}" not in whole and "None" not in whole and "[]" not in whole:
            continue
        found = [sign for sign in LEFT_BEHIND if sign in whole]
        for sign in found:
            answers = sorted((a for a in picture.given() if sign in a), key=len, reverse=True)
            for place, text in paper.texts:
                rest = text
                for answer in answers:
                    rest = rest.replace(answer, "")
                if sign in rest:
                    yield PackFinding("verify.tag", paper.file, place, {"new": sign})


def roles_apart(picture: Picture) -> Iterator[PackFinding]:
    """Nobody signs as the one who empowers, approves or assesses himself."""
    if not picture.officer:
        return
    for paper in picture.papers:
        for place, label, value in paper.entries:
            if label in picture.judges and names(value, picture.officer):
                values = {"name": picture.officer, "label": label}
                yield PackFinding("verify.roles", paper.file, place, values)


def names(text: str, person: str) -> bool:
    """Whether a text names a person; a name inside a longer word is another name."""
    place = text.find(person)
    while place >= 0:
        before, after = text[max(0, place - 1) : place], text[place + len(person) :][:1]
        if not before.isalpha() and not after.isalpha():
            return True
        place = text.find(person, place + 1)
    return False


def modal_words_kept(picture: Picture) -> Iterator[PackFinding]:
    """A paragraph that restates a clause still has a modal word as strong as the clause."""
    for paper in picture.papers:
        for place, text, modality in paper.cited:
            for word in picture.modal_words[modality]:
                if word in text:
                    break
            else:
                values = {"old": picture.modal_words[modality][0], "new": text}
                yield PackFinding("verify.modality", paper.file, place, values)


def no_orphans(picture: Picture) -> Iterator[PackFinding]:
    """Every planned paragraph is in its paper, and no paper holds one that nobody planned."""
    for paper in picture.papers:
        for place, text in paper.missing:
            yield PackFinding("verify.paragraph-missing", paper.file, place, {"old": text})
        for place, text in paper.unknown:
            yield PackFinding("verify.paragraph-unknown", paper.file, place, {"new": text})


CHECKS: tuple[Check, ...] = (
    days_in_order,
    no_orphans,
    nothing_left_behind,
    sums_agree,
    files_agree,
    capitals_agree,
    roles_apart,
    modal_words_kept,
)


def pack_findings(picture: Picture) -> Iterator[PackFinding]:
    """What every check finds in a picture."""
    for check in CHECKS:
        yield from check(picture)


def figure_in(text: str) -> Decimal | None:
    """The figure that a cell shows, None for what is none."""
    if not text[-1:].isdigit():
        return None
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None


# The picture of composed papers


def picture_of(plan: Plan, documents: Sequence[Document], wording: Wording) -> Picture:
    """The picture of papers that are composed and not written yet."""
    planned = {p.paper.id: p for p in plan.papers}
    return Picture(
        tuple([_composed(document, planned[document.id]) for document in documents]),
        known_days(plan),
        lambda: given_texts(plan),
        plan.case.answers.candidate.name,
        judging_labels(plan, wording),
        wording.modal_words,
    )


def _composed(document: Document, planned: PlannedPaper) -> PaperText:
    missing: set[str] = set()
    unknown: set[str] = set()
    want, have = [block.id for block in planned.blocks], [block.id for block in document.blocks]
    if want != have:
        parts = planned.paper.parts
        # Paragraphs that a function writes are as many as it gives; none may be too.
        lines = {block.id for block in planned.blocks if parts[block.part].lines}
        missing = set(want).difference(have, lines)
        unknown = {n for n in set(have).difference(want) if n.rpartition("/")[0] not in lines}
    contexts = document.contexts.values()
    return PaperText(
        document.file,
        (document.id,),
        [(block.id, block.text) for block in document.blocks],
        [grid for context in contexts for grid in _grids(context)],
        [entry for context in contexts for entry in _entries(context)],
        [
            (b.id, b.text, b.modality)
            for b in document.blocks
            if b.modality not in ("", "statement") and not b.topic.startswith(LED_BY_BAR)
        ],
        [Text(name, name) for name in sorted(missing)],
        [Text(b.id, b.text) for b in document.blocks if b.id in unknown],
    )


def _grids(context: Mapping[str, Any]) -> Iterator[Grid]:
    """The tables of figures in a context: lists of items, and the sums that another list states."""
    items: list[Sequence[Mapping[str, Any]]] = []
    stated: dict[str, Decimal] = {}
    for value in context.values():
        if value.__class__ is not list or not value:
            continue
        first = value[0]
        if QUARTERS[0] not in first and WEIGHT not in first:
            continue
        if "label" not in first:
            items.append(value)
        else:
            for name in FIGURES:
                figure = _figure(first.get(name))
                if figure is not None:
                    stated[name] = figure
    for rows in items:
        names = [name for name in FIGURES if name in rows[0]]
        figures = [{name: _figure(row[name]) for name in names} for row in rows]
        yield make_grid("", figures, stated, context.get("capital") or "")


def make_grid(
    place: str,
    rows: Sequence[Mapping[str, Decimal | None]],
    totals: Mapping[str, Decimal],
    capital: str,
) -> Grid:
    """A table of figures with the sums of its columns."""
    sums = {}
    for name in rows[0] if rows else ():
        column = [row.get(name) for row in rows]
        if None not in column:
            sums[name] = sum((figure for figure in column if figure is not None), NOTHING)
    return Grid(place, rows, totals, capital, sums)


def _figure(value: Any) -> Decimal | None:
    if value.__class__ is str:
        return figure_in(value)
    return value if value is None or value.__class__ is Decimal else Decimal(value)


def _entries(context: Mapping[str, Any]) -> Iterator[Entry]:
    """What the forms of a context say beside their labels."""
    for value in context.values():
        if value.__class__ is list and value and "label" in value[0] and "value" in value[0]:
            for row in value:
                yield Entry("", row["label"], row["value"])
                if "label2" in row:
                    yield Entry("", row["label2"], row["value2"])


def known_days(
    plan: Plan, filled: Mapping[str, date] | None = None
) -> tuple[tuple[str, date], ...]:
    """The steps of the appointment with their days: answered, or filled in by hand."""
    found = []
    for path in STEPS:
        place: Any = plan.case.answers
        for name in path.split("."):
            place = getattr(place, name)
        day = place if place is not None else (filled or {}).get(path)
        if day is not None:
            found.append((path, day))
    return tuple(found)


def given_texts(plan: Plan) -> tuple[str, ...]:
    """Every text among the answers that a company gave."""
    return tuple(texts_in(plan.case.answers.model_dump(warnings=False, exclude_unset=True)))


# Findings in words


def told(finding: PackFinding, wording: Wording) -> tuple[str, str]:
    """Message and remedy of a finding."""
    words = wording.verify
    texts, values = words["findings"][finding.code], dict(finding.values)
    forms = words["became"]
    if "new" in values or "old" in values:
        form = "over" if finding.code == "verify.formula" else "other"
        form = form if values.get("new") else "gone"
        values["became"] = str(forms[form]).format(new=values.get("new", ""))
    name = values.get("name", "")
    values["name"] = str(words["columns"].get(name, name))
    for key in ("first", "second"):
        if key in values:
            values[key] = wording.short_label(values[key])
    message, remedy = (str(texts[part]).format(**values) for part in ("message", "remedy"))
    return message, remedy


def check_documents(plan: Plan, documents: Sequence[Document], wording: Wording) -> None:
    """Nothing, where composed papers agree. Raises PackError that names paper and paragraph."""
    picture = picture_of(plan, documents, wording)
    found = list(pack_findings(picture))
    if not found:
        return
    texts = {block.id: block.text for document in documents for block in document.blocks}
    form = str(wording.verify["places"]["paragraph"])
    problems = []
    for finding in found:
        text = texts.get(finding.place, finding.place)
        place = form.format(head=text[:MOST_SHOWN]) if text else ""
        message, _ = told(finding, wording)
        where = f"{finding.file}{place}"
        problems.append(problem("pack.inconsistent", where, what=message))
    raise PackError(problems)


def judging_labels(plan: Plan, wording: Wording) -> frozenset[str]:
    """The labels beside which the officer must not stand; an owner signs for his own firm."""
    owner = plan.case.profile.same_as_legal_representative
    return frozenset(wording.verify["assessors" if owner else "judges"])

"""What a cell of an Excel form says as an answer, or why it cannot be taken."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from cqo_docs.base.invisible import trimmed
from cqo_docs.office.xlsx_reading import Cell
from cqo_docs.questions.cells import Fault as RosterFault
from cqo_docs.questions.cells import answer_in
from cqo_docs.questions.columns import Column
from cqo_docs.questions.fields import Field, compared
from cqo_docs.questions.written import Fault, Value, understood

# A code that a spreadsheet took for a number, and a person then for a text.
SHORTENED = re.compile(r"-?\d(\.\d+)?[eE]\+?\d+")
TICKED = frozenset("√✓✔☑对是1vy") | {"yes", "true", "选", "已选", "勾"}
UNTICKED = frozenset("☐□否无0n-—－") | {"no", "false", "未选", "不选"}
CODE = re.compile(r"([A-Ta-tＡ-Ｔ]?[0-9０-９]{2,4})(?![0-9０-９])\s*(.*)", re.DOTALL)


def answer_of(own: Field, cell: Cell, from_1904: bool) -> Value | Fault | None:
    """The answer in a cell, None where it is blank, or why it cannot be taken.

    What is merely wrong is taken as it stands: the questionnaire's own checks tell it.
    """
    if cell.kind == "text":
        text = trimmed(cell.text)
        if own.kind == "list":
            # An entry a row: what is set apart inside one belongs to it.
            if "\n" in text:
                return Fault("form.several-lines", {"have": text.replace("\n", " ")[:40]})
            return text or None
        if own.kind == "text" and SHORTENED.fullmatch(text):
            return Fault("answers.cell-shortened", {"have": text})
        return understood(own, text)
    options = tuple(choice.label for choice in own.choices)
    column = Column(own.path, own.question, own.label, "", options)
    found = answer_in(cell, column, from_1904)
    if isinstance(found, RosterFault):
        return Fault(found.code, found.values)
    if isinstance(found, list):
        # A figure where a text of a list is wanted.
        return found[0] if own.kind == "list" else found
    return understood(own, found) if own.choices and isinstance(found, str) else found


def tick_of(label: str, cell: Cell) -> bool | Fault | None:
    """Whether the choice beside a cell is ticked; None where it says nothing."""
    if cell.kind == "error":
        return Fault("answers.cell-error", {"have": cell.text})
    if cell.kind == "formula":
        return Fault("answers.cell-formula", {"have": cell.text[:40]})
    word = compared(trimmed(cell.text))
    if not word:
        return None
    if word in TICKED or word == compared(label):
        return True
    if word in UNTICKED:
        return False
    return Fault("form.tick-unclear", {"have": cell.text[:40]})


def industry_of(
    code: str, sector: str, sections: Sequence[tuple[str, str]], names: Mapping[str, str]
) -> str | Fault:
    """The code of an industry from the two cells that hold it.

    `sections` are letters with names, `names` those of divisions and classes by code.
    """
    letter = ""
    if sector:
        wanted = compared(sector)
        found = [own for own, name in sections
                 if wanted in {compared(own), compared(name), compared(own + name)}]  # fmt: skip
        letter = found[0] if found else ""
        if not letter:
            return Fault("form.sector-unknown", {"have": sector[:40]})
    match = CODE.fullmatch(code.strip())
    if match is None:
        wanted = compared(code)
        named = [own for own, name in names.items() if compared(name) == wanted]
        return letter + named[0] if len(named) == 1 else code
    own, rest = compared(match.group(1)).upper(), compared(match.group(2))
    digits = own.lstrip("ABCDEFGHIJKLMNOPQRST")
    if rest and rest != compared(names.get(digits, "")):
        return Fault("form.industry-unclear", {"have": code[:40]})
    if letter and own != digits and own[0] != letter:
        return Fault("form.sector-differs", {"have": code[:40], "sector": sector[:40]})
    if own != digits:
        # As it was written: the questionnaire itself makes one width and case of it.
        return match.group(1)
    return letter + digits

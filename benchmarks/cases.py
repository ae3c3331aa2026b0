"""What the engines fill: the packs of the samples under many names, and budgets of any length."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from cqo_docs.workspace import open_workspace

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = sorted((ROOT / "questionnaires").glob("*.yaml"))
TEMPLATES = ROOT / "templates"
AS_OF = date(2026, 11, 21)
DIGITS = "零一二三四五六七八九"


class Unit(NamedTuple):
    """One company: its answers, and the name, template and context of each of its files."""

    answers: str
    files: tuple[tuple[str, str, Mapping[str, Any]], ...]


# The units of a case in groups of equal mixture; engines take turns by group.
Groups = list[list[Unit]]


def pack_groups(count: int, samples: Sequence[Path] = SAMPLES) -> Groups:
    """`count` times the samples under other names; a tenth holds `&`, a tenth `<`."""
    from cqo_docs import generation
    from cqo_docs.answers.reading import answers_from
    from cqo_docs.base.yamlfile import parse_yaml
    from cqo_docs.papers.composer import compose
    from cqo_docs.render import KINDS

    workspace = open_workspace()
    vocabulary = workspace.wording.vocabulary()
    groups: Groups = []
    for turn in range(count):
        groups.append([])
        for n, sample in enumerate(samples):
            text = sample.read_text(encoding="utf-8")
            name = answers_from(parse_yaml(text, sample), vocabulary).answers.company.name
            text = text.replace(name, varied(name, turn, turn + n))
            file = answers_from(parse_yaml(text, sample), vocabulary)
            plan = generation.make_plan(file, workspace, AS_OF)
            documents = compose(plan, workspace.library, workspace.wording)
            # Papers that share a file have the same name, template and context.
            files = {
                path: (path, f"{Path(d.template).stem}.{kind}", context)
                for d in documents
                for kind, context in d.contexts.items()
                if kind in KINDS  # what has no template is written by all alike
                if (path := generation.file_path(d, kind))
            }
            groups[-1].append(Unit(text, tuple(files.values())))
    return groups


def varied(name: str, turn: int, kind: int) -> str:
    """A company name like another; every tenth kind holds a sign that markup cares for."""
    number = "".join(DIGITS[int(digit)] for digit in str(turn))
    signs = {0: "R&D {}", 1: "{}<东区>"}.get(kind % 10, "{}")
    return signs.format(f"{name}（{number}）")


def with_breaks(groups: Groups) -> Groups:
    """The groups with a line break in the longest text of every tenth unit's files."""
    return [
        [
            Unit(u.answers, tuple((n, t, broken(c)) for n, t, c in u.files)) if n == g % 10 else u
            for n, u in enumerate(group)
        ]
        for g, group in enumerate(groups)
    ]


def broken(context: Mapping[str, Any]) -> dict[str, Any]:
    """A context with a line break in the middle of its longest text of a table or flow."""
    texts = [
        (len(text), name, row, key)
        for name, rows in context.items()
        if isinstance(rows, list)
        for row, fields in enumerate(rows)
        for key, text in fields.items()
        if isinstance(text, str)
    ]
    if not texts:
        # Papers that share a file have a context each.
        return {name: broken(v) if isinstance(v, dict) else v for name, v in context.items()}
    length, name, row, key = max(texts)
    rows = list(context[name])
    text = rows[row][key]
    rows[row] = {**rows[row], key: f"{text[: length // 2]}\n{text[length // 2 :]}"}
    return {**context, name: rows}


def with_items(groups: Groups, count: int) -> Groups:
    """The budgets of some groups, each with so many items of its own."""

    def stretched(context: Mapping[str, Any]) -> dict[str, Any]:
        have, company = context["items"], context["company_name"]
        samples = [(n, have[n % len(have)]) for n in range(count)]
        items = [{**i, "no": n + 1, "name": f"{i['name']}（{company}{n}）"} for n, i in samples]
        return {**context, "items": items, "execution": items}

    budgets = (
        [[file for file in unit.files if file[1] == "budget.xlsx"] for unit in group]
        for group in groups
    )
    return [
        [Unit("", tuple((n, t, stretched(c)) for n, t, c in files)) for files in group if files]
        for group in budgets
    ]


def as_json(value: Any) -> Any:
    """A value of a context that JSON does not know, as the plain script reads it."""
    return {"date": value.isoformat()} if isinstance(value, date) else float(value)


def with_cells(groups: Groups) -> Groups:
    """The budgets with the cells of their workbooks worked out: what xlsx-populate can be given."""
    return [
        [
            Unit("", tuple((n, t, {**c, "cells": list(cells_of(c))}) for n, t, c in unit.files))
            for unit in group
        ]
        for group in groups
    ]


def cells_of(context: Mapping[str, Any]) -> Iterator[Any]:
    """For each sheet its cells (place, value, formula, template cell), and merges new and old."""
    from openpyxl import load_workbook
    from openpyxl.cell.cell import MergedCell

    from benchmarks.plain import Spot, find_loops, place, plain_xlsx

    book: Any = load_workbook(TEMPLATES / "budget.xlsx")
    for sheet, filled in zip(book, plain_xlsx(TEMPLATES / "budget.xlsx", context), strict=True):
        loops = find_loops(sheet, context)
        rows = {}
        for row in range(1, sheet.max_row + 1):
            loop = next((p for p in loops if p.top <= row <= p.end), None)
            for turn in range(loop.turns if loop else 1):
                rows[place(row, False, Spot("", loop, turn), loops)] = row
        cells = [
            (
                cell.coordinate,
                None if cell.data_type == "f" else cell.value,
                cell.value[1:] if cell.data_type == "f" else None,
                f"{cell.column_letter}{rows[cell.row]}",
            )
            for line in filled.iter_rows()
            for cell in line
            if not isinstance(cell, MergedCell)
        ]
        merges = [[area.coord for area in s.merged_cells.ranges] for s in (filled, sheet)]
        yield sheet.title, cells, *merges

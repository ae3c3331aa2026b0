"""What papers say of the company without a plan to compare: values told by the sentences."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from cqo_docs.papers.consistency import PackFinding
from cqo_docs.verify.comparing import BLANK
from cqo_docs.verify.reading import PaperFile, plain
from cqo_docs.wording.placeholders import PLACEHOLDER
from cqo_docs.wording.sentences import Wording

# A sentence that says little besides its values tells nothing of them for sure.
FEWEST_WORDS = 4
SHORTEST_LABEL = 2
LONGEST = 400
# Between the cells of a row; no value holds it.
BETWEEN = "\0"
VALUE = f"([^{BETWEEN}]+?)"
NUMBER = r"(?:\d{1,2}\.|第[一二三四五六七八九十]+条|\([一二三四五六七八九十]+\))?"


class Form(NamedTuple):
    """A sentence or row of a paper as a pattern, the names of its values, its fixed signs."""

    pattern: re.Pattern[str]
    names: tuple[str, ...]
    weight: int


def saying_findings(
    papers: Mapping[str, PaperFile],
    documents_of: Callable[[str], tuple[str, ...]],
    company: str,
    trusted: Collection[str],
    wording: Wording,
) -> Iterator[PackFinding]:
    """Values that one paper gives otherwise than others do: the `trusted`, or else the most.

    `company` is the name that every paper has.
    """
    codes = {name: code for code, names in wording.verify["values"].items() for name in names}
    said: dict[str, list[tuple[str, str]]] = {}
    for file, paper in papers.items():
        forms = [form for name in documents_of(file) for form in _forms(name, wording)]
        for name, value in _values(paper, forms):
            code = codes.get(name.partition(" ")[0], "")
            # A day left to be written by hand says nothing yet.
            if code and (code != "verify.date" or any(map(str.isdigit, value))):
                said.setdefault(name, []).append((file, value))
    for file, paper in papers.items():
        if plain(company) not in "".join(plain(unit.text) for unit in paper.units):
            yield PackFinding("verify.company", file, "", {"old": company, "new": ""})
    for name, places in said.items():
        sure = [value for file, value in places if file in trusted]
        usual = Counter(sure or [value for _, value in places]).most_common(1)[0][0]
        for file, value in dict.fromkeys(places):
            if value != usual:
                code = codes[name.partition(" ")[0]]
                yield PackFinding(code, file, "", {"old": usual, "new": value})


def _values(paper: PaperFile, forms: list[Form]) -> Iterator[tuple[str, str]]:
    """The values that the sentences and rows of a paper give, by their names."""
    for unit in paper.units:
        texts = [plain(cell) for cell in unit.cells]
        for text in (*texts, BETWEEN.join(texts)):
            if len(text) > LONGEST:
                continue
            found = [(f, m) for f in forms if (m := f.pattern.fullmatch(text)) is not None]
            if not found:
                continue
            form, match = max(found, key=lambda one: one[0].weight)
            for name, value in zip(form.names, match.groups(), strict=True):
                if not BLANK.search(value):
                    yield name, value


@lru_cache(maxsize=256)
def _forms(document: str, wording: Wording) -> tuple[Form, ...]:
    """The sentences and rows of a paper as patterns, with the names of what they give."""
    words = wording.papers.get(document) or {}
    texts = [
        str(t)
        for t in (*(words.get("parts") or {}).values(), *(words.get("fields") or {}).values())
    ]
    rows: dict[str, Any] = words.get("rows") or {}
    found = [_form(text) for text in texts]
    found += [_row_form(row) for table in rows.values() for row in table]
    return tuple(form for form in found if form is not None)


def _form(text: str) -> Form | None:
    """A sentence as a pattern; before a heading or an item stands its number."""
    names, literals = _pieces(text)
    if not names or sum(map(len, literals)) < FEWEST_WORDS:
        return None
    return _compiled(names, literals, NUMBER)


def _row_form(row: Any) -> Form | None:
    names, literals = _pieces(BETWEEN.join(str(cell) for cell in row))
    if not names or sum(len(piece.replace(BETWEEN, "")) for piece in literals) < SHORTEST_LABEL:
        return None
    return _compiled(names, literals, "")


def _pieces(text: str) -> tuple[list[str], list[str]]:
    """The names of the values in a text and the words around them.

    Where one value follows another nothing tells where the first one ends: they are one.
    """
    pieces = PLACEHOLDER.split(text)
    names: list[str] = []
    literals = [plain(pieces[0])]
    for name, literal in zip(pieces[1::2], map(plain, pieces[2::2]), strict=True):
        if names and not literals[-1]:
            names[-1] = f"{names[-1]} {name}"
            literals[-1] = literal
        else:
            names.append(name)
            literals.append(literal)
    return names, literals


def _compiled(names: Sequence[str], literals: Sequence[str], start: str) -> Form:
    form = re.compile(start + VALUE.join(map(re.escape, literals)), re.DOTALL)
    return Form(form, tuple(names), sum(map(len, literals)))

"""What papers say of the company without a plan to compare: values told by the sentences."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from cqo_docs.consistency import PackFinding
from cqo_docs.verify.comparing import BLANK
from cqo_docs.verify.reading import PaperFile, plain
from cqo_docs.wording import PLACEHOLDER, Wording

# A sentence that says little besides its values tells nothing of them for sure.
FEWEST_WORDS = 4
SHORTEST_LABEL = 2
LONGEST = 600
VALUE = "([^\0]+?)"


def saying_findings(
    papers: Mapping[str, PaperFile],
    documents_of: Callable[[str], tuple[str, ...]],
    wording: Wording,
) -> Iterator[PackFinding]:
    """Values that one paper gives otherwise than most others do."""
    codes = {name: code for code, names in wording.verify["values"].items() for name in names}
    said: dict[str, list[tuple[str, str]]] = {}
    for file, paper in papers.items():
        forms = [form for name in documents_of(file) for form in _forms(name, wording)]
        for name, value in _values(paper, forms):
            if name in codes:
                said.setdefault(name, []).append((file, value))
    for name, places in said.items():
        counts = Counter(value for _, value in places)
        usual = counts.most_common(1)[0][0]
        for file, value in dict.fromkeys(places):
            if value != usual:
                yield PackFinding(codes[name], file, "", {"old": usual, "new": value})


def _values(
    paper: PaperFile, forms: list[tuple[re.Pattern[str], tuple[str, ...], int]]
) -> Iterator[tuple[str, str]]:
    """The values that the sentences and rows of a paper give, by their names."""
    for unit in paper.units:
        texts = [plain(cell) for cell in unit.cells]
        for text in (*texts, "\0".join(texts)):
            if len(text) > LONGEST:
                continue
            found = [(weight, m, names) for form, names, weight in forms
                     if (m := form.fullmatch(text)) is not None]  # fmt: skip
            if not found:
                continue
            _, match, names = max(found, key=lambda one: one[0])
            for name, value in zip(names, match.groups(), strict=True):
                if not BLANK.search(value):
                    yield name, value


@lru_cache(maxsize=256)
def _forms(
    document: str, wording: Wording
) -> tuple[tuple[re.Pattern[str], tuple[str, ...], int], ...]:
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


def _form(text: str) -> tuple[re.Pattern[str], tuple[str, ...], int] | None:
    pieces = PLACEHOLDER.split(text)
    names, literals = tuple(pieces[1::2]), [plain(piece) for piece in pieces[::2]]
    weight = sum(map(len, literals))
    # Where one value follows another, nothing tells where the first one ends.
    if not names or weight < FEWEST_WORDS or not all(literals[1:-1]):
        return None
    form = VALUE.join(map(re.escape, literals))
    # Before a heading or an item stands its number.
    number = r"(?:\d{1,2}\.|第[一二三四五六七八九十]+条|\([一二三四五六七八九十]+\))?"
    return re.compile(number + form, re.DOTALL), names, weight


def _row_form(row: Any) -> tuple[re.Pattern[str], tuple[str, ...], int] | None:
    pieces = PLACEHOLDER.split("\0".join(str(cell) for cell in row))
    names, literals = tuple(pieces[1::2]), [plain(piece) for piece in pieces[::2]]
    said = sum(len(literal.replace("\0", "")) for literal in literals)
    if not names or said < SHORTEST_LABEL or not all(literals[1:-1]):
        return None
    return (
        re.compile(VALUE.join(map(re.escape, literals)), re.DOTALL),
        names,
        sum(map(len, literals)),
    )

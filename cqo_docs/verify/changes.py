"""What a change means: one function a check over the changed texts of one file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cached_property, lru_cache
from typing import Any

from cqo_docs.papers.composer import Block
from cqo_docs.papers.consistency import WEIGHT, PackFinding
from cqo_docs.verify.comparing import ROOM, Change, figure_like, without_rooms
from cqo_docs.verify.reading import plain
from cqo_docs.wording.modality import modal_patterns

# From here on in Unicode, one sign stands for each known value of a pack.
FIRST_SIGN = 0xF0000
POWER = "power."
SHORTEST = 2
HAN = re.compile("[\u3400-\u9fff]")
NO_WORD = re.compile(r"[\W_]+")
# So much of a long text is shown.
MOST_SHOWN = 60
NUMBERING = re.compile(
    r"^(?:第[一二三四五六七八九十百]+[章条]|[一二三四五六七八九十]+、|\([一二三四五六七八九十]+\)|\d{1,2}\.(?!\d))"
)


@dataclass(frozen=True)
class Values:
    """What a pack agrees on, as it stands in the papers: each value with the code of its check."""

    codes: Mapping[str, str]
    """Longer values come first: a name that holds another one is looked for before it."""
    deciders: frozenset[str] = frozenset()
    officer: frozenset[str] = frozenset()

    @cached_property
    def signs(self) -> Mapping[str, str]:
        """One sign for each value."""
        return {value: chr(FIRST_SIGN + n) for n, value in enumerate(self.codes)}

    def masked(self, text: str) -> str:
        """A text with a sign in the place of each value."""
        for value, sign in self.signs.items():
            if value in text:
                text = text.replace(value, sign)
        return text


def values_from(
    view: Mapping[str, str],
    blanks: Iterable[str],
    answers: Iterable[str],
    people: Iterable[str],
    words: Mapping[str, Any],
) -> Values:
    """The values of one company by what its papers print, and what it answered itself.

    Fill-ins are none. `people` are those who are named besides the heads and the officer.
    """
    still_open = set(blanks)
    codes: dict[str, str] = {}
    for code, names in words["values"].items():
        for name in names:
            value = plain(view.get(name, ""))
            if name not in still_open and len(value) >= SHORTEST and ROOM not in value:
                codes.setdefault(value, code)
    for name in ("departments", "concurrent", "basis", "references"):
        if name not in still_open:
            code = next(c for c, names in words["values"].items() if name in names)
            for part in str(view.get(name, "")).split("、"):
                if len(plain(part)) > SHORTEST:
                    codes.setdefault(plain(part), code)
    named = (("verify.person", people), ("verify.answer", answers))
    for code, texts in named:
        for text in texts:
            if len(plain(text)) >= SHORTEST and HAN.search(text):
                codes.setdefault(plain(text), code)
    ordered = dict(sorted(codes.items(), key=lambda item: -len(item[0])))
    person, post = plain(view["person"]), plain(view["post"])
    deciders = {plain(view[name]) for name in words["deciders"] if name not in still_open}
    oneself = {person, post, *words["oneself"]}
    return Values(ordered, frozenset(deciders - oneself - {""}), frozenset(oneself))


@dataclass(frozen=True)
class Seen:
    """One changed text with what is known of it."""

    file: str
    documents: tuple[str, ...]
    change: Change
    block: Block | None
    place: str
    values: Values
    words: Mapping[str, Any]
    column: str = ""
    """Of a cell among figures: which figure."""
    report: bool = False
    """Whether the file only reports on the plan."""
    claimed: list[str] = field(default_factory=list)

    @cached_property
    def old(self) -> str:
        """The planned text, the places to fill in left out, known values as signs."""
        return self.values.masked(NUMBERING.sub("", plain(without_rooms(self.change.old))))

    @cached_property
    def new(self) -> str:
        """The present text, known values as signs."""
        return self.values.masked(NUMBERING.sub("", plain(without_rooms(self.change.new))))

    @cached_property
    def lost(self) -> tuple[str, ...]:
        """The known values that stand there less often than planned."""
        return tuple(
            value for value, sign in self.values.signs.items()
            if self.old.count(sign) > self.new.count(sign)
        )  # fmt: skip

    @cached_property
    def gained(self) -> tuple[str, ...]:
        """The known values that stand there more often than planned."""
        return tuple(
            value for value, sign in self.values.signs.items()
            if self.old.count(sign) < self.new.count(sign)
        )  # fmt: skip

    def finding(self, code: str, old: str, new: str | None = None) -> PackFinding:
        """A finding on this change: what was planned, and what stands there now."""
        self.claimed.append(code)
        if new is None:
            new = became(plain(self.change.old), plain(self.change.new), old)
        return PackFinding(code, self.file, self.place, {"old": shown(old), "new": shown(new)})


ChangeCheck = Callable[[Seen], Iterator[PackFinding]]


def formulas_kept(seen: Seen) -> Iterator[PackFinding]:
    """A cell that computes still does."""
    if seen.change.computed:
        yield seen.finding("verify.formula", seen.change.old, seen.change.new)


def records_kept(seen: Seen) -> Iterator[PackFinding]:
    """What the reports say of the plan is what was decided; notes behind it do no harm."""
    old, new = plain(seen.change.old), plain(seen.change.new)
    if seen.report and not new.startswith(old):
        yield seen.finding("verify.record", seen.change.old, seen.change.new)


def values_kept(seen: Seen) -> Iterator[PackFinding]:
    """Names, posts, dates, numbers, limits are those of the whole pack."""
    if seen.claimed:
        return
    for value in seen.lost:
        yield seen.finding(seen.values.codes[value], value)


def figures_kept(seen: Seen) -> Iterator[PackFinding]:
    """Dates, sums, periods and other figures are those that were planned."""
    if seen.claimed:
        return
    if figure_like(seen.change.old) and figure_like(seen.change.new):
        if plain(seen.change.old):
            code = "verify.amount" if seen.column not in {"", WEIGHT} else "verify.figure"
            yield seen.finding(code, seen.change.old, seen.change.new)
        return
    for code, gone, came in lost_numbers(seen.old, seen.new, seen.words):
        yield seen.finding(code, gone, came)


def modality_kept(seen: Seen) -> Iterator[PackFinding]:
    """No modal word was hardened, weakened or turned into its contrary."""
    if "verify.record" in seen.claimed:
        return
    before, after = modal_count(seen.old, seen.words), modal_count(seen.new, seen.words)
    if before != after:
        yield seen.finding("verify.modality", *difference(seen.change.old, seen.change.new))


def roles_kept(seen: Seen) -> Iterator[PackFinding]:
    """The officer has not come into the place of those who decide on him."""
    if not any(value in seen.values.deciders for value in seen.lost):
        return
    added = [
        v for v in seen.values.officer if _count(seen.change.new, v) > _count(seen.change.old, v)
    ]
    if added:
        yield seen.finding("verify.roles-text", *difference(seen.change.old, seen.change.new))


def marks_kept(seen: Seen) -> Iterator[PackFinding]:
    """依据 is no 参照, and what is the enterprise's own rule is called so."""
    if seen.claimed:
        return
    marks = seen.words["marks"]
    if [seen.old.count(m) for m in marks] != [seen.new.count(m) for m in marks]:
        yield seen.finding("verify.marks", *difference(seen.change.old, seen.change.new))


def authority_kept(seen: Seen) -> Iterator[PackFinding]:
    """A power reads as it was planned: a word less is a wider power. So does what is cited."""
    block = seen.block
    if block is None or not block.clauses or seen.claimed:
        return
    if NO_WORD.sub("", seen.old) != NO_WORD.sub("", seen.new):
        code = "verify.authority" if block.topic.startswith(POWER) else "verify.wording"
        yield seen.finding(code, *difference(seen.change.old, seen.change.new))


def other_changes(seen: Seen) -> Iterator[PackFinding]:
    """Whatever contradicts nothing: what was there, and what is there now."""
    if not seen.claimed:
        old, new = difference(seen.change.old, seen.change.new)
        if not old:
            yield PackFinding("verify.added", seen.file, seen.place, {"new": shown(new)})
        elif not new:
            yield PackFinding("verify.removed", seen.file, seen.place, {"old": shown(old)})
        else:
            yield PackFinding(
                "verify.changed", seen.file, seen.place, {"old": shown(old), "new": shown(new)}
            )


CHANGE_CHECKS: tuple[ChangeCheck, ...] = (
    formulas_kept,
    records_kept,
    values_kept,
    figures_kept,
    modality_kept,
    roles_kept,
    marks_kept,
    authority_kept,
    other_changes,
)
# What can be told of a change where the plan itself may have been worded otherwise.
VALUE_CHECKS: tuple[ChangeCheck, ...] = (values_kept, roles_kept, other_changes)


def change_findings(seen: Seen, checks: Sequence[ChangeCheck]) -> Iterator[PackFinding]:
    """What some checks find in one change."""
    for check in checks:
        yield from check(seen)


def _count(text: str, value: str) -> int:
    return plain(text).count(value)


def lost_numbers(old: str, new: str, words: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Each number of a text that the new one lacks: its code, what it was, what came instead."""
    for form in words["numbers"]:
        pattern = _pattern(form["form"])
        before, after = pattern.findall(old), pattern.findall(new)
        gone = list((Counter(before) - Counter(after)).elements())
        came = list((Counter(after) - Counter(before)).elements())
        for n, number in enumerate(gone):
            yield form["code"], number, came[n] if n < len(came) else ""
        for number in came[len(gone) :]:
            yield form["code"], "", number
        old, new = pattern.sub(" ", old), pattern.sub(" ", new)


def modal_count(text: str, words: Mapping[str, Any]) -> Counter[str]:
    """How often each modality and each negation is said in a text."""
    found = Counter({name: len(p.findall(text)) for name, p in modal_patterns().items()})
    # A word of one modality may hold that of another, a negation any of them.
    found["negation"] = len(_pattern(words["negations"]).findall(text))
    return found


@lru_cache(maxsize=64)
def _pattern(form: str) -> re.Pattern[str]:
    return re.compile(form)


def became(old: str, new: str, value: str) -> str:
    """What stands in a changed text where a value stood; empty where nothing does."""
    start = old.find(value)
    if start < 0:
        return ""
    starts = [m for m in range(len(old)) if old.startswith(value, m)]
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    edits = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    for at in starts:
        inside = [e for e in edits if e[1] < at + len(value) and e[2] >= at and e[2] > e[1]]
        if inside:
            start = at
            break
    first, last = _place(matcher, start, len(new)), _place(matcher, start + len(value), len(new))
    return new[first:last]


def _place(matcher: SequenceMatcher[str], place: int, end: int) -> int:
    """Where a place of the old text is in the new one."""
    for _, i1, i2, j1, j2 in matcher.get_opcodes():
        if i1 <= place < i2:
            return j1 + place - i1 if i2 - i1 == j2 - j1 else (j1 if place == i1 else j2)
        if place == i2 and place == i1:
            return j1
    return end


def difference(old: str, new: str) -> tuple[str, str]:
    """The parts of two texts that differ, with a few signs around them."""
    first, second = "".join(old.split()), "".join(new.split())
    start = 0
    while start < min(len(first), len(second)) and first[start] == second[start]:
        start += 1
    end = 0
    while end < min(len(first), len(second)) - start and first[-1 - end] == second[-1 - end]:
        end += 1
    if start == len(first) and len(second) > len(first):
        return "", second[start:]
    if end == len(first) and len(second) > len(first):
        return "", second[: len(second) - end]
    start, end = max(0, start - AROUND), max(0, end - AROUND)
    return first[start : len(first) - end], second[start : len(second) - end]


AROUND = 4


def shown(text: str) -> str:
    """A text in one line that is not too long to be shown."""
    line = " ".join(text.split())
    return line if len(line) <= MOST_SHOWN else f"{line[:MOST_SHOWN]}…"


def says_something(text: str, words: Mapping[str, Any]) -> bool:
    """Whether a text that was added is a rule or a statement, not a mark that one signs with."""
    said = plain(text)
    if sum(1 for p in modal_patterns().values() if p.search(said)):
        return True
    if _pattern(words["remarks"]).search(said):
        return False
    return len(said) >= FEWEST_SAID and bool(_pattern(words["sentence"]).search(text.strip()))


FEWEST_SAID = 8

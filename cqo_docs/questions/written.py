"""An answer as a person writes it into a field, and what is written there as an answer."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from cqo_docs.base.invisible import trimmed
from cqo_docs.questions.fields import NONE, Choice, Field, compared
from cqo_docs.wording.sentences import Wording

Value = str | list[str]
NOTHING = frozenset({"无", "none"})
# Names are short and hold no comma; a sentence may.
WEAK, WEAK_IN_SENTENCES, STRONG = re.compile("[、，,]"), re.compile("、"), re.compile("[；;]")
SENTENCE_LENGTH = 200
LONGEST = 20_000
DIGITS = {digit: n for n, digit in enumerate("〇一二三四五六七八九")} | dict.fromkeys("零○0", 0)
CIRCLED = {chr(0x2460 + n): n + 1 for n in range(20)}
NUMBER = "[0-9]{1,2}|[一二三四五六七八九十]{1,3}"
# （1） 1. 1、 1) 一、 ① before an item; a dot before a figure is that of a decimal.
MARKER = re.compile(
    rf"(?:[（(]({NUMBER})[）)]|({NUMBER})[、．)）]|([0-9]{{1,2}})\.(?![0-9])|([①-⑳]))[ \u3000]*"
)
BRACKETED = re.compile(rf"[（(](?:{NUMBER})[）)]")
BEFORE_MARKER = "\n ；;。，,、"
COMPACT_DAY = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)")
WEEKDAY = re.compile(r"(?<=[0-9日号])[\s(]*(?:星期|周|礼拜)[一二三四五六日天]\)?$")
TIME = re.compile(r"[T\s]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?Z?$")
CHINESE_DAY = re.compile(r"([〇零○0一二三四五六七八九]{4})年([一二三四五六七八九十]{1,2})月"
                         r"([一二三四五六七八九十]{1,3})[日号]?")  # fmt: skip
CURRENCY = re.compile(r"^(?:人民币|RMB|CNY|[¥￥])\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why what is written is refused: the code of the sentence, and what it shows."""

    code: str
    values: Mapping[str, str] = field(default_factory=dict)


# An answer as it is written


def shown(own: Field, value: Any, wording: Wording) -> str | None:
    """An answer by id as the field shows it; None where the field cannot show it."""
    if isinstance(value, (list, tuple)):
        return _listed([shown(own, item, wording) or "" for item in value], own, wording)
    if isinstance(value, bool):
        value = "true" if value else "false"
    if isinstance(value, date):
        return wording.date(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    choice = chosen(own.choices, str(value))
    return choice.label if choice else str(value)


def _listed(items: list[str], own: Field, wording: Wording) -> str | None:
    """Several answers in one field, in the first way that is read as the same again."""
    if not items:
        return str(wording.formats["none"])
    ways = (
        "、".join(items),
        "；".join(items) + ("；" if len(items) == 1 else ""),
        "\n".join(f"（{n}）{item}" for n, item in enumerate(items, 1)),
    )
    return next((way for way in ways if items_in(way, own) == items), None)


def chosen(choices: Sequence[Choice], text: str) -> Choice | None:
    """The choice that a text names: by its label, its id, or another word for it."""
    wanted = compared(text)
    if not wanted:
        return None
    for words in (lambda c: (c.label,), lambda c: (c.id,), lambda c: c.words):
        for choice in choices:
            if any(wanted == compared(word) for word in words(choice) if word):
                return choice
    return None


# What is written as an answer


def understood(own: Field, text: str) -> Value | Fault | None:
    """The answer in the text of a field, None where it is blank, or why it cannot be taken.

    What is merely wrong is taken as it stands: the questionnaire's own checks tell it.
    """
    text = trimmed(text)
    if not text:
        return None
    if len(text) > LONGEST:
        # Too long for any answer: that is told, and nothing else is looked for in it.
        return text
    if own.kind == "list":
        return items_in(text, own)
    if own.kind == "ticks":
        return _choices_in(own, text)
    if "\n" in text:
        return Fault("form.several-lines", {"have": text.replace("\n", " ")[:40]})
    if own.choices:
        choice = chosen(own.choices, text)
        return choice.id if choice else text
    if own.kind == "date":
        return day_in(text)
    return figure_in(own, text) if own.kind == "number" else text


def items_in(text: str, own: Field) -> Value | Fault:
    """The items of a list: numbered, one a line, or set apart by ； or by 、."""
    if text.strip().lower() in NOTHING:
        return text.strip()
    unclear = Fault("form.list-unclear", {"have": text.replace("\n", " ")[:40]})
    numbered = _numbered(text)
    if numbered is not None:
        return numbered or unclear
    weak = WEAK_IN_SENTENCES if own.length > SENTENCE_LENGTH else WEAK
    lines = text.split("\n")
    if STRONG.search(text):
        parts = [part for line in lines for part in STRONG.split(line)]
    elif len(lines) > 1:
        if weak.search(text):
            return unclear
        parts = lines
    else:
        parts = weak.split(text)
    return [part.strip() for part in parts if part.strip()]


def _numbered(text: str) -> list[str] | None:
    """The items of a numbered list; none where the numbers are in disorder, None without any."""
    first = MARKER.match(text)
    if first is None or _number_of(first) != 1:
        return None
    lines = [(MARKER.match(line), line) for line in text.split("\n")]
    if len(lines) > 1 and all(m and _number_of(m) == n for n, (m, _) in enumerate(lines, 1)):
        return [_item(line[match.end() :]) for match, line in lines if match]
    starts = [first]
    for match in MARKER.finditer(text, first.end()):
        if _number_of(match) == len(starts) + 1 and text[match.start() - 1] in BEFORE_MARKER:
            starts.append(match)
    ends = [match.start() for match in starts[1:]] + [len(text)]
    items = [_item(text[m.end() : end]) for m, end in zip(starts, ends, strict=True)]
    alone = len(items) == 1 and not BRACKETED.match(text)
    if alone or not all(items) or any("\n" in item for item in items):
        return []
    return items


def _item(text: str) -> str:
    """An item of a numbered list without what ends it."""
    return text.strip().strip("；;").strip()


def _number_of(match: re.Match[str]) -> int:
    word = next(group for group in match.groups() if group)
    if word in CIRCLED:
        return CIRCLED[word]
    return int(word) if word.isascii() else chinese_number(word) or 0


def _choices_in(own: Field, text: str) -> Value | Fault:
    """Choices that were written out instead of ticked."""
    parts = [part for line in text.split("\n") for part in re.split("[、，,；;]", line)]
    names = [part.strip() for part in parts if part.strip()]
    found = [chosen(own.choices, name) for name in names]
    if any(choice is not None and choice.id == NONE for choice in found):
        return [] if len(found) == 1 else Fault("form.none-and-others")
    return [c.id if c is not None else name for c, name in zip(found, names, strict=True)]


def day_in(text: str) -> str:
    """The day as the questionnaire reads it, from the usual Chinese forms; else the text."""
    plain = unicodedata.normalize("NFKC", text)
    plain = TIME.sub("", WEEKDAY.sub("", plain)).strip()
    match = COMPACT_DAY.fullmatch(plain)
    if match:
        return "-".join(match.groups())
    words = CHINESE_DAY.fullmatch(re.sub(r"\s", "", plain))
    if words:
        year = "".join(str(DIGITS[digit]) for digit in words.group(1))
        return f"{year}-{chinese_number(words.group(2))}-{chinese_number(words.group(3))}"
    return re.sub(r"号$", "日", plain)


def chinese_number(text: str) -> int | None:
    """A number below a hundred in Chinese words: 三, 十二, 二十一; None for anything else."""
    tens, ten, ones = text.rpartition("十")
    if len(tens) > 1 or len(ones) > 1 or not text:
        return None
    if any(digit not in DIGITS for digit in tens + ones):
        return None
    return (DIGITS[tens] if tens else 1 if ten else 0) * 10 + (DIGITS[ones] if ones else 0)


def figure_in(own: Field, text: str) -> str:
    """The figure without its unit; Chinese words below a hundred as digits; else the text."""
    plain = unicodedata.normalize("NFKC", text)
    if any("元" in unit for unit in own.units):
        plain = CURRENCY.sub("", plain)
    unit = next((unit for unit in own.units if plain.endswith(unit)), "")
    plain = plain.removesuffix(unit).strip()
    number = chinese_number(plain)
    return plain if number is None else str(number)

"""The tags in the texts of a template: read one by one, matched, and what is wrong with each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from typing import Any, NamedTuple

OPEN = re.compile(r"\{[{%#]")
TAG = re.compile(r"\{\{(?P<value>.*?)\}\}|\{%(?P<statement>.*?)%\}|\{#.*?#\}", re.DOTALL)
CLOSE = re.compile(r"[}%#]\}")
WIDE = re.compile("[｛｝]|[{｛]％|％[}｝]")
SPACED = re.compile(r"\{[ \u3000]+[{%]|[}%][ \u3000]+\}")
QUOTES = re.compile("[“”‘’＂＇„«»]")
WIDE_SIGNS = re.compile("[．。，｜（）［］：＝＜＞＋－]")
ODD_SPACES = re.compile("[\u00a0\u2000-\u200f\u2028-\u202f\u3000\ufeff]")
PREFIX = re.compile(r"(p|tr|tc|r)(?=[ \u00a0]|$)")
FOR = re.compile(r"for\s+(\w+)\s+in\s+(.+)", re.DOTALL)
# A table, or a stretch of it.
TABLE = re.compile(r"(\w+)(?:\[[-:\d\s]*\])?")
STATEMENTS = ("for", "endfor", "if", "elif", "else", "endif", "set")
ENDS = {"endfor": "for", "endif": "if", "else": "if", "elif": "if"}
# What Jinja knows of each loop.
LOOP = "loop"
NEAR = 0.6


class Text(NamedTuple):
    """One paragraph or cell: its text, and whether it stands in a row or a cell of a table."""

    text: str
    in_row: bool = False


class TagFault(NamedTuple):
    """What is wrong with a tag: the text it stands in, a code and its values."""

    place: int
    code: str
    values: Mapping[str, object]


@dataclass
class Known:
    """What a template may name: names of its context; of tables, what their rows hold."""

    names: frozenset[str]
    rows: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass
class Scan:
    """What the tags of one part say: its loops with what they print, names, faults."""

    loops: dict[str, set[str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    faults: list[TagFault] = field(default_factory=list)


class _Opened(NamedTuple):
    kind: str
    place: int
    tag: str
    variable: str = ""
    source: str = ""


def scan(texts: Sequence[Text], known: Known | None = None) -> Scan:
    """All tags of one part; without `known`, names are noted and not judged."""
    return _Scanner(texts, known).scanned()


@cache
def _environment() -> Any:
    from cqo_docs.render.engine import environment

    return environment("docx")


class _Scanner:
    def __init__(self, texts: Sequence[Text], known: Known | None) -> None:
        self.texts, self.known = texts, known
        self.result = Scan()
        self.stack: list[_Opened] = []
        self.place = 0

    def say(self, code: str, place: int | None = None, **values: object) -> None:
        at = self.place if place is None else place
        self.result.faults.append(TagFault(at, f"house.tag-{code}", values))

    def scanned(self) -> Scan:
        for place, text in enumerate(self.texts):
            self.place = place
            if "{" in text.text or "}" in text.text or WIDE.search(text.text):
                self.text(text)
        for opened in self.stack:
            self.say(f"open-{opened.kind}", opened.place, tag=opened.tag)
        return self.result

    def text(self, text: Text) -> None:
        if WIDE.search(text.text):
            self.say("wide", tag=_around(text.text, WIDE))
        if SPACED.search(text.text):
            self.say("spaced", tag=_around(text.text, SPACED))
        rest, at = "", 0
        while tag := TAG.search(text.text, at):
            inner = OPEN.search(tag[0], 2)
            start = tag.start()
            if inner is not None and not tag[0].startswith("{#"):
                # The first one was never closed; the next begins inside it.
                self.say("unclosed", tag=tag[0][: inner.start()].strip())
                at = start + inner.start()
                continue
            rest += text.text[at:start]
            at = tag.end()
            self.tag(tag, text)
        rest += text.text[at:]
        for begun in OPEN.finditer(rest):
            self.say("unclosed", tag=rest[begun.start() : begun.start() + 20].strip())
        if not OPEN.search(rest) and (ended := CLOSE.search(rest)):
            self.say("unopened", tag=rest[max(0, ended.start() - 12) : ended.end()].strip())

    def tag(self, tag: re.Match[str], text: Text) -> None:
        if tag[0].startswith("{#"):
            return
        body = tag["value"] if tag["value"] is not None else tag["statement"]
        for pattern, code in ((QUOTES, "quotes"), (WIDE_SIGNS, "signs"), (ODD_SPACES, "space")):
            if pattern.search(body):
                self.say(code, tag=tag[0])
                return
        body = body.strip().strip("-").strip()
        prefix = PREFIX.match(body)
        if prefix:
            body = body[prefix.end() :].strip()
            self.check_prefix(prefix[1], tag, text)
        if tag["value"] is not None:
            if prefix:
                self.say("misplaced", tag=tag[0])
            else:
                self.expression(body, tag[0])
        else:
            self.statement(body, tag[0])

    def check_prefix(self, prefix: str, tag: re.Match[str], text: Text) -> None:
        """A tag that takes its paragraph, row or cell away."""
        if prefix == "p" and text.text.replace(tag[0], "").strip():
            self.say("beside", tag=tag[0])
        if prefix in {"tr", "tc"} and not text.in_row:
            self.say("no-table", tag=tag[0])

    def statement(self, body: str, tag: str) -> None:
        word = re.split(r"[\s(]", body, maxsplit=1)[0]
        if word not in STATEMENTS:
            near = get_close_matches(word, STATEMENTS, 1, NEAR)
            self.say("statement-guess" if near else "statement", tag=tag, have=word,
                     near="".join(near))  # fmt: skip
            # So that its end is not told as one too many.
            if near and near[0] in {"for", "if"}:
                self.stack.append(_Opened(near[0], self.place, tag))
            return
        if word in ENDS:
            self.close(word, body, tag)
        elif word == "for":
            self.loop(body, tag)
        elif word == "if":
            self.expression(body[2:].strip(), tag)
            self.stack.append(_Opened("if", self.place, tag))
        else:
            self.parsed(f"{{% {body} %}}", tag)

    def close(self, word: str, body: str, tag: str) -> None:
        wanted = ENDS[word]
        # `else` may belong to a loop as well.
        fits = {wanted, "for"} if word == "else" else {wanted}
        if not self.stack or self.stack[-1].kind not in fits:
            inner = [opened.kind for opened in self.stack]
            if wanted in inner:
                crossed = self.stack[-1]
                self.say("crossed", tag=tag, other=crossed.tag)
                while self.stack and self.stack[-1].kind != wanted:
                    self.stack.pop()
            else:
                self.say(f"alone-{word}", tag=tag)
                return
        if word == "elif":
            self.expression(body[4:].strip(), tag)
        if word in {"endfor", "endif"} and self.stack:
            self.stack.pop()

    def loop(self, body: str, tag: str) -> None:
        found = FOR.fullmatch(body)
        if found is None:
            self.say("for", tag=tag)
            self.stack.append(_Opened("for", self.place, tag))
            return
        variable, source = found[1], found[2].strip()
        self.expression(source, tag, is_table=True)
        path = self.table_of(source)
        if path:
            self.result.loops.setdefault(path, set())
        self.stack.append(_Opened("for", self.place, tag, variable, path))

    def table_of(self, source: str) -> str:
        """The table that a loop goes over, by the name of its context; empty where it is none."""
        found = TABLE.fullmatch(source)
        return found[1] if found and found[1] not in self.variables() else ""

    def variables(self) -> dict[str, str]:
        """The variables of the loops that are open, with their tables."""
        return {opened.variable: opened.source for opened in self.stack if opened.variable}

    # Expressions

    def parsed(self, source: str, tag: str) -> Any:
        from jinja2 import TemplateSyntaxError

        try:
            return _environment().parse(source)
        except TemplateSyntaxError:
            self.say("syntax", tag=tag)
        return None

    def expression(self, body: str, tag: str, is_table: bool = False) -> None:
        from jinja2 import nodes

        if not body:
            self.say("empty", tag=tag)
            return
        tree = self.parsed(f"{{{{ {body} }}}}", tag)
        if tree is None:
            return
        env = _environment()
        for node in tree.find_all(nodes.Filter):
            if node.name not in env.filters:
                self.say("filter", tag=tag, have=node.name)
        if any(True for _ in tree.find_all(nodes.Call)):
            self.say("call", tag=tag)
            return
        for node in tree.find_all((nodes.Getattr, nodes.Getitem)):
            name = node.attr if isinstance(node, nodes.Getattr) else ""
            if name.startswith("_"):
                self.say("unsafe", tag=tag)
                return
            if isinstance(node.node, nodes.Name):
                self.attribute(node.node.name, name, tag)
        is_table = is_table and TABLE.fullmatch(body) is not None
        for node in tree.find_all(nodes.Name):
            self.name(node.name, tag, is_table)

    def attribute(self, variable: str, name: str, tag: str) -> None:
        source = self.variables().get(variable)
        if source is None or not name:
            return
        if source:
            self.result.loops.setdefault(source, set()).add(name)
        keys = self.known.rows.get(source, frozenset()) if self.known else frozenset()
        if keys and name not in keys:
            self.unknown(f"{variable}.{name}", name, keys, tag)

    def name(self, name: str, tag: str, is_table: bool) -> None:
        if name in self.variables() or name == LOOP:
            return
        self.result.names.add(name)
        if self.known is None:
            return
        if name not in self.known.names:
            self.unknown(name, name, self.known.names, tag)
        elif is_table and self.known.rows and name not in self.known.rows:
            self.say("no-rows", tag=tag, have=name)

    def unknown(self, shown: str, name: str, known: Iterable[str], tag: str) -> None:
        near = get_close_matches(name, sorted(known), 1, NEAR)
        code = "unknown-guess" if near else "unknown"
        self.say(code, tag=tag, have=shown, near="".join(near))


def _around(text: str, pattern: re.Pattern[str]) -> str:
    """The words about the first match."""
    found = pattern.search(text)
    start = found.start() if found else 0
    return text[max(0, start - 2) : start + 18].strip()

"""The proof that no value can break a part: its markup stays balanced whatever is printed.

Every loop and every branch must leave the open elements as it found them, and every value must
stand where text may stand. Checked once per template, so that no file is ever parsed again.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from typing import NamedTuple, NoReturn

from jinja2 import nodes

# Letters, spaces and characters as XML 1.0 has them; Python's own classes hold more.
FIRST = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
PART = f"[{FIRST}][{FIRST}0-9.\u00b7\u0300-\u036f\u203f\u2040-]*"
NAME = f"{PART}(?::{PART})?"
SPACES = " \t\r\n"
START = re.compile(f"<({NAME})")
STOP = re.compile(f"</({NAME})[{SPACES}]*>")
INSIDE = re.compile(f"[{SPACES}]+({NAME})[{SPACES}]*=[{SPACES}]*([\"'])|[{SPACES}]*(/?>)")
DECLARATION = re.compile(r"<\?xml .*?\?>")
SKIPPED = re.compile(
    rf"<!--(?:(?!--).)*-->|<\?(?!(?i:xml)[ \t\r\n?]){PART}(?:[{SPACES}].*?)?\?>", re.DOTALL
)
CDATA = re.compile(r"<!\[CDATA\[.*?\]\]>", re.DOTALL)
# Text must not hold `]]>`, not even where a value ends and the next stretch begins.
CDATA_END = re.compile(r"\]\]>")
CDATA_HALF = re.compile(r"\]?>")
REFERENCE = re.compile("&(?:(?:amp|lt|gt|quot|apos|#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6}));)?")
CHARACTER = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# The prefixes that XML itself declares; no value may stand in their attributes.
RESERVED = frozenset({"xml", "xmlns"})
# Where WordprocessingML shows text; a value straight in a paragraph or a cell would be lost.
WORD_TEXT = {"w:t", "w:instrText", "w:delText"}

# Each open element with the namespace prefixes that hold inside it.
Stack = tuple[tuple[str, frozenset[str]], ...]


class State(NamedTuple):
    """Where one stands in the markup: open elements, the start tag and quote one is in."""

    stack: Stack = ()
    tag: tuple[str, ...] | None = None
    quote: str = ""
    roots: int = 0


class UnprovedError(Exception):
    """What cannot be proved: the kind of fault, the line, and the text beside it."""

    def __init__(self, code: str, line: int, near: str) -> None:
        self.code, self.line, self.near = code, line, near
        super().__init__(f"{code} in line {line}: {near}")


def prove(template: nodes.Template, markup: Iterable[str]) -> dict[nodes.Expr, str]:
    """For each printed expression where it stands: run, text, attribute, property or markup.

    `markup` names the filters whose result is whole elements. Raises UnprovedError.
    """
    proof = _Proof(frozenset(markup))
    end = proof.walk(template.body, State())
    if end.stack or end.tag is not None or end.roots != 1:
        proof.fail("unbalanced", proof.line)
    return proof.places


class _Proof:
    def __init__(self, markup: frozenset[str]) -> None:
        self.markup = markup
        self.places: dict[nodes.Expr, str] = {}
        self.near = ""
        self.line = 1

    def fail(self, code: str, line: int) -> NoReturn:
        raise UnprovedError(code, line, self.near)

    def walk(self, body: Sequence[nodes.Node], state: State) -> State:
        for node in body:
            # Jinja leaves the line of an `autoescape` open.
            self.line = node.lineno or self.line
            match node:
                case nodes.Output():
                    state = self.output(node, state)
                case nodes.For(recursive=False):
                    self.same(node.body, state, node.lineno)
                    self.same(node.else_, state, node.lineno)
                case nodes.If():
                    for branch in (node.body, *(n.body for n in node.elif_), node.else_):
                        self.same(branch, state, node.lineno)
                case nodes.Assign():
                    pass
                case _:
                    self.fail("construct", self.line)
        return state

    def same(self, body: Sequence[nodes.Node], state: State, line: int) -> None:
        if self.walk(body, state) != state:
            self.fail("unbalanced", line)

    def output(self, node: nodes.Output, state: State) -> State:
        for child in node.nodes:
            if isinstance(child, nodes.TemplateData):
                self.near = _words(child.data) or self.near
                state = self.feed(child.data, state, child.lineno)
            else:
                self.places[child] = self.place(child, state)
        return state

    def place(self, child: nodes.Expr, state: State) -> str:
        """What kind of text a value is here."""
        if state.quote and state.tag and state.tag[-1].partition(":")[0] not in RESERVED:
            return "attribute"
        if state.tag is not None or not state.stack:
            self.fail("misplaced", child.lineno)
        if isinstance(child, nodes.Filter) and child.name in self.markup:
            return "markup"
        name = state.stack[-1][0]
        if name.startswith("w:") and name not in WORD_TEXT:
            self.fail("misplaced", child.lineno)
        if state.stack[0][0].rpartition(":")[2] == "coreProperties":
            return "property"
        return "run" if name == "w:t" else "text"

    def feed(self, text: str, state: State, line: int) -> State:
        """The state behind a stretch of literal markup."""
        stack, tag, quote, roots = state
        if any(map(_loose, REFERENCE.finditer(text))):
            self.fail("unbalanced", line)
        at = 0
        while at < len(text):
            if quote:
                end = text.find(quote, at)
                if "<" in text[at : end if end >= 0 else None]:
                    self.fail("unbalanced", line)
                at, quote = (len(text), quote) if end < 0 else (end + 1, "")
            elif tag is not None:
                inside = INSIDE.match(text, at)
                if inside is None or inside[1] in tag[1:]:
                    self.fail("unbalanced", line)
                at = inside.end()
                if inside[1]:
                    tag, quote = (*tag, inside[1]), inside[2]
                else:
                    known = self.scope(tag, stack, line)
                    if inside[3] == ">":
                        stack = (*stack, (tag[0], known))
                    elif not stack:
                        roots += 1
                    tag = None
            else:
                at, stack, tag, roots = self.content(text, at, stack, roots, line)
        return State(stack, tag, quote, roots)

    def content(
        self,
        text: str,
        at: int,
        stack: Stack,
        roots: int,
        line: int,
    ) -> tuple[int, Stack, tuple[str, ...] | None, int]:
        """One step through text, comments and tags between elements."""
        end = text.find("<", at)
        plain = text[at : end if end >= 0 else None]
        if not stack and plain.strip(SPACES):
            self.fail("unbalanced", line)
        if CDATA_END.search(plain) or (at == 0 and CDATA_HALF.match(plain)):
            self.fail("unbalanced", line)
        if end < 0:
            return len(text), stack, None, roots
        skipped = SKIPPED.match(text, end)
        if skipped is None and stack:
            skipped = CDATA.match(text, end)
        elif skipped is None and not roots:
            skipped = DECLARATION.match(text, end)
        if skipped is not None:
            return skipped.end(), stack, None, roots
        if stop := STOP.match(text, end):
            if not stack or stack[-1][0] != stop[1]:
                self.fail("unbalanced", line)
            return stop.end(), stack[:-1], None, roots + (len(stack) == 1)
        start = START.match(text, end)
        if start is None or (roots and not stack):
            self.fail("unbalanced", line)
        return start.end(), stack, (start[1],), roots

    def scope(self, tag: tuple[str, ...], stack: Stack, line: int) -> frozenset[str]:
        """The prefixes that are declared inside this element, those it uses among them."""
        known = stack[-1][1] if stack else RESERVED
        own = {name[6:] for name in tag[1:] if name.startswith("xmlns:")}
        known = known | own if own else known
        used = {name.partition(":")[0] for name in tag if ":" in name}
        if used - known:
            self.fail("unbalanced", line)
        return known


def _words(markup: str) -> str:
    """The last words of a stretch of markup."""
    return " ".join(re.sub(r"<[^>]*>?|[^<]*>", " ", markup[-400:]).split())[-40:]


def _loose(reference: re.Match[str]) -> bool:
    """Whether an ampersand begins no reference, or one to what XML cannot carry."""
    if reference.lastindex is None:
        return reference[0] == "&"
    number = int(reference[1] or reference[2], 10 if reference[1] else 16)
    return number > sys.maxunicode or CHARACTER.fullmatch(chr(number)) is None

"""Jinja sources of XML parts in, render functions out: sandboxed, strict, every value escaped."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from io import StringIO
from types import CodeType
from typing import Any

from jinja2 import StrictUndefined, TemplateRuntimeError, Undefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

Render = Callable[[Mapping[str, Any]], bytes]
# Their results would stand unescaped; `escape` itself is done for every value anyway.
# `random` would make another file each time.
UNSAFE_FILTERS = ("safe", "xmlattr", "tojson", "urlize", "random")
# Anything else, a table or a method, would show as Python writes it.
PRINTABLE = (str, int, float, Decimal, date, Undefined)
ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;", "\r": "\n"}
# XML cannot carry these characters.
UNFIT = "\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff"
SPECIAL = re.compile(f"[&<>\"'\r{UNFIT}]")
LINES = re.compile(f"[&<>\"'\r\n\t{UNFIT}]")
# docxtpl's way to write tags that are no tags.
LITERAL_BRACES = re.compile(r"\{_\{|\}_\}|\{_%|%_\}")
PROPERTY_LENGTH = 255
# The filters of Excel parts whose results are markup: a row, of pieces that are one together.
EXCEL_FILTERS: Mapping[str, Callable[..., bytes]] = {"row": b"".join}
AGAIN = '<w:t xml:space="preserve">'
# How many are kept of a kind, and how many that were met once; a pack has up to 1,500 of one.
MOST_KEPT, MOST_MET = 3072, 1024
# A longer text is seldom met again, and thousands of them would fill the memory.
LONGEST_KEPT = 120


class Kept(dict[Any, Any]):
    """What a function gives for values, kept for texts that come again, as most of them do.

    A text that was met once is only remembered by its hash: what one company alone says would
    otherwise fill the memory.
    """

    def __init__(self, make: Callable[[Any], Any], *others: type) -> None:
        super().__init__()
        self.make = make
        self.kinds = (str, *others)
        self.met: set[int] = set()

    def __missing__(self, value: Any) -> Any:
        made = self.make(value)
        kind = value.__class__
        if kind in self.kinds and (kind is not str or len(value) <= LONGEST_KEPT):
            mark = hash(value)
            if mark in self.met:
                if len(self) >= MOST_KEPT:
                    self.clear()
                self[value] = made
            else:
                if len(self.met) >= MOST_MET:
                    self.met.clear()
                self.met.add(mark)
        return made


class Ready(bytes):
    """What the program itself prints, row numbers say, in rows of cells and in plain text."""


class NoValueError(TypeError):
    """A template was given None: our own mistake, not the template's."""


class UnprintableError(TemplateRuntimeError):
    """A template prints what is no text, number or date: its type, and its first words."""

    def __init__(self, value: object) -> None:
        super().__init__(type(value).__name__)
        # Without its address, which is another one in every run.
        self.value = str(value).partition(" at 0x")[0][:40]


# Parts are printed as bytes: a text that holds one Chinese sign takes twice the room in memory,
# and all its markup would be widened to be joined and narrowed again to be written.


def as_text(value: object) -> bytes:
    """A value as text of an element."""
    text = value if value.__class__ is str else _shown(value)
    return (text if SPECIAL.search(text) is None else _escaped(text)).encode()


def as_run(value: object) -> bytes:
    """A value as text of w:t: its line breaks and tabs become elements beside it."""
    text = value if value.__class__ is str else _shown(value)
    if LINES.search(text) is None:
        return text.encode()
    text = _escaped(text).replace("\n", f"</w:t><w:br/>{AGAIN}")
    return text.replace("\t", f"</w:t><w:tab/>{AGAIN}").encode()


def as_property(value: object) -> bytes:
    """A value in the properties of a document: one line of the length that readers expect."""
    text = value if value.__class__ is str else _shown(value)
    return as_text("".join(text.splitlines())[:PROPERTY_LENGTH])


def as_attribute(value: object) -> bytes:
    """A value inside a quoted attribute."""
    return as_text(value).replace(b"\n", b"&#10;").replace(b"\t", b"&#9;")


def _shown(value: object) -> str:
    if isinstance(value, PRINTABLE):
        return str(value)
    if isinstance(value, Ready):
        return value.decode()
    if value is None:
        raise NoValueError("a value for a template is None: the composer owes a text or a fill-in")
    raise UnprintableError(value)


def _escaped(text: str) -> str:
    text = text.replace("\r\n", "\n")
    return SPECIAL.sub(lambda sign: ESCAPES.get(sign[0], ""), text)


# For each place that the proof knows: what prints a value there.
PLACES: Mapping[str, Callable[[object], bytes]] = {
    "run": as_run, "text": as_text, "attribute": as_attribute, "property": as_property,
}  # fmt: skip


class Generator(CodeGenerator):
    """Jinja's code generator, printing each stretch between statements in one step.

    Each value passes the function of the place the proof found for it, and texts that come again
    are kept as they are printed; what a template calls `{{ a }} and {{ b }}` becomes
    `"%s and %s" % (run(a), run(b))`, where `run(a)` looks the text up in `runs` first.
    """

    places: Mapping[nodes.Expr, str] = {}

    def write_commons(self) -> None:
        """Jinja's own local names, and ours for the ways a value is printed."""
        super().write_commons()
        for name in PLACES:
            self.writeline(f"{name}, {name}s = environment.places[{name!r}]")

    def visit_Output(self, node: nodes.Output, frame: Frame) -> None:  # noqa: N802
        """One yield for a run of markup and values."""
        literal = "".join(
            child.data.replace("%", "%%") if isinstance(child, nodes.TemplateData) else "%s"
            for child in node.nodes
        )
        values = [child for child in node.nodes if not isinstance(child, nodes.TemplateData)]
        if not literal:
            return
        if not values:
            self.writeline(f"yield {literal.replace('%%', '%').encode()!r}", node)
            return
        self.writeline("yield ", node)
        if literal == "%s" and self.places[values[0]] == "markup":
            self._markup(values[0], frame)
            return
        self.write(f"{literal.encode()!r} % (")
        for child in values:
            if self.places[child] == "markup":
                self._markup(child, frame)
            else:
                place = self.places[child]
                self.write(f"({place}s[v] if (v := ")
                self.visit(child, frame)
                self.write(f").__class__ is str else {place}(v))")
            self.write(", ")
        self.write(")")

    def _markup(self, node: nodes.Expr, frame: Frame) -> None:
        """`(a, "b")|row`: ready pieces, joined; its own texts are markup."""
        assert isinstance(node, nodes.Filter) and isinstance(node.node, nodes.Tuple)
        self.write("b''.join((")
        for piece in node.node.items:
            if isinstance(piece, nodes.Const):
                self.write(repr(piece.value.encode()))
            else:
                self.visit(piece, frame)
            self.write(", ")
        self.write("))")

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802
        """`a.b`: the key of a dict, or else what the sandbox allows."""
        self._member(node.node, node.attr, "getattr", frame)

    def visit_Getitem(self, node: nodes.Getitem, frame: Frame) -> None:  # noqa: N802
        """`a["b"]`, the same; any other index is Jinja's own matter."""
        if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
            self._member(node.node, node.arg.value, "getitem", frame)
        else:
            super().visit_Getitem(node, frame)

    def _member(self, owner: nodes.Expr, name: str, otherwise: str, frame: Frame) -> None:
        self.write(f"(w[{name!r}] if (w := ")
        self.visit(owner, frame)
        self.write(f").__class__ is dict and {name!r} in w ")
        self.write(f"else environment.{otherwise}(w, {name!r}))")


class Environment(ImmutableSandboxedEnvironment):
    """The only way a template sees values."""

    code_generator_class = Generator

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)
        for name in UNSAFE_FILTERS:
            del self.filters[name]
        for name in ("e", "escape", "forceescape"):
            self.filters[name] = str
        self.places = {name: (printed, Kept(printed)) for name, printed in PLACES.items()}

    def getattr(self, obj: Any, attribute: str) -> Any:
        """The key of a dict before its methods: a column may be called `items`."""
        if obj.__class__ is dict and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


@cache
def environment(kind: str) -> Environment:
    """The environment of Word or Excel parts; the latter knows filters that make whole cells."""
    made = Environment()
    if kind == "xlsx":
        made.filters.update(EXCEL_FILTERS)
    return made


def markup_filters(kind: str) -> Iterator[str]:
    """The names of the filters whose results are elements of our own making."""
    if kind == "xlsx":
        yield from EXCEL_FILTERS


def compile_source(source: str, kind: str, unmark: Callable[[str], str] = str) -> CodeType:
    """The code of one part. Raises TemplateSyntaxError, or UnprovedError with the place.

    `unmark` takes marks that were only there to count lines out of the literal markup.
    """
    from cqo_docs.render.proof import prove

    env = environment(kind)
    template = env.parse(source)
    for data in template.find_all(nodes.TemplateData):
        data.data = LITERAL_BRACES.sub(lambda m: m[0].replace("_", ""), unmark(data.data))
    places = prove(template, markup_filters(kind))
    stream = StringIO()
    generator = Generator(env, None, None, stream)
    generator.places = places
    generator.visit(template)
    return compile(stream.getvalue(), "<template>", "exec")


def make_render(code: CodeType, kind: str) -> Render:
    """The function that prints a part for a context."""
    env = environment(kind)
    names: dict[str, Any] = {"environment": env, "__file__": "<template>"}
    exec(code, names)
    root = names["root"]

    def render(context: Mapping[str, Any]) -> bytes:
        return b"".join(root(Context(env, dict(context), None, {})))

    return render

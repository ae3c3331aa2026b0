"""A template as another locale wants it: fonts, sizes, the words in it, a second language."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from cqo_docs.render.word import column_widths, with_columns

STYLES, DOCUMENT, FONTS = "word/styles.xml", "word/document.xml", "word/fontTable.xml"
NUMERIC = re.compile(r"&#(\d+);")
HAN = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
# Between the quotes of a formula stand texts and the names of sheets; the rest is code.
QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'(?=!)")
NODE = re.compile(r"<((?:\w+:)?\w+)((?:\s[^<>]*)?)>([^<>]+)<")
CODE = frozenset({"f", "formula", "formula1", "formula2", "definedName", "c:f"})
ATTRIBUTES = {
    "styles.xml": re.compile(r"(\bformatCode=\")([^\"]*)"),
    "workbook.xml": re.compile(r"(<sheet\b[^>]*?\bname=\")([^\"]*)"),
    "": re.compile(r"(\b(?:error|errorTitle|prompt|promptTitle)=\")([^\"]*)"),
}
LANGUAGE = re.compile(r"(w:eastAsia=\")zh-CN\"")
LATIN_LANGUAGE = re.compile(r"(<w:lang w:val=\")en-US\"")
FONT_NAME = re.compile(r"(\bval=\"|typeface=\"|w:eastAsia=\"|&amp;\")([^\",&]*)")
TABLE_FONT = re.compile(r"<w:font w:name=\"([^\"]*)\"><w:altName w:val=\"[^\"]*\"/>")
CHARSET = re.compile(r"(<(?:w:)?charset (?:w:)?val=\")(134|86)\"")
HINT = ' w:hint="eastAsia"'
STYLE = re.compile(r"<w:style\b[^>]*w:styleId=\"(\w+)\".*?</w:style>", re.DOTALL)
FACE = re.compile(r"<w:rFonts [^>]*/>")
STYLE_NAME = re.compile(r"(<w:name w:val=\"[^\"]*)")
OUTLINE = re.compile(r"<w:outlineLvl [^>]*/>")
SIZE = re.compile(r"(<w:sz(?:Cs)? w:val=\")(\d+)")
LINE = re.compile(r"(w:line=\")(\d+)(?=\" w:lineRule=\"exact\")")
GRID = re.compile(r"(<w:docGrid [^>]*w:linePitch=\")(\d+)")
SPACING = re.compile(r"<w:spacing w:before=\"\d+\"")
AFTER = re.compile(r"(<w:spacing w:before=\"\d+\" w:after=)\"\d+\"")
PARAGRAPH = re.compile(
    r"<w:p>(?:(?!</w:p>).)*?"
    r"\{\{ (?:b\.\w+|labels\['\w+'\]\.caption|\w*title) \}\}.*?</w:p>",
    re.DOTALL,
)
# What holds the text, where something does, and its name there.
PRINTED = re.compile(r"\{\{ (?:(b|labels\['\w+'\])\.)?(\w+) \}\}")
HEIGHT = re.compile(r"(<w:trHeight w:val=\")(\d+)")
STYLE_OF = re.compile(r"(<w:pStyle w:val=\"\w+)\"")
TABLE = re.compile(r"<w:tbl>.*?</w:tbl>", re.DOTALL)
SECOND = "Second"  # the end of the names of the styles of the second language

Words = Callable[[str], str]


class Look(NamedTuple):
    """What a locale wants of templates; `second` is what its second language wants."""

    language: str = ""
    latin: str = ""
    fonts: Mapping[str, str] = {}
    stand_ins: Mapping[str, str] = {}
    sheet_fonts: Mapping[str, str] = {}
    charset: int = 0
    sizes: Mapping[str, str] = {}
    lines: Mapping[str, str] = {}
    bold: tuple[str, ...] = ()
    columns: Mapping[str, str] = {}
    heights: Mapping[str, str] = {}
    words: Words | None = None
    second: Mapping[str, Any] = {}


def look_of(raw: Mapping[str, Any], language: str, convert: Words | None) -> Look:
    """The look that a locale's own file describes; `convert` makes its words, where they are."""
    fonts, texts = raw.get("fonts") or {}, raw.get("texts") or {}
    return Look(
        language=language if convert else "",
        latin=raw.get("latin") or "",
        fonts=fonts,
        stand_ins=raw.get("stand-ins") or {},
        sheet_fonts=raw.get("sheet-fonts") or fonts,
        charset=int(raw.get("charset") or 0),
        sizes=raw.get("sizes") or {},
        lines=raw.get("lines") or {},
        bold=tuple(raw.get("bold") or ()),
        columns=raw.get("columns") or {},
        words=convert or (_translator(tuple(texts.items())) if texts else None),
    )


@lru_cache(maxsize=4)
def _translator(texts: tuple[tuple[str, str], ...]) -> Words:
    """The function that puts other words for those it knows, the longest first."""
    known = dict(texts)
    pattern = re.compile("|".join(map(re.escape, sorted(known, key=len, reverse=True))))
    return lambda text: pattern.sub(lambda match: known[match[0]], text)


def dressed(data: bytes, kind: str, look: Look) -> bytes:
    """The bytes of a template in another look; equal input gives equal bytes."""
    change = {"docx": _word_part, "xlsx": _excel_part}[kind]
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for member in old.infolist():
            part = old.read(member)
            if member.filename.endswith(".xml"):
                text = NUMERIC.sub(lambda match: chr(int(match[1])), part.decode())
                part = change(member.filename, text, look).encode()
            new.writestr(member, part, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _fonts(text: str, fonts: Mapping[str, str]) -> str:
    return FONT_NAME.sub(lambda match: match[1] + fonts.get(match[2], match[2]), text)


def _word_part(name: str, text: str, look: Look) -> str:
    text = _fonts(text, look.fonts)
    if name == FONTS:
        text = _font_table(text, look)
    if look.language:
        text = LANGUAGE.sub(rf'\g<1>{look.language}"', text)
    if look.latin:
        # Quotes and dashes of a Latin text are Latin.
        text = LATIN_LANGUAGE.sub(rf'\g<1>{look.latin}"', text).replace(HINT, "")
    if name == STYLES:
        text = _sized(text, look.sizes, look.lines)
        text = STYLE.sub(lambda match: _bold(match[0], match[1] in look.bold), text)
        second = _second_styles(text, look.second)
        text = STYLE.sub(lambda match: _close(match, look.second), text)
        text = text.replace("</w:styles>", f"{second}</w:styles>")
    if name == DOCUMENT:
        if look.columns:
            text = TABLE.sub(lambda match: _columns(match[0], look.columns), text)
        text = GRID.sub(lambda match: match[1] + look.lines.get(match[2], match[2]), text)
        text = HEIGHT.sub(lambda match: match[1] + look.heights.get(match[2], match[2]), text)
        text = PARAGRAPH.sub(_twice, text) if look.second else text
    return text


def _columns(table: str, columns: Mapping[str, str]) -> str:
    """A table with other columns, where those it has stand in the mapping."""
    data = table.encode()
    wanted = columns.get(" ".join(map(str, column_widths(data))))
    return with_columns(data, [int(w) for w in wanted.split()]).decode() if wanted else table


def _font_table(text: str, look: Look) -> str:
    """The fonts by name, each with the one to take in its place."""

    def named(match: re.Match[str]) -> str:
        font = match[1]
        if font not in look.fonts:
            return match[0]
        name, other = look.fonts[font], look.stand_ins[font]
        return f'<w:font w:name="{name}"><w:altName w:val="{other}"/>'

    text = TABLE_FONT.sub(named, text)
    return CHARSET.sub(rf'\g<1>{look.charset:X}"', text) if look.charset else text


def _sized(text: str, sizes: Mapping[str, str], lines: Mapping[str, str]) -> str:
    text = SIZE.sub(lambda match: match[1] + sizes.get(match[2], match[2]), text)
    return LINE.sub(lambda match: match[1] + lines.get(match[2], match[2]), text)


def _bold(style: str, wanted: bool) -> str:
    """A style with bold letters, where only a Chinese font made it stand out."""
    return FACE.sub(lambda match: f"{match[0]}<w:b/>", style, count=1) if wanted else style


def _second_styles(text: str, second: Mapping[str, Any]) -> str:
    """For some styles their like for the second language: smaller, and out of the outline."""
    made = []
    for match in STYLE.finditer(text):
        if match[1] not in second.get("styles", ()):
            continue
        style = match[0].replace(f'"{match[1]}"', f'"{match[1]}{SECOND}"', 1)
        style = STYLE_NAME.sub(rf"\1 {SECOND}", OUTLINE.sub("", style), count=1)
        style = _sized(style, second["sizes"], second["lines"]).replace(HINT, "")
        # Smaller lines do not keep to the grid of the page.
        grid = "" if "<w:snapToGrid" in style else '<w:snapToGrid w:val="0"/>'
        style = SPACING.sub(f'{grid}<w:spacing w:before="0"', style, count=1)
        made.append(_bold(style, match[1] in second["bold"]))
    return "".join(made)


def _close(style: re.Match[str], second: Mapping[str, Any]) -> str:
    """A style without room below it, where its second language stands there."""
    return AFTER.sub(r'\1"0"', style[0]) if style[1] in second.get("styles", ()) else style[0]


def _twice(match: re.Match[str]) -> str:
    """A paragraph that is doubled, and after it that of the second language if any."""
    printed = PRINTED.search(match[0])
    assert printed is not None
    name = f"{printed[1]}.second" if printed[1] else f"second.{printed[2]}"
    second = PRINTED.sub(f"{{{{ {name} }}}}", match[0]).replace(HINT, "")
    second = STYLE_OF.sub(rf'\g<1>{SECOND}"', second, count=1)
    tag = "<w:p><w:r><w:t>{{%p {} %}}</w:t></w:r></w:p>".format
    return f"{match[0]}{tag(f'if {name}')}{second}{tag('endif')}"


def _excel_part(name: str, text: str, look: Look) -> str:
    text = _fonts(text, look.sheet_fonts)
    if look.words is None:
        return text
    words = look.words

    def said(text: str) -> str:
        return words(text) if HAN.search(text) else text

    def node(match: re.Match[str]) -> str:
        own = html.unescape(match[3])
        own = QUOTED.sub(lambda quoted: said(quoted[0]), own) if match[1] in CODE else said(own)
        return f"<{match[1]}{match[2]}>{html.escape(own, quote=False)}<"

    def attribute(match: re.Match[str]) -> str:
        return match[1] + html.escape(said(html.unescape(match[2])))

    part = name.rpartition("/")[2]
    if part == "styles.xml":
        text = CHARSET.sub(rf'\g<1>{look.charset}"', text)
    else:
        text = NODE.sub(node, text)
    return ATTRIBUTES.get(part, ATTRIBUTES[""]).sub(attribute, text)


def text_of(data: bytes) -> Iterator[str]:
    """The texts of an Office file that a reader sees; code, names of fonts and styles are none."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            part = name.rpartition("/")[2]
            if not name.endswith(".xml") or part in {"styles.xml", "fontTable.xml"}:
                continue
            text = NUMERIC.sub(lambda match: chr(int(match[1])), archive.read(name).decode())
            for tag, _, said in NODE.findall(text):
                own = html.unescape(said)
                yield from QUOTED.findall(own) if tag in CODE else [own]
            for _, said in ATTRIBUTES.get(part, ATTRIBUTES[""]).findall(text):
                yield html.unescape(said)

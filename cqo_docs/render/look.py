"""A template as another locale wants it: fonts, sizes, the words in it, a second language."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

STYLES, DOCUMENT, FONTS = "word/styles.xml", "word/document.xml", "word/fontTable.xml"
NUMERIC = re.compile(r"&#(\d+);")
HAN = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
# Between the quotes of a formula stand texts and the names of sheets; the rest is code.
QUOTED = re.compile(r"&quot;.*?&quot;|\"[^\"]*\"|'[^']*'(?=!)")
NODE = re.compile(r"<((?:\w+:)?\w+)((?:\s[^<>]*)?)>([^<>]+)<")
CODE = frozenset({"f", "formula", "formula1", "formula2", "definedName", "c:f"})
SAID = re.compile(r"\b(error|errorTitle|prompt|promptTitle)=\"([^\"]*)\"")
SHEET = re.compile(r"(<sheet\b[^>]*?\bname=\")([^\"]*)")
FORMAT = re.compile(r"(\bformatCode=\")([^\"]*)")
LANGUAGE = re.compile(r"(w:eastAsia=\")zh-CN\"")
LATIN_LANGUAGE = re.compile(r"(<w:lang w:val=\")en-US\"")
FONT_NAME = re.compile(
    r"(\bval=\"|typeface=\"|w:eastAsia=\"|w:name=\"|&amp;\"|&amp;&quot;)([^\",&]*)"
)
HINT = ' w:hint="eastAsia"'
STYLE = re.compile(r"<w:style\b[^>]*w:styleId=\"(\w+)\".*?</w:style>", re.DOTALL)
PARAGRAPH = re.compile(r"<w:p>(?:(?!</w:p>).)*?\{\{ b\.\w+ \}\}.*?</w:p>", re.DOTALL)
PRINTED = re.compile(r"\{\{ b\.\w+ \}\}")
STYLE_OF = re.compile(r"(<w:pStyle w:val=\")(\w+)\"")
SECOND = "Second"  # the end of the names of the styles of the second language
SIZE = re.compile(r"(<w:sz(?:Cs)? w:val=\")(\d+)")
LINE = re.compile(r"(w:line=\")(\d+)(\" w:lineRule=\"exact\")")
OUTLINE = re.compile(r"<w:outlineLvl [^>]*/>")


class Look(NamedTuple):
    """What a locale wants of templates; `second` tells that each paragraph has a second one."""

    language: str = ""
    latin: str = ""
    fonts: Mapping[str, str] = {}
    stand_ins: Mapping[str, str] = {}
    sizes: Mapping[str, str] = {}
    lines: Mapping[str, str] = {}
    bold: tuple[str, ...] = ()
    texts: Mapping[str, str] = {}
    convert: Callable[[str], str] | None = None
    second: Mapping[str, str] = {}

    def word(self, text: str) -> str:
        """One text of a template in the words of the locale."""
        if not HAN.search(text):
            return text
        if self.convert is not None:
            return self.convert(text)
        return self.known.sub(lambda match: self.texts[match[0]], text) if self.texts else text

    @property
    def known(self) -> re.Pattern[str]:
        """The texts that have other words, the longest first."""
        return re.compile("|".join(map(re.escape, sorted(self.texts, key=len, reverse=True))))


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
    if name == FONTS:
        for font, other in look.fonts.items():
            stand_in = look.stand_ins[font]
            named = f'<w:font w:name="{font}"><w:altName w:val="[^"]*"/>'
            text = re.sub(named, f'<w:font w:name="{other}"><w:altName w:val="{stand_in}"/>', text)
    elif look.fonts:
        text = _fonts(text, look.fonts)
    if look.language:
        text = LANGUAGE.sub(rf'\g<1>{look.language}"', text)
    if look.latin:
        # Quotes and dashes of a Latin text are Latin.
        text = LATIN_LANGUAGE.sub(rf'\g<1>{look.latin}"', text).replace(HINT, "")
    if name == STYLES:
        text = STYLE.sub(lambda match: _sized(match[0], match[1], look), text)
        text = _sizes(text, look) if look.sizes else text
        text = _with_second(text, look) if look.second else text
    if name == DOCUMENT and look.second:
        text = PARAGRAPH.sub(_twice, text)
    return text


def _sized(style: str, name: str, look: Look) -> str:
    """One style, its letters bold where a Chinese font made them stand out."""
    if name in look.bold and "<w:b/>" not in style:
        style = re.sub(r"(<w:rFonts [^>]*/>)", r"\1<w:b/>", style, count=1)
    return style


def _sizes(text: str, look: Look) -> str:
    text = SIZE.sub(lambda match: match[1] + look.sizes.get(match[2], match[2]), text)
    return LINE.sub(lambda match: match[1] + look.lines.get(match[2], match[2]) + match[3], text)


def _with_second(text: str, look: Look) -> str:
    """The styles, and for each its like for the second language: smaller, out of the outline."""
    small = Look(sizes=look.second["sizes"], lines=look.second["lines"])  # type: ignore[arg-type]
    added = []
    for match in STYLE.finditer(text):
        if f'w:styleId="{match[1]}"' in match[0] and match[1] in look.second["styles"]:
            style = match[0].replace(f'"{match[1]}"', f'"{match[1]}{SECOND}"')
            style = re.sub(r"(<w:name w:val=\"[^\"]*)", rf"\1 {SECOND}", style, count=1)
            style = OUTLINE.sub("", style).replace(HINT, "")
            added.append(_sizes(_sized(style, match[1], look), small))
    return text.replace("</w:styles>", "".join(added) + "</w:styles>")


def _twice(match: re.Match[str]) -> str:
    """A paragraph of a flow, and after it that of the second language if there is one."""
    own = match[0]
    second = STYLE_OF.sub(rf'\g<1>\g<2>{SECOND}"', PRINTED.sub("{{ b.second }}", own), count=1)
    second = second.replace(HINT, "")

    def tag(text: str) -> str:
        return f"<w:p><w:r><w:t>{{%p {text} %}}</w:t></w:r></w:p>"

    return f"{own}{tag('if b.second')}{second}{tag('endif')}"


def _excel_part(name: str, text: str, look: Look) -> str:
    def quoted(match: re.Match[str]) -> str:
        return look.word(match[0])

    def node(match: re.Match[str]) -> str:
        said = match[3]
        said = QUOTED.sub(quoted, said) if match[1] in CODE else look.word(said)
        return f"<{match[1]}{match[2]}>{said}<"

    def attribute(match: re.Match[str]) -> str:
        return f'{match[1]}="{look.word(match[2])}"'

    def named(match: re.Match[str]) -> str:
        return match[1] + look.word(match[2])

    if look.fonts:
        text = _fonts(text, look.fonts)
    if name.endswith("styles.xml"):
        return FORMAT.sub(named, text)
    text = SAID.sub(attribute, NODE.sub(node, text))
    return SHEET.sub(named, text) if name.endswith("workbook.xml") else text


def look_of(raw: Mapping[str, Any], locale: str, convert: Callable[[str], str] | None) -> Look:
    """The look that a locale's own file describes."""
    texts = {
        html.escape(k, quote=False): html.escape(v, quote=False)
        for k, v in (raw.get("texts") or {}).items()
    }
    return Look(
        language=locale if convert else "",
        latin="" if convert else str(raw.get("latin") or ""),
        fonts=raw.get("fonts") or {},
        stand_ins=raw.get("stand-ins") or {},
        sizes=raw.get("sizes") or {},
        lines=raw.get("lines") or {},
        bold=tuple(raw.get("bold") or ()),
        texts=texts,
        convert=convert,
    )

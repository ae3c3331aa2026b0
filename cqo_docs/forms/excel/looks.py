"""What Excel forms look like: the styles of cells, and what conditions lay over them."""

from __future__ import annotations

from typing import NamedTuple

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SONG = "宋体"
GREY, PALE, RED, BLUE, GREEN = "FF595959", "FF767676", "FFC00000", "FF0563C1", "FF00703C"
# Fills: the cells one fills in, headings, captions, what does not apply, what is still wanted.
ANSWER, HEADING, CAPTION, IDLE, WANTED = (
    "FFFFF8DC", "FFDCE6F1", "FFF2F2F2", "FFE7E6E6", "FFFCE4C8",
)  # fmt: skip
FILLS = (ANSWER, HEADING, CAPTION)
FORMATS = {"general": 0, "text": 49, "whole": 1, "money": 4, "date": 164}
DAY_FORMAT = 'yyyy"年"m"月"d"日"'


class Look(NamedTuple):
    """One style: font, fill, frame, alignment, and whether the cell can be changed."""

    size: float = 11
    bold: bool = False
    color: str = ""
    fill: str = ""
    framed: bool = True
    form: str = "general"
    across: str = "left"
    down: str = "center"
    underlined: bool = False
    locked: bool = True


LOOKS = {
    "plain": Look(framed=False),
    "free": Look(framed=False, locked=False),
    "title": Look(18, bold=True, framed=False),
    "note": Look(10, color=GREY, framed=False),
    "wanting": Look(12, bold=True, color=RED, framed=False),
    "body": Look(11, framed=False, down="top"),
    "head": Look(bold=True, fill=HEADING, across="center"),
    "head-free": Look(bold=True, fill=HEADING, across="center", locked=False),
    "caption": Look(bold=True, fill=CAPTION),
    "number": Look(color=GREY, across="center"),
    "label": Look(),
    "label-required": Look(bold=True),
    "choice-label": Look(color=GREY),
    "state": Look(10, color=PALE, across="center"),
    "hint": Look(10, color=GREY),
    "hint-free": Look(10, color=GREY, across="center", locked=False),
    "link": Look(color=BLUE, underlined=True),
    "cell": Look(form="text"),
    **{f"answer-{name}": Look(fill=ANSWER, form=name, locked=False) for name in FORMATS},
    "answer-tick": Look(fill=ANSWER, form="text", across="center", locked=False),
    **{f"row-{name}": Look(form=name, locked=False) for name in FORMATS},
}
STYLE_IDS = {name: number for number, name in enumerate(LOOKS)}
# What conditions lay over cells: (font colour, bold, fill).
LAYERS = {
    "idle": ("FF8C8C8C", False, IDLE),
    "wanted": (RED, True, WANTED),
    "done": (GREEN, True, ""),
    "gap": ("", False, WANTED),
}
LAYER_IDS = {name: number for number, name in enumerate(LAYERS)}


def styles_part() -> str:
    """The part of a workbook that holds all styles."""
    fonts = list(dict.fromkeys(_font(look) for look in LOOKS.values()))
    xfs = "".join(_xf(look, fonts) for look in LOOKS.values())
    fills = "".join(_solid(colour) for colour in FILLS)
    sides = "".join(
        f'<{side} style="thin"><color rgb="FFBFBFBF"/></{side}>'
        for side in ("left", "right", "top", "bottom")
    )
    day = DAY_FORMAT.replace('"', "&quot;")
    return (
        f'{HEAD}<styleSheet xmlns="{MAIN}">'
        f'<numFmts count="1"><numFmt numFmtId="164" formatCode="{day}"/></numFmts>'
        f'<fonts count="{len(fonts)}">{"".join(fonts)}</fonts>'
        f'<fills count="{len(FILLS) + 2}"><fill><patternFill patternType="none"/></fill>'
        f'<fill><patternFill patternType="gray125"/></fill>{fills}</fills>'
        '<borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border>'
        f"<border>{sides}<diagonal/></border></borders>"
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
        f'</cellStyleXfs><cellXfs count="{len(LOOKS)}">{xfs}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="常规" xfId="0" builtinId="0"/></cellStyles>'
        f'<dxfs count="{len(LAYERS)}">{"".join(_layer(*layer) for layer in LAYERS.values())}</dxfs>'
        "</styleSheet>"
    )


def _font(look: Look) -> str:
    bold, line = "<b/>" if look.bold else "", "<u/>" if look.underlined else ""
    color = f'<color rgb="{look.color}"/>' if look.color else ""
    return (
        f'<font>{bold}{line}<sz val="{look.size:g}"/>{color}<name val="{SONG}"/>'
        '<family val="3"/><charset val="134"/></font>'
    )


def _solid(colour: str) -> str:
    return (
        f'<fill><patternFill patternType="solid"><fgColor rgb="{colour}"/>'
        '<bgColor indexed="64"/></patternFill></fill>'
    )


def _xf(look: Look, fonts: list[str]) -> str:
    fill = FILLS.index(look.fill) + 2 if look.fill else 0
    indent = ' indent="1"' if look.framed and look.across == "left" else ""
    return (
        f'<xf numFmtId="{FORMATS[look.form]}" fontId="{fonts.index(_font(look))}" fillId="{fill}"'
        f' borderId="{int(look.framed)}" xfId="0" applyNumberFormat="1" applyFont="1"'
        ' applyFill="1" applyBorder="1" applyAlignment="1" applyProtection="1">'
        f'<alignment horizontal="{look.across}" vertical="{look.down}" wrapText="1"{indent}/>'
        f'<protection locked="{int(look.locked)}"/></xf>'
    )


def _layer(color: str, bold: bool, fill: str) -> str:
    font = f"{'<b/>' if bold else ''}{f'<color rgb={chr(34)}{color}{chr(34)}/>' if color else ''}"
    text = f"<font>{font}</font>" if font else ""
    if fill:
        text += f'<fill><patternFill patternType="solid"><fgColor rgb="{fill}"/>'
        text += f'<bgColor rgb="{fill}"/></patternFill></fill>'
    return f"<dxf>{text}</dxf>"

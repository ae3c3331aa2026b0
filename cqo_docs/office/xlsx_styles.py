"""How the cells of our workbooks look: fonts, fills, frames, formats, and their names."""

from __future__ import annotations

from collections.abc import Mapping

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
# Looks: name -> (font, fill, border, number format, alignment); each is an index below.
FONTS = (
    '<font><sz val="11"/><name val="宋体"/><family val="3"/><charset val="134"/></font>',
    '<font><b/><sz val="11"/><name val="宋体"/><family val="3"/><charset val="134"/></font>',
    '<font><b/><sz val="18"/><name val="宋体"/><family val="3"/><charset val="134"/></font>',
    '<font><sz val="9"/><color rgb="FF7F7F7F"/><name val="宋体"/><family val="3"/>'
    '<charset val="134"/></font>',
    '<font><sz val="11"/><color rgb="FFC00000"/><name val="宋体"/><family val="3"/>'
    '<charset val="134"/></font>',
)
FILLS = ("FFDCE6F1", "FFEDF2F9", "FFFCE4C8", "FFFFC7CE")
BORDER = "".join(
    f'<{side} style="thin"><color rgb="FFBFBFBF"/></{side}>'
    for side in ("left", "right", "top", "bottom")
)
FORMATS = {"general": 0, "text": 49, "whole": 1, "money": 4, "date": 164}
CENTRE = '<alignment horizontal="center" vertical="center" wrapText="1"/>'
WRAP = '<alignment vertical="top" wrapText="1"/>'
MIDDLE = '<alignment vertical="center" wrapText="1"/>'
STYLES: Mapping[str, tuple[int, int, int, str, str]] = {
    "plain": (0, 0, 0, "general", ""),
    "title": (2, 0, 0, "general", '<alignment vertical="center"/>'),
    "body": (0, 0, 0, "text", WRAP),
    "table-head": (1, 2, 1, "text", CENTRE),
    "table": (0, 0, 1, "text", MIDDLE),
    "group": (1, 2, 1, "text", CENTRE),
    "label": (1, 3, 1, "text", CENTRE),
    "required": (1, 4, 1, "text", CENTRE),
    "path": (3, 0, 0, "text", ""),
    "problem-head": (1, 5, 1, "text", CENTRE),
    "problem": (4, 0, 1, "text", WRAP),
    **{name: (0, 0, 1, name, MIDDLE) for name in FORMATS},
    **{f"{name}-fault": (0, 5, 1, name, MIDDLE) for name in FORMATS},
}
STYLE_IDS = {name: number for number, name in enumerate(STYLES)}


def styles_part() -> str:
    """The part of a workbook that holds all styles."""
    fills = '<fill><patternFill patternType="none"/></fill>'
    fills += '<fill><patternFill patternType="gray125"/></fill>'
    for colour in FILLS:
        fills += f'<fill><patternFill patternType="solid"><fgColor rgb="{colour}"/>'
        fills += '<bgColor indexed="64"/></patternFill></fill>'
    xfs = ""
    for font, fill, border, form, alignment in STYLES.values():
        xfs += f'<xf numFmtId="{FORMATS[form]}" fontId="{font}" fillId="{fill}"'
        xfs += f' borderId="{border}" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1"'
        xfs += ' applyBorder="1"'
        xfs += f' applyAlignment="1">{alignment}</xf>' if alignment else "/>"
    return (
        f'{HEAD}<styleSheet xmlns="{MAIN}">'
        '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
        f'<fonts count="{len(FONTS)}">{"".join(FONTS)}</fonts>'
        f'<fills count="{len(FILLS) + 2}">{fills}</fills>'
        '<borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border>'
        f"<border>{BORDER}<diagonal/></border></borders>"
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
        f'</cellStyleXfs><cellXfs count="{len(STYLES)}">{xfs}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="常规" xfId="0" builtinId="0"/></cellStyles>'
        "</styleSheet>"
    )

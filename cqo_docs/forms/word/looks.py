"""What Word forms look like: page, styles, settings; the same in every form."""

from __future__ import annotations

from typing import NamedTuple

SONG, FANG, HEI, TITLE = "宋体", "仿宋_GB2312", "黑体", "方正小标宋简体"
LATIN = "Times New Roman"
# What Word takes where a machine lacks the font named first.
STAND_INS = {FANG: "仿宋", HEI: "SimHei", TITLE: "华文中宋", SONG: "SimSun"}
GREY, PALE, SHADE = "595959", "767676", "F2F2F2"

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
W14 = "http://schemas.microsoft.com/office/word/2010/wordml"
MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
PROMPT = "PlaceholderText"


class Page(NamedTuple):
    """The paper of a section; twips."""

    width: int
    height: int
    top: int
    right: int
    bottom: int
    left: int
    footer: int

    @property
    def text_width(self) -> int:
        """The width between the margins."""
        return self.width - self.left - self.right


UPRIGHT = Page(11906, 16838, 1701, 1304, 1474, 1304, 850)
WIDE = Page(16838, 11906, 1474, 1304, 1304, 1304, 737)
FIELD = {"number": 640, "label": 2520, "value": 3118, "hint": 3020}
# The columns of a list by the kind of what they hold; the number of the row comes first.
ROW_NUMBER = 560


class Style(NamedTuple):
    """One paragraph style: font, size in half-points, spacing in twips."""

    name: str
    font: str = FANG
    size: int = 21
    before: int = 0
    after: int = 0
    line: int = 0
    align: str = "left"
    keep: bool = False
    level: int = -1
    color: str = ""
    hanging: int = 0


STYLES = {
    "Normal": Style("Normal"),
    "Title": Style("Title", TITLE, 44, after=120, line=700, align="center", keep=True),
    "Version": Style("版本", size=18, after=160, align="center", color=GREY),
    "Guide": Style("填写说明", size=21, line=340, hanging=420),
    "Heading1": Style("heading 1", HEI, 28, before=280, after=120, keep=True, level=0),
    "Note": Style("附表说明", size=18, after=60, line=300, color=GREY, keep=True),
    "Cell": Style("填写内容"),
    "Tick": Style("选项", size=18, hanging=270),
    "CellCenter": Style("序号", align="center"),
    "CellLabel": Style("项目名称", HEI),
    "CellHead": Style("表头", HEI, align="center", keep=True),
    "CellGroup": Style("分组", HEI, keep=True),
    "CellHint": Style("说明和示例", size=18, color=GREY),
    "Small": Style("附表内容", size=18),
    "SmallCenter": Style("附表序号", size=18, align="center"),
    "SmallHead": Style("附表表头", HEI, 18, align="center", keep=True),
    "SmallHint": Style("附表示例", size=18, color=GREY),
    "Gap": Style("表后", size=2, line=20),
    "Footer": Style("footer", SONG, 18, align="center"),
}


def fonts(name: str) -> str:
    """All four font slots, and no theme."""
    latin = SONG if name == SONG else LATIN
    return (
        f'<w:rFonts w:hint="eastAsia" w:ascii="{latin}" w:hAnsi="{latin}" w:eastAsia="{name}"'
        f' w:cs="{latin}"/>'
    )


LANGUAGE = '<w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/>'


def _style(key: str, style: Style) -> str:
    """A paragraph style."""
    normal = key == "Normal"
    default, based = (' w:default="1"', "") if normal else ("", '<w:basedOn w:val="Normal"/>')
    keep = "<w:keepNext/>" if style.keep else ""
    rule = "exact" if style.line else "auto"
    indent, level, color = "", "", ""
    if style.hanging:
        indent = f'<w:ind w:left="{style.hanging}" w:hanging="{style.hanging}"/>'
    if style.level >= 0:
        level = f'<w:outlineLvl w:val="{style.level}"/>'
    if style.color:
        color = f'<w:color w:val="{style.color}"/>'
    return (
        f'<w:style w:type="paragraph"{default} w:styleId="{key}"><w:name w:val="{style.name}"/>'
        f'{based}<w:qFormat/><w:pPr>{keep}<w:widowControl/><w:snapToGrid w:val="0"/>'
        f'<w:spacing w:before="{style.before}" w:after="{style.after}"'
        f' w:line="{style.line or 240}" w:lineRule="{rule}"/>{indent}<w:jc w:val="{style.align}"/>'
        f"{level}</w:pPr><w:rPr>{fonts(style.font)}{color}"
        f'<w:sz w:val="{style.size}"/><w:szCs w:val="{style.size}"/>'
        f"{LANGUAGE if normal else ''}</w:rPr></w:style>"
    )


def styles_part() -> str:
    """The style sheet."""
    room = "".join(
        f'<w:{side} w:w="{width}" w:type="dxa"/>'
        for side, width in (("top", 50), ("left", 85), ("bottom", 50), ("right", 85))
    )
    lines = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    normal = STYLES["Normal"]
    return (
        f'{HEAD}<w:styles xmlns:w="{W}"><w:docDefaults><w:rPrDefault><w:rPr>'
        f'{fonts(normal.font)}<w:sz w:val="{normal.size}"/><w:szCs w:val="{normal.size}"/>'
        f"{LANGUAGE}</w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>"
        f"{''.join(_style(key, style) for key, style in STYLES.items())}"
        f'<w:style w:type="character" w:styleId="{PROMPT}"><w:name w:val="Placeholder Text"/>'
        f'<w:rPr><w:color w:val="{PALE}"/></w:rPr></w:style>'
        '<w:style w:type="table" w:styleId="Grid"><w:name w:val="问卷表格"/><w:qFormat/>'
        f'<w:rPr>{fonts(normal.font)}</w:rPr><w:tblPr><w:tblInd w:w="0" w:type="dxa"/>'
        f"<w:tblBorders>{lines}</w:tblBorders><w:tblCellMar>{room}</w:tblCellMar></w:tblPr>"
        "</w:style></w:styles>"
    )


def settings_part() -> str:
    """The settings: protected, so that only the controls can be filled in; without a password."""
    habits = "".join(
        f"<w:{name}/>"
        for name in (
            "spaceForUL", "balanceSingleByteDoubleByteWidth", "doNotLeaveBackslashAlone",
            "ulTrailSpace", "doNotExpandShiftReturn", "useFELayout",
        )
    )  # fmt: skip
    return (
        f'{HEAD}<w:settings xmlns:w="{W}"><w:zoom w:percent="100"/>'
        "<w:bordersDoNotSurroundHeader/><w:bordersDoNotSurroundFooter/>"
        '<w:documentProtection w:edit="forms" w:enforcement="1"/>'
        '<w:defaultTabStop w:val="420"/>'
        '<w:characterSpacingControl w:val="compressPunctuation"/>'
        f'<w:compat>{habits}<w:compatSetting w:name="compatibilityMode"'
        ' w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>'
        '<w:themeFontLang w:val="en-US" w:eastAsia="zh-CN"/>'
        '<w:decimalSymbol w:val="."/><w:listSeparator w:val=","/></w:settings>'
    )


def font_part() -> str:
    """The fonts by name, each with the one to take in its place."""
    own = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/>'
        '<w:family w:val="auto"/><w:pitch w:val="variable"/></w:font>'
        for name, other in STAND_INS.items()
    )
    return f'{HEAD}<w:fonts xmlns:w="{W}">{own}</w:fonts>'

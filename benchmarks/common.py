"""One paper for all Word engines: a duty statement in the syntax of each, and what must come out.

29 values, 4 conditional paragraphs, 40 duties with an inline condition, a table of 12 rows, header
and footer with page fields, and a tag that is split over two runs.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.cases import TEMPLATES, Groups, Unit, varied

LABELS = dict(
    re.findall(
        r"(\w+)=(\w+)",
        "company=企业名称 number=文件编号 post=岗位名称 holder=任职人员 superior=直接上级 "
        "unit=所在部门 deputy=代理人员 place=工作地点 rank=岗位级别 edition=版本号 made=编制日期 "
        "valid=生效日期 maker=编制人 checker=审核人 approver=批准人 phone=联系电话 fund=经费额度 "
        "staff=下属人数 trade=所属行业 region=所在地区 product=主要产品 goal=年度目标 "
        "cycle=考核周期 training=培训学时 meeting=例会安排 report=报告对象 office=办公地点 "
        "remark=备注事项 signed=签署日期",
    )
)
OPENING = (
    "为明确[post]的职责，[company]自[valid]起按照本说明书聘任[holder]，任期内在[place]履行职责。"
)
CHOICES = {
    "leads": "[holder]直接对[superior]负责，可以越级报告重大质量风险。",
    "budgets": "每年安排专项经费[fund]，由[unit]列支，[checker]复核。",
    "trains": "每年参加培训不少于[training]，记录存放在[office]。",
    "exports": "出口产品[product]的放行由[holder]会同[deputy]签署。",
}
DUTY, MONTHLY = "[duty_no]．[duty_text]", "（每月书面报告一次）"
COLUMNS = {
    "row_no": "序号",
    "matter": "事项",
    "measure": "衡量办法",
    "share": "权重",
    "term": "期限",
}
SIGNERS = ("maker", "checker", "approver", "signed")
HEADER, FOOTER = "[company]　[number]", "[remark]"
# As Word writes them when fonts and spacing were chosen by hand.
PARAGRAPH = '<w:pPr><w:spacing w:line="360" w:lineRule="auto"/><w:jc w:val="both"/></w:pPr>'
RUN = (
    '<w:rPr><w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="仿宋" '
    'w:hint="eastAsia"/><w:sz w:val="24"/><w:szCs w:val="24"/></w:rPr>'
)
TAG = re.compile(r"\[(\w+)\]")
Marks = Mapping[str, str]
SYNTAXES: Mapping[str, Marks] = {
    "jinja": {
        "value": "{{ X }}",
        "item": "{{ r.X }}",
        "each": "{%p for r in X %}",
        "end": "{%p endfor %}",
        "if": "{%p if X %}",
        "fi": "{%p endif %}",
        "when": "{% if r.X %}Y{% endif %}",
        "rows": "{%tr for r in X %}",
        "last": "{%tr endfor %}",
    },
    "braces": {
        "value": "{X}",
        "item": "{X}",
        "each": "{#X}",
        "end": "{/X}",
        "if": "{#X}",
        "fi": "{/X}",
        "when": "{#X}Y{/X}",
    },
    # Merge fields know neither conditions nor repeated paragraphs: the data carries them.
    "fields": {},
}


def common_groups(count: int, size: int) -> Groups:
    """Contexts of the common paper: texts, conditions, 40 duties, 12 rows of a table."""
    dice = random.Random(3)
    return [
        [
            Unit("", (("common.docx", "common.docx", common_context(dice, g * size + n)),))
            for n in range(size)
        ]
        for g in range(count)
    ]


def common_context(dice: random.Random, number: int) -> dict[str, Any]:
    """One context of the common paper, as plain as JSON."""

    def words(length: int) -> str:
        return "".join(dice.choices("质量检验计量标准改进培训供方顾客现场记录审核风险", k=length))

    context: dict[str, Any] = {name: words(dice.randrange(4, 14)) for name in LABELS}
    context["company"] = varied(f"{words(4)}有限公司", number, number)
    if number % 10 == 2:
        context["goal"] = f"{words(5)}\n{words(7)}"
    context |= {name: dice.random() < 0.5 for name in CHOICES}
    context["duties"] = [
        {"duty_no": str(n), "duty_text": words(dice.randrange(20, 60)), "monthly": n % 3 == 0}
        for n in range(1, 41)
    ]
    context["rows"] = [
        {"row_no": str(n), "matter": words(8), "measure": words(20), "share": "8", "term": words(4)}
        for n in range(1, 13)
    ]
    return context


def common_lines(context: Mapping[str, Any]) -> list[str]:
    """The lines a reader finds in the common paper, worked out without any engine."""
    texts = [context["post"]]
    texts += [text for name, label in LABELS.items() for text in (label, context[name])]
    texts += [filled(OPENING, context)]
    texts += [filled(text, context) for name, text in CHOICES.items() if context[name]]
    texts += [duty_line(duty) for duty in context["duties"]]
    texts += [*COLUMNS.values(), *(row[key] for row in context["rows"] for key in COLUMNS)]
    texts += [text for name in SIGNERS for text in (LABELS[name], context[name])]
    texts += [filled(FOOTER, context) + "1 / 1", filled(HEADER, context)]
    return [line for text in texts for line in text.split("\n") if line.strip()]


def filled(text: str, values: Mapping[str, Any]) -> str:
    """A text with the names in brackets replaced by their values."""
    return TAG.sub(lambda tag: str(values[tag[1]]), text)


def duty_line(duty: Mapping[str, Any]) -> str:
    """The paragraph of one duty."""
    return filled(DUTY, duty) + (MONTHLY if duty["monthly"] else "")


def merge_data(context: Mapping[str, Any]) -> dict[str, Any]:
    """The context as merge fields want it: they know no conditions and repeat table rows alone."""
    data = {name: context[name] for name in LABELS}
    data |= {name: filled(text, context) if context[name] else "" for name, text in CHOICES.items()}
    data["duty_no"] = [{**d, "note": MONTHLY if d["monthly"] else ""} for d in context["duties"]]
    return {**data, "row_no": context["rows"]}


def write_common(folder: Path, syntax: str) -> None:
    """The template of the common paper in one syntax, on the lean styles of our own papers."""
    from docx import Document
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    def put(part: Any, *xml: str) -> None:
        whole = f"<w:body {nsdecls('w')}>{''.join(xml)}</w:body>"
        part[:] = [*parse_xml(whole), *part.iterchildren("{*}sectPr")]

    marks = SYNTAXES[syntax]
    paper = Document(str(TEMPLATES / "duties.docx"))
    paper.core_properties.title = LABELS["post"]
    section = paper.sections[0]
    section.header.is_linked_to_previous = section.footer.is_linked_to_previous = False
    page = f"{field('PAGE', '1')}{run(' / ')}{field('NUMPAGES', '1')}"
    put(section.even_page_footer._element, paragraph("", marks))
    put(section.header._element, paragraph(HEADER, marks))
    put(section.footer._element, paragraph(FOOTER, marks).replace("</w:p>", f"{page}</w:p>"))
    put(
        paper.element.body,
        paragraph("[post]", marks),
        table([[label, f"[{name}]"] for name, label in LABELS.items()], marks),
        paragraph(OPENING, marks),
        *(
            paragraph(part, marks)
            for name, text in CHOICES.items()
            for part in choice(name, text, marks)
        ),
        *(paragraph(text, marks, "item") for text in duties(marks)),
        "" if marks else table([[f"{DUTY}[note]"]], marks),
        table([list(COLUMNS.values()), *rows(marks)], marks, "item"),
        table([[LABELS[name], f"[{name}]"] for name in SIGNERS], marks),
    )
    folder.mkdir(parents=True, exist_ok=True)
    paper.save(str(folder / "common.docx"))


def choice(name: str, text: str, marks: Marks) -> list[str]:
    """The paragraphs of a text that stands only if something is so."""
    if not marks:
        return [f"[{name}]"]
    return [marks["if"].replace("X", name), text, marks["fi"].replace("X", name)]


def duties(marks: Marks) -> list[str]:
    """The paragraphs that repeat the duty, with its end only for some."""
    if not marks:
        return []
    end = marks["when"].replace("X", "monthly").replace("Y", MONTHLY)
    return [marks["each"].replace("X", "duties"), DUTY + end, marks["end"].replace("X", "duties")]


def rows(marks: Marks) -> list[list[str]]:
    """The table rows that repeat one row."""
    sample = [f"[{column}]" for column in COLUMNS]
    if "rows" in marks:
        blank = [""] * (len(sample) - 1)
        return [[marks["rows"].replace("X", "rows"), *blank], sample, [marks["last"], *blank]]
    if marks:
        sample[0] = marks["each"].replace("X", "rows") + sample[0]
        sample[-1] += marks["end"].replace("X", "rows")
    return [sample]


def table(texts: Sequence[Sequence[str]], marks: Marks, kind: str = "value") -> str:
    """The XML of a table."""
    width = 8800 // len(texts[0])
    cell = f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>'
    lines = (
        "".join(f"{cell}{paragraph(text, marks, kind)}</w:tc>" for text in line) for line in texts
    )
    grid = f'<w:gridCol w:w="{width}"/>' * len(texts[0])
    body = "".join(f"<w:tr>{line}</w:tr>" for line in lines)
    look = '<w:tblPr><w:tblStyle w:val="Grid"/></w:tblPr>'
    return f"<w:tbl>{look}<w:tblGrid>{grid}</w:tblGrid>{body}</w:tbl>"


def paragraph(text: str, marks: Marks, kind: str = "value") -> str:
    """The XML of a paragraph whose names in brackets have become tags."""
    pieces = []
    for n, piece in enumerate(TAG.split(text)):
        if not n % 2:
            pieces.append(run(piece))
        elif not marks:
            pieces.append(field(f"MERGEFIELD {piece}", f"«{piece}»"))
        else:
            tag = marks[kind].replace("X", piece)
            half = len(tag) // 2 if piece == "place" else 0  # split as Word splits them
            pieces.append(run(tag[:half]) + run(tag[half:]))
    return f"<w:p>{PARAGRAPH}{''.join(pieces)}</w:p>"


def run(text: str) -> str:
    """The XML of a run."""
    return f'<w:r>{RUN}<w:t xml:space="preserve">{text}</w:t></w:r>' if text else ""


def field(instruction: str, text: str) -> str:
    """The XML of a field with its shown text."""
    return f'<w:fldSimple w:instr=" {instruction} ">{run(text)}</w:fldSimple>'

"""A house folder: what it changes, and every fault of it with its place."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm
from openpyxl import Workbook, load_workbook

from cqo_docs import generation
from cqo_docs.base.errors import CqoError
from cqo_docs.cli import app as cli
from cqo_docs.house import checking, copy_house, known_names
from cqo_docs.house.annotated import write_annotated
from cqo_docs.house.tags import Known, Text, scan
from cqo_docs.workspace import Workspace, open_workspace

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "questionnaires" / "chongqing-machine-small.yaml"
MICRO = ROOT / "questionnaires" / "shanxi-food-micro.yaml"
AS_OF = date(2026, 11, 8)
Edit = Callable[[Any], None]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory, workspace: Workspace) -> Path:
    folder = tmp_path_factory.mktemp("house") / "house"
    copy_house(folder, workspace.library, workspace.wording)
    return folder


@pytest.fixture
def house(original: Path, tmp_path: Path) -> Path:
    """A house folder of its own, as it was copied."""
    return Path(shutil.copytree(original, tmp_path / "house"))


def lean(house: Path, *names: str) -> Path:
    """The folder with these templates only: what is not changed may go."""
    for path in (house / "templates").iterdir():
        if path.name not in names:
            path.unlink()
    shutil.rmtree(house / "wording")
    return house


def edited(path: Path, edit: Edit) -> None:
    document = Document(str(path))
    edit(document)
    document.save(str(path))


def text_of(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = [n for n in archive.namelist() if re.match(r"word/(document|header|footer)", n)]
        return "\n".join(
            "".join(re.findall(r"<w:t[^>]*>([^<]*)</w:t>", archive.read(n).decode())) for n in parts
        )


def pack_of(ws: Workspace, sample: Path = SAMPLE) -> dict[str, bytes]:
    file = generation.read_answers(sample, ws)
    plan = generation.make_plan(file, ws, AS_OF)
    return {f.path: f.data for f in generation.pack_files(plan, ws)}


# ---------------------------------------------------------------- what a house changes


def test_a_copy_changes_nothing_and_has_no_faults(house: Path, workspace: Workspace) -> None:
    report = checking.check_house(house, workspace.library, workspace.wording)
    assert report.faults == ()
    assert report.templates == len(workspace.renderer.data)
    assert pack_of(open_workspace(house=house)) == pack_of(workspace)


def test_a_copy_is_never_laid_over_other_files(tmp_path: Path, workspace: Workspace) -> None:
    (tmp_path / "mine.txt").write_text("甲")
    with pytest.raises(CqoError) as caught:
        copy_house(tmp_path, workspace.library, workspace.wording)
    assert caught.value.problems[0].code == "house.not-empty"
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_an_own_template_and_own_words_go_before_ours(house: Path, workspace: Workspace) -> None:
    lean(house, "duties.docx")

    def edit(document: Any) -> None:
        header = document.sections[0].header
        header.is_linked_to_previous = False
        header.paragraphs[0].text = "某某咨询 {{ company_name }} {{ 统一社会信用代码 }}"

    edited(house / "templates" / "duties.docx", edit)
    (house / "wording" / "documents").mkdir(parents=True)
    (house / "wording" / "documents" / "duties.yaml").write_text("title: 质量负责人岗位说明书\n")
    ws = open_workspace(house=house)
    ours, own = pack_of(workspace), pack_of(ws)
    name = next(n for n in own if "岗位职责" in n)
    assert "质量负责人岗位说明书" in text_of(own[name])
    answers = generation.read_answers(SAMPLE, ws).answers.company
    assert f"某某咨询 {answers.name} {answers.credit_code}" in text_of(own[name])
    changed = {n for n in own if own[n] != ours[n]}
    # The table of clauses and the confirmations name the paper.
    assert name in changed
    assert changed <= {name, *(n for n in own if n.startswith(("07", "10", "16", "17")))}
    assert checking.check_house(house, workspace.library, workspace.wording).faults == ()


# A PNG of one pixel.
LOGO = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154"
    "789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)


def test_a_logo_stays(house: Path, tmp_path: Path, workspace: Workspace) -> None:
    (tmp_path / "logo.png").write_bytes(LOGO)
    lean(house, "appointment.docx")

    def edit(document: Any) -> None:
        header = document.sections[0].header
        header.is_linked_to_previous = False
        header.paragraphs[0].add_run().add_picture(str(tmp_path / "logo.png"), width=Mm(20))

    edited(house / "templates" / "appointment.docx", edit)
    own = pack_of(open_workspace(house=house))
    (data,) = (d for n, d in own.items() if n.startswith("02"))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert any(n.startswith("word/media/") for n in archive.namelist())
    assert checking.check_house(house, workspace.library, workspace.wording).faults == ()


def own_paper(house: Path, text: str, name: str = "服务确认单.docx") -> None:
    """A paper of the house's own, made from one of ours so that fonts and page are right."""
    path = house / "templates" / name
    shutil.copy(ROOT / "templates" / "system.docx", path)

    def edit(document: Any) -> None:
        body = document.element.body
        for element in list(body)[1:]:
            if element.tag != qn("w:sectPr"):
                body.remove(element)
        document.paragraphs[0].runs[0].text = text

    edited(path, edit)


HOSTILE = "R&D <甲> {{ 7*7 }} =1+1 ../"


def test_own_papers_and_own_fields_need_no_code(house: Path, tmp_path: Path) -> None:
    lean(house)
    own_paper(house, "{{ company_name }}{{ 合同编号 }}{{ 顾问单位 }}{{ person }}{{ 联系人 }}")
    (house / "house.yaml").write_text("fields: [合同编号, 联系人]\nvalues: {顾问单位: 甲乙咨询}\n")
    sample = tmp_path / "sample.yaml"
    extra = f"输出:\n  自备项目:\n  - {{名称: 合同编号, 内容: '{HOSTILE}'}}\n"
    sample.write_text(SAMPLE.read_text() + extra)
    ws = open_workspace(house=house)
    own = pack_of(ws, sample)
    text = text_of(own["50-服务确认单.docx"])
    company = generation.read_answers(sample, ws).answers.company.name
    escaped = HOSTILE.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert f"{company}{escaped}甲乙咨询" in text
    assert "【联系人】" in text or "联系人" in text
    (confirm,) = (d for n, d in own.items() if n.startswith("16"))
    assert "联系人" in text_of(confirm)
    assert "合同编号" not in text_of(confirm)


def test_an_own_workbook(house: Path, workspace: Workspace) -> None:
    lean(house)
    book = Workbook()
    book.worksheets[0]["A1"] = "{{ company_name }}"
    book.worksheets[0]["B2"] = "预算年度：{{ 预算年度 }}"
    book.save(house / "templates" / "名片.xlsx")
    own = pack_of(open_workspace(house=house))
    made = load_workbook(io.BytesIO(own["50-名片.xlsx"]))
    company = generation.read_answers(SAMPLE, workspace).answers.company
    assert made.worksheets[0]["A1"].value == company.name


def test_a_pack_made_with_a_house_is_another(house: Path, workspace: Workspace) -> None:
    lean(house, "duties.docx")
    ws = open_workspace(house=house)
    file = generation.read_answers(SAMPLE, ws)
    answers = generation.answers_text(file)
    keys = {generation.inputs_key(answers, one, AS_OF) for one in (ws, workspace)}
    assert len(keys) == 2 or pack_of(ws) == pack_of(workspace)
    (house / "house.yaml").write_text("values: {顾问单位: 甲}\n")
    first = generation.inputs_key(answers, open_workspace(house=house), AS_OF)
    (house / "house.yaml").write_text("values: {顾问单位: 乙}\n")
    assert generation.inputs_key(answers, open_workspace(house=house), AS_OF) != first


def test_a_batch_uses_the_house_too(house: Path, tmp_path: Path) -> None:
    lean(house)
    own_paper(house, "{{ company_name }}的服务确认单")
    folder = tmp_path / "clients"
    folder.mkdir()
    for sample in (SAMPLE, MICRO):
        shutil.copy(sample, folder)
    words = ["batch", str(folder), "-o", str(tmp_path / "out"), "--house", str(house),
             "--jobs", "1", "--date", "2026-11-08"]  # fmt: skip
    assert cli.run(words) == 0
    assert len(list((tmp_path / "out").glob("*/50-服务确认单.docx"))) == 2


SETTINGS = {
    "不是一组": "- 甲\n",
    "unknown": "fieldz: [甲]\n",
    "bad field": "fields: [合同 编号]\n",
    "digits": "fields: [1号]\n",
    "bad value": "values: {甲: [1]}\n",
    "not a list": "fields: 甲\n",
    "no yaml": "fields: [甲\n",
}


@pytest.mark.parametrize("text", SETTINGS.values(), ids=SETTINGS)
def test_wrong_settings_are_told(
    text: str, house: Path, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    lean(house, "duties.docx")
    (house / "house.yaml").write_text(text)
    faults = checking.check_house(house, workspace.library, workspace.wording).faults
    assert [f.file for f in faults][:1] == ["house.yaml"]
    words = ["generate", str(SAMPLE), "-o", str(house / "out"), "--house", str(house)]
    assert cli.run(words) == 1
    assert "house.yaml" in capsys.readouterr().err
    assert not (house / "out").exists()


def test_a_folder_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder in (str(tmp_path / "none"), str(tmp_path)):
        generated = ["generate", str(SAMPLE), "-o", str(tmp_path / "o"), "--house", folder]
        for words in (["templates", "check", folder], generated):
            assert cli.run(words) == 1
            assert "cqo-docs templates copy" in capsys.readouterr().err


# ---------------------------------------------------------------- faults of Word templates


def add(text: str, style: str = "Body") -> Edit:
    """An edit that puts a paragraph before the last one of the body."""

    def edit(document: Any) -> None:
        paragraph = document.paragraphs[-1].insert_paragraph_before()
        paragraph.style = document.styles[{"Body": "正文文字"}.get(style, style)]
        paragraph.add_run(text)

    return edit


def xml(markup: str) -> Any:
    spaces = f'{nsdecls("w")} xmlns:v="urn:schemas-microsoft-com:vml"'
    return parse_xml(re.sub(r"^<([\w:]+)", rf"<\1 {spaces}", markup))


def inside(markup: str, text: str = "甲乙丙") -> Edit:
    """An edit that adds a paragraph with further markup in it."""

    def edit(document: Any) -> None:
        paragraph = document.paragraphs[-1].insert_paragraph_before()
        paragraph.style = document.styles["正文文字"]
        paragraph.add_run(text)
        paragraph._p.append(xml(markup))

    return edit


def replaced(old: str, new: str) -> Edit:
    """An edit of the text of every run."""

    def edit(document: Any) -> None:
        found = 0
        for run in document.element.body.iter(qn("w:t")):
            if old in (run.text or ""):
                run.text = run.text.replace(old, new)
                found += 1
        assert found, old

    return edit


def runs(*pieces: tuple[str, bool]) -> Edit:
    """An edit that adds a paragraph of runs, some of them bold."""

    def edit(document: Any) -> None:
        paragraph = document.paragraphs[-1].insert_paragraph_before()
        paragraph.style = document.styles["正文文字"]
        for text, bold in pieces:
            paragraph.add_run(text).bold = bold or None

    return edit


def without(text: str) -> Edit:
    """An edit that takes away the paragraphs that hold a text."""

    def edit(document: Any) -> None:
        found = [p for p in document.element.body.iter(qn("w:p")) if text in "".join(p.itertext())]
        assert found, text
        for paragraph in found:
            paragraph.getparent().remove(paragraph)

    return edit


def font(attribute: str, value: str) -> Edit:
    def edit(document: Any) -> None:
        add("甲乙丙")(document)
        run = next(p for p in document.paragraphs if p.text == "甲乙丙").runs[0]
        fonts = OxmlElement("w:rFonts")
        fonts.set(qn(f"w:{attribute}"), value)
        run._r.get_or_add_rPr().append(fonts)

    return edit


def style_font(document: Any) -> None:
    fonts = next(document.styles["正文文字"].element.iter(qn("w:rFonts")))
    del fonts.attrib[qn("w:eastAsia")]


def style_theme(document: Any) -> None:
    fonts = next(document.styles["正文文字"].element.iter(qn("w:rFonts")))
    fonts.set(qn("w:asciiTheme"), "minorHAnsi")


def no_chinese_font(document: Any) -> None:
    for fonts in document.styles.element.iter(qn("w:rFonts")):
        fonts.attrib.pop(qn("w:eastAsia"), None)


def loose_table(document: Any) -> None:
    for layout in document.element.body.iter(qn("w:tblLayout")):
        layout.set(qn("w:type"), "autofit")


def no_grid(document: Any) -> None:
    for column in document.element.body.iter(qn("w:gridCol")):
        column.attrib.pop(qn("w:w"), None)


def rows_may_split(document: Any) -> None:
    for mark in list(document.element.body.iter(qn("w:cantSplit"))):
        mark.getparent().remove(mark)


def letter_paper(document: Any) -> None:
    document.sections[0].page_width = Mm(216)


def comment(document: Any) -> None:
    paragraph = next(p for p in document.paragraphs if p.runs)
    document.add_comment(paragraph.runs, text="请核对", author="甲", initials="甲")


def external_picture(document: Any) -> None:
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"
    document.part.relate_to("http://example.org/logo.png", kind, is_external=True)


def protected(document: Any) -> None:
    mark = OxmlElement("w:documentProtection")
    mark.set(qn("w:edit"), "readOnly")
    mark.set(qn("w:enforcement"), "1")
    document.settings.element.insert(0, mark)


def in_header(document: Any) -> None:
    header = document.sections[0].header
    header.is_linked_to_previous = False
    header.paragraphs[0].text = "{{ compny_name }}"


BOX = (
    "<w:r><w:pict><v:shape><v:textbox><w:txbxContent><w:p><w:r><w:t>框</w:t></w:r></w:p>"
    "</w:txbxContent></v:textbox></v:shape></w:pict></w:r>"
)
INS = '<w:ins w:id="90" w:author="甲"><w:r><w:t>新</w:t></w:r></w:ins>'
DEL = '<w:del w:id="91" w:author="甲"><w:r><w:delText>旧</w:delText></w:r></w:del>'
HIDDEN = "<w:r><w:rPr><w:vanish/></w:rPr><w:t>隐</w:t></w:r>"
TODAY = '<w:fldSimple w:instr=" DATE \\@ yyyy "><w:r><w:t>2026</w:t></w:r></w:fldSimple>'
MERGE = '<w:r><w:instrText xml:space="preserve"> MERGEFIELD 名称 </w:instrText></w:r>'
CONTROL = "<w:sdt><w:sdtContent><w:r><w:t>控</w:t></w:r></w:sdtContent></w:sdt>"
OBJECT = "<w:r><w:object/></w:r>"

# What was done to a template: the template, the edit, the code, words of the paragraph at fault.
FAULTS: dict[str, tuple[str, Edit, str, str]] = {
    "unknown field": ("duties", add("甲{{ compny_name }}"), "tag-unknown-guess", "甲{{ compny"),
    "unknown field, nothing like it": ("duties", add("{{ zzqqxx }}"), "tag-unknown", "{{ zzqqxx"),
    "unknown field in a header": ("duties", in_header, "tag-unknown-guess", "{{ compny"),
    "unknown column of a table": (
        "budget", replaced("{{ r.basis }}", "{{ r.bassis }}"), "tag-unknown-guess", "{{ r.bassis"),
    "unclosed value": ("duties", add("甲{{ title 乙"), "tag-unclosed", "甲{{ title"),
    "value closed by half": ("duties", add("甲{{ title }乙"), "tag-unclosed", "甲{{ title }"),
    "value inside an unclosed one": (
        "duties", add("{{ title 甲{{ person }}"), "tag-unclosed", "{{ title"),
    "unclosed statement": ("duties", add("{% if title 甲"), "tag-unclosed", "{% if"),
    "end of a value alone": ("duties", add("甲 title }}乙"), "tag-unopened", "甲 title }}"),
    "full-width braces": ("duties", add("甲｛｛ title ｝｝"), "tag-wide", "甲｛｛"),
    "full-width percent sign": ("duties", add("{％ if title ％}"), "tag-wide", "{％"),
    "one full-width brace": ("duties", add("甲{{ title }｝"), "tag-wide", "甲{{ title"),
    "space between braces": ("duties", add("甲{ { title } }"), "tag-spaced", "甲{ {"),
    "Chinese quotes": (
        "duties", add("{% if title == “甲” %}乙{% endif %}"), "tag-quotes", "{% if title"),
    "full-width full stop": ("duties", add("{{ labels．x }}"), "tag-signs", "{{ labels．"),
    "full-width bracket": ("duties", add("{{ title（甲） }}"), "tag-signs", "{{ title（"),
    "no-break space": ("duties", add("甲{{\u00a0title }}"), "tag-space", "甲{{"),
    "full-width space": ("duties", add("甲{{\u3000title }}"), "tag-space", "甲{{"),
    "misspelt statement": (
        "duties", add("{% fro x in blocks %}甲{% endfor %}"), "tag-statement-guess", "{% fro"),
    "macro": ("duties", add("{% macro a() %}"), "tag-statement", "{% macro"),
    "include": ("duties", add("{% include 'a' %}"), "tag-statement", "{% include"),
    "loop without in": ("duties", add("{% for x blocks %}甲{% endfor %}"), "tag-for", "{% for x"),
    "loop never ended": ("duties", add("{%p for x in blocks %}"), "tag-open-for", "{%p for x"),
    "condition never ended": ("duties", add("{% if title %}甲"), "tag-open-if", "{% if title"),
    "end of no loop": ("duties", add("{%p endfor %}"), "tag-alone-endfor", "{%p endfor"),
    "end of no condition": ("duties", add("甲{% endif %}"), "tag-alone-endif", "甲{% endif"),
    "else of nothing": ("duties", add("甲{% else %}"), "tag-alone-else", "甲{% else"),
    "elif of nothing": ("duties", add("甲{% elif title %}"), "tag-alone-elif", "甲{% elif"),
    "crossed": (
        "duties", add("{% for x in blocks %}{% if title %}甲{% endfor %}{% endif %}"),
        "tag-crossed", "{% for x"),
    "wrong syntax": ("duties", add("甲{{ title + }}"), "tag-syntax", "甲{{ title"),
    "nothing in a value": ("duties", add("甲{{ }}"), "tag-empty", "甲{{ }}"),
    "unknown filter": ("duties", add("甲{{ title|grossbuchstaben }}"), "tag-filter", "甲{{ title|"),
    "call": ("duties", add("甲{{ title.upper() }}"), "tag-call", "甲{{ title.up"),
    "private attribute": ("duties", add("甲{{ title.__class__ }}"), "tag-unsafe", "甲{{ title.__"),
    "loop over a text": (
        "duties", add("{% for x in title %}甲{% endfor %}"), "tag-no-rows", "{% for x in title"),
    "value that takes its paragraph": ("duties", add("{{p title }}"), "tag-misplaced", "{{p title"),
    "text beside a paragraph tag": (
        "duties", add("甲{%p if title %}乙"), "tag-beside", "甲{%p if"),
    "row tag outside a table": ("duties", add("{%tr if title %}"), "tag-no-table", "{%tr if"),
    "cell tag outside a table": ("duties", add("{%tc if title %}"), "tag-no-table", "{%tc if"),
    "tag split by formatting": (
        "duties", runs(("甲{{ ti", False), ("tle }}乙", True)), "tag-split", "甲{{ title"),
    "normative block left out": ("system", without("in blocks"), "left-out", ""),
    "one style of a block left out": ("system", without("b.item"), "left-out-keys", ""),
    "table left out": ("budget", without("in totals"), "left-out", ""),
    "tracked insertion": ("duties", inside(INS), "tracked", "甲乙丙"),
    "tracked deletion": ("duties", inside(DEL), "tracked", "甲乙丙"),
    "text box": ("duties", inside(BOX), "text-box", "甲乙丙"),
    "hidden text": ("duties", inside(HIDDEN), "hidden", "甲乙丙"),
    "date that changes": ("duties", inside(TODAY), "field", "甲乙丙"),
    "field of a mail merge": ("duties", inside(MERGE), "field", "甲乙丙"),
    "content control": ("duties", inside(CONTROL), "control", "甲乙丙"),
    "embedded object": ("duties", inside(OBJECT), "object", "甲乙丙"),
    "run without a Chinese font": ("duties", font("ascii", "Arial"), "east-asian", "甲乙丙"),
    "run with a theme font": ("duties", font("asciiTheme", "minorHAnsi"), "theme-font", "甲乙丙"),
    "style without a Chinese font": ("duties", style_font, "style-font", ""),
    "style with a theme font": ("duties", style_theme, "style-theme", ""),
    "no Chinese font at all": ("duties", no_chinese_font, "no-east-asian", ""),
    "table without fixed widths": ("budget", loose_table, "table-layout", ""),
    "table without a grid": ("budget", no_grid, "table-grid", ""),
    "rows that break": ("budget", rows_may_split, "row-splits", ""),
    "paper that is not A4": ("duties", letter_paper, "not-a4", ""),
    "comment": ("duties", comment, "comments", ""),
    "picture from outside": ("duties", external_picture, "outside", ""),
    "protected": ("duties", protected, "protected", ""),
}  # fmt: skip


@pytest.mark.parametrize(("template", "edit", "code", "near"), FAULTS.values(), ids=FAULTS)
def test_a_fault_of_a_word_template_is_found_with_its_paragraph(
    template: str, edit: Edit, code: str, near: str, house: Path, workspace: Workspace
) -> None:
    name = f"{template}.docx"
    lean(house, name)
    edited(house / "templates" / name, edit)
    report = checking.check_house(house, workspace.library, workspace.wording)
    found = [f for f in report.faults if f.problem.code == f"house.{code}"]
    assert found, [f.problem.code for f in report.faults]
    assert found[0].file == f"templates/{name}"
    assert found[0].near.startswith(near)
    sentence = workspace.wording.problem(found[0].problem)
    assert near[:6] in sentence
    assert "?" not in sentence.replace(near, "")
    # The place is that of the paragraph in the file.
    if near and found[0].part == checking.BODY:
        document = Document(str(house / "templates" / name))
        paragraph = list(document.element.body.iter(qn("w:p")))[found[0].number]
        assert near[:4] in "".join(t.text or "" for t in paragraph.iter(qn("w:t")))
    (copy,) = write_annotated(report, house / "批注", workspace.wording)
    noted = [c.text for c in Document(str(copy)).comments]
    assert sentence in noted


def test_a_copy_with_comments_never_takes_the_place_of_a_file(
    house: Path, workspace: Workspace
) -> None:
    lean(house, "duties.docx")
    template = house / "templates" / "duties.docx"
    edited(template, add("{{ compny_name }}"))
    before = template.read_bytes()
    report = checking.check_house(house, workspace.library, workspace.wording)
    (copy,) = write_annotated(report, template.parent, workspace.wording)
    (again,) = write_annotated(report, template.parent, workspace.wording)
    assert (copy.name, again.name) == ("duties-2.docx", "duties-3.docx")
    assert template.read_bytes() == before
    assert not list(house.rglob("*.part"))


def test_several_faults_are_told_at_once(house: Path, workspace: Workspace) -> None:
    lean(house, "duties.docx", "budget.docx")
    for text in ("{{ compny_name }}", "甲｛｛ title ｝｝", "{{ title "):
        edited(house / "templates" / "duties.docx", add(text))
    edited(house / "templates" / "budget.docx", inside(INS))
    report = checking.check_house(house, workspace.library, workspace.wording)
    codes = {f.problem.code.removeprefix("house.") for f in report.faults}
    assert {"tag-unknown-guess", "tag-wide", "tag-unclosed", "tracked"} <= codes
    assert {f.file for f in report.faults} == {"templates/duties.docx", "templates/budget.docx"}


FILES = {
    "no package": (lambda path: path.write_bytes(b"PK\3\4junk"), "template.unreadable"),
    "cut off": (lambda path: path.write_bytes(path.read_bytes()[:4000]), "template.unreadable"),
    "a text": (lambda path: path.write_text("甲"), "template.unreadable"),
    "empty": (lambda path: path.write_bytes(b""), "template.unreadable"),
    "a workbook": (
        lambda path: shutil.copy(ROOT / "templates" / "matrix.xlsx", path), "template.unreadable"),
    "nearly our name": (
        lambda path: path.rename(path.with_name("dutis.docx")), "house.file-guess"),
}  # fmt: skip


@pytest.mark.parametrize(("damage", "code"), FILES.values(), ids=FILES)
def test_a_file_that_is_no_template(
    damage: Callable[[Path], object], code: str, house: Path, workspace: Workspace
) -> None:
    lean(house, "duties.docx")
    damage(house / "templates" / "duties.docx")
    report = checking.check_house(house, workspace.library, workspace.wording)
    assert code in {f.problem.code for f in report.faults}
    assert workspace.wording.problem(report.faults[0].problem)
    write_annotated(report, house / "批注", workspace.wording)


def with_macro(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("word/vbaProject.bin", b"x")


def test_a_macro_is_told(house: Path, workspace: Workspace) -> None:
    lean(house, "duties.docx")
    with_macro(house / "templates" / "duties.docx")
    report = checking.check_house(house, workspace.library, workspace.wording)
    assert "house.macro" in {f.problem.code for f in report.faults}


# ---------------------------------------------------------------- faults of workbooks and words


def cell(name: str, value: str) -> Callable[[Path], None]:
    def edit(path: Path) -> None:
        book = load_workbook(path)
        book.worksheets[0][name] = value
        book.save(path)

    return edit


SHEETS = {
    "unknown field": (cell("A2", "{{ compny_name }}"), "tag-unknown-guess"),
    "full-width braces": (cell("A2", "｛｛ title ｝｝"), "tag-wide"),
    "unclosed": (cell("A2", "{{ title "), "tag-unclosed"),
    "smart quotes": (cell("A2", "{% if title == “甲” %}"), "tag-quotes"),
    "alone": (cell("A2", "{%tr endfor %}"), "tag-alone-endfor"),
}


@pytest.mark.parametrize(("edit", "code"), SHEETS.values(), ids=SHEETS)
def test_a_fault_of_a_workbook_is_found(
    edit: Callable[[Path], None], code: str, house: Path, workspace: Workspace
) -> None:
    lean(house, "budget.xlsx")
    edit(house / "templates" / "budget.xlsx")
    report = checking.check_house(house, workspace.library, workspace.wording)
    assert f"house.{code}" in {f.problem.code for f in report.faults}


WORDS: dict[str, tuple[str, str, str]] = {
    "unknown file": ("documents/dutis.yaml", "title: 甲\n", "house.no-such-words-guess"),
    "quite unknown file": ("甲.yaml", "a: b\n", "house.no-such-words"),
    "misspelt key": ("documents/duties.yaml", "titel: 甲\n", "house.unknown-key-guess"),
    "unknown part": ("documents/duties.yaml", "parts: {zzqqxx: 甲}\n", "house.unknown-key"),
    "a text for a group": ("documents/duties.yaml", "parts: 甲\n", "house.wrong-shape"),
    "no yaml": ("documents/duties.yaml", "title: [甲\n", "yaml.syntax"),
    "unknown value": (
        "documents/duties.yaml", 'title: "{{ compny.name }}"\n', "content.unknown-placeholder"),
    "a recommendation hardened": (
        "standards/db50-t-1696-2024.yaml", "", "content.modality"),
}  # fmt: skip


@pytest.mark.parametrize(("file", "text", "code"), WORDS.values(), ids=WORDS)
def test_a_fault_of_the_words_is_found(
    file: str, text: str, code: str, house: Path, workspace: Workspace
) -> None:
    lean(house, "duties.docx")
    path = house / "wording" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    if not text:
        name, words = next(
            (c.topic, workspace.wording.topics[c.topic]["text"])
            for s in workspace.library.standards
            for c in s.clauses
            if c.modality == "should" and c.key not in workspace.wording.clause_words
        )
        path = house / "wording" / "topics.yaml"
        hardened = words.replace("{{ modal }}", "应").replace("宜", "应")
        text = f'{name}: {{text: "{hardened}"}}\n'
    path.write_text(text)
    report = checking.check_house(house, workspace.library, workspace.wording)
    codes = {f.problem.code for f in report.faults}
    assert any(one.startswith(code) for one in codes), codes


# ---------------------------------------------------------------- tags and names


def test_every_name_can_be_printed(workspace: Workspace) -> None:
    names = known_names(workspace.library, workspace.wording)
    assert {"company_name", "person", "term_start", "limit_capital"} <= names.values.keys()
    assert names.meaning("企业名称") == "company.name"
    assert names.meaning("统一社会信用代码") == "company.credit_code"
    assert names.meaning("nothing") is None
    assert all(name.isidentifier() for name in (*names.values, *names.labels))


def test_tags_are_read_in_their_order() -> None:
    known = Known(frozenset({"rows", "title"}), {"rows": frozenset({"a"})})
    texts = [Text("{%tr for r in rows[1:] %}", True), Text("{{ r.a }}{{ loop.index }}", True),
             Text("{%tr endfor %}", True), Text("{# {{ nothing }} #}{{ title }}")]  # fmt: skip
    found = scan(texts, known)
    assert found.faults == []
    assert found.loops == {"rows": {"a"}}


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "house"
    assert cli.run(["templates", "copy", str(folder)]) == 0
    assert cli.run(["templates", "check", str(folder)]) == 0
    assert cli.run(["templates", "list", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "自备文件夹没有问题" in said
    assert "company_name" in said
    edited(folder / "templates" / "duties.docx", add("{{ compny_name }}"))
    assert cli.run(["templates", "check", str(folder), "--json"]) == 1
    (told,) = json.loads(capsys.readouterr().out)
    assert told["file"] == "templates/duties.docx"
    assert told["code"] == "house.tag-unknown-guess"
    assert (folder / "批注" / "duties.docx").is_file()

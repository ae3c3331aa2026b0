"""What people do to written packs, each with the kind of finding that must tell it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from packs import (
    change_answers,
    change_manifest,
    copy_row,
    delete,
    delete_row,
    file_in,
    fill_cell,
    find_cell,
    paste,
    repack,
    replace,
    set_cell,
    set_in_row,
)  # fmt: skip

STEEL, MACHINE, FOOD = "太原市汾朔", "重庆市砚峡", "晋城市沁香源"
ELECTRONICS, PARTS = "东莞朗岬", "重庆市綦岚"


class Seed(NamedTuple):
    """One thing that somebody did to a pack, and the finding and the file that must tell it."""

    name: str
    code: str
    file: str
    edit: Callable[[Path], object]
    company: str = STEEL


LETTER, DECISION, POWERS, DUTIES = "02-", "01-", "03-", "04-"
SCORES, BUDGET, SYSTEM, CONFIRM = "05-考核表.docx", "06-专项经费预算.docx", "07-", "16-"
SCORES_X, BUDGET_X, MATRIX = "05-考核表.xlsx", "06-专项经费预算.xlsx", "17-"
POSTED = "阎若谷", "阎若虚"


def swap(one: Path, other: Path) -> None:
    """Exchange two files."""
    spare = one.with_name("spare")
    one.rename(spare)
    other.rename(one)
    spare.rename(other)


def of_another(company: str, part: str) -> Callable[[Path], object]:
    """Put the file of another company in its place."""

    def edit(pack: Path) -> None:
        other = next(p for p in ORIGINALS[0].iterdir() if p.name.startswith(company))
        shutil.copyfile(file_in(other, part), file_in(pack, part))

    return edit


# Where the packs of all companies are, for the seeds that mix them.
ORIGINALS: list[Path] = []


def r(part: str, old: str, new: str) -> Callable[[Path], object]:
    """Replace words in the first paragraph that holds them."""
    return lambda pack: replace(pack, part, old, new)


SEEDS = (
    # names and codes of the company
    Seed(
        "company in the decision",
        "company",
        DECISION,
        r(DECISION, "太原市汾朔特种型钢有限责任公司第四届", "太原市汾朔型钢有限责任公司第四届"),
    ),
    Seed(
        "company in the notice",
        "company",
        DECISION,
        r(DECISION, "为太原市汾朔特种型钢有限责任公司首席", "为太原市汾朔特种钢材有限公司首席"),
    ),
    Seed(
        "company in the letter",
        "company",
        LETTER,
        r(LETTER, "太原市汾朔特种型钢有限责任公司", "太原汾朔型钢有限责任公司"),
    ),
    Seed(
        "company in a form",
        "company",
        SCORES,
        r(SCORES, "太原市汾朔特种型钢有限责任公司", "太原市汾朔特种型钢有限公司"),
    ),
    Seed("credit code", "company", POWERS, r(POWERS, "91000000100000", "91000000200000")),
    Seed(
        "company in a sheet",
        "company",
        BUDGET_X,
        lambda p: set_cell(p, BUDGET_X, "预算表", "A2", "编制单位：太原汾朔公司"),
    ),
    # persons
    Seed("officer in the decision", "person", DECISION, r(DECISION, *POSTED)),
    Seed("officer in the letter", "person", LETTER, r(LETTER, *POSTED)),
    Seed("officer in the authorization", "person", POWERS, r(POWERS, "阎若谷（", "严若谷（")),
    Seed("officer in the duties", "person", DUTIES, r(DUTIES, *POSTED)),
    Seed("officer in the scores", "person", SCORES, r(SCORES, *POSTED)),
    Seed(
        "officer in the score sheet",
        "person",
        SCORES_X,
        lambda p: set_cell(p, SCORES_X, "考核表", "E2", "被考核人：阎若虚"),
    ),
    Seed("legal representative", "person", POWERS, r(POWERS, "武延岭", "武延龄")),
    Seed("nominating manager", "person", DECISION, r(DECISION, "贾承烈提名", "贾承业提名")),
    # posts and bodies
    Seed("title in the letter", "post", LETTER, r(LETTER, "首席质量官", "首席质量总监")),
    Seed("title in the duties", "post", DUTIES, r(DUTIES, "首席质量官", "质量总监")),
    Seed("level", "post", DUTIES, r(DUTIES, "副总经理级", "部门负责人级")),
    Seed("former post", "post", DECISION, r(DECISION, "质量管理部部长", "质量管理部副部长")),
    Seed("reporting line", "post", SYSTEM, r(SYSTEM, "直接向总经理报告", "直接向董事会报告")),
    Seed("departments", "post", DUTIES, r(DUTIES, "检测中心", "检验中心")),
    Seed("deciding body", "post", SYSTEM, r(SYSTEM, "由董事会决定聘任", "由股东会决定聘任")),
    # dates
    Seed(
        "day of the decision",
        "date",
        DECISION,
        r(DECISION, "2026年10月26日召开", "2026年10月27日召开"),
    ),
    Seed(
        "day of the letter",
        "date",
        DECISION,
        r(DECISION, "2026年10月28日印发", "2026年10月29日印发"),
    ),
    Seed(
        "day cited in the authorization",
        "date",
        POWERS,
        r(POWERS, "2026年10月26日", "2026年9月26日"),
    ),
    Seed("day of the party", "date", DECISION, r(DECISION, "2026年10月19日", "2026年10月29日")),
    Seed("day line deleted", "date", DECISION, lambda p: delete(p, DECISION, "2026年10月28日")),
    # term
    Seed("start in the duties", "term", DUTIES, r(DUTIES, "2026年11月1日至", "2026年12月1日至")),
    Seed(
        "end in the authorization",
        "term",
        POWERS,
        r(POWERS, "2029年10月31日止", "2030年10月31日止"),
    ),
    Seed("years in the decision", "term", DECISION, r(DECISION, "任期3年", "任期5年")),
    Seed("years in the system", "term", SYSTEM, r(SYSTEM, "每届任期3年", "每届任期五年")),
    # numbers of papers and figures
    Seed("number of the notice", "number", DECISION, r(DECISION, "〔2026〕83号", "〔2026〕38号")),
    Seed("number of the authorization", "number", POWERS, r(POWERS, "〔2026〕7号", "〔2026〕17号")),
    Seed("votes", "figure", DECISION, r(DECISION, "同意6票", "同意7票")),
    Seed("years of experience", "term", DUTIES, r(DUTIES, "满5年", "满3年")),
    Seed("share of the superior", "figure", SCORES, r(SCORES, "上级评分占60%", "上级评分占40%")),
    # sums
    Seed("a quarter", "quarters", BUDGET, r(BUDGET, "80,000.00", "90,000.00")),
    Seed("a year", "quarters", BUDGET, r(BUDGET, "420,000.00", "402,000.00")),
    Seed("the total", "total", BUDGET, r(BUDGET, "1,840,000.00", "1,480,000.00")),
    Seed(
        "the total in capitals",
        "capital",
        BUDGET,
        r(BUDGET, "壹佰捌拾肆万元整", "壹佰肆拾捌万元整"),
    ),
    Seed(
        "a quarter in the sheet",
        "files-differ",
        BUDGET_X,
        lambda p: set_cell(p, BUDGET_X, "预算表", "G7", 90000),
    ),
    Seed("an item deleted", "total", BUDGET, lambda p: delete_row(p, BUDGET, "型钢表面缺陷攻关")),
    Seed(
        "an item added",
        "row-unknown",
        BUDGET,
        lambda p: copy_row(p, BUDGET, "型钢表面缺陷攻关", {0: "11", 2: "展会"}),
    ),
    Seed(
        "a total made fixed",
        "formula",
        BUDGET_X,
        lambda p: set_cell(p, BUDGET_X, "预算表", "K15", 1840000),
    ),
    # weights
    Seed("a weight", "weights", SCORES, lambda p: set_in_row(p, SCORES, "质量安全事故", 6, "25")),
    Seed(
        "a weight in the sheet",
        "weights",
        SCORES_X,
        lambda p: set_cell(p, SCORES_X, "考核表", "G7", 30),
    ),
    Seed(
        "an indicator deleted", "weights", SCORES, lambda p: delete_row(p, SCORES, "质量安全事故")
    ),
    # limits and capital sums
    Seed("limit in the authorization", "limit", POWERS, r(POWERS, "¥300,000.00", "¥500,000.00")),
    Seed(
        "limit in the system",
        "limit",
        SYSTEM,
        r(SYSTEM, "叁拾万元整（¥300,000.00）", "伍拾万元整（¥500,000.00）"),
    ),
    Seed("limit in the budget", "capital", BUDGET, r(BUDGET, "叁拾万元整", "叁佰万元整")),
    Seed(
        "limit taken out", "limit", POWERS, r(POWERS, "人民币叁拾万元整（¥300,000.00）", "规定数额")
    ),
    # powers
    Seed(
        "a power pasted",
        "authority-unknown",
        POWERS,
        lambda p: paste(p, POWERS, "就加强质量工作", "决定本企业质量管理机构的设置和人员任免。"),
    ),
    Seed(
        "a power widened",
        "authority",
        POWERS,
        r(POWERS, "主持本企业内部质量考核，在考核中行使", "行使"),
    ),
    Seed("a power of others", "authority", POWERS, r(POWERS, "就加强质量工作", "就本企业一切工作")),
    # roles
    Seed(
        "he signs his own authorization",
        "roles",
        POWERS,
        lambda p: fill_cell(p, POWERS, "授权人（盖章）：", "阎若谷"),
    ),
    Seed(
        "he assesses himself",
        "roles",
        SCORES,
        lambda p: fill_cell(p, SCORES, "考核人（签字）：", "阎若谷"),
    ),
    Seed(
        "he approves his own duties",
        "roles",
        DUTIES,
        lambda p: fill_cell(p, DUTIES, "批准", "阎若谷"),
    ),
    Seed(
        "he approves what exceeds his limit",
        "roles-text",
        POWERS,
        r(POWERS, "超过的，报总经理审批", "超过的，由首席质量官审批"),
    ),
    Seed(
        "he hears his own reports",
        "roles-text",
        DUTIES,
        lambda p: set_in_row(p, DUTIES, "报告对象", 1, "首席质量官"),
    ),
    Seed(
        "he takes part in his own result",
        "modality",
        SCORES,
        r(SCORES, "不参与本人考核", "参与本人考核"),
    ),
    # modal words
    Seed("宜 to 应", "modality", SYSTEM, r(SYSTEM, "宜由首席质量官领导", "应由首席质量官领导")),
    Seed("应 to 宜", "modality", SYSTEM, r(SYSTEM, "应加大", "宜加大")),
    Seed("不得 to 可", "modality", DUTIES, r(DUTIES, "不得泄露", "可泄露")),
    Seed("不得 taken out", "modality", SYSTEM, r(SYSTEM, "不得泄露", "泄露")),
    Seed("鼓励 to 必须", "modality", SYSTEM, r(SYSTEM, "鼓励首席质量官积极", "首席质量官必须积极")),
    Seed(
        "a statement hardened",
        "modality",
        DUTIES,
        r(DUTIES, "1.组织制定质量发展战略", "1.应组织制定质量发展战略"),
    ),
    Seed(
        "a statement denied",
        "modality",
        DUTIES,
        r(DUTIES, "开展质量教育培训", "不开展质量教育培训"),
    ),
    Seed("应 to 不得", "modality", DUTIES, r(DUTIES, "应保守", "不得保守")),
    Seed(
        "应 to 可 elsewhere", "modality", SYSTEM, r(SYSTEM, "应以制度文件", "可以制度文件"), MACHINE
    ),
    # paragraphs
    Seed(
        "a duty deleted",
        "paragraph-missing",
        DUTIES,
        lambda p: delete(p, DUTIES, "建立并实施先进的质量管理体系"),
    ),
    Seed(
        "conduct deleted",
        "paragraph-missing",
        SYSTEM,
        lambda p: delete(p, SYSTEM, "应保守本企业商业秘密"),
    ),
    Seed(
        "charge deleted from the letter",
        "paragraph-missing",
        LETTER,
        lambda p: delete(p, LETTER, "望您恪尽职守"),
    ),
    Seed("a heading deleted", "paragraph-missing", SYSTEM, lambda p: delete(p, SYSTEM, "第六章")),
    Seed("limit deleted", "paragraph-missing", POWERS, lambda p: delete(p, POWERS, "单笔质量支出")),
    Seed(
        "a duty pasted",
        "paragraph-unknown",
        DUTIES,
        lambda p: paste(p, DUTIES, "8.开展质量教育培训", "10.负责本企业财务报表的审核。"),
    ),
    Seed(
        "a rule pasted",
        "paragraph-unknown",
        SYSTEM,
        lambda p: paste(p, SYSTEM, "第二十七条", "各部门必须每月上报质量数据"),
    ),
    Seed(
        "a paragraph doubled",
        "paragraph-unknown",
        DUTIES,
        lambda p: paste(p, DUTIES, "8.开展质量教育培训", "8.开展质量教育培训。"),
    ),
    # cited instruments, reports
    Seed(
        "instrument",
        "basis",
        DECISION,
        r(DECISION, "晋市监发〔2021〕264号", "晋市监发〔2022〕264号"),
    ),
    Seed(
        "status in the matrix",
        "record",
        MATRIX,
        lambda p: set_cell(
            p, MATRIX, "条款对照", find_cell(p, MATRIX, "条款对照", "未满足"), "已满足"
        ),
    ),
    Seed(
        "verdict in the report", "record", CONFIRM, r(CONFIRM, "符合任职条件", "完全满足任职条件")
    ),
    Seed(
        "verdict in the matrix",
        "record",
        MATRIX,
        lambda p: set_cell(p, MATRIX, "资格结论", "B4", "不符合"),
    ),
    Seed("依据 for 参照", "marks", POWERS, r(POWERS, "参照《关于开展", "依据《关于开展")),
    Seed("own rule not called so", "marks", SYSTEM, r(SYSTEM, "为本企业规定", "为有关规定")),
    Seed(
        "a duty reworded", "wording", DUTIES, r(DUTIES, "质量管理体系的建设", "财务管理体系的建设")
    ),
    Seed("copies to", "answer", DECISION, r(DECISION, "党委各部门", "各部门")),
    Seed("cycle", "answer", DUTIES, r(DUTIES, "按年度考核", "按季度考核")),
    Seed("a member of the board", "person", DECISION, r(DECISION, "霍景行", "霍景星")),
    Seed(
        "an item of the budget", "answer", BUDGET, r(BUDGET, "型钢表面缺陷攻关", "型钢内部缺陷攻关")
    ),
    Seed(
        "an indicator in Word alone",
        "elsewhere",
        SCORES,
        r(SCORES, "重大质量安全事故为零", "杜绝重大质量安全事故"),
    ),
    # left behind
    Seed(
        "a tag",
        "tag",
        SYSTEM,
        r(SYSTEM, "本制度在本企业内公示", "{{ company.name }}在本企业内公示"),
    ),
    Seed("None", "tag", LETTER, r(LETTER, "特颁此书", "特颁此书None")),
    # files
    Seed("deleted", "file-missing", LETTER, lambda p: file_in(p, LETTER).unlink()),
    Seed("deleted sheet", "file-missing", BUDGET_X, lambda p: file_in(p, BUDGET_X).unlink()),
    Seed(
        "renamed",
        "file-renamed",
        "聘任书（定稿）",
        lambda p: file_in(p, LETTER).rename(p / "聘任书（定稿）.docx"),
    ),
    Seed(
        "added",
        "file-unknown",
        "18-",
        lambda p: shutil.copyfile(file_in(p, LETTER), p / "18-补充授权.docx"),
    ),
    Seed(
        "two exchanged",
        "file-other",
        LETTER,
        lambda p: swap(file_in(p, LETTER), file_in(p, POWERS)),
    ),
    Seed("letter of another company", "file-other", LETTER, of_another(MACHINE, LETTER)),
    Seed("authorization of another company", "file-other", POWERS, of_another(MACHINE, POWERS)),
    Seed("budget of another company", "file-other", BUDGET_X, of_another(MACHINE, BUDGET_X)),
    Seed("duties of another company", "file-other", DUTIES, of_another(ELECTRONICS, DUTIES)),
    Seed(
        "truncated",
        "file-unreadable",
        SYSTEM,
        lambda p: file_in(p, SYSTEM).write_bytes(file_in(p, SYSTEM).read_bytes()[:3000]),
    ),
    Seed("empty", "file-unreadable", DUTIES, lambda p: file_in(p, DUTIES).write_bytes(b"")),
    Seed(
        "truncated sheet",
        "file-unreadable",
        SCORES_X,
        lambda p: file_in(p, SCORES_X).write_bytes(file_in(p, SCORES_X).read_bytes()[:9000]),
    ),
    Seed(
        "a result written over",
        "result",
        BUDGET_X,
        lambda p: repack(
            file_in(p, BUDGET_X),
            lambda n, d: (
                d.replace(b"<v>1840000</v>", b"<v>1480000</v>", 1)
                if n.endswith("sheet1.xml")
                else d
            ),
        ),
    ),
    # manifest and answers
    Seed(
        "digest",
        "manifest",
        "manifest.json",
        lambda p: change_manifest(p, lambda m: m["files"][1].update(sha256="0" * 64)),
    ),
    Seed(
        "verdict in the manifest",
        "manifest",
        "manifest.json",
        lambda p: change_manifest(p, lambda m: m.update(verdict="fail")),
    ),
    Seed(
        "company in the manifest",
        "manifest",
        "manifest.json",
        lambda p: change_manifest(p, lambda m: m.update(company="别家公司")),
    ),
    Seed(
        "roles in the manifest",
        "manifest",
        "manifest.json",
        lambda p: change_manifest(p, lambda m: m["standards"].update({"gd-norm-2024": "basis"})),
    ),
    Seed(
        "day in the manifest",
        "manifest",
        "manifest.json",
        lambda p: change_manifest(p, lambda m: m.update(as_of="2026-11-20")),
    ),
    Seed(
        "entry left out",
        "not-listed",
        LETTER,
        lambda p: change_manifest(p, lambda m: m["files"].pop(1)),
    ),
    Seed(
        "officer in the answers",
        "answers-changed",
        "answers.yaml",
        lambda p: change_answers(p, *POSTED),
    ),
    Seed("papers behind the answers", "behind", LETTER, lambda p: change_answers(p, *POSTED)),
    Seed(
        "answers deleted",
        "answers-missing",
        "answers.yaml",
        lambda p: (p / "answers.yaml").unlink(),
    ),
    Seed(
        "answers broken",
        "answers-unreadable",
        "answers.yaml",
        lambda p: (p / "answers.yaml").write_text("company: [", encoding="utf-8"),
    ),
)

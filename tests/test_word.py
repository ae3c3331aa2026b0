"""What the Word templates and their renderer promise."""

from __future__ import annotations

import importlib.util
import io
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cases import DB50, STATE_OWNED, adopting, make_papers
from docx import Document
from docx.shared import Pt
from lxml import etree

from cqo_docs.base.errors import ContentError
from cqo_docs.office.pdf import count_pages, to_pdf
from cqo_docs.render import render_file as render_word

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "templates"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
KINDS = ("heading1", "heading2", "body", "item", "plain", "note", "center")

Context = dict[str, Any]


# ---------------------------------------------------------------- one invented company

COMPANY = "晋中云陉精工机械股份有限公司"
OFFICER = "陈知远"
POST = "首席质量官"
DAY = "2026年11月23日"
COMMON: Context = {"company_name": COMPANY, "date": DAY, "as_of": date(2026, 11, 23)}


def block(kind: str, text: str) -> dict[str, str]:
    """One paragraph of a flow."""
    return {key: text if key == kind else "" for key in KINDS}


def flow(*lines: str) -> list[dict[str, str]]:
    """Paragraphs whose kind is read from the way they are numbered."""

    def kind(line: str) -> str:
        if line[1:2] == "、" and line[0] in "一二三四五六七八九十":
            return "item" if line.endswith("。") else "heading1"
        if line.startswith("（") and line[1] in "一二三四五六七八九十":
            return "heading2"
        if line.startswith("注："):
            return "note"
        return "item" if line[0].isdigit() else "body"

    return [block(kind(line), line) for line in lines]


def pairs(*rows: tuple[str, ...]) -> list[dict[str, str]]:
    """Rows of two labels and values; a short row leaves the second pair out."""
    keys = ("label", "value", "label2", "value2")
    return [dict(zip(keys, (*row, "", "")[:4], strict=True)) for row in rows]


def records(keys: str, *rows: tuple[str, ...]) -> list[dict[str, str]]:
    """Rows of a table."""
    return [dict(zip(keys.split(), row, strict=True)) for row in rows]


FILL = "＿＿＿＿＿＿"

DECISION: Context = COMMON | {
    "title": f"关于聘任{OFFICER}为{POST}的决定",
    "act_title": "第三届董事会第七次会议决议",
    "act_number": "云陉董〔2026〕7号",
    "act": flow(
        "晋中云陉精工机械股份有限公司第三届董事会第七次会议于2026年11月20日在公司三楼会议室"
        "以现场方式召开。会议由董事长赵崇山召集并主持，应到董事5人，实到董事5人。"
        "会议的召集、召开和表决程序符合《中华人民共和国公司法》和公司章程。",
        "会议审议了总经理提名聘任首席质量官的议案，听取了对拟聘人员任职条件的审查情况，形成如下决议：",
        "一、聘任事项",
        f"聘任{OFFICER}为公司首席质量官，专职，按副总经理级管理，任期三年，"
        "自2026年12月1日起至2029年11月30日止。",
        "二、汇报关系",
        "首席质量官在总经理领导下开展工作，重大质量问题可以直接向董事会报告。",
        "三、授权",
        "授权法定代表人签署聘任书、授权书，并由综合管理部办理备案及劳动合同变更手续。",
        "表决结果：同意5票，反对0票，弃权0票。",
    ),
    "act_signers": records(
        "label line",
        ("董事长：", f"签名{FILL}"),
        ("董事：", f"签名{FILL}"),
        ("董事：", f"签名{FILL}"),
        ("董事：", f"签名{FILL}"),
        ("独立董事：", f"签名{FILL}"),
    ),
    "act_organ": "晋中云陉精工机械股份有限公司董事会",
    "act_date": "2026年11月20日",
    "issuer_mark": f"{COMPANY}文件",
    "notice_number": "云陉人〔2026〕18号",
    "notice_title": f"关于聘任{OFFICER}为{POST}的通知",
    "addressee": "各部门、各车间、各子公司：",
    "notice": flow(
        "为落实质量主体责任，健全质量管理组织，依据公司第三届董事会第七次会议2026年11月20日决议"
        f"（云陉董〔2026〕7号），现将{POST}聘任事项通知如下：",
        f"一、聘任{OFFICER}为公司{POST}，专职履行职责，不再担任质量管理部部长。",
        "二、任期三年，自2026年12月1日起至2029年11月30日止。",
        f"三、{POST}对总经理负责并报告工作，分管质量管理部、检验中心和计量室。",
        f"四、各部门、各车间应当配合{POST}履行职责，服从其在授权范围内作出的质量决定。",
        "本通知自印发之日起执行。",
    ),
    "copies_to": "抄送：公司董事、监事、高级管理人员，公司党支部，工会委员会，各子公司执行董事，"
    "晋中市市场监督管理局。",
    "printed_by": "云陉精工综合管理部",
    "printed_date": "2026年11月23日印发",
}

APPOINTMENT: Context = COMMON | {
    "number": "云陉聘字〔2026〕3号",
    "title": "聘任书",
    "addressee": f"{OFFICER}先生：",
    "letter": flow(
        f"兹聘任您为{COMPANY}{POST}，聘期三年，自2026年12月1日起至2029年11月30日止。",
        "望您恪尽职守，统筹质量战略，守住质量安全底线，带领全员持续改进。",
        "此聘。",
    ),
    "signer_label": "法定代表人：",
    "signer": FILL,
}

AUTHORIZATION: Context = COMMON | {
    "title": f"{POST}授权书",
    "number": "云陉授〔2026〕5号",
    "parties": records(
        "label value",
        ("授权人", COMPANY),
        ("统一社会信用代码", "91140700MA0KX8T27Q"),
        ("法定代表人", "赵崇山"),
        ("被授权人", f"{OFFICER}（{POST}，副总经理级）"),
        ("授权期限", "2026年12月1日至2029年11月30日"),
    ),
    "blocks": flow(
        f"为保证{POST}独立、有效履行职责，依据公司第三届董事会第七次会议决议，现就有关权限授权如下。",
        "一、决定事项",
        "1.决定年度质量计划的分解方案和质量检查安排；",
        "2.在单笔人民币50,000元以内决定质量专项经费的使用，超出部分报总经理批准；",
        "3.决定质量管理部、检验中心、计量室内部人员的工作调配。",
        "二、审批事项",
        "1.审批质量手册、程序文件和检验规程；",
        "2.审批不合格品的评审处置意见和让步接收申请；",
        "3.审批供方质量准入与退出名单。",
        "三、否决事项",
        "1.在内部质量考核中，对存在质量安全问题的部门和人员行使一票否决；",
        "2.对未经检验或者检验不合格的产品，否决其转序、入库和出厂。",
        "四、建议事项",
        "1.对重大投资、技术改造和新产品立项提出质量意见；",
        "2.对质量岗位人员的任免、奖惩和薪酬提出建议。",
        "五、参与事项",
        "1.参加总经理办公会和涉及质量的经营决策会议；",
        "2.参与重大合同评审和重要供方的选择。",
        "六、保留事项与限制",
        "法律、行政法规和公司章程规定由股东会、董事会行使的职权不在授权之列。"
        "未经授权人书面同意，被授权人不得将上述权限转授他人。",
        "法定代表人或者被授权人变更的，自变更之日起三十日内重新签署本授权书。",
        "本授权书一式三份，授权人、被授权人各执一份，综合管理部存档一份，自双方签署之日起生效。",
    ),
    "signatures": records(
        "left right",
        ("授权人：（盖章）", "被授权人：（签字）"),
        (f"法定代表人：{FILL}", f"签名：{FILL}"),
        (f"日期：{FILL}", f"日期：{FILL}"),
    ),
}

APPOINTMENT_AUTHORIZATION: Context = COMMON | {
    "title": f"{POST}聘任与授权书",
    "appointment": APPOINTMENT,
    "authorization": AUTHORIZATION,
}

DUTY_GROUPS = {
    "总体职责": (
        "贯彻质量法律法规，组织识别并落实适用要求",
        "拟订质量方针和目标，报总经理批准后分解到部门与班组",
        "编制中长期质量规划和年度质量计划，按季度检查进度",
        "建立并保持质量管理体系，组织内部审核，向管理评审提交报告",
        "主持质量例会，协调跨部门质量问题，形成纪要并跟踪关闭",
        "拟订质量奖惩办法，提出奖励与考核意见",
        "统计质量成本，按月分析预防、鉴定和损失费用的构成",
        "组织质量教育，年度人均学时不少于24学时",
        "总结质量管理经验，每年至少编写两个典型案例",
        "配合市场监督管理部门的检查，及时报告重大质量事项",
    ),
    "质量安全": (
        "识别关键工序的质量风险，建立清单并每半年更新",
        "组织原料进厂检验，审核供方的质量证明文件",
        "监督生产过程的首件确认、巡回检验和工艺纪律",
        "把好出厂检验关，批准检验报告并保证记录可追溯",
        "设置质量安全控制岗位，明确上岗条件和职责",
        "组织不合格品的标识、隔离、评审与处置",
        "建立缺陷产品信息收集和召回制度，开展演练",
        "组织质量事故调查，查明原因并验证纠正措施",
        "审核产品标识、说明书和警示内容的准确性",
        "建立顾客投诉闭环机制，二十四小时内首次回复",
    ),
    "质量基础设施": (
        "编制计量器具台账和周期检定计划，确保量值准确",
        "改进检验实验室的设备、环境和人员能力",
        "推动采用先进标准，组织企业标准的编制与自我声明公开",
        "参加行业和团体标准起草，跟踪标准动态",
        "组织产品认证与体系认证，保持证书有效",
        "评价测量系统，关键特性的测量能力满足要求",
        "建立标准文本库，保证现场使用有效版本",
        "组织能力验证和实验室间比对，处理可疑结果",
        "推进检验数据在线采集，减少人工转录",
        "核查外部检测机构的资质，评价其服务质量",
    ),
    "质量竞争力与其他": (
        "组织质量攻关和质量管理小组活动，评审活动成果",
        "推广统计过程控制、失效模式分析等方法",
        "对照标杆企业找差距，提出赶超目标与措施",
        "培育质量文化，组织质量月和技能比武",
        "制订品牌培育计划，维护商标和产品声誉",
        "组织顾客满意度调查，分析结果并落实改进",
        "推动供应链质量协同，对重点供方实施帮扶",
        "提出质量技术创新课题，评估实施效果",
        "建立质量人才梯队，推荐人员参加培训和职称评审",
        "完成董事会和总经理交办的其他质量工作",
    ),
}

DUTIES: Context = COMMON | {
    "title": f"{POST}岗位职责说明书",
    "post_info": pairs(
        ("岗位名称", POST, "岗位编号", "YX-GL-006"),
        ("任职人", OFFICER, "岗位层级", "副总经理级"),
        ("所属部门", "公司领导班子", "任职方式", "专职"),
        ("直接上级", "总经理", "聘任机关", "董事会"),
        ("分管部门", "质量管理部、检验中心、计量室"),
        ("适用期间", "2026年12月1日至2029年11月30日"),
    ),
    "blocks": flow(
        "一、岗位宗旨",
        "统筹公司质量战略和质量管理，守住质量安全底线，提升产品竞争力和顾客满意程度。",
        "二、岗位职责",
        *(
            line
            for number, (group, lines) in zip("一二三四", DUTY_GROUPS.items(), strict=True)
            for line in (
                f"（{number}）{group}",
                *(f"{i}.{text}；" for i, text in enumerate(lines[:-1], 1)),
                f"{len(lines)}.{lines[-1]}。",
            )
        ),
        "三、工作协作",
        "与生产部门协同控制过程质量，与采购部门协同管理供方，与销售部门协同处理顾客反馈，"
        "与人力资源部门协同安排质量教育。",
        "四、责任",
        "未履行或者未正确履行上述职责，造成质量损失的，按照公司制度承担相应责任。",
        "注：本说明书为本企业规定，随任职人和组织机构变化及时修订。",
    ),
    "approvals": pairs(
        ("编制", FILL, "日期", FILL),
        ("审核", FILL, "日期", FILL),
        ("批准", FILL, "日期", FILL),
        ("版本", "A/0", "实施日期", "2026年12月1日"),
    ),
}

ASSESSMENT_LABELS: Context = {
    "indicators": {
        "caption": "一、考核指标",
        "no": "序号",
        "group": "类别",
        "name": "指标",
        "target": "目标值",
        "evidence": "数据来源",
        "scoring": "评分办法",
        "weight": "权重",
        "self": "自评",
        "superior": "上级",
        "board": "董事会",
    },
    "grades": {"caption": "三、考核等级", "grade": "等级", "range": "得分", "result": "说明"},
    "talk": {"caption": "五、考核面谈"},
    "chart": {"caption": "各类指标权重"},
}

ASSESSMENT: Context = COMMON | {
    "title": f"{POST}2027年度考核表",
    "labels": ASSESSMENT_LABELS,
    "chart": records(
        "name weight",
        ("质量管理", "42"),
        ("质量安全", "35"),
        ("质量改进", "13"),
        ("能力建设", "10"),
    ),
    "info": pairs(
        ("姓名", OFFICER, "岗位", POST),
        ("考核周期", "年度", "考核期间", "2027年1月1日至12月31日"),
        ("考核机关", "董事会", "直接上级", "总经理"),
    ),
    "intro": flow(
        "考核按照公平、公开、以事实为据的原则进行。自评分只作记录，不计入总分；"
        "总分按上级评分60%、董事会评分40%加权计算。",
    ),
    "indicators": records(
        "no group name target evidence scoring weight self superior board",
        (
            "1",
            "质量管理",
            "年度质量目标达成率",
            "≥95%",
            "质量目标考核表",
            "达到目标得满分；每低1个百分点扣1分，低于85%不得分",
            "12",
            "",
            "",
            "",
        ),
        (
            "2",
            "",
            "体系审核不符合项关闭率",
            "100%",
            "内审、外审报告",
            "按期全部关闭得满分；每逾期1项扣2分，扣完为止",
            "8",
            "",
            "",
            "",
        ),
        ("3", "", "质量例会召开次数", "12次", "会议纪要", "每少1次扣1分", "6", "", "", ""),
        (
            "4",
            "质量安全",
            "产品出厂合格率",
            "≥99.5%",
            "出厂检验台账",
            "达到目标得满分；每低0.1个百分点扣2分，扣完为止",
            "14",
            "",
            "",
            "",
        ),
        (
            "5",
            "",
            "监督抽查合格率",
            "100%",
            "抽查结果通知书",
            "全部合格得满分；出现1批次不合格不得分",
            "12",
            "",
            "",
            "",
        ),
        (
            "6",
            "",
            "顾客投诉处理及时率",
            "≥98%",
            "投诉处理记录",
            "达到目标得满分；每低1个百分点扣1分",
            "8",
            "",
            "",
            "",
        ),
        (
            "7",
            "质量基础",
            "计量器具受检率",
            "100%",
            "检定证书与台账",
            "每漏检1台（件）扣1分",
            "6",
            "",
            "",
            "",
        ),
        (
            "8",
            "",
            "参与标准制修订",
            "1项",
            "标准文本、公告",
            "完成立项得6成，发布得满分",
            "6",
            "",
            "",
            "",
        ),
        (
            "9",
            "质量效益",
            "质量损失率",
            "≤1.2%",
            "质量成本报表",
            "达到目标得满分；每高0.1个百分点扣1分",
            "10",
            "",
            "",
            "",
        ),
        (
            "10",
            "",
            "质量攻关项目完成数",
            "4项",
            "项目结题报告",
            "每少完成1项扣2分；获省级以上奖励的，每项加1分，最多加2分",
            "8",
            "",
            "",
            "",
        ),
        (
            "11",
            "能力建设",
            "人均质量教育学时",
            "≥24学时",
            "教育档案",
            "每少1学时扣0.5分",
            "5",
            "",
            "",
            "",
        ),
        ("12", "", "继续教育完成情况", "完成", "结业证明", "未完成不得分", "5", "", "", ""),
    ),
    "totals": records(
        "label weight self superior board",
        ("合计", "100", "", "", ""),
        ("加权得分（上级60%、董事会40%）", "", "", "", ""),
    ),
    "veto": flow(
        "二、否决事项",
        "考核期内出现下列情形之一的，年度考核直接评定为不合格：",
        "1.发生重大质量安全事故并负有领导责任的；",
        "2.指使、纵容伪造检验数据或者出具虚假报告的；",
        "3.隐瞒质量事故，不按规定报告的。",
    ),
    "grades": records(
        "grade range result",
        ("优秀", "90分以上（含90分）", "授予年度质量贡献奖，优先推荐评优"),
        ("合格", "75分以上，不满90分", "正常兑现年度绩效"),
        ("基本合格", "60分以上，不满75分", "扣减部分绩效，制订改进计划，限期三个月"),
        ("不合格", "不满60分或者出现否决事项", "启动解聘程序"),
    ),
    "use": flow(
        "四、结果运用",
        "考核结果与绩效薪酬、评优、教育安排和续聘挂钩。连续两年基本合格的，由董事会研究调整岗位。",
        "对考核结果有异议的，自收到通知之日起五个工作日内向董事会书面申请复核。",
    ),
    "talk": records(
        "label value",
        ("主要成绩", ""),
        ("存在不足", ""),
        ("改进措施与期限", ""),
    ),
    "signatures": records(
        "left right",
        (f"被考核人：{FILL}", f"日期：{FILL}"),
        (f"直接上级：{FILL}", f"日期：{FILL}"),
        (f"董事会（盖章）：{FILL}", f"日期：{FILL}"),
    ),
}

BUDGET: Context = COMMON | {
    "title": "2027年度质量专项经费预算",
    "labels": {
        "items": {
            "caption": "一、预算明细（单位：元）",
            "no": "序号",
            "group": "类别",
            "name": "项目",
            "cost_class": "成本属性",
            "basis": "测算依据",
            "owner": "责任部门",
            "q1": "一季度",
            "q2": "二季度",
            "q3": "三季度",
            "q4": "四季度",
            "amount": "全年合计",
            "source": "来源",
            "capital": "合计金额（大写）",
        },
        "chart": {"caption": "分季度预算图（元）"},
        "execution": {
            "caption": "三、执行情况（单位：元）",
            "no": "序号",
            "name": "类别",
            "planned": "预算数",
            "used": "已使用",
            "rest": "结余",
            "percent": "执行率",
        },
    },
    "info": pairs(
        ("预算年度", "2027年", "编制部门", "质量管理部"),
        ("编制人", "何锦程", "审核人", OFFICER),
    ),
    "intro": flow("为保证质量工作有稳定投入，按照以事定费、突出预防、专款专用的原则编制本预算。"),
    "items": records(
        "no group name cost_class basis owner q1 q2 q3 q4 amount source",
        (
            "1",
            "人才与教育",
            "质量人员继续教育",
            "预防",
            "36人×1,500元",
            "人力资源部",
            "13,500.00",
            "13,500.00",
            "13,500.00",
            "13,500.00",
            "54,000.00",
            "教育经费",
        ),
        (
            "2",
            "",
            "首席质量官能力提升",
            "预防",
            "2次×8,000元",
            "人力资源部",
            "0.00",
            "8,000.00",
            "0.00",
            "8,000.00",
            "16,000.00",
            "教育经费",
        ),
        (
            "3",
            "改进与奖励",
            "质量攻关项目",
            "预防",
            "4项×60,000元",
            "质量管理部",
            "60,000.00",
            "60,000.00",
            "60,000.00",
            "60,000.00",
            "240,000.00",
            "专项经费",
        ),
        (
            "4",
            "",
            "质量奖励",
            "预防",
            "按奖惩办法",
            "质量管理部",
            "20,000.00",
            "20,000.00",
            "20,000.00",
            "60,000.00",
            "120,000.00",
            "专项经费",
        ),
        (
            "5",
            "计量与检测",
            "计量器具检定校准",
            "鉴定",
            "台账412台（件）",
            "计量室",
            "32,500.00",
            "41,200.00",
            "18,300.00",
            "26,800.50",
            "118,800.50",
            "专项经费",
        ),
        (
            "6",
            "",
            "三坐标测量设备更新",
            "鉴定",
            "询价3家，取平均价",
            "检验中心",
            "0.00",
            "860,000.00",
            "0.00",
            "215,000.00",
            "1,075,000.00",
            "技改资金",
        ),
        (
            "7",
            "标准与认证",
            "体系与产品认证",
            "预防",
            "认证合同",
            "质量管理部",
            "0.00",
            "48,000.00",
            "0.00",
            "32,000.00",
            "80,000.00",
            "专项经费",
        ),
        (
            "8",
            "制度与审核",
            "内审与供方审核",
            "鉴定",
            "20家×2,400元",
            "质量管理部",
            "12,000.00",
            "12,000.00",
            "12,000.00",
            "12,000.00",
            "48,000.00",
            "专项经费",
        ),
        (
            "9",
            "品牌与文化",
            "质量月与技能比武",
            "预防",
            "上年实际支出上浮5%",
            "工会",
            "0.00",
            "0.00",
            "63,000.00",
            "0.00",
            "63,000.00",
            "专项经费",
        ),
        (
            "10",
            "预备费",
            "应急检测与召回演练",
            "鉴定",
            "前九项的3%左右",
            "质量管理部",
            "12,500.00",
            "12,500.00",
            "12,500.00",
            "12,500.00",
            "50,000.00",
            "专项经费",
        ),
    ),
    "totals": records(
        "label q1 q2 q3 q4 amount",
        ("合计", "150,500.00", "1,075,200.00", "199,300.00", "439,800.50", "1,864,800.50"),
    ),
    "capital": "人民币壹佰捌拾陆万肆仟捌佰元伍角",
    "chart": records(
        "name q1 q2 q3 q4",
        ("预防成本", "120500.00", "75200", "99300", "200000.50"),
        ("鉴定成本", "30000", "1000000", "100000", "239800"),
        ("外部质量保证成本", "0", "0", "0", "0"),
        ("预备费", "0", "0", "0", "0"),
    ),
    "rules": flow(
        "二、使用与审批",
        "1.经费实行年度预算、归口管理，由首席质量官统一调度；",
        "2.单笔50,000元以内由首席质量官审批，超过的报总经理批准；",
        "3.预算调整幅度超过10%的，按照原程序重新审批；",
        "4.财务部门单独核算，按季度公布执行情况，年度终了接受审计。",
    ),
    "execution": records(
        "no name planned used rest percent",
        *(
            (str(i), name, planned, "", "", "")
            for i, (name, planned) in enumerate(
                (
                    ("人才与教育", "70,000.00"),
                    ("改进与奖励", "360,000.00"),
                    ("计量与检测", "1,193,800.50"),
                    ("标准与认证", "80,000.00"),
                    ("制度与审核", "48,000.00"),
                    ("品牌与文化", "63,000.00"),
                    ("预备费", "50,000.00"),
                ),
                1,
            )
        ),
    ),
    "signatures": records(
        "left right",
        (f"编制：{FILL}", f"审核：{FILL}"),
        (f"财务负责人：{FILL}", f"批准：{FILL}"),
        (f"日期：{FILL}", f"日期：{FILL}"),
    ),
}

SYSTEM: Context = COMMON | {
    "title": f"{POST}管理制度",
    "blocks": [
        *flow(
            "一、总则",
            f"1.为规范{POST}的设置、聘任、履职、考核和保障，推动质量管理持续改进，结合本企业实际，制定本制度。",
            f"2.本制度适用于本企业{POST}的管理，各子公司参照执行。",
            "二、岗位与聘任",
            f"1.{POST}由董事会聘任，按副总经理级管理，对总经理负责。",
            "2.聘任按照提名、资格审查、公示、决定、发布的程序办理，公示期不少于五个工作日。",
            "3.任期三年，可以连任；任期届满前三个月启动考核与续聘程序。",
            "三、职责与权限",
            f"1.{POST}的职责由岗位职责说明书规定，权限由授权书规定。",
            "2.职责或者权限调整的，同步修订说明书和授权书，保持两者一致。",
            "3.各部门拒不执行质量决定的，由总经理责令改正，并纳入部门绩效考核。",
            "四、考核与奖惩",
            "1.考核每年一次，由董事会组织，总经理参加评价。",
            "2.考核评为优秀的给予奖励；评为不合格的，启动解聘程序。",
            "五、经费",
            "1.本企业设立质量专项经费，纳入年度预算，保证足额到位。",
            f"2.{POST}在预算和授权额度内统一安排经费使用，财务部门单独核算。",
            "六、能力提升",
            f"1.{POST}每年参加继续教育，费用由企业承担，学时和结果记入个人档案。",
            "2.人力资源部门建立质量人才后备名单，安排轮岗与帮带。",
            "七、退出",
            "1.出现考核不合格、严重失职或者本人提出辞职等情形的，由董事会决定解聘。",
            "2.离任应当办理工作、资料、印章和待办事项交接，授权书自解聘之日起失效。",
            "八、评估与改进",
            "每年第四季度评估本制度的执行情况，形成报告，提出改进措施。",
            "九、附则",
            "本制度经职工代表讨论并公示后，由董事会批准，自2026年12月1日起施行。",
        ),
        block("center", "质量管理组织架构"),
    ],
    "labels": {"chart": {"caption": "附件：组织机构图"}},
    "chart": [{"text": text} for text in ("董事会", "总经理", f"{POST}（副总经理级）")],
    "units": [
        {"text": text}
        for text in ("质量管理部", "检验中心", "计量室", "各车间质量组", "子公司质量部")
    ],
    "papers": flow("附件2：相关文书", "1.《聘任书》。"),
    "annex": flow(
        "附件：1.首席质量官岗位职责说明书",
        "2.首席质量官授权书",
        "3.首席质量官年度考核表",
    ),
}

CONFIRM: Context = COMMON | {
    "title": "待确认事项与提示",
    "labels": {
        "findings": {
            "caption": "一、提示与建议",
            "no": "序号",
            "severity": "程度",
            "message": "内容",
            "clauses": "条款",
            "remedy": "处理办法",
        },
        "conflicts": {
            "caption": "二、依据之间的差异",
            "parameter": "事项",
            "winner": "采用",
            "losers": "未采用",
            "note": "说明",
        },
        "assumptions": {
            "caption": "三、按默认值处理的事项",
            "no": "序号",
            "field": "问题",
            "value": "采用的值",
            "reason": "理由",
        },
        "blanks": {
            "caption": "四、尚待填写的事项",
            "no": "序号",
            "field": "事项",
            "papers": "所在文书",
        },
        "sources": {
            "caption": "五、依据文件",
            "name": "名称",
            "role": "用途",
            "confidence": "文本",
            "note": "说明",
        },
    },
    "verdict": flow(
        "任职条件：山西省意见——符合；重庆市指南——尚缺任命授权书。签署本文书包中的授权书后即可补足。",
        "以下事项请逐项确认，确认后修改问卷并重新生成文书。",
    ),
    "findings": records(
        "no severity message clauses remedy",
        (
            "1",
            "重要",
            "拟任人员尚未参加任职前教育，聘任后应当在三个月内补齐。",
            "四（二）-1",
            "联系当地市场监督管理部门报名，取得证明后更新问卷。",
        ),
        (
            "2",
            "一般",
            "企业产品属于工业产品生产许可范围，另行设置质量安全总监，不能以本岗位代替。",
            "—",
            "对照相关规定另行配备，岗位职责分别行文。",
        ),
        (
            "3",
            "一般",
            "劳动合同约定岗位为质量管理部部长，与新岗位不一致。",
            "—",
            "由人力资源部办理变更并留存协议。",
        ),
    ),
    "conflicts": records(
        "parameter winner losers note",
        (
            "岗位层级",
            "副总经理级（晋市监发〔2021〕264号 四（一））",
            "部门负责人级（DB50/T 1696—2024 4.1）",
            "按较严的一项执行",
        ),
    ),
    "assumptions": records(
        "no field value reason",
        ("1", "任期", "三年", "依据文件未规定，取常用值"),
        ("2", "考核周期", "年度", "依据文件未规定，取常用值"),
        ("3", "公示期", "五个工作日", "依据文件未规定，取常用值"),
    ),
    "blanks": records(
        "no field papers",
        ("1", "聘任书编号", "聘任书"),
        ("2", "印发部门", "任职通知"),
    ),
    "sources": records(
        "name role confidence note",
        ("关于深化企业首席质量官制度的意见（晋市监发〔2021〕264号）", "依据", "全文", "现行有效"),
        ("DB50/T 1696—2024 企业首席质量官工作指南", "参照", "全文", "外省标准，企业自愿采用"),
    ),
    "closing": flow("注：本表供企业内部核对使用，不作为对外提交的文书。"),
}

COMPOSED = (
    "eligibility", "pledge", "filing", "exit", "year-plan", "training", "review", "planning",
)  # fmt: skip
SAMPLES: dict[str, Context] = {
    "decision": DECISION,
    "appointment": APPOINTMENT,
    "authorization": AUTHORIZATION,
    "appointment-authorization": APPOINTMENT_AUTHORIZATION,
    "duties": DUTIES,
    "assessment": ASSESSMENT,
    "budget": BUDGET,
    "system": SYSTEM,
    "confirm": CONFIRM,
    **{
        name: {**paper.contexts["docx"], "as_of": COMMON["as_of"]}
        for name, paper in make_papers(
            STATE_OWNED, adopting(DB50), {"output.documents": COMPOSED}
        ).items()
    },
}
every_paper = pytest.mark.parametrize("paper", SAMPLES)


# ---------------------------------------------------------------- reading back


def part(docx: bytes, name: str) -> etree._Element:
    """One part of a document as a tree."""
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        return etree.fromstring(archive.read(name))


def paragraphs(docx: bytes, name: str = "word/document.xml") -> list[str]:
    """The text of every paragraph, line breaks included."""

    def text(paragraph: etree._Element) -> str:
        marks = {f"{W}br": "\n", f"{W}tab": "\t"}
        return "".join(
            (item.text or "") if item.tag == f"{W}t" else marks.get(item.tag, "")
            for item in paragraph.iter(f"{W}t", f"{W}br", f"{W}tab")
        )

    return [text(paragraph) for paragraph in part(docx, name).iter(f"{W}p")]


def number(element: etree._Element | None, name: str = "w") -> int:
    """A numeric w: attribute."""
    assert element is not None
    return int(element.get(f"{W}{name}", "0"))


def rendered(paper: str, **values: Any) -> bytes:
    """A sample paper with some of its values replaced."""
    return render_word(TEMPLATES / f"{paper}.docx", SAMPLES[paper] | values)


def house_template(folder: Path, paper: str, edit: Callable[[Any], None]) -> Path:
    """A copy of a template, edited the way a consultant would in Word."""
    document = Document(str(TEMPLATES / f"{paper}.docx"))
    edit(document)
    path = folder / f"{paper}.docx"
    document.save(str(path))
    return path


@pytest.fixture(scope="module")
def source() -> Iterator[ModuleType]:
    """The module that builds the templates."""
    path = ROOT / "tools/build_word_templates.py"
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location("build_word_templates", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(str(path.parent))
    for name in [n for n in sys.modules if n == spec.name or n.startswith("word_")]:
        del sys.modules[name]


# ---------------------------------------------------------------- values arrive as they are

SIXTY = (
    "山西云陉高端装备关键零部件数字化智能制造与检验检测认证技术服务"
    "综合集成产业发展集团有限责任公司第一精密机械加工制造分公司"
)
assert len(SIXTY) == 60
HOSTILE = {
    "markup": 'R&D 检测（"甲"）<有限>公司',
    "formula": "=1+1",
    "expression": "{{ 7*7 }}",
    "statement": "{%p if title %}{% raw %}",
    "docxtpl braces": "{_{ title }_} {_% endif %_}",
    "entity": "&amp;&lt;w:p/&gt;",
    "long name": SIXTY,
    "rare characters": "𠮷野䶮",
    "emoji": "质量🏅👷🏽‍♀️",
    "quotes": "“甲”‘乙’\"丙\"'丁'",
    "spaces": "  甲  乙  ",
    "line break": "第一行\n第二行",
    "tab": "左\t右",
}
every_hostile_value = pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())


@every_hostile_value
def test_a_value_stands_verbatim_in_body_and_table_cell(value: str) -> None:
    found = paragraphs(
        rendered(
            "confirm",
            verdict=[*flow(f"甲{value}"), block("note", value)],
            blanks=records("no field papers", ("1", value, "聘任书")),
        )
    )
    assert f"甲{value}" in found
    assert found.count(value) == 2


@every_hostile_value
def test_a_value_stands_verbatim_in_header_and_footer(tmp_path: Path, value: str) -> None:
    def edit(document: Any) -> None:
        section = document.sections[0]
        section.header.paragraphs[0].text = "{{ company_name }}"
        section.footer.paragraphs[0].text = "{{ company_name }}"

    template = house_template(tmp_path, "duties", edit)
    docx = render_word(template, DUTIES | {"company_name": value})
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        names = [
            name for name in archive.namelist() if name.startswith(("word/header", "word/foo"))
        ]
    assert sum(value in paragraphs(docx, name) for name in names) == 2


@pytest.mark.parametrize("value", [v for v in HOSTILE.values() if "\n" not in v])
def test_the_document_title_is_exact(value: str) -> None:
    docx = rendered("duties", title=value)
    assert Document(io.BytesIO(docx)).core_properties.title == value


def test_a_long_or_broken_title_becomes_one_property_line() -> None:
    docx = rendered("duties", title="上\n下" + "长" * 300)
    assert Document(io.BytesIO(docx)).core_properties.title == "上下" + "长" * 253


def test_a_footnote_is_filled_once(tmp_path: Path) -> None:
    """Two sections must not make the filled text a template again."""
    path = tmp_path / "notes.docx"
    with_footnote(TEMPLATES / "decision.docx", path, "{{ company_name }}")
    docx = render_word(path, DECISION | {"company_name": "{{ 7*7 }} & 公司"})
    assert "{{ 7*7 }} & 公司" in paragraphs(docx, "word/footnotes.xml")


def with_footnote(template: Path, target: Path, text: str) -> None:
    """A copy of a template that has a footnotes part."""
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    link = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    notes = (
        f'<w:footnotes xmlns:w="{W[1:-1]}"><w:footnote w:id="1"><w:p><w:r><w:t>{text}</w:t></w:r>'
        "</w:p></w:footnote></w:footnotes>"
    )
    changes = {
        "[Content_Types].xml": (
            "</Types>",
            f'<Override PartName="/word/footnotes.xml" ContentType="{kind}"/></Types>',
        ),
        "word/_rels/document.xml.rels": (
            "</Relationships>",
            f'<Relationship Id="rId9" Type="{link}" Target="footnotes.xml"/></Relationships>',
        ),
    }
    with zipfile.ZipFile(template) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name).decode()
            new.writestr(name, content.replace(*changes[name]) if name in changes else content)
        new.writestr("word/footnotes.xml", notes)


# ---------------------------------------------------------------- what a template may not do


def add_text(text: str) -> Callable[[Any], None]:
    """An edit that puts a paragraph at the start of the document."""
    return lambda document: document.paragraphs[0].insert_paragraph_before(text)


@pytest.mark.parametrize(
    ("text", "code", "values"),
    [
        ("{{ dat }}", "unknown-field-guess", {"name": "dat", "near": "date"}),
        ("{{ parties[0].worth }}", "unknown-field", {"name": "worth"}),
        ("{{ ''.__class__ }}", "unsafe", {}),
        ("{{ date.__class__.__mro__ }}", "unsafe", {}),
        ("{{ parties.append(1) }}", "unsafe", {}),
        ("{{ title", "open-tag", {"number": "1", "near": "{{ title"}),
        ("某某 {%p if title", "open-tag", {"number": "1", "near": "{%p if title"}),
        ("{% for b in blocks %}", "broken", {}),
        ("{{ title|nofilter }}", "broken", {}),
    ],
)
def test_a_template_is_refused(
    tmp_path: Path, text: str, code: str, values: dict[str, str]
) -> None:
    template = house_template(tmp_path, "authorization", add_text(text))
    with pytest.raises(ContentError) as caught:
        render_word(template, AUTHORIZATION)
    (found,) = caught.value.problems
    assert found.code == f"template.{code}"
    assert found.where.partition(" word/")[0] == str(template)
    assert found.values == values or (not values and found.values["reason"])


@every_paper
def test_a_missing_value_is_named(paper: str) -> None:
    context = {key: value for key, value in SAMPLES[paper].items() if key != "title"}
    with pytest.raises(ContentError) as caught:
        render_word(TEMPLATES / f"{paper}.docx", context)
    (found,) = caught.value.problems
    assert found.code.removesuffix("-guess") == "template.unknown-field"
    assert found.values["name"] == "title"


def test_none_is_never_printed() -> None:
    with pytest.raises(TypeError, match="None"):
        rendered("duties", title=None)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no Word file"])
def test_a_file_that_is_no_template_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.docx"
    path.write_bytes(content)
    with pytest.raises(ContentError, match="unreadable"):
        render_word(path, DUTIES)


def test_a_template_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="unreadable"):
        render_word(tmp_path / "none.docx", DUTIES)


def test_signs_that_xml_cannot_carry_are_left_out_and_nothing_else_is() -> None:
    assert "响铃停" in paragraphs(rendered("duties", title="响\x07铃\ufffe停"))


def test_a_restyled_template_still_renders(tmp_path: Path) -> None:
    def edit(document: Any) -> None:
        document.styles["正文文字"].font.size = Pt(18)

    docx = render_word(house_template(tmp_path, "system", edit), SYSTEM)
    assert paragraphs(docx) == paragraphs(rendered("system"))
    assert Document(io.BytesIO(docx)).styles["正文文字"].font.size == Pt(18)


# ---------------------------------------------------------------- the same bytes every time


@every_paper
def test_equal_input_gives_equal_bytes(paper: str) -> None:
    assert rendered(paper) == rendered(paper)


@every_paper
def test_a_file_tells_neither_clock_nor_person(paper: str) -> None:
    docx = rendered(paper)
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        members = archive.infolist()
    assert members[0].filename == "[Content_Types].xml"
    assert {member.date_time for member in members} == {(1980, 1, 1, 0, 0, 0)}
    assert {(member.create_system, member.external_attr) for member in members} == {
        (0, 0o644 << 16)
    }
    properties = Document(io.BytesIO(docx)).core_properties
    assert (properties.author, properties.last_modified_by, properties.revision) == ("", "", 1)
    assert properties.created == properties.modified
    assert properties.created.isoformat() == "2026-11-23T00:00:00+00:00"


def test_the_author_of_a_house_template_is_forgotten(tmp_path: Path) -> None:
    def edit(document: Any) -> None:
        document.core_properties.author = document.core_properties.last_modified_by = "张三"

    docx = render_word(house_template(tmp_path, "duties", edit), DUTIES)
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        assert "张三" not in archive.read("docProps/core.xml").decode()


# ---------------------------------------------------------------- looks


@every_paper
def test_every_style_names_all_four_fonts(paper: str) -> None:
    styles = part((TEMPLATES / f"{paper}.docx").read_bytes(), "word/styles.xml")
    blocks = [*styles.iter(f"{W}style"), *styles.iter(f"{W}rPrDefault")]
    assert len(blocks) > 5
    for style in blocks:
        fonts = style.find(f".//{W}rFonts")
        assert fonts is not None
        assert all(fonts.get(W + slot) for slot in ("ascii", "hAnsi", "eastAsia", "cs"))
        assert not any("Theme" in name for name in fonts.attrib)


@every_paper
def test_every_style_in_use_is_defined(paper: str) -> None:
    docx = rendered(paper)
    defined = {s.get(f"{W}styleId") for s in part(docx, "word/styles.xml").iter(f"{W}style")}
    body = part(docx, "word/document.xml")
    used = {s.get(f"{W}val") for s in body.iter(f"{W}pStyle", f"{W}tblStyle")}
    assert used and used <= defined


def text_width(table: etree._Element) -> int:
    """The width between the margins of the section that a table stands in."""
    tree = table.getroottree().getroot()
    order = list(tree.iter(f"{W}tbl", f"{W}sectPr"))
    section = next(item for item in order[order.index(table) :] if item.tag == f"{W}sectPr")
    size, margins = section.find(f"{W}pgSz"), section.find(f"{W}pgMar")
    return number(size) - number(margins, "left") - number(margins, "right")


@every_paper
def test_table_grids_fill_the_page_and_cells_follow_the_grid(paper: str) -> None:
    tables = list(part(rendered(paper), "word/document.xml").iter(f"{W}tbl"))
    assert tables
    for table in tables:
        grid = [number(column) for column in table.iter(f"{W}gridCol")]
        assert sum(grid) == text_width(table) == number(table.find(f"{W}tblPr/{W}tblW"))
        layout = table.find(f"{W}tblPr/{W}tblLayout")
        assert layout is not None and layout.get(f"{W}type") == "fixed"
        for row in table.iter(f"{W}tr"):
            start = 0
            for cell in row.iter(f"{W}tc"):
                span = cell.find(f"{W}tcPr/{W}gridSpan")
                end = start + (1 if span is None else number(span, "val"))
                assert number(cell.find(f"{W}tcPr/{W}tcW")) == sum(grid[start:end])
                start = end
            assert start == len(grid)


@pytest.mark.parametrize("count", range(1, 10))
def test_the_units_of_the_chart_share_the_width(count: int) -> None:
    docx = rendered("system", units=[{"text": f"部门{i}"} for i in range(count)])
    table = list(part(docx, "word/document.xml").iter(f"{W}tbl"))[-1]
    grid = [number(column) for column in table.iter(f"{W}gridCol")]
    assert [number(cell) for cell in table.iter(f"{W}tcW")] == grid
    assert len(grid) == count and max(grid) - min(grid) <= 1


@every_paper
def test_rows_stay_whole_and_headings_repeat(paper: str) -> None:
    body = part(rendered(paper), "word/document.xml")
    rows = list(body.iter(f"{W}tr"))
    assert all(row.find(f"{W}trPr/{W}cantSplit") is not None for row in rows)
    headed = [row for row in rows if row.find(f"{W}trPr/{W}tblHeader") is not None]
    tables = SAMPLES[paper].get("labels", {}).values()
    assert len(headed) == sum(len(labels) > 1 for labels in tables)


@pytest.mark.parametrize(
    "paper", ["decision", "authorization", "duties", "system", "pledge", "exit"]
)
def test_running_text_keeps_the_official_page(paper: str) -> None:
    docx = rendered(paper)
    for section in part(docx, "word/document.xml").iter(f"{W}sectPr"):
        margins = section.find(f"{W}pgMar")
        sides = ("top", "right", "bottom", "left", "footer")
        assert [number(margins, side) for side in sides] == [2098, 1474, 1984, 1587, 1417]
        grid = section.find(f"{W}docGrid")
        assert grid is not None and grid.get(f"{W}type") == "lines"
        assert number(grid, "linePitch") == 579
        assert len(section.findall(f"{W}footerReference")) == 2
    settings = part(docx, "word/settings.xml")
    assert settings.find(f"{W}evenAndOddHeaders") is not None
    assert paragraphs(docx, "word/footer1.xml") == ["— 1 —"]


@pytest.mark.parametrize(
    ("paper", "last", "signature"),
    [
        ("decision", "表决结果：同意5票，反对0票，弃权0票。", DECISION["act_date"]),
        ("decision", "本通知自印发之日起执行。", DECISION["printed_date"]),
        ("authorization", AUTHORIZATION["blocks"][-1]["body"], f"日期：{FILL}"),
        ("duties", DUTIES["blocks"][-1]["note"], "2026年12月1日"),
        ("pledge", SAMPLES["pledge"]["blocks"][-1]["item"], "日期：　　　年　月　日"),
        ("exit", SAMPLES["exit"]["warning"][-1]["body"], SAMPLES["exit"]["warning_day"]),
        ("exit", SAMPLES["exit"]["dismissal"][-1]["body"], SAMPLES["exit"]["dismissal_day"]),
        ("exit", SAMPLES["exit"]["revoke"][-1]["body"], SAMPLES["exit"]["revoke_day"]),
    ],
)
def test_no_page_holds_a_signature_alone(paper: str, last: str, signature: str) -> None:
    """From the last words to the signature every paragraph stays with the next."""
    items = list(part(rendered(paper), "word/document.xml").iter(f"{W}p"))
    texts = ["".join(t.text or "" for t in item.iter(f"{W}t")) for item in items]
    start = texts.index(last)
    end = texts.index(signature, start)
    assert end > start
    for item in items[start:end]:
        assert item.find(f"{W}pPr/{W}keepNext") is not None


@pytest.mark.parametrize(
    ("name", "style"), [("云" * 15, "Sign"), ("云" * 16, "SignLong"), (SIXTY, "SignLong")]
)
def test_a_long_issuer_moves_to_the_right(name: str, style: str) -> None:
    body = part(rendered("decision", company_name=name), "word/document.xml")
    (found,) = (
        p for p in body.iter(f"{W}p") if "".join(t.text or "" for t in p.iter(f"{W}t")) == name
    )
    look = found.find(f"{W}pPr/{W}pStyle")
    assert look is not None and look.get(f"{W}val") == style


# ---------------------------------------------------------------- what is absent leaves no trace


def test_empty_tables_vanish_with_their_captions() -> None:
    empty: Context = {rows: [] for rows in CONFIRM["labels"]}
    docx = rendered("confirm", **empty)
    assert not list(part(docx, "word/document.xml").iter(f"{W}tbl"))
    assert not any("依据" in text for text in paragraphs(docx))


@every_paper
def test_a_paper_without_any_row_is_still_whole(paper: str) -> None:
    rows: Context = {key: [] for key, value in SAMPLES[paper].items() if isinstance(value, list)}
    body = part(rendered(paper, **rows), "word/document.xml")
    assert all(table.find(f"{W}tr") is not None for table in body.iter(f"{W}tbl"))
    assert all(cell[-1].tag == f"{W}p" for cell in body.iter(f"{W}tc"))


def test_no_copies_no_row() -> None:
    assert not any(
        text.startswith("抄送") for text in paragraphs(rendered("decision", copies_to=""))
    )


def test_a_row_without_second_label_spans_the_table() -> None:
    body = part(rendered("duties"), "word/document.xml")
    row = next(r for r in body.iter(f"{W}tr") if "分管部门" in "".join(map(str, r.itertext())))
    assert [number(span, "val") for span in row.iter(f"{W}gridSpan")] == [3]


# ---------------------------------------------------------------- templates and their source


def test_committed_templates_equal_their_source(source: ModuleType) -> None:
    assert source.differences(TEMPLATES) == []


def test_the_source_builds_equal_bytes(source: ModuleType) -> None:
    assert {name: build() for name, build in source.PAPERS.items()} == {
        name: build() for name, build in source.PAPERS.items()
    }
    assert set(source.PAPERS) == set(SAMPLES)


def test_a_changed_template_is_named_part_by_part(source: ModuleType, tmp_path: Path) -> None:
    for name, build in source.PAPERS.items():
        (tmp_path / f"{name}.docx").write_bytes(build())
    assert source.differences(tmp_path) == []
    (tmp_path / "other.docx").write_bytes(b"")
    with zipfile.ZipFile(tmp_path / "duties.docx", "a") as archive:
        archive.writestr("word/extra.xml", "<x/>")
    assert source.differences(tmp_path) == [
        "other.docx: no source builds it",
        "duties.docx: word/extra.xml differs",
    ]


# ---------------------------------------------------------------- pages, as LibreOffice lays them


@pytest.mark.slow
def test_pages(office: str) -> None:
    papers = {paper: rendered(paper) for paper in SAMPLES}
    papers["long_appointment"] = rendered(
        "appointment",
        company_name=SIXTY,
        letter=flow(f"兹聘任您为{SIXTY}{POST}，聘期三年，自2026年12月1日起至2029年11月30日止。")
        + APPOINTMENT["letter"][1:],
    )
    laid = to_pdf({f"{name}.docx": docx for name, docx in papers.items()}, office)
    pages = {name.removesuffix(".docx"): count_pages(data) for name, data in laid.items()}
    assert pages["appointment"] == pages["long_appointment"] == 1
    # The papers of every sample are counted with the packs; here the rules are at their longest.
    assert {name: n for name, n in pages.items() if not 1 <= n <= 8} == {}

"""Rosters for tests and benchmarks: any number of valid clients, twenty ways to break one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from cases import nested, workspace
from openpyxl import load_workbook

from cqo_docs.answers.credit_code import check_character
from cqo_docs.forms.roster.form import Filled, write_roster

# Three of these make a name: 27,000 companies without a twin.
SIGNS = "云岭沁汾砚峡榕岳泽渝晋璧綦桐瑞恒正远川禾松柏泉岚嘉宁启明盛达"
PROVINCES = (
    ("山西省", "太原市"), ("重庆市", "重庆市璧山区"), ("广东省", "佛山市"), ("浙江省", "杭州市"),
    ("山东省", "济南市"), ("四川省", "成都市"), ("河北省", "石家庄市"), ("江苏省", "苏州市"),
)  # fmt: skip
TRADES = (
    ("C34", "精密机械"), ("C14", "食品"), ("E48", "建设工程"), ("I65", "软件"), ("F51", "贸易"),
    ("A01", "农业发展"), ("C39", "电子"), ("C31", "特种钢"),
)  # fmt: skip
# Registration, and what it needs of control and governance.
FORMS = (
    {"company.registration": "112", "company.governance": "single-director"},
    {"company.registration": "112", "company.governance": "board"},
    {"company.registration": "119", "company.governance": "board", "company.control": "private"},
    {"company.registration": "111", "company.governance": "board"},
    {"company.registration": "129", "company.governance": "board", "company.control": "state"},
    {"company.registration": "310", "company.governance": "board"},
    {"company.registration": "400"},
    {"company.registration": "140"},
)
SIZES = (  # people, revenue and assets in 10,000 yuan
    (8, "180.5", "90"), (46, "1850", "1200"), (126, "4860", "5230.25"), (680, "38000", "41000"),
    (2400, "260000", "310000.123456"), (15, "12.1", "8.05"), (300, "2000", "9800"),
)  # fmt: skip
SURNAMES = "周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜"
# Never broken, so that a row is found again whatever has become of the rest of it.
MARK = "appointment.notice_number"


@dataclass(frozen=True)
class Breakage:
    """One mistake: the answers that are put in (None: left out), and the answer at fault."""

    changes: Mapping[str, Any]
    field: str


ITEM = "fund.items[0]."
BREAKAGES: Mapping[str, Breakage] = {
    "name-missing": Breakage({"company.name": None}, "company.name"),
    "name-with-direction-mark": Breakage({"candidate.name": "李\u202e衡"}, "candidate.name"),
    "representative-missing": Breakage(
        {"company.legal_representative": None}, "company.legal_representative"
    ),
    "province-unknown": Breakage({"company.province": "河西省"}, "company.province"),
    "province-short": Breakage({"company.province": "内蒙"}, "company.province"),
    "industry-in-words": Breakage({"company.industry_code": "机械制造"}, "company.industry_code"),
    "industry-unknown": Breakage({"company.industry_code": "99"}, "company.industry_code"),
    "registration-unknown": Breakage({"company.registration": "有限公司"}, "company.registration"),
    "credit-code-short": Breakage({"company.credit_code": "9100000"}, "company.credit_code"),
    "credit-code-check": Breakage(
        {"company.credit_code": "91000000MA00000150"}, "company.credit_code"
    ),
    "employees-in-words": Breakage({"company.employees": "十六人"}, "company.employees"),
    "employees-half": Breakage({"company.employees": "16.5"}, "company.employees"),
    "revenue-negative": Breakage({"company.revenue": "-3"}, "company.revenue"),
    "degree-unknown": Breakage({"candidate.degree": "秀才"}, "candidate.degree"),
    "neither-yes-nor-no": Breakage({"appointment.full_time": "也许"}, "appointment.full_time"),
    "years-order": Breakage(
        {"candidate.years_quality_management": "60"}, "candidate.years_quality_management"
    ),
    "no-such-day": Breakage(
        {"appointment.decision_date": "2026-02-30"}, "appointment.decision_date"
    ),
    "date-order": Breakage({"appointment.letter_date": "2020-01-01"}, "appointment.letter_date"),
    "activity-unknown": Breakage(
        {"company.regulated_activities": ["food", "卖菜"]}, "company.regulated_activities"
    ),
    "standard-unknown": Breakage({"plan.adopt": ["DB50/T 1969"]}, "plan.adopt"),
    "present-over-due": Breakage({"appointment.meeting.due": "3"}, "appointment.meeting.present"),
    "grade-order": Breakage({"assessment.good": "95"}, "assessment.good"),
    "weights-sum": Breakage({"assessment.weights.safety": "41"}, "assessment.weights.safety"),
    "item-amount-in-words": Breakage({f"{ITEM}amount": "三万"}, f"{ITEM}amount"),
    "item-group-unknown": Breakage({f"{ITEM}group": "差旅"}, f"{ITEM}group"),
    "quarter-missing": Breakage({f"{ITEM}quarters[2]": None}, f"{ITEM}quarters[2]"),
}
KINDS = tuple(BREAKAGES)


@dataclass(frozen=True)
class Made:
    """A roster that was made: its clients as flat answers, by number from 1, and what is broken."""

    path: Path
    clients: Sequence[Mapping[str, Any]]
    broken: Mapping[int, str]

    @property
    def names(self) -> list[str]:
        """The names of all clients, those of the broken ones as they should be."""
        return [client["company.name"] for client in self.clients]


def client(number: int) -> dict[str, Any]:
    """Flat valid answers of one company; every number gives another one."""
    one, two, three = number % 30, number // 30 % 30, number // 900 % 30
    province, city = PROVINCES[number % len(PROVINCES)]
    code, trade = TRADES[number // 3 % len(TRADES)]
    people, revenue, assets = SIZES[number % len(SIZES)]
    form = FORMS[number // 2 % len(FORMS)]
    board = form.get("company.governance") == "board"
    name = f"{SIGNS[three]}{SIGNS[two]}{SIGNS[one]}"
    chief = SURNAMES[number % len(SURNAMES)] + SIGNS[two] + "平"
    body = f"91000000{number % 10**8:08d}A"
    day = date(2026, 3, 1) + timedelta(days=number % 200)
    answers: dict[str, Any] = {
        "company.name": f"{city[:2]}{name}{trade}有限公司",
        "company.short_name": f"{name}{trade}",
        "company.credit_code": body + check_character(body),
        "company.province": province,
        "company.city": city,
        "company.industry_code": code,
        **form,
        "company.legal_representative": chief,
        "company.general_manager": SURNAMES[number // 7 % len(SURNAMES)] + SIGNS[three] + "远",
        "company.employees": people,
        "company.revenue": revenue,
        "company.assets": assets,
        "company.above_scale": people > 40,
        "company.listed": number % 50 == 0,
        "company.large_group": False,
        "company.benchmark": number % 9 == 0,
        "company.exporter": number % 4 == 0,
        "company.quality_award": ("none", "holds", "nominated", "applies")[number % 4],
        "company.regulated_activities": ["food"] if code == "C14" else [],
        "candidate.name": SURNAMES[number // 3 % len(SURNAMES)] + SIGNS[one] + "衡",
        "candidate.current_post": "质量部部长",
        "candidate.degree": ("junior-college", "bachelor", "master")[number % 3],
        "candidate.title_rank": ("junior", "intermediate", "associate-senior")[number // 2 % 3],
        "candidate.quality_qualification": ("none", "intermediate")[number % 2],
        "candidate.years_quality": 4 + number % 15,
        "candidate.years_quality_management": "3.5",
        "candidate.years_enterprise_quality_management": 2,
        "candidate.technical_backbone": number % 6 == 0,
        "candidate.training": ("attended", "passed")[number % 2],
        "candidate.continuing_education": True,
        "candidate.certificate": number % 2 == 1,
        "candidate.bar_violation": False,
        "candidate.bar_benefit": False,
        "candidate.bar_disclosure": False,
        "appointment.level": "deputy",
        "appointment.full_time": number % 3 == 0,
        "appointment.kind": ("first", "renewal")[number // 4 % 2],
        "appointment.decision_date": day,
        "appointment.letter_date": day + timedelta(days=2),
        "appointment.start": day + timedelta(days=10),
        "appointment.term_years": 3,
        MARK: f"{name}发〔2026〕{number}号",
        "assessment.good": "75",
        "fund.establish": True,
        "fund.total": "120000.5",
        "plan.adopt": ["db50-t-1696-2024"] if province == "重庆市" else [],
    }
    if board:
        answers |= {
            "appointment.meeting.name": f"第{number % 9 + 1}次董事会会议",
            "appointment.meeting.due": 5,
            "appointment.meeting.present": 5,
            "appointment.meeting.votes_for": 5,
            "appointment.meeting.votes_against": 0,
            "appointment.meeting.votes_abstained": 0,
            "appointment.meeting.members": [chief, "赵沁", "钱汾"],
        }
    if number % 2:
        answers["company.departments"] = ["质量部", "检测中心"]
        answers["authority.reserved_matters"] = ["检测设备购置", "对外质量赔偿、退货"]
    if number % 3 == 0:
        answers |= {"fund.items": items(number), "fund.total": "96000.75"}
    if number % 4 == 0:
        answers["assessment.indicators"] = indicators(number)
    if number % 5 == 0:
        weights = {"safety": 40, "foundation": 20, "competitiveness": 25, "management": 15}
        answers |= {f"assessment.weights.{k}": v for k, v in weights.items()}
    return answers


def items(number: int) -> list[dict[str, Any]]:
    """The lines of a budget of 96,000.75 yuan."""
    return [
        {
            "name": "检验员与班组长质量培训", "group": "talent", "amount": "36000",
            "quarters": ["9000", "9000", "9000", "9000"], "owner": "质量部",
            "basis": f"{number}人次",
        },
        {"name": "质量改进奖励", "group": "improvement", "amount": "50000.75"},
        {"name": "预备费", "group": "reserve", "amount": "10000", "cost_class": "reserve"},
    ]  # fmt: skip


def indicators(number: int) -> list[dict[str, Any]]:
    """Two lines of an assessment."""
    return [
        {"name": "出厂检验一次合格率", "target": "不低于99.2%", "weight": "62.5"},
        {"name": "市场返修率", "target": f"不高于{number % 9 + 1}‰", "weight": "37.5"},
    ]


def needs(kind: str, number: int) -> dict[str, Any]:
    """What a client must have before it can be broken in one way."""
    if kind in {"item-amount-in-words", "item-group-unknown", "quarter-missing"}:
        return {"fund.items": items(number), "fund.total": "96000.75"}
    if kind == "weights-sum":
        weights = {"safety": 40, "foundation": 20, "competitiveness": 25, "management": 15}
        return {f"assessment.weights.{k}": v for k, v in weights.items()}
    if kind == "present-over-due":
        return {"appointment.meeting.due": 5, "appointment.meeting.present": 5}
    return {}


def broken_answers(answers: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The answers with one mistake."""
    result = dict(answers)
    for path, value in BREAKAGES[kind].changes.items():
        if path.startswith(ITEM):
            first, *rest = result["fund.items"]
            name, _, place = path.removeprefix(ITEM).partition("[")
            if place:
                parts = list(first[name])
                parts[int(place[:-1])] = value or ""
            changed = parts if place else value
            result["fund.items"] = [{**first, name: changed}, *rest]
        elif value is None:
            del result[path]
        else:
            result[path] = value
    return result


def spread(count: int, broken: Sequence[str] | Mapping[int, str]) -> dict[int, str]:
    """Which client is broken in which way: as given, or every so many clients one kind."""
    if isinstance(broken, Mapping):
        return dict(broken)
    step = count / len(broken) if broken else 1
    return {int(step * n) + 1: kind for n, kind in enumerate(broken)}


def make_roster(path: Path, count: int, broken: Sequence[str] | Mapping[int, str] = ()) -> Made:
    """A roster of `count` clients at `path`, some of them broken (kinds, or number -> kind)."""
    chosen = spread(count, broken)
    clients = [{**client(n), **needs(chosen.get(n, ""), n)} for n in range(1, count + 1)]
    write_roster(path, workspace(), filled(clients, chosen))
    return Made(path, clients, chosen)


def filled(clients: Sequence[Mapping[str, Any]], broken: Mapping[int, str]) -> Iterator[Filled]:
    """The rows of a roster."""
    for number, answers in enumerate(clients, 1):
        kind = broken.get(number)
        yield Filled(nested(broken_answers(answers, kind) if kind else answers))


def cure(errors: Path, made: Made, corrected: Path) -> list[str]:
    """Correct an errors workbook as a person would, cell by cell; the names of its clients."""
    book = load_workbook(errors)
    wanted = {c[MARK]: (n, c) for n, c in enumerate(made.clients, 1)}
    clients = book["企业名册"]
    column = {cell.value: cell.column for cell in clients[1]}
    names = []
    for row in range(4, clients.max_row + 1):
        mark = clients.cell(row, column[MARK]).value
        if mark is None:
            continue
        number, answers = wanted[mark]
        names.append(answers["company.name"])
        kind = made.broken[number]
        for path in BREAKAGES[kind].changes:
            if path.startswith(ITEM):
                put_item(book["预算项目"], answers, path)
            else:
                clients.cell(row, column[path]).value = as_typed(path, answers.get(path))
    book.save(corrected)
    return names


def put_item(sheet: Any, answers: Mapping[str, Any], path: str) -> None:
    """Correct one cell of the first line of a client's budget."""
    column = {cell.value: cell.column for cell in sheet[1]}
    for row in range(4, sheet.max_row + 1):
        if sheet.cell(row, column["company.name"]).value == answers["company.name"]:
            name, _, place = path.removeprefix(ITEM).partition("[")
            value = answers["fund.items"][0][name]
            value = value[int(place[:-1])] if place else value
            target = path.replace("items[0]", "items[]")
            sheet.cell(row, column[target]).value = as_typed(target, value)
            return
    raise LookupError(path)


def as_typed(path: str, value: Any) -> Any:
    """An answer as a person types it: choices by their words, lists side by side."""
    wording = workspace().wording
    if isinstance(value, (list, tuple)):
        words = [str(as_typed(path, item)) for item in value]
        if any(re.search("[、，,；;]", word) for word in words):
            return "\n".join(words) + "\n"
        return "、".join(words) or "无"
    if isinstance(value, bool):
        return wording.formats["yes" if value else "no"]
    return value if isinstance(value, date) else wording.option(path, str(value))

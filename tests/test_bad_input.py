"""A wrong questionnaire gives one plain sentence a mistake, exit code 1, and writes nothing.

Every file in `bad/` holds the one mistake it is named after; the wrong line ends with ✗.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from cqo_docs.workspace import Workspace

BAD = Path(__file__).parent / "bad"
MARK = "# ✗"
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "check": (),
    "plan": (),
    "generate": ("-o", "写出"),
}
# What may stand in a sentence although it is no Chinese.
FOREIGN = re.compile(r"“[^”]*”|UTF-8|GB/T 4754—2017|U\+[0-9A-F]{4}|C14|\b[A-Z]\b")

# File: the field as its sentence names it (empty: the sentence names a key), and what it says.
WHOLE_FILE = {
    "empty-file": "文件是空的",
    "only-comments": "文件是空的",
    "list-instead-of-questionnaire": "内容不是问卷",
    "full-width-colons": "内容不是问卷",
    "candidate-missing": "候选人：必须填写",
}
CASES = {
    # how YAML is written
    "raw-control-character": ("", "控制字符"),
    "tab-in-indentation": ("", "缩进处有制表符，请改用空格"),
    "key-twice": ("", "“企业名称”重复填写（首次在第3行）"),
    "group-twice": ("", "“企业”重复填写（首次在第2行）"),
    "key-in-chinese-and-english": ("", "重复填写（首次在第8行）"),
    "space-missing-after-colon": ("", "请检查冒号、引号和缩进"),
    "indented-too-far": ("", "请检查冒号、引号和缩进"),
    "bracket-not-closed": ("", "格式不对（是否专职: 否"),
    "anchor-loop": ("", "引用符号"),
    # keys
    "unknown-field-near-a-known-one": (
        "",
        "没有“统一社会信用号码”这一项，是否为“统一社会信用代码”？",
    ),
    "unknown-field-like-no-other": ("", "没有“血型”这一项，请删去"),
    "unknown-field-in-a-list": ("", "没有“评分方法”这一项，是否为“评分办法”？"),
    "field-in-the-wrong-group": ("", "没有“从业人数”这一项"),
    "unknown-group": ("", "没有“聘用”这一项，是否为“聘任”？"),
    # what is missing
    "company-name-missing": ("企业·企业名称", "必须填写"),
    "company-name-left-open": ("企业·企业名称", "必须填写"),
    "legal-representative-missing": ("企业·法定代表人", "必须填写"),
    "blank-name": ("候选人·姓名", "不能为空白"),
    "indicator-without-weight": ("考核·考核指标（第1项）·权重", "必须填写"),
    "fund-weight-missing": ("经费·类别权重·预备费", "必须填写"),
    # shapes
    "text-where-a-group-is-wanted": ("候选人", "须分项填写"),
    "list-where-a-group-is-wanted": ("聘任·会议", "须分项填写"),
    "list-where-text-is-wanted": ("企业·企业名称", "须填一个值"),
    "group-where-text-is-wanted": ("企业·企业名称", "须填一个值"),
    "group-where-a-list-is-wanted": ("聘任·兼任职务", "须填列表"),
    "text-where-a-list-of-groups-is-wanted": ("考核·考核指标", "须填列表"),
    "list-where-a-number-is-wanted": ("企业·从业人数", "须填一个值"),
    "list-where-a-date-is-wanted": ("聘任·决定日期", "须填一个值"),
    "list-where-a-choice-is-wanted": ("候选人·学历", "须填一个值"),
    # texts
    "control-character-in-a-name": ("企业·企业名称", "U+0007"),
    "control-character-in-a-list": ("聘任·兼任职务（第2项）", "U+001B"),
    "line-break-in-a-name": ("企业·企业名称", "U+000A"),
    "tab-in-a-name": ("企业·法定代表人", "U+0009"),
    "direction-mark-in-a-name": ("候选人·姓名", "U+202E"),
    "over-long-name": ("企业·企业名称", "共102个字，最多100个字"),
    # choices
    "open-entry-in-a-list": ("企业·受监管活动（第2项）", "可填：食品生产经营"),
    "unknown-degree": ("候选人·学历", "填了“秀才”，可填：大专以下、大专、本科"),
    "unknown-registration": ("企业·登记类型", "可填：国有独资公司、私营有限责任公司"),
    "unknown-activity-in-a-list": ("企业·受监管活动（第2项）", "填了“卖菜”，可填：食品生产经营"),
    "neither-yes-nor-no": ("聘任·是否专职", "填了“也许”，请填“是”或者“否”"),
    # numbers
    "number-in-words": ("企业·从业人数", "填了“十六人”，请填数字"),
    "number-with-unit": ("候选人·质量工作年限", "填了“12年”，请填数字"),
    "percent-sign": ("考核·优秀分数线", "填了“90%”，请填数字"),
    "negative-headcount": ("企业·从业人数", "填了“-16”，不能小于0"),
    "negative-sum": ("经费·预算总额（元）", "填了“-36000”，不能小于0"),
    "half-a-person": ("企业·从业人数", "填了“16.5”，小数"),
    "fraction-of-a-cent": ("经费·预算总额（元）", "小数最多2位"),
    "sum-too-large": ("经费·预算总额（元）", "不能大于999999999999.99"),
    "term-of-no-years": ("聘任·任期年数", "不能小于1"),
    "term-too-long": ("聘任·任期年数", "不能大于10"),
    "weight-over-100": ("考核·考核指标（第1项）·权重", "不能大于100"),
    # dates
    "date-that-does-not-exist": ("聘任·决定日期", "填了“2026-02-30”，没有这一天"),
    "date-in-a-common-year": ("聘任·决定日期", "填了“2027年2月29日”，没有这一天"),
    "date-in-another-order": ("聘任·决定日期", "填了“8/11/2026”，请按“2026-11-08”"),
    "date-of-another-century": ("聘任·决定日期", "填了“1026-11-08”"),
    # codes
    "credit-code-with-wrong-check-character": ("企业·统一社会信用代码", "校验码应为3"),
    "credit-code-too-short": ("企业·统一社会信用代码", "应为18位"),
    "credit-code-with-letter-o": ("企业·统一社会信用代码", "不用 I、O、S、V、Z"),
    "credit-code-with-letter-in-region": ("企业·统一社会信用代码", "第3至8位须为数字"),
    "industry-in-words": ("企业·行业代码", "填了“机械制造”，请按 GB/T 4754—2017"),
    "industry-that-does-not-exist": ("企业·行业代码", "没有这个代码"),
    "industry-under-the-wrong-letter": ("企业·行业代码", "门类字母与代码不符"),
    # what only the library knows
    "province-without-its-last-character": ("省份", "是否为“山西省”？"),
    "province-that-is-a-city": ("省份", "请填省级行政区全称"),
    "province-like-no-other": ("省份", "请填省级行政区全称"),
    "unknown-standard": ("方案·采用的标准（第2项）", "没有“DB50/T 1969—2024”这个标准，可填："),
    "unknown-paper": ("输出·文书种类（第2项）", "没有“letter”这种文书，可填："),
    # what only several answers together show
    "years-out-of-order": ("候选人·质量管理工作年限", "不能多于候选人·质量工作年限的5年"),
    "years-out-of-order-past-a-gap": (
        "候选人·企业质量管理工作年限",
        "不能多于候选人·质量工作年限的5年",
    ),
    "letter-before-decision": ("聘任·聘任书日期", "不能早于聘任·决定日期（2026-11-08）"),
    "decision-before-party": ("聘任·决定日期", "不能早于聘任·党组织研究·研究日期（2026-11-09）"),
    "term-ends-before-it-starts": ("聘任·任期届满日", "不能早于聘任·任期起始日（2026-11-08）"),
    "term-ends-on-its-first-day": ("聘任·任期届满日", "聘任·任期起始日（2026-11-08）"),
    "governance-missing-for-a-company": ("企业·治理机构", "可填：董事会、一名董事"),
    "governance-none-for-a-company": ("企业·治理机构", "可填：董事会、一名董事"),
    "control-missing-for-another-company": ("企业·控股情况", "可填：国有控股、集体控股"),
    "more-present-than-due": ("聘任·会议·实到人数", "不能多于应到5人"),
    "votes-that-do-not-add-up": ("聘任·会议·同意票数", "合计4票，与到会5人不符"),
    "meeting-without-quorum": ("聘任·会议·实到人数", "未过应到6人的半数"),
    "resolution-not-carried": ("聘任·会议·同意票数", "未过应到6人的半数"),
    "indicator-weights-not-100": ("考核·考核指标", "权重合计为90，应为100"),
    "group-weights-not-100": ("考核·指标组权重", "权重合计为90，应为100"),
    "scorer-weights-not-100": ("考核·评分人权重", "权重合计为120，应为100"),
    "fund-weights-not-100": ("经费·类别权重", "权重合计为100.01，应为100"),
    "grades-out-of-order": ("考核·合格分数线", "应依次升高"),
    "quarters-that-do-not-add-up": (
        "经费·预算项目（第1项）·分季安排（元）",
        "四季合计19999.99元，应等于该项金额20000元",
    ),
    "three-quarters": ("经费·预算项目（第1项）·分季安排（元）（第4项）", "必须填写"),
    "five-quarters": ("经费·预算项目（第1项）·分季安排（元）", "项数过多"),
    "items-that-do-not-add-up": ("经费·预算总额（元）", "预算项目合计为20000元"),
    "spending-limit-of-nothing": ("授权·单笔质量支出限额（元）", "限额为0等于没有审批权"),
    "sum-for-a-fund-that-is-not-set-up": ("经费·是否设立专项经费", "请改正其一"),
}
SEVERAL = {
    "several-mistakes": 8,
    "several-mistakes-between-answers": 6,
    "several-mistakes-of-every-sort": 7,
}


@pytest.fixture
def told(
    cli_invoke: Callable[..., Any],
    tmp_path: Path,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[Path], list[str]]:
    """What every command says about a questionnaire; they agree and write nothing."""
    # The real content, but read once: hundreds of calls would read it again.
    monkeypatch.setattr("cqo_docs.workspace.open_workspace", lambda *_, **__: workspace)
    ids = [*(s.id for s in workspace.library.standards), *(p.id for p in workspace.library.papers)]
    known = re.compile("|".join(sorted(ids, key=len, reverse=True)))

    def ask(path: Path) -> list[str]:
        before = sorted(tmp_path.rglob("*"))
        calls = [cli_invoke(name, path, *more) for name, more in COMMANDS.items()]
        assert [call.code for call in calls] == [1] * len(calls)
        assert [call.out for call in calls] == [""] * len(calls)
        assert len({call.err for call in calls}) == 1
        assert sorted(tmp_path.rglob("*")) == before
        sentences: list[str] = calls[0].problems
        for sentence in sentences:
            where, _, words = sentence.partition("：")
            assert where == str(path)
            assert not re.search("[A-Za-z]{2}", known.sub("", FOREIGN.sub("", words))), words
            shown = re.search("填了“([^”]*)”", words)
            assert not shown or shown[1] in path.read_text(encoding="utf-8")
        return [sentence.partition("：")[2] for sentence in sentences]

    return ask


def marked_lines(path: Path) -> list[int]:
    lines = path.read_text(encoding="utf-8").split("\n")
    return [number for number, line in enumerate(lines, 1) if line.endswith(MARK)]


def test_every_file_has_its_case() -> None:
    assert {path.stem for path in BAD.iterdir()} == {*WHOLE_FILE, *CASES, *SEVERAL}


@pytest.mark.parametrize("name", CASES)
def test_a_mistake_is_told_in_one_sentence(name: str, told: Callable[[Path], list[str]]) -> None:
    path = BAD / f"{name}.yaml"
    field, words = CASES[name]
    (line,) = marked_lines(path)
    (sentence,) = told(path)
    assert sentence.startswith(f"第{line}行，{field}：" if field else f"第{line}行：")
    assert words in sentence


@pytest.mark.parametrize("name", WHOLE_FILE)
def test_a_file_that_is_no_questionnaire_is_told_so(
    name: str, told: Callable[[Path], list[str]]
) -> None:
    (sentence,) = told(BAD / f"{name}.yaml")
    assert WHOLE_FILE[name] in sentence


@pytest.mark.parametrize("name", SEVERAL)
def test_all_mistakes_are_told_at_once_in_the_order_of_lines(
    name: str, told: Callable[[Path], list[str]]
) -> None:
    path = BAD / f"{name}.yaml"
    lines = [int(m[1]) for s in told(path) if (m := re.match(r"第(\d+)行", s))]
    assert lines == marked_lines(path)
    assert len(lines) == SEVERAL[name]


# What a file in the repository cannot hold


def test_a_missing_file_is_told(told: Callable[[Path], list[str]], tmp_path: Path) -> None:
    assert told(tmp_path / "没有.yaml") == ["找不到这个文件，请检查路径和文件名"]


def test_a_folder_is_told(told: Callable[[Path], list[str]], tmp_path: Path) -> None:
    assert told(tmp_path) == ["这是一个文件夹，请给出问卷文件"]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_another_encoding_is_told(
    told: Callable[[Path], list[str]], tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "问卷.yaml"
    path.write_text("企业: 某公司\n", encoding=encoding)
    assert told(path) == ["文件不是 UTF-8 编码的文本，请另存为 UTF-8 后再试"]


def test_a_file_of_zeros_is_told(told: Callable[[Path], list[str]], tmp_path: Path) -> None:
    path = tmp_path / "问卷.yaml"
    path.write_bytes(b"\0" * 1000)
    (sentence,) = told(path)
    assert "控制字符" in sentence


def test_a_mistake_in_json_has_its_line_too(
    told: Callable[[Path], list[str]], tmp_path: Path, questionnaire: Callable[..., str]
) -> None:
    path = tmp_path / "问卷.json"
    text = questionnaire({"appointment.start": "2026-02-30"})
    path.write_text(text, encoding="utf-8")
    line = next(n for n, row in enumerate(text.split("\n"), 1) if "2026-02-30" in row)
    (sentence,) = told(path)
    assert sentence.startswith(f"第{line}行，聘任·任期起始日：填了“2026-02-30”，没有这一天")


def test_a_cut_off_json_is_told(
    told: Callable[[Path], list[str]], tmp_path: Path, questionnaire: Callable[..., str]
) -> None:
    path = tmp_path / "问卷.json"
    path.write_text(questionnaire()[:-3], encoding="utf-8")
    (sentence,) = told(path)
    assert re.match(r"第\d+行：格式不对", sentence)


@pytest.mark.parametrize("name", ["province-like-no-other", "province-that-is-a-city"])
def test_a_province_is_guessed_only_where_one_is_near(
    told: Callable[[Path], list[str]], name: str
) -> None:
    (sentence,) = told(BAD / f"{name}.yaml")
    assert "是否为" not in sentence


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("山西", "山西省"),
        ("重庆", "重庆市"),
        ("内蒙古", "内蒙古自治区"),
        ("广西", "广西壮族自治区"),
        ("宁夏", "宁夏回族自治区"),
        ("新疆", "新疆维吾尔自治区"),
        ("西藏", "西藏自治区"),
        ("山西省 ", None),
    ],
)
def test_a_short_name_of_a_province_is_known(
    cli_invoke: Callable[..., Any],
    tmp_path: Path,
    questionnaire: Callable[..., str],
    written: str,
    meant: str | None,
) -> None:
    (tmp_path / "问卷.json").write_text(
        questionnaire({"company.province": written}), encoding="utf-8"
    )
    called = cli_invoke("check", "问卷.json")
    assert called.code == (0 if meant is None else 1)
    assert meant is None or f"是否为“{meant}”？" in called.err


@pytest.mark.parametrize("path", ["fund.total", "company.credit_code", "appointment.term_years"])
def test_a_wrong_value_is_shown_in_short(
    cli_invoke: Callable[..., Any], tmp_path: Path, questionnaire: Callable[..., str], path: str
) -> None:
    (tmp_path / "问卷.json").write_text(questionnaire({path: "1" * 5000}), encoding="utf-8")
    (sentence,) = cli_invoke("check", "问卷.json").problems
    assert len(sentence) < 200


# One wrong answer neither hides nor makes up another


@pytest.mark.parametrize(
    ("wrong", "other"),
    [
        ({"company.employees": "十六"}, {"company.province": "山西"}),
        ({"company.name": None}, {"company.province": "山西"}),
        ({"company.registration": "公司"}, {"company.industry_code": "98"}),
        ({"company": "某公司"}, {"assessment.pass_mark": "80"}),
        ({"candidate": "某人"}, {"company.province": "山西"}),
        ({"candidate.years_quality": "五"}, {"plan.adopt": ["没有"]}),
        ({"fund.items": [{"name": "甲", "group": "talent", "amount": "一"}]},
         {"output.documents": ["没有"]}),
        ({"appointment.start": "2026-02-30"}, {"assessment.pass_mark": "80"}),
    ],
)  # fmt: skip
def test_a_wrong_answer_hides_no_other(
    told: Callable[[Path], list[str]],
    tmp_path: Path,
    questionnaire: Callable[..., str],
    wrong: dict[str, Any],
    other: dict[str, Any],
) -> None:
    path = tmp_path / "问卷.json"

    def sentences(changes: dict[str, Any]) -> list[str]:
        answers = {
            **json.loads(questionnaire()),
            **{k: v for k, v in changes.items() if "." not in k},
        }
        for name, value in changes.items():
            group, _, field = name.partition(".")
            if field and isinstance(answers.setdefault(group, {}), dict):
                answers[group][field] = value
                if value is None:
                    del answers[group][field]
        path.write_text(json.dumps(answers, ensure_ascii=False), encoding="utf-8")
        return told(path)

    assert Counter(sentences({**wrong, **other})) == Counter(sentences(wrong) + sentences(other))


WEIGHTS = {"safety": "四十", "foundation": "20", "competitiveness": "20", "management": "20"}


@pytest.mark.parametrize(
    "weights",
    [WEIGHTS, {k: v for k, v in WEIGHTS.items() if k != "safety"}],
    ids=["wrong", "left out"],
)
def test_a_wrong_weight_hides_and_makes_up_nothing(
    told: Callable[[Path], list[str]],
    tmp_path: Path,
    questionnaire: Callable[..., str],
    weights: dict[str, str],
) -> None:
    path = tmp_path / "问卷.json"
    changes = {"assessment.weights": weights, "plan.adopt": ["没有"]}
    path.write_text(questionnaire(changes), encoding="utf-8")
    assert [re.split("[，：]", sentence)[1] for sentence in told(path)] == [
        "考核·指标组权重·质量安全",
        "方案·采用的标准（第1项）",
    ]


def test_a_wrong_answer_makes_up_no_other(
    told: Callable[[Path], list[str]], tmp_path: Path, questionnaire: Callable[..., str]
) -> None:
    path = tmp_path / "问卷.json"
    changes = {"assessment.good": "80分", "assessment.pass_mark": "78"}
    path.write_text(questionnaire(changes), encoding="utf-8")
    (sentence,) = told(path)
    assert "良好分数线" in sentence


def test_ids_in_a_wrong_questionnaire_are_told_in_chinese(
    told: Callable[[Path], list[str]], tmp_path: Path, questionnaire: Callable[..., str]
) -> None:
    path = tmp_path / "问卷.json"
    path.write_text(questionnaire({"candidate.degree": 7, "fund.total": -1}), encoding="utf-8")
    sentences = told(path)
    assert [s.split("，")[1].split("：")[0] for s in sentences] == [
        "候选人·学历",
        "经费·预算总额（元）",
    ]


def test_sentences_do_not_depend_on_where_the_fault_is_written(
    cli_invoke: Callable[..., Any], tmp_path: Path, questionnaire: Callable[..., str]
) -> None:
    """The same mistake in YAML, in JSON on one line, and under a mark of byte order."""
    text = json.dumps(json.loads(questionnaire({"company.employees": "-1"})), ensure_ascii=False)
    for name, prefix in (("a.yaml", ""), ("b.json", "\ufeff")):
        (tmp_path / name).write_text(prefix + text, encoding="utf-8")
        assert cli_invoke("check", name).problems == [
            f"{name}：第1行，企业·从业人数：填了“-1”，不能小于0"
        ]

"""Papers in traditional characters, in English, in two languages: whole and true to values."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from conftest import Called
from lxml import etree
from prints import Print

from cqo_docs import generation
from cqo_docs.answers.file import planning_date
from cqo_docs.answers.questions import questions
from cqo_docs.base.errors import CqoError
from cqo_docs.checks.locales import locale_problems
from cqo_docs.library.reading import read_library
from cqo_docs.library.version import CONTENT
from cqo_docs.papers.composer import compose
from cqo_docs.plan.model import Plan
from cqo_docs.render import text_of
from cqo_docs.verify.reporting import verify_all
from cqo_docs.wording.amounts import amount_in_words
from cqo_docs.wording.files import read_wording
from cqo_docs.wording.formats import roman
from cqo_docs.wording.locales import SOURCE
from cqo_docs.wording.translation import localized
from cqo_docs.wording.words import converter_for
from cqo_docs.workspace import Workspace, open_workspace, parse_locale

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = sorted((ROOT / "questionnaires").glob("*.yaml"))
CHECKER = ROOT.parent / "shared" / "tools" / "ooxml_check.py"
AS_OF = date(2026, 11, 21)
HONG_KONG, TAIWAN, ENGLISH, BOTH = "zh-Hant", "zh-Hant-TW", "en", "zh-Hans,en"
LOCALES = (HONG_KONG, TAIWAN, ENGLISH, BOTH)
HAN = re.compile("[\u4e00-\u9fff]")
TITLE = re.compile(r"《[^《》]*》")
# What Python or a template would leave behind where something went wrong.
LEFT_BEHIND = re.compile(r"\bNone\b|\[\]|\{\{|\}\}|\{%|%\}|\bundefined\b|\bnan\b")
# An official number is quoted as it is: 质检办质〔2012〕749号.
NUMBER = re.compile("[\u4e00-\u9fff]+〔\\d{4}〕\\d+号|[\u4e00-\u9fff]+令第\\d+号")
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@dataclass(frozen=True)
class Pack:
    """The files of one sample in one locale, and all that they say."""

    files: Mapping[str, bytes]

    def said(self) -> Iterator[str]:
        for path, data in self.files.items():
            if path.endswith(".ics"):
                lines = data.decode().replace("\r\n ", "").splitlines()
                yield from (line for line in lines if line.startswith(("SUMMARY", "DESCRIPTION")))
            else:
                yield from text_of(data)


@cache
def opened(locale: str) -> Workspace:
    return open_workspace(locale)


def whole_plan(sample: Path, ws: Workspace) -> Plan:
    """A plan of every paper, also those that its firm would not get unasked."""
    file = generation.read_answers(sample, ws)
    as_of = planning_date(file, None, AS_OF)
    return generation.make_plan(file, ws, as_of, [paper.id for paper in ws.library.papers])


@cache
def pack(sample: Path, locale: str) -> Pack:
    ws = opened(locale)
    files = generation.pack_files(whole_plan(sample, ws), ws)
    return Pack({made.path: made.data for made in files})


@cache
def given(sample: Path) -> tuple[str, ...]:
    """Every free text of a questionnaire, the longest first; choices and places are no such."""
    answers = generation.read_answers(sample, opened("zh-Hans")).answers
    unprinted = {q.path.replace("[]", "") for q in questions() if q.kind == "choice"}

    def walk(value: Any, path: str) -> Iterator[str]:
        if isinstance(value, dict):
            for name, inner in value.items():
                yield from walk(inner, f"{path}.{name}".strip("."))
        elif isinstance(value, (list, tuple)):
            for inner in value:
                yield from walk(inner, path)
        elif isinstance(value, str) and path not in unprinted and HAN.search(value):
            yield value

    found = set(walk(answers.model_dump(exclude_unset=True), ""))
    return tuple(sorted(found, key=len, reverse=True))


def without(text: str, *values: str) -> str:
    for value in values:
        text = text.replace(value, "")
    return text


def ids() -> frozenset[str]:
    """Names for programs that no reader is to meet."""
    library = read_library()
    return frozenset(
        [
            *library.topics,
            *(s.id for s in library.standards),
            *(q.path for q in questions() if "." in q.path),
            *(o for q in questions() for o in q.options if "-" in o and o not in ("first-class",)),
        ]
    )


IDS = re.compile(r"(?<![\w.-])(?:" + "|".join(map(re.escape, sorted(ids()))) + r")(?![\w.-])")
ENGLISH_COMPOUNDS = {"half-year"}

each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
each_locale = pytest.mark.parametrize("locale", LOCALES)


# ---------------------------------------------------------------- whole packs


@each_sample
@each_locale
def test_nothing_is_left_behind_in_any_paper(sample: Path, locale: str) -> None:
    wrong = [text for text in pack(sample, locale).said() if LEFT_BEHIND.search(text)]
    wrong += [
        text
        for text in pack(sample, locale).said()
        if set(IDS.findall(without(text, *given(sample)))) - ENGLISH_COMPOUNDS
    ]
    assert wrong == []


@each_sample
@each_locale
def test_every_value_that_a_paper_uses_stands_in_it_verbatim(sample: Path, locale: str) -> None:
    chinese, other = "\n".join(pack(sample, "zh-Hans").said()), pack(sample, locale)
    said = "\n".join(other.said())
    used = [value for value in given(sample) if value in chinese]
    assert used
    assert [value for value in used if value not in said] == []


@each_sample
@each_locale
def test_every_locale_has_the_same_papers(sample: Path, locale: str) -> None:
    def kinds(of: str) -> list[str]:
        return sorted(f"{path[:2]}.{path.rpartition('.')[2]}" for path in pack(sample, of).files)

    books = [kind for kind in kinds("zh-Hans") if not kind.endswith("docx")]
    assert kinds(locale) == sorted([*kinds("zh-Hans"), *(books if locale == BOTH else [])])


@each_sample
def test_english_papers_hold_chinese_in_values_and_bracketed_titles_only(sample: Path) -> None:
    natives = [standard.title for standard in read_library().standards]
    quoted = [f"({title}" for title in natives]
    wrong = []
    for text in pack(sample, ENGLISH).said():
        rest = without(TITLE.sub("", without(text, *quoted)), *given(sample))
        # The beginning of a paragraph, by which it is found, may cut a name.
        rest = re.sub(r'"[^"]*\.\.\."', "", rest)
        if HAN.search(rest):
            wrong.append(text)
    assert wrong == []


def simplified() -> frozenset[str]:
    """The signs of our words that no traditional text has."""
    opencc = pytest.importorskip("opencc")
    to, back = opencc.OpenCC("s2t"), opencc.OpenCC("t2s")
    words = "".join(path.read_text("utf-8") for path in CONTENT.rglob("*.yaml"))
    known = {sign for sign in words if HAN.match(sign)}
    # 后, 里, 准 and their like are words of both.
    both = set(
        "后里准只面台游干几系于余制表才云松合采克布并志向占吁胡咸谷丑卷舍征致注托伙群泄户卫税温说秘"
    )
    return frozenset(
        s for s in known if to.convert(s) != s and back.convert(s) == s and s not in both
    )


@each_sample
@pytest.mark.parametrize("locale", [HONG_KONG, TAIWAN])
def test_traditional_papers_hold_no_simplified_sign_of_ours(sample: Path, locale: str) -> None:
    signs, titles = simplified(), [standard.title for standard in read_library().standards]
    wrong = []
    for text in pack(sample, locale).said():
        rest = without(NUMBER.sub("", TITLE.sub("", text)), *titles, *given(sample))
        rest = re.sub("「[^」]*…」", "", rest)  # the beginning of a paragraph may cut a name
        if found := signs & set(rest):
            wrong.append((sorted(found), text))
    assert wrong == []


def test_titles_of_standards_and_official_numbers_are_quoted_as_they_are() -> None:
    said = "\n".join(pack(ROOT / "questionnaires/shanxi-steel-medium.yaml", HONG_KONG).said())
    assert "《关于深化企业首席质量官制度的意见》（晋市监发〔2021〕264号）" in said
    assert "《關於深化" not in said
    assert "《首席質量官管理制度》" in said  # our own paper is no law
    assert "市場監督管理" in said or "市場監管" in said


@each_sample
def test_a_bilingual_paper_has_each_paragraph_in_both_languages(sample: Path) -> None:
    def styled(data: bytes) -> list[tuple[str, str]]:
        root = etree.fromstring(zipfile.ZipFile(io.BytesIO(data)).read("word/document.xml"))
        found = []
        for paragraph in root.iter(f"{W}p"):
            style = paragraph.find(f"{W}pPr/{W}pStyle")
            text = "".join(t.text or "" for t in paragraph.iter(f"{W}t"))
            if style is not None:
                found.append((style.get(f"{W}val"), text))
        return found

    ws = opened("zh-Hans")
    documents = compose(whole_plan(sample, ws), ws.library, ws.wording)
    english = {
        path[:2]: data for path, data in pack(sample, ENGLISH).files.items() if "docx" in path
    }
    files = {path[:2]: data for path, data in pack(sample, BOTH).files.items() if "docx" in path}
    for document in documents:
        if not document.blocks:
            continue
        both = styled(files[f"{document.number:02d}"])
        alone = [text for _, text in styled(english[f"{document.number:02d}"])]
        for block in document.blocks:
            if block.style == "cell":
                # A cell of a table holds both below each other.
                cell = next(text for _, text in both if text.startswith(block.text))
                assert cell.removeprefix(block.text) in alone
                continue
            place = next(i for i, (_, text) in enumerate(both) if text == block.text)
            style, second = both[place + 1]
            assert style.endswith("Second"), (document.id, block.text)
            assert second in alone


# ---------------------------------------------------------------- sound files


FEW = [
    path for path in SAMPLES if path.stem in {"guangdong-electronics-foreign", "shanxi-food-micro"}
]


def written(folder: Path, samples: list[Path]) -> dict[str, list[Path]]:
    """The Office files of some samples on the disk, in one folder a locale and sample."""
    made: dict[str, list[Path]] = {locale: [] for locale in LOCALES}
    for locale in LOCALES:
        for sample in samples:
            own = folder / locale / sample.stem
            own.mkdir(parents=True)
            for path, data in pack(sample, locale).files.items():
                if path.endswith((".docx", ".xlsx")):
                    (own / path).write_bytes(data)
            made[locale].append(own)
    return made


@pytest.mark.parametrize(
    "samples", [FEW, pytest.param(SAMPLES, marks=pytest.mark.slow)], ids=["few", "all"]
)
def test_every_file_of_every_locale_is_sound(tmp_path: Path, samples: list[Path]) -> None:
    if not CHECKER.is_file():
        pytest.skip("no checker of Office files beside the repository: not judged")
    folders = [folder for of in written(tmp_path, samples).values() for folder in of]
    done = subprocess.run(
        [sys.executable, CHECKER, "--json", *folders], capture_output=True, text=True, check=False
    )
    judged = json.loads(done.stdout)
    assert len(judged) == sum(len(list(folder.iterdir())) for folder in folders)
    wrong = [
        (Path(entry["file"]).name, found["part"], found["message"])
        for entry in judged
        for found in entry["findings"]
        if found["level"] == "error"
    ]
    assert wrong == []


@pytest.mark.slow
@each_locale
def test_libreoffice_opens_every_file(
    printed: Callable[[str], tuple[Print, ...]], locale: str
) -> None:
    prints = printed(locale)
    assert {p.source.name for p in prints} == {
        path.rpartition("/")[2]
        for sample in SAMPLES
        for path in pack(sample, locale).files
        if not path.endswith(".ics")
    }
    assert all(p.pdf.read_bytes().startswith(b"%PDF") for p in prints)


# ---------------------------------------------------------------- traditional words

# Reviewed sign by sign; where Taiwan differs from Hong Kong, its form stands third.
TRADITIONAL = """
首席质量官 首席質量官
聘任决定与任职通知 聘任決定與任職通知
岗位职责说明书 崗位職責説明書 崗位職責說明書
授权书 授權書
质量安全“一票否决”权 質量安全「一票否決」權
书面提请复核 書面提請覆核
在申报和复审材料中附聘任文书 在申報和複審材料中附聘任文書
不能修复或者不值得修复 不能修復或者不值得修復
编制单位 編製單位
编制基准日 編製基準日
编制下一步工作计划 編製下一步工作計劃
本套文书中签署的授权书 本套文書中簽署的授權書
审议并发布聘任制度 審議並發佈聘任制度
警示并限期改进 警示並限期改進
合作伙伴的合法权益 合作夥伴的合法權益
全体合伙人 全體合夥人
泄露履职中掌握的信息 泄露履職中掌握的信息 洩露履職中掌握的信息
签收回执 簽收回執
被考核人（签字） 被考核人（簽字）
单笔质量支出 單筆質量支出
推荐性标准为依据 推薦性標準為依據
在批准的预算内 在批准的預算內
准予结转 准予結轉
真实、准确、可靠 真實、準確、可靠
标准制修订 標準制修訂
制定本制度 制定本制度
任职限制 任職限制
质量风险控制 質量風險控制
制造业 製造業
了解战略管理 瞭解戰略管理
作了前置研究讨论 作了前置研究討論
借鉴先行地区经验 借鑑先行地區經驗
借助新闻媒体 藉助新聞媒體
干部管理权限 幹部管理權限
实践经验丰富的技术骨干 實踐經驗豐富的技術骨幹
按分工联系监管部门 按分工聯繫監管部門
协作关系 協作關係
质量管理体系 質量管理體系
属于本企业 屬於本企業
不得用于 不得用於
关于聘任 關於聘任
不高于 不高於
团体标准 團體標準
质量主体责任 質量主體責任
综合得分 綜合得分
结余 結餘
其余事项 其餘事項
上级评分占80% 上級評分佔80%
只作参照 只作參照
事故台账 事故台賬 事故臺賬
出台激励政策 出台激勵政策 出臺激勵政策
向当地政府汇报 向當地政府匯報
汇总评估发现 彙總評估發現
主动回避 主動迴避
召回制度 召回制度
召回准备 召回準備
全生命周期 全生命週期
考核周期 考核週期
恪尽职守 恪盡職守
据以审查候选人 據以審查候選人
成果获奖 成果獲獎
体系升级 體系升級
采用国际标准 採用國際標準
及时发现并报告 及時發現並報告
注重实效 注重實效
注册并使用 註冊並使用
种养过程 種養過程
上下游企业 上下游企業
全面负责 全面負責
须写明事由 須寫明事由
群众性质量活动 群眾性質量活動
布置质量工作 佈置質量工作
鉴定成本 鑑定成本
目标范围 目標範圍
任职后请办理原岗位交接 任職後請辦理原崗位交接
表彰奖励 表彰獎勵
考核表 考核表
质量安全事故的报告、调查、处理 質量安全事故的報告、調查、處理
审核 審核
信息化 信息化
"""


@pytest.mark.parametrize("line", TRADITIONAL.strip().splitlines())
def test_phrases_of_ours_read_right_in_hong_kong_and_taiwan(line: str) -> None:
    simple, hong_kong, *taiwan = line.split()
    folder = CONTENT / "wording"
    assert converter_for("zh-Hant-HK", folder)(simple) == hong_kong
    assert converter_for("zh-Hant-TW", folder)(simple) == (taiwan or [hong_kong])[0]


def test_sums_in_capitals_are_traditional_too() -> None:
    assert read_wording(HONG_KONG).capital(Decimal("1234567.08")) == (
        "壹佰貳拾叄萬肆仟伍佰陸拾柒元零捌分"
    )


# ---------------------------------------------------------------- English forms


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "zero yuan"),
        ("1", "one yuan"),
        ("19", "nineteen yuan"),
        ("21.05", "twenty-one yuan and five fen"),
        ("100", "one hundred yuan"),
        ("105", "one hundred and five yuan"),
        ("1000", "one thousand yuan"),
        ("1001", "one thousand and one yuan"),
        ("120000", "one hundred and twenty thousand yuan"),
        (
            "1234567.89",
            "one million, two hundred and thirty-four thousand, five hundred and sixty-seven yuan"
            " and eighty-nine fen",
        ),
        ("300000000000", "three hundred billion yuan"),
    ],
)
def test_amounts_in_words(amount: str, words: str) -> None:
    assert amount_in_words(Decimal(amount)) == words


@pytest.mark.parametrize("amount", ["-1", "1000000000000", "NaN"])
def test_what_cannot_be_paid_has_no_words(amount: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        amount_in_words(Decimal(amount))


@pytest.mark.parametrize(
    ("items", "text"),
    [
        ([], ""),
        (["A"], "A"),
        (["A", "B"], "A and B"),
        (["A", "B", "C"], "A, B and C"),
        (["A", "B", "C", "D"], "A, B, C and D"),
    ],
)
def test_lists_read_as_in_cldr(items: list[str], text: str) -> None:
    assert read_wording(ENGLISH).join(items) == text


def test_days_and_numbers_of_paragraphs() -> None:
    words = read_wording(ENGLISH)
    assert words.date(date(2026, 11, 8)) == "8 November 2026"
    assert read_wording(TAIWAN).date(date(2026, 11, 8)) == "2026年11月8日"
    assert [words.numbering(style, 4) for style in ("heading1", "heading2", "item")] == [
        "IV. ",
        "D. ",
        "4. ",
    ]
    assert [words.numbering(style, 12) for style in ("chapter", "article", "clause-item")] == [
        "Chapter 12  ",
        "Article 12  ",
        "(12) ",
    ]
    assert [roman(n) for n in (1, 4, 9, 14, 19, 20)] == ["I", "IV", "IX", "XIV", "XIX", "XX"]


# ---------------------------------------------------------------- one plan


@each_sample
@each_locale
def test_a_locale_changes_words_and_nothing_else(sample: Path, locale: str) -> None:
    ws = opened("zh-Hans")
    file = generation.read_answers(sample, ws)
    as_of = planning_date(file, None, AS_OF)
    plan = generation.make_plan(file, ws, as_of)
    for edition in opened(locale).editions:
        own = Workspace(edition.library, edition.wording, edition.renderer)
        other = generation.make_plan(file, own, as_of)
        assert [(b.id, b.modality) for p in other.papers for b in p.blocks] == [
            (b.id, b.modality) for p in plan.papers for b in p.blocks
        ]
        assert [(d.clause.key, d.status) for d in other.clauses] == [
            (d.clause.key, d.status) for d in plan.clauses
        ]
        assert [f.code for f in other.findings] == [f.code for f in plan.findings]


@pytest.mark.parametrize(
    "name", ["DB50/T 1696—2024", "《企业首席质量官工作指南》", "db50-t-1696-2024"]
)
def test_a_standard_is_found_by_its_own_name_in_every_locale(name: str) -> None:
    for locale in (HONG_KONG, ENGLISH):
        library = localized(read_library(), read_wording(locale))
        found = library.find_standard(name)
        assert found is not None
        assert found.id == "db50-t-1696-2024"


# ---------------------------------------------------------------- completeness


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A copy of the content to spoil."""
    return Path(shutil.copytree(CONTENT, tmp_path / "content"))


def problems(content: Path) -> list[str]:
    found = locale_problems(read_library(content), content)
    return [f"{p.code} {dict(p.values)}" for p in found]


def test_our_own_locales_are_complete() -> None:
    assert problems(CONTENT) == []


def test_a_folder_of_words_that_no_locale_is_written_from_is_told(content: Path) -> None:
    shutil.copytree(content / "wording" / "en", content / "wording" / "ja")
    (told,) = problems(content)
    assert told.startswith("content.unknown-locale") and "'have': 'ja'" in told


@pytest.mark.parametrize(
    ("file", "old", "new", "path"),
    [
        (
            "topics.yaml",
            "开展质量教育培训。",
            "开展质量教育和培训。",
            "duty.education-training",
        ),
        ("reasons.yaml", "本地现行推广性意见", "当地现行推广性意见", "reasons.role.region-opinion"),
    ],
)
def test_a_translation_older_than_its_chinese_is_told(
    content: Path, file: str, old: str, new: str, path: str
) -> None:
    words = content / "wording" / SOURCE / file
    text = words.read_text(encoding="utf-8")
    assert old in text
    words.write_text(text.replace(old, new, 1), encoding="utf-8")
    told = problems(content)
    assert told and all(p.startswith("content.stale-translation") and path in p for p in told)


@pytest.mark.parametrize(
    ("file", "old", "new", "code", "told"),
    [
        ("web", "  skip: Skip to the content\n", "", "no-words", "web.common.skip"),
        ("web", "Trash ({count})", "Trash ({number})", "other-placeholders", "web.companies.trash"),
        (
            "topics",
            '  text: "Carry out quality education and training."\n',
            "",
            "no-words",
            "duty.education-training.text",
        ),
        (
            "topics",
            "Carry out quality education and training.",
            "",
            "no-words",
            "duty.education-training.text",
        ),
        (
            "topics",
            "Carry out quality education",
            "You shall carry out quality education",
            "modality",
            "五（三）5",
        ),
        (
            "topics",
            "{{ modal }} keep the trade secrets",
            "may keep the trade secrets",
            "modality",
            "四（五）-3",
        ),
        ("formats", "own-rule: ", "another-rule: ", "orphan-words", "another-rule"),
        ("formats", 'sentence-mark: "."\n', "", "no-words", "sentence-mark"),
        (
            "formats",
            "Reserved matters: {items}.",
            "Reserved matters.",
            "other-placeholders",
            "reserved-lead",
        ),
        (
            "formats",
            '  - "inspection or test data',
            '  - "fifth"\n  - "inspection or test data',
            "orphan-words",
            "veto-default[4]",
        ),
        ("findings", '  remedy: "Nothing to do."\n', "", "no-words", "conflict.one-person.remedy"),
        (
            "findings",
            "{name}: the documents differ and the Enterprise",
            "The documents differ and the Enterprise",
            "other-placeholders",
            "conflict.open",
        ),
        ("reasons", "clause.met: ", "clause.meet: ", "no-words", "clause.met"),
        ("questions", "    board: Board of Directors\n", "", "no-words", "reports_to.board"),
        (
            "questions",
            "  candidate.name: Name\n",
            "  candidate.name: 姓名\n",
            "foreign-words",
            "candidate.name",
        ),
        (
            "indicators",
            "recall: {name: Handling",
            "recalls: {name: Handling",
            "no-words",
            "indicators.recall",
        ),
        ("documents/budget", "    - [Managed by, ", "    - [归口管理, ", "foreign-words", "budget"),
        (
            "documents/duties",
            "this post must not take their place",
            "this post takes their place",
            "modality",
            "interface-posts",
        ),
        ("documents/appointment", "  pay: ", "  wage: ", "no-words", "pay"),
        (
            "documents/appointment",
            "{{ company.name }}. {{ term }}.",
            "the Enterprise.",
            "other-placeholders",
            "company.name",
        ),
        (
            "standards/shanxi-2021-264",
            '"四（四）-5": ',
            '"四（四）-55": ',
            "no-words",
            "四（四）-5",
        ),
        (
            "content",
            '      "4.2": "The enterprise shall define',
            '      "4.2": "The enterprise may define',
            "modality",
            "4.2",
        ),
        ("content", "  proprietor: Proprietor\n", "", "no-words", "organs.proprietor"),
        ("content", "  基本原则: Principles\n", "", "no-words", "基本原则-1"),
        ("look", "  与文书一致: Agrees with the papers\n", "", "foreign-words", "budget.xlsx"),
    ],
)
def test_a_fault_in_a_locale_is_named(
    content: Path, file: str, old: str, new: str, code: str, told: str
) -> None:
    path = content / "wording" / "en" / f"{file}.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    found = problems(content)
    assert any(f"content.{code}" in one and told in one for one in found), found


def test_a_paper_without_words_in_a_locale_is_named(content: Path) -> None:
    (content / "wording" / "en" / "documents" / "duties.yaml").unlink()
    assert any("documents/duties" in one for one in problems(content))


# ---------------------------------------------------------------- the command line


def test_generate_writes_the_locale_that_was_asked_for(
    cli_invoke: Callable[..., Called], tmp_path: Path
) -> None:
    sample = ROOT / "questionnaires/guangdong-electronics-foreign.yaml"
    for locale, name, kept in (
        ("en", "02-Letter-of-Appointment.docx", "en"),
        ("zh-Hant", "02-聘任書.docx", "zh-Hant-HK"),
        ("zh-Hans,en", "02-聘任书.docx", "zh-Hans,en"),
        ("zh-Hans", "02-聘任书.docx", "zh-Hans"),
    ):
        called = cli_invoke("generate", sample, "-o", tmp_path, "--locale", locale, "--json")
        assert called.code == 0
        folder = Path(called.json["pack"])
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        assert manifest["locale"] == kept
        assert (folder / name).is_file()
        # A pack is of one kind: the files of the locale before are gone.
        assert {p.name for p in folder.iterdir() if p.suffix in {".docx", ".xlsx"}} == {
            entry["path"] for entry in called.json["files"]
        }


@pytest.mark.parametrize("locale", ["fr", "zh", "zh-Hans,fr", "", "en,en", "zh-Hans,en,zh-Hant"])
def test_an_unknown_locale_is_refused_in_one_sentence(
    cli_invoke: Callable[..., Called], tmp_path: Path, locale: str
) -> None:
    sample = ROOT / "questionnaires/shandong-trading.yaml"
    called = cli_invoke("generate", sample, "-o", tmp_path / "out", "--locale", locale)
    assert (called.code, len(called.problems)) == (1, 1)
    assert not (tmp_path / "out").exists()


def test_locales_may_be_called_by_their_short_names() -> None:
    assert parse_locale("zh-Hant") == ("zh-Hant-HK",)
    assert parse_locale(" zh-Hant-TW , en ") == ("zh-Hant-TW", "en")
    with pytest.raises(CqoError):
        parse_locale("zh-Hant,zh-Hant-HK")


def test_a_batch_writes_the_locale_that_was_asked_for(
    cli_invoke: Callable[..., Called], tmp_path: Path
) -> None:
    clients = tmp_path / "clients"
    clients.mkdir()
    shutil.copy(ROOT / "questionnaires/shandong-trading.yaml", clients)
    first = cli_invoke(
        "batch", clients, "-o", tmp_path / "out", "--locale", "en", "--jobs", "1", "--json"
    )
    assert (first.code, first.json["written"]) == (0, 1)
    assert list((tmp_path / "out").rglob("02-Letter-of-Appointment.docx"))
    again = cli_invoke(
        "batch", clients, "-o", tmp_path / "out", "--locale", "en", "--jobs", "1", "--json"
    )
    assert again.json["current"] == 1
    other = cli_invoke("batch", clients, "-o", tmp_path / "out", "--jobs", "1", "--json")
    assert other.json["written"] == 1


def test_chinese_papers_load_nothing_of_other_locales(tmp_path: Path) -> None:
    sample = ROOT / "questionnaires/shandong-trading.yaml"
    code = (
        "import sys; from cqo_docs.cli.app import run;"
        f"run(['generate', {str(sample)!r}, '-o', {str(tmp_path)!r}]);"
        "print(sorted({'opencc', 'babel.lists'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "[]"


# ---------------------------------------------------------------- beside other options


def house_with(folder: Path, words: str) -> Path:
    (folder / "wording" / "documents").mkdir(parents=True)
    (folder / "wording" / "documents" / "appointment.yaml").write_text(words, encoding="utf-8")
    return folder


MICRO = ROOT / "questionnaires" / "shanxi-food-micro.yaml"
STEEL = ROOT / "questionnaires" / "shanxi-steel-medium.yaml"


def made_with(ws: Workspace, sample: Path, review: bool = False) -> Pack:
    file = generation.read_answers(sample, ws)
    plan = generation.make_plan(file, ws, AS_OF)
    return Pack({f.path: f.data for f in generation.pack_files(plan, ws, review)})


def test_words_of_a_house_are_converted_too(tmp_path: Path) -> None:
    house = house_with(tmp_path / "house", "title: 总裁签发的聘任书\n")
    ws = open_workspace(HONG_KONG, house=house)
    said = set(made_with(ws, STEEL).said())
    assert "總裁簽發的聘任書" in said
    assert "总裁签发的聘任书" not in said
    assert open_workspace(*ws.origin).locale == ws.locale


def test_a_house_with_chinese_words_is_refused_in_english(tmp_path: Path) -> None:
    house = house_with(tmp_path / "house", "title: 总裁签发的聘任书\n")
    with pytest.raises(CqoError) as raised:
        open_workspace(ENGLISH, house=house)
    assert [fault.code for fault in raised.value.problems] == ["house.other-locale"]


@pytest.mark.parametrize(
    ("locale", "said", "font"),
    [
        (HONG_KONG, "條款：", "新細明體"),
        (ENGLISH, "Clauses: ", "宋体"),
        (BOTH, "条款：", "宋体"),
    ],
)
def test_review_copies_speak_the_first_language(locale: str, said: str, font: str) -> None:
    files = made_with(opened(locale), MICRO, review=True).files
    copies = [data for path, data in files.items() if "/" in path]
    assert len(copies) == sum("/" not in path and path.endswith("docx") for path in files)
    for data in copies:
        comments = zipfile.ZipFile(io.BytesIO(data)).read("word/comments.xml").decode()
        assert said.strip() in comments
        assert f'eastAsia="{font}"' in comments


def test_departments_are_known_by_what_the_enterprise_wrote() -> None:
    chinese, other = read_wording("zh-Hans"), read_wording(HONG_KONG)
    for kind, words in chinese.year["units"].items():
        assert set(words) <= set(other.year["units"][kind])
    assert set(chinese.formats["manager"]["deputy"]) <= set(other.formats["manager"]["deputy"])
    assert other.formats["manager"]["titles"]["总经理"] == "總經理"


@pytest.mark.parametrize("locale", [HONG_KONG, ENGLISH, BOTH])
def test_verify_names_changes_in_papers_of_any_locale(tmp_path: Path, locale: str) -> None:
    ws = opened(locale)
    file = generation.read_answers(MICRO, ws)
    _, written = generation.generate(file, ws, tmp_path, AS_OF)
    (untouched,) = verify_all([written.folder], opened("zh-Hans"))
    assert untouched.consistent
    (paper,) = (p for p in written.folder.glob("04-*.docx"))
    paper.write_bytes(changed(paper.read_bytes(), "2026", "2027"))
    (report,) = verify_all([written.folder], opened("zh-Hans"))
    codes = {told.code for told in report.findings}
    assert "verify.other-locale" in codes
    assert codes & {"verify.date", "verify.figure"}


def changed(data: bytes, old: str, new: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as was, zipfile.ZipFile(stream, "w") as now:
        for name in was.namelist():
            part = was.read(name)
            if name == "word/document.xml":
                assert old.encode() in part
                part = part.replace(old.encode(), new.encode())
            now.writestr(name, part)
    return stream.getvalue()

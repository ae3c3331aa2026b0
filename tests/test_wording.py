"""The words of a locale: placeholders, numerals, formats, and a sentence for every code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from babel.dates import format_date
from cases import MACHINE_MAKER, STANDARDS, file_of, flat, make_plan, nested, workspace
from hypothesis import given
from hypothesis import strategies as st

import cqo_docs
from cqo_docs.answers.questions import questions
from cqo_docs.base.errors import AnswersError, ContentError, Problem, problem
from cqo_docs.facts.case import FACT_TYPES
from cqo_docs.facts.conditions import evaluate, parse_condition
from cqo_docs.plan.model import ROLE_ORDER, STATUSES
from cqo_docs.wording.locales import LOCALES
from cqo_docs.wording.placeholders import fill, placeholders
from cqo_docs.wording.sentences import Wording

PACKAGE = Path(cqo_docs.__file__).parent
# Where findings are made; what is wrong with answers is a problem instead.
PLAN = {p for p in (PACKAGE / "plan").glob("*.py") if p.name != "answers_check.py"}
WORDS = workspace().wording
# Values that the wording itself adds to those of a problem.
DERIVED = {"options", "code"}


# ---------------------------------------------------------------- fill


def test_a_placeholder_takes_its_value() -> None:
    assert fill("聘{{ person }}为{{post}}。", {"person": "陈", "post": "首席"}) == "聘陈为首席。"


def test_a_text_is_no_form_of_its_own() -> None:
    assert fill("100%{{ a }}%s {a} %(a)s", {"a": "%d"}) == "100%%d%s {a} %(a)s"
    assert fill("100%s", {}) == "100%s"


def test_what_is_given_besides_goes_before_the_view() -> None:
    assert fill("{{ a }}{{ b }}", {"a": "1", "b": "2"}, b="3") == "13"


def test_the_same_name_may_stand_twice() -> None:
    assert fill("{{ a }}与{{ a }}", {"a": "甲"}) == "甲与甲"


@pytest.mark.parametrize("value", ["{{ b }}", "{{ 7*7 }}", r"\1", r"\g<0>", "{a}", "%s", "$&"])
def test_a_value_that_looks_like_a_placeholder_stays_as_it_is(value: str) -> None:
    assert fill("{{ a }}。", {"a": value, "b": "乙"}) == f"{value}。"


def test_an_unknown_placeholder_is_refused_by_name() -> None:
    with pytest.raises(ContentError) as caught:
        fill("聘任{{ persn }}。", {"person": "陈"})
    found = caught.value.problems[0]
    assert found.code == "content.unknown-placeholder"
    assert found.values["name"] == "persn"
    assert "persn" in WORDS.problem(found)


def test_text_without_placeholders_is_untouched() -> None:
    text = "100%、{一}、{{}}、{{ }}"
    assert fill(text, {}) == text


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_value_comes_out_verbatim(left: str, value: str) -> None:
    head = left.replace("{", "").replace("}", "")
    assert fill(head + "{{ a }}", {"a": value}) == head + value


def test_placeholders_are_found_in_order() -> None:
    assert placeholders("{{ b.c }}和{{a-d}}、{{ b.c }}") == ["b.c", "a-d", "b.c"]


# ---------------------------------------------------------------- numerals and formats

ONES = "一二三四五六七八九"
NUMERALS = {
    **dict(enumerate(ONES, 1)),
    10: "十",
    11: "十一",
    19: "十九",
    20: "二十",
    21: "二十一",
    30: "三十",
    99: "九十九",
}


@pytest.mark.parametrize(("number", "numeral"), NUMERALS.items())
def test_numerals(number: int, numeral: str) -> None:
    assert WORDS.numeral(number) == numeral


def test_all_numerals_read_back_as_their_number() -> None:
    seen = set()
    for number in range(1, 100):
        numeral = WORDS.numeral(number)
        seen.add(numeral)
        tens, _, ones = numeral.rpartition("十")
        value = ONES.find(ones) + 1 if ones else 0
        if "十" in numeral:
            value += 10 * (ONES.index(tens) + 1 if tens else 1)
        assert value == number
    assert len(seen) == 99


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("3", "3"),
        ("3.0", "3"),
        ("3.50", "3.5"),
        ("100", "100"),
        ("1000000", "1000000"),
        ("0", "0"),
        ("0.10", "0.1"),
        ("33.33", "33.33"),
    ],
)
def test_numbers_without_superfluous_zeros(value: str, text: str) -> None:
    assert WORDS.number(Decimal(value)) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [("0", "0.00"), ("1234.5", "1,234.50"), ("120000", "120,000.00"),
     ("999999999999.99", "999,999,999,999.99")],
)  # fmt: skip
def test_money(amount: str, text: str) -> None:
    assert WORDS.money(Decimal(amount)) == text


def test_dates_are_written_the_chinese_way() -> None:
    assert WORDS.date(date(2026, 11, 8)) == "2026年11月8日"
    assert WORDS.date(date(2026, 1, 31)) == "2026年1月31日"


@pytest.mark.parametrize("locale", LOCALES)
def test_every_day_is_written_as_babel_writes_it(locale: str) -> None:
    words = Wording(locale, WORDS.folder)
    for year in (1949, 2000, 2023, 2100):
        for n in range(366):
            day = date(year, 1, 1) + timedelta(days=n)
            assert words.date(day) == format_date(day, "long", LOCALES[locale].babel)


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        ("company.above_scale", True, "是"),
        ("company.above_scale", False, "否"),
        ("company.above_scale", None, "未填"),
        ("candidate.degree", "junior-college", "大专"),
        ("appointment.level", "deputy", "副总经理级"),
        ("company.departments", ("质量部", "检验科"), "质量部、检验科"),
        ("company.departments", (), "无"),
        ("company.name", "none", "none"),
        ("appointment.start", date(2026, 11, 8), "2026年11月8日"),
        ("fund.total", Decimal("120000.00"), "120000"),
    ],
)
def test_values_in_words(path: str, value: Any, text: str) -> None:
    assert WORDS.value(path, value) == text


def test_labels_name_group_field_and_place_in_a_list() -> None:
    assert WORDS.label("company.name") == "企业·企业名称"
    assert WORDS.label("fund.items[1].amount") == "经费·预算项目（第2项）·金额（元）"
    assert WORDS.short_label("appointment.decision_date") == "决定日期"
    assert WORDS.label("pack.authorization") == "是否有《首席质量官授权书》"


def test_a_fill_in_is_visible_and_labelled() -> None:
    blank = WORDS.blank("appointment.decision_date")
    assert "＿＿＿＿＿" in blank
    assert "决定日期" in blank


def test_every_question_has_a_label_and_every_choice_a_word() -> None:
    for question in questions():
        assert re.search(r"[一-鿿]", WORDS.label(question.path)), question.path
        for option in question.options:
            assert re.search(r"[一-鿿]", WORDS.option(question.path, option)), option


def test_labels_on_one_level_differ() -> None:
    """Two questions under one word could not be told apart in a questionnaire."""
    for group, names in WORDS.vocabulary().keys.items():
        ids = set(names.values())
        assert len([n for n in names if n not in ids]) == len(ids), group


def test_every_fact_can_be_named() -> None:
    for name in FACT_TYPES:
        assert re.search(r"[一-鿿]", WORDS.short_label(name)), name


@pytest.mark.parametrize(
    ("raw", "facts", "text"),
    [
        ({"candidate.years_quality": {"at_least": "5"}}, {"candidate.years_quality": Decimal(4)},
         "质量工作年限为4年，要求不少于5年"),
        ({"candidate.degree": {"at_least": "bachelor"}}, {"candidate.degree": "junior-college"},
         "学历为大专，要求本科及以上"),
        ({"candidate.degree": {"at_least": "bachelor"}}, {}, "未填学历"),
        ({"company.above_scale": "true"}, {"company.above_scale": False},
         "是否规模以上为否，要求为是"),
        ({"company.size": {"one_of": ["small", "micro"]}}, {"company.size": "large"},
         "企业规模为大型，要求为小型、微型之一"),
    ],
)  # fmt: skip
def test_an_outcome_in_words(raw: Any, facts: Any, text: str) -> None:
    assert WORDS.outcome(evaluate(parse_condition(raw, FACT_TYPES), facts)) == text


def test_modal_words() -> None:
    words = {m: WORDS.modal(m) for m in ("shall", "shall_not", "should", "may", "encourage")}
    assert list(words.values()) == ["应", "不得", "宜", "可", "鼓励"]
    assert WORDS.modal("statement") == ""


def test_statuses_roles_and_verdicts_have_names() -> None:
    assert set(WORDS.formats["status"]) == set(STATUSES)
    assert set(WORDS.formats["role"]) == set(ROLE_ORDER)
    assert set(WORDS.formats["verdict"]) == {"pass", "relaxed", "fail", "unknown"}


# ---------------------------------------------------------------- a sentence for every code


@dataclass(frozen=True)
class Raised:
    """One place in the source that makes a problem."""

    code: str
    place: str
    values: frozenset[str] | None  # None: not to be read off the source


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def name_of(call: ast.Call) -> str:
    target = call.func
    return target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")


def text_of(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def raised() -> list[Raised]:
    """Every call of `problem` and `Problem` with its code written out, and what it carries."""
    found = []
    for path, tree in trees():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or name_of(node) not in {"problem", "Problem"}:
                continue
            code = text_of(node.args[0]) if node.args else None
            if code is None:
                continue
            values: set[str] | None = {k.arg for k in node.keywords if k.arg}
            if any(k.arg is None for k in node.keywords) or name_of(node) == "Problem":
                values = None
            elif isinstance(node.func, ast.Attribute):
                values = (values or set()) | {"field", "line"}
            place = f"{path.relative_to(PACKAGE)}:{node.lineno}"
            found.append(Raised(code, place, None if values is None else frozenset(values)))
    return found


def chosen_codes(*paths: Path) -> set[str]:
    """The codes that are given to a variable first: `code = …` or `code, severity = …`."""
    found = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Assign):
                continue
            target = node.targets[0]
            first = target.elts[0] if isinstance(target, ast.Tuple) else target
            if isinstance(first, ast.Name) and first.id == "code":
                found |= {t for inner in ast.walk(node.value) if (t := text_of(inner))}
    return {code for code in found if re.fullmatch(r"[a-z\-]+\.[a-z0-9\-]+", code)}


def refused_codes() -> set[str]:
    """The codes of the questionnaire's own refusals: error types given to pydantic."""
    return {
        f"answers.{code}"
        for path, tree in trees()
        if path.parent.name == "answers"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and name_of(node) == "PydanticCustomError"
        for code in [text_of(node.args[0])]
        if code
    }


def wanted_by(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_the_scan_finds_the_problems_of_the_source() -> None:
    found = {r.code for r in raised()}
    assert len(found) > 60
    assert {"file.missing", "yaml.tab", "answers.years-order", "pack.busy"} <= found


def test_every_problem_has_a_sentence() -> None:
    silent = [f"{r.place} {r.code}" for r in raised() if r.code not in WORDS.messages]
    assert silent == []
    others = [path for path, _ in trees() if path not in PLAN]
    assert chosen_codes(*others) <= {*WORDS.messages, *WORDS.verify["findings"]}


def test_every_refusal_of_an_answer_has_a_sentence() -> None:
    codes = refused_codes()
    assert "answers.blank" in codes
    assert codes <= set(WORDS.messages)


@pytest.mark.parametrize("fault", ["length", "alphabet", "region-digits", "check-character"])
def test_every_fault_of_a_credit_code_has_a_sentence(fault: str) -> None:
    assert f"answers.credit-code.{fault}" in WORDS.messages


def test_every_sentence_gets_all_the_values_it_prints() -> None:
    """A value that a problem does not carry would show as a question mark."""
    lacking = [
        f"{r.place} {r.code}: {sorted(missing)}"
        for r in raised()
        if r.values is not None and r.code in WORDS.messages
        if (missing := wanted_by(WORDS.messages[r.code]) - r.values - DERIVED)
    ]
    assert lacking == []


@pytest.mark.parametrize("code", sorted(WORDS.messages))
def test_every_sentence_formats(code: str) -> None:
    text = WORDS.messages[code]
    values = dict.fromkeys(wanted_by(text), "甲")
    sentence = text.format(**values)
    assert re.search(r"[一-鿿：]", sentence)
    assert "{" not in sentence.replace("{{", "") or "{" in text.replace("{{", "")


def test_a_problem_is_one_line_with_its_place() -> None:
    sentence = WORDS.problem(problem("file.missing", "甲.yaml"))
    assert sentence.startswith("甲.yaml：")
    assert "\n" not in sentence


def test_an_unknown_code_is_still_a_sentence() -> None:
    assert "no.such-code" in WORDS.problem(Problem("no.such-code", "甲.yaml"))


def test_a_choice_tells_what_could_be_filled_in() -> None:
    fault = problem("answers.literal_error", "甲.yaml", field="candidate.degree", line=3, have="博")
    sentence = WORDS.problem(fault)
    assert "大专、本科" in sentence
    assert "第3行" in sentence


WRONG_TEXTS = ("不知所云", "-1", "99999999999999", "　", "甲" * 3000)
WRONG_SHAPES: tuple[Any, ...] = ({"甲": "乙"}, ["甲"], [["甲"]])


def sentences_about(wrong: tuple[Any, ...]) -> Iterator[tuple[str, Problem, str]]:
    """What is said when each question of the questionnaire is answered with each wrong value."""
    for question in questions():
        if "[]" in question.path:
            continue
        for value in wrong:
            data = nested(flat())
            place: Any = data
            *groups, name = question.path.split(".")
            for group in groups:
                place = place.setdefault(group, {})
            place[name] = value
            try:
                file_of(data)
            except AnswersError as error:
                for fault in error.problems:
                    yield question.path, fault, WORDS.problem(fault)


@pytest.mark.parametrize("wrong", [WRONG_TEXTS, WRONG_SHAPES], ids=["texts", "shapes"])
def test_a_wrong_value_anywhere_gets_a_sentence(wrong: tuple[Any, ...]) -> None:
    told = list(sentences_about(wrong))
    assert len(told) > 150
    assert {fault.code for _, fault, _ in told} <= set(WORDS.messages)


@pytest.mark.parametrize("wrong", [WRONG_TEXTS, WRONG_SHAPES], ids=["texts", "shapes"])
def test_a_sentence_about_a_wrong_value_has_no_hole(wrong: tuple[Any, ...]) -> None:
    holes = [(path, said) for path, _, said in sentences_about(wrong) if "“?”" in said]
    assert holes == []


@pytest.mark.parametrize("value", ["甲\u0007乙", "甲\n乙", "甲\u202e乙", "甲\ufffe乙"])
def test_a_character_that_cannot_be_printed_is_refused_in_words(value: str) -> None:
    with pytest.raises(AnswersError) as caught:
        file_of(nested(flat({"company.name": value})))
    (fault,) = caught.value.problems
    assert fault.code == "answers.control-character"
    assert f"U+{ord(value[1]):04X}" in WORDS.problem(fault)


REQUIRED = [
    q.path
    for q in questions()
    if q.required and q.path.count(".") == 1 and q.path.startswith(("company.", "candidate."))
]


def test_a_missing_answer_gets_a_whole_sentence() -> None:
    assert "company.name" in REQUIRED
    for path in REQUIRED:
        answers = {k: v for k, v in MACHINE_MAKER.items() if k != path}
        with pytest.raises(AnswersError) as caught:
            file_of(nested(answers))
        assert WORDS.label(path) in " ".join(map(WORDS.problem, caught.value.problems))


# ---------------------------------------------------------------- findings and reasons


def constants_after(name: str, position: int) -> set[str]:
    """The texts given at one place of the calls of a function, all over the package."""
    return {
        text
        for _, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and name_of(node) == name and len(node.args) > position
        for text in [text_of(node.args[position])]
        if text
    }


def test_every_finding_has_message_and_remedy() -> None:
    codes = constants_after("Finding", 0) | chosen_codes(*PLAN)
    codes |= {r.code for r in workspace().library.findings}
    assert {"appointment.barred", "conflict.open", "coverage.award"} <= codes
    for code in codes:
        texts = WORDS.findings[code]
        assert texts["message"].endswith("。"), code
        assert texts["remedy"].endswith("。"), code


def test_no_finding_has_words_without_use() -> None:
    tree_texts = {
        text
        for path, tree in trees()
        if path in PLAN
        for node in ast.walk(tree)
        if (text := text_of(node))
    }
    used = tree_texts | {r.code for r in workspace().library.findings}
    assert set(WORDS.findings) <= used


def test_every_reason_code_has_a_sentence() -> None:
    codes = {f"clause.{c}" for c in constants_after("result", 1)} | constants_after("Reason", 0)
    roles = {f"role.{c}" for c in constants_after("result", 1)}
    known = set(WORDS.reasons)
    for code in codes:
        assert code in known or code.replace("clause.", "role.") in known, code
    assert roles & known, "roles are named by the same helper"


def test_findings_are_told_without_leftover_marks() -> None:
    plan = make_plan({"candidate.bar_benefit": True, "company.quality_award": None})
    for finding in plan.findings:
        for text in WORDS.finding(finding, {s: s for s in STANDARDS}):
            assert text == text.strip()
            assert "  " not in text


def test_the_names_of_a_locale_live_in_its_folder() -> None:
    assert Wording("zh-Hans", WORDS.folder).topics == WORDS.topics

"""Answers: the usual ways of writing are understood, text stays as it is, nothing is guessed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from cqo_docs.answers.file import AnswersFile
from cqo_docs.answers.model import Answers
from cqo_docs.answers.questions import Question, questions
from cqo_docs.answers.reading import answers_from
from cqo_docs.answers.types import (
    NAME_LENGTH,
    TEXT_LENGTH,
    clean_text,
    parse_bool,
    parse_date,
    parse_number,
)
from cqo_docs.base.errors import AnswersError
from cqo_docs.base.yamlfile import parse_yaml, read_yaml
from cqo_docs.facts.conditions import facts_named
from cqo_docs.generation import make_case
from cqo_docs.wording.sentences import Wording
from cqo_docs.workspace import Workspace

AnswersWith = Callable[..., AnswersFile]
FULL_WIDTH = str.maketrans("0123456789.,-/", "０１２３４５６７８９．，－／")
QUESTIONS = tuple(questions())


def refused(parse: Callable[[object], object], written: object) -> str:
    with pytest.raises(PydanticCustomError) as caught:
        parse(written)
    return caught.value.type


# Numbers

AMOUNTS = st.decimals(-(10**12), 10**12, places=2)


@given(AMOUNTS)
def test_a_number_is_read_however_it_is_written(amount: Decimal) -> None:
    written = [f"{amount:f}", f"{amount:,f}", f" {amount:f} ", f"{amount:,f}".translate(FULL_WIDTH)]
    assert [parse_number(text) for text in written] == [amount] * len(written)
    assert parse_number(amount) == amount


@given(st.integers(-(10**30), 10**30))
def test_a_number_of_any_length_is_exact(number: int) -> None:
    assert parse_number(str(number)) == parse_number(number) == number


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("0", "0"),
        ("007", "7"),
        ("8.10", "8.10"),
        ("1,234,567.89", "1234567.89"),
        ("１２３", "123"),
        ("１，２３４．５", "1234.5"),
        ("－５", "-5"),
        ("　16　", "16"),
    ],
)
def test_usual_numbers(written: str, number: str) -> None:
    assert parse_number(written) == Decimal(number)


@pytest.mark.parametrize(
    "written",
    ["", "十六", "16人", "1万", "约16", "1e5", "1 234", "1,23", "1,2345", ",123", "1.", ".5", "+5",
     "--5", "0x10", "1_000", "nan", "inf", "½", "5%", "1..2", "1,234,56", True, False, None, 1.5,
     []],
)  # fmt: skip
def test_what_is_no_number_is_refused(written: object) -> None:
    assert refused(parse_number, written) == "number"


@pytest.mark.parametrize("written", ["10²", "①", "٣", "४२"])
def test_only_ordinary_and_full_width_digits_are_digits(written: str) -> None:
    assert refused(parse_number, written) == "number"


def decimals_taken(answers_with: AnswersWith, path: str, written: str) -> Decimal:
    answers: Any = answers_with({path: written, "fund.establish": True}).answers
    for name in path.split("."):
        answers = getattr(answers, name)
    assert isinstance(answers, Decimal)
    return answers


def problem_codes(read: Callable[[], object]) -> list[str]:
    with pytest.raises(AnswersError) as caught:
        read()
    return [problem.code for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("path", "right", "wrong"),
    [
        ("company.employees", ["0", "16", "16.0"], {"16.5": "digits", "-1": "too-small"}),
        ("company.revenue", ["0.000001"], {"0.0000001": "digits", "10000000000": "too-large"}),
        ("candidate.years_quality", ["0", "2.5", "70"], {"2.55": "digits", "70.1": "too-large"}),
        ("appointment.term_years", ["1", "10"], {"0": "too-small", "2.5": "digits"}),
        ("fund.total", ["0", "0.01", "999999999999.99"], {"0.001": "digits", "-0.01": "too-small"}),
        ("assessment.year", ["2000", "2100"], {"1999": "too-small", "2101": "too-large"}),
    ],
)
def test_every_figure_has_its_bounds_and_digits(
    answers_with: AnswersWith, path: str, right: list[str], wrong: dict[str, str]
) -> None:
    assert [decimals_taken(answers_with, path, text) for text in right] == list(map(Decimal, right))
    found = {text: problem_codes(lambda t=text: answers_with({path: t})) for text in wrong}
    assert found == {text: [f"answers.{code}"] for text, code in wrong.items()}


def test_digits_are_counted_however_many_there_are(answers_with: AnswersWith) -> None:
    written = "1." + "0" * 29 + "1"
    assert problem_codes(lambda: answers_with({"fund.total": written})) == ["answers.digits"]


# Dates

DAYS = st.dates(date(1949, 1, 1), date(2100, 12, 31))


@given(DAYS, st.sampled_from(["-", "/", "."]))
def test_a_day_is_read_however_it_is_written(day: date, mark: str) -> None:
    y, m, d = day.year, day.month, day.day
    written = [
        f"{y}{mark}{m:02d}{mark}{d:02d}",
        f"{y}{mark}{m}{mark}{d}",
        f"{y}年{m}月{d}日",
        f"{y}年{m:02d}月{d:02d}日",
        f"{y} 年 {m} 月 {d} 日",
        f"{y}年{m}月{d}",
    ]
    written += [text.translate(FULL_WIDTH) for text in written]
    assert [parse_date(text) for text in written] == [day] * len(written)
    assert parse_date(day) == day


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("2026-02-30", "no-such-date"),
        ("2027-02-29", "no-such-date"),
        ("2026-13-01", "no-such-date"),
        ("2026-00-10", "no-such-date"),
        ("2026年4月31日", "no-such-date"),
        ("1948-12-31", "no-such-date"),
        ("2101-01-01", "no-such-date"),
        ("", "date-form"),
        ("20261108", "date-form"),
        ("26-11-08", "date-form"),
        ("8/11/2026", "date-form"),
        ("2026-11", "date-form"),
        ("2026年11月", "date-form"),
        ("二〇二六年十一月八日", "date-form"),
        ("2026-11-08T00:00", "date-form"),
        ("2026-11-08 前", "date-form"),
        (20261108, "date-form"),
        (None, "date-form"),
        (["2026"], "date-form"),
    ],
)
def test_what_is_no_day_is_refused(written: object, why: str) -> None:
    assert refused(parse_date, written) == why


def test_29_february_is_a_day_in_a_leap_year() -> None:
    assert parse_date("2028-02-29") == date(2028, 2, 29)


# Yes and no


@pytest.mark.parametrize(
    "words",
    [
        ("是", "有", "yes", "Yes", "YES", "true", "True", " 是 ", True),
        ("否", "无", "no", "No", "NO", "false", "False", " 否 ", False),
    ],
)
def test_yes_and_no_are_read_in_their_usual_words(words: tuple[object, ...]) -> None:
    assert {parse_bool(word) for word in words} == {words[-1]}


@pytest.mark.parametrize(
    "word", ["", "是否", "不是", "也许", "0", "1", "y", "是的", None, [], "有无"]
)
def test_any_other_word_is_neither_yes_nor_no(word: object) -> None:
    assert refused(parse_bool, word) == "yes-no"


@given(st.text())
def test_a_word_is_yes_or_no_or_refused(word: str) -> None:
    try:
        assert parse_bool(word) in {True, False}
    except PydanticCustomError as error:
        assert error.type == "yes-no"


# Text

HOSTILE = (
    'R&D 检测（"甲"）<有限>公司',
    "=1+1",
    "{{ 7*7 }}",
    "{% raw %}",
    "𠮷䶮（石家庄）电子🏭有限公司",
    "长" * 60,
    "../../etc/passwd",
    "C:\\Windows\\system32",
    "Smith & Sons <Labs> Oy",
    "a\u00adb\u200db",
    "null",
    "~",
    "%s %(name)s {name} {0} $HOME",
    "]]> &amp; '; DROP TABLE",
    "买买提·艾力",
    "１２３",
    "- 不是列表",
    "CON",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_but_honest_text_stays_as_it_is(answers_with: AnswersWith, text: str) -> None:
    answers = answers_with({"company.name": text, "appointment.copies_to": [text, text]}).answers
    assert answers.company.name == text
    assert answers.appointment.copies_to == (text, text)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_yaml_stays_as_it_is(workspace: Workspace, text: str) -> None:
    data = {
        "企业": {
            "企业名称": text, "省份": "山西省", "行业代码": "14", "登记类型": "个体工商户",
            "法定代表人": text,
        },
        "候选人": {"姓名": text},
    }  # fmt: skip
    file = parse_yaml(yaml.safe_dump(data, allow_unicode=True), Path("问卷.yaml"))
    company = answers_from(file, workspace.wording.vocabulary()).answers.company
    assert (company.name, company.legal_representative) == (text, text)


@given(st.text(max_size=50))
def test_a_text_is_taken_whole_or_refused(text: str) -> None:
    try:
        assert clean_text(text) == text.strip()
    except PydanticCustomError as error:
        assert error.type in {"blank", "control-character"}


@pytest.mark.parametrize(
    "char",
    ["\0", "\a", "\t", "\n", "\v", "\f", "\r", "\x1b", "\x7f", "\x85", "\u2028", "\u2029", "\ud800",
     "\ufffe", "\uffff", "\U0001fffe", "\ufdd0", "\u061c", "\u200e", "\u200f", "\u202a", "\u202e",
     "\u2066", "\u2069"],
)  # fmt: skip
def test_a_character_that_no_paper_prints_is_refused(char: str) -> None:
    assert refused(clean_text, f"前{char}后") == "control-character"


def test_outer_space_is_no_part_of_a_text() -> None:
    assert clean_text("　 甲 乙\t\n") == "甲 乙"


@pytest.mark.parametrize("text", ["", " ", "　", "\t\n"])
def test_a_blank_text_is_refused(text: str) -> None:
    assert refused(clean_text, text) == "blank"


@pytest.mark.parametrize("value", [1, 1.5, True, ["甲"], {"甲": "乙"}, None])
def test_what_is_no_text_is_refused(value: object) -> None:
    assert refused(clean_text, value) == "text"


def test_names_and_texts_have_their_length(answers_with: AnswersWith) -> None:
    name, text = "𠮷" * NAME_LENGTH, "理" * TEXT_LENGTH
    answers = answers_with({"company.name": name, "candidate.relaxation_reason": text}).answers
    assert (answers.company.name, answers.candidate.relaxation_reason) == (name, text)
    changes = {"company.name": f"{name}𠮷", "candidate.relaxation_reason": f"{text}由"}
    assert problem_codes(lambda: answers_with(changes)) == ["answers.too-long"] * 2


# Groups, lists, words


def test_chinese_words_and_ids_mean_the_same(answers_with: AnswersWith) -> None:
    changes = {
        "candidate.degree": ("本科", "bachelor"),
        "candidate.title_rank": ("副高级", "associate-senior"),
        "company.quality_award": ("正在申报", "applies"),
        "company.regulated_activities": (["食品生产经营"], ["food"]),
        "appointment.level": ("副总经理级", "deputy"),
        "fund.items": (
            [{"项目名称": "甲", "类别": "人才与培训", "金额（元）": "1"}],
            [{"name": "甲", "group": "talent", "amount": "1"}],
        ),
    }
    chinese = answers_with({path: words for path, (words, _) in changes.items()})
    ids = answers_with({path: words for path, (_, words) in changes.items()})
    assert chinese.answers == ids.answers


@pytest.mark.parametrize(
    ("path", "word", "meaning"),
    [
        ("candidate.degree", "大学本科", "bachelor"),
        ("candidate.degree", "大学专科", "junior-college"),
        ("candidate.degree", "硕士", "master"),
        ("candidate.title_rank", "无", "none"),
        ("candidate.title_rank", "工程师", "intermediate"),
        ("company.governance", "执行董事", "single-director"),
        ("company.governance", "理事会", "board"),
    ],
)
def test_usual_words_for_a_choice_are_known(
    answers_with: AnswersWith, path: str, word: str, meaning: str
) -> None:
    group, _, name = path.partition(".")
    assert getattr(getattr(answers_with({path: word}).answers, group), name) == meaning


def test_a_title_of_two_ranks_is_not_taken_for_the_higher(answers_with: AnswersWith) -> None:
    """高级 holds 副高级 and 正高级 alike."""
    assert problem_codes(lambda: answers_with({"candidate.title_rank": "高级"}))


def test_one_value_where_a_list_is_wanted_is_a_list_of_one(answers_with: AnswersWith) -> None:
    answers = answers_with(
        {"appointment.concurrent_posts": "总工程师", "company.regulated_activities": "food"}
    ).answers
    assert answers.appointment.concurrent_posts == ("总工程师",)
    assert answers.company.regulated_activities == ("food",)


@pytest.mark.parametrize("nothing", [[], "无"])
def test_no_activity_is_an_answer_and_an_open_line_is_none(
    answers_with: AnswersWith, nothing: object
) -> None:
    path = "company.regulated_activities"
    none, empty = answers_with({path: None}), answers_with({path: nothing})
    assert (none.answers.company.regulated_activities, path in none.given) == (None, False)
    assert (empty.answers.company.regulated_activities, path in empty.given) == ((), True)


@pytest.mark.parametrize(
    "question", [q for q in QUESTIONS if "[]" not in q.path], ids=lambda q: q.path
)
def test_an_open_line_is_no_answer(
    workspace: Workspace, questionnaire: Callable[..., str], question: Question
) -> None:
    path = question.path
    text = questionnaire({path: "留空"}).replace('"留空"', "null")

    def read() -> AnswersFile:
        return answers_from(parse_yaml(text, Path("a")), workspace.wording.vocabulary())

    if question.required:
        assert set(problem_codes(read)) == {"answers.missing"}
    elif path == "company.governance":
        assert problem_codes(read) == ["answers.governance-needed"]
    else:
        assert path not in read().given


def test_what_was_given_is_known_with_its_line(
    answers_with: AnswersWith, questionnaire: Callable[..., str]
) -> None:
    changes = {"fund.total": "36000", "appointment.party.date": "2026-11-08"}
    file, text = answers_with(changes), questionnaire(changes).split("\n")
    for path, value in changes.items():
        assert path in file.given
        assert value in text[file.lines[path] - 1]
    assert "fund.establish" not in file.given


def test_a_file_is_read_as_its_text_is(
    answers_with: AnswersWith,
    questionnaire: Callable[..., str],
    tmp_path: Path,
    workspace: Workspace,
) -> None:
    path = tmp_path / "问卷.json"
    path.write_text(questionnaire(), encoding="utf-8")
    file = answers_from(read_yaml(path), workspace.wording.vocabulary())
    assert file.answers == answers_with().answers


def test_answers_cannot_be_changed(answers_with: AnswersWith) -> None:
    company = answers_with().answers.company
    with pytest.raises(ValueError, match="frozen"):
        company.name = "乙"  # type: ignore[misc]


# The list of questions


def schema_paths(schema: Mapping[str, Any], root: Mapping[str, Any], at: str = "") -> Iterator[str]:
    """Every leaf of a JSON schema as a dotted path; entries of a list stand under `[]`."""
    for name, node in schema.get("properties", {}).items():
        path = f"{at}.{name}" if at else name
        forms = [n for n in node.get("anyOf", [node]) if n.get("type") != "null"]
        groups = [resolved for form in forms if (resolved := group_of(form, root)) is not None]
        entries = [
            resolved
            for form in forms
            if isinstance(form.get("items"), dict)
            and (resolved := group_of(form["items"], root)) is not None
        ]
        if groups:
            yield from schema_paths(groups[0], root, path)
            continue
        yield path
        if entries:
            yield from schema_paths(entries[0], root, f"{path}[]")


def group_of(form: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any] | None:
    name = str(form.get("$ref", "")).removeprefix("#/$defs/")
    found = root["$defs"].get(name)
    return found if found and found.get("type") == "object" else None


def test_every_field_of_the_models_is_a_question() -> None:
    schema = Answers.model_json_schema()
    assert Counter(q.path for q in QUESTIONS) == Counter(schema_paths(schema, schema))


def test_few_questions_must_be_answered() -> None:
    assert [q.path for q in QUESTIONS if q.required and "[]" not in q.path] == [
        "company.name",
        "company.province",
        "company.industry_code",
        "company.registration",
        "company.legal_representative",
        "candidate.name",
        *(f"assessment.weights.{n}" for n in ("safety", "foundation", "competitiveness")),
        "assessment.weights.management",
        *(
            f"fund.weights.{n}"
            for n in (
                "talent", "improvement", "metrology", "standards", "system", "brand", "tools",
                "reserve",
            )
        ),
    ]  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.path)
def test_every_question_and_every_option_has_a_label(
    workspace: Workspace, question: Question
) -> None:
    words = workspace.wording.questions
    path = question.path
    assert words["fields"][path].strip()
    for depth in range(1, path.count(".") + 1):
        group = ".".join(path.split(".")[:depth]).removesuffix("[]")
        assert words["fields"][group].strip()
    labels = words["choices"].get(path, {})
    assert set(labels) == set(question.options)
    assert len(set(labels.values())) == len(labels)


def test_no_label_has_lost_its_question(workspace: Workspace) -> None:
    paths = {q.path for q in QUESTIONS}
    groups = {".".join(p.split(".")[:n]).removesuffix("[]") for p in paths for n in (1, 2)}
    assert set(workspace.wording.questions["fields"]) <= paths | groups


def test_no_alias_means_two_options(workspace: Workspace) -> None:
    words: Wording = workspace.wording
    for path, aliases in words.questions["aliases"].items():
        choices = words.questions["choices"][path]
        assert set(aliases) <= set(choices)
        meant = [(label, option) for option, label in choices.items()]
        meant += [(name, option) for option, names in aliases.items() for name in names]
        assert len(dict(meant)) == len(set(meant)), path


def test_every_plain_default_is_listed_as_an_assumption(
    answers_with: AnswersWith, workspace: Workspace
) -> None:
    case = make_case(answers_with(), workspace, date(2026, 11, 8))
    listed = {a.field: a.value for a in case.assumptions if a.reason == "default"}
    assert listed == {
        "appointment.reports_to": "general-manager",
        "appointment.term_years": 3,
        "assessment.cycle": "annual",
        "assessment.scorers.self_score": 0,
        "assessment.scorers.superior": 70,
        "assessment.scorers.board": 30,
        "assessment.excellent": 90,
        "assessment.good": 75,
        "assessment.pass_mark": 60,
        "fund.establish": True,
        "plan.policy": "strictest",
        "plan.recommendations": "keep",
    }


def test_what_was_answered_is_no_assumption(
    answers_with: AnswersWith, workspace: Workspace
) -> None:
    same_as_default = {"appointment.term_years": 3, "fund.establish": "是"}
    case = make_case(answers_with(same_as_default), workspace, date(2026, 11, 8))
    assert not {a.field for a in case.assumptions} & set(same_as_default)


def test_what_decides_a_verdict_has_no_default(workspace: Workspace) -> None:
    defaults = {q.path for q in QUESTIONS if not q.required and q.default not in (None, ())}
    decisive = {
        fact
        for standard in workspace.library.standards
        for clause in standard.clauses
        for condition in (clause.applies, clause.requires, clause.remains)
        if condition is not None
        for fact in facts_named(condition)
    }
    assert decisive, "no condition was found"
    assert not decisive & defaults


# What a vote, a post without a board, or an invisible name cannot be


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        (
            {"company.registration": "400", "company.governance": "none",
             "appointment.meeting.due": 86, "appointment.meeting.present": 71,
             "appointment.meeting.votes_for": 0, "appointment.meeting.votes_against": 71,
             "appointment.meeting.votes_abstained": 0},
            "answers.voted-down",
        ),
        (
            {"company.governance": "board", "appointment.meeting.due": 5,
             "appointment.meeting.votes_for": 4, "appointment.meeting.votes_against": 3},
            "answers.votes-sum",
        ),
        (
            {"company.governance": "single-director", "appointment.reports_to": "board"},
            "answers.no-board",
        ),
        (
            {"company.governance": "single-director", "appointment.meeting.members": ["甲", "乙"]},
            "answers.one-director",
        ),
        (
            {"appointment.start": "2026-07-01", "appointment.end": "2099-12-31"},
            "answers.term-too-long",
        ),
        ({"candidate.name": "\u3164"}, "answers.blank"),
    ],
)  # fmt: skip
def test_answers_that_contradict_each_other_are_refused(
    answers_with: AnswersWith, changes: dict[str, object], code: str
) -> None:
    assert code in problem_codes(lambda: answers_with(changes))

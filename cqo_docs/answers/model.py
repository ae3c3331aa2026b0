"""The questionnaire of one company: its typed models, its reader, its cross-checks."""

from __future__ import annotations

import copy
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from cqo_docs.answers import credit_code
from cqo_docs.base.errors import AnswersError, Problem, problem
from cqo_docs.base.yamlfile import Key, YamlFile, read_yaml

NAME_LENGTH = 100
LONGEST_TERM = 10
# Characters that take room and show nothing.
FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
LAST_PIECE = re.compile(r"(\.?[^.\[\]]+|\[\d+\])$")
# What a single answer is called when a list or a group stands in its place.
SINGLE_VALUE_ERRORS = frozenset(
    {"text", "number", "yes-no", "date-form", "literal_error", "industry", "blank"}
)
# What stands for required answers that are wrong, so that the others can still be checked.
STAND_INS: Mapping[str, Mapping[str, str]] = {
    "company": {
        "name": "-",
        "province": "-",
        "industry_code": "14",
        "registration": "900",
        "legal_representative": "-",
    },
    "candidate": {"name": "-"},
}
TEXT_LENGTH = 2000
# Direction marks turn a printed name round; they are never part of one.
DIRECTION_MARKS = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
TRUE_WORDS = {"true", "yes", "是", "有"}
FALSE_WORDS = {"false", "no", "否", "无"}
DATE_FORM = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
NUMBER_FORM = re.compile(r"-?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]+)?")
# Full-width digits and signs are ordinary in Chinese typing; digits of other scripts are not.
HALF_WIDTH = {0xFF10 + i: ord("0") + i for i in range(10)} | str.maketrans("，．－", ",.-")


@dataclass(frozen=True, slots=True)
class Limits:
    """What an answer may be: a figure between two with so many decimals, or so long a text."""

    least: str = ""
    most: str = ""
    digits: int = 0
    length: int = 0


PERCENT = Limits("0", "100", 2)
# What each validator allows; forms ask the same questions and tell it beforehand.
LIMITS: dict[Callable[[object], Any], Limits] = {}


def clean_text(value: object) -> str:
    """The text without outer spaces. Refuses what no paper can print."""
    if not isinstance(value, str):
        raise PydanticCustomError("text", "text")
    text = value.strip()
    if not text:
        raise PydanticCustomError("blank", "blank")
    if not any(_is_visible(char) for char in text):
        raise PydanticCustomError("blank", "blank")
    # What is printable holds none of these; most texts are, and are done with here.
    for char in "" if text.isprintable() else text:
        category = unicodedata.category(char)
        noncharacter = ord(char) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(char) <= 0xFDEF
        if category in {"Cc", "Cs", "Zl", "Zp"} or char in DIRECTION_MARKS or noncharacter:
            raise PydanticCustomError(
                "control-character", "control", {"char": f"U+{ord(char):04X}"}
            )
    return text


def _is_visible(char: str) -> bool:
    return unicodedata.category(char)[0] in "LNPS" and char not in FILLERS


def _limited(length: int) -> Callable[[object], str]:
    def limited(value: object) -> str:
        text = clean_text(value)
        if len(text) > length:
            raise PydanticCustomError("too-long", "long", {"most": length, "have": len(text)})
        return text

    LIMITS[limited] = Limits(length=length)
    return limited


def parse_bool(value: object) -> bool:
    """Yes or no in the usual Chinese and English words."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise PydanticCustomError("yes-no", "yes or no", {"have": str(value)[:40]})


def parse_number(value: object) -> Decimal:
    """The exact decimal of a number written with ordinary or full-width digits."""
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return Decimal(value)
    text = str(value).strip().translate(HALF_WIDTH)
    if not isinstance(value, str) or not NUMBER_FORM.fullmatch(text):
        raise PydanticCustomError("number", "number", {"have": str(value)[:40]})
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation:
        raise PydanticCustomError("number", "number", {"have": text[:40]}) from None


def _number(least: str, most: str, digits: int) -> Callable[[object], Decimal]:
    low, high = Decimal(least), Decimal(most)

    def number(value: object) -> Decimal:
        amount = parse_number(value)
        fraction = f"{amount:f}".partition(".")[2].rstrip("0")
        if len(fraction) > digits:
            raise PydanticCustomError("digits", "digits", {"most": digits, "have": str(amount)})
        if amount < low:
            raise PydanticCustomError("too-small", "small", {"least": least, "have": str(amount)})
        if amount > high:
            raise PydanticCustomError("too-large", "large", {"most": most, "have": str(amount)})
        return amount

    LIMITS[number] = Limits(least, most, digits)
    return number


def parse_date(value: object) -> date:
    """The day written as 2026-11-08, 2026/11/8, 2026.11.8 or 2026年11月8日."""
    if isinstance(value, date):
        return value
    match = DATE_FORM.fullmatch(unicodedata.normalize("NFKC", str(value)).strip())
    if not match:
        raise PydanticCustomError("date-form", "date", {"have": str(value)[:40]})
    try:
        day = date(*(int(part) for part in match.groups()))
    except ValueError:
        raise PydanticCustomError("no-such-date", "date", {"have": str(value)[:40]}) from None
    if not 1949 <= day.year <= 2100:
        raise PydanticCustomError("no-such-date", "date", {"have": str(value)[:40]})
    return day


def _as_list(value: object) -> object:
    """One value where a list is wanted is a list of one; a word for none is an empty list."""
    if isinstance(value, str):
        return [] if value.strip().lower() in {"无", "none"} else [value]
    return value


def _credit_code(value: object) -> str:
    code = credit_code.normalized(clean_text(value))
    fault = credit_code.fault(code)
    if fault:
        right = credit_code.check_character(code) if fault == "check-character" else ""
        raise PydanticCustomError(f"credit-code.{fault}", "code", {"have": code, "right": right})
    return code


def _industry(value: object) -> str:
    code = unicodedata.normalize("NFKC", clean_text(value)).upper()
    if not re.fullmatch(r"[A-T]?\d{2,4}", code):
        raise PydanticCustomError("industry", "industry", {"have": code[:40]})
    return code


Name = Annotated[str, BeforeValidator(_limited(NAME_LENGTH))]
Text = Annotated[str, BeforeValidator(_limited(TEXT_LENGTH))]
CreditCode = Annotated[str, BeforeValidator(_credit_code)]
IndustryCode = Annotated[str, BeforeValidator(_industry)]
Bool = Annotated[bool, BeforeValidator(parse_bool)]
Day = Annotated[date, BeforeValidator(parse_date)]
Count = Annotated[Decimal, BeforeValidator(_number("0", "10000000", 0))]
Years = Annotated[Decimal, BeforeValidator(_number("0", "70", 1))]
Term = Annotated[Decimal, BeforeValidator(_number("1", str(LONGEST_TERM), 0))]
Year = Annotated[Decimal, BeforeValidator(_number("2000", "2100", 0))]
Percent = Annotated[Decimal, BeforeValidator(_number("0", "100", 2))]
TenThousandYuan = Annotated[Decimal, BeforeValidator(_number("0", "9999999999", 6))]
Yuan = Annotated[Decimal, BeforeValidator(_number("0", "999999999999.99", 2))]
Names = Annotated[tuple[Name, ...], BeforeValidator(_as_list)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_as_list)]

Registration = Literal[
    "111", "112", "119", "121", "129", "131", "132", "133", "134", "140", "150", "190",
    "210", "220", "230", "290", "310", "320", "330", "390", "400", "500", "900",
]  # fmt: skip
Control = Literal["state", "collective", "private", "hmt", "foreign", "other"]
Governance = Literal["board", "single-director", "none"]
Award = Literal["none", "holds", "nominated", "applies"]
Activity = Literal[
    "food", "special-equipment-maker", "special-equipment-user", "industrial-goods-maker",
    "industrial-goods-seller", "drug", "device", "cosmetics",
]  # fmt: skip
Degree = Literal["below", "junior-college", "bachelor", "master", "doctor"]
TitleRank = Literal["none", "junior", "intermediate", "associate-senior", "senior"]
Qualification = Literal["none", "junior", "intermediate", "senior"]
Training = Literal["none", "attended", "passed"]
Level = Literal["department", "deputy", "chief"]
ReportsTo = Literal["general-manager", "legal-representative", "chairman", "board"]
Appointer = Literal["legal-representative", "principal", "general-manager", "board"]
AppointmentKind = Literal["first", "renewal"]
Cycle = Literal["annual", "half-year", "quarter"]
Assessor = Literal["superior", "shareholders", "supervisor", "external", "nobody"]
CostClass = Literal["prevention", "appraisal", "assurance", "reserve"]
FundGroup = Literal[
    "talent", "improvement", "metrology", "standards", "system", "brand", "tools", "reserve"
]
Policy = Literal["strictest", "ask"]
Recommendations = Literal["keep", "own-rule"]


class Model(BaseModel):
    """The common ground of all question groups: frozen, nothing unknown."""

    # Built when first used: once for the whole questionnaire, not for every group. Defaults that
    # are groups are therefore put together without a check.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Company(Model):
    """Who the company is."""

    name: Name
    short_name: Name | None = None
    credit_code: CreditCode | None = None
    province: Name
    city: Name | None = None
    industry_code: IndustryCode
    registration: Registration
    control: Control | None = None
    governance: Governance | None = None
    sole_shareholder: Bool | None = None
    rural: Bool | None = None
    legal_representative: Name
    general_manager: Name | None = None
    employees: Count | None = None
    revenue: TenThousandYuan | None = None
    assets: TenThousandYuan | None = None
    above_scale: Bool | None = None
    construction_qualified: Bool | None = None
    listed: Bool | None = None
    large_group: Bool | None = None
    benchmark: Bool | None = None
    exporter: Bool | None = None
    quality_award: Award | None = None
    premium_brand: Bool | None = None
    regulated_activities: Annotated[tuple[Activity, ...], BeforeValidator(_as_list)] | None = None
    departments: Names = ()


class Candidate(Model):
    """Who is to hold the post."""

    name: Name
    current_post: Name | None = None
    degree: Degree | None = None
    title_rank: TitleRank | None = None
    title_name: Name | None = None
    quality_qualification: Qualification | None = None
    quality_qualification_year: Year | None = None
    years_quality: Years | None = None
    years_quality_management: Years | None = None
    years_enterprise_quality_management: Years | None = None
    technical_backbone: Bool | None = None
    relaxation_reason: Text | None = None
    training: Training | None = None
    continuing_education: Bool | None = None
    certificate: Bool | None = None
    bar_violation: Bool | None = None
    bar_benefit: Bool | None = None
    bar_disclosure: Bool | None = None


class Meeting(Model):
    """The meeting or written act that decides."""

    name: Name | None = None
    number: Name | None = None
    place: Name | None = None
    due: Count | None = None
    present: Count | None = None
    votes_for: Count | None = None
    votes_against: Count | None = None
    votes_abstained: Count | None = None
    members: Names = ()
    articles_allow: Bool | None = None


class Party(Model):
    """The prior discussion by the Party organization of a state-owned firm."""

    organ: Name | None = None
    date: Day | None = None


class Appointment(Model):
    """How the officer is appointed."""

    post_title: Name | None = None
    level: Level | None = None
    full_time: Bool | None = None
    concurrent_posts: Names = ()
    kind: AppointmentKind | None = None
    articles_list_officer: Bool | None = None
    reports_to: ReportsTo = "general-manager"
    appointer: Appointer | None = None
    decision_date: Day | None = None
    letter_date: Day | None = None
    authorization_date: Day | None = None
    start: Day | None = None
    term_years: Term = Decimal(3)
    end: Day | None = None
    meeting: Meeting = Meeting.model_construct()
    party: Party = Party.model_construct()
    notice_number: Name | None = None
    letter_number: Name | None = None
    authorization_number: Name | None = None
    addressees: Name | None = None
    copies_to: Names = ()
    ceremony: Bool | None = None
    treatment: Bool | None = None


class Authority(Model):
    """What the officer may do, and up to where."""

    spending_limit: Yuan | None = None
    reserved_matters: Texts = ()


class Indicator(Model):
    """One line of the assessment form."""

    name: Name
    target: Text
    evidence: Text | None = None
    scoring: Text | None = None
    weight: Percent


class GroupWeights(Model):
    """How the hundred points are shared among the groups of indicators."""

    safety: Percent
    foundation: Percent
    competitiveness: Percent
    management: Percent


class ScorerWeights(Model):
    """How much each scorer counts, in percent."""

    self_score: Percent = Decimal(0)
    superior: Percent = Decimal(70)
    board: Percent = Decimal(30)


class Assessment(Model):
    """How the officer is assessed; every figure is the enterprise's own choice."""

    cycle: Cycle = "annual"
    year: Year | None = None
    assessor: Assessor | None = None
    indicators: tuple[Indicator, ...] = ()
    weights: GroupWeights | None = None
    scorers: ScorerWeights = ScorerWeights.model_construct()
    excellent: Percent = Decimal(90)
    good: Percent = Decimal(75)
    pass_mark: Percent = Decimal(60)
    veto_items: Texts = ()


class BudgetItem(Model):
    """One line of the budget."""

    name: Name
    group: FundGroup
    amount: Yuan
    quarters: tuple[Yuan, Yuan, Yuan, Yuan] | None = None
    cost_class: CostClass | None = None
    owner: Name | None = None
    basis: Text | None = None
    source: Name | None = None


class FundWeights(Model):
    """How a total is shared among the groups of the budget, in percent."""

    talent: Percent
    improvement: Percent
    metrology: Percent
    standards: Percent
    system: Percent
    brand: Percent
    tools: Percent
    reserve: Percent


class Fund(Model):
    """The special fund for quality work."""

    establish: Bool = True
    year: Year | None = None
    total: Yuan | None = None
    items: tuple[BudgetItem, ...] = ()
    weights: FundWeights | None = None
    payroll_total: Yuan | None = None


class PlanChoice(Model):
    """Which standards the enterprise adopts, and how differences are settled."""

    adopt: Names = ()
    policy: Policy = "strictest"
    recommendations: Recommendations = "keep"
    as_of: Day | None = None


class Extra(Model):
    """One item of the user's own, for the templates of a house folder."""

    name: Name
    value: Text


class Output(Model):
    """Which papers are wanted, and what own templates want besides."""

    documents: Names = ()
    extra: tuple[Extra, ...] = ()


class Answers(Model):
    """The validated questionnaire of one company."""

    company: Company
    candidate: Candidate
    appointment: Appointment = Appointment.model_construct()
    authority: Authority = Authority.model_construct()
    assessment: Assessment = Assessment.model_construct()
    fund: Fund = Fund.model_construct()
    plan: PlanChoice = PlanChoice.model_construct()
    output: Output = Output.model_construct()


@dataclass(frozen=True, slots=True)
class Question:
    """One answer that can be given: `path` is dotted, `[]` stands for the entries of a list."""

    path: str
    kind: str
    required: bool
    options: tuple[str, ...] = ()
    many: bool = False
    default: Any = None
    always: bool = False
    """Whether every questionnaire needs it: `required`, and no group above may be left out."""
    limits: Limits | None = None
    entries: int | None = None
    """How many entries a list must have, where that is fixed."""


KINDS: Mapping[Any, str] = {
    Decimal: "number",
    date: "date",
    bool: "yes-no",
    str: "text",
}


@cache
def questions() -> tuple[Question, ...]:
    """Every question of the questionnaire, in order; the models are the only list of them."""
    return tuple(_questions(Answers))


def _questions(model: type[BaseModel], prefix: str = "", always: bool = True) -> Iterator[Question]:
    for name, info in model.model_fields.items():
        path = f"{prefix}{name}"
        kind, many = _unwrapped(info.annotation)
        required = info.is_required()
        default = None if required else info.get_default()
        needed = always and required
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            if many:
                yield Question(path, "list", required, (), many, default, needed)
            yield from _questions(kind, f"{path}[]." if many else f"{path}.", needed and not many)
        else:
            options = get_args(kind) if get_origin(kind) is Literal else ()
            yield Question(
                path, "choice" if options else KINDS[kind], required, options, many, default,
                needed, _limits(Annotated[info.annotation, *info.metadata, None]),
                _entries(info.annotation),
            )  # fmt: skip


def _limits(annotation: Any) -> Limits | None:
    """What the validators inside Optional, Annotated and tuple allow."""
    for part in get_args(annotation):
        validator = part.func if isinstance(part, BeforeValidator) else None
        limits = LIMITS.get(cast(Any, validator)) or _limits(part)
        if limits is not None:
            return limits
    return None


def _entries(annotation: Any) -> int | None:
    """The number of entries of a tuple of fixed length inside Optional and Annotated."""
    if get_origin(annotation) is tuple:
        args = get_args(annotation)
        return None if Ellipsis in args else len(args)
    return next((n for part in get_args(annotation) if (n := _entries(part)) is not None), None)


def _unwrapped(annotation: Any) -> tuple[Any, bool]:
    """The plain type inside Optional, Annotated and tuple, and whether it is a list."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _unwrapped(get_args(annotation)[0])
    if origin in {Union, UnionType}:
        inner = next(arg for arg in get_args(annotation) if arg is not NoneType)
        return _unwrapped(inner)
    if origin is tuple:
        return _unwrapped(get_args(annotation)[0])[0], True
    return annotation, False


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words a questionnaire may use for its keys and choices, mapped to their ids."""

    keys: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AnswersFile:
    """One company's answers, which of them were given, and where each stands in its file."""

    path: Path
    answers: Answers
    given: frozenset[str]
    lines: Mapping[str, int]

    def problem(self, code: str, where: str, **values: object) -> Problem:
        """A problem at one answer of this file."""
        line = nearest_line(self.lines, where)
        return problem(code, str(self.path), field=where, line=line, **values)


def nearest_line(lines: Mapping[str, int], path: str) -> int:
    """The line of an answer, or of the nearest group above it; 1 for the file itself."""
    while path not in lines and path:
        path = LAST_PIECE.sub("", path)
    return lines.get(path, 1)


Check = Callable[["AnswersFile"], Iterator[Problem]]


def read_answers(path: Path, vocabulary: Vocabulary, *checks: Check) -> AnswersFile:
    """The answers in a YAML or JSON file. Raises AnswersError with every problem at once."""
    return answers_from(read_yaml(path), vocabulary, *checks)


def answers_from(file: YamlFile, vocabulary: Vocabulary, *checks: Check) -> AnswersFile:
    """The answers in a file that was read, after our checks and those of the caller.

    Raises AnswersError with every problem at once: wrong answers do not hide what the checks
    find in the others.
    """
    where = str(file.path)
    if not isinstance(file.data, dict):
        raise AnswersError([problem("answers.not-a-questionnaire", where)])
    reading = _Reading(file, vocabulary)
    data = reading.translated(file.data)
    found, lines = reading.found, reading.lines
    suspect: set[str] = set()
    answers: Answers | None
    try:
        answers = Answers.model_validate(data)
    except ValidationError as error:
        wrong = error.errors()
        found += [_problem_of(detail, where, lines) for detail in wrong]
        answers, stood_in = _what_is_left(data, wrong)
        suspect = {_path_of(detail) for detail in wrong} | stood_in
    if answers is None:
        raise AnswersError(_in_line_order(found))
    result = AnswersFile(file.path, answers, frozenset(reading.given), lines)
    for check in (cross_checks, *checks):
        for fault in check(result):
            named = {fault.values.get("field", ""), fault.values.get("field2", "")}
            named |= set(fault.values.get("among", "").split(","))
            if not any(_touches(path, name) for path in suspect for name in named if name):
                found.append(fault)
    if found:
        raise AnswersError(_in_line_order(found))
    return result


def _touches(wrong: str, name: str) -> bool:
    """Whether a problem at `name` may come of the wrong answer only."""
    return f"{wrong}.".startswith(f"{name}.") or f"{name}.".startswith(f"{wrong}.")


def answers_by_id(file: YamlFile, vocabulary: Vocabulary) -> Any:
    """The data of a file with keys and choices as ids, checked for nothing."""
    return _Reading(file, vocabulary).translated(file.data)


def usable_answers(data: Any) -> tuple[Answers, frozenset[str]]:
    """What can be used of answers by id that may be incomplete or wrong, and what has a stand-in.

    Answers that are wrong count as not given.
    """
    try:
        return Answers.model_validate(data), frozenset()
    except ValidationError as error:
        answers, stood_in = _what_is_left(data, error.errors())
    if answers is not None:
        return answers, frozenset(stood_in)
    every = frozenset(f"{group}.{name}" for group, own in STAND_INS.items() for name in own)
    return Answers.model_validate(STAND_INS), every


def _what_is_left(data: Any, wrong: Sequence[ErrorDetails]) -> tuple[Answers | None, set[str]]:
    """The answers without the wrong ones, and the required ones that have a stand-in."""
    kept = copy.deepcopy(data) if isinstance(data, dict) else {}
    stood_in = set()
    # What is taken out may leave a group incomplete, which then goes as a whole.
    for _ in range(3):
        for detail in wrong:
            _drop(kept, detail["loc"])
        for group, values in STAND_INS.items():
            own = kept.setdefault(group, {})
            for name, value in values.items():
                if name not in own:
                    own[name] = value
                    stood_in.add(f"{group}.{name}")
        try:
            return Answers.model_validate(kept), stood_in
        except ValidationError as error:
            wrong = error.errors()
    return None, stood_in


def _drop(data: Any, place: Sequence[int | str]) -> None:
    """Take out one answer; where it is missing, or one of a list, what holds it goes with it."""
    above: tuple[Any, Any] | None = None
    for part in place:
        if not isinstance(data, dict) or part not in data:
            if above is not None and above[1] not in STAND_INS:
                above[0].pop(above[1], None)
            return
        above, data = (data, part), data[part]
    if above is not None:
        above[0].pop(above[1], None)


def _in_line_order(found: Sequence[Problem]) -> list[Problem]:
    return sorted(found, key=lambda p: int(p.values.get("line", "0")))


@dataclass(frozen=True, slots=True)
class _Reading:
    """One questionnaire on its way to ids: what was found, where each answer stands."""

    file: YamlFile
    vocabulary: Vocabulary
    found: list[Problem] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)
    given: set[str] = field(default_factory=set)

    def translated(self, value: Any, key: Key = (), path: str = "") -> Any:
        """The same data with keys and choices as ids; empty answers dropped; lines noted."""
        self.lines.setdefault(path, self.file.line(key))
        pattern = re.sub(r"\[\d+\]", "[]", path) if "[" in path else path
        if isinstance(value, list):
            self.given.add(path)
            return [self.translated(v, (*key, i), f"{path}[{i}]") for i, v in enumerate(value)]
        names = self.vocabulary.keys.get(pattern)
        if not isinstance(value, dict) or names is None:
            # A group where one answer is wanted is left as it is: the model says so, once.
            self.given.add(path)
            words = self.vocabulary.choices.get(pattern, {})
            return words.get(value, value) if isinstance(value, str) else value
        result: dict[str, Any] = {}
        first: dict[str, int] = {}
        for word, inner in value.items():
            name, line = names.get(word), self.file.line((*key, word))
            if name is None:
                self._unknown(word, names, pattern, line)
            elif name in first:
                self._say("yaml.duplicate", line=line, key=word, first=first[name])
            else:
                first[name] = line
                below = f"{path}.{name}" if path else name
                self.lines[below] = line
                if inner is not None:
                    result[name] = self.translated(inner, (*key, word), below)
        return result

    def _unknown(self, word: str, names: Mapping[str, str], pattern: str, line: int) -> None:
        close = get_close_matches(word, list(names), n=1, cutoff=0.5)
        code = "answers.unknown-field-guess" if close else "answers.unknown-field"
        guess = close[0] if close else ""
        self._say(code, line=line, key=word, guess=guess, group=pattern)

    def _say(self, code: str, **values: object) -> None:
        self.found.append(problem(code, str(self.file.path), **values))


def _problem_of(detail: ErrorDetails, where: str, lines: Mapping[str, int]) -> Problem:
    """One pydantic error as a problem; its code is the error's type."""
    path = _path_of(detail)
    context = {
        k: v for k, v in detail.get("ctx", {}).items() if k not in {"expected", "code", "where"}
    }
    code, shown = detail["type"], detail.get("input")
    if isinstance(shown, (list, dict)) and code in SINGLE_VALUE_ERRORS:
        code = "single-value"
    elif shown is None and code in SINGLE_VALUE_ERRORS:
        code = "choice-open" if code == "literal_error" else "blank"
    elif isinstance(shown, str):
        context.setdefault("have", shown)
    if "have" in context:
        context["have"] = str(context["have"])[:40]
    line = nearest_line(lines, path)
    return problem(f"answers.{code}", where, field=path, line=line, **context)


def _path_of(detail: ErrorDetails) -> str:
    """The dotted path of an error: company.name, fund.items[2].amount."""
    path = ""
    for part in detail["loc"]:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path


def cross_checks(file: AnswersFile) -> Iterator[Problem]:
    """What single answers cannot show: orders, sums, answers that need each other."""
    yield from _years_checks(file)
    yield from _date_checks(file)
    yield from _company_checks(file)
    yield from _meeting_checks(file)
    yield from _assessment_checks(file)
    yield from _fund_checks(file)
    yield from _extra_checks(file)


def _years_checks(file: AnswersFile) -> Iterator[Problem]:
    person = file.answers.candidate
    steps = (
        ("candidate.years_quality", person.years_quality),
        ("candidate.years_quality_management", person.years_quality_management),
        (
            "candidate.years_enterprise_quality_management",
            person.years_enterprise_quality_management,
        ),
    )
    known = [(path, years) for path, years in steps if years is not None]
    for (wide, most), (narrow, years) in pairwise(known):
        if years > most:
            yield file.problem("answers.years-order", narrow, have=years, most=most, field2=wide)


def _date_checks(file: AnswersFile) -> Iterator[Problem]:
    a = file.answers.appointment
    steps = (
        ("appointment.party.date", a.party.date),
        ("appointment.decision_date", a.decision_date),
        ("appointment.letter_date", a.letter_date),
        ("appointment.authorization_date", a.authorization_date),
        ("appointment.start", a.start),
        ("appointment.end", a.end),
    )
    known = [(path, day) for path, day in steps if day is not None]
    for (first, earlier), (second, later) in pairwise(known):
        if later < earlier:
            yield file.problem(
                "answers.date-order", second, have=later, least=earlier, field2=first
            )
    if a.end is not None and a.start is not None and a.end.year - a.start.year > LONGEST_TERM:
        yield file.problem("answers.term-too-long", "appointment.end", most=LONGEST_TERM)
    if a.end is not None and a.start is not None and a.end == a.start:
        yield file.problem(
            "answers.date-order", "appointment.end", have=a.end, least=a.start,
            field2="appointment.start",
        )  # fmt: skip


COMPANY_FORMS = frozenset({"112", "119", "121", "129", "210", "220", "310", "320"})


def _company_checks(file: AnswersFile) -> Iterator[Problem]:
    company = file.answers.company
    if company.registration in COMPANY_FORMS and company.governance in {None, "none"}:
        yield file.problem("answers.governance-needed", "company.governance")
    if company.registration in {"119", "129"} and company.control is None:
        yield file.problem("answers.control-needed", "company.control")
    if company.governance == "single-director":
        a = file.answers.appointment
        if "appointment.reports_to" in file.given and a.reports_to in {"board", "chairman"}:
            yield file.problem("answers.no-board", "appointment.reports_to")
        if a.appointer == "board":
            yield file.problem("answers.no-board", "appointment.appointer")
        if len(a.meeting.members) > 1:
            yield file.problem("answers.one-director", "appointment.meeting.members")


def _meeting_checks(file: AnswersFile) -> Iterator[Problem]:
    meeting = file.answers.appointment.meeting
    path = "appointment.meeting"
    if meeting.present is not None and meeting.due is not None and meeting.present > meeting.due:
        yield file.problem(
            "answers.present-over-due", f"{path}.present", have=meeting.present, most=meeting.due
        )
    votes = (meeting.votes_for, meeting.votes_against, meeting.votes_abstained)
    cast = [v for v in votes if v is not None]
    total, room = sum(cast), meeting.present if meeting.present is not None else meeting.due
    all_told = meeting.present is not None and len(cast) == len(votes)
    if room is not None and (total > room or (all_told and total != room)):
        yield file.problem("answers.votes-sum", f"{path}.votes_for", have=total, most=room)
    against = meeting.votes_against or Decimal(0)
    if meeting.votes_for is not None and meeting.votes_for <= against:
        # Whatever the rules of a body, no more votes for than against carry nothing.
        yield file.problem(
            "answers.voted-down", f"{path}.votes_for", have=meeting.votes_for, most=against
        )
        return
    # 公司法 73 and 124 bind boards; other bodies vote by their articles.
    if file.answers.company.governance != "board" or meeting.due is None:
        return
    if meeting.present is not None and meeting.present * 2 <= meeting.due:
        yield file.problem(
            "answers.no-quorum", f"{path}.present", have=meeting.present, most=meeting.due
        )
    elif meeting.votes_for is not None and meeting.votes_for * 2 <= meeting.due:
        yield file.problem(
            "answers.not-carried", f"{path}.votes_for", have=meeting.votes_for, most=meeting.due
        )


def _sum_problem(file: AnswersFile, path: str, weights: Sequence[Decimal]) -> Iterator[Problem]:
    if sum(weights) != 100:
        yield file.problem("answers.weights", path, have=f"{sum(weights):f}")


def _assessment_checks(file: AnswersFile) -> Iterator[Problem]:
    a = file.answers.assessment
    if a.indicators:
        yield from _sum_problem(file, "assessment.indicators", [i.weight for i in a.indicators])
    if a.weights is not None:
        yield from _sum_problem(file, "assessment.weights", list(dict(a.weights).values()))
    yield from _sum_problem(file, "assessment.scorers", list(dict(a.scorers).values()))
    if not a.pass_mark < a.good < a.excellent:
        names = ",".join(f"assessment.{n}" for n in ("pass_mark", "good", "excellent"))
        yield file.problem("answers.grade-order", "assessment.pass_mark", among=names)


def _fund_checks(file: AnswersFile) -> Iterator[Problem]:
    fund = file.answers.fund
    if file.answers.authority.spending_limit == 0:
        yield file.problem("answers.limit-zero", "authority.spending_limit")
    if fund.weights is not None:
        yield from _sum_problem(file, "fund.weights", list(dict(fund.weights).values()))
    for i, item in enumerate(fund.items):
        if item.quarters is not None and sum(item.quarters) != item.amount:
            yield file.problem(
                "answers.quarters-sum", f"fund.items[{i}].quarters",
                have=f"{sum(item.quarters):f}", most=f"{item.amount:f}",
            )  # fmt: skip
    total = sum((item.amount for item in fund.items), Decimal(0))
    if fund.items and fund.total is not None and total != fund.total:
        yield file.problem(
            "answers.items-sum", "fund.total", have=f"{fund.total:f}", most=f"{total:f}"
        )
    if total > Decimal("999999999999.99"):
        yield file.problem(
            "answers.too-large", "fund.items", have=f"{total:f}", most="999999999999.99"
        )
    if not fund.establish and (fund.items or fund.total):
        yield file.problem("answers.fund-not-established", "fund.establish")


def _extra_checks(file: AnswersFile) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for i, item in enumerate(file.answers.output.extra):
        if first.setdefault(item.name, i) != i:
            yield file.problem("answers.extra-twice", f"output.extra[{i}].name", have=item.name)


__all__ = ["Answers", "AnswersFile", "Field", "Question", "Vocabulary", "read_answers"]


def planning_date(file: AnswersFile, given: date | None, today: date) -> date:
    """The day to plan for: the one asked for, or that of the answers, or today."""
    return given or file.answers.plan.as_of or today

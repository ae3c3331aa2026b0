"""One company's answers read from a questionnaire, with every problem and its place."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from cqo_docs.answers.checks import cross_checks
from cqo_docs.answers.file import AnswersFile, Check, Vocabulary, nearest_line
from cqo_docs.answers.model import Answers
from cqo_docs.answers.raw import RawAnswers
from cqo_docs.base.errors import AnswersError, Problem, problem
from cqo_docs.base.yamlfile import Key, YamlFile

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


def answers_from(
    file: RawAnswers | YamlFile, vocabulary: Vocabulary, *checks: Check
) -> AnswersFile:
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


def answers_by_id(file: RawAnswers | YamlFile, vocabulary: Vocabulary) -> Any:
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

    file: RawAnswers | YamlFile
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

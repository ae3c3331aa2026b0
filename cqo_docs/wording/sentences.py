"""The words and formats of one locale: labels, sentences, reasons, dates, numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeVar

from cqo_docs.answers.file import Vocabulary
from cqo_docs.answers.questions import questions
from cqo_docs.base.errors import Problem
from cqo_docs.base.memo import Memos
from cqo_docs.base.yamlfile import read_yaml
from cqo_docs.facts.case import FACT_TYPES, Assumption
from cqo_docs.facts.conditions import Outcome, Test
from cqo_docs.library.records import Clause
from cqo_docs.plan.model import Finding, Reason, Reconciled
from cqo_docs.wording.formats import NO_NUMBER, DayForm, ListForm, day_form, list_form, roman
from cqo_docs.wording.locales import LOCALES
from cqo_docs.wording.placeholders import INDEX
from cqo_docs.wording.traditional import Convert
from cqo_docs.wording.words import PAPER_FILES, PAPER_FOLDERS, Words, converter_for

T = TypeVar("T")
# What a text may name besides the values of a company: the composer knows it of a paragraph.
COMPOSED = frozenset({"modal", "own.articles"})


@dataclass(frozen=True, eq=False)
class Wording:
    """Every word of one locale; without `words`, a file is read when it is first wanted."""

    locale: str
    folder: Path
    words: Words | None = field(default=None, repr=False)

    def _file(self, name: str) -> Mapping[str, Any]:
        if self.words is not None and name in self.words.files:
            data = self.words.files[name]
        else:
            data = read_yaml(self.folder / f"{name}.yaml").data
        return data if isinstance(data, dict) else {}

    def _files(self, name: str) -> Iterator[tuple[str, Any]]:
        """The files of one folder in the order of their names."""
        if self.words is None:
            for path in sorted((self.folder / name).glob("*.yaml")):
                yield path.stem, read_yaml(path).data
        else:
            for key, data in self.words.files.items():
                folder, _, stem = key.rpartition("/")
                if folder == name:
                    yield stem, data

    @cached_property
    def memos(self) -> Memos:
        """What was worked out from it and comes again."""
        return {}

    @cached_property
    def formats(self) -> Mapping[str, Any]:
        """Names of statuses, roles, industries; numbering and number forms."""
        return self._file("formats")

    @cached_property
    def topics(self) -> Mapping[str, Mapping[str, str]]:
        """Name, text and action of every topic."""
        return self._file("topics")

    @cached_property
    def clause_words(self) -> Mapping[str, str]:
        """The words that single clauses keep for themselves, by STANDARD#REF."""
        return {
            f"{name}#{ref}": text
            for name, texts in self._files("standards")
            for ref, text in (texts or {}).items()
        }

    @cached_property
    def papers(self) -> Mapping[str, Mapping[str, Any]]:
        """Titles, file names and texts of the papers, by paper id."""
        return dict(self._files("documents"))

    @cached_property
    def questions(self) -> Mapping[str, Any]:
        """Labels of groups, questions, choices and derived facts."""
        return self._file("questions")

    @cached_property
    def year(self) -> Mapping[str, Any]:
        """What a year of work holds: tasks, dates, courses, and the names of units."""
        return self._file("year")

    @cached_property
    def findings(self) -> Mapping[str, Mapping[str, str]]:
        """Message and remedy of every finding."""
        return self._file("findings")

    @cached_property
    def reasons(self) -> Mapping[str, Any]:
        """Sentences that say why."""
        return self._file("reasons")

    @cached_property
    def messages(self) -> Mapping[str, str]:
        """Sentences about what a person must fix."""
        return self._file("messages")

    @cached_property
    def cli(self) -> Mapping[str, str]:
        """What the command line says."""
        return self._file("cli")

    @cached_property
    def forms(self) -> Mapping[str, Any]:
        """Headings, explanations and examples of the forms that people fill in."""
        return self._file("forms")

    @cached_property
    def interview(self) -> Mapping[str, Any]:
        """What the interview in the terminal says."""
        return self._file("interview")

    @cached_property
    def page(self) -> Mapping[str, Any]:
        """What the page in the browser says."""
        return self._file("web")

    @cached_property
    def review(self) -> Mapping[str, Any]:
        """What the comments of review copies say."""
        return self._file("review")

    @cached_property
    def verify(self) -> Mapping[str, Any]:
        """What the checks of a pack say, and the words by which they know things."""
        return self._file("verify")

    @cached_property
    def indicators(self) -> Mapping[str, Mapping[str, str]]:
        """Name, target, evidence and scoring of the assessment's own indicators."""
        return self._file("indicators")

    @cached_property
    def content(self) -> Mapping[str, Any]:
        """The texts of standards and reference tables, where a locale has its own."""
        return self._file("content")

    @cached_property
    def look(self) -> Mapping[str, Any]:
        """What another script wants of a template: fonts, sizes, the words that stand in it."""
        return self._file("look")

    @cached_property
    def modal_words(self) -> Mapping[str, Sequence[str]]:
        """For each modality, the words in which a paragraph restates a clause so strongly."""
        return self._file("modal")["words"]  # type: ignore[no-any-return]

    @cached_property
    def differences(self) -> Mapping[str, Any]:
        """Where the locale rightly differs from the Chinese that it is held against."""
        return self._file("differences")

    @cached_property
    def paper_words(self) -> dict[str, Any]:
        """The words that papers are written from, by file."""
        files: dict[str, Any] = {name: self._file(name) for name in PAPER_FILES}
        for folder in PAPER_FOLDERS:
            files |= {f"{folder}/{name}": data or {} for name, data in self._files(folder)}
        return files

    @cached_property
    def convert(self) -> Convert | None:
        """How the words are made from the simplified ones; None where they are written."""
        if not LOCALES[self.locale].opencc:
            return None
        return converter_for(self.locale, self.folder.parent)

    # Labels and values

    def label(self, path: str) -> str:
        """The full Chinese name of a question or fact: group and field."""
        return self._labels(path)

    @cached_property
    def _labels(self) -> Callable[[str], str]:
        return lru_cache(maxsize=4096)(self._label)

    def _label(self, path: str) -> str:
        plain = INDEX.sub("[]", path)
        facts = self.questions["facts"]
        if plain in facts:
            return str(facts[plain])
        if plain.startswith("pack."):
            return str(self.formats["pack-holds"]).format(title=self.paper_name(plain[5:]))
        if plain.startswith("joined."):
            return str(self.formats["pack-joined"]).format(title=self.paper_name(plain[7:]))
        parts: list[str] = []
        prefix = ""
        for piece in path.split("."):
            index = INDEX.search(piece)
            prefix = f"{prefix}.{piece}" if prefix else piece
            name = str(
                self.questions["fields"].get(INDEX.sub("[]", prefix).removesuffix("[]"), piece)
            )
            parts.append(
                name + self.formats["nth"].format(n=int(index.group(1)) + 1) if index else name
            )
        return "·".join(parts)

    def short_label(self, path: str) -> str:
        """The name of a question without its group."""
        return self.label(path).rpartition("·")[2]

    def paper_name(self, paper_id: str) -> str:
        """The plain name of a paper, free of the company's values."""
        words = self.papers[paper_id]
        return str(words.get("name") or words["title"])

    def option(self, path: str, value: str) -> str:
        """The label of one choice."""
        plain = INDEX.sub("[]", path) if "[" in path else path
        return str(self.questions["choices"].get(plain, {}).get(value, value))

    def value(self, path: str, value: Any) -> str:
        """One value as a reader sees it; an unknown one is called so."""
        if value is None:
            return str(self.formats["unanswered"])
        if isinstance(value, bool):
            return str(self.formats["yes" if value else "no"])
        if isinstance(value, date):
            return self.date(value)
        if isinstance(value, Decimal):
            return self.number(value)
        if isinstance(value, (tuple, list)):
            joined = self.join([self.value(path, v) for v in value])
            return joined or str(self.formats["none"])
        return self.option(path, str(value))

    def assumed_value(self, assumption: Assumption) -> str:
        """The value of an assumption in words."""
        value = assumption.value
        if assumption.reason == "from-standards":
            return self.parameter_value("departments", value)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return self.value(assumption.field, value)

    def terms(self) -> dict[str, str]:
        """The names that a case needs where the answers name nothing: the post, the addressees."""
        return {name: str(self.formats[name]) for name in ("post", "addressees")}

    def vocabulary(self) -> Vocabulary:
        """The words that questionnaires may use in place of ids; ids always work."""
        return self._vocabulary

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        keys: dict[str, dict[str, str]] = {"": {}}
        choices: dict[str, dict[str, str]] = {}
        for question in questions():
            pieces = question.path.split(".")
            for depth in range(len(pieces)):
                group = ".".join(pieces[:depth])
                name = pieces[depth].removesuffix("[]")
                path = f"{group}.{name}" if group else name
                label = str(self.questions["fields"].get(path, name))
                keys.setdefault(group, {}).update({name: name, label: name})
            if question.kind == "choice":
                labels = self.questions["choices"].get(question.path, {})
                words = {v: k for k, v in labels.items()}
                words |= {str(v): k for k, v in self._choice_aliases(question.path)}
                choices[question.path] = words
                choices[f"{question.path}[]"] = words
        return Vocabulary(keys, choices)

    def _choice_aliases(self, path: str) -> Iterable[tuple[str, str]]:
        for name, words in self.questions.get("aliases", {}).get(path, {}).items():
            for word in words:
                yield name, word

    # Formats

    def date(self, day: date) -> str:
        """The day in the form of the locale: 2026年11月8日."""
        form, months, days = self._day_form
        parts = {"y": str(day.year)}
        for name, words in months.items():
            parts[name] = words[day.month - 1]
        for name, words in days.items():
            parts[name] = words[day.day - 1]
        return form % parts

    @cached_property
    def _day_form(self) -> DayForm:
        return self.words.day_form if self.words is not None else day_form(self.locale)

    def number(self, value: Decimal) -> str:
        """A figure without superfluous zeros."""
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text

    def money(self, amount: Decimal) -> str:
        """An amount in yuan with thousands separators and 分: 1,234.50."""
        return f"{amount:,.2f}"

    def capital(self, amount: Decimal) -> str:
        """An amount in words, as cheques and contracts want it: 壹佰元整."""
        words = LOCALES[self.locale].amount_words(amount)
        return self.convert(words) if self.convert else words

    def join(self, items: Sequence[str]) -> str:
        """A list of words: with the list mark of the locale, or else as CLDR has it."""
        mark = self.formats.get("list-mark")
        if mark:
            return str(mark).join(items)
        *most, last = items or ("",)
        if len(most) < 2:
            return self._list_form.pair.format(*most, last) if most else last
        *most, before = most
        text = self._list_form.end.format(before, last)
        for i, item in enumerate(reversed(most), 1):
            form = self._list_form.start if i == len(most) else self._list_form.middle
            text = form.format(item, text)
        return text

    @cached_property
    def _list_form(self) -> ListForm:
        return self.words.list_form if self.words is not None else list_form(self.locale)

    def boxes(self, labels: Mapping[str, str], ticked: str | None = None) -> str:
        """Choices with their boxes, one of them ticked or none: ☑首次　☐变更."""
        marks = self.formats["box"]
        boxes = [
            f"{marks['ticked' if name == ticked else 'open']}{label}"
            for name, label in labels.items()
        ]
        return str(marks["gap"]).join(boxes)

    def numeral(self, number: int) -> str:
        """A counting numeral from 1 to 99 in words: 二十一."""
        digits = self.formats.get("digits")
        if not digits:
            return str(number)
        tens, ones = divmod(number, 10)
        if tens == 0:
            return str(digits[ones])
        head = "" if tens == 1 else digits[tens]
        return f"{head}{digits[10]}{digits[ones] if ones else ''}"

    def numbering(self, style: str, count: int) -> str:
        """What stands before the nth paragraph of a style; empty where nothing does."""
        return self._numberings(style, count)

    @cached_property
    def _numberings(self) -> Callable[[str, int], str]:
        return lru_cache(maxsize=4096)(self._numbering)

    def _numbering(self, style: str, count: int) -> str:
        form = str(self.formats["numbers"].get(style) or "")
        return form.format(
            n=count,
            zh=self.numeral(count) if "{zh}" in form else "",
            roman=roman(count),
            letter=chr(ord("A") + (count - 1) % 26),
        )

    def blank(self, path: str, way: str = "") -> str:
        """The visible fill-in for an answer that was not given; `way` as in answered()."""
        return self._blanks(path)

    def answered(self, path: str, value: T, way: str = "") -> T:
        """What is printed for an answer: here the value itself; blank papers keep its place.

        `way` tells apart the ways in which one answer is written: plainly, or in capitals.
        """
        return value

    @cached_property
    def _blanks(self) -> Callable[[str], str]:
        form = str(self.formats["blank"])
        return lru_cache(maxsize=4096)(lambda path: form.format(label=self.short_label(path)))

    # Sentences

    def clause_text(self, topic: str, lead: Clause | None) -> str:
        """The words of a paragraph: the leading clause's own, or else the topic's."""
        own = self.clause_words.get(lead.key) if lead else None
        return own or self.topics[topic]["text"]

    def modal(self, modality: str) -> str:
        """The modal word of a modality; empty for a statement."""
        return str(self.formats["modal"].get(modality) or "")

    def outcome(self, outcome: Outcome) -> str:
        """What one test found, in one phrase."""
        test = outcome.condition
        return self._tests(test, outcome.verdict, outcome.have) if isinstance(test, Test) else ""

    @cached_property
    def _tests(self) -> Callable[[Test, bool | None, Any], str]:
        # Most companies answer alike; typed, because True counts as 1.
        return lru_cache(maxsize=4096, typed=True)(self._test)

    def _test(self, test: Test, verdict: bool | None, have: Any) -> str:
        label = self.short_label(test.fact)
        form = {True: "held", False: "failed", None: "unknown"}[verdict]
        whether = self.formats["whether"]
        if isinstance(have, bool) and label.startswith(whether["head"]):
            having = whether["yes" if have else "no"]
            return f"{having}{label.removeprefix(whether['head'])}"
        if isinstance(have, bool) and verdict and label.startswith(whether["if"]):
            label, form = label.removeprefix(whether["if"]), "answered"
        return str(self.reasons["test"][form]).format(
            label=label, have=self._fact_value(test.fact, have), want=self._wanted(test)
        )

    def _fact_value(self, fact: str, value: Any) -> str:
        unit = self.formats["units"].get(fact, "") if value is not None else ""
        return f"{self.value(fact, value)}{unit}"

    def _wanted(self, test: Test) -> str:
        forms = self.reasons["wanted"]
        if test.operator == "one_of":
            text = self.join([self._fact_value(test.fact, v) for v in test.wanted])
            return str(forms["one_of"]).format(value=text)
        value = self._fact_value(test.fact, test.wanted)
        number = FACT_TYPES.get(test.fact)
        kind = "number-" if number and number.kind == "number" else ""
        return str(forms.get(f"{kind}{test.operator}", forms[test.operator])).format(value=value)

    def outcomes(self, outcomes: Iterable[Outcome]) -> str:
        """Several tests in one line, each said once."""
        texts = dict.fromkeys([text for text in map(self.outcome, outcomes) if text])
        return str(self.formats["clause-mark"]).join(texts) if texts else ""

    @cached_property
    def _plain_reasons(self) -> Callable[[str], str]:
        return lru_cache(maxsize=None)(lambda code: str(self.reasons[code]).format(tests=""))

    def reason(self, reason: Reason) -> str:
        """Why something was decided, in one sentence."""
        told = reason.values
        if not told and not reason.outcomes:
            return self._plain_reasons(reason.code)
        values = {name: self._reason_value(name, value) for name, value in told.items()}
        tests = self.outcomes(reason.outcomes) if reason.outcomes else ""
        if reason.code == "clause.to-do":
            topic = self.topics[str(told["topic"])]
            return topic.get("action") or str(self.reasons[reason.code]).format(
                **values, tests=tests
            )
        return str(self.reasons[reason.code]).format(**values, tests=tests)

    def _reason_value(self, name: str, value: Any) -> str:
        if name == "modality":
            return str(self.formats["modality"][value])
        if name == "topic":
            return self.topics[value]["name"]
        if name == "chosen":
            return self._answer_value(str(value))
        if name == "start" and value:
            return self.date(date.fromisoformat(str(value)))
        return str(value)

    def finding(self, finding: Finding, names: Mapping[str, str]) -> tuple[str, str]:
        """Message and remedy of a finding; `names` are the short names of standards."""
        texts = self.findings[finding.code]
        values: dict[str, str] = {"tests": self.outcomes(finding.outcomes)}
        for name, value in finding.values.items():
            if name == "standard":
                values[name] = names.get(value, value)
            elif name == "settled":
                values |= self.settled(value, names)
            elif name == "ref":
                values[name] = str(value) or NO_NUMBER
            elif name == "said":
                lead, weaker = value
                values["lead"] = self._said_modality(lead, names)
                values["others"] = str(self.formats["clause-mark"]).join(
                    self._said_modality(c, names) for c in weaker
                )
            elif name == "modality":
                values[name] = str(self.formats["modality"][value])
            elif name == "parameter":
                values[name] = str(self.formats["parameter"][value]["name"])
            elif name == "topic":
                values[name] = self.topics[value]["name"]
            elif name == "role":
                values[name] = str(self.formats["role"][value])
            else:
                values[name] = self.value(name, value)
        message, remedy = (texts.get(part, "").format(**values) for part in ("message", "remedy"))
        return message.replace(f" {NO_NUMBER}", ""), remedy

    def _said_modality(self, clause: Clause, names: Mapping[str, str]) -> str:
        return str(self.reasons["said"]).format(
            standard=names[clause.standard],
            ref=clause.cited or NO_NUMBER,
            value=self.formats["modality"][clause.modality],
        )

    def parameter_value(self, parameter: str, value: Any) -> str:
        """The name of one value of a parameter."""
        names = self.formats["parameter"][parameter]["values"]
        if isinstance(value, (list, tuple)):
            return self.join([str(names.get(v, v)) for v in value])
        if value is None:
            return str(self.formats["open"])
        accepted = names.get(value)
        return str(accepted) if accepted else self._answer_value(value)

    def _answer_value(self, value: str) -> str:
        for path in ("appointment.appointer", "appointment.reports_to"):
            if value in self.questions["choices"][path]:
                return self.option(path, value)
        return value

    def settled(self, settled: Reconciled, names: Mapping[str, str]) -> dict[str, str]:
        """The words that tell how a parameter was settled."""
        parameter = settled.parameter.id
        said = self.reasons["said"]

        def one(contribution: Any) -> str:
            return str(said).format(
                standard=names[contribution.clause.standard],
                ref=contribution.clause.cited or NO_NUMBER,
                value=self.parameter_value(parameter, contribution.value),
            )

        told = {
            "name": str(self.formats["parameter"][parameter]["name"]),
            "value": self.parameter_value(parameter, settled.value),
            "winner": one(settled.winner) if settled.winner else str(self.formats["none"]),
            "losers": str(self.formats["clause-mark"]).join(one(c) for c in settled.losers),
        }
        return {name: text.replace(f" {NO_NUMBER}", "") for name, text in told.items()}

    def problem(self, fault: Problem) -> str:
        """The one plain sentence for a problem: where, what, and the cure."""
        values = dict(fault.values)
        if "field" in values:
            path = values["field"]
            plain = INDEX.sub("[]", path)
            options = self.questions["choices"].get(plain) or self.questions["choices"].get(
                plain.removesuffix("[]"), {}
            )
            values["options"] = self.join([str(v) for v in options.values()])
            values["field"] = self.label(path) if path else ""
        if "field2" in values:
            values["field2"] = self.label(values["field2"])
        if "reason" in values:
            values["reason"] = str(self.messages.get(f"errno.{values['reason']}", values["reason"]))
        if values.get("group"):
            values["group"] = self.label(values["group"].removesuffix("[]"))
        text = str(self.messages.get(fault.code) or self.messages["unknown"])
        mark = self.messages["mark"]
        if "field" in values and "line" not in values:
            # The answer of a cell: its place is the cell's, and what is said fits one.
            text = str(self.messages.get(f"{fault.code}.cell") or text)
            head = str(self.messages["line-head"])
            text, mark = text.removeprefix(head), head[-1]
        where = fault.where
        if "place" in values:
            # The place in a form names the question itself.
            mark = self.messages["mark"]
            text = text.removeprefix(f"{{field}}{mark}")
            where = f"{where} {values['place']}".strip()
        values.setdefault("code", fault.code)
        sentence = text.format_map(_Lenient(values))
        return f"{where}{mark}{sentence}" if where else sentence


class _Lenient(dict[str, str]):
    """A mapping for messages: a value that a problem does not carry shows as a question mark."""

    def __missing__(self, key: str) -> str:
        return "?"

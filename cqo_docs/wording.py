"""The words and formats of one locale: labels, sentences, reasons, dates, numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from cqo_docs.answers import Vocabulary, questions
from cqo_docs.conditions import Outcome, Test
from cqo_docs.errors import ContentError, Problem, problem
from cqo_docs.facts import FACT_TYPES, Assumption
from cqo_docs.library import CONTENT, Clause
from cqo_docs.planner import Finding, Reason, Reconciled
from cqo_docs.yamlfile import read_yaml

PLACEHOLDER = re.compile(r"\{\{\s*([\w.\-]+)\s*\}\}")
# Stands where a clause has no number that may be printed; the space before it goes too.
NO_NUMBER = "\0"
INDEX = re.compile(r"\[(\d+)\]")
BABEL_LOCALES = {"zh-Hans": "zh_CN", "en": "en"}


def fill(text: str, view: Mapping[str, str]) -> str:
    """The text with its placeholders replaced once; a value that looks like one stays text."""

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in view:
            raise ContentError([problem("content.unknown-placeholder", name=name, text=text[:60])])
        return view[name]

    return PLACEHOLDER.sub(value, text)


def placeholders(text: str) -> list[str]:
    """The names that a text wants to have filled in."""
    return PLACEHOLDER.findall(text)


@dataclass(frozen=True)
class Wording:
    """Every word of one locale; a file is read when its words are first wanted."""

    locale: str
    folder: Path

    def _file(self, name: str) -> Mapping[str, Any]:
        data = read_yaml(self.folder / f"{name}.yaml").data
        return data if isinstance(data, dict) else {}

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
            f"{path.stem}#{ref}": text
            for path in sorted((self.folder / "standards").glob("*.yaml"))
            for ref, text in (read_yaml(path).data or {}).items()
        }

    @cached_property
    def papers(self) -> Mapping[str, Mapping[str, Any]]:
        """Titles, file names and texts of the papers, by paper id."""
        return {
            path.stem: read_yaml(path).data
            for path in sorted((self.folder / "documents").glob("*.yaml"))
        }

    @cached_property
    def questions(self) -> Mapping[str, Any]:
        """Labels of groups, questions, choices and derived facts."""
        return self._file("questions")

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
    def indicators(self) -> Mapping[str, Mapping[str, str]]:
        """Name, target, evidence and scoring of the assessment's own indicators."""
        return self._file("indicators")

    # Labels and values

    def label(self, path: str) -> str:
        """The full Chinese name of a question or fact: group and field."""
        plain = INDEX.sub("[]", path)
        facts = self.questions["facts"]
        if plain in facts:
            return str(facts[plain])
        if plain.startswith("pack."):
            return str(self.formats["pack-holds"]).format(title=self.paper_name(plain[5:]))
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
        plain = INDEX.sub("[]", path)
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

    def vocabulary(self) -> Vocabulary:
        """The words that questionnaires may use in place of ids; ids always work."""
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
        from babel.dates import format_date

        return format_date(day, "long", locale=BABEL_LOCALES[self.locale])

    def number(self, value: Decimal) -> str:
        """A figure without superfluous zeros."""
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text

    def money(self, amount: Decimal) -> str:
        """An amount in yuan with thousands separators and 分: 1,234.50."""
        return f"{amount:,.2f}"

    def join(self, items: Sequence[str]) -> str:
        """A list of words with the list mark of the locale."""
        return str(self.formats["list-mark"]).join(items)

    def numeral(self, number: int) -> str:
        """A counting numeral from 1 to 99 in words: 二十一."""
        digits = self.formats["digits"]
        tens, ones = divmod(number, 10)
        if tens == 0:
            return str(digits[ones])
        head = "" if tens == 1 else digits[tens]
        return f"{head}{digits[10]}{digits[ones] if ones else ''}"

    def blank(self, path: str) -> str:
        """The visible fill-in for an answer that was not given."""
        return str(self.formats["blank"]).format(label=self.short_label(path))

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
        if not isinstance(test, Test):
            return ""
        label = self.short_label(test.fact)
        form = {True: "held", False: "failed", None: "unknown"}[outcome.verdict]
        whether = self.formats["whether"]
        if isinstance(outcome.have, bool) and label.startswith(whether["head"]):
            having = whether["yes" if outcome.have else "no"]
            return f"{having}{label.removeprefix(whether['head'])}"
        return str(self.reasons["test"][form]).format(
            label=label, have=self._fact_value(test.fact, outcome.have), want=self._wanted(test)
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
        return str(self.formats["clause-mark"]).join(
            dict.fromkeys(text for text in map(self.outcome, outcomes) if text)
        )

    def reason(self, reason: Reason) -> str:
        """Why something was decided, in one sentence."""
        values = {k: self._reason_value(k, v) for k, v in dict(reason.values or {}).items()}
        tests = self.outcomes(reason.outcomes)
        if reason.code == "clause.to-do":
            topic = self.topics[str(dict(reason.values)["topic"])]
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
        values.setdefault("code", fault.code)
        sentence = text.format_map(_Lenient(values))
        return f"{fault.where}{self.messages['mark']}{sentence}" if fault.where else sentence


class _Lenient(dict[str, str]):
    """A mapping for messages: a value that a problem does not carry shows as a question mark."""

    def __missing__(self, key: str) -> str:
        return "?"


def read_wording(locale: str = "zh-Hans", content: Path = CONTENT) -> Wording:
    """The words of one locale."""
    return Wording(locale, content / "wording" / locale)

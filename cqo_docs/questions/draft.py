"""A questionnaire on its way: answers by path, in the words and with the comments of its file."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from cqo_docs.answers.file import Vocabulary
from cqo_docs.answers.questions import Question, questions
from cqo_docs.answers.reading import answers_from
from cqo_docs.answers.types import parse_bool, parse_date, parse_number
from cqo_docs.base.errors import AnswersError, PackError, problem, reason_of
from cqo_docs.base.yamlfile import NULLS, Loader, YamlFile, parse_yaml, read_text
from cqo_docs.wording.sentences import Wording

# One answer: its text, the texts of a list, or None for a line that was left blank.
Value = str | tuple[str, ...] | None
# What makes a file no questionnaire at all; whatever else is wrong can be asked again.
SHAPELESS = frozenset(
    {
        "yaml.duplicate", "answers.not-a-questionnaire", "answers.unknown-field",
        "answers.unknown-field-guess", "answers.single-value", "answers.text",
        "answers.tuple_type", "answers.list_type", "answers.model_type",
        "answers.model_attributes_type", "answers.extra_forbidden",
    }
)  # fmt: skip
INDEX = re.compile(r"\[\d+\]")
PIECE = re.compile(r"\[(\d+)\]|\.?([^.\[\]]+)")
AFTER = re.compile(r"[\s:,\]}|>\-+\d]*?(?:^|(?<=\s))#(.*)$")
LAST_PIECE = re.compile(r"(\.?[^.\[\]]+|\[\d*\])$")
STEP = "  "
# A list of short words stands on one line, as people write it.
SHORT, LINE_WIDTH = 20, 90
# What JSON lets stand and YAML takes for a line end or refuses.
UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Note:
    """The comments of one line: whole lines before it, and what stands behind it."""

    before: tuple[str, ...] = ()
    after: str = ""


@dataclass(frozen=True)
class Draft:
    """The answers of one company so far, by path and id, with all that their file says beside."""

    answers: Mapping[str, Value] = field(default_factory=dict)
    said: Mapping[str, Value] = field(default_factory=dict)
    """Answers in the words of the file, where they came from one and were not changed."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """The names of answers and groups in the words of the file."""
    notes: Mapping[str, Note] = field(default_factory=dict)
    head: tuple[str, ...] = ()
    """The comments before the first answer."""
    tail: tuple[str, ...] = ()
    """The comments after the last answer."""
    lines: Mapping[str, int] = field(default_factory=dict)
    """The lines of a text file on which answers stand."""
    cells: Mapping[str, str] = field(default_factory=dict)
    """Where answers stand in a form, in words."""

    @property
    def in_ids(self) -> bool:
        """Whether the file names its answers by ids."""
        return bool(self.keys) and all(
            word == path.rpartition(".")[2] for path, word in self.keys.items()
        )

    def given(self, path: str) -> bool:
        """Whether an answer, or an entry of a list, was given."""
        if self.answers.get(path) is not None:
            return True
        return any(p.startswith(f"{path}[") for p in self.answers)

    def count(self, path: str) -> int:
        """How many entries a list of groups has."""
        found = {int(m.group(1)) for p in self.answers if (m := _entry(path).match(p))}
        return max(found) + 1 if found else 0

    def nested(self) -> dict[str, Any]:
        """The answers as a nested questionnaire by ids; lines left blank are left out."""
        given = {path: value for path, value in self.answers.items() if value is not None}
        data: dict[str, Any] = _plain(_tree(given))
        return data

    def with_answer(self, path: str, value: Value) -> Draft:
        """The draft with one answer given, changed, or with None taken away.

        The comments of an answer that is taken away stay, at a line left blank.
        """
        answers = {p: v for p, v in self.answers.items() if not p.startswith(f"{path}[")}
        if INDEX.search(path):
            answers.pop(INDEX.split(path)[0], None)
        if value is None and path not in self.notes:
            answers.pop(path, None)
        else:
            answers[path] = value
        return replace(self, answers=answers, said=_without(self.said, path))

    def without_entry(self, path: str, index: int) -> Draft:
        """The draft without one entry of a list of groups; the later ones move up."""
        moved: Any = {name: _moved_up(getattr(self, name), path, index) for name in MAPPINGS}
        draft = replace(self, **moved)
        # An emptied list is an answer too: nothing stands in it.
        if not draft.given(path):
            draft = replace(draft, answers={**draft.answers, path: ()})
        return draft


MAPPINGS = ("answers", "said", "keys", "notes", "lines", "cells")


@cache
def _entry(path: str) -> re.Pattern[str]:
    return re.compile(rf"{re.escape(path)}\[(\d+)\]")


def _without(mapping: Mapping[str, Any], path: str) -> dict[str, Any]:
    return {p: v for p, v in mapping.items() if p != path and not p.startswith(f"{path}[")}


def _moved_up(mapping: Mapping[str, Any], path: str, index: int) -> dict[str, Any]:
    moved = {}
    for name, value in mapping.items():
        match = _entry(path).match(name)
        if match is None or int(match.group(1)) < index:
            moved[name] = value
        elif int(match.group(1)) > index:
            moved[f"{path}[{int(match.group(1)) - 1}]{name[match.end() :]}"] = value
    return moved


def plain_path(path: str) -> str:
    """The path of the question behind an answer: fund.items[].name."""
    return INDEX.sub("[]", path)


def pieces(path: str) -> tuple[str | int, ...]:
    """A path in its parts: names, and numbers of entries."""
    return tuple(int(m[1]) if m[1] else m[2] for m in PIECE.finditer(path))


def _tree(flat: Mapping[str, Any]) -> dict[Any, Any]:
    """Flat answers as nested mappings; entries of lists under their numbers."""
    tree: dict[Any, Any] = {}
    for path, value in flat.items():
        *above, last = pieces(path)
        place = tree
        for part in above:
            place = place.setdefault(part, {})
        place[last] = value
    return tree


def _plain(tree: Any) -> Any:
    """The tree with lists for mappings by number, as models take it."""
    if isinstance(tree, tuple):
        return list(tree)
    if not isinstance(tree, dict):
        return tree
    if tree and all(isinstance(key, int) for key in tree):
        return [_plain(tree[key]) for key in sorted(tree)]
    return {key: _plain(value) for key, value in tree.items()}


# Reading


def read_draft(path: Path, vocabulary: Vocabulary) -> Draft:
    """The draft in a YAML or JSON file. Raises CqoError where it is no questionnaire.

    Wrong and missing answers are no obstacle: they can be asked again.
    """
    text = read_text(path)
    return parse_draft(text, path, vocabulary)


def parse_draft(text: str, path: Path, vocabulary: Vocabulary) -> Draft:
    """The draft in a text. Raises CqoError where it is no questionnaire."""
    file = parse_yaml(text, path)
    try:
        answers_from(file, vocabulary)
    except AnswersError as error:
        grave = [p for p in error.problems if p.code in SHAPELESS]
        if grave:
            raise AnswersError(grave) from None
    reader = _DraftReader(file, vocabulary)
    node = yaml.compose(text, Loader=Loader)
    assert node is not None  # an empty text was refused above
    reader.walk(node, "")
    notes, head, tail = reader.notes(text)
    return Draft(reader.answers, reader.said, reader.keys, notes, head, tail, reader.lines)


def draft_from(data: Mapping[str, Any], cells: Mapping[str, str]) -> Draft:
    """The draft that a filled form makes: nested answers by id, and where each stands."""
    answers: dict[str, Value] = {}

    def walk(value: Any, path: str) -> None:
        question = question_at(plain_path(path))
        if isinstance(value, Mapping):
            for name, inner in value.items():
                walk(inner, f"{path}.{name}" if path else name)
        elif isinstance(value, (list, tuple)) and question is not None and question.kind == "list":
            for number, inner in enumerate(value):
                walk(inner, f"{path}[{number}]")
            if not value:
                answers[path] = ()
        elif value is not None and question is not None:
            many = isinstance(value, (list, tuple))
            texts = tuple(canonical(question, str(v)) for v in (value if many else (value,)))
            answers[path] = texts if many else texts[0]

    walk(data, "")
    return Draft(answers=answers, cells=cells)


class _DraftReader:
    """Walks the nodes of a file: what each path says, and on which lines it stands."""

    def __init__(self, file: YamlFile, vocabulary: Vocabulary) -> None:
        self.file, self.vocabulary = file, vocabulary
        self.answers: dict[str, Value] = {}
        self.said: dict[str, Value] = {}
        self.keys: dict[str, str] = {}
        self.lines: dict[str, int] = {}
        # Line (from 0) -> the outermost path that begins there; the last column in use.
        self.begins: dict[int, str] = {}
        self.ends: dict[int, int] = {}
        self.text_lines: set[int] = set()

    def walk(self, node: yaml.Node, path: str) -> None:
        self._mark(node)
        if isinstance(node, yaml.MappingNode):
            names = self.vocabulary.keys[plain_path(path)]
            for key, value in node.value:
                below = f"{path}.{names[key.value]}" if path else names[key.value]
                self.keys[below] = key.value
                self._begin(key, below)
                self.walk(value, below)
        elif isinstance(node, yaml.SequenceNode):
            self._walk_list(node, path)
        elif isinstance(node, yaml.ScalarNode):
            null = not node.style and node.value in NULLS
            self._put(path, None if null else node.value)

    def _walk_list(self, node: yaml.SequenceNode, path: str) -> None:
        groups = any(isinstance(item, yaml.MappingNode) for item in node.value)
        for number, item in enumerate(node.value):
            self._begin(item, f"{path}[{number}]")
            if groups:
                self.walk(item, f"{path}[{number}]")
            else:
                self._mark(item)
        if not groups:
            self._put(path, tuple(i.value for i in node.value if i.style or i.value not in NULLS))

    def _put(self, path: str, value: Value) -> None:
        if value is None and plain_path(path) in self.vocabulary.keys:
            return  # a group with nothing in it
        self.said[path] = value
        if isinstance(value, tuple):
            self.answers[path] = tuple(self._meant(path, item) for item in value)
        else:
            self.answers[path] = None if value is None else self._meant(path, value)

    def _meant(self, path: str, text: str) -> str:
        """One text by id and in its usual form."""
        plain = plain_path(path)
        text = self.vocabulary.choices.get(plain, {}).get(text, text)
        question = question_at(plain)
        return canonical(question, text) if question else text

    def _begin(self, node: yaml.Node, path: str) -> None:
        self._mark(node)
        self.begins.setdefault(node.start_mark.line, path)
        self.lines[path] = node.start_mark.line + 1

    def _mark(self, node: yaml.Node) -> None:
        """Note where a node ends, and the lines that lie inside a text."""
        first, last = node.start_mark, node.end_mark
        if isinstance(node, yaml.ScalarNode):
            block = node.style in {"|", ">"}
            inside = not block or last.column > 0
            self.text_lines.update(range(first.line + 1, last.line + inside))
            if block:
                return
        elif not (isinstance(node, yaml.CollectionNode) and node.flow_style):
            return
        self.ends[last.line] = max(self.ends.get(last.line, 0), last.column)

    def notes(self, text: str) -> tuple[dict[str, Note], tuple[str, ...], tuple[str, ...]]:
        """The comments by the path whose line they belong to; those at the head and at the end."""
        notes: dict[str, Note] = {}
        head: tuple[str, ...] = ()
        waiting: list[str] = []
        place = ""
        for number, line in enumerate(text.splitlines()):
            begun = self.begins.get(number)
            if begun is None and number not in self.text_lines and line.lstrip().startswith("#"):
                waiting.append(line.strip())
                continue
            if begun is not None:
                if not place:
                    head, waiting = tuple(waiting), []
                place = begun
                if waiting:
                    notes[place], waiting = Note(tuple(waiting)), []
            # Only behind the end of something of ours can a comment follow.
            found = AFTER.match(line, self.ends[number]) if number in self.ends else None
            if found:
                note = notes.get(place, Note())
                after = f"{note.after} #{found.group(1)}".strip()
                notes[place] = replace(note, after=after)
        return notes, head, tuple(waiting)


# Writing


def draft_text(draft: Draft, wording: Wording) -> str:
    """The draft as a YAML file: in the order of the questionnaire, comments in their places."""
    lines = [*draft.head, *_Writer(draft, wording).group("", ""), *draft.tail]
    return "\n".join(lines) + "\n" if lines else ""


@cache
def _ranks() -> Mapping[str, int]:
    """The place of every question and group in the questionnaire."""
    found: dict[str, int] = {}
    for number, question in enumerate(questions()):
        path = question.path
        while path:
            found.setdefault(path, number)
            path = LAST_PIECE.sub("", path)
    return found


class _Writer:
    """Turns the answers and comments of a draft into lines."""

    def __init__(self, draft: Draft, wording: Wording) -> None:
        self.draft, self.wording = draft, wording
        self.in_ids = draft.in_ids
        # Group or list -> what it holds.
        self.below: dict[str, dict[str, None]] = {}
        for name in (*draft.answers, *draft.notes):
            path = name
            while path:
                above = LAST_PIECE.sub("", path)
                self.below.setdefault(above, {})[path] = None
                path = above

    def group(self, path: str, margin: str) -> Iterator[str]:
        """The lines of what one group holds."""
        for name in sorted(self.below.get(path, ()), key=lambda n: _ranks()[plain_path(n)]):
            yield from self._entry(name, margin)

    def _entry(self, path: str, margin: str) -> Iterator[str]:
        before, after = self._note(path)
        head = f"{margin}{_scalar(self._key(path))}:"
        yield from (f"{margin}{line}" for line in before)
        held = self.below.get(path, ())
        value = self.draft.answers.get(path)
        if isinstance(value, tuple):
            words = [_scalar(word, in_flow=True) for word in self._words(path)]
            line = f"{head} [{', '.join(words)}]{after}"
            if held or len(line) > LINE_WIDTH or any(len(word) > SHORT for word in words):
                yield f"{head}{after}"
                yield from self._list(path, margin + STEP)
            else:
                yield line
        elif held:
            yield f"{head}{after}"
            in_list = any(name.endswith("]") for name in held)
            if in_list:
                yield from self._entries(path, margin + STEP)
            else:
                yield from self.group(path, margin + STEP)
        else:
            text = "" if value is None else f" {_scalar(self._words(path)[0])}"
            yield f"{head}{text}{after}"

    def _list(self, path: str, margin: str) -> Iterator[str]:
        """The lines of a list of words, each with its comments."""
        for number, word in enumerate(self._words(path)):
            before, after = self._note(f"{path}[{number}]")
            yield from (f"{margin}{line}" for line in before)
            yield f"{margin}- {_scalar(word)}{after}"

    def _entries(self, path: str, margin: str) -> Iterator[str]:
        """The lines of a list of groups, each with its comments."""
        for entry in sorted(self.below[path], key=lambda name: pieces(name)[-1]):
            before, after = self._note(entry)
            yield from (f"{margin}{line}" for line in before)
            first, *rest = self.group(entry, margin + STEP)
            while first.lstrip().startswith("#"):  # a comment of the first answer
                yield f"{margin}{first.lstrip()}"
                first, *rest = rest
            yield f"{margin}- {first.lstrip()}{after}"
            yield from rest

    def _note(self, path: str) -> tuple[tuple[str, ...], str]:
        note = self.draft.notes.get(path, Note())
        return note.before, f"  {note.after}" if note.after else ""

    def _key(self, path: str) -> str:
        if path in self.draft.keys:
            return self.draft.keys[path]
        name = path.rpartition(".")[2]
        if self.in_ids:
            return name
        return str(self.wording.questions["fields"][plain_path(path)])

    def _words(self, path: str) -> tuple[str, ...]:
        """An answer in the words of the file: as they were, or in ours."""
        said = self.draft.said.get(path)
        value = said if said is not None else self.draft.answers[path]
        texts = value if isinstance(value, tuple) else (value or "",)
        return texts if said is not None else tuple(self._word(path, text) for text in texts)

    def _word(self, path: str, text: str) -> str:
        if self.in_ids:
            return text
        return word_of(plain_path(path), text, self.wording)


def canonical(question: Question, text: str) -> str:
    """The text in the usual form of its kind; as it is where it has none."""
    try:
        if question.kind == "date":
            return parse_date(text).isoformat()
        if question.kind == "number":
            return plain_number(parse_number(text))
        if question.kind == "yes-no":
            return "true" if parse_bool(text) else "false"
    except ValueError:
        pass
    return text


def plain_number(number: Decimal) -> str:
    """A number without superfluous zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def word_of(path: str, text: str, wording: Wording) -> str:
    """One answer by id in words: a choice by its label, yes and no in Chinese."""
    question = question_at(path)
    if text in {"true", "false"} and question is not None and question.kind == "yes-no":
        return str(wording.formats["yes" if text == "true" else "no"])
    return wording.option(path, text)


@cache
def question_at(path: str) -> Question | None:
    """The question at a path without numbers; None where there is none."""
    return next((q for q in questions() if q.path == path), None)


def _scalar(text: str, in_flow: bool = False) -> str:
    """The text as YAML: plain where a reader takes it for the same text, else in quotes."""
    plain = text and "\n" not in text and text not in NULLS and not UNSAFE.search(text)
    if plain and _read_back(text, in_flow) == text:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return UNSAFE.sub(lambda m: f"\\u{ord(m.group()):04x}", quoted)


def _read_back(text: str, in_flow: bool) -> str | None:
    """What a reader makes of the bare text as a value; None where that is no single text."""
    try:
        node: Any = yaml.compose(f"k: [{text}]" if in_flow else f"k: {text}", Loader=Loader)
    except yaml.YAMLError:
        return None
    if not isinstance(node, yaml.MappingNode) or len(node.value) != 1:
        return None
    value = node.value[0][1]
    if in_flow:
        value = value.value[0] if len(value.value) == 1 else None
    plain = isinstance(value, yaml.ScalarNode) and not value.style
    return str(value.value) if plain else None


def save_draft(path: Path, draft: Draft, wording: Wording) -> str:
    """Write the draft, all or nothing, and give back what was written.

    JSON where the name says so. Raises PackError where it cannot be written.
    """
    if path.suffix.lower() == ".json":
        text = json.dumps(draft.nested(), ensure_ascii=False, indent=2) + "\n"
    else:
        text = draft_text(draft, wording)
    write_whole(path, text)
    return text


def write_whole(path: Path, text: str) -> None:
    """Put a text in the place of a file, all or nothing. Raises PackError."""
    target = path.resolve() if path.is_symlink() else path
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            temporary.chmod(target.stat().st_mode & 0o7777)
        temporary.replace(target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        code = (
            "pack.file-open"
            if isinstance(error, PermissionError) and os.name == "nt"
            else "pack.cannot-write"
        )
        raise PackError([problem(code, str(path), reason=reason_of(error))]) from None

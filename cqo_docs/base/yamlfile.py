"""Read YAML strictly: scalars stay text, duplicate keys are refused, every path has a line.

And write it so that every reader of YAML reads the same text again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from cqo_docs.base.errors import CqoError, Problem, problem, reason_of

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Key = tuple[str | int, ...]
NULLS = {"", "~", "null", "Null", "NULL"}
# A questionnaire is a few hundred lines; more is a mistake or an attack.
MAX_BYTES = 4_000_000
MAX_DEPTH = 40
MAX_ENTRIES = 200_000
SUSPICIOUS = 200
# What YAML allows no stream to hold: controls other than line ends and tabs, half characters.
UNPRINTABLE = frozenset(
    chr(code)
    for code in (*range(32), *range(0x7F, 0xA0), *range(0xD800, 0xE000), 0xFEFF, 0xFFFE, 0xFFFF)
    if code not in {0x09, 0x0A, 0x0D, 0x85}
)
TAB_BEFORE = re.compile(r"\s*(- +)*(-?\t)")
# For writing: what no quotes let stand as it is.
ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
# What begins with a digit and holds anything but these is neither a figure nor a date.
FIGURE = re.compile(r"[0-9a-fA-FoOxXtTzZ_.:+, -]*")
# Words that some reader of YAML takes for something else than text.
NO_TEXT = NULLS | {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}


class YamlFile(NamedTuple):
    """The content of one file (dicts, lists, text, None) and the place of every path in it."""

    path: Path
    data: Any
    places: Mapping[Key, tuple[int, int]]

    def line(self, key: Key) -> int:
        """The line of a path, or of the nearest path above it; 1 for the file itself."""
        return line_of(key, self.places)


def line_of(key: Key, places: Mapping[Key, tuple[int, int]]) -> int:
    """The line of a path, or of the nearest path above it; 1 for the file itself."""
    while key not in places and key:
        key = key[:-1]
    return places.get(key, (1, 1))[0]


def read_yaml(path: Path) -> YamlFile:
    """The file at `path`. Raises CqoError with one plain problem if it cannot be read."""
    return parse_yaml(read_text(path), path)


def read_text(path: Path) -> str:
    """The text of a UTF-8 file (a byte order mark is dropped)."""
    where = str(path)
    try:
        if path.is_dir():
            raise CqoError([problem("file.is-folder", where)])
        if path.exists() and not path.is_file():
            raise CqoError([problem("file.unreadable", where, reason="ESPIPE")])
        if path.stat().st_size > MAX_BYTES:
            raise CqoError([problem("file.too-large", where)])
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise CqoError([problem("file.missing", where)]) from None
    except UnicodeDecodeError:
        raise CqoError([problem("file.not-utf8", where)]) from None
    except (OSError, ValueError) as error:
        raise CqoError([problem("file.unreadable", where, reason=reason_of(error))]) from None


def parse_yaml(text: str, path: Path) -> YamlFile:
    """The content of a YAML or JSON text. Raises CqoError that names the line at fault."""
    where = str(path)
    if not text.strip():
        raise CqoError([problem("file.empty", where)])
    strange = UNPRINTABLE.intersection(text)
    if strange:
        line = text.count("\n", 0, min(text.index(char) for char in strange)) + 1
        raise CqoError([problem("yaml.control-character", where, line=line)])
    try:
        _refuse_deep_nesting(text, where)
        node = yaml.compose(text, Loader=Loader)
    except yaml.MarkedYAMLError as error:
        raise CqoError([_syntax_problem(error, text, where)]) from None
    except (yaml.YAMLError, RecursionError):
        raise CqoError([problem("yaml.syntax", where, line=1, text="?")]) from None
    if node is None:
        raise CqoError([problem("file.empty", where)])
    places: dict[Key, tuple[int, int]] = {}
    found: list[Problem] = []
    data = _value(node, (), places, found, where, set())
    if found:
        raise CqoError(found)
    return YamlFile(path, data, places)


def yaml_text(data: dict[str, Any]) -> str:
    """Dicts, lists, text, yes-no and None as YAML a person can edit; text is read as text."""
    lines: list[str] = []
    _put(data, "", "", lines)
    return "".join(lines)


def _put(data: Any, head: str, indent: str, lines: list[str]) -> None:
    """Add the lines of a mapping or list that holds something; `head` begins the first of them."""
    named = isinstance(data, dict)
    for name, value in data.items() if named else [("", value) for value in data]:
        mark = f"{_written(name)}:" if named else "-"
        if not isinstance(value, (dict, list, tuple)):
            lines.append(f"{head}{mark} {_written(value)}\n")
        elif not value:
            lines.append(f"{head}{mark} {'{}' if isinstance(value, dict) else '[]'}\n")
        elif named:
            lines.append(f"{head}{mark}\n")
            below = f"{indent}  " if isinstance(value, dict) else indent
            _put(value, below, below, lines)
        else:
            _put(value, f"{head}- ", f"{indent}  ", lines)
        head = indent


@lru_cache(maxsize=1024, typed=True)
def _written(value: str | bool | None) -> str:
    """One value as it stands in a line; text in quotes where it could be read as anything else."""
    if not isinstance(value, str):
        return "null" if value is None else str(value).lower()
    if value.isprintable():
        if _is_plain(value):
            return value
        return "'" + value.replace("'", "''") + "'"
    text = json.dumps(value, ensure_ascii=False)
    return ESCAPED.sub(lambda char: f"\\u{ord(char[0]):04x}", text)


def _is_plain(text: str) -> bool:
    """Whether a printable text may stand without quotes: no sign, no figure, no word of YAML."""
    first = text[:1]
    if not (first.isalnum() or first > "\x7f") or text[-1] == " " or ":" in text or "#" in text:
        return False
    if "0" <= first <= "9":
        return not FIGURE.fullmatch(text)
    return text.lower() not in NO_TEXT


def _refuse_deep_nesting(text: str, where: str) -> None:
    """Refuse what the composer would follow until its stack is full.

    The parser's events come without recursion. Only a text with very many brackets, dashes or a
    very deep indentation can nest that deep, so no ordinary file is read twice.
    """
    signs = text.count("[") + text.count("{") + text.count("- ") + text.count("? ")
    if signs < SUSPICIOUS and f"\n{' ' * SUSPICIOUS}" not in text:
        return
    depth = 0
    for event in yaml.parse(text, Loader=Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH * 2:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise CqoError([problem("yaml.alias", where, line=line)])


def _syntax_problem(error: yaml.MarkedYAMLError, text: str, where: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    # What was begun and not ended is at fault where it began, not where that was noticed.
    if error.context_mark and (error.context or "").startswith("while scanning a"):
        mark = error.context_mark
    line = mark.line + 1 if mark else 1
    lines = text.splitlines()
    for number in (line, (error.problem_mark.line if error.problem_mark else 0) + 1):
        shown = lines[number - 1] if number <= len(lines) else ""
        if TAB_BEFORE.match(shown):
            return problem("yaml.tab", where, line=number)
    if "alias" in (error.problem or ""):
        return problem("yaml.alias", where, line=line)
    shown = lines[line - 1] if line <= len(lines) else ""
    return problem("yaml.syntax", where, line=line, text=shown.strip()[:40])


def _value(
    node: yaml.Node,
    key: Key,
    places: dict[Key, tuple[int, int]],
    found: list[Problem],
    where: str,
    open_nodes: set[int],
) -> Any:
    places[key] = (node.start_mark.line + 1, node.start_mark.column + 1)
    if id(node) in open_nodes or len(key) > MAX_DEPTH or len(places) > MAX_ENTRIES:
        if not any(p.code == "yaml.alias" for p in found):
            found.append(problem("yaml.alias", where, line=places[key][0]))
        return None
    if isinstance(node, yaml.ScalarNode):
        plain = not node.style and node.value in NULLS
        return None if plain else node.value
    open_nodes.add(id(node))
    value: Any
    if isinstance(node, yaml.SequenceNode):
        value = [
            _value(item, (*key, i), places, found, where, open_nodes)
            for i, item in enumerate(node.value)
        ]
    else:
        value = dict(_pairs(node, key, places, found, where, open_nodes))
    open_nodes.discard(id(node))
    return value


def _pairs(
    node: yaml.Node,
    key: Key,
    places: dict[Key, tuple[int, int]],
    found: list[Problem],
    where: str,
    open_nodes: set[int],
) -> Iterator[tuple[str, Any]]:
    seen: dict[str, int] = {}
    for name_node, value_node in node.value:
        line = name_node.start_mark.line + 1
        if not isinstance(name_node, yaml.ScalarNode):
            found.append(problem("yaml.syntax", where, line=line, text="?"))
            continue
        name = name_node.value
        if name in seen:
            found.append(problem("yaml.duplicate", where, line=line, key=name, first=seen[name]))
            continue
        seen[name] = line
        yield name, _value(value_node, (*key, name), places, found, where, open_nodes)
        # The name's line is what a reader looks for, not that of the value below it.
        places[(*key, name)] = (line, name_node.start_mark.column + 1)

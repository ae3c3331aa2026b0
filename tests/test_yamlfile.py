"""YAML is read strictly: text stays text, mistakes name their line, attacks stay sentences."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from cqo_docs.base.errors import CqoError, Problem
from cqo_docs.base.yamlfile import MAX_BYTES, Key, YamlFile, parse_yaml, read_yaml, yaml_text

HERE = Path("问卷.yaml")


def parsed(text: str) -> YamlFile:
    return parse_yaml(text, HERE)


def faults(text: str) -> tuple[Problem, ...]:
    with pytest.raises(CqoError) as caught:
        parsed(text)
    return caught.value.problems


def fault(text: str) -> Problem:
    (only,) = faults(text)
    return only


# Values


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("8.10", "8.10"),
        ("007", "007"),
        ("0o17", "0o17"),
        ("1e3", "1e3"),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2026-11-08", "2026-11-08"),
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("true", "true"),
        (".nan", ".nan"),
        ("=1+1", "=1+1"),
        ("'{{ 7*7 }}'", "{{ 7*7 }}"),
        ("'null'", "null"),
        ('"null"', "null"),
        ('"~"', "~"),
        ('""', ""),
        ("!!int 5", "5"),
        ("!!python/name:os.system x", "x"),
        ("  两边 有 空格  ", "两边 有 空格"),
        ("甲 # 注", "甲"),
        ("甲#乙", "甲#乙"),
        ("甲:乙", "甲:乙"),
        ("𠮷野家🏭", "𠮷野家🏭"),
        ("|\n  第一行\n  第二行", "第一行\n第二行\n"),
        (">-\n  第一行\n  第二行", "第一行 第二行"),
    ],
)
def test_a_scalar_stays_the_text_that_was_written(written: str, value: str) -> None:
    assert parsed(f"值: {written}\n").data == {"值": value}


@pytest.mark.parametrize("written", ["", "~", "null", "Null", "NULL", "# 只有注释"])
def test_every_plain_form_of_nothing_is_none(written: str) -> None:
    assert parsed(f"值: {written}\n列:\n- {written}\n").data == {"值": None, "列": [None]}


def test_a_key_stays_text_too() -> None:
    assert parsed('no: 1\n8.10: 2\n"": 3\n~: 4\n').data == {
        "no": "1",
        "8.10": "2",
        "": "3",
        "~": "4",
    }


def test_an_alias_brings_the_text_it_stands_for() -> None:
    assert parsed("甲: &a 同一句\n乙: *a\n").data == {"甲": "同一句", "乙": "同一句"}


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)
TREES = st.recursive(
    st.one_of(st.none(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=20,
)


@given(TREES)
def test_json_is_read_as_it_is(tree: Any) -> None:
    assert parsed(json.dumps(tree, ensure_ascii=False)).data == tree
    assert parsed(json.dumps(tree, ensure_ascii=False, indent=2)).data == tree


def test_numbers_and_words_of_json_are_text() -> None:
    assert parsed('{"a": 2.50, "b": true, "c": null, "d": [1e400]}').data == {
        "a": "2.50",
        "b": "true",
        "c": None,
        "d": ["1e400"],
    }


# Places


def test_every_path_has_the_line_where_a_reader_finds_it() -> None:
    file = parsed(
        "# 问卷\n"
        "企业:\n"
        "  名称: 甲\n"
        "\n"
        "  部门:\n"
        "    - 质检\n"
        "    # 注\n"
        "    - 品牌\n"
        "  介绍: >\n"
        "    两\n"
        "    行\n"
        "经费: {总额: 1, 项目: [{名称: 培训,\n"
        "  金额: 2}]}\n"
    )
    lines: dict[Key, int] = {
        (): 2,
        ("企业",): 2,
        ("企业", "名称"): 3,
        ("企业", "部门"): 5,
        ("企业", "部门", 0): 6,
        ("企业", "部门", 1): 8,
        ("企业", "介绍"): 9,
        ("经费",): 12,
        ("经费", "总额"): 12,
        ("经费", "项目"): 12,
        ("经费", "项目", 0): 12,
        ("经费", "项目", 0, "名称"): 12,
        ("经费", "项目", 0, "金额"): 13,
    }
    assert {key: file.line(key) for key in lines} == lines
    assert set(file.places) == set(lines)
    assert file.places["企业", "名称"] == (3, 3)


def test_a_path_that_is_not_there_has_the_line_above_it() -> None:
    file = parsed("甲: 1\n乙:\n  丙: 2\n")
    assert file.line(("乙", "没有", "这项")) == 2
    assert file.line(("没有",)) == 1


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30))
def test_lines_are_counted_past_empty_lines_and_comments(gaps: list[int]) -> None:
    text, expected = "", {}
    for i, gap in enumerate(gaps):
        text += "\n# 注\n" * gap + f"第{i}项: 值\n"
        expected[f"第{i}项"] = text.count("\n")
    file = parsed(text)
    assert {name: file.line((name,)) for name in expected} == expected


def test_windows_and_unix_line_ends_are_the_same() -> None:
    unix, windows = parsed("甲: 1\n乙:\n  丙: 2\n"), parsed("甲: 1\r\n乙:\r\n  丙: 2\r\n")
    assert (unix.data, unix.places) == (windows.data, windows.places)


# Mistakes


def test_a_duplicate_key_names_both_lines() -> None:
    found = fault("企业:\n  名称: 甲\n  # 注\n  名称: 乙\n")
    assert (found.code, dict(found.values)) == (
        "yaml.duplicate",
        {"line": "4", "key": "名称", "first": "2"},
    )


def test_all_duplicate_keys_are_named_at_once() -> None:
    found = faults("甲: 1\n甲: 2\n乙: {丙: 1, 丙: 2}\n乙: 3\n甲: 4\n")
    assert [(p.values["key"], p.values["line"], p.values["first"]) for p in found] == [
        ("甲", "2", "1"),
        ("丙", "3", "3"),
        ("乙", "4", "3"),
        ("甲", "5", "1"),
    ]


def test_equal_keys_in_different_groups_are_no_duplicates() -> None:
    assert parsed("甲: {名称: 1}\n乙: {名称: 2}\n").data["乙"] == {"名称": "2"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("企业:\n\t名称: 甲\n", 2),
        ("企业:\n  名称: 甲\n\t省份: 乙\n", 3),
        ("企业:\n  名称: 甲\n \t省份: 乙\n", 3),
        ("\t企业: 甲\n", 1),
        ("企业: 甲\n\t\n候选人: 乙\n", 2),
    ],
)
def test_a_tab_in_the_indentation_is_named_with_its_line(text: str, line: int) -> None:
    found = fault(text)
    assert (found.code, found.values["line"]) == ("yaml.tab", str(line))


def test_a_tab_after_a_dash_is_named_too() -> None:
    found = fault("部门:\n  -\t名称: 甲\n  -\t名称: 乙\n")
    assert (found.code, found.values["line"]) == ("yaml.tab", "2")


def test_a_tab_inside_a_line_is_only_space() -> None:
    assert parsed("名称:\t甲\t# 注\n").data == {"名称": "甲"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("甲: 1\n乙: 2: 3\n", 2),
        ("甲: [1, 2\n乙: 3\n", 2),
        ("甲: 1\n  乙: 2\n", 2),
        ("甲: 1\n---\n乙: 2\n", 2),
        ("甲: 1\n? [乙, 丙]\n: 3\n", 2),
        ("甲: 1\n乙: %好\n", 2),
        ("甲: 1\n@乙: 3\n", 2),
    ],
)
def test_wrong_syntax_names_its_line(text: str, line: int) -> None:
    found = fault(text)
    assert (found.code, found.values["line"]) == ("yaml.syntax", str(line))


def test_a_quote_that_is_not_closed_names_the_line_where_it_opens() -> None:
    assert fault('甲: 1\n乙: "没有收尾\n丙: 3\n丁: 4\n').values["line"] == "2"


@pytest.mark.parametrize("text", ["", " \n\n", "\ufeff", "# 只有注释\n", "\n# 注\n\n"])
def test_a_file_without_content_is_empty(text: str, tmp_path: Path) -> None:
    path = tmp_path / "问卷.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CqoError) as caught:
        read_yaml(path)
    assert [(p.code, p.where) for p in caught.value.problems] == [("file.empty", str(path))]


@pytest.mark.parametrize("char", ["\0", "\a", "\x1b", "\x7f", "\x80", "\ufffe"])
def test_a_raw_control_character_is_refused(char: str) -> None:
    assert fault(f"甲: 1\n乙: 前{char}后\n").code == "yaml.control-character"


@pytest.mark.parametrize("char", ["\0", "\a", "\x1b"])
def test_a_raw_control_character_is_named_with_its_line(char: str) -> None:
    assert fault(f"甲: 1\n乙: 前{char}后\n").values.get("line") == "2"


# Attacks


def bomb(levels: int, width: int) -> str:
    names = "abcdefghijklmnop"[:levels]
    lines = [f"a: &a [{', '.join(['x'] * width)}]"]
    lines += [
        f"{name}: &{name} [{', '.join([f'*{before}'] * width)}]" for before, name in pairwise(names)
    ]
    return "\n".join(lines) + "\n"


def test_an_alias_bomb_is_refused() -> None:
    found = faults(bomb(9, 9))
    assert {p.code for p in found} == {"yaml.alias"}
    assert len({(p.code, p.values["line"]) for p in found}) <= 9


@pytest.mark.parametrize("text", ["甲: &a [*a]\n", "甲: &a {乙: *a}\n", "&a 甲: &b\n  乙: *b\n"])
def test_a_loop_is_refused(text: str) -> None:
    assert {p.code for p in faults(text)} == {"yaml.alias"}


def test_an_alias_without_anchor_names_its_line() -> None:
    found = fault("甲: 1\n乙: *没有\n")
    assert found.values["line"] == "2"


@pytest.mark.parametrize(
    "text",
    ["[" * 100 + "]" * 100, "{a: " * 100 + "}" * 100, "\n".join(" " * i + "k:" for i in range(99))],
    ids=["lists", "flow", "block"],
)
def test_deep_nesting_is_refused(text: str) -> None:
    assert {p.code for p in faults(text)} == {"yaml.alias"}


def test_very_deep_nesting_does_not_kill_the_program(tmp_path: Path) -> None:
    path = tmp_path / "deep.yaml"
    path.write_text("[" * 100_000, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "cqo_docs", "check", str(path)],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1


def test_too_many_entries_are_one_problem() -> None:
    assert len(faults("- x\n" * 210_000)) == 1


# Files


def refused(path: Path) -> Problem:
    with pytest.raises(CqoError) as caught:
        read_yaml(path)
    (only,) = caught.value.problems
    assert only.where == str(path)
    return only


def test_a_byte_order_mark_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "问卷.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + "企业: 甲\n".encode())
    assert read_yaml(path).data == {"企业": "甲"}


@pytest.mark.parametrize("encoding", ["gb18030", "big5", "utf-16"])
def test_another_encoding_is_refused(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "问卷.yaml"
    path.write_text("公司: 甲\n", encoding=encoding)
    assert refused(path).code == "file.not-utf8"


def test_a_missing_file_is_missing(tmp_path: Path) -> None:
    assert refused(tmp_path / "没有.yaml").code == "file.missing"


def test_a_file_below_a_file_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    assert refused(tmp_path / "a" / "b.yaml").code in {"file.missing", "file.unreadable"}


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert refused(tmp_path).code == "file.is-folder"


def test_a_path_that_no_system_can_open_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path / ("长" * 300)).code == "file.unreadable"
    assert refused(Path("问\0卷.yaml")).code in {"file.missing", "file.unreadable"}


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "问卷.yaml"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    assert refused(path).code == "file.too-large"


# Writing

HOSTILE = (
    "", " ", "a: b", "a:", ": a", "a #b", "#b", "- a", "-", "? a", "?", "@a", "`a", "%a", "&a",
    "*a", "!a", "|", ">", "'", "''", "it's", '"', '"a"', "[a]", "{a}", "a, b", ",", "a]", "~", "=",
    "<<", "---", "...", "--- a", "\\", "a\\n", "null", "Null", "NULL", "true", "False", "YES", "no",
    "On", "off", "y", "N", "0", "007", "8.10", "-1", "+1", "1e3", ".5", ".inf", "-.INF", ".nan",
    "0x1F", "0b1", "0o7", "1_000", "1,000", "12:30:45", "2026-11-08", "2026-11-08T01:02:03Z",
    "2026-11-08 01:02:03 +8", "2026年11月8日", "12e", "3D打印", "91000000100000008P",
    " a", "a ", "\ta", "a\tb", "a\nb", "a\n", "\n", "\r", "a\r\nb", "a\u0085b", "a\u2028b",
    "\u2029", "\xa0", "a\u3000b", "\ufeff", "\ufffe", "\x00", "\x07", "\x7f", "\x9f", "😀",
    "\U0010ffff", "（一）", "《标准》", "“引”", "é", "Smith & Sons <Labs> Oy", "长" * 3000,
    "long words " * 400,
)  # fmt: skip
TEXTS = st.sampled_from(HOSTILE) | st.text(
    st.sampled_from(" \t\n:#-?@'\"\\[]{},&*!|>%=~0123456789.eE+_xyzTZ年是否é\u2028\x85\ufeff😀")
) | st.text()  # fmt: skip
# YAML wants the name of a line to be shorter than this, quotes and escapes included.
NAMES = TEXTS.filter(lambda text: len(text) < 100)
ANSWERS = st.recursive(
    TEXTS | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


def as_text(value: Any) -> Any:
    """What our own reader makes of a value: text, or None for nothing."""
    if isinstance(value, dict):
        return {key: as_text(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_text(inner) for inner in value]
    return str(value).lower() if isinstance(value, bool) else value


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_is_read_again_as_it_was(text: str) -> None:
    name = text[:100]
    data = {"a": text, "b": [text, text], name: {name: text}, "c": [[text], {name: [text]}]}
    written = yaml_text(data)
    assert yaml.safe_load(written) == data
    assert parsed(written).data == data


@given(st.dictionaries(NAMES, ANSWERS, min_size=1, max_size=5))
@example({"a": [], "b": {}, "c": [[], {}], "d": [[["e"]]], "f": {"g": [{"h": "i", "j": None}]}})
def test_what_is_written_is_read_again(data: dict[str, Any]) -> None:
    written = yaml_text(data)
    assert yaml.safe_load(written) == data
    assert parsed(written).data == as_text(data)


def test_what_is_written_looks_as_a_person_writes_it() -> None:
    data = {
        "company": {"name": "渝州精工机械有限公司", "employees": "86", "listed": False},
        "plan": {"adopt": []},
        "fund": {"items": [{"name": "培训", "quarters": ["1", "2"], "owner": None}]},
    }
    assert yaml_text(data) == (
        "company:\n"
        "  name: 渝州精工机械有限公司\n"
        "  employees: '86'\n"
        "  listed: false\n"
        "plan:\n"
        "  adopt: []\n"
        "fund:\n"
        "  items:\n"
        "  - name: 培训\n"
        "    quarters:\n"
        "    - '1'\n"
        "    - '2'\n"
        "    owner: null\n"
    )

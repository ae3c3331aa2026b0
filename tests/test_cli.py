"""The command line: help for everything, exit codes, shapes for programs, any console."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import pytest
from cases import MACHINE_MAKER, adopting

import cqo_docs
import cqo_docs.cli
from cqo_docs.cli.app import build
from cqo_docs.cli.texts import texts
from cqo_docs.plan.model import STATUSES
from cqo_docs.workspace import Workspace

CLI = Path(cqo_docs.cli.__file__).parent

Call = Callable[..., Any]
CHINESE = re.compile("[一-鿿]")
# Click's own words; a person who reads Chinese never meets them.
ENGLISH = re.compile(
    r"Usage|Options|Commands|Show |Error|Missing|No such|Invalid|Got unexpected|required|Try "
)


def commands(
    group: click.Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, group
    if isinstance(group, click.Group):
        for name, command in group.commands.items():
            yield from commands(command, (*path, name))


COMMANDS = dict(commands(build()))


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal in which no cell of a table is folded."""
    monkeypatch.setenv("COLUMNS", "500")


@pytest.fixture
def answers_file(tmp_path: Path, questionnaire: Call) -> Callable[..., Path]:
    """A questionnaire in a file; changes by dotted path."""

    def file(changes: Mapping[str, Any] | None = None) -> Path:
        path = tmp_path / "问卷.json"
        path.write_text(questionnaire({**MACHINE_MAKER, **(changes or {})}), encoding="utf-8")
        return path

    return file


# Help


def test_the_commands_of_this_program() -> None:
    assert [" ".join(path) for path in COMMANDS] == [
        "",
        "new",
        "check",
        "merge",
        "plan",
        "generate",
        "form",
        "blank",
        "batch",
        "verify",
        "web",
        "standards",
        "standards list",
        "standards show",
        "standards check",
        "templates",
        "templates list",
        "templates copy",
        "templates check",
    ]


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_has_help_in_chinese(cli_invoke: Call, path: tuple[str, ...]) -> None:
    called = cli_invoke(*path, "--help")
    assert (called.code, called.err) == (0, "")
    assert not ENGLISH.search(called.out)
    command = COMMANDS[path]
    assert command.help
    assert CHINESE.search(command.help)
    assert command.help in re.sub(r"\n\s+", "", called.out)
    for param in command.params:
        if isinstance(param, click.Option):
            assert param.help, param.name
            assert CHINESE.search(param.help), param.name
            assert param.opts[-1] in called.out
        else:
            assert param.make_metavar(click.Context(command)) in called.out


def test_help_of_a_group_names_its_commands(cli_invoke: Call) -> None:
    for path, command in COMMANDS.items():
        if isinstance(command, click.Group):
            listed = cli_invoke(*path, "--help").out
            for name, inner in command.commands.items():
                assert re.search(
                    rf"^ +{name} +{re.escape(inner.get_short_help_str(60))}", listed, re.M
                )


def test_everything_the_command_line_says_is_written() -> None:
    trees = {p.name: ast.parse(p.read_text(encoding="utf-8")) for p in CLI.glob("*.py")}
    said = {
        node.args[0].value
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "say"
        if isinstance(node.args[0], ast.Constant)
    }
    (helped,) = (
        n for n in trees["app.py"].body if isinstance(n, ast.FunctionDef) and n.name == "build"
    )
    said |= {
        node.slice.value
        for node in ast.walk(helped)
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "t"
        if isinstance(node.slice, ast.Constant)
    }
    assert {"app", "plan.explain", "written", "explain-reason"} <= said
    assert said <= set(texts())


def test_no_words_shows_the_help_and_is_wrong_use(cli_invoke: Call) -> None:
    called = cli_invoke()
    assert (called.code, called.out) == (2, "")
    assert called.err == cli_invoke("--help").out


def test_the_version_is_told(cli_invoke: Call) -> None:
    called = cli_invoke("--version")
    assert (called.code, called.out) == (0, f"cqo-docs {cqo_docs.__version__}\n")


def test_no_option_is_offered_before_it_works(cli_invoke: Call) -> None:
    assert "--lang" not in cli_invoke("--help").out


# Wrong use: 2. Something to fix: 1.


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["plna"], ["plna", "plan"]),
        (["chek", "a.yaml"], ["chek", "check"]),
        (["standrads"], ["standrads", "standards"]),
        (["standards", "lsit"], ["lsit", "list"]),
        (["standards", "shwo"], ["shwo", "show"]),
        (["打印"], ["打印"]),
        (["--jsno"], ["--jsno"]),
        (["plan", "--jsno", "a.yaml"], ["--jsno", "--json"]),
        (["plan", "a.yaml", "--explian", "x"], ["--explian", "--explain"]),
        (["generate", "a.yaml", "--outptu", "b"], ["--outptu", "--output"]),
        (["check"], ["ANSWERS"]),
        (["plan"], ["ANSWERS"]),
        (["generate", "-o", "b"], ["ANSWERS"]),
        (["generate", "a.yaml"], ["--output"]),
        (["standards", "show"], ["STANDARD"]),
    ],
    ids=" ".join,
)
def test_wrong_use_is_told_in_one_sentence(
    cli_invoke: Call, tmp_path: Path, words: list[str], told: list[str]
) -> None:
    called = cli_invoke(*words)
    assert (called.code, called.out) == (2, "")
    (sentence,) = called.problems
    assert all(f"“{word}”" in sentence for word in told)
    assert CHINESE.search(sentence)
    assert not ENGLISH.search(sentence)
    assert list(tmp_path.iterdir()) == []


def test_no_guess_without_a_near_name(cli_invoke: Call) -> None:
    assert "是否指" not in cli_invoke("打印").err
    assert "是否指" not in cli_invoke("plan", "--something", "a.yaml").err


@pytest.mark.parametrize(
    "words",
    [
        ["check", "a.yaml", "b.yaml"],
        ["plan", "a.yaml", "--date"],
        ["check", "--json=1", "a.yaml"],
        ["standards", "show", "a", "b"],
    ],
    ids=" ".join,
)
def test_other_wrong_use_is_told_in_chinese_too(cli_invoke: Call, words: list[str]) -> None:
    called = cli_invoke(*words)
    assert called.code == 2
    (sentence,) = called.problems
    assert not re.search("[A-Za-z]{3,}", re.sub(r"--\w+|--help|“[^”]*”|\w+\.yaml", "", sentence))


@pytest.mark.parametrize("words", [["plna"], ["plan", "--jsno", "a.yaml"]], ids=" ".join)
def test_a_guess_is_a_well_formed_sentence(cli_invoke: Call, words: list[str]) -> None:
    assert "？，" not in cli_invoke(*words).err


def test_a_word_of_a_wrong_command_is_no_option_of_another(cli_invoke: Call) -> None:
    called = cli_invoke("--json", "check")
    assert called.code == 2
    assert "“--json”" in called.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["check", "没有.yaml"], "找不到这个文件"),
        (["plan", "没有.yaml"], "找不到这个文件"),
        (["generate", "没有.yaml", "-o", "b"], "找不到这个文件"),
        (["check", "."], "这是一个文件夹"),
        (["plan", "问卷.json", "--date", "2026-02-30"], "日期“2026-02-30”不对"),
        (["plan", "问卷.json", "--date", "明天"], "日期“明天”不对"),
        (["plan", "问卷.json", "--date", ""], "日期“”不对"),
        (["plan", "问卷.json", "--explain", "5.1.2"], "没有“5.1.2”这一条款"),
        (["plan", "问卷.json", "--explain", "db50-t-1696-2024#9"], "没有“db50-t-1696-2024#9”"),
        (["plan", "问卷.json", "--explain", "#"], "没有“#”这一条款"),
        (["generate", "问卷.json", "-o", "b", "--only", "letter"], "没有“letter”这种文书"),
        (
            ["standards", "show", "db51"],
            "没有“db51”这个标准，可用：aqsiq-2012-749、db50",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_a_person_must_fix_is_1(
    cli_invoke: Call, answers_file: Callable[..., Path], tmp_path: Path, words: list[str], told: str
) -> None:
    answers_file()
    before = sorted(tmp_path.iterdir())
    called = cli_invoke(*words)
    assert (called.code, called.out) == (1, "")
    (sentence,) = called.problems
    assert told in sentence
    assert sorted(tmp_path.iterdir()) == before


def test_all_unknown_papers_are_named(cli_invoke: Call, answers_file: Callable[..., Path]) -> None:
    called = cli_invoke(
        "generate", answers_file(), "-o", "b", "--only", "letter, duties", "--only", "stamp"
    )
    assert called.code == 1
    assert [re.findall("没有“(.*?)”", sentence) for sentence in called.problems] == [
        ["letter"],
        ["stamp"],
    ]


@pytest.mark.parametrize("day", ["20261108", "2026-W45-7", "2026W457"])
def test_a_date_is_written_in_one_way(
    cli_invoke: Call, answers_file: Callable[..., Path], day: str
) -> None:
    assert cli_invoke("plan", answers_file(), "--json", "--date", day).code == 1


def test_an_unforeseen_error_is_a_sentence(
    cli_invoke: Call, answers_file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong inside, nobody sees a traceback."""

    def broken(*_: object) -> None:
        raise RuntimeError("内部")

    monkeypatch.setattr("cqo_docs.cli.app.check_command", broken)
    called = cli_invoke("check", answers_file())
    assert (called.code, called.out) == (1, "")
    (sentence,) = called.problems
    assert "RuntimeError: 内部" in sentence


@pytest.mark.parametrize(
    ("words", "code", "exit_code"),
    [
        (["check", "没有.yaml", "--json"], "file.missing", 1),
        (["plan", "没有.yaml", "--json"], "file.missing", 1),
        (["generate", "没有.yaml", "-o", "out", "--json"], "file.missing", 1),
        (["standards", "show", "没有", "--json"], "cli.unknown-standard", 1),
        (["verify", "没有", "--json"], "file.missing", 1),
        (["plan", "--json"], "cli.missing", 2),
        (["check", "--json", "--no-such-option"], "cli.no-such-option", 2),
    ],
)
def test_failures_are_json_for_programs_and_sentences_for_people(
    cli_invoke: Call, words: list[str], code: str, exit_code: int
) -> None:
    called = cli_invoke(*words)
    (fault,) = called.json["problems"]
    assert (called.code, fault["code"]) == (exit_code, code)
    assert set(fault) == {"code", "where", "message"}
    assert called.problems == [fault["message"]]


# check


@pytest.mark.usefixtures("wide")
def test_check_lists_what_was_assumed(cli_invoke: Call, answers_file: Callable[..., Path]) -> None:
    path = answers_file()
    called = cli_invoke("check", path)
    assert (called.code, called.err) == (0, "")
    assert "渝州精工机械有限公司" in called.out
    data = cli_invoke("check", path, "--json").json
    assert data["company"] == "渝州精工机械有限公司"
    assert {"field": "聘任·任期年数", "value": "3", "reason": "默认值"} in data["assumptions"]
    for row in data["assumptions"]:
        assert set(row) == {"field", "value", "reason"}
        assert all(CHINESE.search(row[key]) for key in ("field", "reason"))
        line = rf"{re.escape(row['field'])} +{re.escape(row['value'])} +{re.escape(row['reason'])}"
        assert re.search(line, called.out)


def test_a_date_in_the_answers_is_the_day_of_the_check(
    cli_invoke: Call, answers_file: Callable[..., Path]
) -> None:
    path = answers_file({"plan.as_of": "2031-05-06", "appointment.decision_date": None})
    rows = cli_invoke("check", path, "--json").json["assumptions"]
    assert next(row["value"] for row in rows if row["field"] == "经费·预算年度") == "2031"


# plan


def test_plan_json_has_its_stable_shape(
    cli_invoke: Call, answers_file: Callable[..., Path], workspace: Workspace
) -> None:
    called = cli_invoke("plan", answers_file(adopting("db50-t-1696-2024")), "--json")
    assert (called.code, called.err) == (0, "")
    plan = called.json
    keys = {
        "": {"as_of", "profile", "standards", "clauses", "eligibility", "reconciled", "documents",
             "findings", "assumptions"},
        "profile": {"size", "above_scale", "ownership", "industry"},
        "standards": {"id", "role", "reason"},
        "clauses": {"standard", "ref", "topic", "modality", "status", "reason", "documents",
                    "blocks"},
        "eligibility": {"standard", "verdict", "failed", "missing"},
        "reconciled": {"parameter", "winner", "losers"},
        "documents": {"id", "title", "reason"},
        "findings": {"code", "severity", "message", "clauses", "remedy"},
        "assumptions": {"field", "value", "reason"},
    }  # fmt: skip
    assert keys[""] <= set(plan)
    assert keys["profile"] <= set(plan["profile"])
    for name, wanted in keys.items():
        if name not in {"", "profile"}:
            assert plan[name], name
            assert all(wanted <= set(row) for row in plan[name]), name
    for settled in plan["reconciled"]:
        for said in filter(None, [settled["winner"], *settled["losers"]]):
            assert set(said) == {"standard", "ref", "value"}
    assert {s["role"] for s in plan["standards"]} <= {"basis", "reference", "background"}
    assert {v["verdict"] for v in plan["eligibility"]} <= {"pass", "relaxed", "fail", "unknown"}
    severities = {f["severity"] for f in plan["findings"]}
    assert severities <= {"gap", "conflict", "warning", "note"}
    assert {s["id"] for s in plan["standards"]} == {s.id for s in workspace.library.standards}
    known = {c.key for s in workspace.library.standards for c in s.clauses}
    assert all(key in known for finding in plan["findings"] for key in finding["clauses"])


@pytest.mark.parametrize(
    "changes",
    [
        {},
        adopting("db50-t-1696-2024"),
        adopting("gd-norm-2024", "gd-textbook-2015", "shanxi-2021-264", "db50-t-1696-2024"),
        {"company.province": "山西省", "candidate.degree": None, "fund.establish": False,
         "fund.total": None},
        {"company.province": "浙江省"},
    ],
)  # fmt: skip
def test_counts_add_up_and_no_clause_is_dropped(
    cli_invoke: Call,
    answers_file: Callable[..., Path],
    workspace: Workspace,
    changes: dict[str, Any],
) -> None:
    plan = cli_invoke("plan", answers_file(changes), "--json").json
    decided = [(c["standard"], c["ref"]) for c in plan["clauses"]]
    in_play = [s["id"] for s in plan["standards"] if s["role"] != "background"]
    assert len(set(decided)) == len(decided)
    assert set(decided) == {
        (s, c.ref) for s in in_play for c in workspace.library.standard(s).clauses
    }
    assert set(plan["counts"]) == set(STATUSES)
    assert sum(plan["counts"].values()) == len(decided)
    for status, count in plan["counts"].items():
        assert sum(c["status"] == status for c in plan["clauses"]) == count
    papers = {d["id"] for d in plan["documents"]}
    for clause in plan["clauses"]:
        assert clause["reason"]
        assert set(clause["documents"]) <= papers
        assert bool(clause["documents"]) == bool(clause["blocks"])
        assert clause["status"] != "covered" or clause["blocks"]


def test_the_same_answers_print_the_same_plan(
    cli_invoke: Call, answers_file: Callable[..., Path]
) -> None:
    words = ("plan", answers_file(), "--json", "--date", "2026-11-08")
    assert cli_invoke(*words).out == cli_invoke(*words).out


@pytest.mark.usefixtures("wide")
def test_plan_prints_for_a_person(cli_invoke: Call, answers_file: Callable[..., Path]) -> None:
    called = cli_invoke("plan", answers_file(), "--date", "2026-11-08")
    assert (called.code, called.err) == (0, "")
    for words in ("渝州精工机械有限公司", "2026-11-08", "企业规模", "任职资格", "参照", "提示"):
        assert words in called.out
    plan = cli_invoke("plan", answers_file(), "--date", "2026-11-08", "--json").json
    assert re.search(rf"合计 +{len(plan['clauses'])}\b", called.out)
    for row in (*plan["clauses"], *plan["standards"], *plan["documents"]):
        assert row["reason"] in called.out
    for finding in plan["findings"]:
        assert finding["message"] in called.out
        assert finding["remedy"] in called.out
    assert not re.search(r"None|True|False|not_met|not_applicable|shall", called.out)


def test_the_day_decides_which_standards_are_in_force(
    cli_invoke: Call, answers_file: Callable[..., Path]
) -> None:
    path = answers_file(adopting("db50-t-1696-2024"))

    def role(*words: str) -> str:
        plan = cli_invoke("plan", path, "--json", *words).json
        assert not words or plan["as_of"] == words[-1]
        found = [s["role"] for s in plan["standards"] if s["id"] == "db50-t-1696-2024"]
        return str(found[0])

    assert role("--date", "2024-11-07") == "background"
    assert role("--date", "2024-11-08") == "basis"


def test_the_day_asked_for_wins_over_that_of_the_answers(
    cli_invoke: Call, answers_file: Callable[..., Path]
) -> None:
    path = answers_file({"plan.as_of": "2025-01-02"})
    assert cli_invoke("plan", path, "--json").json["as_of"] == "2025-01-02"
    asked = cli_invoke("plan", path, "--json", "--date", "2025-03-04").json
    assert asked["as_of"] == "2025-03-04"


# --explain


def test_explain_tells_one_clause_and_why(
    cli_invoke: Call, answers_file: Callable[..., Path], workspace: Workspace
) -> None:
    path = answers_file(adopting("db50-t-1696-2024"))
    clause = workspace.library.clause("db50-t-1696-2024#5.1.2")
    called = cli_invoke("plan", path, "--explain", clause.key)
    assert (called.code, called.err) == (0, "")
    for words in ("《企业首席质量官工作指南》DB50/T 1696—2024", "5.1.2", clause.summary, "已满足"):
        assert words in called.out
    # Why: every test of the clause with what was answered.
    for words in ("学历为本科", "职称等级为中级", "企业质量管理工作年限为6"):
        assert words in called.out


def test_explain_shows_where_a_clause_stands(
    cli_invoke: Call, answers_file: Callable[..., Path]
) -> None:
    path = answers_file(adopting("db50-t-1696-2024"))
    told = cli_invoke("plan", path, "--explain", "db50-t-1696-2024#6 i)", "--json").json
    assert told["status"] == "covered"
    plan = cli_invoke("plan", path, "--json").json
    (decided,) = [c for c in plan["clauses"] if c["ref"] == "6 i)"]
    assert [p["block"] for p in told["places"]] == decided["blocks"]
    assert all("一票否决" in p["text"] for p in told["places"])
    printed = cli_invoke("plan", path, "--explain", "db50-t-1696-2024#6 i)").out
    assert all(place["text"] in printed for place in told["places"])


def test_explain_tells_why_a_standard_is_not_in_play(
    cli_invoke: Call, answers_file: Callable[..., Path]
) -> None:
    called = cli_invoke("plan", answers_file(), "--explain", "shanxi-2021-264#四（一）-5")
    assert called.code == 0
    assert "备查" in called.out
    assert "外地文件" in called.out


def test_clauses_of_every_standard_can_be_explained(
    cli_invoke: Call, answers_file: Callable[..., Path], workspace: Workspace
) -> None:
    path = answers_file()
    for standard in workspace.library.standards:
        clause = standard.clauses[-1]
        called = cli_invoke("plan", path, "--explain", clause.key)
        assert (called.code, called.err) == (0, ""), clause.key
        assert clause.summary in called.out


# standards


@pytest.mark.usefixtures("wide")
def test_standards_are_listed_for_a_person(cli_invoke: Call, workspace: Workspace) -> None:
    called = cli_invoke("standards")
    assert (called.code, called.err) == (0, "")
    for standard in workspace.library.standards:
        name = re.escape(f"{standard.title} {standard.number}".strip())
        count = len(standard.clauses)
        assert re.search(rf"{standard.id} +{name} +{standard.region} .* {count}\b", called.out)
    assert cli_invoke("standards", "list").out == called.out


@pytest.mark.usefixtures("wide")
@pytest.mark.parametrize("name", ["db50-t-1696-2024", "DB50/T 1696-2024", "企业首席质量官工作指南"])
def test_a_standard_is_shown_by_any_of_its_names(
    cli_invoke: Call, workspace: Workspace, name: str
) -> None:
    called = cli_invoke("standards", "show", name)
    assert (called.code, called.err) == (0, "")
    for clause in workspace.library.standard("db50-t-1696-2024").clauses:
        assert re.search(rf"{re.escape(clause.ref)} .*{re.escape(clause.summary)}", called.out)
    assert "statement" not in called.out


# Consoles and pipes

HOSTILE = "𠮷䶮（石家庄）R&D 🏭有限公司"


def run_piped(encoding: str, *words: str | Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "cqo_docs", *map(str, words)],
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize("encoding", ["gbk", "cp936:strict", "ascii", "utf-8"])
def test_a_plan_can_be_printed_on_any_console(
    answers_file: Callable[..., Path], encoding: str
) -> None:
    done = run_piped(encoding, "plan", answers_file({"company.name": HOSTILE}))
    assert (done.returncode, done.stderr) == (0, b"")
    text = done.stdout.decode(encoding.partition(":")[0])
    assert "R&D" in text
    assert encoding == "ascii" or "任职资格" in text


@pytest.mark.parametrize(
    "words",
    [["check"], ["plan", "--json"], ["plan", "--explain", "db50-t-1696-2024#6 i)"]],
    ids=" ".join,
)
def test_every_command_can_be_piped_in_gbk(
    answers_file: Callable[..., Path], words: list[str]
) -> None:
    done = run_piped("gbk", *words, answers_file({"company.name": HOSTILE}))
    assert (done.returncode, done.stderr) == (0, b"")
    assert CHINESE.search(done.stdout.decode("gbk"))


def test_a_problem_can_be_printed_in_gbk(answers_file: Callable[..., Path]) -> None:
    done = run_piped("gbk", "check", answers_file({"company.province": "𠮷省"}))
    assert (done.returncode, done.stdout) == (1, b"")
    assert "省份：填了“" in done.stderr.decode("gbk")
    assert b"Traceback" not in done.stderr


def test_a_reader_who_leaves_early_gets_no_traceback(answers_file: Callable[..., Path]) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "cqo_docs", "standards", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        complaint = process.stderr.read()
    assert complaint == b""


@pytest.mark.parametrize("words", [["--help"], ["plan", "--help"]], ids=" ".join)
def test_help_imports_none_of_the_heavy_libraries(words: list[str]) -> None:
    """Half the import time of the libraries is all that help may take."""
    code = (
        "import sys; from cqo_docs.cli.app import run; run(sys.argv[1:]); "
        "print([m for m in ('docx', 'docxtpl', 'openpyxl', 'pydantic', 'babel', 'jinja2', 'rich')"
        " if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=True
    )
    assert done.stderr == "[]\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["plan", "a.yaml", "b.yaml"], "多写了“b.yaml”"),
        (["plan", "a.yaml", "b", "c"], "多写了“b c”"),
        (["plan", "a.yaml", "--date"], "选项“--date”后面须写明值"),
        (["plan", "a.yaml", "--json=1"], "选项“--json”后面不能写值"),
        (["generate", "a.yaml", "-o"], "选项“-o”后面须写明值"),
        (["standards", "show"], "缺少“STANDARD”"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_use_names_the_argument_at_fault(
    cli_invoke: Call, words: list[str], told: str
) -> None:
    called = cli_invoke(*words)
    assert (called.code, called.out) == (2, "")
    (sentence,) = called.problems
    assert told in sentence


@pytest.mark.skipif(os.name == "nt", reason="no such pipes there")
@pytest.mark.parametrize("words", [["standards"], ["--help"], ["standards", "--json"]])
def test_a_closed_pipe_ends_quietly(words: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "cqo_docs", *words],
        stdout=writing, stderr=subprocess.PIPE, check=False,
    )  # fmt: skip
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")

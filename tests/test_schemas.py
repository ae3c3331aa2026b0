"""What commands print with --json has the shape that docs/schemas/ promises to programs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from cases import ROOT, SAMPLES
from jsonschema import Draft202012Validator

from cqo_docs.cli.app import build

Call = Callable[..., Any]
SCHEMAS = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "docs" / "schemas").glob("*.json"))
}
# The schema of each command; that of a failure is the same for all.
OF_COMMAND = {
    "check": "check",
    "plan": "plan",
    "generate": "generate",
    "batch": "batch",
    "verify": "verify",
    "standards": "standards",
    "standards list": "standards",
    "standards show": "standard",
    "standards check": "standards-check",
    "templates check": "templates-check",
}
NAMES = ["shanxi-food-micro", "shanxi-steel-medium", "guangdong-electronics-foreign"]
DAY = ("--date", "2026-11-21")


def faults(name: str, data: Any) -> list[str]:
    """Where data departs from a schema."""
    found = Draft202012Validator(SCHEMAS[name]).iter_errors(data)
    return [f"{error.json_path}: {error.message}" for error in found]


def commands_with_json(group: click.Command, path: tuple[str, ...] = ()) -> Iterator[str]:
    if any("--json" in option.opts for option in group.params):
        yield " ".join(path)
    if isinstance(group, click.Group):
        for name, command in group.commands.items():
            yield from commands_with_json(command, (*path, name))


def sample(name: str) -> Path:
    return next(path for path in SAMPLES if path.stem == name)


def test_every_command_that_speaks_to_programs_has_a_schema() -> None:
    assert set(commands_with_json(build())) == OF_COMMAND.keys()
    assert SCHEMAS.keys() == {*OF_COMMAND.values(), "explain", "problems"}


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_sound(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_the_answers_and_the_plan_of_every_sample_have_their_shape(
    cli_invoke: Call, path: Path
) -> None:
    plan = cli_invoke("plan", path, *DAY, "--json").json
    assert faults("check", cli_invoke("check", path, "--json").json) == []
    assert faults("plan", plan) == []
    # One clause of each standard, be it in play or only listed.
    standards = {s["id"]: s["clauses"] for s in cli_invoke("standards", "--json").json}
    for role in plan["standards"]:
        address = f"{role['id']}#{standards[role['id']][0]['ref']}"
        told = cli_invoke("plan", path, *DAY, "--explain", address, "--json").json
        assert faults("explain", told) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_pack_and_its_verification_have_their_shape(
    cli_invoke: Call, tmp_path: Path, name: str
) -> None:
    written = cli_invoke("generate", sample(name), "-o", "out", *DAY, "--review", "--json").json
    assert faults("generate", written) == []
    assert faults("verify", cli_invoke("verify", "out", "--json").json) == []
    pack = tmp_path / written["pack"]
    first, second, *_ = (pack / entry["path"] for entry in written["files"])
    first.unlink()
    second.write_bytes(b"no package")
    shutil.copy(pack / written["files"][2]["path"], pack / "另一份.docx")
    report = cli_invoke("verify", "out", "--json").json
    assert not report["consistent"]
    assert faults("verify", report) == []


def test_what_is_stale_beside_chosen_papers_has_its_shape(cli_invoke: Call) -> None:
    path = sample(NAMES[0])
    cli_invoke("generate", path, "-o", "out", *DAY)
    words = ("--only", "duties", "--date", "2027-01-04", "--json")
    written = cli_invoke("generate", path, "-o", "out", *words).json
    assert written["stale"]
    assert faults("generate", written) == []


def test_a_batch_has_its_shape(cli_invoke: Call, tmp_path: Path) -> None:
    source = tmp_path / "clients"
    source.mkdir()
    shutil.copy(sample(NAMES[0]), source)
    (source / "broken.yaml").write_text("企业: {}\n", encoding="utf-8")
    report = cli_invoke("batch", source, "-o", "out", "--jobs", "1", *DAY, "--json").json
    assert (report["written"], report["failed"]) == (1, 1)
    assert faults("batch", report) == []


def test_standards_have_their_shape(cli_invoke: Call) -> None:
    listed = cli_invoke("standards", "list", "--json").json
    assert listed == cli_invoke("standards", "--json").json
    assert faults("standards", listed) == []
    for standard in listed:
        shown = cli_invoke("standards", "show", standard["id"], "--json").json
        assert faults("standard", shown) == []
    assert faults("standards-check", cli_invoke("standards", "check", "--json").json) == []


def test_a_house_folder_with_and_without_faults_has_its_shape(
    cli_invoke: Call, tmp_path: Path
) -> None:
    cli_invoke("templates", "copy", "house")
    assert cli_invoke("templates", "check", "house", "--json").json == []
    (tmp_path / "house" / "templates" / "duties.docx").write_bytes(b"no package")
    found = cli_invoke("templates", "check", "house", "--json").json
    assert found
    assert faults("templates-check", found) == []


@pytest.mark.parametrize(
    "words",
    [
        ("check", "missing.yaml"),
        ("check", "broken.yaml"),
        ("plan", "broken.yaml"),
        ("generate", "broken.yaml", "-o", "out"),
        ("verify", "missing"),
        ("batch", "missing.xlsx", "-o", "out"),
        ("standards", "show", "missing"),
        ("check", "--no-such-option"),
    ],
    ids=" ".join,
)
def test_a_failure_has_its_shape(cli_invoke: Call, tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "broken.yaml").write_text("企业:\n  名称: 12\n候选人: {}\n", encoding="utf-8")
    called = cli_invoke(*words, "--json")
    assert called.code != 0
    assert faults("problems", called.json) == []


def without(data: Any, key: str) -> Any:
    return {k: v for k, v in data.items() if k != key}


@pytest.mark.parametrize("name", ["check", "plan"])
def test_a_key_that_is_missing_is_noticed_and_one_more_is_not(cli_invoke: Call, name: str) -> None:
    data = cli_invoke(name, SAMPLES[0], "--json").json
    required = SCHEMAS[name]["required"]
    assert [key for key in required if not faults(name, without(data, key))] == []
    assert faults(name, {**data, "later": 1}) == []

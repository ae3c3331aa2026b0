"""The library reads the content as it is, and names everything that is broken at once."""

from __future__ import annotations

import os
import re
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest
from cases import make_plan
from conftest import ContentCopy

from cqo_docs.base import cache
from cqo_docs.base.errors import ContentError, CqoError
from cqo_docs.base.yamlfile import YamlFile, read_yaml
from cqo_docs.facts.conditions import facts_named
from cqo_docs.facts.reference import reading
from cqo_docs.library import reading as library
from cqo_docs.library import version
from cqo_docs.library.reading import read_library
from cqo_docs.library.records import matching_topics
from cqo_docs.library.version import CONTENT, content_version
from cqo_docs.papers.composer import compose
from cqo_docs.wording import sentences as wording
from cqo_docs.wording.files import read_wording
from cqo_docs.workspace import Workspace

CHONGQING = "standards/db50-t-1696-2024.yaml"
SHANXI = "standards/shanxi-2021-264.yaml"
POSIX = pytest.mark.skipif(os.name == "nt", reason="modes are those of POSIX")
CLAUSE = (
    '- ref: "5.1.2"\n  topic: eligibility.qualification\n  modality: statement\n'
    "  actor: enterprise\n"
)

Places = list[tuple[str, str, str]]


def problems_of(copy: ContentCopy) -> Places:
    """Where, line and words of everything that the library complains of."""
    with pytest.raises(ContentError) as caught:
        read_library(copy.folder)
    return [
        (p.where, p.values.get("line", ""), " ".join(p.values.values()))
        for p in caught.value.problems
    ]


ABOVE = {
    "unknown fact with a near name": 2,
    "unknown paper in a condition": 3,
    "value that a fact never has": 2,
    "unknown comparison": 1,
    "relief for no clause": 5,
    "rule of no kind": 1,
}


def line_of(copy: ContentCopy, name: str, token: str) -> int:
    text = (copy.folder / name).read_text(encoding="utf-8")
    assert text.count(token) == 1
    return text[: text.index(token)].count("\n") + 1


# One fault each. The token stands only on the wrong line. A fault inside a condition is placed
# at the key that holds the condition, one of a parameter or of a relief at its entry.
FAULTS = {
    "unknown key of a clause": (
        CHONGQING, CLAUSE, CLAUSE + "  sumary: x\n", "sumary", "unknown key 'sumary'",
    ),
    "bad modality": (
        CHONGQING, CLAUSE, CLAUSE.replace("statement", "must"), "modality: must",
        "'must' is none of",
    ),
    "bad actor": (
        CHONGQING, CLAUSE, CLAUSE.replace("enterprise", "firm"), "actor: firm", "'firm' is none of",
    ),
    "no modality": (
        CHONGQING, CLAUSE, CLAUSE.replace('"\n', '" # 漏\n').replace("  modality: statement\n", ""),
        "# 漏", "'None' is none of",
    ),
    "no topic": (
        CHONGQING, CLAUSE, '- ref: "5.1.2x"\n  modality: statement\n  actor: enterprise\n',
        "5.1.2x", "no topic",
    ),
    "ref twice": (
        CHONGQING, '- ref: "5.2.1"\n', '- ref: "5.1.2" # 重\n', "# 重", "5.1.2 stands twice",
    ),
    "unknown fact with a near name": (
        CHONGQING, "candidate.degree:", "candidate.degre:", "candidate.degre:",
        "no fact 'candidate.degre'; did you mean 'candidate.degree'?",
    ),
    "unknown paper in a condition": (
        CHONGQING, "pack.authorization: true", "pack.authorisation: true", "pack.authorisation",
        "did you mean 'pack.authorization'?",
    ),
    "value that a fact never has": (
        CHONGQING, "candidate.degree: {at_least: junior-college}",
        "candidate.degree: {at_least: college}", "{at_least: college}", "not 'college'",
    ),
    "unknown comparison": (
        SHANXI, "appointment.level: {at_least: deputy}\n- ref: \"四（一）-6\"",
        "appointment.level: {above: deputy}\n- ref: \"四（一）-6\"", "{above: deputy}",
        "no comparison 'above'",
    ),
    "condition that is no tree": (
        SHANXI, "applies: {company.above_scale: true}\n  requires:\n    appointment.level",
        "applies: 规模以上\n  requires:\n    appointment.level", "applies: 规模以上",
        "not a mapping",
    ),
    "relief for no clause": (
        SHANXI, 'relaxes: "四（二）-1"', 'relaxes: "四（二）-9"', '四（二）-9"',
        "relaxes an unknown clause 四（二）-9",
    ),
    "bad force": (CHONGQING, "force: recommended", "force: law", "force: law", "'law' is none of"),
    "bad confidence": (
        CHONGQING, "confidence: full", "confidence: sure", "confidence: sure", "'sure' is none of",
    ),
    "topic of no kind": (
        "topics.yaml", "  duty.law-compliance: {}", "  duty.law-compliance: {}\n  task.law: {}",
        "task.law", "'task' is none of",
    ),
    "rule of no kind": (
        "parameters.yaml", "rule: union", "rule: both", "rule: both", "'both' is none of",
    ),
    "unknown key of a part": (
        "documents/appointment.yaml", "{id: closing, style: body, when",
        "{id: closing, style: body, if: x, when", "if: x", "unknown key 'if'",
    ),
    "paper with an unknown fact": (
        "documents/budget.yaml", "when: {fund.establish: true}", "when: {fund.established: true}",
        "fund.established", "did you mean 'fund.establish'?",
    ),
    "paper that joins an unknown one": (
        "documents/authorization.yaml", "joins: {paper: appointment,", "joins: {paper: letter,",
        "paper: letter", "joins an unknown paper 'letter'",
    ),
    "variant with an unknown fact": (
        "documents/appointment.yaml", "state: {company.state_owned: true}",
        "state: {company.state_own: true}", "company.state_own:", "no fact 'company.state_own'",
    ),
    "finding of no severity": (
        "findings.yaml", "{code: company.size-unknown, severity: warning",
        "{code: company.size-unknown, severity: fatal", "severity: fatal", "'fatal' is none of",
    ),
    "finding with an unknown fact": (
        "findings.yaml", "when: {fund.over_training_cap: true}", "when: {fund.over_cap: true}",
        "fund.over_cap", "no fact 'fund.over_cap'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_with_file_and_line(content_copy: ContentCopy, name: str) -> None:
    file, old, new, token, words = FAULTS[name]
    content_copy.change(file, old, new)
    places = problems_of(content_copy)
    line = line_of(content_copy, file, token) - ABOVE.get(name, 0)
    assert (file, str(line)) in [(where, at) for where, at, told in places if words in told]
    assert {where for where, _, _ in places} == {file}


# What points nowhere is placed at its entry: a clause, a topic, a part. The number tells how far
# below the head of that entry the change is.
POINTERS = {
    "unknown topic": (
        CHONGQING, CLAUSE, CLAUSE.replace("eligibility.qualification", "eligibility.qualify"),
        0, ("5.1.2", "eligibility.qualify"),
    ),
    "unknown value of a parameter": (
        CHONGQING, "params: {appointer: legal-representative-or-principal}",
        "params: {appointer: president}", 5,
        ("3.1", "appointer", "president"),
    ),
    "unknown value in a list": (
        CHONGQING, "departments: [quality-management, inspection,",
        "departments: [quality-management, inspections,", 8,
        ("4.1", "departments", "inspections"),
    ),
    "topic inside an unknown one": (
        "topics.yaml", "power.advice: {within: [power.decision-participation]}",
        "power.advice: {within: [power.decision]}", 0,
        ("power.advice", "power.decision"),
    ),
    "topic with an unknown parameter": (
        "topics.yaml", "power.quality-veto: {parameter: veto-scope}",
        "power.quality-veto: {parameter: veto}", 0,
        ("power.quality-veto", "veto"),
    ),
    "part twice": (
        "documents/appointment.yaml", "id: closing,", "id: charge,", 0, ("charge",),
    ),
    "part with an unknown topic": (
        "documents/appointment.yaml", "covers: [definition.cqo]", "covers: [definition.officer]",
        0, ("charge", "definition.officer"),
    ),
    "part with an unknown kind": (
        "documents/appointment.yaml", "covers: [definition.cqo]", "covers: [definitions.*]",
        0, ("charge", "definitions.*"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", POINTERS)
def test_what_points_nowhere_is_named_with_file_line_and_entry(
    content_copy: ContentCopy, name: str
) -> None:
    file, old, new, above, words = POINTERS[name]
    line = content_copy.change(file, old, new) - above
    ((where, at, told),) = problems_of(content_copy)
    assert (where, at) == (file, str(line))
    assert set(words) <= set(re.findall(r"[\w.*-]+", told))


def test_everything_is_named_at_once(content_copy: ContentCopy) -> None:
    content_copy.change(CHONGQING, "force: recommended", "force: law")
    content_copy.change(CHONGQING, CLAUSE, CLAUSE.replace("statement", "must"))
    content_copy.change(SHANXI, 'relaxes: "四（二）-1"', 'relaxes: "四（二）-9"')
    content_copy.change("topics.yaml", "{parameter: veto-scope}", "{parameter: veto}")
    content_copy.change("parameters.yaml", "rule: union", "rule: both")
    content_copy.change("documents/appointment.yaml", "id: closing,", "id: charge,")
    content_copy.change("findings.yaml", "when: {fund.over_training_cap", "when: {fund.over_cap")
    files = [where for where, _, _ in problems_of(content_copy)]
    assert sorted(files) == sorted(
        [CHONGQING, CHONGQING, SHANXI, "topics.yaml", "parameters.yaml",
         "documents/appointment.yaml", "findings.yaml"]
    )  # fmt: skip


def test_a_key_twice_in_content_names_both_lines(content_copy: ContentCopy) -> None:
    line = content_copy.change(CHONGQING, "force: recommended\n", "force: recommended\nid: x\n")
    with pytest.raises(Exception, match=r"yaml\.duplicate") as caught:
        read_library(content_copy.folder)
    (found,) = caught.value.problems  # type: ignore[attr-defined]
    assert found.where.endswith(CHONGQING)
    assert (found.values["line"], found.values["first"]) == (str(line + 1), "1")


# Content whose shape is wrong

SHAPES = {
    "standard without id": (CHONGQING, "id: db50-t-1696-2024\n", ""),
    "paper without template": ("documents/appointment.yaml", "template: appointment.docx\n", ""),
    "paper whose number is none": ("documents/appointment.yaml", "number: 2\n", "number: 二\n"),
    "parameter without rule": ("parameters.yaml", "    rule: union\n", ""),
    "finding without code": ("findings.yaml", "{code: company.size-unknown, ", "{"),
    "clauses that are no list": (CHONGQING, "\nclauses:\n", "\nclauses: 无\nrest:\n"),
    "standard under the id of another": (SHANXI, "id: shanxi-2021-264", "id: db50-t-1696-2024"),
    "task about nothing": ("year.yaml", "topics: [duty.certification]", "topics: [duty.certified]"),
    "paper under the id of another": ("documents/matrix.yaml", "id: matrix\n", "id: confirm\n"),
    "date that does not exist": (CHONGQING, 'effective: "2024-11-08"', 'effective: "2024-11-31"'),
    "region that does not exist": (SHANXI, "region: 山西省", "region: 山西"),
    "province that does not exist": (
        SHANXI, "applies: {company.above_scale: true}\n  requires:\n    appointment.level",
        "applies: {company.province: 山西}\n  requires:\n    appointment.level",
    ),
    "topic within itself": (
        "topics.yaml", "power.advice: {within: [power.decision-participation]}",
        "power.advice: {within: [power.advice]}",
    ),
    "unknown key of a standard": (CHONGQING, "locators: number", "locator: number"),
    "unknown key of a paper": ("documents/appointment.yaml", "fields: [", "field: ["),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_a_file_of_the_wrong_shape_is_named(content_copy: ContentCopy, name: str) -> None:
    file, old, new = SHAPES[name]
    content_copy.change(file, old, new)
    assert file in [where for where, _, _ in problems_of(content_copy)]


# What the library holds


def test_standards_and_papers_have_one_order(workspace: Workspace) -> None:
    """By id and by number, so that the names of files and folders never change a paper."""
    ids = [standard.id for standard in workspace.library.standards]
    assert ids == sorted(ids)
    numbers = [paper.number for paper in workspace.library.papers]
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_version_follows_the_content(content_copy: ContentCopy) -> None:
    before = content_version(content_copy.folder)
    assert before == content_version(CONTENT)
    content_copy.add("wording/zh-Hans/cli.yaml", "# 注\n")
    assert content_version(content_copy.folder) != before


def test_a_library_cannot_be_changed(workspace: Workspace) -> None:
    with pytest.raises(FrozenInstanceError):
        workspace.library.standards[0].clauses[0].modality = "shall"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("db50-t-1696-2024", "db50-t-1696-2024"),
        ("DB50/T 1696—2024", "db50-t-1696-2024"),
        ("DB50/T 1696-2024", "db50-t-1696-2024"),
        ("db50/t1696—2024", "db50-t-1696-2024"),
        ("《企业首席质量官工作指南》", "db50-t-1696-2024"),
        (" 晋市监发〔2021〕264号 ", "shanxi-2021-264"),
        ("首席质量官教程", "gd-textbook-2015"),
        ("", None),
        ("DB50/T 1696", None),
        ("db50", None),
    ],
)
def test_a_standard_is_found_by_id_number_or_title(
    workspace: Workspace, name: str, found: str | None
) -> None:
    standard = workspace.library.find_standard(name)
    assert (standard.id if standard else None) == found


def test_a_clause_is_found_by_its_address(workspace: Workspace) -> None:
    clause = workspace.library.clause("db50-t-1696-2024#5.1.2")
    assert clause.key == "db50-t-1696-2024#5.1.2"
    assert clause.kind == "eligibility"
    assert clause.requires is not None
    assert set(facts_named(clause.requires)) == {
        "candidate.degree",
        "candidate.title_rank",
        "candidate.years_enterprise_quality_management",
    }


@pytest.mark.parametrize(
    ("ref", "cited"),
    [
        ("db50-t-1696-2024#5.1.4-2", "5.1.4"),
        ("db50-t-1696-2024#6 i)", "6 i)"),
        ("shanxi-2021-264#四（三）-7", "四（三）"),
        # Read at second hand, or without numbers: nothing may be printed as a clause number.
        ("aqsiq-2012-749#任职条件-3", ""),
        ("gd-norm-2024#策划-1", ""),
        ("gd-textbook-2015#五（二）3", ""),
    ],
)
def test_only_what_was_read_in_the_original_is_cited_by_number(
    workspace: Workspace, ref: str, cited: str
) -> None:
    assert workspace.library.clause(ref).cited == cited


def test_a_kind_means_all_its_topics(workspace: Workspace) -> None:
    topics = workspace.library.topics
    assert matching_topics(topics, "fund.*") == [t for t in topics if t.startswith("fund.")]
    assert matching_topics(topics, "fund.disposal") == ["fund.disposal"]
    assert matching_topics(topics, "fund") == []


def test_reading_leaves_the_folder_as_it_was(content_copy: ContentCopy) -> None:
    def files(folder: Path) -> dict[str, bytes]:
        return {p.name: p.read_bytes() for p in folder.rglob("*.yaml")}

    before = files(content_copy.folder)
    read_library(content_copy.folder)
    assert files(content_copy.folder) == before


# ---------------------------------------------------------------- kept between runs


@pytest.fixture
def kept_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the user's own."""
    monkeypatch.setenv("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv(cache.SWITCH, raising=False)
    return tmp_path / "cqo-docs"


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The YAML files that were really parsed, as they are parsed."""
    seen: list[Path] = []

    def noted(path: Path) -> YamlFile:
        seen.append(path)
        return read_yaml(path)

    for module in (library, wording, reading):
        monkeypatch.setattr(module, "read_yaml", noted)
    return seen


def test_content_is_parsed_once_and_then_kept(kept_in: Path, readings: list[Path]) -> None:
    first = read_library()
    words = read_wording(version=first.version)
    assert len(readings) > 30
    readings.clear()
    again = read_library()
    same_words = read_wording(version=again.version)
    assert again is not first
    for field in fields(first):
        assert getattr(again, field.name) == getattr(first, field.name)
    assert same_words.words == words.words
    assert readings == []
    assert {p.name.partition("-")[0] for p in kept_in.iterdir()} == {"library", "wording"}


def test_kept_content_makes_the_same_papers(kept_in: Path) -> None:
    cases = [
        (read_library(), read_wording()),  # read, and lazily
        (read_library(), read_wording(version=content_version())),  # kept, and read
        (read_library(), read_wording(version=content_version())),  # both kept
    ]
    first, *others = [compose(make_plan(library=one), one, words) for one, words in cases]
    assert others == [first, first]


def test_changed_content_is_seen_at_once(
    content_copy: ContentCopy, kept_in: Path, readings: list[Path]
) -> None:
    before = read_library(content_copy.folder)
    words = read_wording(content=content_copy.folder, version=before.version)
    path = content_copy.folder / CHONGQING
    state = path.stat()
    content_copy.change(CHONGQING, "confidence: full", "confidence: news")
    changed = content_copy.folder / "wording/zh-Hans/formats.yaml"
    changed.write_text(
        changed.read_text(encoding="utf-8").replace('list-mark: "、"', 'list-mark: "，"'), "utf-8"
    )
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))  # what counts is what is in it
    after = read_library(content_copy.folder)
    assert after.version != before.version
    assert after.standard("db50-t-1696-2024").confidence == "news"
    assert before.standard("db50-t-1696-2024").confidence == "full"
    new_words = read_wording(content=content_copy.folder, version=after.version)
    assert [w.join(["甲", "乙"]) for w in (words, new_words)] == ["甲、乙", "甲，乙"]


def test_broken_content_is_told_every_time(content_copy: ContentCopy, kept_in: Path) -> None:
    content_copy.change(CHONGQING, "confidence: full", "confidence: hearsay")
    assert problems_of(content_copy) == problems_of(content_copy)
    assert not kept_in.exists()


def test_wording_that_cannot_be_read_is_told_when_it_is_wanted(
    content_copy: ContentCopy, kept_in: Path
) -> None:
    content_copy.add("wording/zh-Hans/indicators.yaml", "\n  - [")
    words = read_wording(content=content_copy.folder, version=content_version(content_copy.folder))
    assert words.formats["list-mark"] == "、"
    with pytest.raises(CqoError):
        words.indicators  # noqa: B018
    assert not kept_in.exists()


def test_content_that_changes_while_it_is_read_is_not_kept(
    content_copy: ContentCopy, kept_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changing(path: Path) -> YamlFile:
        file = read_yaml(path)
        if path.name == "topics.yaml":
            content_copy.change(CHONGQING, "confidence: full", "confidence: news")
        return file

    monkeypatch.setattr(library, "read_yaml", changing)
    read_library(content_copy.folder)
    assert not kept_in.exists()


@POSIX
def test_what_others_could_have_prepared_is_not_read(kept_in: Path, readings: list[Path]) -> None:
    read_library()
    readings.clear()
    kept_in.chmod(0o777)
    read_library()
    assert len(readings) > 10


def test_another_program_keeps_its_own(
    kept_in: Path, readings: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    read_library()
    monkeypatch.setattr(version, "_program", lambda: b"another version")
    readings.clear()
    read_library()
    assert len(readings) > 10
    assert len(list(kept_in.iterdir())) == 2

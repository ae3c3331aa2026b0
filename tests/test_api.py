"""The public names of the package: imported late, typed, and good for a whole journey."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from cases import ROOT

import cqo_docs

SAMPLE = ROOT / "questionnaires" / "shanxi-food-micro.yaml"


def test_every_public_name_is_there_and_says_what_it_gives() -> None:
    assert set(cqo_docs.__all__) <= set(dir(cqo_docs))
    for name in set(cqo_docs.__all__) - {"__version__"}:
        assert getattr(cqo_docs, name).__doc__, name


def test_another_name_is_told_as_python_tells_it() -> None:
    with pytest.raises(AttributeError, match="no attribute 'generat'"):
        _ = cqo_docs.generat


def test_the_package_imports_nothing_of_its_own_until_a_name_is_used() -> None:
    code = "import sys, cqo_docs; print([m for m in sys.modules if m.startswith('cqo_docs.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_journey_from_answers_to_a_verified_pack(tmp_path: Path) -> None:
    workspace = cqo_docs.open_workspace()
    file = cqo_docs.read_answers(SAMPLE, workspace)
    plan = cqo_docs.make_plan(file, workspace, date(2026, 11, 21))
    papers = cqo_docs.compose(plan, workspace.library, workspace.wording)
    assert [p.paper.id for p in plan.papers] == [paper.id for paper in papers]
    _, written = cqo_docs.generate(file, workspace, tmp_path, date(2026, 11, 21))
    report = cqo_docs.verify_pack(written.folder, workspace)
    assert report.consistent
    assert {state for _, state in report.files} == {"same"}


def test_problems_carry_code_and_place(tmp_path: Path) -> None:
    missing = tmp_path / "没有.yaml"
    with pytest.raises(cqo_docs.CqoError) as caught:
        cqo_docs.read_answers(missing, cqo_docs.open_workspace())
    (problem,) = caught.value.problems
    assert (problem.code, problem.where) == ("file.missing", str(missing))

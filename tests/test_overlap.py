"""Clauses are restated, never copied: no run of 17 characters is shared with a source."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from cases import ROOT, SAMPLES, papers_of, plan_of, printed, workspace

from cqo_docs import generation

Shared = Callable[..., list[str]]
TOOL = ROOT / "tools" / "overlap.py"
SEEDS = ROOT.parent / "shared" / "seeds"
needs_seeds = pytest.mark.skipif(
    not SEEDS.is_dir(), reason="../shared/seeds is not beside the repository: nothing to compare"
)
# Invented, so that this file shares nothing with a source either.
SOURCE = "晨光照在山坡上牧羊人赶着羊群走过石桥去往河对岸的草场，傍晚再沿着原路回到村口。"


@pytest.fixture(scope="module")
def overlap() -> ModuleType:
    spec = importlib.util.spec_from_file_location("overlap", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def shared(overlap: ModuleType, tmp_path: Path) -> Shared:
    """What a text shares with one invented source."""
    (tmp_path / "seed.txt").write_text(SOURCE, encoding="utf-8")
    grams = overlap.seed_grams(tmp_path)

    def runs(text: str, *terms: str) -> list[str]:
        return list(overlap.shared_runs(text, grams, terms))

    return runs


def test_17_characters_are_found_and_16_are_not(shared: Shared) -> None:
    assert shared(SOURCE[:17]) == [SOURCE[:17]]
    assert shared(SOURCE[5:22]) == [SOURCE[5:22]]
    assert shared(SOURCE[:16]) == []
    assert shared(SOURCE[-17:]) == [SOURCE[-17:]]
    assert shared(SOURCE[-16:]) == []


def test_a_run_is_shown_whole(shared: Shared) -> None:
    assert shared(SOURCE) == [SOURCE]
    assert shared(f"前文{SOURCE[3:25]}后文") == [SOURCE[3:25]]


def test_every_run_is_shown(shared: Shared) -> None:
    one, other = SOURCE[:18], SOURCE[20:]
    assert shared(f"{one}与{other}") == [one, other]


def test_one_changed_character_parts_a_run(shared: Shared) -> None:
    changed = SOURCE[:16] + "某" + SOURCE[17:33]
    assert shared(changed) == []


def test_punctuation_counts(shared: Shared) -> None:
    place = SOURCE.index("，")
    assert shared(SOURCE[place - 8 : place + 9]) == [SOURCE[place - 8 : place + 9]]
    assert shared(SOURCE[place - 8 : place] + SOURCE[place + 1 : place + 10]) == []


@pytest.mark.parametrize("gap", [" ", "\n", "\n    ", "\t", "　", "\r\n  "])
def test_white_space_and_line_folds_are_no_difference(shared: Shared, gap: str) -> None:
    assert shared(gap.join(SOURCE[:17])) == [SOURCE[:17]]
    assert shared(f"{SOURCE[:9]}{gap}{SOURCE[9:20]}") == [SOURCE[:20]]


def test_white_space_in_a_source_is_no_difference(overlap: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "seed.txt").write_text("\n ".join(SOURCE), encoding="utf-8")
    assert list(overlap.shared_runs(SOURCE, overlap.seed_grams(tmp_path), [])) == [SOURCE]


def test_half_width_marks_are_no_difference(shared: Shared) -> None:
    assert shared(SOURCE.replace("，", ",")) == [SOURCE]


def test_half_width_marks_in_a_source_are_no_difference(
    overlap: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "seed.txt").write_text(SOURCE.replace("，", ","), encoding="utf-8")
    assert list(overlap.shared_runs(SOURCE, overlap.seed_grams(tmp_path), [])) == [SOURCE]


def test_latin_letters_part_a_run(shared: Shared) -> None:
    assert shared(f"{SOURCE[:10]}A{SOURCE[10:25]}") == []


def test_a_rare_character_counts(overlap: ModuleType, tmp_path: Path) -> None:
    text = "𠮷䶮" * 9
    (tmp_path / "seed.txt").write_text(text, encoding="utf-8")
    assert list(overlap.shared_runs(text, overlap.seed_grams(tmp_path), [])) == [text]


def test_an_exempt_term_is_not_shared(shared: Shared) -> None:
    term = SOURCE[2:24]
    assert shared(f"见《{term}》。") == [term]
    assert shared(f"见《{term}》。", term) == []
    assert shared(SOURCE[:30], term) == []
    assert shared(SOURCE, term) == []
    assert shared(SOURCE, SOURCE[2:8]) == [SOURCE[8:]]


def test_the_seed_in_old_characters_is_read_as_its_plain_text(
    overlap: ModuleType, tmp_path: Path
) -> None:
    path = tmp_path / "002_x.txt"
    path.write_text("質量(zhìliàng)管理員", encoding="utf-8")
    assert overlap.seed_text(path) == "质量管理员"


def test_exempt_terms_are_titles_and_terms_alone(overlap: ModuleType) -> None:
    terms = overlap.exempt_terms()
    assert terms == sorted(terms, key=len, reverse=True)
    assert not [term for term in terms if len(term) > 40 or "。" in term or "；" in term]


def test_every_text_file_of_the_repository_is_looked_at(overlap: ModuleType) -> None:
    names = {path.relative_to(ROOT).as_posix() for path in overlap.tracked_files()}
    assert {
        "README.md",
        "cqo_docs/content/standards/shanxi-2021-264.yaml",
        "cqo_docs/content/wording/zh-Hans/topics.yaml",
        "tests/test_overlap.py",
        "pyproject.toml",
    } <= names
    assert not [n for n in names if n.startswith(".venv/") or re.match(r"output/[^.]", n)]


@needs_seeds
def test_nothing_in_the_repository_is_copied_from_a_source(overlap: ModuleType) -> None:
    grams = overlap.seed_grams(SEEDS)
    assert len(grams) > 5_000
    terms = overlap.exempt_terms()
    found = [
        f"{path.relative_to(ROOT)}: {run}"
        for path in overlap.tracked_files()
        for run in overlap.shared_runs(path.read_text(encoding="utf-8"), grams, terms)
    ]
    assert found == []


@needs_seeds
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_no_paper_prints_a_run_of_a_source(overlap: ModuleType, sample: Path) -> None:
    """Texts that are put together from our own words may still come out as a source has them."""
    grams, terms = overlap.seed_grams(SEEDS), overlap.exempt_terms()
    papers = papers_of(plan_of(generation.read_answers(sample, workspace())))
    found = {
        f"{name}: {run}"
        for name, paper in papers.items()
        for text in printed(paper).split("\n")
        for run in overlap.shared_runs(text, grams, terms)
    }
    assert found == set()


@needs_seeds
def test_the_tool_finds_a_copied_sentence(tmp_path: Path, overlap: ModuleType) -> None:
    seed = overlap.seed_text(next(SEEDS.glob("003*.txt")))
    copied = max(overlap.runs(seed), key=len)[:40]
    path = tmp_path / "copy.md"
    path.write_text(f"前文\n{copied[:20]}\n{copied[20:]}\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(TOOL), str(SEEDS), str(path)], capture_output=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout.decode() == f"{path}: {copied}\n"

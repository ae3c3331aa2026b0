"""List every run of Chinese text that a tracked file shares with a source document.

    python tools/overlap.py SEEDS_FOLDER [FILE...]

Clauses are restated, never copied: no run of 17 characters (Han and Chinese punctuation
together) may be shared, titles and terms in content/terms.yaml aside.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

LIMIT = 17
ROOT = Path(__file__).resolve().parent.parent
CHINESE = r"㐀-鿿豈-﫿𠀀-𲎯、-〟！（），．：；？［］｛｝～“”‘’—…·"
RUN = re.compile(f"[{CHINESE}]+")
# Some sources are set with half-width marks; a copy that corrects them is still a copy.
FULL_WIDTH = str.maketrans(",;:()!?", "，；：（）！？")
TEXT_SUFFIXES = {".py", ".yaml", ".yml", ".md", ".toml", ".txt", ".sh", ".json", ".cfg", ""}


def seed_text(path: Path) -> str:
    """The text of one source document, in simplified characters, without bracketed pinyin."""
    text = path.read_text(encoding="utf-8")
    if path.name.startswith("002"):
        import opencc

        text = re.sub(r"\([a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüńňǹ]+\)", "", text)
        text = opencc.OpenCC("t2s").convert(text)
    return text


def runs(text: str) -> list[str]:
    """The maximal runs of Chinese characters, white space dropped first."""
    return RUN.findall(re.sub(r"\s+", "", text))


def seed_grams(folder: Path) -> set[str]:
    """Every run of LIMIT characters in the source documents."""
    texts = [seed_text(path) for path in sorted(folder.glob("*.txt"))]
    return {
        run[i : i + LIMIT]
        for text in texts
        for form in (text, text.translate(FULL_WIDTH))
        for run in runs(form)
        for i in range(len(run) - LIMIT + 1)
    }


def exempt_terms() -> list[str]:
    """Titles and terms that carry over word for word, longest first."""
    path = ROOT / "cqo_docs/content/terms.yaml"
    data = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    return sorted((data or {}).get("exempt", []), key=len, reverse=True)


def shared_runs(text: str, grams: set[str], terms: Iterable[str]) -> Iterator[str]:
    """The runs of a text that a source document holds too."""
    text = re.sub(r"\s+", "", text.translate(FULL_WIDTH))
    for term in terms:
        text = text.replace(term, "\0")
    for run in RUN.findall(text):
        start = None
        for i in range(len(run) - LIMIT + 2):
            hit = run[i : i + LIMIT] in grams and len(run) - i >= LIMIT
            if hit and start is None:
                start = i
            elif not hit and start is not None:
                yield run[start : i + LIMIT - 1]
                start = None


def tracked_files() -> list[Path]:
    """The text files that git tracks or would track."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    return [
        ROOT / name
        for name in listed.split("\0")
        if name and Path(name).suffix in TEXT_SUFFIXES and (ROOT / name).is_file()
    ]


def main() -> int:
    """Print the shared runs; 1 if there are any."""
    grams = seed_grams(Path(sys.argv[1]))
    terms = exempt_terms()
    files = [Path(name) for name in sys.argv[2:]] or tracked_files()
    found = 0
    for path in files:
        for run in shared_runs(path.read_text(encoding="utf-8"), grams, terms):
            found += 1
            print(f"{path}: {run}")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())

"""The files of one locale's words, as they were read."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from cqo_docs.base.yamlfile import read_yaml
from cqo_docs.wording.formats import DayForm, ListForm
from cqo_docs.wording.locales import SOURCE, TRADITIONAL
from cqo_docs.wording.traditional import Convert, converter

# The files of a locale that papers are written from; the rest speaks to who runs the program.
PAPER_FILES = (
    "formats", "topics", "findings", "reasons", "indicators", "questions", "year", "review",
)  # fmt: skip
PAPER_FOLDERS = ("documents", "standards")
TITLES = ("title", "name")  # of papers, with variants


class Words(NamedTuple):
    """All that a locale's files hold, by name without suffix, and what Babel knows of it."""

    files: dict[str, Any]
    day_form: DayForm
    list_form: ListForm


@lru_cache(maxsize=4)
def converter_for(locale: str, wording: Path) -> Convert:
    """How one locale's words are made from the simplified ones in a folder of wording."""
    papers = [read_yaml(path).data for path in sorted((wording / SOURCE / "documents").glob("*"))]
    titles = [str(t) for words in papers for key, t in words.items() if key.startswith(TITLES)]
    return converter(locale, read_yaml(wording / TRADITIONAL / "exceptions.yaml").data, titles)

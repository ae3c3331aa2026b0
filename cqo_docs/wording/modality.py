"""How strong a text is, by the modal words of its language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from cqo_docs.base.yamlfile import read_yaml
from cqo_docs.library.version import CONTENT
from cqo_docs.wording.locales import SOURCE
from cqo_docs.wording.placeholders import placeholders

ModalPatterns = Mapping[str, re.Pattern[str]]
MODAL_PLACEHOLDER = "modal"
# What is quoted, and titles, say nothing of their own.
QUOTED = re.compile(r"“[^”]*”|《[^》]*》")


@cache
def modal_patterns(locale: str = SOURCE) -> ModalPatterns:
    """For each modality, a pattern of the words that say it, from `modal.yaml` of the locale."""
    words = read_yaml(CONTENT / "wording" / locale / "modal.yaml").data["patterns"]
    return {name: re.compile(pattern) for name, pattern in words.items()}


def modalities_in(text: str, patterns: ModalPatterns | None = None) -> set[str]:
    """The modalities whose words a text uses; Chinese ones where no patterns are given."""
    known = modal_patterns() if patterns is None else patterns
    return {name for name, pattern in known.items() if pattern.search(text)}


def modality_fits(text: str, modality: str, patterns: ModalPatterns | None = None) -> bool:
    """Whether a text is neither weaker nor harder than a modality.

    A text may leave its modal word to the placeholder; then it must bring none of its own.
    """
    used = modalities_in(QUOTED.sub("", text), patterns)
    if MODAL_PLACEHOLDER in placeholders(text):
        return used <= {modality}
    return used == (set() if modality == "statement" else {modality})

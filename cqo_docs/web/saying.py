"""What the page says, in the language that its reader chose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from cqo_docs.base.yamlfile import read_yaml
from cqo_docs.library.version import CONTENT


@dataclass(frozen=True, slots=True)
class Saying:
    """The words of the page in one language; called with a key, it gives one text."""

    lang: str
    texts: Mapping[str, str]

    def __call__(self, key: str, /, **values: object) -> str:
        """One text with its values."""
        return self.texts[key].format(**values)

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        return key in self.texts

    def under(self, key: str) -> dict[str, str]:
        """The texts below a key, by the rest of their keys."""
        start = f"{key}."
        return {k[len(start) :]: text for k, text in self.texts.items() if k.startswith(start)}


@cache
def saying(lang: str) -> Saying:
    """The words of the page in one of PAGE_LANGUAGES."""
    data = read_yaml(CONTENT / "wording" / lang / "web.yaml").data
    return Saying(lang, dict(_flat(data)))


def _flat(data: Any, start: str = "") -> Iterator[tuple[str, str]]:
    """The texts of nested mappings by dotted keys; those of lists by numbers from 0."""
    pairs = data.items() if isinstance(data, Mapping) else enumerate(data)
    for name, inner in pairs:
        if isinstance(inner, (Mapping, list)):
            yield from _flat(inner, f"{start}{name}.")
        else:
            yield f"{start}{name}", str(inner)

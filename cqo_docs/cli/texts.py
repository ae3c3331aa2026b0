"""The words of the command line."""

from __future__ import annotations

import marshal
import sys
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cqo_docs.base import cache as store

if TYPE_CHECKING:
    pass

LOCALE = "zh-Hans"
CLI_TEXTS = Path(__file__).parents[1] / "content" / "wording" / LOCALE / "cli.yaml"


@cache
def texts() -> Mapping[str, Any]:
    """What the command line says; the small file alone, and kept, so that help is instant."""
    key = f"cli-{sys.implementation.cache_tag}-{sha256(CLI_TEXTS.read_bytes()).hexdigest()}"
    kept = store.read(key)
    data: dict[str, Any]
    if kept is not None:
        data = marshal.loads(kept)
        return data
    from cqo_docs.base.yamlfile import read_yaml

    data = read_yaml(CLI_TEXTS).data
    store.write(key, marshal.dumps(data))
    return data


def say(text: str, /, **values: object) -> str:
    """One text of the command line."""
    return str(texts()[text]).format(**values)

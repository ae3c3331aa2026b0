"""The paper pack of a Chief Quality Officer institution, from one questionnaire.

What is named here is the public interface; `docs/api.md` shows a journey through it. Each name is
imported when it is first used, so that the command line starts at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cqo_docs.base.errors import AnswersError, ContentError, CqoError, PackError, Problem
    from cqo_docs.batch import run_batch
    from cqo_docs.forms import write_form
    from cqo_docs.generation import generate, make_plan, read_answers
    from cqo_docs.papers.composer import compose
    from cqo_docs.verify import verify_pack
    from cqo_docs.workspace import open_workspace

__version__ = "0.1.0"

__all__ = [
    "AnswersError",
    "ContentError",
    "CqoError",
    "PackError",
    "Problem",
    "__version__",
    "compose",
    "generate",
    "make_plan",
    "open_workspace",
    "read_answers",
    "run_batch",
    "verify_pack",
    "write_form",
]

_HOMES = {
    "AnswersError": "base.errors",
    "ContentError": "base.errors",
    "CqoError": "base.errors",
    "PackError": "base.errors",
    "Problem": "base.errors",
    "compose": "papers.composer",
    "generate": "generation",
    "make_plan": "generation",
    "open_workspace": "workspace",
    "read_answers": "generation",
    "run_batch": "batch",
    "verify_pack": "verify",
    "write_form": "forms",
}


def __getattr__(name: str) -> Any:
    """A public name, imported from the module where it lives."""
    if name not in _HOMES:
        raise AttributeError(f"module 'cqo_docs' has no attribute '{name}'")
    return getattr(import_module(f"cqo_docs.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)

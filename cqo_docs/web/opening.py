"""The content in the language of the reader, or in the locales of papers: opened once, kept."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from cqo_docs.wording.sentences import Wording
from cqo_docs.workspace import Workspace, open_workspace


def spoken_in(lang: str, plain: Workspace) -> Workspace:
    """The content in which a plan is told to a reader; `plain` is the program's own."""
    return plain if lang == plain.wording.locale else _spoken(lang)


def printed_in(locale: str, plain: Workspace) -> Workspace:
    """The content from which papers are written, in one locale or two. Raises CqoError."""
    return plain if locale == plain.locale else _printed(locale)


def checked_in(opened: Workspace, said: Wording) -> Workspace:
    """The content against which a pack is checked, with what the checks say in other words."""
    own = opened.wording
    if own.words is None:
        return opened
    layers = {"verify": {**own.verify, **said.verify}, "messages": said.messages}
    words = own.words._replace(files={**own.words.files, **layers})
    return replace(opened, wording=replace(own, words=words))


@cache
def _spoken(lang: str) -> Workspace:
    edition = open_workspace(lang).editions[0]
    return Workspace(edition.library, edition.wording, edition.renderer)


@cache
def _printed(locale: str) -> Workspace:
    return open_workspace(locale)

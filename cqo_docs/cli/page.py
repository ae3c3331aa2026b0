"""The command that opens the page in the browser."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cqo_docs.base.errors import CqoError, problem
from cqo_docs.cli.texts import LOCALE, say

if TYPE_CHECKING:
    pass


def web_command(place: Path | None, port: str | None, no_browser: bool, lang: str | None) -> None:
    """`web`: open the page in the browser, until stopped."""
    from cqo_docs.web.serve import serve
    from cqo_docs.wording.locales import PAGE_LANGUAGES

    if lang is not None and lang not in PAGE_LANGUAGES:
        known = "、".join(PAGE_LANGUAGES)
        raise CqoError([problem("web.bad-language", have=lang, known=known)])
    number = port or "0"
    if port is not None and not (number.isdecimal() and 0 < int(number) < 65536):
        raise CqoError([problem("web.bad-port", have=number)])
    # This one runs for hours.
    gc.enable()
    given = place if place is not None else Path(say("web.folder"))

    def announce(address: str) -> None:
        click.echo(say("web.open", path=given.absolute()))
        click.echo(f"  {address}")
        click.echo(say("web.stop"))

    serve(given, int(number), lang or LOCALE, announce, not no_browser)
    click.echo(say("web.stopped"))

"""The server: a socket on this machine alone, an address that works once, the browser opened."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import socket
import threading
import webbrowser
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import waitress
from flask import Flask
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.utilities import RequestEntityTooLarge

from cqo_docs.base.errors import CqoError, problem, reason_of
from cqo_docs.web.app import Settings, create_app
from cqo_docs.web.guard import HEADERS, LARGEST_UPLOAD
from cqo_docs.web.saying import saying
from cqo_docs.web.store import alone
from cqo_docs.wording.locales import PAGE_LANGUAGES

HOST = "127.0.0.1"
THREADS = 8
# Whoever sends nothing for so long is let go.
SECONDS_OF_SILENCE = 20


def free_socket(port: int) -> socket.socket:
    """A socket on this machine: at a port, or at any that is free with 0. Raises CqoError."""
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":
        # The port of a program that was just stopped is free again; elsewhere this means more.
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((HOST, port))
        # Only from here on nobody else gets the port.
        found.listen()
    except (OSError, OverflowError) as error:
        found.close()
        raise CqoError([problem("web.no-port", port=port, reason=reason_of(error))]) from None
    return found


def serve(
    folder: Path, port: int, lang: str, announce: Callable[[str], None], browse: bool = True
) -> None:
    """Serve the page until stopped; `announce` is told the address. Raises CqoError."""
    with alone(folder), closing(free_socket(port)) as bound:
        token = secrets.token_urlsafe(32)
        settings = Settings(folder, token, lang, bound.getsockname()[1])
        server = make_server(create_app(settings), bound)
        address = f"http://{HOST}:{settings.port}/?token={token}"
        announce(address)
        if browse:
            threading.Thread(target=_browse, args=[address], daemon=True).start()
        try:
            server.run()
        finally:
            server.close()


def _browse(address: str) -> None:
    """Open the browser, where there is one with a window."""
    with contextlib.suppress(webbrowser.Error, OSError):
        found = webbrowser.get()
        # One that shows text would take the terminal in which the address stands.
        if type(found) is not webbrowser.GenericBrowser:
            found.open(address)


def make_server(app: Flask, bound: socket.socket) -> Any:
    """The server of an application on a socket that is bound."""
    # Whoever goes away in the midst of an answer is no news.
    logging.getLogger("waitress").setLevel(logging.CRITICAL)
    server = waitress.create_server(
        app,
        sockets=[bound],
        threads=THREADS,
        channel_timeout=SECONDS_OF_SILENCE,
        cleanup_interval=5,
        max_request_body_size=LARGEST_UPLOAD + 1024 * 1024,
        ident=None,
    )
    server.channel_class = _Channel
    return server


class _TooLarge(RequestEntityTooLarge):  # type: ignore[misc]
    """The refusal of what is too large, before any of it is kept, in our own words."""

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        """Status, headers and text of the answer."""
        text = "\n".join(saying(lang)("errors.413.text") for lang in PAGE_LANGUAGES)
        headers = [("Content-Type", "text/plain; charset=utf-8"), *HEADERS.items()]
        return f"{self.code} {self.reason}", headers, text.encode()


class _Parser(HTTPRequestParser):  # type: ignore[misc]
    """Reads requests as waitress does."""

    error: Any

    def received(self, data: bytes) -> int:
        """How much of the data belongs to this request."""
        taken: int = super().received(data)
        if isinstance(self.error, RequestEntityTooLarge):
            self.error = _TooLarge(self.error.body)
        return taken


class _Channel(HTTPChannel):  # type: ignore[misc]
    """A connection whose requests are read by our parser."""

    parser_class = _Parser

"""Who may speak to the page: this machine's browser alone, and only from the page itself."""

from __future__ import annotations

import hmac
import secrets

from flask import Flask, Response, abort, redirect, request, session
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect

HOSTS = frozenset({"127.0.0.1", "localhost"})
LARGEST_FORM = 1024 * 1024
LARGEST_UPLOAD = 25 * LARGEST_FORM
# A questionnaire with long lists has this many fields at most.
MOST_FIELDS = 5000
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
# Endpoints that take files.
UPLOADS: set[str] = set()
READING = frozenset({"GET", "HEAD", "OPTIONS"})


def put_guard(app: Flask, token: str, port: int) -> None:
    """Set up the checks that come before every request, and the headers after it."""
    app.config.update(
        SECRET_KEY=secrets.token_bytes(32),
        SESSION_COOKIE_NAME=f"cqo_docs_{port}",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        MAX_CONTENT_LENGTH=LARGEST_UPLOAD,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
        MAX_FORM_PARTS=MOST_FIELDS,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_I18N_ENABLED=False,
    )
    unused = {token}

    @app.before_request
    def check() -> ResponseReturnValue | None:
        _check_origin(port)
        if request.endpoint == "static":
            return None
        given = request.args.get("token", "")
        if given and any(hmac.compare_digest(given.encode(), t.encode()) for t in unused):
            # The address works once; from then on the cookie does.
            unused.clear()
            session.clear()
            session["open"] = True
            session.permanent = True
            return redirect(request.path)
        if not session.get("open"):
            abort(403)
        if request.endpoint not in UPLOADS:
            request.max_content_length = LARGEST_FORM
        return None

    @app.after_request
    def put_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers[name] = value
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    CSRFProtect(app)


def _check_origin(port: int) -> None:
    """Nothing for a request of our own page. Aborts for one to or from another name."""
    host, _, given = request.host.partition(":")
    if host not in HOSTS or (port and given != str(port)):
        abort(400)
    if request.method in READING:
        return
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"http://{request.host}":
        abort(403)
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        abort(403)

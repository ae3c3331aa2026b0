"""The application: the content that is held open, the pages, what is said when something fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from importlib import import_module
from pathlib import Path

from flask import Flask, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from cqo_docs.base.errors import CqoError
from cqo_docs.questions.draft import Value
from cqo_docs.questions.steps import Kit, open_kit
from cqo_docs.web.guard import put_guard
from cqo_docs.web.saying import Saying, saying
from cqo_docs.web.store import NotFoundError, Store, open_store
from cqo_docs.wording.files import read_wording
from cqo_docs.wording.locales import PAGE_LANGUAGES
from cqo_docs.wording.sentences import Wording
from cqo_docs.wording.translation import localized
from cqo_docs.workspace import Workspace, open_workspace

LANGUAGE = "cqo_docs_lang"
# What the code of a sentence ends in that is for the page only.
ON_PAGE = ".page"
A_YEAR = 365 * 24 * 3600
PAGES = ("companies", "questions", "planning", "papers", "batches")
# What is told in words of our own; everything else is a fault of ours.
TOLD = frozenset({400, 403, 404, 405, 409, 413})


@dataclass(frozen=True)
class Settings:
    """Where the answers lie, the one-time token of the address, the language to begin with."""

    workspace: Path
    token: str
    lang: str = PAGE_LANGUAGES[0]
    port: int = 0
    """The port that must stand in every request; 0 for any."""
    today: Callable[[], date] = date.today


@dataclass(frozen=True)
class Held:
    """What is read once and held for all requests."""

    settings: Settings
    store: Store
    workspace: Workspace

    kits: dict[str, Kit] = field(default_factory=dict)
    aside: dict[tuple[str, str], Mapping[str, Mapping[str, Value]]] = field(default_factory=dict)
    """Answers that apply no longer, by company and version, kept in case they do again."""

    def today(self) -> date:
        """The day on which the page is used."""
        return self.settings.today()

    def kit_in(self, lang: str) -> Kit:
        """What decides which questions are asked, and why, in the words of a language."""
        if lang not in self.kits:
            words = names_in(lang, self.workspace)
            library = localized(self.workspace.library, words)
            self.kits[lang] = open_kit(library, words)
        return self.kits[lang]


def held() -> Held:
    """What the application of this request holds."""
    found: Held = current_app.extensions["cqo"]
    return found


def language() -> str:
    """The language of this request's reader."""
    chosen = request.cookies.get(LANGUAGE, "")
    return chosen if chosen in PAGE_LANGUAGES else held().settings.lang


def say(key: str, /, **values: object) -> str:
    """One text of the page in the language of this request."""
    return words()(key, **values)


def words() -> Saying:
    """The words of the page in the language of this request."""
    if "saying" not in g:
        g.saying = saying(language())
    found: Saying = g.saying
    return found


def wording() -> Wording:
    """The names of questions and choices in the language of this request."""
    return names_in(language(), held().workspace)


def names_in(lang: str, workspace: Workspace) -> Wording:
    """The words of the content in a language, with what the page says in other words."""
    return _names_in(lang, workspace.wording, workspace.library.version)


@cache
def _names_in(lang: str, own: Wording, version: str) -> Wording:
    """The words of a language.

    What only commands say, and the examples of what stands in Chinese papers, stay Chinese. Where
    a command would be named, there is a sentence for the page.
    """
    words = own if lang == own.locale else read_wording(lang, version=version)
    if words.words is None:
        return words
    messages = {**own.messages, **words.messages}
    messages |= {
        code.removesuffix(ON_PAGE): text
        for code, text in words.messages.items()
        if code.endswith(ON_PAGE)
    }
    layers = {
        "messages": messages,
        "interview": {**own.interview, **words.interview},
        "forms": {**own.forms, **words.forms},
    }
    return replace(words, words=words.words._replace(files={**words.words.files, **layers}))


def sentences(error: CqoError) -> list[str]:
    """What is wrong, in the sentences that every command uses."""
    told = (wording().problem(p) for p in error.problems)
    return list(dict.fromkeys(told))


def create_app(settings: Settings, workspace: Workspace | None = None) -> Flask:
    """The application over one workspace folder. Raises CqoError where that cannot be used."""
    app = Flask(__name__)
    workspace = workspace or open_workspace()
    store = open_store(settings.workspace, workspace, settings.today)
    app.extensions["cqo"] = Held(settings, store, workspace)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    put_guard(app, settings.token, settings.port)
    _put_failures(app)
    _put_language(app)
    for name in PAGES:
        # They need what stands here, so that they are imported late.
        app.register_blueprint(import_module(f"cqo_docs.web.{name}").page)

    @app.context_processor
    def common() -> dict[str, object]:
        return {
            "say": words(),
            "lang": language(),
            "wording": wording(),
            "languages": {lang: saying(lang)("common.language-name") for lang in PAGE_LANGUAGES},
        }

    return app


def _put_language(app: Flask) -> None:
    @app.post("/language")
    def choose_language() -> ResponseReturnValue:
        response = redirect(_own_path(request.form.get("back", "")))
        lang = request.form.get("lang", "")
        if lang in PAGE_LANGUAGES:
            response.set_cookie(LANGUAGE, lang, max_age=A_YEAR, httponly=True, samesite="Strict")
        return response


def _own_path(text: str) -> str:
    """A path on this page; the first page for anything else."""
    if text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable():
        return text
    return url_for("companies.show")


def _put_failures(app: Flask) -> None:
    @app.errorhandler(HTTPException)
    def told(error: HTTPException) -> ResponseReturnValue:
        code = error.code or 500
        if error.response is not None or code < 400:
            return error
        return failure_page(code)

    @app.errorhandler(NotFoundError)
    def gone(error: NotFoundError) -> ResponseReturnValue:
        return failure_page(404)

    @app.errorhandler(CqoError)
    def wrong(error: CqoError) -> ResponseReturnValue:
        return failure_page(400, sentences(error))

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> ResponseReturnValue:
        app.logger.error("%s: %s", type(error).__name__, error)
        return failure_page(500)


def failure_page(code: int, faults: list[str] | None = None) -> ResponseReturnValue:
    """The page that tells what went wrong, and what to do."""
    kind = str(code) if code in TOLD else "500"
    try:
        return render_template("failure.html", kind=kind, faults=faults or []), code
    except Exception as error:  # the last resort: not even the words can be read
        current_app.logger.error("%s: %s", type(error).__name__, error)
        return str(code), 500, {"Content-Type": "text/plain"}

"""The first page: the companies of the workspace."""

from __future__ import annotations

from flask import Blueprint, render_template

from cqo_docs.web.app import held

page = Blueprint("companies", __name__)


@page.get("/")
def show() -> str:
    """The list of companies."""
    return render_template("companies.html", companies=held().store.companies())

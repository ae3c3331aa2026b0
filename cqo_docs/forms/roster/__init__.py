"""Rosters: many clients in one workbook or folder, read, checked, and given back with errors."""

from cqo_docs.forms.roster.clients import Client, Failure, client_answers
from cqo_docs.forms.roster.corrections import write_errors
from cqo_docs.forms.roster.form import write_roster_form
from cqo_docs.forms.roster.reading import Roster, open_roster

__all__ = [
    "Client",
    "Failure",
    "Roster",
    "client_answers",
    "open_roster",
    "write_errors",
    "write_roster_form",
]

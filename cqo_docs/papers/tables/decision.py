"""Who signs the deciding act, and what stays reserved."""

from __future__ import annotations

from cqo_docs.papers.tables.source import Row, Source
from cqo_docs.papers.view import MANAGERS
from cqo_docs.wording.placeholders import fill

# Blank signature lines where nobody was named: enough for the usual board, and no page of them.
SIGNERS_SHOWN = 3
MOST_SIGNERS = 20


def act_signers(source: Source) -> list[Row]:
    """Who signs the deciding act: the named members, or blank lines for as many as are due."""
    m = source.plan.case.answers.appointment.meeting
    organ = source.plan.case.profile.organ
    roles = source.wording.formats["signer-role"]
    label = roles.get(organ.id if organ else "", roles["other"])
    if organ is not None and organ.id in MANAGERS:
        label = source.view["manager"]
    line = source.wording.formats["sign-line"]
    if m.members:
        named = str(source.wording.formats["signer-named"])
        return [{"label": label, "line": named.format(line=line, name=n)} for n in m.members]
    meeting = organ is not None and organ.act.kind == "meeting"
    due = min(int(m.present or m.due or SIGNERS_SHOWN), MOST_SIGNERS) if meeting else 1
    return [{"label": label, "line": line} for _ in range(due)]


def reserved_matters(source: Source) -> list[str]:
    """What stays with others: the company's own list, or what law and articles reserve."""
    own = source.plan.case.answers.authority.reserved_matters
    formats = source.wording.formats
    if own:
        return [str(formats["reserved-lead"]).format(items=source.wording.join(own))]
    return [fill(text, source.view) for text in formats["reserved-default"]]

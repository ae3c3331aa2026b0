"""What the words of a command mean: days, papers, numbers of processes, the workspace."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from cqo_docs.base.errors import CqoError, problem
from cqo_docs.cli.texts import LOCALE

if TYPE_CHECKING:
    from cqo_docs.batch import Cluster
    from cqo_docs.workspace import Workspace

MOST_NAMES = 10
# More processes than this no machine of today can feed.
MOST_JOBS = 1024


def workspace(locale: str = LOCALE, house: Path | None = None) -> Workspace:
    """The content that every command works on, and the language of the papers."""
    from cqo_docs.workspace import open_workspace

    return open_workspace(locale, house=house)


def parse_day(text: str | None) -> date | None:
    """The day given with --date."""
    if text is None:
        return None
    from cqo_docs.answers.types import parse_date

    try:
        return parse_date(text)
    except ValueError:
        raise CqoError([problem("cli.bad-date", have=text)]) from None


def chosen_papers(only: Sequence[str], ws: Workspace) -> tuple[str, ...]:
    """The papers named with --only: by id, by name or as their files are called.

    Raises CqoError for what is none.
    """
    given = [w.strip() for w in ",".join(only).replace("，", ",").split(",") if w.strip()]
    known = [p.id for p in ws.library.papers]
    names = {ws.wording.paper_name(paper): paper for paper in known}
    names |= {str(ws.wording.papers[paper]["file"]): paper for paper in known}
    wanted = tuple(dict.fromkeys(names.get(w, w) for w in given))
    unknown = [w for w in wanted if w not in known] or ([""] if only and not wanted else [])
    if unknown:
        known_text = ws.wording.join(known)
        raise CqoError([problem("cli.unknown-paper", have=w, known=known_text) for w in unknown])
    return wanted


def in_folders(names: Sequence[str]) -> list[str]:
    """The names of files as they are shown: those of one folder as that folder."""
    return list(dict.fromkeys(f"{n.partition('/')[0]}/" if "/" in n else n for n in names))


def parse_jobs(text: str | None) -> int | None:
    """The number given with --jobs."""
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MOST_JOBS:
        raise CqoError([problem("batch.jobs", have=text)])
    return int(text)


def parse_cluster(
    cluster: str | None, tls_ca: Path | None, tls_cert: Path | None, tls_key: Path | None
) -> Cluster | None:
    """The cluster given with --cluster and the files of a secured connection."""
    from cqo_docs.batch import Cluster

    if cluster is not None:
        return Cluster(cluster, tls_ca, tls_cert, tls_key)
    if tls_ca or tls_cert or tls_key:
        raise CqoError([problem("cluster.alone")])
    return None

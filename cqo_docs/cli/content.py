"""The commands for standards and for templates of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cqo_docs.base.errors import CqoError, problem
from cqo_docs.cli.arguments import workspace
from cqo_docs.cli.problems import put_json
from cqo_docs.cli.showing import show_table
from cqo_docs.cli.texts import say

if TYPE_CHECKING:
    pass


def templates_list_command(folder: Path | None) -> None:
    """`templates list`: every template, and every name that templates may use."""
    from cqo_docs.house import known_names, name_rows

    ws = workspace(house=folder)
    files = [
        {
            "file": name,
            "origin": say(
                "templates-ours" if path.parent == ws.renderer.folder else "templates-own"
            ),
        }
        for name in sorted(ws.renderer.data)
        for path in [ws.renderer.path(name)]
    ]
    names = [
        {"name": n, "label": label} for n, label in name_rows(known_names(ws.library, ws.wording))
    ]
    show_table(say("templates-head"), ("file", "origin"), files)
    show_table(say("names-head"), ("name", "label"), names)


def templates_copy_command(folder: Path) -> None:
    """`templates copy`: a house folder to begin with."""
    from cqo_docs.house import copy_house

    ws = workspace()
    click.echo(
        say("templates-copied", count=copy_house(folder, ws.library, ws.wording), path=folder)
    )


def templates_check_command(folder: Path, output: Path | None, as_json: bool) -> int:
    """`templates check`: every fault of a house folder; 1 if there is any."""
    from cqo_docs.house.annotated import write_annotated
    from cqo_docs.house.checking import check_house

    ws = workspace()
    report = check_house(folder, ws.library, ws.wording)
    sentences = [ws.wording.problem(fault.problem) for fault in report.faults]
    marked = write_annotated(report, output or folder / say("templates.notes"), ws.wording)
    if as_json:
        put_json([{"file": f.file, "place": f.near, "code": f.problem.code, "message": text}
                  for f, text in zip(report.faults, sentences, strict=True)])  # fmt: skip
    else:
        for text in sentences:
            click.echo(text)
        for path in marked:
            click.echo(say("templates-marked", path=path))
        if not sentences:
            click.echo(say("templates-clean", templates=report.templates, words=report.words))
    return 1 if sentences else 0


def standards_command(as_json: bool) -> None:
    """`standards list`: all standards with their clauses."""
    from cqo_docs.json_shapes import standards_json

    ws = workspace()
    data = standards_json(ws.library)
    if as_json:
        put_json(data)
        return
    rows = [
        {
            "id": s["id"],
            "standard": f"{s['title']} {s['number']}".strip(),
            "region": s["region"],
            "force": ws.wording.formats["force"][s["force"]],
            "confidence": ws.wording.formats["confidence"][s["confidence"]],
            "clauses": str(len(s["clauses"])),
        }
        for s in data
    ]
    show_table(
        say("standards-head"), ("id", "standard", "region", "force", "confidence", "clauses"), rows
    )


def standard_command(name: str, as_json: bool) -> None:
    """`standards show`: one standard with all its clauses."""
    from cqo_docs.json_shapes import standards_json

    ws = workspace()
    found = ws.library.find_standard(name)
    if found is None:
        known = ws.wording.join([s.id for s in ws.library.standards])
        raise CqoError([problem("cli.unknown-standard", have=name, known=known)])
    data = next(s for s in standards_json(ws.library) if s["id"] == found.id)
    if as_json:
        put_json(data)
        return
    rows = [
        {
            "ref": c["ref"],
            "modality": ws.wording.formats["modality"][c["modality"]],
            "actor": ws.wording.formats["actor"][c["actor"]],
            "topic": ws.wording.topics[c["topic"]]["name"],
            "summary": c["summary"],
        }
        for c in data["clauses"]
    ]
    show_table(
        f"{data['title']} {data['number']}".strip(),
        ("ref", "modality", "actor", "topic", "summary"),
        rows,
    )


def content_check_command(as_json: bool) -> None:
    """`standards check`: prove that content is consistent; CqoError names what is not."""
    from cqo_docs.checks.content import content_problems
    from cqo_docs.checks.locales import locale_problems
    from cqo_docs.checks.templates import template_problems

    ws = workspace()
    found = [
        *content_problems(ws.library, ws.wording),
        *locale_problems(ws.library),
        *template_problems(ws.library, ws.wording),
    ]
    if found:
        raise CqoError(found)
    counts = {
        "standards": len(ws.library.standards),
        "clauses": sum(len(s.clauses) for s in ws.library.standards),
        "topics": len(ws.library.topics),
        "papers": len(ws.library.papers),
    }
    put_json(counts) if as_json else click.echo(say("check-ok", **counts))

"""Reports on packs for people and for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from cqo_docs.pack.manifest import read_manifest
from cqo_docs.verify import SEVERITIES, Report, Told, verify_pack
from cqo_docs.wording.locales import LOCALES
from cqo_docs.workspace import Workspace, open_workspace

# So many findings of one kind in one file are told one by one.
MOST_OF_A_KIND = 12


def verify_all(packs: Iterable[Path], workspace: Workspace) -> list[Report]:
    """The reports on some packs, each compared in the locale in which it was written."""
    opened = {workspace.wording.locale: workspace}
    reports = []
    for pack in packs:
        locale = str((read_manifest(pack) or {}).get("locale"))
        if locale not in opened and {*locale.split(",")} <= LOCALES.keys():
            opened[locale] = open_workspace(locale)
        reports.append(verify_pack(pack, opened.get(locale, workspace)))
    return reports


def summary_line(reports: Sequence[Report], ws: Workspace) -> str:
    """How many of many packs are consistent."""
    unreadable = sum(1 for r in reports if r.problems)
    clean = sum(1 for r in reports if r.consistent)
    return str(ws.wording.verify["summary"]["head"]).format(
        packs=len(reports),
        clean=clean,
        faulty=len(reports) - clean - unreadable,
        unreadable=unreadable,
    )


def report_lines(report: Report, ws: Workspace) -> Iterator[str]:
    """What is said of one pack before the table of its findings."""
    forms = ws.wording.verify["summary"]
    if report.problems:
        yield str(forms["unread"]).format(name=report.company)
        yield from (ws.wording.problem(fault) for fault in report.problems)
        return
    counts = {severity: report.count(severity) for severity in SEVERITIES}
    form = "clean" if report.consistent and not counts["change"] else "faulty"
    line = str(forms[form]).format(name=report.company, files=len(report.files), **counts)
    yield line + (str(forms["open"]).format(open=report.open) if report.open else "")


def report_rows(report: Report, ws: Workspace) -> list[dict[str, str]]:
    """The findings of one pack as rows of a table, the gravest first."""
    names, more = ws.wording.verify["severity"], str(ws.wording.verify["summary"]["more"])
    rows: list[dict[str, str]] = []
    met: dict[tuple[str, str], int] = {}
    for finding in report.findings:
        key = (finding.file, finding.code)
        met[key] = met.get(key, 0) + 1
        if met[key] > MOST_OF_A_KIND:
            continue
        times = f"（{finding.times}）" if finding.times > 1 else ""
        rows.append(
            {
                "severity": str(names[finding.severity]),
                "place": f"{finding.file} {finding.place}".strip(),
                "message": finding.message + times,
                "remedy": finding.remedy,
            }
        )
    for (file, code), count in met.items():
        if count > MOST_OF_A_KIND:
            severity = next(f.severity for f in report.findings if f.code == code)
            text = more.format(count=count - MOST_OF_A_KIND)
            rows.append(
                {"severity": str(names[severity]), "place": file, "message": text, "remedy": ""}
            )
    return rows


def report_json(path: Path, reports: Sequence[Report], ws: Workspace) -> dict[str, Any]:
    """All reports in the stable shape for programs."""
    packs = [_pack_json(report, ws) for report in reports]
    unreadable = sum(1 for r in reports if r.problems)
    clean = sum(1 for r in reports if r.consistent)
    return {
        "path": str(path),
        "consistent": clean == len(reports),
        "summary": {
            "packs": len(reports),
            "consistent": clean,
            "inconsistent": len(reports) - clean - unreadable,
            "unreadable": unreadable,
        },
        "packs": packs,
    }


def _pack_json(report: Report, ws: Workspace) -> dict[str, Any]:
    return {
        "pack": str(report.folder),
        "company": report.company,
        "as_of": report.as_of,
        "consistent": report.consistent,
        "problems": [{"code": p.code, "message": ws.wording.problem(p)} for p in report.problems],
        "counts": {severity: report.count(severity) for severity in SEVERITIES},
        "open": report.open,
        "files": [{"path": name, "state": state} for name, state in report.files],
        "findings": [_finding_json(finding) for finding in report.findings],
    }


def _finding_json(finding: Told) -> dict[str, Any]:
    return finding._asdict()

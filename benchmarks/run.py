"""The one command: cqo-docs beside the scripts and engines it replaces, as tables of ratios.

The engines take turns in rounds; a ratio is taken inside each round, and the median is shown with
the least and the greatest. Every file is read back, and a speed counts only if all are right.
The exit code is 0 whatever the ratios are: a busy machine is no fault of the program.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from benchmarks import processes
from benchmarks.cases import ROOT, TEMPLATES, pack_groups, with_breaks, with_cells, with_items
from benchmarks.common import SYNTAXES, common_groups, common_lines, write_common
from benchmarks.measure import PROCESSOR, WALL, Engine, Measured, Rounds, lead, measure, ratio
from benchmarks.readback import lines_of, values_of

PIP = ("rust-docxtpl==0.1.2", "docx-mailmerge2==1.0.3")
NPM = ("docxtemplater@3.71.0", "pizzip@3.2.0", "easy-template-x@7.2.8", "xlsx-populate@1.21.0")
LIBRARIES = ("docxtpl", "python-docx", "openpyxl", "lxml", "jinja2")
MEMORY = Path("/dev/shm")
HEADS = ("engine", "{0}s/s", "ms/{0}", "as fast as the first", "by processor", "cqo-docs", "read")


@dataclass(frozen=True)
class Setting:
    """What was asked for, where to work, and the lines of the last table so far."""

    rounds: Rounds
    quick: bool
    full: bool
    peers: Path | None
    work: Path
    summary: list[tuple[str, ...]] = field(default_factory=list)


def main() -> None:
    """Print the tables asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds and companies")
    parser.add_argument(
        "--full", action="store_true", help="also a batch of 20,000 companies: 4 GB"
    )
    parser.add_argument("--only", action="append", choices=TABLES, help="these tables alone")
    parser.add_argument("--peers", type=Path, help="folder of other engines, installed if missing")
    words = parser.parse_args()
    peers = words.peers and words.peers.resolve()
    if peers:
        install(peers)
    place = MEMORY if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else None
    rounds = Rounds(3, 1) if words.quick else Rounds(7, 3)
    with tempfile.TemporaryDirectory(dir=place) as folder:
        setting = Setting(rounds, words.quick, words.full, peers, Path(folder))
        print(
            f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {platform.platform()}\n"
            f"Python {platform.python_version()}, deflate {', '.join(deflates())}, "
            f"{', '.join(f'{name} {version(name)}' for name in LIBRARIES)}\n"
            f"Files go to {folder}, {'a memory file system' if place else 'perhaps a disk'}.\n"
            f"{rounds.number} rounds; ratios are the median (least-greatest) of the rounds."
        )
        for name in words.only or TABLES:
            try:
                TABLES[name](setting)
            except (ImportError, OSError, RuntimeError) as error:
                print(f"\n{name}: not measured: {error}")
        show_rows("Summary", ("what", "at least", "measured", "by processor"), setting.summary)


def deflates() -> list[str]:
    """The names of the deflates that can be had."""
    return ["isal"] * bool(importlib.util.find_spec("isal")) + ["zlib"]


# ---------------------------------------------------------------- engines


def python(engine: str, interpreter: object = sys.executable) -> tuple[str, ...]:
    """The words that start an engine for Python."""
    return (str(interpreter), "-m", "benchmarks.engines", engine)


def ours(templates: Path, engine: str = "ours") -> list[Engine]:
    """Our engine with each deflate."""
    return [Engine(f"cqo-docs, {d}", python(engine), templates, d) for d in deflates()]


def node(engine: str, folder: Path, templates: Path) -> Engine:
    """An engine from npm."""
    words = ("node", str(ROOT / "benchmarks" / "peers.js"), engine)
    return Engine(engine, words, templates, settings={"NODE_PATH": f"{folder}/node_modules"})


def install(folder: Path) -> None:
    """Put the other engines into a folder, if they are not there."""
    if not (folder / "python").is_dir():
        subprocess.run([sys.executable, "-m", "venv", folder / "python"], check=True)
        pip = [f"{folder}/python/bin/python", "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, *PIP], check=True)
    if shutil.which("npm") and not (folder / "node_modules").is_dir():
        npm = ["npm", "install", "--no-save", "--no-audit", "--no-fund", "--prefix", str(folder)]
        subprocess.run([*npm, *NPM], check=True)


def word_peers(folder: Path | None, papers: Path) -> list[Engine]:
    """The other Word engines that are there."""
    if folder is None:
        print(f"\nNo other engines; --peers FOLDER installs {', '.join(PIP + NPM)} there.")
        return []
    interpreter = folder / "python" / "bin" / "python"
    found = [
        Engine("rust-docxtpl", python("plain", interpreter), papers / "jinja"),
        Engine("docx-mailmerge2", python("merge", interpreter), papers / "fields"),
    ]
    if not shutil.which("node"):
        print("\nNo node: docxtemplater, easy-template-x and xlsx-populate are left out.")
        return found
    names = ("docxtemplater", "easy-template-x")
    return [*found, *(node(name, folder, papers / "braces") for name in names)]


# ---------------------------------------------------------------- tables


def word(setting: Setting) -> None:
    """One paper that every Word engine can fill."""
    papers = setting.work / "papers"
    for syntax in SYNTAXES:
        write_common(papers / syntax, syntax)
    groups = common_groups(setting.rounds.groups, 10)
    lines = [{"lines": common_lines(u.files[0][2])} for group in groups for u in group]
    base = Engine("docxtpl, autoescape", python("plain"), papers / "jinja")
    engines = [base, *ours(papers / "jinja"), *word_peers(setting.peers, papers)]
    engines = [engine._replace(read=lines_of) for engine in engines]
    found = measure(groups, engines, setting.rounds, setting.work, lines.__getitem__)
    show(setting, "Word: a duty statement of 4 pages", "file", found, {"isal": 100, "zlib": 60})
    peers = [one for one in found[1:] if not (one.engine.deflate or one.fault)]
    if peers and not found[1].fault:
        # The one that our own lead is smallest over, round by round.
        fastest = min(peers, key=lambda one: lead(one.seconds(), found[1].seconds()))
        note(setting, f"the same to {fastest.engine.label}, the fastest", fastest, found[1], 30)


def packs(setting: Setting) -> None:
    """All files of all packs from ready contexts, by template and together."""
    groups = with_breaks(pack_groups(setting.rounds.groups))
    base = Engine("docxtpl, openpyxl", python("plain"), TEMPLATES)
    found = measure(groups, [base, *ours(TEMPLATES)], setting.rounds, setting.work)
    if not any(one.fault for one in found):
        show_templates(found, sorted({f[1] for group in groups for u in group for f in u.files}))
    bars = {"isal": 100, "zlib": 60}
    show(setting, "Rendered and written: Word files of a pack", "pack", found, bars, ".docx")
    show(setting, "Rendered and written: its workbooks", "pack", found, {"isal": 60}, ".xlsx")
    show(setting, "Rendered and written: the whole pack", "pack", found, {"isal": 80})


def excel(setting: Setting) -> None:
    """Budgets of 10 and of 60 items."""
    samples = pack_groups(setting.rounds.groups)
    base = Engine("openpyxl: load, fill, save", python("plain"), TEMPLATES)
    for count in (10, 60):
        groups = with_items(samples, count)
        engines = [base, *ours(TEMPLATES)]
        if setting.peers and shutil.which("node"):
            # Its cells are worked out beforehand: it moves no row and no reference itself.
            groups = with_cells(groups)
            peer = node("xlsx-populate", setting.peers, TEMPLATES)
            engines.append(peer._replace(read=values_of))
        found = measure(groups, engines, setting.rounds, setting.work)
        show(setting, f"Excel: a budget of {count} items", "file", found, {"isal": 60})


def whole(setting: Setting) -> None:
    """Packs from parsed answers as a worker of the batch makes them, beside the plain script."""
    groups = pack_groups(setting.rounds.groups)
    base = Engine("plain script", python("plain-whole"), TEMPLATES)
    engines = [base, *ours(TEMPLATES, "whole")]
    found = measure(groups, engines, setting.rounds, setting.work)
    title = "From parsed answers to packs; the script has its contexts for nothing"
    show(setting, title, "pack", found, {"isal": 40})


def batch(setting: Setting) -> None:
    """One process and two."""
    clients, rounds = (200, 3) if setting.quick else (4000, 3)
    rows, have = processes.scaling(clients, rounds, setting.work)
    heads = ("processors", "packs/s", "as fast")
    show_rows(f"Batch of {clients:,} companies, roster to files, bytes the same", heads, rows)
    setting.summary.append(("2 processors to 1; mere counting", "1.9", have, ""))


def memory(setting: Setting) -> None:
    """Batches of growing size on two processes."""
    sizes = (200, 2000, 20_000) if setting.full else (200, 2000)
    rows, have = processes.memory(sizes, setting.work)
    heads = ("companies", "s", "packs/s", "files", "MB", "peak MB", "to the first")
    show_rows("Batch on 2 processes; memory of all processes together", heads, rows)
    setting.summary.append((f"peak memory, {sizes[-1]:,} to 200", "1.15 at most", have, ""))


def start(setting: Setting) -> None:
    """One pack from a cold start."""
    rows, have = processes.cold(3 if setting.quick else 9, setting.work)
    heads = ("process", "ms", "as fast as the script")
    show_rows("Cold start of one pack, fields the same", heads, rows)
    setting.summary.append(("cold start to the plain script", "2.5", have, ""))


TABLES: Mapping[str, Callable[[Setting], None]] = {
    t.__name__: t for t in (word, packs, excel, whole, batch, memory, start)
}


def show(
    setting: Setting,
    title: str,
    unit: str,
    found: Sequence[Measured],
    bars: Mapping[str, float],
    ending: str = "",
) -> None:
    """Print what each engine did for the templates with an ending; note what has a bar."""
    base, rows = found[0], []
    best = next((one for one in found if one.engine.deflate and not one.fault), None)
    for one in found:
        if one.engine.deflate in bars:
            what = f"{title}, {one.engine.deflate}"
            note(setting, what, base, one, bars[one.engine.deflate], ending)
        if fault := one.fault or base.fault:
            rows.append((one.engine.label, *[""] * 5, fault))
            continue
        times = one.seconds(ending)
        middle = statistics.median(times)
        speeds = (f"{1 / middle:.0f}", f"{middle * 1000:.2f}", ratio(base.seconds(ending), times))
        work = ratio(base.seconds(ending, PROCESSOR), one.seconds(ending, PROCESSOR))
        gain = ratio(times, best.seconds(ending)) if best else ""
        rows.append((one.engine.label, *speeds, work, gain, f"{one.read} exact"))
    show_rows(title, [head.format(unit) for head in HEADS], rows)


def note(
    setting: Setting, what: str, base: Measured, one: Measured, bar: float, ending: str = ""
) -> None:
    """Remember how one engine did beside another."""
    fault = one.fault or base.fault
    clocks = () if fault else (WALL, PROCESSOR)
    have = [ratio(base.seconds(ending, clock), one.seconds(ending, clock)) for clock in clocks]
    setting.summary.append((what, f"{bar}", *(have or [fault, ""])))


def show_templates(found: Sequence[Measured], names: Sequence[str]) -> None:
    """Print each template on its own; a company without the paper counts with no time."""
    rows = []
    for name in names:
        times = [one.seconds(name) for one in found]
        cells = [f"{statistics.median(seconds) * 1000:.2f}" for seconds in times]
        rows.append((name, *cells, *(ratio(times[0], seconds) for seconds in times[1:])))
    labels = [one.engine.label for one in found]
    heads = ["template", *(f"ms, {label}" for label in labels), *labels[1:]]
    show_rows("Our own templates, each time for its share of a pack", heads, rows)


def show_rows(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table in Markdown."""
    print(f"\n### {title}\n")
    widths = [max(len(line[n]) for line in (heads, *rows)) for n in range(len(heads))]
    for line in (heads, ["-" * width for width in widths], *rows):
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        print(f"| {' | '.join(cells)} |", flush=True)

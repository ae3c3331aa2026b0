"""Whole commands: how a batch scales, what memory it takes, how fast one pack starts cold."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from benchmarks.cases import AS_OF, ROOT, TEMPLATES, as_json, pack_groups
from benchmarks.measure import ratio
from benchmarks.readback import difference, fields_of
from benchmarks.start import SAMPLE, program

DAY = ("--date", AS_OF.isoformat())
COUNT = [sys.executable, "-c", "for _ in range(20_000_000): pass"]
Rows = Sequence[tuple[str, ...]]


def run(
    *commands: Sequence[str], watch: bool = False, alone: bool = False, **settings: str
) -> tuple[float, int]:
    """The seconds of some commands side by side, and the most memory they held, if watched.

    `alone`: all that they start has to share one processor.

    Raises RuntimeError with what a command said if it fails.
    """
    start, peak = time.perf_counter(), 0
    cores = os.sched_getaffinity(0)
    if alone:
        os.sched_setaffinity(0, {min(cores)})
    running = [
        subprocess.Popen(
            words,
            cwd=ROOT,
            env={**os.environ, **settings},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for words in commands
    ]
    os.sched_setaffinity(0, cores)
    while watch and any(process.poll() is None for process in running):
        peak = max(peak, sum(map(resident, family(os.getpid()))) - resident(os.getpid()))
        time.sleep(0.05)
    said = [process.communicate()[1] for process in running]
    taken = time.perf_counter() - start
    for process, text in zip(running, said, strict=True):
        if process.returncode:
            raise RuntimeError(text.decode(errors="replace").strip()[-500:])
    return taken, peak


def family(pid: int) -> list[int]:
    """A process and all that come from it."""
    try:
        tasks = Path(f"/proc/{pid}/task").iterdir()
        children = [int(child) for t in tasks for child in (t / "children").read_text().split()]
    except OSError:
        return [pid]
    return [pid, *(member for child in children for member in family(child))]


def resident(pid: int) -> int:
    """The bytes of memory a process holds; shared pages count for each of their holders."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def make_roster(path: Path, count: int) -> None:
    """A roster of valid clients, made as the tests make theirs."""
    sys.path.insert(0, str(ROOT / "tests"))
    from rosters import make_roster as write

    sys.path.remove(str(ROOT / "tests"))
    write(path, count)


def scaling(clients: int, rounds: int, work: Path) -> tuple[Rows, str]:
    """A batch on one processor and on two in turns, and beside it what mere counting gains.

    With `--jobs 1` the roster is read beside the one worker where a second processor is free: the
    rows tell both. Raises RuntimeError if the packs are not the same to the byte.
    """
    roster, output = work / "roster.xlsx", work / "output"
    make_roster(roster, clients)
    ways = {
        "one": ("1", True),
        "one for the worker, one for the roster": ("1", False),
        "two": ("2", False),
    }
    times: dict[str, list[float]] = {name: [] for name in (*ways, "count", "count twice")}
    for _ in range(rounds):
        trees = []
        for name, (jobs, alone) in ways.items():
            words = [*program(), "batch", str(roster), "-o", str(output), "--jobs", jobs, *DAY]
            times[name].append(run(words, alone=alone)[0])
            files = (path for path in output.rglob("*") if path.is_file())
            trees.append({str(f): sha256(f.read_bytes()).hexdigest() for f in files})
            shutil.rmtree(output)
        for tree in trees[1:]:
            if fault := difference(trees[0], tree):
                raise RuntimeError(f"one process and two wrote different files: {fault}")
        times["count"].append(2 * run(COUNT)[0])
        times["count twice"].append(run(COUNT, COUNT)[0])
    base, limit = times["one"], ratio(times["count"], times["count twice"], 2)
    rows = [
        (name, f"{clients / statistics.median(times[name]):.0f}", ratio(base, times[name], 2))
        for name in ways
    ]
    return [*rows, ("mere counting, twice at once", "", limit)], f"{rows[-1][-1]}; {limit}"


def memory(sizes: Sequence[int], work: Path) -> tuple[Rows, str]:
    """Batches of some sizes on two processes: time, files, bytes, and memory of all processes."""
    roster, output = work / "roster.xlsx", work / "output"
    rows: list[tuple[str, ...]] = []
    peaks: list[int] = []
    for clients in sizes:
        make_roster(roster, clients)
        words = [*program(), "batch", str(roster), "-o", str(output), "--jobs", "2", *DAY]
        seconds, peak = run(words, watch=True)
        peaks.append(peak)
        found = [path.stat().st_size for path in output.rglob("*") if path.is_file()]
        shutil.rmtree(output)
        speed, megabytes = f"{clients / seconds:.0f}", f"{sum(found) / 1e6:,.0f}"
        growth = f"{peak / peaks[0]:.2f}"
        row = (f"{clients:,}", f"{seconds:.1f}", speed, f"{len(found):,}", megabytes)
        rows.append((*row, f"{peak / 1e6:.0f}", growth))
    return rows, growth


def cold(rounds: int, work: Path) -> tuple[Rows, str]:
    """Whole processes in turns, from a second run on.

    Raises RuntimeError if the packs of the program and of the plain script differ in a field.
    """
    (unit,) = pack_groups(1, [SAMPLE])[0]
    answers, contexts = work / "answers.yaml", work / "contexts.json"
    answers.write_text(unit.answers, encoding="utf-8")
    contexts.write_text(json.dumps(unit.files, default=as_json), encoding="utf-8")
    ours, theirs = work / "ours", work / "plain"
    script = [sys.executable, str(ROOT / "benchmarks" / "plain.py")]
    commands = {
        "the plain script": [*script, *map(str, (answers, contexts, TEMPLATES, theirs))],
        "cqo-docs generate": [*program(), "generate", str(answers), "-o", str(ours), *DAY],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for folder in (ours, theirs):
            shutil.rmtree(folder, ignore_errors=True)
        for name, words in commands.items():
            taken, _ = run(words, XDG_CACHE_HOME=str(work))
            if number:
                times[name].append(taken)
        have = {path.name: path for path in ours.rglob("*.*x")}
        for path in theirs.glob("*.*x"):
            if fault := difference(fields_of(have[path.name]), fields_of(path)):
                raise RuntimeError(f"{path.name}, {fault}")
    base = times["the plain script"]
    rows = [
        (name, f"{statistics.median(taken) * 1000:.0f}", ratio(base, taken))
        for name, taken in times.items()
    ]
    return rows, rows[-1][-1]

"""Engines side by side: they take turns in rounds, and every file they wrote is read back."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import statistics
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.cases import ROOT, Groups, as_json
from benchmarks.readback import Fields, content_of, difference, fields_of

WALL, PROCESSOR = 0, 1


class Engine(NamedTuple):
    """One way to write files: how its process is started, and how its files are read."""

    label: str
    command: tuple[str, ...]
    templates: Path
    # With a deflate it is ours, and writes all units each round: too short a time means nothing.
    deflate: str = ""
    settings: Mapping[str, str] = {}
    read: Callable[[Path], Fields] = fields_of


class Rounds(NamedTuple):
    """How many rounds, and how many times in each the engines take turns."""

    number: int
    turns: int

    @property
    def groups(self) -> int:
        """How many groups a case needs: an engine writes one at each turn."""
        return self.number * self.turns


@dataclass(slots=True)
class Measured:
    """What one engine did: the units and times by template of each round, and what was read."""

    engine: Engine
    units: list[int] = field(default_factory=list)
    times: list[dict[str, list[float]]] = field(default_factory=list)
    read: int = 0
    fault: str = ""

    def seconds(self, ending: str = "", clock: int = WALL) -> list[float]:
        """What a unit took for the templates with an ending, round by round."""
        return [
            sum(taken[clock] for name, taken in times.items() if name.endswith(ending)) / units
            for times, units in zip(self.times, self.units, strict=True)
        ]


def lead(slow: Sequence[float], fast: Sequence[float]) -> float:
    """How many times as fast the second is: the median of the rounds."""
    return statistics.median(a / b for a, b in zip(slow, fast, strict=True))


def ratio(slow: Sequence[float], fast: Sequence[float], digits: int = 1) -> str:
    """The same with the least and the greatest of the rounds."""
    found = [a / b for a, b in zip(slow, fast, strict=True)]
    shown = (f"{figure:.{digits}f}" for figure in (lead(slow, fast), min(found), max(found)))
    return "{} ({}-{})".format(*shown)


class Worker:
    """The warm process of one engine."""

    def __init__(self, engine: Engine, case: Path) -> None:
        settings = {**os.environ, **engine.settings, "CQO_DOCS_DEFLATE": engine.deflate}
        self.process = subprocess.Popen(
            [*engine.command, str(case), str(engine.templates)],
            cwd=ROOT,
            env=settings,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def write(self, first: int, last: int, folder: Path) -> dict[str, Any]:
        """The times of writing some units into a folder, or what went wrong."""
        assert self.process.stdin and self.process.stdout
        try:
            print(json.dumps([first, last, str(folder)]), file=self.process.stdin, flush=True)
            answer = self.process.stdout.readline()
        except OSError:
            answer = ""
        result: dict[str, Any] = json.loads(answer or '{"error": "the process ended"}')
        return result


def measure(
    groups: Groups,
    engines: Sequence[Engine],
    rounds: Rounds,
    work: Path,
    expected: Callable[[int], Fields] | None = None,
) -> list[Measured]:
    """What each engine did; the files must be as expected, or as those of the first engine."""
    cases = {"node": work / "case.json"}
    (work / "case.pickle").write_bytes(pickle.dumps(groups))
    if any(engine.command[0] in cases for engine in engines):
        cases["node"].write_text(json.dumps(groups, default=as_json), encoding="utf-8")
    starts = list(accumulate(map(len, groups), initial=0))
    found = [Measured(engine) for engine in engines]
    workers = [Worker(e, cases.get(e.command[0], work / "case.pickle")) for e in engines]
    pairs, out = list(zip(found, workers, strict=True)), work / "out"
    try:
        for turn in ("warm 1", "warm 2"):  # twice, because node compiles on the way
            for one, worker in pairs:
                folder = out / turn / one.engine.label
                one.fault = worker.write(0, starts[1], folder).get("error", "")
        for number in range(rounds.number):
            _round(number, rounds, starts, pairs, out)
    finally:
        for worker in workers:
            worker.process.communicate()
    for one in found:
        if not one.fault and (expected or not found[0].fault):
            one.fault = _read_back(one, out, found[0].engine.label, groups, expected)
    shutil.rmtree(out)
    return found


def _round(
    number: int,
    rounds: Rounds,
    starts: Sequence[int],
    pairs: Sequence[tuple[Measured, Worker]],
    out: Path,
) -> None:
    for one, _ in pairs:
        one.units.append(0)
        one.times.append({})
    for turn in range(rounds.turns):
        step = number * rounds.turns + turn
        # Another one begins each time, so that nobody always follows the same neighbour.
        begin = step % len(pairs)
        for one, worker in [*pairs[begin:], *pairs[:begin]]:
            span = (step, step + 1)
            if one.engine.deflate:
                span = (turn * rounds.number, (turn + 1) * rounds.number)
            first, last = (starts[group] for group in span)
            if not one.fault:
                answer = worker.write(first, last, out / one.engine.label / f"{number}-{turn}")
                one.fault = answer.get("error", "")
                one.units[-1] += last - first
                for name, taken in answer.get("times", {}).items():
                    so_far = one.times[-1].setdefault(name, [0.0, 0.0])
                    so_far[:] = [a + b for a, b in zip(so_far, taken, strict=True)]


def _read_back(
    one: Measured,
    out: Path,
    base: str,
    groups: Groups,
    expected: Callable[[int], Fields] | None,
) -> str:
    """The first difference between any file of an engine, of any round, and what it should hold."""
    units = [unit for group in groups for unit in group]
    right = {int(folder.name): folder for folder in (out / base).glob("*/*")}
    same: set[tuple[int, str, bytes]] = set()
    for folder in (out / one.engine.label).glob("*/*"):
        number = int(folder.name)
        have = {path.name: path for path in folder.rglob("*.*x")}
        for name, _, _ in units[number].files:
            if name not in have:
                return f"unit {number}: no {name}"
            key = (number, name, content_of(have[name]))
            if key not in same:
                want = expected(number) if expected else one.engine.read(right[number] / name)
                if fault := difference(one.engine.read(have[name]), want):
                    return f"unit {number}, {name}, {fault}"
                same.add(key)
            one.read += 1
    return ""

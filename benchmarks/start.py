"""Time a cold start: one pack and the help text, against the bare imports of the libraries used.

    python benchmarks/start.py [ROUNDS]

The three commands take turns, so that a slow moment of the machine meets all of them; the median
of each counts. Ratios are printed beside the bars they should stay under; the exit code is 0
whatever they are, because a busy machine is no fault of the program.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "questionnaires" / "chongqing-machine-small.yaml"
IMPORTS = "import docxtpl, openpyxl, pydantic, click, babel"
# What the console script does; used where the script is not beside the interpreter.
START = "import sys; from cqo_docs.cli.app import main; sys.argv[0] = 'cqo-docs'; main()"
BARS = {"generate": 4.0, "--help": 0.5}
ROUNDS = 9


def program() -> list[str]:
    """The words that start the program as a user starts it."""
    script = Path(sys.executable).with_name("cqo-docs")
    return [str(script)] if script.is_file() else [sys.executable, "-c", START]


def seconds(command: Sequence[str]) -> float:
    """The wall time of one run of a command; its failure ends the benchmark with its message."""
    start = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    taken = time.perf_counter() - start
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace").strip())
    return taken


def one_round() -> dict[str, float]:
    """The seconds of each command, one after the other."""
    with tempfile.TemporaryDirectory() as output:
        return {
            "imports": seconds([sys.executable, "-c", IMPORTS]),
            "generate": seconds([*program(), "generate", str(SAMPLE), "-o", output]),
            "--help": seconds([*program(), "--help"]),
        }


def main(rounds: int = ROUNDS) -> None:
    """Print the medians, their ratios to the imports, and the bars."""
    try:
        one_round()  # writes the .pyc files and warms the disk
        runs = [one_round() for _ in range(rounds)]
    except (OSError, RuntimeError) as error:
        print(f"not measured: {error}")
        return
    medians = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    print(f"{rounds} interleaved rounds, medians; a ratio should stay under its bar")
    print(f"{'command':<22}{'ms':>8}{'ratio':>9}{'bar':>7}")
    print(f"{'imports alone':<22}{medians['imports'] * 1000:>8.0f}{1:>9.2f}{'':>7}")
    for name, bar in BARS.items():
        ratio = medians[name] / medians["imports"]
        verdict = "under" if ratio < bar else "OVER"
        label = f"cqo-docs {name}"
        print(f"{label:<22}{medians[name] * 1000:>8.0f}{ratio:>9.2f}{bar:>7.1f}  {verdict}")


if __name__ == "__main__":
    words = sys.argv[1:]
    main(int(words[0]) if words and words[0].isdigit() and int(words[0]) else ROUNDS)

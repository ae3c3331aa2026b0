"""One engine in one warm process: it is told which units to write, and answers with the times.

    python -m benchmarks.engines ENGINE CASE.pickle TEMPLATES

Each line of the input names the first unit, the one after the last, and a folder.
"""

from __future__ import annotations

import gc
import json
import pickle
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.cases import AS_OF, Unit
from benchmarks.common import merge_data
from benchmarks.plain import plain_docx, plain_xlsx, read_company, write_records
from cqo_docs.plan.answers_check import library_problems
from cqo_docs.workspace import open_workspace

# What is timed as one thing, and the call that does it.
Job = tuple[str, Callable[[], object]]
# The jobs of some units, each with the folder for its files.
Jobs = Callable[[Sequence[tuple[Unit, Path]]], Iterator[Job]]


def ours(templates: Path) -> Jobs:
    """Files from ready contexts through the compiled templates."""
    from cqo_docs.papers.composer import Document
    from cqo_docs.render import open_renderer

    renderer = open_renderer(templates)

    def write(target: Path, document: Document, kind: str) -> None:
        target.write_bytes(renderer(document, kind))

    def jobs(units: Sequence[tuple[Unit, Path]]) -> Iterator[Job]:
        for unit, folder in units:
            for name, template, context in unit.files:
                kind = template.rpartition(".")[2]
                contexts = {kind: {"as_of": AS_OF, **context}}
                document = Document("", 0, "", "", template, (), contexts)
                yield template, partial(write, folder / name, document, kind)

    return jobs


def ours_whole(_templates: Path) -> Jobs:
    """Packs from parsed answers, as a worker of the batch makes them: as many at a time."""
    from cqo_docs import generation
    from cqo_docs.answers.reading import answers_from
    from cqo_docs.base.yamlfile import parse_yaml
    from cqo_docs.batch.crew import CHUNK
    from cqo_docs.batch.work import GARBAGE, Task, make_packs
    from cqo_docs.forms.roster import Client
    from cqo_docs.pack.writing import place_pack

    gc.set_threshold(GARBAGE)
    workspace = open_workspace()
    vocabulary = workspace.wording.vocabulary()

    def write(units: Sequence[tuple[Any, Path]]) -> None:
        tasks = []
        for n, (file, _) in enumerate(units):
            faults = list(library_problems(file, workspace.library))
            assert not faults
            answers = generation.answers_text(file)
            inputs = generation.inputs_key(answers, workspace, AS_OF)
            client = Client(n, str(file.path), file.answers.company.name, None, {})
            tasks.append(Task(client, file, AS_OF, answers, inputs))
        for (_, target), result in zip(units, make_packs(tasks, False, workspace), strict=True):
            assert result.made, result.problems
            place_pack(target, *result.made)

    def jobs(units: Sequence[tuple[Unit, Path]]) -> Iterator[Job]:
        files = [
            (answers_from(parse_yaml(unit.answers, folder / "answers.yaml"), vocabulary), folder)
            for unit, folder in units
        ]
        for first in range(0, len(files), CHUNK):
            yield "pack", partial(write, files[first : first + CHUNK])

    return jobs


def plain(templates: Path) -> Jobs:
    """Files as docxtpl's documentation and a careful script with openpyxl write them."""

    def write(target: Path, template: Path, context: Mapping[str, Any]) -> None:
        fill = plain_docx if template.suffix == ".docx" else plain_xlsx
        fill(template, context).save(target)

    def jobs(units: Sequence[tuple[Unit, Path]]) -> Iterator[Job]:
        for unit, folder in units:
            for name, template, context in unit.files:
                yield template, partial(write, folder / name, templates / template, context)

    return jobs


def plain_whole(templates: Path) -> Jobs:
    """Packs from parsed answers and ready contexts: the files, the answers and a manifest."""
    write_files = plain(templates)

    def jobs(units: Sequence[tuple[Unit, Path]]) -> Iterator[Job]:
        for unit, folder in units:
            company = read_company(unit.answers)
            yield from write_files([(unit, folder)])
            yield "records", partial(write_records, company, folder)

    return jobs


def merge(templates: Path) -> Jobs:
    """The common paper through merge fields."""
    from mailmerge import MailMerge

    def write(target: Path, template: Path, data: dict[str, Any]) -> None:
        with MailMerge(template) as paper:
            paper.merge(**data)  # a list of rows repeats the row that holds the field
            paper.write(target)

    def jobs(units: Sequence[tuple[Unit, Path]]) -> Iterator[Job]:
        for unit, folder in units:
            for name, template, context in unit.files:
                data = merge_data(context)
                yield template, partial(write, folder / name, templates / template, data)

    return jobs


ENGINES = {
    "ours": ours,
    "whole": ours_whole,
    "plain": plain,
    "plain-whole": plain_whole,
    "merge": merge,
}


def timed(units: list[tuple[Unit, Path]], jobs: Jobs) -> dict[str, list[float]]:
    """Wall and processor time of writing some units, by what was written."""
    ready = list(jobs(units))
    gc.collect()
    times = {name: [0.0, 0.0] for name, _ in ready}
    for name, run in ready:
        wall, processor = time.perf_counter(), time.process_time()
        run()
        times[name][1] += time.process_time() - processor
        times[name][0] += time.perf_counter() - wall
    return times


def main() -> None:
    """Serve one engine until the input ends."""
    engine, case, templates = sys.argv[1:]
    groups = pickle.loads(Path(case).read_bytes())
    units: list[Unit] = [unit for group in groups for unit in group]
    jobs = ENGINES[engine](Path(templates))
    # What was loaded is no garbage of the work to be timed, for any engine.
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        first, last, folder = json.loads(line)
        chosen = [(units[n], Path(folder) / str(n)) for n in range(first, last)]
        for _, place in chosen:
            place.mkdir(parents=True)
        try:
            answer: dict[str, Any] = {"times": timed(chosen, jobs)}
        except Exception as error:  # told to whoever compares: an engine that fails has no speed
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()

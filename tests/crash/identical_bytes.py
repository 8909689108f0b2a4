"""The same plan gives the same bytes: over any geometry, uninterrupted or killed and resumed."""

from __future__ import annotations

import dataclasses
import itertools
import time
from pathlib import Path

import h5py

from harness import Context, Geometry, Workload, check, index_bytes, kill_tree, main, run_in, \
    sweep_orphans

LOAD = Workload(docs=3000, repeats=(1, 3), temperatures=(0.0, 0.5), interval_ms=30)
GEOMETRIES = [Geometry(elements, ranks) for elements in (1, 5) for ranks in (1, 2, 3)]
KILLED_RUNS = 6
MISSING = 255
CLOCK_COLUMNS = ("seconds", "attempt")  # of a record, but no part of its identity


@dataclasses.dataclass(frozen=True)
class Results:
    index: bytes
    columns: dict[str, bytes]


def results_of(run: Path, items: int) -> Results:
    """The published results, with the row counts checked."""
    columns = {}
    with h5py.File(run / "results" / "current" / "results.h5") as file:
        for name in ("outcome", "score", "finish_reason", "tokens_in", "tokens_out", "answer_len"):
            check(file[name].shape == (items,), f"{name}: {file[name].shape}, expected {items}")
            columns[name] = file[name][:].tobytes()
        missing = int((file["outcome"][:] == MISSING).sum())
    check(missing == 0, f"{missing} of {items} rows are missing")
    return Results(index_bytes(run), columns)


def killed_and_resumed(context: Context, config: Path, number: int, seconds: float) -> Path:
    """Launches over one geometry, kills everything, goes on over another, and once more."""
    folder = context.folder(f"killed-{number}")
    programs, run = context.programs, run_in(folder)
    first, second, last = context.random.sample(GEOMETRIES, 3)
    moments = [context.random.uniform(0.02, seconds) for _ in range(2)]
    context.say(f"  {number}: {first}, killed at {moments[0]:.3f} s, "
                f"{second}, killed at {moments[1]:.3f} s, {last}")
    for geometry, moment in zip((first, second), moments):
        line = (programs.resume_line(run, geometry) if run.exists() else
                programs.launch_line(config, geometry))
        process = programs.start(line, folder)
        time.sleep(moment)
        kill_tree(process.pid)
        process.wait()
        sweep_orphans()
    if run.exists():
        programs.resume(run, last).expect(0)
    else:  # killed before there was a run: a directory is whole or absent
        programs.launch(config, last, folder).expect(0)
    return run


def test(context: Context) -> None:
    config = LOAD.write(context.folder("inputs"))
    reference: Results | None = None
    slowest = 0.0
    for geometry in GEOMETRIES:
        folder = context.folder(f"whole-{geometry.elements}-{geometry.ranks}")
        began = time.monotonic()
        context.programs.launch(config, geometry, folder).expect(0)
        took = time.monotonic() - began
        slowest = max(slowest, took)
        context.say(f"  {geometry}: {LOAD.items} items in {took:.2f} s")
        results = results_of(run_in(folder), LOAD.items)
        reference = reference or results
        check(results == reference, f"{geometry}: other bytes than {GEOMETRIES[0]}")
    for number in itertools.count():
        if number == (2 if context.quick else KILLED_RUNS):
            break
        run = killed_and_resumed(context, config, number, slowest)
        check(results_of(run, LOAD.items) == reference, f"killed run {number}: other bytes")


if __name__ == "__main__":
    main(test)

"""Draws of a tensor model at a temperature: the same bytes over any ranks and elements."""

from __future__ import annotations

import shutil

import h5py

from shared import EXAMPLE, Context, Path, check, check_spread, index_bytes, index_rows, \
    train_models
from harness import Geometry, main, run_in

GEOMETRIES = [Geometry(elements, ranks) for elements in (1, 5) for ranks in (1, 2, 3)]
DOCS, REPEATS, TASKS = 60, 4, 4
CONFIG = """version: 1
run: {id: crash, seed: 7}
models:
  - {name: small, backend: torchscript, weights: models/small.pt}
  - {name: medium, backend: torchscript, weights: models/medium.pt}
datasets:
  - {slug: optdigits, source: optdigits.csv.gz, format: csv, input: 0-63, target: "64",
     rows: 1000-1796}
tasks:
  - {evaluator: classify, models: [small, medium], datasets: [optdigits],
     sampling: {repeats: 4, temperature: [0.7, 1.5]}}
metrics: [accuracy, "pass@2", "maj@4"]
resources: {ranks: 3}
"""


def check_draws(run: Path) -> None:
    """Every task is whole, and its repeats differ: otherwise equal bytes would say nothing."""
    with h5py.File(run / "results" / "current" / "results.h5") as file:
        items = DOCS * REPEATS * TASKS
        check(file["outcome"].shape == (items,), f"{file['outcome'].shape} rows")
        check(not file["outcome"][:].any(), "an item is not scored")
        scores = file["score"][:].reshape(-1, REPEATS)
    mixed = int((scores.min(axis=1) != scores.max(axis=1)).sum())
    check(mixed > DOCS // 4, f"only {mixed} docs have draws that differ")


def test(context: Context) -> None:
    inputs = context.folder("inputs")
    shutil.copy(EXAMPLE / "data" / "optdigits.csv.gz", inputs)
    train_models(context, inputs / "models")
    config = inputs / "run.yaml"
    config.write_text(CONFIG, encoding="utf-8")

    def launched(name: str, geometry: Geometry, *more: str) -> Path:
        folder = context.folder(name)
        line = context.programs.launch_line(config, geometry) + ["--limit", str(DOCS), *more]
        context.programs.run(line, folder=folder).expect(0)
        return run_in(folder)

    reference = launched("reference", GEOMETRIES[0])
    check(len(index_rows(reference)) == TASKS, f"{len(index_rows(reference))} tasks")
    check_draws(reference)
    for geometry in GEOMETRIES[1:]:
        run = launched(f"run-{geometry.elements}-{geometry.ranks}", geometry)
        check_spread(run, geometry)
        check(index_bytes(run) == index_bytes(reference), f"{geometry}: other bytes")
    other = launched("other-seed", GEOMETRIES[0], "-O", "run.seed=8")
    check(index_bytes(other) != index_bytes(reference), "the seed does not show in the figures")
    context.say(f"  {DOCS * REPEATS * TASKS} items over {len(GEOMETRIES)} geometries")


if __name__ == "__main__":
    main(test)

"""Results hang on nothing but the recorded answers: not on ranks, elements, commits, the order of the
lines, nor on a death in between. One scene for each evaluator that takes recorded answers.
"""

from __future__ import annotations

import random
import time

import h5py

from shared import INCOMPLETE, Context, Path, Skipped, check, check_spread, index_bytes, index_rows
from harness import Finished, Geometry, kill_tree, main, run_in, sweep_orphans
from scenes import REPEATS, SCENES, Scene

OFTEN = "commit: {interval: 10ms}\n"
MOMENTS = 2  # shards that are there when a run is killed
CLOCK_COLUMNS = ("seconds", "attempt")  # of a record, but no part of its identity
TEXTS = ("completion", "answer", "error", "session")
MISSING = 255


class NoSandbox(Exception):
    """Programs under test cannot be run here."""


def succeeded(done: Finished) -> None:
    if done.code == INCOMPLETE and "error: sandbox: " in done.stderr:
        raise NoSandbox(done.stderr[-500:])
    done.expect(0)


def texts_of(file: h5py.File, name: str) -> list[bytes]:
    """The text of each row: where it lies among the others is free."""
    held = file[f"{name}_bytes"][:].tobytes()
    return [held[offset:offset + size]
            for offset, size in zip(file[f"{name}_offset"][:].tolist(), file[f"{name}_len"][:].tolist())]


def rows_of(run: Path) -> dict[str, bytes | list[bytes]]:
    """All that results.h5 says of the items, but for clocks."""
    columns: dict[str, bytes | list[bytes]] = {name: [] for name in TEXTS}
    with h5py.File(run / "results" / "current" / "results.h5") as file:
        check(MISSING not in file["outcome"][:], "an item is missing")
        for name, column in file.items():
            stem = name.partition("_")[0]
            if isinstance(column, h5py.Dataset) and stem not in TEXTS and name not in CLOCK_COLUMNS:
                columns[name] = column[:].tobytes()
        for name, column in file["metrics"].items():
            columns[f"metrics/{name}"] = column[:].tobytes()
        for name in TEXTS:
            columns[name] = texts_of(file, name)
    return columns


def check_same(found: Path, expected: Path, what: str) -> None:
    """The same rows and figures. Ids of tasks may differ: they hang on the bytes of the recorded lines."""
    ours, theirs = rows_of(found), rows_of(expected)
    differ = [name for name in theirs if ours.get(name) != theirs[name]]
    check(set(ours) == set(theirs) and not differ, f"{what}: rows differ in {differ}")
    keys = ("task", "metrics", "stderr", "ci95", "counts", "complete")
    mine, other = ([[row[key] for key in keys] for row in index_rows(run)] for run in (found, expected))
    check(mine == other, f"{what}: figures differ:\n{mine}\n{other}")


def run_of(context: Context, scene: Scene, how: str, geometry: Geometry, **options) -> Path:
    folder = context.folder(f"{scene.name}-{how}")
    succeeded(context.programs.launch(scene.write(folder, **options), geometry, folder))
    check_spread(run_in(folder), geometry)
    return run_in(folder)


def shards(run: Path) -> list[Path]:
    return sorted((run / "shards").glob("*.h5"))


def killed_and_resumed(context: Context, scene: Scene) -> Path:
    folder = context.folder(f"{scene.name}-killed")
    run = run_in(folder)
    config = scene.write(folder, more=OFTEN)
    launch = context.programs.start(context.programs.launch_line(config, Geometry(2, 2)), folder)
    end = time.monotonic() + 60
    while len(shards(run)) < MOMENTS:
        check(time.monotonic() < end, "no shard came")
        time.sleep(0.002)
    kill_tree(launch.pid)
    launch.wait()
    sweep_orphans()
    shards(run)[-1].unlink()  # something to do again, however fast it was
    context.programs.resume(run, Geometry(1, 3)).expect(0)
    return run


def check_scene(context: Context, scene: Scene) -> None:
    one = run_of(context, scene, "one", Geometry(1, 1))
    rows = index_rows(one)
    items = REPEATS * sum(len(scene.datasets[row["dataset"]][1]) for row in rows)
    check(len(rows) == len(scene.tasks), f"{scene.name}: {len(rows)} tasks")
    check(sum(row["counts"]["expected"] for row in rows) == items, f"{scene.name}: expected {items} items")
    scene.check(rows)
    for what, run in (("ranks, elements and commits", run_of(context, scene, "many", Geometry(3, 3), more=OFTEN)),
                      ("a death", killed_and_resumed(context, scene))):
        check(index_bytes(run) == index_bytes(one), f"{scene.name}: {what}: other bytes of the score index")
        check_same(run, one, f"{scene.name}: {what}")
    mixed = run_of(context, scene, "mixed", Geometry(1, 3), order=random.Random(3))
    check_same(mixed, one, f"{scene.name}: the order of the lines")
    context.say(f"  {scene.name}: {items} items, the same over ranks, a death and the order of the lines")


def test(context: Context) -> None:
    missed = []
    for make in SCENES:
        try:
            check_scene(context, make())
        except NoSandbox as why:
            missed.append(str(why))
    if missed:
        raise Skipped(f"no sandbox for programs under test here: {missed[0]}")


if __name__ == "__main__":
    main(test)

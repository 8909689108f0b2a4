"""SIGKILL at random moments, of ranks and of whole elements: nothing lost, nothing doubled."""

from __future__ import annotations

import contextlib
import dataclasses
import subprocess
import time
from pathlib import Path

from harness import Context, Finished, Geometry, Workload, check, descendants, index_bytes, kill, \
    kill_tree, main, run_in, sweep_orphans
from shards import check_nothing_lost, coverage, shards_of

LOAD = Workload(docs=100, repeats=(2,), temperatures=tuple(i / 100 for i in range(50)),
                interval_ms=10, records=100, words=100)
KILLS = 100
RANKS, WHOLE = 40, 40  # of them at least: single ranks, and elements with all below them
WORKER = "tally-worker"
END_SECONDS = 90.0  # for a launcher that lost one process: mpirun's grace is 20 s


@dataclasses.dataclass
class Tally:
    """What the sweep did."""

    ranks: int = 0
    supervisors: int = 0  # mpirun or `tally element`
    elements: int = 0  # `tally element` and everything below it; the launcher lives
    trees: int = 0  # the launcher and everything below it
    recovered: int = 0  # launches that came to a good end after something below them was killed
    misses: int = 0  # the run was over before the kill
    folded: int = 0
    runs: int = 0

    @property
    def kills(self) -> int:
        return self.ranks + self.supervisors + self.whole

    @property
    def whole(self) -> int:
        return self.elements + self.trees

    def enough(self, wanted: int) -> bool:
        part = wanted / KILLS
        return (self.kills >= wanted and self.ranks >= RANKS * part and
                self.whole >= WHOLE * part and self.recovered > 0)


def wait_for_worker(process: subprocess.Popen, timeout: float = END_SECONDS) -> None:
    """Until this run has a rank, or the launcher has ended."""
    end = time.monotonic() + timeout
    while process.poll() is None:
        if any(child.name == WORKER for child in descendants(process.pid)):
            return
        check(time.monotonic() < end, "no rank started")
        time.sleep(0.001)


def kill_one(context: Context, process: subprocess.Popen, tally: Tally) -> None:
    """One rank, one supervisor, or one element as a whole; the rest may go on."""
    below = descendants(process.pid)
    ranks = [child for child in below if child.name == WORKER]
    elements = [child for child in below if child.name == "tally"]
    others = [child for child in below if child.name in ("mpirun", "tally")]
    draw = context.random.random()
    if ranks and draw < 0.75:
        kill(context.random.choice(ranks).pid)
        tally.ranks += 1
    elif elements and draw < 0.9:
        kill_tree(context.random.choice(elements).pid)
        tally.elements += 1
    elif others:
        kill(context.random.choice(others).pid)
        tally.supervisors += 1


def kill_something(context: Context, process: subprocess.Popen, tally: Tally) -> None:
    """Everything at once, or one process and everything a little later, or one alone."""
    if process.poll() is not None:
        tally.misses += 1
        return
    if context.random.random() < 0.85:
        patient = tally.kills % 40 == 0
        kill_one(context, process, tally)
        patience = END_SECONDS if patient else context.random.uniform(0.0, 1.0)
        with contextlib.suppress(subprocess.TimeoutExpired):
            tally.recovered += process.wait(patience) == 0
            return
        check(not patient, f"no end {END_SECONDS} s after one process was killed")
    kill_tree(process.pid)
    process.wait()
    tally.trees += 1


def interrupted(context: Context, line: list[str], folder: Path, seconds: float,
                tally: Tally) -> None:
    """Runs `line`, kills at a random moment, and checks what was published before and after."""
    run = run_in(folder)
    process = context.programs.start(line, folder)
    wait_for_worker(process)
    time.sleep(context.random.uniform(0.0, seconds / 2))  # what is left may be less than all
    before = shards_of(run) if run.exists() else []
    kill_something(context, process, tally)
    sweep_orphans()
    if run.exists():
        tally.folded += check_nothing_lost(before, shards_of(run))


def uninterrupted(context: Context, config: Path) -> tuple[bytes, float]:
    """The bytes to reach, and how long the ranks work."""
    folder = context.folder("whole")
    process = context.programs.start(context.programs.launch_line(config, Geometry(1, 2)), folder)
    wait_for_worker(process)
    began = time.monotonic()
    while any(child.name == WORKER for child in descendants(process.pid)):
        time.sleep(0.002)
    seconds = time.monotonic() - began
    check(process.wait(60) == 0, "the uninterrupted run did not end with 0")
    return index_bytes(run_in(folder)), seconds


def finish(context: Context, run: Path, geometry: Geometry) -> Finished:
    finished = context.programs.resume(run, geometry).expect(0)
    held = coverage(shards_of(run))
    check(held == frozenset(range(LOAD.items)), f"{len(held)} of {LOAD.items} items are covered")
    check(not list((run / "temp").iterdir()), "temporaries of dead processes were left")
    return finished


def test(context: Context) -> None:
    config = LOAD.write(context.folder("inputs"))
    reference, seconds = uninterrupted(context, config)
    context.say(f"  {LOAD.items} items, ranks work {seconds:.2f} s")
    tally = Tally()
    wanted = KILLS // 10 if context.quick else KILLS
    while not tally.enough(wanted):
        folder = context.folder(f"run-{tally.runs}")
        tally.runs += 1
        check(tally.runs < 10 * wanted, f"too few kills hit a rank: {tally}")
        run = run_in(folder)
        for _ in range(context.random.randint(2, 8)):
            geometry = Geometry(context.random.choice((1, 2)), context.random.choice((1, 2, 3)))
            line = (context.programs.resume_line(run, geometry) if run.exists() else
                    context.programs.launch_line(config, geometry))
            interrupted(context, line, folder, seconds, tally)
        if not run.exists():
            continue
        finish(context, run, Geometry(1, context.random.choice((1, 2))))
        check(index_bytes(run) == reference, f"{run}: other bytes than the uninterrupted run")
    context.say(f"  {tally.kills} kills: {tally}")


if __name__ == "__main__":
    main(test, many_syncs=True)

"""A full disk: what was committed stays, nothing half is published, and freed space is enough."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from harness import Context, Skipped, Workload, check, copy_run, emptied, index_bytes, listing, main
from results import acknowledged, check_acknowledged, check_results
from shards import shards_of

LOAD = Workload(docs=400, repeats=(1,), temperatures=(0.0, 0.5), interval_ms=10, words=400)
DISK_MIB = 24
OFFSETS = 12
IO_ERROR = 74
LOG_LINE = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z aggregate (info|warning|error): \S")


@contextlib.contextmanager
def small_disk(at: Path) -> Iterator[Path]:
    """A tmpfs of its own. Never fills anything before it is sure that this is what it fills."""
    at.mkdir()
    outside = os.stat(at).st_dev
    line = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m,mode=0755", "tally-crash", str(at)]
    mounted = subprocess.run(line, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        raise Skipped(f"cannot mount a tmpfs: {mounted.stderr.strip()}")
    try:
        check(os.path.ismount(at) and os.stat(at).st_dev != outside, f"{at}: not mounted")
        check(space(at) <= DISK_MIB << 20, f"{at}: larger than what was mounted")
        yield at
    finally:
        subprocess.run(["umount", "--lazy", str(at)], check=True)


def space(at: Path) -> int:
    status = os.statvfs(at)
    return status.f_bavail * status.f_frsize


def fill(at: Path, leave: int) -> Path:
    """Leaves about `leave` bytes (whole pages)."""
    filler = at / "filler"
    with open(filler, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, space(at) - leave))
    check(space(at) <= leave + 8192, f"{at}: {space(at)} bytes free, wanted {leave}")
    return filler


def size_below(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def published(run: Path) -> dict[str, str]:
    """What is in results/, but for the empty lock file."""
    folder = run / "results"
    found = listing(folder) if folder.exists() else {}
    found.pop(".lock", None)
    return found


def fsize(line: list[str], limit: int) -> list[str]:
    """`line` under a limit on the size of any file it writes: a full disk without root."""
    return ["prlimit", f"--fsize={limit}", *line]


class Bench:
    def __init__(self, context: Context) -> None:
        self.context = context
        self.programs = context.programs
        self.whole = context.finished_run(LOAD, "whole")
        self.index = index_bytes(self.whole)
        self.planned = emptied(copy_run(self.whole, context.scratch / "planned"))
        self.older = self.with_older_results()
        self.shard_bytes = size_below(self.whole / "shards")
        self.result_bytes = size_below(self.whole / "results")

    def with_older_results(self) -> Path:
        """All shards are there, but the published results were made without one of them."""
        run = copy_run(self.whole, self.context.scratch / "older")
        shard = run / "shards" / max(shards_of(run), key=lambda shard: len(shard.items)).name
        aside = self.context.scratch / shard.name
        shutil.move(shard, aside)
        shutil.rmtree(run / "results")
        self.programs.aggregate(run).expect(75)
        shutil.move(aside, shard)
        return run

    def check_committed(self, run: Path) -> None:
        """Nothing acknowledged is lost, and the run goes on once there is space."""
        check_acknowledged(run)
        self.programs.work(run).expect(0)
        check(len(check_acknowledged(run)) == LOAD.items, "not complete after space was freed")

    def worker_without_space(self, disk: Path, leave: int) -> None:
        run = copy_run(self.planned, disk / "run")
        filler = fill(disk, leave)
        finished = self.programs.work(run).expect(IO_ERROR)
        check("No space left on device" in finished.stderr, f"no reason given: {finished.stderr}")
        said = acknowledged(run)
        filler.unlink()
        self.check_committed(run)
        self.programs.aggregate(run).expect(0)
        check_results(run, self.index)
        self.context.say(f"  worker, {leave} bytes left: {said} of {LOAD.items} items committed")
        shutil.rmtree(run)

    def aggregate_without_space(self, disk: Path, template: Path, leave: int) -> None:
        run = copy_run(template, disk / "run")
        before = published(run)
        filler = fill(disk, leave)
        said = self.programs.aggregate(run).expect(IO_ERROR).stderr
        check(all(LOG_LINE.match(line) for line in said.splitlines()), f"not lines of ours: {said}")
        check(said.endswith(": No space left on device\n"), f"no reason given: {said}")
        filler.unlink()
        self.check_unchanged(run, before)
        shutil.rmtree(run)

    def check_unchanged(self, run: Path, before: dict[str, str]) -> None:
        after = published(run)
        check(after == before, f"results/ changed: {sorted(after.items() ^ before.items())[:5]}")
        check_results(run)
        check(not list((run / "quarantine").iterdir()), "a full disk put shards into quarantine")
        self.programs.aggregate(run).expect(0)
        check(check_results(run, self.index), "no results after space was freed")

    def small_files(self, limit: int) -> None:
        """The same by RLIMIT_FSIZE, which also fails in the middle of a write()."""
        run = copy_run(self.planned, self.context.scratch / "limited")
        finished = self.programs.run(fsize(self.programs.worker_line(run), limit))
        finished.expect(IO_ERROR)
        self.check_committed(run)
        run = copy_run(self.older, self.context.scratch / "limited")
        before = published(run)
        self.programs.run(fsize(self.programs.aggregate_line(run), limit)).expect(IO_ERROR)
        self.check_unchanged(run, before)


def test(context: Context) -> None:
    bench = Bench(context)
    random = context.random
    offsets = 3 if context.quick else OFFSETS
    fresh = copy_run(bench.whole, context.scratch / "fresh")
    shutil.rmtree(fresh / "results")
    smallest = min(path.stat().st_size for path in (bench.whole / "shards").iterdir())
    for _ in range(offsets):
        bench.small_files(random.randrange(1, min(smallest, 4096)))
    context.say(f"  {offsets} file size limits")
    with small_disk(context.scratch / "disk") as disk:
        for number in range(offsets):
            # Another worker commits in other portions: far enough below what this one needed.
            bench.worker_without_space(disk, random.randrange(bench.shard_bytes * 3 // 4))
            template = fresh if number % 2 == 0 else bench.older
            leave = random.randrange(bench.result_bytes // 2)
            bench.aggregate_without_space(disk, template, leave)
    context.say(f"  {offsets} full disks each for tally-worker and aggregate")


if __name__ == "__main__":
    main(test)

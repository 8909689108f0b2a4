"""Every system call that touches the run directory fails once, in every way it can."""

from __future__ import annotations

import collections
import concurrent.futures
import dataclasses
import itertools
import json
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import strace
from harness import KILLED, CommandLine, Context, Failure, Finished, Workload, check, copy_run, \
    emptied, index_bytes, main
from results import check_acknowledged, check_results

# 100 tasks of 8 items. Adding waits while four times `records` are uncommitted, so each task becomes
# one commit, every time alike, and small shards are folded on the way.
LOAD = Workload(docs=8, repeats=(1,), temperatures=tuple(i / 100 for i in range(100)),
                interval_ms=3_600_000, records=2, words=3)
SPREAD = 8  # numbers of each call: the first, the last, and others evenly between
AT_ONCE = 2
ALLOWED = (0, 69, 74, 75)  # 69: no child could be started; never 70, a bug of ours
# From making the temporary until the folder it was moved to is synced and closed.
COMMIT = (r"openat\(.*/temp/e\d+-.*O_CREAT", r"close\(\d+<.*/shards>\)")
# From writing the first of the texts until `current` is moved and synced.
PUBLISH = (r"write\(\d+<.*/score_index.jsonl>", r"getdents64\(")
# From writing a reason until its shard is moved and synced, and the next thing is begun.
QUARANTINE = (r"openat\(.*\.reason\.txt.*O_CREAT", r"openat\(.*\.reason\.txt.*O_CREAT|.*/results")
DAMAGED = 8  # shards: the first ones have numbers that the loader has, too
NO_RENAME_NEW = "renameat2:error=EINVAL"  # as on NFS: link() and unlink() take over


@dataclasses.dataclass
class Subject:
    """A program, a run to let it loose on, and how to judge what it left behind."""

    name: str
    template: Path
    line: Callable[[Path], CommandLine]
    judge: Callable[[Path, Finished], None]
    passage: tuple[str, str] | None = None  # from one call to another every single one fails
    always: str = ""


class Sweep:
    def __init__(self, context: Context) -> None:
        self.context = context
        self.programs = context.programs
        self.folder = context.folder("copies")
        self.copies = threading.local()
        self.numbers = itertools.count()
        self.codes: collections.Counter[tuple[str, bool, int]] = collections.Counter()

    def copy(self, template: Path) -> Path:
        """A fresh copy; each thread has one place for it, so calls meet equally long paths."""
        if not hasattr(self.copies, "path"):
            self.copies.path = self.folder / f"{next(self.numbers):02}"
        return copy_run(template, self.copies.path)

    def one(self, subject: Subject, point: strace.Point) -> str | None:
        """What was broken at this point, if anything."""
        run = self.copy(subject.template)
        try:
            finished = strace.inject(self.programs, point, subject.line(run))
            self.codes[subject.name, point.fault == "KILL", finished.code] += 1
            finished.expect(*ALLOWED, *((KILLED,) if point.fault == "KILL" else ()))
            subject.judge(run, finished)
        except Failure as broken:
            return f"{subject.name}: {point}: {broken}"
        return None

    def chosen(self, subject: Subject) -> tuple[strace.Numbers, strace.Numbers]:
        """The numbers of each call to fail, and all that could be."""
        run = copy_run(subject.template, self.folder / "calibration")
        calls = strace.record(self.programs, subject.line(run), run, subject.always)
        free = strace.numbers_touching(calls)
        shutil.rmtree(run)
        chosen = {call: strace.spread(numbers, SPREAD) for call, numbers in free.items()}
        if subject.passage is not None:
            for call, numbers in strace.passage(calls, *subject.passage, free).items():
                chosen[call] |= numbers
        return chosen, free

    def subject(self, subject: Subject) -> list[str]:
        chosen, free = self.chosen(subject)
        without = sorted(call for call, numbers in chosen.items() if not numbers)
        check(not without, f"{subject.name}: no {without} can fail alone")
        points = strace.points_of(chosen, subject.always)
        if self.context.quick:
            points = self.context.random.sample(points, len(points) // 10)
        self.context.random.shuffle(points)
        began = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            done = list(pool.map(lambda point: self.one(subject, point), points))
        every = len(strace.points_of(free))
        calls = ", ".join(f"{call} {len(chosen[call])}/{len(free[call])}" for call in sorted(free))
        self.context.say(f"  {subject.name}: {len(done)} of {every} injection points in "
                         f"{time.monotonic() - began:.0f} s; calls {calls}")
        return [text for text in done if text is not None]


def worker_judge(context: Context, index: bytes, items: int) -> Callable[[Path, Finished], None]:
    def judge(run: Path, finished: Finished) -> None:
        held = check_acknowledged(run)
        check(finished.code != 0 or len(held) == items, f"exit 0, {len(held)} of {items} items")
        context.programs.work(run).expect(0)
        held = check_acknowledged(run)
        check(len(held) == items, f"{len(held)} of {items} items after the retry")
        context.programs.aggregate(run).expect(0)
        check_results(run, index)

    return judge


def aggregate_judge(context: Context, index: bytes) -> Callable[[Path, Finished], None]:
    def judge(run: Path, finished: Finished) -> None:
        there = check_results(run, index)
        check(finished.code != 0 or there, "exit 0 without results")
        context.programs.aggregate(run).expect(0)
        check(check_results(run, index), "no results after the retry")

    return judge


def quarantine_judge(context: Context, index: bytes, damaged: dict[str, bytes]) \
        -> Callable[[Path, Finished], None]:
    """A damaged shard is among the shards or in quarantine, as it is; the retry moves it away."""
    publish = aggregate_judge(context, index)

    def names_of(name: str) -> tuple[str, str]:
        """In quarantine: the second where the first was said to be taken."""
        return name, name.removesuffix(".h5") + ".2.h5"

    def judge(run: Path, finished: Finished) -> None:
        for name in damaged:
            there = [at for at in (run / "shards" / name,
                                   *(run / "quarantine" / each for each in names_of(name)))
                     if at.exists()]
            check(len(there) == 1, f"{name} is in {there}")
            check(finished.code != 0 or there[0].parent.name == "quarantine",
                  f"exit 0, {name} is in {there}")
        publish(run, finished)
        held = {path.name: path for path in (run / "quarantine").iterdir()
                if not path.name.endswith(".tmp")}  # of a writer that was killed
        moved = []
        for name, data in damaged.items():
            moved += [each for each in names_of(name) if each in held]
            check(held[moved[-1]].read_bytes() == data, f"{name}: changed in quarantine")
            check(held[f"{moved[-1]}.reason.txt"].stat().st_size > 5, f"{name}: no reason")
        reasons = {f"{each}.reason.txt" for name in damaged for each in names_of(name)}
        check(set(held) <= reasons | set(moved), f"in quarantine: {sorted(held)}")
        manifest = json.loads((run / "results" / "current" / "manifest.json").read_bytes())
        named = sorted(entry["name"] for entry in manifest["quarantined"])
        check(named == sorted(moved), f"the manifest names {named} as quarantined")

    return judge


def plant_damaged(run: Path) -> dict[str, bytes]:
    """Adds damaged copies of a shard, under the names of other attempts."""
    shard = min((run / "shards").iterdir())
    check("-a0001-" in shard.name, f"{shard.name} is not of the first attempt")
    planted = {}
    for number in range(DAMAGED):
        data = bytearray(shard.read_bytes())
        data[-1 - number] ^= 1
        name = shard.name.replace("-a0001-", f"-a900{number}-")
        planted[name] = bytes(data)
        (run / "shards" / name).write_bytes(data)
    return planted


def subjects(context: Context) -> list[Subject]:
    programs = context.programs
    whole = context.finished_run(LOAD, "whole")
    index = index_bytes(whole)
    work = worker_judge(context, index, LOAD.items)
    publish = aggregate_judge(context, index)
    fresh = copy_run(whole, context.scratch / "fresh")
    shutil.rmtree(fresh / "results")
    planned = emptied(copy_run(whole, context.scratch / "planned"))
    damaged = copy_run(fresh, context.scratch / "damaged")
    planted = plant_damaged(damaged)
    return [
        Subject("commit", planned, programs.worker_line, work, COMMIT),
        Subject("commit by link", planned, programs.worker_line, work, always=NO_RENAME_NEW),
        Subject("publish", fresh, programs.aggregate_line, publish, PUBLISH),
        Subject("publish again", whole, programs.aggregate_line, publish),
        Subject("quarantine", damaged, programs.aggregate_line,
                quarantine_judge(context, index, planted), QUARANTINE),
    ]


def test(context: Context) -> None:
    strace.require()
    sweep = Sweep(context)
    found = [text for subject in subjects(context) for text in sweep.subject(subject)]
    for (name, killed, code), count in sorted(sweep.codes.items()):
        context.say(f"  {name}{', killed' if killed else ''}: {count} x exit {code}")
    kills = sum(count for (_, killed, _), count in sweep.codes.items() if killed)
    hits = sum(count for (_, killed, code), count in sweep.codes.items() if killed and code != 0)
    check(hits * 2 >= kills, f"only {hits} of {kills} injected kills hit: strace does not inject")
    summary = "\n".join(text[:700] for text in found[:20])
    check(not found, f"{len(found)} violations\n{summary}")


if __name__ == "__main__":
    main(test, many_syncs=True)

"""Every system call that touches the run directory fails once, in every way it can."""

from __future__ import annotations

import collections
import concurrent.futures
import dataclasses
import itertools
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import strace
from harness import KILLED, CommandLine, Context, Failure, Finished, Workload, check, copy_run, \
    emptied, index_bytes, main
from results import check_acknowledged, check_results

# 50 tasks of 8 items. Adding waits while four times `records` are uncommitted, so each task becomes
# one commit, every time alike, and small shards are folded on the way.
LOAD = Workload(docs=8, repeats=(1,), temperatures=tuple(i / 100 for i in range(50)),
                interval_ms=3_600_000, records=2, words=3)
NUMBERS = 12  # of one call, at most
AT_ONCE = 2
ALLOWED = (0, 70, 74, 75)
NO_RENAME_NEW = "renameat2:error=EINVAL"  # as on NFS: link() and unlink() take over


@dataclasses.dataclass
class Subject:
    """A program, a run to let it loose on, and how to judge what it left behind."""

    name: str
    template: Path
    line: Callable[[Path], CommandLine]
    judge: Callable[[Path, Finished], None]
    seconds: float  # what is not done by then is left out, and the output says so
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

    def subject(self, subject: Subject) -> list[str]:
        run = self.folder / "calibration"
        copy_run(subject.template, run)
        touching = strace.calls_touching(self.programs, subject.line(run), run, subject.always)
        shutil.rmtree(run)
        every = strace.points_of(touching, NUMBERS, subject.always)
        self.context.random.shuffle(every)
        began = time.monotonic()
        end = began + subject.seconds / (10 if self.context.quick else 1)

        def in_time(point: strace.Point) -> tuple[bool, str | None]:
            return (False, None) if time.monotonic() > end else (True, self.one(subject, point))

        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            done = [text for tried, text in pool.map(in_time, every) if tried]
        calls = {call: len(numbers) for call, numbers in sorted(touching.items())}
        self.context.say(f"  {subject.name}: {len(done)} of {len(every)} injection points in "
                         f"{time.monotonic() - began:.0f} s, calls {calls}")
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


def subjects(context: Context) -> list[Subject]:
    programs = context.programs
    whole = context.finished_run(LOAD, "whole")
    index = index_bytes(whole)
    work = worker_judge(context, index, LOAD.items)
    publish = aggregate_judge(context, index)
    fresh = copy_run(whole, context.scratch / "fresh")
    shutil.rmtree(fresh / "results")
    planned = emptied(copy_run(whole, context.scratch / "planned"))
    return [
        Subject("commit", planned, programs.worker_line, work, 120),
        Subject("commit by link", planned, programs.worker_line, work, 40, NO_RENAME_NEW),
        Subject("publish", fresh, programs.aggregate_line, publish, 60),
        Subject("publish again", whole, programs.aggregate_line, publish, 20),
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

"""`aggregate --wait`, `--follow` and `--timeout` beside an element that is at work."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import time

from shared import INCOMPLETE, Context, Path, check, index_rows
import strace
from harness import Failure, Workload, copy_run, emptied, index_bytes, kill_tree, main, \
    standing_still
from shards import coverage, shards_of

# Each task becomes a commit or two, and each commit waits: the element is slow without work.
LOAD = Workload(docs=8, repeats=(1,), temperatures=tuple(i / 100 for i in range(10)),
                interval_ms=3_600_000, records=2, words=3)
PATIENCE = 60.0


class Element:
    """The worker on a run of its own. It is slow, or never comes to its end."""

    def __init__(self, context: Context, whole: Path, name: str, delay: float) -> None:
        self.run = emptied(copy_run(whole, context.scratch / name))
        self.programs = context.programs
        inject = f"inject=renameat2:delay_enter={int(delay * 1e6)}"
        line = [strace.require(), "-f", "-qq", "--seccomp-bpf", "-o", "/dev/null", "-e",
                "trace=renameat2", "-e", inject, *self.programs.worker_line(self.run)]
        self.process = self.programs.start(line, self.run)

    def committed(self) -> int:
        return len(coverage(shards_of(self.run)))

    def wait_for_a_commit(self) -> None:
        end = time.monotonic() + PATIENCE
        while not self.committed():
            check(time.monotonic() < end, "nothing was committed")
            time.sleep(0.02)

    def at_work(self) -> bool:
        return self.process.poll() is None

    def end(self) -> None:
        kill_tree(self.process.pid)
        self.process.wait()

    def standing_still(self) -> contextlib.AbstractContextManager[None]:
        """Whoever comes meanwhile comes before the end, however slow we are."""
        return standing_still(self.process.pid, "tally-worker")


def aggregate(element: Element, *options: str, err=subprocess.PIPE) -> subprocess.Popen:
    line = [*element.programs.aggregate_line(element.run), *options]
    return subprocess.Popen(line, env=element.programs.env, stdin=subprocess.DEVNULL, text=True,
                            stdout=subprocess.PIPE, stderr=err)


def published(run: Path) -> bool:
    return (run / "results" / "current").exists()


def waits_for_the_end(context: Context, whole: Path) -> None:
    element = Element(context, whole, "wait", 0.4)
    element.wait_for_a_commit()
    with element.standing_still():
        time.sleep(0.5)  # a commit that had begun
        check(element.committed() < LOAD.items, "the element is too fast to be waited for")
        waiting = aggregate(element, "--wait")
        time.sleep(0.5)
    end = time.monotonic() + PATIENCE
    while element.committed() < LOAD.items:  # by then nothing may be aggregated
        check(time.monotonic() < end, "the element does not come to its end")
        check(element.at_work() or element.committed() == LOAD.items, "the element died")
        too_early = waiting.poll() is not None or published(element.run)
        if too_early and element.committed() < LOAD.items:
            raise Failure(f"aggregated with {element.committed()} of {LOAD.items} items")
        time.sleep(0.02)
    out, err = waiting.communicate(timeout=PATIENCE)
    check(waiting.returncode == 0, f"exit {waiting.returncode}\n{err}")
    check("COMPLETE: all" in out and not err.count("items recorded"), f"{out}\n{err}")
    check(index_bytes(element.run) == index_bytes(whole), "other bytes than without waiting")
    element.end()


def follows_with_a_table(context: Context, whole: Path) -> None:
    element = Element(context, whole, "follow", 0.5)
    element.wait_for_a_commit()
    file = context.scratch / "follow.txt"
    with open(file, "wb") as said:
        with element.standing_still():
            following = aggregate(element, "--follow", err=said)
            end = time.monotonic() + PATIENCE
            while b" items recorded in " not in file.read_bytes():
                check(time.monotonic() < end and following.poll() is None, "no table")
                time.sleep(0.005)
        out, _ = following.communicate(timeout=PATIENCE)
    err = file.read_text(encoding="utf-8")
    check("COMPLETE: all" in out, f"{out}\n{err}")
    totals = re.findall(rf"^  (\d+)/{LOAD.items} items recorded in \d+ shards$", err, re.M)
    counts = list(map(int, totals))
    check(len(counts) >= 2 and counts == sorted(counts), f"counts {counts}\n{err}")
    check(counts[0] < LOAD.items == counts[-1], f"counts {counts}\n{err}")
    check(err.count("run crash\n") == len(counts), f"tables without a head\n{err}")
    line = r"^  element 0 attempt 1 running: \d+/%d done, \d+ committed" % LOAD.items
    check(re.search(line, err, re.M) is not None, f"no line of the element\n{err}")
    check(re.search(r"^  [0-9a-f]{16}  replayed on sums  \d/8$", err, re.M) is not None, err)
    element.end()


def gives_up_after_the_timeout(context: Context, whole: Path) -> None:
    element = Element(context, whole, "timeout", 3.0)
    element.wait_for_a_commit()
    began = time.monotonic()
    waiting = aggregate(element, "--wait", "--timeout", "2")
    out, err = waiting.communicate(timeout=PATIENCE)
    took = time.monotonic() - began
    check(element.at_work(), "the element ended before the timeout")
    check(waiting.returncode == INCOMPLETE, f"exit {waiting.returncode}\n{err}")
    check("waited 2 s: aggregating what is there" in err, err)
    check(took >= 2.0, f"gave up after {took:.1f} s")
    check("INCOMPLETE: " in out, out)
    missing = sum(row["counts"]["missing"] for row in index_rows(element.run))
    check(0 < missing < LOAD.items, f"{missing} of {LOAD.items} items are missing")
    element.end()


def waits_for_nobody(context: Context, whole: Path) -> None:
    """All elements say that they ended: what is there is aggregated at once."""
    run = emptied(copy_run(whole, context.scratch / "nobody"))
    ended = json.loads((whole / "progress" / "e00000.json").read_bytes()) | {"state": "failed"}
    (run / "progress" / "e00000.json").write_text(json.dumps(ended), encoding="utf-8")
    line = [*context.programs.aggregate_line(run), "--wait", "--timeout", "50"]
    finished = context.programs.run(line, timeout=40).expect(INCOMPLETE)
    check("waited" not in finished.stderr, finished.stderr)


def test(context: Context) -> None:
    whole = context.finished_run(LOAD, "whole")
    for one in (waits_for_the_end, follows_with_a_table, gives_up_after_the_timeout,
                waits_for_nobody):
        began = time.monotonic()
        one(context, whole)
        context.say(f"  {one.__name__.replace('_', ' ')} ({time.monotonic() - began:.1f} s)")


if __name__ == "__main__":
    main(test)

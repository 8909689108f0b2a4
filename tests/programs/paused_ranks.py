"""A pause of all ranks, as when their job is suspended, is no hang: nobody is given up for it.

The ranks stand still for longer than `retry.hang`. The silence of 30 s goes the same way
(tests/worker/mpi/dealing_mpi_test.cpp, where it is shorter).
"""

from __future__ import annotations

import os
import signal
import time

from shared import Context, Path, check
from harness import descendants, main
from lost_ranks import Element, whole
from ranks import LOAD, PATIENCE, RANKS
from shards import coverage, shards_of

HANG_S = 8
PAUSE_S = 12.0


def paused(context: Context, template: Path, index: bytes) -> None:
    element = Element(context, template, "paused")
    element.wait_until_heard()
    ranks = [process.pid for process in descendants(element.process.pid)
             if process.name == "tally-worker"]
    check(len(ranks) == RANKS, f"{len(ranks)} ranks, expected {RANKS}")
    for rank in ranks:
        os.kill(rank, signal.SIGSTOP)
    check(len(coverage(shards_of(element.run))) < LOAD.items, "the run was over before the pause")
    time.sleep(PAUSE_S)
    for rank in ranks:
        os.kill(rank, signal.SIGCONT)
    code = element.process.wait(PATIENCE)
    text = element.log.read_text(encoding="utf-8", errors="replace")
    check("dealt again" not in text, f"a rank was given up for the pause:\n{text[-3000:]}")
    check(code == 0, f"exit {code}\n{text[-3000:]}")
    element.check_recovered(index)
    context.say(f"  paused for {PAUSE_S:g} s, retry.hang {HANG_S} s: exit {code}")


def test(context: Context) -> None:
    paused(context, *whole(context, HANG_S))


if __name__ == "__main__":
    main(test)

"""A rank that is killed under `tally launch` or `tally element` is named, and nobody waits for it.

The others commit and leave by themselves: mpirun's SIGTERM, which comes after a grace, meets nobody.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import time

from shared import INCOMPLETE, Context, Path, check
from harness import Geometry, copy_run, descendants, emptied, index_bytes, main, run_in
from ranks import LOAD, PATIENCE, RANKS, rank_of, wait_for_rank
from shards import check_nothing_lost, shards_of

RANK_GRACE = 20.0  # after which the product kills ranks that do not leave


def start(context: Context, line: list[str], folder: Path) -> subprocess.Popen:
    return subprocess.Popen(line, cwd=folder, env=context.programs.env, text=True,
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, start_new_session=True)


def name_of(rank: int, pid: int) -> str:
    return f"rank {rank} ({socket.gethostname()}, pid {pid})"


def check_nobody_waited(run: Path) -> None:
    said = (run / "logs" / "e00000.log").read_text(encoding="utf-8", errors="replace")
    check("SIGTERM" not in said, f"the others stayed until mpirun ended them:\n{said[-3000:]}")


def an_element(context: Context, template: Path, rank: int, ranks: int, how: str) -> None:
    run = emptied(copy_run(template, context.scratch / f"element-{ranks}-{rank}"))
    line = [context.programs.tally, "element", str(run), "0", "--ranks", str(ranks)]
    element = start(context, line, context.scratch)
    victim = wait_for_rank(element, run, rank)
    before = shards_of(run)
    os.kill(victim, signal.SIGKILL)
    began = time.monotonic()
    _, said = element.communicate(timeout=PATIENCE)
    took = time.monotonic() - began
    check(element.returncode == INCOMPLETE, f"exit {element.returncode}\n{said}")
    named = f"{name_of(rank, victim)}: {how}"
    check(f"element 0: {named}" in said, f"nobody names the rank: {named}\n{said}")
    progress = json.loads((run / "progress" / "e00000.json").read_bytes())
    check(progress["state"] == "incomplete", f"the progress says {progress['state']}")
    check(progress["message"] == named, f"the progress says {progress['message']!r}")
    check_nobody_waited(run)
    check_nothing_lost(before, shards_of(run))
    waiting = context.programs.run([*context.programs.aggregate_line(run), "--wait", "--timeout",
                                    "50"]).expect(INCOMPLETE)
    check("waited" not in waiting.stderr, f"the element counts as living:\n{waiting.stderr}")
    context.say(f"  {named}; over after {took:.1f} s")


def a_launch(context: Context, config: Path, index: bytes) -> None:
    folder = context.folder("launched")
    run = run_in(folder)
    launch = start(context, context.programs.launch_line(config, Geometry(1, RANKS)), folder)
    victim = wait_for_rank(launch, run, 1)
    os.kill(victim, signal.SIGKILL)
    began = time.monotonic()
    while not re.search(r"attempt 2: ", (run / "logs" / "e00000.log").read_text(errors="replace")):
        check(time.monotonic() < began + PATIENCE, "the element was not started again")
        time.sleep(0.02)
    took = time.monotonic() - began
    _, said = launch.communicate(timeout=PATIENCE)
    check(launch.returncode == 0, f"exit {launch.returncode}\n{said}")
    check(name_of(1, victim) in said, f"nobody names the rank\n{said}")
    check_nobody_waited(run)
    check(index_bytes(run) == index, "other bytes than without the loss")
    context.say(f"  launched: at work again after {took:.1f} s")


def at_its_start(context: Context, template: Path) -> None:
    """The others wait in MPI_Init, for ever; mpirun would leave them 20 s and 20 s more."""
    run = emptied(copy_run(template, context.scratch / "at-start"))
    line = [context.programs.tally, "element", str(run), "0", "--ranks", str(RANKS)]
    element = start(context, line, context.scratch)
    end = time.monotonic() + PATIENCE
    while not (victims := [process.pid for process in descendants(element.pid)
                           if process.name == "tally-worker" and rank_of(process.pid) == 1]):
        check(time.monotonic() < end and element.poll() is None, "no rank came")
        time.sleep(0.001)
    os.kill(victims[0], signal.SIGKILL)
    began = time.monotonic()
    _, said = element.communicate(timeout=PATIENCE)
    took = time.monotonic() - began
    check(element.returncode == INCOMPLETE, f"exit {element.returncode}\n{said}")
    check(f"found {RANKS - 1} of {RANKS} ranks: asking them" in said, f"nobody was asked:\n{said}")
    log = (run / "logs" / "e00000.log").read_text(encoding="utf-8", errors="replace")
    # On a slow machine the ranks may have come further before the kill.
    check("left alone at the start" in log or took < RANK_GRACE, f"{took:.1f} s\n{said}\n{log}")
    context.say(f"  killed at its start; over after {took:.1f} s")


def test(context: Context) -> None:
    folder = context.folder("whole")
    config = LOAD.write(folder)
    context.programs.launch(config, Geometry(1, 2), folder).expect(0)
    whole = run_in(folder)
    a_launch(context, config, index_bytes(whole))
    for rank in (1, 0):
        an_element(context, whole, rank, RANKS, "ended before the others")
    an_element(context, whole, 0, 1, "ended with signal 9 (Killed)")
    at_its_start(context, whole)


if __name__ == "__main__":
    main(test)

"""A rank that is killed or stands still is named, and costs nothing but its uncommitted items.

The killed one is named by mpirun, which notices first; the one that stands still by rank 0.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import time

from shared import INCOMPLETE, Context, Path, check
from harness import Geometry, copy_run, emptied, index_bytes, kill, main, run_in, sweep_orphans
from ranks import LOAD, PATIENCE, RANKS, wait_for_rank
from shards import check_nothing_lost, coverage, shards_of

LOST = 1  # not rank 0, which deals


class Element:
    """The ranks of one element, started as `tally element` does but with less patience."""

    def __init__(self, context: Context, template: Path, name: str) -> None:
        self.context = context
        self.run = emptied(copy_run(template, context.scratch / name))
        self.log = context.scratch / f"{name}.log"
        line = ["mpirun", "-n", str(RANKS), "--map-by", ":OVERSUBSCRIBE", "--bind-to", "none",
                *context.programs.worker_line(self.run)]
        grace = {f"{prefix}_MCA_odls_base_sigkill_timeout": "1" for prefix in ("OMPI", "PRTE")}
        with open(self.log, "wb") as file:
            self.process = subprocess.Popen(line, env=context.programs.env | grace, stdout=file,
                                            stdin=subprocess.DEVNULL, stderr=file,
                                            start_new_session=True)
        self.victim = wait_for_rank(self.process, self.run, LOST)
        self.stand_still()

    def stand_still(self) -> None:
        os.kill(self.victim, signal.SIGSTOP)  # so that it is there when its shards are known
        self.before = shards_of(self.run)

    def wait_until_heard(self) -> None:
        """Until rank 0 knows of a commit of the victim: until then it waits for a model that loads.

        What the progress says beyond the shards of the other ranks is the victim's.
        """
        os.kill(self.victim, signal.SIGCONT)
        end = time.monotonic() + PATIENCE
        while True:
            check(self.process.poll() is None, "the run was over before rank 0 heard of the victim")
            check(time.monotonic() < end, "rank 0 does not hear of the victim")
            with contextlib.suppress(FileNotFoundError):
                known = json.loads((self.run / "progress" / "e00000.json").read_bytes())["committed"]
                others = [shard for shard in shards_of(self.run) if f"-r{LOST:03}-" not in shard.name]
                if known > len(coverage(others)):
                    break
            time.sleep(0.02)
        self.stand_still()

    def hit(self, number: int) -> tuple[int, str]:
        """Sends a signal to the rank. The exit code of mpirun and all that was said."""
        os.kill(self.victim, number)
        code = self.process.wait(PATIENCE)
        kill(self.victim)
        sweep_orphans()
        return code, self.log.read_text(encoding="utf-8", errors="replace")

    def check_recovered(self, index: bytes) -> None:
        held = shards_of(self.run)
        check_nothing_lost(self.before, held)
        self.context.programs.resume(self.run, Geometry(1, 1)).expect(0)
        check(index_bytes(self.run) == index, "other bytes than without the loss")


def killed(context: Context, template: Path, index: bytes) -> None:
    element = Element(context, template, "killed")
    code, text = element.hit(signal.SIGKILL)
    check(code != 0, "a run that lost a rank ends with 0")
    named = re.search(rf"process rank {LOST} with PID \d+ on node \S+ exited on signal 9",
                      " ".join(text.split()))
    check(named is not None, f"the log does not name rank {LOST}:\n{text[-3000:]}")
    check(len(coverage(element.before)) < LOAD.items, "the run was over before the kill")
    element.check_recovered(index)
    context.say(f"  killed: {named[0]}; exit {code}")


def stopped(context: Context, template: Path, index: bytes) -> None:
    element = Element(context, template, "stopped")
    element.wait_until_heard()
    code, text = element.hit(signal.SIGSTOP)
    check(code == INCOMPLETE, f"exit {code}\n{text[-3000:]}")
    named = re.search(rf"rank {LOST} \([^,()]+, pid {element.victim}\): no progress for \d+ s, "
                      r"\d+ items dealt again", text)
    check(named is not None, f"the log does not name rank {LOST}:\n{text[-3000:]}")
    progress = json.loads((element.run / "progress" / "e00000.json").read_bytes())
    check(named[0] in progress["message"], f"the progress says {progress['message']!r}")
    check(progress["state"] == "incomplete", f"the progress says {progress['state']}")
    held = coverage(shards_of(element.run))
    check(len(held) == LOAD.items, f"{len(held)} of {LOAD.items} items: not dealt to other ranks")
    element.check_recovered(index)
    context.say(f"  stopped: {named[0]}; exit {code}")


def whole(context: Context, hang_s: int) -> tuple[Path, bytes]:
    """An uninterrupted run of LOAD with this `retry.hang`, and its score index."""
    folder = context.folder("whole")
    config = LOAD.write(folder)
    with open(config, "a", encoding="utf-8") as file:
        file.write(f"retry: {{hang: {hang_s}s}}\n")
    context.programs.launch(config, Geometry(1, 2), folder).expect(0)
    return run_in(folder), index_bytes(run_in(folder))


def test(context: Context) -> None:
    run, index = whole(context, 10)
    stopped(context, run, index)
    killed(context, run, index)


if __name__ == "__main__":
    main(test)

"""A run that goes on for a while over several ranks, and where its ranks are."""

from __future__ import annotations

import subprocess
import time

from shared import Path, check
from harness import Failure, Workload, descendants

LOAD = Workload(docs=6000, repeats=(2,), temperatures=tuple(i / 100 for i in range(240)),
                interval_ms=20)
RANKS = 3
PATIENCE = 90.0


def rank_of(pid: int) -> int:
    """The rank that mpirun gave a process; 0 without mpirun, -1 when it is gone."""
    try:
        words = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return -1
    found = [word for word in words if word.startswith(b"OMPI_COMM_WORLD_RANK=")]
    return int(found[0].partition(b"=")[2]) if found else 0


def wait_for_rank(root: subprocess.Popen, run: Path, rank: int) -> int:
    """The process of a rank below `root`, once it has committed something."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        check(root.poll() is None, "the run was over before a rank could be met")
        committed = any(f"-r{rank:03}-" in path.name for path in (run / "shards").glob("*.h5"))
        for process in descendants(root.pid) if committed else ():
            if process.name == "tally-worker" and rank_of(process.pid) == rank:
                return process.pid
        time.sleep(0.002)
    raise Failure(f"rank {rank} did not come")

"""Aggregating many records takes bounded memory: peak resident set of the real program, in MB.

Arguments: the programs aggregate and merge-data, shards, rows of a shard, the limit in MB.
By hand: /usr/bin/python3 tests/aggregator/memory_test.py BIN/aggregate BIN/merge-data 500 20000 512
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

NEEDED = 3 << 30  # bytes of disk, for shards and results
NOT_TO_BE_HAD = 77


def peak_of(*command: str) -> float:
    """Runs the program. MB of the largest of it and the children that it waited for."""
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    pid = os.posix_spawn(command[0], command, os.environ, file_actions=quiet)
    _, status, usage = os.wait4(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code == 0, f"found exit code {code} of {command[0]}, expected 0"
    return usage.ru_maxrss / 1024


def main(aggregate: str, merge_data: str, shards: str, rows: str, limit: float) -> None:
    free = shutil.disk_usage(tempfile.gettempdir()).free
    if free < NEEDED:
        print(f"found {free >> 20} MB free in {tempfile.gettempdir()}, expected {NEEDED >> 20}")
        sys.exit(NOT_TO_BE_HAD)
    with tempfile.TemporaryDirectory() as folder:
        run = str(pathlib.Path(folder) / "run")
        subprocess.run([merge_data, run, shards, rows], check=True)
        peak = peak_of(aggregate, run)
        print(f"{int(shards) * int(rows)} records: {peak:.0f} MB")
        assert peak <= limit, f"found {peak:.0f} MB, expected at most {limit:.0f}"


if __name__ == "__main__":
    main(*sys.argv[1:5], float(sys.argv[5]))

"""Aggregating many records takes bounded memory: peak resident set of the real program, in MB.

Arguments: the programs aggregate and merge-data, shards, rows of a shard, the limit in MB.
By hand: /usr/bin/python3 tests/aggregator/memory_test.py BIN/aggregate BIN/merge-data 500 20000 512
"""

import pathlib
import resource
import subprocess
import sys
import tempfile


def main(aggregate: str, merge_data: str, shards: str, rows: str, limit: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run = pathlib.Path(folder) / "run"
        # Not waited for as our child, so that only the aggregator is in the figure.
        subprocess.run(["/bin/sh", "-c", f'"{merge_data}" "{run}" {shards} {rows} & wait $!'], check=True)
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        subprocess.run([aggregate, run], check=True, stdout=subprocess.DEVNULL)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"{int(shards) * int(rows)} records: {peak:.0f} MB (making them: {before:.0f} MB)")
        assert peak <= limit, f"found {peak:.0f} MB, expected at most {limit:.0f}"


if __name__ == "__main__":
    main(*sys.argv[1:5], float(sys.argv[5]))

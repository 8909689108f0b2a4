"""small_shards_h5py.py DIR COUNT: h5py reads every dataset of COUNT shards; microseconds per shard."""

import pathlib
import sys
import time

import h5py

files = sorted(pathlib.Path(sys.argv[1]).iterdir())[: int(sys.argv[2])]
start = time.perf_counter()
total = 0.0
for file in files:
    with h5py.File(file, "r") as shard:
        columns = {name: shard[name][:] for name in shard}
        total += columns["score"][0] + columns["completion_bytes"][0]
print("h5py", 1e6 * (time.perf_counter() - start) / len(files))

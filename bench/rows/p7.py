"""P7: verifying, merging, scoring and publishing 64 shards of 20,000 rows (1.28 M rows of 220 bytes)."""

import os
import pathlib
import shutil

from rows import Goal, Program, Row
from rows import tools

SHARDS, ROWS = 64, 20_000


def aggregate(binaries: pathlib.Path, run: pathlib.Path) -> float:
    shutil.rmtree(run / "results", ignore_errors=True)
    return tools.wall(binaries / "aggregate", run)


def shell(command: str, out: pathlib.Path) -> float:
    out.unlink(missing_ok=True)
    return tools.wall("/bin/sh", "-c", command)


def h5py_merge(shards: pathlib.Path, out: pathlib.Path) -> float:
    out.unlink(missing_ok=True)
    return tools.wall(tools.PYTHON, tools.HERE / "peers/merge_h5py.py", shards, out)


def make(binaries: pathlib.Path, folder: pathlib.Path) -> Row:
    run, out = folder / "run", folder / "merged"
    tools.output_of(binaries / "merge-data", run, str(SHARDS), str(ROWS))
    for kind in ("vlen", "packed"):
        tools.output_of(tools.PYTHON, tools.HERE / "peers/merge_h5py_data.py", run / "shards",
                        folder / kind, kind)
    os.sync()
    shards = run / "shards"
    # Ours leaves its output durable and hashed; so do the second and third limits.
    plain = f"cat {shards}/*.h5 > {out}"
    durable = f"{plain} && sync {out}"
    hashed = f"{durable} && openssl dgst -sha256 {shards}/*.h5 {out} > /dev/null"
    return Row(
        "P7", "merge of 64 shards, 1.28 M rows: verified, scored, hashed, fsynced, published", "s",
        {
            "aggregate": Program(lambda: {"value": aggregate(binaries, run)}),
            "cat": Program(lambda: {"value": shell(plain, out)}),
            "cat + fsync": Program(lambda: {"value": shell(durable, out)}),
            "cat + fsync + sha256 of in and out": Program(lambda: {"value": shell(hashed, out)}),
            "h5py, vlen gzip": Program(lambda: {"value": h5py_merge(folder / "vlen", out)}, 3),
            "h5py, packed gzip": Program(lambda: {"value": h5py_merge(folder / "packed", out)}, 3),
        },
        [
            Goal("ours / cat", "aggregate", "cat", "<=", 4),
            Goal("ours / (cat + fsync + sha256)", "aggregate", "cat + fsync + sha256 of in and out",
                 "<=", 1),
            Goal("h5py vlen / ours", "h5py, vlen gzip", "aggregate", ">=", 10),
            Goal("h5py packed / ours", "h5py, packed gzip", "aggregate", ">=", 10),
        ])

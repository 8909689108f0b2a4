"""P9: reading many small shards, 128 records each."""

import pathlib

from rows import Goal, Program, Row
from rows import tools

SHARDS = 4096


def make(binaries: pathlib.Path, folder: pathlib.Path) -> Row:
    program = binaries / "bench-small-shards"
    tools.output_of(program, "make", folder / "shards", 8192)

    def read(mode: str, count: int) -> dict[str, float]:
        return {"value": tools.values(program, mode, folder / "shards", count)[mode]}

    def whole(count: int) -> dict[str, float]:
        return {"value": read("ours-verified", count)["value"] * count}

    def h5py() -> dict[str, float]:
        return tools.values(tools.PYTHON, tools.HERE / "peers/small_shards_h5py.py",
                            folder / "shards", SHARDS)

    return Row(
        "P9", "reading shards of 128 rows", "us per shard",
        {
            "ours": Program(lambda: read("ours", SHARDS)),
            "ours, digests verified": Program(lambda: read("ours-verified", SHARDS)),
            "bare HDF5": Program(lambda: read("bare", SHARDS)),
            "h5py": Program(h5py),
            "8192 shards": Program(lambda: whole(8192)),
            "1024 shards": Program(lambda: whole(1024)),
        },
        [
            Goal("ours / bare HDF5", "ours", "bare HDF5", "<=", 1.25),
            Goal("ours with digests / bare HDF5", "ours, digests verified", "bare HDF5", "<=", 1.25),
            Goal("h5py / ours", "h5py", "ours", ">=", 4),
            Goal("8192 shards / 1024 shards", "8192 shards", "1024 shards", "<=", 8.4),
        ],
        units={"8192 shards": "us", "1024 shards": "us"})

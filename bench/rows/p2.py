"""P2: dealing 20,000,000 items that do nothing, with the chunks that the dealer chooses itself."""

import pathlib

from rows import Goal, Program, Row
from rows import tools

SLICE, SLICES = 4_000_000, 5


def make(binaries: pathlib.Path, folder: pathlib.Path) -> Row:
    del folder
    pool = tools.HERE / "peers" / "dispatch_pool.py"
    return Row(
        "P2", "dispatch, automatic chunks", "items/s",
        {
            "dispatch": Program(lambda: tools.values(
                "mpirun", "-n", 2, "--bind-to", "none", binaries / "bench-dispatch", 0, 32, SLICE,
                SLICES)),
            "pool": Program(lambda: tools.values(tools.PYTHON, pool, 100, 1_000_000)),
        },
        [
            Goal("ours / two messages of 32 items under way in C", "ours", "limit", ">=", 0.3),
            Goal("ours / multiprocessing.Pool, chunks of 100", "ours", "pool", ">=", 50),
        ])

"""P1: dealing 1,000,000 items that do nothing, one by one; rank 0 coordinates, one rank works."""

import pathlib

from rows import Goal, Program, Row
from rows import tools

SLICE, SLICES = 100_000, 10


def make(binaries: pathlib.Path, folder: pathlib.Path) -> Row:
    del folder
    peers = tools.HERE / "peers"

    def python(name: str, *arguments: int, ranks: int = 0) -> Program:
        mpirun = ["mpirun", "-n", ranks, "--bind-to", "none"] if ranks else []
        return Program(lambda: tools.values(*mpirun, tools.PYTHON, peers / name, *arguments))

    return Row(
        "P1", "dispatch, one item at a time", "items/s",
        {
            "dispatch": Program(lambda: tools.values(
                "mpirun", "-n", 2, "--bind-to", "none", binaries / "bench-dispatch", 1, 1, SLICE,
                SLICES)),
            "mpi4py": python("dispatch_mpi4py.py", 100_000, ranks=2),
            "pool": python("dispatch_pool.py", 1, 50_000),
            "futures": python("dispatch_futures.py", 1, 10_000, ranks=2),
        },
        [
            Goal("ours / two messages under way in C", "ours", "limit", ">=", 0.5),
            Goal("ours / mpi4py by hand", "ours", "mpi4py", ">=", 5),
            Goal("ours / multiprocessing.Pool", "ours", "pool", ">=", 50),
            Goal("ours / mpi4py.futures", "ours", "futures", ">=", 500),
        ])

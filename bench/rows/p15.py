"""P15: start-up of the programs people type, and of a worker that needs no model."""

import pathlib
import time

from rows import Goal, Program, Row
from rows import tools
from rows.p14 import write_grid


def mean_start(*command: str | pathlib.Path, times: int = 20) -> dict[str, float]:
    """Mean seconds of `times` starts: one start alone is shorter than the clock's noise."""
    start = time.perf_counter()
    for _ in range(times):
        tools.output_of(*command)
    return {"value": (time.perf_counter() - start) / times}


def make(binaries: pathlib.Path, folder: pathlib.Path) -> Row:
    config = write_grid(folder / "grid", axes=1, repeats=1)
    tools.output_of(binaries / "tally", "launch", config, "--output-dir", folder / "runs")
    worker = ("mpirun", "-n", "2", binaries / "tally-worker", "--run", folder / "runs/grid",
              "--element", "0")
    mpirun = ("mpirun", "-n", "2")
    return Row(
        "P15", "start-up", "s",
        {
            "tally --help": Program(lambda: mean_start(binaries / "tally", "--help")),
            "aggregate --help": Program(lambda: mean_start(binaries / "aggregate", "--help")),
            "bare yaml-cpp": Program(lambda: mean_start(binaries / "bare-yaml")),
            "bare HDF5 + yaml-cpp": Program(lambda: mean_start(binaries / "bare-hdf5-yaml")),
            "bare LibTorch": Program(lambda: mean_start(binaries / "bare-torch", times=2)),
            "mpirun -n 2 tally-worker, nothing to do": Program(
                lambda: mean_start(*worker, times=2)),
            "mpirun -n 2 bare MPI": Program(
                lambda: mean_start(*mpirun, binaries / "bare-mpi", times=2)),
        },
        [
            Goal("tally / bare yaml-cpp", "tally --help", "bare yaml-cpp", "<=", 3),
            Goal("aggregate / bare HDF5 + yaml-cpp", "aggregate --help", "bare HDF5 + yaml-cpp",
                 "<=", 1.5),
            Goal("tally / bare LibTorch", "tally --help", "bare LibTorch", "<=", 0.03),
            Goal("aggregate / bare LibTorch", "aggregate --help", "bare LibTorch", "<=", 0.03),
            Goal("worker / bare MPI", "mpirun -n 2 tally-worker, nothing to do",
                 "mpirun -n 2 bare MPI", "<=", 1.1),
        ])

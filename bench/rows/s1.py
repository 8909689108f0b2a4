"""S1: Slurm: queueing 1,000 elements, starting one, and asking for their status. On a cluster of its own."""

import atexit
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

from rows import Goal, Program, Row
from rows import tools
from rows.p14 import write_grid

DEVCLUSTER = tools.HERE.parent / "slurm/devcluster"
ELEMENTS = 1000


def start_cluster() -> None:
    """Up, and SLURM_CONF in our environment, until this process ends: the row's folder goes sooner."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tally-bench-slurm-")) / "cluster"
    folder.parent.chmod(0o755)
    atexit.register(shutil.rmtree, folder.parent, ignore_errors=True)  # last: it runs in reverse
    atexit.register(subprocess.run, [DEVCLUSTER, "--dir", folder, "down"],
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    with open(folder.with_suffix(".log"), "wb") as log:  # daemons would keep a pipe open
        subprocess.run([DEVCLUSTER, "--dir", folder, "up"], stdout=log, stderr=log, check=True)
    os.environ["SLURM_CONF"] = str(folder / "slurm.conf")


def launch(tally: pathlib.Path, config: pathlib.Path, runs: pathlib.Path) -> None:
    tools.output_of(tally, "launch", config, "--on", "slurm", "--output-dir", runs,
                    "-O", f"resources.elements={ELEMENTS}", "-O", "resources.ranks=1")


def queued_by_us(tally: pathlib.Path, config: pathlib.Path, runs: pathlib.Path) -> float:
    start = time.perf_counter()
    launch(tally, config, runs)
    seconds = time.perf_counter() - start
    tools.output_of(tally, "cancel", runs / "grid")
    shutil.rmtree(runs)
    return seconds


def queued_bare(folder: pathlib.Path) -> dict[str, float]:
    start = time.perf_counter()
    job = tools.output_of("sbatch", "--parsable", f"--array=0-{ELEMENTS - 1}", "-n1",
                          "--output=/dev/null", f"--chdir={folder}", "--wrap", "true").strip()
    seconds = time.perf_counter() - start
    tools.output_of("scancel", job)
    return {"value": seconds, "1.5 x sbatch + 0.1 s": 1.5 * seconds + 0.1}


def first_commit(worker: pathlib.Path, template: pathlib.Path, run: pathlib.Path) -> float:
    """From srun to the end of an element of 100 trivial items: it ends with its first commit."""
    shutil.copytree(template, run)
    seconds = tools.wall("srun", "-n2", "--mpi=pmix", worker, "--run", run, "--element", "0")
    if not list((run / "shards").iterdir()):
        raise SystemExit("bench: the element committed nothing")
    shutil.rmtree(run)
    return seconds


def empty_run(tally: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    """A run directory with a submission and no record."""
    config = write_grid(folder / "small", axes=1, repeats=1)
    tools.output_of(tally, "launch", config, "--output-dir", folder / "small-runs")
    run = folder / "small-runs/grid"
    for part in ("shards", "progress", "results"):
        shutil.rmtree(run / part)
        (run / part).mkdir()
    return run


def make(binaries: pathlib.Path, folder: pathlib.Path) -> Row:
    tally = binaries / "tally"
    folder.chmod(0o755)
    start_cluster()
    config = write_grid(folder / "grid", axes=3, repeats=1)
    template = empty_run(tally, folder)
    launch(tally, config, folder / "queued")
    tools.output_of(tally, "cancel", folder / "queued/grid")
    return Row(
        "S1", f"Slurm: {ELEMENTS} elements", "s",
        {
            "tally launch --on slurm": Program(
                lambda: {"value": queued_by_us(tally, config, folder / "runs")}),
            "sbatch --array": Program(lambda: queued_bare(folder)),
            "srun tally-worker, 100 items": Program(
                lambda: {"value": first_commit(binaries / "tally-worker", template,
                                               folder / "element")}),
            "srun bare MPI": Program(
                lambda: {"value": tools.wall("srun", "-n2", "--mpi=pmix", binaries / "bare-mpi")}),
            "tally status": Program(
                lambda: {"value": tools.cpu(tally, "status", folder / "queued/grid")}),
            "0.3 s": Program(lambda: {"value": 0.3}),
        },
        [
            Goal("launch / (1.5 x sbatch + 0.1 s)", "tally launch --on slurm",
                 "1.5 x sbatch + 0.1 s", "<=", 1),
            Goal("an element's start to its first commit / bare MPI", "srun tally-worker, 100 items",
                 "srun bare MPI", "<=", 2),
            Goal("status: our CPU and that of squeue and sacct / 0.3 s", "tally status", "0.3 s",
                 "<=", 1),
        ],
        units={"tally status": "s CPU"})

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
    extra = folder.with_suffix(".conf")  # Slurm remembers ended jobs for five minutes: ours are many
    extra.write_text("MaxJobCount=100000\n")
    with open(folder.with_suffix(".log"), "wb") as log:  # daemons would keep a pipe open
        subprocess.run([DEVCLUSTER, "--dir", folder, "up", "--extra", extra], stdout=log, stderr=log,
                       check=True)
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


def first_commit(binaries: pathlib.Path, template: pathlib.Path, folder: pathlib.Path) -> float:
    """From the start of array.sbatch on a node to the first commit of 100 trivial items."""
    run, began = folder / "element", folder / "began"
    shutil.copytree(template, run)
    setup = folder / "setup.sh"  # it is sourced first
    setup.write_text(f"date +%s.%N >'{began}'\n")
    tools.output_of("sbatch", "--wait", "--array=0", "-n2", "-o", run / "logs/%A_%a.log",
                    binaries.parent / "share/tally/slurm/array.sbatch", run, "--bin", binaries,
                    "--setup", setup)
    committed = min(shard.stat().st_mtime for shard in (run / "shards").iterdir())
    shutil.rmtree(run)
    return committed - float(began.read_text())


def bare_mpi(binaries: pathlib.Path, folder: pathlib.Path) -> float:
    """The same place, from before srun to after it."""
    times = folder / "times"
    script = f"(date +%s.%N; srun --mpi=pmix '{binaries / 'bare-mpi'}'; date +%s.%N) >'{times}'"
    tools.output_of("sbatch", "--wait", "-n2", "-o", "/dev/null", "--wrap", script)
    began, ended = map(float, times.read_text().split())
    return ended - began


def empty_run(tally: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    """A run directory with a submission and no record."""
    config = write_grid(folder / "small", axes=1, repeats=1)
    tools.output_of(tally, "launch", config, "--output-dir", folder / "small-runs")
    run = folder / "small-runs/grid"
    for part in ("shards", "progress", "results"):
        shutil.rmtree(run / part)
        (run / part).mkdir()
    return run


def finished_run(tally: pathlib.Path, config: pathlib.Path, runs: pathlib.Path) -> pathlib.Path:
    """All elements have run: each has left a shard, a progress file and a line of accounting."""
    launch(tally, config, runs)
    while tools.output_of("squeue", "--noheader"):
        time.sleep(1)
    for part in ("shards", "progress"):
        found = len(list((runs / "grid" / part).iterdir()))
        if found < ELEMENTS:
            raise SystemExit(f"bench: {found} files in {part}, expected {ELEMENTS}")
    return runs / "grid"


def make(binaries: pathlib.Path, folder: pathlib.Path) -> Row:
    tally = binaries / "tally"
    folder.chmod(0o755)
    start_cluster()
    config = write_grid(folder / "grid", axes=3, repeats=1)
    template = empty_run(tally, folder)
    done = finished_run(tally, config, folder / "done")
    return Row(
        "S1", f"Slurm: {ELEMENTS} elements", "s",
        {
            "tally launch --on slurm": Program(
                lambda: {"value": queued_by_us(tally, config, folder / "runs")}),
            "sbatch --array": Program(lambda: queued_bare(folder)),
            "array.sbatch, to the first commit": Program(
                lambda: {"value": first_commit(binaries, template, folder)}),
            "srun bare MPI": Program(lambda: {"value": bare_mpi(binaries, folder)}),
            "tally status": Program(lambda: {"value": tools.cpu(tally, "status", done)}),
            "0.3 s": Program(lambda: {"value": 0.3}),
        },
        [
            Goal("launch / (1.5 x sbatch + 0.1 s)", "tally launch --on slurm",
                 "1.5 x sbatch + 0.1 s", "<=", 1),
            Goal("an element's start to its first commit / bare MPI",
                 "array.sbatch, to the first commit", "srun bare MPI", "<=", 2),
            Goal("status: our CPU and that of squeue and sacct / 0.3 s", "tally status", "0.3 s",
                 "<=", 1),
        ],
        units={"tally status": "s CPU"})

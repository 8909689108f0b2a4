"""Running a program for a measurement."""

import os
import pathlib
import resource
import subprocess
import time

PYTHON = "/usr/bin/python3"
HERE = pathlib.Path(__file__).resolve().parent.parent


def environment() -> dict[str, str]:
    """mpirun as root in a container, and more ranks than cores, are wanted here."""
    return os.environ | {
        "OMPI_ALLOW_RUN_AS_ROOT": "1",
        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        "OMPI_MCA_rmaps_base_oversubscribe": "1",
    }


def output_of(*command: str | pathlib.Path) -> str:
    """stdout of a command; its failure ends the benchmark, with what it said."""
    done = subprocess.run([str(part) for part in command], env=environment(), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise SystemExit(f"bench: {command[0]} exited with {done.returncode}:\n{done.stderr}")
    return done.stdout


def wall(*command: str | pathlib.Path) -> float:
    """Seconds from start to exit."""
    start = time.perf_counter()
    output_of(*command)
    return time.perf_counter() - start


def cpu(*command: str | pathlib.Path) -> float:
    """User and system seconds of a command and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    output_of(*command)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def values(*command: str | pathlib.Path) -> dict[str, float]:
    """Lines `name value` of a command's stdout."""
    pairs = (line.rsplit(maxsplit=1) for line in output_of(*command).splitlines() if line.strip())
    return {name: float(number) for name, number in pairs}

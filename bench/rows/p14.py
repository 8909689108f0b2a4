"""P14: expanding a grid of 100,000 tasks to ids and JSON lines, and planning 10^9 items."""

import json
import pathlib
import subprocess
import time

from rows import Goal, Program, Row
from rows import tools


def write_grid(folder: pathlib.Path, axes: int, repeats: int) -> pathlib.Path:
    """A run.yaml of `axes` axes of ten values each, over ten docs."""
    folder.mkdir(parents=True, exist_ok=True)
    docs = [{"question": f"what is {i} + {i}?", "answer": f"#### {2 * i}"} for i in range(10)]
    (folder / "docs.jsonl").write_text("".join(json.dumps(doc) + "\n" for doc in docs))
    lines = [{"id": str(i), "sample_idx": 0, "completion": "7"} for i in range(10)]
    (folder / "completions.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    params = "".join(f"      a{axis}: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]\n" for axis in range(axes))
    (folder / "run.yaml").write_text(
        "version: 1\nrun: {id: grid}\n"
        "models: [{name: replayed, backend: replay, completions: completions.jsonl}]\n"
        "datasets: [{slug: few, source: docs.jsonl, format: gsm8k}]\n"
        "tasks:\n  - evaluator: free_response\n    models: [replayed]\n    datasets: [few]\n"
        f"    extractor: numeric\n    sampling: {{repeats: {repeats}}}\n    params:\n{params}")
    return folder / "run.yaml"


def peak_megabytes(*command: str | pathlib.Path) -> float:
    code = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, "
            "stdout=subprocess.DEVNULL); "
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)")
    return float(tools.output_of(tools.PYTHON, "-c", code, *command))


def list_tasks(tally: pathlib.Path, config: pathlib.Path, out: pathlib.Path) -> float:
    start = time.perf_counter()
    with open(out, "wb") as file:
        subprocess.run([tally, "plan", config, "--list"], stdout=file, check=True)
    return time.perf_counter() - start


def make(binaries: pathlib.Path, folder: pathlib.Path) -> Row:
    grid = write_grid(folder / "grid", axes=5, repeats=1)
    huge = write_grid(folder / "huge", axes=6, repeats=100)
    tally = binaries / "tally"
    return Row(
        "P14", "expansion of a grid of 100,000 tasks; `tally plan` of 10^9 items", "s",
        {
            "tally plan --list": Program(
                lambda: {"value": list_tasks(tally, grid, folder / "tally.jsonl")}),
            "bare C++": Program(
                lambda: {"value": tools.wall(binaries / "bare-expand", grid, folder / "bare.jsonl")}),
            "python itertools + json + sha256": Program(
                lambda: {"value": tools.wall(tools.PYTHON, tools.HERE / "peers/expand.py", grid,
                                             folder / "python.jsonl")}),
            "tally plan, 10^9 items": Program(lambda: {"value": tools.wall(tally, "plan", huge)}),
            "tally plan, 10^9 items, memory": Program(
                lambda: {"value": peak_megabytes(tally, "plan", huge)}),
            "one second": Program(lambda: {"value": 1.0}),
            "64 MB": Program(lambda: {"value": 64.0}),
        },
        [
            Goal("ours / bare C++", "tally plan --list", "bare C++", "<=", 3),
            Goal("python / ours", "python itertools + json + sha256", "tally plan --list", ">=", 20),
            Goal("10^9 items / one second", "tally plan, 10^9 items", "one second", "<=", 1),
            Goal("10^9 items / 64 MB", "tally plan, 10^9 items, memory", "64 MB", "<=", 1),
        ],
        units={"tally plan, 10^9 items, memory": "MB", "64 MB": "MB"})

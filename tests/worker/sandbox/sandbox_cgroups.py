"""Programs in control groups of their own, where version 2 can be had, in a group made for the test."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time

from sandbox_shared import (AWAITS_WORD, PYTHON, TAKES_WORD, USER, Context, Driver, Path, as_user, check, command_lines,
                            driver, let_go, main, needs_sandbox, nothing_left, programs, python, state_of, tree_below,
                            watching_guard)

MB = 1 << 20
WAITS = "import subprocess, time\nsubprocess.Popen(['/bin/sleep', '600'])\nprint('there', flush=True)\ntime.sleep(600)\n"
# What follows it is done when nobody watches any more.
BLIND = TAKES_WORD + "print('there', flush=True)\n" + AWAITS_WORD


def mounted() -> Path | None:
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        before, after = line.split(" - ", 1)
        if after.startswith("cgroup2 ") and before.split()[3] == "/":
            return Path(before.split()[4])
    return None


def wait_for(what, message: str, seconds: float = 30.0):
    end = time.monotonic() + seconds
    while not (found := what()):
        check(time.monotonic() < end, message)
        time.sleep(0.02)
    return found


def remove(group: Path) -> None:
    """All of it, however a test ended."""
    if not group.exists():
        return
    (group / "cgroup.kill").write_text("1")
    end = time.monotonic() + 10
    while "populated 1" in (group / "cgroup.events").read_text() and time.monotonic() < end:
        time.sleep(0.01)
    for folder, _, _ in os.walk(group, topdown=False):
        os.rmdir(folder)


@contextlib.contextmanager
def delegated(name: str, user: int = 0):
    """A group like those a site delegates; the worker is to be started in its `tally`."""
    group = mounted() / f"{name}-{os.getpid()}"
    (group / "tally").mkdir(parents=True)
    for folder in (group, group / "tally"):
        for file in ("", "cgroup.procs", "cgroup.subtree_control"):
            os.chown(folder / file, user, user)
    try:
        yield group
    finally:
        remove(group)


def inside(group: Path) -> tuple[str, ...]:
    return ("/bin/sh", "-c", f'echo $$ > "{group}/cgroup.procs" && exec "$@"', "sh")


def members(group: Path) -> set[int]:
    return {int(pid) for pid in (group / "cgroup.procs").read_text().split()}


def supervisors_of(group: Path) -> list[Path]:
    return sorted(group.glob("tally-*"))


def tree_of(it: Driver) -> set[int]:
    """bubblewrap, the guard, the program and what it started, once all are there."""
    return wait_for(lambda: next((found for pid in it.supervisors() if len(found := tree_below(pid)) == 4), None),
                    "no tree of four processes below the supervisor")


def named(what: str) -> str:
    return f"{what}-{os.getpid()}-{time.monotonic_ns()}"


# ---- the groups ----

def all_of_a_program_is_in_its_group(folder: Path, group: Path) -> None:
    mark = named("group")
    with driver(folder, prefix=inside(group / "tally")) as it:
        fence = it.ask({"probe": True})["fence"]
        check(fence.startswith(f"cgroup v2 at {group}: "), fence)
        it.send(python(WAITS, mark, limits={"wall": 600_000}))
        tree = tree_of(it)
        check(len(supervisors_of(group)) == 1, f"{supervisors_of(group)}")
        own = supervisors_of(group)[0]
        numbers = [each for each in own.iterdir() if each.is_dir() and each.name != "supervisor"]
        check(len(numbers) == 1 and members(numbers[0]) == tree, f"{numbers}, {tree}")
        check(members(own / "supervisor") == set(it.supervisors()), "the supervisor is elsewhere")
        check(members(group / "tally") == {it.process.pid}, "the worker was moved")
        for pid in tree:
            if command_lines().get(pid, b"").startswith(PYTHON.encode()):
                os.kill(pid, signal.SIGTERM)
        result = it.receive()
        check((result["ending"], result["status"]) == ("signalled", signal.SIGTERM), f"{result}")
        it.canonical()
        wait_for(lambda: [each.name for each in own.iterdir() if each.is_dir()] == ["supervisor"],
                 "a group outlives its program")
    check(supervisors_of(group) == [], f"left: {supervisors_of(group)}")


def what_a_dead_supervisor_left_is_swept(folder: Path, group: Path) -> None:
    foreign = group / "tally-of-somebody"
    foreign.mkdir()
    with driver(folder, prefix=inside(group / "tally")) as living, \
            driver(folder, prefix=inside(group / "tally")) as it:
        living.canonical()
        kept = [each for each in supervisors_of(group) if each != foreign]
        mark = named("swept")
        it.send(python(WAITS, mark, limits={"wall": 60_000}))
        tree_of(it)
        left = [each for each in supervisors_of(group) if each not in (foreign, *kept)]
        os.kill(it.supervisors()[0], signal.SIGKILL)
        check(it.receive()["ending"] == "broken", "a killed supervisor's program has a verdict")
        nothing_left(mark)
        check(len(left) == 1 and left[0].exists(), f"{left}")
        it.canonical()
        check(not left[0].exists() and kept[0].exists() and foreign.exists(), "swept wrongly")
        living.canonical()
    check(supervisors_of(group) == [foreign], f"{supervisors_of(group)}")
    foreign.rmdir()


def user_has_what_is_delegated(folder: Path) -> None:
    with delegated("tally-test-user", USER) as group, \
            driver(folder, prefix=(*inside(group / "tally"), *as_user())) as it:
        answer = it.ask({"probe": True})
        check(answer["fence"].startswith(f"cgroup v2 at {group}: "), f"{answer}")
        it.canonical()
        it.close()
        check(supervisors_of(group) == [], f"left: {supervisors_of(group)}")


def without_delegation_programs_run_as_ever(folder: Path, group: Path) -> None:
    with driver(folder, prefix=(*inside(group / "tally"), *as_user())) as it:
        answer = it.ask({"probe": True})
        check(answer["fence"] == f"no delegated cgroup ({group}: Permission denied)", f"{answer}")
        it.canonical()
    away = ("unshare", "--mount", "/bin/sh", "-c", f'umount "{mounted()}" && exec "$@"', "sh")
    with driver(folder, prefix=away) as it:
        answer = it.ask({"probe": True})
        check(answer["fence"] == "no delegated cgroup (version 2 is not mounted)", f"{answer}")
        it.canonical()


# ---- the limits of the kernel, with the guard out of the way ----

def unwatched(it: Driver, request: dict, mark: str) -> dict:
    """The result of a program whose guard sleeps from before its deed until that is done."""
    it.send(request)
    guard = watching_guard(mark)
    os.kill(guard, signal.SIGSTOP)
    wait_for(lambda: state_of(guard) == "T", "the guard does not stop")
    let_go(mark)
    wait_for(lambda: all(state_of(pid) in ("", "Z") for pid in tree_below(guard)), "the program does not end", 90)
    with contextlib.suppress(ProcessLookupError):
        os.kill(guard, signal.SIGCONT)
    return it.receive()


def memory_ends_at_the_groups_limit(it: Driver) -> None:
    for deed in ("b = bytearray(400 << 20)\n",
                 "import os\nif os.fork() == 0: b = bytearray(400 << 20)\nelse: os.wait()\n"):
        mark = named("memory")
        result = unwatched(it, python(BLIND + deed + "print('had it')\n", mark,
                                      limits={"memory": 64 * MB, "scratch": MB, "wall": 90_000, "cpu": 90_000}), mark)
        check((result["ending"], result["status"], result["problem"]) == ("memory_limit", 0, ""), f"{result}")
        check(result["output"] == b"there\n" and 0 < result["wall"] < 90 and 0 < result["cpu"] < 90, f"{result}")


def memory_of_the_group_above_is_no_verdict(it: Driver, group: Path) -> None:
    (group / "memory.max").write_text(str(100 * MB))
    mark = named("above")
    result = unwatched(it, python(BLIND + "b = bytearray(400 << 20)\nprint('had it')\n", mark,
                                  limits={"memory": 600 * MB, "wall": 90_000, "cpu": 90_000}), mark)
    (group / "memory.max").write_text("max")
    check((result["ending"], result["problem"]) ==
          ("broken", "the kernel killed it: the node or the job is out of memory"), f"{result}")
    it.canonical()


def processes_end_at_the_groups_limit(it: Driver) -> None:
    """Without isolation, for root, no other limit of the kernel counts them."""
    forks = ("import os, sys, time\ncount = 0\ntry:\n  while count < 100:\n    if os.fork() == 0:\n"
             "      time.sleep(1); os._exit(0)\n    count += 1\nexcept OSError: pass\n"
             "print(count)\ntime.sleep(2)\nsys.exit({})\n")
    # 8 + 12: all but the guard, the program and (not here) bubblewrap
    for code, ending in ((1, "process_limit"), (0, "exited")):
        mark = named("processes")
        result = unwatched(it, python(BLIND + forks.format(code), mark,
                                      limits={"processes": 8, "wall": 90_000, "cpu": 90_000, "memory": 900 * MB}), mark)
        check(result["output"] == b"there\n18\n", f"{result}")
        check(result["ending"] == ending, f"{result}")


def cgroups(context: Context) -> None:
    folder = programs(context)
    needs_sandbox(folder)
    if mounted() is None or os.geteuid() != 0 or not os.access(mounted(), os.W_OK):
        with driver(folder) as it:
            context.say(f"  not tried but for this: {it.ask({'probe': True})['fence']}")
        return
    with delegated("tally-test") as group:
        all_of_a_program_is_in_its_group(folder, group)
        what_a_dead_supervisor_left_is_swept(folder, group)
        without_delegation_programs_run_as_ever(folder, group)
        user_has_what_is_delegated(folder)
        controllers = (group / "cgroup.controllers").read_text().split()
        if not {"memory", "pids"} <= set(controllers):
            context.say(f"  no limits of the kernel tried: its controllers are {' '.join(controllers) or 'none'}")
            return
        with driver(folder, prefix=inside(group / "tally")) as it:
            check(it.ask({"probe": True})["fence"].endswith(": memory, pids"), "no controllers")
            memory_ends_at_the_groups_limit(it)
            memory_of_the_group_above_is_no_verdict(it, group)
        with driver(folder, "none", prefix=inside(group / "tally")) as it:
            processes_end_at_the_groups_limit(it)


if __name__ == "__main__":
    main(cgroups)

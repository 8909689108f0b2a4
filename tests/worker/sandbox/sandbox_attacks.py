"""Programs that attack the sandbox: all are contained, nothing is left running, the next one is well.

What each tries is in attack_programs.py; what it did is judged from outside.
"""

from __future__ import annotations

import os
import time

from attack_programs import ATTACKS
from sandbox_shared import (PYTHON, Context, Driver, Failure, MemoryWatch, Path, Skipped, World, as_user, check,
                            driver, main, needs_sandbox, nothing_left, programs)
import json

MB = 1 << 20
LIMITS = {"wall": 5000, "cpu": 4000, "memory": 256 * MB, "processes": 24, "output": 64 << 10,
          "scratch": 16 * MB}
SOURCE_OF_ATTACKS = Path(__file__).with_name("attack_programs.py").read_bytes().hex()
# What an ordinary user must be as safe from as root is: the kernel treats the two differently.
AS_USER = ("fork_bomb", "thread_bomb", "eats_memory_twenty_times", "spins_twenty_times", "kills_everything",
           "daemon_that_holds_the_pipes", "strangles_the_guard", "reads_the_guard", "becomes_root",
           "writes_outside", "writes_to_the_world", "connects_to_abstract_sockets", "makes_namespaces",
           "probes_descriptors", "makes_endless_files", "makes_endless_files_in_shared_memory")
# Those that do no harm without a fence, and whether World.check() notices them. None that kills, fills, removes
# or mounts what is not the test's own may come here.
UNFENCED = {"reads_host_files": False, "reads_environments": False, "lists_processes": False,
            "connects_to_loopback": True, "connects_to_abstract_sockets": True, "connects_to_socket_files": True,
            "writes_to_the_world": True}


def request(it: Driver, world: World, name: str, mark: str) -> dict:
    return {"argv": [PYTHON, "-I", "/tally/attack_programs.py", name, mark, json.dumps(world.facts(it.process.pid))],
            "files": {"attack_programs.py": SOURCE_OF_ATTACKS}, "limits": LIMITS | ATTACKS[name]["limits"]}


def contained(it: Driver, world: World, name: str) -> dict:
    attack = ATTACKS[name]
    mark = f"{name}-{os.getpid()}-{time.monotonic_ns()}"
    watch = MemoryWatch(mark)
    watch.start()
    result = it.ask(request(it, world, name, mark))
    peak = watch.stop()
    left = f"{name}: {result}"
    check(b"ESCAPED" not in result["output"], left)
    check(result["ending"] in attack["endings"], f"{left}, expected {attack['endings']}")
    check(attack["status"] is None or result["status"] == attack["status"], left)
    check(len(result["output"]) <= LIMITS["output"] and len(result["errors"]) <= LIMITS["output"], left)
    check(peak < 4 * LIMITS["memory"], f"{name}: {peak >> 20} MB seen from outside")
    nothing_left(mark)
    world.check()
    it.canonical()
    return result


def reached(world: World) -> bool:
    try:
        world.check()
    except Failure:
        return True
    return False


def without_a_fence_attacks_escape(folder: Path, context: Context) -> None:
    """Else an attack that works no more would look contained, and so would what nobody looks at."""
    prefix = as_user() if os.geteuid() == 0 else ()
    with driver(folder, "none", prefix=prefix) as it:
        for name, noticed in UNFENCED.items():
            world = World(context.folder(f"open_{name}"))
            mark = f"{name}-{os.getpid()}-{time.monotonic_ns()}"
            result = it.ask(request(it, world, name, mark))
            check(b"ESCAPED" in result["output"], f"{name} without a fence: {result}, expected ESCAPED")
            check(reached(world) is noticed, f"{name} without a fence: noticed outside: {not noticed}")
            nothing_left(mark)
    context.say(f"  without a fence {len(UNFENCED)} attacks escape")


def every_attack_is_contained(folder: Path, world: World, context: Context) -> None:
    check(len(ATTACKS) >= 40, f"only {len(ATTACKS)} attacks")
    with driver(folder) as it:
        for name in ATTACKS:
            began = time.monotonic()
            result = contained(it, world, name)
            context.say(f"  {time.monotonic() - began:5.2f} s {name}: {result['ending']}")
            if name == "prints_any_bytes":
                expected = bytes(range(256)) + b"\x00\x1b[2J\x1b]0;title\x07\xff\xfe"
                check(result["output"] == expected, f"bytes changed: {result['output']}")
        check(len(it.supervisors()) == 1, f"supervisors: {it.supervisors()}")


def an_ordinary_user_is_as_safe(folder: Path, world: World, context: Context) -> None:
    if os.geteuid() != 0:
        context.say("  not root: all of the above ran as an ordinary user")
        return
    with driver(folder, prefix=as_user()) as it:
        check(it.ask({"probe": True})["probe"] == "good", "the probe of an ordinary user")
        for name in AS_USER:
            contained(it, world, name)


def attacks(context: Context) -> None:
    folder = programs(context)
    without_a_fence_attacks_escape(folder, context)
    needs_sandbox(folder)
    world = World(context.folder("world"))
    every_attack_is_contained(folder, world, context)
    an_ordinary_user_is_as_safe(folder, world, context)
    context.say(f"  {len(ATTACKS)} attacks contained")


if __name__ == "__main__":
    main(attacks)

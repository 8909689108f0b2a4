"""Failing system calls: which ones touch a folder, and making exactly one of them fail.

strace counts `when=` per system call and thread, and injects only into calls that `trace=` names,
too. So `when=5` fails the fifth call of every thread: where that is the dynamic loader's in one
thread, the point says nothing about the others. Such numbers are left out; a run with many commits
reaches numbers that no loader does.
"""

from __future__ import annotations

import collections
import dataclasses
import functools
import re
import shutil
import subprocess
from pathlib import Path

from harness import CommandLine, Failure, Finished, Programs, Skipped, check

ENTRY = re.compile(r"^(\d+)\s+(\w+)\((.*)$")

# What may go wrong with each call. "KILL" is SIGKILL on entry; "SHORT" lies: the call is skipped
# and claims to have written 100 bytes, so the file gets too short. Not so with pwrite64, where only
# the kernel's word says what is in the middle of a file.
FAULTS: dict[str, tuple[str, ...]] = {
    "openat": ("ENOSPC", "EDQUOT", "EIO", "EINTR", "EROFS", "EMFILE", "ESTALE", "KILL"),
    "write": ("ENOSPC", "EDQUOT", "EIO", "EINTR", "SHORT", "KILL"),
    "pwrite64": ("ENOSPC", "EDQUOT", "EIO", "EINTR", "KILL"),
    "fsync": ("ENOSPC", "EDQUOT", "EIO", "EINTR", "EROFS", "KILL"),
    "fdatasync": ("ENOSPC", "EIO", "KILL"),
    "fstat": ("EIO", "ESTALE", "KILL"),
    "newfstatat": ("EIO", "ESTALE", "KILL"),
    "statx": ("EIO", "ESTALE", "KILL"),
    "close": ("ENOSPC", "EDQUOT", "EIO", "EINTR", "KILL"),
    "rename": ("ENOSPC", "EDQUOT", "EIO", "EROFS", "ESTALE", "KILL"),
    "renameat": ("ENOSPC", "EIO", "KILL"),
    "renameat2": ("ENOSPC", "EDQUOT", "EIO", "EROFS", "EEXIST", "EINVAL", "ESTALE", "KILL"),
    "link": ("ENOSPC", "EDQUOT", "EIO", "EROFS", "EEXIST", "KILL"),
    "linkat": ("ENOSPC", "EIO", "EEXIST", "KILL"),
    "symlink": ("ENOSPC", "EDQUOT", "EIO", "EEXIST", "KILL"),
    "symlinkat": ("ENOSPC", "EIO", "EEXIST", "KILL"),
    "unlink": ("EIO", "EROFS", "KILL"),
    "unlinkat": ("EIO", "EROFS", "KILL"),
    "rmdir": ("EIO", "KILL"),
    "mkdir": ("ENOSPC", "EDQUOT", "EIO", "EROFS", "KILL"),
    "mkdirat": ("ENOSPC", "EIO", "KILL"),
    "getdents64": ("EIO", "ESTALE", "KILL"),
    "read": ("EIO", "EINTR", "ESTALE", "KILL"),
    "pread64": ("EIO", "EINTR", "ESTALE", "KILL"),
    "ftruncate": ("ENOSPC", "EIO", "KILL"),
    "fallocate": ("ENOSPC", "EIO", "KILL"),
    "copy_file_range": ("ENOSPC", "EIO", "KILL"),
    "flock": ("EIO", "EINTR", "ENOLCK", "EAGAIN", "KILL"),
    "readlink": ("EIO", "ESTALE", "KILL"),
    "readlinkat": ("EIO", "ESTALE", "KILL"),
    "fcntl": ("EMFILE", "KILL"),
    "dup2": ("EBUSY", "KILL"),
}
# They cannot fail on a file that was opened, or nothing is decided from them.
HARMLESS = {"lseek", "mmap", "munmap", "fadvise64", "execve"}
# Errors that stay once they have come, as those of a full or broken disk do.
LASTING: dict[str, tuple[str, ...]] = {
    "write": ("ENOSPC", "EIO"), "pwrite64": ("ENOSPC", "EIO"), "fsync": ("EIO",),
    "openat": ("ENOSPC",), "renameat2": ("EINVAL", "EIO"), "link": ("EIO",), "rename": ("EIO",),
}


@dataclasses.dataclass(frozen=True)
class Point:
    """One call to fail: the `when`-th `call` of a thread; a lasting fault fails all from there."""

    call: str
    fault: str
    when: int
    lasting: bool = False
    always: str = ""  # another injection that is on all the time

    def options(self) -> CommandLine:
        action = {"KILL": "signal=KILL", "SHORT": "retval=100"}.get(self.fault,
                                                                   f"error={self.fault}")
        plus = "+" if self.lasting else ""
        line = ["-e", f"inject={self.call}:{action}:when={self.when}{plus}"]
        names = self.call
        if self.always:
            line += ["-e", f"inject={self.always}"]
            names += "," + self.always.partition(":")[0]
        return ["-e", f"trace={names}", *line]

    def __str__(self) -> str:
        plus = "+" if self.lasting else ""
        return f"{self.call} {self.fault} when={self.when}{plus} {self.always}".strip()


@functools.cache
def require() -> str:
    """The program, which is there and may trace."""
    program = shutil.which("strace")
    if program is None:
        raise Skipped("strace is not installed")
    tried = subprocess.run([program, "-o", "/dev/null", "/bin/true"], capture_output=True,
                           text=True, check=False)
    if "Operation not permitted" in tried.stderr and "ptrace" in tried.stderr.lower():
        raise Skipped("strace may not trace here")
    check(tried.returncode == 0, f"strace does not trace: {tried.stderr}")
    return program


@dataclasses.dataclass(frozen=True)
class Call:
    """One system call of a trace: the `number`-th `name` of its thread."""

    thread: str
    name: str
    number: int
    touches: bool  # the folder under test
    text: str


def record(programs: Programs, line: CommandLine, folder: Path, always: str = "") -> list[Call]:
    """Runs `line` once and returns its calls on files and descriptors, in order."""
    file = programs.scratch / "strace.txt"
    extra = ["-e", f"inject={always}"] if always else []
    command = [require(), "-f", "-y", "-o", str(file), "-e", "trace=%file,%desc", *extra, *line]
    programs.run(command).expect(0)
    counts: collections.Counter[tuple[str, str]] = collections.Counter()
    calls = []
    for text in file.read_text(errors="replace").splitlines():
        entry = ENTRY.match(text)
        if entry is None:
            continue  # a signal, an exit, or the second half of a call
        thread, name, arguments = entry.groups()
        counts[thread, name] += 1
        calls.append(Call(thread, name, counts[thread, name], str(folder) in arguments,
                          f"{name}({arguments}"))
    return calls


def names_touching(calls: list[Call]) -> set[str]:
    """Every system call that touches the folder. One that this file does not know is a Failure."""
    names = {call.name for call in calls if call.touches} - HARMLESS
    check(names <= set(FAULTS), f"no faults are known for {sorted(names - set(FAULTS))}")
    return names


def numbers_touching(calls: list[Call]) -> dict[str, set[int]]:
    """By call, the numbers that touch the folder in one thread and nothing else in any other."""
    touching: dict[str, set[int]] = {name: set() for name in names_touching(calls)}
    elsewhere: dict[str, set[int]] = collections.defaultdict(set)
    for call in calls:
        if call.name in touching:
            (touching if call.touches else elsewhere)[call.name].add(call.number)
    return {name: numbers - elsewhere[name] for name, numbers in touching.items()}


Numbers = dict[str, set[int]]


def passage(calls: list[Call], first: str, last: str, free: Numbers) -> Numbers:
    """The calls of one thread that touch the folder, from one whose text matches `first` to one
    that matches `last`: of the first such passage where every number is free."""
    for begin, start in enumerate(calls):
        if not (start.touches and re.match(first, start.text)):
            continue
        mine = [call for call in calls[begin:] if call.thread == start.thread and call.touches]
        ends = [at for at, call in enumerate(mine) if at > 0 and re.match(last, call.text)]
        inside = mine[:ends[0] + 1] if ends else []
        if inside and all(call.number in free.get(call.name, ()) for call in inside):
            found: Numbers = collections.defaultdict(set)
            for call in inside:
                found[call.name].add(call.number)
            return found
    raise Failure(f"no passage from {first!r} to {last!r} that a fault could hit alone")


def spread(numbers: set[int], most: int) -> set[int]:
    """The first, the last, and `most` - 2 evenly between them."""
    ordered = sorted(numbers)
    if len(ordered) <= most:
        return set(ordered)
    return {ordered[round(i * (len(ordered) - 1) / (most - 1))] for i in range(most)}


def points_of(numbers: Numbers, always: str = "") -> list[Point]:
    """Every fault at every number."""
    points = []
    for call, whens in sorted(numbers.items()):
        for when in sorted(whens):
            points += [Point(call, fault, when, always=always) for fault in FAULTS[call]]
            points += [Point(call, fault, when, True, always) for fault in LASTING.get(call, ())]
    return points


def inject(programs: Programs, point: Point, line: CommandLine) -> Finished:
    # Faster, but strace 6.1 then never delivers a signal at `when=2` or later.
    fast = [] if point.fault == "KILL" else ["--seccomp-bpf"]
    command = [require(), "-f", "-qq", *fast, "-o", "/dev/null", *point.options()]
    return programs.run([*command, *line])

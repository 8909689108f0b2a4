"""Failing system calls: which ones touch a folder, and making exactly one of them fail.

strace counts `when=` per system call and thread, and injects only into calls that `trace=` names,
too. So `when=5` fails the fifth call of every thread: where that is the dynamic loader's in one
thread, the point says nothing about the others. Such numbers are left out; a run with many commits
reaches numbers that no loader does.
"""

from __future__ import annotations

import collections
import dataclasses
import re
import shutil
from pathlib import Path

from harness import CommandLine, Finished, Programs, Skipped

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
}
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


def require() -> str:
    program = shutil.which("strace")
    if program is None:
        raise Skipped("strace is not installed")
    return program


def calls_touching(programs: Programs, line: CommandLine, folder: Path,
                   always: str = "") -> dict[str, set[int]]:
    """Runs `line` once and returns, by call, which of them (counted by thread) touch `folder` in
    one thread and nothing else in any other."""
    record = programs.scratch / "strace.txt"
    names = ",".join(FAULTS)
    extra = ["-e", f"inject={always}"] if always else []
    command = [require(), "-f", "-y", "-o", str(record), "-e", f"trace={names}", *extra, *line]
    finished = programs.run(command)
    if "Operation not permitted" in finished.stderr and "ptrace" in finished.stderr:
        raise Skipped("strace may not trace here")
    finished.expect(0)
    counts: collections.Counter[tuple[str, str]] = collections.Counter()
    touching: dict[str, set[int]] = collections.defaultdict(set)
    elsewhere: dict[str, set[int]] = collections.defaultdict(set)
    for text in record.read_text(errors="replace").splitlines():
        entry = ENTRY.match(text)
        if entry is None or entry[2] not in FAULTS:
            continue  # a signal, an exit, or the second half of a call
        thread, call, arguments = entry.groups()
        counts[thread, call] += 1
        where = touching if str(folder) in arguments else elsewhere
        where[call].add(counts[thread, call])
    return {call: numbers - elsewhere[call] for call, numbers in touching.items()}


def edges(numbers: set[int], most: int) -> list[int]:
    """All of them, or the first and last ones: what lies between repeats the same code."""
    ordered = sorted(numbers)
    return ordered if len(ordered) <= most else ordered[:most // 3] + ordered[-(most - most // 3):]


def points_of(touching: dict[str, set[int]], most: int, always: str = "") -> list[Point]:
    """The points to try: at most `most` numbers of each call."""
    points = []
    for call, numbers in sorted(touching.items()):
        for when in edges(numbers, most):
            points += [Point(call, fault, when, always=always) for fault in FAULTS[call]]
            points += [Point(call, fault, when, True, always) for fault in LASTING.get(call, ())]
    return points


def inject(programs: Programs, point: Point, line: CommandLine) -> Finished:
    # Faster, but strace 6.1 then never delivers a signal at `when=2` or later.
    fast = [] if point.fault == "KILL" else ["--seccomp-bpf"]
    command = [require(), "-f", "-qq", *fast, "-o", "/dev/null", *point.options()]
    return programs.run([*command, *line])

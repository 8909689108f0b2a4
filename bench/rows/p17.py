"""P17: publishing a file that survives power loss."""

import pathlib

from rows import Goal, Program, Row
from rows import tools


def make(binaries: pathlib.Path, folder: pathlib.Path) -> Row:
    return Row(
        "P17", "200 durable publishes of 4 KiB, ours and the bare system calls in turn", "us",
        {"publish_new": Program(
            lambda: tools.values(binaries / "bench-publish", folder / "publish", 200))},
        [Goal("publish_new / bare", "publish_new", "bare", "<=", 1.2)])

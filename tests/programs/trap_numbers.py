"""Each trap that other harnesses fell into has a test that names it. Prints which.

Numbers that are not here belong to parts that Tally does not have. In C++ a tag says so, `[trap-7]`; in Python the line before a test, `@trap(7)`.
"""

from __future__ import annotations

import collections
import re
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
TRAPS = {
    1: "a duplicate (doc, sample) inflates n",
    2: "identical completions are dropped as duplicates",
    3: "pass@k of n < k is 1.0",
    4: "pass@k is used as a bool, or a percent averaged twice",
    5: "an iterator is consumed twice",
    6: "the last replica counts instead of the mean",
    7: "a missing index or id is 0, an unparsable answer is 0",
    8: "a falsy gold is dropped",
    9: "an update reaches the docs of other runs",
    10: "a percent is taken for a fraction",
    13: "half-written JSON, NaN and infinity, odd numbers, a locale's comma",
    14: "NaN wins an argmax",
    15: "ties go to whom was seen first",
    16: "invalid answers win a majority",
    17: "nothing to check passes",
    18: "an error code is true, and so a pass",
    19: "exit code 0 without the tests being run passes",
    20: "a fault of the machine is graded as wrong",
    21: "a wall limit on a loaded node fails what is right",
    22: "a program outlives its limit or its rank",
    23: "big integers are compared as doubles, a tolerance reaches other tests",
    24: "thousands separators, currency, trailing dots, unicode minus, boxes",
    25: "an article, or a letter beyond the choices, is an answer",
    26: "a dialect of regexes, and texts that make them run for ever",
    27: "a checker is not deterministic",
    28: "a null or empty response crashes or matches",
    29: "completions are joined by prompt or by position",
    30: "unequal lists are zipped to the shorter",
    31: "a file that exists is done, also when it changed or holds errors",
    32: "resume counts instead of looking for holes",
    33: "chunks are known by their size or by the world's",
    34: "padding on uneven ranks doubles rows",
    35: "models, revisions or samples share what was cached",
    36: "an error that was cached is replayed",
    37: "docs with errors leave the denominator",
    38: "a late result of a superseded try counts",
    39: "a failure to save is swallowed, names collide",
    40: "a mean over groups leaves out the absent one",
    41: "a standard error over samples instead of docs",
    42: "the noise of floats decides",
    43: "ids change their type, docs their order",
    44: "quotes, NA, byte order marks and line ends in a table",
    45: "packed files of several members, or cut",
    46: "names of models with slashes and colons",
}
CASE = re.compile(r'TEST_CASE\(\s*"((?:[^"\\]|\\.)*)",\s*"((?:\[[^\]]*\])*)"', re.S)
FUNCTION = re.compile(r"^@trap\((\d+)\)\ndef (\w+)", re.M)


def tests_by_trap() -> dict[int, list[str]]:
    found = collections.defaultdict(list)
    for file in sorted(TESTS.rglob("*_test.cpp")):
        for name, tags in CASE.findall(file.read_text(encoding="utf-8")):
            for number in re.findall(r"\[trap-(\d+)\]", tags):
                found[int(number)].append(f"{file.relative_to(TESTS)}: {name}")
    for file in sorted((TESTS / "programs").glob("*.py")):
        for number, name in FUNCTION.findall(file.read_text(encoding="utf-8")):
            found[int(number)].append(f"{file.relative_to(TESTS)}: {name.replace('_', ' ')}")
    return found


def main() -> None:
    found = tests_by_trap()
    for number, what in TRAPS.items():
        print(f"{number:2}  {what}")
        for test in found.get(number, ["NO TEST"]):
            print(f"      {test}")
    missing = sorted(set(TRAPS) - set(found))
    unknown = sorted(set(found) - set(TRAPS))
    if missing or unknown:
        sys.exit(f"traps without a test: {missing}; tests of unknown traps: {unknown}")


if __name__ == "__main__":
    main()

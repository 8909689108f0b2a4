#!/usr/bin/env python3
"""Writes the problems, the completions of two imaginary models, and the figures that they must get.

The figures come from the verdicts that stand beside the completions here, not from a run: every
completion is written with the number of tests that it passes. A second run writes the same bytes.
"""

from __future__ import annotations

import fractions
import json
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
REPEATS = 2


def fenced(code: str) -> str:
    return f"Let us see.\n\n```python\n{code}```\n\nThat should do.\n"


class Problem:
    """One doc, and for both models two completions, each with the number of tests that pass."""

    def __init__(self, name: str, row: dict, tests: int, wren: list, heron: list) -> None:
        self.name = name
        self.row = row
        self.tests = tests
        self.draws = {"wren": wren, "heron": heron}


def humaneval(name: str, head: str, entry: str, body: str, test: str, wren: list, heron: list) -> Problem:
    row = {"task_id": name, "prompt": head, "entry_point": entry, "canonical_solution": body, "test": test}
    return Problem(name, row, 1, wren, heron)


BODIES = [
    humaneval("birds/0", 'def area(width, height):\n    """The area of a rectangle."""\n', "area",
              "    return width * height\n",
              "def check(candidate):\n    assert candidate(2, 3) == 6\n    assert candidate(0, 9) == 0\n",
              [("    return width * height\n", 1), ("    return height * width\n", 1)],
              [("    return width + height\n", 0), ("    return width * height\n", 1)]),
    humaneval("birds/1", 'from typing import List\n\n\ndef largest(xs: List[int]) -> int:\n    """The largest."""\n',
              "largest", "    return max(xs)\n",
              "def check(candidate):\n    assert candidate([1, 5, 2]) == 5\n    assert candidate([-3]) == -3\n",
              [("    return sorted(xs)[-1]\n", 1),
               ("    best = 0\n    for x in xs:\n        best = max(best, x)\n    return best\n", 0)],
              [("    while True:\n        pass\n", 0), ("    return max(xs)\n", 1)]),
    humaneval("birds/2", "def poly(cs, x):\n    return sum(c * x ** i for i, c in enumerate(cs))\n\n\n"
              'def zero(cs):\n    """A zero of a polynomial of degree 1, lowest coefficient first."""\n',
              "zero", "    return -cs[0] / cs[1]\n",
              "def check(candidate):\n    for cs in ([2, 1], [-9, 3]):\n"
              "        assert abs(poly(cs, candidate(cs))) < 1e-9\n",
              [("    return -cs[0] / cs[1]\n", 1), ("    return -cs[0] / cs[1]\n", 1)],
              [("    return cs[0] / cs[1]\n", 0),
               ("    globals()['poly'] = lambda cs, x: 0\n    return 0\n", 0)]),
    humaneval("birds/3", 'def root(x):\n    """The square root; ValueError below 0."""\n', "root",
              "    if x < 0:\n        raise ValueError(x)\n    return x ** 0.5\n",
              "def check(candidate):\n    assert candidate(16) == 4\n    try:\n        candidate(-1)\n"
              "    except ValueError:\n        return\n    assert False, 'no ValueError'\n",
              [("    if x < 0:\n        raise ValueError('below 0')\n    return x ** 0.5\n", 1),
               ("    import math\n    return math.sqrt(x)\n", 1)],
              [("    return x ** 0.5\n", 0), ("    raise ValueError(x)\n", 0)]),
    humaneval("birds/4", 'def halves(word):\n    """The two halves of a word, the first the longer."""\n', "halves",
              "    middle = (len(word) + 1) // 2\n    return word[:middle], word[middle:]\n",
              "def check(candidate):\n    assert candidate('wren') == ('wr', 'en')\n"
              "    assert candidate('heron') == ('her', 'on')\n    assert candidate('') == ('', '')\n",
              [("    n = -(-len(word) // 2)\n    return (word[:n], word[n:])\n", 1),
               ("    n = -(-len(word) // 2)\n    return [word[:n], word[n:]]\n", 0)],
              [("    import os\n    print('PASSED', flush=True)\n    os._exit(0)\n", 0), ("", 0)]),
    humaneval("birds/5", 'def counts(xs):\n    """How often each element occurs."""\n', "counts",
              "    out = {}\n    for x in xs:\n        out[x] = out.get(x, 0) + 1\n    return out\n",
              "def check(candidate):\n    assert candidate('abca') == {'a': 2, 'b': 1, 'c': 1}\n"
              "    assert candidate([(1, 2), (1, 2)]) == {(1, 2): 2}\n",
              [("    from collections import Counter\n    return Counter(xs)\n", 1),
               ("    return {x: list(xs).count(x) for x in xs}\n", 1)],
              [("    return {x: xs.count(x) for x in xs}\n", 1),
               ("    class Any(dict):\n        def __eq__(self, other):\n            return True\n"
                "    return Any()\n", 0)]),
]


def mbpp(number: int, text: str, code: str, tests: list[str], wren: list, heron: list) -> Problem:
    row = {"task_id": number, "text": text, "code": code, "test_list": tests, "test_setup_code": "",
           "challenge_test_list": []}
    return Problem(str(number), row, len(tests), wren, heron)


PAIR = ("class Pair(object):\n    def __init__(self, a, b):\n        self.a = a\n        self.b = b\n\n\n"
        "def widest(pairs):\n    return max(pair.b - pair.a for pair in pairs)\n")

SNIPPETS = [
    mbpp(1, "Write a function to double a number.", "def twice(x):\n    return 2 * x\n",
         ["assert twice(2) == 4", "assert twice(0) == 0", "assert twice('ab') == 'abab'"],
         [(fenced("def twice(x):\n    return x + x\n"), 3), (fenced("def twice(x):\n    return 2 * x\n"), 3)],
         [(fenced("def twice(x):\n    return x ** 2\n"), 2), (fenced("def double(x):\n    return 2 * x\n"), 0)]),
    mbpp(2, "Write a function to sum the common divisors of two numbers.",
         "def sum(a, b):\n    total = 0\n    for i in range(1, min(a, b)):\n"
         "        if a % i == 0 and b % i == 0:\n            total += i\n    return total\n",
         ["assert sum(10, 15) == 6", "assert sum(100, 150) == 93", "assert sum(4, 6) == 3"],
         [(fenced("def sum(a, b):\n    t = 0\n    for i in range(1, min(a, b)):\n"
                  "        t += i if a % i == b % i == 0 else 0\n    return t\n"), 3),
          (fenced("def sum(a, b):\n    return 6\n"), 1)],
         [("I would rather not.\n", 0), (fenced("def sum(a, b)\n    return 6\n"), 0)]),
    mbpp(3, "Write a function to find the widest of some pairs.", PAIR,
         ["assert widest([Pair(5, 24), Pair(39, 60)]) == 21", "assert widest([Pair(1, 2)]) == 1",
          "assert widest([Pair(-1, 1), Pair(0, 1)]) == 2"],
         [(fenced(PAIR), 3), (fenced(PAIR.replace("max", "min")), 1)],
         [(fenced("import sys\nsys.exit(0)\n"), 0), (fenced(PAIR.replace("pair.b - pair.a", "pair.b")), 0)]),
    mbpp(4, "Write a function to compute the circumference of a circle.",
         "import math\n\n\ndef circumference(r):\n    return 2 * math.pi * r\n",
         ["assert math.isclose(circumference(1), 6.283185307179586)", "assert circumference(0) == 0",
          "assert math.isclose(circumference(2), 12.566370614359172, rel_tol=1e-3)"],
         [(fenced("from math import tau\n\n\ndef circumference(r):\n    return tau * r\n"), 3),
          (fenced("def circumference(r):\n    return 6.2832 * r\n"), 2)],
         [(fenced("import math\n\nmath.isclose = lambda *a, **k: True\n\n\ndef circumference(r):\n    return 3\n"), 0),
          (fenced("def circumference(r):\n    return 6.283185307179586 * r\n"), 3)]),
    mbpp(5, "Write a function to list the first squares.", "def squares(n):\n    return [i * i for i in range(n)]\n",
         ["assert squares(3) == [0, 1, 4]", "assert squares(0) == []", "assert squares(1) == [0]"],
         [(fenced("def squares(n):\n    return [i ** 2 for i in range(n)]\n"), 3),
          (fenced("def squares(n):\n    return (i * i for i in range(n))\n"), 0)],
         [(fenced("def squares(n):\n    return [0, 1, 4][:n]\n"), 3),
          (fenced("def squares(n):\n    out = []\n    while len(out) != n:\n        out.append(len(out) ** 2)\n"
                  "    while n == 1:\n        pass\n    return out\n"), 2)]),
]


def contest(name: str, text: str, tests: list, code: str, wren: list, heron: list) -> Problem:
    pairs = [{"input": given, "output": wanted} for given, wanted in tests]
    row = {"name": name, "description": text, "public_tests": pairs[:1], "private_tests": pairs[1:],
           "solutions": [{"language": "PYTHON3", "solution": code}]}
    return Problem(name, row, len(tests), wren, heron)


PROGRAMS = [
    contest("sums", "Read n, then n lines of two numbers; print their sums.",
            [("2\n1 2\n3 4\n", "3\n7\n"), ("1\n-1 1\n", "0\n"), ("1\n10 5\n", "15\n")],
            "for _ in range(int(input())):\n    print(sum(map(int, input().split())))\n",
            [(fenced("n = int(input())\nfor _ in range(n):\n    a, b = map(int, input().split())\n    print(a + b)\n"), 3),
             (fenced("for _ in range(int(input())):\n    a, b = map(int, input().split())\n    print(abs(a + b))\n"), 3)],
            [(fenced("print(3)\nprint(7)\n"), 1),
             (fenced("for _ in range(int(input()) + 1):\n    print(sum(map(int, input().split())))\n"), 0)]),
    contest("third", "Read x; print a third of it.", [("1\n", "0.333333\n"), ("3\n", "1\n")],
            "print(int(input()) / 3)\n",
            [(fenced("print(int(input()) / 3)\n"), 2), (fenced("print('%.7f' % (int(input()) / 3))\n"), 2)],
            [(fenced("print(int(input()) // 3)\n"), 1), (fenced("while True:\n    pass\n"), 0)]),
    contest("even", "Read x; print YES when it is even, else NO.", [("4\n", "YES\n"), ("7\n", "NO\n")],
            "print('NO' if int(input()) % 2 else 'YES')\n",
            [(fenced("print('no' if int(input()) % 2 else 'yes')\n"), 2),
             (fenced("print('YES' if int(input()) % 2 else 'NO')\n"), 0)],
            [(fenced("print('YES')\n"), 1), (fenced("print('YES')\nraise SystemExit(1)\n"), 0)]),
    contest("words", "Count the words of a text.", [("a b\nc\n", "3\n"), ("\n", "0\n")],
            "import sys\n\nprint(len(sys.stdin.read().split()))\n",
            [(fenced("import sys\n\nprint(len(sys.stdin.read().split()))\n"), 2),
             (fenced("print(len(open(0).read().split()))\n"), 2)],
            [(fenced("print(len(input().split()))\n"), 1), (fenced("import os\nos.abort()\n"), 0)]),
]


def function(name: str, text: str, entry: str, starter: str, tests: list, wren: list, heron: list) -> Problem:
    cases = [{"input": "\n".join(json.dumps(each) for each in given), "output": json.dumps(wanted),
              "testtype": "functional"} for given, wanted in tests]
    row = {"question_id": name, "question_content": text, "starter_code": starter, "difficulty": "easy",
           "public_test_cases": json.dumps(cases[:1]), "private_test_cases": json.dumps(cases[1:]),
           "metadata": json.dumps({"func_name": entry})}
    return Problem(name, row, len(tests), wren, heron)


def method(head: str, *body: str) -> str:
    return fenced("class Solution:\n    " + head + "\n" + "".join(f"        {line}\n" for line in body))


PAIRS = "def pairSum(self, nums: List[int], target: int) -> List[int]:"
RANKS = "def ranks(self, words: List[str]) -> List[List[str]]:"
STEPS = "def steps(self, n: int) -> int:"

METHODS = [
    function("pair-sum", "Positions of the two numbers that sum to target.", "pairSum",
             "class Solution:\n    " + PAIRS + "\n        ",
             [([[2, 7, 11], 9], [0, 1]), ([[3, 2, 4], 6], [1, 2]), ([[3, 3], 6], [0, 1])],
             [(method(PAIRS, "seen = {}", "for i, x in enumerate(nums):", "    if target - x in seen:",
                      "        return [seen[target - x], i]", "    seen[x] = i"), 3),
              (method(PAIRS, "return next(c for c in combinations(range(len(nums)), 2)",
                      "            if nums[c[0]] + nums[c[1]] == target)"), 3)],
             [(method(PAIRS, "return [0, 1]"), 2), (method(PAIRS, "return {0, 1}"), 0)]),
    function("ranks", "Words by length, the shortest first.", "ranks", "class Solution:\n    " + RANKS + "\n        ",
             [([["bb", "a", "cc"]], [["a"], ["bb", "cc"]]), ([[]], [])],
             [(method(RANKS, "out = defaultdict(list)", "for word in words:", "    out[len(word)].append(word)",
                      "return [out[n] for n in sorted(out)]"), 2),
              (method(RANKS, "return []"), 1)],
             [(method(RANKS, "raise RuntimeError('not today')"), 0), ("def ranks(words): return []\n", 0)]),
    function("steps", "Ways to climb n steps, one or two at a time.", "steps", "class Solution:\n    " + STEPS + "\n        ",
             [([1], 1), ([2], 2), ([90], 4660046610375530309)],
             [(method(STEPS, "a, b = 1, 1", "for _ in range(n):", "    a, b = b, a + b", "return a"), 3),
              (method("@cache\n    " + STEPS, "return n if n < 3 else self.steps(n - 1) + self.steps(n - 2)"), 3)],
             [(method(STEPS, "return n if n < 3 else self.steps(n - 1) + self.steps(n - 2)"), 2),
              (method(STEPS, "return round(1.618033988749895 ** (n + 1) / 5 ** 0.5)"), 2)]),
]

SETS = {"bodies": BODIES, "snippets": SNIPPETS, "programs": PROGRAMS, "methods": METHODS}


def figures(problems: list[Problem], model: str) -> dict:
    """Every doc weighs the same; a draw scores when it passes all tests."""
    one = fractions.Fraction(1)
    docs = [[(draw[1], problem.tests) for draw in problem.draws[model]] for problem in problems]
    right = [[passed == tests for passed, tests in doc] for doc in docs]
    return {"accuracy": float(sum(one * sum(doc) / REPEATS for doc in right) / len(docs)),
            "pass@2": float(one * sum(any(doc) for doc in right) / len(docs)),
            "mean:tests_passed": float(sum(sum(one * p / t for p, t in doc) / REPEATS for doc in docs) / len(docs))}


def write_lines(path: pathlib.Path, rows: list[dict]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def main() -> None:
    tasks = []
    for model in ("wren", "heron"):
        lines = []
        for name, problems in SETS.items():
            lines += [{"dataset": name, "doc_id": problem.name, "sample_idx": i, "completion": draw[0]}
                      for problem in problems for i, draw in enumerate(problem.draws[model])]
            tasks.append({"model": model, "dataset": name, "task": name, "metrics": figures(problems, model)})
        write_lines(HERE / "data" / f"{model}.jsonl", lines)
    for name, problems in SETS.items():
        write_lines(HERE / "data" / f"{name}.jsonl", [problem.row for problem in problems])
    (HERE / "expected.json").write_text(json.dumps({"tasks": tasks}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""Runs of recorded answers, a scene for each evaluator that takes them: docs, answers and run.yaml, the same every
time.
"""

from __future__ import annotations

import dataclasses
import json
import random
from collections.abc import Callable

from shared import SOURCE, Path, check
from harness import RUN_ID

PROFILES = Path("/usr/lib/python3/dist-packages/langdetect/profiles")
REPEATS = 3


@dataclasses.dataclass(frozen=True)
class Scene:
    """What one run is made of. The lines of `answers` may stand in any order."""

    name: str
    datasets: dict[str, tuple[str, list[dict]]]  # slug: format, docs
    answers: list[dict]  # dataset, doc_id, sample_idx and what was answered
    tasks: list[str]  # flow mappings without models and sampling
    metrics: str
    check: Callable[[list[dict]], None]  # of the score index: the scene has what it is for
    files: dict[str, str] = dataclasses.field(default_factory=dict)

    def write(self, folder: Path, order: random.Random | None = None, more: str = "") -> Path:
        """Docs, answers in their own order or another, and the config, whose path is given back."""
        lines = list(self.answers)
        if order:
            order.shuffle(lines)
        for name, rows in [("answers", lines)] + [(slug, docs) for slug, (_, docs) in self.datasets.items()]:
            text = "".join(json.dumps(row) + "\n" for row in rows)
            (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
        for name, text in self.files.items():
            (folder / name).write_text(text, encoding="utf-8")
        sources = "".join(f"  - {{slug: {slug}, source: {slug}.jsonl, format: {form}{self.id_key(form)}}}\n"
                          for slug, (form, _) in self.datasets.items())
        tasks = "".join(f"  - {{models: [m], sampling: {{repeats: {REPEATS}}}, {task}}}\n" for task in self.tasks)
        config = folder / "run.yaml"
        config.write_text(f"""version: 1
run: {{id: {RUN_ID}, seed: 5}}
models: [{{name: m, backend: replay, completions: answers.jsonl}}]
datasets:
{sources}tasks:
{tasks}metrics: {self.metrics}
resources: {{ranks: 3}}
{more}""", encoding="utf-8")
        return config

    @staticmethod
    def id_key(form: str) -> str:
        return ", id: id" if form in ("mmlu", "jsonl") else ""


def answered(numbers: random.Random, dataset: str, ids: list[str], texts: list, **more: Callable) -> list[dict]:
    """An answer for every repeat of every doc, drawn from `texts`."""
    return [{"dataset": dataset, "doc_id": doc, "sample_idx": repeat, "completion": numbers.choice(texts)}
            | {key: draw() for key, draw in more.items()} for doc in ids for repeat in range(REPEATS)]


TEXTS = [  # what rules stumble over
    "The answer is (B).", "Answer: C", "A dog.", "", None, "B", "the answer is E.", "#### 7",
    "it is $1,000.", "\\boxed{7}", "7\nor 8", "The answer is 8.", "**A**", "*" * 1000, "\u2212 7",
    "The 7!", "seven", "$" * 50, "\x00", "\u00e9", "1/3", "25%", "7.", "7.0", " 7 ", "{" * 99]
RULES = {  # task: evaluator, extractor, comparator
    "letter": ("multi_choice", "letter", ""),
    "first": ("multi_choice", "lm_eval:mmlu_generative", ""),
    "loglikelihood": ("multi_choice", "loglikelihood", ""),
    "numeric": ("free_response", "numeric", "numeric"),
    "boxed": ("free_response", "boxed", "exact"),
    "opencompass": ("free_response", "opencompass:gsm8k", "opencompass:gsm8k"),
    "quasi": ("free_response", "first_line", "helm:quasi_exact_match"),
    "match": ("free_response", "exact", "inspect:match_numeric_end"),
    "plain": ("free_response", "exact", "hf:exact_match_ignore_case_punctuation"),
}


def choices_and_texts() -> Scene:
    numbers = random.Random(11)
    ids = [f"d{i}" for i in range(120)]
    questions = [{"id": id, "question": f"What is {id}?", "choices": ["7", "8", "\u00e9", "none"],
                  "answer": i % 4} for i, id in enumerate(ids)]
    facts = [{"id": id, "input": f"What is {id}?", "target": ["7", "8", "1000"][i % 3]}
             for i, id in enumerate(ids)]
    tasks = [f"name: {name}, evaluator: {evaluator}, extractor: '{extractor}', datasets: "
             + ("[questions]" if evaluator == "multi_choice" else f"[facts], comparator: '{comparator}'")
             for name, (evaluator, extractor, comparator) in RULES.items()]

    def values() -> list[float]:
        return [-float(numbers.randrange(1, 6)) for _ in range(4)]

    def checked(rows: list[dict]) -> None:
        for row in rows:
            likelihood = row["task"] == "loglikelihood"
            check("maj@3" in row["metrics"], f"{row['task']}: no maj@3")
            check(("mean:ties" in row["metrics"]) == likelihood, f"{row['task']}: {row['metrics']}")

    return Scene("answers", {"questions": ("mmlu", questions), "facts": ("jsonl", facts)},
                 [line for slug in ("questions", "facts")
                  for line in answered(numbers, slug, ids, TEXTS, loglikelihoods=values)],
                 tasks, '[accuracy, avg@2, maj@2, maj@3, "mean:acc_norm", "mean:acc_bytes", "mean:ties"]', checked)


def instructions() -> Scene:
    """The prompts of the example, with all 25 ids, six times; each answered by what was said to any of them."""
    numbers = random.Random(12)
    data = SOURCE / "examples" / "instruction_following" / "data"

    def rows(name: str) -> list[dict]:
        return [json.loads(line) for line in (data / name).read_text(encoding="utf-8").splitlines()]

    prompts = [row | {"key": row["key"] + 1000 * i} for i in range(6) for row in rows("prompts.jsonl")]
    texts = TEXTS + [row["completion"] for name in ("oak.jsonl", "reed.jsonl") for row in rows(name)] * 2
    profiles = f", language_profiles: {PROFILES}" if PROFILES.is_dir() else ""

    def checked(found: list[dict]) -> None:
        metrics = found[0]["metrics"]
        check(0 < metrics["mean:prompt_loose"] < 1, f"{metrics}")
        check(profiles == "" or metrics["mean:unsupported"] == 0, f"{metrics}")

    return Scene("instructions", {"prompts": ("ifeval", prompts)},
                 answered(numbers, "prompts", [str(row["key"]) for row in prompts], texts),
                 [f"evaluator: instruction_following, datasets: [prompts]{profiles}"],
                 '[accuracy, "mean:prompt_loose", "ratio:strict_followed/instructions", "mean:unsupported"]', checked)


SNIPPETS = ["def twice(x):\n    return 2 * x\n", "def twice(x):\n    return x + x if x else 1\n",
            "def twice(x):\n    return x ** 2\n", "def twice(x) return\n", "import os\nos._exit(0)\n",
            "raise SystemExit\n", "", None]
PROGRAMS = ["print(int(input()) + 1)\n", "print(input())\n", "x = int(input())\nprint(x + 1 if x < 5 else 0)\n",
            "1 / 0\n", ""]
ENDLESS = "while True: pass\n"


def programs() -> Scene:
    numbers = random.Random(13)
    snippets = [{"task_id": i, "text": "Double a number.", "code": SNIPPETS[0],
                 "test_list": [f"assert twice({i}) == {2 * i}", "assert twice(0) == 0"]} for i in range(8)]
    sums = [{"name": f"s{i}", "description": "Add one.", "solutions": [],
             "public_tests": [{"input": f"{i}\n", "output": f"{i + 1}\n"}],
             "private_tests": [{"input": "9\n", "output": "10\n"}]} for i in range(5)]

    def fenced(texts: list) -> list:
        return [text and f"```python\n{text}```" for text in texts]

    answers = answered(numbers, "snippets", [str(row["task_id"]) for row in snippets], fenced(SNIPPETS))
    (answers[7]["completion"],) = fenced([ENDLESS])
    answers += answered(numbers, "sums", [row["name"] for row in sums], fenced(PROGRAMS))

    def checked(rows: list[dict]) -> None:
        counts = {row["task"]: row["counts"] for row in rows}
        check(counts["snippets"]["timeout"] == 1 and counts["snippets"]["no_answer"] > 0, f"{counts}")
        check(all(0 < row["metrics"]["accuracy"] < 1 for row in rows), f"{[row['metrics'] for row in rows]}")

    return Scene("programs", {"snippets": ("mbpp", snippets), "sums": ("codecontests", sums)}, answers,
                 ["name: snippets, evaluator: code, datasets: [snippets], extractor: first_block, "
                  "limits: {cpu: 3s, wall: 60s}",
                  "name: sums, evaluator: code, datasets: [sums], extractor: 'lcb:last_block', test_workers: 2"],
                 '[accuracy, "pass@2", "mean:tests_passed"]', checked)


SCORER = '''import json, sys
print(json.dumps({"tally_scorer": 1, "columns": ["length"]}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    text = request["completion"]["text"] or ""
    print(json.dumps({"id": request["id"], "outcome": "scored", "answer": text[:9] + str(request["seed"]),
                      "score": int(request["doc"]["target"] in text), "metrics": {"length": len(text)}}), flush=True)
'''


def external() -> Scene:
    numbers = random.Random(14)
    docs = [{"id": f"d{i}", "input": "say", "target": str(i % 10)} for i in range(120)]

    def checked(rows: list[dict]) -> None:
        check(0 < rows[0]["metrics"]["accuracy"] < 1, f"{rows[0]['metrics']}")

    return Scene("external", {"docs": ("jsonl", docs)},
                 answered(numbers, "docs", [doc["id"] for doc in docs], TEXTS),
                 ["evaluator: external, datasets: [docs], command: [/usr/bin/python3, ./scorer.py], columns: [length]"],
                 '[accuracy, "pass@1", "mean:length"]', checked, {"scorer.py": SCORER})


SCENES = (choices_and_texts, instructions, programs, external)

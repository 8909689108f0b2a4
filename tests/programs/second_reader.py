"""docs/formats.md is enough to read a run: plan, tasks, shards, figures, digests; none of our code.

Everything below follows from that page; where it and the programs differ, one of them is wrong.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math

import h5py

from shared import INCOMPLETE, PYTHON, SOURCE, Context, Path, block_with, check, index_bytes, \
    index_rows
from harness import Geometry, main, run_in
from shards import shards_of, text_header

PAGE = SOURCE / "docs" / "formats.md"
DOCS = {"sums": 7, "words": 5}
CONFIG = """version: 1
run: {id: crash, seed: 7}
models:
  - {name: wren, backend: replay, completions: wren.jsonl}
  - {name: heron, backend: replay, completions: heron.jsonl}
datasets:
  - {slug: sums, source: sums.jsonl, format: jsonl, id: id, input: q, target: a}
  - {slug: words, split: dev, revision: "2", source: words.jsonl, format: jsonl, id: id, input: q,
     target: a, rows: "1-5"}
tasks:
  - {evaluator: free_response, name: both, models: [heron, wren], datasets: [sums, words],
     extractor: numeric, comparator: numeric,
     sampling: {repeats: [3, 1], temperature: 0.5, top_p: [0.9], max_tokens: 64},
     params: {lr: [1, 1.0, 1e-3], tag: [b, a], cut: [0, 0.5], top: [1, 0.9], most: [0, 64]}}
  - {evaluator: free_response, models: [wren], datasets: [words], extractor: exact,
     comparator: exact, cot: true, sampling: {repeats: 2}, params: {on: [true, false]}}
metrics: [accuracy, "pass@1"]
resources: {ranks: 2, elements: 3}
commit: {interval: 10ms}
retry: {attempts: 1}
"""
AXES = ("temperature", "top_p", "max_tokens")
OUTCOMES = ("scored", "no_answer", "timeout", "generation_error", "infra_error", "invalid")
MISSING, TRUNCATED = 255, 2


class Raw(str):
    """A number as it is written: 1 and 1.0 are different tasks."""


def canonical(value: object) -> str:
    """JSON without spaces, keys sorted, numbers as they were written."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{canonical(inner)}"
                              for key, inner in sorted(value.items())) + "}"
    return json.dumps(value, ensure_ascii=False)


class Plan:
    def __init__(self, file: Path) -> None:
        data = file.read_bytes()
        self.digest = hashlib.sha256(data).hexdigest()
        self.fields = json.loads(data, parse_int=Raw, parse_float=Raw)
        check((self.fields["format"], self.fields["version"]) == ("tally-plan", "1"), "not a plan")
        self.tasks: list[dict] = []
        for model in self.fields["models"]:
            for entry in self.fields["tasks"]:
                if model["name"] in entry["models"]:
                    self.add(model, entry)

    def add(self, model: dict, entry: dict) -> None:
        datasets = {dataset["slug"]: dataset for dataset in self.fields["datasets"]}
        names = [*AXES, *(param["name"] for param in entry["params"])]
        axes = [entry["sampling"][axis] for axis in AXES]
        axes += [param["values"] for param in entry["params"]]
        for slug, repeats in itertools.product(entry["datasets"], entry["sampling"]["repeats"]):
            for digits in itertools.product(*axes):  # the first slowest, the last fastest
                chosen = dict(zip(names, digits))
                sampling = {"repeats": repeats} | {axis: chosen.pop(axis) for axis in AXES}
                self.tasks.append({"model": model, "entry": entry, "dataset": datasets[slug],
                                   "sampling": sampling, "params": chosen,
                                   "docs": int(datasets[slug]["docs"]), "repeats": int(repeats)})

    @staticmethod
    def task_id(task: dict) -> str:
        entry, dataset = task["entry"], task["dataset"]
        identity = {
            "comparator": entry["comparator"], "cot": entry["cot"], "evaluator": entry["evaluator"],
            "extractor": entry["extractor"], "name": entry["name"], "params": task["params"],
            "dataset": {key: dataset[key] for key in ("revision", "sha256", "slug", "split")},
            "model": {"name": task["model"]["name"], "signature": task["model"]["sha256"]} |
                     {key: task["model"][key] for key in ("duplicates", "sample_index")},
            "sampling": task["sampling"], "version": Raw("1")}
        return hashlib.sha256(canonical(identity).encode()).hexdigest()[:16]


def write_inputs(folder: Path) -> Path:
    """Two models on two datasets: right, wrong and unparsable answers, cut ones, and failures."""
    docs = [("sums", f"s{i}", str(i)) for i in range(DOCS["sums"])]
    docs += [("words", f"w{i}", str(10 * i)) for i in range(DOCS["words"] + 2)]
    for slug in DOCS:
        (folder / f"{slug}.jsonl").write_text(
            "".join(json.dumps({"id": name, "q": f"Größe von {name}?", "a": target}) + "\n"
                    for owner, name, target in docs if owner == slug), encoding="utf-8")
    for number, model in enumerate(("wren", "heron")):
        lines = []
        for at, ((slug, name, target), repeat) in enumerate(itertools.product(docs, range(3))):
            text = (target, "42", "kein Ergebnis – é")[(at * 5 + at // 3 + number) % 3]
            line = {"dataset": slug, "doc_id": name, "sample_idx": repeat, "completion": text,
                    "finish_reason": "length" if at % 5 == 0 else "stop",
                    "usage": {"in": at + 1, "out": at % 7}}
            if number and at == 4:
                line["error"] = "down"
            lines.append(json.dumps(line, ensure_ascii=False) + "\n")
        (folder / f"{model}.jsonl").write_text("".join(lines), encoding="utf-8")
    config = folder / "run.yaml"
    config.write_text(CONFIG, encoding="utf-8")
    return config


def same(found: object, expected: object, what: str) -> None:
    check(found == expected, f"{what}: found {found}, expected {expected}")


def near(found: float, expected: float, what: str) -> None:
    check(math.isclose(found, expected, rel_tol=1e-12, abs_tol=1e-12),
          f"{what}: found {found}, expected {expected}")


def check_layout(plan: Plan, results: h5py.File) -> None:
    """Tasks of results.h5, and where an ordinal belongs: first + doc * repeats + repeat."""
    columns = ("first", "docs", "repeats", "task_id")
    shown = list(zip(*(results["tasks"][key][:] for key in columns)))
    same(len(shown), len(plan.tasks), "tasks")
    first = 0
    for task, (begin, docs, repeats, name) in zip(plan.tasks, shown):
        same((int(begin), int(docs), int(repeats)), (first, task["docs"], task["repeats"]), "rows")
        same(name.decode(), plan.task_id(task), f"id of the task at {first}")
        task["first"] = first
        first += task["docs"] * task["repeats"]
    same(int(plan.fields["items"]), first, "items of the plan")
    same(results["outcome"].shape, (first,), "rows of results.h5")
    check(len({plan.task_id(task) for task in plan.tasks}) == len(plan.tasks), "ids stand twice")


def check_page_on_tasks(plan: Plan) -> None:
    """The page shows the first entry of `tasks` as it stands in this plan."""
    shown = json.loads(block_with(PAGE, "json", '"values"'), parse_int=Raw, parse_float=Raw)
    same(shown, plan.fields["tasks"][0], "the page's entry of tasks")
    for entry in plan.fields["tasks"]:
        same(list(entry), list(shown), "keys of an entry of tasks")
        for param in entry["params"]:
            same(list(param), ["name", "values"], "keys of a parameter")


def check_items(plan: Plan, folder: Path, results: h5py.File) -> None:
    """Each row holds the completion that its task, doc and repeat ask for."""
    said = {}
    for model in ("wren", "heron"):
        for text in (folder / f"{model}.jsonl").read_text(encoding="utf-8").splitlines():
            line = json.loads(text)
            said[model, line["doc_id"], line["sample_idx"]] = line
    offset, length = results["completion_offset"][:], results["completion_len"][:]
    data = results["completion_bytes"][:].tobytes()
    for task in plan.tasks:
        slug, begin = task["dataset"]["slug"], 1 if task["dataset"]["rows"] else 0
        for doc, repeat in itertools.product(range(task["docs"]), range(task["repeats"])):
            row = task["first"] + doc * task["repeats"] + repeat
            line = said[task["model"]["name"], f"{slug[0]}{doc + begin}", repeat]
            text = data[int(offset[row]):int(offset[row]) + int(length[row])].decode()
            if "error" in line:
                same(int(results["outcome"][row]), OUTCOMES.index("generation_error"), f"row {row}")
            else:
                same(text, line["completion"], f"completion of row {row}")
                same(int(results["tokens_in"][row]), line["usage"]["in"], f"tokens of row {row}")


def row_of(plan: Plan, task: dict, results: h5py.File) -> dict:
    """A row of the score index, from the columns."""
    mine = slice(task["first"], task["first"] + task["docs"] * task["repeats"])
    shape = (task["docs"], task["repeats"])
    outcome = results["outcome"][mine].reshape(shape)
    score = results["score"][mine].reshape(shape)
    means, passed = [], []
    for doc in range(task["docs"]):
        draws = [float(score[doc, i]) for i in range(task["repeats"]) if outcome[doc, i] <= 2]
        if draws:
            means.append(sum(draws) / len(draws))
            passed.append(draws.count(1.0) / len(draws))
    mean = sum(means) / len(means)
    spread = sum((value - mean) ** 2 for value in means) / (len(means) - 1)
    counts = {"expected": outcome.size} | {name: int((outcome == code).sum())
                                           for code, name in enumerate(OUTCOMES)}
    counts |= {"missing": int((outcome == MISSING).sum()),
               "truncated": int((results["finish_reason"][mine] == TRUNCATED).sum())}
    tokens = {"in": int(results["tokens_in"][mine].sum()),
              "out": int(results["tokens_out"][mine].sum())}
    return {"task_id": plan.task_id(task), "accuracy": mean, "pass@1": sum(passed) / len(passed),
            "stderr": math.sqrt(spread / len(means)), "counts": counts, "tokens": tokens,
            "complete": bool((outcome <= 2).all())}


def check_index(plan: Plan, run: Path, results: h5py.File) -> None:
    texts = index_bytes(run).decode().splitlines()
    same(len(texts), len(plan.tasks), "rows of the score index")
    section = PAGE.read_text(encoding="utf-8").split("\n## Score index")[1].split("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    listed = [key for cell in cells for key in cell.split("`")[1::2]]
    for text, task in zip(texts, plan.tasks):
        row, raw = json.loads(text), json.loads(text, parse_int=Raw, parse_float=Raw)
        same(list(row), listed, "keys, in the page's order")
        expected = row_of(plan, task, results)
        for key in ("task_id", "counts", "tokens", "complete"):
            same(row[key], expected[key], f"{key} of task {task['first']}")
        near(row["metrics"]["accuracy"], expected["accuracy"], f"accuracy at {task['first']}")
        near(row["metrics"]["pass@1"], expected["pass@1"], f"pass@1 at {task['first']}")
        near(row["stderr"]["accuracy"], expected["stderr"], f"standard error at {task['first']}")
        same(raw["params"], task["params"], "params")
        same(raw["sampling"], task["sampling"], "sampling")
        same((row["model"], row["model_signature"], row["dataset"], row["split"], row["task"]),
             (task["model"]["name"], task["model"]["sha256"], task["dataset"]["slug"],
              task["dataset"]["split"], task["entry"]["name"]), "names")


def check_digests(plan: Plan, run: Path, results: h5py.File) -> None:
    current = run / "results" / "current"
    manifest = json.loads((current / "manifest.json").read_bytes())
    same(manifest["plan_sha256"], plan.digest, "plan of the manifest")
    same(results.attrs["plan_sha256"].decode(), plan.digest, "plan of results.h5")
    files = {path.name: path.read_bytes() for path in (run / "shards").iterdir()}
    same({shard["name"] for shard in manifest["shards"]}, set(files), "shards of the manifest")
    for shard in manifest["shards"]:
        data = files[shard["name"]]
        same((shard["sha256"], shard["bytes"]), (hashlib.sha256(data).hexdigest(), len(data)),
             shard["name"])
        header = text_header(data, shard["name"])
        same((header["plan"], header["records"]), (plan.digest, str(shard["records"])), "header")
    same(sum(shard["won"] for shard in manifest["shards"]), len(results["outcome"]), "won records")
    for kind in ("models", "datasets"):
        planned = [(entry["file"], entry["sha256"]) for entry in plan.fields[kind]]
        used = [(entry["file"], entry["sha256"]) for entry in manifest["inputs"][kind]]
        same(used, planned, kind)
        for file, digest in planned:
            same(hashlib.sha256(Path(file).read_bytes()).hexdigest(), digest, file)
    sums = hashlib.sha256((current / "SHA256SUMS").read_bytes()).hexdigest()
    same(current.resolve().name, sums[:16], "name of the results")


def the_pages_own_lines(context: Context, run: Path, results: h5py.File) -> None:
    """The lines for h5py on the page, on real files."""
    lines = block_with(PAGE, "python", "shard[")
    placeholder = "e00000-r000-a0001-s0000.0123456789abcdef.h5"
    check(placeholder in lines, f"no {placeholder} in {lines}")
    offset, length = results["completion_offset"][:], results["completion_len"][:]
    data = results["completion_bytes"][:].tobytes()
    for shard in shards_of(run):
        shown = context.programs.run([PYTHON, "-c", lines.replace(placeholder, shard.name)],
                                     folder=run / "shards").expect(0).stdout.splitlines()
        same(len(shown), len(shard.items), f"lines for {shard.name}")
        for text, row in zip(shown, sorted(shard.items)):
            begin = int(offset[row])
            completion = data[begin:begin + int(length[row])].decode()
            same(text, f"{row} {results['score'][row]} {completion}", f"row of {shard.name}")
    shown = context.programs.run([PYTHON, "-c", block_with(PAGE, "python", "results[")], folder=run)
    ids = [row["task_id"] for row in index_rows(run)]
    found = [line.split()[0] for line in shown.expect(0).stdout.splitlines()
             if line.split() and line.split()[0] in ids]
    same(found, ids, "tasks that the page's lines print")


def test(context: Context) -> None:
    folder = context.folder("inputs")
    config = write_inputs(folder)
    context.programs.run(context.programs.launch_line(config, Geometry(3, 2)), folder=folder) \
        .expect(INCOMPLETE)  # one completion is an error
    run = run_in(folder)
    plan = Plan(run / "plan.json")
    with h5py.File(run / "results" / "current" / "results.h5") as results:
        check_page_on_tasks(plan)
        check_layout(plan, results)
        check_items(plan, folder, results)
        check_index(plan, run, results)
        check_digests(plan, run, results)
        the_pages_own_lines(context, run, results)
    context.say(f"  {len(plan.tasks)} tasks, {plan.fields['items']} items")


if __name__ == "__main__":
    main(test)

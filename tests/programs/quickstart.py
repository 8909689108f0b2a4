"""The example and the README do what they say: models, run, figures, every line to paste."""

from __future__ import annotations

import json
import os
import shutil

import h5py

from shared import EXAMPLE, PYTHON, SOURCE, Context, Path, block_with, check, check_sums, \
    code_blocks, index_rows, train_models
from harness import main

README = SOURCE / "README.md"
LEARNED = 0.9
PROBLEMS = 30


def check_digits(rows: list[dict]) -> None:
    digits = [row for row in rows if row["task"] == "classify"]
    shown = [(row["model"], row["sampling"]["temperature"]) for row in digits]
    expected = [(model, t) for model in ("small", "medium", "large") for t in (0, 1)]
    check(shown == expected, f"tasks {shown}")
    for row in digits:
        check(row["problems"] == 797 and row["samples"] == 4 * 797, f"{row['model']}: other docs")
    best = max(row["metrics"]["accuracy"] for row in digits)
    check(best > LEARNED, f"the best model reads {best} of the digits, expected > {LEARNED}")


def check_word_problems(run: Path, rows: list[dict]) -> None:
    """Of each imaginary model: enough problems, and right, wrong and unparsable answers."""
    with h5py.File(run / "results" / "current" / "results.h5") as file:
        tasks = {name.decode(): range(int(first), int(first + docs * repeats)) for
                 first, docs, repeats, name in zip(*(file["tasks"][key][:] for key in
                                                     ("first", "docs", "repeats", "task_id")))}
        outcome, score = file["outcome"][:], file["score"][:]
    words = [row for row in rows if row["task"] == "free_response"]
    check([row["model"] for row in words] == ["wren", "heron"], "other models on word problems")
    for row in words:
        counts = row["counts"]
        check(row["problems"] >= PROBLEMS, f"{row['problems']} word problems")
        check(counts["expected"] == 4 * row["problems"] == row["samples"], f"counts {counts}")
        check(counts["no_answer"] > 0, f"{row['model']}: nothing is unparsable")
        mine = tasks[row["task_id"]]
        scores = [float(score[item]) for item in mine if outcome[item] == 0]
        check(len(scores) == counts["scored"], f"{row['model']}: {len(scores)} scored rows")
        right, wrong = scores.count(1.0), scores.count(0.0)
        check(right > 0 and wrong > 0, f"{row['model']}: {right} right, {wrong} wrong")
        check(right + wrong + counts["no_answer"] == row["samples"], f"{row['model']}: {counts}")
        accuracy = row["metrics"]["accuracy"]
        check(abs(accuracy - right / row["samples"]) < 1e-12, f"accuracy {accuracy}")


def keys_in_order(value: object) -> object:
    """The shape of a row: its keys at every depth, in their order."""
    if isinstance(value, dict):
        return [(key, keys_in_order(inner)) for key, inner in value.items()]
    return None


def check_shown_row(rows: list[dict]) -> None:
    shown = json.loads(block_with(README, "json", "index_version"))
    same = [row for row in rows if row["model"] == shown["model"]
            and row["sampling"]["temperature"] == shown["sampling"]["temperature"]]
    check(len(same) == 1, "the README shows a row that the run does not have")
    found, expected = keys_in_order(shown), keys_in_order(same[0])
    check(found == expected, f"README's row has the keys {found}, a real one {expected}")
    for key in ("dataset", "dataset_sha256", "dataset_revision", "sampling", "counts", "problems",
                "tokens", "complete"):
        check(shown[key] == same[0][key], f"README's row: {key} is {shown[key]}, "
                                          f"in a real one {same[0][key]}")


def example(context: Context, root: Path) -> None:
    """As in ./quickstart, but for building: from the root of a clone, two ranks."""
    folder = root / "examples" / "quickstart"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("models"))
    train_models(context, folder / "models")
    line = [context.programs.tally, "launch", "examples/quickstart/run.yaml", "--workers", "2"]
    finished = context.programs.run(line, folder=root).expect(0)
    check("state    complete" in finished.stdout, finished.stdout)
    run = root / "runs" / "quickstart"
    progress = json.loads((run / "progress" / "e00000.json").read_bytes())
    check(progress["ranks"] == 2, f"{progress['ranks']} ranks")
    check_sums(run)
    rows = index_rows(run)
    check(all(row["complete"] for row in rows), "a row is not complete")
    check_digits(rows)
    check_word_problems(run, rows)
    check_shown_row(rows)
    best = max(row["metrics"]["accuracy"] for row in rows if row["task"] == "classify")
    context.say(f"  {len(rows)} tasks, best accuracy {best:.3f}")


def python_lines(context: Context, root: Path) -> None:
    """README's lines for Python, as they stand, on the run of the example."""
    lines = block_with(README, "python", "score_index.jsonl")
    check(len(lines.strip().splitlines()) <= 10, "README promises ten lines")
    finished = context.programs.run([PYTHON, "-c", lines], folder=root).expect(0)
    rows = index_rows(root / "runs" / "quickstart")
    printed = finished.stdout.splitlines()
    check(len(printed) == len(rows) + 1, finished.stdout)
    for row, text in zip(rows, printed):
        expected = f"{row['model']} {row['sampling']['temperature']} {row['metrics']['accuracy']}"
        check(text == expected, f"printed {text!r}, expected {expected!r}")
    mean, answer = printed[-1].split()
    check(0.0 < float(mean) < 1.0 and answer.isdigit(), f"the last line is {printed[-1]!r}")


def ten_lines(context: Context, root: Path) -> None:
    """README's config and commands as they stand, with models and data where it says."""
    folder = context.folder("readme")
    config = block_with(README, "yaml", "version: 1")
    check(len(config.strip().splitlines()) == 10, "README promises a config of ten lines")
    (folder / "run.yaml").write_text(config, encoding="utf-8")
    for name in ("models", "data"):
        (folder / name).mkdir()
    made = root / "examples" / "quickstart"
    shutil.copy(made / "models" / "large.pt", folder / "models" / "mlp.pt")
    shutil.copy(made / "data" / "optdigits.csv.gz", folder / "data")
    lines = [line for line in block_with(README, "", "tally plan run.yaml").splitlines()
             if "--on slurm" not in line]  # needs a cluster: tests/slurm
    context.programs.env["PATH"] = f"{Path(context.programs.tally).parent}:{os.environ['PATH']}"
    check(len(lines) >= 5, f"README has only {lines}")
    for line in lines:
        context.programs.run(["bash", "-c", line], folder=folder).expect(0)
        context.say(f"  {line}")
    rows = index_rows(folder / "runs" / "digits")
    check(len(rows) == 2 and all(row["complete"] for row in rows), f"{rows}")
    check(rows[0]["metrics"]["accuracy"] > LEARNED, f"accuracy {rows[0]['metrics']}")
    check(list(rows[0]["metrics"]) == ["accuracy", "pass@1", "pass@4"], f"{rows[0]['metrics']}")


def test(context: Context) -> None:
    check(len(code_blocks(README, "yaml")) == 1, "README has several configs")
    root = context.folder("clone")
    example(context, root)
    python_lines(context, root)
    ten_lines(context, root)


if __name__ == "__main__":
    main(test)

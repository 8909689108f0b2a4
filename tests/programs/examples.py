"""Every example with an expected.json gives its figures, by the commands of its README.

expected.json: {"exit": 0, "tasks": [{"model", "dataset", "task", "sampling": {...}, "metrics": {...}, "groups": {...}}]}.
`exit` (0), `sampling` (what tells tasks of one name apart) and `groups` (none) may be left out; a metric that is null has to be
absent. `groups`: {"by": .., "each": {group: metrics}, "micro": metrics, "macro": metrics}.
"""

from __future__ import annotations

import json
import re
import shutil

from shared import INCOMPLETE, SOURCE, Context, Path, Skipped, check, code_blocks, index_rows
from harness import main
from isolation import machine_isolates

TOLERANCE = 1e-9
COLUMN_TOLERANCE = 1e-6  # metric columns are f32
NAMES = ("model", "dataset", "task")
EXAMPLES = ["code", "external", "free_response", "instruction_following", "multi_choice"]


def matches(row: dict, wanted: dict) -> bool:
    sampling = wanted.get("sampling", {})
    return (all(row[key] == wanted[key] for key in NAMES)
            and all(row["sampling"].get(key) == value for key, value in sampling.items()))


def check_metrics(name: str, metrics: dict, wanted: dict) -> None:
    check(bool(wanted), f"{name}: expects no metric")
    for metric, value in wanted.items():
        found = metrics.get(metric)
        label = f"{name}: {metric}: found {found}, expected {value}"
        near = COLUMN_TOLERANCE if metric.startswith(("mean:", "ratio:")) else TOLERANCE
        if value is None:
            check(metric not in metrics, label)
        else:
            check(found is not None and abs(found - value) <= near, label)


def check_groups(name: str, groups: dict | None, wanted: dict | None) -> None:
    if groups is None or wanted is None:
        check(groups is wanted, f"{name}: groups: found {groups}, expected {wanted}")
        return
    check(groups["by"] == wanted["by"], f"{name}: groups by {groups['by']}")
    names = [group["name"] for group in groups["each"]]
    check(names == sorted(wanted["each"]), f"{name}: found groups {names}")
    for group in groups["each"]:
        check_metrics(f"{name} {group['name']}", group["metrics"], wanted["each"][group["name"]])
    for mean in ("micro", "macro"):
        check_metrics(f"{name} {mean}", groups[mean]["metrics"], wanted[mean])


def check_tasks(rows: list[dict], tasks: list[dict]) -> None:
    left = list(rows)
    for wanted in tasks:
        name = " ".join(str(wanted[key]) for key in NAMES)
        found = [row for row in rows if matches(row, wanted)]
        check(len(found) == 1, f"{name}: {len(found)} rows of the score index")
        check_metrics(name, found[0]["metrics"], wanted["metrics"])
        check_groups(name, found[0]["groups"], wanted.get("groups"))
        check(found[0] in left, f"{name}: expected twice")
        left.remove(found[0])
    names = [" ".join(str(row[key]) for key in NAMES) for row in left]
    check(not left, f"tasks that expected.json does not list: {names}")


def check_commands(context: Context, folder: Path) -> None:
    """The lines of README.md to paste name programs and files that are there."""
    lines = [line for block in code_blocks(folder / "README.md", "") for line in block.splitlines()
             if line.strip() and not line.startswith("#")]
    check(any(line.startswith("tally launch run.yaml") for line in lines),
          f"{folder.name}/README.md does not say how to run it")
    for line in lines:
        word, *more = line.split()
        if word == "tally":
            context.programs.run([context.programs.tally, more[0], "--help"]).expect(0)
        else:
            check(shutil.which(word) is not None, f"{folder.name}/README.md: no program {word}")
        for path in more:
            there = (folder / path).exists() or not re.fullmatch(r"[\w/.-]+\.\w+", path)
            check(there, f"{folder.name}/README.md: no file {path}")


def check_paths(config: str) -> None:
    # The profiles of languages are of a package.
    absolute = re.search(r"(?:weights|completions|source): */", config)
    check(absolute is None, f"run.yaml has an absolute path: {absolute and absolute.group()}")


def run_example(context: Context, example: Path) -> bool:
    """False when what programs under test need is not to be had here."""
    folder = context.scratch / example.name
    shutil.copytree(example, folder, ignore=shutil.ignore_patterns("runs"))
    expected = json.loads((folder / "expected.json").read_bytes())
    config = (folder / "run.yaml").read_text(encoding="utf-8")
    check_paths(config)
    line = [context.programs.tally, "launch", "run.yaml", "--workers", "2"]
    finished = context.programs.run(line, folder=folder, timeout=300)
    if finished.code == INCOMPLETE and "error: sandbox: " in finished.stderr and not machine_isolates():
        return False
    finished.expect(expected.get("exit", 0))
    (run,) = (folder / "runs").iterdir()
    check_tasks(index_rows(run), expected["tasks"])
    check_commands(context, folder)
    context.say(f"  {example.name}: {len(expected['tasks'])} tasks")
    return True


def test(context: Context) -> None:
    examples = sorted(path.parent for path in (SOURCE / "examples").glob("*/expected.json"))
    names = [example.name for example in examples]
    check(names == EXAMPLES, f"examples with an expected.json: found {names}, expected {EXAMPLES}")
    missed = [example.name for example in examples if not run_example(context, example)]
    if missed:
        raise Skipped(f"no sandbox for programs under test here: {', '.join(missed)}")


if __name__ == "__main__":
    main(test)

"""`cmake --install` puts there what the README says, and the installed programs need no build."""

from __future__ import annotations

import os
import shutil
import subprocess

from shared import EXAMPLE, SOURCE, Context, Path, check, index_rows, train_models
from harness import Programs, main
from small_run import Small, completions, numbered

PROGRAMS = {"bin/tally", "bin/tally-worker", "bin/tally-sandbox", "bin/aggregate"}
TEMPLATES = {"share/tally/slurm/array.sbatch", "share/tally/slurm/aggregate.sbatch"}


def pages() -> set[str]:
    """Every page, and the scripts that pages link to: as they lie here, so that links work."""
    found = {str(path.relative_to(SOURCE)) for path in (SOURCE / "docs").rglob("*.md")}
    found |= {str(path.relative_to(SOURCE)) for path in (SOURCE / "slurm").glob("*.sbatch")}
    return {f"share/doc/tally/{name}"
            for name in found | {"README.md", "CHANGELOG.md", "CONTRIBUTING.md"}}


def install(context: Context, build: Path) -> Path:
    prefix = context.scratch / "prefix"
    line = ["cmake", "--install", str(build), "--prefix", str(prefix)]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    check(done.returncode == 0, f"{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return prefix


def check_contents(prefix: Path) -> None:
    files = {str(path.relative_to(prefix)): path for path in prefix.rglob("*") if path.is_file()}
    modules = {name for name in files if name.startswith("lib/tally/")}
    expected = PROGRAMS | TEMPLATES | pages()
    beyond = set(files) - modules - expected
    check(set(files) >= expected, f"not installed: {sorted(expected - set(files))}")
    check(not beyond, f"installed and not expected: {sorted(beyond)}")
    for name in PROGRAMS | TEMPLATES:
        check(os.access(files[name], os.X_OK), f"{name}: cannot be executed")


def the_example_runs(context: Context, prefix: Path) -> None:
    """From a place that it was not installed to: no prefix is compiled in."""
    moved = context.scratch / "elsewhere"
    prefix.rename(moved)
    programs = Programs(moved / "bin", context.scratch)
    folder = context.folder("example")
    shutil.copytree(EXAMPLE / "data", folder / "data")
    shutil.copy(EXAMPLE / "run.yaml", folder)
    train_models(context, folder / "models")
    programs.run([programs.tally, "launch", "run.yaml", "--workers", "2"], folder=folder).expect(0)
    rows = index_rows(folder / "runs" / "quickstart")
    check(len(rows) == 8 and all(row["complete"] for row in rows), f"{len(rows)} rows")


def a_missing_sibling_is_named(context: Context) -> None:
    alone = context.folder("alone")
    shutil.copy(context.programs.tally, alone / "tally")
    folder = context.folder("without")
    config = Small(numbered(2), completions([("d0", 0, "0"), ("d1", 0, "1")])).write(folder)
    finished = context.programs.run([str(alone / "tally"), "launch", str(config)], folder=folder)
    finished.expect(66)
    check(f"{alone / 'tally-worker'}: found no program, expected tally-worker beside tally"
          in finished.stderr, finished.stderr)


def test(context: Context) -> None:
    build = Path(context.programs.tally).parents[1]
    prefix = install(context, build)
    check_contents(prefix)
    the_example_runs(context, prefix)
    a_missing_sibling_is_named(context)


if __name__ == "__main__":
    main(test)

"""Runs the benchmark rows and prints the table.

A row measures several programs (ours, peers, limits) in turn, A B C A B C ..., at least five times, and
compares medians as ratios: absolute times of a shared machine mean little, ratios of interleaved runs
mean more. Refuses to start while other processes use the processor.
"""

import argparse
import os
import pathlib
import statistics
import sys
import tempfile
import time

import rows


def other_cpu_use(seconds: float = 1.0) -> float:
    """Processors used by everybody but us over `seconds`, from /proc/stat."""

    def busy() -> float:
        fields = [int(x) for x in open("/proc/stat").readline().split()[1:9]]
        return (sum(fields) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")

    before, own_before = busy(), sum(os.times()[:2])
    time.sleep(seconds)
    return (busy() - before - (sum(os.times()[:2]) - own_before)) / seconds


def measure(row: rows.Row, reps: int) -> dict[str, list[float]]:
    """Every program of the row, `reps` times, interleaved. Rare ones (slow peers) run fewer times."""
    samples: dict[str, list[float]] = {name: [] for name in row.programs}
    for rep in range(reps):
        for name, program in row.programs.items():
            if rep < program.most_reps:
                print(f"  {row.name} {rep + 1}/{reps} {name}", end="\r", file=sys.stderr)
                for key, value in program.run().items():
                    samples.setdefault(key if key != "value" else name, []).append(value)
    print(" " * 78, end="\r", file=sys.stderr)
    return {name: values for name, values in samples.items() if values}


def median(values: list[float]) -> float:
    return statistics.median(values)


def print_row(row: rows.Row, samples: dict[str, list[float]]) -> None:
    print(f"\n### {row.name}: {row.title}\n")
    print("| measured | median | min | max | unit |\n|---|---|---|---|---|")
    for name, values in samples.items():
        low, high = min(values), max(values)
        print(f"| {name} | {median(values):.4g} | {low:.4g} | {high:.4g} | {row.unit_of(name)} |")
    print("\n| ratio | value | goal | |\n|---|---|---|---|")
    for goal in row.goals:
        if goal.over not in samples or goal.under not in samples:
            print(f"| {goal.text} | - | {goal.sign} {goal.bound:g} | not measured here |")
            continue
        ratio = median(samples[goal.over]) / max(median(samples[goal.under]), 1e-300)
        print(f"| {goal.text} | {ratio:.3g} | {goal.sign} {goal.bound:g} | "
              f"{'met' if goal.met(ratio) else 'NOT MET'} |")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", help="P1, P5, ...; default: all")
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--reps", type=int, default=5)
    parser.add_argument("--force", action="store_true", help="measure on a busy machine too")
    options = parser.parse_args()
    known = rows.all_rows()
    names = options.rows or list(known)
    unknown = [name for name in names if name not in known]
    if unknown:
        parser.error(f"found {unknown[0]}, expected one of {', '.join(known)}")
    use = other_cpu_use()
    if use > 0.2 and not options.force:
        print(f"bench: other processes use {use:.2f} processors, expected at most 0.2 "
              "(--force measures anyway)", file=sys.stderr)
        return 75
    print(f"{os.cpu_count()} processors, {options.reps} repetitions, medians; "
          f"other processes used {use:.2f} processors at the start")
    for name in names:
        with tempfile.TemporaryDirectory(prefix="tally-bench-") as folder:
            row = known[name](options.bin.resolve(), pathlib.Path(folder))
            print_row(row, measure(row, options.reps))
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())

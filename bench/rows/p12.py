"""P12: percentile intervals by bootstrap: 1000 tasks of 500 docs, 1000 replicates, one thread."""

import pathlib
import statistics

from rows import Goal, Program, Row
from rows import tools

# The standard deviation of a percentile bound over B replicates is sqrt(p (1 - p) / B) / density; of the
# normal's 2.5th percentile over 1000 that is 0.0845 standard errors. Two such bounds differ by sqrt(2) of
# it, and by sqrt(2 / pi) of that in the mean of absolute differences.
EXPECTED_DIFFERENCE = 0.0845 * 2**0.5 * (2 / 3.141592653589793)**0.5


def make(binaries: pathlib.Path, folder: pathlib.Path) -> Row:
    last: dict[str, dict[str, float]] = {}

    def run(who: str, *command: str | pathlib.Path) -> dict[str, float]:
        last[who] = tools.values(*command)
        return {"value": last[who]["bootstrap"]}

    def scipy() -> dict[str, float]:
        found = run("scipy", tools.PYTHON, tools.HERE / "peers/bootstrap_numpy.py", "scipy")
        ours, theirs = last["ours"], last["scipy"]
        found["difference of bounds"] = statistics.mean(
            abs(ours[f"{side}-{config}"] - theirs[f"{side}-{config}"]) / theirs[f"error-{config}"]
            for side in ("low", "high") for config in range(100))
        found["Monte Carlo error"] = EXPECTED_DIFFERENCE
        return found

    return Row(
        "P12", "bootstrap intervals: 500 docs, 1000 replicates, one thread", "ms CPU per interval",
        {
            "ours": Program(lambda: run("ours", binaries / "bench-metrics", "bootstrap")),
            "xoshiro loop": Program(lambda: run("loop", binaries / "bench-metrics-loop",
                                                "bootstrap")),
            "numpy": Program(lambda: run("numpy", tools.PYTHON,
                                         tools.HERE / "peers/bootstrap_numpy.py", "numpy")),
            "scipy": Program(scipy),
        },
        [
            Goal("xoshiro loop / ours", "xoshiro loop", "ours", ">=", 0.8),
            Goal("numpy / ours", "numpy", "ours", ">=", 2.5),
            Goal("scipy percentile / ours", "scipy", "ours", ">=", 4),
            Goal("difference from scipy's bounds / Monte Carlo error", "difference of bounds",
                 "Monte Carlo error", "<=", 1.2),
        ],
        units={"difference of bounds": "standard errors", "Monte Carlo error": "standard errors"})

"""P11: metrics from columns in memory, 5,000,000 rows: 1000 tasks of 500 docs of 10 draws.

Ours gets the rows in order of ordinals, as a merged file has them; the peers get them shuffled, as
their users have them.
"""

import pathlib

from rows import Goal, Program, Row
from rows import tools

PYTHON_REPS = 3


def make(binaries: pathlib.Path, folder: pathlib.Path) -> Row:
    figures: dict[str, float] = {}

    def checked(who: str, *command: str | pathlib.Path) -> dict[str, float]:
        """The times; the figures must be the same for all."""
        found = tools.values(*command)
        for name in ("mean-figure", "pass-figure"):
            value = found.get(name, found.get(f"rows-{name}"))
            if value is None:
                continue
            if abs(figures.setdefault(name, value) - value) > 1e-9:
                raise SystemExit(f"bench: {who} has {name} {value}, expected {figures[name]}")
        return {f"{who}, {name.removeprefix('rows-')}": value for name, value in found.items()
                if not name.endswith("-figure")}

    def program(who: str, *command: str | pathlib.Path, most_reps: int = 1000) -> Program:
        return Program(lambda: checked(who, *command), most_reps)

    python = tools.HERE / "peers/metrics_pandas.py"
    return Row(
        "P11", "metrics from columns in memory: 5,000,000 rows", "ms CPU",
        {
            "ours": program("ours", binaries / "bench-metrics", "columns"),
            "ours with outcomes, tokens and times":
                program("ours with outcomes, tokens and times", binaries / "bench-metrics", "rows"),
            "C++ loop": program("C++ loop", binaries / "bench-metrics-loop", "metrics"),
            "pandas": program("pandas", tools.PYTHON, python, "vectorised", most_reps=PYTHON_REPS),
            "HumanEval": program("HumanEval", tools.PYTHON, python, "humaneval",
                                 most_reps=PYTHON_REPS),
        },
        [
            Goal("mean, error, count: C++ loop / ours", "C++ loop, mean", "ours, mean", ">=", 0.6),
            Goal("mean, error, count: pandas / ours", "pandas, mean", "ours, mean", ">=", 4),
            Goal("pass@1,5,10: C++ loop / ours", "C++ loop, pass", "ours, pass", ">=", 0.6),
            Goal("pass@1,5,10: pandas / ours", "pandas, pass", "ours, pass", ">=", 15),
            Goal("pass@1,5,10: HumanEval's way / ours", "HumanEval, pass", "ours, pass", ">=", 200),
        ])

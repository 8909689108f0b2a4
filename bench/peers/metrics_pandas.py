"""P11 by pandas and by HumanEval's way: milliseconds of CPU of each, and the figures.

metrics_pandas.py vectorised | humaneval
"""

import sys
import time

import numpy as np
import pandas as pd

import score_data


def milliseconds(start: float) -> float:
    return (time.process_time() - start) * 1000


def pass_at_k(n: int, c: int, k: int) -> float:
    """One doc at a time, by numpy's product, as HumanEval's evaluation does it (Chen et al. 2021)."""
    if k > n - c:
        return 1.0
    left = np.arange(n - c + 1, n + 1)
    return 1.0 - np.prod((left - k) / left)


config, doc, score = score_data.rows()
frame = pd.DataFrame({"config": config, "doc": doc, "score": score})
if sys.argv[1] == "vectorised":
    start = time.process_time()
    table = frame.groupby("config")["score"].agg(["mean", "std", "count"])
    print("mean", milliseconds(start))
    print("mean-figure", table["mean"].mean())
    start = time.process_time()
    counts = frame.groupby(["config", "doc"])["score"].agg(["count", "sum"])
    n, c = counts["count"].to_numpy(), counts["sum"].to_numpy()
    figures = []
    for k in (1, 5, 10):
        wrong = np.ones(len(n))
        for i in range(k):
            wrong *= np.maximum(n - c - i, 0) / np.maximum(n - i, 1)
        figures.append(pd.Series(1 - wrong).groupby(counts.index.get_level_values(0)).mean().mean())
    print("pass", milliseconds(start))
    print("pass-figure", sum(figures))
else:
    start = time.process_time()
    counts = frame.groupby(["config", "doc"])["score"].agg(["count", "sum"])
    figures = [np.array([pass_at_k(int(n), int(c), k) for n, c in
                         zip(counts["count"], counts["sum"])]).mean() for k in (1, 5, 10)]
    print("pass", milliseconds(start))
    print("pass-figure", sum(figures))

"""P12 by numpy and by scipy: milliseconds of CPU per config over the first configs, and the bounds.

bootstrap_numpy.py numpy | scipy
"""

import sys
import time

import numpy as np
import scipy.stats

import score_data

CONFIGS = 100
values = [score_data.doc_values(config) for config in range(CONFIGS)]
random = np.random.default_rng(1)


def by_numpy(column: np.ndarray) -> tuple[float, float]:
    drawn = random.integers(0, len(column), size=(score_data.REPLICATES, len(column)))
    low, high = np.percentile(column[drawn].mean(axis=1), [2.5, 97.5])
    return low, high


def by_scipy(column: np.ndarray) -> tuple[float, float]:
    found = scipy.stats.bootstrap((column,), np.mean, n_resamples=score_data.REPLICATES,
                                  method="percentile", random_state=random)
    return found.confidence_interval.low, found.confidence_interval.high


bounds = by_numpy if sys.argv[1] == "numpy" else by_scipy
start = time.process_time()
found = [bounds(column) for column in values]
print("bootstrap", (time.process_time() - start) * 1000 / CONFIGS)
for config, (low, high) in enumerate(found):
    print(f"low-{config}", low)
    print(f"high-{config}", high)
    print(f"error-{config}", values[config].std() / len(values[config])**0.5)

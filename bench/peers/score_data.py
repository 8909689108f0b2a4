"""The scores of P11 and P12 as numpy has them: bench/score_data.hpp in another language."""

import numpy as np

CONFIGS, DOCS, DRAWS, REPLICATES = 1000, 500, 10, 1000


def mixed(x: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        x = x.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))


def rows() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Columns config, doc and score, shuffled."""
    number = np.arange(CONFIGS * DOCS * DRAWS)
    np.random.default_rng(1).shuffle(number)
    score = (mixed(number) % np.uint64(10) < 3).astype(np.float64)
    return (number // (DOCS * DRAWS)).astype(np.int32), (number // DRAWS % DOCS).astype(np.int32), score


def doc_values(config: int) -> np.ndarray:
    return (mixed(np.arange(config * DOCS, (config + 1) * DOCS)) % np.uint64(1000)) / 1000.0

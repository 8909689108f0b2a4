"""results.h5 is read with stock h5py: first by the very lines of docs/formats.md, then in full.

Arguments: the programs aggregate and merge-data, docs/formats.md.
"""

import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np

SHARDS, ROWS = 5, 3000


def documented_lines(formats: pathlib.Path) -> str:
    section = formats.read_text(encoding="utf-8").split("## Results h5", 1)[1]
    return section.split("```python\n", 1)[1].split("```", 1)[0]


def texts_of(shard: h5py.File) -> list[bytes]:
    text = shard["completion_bytes"][:].tobytes()
    ends = np.cumsum(shard["completion_len"][:])
    return [text[end - size:end] for end, size in zip(ends.tolist(), shard["completion_len"][:].tolist())]


def check_rows(run: pathlib.Path) -> None:
    with h5py.File(run / "results/current/results.h5") as results:
        assert results.attrs["format"] == b"tally-results" or results.attrs["format"] == "tally-results"
        text = results["completion_bytes"][:].tobytes()
        offset, size = results["completion_offset"][:].tolist(), results["completion_len"][:].tolist()
        assert results["outcome"].shape == (SHARDS * ROWS,)
        assert not results["session_len"][:].any() and results["session_bytes"].shape == (0,)
        for path in (run / "shards").glob("*.h5"):
            with h5py.File(path) as shard:
                for row, wanted in zip(shard["ordinal"][:].tolist(), texts_of(shard)):
                    assert text[offset[row]:offset[row] + size[row]] == wanted, row
                rows = shard["ordinal"][:]
                for name in ("score", "tokens_out", "outcome", "attempt", "seconds"):
                    assert np.array_equal(results[name][:][rows], shard[name][:]), name


def main(aggregate: str, merge_data: str, formats: pathlib.Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run = pathlib.Path(folder) / "run"
        subprocess.run([merge_data, run, str(SHARDS), str(ROWS), "--overlap"], check=True)
        subprocess.run([aggregate, run], check=True)
        shown = subprocess.run([sys.executable, "-c", documented_lines(formats)], cwd=run, check=True,
                               capture_output=True, text=True).stdout
        assert len(shown.splitlines()) >= 2, shown
        check_rows(run)
        current = run / "results/current"
        subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=current, check=True)
        assert current.resolve().name == hashlib.sha256((current / "SHA256SUMS").read_bytes()).hexdigest()[:16]
        totals = json.loads((current / "summary.json").read_text(encoding="utf-8"))["totals"]
        assert totals["complete"] and totals["duplicates"] == (SHARDS - 1) * ROWS, totals


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]))

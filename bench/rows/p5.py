"""P5: one rank writes rows of (id, score, tokens, text): CPU and bytes per row, compressed."""

import pathlib

from rows import Goal, Program, Row
from rows import tools

ROWS = 1_000_000
FEW_ROWS = 50_000  # a write per row costs fifty times as much


def make(binaries: pathlib.Path, folder: pathlib.Path) -> Row:
    def writer(mode: str, rows: int = ROWS) -> Program:
        return Program(lambda: tools.values(binaries / "bench-shard-write", mode, rows,
                                            folder / mode))

    peers = ["packed-gzip", "vlen-gzip", "vlen-by-row"]
    return Row(
        "P5", "writing shards: 1,000,000 rows with a text of about 210 bytes", "us CPU per row",
        {
            "ours": writer("ours"),
            "packed-gzip": writer("packed-gzip"),
            "vlen-gzip": writer("vlen-gzip"),
            "vlen-by-row": writer("vlen-by-row", FEW_ROWS),
        },
        [
            Goal("CPU: HDF5 gzip pipeline / ours", "packed-gzip", "ours", ">=", 2.5),
            Goal("CPU: write per row / ours", "vlen-by-row", "ours", ">=", 40),
            Goal("size: ours / HDF5 gzip pipeline", "ours bytes", "packed-gzip bytes", "<=", 1.05),
            Goal("size: ours / variable-length strings", "ours bytes", "vlen-gzip bytes", "<=",
                 0.35),
        ],
        units={f"{mode} bytes": "bytes per row" for mode in ["ours", *peers]})

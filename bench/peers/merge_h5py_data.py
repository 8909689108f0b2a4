"""merge_h5py_data.py SHARDS OUT vlen|packed: the rows of our shards as an h5py user would store them.

vlen: a variable-length string per row, shuffle + gzip 1. packed: text bytes and offsets, gzip 1.
"""

import pathlib
import sys

import h5py
import numpy as np

OPTIONS = {"chunks": (4096,), "maxshape": (None,), "compression": "gzip", "compression_opts": 1}


def main(shards: pathlib.Path, out: pathlib.Path, kind: str) -> None:
    out.mkdir(parents=True)
    for path in sorted(shards.glob("*.h5")):
        with h5py.File(path) as source, h5py.File(out / path.name, "w") as file:
            text = source["completion_bytes"][:]
            ends = np.zeros(len(source["ordinal"]) + 1, np.uint64)
            np.cumsum(source["completion_len"][:], out=ends[1:])
            file.create_dataset("id", data=source["ordinal"][:].astype(np.int64), shuffle=True, **OPTIONS)
            file.create_dataset("score", data=source["score"][:], shuffle=True, **OPTIONS)
            file.create_dataset("tokens", data=source["tokens_out"][:].astype(np.int32), shuffle=True,
                                **OPTIONS)
            if kind == "packed":
                file.create_dataset("text_offset", data=ends, shuffle=True, **OPTIONS)
                file.create_dataset("text_bytes", data=text, **OPTIONS | {"chunks": (1 << 20,)})
            else:
                rows = [text[a:b].tobytes() for a, b in zip(ends[:-1].tolist(), ends[1:].tolist())]
                file.create_dataset("text", data=rows, dtype=h5py.string_dtype(), shuffle=True,
                                    **OPTIONS)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3])

"""merge_h5py.py SHARDS OUT: the merge that an h5py user writes: resizable datasets, shard by shard."""

import pathlib
import sys

import h5py
import numpy as np

OPTIONS = {"maxshape": (None,), "compression": "gzip", "compression_opts": 1}


def append(out: h5py.File, name: str, values: np.ndarray, like: h5py.Dataset) -> None:
    if name not in out:
        out.create_dataset(name, shape=(0,), dtype=like.dtype, chunks=like.chunks,
                           shuffle=like.shuffle, **OPTIONS)
    dataset = out[name]
    rows = dataset.shape[0]
    dataset.resize((rows + len(values),))
    dataset[rows:] = values


def main(shards: pathlib.Path, target: pathlib.Path) -> None:
    with h5py.File(target, "w") as out:
        for path in sorted(shards.glob("*.h5")):
            with h5py.File(path) as shard:
                base = out["text_bytes"].shape[0] if "text_bytes" in out else 0
                for name in shard:
                    values = shard[name][...]
                    if name == "text_offset":  # a start per row; the last entry is the end
                        values = values[:-1] + np.uint64(base)
                    append(out, name, values, shard[name])


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))

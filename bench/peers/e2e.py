"""The pipeline as people write it by hand: mpi4py self-scheduling, a buffered h5py shard per rank, a merge,
pandas means and a JSON line per item. Prints the seconds between start and end of the work on rank 0.

mpirun -n 2 python3 e2e.py ITEMS FOLDER
"""

import json
import pathlib
import sys
import time

import h5py
from mpi4py import MPI
import pandas as pd

TEXT = ("the quick brown fox jumps over the lazy dog " * 6)[:222]
COLUMNS = {"id": "i8", "score": "f8", "tokens": "i4", "text": h5py.string_dtype()}
STORED = {"chunks": (4096,), "maxshape": (None,), "shuffle": True, "compression": "gzip",
          "compression_opts": 1}


def deal(comm: MPI.Comm, items: int) -> None:
    status, alive = MPI.Status(), comm.size - 1
    while alive:
        comm.recv(source=MPI.ANY_SOURCE, status=status)
        if items:
            items -= 1
            comm.send(items, dest=status.source)
        else:
            comm.send(None, dest=status.source)
            alive -= 1


def append(file: h5py.File, columns: dict[str, list]) -> None:
    for name, values in columns.items():
        rows = file[name].shape[0]
        file[name].resize((rows + len(values),))
        file[name][rows:] = values
        values.clear()


def work(comm: MPI.Comm, folder: pathlib.Path) -> None:
    with h5py.File(folder / f"shard{comm.rank:05d}.h5", "w") as file:
        for name, kind in COLUMNS.items():
            file.create_dataset(name, (0,), dtype=kind, **STORED)
        columns: dict[str, list] = {name: [] for name in COLUMNS}
        item = None
        while True:
            comm.send((comm.rank, item), dest=0)
            item = comm.recv(source=0)
            if item is None:
                break
            for name, value in zip(COLUMNS, (item, float(item % 3 == 0), item % 512, TEXT)):
                columns[name].append(value)
            if len(columns["id"]) == 4096:
                append(file, columns)
        append(file, columns)


def merge(folder: pathlib.Path) -> pd.DataFrame:
    with h5py.File(folder / "merged.h5", "w") as out:
        for name, kind in COLUMNS.items():
            out.create_dataset(name, (0,), dtype=kind, **STORED)
        for path in sorted(folder.glob("shard*.h5")):
            with h5py.File(path) as shard:
                append(out, {name: list(shard[name][...]) for name in COLUMNS})
        return pd.DataFrame({name: out[name][...] for name in ("id", "score", "tokens")})


def report(frame: pd.DataFrame, folder: pathlib.Path) -> None:
    frame["task"] = frame.id % 100
    frame.groupby("task").score.agg(["mean", "count"])
    with open(folder / "index.jsonl", "w", encoding="utf-8") as out:
        for item, score, tokens in zip(frame.id.tolist(), frame.score.tolist(), frame.tokens.tolist()):
            out.write(json.dumps({"id": item, "score": score, "tokens": tokens}) + "\n")


def main() -> None:
    comm, items, folder = MPI.COMM_WORLD, int(sys.argv[1]), pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    comm.Barrier()
    start = time.perf_counter()
    if comm.rank == 0:
        deal(comm, items)
    else:
        work(comm, folder)
    comm.Barrier()
    if comm.rank == 0:
        report(merge(folder), folder)
        print("value", time.perf_counter() - start)


main()

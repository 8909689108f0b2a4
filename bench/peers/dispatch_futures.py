"""mpirun -n 2 python3 dispatch_futures.py CHUNK ITEMS: mpi4py.futures. Prints items/s."""

import sys
import time

from mpi4py import MPI
from mpi4py.futures import MPICommExecutor


def no_op(item):
    return item


if __name__ == "__main__":
    chunk, items = int(sys.argv[1]), int(sys.argv[2])
    with MPICommExecutor(MPI.COMM_WORLD, root=0) as executor:
        if executor is not None:
            list(executor.map(no_op, range(100)))  # start the workers
            start = time.perf_counter()
            for _ in executor.map(no_op, range(items), chunksize=chunk, unordered=True):
                pass
            print("value", items / (time.perf_counter() - start))

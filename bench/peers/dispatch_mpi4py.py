"""mpirun -n 2 python3 dispatch_mpi4py.py ITEMS: self-scheduling as people write it by hand with
mpi4py: a worker asks with its result, the coordinator answers with an item. Prints items/s."""

import sys
import time

from mpi4py import MPI

comm = MPI.COMM_WORLD
items = int(sys.argv[1])
comm.Barrier()
if comm.rank == 0:
    start = time.perf_counter()
    status = MPI.Status()
    left, workers = items, comm.size - 1
    while workers:
        comm.recv(source=MPI.ANY_SOURCE, status=status)
        if left:
            comm.send(left, dest=status.source)
            left -= 1
        else:
            comm.send(None, dest=status.source)
            workers -= 1
    print("value", items / (time.perf_counter() - start))
else:
    item = 0
    while item is not None:
        comm.send((comm.rank, item), dest=0)
        item = comm.recv(source=0)

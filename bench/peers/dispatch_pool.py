"""python3 dispatch_pool.py CHUNK ITEMS: multiprocessing.Pool with two workers. Prints items/s."""

import multiprocessing
import sys
import time


def no_op(item):
    return item


if __name__ == "__main__":
    chunk, items = int(sys.argv[1]), int(sys.argv[2])
    with multiprocessing.Pool(2) as pool:
        pool.map(no_op, range(100))  # start the workers
        start = time.perf_counter()
        for _ in pool.imap_unordered(no_op, range(items), chunksize=chunk):
            pass
        print("value", items / (time.perf_counter() - start))

"""The floor of sending: a loop over the official client, with as many threads as the worker."""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from bench.floors.sending import send

with ThreadPoolExecutor(int(os.environ["WORKER_THREADS"])) as pool:
    list(pool.map(lambda _: send(), range(8)))
    began, spent = time.perf_counter(), time.process_time()
    list(pool.map(lambda _: send(), range(int(sys.argv[1]))))
print(time.perf_counter() - began, time.process_time() - spent)

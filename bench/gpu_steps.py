"""Runs a job folder's train.py for bench/gpu.ts, and prints the card, the memory it took and what a large product reaches there.

  python bench/gpu_steps.py JOB/train.py --out OUT
"""
import json
import os
import resource
import runpy
import sys
import time

import torch


def describe():
    """The last line that bench/gpu.ts reads; memory before the product is made."""
    on_gpu = torch.cuda.is_available()
    peak = torch.cuda.max_memory_allocated() / 2**30 if on_gpu else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    name = torch.cuda.get_device_name() if on_gpu else "no GPU: the CPU, the memory of the process"
    size, dtype = (8192, torch.bfloat16) if on_gpu else (1024, torch.float32)
    a = torch.randn(size, size, dtype=dtype, device="cuda" if on_gpu else "cpu")
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        (a @ a)[0, 0].item()
        best = min(best, time.perf_counter() - start)
    return {"device": name, "peakGiB": peak, "productTflops": 2 * size**3 / best / 1e12}


if __name__ == "__main__":
    sys.argv = sys.argv[1:]
    sys.path.insert(0, os.path.dirname(sys.argv[0]))
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as end:
        if end.code:
            raise
    print(json.dumps(describe()))

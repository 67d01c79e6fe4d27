"""Makes golden/formats/quants.*: blocks of every type that is read or written, by ggml's own quantisers, and their values by the gguf package.

Run: python scripts/goldens/quants.py node_modules/@node-llama-cpp/linux-x64/bins/linux-x64/libggml-base.so
"""
import ctypes
import hashlib
import json
import sys
from importlib.metadata import version
from pathlib import Path

import gguf
import numpy as np

OUT = Path(__file__).resolve().parents[2] / "golden" / "formats"
TYPES = ["Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"]
rng = np.random.default_rng(2026)


def make_values() -> np.ndarray:
    """96 super-blocks of 256: weights of usual size, heavy tails, one-sided, offset, sparse, tiny, huge, mixed scales, equal, zero, ties."""
    mixed = rng.standard_normal((12, 256)) * np.repeat(10.0 ** rng.uniform(-9, 1, (12, 8)), 32, axis=1)
    finer = rng.standard_normal((8, 256)) * np.repeat(10.0 ** rng.uniform(-9, 1, (8, 16)), 16, axis=1)
    rows = [
        rng.standard_normal((20, 256)) * 0.03,
        rng.standard_t(2, (12, 256)) * 0.02,
        np.abs(rng.standard_normal((6, 256))),
        -np.abs(rng.standard_normal((6, 256))),
        rng.standard_normal((6, 256)) * 0.01 + 3,
        rng.standard_normal((6, 256)) * (rng.random((6, 256)) < 0.05),
        rng.standard_normal((4, 256)) * 1e-9,
        rng.standard_normal((4, 256)) * 1e-17,
        rng.standard_normal((4, 256)) * 1e4,
        mixed,
        finer,
        np.full((2, 256), 0.25),
        np.full((1, 256), -1.5),
        np.zeros((1, 256)),
        rng.integers(-31, 32, (4, 256)) / 2,
    ]
    return np.concatenate(rows).astype(np.float32)


library = ctypes.CDLL(sys.argv[1])
library.ggml_quantize_chunk.restype = ctypes.c_size_t
library.ggml_quantize_chunk.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p] + [ctypes.c_int64] * 3 + [ctypes.c_void_p]
values = make_values()
(OUT / "quants.f32").write_bytes(values.tobytes())
# How much each of 768 columns matters: over six powers of ten, as activations do.
importance = (10.0 ** np.random.default_rng(7).uniform(-4, 2, 768)).astype(np.float32)
(OUT / "importance.f32").write_bytes(importance.tobytes())


def weighted(name: str) -> dict:
    """By columns of a row: the hash of the same values where each column has its importance. Rows of 96 end amid four blocks."""
    kind = gguf.GGMLQuantizationType[name]
    block, size = gguf.GGML_QUANT_SIZES[kind]
    result = {}
    for columns in (96, 256, 768) if block == 32 else (256, 768):
        blocks = np.zeros(values.size // block * size, dtype=np.uint8)
        rows = values.size // columns
        assert library.ggml_quantize_chunk(kind, values.ctypes.data, blocks.ctypes.data, 0, rows, columns, importance.ctypes.data) == blocks.size
        result[str(columns)] = hashlib.sha256(blocks.tobytes()).hexdigest()
    return result


result = {"tools": {name: version(name) for name in ("numpy", "gguf")}, "types": {}}
for name in TYPES:
    kind = gguf.GGMLQuantizationType[name]
    block, size = gguf.GGML_QUANT_SIZES[kind]
    blocks = np.zeros(values.size // block * size, dtype=np.uint8)
    library.ggml_quantize_init(kind)
    written = library.ggml_quantize_chunk(kind, values.ctypes.data, blocks.ctypes.data, 0, values.shape[0], 256, None)
    assert written == blocks.size
    random = rng.integers(0, 256, (64, size), dtype=np.uint8)  # bytes that no quantiser writes
    halves = {"Q6_K": [208]}.get(name, [0] if name in ("Q8_0", "Q4_0", "Q5_0") else [0, 2])
    for at in halves:  # keep the F16 numbers finite
        random[:, at + 1] &= 0xBB
    sha = lambda data: hashlib.sha256(gguf.quants.dequantize(data, kind).astype(np.float32).tobytes()).hexdigest()
    result["types"][name] = {
        "blocksSha256": hashlib.sha256(blocks.tobytes()).hexdigest(),
        "valuesSha256": sha(blocks.reshape(-1, size)),
        "randomBlocks": random.tobytes().hex(),
        "randomValuesSha256": sha(random),
        **({} if name == "Q8_0" else {"weighted": weighted(name)}),
    }
(OUT / "quants.json").write_text(json.dumps(result, indent=1) + "\n")

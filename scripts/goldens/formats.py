"""Makes golden/formats: half floats (numpy, torch), a safetensors file (safetensors), block quantisation and a GGUF file (gguf).

Run: python scripts/goldens/formats.py [libggml-base.so]
With the path of a libggml-base the quantised bytes are also compared with ggml's C quantisers.
"""
import ctypes
import hashlib
import json
import sys
from pathlib import Path

import gguf
import numpy as np
import safetensors
import torch
from safetensors.torch import save_file

OUT = Path(__file__).resolve().parents[2] / "golden" / "formats"
OUT.mkdir(parents=True, exist_ok=True)
rng = np.random.default_rng(2024)


def half_floats() -> dict:
    """Float32 bit patterns with their F16 (numpy) and BF16 (torch) bits: random patterns, then every tie and edge near F16's limits."""
    patterns = rng.integers(0, 2**32, 2048, dtype=np.uint32)
    typical = rng.standard_normal(1024).astype(np.float32).view(np.uint32)
    small = (rng.standard_normal(512) * 2.0**-20).astype(np.float32).view(np.uint32)
    halves = np.arange(65536, dtype=np.uint16)
    finite = halves[np.isfinite(halves.view(np.float16))].view(np.float16).astype(np.float32)
    chosen = rng.choice(len(finite), 256, replace=False)
    ties = ((finite[chosen].astype(np.float64) + np.nextafter(finite[chosen].astype(np.float16), np.float16(np.inf)).astype(np.float64)) / 2).astype(np.float32)
    edges = np.array([0.0, -0.0, 65504, 65519.996, 65520, -65520, 65536, 2**-14, 2**-24, 2**-25, 1.0000001 * 2**-25, -(2**-25), 3 * 2**-25, 2**-15, 1e38, 3.4028235e38, np.inf, -np.inf, 1e-45, 1.1754942e-38], dtype=np.float32)
    with np.errstate(over="ignore"):
        values = np.concatenate([patterns.view(np.float32), typical.view(np.float32), small.view(np.float32), ties[np.isfinite(ties)], edges])
        values = values[~np.isnan(values)]
        f16 = values.astype(np.float16).view(np.uint16)
    bf16 = torch.from_numpy(values.copy()).to(torch.bfloat16).view(torch.int16).numpy().view(np.uint16)
    (OUT / "half.bin").write_bytes(values.tobytes() + f16.tobytes() + bf16.tobytes())
    widened = halves.view(np.float16).astype(np.float32)
    widened[np.isnan(widened)] = np.float32(0)
    return {"count": len(values), "allF16AsF32Sha256": hashlib.sha256(widened.tobytes()).hexdigest()}


def safetensors_file() -> None:
    torch.manual_seed(7)
    save_file(
        {
            "a.f32": torch.randn(3, 5),
            "b.f32.scalar": torch.tensor(2.5),
            "c.bf16": torch.randn(7, 3).to(torch.bfloat16),
            "d.f16": torch.randn(4).to(torch.float16),
            "e.empty": torch.zeros(0, 4, dtype=torch.bfloat16),
        },
        OUT / "tensors.safetensors",
        metadata={"format": "pt"},
    )


def blocks() -> dict:
    """256 blocks: plain, tiny, huge, sparse, one-sided, all zero, ties at halves, subnormal scales."""
    rows = [
        rng.standard_normal((96, 32)),
        rng.standard_normal((32, 32)) * 0.02,
        rng.standard_normal((32, 32)) * 1e-7,
        rng.standard_normal((16, 32)) * 1e5,
        rng.standard_normal((32, 32)) * (rng.random((32, 32)) < 0.1),
        np.abs(rng.standard_normal((16, 32))),
        -np.abs(rng.standard_normal((16, 32))),
        rng.integers(-254, 255, (15, 32)) / 2,
        np.zeros((1, 32)),
    ]
    values = np.concatenate(rows).astype(np.float32)
    values[200, 0] = 127.0  # scale exactly 1: halves are ties
    q8 = gguf.quants.quantize(values, gguf.GGMLQuantizationType.Q8_0)
    q4 = gguf.quants.quantize(values, gguf.GGMLQuantizationType.Q4_0)
    (OUT / "blocks.f32").write_bytes(values.tobytes())
    (OUT / "blocks.q8_0").write_bytes(q8.tobytes())
    (OUT / "blocks.q4_0").write_bytes(q4.tobytes())
    sha = lambda a, t: hashlib.sha256(gguf.quants.dequantize(a, t).astype(np.float32).tobytes()).hexdigest()
    result = {
        "q8_0DequantizedSha256": sha(q8, gguf.GGMLQuantizationType.Q8_0),
        "q4_0DequantizedSha256": sha(q4, gguf.GGMLQuantizationType.Q4_0),
    }
    if len(sys.argv) > 1:
        library = ctypes.CDLL(sys.argv[1])
        for name, expected in (("q8_0", q8), ("q4_0", q4)):
            target = np.zeros(expected.size, dtype=np.uint8)
            quantize = getattr(library, f"quantize_row_{name}_ref")
            quantize(values.ctypes.data_as(ctypes.c_void_p), target.ctypes.data_as(ctypes.c_void_p), ctypes.c_int64(values.size))
            differing = int((target != expected.reshape(-1)).sum())
            print(f"{name}: {differing} of {target.size} bytes differ from libggml-base")
            result[f"{name}BytesDifferingFromLibggml"] = differing
    return result


def gguf_file() -> None:
    writer = gguf.GGUFWriter(OUT / "small.gguf", "llama")
    writer.add_name("small")
    writer.add_uint32("test.u32", 4000000000)
    writer.add_int32("test.i32", -5)
    writer.add_float32("test.f32", 1e-5)
    writer.add_uint64("test.u64", 2**40)
    writer.add_bool("test.bool", True)
    writer.add_string("test.string", "Grüße 👋")
    writer.add_array("test.strings", ["", "a", "Ġthe"])
    writer.add_array("test.ints", [1, -2, 3])
    writer.add_array("test.floats", [0.5, -1.5])
    values = np.arange(96, dtype=np.float32).reshape(3, 32) / 7 - 5
    writer.add_tensor("f32", values[:, :5].copy())
    writer.add_tensor("f16", values.astype(np.float16))
    writer.add_tensor("one", values[0].copy())
    for name, kind in (("q8_0", gguf.GGMLQuantizationType.Q8_0), ("q4_0", gguf.GGMLQuantizationType.Q4_0)):
        writer.add_tensor(name, gguf.quants.quantize(values, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


half = half_floats()
safetensors_file()
block = blocks()
gguf_file()
from importlib.metadata import version

tools = {name: version(name) for name in ("numpy", "torch", "safetensors", "gguf")}
(OUT / "formats.json").write_text(json.dumps({"tools": tools, "half": half, "blocks": block}, indent=2) + "\n")

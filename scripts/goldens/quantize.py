"""Makes golden/export/quantize.json: the type and the bytes of every tensor when llama.cpp's own `llama_model_quantize` quantises an F32 export,
without an importance matrix and with one.

Run: python scripts/goldens/quantize.py node_modules/@node-llama-cpp/linux-x64/bins/linux-x64      (needs `npm ci`: it exports through tsx)
"""
import ctypes
import hashlib
import json
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import gguf

ROOT = Path(__file__).resolve().parents[2]
LIBRARIES = Path(sys.argv[1])
FILE_TYPES = {"q8_0": 7, "q6_k": 18, "q5_k_m": 17, "q5_0": 8, "q4_k_m": 15, "q4_0": 2}


class Parameters(ctypes.Structure):
    """llama_model_quantize_params of the library that node-llama-cpp 3.21 ships."""
    _fields_ = [(name, ctypes.c_int32) for name in ("nthread", "ftype", "output_tensor_type", "token_embedding_type")] + [
        ("flags", ctypes.c_bool * 8), ("imatrix", ctypes.c_void_p), ("pointers", ctypes.c_void_p * 3)]


class Importance(ctypes.Structure):
    """llama_model_imatrix_data: one matrix; an array of them ends with one that has no name."""
    _fields_ = [("name", ctypes.c_char_p), ("data", ctypes.POINTER(ctypes.c_float)), ("size", ctypes.c_size_t)]


for name in ("libggml-base.so", "libggml-cpu-x64.so", "libggml.v0.4.0.so"):
    found = next(LIBRARIES.glob(name.replace("v0.4.0", "*")))
    ctypes.CDLL(str(found), mode=ctypes.RTLD_GLOBAL)
llama = ctypes.CDLL(str(next(LIBRARIES.glob("libllama.*.so"))))
llama.llama_model_quantize_default_params.restype = Parameters
llama.llama_model_quantize.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.POINTER(Parameters)]
llama.llama_backend_init()


def tensors_of(path: Path) -> dict:
    return {t.name: [t.tensor_type.name, hashlib.sha256(t.data.tobytes()).hexdigest()[:16]] for t in gguf.GGUFReader(path).tensors}


def importance_of(path: Path):
    """The means of an imatrix file as llama-quantize reads them."""
    if not path.exists():
        return None
    values = {t.name: t.data for t in gguf.GGUFReader(path).tensors}
    names = [name.removesuffix(".in_sum2") for name in values if name.endswith(".in_sum2")]
    means = [(name, (values[f"{name}.in_sum2"] / values[f"{name}.counts"]).astype("float32")) for name in names]
    items = [Importance(name.encode(), mean.ctypes.data_as(ctypes.POINTER(ctypes.c_float)), mean.size) for name, mean in means]
    array = (Importance * (len(items) + 1))(*items)
    array.means = means  # they must live as long
    return array


result = {"tools": {"gguf": version("gguf")}, "models": {}}
with tempfile.TemporaryDirectory() as temporary:
    subprocess.run(["npx", "tsx", "scripts/goldens/quantize-run.ts", temporary], cwd=ROOT, check=True)
    for model in sorted(p for p in Path(temporary).iterdir() if not p.name.endswith("-base")):
        for kind, file_type in FILE_TYPES.items():
            parameters = llama.llama_model_quantize_default_params()
            parameters.ftype = file_type
            parameters.nthread = 1
            importance = importance_of(model / "importance.gguf")
            parameters.imatrix = ctypes.cast(importance, ctypes.c_void_p) if importance is not None else None
            out = model / f"llama-{kind}.gguf"
            code = llama.llama_model_quantize(str(model / "model-f32.gguf").encode(), str(out).encode(), ctypes.byref(parameters))
            assert code == 0, f"llama_model_quantize gave {code}"
            theirs, ours = tensors_of(out), tensors_of(model / f"model-{kind}.gguf")
            differing = {n: [theirs[n], ours.get(n)] for n in theirs if theirs[n] != ours.get(n)}
            print(model.name, kind, "differs in" if differing else "same", differing)
            result["models"][f"{model.name}/{kind}"] = theirs
(ROOT / "golden" / "export" / "quantize.json").write_text(json.dumps(result, separators=(",", ":")) + "\n")

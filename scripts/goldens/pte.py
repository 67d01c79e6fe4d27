"""golden/pte: tiny Llamas and Qwen3s and what ExecuTorch's own exporter makes of them in each quantisation.

    python scripts/goldens/pte.py [--only qwen3]

Model a is plain and tied; model b has other weights, an untied head, another RoPE base with Llama-3's scaling and another
norm epsilon, a row of zeros, a row of subnormal scale and an outlier. The templates are made from a; the writer must make b's
files from them. Models c and d are the same for Qwen3. Environment as in scripts/pte/export.py; takes about eight minutes.
"""

import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile

import torch
from safetensors.torch import save_file

root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
golden = f"{root}/golden/pte"
tool = f"{root}/scripts/pte"
sys.path.insert(0, tool)
import importlib.util  # noqa: E402

spec = importlib.util.spec_from_file_location("exporter", f"{tool}/export.py")
exporter = importlib.util.module_from_spec(spec)
spec.loader.exec_module(exporter)

CONFIG = {
    "model_type": "llama", "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 16, "vocab_size": 160, "max_position_embeddings": 256, "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0, "tie_word_embeddings": True, "hidden_act": "silu", "bos_token_id": 150,
}  # fmt: skip
SCALING = {"rope_type": "llama3", "factor": 32.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}
QWEN3 = CONFIG | {"model_type": "qwen3", "head_dim": 32, "rope_theta": 1000000.0, "rms_norm_eps": 1e-6}
MODELS = {
    "a": (CONFIG, [151, 152], 1),
    "b": (CONFIG | {"tie_word_embeddings": False, "rope_theta": 500000.0, "rope_scaling": SCALING, "rms_norm_eps": 1e-6}, [153, 154, 155], 2),
    "c": (QWEN3, [151, 152], 3),
    "d": (QWEN3 | {"tie_word_embeddings": False, "rope_theta": 10000.0, "rms_norm_eps": 1e-5}, [153, 154, 155], 4),
}
PAIRS = {"llama": ("a", "b", "tiny"), "qwen3": ("c", "d", "tiny-qwen3")}  # two models of one geometry, and its template


def make_model(name):
    config, eos, seed = MODELS[name]
    folder = f"{golden}/{name}"
    os.makedirs(folder, exist_ok=True)
    json.dump(config, open(f"{folder}/config.json", "w"), indent=1)
    json.dump({"bos_token_id": 150, "eos_token_id": eos}, open(f"{folder}/generation_config.json", "w"), indent=1)
    tensors = exporter.draw(config, seed)
    if name in "bd":
        q = tensors["model.layers.0.self_attn.q_proj.weight"]
        q[3], q[5, 7] = 0, 4
        q[6] *= 1e-9
        tensors["model.embed_tokens.weight"][2] = 0
    else:
        del tensors["lm_head.weight"]
    save_file(tensors, f"{folder}/model.safetensors")
    return folder


def main():
    only = sys.argv[2:] or list(PAIRS)
    work = tempfile.mkdtemp()
    run = lambda *command: subprocess.Popen([sys.executable, *command])
    for first, second, template in (PAIRS[kind] for kind in only):
        for name in (first, second):
            shutil.rmtree(f"{golden}/{name}", ignore_errors=True)
            make_model(name)
        for kind in ("8da8w", "8da4w"):
            jobs = [run(f"{tool}/export.py", f"{golden}/{name}", kind, f"{work}/{name}-{kind}.pte", "--context", "144") for name in (first, second)]
            assert all(job.wait() == 0 for job in jobs)
            for name in (first, second):
                data = open(f"{work}/{name}-{kind}.pte", "rb").read()
                open(f"{golden}/{name}-{kind}.pte.gz", "wb").write(gzip.compress(data, 9, mtime=0))
            assert run(f"{tool}/make-template.py", f"{work}/{first}-{kind}.pte", f"{golden}/{first}", f"{golden}/templates", template).wait() == 0
    shutil.rmtree(work)


if __name__ == "__main__":
    main()

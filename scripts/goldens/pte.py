"""golden/pte: two tiny Llamas and what ExecuTorch's own exporter makes of them in each quantisation.

    python scripts/goldens/pte.py

Model a is plain and tied; model b has other weights, an untied head, another RoPE base with Llama-3's scaling and another
norm epsilon, a row of zeros, a row of subnormal scale and an outlier. The templates are made from a; the writer must make b's
files from them. Environment as in scripts/pte/export.py; takes about four minutes.
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
MODELS = {
    "a": (CONFIG, [151, 152], 1),
    "b": (CONFIG | {"tie_word_embeddings": False, "rope_theta": 500000.0, "rope_scaling": SCALING, "rms_norm_eps": 1e-6}, [153, 154, 155], 2),
}


def make_model(name):
    config, eos, seed = MODELS[name]
    folder = f"{golden}/{name}"
    os.makedirs(folder, exist_ok=True)
    json.dump(config, open(f"{folder}/config.json", "w"), indent=1)
    json.dump({"bos_token_id": 150, "eos_token_id": eos}, open(f"{folder}/generation_config.json", "w"), indent=1)
    tensors = exporter.draw(config, seed)
    if name == "b":
        q = tensors["model.layers.0.self_attn.q_proj.weight"]
        q[3], q[5, 7] = 0, 4
        q[6] *= 1e-9
        tensors["model.embed_tokens.weight"][2] = 0
    else:
        del tensors["lm_head.weight"]
    save_file(tensors, f"{folder}/model.safetensors")
    return folder


def main():
    for name in (*MODELS, "templates"):
        shutil.rmtree(f"{golden}/{name}", ignore_errors=True)
    work = tempfile.mkdtemp()
    for name in MODELS:
        make_model(name)
    run = lambda *command: subprocess.Popen([sys.executable, *command])
    for kind in ("8da8w", "8da4w"):
        jobs = [run(f"{tool}/export.py", f"{golden}/{name}", kind, f"{work}/{name}-{kind}.pte", "--context", "144") for name in MODELS]
        assert all(job.wait() == 0 for job in jobs)
        for name in MODELS:
            data = open(f"{work}/{name}-{kind}.pte", "rb").read()
            open(f"{golden}/{name}-{kind}.pte.gz", "wb").write(gzip.compress(data, 9, mtime=0))
        assert run(f"{tool}/make-template.py", f"{work}/a-{kind}.pte", f"{golden}/a", f"{golden}/templates", "tiny").wait() == 0
    shutil.rmtree(work)


if __name__ == "__main__":
    main()

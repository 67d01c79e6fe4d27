"""Runs a file of scripts/pte/fill.ts in ExecuTorch's own runtime.

    python scripts/pte/run.py OUT

Reads the ids of OUT/logits.json one by one and prints how far the logits behind the last of them are from those of the same weights in float32, and
from our decoder's where it has them, as a share of their size; the same first choices; tokens a second. Exits 1 where more lies between it and float32 than
rounding explains (8 bits of random weights lose a few percent, 4 bits about a third), or more than a hundredth between it and our decoder. Environment as in scripts/check-pte.py.
"""

import json
import os
import sys
import time

import torch
from executorch.extension.llm.custom_ops import custom_ops  # noqa: F401, registers llama::custom_sdpa and llama::update_cache
from executorch.extension.pybindings.portable_lib import _load_for_executorch
from executorch.kernels import quantized  # noqa: F401, registers quantized_decomposed::embedding_byte

MOST = {"8da8w": 0.1, "8da4w": 0.5}
out = sys.argv[1]
asked = json.load(open(f"{out}/logits.json"))
path = f"{out}/model-{asked['kind']}.pte"
module = _load_for_executorch(path)
start = time.time()
rows = [module.forward((torch.tensor([[token]]), torch.tensor([i])))[0].reshape(-1) for i, token in enumerate(asked["ids"])]
seconds = time.time() - start
exact = torch.tensor(asked["exact"])
theirs = torch.stack(rows)[-len(exact) :, -exact.shape[1] :]
apart = lambda a, b: ((a - b).norm() / b.norm()).item()
print(f"{path}: {os.path.getsize(path):,} bytes, end tokens {module.run_method('get_eos_ids')}, {len(rows) / seconds:.1f} tokens/s; its logits lie {apart(theirs, exact):.5f} of their size "
      f"from float32, first choice the same {(theirs.argmax(-1) == exact.argmax(-1)).sum().item()} of {len(exact)}")  # fmt: skip
if "rounded" in asked:
    rounded = torch.tensor(asked["rounded"])
    print(f"our decoder of the file: {apart(rounded, exact):.5f} from float32, {apart(rounded, theirs):.2e} from ExecuTorch's")
sys.exit(apart(theirs, exact) > MOST[asked["kind"]] or ("rounded" in asked and apart(rounded, theirs) > 0.01))

"""Runs a file of scripts/pte/fill.ts in ExecuTorch's own runtime.

    python scripts/pte/run.py OUT

Reads the ids of OUT/logits.json one by one and prints how far the logits behind the last of them are from those that our decoder of the file has, and
from those of the same weights in float32, as a share of their size; the same first choices; tokens a second. Exits 1 where the decoder's are further than
a hundredth of the float32 ones. Environment as in scripts/check-pte.py.
"""

import json
import os
import sys
import time

import torch
from executorch.extension.llm.custom_ops import custom_ops  # noqa: F401, registers llama::custom_sdpa and llama::update_cache
from executorch.extension.pybindings.portable_lib import _load_for_executorch
from executorch.kernels import quantized  # noqa: F401, registers quantized_decomposed::embedding_byte

out = sys.argv[1]
asked = json.load(open(f"{out}/logits.json"))
path = f"{out}/model-{asked['kind']}.pte"
module = _load_for_executorch(path)
start = time.time()
rows = [module.forward((torch.tensor([[token]]), torch.tensor([i])))[0].reshape(-1) for i, token in enumerate(asked["ids"])]
seconds = time.time() - start
rounded, exact = torch.tensor(asked["rounded"]), torch.tensor(asked["exact"])
theirs = torch.stack(rows)[-len(rounded) :, -rounded.shape[1] :]
apart = lambda a, b: ((a - b).norm() / b.norm()).item()
same = (theirs.argmax(-1) == rounded.argmax(-1)).sum().item()
ends = module.run_method("get_eos_ids")
print(f"{path}: {os.path.getsize(path):,} bytes, end tokens {ends}; {apart(theirs, rounded):.2e} of their size from our decoder's logits, {apart(theirs, exact):.5f} from float32 "
      f"(our decoder: {apart(rounded, exact):.5f}); first choice as our decoder's {same} of {len(rounded)}; {len(rows) / seconds:.1f} tokens/s")  # fmt: skip
sys.exit(apart(theirs, rounded) > 0.01 * apart(theirs, exact))

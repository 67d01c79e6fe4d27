"""golden/pte/logits.json: what ExecuTorch's runtime says of the tiny programs that scripts/goldens/pte.py has made.

    python scripts/goldens/pte-logits.py

For each file the logits behind each of the last tokens of one text, read token by token. Environment as in scripts/check-pte.py; seconds.
"""

import gzip
import json
import os
import tempfile

import torch
from executorch.extension.llm.custom_ops import custom_ops  # noqa: F401, registers llama::custom_sdpa and llama::update_cache
from executorch.extension.pybindings.portable_lib import _load_for_executorch
from executorch.kernels import quantized  # noqa: F401, registers quantized_decomposed::embedding_byte

golden = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "golden", "pte")
IDS = [(41 * i + 7) % 150 for i in range(24)]  # a text in which no activation lies between two of its 8-bit values
KEPT = 6  # places at the end


def read(path):
    module = _load_for_executorch(path)
    rows = [module.forward((torch.tensor([[token]]), torch.tensor([i])))[0].reshape(-1) for i, token in enumerate(IDS)]
    return [[round(value, 6) for value in row.tolist()] for row in rows[-KEPT:]]


def main():
    found = {}
    for name in (f"{model}-{kind}" for model in "abcd" for kind in ("8da8w", "8da4w")):
        with tempfile.NamedTemporaryFile(suffix=".pte") as file:
            file.write(gzip.open(f"{golden}/{name}.pte.gz").read())
            file.flush()
            found[name] = read(file.name)
    json.dump({"ids": IDS, "logits": found}, open(f"{golden}/logits.json", "w"), separators=(",", ":"))


if __name__ == "__main__":
    main()

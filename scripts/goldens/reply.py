"""stories260K by Hugging Face transformers: its greedy text and the log-probabilities after four prefixes.

python scripts/goldens/reply.py   (from the root of the repository; transformers 5.23.0, torch 2.15.0)

Reads golden/stories260K/stories260K.bin (llama2.c legacy layout) by itself, so that our own reader is tested too.
Writes golden/reply/stories260K.json. Everything in float64.
"""

import json
from pathlib import Path

import numpy as np
import torch
from transformers import LlamaConfig, LlamaForCausalLM

ROOT = Path(__file__).resolve().parents[2]
BOS, COUNT, PREFIXES = 1, 200, (1, 2, 40, 150)


def load(path: Path) -> LlamaForCausalLM:
    raw = path.read_bytes()
    dim, hidden, layers, heads, kv_heads, vocabulary, positions = np.frombuffer(raw, "<i4", 7)
    head = dim // heads
    values = np.frombuffer(raw, "<f4", offset=28)
    at = 0

    def take(*shape: int) -> torch.Tensor:
        nonlocal at
        count = int(np.prod(shape))
        at += count
        return torch.tensor(values[at - count : at].reshape(shape), dtype=torch.float64)

    def halves(rows: torch.Tensor, count: int) -> torch.Tensor:
        """Rotary pairs from neighbours to halves."""
        return rows.reshape(count, head // 2, 2, dim).transpose(1, 2).reshape(count * head, dim)

    state = {"model.embed_tokens.weight": take(vocabulary, dim)}

    def each(name: str, *shape: int, count: int = 0) -> None:
        for layer, tensor in enumerate(take(layers, *shape)):
            state[f"model.layers.{layer}.{name}.weight"] = halves(tensor, count) if count else tensor

    each("input_layernorm", dim)
    each("self_attn.q_proj", heads * head, dim, count=heads)
    each("self_attn.k_proj", kv_heads * head, dim, count=kv_heads)
    each("self_attn.v_proj", kv_heads * head, dim)
    each("self_attn.o_proj", dim, heads * head)
    each("post_attention_layernorm", dim)
    each("mlp.gate_proj", hidden, dim)
    each("mlp.down_proj", dim, hidden)
    each("mlp.up_proj", hidden, dim)
    state["model.norm.weight"] = take(dim)
    state["lm_head.weight"] = state["model.embed_tokens.weight"]
    config = LlamaConfig(
        hidden_size=int(dim),
        intermediate_size=int(hidden),
        num_hidden_layers=int(layers),
        num_attention_heads=int(heads),
        num_key_value_heads=int(kv_heads),
        vocab_size=int(vocabulary),
        max_position_embeddings=int(positions),
        rms_norm_eps=1e-5,
        rope_theta=10000.0,
        tie_word_embeddings=True,
    )
    model = LlamaForCausalLM(config).double().eval()
    model.load_state_dict(state)
    return model


def main() -> None:
    torch.set_num_threads(1)
    model = load(ROOT / "golden/stories260K/stories260K.bin")
    ids = [BOS]
    gaps = []
    with torch.no_grad():
        for _ in range(COUNT):
            logits = model(torch.tensor([ids])).logits[0, -1]
            best = logits.topk(2).values
            gaps.append(float(best[0] - best[1]))
            ids.append(int(logits.argmax()))
        after = {str(n): model(torch.tensor([ids[:n]])).logits[0, -1].log_softmax(-1) for n in PREFIXES}
    golden = {
        "greedy": ids,
        "smallestGap": min(gaps),
        "logProbs": {n: [round(float(x), 7) for x in row] for n, row in after.items()},
    }
    (ROOT / "golden/reply/stories260K.json").write_text(json.dumps(golden) + "\n")
    print("smallest gap between the two likeliest:", min(gaps))


main()

"""Truth for the trainer: a tiny Llama (grouped-query attention, llama3 rope) with rsLoRA on all seven projections, in
PyTorch + PEFT + transformers on the CPU in float32. One packed row of two segments and padding: logits, loss, every
gradient of the adapter and (separately) of the base, then ten AdamW steps with clipping, warm-up and linear decay.

    python scripts/goldens/train.py        # writes golden/train/
"""
import json, pathlib, platform
import peft, torch, transformers
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM, get_linear_schedule_with_warmup

torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)
goldens = pathlib.Path(__file__).parents[2] / "golden"


def golden(out, make_base):
    """Writes base, adapter, batch, gradients and ten steps of the model that `make_base` makes into the folder `out`."""
    torch.manual_seed(7)
    base = make_base().float().eval()
    with torch.no_grad():
        for name, p in base.named_parameters():
            p.normal_(1.0 if "norm" in name else 0.0, 0.2)
    base.save_pretrained(out / "base", safe_serialization=True)
    (out / "base" / "generation_config.json").unlink(missing_ok=True)

    # One packed row: segments of 13 and 9 tokens and 2 of padding; the completion of each carries loss.
    T, lengths, prompts = 24, [13, 9], [7, 4]
    tokens = torch.randint(0, 272, (T,))
    segments = torch.zeros(T, dtype=torch.long)
    positions = torch.zeros(T, dtype=torch.long)
    loss_positions, targets, at = [], [], 0
    for i, (length, prompt) in enumerate(zip(lengths, prompts)):
        segments[at:at + length] = i + 1
        positions[at:at + length] = torch.arange(length)
        loss_positions += range(at + prompt - 1, at + length - 1)
        targets += tokens[at + prompt:at + length].tolist()
        at += length
    positions[at:] = torch.arange(T - at)
    loss_positions, targets = torch.tensor(loss_positions), torch.tensor(targets)
    weights = torch.full((len(targets),), 1.0 / len(targets))
    allowed = (segments[:, None] == segments[None, :]) & torch.ones(T, T, dtype=torch.bool).tril()
    mask = torch.where(allowed, 0.0, torch.finfo(torch.float32).min)[None, None]

    def forward(model):
        logits = model(input_ids=tokens[None], position_ids=positions[None], attention_mask=mask, use_cache=False).logits[0, loss_positions]
        nll = torch.nn.functional.cross_entropy(logits, targets, reduction="none")
        return logits, nll, (nll * weights).sum()

    batch = {"tokens": tokens.tolist(), "segments": segments.tolist(), "positions": positions.tolist(), "lossPositions": loss_positions.tolist(), "targets": targets.tolist()}
    tensors = {}

    # Full training: every gradient of the base.
    base.train()
    logits, nll, loss = forward(base)
    loss.backward()
    tensors |= {"full.logits": logits, "full.nll": nll, "full.loss": loss}
    for name, p in base.named_parameters():
        tensors[f"full.gradient.{name}"] = p.grad.clone()
        p.grad = None

    # LoRA.
    lora = LoraConfig(r=4, lora_alpha=4, lora_dropout=0.0, use_rslora=True, task_type="CAUSAL_LM", bias="none",
                      target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"])
    model = get_peft_model(base, lora).train()
    with torch.no_grad():
        for name, p in model.named_parameters():
            if "lora_" in name:
                p.normal_(0.0, 0.1)
    model.save_pretrained(out / "adapter", safe_serialization=True)
    (out / "adapter" / "README.md").unlink(missing_ok=True)
    trainable = {n.removeprefix("base_model.model.").replace(".default", ""): p for n, p in model.named_parameters() if p.requires_grad}
    logits, nll, loss = forward(model)
    loss.backward()
    tensors |= {"lora.logits": logits, "lora.nll": nll, "lora.loss": loss}
    for name, p in trainable.items():
        tensors[f"lora.gradient.{name}"] = p.grad.clone()

    steps, hyper = [], {"learningRate": 0.01, "warmupSteps": 3, "steps": 10, "maxGradNorm": 0.5, "weightDecay": 0.01, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
    optimizer = torch.optim.AdamW(trainable.values(), lr=hyper["learningRate"], betas=(0.9, 0.999), eps=1e-8, weight_decay=hyper["weightDecay"], foreach=False, fused=False)
    schedule = get_linear_schedule_with_warmup(optimizer, hyper["warmupSteps"], hyper["steps"])
    for step in range(hyper["steps"]):
        optimizer.zero_grad()
        _, _, loss = forward(model)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(trainable.values(), hyper["maxGradNorm"])
        steps.append({"loss": loss.item(), "gradNorm": norm.item(), "learningRate": schedule.get_last_lr()[0]})
        optimizer.step()
        schedule.step()
    for name, p in trainable.items():
        tensors[f"after.{name}"] = p.detach().clone()
        tensors[f"after.m.{name}"] = optimizer.state[p]["exp_avg"].clone()
        tensors[f"after.v.{name}"] = optimizer.state[p]["exp_avg_sq"].clone()

    save_file({n: t.detach().contiguous().float() for n, t in tensors.items()}, out / "golden.safetensors")
    versions = {"torch": torch.__version__, "transformers": transformers.__version__, "peft": peft.__version__, "python": platform.python_version()}
    (out / "golden.json").write_text(json.dumps({"rowTokens": T, "versions": versions, "hyper": hyper, "batch": batch, "steps": steps}) + "\n")
    print(versions, steps[0], steps[-1])


if __name__ == "__main__":
    config = LlamaConfig(
        vocab_size=272, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
        head_dim=8, max_position_embeddings=131072, rms_norm_eps=1e-5, tie_word_embeddings=True, attn_implementation="eager",
        rope_theta=500000.0,
        rope_scaling={"rope_type": "llama3", "factor": 32.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192},
    )
    golden(goldens / "train", lambda: LlamaForCausalLM(config))

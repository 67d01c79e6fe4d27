"""One PyTorch trainer for bench/train.ts: transformers' Llama with PEFT's LoRA, the head at the positions that carry loss alone.

  python bench/train_peer.py '{"config": {...}, "dtype": "bfloat16", "threads": 2, "runs": 3, ...}'   # one line of JSON
  python bench/train_peer.py '{"peaks": [1024, 2048, 8192], "threads": 2}'                            # its own matrix products

Needs torch, transformers and peft. The sequences are a batch of equal lengths: no mask, and no attention between them.
"""

import json
import resource
import sys
import time

import torch

START = time.time()


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def peaks(rows, inputs, outputs):
    result = {}
    for dtype in (torch.float32, torch.bfloat16):
        weight, x = torch.randn(outputs, inputs).to(dtype), torch.randn(rows, inputs).to(dtype)
        wall, core = [], []
        for _ in range(8):
            start, cpu = time.perf_counter(), cpu_seconds()
            torch.nn.functional.linear(x, weight)
            wall.append(time.perf_counter() - start)
            core.append(cpu_seconds() - cpu)
        gflop = 2 * rows * inputs * outputs / 1e9
        result[str(dtype).removeprefix("torch.")] = {"wall": gflop / min(wall), "core": gflop / max(min(core), 1e-9)}
    return result


def train(job):
    from peft import LoraConfig, get_peft_model
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(1)
    dtype = getattr(torch, job["dtype"])
    config = LlamaConfig(**job["config"], attn_implementation="sdpa")
    with torch.no_grad():
        torch.set_default_dtype(dtype)
        model = LlamaForCausalLM(config)
        torch.set_default_dtype(torch.float32)
    targets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    lora = LoraConfig(r=job["rank"], lora_alpha=job["rank"], use_rslora=True, target_modules=targets)
    model = get_peft_model(model, lora, autocast_adapter_dtype=job.get("adapter", "float32") == "float32")
    model.train()
    base = model.get_base_model()
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-4, weight_decay=0.0, fused=True)
    tokens, loss_tokens = job["sequenceTokens"], job["completionTokens"]
    ids = torch.randint(0, config.vocab_size, (job["sequences"], tokens))
    seconds, cpus, losses, ready = [], [], [], time.time() - START
    for done in range(job["runs"] + 1):
        start, cpu = time.perf_counter(), cpu_seconds()
        hidden = base.model(input_ids=ids, use_cache=False).last_hidden_state
        logits = base.lm_head(hidden[:, tokens - loss_tokens - 1 : -1]).float()
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, tokens - loss_tokens :].flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 2.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(loss.item())
        if done > 0:
            seconds.append(time.perf_counter() - start)
            cpus.append(cpu_seconds() - cpu)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"readySeconds": ready, "losses": losses, "seconds": seconds, "cpuSeconds": cpus, "peakGiB": peak}


request = json.loads(sys.argv[1])
torch.set_num_threads(request["threads"])
print(json.dumps(peaks(*request["peaks"]) if "peaks" in request else train(request)))

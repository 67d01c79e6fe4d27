"""A Hugging Face folder of a Llama or Qwen3 -> the .pte that ExecuTorch's own exporter makes of it.

    python scripts/pte/export.py HF_FOLDER KIND OUT.pte [--random SEED] [--context 1024] [--fast]

KIND is 8da8w (linears int8 per row), 8da4w (linears int4 in groups of 32, head int8 per row) or fp32; activations are
quantised to 8 bits per token as the model runs, the embedding is int8 per row. HF_FOLDER holds config.json,
generation_config.json and, unless --random is given, model.safetensors. --random draws every tensor, norms too (the
exporter stores equal constants once, and a template with shared constants cannot be filled) and writes them beside
OUT.pte as OUT.weights.pt, which make-template.py needs. --fast is for templates, whose weights are thrown away: it
quantises by the largest magnitude alone, in place of torchao's half-quadratic search, and compiles partitions of equal
form once (quick.py); which layers are then copies is written to OUT.copies.json.

Environment: pip install executorch==1.5.1 torch==2.13.0 safetensors tokenizers, bin/ on PATH (flatc is called).
"""

import argparse
import json
import os
import tempfile
import time

import torch

cli = argparse.ArgumentParser()
cli.add_argument("folder")
cli.add_argument("kind", choices=["8da8w", "8da4w", "fp32"])
cli.add_argument("out")
cli.add_argument("--random", type=int)
cli.add_argument("--context", type=int, default=1024)
cli.add_argument("--fast", action="store_true")
EOS_IDS = 3  # places for end tokens in every file; a model with fewer repeats its last


def meta_names(config):
    """Hugging Face name -> name in ExecuTorch's Llama, in the order of the file that is drawn."""
    names = {"model.embed_tokens.weight": "tok_embeddings.weight"}
    for i in range(config["num_hidden_layers"]):
        hf, meta = f"model.layers.{i}.", f"layers.{i}."
        names |= {
            f"{hf}input_layernorm.weight": f"{meta}attention_norm.weight",
            f"{hf}self_attn.q_proj.weight": f"{meta}attention.wq.weight",
            f"{hf}self_attn.k_proj.weight": f"{meta}attention.wk.weight",
            f"{hf}self_attn.v_proj.weight": f"{meta}attention.wv.weight",
            f"{hf}self_attn.o_proj.weight": f"{meta}attention.wo.weight",
            f"{hf}post_attention_layernorm.weight": f"{meta}ffn_norm.weight",
            f"{hf}mlp.gate_proj.weight": f"{meta}feed_forward.w1.weight",
            f"{hf}mlp.up_proj.weight": f"{meta}feed_forward.w3.weight",
            f"{hf}mlp.down_proj.weight": f"{meta}feed_forward.w2.weight",
        }
        if config["model_type"] == "qwen3":
            names |= {
                f"{hf}self_attn.q_norm.weight": f"{meta}attention.q_norm_fn.weight",
                f"{hf}self_attn.k_norm.weight": f"{meta}attention.k_norm_fn.weight",
            }
    return names | {"model.norm.weight": "norm.weight", "lm_head.weight": "output.weight"}


def head_dim(config):
    return config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]


def kv_heads(config):
    return config.get("num_key_value_heads") or config["num_attention_heads"]


def rotary_heads(config, name):
    """Heads of a matrix whose rows the exporter wants as adjacent pairs; None for any other. Qwen3 keeps Hugging Face's order."""
    if config["model_type"] == "qwen3":
        return None
    if name.endswith("q_proj.weight"):
        return config["num_attention_heads"]
    return kv_heads(config) if name.endswith("k_proj.weight") else None


def shape(config, name):
    d, f, v, h = config["hidden_size"], config["intermediate_size"], config["vocab_size"], head_dim(config)
    q, kv = config["num_attention_heads"] * h, kv_heads(config) * h
    part = name.split(".")[-2]
    return {
        "embed_tokens": (v, d), "lm_head": (v, d), "q_proj": (q, d), "k_proj": (kv, d), "v_proj": (kv, d), "o_proj": (d, q),
        "gate_proj": (f, d), "up_proj": (f, d), "down_proj": (d, f), "q_norm": (h,), "k_norm": (h,),
    }.get(part, (d,))  # fmt: skip


def draw(config, seed):
    """Random tensors by Hugging Face name, all different; bfloat16, so that a 1B takes 3 GB."""
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for name in meta_names(config):
        values = torch.randn(shape(config, name), generator=generator)
        tensors[name] = (1 + 0.1 * values if values.ndim == 1 else 0.05 * values).bfloat16()
    return tensors


def read(folder, config):
    from safetensors.torch import load_file

    tensors = {name: value.float() for name, value in load_file(f"{folder}/model.safetensors").items()}
    if config.get("tie_word_embeddings", True):
        tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"].clone()
    return tensors


def to_meta(config, tensors):
    """The checkpoint as ExecuTorch reads it: its names, rotary rows as adjacent pairs."""
    checkpoint = {}
    for hf, meta in meta_names(config).items():
        values, heads = tensors[hf], rotary_heads(config, hf)
        if heads is not None:
            values = values.view(heads, 2, -1, values.shape[1]).transpose(1, 2).reshape(values.shape).contiguous()
        checkpoint[meta] = values
    return checkpoint


def params(config):
    """params.json of ExecuTorch's Llama (examples/models/llama/model_args.py)."""
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    known = {
        "dim": config["hidden_size"], "n_layers": config["num_hidden_layers"], "n_heads": config["num_attention_heads"],
        "n_kv_heads": kv_heads(config), "head_dim": head_dim(config), "vocab_size": config["vocab_size"],
        "hidden_dim": config["intermediate_size"], "norm_eps": config["rms_norm_eps"],
        "rope_theta": float(rope.get("rope_theta") or config["rope_theta"]),
        "use_scaled_rope": rope.get("rope_type") == "llama3",
    }  # fmt: skip
    if config["model_type"] == "qwen3":
        known |= {"use_qk_norm": True, "qk_norm_before_rope": True, "use_hf_rope": True, "attention_qkv_bias": False}
    return known


def eos_ids(folder, config):
    path = f"{folder}/generation_config.json"
    found = json.load(open(path)).get("eos_token_id") if os.path.exists(path) else config["eos_token_id"]
    ids = found if isinstance(found, list) else [found]
    assert len(ids) <= EOS_IDS, ids
    return ids + [ids[-1]] * (EOS_IDS - len(ids))


def use_our_quantiser(kind, fast):
    """The exporter's `quantize` with one change: the head stays int8 in 8da4w, and 8da8w, which the code has and the option refuses, works."""
    from executorch.examples.models.llama.source_transformation import quantize as wheel
    from torchao.quantization import Int8DynamicActivationIntxWeightConfig, quantize_
    from torchao.quantization.granularity import PerAxis, PerGroup

    def config(dtype, granularity):
        return Int8DynamicActivationIntxWeightConfig(
            weight_dtype=dtype,
            weight_granularity=granularity,
            intx_choose_qparams_algorithm="affine" if fast else "hqq_scale_only",
        )

    def quantise(model, *_, **__):
        is_linear = lambda module: isinstance(module, torch.nn.Linear)
        by_row = lambda module, name: is_linear(module) and (kind == "8da8w" or name == "output")
        quantize_(model, config(torch.int8, PerAxis(0)), filter_fn=by_row)
        if kind == "8da4w":
            by_group = lambda module, name: is_linear(module) and name != "output"
            quantize_(model, config(torch.int4, PerGroup(32)), filter_fn=by_group)
        return model

    wheel.quantize = quantise


def export(folder, kind, out, *, tensors, context, fast):
    from executorch.examples.models.llama.export_llama_lib import _export_llama
    from executorch.extension.llm.export.config.llm_config import LlmConfig

    config = json.load(open(f"{folder}/config.json"))
    llm = LlmConfig()
    with tempfile.TemporaryDirectory() as work:  # its path must hold neither "int8" nor "8da4w": the exporter reads those
        llm.base.checkpoint, llm.base.params = f"{work}/model.pth", f"{work}/params.json"
        torch.save(to_meta(config, tensors), llm.base.checkpoint)
        tensors.clear()
        json.dump(params(config), open(llm.base.params, "w"))
        llm.base.model_class = type(llm.base.model_class)("qwen3_0_6b" if config["model_type"] == "qwen3" else "llama3_2")
        ids = eos_ids(folder, config)
        bos = config.get("bos_token_id")
        import importlib.metadata as versions

        made_with = f"executorch {versions.version('executorch')}"
        llm.base.metadata = json.dumps({"get_bos_id": ids[0] if bos is None else bos, "get_eos_ids": ids, "made_with": made_with})
        llm.model.use_kv_cache = llm.model.use_sdpa_with_kv_cache = True
        llm.export.max_seq_length = llm.export.max_context_length = context
        llm.export.output_dir = os.path.dirname(os.path.abspath(out))
        llm.export.output_name = os.path.abspath(out)  # a name with .pte is taken as the whole path
        if kind != "fp32":
            use_our_quantiser(kind, fast)
            llm.quantization.qmode = "8da4w"  # any of its names: ours is called
            llm.quantization.embedding_quantize = "8,0"
            llm.quantization.use_hqq = not fast
        llm.backend.xnnpack.enabled = llm.backend.xnnpack.extended_ops = True
        if fast:
            import quick

            quick.install()
        _export_llama(llm)
        if fast:
            json.dump(quick.copies, open(out.removesuffix(".pte") + ".copies.json", "w"))


def main():
    args = cli.parse_args()
    config = json.load(open(f"{args.folder}/config.json"))
    start = time.time()
    if args.random is None:
        tensors = read(args.folder, config)
    else:
        tensors = draw(config, args.random)
        torch.save(tensors, args.out.removesuffix(".pte") + ".weights.pt")
    export(args.folder, args.kind, args.out, tensors=tensors, context=args.context, fast=args.fast)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{args.out}: {os.path.getsize(args.out):,} bytes in {time.time() - start:.0f} s, {time.process_time():.0f} s of CPU, {peak} MB")


if __name__ == "__main__":
    main()

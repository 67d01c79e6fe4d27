"""Makes golden/export: a tiny Llama, a PEFT rsLoRA adapter for it, what PEFT computes with them, and which exported files it accepts.

Run: python scripts/goldens/export.py      (needs `npm ci`: it runs our export through tsx and loads the result)
"""
import hashlib
import json
import shutil
import subprocess
import tempfile
from importlib.metadata import version
from pathlib import Path

import gguf
import numpy as np
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors, trainers
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "golden" / "export"
PATTERN = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
SPECIAL = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eom_id|>", "<|eot_id|>"]
TEMPLATE = "{{ bos_token }}{% for m in messages %}<|start_header_id|>{{ m.role }}<|end_header_id|>\n\n{{ m.content | trim }}<|eot_id|>{% endfor %}"
PROMPT = [256, 10, 40, 7, 300, 255, 12, 99, 261, 33, 270, 5]


def make_tokenizer(folder: Path) -> int:
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(PATTERN), behavior="isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    trainer = trainers.BpeTrainer(vocab_size=298, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(["Thank you for the mail. The meeting is on Monday, and they will be there. " * 3, "Please send me the invoice then."], trainer)
    tokenizer.add_special_tokens(SPECIAL)
    tokenizer.add_tokens(["<mail>"])
    bos = tokenizer.token_to_id(SPECIAL[0])
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{SPECIAL[0]} $A", special_tokens=[(SPECIAL[0], bos)])
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {"bos_token": SPECIAL[0], "eos_token": "<|eot_id|>", "chat_template": TEMPLATE, "tokenizer_class": "PreTrainedTokenizerFast"}
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
    return tokenizer.get_vocab_size()


def make_base() -> LlamaForCausalLM:
    torch.manual_seed(11)
    folder = OUT / "base"
    folder.mkdir(parents=True)
    size = make_tokenizer(folder)
    config = LlamaConfig(
        vocab_size=size + 3, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, head_dim=8,
        max_position_embeddings=256, rms_norm_eps=1e-5, tie_word_embeddings=True, bos_token_id=298, eos_token_id=303,
        rope_parameters={"rope_type": "llama3", "rope_theta": 1000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 32},
    )
    model = LlamaForCausalLM(config).eval()
    with torch.no_grad():
        for name, p in model.named_parameters():
            if p.ndim == 1:
                p.copy_(1 + 0.2 * torch.randn_like(p))
            else:
                p.copy_(torch.randn_like(p) * (0.5 if "embed" in name else 0.25))
    model.save_pretrained(folder)
    return model


def make_checkpoint(base: LlamaForCausalLM) -> PeftModel:
    torch.manual_seed(12)
    targets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    model = get_peft_model(base, LoraConfig(r=4, lora_alpha=6, use_rslora=True, target_modules=targets, task_type="CAUSAL_LM")).eval()
    with torch.no_grad():
        for name, p in model.named_parameters():
            if "lora_" in name:
                p.copy_(torch.randn_like(p) * 0.15)
    folder = OUT / "checkpoint"
    model.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    config = json.loads((folder / "adapter_config.json").read_text())
    config["base_model_name_or_path"] = "base"
    config["target_modules"] = targets
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2) + "\n")
    return model


def logits_of(model) -> torch.Tensor:
    with torch.no_grad():
        return model(torch.tensor([PROMPT])).logits[0].float()


def load_gguf(path: Path) -> LlamaForCausalLM:
    """The exported GGUF as a Hugging Face model: tensors read by the gguf package, q and k rows put back, names mapped."""
    reader = gguf.GGUFReader(path)
    config = LlamaConfig.from_pretrained(OUT / "base")
    model = LlamaForCausalLM(config).eval()
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config.num_hidden_layers)
    tensors = {t.name: torch.from_numpy(np.array(gguf.quants.dequantize(t.data, t.tensor_type), dtype=np.float32)) for t in reader.tensors}
    inv_freq, _ = ROPE_INIT_FUNCTIONS["llama3"](config, "cpu")
    plain = 1.0 / (config.rope_parameters["rope_theta"] ** (torch.arange(0, 8, 2).float() / 8))
    torch.testing.assert_close(tensors.pop("rope_freqs.weight"), plain / inv_freq, rtol=1e-6, atol=0)
    state = model.state_dict()
    for name in list(state):
        if name == "lm_head.weight":
            continue
        value = tensors.pop(names.get_name(name, try_suffixes=(".weight",)))
        heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}.get(name.split(".")[-2])
        if heads:
            value = value.reshape(heads, value.shape[0] // heads // 2, 2, value.shape[1]).swapaxes(1, 2).reshape(value.shape)
        state[name] = value
    assert not tensors, f"more tensors than the model has: {list(tensors)}"
    state["lm_head.weight"] = state["model.embed_tokens.weight"]
    model.load_state_dict(state)
    return model


for name in ("base", "checkpoint", "merged-by-peft"):
    shutil.rmtree(OUT / name, ignore_errors=True)
OUT.mkdir(parents=True, exist_ok=True)
peft_model = make_checkpoint(make_base())
expected = logits_of(peft_model)
peft_model.merge_and_unload().save_pretrained(OUT / "merged-by-peft")
for file in (OUT / "merged-by-peft").iterdir():
    if file.name != "model.safetensors":
        file.unlink()
options = {"formats": ["adapter", "merged", "gguf-f32", "gguf-f16", "gguf-q8_0"], "metadata": {"name": "tiny", "systemPrompt": "Reply to this email.", "dateString": "26 Jul 2024"}}
(OUT / "options.json").write_text(json.dumps(options, indent=2) + "\n")

with tempfile.TemporaryDirectory() as temporary:
    exported = Path(temporary)
    subprocess.run(["npx", "tsx", "scripts/goldens/export-run.ts", temporary], cwd=ROOT, check=True)
    base = AutoModelForCausalLM.from_pretrained(OUT / "base").eval()
    differences = {
        "adapter": PeftModel.from_pretrained(base, exported / "adapter").eval(),
        "merged": AutoModelForCausalLM.from_pretrained(exported / "merged").eval(),
        "gguf-f32": load_gguf(exported / "model-f32.gguf"),
        "gguf-f16": load_gguf(exported / "model-f16.gguf"),
        "gguf-q8_0": load_gguf(exported / "model-q8_0.gguf"),
    }
    differences = {name: float((logits_of(model) - expected).abs().max()) for name, model in differences.items()}
    print(f"logits up to {float(expected.abs().max()):.3f}; largest differences: {differences}")
    assert all(value < limit for value, limit in zip(differences.values(), (1e-4, 1e-4, 1e-4, 2e-2, 0.5))), "an exported file computes something else"
    files = sorted(f for f in exported.rglob("*") if f.is_file())
    accepted = {str(f.relative_to(exported)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}

for file in OUT.rglob("*.safetensors"):
    file.chmod(0o644)

tools = {name: version(name) for name in ("torch", "transformers", "peft", "tokenizers", "gguf")}
result = {"tools": tools, "prompt": PROMPT, "largestLogitDifferences": differences, "accepted": accepted, "logits": [[round(v, 5) for v in row] for row in expected.tolist()]}
(OUT / "export.json").write_text(json.dumps(result) + "\n")

"""Plain PEFT under TRL's SFTTrainer for bench/gpu.ts, as its documentation has it: LoRA, bfloat16 where there is a GPU, completion-only loss.

  python bench/gpu_peer.py '{"data": "sequences.json", "base": "FOLDER", "packed": true, ...}'   # one line of JSON

Needs bench/gpu_requirements.txt. With a GPU and flash-attn installed that is used; else PyTorch's own attention.
"""
import importlib.util
import json
import sys
import tempfile
import time

import torch
from datasets import Dataset
from gpu_steps import describe
from peft import LoraConfig
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast, TrainerCallback
from trl import SFTConfig, SFTTrainer

PAD = 0


class Clock(TrainerCallback):
    """Seconds and tokens of each step but the first two."""

    def __init__(self):
        self.seconds, self.tokens, self.counted = [], [], 0

    def count(self, _, args, kwargs):
        ids = kwargs.get("input_ids", args[0] if args else None)
        self.counted += int((ids != PAD).sum())

    def on_step_begin(self, args, state, control, **_):
        self.start, self.counted = time.perf_counter(), 0

    def on_step_end(self, args, state, control, **_):
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        if state.global_step > 2:
            self.seconds.append(time.perf_counter() - self.start)
            self.tokens.append(self.counted)


def tokenizer():
    """One that only pads: the sequences are token ids already."""
    from tokenizers import Tokenizer, models

    inner = Tokenizer(models.WordLevel({"<pad>": PAD, "<eos>": 1}, unk_token="<pad>"))
    return PreTrainedTokenizerFast(tokenizer_object=inner, pad_token="<pad>", eos_token="<eos>")


def train(job):
    on_gpu = torch.cuda.is_available()
    rows = [
        {"input_ids": ids, "completion_mask": [int(i >= start) for i in range(len(ids))]}
        for ids, start in json.load(open(job["data"]))
    ]
    attention = "flash_attention_2" if on_gpu and importlib.util.find_spec("flash_attn") else "sdpa"
    model = AutoModelForCausalLM.from_pretrained(
        job["base"], dtype=torch.bfloat16 if on_gpu else torch.float32, attn_implementation=attention
    )
    # A packed row holds about row / mean length sequences: as many rows a step as hold the sequences of one of ours.
    mean = sum(len(row["input_ids"]) for row in rows) / len(rows)
    per_step = max(1, round(job["sequences"] * mean / job["row"])) if job["packed"] else job["sequences"]
    at_once = min(job["rows"], per_step)
    config = SFTConfig(
        output_dir=tempfile.mkdtemp(), report_to=[], save_strategy="no", disable_tqdm=True, seed=1,
        per_device_train_batch_size=at_once, gradient_accumulation_steps=max(1, per_step // at_once),
        max_steps=job["steps"], learning_rate=1e-5, lr_scheduler_type="linear", warmup_steps=0, max_grad_norm=2.0,
        max_length=job["row"], packing=job["packed"], completion_only_loss=True,
        bf16=on_gpu, gradient_checkpointing=False, logging_steps=job["steps"],
    )  # fmt: skip
    lora = LoraConfig(
        r=job["rank"], lora_alpha=job["alpha"], use_rslora=True, lora_dropout=0.0, target_modules=job["targets"],
        bias="none", task_type="CAUSAL_LM",
    )  # fmt: skip
    clock = Clock()
    trainer = SFTTrainer(
        model=model, args=config, train_dataset=Dataset.from_list(rows), processing_class=tokenizer(),
        peft_config=lora, callbacks=[clock],
    )  # fmt: skip
    trainer.model.register_forward_pre_hook(clock.count, with_kwargs=True)
    trainer.train()
    return {"seconds": clock.seconds, "tokens": clock.tokens}


if __name__ == "__main__":
    measured = train(json.loads(sys.argv[1]))
    print(json.dumps({**describe(), **measured}))

"""Runs a .pte in the wheel's own runtime and compares it with the model in float32 (transformers), mail by mail.

    python scripts/check-pte.py FILE.pte HF_FOLDER EMAILS.jsonl [--mails 20] [--tokens 60] [--system "Reply to this email."]
    python scripts/check-pte.py FILE.pte HF_FOLDER --mail MAIL.txt --show      # one mail, as the prompt has it

FILE.pte has its tokenizer.json beside it; HF_FOLDER is the model it was made of (export's merged/); EMAILS.jsonl is a run's emails.jsonl.
For each mail: the prompt as the model's own chat template writes it, the greedy reply of the float32 model, along it KL(float32 || .pte) of every
next token and whether the first choice is the same, and the greedy reply of the .pte by TextLLMRunner, the runner that phones use. Tokens a second are
those of 48 greedy tokens behind the first eight of a prompt, as export's own table has them. Exits 1 above a mean of --limit nats. Environment: pip install executorch==1.5.1 torch==2.13.0 transformers==5.24.0
"""

import argparse
import json
import os
import sys
import time

import torch
from executorch.extension.llm.custom_ops import custom_ops  # noqa: F401, registers llama::custom_sdpa and llama::update_cache
from executorch.extension.llm.runner import GenerationConfig, TextLLMRunner
from executorch.extension.pybindings.portable_lib import _load_for_executorch
from executorch.kernels import quantized  # noqa: F401, registers quantized_decomposed::embedding_byte
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

cli = argparse.ArgumentParser()
cli.add_argument("pte")
cli.add_argument("hf")
cli.add_argument("emails", nargs="?")
cli.add_argument("--mail", help="a file with one mail: From, Subject, an empty line, the text")
cli.add_argument("--mails", type=int, default=20)
cli.add_argument("--tokens", type=int, default=60)
cli.add_argument("--system", default="Reply to this email.")
cli.add_argument("--limit", type=float, default=0.005)
cli.add_argument("--show", action="store_true", help="print both replies to each mail")


def load_tokenizer(folder):
    config = json.load(open(f"{folder}/tokenizer_config.json"))
    template = f"{folder}/chat_template.jinja"
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=f"{folder}/tokenizer.json", bos_token=config["bos_token"], eos_token=config["eos_token"])
    tokenizer.chat_template = open(template).read() if os.path.exists(template) else config["chat_template"]
    return tokenizer


def texts(args):
    if args.mail:
        yield open(args.mail).read().strip()
        return
    for line in list(open(args.emails))[: args.mails]:
        mail = json.loads(line)
        yield f"From: {mail['from']['name'] if isinstance(mail['from'], dict) else mail['from']}\nSubject: {mail['subject']}\n\n{mail['body']}"[:1200]


def prompts(tokenizer, args):
    for text in texts(args):
        messages = [{"role": "system", "content": args.system}, {"role": "user", "content": text}]
        yield tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)


class Program:
    """The .pte, token by token."""

    def __init__(self, path):
        self.module = _load_for_executorch(path)
        self.ends = set(self.module.run_method("get_eos_ids"))
        self.vocabulary = self.module.run_method("get_vocab_size")[0]

    def step(self, tokens, position):
        logits = self.module.forward((torch.tensor([tokens]), torch.tensor([position])))[0]
        return logits.reshape(-1)[-self.vocabulary :].clone()

    def along(self, ids, reply):
        """Logits before each token of the reply and behind its last but one."""
        rows = [self.step(ids, 0)]
        rows += [self.step([token], len(ids) + i) for i, token in enumerate(reply[:-1])]
        return torch.stack(rows).log_softmax(-1)

    def tokens_per_second(self, ids, count=48):
        token = self.step(ids[:8], 0).argmax().item()
        start = time.time()
        for i in range(count):
            token = self.step([token], 8 + i).argmax().item()
        return count / (time.time() - start)


def greedy(model, ids, ends, limit):
    reply, cache, new = [], None, ids
    while len(reply) < limit and (not reply or reply[-1] not in ends):
        out = model(torch.tensor([new]), past_key_values=cache, use_cache=True)
        cache, new = out.past_key_values, [out.logits[0, -1].argmax().item()]
        reply += new
    return reply


def run_text(runner, prompt, tokens):
    pieces = []
    sys.stdout.flush()
    saved, null = (os.dup(1), os.dup(2)), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)  # the runner prints every piece itself, and its log
    os.dup2(null, 2)
    try:
        runner.generate(prompt, GenerationConfig(max_new_tokens=tokens, temperature=0.0, echo=False), pieces.append)
    finally:
        for i, stream in enumerate(saved):
            os.dup2(stream, i + 1)
            os.close(stream)
        os.close(null)
        runner.reset()
    return "".join(pieces)


@torch.no_grad()
def main():
    args = cli.parse_args()
    tokenizer = load_tokenizer(args.hf)
    model = AutoModelForCausalLM.from_pretrained(args.hf, dtype=torch.float32)
    program = Program(args.pte)
    runner = TextLLMRunner(args.pte, os.path.join(os.path.dirname(os.path.abspath(args.pte)), "tokenizer.json"))
    divergence, agree, equal, count, speeds = [], [], 0, 0, []
    for prompt in prompts(tokenizer, args):
        ids = tokenizer(prompt, add_special_tokens=False).input_ids
        reply = greedy(model, ids, program.ends, args.tokens)
        truth = model(torch.tensor([ids + reply])).logits[0, len(ids) - 1 : -1].log_softmax(-1)
        mine = program.along(ids, reply)
        speeds.append(program.tokens_per_second(ids))
        divergence += (truth.exp() * (truth - mine)).sum(-1).tolist()
        agree += (truth.argmax(-1) == mine.argmax(-1)).tolist()
        text = tokenizer.decode(reply)
        spoken = run_text(runner, prompt, args.tokens)
        same = spoken.strip() == text.strip()
        equal, count = equal + same, count + 1
        if args.show:
            print("fp32:", repr(text), "\n.pte:", repr(spoken), "\n")
    mean = sum(divergence) / len(divergence)
    print(f"{args.pte}: {os.path.getsize(args.pte):,} bytes; {count} mails, {len(divergence)} tokens: mean KL {mean:.5f} nats (largest {max(divergence):.4f}), "
          f"first choice equal {sum(agree)} of {len(agree)}, whole greedy replies equal {equal} of {count}, {sorted(speeds)[len(speeds) // 2]:.0f} tokens/s (median)")  # fmt: skip
    sys.exit(mean > args.limit)


if __name__ == "__main__":
    main()

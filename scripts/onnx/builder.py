"""Compares an exported folder onnx-KIND with what onnxruntime-genai's own model builder makes of the same merged folder.

    python scripts/onnx/builder.py RUN/export/onnx-fp16 RUN/export/merged EMAILS.jsonl WORK [--precision fp32] [--mails 5] [--tokens 40]

Builds WORK/PRECISION by the builder where it is not there yet, runs both by onnxruntime-genai and the merged folder in float32 by transformers, and
prints for each: the mean KL(float32 || file) of every next token along the greedy float32 reply, how often the first choice is the same, and
how many whole greedy replies are equal. Exits 1 where ours is further from float32 than twice the builder's and than 1e-4 nats. Environment:
pip install onnxruntime-genai==0.18.0 onnxruntime onnx onnx-ir torch transformers
"""

import argparse
import json
import os
import subprocess
import sys

import numpy as np
import onnxruntime_genai as og
import torch
from transformers import AutoModelForCausalLM

cli = argparse.ArgumentParser()
cli.add_argument("folder")
cli.add_argument("merged")
cli.add_argument("emails")
cli.add_argument("work")
cli.add_argument("--precision", default="fp32", choices=["fp32", "int8", "int4"], help="of the builder, on a CPU")
cli.add_argument("--mails", type=int, default=5)
cli.add_argument("--tokens", type=int, default=40)
cli.add_argument("--system", default="Reply to this email.")


def build(merged, out, precision):
    if os.path.exists(f"{out}/genai_config.json"):
        return
    command = [sys.executable, "-m", "onnxruntime_genai.models.builder", "-i", merged, "-o", out, "-p", precision, "-e", "cpu"]
    subprocess.run(command, check=True)


def prompts(tokenizer, args):
    for line in list(open(args.emails))[: args.mails]:
        mail = json.loads(line)
        sender = mail["from"]["name"] if isinstance(mail["from"], dict) else mail["from"]
        text = f"From: {sender}\nSubject: {mail['subject']}\n\n{mail['body']}"[:1200]
        messages = [{"role": "system", "content": args.system}, {"role": "user", "content": text}]
        yield tokenizer.encode(tokenizer.apply_chat_template(messages=json.dumps(messages), add_generation_prompt=True)).tolist()


def log_softmax(logits):
    return torch.from_numpy(np.asarray(logits, dtype=np.float32)).log_softmax(-1)


class Folder:
    """A folder of onnxruntime-genai, token by token."""

    def __init__(self, path):
        self.model = og.Model(path)

    def generator(self, length):
        params = og.GeneratorParams(self.model)
        params.set_search_options(max_length=length, do_sample=False)
        return og.Generator(self.model, params)

    def along(self, ids, reply):
        generator = self.generator(len(ids) + len(reply) + 1)
        rows = []
        for tokens in [ids] + [[token] for token in reply[:-1]]:
            generator.append_tokens(tokens)
            rows.append(np.asarray(generator.get_output("logits"))[0, -1].copy())
        return log_softmax(np.stack(rows))

    def greedy(self, ids, count):
        generator = self.generator(len(ids) + count)
        generator.append_tokens(ids)
        reply = []
        while not generator.is_done():
            generator.generate_next_token()
            reply.append(int(generator.get_next_tokens()[0]))
        return reply


@torch.no_grad()
def main():
    args = cli.parse_args()
    peer = f"{args.work}/{args.precision}"
    build(args.merged, peer, args.precision)
    folders = {"ours": Folder(args.folder), "builder": Folder(peer)}
    truth_model = AutoModelForCausalLM.from_pretrained(args.merged, dtype=torch.float32)
    ends = set(json.load(open(f"{args.folder}/genai_config.json"))["model"]["eos_token_id"])
    figures = {name: {"kl": [], "same": [], "equal": 0} for name in folders}
    tokenizers = [og.Tokenizer(folder.model) for folder in folders.values()]
    count = 0
    for ids, theirs in zip(*(list(prompts(tokenizer, args)) for tokenizer in tokenizers)):
        if ids != theirs:
            sys.exit("the two folders tokenize a prompt differently")
        reply = truth_model.generate(torch.tensor([ids]), max_new_tokens=args.tokens, do_sample=False, eos_token_id=sorted(ends))[0, len(ids) :].tolist()
        truth = truth_model(torch.tensor([ids + reply])).logits[0, len(ids) - 1 : -1].log_softmax(-1)
        count += 1
        for name, folder in folders.items():
            rows = folder.along(ids, reply)
            figures[name]["kl"] += (truth.exp() * (truth - rows)).sum(-1).tolist()
            figures[name]["same"] += (truth.argmax(-1) == rows.argmax(-1)).tolist()
            figures[name]["equal"] += folder.greedy(ids, args.tokens)[: len(reply)] == reply
    means = {}
    for name, path in (("ours", args.folder), ("builder", peer)):
        kl, same, equal = figures[name].values()
        means[name] = sum(kl) / len(kl)
        print(f"{name} ({path}): mean KL {means[name]:.6f} nats, first choice equal {sum(same)} of {len(same)}, whole greedy replies equal {equal} of {count}")
    sys.exit(means["ours"] > max(1e-4, 2 * means["builder"]))


if __name__ == "__main__":
    main()

"""Answers a mail with an exported folder onnx-KIND by onnxruntime-genai: its own tokenizer, chat template and loop over the files as they are.

    python scripts/onnx/genai.py RUN/export/onnx-int8 [MAIL.txt] [--system "Reply to this email."] [--tokens 60]

Prints the number of prompt ids, tokens a second and the greedy reply; `node scripts/onnx/transformers.mjs` prints the same by transformers.js.
Exits 1 where logits are no numbers. Environment: pip install onnxruntime-genai==0.18.0
"""

import argparse
import json
import sys
import time

import numpy as np
import onnxruntime_genai as og

cli = argparse.ArgumentParser()
cli.add_argument("folder")
cli.add_argument("mail", nargs="?")
cli.add_argument("--system", default="Reply to this email.")
cli.add_argument("--tokens", type=int, default=60)
args = cli.parse_args()

mail = open(args.mail).read().strip() if args.mail else "From: Ann\nSubject: Lunch\n\nAre you free at noon?"
messages = [{"role": "system", "content": args.system}, {"role": "user", "content": mail}]
model = og.Model(args.folder)
tokenizer = og.Tokenizer(model)
ids = tokenizer.encode(tokenizer.apply_chat_template(messages=json.dumps(messages), add_generation_prompt=True))
params = og.GeneratorParams(model)
params.set_search_options(max_length=len(ids) + args.tokens)
generator = og.Generator(model, params)
generator.append_tokens(ids)
finite = bool(np.isfinite(np.asarray(generator.get_output("logits"))).all())
reply, start = [], time.time()
while not generator.is_done():
    generator.generate_next_token()
    reply.append(int(generator.get_next_tokens()[0]))
print(f"{args.folder}: {len(ids)} prompt ids, {len(reply) / (time.time() - start):.0f} tokens/s, {tokenizer.decode(reply)!r}")
sys.exit(not finite)

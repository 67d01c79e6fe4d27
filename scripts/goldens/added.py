"""Truth for added tokens with "special": false, from the Python `tokenizers`; see golden/text/README.md.

Run from the repository root:  python scripts/goldens/added.py
Each case is golden/text/tokenizer.json with more added tokens; its ids are those of texts that hold them, without begin and end.
"""
import json, random

from tokenizers import Tokenizer

OUT = "golden/text/"
PLAIN = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}
CASES = {
    "plain": [{"content": "<mail>"}, {"content": "<mail>s"}, {"content": "[date]"}],
    "in letters and spaces": [{"content": "reply"}, {"content": "    "}, {"content": "\n\n"}],
    "normalized": [{"content": "<mail>", "normalized": True}, {"content": "née", "normalized": True}],
    "eats the space before": [{"content": "<mail>", "lstrip": True}],
    "eats the space behind": [{"content": "<mail>", "rstrip": True}, {"content": "[date]", "lstrip": True, "rstrip": True}],
}
PIECES = ["<mail>", "<mail>s", "<mai", "l>", "[date]", "reply", "replying", " ", "  ", "    ", "\n", "\n\n", "née", "ne\u0301e", "Dear", "a", "!", "\u00a0", "😀"]


def main():
    rng = random.Random(11)
    texts = ["", "a <mail> b", "<mail><mail>", " <mail> ", "x<mail>s", "no token here"]
    texts += ["".join(rng.choice(PIECES) for _ in range(rng.randint(1, 12))) for _ in range(150)]
    cases = []
    for name, tokens in CASES.items():
        for normalizer in (None, {"type": "NFC"}):
            file = json.load(open(OUT + "tokenizer.json"))
            first = len(file["model"]["vocab"]) + len(file["added_tokens"])
            added = [{**PLAIN, **token, "id": first + i} for i, token in enumerate(tokens)]
            file |= {"added_tokens": file["added_tokens"] + added, "post_processor": None, "normalizer": normalizer}
            library = Tokenizer.from_str(json.dumps(file))
            ids = [library.encode(text, add_special_tokens=False).ids for text in texts]
            cases.append({"name": name, "normalizer": normalizer, "added": added, "ids": ids})
    json.dump({"texts": texts, "cases": cases}, open(OUT + "added.json", "w"), separators=(",", ":"))
    print(f"{len(cases)} cases, {len(texts)} texts")


main()

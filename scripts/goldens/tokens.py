"""Truth for src/tokens/library.ts from the Python `tokenizers`; see golden/text/README.md.

Run from the repository root:  python scripts/goldens/tokens.py [SmolLM2-135M-Instruct.Q4_1.gguf]
steps.json: what every normalizer and pre-tokenizer that is read makes of odd texts. smollm2.json: ids of the real SmolLM2 tokenizer
(its vocabulary and merges read from the GGUF with the `gguf` package, its steps as in the model's own tokenizer.json).
"""
import json, sys
from text import ALPHABET, ODD, OUT, fuzz  # noqa: F401  (beside this file)
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

MORE = [
    "ΟΔΥΣΣΕΥΣ ΣΑΣ. Σ", "İstanbul ẞ ǅ ŒUVRE", "½ ² Ⅷ ٣٤٥ १२३ 𝟘𝟙𝟚𝟛 a1b22", "漢字𠀀𫠠𮯠〇かな", "a--b ... (c) «d» $5 + 3 = 8 ^_^ `x`", "e\u0301\u0903 नि A\u20dd",
    "  two  spaces ", "\ufeffBOM\ufeff", "\u0085next\u0085line\u0085", "a\u001cb\u001fc", "▁already ▁ marked▁", "$& $1 $$ $`", "a\u200bb\u00adc\ue000d\U000e0001e\u0378f",
]  # fmt: skip

NORMALIZERS = [
    {"type": "NFC"}, {"type": "NFD"}, {"type": "NFKC"}, {"type": "NFKD"}, {"type": "Lowercase"}, {"type": "StripAccents"},
    {"type": "Strip", "strip_left": True, "strip_right": True}, {"type": "Strip", "strip_left": False, "strip_right": True},
    {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}, {"type": "Replace", "pattern": {"String": "a"}, "content": "$&$1"},
    {"type": "Replace", "pattern": {"Regex": "\\s{2,}|[\\n\\r\\t]"}, "content": " "}, {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
    {"type": "Prepend", "prepend": "▁"},
    {"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "Lowercase"}, {"type": "StripAccents"}]},
] + [
    {"type": "BertNormalizer", "clean_text": c, "handle_chinese_chars": h, "strip_accents": s, "lowercase": l}
    for c, h, s, l in [(True, True, None, True), (True, True, None, False), (False, True, True, False), (True, False, False, True)]
]  # fmt: skip

LLAMA3 = json.load(open(OUT + "tokenizer.json"))["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"]
QWEN2 = LLAMA3.replace("\\p{N}{1,3}", "\\p{N}")


def split(regex, behavior="Isolated", invert=False):
    return {"type": "Split", "pattern": {"Regex": regex}, "behavior": behavior, "invert": invert}


BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
PRE_TOKENIZERS = [
    {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
    {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
    {"type": "Digits", "individual_digits": True}, {"type": "Digits", "individual_digits": False}, {"type": "BertPreTokenizer"}, {"type": "WhitespaceSplit"},
    {"type": "Punctuation", "behavior": "Isolated"},
    {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}, {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": True},
    {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never", "split": True}, {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": False},
    split(LLAMA3), split("\\s+"), split("\\p{N}", "Isolated"),
    {"type": "Sequence", "pretokenizers": [split(LLAMA3), BYTES]}, {"type": "Sequence", "pretokenizers": [split(QWEN2), BYTES]},
    {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": True}, {**BYTES, "use_regex": True}]},
    {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}]},
    {"type": "Sequence", "pretokenizers": [{"type": "Punctuation", "behavior": "Isolated"}, {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}]},
]  # fmt: skip


def with_step(kind, step):
    base = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None, "pre_tokenizer": None}
    base |= {"post_processor": None, "decoder": None, "model": {"type": "BPE", "vocab": {}, "merges": []}}
    return Tokenizer.from_str(json.dumps(base | {kind: step}))


def steps():
    # Without the marks of Glagolitic, which are newer than the Unicode tables of the reference's BertNormalizer.
    texts = ODD + MORE + [t for t in fuzz(7, 80) if not any("\U0001e000" <= c <= "\U0001e02a" for c in t)]
    normalized = [[step, [with_step("normalizer", step).normalizer.normalize_str(t) for t in texts]] for step in NORMALIZERS]
    words = []
    for step in PRE_TOKENIZERS:
        pre = with_step("pre_tokenizer", step).pre_tokenizer
        words.append([step, [[word for word, _ in pre.pre_tokenize_str(t)] for t in texts]])
    json.dump({"texts": texts, "normalizers": normalized, "preTokenizers": words}, open(OUT + "steps.json", "w"), separators=(",", ":"))


def smollm2(path):
    from gguf import GGUFReader

    fields = GGUFReader(path).fields
    tokens, merges, types = (fields["tokenizer.ggml." + key].contents() for key in ("tokens", "merges", "token_type"))
    control = [t for t, kind in zip(tokens, types) if kind == 3]
    vocab = {t: i for i, t in enumerate(tokens)}
    reference = Tokenizer(models.BPE(vocab, [tuple(m.split(" ")) for m in merges]))
    reference.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    reference.decoder = decoders.ByteLevel()
    text = open(OUT + "training-text.txt", newline="").read()
    texts = ODD + MORE + list(fuzz(1, 600)) + [text[i : i + 400] for i in range(0, len(text), 400)]
    rows = [[t, reference.encode(t, add_special_tokens=False).ids] for t in texts]
    reference.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in control])
    json.dump({"size": len(tokens), "control": control, "encodings": rows}, open(OUT + "smollm2.json", "w"), separators=(",", ":"))


steps()
if len(sys.argv) > 1:
    smollm2(sys.argv[1])

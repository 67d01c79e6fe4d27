"""Truth for BERTScore: tiny random encoders of each family, their tokens, hidden states and scores.

  python scripts/goldens/bertscore.py [seed] [pairs] [folder]

Needs bert_score 0.3.13, transformers, tokenizers, torch. With the defaults (seed 1, 24 pairs) it writes golden/bertscore/. With the seed
"charsmap" it writes charsmap.json alone.

bert_score 0.3.13 was made for transformers 4. Under transformers 5 two of its habits need help, given here:
- tokenizers have no build_inputs_with_special_tokens, which it calls for an empty text: the method is put back;
- `add_prefix_space=True`, which it passes for RoBERTa, is ignored: the "slow" scores come from a tokenizer that has it set.
"""
import base64, json, os, random, shutil, sys, tempfile, warnings
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
import transformers
from transformers import (AutoModel, AutoTokenizer, BertConfig, BertModel, BertForMaskedLM, BertTokenizer, DebertaConfig, DebertaModel, DebertaTokenizer,
    DebertaV2Config, DebertaV2Model, DebertaV2Tokenizer, DistilBertConfig, DistilBertModel, RobertaConfig, RobertaModel, RobertaTokenizer)
from transformers.tokenization_utils_tokenizers import TokenizersBackend
TokenizersBackend.build_inputs_with_special_tokens = lambda self, ids: [self.cls_token_id] + ids + [self.sep_token_id]
import bert_score
transformers.logging.set_verbosity_error()
warnings.filterwarnings("ignore")
torch.set_num_threads(1)

seed = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1] != "charsmap" else 1
pairs = int(sys.argv[2]) if len(sys.argv) > 2 else 24
out = sys.argv[3] if len(sys.argv) > 3 else os.path.join(os.path.dirname(__file__), "../../golden/bertscore")
rng = random.Random(seed)
torch.manual_seed(seed)

SENTENCES = """Thank you for your email, I will get back to you by Friday afternoon.
Could we move the meeting to 3:30 p.m. on Tuesday? The budget of $1,250.75 is not approved yet.
Dear Ms. O'Neill, please find the signed contract attached; let me know if anything is missing.
Sorry for the delay! I'm out of the office until 12/03 and will answer when I'm back.
We can't offer a refund, but a replacement (at no cost) will be shipped to you today.
Naïve café résumé façade: our São Paulo and Zürich colleagues wrote their façade notes.
The quick-witted engineer re-ran the tests; they're green, so the release isn't blocked any more.
Would you be able to join the call with the vendor at 9 or 10 in the morning?
It's great to hear from you. The invoice number is INV-2024-0042, due in 30 days.
Regards, the support team. Yours sincerely, Best wishes, Kind regards, Cheers, Thanks again!""".split("\n")
WORDS = " ".join(SENTENCES).split()
ODD = ["[SEP]", "[MASK]", "[CLS]", "<mask>", "</s>", "<s>", "日本語テスト", "漢字", "Ünïcödé", "e\u0301te\u0301", "İstanbul", "ΣΊΣΥΦΟΣ", "Привет", "مرحبا", "नमस्ते", "👍🏽",
    "👩‍👩‍👧", "a\u200bb", "soft\u00adhyphen", "tab\there", "line\nbreak", "non\u00a0breaking", "“quoted”", "—", "…", "x" * 120, "don't", "http://a.b/c?d=e&f#g",
    "\u0085", "\u2028", "\ufeff", "ﬁne", "①②", "½", "\ud7a3", "한국어", "ß", "ẞ", "ĳ", "ǆ", "A\u0308", "__init__", "C++", "$5.00", "100%", "a.b.c", "\ufffd", "  two  spaces  "]

def text(odd=0.12, longest=28):
    words = [rng.choice(ODD) if rng.random() < odd else rng.choice(WORDS) for _ in range(rng.choice([1, 2, 4, 8, 12, 16, longest]))]
    return " ".join(words)

def variant(original):
    words = original.split(" ")
    for _ in range(1 + len(words) // 4):
        i = rng.randrange(len(words))
        action = rng.random()
        if action < .3 and len(words) > 1: words.pop(i)
        elif action < .7: words[i] = rng.choice(WORDS)
        else: words.insert(i, rng.choice(words))
    return " ".join(words)

def corpus(n):
    references = [[text() for _ in range(rng.choice([1, 1, 2, 3]))] for _ in range(n)]
    candidates = [variant(rng.choice(refs)) if rng.random() < .7 else text() for refs in references]
    candidates[1], candidates[2] = "", "  \n "
    references[3][0] = ""
    candidates[4] = "\u200b"
    candidates[5] = references[5][0]
    references[7][0] = candidates[6] = "the invoice " * 400
    return candidates, references

def word_pieces(lowercase, folder):
    t = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    t.normalizer, t.pre_tokenizer = normalizers.BertNormalizer(lowercase=lowercase), pre_tokenizers.BertPreTokenizer()
    t.train_from_iterator(SENTENCES, trainers.WordPieceTrainer(vocab_size=420, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], show_progress=False))
    BertTokenizer(vocab=t.get_vocab(), do_lower_case=lowercase, model_max_length=64).save_pretrained(folder)
    return t.get_vocab_size()

def byte_pairs(folder, kind):
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"] if kind is RobertaTokenizer else ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"]
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.train_from_iterator(SENTENCES, trainers.BpeTrainer(vocab_size=420, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    model = json.loads(t.to_str())["model"]
    tokenizer = kind(vocab=model["vocab"], merges=[tuple(m) for m in model["merges"]], model_max_length=64)
    tokenizer.save_pretrained(folder)
    return t.get_vocab_size()

def unigrams(folder):
    t = Tokenizer(models.Unigram())
    t.normalizer = normalizers.Sequence([normalizers.Replace("\n", " "), normalizers.NFC()])
    t.pre_tokenizer = pre_tokenizers.Metaspace()
    t.train_from_iterator(SENTENCES, trainers.UnigramTrainer(vocab_size=420, special_tokens=["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"], unk_token="[UNK]", show_progress=False))
    vocab = [tuple(piece) for piece in json.loads(t.to_str())["model"]["vocab"]]
    DebertaV2Tokenizer(vocab=vocab, model_max_length=64).save_pretrained(folder)
    return len(vocab)

def charsmap():
    """A compiled character map made by hand (there is no compiler for it outside SentencePiece), and what `tokenizers` does with it."""
    rules = {"\u2460": "1", "\ufb01": "fi", "e\u0301": "\u00e9", "\u00a0": " ", "\u200b": "", "\ud7a3x": "?", "\u00df": "ss", "\u1e9e": "SS", "A": "a"}
    texts, values = b"", {}
    for key, value in rules.items():
        values[key.encode()] = len(texts)
        texts += value.encode() + b"\0"
    units = {0: 0}  # index -> unit; a child stands at (parent's index ^ parent's offset) ^ byte, a value at (index ^ offset)
    def place(index, keys, depth):
        children = sorted({k[depth] for k in keys if len(k) > depth})
        ends = any(len(k) == depth for k in keys)
        labels = children + ([0] if ends else [])
        base = next(b for b in range(1, 1 << 20) if all((b ^ label) not in units for label in labels))
        offset = base ^ index
        units[index] = units.get(index, 0) | offset << 10 | (1 << 8 if ends else 0)
        for label in labels: units[base ^ label] = label
        if ends: units[base] = 1 << 31 | values[next(k for k in keys if len(k) == depth)]
        for child in children: place(base ^ child, [k for k in keys if len(k) > depth and k[depth] == child], depth + 1)
    place(0, list(values), 0)
    tree = b"".join(units.get(i, 0).to_bytes(4, "little") for i in range(max(units) + 256))
    blob = len(tree).to_bytes(4, "little") + tree + texts
    normalizer = normalizers.Precompiled(blob)
    cases = ["", "plain text", "ABC Aé", "①②ﬁne", "e\u0301te\u0301", "non\u00a0breaking", "a\u200bb", "\ud7a3x\ud7a3", "Straße", "STRAẞE", "👩‍👩‍👧 A\u0301", "\u00df\u0301", *[o.strip() for o in ODD]]
    json.dump({"map": base64.b64encode(blob).decode(), "cases": [[c, normalizer.normalize_str(c)] for c in cases]}, open(os.path.join(out, "charsmap.json"), "w"), ensure_ascii=True)

def randomize(model):
    g = torch.Generator().manual_seed(seed)
    for name, p in sorted(model.named_parameters()):
        noise = torch.randn(p.shape, generator=g)
        p.data = 1 + .2 * noise if "norm.weight" in name.lower() else (.25 if p.dim() > 1 else .1) * noise
    return model.eval()

D = dict(hidden_size=32, num_attention_heads=4, intermediate_size=48, num_hidden_layers=3)
second = dict(relative_attention=True, position_biased_input=False, pos_att_type=["p2c", "c2p"], max_position_embeddings=64, type_vocab_size=0, layer_norm_eps=1e-7)

def make(name, folder):
    if name == "bert":
        v = word_pieces(True, folder)
        model = BertModel(BertConfig(vocab_size=v, max_position_embeddings=64, **D), add_pooling_layer=False)
    elif name == "bert-cased-lm":  # a head on top, so names with a prefix
        v = word_pieces(False, folder)
        model = BertForMaskedLM(BertConfig(vocab_size=v, max_position_embeddings=64, hidden_act="gelu_new", **D))
    elif name == "roberta":
        v = byte_pairs(folder, RobertaTokenizer)
        model = RobertaModel(RobertaConfig(vocab_size=v, max_position_embeddings=66, type_vocab_size=1, pad_token_id=1, layer_norm_eps=1e-5, **D), add_pooling_layer=False)
    elif name == "distilbert":
        v = word_pieces(True, folder)
        model = DistilBertModel(DistilBertConfig(vocab_size=v, max_position_embeddings=64, dim=32, n_heads=4, hidden_dim=48, n_layers=3))
    elif name == "deberta":
        v = byte_pairs(folder, DebertaTokenizer)
        model = DebertaModel(DebertaConfig(vocab_size=v, relative_attention=True, position_biased_input=False, pos_att_type=["c2p", "p2c"], max_position_embeddings=24, type_vocab_size=0, layer_norm_eps=1e-7, **D))
    elif name == "deberta-v2":  # as the xlarge models: a convolution, projections of their own
        v = unigrams(folder)
        model = DebertaV2Model(DebertaV2Config(vocab_size=v, position_buckets=8, conv_kernel_size=3, conv_act="gelu", norm_rel_ebd="layer_norm", share_att_key=False, attention_head_size=8, **second, **D))
    elif name == "deberta-v3":
        v = unigrams(folder)
        model = DebertaV2Model(DebertaV2Config(vocab_size=v, position_buckets=8, norm_rel_ebd="layer_norm", share_att_key=True, **second, **D))
    randomize(model).save_pretrained(folder)

def with_prefix_space(folder, target):
    shutil.copytree(folder, target)
    for file, edit in [("tokenizer.json", lambda j: j["pre_tokenizer"].update(add_prefix_space=True)), ("tokenizer_config.json", lambda j: j.update(add_prefix_space=True))]:
        path = os.path.join(target, file)
        content = json.load(open(path))
        edit(content)
        json.dump(content, open(path, "w"))
    return target

BASELINE = "LAYER,P,R,F\n0,0.1,0.2,0.3\n1,0.31,0.32,0.33\n2,0.41234,0.40001,0.39002\n3,0.51,0.52,0.53\n"
NAMES = ["bert", "bert-cased-lm", "roberta", "distilbert", "deberta", "deberta-v2", "deberta-v3"]
os.makedirs(out, exist_ok=True)
open(os.path.join(out, "baseline.tsv"), "w").write(BASELINE)
charsmap()
if sys.argv[1:2] == ["charsmap"]: sys.exit()

for name in NAMES:
    folder = os.path.join(out, name)
    shutil.rmtree(folder, ignore_errors=True)
    make(name, folder)
    work = tempfile.mkdtemp()
    slow = with_prefix_space(folder, os.path.join(work, "slow")) if name == "roberta" else folder
    tokenizer, model = AutoTokenizer.from_pretrained(slow), AutoModel.from_pretrained(slow).eval()
    texts = [""] + [f"a {o} b" for o in ODD] + ODD + [text(.3) for _ in range(pairs)]
    encode = lambda t: bert_score.utils.sent_encode(tokenizer, t)
    tokens = [[t, encode(t)] for t in texts]

    hidden = {}
    # 20, 40 and 64 tokens: below, at and beyond the table of relative positions of the DeBERTas
    samples = [encode(text(0))[:20], encode(" ".join(text(0) for _ in range(3)))[:40], encode("the invoice is due in 30 days " * 40)]
    with torch.no_grad():
        for i, ids in enumerate(samples):
            states = model(torch.tensor([ids]), output_hidden_states=True).hidden_states
            hidden[f"{i}.ids"] = torch.tensor(ids, dtype=torch.float32)
            for layer in [0, 1, 3]: hidden[f"{i}.{layer}"] = states[layer][0].contiguous().clone()
    save_file(hidden, os.path.join(folder, "hidden.safetensors"))

    candidates, references = corpus(pairs)
    def run(model_type=slow, num_layers=2, refs=None, cands=None, **more):
        refs = [r[0] for r in references] if refs is None else refs
        with warnings.catch_warnings():
            values = bert_score.score(candidates if cands is None else cands, refs, model_type=model_type, num_layers=num_layers, nthreads=0, device="cpu", **more)
        return [[float(x) for x in column] for column in values]
    baseline = dict(rescale_with_baseline=True, lang="en", baseline_path=os.path.join(out, "baseline.tsv"))
    scores = {
        "plain": run(), "layer 3": run(num_layers=3), "idf": run(idf=True), "batch of 5": run(batch_size=5),
        "rescaled": run(**baseline), "idf, rescaled": run(idf=True, **baseline), "multi": run(refs=references),
        "multi, idf, rescaled": run(refs=references, idf=True, **baseline), "one pair, idf": run(cands=candidates[8:9], refs=[references[8][0]], idf=True),
    }
    if "-v" not in name: scores["layer 0"] = run(num_layers=0)  # transformers fails on a DebertaV2 without layers
    if name == "roberta": scores["fast"] = run(model_type=folder)
    clean = lambda column: [None if x != x else round(x, 7) for x in column]
    json.dump({"candidates": candidates, "references": references, "tokens": tokens,
        "scores": {k: [clean(c) for c in v] for k, v in scores.items()}}, open(os.path.join(folder, "golden.json"), "w"), ensure_ascii=True, separators=(",", ":"))
    shutil.rmtree(work)
    print(name, sum(os.path.getsize(os.path.join(folder, f)) for f in os.listdir(folder)))

"""Truth for src/tokens from the Python `tokenizers`, `transformers` and `jinja2`; see golden/text/README.md.

Run from the repository root:  python scripts/goldens/text.py [path/to/lists-2002-a.mbox.gz]
With the mailbox it also makes training-text.txt anew; without, the committed one is used.
"""
import email, gzip, json, mailbox, os, random, subprocess, sys, tempfile, unicodedata
import tokenizers, transformers
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

OUT = "golden/text/"
SPLIT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"

OURS = """Grüße aus München, Zoë! Ça va? Où êtes-vous? Año nuevo, ¿qué tal? Привет, как дела? Спасибо за письмо.
Γειά σου, πώς είσαι; こんにちは、元気ですか。 谢谢你的邮件。 감사합니다. مرحبا، كيف حالك؟ नमस्ते, आप कैसे हैं? שלום
Sounds good 👍 see you at 3:30 p.m. 😀 — I'll bring 1,250.75 € … thanks!
"""


def training_text(path):
    """About 60 kB of plain message bodies, without headers, quotes and addresses, and three lines of our own."""
    with tempfile.NamedTemporaryFile(suffix=".mbox") as file:
        file.write(gzip.open(path).read())
        file.flush()
        lines, size = [], 0
        for message in mailbox.mbox(file.name):
            if message.get_content_type() != "text/plain" or message.is_multipart():
                continue
            for line in message.get_payload(decode=True).decode("latin-1").replace("\r", "").split("\n"):
                if line.startswith((">", "|")) or "@" in line or "://" in line or not line.isascii():
                    continue
                lines.append(line)
                size += len(line) + 1
            if size > 60_000:
                break
    return OURS + "\n".join(lines) + "\n"


def check_merges(text, json_path):
    """Our merges must be those of the library's trainer."""
    reference = Tokenizer(models.BPE(ignore_merges=True))
    reference.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(SPLIT), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    trainer = trainers.BpeTrainer(vocab_size=1017, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    reference.train_from_iterator(text.splitlines(keepends=True), trainer)
    merges = json.loads(reference.to_str())["model"]["merges"]
    ours = json.load(open(json_path))["model"]["merges"]
    assert [list(m) for m in merges] == ours, "merges differ from the reference trainer"
    return merges


ODD = [
    "", " ", "  ", "\n", "\r\n", "\r", "a", " a", "a ", "a  ", "  a  b   c", "\t\tx", "Hello, world!", "it's I'LL we'Re 'tis don't 'S o'clock",
    "it'ſ KELVIN 'K ſ", "1234567890123", "1 22 333 4444 55555", "3:30 p.m.", "1,250.75", "a1b22c333d4444", "½ ² Ⅷ ٣٤٥ १२३ 𝟘𝟙𝟚𝟛",
    "line one\r\nline two\r\n\r\nline three\r\n", "a\n\n\nb", "a \n \n b", "x\n  y", "trailing spaces   ", "trailing\t \n  ",
    "a\u00a0b\u00a0\u00a0c", "\u200bzero\u200bwidth\u200d\u200c", "\ufeffBOM \ufeff middle\ufeff", "a\u0085b \u0085 c", "a\u2028b\u2029c", "\u3000full\u3000width",
    "\u001c\u001d\u001e\u001f", "a\u0000b", "\u180eMongolian", "soft\u00adhyphen", "e\u0301 é ﬁ ﬃ", "👍🏽 👨‍👩‍👧‍👦 🇩🇪 ❤️ 😀😀😀", "😀a 😀 b", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢", "漢字かなカナ한글", "漢 字",
    "Привет мир", "مرحبا بالعالم", "שלום עולם", "नमस्ते दुनिया", "ไทยภาษา", "mixedСмешанный漢字text", "naïve café Zoë", "!!!???...", "----====____", "<|eot_id|>",
    "<|begin_of_text|><|start_header_id|>system<|end_header_id|>", "foo@bar.example, http://x.example/?a=b&c=d#e", "{\"json\": [1, 2.5e-3, null]}", "`code` **bold** # head",
    "\\n\\t\\u0000", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "=" * 80, " " * 50, "\n" * 20, "ab" * 300, "Kind regards,\n-- \nJane",
]  # fmt: skip

ALPHABET = list("aaaabcdeEXYZ '''sSTtReEvVmMlLdD   \t\n\r\r\n\u00a0\u0085\u200b\u200d\ufeff\u2003\u3000\u001c.,;:!?-_()[]<>|/@#0123456789½²٣éßſıİŉǆДжñ漢字かな한ไท😀👍🏽\u0301\u0300𝟘𝔘\u2028\u00ad€")


def fuzz(seed, count):
    """Strings over an odd alphabet, and over all code points that Unicode 14 assigns (engines differ on newer ones)."""
    rng = random.Random(seed)
    assigned = [i for i in range(0x110000) if unicodedata.category(chr(i)) not in ("Cn", "Cs", "Co")]
    for k in range(count):
        length = rng.randint(1, 40)
        if k % 4:
            yield "".join(rng.choice(ALPHABET) for _ in range(length))
        else:
            yield "".join(chr(rng.choice(assigned)) if rng.random() < 0.7 else rng.choice(ALPHABET) for _ in range(length))


FAMILIES = {
    "GPT-2": pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
    "SmolLM": pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)]
    ),
    "digit runs": pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=False), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    ),
}

CONVERSATIONS = [
    [("system", "Reply to this email."), ("user", "From: Ann\nSubject: Lunch\n\nAre you free at noon?")],
    [("user", "no system message")],
    [("system", "  padded \n"), ("user", "\n\n indented\n  text \t\n"), ("assistant", " Yes. \n")],
    [("system", "s"), ("user", "u1"), ("assistant", "a1"), ("user", "u2 {{ messages }} {% if %} 😀\r\n\u00a0x\u00a0"), ("assistant", "a2")],
    [("system", ""), ("user", "\u0085\u001c trim me as Python does \ufeff")],
    [("system", "x"), ("user", "line\n\n\nlines   \n  end")],
]


def main():
    os.makedirs(OUT, exist_ok=True)
    if len(sys.argv) > 1:
        open(OUT + "training-text.txt", "w", newline="").write(training_text(sys.argv[1]))
    text = open(OUT + "training-text.txt", newline="").read()
    subprocess.run(["npx", "tsx", "scripts/goldens/text-tokenizer.ts"], check=True)
    merges = check_merges(text, OUT + "tokenizer.json")

    library = Tokenizer.from_file(OUT + "tokenizer.json")
    texts = ODD + list(fuzz(1, 600)) + [text[i : i + 400] for i in range(0, 12_000, 400)]
    # Encoded as the model must see mail: without the special tokens, which the library would parse out of the text.
    plain = json.load(open(OUT + "tokenizer.json"))
    plain["added_tokens"] = []
    plain["post_processor"] = None
    library_plain = Tokenizer.from_str(json.dumps(plain))
    rows = []
    for t in texts:
        ids = library_plain.encode(t, add_special_tokens=False).ids
        rows.append({"text": t, "ids": ids})
    with open(OUT + "encodings.jsonl", "w") as out:
        for row in rows:
            assert library.decode(row["ids"], skip_special_tokens=False) == row["text"], ascii(row["text"])
            out.write(json.dumps(row, separators=(",", ":")) + "\n")
    by_family = {}
    for name, pre_tokenizer in FAMILIES.items():
        plain["pre_tokenizer"] = json.loads(pre_tokenizer.__getstate__())
        plain["model"]["ignore_merges"] = name == "SmolLM"
        family = Tokenizer.from_str(json.dumps(plain))
        ids = [family.encode(t, add_special_tokens=False).ids for t in texts[::4]]
        by_family[name] = {"pre_tokenizer": plain["pre_tokenizer"], "ignore_merges": name == "SmolLM", "everyFourth": ids}
    json.dump(by_family, open(OUT + "families.json", "w"), separators=(",", ":"))
    rng = random.Random(2)  # decoding of ids that are no UTF-8 together
    broken = [[rng.randrange(library.get_vocab_size()) if rng.random() < 0.3 else rng.randrange(94, 256) for _ in range(8)] for _ in range(60)]
    decodings = [{"ids": ids, "text": library.decode(ids, skip_special_tokens=False), "skipSpecial": library.decode(ids)} for ids in broken]

    hf = transformers.AutoTokenizer.from_pretrained(OUT)
    chats = []
    for conversation in CONVERSATIONS:
        messages = [{"role": role, "content": content} for role, content in conversation]
        for generation in (True, False):
            options = dict(add_generation_prompt=generation, date_string="26 Jul 2024")
            rendered = hf.apply_chat_template(messages, tokenize=False, **options)
            ids = hf.apply_chat_template(messages, tokenize=True, return_dict=False, **options)
            chats.append({"messages": messages, "addGenerationPrompt": generation, "text": rendered, "ids": ids})
    versions = {"tokenizers": tokenizers.__version__, "transformers": transformers.__version__}
    json.dump(
        {"versions": versions, "merges": len(merges), "decodings": decodings, "chats": chats},
        open(OUT + "chats.json", "w"),
        separators=(",", ":"),
    )
    print(f"{len(rows)} encodings, {len(decodings)} decodings, {len(chats)} conversations, {len(merges)} merges equal to BpeTrainer's")


if __name__ == "__main__":
    main()

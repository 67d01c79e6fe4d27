"""Truth for src/metrics from sacreBLEU and rouge_score; see golden/evaluate/README.md.

Run from the repository root:  python scripts/goldens/evaluate.py [seed [number of corpora [output folder]]]
"""
import json, random, re, sys
import regex, rouge_score, sacrebleu
from nltk.stem.porter import PorterStemmer
from rouge_score import rouge_scorer
from sacrebleu.metrics import BLEU, CHRF

WORDS = """thank you for your email the meeting is at 3:30 p.m. on Monday I will send it by 1,250.75 EUR please let me know if
that works best regards sure sounds good we can't don't it's [Name] {date} <b> C++ e-mail 50% $20 1-2 3- -4 a.b.c U.S. 1. 2,000 .5 5.
Re: FW: "quoted" 'single' (paren) a/b and/or &amp; &quot; &lt;tag&gt; &amp;lt; <skipped> x=y #1 @me ~ ` ^ | \\ ... — – … “curly” ‘it’s’ «fr» ¿qué?
naïve café Zoë Grüße ÀÉ İstanbul ΣΊΣΥΦΟΣ ſs ﬁne 漢字 かな 한글 Привет नमस्ते 😀 👍🏽 👨‍👩‍👧 🇩🇪 ½ ² Ⅷ ٣٤ 𝟘𝟙 𝔘 € £5 ±2 © constructor __proto__ toString hasOwnProperty
schedules scheduling scheduled agreed agreement relational happily easily conditionally generously dying skies news innings apologies replied tied""".split()
ODD = [" ", "  ", "\t", "\u00a0", "\u0085", "\u001c", "\u001f", "\u2003", "\u3000", "\u200b", "\ufeff", "\u2028", "-\n", "\n", "\r\n", "\u180e", "", "a", ",", ".", "-", "&", "\u0000", "é", "😀", "\u0301"]


def word(rng):
    w = rng.choice(WORDS)
    if rng.random() < 0.08:
        w = w.upper() if rng.random() < 0.5 else w.capitalize()
    if rng.random() < 0.1:
        w += rng.choice(list(",.;:!?-)…"))
    if rng.random() < 0.06:
        w += rng.choice(ODD)
    return w


def segment(rng):
    kind = rng.random()
    if kind < 0.04:
        return rng.choice(["", " ", "\n", ".", "a", "\ufeff", "\u0085", "😀", "&"])
    text = " ".join(word(rng) for _ in range(rng.choice([1, 2, 3, 4, 5, 8, 12, 20])))
    if rng.random() < 0.15:
        text = text.replace(" ", rng.choice(ODD), rng.randint(1, 3))
    if rng.random() < 0.1:
        text = rng.choice(ODD) + text + rng.choice(ODD)
    return text


def variant(rng, text):
    """Another wording of `text`: some words changed, dropped, doubled or moved."""
    words = text.split(" ")
    for _ in range(rng.randint(0, max(1, len(words) // 3))):
        i = rng.randrange(len(words)) if words else 0
        action = rng.randrange(5)
        if not words or action == 0:
            words.insert(i, word(rng))
        elif action == 1:
            words[i] = word(rng)
        elif action == 2:
            del words[i]
        elif action == 3:
            words.insert(i, words[i])
        else:
            rng.shuffle(words)
    return " ".join(words)


def corpus(rng):
    size = rng.choice([1, 1, 2, 3, 5])
    streams = rng.choice([1, 1, 2, 3])
    sources = [segment(rng) for _ in range(size)]
    references = [[variant(rng, s) if rng.random() < 0.9 else segment(rng) for s in sources] for _ in range(streams)]
    if streams > 1:
        for stream in references[1:]:
            for i in range(size):
                if rng.random() < 0.15:
                    stream[i] = None
    return [variant(rng, s) if rng.random() < 0.9 else segment(rng) for s in sources], references


BLEU_OPTIONS = [
    dict(tokenize=tok, smooth_method=smooth, smooth_value=value, lowercase=lower, effective_order=eff)
    for tok, smooth, value, lower, eff in [
        ("13a", "exp", None, False, False), ("13a", "exp", None, True, False), ("13a", "exp", None, False, True),
        ("13a", "floor", None, False, False), ("13a", "floor", 0.5, False, True), ("13a", "floor", 0, True, False),
        ("13a", "add-k", None, False, False), ("13a", "add-k", 2, False, True), ("13a", "none", None, False, False), ("13a", "none", None, True, True),
        ("intl", "exp", None, False, False), ("intl", "exp", None, True, True), ("intl", "add-k", 0.5, False, False),
        ("char", "exp", None, False, False), ("char", "none", None, True, True),
        ("none", "exp", None, False, False), ("none", "floor", None, True, True),
    ]
] + [dict(max_ngram_order=n) for n in (1, 2, 6)]  # fmt: skip
CHRF_OPTIONS = [
    dict(), dict(word_order=2), dict(word_order=1, lowercase=True), dict(whitespace=True), dict(eps_smoothing=True),
    dict(word_order=2, eps_smoothing=True, beta=3), dict(char_order=3, beta=1),
]  # fmt: skip
ROUGE_KINDS = ["rouge1", "rouge2", "rougeL", "rougeLsum"]


def measure(candidates, references):
    row = {"candidates": candidates, "references": references, "bleu": [], "chrf": []}
    for i, options in enumerate(BLEU_OPTIONS):
        metric = BLEU(**options)
        score = metric.corpus_score(candidates, references)
        row["bleu"].append(score.score)
        if i == 0:
            row["verbose"] = score.format(score_only=False)
            row["signature"] = metric.get_signature().format()
    for i, options in enumerate(CHRF_OPTIONS):
        metric = CHRF(**options)
        score = metric.corpus_score(candidates, references)
        row["chrf"].append(score.score)
        if i == 1:
            row["chrfName"] = score.name
            row["chrfSignature"] = metric.get_signature().format()
    row["rouge"] = []
    for stemmer in (True, False):
        scorer = rouge_scorer.RougeScorer(ROUGE_KINDS, use_stemmer=stemmer)
        scores = scorer.score_multi([s[0] for s in references if s[0] is not None], candidates[0])
        row["rouge"].append([[scores[k].precision, scores[k].recall, scores[k].fmeasure] for k in ROUGE_KINDS])
    return row


def stems():
    """Stems of all words of the text golden, of the fuzz words, and of stems × suffixes made up here."""
    text = open("golden/text/training-text.txt").read().lower()
    words = set(re.findall("[a-z0-9]+", text + " " + " ".join(WORDS).lower()))
    endings = "ational tional enci anci izer bli alli entli eli ousli ization ation ator alism iveness fulness ousness aliti iviti biliti fulli logi icate ative alize iciti ical ful ness al ance ence er ic able ible ant ement ment ent ion sion tion ou ism ate iti ous ive ize e ll s es ies sses ss ed ied eed ing y ying".split()
    for root in "a b sk tr oy gay hop fall troubl siz controll rel commun yy syzyg feud".split():
        words.update(root + ending for ending in endings)
    stemmer = PorterStemmer()
    return sorted((w, stemmer.stem(w)) for w in words if len(w) > 3)


def main():
    seed, count = int(sys.argv[1]) if len(sys.argv) > 1 else 1, int(sys.argv[2]) if len(sys.argv) > 2 else 160
    out = sys.argv[3] if len(sys.argv) > 3 else "golden/evaluate"
    rng = random.Random(seed)
    rows = []
    while len(rows) < count:
        candidates, references = corpus(rng)
        rows.append(measure(candidates, references))
    with open(f"{out}/scores.jsonl", "w") as file:
        head = {"sacrebleu": sacrebleu.__version__, "regex": regex.__version__, "bleuOptions": BLEU_OPTIONS, "chrfOptions": CHRF_OPTIONS}
        file.write(json.dumps(head) + "\n")
        for row in rows:
            file.write(json.dumps(row, separators=(",", ":")) + "\n")
    pairs = stems()
    with open(f"{out}/stems.txt", "w") as file:
        file.write("".join(f"{w} {s}\n" for w, s in pairs))
    print(f"{len(rows)} corpora × {len(BLEU_OPTIONS) + len(CHRF_OPTIONS)} scores, {len(rows) * 24} ROUGE values, {len(pairs)} stems")


if __name__ == "__main__":
    main()

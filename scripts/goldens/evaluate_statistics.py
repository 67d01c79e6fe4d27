"""Truth for TER, confidence intervals, paired tests and NumPy's generator in src/metrics; see golden/evaluate/README.md.

Run from the repository root:  python scripts/goldens/evaluate_statistics.py [seed [number of corpora [output folder]]]
"""
import json, logging, os, random, sys
import numpy as np
import sacrebleu
from sacrebleu.metrics import BLEU, CHRF, TER
from sacrebleu.significance import PairedTest, _bootstrap_resample, estimate_ci

sys.dont_write_bytecode = True
from evaluate import corpus, segment, variant, word  # noqa: E402

logging.disable(logging.CRITICAL)
TER_OPTIONS = [
    dict(), dict(normalized=True), dict(no_punct=True), dict(case_sensitive=True), dict(normalized=True, asian_support=True),
    dict(normalized=True, no_punct=True, asian_support=True, case_sensitive=True), dict(no_punct=True, asian_support=True),
]  # fmt: skip
METRICS = [
    ("BLEU", dict()), ("BLEU", dict(smooth_method="add-k", smooth_value=0.5)), ("BLEU", dict(smooth_method="add-k")),
    ("BLEU", dict(smooth_method="floor", lowercase=True, effective_order=True)), ("BLEU", dict(tokenize="char", smooth_method="none")),
    ("CHRF", dict()), ("CHRF", dict(word_order=2)), ("CHRF", dict(eps_smoothing=True, beta=3)), ("CHRF", dict(char_order=2, beta=0.3, lowercase=True)),
    ("TER", dict()), ("TER", dict(normalized=True, case_sensitive=True)),
]  # fmt: skip
KINDS = {"BLEU": BLEU, "CHRF": CHRF, "TER": TER}
ASIAN = list("漢字仮名交じり文、です。カタカナ「」！？（）・㈱㌔〆ㇰ") + ["kanji", "、", "'s", "&amp;", "it's "]


def ter_corpus(rng):
    """Longer texts with runs of words moved, repeated and dropped; sometimes of very different length, or in Japanese."""
    kind = rng.random()
    if kind < 0.35:
        return corpus(rng)
    size, streams = rng.choice([1, 2]), rng.choice([1, 1, 2, 3])
    small = [word(rng) for _ in range(rng.choice([2, 5, 20]))]
    def text():
        if kind < 0.5:
            return "".join(rng.choice(ASIAN) for _ in range(rng.randint(1, 40)))
        length = rng.choice([0, 1, 5, 10, 20, 35, 50] if kind < 0.93 else [2, 3, 130])
        return " ".join(rng.choice(small) if rng.random() < 0.7 else word(rng) for _ in range(length))
    def moved(source):
        words = source.split(" ")
        for _ in range(rng.randint(0, 6)):
            start, length = rng.randrange(len(words) + 1), rng.randint(1, 12)
            run, rest = words[start : start + length], words[:start] + words[start + length :]
            at = rng.randrange(len(rest) + 1)
            words = rest[:at] + (run if rng.random() < 0.85 else []) + rest[at:]
        return " ".join(words)
    sources = [text() for _ in range(size)]
    references = [[moved(s) if rng.random() < 0.85 else text() for s in sources] for _ in range(streams)]
    return [moved(s) if rng.random() < 0.85 else text() for s in sources], references


def ter_rows(rng, count):
    for _ in range(count):
        candidates, references = ter_corpus(rng)
        row = {"candidates": candidates, "references": references, "ter": []}
        for i, options in enumerate(TER_OPTIONS):
            metric = TER(**options)
            score = metric.corpus_score(candidates, references)
            row["ter"].append([score.score, score.num_edits])
            if i == 0:
                row["printed"] = score.format(score_only=False)
                row["signature"] = metric.get_signature().format()
        yield row


def systems(rng, always_poor=False):
    """A system, a baseline and references of one to 60 segments; some hardly differ, some are poor."""
    size = rng.choice([1, 2, 3, 5, 8, 20, 60])
    streams = rng.choice([1, 1, 1, 2])
    sources = [segment(rng) for _ in range(size)]
    poor = rng.random() < 0.15 or always_poor
    reword = lambda s: segment(rng) if poor or rng.random() < 0.1 else variant(rng, s)
    references = [[variant(rng, s) for s in sources] for _ in range(streams)]
    system = [reword(s) for s in sources]
    baseline = [s if rng.random() < 0.5 else reword(source) for s, source in zip(system, sources)]
    return system, baseline, references


def resampling_rows(rng, count, always_poor=False):
    for _ in range(count):
        system, baseline, references = systems(rng, always_poor)
        seed, n = rng.choice([12345, 1, 7, 2**40 + 3]), rng.choice([2, 39, 40, 100, 137, 300])
        os.environ["SACREBLEU_SEED"] = str(seed)
        row = {"system": system, "baseline": baseline, "references": references, "seed": seed, "resamples": n, "metrics": []}
        for name, options in METRICS:
            try:
                metric = KINDS[name](**options)
                score = metric.corpus_score(system, references, n_bootstrap=n)
                confidence = [float(score._mean), float(score._ci), metric.get_signature().format(), score.format(score_only=False)]
            except TypeError:  # statistics.mean cannot mix float and numpy.float32: a resample without any match
                confidence = None
            result = {"confidence": confidence}
            for test in ("bs", "ar"):
                paired = PairedTest([("b", baseline), ("s", system)], {name: KINDS[name](**options)}, references, test_type=test, n_samples=n)
                signatures, scores = paired()
                (metric_name,) = signatures
                b, s = scores[metric_name]
                result[test] = [s.p_value, s.score, b.score, *(float(x) for r in (s, b) for x in (r.mean, r.ci) if x is not None), signatures[metric_name].format()]
            row["metrics"].append(result)
        yield row


def table_rows(rng):
    """Statistics so large that float32 rounds their sums."""
    os.environ["SACREBLEU_SEED"] = "12345"
    for name, options, columns in [("BLEU", dict(smooth_method="add-k", smooth_value=0.3), 10), ("CHRF", dict(), 18), ("CHRF", dict(eps_smoothing=True), 18), ("TER", dict(), 2)]:
        rows = []
        for _ in range(40):
            big = rng.randint(10**6, 2**23)
            if name == "BLEU":
                rows.append([big, big + rng.randint(-5000, 5000), *(int(big * 0.9**k * rng.random()) for k in range(1, 5)), *(big - k for k in range(4))])
            elif name == "CHRF":
                rows.append([int(big * f) for _ in range(6) for f in (1, 0.9 + 0.2 * rng.random(), 0.9 * rng.random())])
            else:
                rows.append([int(big * rng.random()), big / 3])
        metric = KINDS[name](**options)
        _, scores = _bootstrap_resample(rows, metric, 200)
        values = [float(s.score) for s in scores]
        mean, ci = estimate_ci(np.array([s.score for s in scores]))
        yield {"metric": name, "options": options, "table": rows, "scores": values, "mean": float(mean), "ci": float(ci)}


def generator():
    for seed in (0, 1, 12345, 2**32 + 5, 2**53 - 1):
        rng = np.random.default_rng(seed)
        draws = [rng.choice(bound, size=(2, 40)).ravel().tolist() for bound in (1, 2, 3, 1000, 5000, 2**30 + 1, 2**31 - 1)]
        rng.choice(3, size=1)
        masks = [rng.integers(2, size=(3, 37), dtype=bool).astype(int).ravel().tolist(), rng.integers(2, size=5, dtype=bool).astype(int).tolist()]
        yield {"seed": seed, "raw": [str(x) for x in np.random.default_rng(seed).bit_generator.random_raw(3)], "draws": draws, "masks": masks, "after": rng.choice(5000, size=4).tolist()}


def compat_rows(rng, count):
    for _ in range(count):
        candidates, references = corpus(rng)
        prompts = [segment(rng) for _ in candidates]
        single, averaged = BLEU(max_ngram_order=1), BLEU(lowercase=True, effective_order=True)
        sentences = [averaged.sentence_score(c, [s[i] for s in references if s[i] is not None]).score for i, c in enumerate(candidates)]
        prefixed = [[None if t is None else f"{prompts[i]}\n{t}" for i, t in enumerate(s)] for s in [candidates, *references]]
        scores = [
            BLEU().corpus_score(candidates, references).score,
            single.corpus_score(candidates, references).score,
            sum(sentences) / len(sentences),
            BLEU().corpus_score(prefixed[0], prefixed[1:]).score,
        ]
        yield {"candidates": candidates, "references": references, "prompts": prompts, "scores": scores}


def write(path, head, rows):
    with open(path, "w") as file:
        for row in [head, *rows]:
            file.write(json.dumps(row, separators=(",", ":")) + "\n")


def main():
    seed, count = int(sys.argv[1]) if len(sys.argv) > 1 else 1, int(sys.argv[2]) if len(sys.argv) > 2 else 60
    out = sys.argv[3] if len(sys.argv) > 3 else "golden/evaluate"
    rng = random.Random(seed)
    versions = {"sacrebleu": sacrebleu.__version__, "numpy": np.__version__}
    write(f"{out}/ter.jsonl", {**versions, "options": TER_OPTIONS}, ter_rows(rng, count))
    write(f"{out}/resampling.jsonl", {**versions, "metrics": METRICS}, [*resampling_rows(rng, count // 2), *resampling_rows(random.Random(seed), count // 6, always_poor=True)])
    write(f"{out}/tables.jsonl", versions, table_rows(rng))
    write(f"{out}/generator.jsonl", versions, generator())
    write(f"{out}/compat.jsonl", versions, compat_rows(random.Random(seed), count // 2))


if __name__ == "__main__":
    main()

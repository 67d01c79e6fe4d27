"""The tasks of bench/score.ts by sacreBLEU and rouge_score:  python bench-score.py texts.json runs [ter]"""
import json, logging, os, statistics, sys, time
logging.disable(logging.CRITICAL)
os.environ["SACREBLEU_SEED"] = "12345"
from rouge_score import rouge_scorer
from sacrebleu.metrics import BLEU, CHRF, TER
from sacrebleu import significance
texts, runs = json.load(open(sys.argv[1])), int(sys.argv[2])
candidates, baseline, references = texts["candidates"], texts["baseline"], [texts["references"]]
scorer = rouge_scorer.RougeScorer(["rouge1", "rouge2", "rougeL", "rougeLsum"], use_stemmer=True)
def rouge():
    return sum(scorer.score(r, c)["rougeL"].fmeasure for c, r in zip(candidates, references[0])) / len(candidates)
def counted(metric, texts):
    return metric._extract_corpus_statistics(texts, references)
bleu, plus = BLEU(), CHRF(word_order=2)
system, known, plus_system = counted(bleu, candidates), counted(bleu, baseline), counted(plus, candidates)
class Known(BLEU):
    """Hands out the statistics that were counted before."""
    def _extract_corpus_statistics(self, hypotheses, references):
        return hypotheses
def bootstrap(metric, stats):
    score = metric._aggregate_and_compute(stats)
    score.estimate_ci(significance._bootstrap_resample(stats, metric, 1000)[1])
    return float(score._mean)
def paired(test, n):
    metric = Known()
    metric.num_refs = 1
    _, scores = significance.PairedTest([("b", known), ("s", system)], {"BLEU": metric}, references, test_type=test, n_samples=n)()
    return scores["BLEU"][1].p_value
def all_three():
    bleu.corpus_score(candidates, references)
    CHRF().corpus_score(candidates, references)
    return rouge()
tasks = {
    "bleu": lambda: BLEU().corpus_score(candidates, references).score,
    "chrf": lambda: CHRF().corpus_score(candidates, references).score,
    "chrf++": lambda: CHRF(word_order=2).corpus_score(candidates, references).score,
    "rouge": rouge,
    "bleu + chrf + rouge": all_three,
    "bootstrap bleu, 1000": lambda: bootstrap(bleu, system),
    "bootstrap chrf++, 1000": lambda: bootstrap(plus, plus_system),
    "paired bootstrap bleu, 1000": lambda: paired("bs", 1000),
    "paired randomization bleu, 10000": lambda: paired("ar", 10000),
}
if sys.argv[3:] == ["ter"]:
    tasks["ter"] = lambda: TER().corpus_score(candidates, references).score
measured = {}
for name, work in tasks.items():
    seconds = []
    for _ in range(1 if name == "ter" else runs):
        start = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - start)
    measured[name] = {"seconds": statistics.median_low(seconds), "result": result}
print(json.dumps(measured))

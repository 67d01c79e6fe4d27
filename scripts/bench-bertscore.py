"""bert_score for bench/bertscore.ts:  python bench-bertscore.py encoder texts.json threads, then on each line of standard input what to score: {"count": 500, "layer": 9, "idf": false}"""
import json, resource, sys, time, warnings
warnings.filterwarnings("ignore")
encoder, texts, threads = sys.argv[1], json.load(open(sys.argv[2])), int(sys.argv[3])
import torch
torch.set_num_threads(threads)
import transformers
transformers.logging.set_verbosity_error()
from bert_score import BERTScorer
opened = {}
for line in sys.stdin:
    asked = json.loads(line)
    count, key = asked["count"], (asked["layer"], asked["idf"])
    start = time.perf_counter()
    if key not in opened:
        opened.clear()
        opened[key] = BERTScorer(model_type=encoder, num_layers=key[0], idf=key[1], device="cpu", nthreads=0)
    scorer, load = opened[key], time.perf_counter() - start
    start, cpu = time.perf_counter(), time.process_time()
    candidates, references = texts["candidates"][:count], texts["references"][:count]
    if key[1]: scorer.compute_idf(references)
    values = scorer.score(candidates, references)
    print(json.dumps({"seconds": time.perf_counter() - start, "cpuSeconds": time.process_time() - cpu, "loadSeconds": load,
        "peakMemoryMB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, "values": [[float(x) for x in column] for column in values]}), flush=True)

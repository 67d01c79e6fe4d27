"""bert_score for bench/bertscore.ts:  python bench-bertscore.py encoder texts.json layer threads, then on each line of standard input how many pairs to score"""
import json, sys, time, warnings
warnings.filterwarnings("ignore")
encoder, texts, layer, threads = sys.argv[1], json.load(open(sys.argv[2])), int(sys.argv[3]), int(sys.argv[4])
import torch
torch.set_num_threads(threads)
import transformers
transformers.logging.set_verbosity_error()
from bert_score import BERTScorer
start = time.perf_counter()
scorer = BERTScorer(model_type=encoder, num_layers=layer, device="cpu", nthreads=0)
print(json.dumps({"loadSeconds": time.perf_counter() - start}), flush=True)
for line in sys.stdin:
    count = int(line)
    start, cpu = time.perf_counter(), time.process_time()
    f1 = scorer.score(texts["candidates"][:count], texts["references"][:count])[2]
    print(json.dumps({"seconds": time.perf_counter() - start, "cpuSeconds": time.process_time() - cpu, "f1": [float(x) for x in f1]}), flush=True)

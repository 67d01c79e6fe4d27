"""Reference values for src/train/preference/, by TRL's own losses: `_compute_loss` of its DPO and KTO trainers, `odds_ratio_loss` of
ORPO, `cpo_loss` of CPO (SimPO). First each loss on made-up log-probabilities, whose derivatives are the weights that our functions
give; then five steps of DPO with its SFT term on the tiny Llama of golden/train, from its adapter, which is the reference too.

    pip install trl==1.16.0 peft==0.21.2
    python scripts/goldens/preference.py        # writes golden/preference/
"""
import collections, json, pathlib, platform, types
import peft, torch, transformers, trl
from trl.experimental.cpo.cpo_trainer import CPOTrainer
from trl.experimental.orpo.orpo_trainer import ORPOTrainer

goldens = pathlib.Path(__file__).parents[2] / "golden"
out = goldens / "preference"
same = lambda x: x
accelerator = types.SimpleNamespace(device=torch.device("cpu"), gather=same, gather_for_metrics=same)


def trainer(**settings):
    """What the loss methods read of a trainer."""
    return types.SimpleNamespace(
        accelerator=accelerator, model=types.SimpleNamespace(training=True), aux_loss_enabled=False, ld_alpha=None, precompute_ref_logps=True,
        f_divergence_type="reverse_kl", use_weighting=False, label_smoothing=0.0, _metrics={"train": collections.defaultdict(list)},
        _total_train_tokens=0, _tp_size=1, alpha=0.0, **settings)


def answers(log_probs):
    """A model whose log-probabilities are given: [B, T - 1], 0 where a token carries no loss."""
    nothing = torch.zeros_like(log_probs)
    return lambda **_: types.SimpleNamespace(log_probs=log_probs, entropy=nothing, mean_logits=nothing, is_top1=nothing.bool())


def batch(lengths, prompt=2):
    """Ids, attention and completion mask of sequences with so many completion tokens."""
    width = prompt + max(lengths)
    mask = torch.tensor([[0] * prompt + [1] * n + [0] * (width - prompt - n) for n in lengths])
    return {"input_ids": torch.ones_like(mask), "attention_mask": torch.ones_like(mask), "completion_mask": mask}


def drawn(lengths, width, mean):
    """Log-probabilities [B, width]: the completion stands at the end of the prompt of two."""
    values = torch.zeros(len(lengths), width, dtype=torch.float64)
    for row, n in zip(values, lengths):
        row[1:1 + n] = -torch.distributions.Exponential(1 / mean).sample((n,)).double()
    return values


torch.manual_seed(16)
lengths = {"chosen": [5, 9, 3, 12], "rejected": [7, 4, 3, 20]}
every = lengths["chosen"] + lengths["rejected"]
inputs = batch(every)
width = inputs["input_ids"].size(1) - 1
policy, reference = drawn(every, width, 0.8), drawn(every, width, 1.0).sum(1)
ragged = lambda values: [row[1:1 + n].tolist() for row, n in zip(values, every)]
golden = {"lengths": lengths, "logProbabilities": ragged(policy), "reference": reference.tolist(), "losses": {}}


def record(name, settings, compute):
    """The loss of `compute` and minus its derivatives: the weights on the nll."""
    leaf = policy.clone().requires_grad_()
    loss = compute(leaf)
    loss.backward()
    golden["losses"][name] = {**settings, "loss": loss.item(), "weights": ragged(-leaf.grad)}


def dpo(types_, weights, beta):
    def compute(leaf):
        chosen, rejected = reference.chunk(2)
        me = trainer(beta=beta, loss_types=types_, loss_weights=weights)
        return trl.DPOTrainer._compute_loss(me, answers(leaf), {**inputs, "ref_chosen_logps": chosen, "ref_rejected_logps": rejected}, False)
    return compute


def means(leaf):
    return (leaf.sum(1) / torch.tensor(every)).chunk(2)


def simpo(leaf):
    return CPOTrainer.cpo_loss(trainer(beta=2.0, loss_type="simpo", simpo_gamma=0.5), *means(leaf))[0].mean()


def orpo(leaf):
    ratio = -ORPOTrainer.odds_ratio_loss(trainer(beta=0.1), *means(leaf))[0].float().mean()
    return ratio.double()


def kto(leaf):
    kl, kl_reference = mismatched.sum(1), reference - 0.3
    me = trainer(beta=0.1, loss_type="kto", calculate_KL=True, desirable_weight=1.0, undesirable_weight=1.5)
    me._compute_kl_logps = lambda *_: kl
    label = torch.tensor([True] * len(lengths["chosen"]) + [False] * len(lengths["rejected"]))
    return trl.KTOTrainer._compute_loss(me, answers(leaf), {**inputs, "label": label, "ref_logps": reference, "ref_KL_logps": kl_reference}, False)


mismatched = drawn(every, width, 0.7)
golden["mismatched"] = {"logProbabilities": ragged(mismatched), "reference": (reference - 0.3).tolist()}
record("dpo", {"beta": 0.1, "sft": 0}, dpo(["sigmoid"], [1.0], 0.1))
record("dpo with sft", {"method": "dpo", "beta": 0.25, "sft": 1.5}, dpo(["sigmoid", "sft"], [1.0, 1.5], 0.25))
record("ipo", {"beta": 0.1, "sft": 0}, dpo(["ipo"], [1.0], 0.1))
record("apo_zero", {"beta": 0.1, "sft": 0}, dpo(["apo_zero"], [1.0], 0.1))
record("simpo", {"beta": 2.0, "gamma": 0.5, "sft": 0}, simpo)
record("orpo", {"beta": 0.1, "sft": 0}, orpo)
record("kto", {"beta": 0.1, "sft": 0, "likedWeight": 1.0, "dislikedWeight": 1.5}, kto)


def five_steps():
    """DPO + SFT from the adapter of golden/train on pairs of random tokens: AdamW, clipped, linear decay without warm-up."""
    torch.manual_seed(3)
    base = transformers.LlamaForCausalLM.from_pretrained(goldens / "train" / "base", attn_implementation="eager").float()
    model = peft.PeftModel.from_pretrained(base, goldens / "train" / "adapter", is_trainable=True).train()
    pairs = []
    for _ in range(6):
        prompt = torch.randint(0, 272, (int(torch.randint(3, 9, ())),)).tolist()
        pairs.append({"prompt": prompt, **{side: torch.randint(0, 272, (int(torch.randint(2, 11, ())),)).tolist() for side in ("chosen", "rejected")}})
    sequences = [p["prompt"] + p[side] for side in ("chosen", "rejected") for p in pairs]
    completions = [len(p[side]) for side in ("chosen", "rejected") for p in pairs]
    size = max(map(len, sequences))
    ids = torch.tensor([s + [0] * (size - len(s)) for s in sequences])
    attention = torch.tensor([[1] * len(s) + [0] * (size - len(s)) for s in sequences])
    mask = torch.tensor([[0] * (len(s) - n) + [1] * n + [0] * (size - len(s)) for s, n in zip(sequences, completions)])

    def forward(input_ids, attention_mask, labels, **_):
        logits = model(input_ids=input_ids, attention_mask=attention_mask, use_cache=False).logits[:, :-1].float()
        log_probs = logits.log_softmax(-1).gather(-1, input_ids[:, 1:, None])[..., 0] * (labels[:, 1:] != -100)
        nothing = torch.zeros_like(log_probs)
        return types.SimpleNamespace(log_probs=log_probs, entropy=nothing, mean_logits=nothing, is_top1=nothing.bool())

    data = {"input_ids": ids, "attention_mask": attention, "completion_mask": mask}
    with torch.no_grad():
        start = forward(**data, labels=ids.masked_fill(mask == 0, -100)).log_probs.sum(1)
    chosen, rejected = start.chunk(2)  # TRL: the adapter that training starts from, copied as "ref", is the reference
    data |= {"ref_chosen_logps": chosen, "ref_rejected_logps": rejected}
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=0.01, eps=1e-3, weight_decay=0.0, foreach=False, fused=False)  # a usual eps makes rounding of tiny gradients whole steps
    schedule = transformers.get_linear_schedule_with_warmup(optimizer, 0, 5)
    steps = []
    for _ in range(5):
        me = trainer(beta=0.1, loss_types=["sigmoid", "sft"], loss_weights=[1.0, 0.5])
        optimizer.zero_grad()
        loss = trl.DPOTrainer._compute_loss(me, forward, data, False)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(parameters, 2.0)
        metrics = {name: values[0] for name, values in me._metrics["train"].items() if name.startswith(("rewards", "logps"))}
        steps.append({"loss": loss.item(), "gradNorm": norm.item(), **metrics})
        optimizer.step()
        schedule.step()
    return {"learningRate": 0.01, "epsilon": 1e-3, "maxGradNorm": 2.0, "beta": 0.1, "sft": 0.5, "pairs": pairs, "reference": start.tolist(), "steps": steps}


golden["training"] = five_steps()
golden["versions"] = {"trl": trl.__version__, "torch": torch.__version__, "transformers": transformers.__version__, "peft": peft.__version__, "python": platform.python_version()}
out.mkdir(exist_ok=True)
(out / "golden.json").write_text(json.dumps(golden) + "\n")
print(golden["versions"], {name: one["loss"] for name, one in golden["losses"].items()}, [s["loss"] for s in golden["training"]["steps"]])

"""Training by preference: losses of a batch as functions of log-probabilities, as src/train/preference/methods.ts has them."""
import torch
from torch.nn.functional import logsigmoid

REPEAT_TOKENS = 4
LARGEST_P = 1 - 1e-4  # unlikelihood has no end at 1

def mean(values):
    return sum(values) / len(values)

def log_odds(m):
    return m - torch.log(-torch.expm1(m))

def pair_loss(method, c, r, beta, gamma):
    """c, r: the two sides as (sum of log p, that of the reference, tokens)."""
    (logp_c, ref_c, n_c), (logp_r, ref_r, n_r) = c, r
    ratio_c, ratio_r = logp_c - ref_c, logp_r - ref_r
    if method == "dpo":  # arXiv:2305.18290 eq. 7
        return -logsigmoid(beta * (ratio_c - ratio_r))
    if method == "ipo":  # arXiv:2310.12036 eq. 17, on means over tokens
        return (ratio_c / n_c - ratio_r / n_r - 1 / (2 * beta)) ** 2
    if method == "apo_zero":  # arXiv:2408.06266 eq. 7
        return 1 - torch.sigmoid(beta * ratio_c) + torch.sigmoid(beta * ratio_r)
    if method == "simpo":  # arXiv:2405.14734 eq. 6
        return -logsigmoid(beta * (logp_c / n_c - logp_r / n_r) - gamma)
    if method == "orpo":  # arXiv:2403.07691 eqs. 4 and 7
        return -beta * logsigmoid(log_odds(logp_c / n_c) - log_odds(logp_r / n_r))
    raise ValueError(method)

class Preference:
    """What job.json says of units: which sequences are seen together, the loss of a batch of them, and the reference's log p."""
    def __init__(self, job):
        self.job, about = job, job.json["preference"]
        self.settings, self.units, self.reference = about["settings"], about["units"], about["reference"]
        self.validation = range(about["train"], len(self.units))
        self.batch_size = about["batchSize"]
        self.sequences, at = [], 0  # of each unit: they stand in order
        for unit in self.units:
            count = 2 if unit["kind"] in ("pair", "single") else 1
            self.sequences.append(list(range(at, at + count)))
            at += count

    def weigh(self, numbers, logps):
        """Units and the log p of their tokens by sequence → loss, weights on the nll of those tokens by sequence, figures."""
        s, own = self.settings, {i: logps[i].double().requires_grad_() for n in numbers for i in self.sequences[n]}
        beta, method = s["beta"], s["method"]
        scored = lambda i: (own[i].sum(), self.reference[i], len(own[i]))
        ratio = lambda i: own[i].sum() - self.reference[i]
        reward = lambda i: beta * (own[i].mean() if method in ("simpo", "orpo") else ratio(i)).item()
        units = [(self.units[n], self.sequences[n]) for n in numbers]
        mismatched = [ratio(q[1]).item() for u, q in units if u["kind"] == "single"]
        kl = max(0.0, mean(mismatched)) if mismatched else 0.0  # KTO's, without a gradient
        losses, chosen, rejected, rewards = [], [], [], []
        for unit, q in units:
            kind = unit["kind"]
            liked = kind in ("pair", "imitate") or (kind == "single" and unit["liked"])
            (chosen if liked else rejected).append(q[0])
            if kind == "pair":
                rejected.append(q[1])
                losses.append(pair_loss(method, scored(q[0]), scored(q[1]), beta, s["gamma"]))
                rewards.append((reward(q[0]), reward(q[1])))
            elif kind == "single":  # arXiv:2402.01306 eq. 8
                weight, sign = (s["likedWeight"], 1) if liked else (s["dislikedWeight"], -1)
                losses.append(weight * (1 - torch.sigmoid(sign * beta * (ratio(q[0]) - kl))))
                rewards.append((reward(q[0]), None) if liked else (None, reward(q[0])))
            elif kind == "avoid":  # arXiv:1908.04319 eq. 2, the mean over the avoided tokens
                p = own[q[0]][torch.tensor(unit["avoided"], device=own[q[0]].device)].exp()
                losses.append(-torch.log1p(-(p + (p.clamp(max=LARGEST_P) - p).detach())).mean())
        total = sum(losses, torch.zeros((), dtype=torch.float64)) / len(units)
        tokens = sum(len(own[i]) for i in chosen)
        if tokens:  # the SFT term, arXiv:2404.19733
            total = total - s["sft"] * sum(own[i].sum() for i in chosen) / tokens
        total.backward()
        weights = {i: torch.zeros_like(x) if x.grad is None else -x.grad for i, x in own.items()}
        return total.item(), weights, self.figures(rewards, chosen, rejected)

    def figures(self, rewards, chosen, rejected):
        """What a person watches: TRL's rewards, and length and repetition of both sides."""
        margins = [c - r for c, r in rewards if c is not None and r is not None]
        lists = {"chosenReward": [c for c, _ in rewards if c is not None], "rejectedReward": [r for _, r in rewards if r is not None],
                 "margin": margins, "accuracy": [float(m > 0) for m in margins]}
        for name, side in (("chosen", chosen), ("rejected", rejected)):
            lists[name + "Tokens"] = self.job.loss_tokens([side])
            lists[name + "Repetition"] = [float(x) for i in side for x in self.repeats(i)]
        return {name: mean(values) for name, values in lists.items() if values}

    def repeats(self, index):
        """Which loss tokens of a sequence end a run of four that stands in its completion before."""
        ids, start = self.job.examples[index]
        reply, seen, found = ids[max(1, start):].tolist(), set(), []
        for i in range(len(reply)):
            run = tuple(reply[i - REPEAT_TOKENS + 1:i + 1]) if i >= REPEAT_TOKENS - 1 else None
            found.append(run in seen)
            if run:
                seen.add(run)
        return found

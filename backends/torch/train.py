"""Runs a training that pocketreply wrote as a job folder: the same rows in the same order, the same steps, checkpoints in the
same layout as its own trainer, so that either goes on from where the other stopped.

    python train.py                                     one process: a GPU where there is one, else the CPU
    torchrun --nproc-per-node 8 train.py                many GPUs; several nodes with --nnodes and --rdzv-endpoint
    python train.py --out BUCKET/mine                   results elsewhere than in out/ beside this file

It reads job.json (the resolved recipe), plan.jsonl (a line a step: rows of sequences, learning rate), tokens.i32 and
examples.json (the sequences), base/ (the model) and start/ (the state to begin with), and writes steps.jsonl, best.json and
checkpoints/step-…/ . SIGTERM saves and stops; the next start goes on. Every step is the sum over all its loss tokens whatever
the number of processes: rows are dealt out in turn, and a process without a row adds zeros.
"""
import argparse, datetime, json, os, pathlib, signal, sys, time
os.environ.setdefault("TORCH_NCCL_BLOCKING_WAIT", "1")  # a process that hangs is an error that we can tell
import numpy, torch, torch.distributed as dist
import torch.nn.functional as F
from torch.utils.checkpoint import checkpoint as recompute
from job import Job, Stop
from keeper import PEFT_PREFIX, Keeper
from preference import Preference

HEAD_CHUNK = 512  # loss tokens whose logits [N, V] exist at one time
SKIPS_IN_A_ROW = 5  # so many steps in a row without finite numbers stop the training

def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = pathlib.Path(__file__).resolve().parent
    parser.add_argument("--job", type=pathlib.Path, default=here, help="the job folder (default: where this file is)")
    parser.add_argument("--out", type=pathlib.Path, help="where results go (default: out/ in the job folder)")
    parser.add_argument("--rows-per-run", type=int, help="packed rows in one forward and backward pass (default: as the recipe says)")
    parser.add_argument("--dtype", choices=["auto", "float32", "bfloat16"], default="auto",
                        help="of the base and its products (default: bfloat16 on a GPU that has it)")
    parser.add_argument("--recompute", choices=["auto", "on", "off"], default="auto",
                        help="computes activations again in the backward pass (default: where memory is short)")
    parser.add_argument("--timeout", type=float, default=600, help="seconds after which a process that hangs ends the job")
    parser.add_argument("--json", action="store_true", help="progress as JSON, a line each")
    return parser.parse_args()

class Model:
    """The base with what is trained, and its loss."""
    def __init__(self, job, args, device):
        from transformers import AutoModelForCausalLM  # slow to load: after the job was checked
        self.job, self.device = job, device
        on_gpu = device.type == "cuda"
        self.bf16 = args.dtype == "bfloat16" or (args.dtype == "auto" and on_gpu and torch.cuda.is_bf16_supported())
        adapter = job.json["adapter"]
        dtype = torch.bfloat16 if self.bf16 and adapter else torch.float32  # weights that are trained stay in float32
        base = AutoModelForCausalLM.from_pretrained(job.folder / "base", dtype=dtype, attn_implementation="sdpa").to(device)
        if adapter:
            from peft import LoraConfig, get_peft_model
            base.requires_grad_(False)
            config = LoraConfig(r=adapter["rank"], lora_alpha=adapter["alpha"], use_rslora=adapter["rsLora"], lora_dropout=0.0,
                                target_modules=list(adapter["targets"]), bias="none", task_type="CAUSAL_LM")
            trained = ((n, p) for n, p in get_peft_model(base, config).named_parameters() if p.requires_grad)
            named = {n.removeprefix(PEFT_PREFIX).replace(".default.", "."): p for n, p in trained}
        else:
            named = dict(base.named_parameters())
        self.base, self.named, self.adapter = base, named, adapter
        self.rows_per_run = args.rows_per_run or job.settings["rowsPerRun"]
        is_tight = on_gpu and self.activation_bytes() > torch.cuda.mem_get_info(device)[0]
        if args.recompute == "on" or (args.recompute == "auto" and is_tight):
            base.gradient_checkpointing_enable({"use_reentrant": False})
            base.enable_input_require_grads()
        base.train()

    def activation_bytes(self):
        """About what one pass keeps for the backward pass, in bytes."""
        c = self.base.config
        a_token = c.num_hidden_layers * (14 * c.hidden_size + 8 * c.intermediate_size)
        return self.rows_per_run * self.job.settings["rowTokens"] * a_token * (2 if self.bf16 else 4)

    def nll(self, rows):
        """-log p of the loss tokens of `rows`, in nats [N]. rows: lists of example numbers."""
        tokens, positions, mask, places, targets = self.job.batch(rows, self.device)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            out = self.base.model(input_ids=tokens, position_ids=positions, attention_mask=mask, use_cache=False)
        hidden = out.last_hidden_state.flatten(0, 1)[places]  # the head sees the rows of the completion alone
        scaling = getattr(self.base.config, "logits_scaling", 1.0)
        def part(h, t):
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
                logits = self.base.lm_head(h)
            return F.cross_entropy(logits.float() / scaling, t, reduction="none")
        chunks = zip(hidden.split(HEAD_CHUNK), targets.split(HEAD_CHUNK))
        return torch.cat([recompute(part, h, t, use_reentrant=False) for h, t in chunks])

class World:
    """The processes of this job: one, or those of torchrun."""
    def __init__(self, timeout):
        self.rank, self.size, self.timeout = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1)), timeout
        self.device = torch.device("cpu")
        if torch.cuda.is_available():
            self.device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))
            torch.cuda.set_device(self.device)
        if self.size > 1:
            dist.init_process_group("nccl" if self.device.type == "cuda" else "gloo", timeout=datetime.timedelta(seconds=timeout))

    def sum(self, tensor):
        """Adds up what every process has in `tensor`, in place."""
        if self.size > 1:
            try:
                dist.all_reduce(tensor)
            except RuntimeError as error:  # DistError and its kin
                raise Stop(f"another process of this job ended, or did not answer for {self.timeout:g} s ({str(error).splitlines()[0]}). "
                           "What was saved is kept: start the job again, and it goes on from the last checkpoint.")
        return tensor

class Passes:
    """The passes of a step over this process's part of the rows; sums are those of all processes."""
    def __init__(self, job, model, world):
        self.job, self.model, self.world = job, model, world
        self.preference = Preference(job) if job.json["preference"] else None

    def mine(self, rows):
        """The parts of `rows` that this process computes, a few rows each."""
        own, size = rows[self.world.rank::self.world.size], self.model.rows_per_run
        return [own[i:i + size] for i in range(0, len(own), size)]

    def zero(self):
        return torch.zeros(1, dtype=torch.float64, device=self.world.device)

    def step(self, line):
        """Leaves this process's part of the gradients in the parameters; returns the loss of all and figures."""
        if self.preference:
            return self.weighted_step(line)
        total = self.zero()
        for rows in self.mine(line["rows"]):
            loss = self.model.nll(rows).sum() / line["lossTokens"]
            loss.backward()
            total += loss.detach().double()
        return self.world.sum(total).item(), {}

    def weighted_step(self, line):
        """A pass for the weights on the nll of each token, then one with gradients."""
        loss, weights, figures = self.preference.weigh(line["units"], self.log_probabilities(line["rows"]))
        for rows in self.mine(line["rows"]):
            weight = torch.cat([weights[i] for row in rows for i in row])
            if weight.any():
                (self.model.nll(rows) * weight.float()).sum().backward()
        return loss, figures

    def log_probabilities(self, rows):
        """log p of the loss tokens of `rows` by sequence; every process has all of them."""
        numbers = [i for row in rows for i in row]
        flat = torch.zeros(sum(self.job.loss_tokens(rows)), device=self.world.device)
        parts = dict(zip(numbers, flat.split(self.job.loss_tokens(rows))))
        with torch.no_grad():
            for some in self.mine(rows):
                found = self.model.nll(some).split(self.job.loss_tokens(some))
                for i, nll in zip((i for row in some for i in row), found):
                    parts[i].copy_(-nll)
        self.world.sum(flat)
        return parts

    def validation(self):
        """The loss over the validation rows, and figures."""
        rows, preference = self.job.json["validationRows"], self.preference
        self.model.base.eval()
        try:
            if not preference:
                total = self.zero()
                with torch.no_grad():
                    for some in self.mine(rows):
                        total += self.model.nll(some).double().sum()
                return self.world.sum(total).item() / sum(self.job.loss_tokens(rows)), {}
            logps, units, sums = self.log_probabilities(rows), list(preference.validation), {}
            for at in range(0, len(units), preference.batch_size):
                some = units[at:at + preference.batch_size]
                loss, _, figures = preference.weigh(some, logps)
                for name, value in {"loss": loss, **{f"validation{n[0].upper()}{n[1:]}": v for n, v in figures.items()}}.items():
                    sums[name] = sums.get(name, 0.0) + value * len(some) / len(units)
            return sums.pop("loss"), sums
        finally:
            self.model.base.train()

class Progress:
    """What a person sees meanwhile: a line of text, or of JSON for the program that started this one."""
    def __init__(self, keeper, plan, as_json):
        self.is_shown, self.as_json, self.rate = keeper.world.rank == 0, as_json, 0.0
        self.left = sum(line["tokens"] for line in plan[keeper.state["step"]:])
        best = keeper.state["best"] or {}
        self.shown = {"step": keeper.state["step"], "steps": len(plan), "tokensPerSecond": 0.0, "secondsLeft": None, "trainLoss": None,
                      "validationLoss": best.get("validationLoss"), "skipped": keeper.state["skipped"]["total"]}

    def taken(self, line, seconds, loss, skipped):
        now = line["tokens"] / seconds
        self.rate, self.left = (0.9 * self.rate + 0.1 * now if self.rate else now), self.left - line["tokens"]
        self.tell("training", step=line["step"], tokensPerSecond=self.rate, secondsLeft=self.left / self.rate, trainLoss=loss, skipped=skipped)

    def tell(self, phase, **changes):
        self.shown.update(changes)
        if not self.is_shown:
            return
        s = self.shown
        text = [f"step {s['step']} of {s['steps']}", phase, f"{s['tokensPerSecond']:.0f} tokens/s"]
        text += [] if s["secondsLeft"] is None else [f"{s['secondsLeft'] / 60:.0f} min left"]
        text += [f"{name} {s[key]:.4f}" for name, key in (("loss", "trainLoss"), ("validation", "validationLoss")) if s[key] is not None]
        print(json.dumps({"event": "progress", "phase": phase, **s}) if self.as_json else ", ".join(text), flush=True)

def update(model, optimizer, world, settings, loss):
    """Adds up the gradients of all processes, clips them and takes the step. Returns their norm before that, and what is not finite."""
    parameters = list(model.named.values())
    flat = torch.cat([(torch.zeros_like(p) if p.grad is None else p.grad).float().flatten() for p in parameters])
    world.sum(flat)
    for p, gradient in zip(parameters, flat.split([p.numel() for p in parameters])):
        p.grad = gradient.view_as(p)
    norm = flat.double().norm().item()
    if not numpy.isfinite(loss):
        return norm, "loss"
    if not numpy.isfinite(norm):
        return norm, "gradient of " + next(name for name, p in model.named.items() if not p.grad.isfinite().all())
    flat.mul_(min(1.0, settings["maxGradNorm"] / (norm + 1e-6)))
    optimizer.step()
    return norm, None

def train(args, world):
    job = Job(args.job.resolve())
    settings, plan = job.settings, job.plan
    model = Model(job, args, world.device)
    optimizer = torch.optim.AdamW(model.named.values(), lr=0.0, betas=(settings["beta1"], settings["beta2"]),
                                  eps=settings["epsilon"], weight_decay=settings["weightDecay"])
    keeper = Keeper(job, model, optimizer, (args.out or args.job / "out").resolve(), world)
    passes, progress = Passes(job, model, world), Progress(keeper, plan, args.json)
    stopping = torch.zeros(1, device=world.device)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.fill_(1))

    def validate(step, epoch):
        progress.tell("validating")
        loss, figures = passes.validation()
        keeper.log({"step": step, "epoch": epoch, "validationLoss": loss, **figures})
        keeper.validated(step, loss)
        progress.tell("training", validationLoss=loss)

    state = keeper.state
    keeper.save(state["step"], state["order"], state["validated"])
    if not state["validated"]:
        validate(state["step"], state["order"]["epoch"])
    for line in plan[state["step"]:]:
        before, step = keeper.state, line["step"]
        if world.sum(stopping.clone()).item():
            keeper.save(step - 1, before["order"], True)
            return "stopped"
        began, optimizer.param_groups[0]["lr"] = time.monotonic(), line["learningRate"]
        optimizer.zero_grad(set_to_none=True)
        loss, figures = passes.step(line)
        norm, fault = update(model, optimizer, world, settings, loss)
        row = {key: line[key] for key in ("step", "learningRate", "sequences", "tokens", "lossTokens")}
        row |= {"loss": loss} if numpy.isfinite(loss) else {}
        row |= {"gradNorm": norm} if fault is None else {"skipped": fault}
        seconds = time.monotonic() - began
        keeper.log({**row, **figures, "seconds": round(seconds, 3), "epoch": line["epoch"]})
        skipped = {"total": before["skipped"]["total"] + (fault is not None), "inARow": before["skipped"]["inARow"] + 1 if fault else 0}
        if skipped["inARow"] >= SKIPS_IN_A_ROW:
            keeper.save(step - 1, before["order"], True)
            raise Stop(f"{SKIPS_IN_A_ROW} steps in a row, the last of them {step}, were skipped because their numbers are not finite "
                       f"({fault}). Lower train.learningRate (now {settings['learningRate']}).")
        keeper.state = {**before, "skipped": skipped, "order": line["order"]}
        progress.taken(line, seconds, row.get("loss"), skipped["total"])
        due = torch.tensor([float(time.monotonic() - keeper.saved_at >= 60 * settings["checkpointMinutes"])], device=world.device)
        if line["validate"] or world.sum(due).item():
            progress.tell("saving")
            keeper.save(step, line["order"], not line["validate"])
            keeper.saved_at = time.monotonic()
        if line["validate"]:
            validate(step, line["order"]["epoch"])
    return "done"

def main():
    args = arguments()
    world = World(args.timeout)
    try:
        ended = train(args, world)
    except Stop as error:
        sys.exit(f"error: {error}")
    except torch.OutOfMemoryError as error:
        sys.exit(f"error: the GPU has too little memory ({error}). Take --rows-per-run 1 --recompute on; "
                 "more GPUs of the same kind do not help: a larger one does.")
    if world.size > 1:
        dist.destroy_process_group()
    if world.rank == 0:
        print(json.dumps({"event": ended}) if args.json else f"{ended}.", flush=True)
    sys.exit(0 if ended == "done" else 3)

if __name__ == "__main__":
    main()

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
import argparse, datetime, hashlib, json, os, pathlib, shutil, signal, sys, time
import numpy, torch, torch.distributed as dist
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch.utils.checkpoint import checkpoint as recompute

HEAD_CHUNK = 512  # loss tokens whose logits [N, V] exist at one time
PEFT_PREFIX = "base_model.model."
SKIPS_IN_A_ROW = 5  # so many steps in a row without finite numbers stop the training

class Stop(Exception):
    """A fault that a person can mend; the text says how."""

def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = pathlib.Path(__file__).resolve().parent
    parser.add_argument("--job", type=pathlib.Path, default=here, help="the job folder (default: where this file is)")
    parser.add_argument("--out", type=pathlib.Path, help="where results go (default: out/ in the job folder)")
    parser.add_argument("--rows-per-run", type=int, help="packed rows in one forward and backward pass (default: as the recipe says)")
    parser.add_argument("--dtype", choices=["auto", "float32", "bfloat16"], default="auto", help="of the base and its products (default: bfloat16 on a GPU that has it)")
    parser.add_argument("--recompute", choices=["auto", "on", "off"], default="auto", help="computes activations again in the backward pass (default: where memory is short)")
    parser.add_argument("--timeout", type=float, default=600, help="seconds after which a process that hangs ends the job")
    parser.add_argument("--json", action="store_true", help="progress as JSON, a line each")
    return parser.parse_args()

class Job:
    """The job folder, read and checked: a file that was changed after it was written is named."""
    def __init__(self, folder):
        self.folder = folder
        try:
            self.json = json.loads((folder / "job.json").read_text())
        except (OSError, ValueError) as error:
            raise Stop(f"{folder}/job.json cannot be read ({error}). Write the job folder again: npx pocketreply job")
        if self.json.get("version") != 1:
            raise Stop(f"{folder}/job.json is of version {self.json.get('version')}, this train.py reads version 1. Write the job folder again.")
        for name, digest in self.json["digests"].items():
            got = hashlib.sha256((folder / name).read_bytes()).hexdigest() if (folder / name).exists() else "nothing"
            if got != digest:
                raise Stop(f"{folder / name} is not the file that this job was written with (SHA-256 {got[:12]}, not {digest[:12]}). Write the job folder again: npx pocketreply job")
        self.settings = self.json["settings"]
        self.plan = [json.loads(line) for line in (folder / "plan.jsonl").read_text().splitlines()]
        table = json.loads((folder / "examples.json").read_text())
        tokens = torch.from_numpy(numpy.fromfile(folder / "tokens.i32", dtype="<i4").astype("int64"))
        self.examples = list(zip(tokens.split(table["lengths"]), table["completionStarts"]))

    def loss_tokens(self, row):
        return sum(len(self.examples[i][0]) - max(1, self.examples[i][1]) for i in row)

    def batch(self, rows, device):
        """Rows → tokens, positions, mask [B, 1, T, T], places of the loss [N] and their targets [N]; T is that of the longest row."""
        length = max(sum(len(self.examples[i][0]) for i in row) for row in rows)
        tokens, positions, segments = (torch.zeros(len(rows), length, dtype=torch.long) for _ in range(3))
        places, targets = [], []
        for b, row in enumerate(rows):
            at = 0
            for segment, index in enumerate(row):
                ids, start = self.examples[index]
                end, start = at + len(ids), max(1, start)
                tokens[b, at:end], positions[b, at:end], segments[b, at:end] = ids, torch.arange(len(ids)), segment + 1
                places.append(torch.arange(at + start - 1, end - 1) + b * length)
                targets.append(ids[start:])
                at = end
            positions[b, at:] = torch.arange(length - at)
        mask = (segments[:, :, None] == segments[:, None, :]) & torch.ones(length, length, dtype=torch.bool).tril()
        return [x.to(device) for x in (tokens, positions, mask[:, None], torch.cat(places), torch.cat(targets))]

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
            model = get_peft_model(base, LoraConfig(r=adapter["rank"], lora_alpha=adapter["alpha"], use_rslora=adapter["rsLora"], lora_dropout=0.0,
                                                    target_modules=list(adapter["targets"]), bias="none", task_type="CAUSAL_LM"))
            named = {n.removeprefix(PEFT_PREFIX).replace(".default.", "."): p for n, p in model.named_parameters() if p.requires_grad}
        else:
            named = dict(base.named_parameters())
        self.base, self.named, self.adapter = base, named, adapter
        rows = args.rows_per_run or job.settings["rowsPerRun"]
        if args.recompute == "on" or (args.recompute == "auto" and on_gpu and self.activation_bytes(rows) > torch.cuda.mem_get_info(device)[0]):
            base.gradient_checkpointing_enable({"use_reentrant": False})
            base.enable_input_require_grads()
        base.train()

    def activation_bytes(self, rows):
        """About what one pass keeps for the backward pass, in bytes."""
        c = self.base.config
        a_token = c.num_hidden_layers * (14 * c.hidden_size + 8 * c.intermediate_size)
        return rows * self.job.settings["rowTokens"] * a_token * (2 if self.bf16 else 4)

    def nll(self, rows):
        """The sum of -log p over the loss tokens of `rows`, in nats. rows: lists of example numbers."""
        tokens, positions, mask, places, targets = self.job.batch(rows, self.device)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            hidden = self.base.model(input_ids=tokens, position_ids=positions, attention_mask=mask, use_cache=False).last_hidden_state
        hidden = hidden.flatten(0, 1)[places]  # the head sees the rows of the completion alone
        scaling = getattr(self.base.config, "logits_scaling", 1.0)
        def part(h, t):
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
                logits = self.base.lm_head(h)
            return F.cross_entropy(logits.float() / scaling, t, reduction="sum")
        return sum(recompute(part, h, t, use_reentrant=False) for h, t in zip(hidden.split(HEAD_CHUNK), targets.split(HEAD_CHUNK)))

class World:
    """The processes of this job: one, or those of torchrun."""
    def __init__(self, timeout):
        self.rank, self.size = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
        self.device = torch.device("cpu")
        if torch.cuda.is_available():
            self.device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))
            torch.cuda.set_device(self.device)
        if self.size > 1:
            dist.init_process_group("nccl" if self.device.type == "cuda" else "gloo", timeout=datetime.timedelta(seconds=timeout))

    def sum(self, tensor):
        if self.size > 1:
            dist.all_reduce(tensor)
        return tensor

class Keeper:
    """Checkpoints, best.json and steps.jsonl in pocketreply's layout. Only rank 0 writes; all read."""
    def __init__(self, job, model, optimizer, out, world):
        self.job, self.model, self.optimizer, self.out, self.world = job, model, optimizer, out, world
        self.saved_at = time.monotonic()
        steps = self.steps(out / "checkpoints")
        source = out / "checkpoints" / self.name(steps[-1]) if steps else next((job.folder / "start").glob("step-*"))
        self.state = json.loads((source / "state.json").read_text())
        if self.state["fingerprint"] != job.json["fingerprint"]:
            raise Stop(f"{source} was made from other replies, another base or other training settings. Choose another --out, or delete {out / 'checkpoints'} to train again.")
        prefix, file = (PEFT_PREFIX, "adapter_model.safetensors") if model.adapter else ("", "model.safetensors")
        weights, moments = load_file(source / file), load_file(source / "optimizer.safetensors")
        updates = self.state["step"] - self.state["skipped"]["total"]
        with torch.no_grad():
            for name, p in model.named.items():
                p.copy_(weights[prefix + name])
                if updates:
                    optimizer.state[p] = {"step": torch.tensor(float(updates)), "exp_avg": moments["m." + name].to(p.device), "exp_avg_sq": moments["v." + name].to(p.device)}
        self.on_disk = self.state["step"] if steps else None
        if world.rank == 0:
            out.mkdir(parents=True, exist_ok=True)
            log = out / "steps.jsonl"
            if not steps and not log.exists() and (job.folder / "start" / "steps.jsonl").exists():
                shutil.copy(job.folder / "start" / "steps.jsonl", log)
            rows = [json.loads(line) for line in log.read_text().splitlines() if line.endswith("}")] if log.exists() else []
            done, validated = self.state["step"], self.state["validated"]
            keep = [r for r in rows if r["step"] < done or (r["step"] == done and (validated or "validationLoss" not in r))]
            self.write(log, "".join(json.dumps(r) + "\n" for r in keep))

    @staticmethod
    def name(step):
        return f"step-{step:06d}"

    @staticmethod
    def steps(folder):
        return sorted(int(p.name[5:]) for p in folder.glob("step-*") if p.name[5:].isdigit())

    @staticmethod
    def write(path, text):
        partial = path.with_name(path.name + ".partial")
        partial.write_text(text)
        partial.replace(path)

    def log(self, row):
        if self.world.rank == 0:
            with open(self.out / "steps.jsonl", "a") as file:
                file.write(json.dumps(row) + "\n")

    def save(self, step, order, validated):
        self.state = {**self.state, "step": step, "order": order, "validated": validated}
        if self.world.rank or self.on_disk == step:
            return
        path = self.out / "checkpoints" / self.name(step)
        partial = path.with_name(path.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        prefix, file = (PEFT_PREFIX, "adapter_model.safetensors") if self.model.adapter else ("", "model.safetensors")
        tensors = {name: p.detach().float().cpu().contiguous() for name, p in self.model.named.items()}
        save_file({prefix + name: t for name, t in tensors.items()}, partial / file, {"format": "pt"})
        moment = lambda p, key: self.optimizer.state[p][key].cpu().contiguous() if p in self.optimizer.state else torch.zeros_like(p, device="cpu")
        save_file({f"{short}.{name}": moment(p, key) for name, p in self.model.named.items() for short, key in (("m", "exp_avg"), ("v", "exp_avg_sq"))}, partial / "optimizer.safetensors")
        if self.model.adapter:
            (partial / "adapter_config.json").write_text(json.dumps(self.job.json["adapterConfig"], indent=2) + "\n")
        (partial / "state.json").write_text(json.dumps(self.state, indent=2) + "\n")
        shutil.rmtree(path, ignore_errors=True)
        partial.rename(path)
        self.on_disk, self.saved_at = step, time.monotonic()

    def validated(self, step, loss):
        best = self.state["best"]
        if best is None or loss < best["validationLoss"]:
            best = {"step": step, "validationLoss": loss}
        self.state = {**self.state, "best": best, "validated": True}
        if self.world.rank:
            return
        self.write(self.out / "checkpoints" / self.name(step) / "state.json", json.dumps(self.state, indent=2) + "\n")
        self.write(self.out / "best.json", json.dumps({"step": best["step"], "checkpoint": f"checkpoints/{self.name(best['step'])}", "validationLoss": best["validationLoss"]}, indent=2) + "\n")
        steps = self.steps(self.out / "checkpoints")
        due = [s for s in steps if s == 0 or s == len(self.job.plan) or self.job.plan[s - 1]["validate"]]
        kept = {best["step"], *steps[-2:], *due[-self.job.settings["keepCheckpoints"]:]}
        for old in set(steps) - kept:
            path = self.out / "checkpoints" / self.name(old)
            shutil.rmtree(path.rename(path.with_name(path.name + ".partial")))

def train(args, world):
    job = Job(args.job.resolve())
    settings, plan, steps = job.settings, job.plan, len(job.plan)
    model = Model(job, args, world.device)
    parameters = list(model.named.values())
    optimizer = torch.optim.AdamW(parameters, lr=0.0, betas=(settings["beta1"], settings["beta2"]), eps=settings["epsilon"], weight_decay=settings["weightDecay"])
    keeper = Keeper(job, model, optimizer, (args.out or args.job / "out").resolve(), world)
    rows_per_run = args.rows_per_run or settings["rowsPerRun"]
    stopping = torch.zeros(1, device=world.device)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.fill_(1))
    shown = {"step": keeper.state["step"], "steps": steps, "tokensPerSecond": 0.0, "secondsLeft": None, "trainLoss": None,
             "validationLoss": (keeper.state["best"] or {}).get("validationLoss"), "skipped": keeper.state["skipped"]["total"]}

    def report(phase, **changes):
        shown.update(changes)
        if world.rank == 0:
            loss = lambda name: "" if shown[name] is None else f", {'loss' if name == 'trainLoss' else 'validation'} {shown[name]:.4f}"
            left = "" if shown["secondsLeft"] is None else f", {shown['secondsLeft'] / 60:.0f} min left"
            text = f"step {shown['step']} of {steps}, {phase}, {shown['tokensPerSecond']:.0f} tokens/s{left}{loss('trainLoss')}{loss('validationLoss')}"
            print(json.dumps({"event": "progress", "phase": phase, **shown}) if args.json else text, flush=True)

    def mine(rows):
        """The parts of `rows` that this process computes, a few rows each."""
        own = rows[world.rank::world.size]
        return [own[i:i + rows_per_run] for i in range(0, len(own), rows_per_run)]

    def validate(step, epoch):
        report("validating")
        model.base.eval()
        total = torch.zeros(1, dtype=torch.float64, device=world.device)
        with torch.no_grad():
            for rows in mine(job.json["validationRows"]):
                total += model.nll(rows).double()
        model.base.train()
        loss = world.sum(total).item() / sum(map(job.loss_tokens, job.json["validationRows"]))
        keeper.log({"step": step, "epoch": epoch, "validationLoss": loss})
        keeper.validated(step, loss)
        report("training", validationLoss=loss)

    if not keeper.state["validated"] or keeper.on_disk is None:
        keeper.save(keeper.state["step"], keeper.state["order"], keeper.state["validated"])
        if not keeper.state["validated"]:
            validate(keeper.state["step"], keeper.state["order"]["epoch"])
    rate, left = 0.0, sum(line["tokens"] for line in plan[keeper.state["step"]:])
    for line in plan[keeper.state["step"]:]:
        if world.sum(stopping.clone()).item():
            keeper.save(line["step"] - 1, keeper.state["order"], True)
            return "stopped"
        began, optimizer.param_groups[0]["lr"] = time.monotonic(), line["learningRate"]
        optimizer.zero_grad(set_to_none=True)
        total = torch.zeros(1, dtype=torch.float64, device=world.device)
        for rows in mine(line["rows"]):
            loss = model.nll(rows) / line["lossTokens"]
            loss.backward()
            total += loss.detach().double()
        flat = torch.cat([(torch.zeros_like(p) if p.grad is None else p.grad).float().flatten() for p in parameters])
        world.sum(flat), world.sum(total)
        for p, gradient in zip(parameters, flat.split([p.numel() for p in parameters])):
            p.grad = gradient.view_as(p)
        norm = flat.double().norm().item()
        row = {key: line[key] for key in ("step", "learningRate", "sequences", "tokens", "lossTokens")}
        finite, skipped = numpy.isfinite(total.item()) and numpy.isfinite(norm), keeper.state["skipped"]
        if finite:
            flat.mul_(min(1.0, settings["maxGradNorm"] / (norm + 1e-6)))
            optimizer.step()
            row |= {"loss": total.item(), "gradNorm": norm}
            skipped = {**skipped, "inARow": 0}
        else:
            bad = next((name for name, p in model.named.items() if not p.grad.isfinite().all()), "")
            row["skipped"] = f"gradient of {bad}" if numpy.isfinite(total.item()) else "loss"
            skipped = {"total": skipped["total"] + 1, "inARow": skipped["inARow"] + 1}
        seconds = time.monotonic() - began
        keeper.log({**row, "seconds": round(seconds, 3), "epoch": line["epoch"]})
        if skipped["inARow"] >= SKIPS_IN_A_ROW:
            keeper.save(line["step"] - 1, keeper.state["order"], True)
            raise Stop(f"{SKIPS_IN_A_ROW} steps in a row, the last of them {line['step']}, were skipped because their numbers are not finite ({row['skipped']}). Lower train.learningRate (now {settings['learningRate']}).")
        keeper.state = {**keeper.state, "skipped": skipped, "order": line["order"]}
        rate, left = (line["tokens"] / seconds if rate == 0 else 0.9 * rate + 0.1 * line["tokens"] / seconds), left - line["tokens"]
        report("training", step=line["step"], tokensPerSecond=rate, secondsLeft=left / rate, trainLoss=row.get("loss"), skipped=skipped["total"])
        due = torch.tensor([float(time.monotonic() - keeper.saved_at >= 60 * settings["checkpointMinutes"])], device=world.device)
        if line["validate"] or world.sum(due).item():
            report("saving")
            keeper.save(line["step"], line["order"], not line["validate"])
            keeper.saved_at = time.monotonic()
        if line["validate"]:
            validate(line["step"], line["order"]["epoch"])
    return "done"

def main():
    args = arguments()
    world = World(args.timeout)
    try:
        ended = train(args, world)
    except Stop as error:
        sys.exit(f"error: {error}")
    except torch.OutOfMemoryError as error:
        sys.exit(f"error: the GPU has too little memory ({error}). Take --rows-per-run 1 --recompute on, or more GPUs of the same kind do not help: a larger one does.")
    finally:
        if world.size > 1 and dist.is_initialized() and sys.exc_info()[0] is None:
            dist.destroy_process_group()
    if world.rank == 0:
        print(json.dumps({"event": ended}) if args.json else f"{ended}.", flush=True)
    sys.exit(0 if ended == "done" else 3)

if __name__ == "__main__":
    main()

"""Checkpoints, best.json and steps.jsonl in pocketreply's layout: each file is there whole or not at all."""
import contextlib, json, shutil, time
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from job import Stop

PEFT_PREFIX = "base_model.model."

@contextlib.contextmanager
def begun(path):
    """Gives the name under which `path` is written, and takes what was begun away again where the volume takes no more."""
    partial = path.with_name(path.name + ".partial")
    remove = lambda old: shutil.rmtree(old) if old.is_dir() else old.unlink(missing_ok=True)
    remove(partial)
    try:
        yield partial
        if path.is_dir():
            shutil.rmtree(path)
        partial.replace(path)
    except (OSError, SafetensorError) as error:
        with contextlib.suppress(OSError):
            remove(partial)
        raise full(path, error)

def full(path, error):
    return Stop(f"{path} could not be written ({error}). What was saved before is whole: make room there and start again, "
                "and it goes on from the last checkpoint.")

class Keeper:
    """Only rank 0 writes; all read."""
    def __init__(self, job, model, optimizer, out, world):
        self.job, self.model, self.optimizer, self.out, self.world = job, model, optimizer, out, world
        self.saved_at = time.monotonic()
        steps = self.steps(out / "checkpoints")
        source = out / "checkpoints" / self.name(steps[-1]) if steps else next((job.folder / "start").glob("step-*"))
        self.state = json.loads((source / "state.json").read_text())
        if self.state["fingerprint"] != job.json["fingerprint"]:
            raise Stop(f"{source} was made from other replies, another base or other training settings. "
                       f"Choose another --out, or delete {out / 'checkpoints'} to train again.")
        self.prefix, self.file = (PEFT_PREFIX, "adapter_model.safetensors") if model.adapter else ("", "model.safetensors")
        self.load(source)
        self.on_disk = self.state["step"] if steps else None
        if world.rank == 0:
            self.open_log(is_new=not steps)

    def load(self, source):
        weights, moments = load_file(source / self.file), load_file(source / "optimizer.safetensors")
        updates = self.state["step"] - self.state["skipped"]["total"]
        with torch.no_grad():
            for name, p in self.model.named.items():
                p.copy_(weights[self.prefix + name])
                if updates:
                    m, v = (moments[f"{moment}.{name}"].to(p.device) for moment in "mv")
                    self.optimizer.state[p] = {"step": torch.tensor(float(updates)), "exp_avg": m, "exp_avg_sq": v}

    def open_log(self, is_new):
        """Takes steps.jsonl over from where the job began, and leaves out what came after the checkpoint."""
        log, before = self.out / "steps.jsonl", self.job.folder / "start" / "steps.jsonl"
        source = before if is_new and not log.exists() else log
        lines = source.read_text().splitlines(keepends=True) if source.exists() else []
        rows = [json.loads(line) for line in lines if line.endswith("\n")]  # a line without its end was cut by a kill
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
        with begun(path) as partial:
            partial.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(text)

    def log(self, row):
        if self.world.rank:
            return
        path, line = self.out / "steps.jsonl", (json.dumps(row) + "\n").encode()
        with open(path, "ab", buffering=0) as file:
            size = file.tell()
            try:
                if file.write(line) < len(line):
                    raise OSError("no space left for the whole line")
            except OSError as error:
                file.truncate(size)
                raise full(path, error)

    def save(self, step, order, validated):
        self.state = {**self.state, "step": step, "order": order, "validated": validated}
        if self.world.rank or self.on_disk == step:
            return
        with begun(self.out / "checkpoints" / self.name(step)) as folder:
            folder.mkdir(parents=True)
            named = self.model.named.items()
            weights = {self.prefix + name: p.detach().float().cpu().contiguous() for name, p in named}
            save_file(weights, folder / self.file, {"format": "pt"})
            moments = {f"{short}.{name}": self.moment(p, key) for name, p in named for short, key in (("m", "exp_avg"), ("v", "exp_avg_sq"))}
            save_file(moments, folder / "optimizer.safetensors")
            if self.model.adapter:
                (folder / "adapter_config.json").write_text(json.dumps(self.job.json["adapterConfig"], indent=2) + "\n")
            (folder / "state.json").write_text(json.dumps(self.state, indent=2) + "\n")
        self.on_disk, self.saved_at = step, time.monotonic()

    def moment(self, p, key):
        state = self.optimizer.state.get(p)
        return state[key].cpu().contiguous() if state else torch.zeros_like(p, device="cpu")

    def validated(self, step, loss):
        """Notes the loss of a saved step, and deletes checkpoints that nothing needs."""
        best = self.state["best"]
        if best is None or loss < best["validationLoss"]:
            best = {"step": step, "validationLoss": loss}
        self.state = {**self.state, "best": best, "validated": True}
        if self.world.rank:
            return
        checkpoints = self.out / "checkpoints"
        self.write(checkpoints / self.name(step) / "state.json", json.dumps(self.state, indent=2) + "\n")
        shown = {"step": best["step"], "checkpoint": f"checkpoints/{self.name(best['step'])}", "validationLoss": best["validationLoss"]}
        self.write(self.out / "best.json", json.dumps(shown, indent=2) + "\n")
        steps = self.steps(checkpoints)
        due = [s for s in steps if s == 0 or s == len(self.job.plan) or self.job.plan[s - 1]["validate"]]
        kept = {best["step"], *steps[-2:], *due[-self.job.settings["keepCheckpoints"]:]}
        for old in set(steps) - kept:
            path = checkpoints / self.name(old)
            shutil.rmtree(path.rename(path.with_name(path.name + ".partial")))

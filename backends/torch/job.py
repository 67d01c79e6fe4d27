"""The job folder, read and checked, and its sequences as batches."""
import hashlib, json
import numpy, torch

VERSION = 2
AGAIN = "Write the job folder again: npx pocketreply job"

class Stop(Exception):
    """A fault that a person can mend; the text says how."""

class Job:
    """The job folder. Every file of it stands in SHA256SUMS with its hash: one that was changed or lost since is named."""
    def __init__(self, folder):
        self.folder = folder
        for line in self.text("SHA256SUMS").splitlines():
            digest, name = line.split("  ", 1)
            path = folder / name
            got = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "nothing"
            if got != digest:
                raise Stop(f"{path} is not the file that this job was written with (SHA-256 {got[:12]}, not {digest[:12]}). {AGAIN}")
        self.json = json.loads(self.text("job.json"))
        if self.json["version"] != VERSION:
            raise Stop(f"{folder}/job.json is of version {self.json['version']}, this train.py reads version {VERSION}. {AGAIN}")
        self.settings = self.json["settings"]
        self.plan = [json.loads(line) for line in self.text("plan.jsonl").splitlines()]
        table = json.loads(self.text("examples.json"))
        tokens = torch.from_numpy(numpy.fromfile(folder / "tokens.i32", dtype="<i4").astype("int64"))
        self.examples = list(zip(tokens.split(table["lengths"]), table["completionStarts"]))

    def text(self, name):
        try:
            return (self.folder / name).read_text()
        except OSError as error:
            raise Stop(f"{self.folder / name} cannot be read ({error.strerror}): this is no whole job folder. {AGAIN}")

    def loss_tokens(self, rows):
        """How many loss tokens each sequence of `rows` has, in order: those of the completion."""
        return [len(ids) - max(1, start) for ids, start in (self.examples[i] for row in rows for i in row)]

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

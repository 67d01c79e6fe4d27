"""What W&B's own reader finds in golden/wandb/run.wandb, as golden/wandb/read.json.

    npx tsx scripts/fixtures/wandb-run.ts && python scripts/goldens/wandb_run.py
"""
import json, pathlib
import wandb
from wandb.proto import wandb_internal_pb2 as pb
from wandb.sdk.internal.datastore import DataStore

folder = pathlib.Path(__file__).parents[2] / "golden" / "wandb"
store = DataStore()
store.open_for_scan(str(folder / "run.wandb"))
kinds, config, history, summary, run, exit_record = [], {}, [], {}, {}, {}
while (data := store.scan_data()) is not None:
    record = pb.Record()
    record.ParseFromString(data)
    kind = record.WhichOneof("record_type")
    kinds.append(kind)
    if kind == "run":
        run = {"id": record.run.run_id, "project": record.run.project, "displayName": record.run.display_name, "startSeconds": record.run.start_time.seconds}
        config = {u.key: json.loads(u.value_json) for u in record.run.config.update}
    elif kind == "history":
        history.append({"step": record.history.step.num, **{i.key: json.loads(i.value_json) for i in record.history.item}})
    elif kind == "summary":
        summary = {u.key: json.loads(u.value_json) for u in record.summary.update}
    elif kind == "exit":
        exit_record = {"exitCode": record.exit.exit_code, "runtimeSeconds": record.exit.runtime}
config["long"] = len(config["long"])
counts = {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}
result = {"wandb": wandb.__version__, "records": counts, "run": run, "config": config, "history": [history[0], history[-1]], "summary": summary, "exit": exit_record}
(folder / "read.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
print(json.dumps(result)[:600])

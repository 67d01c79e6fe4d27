"""What TensorBoard's own reader finds in golden/tensorboard, as golden/tensorboard/read.json.

    pip install tensorboard==2.20.0
    npx tsx scripts/fixtures/scalar-events.ts && python scripts/goldens/tensorboard_run.py
"""
import json, pathlib
import tensorboard
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

folder = pathlib.Path(__file__).parents[2] / "golden" / "tensorboard"
found = EventAccumulator(str(folder), size_guidance={"scalars": 0}).Reload()
scalars = {tag: [[e.wall_time, e.step, e.value] for e in found.Scalars(tag)] for tag in found.Tags()["scalars"]}
result = {"tensorboard": tensorboard.__version__, "fileVersion": found.file_version, "firstEvent": found.FirstEventTimestamp(), "scalars": scalars}
(folder / "read.json").write_text(json.dumps(result, ensure_ascii=False) + "\n")
print({tag: len(values) for tag, values in scalars.items()}, result["fileVersion"])

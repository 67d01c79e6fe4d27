"""Reads the exported dataset with pyarrow (Parquet, and JSONL as Hugging Face's `datasets` reads it) and writes down what it
saw, beside the hash of each file: golden/dataset/read.json.

    npx tsx scripts/goldens/dataset.ts FOLDER && python scripts/goldens/dataset.py FOLDER golden/dataset/read.json
"""
import hashlib, json, sys
from pathlib import Path
import pyarrow, pyarrow.json, pyarrow.parquet

root, out = Path(sys.argv[1]) / "dataset", Path(sys.argv[2])
files = {}
for path in sorted(p for p in root.rglob("*") if p.suffix in (".parquet", ".jsonl")):
    read = pyarrow.parquet.read_table if path.suffix == ".parquet" else pyarrow.json.read_json
    table = read(path)
    if path.suffix == ".parquet":
        table.validate(full=True)
    files[path.relative_to(root).as_posix()] = {
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "schema": {field.name: str(field.type) for field in table.schema},
        "rows": table.to_pylist(),
    }
out.parent.mkdir(parents=True, exist_ok=True)
out.write_text(json.dumps({"pyarrow": pyarrow.__version__, "files": files}, indent=1, ensure_ascii=False) + "\n")

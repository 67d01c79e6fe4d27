"""A .pte of known weights -> a template: everything of the file but the weights, and where they go.

    python scripts/pte/make-template.py FILE.pte HF_FOLDER OUT_FOLDER NAME

FILE.pte was made by export.py, from HF_FOLDER or with --random (then FILE.weights.pt lies beside it, and FILE.copies.json
after --fast). Which matrix a segment holds is found by content; shapes, packing and the pairs of data and scales come from
the XNNPACK blobs. Fails rather than guesses: every tensor must be found exactly once. Writes OUT_FOLDER/NAME-KIND.gz
(gzip of one line of JSON, then the bytes that are kept) and OUT_FOLDER/index.json, which lists all templates there.
"""

import gzip
import importlib.util
import json
import os
import sys

import numpy as np
import torch

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, here)
from pte import Pte, problems  # noqa: E402

spec = importlib.util.spec_from_file_location("exporter", f"{here}/export.py")
exporter = importlib.util.module_from_spec(spec)
spec.loader.exec_module(exporter)

GEOMETRY = ["model_type", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "vocab_size"]


def decode(data, matrix, rows):
    """The first rows of a matrix of the file as float32."""
    cols = matrix["dims"][1]
    cut = lambda place: data[place[0] : place[0] + place[1]]
    raw = cut(matrix["data"])
    if matrix["datatype"] == 1:
        return np.frombuffer(raw, np.float32, rows * cols)
    if matrix["datatype"] == 6:
        values = np.frombuffer(raw, np.int8, rows * cols).reshape(rows, cols)
        return (values * np.frombuffer(cut(matrix["scales"]), np.float32, rows)[:, None]).ravel()
    byte = np.frombuffer(raw, np.uint8, rows * cols // 2)
    values = np.empty(rows * cols, np.float32)
    values[0::2], values[1::2] = byte & 15, byte >> 4  # even index = low nibble
    halves = np.frombuffer(cut(matrix["scales"]), np.uint16, rows * cols // matrix["group"]).astype(np.uint32) << 16
    return ((values - 8).reshape(-1, matrix["group"]) * halves.view(np.float32)[:, None]).ravel()


def name_matrices(pte, meta, copies):
    """The checkpoint name of every matrix, in the order the program calls them."""
    key_of = {pte.segments[segment][0]: key for key, segment in pte.named.items()}
    matrices = pte.matrices()
    first, names, met = {}, [], {}
    for matrix in matrices:
        key = key_of[matrix["data"][0]]
        if key in copies:
            role = first[copies[key]]
        else:
            name = nearest(decode(pte.data, matrix, min(16, matrix["dims"][0])), matrix["dims"], meta)
            role = first[key] = name.split(".", 2)[2] if name.startswith("layers.") else name
        layer = met[role] = met.get(role, -1) + 1
        name_here = f"layers.{layer}.{role}" if role != "output.weight" else role
        assert key in copies or name == name_here, (name, name_here)
        names.append(name_here)
    return list(zip(names, matrices))


def nearest(values, dims, meta):
    candidates = [(name, w) for name, w in meta.items() if list(w.shape) == dims and name != "tok_embeddings.weight"]
    likeness = sorted(((cosine(values, w), name) for name, w in candidates), reverse=True)
    assert likeness[0][0] > 0.98 and (len(likeness) < 2 or likeness[1][0] < 0.5), likeness[:3]
    return likeness[0][1]


def cosine(values, w):
    other = w[: len(values) // w.shape[1]].float().numpy().ravel()
    return float(values @ other / np.linalg.norm(values) / np.linalg.norm(other))


def constants(pte, meta, vocabulary, width):
    """{checkpoint name, rope.cos, rope.sin or norm_eps: (place, rows, cols, place of scales)} of the plain constants."""
    cut = lambda place: pte.data[place[0] : place[0] + place[1]]
    vectors = {w.float().numpy().tobytes(): name for name, w in meta.items() if w.ndim == 1}
    assert len(vectors) == sum(w.ndim == 1 for w in meta.values()), "two norms are equal: the exporter stores them once"
    kinds, found = pte.constant_tensors(), {}
    for index, (scalar, sizes) in kinds.items():
        place = pte.constants[index]
        content = cut((place[0], 4 * sizes[0])) if len(sizes) == 1 and scalar == 6 else b""
        if content in vectors:
            name, entry = vectors[content], ((place[0], 4 * sizes[0]), sizes[0], 1, None)
        elif scalar == 1 and sizes == [vocabulary, width]:
            scales = next(pte.constants[i] for i, kind in kinds.items() if kind == (6, [vocabulary]))
            name, entry = "tok_embeddings.weight", ((place[0], vocabulary * width), vocabulary, width, (scales[0], 4 * vocabulary))
        elif scalar == 6 and len(sizes) == 2:
            name = "rope.cos" if np.frombuffer(cut(place), np.float32)[0] == 1 else "rope.sin"
            entry = ((place[0], 4 * sizes[0] * sizes[1]), sizes[0], sizes[1], None)
        elif scalar == 6 and sizes == []:
            name, entry = "norm_eps", ((place[0], 4), 1, 1, None)
        else:
            assert scalar == 6 and sizes == [vocabulary], f"constant {index} {sizes} not understood"
            continue
        assert name not in found, f"{name} found twice"
        found[name] = entry
    return found


def list_parts(pte, config, meta, copies):
    hf = {m: h for h, m in exporter.meta_names(config).items()}
    key_of = {pte.segments[segment][0]: key for key, segment in pte.named.items()}
    parts = []
    for name, (place, rows, cols, scales) in constants(pte, meta, config["vocab_size"], config["hidden_size"]).items():
        parts.append({"tensor": hf.get(name, name), "packing": "float32" if scales is None else "int8-row", "rows": rows, "cols": cols, "data": place, "scales": scales})  # fmt: skip
    for name, matrix in name_matrices(pte, meta, copies):
        heads = exporter.rotary_heads(config, hf[name])
        parts.append({
            "tensor": hf[name], "packing": {6: "int8-row", 10: f"int4-group{matrix['group']}"}[matrix["datatype"]],
            "rows": matrix["dims"][0], "cols": matrix["dims"][1], "data": matrix["data"], "scales": matrix["scales"],
            "key": key_of[matrix["data"][0]], "scaleKey": key_of[matrix["scales"][0]],
        } | ({} if heads is None else {"rotaryHeads": heads}))  # fmt: skip
    names = [part["tensor"] for part in parts]
    expected = set(hf.values()) | {"rope.cos", "rope.sin", "norm_eps"}
    assert sorted(names) == sorted(expected), sorted(set(names) ^ expected)
    return parts


def kept_ranges(data, parts):
    """Byte ranges of the file that are no part; padding between segments is zero and not kept."""
    holes = sorted(place for part in parts for place in (part["data"], part["scales"]) if place is not None)
    kept, at = [], 0
    for begin, size in holes + [(len(data), 0)]:
        assert begin >= at, "two tensors overlap"
        if any(data[at:begin]):
            kept.append([at, begin - at])
        at = begin + size
    return kept


def take_keys(file, kept, parts):
    """Blanks every key in `file` and puts into each part the places of its own (the last 64 digits, a sha-256 of the data)."""
    for part in parts:
        for field, places in (("key", "keys"), ("scaleKey", "scaleKeys")):
            if field not in part:
                continue
            digits = part.pop(field)[-64:].encode()
            found = []
            for begin, size in kept:
                at = file.find(digits, begin, begin + size)
                while at >= 0:
                    found.append(at)
                    at = file.find(digits, at + 1, begin + size)
            assert len(found) == 2, (part["tensor"], len(found))  # in the program and in one blob
            part[places] = found
    for part in parts:
        for at in part.get("keys", []) + part.get("scaleKeys", []):
            file[at : at + 64] = b"0" * 64


def main():
    path, folder, out, name = sys.argv[1:]
    file = bytearray(open(path, "rb").read())
    pte = Pte(bytes(file))
    assert not problems(pte), problems(pte)
    config = json.load(open(f"{folder}/config.json"))
    stem = path.removesuffix(".pte")
    drawn = f"{stem}.weights.pt"
    tensors = torch.load(drawn, mmap=True) if os.path.exists(drawn) else exporter.read(folder, config)
    copies = json.load(open(f"{stem}.copies.json")) if os.path.exists(f"{stem}.copies.json") else {}
    parts = list_parts(pte, config, exporter.to_meta(config, tensors), copies)
    kept = kept_ranges(file, parts)
    take_keys(file, kept, parts)
    kind = "8da4w" if any(part["packing"].startswith("int4") for part in parts) else "8da8w"
    import importlib.metadata as versions

    about = {
        "name": name,
        "kind": kind,
        "madeWith": {package: versions.version(package) for package in ("executorch", "torch", "torchao")},
        "contextLength": pte.integers("get_max_context_len")[0][1],
        "geometry": {key: config[key] for key in GEOMETRY}
        | {"num_key_value_heads": exporter.kv_heads(config), "head_dim": exporter.head_dim(config)},
    }
    ids = {method: [at for at, _ in pte.integers(method)] for method in ("get_bos_id", "get_eos_ids")}
    assert all(at is not None for places in ids.values() for at in places), "a token id is left out of the file: it was 0"
    whole = about | {"fileBytes": len(file), "kept": kept, "ids": ids, "parts": parts}
    body = json.dumps(whole, separators=(",", ":")).encode() + b"\n" + b"".join(file[o : o + n] for o, n in kept)
    os.makedirs(out, exist_ok=True)
    packed = gzip.compress(body, 9, mtime=0)
    open(f"{out}/{name}-{kind}.gz", "wb").write(packed)
    write_index(out, about | {"file": f"{name}-{kind}.gz"})
    print(f"{name}-{kind}: {len(parts)} tensors, {sum(n for _, n in kept):,} bytes kept of {len(file):,}, {len(packed):,} gzipped")


def write_index(out, about):
    path = f"{out}/index.json"
    known = json.load(open(path)) if os.path.exists(path) else []
    others = [entry for entry in known if entry["file"] != about["file"]]
    open(path, "w").write(json.dumps(sorted(others + [about], key=lambda entry: entry["file"]), indent=2) + "\n")


if __name__ == "__main__":
    main()

"""Makes the exporter quick enough for a template of many layers. The weights in the file are then not those of the model.

Two things take most of an export's time. Each node of the graph carries the whole history of the nodes it came from,
copied at every pass: it is left out. And each of the ten XNNPACK partitions of a layer goes through seventeen passes,
though the next layer's has the same form: a partition whose graph was met before gets a copy of that blob, with keys of
its own and, for its weights, bytes of the right number that say which they are copies of.
"""

import hashlib
import re

import torch

copies = {}  # key of a copied constant -> (number of the partition that was compiled, the key there)


def install():
    from torch.fx import traceback

    init = traceback.NodeSource.__init__

    def without_history(self, node, *args, **kwargs):
        init(self, None, *args, **kwargs)

    traceback.NodeSource.__init__ = without_history
    from executorch.backends.xnnpack.xnnpack_preprocess import XnnpackBackend

    compile_partition, met = XnnpackBackend.preprocess, {}

    def preprocess(program, specs):
        form = signature(program, specs)
        if form not in met:
            met[form] = compile_partition(program, specs)
            return met[form]
        return copy(met[form])

    XnnpackBackend.preprocess = staticmethod(preprocess)


def signature(program, specs):
    """Everything that shapes a blob except the values of weights: nodes, arguments, shapes, small constants."""
    numbers = {node: i for i, node in enumerate(program.graph.nodes)}
    parameters = program.graph_signature.inputs_to_parameters | program.graph_signature.inputs_to_buffers
    lifted = program.graph_signature.inputs_to_lifted_tensor_constants
    lines = [repr([(spec.key, spec.value) for spec in specs])]
    for node in program.graph.nodes:
        arguments = torch.fx.node.map_arg((node.args, node.kwargs), lambda argument: numbers[argument])
        value = node.meta.get("val")
        values = value if isinstance(value, (list, tuple)) else [value]
        shapes = [(str(v.shape), str(v.dtype)) if isinstance(v, torch.Tensor) else str(v) for v in values]
        lines.append(f"{node.op} {node.target if node.op == 'call_function' else ''} {arguments} {shapes}")
        name = (parameters | lifted).get(node.name)
        if name is not None:
            tensor = program.state_dict.get(name, program.constants.get(name))
            lines.append(repr(tensor.flatten().tolist()) if tensor.numel() < 4 else "weights")
    return "\n".join(lines)


def copy(result):
    """The same blob with new keys, and data of the same sizes that are unlike all others."""
    from executorch.exir._serialize._named_data_store import NamedDataStoreOutput
    from executorch.exir._serialize.data_serializer import DataEntry
    from executorch.exir.backend.backend_details import PreprocessResult

    blob, stored = result.processed_bytes, result.data_store_output
    buffers, entries = [], {}
    for key, entry in stored.pte_data.items():
        size = len(stored.buffers[entry.buffer_index])
        fresh = key[:-64] + hashlib.sha256(f"{len(copies)}".encode()).hexdigest()
        copies[fresh] = copies.get(key, key)
        assert blob.count(key[-64:].encode()) == 1, key
        blob = re.sub(key[-64:].encode(), fresh[-64:].encode(), blob)
        entries[fresh] = DataEntry(len(buffers), entry.alignment, entry.tensor_layout)
        buffers.append((fresh[-64:].encode() * (size // 64 + 1))[:size])
    return PreprocessResult(blob, {}, NamedDataStoreOutput(buffers, entries, {}))

"""Half the size: weights stored in float16, and turned back into float32 when the network is loaded.

The sums stay in float32, for which every processor has fast code; onnxruntime does the turning back once, as it loads
(constant folding). So the answers differ by nothing but the rounding of the weights.
"""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors import safe_open
from safetensors.torch import save_file

FEWEST_NUMBERS = 1024        # of a tensor that is worth it; scales and variances mostly have fewer
STORED = "float16"           # behind the name of a tensor that is turned back


def halve_onnx(file: Path) -> None:
    """Rewrite a network's file with its large tensors in float16. Those that float16 cannot hold stay as they are."""
    model = onnx.load(file)
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT:
            continue
        values = numpy_helper.to_array(tensor)
        if values.size < FEWEST_NUMBERS or (half := _halved(values)) is None:
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(half, f"{name}.{STORED}"))
        casts.append(helper.make_node("Cast", [tensor.name], [name], f"{name}.cast", to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.save(model, file)


def halve_safetensors(source: Path, out: Path) -> None:
    """The same of a safetensors file, with its metadata."""
    with safe_open(source, framework="pt") as stored:
        state = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
        metadata = stored.metadata()
    for name, values in state.items():
        if values.dtype == torch.float32 and values.numel() >= FEWEST_NUMBERS and values.half().isfinite().all():
            state[name] = values.half()
    save_file(state, out, metadata)


def _halved(values: np.ndarray) -> np.ndarray | None:
    """float16; None where one of them lies beyond its range of +-65,504."""
    with np.errstate(over="ignore"):
        half = values.astype(np.float16)
    return half if np.isfinite(half).all() else None

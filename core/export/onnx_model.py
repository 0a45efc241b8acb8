"""`model.onnx`: the network for any number of pictures, in float32, with words on what goes in and comes out."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import torch

from core.errors import MachineFault
from core.export.half import halve_onnx
from core.export.manifest import Manifest
from core.vision.classifier import Classifier

INPUT, OUTPUT = "pictures", "logits"
TRACED_BATCH = 2     # torch.export takes a batch of 1 for a constant


def write(classifier: Classifier, manifest: Manifest, file: Path) -> None:
    """Write the classifier, which is on the CPU, as one file: pictures (batch, 3, S, S) to logits (batch, K).

    The model's metadata describes both ends. Raises MachineFault where the network has no form in ONNX.
    """
    size = manifest.preprocessing.size
    try:
        with _quiet():
            program = torch.onnx.export(
                classifier.eval(), (torch.zeros(TRACED_BATCH, 3, size, size),), dynamo=True, verbose=False,
                dynamic_shapes=({0: torch.export.Dim("batch")},), input_names=[INPUT], output_names=[OUTPUT])
    except torch.onnx.OnnxExporterError as error:
        raise MachineFault(f"The network {manifest.architecture} could not be written as ONNX "
                           f"({str(error).splitlines()[0]}).",
                           remedy="Install the versions of requirements.txt, or train another network.") from error
    assert program is not None
    model = program.model
    model.graph.metadata_props.clear()
    for node in model.graph.all_nodes():
        node.metadata_props.clear()      # the exporter's traces: of no use, and they tell where our code lies
    model.metadata_props.update(description(manifest))
    program.save(file, external_data=False)
    if manifest.weights == "float16":
        halve_onnx(file)


def description(manifest: Manifest) -> dict[str, str]:
    """The model's metadata, in words for people and in JSON for programs."""
    cut = manifest.preprocessing
    return {
        "classes": json.dumps(manifest.classes, ensure_ascii=False),
        "preprocessing": json.dumps(asdict(cut)),
        "input": f"{INPUT}: float32 (batch, 3, {cut.size}, {cut.size}). Turn the picture upright by its EXIF tag, "
                 f"convert it to RGB, {cut.how} it to {cut.size} x {cut.size} pixels with Pillow's {cut.filter} "
                 f"filter, divide by 255, take off the mean, divide by the standard deviation. "
                 f"predict.py does all of it.",
        "output": f"{OUTPUT}: float32 (batch, {len(manifest.classes)}), in the order of the classes. "
                  f"{_softmax(manifest)}",
        "architecture": manifest.architecture,
        "weights": f"stored in {manifest.weights}, computed in float32",
        "format_version": str(manifest.format_version),
    }


def _softmax(manifest: Manifest) -> str:
    if manifest.temperature is None:
        return "Their softmax gives the probabilities."
    return f"Divided by the temperature {manifest.temperature:g}, their softmax gives the probabilities."


@contextmanager
def _quiet() -> Iterator[None]:
    """The exporter logs what it looked for and did not need, such as torchvision's own operators."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)

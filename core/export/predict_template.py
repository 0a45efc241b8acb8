"""What a trained network says of pictures: `python predict.py PICTURE... [--threshold X|none] [--json]`.

Needs onnxruntime, numpy and pillow (requirements.txt), and the files of the export beside it.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from core.data.decoding import opened, pillow_warnings_off
from core.data.files import printable
from core.data.preprocessing import Preprocessing
from core.errors import BadPicture, BadRun, BadSource, PlaygroundError
from core.inference.answer import Answer
from core.runs.certainty import threshold_in


class Model:
    """The exported network, with what its manifest says of it."""

    def __init__(self, folder: Path, options: Any = None) -> None:
        """`options`: onnxruntime.SessionOptions. Raises BadRun."""
        try:
            manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
            self.classes = tuple(manifest["classes"])
            self.preprocessing = Preprocessing(**manifest["preprocessing"])
            self.max_picture_pixels = int(manifest["max_picture_pixels"])
            # An export of before they were there has neither.
            threshold, temperature = manifest.get("threshold"), manifest.get("temperature")
            self.threshold = None if threshold is None else float(threshold)
            self.temperature = 1.0 if temperature is None else float(temperature)
            self.session: Any = onnxruntime.InferenceSession(  # type: ignore[attr-defined]
                folder / "model.onnx", options, providers=["CPUExecutionProvider"])
        except Exception as error:       # onnxruntime's errors have no base of their own
            raise BadRun(f"The files beside predict.py cannot be used ({error}).",
                         remedy="Unpack the whole export again, and keep its files together.") from error

    def answer(self, file: Path) -> Answer:
        name = printable(str(file))
        try:
            return self.said(name, self.seen(file.read_bytes()))
        except BadPicture as error:
            return Answer(name, self.classes, None, error.problem)
        except OSError as error:
            return Answer(name, self.classes, None, f"The file cannot be read ({error}).")

    def seen(self, content: bytes) -> np.ndarray:
        """The square (size, size, 3) uint8 that the network looks at, of a picture's file. Raises BadPicture."""
        with opened(BytesIO(content), self.max_picture_pixels) as image:
            return self.preprocessing.square(image)

    def said(self, name: str, square: np.ndarray) -> Answer:
        """What the network says of such a square; `name` is its picture's."""
        return Answer(name, self.classes, self.probabilities(square), threshold=self.threshold)

    def probabilities(self, square: np.ndarray) -> np.ndarray:
        """(K,) float32 of a square (size, size, 3) uint8; they sum to 1."""
        logits = self.session.run(["logits"], {"pictures": self.preprocessing.normalise(square[np.newaxis])})[0][0]
        logits = logits / np.float32(self.temperature)
        exponents = np.exp(logits - logits.max())
        shares: np.ndarray = exponents / exponents.sum()
        return shares


def lines(files: list[Path], as_json: bool, threshold: str | None) -> Iterator[str]:
    """A line a picture, in order; `threshold`, as typed, takes the export's place.

    Raises UserMistake for what is no threshold, BadSource for a picture that is not there, BadRun for a damaged export.
    """
    instead = threshold_in(threshold) if threshold is not None else None
    for file in files:
        if not file.is_file():
            raise BadSource(f"There is no picture at '{printable(str(file))}'.",
                            remedy="Check the spelling; give the pictures themselves, not their folder.")
    model = Model(Path(__file__).resolve().parent)
    if threshold is not None:
        model.threshold = instead
    for file in files:
        answer = model.answer(file)
        yield json.dumps(answer.to_dict(), ensure_ascii=False) if as_json else answer.in_words


def main() -> int:
    """Returns the exit code: 0 done, 2 the user's mistake, 130 stopped."""
    parser = argparse.ArgumentParser(description="What a trained network says of pictures.")
    parser.add_argument("pictures", nargs="+", type=Path, metavar="PICTURE")
    parser.add_argument("--threshold", metavar="X|none",
                        help="less sure answers are \"I don't know\", in place of the export's own threshold")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args()
    try:
        with pillow_warnings_off():
            for line in lines(options.pictures, options.json, options.threshold):
                sys.stdout.write(line + "\n")
                sys.stdout.flush()
    except PlaygroundError as error:
        sys.stderr.write(f"Problem: {error.problem}\nRemedy: {error.remedy}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:      # `... | head`: whoever read has read enough
        sys.stderr.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

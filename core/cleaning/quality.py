"""Pictures that show little, whatever they show: dark, bright, blurred, tiny, of an odd shape, nearly uniform."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.cleaning.finding import Finding, Reason
from core.data.dataset import Sample
from core.data.measures import Measures

DARKEST = 0.15          # mean luma of the darkest good photos of ants, bees and clothes: 0.18
BRIGHTEST = 0.92
LEAST_CONTRAST = 0.03   # standard deviation of the luma: the faintest good one has 0.034
LEAST_SHARPNESS = 0.1
LEAST_SIDE = 64         # pixels: half of what the network sees, so that all detail is made up
LONGEST_SHAPE = 2.0     # longer to shorter side: the square in the middle leaves out more than half
# What more than this share of the pictures have in common is the set's nature and no fault of a single one.
MOST_SHARE = 0.2


def findings(samples: Sequence[Sample], measures: Measures) -> tuple[list[Finding], tuple[Reason, ...]]:
    """Findings of every rule, and the rules that are silent since too many pictures break them."""
    rows = [measures.rows[sample.id] for sample in samples]
    light, contrast, sharpness = (measures.column(name)[rows].astype(np.float64)
                                  for name in ("brightness", "contrast", "sharpness"))
    sides = np.array([(sample.width, sample.height) for sample in samples], dtype=np.float64).reshape(-1, 2)
    shorter, longer = sides.min(axis=1), sides.max(axis=1)
    uniform = _below(contrast, LEAST_CONTRAST)
    rules: tuple[tuple[Reason, NDArray[np.float64], NDArray[np.float64]], ...] = (
        ("dark", _below(light, DARKEST), light),
        ("bright", _below(1 - light, 1 - BRIGHTEST), light),
        ("uniform", uniform, contrast),
        # What has no contrast cannot be judged for sharpness.
        ("blurred", np.where(uniform > 0, 0, _below(sharpness, LEAST_SHARPNESS)), sharpness),
        ("tiny", _below(shorter, LEAST_SIDE), shorter),
        ("odd_shape", _below(shorter / longer, 1 / LONGEST_SHAPE), longer / shorter),
    )
    found: list[Finding] = []
    silent: list[Reason] = []
    for reason, scores, values in rules:
        broken = np.flatnonzero(scores > 0).tolist()
        if len(broken) > MOST_SHARE * len(samples):
            silent.append(reason)
            continue
        found += [Finding(sample=samples[place].id, reason=reason, score=float(scores[place]),
                          value=float(values[place])) for place in broken]
    return found, tuple(silent)


def _below(values: NDArray[np.float64], least: float) -> NDArray[np.float64]:
    """0 for values that reach `least`, else by how much they fall short, up to 1."""
    return np.clip((least - values) / least, 0, 1)

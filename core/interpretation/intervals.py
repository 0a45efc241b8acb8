"""How sure a share is that was counted on few pictures."""

import math
from statistics import NormalDist

from core.interpretation.predictions import Predictions


def wilson(successes: int, total: int, confidence: float = 0.95) -> tuple[float, float]:
    """The interval (low, high) in which the true share lies, both from 0 to 1 (Wilson 1927, JASA 22:209).

    Unlike the textbook's p +- z * s it never leaves 0..1 and is honest for few pictures and for p near 1.
    Raises ValueError for total < 1, successes outside 0..total, or a confidence outside 0..1.
    """
    if total < 1 or not 0 <= successes <= total:
        raise ValueError(f"{successes} of {total} is not a share")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = successes / total
    centre = share + z * z / (2 * total)
    reach = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    low = 0.0 if successes == 0 else (centre - reach) / scale
    high = 1.0 if successes == total else (centre + reach) / scale
    return low, high


def describe_accuracy(predictions: Predictions) -> str:
    """The accuracy with its grounds, such as "94.1 % right · 144 of 153 · likely 89–97 %".

    The interval is Wilson's of 95 %, its ends rounded outwards. Raises ValueError for no pictures.
    """
    right, total = int(predictions.correct.sum()), len(predictions)
    low, high = wilson(right, total)
    interval = f"{math.floor(low * 100)}–{math.ceil(high * 100)} %"
    return f"{right / total * 100:.1f} % right · {right:,} of {total:,} · likely {interval}"

"""What a person may have decided for a run."""

from core.interpretation.coverage import Standing
from core.interpretation.temperature import Judgement
from core.runs.certainty import Certainty, KeptTemperature, KeptThreshold


def decided(threshold: float | None = None, temperature: float | None = None) -> Certainty:
    """A threshold, a temperature, both or none, with grounds of some kind."""
    return Certainty(
        threshold=None if threshold is None else KeptThreshold.of(Standing(threshold, 8, 7, 2, 1)),
        temperature=None if temperature is None else KeptTemperature.of(
            Judgement(temperature, 20, 20, 0.9, 0.7, 0.1, 0.04, 0.05)))

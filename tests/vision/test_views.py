import dataclasses

import numpy as np
import pytest

from core.vision.augmentation import AugmentationSpec, build, preset
from core.vision.views import drawn, varies
from tests.tiny import noise

SPEC = preset("side-on")
WHOLE = noise(1, 40)[0]


def test_views_differ_from_each_other_and_are_the_same_again_for_the_same_seed() -> None:
    once, again = (drawn(build(SPEC, 32), WHOLE, 4) for _ in range(2))
    assert once.shape == (4, 32, 32, 3)
    assert np.array_equal(once, again)
    assert len({view.tobytes() for view in once}) == 4


def test_another_seed_draws_other_views() -> None:
    other = drawn(build(dataclasses.replace(SPEC, seed=43), 32), WHOLE, 4)
    assert not np.array_equal(other, drawn(build(SPEC, 32), WHOLE, 4))


def test_the_first_views_of_many_are_the_views_of_few() -> None:
    assert np.array_equal(drawn(build(SPEC, 32), WHOLE, 6)[:2], drawn(build(SPEC, 32), WHOLE, 2))


@pytest.mark.parametrize("cut", ["centre", "squish", "pad"])
def test_without_any_strength_nothing_varies(cut: str) -> None:
    spec = AugmentationSpec(cut=cut)  # type: ignore[arg-type]
    assert not varies(spec)
    one, other = drawn(build(spec, 32), WHOLE, 2)
    assert np.array_equal(one, other)


@pytest.mark.parametrize("strength", [
    {"flip_horizontal": True}, {"flip_vertical": True}, {"quarter_turns": True}, {"rotate_degrees": 5.0},
    {"max_zoom": 1.1}, {"lighting": 0.2}, {"warp": 0.2}, {"blur_share": 0.5}, {"erase_share": 0.5},
    {"cut": "random-resized-crop"}], ids=lambda strength: next(iter(strength)))
def test_any_strength_varies(strength: dict[str, object]) -> None:
    spec = AugmentationSpec(**strength)  # type: ignore[arg-type]
    assert varies(spec)
    assert len({view.tobytes() for view in drawn(build(spec, 32), WHOLE, 12)}) > 1

import subprocess
import sys
from dataclasses import replace

import pytest
from pydantic import BaseModel, ValidationError

from core.errors import BadAugmentation
from core.vision import augmentation
from core.vision.augmentation import LIMITS, PRESETS, AugmentationSpec, meaning_changes, preset


@pytest.mark.parametrize("name", PRESETS)
def test_each_preset_has_its_name_and_one_sentence_for_beginners(name: str) -> None:
    assert preset(name).preset == name
    assert augmentation.DESCRIPTIONS[preset(name).preset].endswith(".")


def test_presets_flip_only_where_a_flip_keeps_the_meaning() -> None:
    assert not preset("text").may_mirror and not preset("text").may_turn_over
    assert preset("side-on").flip_horizontal and not preset("side-on").may_turn_over
    top_down = preset("top-down")
    assert top_down.flip_horizontal and top_down.flip_vertical and top_down.quarter_turns
    assert not preset("none").may_mirror and not preset("none").may_turn_over


def test_an_unknown_preset_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadAugmentation, match="'upside'") as caught:
        preset("upside")
    assert "side-on" in caught.value.remedy


@pytest.mark.parametrize("field", LIMITS)
def test_a_strength_out_of_range_names_its_field_and_range(field: str) -> None:
    low, high = LIMITS[field]
    for value in (low, high):
        assert getattr(replace(preset("none"), **{field: value}), field) == value
    for value in (low - 1, high + 1, float("nan")):
        with pytest.raises(BadAugmentation, match=field) as caught:
            replace(preset("none"), **{field: value})
        assert f"from {low} to {high}" in caught.value.remedy


@pytest.mark.parametrize("field", ["cut", "preset"])
def test_an_unknown_choice_is_refused_by_name(field: str) -> None:
    with pytest.raises(BadAugmentation, match=rf"{field} is 'round'"):
        replace(preset("none"), **{field: "round"})


@pytest.mark.parametrize("spec", [*PRESETS.values(), AugmentationSpec(
    "side-on", flip_horizontal=True, rotate_degrees=12.5, max_zoom=1.3, lighting=0.1, warp=0.05,
    blur_share=0.3, erase_share=0.7, cut="squish", min_scale=0.4, seed=987654321)], ids=lambda s: s.cut)
def test_a_spec_goes_to_json_and_back_with_its_seed(spec: AugmentationSpec) -> None:
    assert augmentation.from_json(augmentation.to_json(spec)) == spec


@pytest.mark.parametrize(("document", "fault"), [
    ("no json", "document"), ("[]", "document"), ('{"flips": true}', "flips"),
    ('{"rotate_degrees": "far"}', "rotate_degrees"), ('{"rotate_degrees": 400}', "rotate_degrees"),
    ('{"cut": "round"}', "cut"), ('{"seed": 1.5}', "seed")])
def test_a_document_that_is_no_spec_is_refused_by_name(document: str, fault: str) -> None:
    with pytest.raises(BadAugmentation, match=fault):
        augmentation.from_json(document)


class Document(BaseModel):
    augmentation: AugmentationSpec


def test_inside_a_pydantic_document_the_range_error_keeps_its_words() -> None:
    with pytest.raises(BadAugmentation, match="warp is 7") as caught:
        Document.model_validate({"augmentation": {"warp": 7}})
    assert "from 0 to 0.5" in caught.value.remedy


def test_inside_a_pydantic_document_unknown_keys_are_errors_and_specs_round_trip() -> None:
    document = Document(augmentation=replace(preset("side-on"), seed=7))
    assert Document.model_validate_json(document.model_dump_json()) == document
    with pytest.raises(ValidationError, match="flips"):
        Document.model_validate({"augmentation": {"flips": True}})


def test_seeds_of_draws_never_meet() -> None:
    seeds = {augmentation.draw_seed(seed, epoch, index)
             for seed in range(3) for epoch in range(20) for index in range(500)}
    assert len(seeds) == 3 * 20 * 500
    assert all(0 <= seed < 2**64 for seed in seeds)


def test_one_bit_of_difference_changes_half_the_bits_of_a_seed() -> None:
    changed = [(augmentation.draw_seed(42, 1, index) ^ augmentation.draw_seed(42, 1, index + 1)).bit_count()
               for index in range(500)]
    assert 30 < sum(changed) / len(changed) < 34
    assert min(changed) > 10


def test_seeds_of_draws_are_the_same_on_every_machine() -> None:
    # Each number is mixed as in the published splitmix64, whose first word from 0 is known.
    assert augmentation._splitmix64(0) == 0xE220A8397B1DCDAF
    assert augmentation.draw_seed(0, 0, 0) == 2558736989570252433


def test_flips_of_characters_and_of_left_and_right_are_warned_of() -> None:
    digits = [str(digit) for digit in range(10)]
    (sentence,) = meaning_changes(preset("top-down"), digits)
    assert '"0"' in sentence and "'text'" in sentence
    assert meaning_changes(preset("side-on"), ["Б", "Я"])
    assert "left" in meaning_changes(preset("side-on"), ["TurnLeft", "turn_right", "straight on"])[0]
    everything = ["6", "9", "left", "right", "thumbs up", "thumbs-down"]
    assert len(meaning_changes(preset("top-down"), everything)) == 3
    assert meaning_changes(replace(preset("text"), rotate_degrees=180), ["6", "9"])


@pytest.mark.parametrize(("name", "classes"), [
    ("text", ["6", "9", "left", "right"]), ("none", ["a", "b"]), ("top-down", ["ants", "bees"]),
    ("side-on", ["thumbs up", "thumbs down"]), ("side-on", ["leftovers", "bright"]),
    ("side-on", ["left", "on"])])
def test_nothing_is_warned_of_where_no_meaning_changes(name: str, classes: list[str]) -> None:
    assert meaning_changes(preset(name), classes) == ()


def test_the_spec_alone_loads_neither_torch_nor_opencv_nor_albumentations() -> None:
    code = ("import sys; from core.vision.augmentation import preset; preset('side-on');"
            "heavy = {'torch', 'cv2', 'albumentations'} & set(sys.modules); assert not heavy, heavy")
    subprocess.run([sys.executable, "-c", code], check=True)

import pytest

from core.interpretation.calibration import Bin
from core.interpretation.coverage import Standing
from core.interpretation.temperature import Judgement
from pages.ui import sure_words

SURE = (Bin(0.9, 1.0, 100, 84, 0.97),)


def test_a_threshold_s_sentence_tells_answers_accuracy_and_what_is_handed_on() -> None:
    assert sure_words.would(Standing(0.7, 131, 128, 22, 9)) == (
        "It would answer **131 of 153 pictures** and be right in **97.7 %** (93–100 %) of them; the 22 others it would "
        "hand to you.")
    assert sure_words.of_the_refused(Standing(0.7, 131, 128, 22, 9)) == (
        "Its best guess would have been right in 9 of these 22.")


def test_where_a_threshold_went_is_told_with_what_became_of_the_pictures() -> None:
    before = Standing(0.95, 108, 100, 12, 6)
    assert sure_words.went_along(before, Standing(0.91, 108, 100, 12, 6)) == (
        "The threshold went along, from 95 % to 91 %: of 120 validation pictures, 12 are below it, as before.")
    assert sure_words.went_along(before, Standing(0.95, 119, 100, 1, 6)) == (
        "The threshold stays 95 %: of 120 validation pictures, 1 is below it now, 12 before.")
    assert sure_words.went_along(Standing(0.07, 120, 60, 0, 0), Standing(0.05, 120, 60, 0, 0)).endswith(
        "none is below it, as before.")


def test_what_a_threshold_in_use_makes_of_the_pictures_is_told_in_a_line() -> None:
    assert sure_words.at_threshold(Standing(0.95, 32, 29, 88, 34)) == (
        "With the threshold of 95 % it would refuse 88 of 120 pictures, and be right in 90.6 % (75–97 %) of the "
        "others.")
    assert sure_words.at_threshold(Standing(0.5, 10, 8, 0, 0)).endswith("refuse none of 10 pictures.")
    assert sure_words.at_threshold(Standing(0.99, 0, 0, 10, 8)).endswith("refuse all 10 pictures.")


def test_one_none_and_all_are_told_as_such() -> None:
    assert sure_words.would(Standing(0.7, 9, 9, 1, 0)).endswith("; the other one it would hand to you.")
    assert sure_words.would(Standing(0.5, 10, 8, 0, 0)).startswith("It would answer **all 10 pictures** and be right")
    assert sure_words.would(Standing(0.99, 0, 0, 10, 8)) == (
        "It would answer none of 10 pictures, and hand all of them to you.")


@pytest.mark.parametrize(("bins", "by_chance", "found"), [
    (SURE, 0.05, "too sure of itself"), (SURE, 0.2, "as sure as it may be, as far as 100 pictures can tell"),
    ((Bin(0.5, 0.6, 100, 84, 0.55),), 0.05, "could be surer")])
def test_the_verdict_knows_too_sure_from_too_modest_and_from_chance(
        bins: tuple[Bin, ...], by_chance: float, found: str) -> None:
    assert found in sure_words.verdict(bins, by_chance)
    assert "right in 84.0 % (75–90 %)" in sure_words.verdict(bins, by_chance)


def test_the_largest_group_speaks_for_itself() -> None:
    assert sure_words.largest_group((Bin(0.5, 0.6, 3, 2, 0.55), *SURE)) == (
        "Most often it says about 97.0 %: then it is right in 84.0 % (75–90 %) of 100 pictures.")


def judgement(temperature: float, loss_after: float) -> Judgement:
    return Judgement(temperature, 153, 153, 0.5, loss_after, 0.1, 0.1, 0.02)


def test_why_no_temperature_is_offered_is_told_with_its_figures() -> None:
    assert "On 153 validation pictures no temperature could be shown to help" in (
        sure_words.no_help(judgement(1.04, 0.49)))
    assert "it lowered the log loss by 0.010 on average; chance alone can lower it by 0.033" in (
        sure_words.no_help(judgement(1.04, 0.49)))
    assert "it raised the log loss by 0.020" in sure_words.no_help(judgement(1.4, 0.52))
    assert "without mistakes" in sure_words.no_help(judgement(1.0, 0.5))
    assert "without mistakes" not in sure_words.no_help(judgement(1.0, 0.51))     # rounded to 1 with mistakes


def test_an_offer_says_what_it_was_found_on_and_how_it_was_judged() -> None:
    assert sure_words.help_found(judgement(1.96, 0.4)).startswith(
        "Found on all 153 validation pictures. The figures are of pictures that had no part in it: found on one half "
        "of them and tried on the other, both ways, it lowered the log loss by 0.100 on average")


def test_the_worst_group_says_on_how_few_pictures_it_rests() -> None:
    assert sure_words.worst_group((Bin(0.3, 0.4, 2, 2, 0.35), *SURE)) == (
        "MCE 65.0 points, of 2 pictures answered with 30–40 %")


def test_thresholds_are_read_in_percent_as_finely_as_they_are() -> None:
    assert [sure_words.percent(share) for share in (0.7, 0.995, 0.999999, 0.57)] == [
        "70 %", "99.5 %", "99.9999 %", "57 %"]


def test_below_1_a_temperature_sharpens() -> None:
    assert sure_words.softened_by(1.62) == "softened by the temperature 1.62"
    assert sure_words.softened_by(0.7) == "sharpened by the temperature 0.70"

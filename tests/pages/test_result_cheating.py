"""Results, cheating: the check that starts by itself, in each of its states."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import LimitReached
from core.events import Progress, ShortcutsChecked
from core.interpretation.masked import Masked, Masks
from core.interpretation.shortcuts import Beside, Clue, ClueName, Shortcuts, Standing, named
from core.jobs.desk import Desk
from core.jobs.entries import LOCAL, DatasetEntry, Job
from core.jobs.orders import CheckShortcuts
from core.settings import Settings
from pages.ui import cheating_charts
from tests.pages.doing import begin, fail, finish, opened, shelved, the_desk
from tests.pages.exhibits import told, trained, under_way
from tests.pages.reading import marked
from tests.pages.test_results import choose, labels, words


@pytest.fixture
def entry(settings: Settings, tmp_path: Path) -> DatasetEntry:
    return shelved(settings, tmp_path)


def asked(training: Job) -> Job:
    return the_desk().submit(training.owner, CheckShortcuts(dataset="colours", training=training.id), training.dataset)


# The network is mostly wrong where the rule is; or right there too; or the rule is wrong nowhere.
ALONG = Beside(both_right=43, only_rule=1, only_network=2, both_wrong=4, p=0.001)
APART = Beside(both_right=38, only_rule=4, only_network=7, both_wrong=1, p=0.5)
NOWHERE_WRONG = Beside(both_right=45, only_rule=5, only_network=0, both_wrong=0, p=1)
CENTRE = Masked(both_right=28, won=0, lost=17, both_wrong=5, same=30)
BORDER = Masked(both_right=42, won=1, lost=3, both_wrong=4, same=46)


def masks(centre: Masked = CENTRE, border: Masked = BORDER, beats: tuple[int, int] = (2, 17)) -> Masks:
    return Masks(guessing=0.5, centre=centre, border=border, centre_beats_border=beats)


def a_clue(name: ClueName, low: float, p: float = 0.001, beside: Beside = APART, ends: tuple[Standing, ...] = ()
           ) -> Clue:
    return Clue(name=name, score=min(1.0, low + 0.02), low=low, high=min(1.0, low + 0.04), p=p, beside=beside,
                ends=ends)


def shortcuts(training: Job, low: float = 0.95, beside: Beside = ALONG, **values: object) -> Shortcuts:
    """Of a network that is right on 45 of 50 pictures, on 28 without their centre."""
    valid = training.run.read_predictions("valid")
    stored = the_desk().stored(LOCAL, training.dataset or "")
    some = tuple(sample.id for sample in stored.catalogue.samples[:2])
    ends = (Standing(label="red *bold*", value=0.2, examples=some),
            Standing(label="blue", value=0.8, examples=("f" * 16,)))
    centre = CENTRE.model_copy(update={"kept": valid.ids[:2], "gone": valid.ids[2:3]})
    usual = {
        "network": named(valid), "pictures": 200, "smallest_class": 90, "classes": 2, "balanced_accuracy": 0.9,
        "highest": 0.95, "clues": (a_clue("brightness", low, beside=beside, ends=ends), a_clue("size", 0.45, p=0.6)),
        "masks": masks(centre)}
    return Shortcuts.model_validate(usual | values)


def checked(training: Job, **values: object) -> Job:
    shortcuts(training, **values).save(training.run.shortcuts)  # type: ignore[arg-type]
    return finish(asked(training), [ShortcutsChecked(200, 1.0)])


def jobs() -> tuple[Job, ...]:
    return the_desk().jobs(LOCAL, kind="shortcuts")


def view() -> AppTest:
    return choose(opened("results"), "view", "Cheating?")


def test_the_first_time_it_starts_by_itself_and_once_only(entry: DatasetEntry) -> None:
    training = trained(entry)
    page = view()
    (job,) = jobs()
    assert job.order == CheckShortcuts(dataset=entry.folder, training=training.id)
    assert "Stop" in labels(page)
    view()
    assert len(jobs()) == 1


def test_it_waits_for_another_view_to_be_left(entry: DatasetEntry) -> None:
    trained(entry)
    opened("results")
    assert not jobs()


def test_its_progress_is_told_and_it_can_be_stopped(entry: DatasetEntry) -> None:
    job = begin(asked(trained(entry)), [Progress("hiding a part of each picture", 3, 10, "looks")])
    page = view()
    (bar,) = [bar.proto.text for bar in page.get("progress") if "shortcuts" in bar.proto.text]
    assert "3 of 10 looks" in bar
    next(button for button in page.button if button.label == "Stop").click().run()
    assert the_desk().job(LOCAL, job.id).stop_asked is not None


def test_a_visitor_with_too_much_at_work_can_start_it_later(entry: DatasetEntry,
                                                            monkeypatch: pytest.MonkeyPatch) -> None:
    trained(entry)

    def full(*_: object) -> None:
        raise LimitReached("Too much at once.", remedy="Wait.")

    monkeypatch.setattr(Desk, "submit", full)
    page = view()
    assert "Your other work is not done yet" in words(page)
    next(button for button in page.button if button.label == "Check").click().run()
    assert "Too much at once" in words(page)


def test_a_failed_check_is_told_with_a_way_to_try_again(entry: DatasetEntry) -> None:
    fail(asked(trained(entry)), "The disk is full.", "Free some space.")
    page = view()
    assert "The disk is full" in words(page)
    next(button for button in page.button if button.label == "Check").click().run()
    assert len(jobs()) == 2


def test_a_stopped_check_does_not_start_again_by_itself(entry: DatasetEntry) -> None:
    marked(asked(trained(entry)), "cancelled")
    page = view()
    assert "Stopped" in words(page)
    assert "Check" in labels(page)
    assert len(jobs()) == 1


def test_a_training_that_is_not_finished_cannot_be_checked_yet(entry: DatasetEntry) -> None:
    under_way(entry)
    assert "once the training is finished" in words(view())
    assert not jobs()


def test_what_was_found_is_told_with_its_evidence_and_what_to_try(entry: DatasetEntry) -> None:
    checked(trained(entry))
    page = view()
    said = words(page)
    assert "It is probably cheating" in said
    assert "97.0 % (95–99 %), guessing in 50.0 %: that is hardly luck" in said
    assert "right on 2 of the 6 validation pictures on which this rule is wrong, and on 43 of the 44 others: it " \
           "seems to go by it" in said
    assert "Add pictures of each class in every light" in said
    assert "red \\*bold\\*" in said
    assert "Its pictures are gone" in said               # of the other end: an id that nobody has
    assert "Right in **56.0 % (42–69 %)** without the centre, in 90.0 % (78–96 %) with it" in said
    assert "30 of 50 answers stay the same" in said
    assert "Had it gone by this alone" not in said
    assert len(page.get("image")) == 2 + 3               # two usual ones, and three as the network was shown them


def test_what_the_pictures_alone_tell_is_not_said_of_the_network(entry: DatasetEntry) -> None:
    """Size gives the classes away in every picture, and the network is wrong on a quarter of them all the same."""
    size = a_clue("size", 0.98, beside=NOWHERE_WRONG)
    checked(trained(entry), clues=(size, a_clue("together", 0.98)), balanced_accuracy=0.75, highest=0.86)
    said = words(view())
    assert "Size in pixels alone gives the classes away: your network could cheat" in said
    assert "probably cheating" not in said
    assert "cannot show whether your network goes by it" in said
    assert "would be right more often than it is (75.0 %): it does not, or not fully" in said
    assert "All of these together give" not in said


def test_several_clues_are_named_together(entry: DatasetEntry) -> None:
    checked(trained(entry), clues=(a_clue("brightness", 0.9), a_clue("colour", 0.9), a_clue("together", 0.9)))
    assert "Brightness and mean colour each give the classes away" in words(view())


def test_a_network_that_is_right_where_the_rule_is_wrong_is_not_called_a_cheat(entry: DatasetEntry) -> None:
    checked(trained(entry), beside=APART)
    said = words(view())
    assert "Brightness alone gives the classes away" in said
    assert "right on 7 of the 8 validation pictures on which this rule is wrong, and on 38 of the 42 others: that " \
           "does not show that it goes by it" in said
    assert "probably cheating" not in said


def test_without_a_sign_of_it_the_page_is_calm_and_honest(entry: DatasetEntry) -> None:
    checked(trained(entry), clues=(a_clue("brightness", 0.5, p=0.3), a_clue("size", 0.45, p=0.6)))
    said = words(view())
    assert "No sign of cheating" in said
    assert "no proof" in said
    assert "Nothing that was tried gives the classes away" in said
    assert "not mainly their borders" in said
    assert "What to try" not in said


def test_every_clue_has_its_verdict_and_figures_and_what_tells_a_little_says_so(entry: DatasetEntry) -> None:
    checked(trained(entry), clues=(a_clue("brightness", 0.55), a_clue("shape", 0.56), a_clue("size", 0.45, p=0.6)))
    said = words(view())
    assert "No sign of cheating" in said
    assert "brightness and width to height tell the classes apart better than luck, but only a little" in said
    assert "tells a little] **Brightness** · alone right in 57.0 % (55–60 %), guessing in 50.0 %" in said
    assert "fine] **Size in pixels** · alone right in 47.0 % (45–49 %), guessing in 50.0 %: that could be luck" in said


@pytest.mark.parametrize(("border", "sentence"), [
    (Masked(both_right=20, won=4, lost=6, both_wrong=10, same=27), "It is not clear from so few answers"),
    (Masked(both_right=30, won=6, lost=5, both_wrong=9, same=27), "it is right as often as before"),
    (BORDER, "still knows most of what it knew")])
def test_a_mask_s_sentence_goes_no_further_than_its_answers(border: Masked, sentence: str,
                                                            entry: DatasetEntry) -> None:
    checked(trained(entry), low=0.5, masks=masks(border=border))
    said = words(view())
    assert sentence in said
    assert ("how much it takes from their borders cannot be told" in said) == ("not clear" in sentence)


def test_a_centre_that_may_not_be_missed_is_not_called_as_it_should_be(entry: DatasetEntry) -> None:
    chance = Masked(both_right=34, won=0, lost=2, both_wrong=4, same=38)
    checked(trained(entry), low=0.5, masks=masks(chance, BORDER, (1, 2)))
    said = words(view())
    assert "whether it does worse without the middle" in said
    assert "as it should be" not in said
    assert "Where the network looks cannot be told" in said


def test_a_network_that_is_no_longer_kept_leaves_the_clues(entry: DatasetEntry) -> None:
    checked(trained(entry), masks=None)
    page = view()
    said = words(page)
    assert "network is no longer kept" in said
    assert "hardly luck" in said
    assert not page.error
    assert "without the centre" not in said


def test_beside_the_test_pictures_it_says_whose_figures_these_are(entry: DatasetEntry) -> None:
    training = trained(entry)
    told(training.run, training.run.read_predictions("valid"), "test")
    checked(training)
    assert "judged by the validation pictures" not in words(view())
    assert "judged by the validation pictures" in words(choose(view(), "part", "test"))


def test_of_few_pictures_nothing_is_judged(entry: DatasetEntry) -> None:
    few = Masked(both_right=4, won=0, lost=0, both_wrong=0, same=4)
    checked(trained(entry), smallest_class=3, masks=masks(few, few, (0, 0)))
    said = words(view())
    assert "too few pictures to tell" in said
    assert "The smallest class has 3 pictures" in said


def test_what_was_found_of_other_weights_is_not_shown(entry: DatasetEntry) -> None:
    checked(trained(entry), network="0" * 32)
    page = view()
    assert "of another network" in words(page)
    assert "cheating" not in words(page).replace("Cheating?", "")


def test_damaged_findings_are_told_and_can_be_made_again(entry: DatasetEntry) -> None:
    training = trained(entry)
    checked(training)
    training.run.shortcuts.write_text("damaged")
    page = view()
    assert "can no longer be read" in words(page)
    next(button for button in page.button if button.label == "Check").click().run()
    assert len(jobs()) == 2


def test_without_its_data_set_the_findings_still_stand(entry: DatasetEntry) -> None:
    training = trained(entry)
    checked(training)
    told(training.run, training.run.read_predictions("valid"))
    the_desk().database.change("UPDATE jobs SET dataset = NULL WHERE id = ?", training.id)
    page = choose(opened("results", job=training.id), "view", "Cheating?")
    assert not page.exception


def test_the_figures_show_each_share_beside_guessing_and_the_network(entry: DatasetEntry) -> None:
    found = shortcuts(trained(entry))
    figure = cheating_charts.told_alone(found)
    assert list(figure.data[0].y) == ["Size in pixels", "Brightness"]
    assert [shape.x0 for shape in figure.layout.shapes] == [0.5, 0.9]
    hidden = cheating_charts.with_and_without(CENTRE, 0.5)
    assert list(hidden.data[0].x) == [0.56, 0.9]


def test_a_network_that_the_paint_throws_off_is_told_so_and_nothing_is_claimed_of_its_borders(
        entry: DatasetEntry) -> None:
    lost = Masked(both_right=26, won=0, lost=19, both_wrong=5, same=30)
    checked(trained(entry), low=0.5, masks=masks(lost, lost, (3, 3)))
    said = words(view())
    assert "paint itself" in said
    assert "their borders" not in said

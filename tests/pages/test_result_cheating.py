"""Results, cheating: the check that starts by itself, in each of its states."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import LimitReached
from core.events import Progress, ShortcutsChecked
from core.interpretation.shortcuts import Clue, Masked, Shortcuts, Standing, named
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


def shortcuts(training: Job, low: float = 0.95, **values: object) -> Shortcuts:
    """Of a network that is right on 45 of 50 pictures, on 28 without their centre."""
    valid = training.run.read_predictions("valid")
    stored = the_desk().stored(LOCAL, training.dataset or "")
    some = tuple(sample.id for sample in stored.catalogue.samples[:2])
    ends = (Standing(label="red *bold*", value=0.2, examples=some),
            Standing(label="blue", value=0.8, examples=("f" * 16,)))
    clue = Clue(name="brightness", score=min(1.0, low + 0.02), low=low, high=min(1.0, low + 0.04), p=0.001, ends=ends)
    centre = Masked(both_right=28, won=0, lost=17, both_wrong=5, same=30, kept=valid.ids[:2], gone=valid.ids[2:3])
    border = Masked(both_right=42, won=1, lost=3, both_wrong=4, same=46)
    usual = {
        "network": named(valid), "pictures": 200, "smallest_class": 90, "classes": 2, "balanced_accuracy": 0.9,
        "guessing": 0.5, "clues": (clue, Clue(name="size", score=0.5, low=0.45, high=0.55, p=0.6)),
        "centre_hidden": centre, "border_hidden": border, "centre_beats_border": (2, 17)}
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
    assert "97 % (95 % to 99 %), guessing in 50 %: that is hardly luck" in said
    assert "Add pictures of each class in every light" in said
    assert "red \\*bold\\*" in said
    assert "Its pictures are gone" in said               # of the other end: an id that nobody has
    assert "Right in **56 %** without the centre" in said
    assert "30 of 50 answers stay the same" in said
    assert "Size" not in said.split("What to try")[0]
    assert len(page.get("image")) == 2 + 3               # two usual ones, and three as the network was shown them


def test_without_a_sign_of_it_the_page_is_calm_and_honest(entry: DatasetEntry) -> None:
    checked(trained(entry), low=0.5)
    said = words(view())
    assert "No sign of cheating" in said
    assert "no proof" in said
    assert "nor their borders" in said
    assert "What to try" not in said


def test_of_few_pictures_nothing_is_judged(entry: DatasetEntry) -> None:
    few = Masked(both_right=4, won=0, lost=0, both_wrong=0, same=4)
    checked(trained(entry), smallest_class=3, centre_hidden=few, border_hidden=few, centre_beats_border=(0, 0))
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
    masks = cheating_charts.with_and_without(found.centre_hidden, found.guessing)
    assert list(masks.data[0].x) == [0.56, 0.9]


def test_a_network_that_the_paint_throws_off_is_told_so_and_nothing_is_claimed_of_its_borders(
        entry: DatasetEntry) -> None:
    lost = Masked(both_right=26, won=0, lost=19, both_wrong=5, same=30)
    checked(trained(entry), low=0.5, centre_hidden=lost, border_hidden=lost, centre_beats_border=(3, 3))
    said = words(view())
    assert "paint itself" in said
    assert "nor their borders" not in said

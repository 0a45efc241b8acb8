"""Results: the block that looks at each picture in several ways, in each of its states."""

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.events import LookedAgain, Progress
from core.interpretation.views import Views
from core.jobs.entries import LOCAL, DatasetEntry, Job
from core.jobs.orders import LookAgain
from core.settings import Settings
from core.vision.augmentation import preset
from pages.ui.result_changes import look_bars
from tests.pages.doing import begin, fail, finish, opened, shelved, the_desk
from tests.pages.exhibits import PROBABILITIES, predictions_of, told, trained
from tests.pages.test_results import choose, labels, words

SURE_ANT, SURE_BEE = (0.95, 0.05), (0.05, 0.95)
# The third picture, an ant taken for a bee, becomes right by its views, and the second, an unsure ant, wrong.
DRAWN = ((SURE_ANT, SURE_ANT), (SURE_BEE, SURE_BEE), (SURE_ANT, SURE_ANT), (SURE_BEE, SURE_BEE), (SURE_ANT, SURE_ANT))


@pytest.fixture
def entry(settings: Settings, tmp_path: Path) -> DatasetEntry:
    return shelved(settings, tmp_path)


def asked(training: Job) -> Job:
    order = LookAgain(dataset="colours", training=training.id)
    return the_desk().submit(training.owner, order, training.dataset)


def looked(training: Job, drawn: object = DRAWN, part: str = "valid") -> Job:
    """The training with its views, and the job that looked at them at its good end."""
    once = training.run.read_predictions(part)
    logits = np.concatenate([once.logits[:, None], np.log(np.array(drawn, dtype=np.float32))], axis=1)
    training.run.save_views(part, Views(once.ids, once.labels, logits, once.classes, 42))
    return finish(asked(training), [LookedAgain(len(once), logits.shape[1] - 1, 1.0)])


def jobs() -> tuple[Job, ...]:
    return the_desk().jobs(LOCAL, kind="tta")


def press(page: AppTest, label: str) -> AppTest:
    return next(button for button in page.button if button.label == label).click().run()


def bars(page: AppTest) -> list[str]:
    return [bar.proto.text for bar in page.get("progress")]


def with_it(page: AppTest) -> AppTest:
    return page.toggle(key="tta").set_value(True).run()


def test_before_the_first_look_the_page_says_what_it_is_and_what_judges_it(entry: DatasetEntry) -> None:
    trained(entry)
    page = opened("results")
    said = words(page)
    assert "test-time augmentation" in said
    assert "Look at each picture in several ways" in said
    assert not page.toggle
    assert "Look again" in labels(page)


def test_the_button_sends_one_job_for_this_training_with_as_many_copies_as_asked(entry: DatasetEntry) -> None:
    training = trained(entry)
    press(choose(opened("results"), "copies", 8), "Look again")
    (job,) = jobs()
    assert job.order == LookAgain(dataset=entry.folder, training=training.id, views=8)
    assert job.dataset == entry.id


def test_while_it_waits_its_place_is_told_and_nothing_else_can_be_asked(entry: DatasetEntry) -> None:
    asked(trained(entry))
    page = opened("results")
    assert any("waiting for its turn" in text for text in bars(page))
    assert "Look again" not in labels(page)
    assert "60.0 % right · 3 of 5" in words(page)


def test_while_it_runs_its_progress_is_shown_and_it_can_be_stopped(entry: DatasetEntry) -> None:
    job = begin(asked(trained(entry)), [Progress("looking at each picture in several ways", 2, 5)])
    page = opened("results")
    assert any("2 of 5 pictures" in text for text in bars(page))
    press(page, "Stop")
    assert the_desk().job(LOCAL, job.id).stop_asked is not None


def test_a_failed_look_is_told_with_its_remedy_and_can_be_asked_again(entry: DatasetEntry) -> None:
    fail(asked(trained(entry)), "The disk is full.", "Free some space.")
    page = opened("results")
    assert "The disk is full" in words(page)
    assert "Free some space" in words(page)
    assert "Look again" in labels(page)


def test_a_stopped_look_leaves_everything_as_it_was(entry: DatasetEntry) -> None:
    job = asked(trained(entry))
    the_desk().database.change("UPDATE jobs SET state = 'cancelled' WHERE id = ?", job.id)
    page = opened("results")
    assert "Stopped" in words(page)
    assert "Look again" in labels(page)
    assert not page.toggle


def test_done_it_tells_accuracy_without_and_with_and_what_changed(entry: DatasetEntry) -> None:
    looked(trained(entry))
    said = words(opened("results"))
    assert "each picture once  \n**60.0 % right · 3 of 5" in said
    assert "averaged  \n**60.0 % right · 3 of 5" in said
    assert "1 picture became right by it, and 1 became wrong" in said
    assert "could well be chance" in said
    assert "1 picture became right**" in said and "1 picture became wrong**" in said


def test_levers_and_changed_pictures_are_folded_away(entry: DatasetEntry) -> None:
    """Else they would push the pictures that the page is about out of sight."""
    looked(trained(entry))
    (folded,) = opened("results").expander
    assert {slider.key for slider in folded.slider} == {"views", "beta"}
    assert "1 picture became right**" in "".join(str(each.value) for each in folded.markdown)
    assert not folded.proto.expanded


def test_the_pictures_that_changed_show_every_look(entry: DatasetEntry) -> None:
    looked(trained(entry))
    page = opened("results")
    changed = [element.proto.body for element in page.get("html") if "copy 2" in element.proto.body]
    assert len(changed) == 2
    right, wrong = changed
    assert "20&#8239;%" in right and right.count("95&#8239;%") == 2
    assert "55&#8239;%" in wrong and wrong.count("5&#8239;%") == 3
    assert "said **ants** 76 %" in words(page)


def test_views_that_change_no_answer_are_told_of(entry: DatasetEntry) -> None:
    looked(trained(entry), [(row, row) for row in PROBABILITIES])
    page = opened("results")
    assert "No picture became right or wrong by it" in words(page)
    assert "Said: the averaged answer" not in words(page)


def test_the_weight_of_the_picture_itself_counts_at_once(entry: DatasetEntry) -> None:
    looked(trained(entry))
    page = opened("results")
    page.slider(key="beta").set_value(1.0).run()
    assert "No picture became right or wrong by it" in words(page)
    assert not jobs()[1:]


def test_fewer_copies_and_logarithms_count_at_once(entry: DatasetEntry) -> None:
    drawn = [((0.5, 0.5), (0.001, 0.999))] * 2 + [((0.9, 0.1), (0.9, 0.1))] * 3
    looked(trained(entry), drawn)
    page = opened("results")
    assert "76 %" not in words(page)
    page.slider(key="views").set_value(1).run()
    one = words(page)
    choose(page, "space", "log")
    assert words(page) != one
    assert not page.exception


def test_one_copy_needs_no_slider(entry: DatasetEntry) -> None:
    looked(trained(entry), [(drawn[0],) for drawn in DRAWN])
    page = opened("results")
    assert [slider.key for slider in page.slider if slider.key != "between"] == ["beta"]
    assert "1 picture became right by it" in words(page)


def test_everything_goes_by_the_averaged_answers_where_one_asks_for_it(entry: DatasetEntry) -> None:
    looked(trained(entry), [((0.99, 0.01),) * 2] * 3 + [(SURE_BEE,) * 2] * 2)
    page = opened("results")
    assert "several looks averaged" not in words(page)
    with_it(page)
    assert "100.0 % right · 5 of 5" in page.subheader[0].value
    assert "several looks averaged" in page.subheader[0].value
    choose(page, "gallery", "Incorrectly classified")
    assert "No picture was classified wrongly" in words(page)
    assert "No class was taken for another" in words(choose(page, "view", "Confusion"))
    table = choose(page, "view", "Table").dataframe[-1].value
    assert set(table["correct"]) == {"yes"}


def test_a_file_of_averaged_answers_is_called_so(entry: DatasetEntry, offered: list[str]) -> None:
    looked(trained(entry), [((0.99, 0.01),) * 2] * 3 + [(SURE_BEE,) * 2] * 2)
    with_it(choose(opened("results"), "view", "Table"))
    assert [name for name in offered if name.startswith("prob")][-2:] == ["probabilities.csv",
                                                                          "probabilities-averaged.csv"]
    assert {"became-right-averaged.csv"} <= set(offered)


def test_a_reload_finds_the_choice_in_the_address(entry: DatasetEntry) -> None:
    looked(trained(entry), [((0.99, 0.01),) * 2] * 3 + [(SURE_BEE,) * 2] * 2)
    reloaded = opened("results", tta="true", views="1", beta="0.5", space="their logarithms")
    assert "several looks averaged" in reloaded.subheader[0].value
    assert (reloaded.slider(key="views").value, reloaded.slider(key="beta").value) == (1, 0.5)
    assert reloaded.button_group(key="space").value == "log"


def test_an_address_that_cannot_be_is_the_usual_one(entry: DatasetEntry) -> None:
    looked(trained(entry))
    page = opened("results", tta="maybe", views="99", beta="7", space="nonsense")
    assert not page.exception
    assert (page.slider(key="views").value, page.slider(key="beta").value) == (2, 0.25)


def test_test_pictures_have_views_of_their_own_and_only_confirm(entry: DatasetEntry) -> None:
    training = trained(entry)
    told(training.run, predictions_of(((0.4, 0.6),), (0,)), "test", test=("0" * 16,))
    told(training.run, predictions_of())
    looked(training)
    looked(training, [(SURE_ANT, SURE_ANT)], "test")
    page = choose(opened("results"), "part", "test")
    assert "1 picture became right by it, and 0 became wrong" in words(page)
    assert "the test pictures only confirm" in words(page)


def test_damaged_views_are_told_of_and_can_be_made_again(entry: DatasetEntry) -> None:
    training = trained(entry)
    looked(training)
    training.run.views_file("valid").write_bytes(b"damaged")
    page = opened("results")
    assert "damaged" in words(page)
    assert "60.0 %" in words(page)
    assert "Look again" in labels(page)


def test_views_of_another_network_are_not_shown(entry: DatasetEntry) -> None:
    training = trained(entry)
    looked(training)
    told(training.run, predictions_of(((0.8, 0.2), *PROBABILITIES[1:])))
    page = opened("results")
    assert "another network" in words(page)
    assert not page.toggle
    assert "Look again" in labels(page)


def test_looks_at_another_training_s_pictures_are_not_this_one_s(entry: DatasetEntry) -> None:
    older = trained(entry)
    newer = trained(entry)
    asked(older)
    assert not bars(opened("results", job=newer.id))
    assert bars(opened("results", job=older.id))


def test_without_an_augmentation_there_is_nothing_to_look_at(entry: DatasetEntry) -> None:
    training = trained(entry)
    recipe = training.order.recipe.model_copy(update={"augmentation": preset("none")})  # type: ignore[union-attr]
    order = training.order.model_copy(update={"recipe": recipe})
    the_desk().database.change('UPDATE jobs SET "order" = ? WHERE id = ?', order.model_dump_json(), training.id)
    page = opened("results")
    assert "every copy would be the same" in words(page)
    assert "Look again" not in labels(page)


def test_the_strip_leads_back_to_the_training_that_is_looked_at(entry: DatasetEntry) -> None:
    training = trained(entry)
    begin(asked(training))
    links = [link.proto for link in opened("home").get("page_link")]
    (busy,) = [link for link in links if "several ways" in link.label]
    assert training.id in busy.query_string
    assert not opened("results", job=training.id).exception


def test_the_bars_of_the_looks_hold_our_own_words_alone() -> None:
    html = look_bars(np.array([[0.25, 0.75], [0.6, 0.4]]), actual=0)
    assert html.index("itself") < html.index("25&#8239;%") < html.index("copy 1") < html.index("60&#8239;%")

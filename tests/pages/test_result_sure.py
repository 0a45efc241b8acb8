"""Results, how sure: the histogram's pictures, the temperature, and the threshold, in each of their states."""

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.interpretation.predictions import Predictions
from core.interpretation.temperature import tempered
from core.jobs.entries import DatasetEntry, Job
from core.runs import certainty
from core.runs.certainty import Certainty
from core.settings import Settings
from pages.ui.glossary.certainty import TERMS
from pages.ui.result_dont_know import levels
from tests.decided import decided
from tests.interpretation.made import drawn
from tests.pages.doing import opened, shelved
from tests.pages.exhibits import predictions_of, told, trained, under_way
from tests.pages.reading import button, text
from tests.pages.test_result_tta import looked, with_it
from tests.pages.test_results import choose, labels

# Two wrong ones among the surest five; below 80 % everything is wrong.
PROBABILITIES = ((0.99, 0.01), (0.97, 0.03), (0.95, 0.05), (0.9, 0.1), (0.85, 0.15), (0.75, 0.25), (0.7, 0.3),
                 (0.6, 0.4))
LABELS = (0, 0, 1, 0, 0, 1, 1, 1)
REFUSED = "\n\n:gray[:material/front_hand: unsure: refused]"


@pytest.fixture
def entry(settings: Settings, tmp_path: Path) -> DatasetEntry:
    return shelved(settings, tmp_path)


def numbered(predictions: Predictions) -> Predictions:
    """With ids as ingest makes them."""
    ids = tuple(f"{number:016x}" for number in range(len(predictions)))
    return Predictions(ids, predictions.labels, predictions.logits, predictions.classes)


def over_confident(pictures: int = 200) -> Predictions:
    return numbered(drawn(pictures, 3.0, classes=2))


def sure(entry: DatasetEntry, predictions: Predictions | None = None) -> tuple[Job, AppTest]:
    job = trained(entry, predictions or predictions_of(PROBABILITIES, LABELS))
    return job, choose(opened("results"), "view", "How sure")


def slider(job: Job) -> str:
    return f"sure-threshold-{job.id}"


def try_(page: AppTest, job: Job, threshold: float) -> AppTest:
    page.select_slider(key=slider(job)).set_value(threshold).run()
    assert not page.exception
    return page


def press(page: AppTest, label: str) -> AppTest:
    button(page, label).click().run()
    assert not page.exception
    return page


def test_what_it_says_stands_beside_what_is_true(entry: DatasetEntry) -> None:
    _, page = sure(entry, over_confident())
    said = text(page)
    assert "It is too sure of itself" in said
    assert "Most often it says about" in said
    assert "ECE" in said and "chance alone: up to" in said
    assert len(page.get("plotly_chart")) == 3


def test_the_pictures_of_a_bar_are_shown_when_they_are_asked_for(entry: DatasetEntry) -> None:
    job, page = sure(entry)
    assert not page.get("image")
    choose(page, f"sure-which-{job.id}-valid", "wrong")
    assert "4 wrong pictures answered with 50 to 100 %" in text(page).replace("*", "")
    assert text(page).index("95 %") < text(page).index("75 %")          # the surest mistake first
    page.select_slider(key=f"sure-range-{job.id}-valid-0").set_range(90, 100).run()
    assert "1 wrong picture answered with 90 to 100 %" in text(page).replace("*", "")
    assert len(page.get("image")) == 1


def test_a_range_without_such_a_picture_says_so(entry: DatasetEntry) -> None:
    job, page = sure(entry, predictions_of(((0.9, 0.1), (0.1, 0.9)), (0, 1)))
    choose(page, f"sure-which-{job.id}-valid", "wrong")
    assert "No wrong picture was answered with 50 to 100 %." in text(page)


def selection(points: list[tuple[int, int]]) -> None:
    """As an app: the selection of bars (trace, place) becomes what the controls say."""
    from types import SimpleNamespace

    import streamlit as st

    from pages.ui import sure_bars

    st.session_state["sure-chart-k"] = SimpleNamespace(selection=SimpleNamespace(
        points=[{"curve_number": trace, "point_index": place} for trace, place in points]))
    sure_bars.take_selection("k")


@pytest.mark.parametrize(("points", "which", "between"), [
    ([(0, 19)], "wrong", (95, 100)), ([(1, 10)], "right", (50, 55)),
    ([(0, 14), (1, 17)], "both", (70, 90)), ([], None, None)])
def test_a_click_on_a_bar_or_several_sets_the_controls(points: list[tuple[int, int]], which: str | None,
                                            between: tuple[int, int] | None) -> None:
    state = AppTest.from_function(selection, kwargs={"points": points}).run().session_state
    if which is None:
        assert "sure-which-k" not in state and "sure-range-k" not in state
    else:
        assert (state["sure-which-k"], state["sure-range-k"]) == (which, (1, between))


def test_moving_the_threshold_tells_what_it_would_do_and_shows_what_it_would_refuse(entry: DatasetEntry) -> None:
    job, page = sure(entry)
    assert "all 8 pictures" in text(page)
    try_(page, job, 0.8)
    assert "answer **5 of 8 pictures** and be right in **80.0 %** (37–97 %) of them; the 3 others" in text(page)
    assert "right in 0 of these 3" in text(page)
    assert len(page.get("image")) == 3
    assert text(page).index("60 %") < text(page).index("75 %")          # the least sure first


def test_a_wish_moves_the_threshold_to_the_lowest_that_grants_it(entry: DatasetEntry) -> None:
    job, page = sure(entry)
    page.button(key="wish 99").click().run()
    assert page.select_slider(key=slider(job)).value == 0.96
    assert "answer **2 of 8 pictures** and be right in **100.0 %**" in text(page)
    assert "2 of 2 answers right, 100.0 % (34–100 %)" in page.button(key="wish 99").help


def test_what_few_pictures_happen_to_grant_is_no_promise(entry: DatasetEntry) -> None:
    """Two right of two: their span begins at 34 %, so none of the wishes is granted beyond chance."""
    _, page = sure(entry)
    assert "Right on these pictures in" in text(page)
    assert not page.button(key="wish 99").disabled
    assert all(page.button(key=f"safe wish {wish}").disabled for wish in (90, 95, 99))


def test_a_wish_beyond_chance_asks_more_of_the_threshold(entry: DatasetEntry) -> None:
    job, page = sure(entry, over_confident(600))
    page.button(key="wish 90").click().run()
    plain = page.select_slider(key=slider(job)).value
    page.button(key="safe wish 90").click().run()
    assert page.select_slider(key=slider(job)).value > plain
    low = text(page).split("be right in **")[1].split("(")[1].split("–")[0]
    assert int(low) >= 90


def test_a_threshold_that_refuses_nothing_is_not_offered(entry: DatasetEntry) -> None:
    """Of 30 classes the slider begins below what any picture reaches."""
    job, page = sure(entry, numbered(drawn(60, 1.0, classes=30)))
    try_(page, job, 0.05)
    assert "Use this threshold" not in labels(page)
    assert "None of these pictures is below it" in text(page)
    try_(page, job, 0.8)
    assert "Use this threshold" in labels(page) and "None of these pictures is below it" not in text(page)


def test_test_pictures_are_promised_only_where_there_are_some(entry: DatasetEntry) -> None:
    _, page = sure(entry)
    assert "here are no test pictures that could confirm it" in text(page) and "looked at last" not in text(page)
    told(trained(entry).run, predictions_of(PROBABILITIES, LABELS), "test")
    page = choose(opened("results"), "view", "How sure")
    assert "the test pictures, looked at last, confirm" in text(page) and "no test pictures" not in text(page)


def test_the_commands_that_go_by_a_threshold_stand_beside_it(entry: DatasetEntry) -> None:
    job = trained(entry, predictions_of(PROBABILITIES, LABELS))
    page = choose(opened("results"), "view", "How sure")
    assert not page.code
    certainty.write(job.run, decided(threshold=0.8))
    page = choose(opened("results"), "view", "How sure")
    assert [code.value for code in page.code] == [f"python -m core predict {job.run.path} photo.jpg",
                                                  f"python -m core export {job.run.path} --out network.zip"]


def test_a_wish_that_no_threshold_grants_cannot_be_pressed(entry: DatasetEntry) -> None:
    _, page = sure(entry, predictions_of(((0.9, 0.1),) * 3, (1, 1, 1)))
    assert all(page.button(key=f"wish {wish}").disabled for wish in (90, 95, 99))


def commands(folder: str) -> None:
    """As an app: the commands of a run."""
    from pathlib import Path

    from core.runs.folder import RunFolder
    from pages.ui import certainty_commands

    certainty_commands.show(RunFolder(Path(folder)), "k")


def test_a_visitor_of_a_server_is_not_told_its_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.ui.session.visitor", lambda: "f" * 32)
    page = AppTest.from_function(commands, kwargs={"folder": "/srv/secret"}).run(timeout=60)
    assert not page.exception and not page.code
    assert "for whoever runs this playground" in text(page) and "secret" not in text(page)


def test_a_threshold_is_kept_shown_as_in_use_undone_and_stopped(entry: DatasetEntry) -> None:
    job, page = sure(entry)
    assert "In use: none" in text(page) and "Undo" not in labels(page)
    press(try_(page, job, 0.8), "Use this threshold")
    kept = certainty.read(job.run).threshold
    assert kept is not None
    assert (kept.value, kept.answered, kept.right, kept.refused, kept.refused_right) == (0.8, 5, 4, 3, 0)
    assert "In use: 80 %" in text(page) and "Use this threshold" not in labels(page)
    assert "With the threshold of 80 % it would refuse 3 of 8 pictures" in text(page)       # on top of the page
    press(try_(page, job, 0.9), "Use this threshold")
    assert certainty.read(job.run).least == 0.9
    press(page, "Undo")
    assert certainty.read(job.run).least == 0.8 and "In use: 80 %" in text(page)
    assert page.select_slider(key=slider(job)).value == 0.8
    press(page, "Stop using it")
    assert certainty.read(job.run) == Certainty() and "In use: none" in text(page)


def test_a_refused_picture_can_be_looked_at_closer(entry: DatasetEntry) -> None:
    job, page = sure(entry)
    try_(page, job, 0.8)
    page.button(key=f"refused closer {7:016x}").click().run()
    assert not page.exception
    assert "The network says **ants** 60 %" in text(page)


def test_every_number_and_plot_is_explained_where_it_stands(entry: DatasetEntry) -> None:
    _, page = sure(entry, over_confident())
    for term in TERMS:
        assert f"[{term.source}]({term.link})" in text(page), term.name


def test_a_kept_threshold_is_found_again_by_another_visit(entry: DatasetEntry) -> None:
    job = trained(entry, predictions_of(PROBABILITIES, LABELS))
    certainty.write(job.run, decided(threshold=0.8123))
    page = choose(opened("results"), "view", "How sure")
    assert "In use: 81.23 %" in text(page)
    assert page.select_slider(key=slider(job)).value == 0.8123
    assert "the 3 others" in text(page)


def test_in_the_other_views_a_threshold_is_told_and_marks_the_refused_and_changes_nothing_else(entry: DatasetEntry
                                                                                               ) -> None:
    job = trained(entry, predictions_of(PROBABILITIES, LABELS))
    before = text(choose(opened("results"), "gallery", "Top losses"))
    certainty.write(job.run, decided(threshold=0.8))
    after = text(choose(opened("results"), "gallery", "Top losses"))
    told = ("With the threshold of 80 % it would refuse 3 of 8 pictures, and be right in 80.0 % (37–97 %) of the "
            "others. “How sure” tells why, and changes it.")
    assert told in after and told not in before
    assert after.count(REFUSED) == 3
    assert after.replace(REFUSED, "").replace(f"{told}\n", "") == before


def test_the_refused_are_counted_at_the_temperature_in_use(entry: DatasetEntry) -> None:
    predictions = predictions_of(PROBABILITIES, LABELS)
    certainty.write(trained(entry, predictions).run, decided(threshold=0.8, temperature=2.0))
    below = int((tempered(predictions, 2.0).probabilities.max(axis=1) < 0.8).sum())
    assert 3 < below < 8
    assert f"it would refuse {below} of 8 pictures" in text(opened("results"))


def test_a_temperature_that_helps_is_offered_used_and_stopped(entry: DatasetEntry) -> None:
    job, page = sure(entry, over_confident())
    assert "Found on all 200 validation pictures" in text(page)
    assert text(page).count("on 200 pictures") == 2           # the figures before and after are of all, as those above
    press(page, "Use it")
    heat = certainty.read(job.run).heat
    assert heat is not None and 2 < heat < 4.5
    assert f"In use: {heat:.2f}" in text(page)
    assert f"Probabilities softened by the temperature {heat:.2f}" in text(page)
    press(page, "Stop using it")
    assert certainty.read(job.run) == Certainty()
    assert "Probabilities softened" not in text(page)
    assert "Use it" in labels(page)


def test_a_temperature_takes_the_threshold_along(entry: DatasetEntry) -> None:
    job, page = sure(entry, over_confident())
    press(try_(page, job, 0.95), "Use this threshold")
    before = certainty.read(job.run).threshold
    press(page, "Use it")
    after = certainty.read(job.run).threshold
    assert before is not None and after is not None
    assert (after.refused, after.right) == (before.refused, before.right)
    assert after.value < before.value
    assert f"The threshold went along, from 95 % to {100 * after.value:g} %: " in text(page)
    assert f"of 200 validation pictures, {after.refused} are below it, as before." in text(page)


def test_a_threshold_that_refuses_none_goes_on_to_refuse_none(entry: DatasetEntry) -> None:
    """Below the least top probability at one temperature is not below it at another."""
    predictions = numbered(drawn(200, 3.0, classes=20))
    job = trained(entry, predictions)
    heat = 0.5
    lowest = float(tempered(predictions, heat).probabilities.max(axis=1).min())
    certainty.write(job.run, decided(threshold=lowest, temperature=heat))
    assert (predictions.probabilities.max(axis=1) < lowest).any()
    page = press(choose(opened("results"), "view", "How sure"), "Stop using it")
    kept = certainty.read(job.run).threshold
    assert kept is not None and (kept.refused, kept.value < lowest) == (0, True)
    assert "of 200 validation pictures, none is below it, as before." in text(page)


def test_undoing_a_threshold_leaves_a_temperature_that_another_tab_has_set(entry: DatasetEntry) -> None:
    job, page = sure(entry, over_confident())
    press(try_(page, job, 0.9), "Use this threshold")
    first = certainty.read(job.run)
    press(try_(page, job, 0.95), "Use this threshold")
    other = choose(opened("results"), "view", "How sure")
    press(other, "Use it")
    heat = certainty.read(job.run).heat
    press(page, "Undo")
    kept = certainty.read(job.run)
    assert kept.heat == heat is not None
    assert kept.threshold is not None and first.threshold is not None
    assert kept.threshold.refused == first.threshold.refused and kept.threshold.value < 0.9


def test_the_page_s_probabilities_are_those_at_the_temperature_in_use(entry: DatasetEntry) -> None:
    predictions = predictions_of(((0.9, 0.1),), (0,))
    job = trained(entry, predictions)
    certainty.write(job.run, decided(temperature=2.0))
    page = choose(opened("results"), "gallery", "Most uncertain")
    softer = 100 * tempered(predictions, 2.0).probabilities[0, 0]
    assert f"**ants** {softer:.0f} %" in text(page) and "90 %" not in text(page)
    assert "Probabilities softened by the temperature 2" in text(page)
    assert "100.0 % right · 1 of 1" in text(page)


def test_a_file_of_probabilities_at_a_temperature_is_called_so(entry: DatasetEntry, offered: list[str]) -> None:
    job = trained(entry)
    choose(opened("results"), "view", "Table")
    certainty.write(job.run, decided(temperature=2.0))
    choose(opened("results"), "view", "Table")
    assert [name for name in offered if "probabilities" in name] == [
        "probabilities.csv", "probabilities-temperature-2.00.csv"]


def test_files_of_both_galleries_say_what_they_go_by(entry: DatasetEntry, offered: list[str]) -> None:
    """Bars show what the network says as it is; the threshold is held against the temperature in use."""
    job = trained(entry)
    looked(job)
    certainty.write(job.run, decided(threshold=0.8, temperature=2.0))
    page = with_it(choose(opened("results"), "view", "How sure"))
    assert offered[-1] == "refused-below-80-temperature-2.00.csv"
    choose(page, f"sure-which-{job.id}-valid", "wrong")
    assert offered[-2] == "wrong-pictures-answered-with-50-to-100.csv"


def test_a_calibrated_network_is_offered_no_temperature_and_told_why(entry: DatasetEntry) -> None:
    _, page = sure(entry, numbered(drawn(200, 1.0, classes=2)))
    assert "On 200 validation pictures no temperature could be shown to help" in text(page)
    assert "Use it" not in labels(page)


def test_too_few_pictures_for_a_temperature_are_counted(entry: DatasetEntry) -> None:
    _, page = sure(entry)
    assert "takes 40 validation pictures; there are 8" in text(page)


def with_test(entry: DatasetEntry) -> tuple[Job, AppTest]:
    job = trained(entry, over_confident())
    told(job.run, over_confident(20), "test")
    told(job.run, over_confident())
    page = choose(opened("results"), "view", "How sure")
    choose(page, "part", "test")
    return job, page


def test_on_the_test_pictures_nothing_is_chosen(entry: DatasetEntry) -> None:
    _, page = with_test(entry)
    assert "the test pictures only confirm what was chosen" in text(page)
    assert not {"Use it", "Use this threshold", "90 %"} & set(labels(page))
    assert "all 20 pictures" in text(page)


def test_the_test_pictures_confirm_what_is_in_use(entry: DatasetEntry) -> None:
    job, _ = with_test(entry)
    certainty.write(job.run, decided(threshold=0.9, temperature=3.0))
    page = choose(opened("results"), "view", "How sure")
    choose(page, "part", "test")
    top = tempered(over_confident(20), 3.0).probabilities.max(axis=1)
    assert f"**{int((top >= 0.9).sum())} of 20 pictures**" in text(page)
    assert "In use: 90 %" in text(page) and "In use: 3.00" in text(page)


def of_training() -> None:
    """As an app: the view of the newest training's own training pictures."""
    from core.jobs.entries import LOCAL
    from core.runs import outcome as outcomes
    from pages.ui import result_sure
    from pages.ui.exhibit import Exhibit
    from tests.pages.doing import the_desk

    job = the_desk().jobs(LOCAL, kind="train")[0]
    outcome = outcomes.outcome(job.run)
    result_sure.show(Exhibit(job, outcome, outcome.valid, part="train"))


@pytest.mark.usefixtures("without_other_pages")
def test_training_pictures_are_no_judge(entry: DatasetEntry) -> None:
    trained(entry, over_confident())
    page = AppTest.from_function(of_training).run(timeout=60)
    assert not page.exception
    assert "has learned these very pictures" in text(page)
    assert "(chance alone: up to" not in text(page)
    assert "too sure of itself" not in text(page) and "surer of itself" not in text(page)
    assert len(page.get("plotly_chart")) == 2 and not {"Use it", "Use this threshold"} & set(labels(page))


def test_with_several_looks_averaged_the_view_stays_with_single_ones(entry: DatasetEntry) -> None:
    job = trained(entry)
    looked(job)
    certainty.write(job.run, decided(temperature=2.0))
    page = opened("results")
    mixed = text(with_it(page))
    assert "Probabilities softened by the temperature 2" in mixed and "several looks averaged" in mixed
    choose(page, "view", "How sure")
    assert "goes by one look at each picture" in text(page)
    assert "it is right in 60.0 %" in text(page)


def test_while_a_training_goes_on_nothing_can_be_kept(entry: DatasetEntry) -> None:
    under_way(entry, epochs=2)
    page = choose(opened("results"), "view", "How sure")
    assert "Once the training has come to its end" in text(page)
    assert not page.exception and len(page.get("plotly_chart")) == 2


def test_a_damaged_decision_is_told_of_and_can_be_made_anew(entry: DatasetEntry) -> None:
    job = trained(entry, predictions_of(PROBABILITIES, LABELS))
    job.run.certainty.write_text("{")
    page = choose(opened("results"), "view", "How sure")
    assert "cannot be read" in text(page)
    press(try_(page, job, 0.8), "Use this threshold")
    assert certainty.read(job.run).least == 0.8


def test_a_choice_that_cannot_be_written_is_told_with_its_remedy(
        entry: DatasetEntry, monkeypatch: pytest.MonkeyPatch) -> None:
    job, page = sure(entry)
    try_(page, job, 0.8)

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "write_text", refused)
    press(page, "Use this threshold")
    assert "cannot be kept" in text(page) and "Permission denied" in text(page)
    assert "In use: none" in text(page)


def test_thresholds_begin_where_nothing_is_refused_and_grow_finer_near_1() -> None:
    two, many = predictions_of(), numbered(drawn(5, 1.0, classes=30))
    assert levels(two, None)[:2] == [0.5, 0.51] and levels(many, None)[0] == 0.03
    assert levels(two, None)[-3:] == [0.9999, 0.99999, 0.999999]
    assert 0.7123 in levels(two, 0.7123)
    assert (np.diff(levels(two, 0.7)) > 0).all()

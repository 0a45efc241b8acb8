import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.interpretation.predictions import Predictions
from core.jobs.entries import DatasetEntry
from core.settings import Settings
from pages.ui import result_confusion
from pages.ui.confusion_pairs import Pair, most_confused
from pages.ui.exhibit import Exhibit
from tests.pages.doing import opened, shelved
from tests.pages.exhibits import predictions_of, trained
from tests.pages.test_results import choose, words

CLASSES = ("ants", "bees", "**wasps**")


@pytest.fixture
def entry(settings: Settings, tmp_path: Path) -> DatasetEntry:
    return shelved(settings, tmp_path)


def answers(*given: tuple[int, int, int], classes: tuple[str, ...] = CLASSES) -> Predictions:
    """So many pictures (actual, predicted, how many), each surer than the one before."""
    rows = [(actual, predicted) for actual, predicted, count in given for _ in range(count)]
    logits = np.eye(len(classes))[[predicted for _, predicted in rows]] * np.linspace(2, 4, len(rows))[:, None]
    return predictions_of(np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True), [actual for actual, _ in rows],
                          classes)


MIXED = answers((0, 0, 5), (0, 2, 3), (1, 1, 4), (1, 0, 1), (2, 2, 2))


def shown(entry: DatasetEntry, predictions: Predictions = MIXED) -> AppTest:
    trained(entry, predictions)
    return choose(opened("results"), "view", "Confusion")


def boxes(page: AppTest) -> list[int]:
    return [box.value for box in page.selectbox if str(box.key).startswith(("actual", "predicted"))]


def pairs(page: AppTest) -> list[str]:
    return [button.label for button in page.button if str(button.key).startswith("confused ")]


def traces(page: AppTest) -> list[dict[str, object]]:
    """The layers of the matrix, as the browser gets them."""
    chart = next(chart for chart in page.get("plotly_chart") if "confusion" in chart.proto.id)
    data: list[dict[str, object]] = json.loads(chart.proto.spec)["data"]
    return data


def pictures(page: AppTest) -> list[str]:
    """What the cards say, in their order."""
    return [element.value for element in page.markdown if ":material/c" in element.value]


def test_the_page_begins_with_the_pair_that_is_confused_most(entry: DatasetEntry) -> None:
    page = shown(entry)
    assert boxes(page) == [0, 2]
    assert r"3 pictures of **ants** were taken for **\*\*wasps\*\***" in words(page)
    assert len(pictures(page)) == 3


def test_the_pairs_stand_the_most_confused_first_and_a_click_opens_one(entry: DatasetEntry) -> None:
    page = shown(entry)
    assert pairs(page) == [r"**3** · ants → \*\*wasps\*\*", "**1** · bees → ants"]
    page.button(key="confused 1 0").click().run()
    assert "1 picture of **bees** was taken for **ants**" in words(page)
    assert len(pictures(page)) == 1


def test_two_boxes_choose_any_cell_the_diagonal_too(entry: DatasetEntry) -> None:
    page = shown(entry)
    actual, predicted = (box for box in page.selectbox if str(box.key).startswith(("actual", "predicted")))
    actual.set_value(1).run()
    assert r"No picture of **bees** was taken for **\*\*wasps\*\***" in words(page)
    predicted = next(box for box in page.selectbox if str(box.key).startswith("predicted"))
    predicted.set_value(1).run()
    assert "4 pictures of **bees** were recognised; the least sure first" in words(page)
    assert len(pictures(page)) == 4


def test_a_click_in_the_chart_chooses_a_cell_and_a_second_one_keeps_it(entry: DatasetEntry,
                                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    """As Chromium sends it; what is clicked in a chart is beyond this kind of test."""
    job = trained(entry, MIXED)
    session: dict[str, object] = {f"actual {job.id}": 0, f"predicted {job.id}": 2}
    monkeypatch.setattr(st, "session_state", session)
    exhibit = Exhibit(job, None, MIXED)  # type: ignore[arg-type]
    for points, chosen in (([{"customdata": [1, 0]}], (1, 0)), ([], (1, 0)), ([{"customdata": [2, 2]}], (2, 2))):
        session["chart"] = SimpleNamespace(selection=SimpleNamespace(points=points))
        result_confusion._clicked(exhibit, "chart")
        assert (session[f"actual {job.id}"], session[f"predicted {job.id}"]) == chosen


def test_without_a_mistake_the_page_says_so_and_shows_what_was_recognised(entry: DatasetEntry) -> None:
    page = shown(entry, answers((0, 0, 2), (1, 1, 2), (2, 2, 2)))
    assert "No class was taken for another." in words(page)
    assert "2 pictures of **ants** were recognised" in words(page)
    choose(page, "which classes", "Only the confused")
    assert "so all are shown" in words(page)


def figure(page: AppTest) -> str:
    return str(page.get("plotly_chart")[0].proto.spec)


def test_the_matrix_can_be_ordered_and_show_shares(entry: DatasetEntry) -> None:
    page = shown(entry)
    assert '"categoryarray":[0,1,2]' in figure(page)
    choose(page, "order of classes", "By confusion")
    assert '"categoryarray":[2,0,1]' in figure(page)
    choose(page, "order of classes", "By size")
    assert '"categoryarray":[0,1,2]' in figure(page)
    choose(page, "cells", "% of the row")
    assert '["62","","38"]' in figure(page)                        # 5, 0 and 3 of 8


def test_only_the_confused_or_chosen_classes_are_shown(entry: DatasetEntry) -> None:
    page = shown(entry)
    choose(page, "which classes", "Only the confused")
    assert '"categoryarray":[0,1,2]' in figure(page)
    page.slider[0].set_value(2).run()
    assert '"categoryarray":[0,2]' in figure(page)
    choose(page, "which classes", "Chosen ones")
    assert '"categoryarray":[0,1,2]' in figure(page)               # none is chosen yet
    page.multiselect[0].set_value([1, 2]).run()
    assert '"categoryarray":[1,2]' in figure(page)


def test_two_classes_need_no_order_and_no_choice(entry: DatasetEntry) -> None:
    page = shown(entry, answers((0, 1, 1), (1, 1, 1), classes=("ants", "bees")))
    assert not [group for group in page.button_group if group.key in ("order of classes", "which classes")]


def test_many_pictures_of_a_cell_are_turned_over(entry: DatasetEntry) -> None:
    page = shown(entry, answers((0, 1, 30), (1, 1, 1), classes=("ants", "bees")))
    first = pictures(page)
    assert len(first) == 12
    page.get("pagination")[-1].set_value(3).run()
    assert len(pictures(page)) == 6


def test_the_pictures_of_a_cell_leave_as_a_file_that_names_both_classes(entry: DatasetEntry,
                                                                       offered: list[str]) -> None:
    shown(entry)
    assert offered[-1] == "ants-taken-for-wasps.csv"


def test_most_confused_counts_as_the_matrix_does() -> None:
    counts = np.array([[9, 1, 0], [3, 9, 1], [0, 0, 9]])
    assert most_confused(counts) == (Pair(1, 0), Pair(0, 1), Pair(1, 2))
    assert most_confused(np.diag([1, 2])) == ()


def test_mistakes_below_the_minimum_fade(entry: DatasetEntry) -> None:
    page = choose(shown(entry, answers((0, 2, 3), (2, 0, 1), (1, 1, 1))), "which classes", "Only the confused")
    assert len(traces(page)) == 2
    page.slider[0].set_value(3).run()
    heat, faded, _ = traces(page)
    assert faded["z"] != heat["z"]

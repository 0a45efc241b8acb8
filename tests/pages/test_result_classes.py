import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.interpretation.per_class import ClassScore, scores
from core.interpretation.predictions import Predictions
from core.jobs.entries import DatasetEntry
from core.settings import Settings
from pages.ui import class_chart, class_words, result_classes
from pages.ui.exhibit import Exhibit
from tests.pages.doing import opened, shelved
from tests.pages.exhibits import predictions_of, trained
from tests.pages.test_result_confusion import MIXED, answers, pictures
from tests.pages.test_results import choose, words


@pytest.fixture
def entry(settings: Settings, tmp_path: Path) -> DatasetEntry:
    return shelved(settings, tmp_path)


def shown(entry: DatasetEntry, predictions: Predictions = MIXED) -> AppTest:
    trained(entry, predictions)
    return choose(opened("results"), "view", "Classes")


def test_every_class_has_its_figures_with_their_spans(entry: DatasetEntry) -> None:
    table = shown(entry).dataframe[0].value
    assert table["class"].tolist() == ["ants", "bees", "**wasps**"]
    assert table["pictures"].tolist() == [8, 5, 2]
    assert table["recall"].tolist() == pytest.approx([62.5, 80, 100])
    assert table["precision"].tolist() == pytest.approx([500 / 6, 100, 40])
    assert table["recall span"].tolist()[0] == "30–87 %"


def test_a_long_name_leaves_the_figures_their_place(entry: DatasetEntry) -> None:
    names = tuple(f"{'a very long name ' * 5}{number}" for number in range(12))
    table = shown(entry, answers(*((kind, kind, 1) for kind in range(12)), classes=names)).dataframe[0]
    columns = json.loads(table.proto.columns)
    assert columns["class"]["width"] == "medium" and columns["class"]["pinned"]


def test_a_figure_that_cannot_be_divided_is_a_dash_and_not_zero(entry: DatasetEntry) -> None:
    page = shown(entry, answers((0, 0, 2), (1, 0, 2)))       # no wasps at all, and nothing was called a bee
    table = page.dataframe[0].value
    assert table["recall"].isna().tolist() == [False, False, True]
    assert table["precision"].isna().tolist() == [False, True, True]
    assert table["precision span"].tolist()[1:] == ["–", "–"]
    assert page.dataframe[0].proto.placeholder == "–"


def test_the_averages_stand_below(entry: DatasetEntry) -> None:
    macro, weighted = shown(entry).dataframe[1].value.to_dict("records")
    assert macro["recall"] == pytest.approx((62.5 + 80 + 100) / 3)
    assert weighted["recall"] == pytest.approx(100 * 11 / 15)     # the accuracy


def test_the_whole_set_is_told_in_a_few_figures(entry: DatasetEntry) -> None:
    page = shown(entry)
    told = {metric.label: metric.value for metric in page.metric}
    assert list(told) == ["Error rate", "Balanced accuracy", "Top-2 accuracy", "Log loss"]
    assert told["Error rate"] == "26.7 %" and told["Balanced accuracy"] == "80.8 %"
    assert all("–" in metric.delta for metric in page.metric if metric.label != "Log loss")


def test_the_worst_classes_are_named_in_a_sentence(entry: DatasetEntry) -> None:
    said = words(shown(entry))
    assert "Found least often: **ants**. Of 8 pictures 5 were found, 3 missed (recall 62.5 %" in said
    assert r"Named wrongly most often: **\*\*wasps\*\***. Of 5 pictures called so 3 are something else" in said


def test_classes_with_few_pictures_are_warned_of(entry: DatasetEntry) -> None:
    assert "Fewer than 10 pictures to check with:" in words(shown(entry))
    assert class_words.few([ClassScore("ants", 10, 3, 3)]) is None
    said = class_words.few([ClassScore(f"breed {number}", number, 0, 0) for number in range(6)])
    assert said is not None and r"breed 0 (0), breed 1 (1), breed 2 (2) and 3 more" in said


def test_the_weight_of_one_picture_is_told_for_all_and_for_the_smallest_class() -> None:
    said = class_words.weight([ClassScore("a", 150, 0, 0), ClassScore("b", 50, 0, 0), ClassScore("c", 0, 0, 0)])
    assert said == "One picture is 0.5 points of the accuracy, and 2.0 points of the recall of b, the smallest class."
    assert class_words.weight([ClassScore("a", 0, 0, 0)]) is None
    shared = class_words.weight([ClassScore("a", 90, 0, 0), ClassScore("b", 5, 0, 0), ClassScore("c", 5, 0, 0)])
    assert shared is not None and shared.endswith("20.0 points of the recall of each of the 2 smallest classes.")
    alike = class_words.weight([ClassScore("a", 12, 0, 0), ClassScore("b", 12, 0, 0)])
    assert alike is not None and alike.endswith("8.3 points of the recall of each class.")
    assert class_words.points(5000) == "0.02"


def test_a_perfect_set_is_praised_in_one_sentence() -> None:
    assert list(class_words.extremes([ClassScore("a", 3, 3, 3), ClassScore("b", 2, 2, 2)])) == [
        "Every picture of every class was found, and there is no false alarm."]


def test_the_worst_are_those_of_the_lowest_share_not_of_the_most_pictures() -> None:
    least, worst = class_words.extremes([ClassScore("many", 100, 101, 90), ClassScore("few", 4, 3, 1)])
    assert "**few**" in least and "1 was found, 3 missed" in least and "**few**" in worst


def test_the_pictures_of_the_class_with_most_mistakes_come_first_and_another_can_be_chosen(entry: DatasetEntry) -> None:
    page = shown(entry)
    box = next(box for box in page.selectbox if box.label == "Pictures of")
    assert box.value == 0
    assert "Pictures of **ants** that were taken for another class" in words(page)
    assert len(pictures(page)) == 3
    box.set_value(2).run()
    assert r"No picture of **\*\*wasps\*\*** was missed." in words(page)
    for kind, count in (("False alarms", 3), ("Found", 2)):
        choose(page, "kind of class pictures", kind)
        assert len(pictures(page)) == count, kind


@pytest.mark.parametrize(("by", "first"), [("Name", "ants"), ("Recall", "ants"), ("Precision", "**wasps**"),
                                           ("F1", "**wasps**"), ("Pictures", "ants")])
def test_the_classes_can_be_put_in_an_order(by: str, first: str, entry: DatasetEntry) -> None:
    page = choose(shown(entry), "order of scores", by)
    assert page.dataframe[0].value["class"].tolist()[0] == first


def test_a_click_on_a_row_or_a_dot_chooses_the_class(entry: DatasetEntry, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Chromium sends it; what is clicked in a chart is beyond this kind of test."""
    job = trained(entry, MIXED)
    exhibit, session = Exhibit(job, None, MIXED), {}  # type: ignore[arg-type, var-annotated]
    monkeypatch.setattr(st, "session_state", session)
    session["table"] = SimpleNamespace(selection=SimpleNamespace(cells=[(1, "recall")]))
    result_classes._row_clicked(exhibit, "table", [2, 0, 1])
    assert session[f"class of scores {job.id}"] == 0
    for points, chosen in (([], 0), ([{"customdata": 2}], 2)):
        session["chart"] = SimpleNamespace(selection=SimpleNamespace(points=points))
        result_classes._dot_clicked(exhibit, "chart")
        assert session[f"class of scores {job.id}"] == chosen
    session[f"class of scores {job.id}"] = 1                  # chosen in the box in the meantime
    session["chart"] = SimpleNamespace(selection=SimpleNamespace(points=[]))
    result_classes._dot_clicked(exhibit, "chart")             # the same dot again: plotly takes its choice back
    assert session[f"class of scores {job.id}"] == 2


def test_the_figures_and_the_pictures_of_a_class_can_be_taken_home(entry: DatasetEntry, offered: list[str]) -> None:
    shown(entry)
    assert offered[-2:] == ["classes.csv", "ants-missed.csv"]


def test_the_chart_has_a_dot_with_its_interval_where_there_is_a_figure() -> None:
    counted = scores(answers((0, 0, 2), (0, 1, 2), (1, 1, 4)))
    recall, precision = class_chart.figure(counted, [1, 0, 2]).data
    assert list(recall.customdata) == [1, 0]                  # no wasps: no dot
    assert list(recall.x) == [1, 0.5]
    assert list(precision.x) == pytest.approx([4 / 6, 1])
    assert [x - low for x, low in zip(recall.x, recall.error_x.arrayminus, strict=True)] == pytest.approx(
        [counted[1].recall.low, counted[0].recall.low])       # type: ignore[union-attr]
    assert "2 of 4 found" in recall.hovertext[1]


def test_the_chart_grows_with_the_classes_and_names_are_no_markup() -> None:
    many = [ClassScore(f"<b>{number}</b>", 1, 1, 1) for number in range(120)]
    figure = class_chart.figure(many, range(120))
    assert figure.layout.height == class_chart.height(120) > class_chart.height(3)
    assert "<b>" not in figure.to_json()


# Three ants taken for wasps: the one that got least of its own class is not the one of which that was said surest.
LEAST_IS_NOT_SUREST = predictions_of(((0.15, 0.05, 0.8), (0.04, 0.46, 0.5), (0.3, 0.1, 0.6), (0.05, 0.9, 0.05)),
                                     (0, 0, 0, 1), ("ants", "bees", "wasps"))


@pytest.mark.parametrize(("view", "sentence"), [("Classes", "taken for another class, the surest answer first"),
                                                ("Confusion", "taken for **wasps**; the surest answer first")])
def test_mistakes_are_said_to_stand_as_they_do(view: str, sentence: str, entry: DatasetEntry) -> None:
    trained(entry, LEAST_IS_NOT_SUREST)
    page = choose(opened("results"), "view", view)
    assert sentence in words(page)
    assert [card.split(" %")[0][-2:] for card in pictures(page)] == ["80", "60", "50"]

"""Results, map: the axis of a class's probability, the map in each of its states, and the gallery of a lasso."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import LimitReached
from core.events import Progress
from core.jobs.desk import Desk
from core.jobs.entries import LOCAL, DatasetEntry, Job
from core.jobs.orders import DrawMap
from core.settings import Settings
from pages.ui import result_lasso
from tests.pages.doing import begin, fail, opened, shelved, the_desk
from tests.pages.exhibits import predictions_of, told, trained, under_way
from tests.pages.landscapes import asked, mapped
from tests.pages.test_results import choose, labels, words

THREE = ("ants", "bees", "wasps")


@pytest.fixture
def entry(settings: Settings, tmp_path: Path) -> DatasetEntry:
    return shelved(settings, tmp_path)


def the_map(sight: str = "") -> AppTest:
    page = choose(opened("results"), "view", "Map")
    return choose(page, "map-sight", sight) if sight else page


def maps() -> tuple[Job, ...]:
    return the_desk().jobs(LOCAL, kind="map")


def figure(page: AppTest) -> dict[str, object]:
    assert not page.exception
    (chart,) = page.get("plotly_chart")
    known: dict[str, object] = json.loads(chart.proto.spec)
    return known


def ids_in(page: AppTest) -> set[str]:
    return {id for trace in figure(page)["data"] for id in trace.get("customdata") or ()}     # type: ignore[attr-defined]


def lassoed(page: AppTest, training: Job, *rows: int) -> AppTest:
    ids = training.run.read_predictions("valid").ids
    page.session_state[result_lasso.CHOSEN] = {f"{training.id} valid": tuple(ids[row] for row in rows)}
    return page.run()


def press(page: AppTest, label: str) -> AppTest:
    return next(button for button in page.button if button.label == label).click().run()


def cards_of(page: AppTest) -> int:
    return sum(str(button.key).startswith("dots closer") for button in page.button)


def test_the_axis_is_there_at_once_and_the_map_is_asked_for_by_itself(entry: DatasetEntry) -> None:
    training = trained(entry)
    page = the_map()
    assert len(ids_in(page)) == 5
    assert "waiting for its turn" in words(page)
    (job,) = maps()
    assert job.order == DrawMap(dataset=entry.folder, training=training.id)
    the_map()
    assert len(maps()) == 1


def test_other_views_ask_for_no_map(entry: DatasetEntry) -> None:
    trained(entry)
    opened("results")
    assert not maps()


def test_a_visitor_with_too_much_at_work_is_told_and_can_ask_later(
        entry: DatasetEntry, monkeypatch: pytest.MonkeyPatch) -> None:
    trained(entry)

    def full(self: Desk, visitor: str, order: object, dataset: str | None = None) -> None:
        raise LimitReached("Four jobs are at work already.", remedy="Wait for one to end.")

    with monkeypatch.context() as patched:
        patched.setattr(Desk, "submit", full)
        page = the_map("t-SNE")
        assert "other work is not done yet" in words(page)
        assert "Wait for one to end" in words(press(page, "Draw the map"))
    press(page, "Draw the map")
    assert len(maps()) == 1


def test_while_it_is_drawn_its_progress_is_shown_and_it_can_be_stopped(entry: DatasetEntry) -> None:
    job = begin(asked(trained(entry)), [Progress("looking at pictures", 2, 5)])
    page = the_map("t-SNE")
    bar = page.get("progress")[-1]
    assert bar.proto.text == "Drawing the map · looking at pictures: 2 of 5 pictures"
    press(page, "Stop")
    assert the_desk().job(LOCAL, job.id).stop_asked is not None


def test_a_failed_map_is_told_with_its_remedy_and_can_be_asked_again(entry: DatasetEntry) -> None:
    fail(asked(trained(entry)), "The disk is full.", "Free some space.")
    page = the_map("PCA")
    assert "The disk is full" in words(page)
    assert len(maps()) == 1, "it does not begin by itself again"
    press(page, "Draw the map")
    assert len(maps()) == 2


def test_a_stopped_map_can_be_asked_again(entry: DatasetEntry) -> None:
    job = asked(trained(entry))
    the_desk().database.change("UPDATE jobs SET state = 'cancelled' WHERE id = ?", job.id)
    page = the_map("t-SNE")
    assert "Stopped" in words(page)
    assert "Draw the map" in labels(page)


@pytest.mark.parametrize("method", ["t-SNE", "PCA"])
def test_the_map_has_every_picture(method: str, entry: DatasetEntry) -> None:
    training = trained(entry)
    mapped(training)
    page = the_map(method)
    assert ids_in(page) == set(training.run.read_predictions("valid").ids)
    assert ("shows 50 % of all differences" in words(page)) == (method == "PCA")
    assert len(maps()) == 1


def test_training_pictures_stand_behind_where_one_asks_for_them(entry: DatasetEntry) -> None:
    training = trained(entry)
    document = training.run.read_dataset()
    training.run.write_dataset(document.model_copy(update={"split": document.split | {"train": ("f" * 16, "e" * 16)}}))
    mapped(training)
    page = the_map("t-SNE")
    assert "training" not in [trace["name"] for trace in figure(page)["data"]]      # type: ignore[attr-defined]
    page.toggle(key="map-behind").set_value(True).run()
    (behind,) = [trace for trace in figure(page)["data"] if trace["name"] == "training"]     # type: ignore[attr-defined]
    assert behind["customdata" if "customdata" in behind else "hoverinfo"] == "skip"


def test_pictures_that_have_no_place_on_the_map_are_counted(entry: DatasetEntry) -> None:
    mapped(trained(entry), placed=3)
    page = the_map("t-SNE")
    assert len(ids_in(page)) == 3
    assert "2 of these pictures are not on the map" in words(page)


def test_the_map_of_another_network_is_not_shown(entry: DatasetEntry) -> None:
    mapped(trained(entry), of="another")
    page = the_map("t-SNE")
    assert "another network" in words(page)
    assert not page.get("plotly_chart")
    press(page, "Draw the map")
    assert len(maps()) == 2


def test_a_damaged_map_is_told_and_can_be_drawn_again(entry: DatasetEntry) -> None:
    training = trained(entry)
    mapped(training)
    (training.run.landscape / "map.npz").write_bytes(b"damaged")
    page = the_map("t-SNE")
    assert "damaged" in words(page)
    assert "Draw the map" in labels(page)


def test_a_training_that_is_not_finished_has_an_axis_and_no_map(entry: DatasetEntry) -> None:
    under_way(entry)
    page = the_map()
    assert len(ids_in(page)) == 5
    assert "Until the training is finished" in words(choose(page, "map-sight", "t-SNE"))
    assert not maps()


def test_of_several_classes_the_axis_is_of_the_one_that_is_chosen(entry: DatasetEntry) -> None:
    trained(entry, predictions_of(((0.8, 0.1, 0.1), (0.1, 0.3, 0.6)), (0, 2), THREE))
    page = the_map("axis")
    page.selectbox(key=f"map-class {entry.id}").set_value(2).run()
    spec = json.dumps(figure(page)["layout"])
    assert "probability of wasps" in spec and "is another class" in spec


def test_of_several_classes_the_middle_of_the_axis_decides_nothing(entry: DatasetEntry) -> None:
    """A class may win with less than one half."""
    trained(entry, predictions_of(((0.4, 0.3, 0.3), (0.1, 0.3, 0.6)), (0, 2), THREE))
    said = words(the_map("axis"))
    assert "coin toss" not in said and "below it this one may still win" in said
    trained(entry)
    assert "the middle is a coin toss" in words(the_map("axis"))


def test_of_many_classes_those_in_colour_can_be_chosen(entry: DatasetEntry) -> None:
    many = tuple(f"class {number}" for number in range(20))
    trained(entry, predictions_of([[0.05] * 20] * 4, (0, 1, 2, 3), many))
    page = the_map("axis")
    assert page.selectbox(key="map-colour").value == "verdict"
    page.selectbox(key="map-colour").set_value("actual").run()
    page.multiselect(key=f"map-classes {entry.id}").set_value([1]).run()
    assert [trace["name"] for trace in figure(page)["data"] if trace.get("showlegend") is not False] == [   # type: ignore[attr-defined]
        "other classes", "class 1", "right", "wrong"]


def test_before_a_lasso_the_page_says_how(entry: DatasetEntry) -> None:
    trained(entry)
    page = the_map()
    assert "Draw around dots" in words(page)
    assert not cards_of(page)


def test_a_lasso_makes_a_gallery_with_the_hardest_first_and_clear_ends_it(entry: DatasetEntry) -> None:
    training = trained(entry)
    page = lassoed(the_map(), training, 0, 2, 4)
    said = words(page)
    assert "**3 pictures** chosen · 2 mistakes" in said
    assert said.count("Edge: blue is right, orange is wrong") == 1, "on the map colours are classes"
    assert said.index("said **bees** 80 %") < said.index("said **ants** 70 %") < said.index("said **ants** 90 %")
    assert cards_of(page) == 3
    page = press(page, "Clear")
    assert not cards_of(page)
    assert "Draw around dots" in words(page)


def test_what_a_lasso_chose_leaves_as_a_file(entry: DatasetEntry, offered: list[str]) -> None:
    training = trained(entry)
    lassoed(the_map(), training, 0, 2)
    assert offered[-1] == "chosen.csv"


def test_a_gallery_stays_when_the_dots_move(entry: DatasetEntry) -> None:
    training = trained(entry)
    mapped(training)
    page = lassoed(the_map(), training, 1)
    for sight in ("t-SNE", "PCA", "axis"):
        assert cards_of(choose(page, "map-sight", sight)) == 1
    choose(page, "view", "Table")
    assert cards_of(choose(page, "view", "Map")) == 1


def test_a_large_gallery_has_pages(entry: DatasetEntry) -> None:
    many = 60
    training = trained(entry, predictions_of([(0.9, 0.1)] * many, [0] * many))
    page = lassoed(the_map(), training, *range(many))
    assert cards_of(page) == 12
    (pages,) = page.get("pagination")
    assert "**60 pictures** chosen · 0 mistakes" in words(page)
    assert pages.proto.num_pages == 5
    assert cards_of(choose(page, "a-page dots", 24)) == 24


def test_another_part_of_the_pictures_has_a_choice_of_its_own(entry: DatasetEntry) -> None:
    training = trained(entry)
    told(training.run, predictions_of(((0.9, 0.1),), (0,)), "test", test=("0" * 16,))
    told(training.run, predictions_of())
    page = lassoed(the_map(), training, 1, 2)
    assert cards_of(page) == 2
    assert not cards_of(choose(page, "part", "test"))
    assert len(ids_in(page)) == 1


def test_what_the_browser_tells_of_a_lasso_is_kept_once_a_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dots of the legend have no id; a lasso that was drawn around nothing ends the choice."""
    points = [{"customdata": "a", "x": 1.0}, {"customdata": "b"}, {"customdata": "a"}, {"x": 2.0}, {"customdata": None}]
    state: dict[str, object] = {"chart": SimpleNamespace(selection=SimpleNamespace(points=points))}
    monkeypatch.setattr(result_lasso.st, "session_state", state)
    result_lasso._took("chart", "job valid")
    assert state[result_lasso.CHOSEN] == {"job valid": ("a", "b")}
    points.clear()
    result_lasso._took("chart", "job valid")
    assert state[result_lasso.CHOSEN] == {"job valid": ()}


def test_every_plot_can_be_explained(entry: DatasetEntry) -> None:
    mapped(trained(entry))
    for sight, term in (("axis", "decision threshold"), ("t-SNE", "stochastic neighbour"), ("PCA", "component")):
        assert term in words(the_map(sight))


def test_names_that_people_gave_are_shown_as_they_are(entry: DatasetEntry) -> None:
    mapped(trained(entry, predictions_of(classes=("<b>ants</b>", "[bees](x)"))))
    page = the_map("t-SNE")
    assert "<b>" not in json.dumps(figure(page))


def test_what_was_chosen_stands_out_in_a_chart_that_comes_later(entry: DatasetEntry) -> None:
    """Another sight, or the same one on the way back from another view."""
    training = trained(entry)
    mapped(training)
    page = lassoed(the_map("axis"), training, 0, 2)
    ids = training.run.read_predictions("valid").ids
    choose(page, "map-sight", "t-SNE")
    assert marked(page) == {ids[0], ids[2]}
    choose(choose(page, "view", "Table"), "view", "Map")
    assert marked(page) == {ids[0], ids[2]}
    press(page, "Clear")
    assert marked(page) is None


def marked(page: AppTest) -> set[str] | None:
    """Ids of the dots that stand out; None where none is dim."""
    traces = [trace for trace in figure(page)["data"] if trace.get("customdata")]          # type: ignore[attr-defined]
    if not any("selectedpoints" in trace for trace in traces):
        return None
    return {trace["customdata"][place] for trace in traces for place in trace["selectedpoints"]}


@pytest.mark.parametrize(("lasso", "charts"), [((), 0), (({"customdata": "a"},), 1)])
def test_a_click_chooses_one_dot_and_takes_away_a_lasso_that_stands(
        lasso: tuple[dict[str, str], ...], charts: int, monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, object] = {"chart": SimpleNamespace(selection=SimpleNamespace(points=lasso)),
                                result_lasso.CHOSEN: {"job valid": ("a", "b"), "job test": ("c",)}}
    monkeypatch.setattr(result_lasso.st, "session_state", state)
    result_lasso._clicked("d", "chart", "job valid")
    assert state[result_lasso.CHOSEN] == {"job valid": ("d",), "job test": ("c",)}
    assert state.get(result_lasso.CLEARED, 0) == charts

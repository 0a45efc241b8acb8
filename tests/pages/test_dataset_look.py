"""The Data page's views: pictures, sizes, shapes, light, files, mean pictures, the split; and measuring what is not."""

import io
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.data.dataset import Sample
from core.data.edits import Edit
from core.data.measures import measured
from core.data.store import StoredDataset
from core.events import Measured, Progress, drain
from core.jobs.entries import LOCAL, DatasetEntry, Job
from core.jobs.orders import Measure
from core.settings import Settings
from pages.ui import dataset_charts, dataset_look, dataset_seen
from tests.pages.doing import begin, fail, finish, opened, shelved, the_desk
from tests.pages.looks import looked, samples_of
from tests.pages.reading import button, text, words

NIGHT_AND_DAY = {"day": 12, "night": 12}


def painted(tmp: Path, brightness: dict[str, int], size: tuple[int, int] = (40, 30), format: str = "png") -> None:
    """Plain pictures of a class's brightness, all a little different, where `shelved` looks for "colours"."""
    for label, level in brightness.items():
        (tmp / "colours" / label).mkdir(parents=True, exist_ok=True)
        for number in range(12):
            picture = Image.new("RGB", (size[0] + number % 3, size[1]), (level + number,) * 3)
            picture.save(tmp / "colours" / label / f"painted-{number}.{format}")


def stored(entry: DatasetEntry) -> StoredDataset:
    return the_desk().stored(LOCAL, entry.id)


def measure(entry: DatasetEntry, settings: Settings) -> None:
    drain(measured(stored(entry), settings))


def looking_at(view: str, **query: str) -> AppTest:
    page = opened("data", **query)
    return page.button_group(key="look-at").set_value(view).run()


def jobs(entry: DatasetEntry) -> tuple[Job, ...]:
    return the_desk().jobs(LOCAL, dataset=entry.id, kind="measure")


def figures(page: AppTest) -> dict[str, dict[str, Any]]:
    """The figures of the page by what they are said to show."""
    return {chart.proto.alt: json.loads(chart.proto.spec) for chart in page.get("plotly_chart")}


def captions(page: AppTest) -> list[str]:
    """Of the pictures, as a person reads them."""
    return [picture.captions[0].replace("\\", "") for picture in page.image]


def first(page: AppTest) -> AppTest:
    assert not page.exception
    return page


@pytest.fixture(autouse=True)
def new_server() -> None:
    """What was known of like pictures in another test is forgotten."""
    st.cache_resource.clear()


@pytest.fixture
def entry(settings: Settings, tmp_path: Path) -> DatasetEntry:
    """Dark nights and bright days, measured."""
    painted(tmp_path, {"day": 200, "night": 20})
    entry = shelved(settings, tmp_path, counts={})
    measure(entry, settings)
    return entry


@pytest.fixture
def points(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What is marked in every figure that can be marked."""
    marked: list[dict[str, Any]] = []
    monkeypatch.setattr(st, "plotly_chart", lambda *given, **named: SimpleNamespace(
        selection=SimpleNamespace(points=marked)))
    return marked


# ---- pictures

def test_the_first_view_is_a_handful_of_all_classes_and_others_can_be_drawn(settings: Settings,
                                                                            tmp_path: Path) -> None:
    shelved(settings, tmp_path, counts={"blue": 30, "red": 30})
    page = first(opened("data"))
    before = captions(page)
    assert len(before) == 24 and set(before) == {"blue", "red"}
    assert captions(opened("data")) == before, "a reload shows the same handful"
    page.button(key="show-others").click().run()
    assert len(captions(page)) == 24 and captions(page) != before


def test_a_handful_of_fewer_pictures_than_there_is_room_for_is_all_of_them(settings: Settings, tmp_path: Path) -> None:
    shelved(settings, tmp_path, counts={"blue": 3, "red": 4})
    page = first(opened("data"))
    assert len(captions(page)) == 7
    assert "Show others" not in [each.label for each in page.button]


def test_every_picture_of_all_classes_comes_page_by_page(settings: Settings, tmp_path: Path) -> None:
    entry = shelved(settings, tmp_path, counts={"blue": 20, "red": 11})
    page = opened("data")
    page.selectbox(key=f"examples-order-{entry.id}").set_value("As they came").run()
    assert captions(page) == ["blue"] * 20 + ["red"] * 4
    page.session_state[f"examples-page-{entry.id}--1-As they came"] = 2
    page.run()
    assert captions(page) == ["red"] * 7


def test_a_picture_that_is_gone_leaves_its_place_and_no_error(settings: Settings, tmp_path: Path) -> None:
    entry = shelved(settings, tmp_path, counts={"blue": 3, "red": 4})
    lost = stored(entry).catalogue.samples[0]
    stored(entry).thumbnail(lost).unlink()
    page = first(opened("data"))
    assert len(captions(page)) == 6 and "gone" in text(page)


@pytest.mark.parametrize(("order", "first_class"), [("Darkest first", "night"), ("Brightest first", "day")])
def test_pictures_are_sorted_by_their_light(order: str, first_class: str, entry: DatasetEntry) -> None:
    page = opened("data")
    page.selectbox(key=f"examples-order-{entry.id}").set_value(order).run()
    assert captions(page)[:12] == [first_class] * 12


def test_unmeasured_pictures_are_sorted_by_size_and_not_by_light(settings: Settings, tmp_path: Path) -> None:
    painted(tmp_path, {"small": 100}, size=(20, 15))
    entry = shelved(settings, tmp_path, counts={"usual": 5})
    page = opened("data")
    order = page.selectbox(key=f"examples-order-{entry.id}")
    assert "Smallest first" in order.options and "Darkest first" not in order.options
    order.set_value("Smallest first").run()
    assert captions(page)[:12] == ["small"] * 12


# ---- sizes and shapes

def test_sizes_are_told_in_words_and_drawn(settings: Settings, tmp_path: Path) -> None:
    painted(tmp_path, {"red": 100}, size=(200, 150))
    shelved(settings, tmp_path, counts={"blue": 3})
    page = first(looking_at("Sizes"))
    said = text(page)
    assert "from 24 × 16 to 202 × 150" in said
    assert "3 pictures are smaller than the 128 pixels" in said
    scatter = figures(page)["Width and height of the pictures"]
    assert sorted(scatter["data"][0]["x"]) == [24, 200, 201, 202]
    assert captions(page)[0] == "blue · 24 × 16"


def test_pictures_of_one_size_are_said_to_be(settings: Settings, tmp_path: Path) -> None:
    shelved(settings, tmp_path)
    assert "All are 24 × 16 pixels: smaller than the 128 pixels" in text(looking_at("Sizes"))


def test_sizes_that_differ_much_stand_on_logarithmic_axes(settings: Settings, tmp_path: Path) -> None:
    painted(tmp_path, {"red": 100}, size=(400, 300))
    shelved(settings, tmp_path, counts={"blue": 3})
    layout = figures(looking_at("Sizes"))["Width and height of the pictures"]["layout"]
    assert layout["xaxis"]["type"] == layout["yaxis"]["type"] == "log"


def test_marked_discs_show_their_pictures(settings: Settings, tmp_path: Path, points: list[dict[str, Any]]) -> None:
    painted(tmp_path, {"red": 100}, size=(200, 150))
    shelved(settings, tmp_path, counts={"blue": 3})
    points.append({"customdata": 0})                    # the fullest: four of each width, all red
    page = first(looking_at("Sizes"))
    assert "Marked in the figure** · 4 pictures" in words(page)
    assert set(captions(page)) == {"red · 200 × 150"}


def test_shapes_are_named_and_what_a_crop_loses_is_told(settings: Settings, tmp_path: Path) -> None:
    painted(tmp_path, {"tall": 100}, size=(20, 60))
    shelved(settings, tmp_path, counts={"wide": 12})
    said = text(first(looking_at("Shapes")))
    assert "50 % are portrait" in said and "50 % landscape" in said and "0 % square" in said
    assert "cut off at its ends" in said


# ---- light

def test_a_class_that_its_light_gives_away_is_named(entry: DatasetEntry) -> None:
    page = first(looking_at("Light"))
    said = text(page)
    assert "**day** (in 100 of 100 pairs its picture is the brighter one)" in said
    assert "learn the light instead of the thing" in said
    assert captions(page)[0].startswith("night · ") and captions(page)[8].startswith("day · ")


def test_marked_bars_show_the_pictures_in_them_the_darkest_first(entry: DatasetEntry,
                                                                 points: list[dict[str, Any]]) -> None:
    points += [{"curve_number": 1, "point_index": bin} for bin in range(40)] + [{"curve_number": 0, "point_index": 0}]
    page = first(looking_at("Light"))
    assert "Marked in the figure** · 12 pictures" in words(page)
    shown = captions(page)
    assert len(shown) == 12 and all(caption.startswith("night") for caption in shown)
    assert shown == sorted(shown, key=lambda caption: int(caption.split()[2]))


def test_with_more_classes_than_colours_a_bar_is_of_all_of_them() -> None:
    bins = dataset_charts.binned(np.array([0.1, 0.9, 0.1]), np.array([0, 0.5, 1]))
    labels = np.array([0, 1, 12])
    picked = dataset_charts.picked([{"curve_number": 0, "point_index": 0}], bins, labels, [str(n) for n in range(13)])
    assert picked.tolist() == [0, 2]
    assert len(dataset_charts.histogram(bins, labels, [str(n) for n in range(13)], ["a", "b"], {}).data) == 1


# ---- files and means

def test_files_are_told_by_format_and_a_format_that_gives_its_class_away_is_named(settings: Settings,
                                                                                  tmp_path: Path) -> None:
    painted(tmp_path, {"scans": 100})
    shelved(settings, tmp_path, counts={"photos": 12})
    page = first(looking_at("Files"))
    assert "12 PNG" in text(page) and "12 JPEG" in text(page) and "a picture on average" in text(page)
    assert "middle (median)" in page.dataframe[0].value
    assert "nearly all of **scans** are PNG" in text(page)
    assert page.dataframe[0].value["pictures"].tolist() == [12, 12]


def test_every_class_has_its_mean_picture(entry: DatasetEntry) -> None:
    page = first(looking_at("Average picture"))
    assert captions(page) == ["day · 12", "night · 12"]
    assert "a background" in text(page)


def test_a_mean_picture_is_as_bright_as_its_class(entry: DatasetEntry, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[bytes] = []
    monkeypatch.setattr(dataset_look.st, "image", lambda picture, **named: made.append(picture))
    looking_at("Average picture")
    day, night = (np.asarray(Image.open(io.BytesIO(each))).mean() for each in made[-2:])
    assert day == pytest.approx(205, abs=3) and night == pytest.approx(25, abs=3)


def test_the_views_are_of_the_pictures_as_they_stand_after_edits(entry: DatasetEntry) -> None:
    nights = [each.id for each in stored(entry).catalogue.samples if each.label == "night"]
    stored(entry).append_edits([Edit(id, "remove") for id in nights[:5]] + [Edit(nights[5], "relabel", "day")])
    assert captions(first(looking_at("Average picture"))) == ["day · 13", "night · 6"]
    assert "in 96 of 100 pairs" not in text(looking_at("Pictures"))


# ---- measuring

def test_pictures_that_nobody_measured_are_measured_once_without_being_asked(settings: Settings,
                                                                             tmp_path: Path) -> None:
    entry = shelved(settings, tmp_path)
    page = first(opened("data"))
    (job,) = jobs(entry)
    assert job.order == Measure(dataset=entry.folder)
    assert "Measuring light and sharpness: waiting for its turn" in text(page)
    page.run()
    opened("data")
    assert jobs(entry) == (job,)
    begin(job, [Progress("measuring pictures", 16, 24)])
    assert "Measuring light and sharpness: 16 of 24 pictures" in text(page.run())


@pytest.mark.parametrize("view", list(dataset_look.VIEWS))
def test_every_view_can_be_looked_at_meanwhile(view: str, settings: Settings, tmp_path: Path) -> None:
    shelved(settings, tmp_path)
    page = first(looking_at(view))
    assert not page.error
    if view in ("Light", "Average picture"):
        assert "measured" in text(page) and "The other views are ready" in text(page)


def test_the_light_is_there_once_the_job_is_over(settings: Settings, tmp_path: Path) -> None:
    entry = shelved(settings, tmp_path)
    page = looking_at("Light")
    measure(entry, settings)
    finish(jobs(entry)[0], [Measured(24, 0.1)])
    page.run()
    assert "Measuring" not in text(page) and "Brightness of all pictures" in figures(page)


def test_a_cache_that_was_deleted_is_filled_again(entry: DatasetEntry, settings: Settings) -> None:
    old = finish(the_desk().submit(LOCAL, Measure(dataset=entry.folder), entry.id))
    shutil.rmtree(settings.cache)
    st.cache_resource.clear()
    opened("data")
    assert jobs(entry) == (old,), "it ended this moment: nothing is tried for ever"
    the_desk().database.change("UPDATE jobs SET ended = ended - 3600 WHERE id = ?", old.id)
    opened("data")
    assert [job.state for job in jobs(entry)] == ["queued", "finished"]


def test_a_failure_is_told_with_a_way_to_try_again_and_is_not_repeated_by_itself(settings: Settings,
                                                                                tmp_path: Path) -> None:
    entry = shelved(settings, tmp_path)
    opened("data")
    fail(jobs(entry)[0], "The disk is nearly full.", "Free some space.")
    page = opened("data")
    assert "The disk is nearly full. Free some space." in text(page)
    assert len(jobs(entry)) == 1
    button(page, "Measure again").click().run()
    assert [job.state for job in jobs(entry)] == ["queued", "failed"]


def test_measured_pictures_ask_for_nothing(entry: DatasetEntry) -> None:
    assert "Measuring" not in text(opened("data"))
    assert jobs(entry) == ()


# ---- the split

def split_of(entry: DatasetEntry) -> Any:
    return the_desk().dataset(LOCAL, entry.id).recipe.split


def test_the_split_is_shown_by_class(entry: DatasetEntry) -> None:
    page = first(looking_at("Split"))
    table = page.dataframe[0].value
    assert table["class"].tolist() == ["day", "night"]
    assert table["to learn from"].tolist() == [10, 10] and table["to check with"].tolist() == [2, 2]
    assert "Few to check with: **day** (2 pictures) and **night** (2 pictures). How well they are told" in text(page)
    assert "No picture stands on both sides" in text(page)


def test_shares_in_the_splits_bars_can_be_read_on_any_ground() -> None:
    """WCAG asks for a contrast of 4.5; the colours do not depend on the page's theme."""
    for classes in (12, 30):
        figure = dataset_charts.split(np.full((classes, 3), (6, 3, 1)), [str(number) for number in range(classes)])
        told = [trace for trace in figure.data if trace.type == "scatter"]
        assert [set(trace.text) for trace in told] == [{"30 %"}, {"10 %"}]
        text_light = luminance(told[0].textfont.color)
        for bar in (trace for trace in figure.data[1:] if trace.type == "bar"):
            assert all((luminance(colour) + 0.05) / (text_light + 0.05) > 4.5 for colour in bar.marker.color)


def luminance(colour: str) -> float:
    """Relative, of "#rrggbb"."""
    parts = [int(colour[at:at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_classes_without_a_picture_to_check_with_are_named_above_and_in_the_split(settings: Settings,
                                                                                tmp_path: Path) -> None:
    shelved(settings, tmp_path, counts={"train/red": 5, "train/blue": 5, "train/*new*": 3, "valid/red": 2,
                                        "valid/blue": 12})
    page = looking_at("Split")
    assert page.markdown and text(page).count("***new*** is not checked at all") == 2
    assert "valid/*new*" in text(page)
    assert "Few to check with: **red** (2 pictures). How well it is told" in text(page)


def test_drawing_again_takes_another_number_and_keeps_it_with_the_share(entry: DatasetEntry) -> None:
    page = opened("data")
    page.slider[0].set_value(50).run()
    page = page.button_group(key="look-at").set_value("Split").run()
    before = split_of(entry)
    page.button(key="draw-again").click().run()
    after = split_of(entry)
    assert after.seed != before.seed and after.valid_share == before.valid_share == 0.5
    assert f"number {after.seed}" in text(page)
    assert page.number_input[0].value == after.seed
    assert "not to be compared one to one" in text(page)


def test_a_draw_is_always_another_one(entry: DatasetEntry, monkeypatch: pytest.MonkeyPatch) -> None:
    for drawn in (0, dataset_look.NEW_SEEDS - 2):
        monkeypatch.setattr(dataset_look.secrets, "randbelow", lambda below, drawn=drawn: min(drawn, below - 1))
        before = split_of(entry).seed
        looking_at("Split").button(key="draw-again").click().run()
        assert split_of(entry).seed != before


def test_given_folders_leave_nothing_to_draw(settings: Settings, tmp_path: Path) -> None:
    shelved(settings, tmp_path, counts={"train/red": 5, "train/blue": 5, "valid/red": 2, "valid/blue": 2,
                                        "test/red": 1, "test/blue": 1})
    page = first(looking_at("Split"))
    assert page.dataframe[0].value["for the very end"].tolist() == [1, 1]
    assert "there is nothing to draw" in text(page)
    assert "Draw again" not in [each.label for each in page.button]


def test_a_split_that_cannot_be_made_shows_no_table(settings: Settings, tmp_path: Path) -> None:
    shelved(settings, tmp_path, counts={"valid/red": 2, "train/blue": 2, "valid/blue": 1})
    page = first(looking_at("Split"))
    assert "cannot be divided" in text(page) and not page.dataframe


def test_class_names_are_text_in_every_view(settings: Settings, tmp_path: Path) -> None:
    painted(tmp_path, {"<b>": 20, "*star*": 200})
    measure(shelved(settings, tmp_path, counts={}), settings)
    for view in dataset_look.VIEWS:
        page = first(looking_at(view))
        said = words(page) + "".join(picture.captions[0] for picture in page.image)
        assert "*star*" not in said.replace(r"\*star\*", ""), view
        for figure in figures(page).values():
            assert "<b>" not in json.dumps(figure)


def test_a_long_class_name_is_shortened_where_it_would_break_the_page(settings: Settings, tmp_path: Path) -> None:
    long = "a rather long name " * 4 + "x"
    entry = shelved(settings, tmp_path, counts={long: 3, "short": 3})
    measure(entry, settings)
    for view in ("Pictures", "Average picture", "Sizes"):
        shown = captions(looking_at(view))
        assert all(len(each) < 50 for each in shown) and any("a rather long name a rather…" in each for each in shown)
    assert "**a rather long name a rather…** (1 picture)" in text(looking_at("Split"))


def test_many_classes_have_their_views_too(settings: Settings, tmp_path: Path) -> None:
    measure(shelved(settings, tmp_path, counts={f"class {number}": 2 for number in range(30)}), settings)
    for view in dataset_look.VIEWS:
        page = first(looking_at(view))
        if view == "Average picture":
            assert len(captions(page)) == dataset_look.AVERAGES_A_PAGE


def test_the_columns_of_a_data_set_are_made_once(entry: DatasetEntry, monkeypatch: pytest.MonkeyPatch) -> None:
    opened("data")
    made: list[Sequence[Sample]] = []
    monkeypatch.setattr(dataset_seen.overview, "columns", lambda dataset: made.append(dataset.samples))
    first(opened("data"))
    assert made == []


def test_a_new_draw_keeps_near_copies_that_a_look_found_on_one_side(settings: Settings, tmp_path: Path) -> None:
    entry = shelved(settings, tmp_path, confirmed=False)
    together = ((samples_of(entry, "red")[0].id, samples_of(entry, "red")[1].id),)
    looked(entry, [], together)
    page = opened("data")
    page.session_state["look-at"] = "Split"
    page.run().button(key="draw-again").click().run()
    split = the_desk().dataset(LOCAL, entry.id).recipe.split
    assert split.together == together and split.seed != 42

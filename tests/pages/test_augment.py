"""The page Augment. Its previews come from a process only where the test is about that."""

import io
from dataclasses import fields, replace
from pathlib import Path

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.data.split import split
from core.errors import BadPicture, MachineFault
from core.jobs import orders
from core.jobs.entries import LOCAL, DatasetEntry
from core.jobs.office import office
from core.jobs.previews import Preview, PreviewRequest, Previews, Variant
from core.settings import Settings, from_environment
from core.training import draft as drafts
from core.training.recipe import Recipe
from core.vision.augmentation import DESCRIPTIONS, PRESETS, AugmentationSpec
from pages.ui import augment_board
from tests.pages.doing import opened, shelved, the_desk

COUNTS = {"ants": 14, "bees": 4}
REAL_DRAW = Previews.draw


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[PreviewRequest]:
    """What the page asked the previewer for, which answers with a small drawing."""
    requests: list[PreviewRequest] = []

    def draw(self: Previews, request: PreviewRequest) -> Preview:
        requests.append(request)
        return a_preview(request.count)

    monkeypatch.setattr(Previews, "draw", draw)
    return requests


@pytest.fixture
def entry(settings: Settings, tmp_path: Path) -> DatasetEntry:
    return shelved(settings, tmp_path, counts=COUNTS)


def a_preview(count: int) -> Preview:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 6), "teal").save(buffer, "JPEG")
    corners = ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9))
    return Preview(original=buffer.getvalue(), width=8, height=6, tested=buffer.getvalue(), variants=tuple(
        Variant(jpeg=buffer.getvalue(), applied=("mirrored", f"turned {number}°") if number else (), corners=corners)
        for number in range(count)))


def draft() -> Recipe:
    entry = the_desk().chosen(LOCAL)
    assert entry is not None
    return entry.recipe


def keep(entry: DatasetEntry, recipe: Recipe) -> None:
    the_desk().save_recipe(LOCAL, entry.id, recipe)


def keep_spec(entry: DatasetEntry, spec: AugmentationSpec) -> None:
    keep(entry, entry.recipe.model_copy(update={"augmentation": spec}))


def key(name: str, entry: DatasetEntry) -> str:
    return f"augment-{name}-{entry.id}"


def html(page: AppTest) -> str:
    return "".join(element.proto.body for element in page.get("html"))


def thumbnails(page: AppTest) -> list[str]:
    return [button.key for button in page.button if button.key and button.key.startswith("augment-show-")]


def words(page: AppTest) -> str:
    return " ".join(element.value for element in (*page.markdown, *page.caption, *page.warning, *page.info))


# ---- empty

def test_without_pictures_the_page_leads_to_where_they_come_from() -> None:
    page = opened("augment")
    assert "no pictures yet" in words(page)
    assert "Bring in pictures" in [button.label for button in page.button]
    assert not page.exception and "augment-variant" not in html(page)


def test_unconfirmed_pictures_are_to_be_looked_at_first(settings: Settings, tmp_path: Path) -> None:
    shelved(settings, tmp_path, confirmed=False)
    page = opened("augment")
    assert "Look at them" in [button.label for button in page.button]
    assert not page.slider


def test_a_damaged_data_set_is_told_without_a_traceback(settings: Settings, entry: DatasetEntry) -> None:
    (settings.datasets / entry.folder / "catalogue.json").write_text("{")
    page = opened("augment")
    assert len(page.error) == 1 and not page.exception


# ---- the preview

def test_the_original_stands_beside_eleven_variants_and_what_was_done_to_each(entry: DatasetEntry) -> None:
    page = opened("augment")
    assert not page.exception
    assert html(page).count('<figure class="augment-variant ') == 11
    assert html(page).count('class="augment-crop ') == 11
    assert "as it is" in html(page) and "mirrored, turned 10°" in html(page)
    assert "when tested" in html(page)


def test_the_preview_is_asked_for_as_training_would_draw_it(settings: Settings, entry: DatasetEntry,
                                                            asked: list[PreviewRequest]) -> None:
    keep(entry, drafts.changed(drafts.taken(entry.recipe, "fine-tune"), 1, {"size": 96}))
    opened("augment")
    (request,) = asked
    assert request.spec == entry.recipe.augmentation
    assert request.preprocessing == entry.recipe.preprocessing.at(96)
    assert request.first_epoch == draft().stages[0].epochs
    stored = the_desk().stored(LOCAL, entry.id)
    sample = stored.catalogue.samples[request.row]
    assert request.file == stored.original(sample) and request.pixels == sample.width * sample.height


def test_the_size_that_a_job_found_to_suit_the_weights_is_shown(entry: DatasetEntry, asked: list[PreviewRequest]
                                                               ) -> None:
    job = the_desk().submit(LOCAL, orders.Prepare(dataset=entry.folder, recipe=entry.recipe), entry.id)
    opened("augment")
    job.folder.mkdir(parents=True)
    entry.recipe.changed(size=96).save(job.run.recipe)
    opened("augment")
    assert [request.preprocessing.size for request in asked] == [128, 96]


def test_the_same_view_is_drawn_once(entry: DatasetEntry, asked: list[PreviewRequest]) -> None:
    opened("augment")
    opened("augment")
    assert len(asked) == 1


def test_a_new_draw_shows_later_epochs_and_leaves_the_recipe(entry: DatasetEntry, asked: list[PreviewRequest]) -> None:
    opened("augment").button(key="augment-new-draw").click().run()
    assert [request.first_epoch for request in asked] == [0, 11]
    assert draft() == entry.recipe


@pytest.mark.parametrize("error", [BadPicture("It is damaged.", remedy="Copy it again."),
                                   MachineFault("It took too long.", remedy="Try again.")])
def test_a_preview_that_fails_is_told_and_the_rest_stands(entry: DatasetEntry, monkeypatch: pytest.MonkeyPatch,
                                                          error: BadPicture | MachineFault) -> None:
    def fail(self: Previews, request: PreviewRequest) -> Preview:
        raise error

    monkeypatch.setattr(Previews, "draw", fail)
    page = opened("augment")
    assert error.problem[:-1] in page.error[0].value and error.remedy[:-1] in page.error[0].value
    assert page.slider and not page.exception
    assert "Find the learning rate" in [button.label for button in page.button]


@pytest.mark.parametrize(("pid", "times"), [(None, 1), (1, 0)])
def test_the_places_have_their_height_while_the_previewer_starts(entry: DatasetEntry, monkeypatch: pytest.MonkeyPatch,
                                                                 pid: int | None, times: int) -> None:
    drawn: list[str] = []

    def blank() -> str:
        drawn.append("blank")
        return '<div class="augment-blank"></div>'

    monkeypatch.setattr(Previews, "pid", pid)
    monkeypatch.setattr(augment_board, "blank_variants", blank)
    page = opened("augment")
    assert len(drawn) == times
    assert "augment-blank" not in html(page).replace(augment_board.STYLE, "")


def test_a_real_process_draws_the_page(entry: DatasetEntry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Previews, "draw", REAL_DRAW)
    page = opened("augment")
    office(from_environment()).previews.close()
    assert not page.error and html(page).count('<figure class="augment-variant ') == 11


# ---- preset and controls

def test_the_preset_of_the_recipe_is_shown_with_when_it_is_right(entry: DatasetEntry) -> None:
    keep_spec(entry, PRESETS["text"])
    page = opened("augment")
    assert page.button_group(key("preset", entry)).value == "text"
    assert DESCRIPTIONS["text"] in words(page)


def test_a_chosen_preset_goes_into_the_recipe_and_survives_a_reload(entry: DatasetEntry) -> None:
    keep_spec(entry, replace(PRESETS["side-on"], seed=7))
    opened("augment").button_group(key("preset", entry)).set_value("top-down").run()
    assert draft().augmentation == replace(PRESETS["top-down"], seed=7)
    assert opened("augment").button_group(key("preset", entry)).value == "top-down"


def test_controls_change_the_recipe_s_strengths_and_can_be_taken_back(entry: DatasetEntry,
                                                                      asked: list[PreviewRequest]) -> None:
    page = opened("augment")
    assert page.button(key="augment-reset").disabled
    page.slider(key("rotate_degrees", entry)).set_value(45.0).run()
    page.toggle(key("quarter_turns", entry)).set_value(True).run()
    page.selectbox(key("cut", entry)).set_value("pad").run()
    changed = replace(PRESETS["side-on"], rotate_degrees=45.0, quarter_turns=True, cut="pad")
    assert draft().augmentation == changed == asked[-1].spec
    assert "Changed by you" in words(page)
    assert page.slider(key("min_scale", entry)).disabled
    page.button(key="augment-reset").click().run()
    assert draft().augmentation == PRESETS["side-on"]
    assert page.slider(key("rotate_degrees", entry)).value == 10.0


def test_every_strength_has_a_control_within_its_limits(entry: DatasetEntry) -> None:
    page = opened("augment")
    shown = {widget.key.removeprefix("augment-").removesuffix(f"-{entry.id}")
             for widget in (*page.slider, *page.toggle, *page.selectbox) if widget.key}
    wanted = {field.name for field in fields(AugmentationSpec)} - {"preset", "seed"}
    assert wanted <= shown
    assert page.slider(key("warp", entry)).max == 0.5 and page.slider(key("max_zoom", entry)).min == 1.0


def test_a_click_in_a_tab_left_behind_changes_no_other_data_set(settings: Settings, tmp_path: Path,
                                                                entry: DatasetEntry) -> None:
    page = opened("augment")
    shelved(settings, tmp_path, name="others", counts={"cups": 4, "spoons": 4})     # in another tab
    page.button_group(key("preset", entry)).set_value("none").run()
    assert draft().augmentation == PRESETS["side-on"]
    assert the_desk().dataset(LOCAL, entry.id).recipe.augmentation == PRESETS["side-on"]


# ---- what to think of

def test_flipped_characters_are_warned_of_and_the_text_preset_is_one_click_away(settings: Settings, tmp_path: Path
                                                                                ) -> None:
    shelved(settings, tmp_path, counts={"6": 3, "9": 3})
    page = opened("augment")
    assert "a 6 becomes a 9" in page.warning[0].value
    page.button(key="augment-text").click().run()
    assert draft().augmentation == PRESETS["text"]
    assert not page.warning and "augment-text" not in [button.key for button in page.button]


def test_characters_without_flips_are_offered_the_text_preset(settings: Settings, tmp_path: Path) -> None:
    keep_spec(shelved(settings, tmp_path, counts={"a": 3, "b": 3}), PRESETS["none"])
    page = opened("augment")
    assert not page.warning and "single characters" in words(page)


def test_pictures_that_may_stand_on_their_head_are_to_be_looked_at(entry: DatasetEntry) -> None:
    assert "stand on their head" not in words(opened("augment"))
    keep_spec(entry, PRESETS["top-down"])
    assert "stand on their head" in words(opened("augment"))


@pytest.mark.parametrize(("preset", "changes", "told"), [
    ("quick", {}, "trains the head on what was seen once"),
    ("quick", {"views": 3}, "in 3 of these variants"),
    ("from-scratch", {}, "meets these variants, each picture in another one"),
    ("fine-tune", {}, "meets these variants in stage 2, "),
    ("from-scratch", {"augment": False}, "switched off"),
])
def test_it_is_said_whether_the_variants_act_at_all(entry: DatasetEntry, preset: str, changes: dict[str, object],
                                                    told: str) -> None:
    keep(entry, drafts.changed(drafts.taken(entry.recipe, preset), 0, changes))
    page = opened("augment")
    assert told in words(page)
    acts = "meets" in told or "variants" in told
    assert ("Change that on Train" in [button.label for button in page.button]) != acts


# ---- which picture

def test_only_training_pictures_are_offered_ten_at_a_time(entry: DatasetEntry, asked: list[PreviewRequest]) -> None:
    page = opened("augment")
    dataset = the_desk().stored(LOCAL, entry.id).dataset()
    training = split(dataset, entry.recipe.split.valid_share, entry.recipe.split.seed).train
    ants = [sample.id for sample in dataset.samples if sample.label == "ants" and sample.id in training]
    assert page.caption[-1].value == f"1 of {len(ants)}"
    assert len(thumbnails(page)) == 10
    page.button(key="augment-chevron_right").click().run()
    assert page.caption[-1].value == f"11 of {len(ants)}"
    assert len(thumbnails(page)) == len(ants) - 10
    assert page.button(key="augment-chevron_right").disabled


def test_a_click_on_a_thumbnail_shows_that_picture_and_a_reload_finds_it(entry: DatasetEntry,
                                                                         asked: list[PreviewRequest]) -> None:
    page = opened("augment")
    page.button(key="augment-show-3").click().run()
    chosen = page.query_params["picture"]
    chosen = chosen if isinstance(chosen, str) else chosen[0]
    stored = the_desk().stored(LOCAL, entry.id)
    sample = next(sample for sample in stored.catalogue.samples if sample.id == chosen)
    assert [request.file for request in asked][-1] == stored.original(sample) != asked[0].file
    again = opened("augment", picture=chosen)
    assert again.caption[-1].value.startswith("3 of")


def test_another_class_shows_its_first_picture(entry: DatasetEntry) -> None:
    page = opened("augment")
    page.selectbox(key("class", entry)).set_value("bees").run()
    assert page.selectbox(key("class", entry)).value == "bees"
    assert page.caption[-1].value.startswith("1 of")


def test_an_address_that_names_no_training_picture_of_the_visitor_shows_the_first(
        entry: DatasetEntry, asked: list[PreviewRequest]) -> None:
    opened("augment")
    page = opened("augment", picture="../../another-visitor/secret.jpg")
    assert not page.exception and len(asked) == 1

"""Results, where it looks, and the sections of the closer look: an explainer stands in for the process."""

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.errors import MachineFault
from core.jobs.entries import LOCAL, DatasetEntry, Job
from core.jobs.explanations import (
    AskCovered,
    AskCrops,
    AskLooks,
    AskWhere,
    Covered,
    Crop,
    Explanations,
    Look,
    Problem,
    Where,
)
from core.jobs.orders import Train
from core.settings import Settings
from core.training import presets
from core.vision.augmentation import AugmentationSpec
from tests.pages.doing import PATIENCE_SECONDS, finish, opened, shelved, the_desk
from tests.pages.exhibits import jpeg, predictions_of, submitted, told, trained
from tests.pages.reading import text

pytestmark = pytest.mark.usefixtures("without_other_pages")
FIELDS = ((0.0, 0.2), (0.1, 1.0))


@pytest.fixture
def entry(settings: Settings, tmp_path: Path) -> DatasetEntry:
    return shelved(settings, tmp_path)


@dataclasses.dataclass
class StandIn:
    """What was asked, and what is answered."""

    asked: list[Any] = dataclasses.field(default_factory=list)
    where: Callable[[AskWhere], tuple[Where | Problem, ...]] = lambda ask: tuple(
        Where(jpeg=jpeg(32, 32), probabilities=(0.3, 0.7), map=FIELDS, anything=True, from_seen=True)
        for _ in ask.pictures)
    covered: Callable[[AskCovered], Covered] = lambda ask: falling(0.6)
    crops: Callable[[AskCrops], tuple[Crop, ...]] = lambda ask: (
        crop("left", 0.9), crop("middle", 0.2), crop("right", 0.3), crop("squeezed", 0.4), crop("padded", 0.1))
    looks: Callable[[AskLooks], tuple[Look, ...]] = lambda ask: tuple(
        Look(jpeg=jpeg(32, 32), probabilities=(0.2, 0.8), applied=("mirrored",) if number else ())
        for number in range(1 + ask.views))


def falling(most: float) -> Covered:
    return Covered(jpeg=jpeg(32, 32), probabilities=(0.3, 0.7), before=0.7, falls=((0.0, -0.1), (most / 2, most)),
                   rows=2, patch_share=0.25, from_seen=False)


def crop(name: str, ants: float) -> Crop:
    return Crop(jpeg=jpeg(32, 32), probabilities=(ants, 1 - ants), name=name,  # type: ignore[arg-type]
                usual=name == "middle")


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    st.cache_resource.clear()
    own = StandIn()

    def method(name: str) -> Callable[[Explanations, Any], Any]:
        def answer(self: Explanations, ask: Any) -> Any:
            own.asked.append(ask)
            return getattr(own, name)(ask)
        return answer

    for name in ("where", "covered", "crops", "looks"):
        monkeypatch.setattr(Explanations, name, method(name))
    return own


def view(page: AppTest | None = None) -> AppTest:
    page = page or opened("results")
    page.button_group(key="view").set_value("Where it looks").run()
    assert not page.exception
    return page


def closer(section: str) -> AppTest:
    """A section of the closer look at the ant that was taken for a bee. It stands alone: the tester knows no fragments,
    so that a dialog is gone after the next click."""
    def page() -> None:
        import streamlit as st

        from pages.ui import closer_look, result_choice
        from pages.ui.exhibit import Exhibit

        job, outcome = result_choice.require_outcome()
        closer_look.SECTIONS[st.session_state["section"]](Exhibit(job, outcome, outcome.valid), 2)

    test = AppTest.from_function(page, default_timeout=PATIENCE_SECONDS)
    test.session_state["section"] = section
    test.run()
    assert not test.exception
    return test


def cards(page: AppTest) -> list[str]:
    """What each says: prediction, actual class, loss, probability."""
    return [" / ".join(re.findall(r"\*\*(.+)\*\*", block.value)) for block in page.markdown
            if block.value.startswith("Prediction **")]


def choose(page: AppTest, key: str, value: str) -> AppTest:
    page.button_group(key=key).set_value(value).run()
    assert not page.exception
    return page


def test_the_hardest_pictures_come_first_with_the_four_figures_of_the_book(entry: DatasetEntry,
                                                                          stand_in: StandIn) -> None:
    trained(entry)
    page = view()
    assert "Prediction **bees**\n\nActual **ants**\n\nLoss **1.61**\n\nProbability **80 %**" in text(page)
    assert cards(page)[:2] == ["bees / ants / 1.61 / 80 %", "ants / bees / 1.20 / 70 %"]
    assert len(page.get("image")) == len(cards(page)) == 5
    ask, = stand_in.asked
    assert [picture.sample[-1] for picture in ask.pictures] == ["2", "4", "1", "0", "3"]
    assert ask.targets == (1, 0, 0, 0, 1)          # what it said


def test_the_reasons_for_what_it_is_can_be_asked_for(entry: DatasetEntry, stand_in: StandIn) -> None:
    trained(entry)
    choose(view(), "saliency-target", "what it is")
    assert stand_in.asked[-1].targets == (0, 1, 0, 0, 1)


def test_other_orders_and_a_class(entry: DatasetEntry) -> None:
    trained(entry)
    page = choose(view(), "saliency-order", "Most correct")
    assert cards(page) == ["bees / bees / 0.02 / 98 %", "ants / ants / 0.11 / 90 %",
                           "ants / ants / 0.60 / 55 %"]
    assert cards(choose(page, "saliency-order", "Most uncertain"))[0] == "ants / ants / 0.60 / 55 %"
    page.selectbox(key="saliency-kind").set_value(1).run()
    assert all("/ bees /" in card for card in cards(page)) and len(cards(page)) == 2
    choose(page, "saliency-order", "Most correct")
    assert len(cards(page)) == 1


def test_pictures_at_random_are_drawn_anew_on_a_click(entry: DatasetEntry) -> None:
    many = 60
    trained(entry, predictions_of([(0.5 + number / 200, 0.5 - number / 200) for number in range(many)], [0] * many))
    page = choose(view(), "saliency-order", "At random")
    before = cards(page)
    page.button(key="saliency-draw-others").click().run()
    assert cards(page) != before and len(before) == 12


def test_a_class_with_no_right_answer_says_so(entry: DatasetEntry) -> None:
    trained(entry, predictions_of(((0.9, 0.1), (0.8, 0.2)), (0, 1)))
    page = choose(view(), "saliency-order", "Most correct")
    page.selectbox(key="saliency-kind").set_value(1).run()
    assert "no such pictures" in text(page)


def test_the_original_is_looked_at_while_the_data_set_stands(settings: Settings, entry: DatasetEntry,
                                                            stand_in: StandIn) -> None:
    job = submitted(entry)
    stored = the_desk().stored(LOCAL, entry.id)
    ids = [sample.id for sample in stored.catalogue.samples[:5]]
    told(job.run, predictions_of(ids=ids))
    other = trained(entry)
    (job.run.events).write_bytes(other.run.events.read_bytes())
    finish(job)
    view(opened("results", job=job.id))
    for picture in stand_in.asked[-1].pictures:
        assert picture.file is not None and picture.file.is_relative_to(settings.datasets)
        assert picture.pixels == 24 * 16
    assert stand_in.asked[-1].run == job.folder


def test_without_the_data_set_the_squares_of_the_training_are_looked_at_and_that_is_said(
        entry: DatasetEntry, stand_in: StandIn) -> None:
    trained(entry)
    page = view()
    assert all(picture.file is None and picture.sample for picture in stand_in.asked[-1].pictures)
    assert "squares that the training kept" in text(page)


def test_a_picture_that_cannot_be_read_and_one_that_nothing_spoke_for_are_told_in_their_places(
        entry: DatasetEntry, stand_in: StandIn) -> None:
    nothing = Where(jpeg=jpeg(32, 32), probabilities=(0.3, 0.7), map=((0.0,),), anything=False, from_seen=False)
    stand_in.where = lambda ask: (Problem(problem="It is *damaged*.", remedy="Copy it again."),
                                  *[nothing] * (len(ask.pictures) - 1))
    trained(entry)
    page = view()
    assert "It is *damaged*. Copy it again." in text(page)
    assert len(page.get("image")) == 4


def test_an_explainer_that_fails_is_told_and_the_pictures_stay(entry: DatasetEntry, stand_in: StandIn) -> None:
    def fails(ask: AskWhere) -> tuple[Where, ...]:
        raise MachineFault("The explanation failed twice.", remedy="Look at another picture.")

    stand_in.where = fails
    trained(entry)
    page = view()
    assert "The explanation failed twice. Look at another picture." in text(page).replace("**", "")
    assert len(page.get("image")) == 5


def test_names_that_people_gave_are_shown_as_they_are(entry: DatasetEntry) -> None:
    trained(entry, predictions_of(classes=("**ants**", ":red[bees]")))
    assert any(r"\*\*ants\*\*" in card for card in cards(view()))
    assert r"\:red\[bees\]" in "".join(block.value for block in closer("Where it looked").caption)


def test_a_click_on_a_card_opens_the_closer_look_with_its_sections(entry: DatasetEntry) -> None:
    trained(entry)
    page = view()
    next(button for button in page.button if str(button.key).startswith("saliency closer")).click().run()
    assert not page.exception
    section = page.button_group(key="closer-section")
    assert section.value == "Where it looked"
    assert {"Other crops", "Several looks"} <= set(section.options)
    assert "1 of 5" in text(page)


def test_a_closer_look_asks_why_of_the_prediction_and_of_any_class(entry: DatasetEntry, stand_in: StandIn) -> None:
    trained(entry)
    page = closer("Where it looked")
    assert stand_in.asked[-1].targets == (1,) and len(stand_in.asked[-1].pictures) == 1
    choice = page.selectbox(key=f"saliency-class {2:016x} 0")
    assert choice.options == ["Why bees? · 80 %", "What spoke for ants? · 20 %"]
    assert "only 2 × 2 fields" in text(page)
    choice.set_value(0).run()
    assert stand_in.asked[-1].targets == (0,)
    another, = page.selectbox
    assert another.key != choice.key and another.value == 0, "keys lead on after a choice"


def test_parts_are_covered_on_a_click_alone(entry: DatasetEntry, stand_in: StandIn) -> None:
    trained(entry)
    page = closer("Where it looked")
    assert not [ask for ask in stand_in.asked if isinstance(ask, AskCovered)]
    page.button(key="saliency-cover").click().run()
    assert not page.exception
    assert stand_in.asked[-1].target == 1
    assert "at most from 70\xa0% to 10\xa0%" in text(page)


def test_where_covering_changes_nothing_that_is_said(entry: DatasetEntry, stand_in: StandIn) -> None:
    stand_in.covered = lambda ask: falling(0.01)
    trained(entry)
    page = closer("Where it looked")
    page.button(key="saliency-cover").click().run()
    assert "does not hang on one place" in text(page)


def test_other_crops_tell_what_each_would_have_said(entry: DatasetEntry, stand_in: StandIn) -> None:
    trained(entry)
    said = text(closer("Other crops"))
    assert "4 crops of 5 say **bees**, **ants** 1" in said
    assert "Middle :gray[· what it saw]" in said and "**ants** 90\xa0%" in said
    stand_in.crops = lambda ask: (crop("middle", 0.2),)
    st.cache_resource.clear()
    assert "every crop shows the same" in text(closer("Other crops"))


def test_several_looks_are_averaged_as_test_time_augmentation_does_it(entry: DatasetEntry, stand_in: StandIn) -> None:
    stand_in.looks = lambda ask: (Look(jpeg=jpeg(32, 32), probabilities=(1.0, 0.0), applied=()),
                                  *[Look(jpeg=jpeg(32, 32), probabilities=(0.2, 0.8), applied=("mirrored",))] * 8)
    augmented(entry, AugmentationSpec(flip_horizontal=True))
    said = text(closer("Several looks"))
    assert "8 looks of 9 say **bees**, **ants** 1" in said
    assert "Averaged, they say **bees** 60\xa0%" in said       # 0.75 * 0.8
    assert "Copy 8: mirrored" in said


def test_a_training_that_varied_nothing_has_no_other_looks(entry: DatasetEntry, stand_in: StandIn) -> None:
    augmented(entry, AugmentationSpec())
    assert "varied no picture" in text(closer("Several looks"))
    assert not [ask for ask in stand_in.asked if isinstance(ask, AskLooks)]


def test_a_mistake_in_the_closer_look_is_told_there(entry: DatasetEntry, stand_in: StandIn) -> None:
    def fails(ask: AskCrops) -> tuple[Crop, ...]:
        raise MachineFault("The explanation took longer than 60 seconds.", remedy="Try again in a moment.")

    stand_in.crops = fails
    trained(entry)
    page = closer("Other crops")
    assert "took longer than 60 seconds" in text(page)


def augmented(entry: DatasetEntry, spec: AugmentationSpec) -> Job:
    recipe = presets.load("quick").model_copy(update={"augmentation": spec})
    job = the_desk().submit(entry.owner, Train(dataset=entry.folder, recipe=recipe), entry.id)
    other = trained(entry)
    told(job.run, predictions_of())
    job.run.events.write_bytes(other.run.events.read_bytes())
    the_desk().database.change("UPDATE jobs SET created = created + 60 WHERE id = ?", job.id)
    return finish(job)


def test_twelve_pictures_stand_on_a_page_and_the_others_on_the_next(entry: DatasetEntry, stand_in: StandIn) -> None:
    trained(entry, predictions_of([(0.5 + number / 60, 0.5 - number / 60) for number in range(20)], [0] * 20))
    page = view()
    first = cards(page)
    page.get("pagination")[0].set_value(2).run()
    assert not page.exception
    assert len(first) == 12 and len(cards(page)) == 8 and not set(first) & set(cards(page))
    assert len(stand_in.asked[-1].pictures) == 8

"""Predict: photos in, answers out; a stand-in answers in the place of the processes."""

import io
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.data import store
from core.errors import BadRun, MachineFault
from core.events import Progress
from core.interpretation.landscape import Landscape, mark, scaled
from core.interpretation.temperature import Judgement
from core.jobs.entries import LOCAL, DatasetEntry, Job
from core.jobs.explanations import AskActivations, AskCrops, AskWhere, Crop, Explanations, Where
from core.jobs.orders import BringIn, MakeReady
from core.jobs.photo_answers import AskPhoto, PhotoAnswers, Said, Unreadable
from core.jobs.photos import Photos
from core.runs import certainty, served
from core.runs.certainty import KeptTemperature
from core.settings import Settings
from tests.fakes import picture_bytes
from tests.pages.doing import begin, fail, finish, opened, shelved, the_desk
from tests.pages.exhibits import jpeg, predictions_of, trained, under_way
from tests.pages.reading import button, text

ANNA = "a" * 32
BEE = Said(probabilities=(0.1, 0.9), threshold=None, refused=False, square=jpeg(32, 32), photo=jpeg(48, 32), width=480,
           height=320)
UNSURE = BEE.model_copy(update={"probabilities": (0.4, 0.6), "threshold": 0.7, "refused": True})


@dataclass
class StandIn:
    """What was asked, and what is answered to the photo that holds these bytes; a bee to all others."""

    asked: list[AskPhoto] = field(default_factory=list)
    warmed: list[Path] = field(default_factory=list)
    answers: dict[bytes, Said | Unreadable | Exception] = field(default_factory=dict)

    def said(self, ask: AskPhoto) -> Said | Unreadable:
        self.asked.append(ask)
        answer = self.answers.get(ask.file.read_bytes(), BEE)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    st.cache_resource.clear()
    own = StandIn()
    monkeypatch.setattr(PhotoAnswers, "said", lambda self, ask: own.said(ask))
    monkeypatch.setattr(PhotoAnswers, "warm", lambda self, network: own.warmed.append(network))
    monkeypatch.setattr(Explanations, "where", lambda self, ask: explained(ask))
    monkeypatch.setattr(Explanations, "crops", lambda self, ask: crops(ask))
    monkeypatch.setattr(Explanations, "activations", lambda self, ask: activations(ask))
    return own


def explained(ask: AskWhere) -> tuple[Where, ...]:
    assert ask.pictures[0].file is not None and not ask.pictures[0].sample
    return (Where(jpeg=jpeg(32, 32), probabilities=(0.1, 0.9), map=((0.0, 1.0),), anything=True, from_seen=False),)


def crops(ask: AskCrops) -> tuple[Crop, ...]:
    return (Crop(name="left", usual=False, jpeg=jpeg(8, 8), probabilities=(0.8, 0.2)),
            Crop(name="middle", usual=True, jpeg=jpeg(8, 8), probabilities=(0.1, 0.9)))


def activations(ask: AskActivations) -> tuple[float, ...]:
    return (1.0, 0.0)


@pytest.fixture
def entry(settings: Settings, tmp_path: Path) -> DatasetEntry:
    return shelved(settings, tmp_path, counts={"ants": 4, "bees": 4})


@pytest.fixture
def training(entry: DatasetEntry) -> Job:
    return ready(trained(entry))


def ready(job: Job) -> Job:
    """Its network answers."""
    job.run.weights.write_bytes(b"weights")
    folder = served.place(job.run)
    folder.mkdir(parents=True)
    for name in (served.MODEL, served.MANIFEST):
        (folder / name).write_text("{}")
    return job


def show(settings: Settings, *names: str, visitor: str = LOCAL) -> Photos:
    """A drop of these photos, each with bytes of its own: its name."""
    photos = Photos(settings.of(visitor))
    photos.add([(name, name.encode()) for name in names])
    return photos


def dropped(page: AppTest, *names: str) -> AppTest:
    page.file_uploader[0].set_value([(name, picture_bytes(number), "image/jpeg")
                                     for number, name in enumerate(names)]).run()
    assert not page.exception
    return page


def found(page: AppTest) -> str:
    assert not page.exception, page.exception
    said = text(page) + "\n".join(str(each.value) for each in page.header)
    return said.replace("\u00a0", " ")


# ---- before there is an answer

def test_without_a_training_it_says_what_it_needs_and_leads_there(settings: Settings) -> None:
    page = opened("predict")
    assert "needs a training first" in found(page)
    assert button(page, "Train")


def test_a_training_under_way_is_no_network_yet(entry: DatasetEntry) -> None:
    job = under_way(entry)
    job.run.weights.write_bytes(b"weights")
    assert "needs a training first" in found(opened("predict"))


def test_a_training_that_is_not_ready_is_made_so_without_a_click_and_photos_may_come_meanwhile(
        entry: DatasetEntry, settings: Settings) -> None:
    job = trained(entry)
    job.run.weights.write_bytes(b"weights")
    page = opened("predict")
    asked, = the_desk().jobs(LOCAL, kind="make-ready")
    assert asked.order == MakeReady(dataset=entry.folder, training=job.id)
    assert asked.dataset == entry.id
    begin(asked, [Progress("writing it anew", 1, 3, "steps")])
    dropped(page, "bee.jpg")
    assert any("writing it anew" in bar.proto.text for bar in page.get("progress"))
    assert [photo.name for photo in Photos(settings).all()] == ["bee.jpg"]
    assert len(the_desk().jobs(LOCAL, kind="make-ready")) == 1, "it is asked for once"
    ready(job)
    finish(asked)
    assert "bees" in found(page.run())


def test_where_that_failed_the_reason_and_another_try_are_offered(entry: DatasetEntry) -> None:
    trained(entry).run.weights.write_bytes(b"weights")
    opened("predict")
    fail(the_desk().jobs(LOCAL, kind="make-ready")[0], "The disk is full.", "Free some space.")
    page = opened("predict")
    assert "The disk is full.** Free some space." in found(page)
    assert len(the_desk().jobs(LOCAL, kind="make-ready")) == 1, "nothing is tried again by itself"
    button(page, "Make it ready").click().run()
    assert len(the_desk().jobs(LOCAL, kind="make-ready")) == 2


def test_ready_without_photos_the_network_is_loaded_before_the_first_one_comes(
        training: Job, stand_in: StandIn) -> None:
    page = opened("predict")
    assert "It has learned ants, bees from colours." in found(page)
    assert stand_in.warmed == [served.standing(training.run)]


def test_of_several_trainings_the_one_of_the_address_answers(training: Job, entry: DatasetEntry, settings: Settings,
                                                            stand_in: StandIn) -> None:
    newer = ready(trained(entry))
    show(settings, "1.jpg")
    opened("predict")
    assert stand_in.asked[-1].run == newer.folder
    opened("predict", job=training.id)
    assert stand_in.asked[-1].run == training.folder


def test_another_s_training_and_photos_are_as_unknown_as_none(settings: Settings, tmp_path: Path) -> None:
    other = ready(trained(shelved(settings, tmp_path, visitor=ANNA)))
    show(settings, "secret.jpg", visitor=ANNA)
    page = opened("predict", job=other.id)
    assert "There is no such run here" in found(page) and "secret" not in found(page)
    button(page, "Choose another training").click().run()
    assert "needs a training first" in found(page)


def test_a_training_whose_data_set_is_gone_still_answers(training: Job, settings: Settings) -> None:
    the_desk().database.change("DELETE FROM datasets")
    show(settings, "1.jpg")
    page = opened("predict", job=training.id)
    assert "bees" in found(page)
    assert "nothing that this photo could be added to" in found(page)


# ---- one photo

def test_a_photo_that_is_dropped_is_answered_large_with_every_class(training: Job, stand_in: StandIn,
                                                                   settings: Settings) -> None:
    page = dropped(opened("predict"), "what is it.jpg")
    assert [header.value for header in page.header] == ["bees"]
    assert "90 %" in found(page) and "10 %" in found(page)
    assert any("480 × 320 pixels" in caption for image in page.get("image") for caption in image.captions)
    ask, = stand_in.asked
    assert ask.pixels == settings.max_picture_pixels and ask.run == training.folder
    assert not page.file_uploader[0].value, "the uploader is empty again"


def test_it_is_there_after_a_reload_and_asked_about_once(training: Job, settings: Settings, stand_in: StandIn) -> None:
    dropped(opened("predict"), "1.jpg")
    assert [header.value for header in opened("predict").header] == ["bees"]
    assert len(stand_in.asked) == 1


def test_below_the_threshold_it_says_that_it_does_not_know_and_what_it_would_guess(
        training: Job, settings: Settings, stand_in: StandIn) -> None:
    stand_in.answers[b"1.jpg"] = UNSURE
    show(settings, "1.jpg")
    page = opened("predict")
    assert [header.value for header in page.header] == ["I don't know"]
    assert "Best guess: **bees**, 60 %. Below 70 %" in found(page)


def test_where_it_looked_follows_and_other_crops_on_a_click(training: Job, settings: Settings) -> None:
    show(settings, "1.jpg")
    page = opened("predict")
    assert "Bright: what spoke for bees" in found(page)
    page.button_group(key="predict-why").set_value("Other crops").run()
    assert "Left" in found(page) and "Middle · what it saw" in found(page).replace(":gray[", "").replace("]", "")


def test_other_crops_speak_with_the_temperature_of_the_training(training: Job, settings: Settings) -> None:
    show(settings, "1.jpg")

    def crops() -> str:
        page = opened("predict")
        page.button_group(key="predict-why").set_value("Other crops").run()
        return found(page)

    assert "**bees** 90 %" in crops()
    softened = KeptTemperature.of(Judgement(2.0, 9, 9, 1.0, 0.5, 0.2, 0.1, 0.01))
    certainty.write(training.run, certainty.read(training.run).model_copy(update={"temperature": softened}))
    assert "**bees** 75 %" in crops()            # 1 / (1 + (0.1 / 0.9) ** (1 / 2))


def test_training_pictures_like_it_are_shown_once_the_map_stands(training: Job, settings: Settings) -> None:
    show(settings, "1.jpg")
    page = opened("predict")
    page.button_group(key="predict-why").set_value("Pictures like it").run()
    assert button(page, "Find look-alikes")
    valid, train = predictions_of(), ("a" * 16, "b" * 16)
    document = training.run.read_dataset()
    training.run.write_dataset(document.model_copy(update={
        "split": document.split | {"train": train}, "ids": (*document.ids, *train),
        "names": (*document.names, "x", "y"), "labels": (*document.labels, 0, 1)}))
    seen = scaled(np.array([[0.0, 1.0], [1.0, 0.1]]))
    Landscape(train, seen, np.arange(2), {"t-SNE": np.zeros((2, 2), np.float32), "PCA": np.zeros((2, 2), np.float32)},
              (0.5, 0.5), mark(valid)).save(training.run.landscape)
    st.cache_resource.clear()
    page.run()
    said = found(page)
    assert said.index("similarity 1.00") < said.index("similarity 0.00"), "the nearest first"


def test_an_explainer_that_fails_leaves_the_answer(training: Job, settings: Settings,
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(self: Explanations, ask: AskWhere) -> None:
        raise MachineFault("The explanation failed twice.", remedy="Look at another picture.")

    monkeypatch.setattr(Explanations, "where", failing)
    show(settings, "1.jpg")
    page = opened("predict")
    assert [header.value for header in page.header] == ["bees"]
    assert "The explanation failed twice." in found(page)


def test_a_file_that_cannot_be_read_is_told_with_what_to_do(training: Job, settings: Settings,
                                                           stand_in: StandIn) -> None:
    stand_in.answers[b"x.jpg"] = Unreadable(problem="It is damaged.", remedy="Save it anew.")
    photos = show(settings, "x.jpg")
    page = opened("predict")
    assert "x.jpg cannot be looked at." in found(page) and "It is damaged. Save it anew." in found(page)
    button(page, "Remove it").click().run()
    assert photos.all() == ()


def test_a_network_that_is_damaged_can_be_made_again(training: Job, settings: Settings, stand_in: StandIn) -> None:
    stand_in.answers[b"1.jpg"] = BadRun("The network is damaged.", remedy="Make it ready again.")
    photos = show(settings, "1.jpg")
    page = opened("predict")
    assert "The network is damaged." in found(page)
    button(page, "Make it ready again").click().run()
    assert served.standing(training.run) is None
    assert len(the_desk().jobs(LOCAL, kind="make-ready")) == 1
    assert len(photos.all()) == 1


# ---- many photos

def test_many_stand_as_cards_and_as_a_table_and_bad_ones_are_listed(training: Job, settings: Settings,
                                                                  stand_in: StandIn) -> None:
    stand_in.answers |= {b"2.jpg": UNSURE, b"x.jpg": Unreadable(problem="It is no picture.", remedy="Save it.")}
    show(settings, "1.jpg", "2.jpg", "x.jpg", "3.jpg")
    page = opened("predict")
    said = found(page)
    assert "3 photos: **bees** 2 · I don't know 1" in said
    assert "x.jpg** · It is no picture." in said
    assert "I don't know\n\n:gray[bees? 60 %]" in said and "**bees** 90 %" in said
    page.button_group(key="predict-way").set_value("Table").run()
    table = page.dataframe[0].value
    assert list(table["file"]) == ["1.jpg", "2.jpg", "3.jpg"]
    assert list(table["prediction"]) == ["bees"] * 3 and list(table["second guess"]) == ["ants"] * 3
    assert list(table["I don't know"]) == [False, True, False]
    button(page, "Remove these").click().run()
    assert len(Photos(settings).all()) == 3


def test_a_card_opens_its_photo_which_leads_on_and_back(training: Job, settings: Settings) -> None:
    photos = show(settings, "1.jpg", "2.jpg", "3.jpg").all()
    page = opened("predict")
    page.button(key=f"open {photos[1].key}").click().run()
    assert "2 of 3 · 2.jpg" in found(page)
    button(page, "Next").click().run()
    assert "3 of 3 · 3.jpg" in found(page) and button(page, "Next").disabled
    assert "3 of 3" in found(opened("predict", photo=photos[2].key)), "the address names it"
    button(page, "All 3 photos").click().run()
    assert not page.header
    page = opened("predict", photo=photos[2].key)
    button(page, "Remove this photo").click().run()
    assert [photo.name for photo in Photos(settings).all()] == ["1.jpg", "2.jpg"]


def test_all_photos_go_on_a_click(training: Job, settings: Settings) -> None:
    show(settings, "1.jpg", "2.jpg")
    page = opened("predict")
    button(page, "Remove all photos").click().run()
    assert Photos(settings).all() == () and "2 photos" not in found(page)


def test_names_with_markup_are_shown_as_they_are(training: Job, settings: Settings, stand_in: StandIn) -> None:
    stand_in.answers[b":red[x].jpg"] = Unreadable(problem="It is *no* picture.", remedy="Save it.")
    show(settings, ":red[x].jpg", "**b**.jpg", "c.jpg")
    page = opened("predict")
    raw = "\n".join(str(each.value) for each in (*page.markdown, *page.caption))
    assert r"\:red\[x\]\.jpg" in raw and r"\*\*b\*\*\.jpg" in raw


# ---- putting it right

def corrected(page: AppTest, key: str, label: str) -> AppTest:
    box, = [each for each in page.selectbox if (each.key or "").startswith(f"right {key}")]
    box.select(label).run()
    assert not page.exception
    return page


def test_a_wrong_answer_gets_its_right_label_and_goes_to_the_data_set(training: Job, entry: DatasetEntry,
                                                                     settings: Settings) -> None:
    photos = Photos(settings)
    photos.add([("ant.jpg", picture_bytes(7))])
    page = corrected(opened("predict"), photos.all()[0].key, "ants")
    assert "You gave 1 photo its right label: **ants** 1" in found(page)
    button(page, "Add it to colours").click().run()
    job, = the_desk().jobs(LOCAL, kind="bring-in")
    assert isinstance(job.order, BringIn)
    assert (job.order.onto, job.order.label, job.dataset) == (entry.folder, "ants", entry.id)
    with zipfile.ZipFile(io.BytesIO(Path(job.order.source).read_bytes())) as archive:
        assert archive.read(archive.namelist()[0]) == picture_bytes(7)
    assert "being added" in found(page.run()) and photos.all(), "the photo is not lost"
    begin(job)
    finish(job, dataset=entry.id)
    page.run()
    assert "Added to **colours**" in found(page) and "You gave" not in found(page)


def test_where_adding_failed_the_photo_waits_again(training: Job, settings: Settings) -> None:
    photos = show(settings, "ant.jpg")
    page = corrected(opened("predict"), photos.all()[0].key, "ants")
    button(page, "Add it to colours").click().run()
    fail(the_desk().jobs(LOCAL, kind="bring-in")[0], "Nothing is new.", "Choose others.")
    page.run()
    assert "could not be added. Nothing is new.** Choose others." in found(page)
    assert button(page, "Add it to colours")


def test_photos_are_added_to_what_the_data_set_has_become(training: Job, entry: DatasetEntry, settings: Settings,
                                                         tmp_path: Path) -> None:
    grown = shelved(settings, tmp_path / "grown", counts={"ants": 4, "bees": 5}, name="more colours")
    job = the_desk().submit(LOCAL, BringIn(source="x.zip", name="x", onto=entry.folder), entry.id)
    finish(begin(job), dataset=grown.id)
    photos = show(settings, "ant.jpg")
    page = corrected(opened("predict", job=training.id), photos.all()[0].key, "ants")
    button(page, "Add it to more colours").click().run()
    newest = the_desk().jobs(LOCAL, kind="bring-in")[0]
    assert isinstance(newest.order, BringIn) and newest.order.onto == grown.folder


def test_a_label_is_offered_to_the_data_set_alone_for_which_it_was_given(training: Job, settings: Settings,
                                                                        tmp_path: Path) -> None:
    photos = show(settings, "ant.jpg")
    corrected(opened("predict", job=training.id), photos.all()[0].key, "ants")
    other = ready(trained(shelved(settings, tmp_path / "other", counts={"cups": 4, "jugs": 5}, name="kitchen")))
    assert "You gave" not in found(opened("predict", job=other.id))
    assert "You gave 1 photo its right label" in found(opened("predict", job=training.id))


def test_a_class_that_is_gone_meanwhile_is_not_made_anew(training: Job, settings: Settings) -> None:
    photos = show(settings, "ant.jpg")
    page = corrected(opened("predict"), photos.all()[0].key, "ants")
    key = photos.all()[0].key
    photos.label(key, "wasps", photos.all()[0].note.dataset)
    page = opened("predict")
    button(page, "Add it to colours").click().run()
    assert "There is no class 'wasps'" in found(page) and not the_desk().jobs(LOCAL, kind="bring-in")


# ---- what an answer is worth

def test_a_picture_of_the_training_is_recognised(training: Job, entry: DatasetEntry, settings: Settings) -> None:
    stored = store.load(settings.datasets / entry.folder)
    learned, held_back = stored.catalogue.samples[:2]
    document = training.run.read_dataset()
    training.run.write_dataset(document.model_copy(update={
        "split": {**document.split, "train": (learned.id,), "valid": (*document.split["valid"], held_back.id)}}))
    photos = Photos(settings)
    for sample, words in ((learned, "has learned from this very picture"),
                          (held_back, "among the validation pictures")):
        photos.drop_all()
        photos.add([("known.jpg", stored.original(sample).read_bytes())])
        assert words in found(opened("predict"))
    photos.drop_all()
    photos.add([("new.jpg", picture_bytes(99))])
    assert "this very picture" not in found(opened("predict")).lower()

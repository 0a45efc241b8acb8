"""The export page, in each of its states, and the way by which a zip leaves."""

import asyncio
import json
import zipfile

import pytest
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from core.errors import LimitReached
from core.events import Exported, Progress
from core.export.certificate import CERTIFICATE, Certificate
from core.jobs.desk import Desk
from core.jobs.entries import LOCAL, DatasetEntry, Job
from core.jobs.orders import Export
from core.runs.folder import EXPORTED
from core.settings import Settings
from core.training import presets
from core.training.recipe import ModelSpec, parse
from pages.ui import exported
from pages.ui.export_ready import certified
from pages.ui.identity import COOKIE, room_of
from tests.pages.asgi import Answer, request, silence
from tests.pages.doing import begin, fail, finish, opened, shelved, the_desk
from tests.pages.exhibits import predictions_of, trained, under_way
from tests.pages.reading import button, marked, text

TOKEN = "t" * 43
WEIGHT_BYTES = 2_000_000


@pytest.fixture
def entry(settings: Settings, tmp_path: object) -> DatasetEntry:
    return shelved(settings, tmp_path)  # type: ignore[arg-type]


def whole(entry: DatasetEntry) -> Job:
    """A finished training with its network."""
    job = trained(entry)
    job.run.weights.write_bytes(bytes(WEIGHT_BYTES))
    presets.load("quick").save(job.run.recipe)
    return job


def ordered(training: Job, half: bool = False, pictures: bool = True) -> Job:
    return the_desk().submit(training.owner, Export(dataset="colours", training=training.id, half=half,
                                                    pictures=pictures), training.dataset)


def certificate(**values: object) -> Certificate:
    return Certificate.model_validate({"pictures": 153, "same_class": 153, "largest_difference": 1.97e-6,
                                       "correct": 126, "correct_of_run": 126, "versions": {}, "files": {}} | values)


def done(job: Job, **values: object) -> Job:
    """The export at its end, with its zip."""
    begin(job)
    with zipfile.ZipFile(job.folder / EXPORTED, "w") as archive:
        archive.writestr(CERTIFICATE, certificate(**values).model_dump_json())
    return finish(job, [Exported(str(job.folder / EXPORTED), 153, 1.97e-6, 12.0)])


def links(page: AppTest) -> dict[str, str]:
    return {each.proto.url: each.proto.label for each in page.get("link_button")}


def test_without_pictures_the_page_leads_home(home: object) -> None:
    page = opened("export")
    assert "no pictures" in text(page) and button(page, "Bring in pictures")


def test_without_a_finished_training_the_page_leads_to_one(entry: DatasetEntry) -> None:
    under_way(entry)
    page = opened("export")
    assert "needs a finished training" in text(page) and button(page, "Train")
    assert not page.toggle


def test_a_finished_training_is_offered_with_what_its_zip_holds_and_how_large_it_is(entry: DatasetEntry) -> None:
    whole(entry)
    page = opened("export")
    assert not page.exception
    said = text(page)
    for name in ("app/", "predict.py", "model.onnx", "MODEL_CARD.md", "certificate.json", "reproduce.py"):
        assert name in said
    assert "About 4.0 MB" in said
    page.toggle(key="export half").set_value(True).run()
    assert "About 2.0 MB" in text(page)


@pytest.mark.parametrize(("half", "pictures"), [(False, True), (True, False)])
def test_a_click_orders_what_was_chosen(entry: DatasetEntry, half: bool, pictures: bool) -> None:
    training = whole(entry)
    page = opened("export")
    page.toggle(key="export half").set_value(half)
    page.toggle(key="export pictures").set_value(pictures)
    button(page, "Make the zip").click().run()
    (job,) = the_desk().jobs(LOCAL, kind="export")
    assert job.order == Export(dataset=entry.folder, training=training.id, half=half, pictures=pictures)
    assert job.dataset == entry.id
    assert not [each for each in page.button if each.label == "Make the zip"]


def test_it_shows_how_far_it_is_and_can_be_stopped(entry: DatasetEntry) -> None:
    job = begin(ordered(whole(entry)), [Progress("checking the export", 45, 153)])
    page = opened("export")
    (bar,) = [each.proto.text for each in page.get("progress") if each.proto.text]
    assert bar == "Checking the export: 45 of 153 pictures"
    button(page, "Stop").click().run()
    assert job.run.stop.exists()


def test_what_was_proven_is_said_and_the_zip_can_be_saved(entry: DatasetEntry) -> None:
    job = done(ordered(whole(entry)))
    page = opened("export")
    assert not page.exception
    assert "answered **153 of 153** alike; no probability differs by more than 2e-6" in text(page)
    assert list(links(page)) == [exported.address(job)]
    assert links(page)[exported.address(job)].startswith("Save the zip (")
    assert button(page, "Make another zip")


def test_earlier_zips_stay_until_they_are_swept(entry: DatasetEntry) -> None:
    training = whole(entry)
    swept, earlier, newest = done(ordered(training)), done(ordered(training, pictures=False)), done(
        ordered(training, half=True), weights="float16", same_class=152)
    (swept.folder / EXPORTED).unlink()
    page = opened("export")
    assert list(links(page)) == [exported.address(newest), exported.address(earlier)]
    assert "Half-size weights, with example pictures" in text(page)
    assert "Full weights, without pictures" in text(page)


def test_a_zip_of_another_training_is_not_shown(entry: DatasetEntry) -> None:
    done(ordered(whole(entry)))
    whole(entry)
    assert not links(opened("export"))


def test_a_damaged_zip_is_not_offered(entry: DatasetEntry) -> None:
    (done(ordered(whole(entry))).folder / EXPORTED).write_bytes(b"no zip")
    page = opened("export")
    assert not page.exception and not links(page) and button(page, "Make the zip")


@pytest.mark.parametrize(("values", "words"), [
    ({"weights": "float16", "same_class": 152, "correct": 125, "largest_difference": 0.0123},
     "it put **152 of 153** into the same class; 125 are right, and 126 were before. No probability moved by more "
     "than 0.02."),
    ({"weights": "float16"}, "126 are right, as before"),
    ({"same_class": 152}, "The others are ties between two classes."),
])
def test_the_certificate_in_words(values: dict[str, object], words: str) -> None:
    assert words in certified(certificate(**values))


def test_the_pictures_that_differ_are_named_and_it_can_be_tried_again(entry: DatasetEntry) -> None:
    fail(ordered(whole(entry)), "The exported network does not answer as the run did for 1 of 5 validation pictures: "
                                "'ants/*1*.jpg'.", "Train again.")
    page = opened("export")
    assert "ants/*1*.jpg" in page.error[0].value.replace("\\", "") and "Train again" in page.error[0].value
    assert "\\*1\\*" in page.error[0].value
    assert button(page, "Make the zip")


def test_one_that_was_stopped_says_so(entry: DatasetEntry) -> None:
    marked(ordered(whole(entry)), "cancelled")
    page = opened("export")
    assert "Stopped." in text(page) and button(page, "Make the zip")


def test_a_refusal_is_told(entry: DatasetEntry, monkeypatch: pytest.MonkeyPatch) -> None:
    whole(entry)
    page = opened("export")

    def full(self: Desk, visitor: str, order: object, dataset: str | None = None) -> None:
        raise LimitReached("You have 4 jobs already.", remedy="Wait.")

    monkeypatch.setattr(Desk, "submit", full)
    button(page, "Make the zip").click().run()
    assert "4 jobs already" in page.error[0].value


def test_the_training_of_the_address_is_shown_and_another_can_be_chosen(entry: DatasetEntry) -> None:
    older, newer = whole(entry), whole(entry)
    done(ordered(older))
    page = opened("export", job=older.id)
    assert page.selectbox[0].value == older.id and links(page)
    page.selectbox[0].set_value(newer.id).run()
    assert not links(page) and page.query_params["job"] in (newer.id, [newer.id])


def test_one_that_is_not_finished_is_told_of_and_another_is_shown(entry: DatasetEntry) -> None:
    whole(entry)
    page = opened("export", job=under_way(entry).id)
    assert "not finished" in text(page) and button(page, "Make the zip")


def test_a_strangers_training_is_as_unknown_as_none(entry: DatasetEntry) -> None:
    whole(entry)
    page = opened("export", job="f" * 32)
    assert "no such run" in page.error[0].value


def test_recipe_and_script_can_be_saved_without_the_place_of_anybodys_weights(entry: DatasetEntry) -> None:
    job = whole(entry)
    recipe = presets.load("quick").model_copy(update={"model": ModelSpec(architecture="resnet18",
                                                                         weights="/home/me/mine.pth")})
    recipe.save(job.run.recipe)
    saved = {each.label: each.proto for each in opened("export").get("download_button")}
    assert set(saved) == {"Recipe", "Python script"}
    from pages.ui.export_again import portable
    assert portable(recipe).model.weights == "mine.pth"
    assert parse(json.loads(portable(recipe).model_dump_json())).stages == recipe.stages


# ---- the way by which it leaves

def got(address: str, **headers: str) -> Answer:
    answer = Answer()
    scope = {**request("GET", address, **headers), "asgi": {"spec_version": "2.4"}}
    asyncio.run(Starlette(routes=[exported.route()])(scope, silence, answer.send))
    return answer


def body(answer: Answer) -> bytes:
    return b"".join(message.get("body", b"") for message in answer.messages[1:])


def test_the_zip_leaves_under_the_data_sets_name(entry: DatasetEntry) -> None:
    job = done(ordered(whole(entry)))
    answer = got(f"/{exported.address(job)}")
    assert answer.status == 200 and body(answer) == (job.folder / EXPORTED).read_bytes()
    assert "colours%20classifier.zip" in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"


def test_a_strangers_zip_leaves_for_the_stranger_alone(settings: Settings, tmp_path: object,
                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_HOSTED", "1")
    job = done(ordered(whole(shelved(settings, tmp_path, visitor=room_of(TOKEN)))))  # type: ignore[arg-type]
    address = f"/{exported.address(job)}"
    assert got(address, cookie=f"{COOKIE}={TOKEN}").status == 200
    for other in ({"cookie": f"{COOKIE}={'u' * 43}"}, {"cookie": f"{COOKIE}=short"}, {}):
        assert got(address, **other).status == 404


@pytest.mark.parametrize("hindrance", ["never was", "no export", "not done", "swept"])
def test_what_is_not_there_is_told_in_words(hindrance: str, entry: DatasetEntry) -> None:
    job = ordered(whole(entry))
    address = f"/{exported.PATH}/{'0' * 32}" if hindrance == "never was" else f"/{exported.address(job)}"
    if hindrance == "no export":
        the_desk().database.change("UPDATE jobs SET kind = 'pack' WHERE id = ?", job.id)
    if hindrance == "swept":
        (done(job).folder / EXPORTED).unlink()
    answer = got(address)
    assert answer.status == 404 and b"page Export" in body(answer)


def test_predictions_are_not_needed_of_a_training_that_never_ended(entry: DatasetEntry) -> None:
    """A training that was stopped keeps a network, but no final answers to hold an export against."""
    job = marked(under_way(entry), "cancelled")
    job.run.weights.write_bytes(b"x")
    assert "needs a finished training" in text(opened("export"))
    job.run.save_predictions("valid", predictions_of())
    presets.load("quick").save(job.run.recipe)
    assert button(opened("export"), "Make the zip")

"""A link to a training: what its owner does with it, what a stranger finds by it, and what nobody can do by it."""

import asyncio
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import streamlit as st
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from core.errors import NotHere
from core.export.certificate import CERTIFICATE
from core.interpretation.coverage import standing
from core.jobs import shares, shelf_of_runs
from core.jobs.entries import LOCAL, DatasetEntry, Job
from core.jobs.orders import Export, MakeReady
from core.jobs.photo_answers import PhotoAnswers
from core.jobs.photos import Photos
from core.runs import certainty
from core.runs.certainty import Certainty, KeptThreshold
from core.runs.folder import EXPORTED
from core.settings import Settings
from pages.ui import exported, hover_pictures, identity, packed, result_views, sharing
from pages.ui.exhibit import Exhibit
from pages.ui.result_choice import outcome_of
from tests.pages import landscapes
from tests.pages.asgi import Answer, request, silence
from tests.pages.doing import finish, opened, shelved, the_desk
from tests.pages.exhibits import predictions_of, trained
from tests.pages.reading import button, text
from tests.pages.test_predict import BEE, ready
from tests.pages.test_results import choose, labels

ANNA, BERT = "a" * 43, "b" * 43          # their cookies
OF_ANNA, OF_BERT = identity.room_of(ANNA), identity.room_of(BERT)


@dataclass
class Browser:
    """Whoever opens pages just now, by the cookie."""

    cookie: str = ANNA


@pytest.fixture
def browser(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """A server for strangers, with one browser at a time."""
    st.cache_resource.clear()
    monkeypatch.setenv("PLAYGROUND_HOSTED", "1")
    own = Browser()
    monkeypatch.setattr(identity, "_cookie", lambda: own.cookie)
    monkeypatch.setattr(PhotoAnswers, "said", lambda self, ask: BEE)
    monkeypatch.setattr(PhotoAnswers, "warm", lambda self, network: None)
    yield own


@pytest.fixture
def entry(browser: Browser, settings: Settings, tmp_path: Path) -> DatasetEntry:
    return shelved(settings, tmp_path, visitor=OF_ANNA)


@pytest.fixture
def training(entry: DatasetEntry) -> Job:
    return ready(trained(entry))


@pytest.fixture
def token(training: Job) -> str:
    return shares.share(the_desk(), OF_ANNA, training.id)


@pytest.fixture
def stranger(browser: Browser, token: str) -> Browser:
    """From now on Bert looks."""
    browser.cookie = BERT
    the_desk().saw(OF_BERT)
    return browser


def found(page: AppTest) -> str:
    assert not page.exception, page.exception
    said = text(page) + "\n".join(str(each.value) for each in page.header)
    return said.replace("\u00a0", " ")


def link_of(training: Job) -> shares.Share:
    return shares.shares_of(the_desk(), OF_ANNA, training.id)[0]


def state_of(settings: Settings) -> tuple[object, ...]:
    """Everything of Anna's: her rows, and every file in her room."""
    desk, room = the_desk(), settings.of(OF_ANNA).room
    rows = [tuple(row) for table in ("datasets", "jobs", "runs", "shares")
            for row in desk.database.rows(f"SELECT * FROM {table} ORDER BY 1")]
    files = {str(file.relative_to(room)): file.read_bytes() for file in sorted(room.rglob("*")) if file.is_file()}
    return rows, files


def leads_to(page: AppTest) -> list[str]:
    """The links of a page to other pages."""
    return [f"{link.proto.page}?{link.proto.query_string}" for link in page.get("page_link")]


# ---- what the owner does

def test_the_owner_makes_a_link_which_is_shown_once(training: Job) -> None:
    page = button(opened("results"), "Make a link").click().run()
    address = page.code[0].value
    assert re.fullmatch(r".*results\?share=[\w-]{43}", address)
    assert shares.shared(the_desk(), address.split("=")[1]).id == training.id
    assert "kept nowhere" in found(page) and "Since " in found(page)
    later = opened("results")
    assert not later.code and "Since " in found(later)
    assert "End this link" in labels(later)


def test_a_link_allows_what_its_owner_says_and_that_can_change(training: Job) -> None:
    page = button(opened("results"), "Make a link").click().run()
    assert not link_of(training).allows_export
    for allowed in (True, False):
        page.toggle(key=f"share-take {link_of(training).digest}").set_value(allowed).run()
        assert link_of(training).allows_export is allowed


def test_the_owner_ends_a_link(training: Job, token: str) -> None:
    page = button(opened("results"), "End this link").click().run()
    assert "Make a link" in labels(page)
    with pytest.raises(NotHere):
        shares.shared(the_desk(), token)


def test_there_is_a_word_where_there_can_be_no_more_links(training: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "MOST_LINKS", 1)
    page = button(opened("results"), "Make a link").click().run()
    page = button(page, "Make another link").click().run()
    assert "End one of them first" in page.error[0].value.replace("\\", "")


def test_what_strangers_cannot_have_made_is_made_with_the_link(entry: DatasetEntry) -> None:
    job = trained(entry)
    job.run.weights.write_bytes(b"weights")
    button(opened("results"), "Make a link").click().run()
    kinds = {each.kind for each in the_desk().jobs(OF_ANNA) if not each.over}
    assert {"map", "make-ready"} <= kinds
    button(opened("results"), "Make another link").click().run()
    assert len(the_desk().jobs(OF_ANNA, kind="make-ready")) == 1


def test_another_visitor_s_results_have_links_of_their_own(training: Job, token: str, browser: Browser,
                                                           settings: Settings, tmp_path: Path) -> None:
    browser.cookie = BERT
    trained(shelved(settings, tmp_path, visitor=OF_BERT, name="others"))
    assert "Make a link" in labels(opened("results"))


# ---- what a stranger finds

def test_whoever_has_the_link_sees_the_results(stranger: Browser, token: str) -> None:
    page = opened("results", share=token)
    said = found(page)
    assert "Shared with you: read only" in said
    assert "60.0 % right · 3 of 5 · " in said and "A training on colours" in said
    assert "0.jpg" in said


@pytest.mark.parametrize("view", [name for name in result_views.VIEWS if name not in result_views.NOT_SHARED])
def test_every_shared_view_shows_and_offers_nothing_that_changes_anything(
        view: str, stranger: Browser, token: str, training: Job, settings: Settings, offered: list[str]) -> None:
    landscapes.mapped(training)
    certainty.write(training.run, Certainty(threshold=KeptThreshold.of(standing(predictions_of(), 0.6))))
    before = state_of(settings)
    page = choose(opened("results", share=token), "view", view)
    found(page)
    assert not page.error
    for key in [pressed.key for pressed in page.button]:
        if key in {still.key for still in page.button}:      # another click may have led on
            page.button(key=key).click().run()
            assert not page.exception and not page.error
    assert state_of(settings) == before
    assert offered == []
    assert the_desk().jobs(OF_BERT) == ()
    words = " ".join(labels(page)).lower()
    assert not any(each in words for each in ("use ", "stop", "train", "draw the map", "remove", "undo", "look again",
                                              "share", "link"))


def test_the_map_of_a_shared_training_is_never_asked_for_by_strangers(stranger: Browser, token: str, training: Job
                                                                      ) -> None:
    page = choose(choose(opened("results", share=token), "view", "Map"), "map-sight", "t-SNE")
    assert "Whoever shared it can draw it" in found(page)
    assert "Draw the map" not in labels(page)
    assert the_desk().jobs(OF_ANNA, kind="map") == () and the_desk().jobs(OF_BERT) == ()


def test_the_closer_look_of_a_stranger_shows_the_square_and_no_levers(stranger: Browser, token: str) -> None:
    page = choose(opened("results", share=token), "gallery", "Top losses")
    page.button(key=f"top losses closer {2:016x}").click().run()
    said = found(page)
    assert "The whole picture is not shared" in said and "The network says" in said
    assert not [each for each in page.selectbox if str(each.key).startswith("closer-label")]
    assert not {"closer-keep", "closer-remove", "closer-undo"} & {each.key for each in page.button}
    assert "closer-section" not in {each.key for each in page.button_group}


def test_a_picture_that_is_not_kept_as_the_network_saw_it_is_not_shown_from_the_data_set(
        browser: Browser, entry: DatasetEntry) -> None:
    """The owner's cards fall back on the thumbnail of the data set."""
    ids = [sample.id for sample in the_desk().stored(OF_ANNA, entry.id).catalogue.samples[:5]]
    job = trained(entry, predictions_of(ids=ids))
    for file in job.run.seen.iterdir():
        file.unlink()
    own = len(opened("results").image)
    token = shares.share(the_desk(), OF_ANNA, job.id)
    browser.cookie = BERT
    page = opened("results", share=token)
    assert own > 0 and len(page.image) == 0
    found(page)


def test_training_pictures_are_not_shared(stranger: Browser, token: str, training: Job) -> None:
    training.run.save_predictions("train", predictions_of())
    page = opened("results", share=token, part="train")
    assert "part" not in {each.key for each in page.button_group}
    assert "learned these pictures by heart" not in found(page)


@pytest.mark.parametrize("view", result_views.NOT_SHARED)
def test_a_view_that_is_not_shared_is_not_reached_by_its_address(view: str, stranger: Browser, token: str,
                                                                 training: Job) -> None:
    page = opened("results", share=token, view=view)
    assert view not in str(page.button_group(key="view").options)
    found(page)
    assert the_desk().jobs(OF_ANNA, kind="shortcuts") == ()


def test_a_shared_page_leads_to_no_page_of_the_owner_s(stranger: Browser, token: str) -> None:
    for name in ("results", "predict"):
        links = [link for link in leads_to(opened(name, share=token)) if not link.startswith("glossary")]
        assert links and all(link.endswith(f"share={token}") for link in links)


def test_a_damaged_training_tells_strangers_no_place_on_the_server(stranger: Browser, token: str, training: Job,
                                                                   settings: Settings) -> None:
    training.run.certainty.write_text("{")
    assert "60.0 %" in found(opened("results", share=token))
    (training.run.predictions / "valid.npz").write_bytes(b"nothing")
    st.cache_resource.clear()
    page = opened("results", share=token)
    assert "cannot be read" in page.error[0].value
    assert str(settings.home) not in found(page) and OF_ANNA not in found(page)


# ---- guesses, ends

@pytest.mark.parametrize("page", ["results", "predict", "export"])
@pytest.mark.parametrize("guess", ["", "c" * 43, "../../etc"])
def test_a_guess_shows_nothing(page: str, guess: str, stranger: Browser) -> None:
    shown = opened(page, share=guess)
    said = found(shown)
    assert "opens nothing" in said and "60.0 %" not in said and "colours" not in said
    assert not shown.get("file_uploader") and not shown.image


def test_a_link_opens_its_own_training_and_no_other_of_the_owner_s(stranger: Browser, token: str, entry: DatasetEntry,
                                                                   training: Job) -> None:
    other = trained(entry, predictions_of(((0.9, 0.1), (0.1, 0.9)), (0, 1)))
    assert "3 of 5" in found(opened("results", share=token, job=other.id))
    assert "no such run" in found(opened("results", job=other.id))
    assert "no such run" in found(opened("results", job=training.id))


@pytest.mark.parametrize("end", ["unshare", "delete", "forget"])
def test_a_link_that_ends_while_somebody_looks_shows_no_more(end: str, stranger: Browser, token: str, training: Job
                                                             ) -> None:
    page = opened("results", share=token)
    desk = the_desk()
    if end == "unshare":
        shares.unshare(desk, OF_ANNA, link_of(training).digest)
    elif end == "delete":
        shelf_of_runs.delete(desk, OF_ANNA, training.id)
    else:
        desk.forget(OF_ANNA)
    page = choose(page, "gallery", "Top losses")
    assert "opens nothing" in found(page)
    assert not page.image


def test_every_part_of_an_open_page_asks_whether_the_link_stands(stranger: Browser, token: str, training: Job) -> None:
    """A browser may run any part of a page again, whatever the rest of it would say."""
    job = shares.shared(the_desk(), token)
    outcome = outcome_of(job)
    exhibit = Exhibit(job, outcome, outcome.valid)
    shares.unshare(the_desk(), OF_ANNA, link_of(training).digest)
    with pytest.raises(NotHere):
        sharing.still(exhibit.job)
    with pytest.raises(NotHere):
        sharing.offered(job, lambda: b"a file")()


def test_the_owner_sees_what_others_see_and_the_way_back(token: str, training: Job) -> None:
    page = opened("results", share=token)
    assert "this is what others see" in found(page)
    assert any(link.endswith(f"job={training.id}") for link in leads_to(page))
    assert not {"use threshold", "share-make"} & {each.key for each in page.button}


def test_on_a_machine_of_one_s_own_a_link_shows_the_read_only_page_too(
        home: Path, settings: Settings, tmp_path: Path, offered: list[str]) -> None:
    job = trained(shelved(settings, tmp_path))
    page = button(opened("results"), "Make a link").click().run()
    assert "This playground serves you alone" in found(page)
    offered.clear()
    shown = opened("results", share=page.code[0].value.split("=")[1])
    assert "Read only" in found(shown) and "60.0 %" in found(shown)
    assert offered == [] and "share-make" not in {each.key for each in shown.button}
    assert the_desk().job(LOCAL, job.id).grant is None


# ---- what may be taken

def test_what_a_link_allows_to_take_is_offered(stranger: Browser, token: str, training: Job, offered: list[str]
                                               ) -> None:
    opened("results", share=token)
    assert offered == []
    shares.allow(the_desk(), OF_ANNA, link_of(training).digest, True)
    page = opened("results", share=token)
    assert offered
    assert any(link.startswith("export") for link in leads_to(page))


def test_an_open_page_follows_what_its_link_allows(stranger: Browser, token: str, training: Job, offered: list[str]
                                                   ) -> None:
    shares.allow(the_desk(), OF_ANNA, link_of(training).digest, True)
    page = opened("results", share=token)
    shares.allow(the_desk(), OF_ANNA, link_of(training).digest, False)
    offered.clear()
    choose(page, "gallery", "Top losses")
    assert offered == []


def test_export_by_a_link_is_for_those_that_it_allows(stranger: Browser, token: str, training: Job) -> None:
    assert "not take it home" in found(opened("export", share=token))
    shares.allow(the_desk(), OF_ANNA, link_of(training).digest, True)
    page = opened("export", share=token)
    assert "No zip of this network lies ready" in found(page)
    assert "export" not in {each.key for each in page.button}


# ---- ways beside the pages

def got(address: str, *, cookie: str = BERT) -> Answer:
    answer = Answer()
    app = Starlette(routes=[hover_pictures.route(), exported.route(), packed.route()])
    path, _, query = address.partition("?")
    scope = request("GET", path, cookie=f"{identity.COOKIE}={cookie}") | {
        "query_string": query.encode(), "asgi": {"spec_version": "2.4"}}
    asyncio.run(app(scope, silence, answer.send))
    return answer


def test_the_squares_come_to_whoever_has_the_link_and_are_not_kept_by_browsers(token: str, training: Job) -> None:
    address = f"/seen-pictures/{training.id}/{0:016x}"
    answer = got(f"{address}?share={token}")
    assert answer.status == 200 and answer.headers["cache-control"] == "no-store"
    assert got(address).status == 404
    assert got(f"{address}?share={'c' * 43}").status == 404
    assert got(f"{address}?share={'c' * 43}", cookie=ANNA).status == 404
    shares.unshare(the_desk(), OF_ANNA, link_of(training).digest)
    assert got(f"{address}?share={token}").status == 404
    assert got(address, cookie=ANNA).status == 200


def test_a_link_brings_no_squares_of_another_training(token: str, entry: DatasetEntry) -> None:
    other = trained(entry)
    assert got(f"/seen-pictures/{other.id}/{0:016x}?share={token}").status == 404
    assert got(f"/seen-pictures/{other.id}/{0:016x}?share={token}", cookie=ANNA).status == 404


def export_of(entry: DatasetEntry, training: Job) -> Job:
    job = finish(the_desk().submit(OF_ANNA, Export(dataset=entry.folder, training=training.id), entry.id))
    with zipfile.ZipFile(job.folder / EXPORTED, "w") as archive:
        archive.writestr(CERTIFICATE, "{}")
    return job


def test_a_zip_of_the_network_comes_by_a_link_that_allows_it_and_by_no_other(token: str, entry: DatasetEntry,
                                                                             training: Job) -> None:
    job, strange = export_of(entry, training), export_of(entry, trained(entry))
    address = f"/exported-networks/{job.id}?share={token}"
    assert got(address).status == 404
    shares.allow(the_desk(), OF_ANNA, link_of(training).digest, True)
    assert got(address).status == 200
    assert got(f"/exported-networks/{strange.id}?share={token}").status == 404
    assert got(f"/exported-networks/{training.id}?share={token}").status == 404


def test_pictures_are_packed_for_their_owner_alone(token: str, training: Job) -> None:
    shares.allow(the_desk(), OF_ANNA, link_of(training).digest, True)
    assert got(f"/packed-pictures/{training.id}?share={token}").status == 404


# ---- predict

def test_a_stranger_s_photos_go_to_the_stranger_s_own_room(stranger: Browser, token: str, settings: Settings) -> None:
    before = state_of(settings)
    page = opened("predict", share=token)
    page.file_uploader[0].set_value([("bee.jpg", b"a photo", "image/jpeg")]).run()
    said = found(page)
    assert "bees" in said and "90 %" in said
    assert [photo.name for photo in Photos(settings.of(OF_BERT)).all()] == ["bee.jpg"]
    assert Photos(settings.of(OF_ANNA)).all() == ()
    assert state_of(settings) == before
    assert "predict-label" not in {each.proto.id for each in page.get("popover")}
    assert "Is it something else?" not in said and "Pictures like it" not in str(page.button_group)
    assert "job" not in page.query_params


def test_photos_wait_where_the_owner_has_not_made_the_network_ready(browser: Browser, entry: DatasetEntry) -> None:
    job = trained(entry)
    job.run.weights.write_bytes(b"weights")
    token = shares.share(the_desk(), OF_ANNA, job.id)
    browser.cookie = BERT
    page = opened("predict", share=token)
    assert "being made ready for photos" in found(page)
    ready(job)
    assert "being made ready" not in found(page.run())
    assert not [each for each in the_desk().jobs(OF_ANNA) if isinstance(each.order, MakeReady)]
    assert the_desk().jobs(OF_BERT) == ()


def test_a_link_that_ends_while_photos_are_shown_answers_no_more(stranger: Browser, token: str, training: Job) -> None:
    page = opened("predict", share=token)
    page.file_uploader[0].set_value([("bee.jpg", b"a photo", "image/jpeg")]).run()
    shares.unshare(the_desk(), OF_ANNA, link_of(training).digest)
    page.button_group(key="shared-why").set_value("Other crops").run()
    said = found(page)
    assert "opens nothing" in said and "90 %" not in said


def test_what_a_link_shows_knows_nothing_of_the_owner_s_other_work(stranger: Browser, token: str, training: Job
                                                                   ) -> None:
    landscapes.asked(training)
    assert "being drawn" not in found(choose(opened("results", share=token), "view", "Map"))
    assert "Drawing the map" not in found(opened("predict", share=token))

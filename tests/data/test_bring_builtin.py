from functools import partial

import pytest

from core.data import bring_builtin, builtin
from core.data.bring_builtin import bring_in_builtin
from core.data.edits import Edit
from core.data.store import StoredDataset
from core.events import DatasetReady, Note, Progress, drain
from core.settings import Settings

ANNA, BERT = "a" * 32, "b" * 32


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builtin, "write", partial(builtin.write, per_class=3))


def brought(settings: Settings, visitor: str) -> StoredDataset:
    return drain(bring_in_builtin("digits", settings.of(visitor)))[1]


def test_each_visitor_has_a_copy_whose_edits_are_the_own(settings: Settings) -> None:
    hers, his = brought(settings, ANNA), brought(settings, BERT)
    assert hers.path != his.path and hers.catalogue == his.catalogue
    hers.append_edit(Edit(hers.catalogue.samples[0].id, "remove"))
    assert len(hers.dataset().samples) == len(his.dataset().samples) - 1


def test_the_pictures_of_all_copies_are_one_file_on_the_disk(settings: Settings) -> None:
    hers, his = brought(settings, ANNA), brought(settings, BERT)
    sample = hers.catalogue.samples[0]
    assert hers.original(sample).samefile(his.original(sample))
    assert hers.thumbnail(sample).samefile(his.thumbnail(sample))


def test_the_second_visitor_waits_for_no_drawing(settings: Settings) -> None:
    first, _ = drain(bring_in_builtin("digits", settings.of(ANNA)))
    second, _ = drain(bring_in_builtin("digits", settings.of(BERT)))
    assert any(isinstance(event, Progress) for event in first)
    assert [type(event) for event in second] == [DatasetReady]


def test_each_copy_is_told_of_as_ready_once_and_with_its_edits(settings: Settings) -> None:
    stored = brought(settings, ANNA)
    stored.append_edit(Edit(stored.catalogue.samples[0].id, "remove"))
    events, _ = drain(bring_in_builtin("digits", settings.of(ANNA)))
    ready = [event for event in events if isinstance(event, DatasetReady)]
    assert [sum(event.counts) for event in ready] == [29]
    assert any(isinstance(event, Note) and "edit" in event.text for event in events)


def test_two_who_ask_at_once_get_one_drawing(settings: Settings) -> None:
    first, second = (bring_in_builtin("digits", settings.of(visitor)) for visitor in (ANNA, BERT))
    next(first)
    waiting = next(second)
    assert isinstance(waiting, Progress) and "waiting" in waiting.work
    drain(first)
    assert len(drain(second)[1].catalogue.samples) == 30


def test_a_lost_shared_copy_is_made_again(settings: Settings) -> None:
    import shutil

    shutil.rmtree(brought(settings, ANNA).path)
    shutil.rmtree(settings.of(bring_builtin.ROOM).datasets)
    assert len(brought(settings, ANNA).catalogue.samples) == 30

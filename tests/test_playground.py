import shutil
from pathlib import Path
from typing import Any

import pytest

from core import playground
from core.errors import BadPicture, BadRecipe, BadRun, MachineFault, UserMistake
from core.runs import certainty, recorder
from core.runs.folder import RunFolder
from core.training import engine
from tests.decided import decided
from tests.fakes import write_picture
from tests.running import QUICK, Heard, Workshop


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the `workshop`, for the same reason."""
    monkeypatch.setenv("PLAYGROUND_THREADS", "1")


def test_three_lines_train_and_answer(workshop: Workshop, tmp_path: Path, home: Path) -> None:
    run = playground.train(str(workshop.source), recipe="quick", architecture="mobilenet_v3_small", weights="none",
                           size=32, epochs=2, learning_rate=0.003, seed=1)
    answer = run.predict(workshop.source / "test" / "red" / "0.png")
    assert set(answer) == {"red", "blue"}
    assert sum(answer.values()) == pytest.approx(1, abs=1e-5)
    assert list(answer.values()) == sorted(answer.values(), reverse=True)
    assert run.accuracy == run.predictions("valid").accuracy
    assert run.folder.path.parent == home / "runs"
    assert str(run.folder.path) in repr(run)


def test_a_recipe_of_one_s_own_is_taken_as_it_is(workshop: Workshop, quick_run: Heard, tmp_path: Path) -> None:
    run = playground.train(workshop.source, workshop.ready(QUICK), out=tmp_path / "run")
    assert (run.predictions("valid").logits == quick_run.run.read_predictions("valid").logits).all()


def test_a_run_can_be_opened_again(quick_run: Heard) -> None:
    run = playground.Run(quick_run.run.path)
    assert run.accuracy == quick_run.run.read_predictions("valid").accuracy
    assert len(run.predictions("valid-epoch-000")) == len(run.predictions("valid"))


def test_a_picture_that_cannot_be_read_is_named(quick_run: Heard, tmp_path: Path) -> None:
    (tmp_path / "torn.jpg").write_bytes(b"torn")
    with pytest.raises(BadPicture, match=r"torn\.jpg"):
        playground.Run(quick_run.run.path).predict(tmp_path / "torn.jpg")


def test_test_time_augmentation_is_at_hand(quick_run: Heard, tmp_path: Path) -> None:
    run, photo = playground.Run(quick_run.run.path), write_picture(tmp_path / "1.jpg", size=(60, 40))
    assert run.predict(photo) != run.predict(photo, tta=True)


def test_a_kept_threshold_and_temperature_are_gone_by(quick_run: Heard, tmp_path: Path) -> None:
    copied = RunFolder(Path(shutil.copytree(quick_run.run.path, tmp_path / "run")))
    photo = write_picture(tmp_path / "1.jpg", size=(60, 40))
    plain = playground.Run(copied.path)
    best = next(iter(plain.predict(photo)))
    assert plain.answer(photo) == best
    certainty.write(copied, decided(threshold=0.9999999, temperature=3.0))
    kept = playground.Run(copied.path)
    assert kept.answer(photo) is None
    assert next(iter(kept.predict(photo))) == best
    assert kept.predict(photo)[best] < plain.predict(photo)[best]


def test_a_mistake_is_raised_with_problem_and_remedy(tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match="nowhere") as mistake:
        playground.train(tmp_path / "nowhere", QUICK)
    assert mistake.value.remedy
    with pytest.raises(BadRecipe):
        playground.train(tmp_path, recipe="no such recipe")
    with pytest.raises(BadRun):
        playground.Run(tmp_path)


def test_a_fault_of_the_machine_is_raised_as_one(
        workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(engine, "train_step", broken)
    with pytest.raises(MachineFault, match="broken"):
        playground.train(workshop.source, QUICK, out=tmp_path / "run")


def test_ctrl_c_stays_ctrl_c(workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(recorder, "SECONDS_BETWEEN_TICKS", 0.0)
    monkeypatch.setattr(engine, "train_step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        playground.train(workshop.source, QUICK, out=tmp_path / "run")
    assert playground.Run(tmp_path / "run").folder.read_status().state == "cancelled"

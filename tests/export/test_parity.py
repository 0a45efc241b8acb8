import json
from pathlib import Path

import numpy as np
import pytest

from core.errors import ExportDiffers, MachineFault
from core.events import drain
from core.export import parity
from core.export.certificate import at_most
from core.export.parity import answered, certify, differing
from core.interpretation.predictions import Predictions
from tests.export.conftest import Taken


def predictions(*rows: tuple[float, ...]) -> Predictions:
    """Rows of probabilities."""
    logits = np.log(np.array(rows)).astype(np.float32)
    names = tuple("abc"[: len(rows[0])])
    return Predictions(tuple(map(str, range(len(rows)))), np.zeros(len(rows), dtype=np.int64), logits, names)


@pytest.mark.parametrize(("of_run", "of_export", "differs"), [
    ((0.9, 0.1), (0.9, 0.1), False),
    ((0.9, 0.1), (0.9009, 0.0991), False),
    ((0.9, 0.1), (0.902, 0.098), True),
    ((0.9, 0.1), (0.1, 0.9), True),
    ((0.5003, 0.4997), (0.4999, 0.5001), False),       # a tie may fall either way
    ((0.9, 0.1), (np.nan, np.nan), True),              # no answer
    ((0.4, 0.3, 0.3), (0.4, 0.302, 0.298), True),      # same class, other probabilities
])
def test_an_answer_is_the_same_within_the_tolerance_of_the_contract(
        of_run: tuple[float, ...], of_export: tuple[float, ...], differs: bool) -> None:
    assert bool(len(differing(predictions(of_run), np.array([of_export])))) is differs


def test_the_rows_that_differ_are_told() -> None:
    run = predictions((0.9, 0.1), (0.2, 0.8), (0.7, 0.3))
    assert differing(run, np.array([(0.9, 0.1), (0.3, 0.7), (0.3, 0.7)])).tolist() == [1, 2]


@pytest.mark.parametrize(("difference", "words"), [
    (1.97e-6, "2e-6"), (1.4e-6, "2e-6"), (2e-6, "2e-6"), (1.1e-3, "0.002"), (0.0123, "0.02"), (9.7e-4, "0.001"),
    (0.96, "1"), (0.4, "0.4"), (0.0, "0"),
])
def test_a_largest_difference_is_never_told_smaller_than_it_is(difference: float, words: str) -> None:
    assert at_most(difference) == words


def script(folder: Path, text: str) -> Path:
    (folder / "predict.py").write_text("import json, sys\npictures = sys.argv[2:]\n" + text)
    return folder


ANSWERS = "for p in pictures: print(json.dumps({'file': p, 'probabilities': {'b': 0.1, 'a': 0.9}}), flush=True)\n"


def test_answers_are_read_by_class_over_several_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parity, "PICTURES_A_PROCESS", 2)
    events, rows = drain(answered(script(tmp_path, ANSWERS), [Path("x")] * 3, ("a", "b")))
    assert rows.tolist() == [[0.9, 0.1]] * 3
    assert [json.loads(event.to_json())["done"] for event in events] == [1, 2, 3]


def test_the_export_finds_nothing_of_the_playground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    with pytest.raises(MachineFault, match="No module named 'core'"):
        drain(answered(script(tmp_path, "import core\n"), [Path("x")], ("a", "b")))


@pytest.mark.parametrize(("text", "words"), [
    ("sys.exit('the reason')", "code 1 .the reason"),
    ("pass", "gave no reason"),
    (ANSWERS + "raise SystemExit(3)", "code 3"),
    ("sys.stdout.write('{\"file\": '); sys.stdout.flush(); raise SystemExit(9)", "code 9"),
])
def test_an_export_that_does_not_answer_is_a_fault_with_its_reason(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(MachineFault, match=words):
        drain(answered(script(tmp_path, text), [Path("x")], ("a", "b")))


def test_a_picture_that_the_export_cannot_read_is_named(tmp_path: Path) -> None:
    text = "for p in pictures: print(json.dumps({'file': p, 'problem': 'broken'}))"
    with pytest.raises(ExportDiffers, match=r"1 of 1 .*'cat/1\.jpg' \(it could not be read\)"):
        drain(certify(script(tmp_path, text), predictions((0.9, 0.1)), [Path("x")], ["cat/1.jpg"], {}))


def changed(taken: Taken, folder: Path, line: str, into: str) -> Path:
    """The export with another line in its predict.py."""
    script = (taken.folder / "predict.py").read_text()
    assert script.count(line) == 1
    (folder / "predict.py").write_text(script.replace(line, into))
    for name in ("manifest.json", "model.onnx"):
        (folder / name).symlink_to(taken.folder / name)
    return folder


@pytest.mark.parametrize(("line", "picture"), [
    ("image = ImageOps.exif_transpose(image)", "rotated.jpg"),
    ("image = Image.fromarray(_to_8_bits(np.asarray(image)))", "deep.png"),
])
def test_a_script_that_sees_a_kind_of_picture_otherwise_is_refused_by_their_names(
        taken: Taken, tmp_path: Path, line: str, picture: str) -> None:
    originals = [taken.source / name for name in taken.names]
    folder = tmp_path / "export"
    folder.mkdir()
    with pytest.raises(ExportDiffers) as told:
        drain(certify(changed(taken, folder, line, "pass"), taken.run.read_predictions("valid"), originals,
                      taken.names, {}))
    blamed = {name.split("/")[-1] for name in taken.names if f"'{name}'" in told.value.problem}
    assert blamed == {picture}


def test_predictions_that_were_not_of_this_network_are_refused(taken: Taken) -> None:
    valid = taken.run.read_predictions("valid")
    others = Predictions(valid.ids, valid.labels, valid.logits[:, ::-1], valid.classes)
    with pytest.raises(ExportDiffers):
        drain(certify(taken.folder, others, [taken.source / name for name in taken.names], taken.names, {}))


def test_of_many_pictures_that_differ_the_first_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    run, names = predictions(*[(0.2, 0.8)] * 8), [f"{number}.jpg" for number in range(8)]
    with pytest.raises(ExportDiffers, match=r"8 of 8 .*'4\.jpg'.*; and 3 more") as told:
        drain(certify(script(tmp_path, ANSWERS), run, [Path("x")] * 8, names, {}))
    assert "5.jpg" not in told.value.problem and "b 0.800 in the run, a 0.900 in the export" in told.value.problem

"""The exported app, run as whoever takes it home runs it, but without a browser."""

import io
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.data.safe_words import plain
from tests.export.conftest import Taken


@pytest.fixture
def alone(tmp_path: Path, taken: Taken) -> Iterator[Path]:
    """A copy of the export; what the app imports of it is forgotten afterwards."""
    before = list(sys.path)
    yield Path(shutil.copytree(taken.folder, tmp_path / "export"))
    sys.path[:] = before
    sys.modules.pop("predict", None)


def opened(export: Path) -> AppTest:
    import streamlit as st
    st.cache_resource.clear()
    return AppTest.from_file(export / "app" / "app.py", default_timeout=60).run()


def text(app: AppTest) -> str:
    blocks = (app.title, app.markdown, app.caption, app.subheader, app.error)
    return "\n".join(str(element.value) for block in blocks for element in block)


def dropped(app: AppTest, name: str, content: bytes) -> AppTest:
    app.file_uploader[0].upload(name, content, "image/png").run()
    assert not app.exception
    return app


def manifest_with(export: Path, **values: object) -> None:
    file = export / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | values), encoding="utf-8")


def test_it_says_what_it_knows_and_how_good_it_is(alone: Path, taken: Taken) -> None:
    app = opened(alone)
    assert not app.exception
    said, valid = text(app), taken.run.read_predictions("valid")
    assert all(plain(name) in said for name in valid.classes)
    assert f"Right on {int(valid.correct.sum())} of 18 photos" in said


def test_a_photo_gets_the_answer_of_the_run(alone: Path, taken: Taken) -> None:
    valid = taken.run.read_predictions("valid")
    app = opened(alone)
    for row in (0, 3):
        app = dropped(app, "a.jpg", (taken.source / taken.names[row]).read_bytes())
        assert app.subheader[0].value == plain(valid.classes[int(valid.predicted[row])])
        assert f"{100 * valid.probabilities[row].max():.1f} % sure" in text(app)
        assert len(app.get("progress")) == 3


def test_below_the_threshold_it_does_not_know(alone: Path, taken: Taken) -> None:
    best = taken.run.read_predictions("valid").probabilities.max(axis=1)
    row = int(best.argmin())
    manifest_with(alone, threshold=(1 + float(best[row])) / 2)
    app = dropped(opened(alone), "a.jpg", (taken.source / taken.names[row]).read_bytes())
    assert app.subheader[0].value == "I don't know"
    assert "The best guess would be" in text(app) and f"at least {50 * (1 + best[row]):.0f} % sure" in text(app)


@pytest.mark.parametrize(("content", "words"), [
    (b"no picture", "no picture of a kind that is read here"),
    (None, "damaged or cut off"),
    (b"", "no picture of a kind"),
])
def test_what_is_no_photo_is_told_and_the_next_one_is_answered(
        alone: Path, taken: Taken, content: bytes | None, words: str) -> None:
    whole = io.BytesIO()
    Image.new("RGB", (300, 200), "red").save(whole, "JPEG")
    app = dropped(opened(alone), "a.jpg", whole.getvalue()[:400] if content is None else content)
    assert words in app.error[0].value.replace("\\", "")
    app = dropped(app, "b.jpg", whole.getvalue())
    assert not app.error and app.subheader


def test_an_export_that_was_torn_apart_is_told_of(alone: Path) -> None:
    (alone / "model.onnx").unlink()
    app = opened(alone)
    assert not app.exception and "keep its files together" in app.error[0].value.replace("\\", "")


def test_it_escapes_names_as_the_playground_does(alone: Path) -> None:
    hostile = ("<script>", "a|b`c`", '"""', "[x](y)\n# z")
    manifest_with(alone, name=hostile[3], classes=[*hostile[:3]])
    app = opened(alone)
    assert app.title[0].value == plain(hostile[3])
    assert ", ".join(map(plain, hostile[:3])) in text(app)

"""Weights: every source, every way down from it, and every file that is refused."""

import hashlib
import os
import pickle
import random
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from core.errors import BadRecipe, BadWeights, DownloadFailed
from core.events import Event, Note, Progress, drain
from core.settings import Settings
from core.vision import weights
from core.vision.download import CHUNK_BYTES, download
from core.vision.weights import BUNDLED, BUNDLED_LICENCE_NOTE, Weights, resolve

BODY = random.Random(0).randbytes(4 * CHUNK_BYTES)
BODY_SHA256 = hashlib.sha256(BODY).hexdigest()
QUICK = Settings(download_timeout_seconds=0.2)
OFFLINE = Settings(offline=True)


class Publisher(BaseHTTPRequestHandler):
    """Serves what the path names."""

    files: dict[str, bytes]
    asked: list[str]
    address: str

    def do_GET(self) -> None:
        self.asked.append(self.path)
        kind = self.path.removeprefix("/")
        if kind in self.files:
            self.send_body(self.files[kind])
        elif kind == "short":
            self.send_body(BODY[: len(BODY) // 2], length=len(BODY))
        elif kind == "unmeasured":
            self.send_body(BODY, length=None)
        elif kind == "stalled":
            self.send_body(BODY[:1000], length=len(BODY))
            self.wfile.flush()
            time.sleep(1)
        elif kind == "silent":
            time.sleep(1)
        else:
            self.send_error(404)

    def send_body(self, body: bytes, length: int | None = -1) -> None:
        self.send_response(200)
        if length is not None:
            self.send_header("Content-Length", str(len(body) if length == -1 else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def publisher() -> Iterator[type[Publisher]]:
    handler = type("Handler", (Publisher,), {"files": {"whole": BODY}, "asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads, server.block_on_close = True, False
        handler.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield handler
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty TORCH_HOME; nothing may ask the real network."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    monkeypatch.setattr(weights, "imagenet_url", lambda name: f"http://127.0.0.1:1/{name}-0123456789.pth")
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path / "torch" / "hub" / "checkpoints"


def publish(publisher: type[Publisher], architecture: str, folder: Path,
            monkeypatch: pytest.MonkeyPatch) -> tuple[str, bytes]:
    """Publish a small weights file for this architecture alone: its name, and its bytes."""
    folder.mkdir(exist_ok=True)
    torch.save({"weight": torch.arange(4.0)}, folder / "made.pth")
    body = (folder / "made.pth").read_bytes()
    name = f"{architecture}-{hashlib.sha256(body).hexdigest()[:8]}.pth"
    publisher.files[name] = body
    unpublished = weights.imagenet_url
    monkeypatch.setattr(weights, "imagenet_url", lambda asked: (
        f"{publisher.address}/{name}" if asked == architecture else unpublished(asked)))
    return name, body


def notes(events: list[Event]) -> str:
    return " ".join(event.text for event in events if isinstance(event, Note))


def asked_for(architecture: str | None, source: str | Path, settings: Settings = OFFLINE,
              cuda: bool = False) -> tuple[list[Event], Weights]:
    return drain(resolve(architecture, source, settings, cuda))


# Downloads


def test_a_download_arrives_whole_and_tells_its_progress(publisher: type[Publisher], tmp_path: Path) -> None:
    target = tmp_path / "new" / "file.pth"
    events, sha256 = drain(download(f"{publisher.address}/whole", target, BODY_SHA256[:8], QUICK))
    assert target.read_bytes() == BODY and sha256 == BODY_SHA256
    assert events[-1] == Progress("downloading weights", len(BODY), len(BODY), "bytes")
    assert list(target.parent.iterdir()) == [target]


def test_a_download_of_unknown_length_arrives_whole(publisher: type[Publisher], tmp_path: Path) -> None:
    drain(download(f"{publisher.address}/unmeasured", tmp_path / "file.pth", BODY_SHA256[:8], QUICK))
    assert (tmp_path / "file.pth").read_bytes() == BODY


@pytest.mark.parametrize("path, sha_prefix, reason", [
    ("absent", BODY_SHA256[:8], "the server answered 404"),
    ("whole", "00000000", "SHA-256 differs"),
    ("short", BODY_SHA256[:8], f"ended after {len(BODY) // 2} of {len(BODY)} bytes"),
    ("stalled", BODY_SHA256[:8], "nothing arrived for 0.2 seconds"),
    ("silent", BODY_SHA256[:8], "nothing arrived for 0.2 seconds"),
])
def test_a_failed_download_says_why_and_leaves_nothing(
        publisher: type[Publisher], tmp_path: Path, path: str, sha_prefix: str, reason: str) -> None:
    (tmp_path / "cache").mkdir()
    with pytest.raises(DownloadFailed) as caught:
        drain(download(f"{publisher.address}/{path}", tmp_path / "cache" / "file.pth", sha_prefix, QUICK))
    assert reason in caught.value.problem and "file.pth" in caught.value.problem
    assert "'bundled'" in caught.value.remedy
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_failed_download_keeps_the_file_that_was_there(publisher: type[Publisher], tmp_path: Path) -> None:
    (tmp_path / "file.pth").write_text("before")
    with pytest.raises(DownloadFailed):
        drain(download(f"{publisher.address}/whole", tmp_path / "file.pth", "00000000", QUICK))
    assert (tmp_path / "file.pth").read_text() == "before"


def test_a_refused_connection_is_a_failed_download(tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed, match="refused"):
        drain(download("http://127.0.0.1:1/file.pth", tmp_path / "file.pth", "", QUICK))


def test_an_unwritable_cache_is_a_failed_download(publisher: type[Publisher], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DownloadFailed):
        drain(download(f"{publisher.address}/whole", tmp_path / "file" / "a.pth", BODY_SHA256[:8], QUICK))


def test_a_cancelled_download_leaves_nothing(publisher: type[Publisher], tmp_path: Path) -> None:
    stream = download(f"{publisher.address}/whole", tmp_path / "file.pth", BODY_SHA256[:8], QUICK)
    assert isinstance(next(stream), Progress)
    assert [file.suffix for file in tmp_path.iterdir()] == [".partial"]
    stream.close()
    assert list(tmp_path.iterdir()) == []


def test_offline_never_asks_the_network(publisher: type[Publisher], tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed, match="switched off"):
        drain(download(f"{publisher.address}/whole", tmp_path / "file.pth", BODY_SHA256[:8], OFFLINE))
    assert publisher.asked == []


# ImageNet


@pytest.mark.parametrize("source", ["imagenet", "auto"])
def test_imagenet_is_downloaded_once_into_torchvisions_cache(
        source: str, publisher: type[Publisher], cache: Path, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch) -> None:
    name, body = publish(publisher, "resnet50", tmp_path, monkeypatch)
    events, first = asked_for("resnet50", source, QUICK)
    assert (cache / name).read_bytes() == body
    assert any(isinstance(event, Progress) for event in events)
    events, second = asked_for("resnet50", source, OFFLINE)
    assert events == [] and publisher.asked == [f"/{name}"]
    for found in (first, second):
        assert (found.architecture, found.source, found.default_size) == ("resnet50", "imagenet", 224)
        assert found.sha256 == hashlib.sha256(body).hexdigest()
        assert found.state is not None and torch.equal(found.state["weight"], torch.arange(4.0))
        assert "ImageNet" in found.licence_note


def test_a_damaged_cached_file_is_replaced(publisher: type[Publisher], cache: Path, tmp_path: Path,
                                           monkeypatch: pytest.MonkeyPatch) -> None:
    name, body = publish(publisher, "resnet18", tmp_path, monkeypatch)
    cache.mkdir(parents=True)
    (cache / name).write_bytes(body[:-1])
    events, found = asked_for("resnet18", "imagenet", QUICK)
    assert "damaged" in notes(events) and found.source == "imagenet"
    assert (cache / name).read_bytes() == body


def test_a_damaged_cached_file_is_not_used_offline(publisher: type[Publisher], cache: Path, tmp_path: Path,
                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    name, body = publish(publisher, "resnet18", tmp_path, monkeypatch)
    cache.mkdir(parents=True)
    (cache / name).write_bytes(body[:-1])
    assert asked_for("resnet18", "auto", OFFLINE)[1].source == "bundled"


def test_imagenet_alone_without_a_network_fails_with_the_way_out() -> None:
    with pytest.raises(DownloadFailed) as caught:
        asked_for("resnet18", "imagenet", QUICK)
    assert "'auto'" in caught.value.remedy and "'bundled'" in caught.value.remedy


@pytest.mark.parametrize("architecture", ["resnet18", "convnext_tiny"])
def test_torchvisions_addresses_tell_the_hash_that_a_download_is_held_to(
        architecture: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    url = weights.imagenet_url(architecture)
    assert url.startswith("https://")
    assert weights._place(url)[1] in url


# The ways down


def test_auto_without_a_network_is_the_bundled_resnet18_and_says_so() -> None:
    events, found = asked_for(None, "auto", QUICK)
    assert (found.architecture, found.source) == ("resnet18", "bundled")
    assert "could not be downloaded" in notes(events) and "bundled" in notes(events)


def test_auto_without_a_network_or_bundled_weights_is_random_and_says_so() -> None:
    events, found = asked_for("mobilenet_v3_small", "auto")
    assert (found.architecture, found.source, found.state) == ("mobilenet_v3_small", "none", None)
    assert "random" in notes(events) and "switched off" in notes(events)


def test_a_gpu_gets_resnet34_where_its_imagenet_weights_are_reachable(
        publisher: type[Publisher], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(publisher, "resnet34", tmp_path, monkeypatch)
    assert asked_for(None, "auto", QUICK, cuda=True)[1].architecture == "resnet34"
    assert asked_for(None, "auto", OFFLINE, cuda=True)[1].architecture == "resnet34"


def test_a_gpu_without_a_network_prefers_cached_imagenet_weights_to_bundled_ones(
        publisher: type[Publisher], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked_for(None, "auto", OFFLINE, cuda=True)[1].source == "bundled"
    publish(publisher, "resnet18", tmp_path, monkeypatch)
    asked_for("resnet18", "imagenet", QUICK)
    events, found = asked_for(None, "auto", OFFLINE, cuda=True)
    assert (found.architecture, found.source) == ("resnet18", "imagenet")
    assert "resnet18 in the place of resnet34" in notes(events)


def test_a_chosen_architecture_is_kept_on_a_gpu() -> None:
    assert asked_for("resnet34", "auto", OFFLINE, cuda=True)[1].architecture == "resnet34"


# Bundled, none, and the architecture's name


def test_bundled_weights_come_with_size_hash_and_licence_note() -> None:
    events, found = asked_for(None, "bundled")
    assert events == []
    assert (found.architecture, found.source, found.default_size) == ("resnet18", "bundled", 128)
    assert found.sha256 == hashlib.sha256(BUNDLED.read_bytes()).hexdigest()
    assert found.licence_note == BUNDLED_LICENCE_NOTE and "non-commercial" in BUNDLED_LICENCE_NOTE


def test_bundled_weights_of_another_network_are_refused() -> None:
    with pytest.raises(BadWeights, match="resnet18, not for resnet50"):
        asked_for("resnet50", "bundled")


def test_none_is_no_state() -> None:
    found = asked_for("convnext_tiny", "none")[1]
    assert (found.architecture, found.source) == ("convnext_tiny", "none")
    assert (found.sha256, found.state) == ("", None)


@pytest.mark.parametrize("source", ["auto", "imagenet", "bundled", "none", "file.pth"])
def test_an_unknown_architecture_is_refused_whatever_the_weights(source: str) -> None:
    with pytest.raises(BadRecipe, match="resnet19"):
        asked_for("resnet19", source)


# Files


STATE = {"weight": torch.arange(4.0)}


def test_a_safetensors_file_is_read_and_may_tell_its_size(tmp_path: Path) -> None:
    save_file(STATE, tmp_path / "plain.safetensors")
    save_file(STATE, tmp_path / "sized.safetensors", metadata={"default_size": "96"})
    save_file(STATE, tmp_path / "odd.safetensors", metadata={"default_size": "9" * 5000})
    found = asked_for(None, tmp_path / "plain.safetensors")[1]
    assert (found.source, found.architecture, found.default_size) == ("plain.safetensors", "resnet18", 224)
    assert found.sha256 == hashlib.sha256((tmp_path / "plain.safetensors").read_bytes()).hexdigest()
    assert found.state is not None and torch.equal(found.state["weight"], STATE["weight"])
    assert asked_for(None, tmp_path / "sized.safetensors")[1].default_size == 96
    assert asked_for(None, tmp_path / "odd.safetensors")[1].default_size == 224


@pytest.mark.parametrize("name", ["weights.pth", "weights.pt", "WEIGHTS.PTH"])
def test_a_state_dict_is_read(tmp_path: Path, name: str) -> None:
    torch.save(STATE, tmp_path / name)
    found = asked_for("resnet50", str(tmp_path / name))[1]
    assert (found.architecture, found.source) == ("resnet50", name)
    assert found.state is not None and torch.equal(found.state["weight"], STATE["weight"])


class Trap:
    """Runs code where a pickle is opened carelessly."""

    def __init__(self, sprung: Path) -> None:
        self.sprung = sprung

    def __reduce__(self) -> tuple[object, tuple[str, ...]]:
        return os.mkdir, (str(self.sprung),)


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_a_pickle_with_code_is_refused_and_not_run(tmp_path: Path) -> None:
    torch.save({"weight": Trap(tmp_path / "sprung")}, tmp_path / "zip.pth")
    (tmp_path / "bare.pt").write_bytes(pickle.dumps(Trap(tmp_path / "sprung")))
    for name in ("zip.pth", "bare.pt"):
        with pytest.raises(BadWeights, match=f"'{name}'.*stranger's code"):
            asked_for(None, tmp_path / name)
    assert not (tmp_path / "sprung").exists()


def test_a_whole_model_is_refused(tmp_path: Path) -> None:
    torch.save(nn.Linear(2, 2), tmp_path / "model.pth")
    with pytest.raises(BadWeights, match="whole model") as caught:
        asked_for(None, tmp_path / "model.pth")
    assert "state_dict" in caught.value.remedy


@pytest.mark.parametrize("content", [
    [1, 2], torch.zeros(2), {"model": STATE}, {1: torch.zeros(2)}, {"weight": torch.zeros(2).to_sparse()},
    {"weight": torch.zeros(2, device="meta")},
], ids=["list", "tensor", "nested", "numbered", "sparse", "meta"])
@pytest.mark.filterwarnings("ignore:Validating sparse tensor")
def test_a_file_of_something_else_is_refused(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "other.pth")
    with pytest.raises(BadWeights, match=r"'other\.pth'"):
        asked_for(None, tmp_path / "other.pth")


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize("content", [b"", b"not weights", b"\xff" * 100, b"PK\x03\x04broken", b"\x80\x02."])
def test_a_damaged_file_is_refused_by_its_name(tmp_path: Path, suffix: str, content: bytes) -> None:
    file = tmp_path / f"broken{suffix}"
    file.write_bytes(content)
    with pytest.raises(BadWeights, match=f"'broken{suffix}'.*damaged"):
        asked_for(None, file)


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_truncated_file_is_refused(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"whole{suffix}"
    torch.save(STATE, file) if suffix == ".pth" else save_file(STATE, file)
    file.write_bytes(file.read_bytes()[:-8])
    with pytest.raises(BadWeights, match="damaged"):
        asked_for(None, file)


@pytest.mark.parametrize("name", ["missing.pth", "folder.safetensors"])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.safetensors").mkdir()
    with pytest.raises(BadWeights, match=name):
        asked_for(None, tmp_path / name)


def test_a_misspelt_source_is_answered_with_the_choices() -> None:
    with pytest.raises(BadWeights, match="imagnet") as caught:
        asked_for(None, "imagnet")
    assert all(choice in caught.value.remedy for choice in ("auto", "imagenet", "bundled", "none"))

"""Torchvision's own classes on tiny archives of the same layout: no network, and nothing of the real sets."""

import json
import pickle
import shutil
import sys
import tarfile
import urllib.error
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat
from torchvision.datasets import cifar, eurosat, flowers102, imagenette, oxford_iiit_pet

from core.pipeline import ready_fetch
from core.pipeline.ready_fetch import Picture, Wanted, main, subset
from tests.fakes import write_picture

Made = dict[str, int]        # pictures by "part/class"


def extracted(make: Callable[[Path], None]) -> Callable[..., None]:
    """In the place of a download: the unpacked archive, made where torchvision would unpack it."""
    def download_and_extract(url: str, download_root: str, *args: Any, **kwargs: Any) -> None:
        Path(download_root).mkdir(parents=True, exist_ok=True)
        make(Path(download_root))
    return download_and_extract


def pets(monkeypatch: pytest.MonkeyPatch) -> Made:
    lists = {"trainval": ["Abyssinian_1 1 1 1", "Abyssinian_2 1 1 1", "great_pyrenees_1 2 2 1"],
             "test": ["Abyssinian_3 1 1 1", "great_pyrenees_2 2 2 1"]}

    def make(root: Path) -> None:
        (root / "annotations").mkdir(exist_ok=True)
        for split, lines in lists.items():
            (root / "annotations" / f"{split}.txt").write_text("\n".join(lines) + "\n")
            for seed, line in enumerate(lines):
                write_picture(root / "images" / f"{line.split()[0]}.jpg", seed)

    monkeypatch.setattr(oxford_iiit_pet, "download_and_extract_archive", extracted(make))
    return {"train/Abyssinian": 2, "train/Great Pyrenees": 1, "test/Abyssinian": 1, "test/Great Pyrenees": 1}


def flowers(monkeypatch: pytest.MonkeyPatch) -> Made:
    def make(root: Path) -> None:
        for number in range(1, 7):
            write_picture(root / "jpg" / f"image_{number:05d}.jpg", number)
        savemat(root / "imagelabels.mat", {"labels": np.array([1, 1, 1, 60, 60, 60])})
        savemat(root / "setid.mat", {"trnid": np.array([1, 4]), "valid": np.array([2, 5]), "tstid": np.array([3, 6])})

    monkeypatch.setattr(flowers102, "download_and_extract_archive", extracted(make))
    monkeypatch.setattr(flowers102, "download_url", lambda *args, **kwargs: None)
    monkeypatch.setattr(flowers102, "check_integrity", lambda file, md5: Path(file).is_file())
    return {f"{part}/{label}": 1 for part in ("train", "valid", "test")
            for label in ("pink primrose", "pink-yellow dahlia_")}


def imagenette_(monkeypatch: pytest.MonkeyPatch) -> Made:
    def make(root: Path) -> None:
        with tarfile.open(root / "imagenette2-320.tgz", "w:gz") as archive:
            for seed, name in enumerate(("train/n01440764/a", "train/n01440764/b", "train/n03028079/a",
                                         "val/n01440764/c", "val/n03028079/b")):
                file = write_picture(root / "made" / f"{name}.jpeg", seed)
                archive.add(file, f"imagenette2-320/{name}.JPEG")
        shutil.rmtree(root / "made")
        with tarfile.open(root / "imagenette2-320.tgz") as archive:
            archive.extractall(root, filter="data")

    monkeypatch.setattr(imagenette, "download_and_extract_archive", extracted(make))
    return {"train/tench": 2, "train/church": 1, "valid/tench": 1, "valid/church": 1}


def eurosat_(monkeypatch: pytest.MonkeyPatch) -> Made:
    def make(root: Path) -> None:
        for seed, name in enumerate(("AnnualCrop/1", "AnnualCrop/2", "SeaLake/1")):
            write_picture(root / "2750" / f"{name}.jpg", seed)
        zipfile.ZipFile(root / "EuroSAT.zip", "w").close()

    monkeypatch.setattr(eurosat, "download_and_extract_archive", extracted(make))
    return {"Annual crop": 2, "Sea lake": 1}


def cifar10(monkeypatch: pytest.MonkeyPatch) -> Made:
    def make(root: Path) -> None:
        folder = root / "cifar-10-batches-py"
        folder.mkdir(exist_ok=True)
        for number, (name, _) in enumerate([*cifar.CIFAR10.train_list, *cifar.CIFAR10.test_list]):
            pixels = np.random.default_rng(number).integers(0, 256, (2, 3072), dtype=np.uint8)
            (folder / name).write_bytes(pickle.dumps({"data": pixels, "labels": [0, 1]}))
        (folder / "batches.meta").write_bytes(pickle.dumps({"label_names": ["airplane", "automobile"]}))

    monkeypatch.setattr(cifar, "download_and_extract_archive", extracted(make))
    monkeypatch.setattr(cifar, "check_integrity", lambda file, md5: Path(file).is_file())
    return {"train/airplane": 5, "train/automobile": 5, "test/airplane": 1, "test/automobile": 1}


SETS = {"pets": pets, "flowers": flowers, "imagenette": imagenette_, "eurosat": eurosat_, "cifar10": cifar10}


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the process of its own changes for itself stays as it is here."""
    monkeypatch.setattr(ready_fetch.signal, "signal", lambda *args: None)
    monkeypatch.setattr(ready_fetch, "_widen_memory", lambda: None)
    monkeypatch.setattr(ready_fetch.socket, "setdefaulttimeout", lambda seconds: None)
    monkeypatch.setattr(ready_fetch.urllib.request, "urlopen", ready_fetch.urllib.request.urlopen)


@pytest.fixture
def wanted(tmp_path: Path) -> Wanted:
    (tmp_path / "root").mkdir()
    (tmp_path / "work").mkdir()
    return Wanted("pets", str(tmp_path / "root"), str(tmp_path / "work" / "pets"), 1000, 42, 5.0, False)


def told(wanted: Wanted) -> dict[str, Any]:
    return json.loads(Path(wanted.target).with_name("told.json").read_text())


def laid_out(wanted: Wanted) -> Counter[str]:
    target = Path(wanted.target)
    return Counter(file.parent.relative_to(target).as_posix() for file in target.rglob("*.*"))


def test_there_is_a_way_for_each_set() -> None:
    from core.data import ready

    assert set(ready_fetch.PICTURES) == set(ready.NAMES) == set(SETS)


@pytest.mark.parametrize("name", SETS)
def test_a_set_lies_in_folders_named_for_people_below_its_own_division(name: str, wanted: Wanted,
                                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    made = SETS[name](monkeypatch)
    wanted = replace(wanted, name=name)
    assert main(json.dumps(asdict(wanted))) == 0
    assert laid_out(wanted) == made
    total = sum(made.values())
    assert told(wanted) == {"done": total, "total": total}
    for file in Path(wanted.target).rglob("*.*"):
        Image.open(file).load()


def test_files_that_were_unpacked_are_linked_and_not_copied(wanted: Wanted, monkeypatch: pytest.MonkeyPatch) -> None:
    pets(monkeypatch)
    main(json.dumps(asdict(wanted)))
    place = Path(wanted.target, "train", "Abyssinian", "Abyssinian_1.jpg")
    assert place.samefile(Path(wanted.root, "oxford-iiit-pet", "images", "Abyssinian_1.jpg"))


def pictures(**counts: int) -> list[Picture]:
    return [Picture(part, label, f"{number}.jpg", lambda place: None)
            for name, count in counts.items() for part, label in [name.split("_")] for number in range(count)]


def test_fewer_a_class_are_drawn_in_proportion_the_same_for_the_same_seed() -> None:
    everything = pictures(train_cat=80, test_cat=20, train_dog=5, test_dog=1)
    drawn = subset(everything, 10, 42)
    assert Counter((each.part, each.label) for each in drawn) == {
        ("train", "cat"): 8, ("test", "cat"): 2, ("train", "dog"): 5, ("test", "dog"): 1}
    assert subset(everything, 10, 42) == drawn != subset(everything, 10, 43)
    assert subset(everything, 1000, 1) == sorted(everything, key=lambda each: (each.label, each.part))


def test_each_part_of_a_class_keeps_one_at_least() -> None:
    drawn = subset(pictures(train_cat=3, valid_cat=3, test_cat=300), 6, 42)
    assert {each.part for each in drawn} == {"train", "valid", "test"}


def raising(error: Exception) -> Callable[[str], Any]:
    def fail(root: str) -> Any:
        raise error
    return fail


@pytest.mark.parametrize(("error", "words"), [
    (urllib.error.URLError(ConnectionRefusedError(111, "Connection refused")), {"network": "Connection refused"}),
    (urllib.error.URLError("timed out"), {"network": "timed out"}),
    (urllib.error.HTTPError("http://x", 404, "Not Found", {}, None),                # type: ignore[arg-type]
     {"broken": "the server answered 404, Not Found"}),
    (RuntimeError("File not found or corrupted."), {"broken": "File not found or corrupted."}),
    (EOFError(), {"broken": "EOFError"})])
def test_what_goes_wrong_is_told_in_words(error: Exception, words: dict[str, str], wanted: Wanted,
                                          monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ready_fetch.PICTURES, "pets", raising(error))
    assert main(json.dumps(asdict(wanted))) == 1
    assert told(wanted) == words


def test_without_permission_no_network_is_tried(wanted: Wanted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["urllib.request"], "urlopen", lambda *args, **kwargs: pytest.fail("it was tried"))
    assert main(json.dumps(asdict(replace(wanted, offline=True)))) == 1
    assert told(wanted) == {"network": "downloads are switched off"}

from pathlib import Path

import pytest
from pydantic import ValidationError

from core.errors import UserMistake
from core.settings import Settings, available_cores, from_environment


def test_an_empty_environment_gives_the_defaults_of_the_contract() -> None:
    settings = from_environment({})
    assert settings.max_files == 20_000
    assert settings.max_unpacked_bytes == 2_000_000_000
    assert settings.max_upload_bytes == 500_000_000
    assert settings.max_member_ratio == 100
    assert settings.max_picture_pixels == 50_000_000
    assert settings.threads == available_cores() >= 1


def test_the_default_home_is_never_inside_the_checkout() -> None:
    checkout = Path(__file__).parent.parent
    assert not from_environment({}).home.is_relative_to(checkout)


def test_a_variable_replaces_a_default_and_others_are_not_ours() -> None:
    settings = from_environment({"PLAYGROUND_HOME": "/somewhere", "PLAYGROUND_MAX_FILES": "7",
                                 "PLAYGROUND_OFFLINE": "1", "HOME": "/root", "PLAYGROUND_UNKNOWN": "x"})
    assert (settings.home, settings.max_files, settings.offline) == (Path("/somewhere"), 7, True)


def test_an_empty_variable_is_as_good_as_none() -> None:
    assert from_environment({"PLAYGROUND_MAX_FILES": ""}) == from_environment({})


def test_every_place_is_below_the_home() -> None:
    settings = from_environment({"PLAYGROUND_HOME": "/somewhere"})
    assert {place.parent for place in (settings.datasets, settings.cache, settings.runs)} == {Path("/somewhere")}


@pytest.mark.parametrize(("variable", "value"), [
    ("PLAYGROUND_MAX_FILES", "many"), ("PLAYGROUND_MAX_FILES", "0"), ("PLAYGROUND_THREADS", "-1"),
    ("PLAYGROUND_MAX_MEMBER_RATIO", "1"), ("PLAYGROUND_OFFLINE", "perhaps"),
    ("PLAYGROUND_DOWNLOAD_TIMEOUT_SECONDS", "0"),
])
def test_a_value_that_cannot_be_used_is_named_with_its_variable(variable: str, value: str) -> None:
    with pytest.raises(UserMistake) as caught:
        from_environment({variable: value})
    assert f"{variable}='{value}'" in caught.value.problem
    assert variable in caught.value.remedy


def test_settings_cannot_be_changed_or_misspelt() -> None:
    settings = from_environment({})
    with pytest.raises(ValidationError):
        settings.max_files = 1  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Settings(max_filse=1)  # type: ignore[call-arg]


def test_hosts_of_tests_come_from_the_environment_alone_and_are_none_by_default() -> None:
    assert from_environment({}).test_hosts == ()
    assert from_environment({"PLAYGROUND_TEST_HOSTS": "localhost:8080, 127.0.0.1:9"}).test_hosts == (
        "localhost:8080", "127.0.0.1:9")

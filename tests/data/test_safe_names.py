import pytest

from core.data.safe_names import safe_name, told_apart


@pytest.mark.parametrize("name", ["cat", "gold coin", "Größe", "猫", "a.b", "it's", "conifer", "=x", "100%", "_"])
def test_a_name_that_every_system_takes_is_kept(name: str) -> None:
    assert safe_name(name) == name


@pytest.mark.parametrize(("name", "safe"), [
    ("a/b", "a_b"), ("a\\b", "a_b"), ("..", "__"), (".", "_"), (".hidden", "_hidden"), ("dot.", "dot_"),
    ("dots. .", "dots. _"), (" blank ", "blank"), ("", "_"), ("  ", "_"), ("con", "con_"), ("CON.txt", "CON_.txt"),
    ("Lpt1", "Lpt1_"), ("__MACOSX", "__MACOSX_"), ("a:b*c?", "a_b_c_"), ("tab\there", "tab_here"), ("nul\0", "nul_"),
    ("cafe\u0301", "caf\u00e9"), ("bidi\u202egpj", "bidi_gpj")])
def test_a_name_that_some_system_does_not_take_becomes_one_like_it(name: str, safe: str) -> None:
    assert safe_name(name) == safe
    assert safe_name(safe) == safe


def test_a_long_name_is_cut_between_letters() -> None:
    assert safe_name("猫" * 100) == "猫" * 40
    assert safe_name("x" * 119 + ". y") == "x" * 119 + "_"


def test_names_that_are_one_on_windows_or_macos_are_told_apart_in_order() -> None:
    assert told_apart(["a.jpg", "A.JPG", "a.jpg", "a-2.jpg", "b"]) == [
        "a.jpg", "A-2.JPG", "a-3.jpg", "a-2-2.jpg", "b"]

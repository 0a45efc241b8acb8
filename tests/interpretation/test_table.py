import csv
import io

import numpy as np
import pytest

from core.interpretation import table
from core.interpretation.predictions import Predictions
from tests.interpretation.test_predictions import predictions_of

TWO = predictions_of([[0.75, 0.25], [0.6, 0.4]], [0, 1])
NAMES = {id: f"ants/{place}.jpg" for place, id in enumerate(TWO.ids)}


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_every_picture_is_a_row_in_the_order_of_the_predictions() -> None:
    head, first, second = read(table.to_csv(TWO, NAMES))
    assert head == ["file", "actual", "prediction", "correct", "loss", *(f"p({name})" for name in TWO.classes)]
    assert first[:4] == ["ants/0.jpg", TWO.classes[0], TWO.classes[0], "yes"]
    assert second[:4] == ["ants/1.jpg", TWO.classes[1], TWO.classes[0], "no"]
    assert [float(cell) for cell in first[4:]] == pytest.approx([-np.log(0.75), 0.75, 0.25], abs=1e-6)


def test_the_header_names_every_cell_of_a_row() -> None:
    assert len(table.header(TWO)) == len(table.rows(TWO, NAMES)[0])


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_a_spreadsheet_would_compute_becomes_text(start: str) -> None:
    evil = f"{start}cmd|' /C calc'!A0"
    told = Predictions(("a", "b"), np.array([0, 1]), np.array([[1.0, 0.0], [1.0, 0.0]]), (evil, "bees"))
    for row in read(table.to_csv(told, {"a": f"{start}1+1.jpg", "b": "fine.jpg"})):
        assert not any(cell.startswith(start) for cell in row[:4])


def test_commas_quotes_lines_and_letters_of_every_script_come_back() -> None:
    name = 'a "b", c\n猫 é.jpg'
    assert read(table.to_csv(TWO, dict.fromkeys(TWO.ids, name)))[1][0] == name


def test_a_loss_of_nothing_has_no_sign() -> None:
    sure = Predictions(("a",), np.array([0]), np.array([[5000.0, 0.0]]), ("ants", "bees"))
    assert read(table.to_csv(sure, {"a": "a.jpg"}))[1][4:] == ["0.000000", "1.000000", "0.000000"]


def test_no_pictures_give_the_header_alone() -> None:
    assert len(read(table.to_csv(TWO.select([]), {}))) == 1


def test_an_id_without_a_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        table.rows(TWO, {})

import numpy as np

from core.data.tables import read_table
from core.inference.answer import Answer
from core.inference.answer_table import to_csv

CLASSES = ("=cmd|' /C calc'!A0", "bee", "ant")


def answer(file: str, probabilities: tuple[float, ...] | None, threshold: float | None = None,
           problem: str = "") -> Answer:
    values = None if probabilities is None else np.array(probabilities, dtype=np.float32)
    return Answer(file, CLASSES, values, problem, threshold)


def test_a_row_has_both_guesses_and_every_probability() -> None:
    table = read_table(to_csv([answer("1.jpg", (0.25, 0.125, 0.625))], CLASSES), "answers.csv")
    assert table.columns[:7] == ("file", "prediction", "probability", "second guess", "its probability",
                                 "I don't know", "problem")
    row, = table.rows
    assert row == ("1.jpg", "ant", "0.625000", CLASSES[0], "0.250000", "", "", "0.250000", "0.125000", "0.625000")


def test_with_a_threshold_it_says_where_the_network_does_not_know() -> None:
    table = read_table(to_csv([answer("1.jpg", (0.4, 0.3, 0.3), 0.7), answer("2.jpg", (0.1, 0.8, 0.1), 0.7)],
                              CLASSES), "answers.csv")
    assert [row[5] for row in table.rows] == ["yes", "no"]


def test_a_file_that_was_not_read_has_its_problem_alone() -> None:
    table = read_table(to_csv([answer("x.txt", None, problem="It is no picture.")], CLASSES), "answers.csv")
    row, = table.rows
    assert row[0] == "x.txt" and row[6] == "It is no picture." and not any(row[1:6]) and not any(row[7:])


def test_no_cell_is_a_formula() -> None:
    content = to_csv([answer("=1+1.jpg", (0.8, 0.1, 0.1))], CLASSES).decode("utf-8-sig")
    assert "'=1+1.jpg" in content and "\n=" not in content and ",=" not in content

from core.data.joined import joined


def test_pairs_tie_groups_directly_and_through_others() -> None:
    assert joined([(4, 2), (7, 9), (2, 1), (9, 8)]) == [(1, 2, 4), (7, 8, 9)]
    assert joined([("b", "a"), ("c", "b"), ("x", "y")]) == [("a", "b", "c"), ("x", "y")]


def test_two_groups_that_a_later_pair_ties_are_one() -> None:
    assert joined([(1, 2), (3, 4), (5, 6), (4, 1)]) == [(1, 2, 3, 4), (5, 6)]


def test_no_pair_ties_nothing() -> None:
    assert joined([]) == []
    assert joined([(3, 3)]) == [(3,)]

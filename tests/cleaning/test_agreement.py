"""Whether a network goes by a rule, beyond what the classes explain."""

import numpy as np
import pytest
from scipy.stats import fisher_exact

from core.cleaning.agreement import beside, together

# Rabbits cured of streptococci by penicillin, at once or after a delay, at five doses (Mantel 1963; R's data set
# `Rabbits`, of which mantelhaen.test(exact = TRUE) says p = 0.03994, two-sided, of a distribution that is symmetric).
RABBITS = (((0, 6), (0, 5)), ((3, 3), (0, 6)), ((6, 0), (2, 4)), ((5, 1), (6, 0)), ((2, 0), (5, 0)))


def rows(*tables: tuple[tuple[int, int], tuple[int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(n,) of each: rule right, network right, class; a table a class, as ((both, only rule), (only network, none))."""
    made = [(rule, network, kind) for kind, ((both, only), (other, none)) in enumerate(tables)
            for rule, network, count in ((1, 1, both), (1, 0, only), (0, 1, other), (0, 0, none))
            for _ in range(count)]
    rule, network, kind = np.array(made).T
    return rule.astype(bool), network.astype(bool), kind


def test_of_one_class_it_is_fishers_exact_test() -> None:
    table = ((9, 2), (3, 8))
    assert together(*rows(table)) == pytest.approx(fisher_exact(table, alternative="greater").pvalue)


def test_over_classes_it_is_mantels_and_haenszels_exact_test() -> None:
    assert together(*rows(*RABBITS)) == pytest.approx(0.03994 / 2, abs=1e-4)


def test_a_class_that_is_easier_for_both_is_no_agreement() -> None:
    """Each is right on nine of ten of the one class and on one of ten of the other, whatever the other says."""
    easy, hard = ((81, 9), (9, 1)), ((1, 9), (9, 81))
    assert together(*rows(easy, hard)) > 0.4
    rule, network, _ = rows(easy, hard)
    assert together(rule, network, np.zeros(200, dtype=np.int64)) < 1e-6


def test_a_rule_that_is_always_right_tells_nothing_of_the_network() -> None:
    told = beside(*rows(((20, 5), (0, 0)), ((18, 7), (0, 0))))
    assert (told.p, told.rule_wrong, told.goes_along) == (1, 0, False)


def test_a_network_whose_mistakes_are_the_rule_s_goes_along_with_it() -> None:
    told = beside(*rows(((45, 1), (0, 4)), ((44, 0), (1, 5))))
    assert (told.both_right, told.only_rule, told.only_network, told.both_wrong) == (89, 1, 1, 9)
    assert told.p < 1e-6
    assert told.goes_along

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_info

from core.cleaning.head import MOST_STEPS, STRENGTH, head, one_thread
from tests.cleaning.made import clusters


def test_it_is_a_logistic_regression_of_standardised_activations() -> None:
    activations, numbers = clusters([30, 30, 30], spread=6)
    standard = (activations - activations.mean(axis=0)) / activations.std(axis=0)
    expected = LogisticRegression(C=STRENGTH, max_iter=MOST_STEPS).fit(standard, numbers).predict_proba(standard)
    assert head().fit(activations, numbers).predict_proba(activations) == pytest.approx(expected, abs=1e-3)


def test_a_channel_s_scale_does_not_matter() -> None:
    activations, numbers = clusters([30, 30], spread=6)
    said = [head().fit(scaled, numbers).predict_proba(scaled)
            for scaled in (activations, activations * np.geomspace(0.001, 1000, 16))]
    assert said[0] == pytest.approx(said[1], abs=1e-3)


def test_channels_that_never_change_are_no_trouble() -> None:
    activations, numbers = clusters([20, 20])
    activations[:, ::2] = 3
    assert (head().fit(activations, numbers).predict(activations) == numbers).all()


def test_linear_algebra_takes_one_thread_and_as_many_as_before_afterwards() -> None:
    def threads() -> list[int]:
        return [library["num_threads"] for library in threadpool_info()]

    before = threads()
    with one_thread():
        assert set(threads()) == {1}
    assert threads() == before

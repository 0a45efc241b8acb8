"""Whether a network goes by a rule: is it right where the rule is right, beyond what the classes explain?"""

import numpy as np
from numpy.typing import NDArray

from core.interpretation.shortcuts import Beside


def beside(rule: NDArray[np.bool], network: NDArray[np.bool], labels: NDArray[np.int64]) -> Beside:
    """Both on the same pictures: where each is right (n,), and the pictures' classes (n,)."""
    return Beside(both_right=int((rule & network).sum()), only_rule=int((rule & ~network).sum()),
                  only_network=int((~rule & network).sum()), both_wrong=int((~rule & ~network).sum()),
                  p=together(rule, network, labels))


def together(rule: NDArray[np.bool], network: NDArray[np.bool], labels: NDArray[np.int64]) -> float:
    """How often chance would have both right on at least as many pictures: one-sided, exact.

    Within each class it is Fisher's urn; the sum over the classes is the exact conditional test of Mantel and Haenszel
    (Agresti 2013, Categorical Data Analysis, 7.3.5). A class that is easier for both does not count as agreement.
    """
    from scipy.stats import hypergeom  # type: ignore[attr-defined]

    sums, seen = np.ones(1), 0           # the chances of 0, 1, ... pictures beyond the least possible of each class
    for kind in np.unique(labels):
        of_class = labels == kind
        total, ruled, right = int(of_class.sum()), int(rule[of_class].sum()), int(network[of_class].sum())
        least = max(0, ruled + right - total)
        sums = np.convolve(sums, hypergeom.pmf(np.arange(least, min(ruled, right) + 1), total, ruled, right))
        seen += int((rule & network & of_class).sum()) - least
    return float(min(1.0, sums[seen:].sum()))

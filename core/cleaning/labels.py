"""Pictures that look like another class than their label says, and pictures that look like nothing else there."""

import warnings
from collections.abc import Generator, Sequence

import numpy as np
from numpy.typing import NDArray

from core.cleaning.finding import Finding
from core.cleaning.head import head, one_thread
from core.data.dataset import Sample
from core.events import Event, Progress

ASKING = "asking about each picture a head that has not seen it"
FOLDS = 5
SEED = 42
NEIGHBOURS = 35
COMPONENTS = 50          # of the activations' principal ones, in which distances say more
LEAST_OUTLIER = 2.0      # local outlier factor: half as close to its neighbours as these are to theirs


def cross_validated(activations: NDArray[np.float32], labels: NDArray[np.int64], groups: NDArray[np.int64]
                    ) -> Generator[Event, None, NDArray[np.float64]]:
    """(N, K) probabilities of each picture by a head that has not seen it, nor a copy of it.

    `activations` (N, C); `labels` (N,) in 0..K-1, each at least twice; `groups` (N,): equal for copies. All classes
    are equally likely where no head can be asked: it would know the label, or any other, from copies alone, or all
    activations are the same.
    """
    kinds = int(labels.max()) + 1
    probabilities = np.full((len(labels), kinds), 1 / kinds)
    division = folds(labels, groups) if (activations != activations[0]).any() else []
    for done, (learn, look) in enumerate(division):
        yield Progress(ASKING, done, len(division), "rounds")
        present = np.unique(labels[learn])
        asked = look[np.isin(labels[look], present)]
        if len(asked) and len(present) > 1:
            probabilities[asked] = 0
            with one_thread():
                fitted = head().fit(activations[learn], labels[learn])
                probabilities[np.ix_(asked, present)] = fitted.predict_proba(activations[asked])
    yield Progress(ASKING, len(division), len(division), "rounds")
    return probabilities


def folds(labels: NDArray[np.int64], groups: NDArray[np.int64]) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Places to learn from and places to look at, each place looked at once; none where all are copies of one."""
    from sklearn.model_selection import StratifiedGroupKFold

    count = min(FOLDS, int(np.bincount(labels).max()), len(np.unique(groups)))
    if count < 2:
        return []
    division = StratifiedGroupKFold(count, shuffle=True, random_state=SEED)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class")    # it is in some folds only, and that is well
        return list(division.split(labels, labels, groups))


def label_issues(samples: Sequence[Sample], classes: Sequence[str], labels: NDArray[np.int64],
                 probabilities: NDArray[np.float64]) -> list[Finding]:
    """Likely wrong labels by confident learning, each with the class that it looks like.

    Northcutt, Jiang & Chuang 2021, Confident Learning (arXiv:1911.00068), as cleanlab has it. The score is how much
    likelier that class is than the label. Of cleanlab's filters this one was right most often on coins and on
    ants and bees with a tenth of the labels flipped (docs/decisions/cleaning.md).
    """
    from cleanlab.filter import find_label_issues

    if len(np.unique(labels)) < len(classes):
        raise ValueError("each class needs a picture")
    wrong = find_label_issues(labels, probabilities, filter_by="confident_learning", n_jobs=1)
    found = []
    for place in np.flatnonzero(wrong).tolist():
        likely = int(probabilities[place].argmax())
        if likely != labels[place]:
            share = float(probabilities[place, likely])
            found.append(Finding(sample=samples[place].id, reason="label", label=classes[likely], value=share,
                                 score=min(1.0, share - float(probabilities[place, labels[place]]))))
    return found


def outliers(samples: Sequence[Sample], activations: NDArray[np.float32], groups: NDArray[np.int64]) -> list[Finding]:
    """Pictures that are far from all others in activation space: maybe none of the classes.

    The local outlier factor (Breunig et al. 2000, doi:10.1145/342009.335388), 1 among others, by scikit-learn. Nothing
    is found among fewer than 2 * NEIGHBOURS pictures, of which each has few neighbours. `groups` (N,), equal for
    copies: one stands for all, since beside many copies, which are no distance apart, whatever is near them looks far.
    """
    from sklearn.decomposition import PCA
    from sklearn.neighbors import LocalOutlierFactor
    from sklearn.preprocessing import StandardScaler

    _, firsts, group = np.unique(groups, return_index=True, return_inverse=True)
    if len(firsts) < 2 * NEIGHBOURS:
        return []
    components = min(COMPONENTS, len(firsts) - 1, activations.shape[1])
    standard = StandardScaler().fit_transform(activations[firsts])
    if not standard.any():      # all the same: there is no direction to be far in
        return []
    with one_thread():
        near = PCA(components, random_state=SEED).fit_transform(standard)
        factor = -LocalOutlierFactor(n_neighbors=NEIGHBOURS).fit(near).negative_outlier_factor_[group]
    return [Finding(sample=samples[place].id, reason="outlier", value=float(factor[place]),
                    score=float(1 - 1 / factor[place])) for place in np.flatnonzero(factor >= LEAST_OUTLIER).tolist()]

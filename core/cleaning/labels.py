"""Pictures that look like another class than their label says, and pictures that look like nothing else there."""

from collections.abc import Generator, Sequence

import numpy as np
from numpy.typing import NDArray

from core.cleaning.finding import Finding
from core.cleaning.head import head
from core.data.dataset import Sample
from core.events import Event, Progress

FOLDS = 5
SEED = 42
NEIGHBOURS = 35
COMPONENTS = 50          # of the activations' principal ones, in which distances say more
LEAST_OUTLIER = 2.0      # local outlier factor: half as close to its neighbours as these are to theirs


def cross_validated(activations: NDArray[np.float32], labels: NDArray[np.int64], groups: NDArray[np.int64]
                    ) -> Generator[Event, None, NDArray[np.float64]]:
    """(N, K) probabilities of each picture by a head that has not seen it, nor a copy of it.

    `activations` (N, C); `labels` (N,) in 0..K-1, each at least twice; `groups` (N,): equal for copies.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    kinds = int(labels.max()) + 1
    probabilities = np.full((len(labels), kinds), 1 / kinds)
    division = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=SEED)
    folds = list(division.split(activations, labels, groups))
    for done, (learn, look) in enumerate(folds):
        yield Progress("asking about each picture a head that has not seen it", done, len(folds), "rounds")
        present = np.unique(labels[learn])
        if len(look) and len(present) > 1:
            fitted = head().fit(activations[learn], labels[learn])
            # A class that is in no other fold is unknown to this head.
            probabilities[np.ix_(look, present)] = fitted.predict_proba(activations[look])
            probabilities[np.ix_(look, np.setdiff1d(np.arange(kinds), present))] = 0
    yield Progress("asking about each picture a head that has not seen it", len(folds), len(folds), "rounds")
    return probabilities


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


def outliers(samples: Sequence[Sample], activations: NDArray[np.float32]) -> list[Finding]:
    """Pictures that are far from all others in activation space: maybe none of the classes.

    The local outlier factor (Breunig et al. 2000, doi:10.1145/342009.335388), 1 among others, by scikit-learn. Nothing
    is found among fewer than 2 * NEIGHBOURS pictures, of which each has few neighbours.
    """
    from sklearn.decomposition import PCA
    from sklearn.neighbors import LocalOutlierFactor
    from sklearn.preprocessing import StandardScaler

    if len(samples) < 2 * NEIGHBOURS:
        return []
    components = min(COMPONENTS, len(samples) - 1, activations.shape[1])
    standard = StandardScaler().fit_transform(activations)
    near = PCA(components, random_state=SEED).fit_transform(standard)
    factor = -LocalOutlierFactor(n_neighbors=NEIGHBOURS).fit(near).negative_outlier_factor_
    return [Finding(sample=samples[place].id, reason="outlier", value=float(factor[place]),
                    score=float(1 - 1 / factor[place])) for place in np.flatnonzero(factor >= LEAST_OUTLIER).tolist()]

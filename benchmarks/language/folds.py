"""Splits sentences so that nearly equal ones stay together: no model is asked what it learnt by heart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from services.text import fold

# Cosine of two sentences' words and word pairs from which they count as the same sentence said twice.
NEAR = 0.6
_BLOCK = 1_000


def near_groups(texts: Sequence[str], near: float = NEAR) -> np.ndarray:
    """Give a number for each sentence; those near each other, even over a third one, share it."""
    from scipy.sparse import vstack
    from scipy.sparse.csgraph import connected_components
    from sklearn.feature_extraction.text import TfidfVectorizer

    keys = [" ".join(re.findall(r"\w+", fold(text))) for text in texts]
    vectors = TfidfVectorizer(token_pattern=r"\S+", ngram_range=(1, 2), sublinear_tf=True).fit_transform(keys)
    links = []
    for start in range(0, len(keys), _BLOCK):
        close = vectors[start : start + _BLOCK] @ vectors.T
        close.data[close.data < near] = 0
        close.eliminate_zeros()
        links.append(close)
    numbers: np.ndarray = connected_components(vstack(links), directed=False)[1]
    return numbers


def grouped_folds(
    labels: Sequence[str], groups: np.ndarray, folds: int, seed: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Give (places to learn, places to ask) for each fold: intents spread evenly, groups never cut."""
    from sklearn.model_selection import StratifiedGroupKFold

    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    yield from splitter.split(np.zeros(len(labels)), labels, groups)

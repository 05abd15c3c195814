"""Pictures for the report: confusion matrix and histogram of confidence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.language.measures import Pair


def draw_confusions(pairs: Sequence[Pair], file: Path) -> None:
    """Draw which intent is taken for which; a row adds up to one."""
    import matplotlib
    import numpy as np

    matplotlib.use("Agg")
    from matplotlib import pyplot

    names = sorted({s.intent for s, _ in pairs} | {p.guess for _, p in pairs})
    places = {name: i for i, name in enumerate(names)}
    counts = np.zeros((len(names), len(names)))
    for sentence, given in pairs:
        counts[places[sentence.intent], places[given.guess]] += 1
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure, axes = pyplot.subplots(figsize=(14, 13))
    axes.imshow(np.sqrt(shares), cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=7)
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.set_xlabel("understood as")
    axes.set_ylabel("meant")
    for row in range(len(names)):
        for column in range(len(names)):
            if counts[row, column] and row != column:
                axes.text(
                    column, row, int(counts[row, column]), ha="center", va="center", fontsize=6, color="red"
                )
    figure.tight_layout()
    figure.savefig(file, dpi=110)
    pyplot.close(figure)


def draw_confidence(pairs: Sequence[Pair], file: Path) -> None:
    """Draw how sure the model is where it is right and where it is wrong."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    right = [p.confidence for s, p in pairs if s.intent == p.guess]
    wrong = [p.confidence for s, p in pairs if s.intent != p.guess]
    figure, axes = pyplot.subplots(figsize=(8, 4))
    axes.hist([right, wrong], bins=20, range=(0, 1), label=["right", "wrong"], color=["#2a7f4f", "#c0392b"])
    axes.set_yscale("log")
    axes.set_xlabel("confidence of the best guess")
    axes.set_ylabel("sentences")
    axes.legend()
    figure.tight_layout()
    figure.savefig(file, dpi=110)
    pyplot.close(figure)

"""The picture beside a result: messages a second of each stack, and how long citizens wait."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import matplotlib

from benchmarks.channel.report import RESULTS
from services.clock import VIETNAM

SHARES = ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"))


def draw(name: str, found: list[Any]) -> str:
    """Write the picture under today's date and give the line of Markdown that shows it."""
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4), layout="constrained")
    names = [one.name for one in found if one.flood]
    left.barh(names, [one.flood.rate for one in found if one.flood], color="#3b6ea5")
    left.invert_yaxis()
    left.set_xlabel("messages answered a second (flood)")
    for one in found:
        rates = sorted(one.steady)
        right.plot(rates, [one.steady[rate].ms(0.95) for rate in rates], marker="o", label=one.name)
    right.set_xlabel("messages a second sent")
    right.set_ylabel("p95, ms, until the last reply")
    right.set_yscale("log")
    right.grid(alpha=0.3)
    right.legend(fontsize=8)
    path = RESULTS / f"{name}-{datetime.now(VIETNAM):%Y-%m-%d}.png"
    RESULTS.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
    return f"![messages a second, and waiting]({path.name})"

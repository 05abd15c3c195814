"""Figures of merit from sentences and predictions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.language.predictions import Prediction
from benchmarks.language.sentences import VARIANTS, DevSentence

EMERGENCY = "khan_cap"
OUT_OF_SCOPE = "out_of_scope"
FALLBACK = "nlu_fallback"
# Small talk says nothing wrong about a matter of another office.
HARMLESS = {OUT_OF_SCOPE, FALLBACK, "chao_hoi", "cam_on_tam_biet", "hoi_bot", "hoi_chuc_nang", "dung_lai"}

Pair = tuple[DevSentence, Prediction]


@dataclass(frozen=True)
class Share:
    """How many of how many."""

    count: int
    total: int

    def __str__(self) -> str:
        """Give "93.1 % (27/29)"."""
        return f"{100 * self.count / self.total:.1f} % ({self.count}/{self.total})" if self.total else "–"


def share(pairs: Sequence[Pair], holds: Sequence[bool]) -> Share:
    """Count the pairs for which something holds."""
    return Share(sum(holds), len(pairs))


def right_guesses(pairs: Sequence[Pair]) -> Share:
    """Count where the best guess is the right intent, whatever the fallback did with it."""
    return share(pairs, [given.guess == sentence.intent for sentence, given in pairs])


def by_variant(pairs: Sequence[Pair]) -> dict[str, list[Pair]]:
    """Sort the pairs by how the sentences are typed."""
    return {name: [pair for pair in pairs if pair[0].variant == name] for name in VARIANTS}


def emergencies(pairs: Sequence[Pair]) -> tuple[Share, Share]:
    """Give recall of emergencies, and how many other sentences raised a false alarm."""
    real = [pair for pair in pairs if pair[0].intent == EMERGENCY]
    other = [pair for pair in pairs if pair[0].intent != EMERGENCY]
    alarm = [given.intent == EMERGENCY for _, given in real]
    false = [given.intent == EMERGENCY for _, given in other]
    return share(real, alarm), share(other, false)


def answered_out_of_scope(pairs: Sequence[Pair]) -> Share:
    """Count the matters of other offices that got an answer as if they were ours."""
    real = [pair for pair in pairs if pair[0].intent == OUT_OF_SCOPE]
    return share(real, [given.intent not in HARMLESS for _, given in real])


def confusions(pairs: Sequence[Pair]) -> list[tuple[tuple[str, str], int]]:
    """Give (meant, understood) with how often, the most frequent first."""
    wrong = Counter((s.intent, p.guess) for s, p in pairs if s.intent != p.guess)
    return sorted(wrong.items(), key=lambda item: (-item[1], item[0]))


def calibration(pairs: Sequence[Pair], steps: int = 10) -> list[tuple[float, float, int]]:
    """Give (mean confidence, share right, count) for each tenth of confidence that occurs."""
    rows = []
    for step in range(steps):
        inside = [(s, p) for s, p in pairs if min(int(p.confidence * steps), steps - 1) == step]
        if inside:
            mean = sum(p.confidence for _, p in inside) / len(inside)
            rows.append((mean, sum(s.intent == p.guess for s, p in inside) / len(inside), len(inside)))
    return rows


def calibration_error(pairs: Sequence[Pair]) -> float:
    """Give by how much confidence misses the share right, on average over all sentences."""
    total = len(pairs) or 1
    return sum(abs(mean - right) * count for mean, right, count in calibration(pairs)) / total


def median(values: Sequence[float], part: float = 0.5) -> float:
    """Give the value below which that part of the values lies."""
    ordered = sorted(values)
    return ordered[min(int(part * len(ordered)), len(ordered) - 1)] if ordered else 0.0

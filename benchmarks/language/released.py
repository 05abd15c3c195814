"""What the last released model answered, to see which sentences a new model understands differently."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from benchmarks.language.measures import EMERGENCY, Pair
from benchmarks.language.sentences import DevSentence

RELEASED = Path(__file__).parent / "released.json"


def load_released(file: Path = RELEASED) -> dict[str, str]:
    """Give sentence → intent of the released model; empty when nothing was released yet."""
    if not file.exists():
        return {}
    answers: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))["answers"]
    return answers


def save_released(pairs: Sequence[Pair], model: str, file: Path = RELEASED) -> None:
    """Keep what a model answers as that of the released one."""
    answers = {key(sentence): given.intent for sentence, given in pairs}
    text = json.dumps({"model": model, "answers": answers}, ensure_ascii=False, indent=0, sort_keys=True)
    file.write_text(text + "\n", encoding="utf-8")


def key(sentence: DevSentence) -> str:
    """Give what a sentence is kept under; a blind one is not to be read, so a digest stands for it."""
    if sentence.is_blind:
        return hashlib.sha256(f"{sentence.variant}\t{sentence.text}".encode()).hexdigest()[:16]
    return f"{sentence.variant}\t{sentence.text}"


def changed(pairs: Sequence[Pair], before: dict[str, str]) -> list[tuple[Pair, str]]:
    """Give the sentences that mean something else now, with what they meant before."""
    return [
        ((sentence, given), before[key(sentence)])
        for sentence, given in pairs
        if key(sentence) in before and before[key(sentence)] != given.intent
    ]


def lost_emergencies(pairs: Sequence[Pair], before: dict[str, str]) -> list[Pair]:
    """Give the emergencies that are missed now and were recognised by the released model.

    A sentence that the released model was never asked counts as recognised before.
    """
    return [
        (sentence, given)
        for sentence, given in pairs
        if sentence.intent == EMERGENCY
        and given.intent != EMERGENCY
        and before.get(key(sentence), EMERGENCY) == EMERGENCY
    ]

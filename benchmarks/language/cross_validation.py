"""Asks a model the training sentences that it was not shown, fold by fold, near ones kept on one side.

Only the intent model is fitted (no Rasa around it), with the settings of config.yml; what Rasa's fallback
would do with its answers is computed by the same thresholds. Two folds run at once.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from benchmarks.language.data_report import Example
from benchmarks.language.measures import FALLBACK, Pair
from benchmarks.language.predictions import Prediction
from benchmarks.language.sentences import AS_WRITTEN, NO_MARKS, DevSentence
from services.text import fold

ROOT = Path(__file__).resolve().parents[2]
FOLDS = 5
SEED = 20261121
# What the channel makes of an attachment is no sentence.
_NO_SENTENCES = ("gui_tep", "gui_vi_tri", "gui_nhan_dan")
Texts = Sequence[str]


@dataclass(frozen=True)
class Settings:
    """Settings of the classifier and of the fallback behind it."""

    classifier: dict[str, Any]
    threshold: float
    ambiguity: float


def settings(file: Path = ROOT / "config.yml") -> Settings:
    """Read the settings that the project trains with."""
    from nlu.intent_model import DEFAULTS

    parts = {part["name"]: part for part in yaml.safe_load(file.read_text(encoding="utf-8"))["pipeline"]}
    own = parts["nlu.intent_classifier.VietnameseIntentClassifier"]
    fallback = parts["FallbackClassifier"]
    return Settings({**DEFAULTS, **own}, fallback["threshold"], fallback["ambiguity_threshold"])


@dataclass(frozen=True)
class Unseen:
    """The sentences, the intents that are columns, and the probabilities as written and without marks."""

    sentences: list[Example]
    intents: list[str]
    as_written: np.ndarray
    no_marks: np.ndarray


def unseen_chances(examples: Sequence[Example], classifier: dict[str, Any], folds: int = FOLDS) -> Unseen:
    """Give for every sentence what a model says that learnt the other folds."""
    from joblib import Parallel, delayed

    from benchmarks.language.folds import grouped_folds, near_groups

    asked = [example for example in examples if example.intent not in _NO_SENTENCES]
    texts, labels = [e.text for e in asked], [e.intent for e in asked]
    parts = list(grouped_folds(labels, near_groups(texts), folds, SEED))
    intents = sorted(set(labels))
    answers = Parallel(n_jobs=2)(delayed(_fold)(texts, labels, part, classifier, intents) for part in parts)
    as_written = np.zeros((len(texts), len(intents)), dtype=np.float32)
    no_marks = np.zeros_like(as_written)
    for (_, unseen), (one, other) in zip(parts, answers, strict=True):
        as_written[unseen], no_marks[unseen] = one, other
    return Unseen(asked, intents, as_written, no_marks)


def pairs(unseen: Unseen, chosen: Settings) -> list[Pair]:
    """Give the sentences in both spellings with what the assistant would understand."""
    from nlu.intent_model import ranked

    found: list[Pair] = []
    for variant, chances, write in (
        (AS_WRITTEN, unseen.as_written, str),
        (NO_MARKS, unseen.no_marks, fold),
    ):
        for example, row in zip(unseen.sentences, chances, strict=True):
            ranking = ranked(unseen.intents, row, chosen.classifier, 2)
            sentence = DevSentence(example.intent, variant, write(example.text))
            found.append((sentence, _after_fallback(ranking, chosen)))
    return found


def _fold(
    texts: Texts,
    labels: Texts,
    part: tuple[np.ndarray, np.ndarray],
    classifier: dict[str, Any],
    intents: list[str],
) -> tuple[np.ndarray, np.ndarray]:
    from nlu.concepts import load_concepts
    from nlu.intent_model import IntentModel
    from nlu.normalizer import load_lexicon

    known, unseen = part
    model = IntentModel(classifier, load_lexicon(), load_concepts())
    model.learn([texts[i] for i in known], [labels[i] for i in known])
    columns = [intents.index(intent) for intent in model.intents]
    found = []
    for write in (str, fold):
        rows = np.zeros((len(unseen), len(intents)), dtype=np.float32)
        rows[:, columns] = model.chances([write(texts[i]) for i in unseen])
        found.append(rows)
    return found[0], found[1]


def _after_fallback(ranking: list[tuple[str, float]], chosen: Settings) -> Prediction:
    guess, confidence = ranking[0]
    second = ranking[1][1] if len(ranking) > 1 else 0.0
    unsure = confidence < chosen.threshold or confidence - second < chosen.ambiguity
    return Prediction(FALLBACK if unsure else guess, guess, confidence, 0.0)


def main() -> None:
    """Keep the probabilities in var/ for choosing thresholds; print the overview."""
    import pickle

    from benchmarks.language import measures
    from benchmarks.language.data_report import read_examples

    started = time.time()
    chosen = settings()
    unseen = unseen_chances(read_examples(), chosen.classifier)
    (ROOT / "var").mkdir(exist_ok=True)
    with (ROOT / "var" / "unseen.pkl").open("wb") as file:
        pickle.dump(unseen, file)
    for variant, inside in measures.by_variant(pairs(unseen, chosen)).items():
        if inside:
            print(variant, measures.right_guesses(inside), *measures.emergencies(inside))
            print("  answered out of scope", measures.answered_out_of_scope(inside))
    print(f"{time.time() - started:.0f} s")


if __name__ == "__main__":
    main()

"""The pipelines that are compared: what Rasa brings, and ours with other settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
SEED = 20261121

# What `rasa init` writes, with two things cut to what two cores can do: entities are off (with them an epoch
# takes minutes), and 20 epochs, not 100 (the accuracy on what it learns is flat by then).
STOCK_DIET: list[dict[str, Any]] = [
    {"name": "WhitespaceTokenizer"},
    {"name": "RegexFeaturizer"},
    {"name": "LexicalSyntacticFeaturizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
    {
        "name": "DIETClassifier",
        "epochs": 20,
        "entity_recognition": False,
        "constrain_similarities": True,
        "random_seed": SEED,
    },
    {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1},
]
STOCK_LOGISTIC: list[dict[str, Any]] = [
    {"name": "WhitespaceTokenizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
    {"name": "LogisticRegressionClassifier", "random_state": SEED},
    {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1},
]


def ours(**settings: Any) -> list[dict[str, Any]]:
    """Give the intent part of the project's pipeline with other settings of its classifier."""
    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    found = []
    for part in config["pipeline"]:
        if part["name"].endswith("IntentClassifier"):
            found.append({**part, **settings})
        elif "okenizer" in part["name"] or "Fallback" in part["name"]:
            found.append(part)
    return found


CONTENDERS: dict[str, list[dict[str, Any]]] = {
    "diet": STOCK_DIET,
    "logistic": STOCK_LOGISTIC,
    "ours": ours(),
}
TITLES = {
    "diet": "Rasa's default: words, letters 1–4, DIET, 20 epochs",
    "logistic": "Rasa's logistic regression: words, letters 1–4",
    "ours": "ours, as in config.yml",
}

"""Measures a trained model on the held-out sentences, and its settings by cross-validation; writes a report.

`python -m benchmarks.language.evaluate [--model F] [--no-cross-validation] [--release]`

The report is benchmarks/results/language.md with pictures beside it. Exit code 1: an emergency that the
released model recognised is missed now, so this model must not be released. 2: there is no model or no
sentence. Blind sets are scored, never shown.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.language import cross_validation, pictures, released
from benchmarks.language.data_report import read_examples
from benchmarks.language.measures import Pair
from benchmarks.language.predictions import predict
from benchmarks.language.report import report
from benchmarks.language.sentences import blind_sentences, dev_sentences

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results"


def newest_model(folder: Path) -> Path | None:
    """Give the model file that was trained last."""
    files = sorted(folder.glob("*.tar.gz"), key=lambda file: file.stat().st_mtime)
    return files[-1] if files else None


def evaluate(model: Path, with_cross_validation: bool = True) -> dict[str, list[Pair]]:
    """Give what the model answers on each set, and what its settings answer on unseen training sentences."""
    sets = {"dev": dev_sentences(), **blind_sentences()}
    asked = [sentence for sentences in sets.values() for sentence in sentences]
    pairs = list(zip(asked, predict(model, [sentence.text for sentence in asked]), strict=True))
    found = {name: [pair for pair in pairs if pair[0].source == name] for name in sets}
    if with_cross_validation:
        chosen = cross_validation.settings()
        unseen = cross_validation.unseen_chances(read_examples(), chosen.classifier)
        found["cross-validation"] = cross_validation.pairs(unseen, chosen)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the evaluation; give the exit code."""
    parser = argparse.ArgumentParser(description="Measure a trained model on the held-out sentences.")
    parser.add_argument("--model", type=Path, help="model file; the newest in models/ if not given")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the report")
    parser.add_argument("--no-cross-validation", action="store_true", help="only the held-out sets: a minute")
    parser.add_argument(
        "--release", action="store_true", help="record this model's answers as the released ones"
    )
    chosen = parser.parse_args(arguments)
    model = chosen.model or newest_model(ROOT / "models")
    if model is None or not model.exists() or not dev_sentences():
        print("There is no trained model or no held-out sentence.", file=sys.stderr)
        return 2
    found = evaluate(model, not chosen.no_cross_validation)
    before = released.load_released()
    chosen.out.mkdir(parents=True, exist_ok=True)
    drawn = found.get("cross-validation") or found["dev"]
    pictures.draw_confusions(drawn, chosen.out / "confusion.png")
    pictures.draw_confidence(drawn, chosen.out / "confidence.png")
    text = report(found, model.name, before)
    (chosen.out / "language.md").write_text(text, encoding="utf-8")
    print(text.split("## Against the released model")[0])
    held_out = [pair for name, pairs in found.items() if name != "cross-validation" for pair in pairs]
    lost = released.lost_emergencies(held_out, before)
    for sentence, given in lost:
        shown = f"one of {sentence.source}" if sentence.is_blind else sentence.text
        print(f"EMERGENCY MISSED: {shown} → {given.intent}", file=sys.stderr)
    if lost:
        return 1
    if chosen.release:
        released.save_released(held_out, model.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())

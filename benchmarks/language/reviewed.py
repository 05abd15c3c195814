"""Asks the last model and a new one what reviewed sentences mean, to see what an import would set right.

`python -m benchmarks.language.reviewed --model NEW --asked FILE`, FILE a JSON list of [text, intent].
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.language.evaluate import ROOT, newest_model
from benchmarks.language.predictions import predict


def main(arguments: Sequence[str] | None = None) -> int:
    """Print how many sentences each model understands and what changes; give the exit code."""
    parser = argparse.ArgumentParser(description="Compare two models on reviewed sentences.")
    parser.add_argument("--model", type=Path, required=True, help="the new model")
    parser.add_argument("--asked", type=Path, required=True, help="JSON list of [text, intent]")
    parser.add_argument("--before", type=Path, help="the model before; the newest in models/ if not given")
    chosen = parser.parse_args(arguments)
    asked: list[list[str]] = json.loads(chosen.asked.read_text(encoding="utf-8"))
    texts = [text for text, _ in asked]
    before = chosen.before or newest_model(ROOT / "models")
    old = (
        [one.intent for one in predict(before, texts)] if before is not None else ["(no model)"] * len(asked)
    )
    new = [one.intent for one in predict(chosen.model, texts)]
    meant = [intent for _, intent in asked]
    print("## Reviewed sentences\n")
    for name, answers in (("before", old), ("after", new)):
        right = sum(answer == intent for answer, intent in zip(answers, meant, strict=True))
        print(f"- {name}: {right} of {len(asked)} right")
    for text, intent, was, now in zip(texts, meant, old, new, strict=True):
        if was != now or now != intent:
            print(f"- “{text}” ({intent}): {was} → {now}")
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())

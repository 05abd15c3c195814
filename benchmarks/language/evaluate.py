"""Measures a trained model on the held-out sentences and writes a report.

`python -m benchmarks.language.evaluate`

Exit code 1: an emergency that the released model recognised is missed now, so this model must not be
released. 2: there is no model or no sentence.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.language import entities, measures, pictures, released
from benchmarks.language.measures import Pair
from benchmarks.language.predictions import predict
from benchmarks.language.sentences import TITLES, dev_sentences

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results"
WORST = 50


def newest_model(folder: Path) -> Path | None:
    """Give the model file that was trained last."""
    files = sorted(folder.glob("*.tar.gz"), key=lambda file: file.stat().st_mtime)
    return files[-1] if files else None


def report(pairs: Sequence[Pair], model: str, before: dict[str, str]) -> str:
    """Write the report as Markdown."""
    lines = [
        f"# Language quality of {model}",
        "",
        "Dev sentences: not trained on, but read while the model was built (ADR 0002).",
        "",
    ]
    lines += _overview(pairs)
    lines += _against_release(pairs, before)
    lines += _per_intent(pairs)
    lines += [
        "## Pictures",
        "",
        "![who is taken for whom](confusion.png)",
        "",
        "![confidence](confidence.png)",
        "",
    ]
    lines += _calibration(pairs)
    lines += _worst(pairs)
    lines += entities.section()
    return "\n".join(lines) + "\n"


def _overview(pairs: Sequence[Pair]) -> list[str]:
    lines = [
        "| | right | emergencies recognised | false alarms | other offices' matters answered | asked back |",
        "|---|---|---|---|---|---|",
    ]
    for variant, inside in measures.by_variant(pairs).items():
        if not inside:
            continue
        recall, false = measures.emergencies(inside)
        asked = measures.share(inside, [p.intent == measures.FALLBACK for _, p in inside])
        lines.append(
            f"| {TITLES[variant]} | {measures.right_guesses(inside)} | {recall} | {false} "
            f"| {measures.answered_out_of_scope(inside)} | {asked} |"
        )
    times = [p.milliseconds for _, p in pairs]
    lines += [
        "",
        f"Calibration error {measures.calibration_error(pairs):.3f}; "
        f"parse p50 {measures.median(times):.1f} ms, p95 {measures.median(times, 0.95):.1f} ms here.",
        "",
    ]
    return lines


def _against_release(pairs: Sequence[Pair], before: dict[str, str]) -> list[str]:
    if not before:
        return [
            "## Against the released model",
            "",
            "No model was released yet (`--release` records one).",
            "",
        ]
    moved = released.changed(pairs, before)
    lines = ["## Against the released model", "", f"{len(moved)} sentences mean something else now.", ""]
    for (sentence, given), was in moved:
        judged = (
            "now right"
            if given.intent == sentence.intent
            else "now wrong"
            if was == sentence.intent
            else "wrong"
        )
        lines.append(f"- {judged}: “{sentence.text}” ({sentence.intent}): {was} → {given.intent}")
    return [*lines, ""]


def _per_intent(pairs: Sequence[Pair]) -> list[str]:
    lines = ["## By intent", "", "| intent | right | most often taken for |", "|---|---|---|"]
    wrong = measures.confusions(pairs)
    groups = {
        name: [pair for pair in pairs if pair[0].intent == name] for name in {s.intent for s, _ in pairs}
    }
    for name, inside in sorted(groups.items(), key=lambda item: _rate(item[1])):
        taken = ", ".join(f"{other} ({count})" for (meant, other), count in wrong if meant == name)
        lines.append(f"| {name} | {measures.right_guesses(inside)} | {taken or '–'} |")
    return [*lines, ""]


def _rate(inside: Sequence[Pair]) -> tuple[float, str]:
    right = measures.right_guesses(inside)
    return right.count / right.total, inside[0][0].intent


def _calibration(pairs: Sequence[Pair]) -> list[str]:
    lines = ["## Confidence", "", "| mean confidence | right | sentences |", "|---|---|---|"]
    lines += [f"| {mean:.2f} | {right:.2f} | {count} |" for mean, right, count in measures.calibration(pairs)]
    return [*lines, ""]


def _worst(pairs: Sequence[Pair]) -> list[str]:
    wrong = sorted(
        ((s, p) for s, p in pairs if s.intent != p.guess),
        key=lambda pair: (-pair[1].confidence, pair[0].text),
    )
    lines = [f"## The {WORST} worst errors", "", "Wrong with the most confidence first.", ""]
    lines += [
        f"- {p.confidence:.2f} “{s.text}” ({TITLES[s.variant]}): {s.intent}, taken for {p.guess}"
        for s, p in wrong[:WORST]
    ]
    return [*lines, ""]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the evaluation; give the exit code."""
    parser = argparse.ArgumentParser(description="Measure a trained model on the held-out sentences.")
    parser.add_argument("--model", type=Path, help="model file; the newest in models/ if not given")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the report")
    parser.add_argument(
        "--release", action="store_true", help="record this model's answers as the released ones"
    )
    chosen = parser.parse_args(arguments)
    model = chosen.model or newest_model(ROOT / "models")
    sentences = dev_sentences()
    if model is None or not model.exists() or not sentences:
        print("There is no trained model or no held-out sentence.", file=sys.stderr)
        return 2
    pairs = list(zip(sentences, predict(model, [s.text for s in sentences]), strict=True))
    before = released.load_released()
    chosen.out.mkdir(parents=True, exist_ok=True)
    pictures.draw_confusions(pairs, chosen.out / "confusion.png")
    pictures.draw_confidence(pairs, chosen.out / "confidence.png")
    text = report(pairs, model.name, before)
    (chosen.out / "language.md").write_text(text, encoding="utf-8")
    print("\n".join(text.split("## By intent")[0].splitlines()))
    lost = released.lost_emergencies(pairs, before)
    for sentence, given in lost:
        print(f"EMERGENCY MISSED: {sentence.text} → {given.intent}", file=sys.stderr)
    if lost:
        return 1
    if chosen.release:
        released.save_released(pairs, model.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Writes what was measured as Markdown that a trainer can read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.language import entities, measures, released
from benchmarks.language.measures import Pair
from benchmarks.language.sentences import TITLES

WORST = 50
_ABOUT = {
    "dev": "not trained on, but read while the model was built (ADR 0002): guards against loss",
    "cross-validation": "training sentences asked of a model that did not learn them, nor any near them; "
    "the later rounds were written against the model, so this is harder than what citizens write",
}
_BLIND = "written by somebody who saw neither data nor code; scored, never read"


def report(found: Mapping[str, Sequence[Pair]], model: str, before: dict[str, str]) -> str:
    """Write the report: set → what the model answered there."""
    lines = [f"# Language quality of {model}", ""]
    for name, pairs in found.items():
        lines += [f"## {name}", "", f"{_ABOUT.get(name, _BLIND)}.", "", *_overview(pairs), ""]
    held_out = [pair for name, pairs in found.items() if name != "cross-validation" for pair in pairs]
    lines += _against_release(held_out, before)
    lines += ["## By intent", "", *_per_intent(found)]
    lines += ["## Pictures", "", "![who is taken for whom](confusion.png)", ""]
    lines += ["![confidence](confidence.png)", ""]
    shown = [pair for pairs in found.values() for pair in pairs if not pair[0].is_blind]
    lines += [*_confusions(shown), *_calibration([pair for pairs in found.values() for pair in pairs])]
    lines += [*_worst(shown), *entities.section()]
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
    lines += ["", f"Calibration error {measures.calibration_error(pairs):.3f}."]
    times = [p.milliseconds for _, p in pairs if p.milliseconds]
    if times:
        middle, late = measures.median(times), measures.median(times, 0.95)
        lines[-1] += f" Parse p50 {middle:.1f} ms, p95 {late:.1f} ms here."
    return lines


def _against_release(pairs: Sequence[Pair], before: dict[str, str]) -> list[str]:
    lines = ["## Against the released model", ""]
    if not before:
        return [*lines, "No model was released yet (`--release` records one).", ""]
    moved = released.changed(pairs, before)
    lines += [f"{len(moved)} sentences mean something else now.", ""]
    lost = released.lost_emergencies(pairs, before)
    lines += [f"**Emergencies missed that were recognised: {len(lost)}.**", ""]
    for (sentence, given), was in moved:
        if not sentence.is_blind:
            said = f"“{sentence.text}” ({sentence.intent})"
            lines.append(f"- {_judged(sentence.intent, given.intent, was)}: {said}: {was} → {given.intent}")
    hidden = [_judged(s.intent, p.intent, was) for (s, p), was in moved if s.is_blind]
    for verdict in sorted(set(hidden)):
        lines.append(f"- {verdict}: {hidden.count(verdict)} blind sentences")
    return [*lines, ""]


def _judged(wanted: str, now: str, was: str) -> str:
    return "now right" if now == wanted else "now wrong" if was == wanted else "wrong as before"


def _per_intent(found: Mapping[str, Sequence[Pair]]) -> list[str]:
    names = sorted({s.intent for pairs in found.values() for s, _ in pairs})
    lines = ["| intent | " + " | ".join(found) + " |", "|---|" + "---|" * len(found)]
    rows = []
    for name in names:
        shares = [
            measures.right_guesses([pair for pair in pairs if pair[0].intent == name])
            for pairs in found.values()
        ]
        right, total = sum(share.count for share in shares), sum(share.total for share in shares)
        rows.append((right / total, f"| {name} | " + " | ".join(map(str, shares)) + " |"))
    return [*lines, *(row for _, row in sorted(rows)), ""]


def _confusions(pairs: Sequence[Pair]) -> list[str]:
    lines = ["## Most often taken for another", "", "| meant | understood | times |", "|---|---|---|"]
    rows = measures.confusions(pairs)[:30]
    return [*lines, *(f"| {meant} | {other} | {count} |" for (meant, other), count in rows), ""]


def _calibration(pairs: Sequence[Pair]) -> list[str]:
    lines = ["## Confidence", "", "| mean confidence | right | sentences |", "|---|---|---|"]
    lines += [f"| {mean:.2f} | {right:.2f} | {count} |" for mean, right, count in measures.calibration(pairs)]
    return [*lines, ""]


def _worst(pairs: Sequence[Pair]) -> list[str]:
    wrong = sorted(
        ((s, p) for s, p in pairs if s.intent != p.guess),
        key=lambda pair: (-pair[1].confidence, pair[0].text),
    )
    lines = [f"## The {WORST} worst errors", "", "Wrong with the most confidence first; no blind ones.", ""]
    lines += [
        f"- {p.confidence:.2f} “{s.text}” ({TITLES[s.variant]}): {s.intent}, taken for {p.guess}"
        for s, p in wrong[:WORST]
    ]
    return [*lines, ""]

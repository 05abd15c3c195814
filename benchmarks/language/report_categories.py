"""Measures how well the kind of a report is found, by kind, and writes a table.

`python -m benchmarks.language.report_categories`

Trains the classifier of `nlu.report_category` alone, on the sentences in `data/nlu/tin_bao/loai_*.yml` (some
ten seconds), and asks it for the sentences of `tests/services/data/`, which it never learns from.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from nlu import concepts, normalizer
from nlu.intent_model import IntentModel
from nlu.report_category import KIND, ReportCategoryClassifier
from services.report_categories import load_categories
from services.report_story import rank_categories
from services.text import fold

ROOT = Path(__file__).resolve().parents[2]
RESULT = ROOT / "benchmarks" / "results" / "report_categories.md"
SETS = {
    "dev": ROOT / "tests" / "services" / "data" / "report_sentences.tsv",
    "held-out": ROOT / "tests" / "services" / "data" / "report_sentences_heldout.tsv",
}
Row = tuple[str, str]
Ranking = list[str]


def training_rows(folder: Path) -> Iterator[Row]:
    """Give (kind, sentence) of the training data."""
    for file in sorted(folder.glob("loai_*.yml")):
        for block in yaml.load(file.read_text("utf-8"), Loader=yaml.CSafeLoader)["nlu"]:
            for line in block["examples"].splitlines():
                yield block["metadata"][KIND], line.removeprefix("- ")


def measured_rows(path: Path, kinds: set[str]) -> list[Row]:
    """Give (kind, sentence) of a set, for the kinds that are learnt."""
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    return [(kind, text) for kind, _, text in rows if kind in kinds]


def train() -> tuple[IntentModel, set[str]]:
    """Train the classifier as Rasa would; give it with the kinds it knows."""
    rows = list(training_rows(ROOT / "data" / "nlu" / "tin_bao"))
    config = ReportCategoryClassifier.get_default_config()
    model = IntentModel(config, normalizer.load_lexicon(), concepts.load_concepts())
    model.learn([text for _, text in rows], [kind for kind, _ in rows])
    return model, {kind for kind, _ in rows}


def report(results: dict[str, dict[str, list[tuple[str, Ranking]]]]) -> str:
    """Write the results (by set, then by way of asking) as Markdown."""
    lines = [
        "# Which kind of report a message tells of",
        "",
        "`python -m benchmarks.language.report_categories`. “Classifier” was trained on the sentences",
        "by hand in `data/nlu/tin_bao/loai_*.yml` and never saw these; “wordings” are those of the",
        "content, which",
        "were written beside the dev set: every row with wordings flatters itself there (not in the held-out",
        "set). “Both” is what `services.report_story.read_story` does. All texts are read without marks.",
        "",
        "| set | by | sentences | first right | among the first three |",
        "|---|---|---|---|---|",
    ]
    for name, by in results.items():
        for way, pairs in by.items():
            lines.append(f"| {name} | {way} | {len(pairs)} | {share(pairs, 1)} | {share(pairs, 3)} |")
    lines += ["", "## By kind, dev set, classifier alone and both", ""]
    lines += ["| kind | sentences | classifier first | first three | both first | first three | taken for |"]
    lines += ["|---|---|---|---|---|---|---|"]
    alone, both = results["dev"]["classifier"], results["dev"]["both"]
    grouped: dict[str, list[int]] = defaultdict(list)
    for index, (kind, _) in enumerate(alone):
        grouped[kind].append(index)
    for kind, places in sorted(grouped.items()):
        one, two = [alone[i] for i in places], [both[i] for i in places]
        wrong = Counter(ranking[0] if ranking else "–" for meant, ranking in two if ranking[:1] != [meant])
        taken = ", ".join(f"{other} ({count})" for other, count in wrong.most_common(3)) or "–"
        lines.append(
            f"| {kind} | {len(places)} | {share(one, 1)} | {share(one, 3)} | {share(two, 1)} "
            f"| {share(two, 3)} | {taken} |"
        )
    return "\n".join(lines) + "\n"


def share(pairs: Sequence[tuple[str, Ranking]], best: int) -> str:
    """Give how many are right among the first `best`, in percent."""
    right = sum(kind in ranking[:best] for kind, ranking in pairs)
    return f"{100 * right / len(pairs):.1f} %"


def main() -> int:
    """Train, ask, write the table; give the exit code."""
    catalogue = load_categories(ROOT / "content")
    model, kinds = train()
    results: dict[str, dict[str, list[tuple[str, Ranking]]]] = {}
    for name, path in SETS.items():
        by: dict[str, list[tuple[str, Ranking]]] = defaultdict(list)
        for kind, text in measured_rows(path, kinds):
            ranking = model.rank(fold(text), 8)
            by["classifier"].append((kind, [one for one, _ in ranking]))
            by["wordings"].append((kind, [one for one, _ in rank_categories(text, catalogue)]))
            by["both"].append((kind, [one for one, _ in rank_categories(text, catalogue, ranking)]))
        results[name] = dict(by)
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(report(results), encoding="utf-8")
    print(RESULT.read_text("utf-8").split("## By kind")[0])
    return 0


if __name__ == "__main__":
    sys.exit(main())

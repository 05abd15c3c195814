"""Counts the training sentences and finds what is wrong with them.

`python -m benchmarks.language.data_report`

How many are invented and how many real (what citizens wrote, as staff understood it), per intent.
Duplicates (equal without case, marks and punctuation), near-duplicates with different intents, and
intents that look alike. Exit code 1 if a sentence stands under two intents.
"""

from __future__ import annotations

import re
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import yaml

from services.text import fold, nfc
from services.training_files import REAL, read_sentences

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data" / "nlu"
_ANNOTATION = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")
_NEAR = 0.85
_ALIKE = 15


@dataclass(frozen=True)
class Example:
    """One training sentence, without its annotations."""

    intent: str
    text: str
    file: str

    @property
    def key(self) -> str:
        """Give the sentence as compared: words without case and marks."""
        return " ".join(re.findall(r"\w+", fold(self.text)))


def read_examples(folder: Path = DATA) -> list[Example]:
    """Read the sentences of all files."""
    found = []
    for file in sorted(folder.rglob("*.yml")):
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        for block in content.get("nlu") or []:
            for line in str(block.get("examples", "")).splitlines():
                if "intent" in block and line.startswith("- "):
                    text = nfc(_ANNOTATION.sub(r"\1", line[2:].strip()))
                    found.append(Example(block["intent"], text, str(file.relative_to(folder))))
    return found


def real_counts(folder: Path = DATA) -> Counter[str]:
    """Count the sentences that citizens wrote, by intent; the head of a file says `origin: real`."""
    return Counter(one.intent for one in read_sentences(folder) if one.origin == REAL)


def duplicates(examples: list[Example]) -> tuple[list[list[Example]], list[list[Example]]]:
    """Give the groups of equal sentences: those of one intent, and those of several."""
    groups: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        groups[example.key].append(example)
    repeated = [group for group in groups.values() if len(group) > 1]
    crossing = [group for group in repeated if len({item.intent for item in group}) > 1]
    return [group for group in repeated if group not in crossing], crossing


def near_duplicates(examples: list[Example]) -> list[tuple[float, Example, Example]]:
    """Give pairs of nearly equal sentences with different intents, the nearest first."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    rows = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4)).fit_transform([e.key for e in examples])
    found = []
    for start in range(0, len(examples), 500):
        near = (rows[start : start + 500] @ rows.T).tocoo()
        # Millions of pairs share some letters: the few that are near are picked out before Python sees them.
        kept = (near.data >= _NEAR) & (near.row + start < near.col)
        for one, other, value in zip(near.row[kept], near.col[kept], near.data[kept], strict=True):
            first, second = examples[start + one], examples[other]
            if first.intent != second.intent:
                found.append((float(value), first, second))
    return sorted(found, key=lambda item: -item[0])


def look_alikes(near: list[tuple[float, Example, Example]]) -> list[tuple[tuple[str, str], int]]:
    """Give the pairs of intents with the most nearly equal sentences."""
    pairs = Counter(tuple(sorted((one.intent, other.intent))) for _, one, other in near)
    return [((one, other), count) for (one, other), count in pairs.most_common(_ALIKE)]


def main() -> int:
    """Print the report as Markdown; give the exit code."""
    examples = read_examples()
    counts = Counter(example.intent for example in examples)
    same, crossing = duplicates(examples)
    near = near_duplicates(examples)
    print(f"# Training sentences: {len(examples)} for {len(counts)} intents\n")
    real = real_counts()
    print("| intent | sentences | real |\n|---|---|---|")
    for intent, count in sorted(counts.items(), key=lambda item: item[1]):
        print(f"| {intent} | {count} | {real[intent]} ({real[intent] / count:.0%}) |")
    print(f"\nReal: {sum(real.values())} of {len(examples)}.")
    print(f"\n## Equal sentences of one intent: {len(same)}\n")
    for group in same:
        print(f"- {group[0].intent}: “{group[0].text}” ({', '.join(item.file for item in group)})")
    print(f"\n## Equal sentences of several intents: {len(crossing)}\n")
    for group in crossing:
        print("- " + " · ".join(f"{item.intent} “{item.text}” ({item.file})" for item in group))
    print(f"\n## Nearly equal sentences of different intents: {len(near)}\n")
    for value, one, other in near[:40]:
        print(f"- {value:.2f} {one.intent} “{one.text}” · {other.intent} “{other.text}”")
    print("\n## Intents that look alike\n")
    for (first, second), count in look_alikes(near):
        print(f"- {first} · {second}: {count}")
    return 1 if crossing else 0


if __name__ == "__main__":
    sys.exit(main())

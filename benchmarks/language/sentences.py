"""The held-out sentences: intent, how it is typed, text."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from services.text import fold, nfc

DEV = Path(__file__).parent / "dev"
AS_WRITTEN = "as_written"
NO_MARKS = "no_marks"
VARIANTS = (AS_WRITTEN, NO_MARKS, "shorthand", "slips")
TITLES = {
    AS_WRITTEN: "as written",
    NO_MARKS: "without marks",
    "shorthand": "chat shorthand",
    "slips": "typing slips",
}


@dataclass(frozen=True)
class DevSentence:
    """One sentence of the dev set; `variant` is one of VARIANTS."""

    intent: str
    variant: str
    text: str


def dev_sentences(folder: Path = DEV) -> list[DevSentence]:
    """Read all sentences; those as written come a second time without their marks.

    Raises ValueError naming file and line where a line does not have three columns or a known variant.
    """
    found: list[DevSentence] = []
    for file in sorted(folder.glob("*.tsv")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            if not line.strip():
                continue
            columns = line.split("\t")
            if len(columns) != 3 or columns[1] not in VARIANTS:
                raise ValueError(f"{file.name}, line {number}: want intent, variant and text between tabs")
            found.append(DevSentence(columns[0], columns[1], nfc(columns[2])))
    unmarked = [DevSentence(s.intent, NO_MARKS, fold(s.text)) for s in found if s.variant == AS_WRITTEN]
    return found + unmarked

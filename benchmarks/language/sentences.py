"""The held-out sentences: intent, how it is typed, text."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from services.text import fold, nfc

DEV = Path(__file__).parent / "dev"
BLIND = Path(__file__).parent / "blind"
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
    """One held-out sentence; `variant` is one of VARIANTS, `source` the set it comes from."""

    intent: str
    variant: str
    text: str
    source: str = "dev"

    @property
    def is_blind(self) -> bool:
        """Tell whether it belongs to a set that is scored and never shown."""
        return self.source.startswith("blind")


def dev_sentences(folder: Path = DEV) -> list[DevSentence]:
    """Read all dev sentences; those as written come a second time without their marks.

    Raises ValueError naming file and line where a line does not have three columns or a known variant.
    """
    return [sentence for file in sorted(folder.glob("*.tsv")) for sentence in _read(file, "dev")]


def blind_sentences(folder: Path = BLIND) -> dict[str, list[DevSentence]]:
    """Read the blind sets, each under its name; those as written come a second time without their marks.

    Raises ValueError as `dev_sentences` does.
    """
    return {file.stem: _read(file, file.stem) for file in sorted(folder.glob("blind*.tsv"))}


def _read(file: Path, source: str) -> list[DevSentence]:
    found: list[DevSentence] = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        columns = line.split("\t")
        if len(columns) != 3 or columns[1] not in VARIANTS:
            raise ValueError(f"{file.name}, line {number}: want intent, variant and text between tabs")
        found.append(DevSentence(columns[0], columns[1], nfc(columns[2]), source))
    return found + [
        DevSentence(s.intent, NO_MARKS, fold(s.text), source) for s in found if s.variant == AS_WRITTEN
    ]

"""All content that questions are answered from, read once: procedures, fines, comparisons, what is gone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from services import comparisons, fines, no_longer
from services.comparisons import Comparisons
from services.fines import FineBook
from services.no_longer import NoLonger
from services.procedures import Catalogue


@dataclass(frozen=True)
class Library:
    """The content of one office; an office may do without all but the procedures."""

    catalogue: Catalogue
    fines: FineBook | None = None
    comparisons: Comparisons | None = None
    no_longer: NoLonger | None = None

    @classmethod
    def load(cls, folder: Path) -> Library:
        """Read everything under the content folder; raises ContentError with every problem."""
        return cls(
            Catalogue.load(folder),
            FineBook.load(folder) if (folder / fines.FILE).exists() else None,
            Comparisons.load(folder) if (folder / comparisons.FILE).exists() else None,
            NoLonger.load(folder) if (folder / no_longer.FILE).exists() else None,
        )

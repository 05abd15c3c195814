"""Citizens whose confirmed reports are handed over while everything fails, each until it was taken.

A report is handed over as the dialogue does: the same draft again after an error, and once more after a
success, as when the confirmation is said twice. A picture goes with each.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
from dataclasses import dataclass, field

import sqlalchemy as sa

from services import reports
from services.clock import utc_now
from services.db.engine import Database
from services.db.report_tables import Report
from services.errors import StorageError
from services.evidence_store import EvidenceLost, EvidenceStore
from services.report_submission import Submission
from services.secrets import Cipher

ACCOUNT = "9990001112223334445"
PAUSE = 0.5


@dataclass
class Reporters:
    """Hands reports over, and knows what was promised to whom."""

    database: Database
    cipher: Cipher
    evidence: EvidenceStore
    rng: random.Random
    promised: dict[str, str] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)
    refused: int = 0
    problems: list[str] = field(default_factory=list)

    async def run(self, stop: asyncio.Event) -> None:
        """Hand over one report after the other until it is said to stop; the last one to its end."""
        number = 0
        while not stop.is_set():
            await self._hand_over(number)
            number += 1
            await asyncio.sleep(self.rng.uniform(0, PAUSE))

    async def _hand_over(self, number: int) -> None:
        story, picture = f"Tôi bị mất xe số {number}", self.rng.randbytes(2000)
        submission = Submission(
            ACCOUNT, f"reporter-{number}", f"draft-{number}", "mat_trom", "trat_tu", story
        )
        codes = set()
        for _ in range(2):
            codes.add(await self._until_taken(submission))
        if len(codes) != 1:
            self.problems.append(f"draft {number} has {len(codes)} codes")
        self.promised[codes.pop()] = story
        digest = hashlib.sha256(picture).hexdigest()
        while True:
            try:
                await asyncio.to_thread(self.evidence.put, picture)
                break
            except StorageError:
                self.refused += 1
                await asyncio.sleep(PAUSE)
        self.pictures[digest] = picture

    async def _until_taken(self, submission: Submission) -> str:
        while True:
            try:
                return await asyncio.to_thread(self._submit, submission)
            except (StorageError, sa.exc.SQLAlchemyError):
                self.refused += 1
                await asyncio.sleep(PAUSE)

    def _submit(self, submission: Submission) -> str:
        with self.database.transaction() as session:
            return reports.submit(session, self.cipher, submission, utc_now()).code

    def judge(self) -> list[str]:
        """Tell what is wrong with the reports and pictures that were promised to be kept."""
        wrong = list(self.problems)
        with self.database.transaction(read_only=True) as session:
            kept = session.execute(sa.select(sa.func.count(Report.id))).scalar_one()
            stories = sorted(
                self.cipher.open(sealed)
                for sealed in session.execute(sa.select(Report.sealed_story)).scalars()
            )
        if kept != len(self.promised):
            wrong.append(f"{kept} reports are kept, {len(self.promised)} were promised")
        if stories != sorted(self.promised.values()):
            wrong.append("a report's story is not the one that was told")
        for digest, picture in self.pictures.items():
            try:
                if self.evidence.path(digest).read_bytes() != picture:
                    wrong.append(f"picture {digest[:8]} was changed")
            except (OSError, EvidenceLost):
                wrong.append(f"picture {digest[:8]} is gone")
        return wrong

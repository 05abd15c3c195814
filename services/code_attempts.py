"""Wrong codes cost time: who guesses waits longer and longer, so does who guesses one code, so do all.

Kept in the database, so that a restart or a second process forgets nothing. Askers and codes stand
here as keyed hashes only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from services.db.report_tables import CodeAttempt
from services.secrets import Cipher

_PURPOSE = "code attempt"


@dataclass(frozen=True)
class Pace:
    """So many wrong codes are free; then each doubles the wait, up to a limit; quiet forgives."""

    free: int
    first: timedelta
    longest: timedelta
    forgiven_after: timedelta

    def wait(self, failures: int) -> timedelta:
        """Give how long nobody is heard after this many wrong codes in a row."""
        if failures < self.free:
            return timedelta(0)
        doublings = min(failures - self.free, 20)
        return min(self.longest, self.first * (1 << doublings))


# A person with a crumpled note needs some tries; a program needs millions.
ASKER = Pace(4, timedelta(seconds=30), timedelta(hours=24), timedelta(hours=48))
CODE = Pace(6, timedelta(minutes=1), timedelta(hours=24), timedelta(hours=48))
# A guesser with many accounts slows everybody who asks from elsewhere than the chat that reported,
# so the longest wait is short; at one try a minute a code is not found in a lifetime.
EVERYBODY = Pace(60, timedelta(seconds=1), timedelta(minutes=1), timedelta(minutes=30))


@dataclass(frozen=True)
class Scope:
    """Whose or which wrong codes are counted together."""

    name: str
    pace: Pace


def scopes(account_id: str, citizen_id: str, code: str) -> tuple[Scope, Scope, Scope]:
    """Give the three scopes of one attempt: everybody, the asker, the code."""
    return (
        Scope("everybody", EVERYBODY),
        Scope(f"asker\n{account_id}\n{citizen_id}", ASKER),
        Scope(f"code\n{code}", CODE),
    )


def queue_up(session: Session, cipher: Cipher, now: datetime) -> None:
    """Let one attempt be judged at a time: many at once would all be the first."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(CodeAttempt.__table__).values(
        scope_digest=cipher.digest(_PURPOSE, "everybody"), failures=0, last_at=now, blocked_until=now
    )
    same = {"failures": CodeAttempt.failures}
    session.execute(statement.on_conflict_do_update(index_elements=["scope_digest"], set_=same))


def blocked_until(
    session: Session, cipher: Cipher, asked: tuple[Scope, ...], now: datetime
) -> datetime | None:
    """Give until when no attempt is judged, or None."""
    digests = [cipher.digest(_PURPOSE, scope.name) for scope in asked]
    until: datetime | None = session.execute(
        sa.select(sa.func.max(CodeAttempt.blocked_until)).where(CodeAttempt.scope_digest.in_(digests))
    ).scalar()
    return until if until is not None and until > now else None


def failed(session: Session, cipher: Cipher, asked: tuple[Scope, ...], now: datetime) -> None:
    """Count a wrong code in each scope."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    for scope in asked:
        digest = cipher.digest(_PURPOSE, scope.name)
        row = session.execute(
            sa.select(CodeAttempt.failures, CodeAttempt.last_at).where(CodeAttempt.scope_digest == digest)
        ).first()
        forgiven = row is None or now - row.last_at > scope.pace.forgiven_after
        failures = 1 if forgiven else row.failures + 1
        values = {"failures": failures, "last_at": now, "blocked_until": now + scope.pace.wait(failures)}
        statement = dialect.insert(CodeAttempt.__table__).values(scope_digest=digest, **values)
        session.execute(statement.on_conflict_do_update(index_elements=["scope_digest"], set_=values))


def forgive(session: Session, cipher: Cipher, asked: tuple[Scope, ...]) -> None:
    """Forget the wrong codes of these scopes: the right one was given."""
    digests = [cipher.digest(_PURPOSE, scope.name) for scope in asked]
    session.execute(sa.delete(CodeAttempt.__table__).where(CodeAttempt.scope_digest.in_(digests)))


def forget_old(session: Session, before: datetime) -> int:
    """Delete what was last counted before a moment; give how many."""
    result = session.execute(sa.delete(CodeAttempt.__table__).where(CodeAttempt.last_at < before))
    return int(result.rowcount)

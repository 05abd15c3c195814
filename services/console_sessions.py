"""Who is signed in to the console: sessions on the server, of which the browser holds a random token.

Only the token's SHA-256 is stored: who reads the database cannot take a session over. A session ends
after `IDLE` without a page and at the latest after `LONGEST`; one that still waits for the phone's
code, after `CODE_WAIT`.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.db.staff_tables import ConsoleSession

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=10)
CODE_WAIT = timedelta(minutes=5)
# Noting every page would be a write for every page.
_NOTED_EVERY = timedelta(seconds=60)


@dataclass(frozen=True)
class OpenSession:
    """A session that has not ended; `stage` is `open`, or `code` while the phone's code is to come."""

    login: str
    stage: str
    seen_at: datetime
    ends_at: datetime

    def wants_noting(self, now: datetime) -> bool:
        """Tell whether it is time to note that this session is in use."""
        return now - self.seen_at >= _NOTED_EVERY


def begin(session: Session, login: str, stage: str, now: datetime) -> str:
    """Begin a session and give its token (256 bits, for the cookie)."""
    token = secrets.token_urlsafe(32)
    session.add(
        ConsoleSession(
            token_digest=_digest(token),
            login=login,
            stage=stage,
            created_at=now,
            seen_at=now,
            ends_at=now + (LONGEST if stage == "open" else CODE_WAIT),
        )
    )
    session.flush()
    return token


def find(session: Session, token: str, now: datetime) -> OpenSession | None:
    """Give the session of a token unless it ended."""
    row = session.get(ConsoleSession, _digest(token))
    if row is None or now >= row.ends_at or now - row.seen_at >= IDLE:
        return None
    return OpenSession(row.login, row.stage, row.seen_at, row.ends_at)


def note(session: Session, token: str, now: datetime) -> None:
    """Note that a session is in use."""
    session.execute(
        sa.update(ConsoleSession.__table__)
        .where(ConsoleSession.token_digest == _digest(token))
        .values(seen_at=now)
    )


def end(session: Session, token: str) -> None:
    """End one session."""
    session.execute(sa.delete(ConsoleSession.__table__).where(ConsoleSession.token_digest == _digest(token)))


def end_all(session: Session, login: str) -> int:
    """End every session of an account; give how many there were."""
    ended = session.execute(sa.delete(ConsoleSession.__table__).where(ConsoleSession.login == login))
    return int(ended.rowcount)


def count(session: Session, login: str, now: datetime) -> int:
    """Count the browsers that are signed in to an account."""
    query = sa.select(sa.func.count()).where(
        ConsoleSession.login == login,
        ConsoleSession.stage == "open",
        ConsoleSession.ends_at > now,
        ConsoleSession.seen_at > now - IDLE,
    )
    return int(session.execute(query).scalar_one())


def forget_ended(session: Session, now: datetime) -> int:
    """Delete sessions that are over; give how many."""
    ended = session.execute(
        sa.delete(ConsoleSession.__table__).where(
            sa.or_(ConsoleSession.ends_at <= now, ConsoleSession.seen_at <= now - IDLE)
        )
    )
    return int(ended.rowcount)


def form_token(token: str) -> str:
    """Give what a form of this session must carry: nobody who lacks the cookie can make it up."""
    return hmac.new(token.encode(), b"form", hashlib.sha256).hexdigest()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()

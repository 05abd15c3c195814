"""Access tokens of platform accounts: single-use refresh tokens, one refresher at a time, encrypted.

A refresh token dies when it is used, so the new pair is stored before anybody uses it, and a lock
row keeps two processes from spending the same token.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.db.models import PlatformToken
from services.errors import ClaimLost
from services.secrets import Cipher

# Longer than the longest refresh request, so that a second refresher never starts beside the first.
REFRESH_LEASE = timedelta(seconds=60)


@dataclass(frozen=True)
class TokenPair:
    """The stored pair of an account. `broken` means an operator has to authorise again."""

    access: str
    refresh: str
    generation: int
    issued_at: datetime
    expires_at: datetime
    broken: bool
    last_error: str | None

    def __repr__(self) -> str:
        return f"TokenPair(generation={self.generation}, expires_at={self.expires_at!s})"


def read(session: Session, cipher: Cipher, account_id: str) -> TokenPair | None:
    """Give the stored pair of an account, or None when it was never authorised."""
    row = session.get(PlatformToken, account_id)
    if row is None:
        return None
    return TokenPair(
        access=cipher.open(row.sealed_access),
        refresh=cipher.open(row.sealed_refresh),
        generation=row.generation,
        issued_at=row.issued_at,
        expires_at=row.expires_at,
        broken=row.broken_at is not None,
        last_error=row.last_error,
    )


def save(
    session: Session,
    cipher: Cipher,
    account_id: str,
    access: str,
    refresh: str,
    now: datetime,
    expires_at: datetime,
) -> TokenPair:
    """Store a new pair, keep the former one for diagnosis, and end any refresh that was going on.

    Raises ValueError for an empty token: losing a working pair to an empty one is how others lost
    their channel.
    """
    if not access or not refresh:
        raise ValueError("an empty token is never stored")
    row = session.get(PlatformToken, account_id)
    if row is None:
        row = PlatformToken(account_id=account_id, generation=0)
        session.add(row)
    else:
        row.sealed_previous = row.sealed_refresh
    row.sealed_access = cipher.seal(access)
    row.sealed_refresh = cipher.seal(refresh)
    row.generation += 1
    row.issued_at = now
    row.expires_at = expires_at
    row.refreshing_by = row.refreshing_until = row.broken_at = row.last_error = None
    session.flush()
    return TokenPair(access, refresh, row.generation, now, expires_at, False, None)


def begin_refresh(session: Session, account_id: str, generation: int, worker: str, now: datetime) -> bool:
    """Take the right to refresh this generation of the pair; False when another one has it."""
    result = session.execute(
        sa.update(PlatformToken.__table__)
        .where(
            PlatformToken.account_id == account_id,
            PlatformToken.generation == generation,
            PlatformToken.broken_at.is_(None),
            sa.or_(PlatformToken.refreshing_until.is_(None), PlatformToken.refreshing_until < now),
        )
        .values(refreshing_by=worker, refreshing_until=now + REFRESH_LEASE)
    )
    return bool(result.rowcount == 1)


def end_refresh(
    session: Session, account_id: str, worker: str, error: str, now: datetime, broken: bool
) -> None:
    """End a refresh that gave no new pair; `broken` when the refresh token is spent or refused."""
    result = session.execute(
        sa.update(PlatformToken.__table__)
        .where(PlatformToken.account_id == account_id, PlatformToken.refreshing_by == worker)
        .values(
            refreshing_by=None,
            refreshing_until=None,
            last_error=error[:200],
            broken_at=now if broken else None,
        )
    )
    if result.rowcount != 1:
        raise ClaimLost(f"refresh of account {account_id}")

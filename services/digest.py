"""The weekly digest: who wants it, for which ward, and sending each issue once to each of them.

Consent is asked for separately and can be taken back with a word at any time. Zalo lets an account
write for seven days after a citizen's last word; who was silent longer is left out of the issue, and
gets it if they write again in the same week. After 48 hours a message costs from the account's quota.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services import outbox
from services.clock import VIETNAM
from services.db.models import InboundEvent
from services.db.news_tables import DigestDelivery, DigestSubscription
from services.news import NewsItem
from services.outbox import Reply
from services.return_address import Address, open_address, owner_digest, owner_digests, seal_address
from services.secrets import Cipher
from services.text import fold, nfc, squeeze
from services.wording import day

_ROLE = "digest"
WINDOW = timedelta(days=7) - timedelta(minutes=10)
FREE = timedelta(hours=48) - timedelta(minutes=10)
STOP = "HỦY BẢN TIN"
STOP_LINE = f"Không muốn nhận nữa, anh/chị nhắn: {STOP}"
_STOP_WORDS = frozenset(
    {
        "huy ban tin", "huy nhan ban tin", "dung ban tin", "ngung ban tin", "tat ban tin",
        "thoi nhan ban tin", "khong nhan ban tin", "khong nhan ban tin nua", "stop ban tin",
        "huy dang ky ban tin", "bo ban tin",
    }
)  # fmt: skip
MOST_ITEMS = 5


@dataclass(frozen=True)
class Subscription:
    """What a citizen takes: the digest of a unit (None: of the whole page), since when (UTC)."""

    unit_id: str | None
    agreed_at: datetime


@dataclass(frozen=True)
class Run:
    """What one run of the sender did: queued now, had it before, silent too long, left for want of quota."""

    issue: str
    queued: int = 0
    before: int = 0
    silent: int = 0
    no_quota: int = 0
    nothing: int = 0


def is_stop_word(text: str) -> bool:
    """Tell whether a text is, as a whole, the word that ends the digest."""
    return squeeze(fold(nfc(text))).strip(" .!\"'“”") in _STOP_WORDS


def issue_of(on: date) -> str:
    """Give the issue of a day: ISO year and week."""
    year, week, _ = on.isocalendar()
    return f"{year}-W{week:02d}"


def subscribe(session: Session, cipher: Cipher, address: Address, unit_id: str | None, now: datetime) -> None:
    """Write down that a citizen wants the digest of a unit; a second time changes the unit."""
    unsubscribe(session, cipher, address, now)
    values = {
        "sealed_address": seal_address(cipher, address),
        "account_id": address.account_id,
        "unit_id": unit_id,
        "agreed_at": now,
        "ended_at": None,
    }
    table = DigestSubscription.__table__
    digests = owner_digests(cipher, _ROLE, address)
    changed = session.execute(sa.update(table).where(table.c.owner_digest.in_(digests)).values(**values))
    if changed.rowcount == 0:
        session.execute(sa.insert(table).values(owner_digest=owner_digest(cipher, _ROLE, address), **values))


def unsubscribe(session: Session, cipher: Cipher, address: Address, now: datetime) -> bool:
    """End a citizen's digest and forget the address; tell whether there was one."""
    table = DigestSubscription.__table__
    ended = session.execute(
        sa.update(table)
        .where(table.c.owner_digest.in_(owner_digests(cipher, _ROLE, address)), table.c.ended_at.is_(None))
        .values(ended_at=now, sealed_address=None)
    )
    return bool(ended.rowcount)


def forget(session: Session, cipher: Cipher, address: Address) -> int:
    """Erase everything about a citizen's digest; give how many rows went."""
    table = DigestSubscription.__table__
    mine = table.c.owner_digest.in_(owner_digests(cipher, _ROLE, address))
    ids = list(session.execute(sa.select(table.c.id).where(mine)).scalars())
    session.execute(sa.delete(DigestDelivery.__table__).where(DigestDelivery.subscription_id.in_(ids)))
    return int(session.execute(sa.delete(table).where(mine)).rowcount)


def reseal(cipher: Cipher, sealed_address: str) -> dict[str, str]:
    """Give the columns of a subscriber anew, under the newest key. Raises StorageError."""
    address = open_address(cipher, sealed_address)
    return {
        "owner_digest": owner_digest(cipher, _ROLE, address),
        "sealed_address": seal_address(cipher, address),
    }


def subscription(session: Session, cipher: Cipher, address: Address) -> Subscription | None:
    """Give what a citizen takes, or None."""
    table = DigestSubscription.__table__
    row = session.execute(
        sa.select(table.c.unit_id, table.c.agreed_at).where(
            table.c.owner_digest.in_(owner_digests(cipher, _ROLE, address)), table.c.ended_at.is_(None)
        )
    ).first()
    return Subscription(row.unit_id, row.agreed_at) if row else None


def digest_text(items: Sequence[NewsItem], unit_title: str, on: date) -> str:
    """Write one issue; ends with the stop word, always."""
    lines = [f"Bản tin tuần của {unit_title}, ngày {day(on)}"]
    for number, item in enumerate(items[:MOST_ITEMS], start=1):
        lines.append(f"{number}. {item.title}\n{item.summary}\n")
    return "\n".join([*lines, "Muốn đọc mục nào, anh/chị nhắn “tin tức”. Việc gấp gọi 113.", STOP_LINE])


def send_issue(
    transaction: Callable[[], AbstractContextManager[Session]],
    cipher: Cipher,
    account_id: str,
    compose: Callable[[str | None], str | None],
    quota: int,
    now: datetime,
    dry_run: bool = False,
) -> Run:
    """Queue the present issue for an account's subscribers, each in a transaction of its own.

    Resuming sends nobody twice. `compose` gives the text for a unit, or None when there is nothing to
    say; `quota` is how many messages may go to people whose last word is older than 48 hours.
    """
    issue = issue_of(now.astimezone(VIETNAM).date())
    with transaction() as session:
        rows = _due(session, account_id)
    counts = {"queued": 0, "before": 0, "silent": 0, "no_quota": 0, "nothing": 0}
    for subscription_id in rows:
        with transaction() as session:
            what, paid = _send_one(session, cipher, subscription_id, issue, compose, quota, now, dry_run)
        counts[what] += 1
        quota -= paid
    return Run(issue, **counts)


def _send_one(
    session: Session,
    cipher: Cipher,
    subscription_id: int,
    issue: str,
    compose: Callable[[str | None], str | None],
    quota: int,
    now: datetime,
    dry_run: bool,
) -> tuple[str, int]:
    table, delivery = DigestSubscription.__table__, DigestDelivery.__table__
    row = session.execute(sa.select(table).where(table.c.id == subscription_id).with_for_update()).first()
    if row is None or row.ended_at is not None:
        return "nothing", 0
    had = sa.select(delivery.c.id).where(
        delivery.c.issue == issue, delivery.c.subscription_id == subscription_id
    )
    if session.execute(had).first() is not None:
        return "before", 0
    address = open_address(cipher, row.sealed_address)
    last = session.execute(
        sa.select(sa.func.max(InboundEvent.sent_at)).where(
            InboundEvent.account_id == address.account_id, InboundEvent.citizen_id == address.citizen_id
        )
    ).scalar()
    if last is None or now - last > WINDOW:
        return "silent", 0
    paid = int(now - last > FREE)
    if paid and quota < 1:
        return "no_quota", 0
    text = compose(row.unit_id)
    if text is None:
        return "nothing", 0
    if not dry_run:
        session.execute(
            sa.insert(delivery).values(issue=issue, subscription_id=subscription_id, queued_at=now)
        )
        outbox.add(
            session, cipher, address.account_id, address.citizen_id, [Reply("text", {"text": text})], now
        )
    return "queued", paid


def _due(session: Session, account_id: str) -> list[int]:
    table = DigestSubscription.__table__
    return list(
        session.execute(
            sa.select(table.c.id)
            .where(table.c.account_id == account_id, table.c.ended_at.is_(None))
            .order_by(table.c.id)
        ).scalars()
    )

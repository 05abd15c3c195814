"""Words to a citizen about their report: through the outbox, or kept until somebody may write to them.

Zalo lets an Official Account write for seven days after the citizen's last word. Later messages wait
here, officers see them as undelivered, and they go out when the citizen writes again. A citizen
without an address reads them with code and secret. Of a discreet report a message says no more than
that there is one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services import outbox, return_address
from services.db.models import InboundEvent, OutboundMessage
from services.db.report_tables import Report, ReportMessage
from services.errors import StorageError
from services.outbox import Reply
from services.report_identity import kept_moment
from services.return_address import Address
from services.secrets import Cipher

WINDOW = timedelta(days=7)
# A message that leaves in the last minutes may arrive too late.
SPARE = timedelta(minutes=10)
MOST_LETTERS = 1_500

DISCREET = "Anh/chị có tin mới từ trợ lý. Lúc tiện và an toàn, anh/chị nhắn “tra cứu” để xem ạ."
_NEWS = "Tin {code}: {text}"
_QUESTION = (
    "Cán bộ hỏi thêm về tin {code}:\n{text}\n"
    "Anh/chị trả lời ngay tại đây ạ. Không nhớ, không biết thì cứ nhắn “không rõ”."
)


def tell(session: Session, cipher: Cipher, row: Any, kind: str, text: str, author: str, now: datetime) -> int:
    """Keep a message (`news` or `question`) to the citizen of a report and send it if one may.

    Gives the id of the message. Raises ValueError for an empty or a too long one.
    """
    text = text.strip()
    if not text or len(text) > MOST_LETTERS:
        raise ValueError(f"a message to a citizen has 1 to {MOST_LETTERS} letters")
    at = kept_moment(row.identity, now)
    message_id = int(
        session.execute(
            sa.insert(ReportMessage.__table__).values(
                report_id=row.id,
                direction="to_citizen",
                kind=kind,
                author=author,
                sealed_text=cipher.at(at).seal(text),
                delivery="waiting",
                answered=False,
                created_at=at,
            )
        ).inserted_primary_key[0]
    )
    _send(session, cipher, row, message_id, kind, text, now)
    return message_id


def is_any_waiting(session: Session, account_id: str) -> bool:
    """Tell whether messages wait until citizens of an account write again."""
    query = (
        sa.select(ReportMessage.id)
        .join(Report, ReportMessage.report_id == Report.id)
        .where(ReportMessage.delivery == "waiting", Report.account_id == account_id)
    )
    return session.execute(query.limit(1)).first() is not None


def citizen_wrote(session: Session, cipher: Cipher, account_id: str, citizen_id: str, now: datetime) -> int:
    """Send what waited for this citizen to write again; give how many messages."""
    rows = session.execute(
        sa.select(
            Report.__table__,
            ReportMessage.id.label("message_id"),
            ReportMessage.kind.label("message_kind"),
            ReportMessage.sealed_text,
        )
        .join(ReportMessage, ReportMessage.report_id == Report.id)
        .where(
            ReportMessage.delivery == "waiting",
            Report.account_id == account_id,
            Report.sealed_reporter.is_not(None),
        )
        .order_by(ReportMessage.id)
    ).all()
    mine = Address(account_id, citizen_id)
    sent = 0
    for row in rows:
        if return_address.is_address(cipher, row.sealed_reporter, mine):
            text = cipher.open(row.sealed_text)
            _send(session, cipher, row, row.message_id, row.message_kind, text, now, wrote=True)
            sent += 1
    return sent


def resend(session: Session, cipher: Cipher, row: Any, message_id: int, now: datetime) -> bool:
    """Send a message again that could not be delivered; tell whether there was one."""
    message = session.execute(
        sa.select(ReportMessage.kind, ReportMessage.sealed_text).where(
            ReportMessage.id == message_id,
            ReportMessage.report_id == row.id,
            ReportMessage.delivery.in_(["dead", "waiting"]),
        )
    ).first()
    if message is None:
        return False
    _send(session, cipher, row, message_id, message.kind, cipher.open(message.sealed_text), now)
    return True


def refresh(session: Session, cipher: Cipher) -> int:
    """Learn from the outbox what became of messages under way; give how many came to their end."""
    rows = session.execute(
        sa.select(ReportMessage.id, ReportMessage.report_id, ReportMessage.sealed_outbound).where(
            ReportMessage.delivery == "queued"
        )
    ).all()
    settled = 0
    for row in rows:
        try:
            outbound_id = int(cipher.open(row.sealed_outbound))
        except StorageError:
            # Until an operator brings the key back.
            continue
        state = session.execute(
            sa.select(OutboundMessage.state).where(OutboundMessage.id == outbound_id)
        ).scalar()
        if state in ("queued", "sending", "unsure"):
            continue
        delivery = "sent" if state == "sent" else "dead"
        _mark(session, row.report_id, row.id, delivery)
        settled += 1
    return settled


def _send(
    session: Session,
    cipher: Cipher,
    row: Any,
    message_id: int,
    kind: str,
    text: str,
    now: datetime,
    wrote: bool = False,
) -> None:
    if row.sealed_reporter is None:
        _mark(session, row.id, message_id, "code_only")
        return
    address = return_address.open_address(cipher, row.sealed_reporter)
    if not wrote and not _may_write(session, address, now):
        _mark(session, row.id, message_id, "waiting")
        return
    said = (_QUESTION if kind == "question" else _NEWS).format(code=row.code, text=text)
    reply = Reply("text", {"text": DISCREET if row.discreet else said})
    outbox.add(session, cipher, address.account_id, address.citizen_id, [reply], now)
    outbound_id = session.execute(
        sa.select(sa.func.max(OutboundMessage.id)).where(
            OutboundMessage.account_id == address.account_id,
            OutboundMessage.citizen_id == address.citizen_id,
        )
    ).scalar_one()
    sealed = cipher.at(kept_moment(row.identity, now)).seal(str(outbound_id))
    _mark(session, row.id, message_id, "queued", sealed_outbound=sealed)


def _may_write(session: Session, address: Address, now: datetime) -> bool:
    last = session.execute(
        sa.select(sa.func.max(InboundEvent.sent_at)).where(
            InboundEvent.account_id == address.account_id, InboundEvent.citizen_id == address.citizen_id
        )
    ).scalar()
    return last is not None and now - last < WINDOW - SPARE


_NEWS_STATE = {
    "queued": "queued",
    "sent": "sent",
    "waiting": "undelivered",
    "dead": "undelivered",
    "code_only": "code_only",
}


def _mark(session: Session, report_id: int, message_id: int, delivery: str, **values: Any) -> None:
    session.execute(
        sa.update(ReportMessage.__table__)
        .where(ReportMessage.id == message_id)
        .values(delivery=delivery, **values)
    )
    # The report shows where its newest words to the citizen are.
    newest = session.execute(
        sa.select(sa.func.max(ReportMessage.id)).where(
            ReportMessage.report_id == report_id, ReportMessage.direction == "to_citizen"
        )
    ).scalar()
    if newest == message_id:
        session.execute(
            sa.update(Report.__table__).where(Report.id == report_id).values(news_state=_NEWS_STATE[delivery])
        )

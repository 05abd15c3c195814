"""“Xóa dữ liệu của tôi”: what the law lets go goes at once, what has to stay is named with its reason.

Gone at once: the conversation, what Zalo delivered, the draft, pictures of no report, and reports that
are closed and in no case file. A report that is being handled stays (BLTTHS Đ.145: it must be taken and
worked; Law 91/2025 Đ.14, 19 allow keeping it), and so does one that is in a case file. Anonymous reports
are found by the grants of their codes only. The receipt holds counts, and nothing about whose data it was.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services import audit, digest, report_access, report_codes, report_drafts, report_states, return_address
from services.clock import VIETNAM
from services.conversations import delete_conversation
from services.db.models import ConversationMode, InboundEvent, MediaItem, OfferedChoice, OutboundMessage
from services.db.report_tables import Erasure, Report
from services.report_erasure import empty_report, forget_media, held_media
from services.return_address import REPORTER, Address
from services.secrets import Cipher

# Zalo may deliver an event once more within a day: its key stays that long, its content does not.
_KEYS_KEPT = timedelta(hours=25)
_SETTLED_IN = ("done", "ignored", "dead")
_SETTLED_OUT = ("sent", "dead")
_EMPTY = "{}"

OPEN, FILED = "open", "filed"
_KEPT_WORDS = {
    OPEN: "Tin {code}: công an đang giải quyết theo luật nên chưa xóa được; xong rồi sẽ xóa theo hạn lưu.",
    FILED: "Tin {code}: đã vào hồ sơ vụ việc, hồ sơ được lưu theo luật.",
}
_ERASED_WORDS = {
    "conversation": "đoạn trò chuyện với trợ lý",
    "reports": "{number} tin đã giải quyết xong",
    "draft": "tin báo đang viết dở",
    "media": "{number} ảnh, clip, tệp",
    "digest": "đăng ký nhận bản tin",
}


@dataclass(frozen=True)
class Kept:
    """One report that stays, and why: `open` or `filed`."""

    code: str
    reason: str


@dataclass(frozen=True)
class ErasureReceipt:
    """What the citizen gets; `files` are contents to discard once the transaction is committed."""

    code: str
    at: datetime
    erased: dict[str, int]
    kept: tuple[Kept, ...]
    files: frozenset[str]

    @property
    def text(self) -> str:
        """The receipt in plain words."""
        local = self.at.astimezone(VIETNAM)
        gone = [
            words.format(number=number)
            for kind, words in _ERASED_WORDS.items()
            if (number := self.erased.get(kind, 0))
        ]
        lines = [
            f"Biên nhận xóa dữ liệu {self.code}, lúc {local:%H:%M} ngày {local:%d/%m/%Y}.",
            f"Đã xóa: {', '.join(gone)}." if gone else "Không còn dữ liệu nào của anh/chị để xóa.",
            *(_KEPT_WORDS[one.reason].format(code=one.code) for one in self.kept),
            "Tin giấu tên thì anh/chị gửi mã tin và mã riêng để xóa.",
            "Đoạn trò chuyện trên máy anh/chị và ở Zalo thì anh/chị tự xóa giúp ạ.",
        ]
        return "\n".join(lines)


def erase(
    session: Session,
    cipher: Cipher,
    account_id: str,
    citizen_id: str,
    now: datetime,
    conversation_ids: Sequence[str] = (),
    grants: Sequence[str] = (),
) -> ErasureReceipt:
    """Delete a citizen's data and give the receipt.

    `conversation_ids` are the names of the citizen's conversations with this account; `grants` (see
    `services.report_access`) add anonymous reports. What is under way (this very message) stays.
    """
    who = Address(account_id, citizen_id)
    reports = _own_reports(session, cipher, who, grants, now)
    gone = [row for row in reports if not _reason(row)]
    for row in gone:
        empty_report(session, row.id, now)
        audit.record(session, audit.CITIZEN, "report.erased", _hour(now), row.id)
    media = set(
        session.execute(
            sa.select(MediaItem.id).where(
                MediaItem.account_id == account_id,
                MediaItem.citizen_id == citizen_id,
                MediaItem.state.in_(["stored", "missing"]),
            )
        ).scalars()
    ) - held_media(session, cipher)
    files = forget_media(session, media)
    erased = {
        "conversation": sum(delete_conversation(session, one) for one in conversation_ids)
        + _forget_traffic(session, cipher, who, now),
        "reports": len(gone),
        "draft": int(report_drafts.drop(session, cipher, account_id, citizen_id)),
        "media": len(media),
        "digest": digest.forget(session, cipher, who),
    }
    kept = tuple(Kept(row.code, reason) for row in reports if (reason := _reason(row)))
    code = report_codes.new_code(now.astimezone(VIETNAM).year, report_codes.ERASURE)
    session.execute(
        sa.insert(Erasure.__table__).values(
            code=code,
            erased=json.dumps(erased),
            kept=json.dumps([one.reason for one in kept]),
            requested_at=_hour(now),
            done_at=_hour(now),
        )
    )
    audit.record(session, audit.CITIZEN, "erasure.done", _hour(now), detail=code)
    return ErasureReceipt(code, now, erased, kept, frozenset(files))


def _own_reports(
    session: Session, cipher: Cipher, who: Address, grants: Sequence[str], now: datetime
) -> list[sa.engine.Row]:
    by_code = [report_access.granted(cipher, grant, who.account_id, who.citizen_id, now) for grant in grants]
    query = sa.select(Report.id, Report.code, Report.case_state, Report.file_number).where(
        Report.erased_at.is_(None),
        sa.or_(
            Report.reporter_digest.in_(return_address.owner_digests(cipher, REPORTER, who)),
            Report.id.in_([one for one in by_code if one is not None]),
        ),
    )
    return list(session.execute(query.order_by(Report.id)).all())


def _reason(row: sa.engine.Row) -> str:
    if row.file_number:
        return FILED
    return "" if row.case_state in report_states.CLOSED else OPEN


def _forget_traffic(session: Session, cipher: Cipher, who: Address, now: datetime) -> int:
    """Delete what came from and went to a citizen; of the last day only the content."""
    number = 0
    empty = cipher.seal(_EMPTY)
    for table, sealed, settled in (
        (InboundEvent, "sealed_body", _SETTLED_IN),
        (OutboundMessage, "sealed_payload", _SETTLED_OUT),
    ):
        theirs = (
            table.account_id == who.account_id,
            table.citizen_id == who.citizen_id,
            table.state.in_(settled),
        )
        moment = table.received_at if table is InboundEvent else table.created_at
        recent = session.execute(
            sa.update(table.__table__).where(*theirs, moment >= now - _KEYS_KEPT).values({sealed: empty})
        ).rowcount
        old = session.execute(sa.delete(table.__table__).where(*theirs, moment < now - _KEYS_KEPT)).rowcount
        number += recent + old
    session.execute(
        sa.delete(OfferedChoice.__table__).where(
            OfferedChoice.account_id == who.account_id, OfferedChoice.citizen_id == who.citizen_id
        )
    )
    # An officer who is speaking with them goes on.
    session.execute(
        sa.delete(ConversationMode.__table__).where(
            ConversationMode.account_id == who.account_id,
            ConversationMode.citizen_id == who.citizen_id,
            ConversationMode.until < now,
        )
    )
    return number


def _hour(now: datetime) -> datetime:
    # As all moments of anonymous reports: nothing leads from them to who asked.
    return now.replace(minute=0, second=0, microsecond=0)

"""What went out to followers, per Official Account, so that it is known exactly and never goes twice.

A publication is a decision: one item, as it read then, to some accounts. Each account has an outcome
row that moves only forwards and is written before a call to the platform and after its answer:

    waiting → creating → verifying → published → broadcasting → sent
                 ╰──────────┴────────────┴─→ refused (may be tried again) · unsure (a person looks first)

A row found in `creating` or `broadcasting` means that the program died in the call: it becomes `unsure`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services import audit
from services.db.news_tables import Publication, PublicationOutcome
from services.errors import ClaimLost
from services.news_desk import DeskItem, NewsError
from services.text import nfc

_IN_A_CALL = ("creating", "broadcasting")
# From which states an account may be taken up again, and what is done next.
OPEN = ("waiting", "verifying", "published", "refused")
_MOST = {"title": 140, "author": 50, "description": 250}


@dataclass(frozen=True)
class Outcome:
    """How far one account is. `sent_at` is when the platform took the broadcast; moments are UTC."""

    id: int
    account_id: str
    state: str
    article_token: str | None
    article_id: str | None
    message_id: str | None
    reason: str | None
    changed_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True)
class Decision:
    """One publication with its outcomes, in the order of the accounts."""

    id: int
    item_id: int
    article: Mapping[str, Any]
    broadcast: bool
    decided_by: str
    decided_at: datetime
    outcomes: tuple[Outcome, ...]

    def is_done(self, outcome: Outcome) -> bool:
        """Tell whether nothing is left to do for an account."""
        return outcome.state == ("sent" if self.broadcast else "published")


def article_of(item: DeskItem, page: str) -> dict[str, Any]:
    """Make the platform's article of an item, as its documentation describes it.

    Raises NewsError when the item has no picture: an article cannot be made without one.
    """
    draft = item.draft
    if not draft.picture:
        raise NewsError(
            "Bài đăng trên Zalo phải có hình bìa. Anh/chị thêm địa chỉ hình (https://…) rồi đăng."
        )
    source = f"Nguồn: {draft.source_title}. Kiểm tra ngày {draft.checked_on:%d/%m/%Y}."
    body = [
        {"type": "text", "content": part} for part in (*nfc(draft.text).split("\n"), source) if part.strip()
    ]
    return {
        "type": "normal",
        "title": _short(draft.title, "title"),
        "author": _short(page, "author"),
        "cover": {"cover_type": "photo", "photo_url": draft.picture, "status": "show"},
        "description": _short(draft.summary, "description"),
        "body": body,
        "status": "show",
        "comment": "hide",
    }


def decide(
    session: Session,
    actor: str,
    item: DeskItem,
    accounts: Mapping[str, str],
    broadcast: bool,
    now: datetime,
) -> int:
    """Store a decision for accounts (names by id); give its number. Raises NewsError."""
    if item.state != "published":
        raise NewsError("Tin còn là bản nháp hoặc đã gỡ; duyệt đăng tin trước rồi mới gửi.")
    if not accounts:
        raise NewsError("Chưa chọn trang Zalo nào.")
    articles = {account: article_of(item, name) for account, name in accounts.items()}
    made = session.execute(
        sa.insert(Publication.__table__).values(
            item_id=item.id,
            article=json.dumps(articles, ensure_ascii=False),
            broadcast=broadcast,
            decided_by=actor,
            decided_at=now,
        )
    )
    number = int(made.inserted_primary_key[0])
    for account in accounts:
        session.execute(
            sa.insert(PublicationOutcome.__table__).values(
                publication_id=number, account_id=account, state="waiting", changed_at=now
            )
        )
    action = "news.broadcast" if broadcast else "news.article"
    audit.record(session, actor, action, now, detail=f"n{item.id} p{number} {len(accounts)} oa")
    return number


def get(session: Session, number: int) -> Decision:
    """Give a publication with its outcomes. Raises NewsError when there is none."""
    row = session.execute(sa.select(Publication.__table__).where(Publication.id == number)).first()
    if row is None:
        raise NewsError(f"Không có lần gửi số {number}.")
    return _decision(session, row)


def latest(session: Session, limit: int = 20) -> list[Decision]:
    """List publications, newest first."""
    rows = session.execute(
        sa.select(Publication.__table__).order_by(Publication.id.desc()).limit(limit)
    ).all()
    return [_decision(session, row) for row in rows]


def advance(
    session: Session, outcome_id: int, was: Sequence[str], state: str, now: datetime, **values: Any
) -> None:
    """Move an outcome from one of some states to the next; raises ClaimLost when it is elsewhere.

    Two programs on one publication: only one of them gets to make the call.
    """
    changed = session.execute(
        sa.update(PublicationOutcome.__table__)
        .where(PublicationOutcome.id == outcome_id, PublicationOutcome.state.in_(list(was)))
        .values(state=state, changed_at=now, **{"reason": None, **values})
    )
    if changed.rowcount != 1:
        raise ClaimLost(f"outcome {outcome_id}")


def mark_interrupted(session: Session, number: int, now: datetime) -> int:
    """Mark what a dead program left in the middle of a call as unsure; give how many accounts."""
    return int(
        session.execute(
            sa.update(PublicationOutcome.__table__)
            .where(PublicationOutcome.publication_id == number, PublicationOutcome.state.in_(_IN_A_CALL))
            .values(state="unsure", changed_at=now, reason="the program ended before the answer came")
        ).rowcount
    )


def settle(session: Session, actor: str, number: int, account_id: str, sent: bool, now: datetime) -> None:
    """Write down what a person saw in the platform's own tool about an unsure account. Raises NewsError."""
    decision = get(session, number)
    outcome = next((one for one in decision.outcomes if one.account_id == account_id), None)
    if outcome is None or outcome.state != "unsure":
        raise NewsError("Trang này không ở trạng thái “chưa rõ”, nên không có gì để xác nhận.")
    if sent and decision.broadcast and outcome.article_id is None:
        raise NewsError("Bài có trên trang nhưng chưa rõ mã: gỡ bài đó trong OA Manager rồi ghi “chưa gửi”.")
    # Without its article an account that was not reached begins anew.
    not_sent = "published" if outcome.article_id else "waiting"
    state = ("sent" if decision.broadcast else "published") if sent else not_sent
    advance(session, outcome.id, ("unsure",), state, now, sent_at=now if sent else None)
    audit.record(session, actor, "news.settle", now, detail=f"p{number} {account_id} {state}")


def _decision(session: Session, row: Any) -> Decision:
    outcomes = session.execute(
        sa.select(PublicationOutcome.__table__)
        .where(PublicationOutcome.publication_id == row.id)
        .order_by(PublicationOutcome.id)
    )
    kept = [{k: v for k, v in one._mapping.items() if k != "publication_id"} for one in outcomes]
    return Decision(
        row.id,
        row.item_id,
        json.loads(row.article),
        row.broadcast,
        row.decided_by,
        row.decided_at,
        tuple(Outcome(**one) for one in kept),
    )


def _short(text: str, field: str) -> str:
    text = " ".join(nfc(text).split())
    return text if len(text) <= _MOST[field] else text[: _MOST[field] - 1].rsplit(" ", 1)[0] + "…"

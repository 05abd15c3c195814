"""Writing news: drafts, changes, publishing and taking back, each with who did it in the audit trail.

Raises NewsError with a sentence for the officer when something does not fit; nothing is stored then.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services import audit
from services.db.news_tables import KINDS, NewsRow
from services.text import nfc

# Zalo refuses 150 and 300 letters at a time: titles and summaries stay well below.
MOST = {"title": 140, "summary": 250, "text": 4_000, "source_title": 200}
LEAST = {"title": 8, "summary": 20, "text": 40, "source_title": 5}
SAID = {"title": "tiêu đề", "summary": "tóm tắt", "text": "nội dung", "source_title": "nguồn"}


class NewsError(Exception):
    """What an officer asked for cannot be done; the text says why, in Vietnamese."""


@dataclass(frozen=True)
class Draft:
    """What an officer fills in. Addresses start with https://; `units` are ids of the directory."""

    kind: str
    title: str
    summary: str
    text: str
    source_title: str
    checked_on: date
    valid_from: date
    valid_to: date | None = None
    source_url: str | None = None
    picture: str | None = None
    link: str | None = None
    units: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class DeskItem:
    """One item as officers see it; moments are UTC."""

    id: int
    draft: Draft
    state: str
    author: str
    version: int
    created_at: datetime
    changed_at: datetime
    published_at: datetime | None


def add(session: Session, actor: str, draft: Draft, now: datetime) -> int:
    """Keep a draft; give its number. Raises NewsError."""
    values = _values(draft)
    made = session.execute(
        sa.insert(NewsRow.__table__).values(
            **values, state="draft", author=actor, created_at=now, changed_at=now, version=1
        )
    )
    number = int(made.inserted_primary_key[0])
    audit.record(session, actor, "news.add", now, detail=f"n{number}")
    return number


def change(session: Session, actor: str, number: int, version: int, draft: Draft, now: datetime) -> None:
    """Replace an item that is still at the version the officer saw. Raises NewsError."""
    _set(session, number, version, now, **_values(draft))
    audit.record(session, actor, "news.change", now, detail=f"n{number}")


def publish(session: Session, actor: str, number: int, version: int, now: datetime) -> None:
    """Show an item to citizens. Raises NewsError when it is over or was changed meanwhile."""
    item = get(session, number)
    if item.draft.valid_to is not None and item.draft.valid_to < now.date():
        raise NewsError("Tin đã hết hiệu lực, không đăng được.")
    _set(session, number, version, now, state="published", published_at=item.published_at or now)
    audit.record(session, actor, "news.publish", now, detail=f"n{number}")


def withdraw(session: Session, actor: str, number: int, version: int, now: datetime) -> None:
    """Take an item back from citizens. Raises NewsError."""
    _set(session, number, version, now, state="withdrawn")
    audit.record(session, actor, "news.withdraw", now, detail=f"n{number}")


def get(session: Session, number: int) -> DeskItem:
    """Give one item. Raises NewsError when there is none."""
    row = session.execute(sa.select(NewsRow.__table__).where(NewsRow.id == number)).first()
    if row is None:
        raise NewsError(f"Không có tin số {number}.")
    return _item(row)


def everything(session: Session, state: str | None = None, limit: int = 100) -> list[DeskItem]:
    """List items, newest first, of one state if given."""
    query = sa.select(NewsRow.__table__).order_by(NewsRow.id.desc()).limit(limit)
    if state is not None:
        query = query.where(NewsRow.state == state)
    return [_item(row) for row in session.execute(query)]


def _set(session: Session, number: int, version: int, now: datetime, **values: Any) -> None:
    changed = session.execute(
        sa.update(NewsRow.__table__)
        .where(NewsRow.id == number, NewsRow.version == version)
        .values(**values, changed_at=now, version=version + 1)
    )
    if changed.rowcount != 1:
        get(session, number)
        raise NewsError("Có người vừa sửa tin này. Anh/chị mở lại bản mới rồi làm tiếp.")


def _values(draft: Draft) -> dict[str, Any]:
    if draft.kind not in KINDS:
        raise NewsError(f"Loại tin phải là một trong: {', '.join(KINDS)}.")
    texts = {name: nfc(getattr(draft, name)).strip() for name in MOST}
    for name, text in texts.items():
        if not LEAST[name] <= len(text) <= MOST[name]:
            raise NewsError(
                f"Mục {SAID[name]} phải có từ {LEAST[name]} đến {MOST[name]} chữ, đang có {len(text)}."
            )
    for name in ("picture", "link", "source_url"):
        address = getattr(draft, name)
        if address is not None and not (address.startswith("https://") and len(address) <= 500):
            raise NewsError(
                "Địa chỉ hình, trang liên kết và nguồn phải bắt đầu bằng https:// và không quá 500 chữ."
            )
    if draft.valid_to is not None and draft.valid_to < draft.valid_from:
        raise NewsError("Ngày hết hiệu lực phải sau ngày bắt đầu.")
    return {
        **texts,
        "kind": draft.kind,
        "picture": draft.picture,
        "link": draft.link,
        "source_url": draft.source_url,
        "units": " ".join(draft.units),
        "valid_from": draft.valid_from,
        "valid_to": draft.valid_to,
        "checked_on": draft.checked_on,
    }


def _item(row: Any) -> DeskItem:
    draft = Draft(
        **{name: getattr(row, name) for name in Draft.__dataclass_fields__ if name != "units"},
        units=tuple(row.units.split()),
    )
    return DeskItem(
        row.id, draft, row.state, row.author, row.version, row.created_at, row.changed_at, row.published_at
    )

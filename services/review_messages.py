"""Single messages of citizens: the inbox of what was not understood, and what members of staff decide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from rapidfuzz import fuzz
from sqlalchemy.orm import Session

from services import audit
from services.db.review_tables import ReviewMessage
from services.review_access import may_read, message_for, session_for, visible
from services.review_domain import load_names
from services.review_records import (
    PAGE_SIZE,
    MessageFilter,
    MessageGroup,
    MessageRow,
    Page,
    ReviewRefused,
    Span,
)
from services.review_texts import open_body, open_spans, seal_spans, shown_spans
from services.secrets import Cipher
from services.staff import Viewer
from services.text import fold, squeeze

# Of messages that say the same so many are shown and decided on at once; the rest follow.
GROUP_SIZE = 40
PAGE_MESSAGES = 300
# The newest so many that fit are grouped; older ones come up as these are dealt with, or by narrower dates.
AMONG = 5_000
# Words are looked for in the newest so many: texts are sealed, so each has to be opened.
WORDS_AMONG = 600
# From this likeness on (0–100, whatever the order of words) two groups of a page are shown as one.
ALIKE = 88
MOST_AT_ONCE = 500


def find_messages(
    session: Session,
    cipher: Cipher,
    viewer: Viewer,
    wanted: MessageFilter,
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Page[MessageGroup]:
    """List messages with those that say the same beside them, the newest groups first. Raises ReviewRefused.

    A page has up to `size` groups out of the newest `AMONG` messages that fit; they are not counted.
    """
    may_read(viewer)
    newest = (
        sa.select(ReviewMessage.id, ReviewMessage.similar_key)
        .where(*_conditions(viewer, wanted))
        .order_by(ReviewMessage.id.desc())
    )
    if wanted.words.strip():
        found = _holding(session, cipher, newest, wanted.words)
    else:
        found = [(row.id, row.similar_key) for row in session.execute(newest.limit(AMONG))]
    by_key: dict[str, list[int]] = {}
    for number, key in found:
        by_key.setdefault(key, []).append(number)
    keys = list(by_key)
    here = keys[(page - 1) * size : page * size]
    ids = [number for key in here for number in by_key[key][:GROUP_SIZE]][:PAGE_MESSAGES]
    rows = session.execute(sa.select(ReviewMessage.__table__).where(ReviewMessage.id.in_(ids))).all()
    return Page(_grouped(cipher, rows, here), page, None, len(keys) > page * size, size)


def messages_of(session: Session, cipher: Cipher, viewer: Viewer, session_id: int) -> list[MessageRow]:
    """List the messages of one session in their order. Raises ReviewRefused."""
    session_for(session, viewer, session_id)
    rows = session.execute(
        sa.select(ReviewMessage.__table__)
        .where(ReviewMessage.session_id == session_id)
        .order_by(ReviewMessage.event_id)
    )
    return [_shown(cipher, row) for row in rows]


def find_message(session: Session, cipher: Cipher, viewer: Viewer, message_id: int) -> MessageRow | None:
    """Give one message, or None when it is not there for this viewer."""
    try:
        return _shown(cipher, message_for(session, viewer, message_id))
    except ReviewRefused:
        may_read(viewer)
        return None


def accept(
    session: Session, cipher: Cipher, viewer: Viewer, message_ids: Sequence[int], now: datetime
) -> int:
    """Say that messages were understood rightly; give how many. Raises ReviewRefused.

    One that the assistant did not understand cannot be right: its intent has to be chosen.
    """

    def decide(row: ReviewMessage) -> None:
        if row.is_fallback:
            raise ReviewRefused("Có câu trợ lý chưa hiểu: anh/chị hãy chọn ý định đúng cho câu đó.")
        row.state, row.corrected_intent, row.sealed_spans = "accepted", "", None

    return _decide(session, viewer, message_ids, now, "review.accepted", decide)


def correct(
    session: Session,
    cipher: Cipher,
    viewer: Viewer,
    message_ids: Sequence[int],
    intent: str,
    spans: Sequence[Span] | None,
    now: datetime,
) -> int:
    """Say what messages mean; give how many. `spans` (of one message only) replaces the entities found.

    What was predicted stays beside it. Raises ReviewRefused for an intent or entity the assistant does not
    have, and for a span that cuts something masked or another span.
    """
    names = load_names()
    if intent not in names.intents:
        raise ReviewRefused("Trợ lý không có ý định này.")
    if spans is not None and len(set(message_ids)) != 1:
        raise ReviewRefused("Chỉ đánh dấu thực thể được cho từng tin nhắn một.")

    def decide(row: ReviewMessage) -> None:
        row.state, row.corrected_intent, row.sealed_spans = "corrected", intent, None
        if spans is not None:
            row.sealed_spans = seal_spans(cipher, _checked(open_body(cipher, row.sealed_body).text, spans))

    return _decide(session, viewer, message_ids, now, "review.corrected", decide)


def reject(
    session: Session, cipher: Cipher, viewer: Viewer, message_ids: Sequence[int], now: datetime
) -> int:
    """Say that nothing is to be learnt from messages; give how many. Raises ReviewRefused."""

    def decide(row: ReviewMessage) -> None:
        row.state, row.corrected_intent, row.sealed_spans = "rejected", "", None

    return _decide(session, viewer, message_ids, now, "review.rejected", decide)


def reopen(
    session: Session, cipher: Cipher, viewer: Viewer, message_ids: Sequence[int], now: datetime
) -> int:
    """Take decisions back; give how many. Raises ReviewRefused."""

    def decide(row: ReviewMessage) -> None:
        row.state, row.corrected_intent, row.sealed_spans = "open", "", None

    return _decide(session, viewer, message_ids, now, "review.reopened", decide)


def _decide(
    session: Session,
    viewer: Viewer,
    message_ids: Sequence[int],
    now: datetime,
    action: str,
    decide: Callable[[ReviewMessage], None],
) -> int:
    may_read(viewer)
    wanted = sorted(set(message_ids))
    if len(wanted) > MOST_AT_ONCE:
        raise ReviewRefused(f"Mỗi lần xử lý được nhiều nhất {MOST_AT_ONCE} tin nhắn.")
    rows = session.execute(sa.select(ReviewMessage).where(ReviewMessage.id.in_(wanted))).scalars().all()
    if len(rows) != len(wanted) or not all(viewer.sees(row.account_id) for row in rows):
        raise ReviewRefused("Có tin nhắn không còn, hoặc thuộc đơn vị khác.")
    for row in rows:
        decide(row)
        reopened = row.state == "open"
        row.decided_by, row.decided_at = ("", None) if reopened else (viewer.user_id, now)
    session.flush()
    for at in range(0, len(wanted), 20):
        listed = " ".join(str(number) for number in wanted[at : at + 20])
        audit.record(session, audit.officer(viewer.user_id), action, now, detail=f"messages {listed}")
    return len(rows)


def _checked(text: str, spans: Sequence[Span]) -> tuple[Span, ...]:
    known = load_names().entities
    placed = sorted(spans, key=lambda span: span.start)
    end = 0
    for span in placed:
        if span.entity not in known:
            raise ReviewRefused("Trợ lý không có loại thực thể này.")
        if not (end <= span.start < span.end <= len(text)) or not text[span.start : span.end].strip():
            raise ReviewRefused("Phần đánh dấu nằm ngoài câu hoặc chồng lên nhau.")
        inside = text[span.start : span.end]
        if inside.count("[") != inside.count("]"):
            raise ReviewRefused("Phần đánh dấu phải lấy trọn chỗ đã che trong ngoặc vuông.")
        end = span.end
    return tuple(
        Span(span.start, span.end, span.entity, span.value or text[span.start : span.end], span.role)
        for span in placed
    )


def _conditions(viewer: Viewer, wanted: MessageFilter) -> list[Any]:
    """Give the SQL conditions of a filter, such that the newest rows that fit are found without sorting many.

    What is not to be looked up in an index stands in `coalesce`: left to themselves, both engines would
    fetch and sort all open messages of a table of 200,000.
    """
    row = ReviewMessage
    conditions: list[Any] = []
    by_state = bool(wanted.state) and (wanted.doubtful is not None or wanted.state != "open")
    by_intent = bool(wanted.intent) and not (by_state and wanted.state != "open")
    by_state = by_state and not by_intent
    account = row.account_id if by_state and wanted.doubtful is not None else _unindexed(row.account_id)
    conditions.append(visible(viewer, account))
    if wanted.account_id:
        conditions.append(account == wanted.account_id)
    if wanted.since is not None:
        conditions.append(_unindexed(row.at) >= wanted.since)
    if wanted.until is not None:
        conditions.append(_unindexed(row.at) < wanted.until)
    if wanted.intent:
        conditions.append((row.guess if by_intent else _unindexed(row.guess)) == wanted.intent)
    if wanted.confidence_below is not None:
        conditions += [row.typed.is_(True), row.confidence < wanted.confidence_below]
    if wanted.doubtful is not None:
        conditions.append((row.doubtful if by_state else _unindexed(row.doubtful)).is_(wanted.doubtful))
    if wanted.state:
        conditions.append((row.state if by_state else _unindexed(row.state)) == wanted.state)
    return conditions


def _unindexed(column: Any) -> Any:
    return sa.func.coalesce(column, column)


def _holding(session: Session, cipher: Cipher, newest: Any, words: str) -> list[tuple[int, str]]:
    sought = squeeze(fold(words))
    rows = session.execute(newest.add_columns(ReviewMessage.sealed_body).limit(WORDS_AMONG))
    return [
        (row.id, row.similar_key)
        for row in rows
        if sought in squeeze(fold(open_body(cipher, row.sealed_body).text))
    ]


def _grouped(cipher: Cipher, rows: Sequence[Any], keys: Sequence[str]) -> tuple[MessageGroup, ...]:
    by_key: dict[str, list[MessageRow]] = {key: [] for key in keys}
    for row in rows:
        by_key[row.similar_key].append(_shown(cipher, row))
    groups: list[tuple[str, list[MessageRow]]] = []
    for members in by_key.values():
        if not members:
            continue
        members.sort(key=lambda row: (len(row.text), -row.id))
        said = fold(members[0].text)
        like = next((g for g in groups if fuzz.token_sort_ratio(g[0], said) >= ALIKE), None)
        if like is not None:
            like[1].extend(members)
        else:
            groups.append((said, members))
    return tuple(MessageGroup(tuple(members)) for _, members in groups)


def _shown(cipher: Cipher, row: Any) -> MessageRow:
    body = open_body(cipher, row.sealed_body)
    return MessageRow(
        id=row.id,
        session_id=row.session_id,
        account_id=row.account_id,
        at=row.at,
        text=body.text,
        intent=row.intent,
        confidence=row.confidence,
        is_fallback=row.is_fallback,
        spans=shown_spans(body),
        state=row.state,
        corrected_intent=row.corrected_intent,
        corrected_spans=open_spans(cipher, row.sealed_spans) if row.sealed_spans else None,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        guess=row.guess,
    )

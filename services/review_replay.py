"""A session told again: bubbles, what was understood, slots over time, and why each action was chosen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services import audit
from services.db.models import ConversationEvent
from services.db.review_tables import ReviewMessage, ReviewNote, ReviewSession
from services.errors import StorageError
from services.masking import mask
from services.review_access import may_unmask, message_for
from services.review_records import UNMASK_REASONS, Note, Replay, ReviewRefused, SessionRow, Turn
from services.review_texts import body_of, open_body, open_spans, shown_spans
from services.secrets import Cipher
from services.staff import Viewer

UNREADABLE = "[không đọc được: khoá đã đổi]"
_UNSAID = frozenset({"action_listen", "action_session_start"})
_LONGEST_SLOT = 80
# A sealed value (a pass, a key) is nothing for people to read.
_SEALED = "gAAAA"


def replay_of(session: Session, cipher: Cipher, kept: ReviewSession, row: SessionRow) -> Replay:
    """Give a session from first to last bubble; who looks at it is the caller's to check and to note down."""
    messages = {
        message.event_id: message
        for message in session.execute(
            sa.select(ReviewMessage.__table__).where(ReviewMessage.session_id == kept.id)
        )
    }
    notes = session.execute(
        sa.select(ReviewNote).where(ReviewNote.session_id == kept.id).order_by(ReviewNote.id)
    ).scalars()
    teller = _Teller(cipher, messages)
    for event in events_of(session, kept):
        teller.hear(event.id, event.sealed_data)
    written = tuple(Note(note.author, note.written_at, cipher.open(note.sealed_text)) for note in notes)
    return Replay(row, tuple(teller.turns), written)


def events_of(session: Session, kept: ReviewSession) -> list[Any]:
    """Give the events of a session in their order, rows with id and sealed_data."""
    return list(
        session.execute(
            sa.select(ConversationEvent.id, ConversationEvent.sealed_data)
            .where(
                ConversationEvent.conversation_id == kept.conversation_id,
                ConversationEvent.session_number == kept.session_number,
            )
            .order_by(ConversationEvent.id)
        ).all()
    )


def unmask(
    session: Session, cipher: Cipher, viewer: Viewer, message_id: int, reason: str, now: datetime
) -> str | None:
    """Give a message as it was written; who, which and why are in the audit trail.

    None when the conversation was deleted. Raises ReviewRefused for a role or reason that does not allow it.
    """
    row = message_for(session, viewer, message_id)
    may_unmask(viewer)
    if reason not in UNMASK_REASONS:
        raise ReviewRefused("Anh/chị hãy chọn lý do xem phần đã che.")
    audit.record(
        session,
        audit.officer(viewer.user_id),
        "review.unmasked",
        now,
        detail=f"message {message_id}: {reason}",
    )
    sealed = session.execute(
        sa.select(ConversationEvent.sealed_data).where(ConversationEvent.id == row.event_id)
    ).scalar_one_or_none()
    return None if sealed is None else str(json.loads(cipher.open(sealed)).get("text") or "")


class _Teller:
    """Goes through the events of a session and makes bubbles of them."""

    def __init__(self, cipher: Cipher, messages: Mapping[int, Any]) -> None:
        self.turns: list[Turn] = []
        self._cipher = cipher
        self._messages = messages
        self._slots: dict[str, str] = {}
        self._action, self._why = "", ""
        self._intent, self._loop, self._ordered = "", "", False

    def hear(self, event_id: int, sealed: str) -> None:
        try:
            event: dict[str, Any] = json.loads(self._cipher.open(sealed))
        except (StorageError, ValueError):
            self.turns.append(Turn("system", datetime.fromtimestamp(0, tz=timezone.utc), UNREADABLE))
            return
        kind = event.get("event")
        if kind == "user":
            self._citizen(event_id, event)
        elif kind == "bot":
            self._assistant(event)
        elif kind == "action":
            self._action = str(event.get("name") or "")
            self._why = self._reason(event)
            self._ordered = False
        elif kind == "slot" and event.get("name") != "requested_slot":
            self._slots[str(event.get("name"))] = _plain(event.get("value"))
        elif kind == "active_loop":
            self._loop = str(event.get("name") or "")
        elif kind == "followup":
            self._ordered = True

    def _citizen(self, event_id: int, event: dict[str, Any]) -> None:
        row = self._messages.get(event_id)
        body = open_body(self._cipher, row.sealed_body) if row is not None else body_of(event)
        spans = shown_spans(body)
        intent = str(((event.get("parse_data") or {}).get("intent") or {}).get("name") or "")
        if row is not None and row.sealed_spans:
            spans = open_spans(self._cipher, row.sealed_spans)
        self._intent = intent
        self.turns.append(
            Turn(
                "citizen",
                _moment(event),
                body.text,
                message_id=row.id if row is not None else None,
                intent=(row.corrected_intent or row.intent) if row is not None else intent,
                confidence=row.confidence if row is not None else None,
                is_fallback=row.is_fallback if row is not None else False,
                state=row.state if row is not None else "",
                spans=spans,
                slots=self._changed(),
            )
        )

    def _assistant(self, event: dict[str, Any]) -> None:
        data = event.get("data") or {}
        text = str(event.get("text") or "")
        if not text:
            text = "[Hình ảnh]" if data.get("image") else "[Tệp]" if data.get("attachment") else ""
        buttons = tuple(str(button.get("title") or "") for button in data.get("buttons") or [])
        if text or buttons:
            masked = mask(text).text
            turn = Turn(
                "assistant", _moment(event), masked, buttons=buttons, action=self._action, why=self._why
            )
            self.turns.append(Turn(**{**vars(turn), "slots": self._changed()}))

    def _changed(self) -> Mapping[str, str] | None:
        changed, self._slots = self._slots, {}
        return changed or None

    def _reason(self, event: dict[str, Any]) -> str:
        name = str(event.get("name") or "")
        if name in _UNSAID:
            return ""
        policy = str(event.get("policy") or "")
        confidence = event.get("confidence")
        if self._ordered or not policy:
            return "Bước trước yêu cầu làm tiếp việc này."
        if name == self._loop:
            return f"Đang trong việc “{self._loop}”, nên câu này được đưa vào việc đó."
        sure = f", chắc chắn {confidence:.2f}".replace(".", ",") if isinstance(confidence, float) else ""
        if policy.endswith("RulePolicy"):
            if self._intent == "nlu_fallback":
                return "Chưa hiểu câu này, nên theo quy tắc hỏi lại."
            return f"Theo quy tắc viết sẵn cho ý định “{self._intent}”."
        return f"Do chính sách {policy.rpartition('_')[2]} chọn{sure}."


def _plain(value: Any) -> str:
    if value is None:
        return "—"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    if text.startswith(_SEALED):
        return "(đã niêm phong)"
    shown = mask(text).text
    return shown if len(shown) <= _LONGEST_SLOT else shown[:_LONGEST_SLOT] + "…"


def _moment(event: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(float(event.get("timestamp") or 0.0), tz=timezone.utc)

"""The tables. Times are UTC; what a citizen wrote is stored encrypted (see services.secrets)."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import declarative_base

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}

Base: Any = declarative_base(metadata=sa.MetaData(naming_convention=NAMING))

# SQLite counts up only for INTEGER keys; Postgres gets 64 bits.
BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


class UtcTime(sa.types.TypeDecorator[datetime]):
    """An aware moment in UTC, on databases that keep time zones and on those that do not."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        value = value.astimezone(timezone.utc)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=timezone.utc)


def _index_where(where: Any, name: str, *columns: str) -> sa.Index:
    """Make an index of some rows only; the condition is SQL without values."""
    condition = sa.text(where) if isinstance(where, str) else where
    return sa.Index(name, *columns, sqlite_where=condition, postgresql_where=condition)


class LeasedRow:
    """What a row has that is worked on by one worker at a time (see services.db.leases)."""

    attempts = sa.Column(sa.Integer, nullable=False, default=0)
    worker = sa.Column(sa.String(64))
    lease_until = sa.Column(UtcTime)
    next_try_at = sa.Column(UtcTime, nullable=False)
    settled_at = sa.Column(UtcTime)
    last_error = sa.Column(sa.String(200))


class InboundEvent(LeasedRow, Base):
    """One event as a platform sent it, from the moment it was acknowledged until it is settled."""

    __tablename__ = "inbound_event"

    id = sa.Column(BigId, primary_key=True)
    account_id = sa.Column(sa.String(64), nullable=False)
    citizen_id = sa.Column(sa.String(64), nullable=False)
    # What makes a repeated delivery the same event: the message id, or a digest of the event.
    event_key = sa.Column(sa.String(128), nullable=False)
    kind = sa.Column(sa.String(64), nullable=False)
    sealed_body = sa.Column(sa.Text, nullable=False)
    state = sa.Column(sa.String(16), nullable=False, default="new")
    sent_at = sa.Column(UtcTime, nullable=False)
    received_at = sa.Column(UtcTime, nullable=False)

    __table_args__ = (
        sa.UniqueConstraint("account_id", "event_key"),
        sa.CheckConstraint("state IN ('new', 'working', 'done', 'held', 'ignored', 'dead')", name="state"),
        _index_where(
            "state IN ('new', 'working')",
            "ix_inbound_event_open",
            "account_id",
            "citizen_id",
            "sent_at",
            "id",
        ),
        _index_where("state = 'new'", "ix_inbound_event_new", "id"),
        _index_where("state = 'held'", "ix_inbound_event_held", "account_id", "citizen_id", "received_at"),
        _index_where("state = 'dead'", "ix_inbound_event_dead", "id"),
    )


class OutboundMessage(LeasedRow, Base):
    """One message to a citizen, from the turn that made it until the platform took it."""

    __tablename__ = "outbound_message"

    id = sa.Column(BigId, primary_key=True)
    account_id = sa.Column(sa.String(64), nullable=False)
    citizen_id = sa.Column(sa.String(64), nullable=False)
    # The event it answers and its place among the answers; a turn cannot leave the same one twice.
    inbound_id = sa.Column(BigId, sa.ForeignKey("inbound_event.id", ondelete="SET NULL"))
    position = sa.Column(sa.Integer, nullable=False, default=0)
    kind = sa.Column(sa.String(32), nullable=False)
    sealed_payload = sa.Column(sa.Text, nullable=False)
    state = sa.Column(sa.String(16), nullable=False, default="queued")
    created_at = sa.Column(UtcTime, nullable=False)
    started_at = sa.Column(UtcTime)
    remote_id = sa.Column(sa.String(128))

    __table_args__ = (
        sa.UniqueConstraint("inbound_id", "position"),
        # `unsure`: the connection broke after the request left; the platform may have it.
        sa.CheckConstraint("state IN ('queued', 'sending', 'unsure', 'sent', 'dead')", name="state"),
        _index_where(
            "state IN ('queued', 'sending', 'unsure')",
            "ix_outbound_message_open",
            "account_id",
            "citizen_id",
            "id",
        ),
        _index_where("state IN ('queued', 'unsure')", "ix_outbound_message_waiting", "id"),
        sa.Index("ix_outbound_message_remote", "account_id", "remote_id"),
        _index_where("state = 'dead'", "ix_outbound_message_dead", "id"),
    )


class OfferedChoice(Base):
    """What the buttons of the last messages stand for, so that a tap is understood exactly."""

    __tablename__ = "offered_choice"

    id = sa.Column(BigId, primary_key=True)
    account_id = sa.Column(sa.String(64), nullable=False)
    citizen_id = sa.Column(sa.String(64), nullable=False)
    # A digest of the folded sentence the button says: the sentence itself is in the message.
    say_digest = sa.Column(sa.String(64), nullable=False)
    command = sa.Column(sa.Text, nullable=False)
    offered_at = sa.Column(UtcTime, nullable=False)

    __table_args__ = (sa.UniqueConstraint("account_id", "citizen_id", "say_digest"),)


# Events that may still count long after newer ones; written the same in the index and in the query.
LEFT_BEHIND = sa.text(
    "type_name IN ('slot', 'active_loop', 'pause', 'resume', 'restart', 'reset_slots', 'undo', 'rewind')"
)


class ConversationEvent(Base):
    """Rasa's tracker events, with their content encrypted; written by the turn that made them."""

    __tablename__ = "conversation_event"

    id = sa.Column(BigId, primary_key=True)
    conversation_id = sa.Column(sa.String(160), nullable=False)
    session_number = sa.Column(sa.Integer, nullable=False)
    type_name = sa.Column(sa.String(64), nullable=False)
    occurred_at = sa.Column(sa.Float, nullable=False)
    message_id = sa.Column(sa.String(128))
    intent_name = sa.Column(sa.String(128))
    action_name = sa.Column(sa.String(128))
    sealed_data = sa.Column(sa.Text, nullable=False)

    __table_args__ = (
        sa.Index(None, "conversation_id", "session_number", "id"),
        _index_where(
            LEFT_BEHIND,
            "ix_conversation_event_left_behind",
            *("conversation_id", "session_number", "type_name", "action_name", "id"),
        ),
    )


class ConversationMode(Base):
    """Who speaks with a citizen: the assistant, or an officer; no row means the assistant."""

    __tablename__ = "conversation_mode"

    account_id = sa.Column(sa.String(64), primary_key=True)
    citizen_id = sa.Column(sa.String(64), primary_key=True)
    mode = sa.Column(sa.String(16), nullable=False)
    since = sa.Column(UtcTime, nullable=False)
    until = sa.Column(UtcTime, nullable=False)

    __table_args__ = (
        sa.CheckConstraint("mode IN ('waiting', 'officer')", name="mode"),
        sa.Index(None, "mode", "until"),
    )


class MediaItem(LeasedRow, Base):
    """A picture, clip or file that a citizen sent: wanted at once, because its address expires."""

    __tablename__ = "media_item"

    id = sa.Column(BigId, primary_key=True)
    inbound_id = sa.Column(BigId, sa.ForeignKey("inbound_event.id", ondelete="SET NULL"))
    position = sa.Column(sa.Integer, nullable=False, default=0)
    account_id = sa.Column(sa.String(64), nullable=False)
    citizen_id = sa.Column(sa.String(64), nullable=False)
    kind = sa.Column(sa.String(16), nullable=False)
    sealed_url = sa.Column(sa.Text, nullable=False)
    state = sa.Column(sa.String(16), nullable=False, default="wanted")
    created_at = sa.Column(UtcTime, nullable=False)
    sha256 = sa.Column(sa.String(64))
    size = sa.Column(BigId)
    mime_type = sa.Column(sa.String(64))

    __table_args__ = (
        sa.UniqueConstraint("inbound_id", "position"),
        # `missing`: it could not be fetched and is shown so; it is never dropped silently.
        sa.CheckConstraint("state IN ('wanted', 'fetching', 'stored', 'missing')", name="state"),
        _index_where("state = 'wanted'", "ix_media_item_wanted", "next_try_at", "id"),
        _index_where("state IN ('wanted', 'fetching')", "ix_media_item_open", "id"),
    )


class PlatformToken(Base):
    """The newest token pair of one account; a refresh token works once, so it is saved before use."""

    __tablename__ = "platform_token"

    account_id = sa.Column(sa.String(64), primary_key=True)
    sealed_access = sa.Column(sa.Text, nullable=False)
    sealed_refresh = sa.Column(sa.Text, nullable=False)
    sealed_previous = sa.Column(sa.Text)
    generation = sa.Column(sa.Integer, nullable=False, default=1)
    issued_at = sa.Column(UtcTime, nullable=False)
    expires_at = sa.Column(UtcTime, nullable=False)
    refreshing_by = sa.Column(sa.String(64))
    refreshing_until = sa.Column(UtcTime)
    broken_at = sa.Column(UtcTime)
    last_error = sa.Column(sa.String(200))

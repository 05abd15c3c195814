"""The tables of reviewing: an index of conversations by session, and what members of staff said about them.

The index can be made again from `conversation_event` at any time; what staff decided cannot. Texts are
masked first and sealed then. Times are UTC.
"""

from __future__ import annotations

import sqlalchemy as sa

from services.db.models import Base, BigId, UtcTime

SESSION_STATES = ("new", "in_review", "reviewed", "flagged", "later")
MESSAGE_STATES = ("open", "accepted", "corrected", "rejected")


def _one_of(column: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"{column} IN ({', '.join(repr(value) for value in values)})", name=column)


def _session_id() -> sa.Column:
    return sa.Column(BigId, sa.ForeignKey("review_session.id", ondelete="CASCADE"), nullable=False)


class ReviewSession(Base):
    """One session of one conversation: figures taken from its events, and where its review stands."""

    __tablename__ = "review_session"

    id = sa.Column(BigId, primary_key=True)
    conversation_id = sa.Column(sa.String(160), nullable=False)
    session_number = sa.Column(sa.Integer, nullable=False)
    account_id = sa.Column(sa.String(64), nullable=False)
    channel = sa.Column(sa.String(32), nullable=False, default="")
    started_at = sa.Column(UtcTime, nullable=False)
    ended_at = sa.Column(UtcTime, nullable=False)
    # Messages of the citizen.
    messages = sa.Column(sa.Integer, nullable=False)
    lowest_confidence = sa.Column(sa.Float)
    fallbacks = sa.Column(sa.Integer, nullable=False)
    handovers = sa.Column(sa.Integer, nullable=False)
    reports = sa.Column(sa.Integer, nullable=False)
    # The mean of its answers, from when the citizen's phone sent to when the answer was made.
    answer_seconds = sa.Column(sa.Float)
    sealed_opening = sa.Column(sa.Text, nullable=False)
    # How far the index read: a session whose events are these is not read again.
    events = sa.Column(sa.Integer, nullable=False)
    last_event_id = sa.Column(BigId, nullable=False)
    state = sa.Column(sa.String(16), nullable=False, default="new")
    reviewer = sa.Column(sa.String(64), nullable=False, default="")

    __table_args__ = (
        _one_of("state", SESSION_STATES),
        sa.UniqueConstraint("conversation_id", "session_number"),
        sa.Index(None, "account_id", "started_at"),
        sa.Index(None, "started_at"),
        sa.Index(None, "state", "started_at"),
    )


class ReviewMessage(Base):
    """One message of a citizen: what was understood, and what a member of staff says it means."""

    __tablename__ = "review_message"

    id = sa.Column(BigId, primary_key=True)
    session_id = _session_id()
    # The event it was read from; not a foreign key, because events are deleted on their own terms.
    event_id = sa.Column(BigId, nullable=False, unique=True)
    account_id = sa.Column(sa.String(64), nullable=False)
    at = sa.Column(UtcTime, nullable=False)
    intent = sa.Column(sa.String(128), nullable=False)
    # The likeliest intent before the fallback had its say; the intent itself where it was certain.
    guess = sa.Column(sa.String(128), nullable=False, default="")
    confidence = sa.Column(sa.Float)
    is_fallback = sa.Column(sa.Boolean, nullable=False)
    # Words the language model had to guess at; a tap or a picture is none.
    typed = sa.Column(sa.Boolean, nullable=False)
    # Typed, and not understood or hardly: what the inbox shows.
    doubtful = sa.Column(sa.Boolean, nullable=False)
    # Keyed hash of the words that carry meaning: equal for messages that say nearly the same.
    similar_key = sa.Column(sa.String(64), nullable=False)
    # Masked text with the spans of what was found, as JSON.
    sealed_body = sa.Column(sa.Text, nullable=False)
    state = sa.Column(sa.String(16), nullable=False, default="open")
    corrected_intent = sa.Column(sa.String(128), nullable=False, default="")
    sealed_spans = sa.Column(sa.Text)
    decided_by = sa.Column(sa.String(64), nullable=False, default="")
    decided_at = sa.Column(UtcTime)

    __table_args__ = (
        _one_of("state", MESSAGE_STATES),
        sa.Index(None, "session_id", "event_id"),
        sa.Index(None, "intent", "session_id"),
        sa.Index(None, "guess", "id"),
        sa.Index(None, "state", "doubtful", "id"),
        sa.Index(None, "account_id", "state", "doubtful", "id"),
        sa.Index(None, "at"),
    )


class ReviewTag(Base):
    """A word by which members of staff find sessions again."""

    __tablename__ = "review_tag"

    session_id = sa.Column(BigId, sa.ForeignKey("review_session.id", ondelete="CASCADE"), primary_key=True)
    tag = sa.Column(sa.String(40), primary_key=True)
    added_by = sa.Column(sa.String(64), nullable=False)
    added_at = sa.Column(UtcTime, nullable=False)

    __table_args__ = (sa.Index(None, "tag", "session_id"),)


class ReviewNote(Base):
    """What a member of staff noted on a session, sealed."""

    __tablename__ = "review_note"

    id = sa.Column(BigId, primary_key=True)
    session_id = _session_id()
    author = sa.Column(sa.String(64), nullable=False)
    sealed_text = sa.Column(sa.Text, nullable=False)
    written_at = sa.Column(UtcTime, nullable=False)

    __table_args__ = (sa.Index(None, "session_id", "id"),)


class ReviewIndexState(Base):
    """How far the index has read the conversation events; one row."""

    __tablename__ = "review_index_state"

    name = sa.Column(sa.String(16), primary_key=True)
    last_event_id = sa.Column(BigId, nullable=False)
    brought_up_at = sa.Column(UtcTime, nullable=False)

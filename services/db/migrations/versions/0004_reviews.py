"""Reviewing: sessions, messages, tags, notes, and how far the index read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "review_index_state",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("last_event_id", BIG_ID, nullable=False),
        sa.Column("brought_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_review_index_state")),
    )
    op.create_table(
        "review_session",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("conversation_id", sa.String(length=160), nullable=False),
        sa.Column("session_number", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("lowest_confidence", sa.Float(), nullable=True),
        sa.Column("fallbacks", sa.Integer(), nullable=False),
        sa.Column("handovers", sa.Integer(), nullable=False),
        sa.Column("reports", sa.Integer(), nullable=False),
        sa.Column("answer_seconds", sa.Float(), nullable=True),
        sa.Column("sealed_opening", sa.Text(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("last_event_id", BIG_ID, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reviewer", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "state IN ('new', 'in_review', 'reviewed', 'flagged', 'later')",
            name=op.f("ck_review_session_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_session")),
        sa.UniqueConstraint(
            "conversation_id", "session_number", name=op.f("uq_review_session_conversation_id_session_number")
        ),
    )
    with op.batch_alter_table("review_session", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_review_session_account_id_started_at"), ["account_id", "started_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_review_session_started_at"), ["started_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_review_session_state_started_at"), ["state", "started_at"], unique=False
        )
    op.create_table(
        "review_message",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("session_id", BIG_ID, nullable=False),
        sa.Column("event_id", BIG_ID, nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("intent", sa.String(length=128), nullable=False),
        sa.Column("guess", sa.String(length=128), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("is_fallback", sa.Boolean(), nullable=False),
        sa.Column("typed", sa.Boolean(), nullable=False),
        sa.Column("doubtful", sa.Boolean(), nullable=False),
        sa.Column("similar_key", sa.String(length=64), nullable=False),
        sa.Column("sealed_body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("corrected_intent", sa.String(length=128), nullable=False),
        sa.Column("sealed_spans", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'accepted', 'corrected', 'rejected')", name=op.f("ck_review_message_state")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["review_session.id"],
            name=op.f("fk_review_message_session_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_message")),
        sa.UniqueConstraint("event_id", name=op.f("uq_review_message_event_id")),
    )
    with op.batch_alter_table("review_message", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_review_message_account_id_state_doubtful_id"),
            ["account_id", "state", "doubtful", "id"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_review_message_at"), ["at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_review_message_intent_session_id"), ["intent", "session_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_review_message_session_id_event_id"), ["session_id", "event_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_review_message_guess_id"), ["guess", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_review_message_state_doubtful_id"),
            ["state", "doubtful", "id"],
            unique=False,
        )
    op.create_table(
        "review_note",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("session_id", BIG_ID, nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("sealed_text", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["review_session.id"], name=op.f("fk_review_note_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_note")),
    )
    with op.batch_alter_table("review_note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_review_note_session_id_id"), ["session_id", "id"], unique=False)
    op.create_table(
        "review_tag",
        sa.Column("session_id", BIG_ID, nullable=False),
        sa.Column("tag", sa.String(length=40), nullable=False),
        sa.Column("added_by", sa.String(length=64), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["review_session.id"], name=op.f("fk_review_tag_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", "tag", name=op.f("pk_review_tag")),
    )
    with op.batch_alter_table("review_tag", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_review_tag_tag_session_id"), ["tag", "session_id"], unique=False)


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("review_tag", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_review_tag_tag_session_id"))
    op.drop_table("review_tag")
    with op.batch_alter_table("review_note", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_review_note_session_id_id"))
    op.drop_table("review_note")
    with op.batch_alter_table("review_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_review_message_state_doubtful_id"))
        batch_op.drop_index(batch_op.f("ix_review_message_guess_id"))
        batch_op.drop_index(batch_op.f("ix_review_message_session_id_event_id"))
        batch_op.drop_index(batch_op.f("ix_review_message_intent_session_id"))
        batch_op.drop_index(batch_op.f("ix_review_message_at"))
        batch_op.drop_index(batch_op.f("ix_review_message_account_id_state_doubtful_id"))
    op.drop_table("review_message")
    with op.batch_alter_table("review_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_review_session_state_started_at"))
        batch_op.drop_index(batch_op.f("ix_review_session_started_at"))
        batch_op.drop_index(batch_op.f("ix_review_session_account_id_started_at"))
    op.drop_table("review_session")
    op.drop_table("review_index_state")

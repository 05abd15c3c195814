"""First tables: inbox, outbox, choices, conversations, tokens, who speaks, media."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "conversation_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("conversation_id", sa.String(length=160), nullable=False),
        sa.Column("session_number", sa.Integer(), nullable=False),
        sa.Column("type_name", sa.String(length=64), nullable=False),
        sa.Column("occurred_at", sa.Float(), nullable=False),
        sa.Column("message_id", sa.String(length=128), nullable=True),
        sa.Column("intent_name", sa.String(length=128), nullable=True),
        sa.Column("action_name", sa.String(length=128), nullable=True),
        sa.Column("sealed_data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation_event")),
    )
    with op.batch_alter_table("conversation_event", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_conversation_event_conversation_id_session_number_id"),
            ["conversation_id", "session_number", "id"],
            unique=False,
        )

    op.create_table(
        "conversation_mode",
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("citizen_id", sa.String(length=64), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("mode IN ('waiting', 'officer')", name=op.f("ck_conversation_mode_mode")),
        sa.PrimaryKeyConstraint("account_id", "citizen_id", name=op.f("pk_conversation_mode")),
    )
    with op.batch_alter_table("conversation_mode", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_conversation_mode_mode_until"), ["mode", "until"], unique=False)

    op.create_table(
        "inbound_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("citizen_id", sa.String(length=64), nullable=False),
        sa.Column("event_key", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("sealed_body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(length=64), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(length=200), nullable=True),
        sa.CheckConstraint(
            "state IN ('new', 'working', 'done', 'held', 'ignored', 'dead')",
            name=op.f("ck_inbound_event_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_event")),
        sa.UniqueConstraint("account_id", "event_key", name=op.f("uq_inbound_event_account_id_event_key")),
    )
    with op.batch_alter_table("inbound_event", schema=None) as batch_op:
        batch_op.create_index(
            "ix_inbound_event_new",
            ["id"],
            unique=False,
            sqlite_where=sa.text("state = 'new'"),
            postgresql_where=sa.text("state = 'new'"),
        )
        batch_op.create_index(
            "ix_inbound_event_open",
            ["account_id", "citizen_id", "sent_at", "id"],
            unique=False,
            sqlite_where=sa.text("state IN ('new', 'working')"),
            postgresql_where=sa.text("state IN ('new', 'working')"),
        )

    op.create_table(
        "offered_choice",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("citizen_id", sa.String(length=64), nullable=False),
        sa.Column("say_digest", sa.String(length=64), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offered_choice")),
        sa.UniqueConstraint(
            "account_id",
            "citizen_id",
            "say_digest",
            name=op.f("uq_offered_choice_account_id_citizen_id_say_digest"),
        ),
    )
    op.create_table(
        "platform_token",
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("sealed_access", sa.Text(), nullable=False),
        sa.Column("sealed_refresh", sa.Text(), nullable=False),
        sa.Column("sealed_previous", sa.Text(), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refreshing_by", sa.String(length=64), nullable=True),
        sa.Column("refreshing_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("broken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_platform_token")),
    )
    op.create_table(
        "media_item",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("inbound_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("citizen_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("sealed_url", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(length=64), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("mime_type", sa.String(length=64), nullable=True),
        sa.Column("last_error", sa.String(length=200), nullable=True),
        sa.CheckConstraint(
            "state IN ('wanted', 'fetching', 'stored', 'missing')", name=op.f("ck_media_item_state")
        ),
        sa.ForeignKeyConstraint(
            ["inbound_id"], ["inbound_event.id"], name=op.f("fk_media_item_inbound_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_item")),
        sa.UniqueConstraint("inbound_id", "position", name=op.f("uq_media_item_inbound_id_position")),
    )
    with op.batch_alter_table("media_item", schema=None) as batch_op:
        batch_op.create_index(
            "ix_media_item_wanted",
            ["next_try_at", "id"],
            unique=False,
            sqlite_where=sa.text("state = 'wanted'"),
            postgresql_where=sa.text("state = 'wanted'"),
        )

    op.create_table(
        "outbound_message",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("citizen_id", sa.String(length=64), nullable=False),
        sa.Column("inbound_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("sealed_payload", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(length=64), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remote_id", sa.String(length=128), nullable=True),
        sa.Column("last_error", sa.String(length=200), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'sending', 'unsure', 'sent', 'dead')", name=op.f("ck_outbound_message_state")
        ),
        sa.ForeignKeyConstraint(
            ["inbound_id"],
            ["inbound_event.id"],
            name=op.f("fk_outbound_message_inbound_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbound_message")),
        sa.UniqueConstraint("inbound_id", "position", name=op.f("uq_outbound_message_inbound_id_position")),
    )
    with op.batch_alter_table("outbound_message", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbound_message_open",
            ["account_id", "citizen_id", "id"],
            unique=False,
            sqlite_where=sa.text("state IN ('queued', 'sending', 'unsure')"),
            postgresql_where=sa.text("state IN ('queued', 'sending', 'unsure')"),
        )
        batch_op.create_index("ix_outbound_message_remote", ["account_id", "remote_id"], unique=False)
        batch_op.create_index(
            "ix_outbound_message_waiting",
            ["id"],
            unique=False,
            sqlite_where=sa.text("state IN ('queued', 'unsure')"),
            postgresql_where=sa.text("state IN ('queued', 'unsure')"),
        )


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("outbound_message", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_outbound_message_waiting",
            sqlite_where=sa.text("state IN ('queued', 'unsure')"),
            postgresql_where=sa.text("state IN ('queued', 'unsure')"),
        )
        batch_op.drop_index("ix_outbound_message_remote")
        batch_op.drop_index(
            "ix_outbound_message_open",
            sqlite_where=sa.text("state IN ('queued', 'sending', 'unsure')"),
            postgresql_where=sa.text("state IN ('queued', 'sending', 'unsure')"),
        )

    op.drop_table("outbound_message")
    with op.batch_alter_table("media_item", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_media_item_wanted",
            sqlite_where=sa.text("state = 'wanted'"),
            postgresql_where=sa.text("state = 'wanted'"),
        )

    op.drop_table("media_item")
    op.drop_table("platform_token")
    op.drop_table("offered_choice")
    with op.batch_alter_table("inbound_event", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_inbound_event_open",
            sqlite_where=sa.text("state IN ('new', 'working')"),
            postgresql_where=sa.text("state IN ('new', 'working')"),
        )
        batch_op.drop_index(
            "ix_inbound_event_new",
            sqlite_where=sa.text("state = 'new'"),
            postgresql_where=sa.text("state = 'new'"),
        )

    op.drop_table("inbound_event")
    with op.batch_alter_table("conversation_mode", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_conversation_mode_mode_until"))

    op.drop_table("conversation_mode")
    with op.batch_alter_table("conversation_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_conversation_event_conversation_id_session_number_id"))

    op.drop_table("conversation_event")

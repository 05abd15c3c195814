"""An index of events that still count in a long conversation: its next turn need not read all of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

LEFT_BEHIND = sa.text(
    "type_name IN ('slot', 'active_loop', 'pause', 'resume', 'restart', 'reset_slots', 'undo', 'rewind')"
)


def upgrade() -> None:
    """Apply."""
    op.create_index(
        "ix_conversation_event_left_behind",
        "conversation_event",
        ["conversation_id", "session_number", "type_name", "action_name", "id"],
        sqlite_where=LEFT_BEHIND,
        postgresql_where=LEFT_BEHIND,
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_conversation_event_left_behind", "conversation_event")

"""An index of what citizens wrote while an officer had the word: a report's turn looks for it each time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

HELD = sa.text("state = 'held'")


def upgrade() -> None:
    """Apply."""
    op.create_index(
        "ix_inbound_event_held",
        "inbound_event",
        ["account_id", "citizen_id", "received_at"],
        sqlite_where=HELD,
        postgresql_where=HELD,
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_inbound_event_held", "inbound_event")

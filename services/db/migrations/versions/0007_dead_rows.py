"""Indexes of dead rows and of open media: an operator's figures cost the same beside millions of rows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_inbound_event_dead", "inbound_event", "state = 'dead'"),
    ("ix_outbound_message_dead", "outbound_message", "state = 'dead'"),
    ("ix_media_item_open", "media_item", "state IN ('wanted', 'fetching')"),
)


def upgrade() -> None:
    """Apply."""
    for name, table, where in INDEXES:
        op.create_index(name, table, ["id"], sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    """Take back."""
    for name, table, _ in INDEXES:
        op.drop_index(name, table)

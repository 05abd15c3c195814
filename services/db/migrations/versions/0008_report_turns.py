"""Which messages have done their work on a report, as keyed hashes: a turn worked again does it once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "report_turn",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("report_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("message_digest", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_report_turn_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_turn")),
        sa.UniqueConstraint("message_digest", name=op.f("uq_report_turn_message_digest")),
    )
    with op.batch_alter_table("report_turn", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_turn_report_id"), ["report_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_report_turn_at"), ["at"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_table("report_turn")

"""Reports of citizens: records, drafts, links, messages; history and audit that only grow."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Nobody changes what was written here, and nobody removes it before this many months.
GROWING = ("report_event", "audit_entry")
KEPT_MONTHS = 24


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "code_attempt",
        sa.Column("scope_digest", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("scope_digest", name=op.f("pk_code_attempt")),
    )
    op.create_table(
        "erasure",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("erased", sa.Text(), nullable=False),
        sa.Column("kept", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
        sa.UniqueConstraint("code", name=op.f("uq_erasure_code")),
    )
    op.create_table(
        "report",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("draft_digest", sa.String(length=64), nullable=False),
        sa.Column("reporter_digest", sa.String(length=64), nullable=True),
        sa.Column("sealed_reporter", sa.Text(), nullable=True),
        sa.Column("sealed_receipt", sa.Text(), nullable=True),
        sa.Column("identity", sa.String(length=16), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("group_id", sa.String(length=64), nullable=False),
        sa.Column("unit_id", sa.String(length=64), nullable=True),
        sa.Column("ward_id", sa.String(length=64), nullable=True),
        sa.Column("emergency", sa.Boolean(), nullable=False),
        sa.Column("discreet", sa.Boolean(), nullable=False),
        sa.Column("questionnaire_version", sa.String(length=64), nullable=False),
        sa.Column("occurred_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("occurred_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("amount", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("sealed_story", sa.Text(), nullable=True),
        sa.Column("sealed_place", sa.Text(), nullable=True),
        sa.Column("sealed_contact", sa.Text(), nullable=True),
        sa.Column("case_state", sa.String(length=24), nullable=False),
        sa.Column("news_state", sa.String(length=16), nullable=False),
        sa.Column("assigned_to", sa.String(length=64), nullable=True),
        sa.Column("file_number", sa.String(length=64), nullable=True),
        sa.Column("complex_case", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "case_state IN ('moi', 'da_tiep_nhan', 'dang_xu_ly', 'can_bo_sung', 'da_chuyen', "
            "'da_giai_quyet', 'khong_du_can_cu', 'huong_dan_noi_khac', 'da_rut')",
            name=op.f("ck_report_case_state"),
        ),
        sa.CheckConstraint(
            "identity <> 'anonymous' OR reporter_digest IS NULL", name=op.f("ck_report_anonymous_reporter")
        ),
        sa.CheckConstraint(
            "identity <> 'anonymous' OR sealed_contact IS NULL", name=op.f("ck_report_anonymous_contact")
        ),
        sa.CheckConstraint("identity IN ('named', 'secret', 'anonymous')", name=op.f("ck_report_identity")),
        sa.CheckConstraint(
            "news_state IN ('none', 'queued', 'sent', 'undelivered', 'code_only')",
            name=op.f("ck_report_news_state"),
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_report_amount")),
        sa.CheckConstraint("occurred_from <= occurred_to", name=op.f("ck_report_occurred")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint("code", name=op.f("uq_report_code")),
        sa.UniqueConstraint("draft_digest", name=op.f("uq_report_draft_digest")),
    )
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_report_account_id_case_state_id"), ["account_id", "case_state", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_report_reporter_digest"), ["reporter_digest"], unique=False)

    op.create_table(
        "report_draft",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("owner_digest", sa.String(length=64), nullable=False),
        sa.Column("sealed_body", sa.Text(), nullable=False),
        sa.Column("submitted", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_draft")),
        sa.UniqueConstraint("owner_digest", name=op.f("uq_report_draft_owner_digest")),
    )
    with op.batch_alter_table("report_draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_draft_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=48), nullable=False),
        sa.Column("report_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("detail", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_audit_entry_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entry_actor_id"), ["actor", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entry_report_id_id"), ["report_id", "id"], unique=False)

    op.create_table(
        "report_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("report_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("old_state", sa.String(length=24), nullable=True),
        sa.Column("new_state", sa.String(length=24), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_report_event_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_event")),
    )
    with op.batch_alter_table("report_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_event_report_id_id"), ["report_id", "id"], unique=False)

    op.create_table(
        "report_evidence",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("report_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sealed_source", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_report_evidence_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_evidence")),
        sa.UniqueConstraint("report_id", "position", name=op.f("uq_report_evidence_report_id_position")),
    )
    op.create_table(
        "report_fact",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("report_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("fact_id", sa.String(length=64), nullable=False),
        sa.Column("sealed_fact", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_report_fact_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_fact")),
    )
    with op.batch_alter_table("report_fact", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_fact_report_id_id"), ["report_id", "id"], unique=False)

    op.create_table(
        "report_link",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("first_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("second_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("shared", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('possible', 'same', 'different')", name=op.f("ck_report_link_state")),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_report_link_ordered")),
        sa.ForeignKeyConstraint(["first_id"], ["report.id"], name=op.f("fk_report_link_first_id")),
        sa.ForeignKeyConstraint(["second_id"], ["report.id"], name=op.f("fk_report_link_second_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_link")),
        sa.UniqueConstraint("first_id", "second_id", name=op.f("uq_report_link_first_id_second_id")),
    )
    with op.batch_alter_table("report_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_link_second_id"), ["second_id"], unique=False)

    op.create_table(
        "report_mark",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("report_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sealed_value", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('phone', 'reporter_phone', 'plate', 'account', 'street', 'cell')",
            name=op.f("ck_report_mark_kind"),
        ),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_report_mark_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_mark")),
        sa.UniqueConstraint("report_id", "kind", "digest", name=op.f("uq_report_mark_report_id_kind_digest")),
    )
    with op.batch_alter_table("report_mark", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_mark_kind_digest"), ["kind", "digest"], unique=False)

    op.create_table(
        "report_message",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("report_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("direction", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("sealed_text", sa.Text(), nullable=False),
        sa.Column("sealed_outbound", sa.Text(), nullable=True),
        sa.Column("delivery", sa.String(length=16), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "delivery IN ('none', 'queued', 'sent', 'dead', 'waiting', 'code_only')",
            name=op.f("ck_report_message_delivery"),
        ),
        sa.CheckConstraint(
            "direction IN ('to_citizen', 'from_citizen', 'internal')",
            name=op.f("ck_report_message_direction"),
        ),
        sa.CheckConstraint(
            "kind IN ('news', 'question', 'answer', 'addition', 'not_done', 'withdrawal', 'note')",
            name=op.f("ck_report_message_kind"),
        ),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_report_message_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_message")),
    )
    with op.batch_alter_table("report_message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_message_delivery"), ["delivery"], unique=False)
        batch_op.create_index(batch_op.f("ix_report_message_report_id_id"), ["report_id", "id"], unique=False)

    for table in GROWING:
        _guard(table)


def downgrade() -> None:
    """Undo."""
    for table in GROWING:
        _unguard(table)
    with op.batch_alter_table("report_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_report_message_report_id_id"))
        batch_op.drop_index(batch_op.f("ix_report_message_delivery"))

    op.drop_table("report_message")
    with op.batch_alter_table("report_mark", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_report_mark_kind_digest"))

    op.drop_table("report_mark")
    with op.batch_alter_table("report_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_report_link_second_id"))

    op.drop_table("report_link")
    with op.batch_alter_table("report_fact", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_report_fact_report_id_id"))

    op.drop_table("report_fact")
    op.drop_table("report_evidence")
    with op.batch_alter_table("report_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_report_event_report_id_id"))

    op.drop_table("report_event")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_entry_report_id_id"))
        batch_op.drop_index(batch_op.f("ix_audit_entry_actor_id"))

    op.drop_table("audit_entry")
    with op.batch_alter_table("report_draft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_report_draft_expires_at"))

    op.drop_table("report_draft")
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_report_reporter_digest"))
        batch_op.drop_index(batch_op.f("ix_report_account_id_case_state_id"))

    op.drop_table("report")
    op.drop_table("erasure")
    op.drop_table("code_attempt")


def _guard(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"""
            CREATE FUNCTION {table}_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP = 'DELETE' AND OLD.at < now() - interval '{KEPT_MONTHS} months' THEN
                    RETURN OLD;
                END IF;
                RAISE EXCEPTION '{table} only grows';
            END $$
            """
        )
        op.execute(
            f"CREATE TRIGGER {table}_rows BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_only_grows()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_whole BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_only_grows()"
        )
        return
    op.execute(
        f"CREATE TRIGGER {table}_unchanged BEFORE UPDATE ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
    )
    # INSERT OR REPLACE removes a row without asking the trigger on deletions.
    op.execute(
        f"CREATE TRIGGER {table}_new BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) "
        f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
    )
    op.execute(
        f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} "
        f"WHEN julianday(OLD.at) >= julianday('now', '-{KEPT_MONTHS} months') "
        f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
    )


def _unguard(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP FUNCTION {table}_only_grows() CASCADE")
        return
    for name in ("unchanged", "new", "kept"):
        op.execute(f"DROP TRIGGER {table}_{name}")

"""The tables of citizens' reports. Names, numbers, places and words are sealed; times are UTC.

What may be found again (a phone, a plate, a place, who reported) stands beside its sealed form as a
keyed hash. An anonymous report holds neither a hash of its reporter nor a plain reference to
anything that names them (`docs/adr/0003-anonymous-reports.md`). `report_event` and `audit_entry` only grow:
triggers of the migration refuse changes, and deletion before 24 months.
"""

from __future__ import annotations

import sqlalchemy as sa

from services.db.models import Base, BigId, UtcTime

CASE_STATES = (
    "moi",
    "da_tiep_nhan",
    "dang_xu_ly",
    "can_bo_sung",
    "da_chuyen",
    "da_giai_quyet",
    "khong_du_can_cu",
    "huong_dan_noi_khac",
    "da_rut",
)
# Where the newest news to the citizen is; `code_only`: nobody may write to them, they ask by code.
NEWS_STATES = ("none", "queued", "sent", "undelivered", "code_only")
DIGEST = sa.String(64)


def _one_of(column: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=column)


def _report_id() -> sa.Column:
    return sa.Column(BigId, sa.ForeignKey("report.id"), nullable=False)


class Report(Base):
    """One report as it was confirmed; after retention or erasure only its skeleton is left."""

    __tablename__ = "report"

    id = sa.Column(BigId, primary_key=True)
    code = sa.Column(sa.String(20), nullable=False, unique=True)
    account_id = sa.Column(sa.String(64), nullable=False)
    # Which draft it came from: a repeated confirmation finds the report that is there.
    draft_digest = sa.Column(DIGEST, nullable=False, unique=True)
    # Who reported, to list their own reports; never for an anonymous one.
    reporter_digest = sa.Column(DIGEST)
    # Where news go; sealed for this purpose alone (services.return_address).
    sealed_reporter = sa.Column(sa.Text)
    # The secret and the draft's name, sealed for look-up alone.
    sealed_receipt = sa.Column(sa.Text)
    identity = sa.Column(sa.String(16), nullable=False)
    category = sa.Column(sa.String(64), nullable=False)
    group_id = sa.Column(sa.String(64), nullable=False)
    unit_id = sa.Column(sa.String(64))
    ward_id = sa.Column(sa.String(64))
    emergency = sa.Column(sa.Boolean, nullable=False, default=False)
    # News name no content: somebody else may read the reporter's phone.
    discreet = sa.Column(sa.Boolean, nullable=False, default=False)
    questionnaire_version = sa.Column(sa.String(64), nullable=False)
    occurred_from = sa.Column(UtcTime)
    occurred_to = sa.Column(UtcTime)
    # Đồng, as the citizen said it.
    amount = sa.Column(BigId)
    sealed_story = sa.Column(sa.Text)
    sealed_place = sa.Column(sa.Text)
    sealed_contact = sa.Column(sa.Text)
    case_state = sa.Column(sa.String(24), nullable=False, default="moi")
    news_state = sa.Column(sa.String(16), nullable=False, default="none")
    assigned_to = sa.Column(sa.String(64))
    # The case file that took it over; what is in a file is kept by the law on files.
    file_number = sa.Column(sa.String(64))
    complex_case = sa.Column(sa.Boolean, nullable=False, default=False)
    # Grows with each change, so that of two officers who change it at once one is told.
    version = sa.Column(sa.Integer, nullable=False, default=1)
    # The full hour only, where the report is anonymous.
    received_at = sa.Column(UtcTime, nullable=False)
    state_since = sa.Column(UtcTime, nullable=False)
    taken_up_at = sa.Column(UtcTime)
    closed_at = sa.Column(UtcTime)
    erased_at = sa.Column(UtcTime)

    __table_args__ = (
        _one_of("identity", ("named", "secret", "anonymous")),
        _one_of("case_state", CASE_STATES),
        _one_of("news_state", NEWS_STATES),
        sa.CheckConstraint("identity <> 'anonymous' OR reporter_digest IS NULL", name="anonymous_reporter"),
        sa.CheckConstraint("identity <> 'anonymous' OR sealed_contact IS NULL", name="anonymous_contact"),
        sa.CheckConstraint("occurred_from <= occurred_to", name="occurred"),
        sa.CheckConstraint("amount >= 0", name="amount"),
        sa.Index(None, "account_id", "case_state", "id"),
        sa.Index(None, "reporter_digest"),
    )


class ReportFact(Base):
    """One fact in the citizen's words and as a typed value, sealed; a later one does not replace it."""

    __tablename__ = "report_fact"

    id = sa.Column(BigId, primary_key=True)
    report_id = _report_id()
    fact_id = sa.Column(sa.String(64), nullable=False)
    sealed_fact = sa.Column(sa.Text, nullable=False)
    added_at = sa.Column(UtcTime, nullable=False)

    __table_args__ = (sa.Index(None, "report_id", "id"),)


class ReportEvidence(Base):
    """One picture, clip or file of a report; the reference to what was received is sealed."""

    __tablename__ = "report_evidence"

    id = sa.Column(BigId, primary_key=True)
    report_id = _report_id()
    position = sa.Column(sa.Integer, nullable=False)
    # Event, place in it, and media item: unsealed they would lead to who sent it.
    sealed_source = sa.Column(sa.Text, nullable=False)
    added_at = sa.Column(UtcTime, nullable=False)

    __table_args__ = (sa.UniqueConstraint("report_id", "position"),)


class ReportMark(Base):
    """A value by which reports are found and compared: a keyed hash beside its sealed form."""

    __tablename__ = "report_mark"

    id = sa.Column(BigId, primary_key=True)
    report_id = _report_id()
    kind = sa.Column(sa.String(16), nullable=False)
    digest = sa.Column(DIGEST, nullable=False)
    sealed_value = sa.Column(sa.Text, nullable=False)

    __table_args__ = (
        _one_of("kind", ("phone", "reporter_phone", "plate", "account", "street", "cell")),
        sa.UniqueConstraint("report_id", "kind", "digest"),
        sa.Index(None, "kind", "digest"),
    )


class ReportEvent(Base):
    """What happened to a report, without anybody's words; only ever added to."""

    __tablename__ = "report_event"

    id = sa.Column(BigId, primary_key=True)
    report_id = _report_id()
    kind = sa.Column(sa.String(24), nullable=False)
    actor = sa.Column(sa.String(64), nullable=False)
    old_state = sa.Column(sa.String(24))
    new_state = sa.Column(sa.String(24))
    at = sa.Column(UtcTime, nullable=False)

    __table_args__ = (sa.Index(None, "report_id", "id"),)


class ReportMessage(Base):
    """Words about a report: to the citizen, from the citizen, or an officer's note; sealed."""

    __tablename__ = "report_message"

    id = sa.Column(BigId, primary_key=True)
    report_id = _report_id()
    direction = sa.Column(sa.String(16), nullable=False)
    kind = sa.Column(sa.String(16), nullable=False)
    author = sa.Column(sa.String(64), nullable=False)
    sealed_text = sa.Column(sa.Text, nullable=False)
    # The message of the outbox that carries it, sealed: unsealed it would name the citizen.
    sealed_outbound = sa.Column(sa.Text)
    delivery = sa.Column(sa.String(16), nullable=False, default="none")
    answered = sa.Column(sa.Boolean, nullable=False, default=False)
    created_at = sa.Column(UtcTime, nullable=False)

    __table_args__ = (
        _one_of("direction", ("to_citizen", "from_citizen", "internal")),
        _one_of("kind", ("news", "question", "answer", "addition", "not_done", "withdrawal", "note")),
        # `waiting`: Zalo lets nobody write after seven silent days; it goes out when the citizen writes.
        _one_of("delivery", ("none", "queued", "sent", "dead", "waiting", "code_only")),
        sa.Index(None, "report_id", "id"),
        sa.Index(None, "delivery"),
    )


class ReportTurn(Base):
    """A citizen's message that has done its work on a report, as a keyed hash: worked again it does nothing.

    Of an anonymous report, too: no two reports share a value, and without the key none leads to its message.
    """

    __tablename__ = "report_turn"

    id = sa.Column(BigId, primary_key=True)
    report_id = _report_id()
    message_digest = sa.Column(DIGEST, nullable=False, unique=True)
    at = sa.Column(UtcTime, nullable=False)

    __table_args__ = (sa.Index(None, "report_id"), sa.Index(None, "at"))


class ReportLink(Base):
    """Two reports that may be about the same thing; officers decide, nothing is merged."""

    __tablename__ = "report_link"

    id = sa.Column(BigId, primary_key=True)
    first_id = sa.Column(BigId, sa.ForeignKey("report.id"), nullable=False)
    second_id = sa.Column(BigId, sa.ForeignKey("report.id"), nullable=False)
    # What they share, joined by "+": plate, place, account, hour.
    shared = sa.Column(sa.String(64), nullable=False)
    state = sa.Column(sa.String(16), nullable=False, default="possible")
    decided_by = sa.Column(sa.String(64))
    decided_at = sa.Column(UtcTime)
    found_at = sa.Column(UtcTime, nullable=False)

    __table_args__ = (
        _one_of("state", ("possible", "same", "different")),
        sa.CheckConstraint("first_id < second_id", name="ordered"),
        sa.UniqueConstraint("first_id", "second_id"),
        sa.Index(None, "second_id"),
    )


class ReportDraft(Base):
    """The one open draft of a citizen, whose id is here as a keyed hash only."""

    __tablename__ = "report_draft"

    id = sa.Column(BigId, primary_key=True)
    owner_digest = sa.Column(DIGEST, nullable=False, unique=True)
    sealed_body = sa.Column(sa.Text, nullable=False)
    submitted = sa.Column(sa.Boolean, nullable=False, default=False)
    started_at = sa.Column(UtcTime, nullable=False)
    saved_at = sa.Column(UtcTime, nullable=False)
    expires_at = sa.Column(UtcTime, nullable=False)

    __table_args__ = (sa.Index(None, "expires_at"),)


class AuditEntry(Base):
    """Who read or changed what, when; ids only, and never changed."""

    __tablename__ = "audit_entry"

    id = sa.Column(BigId, primary_key=True)
    actor = sa.Column(sa.String(64), nullable=False)
    action = sa.Column(sa.String(48), nullable=False)
    report_id = sa.Column(BigId, sa.ForeignKey("report.id"))
    detail = sa.Column(sa.String(200), nullable=False, default="")
    at = sa.Column(UtcTime, nullable=False)

    __table_args__ = (sa.Index(None, "report_id", "id"), sa.Index(None, "actor", "id"))


class CodeAttempt(Base):
    """Wrong codes of one asker, for one code, or of everybody, and until when no more are tried."""

    __tablename__ = "code_attempt"

    scope_digest = sa.Column(DIGEST, primary_key=True)
    failures = sa.Column(sa.Integer, nullable=False)
    last_at = sa.Column(UtcTime, nullable=False)
    blocked_until = sa.Column(UtcTime, nullable=False)


class Erasure(Base):
    """The receipt of one request to delete data: how much went, what had to stay; never whose."""

    __tablename__ = "erasure"

    id = sa.Column(BigId, primary_key=True)
    code = sa.Column(sa.String(20), nullable=False, unique=True)
    # Counts by kind, and codes of what is kept with the reason: JSON, no personal data.
    erased = sa.Column(sa.Text, nullable=False)
    kept = sa.Column(sa.Text, nullable=False)
    requested_at = sa.Column(UtcTime, nullable=False)
    done_at = sa.Column(UtcTime, nullable=False)

"""The tables of the console: who works with it, who is signed in, and whose sign-in was wrong how often."""

from __future__ import annotations

import sqlalchemy as sa

from services.db.models import Base, UtcTime

ROLES = ("officer", "trainer", "leader", "admin")


class StaffAccount(Base):
    """One member of staff. Never deleted, only closed: the audit trail names them for two years."""

    __tablename__ = "staff_account"

    # The name to sign in with; never given to anybody else.
    login = sa.Column(sa.String(32), primary_key=True)
    display_name = sa.Column(sa.String(80), nullable=False)
    role = sa.Column(sa.String(16), nullable=False)
    # Unit ids joined by blanks, or "*" for every unit.
    units = sa.Column(sa.Text, nullable=False, default="")
    password_hash = sa.Column(sa.String(200), nullable=False)
    # A password that somebody else gave opens nothing but the page that changes it.
    must_change = sa.Column(sa.Boolean, nullable=False, default=True)
    sealed_totp = sa.Column(sa.Text)
    # Scanned but not yet proved with a first code.
    sealed_totp_offer = sa.Column(sa.Text)
    # The time step of the last code used: each code opens once.
    totp_step = sa.Column(sa.Integer, nullable=False, default=0)
    created_at = sa.Column(UtcTime, nullable=False)
    password_set_at = sa.Column(UtcTime, nullable=False)
    last_signed_in_at = sa.Column(UtcTime)
    # From this moment on nobody signs in with it (a trial's account, or one that was closed).
    ends_at = sa.Column(UtcTime)

    __table_args__ = (
        sa.CheckConstraint(f"role IN ({', '.join(repr(role) for role in ROLES)})", name="role"),
    )


class ConsoleSession(Base):
    """One browser that is signed in; the token itself is in its cookie only, here is its SHA-256."""

    __tablename__ = "console_session"

    token_digest = sa.Column(sa.String(64), primary_key=True)
    login = sa.Column(sa.String(32), sa.ForeignKey("staff_account.login"), nullable=False)
    # `code`: the password was right, the code of the phone is still to come.
    stage = sa.Column(sa.String(8), nullable=False)
    created_at = sa.Column(UtcTime, nullable=False)
    seen_at = sa.Column(UtcTime, nullable=False)
    ends_at = sa.Column(UtcTime, nullable=False)

    __table_args__ = (
        sa.CheckConstraint("stage IN ('code', 'open')", name="stage"),
        sa.Index(None, "login"),
        sa.Index(None, "ends_at"),
    )


class SignInFailure(Base):
    """Wrong passwords and codes of one sign-in name, existing or not, and until when no more are tried."""

    __tablename__ = "sign_in_failure"

    name_digest = sa.Column(sa.String(64), primary_key=True)
    failures = sa.Column(sa.Integer, nullable=False)
    last_at = sa.Column(UtcTime, nullable=False)
    blocked_until = sa.Column(UtcTime, nullable=False)

"""Who works with the console: accounts, roles and units, and what a member of staff may see.

Four roles. An `officer` works the reports of their own units; a `trainer` reviews conversations and
marks them for training; a `leader` sees figures, exports and everything of their own units; an
`admin` looks after accounts and reads the audit trail. A unit is an Official Account, by its id.
Signing in is `services.sign_in`. Every change is in the audit trail.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services import audit, console_sessions
from services.db.staff_tables import ROLES, SignInFailure, StaffAccount
from services.passwords import Passwords, readable, weakness
from services.secrets import Cipher

OFFICER, TRAINER, LEADER, ADMIN = ROLES
# A viewer with this among their units sees every unit of the deployment.
ALL_UNITS = "*"

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{2,31}")
_UNIT = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class StaffError(Exception):
    """The change cannot be made; the text tells the person at the console why, in Vietnamese."""


@dataclass(frozen=True)
class Viewer:
    """The member of staff on whose behalf something is read or changed; the audit trail names `user_id`."""

    user_id: str
    role: str
    units: tuple[str, ...]

    def sees(self, unit: str | None) -> bool:
        """Tell whether this viewer may see what belongs to a unit (None: not given to any unit yet)."""
        return ALL_UNITS in self.units or (unit is not None and unit in self.units)


@dataclass(frozen=True)
class StaffMember:
    """One account, without anything secret. Moments are UTC."""

    login: str
    display_name: str
    role: str
    units: tuple[str, ...]
    must_change: bool
    has_totp: bool
    created_at: datetime
    last_signed_in_at: datetime | None
    ends_at: datetime | None

    @property
    def viewer(self) -> Viewer:
        """Give the rights of this account."""
        return Viewer(self.login, self.role, self.units)

    def is_open(self, now: datetime) -> bool:
        """Tell whether the account may be used."""
        return self.ends_at is None or now < self.ends_at


def add(
    session: Session,
    passwords: Passwords,
    by: str,
    login: str,
    display_name: str,
    role: str,
    units: Sequence[str],
    now: datetime,
    password: str = "",
    ends_at: datetime | None = None,
) -> str:
    """Make an account and give its first password, which has to be changed at the first sign-in.

    `by` is the actor for the audit trail. A given `password` stays as it is. Raises StaffError.
    """
    login, display_name = login.strip().lower(), " ".join(display_name.split())
    if not _LOGIN.fullmatch(login):
        raise StaffError("Tên đăng nhập gồm 3 đến 32 chữ thường không dấu, chữ số, dấu chấm hoặc gạch nối.")
    if session.get(StaffAccount, login) is not None:
        raise StaffError("Tên đăng nhập này đã có người dùng.")
    _check(display_name, role, units)
    if password and (reason := weakness(password, login, display_name)):
        raise StaffError(reason)
    chosen = password or readable()
    session.add(
        StaffAccount(
            login=login,
            display_name=display_name,
            role=role,
            units=" ".join(units),
            password_hash=passwords.hash(chosen),
            must_change=not password,
            totp_step=0,
            created_at=now,
            password_set_at=now,
            ends_at=ends_at,
        )
    )
    session.flush()
    audit.record(session, by, "staff.added", now, detail=_told(login, role, units))
    return chosen


def change(
    session: Session, by: str, login: str, display_name: str, role: str, units: Sequence[str], now: datetime
) -> None:
    """Change name, role or units; who lost rights is signed out. Raises StaffError."""
    row = _row(session, login)
    display_name = " ".join(display_name.split())
    _check(display_name, role, units)
    if row.role == ADMIN and role != ADMIN:
        _keep_an_admin(session, login, now)
    if (row.role, row.units) != (role, " ".join(units)):
        console_sessions.end_all(session, login)
    row.display_name, row.role, row.units = display_name, role, " ".join(units)
    session.flush()
    audit.record(session, by, "staff.changed", now, detail=_told(login, role, units))


def reset_password(
    session: Session, cipher: Cipher, passwords: Passwords, by: str, login: str, now: datetime
) -> str:
    """Give a new first password, forget the phone's codes and wrong tries, sign out everywhere."""
    row = _row(session, login)
    chosen = readable()
    row.password_hash, row.must_change, row.password_set_at = passwords.hash(chosen), True, now
    row.sealed_totp = row.sealed_totp_offer = None
    forgive(session, cipher, row.login)
    console_sessions.end_all(session, row.login)
    session.flush()
    audit.record(session, by, "staff.password_reset", now, detail=row.login)
    return chosen


def set_own_password(session: Session, passwords: Passwords, login: str, new: str, now: datetime) -> None:
    """Change one's own password; every session of the account ends. Raises StaffError."""
    row = _row(session, login)
    reason = weakness(new, row.login, row.display_name)
    if reason is None and passwords.fits(row.password_hash, new):
        reason = "Mật khẩu mới phải khác mật khẩu cũ."
    if reason is not None:
        raise StaffError(reason)
    row.password_hash, row.must_change, row.password_set_at = passwords.hash(new), False, now
    console_sessions.end_all(session, row.login)
    session.flush()
    audit.record(session, audit.officer(row.login), "staff.password_changed", now)


def close(session: Session, by: str, login: str, now: datetime) -> None:
    """End an account at once and sign it out everywhere. Raises StaffError for the last administrator."""
    row = _row(session, login)
    if row.role == ADMIN:
        _keep_an_admin(session, login, now)
    row.ends_at = now
    console_sessions.end_all(session, row.login)
    session.flush()
    audit.record(session, by, "staff.closed", now, detail=row.login)


def reopen(session: Session, by: str, login: str, now: datetime) -> None:
    """Let a closed account be used again."""
    _row(session, login).ends_at = None
    session.flush()
    audit.record(session, by, "staff.reopened", now, detail=login)


def set_trial_account(
    session: Session,
    passwords: Passwords,
    login: str,
    display_name: str,
    role: str,
    password: str,
    now: datetime,
    ends_at: datetime,
) -> None:
    """Make an account of a local trial, or give the one that is there a new password and end."""
    row = session.get(StaffAccount, login)
    if row is None:
        add(session, passwords, audit.SYSTEM, login, display_name, role, (ALL_UNITS,), now, password, ends_at)
        return
    row.password_hash, row.must_change, row.password_set_at = passwords.hash(password), False, now
    row.sealed_totp = row.sealed_totp_offer = None
    row.role, row.ends_at = role, ends_at
    console_sessions.end_all(session, login)
    session.flush()
    audit.record(session, audit.SYSTEM, "staff.password_reset", now, detail=login)


def end_trial_account(session: Session, login: str, now: datetime) -> None:
    """Close an account of a local trial, also as the last administrator."""
    _row(session, login).ends_at = now
    console_sessions.end_all(session, login)
    session.flush()
    audit.record(session, audit.SYSTEM, "staff.closed", now, detail=login)


def forgive(session: Session, cipher: Cipher, login: str) -> None:
    """Forget the wrong tries of a sign-in name."""
    session.execute(
        sa.delete(SignInFailure.__table__).where(SignInFailure.name_digest == name_digest(cipher, login))
    )


def name_digest(cipher: Cipher, login: str) -> str:
    """Give the keyed hash of a sign-in name: what was typed there may be a password in the wrong field."""
    return cipher.digest("staff sign-in", login)


def find(session: Session, login: str) -> StaffMember | None:
    """Give an account by its sign-in name."""
    row = session.get(StaffAccount, login)
    return None if row is None else member(row)


def everybody(session: Session) -> list[StaffMember]:
    """List all accounts by name."""
    rows = session.execute(sa.select(StaffAccount).order_by(StaffAccount.login)).scalars()
    return [member(row) for row in rows]


def member(row: StaffAccount) -> StaffMember:
    """Give what may be shown of an account's row."""
    return StaffMember(
        login=row.login,
        display_name=row.display_name,
        role=row.role,
        units=tuple(row.units.split()),
        must_change=row.must_change,
        has_totp=row.sealed_totp is not None,
        created_at=row.created_at,
        last_signed_in_at=row.last_signed_in_at,
        ends_at=row.ends_at,
    )


def _row(session: Session, login: str) -> Any:
    row = session.get(StaffAccount, login.strip().lower())
    if row is None:
        raise StaffError("Không có tài khoản này.")
    return row


def _check(display_name: str, role: str, units: Sequence[str]) -> None:
    if not 1 <= len(display_name) <= 80:
        raise StaffError("Anh/chị ghi họ và tên, nhiều nhất 80 ký tự.")
    if role not in ROLES:
        raise StaffError("Anh/chị chọn một vai trò.")
    if not units and role != ADMIN:
        raise StaffError("Anh/chị chọn ít nhất một đơn vị.")
    if any(unit != ALL_UNITS and not _UNIT.fullmatch(unit) for unit in units):
        raise StaffError("Đơn vị không hợp lệ.")


def _keep_an_admin(session: Session, login: str, now: datetime) -> None:
    others = sa.select(StaffAccount.login).where(
        StaffAccount.role == ADMIN,
        StaffAccount.login != login,
        sa.or_(StaffAccount.ends_at.is_(None), StaffAccount.ends_at > now),
    )
    if session.execute(others.limit(1)).first() is None:
        raise StaffError("Đây là quản trị viên cuối cùng: cần có một quản trị viên khác trước.")


def _told(login: str, role: str, units: Sequence[str]) -> str:
    return f"{login} {role} {','.join(units)}"

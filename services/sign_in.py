"""Signing in: password, then the phone's code where it is on; wrong tries make the next one wait longer.

After `FREE_TRIES` wrong ones in a row a name has to wait, 30 seconds first and twice as long each time,
15 minutes at most, whether or not somebody has that name. The right password within the wait is
refused too, in the same words.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services import audit, console_sessions
from services.db.staff_tables import SignInFailure, StaffAccount
from services.secrets import Cipher
from services.staff import StaffMember, forgive, member, name_digest

FREE_TRIES = 5
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
FORGIVEN_AFTER = timedelta(hours=24)
ISSUER = "Zalo An Ninh"
_STEP_SECONDS = 30
TOTP_PURPOSE = "staff totp"


class Outcome(enum.Enum):
    """How a try to sign in ended."""

    OPEN = "open"
    CODE_WANTED = "code wanted"
    WRONG = "wrong"
    WAIT = "wait"


@dataclass(frozen=True)
class Attempt:
    """The outcome, the new session's token where there is one, and how long to wait where one has to."""

    outcome: Outcome
    token: str = ""
    wait: timedelta = timedelta(0)

    def __repr__(self) -> str:
        return f"Attempt({self.outcome.name})"


@dataclass(frozen=True)
class Secret:
    """What is stored of somebody who wants in: looked up before the slow hash, outside the transaction."""

    login: str
    password_hash: str | None

    def __repr__(self) -> str:
        return f"Secret({self.login!r})"


@dataclass(frozen=True)
class SignedIn:
    """Who is signed in, at which stage, and whether it is time to note that the session is in use."""

    person: StaffMember
    stage: str
    wants_noting: bool


def look_up(session: Session, cipher: Cipher, login: str, now: datetime) -> Secret | Attempt:
    """Give what a password is checked against, or say that this name has to wait."""
    login = login.strip().lower()[:64]
    wait = _wait(session, cipher, login, now)
    if wait:
        return Attempt(Outcome.WAIT, wait=wait)
    row = session.get(StaffAccount, login)
    usable = row is not None and (row.ends_at is None or now < row.ends_at)
    return Secret(login, row.password_hash if usable else None)


def settle(session: Session, cipher: Cipher, secret: Secret, fits: bool, now: datetime) -> Attempt:
    """Store the outcome of a checked password and begin a session for the right one."""
    wait = _wait(session, cipher, secret.login, now)
    if wait:
        return Attempt(Outcome.WAIT, wait=wait)
    row = session.get(StaffAccount, secret.login)
    if not fits or row is None or row.password_hash != secret.password_hash:
        return _failed(session, cipher, secret.login, "password", now)
    if row.sealed_totp is not None:
        return Attempt(Outcome.CODE_WANTED, console_sessions.begin(session, row.login, "code", now))
    return _open(session, cipher, row, now)


def enter_code(session: Session, cipher: Cipher, token: str, code: str, now: datetime) -> Attempt:
    """Check the phone's code for a session that waits for it; the session gets a new token."""
    waiting = console_sessions.find(session, token, now)
    if waiting is None or waiting.stage != "code":
        return Attempt(Outcome.WRONG)
    wait = _wait(session, cipher, waiting.login, now)
    if wait:
        return Attempt(Outcome.WAIT, wait=wait)
    row = session.get(StaffAccount, waiting.login, with_for_update=True)
    if not _take_code(cipher, row, row.sealed_totp, code, now):
        return _failed(session, cipher, row.login, "code", now)
    console_sessions.end(session, token)
    return _open(session, cipher, row, now)


def offer_totp(session: Session, cipher: Cipher, login: str) -> str:
    """Make a secret for the phone's code app and give its address; it counts once a first code is right.

    The same address comes back until then.
    """
    row = session.get(StaffAccount, login)
    sealing = cipher.for_purpose(TOTP_PURPOSE)
    if row.sealed_totp_offer is None:
        row.sealed_totp_offer = sealing.seal(pyotp.random_base32())
        session.flush()
    totp = pyotp.TOTP(sealing.open(row.sealed_totp_offer))
    return str(totp.provisioning_uri(name=login, issuer_name=ISSUER))


def confirm_totp(session: Session, cipher: Cipher, login: str, code: str, now: datetime) -> bool:
    """Switch the phone's code on when the first one is right; never in place of one that is on."""
    row = session.get(StaffAccount, login)
    if row.sealed_totp is not None:
        return False
    if row.sealed_totp_offer is None or not _take_code(cipher, row, row.sealed_totp_offer, code, now):
        return False
    row.sealed_totp, row.sealed_totp_offer = row.sealed_totp_offer, None
    session.flush()
    audit.record(session, audit.officer(login), "staff.totp_on", now)
    return True


def drop_totp(session: Session, login: str, now: datetime) -> None:
    """Switch the phone's code off (the caller has asked for the password again)."""
    row = session.get(StaffAccount, login)
    row.sealed_totp = row.sealed_totp_offer = None
    session.flush()
    audit.record(session, audit.officer(login), "staff.totp_off", now)


def sign_out(session: Session, token: str, login: str, now: datetime) -> None:
    """End one session."""
    console_sessions.end(session, token)
    audit.record(session, audit.officer(login), "staff.signed_out", now)


def sign_out_everywhere(session: Session, login: str, now: datetime) -> int:
    """End every session of an account; give how many."""
    ended = console_sessions.end_all(session, login)
    audit.record(session, audit.officer(login), "staff.signed_out_everywhere", now, detail=str(ended))
    return ended


def forget_failures(session: Session, now: datetime) -> int:
    """Delete wrong tries that count no more; give how many names they were of."""
    gone = session.execute(
        sa.delete(SignInFailure.__table__).where(SignInFailure.last_at <= now - FORGIVEN_AFTER)
    )
    return int(gone.rowcount)


def signed_in(session: Session, token: str, now: datetime) -> SignedIn | None:
    """Give who is signed in with a token; None when nobody is (any more)."""
    found = console_sessions.find(session, token, now)
    if found is None:
        return None
    person = member(session.get(StaffAccount, found.login))
    return SignedIn(person, found.stage, found.wants_noting(now)) if person.is_open(now) else None


def _open(session: Session, cipher: Cipher, row: StaffAccount, now: datetime) -> Attempt:
    forgive(session, cipher, row.login)
    row.last_signed_in_at = now
    audit.record(session, audit.officer(row.login), "staff.signed_in", now)
    return Attempt(Outcome.OPEN, console_sessions.begin(session, row.login, "open", now))


def _wait(session: Session, cipher: Cipher, login: str, now: datetime) -> timedelta:
    row = session.get(SignInFailure, name_digest(cipher, login))
    return max(timedelta(0), row.blocked_until - now) if row is not None else timedelta(0)


def _failed(session: Session, cipher: Cipher, login: str, what: str, now: datetime) -> Attempt:
    digest = name_digest(cipher, login)
    row = session.get(SignInFailure, digest, with_for_update=True)
    if row is None:
        row = SignInFailure(name_digest=digest, failures=0, last_at=now, blocked_until=now)
        session.add(row)
    elif now - row.last_at >= FORGIVEN_AFTER:
        row.failures = 0
    row.failures += 1
    row.last_at = now
    wait = timedelta(0)
    if row.failures >= FREE_TRIES:
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(row.failures - FREE_TRIES, 10))
        row.blocked_until = now + wait
    session.flush()
    known = session.get(StaffAccount, login) is not None
    actor = audit.officer(login) if known else audit.SYSTEM
    audit.record(session, actor, "staff.sign_in_failed", now, detail=f"{what} {row.failures}")
    return Attempt(Outcome.WAIT, wait=wait) if wait else Attempt(Outcome.WRONG)


def _take_code(cipher: Cipher, row: StaffAccount, sealed: str, code: str, now: datetime) -> bool:
    """Check a code of now or the step before or after; each step opens once."""
    digits = "".join(code.split())
    if len(digits) != 6 or not digits.isascii() or not digits.isdigit():
        return False
    totp = pyotp.TOTP(cipher.for_purpose(TOTP_PURPOSE).open(sealed))
    step = int(now.timestamp()) // _STEP_SECONDS
    for candidate in (step, step - 1, step + 1):
        if candidate > row.totp_step and pyotp.utils.strings_equal(
            digits, totp.at(candidate * _STEP_SECONDS)
        ):
            row.totp_step = candidate
            return True
    return False

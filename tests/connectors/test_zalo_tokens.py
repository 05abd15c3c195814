"""The token keeper: one refresh for all who wait, saved before it is used, and never spent twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.zalo import tokens as keeper_module
from connectors.zalo.client import NeedsOperator, TryLater
from connectors.zalo.oauth import IssuedTokens, RefreshRefused, RefreshUnreachable, RefreshUnsure, ZaloOAuth
from connectors.zalo.tokens import TokenKeeper
from services import tokens
from services.db import Database
from services.db.group_commit import GroupCommit
from services.errors import StorageError
from services.secrets import Cipher
from services.tokens import TokenPair

OA = "9990001112223334445"
APP = "1234567890123456789"


class FakeOAuth(ZaloOAuth):
    """Gives the answers of a list, in order; the refresh tokens it was shown are remembered."""

    def __init__(self, *answers: IssuedTokens | Exception, seconds: float = 0.0) -> None:
        self.answers = list(answers)
        self.spent: list[str] = []
        self.seconds = seconds

    async def refresh(self, refresh_token: str) -> IssuedTokens:
        self.spent.append(refresh_token)
        await asyncio.sleep(self.seconds)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


SECOND = IssuedTokens("a2", "r2", 90_000)
THIRD = IssuedTokens("a3", "r3", 90_000)


@pytest.fixture
def keeper(commit: GroupCommit, cipher: Cipher, clock: Any) -> Callable[..., TokenKeeper]:
    def make(oauth: ZaloOAuth, worker: str = "w1", on: Database | None = None) -> TokenKeeper:
        return TokenKeeper(GroupCommit(on) if on else commit, cipher, oauth, worker, clock)

    return make


@pytest.fixture
def stored(database: Database, cipher: Cipher) -> Callable[[], TokenPair | None]:
    def read() -> TokenPair | None:
        with database.transaction() as session:
            return tokens.read(session, cipher, OA)

    return read


async def test_the_first_pair_is_stored_once(keeper: Any, stored: Any) -> None:
    made = keeper(FakeOAuth())
    await made.seed(OA, "a1", "r1")
    await made.seed(OA, "other", "other")
    pair = stored()
    assert (await made.access_token(OA), pair.access, pair.generation) == ("a1", "a1", 1)


async def test_an_account_that_was_never_authorised_needs_an_operator(keeper: Any) -> None:
    made = keeper(FakeOAuth())
    with pytest.raises(NeedsOperator):
        await made.access_token(OA)
    with pytest.raises(NeedsOperator):
        await made.renew(OA, "a1")


async def test_twenty_waiters_get_the_token_of_one_refresh(keeper: Any, stored: Any) -> None:
    oauth = FakeOAuth(SECOND, seconds=0.05)
    made = keeper(oauth)
    await made.seed(OA, "a1", "r1")
    got = await asyncio.gather(*[made.renew(OA, "a1") for _ in range(20)])
    assert (got, oauth.spent, stored().refresh) == (["a2"] * 20, ["r1"], "r2")


async def test_two_processes_on_one_database_make_one_refresh_at_zalo(
    keeper: Any, zalo: Any, open_again: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper_module, "WAIT_FOR_OTHER", 0.01)
    zalo.fault(kind="slow", path="/v4/", seconds=0.1)
    oauth = ZaloOAuth(zalo.url, APP, "TestAppSecret")
    first, second = keeper(oauth, "w1", open_again()), keeper(oauth, "w2", open_again())
    await first.seed(OA, "sim-access-token", "sim-refresh-token")
    got = await asyncio.gather(
        *[made.renew(OA, "sim-access-token") for made in (first, second) for _ in range(5)]
    )
    grant = zalo.simulator.tokens.grant(OA)
    assert (set(got), zalo.simulator.tokens.refreshes) == ({grant.access_token}, 1)


async def test_a_token_that_another_process_renewed_is_taken_without_a_request(
    keeper: Any, open_again: Any
) -> None:
    here, there = FakeOAuth(), FakeOAuth(SECOND)
    first, second = keeper(here, "w1"), keeper(there, "w2", open_again())
    await first.seed(OA, "a1", "r1")
    assert await first.access_token(OA) == "a1"
    await second.renew(OA, "a1")
    assert (await first.renew(OA, "a1"), here.spent) == ("a2", [])


async def test_the_new_pair_is_stored_before_it_is_given_out(
    keeper: Any, stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = keeper(FakeOAuth(SECOND))
    await made.seed(OA, "a1", "r1")
    seen: list[str] = []
    real = tokens.save

    def watched(*args: Any) -> TokenPair:
        seen.append(made._cache[OA].access)
        return real(*args)

    monkeypatch.setattr(tokens, "save", watched)
    assert await made.renew(OA, "a1") == "a2"
    assert (seen, stored().access) == (["a1"], "a2")


async def test_a_save_that_fails_is_tried_until_it_succeeds(
    keeper: Any, stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    oauth = FakeOAuth(SECOND)
    made = keeper(oauth)
    await made.seed(OA, "a1", "r1")
    failures = iter([StorageError("disk full"), StorageError("disk full"), None])
    real, pauses = tokens.save, []

    def flaky(*args: Any) -> TokenPair:
        error = next(failures)
        if error is not None:
            raise error
        return real(*args)

    async def no_wait(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(tokens, "save", flaky)
    monkeypatch.setattr(keeper_module.asyncio, "sleep", no_wait)
    assert await made.renew(OA, "a1") == "a2"
    assert [pause for pause in pauses if pause] == [1, 2]
    assert (oauth.spent, stored().refresh) == (["r1"], "r2")


async def test_a_refused_refresh_means_somebody_has_to_log_in(keeper: Any, stored: Any) -> None:
    oauth = FakeOAuth(RefreshRefused("zalo error -14000"))
    made = keeper(oauth)
    await made.seed(OA, "a1", "r1")
    results = await asyncio.gather(*[made.renew(OA, "a1") for _ in range(5)], return_exceptions=True)
    assert [type(result) for result in results] == [NeedsOperator] * 5
    pair = stored()
    assert (oauth.spent, pair.broken, pair.last_error) == (["r1"], True, "zalo error -14000")


async def test_after_a_new_login_everything_goes_on(
    keeper: Any, database: Database, cipher: Any, clock: Any
) -> None:
    made = keeper(FakeOAuth(RefreshRefused("zalo error -14000")))
    await made.seed(OA, "a1", "r1")
    with pytest.raises(NeedsOperator):
        await made.renew(OA, "a1")
    with database.transaction() as session:
        tokens.save(session, cipher, OA, "a9", "r9", clock(), clock())
    assert await made.renew(OA, "a1") == "a9"


async def test_a_spent_refresh_token_is_refused_by_zalo_itself(keeper: Any, zalo: Any, stored: Any) -> None:
    oauth = ZaloOAuth(zalo.url, APP, "TestAppSecret")
    await oauth.refresh("sim-refresh-token")
    made = keeper(oauth)
    await made.seed(OA, "sim-access-token", "sim-refresh-token")
    with pytest.raises(NeedsOperator):
        await made.renew(OA, "sim-access-token")
    assert stored().broken is True


async def test_no_clear_answer_is_asked_once_more_with_the_same_token(keeper: Any, stored: Any) -> None:
    oauth = FakeOAuth(RefreshUnsure("TimeoutError"), SECOND)
    made = keeper(oauth)
    await made.seed(OA, "a1", "r1")
    assert await made.renew(OA, "a1") == "a2"
    assert (oauth.spent, stored().broken) == (["r1", "r1"], False)


async def test_a_second_unclear_answer_is_left_for_later_and_not_called_broken(
    keeper: Any, stored: Any
) -> None:
    oauth = FakeOAuth(RefreshUnsure("TimeoutError"), RefreshUnsure("TimeoutError"), SECOND)
    made = keeper(oauth)
    await made.seed(OA, "a1", "r1")
    with pytest.raises(TryLater):
        await made.renew(OA, "a1")
    pair = stored()
    assert (pair.broken, pair.last_error) == (False, "no clear answer: TimeoutError")
    assert await made.renew(OA, "a1") == "a2"
    assert oauth.spent == ["r1", "r1", "r1"]


async def test_a_token_that_was_rotated_behind_a_broken_connection_is_dead(
    keeper: Any, zalo: Any, stored: Any
) -> None:
    zalo.fault(kind="drop_after", path="/v4/")
    made = keeper(ZaloOAuth(zalo.url, APP, "TestAppSecret"))
    await made.seed(OA, "sim-access-token", "sim-refresh-token")
    with pytest.raises(NeedsOperator):
        await made.renew(OA, "sim-access-token")
    assert stored().broken is True


async def test_an_unreachable_endpoint_costs_nothing(keeper: Any, stored: Any) -> None:
    oauth = FakeOAuth(RefreshUnreachable("ClientConnectorError"), SECOND)
    made = keeper(oauth)
    await made.seed(OA, "a1", "r1")
    with pytest.raises(TryLater):
        await made.renew(OA, "a1")
    assert stored().broken is False
    assert await made.renew(OA, "a1") == "a2"


@pytest.mark.parametrize(
    ("hours", "spent"), [(0, []), (19.9, []), (20.1, ["r1"]), (30, ["r1"])],
    ids=["fresh", "before its last five hours", "in its last five hours", "expired"],
)  # fmt: skip
async def test_a_token_is_renewed_ahead_of_its_end(
    hours: float, spent: list[str], keeper: Any, clock: Any
) -> None:
    oauth = FakeOAuth(SECOND)
    made = keeper(oauth)
    await made.seed(OA, "a1", "r1")
    clock.forward(hours * 3600)
    await made.renew_early(OA)
    await made.renew_early(OA)
    assert oauth.spent == spent


@pytest.mark.parametrize("error", [RefreshUnreachable("x"), RefreshRefused("zalo error -14000")])
async def test_an_early_renewal_that_fails_disturbs_nobody(error: Exception, keeper: Any, clock: Any) -> None:
    made = keeper(FakeOAuth(error))
    await made.renew_early(OA)
    await made.seed(OA, "a1", "r1")
    clock.forward(21 * 3600)
    await made.renew_early(OA)
    # Good for four hours more, whatever became of the refresh token.
    assert await made.access_token(OA) == "a1"


async def test_a_refresher_that_died_gives_way_after_its_lease(
    keeper: Any, database: Database, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper_module, "WAIT_FOR_OTHER", 0.01)
    oauth = FakeOAuth(SECOND)
    made = keeper(oauth, "w2")
    await made.seed(OA, "a1", "r1")
    with database.transaction() as session:
        assert tokens.begin_refresh(session, OA, 1, "dead", clock())
    waiting = asyncio.create_task(made.renew(OA, "a1"))
    await asyncio.sleep(0.05)
    assert (waiting.done(), oauth.spent) == (False, [])
    clock.forward(61)
    assert await waiting == "a2"


async def test_accounts_do_not_wait_for_each_other(keeper: Any, database: Database) -> None:
    oauth = FakeOAuth(SECOND, THIRD, seconds=0.05)
    made = keeper(oauth)
    await made.seed(OA, "a1", "r1")
    await made.seed("another-oa", "b1", "s1")
    got = await asyncio.gather(made.renew(OA, "a1"), made.renew("another-oa", "b1"))
    assert (sorted(got), sorted(oauth.spent)) == (["a2", "a3"], ["r1", "s1"])
    with database.transaction() as session:
        assert session.execute(sa.text("SELECT count(*) FROM platform_token")).scalar() == 2


async def test_a_stop_in_the_middle_of_a_refresh_does_not_lose_the_new_pair(keeper: Any, stored: Any) -> None:
    made = keeper(FakeOAuth(SECOND, seconds=0.1))
    await made.seed(OA, "a1", "r1")
    renewing = asyncio.create_task(made.renew(OA, "a1"))
    await asyncio.sleep(0.05)
    renewing.cancel()
    await asyncio.gather(renewing, return_exceptions=True)
    await made.close()
    assert (stored().access, stored().refresh) == ("a2", "r2")

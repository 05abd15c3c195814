"""Bringing a decided publication to its accounts: what was sent is known exactly, nobody gets it twice.

Each step is written down before its call and after its answer, in a transaction of its own. A call
without a clear answer is never made again by itself: an article is looked for among the account's
newest ones, a broadcast waits for a person who looks in Zalo's own tool.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import structlog

from connectors.zalo.articles import ArticleClient, QuotaSpent, StillProcessing
from connectors.zalo.client import TokenRejected, Unsure, ZaloError
from services import publications
from services.clock import VIETNAM, Clock, utc_now
from services.db import Database
from services.errors import ClaimLost
from services.publications import Decision, Outcome

log = structlog.get_logger()

_Answer = TypeVar("_Answer")
# Zalo needs up to about 25 seconds for an article; one that takes longer is taken up by `resume`.
VERIFY_TRIES = 20
VERIFY_PAUSE = 2.0
# Zalo refuses broadcasts at night.
NIGHT_FROM, NIGHT_TO = 22, 6
_SAID = {
    -211: "hết hạn mức gửi của tháng",
    -234: "Zalo không cho gửi từ 22 giờ đến 6 giờ",
    -200: "Zalo không tải được hình bìa",
    -201: "Zalo không nhận một mục của bài (mã -201)",
    -224: "gói dịch vụ của trang không có chức năng này",
}


class Tokens:
    """Access tokens by account: the present one, and a newer one after a refusal."""

    def __init__(self, get: Callable[[str], str], renew: Callable[[str, str], str]) -> None:
        self.get = get
        self.renew = renew


@dataclass(frozen=True)
class Readiness:
    """One account before a broadcast; None where Zalo does not say. `problem` is empty when it can go."""

    account_id: str
    name: str
    followers: int | None
    broadcasts_left: int | None
    problem: str = ""


class Publisher:
    """Takes decided publications to Zalo."""

    def __init__(
        self,
        database: Database,
        client: ArticleClient,
        tokens: Tokens,
        clock: Clock = utc_now,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._database = database
        self._client = client
        self._tokens = tokens
        self._clock = clock
        self._pause = pause

    def check(self, accounts: Mapping[str, str], broadcast: bool) -> list[Readiness]:
        """Look at each account (names by id) without changing anything: token, followers, quota, hour."""
        return [self._readiness(account_id, name, broadcast) for account_id, name in accounts.items()]

    def run(self, number: int) -> Decision:
        """Carry a publication on from where it stands, and give where it stands then.

        Raises NewsError when there is none. One account's failure does not stop the others.
        """
        with self._database.transaction() as session:
            publications.mark_interrupted(session, number, self._clock())
        decision = self._read(number)
        for outcome in decision.outcomes:
            if outcome.state in publications.OPEN and not decision.is_done(outcome):
                try:
                    self._carry_on(decision, outcome)
                except ClaimLost:
                    log.warning("news.outcome.taken_over", publication=number, account_id=outcome.account_id)
        return self._read(number)

    def _carry_on(self, decision: Decision, outcome: Outcome) -> None:
        account, article_id = outcome.account_id, outcome.article_id
        if article_id is None:
            token = outcome.article_token or self._create(decision, outcome)
            article_id = self._verify(outcome, token) if token else self._now(decision, account).article_id
        if article_id is None or not decision.broadcast:
            return
        self._broadcast(outcome, article_id)

    def _create(self, decision: Decision, outcome: Outcome) -> str | None:
        article = decision.article[outcome.account_id]
        self._move(outcome, (outcome.state,), "creating")
        try:
            token = self._call(outcome.account_id, lambda access: self._client.create(access, article))
        except Unsure as error:
            found = self._look_for(outcome.account_id, str(article["title"]))
            if found:
                self._move(outcome, ("creating",), "published", article_id=found)
            else:
                self._move(outcome, ("creating",), "unsure", reason=error.reason[:200])
            return None
        except ZaloError as error:
            self._move(outcome, ("creating",), "refused", reason=said(error))
            return None
        self._move(outcome, ("creating",), "verifying", article_token=token)
        return token

    def _verify(self, outcome: Outcome, token: str) -> str | None:
        here = ("creating", "verifying", "refused")
        for attempt in range(VERIFY_TRIES):
            if attempt:
                self._pause(VERIFY_PAUSE)
            try:
                found = self._call(outcome.account_id, lambda access: self._client.verify(access, token))
            except StillProcessing:
                continue
            except Unsure as error:
                # To ask again changes nothing.
                log.warning("news.verify.unsure", account_id=outcome.account_id, reason=error.reason)
                continue
            except ZaloError as error:
                self._move(outcome, here, "refused", reason=said(error), article_token=None)
                return None
            self._move(outcome, here, "published", article_id=found)
            return found
        self._move(outcome, here, "verifying", reason="Zalo còn đang xử lý bài; chạy lại sau ít phút")
        return None

    def _broadcast(self, outcome: Outcome, article_id: str) -> None:
        self._move(outcome, ("published", "refused"), "broadcasting")
        try:
            message_id = self._call(
                outcome.account_id, lambda access: self._client.broadcast(access, article_id)
            )
        except Unsure as error:
            self._move(outcome, ("broadcasting",), "unsure", reason=error.reason[:200])
        except ZaloError as error:
            self._move(outcome, ("broadcasting",), "refused", reason=said(error))
        else:
            self._move(outcome, ("broadcasting",), "sent", message_id=message_id[:128], sent_at=self._clock())
            log.info("news.broadcast.sent", account_id=outcome.account_id)

    def _look_for(self, account_id: str, title: str) -> str | None:
        try:
            newest = self._call(account_id, self._client.newest)
        except ZaloError:
            return None
        found = [article_id for article_id, its_title in newest if its_title == title]
        return found[0] if len(found) == 1 else None

    def _readiness(self, account_id: str, name: str, broadcast: bool) -> Readiness:
        try:
            followers = self._call(account_id, self._client.followers)
            left = self._call(account_id, self._client.broadcasts_left) if broadcast else None
        except ZaloError as error:
            return Readiness(account_id, name, None, None, said(error))
        problem = ""
        if broadcast and left is not None and left < 1:
            problem = _SAID[-211]
        elif broadcast and is_night(self._clock()):
            problem = _SAID[-234]
        return Readiness(account_id, name, followers, left, problem)

    def _call(self, account_id: str, what: Callable[[str], _Answer]) -> _Answer:
        """Call with the present token, and once more with a newer one: a refused call did nothing."""
        access = self._tokens.get(account_id)
        try:
            return what(access)
        except TokenRejected:
            return what(self._tokens.renew(account_id, access))

    def _move(self, outcome: Outcome, was: tuple[str, ...], state: str, **values: Any) -> None:
        with self._database.transaction() as session:
            publications.advance(session, outcome.id, was, state, self._clock(), **values)

    def _read(self, number: int) -> Decision:
        with self._database.transaction(read_only=True) as session:
            return publications.get(session, number)

    def _now(self, decision: Decision, account_id: str) -> Outcome:
        return next(one for one in self._read(decision.id).outcomes if one.account_id == account_id)


def is_night(now: datetime) -> bool:
    """Tell whether Zalo refuses broadcasts at this hour."""
    hour = now.astimezone(VIETNAM).hour
    return hour >= NIGHT_FROM or hour < NIGHT_TO


def said(error: ZaloError) -> str:
    """Say an error as an officer understands it, with Zalo's number for whoever helps."""
    if isinstance(error, QuotaSpent):
        return f"{_SAID[-211]} (Zalo {error.code})"
    known = _SAID.get(error.code)
    return f"{known} (Zalo {error.code})" if known else error.reason[:200]

"""Figures over reviewed conversations: how much is understood, what is asked, and how people's words change.

Days and weeks are those of Viet Nam; a week begins on Monday. Only typed words count: a tap is never
misunderstood.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.db.review_tables import ReviewMessage
from services.masking import PLACEHOLDERS
from services.review_access import may_read, visible
from services.review_texts import open_body
from services.secrets import Cipher
from services.staff import Viewer

TOP = 15
BINS = 10
# Words are compared over so many of the newest messages and as many before them.
WORDS_FROM = 1_500
DRIFTED = 20
_WORD = re.compile(r"[^\W\d_]{2,}")
_PLACEHOLDER = re.compile("|".join(re.escape(placeholder) for placeholder in PLACEHOLDERS))


@dataclass(frozen=True)
class Week:
    """One week: typed messages, those not understood, and the mean confidence of the typed ones."""

    monday: date
    typed: int
    fallbacks: int
    confidence: float | None


@dataclass(frozen=True)
class Unanswered:
    """Messages not understood that say the same: how many, and one of them, masked."""

    count: int
    text: str


@dataclass(frozen=True)
class Drift:
    """A word with its share of all words before and now."""

    word: str
    before: float
    now: float


@dataclass(frozen=True)
class Figures:
    """The figures of a time and some units. `bins` counts typed messages by tenths of confidence."""

    typed: int
    fallbacks: int
    weeks: tuple[Week, ...]
    bins: tuple[int, ...]
    intents: tuple[tuple[str, int], ...]
    unanswered: tuple[Unanswered, ...]
    drift: tuple[Drift, ...]

    @property
    def fallback_rate(self) -> float | None:
        """Give the share of typed messages that were not understood; None without any."""
        return self.fallbacks / self.typed if self.typed else None


def figures(
    session: Session,
    cipher: Cipher,
    viewer: Viewer | None,
    since: datetime | None = None,
    until: datetime | None = None,
    account_id: str = "",
) -> Figures:
    """Count over messages in [since, until); without a viewer over all units. Raises ReviewRefused."""
    row = ReviewMessage
    conditions: list[Any] = [row.typed.is_(True)]
    if viewer is not None:
        may_read(viewer)
        conditions.append(visible(viewer, row.account_id))
    if since is not None:
        conditions.append(row.at >= since)
    if until is not None:
        conditions.append(row.at < until)
    if account_id:
        conditions.append(row.account_id == account_id)
    weeks = _weeks(session, conditions)
    return Figures(
        typed=sum(week.typed for week in weeks),
        fallbacks=sum(week.fallbacks for week in weeks),
        weeks=weeks,
        bins=_bins(session, conditions),
        intents=_intents(session, conditions),
        unanswered=_unanswered(session, cipher, conditions),
        drift=_drift(session, cipher, conditions),
    )


def _weeks(session: Session, conditions: list[Any]) -> tuple[Week, ...]:
    at = ReviewMessage.at
    if session.get_bind().dialect.name == "postgresql":
        day = sa.func.to_char(sa.func.timezone("Asia/Ho_Chi_Minh", at), "YYYY-MM-DD")
    else:
        day = sa.func.date(at, "+7 hours")
    rows = session.execute(
        sa.select(
            day.label("day"),
            sa.func.count(ReviewMessage.id),
            sa.func.sum(sa.case((ReviewMessage.is_fallback.is_(True), 1), else_=0)),
            sa.func.sum(sa.func.coalesce(ReviewMessage.confidence, 0.0)),
        )
        .where(*conditions)
        .group_by(sa.text("1"))
    )
    added: dict[date, list[float]] = {}
    for told, typed, fallbacks, confidence in rows:
        when = date.fromisoformat(told)
        sums = added.setdefault(when - timedelta(days=when.weekday()), [0, 0, 0.0])
        for place, value in enumerate((typed, fallbacks, confidence)):
            sums[place] += value
    return tuple(
        Week(monday, int(typed), int(fallbacks), confidence / typed)
        for monday, (typed, fallbacks, confidence) in sorted(added.items())
    )


def _bins(session: Session, conditions: list[Any]) -> tuple[int, ...]:
    tenth = sa.cast(sa.func.coalesce(ReviewMessage.confidence, 0.0) * BINS - 0.5, sa.Integer)
    # Casting cuts off on SQLite and rounds on Postgres; half a bin less and the bounds below make them meet.
    if session.get_bind().dialect.name != "postgresql":
        tenth = sa.cast(sa.func.coalesce(ReviewMessage.confidence, 0.0) * BINS, sa.Integer)
    counts = [0] * BINS
    for place, count in session.execute(
        sa.select(tenth, sa.func.count(ReviewMessage.id)).where(*conditions).group_by(sa.text("1"))
    ):
        counts[min(max(int(place), 0), BINS - 1)] += count
    return tuple(counts)


def _intents(session: Session, conditions: list[Any]) -> tuple[tuple[str, int], ...]:
    meant = sa.case(
        (ReviewMessage.corrected_intent != "", ReviewMessage.corrected_intent), else_=ReviewMessage.intent
    )
    count = sa.func.count(ReviewMessage.id)
    rows = session.execute(
        sa.select(meant, count)
        .where(*conditions)
        .group_by(sa.text("1"))
        .order_by(count.desc(), sa.text("1"))
        .limit(TOP)
    )
    return tuple((str(intent), int(number)) for intent, number in rows)


def _unanswered(session: Session, cipher: Cipher, conditions: list[Any]) -> tuple[Unanswered, ...]:
    count, newest = sa.func.count(ReviewMessage.id), sa.func.max(ReviewMessage.id)
    groups = session.execute(
        sa.select(newest, count)
        .where(*conditions, ReviewMessage.is_fallback.is_(True))
        .group_by(ReviewMessage.similar_key)
        .order_by(count.desc(), newest.desc())
        .limit(TOP)
    ).all()
    bodies = dict(
        session.execute(
            sa.select(ReviewMessage.id, ReviewMessage.sealed_body).where(
                ReviewMessage.id.in_([group[0] for group in groups])
            )
        ).all()
    )
    return tuple(
        Unanswered(int(number), open_body(cipher, bodies[newest_id]).text) for newest_id, number in groups
    )


def _drift(session: Session, cipher: Cipher, conditions: list[Any]) -> tuple[Drift, ...]:
    """Compare the words of the newest half of the messages with those of the half before."""
    sealed = (
        session.execute(
            sa.select(ReviewMessage.sealed_body)
            .where(*conditions)
            .order_by(ReviewMessage.id.desc())
            .limit(2 * WORDS_FROM)
        )
        .scalars()
        .all()
    )
    half = len(sealed) // 2
    now, before = _words(cipher, sealed[:half]), _words(cipher, sealed[half : 2 * half])
    now_all, before_all = sum(now.values()) or 1, sum(before.values()) or 1
    scored = []
    for word in now.keys() | before.keys():
        here, there = now[word] / now_all, before[word] / before_all
        if now[word] + before[word] >= 5:
            # Log-likelihood of the two shares: a rare word has to change more than a common one.
            both = (now[word] + before[word]) / (now_all + before_all)
            score = sum(
                count * math.log(count / (total * both))
                for count, total in ((now[word], now_all), (before[word], before_all))
                if count
            )
            scored.append((score, Drift(word, there, here)))
    scored.sort(key=lambda item: (-item[0], item[1].word))
    return tuple(drift for score, drift in scored[:DRIFTED] if score > 1.9)


def _words(cipher: Cipher, sealed: Iterable[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for body in sealed:
        text = _PLACEHOLDER.sub(" ", open_body(cipher, body).text)
        found.update(word.lower() for word in _WORD.findall(text))
    return found

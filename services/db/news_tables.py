"""The tables of news: items, what went out by which Official Account, and the weekly digest.

Items are public and stored as they are. Who takes the digest is personal: the address is sealed and
found again by a keyed hash only (see services.return_address).
"""

from __future__ import annotations

import sqlalchemy as sa

from services.db.models import Base, BigId, UtcTime

KINDS = ("tin_tuc", "canh_bao", "an_toan_giao_thong")
ITEM_STATES = ("draft", "published", "withdrawn")
OUTCOME_STATES = (
    "waiting", "creating", "verifying", "published", "broadcasting", "sent", "refused", "unsure",
)  # fmt: skip


def _one_of(column: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=column)


class NewsRow(Base):
    """One item that officers write; those that come with the product are files in content/news/."""

    __tablename__ = "news_item"

    id = sa.Column(BigId, primary_key=True)
    kind = sa.Column(sa.String(24), nullable=False)
    title = sa.Column(sa.String(140), nullable=False)
    summary = sa.Column(sa.String(250), nullable=False)
    text = sa.Column(sa.Text, nullable=False)
    picture = sa.Column(sa.String(500))
    link = sa.Column(sa.String(500))
    # Unit ids joined by blanks; empty: every page.
    units = sa.Column(sa.Text, nullable=False, default="")
    valid_from = sa.Column(sa.Date, nullable=False)
    valid_to = sa.Column(sa.Date)
    source_title = sa.Column(sa.String(200), nullable=False)
    source_url = sa.Column(sa.String(500))
    checked_on = sa.Column(sa.Date, nullable=False)
    state = sa.Column(sa.String(16), nullable=False, default="draft")
    author = sa.Column(sa.String(64), nullable=False)
    created_at = sa.Column(UtcTime, nullable=False)
    changed_at = sa.Column(UtcTime, nullable=False)
    published_at = sa.Column(UtcTime)
    # Grows with each change, so that nobody publishes what somebody else has just rewritten.
    version = sa.Column(sa.Integer, nullable=False, default=1)

    __table_args__ = (
        _one_of("kind", KINDS),
        _one_of("state", ITEM_STATES),
        sa.CheckConstraint("valid_from <= valid_to", name="valid"),
        sa.Index(None, "state", "id"),
    )


class Publication(Base):
    """One decision to bring an item to the followers of some accounts, by an article or a broadcast too."""

    __tablename__ = "publication"

    id = sa.Column(BigId, primary_key=True)
    item_id = sa.Column(BigId, sa.ForeignKey("news_item.id"), nullable=False)
    # What was shown at the decision: a later edit of the item does not change what goes out.
    article = sa.Column(sa.Text, nullable=False)
    broadcast = sa.Column(sa.Boolean, nullable=False)
    decided_by = sa.Column(sa.String(64), nullable=False)
    decided_at = sa.Column(UtcTime, nullable=False)


class PublicationOutcome(Base):
    """How far one account is; written before each call to the platform and after its answer."""

    __tablename__ = "publication_outcome"

    id = sa.Column(BigId, primary_key=True)
    publication_id = sa.Column(BigId, sa.ForeignKey("publication.id"), nullable=False)
    account_id = sa.Column(sa.String(64), nullable=False)
    state = sa.Column(sa.String(16), nullable=False, default="waiting")
    article_token = sa.Column(sa.String(500))
    article_id = sa.Column(sa.String(128))
    message_id = sa.Column(sa.String(128))
    reason = sa.Column(sa.String(200))
    changed_at = sa.Column(UtcTime, nullable=False)
    sent_at = sa.Column(UtcTime)

    __table_args__ = (
        _one_of("state", OUTCOME_STATES),
        sa.UniqueConstraint("publication_id", "account_id"),
    )


class DigestSubscription(Base):
    """A citizen's wish for the weekly digest of one ward; ended ones keep no address."""

    __tablename__ = "digest_subscription"

    id = sa.Column(BigId, primary_key=True)
    owner_digest = sa.Column(sa.String(64), nullable=False, unique=True)
    sealed_address = sa.Column(sa.Text)
    account_id = sa.Column(sa.String(64), nullable=False)
    unit_id = sa.Column(sa.String(64))
    agreed_at = sa.Column(UtcTime, nullable=False)
    ended_at = sa.Column(UtcTime)

    __table_args__ = (sa.Index(None, "account_id", "ended_at"),)


class DigestDelivery(Base):
    """That an issue was queued for a subscriber: once, whatever happens to the sender."""

    __tablename__ = "digest_delivery"

    id = sa.Column(BigId, primary_key=True)
    # ISO year and week: 2026-W48.
    issue = sa.Column(sa.String(8), nullable=False)
    subscription_id = sa.Column(
        BigId, sa.ForeignKey("digest_subscription.id", ondelete="CASCADE"), nullable=False
    )
    queued_at = sa.Column(UtcTime, nullable=False)

    __table_args__ = (sa.UniqueConstraint("issue", "subscription_id"),)

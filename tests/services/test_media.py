"""What citizens sent beside words: wanted with the event, fetched once, stored or shown as missing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from services import inbox, media
from services.db import Database
from services.db.models import InboundEvent, MediaItem
from services.errors import ClaimLost
from services.inbox import NewEvent
from services.media import ClaimedItem, SeenItem, WantedItem
from services.secrets import Cipher

OA, LAN = "9990001112223334445", "5550001112223334445"
PHOTO = WantedItem("image", "https://photo.zdn.vn/1.jpg")
CLIP = WantedItem("video", "https://video.zdn.vn/2.mp4", "9e107d9d372bb6826bd81d3542a419d6")
DIGEST = "ab" * 32


@pytest.fixture
def do(database: Database) -> Callable[..., Any]:
    def run(action: Callable[..., Any], *args: Any, **named: Any) -> Any:
        with database.transaction() as session:
            return action(session, *args, **named)

    return run


@pytest.fixture
def want(do: Any, cipher: Cipher, clock: Any) -> Callable[..., int]:
    """Stores an event and what it brings, and gives its number."""

    def receive(*items: WantedItem, key: str = "m1") -> int:
        event = NewEvent(OA, LAN, key, "user_send_image", "{}", clock())
        do(inbox.store, cipher, [event], clock())
        event_id: int = do(media.event_id, OA, key)
        do(media.want, cipher, event_id, OA, LAN, items, clock())
        return event_id

    return receive


@pytest.fixture
def claim(do: Any, cipher: Cipher, clock: Any) -> Callable[..., list[ClaimedItem]]:
    def take(worker: str = "w1", limit: int = 10) -> list[ClaimedItem]:
        found: list[ClaimedItem] = do(media.claim, cipher, worker, limit, clock())
        return found

    return take


def test_what_an_event_brings_comes_out_as_it_went_in(want: Any, claim: Any, clock: Any) -> None:
    want(PHOTO, CLIP)
    assert claim() == [
        ClaimedItem(1, OA, LAN, "image", PHOTO.url, "", 1, clock()),
        ClaimedItem(2, OA, LAN, "video", CLIP.url, CLIP.checksum, 1, clock()),
    ]
    assert claim("w2") == []


def test_the_address_is_not_readable_in_the_database(want: Any, database: Database) -> None:
    want(PHOTO)
    with database.transaction() as session:
        row = session.execute(sa.select(MediaItem.__table__)).one()
    assert "zdn.vn" not in repr(tuple(row))


def test_a_repeated_delivery_wants_nothing_twice(want: Any, do: Any, claim: Any, clock: Any) -> None:
    event_id = want(PHOTO)
    [item] = claim()
    do(media.settle, item.id, "w1", DIGEST, 7, "image/jpeg", clock())
    want(PHOTO)
    assert claim() == []
    assert do(media.for_event, event_id) == [SeenItem(0, "image", "stored", DIGEST, 7, "image/jpeg", None)]


def test_an_item_without_an_address_is_shown_as_missing(want: Any, do: Any, claim: Any) -> None:
    event_id = want(WantedItem("image", ""), PHOTO)
    assert [item.url for item in claim()] == [PHOTO.url]
    assert do(media.for_event, event_id) == [
        SeenItem(0, "image", "missing", None, None, None, media.NO_ADDRESS),
        SeenItem(1, "image", "fetching", None, None, None, None),
    ]


def test_an_event_without_items_and_an_unknown_event(want: Any, do: Any) -> None:
    assert do(media.for_event, want()) == []
    assert do(media.event_id, OA, "none") is None


def test_two_citizens_messages_do_not_mix(want: Any, do: Any) -> None:
    first, second = want(PHOTO), want(CLIP, key="m2")
    assert [item.kind for item in do(media.for_event, first)] == ["image"]
    assert [item.kind for item in do(media.for_event, second)] == ["video"]


def test_a_retry_waits_and_counts_and_trouble_of_our_own_does_not(
    want: Any, do: Any, claim: Any, clock: Any
) -> None:
    event_id = want(PHOTO)
    do(media.retry, claim()[0].id, "w1", clock() + timedelta(seconds=5), "http 404")
    assert claim() == []
    clock.forward(5)
    [item] = claim()
    assert item.attempts == 2
    do(media.retry, item.id, "w1", clock(), "disk full", counts=False)
    assert do(media.for_event, event_id)[0].reason == "disk full"
    assert [item.attempts for item in claim()] == [2]


def test_missing_ends_it_with_a_reason(want: Any, do: Any, claim: Any, clock: Any) -> None:
    event_id = want(PHOTO)
    do(media.mark_missing, claim()[0].id, "w1", "x" * 300, clock())
    clock.forward(10**6)
    assert claim() == []
    assert do(media.for_event, event_id) == [SeenItem(0, "image", "missing", None, None, None, "x" * 200)]


@pytest.mark.parametrize("lost", ["taken over", "settled"])
def test_a_claim_that_was_lost_changes_nothing(lost: str, want: Any, do: Any, claim: Any, clock: Any) -> None:
    event_id = want(PHOTO)
    [item] = claim()
    if lost == "taken over":
        do(media.release_expired, clock(), everything=True)
        claim("w2")
    else:
        do(media.settle, item.id, "w1", DIGEST, 7, "image/jpeg", clock())
    before = do(media.for_event, event_id)
    for action in (
        lambda session: media.settle(session, item.id, "w1", "cd" * 32, 1, "x/y", clock()),
        lambda session: media.mark_missing(session, item.id, "w1", "gone", clock()),
        lambda session: media.retry(session, item.id, "w1", clock(), "again"),
    ):
        with pytest.raises(ClaimLost):
            do(action)
    assert do(media.for_event, event_id) == before


def test_what_a_dead_worker_held_is_fetched_again(want: Any, do: Any, claim: Any, clock: Any) -> None:
    want(PHOTO, CLIP)
    first, second = claim()
    clock.forward(59)
    do(media.extend_leases, "w1", [second.id], clock())
    do(media.extend_leases, "w2", [first.id], clock())
    clock.forward(2)
    assert do(media.release_expired, clock()) == 1
    assert [(item.id, item.attempts) for item in claim("w2")] == [(first.id, 2)]
    assert do(media.release_expired, clock(), everything=True) == 2


def test_an_item_sealed_with_a_lost_key_waits_and_stops_nobody(
    want: Any, do: Any, claim: Any, cipher: Cipher, clock: Any
) -> None:
    event_id = want(PHOTO)
    stranger = Cipher((Fernet.generate_key().decode(),))
    do(media.want, stranger, event_id, OA, LAN, [PHOTO, CLIP], clock())
    assert [item.url for item in claim()] == [PHOTO.url]
    assert do(media.for_event, event_id)[1].reason == "cannot be read with the present DATA_KEYS"
    clock.forward(60)
    assert [item.url for item in do(media.claim, stranger, "w1", 10, clock())] == [CLIP.url]


def test_half_a_surrogate_pair_in_an_address_is_kept_from_nobody(want: Any, claim: Any) -> None:
    url = json.loads('"https://photo.zdn.vn/\\ud83d.jpg"')
    want(WantedItem("image", url))
    assert [item.url for item in claim()] == [url]


def test_the_item_outlives_its_event(want: Any, do: Any, claim: Any) -> None:
    want(PHOTO)
    do(lambda session: session.execute(sa.delete(InboundEvent.__table__)))
    assert [item.url for item in claim()] == [PHOTO.url]

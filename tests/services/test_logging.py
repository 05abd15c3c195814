"""Logs hold ids and durations; a citizen's words, phones and tokens do not get through."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from services.logging import WITHHELD, configure_logging, guard_logging, withhold


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    before, handlers = structlog.get_config(), list(logging.getLogger().handlers)

    def read() -> list[dict[str, Any]]:
        return [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    yield read
    structlog.configure(**before)
    logging.getLogger().handlers[:] = handlers


def test_ids_and_durations_stay(lines: Any) -> None:
    configure_logging("DEBUG")
    structlog.get_logger().info("inbox.event.done", event_id=7, seconds=0.25, reason="zalo error -216")
    [line] = lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "inbox.event.done",
        "level": "info",
        "event_id": 7,
        "seconds": 0.25,
        "reason": "zalo error -216",
    }


@pytest.mark.parametrize("field", sorted(WITHHELD))
def test_a_field_that_holds_words_or_secrets_is_withheld(field: str) -> None:
    assert withhold(None, "info", {"event": "x", field: "Cháu bị bạo hành"}) == {"event": "x", field: "…"}


@pytest.mark.parametrize(
    "phone", ["0901234567", "+84901234567", "84 901 234 567", "090.123.4567", "024 3869 1234"]
)
def test_a_phone_number_is_masked_wherever_it_slips_in(phone: str) -> None:
    masked = withhold(None, "info", {"event": "x", "reason": f"call {phone} now", "note": f"({phone})"})
    assert masked == {"event": "x", "reason": "call … now", "note": "(…)"}


@pytest.mark.parametrize("harmless", ["113", "5550001112223334445", "2026-11-21", "a1b2c3d4e5f60718293a"])
def test_ids_and_dates_are_no_phone_numbers(harmless: str) -> None:
    assert withhold(None, "info", {"event": "x", "note": harmless})["note"] == harmless


def test_a_phone_number_in_an_exception_is_masked_too(lines: Any) -> None:
    configure_logging("DEBUG")
    try:
        raise ValueError("cannot parse 0901234567")
    except ValueError:
        structlog.get_logger().exception("inbox.work.crashed")
    [line] = lines()
    assert "ValueError: cannot parse …" in line["exception"]
    assert "0901234567" not in json.dumps(line)


def test_the_level_is_kept(lines: Any) -> None:
    configure_logging("WARNING")
    structlog.get_logger().info("not.shown")
    structlog.get_logger().warning("shown")
    assert [line["event"] for line in lines()] == ["shown"]


def test_logging_that_rasa_set_up_is_guarded_for_loggers_in_use_too() -> None:
    before = structlog.get_config()
    seen: list[dict[str, Any]] = []

    def keep(_: Any, __: str, event: Any) -> str:
        seen.append(dict(event))
        return ""

    try:
        structlog.configure(
            processors=[keep], logger_factory=structlog.ReturnLoggerFactory(), cache_logger_on_first_use=True
        )
        logger = structlog.get_logger()
        logger.info("before", text="tôi bị đánh")
        guard_logging()
        guard_logging()
        logger.info("after", text="tôi bị đánh")
    finally:
        structlog.configure(**before)
    assert [item["text"] for item in seen] == ["tôi bị đánh", "…"]

"""Logs as JSON lines with ids and durations; never a citizen's words, names, phones or tokens.

Rasa logs whole messages at debug level and the bare default of structlog prints them all, so
every process of ours calls `configure_logging` first, and a processor drops what slips through.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

# Fields that hold what a citizen wrote or who they are, in Rasa's own events and in ours.
WITHHELD = frozenset(
    {
        "text", "message_text", "user_text", "rasa_text", "message", "messages", "entities", "slots",
        "rasa_events", "parse_data_text", "parse_data_entities", "bot_utterance", "latest_message",
        "utterance", "body", "payload", "name", "display_name", "phone", "address", "json_message",
        "access_token", "refresh_token", "secret", "token", "authorization", "tracker", "response",
    }
)  # fmt: skip
_PHONE = re.compile(r"(?<!\d)(?:\+?84|0)(?:[ .-]?\d){8,10}(?!\d)")


def withhold(logger: Any, method_name: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Drop fields that carry citizens' words or secrets, and mask phone numbers in the rest."""
    for key in list(event):
        if key in WITHHELD:
            event[key] = "…"
        elif key != "event" and isinstance(event[key], str):
            event[key] = _PHONE.sub("…", event[key])
    return event


def configure_logging(level: str = "INFO") -> None:
    """Set up structlog and the standard logging for one process, to standard error."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # Before `withhold`, because the text of an exception is masked as well.
            structlog.processors.format_exc_info,
            withhold,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=max(getattr(logging, level), logging.INFO), stream=sys.stderr)


def guard_logging() -> None:
    """Add `withhold` to the logging that somebody else set up (Rasa does, for its own process).

    The list is changed in place, because loggers that were used already keep hold of it.
    """
    processors = structlog.get_config()["processors"]
    if withhold not in processors:
        processors.insert(max(0, len(processors) - 1), withhold)

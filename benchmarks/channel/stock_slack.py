"""Rasa's own Slack channel, unchanged but for the address that it sends to.

Loaded by `rasa run` from credentials. Slack's client takes no address from Rasa, so the default of its
constructor is set; everything that handles messages is Rasa's.
"""

from __future__ import annotations

import os

from rasa.core.channels.slack import SlackInput
from slack_sdk.web.async_base_client import AsyncBaseClient

ADDRESS = "BENCH_SLACK_API"


def send_to(address: str) -> None:
    """Let every Slack client made from now on talk to this address."""
    made = AsyncBaseClient.__init__
    names = made.__code__.co_varnames[: made.__code__.co_argcount]
    defaults = list(made.__defaults__ or ())
    defaults[names.index("base_url") - (len(names) - len(defaults))] = address
    made.__defaults__ = tuple(defaults)


class SlackAtSink(SlackInput):  # type: ignore[misc]
    """Rasa's Slack channel on a machine without Slack."""

    @classmethod
    def name(cls) -> str:
        return "slack"


if os.environ.get(ADDRESS):
    send_to(os.environ[ADDRESS])

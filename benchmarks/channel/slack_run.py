"""The measurement of Rasa's stock Slack channel: the same messages at the same moments.

Signed as Slack signs, answered by the same model and the same action server, conversations in Rasa's own
SQL store on SQLite. What arrives at Slack is compared with an undisturbed chat, as for Zalo.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import aiohttp

from benchmarks.channel import load
from benchmarks.channel.load import Delivery
from benchmarks.channel.processes import Program, action_server, endpoints, free_ports, rasa_server
from benchmarks.channel.scripts import SCRIPTS, script_of
from benchmarks.channel.stock_slack import ADDRESS
from benchmarks.channel.verdict import Reference, expected_chat, judge
from benchmarks.channel.zalo_run import SETTLE_SECONDS, Measured, NotDrained, Say

SECRET = "bench-signing-secret"
# Nothing has come for so long: what is missing then does not come any more.
SILENCE_SECONDS = 15.0
_ENDPOINTS = """
action_endpoint:
  url: "http://127.0.0.1:5055/webhook"
  enable_selective_domain: true
tracker_store:
  type: SQL
  dialect: sqlite
  db: {database}
"""
_CREDENTIALS = f"""
benchmarks.channel.stock_slack.SlackAtSink:
  slack_token: xoxb-bench
  slack_signing_secret: {SECRET}
"""


class SlackStack:
    """Action server, Slack's sink and Rasa with its Slack channel."""

    def __init__(self, folder: Path, model: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        rasa_port, actions_port, sink_port = free_ports(3)
        self.sink_url = f"http://127.0.0.1:{sink_port}"
        self.webhook = f"http://127.0.0.1:{rasa_port}/webhooks/slack/webhook"
        environment = {
            "DATA_DIR": str(folder),
            "ACTIONS_PORT": str(actions_port),
            "ZALO_OA_ID": "9990001112223334445",
            ADDRESS: f"{self.sink_url}/api/",
        }
        credentials = folder / "credentials.yml"
        credentials.write_text(_CREDENTIALS, encoding="utf-8")
        endpoints_file = endpoints(folder, actions_port, _ENDPOINTS.format(database=folder / "rasa.db"))
        logs = folder / "log"
        self.programs = (
            action_server(actions_port, environment, logs),
            Program(
                [sys.executable, "-m", "benchmarks.channel.slack_sink", str(sink_port)],
                environment,
                f"{self.sink_url}/said",
                logs / "slack.log",
            ),
            rasa_server(rasa_port, model, credentials, endpoints_file, environment, "webhooks/slack/", logs),
        )

    def start(self) -> None:
        """Start everything and wait until it is ready. Raises DidNotStart."""
        for program in self.programs:
            program.start()
        for program in self.programs:
            program.wait_until_ready()

    def stop(self) -> None:
        """End everything."""
        for program in reversed(self.programs):
            program.stop()


def deliveries(plan: Iterable[tuple[float, int, int]], first: int = 0) -> list[Delivery]:
    """Make Slack's signed events of a plan; citizens are numbered from `first`."""
    made = []
    for due, citizen, position in plan:
        number = first + citizen
        body = json.dumps(
            {
                "type": "event_callback",
                "event_id": f"Ev{number}-{position}",
                "authed_users": ["UBOT"],
                "event": {
                    "type": "message",
                    "channel_type": "im",
                    "channel": f"D{number}",
                    "user": f"U{number}",
                    "text": SCRIPTS[script_of(number)][position],
                    "ts": f"{time.time() + due:.6f}",
                },
            },
            ensure_ascii=False,
        ).encode()
        stamp = str(int(time.time() + due))
        signed = hmac.new(SECRET.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={signed}",
        }
        made.append(Delivery(due, body, headers, number, position))
    return made


async def measure(
    stack: SlackStack, rate: float, seconds: float, citizens: int, drain_seconds: float, say: Say
) -> Measured:
    """Run the load against a started stack and judge it."""
    first = len(SCRIPTS) * 10
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
        reference = await _undisturbed(stack, session)
        say("the undisturbed chats are heard")
        await asyncio.sleep(SETTLE_SECONDS)
        plan = load.schedule(rate, seconds, citizens, min(map(len, SCRIPTS)))
        answers = await load.run(stack.webhook, deliveries(plan, first))
        say(f"p99 {answers.percentile(0.99):.1f} ms, {dict(answers.outcomes)}; draining")
        positions: dict[int, list[int]] = {}
        for _, citizen, position in plan:
            positions.setdefault(first + citizen, []).append(position)
        expected = {
            f"D{citizen}": expected_chat(reference, script_of(citizen), found)
            for citizen, found in positions.items()
        }
        started = time.monotonic()
        drained, chats = await _until_silent(
            stack, session, sum(map(len, expected.values())), set(expected), drain_seconds, say
        )
    return Measured(
        "Slack, stock Rasa", answers, judge(chats, expected), drained - started if drained else None
    )


async def _said(stack: SlackStack, session: aiohttp.ClientSession) -> dict[str, list[str]]:
    async with session.get(f"{stack.sink_url}/said") as response:
        return dict(await response.json())


async def _undisturbed(stack: SlackStack, session: aiohttp.ClientSession) -> Reference:
    heard: list[list[list[str]]] = []
    for script in range(len(SCRIPTS)):
        answers: list[list[str]] = []
        known = 0
        for position in range(len(SCRIPTS[script])):
            await load.run(stack.webhook, deliveries([(0.0, 0, position)], first=script))
            said = await _answer(stack, session, f"D{script}", known)
            answers.append(said[known:])
            known = len(said)
        heard.append(answers)
    return heard


async def _answer(stack: SlackStack, session: aiohttp.ClientSession, channel: str, known: int) -> list[str]:
    deadline = time.monotonic() + 30
    said: list[str] = []
    while time.monotonic() < deadline:
        before, said = said, (await _said(stack, session)).get(channel, [])
        # The channel cuts an answer into several messages: it is over when no more come.
        if len(said) > known and said == before:
            return said
        await asyncio.sleep(0.4)
    raise NotDrained("Rasa's Slack channel did not answer an undisturbed citizen in 30 s")


async def _until_silent(
    stack: SlackStack,
    session: aiohttp.ClientSession,
    expected: int,
    channels: set[str],
    seconds: float,
    say: Say,
) -> tuple[float | None, dict[str, list[str]]]:
    """Wait until all came, or nothing comes any more; give the moment of the last message, if all came."""
    deadline = time.monotonic() + seconds
    count, changed, told = -1, time.monotonic(), time.monotonic()
    while True:
        chats = await _said(stack, session)
        now = sum(len(texts) for channel, texts in chats.items() if channel in channels)
        if now != count:
            count, changed = now, time.monotonic()
        if count >= expected:
            return changed, chats
        if time.monotonic() - changed > SILENCE_SECONDS or time.monotonic() > deadline:
            return None, chats
        if time.monotonic() - told > 15:
            told = time.monotonic()
            say(f"{count} of {expected} messages came")
        await asyncio.sleep(1.0)

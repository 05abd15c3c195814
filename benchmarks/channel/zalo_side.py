"""The Zalo side of a measurement: signed events, and the chats as the simulator shows them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable, Sequence
from typing import Any

import aiohttp

from benchmarks.channel.load import Delivery
from benchmarks.channel.processes import APP_ID, OA_ID, OA_SECRET
from benchmarks.channel.scripts import SCRIPTS, script_of
from connectors.zalo import signature

READERS = 8


def citizen_id(number: int) -> str:
    """Name a citizen as the simulator's burst does, which makes citizens known there."""
    return f"burst-{number}"


def deliveries(plan: Iterable[tuple[float, int, int]], first: int = 0) -> list[Delivery]:
    """Make the signed events of a plan; citizens are numbered from `first`."""
    made = []
    # One moment for all: to make and sign thousands takes tenths of a second, by which waiting would be told
    # too short.
    begun = time.time()
    for due, citizen, position in plan:
        stamp = str(int((begun + due) * 1000))
        body = json.dumps(
            {
                "app_id": APP_ID,
                "sender": {"id": citizen_id(first + citizen)},
                "user_id_by_app": f"777{first + citizen}",
                "recipient": {"id": OA_ID},
                "event_name": "user_send_text",
                "message": {
                    "text": SCRIPTS[script_of(first + citizen)][position],
                    "msg_id": f"bench-{first + citizen}-{position}",
                },
                "timestamp": stamp,
            },
            ensure_ascii=False,
            separators=(",", ":"),
        ).encode()
        signed = "mac=" + signature.sign(APP_ID, body, stamp, OA_SECRET)
        headers = {"Content-Type": "application/json", signature.HEADER: signed}
        made.append(Delivery(due, body, headers, first + citizen, position))
    return made


class ZaloSide:
    """The simulator's control and JSON API."""

    def __init__(self, base: str, session: aiohttp.ClientSession) -> None:
        self._base = base
        self._session = session

    async def control(self, path: str, **body: Any) -> dict[str, Any]:
        """Turn one of the simulator's switches."""
        async with self._session.post(f"{self._base}/api/control/{path}", json=body) as response:
            response.raise_for_status()
            return dict(await response.json())

    async def only_listens(self, citizens: int) -> None:
        """Make citizens known who may be written to, with the webhook of the simulator off."""
        await self.control("options", rate_limit=0, echo=False)
        await self.control("webhook/enable", on=False)
        await self.control("burst", citizens=citizens, messages=citizens, text="…")

    async def write(self, user_id: str, text: str) -> None:
        """Let a citizen write."""
        address = f"{self._base}/api/citizens/{user_id}/messages"
        async with self._session.post(address, json={"text": text}) as response:
            response.raise_for_status()

    async def counters(self) -> tuple[dict[str, int], int]:
        """Give the simulator's figures, and how many events it still has to deliver."""
        async with self._session.get(f"{self._base}/api/control/counters") as response:
            found = await response.json()
        return dict(found["counters"]), int(found["waiting"])

    async def delivered(self, user_id: str) -> list[str]:
        """Give how each message of a citizen came to the webhook: `delivered`, or what became of it."""
        async with self._session.get(
            f"{self._base}/api/citizens/{user_id}/messages", params={"after": "0"}
        ) as response:
            found = (await response.json())["messages"]
        return [str(item.get("delivery", "")) for item in found if item["from"] == "citizen"]

    async def said(self, user_id: str) -> list[str]:
        """Give what the OA wrote to a citizen, oldest first."""
        async with self._session.get(
            f"{self._base}/api/citizens/{user_id}/messages", params={"after": "0"}
        ) as response:
            found = (await response.json())["messages"]
        return [str(item["text"]) for item in found if item["from"] == "oa" and not item.get("admin_id")]

    async def all_said(self, user_ids: Sequence[str]) -> dict[str, list[str]]:
        """Give what the OA wrote to each of many citizens."""
        free = asyncio.Semaphore(READERS)

        async def read(user_id: str) -> tuple[str, list[str]]:
            async with free:
                return user_id, await self.said(user_id)

        return dict(await asyncio.gather(*(read(user_id) for user_id in user_ids)))

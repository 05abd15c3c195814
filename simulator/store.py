"""What the simulated Zalo remembers: OAs, citizens, and one conversation per citizen and OA.

It owns message numbering and tells waiting readers about news. It sends nothing and checks nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from simulator.clock import Clock
from simulator.settings import OaSettings

CITIZEN = "citizen"
OA = "oa"
# Viet Nam keeps one offset all year round.
HANOI = timezone(timedelta(hours=7))
KEPT_PER_CONVERSATION = 5000


@dataclass(slots=True)
class Message:
    """One line of a chat; `id` only grows over the whole process, `at` is simulated milliseconds."""

    id: int
    sender: str
    type: str
    text: str
    at: int
    msg_id: str
    oa_id: str
    user_id: str
    buttons: list[dict[str, Any]] = field(default_factory=list)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    quote: str = ""
    admin_id: str = ""
    hidden: bool = False
    delivery: str = ""
    reaction: str = ""
    receipt: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the message as the JSON API shows it; empty optional fields are left out."""
        shown: dict[str, Any] = {
            "id": self.id,
            "from": self.sender,
            "type": self.type,
            "text": self.text,
            "buttons": self.buttons,
            "attachments": self.attachments,
            "at": datetime.fromtimestamp(self.at / 1000, HANOI).isoformat(timespec="milliseconds"),
            "msg_id": self.msg_id,
        }
        for name in ("quote", "admin_id", "hidden", "delivery", "reaction", "receipt"):
            value = getattr(self, name)
            if value:
                shown[name] = value
        return shown


@dataclass(slots=True)
class Conversation:
    """The chat of one citizen with one OA; times are simulated milliseconds."""

    oa_id: str
    user_id: str
    messages: list[Message] = field(default_factory=list)
    follower: bool = False
    last_interaction: int | None = None
    wrote: bool = False
    last_oa_id: int = 0
    waiters: set[asyncio.Future[None]] = field(default_factory=set)

    def after(self, message_id: int) -> list[Message]:
        """Return visible messages newer than an id, oldest first."""
        start = bisect_right(self.messages, message_id, key=lambda message: message.id)
        return [message for message in self.messages[start:] if not message.hidden]

    def find(self, reference: int | str) -> Message | None:
        """Find a message by its number or by its msg_id."""
        for message in reversed(self.messages):
            if reference in (message.id, message.msg_id):
                return message
        return None


@dataclass(slots=True)
class Citizen:
    """A person, known by one id on every simulated OA."""

    user_id: str
    name: str


def user_id_by_app(user_id: str) -> str:
    """Return the app-scoped id of a citizen: always the same for one user id, and different from it."""
    if user_id.isdigit() and len(user_id) > 6:
        return "777" + user_id[3:]
    return "777" + str(int(hashlib.sha256(user_id.encode()).hexdigest()[:13], 16)).zfill(16)


class Store:
    """All conversations in memory."""

    def __init__(self, oas: tuple[OaSettings, ...], clock: Clock) -> None:
        self._clock = clock
        self.oas: dict[str, OaSettings] = {oa.oa_id: oa for oa in oas}
        self.default_oa = oas[0].oa_id
        self.citizens: dict[str, Citizen] = {}
        self.listeners: set[Callable[[str, Message | None], None]] = set()
        self.era = secrets.token_hex(6)
        self._conversations: dict[tuple[str, str], Conversation] = {}
        self._last_id = 0
        self.closing = False

    def reset(self) -> None:
        """Forget citizens and messages; numbers keep growing, so a reader's `after` stays valid.

        `era` changes with every start and reset: an open chat page then forgets what it shows.
        """
        for conversation in self._conversations.values():
            _wake(conversation)
        self.citizens.clear()
        self._conversations.clear()
        self.era = secrets.token_hex(6)
        for listener in tuple(self.listeners):
            listener("era", None)

    def known(self, user_id: str) -> bool:
        """Tell whether the citizen exists."""
        return user_id in self.citizens

    def add_citizen(self, user_id: str, name: str = "") -> Citizen:
        """Create or rename a citizen."""
        citizen = self.citizens.get(user_id)
        if citizen is None:
            citizen = Citizen(user_id, name or f"Người dân {len(self.citizens) + 1}")
            self.citizens[user_id] = citizen
        elif name:
            citizen.name = name
        return citizen

    def conversation(self, oa_id: str, user_id: str) -> Conversation:
        """Return the conversation, made empty when it is new; does not make the citizen known."""
        key = (oa_id, user_id)
        conversation = self._conversations.get(key)
        if conversation is None:
            conversation = self._conversations[key] = Conversation(oa_id, user_id)
        return conversation

    def peek(self, oa_id: str, user_id: str) -> Conversation | None:
        """Return the conversation only when there is one."""
        return self._conversations.get((oa_id, user_id))

    def conversations_of(self, oa_id: str) -> Iterator[Conversation]:
        """Yield the conversations of one OA."""
        return (row for row in self._conversations.values() if row.oa_id == oa_id)

    def interact(self, conversation: Conversation) -> None:
        """Open the 48 hour and 7 day windows anew."""
        conversation.last_interaction = self._clock.now_ms()

    def add(
        self, conversation: Conversation, sender: str, type_: str, text: str = "", **more: Any
    ) -> Message:
        """Append a message and tell readers; `more` are further fields of Message."""
        self._last_id += 1
        message = Message(
            id=self._last_id,
            sender=sender,
            type=type_,
            text=text,
            at=self._clock.now_ms(),
            msg_id=secrets.token_hex(10),
            oa_id=conversation.oa_id,
            user_id=conversation.user_id,
            **more,
        )
        conversation.messages.append(message)
        if len(conversation.messages) > KEPT_PER_CONVERSATION:
            del conversation.messages[: KEPT_PER_CONVERSATION // 10]
        if sender == OA:
            conversation.last_oa_id = message.id
            _wake(conversation)
        self.announce("message", message)
        return message

    def announce(self, kind: str, message: Message) -> None:
        """Tell listeners (open chat pages) that a message is new or has changed."""
        if not message.hidden:
            for listener in tuple(self.listeners):
                listener(kind, message)

    async def wait_for_oa(self, conversation: Conversation, after: int, seconds: float) -> None:
        """Return when an OA message newer than `after` exists or the real seconds have passed."""
        if conversation.last_oa_id > after or seconds <= 0:
            return
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while not self.closing and conversation.last_oa_id <= after and (left := deadline - loop.time()) > 0:
            waiter: asyncio.Future[None] = loop.create_future()
            conversation.waiters.add(waiter)
            try:
                await asyncio.wait_for(waiter, left)
            except asyncio.TimeoutError:
                return
            finally:
                conversation.waiters.discard(waiter)

    def release_waiters(self) -> None:
        """End all long polls, for a quick shutdown."""
        self.closing = True
        for conversation in self._conversations.values():
            _wake(conversation)


def _wake(conversation: Conversation) -> None:
    for waiter in tuple(conversation.waiters):
        if not waiter.done():
            waiter.set_result(None)

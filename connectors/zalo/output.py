"""Rasa's messages as Zalo messages, collected for the turn; nothing here talks to the network.

Buttons carry a plain sentence, so that the citizen sees what a tap says; what the sentence means is
remembered on our side (services.choices). A button's payload decides its kind: `/intent{...}` is a
command, `https://…` opens a page, `tel:…` dials, `sms:…` writes, anything else is said as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from rasa.core.channels.channel import OutputChannel

from connectors.turn import Turn, current_turn
from connectors.zalo import limits
from services.outbox import Reply

NAME = "zalo"
MORE = "Anh/chị chọn thêm ở đây:"

_NO_DIGIT = re.compile(r"[^0-9]")
_COMMAND = re.compile(r"^/(?P<intent>\w+)\s*(?P<entities>\{.*\})?$", re.DOTALL)


class ZaloOutput(OutputChannel):
    """Collects one turn's messages; they are stored with the turn and sent from the outbox."""

    @classmethod
    def name(cls) -> str:
        """Name the channel, as stored in every conversation's history."""
        return NAME

    async def send_text_message(self, recipient_id: str, text: str, **kwargs: Any) -> None:
        """Say a text, in as many messages as Zalo needs."""
        self._turn().replies.extend(text_replies(text))

    async def send_text_with_buttons(
        self, recipient_id: str, text: str, buttons: list[dict[str, Any]], **kwargs: Any
    ) -> None:
        """Say a text with choices; more than five go on in further messages."""
        turn = self._turn()
        replies, offers = button_replies(text, buttons)
        turn.replies.extend(replies)
        turn.offers.update(offers)

    async def send_image_url(self, recipient_id: str, image: str, **kwargs: Any) -> None:
        """Send a picture: by its address, or one of ours (see `own_file`) by an upload."""
        own = own_file(image)
        self._turn().replies.append(_picture({"url": image}) if own is None else Reply("image_file", own))

    async def send_attachment(self, recipient_id: str, attachment: str, **kwargs: Any) -> None:
        """Send a file of ours (see `own_file`), or offer one by its address, which Zalo shows as a link."""
        own = own_file(attachment)
        self._turn().replies.extend(text_replies(attachment) if own is None else [Reply("file", own)])

    async def send_elements(
        self, recipient_id: str, elements: Iterable[dict[str, Any]], **kwargs: Any
    ) -> None:
        """Send rows with pictures as one list; each row's first button is what a tap on it says."""
        turn = self._turn()
        reply, offers = list_reply(elements)
        turn.replies.append(reply)
        turn.offers.update(offers)

    async def send_custom_json(self, recipient_id: str, json_message: dict[str, Any], **kwargs: Any) -> None:
        """Ask for contact details (`request_user_info`), or send a Zalo `message` object as it is."""
        asked = json_message.get("request_user_info")
        if isinstance(asked, dict):
            self._turn().replies.extend(contact_replies(asked))
        else:
            self._turn().replies.append(Reply("custom", dict(json_message)))

    def _turn(self) -> Turn:
        turn = current_turn.get()
        if turn is None:
            # Rasa's HTTP API could speak outside a turn; nothing would store those messages.
            raise RuntimeError("the Zalo channel speaks only inside a turn of its inbox")
        return turn


def own_file(named: str) -> dict[str, str] | None:
    """Read the name of a file of ours; None for anything else, such as an address on the web.

    `content/…` and `file:…` name a file of the content folder, `evidence:<sha256>` a stored one.
    """
    kind, _, rest = named.partition(":")
    if kind == "evidence":
        return {"sha256": rest}
    if kind == "file":
        return {"path": rest}
    return {"path": named} if named.startswith("content/") else None


def contact_replies(asked: dict[str, Any]) -> list[Reply]:
    """Make the message with which Zalo offers to send name, phone and address (title, subtitle, image_url).

    Zalo wants a public picture with it; without one the citizen is asked by a text.
    """
    title, subtitle = str(asked.get("title") or ""), str(asked.get("subtitle") or "")
    image = str(asked.get("image_url") or "")
    if not (title and subtitle and image.startswith(("https://", "http://"))):
        return text_replies(f"{title}\n{subtitle}")
    element = {
        "title": limits.short_title(title),
        "subtitle": limits.short_title(subtitle, limits.MAX_SUBTITLE),
        "image_url": image,
    }
    return [Reply("request_user_info", _template("request_user_info", element))]


def text_replies(text: str) -> list[Reply]:
    """Make the text messages for a text of any length."""
    return [Reply("text", {"text": part}) for part in limits.split_text(text)]


def button_replies(
    text: str, buttons: Iterable[dict[str, Any]]
) -> tuple[list[Reply], dict[str, dict[str, Any]]]:
    """Make the messages for a text with choices, and what each choice's sentence stands for."""
    offers: dict[str, dict[str, Any]] = {}
    drawn = []
    for button in buttons:
        zalo_button, command = _draw(button)
        drawn.append(zalo_button)
        if command is not None:
            offers[zalo_button["payload"]] = command
    replies = text_replies(text) or text_replies(MORE)
    groups = [drawn[i : i + limits.MAX_BUTTONS] for i in range(0, len(drawn), limits.MAX_BUTTONS)]
    for position, group in enumerate(groups):
        said = replies.pop().payload["text"] if position == 0 else MORE
        replies.append(
            Reply("text", {"text": said, "attachment": {"type": "template", "payload": {"buttons": group}}})
        )
    return replies, offers


def list_reply(elements: Iterable[dict[str, Any]]) -> tuple[Reply, dict[str, dict[str, Any]]]:
    """Make Zalo's list message (five rows at most) and what a tap on each row stands for."""
    offers: dict[str, dict[str, Any]] = {}
    rows = []
    for element in list(elements)[: limits.MAX_BUTTONS]:
        drawn, command = _draw(element["buttons"][0])
        if command is not None:
            offers[drawn["payload"]] = command
        # In a list the address stands beside the type, unlike in a button.
        given = drawn["payload"] if isinstance(drawn["payload"], dict) else {"payload": drawn["payload"]}
        rows.append(
            {
                "title": limits.short_title(str(element["title"])),
                "subtitle": limits.short_title(str(element["subtitle"]), limits.MAX_SUBTITLE),
                "image_url": str(element["image_url"]),
                "default_action": {"type": drawn["type"], **given},
            }
        )
    payload = {"template_type": "list", "elements": rows}
    return Reply("list", {"attachment": {"type": "template", "payload": payload}}), offers


def _draw(button: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    title = limits.short_title(str(button["title"]))
    payload = str(button.get("payload") or title)
    if payload.startswith(("https://", "http://")):
        return {"title": title, "type": "oa.open.url", "payload": {"url": payload}}, None
    if payload.startswith("tel:"):
        return {"title": title, "type": "oa.open.phone", "payload": {"phone_code": _digits(payload)}}, None
    if payload.startswith("sms:"):
        number, _, content = payload[4:].partition("?")
        return {
            "title": title,
            "type": "oa.open.sms",
            "payload": {"content": content, "phone_code": _digits(number)},
        }, None
    found = _COMMAND.match(payload)
    if not found:
        return {"title": title, "type": "oa.query.show", "payload": _sentence(payload)}, None
    command = {"intent": found["intent"], "entities": json.loads(found["entities"] or "{}")}
    say = _sentence(str(button.get("say") or title))
    return {"title": title, "type": "oa.query.show", "payload": say}, command


def _sentence(text: str) -> str:
    return limits.plain(text)[: limits.MAX_QUERY].strip()


def _digits(number: str) -> str:
    # Zalo refuses the whole message for a plus sign or a blank in a number.
    return _NO_DIGIT.sub("", number)


def _picture(source: dict[str, str]) -> Reply:
    return Reply("image", _template("media", {"media_type": "image", **source}))


def _template(kind: str, element: dict[str, str]) -> dict[str, Any]:
    return {"attachment": {"type": "template", "payload": {"template_type": kind, "elements": [element]}}}

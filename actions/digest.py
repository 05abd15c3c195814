"""The weekly digest: asked for, agreed to after a notice, changed, and ended with a word at any time."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.directory import home_of, search
from actions.news import tapped_part
from actions.storage import citizen_of, storage
from services import digest
from services.clock import utc_now
from services.digest import STOP, STOP_LINE, Subscription
from services.errors import StorageError
from services.return_address import Address
from services.unit_search import One
from services.units import Unit

log = structlog.get_logger()

AGREE = "dong_y"
_COMMUNE = ("phuong", "xa", "dac_khu")
NOTICE = (
    "Bản tin mỗi tuần của {unit}: vài tin mới và cảnh báo, gửi tại đây nhiều nhất một lần mỗi tuần.\n"
    "Nếu đồng ý, trang này giữ mã Zalo của anh/chị và tên phường, xã đã chọn, chỉ để gửi bản tin; không đưa "
    "cho ai khác. Zalo chỉ cho gửi khi anh/chị có nhắn với trang trong 7 ngày trước đó.\n"
    "{stop}. Anh/chị có đồng ý nhận không ạ?"
)
AGREED = "Dạ, đã ghi: anh/chị nhận bản tin mỗi tuần của {unit}.\n{stop}"
ALREADY = "Dạ, anh/chị đang nhận bản tin của {unit} rồi ạ.\n{stop}"
ENDED = (
    "Dạ, đã thôi gửi bản tin và xóa mã Zalo khỏi danh sách nhận. Khi nào muốn nhận lại, anh/chị nhắn "
    "“bản tin mỗi tuần”."
)
NOT_TAKING = "Dạ, anh/chị đang không nhận bản tin nào, trang không gửi gì thêm."
WHERE_AM_I = "Dạ, bản tin chỉ đăng ký được trên trang Zalo của công an."
NOT_NOW = "Dạ, lúc này trợ lý chưa ghi được. Anh/chị nhắn lại sau ít phút giúp ạ."
SOME_UNIT = "trang này"
BUTTON_NO = {"title": "Không, cảm ơn", "payload": "/cam_on_tam_biet"}
BUTTON_STOP = {"title": "Thôi nhận bản tin", "payload": "/huy_ban_tin", "say": STOP}
BUTTON_NEWS = {"title": "Xem tin mới", "payload": "/hoi_tin_tuc_canh_bao"}


class ActionSubscribe(Action):
    """Shows the notice first, and subscribes only after a yes."""

    def name(self) -> str:
        """Name the action as the domain does."""
        return "action_ban_tin"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Say the notice, or write the agreement down."""
        citizen = citizen_of(tracker)
        if citizen is None:
            dispatcher.utter_message(text=WHERE_AM_I)
            return []
        address = Address(citizen.account_id, citizen.citizen_id)
        agreed, _, named = (tapped_part(tracker) or "").partition(":")
        unit = _unit(tracker, named)
        try:
            if agreed == AGREE:
                await asyncio.to_thread(_subscribe, address, unit.id if unit else None)
                text, buttons = AGREED, [BUTTON_NEWS, BUTTON_STOP]
            else:
                has = await asyncio.to_thread(_present, address)
                if has is not None and has.unit_id == (unit.id if unit else None):
                    text, buttons = ALREADY, [BUTTON_NEWS, BUTTON_STOP]
                else:
                    text, buttons = NOTICE, [_button_yes(unit), BUTTON_NO]
        except StorageError as error:
            log.error("digest.failed", reason=str(error))
            dispatcher.utter_message(text=NOT_NOW)
            return []
        title = unit.title if unit else SOME_UNIT
        dispatcher.utter_message(text=text.format(unit=title, stop=STOP_LINE), buttons=buttons)
        return []


class ActionUnsubscribe(Action):
    """Ends the digest, whatever else is going on."""

    def name(self) -> str:
        """Name the action as the domain does."""
        return "action_huy_ban_tin"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Say what was done."""
        citizen = citizen_of(tracker)
        if citizen is None:
            dispatcher.utter_message(text=WHERE_AM_I)
            return []
        try:
            ended = await asyncio.to_thread(_unsubscribe, Address(citizen.account_id, citizen.citizen_id))
        except StorageError as error:
            log.error("digest.failed", reason=str(error))
            dispatcher.utter_message(text=NOT_NOW)
            return []
        dispatcher.utter_message(text=ENDED if ended else NOT_TAKING)
        return []


def _unit(tracker: Tracker, named: str) -> Unit | None:
    """Give the ward that was tapped or named, else the page's own unit."""
    found = search().get(named) if named else search().resolve(tracker.latest_message.get("text") or "")
    if isinstance(found, One) and found.unit.kind in _COMMUNE:
        return found.unit
    return home_of(tracker)


def _button_yes(unit: Unit | None) -> dict[str, str]:
    part = f"{AGREE}:{unit.id if unit else ''}"
    title = unit.title if unit else SOME_UNIT
    return {
        "title": "Đồng ý nhận",
        "payload": f'/dang_ky_ban_tin{{"muc": "{part}"}}',
        "say": f"Đồng ý nhận bản tin của {title}",
    }


def _present(address: Address) -> Subscription | None:
    with storage().database.transaction(read_only=True) as session:
        return digest.subscription(session, storage().cipher, address)


def _subscribe(address: Address, unit_id: str | None) -> None:
    with storage().database.transaction() as session:
        digest.subscribe(session, storage().cipher, address, unit_id, utc_now())


def _unsubscribe(address: Address) -> bool:
    with storage().database.transaction() as session:
        return digest.unsubscribe(session, storage().cipher, address, utc_now())

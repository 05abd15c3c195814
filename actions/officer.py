"""A citizen asks for a person: the officers on duty are told, once, and the citizen hears what comes."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.storage import Citizen, Storage, citizen_of, storage
from services import handover, outbox
from services.accounts import Account
from services.clock import utc_now
from services.errors import StorageError
from services.outbox import Reply

log = structlog.get_logger()

CALL = [{"title": "Gọi 113", "payload": "tel:113"}]
ASKED = (
    "Dạ, trợ lý đã báo cho cán bộ của {unit} là anh/chị cần gặp.\n"
    "{duty}"
    "Cán bộ sẽ trả lời ngay tại đây. Trong lúc chờ, anh/chị cứ nhắn rõ việc của mình, tin nhắn được giữ lại "
    "để cán bộ đọc; hỏi thủ tục thì trợ lý vẫn trả lời.\n"
    "Việc gấp xin gọi 113."
)
ASKED_BEFORE = (
    "Dạ, trợ lý đã báo cán bộ rồi, anh/chị chờ giúp ạ. "
    "Anh/chị cứ nhắn thêm, tin nhắn được giữ lại để cán bộ đọc.\n"
    "Việc gấp xin gọi 113."
)
NOBODY_TO_TELL = (
    "Dạ, trợ lý chưa báo được cho cán bộ qua tin nhắn này.\n"
    "Anh/chị đến trụ sở Công an phường, xã nơi mình ở trong giờ hành chính. Việc gấp xin gọi 113."
)
DUTY_UNKNOWN = "Giờ trực của đơn vị chưa có trong trợ lý, nên trợ lý không hẹn trước được lúc nào.\n"
FOR_OFFICERS = "Có người dân cần gặp cán bộ. Mời đồng chí mở hộp trò chuyện của trang Zalo để trả lời."


class ActionAskForOfficer(Action):
    """Opens a hand-over to an officer."""

    def name(self) -> str:
        """Name the action as the domain does."""
        return "action_gap_can_bo"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Note the wish, tell the officers on duty, say what happens next."""
        citizen = citizen_of(tracker)
        text = NOBODY_TO_TELL
        if citizen is not None:
            store = storage()
            account = store.accounts.get(citizen.account_id)
            try:
                new = await asyncio.to_thread(_open, store, citizen, account)
            except StorageError as error:
                log.error("handover.unstored", reason=str(error))
            else:
                unit = account.name if account else "đơn vị"
                duty = f"{account.duty}\n" if account and account.duty else DUTY_UNKNOWN
                text = ASKED.format(unit=unit, duty=duty) if new else ASKED_BEFORE
        dispatcher.utter_message(text=text, buttons=CALL)
        return []


def _open(store: Storage, citizen: Citizen, account: Account | None) -> bool:
    now = utc_now()
    with store.database.transaction() as session:
        new = handover.ask_for_officer(session, citizen.account_id, citizen.citizen_id, now)
        if new and account is not None:
            for officer in account.duty_officers:
                notice = [Reply("text", {"text": FOR_OFFICERS})]
                outbox.add(session, store.cipher, account.id, officer, notice, now)
    log.info("handover.asked", new=new, officers_told=len(account.duty_officers) if account and new else 0)
    return new

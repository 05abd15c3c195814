"""Deleting what a citizen told: asked once, done within the law, with a receipt."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.events import AllSlotsReset, EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.report_status import PASS
from actions.report_turn import choice_of, say
from actions.storage import Citizen, Storage, citizen_of, storage
from services import erasure
from services.clock import utc_now
from services.errors import StorageError
from services.evidence_store import EvidenceStore
from services.report_step import Say, choice
from services.settings import load_settings

log = structlog.get_logger()

ASK = Say(
    "Anh/chị muốn xóa dữ liệu của mình ở đây phải không ạ?\n"
    "Em xóa được: tin đang kể dở, đoạn trò chuyện với trợ lý, hình chưa kèm vào tin nào, các tin đã xong.\n"
    "Em chưa xóa được: tin công an đang giải quyết, vì luật buộc phải lưu; xong rồi sẽ xóa theo hạn.\n"
    "Xóa rồi thì không lấy lại được.",
    (choice("Xóa dữ liệu của tôi", "erase:yes"), choice("Thôi, để nguyên", "erase:no")),
)
LEFT = Say("Dạ, em để nguyên, không xóa gì cả.")
IN_A_TERMINAL = Say("Dạ, dữ liệu chỉ xóa được qua trang Zalo của công an.")
NOT_NOW = Say("Xin lỗi anh/chị, hệ thống đang trục trặc nên chưa xóa được gì. Anh/chị thử lại sau ít phút.")


class ActionErase(Action):
    """Deletes what may be deleted, with a receipt."""

    def name(self) -> str:
        """Name the action as the domain does."""
        return "action_xoa_du_lieu"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Ask, or do it."""
        citizen, chosen = citizen_of(tracker), choice_of(tracker)
        if citizen is None:
            say(dispatcher, (IN_A_TERMINAL,))
        elif chosen == "erase:no":
            say(dispatcher, (LEFT,))
        elif chosen != "erase:yes":
            say(dispatcher, (ASK,))
        else:
            return await _erase(dispatcher, tracker, citizen)
        return []


async def _erase(dispatcher: CollectingDispatcher, tracker: Tracker, citizen: Citizen) -> list[EventType]:
    grants = [str(tracker.get_slot(PASS))] if tracker.get_slot(PASS) else []
    try:
        receipt = await asyncio.to_thread(_work, storage(), citizen, tracker.sender_id, grants)
    except StorageError as error:
        log.error("erasure.failed", reason=str(error))
        say(dispatcher, (NOT_NOW,))
        return []
    log.info("erasure.done", code=receipt.code)
    say(dispatcher, (Say(receipt.text),))
    return [AllSlotsReset()]


def _work(
    store: Storage, citizen: Citizen, conversation_id: str, grants: list[str]
) -> erasure.ErasureReceipt:
    now = utc_now()
    with store.database.transaction() as session:
        receipt = erasure.erase(
            session, store.cipher, citizen.account_id, citizen.citizen_id, now, [conversation_id], grants
        )
    EvidenceStore(load_settings().data_dir).discard(receipt.files)
    return receipt

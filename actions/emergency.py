"""Danger now: the officers on duty get the first message at once, whatever the citizen does next."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog

from actions.storage import Citizen, Storage
from services import handover, outbox
from services.outbox import Reply
from services.report_step import Alert

log = structlog.get_logger()

FIRST = (
    "KHẨN: người dân vừa nhắn cho trang Zalo: “{text}”\n"
    "Nơi xảy ra: {place}\nĐã khuyên gọi {numbers}. Mời đồng chí mở hộp trò chuyện của trang để trả lời ngay."
)
MORE = "KHẨN (bổ sung): người dân cho biết nơi xảy ra: {place}"
PLACE_UNKNOWN = "người dân chưa nói"
MOST_TEXT = 700


def tell_officers(session: Any, store: Storage, citizen: Citizen, alert: Alert, now: datetime) -> int:
    """Tell everybody on duty, in the transaction that notes it was told; give to how many.

    The conversation is also listed as waiting for an officer, so that it is seen where nobody on duty
    can be told by a message.
    """
    account = store.accounts.get(citizen.account_id)
    handover.ask_for_officer(session, citizen.account_id, citizen.citizen_id, now)
    officers = account.duty_officers if account is not None else ()
    text = _text(alert)
    for officer in officers:
        notice = [Reply("text", {"text": text})]
        outbox.add(session, store.cipher, citizen.account_id, officer, notice, now)
    log.warning("emergency.told", officers=len(officers), first=alert.first)
    return len(officers)


def _text(alert: Alert) -> str:
    place = alert.place or PLACE_UNKNOWN
    if not alert.first:
        return MORE.format(place=place[:MOST_TEXT])
    said = " ".join(alert.text.split())
    said = said if len(said) <= MOST_TEXT else f"{said[:MOST_TEXT]}…"
    return FIRST.format(text=said, place=place[:MOST_TEXT], numbers=", ".join(alert.numbers))

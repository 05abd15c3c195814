"""Asking after a report: by code and secret, then what the citizen may do with it, as a small dialogue.

The caller keeps two texts between messages: `pass_` (the sealed grant of services.report_access) and
`waiting` (what the next message is taken for). Nothing that opens a report is ever put into a button.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil

from sqlalchemy.orm import Session

from services import report_access, report_tracking
from services.report_access import Found, NotFound, Typo, Wait
from services.report_categories import Catalogue
from services.report_clocks import ReportClocks
from services.report_heard import Heard
from services.report_step import Button, Say, call, choice
from services.report_submission import EvidenceRef
from services.report_tracking import Holder, Outcome, Status
from services.secrets import Cipher
from services.typed_codes import asks_by_code, typed_code, typed_secret

LOOK_UP = "tra_cuu_tien_do"
CODE, SECRET, WORDS, NOT_DONE, WITHDRAWAL = "ma", "ma_rieng", "bo_sung", "chua_xong", "rut_tin"
MOST_OWN = 4

ASK_CODE = Say(
    "Dạ, anh/chị nhắn giúp em mã tin và mã riêng, ví dụ: TP-26-7K4M-9QXD 123456. "
    "Hồ sơ thủ tục (căn cước, cư trú, xe…) thì tra trên Cổng Dịch vụ công quốc gia hoặc VNeID.",
    (choice("Thôi, không xem nữa", "status:end"),),
)
ASK_SECRET = Say(
    "Dạ, anh/chị nhắn thêm mã riêng (6 số) đi kèm mã tin đó giúp em.",
    (choice("Thôi, không xem nữa", "status:end"),),
)
TYPO_CODE = "Mã tin này gõ chưa đúng, anh/chị xem lại giúp em (có dạng TP-26-7K4M-9QXD)."
TYPO_SECRET = "Mã riêng gồm 6 số, anh/chị xem lại giúp em."
NO_SUCH = (
    "Em không tìm thấy tin nào với hai mã này. Anh/chị xem lại từng chữ, từng số giúp em. "
    "Mất mã thì đến công an phường, xã nơi mình ở để được giúp."
)
LOST = Say(
    "Dạ, tin để tên hoặc giữ kín tên thì ở đúng khung chat này em tìm được, không cần mã. Tin giấu tên thì "
    "phải có đủ mã tin và mã riêng: anh/chị tìm lại trong đoạn chat lúc gửi tin, hoặc ảnh chụp màn hình. "
    "Không tìm được thì đến công an phường, xã nơi mình ở để được giúp.",
    (choice("Thôi, không xem nữa", "status:end"),),
)
TOO_OFTEN = "Anh/chị nhập sai nhiều lần, em phải tạm dừng. Anh/chị thử lại sau {minutes} phút nhé."
WHICH_OWN = "Anh/chị đã gửi mấy tin dưới đây. Muốn xem tin nào ạ?"
BY_CODE = choice("Tin khác, tôi có mã", "status:code")
TELL_MORE = Say(
    "Dạ, anh/chị nhắn thêm thông tin, gửi hình, clip vào đây. Xong thì bấm nút bên dưới.",
    (choice("Xong", "status:end"),),
)
SAY_WHY = "Dạ, anh/chị nói giúp em còn gì chưa xong, để cán bộ xem lại."
ADDED = "Dạ, em đã chuyển thêm cho cán bộ xem tin {code}."
REOPENED = "Dạ, tin {code} đã được mở lại, cán bộ sẽ xem tiếp."
NOT_CLOSED = "Tin này đang được giải quyết, chưa đóng. Anh/chị cần thêm gì thì bấm Gửi thêm thông tin."
TOO_LATE = "Tin này đóng đã lâu, em không mở lại được. Anh/chị kể lại việc đó, em nhận thành tin mới."
WITHDRAWN = (
    "Dạ, em đã ghi là anh/chị rút tin {code}. Việc có dấu hiệu phạm tội thì công an vẫn có thể phải xác minh."
)
SURE_TO_WITHDRAW = Say(
    "Anh/chị chắc là muốn rút tin này chứ ạ?",
    (choice("Rút tin", "status:withdraw_yes"), choice("Không, giữ lại", "status:look")),
)
OVER = Say("Dạ. Cần xem lại lúc nào, anh/chị cứ nhắn “tra cứu”.")
STALE = "Đã quá lâu nên em khép lại cho an toàn. Anh/chị nhắn lại mã tin và mã riêng giúp em."


_LOST_CODE = re.compile(
    r"\b(?:mat|quen|khong nho|ko nho|k nho|khong co|ko co|khong con|tim khong ra|lac|that lac)\b.{0,12}"
    r"\b(?:ma|so bi mat|hai ma)\b"
)


@dataclass(frozen=True)
class Enquiry:
    """What is said, what is kept, and whether this goes on with the next message.

    `beside` says that the message is about something else and is to be answered first.
    """

    says: tuple[Say, ...] = ()
    pass_: str = ""
    waiting: str = ""
    typed_code: str = ""
    goes_on: bool = True
    beside: bool = False


@dataclass(frozen=True)
class Desk:
    """What an enquiry is worked with."""

    session: Session
    cipher: Cipher
    catalogue: Catalogue
    clocks: ReportClocks
    account_id: str
    citizen_id: str
    now: datetime

    def holder(self, grant: str, message: str = "") -> Holder:
        """Give the one who asks, with this grant, and by which message, where it does something."""
        return Holder(self.account_id, self.citizen_id, grant, message)


def enquire(desk: Desk, heard: Heard, kept: Enquiry, begun: bool) -> Enquiry:
    """Take a message of somebody who asks after a report; `begun` is false for the first one."""
    head, _, rest = heard.choice.removeprefix("status:").partition(":") if heard.choice else ("", "", "")
    if heard.choice.startswith("status:"):
        return _chosen(desk, heard, head, rest, kept)
    if heard.evidence and kept.pass_:
        return _add(desk, heard, kept)
    if begun and heard.stops:
        return _end(kept)
    if asks_by_code(heard.text):
        return _by_code(desk, heard.text, kept)
    if not begun:
        return _first(desk, kept)
    if kept.waiting in (CODE, SECRET) and _LOST_CODE.search(heard.bare):
        return replace(kept, says=(LOST,))
    if kept.waiting == SECRET:
        secret = typed_secret(heard.text)
        if secret:
            return _look_up(desk, kept.typed_code, secret, kept)
        return _not_understood(heard, kept, TYPO_SECRET)
    if kept.waiting == WITHDRAWAL:
        if heard.says("yes") or heard.bare in ("rut", "rut tin", "rut di", "rut tin nay"):
            return _withdraw(desk, heard, kept)
        if heard.says("no") or heard.bare in ("giu lai", "khong giu lai", "khong rut", "khong rut nua"):
            return _show(desk, kept)
    if kept.waiting in (WORDS, NOT_DONE):
        if heard.is_beside():
            return Enquiry(beside=True)
        if heard.says("yes") or heard.says("no"):
            return _end(kept)
        return _add(desk, heard, kept) if kept.waiting == WORDS else _reopen(desk, heard, kept)
    if kept.waiting == CODE:
        return _not_understood(heard, kept, TYPO_CODE)
    if heard.intent == LOOK_UP:
        # The rule of this intent leads here: left to the rules it would find no answer.
        return _show(desk, kept) if kept.pass_ else _first(desk, kept)
    return Enquiry(beside=True, goes_on=False)


def again(kept: Enquiry) -> Enquiry:
    """Ask once more what is waited for, after something else was answered."""
    says = {CODE: ASK_CODE, SECRET: ASK_SECRET, WORDS: TELL_MORE}.get(kept.waiting)
    return replace(kept, says=(says,) if says else (), goes_on=says is not None)


def _first(desk: Desk, kept: Enquiry) -> Enquiry:
    own = report_access.own_reports(desk.session, desk.cipher, desk.account_id, desk.citizen_id, desk.now)
    if len(own) == 1:
        return _show(desk, replace(kept, pass_=own[0].grant))
    if own:
        buttons = [
            choice(_titled(desk, one.category, one.received_at, number), f"status:own:{number}")
            for number, one in enumerate(own[:MOST_OWN])
        ]
        return Enquiry((Say(WHICH_OWN, (*buttons, BY_CODE)),), waiting=CODE)
    return Enquiry((ASK_CODE,), waiting=CODE)


def _chosen(desk: Desk, heard: Heard, head: str, rest: str, kept: Enquiry) -> Enquiry:
    if head == "end":
        return _end(kept)
    if head == "code":
        return Enquiry((ASK_CODE,), waiting=CODE)
    if head == "own":
        own = report_access.own_reports(desk.session, desk.cipher, desk.account_id, desk.citizen_id, desk.now)
        if rest.isdigit() and int(rest) < len(own):
            return _show(desk, replace(kept, pass_=own[int(rest)].grant))
        return _first(desk, kept)
    if not kept.pass_:
        return _first(desk, kept)
    if head == "add":
        return replace(kept, says=(TELL_MORE,), waiting=WORDS, goes_on=True)
    if head == "not_done":
        return replace(kept, says=(Say(SAY_WHY),), waiting=NOT_DONE, goes_on=True)
    if head == "withdraw":
        return replace(kept, says=(SURE_TO_WITHDRAW,), waiting=WITHDRAWAL, goes_on=True)
    if head == "withdraw_yes":
        return _withdraw(desk, heard, kept)
    return _show(desk, kept)


def _by_code(desk: Desk, text: str, kept: Enquiry) -> Enquiry:
    code = typed_code(text)
    if code is None:
        return Enquiry((Say(TYPO_CODE, ASK_CODE.buttons),), waiting=CODE)
    secret = typed_secret(text)
    if not secret:
        return Enquiry((ASK_SECRET,), waiting=SECRET, typed_code=code)
    return _look_up(desk, code, secret, kept)


def _look_up(desk: Desk, code: str, secret: str, kept: Enquiry) -> Enquiry:
    found = report_access.look_up(
        desk.session, desk.cipher, desk.account_id, desk.citizen_id, code, secret, desk.now
    )
    if isinstance(found, Found):
        return _show(desk, Enquiry(pass_=found.grant))
    if isinstance(found, Wait):
        minutes = max(1, ceil((found.until - desk.now).total_seconds() / 60))
        return Enquiry((Say(TOO_OFTEN.format(minutes=minutes)),), goes_on=False)
    if isinstance(found, Typo):
        wrong = TYPO_CODE if found.what == "code" else TYPO_SECRET
        return Enquiry((Say(wrong, ASK_CODE.buttons),), waiting=CODE)
    assert isinstance(found, NotFound)
    return Enquiry((Say(NO_SUCH, ASK_CODE.buttons),), waiting=CODE)


def _show(desk: Desk, kept: Enquiry) -> Enquiry:
    status = report_tracking.status(
        desk.session, desk.cipher, desk.catalogue, desk.clocks, desk.holder(kept.pass_), desk.now
    )
    if status is None:
        return Enquiry((Say(STALE, ASK_CODE.buttons),), waiting=CODE)
    return Enquiry((Say(status.text, _buttons(status)),), pass_=kept.pass_, waiting="", goes_on=True)


def _buttons(status: Status) -> tuple[Button, ...]:
    made = [choice("Gửi thêm thông tin", "status:add")]
    if status.can_reopen:
        made.append(choice("Chưa xong, xem lại giúp", "status:not_done"))
    if status.can_withdraw:
        made.append(choice("Rút tin này", "status:withdraw"))
    return (*made, choice("Xong, cảm ơn", "status:end"), call("113"))


def _add(desk: Desk, heard: Heard, kept: Enquiry) -> Enquiry:
    refs = tuple(EvidenceRef(item.key, item.position) for item in heard.evidence)
    text = "" if heard.text.startswith("[") else heard.text
    holder = desk.holder(kept.pass_, heard.key)
    done = report_tracking.add_information(desk.session, desk.cipher, holder, text, desk.now, refs)
    if done is None:
        return Enquiry((Say(STALE, ASK_CODE.buttons),), waiting=CODE)
    return replace(kept, says=(Say(ADDED.format(code=_code(desk, kept)), TELL_MORE.buttons),), waiting=WORDS)


def _reopen(desk: Desk, heard: Heard, kept: Enquiry) -> Enquiry:
    holder = desk.holder(kept.pass_, heard.key)
    done = report_tracking.not_done(desk.session, desk.cipher, holder, heard.text, desk.now)
    if done is None:
        return Enquiry((Say(STALE, ASK_CODE.buttons),), waiting=CODE)
    said = {
        Outcome.DONE: REOPENED.format(code=_code(desk, kept)),
        Outcome.NOT_NOW: NOT_CLOSED,
        Outcome.TOO_LATE: TOO_LATE,
    }[done]
    return Enquiry((Say(said),), goes_on=False)


def _withdraw(desk: Desk, heard: Heard, kept: Enquiry) -> Enquiry:
    code = _code(desk, kept)
    holder = desk.holder(kept.pass_, heard.key)
    done = report_tracking.withdraw(desk.session, desk.cipher, holder, "", desk.now)
    if done is None:
        return Enquiry((Say(STALE, ASK_CODE.buttons),), waiting=CODE)
    said = WITHDRAWN.format(code=code) if done is Outcome.DONE else "Tin này đã đóng rồi ạ."
    return Enquiry((Say(said),), goes_on=False)


def _code(desk: Desk, kept: Enquiry) -> str:
    status = report_tracking.status(
        desk.session, desk.cipher, desk.catalogue, desk.clocks, desk.holder(kept.pass_), desk.now
    )
    return status.code if status is not None else ""


def _not_understood(heard: Heard, kept: Enquiry, wrong: str) -> Enquiry:
    elsewhere = heard.is_beside(unclear=True) and heard.intent != LOOK_UP
    if elsewhere or heard.intent.startswith(("to_giac", "phan_anh", "khan")):
        return Enquiry(beside=True, goes_on=False)
    return replace(kept, says=(Say(wrong, ASK_CODE.buttons),))


def _end(kept: Enquiry) -> Enquiry:
    return Enquiry((OVER,), goes_on=False)


def _titled(desk: Desk, category: str, received_at: datetime, number: int) -> str:
    local = received_at.astimezone()
    title = report_tracking.title_of(desk.catalogue, category)
    return f"{number + 1}. {title}, {local.day}/{local.month}"

"""How a citizen reports: with their name, with the name kept secret, or anonymously, and what follows.

What each choice means is written down once: here for the citizen to see before they choose, and in
`docs/privacy.md` for the office. The other modules keep to it and tests hold them to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

NAMED, SECRET, ANONYMOUS = "named", "secret", "anonymous"
IDENTITIES = (NAMED, SECRET, ANONYMOUS)


@dataclass(frozen=True)
class Preview:
    """What a choice means, as lines to show: `seen` by the officer, `hidden` from them, `answer` to you."""

    title: str
    seen: tuple[str, ...]
    hidden: tuple[str, ...]
    answer: str


_TOLD = "Lời kể, thời gian, địa điểm, ảnh, clip mà anh/chị gửi"
_ZALO = "Tài khoản Zalo của anh/chị (cán bộ xử lý tin không thấy; máy chỉ dùng để gửi tin báo lại)"
_PREVIEWS = {
    NAMED: Preview(
        "Để lại tên",
        (_TOLD, "Họ tên, số điện thoại, địa chỉ mà anh/chị cho (mỗi lần cán bộ mở xem đều được ghi lại)"),
        (_ZALO,),
        "Có tin mới, em nhắn anh/chị ngay tại đây. Cán bộ có thể gọi vào số anh/chị để lại.",
    ),
    SECRET: Preview(
        "Giữ kín tên",
        (_TOLD, "Dòng chữ: “Người báo tin đề nghị giữ kín tên”"),
        (
            "Họ tên, số điện thoại, địa chỉ: chỉ cán bộ được giao riêng mới mở được, phải ghi lý do",
            _ZALO,
        ),
        "Có tin mới, em nhắn anh/chị ngay tại đây.",
    ),
    ANONYMOUS: Preview(
        "Giấu tên",
        (_TOLD, "Dòng chữ: “Người báo tin giấu tên”, và giờ gửi tính tròn theo giờ"),
        (
            "Họ tên, số điện thoại, địa chỉ: không lưu",
            "Tài khoản Zalo của anh/chị: cán bộ không xem được. Máy cất kín một địa chỉ chỉ để nhắn lại cho "
            "anh/chị; anh/chị không muốn thì máy không cất",
        ),
        "Cán bộ hỏi thêm thì em nhắn anh/chị tại đây. Muốn xem tin đến đâu thì cần mã tin và mã riêng, "
        "anh/chị nhớ giữ giúp: mất hai mã này thì em không tìm lại được.",
    ),
}
_WITHOUT_ADDRESS = (
    "Họ tên, số điện thoại, địa chỉ: không lưu",
    "Tài khoản Zalo của anh/chị: không lưu cùng tin này",
)
_ONLY_BY_CODE = (
    "Em không nhắn lại được. Muốn xem tin đến đâu, trả lời cán bộ, anh/chị nhắn mã tin và mã riêng tại đây; "
    "mất hai mã này thì em không tìm lại được."
)
# Said with every choice: nobody may believe that more is hidden than is.
IN_THE_STORY = (
    "Điều anh/chị tự viết trong lời kể hoặc để lộ trong ảnh (tên, số điện thoại, khuôn mặt, giọng nói) thì "
    "cán bộ vẫn thấy. Đoạn trò chuyện này còn trên máy của anh/chị và ở Zalo."
)


def preview(identity: str, reachable: bool = True) -> Preview:
    """Give what the officer will and will not see for a choice. Raises KeyError for an unknown one.

    `reachable` false (anonymous only) means that no address is kept, not even a sealed one.
    """
    shown = _PREVIEWS[identity]
    if identity == ANONYMOUS and not reachable:
        return Preview(shown.title, shown.seen, _WITHOUT_ADDRESS, _ONLY_BY_CODE)
    return shown


def kept_moment(identity: str, moment: datetime) -> datetime:
    """Give the moment as it is stored: the full hour of an anonymous report, so that no exact time
    leads from it to the conversation in which it was made."""
    if identity != ANONYMOUS:
        return moment
    return moment.replace(minute=0, second=0, microsecond=0)

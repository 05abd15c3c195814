"""The menu of a page: the four things citizens come for, and what stands behind the last one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.text import fold

PROCEDURES, REPORTS = "thu_tuc", "tin_bao"
GREETING = (
    "Chào anh/chị! Đây là trợ lý tự động của {unit} trên Zalo.\n"
    "Anh/chị bấm một mục dưới đây, hoặc cứ hỏi bằng lời của mình, có dấu hay không dấu đều được. "
    'Ví dụ: "đổi căn cước hết hạn cần giấy tờ gì".\n'
    "Đang nguy hiểm thì gọi ngay 113. Nhắn “menu” để xem lại các mục này."
)
MENU = (
    "{unit} giúp được anh/chị các việc sau. Anh/chị bấm một mục, hoặc nhắn bằng lời của mình.\n"
    "• Tin tức: tin mới, cảnh báo lừa đảo, an toàn giao thông\n"
    "• Thủ tục hành chính: cư trú, căn cước, xe, hộ chiếu… giấy tờ, lệ phí, nơi nộp\n"
    "• Danh bạ: công an phường, xã ở đâu, giờ làm việc, số điện thoại\n"
    "• Tố giác / phản ánh: báo tội phạm, bị lừa, vi phạm giao thông, mất trật tự\n"
    "Ngoài ra anh/chị có thể nhắn: “bản tin mỗi tuần”, “thống kê”, “gặp cán bộ”. Nguy hiểm thì gọi 113."
)
SOME_UNIT = "cơ quan Công an"
WHAT_TO_REPORT = (
    "Anh/chị muốn báo việc gì ạ? Bấm một mục, hoặc kể ngay bằng lời của mình.\n"
    "Việc ĐANG xảy ra, đang nguy hiểm: gọi 113 trước (cháy 114, cấp cứu 115)."
)
_ASKS_PROCEDURES = re.compile(r"\bthu tuc\b|\bgiay to\b|\bho so\b")
_ASKS_REPORTS = re.compile(r"\bto giac\b|\bphan anh\b|\bbao tin\b")


@dataclass(frozen=True)
class Entry:
    """One button: the intent behind it and, for some, which part of the menu it opens."""

    title: str
    intent: str
    part: str | None = None


MAIN = (
    Entry("Tin tức", "hoi_tin_tuc_canh_bao", "danh_sach::0"),
    Entry("Thủ tục hành chính", "hoi_chuc_nang", PROCEDURES),
    Entry("Danh bạ", "hoi_danh_ba"),
    Entry("Tố giác / phản ánh", "hoi_chuc_nang", REPORTS),
    Entry("Gặp cán bộ", "gap_can_bo"),
)
REPORTABLE = (
    Entry("Tố giác tội phạm", "to_giac_toi_pham"),
    Entry("Bị lừa qua mạng, điện thoại", "to_giac_lua_dao_mang"),
    Entry("Vi phạm giao thông", "phan_anh_giao_thong"),
    Entry("Mất trật tự, ồn ào", "phan_anh_trat_tu_cong_cong"),
)


def part_asked(text: str) -> str | None:
    """Give the part of the menu that typed words ask for, None for the menu as a whole."""
    folded = fold(text)
    if _ASKS_PROCEDURES.search(folded):
        return PROCEDURES
    return REPORTS if _ASKS_REPORTS.search(folded) else None

"""The states of a report: their names, who may take which step, and what a citizen is told of each.

A report cannot be turned away unread (BLTTHS Đ.145): no step leads from new to a refusal, only to the
word where else to go. A report that was withdrawn may still be followed, if an officer finds it must.
"""

from __future__ import annotations

from datetime import timedelta

NEW, RECEIVED, AT_WORK, ASKING = "moi", "da_tiep_nhan", "dang_xu_ly", "can_bo_sung"
PASSED, SOLVED, NO_GROUNDS = "da_chuyen", "da_giai_quyet", "khong_du_can_cu"
ELSEWHERE, WITHDRAWN = "huong_dan_noi_khac", "da_rut"

LABELS = {
    NEW: "Mới gửi",
    RECEIVED: "Đã tiếp nhận",
    AT_WORK: "Đang xác minh",
    ASKING: "Cần anh/chị bổ sung",
    PASSED: "Đã chuyển cơ quan có thẩm quyền",
    SOLVED: "Đã có kết quả",
    NO_GROUNDS: "Chưa đủ căn cứ",
    ELSEWHERE: "Thuộc nơi khác giải quyết",
    WITHDRAWN: "Anh/chị đã rút tin",
}
TOLD = {
    NEW: "Tin của anh/chị đã được lưu, cán bộ sẽ xem.",
    RECEIVED: "Công an đã tiếp nhận tin của anh/chị.",
    AT_WORK: "Công an đang xác minh tin của anh/chị.",
    ASKING: "Cán bộ cần anh/chị bổ sung thêm.",
    PASSED: "Tin của anh/chị đã được chuyển đến cơ quan có thẩm quyền.",
    SOLVED: "Việc anh/chị báo đã có kết quả.",
    NO_GROUNDS: "Công an đã xác minh nhưng chưa đủ căn cứ để xử lý. Có thêm thông tin, anh/chị cứ gửi.",
    ELSEWHERE: "Việc này nơi khác giải quyết, không phải công an.",
    WITHDRAWN: (
        "Tin đã được ghi là anh/chị rút lại. Việc có dấu hiệu phạm tội thì công an vẫn có thể phải xác minh."
    ),
}
CLOSED = frozenset({SOLVED, NO_GROUNDS, ELSEWHERE, WITHDRAWN})
# Where the citizen has to hear what was found, or where to go, in the officer's own words.
NEEDS_WORDS = frozenset({PASSED, SOLVED, NO_GROUNDS, ELSEWHERE})
# How long a citizen may say "chưa xong" without reporting anew.
REOPEN = timedelta(days=15)

STEPS = {
    NEW: frozenset({RECEIVED, AT_WORK, ASKING, PASSED, ELSEWHERE}),
    RECEIVED: frozenset({AT_WORK, ASKING, PASSED, ELSEWHERE}),
    AT_WORK: frozenset({ASKING, PASSED, SOLVED, NO_GROUNDS, ELSEWHERE}),
    ASKING: frozenset({AT_WORK, PASSED, SOLVED, NO_GROUNDS, ELSEWHERE}),
    PASSED: frozenset({AT_WORK, SOLVED, NO_GROUNDS}),
    SOLVED: frozenset({AT_WORK}),
    NO_GROUNDS: frozenset({AT_WORK}),
    ELSEWHERE: frozenset({AT_WORK}),
    WITHDRAWN: frozenset({AT_WORK, PASSED}),
}

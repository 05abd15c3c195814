"""What officers read about reports: states, clocks, deliveries, history, in their own words."""

from __future__ import annotations

from services.file_types import EXTENSIONS

# The services' labels speak to the citizen ("Cần anh/chị bổ sung"); these speak about them.
STATES = {
    "moi": "Mới gửi",
    "da_tiep_nhan": "Đã tiếp nhận",
    "dang_xu_ly": "Đang xác minh",
    "can_bo_sung": "Chờ bà con bổ sung",
    "da_chuyen": "Đã chuyển nơi có thẩm quyền",
    "da_giai_quyet": "Đã có kết quả",
    "khong_du_can_cu": "Chưa đủ căn cứ",
    "huong_dan_noi_khac": "Đã hướng dẫn nơi khác",
    "da_rut": "Bà con đã rút tin",
}
STEPS = {
    "da_tiep_nhan": "Tiếp nhận",
    "dang_xu_ly": "Xác minh",
    "can_bo_sung": "Hỏi bà con bổ sung",
    "da_chuyen": "Chuyển nơi có thẩm quyền",
    "da_giai_quyet": "Báo kết quả",
    "khong_du_can_cu": "Kết luận chưa đủ căn cứ",
    "huong_dan_noi_khac": "Hướng dẫn nơi khác",
}
STATE_TAGS = {
    "moi": "info",
    "da_tiep_nhan": "info",
    "dang_xu_ly": "warn",
    "can_bo_sung": "warn",
    "da_giai_quyet": "good",
}
# How a clock looks; each has a word too, because colours alone tell nothing to some.
CLOCKS = {
    "done": ("good", "Xong"),
    "green": ("good", "Còn hạn"),
    "amber": ("warn", "Sắp đến hạn"),
    "red": ("bad", "Gấp"),
    "late": ("bad", "Quá hạn"),
}
DELIVERIES = {
    "none": "",
    "queued": "Đang gửi",
    "sent": "Đã gửi qua Zalo",
    "dead": "Gửi không được",
    "waiting": "Chờ bà con nhắn lại mới gửi được (Zalo chỉ cho gửi trong 7 ngày)",
    "code_only": "Bà con xem bằng mã tin",
}
NEWS = {
    "none": "",
    "queued": "Đang gửi tin cho bà con",
    "sent": "Bà con đã nhận tin mới nhất",
    "undelivered": "Tin mới nhất chưa gửi được",
    "code_only": "Người giấu tên, chỉ xem bằng mã",
}
MESSAGES = {
    "news": "Báo tin cho bà con",
    "question": "Hỏi bà con",
    "answer": "Bà con trả lời",
    "addition": "Bà con bổ sung",
    "not_done": "Bà con nói chưa xong",
    "withdrawal": "Bà con rút tin",
    "note": "Ghi chú nội bộ",
}
HISTORY = {
    "received": "Nhận tin",
    "state": "Đổi trạng thái",
    "question": "Hỏi bà con",
    "message": "Nhắn bà con",
    "note": "Ghi chú nội bộ",
    "answer": "Bà con trả lời",
    "addition": "Bà con bổ sung",
    "not_done": "Bà con nói chưa xong",
    "withdrawal": "Bà con rút tin",
    "withdrawn": "Bà con rút tin",
}
IDENTITIES = {"named": "Để lại tên", "secret": "Giữ kín tên", "anonymous": "Giấu tên"}
DOUBTS = {
    "future": "thời gian ở tương lai",
    "older_than_a_year": "đã hơn một năm",
    "no_such_plate": "không có biển số dạng này",
    "not_a_phone": "không phải số điện thoại",
}
SHARED = {"plate": "biển số", "place": "địa điểm", "account": "số tài khoản", "hour": "giờ xảy ra"}
LINKS = {"possible": "Có thể trùng", "same": "Cùng một việc", "different": "Việc khác"}
KINDS = {"image": "Ảnh", "video": "Clip", "audio": "Ghi âm"}
EVIDENCE_STATES = {
    "wanted": "Đang tải về từ Zalo",
    "fetching": "Đang tải về từ Zalo",
    "missing": "Không tải được",
    "lost": "Tệp đã mất hoặc bị đổi",
}


def kind_words(kind: str, mime_type: str | None) -> str:
    """Name what was sent: by its bytes where they are known, by what the sender's app said otherwise."""
    found = KINDS.get((mime_type or "").split("/")[0])
    return found or ("Tệp" if mime_type else KINDS.get(kind, "Tệp"))


def type_words(mime_type: str | None) -> str:
    """Name what a file is by its bytes, as people know it: "PNG", "MP4"."""
    return EXTENSIONS[mime_type].upper() if mime_type in EXTENSIONS else "không rõ loại"


def actor_words(actor: str) -> str:
    """Name who did something."""
    if actor == "citizen":
        return "Bà con"
    return "Hệ thống" if actor == "system" else actor.removeprefix("officer:")

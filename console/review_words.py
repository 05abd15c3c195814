"""What officers and trainers read about conversations, in their own words."""

from __future__ import annotations

SESSION_STATES = {
    "new": "Chưa xem",
    "in_review": "Đang xem",
    "reviewed": "Đã xem xong",
    "flagged": "Cần chú ý",
    "later": "Để xem sau",
}
SESSION_TAGS = {"new": "info", "in_review": "warn", "reviewed": "good", "flagged": "bad", "later": ""}
MESSAGE_STATES = {"open": "Chưa xét", "accepted": "Máy hiểu đúng", "corrected": "Đã sửa", "rejected": "Đã bỏ"}
MESSAGE_TAGS = {"open": "info", "accepted": "good", "corrected": "warn", "rejected": ""}
SPEAKERS = {"citizen": "Bà con", "assistant": "Trợ lý", "officer": "Cán bộ", "system": "Hệ thống"}
CHANNELS = {"zalo": "Zalo"}
ENTITIES = {
    "khia_canh": "Điều muốn hỏi (giấy tờ, lệ phí…)",
    "thu_tuc": "Tên thủ tục",
    "truong_hop": "Trường hợp riêng",
    "dia_diem": "Địa điểm",
    "don_vi": "Đơn vị công an",
    "vi_tri": "Vị trí",
    "thoi_gian": "Thời gian",
    "bien_so": "Biển số",
    "so_dien_thoai": "Số điện thoại",
    "ma_ho_so": "Mã hồ sơ, mã tin",
    "so_tien": "Số tiền",
    "so_nguoi": "Số người",
    "loai_xe": "Loại xe",
    "loai_tin": "Loại tin báo",
    "muc": "Mục đã bấm chọn",
    "lua_chon": "Lựa chọn đã bấm",
}


def entity_words(name: str) -> str:
    """Name an entity; one without a name keeps its own."""
    return ENTITIES.get(name, name)

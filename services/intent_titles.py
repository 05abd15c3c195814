"""What an intent is called in front of citizens and officers, from `content/intents.yml`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import yaml

# What citizens are never offered as a button, but officers and trainers read of.
_STAFF_ONLY = {
    "chao_hoi": "Chào hỏi",
    "cam_on_tam_biet": "Cảm ơn, tạm biệt",
    "hoi_chuc_nang": "Hỏi trợ lý làm được gì",
    "hoi_bot": "Hỏi trợ lý là người hay máy",
    "hoi_khia_canh": "Hỏi tiếp về việc đang nói (giấy tờ, lệ phí…)",
    "so_sanh_thu_tuc": "So sánh hai thủ tục",
    "out_of_scope": "Ngoài phạm vi",
    "dong_y": "Đồng ý",
    "tu_choi": "Từ chối",
    "bo_qua": "Bỏ qua câu hỏi",
    "khong_biet": "Không biết, không nhớ",
    "dung_lai": "Muốn dừng lại",
    "sua_thong_tin": "Sửa thông tin đã kể",
    "an_danh": "Muốn giấu tên",
    "cung_cap_thong_tin": "Cung cấp thông tin được hỏi",
    "gui_tep": "Gửi ảnh, clip, tệp",
    "gui_vi_tri": "Gửi vị trí",
    "gui_nhan_dan": "Gửi nhãn dán",
    "nlu_fallback": "(chưa hiểu)",
}


@lru_cache(maxsize=4)
def load_titles(folder: Path) -> dict[str, str]:
    """Read intent name → button title from a content folder."""
    data = yaml.safe_load((folder / "intents.yml").read_text(encoding="utf-8"))
    return {str(intent): str(title) for intent, title in data.items()}


def staff_titles(folder: Path) -> dict[str, str]:
    """Read intent name → what officers and trainers call it; more intents than citizens are offered."""
    return {**_STAFF_ONLY, **load_titles(folder)}

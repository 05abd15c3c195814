"""The menu: what a role can open, in the order of a day's work."""

from __future__ import annotations

from dataclasses import dataclass

from console import permissions


@dataclass(frozen=True)
class Entry:
    """One line of the menu; `help` says what is done there."""

    path: str
    title: str
    roles: frozenset[str]
    help: str = ""


ENTRIES = (
    Entry("/", "Trang đầu", permissions.EVERYBODY),
    Entry("/tin-bao", "Tin báo", permissions.REPORTS, "đọc tin bà con gửi, nhận việc, trả lời, báo kết quả"),
    Entry("/hoi-thoai", "Hội thoại", permissions.CONVERSATIONS, "đọc lại bà con đã hỏi gì, trợ lý đã đáp gì"),
    Entry(
        "/chua-hieu",
        "Chưa hiểu",
        permissions.CONVERSATIONS,
        "chỉ cho trợ lý những câu nó hiểu sai hoặc chưa hiểu",
    ),
    Entry("/so-lieu", "Số liệu", permissions.FIGURES, "bà con hỏi gì nhiều, trợ lý hiểu được bao nhiêu"),
    Entry(
        "/xuat-du-lieu",
        "Xuất dữ liệu",
        permissions.EXPORTS,
        "tải câu đã xét để huấn luyện, in hoặc lưu hồ sơ",
    ),
    Entry("/nhan-su", "Nhân sự", permissions.STAFF, "tạo, sửa, khóa tài khoản; cấp lại mật khẩu"),
    Entry("/nhat-ky", "Nhật ký", permissions.AUDIT, "ai đã xem hoặc thay đổi gì"),
    Entry("/tai-khoan", "Tài khoản", permissions.EVERYBODY, "đổi mật khẩu, bật mã trên điện thoại"),
)


def menu(role: str) -> list[Entry]:
    """List what this role may open."""
    return [entry for entry in ENTRIES if role in entry.roles]

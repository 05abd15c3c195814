"""What the audit trail's entries are called on the page."""

from __future__ import annotations

ACTIONS = {
    "staff.signed_in": "Đăng nhập",
    "staff.sign_in_failed": "Đăng nhập sai",
    "staff.signed_out": "Đăng xuất",
    "staff.signed_out_everywhere": "Đăng xuất mọi thiết bị",
    "staff.added": "Tạo tài khoản",
    "staff.changed": "Sửa tài khoản",
    "staff.closed": "Khóa tài khoản",
    "staff.reopened": "Mở lại tài khoản",
    "staff.password_reset": "Cấp lại mật khẩu",
    "staff.password_changed": "Đổi mật khẩu của mình",
    "staff.totp_on": "Bật mã trên điện thoại",
    "staff.totp_off": "Tắt mã trên điện thoại",
    "console.refused": "Mở trang không có quyền",
}


def action_words(action: str) -> str:
    """Name an action in Vietnamese; one that has no name yet keeps its own."""
    return ACTIONS.get(action, action)

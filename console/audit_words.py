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
    "report.submitted": "Bà con gửi tin",
    "report.read": "Mở tin báo",
    "report.names_read": "Xem tên người báo tin",
    "report.evidence_read": "Xem bằng chứng",
    "reports.searched": "Tìm tin báo",
    "report.state": "Đổi trạng thái tin",
    "report.asked": "Hỏi bà con",
    "report.told": "Nhắn bà con",
    "report.noted": "Ghi chú nội bộ",
    "report.resent": "Gửi lại tin nhắn",
    "report.linked": "Xét tin trùng",
    "report.assigned": "Giao người xử lý",
    "report.complex": "Đánh dấu phức tạp",
    "report.filed": "Ghi số hồ sơ",
    "report.not_done": "Bà con nói chưa xong",
    "report.withdrawn": "Bà con rút tin",
    "report.opened_by_code": "Bà con tra cứu bằng mã",
    "review.read": "Đọc hội thoại",
    "review.unmasked": "Xem nguyên văn câu",
    "review.state": "Đổi tình trạng xem",
    "review.tagged": "Gắn nhãn",
    "review.untagged": "Bỏ nhãn",
    "review.noted": "Ghi chú hội thoại",
    "review.accepted": "Xác nhận máy hiểu đúng",
    "review.corrected": "Sửa cách hiểu",
    "review.rejected": "Bỏ câu, không dùng",
    "review.exported": "Xuất dữ liệu",
    "review.downloaded": "Tải dữ liệu đã xuất",
    "review.reopened": "Xét lại câu",
    "erasure.done": "Xóa dữ liệu theo yêu cầu",
    "retention.ran": "Xóa dữ liệu hết hạn lưu",
    "console.refused": "Mở trang không có quyền",
}


def action_words(action: str) -> str:
    """Name an action in Vietnamese; one that has no name yet keeps its own."""
    return ACTIONS.get(action, action)

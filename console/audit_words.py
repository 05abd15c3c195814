"""What the audit trail's entries are called on the page."""

from __future__ import annotations

import re
from collections.abc import Mapping

from console import report_words, review_words
from console.wording import ROLES
from services import report_desk, report_marks
from services.audit import Entry
from services.review_records import UNMASK_REASONS
from services.staff import ALL_UNITS

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
    "report.erased": "Xóa tin theo yêu cầu",
    "report.expired": "Xóa tin hết hạn lưu",
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
    "news.add": "Viết tin tức",
    "news.change": "Sửa tin tức",
    "news.publish": "Cho đăng tin tức",
    "news.withdraw": "Gỡ tin tức",
    "news.article": "Đăng bài lên Zalo",
    "news.broadcast": "Gửi bài đến người quan tâm",
    "news.settle": "Ghi kết quả đăng bài",
    "erasure.done": "Xóa dữ liệu theo yêu cầu",
    "retention.ran": "Xóa dữ liệu hết hạn lưu",
    "console.refused": "Mở trang không có quyền",
}

# Of these actions the detail is one word of a list.
_CHOSEN: dict[str, Mapping[str, str]] = {
    "report.names_read": report_desk.REASONS,
    "report.linked": report_words.LINKS,
    "report.complex": {"yes": "phức tạp", "no": "bỏ đánh dấu"},
    "reports.searched": {
        report_marks.PLATE: "theo biển số",
        report_marks.PHONE: "theo số điện thoại trong tin",
        report_marks.REPORTER_PHONE: "theo số điện thoại người báo",
    },
}
_FORMS = (
    (re.compile(r"session (\d+)"), "hội thoại {}"),
    (re.compile(r"session (\d+): (\w+)"), "hội thoại {}: {}"),
    (re.compile(r"messages ([\d ]+)"), "câu {}"),
    (re.compile(r"message (\d+): (\w+)"), "câu {}: {}"),
    (re.compile(r"(\d+) sessions, (\d+) messages"), "{} hội thoại, {} câu"),
    (re.compile(r"(password|code) (\d+)"), "{}, lần {}"),
)
_VALUES = {**review_words.SESSION_STATES, **UNMASK_REASONS, "password": "mật khẩu", "code": "mã điện thoại"}


def action_words(action: str) -> str:
    """Name an action in Vietnamese; one that has no name yet keeps its own."""
    return ACTIONS.get(action, action)


def detail_words(entry: Entry, units: Mapping[str, str]) -> str:
    """Say in Vietnamese what an entry holds besides; `units` are the units' names by their ids."""
    action, detail = entry.action, entry.detail
    if action == "report.evidence_read" and detail.isdigit():
        return f"tệp thứ {int(detail) + 1}"
    if action == "report.state":
        return " → ".join(report_words.STATES.get(state, state) for state in detail.split(">"))
    if action in _CHOSEN:
        return _CHOSEN[action].get(detail, detail)
    if action in ("staff.added", "staff.changed"):
        return _account(detail, units)
    for pattern, words in _FORMS:
        found = pattern.fullmatch(detail)
        if found is not None:
            return words.format(*(_VALUES.get(part, part) for part in found.groups()))
    return detail


def _account(detail: str, units: Mapping[str, str]) -> str:
    login, _, rest = detail.partition(" ")
    role, _, given = rest.partition(" ")
    names = ["mọi đơn vị" if one == ALL_UNITS else units.get(one, one) for one in given.split(",") if one]
    return ", ".join([login, ROLES.get(role, role), *names])

"""What the pages call things, in the words of a ward's officer; moments and spans in Viet Nam's way."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.clock import VIETNAM
from services.staff import ADMIN, LEADER, OFFICER, TRAINER

ROLES = {
    OFFICER: "Cán bộ xử lý",
    TRAINER: "Người huấn luyện trợ lý",
    LEADER: "Lãnh đạo",
    ADMIN: "Quản trị",
}
ROLE_HELP = {
    OFFICER: "Xem và xử lý tin báo của đơn vị mình, đọc hội thoại, sửa những câu trợ lý chưa hiểu.",
    TRAINER: "Đọc hội thoại đã che thông tin cá nhân, sửa câu chưa hiểu, xuất dữ liệu huấn luyện.",
    LEADER: "Mọi việc của cán bộ, thêm giao việc, xuất dữ liệu và đọc nhật ký.",
    ADMIN: "Tạo và khóa tài khoản, phân vai trò và đơn vị, xem nhật ký. Không xem tin báo.",
}

# Sentences after something was done: the address names one by its key, so that nothing is reflected.
NOTICES = {
    "mat-khau": "Đã đổi mật khẩu. Anh/chị đăng nhập lại bằng mật khẩu mới.",
    "bat-ma": "Đã bật mã xác thực trên điện thoại.",
    "tat-ma": "Đã tắt mã xác thực trên điện thoại.",
    "dang-xuat": "Anh/chị đã đăng xuất.",
    "moi-noi": "Đã đăng xuất khỏi mọi thiết bị.",
    "het-phien": "Phiên làm việc đã hết. Anh/chị đăng nhập lại.",
    "nhan-su": "Đã lưu tài khoản.",
    "khoa": "Đã khóa tài khoản và đăng xuất khỏi mọi thiết bị.",
    "mo": "Đã mở lại tài khoản.",
    "luu": "Đã lưu.",
    "xuat": "Đã xuất xong. Anh/chị tải tệp ở bảng bên dưới.",
}


def moment(value: datetime | None) -> str:
    """Write a moment as 14:05 21/11/2026, Viet Nam time."""
    return "" if value is None else value.astimezone(VIETNAM).strftime("%H:%M %d/%m/%Y")


def clock(value: datetime) -> str:
    """Write a moment as 14:05:09, Viet Nam time."""
    return value.astimezone(VIETNAM).strftime("%H:%M:%S")


def day(value: datetime | None) -> str:
    """Write a moment's day as 21/11/2026, Viet Nam time."""
    return "" if value is None else value.astimezone(VIETNAM).strftime("%d/%m/%Y")


def span(length: timedelta) -> str:
    """Write how long: 5 phút, 3 giờ, 2 ngày."""
    minutes = max(0, int(length.total_seconds() // 60))
    if minutes < 1:
        return "chưa đến 1 phút"
    if minutes < 60:
        return f"{minutes} phút"
    if minutes < 48 * 60:
        hours, rest = divmod(minutes, 60)
        return f"{hours} giờ {rest} phút" if rest and hours < 3 else f"{hours} giờ"
    return f"{minutes // (24 * 60)} ngày"


def number(value: float) -> str:
    """Write a whole number with points between thousands, as in Viet Nam: 12.500."""
    return f"{value:,.0f}".replace(",", ".")


def percent(value: float | None) -> str:
    """Write a share (0 to 1) as 12,5 %."""
    return "–" if value is None else f"{value * 100:.1f}".replace(".", ",").removesuffix(",0") + " %"

"""What the citizens of a measurement write, and how a chat is read back as plain text.

Every citizen follows one of a few scripts. An undisturbed citizen per script is heard first; after
the measurement every chat has to read like that one, word for word, which a lost, doubled or
reordered message cannot.
"""

from __future__ import annotations

SCRIPTS: tuple[tuple[str, ...], ...] = (
    (
        "đổi căn cước hết hạn cần giấy tờ gì",
        "vậy lệ phí bao nhiêu",
        "mấy ngày có",
        "đăng ký tạm trú mất bao nhiêu tiền",
        "nộp ở đâu",
        "cảm ơn nhé",
    ),
    (
        "dang ky tam tru can giay to gi",
        "lệ phí?",
        "mua xe máy cũ sang tên cần giấy tờ gì",
        "còn lệ phí?",
        "làm hộ chiếu mất bao lâu",
        "bạn là người hay máy",
    ),
    (
        "xin chào",
        "sang tên xe mất bao nhiêu tiền",
        "cần giấy tờ gì",
        "đăng ký thường trú nộp ở đâu",
        "mấy ngày có kết quả",
        "tạm biệt",
    ),
    (
        "xác nhận thông tin cư trú cần gì",
        "mất bao nhiêu tiền",
        "đổi bằng lái xe lệ phí bao nhiêu",
        "cần giấy tờ gì",
        "đăng ký tạm trú mấy ngày có",
        "hôm nay trời có mưa không",
    ),
)


def script_of(citizen: int) -> int:
    """Give the number of the script that a citizen follows."""
    return citizen % len(SCRIPTS)


def is_in_order(said: list[str], expected: list[str]) -> bool:
    """Tell whether what was said is the expected chat with messages missing, but none out of place."""
    rest = iter(expected)
    return all(text in rest for text in said)

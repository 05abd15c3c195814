"""What names or finds a person is replaced; everything else, and every entity, stays where it was."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.masking import Entity, mask

SECRETS = (
    "0912345678", "0912 345 678", "+84 912 345 678", "59X1-123.45", "079123456789", "Nguyễn Thị Kiểm Thử",
    "https://lua-dao.com/x?y=1", "TP-26-7K4M-9QXD", "a.b@gmail.com",
)  # fmt: skip
PLAIN = (
    "đăng ký tạm trú cần giấy tờ gì",
    "lệ phí 15.000 đồng, ngày 12/3/2026, trực 24/7",
    "Theo Nghị định 168/2024/NĐ-CP phạt từ 800.000 đồng đến 1.000.000 đồng",
    "Gọi 113, 114, 115",
    "xe vượt đèn đỏ ở đường Nguyễn Huệ, phường Bến Nghé, thành phố Hồ Chí Minh",
    "Tôi có dãy trọ 12 phòng bên hẻm chợ",
    "đổi bằng lái A1 sang A2",
    "mất 3 triệu 500",
    "em 18 tuổi ở Quận 12",
    "Công an phường Lê Lợi ở đâu",
    "Lý lịch tư pháp số 1",
    "hỏi thủ tục thì trợ lý vẫn trả lời",
    "Nếu bị trả lại thì tôi có được nộp lần nữa không?",
)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("tôi tên Nguyễn Thị Kiểm Thử số 0900000123", "tôi tên [tên] số [điện thoại]"),
        ("toi ten nguyen van a, sdt 0912 345 678", "toi ten [tên], sdt [điện thoại]"),
        ("o 12/3 le loi phuong 5 quan 3", "o [địa chỉ] phuong 5 quan 3"),
        ("xe 59X1-123.45 vượt đèn đỏ", "xe [biển số] vượt đèn đỏ"),
        ("biển số 51F 97022 chạy ngược chiều", "biển số [biển số] chạy ngược chiều"),
        ("Cccd 079123456789 của em", "Cccd [số giấy tờ] của em"),
        ("chuyển vào stk 19034567890 Techcombank", "chuyển vào stk [số tài khoản] Techcombank"),
        ("tôi ở số 45 đường Lê Lợi, phường Tân Phú", "tôi ở [địa chỉ], phường Tân Phú"),
        ("hẻm 12/5 Trần Hưng Đạo có đánh bạc", "[địa chỉ] có đánh bạc"),
        ("anh Tuấn hàng xóm đánh vợ", "anh [tên] hàng xóm đánh vợ"),
        ("vợ tôi là Lê Thị Hoa bị mất túi", "vợ tôi là [tên] bị mất túi"),
        ("gặp lê thị hoa ở chợ", "gặp [tên] ở chợ"),
        ("EM TÊN TRẦN VĂN BÌNH MẤT CCCD", "EM TÊN [tên] MẤT CCCD"),
        ("tôi sinh ngày 12/3/1990", "tôi sinh ngày [ngày sinh]"),
        ("vào https://lua-dao.com/abc?x=1 nhé", "vào [liên kết] nhé"),
        ("thư a.b@gmail.com", "thư [thư điện tử]"),
        ("Mã tin: TP-26-7K4M-9QXD\nMã riêng: 123456", "Mã tin: [mã tin]\nMã riêng: [mã riêng]"),
    ],
)
def test_what_names_somebody_is_replaced(text: str, masked: str, form: str) -> None:
    found = mask(unicodedata.normalize(form, text)).text
    assert unicodedata.normalize("NFC", found) == masked


@pytest.mark.parametrize("text", PLAIN)
def test_what_names_nobody_stays(text: str) -> None:
    assert mask(text).text == text


_pieces = st.lists(
    st.one_of(
        st.sampled_from(
            [*SECRETS, "phường Tân Phú", "giấy tờ", "🙂🚓", "<script>", "=cmd|' /C calc'!A0", "[x](y)"]
        ),
        st.text(alphabet="abđươệ ẽ🙂\n,.[]{}()", max_size=8),
    ),
    min_size=1,
    max_size=7,
)


@given(_pieces, st.sampled_from(["NFC", "NFD"]), st.data())
def test_entities_point_at_the_same_words_after_masking(
    pieces: list[str], form: str, data: st.DataObject
) -> None:
    pieces = [unicodedata.normalize(form, piece) for piece in pieces]
    text = " ".join(pieces)
    marked = data.draw(st.integers(0, len(pieces) - 1))
    start = sum(len(piece) + 1 for piece in pieces[:marked])
    end = start + len(pieces[marked])
    found = mask(text, [Entity(start, end, "dia_diem", text[start:end])])
    (entity,) = found.entities
    shown = found.text[entity.start : entity.end]
    if not entity.masked:
        assert shown == text[start:end] == entity.value
    else:
        assert shown == entity.value
        assert any(placeholder in shown for placeholder in found.found)
    for secret in ("0912345678", "079123456789", "lua-dao", "7K4M", "gmail"):
        assert secret not in found.text


@given(_pieces)
def test_masking_twice_is_masking_once(pieces: list[str]) -> None:
    once = mask(" ".join(pieces)).text
    assert mask(once).text == once

"""Finds named things in a story by tables of wordings, the same with marks and without.

Wordings of one syllable are left out where their bare form is a common other word: a story typed
without marks has to give what the same story with marks gives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.phrases import words
from services.text import fold, nfc

_NOT_BEFORE = re.compile(
    r"(?:^|[^\w])(?:khong|ko|k|kg|hong|hok|hem|khum|chua|chang|cha|dau co|khoi)"
    r"(?: (?:co|ai|bi|phai|thay|he|con|kip|duoc|dc|mang|cam|dam))*\s+$"
)


@dataclass(frozen=True)
class Hit:
    """A wording that was said: the name it stands for and its place in the NFC text."""

    name: str
    start: int
    end: int


class Lexicon:
    """Wordings by the name they stand for; alternatives are parted by “|”."""

    def __init__(self, table: Mapping[str, str]) -> None:
        self._meant: dict[str, list[tuple[str, str]]] = {}
        for name, listed in table.items():
            for wording in listed.split("|"):
                self._meant.setdefault(fold(wording), []).append((name, wording))
        ordered = sorted(self._meant, key=lambda form: (-len(form), form))
        body = "|".join(re.escape(form).replace(r"\ ", r"\s+") for form in ordered)
        self._pattern = re.compile(rf"(?<!\w)(?:{body})(?!\w)")

    def find(self, text: str, folded: str) -> Iterator[Hit]:
        """Give what was said and not denied; `folded` is `fold` of the NFC `text`, letter for letter."""
        for match in self._pattern.finditer(folded):
            if denied(folded, match.start()):
                continue
            typed = words(text[match.start() : match.end()])
            for name, wording in self._meant[" ".join(match.group().split())]:
                if all(
                    one.bare or one.marked == two.marked
                    for one, two in zip(typed, words(wording), strict=True)
                ):
                    yield Hit(name, match.start(), match.end())
                    break


def denied(folded: str, at: int) -> bool:
    """Tell whether a negation stands right before a place in a folded text."""
    return bool(_NOT_BEFORE.search(folded[max(0, at - 32) : at]))


def folded_alike(text: str) -> tuple[str, str]:
    """Give the NFC text and its folded form of the same length, so that offsets hold for both."""
    given = nfc(text)
    folded = fold(given)
    if len(folded) != len(given):
        # Letters that grow or shrink when folded are no Vietnamese ones: blank them.
        folded = "".join(form if len(form := fold(char)) == 1 else " " for char in given)
    return given, folded


EVIDENCE = Lexicon(
    {
        "clip": "clip|video|có quay lại|đã quay lại|quay được|quay phim|quay clip|có quay",
        "camera": "camera|cam hành trình|cam an ninh|camera hành trình",
        "anh": "chụp hình|chụp ảnh|hình ảnh|ảnh chụp|có hình|tấm hình|tấm ảnh|chụp lại|chụp màn hình|"
        "chụp được",
        "ghi_am": "ghi âm|thu âm",
        "tin_nhan": "tin nhắn|đoạn chat|đoạn hội thoại|lịch sử chat",
        "bien_lai": "biên lai|sao kê|bill chuyển|hóa đơn|ủy nhiệm chi|giấy chuyển tiền",
    }
)
CHANNELS = Lexicon(
    {
        "zalo": "zalo|da lô|da lo",
        "facebook": "facebook|fb|fây búc|phây búc|face book|fanpage",
        "messenger": "messenger|mess",
        "telegram": "telegram|tele|tê lê",
        "tiktok": "tiktok|tik tok|tóp tóp",
        "shopee": "shopee|lazada|sàn thương mại",
        "app": "app lạ|app vay|ứng dụng lạ|tải app|qua app|cài ứng dụng",
        "dien_thoai": "gọi điện|gọi điện thoại|điện thoại cho|gọi đến|gọi tới|gọi vào máy|số lạ gọi|"
        "gọi video",
        "sms": "sms|tin nhắn điện thoại|nhắn sms",
        "email": "email|gmail|e-mail",
        "gap_mat": "gặp trực tiếp|gặp mặt|tới tận nhà|đến tận nhà",
    }
)
WEAPONS = Lexicon(
    {
        "dao": "con dao|cầm dao|dí dao vô|dí dao vào|dí dao bắt|dí dao đòi|dí dao ép|kề dao|rút dao|"
        "bằng dao|dao phay|dao bấm|dao thái|có dao|cây dao|"
        "mang dao|phóng lợn",
        "ma_tau": "mã tấu|cây mã tấu|kiếm nhật|cây kiếm",
        "sung": "cầm súng|khẩu súng|cây súng|có súng|súng tự chế|chĩa súng",
        "gay": "cầm gậy|cây gậy|gậy sắt|gậy gộc|gậy bóng chày|tuýp sắt|ống tuýp|cây sắt|khúc cây",
        "hoi_cay": "hơi cay|bình xịt",
        "bua": "cây búa|cầm búa|cây rìu|cầm rìu|cây rựa|cái rựa",
        "chai": "chai bia|vỏ chai|ve chai bể",
        "chat_long": "bom xăng|chai xăng|can xăng|axit|a xít|mắm tôm|tạt sơn",
    }
)
ITEMS = Lexicon(
    {
        "xe máy": "xe máy|xe gắn máy|mô tô|xe honda|xe wave|xe vision|xe sh|chiếc sh|chiếc wave|chiếc vision|"
        "con wave|con vision|chiếc exciter|air blade|xe lead|xe dream|xe sirius|xe winner|chiếc xe",
        "xe đạp": "xe đạp|xe đạp điện|xe điện",
        "điện thoại": "điện thoại|iphone|cái máy|samsung|oppo|dế yêu|ipad|máy tính bảng",
        "máy tính": "laptop|máy tính|macbook",
        "ví": "cái ví|ví tiền|cái bóp|bóp tiền|bóp da|chiếc ví",
        "túi": "túi xách|giỏ xách|ba lô|balo|cái túi|va li",
        "vàng": "dây chuyền|sợi dây|lắc tay|nhẫn vàng|vàng cưới|chỉ vàng|cây vàng|bông tai|sợi lắc|"
        "vàng miếng",
        "tiền mặt": "tiền mặt|tiền bán hàng|thùng tiền|két tiền|két sắt|tiền lương|thùng công đức",
        "giấy tờ": "giấy tờ|căn cước|cccd|bằng lái|cà vẹt|sổ đỏ|hộ chiếu",
        "chó": "con chó|bắt chó|chó nhà",
        "máy bơm": "máy bơm|máy cắt cỏ|máy khoan",
        "dây điện": "dây điện|dây cáp|dây đồng|sắt thép|nắp cống",
        "phụ tùng xe": "gương chiếu hậu|kính xe|cặp gương|bình ắc quy",
    }
)
LOSS = re.compile(
    r"\b(?:mat|lay|lay mat|giat|trom|cuop|cap|nang|boc|khoang|om|dat|thao|go|cuom|rach|moc|lua|muon|cam)\b"
)
DANGEROUS = Lexicon(
    {
        "gas": "bình gas|bình ga|mùi gas|xì gas|rò gas|chứa gas|kho gas|gas lậu|chiết gas",
        "xăng": "can xăng|chứa xăng|xăng dầu|kho xăng|thùng xăng|bán xăng",
        "hóa chất": "hóa chất|a xít|axit|dung môi|thùng sơn|kho sơn",
        "điện": "chập điện|dây điện|trạm điện|trạm biến áp|sạc xe điện|đấu điện|tủ điện",
        "pháo": "pháo nổ|bán pháo|bắn pháo|đốt pháo|chứa pháo|thuốc pháo|pháo lậu|làm pháo",
        "bom mìn": "quả bom|trái bom|bom mìn|đầu đạn|quả đạn|lựu đạn|trái đạn|quả mìn|đạn cối",
        "súng": "khẩu súng|cây súng|súng hơi|súng tự chế|súng săn|súng bắn bi|cầm súng|có súng|súng cồn",
        "dao kiếm": "mã tấu|dao phóng lợn|phóng lợn|cây kiếm|kiếm nhật|roi điện|dùi cui",
        "thuốc nổ": "thuốc nổ|kíp nổ|chất nổ|vật liệu nổ|vật lạ|gói lạ",
        "đồ dễ cháy": "vàng mã|kho vải|giấy vụn|phế liệu|rơm rạ|đốt rác|hàn xì|mút xốp",
    }
)
GOODS = Lexicon(
    {
        "tiền giả": "tiền giả|tờ tiền giả|bạc giả|nghi giả|tiền nghi giả",
        "thuốc": "thuốc tây|thuốc giả|thuốc tây giả|thực phẩm chức năng|thuốc bổ",
        "thuốc lá": "thuốc lá|thuốc lá lậu|thuốc lá điện tử",
        "mỹ phẩm": "mỹ phẩm|kem trộn|nước hoa giả|son giả",
        "thực phẩm": "thịt thối|thịt heo|heo bệnh|nước mắm|thực phẩm bẩn|sữa giả|thịt ôi|nội tạng",
        "rượu": "rượu giả|rượu lậu|bia giả|rượu tây",
        "xăng dầu": "xăng giả|dầu nhớt|xăng dầu|xăng lậu|nhớt thải",
        "nước thải": "nước thải|xả thải|nước đen|chất thải|bùn thải|rác công nghiệp|xả trộm",
        "cát": "cát tặc|hút cát|khai thác cát|múc đất|khai thác đá|đất mặt",
        "thú rừng": "thú rừng|động vật hoang dã|tê tê|chim trời|gỗ lậu|phá rừng|kỳ đà",
        "hàng giả": "hàng giả|hàng nhái|hàng lậu|vàng giả|phân bón giả|túi giả|không rõ nguồn gốc",
        "đất đá": "vật liệu xây dựng|xà bần|sắt thép|chở sắt|chở gỗ|chở rơm",
    }
)
PAPERS = Lexicon(
    {
        "hợp đồng": "hợp đồng",
        "giấy vay": "giấy vay|giấy nợ|giấy mượn tiền|giấy viết tay|giấy tay",
        "biên nhận": "biên nhận|giấy biên nhận|phiếu thu|giấy đặt cọc|hóa đơn|giấy cọc",
        "tin nhắn": "tin nhắn|đoạn chat",
        "giấy tờ giả": "giấy tờ giả|sổ đỏ giả|sổ giả|giấy giả",
    }
)
ROAD_BLOCKED = Lexicon(
    {
        "Bị chắn hết": "chắn hết đường|chặn hết đường|kẹt cứng|không đi được|kẹt xe dài|tắc đường|"
        "chắn ngang đường|lấp hết đường|không qua được|bị chắn|chắn lối|khóa lối thoát|"
        "lối thoát hiểm bị khóa",
        "Còn đi được": "còn đi được|vẫn đi được|lách qua được",
    }
)
HEALTH = Lexicon(
    {
        "hay quên": "bị lẫn|lú lẫn|hay quên|lãng trí|mất trí nhớ|lẫn rồi",
        "tâm thần": "tâm thần|bệnh thần kinh|không bình thường|thần kinh|tự kỷ|chậm phát triển",
        "trầm cảm": "trầm cảm|tuyệt mệnh|muốn chết|muốn tự tử|đòi tự tử|dọa tự tử|định tự tử|nghĩ quẩn|"
        "buồn chuyện|làm hại mình|quyên sinh",
        "bệnh": "tiểu đường|cao huyết áp|huyết áp|bệnh tim|động kinh|tai biến|ung thư|bệnh nặng",
    }
)
REPEATED = re.compile(
    r"\b(?:(?:dem|toi|ngay|sang|chieu|trua|khuya|tuan|thang|hom|bua) nao cung|(?:hang|moi) (?:dem|toi|"
    r"ngay|sang|"
    r"chieu|tuan|thang)|thuong xuyen|nhieu lan|may lan|nhieu ngay|nhieu dem|lien tuc|(?:may|hai|ba|bon|"
    r"nam|\d+) "
    r"(?:lan|dem|hom|bua|ngay|tuan|thang) (?:nay|lien|roi)|cu (?:dem|toi|chieu|sang) la|lap di lap lai|"
    r"suot (?:dem|ngay|tuan|thang)|ngay dem|tu 2 den 3 lan|\d+ lan)\b"
)

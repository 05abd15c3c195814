"""Who is spoken of in a story: who did it, who suffered, who is looked for, and how the teller knows."""

from __future__ import annotations

import re
from datetime import date

from services.report_facts import Fact
from services.spoken_figures import spoken_age

_COUNT = r"(?:mot|hai|ba|bon|nam|sau|bay|may|\d{1,2}|nhom|dam|bon|tui|toan)"
_DOER = re.compile(
    rf"\b(?:{_COUNT} (?:thang|dua|ten|nguoi|thanh nien|doi tuong|ong|co gai|thanh thieu nien)|"
    r"(?:ke gian|ke xau|ke trom|ke cuop|thang nao|thang kia|doi tuong|nhom thanh nien|dam thanh nien|"
    r"thanh nien|nguoi la|nguoi dan ong|"
    r"nguoi phu nu|"
    r"nguoi thanh nien|ong hang xom|chu nha|chu quan|tai xe|lai xe))\b[^.,;!?\n]{0,60}"
)
_LOOKS = re.compile(
    r"\b(?:mac (?:ao|quan|do|dong phuc|vay|dam)|doi (?:mu|non)|deo (?:khau trang|kinh)|xam (?:tro|kin|"
    r"hinh)|toc (?:dai|ngan|vang|nhuom|xoan|bac)|"
    r"khoang \d{2} tuoi|tam \d{2} tuoi|dang (?:cao|map|gay|om)|nguoi (?:cao|map|gay|om))[^.;!?\n]{0,60}"
)
_KIN = (
    r"(?:me|ma|ba|bo|cha|tia|vo|vk|chong|ck|con gai|con trai|con|anh trai|anh|chi gai|chi|em gai|"
    r"em trai|ba noi|ba ngoai|"
    r"ong noi|ong ngoai|ong|chau|be|co|chu|di|bac|cau|mo|ban|hang xom|nguoi yeu|dong nghiep)"
)
_SUFFERED = re.compile(
    rf"\b(?P<who>{_KIN} (?:cua )?(?:toi|em|tui|minh|chau|con)|be (?:gai|trai)|chau be|em be|dua (?:be|"
    rf"nho)|cu (?:ba|ong)|ba cu|ong cu)\b"
    r"(?=[^.;!?\n]{0,60}\bbi\b)"
)
# "tối bị", "bạn em bị" are somebody or something else.
_OTHERS = "gio h qua luc hoi ca ban than gai trai con chong vo me ba bo noi ngoai cua hang"
_NOT_SELF = "".join(f"(?<!{word} )" for word in _OTHERS.split())
_SELF = re.compile(
    rf"\b{_NOT_SELF}(?P<who>toi|em|tui|minh|con|chau|tao)\s+"
    r"(?:vua |moi |da |dang |cung |lo )?bi\b(?! (?:lan|benh)\b)"
)
_LOOKED_FOR = re.compile(
    rf"(?<!ho )\b(?:{_KIN} (?:cua )?(?:toi|em|tui|minh|chau)|be (?:gai|trai)|chau be|dua (?:be|nho)|cu (?:ba|"
    rf"ong)|ba cu|ong cu|ong lao|ba lao|nguoi gia|nguoi dan ong|"
    r"nguoi phu nu|ba noi|ba ngoai|ong noi|ong ngoai)\b[^.;!?\n]{0,40}"
)
_SAW = re.compile(
    r"\b(?:tan mat|chung kien|(?:toi|em|tui|minh|con|chau) (?:co |da |vua |moi |hay |cung |"
    r"deu )?(?:thay|nhin thay|phat hien|bat gap|gap|quay|nghe thay|nghe tieng)|"
    r"camera (?:nha )?(?:toi|em|tui|minh)|toi (?:co )?clip|thay (?:co )?(?:nguoi|xe|may|mot|hai|ba|\d|"
    r"thang|nhom|dam|kim|tai xe))\b"
)
_HEARD = re.compile(
    r"\b(?:nghe (?:noi|ke|don|dau|bao|hang xom|nguoi ta)|nguoi ta (?:noi|ke|don|bao)|hang xom (?:noi|ke|"
    r"bao)|ban (?:toi|em) ke|"
    r"(?:con|chau|be|me|vo|chong) (?:toi |em |tui )?ke(?: lai)?|ba con (?:noi|ke|phan anh)|"
    r"nghe phong thanh)\b"
)
_FLED = re.compile(
    r"\b(?:(?:chay|phong|tau thoat|bo chay|tron|di|re|lao|thoat|vot)\s+)?(?:(?:ve|theo|ra|"
    r"qua)\s+)?(?:huong|phia)\s+"
    r"(?!dau\b|nao\b|dan\b|sau\b|truoc\b)(?:ve\s+|ra\s+|di\s+)?[^.,;!?\n]{2,40}"
)
_LEFT = re.compile(r"\s+(?:di|bi|bo|mat|tu|chua|khong|ra|roi|den|o|hom|luc|mac)\b|,")
# Ages are said as such; a year of birth is not reckoned with, so the day does not matter.
_NO_DAY = date(2000, 1, 1)
_NUMBERS = {
    "mot": 1, "hai": 2, "ba": 3, "bon": 4, "nam": 5, "sau": 6, "bay": 7, "tam": 8, "chin": 9, "muoi": 10,
}  # fmt: skip
# "hai thằng" are people, "hai tháng trước" are months.
_HOW_MANY = re.compile(
    rf"(?<![\w.,/-])(?<!thu )(?<!lop )(?<!so )(?<!phong )(?P<n>\d{{1,3}}|{'|'.join(_NUMBERS)}) "
    r"(?:nguoi(?! ta\b)|dua|ten (?!la\b|gi\b)|doi tuong|thanh nien|nhan khau|"
    r"thang(?! (?:\d|nay|truoc|roi|qua|lien|sau|tuoi|luong|nua|moi|dau|nao|la|tien|em|toi|tui|chua|"
    r"gieng|chap))(?= [a-z]))(?!\w)"
)
_ENDS = re.compile(r"\s+(?:thi|roi|luc|ma|nhung|bi|nen|toi|em|tui|xin|nho|mong|khi|bien so|bks|con)\b")


def find_people(given: str, folded: str) -> dict[str, Fact]:
    """Give the facts about who did it, who suffered, who is looked for, and how the teller knows."""
    found: dict[str, Fact] = {}
    looks = _LOOKS.search(folded)
    doer = _DOER.search(folded)
    if doer or looks:
        first = doer or looks
        assert first is not None
        end = first.end()
        if doer and looks and 0 <= looks.start() - doer.end() <= 20:
            end = looks.end()
        said = given[first.start() : end].strip()
        age = spoken_age(said, _NO_DAY) if re.search(r"\d|tuổi|tuoi", said) else None
        found["doi_tuong"] = Fact(said, {"tuoi": age} if age else None)
    if looks:
        found["nhan_dang"] = Fact(given[slice(*looks.span())].strip())
    if match := _HOW_MANY.search(folded):
        said = match["n"]
        found["so_nguoi"] = Fact(given[slice(*match.span())], int(said) if said.isdigit() else _NUMBERS[said])
    victim = min(
        filter(None, (_SUFFERED.search(folded), _SELF.search(folded))), key=lambda m: m.start(), default=None
    )
    if victim is not None:
        own = victim.re is _SELF
        found["bi_hai"] = Fact(given[slice(*victim.span("who"))], "nguoi_bao" if own else "nguoi_khac")
    if knows := _how_known(given, folded):
        found["vi_sao_biet"] = knows
    if fled := _FLED.search(folded):
        stop = _ENDS.search(folded, fled.start() + 8, fled.end())
        found["huong_di"] = Fact(given[fled.start() : stop.start() if stop else fled.end()].strip())
    if wanted := _LOOKED_FOR.search(folded):
        stop = _LEFT.search(folded, wanted.start(), wanted.end())
        said = given[wanted.start() : stop.start() if stop else wanted.end()].strip()
        age = spoken_age(said, _NO_DAY) if re.search(r"tuổi|tuoi", said) else None
        found["nguoi_can_tim"] = Fact(said, {"tuoi": age} if age else None)
    return found


def _how_known(given: str, folded: str) -> Fact | None:
    for value, pattern in (("bi_hai", _SELF), ("nghe_ke", _HEARD), ("tan_mat_thay", _SAW)):
        if match := pattern.search(folded):
            return Fact(given[slice(*match.span())], value)
    return None

"""Facts that are named things: evidence, weapons, goods, channels, injuries, vehicles, the bank."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services import report_lexicon as lexicon
from services.report_facts import Fact, windows
from services.report_lexicon import Hit, Lexicon, denied
from services.spoken_forms import find_patterns

# fact → the wordings that tell it; its value is the list of names that were said.
_TABLES: dict[str, Lexicon] = {
    "bang_chung": lexicon.EVIDENCE,
    "kenh": lexicon.CHANNELS,
    "vu_khi": lexicon.WEAPONS,
    "vat_nguy_hiem": lexicon.DANGEROUS,
    "san_pham": lexicon.GOODS,
    "giay_to": lexicon.PAPERS,
    "suc_khoe": lexicon.HEALTH,
}
_BANK = (
    r"(?:ngan hang|tong dai ngan hang|nh|bank|vietcombank|vcb|bidv|agribank|techcombank|mb bank|"
    r"momo|vietinbank|acb|sacombank|tpbank|vpbank)"
)
_BANK_NOT = re.compile(
    rf"\b(?:chua|khong|ko|k|hong)(?: kip| dam| co)? (?:goi|bao|lien he|nhan|ra)(?: (?:cho|toi|len|voi|"
    rf"ra|den))? {_BANK}\b"
)
_BANK_DONE = re.compile(
    rf"\b(?:(?:da|vua|moi|co) )?(?:goi|bao|lien he|dien|ra)(?: (?:dien|cho|toi|len|voi|ra|den|qua|"
    rf"bao))* {_BANK}\b(?! (?:chua|khong|goi|lua|gia)\b)"
    rf"|\b{_BANK} (?:da |co )?(?:khoa|phong toa|ghi nhan|tiep nhan|bao la)\b"
)
_HURT = re.compile(
    r"\b(?:bi thuong|chay mau|gay (?:tay|chan|xuong|mui|rang)|bat tinh|tray (?:tay|chan|xuoc|het)|"
    r"khau \d+|nhap vien|di vien|"
    r"vo vien|vao vien|cap cuu|ngat xiu|tu vong|chet (?:nguoi|roi)|nguy kich|rach dau|be dau|"
    r"sung (?:mat|mieng|tay)|bam tim|bong nang)\b"
)
_UNHURT = re.compile(
    r"\b(?:khong ai (?:bi )?(?:thuong|sao|bi gi|he han)|khong bi thuong|khong co ai bi thuong|"
    r"ko ai (?:bi )?(?:thuong|sao)|khong sao het|va quet nhe|khong ai bi lam sao)\b"
)
_CALLED_115 = re.compile(
    r"\b(?:da|vua|moi) goi (?:115|cap cuu|xe cap cuu|cuu thuong)\b|\bxe cap cuu (?:da )?cho\b|"
    r"\bdua (?:di|vo|vao) (?:vien|benh vien|cap cuu)\b"
)
_TRAPPED = re.compile(
    r"\b(?:mac ket|ket (?:ben )?trong|ket lai|ket trong|khong ra duoc|khong thoat (?:ra )?duoc)\b"
)
_SAFE = re.compile(
    r"\b(?:da (?:ra ngoai|an toan|ve nha|chay (?:ra|thoat)|tron (?:ra|thoat))|dang o (?:nha ngoai|"
    r"nha me|nha ban|cho an toan)|an toan roi)\b"
)
_UNSAFE = re.compile(
    r"\b(?:chua an toan|khong an toan|dang tron|so bi danh|dang bi nhot|bi nhot|khong dam ve|"
    r"no con o (?:day|nha|do)|van con o trong nha|dang o ngoai cua)\b"
)
_WITNESS = re.compile(
    r"\b(?:nhan chung|co nguoi (?:thay|chung kien|lam chung)|nhieu nguoi thay|hang xom (?:thay|"
    r"cung thay|biet)|ba con (?:thay|biet)|camera (?:nha|quan|gan|cua|an ninh|phuong|truoc|tiem))\b"
)
_WISH = re.compile(
    r"\b(?:mong|xin|nho|de nghi|yeu cau) (?:duoc |cac |anh |chi |cong an |ben |co quan )*(?:bao lai|"
    r"tra loi|phan hoi|cho biet ket qua|thong bao lai)[^.;!?\n]{0,30}"
)
_UNIT = re.compile(
    r"\b(?:cong an|csgt|canh sat giao thong|quay so|bo phan tiep dan|tru so|phong (?:tiep dan|"
    r"quan ly hanh chinh))\b[^.,;!?\n]{0,30}"
)
_COLOURS = {
    "đỏ": "do", "đen": "den", "trắng": "trang", "xanh": "xanh", "vàng": "vang", "bạc": "bac", "xám": "xam",
    "nâu": "nau", "cam": "cam", "hồng": "hong", "tím": "tim", "ghi": "ghi", "kem": "kem",
}  # fmt: skip
_BARE_COLOURS = "trang|xanh|bac|xam|nau|hong|tim"
_COLOUR = re.compile(
    rf"^[^.,;!?\n]{{0,22}}?\bmau (?P<mau>{'|'.join(_COLOURS.values())})\b|"
    rf"^ (?P<bare>{_BARE_COLOURS})\b(?! (?:tay|tron)\b)"
)
_BY_FOLDED = {folded: name for name, folded in _COLOURS.items()}


def find_themes(given: str, folded: str) -> dict[str, Fact]:
    """Give the facts of a story that are named things; `folded` is the folded `given`."""
    found: dict[str, Fact] = {}
    for fact, table in _TABLES.items():
        if hits := list(table.find(given, folded)):
            found[fact] = _listed(given, hits)
    if hits := [
        hit
        for hit in lexicon.ITEMS.find(given, folded)
        if lexicon.LOSS.search(folded[max(0, hit.start - 45) : hit.start])
    ]:
        found["tai_san"] = _listed(given, hits)
    if hits := list(lexicon.ROAD_BLOCKED.find(given, folded)):
        found["duong_bi_chan"] = Fact(given[hits[0].start : hits[0].end], hits[0].name)
    if match := lexicon.REPEATED.search(folded):
        found["lap_lai"] = Fact(given[slice(*match.span())])
    for fact, pattern in (("nhan_chung", _WITNESS), ("mong_muon", _WISH), ("don_vi", _UNIT)):
        if match := pattern.search(folded):
            found[fact] = Fact(given[slice(*match.span())].strip())
    found.update(_states(given, folded))
    return found


def find_vehicles(given: str, folded: str) -> Iterator[dict[str, str]]:
    """Give the vehicles of a story: kind, colour if told, and the words."""
    seen = set()
    for start, part in windows(given):
        for item in find_patterns(part):
            if item.entity != "loai_xe":
                continue
            begin, end = start + item.start, start + item.end
            colour = _COLOUR.match(folded[end : end + 40])
            named = _BY_FOLDED[colour["mau"] or colour["bare"]] if colour else ""
            if (item.value, named) not in seen:
                seen.add((item.value, named))
                said = given[begin : end + (colour.end() if colour else 0)]
                yield {"loai_xe": item.value, "mau": named, "said": said}


def _states(given: str, folded: str) -> Iterator[tuple[str, Fact]]:
    """Read what is either so or not so, in the words of the content's choices."""

    def said(match: re.Match[str]) -> str:
        return given[slice(*match.span())]

    if match := _BANK_NOT.search(folded):
        yield "ngan_hang", Fact(said(match), "Chưa gọi")
    elif match := _BANK_DONE.search(folded):
        yield "ngan_hang", Fact(said(match), "Đã gọi")
    hurt = next((one for one in _HURT.finditer(folded) if not denied(folded, one.start())), None)
    if hurt:
        yield "bi_thuong", Fact(said(hurt), "Có, đã gọi 115" if _CALLED_115.search(folded) else "Có")
    elif match := _UNHURT.search(folded):
        yield "bi_thuong", Fact(said(match), "Không ai bị thương")
    if match := _TRAPPED.search(folded):
        yield "nguoi_ket", Fact(said(match), "Không" if denied(folded, match.start()) else "Có")
    if match := _UNSAFE.search(folded):
        yield "an_toan", Fact(said(match), "Chưa an toàn")
    elif match := _SAFE.search(folded):
        yield "an_toan", Fact(said(match), "Đã an toàn")


def _listed(given: str, hits: list[Hit]) -> Fact:
    first = hits[0]
    # One stretch of words where the things are named together, else the first of them.
    end = first.end
    for hit in hits[1:]:
        if hit.start - end > 25 or re.search(r"[.;!?\n]", given[end : hit.start]):
            break
        end = hit.end
    return Fact(given[first.start : end], list(dict.fromkeys(hit.name for hit in hits)))

"""Where something happened: house numbers, alleys, streets, landmarks, wards, as they are typed.

Decisions look at folded lower-case words only, so a place typed without marks or capitals is the same
place. The parts of a value are in lower case without marks: they are for comparing, not for reading.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.report_facts import Fact
from services.report_lexicon import folded_alike
from services.unit_search import One, UnitSearch
from services.units import Unit

_HOUSE = r"\d{1,4}[a-z]?(?:[/-]\d{1,4}[a-z]?){0,4}"
# kind → words that begin such a part, then a name or a number
_KINDS = {
    "so_nha": r"so nha|nha so|dia chi so|dia chi|so",
    "can": r"can ho|phong so|phong tro so|phong|tang|lau|block|toa nha|toa|can so|lo|ki ot|kiot|quay so|"
    "sap so",
    "hem": r"hem so|hem|ngo so|ngo|ngach|kiet|duong hem|xet|xec",
    "duong": r"mat tien duong|duong so|duong|pho|duong tinh|tinh lo|huong lo|quoc lo|dai lo|cao toc|ql|"
    "tl|dt|hl|"
    r"duong ven bien|be ke|bo ke|tuyen duong|doan duong|lo",
    "khu_pho": r"khu pho|to dan pho|to nhan dan|ap|thon|xom|kp|khom|ban|buon|to",
    "phuong": r"phuong|xa|thi tran|dac khu|p|tt",
    "quan": r"quan|huyen|thi xa|q|tx",
    "tinh": r"tinh|thanh pho|tp",
    "moc": r"nga ba|nga tu|nga nam|nga sau|nga bay|vong xoay|bung binh|cau vuot|cau chui|cau khi|cau|"
    "ham chui|ham|cho dau moi|cho|ben xe|"
    r"ben pha|ben tau|ben do|ga|nha ga|tram xe buyt|tram thu phi|tram|san bay|cong vien|quang truong|"
    r"san van dong|san bong|"
    r"truong tieu hoc|truong mam non|truong mau giao|truong cap \d|truong thcs|truong thpt|"
    r"truong dai hoc|truong cao dang|"
    r"truong|benh vien|tram y te|chung cu|cu xa|khu do thi|khu dan cu|khu cong nghiep|khu nha tro|"
    r"khu tro|khu|kdc|kcn|"
    r"sieu thi|cua hang|tiem vang|tiem|quan nhau|quan ca phe|quan cafe|quan karaoke|quan bar|quan net|"
    r"quan an|"
    r"karaoke|nha hang(?! xom)|nha nghi|khach san|nha tro|day tro|xom tro|nha van hoa|dinh|chua|nha tho|"
    r"ngan hang|cay atm|atm|cay xang|"
    r"tram xang|bai giu xe|bai xe|bai dat|bai rac|nghia trang|kenh|kinh|rach|song|ho|bo song|be boi|"
    r"cong ty|xi nghiep|"
    r"nha may|kho|xuong|vung|cong truong|doi|deo|hang",
}
# Words that begin a place only with a name or number behind them.
_NEED_NAME_SAID = (
    "so|lo|ho|ga|p|q|tt|tx|dt|to|ban|ham|vung|doi|hang|kinh|phong|khu|kho|tinh|tram|dia chi|cau|"
    "cho|truong|song|rach|kenh|dinh|chua|quan|duong|pho|xa|tang|lau|tiem|deo|toa|xuong|cong ty|"
    "cua hang|can ho|ap|thon|phuong|huyen|thanh pho|tp|karaoke|ngan hang|buon|xet|xec|tl|ql|hl|"
    "block|ngo|kiet|atm|ngach"
)
_NEED_NAME = frozenset(_NEED_NAME_SAID.split("|"))
_ORDERED = [(kind, form) for kind, forms in _KINDS.items() for form in forms.split("|")]
_ANY_KIND = "|".join(form for _, form in sorted(_ORDERED, key=lambda pair: -len(pair[1])))
_BEGIN = re.compile(rf"(?<![\w/])(?P<kind>{_ANY_KIND})(?![^\W\d_])\.?\s*")
_BEGIN_NEXT = re.compile(rf"[ ,]*{_BEGIN.pattern}")
_KIND_OF = {form.partition("(")[0]: kind for kind, form in reversed(_ORDERED)}
_NUMBER = re.compile(
    rf"(?:so\s+)?(?P<n>{_HOUSE}|[a-z]{{1,2}}\d{{1,3}})(?![\w]|\s*(?:trieu|tr|cu|ngan|nghin|k|gio|h|"
    rf"nguoi|lan|thang|ngay|phut|tuoi|dua|xe|met|m|cai|con|chiec)\b)"
)
# What streets are named after: a number before it is a house.
_FIRST_NAMES = (
    r"(?:nguyen|le|ly|tran|pham|phan|huynh|hoang|vo|vu|dang|bui|ngo|duong|truong|dinh|hung|quang|cach|hai ba|"
    r"ba thang|tran|lac|luy|au|to|ton|mac|trinh|ha|luong|ta|chu|phu|kha)\s+(?!dong\b|tien\b)[a-z]{2,}"
)
_BARE_ADDRESS = re.compile(
    rf"(?<![\w./-])(?P<n>\d{{1,4}}[a-z]?(?:/\d{{1,4}}[a-z]?){{0,4}})\s+(?={_FIRST_NAMES})"
)
# Streets of almost every town whose names are made of words that end other names ("cộng", "biên", "khởi").
_WELL_KNOWN = re.compile(
    r" *(?:cach mang thang (?:tam|8|muoi)|dien bien phu|ba thang hai|3 thang 2|30 thang 4|2 thang 9|"
    r"19 thang 8|nam k[yi] khoi nghia|xo viet nghe tinh|cong hoa|hai ba trung|au co|dong khoi|"
    r"thong nhat|doc lap|hoa binh|ba trieu|nam quoc cang|ba huyen thanh quan|luy ban bich|"
    r"lac long quan|ly thuong kiet|vuon lai|le lai|ba hom|phan dang luu|hoang hoa tham|to ky|ngo gia tu|"
    r"su van hanh|bach dang|an duong vuong|xa lo ha noi|ten lua|ben van don|khanh hoi|truong sa|pasteur|"
    r"nguyen thi minh khai|vo thi sau|"
    r"(?:nguyen|le|tran|pham|phan|vo|hoang|huynh|dang|bui|do|ho|duong|mai|trinh|luong|to) van "
    r"(?!dang\b|con\b|chua\b|bi\b)[a-z]{2,})(?![^\W_])"
)
_ANOTHER_NAME = re.compile(rf" *[-–,]? *(?:va |voi )?(?={_FIRST_NAMES})")
_SLASHED = re.compile(r"(?<![\w./-])\d{1,4}[a-z]?/\d{1,4}[a-z]?(?:/\d{1,4}[a-z]?)*(?![\w/])")
_BLANKS = re.compile(r"[ ]*")
_AFTER = re.compile(r"[ ]*(?P<word>[^\W\d_]*)")
_WORD = re.compile(r"[^\W\d_]+|\d+[a-z]?(?:/\d+[a-z]?)*")
# Words that end a name.
_STOPS_SAID = (
    "bi thi la va voi luc vao khi toi tui em minh no ho may mot hai nguoi dang da roi nay kia do tu "
    "xe rat hay cung ma nen de ra vo len xuong chay dau lam lay giat trom cuop danh ban mua goi nha o "
    "tai gan canh sau truoc tren duoi trong ngoai giua day ay cho gi khong ko hong k duoc dc a ah oi "
    "nhe nhen ne nua chua luon moi van cu lai thay nghe biet xin nho mong nghi nhieu suot toan dem "
    "sang chieu trua khuya hom bua gio tuan cai chiec con dua hoi khoang tam nhin ai cua nhung cac "
    "het vua phai bat keu vut hat uong choi di ve qua thuoc sat ben phia gay vuot lan ep doa lua hu "
    "sap vi bo cong co doi ngay ca tha noi mat rac nhau dap bao deu thuong dung rui den dien"
)
_STOPS = frozenset(_STOPS_SAID.split())
# Words that end a name unless the name ends with them.
_SHARED = frozenset(
    [
        "huong",
        "dong",
        "to",
        "on",
        "vui",
        "hoa",
        "nam",
        "lien",
        "sao",
        "tim",
        "ngan",
        "ba",
        "cach",
        "ngap",
        "thang",
    ]
)
# Words that no name begins with.
_NEVER_FIRST_SAID = (
    "bi thi la va voi luc khi toi tui em minh no ho dang da roi nay kia do rat hay cung ma nen de vo "
    "len xuong chay lam lay mat giat trom cuop danh mua goi o tai gan canh sau truoc tren duoi trong "
    "ngoai nao ay khong ko dau gi a oi ne nua chua luon van cu lai thay nghe biet xin nho cua nhung "
    "cac moi het bat nguoi bang ve khac rieng ra vao ai may cho di giua vua deu tro xe bo cong nhau "
    "thuoc co hom bua sang chieu tu hoi den"
)
_NEVER_FIRST = frozenset(_NEVER_FIRST_SAID.split())
_NUMBERED_ROADS = {
    "ql": "quoc lo", "tl": "tinh lo", "hl": "huong lo", "dt": "duong tinh", "quoc lo": "quoc lo",
    "tinh lo": "tinh lo", "huong lo": "huong lo", "cao toc": "cao toc", "duong so": "duong so",
}  # fmt: skip
_DIRECTION_BEFORE = re.compile(
    r"\b(?:huong|ve phia|chay ve|ve huong|phia|chay den|chay toi|ra huong)\s+(?:ve\s+)?$"
)
_JOINT = re.compile(
    r"^\s*(?:[,;.\-–(]|\b(?:o|tai|thuoc|cua|gan|doan|khuc|giao|giao voi|va|canh|doi dien|truoc|ngay|sat|"
    r"cat|duong|"
    r"dau|cuoi|trong|tren|ben hong|sau|mat tien)\b|\s)*\s*$"
)
_WEIGHT = {
    "so_nha": 3,
    "duong": 3,
    "hem": 3,
    "can": 2,
    "moc": 2,
    "khu_pho": 2,
    "phuong": 3,
    "quan": 1,
    "tinh": 1,
}
_VAGUE = re.compile(
    r"\b(?:(?:dau|cuoi|trong|ngoai|gan|truoc|sau|canh|ben|ngay) (?:hem|ngo|xom|duong|cho|cong truong|"
    r"cong|nha|cau|quan)|o nha|ngoai duong|tren cau|cho lam|"
    r"khu (?:toi|em|minh|nay|nha)|xom (?:toi|em|minh|nay)|nha (?:ben|ke ben|hang xom)|tren xe buyt|"
    r"tren duong|"
    r"phong tro(?: ke ben)?|nha tro|quan nhau|quan karaoke|chung cu|ham xe|bai giu xe)\b"
)


@dataclass(frozen=True)
class Part:
    """One part of an address: its kind, its comparable form, where it stands."""

    kind: str
    value: str
    start: int
    end: int


def find_place(
    text: str,
    taken: list[tuple[int, int]] | None = None,
    units: UnitSearch | None = None,
    home: Unit | None = None,
    answer: bool = False,
) -> Fact | None:
    """Give the place a text names best, or a vague one with that doubt, or None.

    `taken` are stretches that are something else (plates, phones). With `units` a ward of the
    directory adds its `ward_id`. `answer` says that the whole text answers "where?".
    """
    given, folded = folded_alike(text)
    groups = _groups(_parts(folded, taken or [], answer), folded)
    if groups:
        best = max(groups, key=lambda group: (_score(group, folded), -group[0].start))
        said = given[best[0].start : best[-1].end]
        value: dict[str, str] = {}
        for part in best:
            value.setdefault(part.kind, part.value)
        if units is not None and (ward := _ward(said, units, home)):
            value["ward_id"] = ward
        named = any(part.kind not in ("quan", "tinh", "can") for part in best)
        return Fact(said, value, "" if named else "vague")
    if match := _VAGUE.search(folded):
        return Fact(given[slice(*match.span())], {"moc": match.group()}, "vague")
    return None


def _parts(folded: str, taken: list[tuple[int, int]], answer: bool) -> list[Part]:
    found: list[Part] = []
    at = 0
    while match := _BEGIN.search(folded, at):
        at = match.start() + 1
        form, kind = match["kind"], _KIND_OF[match["kind"]]
        if found and match.start() < found[-1].end:
            continue
        start, rest = match.start(), match.end()
        number = _NUMBER.match(folded, rest)
        if number and kind == "khu_pho" and "/" in number["n"]:
            continue
        if number and kind != "tinh":
            value, end = number["n"], number.end()
            # "hẻm 118 Phan Huy Ích", "số 12 Lê Lợi": the street's name follows the number.
            part = Part(kind, _comparable(form, value), start, end)
            if not _free(part, taken):
                continue
            found.append(part)
            followed = _BEGIN_NEXT.match(folded, end) or kind not in ("so_nha", "hem")
            if not followed and (name := _name(folded, end, 4, sure=False)):
                found.append(Part("duong", name[0], name[1], name[2]))
            at = found[-1].end
            continue
        if kind == "so_nha" or (kind == "can" and form != "can ho"):
            continue
        name = _name(folded, rest, 4, sure=answer or form not in _NEED_NAME)
        if name is None:
            continue
        part = Part(kind, _comparable(form, name[0]), start, name[2])
        if _free(part, taken):
            found.append(part)
            at = part.end
    found += _bare_numbers(folded, found, taken)
    return sorted(found, key=lambda part: part.start)


def _bare_numbers(folded: str, known: list[Part], taken: list[tuple[int, int]]) -> list[Part]:
    """Find "12/5 Nguyễn Trãi": a number with a slash, or before what streets are named after."""
    found: list[Part] = []
    for match in [*_SLASHED.finditer(folded), *_BARE_ADDRESS.finditer(folded)]:
        number = match["n"] if "n" in match.re.groupindex else match.group()
        start, end = match.start(), match.start() + len(number)
        part = Part("so_nha", number.lower(), start, end)
        if not _free(part, taken) or any(start < one.end and one.start < end for one in [*known, *found]):
            continue
        name = _name(folded, end, 4, sure=match.re is _BARE_ADDRESS)
        if name is None or (match.re is _SLASHED and _is_date(number)):
            continue
        if any(name[1] < one.end and one.start < name[2] for one in known):
            found.append(part)
            continue
        found += [part, Part("duong", name[0], name[1], name[2])]
    return found


def _is_date(number: str) -> bool:
    parts = number.split("/")
    return (
        len(parts) <= 3
        and all(part.isdigit() for part in parts)
        and int(parts[0]) <= 31
        and int(parts[1]) <= 12
    )


def _name(folded: str, start: int, most: int, sure: bool) -> tuple[str, int, int] | None:
    """Give a name that begins here: words until one ends it; `sure` that a name has to follow.

    A word that names and sentences share ("hương", "đông") belongs to the name if the name ends with it.
    """
    if known := _WELL_KNOWN.match(folded, start):
        # "ngã tư Âu Cơ Lũy Bán Bích": of a crossing both names.
        another = _ANOTHER_NAME.match(folded, known.end())
        second = _name(folded, another.end(), most, sure=False) if another else None
        begins, ends = start + len(known.group()) - len(known.group().lstrip()), (second or known.regs[0])[-1]
        return " ".join(folded[begins:ends].split()), begins, ends
    blank = _BLANKS.match(folded, start)
    first = _WORD.match(folded, blank.end() if blank else start)
    if first is None or first.group() in _NEVER_FIRST or first.group()[0].isdigit():
        return None
    if not sure and first.group() in _STOPS | _SHARED:
        return None
    ends, count = first.end(), 1
    while count < most:
        gap = _BLANKS.match(folded, ends)
        word = _WORD.match(folded, gap.end()) if gap else None
        if word is None or ((kind := _BEGIN.match(folded, word.start())) and _goes_on(folded, kind)):
            break
        said = word.group()
        if said in _STOPS or (said[0].isdigit() and count > 1):
            break
        if said in _SHARED and count + 1 < most:
            after = _AFTER.match(folded, word.end())
            if after and after["word"] and after["word"] not in _STOPS:
                break  # the sentence goes on: "chợ Bình Tây đông nghẹt"
        ends, count = word.end(), count + 1
    if count == 1 and not sure:
        return None
    return " ".join(folded[first.start() : ends].split()), first.start(), ends


def _goes_on(folded: str, kind: re.Match[str]) -> bool:
    """Tell whether a word such as "phường" begins another part here, and is no syllable of a name."""
    form = kind["kind"]
    if form not in _NEED_NAME:
        return True
    rest = folded[kind.end() :]
    return bool(_NUMBER.match(rest)) or form in (
        "phuong",
        "xa",
        "quan",
        "huyen",
        "duong",
        "tinh",
        "ap",
        "thon",
        "khu",
        "p",
        "q",
        "tp",
    )


def _comparable(form: str, value: str) -> str:
    """Keep the word of a landmark or a numbered road with its name: "cho tan huong", "quoc lo 1"."""
    if _KIND_OF[form] == "moc" or form in _NUMBERED_ROADS:
        return f"{_NUMBERED_ROADS.get(form, form)} {value}"
    return value


def _free(part: Part, taken: list[tuple[int, int]]) -> bool:
    return all(part.end <= start or end <= part.start for start, end in taken)


def _groups(parts: list[Part], folded: str) -> list[list[Part]]:
    groups: list[list[Part]] = []
    for part in parts:
        last = groups[-1] if groups else None
        near = last and part.start - last[-1].end <= 24 and _JOINT.match(folded[last[-1].end : part.start])
        if last and near and all(part.kind != one.kind or part.kind in ("moc", "duong") for one in last):
            last.append(part)
        else:
            groups.append([part])
    return groups


def _score(group: list[Part], folded: str) -> float:
    score = sum(_WEIGHT[kind] for kind in {part.kind for part in group})
    return (
        score / 4 if _DIRECTION_BEFORE.search(folded[max(0, group[0].start - 24) : group[0].start]) else score
    )


def _ward(said: str, units: UnitSearch, home: Unit | None) -> str | None:
    found = units.resolve(said, home)
    if isinstance(found, One) and found.unit.kind in ("phuong", "xa", "dac_khu"):
        return found.unit.id
    return None

"""Reads the direct answer to one question: "9h tối", "hẻm 12", "5 củ", "ko bik".

An answer is read for what its question expects (`Question.expects`). What cannot be read as that gives
`Unclear` with the reason, so that the dialogue asks again in other words; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.clock import VIETNAM
from services.report_corrections import read_correction
from services.report_facts import Fact
from services.report_lexicon import folded_alike
from services.report_money import MOST_MONEY, find_sums
from services.report_numbers import find_numbers, money_fact
from services.report_parts import Question
from services.report_people import find_people
from services.report_places import find_place
from services.report_themes import find_themes
from services.report_times import find_time, only_hour
from services.text import fold
from services.time_words import NUMBERS
from services.unit_search import UnitSearch
from services.units import Unit

_COUNTED = {fold(word): number for word, number in NUMBERS.items() if word not in ("nửa", "tư")}
_COUNTED["chuc"] = 10
_HOW_MANY = re.compile(
    rf"(?<!\w)(?P<n>\d{{1,4}}|{'|'.join(sorted(_COUNTED, key=len, reverse=True))})"
    r"(?= (?:nguoi|dua|thang|ten|xe|chiec|ong|co|cai|em|chau|be|tre|mang)\b|\W*$)"
)
__all__ = ["LONGEST_ANSWER", "Unclear", "read_answer", "read_correction"]
LONGEST_ANSWER = 2_000


@dataclass(frozen=True)
class Unclear:
    """No answer: the citizen does not know (`unknown`), passes over it (`skip`), or it cannot be read.

    Other reasons: `empty`, `which_choice`, `no_time`, `no_place`, `no_money` (a number without its unit
    is `money_unit`), `no_number`, `no_plate`, `no_contact`, `no_account`.
    """

    reason: str


_UNKNOWN = re.compile(
    r"^(?:da )?(?:(?:toi|em|minh|tui|con|chau) )?(?:cung )?(?:chiu|bo tay|(?:khong|ko|k|kg|hong|hok|hem|"
    r"khum|chua|chang|cha) "
    r"(?:biet|bik|bit|ro|nho|thay ro|nhin ro|chac|de y|co thay|thay|nhan ra|nhin thay|kip nhin|"
    r"kip thay)|quen(?: mat)?(?: roi)?|"
    r"ai ma biet|sao biet duoc)(?: (?:nua|lam|dau|ro|het|a|ah|oi|luon|bien so|ten|gio|may gio|la ai|gi|"
    r"duoc|dc|chac|chinh xac|cho nao|o dau|duong nao|luc nao|ngay nao|ten duong|so nha))*\W*$"
)
_SKIP = re.compile(
    r"^(?:da )?(?:(?:toi|em|minh|tui) )?(?:xin )?(?:bo qua|cho qua|skip|qua cau khac|cau khac|"
    r"khong muon (?:noi|tra loi|ke)|khoi|"
    r"khong (?:tra loi|noi)|next|hoi cau khac|thoi bo qua)(?: (?:di|a|nha|nhe|cau nay|duoc khong))*\W*$"
)
_NO = re.compile(
    r"^(?:da )?(?:khong|ko|k|kg|hong|hok|hem|chua|chang|khum|no|khong co|khong phai|ko co|"
    r"chua co)(?: (?:a|ah|dau|ai|gi|bi|co|em|anh|chi|het|phai))*\W*$"
)
_YES = re.compile(
    r"^(?:da )?(?:co|roi|co roi|u|uh|uk|um|dung|dung roi|phai|ok|oke|vang|da|yes|co a|da co)(?: (?:a|ah|"
    r"em|anh|chi|nha|nhe|roi))*\W*$"
)
_DENIES = re.compile(r"\b(?:khong|ko|chua|chang|hong)\b")
_WORDS_OF_NO = frozenset(("khong", "ko", "k", "kg", "hong", "hok", "hem", "chua", "chang", "khum"))


def read_answer(
    question: Question,
    text: str,
    sent_at: datetime,
    units: UnitSearch | None = None,
    home: Unit | None = None,
) -> Fact | Unclear:
    """Read an answer to a question, sent at an aware moment."""
    given, folded = folded_alike(text[:LONGEST_ANSWER].strip())
    plain = " ".join(folded.split())
    if not re.search(r"\w", folded):
        return Unclear("empty")
    if _SKIP.match(plain):
        return Unclear("skip")
    if question.expects != "choice" and _UNKNOWN.match(plain):
        return Unclear("unknown")
    if question.expects == "place":
        return _place(given, units, home)
    if question.expects == "time":
        return _time(question, given, folded, sent_at)
    return _READERS[question.expects](question, given, folded)


def _choice(question: Question, given: str, folded: str) -> Fact | Unclear:
    """Find the choice that was tapped, typed, or meant by yes or no."""
    plain = re.sub(r"[^\w ]", " ", folded)
    said = plain.split()
    forms = [re.sub(r"[^\w ]", " ", folded_alike(one)[1]).split() for one in question.choices]
    exact = [choice for choice, form in zip(question.choices, forms, strict=True) if form == said]
    if exact:
        return Fact(given, exact[0])
    if said and said[0].isdigit() and len(said) == 1 and 1 <= int(said[0]) <= len(question.choices):
        return Fact(given, question.choices[int(said[0]) - 1])
    joined = " ".join(said)
    if _UNKNOWN.match(joined):
        unsure = [one for one in question.choices if "không rõ" in one.lower()]
        return Fact(given, unsure[0]) if unsure else Unclear("unknown")
    if found := _special(question, given, joined):
        return found
    negative = [_is_no(form) for form in forms]
    if _NO.match(joined) and any(negative):
        return Fact(given, question.choices[negative.index(True)])
    if _YES.match(joined) and not all(negative):
        return Fact(given, question.choices[negative.index(False)])
    no = bool(_DENIES.search(joined))
    contents = [{word for word in form if word not in _WORDS_OF_NO and len(word) > 1} for form in forms]
    scored = []
    for choice, content, is_no in zip(question.choices, contents, negative, strict=True):
        others = set().union(*(other for other in contents if other is not content))
        shared = sum(word in said for word in content) / max(1, len(content))
        own = any(word in said for word in content - others)
        scored.append((shared + 0.5 * own - (0.6 if is_no != no else 0.0), choice))
    scored.sort(key=lambda pair: -pair[0])
    if scored and scored[0][0] >= 0.45 and (len(scored) == 1 or scored[0][0] > scored[1][0]):
        return Fact(given, scored[0][1])
    return Unclear("which_choice")


def _is_no(form: list[str]) -> bool:
    return bool(form) and form[0] in _WORDS_OF_NO and form != ["khong", "ro"]


# "Không nhớ chỗ nào" is no "không".
_KNOWS_NOT = r"(?! (?:nho|biet|bik|ro|chac|de y|thay ro|nhin ro))"

# fact → (pattern over the folded answer, how the choices that it means begin); the first that fits counts.
_MEANT: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "dang_dien_ra": (
        (
            r"\b(?:hom qua|toi qua|dem qua|hom truoc|lau roi|da lau|qua roi|da qua|xong lau|da xong|"
            r"khong con|het roi|da dung)\b",
         ("đã lâu", "đã dừng", "đã qua", "không, chỉ")),
        (
            r"\b(?:vua xong|moi xong|vua moi|moi day|vua roi|moi nay|hoi nay|"
            r"xong roi)\b", ("vừa xong", "đã dừng", "đã qua")),
        (rf"^(?:khong|ko|chua|het)\b{_KNOWS_NOT}", ("không, chỉ", "đã lâu", "đã dừng", "đã qua")),
        (r"\bgas\b|\bga\b", ("có mùi gas",)),
        (r"\bcao toc\b", ("đang đi, trên",)),
        # "Khói", and not "thôi khỏi đi", which without marks is the same.
        (
            r"\b(?:dang|van|con (?:dang|chay|o do)|(?<!thoi )khoi(?! (?:di|can|lo|bao|noi|phai))|chay)\b|"
            r"^con$",
            ("đang", "còn đang"),
        ),
    ),
    "an_toan": (
        (r"\bkhong (?:co )?(?:nguy hiem|sao)\b", ("không", "đã")),
        (r"\bnguy hiem\b", ("có nguy hiểm", "chưa")),
        (
            rf"^(?:chua|khong|ko)\b{_KNOWS_NOT}|\b(?:chua|khong)\b.*\b(?:an toan|on)\b|"
            r"\bdang (?:tron|bi|o trong)\b|"
            r"\bnguy hiem\b|\bso (?:lam|qua)\b",
         ("chưa", "không")),
        (r"\b(?:an toan|on roi|ra ngoai|tranh xa|o nha me|ve nha|roi)\b", ("đã",)),
    ),
    "ngan_hang": (
        (r"\b(?:tien mat|dua tay|the cao|khong (?:chuyen )?qua ngan hang|vi dien tu)\b", ("không chuyển",)),
        (rf"\b(?:chua|khong kip|ko kip)\b|^(?:khong|ko)\b{_KNOWS_NOT}", ("chưa",)),
        (r"\b(?:da|goi|bao|khoa|roi)\b", ("đã",)),
    ),
    "bi_thuong": (
        (
            r"\b(?:khong|ko|chua|hong) (?:co )?(?:ai|sao|bi)\b|^(?:khong|ko|chua)\b(?! (?:ro|"
            r"biet))", ("không ai", "chưa")),
        (
            r"\b(?:da goi|goi)\b.*\b(?:115|cap cuu|roi)\b|\b115 (?:cho|toi|den)\b|\b(?:di|nhap|vo|"
            r"vao) (?:vien|benh vien)\b",
         ("có, đã gọi", "có")),
        (r"\b(?:co|bi thuong|gay|chay mau|bat tinh|ngat|tray|te|chet)\b", ("có, chưa gọi", "có")),
    ),
}  # fmt: skip


def _special(question: Question, given: str, joined: str) -> Fact | None:
    """Read answers in other words than the choices': "đang", "rồi, gọi vietcombank rồi", "an toàn rồi"."""
    for pattern, begins in _MEANT.get(question.fact, ()):
        if re.search(pattern, joined):
            for begin in begins:
                for choice in question.choices:
                    if choice.lower().startswith(begin):
                        return Fact(given, choice)
    return None


def _time(question: Question, given: str, folded: str, sent_at: datetime) -> Fact | Unclear:
    if question.fact == "lap_lai":
        return Fact(given)
    if re.match(r"^\W*(?:chua|chua chuyen)\b", folded) and question.fact == "thoi_gian" and len(folded) < 40:
        return Fact(given, None)
    spelt = _as_clock(folded)
    found = (find_time(spelt, sent_at) if spelt != folded else None) or find_time(given, sent_at)
    if found is None:
        return Unclear("no_time")
    said = given if found.said not in given else found.said
    if found.value and only_hour(said) and sent_at.astimezone(VIETNAM).hour < 4 and not found.doubt:
        return Fact(said, found.value, "after_midnight")
    return Fact(said, found.value, found.doubt)


def _as_clock(folded: str) -> str:
    """Write "9 tối", "8 rưỡi tối", "21.30" as times that a story would spell out."""
    said = re.sub(r"^\W*(mai|mot)\W*$", r"ngay \1", folded)
    said = re.sub(r"\b(\d{1,2})[.](\d{2})\b(?![./])", r"\1:\2", said)
    said = re.sub(r"\b(\d{1,2}) (?=(?:sang|trua|chieu|toi|dem|khuya)\b)", r"\1h ", said)
    if re.fullmatch(r"\W*(?:khoang |tam |luc |chung )*\d{1,2}\W*", said):
        return re.sub(r"(\d{1,2})", r"\1h", said)
    return said


def _place(given: str, units: UnitSearch | None, home: Unit | None) -> Fact | Unclear:
    taken = find_numbers(given).taken
    found = find_place(given, taken, units, home, answer=True)
    if found is not None:
        # The whole answer is where: "hẻm 12 đi vô tới cây xoài, bên tay trái".
        return Fact(given, found.value, found.doubt)
    if len(re.findall(r"[^\W\d_]{2,}|\d+", given)) < 1 or len(given) < 3:
        return Unclear("no_place")
    return Fact(given, None, "vague")


def _money(question: Question, given: str, folded: str) -> Fact | Unclear:
    sums = find_sums(folded, paid=True)
    fact = money_fact(given, folded, sums)
    if fact is not None:
        return Fact(given if question.fact == "tai_san" else fact.said, fact.value, fact.doubt)
    if question.fact == "tai_san" and re.search(r"[^\W\d_]{2,}", given):
        return Fact(given)
    digits = re.sub(r"[ .,]", "", folded)
    if digits.isdigit():
        amount = int(digits)
        if amount >= 10_000:
            return Fact(given, amount, "too_much" if amount > MOST_MONEY else "")
        return Unclear("money_unit")
    if re.search(r"\b(?:khong|chua|ko)\b", folded):
        return Fact(given, 0)
    return Unclear("no_money")


def _people(question: Question, given: str, folded: str) -> Fact | Unclear:
    if match := _HOW_MANY.search(folded):
        said = match["n"]
        return Fact(given, int(said) if said.isdigit() else _COUNTED[said])
    if re.search(r"\b(?:nhieu|dong|may|chuc|nhom|dam|vai|it|tram)\b", folded):
        return Fact(given)
    return Unclear("no_number")


_VEHICLE = re.compile(
    r"\b(?:xe|oto|o to|bien|mau|wave|vision|sirius|exciter|airblade|dream|sh|di bo|chay bo)\b"
)


def _plate(question: Question, given: str, folded: str) -> Fact | Unclear:
    found = find_numbers(given).facts.get("bien_so")
    if found is not None:
        return found
    if re.search(r"\d{2}", folded):
        cued = find_numbers(f"biển số {given}").facts.get("bien_so")
        return Fact(given, None, cued.doubt if cued else "partial_plate")
    if find_sums(folded) and not _VEHICLE.search(folded):
        return Unclear("no_plate")  # what was taken, and not what they rode
    if re.search(r"[^\W\d_]{2,}", given):
        return Fact(given)  # a kind or colour of vehicle
    return Unclear("no_plate")


def _account(question: Question, given: str, folded: str) -> Fact | Unclear:
    numbers = find_numbers(given)
    found = numbers.facts.get("tai_khoan") or numbers.facts.get("lien_he")
    if found is not None and isinstance(found.value, str):
        found = Fact(found.said, {"dien_thoai": [found.value]})
    if found is None and re.search(r"\d(?:[ .-]?\d){5,18}", folded):
        found = find_numbers(f"stk {given}").facts.get("tai_khoan")
    if found is not None:
        return Fact(given, found.value, found.doubt)
    if re.search(r"[^\W\d_]{2,}", given):
        return Fact(given)
    return Unclear("no_account")


def _contact(question: Question, given: str, folded: str) -> Fact | Unclear:
    for choice in question.choices:
        if folded_alike(choice)[1] == folded.strip():
            return Fact(given, choice)
    numbers = find_numbers(given)
    if numbers.phones:
        return Fact(given, numbers.phones[0])
    if re.search(r"\d", folded):
        # Digits that make no phone number: asked again rather than stored wrong.
        return Fact(given, None, "not_a_phone")
    if re.search(r"[^\W\d_]{2,}", given):
        return Fact(given)
    return Unclear("no_contact")


def _person(question: Question, given: str, folded: str) -> Fact | Unclear:
    if question.fact == "nguoi_can_tim":
        found = find_people(given, folded).get("nguoi_can_tim")
        return Fact(given, found.value if found else _age(given))
    return Fact(given, _age(given))


def _age(given: str) -> dict[str, int] | None:
    found = find_people(f"người {given}", folded_alike(f"người {given}")[1])
    value: Any = next(
        (fact.value for name, fact in found.items() if name in ("doi_tuong", "nguoi_can_tim") and fact.value),
        None,
    )
    return value if isinstance(value, dict) else None


def _evidence(question: Question, given: str, folded: str) -> Fact | Unclear:
    found = find_themes(given, folded).get("bang_chung")
    return Fact(given, found.value if found else None)


def _text(question: Question, given: str, folded: str) -> Fact | Unclear:
    found = find_themes(given, folded).get(question.fact)
    return Fact(given, found.value if found else None)


_READERS: dict[str, Callable[[Question, str, str], Fact | Unclear]] = {
    "choice": _choice,
    "money": _money,
    "people": _people,
    "plate": _plate,
    "account": _account,
    "contact": _contact,
    "person": _person,
    "evidence": _evidence,
    "text": _text,
}

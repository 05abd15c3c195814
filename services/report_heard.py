"""One message inside a report: what came, and what its words mean to the dialogue whatever the model thinks.

The language model reads each sentence by itself and knows nothing of the question that was asked; a
bare "thôi", "ko bik" or "hẻm 12" is understood here, by exact words, before its guess is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.report_draft import Evidence
from services.text import fold, squeeze

# The model is believed from here on when nothing in the words speaks against it.
SURE = 0.6
# And from here on when the sentence is also worded as a question.
SURE_FOR_A_QUESTION = 0.35
# "Cảm ơn em" is no answer to any question.
SURE_OF_TALK = 0.8
_SMALL_TALK = 5

TELLING = frozenset(
    {
        "to_giac_toi_pham",
        "to_giac_lua_dao_mang",
        "phan_anh_giao_thong",
        "phan_anh_trat_tu_cong_cong",
        "kien_nghi_phan_anh",
        "khieu_nai_can_bo",
        "khan_cap",
    }
)
# What is answered in between, after which the report goes on.
_BESIDE = frozenset(
    {"so_sanh_thu_tuc", "gap_can_bo", "xoa_du_lieu", "tra_cuu_tien_do", "chao_hoi", "cam_on_tam_biet"}
)
_TALK = frozenset({"chao_hoi", "cam_on_tam_biet"})

_STOP = (
    "thoi|dung lai|dung|ngung|ngung lai|stop|huy|huy bo|huy di|huy tin|huy tin bao|huy bao tin|thoat|"
    "exit|quit|cancel|thoi khong bao nua|thoi ko bao nua|thoi k bao nua|khong bao nua|ko bao nua|"
    "k bao nua|thoi khong lam nua|khong lam nua|thoi bo di|bo di|dep|dep di|thoi dep|de sau|"
    "de luc khac|khong gui nua|ko gui nua|thoi huy|thoi huy di|toi khong muon bao nua|"
    "khong muon bao nua|bo tin nay|xoa tin nay|bo me no di|bo me di|dep me di|dep cha di|forget it"
)
_SKIP = (
    "bo qua|skip|next|qua|qua cau khac|bo qua cau nay|cau khac|bo cau nay|tiep|tiep theo|cau sau|"
    "de trong|bo qua di|cho qua|khong muon tra loi|ko muon tra loi|khong tra loi|toi khong muon noi|"
    "khong muon noi"
)
_UNKNOWN = (
    "khong biet|ko biet|k biet|kh biet|hong biet|hok biet|hem biet|khum biet|chang biet|chiu|"
    "khong ro|ko ro|k ro|hong ro|khong nho|ko nho|k nho|hong nho|quen roi|quen mat roi|"
    "khong biet nua|toi khong biet|toi ko biet|em khong biet|em ko biet|e ko bik|ko bik|k bik|"
    "khong bik|hong bik|khong thay|ko thay|khong thay ro|khong thay ro mat|khong nhin ro|ko nhin ro|"
    "khong nho ro|ko nho ro|khong chac|da khong biet|da em khong biet|minh khong biet|tui hong biet|"
    "tui khong biet|tui ko biet|deo biet|eo biet|dech biet|ai biet|i don t know|dont know|i dont know"
)
_YES = (
    "co|dung|dung roi|dung vay|vang|da|da dung|da co|da vang|uh|um|u|ok|oke|okay|okie|oki|gui|gui di|"
    "gui tin|gui tin nay|gui luon|gui giup|gui giup toi|gui cho cong an|dong y|dong y gui|"
    "dong y gui tin|chuan|chinh xac|xac nhan|yes|y|du roi|dung het roi|tiep tuc|tiep|tiep tuc di|"
    "bao tiep|lam tiep|duoc|dc|duoc roi|dc roi"
)
# "Send it now", while questions wait: the rest is left out. A bare "gửi" may promise a picture.
_SEND = (
    "gui di|gui tin|gui tin di|gui tin nay|gui luon|gui luon di|gui giup|gui giup toi|gui cho cong an|"
    "gui di em|ok gui|ok gui di|ok gui luon|oke gui|gui ngay di|gui ngay|gui lien di|gui nhanh di|"
    "hoi nhieu qua gui di|du roi gui di|thoi gui di|cu gui di|gui vay di"
)
_NO = (
    "khong|ko|k|hong|hok|khong dung|ko dung|chua dung|sai|sai roi|chua|no|khong phai|ko phai|"
    "khong can|ko can|thoi khoi|khoi"
)
_SAFE = (
    "toi an toan bao tiep|toi an toan|an toan|an toan roi|da an toan|em an toan|minh an toan|"
    "tui an toan|on roi|toi on|bao tiep|qua roi|xong roi|het roi|tui an toan roi|toi an toan roi|"
    "em an toan roi|toi an toan roi no chay mat roi|no chay mat roi|no chay roi|i am safe|i m safe|"
    "i am safe now|i m safe now|im safe|im safe now"
)


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split("|"))


_LISTS = {name: _words(listed) for name, listed in (
    ("stop", _STOP), ("skip", _SKIP), ("unknown", _UNKNOWN), ("yes", _YES), ("no", _NO), ("safe", _SAFE),
    ("send", _SEND),
)}  # fmt: skip
# "ok gửi giúp em đi nha": any number of these, at least one of the first kind.
_YES_CORE = _words("ok|oke|okay|okie|oki|gui|dung|vang|chuan|duoc|dc")
_YES_WORDS = _YES_CORE | _words(
    "di|luon|giup|gium|toi|em|minh|tui|con|nhe|nha|nghen|a|ah|da|cho|cong|an|tin|nay|roi|het|y|dong|u|uh|co"
)
_PARTICLES = re.compile(r"\b(a|nha|nhe|nghen|nghe|di|roi|luon|giup|gium|em|anh|chi|ban|bot|oi|da|vay|het)\b")
# "Thôi khỏi đi, tôi tìm thấy rồi": asked whether to drop it, nothing is dropped by this alone.
_TAKEN_BACK = re.compile(
    r"^(?:a |oi |ma |ua )?thoi (?:khoi|khong can|ko can|k can)\b|^khoi (?:bao|can|lam) nua\b|"
    r"\b(?:tim (?:thay|duoc|ra)|thay lai|lay lai duoc)"
    r"(?: (?:xe|do|con|chau|be|no|vi|tui|may|dien thoai)){0,2} roi$"
)
_SHORT = 12
_ASKS_AFTER = re.compile(
    r"\b(?:toi|den|xuong|xu ly|giai quyet|tiep nhan|nhan|bat duoc|xem)"
    r"(?: (?:tin|no|vu nay|viec nay|noi|gi))? "
    r"(?:chua|toi dau roi|den dau roi|xong chua)(?: (?:a|ah|em|ban|vay|nhi|the))*$|"
    r"\b(?:toi|den) dau roi(?: (?:a|em|vay))*$|\bco ai (?:toi|den|xuong|nhan)\b"
)
_NO_WORD = re.compile(r"[^\w\s]")
_ASKING = re.compile(
    r"\?|\b(can gi|giay to gi|gom gi|nhung gi|bao nhieu|bao lau|o dau|lam sao|the nao|nhu nao|ra sao|"
    r"khi nao|may ngay|may gio|duoc khong|dc ko|duoc ko|dc khong|co phai|phai khong|la gi|thu tuc|le phi|"
    r"ho so gi|ai giai quyet|lam gi|can nhung|mat bao|ton bao)\b"
)


@dataclass(frozen=True)
class Heard:
    """One message: its id, the text, what the model took it for, and whatever came beside words.

    `choice` is the id behind a tapped button; `contact` holds name, phone, address sent through Zalo.
    """

    key: str
    text: str
    sent_at: datetime
    intent: str = ""
    confidence: float = 0.0
    choice: str = ""
    evidence: tuple[Evidence, ...] = ()
    place: tuple[float, float] | None = None
    contact: Mapping[str, str] = field(default_factory=dict)
    ranking: tuple[tuple[str, float], ...] = ()
    sticker: bool = False

    @property
    def bare(self) -> str:
        """The text without marks, signs and blanks too many."""
        return squeeze(_NO_WORD.sub(" ", fold(self.text)))

    def says(self, what: str) -> bool:
        """Tell whether the whole message is one way of saying stop, skip, unknown, yes, no, safe or send."""
        bare = self.bare
        if bare in _LISTS[what] or squeeze(_PARTICLES.sub(" ", bare)) in _LISTS[what]:
            return True
        said = set(bare.split())
        return what == "yes" and bool(said & _YES_CORE) and said <= _YES_WORDS

    @property
    def asks(self) -> bool:
        """Tell whether the text is worded as a question."""
        return bool(_ASKING.search(fold(self.text)))

    @property
    def stops(self) -> bool:
        """Tell whether the citizen wants to end the report."""
        return self.says("stop") or (self.intent == "dung_lai" and self.confidence >= SURE)

    @property
    def takes_back(self) -> bool:
        """Tell whether the matter is no more: "thôi khỏi đi, tôi tìm thấy rồi"."""
        return bool(_TAKEN_BACK.search(self.bare)) and len(self.bare.split()) <= _SHORT

    @property
    def asks_after(self) -> bool:
        """Tell whether this asks what became of something: "công an tới chưa", "xử lý tới đâu rồi"."""
        return bool(_ASKS_AFTER.search(self.bare)) and len(self.bare.split()) <= _SHORT

    @property
    def skips(self) -> bool:
        """Tell whether the citizen passes this question over."""
        return self.says("skip") or (self.intent == "bo_qua" and self.confidence >= SURE)

    @property
    def knows_not(self) -> bool:
        """Tell whether the citizen does not know the answer."""
        return self.says("unknown")

    def is_beside(self, unclear: bool = False) -> bool:
        """Tell whether this is about something else, to be answered before the report goes on.

        `unclear` says that it fits nothing that was asked, so that a weaker guess is believed.
        """
        if self.choice or self.evidence or self.place or not self.text:
            return False
        if self.intent in _TALK:
            small_talk = len(self.text.split()) <= _SMALL_TALK and self.confidence >= SURE_OF_TALK
            return small_talk or (unclear and self.confidence >= SURE)
        if not (self.intent.startswith("hoi_") or self.intent in _BESIDE):
            return False
        least = SURE_FOR_A_QUESTION if self.asks or unclear else SURE
        return self.confidence >= least and (self.asks or unclear or self.intent in _BESIDE)

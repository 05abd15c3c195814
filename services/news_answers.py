"""What a citizen hears about news, warnings, and a message that may be a scam.

`answer` reads the question: a message to be judged, a wish for the latest items, or a subject. What is
not among the checked items is said to be missing: rumours and cases are never confirmed or denied.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.news import KIND_TITLES, NewsItem, find
from services.scam_signs import ScamBook, Suspicion
from services.text import fold, nfc, squeeze
from services.wording import day

PER_PAGE = 3
MOST_SIGNS = 6
CHECK_ONE = "kiem_tra"
_LIST = "danh_sach"

ASK_TO_PASTE = (
    "Dạ, anh/chị chép nguyên tin nhắn, đường link hoặc kể lời người gọi vào đây, trợ lý chỉ ra dấu hiệu "
    "đáng ngờ.\nTrong lúc chờ: khoan chuyển tiền, khoan bấm link, khoan đọc mã OTP. Xin che số căn cước, "
    "số tài khoản của mình trước khi gửi."
)
LOOKS_LIKE = "Dạ, chuyện này giống kiểu lừa đảo “{title}”. Anh/chị đừng làm theo."
SUSPICIOUS = "Dạ, chuyện này có dấu hiệu lừa đảo. Anh/chị đừng làm theo khi chưa hỏi lại nơi chính thức."
ONE_SIGN = (
    "Dạ, chuyện này có một dấu hiệu đáng ngờ. Chưa chắc là lừa đảo, nhưng anh/chị đừng làm theo khi chưa "
    "hỏi lại nơi chính thức."
)
NOT_KNOWN_SAFE = (
    "Dạ, trợ lý không thấy dấu hiệu lừa đảo quen thuộc trong lời này, nhưng như vậy KHÔNG có nghĩa là "
    "an toàn: kẻ gian luôn có chiêu mới, và trợ lý không mở được đường link, không tra được số lạ."
)
NEW_ITEMS = "{title} của {page}:"
NOTHING_NEW = "Dạ, hiện trang chưa đăng mục {title} nào còn hiệu lực."
NO_SUCH_NEWS = (
    "Dạ, trang chưa có tin nào đã kiểm tra về việc này, nên trợ lý không xác nhận cũng không bác bỏ. "
    "Tin chưa rõ thật giả thì anh/chị khoan chia sẻ. Cần hỏi cán bộ, anh/chị bấm “Gặp cán bộ”."
)
_ASKS_IF_SCAM = re.compile(
    r"\b(?:lua|lua dao|gia mao|gia danh|that hay gia|gia hay that|(?:co|la|tin) that|that khong|thiet"
    r"|that gia|thiet khong|tin duoc|dang tin|tin noi|dang ngo|nghi|co nen|an toan|co sao|bay|xao"
    r"|uy tin|co dung|dung khong|coi giup|coi gium|xem giup|xem gium|kiem tra gium|co phai|phai thiet"
    r"|nhan biet|mao danh|chieu|bao gio)\b"
)
_WANTS_LIST = re.compile(
    r"\b(?:canh bao|tin tuc|tin moi|tin gi|ban tin|tin an ninh|thong bao moi|co tin|xem tin|thu doan"
    r"|chieu lua|kieu moi|chieu moi|lua dao moi|lua kieu|dich lua dao|canh giac|phong tranh lua"
    r"|tranh lua|khoi bi lua|tranh bi lua|bai tuyen truyen|an toan giao thong|bai canh bao|tin cua"
    r"|cap nhat tinh hinh)\b"
)
# Somebody came up to the citizen: by a message, a call, a link that is to be tapped.
_APPROACHED = re.compile(
    r"\b(?:tin nhan|nhan (?:duoc )?tin|sms|goi (?:den|toi|dien|bao|lai|cho)|cuoc goi|so la|nguoi la|zalo la"
    r"|bao (?:toi|em|minh|tui|con)|yeu cau (?:toi|em|minh|chuyen|dong|nop|cai|bam)|keu (?:toi|em|minh|tui)"
    r"|bam (?:vao )?(?:link|duong|lien ket)|bat (?:toi|em|minh)|doi (?:toi|em|minh) (?:chuyen|nop|dong))\b"
)
_TRAFFIC = re.compile(r"\b(?:giao thong|atgt|csgt|phat nguoi)\b")
_WARNINGS = re.compile(r"\b(?:canh bao|lua|thu doan|chieu|canh giac|kieu moi)\b")
# Persons wanted, closed roads, cases, rumours: nothing of it is among the checked items.
_NOT_OURS = re.compile(
    r"\b(?:truy na|tron trai|cam duong|cam xe|phan luong|tac duong|ngap|sat lo|phao hoa|marathon"
    r"|mat tich|vu chay|vu cuop|vu trom|vu lua|bat duoc|bi bat chua|tin don|nghe don|dong the|dong vay"
    r"|chot nong do|ra quan|dien tap|luat moi|quy dinh moi|doi ten|doi tien|truc thang|bat coc tre em"
    r"|tim than nhan|tim chu so huu|bi hai)\b"
)
_QUOTED = re.compile(r"[“\"«].{12,}[”\"»]|: ?\S.{15,}", re.DOTALL)
_LONG = 9


@dataclass(frozen=True)
class NewsChoice:
    """A button: `muc` is what it asks for, `say` the sentence that a tap says."""

    title: str
    muc: str
    say: str


@dataclass(frozen=True)
class NewsAnswer:
    """One message in plain NFC text; `items` are those listed, `link` a page to open.

    `lost_money` offers to report a fraud, `officer` to speak with a person, `digest` the weekly digest.
    """

    text: str
    choices: tuple[NewsChoice, ...] = ()
    items: tuple[NewsItem, ...] = ()
    link: str | None = None
    lost_money: bool = False
    officer: bool = False
    digest: bool = False


@dataclass(frozen=True)
class NewsDesk:
    """What a page shows on a day, and the book of signs that pasted messages are judged by."""

    page: str
    items: Sequence[NewsItem]
    book: ScamBook
    on: date

    def answer(self, text: str, muc: str | None = None) -> NewsAnswer:
        """Answer a question, or what a tapped button asked for."""
        made = self._tapped(muc) if muc else self._asked(text)
        return NewsAnswer(**{**made.__dict__, "text": nfc(made.text)})

    def warning(self, text: str) -> NewsAnswer | None:
        """Warn where a question about a procedure tells of somebody who may be a fraud; None otherwise.

        "nhận tin nhắn báo phạt nguội, bấm vào link này có thật không" asks about traffic fines by its words.
        """
        if not reports_an_approach(text):
            return None
        suspicion = self.book.suspect(text)
        if suspicion.pattern is None and len(suspicion.signs) < 2:
            return None
        made = self._suspicious(suspicion)
        return NewsAnswer(**{**made.__dict__, "text": nfc(made.text)})

    def _tapped(self, muc: str) -> NewsAnswer:
        if muc == CHECK_ONE:
            return NewsAnswer(ASK_TO_PASTE)
        if muc.startswith(_LIST):
            _, kind, start = [*muc.split(":"), "", "0"][:3]
            return self._list(kind or None, int(start) if start.isdigit() else 0)
        item = next((item for item in self.items if item.id == muc), None)
        return self._item(item) if item else self._list(None, 0)

    def _asked(self, text: str) -> NewsAnswer:
        folded = squeeze(fold(text))
        suspicion = self.book.suspect(text)
        doubts = _ASKS_IF_SCAM.search(folded) is not None
        pasted = _QUOTED.search(nfc(text)) is not None
        if suspicion.any and (doubts or pasted or len(suspicion.signs) > 1):
            return self._suspicious(suspicion)
        if pasted and doubts:
            return self._unknown_message()
        if _NOT_OURS.search(folded):
            return self._missing()
        if _WANTS_LIST.search(folded):
            return self._list(_kind(folded), 0)
        if item := find(self.items, text):
            return self._item(item)
        if suspicion.any:
            return self._suspicious(suspicion)
        if doubts:
            return self._unknown_message() if len(folded.split()) > _LONG else NewsAnswer(ASK_TO_PASTE)
        return self._list(None, 0) if len(folded.split()) <= 4 else self._missing()

    def _suspicious(self, suspicion: Suspicion) -> NewsAnswer:
        pattern = suspicion.pattern
        lines = [ONE_SIGN if len(suspicion.signs) == 1 else SUSPICIOUS]
        if pattern:
            lines = [LOOKS_LIKE.format(title=pattern.title.replace("“", "").replace("”", ""))]
        if suspicion.signs:
            lines += ["Dấu hiệu:", *(f"• {sign.says}" for sign in suspicion.signs[:MOST_SIGNS])]
        if pattern:
            lines += [f"Cách kẻ gian làm: {pattern.how}", "Nên làm:", *(f"• {one}" for one in pattern.advice)]
            lines += [f"• {self.book.do_now[0]}"]
        else:
            lines += ["Nên làm:", *(f"• {one}" for one in self.book.do_now)]
        lines += ["Xin nhớ:", *(f"• {says}" for _, says in self._never(suspicion))]
        return self._ending(lines)

    def _never(self, suspicion: Suspicion) -> list[tuple[str, str]]:
        about = {
            "phat_nguoi_gia": ("phat_nguoi", "dien_thoai"),
            "vneid_gia": ("dia_gioi", "dien_thoai"),
            "lua_lan_hai": ("thu_tien", "dien_thoai"),
        }.get(suspicion.pattern.id if suspicion.pattern else "", ("dien_thoai", "thu_tien"))
        return [item for item in self.book.never if item[0] in about]

    def _unknown_message(self) -> NewsAnswer:
        lines = [NOT_KNOWN_SAFE, "Nên làm:", *(f"• {one}" for one in self.book.do_now)]
        lines += ["Xin nhớ:", *(f"• {says}" for _, says in self.book.never)]
        return self._ending(lines)

    def _ending(self, lines: list[str]) -> NewsAnswer:
        calls = "; ".join(f"{call.number} – {call.use}" for call in self.book.calls)
        lines += [
            self.book.lost_money,
            f"Gọi: {calls}.",
            f"Kiểm tra ngày {day(date.fromisoformat(self.book.verified_on))}",
        ]
        return NewsAnswer("\n".join(lines), lost_money=True, officer=True)

    def _list(self, kind: str | None, start: int) -> NewsAnswer:
        fitting = [item for item in self.items if kind is None or item.kind == kind]
        title = KIND_TITLES.get(kind or "", "Tin tức, cảnh báo")
        here = fitting[start : start + PER_PAGE]
        if not here:
            return NewsAnswer(NOTHING_NEW.format(title=title.lower()), (_CHECK,), officer=True)
        lines = [NEW_ITEMS.format(title=title, page=self.page)]
        for number, item in enumerate(here, start=start + 1):
            lines.append(f"{number}. {item.title}\n{item.summary}")
        choices = [
            _choice(f"{number}. {item.title}", item) for number, item in enumerate(here, start=start + 1)
        ]
        if start + PER_PAGE < len(fitting):
            more = f"{_LIST}:{kind or ''}:{start + PER_PAGE}"
            choices.append(
                NewsChoice("Xem thêm", more, f"Xem thêm {title.lower()}, từ mục {start + PER_PAGE + 1}")
            )
        choices.append(_CHECK)
        # A blank line between items: on a phone each title takes two lines or three.
        text = "\n".join([lines[0], "\n\n".join(lines[1:])])
        return NewsAnswer(text, tuple(choices), tuple(here))

    def _item(self, item: NewsItem) -> NewsAnswer:
        until = f" · Hiệu lực đến {day(item.valid_to)}" if item.valid_to else ""
        source = f"Nguồn: {item.source_title} · Kiểm tra ngày {day(item.checked_on)}{until}"
        title = KIND_TITLES[item.kind]
        others = NewsChoice(f"{title} khác", f"{_LIST}:{item.kind}:0", f"Xem {title.lower()} khác")
        return NewsAnswer(f"{item.title}\n{item.text}\n{source}", (others,), link=item.link, digest=True)

    def _missing(self) -> NewsAnswer:
        latest = tuple(_choice(item.title, item) for item in self.items[:2])
        return NewsAnswer(NO_SUCH_NEWS, latest, officer=True)


_CHECK = NewsChoice("Tin này có phải lừa đảo?", CHECK_ONE, "Đây có phải lừa đảo không")


def reports_an_approach(text: str) -> bool:
    """Tell whether a text says that somebody wrote, called, or sent a link."""
    return _APPROACHED.search(squeeze(fold(text))) is not None


def list_muc(kind: str | None = None) -> str:
    """Give what a button to the list of one kind, or of all, asks for."""
    return f"{_LIST}:{kind or ''}:0"


def _choice(title: str, item: NewsItem) -> NewsChoice:
    return NewsChoice(title, item.id, f"Đọc: {item.title}")


def _kind(folded: str) -> str | None:
    if _TRAFFIC.search(folded):
        return "an_toan_giao_thong"
    return "canh_bao" if _WARNINGS.search(folded) else None

"""What a citizen hears about a unit: where it is, how to reach it, when it takes dossiers.

Only facts with a source are said. What is missing is said to be missing, with 113 and the unit
above instead; a number is never told without whose it is, who printed it and when it was checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.answer_parts import Office
from services.opening_hours import When, hours_lines
from services.text import fold, nfc, squeeze
from services.unit_places import Near
from services.unit_search import Found, One, Several, Unknown
from services.units import Directory, OldWard, Phone, ServiceHours, Unit
from services.wording import day
from services.working_days import WorkingCalendar

MAX_CHOICES = 5

NO_CLOCK = (
    "Giờ mở cửa và giờ nghỉ trưa của từng trụ sở chưa được xác nhận, nên trợ lý không nói giờ để tránh sai."
)
NO_ADDRESS = "Địa chỉ trụ sở công an: chưa có nguồn chắc chắn nên trợ lý không đoán."
SEAT = "Trụ sở Ủy ban nhân dân (không phải trụ sở công an): {seat}. Anh/chị có thể đến đó hỏi đường."
NO_PHONE = "Điện thoại: trợ lý chưa có số nào được kiểm tra. Việc gấp gọi 113{higher}."
HIGHER = "; hỏi thêm thì liên hệ đơn vị cấp trên là {title}"
OTHER_PLACE = "Nếu anh/chị hỏi nơi cùng tên ở tỉnh khác, xin nhắn thêm tên tỉnh."
SPLIT = (
    "{name} cũ ({town}) nay được chia vào nhiều phường: {units}.\n"
    "Nhà anh/chị ở đường nào, số nhà bao nhiêu ạ? Trợ lý chưa có danh sách đường của từng phường nên không "
    "đoán. Anh/chị bấm “Gặp cán bộ” rồi nhắn tên đường và số nhà, cán bộ sẽ chỉ đúng nơi.\n"
    "Biết chắc phường mới của mình thì anh/chị bấm tên phường. Việc gấp gọi 113."
)
ENDED = "{title} đã kết thúc hoạt động từ {since}."
WHICH_NOW = (
    "Nay anh/chị liên hệ Công an phường, xã nơi mình ở. Nhà anh/chị thuộc phường, xã nào ạ? "
    "Nhắn tên phường, xã cũ cũng được."
)
INCOMPLETE = "Danh bạ mới có {units}. Xã khác thì danh bạ chưa có."
CLASH = "Tên “{name}” có ở nhiều nơi. Anh/chị hỏi nơi nào ạ?"
NUMBER = (
    "“{name}” trước đây có ở nhiều nơi, chỉ có số thì chưa đủ. "
    "Anh/chị hỏi {name} của thành phố, thị xã nào ạ?"
)
ELSEWHERE = (
    "Danh bạ chưa có: {places}. Hỏi những nơi đó, anh/chị gọi 113 khi gấp, hoặc hỏi công an tỉnh ở đó."
)
NOT_LISTED = (
    "Dạ, danh bạ chưa có thông tin được kiểm tra về {what}, nên trợ lý không đọc địa chỉ, số điện thoại "
    "để tránh sai.\nViệc gấp anh/chị gọi 113."
)
DISTRICT = (
    "Công an quận, huyện, thị xã trong cả nước đã kết thúc hoạt động từ 01/03/2025. "
    "Nay anh/chị liên hệ Công an phường, xã nơi mình ở."
)
WHICH = (
    "Anh/chị cho biết tên phường, xã (tên cũ hay tên mới đều được), ví dụ “Công an phường Tây Thạnh ở đâu”.\n"
    "Danh bạ hiện có quận Tân Phú cũ ở TP.HCM, và Mỹ Tho, Gò Công, Cai Lậy cũ ở Đồng Tháp."
)
NEAREST_IS = (
    "Đơn vị gần nhất theo đường chim bay (khoảng {km} km) là {title}. Gần nhất chưa chắc là nơi quản lý địa "
    "bàn của anh/chị: nhà thuộc phường, xã nào thì hồ sơ nộp ở đó."
)
NEAREST = "Danh bạ chưa có tọa độ của các trụ sở nên trợ lý không chỉ được nơi gần nhất."
EMERGENCY = (
    "Số khẩn cấp:\n113 – Công an\n114 – Cháy nổ, cứu nạn\n115 – Cấp cứu\n"
    "112 – Thiên tai, tìm kiếm cứu nạn\n111 – Trẻ em, mua bán người"
)
_FIRST_TOWNS = ("quan_tan_phu", "tp_my_tho", "tp_go_cong", "tx_cai_lay")
_OLD_KINDS = {"phuong": "Phường", "xa": "Xã", "thi_tran": "Thị trấn", None: ""}


@dataclass(frozen=True)
class UnitChoice:
    """A button: `id` of a unit or a former one; `say` is the sentence that a tap says."""

    title: str
    say: str
    id: str


@dataclass(frozen=True)
class UnitAnswer:
    """One message in plain NFC text; `officer` offers to speak with a person, `link` opens a map."""

    text: str
    choices: tuple[UnitChoice, ...] = ()
    officer: bool = False
    link: str | None = None


@dataclass(frozen=True)
class Question:
    """What was asked besides the unit: `when` if hours, `named` if some unit was named at all."""

    text: str
    when: When | None = None
    named: bool = False

    def says(self, *phrases: str) -> bool:
        """Tell whether one of the phrases, given without marks, is in the text."""
        folded = squeeze(fold(self.text))
        return any(phrase in folded for phrase in phrases)


class DirectoryAnswers:
    """Puts what was found in the directory into words, as of a day."""

    def __init__(self, directory: Directory, calendar: WorkingCalendar, on: date) -> None:
        self.directory = directory
        self.calendar = calendar
        self.on = on

    def answer(self, found: Found, asked: Question) -> UnitAnswer:
        """Render one unit, a choice between several, or what to do when it is unknown."""
        if isinstance(found, One):
            made = self._one(found, asked)
        elif isinstance(found, Several):
            made = self._several(found, asked)
        else:
            made = self._unknown(found, asked)
        return UnitAnswer(nfc(made.text), made.choices, made.officer, made.link)

    def nearest(self, near: Near | None) -> UnitAnswer:
        """Say which unit is nearest to a place, or that nobody knows, and ask which ward it is."""
        if near is None:
            towns = tuple(map(self.directory.ended, _FIRST_TOWNS))
            choices = tuple(UnitChoice(f"{one.title} (cũ)", f"{one.title} ở đâu", one.id) for one in towns)
            return UnitAnswer(nfc(f"{NEAREST}\n{WHICH}"), choices, True)
        shown = self.answer(One(near.unit), Question(""))
        km = f"{near.km:.1f}".replace(".", ",")
        lead = NEAREST_IS.format(km=km, title=self._full_title(near.unit))
        return UnitAnswer(nfc(f"{lead}\n{shown.text}"), shown.choices, True, shown.link)

    def _one(self, found: One, asked: Question) -> UnitAnswer:
        unit = found.unit
        lines = [f"{self._full_title(unit)}."]
        if found.former is not None:
            ended = ENDED.format(title=found.former.title, since=day(found.former.ended_on))
            lines = [f"{ended} Nay anh/chị liên hệ {self._full_title(unit)}."]
        elif found.old is not None:
            lines.append(f"{_old_name(found.old)} cũ nay thuộc đơn vị này. {OTHER_PLACE}")
        if asked.when is not None:
            lines += self._hours(unit, asked)
        else:
            lines += [*self._address(unit), *self._phones(unit), *self._hours(unit, asked)]
            if old := self.directory.old_names(unit):
                lines.append("Gồm địa bàn cũ: " + ", ".join(map(_part, old)) + ".")
            lines.append(self._checked(unit))
        higher = self.directory.higher(unit)
        choices = () if higher is None or higher.kind == "bo" else (self._choice(higher, asked),)
        return UnitAnswer("\n".join(lines), choices, True, unit.map_link.value if unit.map_link else None)

    def _address(self, unit: Unit) -> list[str]:
        if unit.address is not None:
            source = unit.address.source.title
            return [
                f"Địa chỉ: {unit.address.value} (theo {source}, kiểm tra {day(unit.address.checked_on)})."
            ]
        if unit.kind not in ("phuong", "xa", "dac_khu"):
            return [NO_ADDRESS.replace(" công an", "")]
        return [NO_ADDRESS, *([SEAT.format(seat=unit.seat.value)] if unit.seat else [])]

    def _phones(self, unit: Unit) -> list[str]:
        phones = self.directory.phones(unit, self.on)
        if phones:
            return ["Điện thoại:", *(f"• {_phone(item)}" for item in phones), "Việc gấp gọi 113."]
        higher = self.directory.higher(unit)
        return [NO_PHONE.format(higher=HIGHER.format(title=higher.title) if higher else "")]

    def _hours(self, unit: Unit | None, asked: Question) -> list[str]:
        when = asked.when or When()
        if unit is not None and unit.hours is not None and not when.day and not when.night:
            fact = unit.hours
            return [
                f"Giờ làm việc: {fact.value} (theo {fact.source.title}, kiểm tra {day(fact.checked_on)})."
            ]
        services = self._services(unit, asked)
        if not services:
            return [NO_CLOCK] if asked.when is not None else []
        lines = ["Giờ nhận hồ sơ ở Công an phường, xã:", *hours_lines(services, when, self.calendar)]
        if asked.when is not None:
            titles = " và ".join(item.source.title.split(" – ")[0] for item in services)
            lines += [] if when.night else [NO_CLOCK]
            lines += [f"Căn cứ: {titles} · Kiểm tra ngày {day(services[0].checked_on)}"]
        return lines

    def _services(self, unit: Unit | None, asked: Question) -> list[ServiceHours]:
        here = [item for item in self.directory.hours if unit is None or unit.kind in item.kinds]
        named = [item for item in here if asked.says(*(fold(word) for word in item.words))]
        return named or here

    def _checked(self, unit: Unit) -> str:
        line = f"Nguồn tên đơn vị: {unit.exists.source.title} · Kiểm tra ngày {day(unit.exists.checked_on)}"
        if self.on > self.directory.review_by:
            line = f"Lưu ý: danh bạ chỉ chắc đến ngày {day(self.directory.review_by)}.\n{line}"
        return line

    def _several(self, found: Several, asked: Question) -> UnitAnswer:
        if found.why == "split":
            return self._split(found, asked)
        if found.why == "ended":
            return self._ended(found, asked)
        if found.why == "number":
            choices = tuple(self._old_choice(item, asked) for item in found.old)
            return UnitAnswer(NUMBER.format(name=found.name), choices[:MAX_CHOICES], True)
        lines = [CLASH.format(name=found.name)]
        choices = tuple(self._choice(unit, asked) for unit in found.units)
        choices += tuple(
            UnitChoice(f"{item.title} (cũ)", f"{item.title} {_ending(asked)}", item.id)
            for item in found.former
        )
        if found.elsewhere:
            lines.append(ELSEWHERE.format(places="; ".join(found.elsewhere)))
        return UnitAnswer("\n".join(lines), choices[:MAX_CHOICES])

    def _split(self, found: Several, asked: Question) -> UnitAnswer:
        old = found.old[0]
        town = self.directory.ended(old.town).title.removeprefix("Công an ")
        names = ", ".join(unit.name for unit in found.units)
        text = SPLIT.format(name=_old_name(old), town=f"{town} trước đây", units=names)
        return UnitAnswer(text, tuple(self._choice(unit, asked) for unit in found.units), True)

    def _ended(self, found: Several, asked: Question) -> UnitAnswer:
        ended = found.former[0]
        lines = [ENDED.format(title=ended.title, since=day(ended.ended_on)), WHICH_NOW]
        if not ended.complete:
            lines.append(INCOMPLETE.format(units=", ".join(unit.title for unit in found.units)))
        if ended.note:
            lines.append(ended.note)
        lines.append("Việc gấp gọi 113.")
        lines.append(f"Nguồn: {ended.source.title} · Kiểm tra ngày {day(ended.checked_on)}")
        choices = tuple(self._choice(unit, asked) for unit in found.units)
        return UnitAnswer("\n".join(lines), choices[:MAX_CHOICES])

    def _unknown(self, found: Unknown, asked: Question) -> UnitAnswer:
        towns = tuple(map(self.directory.ended, _FIRST_TOWNS))
        choices = tuple(UnitChoice(f"{item.title} (cũ)", f"{item.title} ở đâu", item.id) for item in towns)
        if found.district:
            return UnitAnswer(f"{DISTRICT}\n{WHICH}", choices, True)
        if asked.says("gan nhat", "gan day", "dang dung o", "gan toi", "gan minh"):
            return UnitAnswer(f"{NEAREST}\n{WHICH}", choices, True)
        if found.place is not None or (asked.named and asked.when is None):
            what = found.place or "đơn vị anh/chị hỏi"
            return UnitAnswer(f"{NOT_LISTED.format(what=what)}\n{WHICH}", choices, True)
        if asked.when is not None:
            return UnitAnswer("\n".join(self._hours(None, asked)), (), True)
        if asked.says("khan cap", "can thiet", "113 la gi"):
            return UnitAnswer(EMERGENCY)
        return UnitAnswer(WHICH, choices, True)

    def _full_title(self, unit: Unit) -> str:
        province = self.directory.province(unit)
        if province is None or province.id == unit.id or province.name in unit.title:
            return unit.title
        return f"{unit.title}, {province.title.removeprefix('Công an ')}"

    def _choice(self, unit: Unit, asked: Question) -> UnitChoice:
        title = self._full_title(unit)
        return UnitChoice(title, f"{title} {_ending(asked)}", unit.id)

    def _old_choice(self, old: OldWard, asked: Question) -> UnitChoice:
        town = self.directory.ended(old.town)
        return UnitChoice(
            f"{old.name}, {town.name} (cũ)", f"Công an {old.name} {town.name} {_ending(asked)}", old.now[0]
        )


def office_particulars(directory: Directory, unit: Unit, on: date) -> Office | None:
    """Give a commune police as the place where dossiers are handed in; None for other kinds of units.

    What nobody has confirmed stays out; a number is given only while its check is fresh.
    """
    if unit.kind not in ("phuong", "xa", "dac_khu"):
        return None
    phones = directory.phones(unit, on)
    fact = unit.address or unit.hours or unit.exists
    return Office(
        name=unit.title,
        address=unit.address.value if unit.address else None,
        phone=phones[0].number if phones else None,
        hours=unit.hours.value if unit.hours else None,
        source=phones[0].source.title if phones else fact.source.title,
    )


def _ending(asked: Question) -> str:
    if asked.when is not None:
        return "mấy giờ làm việc"
    if asked.says("sdt", "dien thoai", "so may", "hotline", "duong day nong"):
        return "số điện thoại"
    return "ở đâu"


def _old_name(old: OldWard) -> str:
    kind = _OLD_KINDS[old.kind]
    return old.name if not kind or old.name.startswith(kind) else f"{kind} {old.name}"


def _part(old: OldWard) -> str:
    return f"một phần {old.name}" if old.split else old.name


def _phone(phone: Phone) -> str:
    printed = f" ({phone.caution})" if phone.caution else ""
    return (
        f"{phone.number}: {phone.use}{printed}. Nguồn: {phone.source.title}, "
        f"kiểm tra ngày {day(phone.checked_on)}"
    )

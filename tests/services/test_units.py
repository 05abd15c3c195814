"""The directory: every old and new name leads to the right unit or the right question; nothing unsourced."""

from __future__ import annotations

import copy
import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.content_reader import read_calendar
from services.content_schema import ContentError, check_folder
from services.opening_hours import asks_hours, when_asked
from services.text import fold
from services.unit_answers import DirectoryAnswers, Question, UnitAnswer
from services.unit_search import One, Several, UnitSearch, Unknown
from services.units import Directory, OldWard, Unit

CONTENT = Path(__file__).parents[2] / "content"
DIRECTORY = Directory.load(CONTENT)
SEARCH = UnitSearch(DIRECTORY)
CALENDAR = read_calendar(check_folder(CONTENT)["holidays.yml"])
NOW = datetime(2026, 11, 21, 10)

TAN_PHU = {
    "Tân Sơn Nhì": ["tan_son_nhi"],
    "Tây Thạnh": ["tay_thanh"],
    "Phú Thọ Hòa": ["phu_tho_hoa"],
    "Phú Thạnh": ["phu_thanh"],
    "Hiệp Tân": ["phu_thanh"],
    "Phú Trung": ["tan_phu"],
    "Hòa Thạnh": ["tan_phu"],
    "Sơn Kỳ": ["tan_son_nhi", "tay_thanh", "binh_hung_hoa"],
    "Tân Quý": ["tan_son_nhi", "phu_tho_hoa"],
    "Tân Thành": ["tan_son_nhi", "phu_tho_hoa", "tan_phu"],
    "Tân Thới Hòa": ["tan_phu", "phu_thanh"],
}
TIEN_GIANG = {
    "phường Mỹ Tho": "my_tho", "phường 1 Mỹ Tho": "my_tho", "p2 Mỹ Tho": "my_tho",
    "phường Tân Long": "my_tho",
    "phường 4 Mỹ Tho": "dao_thanh", "p.5 Mỹ Tho": "dao_thanh", "xã Đạo Thạnh": "dao_thanh",
    "phường 9 Mỹ Tho": "my_phong", "xã Tân Mỹ Chánh": "my_phong", "xã Mỹ Phong": "my_phong",
    "phường 6 Mỹ Tho": "thoi_son", "phường Thới Sơn Mỹ Tho": "thoi_son",
    "phường 10 Mỹ Tho": "trung_an", "xã Phước Thạnh": "trung_an", "xã Trung An": "trung_an",
    "phường Gò Công": "go_cong", "phường 1 Gò Công": "go_cong", "phường 5 Gò Công": "go_cong",
    "phường Long Hòa": "go_cong", "phường 2 Gò Công": "long_thuan", "phường Long Thuận": "long_thuan",
    "phường Long Hưng": "son_qui", "xã Tân Trung": "son_qui", "xã Bình Đông": "son_qui",
    "phường Sơn Qui": "son_qui", "phường Long Chánh": "binh_xuan", "xã Bình Xuân": "binh_xuan",
    "phường Cai Lậy": "cai_lay", "phường 4 Cai Lậy": "cai_lay", "phường 5 Cai Lậy": "cai_lay",
    "xã Long Khánh": "cai_lay", "phường 1 Cai Lậy": "my_phuoc_tay", "phường 3 Cai Lậy": "my_phuoc_tay",
    "xã Mỹ Hạnh Trung": "my_phuoc_tay", "xã Mỹ Phước Tây": "my_phuoc_tay", "phường 2 Cai Lậy": "thanh_hoa",
    "xã Tân Bình Cai Lậy": "thanh_hoa", "phường Thanh Hòa": "thanh_hoa", "xã Nhị Mỹ": "nhi_quy",
    "xã Phú Quý": "nhi_quy", "xã Nhị Quý": "nhi_quy", "xã Tân Hội": "tan_phu",
    "xã Tân Phú Cai Lậy": "tan_phu",
    "xã Mỹ Hạnh Đông": "tan_phu", "thị trấn Cái Bè": "cai_be", "xã Đông Hòa Hiệp": "cai_be",
    "xã Hòa Khánh": "cai_be", "thị trấn Tân Hiệp": "chau_thanh", "xã Thân Cửu Nghĩa": "chau_thanh",
    "xã Long An": "chau_thanh", "thị trấn Chợ Gạo": "cho_gao", "xã Long Bình Điền": "cho_gao",
    "xã Song Bình": "cho_gao",
}  # fmt: skip
MARKS = pytest.mark.parametrize("typed", [str, fold], ids=["with-marks", "without-marks"])


def ids(text: str, home: Unit | None = None) -> tuple[str, list[str]]:
    found = SEARCH.resolve(text, home)
    if isinstance(found, One):
        return "one", [found.unit.id]
    return (found.why, [unit.id for unit in found.units]) if isinstance(found, Several) else ("unknown", [])


def told(text: str, now: datetime = NOW, home: Unit | None = None) -> UnitAnswer:
    when = when_asked(text, now, CALENDAR) if asks_hours(text) else None
    answers = DirectoryAnswers(DIRECTORY, CALENDAR, now.date())
    return answers.answer(SEARCH.resolve(text, home), Question(text, when))


@MARKS
@pytest.mark.parametrize("ask", ["công an phường {} ở đâu", "sđt ca p {}", "{} giờ thuộc công an nào"])
@pytest.mark.parametrize("ward", TAN_PHU)
def test_every_old_ward_of_tan_phu_leads_to_its_new_wards(ward: str, ask: str, typed: Any) -> None:
    now = [f"hcm_{name}" for name in TAN_PHU[ward]]
    assert ids(typed(ask.format(ward))) == ("split" if len(now) > 1 else "one", now)


@MARKS
@pytest.mark.parametrize("name", TIEN_GIANG)
def test_the_listed_places_of_tien_giang_lead_to_dong_thap(name: str, typed: Any) -> None:
    assert ids(typed(f"công an {name} ở đâu")) == ("one", [f"dt_{TIEN_GIANG[name]}"])


@MARKS
@pytest.mark.parametrize("old", DIRECTORY.old_wards, ids=lambda old: f"{old.town}-{fold(old.name)}")
def test_an_old_name_with_its_town_leads_to_its_units_even_without_a_kind(old: OldWard, typed: Any) -> None:
    why, units = ids(typed(f"công an {old.name} {DIRECTORY.ended(old.town).name}"))
    assert (why, units) == ("split" if old.split else "one", list(old.now))


@pytest.mark.parametrize(
    ("text", "why", "units"),
    [
        ("công an phường Tân Phú", "one", ["hcm_tan_phu"]),
        ("cong an tan phu o dau", "clash", ["hcm_tan_phu", "dt_tan_phu"]),
        ("công an xã Tân Phú", "clash", ["dt_tan_phu"]),
        ("công an Mỹ Tho", "clash", ["dt_my_tho"]),
        ("ca Thới Sơn", "clash", ["dt_thoi_son"]),
        ("phường Thới Sơn An Giang", "unknown", []),
        ("công an xã Tân Phú huyện Châu Thành", "unknown", []),
        ("ca p1", "number", ["dt_my_tho", "dt_go_cong", "dt_my_phuoc_tay"]),
        ("công an phường 3", "number", ["dt_my_phuoc_tay"]),
        ("công an phường 3 Mỹ Tho", "unknown", []),
        ("công an phường 15", "unknown", []),
        ("công an tỉnh Long An", "unknown", []),
        ("cong an thanh hoa", "clash", ["dt_thanh_hoa"]),
        ("công an Thanh Hóa", "unknown", []),
        ("công an phường Bình Hưng Hòa A", "unknown", []),
        ("công an đặc khu Phú Quý", "unknown", []),
        ("công an phường Tân Thành quận Tân Phú", "split",
         ["hcm_tan_son_nhi", "hcm_phu_tho_hoa", "hcm_tan_phu"]),
        ("nhà đường Tân Quý, phường Phú Thạnh", "one", ["hcm_phu_thanh"]),
        ("đường Tân Kỳ Tân Quý là phường nào", "unknown", []),
        ("công an phường Phú Thọ Hoà", "one", ["hcm_phu_tho_hoa"]),
        ("công an tỉnh Tiền Giang", "one", ["dong_thap"]),
        ("công an tỉnh Bình Dương", "one", ["hcm"]),
        ("csgt quận tân phú", "one", ["hcm_pc08"]),
        ("phòng csgt đồng tháp", "one", ["dong_thap"]),
        ("phòng csgt ở đâu", "clash", ["hcm_pc08"]),
        ("địa chỉ phòng pc06 tp hcm", "one", ["hcm_pc06"]),
        ("công an phường Bến Nghé", "unknown", []),
        ("cục quản lý xuất nhập cảnh ở Hà Nội", "unknown", []),
        ("từ ga Sài Gòn qua công an phường Nhiêu Lộc", "unknown", []),
        ("mấy giờ làm việc", "unknown", []),
    ],
)  # fmt: skip
def test_clashing_names_are_asked_about_and_never_guessed(text: str, why: str, units: list[str]) -> None:
    assert ids(text) == (why, units)


def test_the_province_of_the_page_settles_a_name() -> None:
    dong_thap, tan_phu = DIRECTORY.unit("dt_cai_lay"), DIRECTORY.unit("hcm_tan_phu")
    assert ids("công an xã Tân Phú", dong_thap) == ("one", ["dt_tan_phu"])
    assert ids("phòng csgt ở đâu", dong_thap) == ("one", ["dong_thap"])
    assert ids("phòng csgt ở đâu", tan_phu) == ("one", ["hcm_pc08"])
    assert ids("hotline công an thành phố", tan_phu) == ("one", ["hcm"])
    assert ids("số công an tỉnh Lâm Đồng", dong_thap) == ("unknown", [])


@MARKS
def test_the_district_police_is_said_to_have_ended_and_the_five_wards_are_offered(typed: Any) -> None:
    said = told(typed("công an quận Tân Phú ở đâu"))
    assert said.text.startswith("Công an quận Tân Phú đã kết thúc hoạt động từ 01/03/2025.")
    assert [item.id for item in said.choices] == [
        f"hcm_{name}" for name in ("tan_son_nhi", "tay_thanh", "phu_tho_hoa", "tan_phu", "phu_thanh")
    ]


def test_a_district_outside_the_directory_is_said_to_have_ended_too() -> None:
    assert "đã kết thúc hoạt động từ 01/03/2025" in told("công an quận 7 ở đâu").text
    assert ids("công an quận 7 ở đâu") == ("unknown", [])


def test_a_split_ward_asks_for_street_and_house_number() -> None:
    said = told("sdt ca phuong tan quy")
    assert "chia vào nhiều phường: Tân Sơn Nhì, Phú Thọ Hòa." in said.text
    assert "đường nào, số nhà bao nhiêu" in said.text
    assert said.officer
    assert [item.say for item in said.choices] == [
        "Công an phường Tân Sơn Nhì, Thành phố Hồ Chí Minh số điện thoại",
        "Công an phường Phú Thọ Hòa, Thành phố Hồ Chí Minh số điện thoại",
    ]


@pytest.mark.parametrize("unit", DIRECTORY.units, ids=lambda unit: unit.id)
def test_the_sentence_of_a_button_typed_by_hand_means_the_same_unit(unit: Unit) -> None:
    province = DIRECTORY.province(unit)
    where = "" if province in (None, unit) else f", {province.title.removeprefix('Công an ')}"
    say = f"{unit.title}{where} ở đâu"
    assert ids(say) == ids(fold(say)) == ("one", [unit.id])
    assert SEARCH.get(unit.id) == One(unit)


def test_a_missing_phone_is_said_to_be_missing_with_113_and_the_unit_above() -> None:
    said = told("số điện thoại công an phường Sơn Qui")
    assert (
        "Điện thoại: trợ lý chưa có số nào được kiểm tra. Việc gấp gọi 113; "
        "hỏi thêm thì liên hệ đơn vị cấp trên là Công an tỉnh Đồng Tháp."
    ) in said.text
    assert "chưa có nguồn chắc chắn nên trợ lý không đoán" in said.text
    assert "không phải trụ sở công an" in said.text


@pytest.mark.parametrize("unit", DIRECTORY.units, ids=lambda unit: unit.id)
def test_no_number_is_told_without_its_source_and_the_day_it_was_checked(unit: Unit) -> None:
    answers = DirectoryAnswers(DIRECTORY, CALENDAR, NOW.date())
    lines = answers.answer(One(unit), Question("số điện thoại")).text.splitlines()
    numbers = {phone.number: phone for phone in unit.phones}
    shown = {number: line for line in lines for number in re.findall(r"\b\d[\d. ]{6,}\d(?=:)", line)}
    assert set(shown) == set(numbers)
    for number, line in shown.items():
        assert f"Nguồn: {numbers[number].source.title}, kiểm tra ngày 21/11/2026" in line
    assert not re.search(r"\d{8,}", "\n".join(set(lines) - set(shown.values())))


def test_a_number_nobody_checked_for_ninety_days_is_told_no_more() -> None:
    late = told("hotline ma túy", datetime(2027, 3, 1, 10)).text
    assert "0769.04.04.04" in told("hotline ma túy").text
    assert "0769.04.04.04" not in late
    assert "chưa có số nào được kiểm tra" in late


def test_an_address_stands_with_its_source() -> None:
    assert (
        "Địa chỉ: 258 Trần Hưng Đạo, phường Cầu Ông Lãnh (theo Thanh Niên 30/6/2025"
        in told("pc06 tphcm").text
    )


@pytest.mark.parametrize(
    ("text", "now", "expected"),
    [
        pytest.param(
            "thứ bảy có làm không", NOW,
            ["Thứ Bảy, 21/11/2026:", "• Hồ sơ cư trú: có nhận, buổi sáng.",
             "• Hồ sơ căn cước: giờ công bố không ghi thứ Bảy, nơi nào làm thêm thì tự báo."],
            id="a-working-saturday",
        ),
        pytest.param("thu 7 co lam tam tru khong", datetime(2026, 11, 23, 9),
                     ["Thứ Bảy, 28/11/2026:", "• Hồ sơ cư trú: có nhận, buổi sáng."],
                     id="next-saturday-no-marks"),
        pytest.param("chủ nhật có làm việc không", NOW,
                     ["Chủ nhật, 22/11/2026: giờ nhận hồ sơ đã công bố không có Chủ nhật."], id="sunday"),
        pytest.param("lễ 2/9 có làm không", NOW,
                     ["Thứ Năm, 02/09/2027: ngày nghỉ (Quốc khánh), không nhận hồ sơ."], id="a-holiday"),
        pytest.param("thứ bảy có làm không", datetime(2027, 4, 29, 9),
                     ["Thứ Bảy, 01/05/2027: ngày nghỉ (Ngày Quốc tế lao động), không nhận hồ sơ."],
                     id="a-holiday-on-a-saturday"),
        pytest.param("ngày 24/11 có làm không", NOW,
                     ["Thứ Ba, 24/11/2026: có thể nghỉ (Ngày Văn hóa Việt Nam 24/11), lịch nghỉ chưa chắc "
                      "chắn. Anh/chị nên đi ngày khác."], id="a-day-that-may-be-off"),
        pytest.param("mùng 1 tết có làm không", NOW,
                     ["Thứ Bảy, 06/02/2027: ngày nghỉ (Tết Nguyên đán (mùng 1)), không nhận hồ sơ."],
                     id="tet"),
    ],
)  # fmt: skip
def test_hours_are_told_for_the_day_asked_about(text: str, now: datetime, expected: list[str]) -> None:
    assert told(text, now).text.splitlines()[1 : 1 + len(expected)] == expected


@pytest.mark.parametrize(
    ("text", "now"),
    [
        ("ban đêm có làm không", NOW),
        ("7 giờ tối lên còn ai không", NOW),
        ("tối có làm không", NOW),
        ("bây giờ còn làm không", datetime(2026, 11, 23, 22)),
        ("gio nay con lam k", datetime(2026, 11, 23, 3)),
    ],
)
def test_at_night_no_dossier_is_taken_and_113_is_named(text: str, now: datetime) -> None:
    assert told(text, now).text.splitlines()[1] == (
        "Ban đêm là ngoài giờ hành chính nên không nhận hồ sơ thủ tục. "
        "Việc khẩn cấp, đang nguy hiểm thì gọi 113."
    )


def test_clock_times_have_no_source_and_are_not_told() -> None:
    said = told("mấy giờ làm việc").text
    assert "chưa được xác nhận" in said
    assert not re.search(r"\d ?(h|giờ)\b", said)


def test_a_street_named_after_a_king_is_no_question_about_a_holiday() -> None:
    assert not asks_hours("nhà đường Lê Trọng Tấn phường Sơn Kỳ thuộc công an nào")
    assert not asks_hours("chỗ tôi ở là phường Sơn Kỳ")


def test_the_nearest_unit_is_not_guessed_without_coordinates() -> None:
    assert "chưa có tọa độ" in told("công an gần nhất ở đâu").text


def test_no_answer_is_too_long_for_one_message() -> None:
    texts = [f"{unit.title} ở đâu" for unit in DIRECTORY.units]
    texts += [item.title for item in DIRECTORY.former] + ["cong an tan phu", "ca p1", "danh bạ"]
    for text in texts:
        said = told(text)
        assert len(said.text) < 1900, text
        assert len(said.choices) <= 5, text
        assert all(len(item.title) <= 100 for item in said.choices), text


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda d: d["units"][1]["phones"][0].pop("source"),
         "units.yml · units.1.phones.0.source · thiếu mục bắt buộc này"),
        (lambda d: d["units"][1]["phones"][0].update(source="U99"),
         "units.yml · units.1.phones.0.source · không có nguồn “U99” trong mục sources"),
        (lambda d: d["units"][1]["phones"][0].update(confidence="L"),
         "units.yml · units.1.phones.0.confidence · “L” không hợp lệ; chỉ được dùng: H, M"),
        (lambda d: d["old_wards"][0].update(now=["hcm_nowhere"]),
         "units.yml · old_wards.0.now.0 · không có đơn vị “hcm_nowhere”"),
        (lambda d: d["units"][2].update(id="c06"), "units.yml · units.2.id · “c06” ghi hai lần"),
        (lambda d: d["units"][5]["address"].update(checked_on="2027-01-01"),
         "units.yml · units.5.address.checked_on · sau ngày verified_on của tệp"),
    ],
    ids=["no-source", "unknown-source", "weak-source", "unknown-unit", "id-twice", "checked-later"],
)  # fmt: skip
def test_a_wrong_file_is_refused_with_field_and_reason(tmp_path: Path, change: Any, problem: str) -> None:
    document = copy.deepcopy(yaml.safe_load((CONTENT / "units.yml").read_text("utf-8")))
    change(document)
    (tmp_path / "units.yml").write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
    with pytest.raises(ContentError) as caught:
        Directory.load(tmp_path)
    assert str(caught.value) == problem


def test_what_is_not_in_the_directory_is_unknown() -> None:
    assert SEARCH.get("no_such_unit") == Unknown()
    assert DIRECTORY.verified_on == date(2026, 11, 21)

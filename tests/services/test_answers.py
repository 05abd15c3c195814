"""What a citizen reads, compared with the content files themselves for every procedure.

The expected words are made here from the raw YAML, without the readers and the renderer, so that
a figure lost on either way is seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from unicodedata import is_normalized

import pytest
import yaml

from services.answers import Answer, Office, answer, answer_question
from services.procedures import ASPECTS, Catalogue

CONTENT = Path(__file__).parents[2] / "content"
CATALOGUE = Catalogue.load(CONTENT)
RAW: dict[str, dict[str, Any]] = {
    path.stem: yaml.load(path.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    for path in sorted((CONTENT / "procedures").glob("*.yml"))
}
TODAY = date(2026, 11, 21)
DAYS = tuple(
    date.fromisoformat(text)
    for text in (
        "2025-12-14", "2026-08-14", "2026-08-15", "2026-11-21", "2026-12-31", "2027-01-01", "2027-02-28",
        "2027-03-01",
    )
)  # fmt: skip
UNITS = {
    "working_day": "ngày làm việc", "day": "ngày", "working_hour": "giờ làm việc", "hour": "giờ",
    "month": "tháng", "year": "năm",
}  # fmt: skip
OFFICE = Office("Công an phường Mẫu", "12 phố Mẫu", "024 0000 0000", "8 giờ đến 17 giờ", "danh bạ đơn vị")


def cells() -> Iterator[Any]:
    for procedure_id, raw in RAW.items():
        for aspect in ASPECTS:
            for case in (None, *(item["id"] for item in raw["cases"] if "goto" not in item)):
                yield pytest.param(procedure_id, aspect, case, id=f"{procedure_id}-{aspect}-{case or 'none'}")


def holds(item: Any, case: str | None, on: date) -> bool:
    if isinstance(item, str):
        return True
    cases, start, end = item.get("cases"), item.get("from"), item.get("to")
    fits = not cases or case is None or case in cases
    return fits and (start is None or start <= on) and (end is None or on <= end)


def dong(amount: int) -> str:
    return f"{amount:,}".replace(",", ".")


def dmy(day: date) -> str:
    return f"{day.day:02}/{day.month:02}/{day.year}"


def length(amount: float, unit: str) -> str:
    if amount == 0:
        return "ngay khi nộp"
    if amount == 0.5:
        return f"nửa {UNITS[unit]}"
    return f"{amount:g}".replace(".", ",") + f" {UNITS[unit]}"


def expected_fee(fee: dict[str, Any], on: date) -> list[str]:
    words = [fee["label"]]
    if fee.get("confirm"):
        words += ["chưa xác nhận được mức chính xác", fee["confirm"][1:]]
        if "likely" in fee:
            words += [dong(fee["likely"]["min"]), f"{dong(fee['likely']['max'])} đồng"]
    elif "range" in fee:
        words += [dong(fee["range"]["min"]), f"{dong(fee['range']['max'])} đồng"]
    elif "rate_percent" in fee:
        words.append(f"{fee['rate_percent']:g}".replace(".", ",") + f"% {fee['rate_of']}")
    else:
        cut, amount = fee.get("discount"), fee["amount"]
        if cut and cut["from"] <= on <= cut["to"]:
            words += [f"{dong(amount)} đồng", f"giảm {cut['percent']}% đến hết {dmy(cut['to'])}"]
            words.append(f"Từ {dmy(cut['to'] + timedelta(days=1))}")
            amount = amount * (100 - cut["percent"]) // 100
        elif cut and on > cut["to"]:
            words.append(f"Đợt giảm {cut['percent']}% đã hết ngày {dmy(cut['to'])}")
        words.append(f"{fee['label']}: {dong(amount)} đồng" if amount else f"{fee['label']}: không mất tiền")
        words += [fee["unit"]] if "unit" in fee else []
    return words + ([fee["note"][1:]] if "note" in fee else [])


def expected_waiver(item: dict[str, Any], on: date) -> list[str]:
    if on < item["from"]:
        return []
    if on > item["to"]:
        return [f"đã hết ngày {dmy(item['to'])}", item["who"]]
    cap = [f"{dong(item['cap'])} đồng"] if "cap" in item else []
    return [f"từ {dmy(item['from'])} đến hết {dmy(item['to'])}: {item['who']}", *cap]


def expected_fine(fine: dict[str, Any]) -> list[str]:
    words = [fine["act"], fine["legal"]]
    for pair in (fine, fine.get("organisation")):
        if pair and "max" in pair:
            words += [dong(pair["min"]), f"{dong(pair['max'])} đồng"]
    words += ["cảnh cáo"] if fine.get("warning") else []
    words += [f"trừ {fine['points']} điểm"] if "points" in fine else []
    return words + [fine[key] for key in ("extra",) if key in fine]


def expected(raw: dict[str, Any], aspect: str, case: str | None, on: date) -> list[str]:
    """Give every piece of text the answer has to hold, from the raw file."""
    part = raw["aspects"][aspect]
    lead = part["lead"] if isinstance(part["lead"], list) else [part["lead"]]
    words: list[str] = []
    for line in [
        *lead,
        *(line for k in ("exempt", "steps", "conditions", "results", "notes") for line in part.get(k, [])),
    ]:
        if holds(line, case, on):
            words.append((line if isinstance(line, str) else line["text"])[1:])
    for item in part.get("documents", []):
        if holds(item, case, on):
            words += [item[key][1:] for key in ("name", "when", "copy", "group") if item.get(key)]
            words += [item["form"]] if item.get("form") else []
    for item in part.get("fees", []):
        words += expected_fee(item, on) if holds(item, case, on) else []
    for item in part.get("waivers", []):
        if not item.get("cases") or case is None or case in item["cases"]:
            words += expected_waiver(item, on)
    for item in part.get("durations", []):
        if holds(item, case, on):
            words.append(item["label"])
            words += (
                [length(item["amount"], item.get("unit", "working_day"))]
                if item["amount"] is not None
                else []
            )
            words += [item[key][1:] for key in ("start", "note", "confirm") if key in item]
    for item in part.get("deadlines", []):
        if holds(item, case, on):
            words.append(item["text"][1:])
            words += [length(item["amount"], item["unit"])] if "amount" in item else []
    for item in part.get("penalties", []):
        words += expected_fine(item) if holds(item, case, on) else []
    for item in part.get("places", []):
        words += [item[key] for key in ("name", "when") if key in item] if holds(item, case, on) else []
    online = raw["online"]
    level = online.get("level_by_case", {}).get(case, online["level"])
    if aspect == "truc_tuyen" and level != "khong_can":
        words += [*online["channels"], *(online["codes"] if level != "khong" else [])]
    for point in raw["open_points"]:
        if "say" in point and aspect in point.get("aspects", []) and holds(point, case, on):
            words.append(point["say"][1:])
    return words


@pytest.mark.parametrize(("procedure_id", "aspect", "case"), cells())
def test_an_answer_holds_every_fact_of_this_case_on_every_day(
    procedure_id: str, aspect: str, case: str | None
) -> None:
    raw = RAW[procedure_id]
    for on in DAYS:
        text = answer(CATALOGUE.get(procedure_id), aspect, case, on).text
        missing = [
            words for words in expected(raw, aspect, case or raw.get("common_case"), on) if words not in text
        ]
        assert missing == [], f"{on}: {text}"


@pytest.mark.parametrize(("procedure_id", "aspect", "case"), cells())
def test_an_answer_fits_the_phone_and_the_platform(procedure_id: str, aspect: str, case: str | None) -> None:
    for on in DAYS:
        assert_fits(answer(CATALOGUE.get(procedure_id), aspect, case, on, OFFICE))


def assert_fits(shown: Answer) -> None:
    assert len(shown.text) <= 1900
    assert is_normalized("NFC", shown.text)
    assert not re.search(r"\*\*|__|`|\]\(|^[#*>-] ", shown.text, re.MULTILINE)
    assert not re.search(r"\d{4}-\d{2}-\d{2}|\{|\}|None|\.\.|: *$|  ", shown.text.replace(":\n", "\n"))
    assert 1 <= len(shown.choices) + len(shown.links) <= 5
    titles = [choice.title for choice in shown.choices] + [link.title for link in shown.links]
    assert all(len(title) <= 40 for title in titles)
    assert len(set(titles)) == len(titles)
    says = [choice.say for choice in shown.choices]
    assert len(set(says)) == len(says)
    assert all(10 <= len(say) <= 160 for say in says)


@pytest.mark.parametrize(("procedure_id", "aspect", "case"), cells())
def test_an_answer_ends_with_its_law_and_the_day_it_was_checked(
    procedure_id: str, aspect: str, case: str | None
) -> None:
    raw = RAW[procedure_id]
    last = answer(CATALOGUE.get(procedure_id), aspect, case, TODAY).text.splitlines()[-1]
    law = raw["legal_basis"].get("by_aspect", {}).get(aspect, raw["legal_basis"]["short"])

    assert last == f"Căn cứ: {law} · Kiểm tra ngày {dmy(raw['verified_on'])}"


@pytest.mark.parametrize(("procedure_id", "aspect", "case"), cells())
def test_papers_of_other_cases_are_not_in_this_persons_list(
    procedure_id: str, aspect: str, case: str | None
) -> None:
    raw, text = RAW[procedure_id], answer(CATALOGUE.get(procedure_id), aspect, case, TODAY).text
    papers = raw["aspects"][aspect].get("documents", [])
    shown = case or raw.get("common_case")
    own = {item["name"] for item in papers if holds(item, shown, TODAY)}
    numbered = (
        re.findall(r"^\d+\. (.*?)(?: \((?:mẫu|Mẫu)[^)]*\))?\.(?: |$)", text, re.MULTILINE) if papers else []
    )

    assert set(numbered) == own if papers else numbered == []


@pytest.mark.parametrize("procedure_id", RAW)
def test_the_overview_is_six_short_lines_with_buttons(procedure_id: str) -> None:
    for case in (None, *(item.id for item in CATALOGUE.get(procedure_id).cases if not item.goto)):
        shown = answer(CATALOGUE.get(procedure_id), None, case, TODAY)
        lines = shown.text.splitlines()

        assert len(lines) <= 6
        assert max(map(len, lines)) <= 260
        assert_fits(shown)
    shown = answer(CATALOGUE.get(procedure_id), None, None, TODAY)
    assert [choice.title for choice in shown.choices][:2] == ["Giấy tờ", "Lệ phí"]


@pytest.mark.parametrize("procedure_id", RAW)
def test_past_its_review_day_every_answer_carries_a_warning(procedure_id: str) -> None:
    procedure = CATALOGUE.get(procedure_id)
    warning = f"Lưu ý: thông tin này chỉ chắc đến ngày {dmy(procedure.review_by)}"
    for aspect in (None, *ASPECTS):
        assert warning not in answer(procedure, aspect, None, procedure.review_by).text
        assert warning in answer(procedure, aspect, None, procedure.review_by + timedelta(days=1)).text


@pytest.mark.parametrize("procedure_id", RAW)
def test_common_questions_are_answered_or_sent_to_the_right_unit(procedure_id: str) -> None:
    procedure = CATALOGUE.get(procedure_id)
    for question in procedure.questions:
        shown = answer_question(procedure, question, TODAY)
        assert_fits(shown)
        told = question.answer or f"chưa có căn cứ chắc chắn để trả lời. Xin hỏi {procedure.ask}"
        assert told[1:] in shown.text


def fee_lines(procedure_id: str, case: str | None, on: str) -> list[str]:
    text = answer(CATALOGUE.get(procedure_id), "le_phi", case, date.fromisoformat(on)).text
    return [line for line in text.splitlines() if line.startswith(("•", "Đang", "Đợt"))]


TAM_TRU = [
    "• Nộp tại công an: 15.000 đồng mỗi lần (một người hoặc cả hộ).",
    "• Nộp trên mạng: 7.000 đồng mỗi lần (một người hoặc cả hộ).",
]
DIGITAL = "người có tài khoản VNeID mức 2, đã đưa đủ 5 loại giấy tờ cơ bản lên VNeID và nộp hồ sơ trên mạng"


@pytest.mark.parametrize(
    ("on", "waiver"),
    [
        ("2026-08-14", []),
        ("2026-08-15", [f"Đang được miễn, từ 15/08/2026 đến hết 28/02/2027: {DIGITAL}."]),
        ("2027-02-28", [f"Đang được miễn, từ 15/08/2026 đến hết 28/02/2027: {DIGITAL}."]),
        ("2027-03-01", [f"Đợt miễn tạm thời đã hết ngày 28/02/2027 ({DIGITAL})."]),
    ],
)
def test_registering_temporary_residence_is_waived_only_in_its_time(on: str, waiver: list[str]) -> None:
    assert fee_lines("dang_ky_tam_tru", None, on) == TAM_TRU + waiver


@pytest.mark.parametrize(
    ("on", "line"),
    [
        (
            "2026-12-31",
            "• Đổi thẻ CCCD còn hạn sang thẻ căn cước: 15.000 đồng. Mức gốc 30.000 đồng, đang giảm 50% "
            "đến hết 31/12/2026. Từ 01/01/2027 trở lại 30.000 đồng nếu không có văn bản gia hạn.",
        ),
        (
            "2027-01-01",
            "• Đổi thẻ CCCD còn hạn sang thẻ căn cước: 30.000 đồng. Đợt giảm 50% đã hết ngày 31/12/2026.",
        ),
    ],
)
def test_the_half_price_of_identity_cards_ends_with_the_year(on: str, line: str) -> None:
    assert fee_lines("can_cuoc_doi_den_tuoi", "chua_den_tuoi", on)[0] == line


def test_an_expired_identity_card_costs_nothing_and_says_what_to_ask() -> None:
    text = answer(CATALOGUE.get("can_cuoc_doi_den_tuoi"), "le_phi", None, TODAY).text

    assert "thẻ hết hạn đúng mốc tuổi: không mất tiền. Theo khoản 3 Điều 38 Luật Căn cước." in text
    assert "Cần hỏi lại công an nơi bà con định làm thẻ: Bảng lệ phí công bố chưa ghi riêng" in text


def test_fines_are_those_of_the_day_of_the_act() -> None:
    procedure = CATALOGUE.get("dang_ky_tam_tru")
    before = answer(procedure, "muc_phat", None, date(2025, 12, 14)).text
    after = answer(procedure, "muc_phat", None, date(2025, 12, 15)).text

    assert "500.000" not in before
    assert "việc xảy ra ngày 14/12/2025 theo quy định khác" in before
    assert "cảnh cáo hoặc phạt từ 500.000 đến 1.000.000 đồng (khoản 1 Điều 10)" in after


@pytest.mark.parametrize(
    ("on", "due"),
    [("2026-12-07", "10/12/2026"), ("2026-12-31", "06/01/2027"), ("2027-02-03", "16/02/2027")],
)
def test_a_dossier_handed_in_today_is_due_about_that_day(on: str, due: str) -> None:
    procedure, day = CATALOGUE.get("dang_ky_tam_tru"), date.fromisoformat(on)
    told = f"Nộp đủ ngày {dmy(day)} thì khoảng ngày {due} là đến hạn."

    assert told in answer(procedure, "thoi_han", None, day).text
    assert told in answer(procedure, None, None, day).text


@pytest.mark.parametrize(
    ("on", "told"),
    [
        ("2026-11-29", "Ngày 29/11/2026 là Chủ nhật, nộp đủ ngày 30/11/2026 thì khoảng ngày 03/12/2026"),
        ("2026-12-05", "Ngày 05/12/2026 là thứ Bảy, nộp đủ ngày 07/12/2026 thì khoảng ngày 10/12/2026"),
        ("2027-01-01", "Ngày 01/01/2027 là ngày nghỉ, nộp đủ ngày 04/01/2027 thì khoảng ngày 07/01/2027"),
    ],
)
def test_on_a_day_off_a_term_counts_from_the_next_working_day(on: str, told: str) -> None:
    procedure, day = CATALOGUE.get("dang_ky_tam_tru"), date.fromisoformat(on)

    assert f"{told} là đến hạn." in answer(procedure, "thoi_han", None, day).text
    assert f"{told} là đến hạn." in answer(procedure, None, None, day).text


@pytest.mark.parametrize(
    ("procedure_id", "case", "first", "second"),
    [
        (
            "antt_doi_cap_lai",
            "mat_giay",
            "Giấy tờ đổi, cấp lại giấy an ninh trật tự khi mất giấy",
            "Mất giấy thì báo trong 3 ngày làm việc.",
        ),
        (
            "can_cuoc_doi_den_tuoi",
            "tren_60",
            "Giấy tờ đổi căn cước hết hạn khi đã qua 60 tuổi",
            "Thẻ đã đổi ở mốc 60 tuổi thì không phải đổi nữa, trừ khi mất, hỏng hoặc đổi thông tin.",
        ),
        (
            "antt_cap_moi",
            "luu_tru",
            "Giấy tờ xin giấy an ninh trật tự khi mở nhà nghỉ, khách sạn",
            "Cơ sở cho khách ở qua đêm, nơi nộp tùy số phòng.",
        ),
    ],
)
def test_a_case_is_told_of_once(procedure_id: str, case: str, first: str, second: str) -> None:
    shown = answer(CATALOGUE.get(procedure_id), "giay_to", case, TODAY)

    assert shown.text.splitlines()[:2] == [first, second]


def test_what_the_sentences_of_a_side_say_is_not_said_about_the_case_too() -> None:
    lines = answer(CATALOGUE.get("can_cuoc_cap_lan_dau_tu_14"), "noi_nop", "gia_yeu", TODAY).text.splitlines()

    assert [line for line in lines if "đề nghị" in line] == [
        "Bà con gọi Công an xã, phường để đề nghị. Khi cần thiết, cán bộ có thể đến tận nơi làm thẻ."
    ]


def test_an_overview_does_not_say_its_case_twice() -> None:
    line = answer(CATALOGUE.get("antt_doi_cap_lai"), None, "mat_giay", TODAY).text.splitlines()[0]

    assert line == "Đổi, cấp lại giấy chứng nhận đủ điều kiện về an ninh, trật tự, khi mất giấy."


@pytest.mark.parametrize(
    ("procedure_id", "lines"),
    [
        ("vneid_muc_2", ["Việc này chưa làm được trên mạng.", "Mức 2 phải đến trực tiếp để đối chiếu"]),
        ("vneid_muc_1", ["Việc này làm được trọn vẹn trên mạng.", "Bà con làm trên ứng dụng VNeID."]),
    ],
)
def test_whether_it_can_be_done_online_is_said_first(procedure_id: str, lines: list[str]) -> None:
    said = [
        line
        for line in answer(CATALOGUE.get(procedure_id), "truc_tuyen", None, TODAY).text.splitlines()[1:]
        if not line.startswith("Trường hợp thường gặp")
    ]

    assert said[0] == lines[0]
    assert said[1].startswith(lines[1])


def test_where_all_cases_are_other_procedures_none_is_called_the_usual_one() -> None:
    lines = answer(CATALOGUE.get("con_dau_dang_ky_moi"), "giay_to", None, TODAY).text.splitlines()

    assert lines[-2] == "Bà con bấm đúng việc của mình ở dưới."


def test_over_tet_the_citizen_is_told_that_the_holidays_are_not_settled() -> None:
    text = answer(CATALOGUE.get("dang_ky_tam_tru"), "thoi_han", None, date(2027, 2, 3)).text
    assert "Lịch nghỉ Tết Nguyên đán chưa chắc nên đã tính là ngày nghỉ, có thể xong sớm hơn." in text


def test_the_unit_of_the_account_is_named_where_it_is_the_place_to_go() -> None:
    text = answer(CATALOGUE.get("dang_ky_tam_tru"), "noi_nop", None, TODAY, OFFICE).text

    assert "Đơn vị của trang này: Công an phường Mẫu." in text
    assert "Địa chỉ: 12 phố Mẫu." in text
    assert "Điện thoại: 024 0000 0000 (theo danh bạ đơn vị)." in text
    assert "Giờ làm việc: 8 giờ đến 17 giờ." in text


def test_without_particulars_no_phone_and_no_address_is_made_up() -> None:
    office = Office("Công an phường Mẫu", None, None, None, "danh bạ đơn vị")
    text = answer(CATALOGUE.get("dang_ky_tam_tru"), "noi_nop", None, TODAY, office).text

    assert "Địa chỉ: Chưa có nguồn chắc chắn nên trợ lý không đoán." in text
    assert "Điện thoại" not in text
    assert "Giờ nhận hồ sơ: giờ hành chính từ thứ Hai đến thứ Sáu và sáng thứ Bảy" in text


def test_a_unit_that_cannot_take_the_dossier_is_not_offered() -> None:
    assert (
        "Công an phường Mẫu" not in answer(CATALOGUE.get("sang_ten_xe"), "noi_nop", None, TODAY, OFFICE).text
    )


def test_an_office_without_a_source_is_refused() -> None:
    with pytest.raises(ValueError, match="source"):
        Office("Công an phường Mẫu", None, "024 0000 0000", None, " ")


def test_who_has_nothing_to_hand_in_is_shown_no_online_service() -> None:
    shown = answer(CATALOGUE.get("xoa_dang_ky_thuong_tru"), "truc_tuyen", "nguoi_mat", TODAY)

    assert shown.text.splitlines()[:-1] == [
        "Cách xóa đăng ký thường trú trực tuyến khi người nhà đã mất",
        "Người đã mất, bị tuyên bố chết hoặc mất tích.",
        "Bà con không phải nộp hồ sơ, công an tự xóa.",
    ]
    assert shown.links == ()


def test_a_side_that_the_usual_words_do_not_fit_has_a_heading_of_its_own() -> None:
    procedure = CATALOGUE.get("nop_phat_giao_thong")
    shown = answer(procedure, "thoi_han", None, date(2026, 11, 29))

    assert shown.text.startswith("Hạn nộp phạt giao thông\n")
    assert shown.choices[0].say == "Giấy tờ nộp phạt giao thông"


def test_a_car_is_inherited_with_papers_of_its_own() -> None:
    procedure = CATALOGUE.get("sang_ten_xe")
    assert procedure.find_case("bố em mất để lại chiếc xe máy") == procedure.case("thua_ke")
    papers = answer(procedure, "giay_to", "thua_ke", date(2026, 11, 29)).text

    assert "Giấy về việc thừa kế xe" in papers
    assert "mua bán" not in papers
    assert "Chủ xe đã mất thì ai đứng ra làm bước thu hồi" in papers


def test_what_costs_nothing_is_said_without_a_day() -> None:
    text = answer(CATALOGUE.get("xoa_dang_ky_tam_tru"), "le_phi", None, TODAY).text

    assert text.splitlines()[:-1] == [
        "Lệ phí xóa đăng ký tạm trú",
        "Không thu lệ phí.",
        "• Làm tại chỗ hay trên mạng: không mất tiền.",
    ]


def test_a_case_that_is_another_procedure_sends_the_citizen_there() -> None:
    shown = answer(CATALOGUE.get("sang_ten_xe"), "le_phi", "nhieu_doi_chu", TODAY)

    assert (shown.choices[0].procedure_id, shown.choices[0].aspect) == ("sang_ten_nhieu_doi_chu", "le_phi")
    assert shown.choices[0].say == "Lệ phí sang tên xe qua nhiều đời chủ"


def test_other_cases_are_offered_as_buttons_when_they_change_the_papers() -> None:
    shown = answer(CATALOGUE.get("sang_ten_xe"), "giay_to", None, TODAY)

    assert [(choice.title, choice.case) for choice in shown.choices] == [
        ("Tôi là người bán", "nguoi_ban"),
        ("Tôi là người mua", "nguoi_mua"),
        ("Mua bán khác tỉnh", "khac_tinh"),
        ("Qua nhiều chủ, thiếu giấy tờ", None),
        ("Lệ phí", None),
    ]


@pytest.mark.parametrize(
    ("aspect", "field", "fact", "line"),
    [
        (
            "le_phi",
            "fees",
            {
                "label": "Phí thẩm định",
                "amount": None,
                "range": {"min": 500000, "max": 150000000},
                "note": "Tùy tổng vốn",
            },
            "• Phí thẩm định: từ 500.000 đến 150.000.000 đồng. Tùy tổng vốn.",
        ),
        (
            "le_phi",
            "fees",
            {"label": "Trước bạ", "amount": None, "rate_percent": 1.5, "rate_of": "giá xe"},
            "• Trước bạ: 1,5% giá xe.",
        ),
        ("thoi_han", "durations", {"label": "Xác nhận", "amount": 0.5}, "• Xác nhận: nửa ngày làm việc."),
        ("thoi_han", "durations", {"label": "In bằng", "amount": 2.5}, "• In bằng: 2,5 ngày làm việc."),
        ("thoi_han", "durations", {"label": "Tiếp nhận", "amount": 0}, "• Tiếp nhận: ngay khi nộp."),
        (
            "thoi_han",
            "durations",
            {"label": "Thu hồi", "amount": 8, "unit": "working_hour", "at_most": True},
            "• Thu hồi: không quá 8 giờ làm việc.",
        ),
        (
            "thoi_han",
            "durations",
            {"label": "Cấp phiếu", "amount": None, "confirm": "Cấp phiếu mất mấy ngày"},
            "• Cấp phiếu: chưa xác nhận được thời gian.",
        ),
        (
            "muc_phat",
            "penalties",
            {"act": "Vượt đèn đỏ", "min": 4000000, "max": 6000000, "points": 4, "legal": "Điều 7"},
            "• Vượt đèn đỏ: phạt từ 4.000.000 đến 6.000.000 đồng; trừ 4 điểm bằng lái (Điều 7).",
        ),
        (
            "muc_phat",
            "penalties",
            {"act": "Buông hai tay", "extra": "tịch thu xe", "legal": "Điều 7"},
            "• Buông hai tay: tịch thu xe (Điều 7).",
        ),
        (
            "muc_phat",
            "penalties",
            {"act": "Không khai báo", "confirm": "Mức phạt khi không khai báo", "legal": "Điều 21"},
            "• Không khai báo: chưa xác nhận được mức phạt (Điều 21).",
        ),
    ],
)
def test_every_kind_of_fact_is_said_plainly(
    tmp_path: Path, aspect: str, field: str, fact: dict[str, Any], line: str
) -> None:
    raw = yaml.safe_load((CONTENT / "procedures" / "dang_ky_tam_tru.yml").read_text("utf-8"))
    raw["aspects"][aspect][field] = [fact]
    (tmp_path / "procedures").mkdir()
    (tmp_path / "holidays.yml").write_text((CONTENT / "holidays.yml").read_text("utf-8"), "utf-8")
    text = yaml.safe_dump(raw, allow_unicode=True, sort_keys=False)
    (tmp_path / "procedures" / "dang_ky_tam_tru.yml").write_text(text, "utf-8")

    shown = answer(Catalogue.load(tmp_path).get("dang_ky_tam_tru"), aspect, None, TODAY).text

    assert line in shown.splitlines()
    if "confirm" in fact:
        assert fact["confirm"] in shown


@pytest.mark.parametrize(
    ("procedure_id", "case", "line"),
    [
        (
            "gia_han_tam_tru",
            "theo_danh_sach",
            "Giấy tờ: Văn bản đề nghị gia hạn kèm danh sách; "
            "tờ khai thay đổi thông tin cư trú của từng người.",
        ),
        (
            "dang_ky_tam_tru",
            "nha_cua_minh",
            "Giấy tờ: Tờ khai CT01. Giấy tờ nhà đất chỉ khi công an không tra được.",
        ),
        (
            "dang_ky_thuong_tru",
            "tre_moi_sinh",
            "Nơi nộp: Công an xã, phường nơi thường trú của cha, mẹ hoặc người giám hộ, hoặc nộp trên mạng.",
        ),
        (
            "thong_bao_luu_tru",
            "co_so_luu_tru",
            "Thời gian: Báo trước 23 giờ ngày khách đến. Đến sau 23 giờ thì báo trước 8 giờ sáng hôm sau.",
        ),
        (
            "xac_nhan_thong_tin_cu_tru",
            "ca_ho",
            "Thời gian: Không quá nửa ngày làm việc nếu dữ liệu có, "
            "phải xác minh thì không quá 3 ngày làm việc.",
        ),
        ("can_cuoc_doi_den_tuoi", "mat_the", "Giấy tờ: Tự mình đến chụp ảnh, lấy vân tay."),
        ("dang_ky_thuong_tru", "co_so", "Giấy tờ: Bấm Giấy tờ để xem danh sách cho trường hợp này."),
    ],
)
def test_the_overview_of_a_case_names_the_papers_of_that_case(
    procedure_id: str, case: str, line: str
) -> None:
    assert line in answer(CATALOGUE.get(procedure_id), None, case, TODAY).text.splitlines()


def test_the_overview_of_a_case_does_not_say_what_holds_for_others() -> None:
    text = answer(CATALOGUE.get("khai_bao_tam_vang"), None, "nghia_vu_quan_su", TODAY).text

    assert "chỉ phải khai khi đi từ 12 tháng" not in text
    assert "người trong độ tuổi nghĩa vụ quân sự" in text.splitlines()[0]

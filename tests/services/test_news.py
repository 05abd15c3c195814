"""News and warnings: what a page shows, what is said of a pasted message, and that nothing is unsourced."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml

from services import news_desk
from services.content_schema import ContentError
from services.db import Database
from services.news import NewsItem, find, load_items, published, read_item, shown
from services.news_answers import ASK_TO_PASTE, NO_SUCH_NEWS, NewsDesk, list_muc
from services.news_desk import Draft, NewsError
from services.scam_signs import load_scam_book
from services.text import fold
from services.units import load_directory

CONTENT = Path(__file__).parents[2] / "content"
ITEMS = load_items(CONTENT)
BOOK = load_scam_book(CONTENT)
ON = date(2026, 11, 29)
MARKS = pytest.mark.parametrize("typed", [str, fold], ids=["with-marks", "without-marks"])
DRAFT = Draft(
    kind="tin_tuc",
    title="Lịch làm căn cước lưu động",
    summary="Thứ Bảy này ở nhà văn hóa khu phố 5.",
    text="Bà con mang theo căn cước cũ. Cán bộ làm việc trong giờ hành chính tại nhà văn hóa.",
    source_title="Thông báo của Công an phường",
    checked_on=ON,
    valid_from=ON,
    valid_to=date(2026, 12, 5),
    units=("hcm_tay_thanh",),
)


def desk(*items: NewsItem) -> NewsDesk:
    return NewsDesk("Công an phường Tây Thạnh", items or ITEMS, BOOK, ON)


@MARKS
@pytest.mark.parametrize(
    ("text", "like", "signs"),
    [
        (
            'đây có phải lừa đảo không: "Cục CSGT báo xe bạn có phạt nguội, bấm vào link để nộp phạt"',
            "Giả báo phạt nguội",
            ["đường link", "Xưng công an"],
        ),
        (
            "có người xưng công an nói tôi dính rửa tiền, bắt chuyển tiền vào tài khoản tạm giữ, thật không",
            "Giả công an",
            ["Xưng công an", "Dọa dính vụ án", "Bắt chuyển tiền"],
        ),
        (
            "ngân hàng gọi đòi mã OTP để nâng cấp sinh trắc học có thật không",
            "Giả nhân viên ngân hàng",
            ["Hỏi mã OTP"],
        ),
        (
            "tuyển cộng tác viên làm nhiệm vụ online, nạp tiền mở lệnh, có lừa không",
            "Việc làm nhiệm vụ online",
            ["Bắt chuyển tiền", "việc nhẹ lương cao"],
        ),
        (
            "luật sư hứa lấy lại tiền bị lừa nếu đóng phí trước, đáng tin không",
            "Lừa lần hai",
            ["lấy lại tiền"],
        ),
    ],
)
def test_a_pasted_message_is_told_by_its_red_flags(
    typed: type[str], text: str, like: str, signs: list[str]
) -> None:
    said = desk().answer(typed(text))
    assert f"giống kiểu lừa đảo “{like}" in said.text
    flags = said.text.split("Dấu hiệu:")[1].split("Cách kẻ gian làm:")[0]
    for sign in signs:
        assert sign in flags
    for always in (
        "Nên làm:",
        "Công an không",
        "113",
        "156",
        "gọi NGAY ngân hàng",
        "Kiểm tra ngày 21/11/2026",
    ):
        assert always in said.text
    assert (said.lost_money, said.officer) == (True, True)


@pytest.mark.parametrize(
    "text",
    [
        "đây có phải lừa đảo không: chiều nay em ghé lấy cuốn sách hôm trước nhé chị",
        "sdt 0900 000 555 hay gọi cho nhà tôi buổi tối, có phải số lừa đảo không ad",
    ],
)
def test_a_message_without_a_known_sign_is_not_called_safe(text: str) -> None:
    said = desk().answer(text).text
    assert "KHÔNG có nghĩa là an toàn" in said
    assert "giống kiểu" not in said


def test_one_weak_sign_alone_is_no_sign() -> None:
    assert BOOK.suspect("anh ơi gấp lắm").any is False
    assert BOOK.suspect("gấp lắm, gửi mã otp qua đây").any is True


@MARKS
def test_the_question_without_a_message_asks_for_it(typed: type[str]) -> None:
    assert desk().answer(typed("đây có phải lừa đảo không")).text == ASK_TO_PASTE


@MARKS
@pytest.mark.parametrize("text", ["có tin gì mới", "tin tức", "có tin gì mới không ạ"])
def test_the_latest_items_come_as_a_numbered_list_with_a_button_each(typed: type[str], text: str) -> None:
    said = desk().answer(typed(text))
    assert said.text.startswith("Tin tức, cảnh báo của Công an phường Tây Thạnh:\n1. ")
    assert [choice.muc for choice in said.choices] == [
        *(item.id for item in ITEMS[:3]), "danh_sach::3", "kiem_tra",
    ]  # fmt: skip
    assert said.items == ITEMS[:3]


@MARKS
@pytest.mark.parametrize("text", ["cảnh báo lừa đảo", "dạo này có chiêu lừa nào mới"])
def test_warnings_are_listed_by_themselves_and_go_on(typed: type[str], text: str) -> None:
    warnings = [item for item in ITEMS if item.kind == "canh_bao"]
    said = desk().answer(typed(text))
    assert list(said.items) == warnings[:3]
    seen: list[NewsItem] = []
    while said.items:
        seen += said.items
        more = next((choice for choice in said.choices if choice.title == "Xem thêm"), None)
        if more is None:
            break
        said = desk().answer("Xem thêm", more.muc)
    assert seen == warnings


def test_a_row_of_the_list_opens_its_item_with_source_and_day() -> None:
    said = desk().answer("", "canh_bao_phat_nguoi_gia")
    assert said.text.startswith("Tin nhắn, cuộc gọi báo “phạt nguội” kèm đường link là giả\n")
    assert said.text.endswith("Nguồn: Thông tư 73/2024/TT-BCA, qua CafeF 8/2025 · Kiểm tra ngày 21/11/2026")
    assert said.link == "https://csgt.bocongan.gov.vn"
    assert said.digest is True


@pytest.mark.parametrize(
    "text", ["danh sách truy nã", "tối nay đường nào cấm xe", "tin đồn bắt cóc trẻ em đúng không"]
)
def test_rumours_and_cases_are_neither_confirmed_nor_denied(text: str) -> None:
    said = desk().answer(text)
    assert said.text == NO_SUCH_NEWS
    assert said.officer is True


def test_a_page_shows_its_own_items_and_those_for_everybody_while_they_hold() -> None:
    own = NewsItem("n1", "tin_tuc", "A", "s", "t", ON, "q", ON, valid_to=ON, units=("hcm_tay_thanh",))
    province = replace(own, id="n2", units=("dong_thap",))
    everybody = replace(own, id="n3", units=())
    directory = load_directory(CONTENT)
    tay_thanh, my_tho = (directory.lineage(directory.unit(one)) for one in ("hcm_tay_thanh", "dt_my_tho"))
    every = [own, province, everybody]
    assert [i.id for i in shown(every, tay_thanh, ON)] == ["n1", "n3"]
    # An item for a province is shown by every ward below it.
    assert [i.id for i in shown(every, my_tho, ON)] == ["n2", "n3"]
    assert [i.id for i in shown(every, (), ON)] == ["n3"]
    assert shown(every, tay_thanh, date(2026, 11, 30)) == []
    assert shown(every, tay_thanh, date(2026, 11, 28)) == []


def test_what_officers_publish_comes_first_and_what_they_withdraw_is_gone(
    database: Database, clock: object
) -> None:
    now = clock()  # type: ignore[operator]
    with database.transaction() as session:
        number = news_desk.add(session, "officer:lan", DRAFT, now)
        assert published(session) == []
        news_desk.publish(session, "officer:lan", number, 1, now)
        (item,) = published(session)
        assert (item.id, item.title, item.units) == ("n1", DRAFT.title, ("hcm_tay_thanh",))
        with pytest.raises(NewsError, match="vừa sửa"):
            news_desk.withdraw(session, "officer:hung", number, 1, now)
        news_desk.withdraw(session, "officer:hung", number, 2, now)
        assert published(session) == []
        assert [one.state for one in news_desk.everything(session)] == ["withdrawn"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"title": "Ngắn"}, "tiêu đề"),
        ({"summary": "x" * 251}, "tóm tắt"),
        ({"kind": "khac"}, "Loại tin"),
        ({"picture": "http://example.vn/a.jpg"}, "https://"),
        ({"link": "javascript:alert(1)"}, "https://"),
        ({"valid_to": date(2026, 11, 1)}, "hết hiệu lực"),
        ({"source_title": ""}, "nguồn"),
    ],
)
def test_a_draft_that_does_not_fit_is_refused_with_the_reason(
    database: Database, clock: object, change: dict[str, object], why: str
) -> None:
    with database.transaction() as session, pytest.raises(NewsError, match=why):
        news_desk.add(session, "officer:lan", replace(DRAFT, **change), clock())  # type: ignore[operator, arg-type]


def test_a_wrong_file_is_named_with_its_field(tmp_path: Path) -> None:
    (tmp_path / "news").mkdir()
    document = yaml.safe_load((CONTENT / "news" / "so_khan_cap.yml").read_text("utf-8"))
    document["kind"] = "khac"
    document["valid_from"] = document["checked_on"] = "2026-11-21"
    (tmp_path / "news" / "ten_khac.yml").write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
    with pytest.raises(ContentError) as error:
        load_items(tmp_path)
    assert [(one.file, one.field) for one in error.value.problems] == [("news/ten_khac.yml", "kind")]
    with pytest.raises(ContentError, match="không đọc được"):
        read_item(tmp_path / "khong-co.yml")


def test_every_item_and_every_answer_fits_one_message() -> None:
    for item in ITEMS:
        assert len(desk().answer("", item.id).text) < 1900, item.id
        assert item.source_title
        assert item.checked_on == date(2026, 11, 21)
    for kind in (None, "canh_bao", "an_toan_giao_thong", "tin_tuc"):
        assert len(desk().answer("", list_muc(kind)).text) < 1900


def test_subjects_find_their_item() -> None:
    found = {text: item.id if (item := find(ITEMS, text)) else None for text in (
        "tra phạt nguội ở đâu", "gửi clip vi phạm sao", "zalo bị hack mượn tiền", "trồng rau",
    )}  # fmt: skip
    assert found == {
        "tra phạt nguội ở đâu": "atgt_tra_phat_nguoi",
        "gửi clip vi phạm sao": "atgt_gui_phan_anh_dung_duoc",
        "zalo bị hack mượn tiền": "canh_bao_muon_tien",
        "trồng rau": None,
    }


# --- No invented phone number -----------------------------------------------------------------------

# A number one could dial: emergency ones, hotlines, landlines, mobiles; not years, decrees, sums.
_DIALLED = re.compile(
    r"(?<![\d/.-])(?:0\d{2,3}[. ]?\d{2,4}[. ]?\d{2,4}(?:[. ]?\d{2,4})?|1[89]00[. ]?\d{4,6})(?![\d/])"
)
_SHORT = re.compile(r"\b(?:11[1-5]|156|5656|1022)\b")


def _sourced_numbers() -> set[str]:
    """Every number that stands in the content beside a source."""
    found = set()
    directory = load_directory(CONTENT)
    for unit in directory.units:
        for phone in unit.phones:
            assert phone.source.title
            assert phone.source.url
            found.add(_digits(phone.number))
    categories = yaml.safe_load((CONTENT / "report_categories.yml").read_text("utf-8"))
    for number, hotline in categories["hotlines"].items():
        assert all(one in categories["sources"] for one in hotline["source"]), number
        found.add(_digits(str(hotline.get("number", number))))
    signs = yaml.safe_load((CONTENT / "scam_signs.yml").read_text("utf-8"))
    for call in signs["calls"]:
        assert all(one in categories["sources"] for one in call["source"]), call
        found.add(_digits(call["number"]))
    return found


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number)


def test_every_number_in_a_news_item_stands_in_the_content_with_a_source() -> None:
    known = _sourced_numbers() | {"5656", "112", "111", "113", "114", "115", "156"}
    for item in ITEMS:
        text = f"{item.title} {item.summary} {item.text}"
        said = {_digits(one) for one in (*_DIALLED.findall(text), *_SHORT.findall(text))}
        assert said <= known, item.id
        assert item.source_title, item.id


def test_every_number_in_the_content_has_a_source_in_its_file() -> None:
    """Whatever looks like a telephone number below content/ is one that some entry gives a source for."""
    known = _sourced_numbers()
    unknown = {}
    for path in sorted(CONTENT.rglob("*.yml")):
        text = re.sub(r"https?://\S+", "", path.read_text("utf-8"))
        numbers = {_digits(one) for one in _DIALLED.findall(text)} - known
        # Sums of money end in zeros.
        numbers = {one for one in numbers if not one.endswith("000")}
        if numbers:
            unknown[path.relative_to(CONTENT).as_posix()] = sorted(numbers)
    assert unknown == {}


def test_every_number_that_is_answered_has_a_source(tmp_path: Path) -> None:
    """The directory, asked for each unit; the fixed responses of the domain; pasted messages."""
    from services.content_reader import read_calendar
    from services.content_schema import check_folder
    from services.unit_answers import DirectoryAnswers, Question
    from services.unit_search import One

    known = _sourced_numbers()
    directory = load_directory(CONTENT)
    calendar = read_calendar(check_folder(CONTENT)["holidays.yml"])
    answers = DirectoryAnswers(directory, calendar, ON)
    texts = [answers.answer(One(unit), Question("ở đâu")).text for unit in directory.units]
    texts += [desk().answer(text).text for text in ("cảnh báo", "ngân hàng đòi otp thật không")]
    domain = yaml.safe_load((CONTENT.parent / "domain.yml").read_text("utf-8"))
    texts += [variant["text"] for variants in domain["responses"].values() for variant in variants]
    said = {_digits(one) for text in texts for one in _DIALLED.findall(text)}
    assert said
    assert said <= known

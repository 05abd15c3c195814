"""Stories as citizens tell them: what is read out of them, however they are typed."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.clock import VIETNAM
from services.report_categories import Catalogue, load_categories
from services.report_facts import DOUBTS, Fact
from services.report_places import find_place
from services.report_story import Story, rank_categories, read_story
from services.text import fold
from services.unit_search import UnitSearch
from services.units import load_directory

CONTENT = Path(__file__).resolve().parents[2] / "content"
# A Wednesday morning.
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=VIETNAM)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_categories(CONTENT)


def told(story: Story, *names: str) -> dict[str, tuple[str, Any, str]]:
    facts = {name: (fact.said, fact.value, fact.doubt) for name, fact in story.facts.items()}
    return {name: facts[name] for name in names} if names else facts


def clock(moment: str) -> dict[str, str]:
    return {"start": moment, "end": moment, "precision": "minute"}


def test_a_snatched_phone_tells_everything_that_was_said(catalogue: Catalogue) -> None:
    text = (
        "hôm qua lúc 9h tối tôi đang đi xe máy ở đường Lê Lợi, phường 5 thì bị hai thằng đi SH màu đen giật "
        "điện thoại, trị giá 5 triệu, biển số 59X1-123.45, chạy về hướng cầu Bình Triệu, có camera quán nước"
    )
    story = read_story(text, NOW, catalogue)
    assert story.categories[0][0] == "cuop_cuop_giat"
    assert (story.colour, story.money_just_sent, story.plates) == ("amber", False, ("59X1-123.45",))
    facts = told(story)
    assert facts.pop("doi_tuong")[0].startswith("hai thằng đi SH màu đen")
    assert facts == {
        "hanh_vi": (text, None, ""),
        "thoi_gian": ("hôm qua lúc 9h tối", clock("2026-11-24T21:00:00+07:00"), ""),
        "dia_diem": ("đường Lê Lợi, phường 5", {"duong": "le loi", "phuong": "5"}, ""),
        "bien_so": ("59X1-123.45", "59X1-123.45", ""),
        "so_tien": ("5 triệu", 5_000_000, ""),
        "tai_san": ("điện thoại", ["điện thoại"], ""),
        "huong_di": ("chạy về hướng cầu Bình Triệu", None, ""),
        "bang_chung": ("camera", ["camera"], ""),
        "nhan_chung": ("camera quán", None, ""),
        "dang_dien_ra": ("hôm qua lúc 9h tối", "Đã lâu hơn", ""),
    }


def test_a_fraud_of_this_morning_sends_people_to_the_bank(catalogue: Catalogue) -> None:
    text = (
        "em bị lừa chuyển khoản 20 triệu qua zalo lúc 8h sáng nay, stk 0123456789 vietcombank, "
        "nó gọi số 0912 345 678, trang https://lua.example.xyz/nap?x=1, chưa gọi ngân hàng"
    )
    story = read_story(text, NOW, catalogue)
    assert story.categories[0][0] == "lua_dao_mang"
    assert story.money_just_sent is True
    assert (story.accounts, story.phones) == (("0123456789",), ("0912345678",))
    assert story.links == ("https://lua.example.xyz/nap?x=1",)
    assert told(story, "so_tien", "ngan_hang", "kenh", "vi_sao_biet", "tai_khoan") == {
        "so_tien": ("20 triệu", 20_000_000, ""),
        "ngan_hang": ("chưa gọi ngân hàng", "Chưa gọi", ""),
        "kenh": ("zalo", ["zalo"], ""),
        "vi_sao_biet": ("em bị", "bi_hai", ""),
        "tai_khoan": (
            "0123456789",
            {
                "so_tai_khoan": ["0123456789"],
                "dien_thoai": ["0912345678"],
                "link": ["https://lua.example.xyz/nap?x=1"],
                "ngan_hang": ["Vietcombank"],
            },
            "",
        ),
    }


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("em vừa chuyển khoản 5 triệu cho trang giả, giờ nó chặn em", True),
        ("nãy em lỡ chuyển tiền cho thằng lừa đảo làm nhiệm vụ online", True),
        ("tối qua em bị lừa chuyển khoản 3 triệu mua hàng trên mạng", True),
        ("tháng trước em bị lừa chuyển khoản 3 triệu mua hàng trên mạng", False),
        ("nó lừa đảo kêu em chuyển khoản làm nhiệm vụ online mà em chưa chuyển", False),
        ("có người lừa đảo qua mạng bán hàng giả danh", False),
        ("hôm nay tôi vừa bị mất trộm 5 triệu tiền mặt trong tủ", False),
    ],
)
def test_only_money_that_just_went_to_a_cheat_is_urgent(catalogue: Catalogue, text: str, sent: bool) -> None:
    assert read_story(text, NOW, catalogue).money_just_sent is sent
    assert read_story(fold(text), NOW, catalogue).money_just_sent is sent


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("nó đang phá cửa nhà em", "red"),
        ("hồi tối qua bị giật điện thoại", "amber"),
        ("hôm qua tôi đang đứng chờ xe thì bị cướp, nó cầm dao dí vô cổ lấy hết tiền", "amber"),
        ("tối qua chồng em đánh em, giờ ổng đang đập cửa phòng trọ", "red"),
        ("đang cháy nhà kế bên, cứu với", "red"),
        ("không có ai bị thương, va quẹt xe nhẹ thôi", "amber"),
        ("tuần trước nhà kế bên bị cháy lớn, giờ khói hết rồi", "amber"),
        ("nhà hàng xóm hát karaoke tối nào cũng ồn", "green"),
        ("xe tải vượt đèn đỏ chạy qua ngã tư", "green"),
        ("góp ý nên có thêm ghế ngồi cho bà con", "green"),
    ],
)
def test_danger_now_is_red_with_marks_and_without(catalogue: Catalogue, text: str, colour: str) -> None:
    assert read_story(text, NOW, catalogue).colour == colour
    assert read_story(fold(text), NOW, catalogue).colour == colour


@pytest.mark.parametrize(
    ("text", "name", "value", "doubt"),
    [
        ("xe 87A-123.45 vượt đèn đỏ ở ngã tư", "bien_so", "87A-123.45", "no_such_plate"),
        ("xe vượt đèn đỏ biển số 59X1-12345678", "bien_so", None, "no_such_plate"),
        ("xe vượt đèn đỏ đuôi 345 màu trắng", "bien_so", None, "partial_plate"),
        ("bị lừa qua mạng, sdt nó là 09o12345b8", "tai_khoan", None, "not_a_phone"),
        ("bị lừa đảo qua mạng mất 5000 tỷ", "so_tien", 5_000_000_000_000, "too_much"),
        ("nhà tôi bị trộm lúc 30h", "thoi_gian", None, "no_such_time"),
        ("nhà tôi bị trộm ngày 31/2", "thoi_gian", None, "no_such_time"),
        ("bị giật túi xách ngoài chợ", "dia_diem", {"moc": "ngoai cho"}, "vague"),
    ],
)
def test_what_cannot_be_is_said_so(
    catalogue: Catalogue, text: str, name: str, value: object, doubt: str
) -> None:
    fact = read_story(text, NOW, catalogue).facts[name]
    assert (fact.value, fact.doubt) == (value, doubt)
    assert doubt in DOUBTS


def test_a_time_to_come_and_one_long_ago_are_doubted(catalogue: Catalogue) -> None:
    future = read_story("nhà tôi bị trộm lúc 9h sáng mai", NOW, catalogue).facts["thoi_gian"]
    old = read_story("tôi bị lừa đảo qua mạng ngày 3/4/2023", NOW, catalogue).facts["thoi_gian"]
    assert (future.doubt, old.doubt) == ("future", "older_than_a_year")


def test_days_counted_after_midnight_are_asked_again(catalogue: Catalogue) -> None:
    half_past = NOW.replace(hour=0, minute=30)
    fact = read_story("hôm kia tôi bị trộm xe máy", half_past, catalogue).facts["thoi_gian"]
    tonight = read_story("tối nay lúc 9h tôi bị trộm xe máy", half_past, catalogue).facts["thoi_gian"]
    assert (fact.value["start"][:10], fact.doubt) == ("2026-11-23", "after_midnight")
    assert (tonight.value["start"], tonight.doubt) == ("2026-11-24T21:00:00+07:00", "after_midnight")


def test_an_hour_takes_the_day_that_was_named_before_it(catalogue: Catalogue) -> None:
    text = "hôm kia em đi làm về, khoảng 9h tối thì bị giật túi"
    late = NOW.replace(hour=22)
    assert read_story(text, late, catalogue).facts["thoi_gian"].value["start"] == "2026-11-23T21:00:00+07:00"


def test_hours_of_something_that_goes_on_night_by_night_are_no_date(catalogue: Catalogue) -> None:
    facts = read_story("tối nào cũng hát karaoke tới 12h khuya, hẻm 12", NOW, catalogue).facts
    assert "thoi_gian" not in facts
    assert facts["lap_lai"] == Fact("tối nào cũng hát karaoke tới 12h khuya")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("trộm ở số 12/5 đường Lê Lợi", {"so_nha": "12/5", "duong": "le loi"}),
        ("trộm ở hẻm 118 Phan Huy Ích, phường 12", {"hem": "118", "duong": "phan huy ich", "phuong": "12"}),
        ("tai nạn ngay ngã tư Bảy Hiền", {"moc": "nga tu bay hien"}),
        ("mất xe ở chợ Tân Hương sáng nay", {"moc": "cho tan huong"}),
        ("đá gà ở ấp Bình Tạo xã Trung An", {"khu_pho": "binh tao", "phuong": "trung an"}),
        ("xe chạy ẩu trên quốc lộ 1", {"duong": "quoc lo 1"}),
        ("đánh nhau gần trường tiểu học Kim Đồng", {"moc": "truong tieu hoc kim dong"}),
        ("trộm tại 45 Nguyễn Trãi, quận 5", {"so_nha": "45", "duong": "nguyen trai", "quan": "5"}),
    ],
)
def test_places_are_taken_apart(catalogue: Catalogue, text: str, value: dict[str, str]) -> None:
    for typed in (text, fold(text)):
        fact = read_story(typed, NOW, catalogue).facts["dia_diem"]
        assert (fact.value, fact.doubt) == (value, "")
        assert fact.said in typed


def test_a_ward_of_the_directory_is_named_by_its_id(catalogue: Catalogue) -> None:
    directory = load_directory(CONTENT)
    ward = next(unit for unit in directory.units if unit.kind == "phuong")
    text = f"trộm xe ở đường Lê Lợi, {ward.title or ward.name}, {directory.province(ward).name}"  # type: ignore[union-attr]
    place = f"trộm xe ở đường Lê Lợi, phường {ward.name}"
    fact = read_story(place, NOW, catalogue, units=UnitSearch(directory), home=ward).facts["dia_diem"]
    assert fact.value["ward_id"] == ward.id, text


def test_money_is_read_as_it_is_said(catalogue: Catalogue) -> None:
    said = {
        "5 củ": 5_000_000, "2tr5": 2_500_000, "hai mươi lăm triệu": 25_000_000, "một tỷ hai": 1_200_000_000,
        "năm trăm ngàn": 500_000, "3 triệu rưỡi": 3_500_000, "1.500.000đ": 1_500_000, "200k": 200_000,
        "1 tỷ 200 triệu": 1_200_000_000, "12000000": 12_000_000,
    }  # fmt: skip
    read = {
        words: read_story(f"bị lừa qua mạng mất {words}", NOW, catalogue).facts["so_tien"].value
        for words in said
    }
    assert read == said


def test_of_sensitive_matters_only_what_may_be_asked_is_kept(catalogue: Catalogue) -> None:
    text = "chồng em 40 tuổi đánh em tối qua ở hẻm 12, em bị gãy tay, nó cầm dao, mất 5 triệu, xe 59X1-123.45"
    facts = read_story(text, NOW, catalogue, [("bao_luc_gia_dinh", 0.95)]).facts
    assert set(facts) <= {"thoi_gian", "dia_diem", "an_toan", "lien_he", "dang_dien_ra", "hanh_vi"}
    assert {"thoi_gian", "dia_diem"} <= set(facts)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "😀😀",
        "'; DROP TABLE report; --",
        "<script>alert(1)</script> trộm xe ở hẻm 5",
        "=cmd|' /C calc'!A0",
        "{{7*7}} ${jndi:ldap://x} %s%s%n",
        "\x00\x01 trộm",
        "a" * 5_000,
        "1" * 5_000,
        "ngày 1/1/" * 500,
        "59X1-123.45 " * 400,
        "(((((" * 1_000,
        "hẻm " * 1_200,
        "\u0301" * 3_000,
        "ﬁ İ ß ǅ trộm xe ở hẻm 12",
    ],
)
def test_any_text_stays_plain_text_and_is_read_in_time(catalogue: Catalogue, text: str) -> None:
    started = time.process_time()
    story = read_story(text, NOW, catalogue)
    assert time.process_time() - started < 1.0
    assert story.text == story.text[:5_000]
    assert {fact.said for fact in story.facts.values() if fact.said not in story.text} == set()


def test_a_story_of_5000_letters_is_read_within_50_milliseconds(catalogue: Catalogue) -> None:
    parts = [text.removesuffix(".") for text in STORIES]
    text = ". ".join(parts * 3)[:5_000]
    assert len(text) == 5_000
    read_story(text, NOW, catalogue)
    fastest = min(_seconds(text, catalogue) for _ in range(5))
    # 50 ms on a quiet machine; this one may run many tests at once.
    assert fastest < 0.15


def _seconds(text: str, catalogue: Catalogue) -> float:
    started = time.process_time()
    read_story(text, NOW, catalogue)
    return time.process_time() - started


def test_a_moment_without_time_zone_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(ValueError, match="time zone"):
        read_story("trộm", NOW.replace(tzinfo=None), catalogue)


def test_the_trained_ranking_and_the_words_of_the_content_decide_together(catalogue: Catalogue) -> None:
    trained = [("tieng_on", 0.4), ("vat_nuoi_ve_sinh", 0.38)]
    ranked = rank_categories("chó thả rông cắn người", catalogue, trained)
    assert ranked[0][0] == "vat_nuoi_ve_sinh"
    assert rank_categories("có chuyện này", catalogue, trained)[0][0] == "tieng_on"
    assert sum(chance for _, chance in ranked) == pytest.approx(1.0, abs=0.01)
    assert rank_categories("", catalogue) == []


STORIES = [
    "hôm qua lúc 9h tối tôi đang đi xe máy ở đường Lê Lợi thì bị hai thằng giật điện thoại, mất 5 triệu.",
    "Sáng nay khoảng 6 giờ, nhà tôi ở số 15 hẻm 42 Lũy Bán Bích bị trộm cạy cửa lấy mất laptop và ví tiền.",
    "Em bị lừa chuyển khoản 20 triệu vào stk 0123456789 Vietcombank, đã gọi ngân hàng nhờ khóa.",
    "Có người xưng công an gọi số 0912345678 dọa bắt, bảo chuyển tiền chứng minh trong sạch.",
    "Xe tải màu đỏ biển số 63C-123.45 vượt đèn đỏ ở ngã tư Bảy Hiền sáng nay lúc 7h15, tôi có clip.",
    "Tối thứ bảy vừa rồi em bị ba thằng chặn xe lấy ví với điện thoại ở đường vành đai vắng.",
    "Bà ngoại tôi 80 tuổi bị lẫn, đi lạc từ chiều qua, mặc áo bà ba tím, gần chợ Tân Hương.",
    "Nhà hàng xóm số 12/5 Nguyễn Trãi hát karaoke tối nào cũng tới 12h khuya.",
    "Tôi thấy hai thanh niên chia gói bột trắng trong nhà vệ sinh quán cà phê hôm chủ nhật.",
    "Chủ nợ tạt sơn vào cửa nhà em đêm qua, vay 10 triệu mà đòi 30 triệu, giữ luôn giấy xe.",
    "Nghe hàng xóm kể ấp Bình Tạo xã Trung An có trường gà, chiều nào cũng đông.",
    "Ngày 20/11 lúc 17h30 xe khách biển 51B-234.56 tông người rồi bỏ chạy về hướng cầu Bình Điền.",
    "Chồng em say rượu cầm dao đập phá đồ đạc tối hôm kia, em chạy qua nhà mẹ rồi.",
    "Nó dọa tung clip riêng tư, đòi 50 triệu trước chủ nhật, nhắn qua facebook.",
    "Kho vải gần nhà chứa đầy can xăng, thợ hàn xì cả ngày, lối thoát hiểm bị khóa.",
    "Con chó becgie của nhà đối diện thả rông cắn cháu tôi chảy máu chân hồi chiều.",
    "Ông kia nhậu say lái bán tải lạng lách trên quốc lộ 1, suýt tông mấy em học sinh.",
    "Mấy đứa đua xe nẹt pô lúc 1h sáng ở đại lộ Đông Tây, khoảng 20 người, đêm nào cũng vậy.",
    "Bữa trước đi xem hội, má em bị móc túi mất cái bóp trong đó có căn cước với 3 triệu rưỡi.",
    "Chiều nay ở công viên có nhóm thanh niên cầm mã tấu rượt nhau, một người bị thương.",
    "Mùng 2 Tết nhà kế bên đốt pháo nổ, có quay clip lại, ở khu phố 3 phường Tân Thành.",
    "Tiệm thuốc tây bán thuốc giả, tôi mua hai hộp hết 480k, còn giữ hóa đơn.",
    "Em gái tôi bị lừa qua bên kia biên giới làm việc, tháng trước gọi về nói bị nhốt, đòi chuộc 200 triệu.",
    "Từ 22h tới 2h sáng quán nhậu mở loa lớn, nhắc hoài không nghe, mấy hôm nay rồi.",
    "Xe hơi trắng biển số 30A-123.45 đậu chắn cổng nhà tôi từ tối qua tới giờ.",
    "Cán bộ ở quầy số 3 công an phường quát nạt mẹ tôi sáng thứ hai tuần trước.",
    "Hai bạn nữ bị một ông lạ mặt quay lén trong phòng thay đồ siêu thị lúc 3 giờ chiều.",
    "Ba mươi phút trước có đứa giật túi của vợ tôi, nó mặc áo khoác đen đội nón kết.",
    "Tôi cho mượn 40 triệu có giấy vay, hẹn cuối tháng trả mà hai năm nay không trả.",
    "Fanpage giả mạo công an tỉnh, link congan-ho-tro.xyz/hoan-tien, dụ người ta đóng phí.",
]  # fmt: skip


@pytest.mark.parametrize("text", STORIES, ids=range(len(STORIES)))
def test_the_same_story_without_marks_gives_the_same_record(catalogue: Catalogue, text: str) -> None:
    marked, bare = read_story(text, NOW, catalogue), read_story(fold(text), NOW, catalogue)
    assert {name: (fold(f.said), f.value, f.doubt) for name, f in marked.facts.items()} == {
        name: (f.said, f.value, f.doubt) for name, f in bare.facts.items()
    }
    assert (marked.colour, marked.money_just_sent, marked.categories) == (
        bare.colour,
        bare.money_just_sent,
        bare.categories,
    )
    assert (marked.plates, marked.phones, marked.accounts) == (bare.plates, bare.phones, bare.accounts)
    assert [(v["loai_xe"], v["mau"]) for v in marked.vehicles] == [
        (v["loai_xe"], v["mau"]) for v in bare.vehicles
    ]


def test_nearly_every_training_sentence_gives_the_same_facts_without_marks(catalogue: Catalogue) -> None:
    files = sorted((CONTENT.parent / "data" / "nlu" / "tin_bao").glob("loai_*.yml"))
    sentences = [
        line.removeprefix("    - ")
        for file in files
        for line in file.read_text("utf-8").splitlines()[7::3]
        if line.startswith("    - ") and fold(line) != line.lower()
    ]
    assert len(sentences) > 300
    differ = [text for text in sentences if _facts_of(text, catalogue) != _facts_of(fold(text), catalogue)]
    # Some words are truly another without marks ("tôi qua Lào" and "tối qua"): one in fifty at most.
    assert len(differ) <= len(sentences) / 50, differ


def _facts_of(text: str, catalogue: Catalogue) -> dict[str, Any]:
    return {name: (fact.value, fact.doubt) for name, fact in read_story(text, NOW, catalogue).facts.items()}


def test_any_hour_of_sending_is_stood(catalogue: Catalogue) -> None:
    for hour in range(24):
        story = read_story("tối qua 9h bị trộm ở hẻm 12", NOW + timedelta(hours=hour), catalogue)
        assert story.facts["thoi_gian"].value is not None


@pytest.mark.parametrize(
    ("text", "said", "place"),
    [
        (
            "ngã tư Âu Cơ Lũy Bán Bích sáng nay",
            "ngã tư Âu Cơ Lũy Bán Bích",
            {"moc": "nga tu au co luy ban bich"},
        ),
        (
            "ở đường Cách Mạng Tháng Tám gần chợ",
            "đường Cách Mạng Tháng Tám",
            {"duong": "cach mang thang tam"},
        ),
        ("đường 3 tháng 2 có vụ đánh nhau", "đường 3 tháng 2", {"duong": "3 thang 2"}),
        ("hẻm 5 Lê Lai có vụ đánh nhau", "hẻm 5 Lê Lai", {"hem": "5", "duong": "le lai"}),
        ("đường Lê Văn Sỹ có vụ đánh nhau", "đường Lê Văn Sỹ", {"duong": "le van sy"}),
        ("số 12 Cộng Hòa bị trộm", "số 12 Cộng Hòa", {"so_nha": "12", "duong": "cong hoa"}),
        ("đường Lý Thường Kiệt", "đường Lý Thường Kiệt", {"duong": "ly thuong kiet"}),
    ],
)
def test_streets_named_with_words_of_every_sentence_are_read_whole(
    text: str, said: str, place: dict[str, str]
) -> None:
    found = find_place(text)
    assert found is not None
    assert (found.said, found.value) == (said, place)
    bare = find_place(fold(text))
    assert bare is not None
    assert bare.value == place

"""Conversations as citizens have them: follow-ups, cases, switches, corrections, comparisons, fines."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from actions.procedures import ASK_WHICH
from tests.actions.conversation import Talk

TT = "hoi_dang_ky_tam_tru"
DK = "hoi_dang_ky_thuong_tru"
MOI = "hoi_can_cuoc_cap_moi"
DOI = "hoi_can_cuoc_cap_doi"
LAI = "hoi_can_cuoc_cap_lai"
ST = "hoi_sang_ten_xe"
GPLX = "hoi_giay_phep_lai_xe"
PHAT = "hoi_phat_nguoi_muc_phat"
TIEP = "hoi_khia_canh"
LLTP = "hoi_ly_lich_tu_phap"
SO = "so_sanh_thu_tuc"
DAP = "cung_cap_thong_tin"
SUA = "sua_thong_tin"
LA = "nlu_fallback"
NGOAI = "out_of_scope"

# Each step: what is typed, the intent the language model gives, how the answer begins.
JOURNEYS: dict[str, list[tuple[str, str, str]]] = {
    "papers, then the case typed as an answer to our question": [
        ("đăng ký tạm trú cần giấy tờ gì", TT, "Giấy tờ đăng ký tạm trú\n"),
        ("nhà của mình", DAP, "Giấy tờ đăng ký tạm trú khi ở nhà của mình"),
        ("còn ở nhờ thì sao", TIEP, "Giấy tờ đăng ký tạm trú khi ở nhờ"),
        ("lệ phí nhiêu", TIEP, "Lệ phí đăng ký tạm trú khi ở nhờ"),
    ],
    "the same without marks": [
        ("dang ky tam tru can giay to gi", TT, "Giấy tờ đăng ký tạm trú\n"),
        ("nha cua minh", DAP, "Giấy tờ đăng ký tạm trú khi ở nhà của mình"),
        ("con o nho thi sao", TIEP, "Giấy tờ đăng ký tạm trú khi ở nhờ"),
        ("mat bao lau", TIEP, "Bao lâu thì đăng ký tạm trú xong"),
    ],
    "a case that looks like another intent": [
        ("đăng ký thường trú cần gì", DK, "Giấy tờ đăng ký thường trú\n"),
        ("vậy còn con mới sinh thì sao", TT, "Giấy tờ đăng ký thường trú khi con mới sinh"),
        ("nhà thuê", TT, "Giấy tờ đăng ký thường trú khi ở nhà thuê, ở nhờ"),
    ],
    "a child instead of the grown-up is a neighbour procedure": [
        ("làm căn cước cần mang gì", MOI, "Giấy tờ làm căn cước từ đủ 14 tuổi"),
        ("con nít thì sao", MOI, "Giấy tờ làm căn cước cho bé dưới 6 tuổi"),
        ("con tôi 8 tuổi thì sao", TIEP, "Giấy tờ làm căn cước cho trẻ từ 6 đến dưới 14 tuổi"),
        ("mấy ngày có", TIEP, "Bao lâu thì làm căn cước cho trẻ từ 6 đến dưới 14 tuổi xong"),
    ],
    "a short answer that looked foreign": [
        ("làm căn cước cho bé 5 tuổi cần gì", MOI, "Giấy tờ làm căn cước cho bé dưới 6 tuổi"),
        ("bé 13 tuổi", NGOAI, "Giấy tờ làm căn cước cho trẻ từ 6 đến dưới 14 tuổi"),
    ],
    "a side that looked foreign": [
        ("đăng ký tạm trú cần giấy tờ gì", TT, "Giấy tờ đăng ký tạm trú\n"),
        ("nộp hôm nay thì khi nào có", NGOAI, "Bao lâu thì đăng ký tạm trú xong"),
    ],
    "what is foreign stays foreign": [
        ("đăng ký tạm trú cần giấy tờ gì", TT, "Giấy tờ đăng ký tạm trú\n"),
        ("chiều nay đội nhà đá trận mấy giờ", NGOAI, "Dạ, việc này không thuộc cơ quan Công an"),
        ("trời mưa", NGOAI, "Dạ, việc này không thuộc cơ quan Công an"),
    ],
    "an age in figures selects": [
        (
            "mẹ tôi 67 tuổi đổi căn cước cần giấy tờ gì",
            DOI,
            "Giấy tờ đổi căn cước hết hạn khi đã qua 60 tuổi",
        ),
        ("lệ phí", TIEP, "Lệ phí đổi căn cước hết hạn khi đã qua 60 tuổi"),
    ],
    "a year of birth selects": [
        (
            "tôi sinh năm 1962 đổi căn cước hết bao nhiêu",
            DOI,
            "Lệ phí đổi căn cước hết hạn khi đã qua 60 tuổi",
        ),
    ],
    "an age in words, without marks": [
        ("lam can cuoc cho con tam tuoi mat bao nhieu", MOI, "Lệ phí làm căn cước cho trẻ từ 6"),
    ],
    "a small child": [
        ("bé nhà em 3 tuổi làm căn cước ở đâu", MOI, "Nơi nộp hồ sơ làm căn cước cho bé dưới 6 tuổi"),
    ],
    "a correction to another procedure keeps the side": [
        ("đăng ký tạm trú hết bao nhiêu tiền", TT, "Lệ phí đăng ký tạm trú"),
        ("à không, tôi hỏi lưu trú", SUA, "Lệ phí thông báo lưu trú"),
    ],
    "a correction of the case": [
        ("tôi thuê trọ, đăng ký tạm trú cần gì", TT, "Giấy tờ đăng ký tạm trú"),
        ("không phải thuê, nhà của mình", SUA, "Giấy tờ đăng ký tạm trú khi ở nhà của mình"),
    ],
    "switching in the middle and back": [
        ("đăng ký tạm trú", TT, "Đăng ký tạm trú:"),
        ("mua xe máy cũ sang tên ở đâu", ST, "Nơi nộp hồ sơ sang tên xe"),
        ("thế tạm trú thì mấy ngày có", TIEP, "Bao lâu thì đăng ký tạm trú xong"),
    ],
    "a fine in general is about the last procedure": [
        ("đăng ký tạm trú", TT, "Đăng ký tạm trú:"),
        ("vậy có bị phạt không", PHAT, "Mức phạt về đăng ký tạm trú"),
    ],
    "a named switch carries the side over": [
        ("lệ phí đăng ký tạm trú", TT, "Lệ phí đăng ký tạm trú"),
        ("còn sang tên xe thì sao", ST, "Lệ phí sang tên xe"),
    ],
    "two questions about two procedures": [
        (
            "đăng ký tạm trú cần giấy gì, còn sang tên xe thì lệ phí bao nhiêu",
            TT,
            "Giấy tờ đăng ký tạm trú",
        ),
    ],
    "two questions about one procedure": [
        ("đăng ký tạm trú cần giấy gì, mất bao lâu", TT, "Giấy tờ đăng ký tạm trú"),
    ],
    "temporary residence and a stay, side by side": [
        ("tạm trú với lưu trú khác gì nhau", SO, "Tạm trú và lưu trú: khác nhau thế nào"),
        ("tam tru voi thuong tru khac nhau cho nao", SO, "Tạm trú và thường trú: khác nhau thế nào"),
    ],
    "a comparison with what was talked of": [
        ("đăng ký tạm trú cần gì", TT, "Giấy tờ đăng ký tạm trú"),
        ("khác gì lưu trú", SO, "Tạm trú và lưu trú: khác nhau thế nào"),
    ],
    "a comparison no file has words for": [
        ("gia hạn hộ chiếu với sang tên xe khác gì", SO, "Làm hộ chiếu và sang tên xe"),
    ],
    "comparing passports is not comparing cards": [
        ("làm hộ chiếu mới và hộ chiếu hết hạn thì đổi có khác không", SO, "Làm hộ chiếu"),
    ],
    "exchange or replacement of a card": [
        ("cấp đổi với cấp lại căn cước khác gì", SO, "Đổi thẻ căn cước và cấp lại thẻ căn cước"),
    ],
    "papers on the phone are about the act, not about the app": [
        ("quên mang cà vẹt xe mà có trên vneid thì sao", PHAT, "Có giấy tờ mà không mang theo: mức phạt"),
        ("vượt đèn đỏ thì nộp phạt ở đâu", PHAT, "Nơi nộp phạt giao thông"),
    ],
    "a correction of the vehicle keeps what was asked": [
        ("lệ phí biển số ô tô", "hoi_dang_ky_xe_moi", "Lệ phí biển số và trước bạ xe khi mua ô tô con mới"),
        (
            "xe máy chứ không phải ô tô",
            "sua_thong_tin",
            "Lệ phí biển số và trước bạ xe\nBà con mua xe máy mới",
        ),
        ("không phải xe máy mà là xe tải", "sua_thong_tin", "Lệ phí biển số và trước bạ xe khi mua xe tải"),
    ],
    "a red light, then by car, then where to pay": [
        ("vượt đèn đỏ phạt bao nhiêu", PHAT, "Vượt đèn đỏ: mức phạt\nXe máy:"),
        ("còn ô tô thì sao", TIEP, "Vượt đèn đỏ, ô tô: mức phạt"),
        ("trừ mấy điểm", GPLX, "Vượt đèn đỏ, ô tô: mức phạt"),
        ("nộp phạt ở đâu", PHAT, "Nơi nộp phạt giao thông"),
    ],
    "a red light without marks": [
        ("vuot den do xe may phat bn", PHAT, "Vượt đèn đỏ, xe máy: mức phạt"),
    ],
    "the figure the machine showed picks the degree of the last act": [
        ("uống 2 lon bia chạy xe máy phạt bao nhiêu", PHAT, "Có nồng độ cồn khi lái xe, xe máy: mức phạt"),
        (
            "thổi 0,35 thì sao",
            TIEP,
            "Có nồng độ cồn khi lái xe, xe máy: mức phạt\n• Trên 0,25 đến 0,4 mg/l",
        ),
    ],
    "where to look up camera fines": [
        ("phạt nguội tra ở đâu", PHAT, "Tra phạt nguội xe máy ở đâu?"),
    ],
    "paying a fine online asks for no amount": [
        ("nộp phạt online sao", PHAT, "Cách nộp phạt giao thông trực tuyến"),
    ],
    "going there and fined are different words": [
        ("đăng ký tạm trú", TT, "Đăng ký tạm trú:"),
        ("đi đến đó có bị phạt không", PHAT, "Phạt nguội thì phạt bao nhiêu"),
    ],
    "a question that people ask": [
        ("hợp đồng thuê nhà viết tay có được không", TT, "Hợp đồng thuê nhà viết tay có được không?\nĐược."),
    ],
    "not understood, but it is a case of what was talked of": [
        ("đăng ký tạm trú cần giấy tờ gì", TT, "Giấy tờ đăng ký tạm trú\n"),
        ("ở ký túc xá á", LA, "Giấy tờ đăng ký tạm trú khi ở ký túc xá"),
    ],
    "not understood and nothing to go on": [
        ("abc xyz", LA, "Dạ, trợ lý chưa hiểu ý anh/chị."),
    ],
    "an answer to a question nobody asked": [
        ("tôi tên Lan", DAP, "utter_dang_nghe"),
    ],
    "a going-on that names nothing we know says so": [
        ("đăng ký tạm trú", TT, "Đăng ký tạm trú:"),
        ("vậy còn ở quê thì sao", DK, "Trợ lý chưa có câu trả lời riêng cho ý này."),
    ],
    "a case that is another procedure is answered at once": [
        (
            "mất thẻ căn cước mà cũng hết hạn thì cần giấy tờ gì",
            LAI,
            "Mất hoặc hỏng thẻ lúc này thì làm đổi thẻ, không phải cấp lại.\nGiấy tờ đổi căn cước hết hạn",
        ),
    ],
    "an age between the milestones says when the next one is": [
        (
            "tôi 30 tuổi có phải đổi căn cước không",
            DOI,
            "Người 30 tuổi chưa đến mốc phải đổi thẻ. Mốc tiếp theo là khi đủ 40 tuổi. Thẻ còn hạn thì",
        ),
        ("thế còn mẹ tôi 70 tuổi", DAP, "Đổi căn cước khi đến tuổi hoặc thẻ hết hạn, khi đã qua 60 tuổi"),
    ],
    "a lost card at an age that is no milestone is replaced, not exchanged": [
        (
            "tôi 30 tuổi bị mất thẻ, đổi căn cước hết bao nhiêu",
            DOI,
            "Lệ phí làm lại căn cước bị mất, hỏng",
        ),
        ("tôi 40 tuổi bị mất thẻ, đổi căn cước hết bao nhiêu", DOI, "40 tuổi là mốc phải đổi thẻ"),
    ],
    "a landlord who will not sign": [
        ("em thuê trọ gần 1 năm rồi chưa đăng ký", TT, "Đăng ký tạm trú:"),
        ("chủ nhà không chịu ký thì sao", TIEP, "Chủ nhà không chịu ký thì làm sao?\nNgười ở trọ tự đăng ký"),
    ],
    "a child too old for the last procedure": [
        ("bé 13 tuổi làm căn cước cần gì", MOI, "Giấy tờ làm căn cước cho trẻ từ 6 đến dưới 14 tuổi"),
        ("còn đứa lớn 16 tuổi thì sao", TIEP, "Giấy tờ làm căn cước từ đủ 14 tuổi"),
    ],
    "an age as an answer to our question": [
        ("đổi căn cước cần gì", DOI, "Giấy tờ đổi căn cước hết hạn"),
        ("em 30 tuổi", DAP, "Người 30 tuổi chưa đến mốc phải đổi thẻ."),
    ],
    "a paper that is gone is said first": [
        (
            "em rút hộ khẩu ở quê rồi thì nhập khẩu cần giấy tờ gì",
            DK,
            "Bây giờ không còn giấy chuyển hộ khẩu và không phải cắt khẩu trước.",
        ),
        ("lam ly lich tu phap o so tu phap het bao nhieu tien", LLTP, "Sở Tư pháp không còn cấp"),
        ("đăng ký KT3 cần giấy tờ gì", TT, "Bây giờ không còn sổ tạm trú, cũng không còn gọi là KT2"),
    ],
    "a question that only a neighbour answers": [
        ("ông bà đi làm căn cước cho cháu được không", MOI, "Ông bà đi làm căn cước cho cháu"),
        ("làm căn cước cho con cần mang giấy gì", MOI, "Giấy tờ làm căn cước cho trẻ từ 6 đến dưới 14 tuổi"),
    ],
    "handing in today and on another day": [
        ("đăng ký tạm trú nộp hôm nay thì khoảng ngày nào có", TT, "Bao lâu thì đăng ký tạm trú xong"),
        ("nộp ngày 5/2/2027 thì ngày nào có", TIEP, "Bao lâu thì đăng ký tạm trú xong"),
    ],
    "fee of a child's card, then the grandmother's": [
        ("con tôi 8 tuổi làm căn cước mất bao nhiêu tiền", MOI, "Lệ phí làm căn cước cho trẻ từ 6"),
        ("bà 80 tuổi đổi căn cước thì lệ phí sao", DOI, "Lệ phí đổi căn cước hết hạn khi đã qua 60 tuổi"),
    ],
    "driving licence, expired, then the motorbike": [
        ("đổi bằng lái cần giấy tờ gì", GPLX, "Giấy tờ đổi bằng lái xe"),
        ("xe máy thì sao", TIEP, "Giấy tờ đổi bằng lái xe khi đổi bằng xe máy"),
    ],
    "seller and buyer": [
        ("sang tên xe cần giấy tờ gì", ST, "Giấy tờ sang tên xe\n"),
        ("tôi là người mua", DAP, "Giấy tờ sang tên xe khi tôi là người mua"),
        ("khác tỉnh thì sao", TIEP, "Giấy tờ sang tên xe khi mua bán khác tỉnh"),
    ],
    "a follow-up that looked like no matter of the police": [
        ("em mới mua nhà muốn nhập hộ khẩu cần giấy tờ gì", DK, "Giấy tờ đăng ký thường trú"),
        ("còn con em 3 tuổi", "out_of_scope", "Giấy tờ đăng ký thường trú khi con mới sinh"),
        ("bao nhiêu tiền", "out_of_scope", "Lệ phí đăng ký thường trú khi con mới sinh"),
        ("làm sổ đỏ ở đâu", "out_of_scope", "Dạ, việc này không thuộc cơ quan Công an"),
    ],
    "another matter named by its short name": [
        ("mở quán karaoke cần giấy tờ gì", "hoi_nganh_nghe_co_dieu_kien", "Giấy tờ xin giấy an ninh trật tự"),
        ("còn phòng cháy thì sao", "hoi_pccc", "Giấy tờ làm thủ tục phòng cháy, chữa cháy"),
    ],
    "a used vehicle from another province": [
        ("mua xe cũ khác tỉnh cần gì", ST, "Giấy tờ sang tên xe khi mua bán khác tỉnh"),
        ("người bán phải làm gì", LA, "Giấy tờ sang tên xe khi tôi là người bán"),
    ],
    "no question before a follow-up": [
        ("còn lệ phí?", TIEP, ASK_WHICH),
    ],
}


@pytest.mark.parametrize("name", JOURNEYS)
async def test_a_conversation(name: str) -> None:
    talk = Talk()
    for text, intent, begins in JOURNEYS[name]:
        said = await talk.say(text, intent)
        assert said.startswith(begins), f"{text!r}: {said}"


async def test_two_procedures_in_one_message_get_two_answers_and_buttons_once() -> None:
    talk = Talk()
    await talk.say("đăng ký tạm trú cần giấy gì, còn sang tên xe thì lệ phí bao nhiêu", TT)
    assert [message["text"].splitlines()[0] for message in talk.messages] == [
        "Giấy tờ đăng ký tạm trú",
        "Lệ phí sang tên xe",
    ]
    assert [bool(message["buttons"]) for message in talk.messages] == [False, True]


async def test_the_question_about_the_case_is_asked_once_and_the_common_case_answered() -> None:
    talk = Talk()
    said = await talk.say("đăng ký thường trú cần giấy tờ gì", DK)
    assert "Bà con về nhà của mình, về với người thân, hay nhà thuê?" in said
    assert "Trường hợp thường gặp: bà con về ở nhà do mình đứng tên." in said
    said = await talk.tap("Con mới sinh hoặc dưới 6 tuổi")
    assert said.startswith("Giấy tờ đăng ký thường trú khi con mới sinh")
    assert "hay nhà thuê?" not in said


async def test_another_matter_leads_to_all_neighbours_in_order() -> None:
    talk = Talk()
    await talk.say("thủ tục phòng cháy", "hoi_pccc")
    assert "Việc khác" in talk.buttons
    said = await talk.tap("Việc khác")
    assert said.startswith("Ngoài làm thủ tục phòng cháy, chữa cháy, trợ lý còn biết các việc gần đó.")
    assert talk.buttons[:3] == ["Nghiệm thu phòng cháy", "Thẩm định thiết kế", "Hồ sơ, báo cáo của cơ sở"]
    assert [len(message["buttons"]) for message in talk.messages] == [5, 2]
    assert (await talk.tap("Thẩm định thiết kế")).startswith("Thẩm định thiết kế")


async def test_a_fine_of_another_day_names_the_day_and_its_law() -> None:
    talk = Talk()
    said = await talk.say("16 tuổi chạy xe máy chưa đủ tuổi bị phạt bao nhiêu, hôm 14/8/2026", PHAT)
    assert said.startswith("Chưa đủ tuổi mà lái xe, xe máy: mức phạt cho lỗi ngày 14/08/2026")
    assert "400.000" not in said
    assert "400.000 đến 600.000" in await talk.say("còn ngày 15/8/2026 thì phạt bao nhiêu", TIEP)


async def test_two_acts_get_two_answers_and_the_rule_about_points() -> None:
    talk = Talk()
    said = await talk.say("xe máy vừa vượt đèn đỏ vừa không đội mũ bảo hiểm phạt bao nhiêu", PHAT)
    assert len(talk.messages) == 2
    assert "chỉ trừ điểm theo lỗi bị trừ nhiều điểm nhất" in said


@pytest.mark.parametrize(
    ("on", "text"),
    [
        ("2026-08-14", None),
        ("2026-08-15", "Đang được miễn, từ 15/08/2026 đến hết 28/02/2027"),
        ("2027-02-28", "Đang được miễn, từ 15/08/2026 đến hết 28/02/2027"),
        ("2027-03-01", "Đợt miễn tạm thời đã hết ngày 28/02/2027"),
    ],
)
async def test_a_rehearsal_day_is_said_loudly_and_used(
    monkeypatch: pytest.MonkeyPatch, on: str, text: str | None
) -> None:
    monkeypatch.setenv("ANSWER_AS_OF", on)
    said = await Talk().say("lệ phí đăng ký tạm trú", TT)
    year, month, day = on.split("-")
    assert said.startswith(f"[THỬ NGHIỆM: trả lời như ngày {day}/{month}/{year}, không phải hôm nay]\n")
    assert text in said if text else "miễn, từ" not in said


@pytest.mark.parametrize(("on", "fee"), [("2026-12-31", "15.000"), ("2027-01-01", "30.000")])
async def test_the_half_price_of_cards_ends_with_the_year(
    monkeypatch: pytest.MonkeyPatch, on: str, fee: str
) -> None:
    monkeypatch.setenv("ANSWER_AS_OF", on)
    said = await Talk().say("chưa đến tuổi mà muốn đổi căn cước thì lệ phí bao nhiêu", DOI)
    found = re.search(r"Đổi thẻ CCCD còn hạn sang thẻ căn cước: ([\d.]+) đồng", said)
    assert found
    assert found[1] == fee


async def test_the_day_of_handing_in_decides_the_fee(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSWER_AS_OF", "2026-11-21")
    said = await Talk().say("đăng ký tạm trú nộp ngày 1/3/2027 thì lệ phí bao nhiêu", TT)
    assert "Mức thu với hồ sơ nộp ngày 01/03/2027" in said
    assert "Đợt miễn tạm thời đã hết ngày 28/02/2027" in said


@pytest.mark.parametrize(
    ("asked", "day", "waiver"),
    [
        ("nếu đăng ký sau 1/3/2027 thì sao", "01/03/2027", "Đợt miễn tạm thời đã hết ngày 28/02/2027"),
        ("nếu đăng ký sau ngày 28/2/2027 thì sao", "01/03/2027", "Đợt miễn tạm thời đã hết ngày 28/02/2027"),
        ("còn trước 1/3/2027 thì sao", "28/02/2027", "Đang được miễn, từ 15/08/2026 đến hết 28/02/2027"),
        ("de thang 3/2027 lam thi sao", "01/03/2027", "Đợt miễn tạm thời đã hết ngày 28/02/2027"),
        ("sang năm đăng ký thì sao", "01/01/2027", "Đang được miễn, từ 15/08/2026 đến hết 28/02/2027"),
    ],
)
async def test_a_day_to_come_gives_what_is_to_pay_on_it(
    monkeypatch: pytest.MonkeyPatch, asked: str, day: str, waiver: str
) -> None:
    monkeypatch.setenv("ANSWER_AS_OF", "2026-11-21")
    talk = Talk()
    await talk.say("đăng ký tạm trú mất bao nhiêu tiền, làm online được không", TT)
    said = await talk.say(asked, TIEP)
    assert f"Mức thu với hồ sơ nộp ngày {day}" in said
    assert waiver in said


async def test_a_year_of_birth_says_the_year_of_the_next_milestone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSWER_AS_OF", "2026-11-21")
    said = await Talk().say("em sinh năm 1990 khi nào phải đổi căn cước", DOI)
    assert "Mốc tiếp theo là khi đủ 40 tuổi, vào năm 2030." in said


async def test_handing_in_today_names_the_likely_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSWER_AS_OF", "2026-12-07")
    said = await Talk().say("đăng ký tạm trú nộp hôm nay thì ngày nào có", TT)
    assert "Nộp đủ ngày 07/12/2026 thì khoảng ngày 10/12/2026 là đến hạn." in said


def test_no_journey_says_the_same_sentence_twice_in_a_row() -> None:
    for steps in JOURNEYS.values():
        assert all(first[0] != second[0] for first, second in pairwise(steps))


VNEID = "hoi_dinh_danh_vneid"
HC = "hoi_ho_chieu"
DAU = "hoi_con_dau"
PCCC = "hoi_pccc"
ANTT = "hoi_nganh_nghe_co_dieu_kien"


@pytest.mark.parametrize(
    ("asked", "intent", "first"),
    [
        ("be 3 tuoi lam can cuoc co can dan be di ko", MOI, "Không. Cha mẹ làm trên VNeID"),
        (
            "bà 78 tuổi nằm một chỗ có công an đến nhà làm căn cước không",
            MOI,
            "Có thể. Bà con gọi Công an xã",
        ),
        ("bà nội em 78 tuổi thẻ hết hạn rồi có phải đổi không", DOI, "Tùy thẻ. Đã đổi ở mốc 60 tuổi"),
        ("làm cccd ở tp hcm đc ko quê em ở nghệ an", MOI, "Được. Làm ở Công an xã, phường nào"),
        ("mat cccd 2 lan bi phat ko", LAI, "Các quy định đã đọc không nêu mức phạt nào chỉ vì làm mất thẻ"),
        ("quét mống mắt có bắt buộc không", TIEP, "Có, với người từ đủ 6 tuổi."),
        ("lam can cuoc co phai nop anh ko", MOI, "Không. Hồ sơ không có ảnh chụp sẵn"),
        ("làm vneid mức 2 ở nhà được không", VNEID, "Không. Mức 2 phải đến trực tiếp"),
        ("mất hộ chiếu có bị phạt không", HC, "Không, nếu bà con báo mất."),
        ("hộ chiếu hết hạn gia hạn được không", HC, "Không gia hạn được."),
        ("nhờ chị gái làm lý lịch tư pháp giùm được không", LLTP, "Được. Làm cho cha, mẹ"),
        ("công ty mới thành lập có phải đăng ký con dấu không", DAU, "Không. Công ty tự quyết định"),
        ("mở quán cà phê có cần giấy pccc không", PCCC, "Tùy quy mô. Nơi nhỏ không thuộc phụ lục nào"),
        ("bán pháo hoa có cần giấy phép không", ANTT, "Có. Kinh doanh pháo phải có giấy này"),
        ("mở quán net có cần giấy an ninh trật tự không", ANTT, "Điều này chưa có căn cứ chắc chắn"),
        ("lý lịch tư pháp có thời hạn bao lâu", LLTP, "Điều này chưa có căn cứ chắc chắn"),
    ],
)
async def test_a_question_for_yes_or_no_is_answered_under_its_own_words(
    asked: str, intent: str, first: str
) -> None:
    said = await Talk().say(asked, intent, 0.9)

    assert said.splitlines()[1].startswith(first)


async def test_a_long_name_said_in_full_outweighs_a_likely_intent() -> None:
    said = await Talk().say(
        "ngân hàng bắt xin giấy xác nhận số cmnd cũ thì xin ở đâu", "hoi_xac_nhan_cu_tru", 0.89
    )

    assert said.splitlines()[1].startswith("Không còn nơi nào cấp giấy này")
